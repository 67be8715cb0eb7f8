/* What QAOA refuses, and what it does when memory fails on one rank. */
#include "algo/cases.h"
#include "base/base.h"

#include <math.h>
#include <string.h>

struct refused {
    ek_qaoa_options options;
    const char *message; /* a part of it */
};

static void check_refused(ek_session *session, const ek_problem *problem,
                          const struct refused *refused)
{
    ek_qaoa *qaoa = NULL;
    CHECK_STATUS(ek_qaoa_create(session, problem, &refused->options, &qaoa), EK_ERROR_ARGUMENT);
    CHECK(qaoa == NULL);
    CHECK(strstr(ek_last_message(), refused->message) != NULL);
    if (!strstr(ek_last_message(), refused->message))
        fprintf(stderr, "expected \"%s\" in \"%s\"\n", refused->message, ek_last_message());
}

static void test_bad_options(void)
{
    static const double fine[1] = {0.1}, wrong[1] = {NAN};
    const struct refused refused[] = {
        {{.layers = -1}, "-1 layers"},
        {{.layers = 1000000}, "1000000 layers"},
        {{.mixer = (ek_mixer)9}, "mixer 9"},
        {{.precision = (ek_precision)2}, "precision 2"},
        {{.optimizer = "adam"}, "unknown optimizer \"adam\": choose one of bobyqa"},
        {{.starts = -2}, "-2 starts"},
        {{.max_evaluations = -3}, "-3 evaluations"},
        {{.tolerance = -1e-3}, "tolerance -0.001"},
        {{.tolerance = NAN}, "tolerance nan"},
        {{.gamma = fine}, "gamma is given without beta"},
        {{.beta = fine}, "beta is given without gamma"},
        {{.gamma = fine, .beta = wrong}, "layer 1"},
        {{.warm_start = "0101"}, "warm start \"0101\": give 6 characters"},
        {{.warm_start = "01012x"}, "give 6 characters"},
        {{.warm_start = ""}, "give 6 characters"},
        {{.warm_start = "010101", .warm_start_epsilon = 0.6}, "epsilon 0.6"},
        {{.warm_start = "010101", .warm_start_epsilon = -0.1}, "epsilon -0.1"},
        {{.warm_start = "010101", .mixer = EK_MIXER_GROVER}, "mixer x"},
        {{.mixer = EK_MIXER_XY_RING}, "the problem has no constraint"},
        {{.mixer = EK_MIXER_XY_FULL}, "the problem has no constraint"},
    };
    ek_session *session = test_session(1, 0);
    ek_problem *problem = case_maxcut("prism");
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        check_refused(session, problem, &refused[i]);
    ek_problem_destroy(&problem);
    ek_session_destroy(&session);
}

static void test_a_constraint_needs_a_mixer_that_keeps_it(void)
{
    const struct refused refused = {{.layers = 1}, "only states with 2 ones"};
    ek_session *session = test_session(1, 0);
    ek_problem *problem = case_portfolio(6, 2);
    check_refused(session, problem, &refused);
    ek_problem_destroy(&problem);
    ek_session_destroy(&session);
}

static void test_angles_that_are_not_numbers(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *problem = case_maxcut("prism");
    ek_qaoa *qaoa = NULL;
    const double x[2] = {INFINITY, 0};
    double energy = 5;
    CHECK_OK(ek_qaoa_create(session, problem, NULL, &qaoa));
    CHECK_STATUS(ek_qaoa_energy(qaoa, x, &energy), EK_ERROR_NUMERIC);
    CHECK(energy == 5);
    ek_qaoa_destroy(&qaoa);
    ek_qaoa_destroy(&qaoa);
    ek_problem_destroy(&problem);
    ek_session_destroy(&session);
}

/* One and a half states are room for a method without derivatives, which is told before anything
 * is begun. */
