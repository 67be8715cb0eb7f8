/* Optimised QAOA: quality, limits, journals and interruptions. */
#include "algo/algo.h"
#include "algo/cases.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* On more ranks than a small machine has cores every message waits for its turn: there, loops over
 * methods and layers take every fourth. */
static int stride(void) { return test_ranks() > 2 ? 4 : 1; }

/* ---- quality ---- */

static void check_reaches(ek_session *session, const char *name, int layers, double energy)
{
    ek_problem *problem = case_maxcut(name);
    const ek_qaoa_options options = {.layers = layers, .shots = 16};
    ek_qaoa_result result = {0};
    if (CHECK_OK(case_run(session, problem, &options, true, &result))) {
        CHECK(result.energy >= energy - 1e-8);
        if (result.energy < energy - 1e-8)
            fprintf(stderr, "%s p=%d: %.10f < %.10f\n", name, layers, result.energy, energy);
        CHECK(result.evaluations <= 200 * layers);
        CHECK(result.stopped == (result.evaluations < 200 * layers ? EK_STOP_CONVERGED
                                                                   : EK_STOP_EVALUATIONS));
    }
    ek_qaoa_result_clear(&result);
    ek_problem_destroy(&problem);
}

static void test_the_default_start_reaches_the_table(void)
{
    static const double heawood[] = {14.5414518843, 15.8740356275, 16.9959138299, 17.4438071047};
    static const double desargues[] = {20.7735026919, 22.6771937536};
    ek_session *session = test_session(1, 0);
    for (int p = 1; p <= 4; p++) check_reaches(session, "heawood", p, heawood[p - 1]);
    for (int p = 1; p <= 2 && (test_ranks() == 1 || test_ranks() == 4); p++)
        check_reaches(session, "desargues", p, desargues[p - 1]);
    ek_session_destroy(&session);
}

/* Even ring of n >= 2p+2 vertices: (2p+1)/(2p+2) per edge; p = 5, 6 climb by interpolation. */
static void test_rings_reach_their_limit(void)
{
    ek_session *session = test_session(1, 0);
    for (int p = 1; p <= 6; p += stride())
        check_reaches(session, "ring-14", p, 14.0 * (2 * p + 1) / (2 * p + 2) - 1e-6);
    ek_session_destroy(&session);
}

/* More layers are never worse, up to where the optimiser stops. */
static void test_interpolation_climbs(void)
{
    ek_session *session = test_session(1, 0);
    check_reaches(session, "petersen", 5, 11.5430941464);
    check_reaches(session, "petersen", 7, 11.75);
    ek_session_destroy(&session);
}

static void test_every_optimizer_improves_within_its_cap(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *problem = case_maxcut("prism");
    for (size_t i = 0; ek_optimizer_name(i); i += (size_t)stride())
        for (size_t c = 0; c < 3; c++) {
            /* The global methods begin with a population of 50 or more. */
            const bool is_global = ek_optimizer_needs_bounds(ek_optimizer_name(i));
            const int caps[] = {1, 7, is_global ? 1000 : 120};
            const double gamma[2] = {0.3, 0.5}, beta[2] = {0.4, 0.1};
            const ek_qaoa_options options = {.layers = 2, .optimizer = ek_optimizer_name(i),
                                             .gamma = gamma, .beta = beta, .shots = 8,
                                             .max_evaluations = caps[c]};
            ek_qaoa_result result = {0};
            if (!CHECK_OK(case_run(session, problem, &options, true, &result))) continue;
            double best = -HUGE_VAL;
            for (size_t k = 0; k < result.history_count; k++) best = fmax(best, result.history[k]);
            CHECK(result.energy == best && result.evaluations == (int)result.history_count);
            CHECK(result.evaluations <= caps[c] && (c == 2 || result.evaluations == caps[c]));
            CHECK(c < 2 || result.energy > result.history[0] + 0.05);
            CHECK(c > 0 || (result.gamma[1] == 0.5 && result.beta[0] == 0.4));
            ek_qaoa_result_clear(&result);
        }
    ek_problem_destroy(&problem);
    ek_session_destroy(&session);
}

