/* Pauli sums on states of many tiles against sums over amplitudes, term by term. */
#include "support/compare.h"
#include "support/random_circuit.h"

#include <exaket/pauli.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { QUBITS = 16, SIZE = 1 << QUBITS, TERMS = 70 };

/* Any weight; some share their X mask, some are diagonal. */
static void draw_terms(uint64_t *source, ek_pauli_term *terms)
{
    for (int t = 0; t < TERMS; t++) {
        terms[t] = (ek_pauli_term){random_next(source) % SIZE & random_next(source),
                                   random_next(source) % SIZE & random_next(source),
                                   random_real(source, -1, 1)};
        if (t % 3 == 1) terms[t].x_mask = terms[t - 1].x_mask;
        if (t % 10 == 2) terms[t].x_mask = 0;
        if (t % 10 == 5) terms[t].x_mask = UINT64_C(1) << random_below(source, QUBITS);
    }
}

/* out = sum of the terms |state>: Y = iXZ. */
static void exact_apply(const ek_complex *state, const ek_pauli_term *terms, double complex *out)
{
    static const double complex power[4] = {1, I, -1, -I};
    memset(out, 0, SIZE * sizeof *out);
    for (int t = 0; t < TERMS; t++) {
        const uint64_t x = terms[t].x_mask, z = terms[t].z_mask;
        const double complex c =
            terms[t].coefficient * power[__builtin_popcountll(x & z) % 4];
        for (uint64_t j = 0; j < SIZE; j++) {
            const double complex a = state[j].re + I * state[j].im;
            out[j ^ x] += __builtin_parityll(j & z) ? -c * a : c * a;
        }
    }
}

/* A random state in a layout with moved and inverted qubits. */
static ek_state *make_state(ek_session *session, ek_precision precision)
{
    const ek_initial random = {.kind = EK_INITIAL_RANDOM, .seed = 9};
    ek_state *state = NULL;
    ek_circuit *circuit = NULL;
    CHECK_OK(ek_state_create(session, QUBITS, precision, &state));
    CHECK_OK(ek_state_prepare(state, &random));
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    for (int q = 0; q < QUBITS; q += 3) {
        const int pair[2] = {q, (5 * q + 1) % QUBITS};
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_X, &q, NULL, NULL));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_SWAP, pair, NULL, NULL));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_H, pair, NULL, NULL));
    }
    CHECK_OK(ek_circuit_run(circuit, NULL, state));
    ek_circuit_destroy(&circuit);
    return state;
}

static void check(ek_precision precision, int threads, size_t exchange_bytes, uint64_t seed)
{
    const double tolerance = precision == EK_SINGLE ? 3e-5 : 1e-12;
    ek_session *session = test_session(threads, exchange_bytes);
    ek_state *state = make_state(session, precision), *out = NULL;
    ek_pauli_term terms[TERMS];
    double value = 0, exact = 0, worst = 0;
    double complex *expected = malloc(SIZE * sizeof *expected);
    draw_terms(&seed, terms);
    CHECK_OK(ek_state_create(session, QUBITS, precision, &out));
    ek_complex *before = test_amplitudes(state);
    exact_apply(before, terms, expected);
    for (size_t i = 0; i < SIZE; i++)
        exact += before[i].re * creal(expected[i]) + before[i].im * cimag(expected[i]);
    CHECK_OK(ek_expect_pauli(state, TERMS, terms, &value));
    CHECK_NEAR(value, exact, tolerance);
    CHECK_OK(ek_apply_pauli(state, TERMS, terms, out));
    ek_complex *after = test_amplitudes(out);
    for (size_t i = 0; i < SIZE; i++)
        worst = fmax(worst, cabs(after[i].re + I * after[i].im - expected[i]));
    CHECK_NEAR(worst, 0, tolerance);
    free(before);
    free(after);
    free(expected);
    ek_state_destroy(&state);
    ek_state_destroy(&out);
    ek_session_destroy(&session);
}

static void test_double(void) { check(EK_DOUBLE, 2, 0, 1); }
static void test_single(void) { check(EK_SINGLE, 1, 0, 2); }
static void test_small_messages(void) { check(EK_DOUBLE, 1, 16384, 3); }
static void test_threads(void)
{
    double values[3] = {0};
    ek_pauli_term terms[TERMS];
    uint64_t source = 5;
    draw_terms(&source, terms);
    for (int t = 0; t < 3; t++) {
        ek_session *session = test_session(t + 1, 0);
        ek_state *state = make_state(session, EK_DOUBLE);
        CHECK_OK(ek_expect_pauli(state, TERMS, terms, &values[t]));
        ek_state_destroy(&state);
        ek_session_destroy(&session);
    }
    CHECK(values[0] == values[1] && values[0] == values[2]);
}

static void test_errors(void)
{
    ek_session *session = test_session(1, 0);
    ek_state *state = NULL, *single = NULL, *out = NULL;
    const ek_pauli_term good = {1, 1, 1.0}, beyond = {1, 1 << 5, 1.0};
    CHECK_OK(ek_state_create(session, 5, EK_DOUBLE, &state));
    CHECK_OK(ek_state_create(session, 5, EK_SINGLE, &single));
    CHECK_OK(ek_state_create(session, 5, EK_DOUBLE, &out));
    CHECK_STATUS(ek_apply_pauli(state, 1, &good, state), EK_ERROR_BUSY);
    CHECK_STATUS(ek_apply_pauli(state, 1, &good, single), EK_ERROR_MISMATCH);
    CHECK_STATUS(ek_apply_pauli(state, 1, &beyond, out), EK_ERROR_ARGUMENT);
    ek_state_destroy(&state);
    ek_state_destroy(&single);
    ek_state_destroy(&out);
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"double precision", test_double},
        {"single precision", test_single},
        {"small messages", test_small_messages},
        {"the same bits at any number of threads", test_threads},
        {"errors", test_errors},
    };
    return test_main(argc, argv, "observe: Pauli sums", cases, sizeof cases / sizeof *cases);
}
