/* Every named gate by itself, on random states, with and without further controls: which gate is
 * wrong, when the random circuits only say that one is. And what their matrices must fulfil. */
#include "support/compare.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <exaket/observe.h>
#include <exaket/program.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { QUBITS = 7, PLACEMENTS = 2, PATTERNS = 4 };

static ek_session *session;

static void test_begin(void) { session = test_session(1, 128); }
static void test_end(void) { ek_session_destroy(&session); }

/* Runs one gate on the random state of `seed` and compares. */
static void check_gate(ek_gate gate, const int *order, int controls, const int *value,
                       uint64_t seed)
{
    const ek_initial initial = {.kind = EK_INITIAL_RANDOM, .seed = seed};
    const ek_plan_options options = {.tile_qubits = 3};
    const int own = ek_gate_qubits(gate);
    const ek_controls extra = {controls, order + own, value};
    struct reference_controls where = {0, 0};
    double angles[4];
    ek_angle numbers[4];
    ek_circuit *circuit = NULL;
    ek_program *program = NULL;
    ek_state *state = NULL;
    struct reference expected;
    char name[80];
    for (int a = 0; a < 4; a++) {
        angles[a] = random_real(&seed, -4, 4);
        numbers[a] = ek_angle_number(angles[a]);
    }
    for (int c = 0; c < controls; c++) {
        where.mask |= UINT64_C(1) << order[own + c];
        where.value |= (uint64_t)value[c] << order[own + c];
    }
    snprintf(name, sizeof name, "%s on qubits %d, %d, ..., %d controls", ek_gate_name(gate),
             order[0], order[1], controls);
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    CHECK_OK(ek_circuit_gate(circuit, gate, order, numbers, controls ? &extra : NULL));
    CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &state));
    reference_create(&expected, QUBITS);
    test_reference_prepare(&initial, session, EK_DOUBLE, &expected);
    reference_gate(&expected, ek_gate_name(gate), order, angles, where);
    if (CHECK_OK(ek_program_create(session, circuit, &options, &program))) {
        CHECK_OK(ek_program_run(program, NULL, &initial, state));
        CHECK_STATE(state, &expected, name);
    }
    reference_destroy(&expected);
    ek_program_destroy(&program);
    ek_state_destroy(&state);
    ek_circuit_destroy(&circuit);
}

static void test_every_gate(void)
{
    static const int value[PATTERNS][2] = {{0, 0}, {1, 0}, {0, 0}, {1, 0}};
    static const int controls[PATTERNS] = {0, 1, 1, 2};
    uint64_t source = 12345;
    for (int gate = 0; gate < EK_GATE_COUNT; gate++)
        for (int placement = 0; placement < PLACEMENTS; placement++)
            for (int pattern = 0; pattern < PATTERNS; pattern++) {
                int order[QUBITS];
                random_qubits(&source, QUBITS, QUBITS, order);
                check_gate((ek_gate)gate, order, controls[pattern], value[pattern],
                           random_next(&source));
            }
}

/* A global phase, behind gates on three qubits and rotations by nothing on three others, or alone:
 * passes in which nothing is to be done still give the state its phase, and nothing else. */
static void check_nothing(int tile_qubits, bool alone)
{
    enum { MORE = 12 };
    const ek_initial initial = {.kind = EK_INITIAL_RANDOM, .seed = 7};
    const ek_plan_options options = {.tile_qubits = tile_qubits};
    const struct reference_controls none = {0, 0};
    const ek_angle nothing = ek_angle_number(0);
    ek_circuit *circuit = NULL;
    ek_program *program = NULL;
    ek_state *state = NULL;
    struct reference expected;
    CHECK_OK(ek_circuit_create(MORE, &circuit));
    CHECK_OK(ek_state_create(session, MORE, EK_DOUBLE, &state));
    reference_create(&expected, MORE);
    test_reference_prepare(&initial, session, EK_DOUBLE, &expected);
    for (int q = 3; q < 6 && !alone; q++) {
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_H, &q, NULL, NULL));
        reference_gate(&expected, "h", &q, NULL, none);
    }
    for (int q = 6; q < 9 && !alone; q++)
        CHECK_OK(ek_circuit_gate(circuit, q == 6 ? EK_GATE_RZ : EK_GATE_RX, &q, &nothing, NULL));
    CHECK_OK(ek_circuit_pauli_rotation(circuit, 0, 0, ek_angle_number(1.4), NULL));
    reference_pauli_rotation(&expected, 0, 0, 1.4, none);
    CHECK_OK(ek_program_create(session, circuit, &options, &program));
    CHECK_OK(ek_program_run(program, NULL, &initial, state));
    CHECK_STATE(state, &expected, alone ? "a global phase alone" : "a global phase and nothings");
    reference_destroy(&expected);
    ek_program_destroy(&program);
    ek_state_destroy(&state);
    ek_circuit_destroy(&circuit);
}