/* The angles that are returned have the energy that is returned. */
static void test_result_belongs_to_its_angles(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *problem = case_maxcut("petersen");
    for (int layers = 1; layers <= 6; layers += 5)
        for (int cap = 10; cap < 2000; cap *= 12) {
            const ek_qaoa_options options = {
                .layers = layers, .max_evaluations = cap, .starts = 3, .shots = 8};
            ek_qaoa_result result = {0}, again = {0};
            if (!CHECK_OK(case_run(session, problem, &options, true, &result))) continue;
            const ek_qaoa_options same = {
                .layers = layers, .gamma = result.gamma, .beta = result.beta, .shots = 8};
            CHECK_OK(case_run(session, problem, &same, false, &again));
            CHECK_NEAR(result.energy, again.energy, 1e-12);
            CHECK(result.evaluations <= cap);
            ek_qaoa_result_clear(&result);
            ek_qaoa_result_clear(&again);
        }
    ek_problem_destroy(&problem);
    ek_session_destroy(&session);
}

/* From a bad first start, random ones find better; their angles depend on the seed alone. */
static void test_random_starts_help(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *problem = case_maxcut("k33");
    const double zero[2] = {0};
    double energies[3];
    for (int i = 0; i < 3; i++) {
        const ek_qaoa_options options = {.layers = 2, .gamma = zero, .beta = zero, .shots = 8,
                                         .starts = 6, .seed = i == 2 ? 5 : 4,
                                         .optimizer = "nelder-mead", .max_evaluations = 600};
        ek_qaoa_result result = {0};
        if (!CHECK_OK(case_run(session, problem, &options, true, &result))) continue;
        CHECK(result.energy > 7.5);
        CHECK_NEAR(result.history[0], 4.5, 1e-12);
        energies[i] = result.history[result.history_count - 1];
        ek_qaoa_result_clear(&result);
    }
    CHECK(energies[0] == energies[1] && energies[0] != energies[2]);
    ek_problem_destroy(&problem);
    ek_session_destroy(&session);
}

/* With fewer evaluations than starts the informed one still runs. */
static void test_more_starts_than_evaluations(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *problem = case_maxcut("k33");
    const ek_qaoa_options options = {.layers = 2, .starts = 3, .max_evaluations = 2};
    ek_qaoa_result first = {0}, result = {0};
    if (test_all(CHECK_OK(case_run(session, problem, &options, false, &first)) &&
                 CHECK_OK(case_run(session, problem, &options, true, &result)))) {
        CHECK(result.evaluations == 2 && result.history[0] == first.energy);
        CHECK(result.stopped == EK_STOP_EVALUATIONS && first.stopped == EK_STOP_NONE);
        CHECK(result.energy >= first.energy);
    }
    ek_qaoa_result_clear(&first);
    ek_qaoa_result_clear(&result);
    ek_problem_destroy(&problem);
    ek_session_destroy(&session);
}

/* ---- hooks ---- */

enum { MAX_RECORDS = 2000, MAX_DIMENSION = 12 };

/* A journal in memory. */
struct journal {
    int known;         /* records to supply */
    int given, count;  /* supplied so far; recorded so far (given included) */
    int stop_before;   /* interrupt before this evaluation, -1 = never */
    int fail_after;    /* fail after this evaluation, -1 = never */
    bool first_rank_only; /* only rank 0 knows, fails or stops */
    double poison;     /* supplied as the value of the third evaluation unless 0 */
    double x[MAX_RECORDS][MAX_DIMENSION];
    double value[MAX_RECORDS];
    bool has_gradient[MAX_RECORDS];
    double gradient[MAX_RECORDS][MAX_DIMENSION];
    int dimension[MAX_RECORDS];
};

static bool is_mine(const struct journal *journal)
{
    return !journal->first_rank_only || test_rank() == 0;
}

