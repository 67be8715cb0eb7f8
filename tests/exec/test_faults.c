/* Memory that ends on one rank: all ranks hear of it, nothing hangs, nothing leaks (the sanitizers
 * look), and afterwards everything works. */
#include "base/base.h"
#include "support/compare.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <exaket/program.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUBITS = 6, MOST_ALLOCATIONS = 2000 };
static const double parameters[3] = {0.3, 0.9, -1.4};

/* Everything that the attempts need and leave. */
static ek_session *session;
static struct random_circuit *circuit;
static ek_circuit *built;
static ek_diagonal *diagonal;
static ek_program *program;
static ek_state *state;

static void test_begin(void)
{
    const struct random_options options = {.qubits = QUBITS, .count = 40, .widest = 4};
    session = test_session(2, 256);
    circuit = random_circuit_make(8, &options);
    CHECK_OK(random_circuit_build(circuit, &built));
    CHECK_OK(random_function_diagonal(&circuit->function[0], &diagonal));
    CHECK_OK(ek_circuit_diagonal(built, diagonal, ek_angle_number(0.5)));
}

static void test_end(void)
{
    ek_program_destroy(&program);
    ek_state_destroy(&state);
    ek_diagonal_destroy(&diagonal);
    ek_circuit_destroy(&built);
    random_circuit_destroy(&circuit);
    ek_session_destroy(&session);
}

/* ---- attempts: each returns the status and tidies up what it made --------------------------- */

static ek_status attempt_state(void)
{
    ek_state *fresh = NULL;
    const ek_status status = ek_state_create(session, QUBITS, EK_SINGLE, &fresh);
    CHECK((fresh == NULL) == (status != EK_OK));
    ek_state_destroy(&fresh);
    return status;
}

static ek_status attempt_program(void)
{
    const ek_plan_options options = {.tile_qubits = 4};
    ek_program *fresh = NULL;
    const ek_status status = ek_program_create(session, built, &options, &fresh);
    CHECK((fresh == NULL) == (status != EK_OK));
    ek_program_destroy(&fresh);
    return status;
}

static ek_status attempt_run(void)
{
    const ek_initial initial = {.kind = EK_INITIAL_RANDOM, .seed = 3};
    return ek_program_run(program, parameters, &initial, state);
}

static ek_status attempt_circuit_run(void) { return ek_circuit_run(built, parameters, state); }

static ek_status attempt_prepare(void)
{
    const ek_initial initial = {.kind = EK_INITIAL_RANDOM, .seed = 3};
    return ek_state_prepare(state, &initial);
}

static ek_status attempt_norm(void)
{
    double norm;
    return ek_state_norm(state, &norm);
}

static ek_status attempt_expect(void)
{
    double value;
    return ek_expect_diagonal(state, diagonal, &value);
}

static ek_status attempt_program_expect(void)
{
    double value;
    return ek_program_expect_diagonal(program, state, diagonal, &value);
}

static ek_status attempt_probability(void)
{
    double value;
    return ek_probability_of_value(state, diagonal, 0, 1, &value);
}

static ek_status attempt_sample(void)
{
    uint64_t outcomes[20];
    return ek_sample(state, 20, 1, outcomes);
}

static ek_status attempt_extremes(void)
{
    ek_extremes extremes;
    return ek_diagonal_extremes(session, diagonal, 3, &extremes);
}

static ek_status attempt_session(void)
{
    ek_session *part = NULL;
    const ek_status status = ek_session_split(session, test_rank() % 2, &part);
    ek_session_destroy(&part);
    return status;
}

/* ---- each allocation fails once, on the first and on the last rank -------------------------- */

/* Fails the nth allocation of `rank` and tells whether there was one. */
static int fails_at(ek_status (*attempt)(void), const char *what, long nth, int rank)
{
    ek_fault_set(EK_FAULT_ALLOCATE, test_rank() == rank ? nth : 0);
    const ek_status status = attempt();
    ek_fault_set(EK_FAULT_ALLOCATE, 0);
    const int agreed = CHECK(status == EK_OK || status == EK_ERROR_MEMORY);
    const int failed = status == EK_ERROR_MEMORY;
    if (!agreed) fprintf(stderr, "\n%s, allocation %ld: %s\n", what, nth, ek_status_name(status));
    if (failed) CHECK(strstr(ek_last_message(), "injected fault") != NULL);
    CHECK(test_all(failed) == !test_all(!failed) || !test_all(agreed)); /* the same everywhere */
    return failed;
}

