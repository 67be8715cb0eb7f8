/* Values and gradients against the dense reference and its differences, against parameter shifts,
 * and against themselves at other numbers of threads. */
#include "base/base.h"
#include "support/compare.h"
#include "support/random_circuit.h"

#include <exaket/gradient.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PARAMETERS = 3, QUBITS_MOST = 8, TERMS = 12 };

/* One random case: a circuit, where it begins, and what is observed. */
struct setup {
    struct random_options options;
    ek_gradient_options gradient;
    ek_initial initial;
    double theta[QUBITS_MOST];
    ek_pauli_term terms[TERMS];
    struct random_function function;
    bool has_diagonal;
};

static int log2_ranks(void)
{
    int log = 0;
    while (1 << log < test_ranks()) log++;
    return log;
}

static void draw_terms(uint64_t *source, struct setup *setup)
{
    const uint64_t all = (UINT64_C(1) << setup->options.qubits) - 1;
    const int count = random_below(source, TERMS + 1);
    for (int t = 0; t < count; t++)
        setup->terms[t] = (ek_pauli_term){random_next(source) & all, random_next(source) & all,
                                          random_real(source, -1, 1)};
    setup->gradient.terms = setup->terms;
    setup->gradient.term_count = (size_t)count;
    setup->has_diagonal = count == 0 || random_below(source, 2);
    random_function_make(source, setup->options.qubits, random_below(source, 3),
                         &setup->function);
}

static void draw_setup(uint64_t seed, unsigned kinds, struct setup *setup)
{
    static const int tiles[] = {0, 2, 3, 4, 5};
    uint64_t source = seed * 104729 + 5;
    const int fewest = log2_ranks() + 1;
    *setup = (struct setup){.options.kinds = kinds};
    setup->options.qubits = fewest + random_below(&source, QUBITS_MOST + 1 - fewest);
    setup->options.count = 1 + random_below(&source, 30);
    setup->options.widest = setup->options.qubits - log2_ranks();
    setup->gradient.plan.tile_qubits = tiles[random_below(&source, 5)];
    setup->gradient.plan.block_qubits = random_below(&source, 4);
    setup->gradient.plan.precision = random_below(&source, 4) == 0 ? EK_SINGLE : EK_DOUBLE;
    const ek_initial_kind kind = (ek_initial_kind)random_below(&source, EK_INITIAL_PRODUCT + 1);
    setup->initial = test_initial(kind, setup->options.qubits, seed, setup->theta);
    setup->gradient.initial = &setup->initial;
    draw_terms(&source, setup);
}

/* ---- the reference's value, and differences of it ------------------------------------------- */

static double exact_value(struct random_circuit *circuit, struct setup *setup,
                          const struct reference *begin, const double *parameters)
{
    struct reference state;
    double sum = 0;
    reference_create(&state, setup->options.qubits);
    memcpy(state.amplitude, begin->amplitude,
           sizeof *state.amplitude << setup->options.qubits);
    random_circuit_apply(circuit, parameters, &state);
    for (size_t t = 0; t < setup->gradient.term_count; t++)
        sum += setup->terms[t].coefficient *
               reference_expect_pauli(&state, setup->terms[t].x_mask, setup->terms[t].z_mask);
    if (setup->has_diagonal)
        sum += reference_expect(&state, random_function_value, &setup->function);
    reference_destroy(&state);
    return sum;
}

/* Central differences of the sixth order. */
static double exact_derivative(struct random_circuit *circuit, struct setup *setup,
                               const struct reference *begin, const double *parameters, int which)
{
    static const double weights[] = {0.75, -0.15, 1.0 / 60};
    const double h = 2e-3;
    double sum = 0, moved[PARAMETERS];
    memcpy(moved, parameters, sizeof moved);
    for (int k = 0; k < 3; k++) {
        moved[which] = parameters[which] + (k + 1) * h;
        const double above = exact_value(circuit, setup, begin, moved);
        moved[which] = parameters[which] - (k + 1) * h;
        sum += weights[k] * (above - exact_value(circuit, setup, begin, moved)) / h;
    }
    return sum;
}

/* ---- random circuits ------------------------------------------------------------------------ */

static void compare(uint64_t seed, struct setup *setup, struct random_circuit *circuit,
                    ek_gradient *gradient, const struct reference *begin)
{
    static const double parameters[PARAMETERS] = {0.3, -1.7, 2.9};
    const double tolerance = setup->gradient.plan.precision == EK_SINGLE ? 3e-4 : 1e-8;
    double value = 0, only_value = 0, derivatives[PARAMETERS] = {NAN, NAN, NAN};
    CHECK(ek_gradient_dimension(gradient) == PARAMETERS);
    CHECK_OK(ek_gradient_evaluate(gradient, parameters, &value, derivatives));
    CHECK_OK(ek_gradient_evaluate(gradient, parameters, &only_value, NULL));
    const double expected = exact_value(circuit, setup, begin, parameters);
    CHECK_NEAR(only_value, value, tolerance / 1000 * (1 + fabs(value)));
    CHECK_NEAR(value, expected, tolerance / 100 * (1 + fabs(expected)));
    for (int i = 0; i < PARAMETERS; i++) {
        const double exact = exact_derivative(circuit, setup, begin, parameters, i);
        if (!CHECK_NEAR(derivatives[i], exact, tolerance * (1 + fabs(exact))))
            fprintf(stderr, "seed %llu, parameter %d, %d qubits\n", (unsigned long long)seed, i,
                    setup->options.qubits);
    }
}

