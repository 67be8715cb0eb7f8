/* Random circuits against the dense reference: gates, plans, tiles, exchanges, layouts at once. */
#include "comm/comm.h"
#include "support/compare.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <exaket/program.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS = 3, QUBITS_MOST = 10 };
static const double first_parameters[PARAMETERS] = {0.3, -1.7, 2.9};
static const double other_parameters[PARAMETERS] = {-2.2, 0.05, 1.1};

/* One random case: what it is made of, and its name in messages. */
struct setup {
    struct random_options options;
    ek_plan_options plan;
    ek_initial initial;
    double theta[QUBITS_MOST];
    char name[200];
};

static int log2_ranks(void)
{
    int log = 0;
    while (1 << log < test_ranks()) log++;
    return log;
}

/* What circuits are drawn from: kinds of operations, and the most qubits that one mixes; 0 means
 * all. */
struct mix {
    unsigned kinds;
    int widest;
};

static void draw_setup(ek_session *session, uint64_t seed, struct mix mix, struct setup *setup)
{
    static const int tiles[] = {0, 2, 3, 4, 5};
    uint64_t source = seed * 7919 + 1;
    const int fewest = log2_ranks() + 1;
    *setup = (struct setup){.options.kinds = mix.kinds};
    setup->options.qubits = fewest + random_below(&source, QUBITS_MOST + 1 - fewest);
    setup->options.count = 1 + random_below(&source, 40);
    setup->options.widest = setup->options.qubits - log2_ranks();
    if (mix.widest > 0 && mix.widest < setup->options.widest) setup->options.widest = mix.widest;
    setup->plan.tile_qubits = tiles[random_below(&source, 5)];
    setup->plan.precision = random_below(&source, 4) == 0 ? EK_SINGLE : EK_DOUBLE;
    const ek_initial_kind kind = (ek_initial_kind)random_below(&source, EK_INITIAL_PRODUCT + 1);
    setup->initial = test_initial(kind, setup->options.qubits, seed, setup->theta);
    snprintf(setup->name, sizeof setup->name,
             "seed %llu, %d qubits, %d operations, tile %d, %s, initial %d, %zu bytes, %d threads",
             (unsigned long long)seed, setup->options.qubits, setup->options.count,
             setup->plan.tile_qubits, ek_precision_name(setup->plan.precision), kind,
             ek_session_exchange_bytes(session), ek_session_threads(session));
}

/* A circuit in both forms and its program; null on failure, on all ranks. */
struct both {
    struct random_circuit *circuit;
    ek_program *program;
};

static int create_both(ek_session *session, uint64_t seed, const struct setup *setup,
                       struct both *both)
{
    ek_circuit *built = NULL;
    both->program = NULL;
    both->circuit = random_circuit_make(seed, &setup->options);
    int fine = CHECK_OK(random_circuit_build(both->circuit, &built));
    fine = fine && CHECK_OK(ek_program_create(session, built, &setup->plan, &both->program));
    if (!fine && test_rank() == 0) fprintf(stderr, "in %s\n", setup->name);
    ek_circuit_destroy(&built);
    return test_all(fine);
}

static void destroy_both(struct both *both)
{
    ek_program_destroy(&both->program);
    random_circuit_destroy(&both->circuit);
}

/* From an initial state, where the plan knows the bytes; and once more for the same bits. */
static int check_from_initial(const struct setup *setup, struct both *both, ek_state *state,
                              struct reference *expected)
{
    ek_plan_summary summary;
    const uint64_t before = ek_state_bytes_sent(state);
    if (!CHECK_OK(ek_program_run(both->program, first_parameters, &setup->initial, state)))
        return 0;
    ek_plan_summarize(ek_program_plan(both->program), &summary);
    uint64_t sent = ek_state_bytes_sent(state) - before; /* ranks may differ */
    const uint64_t planned = summary.bytes_sent_per_rank * (uint64_t)test_ranks();
    ek_sum_ranks_u64(ek_state_session(state), &sent, 1);
    CHECK(sent == planned);
    if (sent != planned)
        fprintf(stderr, "\n%s: %llu bytes sent, %llu planned\n", setup->name,
                (unsigned long long)sent, (unsigned long long)planned);
    random_circuit_apply(both->circuit, first_parameters, expected);
    if (!CHECK_STATE(state, expected, setup->name)) return 0;
    ek_complex *once = test_amplitudes(state);
    CHECK_OK(ek_program_run(both->program, first_parameters, &setup->initial, state));
    ek_complex *twice = test_amplitudes(state);
    CHECK(memcmp(once, twice, sizeof *once << setup->options.qubits) == 0);
    free(once);
    free(twice);
    return 1;
}

