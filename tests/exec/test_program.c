/* Programs: what they cost, refuse, and keep the same. */
#include "state/state.h"
#include "support/compare.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <exaket/program.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ek_session *session;

static void test_begin(void) { session = test_session(1, 256); }
static void test_end(void) { ek_session_destroy(&session); }

static int log2_ranks(void)
{
    int log = 0;
    while (1 << log < test_ranks()) log++;
    return log;
}

static const ek_initial zero = {.kind = EK_INITIAL_ZERO};
static const ek_initial random_state = {.kind = EK_INITIAL_RANDOM, .seed = 77};

static ek_circuit *new_circuit(int qubits)
{
    ek_circuit *circuit = NULL;
    CHECK_OK(ek_circuit_create(qubits, &circuit));
    return circuit;
}

static ek_state *new_state(int qubits)
{
    ek_state *state = NULL;
    CHECK_OK(ek_state_create(session, qubits, EK_DOUBLE, &state));
    return state;
}

static void gate(ek_circuit *circuit, ek_gate which, int a, int b, double angle)
{
    const ek_angle number = ek_angle_number(angle);
    CHECK_OK(ek_circuit_gate(circuit, which, (const int[]){a, b}, &number, NULL));
}

/* ---- costs -------------------------------------------- */

/* Passes and bytes as planned, and bytes as counted from an initial state and from |0...0> as it
 * stands, qubit q on slot q. */
static void check_cost(const ek_circuit *circuit, int passes)
{
    const int qubits = ek_circuit_qubits(circuit);
    ek_program *program = NULL;
    ek_plan_summary summary;
    ek_state *state = new_state(qubits);
    CHECK_OK(ek_circuit_run(circuit, NULL, state));
    CHECK(ek_state_bytes_sent(state) == 0);
    CHECK_OK(ek_program_create(session, circuit, NULL, &program));
    ek_plan_summarize(ek_program_plan(program), &summary);
    CHECK(summary.passes == passes && summary.reshuffles == 0);
    CHECK(summary.bytes_sent_per_rank == 0);
    CHECK(summary.qubits == qubits && summary.ranks == test_ranks());
    CHECK(summary.state_bytes_per_rank == ek_state_bytes_per_rank(state));
    CHECK_OK(ek_program_run(program, NULL, &random_state, state));
    CHECK(ek_state_bytes_sent(state) == 0);
    ek_program_destroy(&program);
    ek_state_destroy(&state);
}

static void test_flips_and_swaps_cost_nothing(void)
{
    ek_circuit *circuit = new_circuit(8);
    for (int q = 0; q < 8; q += 3) gate(circuit, EK_GATE_X, q, 0, 0);
    for (int q = 0; q < 7; q++) gate(circuit, EK_GATE_SWAP, q, 7, 0);
    gate(circuit, EK_GATE_ID, 7, 0, 0);
    check_cost(circuit, 0);
    ek_circuit_destroy(&circuit);
}

/* Mixes the qubits that are local in the identity layout; the others control and take phases. */
static void test_diagonals_and_controls_move_nothing(void)
{
    const int qubits = 8, local = qubits - log2_ranks();
    const ek_spin_term terms[] = {{0x81, 1.0}, {0xff, 0.5}, {0x10, 2.0}};
    const ek_angle angle = ek_angle_number(0.3);
    ek_circuit *circuit = new_circuit(qubits);
    ek_diagonal *diagonal = NULL;
    CHECK_OK(ek_diagonal_create(qubits, 3, terms, &diagonal));
    for (int q = 0; q < local; q++) gate(circuit, EK_GATE_H, q, 0, 0);
    for (int q = 0; q < qubits; q++) gate(circuit, EK_GATE_RZ, q, 0, 0.1 * q);
    for (int q = local; q < qubits; q++) {
        gate(circuit, EK_GATE_CX, q, q % local, 0);
        gate(circuit, EK_GATE_RZZ, q, q % local, 0.7);
        gate(circuit, EK_GATE_CRY, q, (q + 1) % local, 0.7);
        gate(circuit, EK_GATE_T, q, 0, 0);
    }
    CHECK_OK(ek_circuit_diagonal(circuit, diagonal, angle));
    CHECK_OK(ek_circuit_pauli_rotation(circuit, 1, 0xfe, angle, NULL));
    gate(circuit, EK_GATE_CZ, 0, 7, 0);
    check_cost(circuit, 1);
    ek_diagonal_destroy(&diagonal);
    ek_circuit_destroy(&circuit);
}