static void test_nothing_to_do(void)
{
    static const int tiles[] = {0, 6, 7, 9};
    for (int t = 0; t < 4; t++) {
        check_nothing(tiles[t], true);
        check_nothing(tiles[t], false);
    }
}

static void test_table_agrees_with_the_literature(void)
{
    for (int gate = 0; gate < EK_GATE_COUNT; gate++) {
        const char *name = ek_gate_name((ek_gate)gate);
        CHECK(reference_gate_qubits(name) == ek_gate_qubits((ek_gate)gate));
        CHECK(reference_gate_angles(name) == ek_gate_angles((ek_gate)gate));
    }
}

/* ---- identities, which bind the reference as well ---------------------------------------- */

struct step {
    ek_gate gate;
    int qubit[2];
    double angle[3];
};

/* `left` and `right` do the same to a random state, the global phase included. */
static void check_same(const char *what, int left_count, const struct step *left, int right_count,
                       const struct step *right)
{
    const ek_initial initial = {.kind = EK_INITIAL_RANDOM, .seed = 5};
    const struct step *steps[2] = {left, right};
    const int counts[2] = {left_count, right_count};
    ek_complex *amplitudes[2] = {NULL};
    for (int side = 0; side < 2; side++) {
        ek_circuit *circuit = NULL;
        ek_state *state = NULL;
        CHECK_OK(ek_circuit_create(QUBITS, &circuit));
        for (int i = 0; i < counts[side]; i++) {
            const double *a = steps[side][i].angle;
            const ek_angle angles[3] = {ek_angle_number(a[0]), ek_angle_number(a[1]),
                                        ek_angle_number(a[2])};
            CHECK_OK(ek_circuit_gate(circuit, steps[side][i].gate, steps[side][i].qubit, angles,
                                     NULL));
        }
        CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &state));
        CHECK_OK(ek_state_prepare(state, &initial));
        CHECK_OK(ek_circuit_run(circuit, NULL, state));
        amplitudes[side] = test_amplitudes(state);
        ek_state_destroy(&state);
        ek_circuit_destroy(&circuit);
    }
    double worst = 0;
    for (int i = 0; i < 1 << QUBITS; i++) {
        const ek_complex a = amplitudes[0][i], b = amplitudes[1][i];
        const double d = cabs(a.re - b.re + I * (a.im - b.im));
        if (!(d <= worst)) worst = d;
    }
    if (!(worst < 1e-12) && test_rank() == 0) fprintf(stderr, "\n%s: off by %g\n", what, worst);
    CHECK(worst < 1e-12);
    free(amplitudes[0]);
    free(amplitudes[1]);
}
#define SAME(what, left, right) \
    check_same(what, (int)(sizeof(left) / sizeof *(left)), left, \
               (int)(sizeof(right) / sizeof *(right)), right)

