/* Sessions, states and programs that are made and destroyed again and again leave nothing behind:
 * no communicators, shared memory, files, or bytes. */
#include "support/harness.h"
#include "support/holdings.h"

#include <exaket/observe.h>
#include <exaket/program.h>

enum { CYCLES = 100, WARM_UP = 20, QUBITS = 6 };

/* ---- one cycle ------------------------------------------------------------------------------ */

static ek_circuit *make_circuit(void)
{
    ek_circuit *circuit = NULL;
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    for (int q = 0; q < QUBITS; q++) {
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_H, &q, NULL, NULL));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CX, (int[]){q, (q + 1) % QUBITS}, NULL, NULL));
    }
    return circuit;
}

static void run_once(ek_session *session, const ek_circuit *circuit)
{
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    ek_state *state = NULL;
    ek_program *program = NULL;
    double norm = 0;
    if (CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &state)) &&
        CHECK_OK(ek_program_create(session, circuit, NULL, &program)) &&
        CHECK_OK(ek_program_run(program, NULL, &zero, state)) &&
        CHECK_OK(ek_state_norm(state, &norm)))
        CHECK_NEAR(norm, 1, 1e-12);
    ek_program_destroy(&program);
    ek_state_destroy(&state);
}

/* A session of all ranks, and one of half of them. */
static void run_cycle(const ek_circuit *circuit)
{
    ek_session *session = test_session(1, 0), *part = NULL;
    run_once(session, circuit);
    if (CHECK_OK(ek_session_split(session, test_rank() % 2, &part))) run_once(part, circuit);
    ek_session_destroy(&part);
    ek_session_destroy(&session);
}

static void test_nothing_stays(void)
{
    struct holdings before = {0}, after;
    const int cycles = test_cycles(CYCLES);
    ek_circuit *circuit = make_circuit();
    for (int i = 0; i < WARM_UP + cycles; i++) {
        if (i == WARM_UP) before = test_holdings();
        run_cycle(circuit);
    }
    after = test_holdings();
    test_check_holdings(cycles, &before, &after);
    ek_circuit_destroy(&circuit);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {{"nothing stays", test_nothing_stays}};
    return test_main(argc, argv, "exec: cycles of sessions, states and programs", cases,
                     sizeof cases / sizeof *cases);
}