/* ---- known answers -------------------------------------------- */

/* |x> becomes sum_k e^{2 pi i x k / N} |k> / sqrt(N). */
static void test_fourier_transform(void)
{
    const int qubits = 9, size = 1 << qubits;
    const double pi = 3.14159265358979323846;
    ek_circuit *circuit = new_circuit(qubits);
    ek_state *state = new_state(qubits);
    struct reference expected;
    reference_create(&expected, qubits);
    for (int q = qubits - 1; q >= 0; q--) {
        gate(circuit, EK_GATE_H, q, 0, 0);
        for (int c = q - 1; c >= 0; c--) gate(circuit, EK_GATE_CP, c, q, pi / (1 << (q - c)));
    }
    for (int q = 0; q < qubits / 2; q++) gate(circuit, EK_GATE_SWAP, q, qubits - 1 - q, 0);
    for (int x = 1; x < size; x += 101) {
        const ek_initial basis = {.kind = EK_INITIAL_BASIS, .index = (uint64_t)x};
        CHECK_OK(ek_state_prepare(state, &basis));
        CHECK_OK(ek_circuit_run(circuit, NULL, state));
        for (int k = 0; k < size; k++)
            expected.amplitude[k] = cexp(2 * pi * I * (x * k % size) / size) / sqrt(size);
        CHECK_STATE(state, &expected, "Fourier transform");
    }
    reference_destroy(&expected);
    ek_state_destroy(&state);
    ek_circuit_destroy(&circuit);
}

/* ---- one program, many runs -------------------------------------------- */

static const struct random_options mixture = {.qubits = 8, .count = 40, .widest = 4};

static ek_program *new_program(struct random_circuit *circuit, const ek_plan_options *options)
{
    ek_circuit *built = NULL;
    ek_program *program = NULL;
    CHECK_OK(random_circuit_build(circuit, &built));
    CHECK_OK(ek_program_create(session, built, options, &program));
    ek_circuit_destroy(&built); /* the program must not need it any more */
    return program;
}

static void test_many_parameters(void)
{
    const ek_plan_options options = {.tile_qubits = 4};
    struct random_circuit *circuit = random_circuit_make(4711, &mixture);
    ek_program *program = new_program(circuit, &options);
    ek_state *states[2] = {new_state(mixture.qubits), new_state(mixture.qubits)};
    uint64_t source = 1;
    for (int run = 0; run < 6; run++) {
        double parameters[3];
        struct reference expected;
        reference_create(&expected, mixture.qubits);
        for (int p = 0; p < 3; p++) parameters[p] = random_real(&source, -5, 5);
        CHECK_OK(ek_program_run(program, parameters, &zero, states[run % 2]));
        random_circuit_apply(circuit, parameters, &expected);
        CHECK_STATE(states[run % 2], &expected, "one program, many parameters");
        reference_destroy(&expected);
    }
    for (int s = 0; s < 2; s++) ek_state_destroy(&states[s]);
    ek_program_destroy(&program);
    random_circuit_destroy(&circuit);
}

/* Programs take turns on one state, each leaving a layout that the next has to undo. */
static void test_programs_take_turns(void)
{
    const double parameters[3] = {0.1, 0.2, 0.3};
    struct random_circuit *circuits[3];
    ek_program *programs[3];
    ek_state *state = new_state(mixture.qubits);
    struct reference expected;
    reference_create(&expected, mixture.qubits);
    for (int i = 0; i < 3; i++) {
        circuits[i] = random_circuit_make(100 + (uint64_t)i, &mixture);
        programs[i] = new_program(circuits[i], NULL);
    }
    for (int turn = 0; turn < 7; turn++) {
        const int i = turn * 2 % 3;
        CHECK_OK(ek_program_run(programs[i], parameters, NULL, state));
        random_circuit_apply(circuits[i], parameters, &expected);
        CHECK_STATE(state, &expected, "programs take turns");
    }
    for (int i = 0; i < 3; i++) {
        ek_program_destroy(&programs[i]);
        random_circuit_destroy(&circuits[i]);
    }
    reference_destroy(&expected);
    ek_state_destroy(&state);
}