/* Gives the number of allocations that could fail. */
static long check_attempt(ek_status (*attempt)(void), const char *what)
{
    long most = 0;
    for (int which = 0; which < 2; which++) {
        const int rank = which == 0 ? 0 : test_ranks() - 1;
        long nth = 1;
        while (nth < MOST_ALLOCATIONS && fails_at(attempt, what, nth, rank)) nth++;
        CHECK(nth < MOST_ALLOCATIONS);
        if (nth - 1 > most) most = nth - 1;
    }
    if (!CHECK_OK(attempt())) fprintf(stderr, "\nafter the faults: %s\n", what);
    return most;
}
#define CHECK_ATTEMPT(attempt) check_attempt(attempt, #attempt)

static void check_result(void)
{
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    struct reference expected;
    reference_create(&expected, QUBITS);
    random_circuit_apply(circuit, parameters, &expected);
    reference_diagonal(&expected, random_function_value, &circuit->function[0], 0.5);
    CHECK_OK(ek_program_run(program, parameters, &zero, state));
    CHECK_STATE(state, &expected, "after the faults");
    reference_destroy(&expected);
}

static void test_states(void)
{
    CHECK(CHECK_ATTEMPT(attempt_state) >= 2);
    CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &state));
}

static void test_programs(void)
{
    const ek_plan_options options = {.tile_qubits = 4};
    CHECK(CHECK_ATTEMPT(attempt_program) >= 10);
    CHECK_OK(ek_program_create(session, built, &options, &program));
    check_result();
}

static void test_runs(void)
{
    CHECK_ATTEMPT(attempt_run);
    CHECK_ATTEMPT(attempt_circuit_run);
    CHECK_ATTEMPT(attempt_prepare);
    check_result();
}

static void test_observations(void)
{
    CHECK_ATTEMPT(attempt_norm);
    CHECK(CHECK_ATTEMPT(attempt_expect) >= 1);
    CHECK_ATTEMPT(attempt_program_expect);
    CHECK_ATTEMPT(attempt_probability);
    CHECK(CHECK_ATTEMPT(attempt_sample) >= 1);
    CHECK(CHECK_ATTEMPT(attempt_extremes) >= 1);
    CHECK(CHECK_ATTEMPT(attempt_session) == 1);
    check_result();
}

/* A number of ranks that does not suit, on one rank only. */
static void test_ranks_fault(void)
{
    ek_state *fresh = NULL;
    ek_fault_set(EK_FAULT_RANKS, test_rank() == test_ranks() - 1);
    CHECK_STATUS(ek_state_create(session, QUBITS, EK_DOUBLE, &fresh), EK_ERROR_RANKS);
    ek_fault_set(EK_FAULT_RANKS, 0);
    CHECK(fresh == NULL);
    CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &fresh));
    ek_state_destroy(&fresh);
}

/* Building a circuit: what fails is not in it. */
static void test_circuits(void)
{
    for (long nth = 1; nth < MOST_ALLOCATIONS; nth++) {
        ek_circuit *fresh = NULL;
        ek_fault_set(EK_FAULT_ALLOCATE, nth);
        const ek_status status = random_circuit_build(circuit, &fresh);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        if (status == EK_OK) CHECK(ek_circuit_size(fresh) > 0 && nth > 4);
        else CHECK(status == EK_ERROR_MEMORY);
        if (fresh) CHECK_OK(ek_circuit_gate(fresh, EK_GATE_H, (const int[]){0}, NULL, NULL));
        ek_circuit_destroy(&fresh);
        if (status == EK_OK) return;
    }
    CU_FAIL("too many allocations");
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"what the attempts need", test_begin},
        {"circuits", test_circuits},
        {"states", test_states},
        {"programs", test_programs},
        {"runs", test_runs},
        {"observations", test_observations},
        {"ranks that do not suit", test_ranks_fault},
        {"end", test_end},
    };
    return test_main(argc, argv, "exec: injected faults", cases, sizeof cases / sizeof *cases);
}