static ek_status before(void *context, ek_evaluation *evaluation, bool *known)
{
    struct journal *journal = context;
    const int dimension = evaluation->dimension;
    const int i = journal->count;
    if (i == journal->stop_before && is_mine(journal)) return EK_ERROR_INTERRUPTED;
    if (journal->poison != 0 && i == 2) {
        *known = true;
        evaluation->value = journal->poison;
    }
    if (i >= journal->known) return EK_OK;
    journal->count++;
    CHECK(journal->dimension[i] == dimension);
    CHECK(memcmp(journal->x[i], evaluation->x, (size_t)dimension * sizeof(double)) == 0);
    CHECK(journal->has_gradient[i] == (evaluation->gradient != NULL));
    if (!is_mine(journal)) return EK_OK;
    journal->given++;
    if (evaluation->gradient)
        memcpy(evaluation->gradient, journal->gradient[i], (size_t)dimension * sizeof(double));
    *known = true;
    evaluation->value = journal->value[i];
    return EK_OK;
}

static ek_status after(void *context, const ek_evaluation *evaluation)
{
    const int dimension = evaluation->dimension;
    struct journal *journal = context;
    const int i = journal->count++;
    if (i == journal->fail_after && is_mine(journal))
        return EK_FAIL(EK_ERROR_FILE, "the disk is full at evaluation %d", i);
    if (i >= MAX_RECORDS) return EK_OK;
    journal->dimension[i] = dimension;
    memcpy(journal->x[i], evaluation->x, (size_t)dimension * sizeof(double));
    journal->value[i] = evaluation->value;
    journal->has_gradient[i] = evaluation->gradient != NULL;
    if (evaluation->gradient)
        memcpy(journal->gradient[i], evaluation->gradient, (size_t)dimension * sizeof(double));
    return EK_OK;
}

static struct journal first_journal;

static void reset_journal(void)
{
    memset(&first_journal, 0, sizeof first_journal);
    first_journal.stop_before = first_journal.fail_after = -1;
}

static ek_qaoa_options hooked(const char *optimizer, int layers, struct journal *journal)
{
    return (ek_qaoa_options){.layers = layers, .optimizer = optimizer, .starts = 2, .seed = 3,
                             .max_evaluations = 60 * layers, .shots = 100,
                             .hooks = {before, after, journal}};
}

static bool same_doubles(const double *a, const double *b, size_t count)
{
    return memcmp(a, b, count * sizeof *a) == 0;
}

static void check_same(const ek_qaoa_result *a, const ek_qaoa_result *b)
{
    CHECK(a->energy == b->energy && a->evaluations == b->evaluations);
    CHECK(a->p_optimal == b->p_optimal && a->best_index == b->best_index);
    CHECK(a->history_count == b->history_count && a->outcome_count == b->outcome_count);
    if (a->history_count != b->history_count || a->outcome_count != b->outcome_count) return;
    CHECK(same_doubles(a->gamma, b->gamma, (size_t)a->layers));
    CHECK(same_doubles(a->beta, b->beta, (size_t)a->layers));
    CHECK(same_doubles(a->history, b->history, a->history_count));
    CHECK(memcmp(a->outcomes, b->outcomes, a->outcome_count * sizeof *a->outcomes) == 0);
}

/* Replays `known` of the first run's evaluations into a second run. */
static void check_replay(ek_session *session, const ek_problem *problem, const char *optimizer,
                         int layers, bool first_rank_only)
{
    ek_qaoa_result whole = {0}, replayed = {0};
    reset_journal();
    const ek_qaoa_options options = hooked(optimizer, layers, &first_journal);
    if (!CHECK_OK(case_run(session, problem, &options, true, &whole))) return;
    CHECK(first_journal.count == whole.evaluations);
    for (int part = 1; part <= 3; part++) {
        const int known = whole.evaluations * part / 3;
        first_journal.known = known;
        first_journal.count = first_journal.given = 0;
        first_journal.first_rank_only = first_rank_only;
        CHECK_OK(case_run(session, problem, &options, true, &replayed));
        CHECK(first_journal.given == (is_mine(&first_journal) ? known : 0));
        CHECK(first_journal.count == whole.evaluations);
        check_same(&whole, &replayed);
        ek_qaoa_result_clear(&replayed);
    }
    ek_qaoa_result_clear(&whole);
}