/* On the state as it is: the same program with other parameters, then another program. */
static void check_from_state(ek_session *session, uint64_t seed, const struct setup *setup,
                             struct both *both, ek_state *state, struct reference *expected)
{
    struct both next;
    CHECK_OK(ek_program_run(both->program, other_parameters, NULL, state));
    random_circuit_apply(both->circuit, other_parameters, expected);
    if (!CHECK_STATE(state, expected, setup->name)) return;
    if (create_both(session, seed + 500000, setup, &next)) {
        CHECK_OK(ek_program_run(next.program, first_parameters, NULL, state));
        random_circuit_apply(next.circuit, first_parameters, expected);
        CHECK_STATE(state, expected, setup->name);
    }
    destroy_both(&next);
}

static void check_circuit(ek_session *session, uint64_t seed, struct mix mix)
{
    struct setup setup;
    struct both both;
    struct reference expected;
    ek_state *state = NULL;
    draw_setup(session, seed, mix, &setup);
    const int qubits = setup.options.qubits;
    reference_create(&expected, qubits);
    if (create_both(session, seed, &setup, &both) &&
        CHECK_OK(ek_state_create(session, qubits, setup.plan.precision, &state))) {
        test_reference_prepare(&setup.initial, session, setup.plan.precision, &expected);
        if (check_from_initial(&setup, &both, state, &expected))
            check_from_state(session, seed, &setup, &both, state, &expected);
    }
    ek_state_destroy(&state);
    destroy_both(&both);
    reference_destroy(&expected);
}

/* EXAKET_TEST_REPEAT=20 tries so many times as many circuits. */
static uint64_t repeats(void)
{
    const char *text = getenv("EXAKET_TEST_REPEAT");
    return text ? (uint64_t)atol(text) : 1;
}

static void check_circuits(int threads, size_t exchange_bytes, uint64_t from, uint64_t count,
                           struct mix mix)
{
    ek_session *session = test_session(threads, exchange_bytes);
    for (uint64_t i = 0; i < count * repeats(); i++)
        check_circuit(session, from * 1000000 + i, mix);
    ek_session_destroy(&session);
}

static const struct mix everything;
static const struct mix gates = {1U << RANDOM_GATE, 0}, phases = {1U << RANDOM_PHASES, 0};
static const struct mix unitaries = {1U << RANDOM_UNITARY, 0}, paulis = {1U << RANDOM_PAULI, 0};
static const struct mix pairs = {1U << RANDOM_UNITARY, 2};
static const struct mix pairs_and_gates = {1U << RANDOM_UNITARY | 1U << RANDOM_GATE, 2};
static const struct mix mixers = {
    1U << RANDOM_DIAGONAL | 1U << RANDOM_GROVER | 1U << RANDOM_GATE, 0};

static void test_default_buffers(void) { check_circuits(1, 0, 1, 40, everything); }
static void test_tiny_buffers(void) { check_circuits(1, 64, 2, 40, everything); }
static void test_odd_buffers(void) { check_circuits(2, 200, 3, 12, everything); }
static void test_three_threads(void) { check_circuits(3, 4096, 4, 25, everything); }
static void test_gates_only(void) { check_circuits(1, 256, 5, 20, gates); }
static void test_unitaries_only(void) { check_circuits(2, 128, 6, 8, unitaries); }
static void test_phases_only(void) { check_circuits(1, 0, 7, 10, phases); }
static void test_paulis_only(void) { check_circuits(1, 64, 8, 15, paulis); }
static void test_mixers(void) { check_circuits(3, 64, 9, 15, mixers); }
static void test_pairs(void)
{
    check_circuits(1, 128, 10, 15, pairs);
    check_circuits(2, 0, 11, 15, pairs_and_gates);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"everything, default buffers", test_default_buffers},
        {"everything, buffers of 64 bytes", test_tiny_buffers},
        {"everything, 2 threads, buffers of 200 bytes", test_odd_buffers},
        {"everything, 3 threads", test_three_threads},
        {"named gates", test_gates_only},
        {"dense unitaries", test_unitaries_only},
        {"phases", test_phases_only},
        {"Pauli rotations", test_paulis_only},
        {"functions of the register and Grover mixers", test_mixers},
        {"matrices of one and two qubits, one after the other", test_pairs},
    };
    return test_main(argc, argv, "exec: random circuits", cases, sizeof cases / sizeof *cases);
}
