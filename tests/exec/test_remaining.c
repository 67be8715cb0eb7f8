/* A run that stops after any pass, and goes on with the circuit that is left, ends where it would
 * have ended. */
#include "exec/exec.h"
#include "support/compare.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <stdio.h>
#include <stdlib.h>

enum { QUBITS = 8, PARAMETERS = 3 };
static const double parameters[PARAMETERS] = {0.3, -1.7, 2.9};

static ek_session *session;

struct stop {
    size_t after;
    struct ek_layout layout;
    ek_circuit *left;
};

static ek_status stop_there(void *context, const struct ek_step *step)
{
    struct stop *stop = context;
    if (step->kind != EK_AFTER_PASS || step->passes != stop->after) return EK_OK;
    EK_TRY(ek_program_remaining(step->program, step->passes, &stop->left));
    stop->layout = step->stage->layout;
    return EK_FAIL(EK_ERROR_INTERRUPTED, "stopped");
}

static void run_with_stop(ek_program *program, size_t after, const ek_initial *initial,
                          const struct reference *expected, const char *name)
{
    const ek_precision precision = program->plan->options.precision;
    struct stop stop = {.after = after};
    const struct ek_watch watch = {stop_there, &stop};
    ek_state *state = NULL;
    CHECK_OK(ek_state_create(session, program->plan->qubits, precision, &state));
    program->watch = &watch;
    CHECK_STATUS(ek_program_run(program, parameters, initial, state), EK_ERROR_INTERRUPTED);
    state->layout = stop.layout;
    if (test_all(stop.left != NULL)) {
        CHECK_OK(ek_circuit_run(stop.left, NULL, state));
        CHECK_STATE(state, expected, name);
    }
    ek_circuit_destroy(&stop.left);
    ek_state_destroy(&state);
}

/* Gives how many stops were tried. */
static size_t try_circuit(const ek_circuit *circuit, const ek_plan_options *options,
                          const ek_initial *initial, const struct reference *expected,
                          const char *name)
{
    ek_program *program = NULL;
    if (!CHECK_OK(ek_program_create(session, circuit, options, &program))) return 0;
    const size_t passes = program->plan->pass_count;
    for (size_t after = 1; after <= passes; after++)
        run_with_stop(program, after, initial, expected, name);
    ek_program_destroy(&program);
    return passes;
}

static void test_random(void)
{
    session = test_session(1, 0);
    size_t stops = 0;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        const struct random_options options = {
            .qubits = QUBITS, .count = 40, .widest = 3};
        const ek_plan_options plan = {.tile_qubits = 4,
                                      .precision = seed % 4 ? EK_DOUBLE : EK_SINGLE};
        const ek_initial initial = {.kind = seed % 2 ? EK_INITIAL_ZERO : EK_INITIAL_UNIFORM};
        struct random_circuit *circuit = random_circuit_make(seed, &options);
        struct reference expected;
        ek_circuit *built = NULL;
        char name[32];
        snprintf(name, sizeof name, "seed %d", (int)seed);
        reference_create(&expected, QUBITS);
        test_reference_prepare(&initial, session, plan.precision, &expected);
        random_circuit_apply(circuit, parameters, &expected);
        CHECK_OK(random_circuit_build(circuit, &built));
        stops += try_circuit(built, &plan, &initial, &expected, name);
        reference_destroy(&expected);
        ek_circuit_destroy(&built);
        random_circuit_destroy(&circuit);
    }
    CHECK(stops > 40);
    ek_session_destroy(&session);
}

/* Xs and SWAPs around the transform, so that its wires are neither in order nor upright. */
static void build_fourier(bool inverse, ek_circuit *circuit)
{
    const int block[7] = {0, 1, 2, 3, 4, 5, 6}, flipped[3] = {1, 4, 6}, pair[2] = {2, 5};
    for (int q = 0; q < QUBITS; q++) {
        const ek_angle angle = ek_angle_number(0.2 + 0.3 * q);
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_RY, &q, &angle, NULL));
    }
    for (int i = 0; i < 3; i++)
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_X, &flipped[i], NULL, NULL));
    CHECK_OK(ek_circuit_gate(circuit, EK_GATE_SWAP, pair, NULL, NULL));
    CHECK_OK(ek_circuit_qft(circuit, 7, block, inverse ? EK_QFT_INVERSE : 0));
    CHECK_OK(ek_circuit_gate(circuit, EK_GATE_SX, &flipped[0], NULL, NULL));
}

/* By gates, without a stop, the transform is right: other tests say so. */
static void test_fourier(void)
{
    session = test_session(1, 0);
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    for (int inverse = 0; inverse < 2; inverse++) {
        ek_circuit *circuit = NULL;
        ek_state *state = NULL;
        struct reference expected;
        reference_create(&expected, QUBITS);
        CHECK_OK(ek_circuit_create(QUBITS, &circuit));
        build_fourier(inverse, circuit);
        CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &state));
        CHECK_OK(ek_circuit_run(circuit, NULL, state));
        ek_complex *amplitudes = test_amplitudes(state);
        for (size_t i = 0; i < 1 << QUBITS; i++)
            expected.amplitude[i] = amplitudes[i].re + I * amplitudes[i].im;
        free(amplitudes);
        for (int method = EK_QFT_GATES; method <= EK_QFT_FFTW; method++) {
            const ek_plan_options plan = {.tile_qubits = 3, .qft = (ek_qft_method)method};
#ifndef EXAKET_HAVE_FFTW
            if (method == EK_QFT_FFTW) continue;
#endif
            CHECK(try_circuit(circuit, &plan, &zero, &expected, "a Fourier transform") > 1);
        }
        ek_state_destroy(&state);
        ek_circuit_destroy(&circuit);
        reference_destroy(&expected);
    }
    ek_session_destroy(&session);
}