/* Messages split far below the exchange buffers. */
static void test_tiny_message_limit(void)
{
    ek_message_limit_set(24);
    test_programs_take_turns();
    ek_message_limit_set(0);
}

/* ---- the same bits at any thread count -------------------------------------------- */

struct observed {
    ek_complex *amplitudes;
    double norm, expectation, program_expectation, probability;
    uint64_t shots[500];
};

static void observe(int threads, ek_precision precision, struct observed *seen)
{
    const struct random_options large = {.qubits = 15, .count = 60, .widest = 5};
    const double parameters[3] = {0.4, -0.6, 1.9};
    const ek_plan_options options = {.tile_qubits = 6, .precision = precision};
    ek_session *mine = test_session(threads, 4096);
    struct random_circuit *circuit = random_circuit_make(31, &large);
    ek_circuit *built = NULL;
    ek_program *program = NULL;
    ek_diagonal *diagonal = NULL;
    ek_state *state = NULL;
    CHECK_OK(random_circuit_build(circuit, &built));
    CHECK_OK(random_function_diagonal(&circuit->function[1], &diagonal));
    CHECK_OK(ek_circuit_diagonal(built, diagonal, ek_angle_number(0.3)));
    CHECK_OK(ek_program_create(mine, built, &options, &program));
    CHECK_OK(ek_state_create(mine, large.qubits, precision, &state));
    CHECK_OK(ek_program_run(program, parameters, &random_state, state));
    seen->amplitudes = test_amplitudes(state);
    CHECK_OK(ek_state_norm(state, &seen->norm));
    CHECK_OK(ek_expect_diagonal(state, diagonal, &seen->expectation));
    CHECK_OK(ek_program_expect_diagonal(program, state, diagonal, &seen->program_expectation));
    CHECK_OK(ek_probability_of_value(state, diagonal, 0, 0.5, &seen->probability));
    CHECK_OK(ek_sample(state, 500, 9, seen->shots));
    ek_state_destroy(&state);
    ek_diagonal_destroy(&diagonal);
    ek_program_destroy(&program);
    ek_circuit_destroy(&built);
    random_circuit_destroy(&circuit);
    ek_session_destroy(&mine);
}

static void check_threads(ek_precision precision)
{
    struct observed one, many;
    observe(1, precision, &one);
    for (int threads = 2; threads <= 3; threads++) {
        observe(threads, precision, &many);
        CHECK(memcmp(one.amplitudes, many.amplitudes, sizeof(ek_complex) << 15) == 0);
        CHECK(one.norm == many.norm);
        CHECK(one.expectation == many.expectation);
        CHECK(one.program_expectation == many.program_expectation);
        CHECK(one.probability == many.probability);
        CHECK(memcmp(one.shots, many.shots, sizeof one.shots) == 0);
        free(many.amplitudes);
    }
    free(one.amplitudes);
}

static void test_threads_double(void) { check_threads(EK_DOUBLE); }
static void test_threads_single(void) { check_threads(EK_SINGLE); }

/* ---- refusals -------------------------------------------- */

static void test_too_wide_for_a_rank(void)
{
    const int local = 1 + (ek_session_shared_ranks(session) == 1);
    const int qubits = local + log2_ranks();
    double complex matrix[64];
    ek_complex entries[64];
    uint64_t source = 3;
    ek_program *program = NULL;
    ek_circuit *circuit;
    /* Ranks that have all qubits can hold any operation. */
    if (ek_session_shared_ranks(session) == test_ranks()) return;
    circuit = new_circuit(qubits);
    random_unitary(&source, 3, matrix);
    for (int i = 0; i < 64; i++)
        entries[i] = (ek_complex){creal(matrix[i]), cimag(matrix[i])};
    CHECK_OK(ek_circuit_unitary(circuit, 3, (const int[]){0, qubits - 1, 1}, entries, NULL));
    CHECK_STATUS(ek_program_create(session, circuit, NULL, &program), EK_ERROR_RANKS);
    CHECK(program == NULL && strstr(ek_last_message(), "mixes 3 qubits") != NULL);
    ek_state *state = new_state(qubits);
    CHECK_STATUS(ek_circuit_run(circuit, NULL, state), EK_ERROR_RANKS);
    ek_state_destroy(&state);
    ek_circuit_destroy(&circuit);
}

