/* Half of the state against the whole of it, for problems that a flip of all spins does not
 * change. The whole is checked by the other tests of QAOA. */
#include "algo/cases.h"

#include <math.h>
#include <string.h>

enum { LAYERS = 3 };

static const double gammas[LAYERS] = {0.43, -0.91, 1.27}, betas[LAYERS] = {0.51, 0.33, -0.2};

/* ---- problems ------------------------------------------------------------------------------- */

static ek_problem *weighted_graph(void)
{
    static const ek_edge edges[] = {{0, 1, 0.7}, {1, 2, -1.3}, {2, 3, 0.25}, {3, 4, 2.1},
                                    {4, 5, 0.9}, {5, 6, -0.4}, {0, 6, 1.1},  {1, 5, 0.6},
                                    {2, 6, 1.9}, {0, 3, -0.8}};
    return case_maxcut_edges(7, sizeof edges / sizeof *edges, edges);
}

static ek_problem *petersen(void)
{
    return case_maxcut("petersen");
}

/* Terms of four spins, and minimised. */
static ek_problem *autocorrelation(void)
{
    ek_problem *problem = NULL;
    CHECK_OK(ek_problem_labs(9, &problem));
    return problem;
}

static ek_problem *partition(void)
{
    static const double numbers[] = {3, 1.5, 4, 1, 5, 9, 2, 6.5};
    ek_problem *problem = NULL;
    CHECK_OK(ek_problem_partition(8, numbers, &problem));
    return problem;
}

static ek_problem *(*const problems[])(void) = {weighted_graph, petersen, autocorrelation,
                                                partition};
enum { PROBLEMS = sizeof problems / sizeof *problems };

/* ---- comparisons ---------------------------------------------------------------------------- */

static void compare_numbers(const ek_qaoa_result *half, const ek_qaoa_result *whole, double close)
{
    CHECK(half->flips && !whole->flips);
    CHECK(half->qubits == whole->qubits && half->plan.qubits == whole->plan.qubits);
    CHECK(2 * half->plan.state_bytes_per_rank == whole->plan.state_bytes_per_rank);
    CHECK_NEAR(half->energy, whole->energy, close * fabs(whole->energy));
    CHECK_NEAR(half->optimum, whole->optimum, 1e-12);
    CHECK_NEAR(half->worst, whole->worst, 1e-12);
    CHECK_NEAR(half->p_optimal, whole->p_optimal, close);
    CHECK_NEAR(half->best_value, whole->best_value, 1e-12);
}

/* The same shots, of both halves. */
static void compare_shots(const ek_qaoa_result *half, const ek_qaoa_result *whole)
{
    const uint64_t last = (uint64_t)1 << (half->qubits - 1);
    size_t above = 0;
    if (!CHECK(half->outcome_count == whole->outcome_count)) return;
    for (size_t i = 0; i < half->outcome_count; i++) {
        CHECK(half->outcomes[i] == whole->outcomes[i]);
        CHECK(half->outcome_counts[i] == whole->outcome_counts[i]);
        CHECK_NEAR(half->outcome_values[i], whole->outcome_values[i], 1e-12);
        above += (half->outcomes[i] & last) != 0;
    }
    CHECK(above > 0 && above < half->outcome_count);
}