static void check_circuit(ek_session *session, uint64_t seed, unsigned kinds)
{
    struct setup setup;
    struct reference begin;
    ek_circuit *built = NULL;
    ek_diagonal *diagonal = NULL;
    ek_gradient *gradient = NULL;
    draw_setup(seed, kinds, &setup);
    struct random_circuit *circuit = random_circuit_make(seed, &setup.options);
    reference_create(&begin, setup.options.qubits);
    test_reference_prepare(&setup.initial, session, setup.gradient.plan.precision, &begin);
    int fine = CHECK_OK(random_circuit_build(circuit, &built));
    if (setup.has_diagonal)
        fine = CHECK_OK(random_function_diagonal(&setup.function, &diagonal)) && fine;
    setup.gradient.diagonal = diagonal;
    if (fine && CHECK_OK(ek_gradient_create(session, built, &setup.gradient, &gradient)))
        compare(seed, &setup, circuit, gradient, &begin);
    ek_gradient_destroy(&gradient);
    ek_diagonal_destroy(&diagonal);
    ek_circuit_destroy(&built);
    random_circuit_destroy(&circuit);
    reference_destroy(&begin);
}

static void check_circuits(int threads, size_t exchange_bytes, uint64_t from, uint64_t count,
                           unsigned kinds)
{
    ek_session *session = test_session(threads, exchange_bytes);
    for (uint64_t i = 0; i < count; i++) check_circuit(session, from * 1000000 + i, kinds);
    ek_session_destroy(&session);
}

static void test_everything(void) { check_circuits(1, 0, 1, 30, 0); }
static void test_tiny_buffers(void) { check_circuits(2, 64, 2, 20, 0); }
static void test_gates(void) { check_circuits(1, 200, 3, 30, 1u << RANDOM_GATE); }
static void test_strings(void) { check_circuits(1, 64, 4, 10, 1u << RANDOM_PAULI); }
static void test_mixers(void)
{
    check_circuits(1, 0, 5, 15, 1u << RANDOM_DIAGONAL | 1u << RANDOM_GROVER | 1u << RANDOM_GATE);
}

/* ---- larger cases --------------------------------------------------------------------------- */

/* RY and RZ on every qubit, each with a parameter of its own, and a ladder of CNOTs. */
static ek_circuit *make_ansatz(int qubits, int layers)
{
    ek_circuit *circuit = NULL;
    char name[32];
    CHECK_OK(ek_circuit_create(qubits, &circuit));
    for (int i = 0; i < 2 * qubits * layers; i++) {
        const int q = i / 2 % qubits, pair[2] = {q - 1, q};
        int number = 0;
        snprintf(name, sizeof name, "a%d", i);
        CHECK_OK(ek_circuit_parameter(circuit, name, &number));
        const ek_angle angle = ek_angle_parameter(number, 1, 0);
        CHECK_OK(ek_circuit_gate(circuit, i % 2 ? EK_GATE_RZ : EK_GATE_RY, &q, &angle, NULL));
        if (i % 2 && q > 0) CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CX, pair, NULL, NULL));
    }
    return circuit;
}

/* X, Y, or Z on up to four qubits. */
static void make_strings(int qubits, size_t count, ek_pauli_term *terms)
{
    uint64_t source = 5;
    memset(terms, 0, count * sizeof *terms);
    for (size_t t = 0; t < count; t++) {
        terms[t].coefficient = random_real(&source, -1, 1);
        for (int k = 0; k < 1 + (int)(t % 4); k++) {
            const uint64_t bit = UINT64_C(1) << random_below(&source, qubits);
            const int letter = random_below(&source, 3);
            if (letter > 0) terms[t].x_mask |= bit;
            if (letter < 2) terms[t].z_mask |= bit;
        }
    }
}

/* A rotation's derivative is half the difference of the values at +- pi/2; threads change no bit;
 * a caller's state serves. */
