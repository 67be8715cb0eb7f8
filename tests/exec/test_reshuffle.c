/* Messages of any size move the same amplitudes: chunks and messages are made tiny. */
#include "comm/comm.h"
#include "support/harness.h"

#include <exaket/observe.h>
#include <exaket/program.h>

enum { QUBITS = 9 };

static ek_circuit *layers(void)
{
    ek_circuit *circuit = NULL;
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    for (int l = 0; l < 4; l++)
        for (int q = 0; q < QUBITS; q++) {
            const ek_angle angle = ek_angle_number(0.3 + 0.1 * q + 0.7 * l);
            CHECK_OK(ek_circuit_gate(circuit, EK_GATE_RY, &q, &angle, NULL));
            CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CX, (int[]){q, (q + 1) % QUBITS}, NULL,
                                     NULL));
        }
    return circuit;
}

/* All amplitudes after the layers, by messages with these limits. */
static void run(size_t exchange_bytes, size_t message_limit, ek_complex *amplitudes)
{
    const ek_session_options options = {1, exchange_bytes, 1};
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    uint64_t index[1 << QUBITS];
    ek_session *session = NULL;
    ek_program *program = NULL;
    ek_state *state = NULL;
    ek_plan_summary summary;
    ek_circuit *circuit = layers();
    ek_message_limit_set(message_limit);
    CHECK_OK(ek_session_create(&options, &session));
    CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &state));
    CHECK_OK(ek_program_create(session, circuit, NULL, &program));
    CHECK_OK(ek_program_run(program, NULL, &zero, state));
    ek_plan_summarize(ek_program_plan(program), &summary);
    CHECK(ek_state_bytes_sent(state) == summary.bytes_sent_per_rank);
    CHECK((summary.bytes_sent_per_rank > 0) == (test_ranks() > 1));
    for (size_t i = 0; i < 1 << QUBITS; i++) index[i] = i;
    CHECK_OK(ek_state_amplitudes(state, 1 << QUBITS, index, amplitudes));
    ek_program_destroy(&program);
    ek_state_destroy(&state);
    ek_circuit_destroy(&circuit);
    ek_session_destroy(&session);
    ek_message_limit_set(0);
}

static void test_any_size_of_chunks(void)
{
    static const size_t exchange[] = {64, 200, 1024, 1 << 20}, limit[] = {16, 40, 0};
    ek_complex expected[1 << QUBITS], got[1 << QUBITS];
    run(0, 0, expected);
    for (size_t e = 0; e < sizeof exchange / sizeof *exchange; e++)
        for (size_t l = 0; l < sizeof limit / sizeof *limit; l++) {
            int wrong = 0;
            run(exchange[e], limit[l], got);
            for (size_t i = 0; i < 1 << QUBITS; i++)
                wrong += got[i].re != expected[i].re || got[i].im != expected[i].im;
            CHECK(wrong == 0);
        }
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {{"chunks of any size", test_any_size_of_chunks}};
    return test_main(argc, argv, "reshuffle", cases, sizeof cases / sizeof *cases);
}