static void compare_runs(ek_problem *problem, const ek_qaoa_options *options, bool optimize,
                         double close)
{
    ek_session *session = test_session(1, 0);
    ek_qaoa_options chosen = *options;
    ek_qaoa_result half = {0}, whole = {0};
    chosen.symmetry = EK_SYMMETRY_ON;
    const bool ran = CHECK_OK(case_run(session, problem, &chosen, optimize, &half));
    chosen.symmetry = EK_SYMMETRY_OFF;
    if (CHECK_OK(case_run(session, problem, &chosen, optimize, &whole)) && ran) {
        compare_numbers(&half, &whole, close);
        if (!optimize && options->precision == EK_DOUBLE) compare_shots(&half, &whole);
    }
    ek_qaoa_result_clear(&half);
    ek_qaoa_result_clear(&whole);
    ek_session_destroy(&session);
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void test_same_results(void)
{
    for (int k = 0; k < PROBLEMS; k++) {
        ek_problem *problem = problems[k]();
        ek_qaoa_options options = {
            .layers = LAYERS, .gamma = gammas, .beta = betas, .shots = 3000, .seed = 5};
        compare_runs(problem, &options, false, 1e-12);
        options.precision = EK_SINGLE;
        compare_runs(problem, &options, false, 2e-5);
        ek_problem_destroy(&problem);
    }
}

/* Both climb the same hill, with derivatives and without. */
static void test_same_optimum(void)
{
    static const char *const optimizers[] = {"lbfgs", "bobyqa"};
    ek_problem *problem = weighted_graph();
    for (int k = 0; k < 2; k++) {
        const ek_qaoa_options options = {
            .layers = 2, .optimizer = optimizers[k], .max_evaluations = 25};
        compare_runs(problem, &options, true, 1e-5);
    }
    ek_problem_destroy(&problem);
}

/* By default where the ranks share memory, and each has a qubit left. */
static void test_default(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *large = petersen(), *small = case_maxcut("ring-4");
    const bool shared = ek_session_shared_ranks(session) == ek_session_size(session);
    ek_qaoa_result result = {0};
    if (CHECK_OK(case_run(session, large, NULL, false, &result))) CHECK(result.flips == shared);
    ek_qaoa_result_clear(&result);
    if (CHECK_OK(case_run(session, small, NULL, false, &result)))
        CHECK(result.flips == (shared && test_ranks() < 8));
    ek_qaoa_result_clear(&result);
    ek_problem_destroy(&large);
    ek_problem_destroy(&small);
    ek_session_destroy(&session);
}

static void check_refused(ek_session *session, const ek_problem *problem,
                          const ek_qaoa_options *options, const char *why)
{
    ek_qaoa_result result = {0};
    CHECK_STATUS(case_run(session, problem, options, false, &result), EK_ERROR_ARGUMENT);
    if (!CHECK(strstr(ek_last_message(), why) != NULL))
        fprintf(stderr, "\nno \"%s\" in: %s\n", why, ek_last_message());
}

/* "on" is refused, and "auto" runs the whole, where the flip changes the problem or the start. */
static void test_where_there_is_none(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *free_choice = case_portfolio(5, -1), *graph = petersen();
    ek_qaoa_options options = {.symmetry = EK_SYMMETRY_ON};
    ek_qaoa_result result = {0};
    check_refused(session, free_choice, &options, "odd number of spins");
    options.mixer = EK_MIXER_GROVER;
    check_refused(session, graph, &options, "mixer x");
    options = (ek_qaoa_options){.symmetry = EK_SYMMETRY_ON, .warm_start = "0101010101"};
    check_refused(session, graph, &options, "warm start");
    options.symmetry = (ek_symmetry)7;
    check_refused(session, graph, &options, "symmetry 7");
    options.symmetry = EK_SYMMETRY_AUTO;
    if (CHECK_OK(case_run(session, graph, &options, false, &result))) CHECK(!result.flips);
    ek_qaoa_result_clear(&result);
    if (CHECK_OK(case_run(session, free_choice, NULL, false, &result))) CHECK(!result.flips);
    ek_qaoa_result_clear(&result);
    ek_problem_destroy(&free_choice);
    ek_problem_destroy(&graph);
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"the same results", test_same_results},
        {"the same optimum", test_same_optimum},
        {"the default", test_default},
        {"problems and mixers without the symmetry", test_where_there_is_none},
    };
    return test_main(argc, argv, "algo: QAOA on half of the state", cases,
                     sizeof cases / sizeof *cases);
}