static void test_shifts(void)
{
    enum { QUBITS = 13, LAYERS = 1, COUNT = 2 * QUBITS * LAYERS, STRINGS = 30 };
    ek_circuit *circuit = make_ansatz(QUBITS, LAYERS);
    ek_pauli_term terms[STRINGS];
    double angles[COUNT], first[COUNT], value = 0, first_value = 0;
    uint64_t source = 3;
    make_strings(QUBITS, STRINGS, terms);
    for (int i = 0; i < COUNT; i++) angles[i] = random_real(&source, -3, 3);
    for (int threads = 1; threads <= 3; threads++) {
        ek_session *session = test_session(threads, 0);
        ek_gradient_options options = {.term_count = STRINGS, .terms = terms};
        ek_gradient *gradient = NULL;
        double derivatives[COUNT];
        CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &options.state));
        CHECK_OK(ek_gradient_create(session, circuit, &options, &gradient));
        CHECK(ek_gradient_state(gradient) == options.state);
        CHECK_OK(ek_gradient_evaluate(gradient, angles, &value, derivatives));
        if (threads == 1) memcpy(first, derivatives, sizeof first), first_value = value;
        CHECK(memcmp(first, derivatives, sizeof first) == 0 && value == first_value);
        for (int i = threads - 1; i < COUNT; i += 7) {
            const double here = angles[i];
            double above = 0, below = 0;
            angles[i] = here + acos(0);
            CHECK_OK(ek_gradient_evaluate(gradient, angles, &above, NULL));
            angles[i] = here - acos(0);
            CHECK_OK(ek_gradient_evaluate(gradient, angles, &below, NULL));
            angles[i] = here;
            CHECK_NEAR(derivatives[i], (above - below) / 2, 1e-12);
        }
        ek_gradient_destroy(&gradient);
        ek_state_destroy(&options.state);
        ek_session_destroy(&session);
    }
    ek_circuit_destroy(&circuit);
}

static void test_errors(void)
{
    ek_session *session = test_session(1, 0);
    ek_circuit *circuit = make_ansatz(5, 1);
    const ek_pauli_term beyond = {.x_mask = 1 << 5, .coefficient = 1}, good = {1, 2, 1.0};
    const ek_pauli_term infinite = {.coefficient = INFINITY};
    const ek_initial bad = {.kind = EK_INITIAL_BASIS, .index = 32};
    ek_diagonal *diagonal = NULL;
    ek_gradient *gradient = NULL;
    double parameters[10] = {NAN}, value = 7, derivatives[10] = {7};
    CHECK_OK(ek_diagonal_create(4, 0, NULL, &diagonal));
    const struct {
        ek_gradient_options options;
        ek_status expected;
    } cases[] = {
        {{0}, EK_ERROR_ARGUMENT},
        {{.term_count = 1, .terms = &beyond}, EK_ERROR_ARGUMENT},
        {{.term_count = 1, .terms = &infinite}, EK_ERROR_ARGUMENT},
        {{.term_count = 1, .terms = &good, .initial = &bad}, EK_ERROR_ARGUMENT},
        {{.diagonal = diagonal}, EK_ERROR_MISMATCH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_STATUS(ek_gradient_create(session, circuit, &cases[i].options, &gradient),
                     cases[i].expected);
    CHECK(gradient == NULL);
    const ek_gradient_options options = {.term_count = 1, .terms = &good};
    CHECK_OK(ek_gradient_create(session, circuit, &options, &gradient));
    CHECK_STATUS(ek_gradient_evaluate(gradient, parameters, &value, derivatives),
                 EK_ERROR_NUMERIC);
    CHECK(value == 7 && derivatives[0] == 7);
    ek_gradient_destroy(&gradient);
    ek_diagonal_destroy(&diagonal);
    ek_circuit_destroy(&circuit);
    ek_session_destroy(&session);
}

/* Where one state fits and two do not, none is made: not even a program before it is. */
static void test_two_states_that_do_not_fit(void)
{
    enum { QUBITS = 12 };
    ek_session *session = test_session(1, 0);
    ek_circuit *circuit = make_ansatz(QUBITS, 1);
    const ek_pauli_term z = {.z_mask = 1, .coefficient = 1};
    ek_gradient_options options = {.term_count = 1, .terms = &z};
    ek_gradient *gradient = NULL;
    ek_available_memory_set((size_t)24 << QUBITS); /* of the node: one and a half */
    CHECK_STATUS(ek_gradient_create(session, circuit, &options, &gradient), EK_ERROR_MEMORY);
    CHECK(gradient == NULL && strstr(ek_last_message(), "for 2 states at once") != NULL);
    CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &options.state));
    CHECK_OK(ek_gradient_create(session, circuit, &options, &gradient)); /* one more */
    ek_gradient_destroy(&gradient);
    ek_available_memory_set((size_t)8 << QUBITS);
    CHECK_STATUS(ek_gradient_create(session, circuit, &options, &gradient), EK_ERROR_MEMORY);
    ek_available_memory_set(0);
    ek_state_destroy(&options.state);
    ek_circuit_destroy(&circuit);
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"everything", test_everything},
        {"everything, 2 threads, buffers of 64 bytes", test_tiny_buffers},
        {"named gates", test_gates},
        {"Pauli rotations", test_strings},
        {"functions of the register and Grover mixers", test_mixers},
        {"parameter shifts and threads", test_shifts},
        {"errors", test_errors},
        {"two states that do not fit", test_two_states_that_do_not_fit},
    };
    return test_main(argc, argv, "observe: gradients", cases, sizeof cases / sizeof *cases);
}
