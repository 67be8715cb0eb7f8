#include "observe/shots_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- filling ------------------------------------------------------------------------------- */

/* Splits rows into words and what goes with them. */
static ek_status split_rows(const struct ek_rows *rows, size_t count, uint64_t **outcomes,
                            void *values)
{
    uint64_t **with = values;
    EK_TRY(EK_NEW_RAW(*outcomes, count * rows->words));
    EK_TRY(EK_NEW_RAW(*with, count));
    for (size_t i = 0; i < count; i++) {
        const uint64_t *row = rows->rows + i * (rows->words + 1);
        memcpy(*outcomes + i * rows->words, row, rows->words * sizeof *row);
        (*with)[i] = row[rows->words];
    }
    return EK_OK;
}

/* A row's place by weight: weights that differ by rounding alone count as equal. */
struct rank {
    double weight;
    size_t row;
};

static int by_weight(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;
    if (x->weight != y->weight) return x->weight > y->weight ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Puts the heaviest rows first; equals stay in the order of outcomes. */
static ek_status sort_by_weight(struct ek_rows *rows)
{
    const size_t width = rows->words + 1;
    struct rank *ranks = NULL;
    uint64_t *sorted = NULL;
    EK_TRY(ek_rows_merge_weights(rows));
    EK_TRY(EK_NEW(ranks, rows->count));
    const ek_status status = EK_NEW_RAW(sorted, rows->count * width);
    for (size_t i = 0; status == EK_OK && i < rows->count; i++) {
        double weight;
        memcpy(&weight, rows->rows + i * width + rows->words, sizeof weight);
        ranks[i] = (struct rank){rint(weight * 0x1p44), i};
    }
    if (status == EK_OK && rows->count > 0) {
        qsort(ranks, rows->count, sizeof *ranks, by_weight);
        for (size_t i = 0; i < rows->count; i++)
            memcpy(sorted + i * width, rows->rows + ranks[i].row * width,
                   width * sizeof *sorted);
        memcpy(rows->rows, sorted, rows->count * width * sizeof *sorted);
    }
    ek_release(sorted);
    ek_release(ranks);
    return status;
}

static ek_status fill_probabilities(const struct ek_shots_end *end, ek_shots_result *result)
{
    EK_TRY(sort_by_weight(end->weights));
    result->has_probabilities = 1;
    result->probable_count = end->weights->count < end->probabilities ? end->weights->count
                                                                      : end->probabilities;
    return split_rows(end->weights, result->probable_count, &result->probable,
                      &result->probabilities);
}

ek_status ek_shots_result_fill(const struct ek_shots_end *end, ek_shots_result *result)
{
    const int qubits = end->program->qubits;
    result->qubits = end->program->declared_qubits;
    result->clbits = end->program->clbits;
    result->over_qubits = !end->facts->measures;
    result->words = end->counts->words;
    EK_TRY(EK_NEW(result->place, qubits));
    for (int q = 0; q < qubits; q++) result->place[q] = end->place[q];
    result->program_qubits = qubits;
    EK_TRY(ek_rows_merge_counts(end->counts));
    result->outcome_count = end->counts->count;
    EK_TRY(split_rows(end->counts, end->counts->count, &result->outcomes, &result->counts));
    return end->exact ? fill_probabilities(end, result) : EK_OK;
}

void ek_shots_result_clear(ek_shots_result *result)
{
    if (!result) return;
    ek_release(result->outcomes);
    ek_release(result->counts);
    ek_release(result->probable);
    ek_release(result->probabilities);
    ek_release(result->place);
    ek_state_destroy(&result->state);
    *result = (ek_shots_result){0};
}

/* ---- questions to the state of the end ----------------------------------------------------- */

static ek_status check_state(const ek_shots_result *result)
{
    if (result->state) return EK_OK;
    return EK_FAIL(EK_ERROR_ARGUMENT, "no state to look at: %s",
                   result->leaves > 1 ? "it depends on the outcomes of measurements or resets in "
                                        "the middle of the program"
                                      : "the run was not asked to keep it");
}

/* The state's index of a basis state of the program; false when a qubit that was never used would
 * have to be 1. */
static bool place_index(const ek_shots_result *result, uint64_t index, uint64_t *placed)
{
    *placed = 0;
    for (; index; index &= index - 1) {
        const int place = result->place[ek_lowest_bit(index)];
        if (place < 0) return false;
        *placed |= ek_bit(place);
    }
    return true;
}

ek_status ek_shots_amplitudes(const ek_shots_result *result, size_t count, const uint64_t *indices,
                              ek_complex *amplitudes)
{
    uint64_t *placed = NULL;
    EK_TRY(check_state(result));
    ek_status status = EK_NEW(placed, count);
    for (size_t i = 0; status == EK_OK && i < count; i++) {
        if (indices[i] > ek_low_bits(result->program_qubits))
            status = EK_FAIL(EK_ERROR_ARGUMENT, "basis state %llu does not exist on %d qubits",
                             (unsigned long long)indices[i], result->program_qubits);
        else place_index(result, indices[i], &placed[i]);
    }
    status = ek_session_agree(result->state->session, status);
    if (status == EK_OK) status = ek_state_amplitudes(result->state, count, placed, amplitudes);
    for (size_t i = 0; status == EK_OK && i < count; i++)
        if (!place_index(result, indices[i], &placed[i])) amplitudes[i] = (ek_complex){0, 0};
    ek_release(placed);
    return status;
}

ek_status ek_shots_top(const ek_shots_result *result, size_t *count, uint64_t *indices)
{
    struct ek_candidate *top = NULL;
    uint64_t mask = 0;
    EK_TRY(check_state(result));
    for (int q = 0; q < result->program_qubits; q++)
        if (result->place[q] >= 0) mask |= ek_bit(result->place[q]);
    EK_TRY(ek_marginal_top(result->state, mask, count, &top));
    for (size_t i = 0; i < *count; i++) {
        indices[i] = 0;
        for (int q = 0; q < result->program_qubits; q++)
            if (result->place[q] >= 0 && top[i].bits >> result->place[q] & 1)
                indices[i] |= ek_bit(q);
    }
    ek_release(top);
    return EK_OK;
}

ek_status ek_shots_expect_pauli(const ek_shots_result *result, size_t count,
                                const ek_pauli_term *terms, double *value)
{
    ek_pauli_term *placed = NULL;
    uint64_t all = 0;
    size_t kept = 0;
    EK_TRY(check_state(result));
    ek_status status = EK_NEW(placed, count);
    for (size_t i = 0; status == EK_OK && i < count; i++) {
        uint64_t x, z, used = 0;
        for (int q = 0; q < result->program_qubits; q++)
            if (result->place[q] >= 0) used |= ek_bit(q);
        all |= terms[i].x_mask | terms[i].z_mask;
        if (!place_index(result, terms[i].x_mask, &x)) continue; /* <0|X|0> = <0|Y|0> = 0 */
        place_index(result, terms[i].z_mask & used, &z);
        placed[kept++] = (ek_pauli_term){x, z, terms[i].coefficient};
    }
    if (status == EK_OK && all > ek_low_bits(result->program_qubits))
        status = EK_FAIL(EK_ERROR_ARGUMENT, "an observable beyond the program's %d qubits",
                         result->program_qubits);
    status = ek_session_agree(result->state->session, status);
    if (status == EK_OK) status = ek_expect_pauli(result->state, kept, placed, value);
    ek_release(placed);
    return status;
}

ek_status ek_shots_check_norm(const ek_shots_result *result, ek_precision precision,
                              double at_first)
{
    const double most = ek_norm_tolerance(precision) * (1 + 1e-3 * result->passes);
    if (result->norm < 0 || fabs(result->norm - at_first) <= most * at_first) return EK_OK;
    return EK_FAIL(EK_ERROR_NUMERIC,
                   "the norm of the state is %.12g at the end, no longer %.12g: memory or network "
                   "at fault? Run again, with --check full to see where",
                   result->norm, at_first);
}
