#include "observe/observe.h"
#include "support/compare.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <exaket/shots.h>

#include <math.h>
#include <stdlib.h>

static ek_session *session;

static void test_begin(void) { session = test_session(2, 128); }
static void test_end(void) { ek_session_destroy(&session); }

enum { QUBITS = 6 };

/* A state in whatever layout a random circuit left it, and its like for the reference. */
static ek_state *mixed_state(ek_precision precision, uint64_t seed, struct reference *expected)
{
    const struct random_options options = {.qubits = QUBITS, .count = 30, .widest = 2};
    const double parameters[3] = {0.2, 0.7, -1.1};
    struct random_circuit *circuit = random_circuit_make(seed, &options);
    ek_circuit *built = NULL;
    ek_state *state = NULL;
    CHECK_OK(random_circuit_build(circuit, &built));
    CHECK_OK(ek_state_create(session, QUBITS, precision, &state));
    CHECK_OK(ek_circuit_run(built, parameters, state));
    reference_create(expected, QUBITS);
    random_circuit_apply(circuit, parameters, expected);
    ek_circuit_destroy(&built);
    random_circuit_destroy(&circuit);
    return state;
}

static double weight_of(const struct reference *state, int qubit, int value)
{
    double sum = 0;
    for (uint64_t i = 0; i >> state->qubits == 0; i++)
        if ((int)(i >> qubit & 1) == value) sum += pow(cabs(state->amplitude[i]), 2);
    return sum;
}

static void project(struct reference *state, int qubit, int value)
{
    const double factor = 1 / sqrt(weight_of(state, qubit, value));
    for (uint64_t i = 0; i >> state->qubits == 0; i++)
        state->amplitude[i] *= (int)(i >> qubit & 1) == value ? factor : 0;
}

/* Collapses and resets each qubit in turn, and goes on with gates in between. */
static void check_sequence(ek_precision precision, uint64_t seed)
{
    struct reference expected;
    ek_state *state = mixed_state(precision, seed, &expected);
    const double tolerance = test_tolerance(precision);
    for (int q = 0; q < QUBITS; q++) {
        const double exact = weight_of(&expected, q, 1);
        const int outcome = exact > 0.5;
        double probability = -1;
        CHECK_OK(ek_state_probability_of_one(state, q, &probability));
        CHECK_NEAR(probability, exact, tolerance);
        project(&expected, q, outcome);
        if (q % 2 == 0) {
            CHECK_OK(ek_state_collapse(state, q, outcome));
        } else {
            CHECK_OK(ek_state_reset(state, q, outcome));
            if (outcome) reference_gate(&expected, "x", &q, NULL, (struct reference_controls){0});
        }
        CHECK_STATE(state, &expected, q % 2 ? "reset" : "collapse");
        ek_circuit *gate = NULL;
        const int pair[] = {q, (q + 1) % QUBITS};
        CHECK_OK(ek_circuit_create(QUBITS, &gate));
        CHECK_OK(ek_circuit_gate(gate, EK_GATE_H, pair, NULL, NULL));
        CHECK_OK(ek_circuit_gate(gate, EK_GATE_CX, pair, NULL, NULL));
        CHECK_OK(ek_circuit_run(gate, NULL, state));
        reference_gate(&expected, "h", pair, NULL, (struct reference_controls){0});
        reference_gate(&expected, "cx", pair, NULL, (struct reference_controls){0});
        ek_circuit_destroy(&gate);
    }
    CHECK_STATE(state, &expected, "the end");
    reference_destroy(&expected);
    ek_state_destroy(&state);
}

static void test_sequences(void)
{
    for (uint64_t seed = 1; seed <= 8; seed++) {
        check_sequence(EK_DOUBLE, seed);
        check_sequence(EK_SINGLE, seed);
    }
}