static void test_too_few_qubits_for_the_ranks(void)
{
    ek_program *program = NULL;
    if (test_ranks() == 1) return;
    ek_circuit *circuit = new_circuit(log2_ranks());
    CHECK_STATUS(ek_program_create(session, circuit, NULL, &program), EK_ERROR_RANKS);
    CHECK(program == NULL);
    ek_circuit_destroy(&circuit);
}

static void test_options_out_of_range(void)
{
    ek_circuit *circuit = new_circuit(6);
    ek_program *program = NULL;
    ek_plan_options options = {.tile_qubits = -1};
    CHECK_STATUS(ek_program_create(session, circuit, &options, &program), EK_ERROR_ARGUMENT);
    options.tile_qubits = 60;
    CHECK_STATUS(ek_program_create(session, circuit, &options, &program), EK_ERROR_ARGUMENT);
    options = (ek_plan_options){.precision = (ek_precision)7};
    CHECK_STATUS(ek_program_create(session, circuit, &options, &program), EK_ERROR_ARGUMENT);
    CHECK(program == NULL);
    ek_circuit_destroy(&circuit);
}

/* A run that fails leaves the state alone. */
static void check_run(ek_program *program, const double *parameters, const ek_initial *initial,
                      ek_state *state, ek_status expected)
{
    ek_complex *before = test_amplitudes(state);
    CHECK_STATUS(ek_program_run(program, parameters, initial, state), expected);
    ek_complex *after = test_amplitudes(state);
    CHECK(memcmp(before, after, sizeof *before << ek_state_qubits(state)) == 0);
    free(before);
    free(after);
}

