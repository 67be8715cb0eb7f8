#include "algo/qaoa_private.h"

#include "observe/observe.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SEARCH_QUBITS = 30 };

/* Values of C closer than this part of the largest difference there can be are the same: sums of
 * the same terms in another order, which differ by roundings. The best partitions of 18 numbers
 * are within 1e-12 of each other. */
static const double SAME_VALUE = 64 * DBL_EPSILON;

static bool is_searched(const ek_qaoa *qaoa)
{
    return !qaoa->options.skip_optimum && qaoa->spins <= MAX_SEARCH_QUBITS;
}

static ek_status allocate(const ek_qaoa *qaoa, ek_qaoa_result *result)
{
    EK_TRY(EK_NEW(result->gamma, qaoa->options.layers));
    EK_TRY(EK_NEW(result->beta, qaoa->options.layers));
    EK_TRY(EK_NEW_RAW(result->outcomes, qaoa->options.shots));
    EK_TRY(EK_NEW_RAW(result->outcome_counts, qaoa->options.shots));
    return EK_NEW_RAW(result->outcome_values, qaoa->options.shots);
}

void ek_qaoa_result_clear(ek_qaoa_result *result)
{
    ek_release(result->gamma);
    ek_release(result->beta);
    ek_release(result->history);
    ek_release(result->outcomes);
    ek_release(result->outcome_counts);
    ek_release(result->outcome_values);
    *result = (ek_qaoa_result){0};
}

/* ---- optimum ---- */

static ek_status find_extremes(ek_qaoa *qaoa, ek_qaoa_result *result)
{
    result->optimum = result->worst = result->p_optimal = result->approximation_ratio = NAN;
    if (!is_searched(qaoa)) return EK_OK;
    if (!qaoa->has_extremes)
        EK_TRY(ek_diagonal_extremes(qaoa->session, qaoa->diagonal, qaoa->weight, &qaoa->extremes));
    qaoa->has_extremes = true;
    const ek_extremes *extremes = &qaoa->extremes;
    const double best = qaoa->maximize ? extremes->maximum : extremes->minimum;
    const double worst = qaoa->maximize ? extremes->minimum : extremes->maximum;
    result->optimum = qaoa->constant + best;
    result->worst = qaoa->constant + worst;
    return ek_probability_of_value(qaoa->state, qaoa->diagonal, best,
                                   SAME_VALUE * 2 * qaoa->scale.total, &result->p_optimal);
}

void ek_qaoa_rate(const ek_qaoa *qaoa, ek_qaoa_result *result)
{
    const double range = result->optimum - result->worst;
    if (!is_searched(qaoa)) return;
    result->approximation_ratio = range == 0 ? 1 : (result->energy - result->worst) / range;
}

/* ---- shots ---- */

static int by_index(const void *a, const void *b)
{
    const uint64_t i = *(const uint64_t *)a, j = *(const uint64_t *)b;
    return i < j ? -1 : i > j;
}

struct outcome {
    uint64_t index, count;
};

/* Most frequent first, then by index. */
static int by_count(const void *a, const void *b)
{
    const struct outcome *i = a, *j = b;
    if (i->count != j->count) return i->count > j->count ? -1 : 1;
    return i->index < j->index ? -1 : i->index > j->index;
}

/* Counts equal neighbours; gives the number of distinct ones. */
static size_t count_sorted(const uint64_t *drawn, size_t shots, struct outcome *outcomes)
{
    size_t count = 0;
    for (size_t i = 0; i < shots; i++) {
        if (count == 0 || outcomes[count - 1].index != drawn[i])
            outcomes[count++] = (struct outcome){drawn[i], 0};
        outcomes[count - 1].count++;
    }
    return count;
}

static bool is_better(const ek_qaoa *qaoa, double value, double best)
{
    return qaoa->maximize ? value > best : value < best;
}

/* Of equal values the most frequent state counts as the best. */
static void fill_outcomes(const ek_qaoa *qaoa, const struct outcome *outcomes, size_t count,
                          ek_qaoa_result *result)
{
    result->outcome_count = count;
    for (size_t i = 0; i < count; i++) {
        const double value =
            qaoa->constant +
            ek_diagonal_value(qaoa->diagonal, ek_qaoa_represent(qaoa, outcomes[i].index));
        result->outcomes[i] = outcomes[i].index;
        result->outcome_counts[i] = outcomes[i].count;
        result->outcome_values[i] = value;
        if (i > 0 && !is_better(qaoa, value, result->best_value)) continue;
        result->best_value = value;
        result->best_index = outcomes[i].index;
    }
}

/* result->outcomes serves as the list of draws first. */
static ek_status draw(ek_qaoa *qaoa, struct outcome *outcomes, ek_qaoa_result *result)
{
    const size_t shots = qaoa->options.shots;
    const struct ek_draws draws = {.seed = qaoa->options.seed, .mirrored = qaoa->flips};
    EK_TRY(ek_sample_draws(qaoa->state, shots, &draws, result->outcomes));
    qsort(result->outcomes, shots, sizeof *result->outcomes, by_index);
    const size_t count = count_sorted(result->outcomes, shots, outcomes);
    qsort(outcomes, count, sizeof *outcomes, by_count);
    fill_outcomes(qaoa, outcomes, count, result);
    return EK_OK;
}

static ek_status fill(ek_qaoa *qaoa, const double *x, struct outcome *outcomes,
                      ek_qaoa_result *result)
{
    const int layers = qaoa->options.layers;
    const size_t bytes = (size_t)layers * sizeof *x;
    memcpy(result->gamma, x, bytes);
    memcpy(result->beta, x + layers, bytes);
    result->layers = layers;
    result->qubits = qaoa->spins;
    result->flips = qaoa->flips;
    EK_TRY(ek_qaoa_hold(qaoa, layers, x));
    ek_plan_summarize(ek_program_plan(qaoa->program), &result->plan);
    result->plan.states = ek_qaoa_states(qaoa);
    EK_TRY(find_extremes(qaoa, result));
    return draw(qaoa, outcomes, result);
}

ek_status ek_qaoa_complete(ek_qaoa *qaoa, const double *x, ek_qaoa_result *result)
{
    struct outcome *outcomes = NULL;
    ek_status status = allocate(qaoa, result);
    if (status == EK_OK) status = EK_NEW_RAW(outcomes, qaoa->options.shots);
    status = ek_session_agree(qaoa->session, status);
    if (status == EK_OK) status = fill(qaoa, x, outcomes, result);
    ek_release(outcomes);
    if (status != EK_OK) ek_qaoa_result_clear(result);
    return status;
}