static void test_large_blocks(void)
{
    ek_state *state = NULL;
    const ek_initial random = {.kind = EK_INITIAL_RANDOM, .seed = 4};
    CHECK_OK(ek_state_create(session, 16, EK_DOUBLE, &state));
    CHECK_OK(ek_state_prepare(state, &random));
    ek_complex *amplitudes = test_amplitudes(state);
    for (int q = 0; q < 16; q += 3) {
        double probability = 0, exact = 0;
        for (size_t i = 0; i < 1 << 16; i++)
            if (i >> q & 1)
                exact += amplitudes[i].re * amplitudes[i].re + amplitudes[i].im * amplitudes[i].im;
        CHECK_OK(ek_state_probability_of_one(state, q, &probability));
        CHECK_NEAR(probability, exact, 1e-12);
    }
    free(amplitudes);
    ek_state_destroy(&state);
}

/* ---- Pauli sums ---------------------------------------------------------------------------- */

static void check_paulis(ek_precision precision, uint64_t seed)
{
    enum { TERMS = 40 };
    ek_pauli_term terms[TERMS];
    struct reference expected;
    ek_state *state = mixed_state(precision, seed, &expected);
    double exact = 0, value = 0;
    uint64_t source = seed;
    for (int t = 0; t < TERMS; t++) {
        terms[t].x_mask = random_next(&source) >> (64 - QUBITS) & (t % 3 ? ~0ull : 5);
        terms[t].z_mask = random_next(&source) >> (64 - QUBITS);
        terms[t].coefficient = random_real(&source, -1, 1);
        const double here = reference_expect_pauli(&expected, terms[t].x_mask, terms[t].z_mask);
        CHECK_OK(ek_expect_pauli(state, 1, &terms[t], &value));
        CHECK_NEAR(value, terms[t].coefficient * here, test_tolerance(precision));
        exact += terms[t].coefficient * here;
    }
    CHECK_OK(ek_expect_pauli(state, TERMS, terms, &value));
    CHECK_NEAR(value, exact, TERMS * test_tolerance(precision));
    CHECK_OK(ek_expect_pauli(state, 0, NULL, &value));
    CHECK(value == 0);
    reference_destroy(&expected);
    ek_state_destroy(&state);
}

static void test_paulis(void)
{
    for (uint64_t seed = 11; seed <= 14; seed++) {
        check_paulis(EK_DOUBLE, seed);
        check_paulis(EK_SINGLE, seed);
    }
}

static void test_refusals(void)
{
    const ek_initial basis = {.kind = EK_INITIAL_BASIS, .index = 5};
    const ek_pauli_term beyond = {.x_mask = 1 << QUBITS, .coefficient = 1};
    const ek_pauli_term infinite = {.coefficient = INFINITY};
    struct reference expected;
    double value = 0;
    void *amplitudes = NULL;
    ek_state *state = mixed_state(EK_DOUBLE, 3, &expected);
    CHECK_STATUS(ek_state_probability_of_one(state, QUBITS, &value), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_state_collapse(state, -1, 0), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_expect_pauli(state, 1, &beyond, &value), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_expect_pauli(state, 1, &infinite, &value), EK_ERROR_ARGUMENT);
    CHECK_OK(ek_state_prepare(state, &basis));
    CHECK_STATUS(ek_state_collapse(state, 0, 0), EK_ERROR_NUMERIC);
    CHECK_STATUS(ek_state_reset(state, 1, 1), EK_ERROR_NUMERIC);
    CHECK_STATUS(ek_state_collapse(state, 0, 2), EK_ERROR_NUMERIC);
    if (test_rank() == 0) CHECK_OK(ek_state_borrow(state, &amplitudes));
    CHECK_STATUS(ek_state_collapse(state, 0, 1), EK_ERROR_BUSY);
    if (test_rank() == 0) ek_state_restore(state, &amplitudes);
    reference_basis(&expected, 5);
    CHECK_STATE(state, &expected, "after refusals");
    reference_destroy(&expected);
    ek_state_destroy(&state);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"session", test_begin},
        {"collapse, reset and gates in turn", test_sequences},
        {"probabilities over many blocks", test_large_blocks},
        {"Pauli sums", test_paulis},
        {"refusals", test_refusals},
        {"end", test_end},
    };
    return test_main(argc, argv, "observe: measurement", cases, sizeof cases / sizeof *cases);
}