static void test_states_that_do_not_fit(void)
{
    enum { QUBITS = 6 };
    ek_session *session = test_session(1, 0);
    ek_problem *problem = case_maxcut("prism");
    ek_qaoa_options options = {.symmetry = EK_SYMMETRY_OFF};
    ek_plan_summary plan;
    ek_qaoa *qaoa = NULL;
    ek_available_memory_set((size_t)24 << QUBITS); /* of this node, all ranks together */
    if (CHECK_OK(ek_qaoa_create(session, problem, &options, &qaoa))) {
        ek_qaoa_summarize(qaoa, &plan);
        CHECK(plan.states == 1);
        ek_qaoa_destroy(&qaoa);
    }
    options.optimizer = "lbfgs";
    CHECK_STATUS(ek_qaoa_create(session, problem, &options, &qaoa), EK_ERROR_MEMORY);
    CHECK(qaoa == NULL && strstr(ek_last_message(), "for 2 states at once") != NULL);
    ek_available_memory_set(0);
    if (CHECK_OK(ek_qaoa_create(session, problem, &options, &qaoa))) {
        ek_qaoa_summarize(qaoa, &plan);
        CHECK(plan.states == 2);
        ek_qaoa_destroy(&qaoa);
    }
    ek_problem_destroy(&problem);
    ek_session_destroy(&session);
}

/* Problem and options may go once the handle is there. */
static void test_everything_is_copied(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *problem = case_maxcut("prism");
    char optimizer[16] = "cobyla", warm[16] = "010101";
    double gamma[1] = {0.6}, beta[1] = {0.4};
    ek_qaoa_options options = {.optimizer = optimizer, .warm_start = warm,
                               .gamma = gamma, .beta = beta, .shots = 10};
    ek_qaoa *qaoa = NULL;
    ek_qaoa_result a = {0}, b = {0};
    CHECK_OK(ek_qaoa_create(session, problem, &options, &qaoa));
    CHECK_OK(ek_qaoa_evaluate(qaoa, &a));
    ek_problem_destroy(&problem);
    memset(optimizer, 'x', 15);
    memset(warm, 'x', 15);
    gamma[0] = beta[0] = NAN;
    memset(&options, 0xff, sizeof options);
    CHECK_OK(ek_qaoa_optimize(qaoa, &b));
    CHECK(b.history_count > 0 && a.energy == b.history[0] && b.energy >= a.energy);
    ek_qaoa_result_clear(&a);
    ek_qaoa_result_clear(&b);
    ek_qaoa_destroy(&qaoa);
    ek_session_destroy(&session);
}

/* The n-th allocation fails on the last rank only: every rank must say so, none may wait. */
static void check_failed_allocations(ek_session *session, const ek_problem *problem)
{
    const ek_qaoa_options options = {.layers = 5, .max_evaluations = 250, .shots = 10};
    for (long nth = 1; nth < 4000; nth += nth < 60 ? 1 : 7) {
        ek_qaoa_result result = {0};
        if (test_rank() == test_ranks() - 1) ek_fault_set(EK_FAULT_ALLOCATE, nth);
        const ek_status status = case_run(session, problem, &options, true, &result);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        if (status == EK_OK) {
            CHECK(nth > 20);
            ek_qaoa_result_clear(&result);
            return;
        }
        if (!test_all(CHECK_STATUS(status, EK_ERROR_MEMORY))) return;
    }
    CHECK(false);
}

static void test_a_failed_allocation_is_everybodys(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *problem = case_maxcut("prism");
    check_failed_allocations(session, problem);
    ek_problem_destroy(&problem);
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"bad options", test_bad_options},
        {"a constraint needs a mixer that keeps it",
         test_a_constraint_needs_a_mixer_that_keeps_it},
        {"angles that are not numbers", test_angles_that_are_not_numbers},
        {"states that do not fit", test_states_that_do_not_fit},
        {"everything is copied", test_everything_is_copied},
        {"a failed allocation is everybody's", test_a_failed_allocation_is_everybodys},
    };
    return test_main(argc, argv, "algo: QAOA options", cases, sizeof cases / sizeof *cases);
}