static void test_a_replayed_journal_gives_the_same(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *problem = case_maxcut("prism");
    for (size_t i = 0; ek_optimizer_name(i); i += (size_t)stride())
        check_replay(session, problem, ek_optimizer_name(i), 2, i % 8 > 3);
    check_replay(session, problem, NULL, 6, true);
    ek_problem_destroy(&problem);
    ek_session_destroy(&session);
}

/* A journal that holds every value needs no run: made-up values show that they are used. */
static void test_known_values_are_not_run(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *problem = case_maxcut("prism");
    ek_qaoa_result result = {0};
    reset_journal();
    ek_qaoa_options options = hooked(NULL, 1, &first_journal);
    options.max_evaluations = options.starts = 1;
    CHECK_OK(case_run(session, problem, &options, true, &result));
    ek_qaoa_result_clear(&result);
    first_journal.known = 1;
    first_journal.count = 0;
    first_journal.value[0] = 123.5;
    CHECK_OK(case_run(session, problem, &options, true, &result));
    CHECK(result.energy == 123.5 && result.history[0] == 123.5);
    ek_qaoa_result_clear(&result);
    ek_problem_destroy(&problem);
    ek_session_destroy(&session);
}

static void check_stopped(ek_session *session, const ek_problem *problem, bool optimize,
                          ek_status expected, const char *message)
{
    const ek_qaoa_options options = hooked(NULL, 2, &first_journal);
    ek_qaoa_result result = {.evaluations = 77};
    CHECK_STATUS(case_run(session, problem, &options, optimize, &result), expected);
    CHECK(strstr(ek_last_message(), message) != NULL);
    CHECK(result.evaluations == 77 && result.gamma == NULL);
}

static void test_hooks_can_stop(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *problem = case_maxcut("prism");
    for (int alone = 0; alone < 2; alone++) {
        reset_journal();
        first_journal.first_rank_only = alone;
        first_journal.stop_before = 5;
        check_stopped(session, problem, true, EK_ERROR_INTERRUPTED, "after 5 evaluations");
        CHECK(first_journal.count == 5);
        reset_journal();
        first_journal.first_rank_only = alone;
        first_journal.stop_before = 0;
        check_stopped(session, problem, false, EK_ERROR_INTERRUPTED, "after 0 evaluations");
        reset_journal();
        first_journal.first_rank_only = alone;
        first_journal.fail_after = 3;
        check_stopped(session, problem, true, EK_ERROR_FILE, "disk is full at evaluation 3");
        CHECK(first_journal.count == 4);
        reset_journal();
        first_journal.first_rank_only = alone;
        first_journal.poison = NAN;
        check_stopped(session, problem, true, EK_ERROR_NUMERIC, "the angles (");
    }
    ek_problem_destroy(&problem);
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"the default start reaches the table", test_the_default_start_reaches_the_table},
        {"rings reach their limit", test_rings_reach_their_limit},
        {"interpolation climbs", test_interpolation_climbs},
        {"every optimizer improves within its cap", test_every_optimizer_improves_within_its_cap},
        {"the result belongs to its angles", test_result_belongs_to_its_angles},
        {"random starts help", test_random_starts_help},
        {"more starts than evaluations", test_more_starts_than_evaluations},
        {"a replayed journal gives the same", test_a_replayed_journal_gives_the_same},
        {"known values are not run", test_known_values_are_not_run},
        {"hooks can stop", test_hooks_can_stop},
    };
    return test_main(argc, argv, "algo: QAOA optimisation", cases, sizeof cases / sizeof *cases);
}