/* Xs and SWAPs between permutations, with a control of each value, on wires that are neither in
 * order nor upright. */
static void build_permutations(struct reference *expected, ek_circuit *circuit)
{
    static const uint32_t image[8] = {3, 0, 6, 1, 7, 2, 5, 4};
    const int qubits[2][3] = {{0, 2, 1}, {3, 1, 4}}, pair[2] = {1, 4};
    double complex matrix[64] = {0};
    for (int x = 0; x < 8; x++) matrix[8 * image[x] + x] = 1;
    for (int q = 0; q < QUBITS; q++) {
        const ek_angle angle = ek_angle_number(0.2 + 0.3 * q);
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_RY, &q, &angle, NULL));
        reference_gate(expected, "ry", &q, &angle.offset, (struct reference_controls){0, 0});
    }
    for (int round = 0; round < 4; round++) {
        const int control = 6, value = round / 2, flipped = qubits[round % 2][0];
        const ek_controls controls = {1, &control, &value};
        const struct reference_controls same = {1u << control, (uint64_t)value << control};
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_X, &flipped, NULL, NULL));
        reference_gate(expected, "x", &flipped, NULL, (struct reference_controls){0, 0});
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_SWAP, pair, NULL, NULL));
        reference_gate(expected, "swap", pair, NULL, (struct reference_controls){0, 0});
        CHECK_OK(ek_circuit_permutation(circuit, 3, qubits[round % 2], image, &controls));
        reference_matrix(expected, 3, qubits[round % 2], matrix, same);
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_H, &flipped, NULL, NULL));
        reference_gate(expected, "h", &flipped, NULL, (struct reference_controls){0, 0});
    }
}

static void test_permutations(void)
{
    session = test_session(1, 0);
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    const ek_plan_options plan = {.tile_qubits = 4};
    ek_circuit *circuit = NULL;
    struct reference expected;
    reference_create(&expected, QUBITS);
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    build_permutations(&expected, circuit);
    CHECK(try_circuit(circuit, &plan, &zero, &expected, "permutations") > 4);
    ek_circuit_destroy(&circuit);
    reference_destroy(&expected);
    ek_session_destroy(&session);
}

/* A gate in both forms. */
static void add(ek_circuit *circuit, struct reference *expected, ek_gate gate, const int *qubits,
                double angle)
{
    const ek_angle number = ek_angle_number(angle);
    CHECK_OK(ek_circuit_gate(circuit, gate, qubits, &number, NULL));
    reference_gate(expected, ek_gate_name(gate), qubits, &angle,
                   (struct reference_controls){0, 0});
}

/* Phases between CXs, which become phases of parities, and rotations that take several passes. */
static void test_parities(void)
{
    session = test_session(1, 0);
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    const ek_plan_options plan = {.tile_qubits = 3};
    static const ek_gate phases[] = {EK_GATE_T, EK_GATE_P, EK_GATE_RZ, EK_GATE_SDG};
    ek_circuit *circuit = NULL;
    struct reference expected;
    reference_create(&expected, QUBITS);
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    for (int round = 0; round < 4; round++) {
        for (int q = 0; q < QUBITS; q++) add(circuit, &expected, EK_GATE_RY, &q, 0.3 + 0.2 * q);
        for (int q = 0; q + 2 < QUBITS; q++) {
            const int ladder[3] = {q, q + 2, q + 1};
            add(circuit, &expected, EK_GATE_CX, ladder, 0);
            add(circuit, &expected, EK_GATE_CX, ladder + 1, 0);
            add(circuit, &expected, phases[(q + round) % 4], ladder + 2, 2.8);
            add(circuit, &expected, EK_GATE_CX, ladder + 1, 0);
            add(circuit, &expected, EK_GATE_CX, ladder, 0);
        }
    }
    CHECK(try_circuit(circuit, &plan, &zero, &expected, "parities") > 4);
    ek_circuit_destroy(&circuit);
    reference_destroy(&expected);
    ek_session_destroy(&session);
}

/* Matrices that are given with eight digits, each near enough to a unitary one: whatever they are
 * multiplied to must be. */
static void test_digits(void)
{
    static const double root = 0.70710678;
    static const ek_complex rough[4] = {{root, 0}, {root, 0}, {root, 0}, {-root, 0}};
    static const double complex same[4] = {root, root, root, -root};
    session = test_session(1, 0);
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    const ek_plan_options plan = {.tile_qubits = 3};
    const struct reference_controls none = {0, 0};
    ek_circuit *circuit = NULL;
    struct reference expected;
    reference_create(&expected, QUBITS);
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    for (int q = 0; q + 1 < QUBITS; q++)
        for (int round = 0; round < 8; round++) {
            const int pair[2] = {q, q + 1};
            CHECK_OK(ek_circuit_unitary(circuit, 1, pair + round % 2, rough, NULL));
            reference_matrix(&expected, 1, pair + round % 2, same, none);
            add(circuit, &expected, EK_GATE_RXX, pair, 0.3);
            add(circuit, &expected, EK_GATE_RZZ, pair, 0.7);
        }
    CHECK(try_circuit(circuit, &plan, &zero, &expected, "eight digits") > 2);
    ek_circuit_destroy(&circuit);
    reference_destroy(&expected);
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"random circuits go on after any pass", test_random},
        {"Fourier transforms go on after any part", test_fourier},
        {"permutations go on", test_permutations},
        {"phases of parities go on", test_parities},
        {"matrices of eight digits go on", test_digits},
    };
    return test_main(argc, argv, "exec/remaining", cases, sizeof cases / sizeof *cases);
}