static void test_identities(void)
{
    const double pi = 3.14159265358979323846, t = 0.7;
    const struct step hzh[] = {
        {EK_GATE_H, {5}, {0}}, {EK_GATE_Z, {5}, {0}}, {EK_GATE_H, {5}, {0}}};
    const struct step x[] = {{EK_GATE_X, {5}, {0}}};
    const struct step sx_sx[] = {{EK_GATE_SX, {5}, {0}}, {EK_GATE_SX, {5}, {0}}};
    const struct step t_t_sdg[] = {
        {EK_GATE_T, {6}, {0}}, {EK_GATE_T, {6}, {0}}, {EK_GATE_SDG, {6}, {0}}};
    const struct step nothing[] = {{EK_GATE_ID, {0}, {0}}};
    const struct step u_rx[] = {{EK_GATE_U, {6}, {t, -pi / 2, pi / 2}}};
    const struct step rx[] = {{EK_GATE_RX, {6}, {t}}};
    const struct step cx_rz_cx[] = {
        {EK_GATE_CX, {0, 6}, {0}}, {EK_GATE_RZ, {6}, {t}}, {EK_GATE_CX, {0, 6}, {0}}};
    const struct step rzz[] = {{EK_GATE_RZZ, {6, 0}, {t}}};
    const struct step three_cx[] = {
        {EK_GATE_CX, {1, 6}, {0}}, {EK_GATE_CX, {6, 1}, {0}}, {EK_GATE_CX, {1, 6}, {0}}};
    const struct step swap[] = {{EK_GATE_SWAP, {1, 6}, {0}}};
    const struct step xx_yy[] = {{EK_GATE_RXX, {2, 6}, {t / 2}}, {EK_GATE_RYY, {2, 6}, {t / 2}}};
    const struct step xy[] = {{EK_GATE_XY, {2, 6}, {t}}};
    const struct step xy_iswap[] = {{EK_GATE_XY, {2, 6}, {-pi}}};
    const struct step iswap[] = {{EK_GATE_ISWAP, {2, 6}, {0}}};
    SAME("H Z H = X", hzh, x);
    SAME("SX SX = X", sx_sx, x);
    SAME("T T Sdg = 1", t_t_sdg, nothing);
    SAME("U(t, -pi/2, pi/2) = RX(t)", u_rx, rx);
    SAME("CX RZ CX = RZZ", cx_rz_cx, rzz);
    SAME("three CX = SWAP", three_cx, swap);
    SAME("RXX RYY = XY", xx_yy, xy);
    SAME("XY(-pi) = ISWAP", xy_iswap, iswap);
}

/* Thousands of rotations that fit into one pass, and back: what they are divided by on the way
 * must not leave the range of a float or double. */
static void check_long(ek_precision precision, double tolerance)
{
    enum { LAYERS = 3000 };
    ek_circuit *circuit = NULL;
    ek_state *state = NULL;
    ek_complex amplitude = {0, 0};
    const uint64_t zero = 0;
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    for (int i = 0; i < 2 * LAYERS; i++) {
        const int layer = i < LAYERS ? i : 2 * LAYERS - 1 - i;
        const int q = layer % 5, qubits[2] = {q, q + 1};
        const ek_angle angle = ek_angle_number(i < LAYERS ? 1.5 : -1.5);
        if (i < LAYERS) CHECK_OK(ek_circuit_gate(circuit, EK_GATE_RY, &q, &angle, NULL));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CX, qubits, NULL, NULL));
        if (i >= LAYERS) CHECK_OK(ek_circuit_gate(circuit, EK_GATE_RY, &q, &angle, NULL));
    }
    CHECK_OK(ek_state_create(session, QUBITS, precision, &state));
    CHECK_OK(ek_circuit_run(circuit, NULL, state));
    CHECK_OK(ek_state_amplitudes(state, 1, &zero, &amplitude));
    CHECK_NEAR(amplitude.re, 1, tolerance);
    CHECK_NEAR(amplitude.im, 0, tolerance);
    ek_state_destroy(&state);
    ek_circuit_destroy(&circuit);
}

static void test_long_circuits(void)
{
    check_long(EK_DOUBLE, 1e-11);
    check_long(EK_SINGLE, 1e-2);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"session", test_begin},
        {"names, qubits and angles", test_table_agrees_with_the_literature},
        {"every gate, every kind of control", test_every_gate},
        {"a global phase and nothing else", test_nothing_to_do},
        {"identities", test_identities},
        {"thousands of rotations", test_long_circuits},
        {"end", test_end},
    };
    return test_main(argc, argv, "exec: gates", cases, sizeof cases / sizeof *cases);
}