static void check_initials(ek_program *program, const double *parameters, ek_state *state)
{
    const double theta[6] = {0, 0, 0, NAN, 0, 0};
    const ek_initial wrong[] = {
        {.kind = EK_INITIAL_BASIS, .index = 64},   {.kind = EK_INITIAL_DICKE, .weight = 7},
        {.kind = EK_INITIAL_DICKE, .weight = -1},  {.kind = EK_INITIAL_PRODUCT, .theta = NULL},
        {.kind = EK_INITIAL_PRODUCT, .theta = theta}, {.kind = (ek_initial_kind)17}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_run(program, parameters, &wrong[i], state, EK_ERROR_ARGUMENT);
}

static void test_refused_runs(void)
{
    const int last = test_rank() == test_ranks() - 1;
    const double good[1] = {1}, bad[1] = {INFINITY};
    ek_circuit *circuit = new_circuit(6);
    ek_program *program = NULL;
    int parameter;
    void *amplitudes = NULL;
    ek_session *other = test_session(1, 256);
    CHECK_OK(ek_circuit_parameter(circuit, "a", &parameter));
    for (int q = 0; q < 6; q++) gate(circuit, EK_GATE_RX, q, 0, 0.5);
    CHECK_OK(ek_program_create(session, circuit, NULL, &program));
    ek_state *state = new_state(6), *wide = new_state(7), *single = NULL, *foreign = NULL;
    CHECK_OK(ek_state_create(session, 6, EK_SINGLE, &single));
    CHECK_OK(ek_state_create(other, 6, EK_DOUBLE, &foreign));
    CHECK_OK(ek_program_run(program, good, &random_state, state));
    check_run(program, good, &zero, wide, EK_ERROR_MISMATCH);
    check_run(program, good, NULL, single, EK_ERROR_MISMATCH);
    check_run(program, good, NULL, foreign, EK_ERROR_MISMATCH);
    check_run(program, last ? bad : good, NULL, state, EK_ERROR_NUMERIC);
    check_run(program, NULL, &zero, state, EK_ERROR_NUMERIC);
    check_initials(program, good, state);
    CHECK_STATUS(ek_circuit_run(circuit, good, wide), EK_ERROR_MISMATCH);
    if (last) CHECK_OK(ek_state_borrow(state, &amplitudes));
    CHECK_STATUS(ek_program_run(program, good, &zero, state), EK_ERROR_BUSY);
    CHECK_STATUS(ek_circuit_run(circuit, good, state), EK_ERROR_BUSY);
    if (last) ek_state_restore(state, &amplitudes);
    CHECK_OK(ek_program_run(program, good, &zero, state));
    ek_state_destroy(&state);
    ek_state_destroy(&wide);
    ek_state_destroy(&single);
    ek_state_destroy(&foreign);
    ek_program_destroy(&program);
    ek_program_destroy(&program);
    ek_program_destroy(NULL);
    ek_circuit_destroy(&circuit);
    ek_session_destroy(&other);
}

/* Ranks that ask for different things are told so, all of them, before anything runs. */
static void test_ranks_that_differ(void)
{
    if (test_ranks() == 1) return;
    const int rank = test_rank();
    const double parameters[1] = {0.25}, others[1] = {0.25 + 1e-12 * (rank == 1)};
    const ek_initial basis = {.kind = EK_INITIAL_BASIS, .index = (uint64_t)(rank == 1)};
    ek_circuit *same = new_circuit(6), *differ = new_circuit(6);
    ek_program *program = NULL;
    ek_state *state = new_state(6);
    int parameter;
    for (int q = 0; q < 6; q++) gate(differ, EK_GATE_RX, (q + rank) % 6, -1, 0.5);
    CHECK_STATUS(ek_program_create(session, differ, NULL, &program), EK_ERROR_MISMATCH);
    CHECK(program == NULL);
    CHECK_OK(ek_circuit_parameter(same, "a", &parameter));
    gate(same, EK_GATE_RX, 0, parameter, 0.5);
    const ek_plan_options method = {.qft = rank == 1 ? EK_QFT_GATES : EK_QFT_AUTO};
    const ek_plan_options precision = {.precision = rank == 1 ? EK_SINGLE : EK_DOUBLE};
    CHECK_STATUS(ek_program_create(session, same, &method, &program), EK_ERROR_MISMATCH);
    CHECK_STATUS(ek_program_create(session, same, &precision, &program), EK_ERROR_MISMATCH);
    CHECK_OK(ek_program_create(session, same, NULL, &program));
    CHECK_STATUS(ek_program_run(program, others, &zero, state), EK_ERROR_MISMATCH);
    CHECK_STATUS(ek_program_run(program, parameters, &basis, state), EK_ERROR_MISMATCH);
    CHECK_STATUS(ek_program_run(program, parameters, rank == 1 ? NULL : &zero, state),
                 EK_ERROR_MISMATCH);
    CHECK_OK(ek_program_run(program, parameters, &zero, state));
    ek_program_destroy(&program);
    ek_state_destroy(&state);
    ek_circuit_destroy(&same);
    ek_circuit_destroy(&differ);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"session", test_begin},
        {"X and SWAP cost nothing", test_flips_and_swaps_cost_nothing},
        {"diagonals and controls move nothing", test_diagonals_and_controls_move_nothing},
        {"Fourier transform", test_fourier_transform},
        {"one program, many parameters", test_many_parameters},
        {"programs take turns on a state", test_programs_take_turns},
        {"messages of 24 bytes", test_tiny_message_limit},
        {"the same bits at 1 to 3 threads, double", test_threads_double},
        {"the same bits at 1 to 3 threads, single", test_threads_single},
        {"an operation too wide for a rank", test_too_wide_for_a_rank},
        {"too few qubits for the ranks", test_too_few_qubits_for_the_ranks},
        {"options out of range", test_options_out_of_range},
        {"refused runs", test_refused_runs},
        {"ranks that differ", test_ranks_that_differ},
        {"end", test_end},
    };
    return test_main(argc, argv, "exec: programs", cases, sizeof cases / sizeof *cases);
}
