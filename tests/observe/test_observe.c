#include "state/state.h"
#include "support/compare.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <exaket/observe.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ek_session *session;

static void test_begin(void) { session = test_session(2, 128); }
static void test_end(void) { ek_session_destroy(&session); }

/* ---- expectations and probabilities on states that random circuits left ------------------ */

struct subject {
    struct random_circuit *circuit;
    ek_program *program;
    ek_state *state;
    struct reference reference;
    ek_diagonal *diagonal[RANDOM_FUNCTIONS];
};

static const double parameters[3] = {0.2, 0.7, -1.1};

static void create_subject(int qubits, ek_precision precision, uint64_t seed, struct subject *s)
{
    const struct random_options options = {.qubits = qubits, .count = 25, .widest = 2};
    const ek_plan_options plan = {.precision = precision, .tile_qubits = 3};
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    ek_circuit *built = NULL;
    memset(s, 0, sizeof *s);
    s->circuit = random_circuit_make(seed, &options);
    CHECK_OK(random_circuit_build(s->circuit, &built));
    for (int f = 0; f < RANDOM_FUNCTIONS; f++) {
        CHECK_OK(random_function_diagonal(&s->circuit->function[f], &s->diagonal[f]));
        CHECK_OK(ek_circuit_diagonal(built, s->diagonal[f], ek_angle_number(0.1 * f)));
    }
    CHECK_OK(ek_program_create(session, built, &plan, &s->program));
    CHECK_OK(ek_state_create(session, qubits, precision, &s->state));
    CHECK_OK(ek_program_run(s->program, parameters, &zero, s->state));
    reference_create(&s->reference, qubits);
    random_circuit_apply(s->circuit, parameters, &s->reference);
    for (int f = 0; f < RANDOM_FUNCTIONS; f++)
        reference_diagonal(&s->reference, random_function_value, &s->circuit->function[f],
                           0.1 * f);
    ek_circuit_destroy(&built);
}

static void destroy_subject(struct subject *s)
{
    ek_program_destroy(&s->program);
    ek_state_destroy(&s->state);
    for (int f = 0; f < RANDOM_FUNCTIONS; f++) ek_diagonal_destroy(&s->diagonal[f]);
    reference_destroy(&s->reference);
    random_circuit_destroy(&s->circuit);
}

static double probability_near(const struct reference *state, struct random_function *function,
                               double value, double tolerance)
{
    double sum = 0;
    for (uint64_t i = 0; i < UINT64_C(1) << state->qubits; i++)
        if (fabs(random_function_value(i, function) - value) <= tolerance)
            sum += pow(cabs(state->amplitude[i]), 2);
    return sum;
}

static void check_subject(struct subject *s, double tolerance)
{
    double got = 0;
    CHECK_OK(ek_state_norm(s->state, &got));
    CHECK_NEAR(got, 1, tolerance);
    for (int f = 0; f < RANDOM_FUNCTIONS; f++) {
        struct random_function *function = &s->circuit->function[f];
        const double expected = reference_expect(&s->reference, random_function_value, function);
        CHECK_OK(ek_expect_diagonal(s->state, s->diagonal[f], &got));
        CHECK_NEAR(got, expected, 30 * tolerance);
        CHECK_OK(ek_program_expect_diagonal(s->program, s->state, s->diagonal[f], &got));
        CHECK_NEAR(got, expected, 30 * tolerance);
        /* Half a unit between values of integer weights: no value stands on the edge. */
        const double value = random_function_value(5, function), around = f == 0 ? 0.5 : 0.123456;
        CHECK_OK(ek_probability_of_value(s->state, s->diagonal[f], value, around, &got));
        CHECK_NEAR(got, probability_near(&s->reference, function, value, around), tolerance);
        CHECK_OK(ek_probability_of_value(s->state, s->diagonal[f], 1e6, 1, &got));
        CHECK(got == 0);
        CHECK_OK(ek_probability_of_value(s->state, s->diagonal[f], 0, 1e6, &got));
        CHECK_NEAR(got, 1, tolerance);
    }
    /* Integers are met exactly. */
    struct random_function *integers = &s->circuit->function[0];
    const double value = random_function_value(0, integers);
    CHECK_OK(ek_probability_of_value(s->state, s->diagonal[0], value, 0, &got));
    CHECK_NEAR(got, probability_near(&s->reference, integers, value, 0), tolerance);
}

static void test_expectations(void)
{
    for (int qubits = 5; qubits <= 10; qubits++)
        for (int precision = EK_DOUBLE; precision <= EK_SINGLE; precision++) {
            struct subject subject;
            create_subject(qubits, (ek_precision)precision, 40 + (uint64_t)qubits, &subject);
            check_subject(&subject, test_tolerance((ek_precision)precision));
            destroy_subject(&subject);
        }
}

/* Several blocks of amplitudes on each rank. <Z_u Z_v> of a product state is cos cos. */
static void test_expectation_of_a_large_product(void)
{
    enum { QUBITS = 17 };
    double theta[QUBITS], expected = 0.25, got = 0;
    ek_spin_term terms[QUBITS + 1];
    const ek_initial product = {.kind = EK_INITIAL_PRODUCT, .theta = theta};
    ek_state *state = NULL;
    ek_diagonal *diagonal = NULL;
    uint64_t source = 4;
    for (int q = 0; q < QUBITS; q++) theta[q] = random_real(&source, -3, 3);
    for (int q = 0; q < QUBITS; q++) {
        const int v = (q + 3) % QUBITS;
        terms[q] = (ek_spin_term){UINT64_C(1) << q | UINT64_C(1) << v,
                                  random_real(&source, -1, 1)};
        expected += terms[q].coefficient * cos(theta[q]) * cos(theta[v]);
    }
    terms[QUBITS] = (ek_spin_term){0, 0.25};
    CHECK_OK(ek_diagonal_create(QUBITS, QUBITS + 1, terms, &diagonal));
    CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &state));
    CHECK_OK(ek_state_prepare(state, &product));
    CHECK_OK(ek_expect_diagonal(state, diagonal, &got));
    CHECK_NEAR(got, expected, 1e-12);
    ek_state_destroy(&state);
    ek_diagonal_destroy(&diagonal);
}

/* Weights on a grid that is not made of whole numbers, near one, and far from any. */
static void test_strange_weights(void)
{
    static const double weights[][3] = {{0.1, 0.2, 0.3},     {1.0 / 3, 2.0 / 3, 1},
                                        {1e-8, 1, 1e8},      {1, 1 + 1e-12, -2},
                                        {3.5e7, -1e7, 5e6},  {0, 0, 0},
                                        {1e300, -1e300, 0},  {1e-300, 3e-300, -1e-300},
                                        {0.1, 0.7, 65535.3}};
    const ek_initial random = {.kind = EK_INITIAL_RANDOM, .seed = 6};
    const ek_initial basis = {.kind = EK_INITIAL_BASIS, .index = 0x15};
    for (size_t w = 0; w < sizeof weights / sizeof *weights; w++) {
        const ek_spin_term terms[] = {{3, weights[w][0]}, {0x14, weights[w][1]},
                                      {0x3f, weights[w][2]}, {0, 0.5}};
        const double scale = fabs(weights[w][0]) + fabs(weights[w][1]) + fabs(weights[w][2]) + 1;
        ek_circuit *circuit = NULL;
        ek_diagonal *diagonal = NULL;
        ek_program *program = NULL;
        ek_state *state = NULL;
        double direct = 0, by_program = 0, expected = 0;
        CHECK_OK(ek_diagonal_create(6, 4, terms, &diagonal));
        CHECK_OK(ek_circuit_create(6, &circuit));
        CHECK_OK(ek_circuit_diagonal(circuit, diagonal, ek_angle_number(1 / scale)));
        CHECK_OK(ek_program_create(session, circuit, NULL, &program));
        CHECK_OK(ek_state_create(session, 6, EK_DOUBLE, &state));
        CHECK_OK(ek_program_run(program, NULL, &random, state));
        ek_complex *after = test_amplitudes(state);
        CHECK_OK(ek_expect_diagonal(state, diagonal, &direct));
        CHECK_OK(ek_program_expect_diagonal(program, state, diagonal, &by_program));
        CHECK_OK(ek_state_prepare(state, &random));
        ek_complex *before = test_amplitudes(state);
        for (uint64_t i = 0; i < 64; i++) {
            double f = 0.5;
            for (int t = 0; t < 3; t++) {
                int sign = 1;
                for (int q = 0; q < 6; q++)
                    if (terms[t].mask >> q & i >> q & 1) sign = -sign;
                f += sign * terms[t].coefficient;
            }
            const double complex a = before[i].re + I * before[i].im;
            const double complex b = a * cexp(-I * f / scale);
            expected += creal(a * conj(a)) * f;
            CHECK(cabs(b - after[i].re - I * after[i].im) < 1e-13);
        }
        CHECK_NEAR(direct, expected, 1e-14 * scale);
        CHECK_NEAR(by_program, expected, 1e-14 * scale);
        CHECK_OK(ek_program_run(program, NULL, &basis, state));
        CHECK_OK(ek_program_expect_diagonal(program, state, diagonal, &by_program));
        CHECK_NEAR(by_program, ek_diagonal_value(diagonal, 0x15), 1e-14 * scale);
        free(before);
        free(after);
        ek_program_destroy(&program);
        ek_state_destroy(&state);
        ek_circuit_destroy(&circuit);
        ek_diagonal_destroy(&diagonal);
    }
}

/* A program's table must not be used for a state that is shared out otherwise. */
static void test_program_of_another_session(void)
{
    const ek_spin_term terms[] = {{1, 1.0}, {0x30, 2.0}};
    const ek_initial uniform = {.kind = EK_INITIAL_UNIFORM}, basis = {.kind = EK_INITIAL_BASIS};
    ek_session *single = NULL;
    ek_diagonal *diagonal = NULL;
    ek_circuit *circuit = NULL;
    ek_program *program = NULL;
    ek_state *shared = NULL, *alone = NULL;
    double value = 0;
    CHECK_OK(ek_session_split(session, test_rank(), &single));
    CHECK_OK(ek_diagonal_create(6, 2, terms, &diagonal));
    CHECK_OK(ek_circuit_create(6, &circuit));
    CHECK_OK(ek_circuit_diagonal(circuit, diagonal, ek_angle_number(1)));
    CHECK_OK(ek_program_create(session, circuit, NULL, &program));
    CHECK_OK(ek_state_create(session, 6, EK_DOUBLE, &shared));
    CHECK_OK(ek_state_create(single, 6, EK_DOUBLE, &alone));
    CHECK_OK(ek_program_run(program, NULL, &uniform, shared));
    CHECK_OK(ek_state_prepare(alone, &basis));
    CHECK_OK(ek_program_expect_diagonal(program, alone, diagonal, &value));
    CHECK_NEAR(value, 3, 1e-14);
    CHECK_OK(ek_program_expect_diagonal(program, shared, diagonal, &value));
    CHECK_NEAR(value, 0, 1e-14);
    ek_state_destroy(&alone);
    ek_state_destroy(&shared);
    ek_program_destroy(&program);
    ek_circuit_destroy(&circuit);
    ek_diagonal_destroy(&diagonal);
    ek_session_destroy(&single);
}

/* ---- amplitudes -------------------------------------------------------------------------- */

static void test_amplitudes_in_any_order(void)
{
    static const uint64_t indices[] = {7, 0, 63, 7, 32, 1};
    struct subject s;
    ek_complex got[6];
    create_subject(6, EK_DOUBLE, 3, &s);
    CHECK_OK(ek_state_amplitudes(s.state, 6, indices, got));
    for (int i = 0; i < 6; i++) {
        CHECK_NEAR(got[i].re, creal(s.reference.amplitude[indices[i]]), 1e-12);
        CHECK_NEAR(got[i].im, cimag(s.reference.amplitude[indices[i]]), 1e-12);
    }
    CHECK_OK(ek_state_amplitudes(s.state, 0, NULL, NULL));
    destroy_subject(&s);
}

/* ---- extremes ---------------------------------------------------------------------------- */

static void check_extremes(struct random_function *function, int weight)
{
    ek_extremes got, expected = {INFINITY, -INFINITY, 0, 0};
    ek_diagonal *diagonal = NULL;
    const double slack = 1e-12; /* values that are equal but for rounding */
    for (uint64_t i = 0; i < UINT64_C(1) << function->qubits; i++) {
        int ones = 0;
        for (int q = 0; q < function->qubits; q++) ones += (int)(i >> q & 1);
        const double value = random_function_value(i, function);
        if (weight >= 0 && ones != weight) continue;
        if (value < expected.minimum - slack) expected.minimum = value, expected.minimum_at = i;
        if (value > expected.maximum + slack) expected.maximum = value, expected.maximum_at = i;
    }
    CHECK_OK(random_function_diagonal(function, &diagonal));
    CHECK_OK(ek_diagonal_extremes(session, diagonal, weight, &got));
    CHECK_NEAR(got.minimum, expected.minimum, slack);
    CHECK_NEAR(got.maximum, expected.maximum, slack);
    CHECK(got.minimum_at == expected.minimum_at);
    CHECK(got.maximum_at == expected.maximum_at);
    ek_diagonal_destroy(&diagonal);
}

static void test_extremes(void)
{
    uint64_t source = 8;
    for (int qubits = 1; qubits <= 14; qubits += qubits < 4 ? 1 : 3)
        for (int form = 0; form < RANDOM_FUNCTIONS; form++) {
            struct random_function function;
            random_function_make(&source, qubits, form, &function);
            for (int weight = -1; weight <= qubits; weight += qubits < 8 ? 1 : 4)
                check_extremes(&function, weight);
        }
}

/* On groups of ranks that are no power of two as well, and on more ranks than there are blocks. */
static void test_extremes_on_three_ranks(void)
{
    const ek_spin_term terms[] = {{1, 1.0}, {6, 2.0}, {UINT64_C(1) << 13, -4.0}};
    ek_session *part = NULL;
    ek_diagonal *diagonal = NULL;
    ek_extremes got;
    CHECK_OK(ek_session_split(session, test_rank() >= test_ranks() * 3 / 4, &part));
    CHECK_OK(ek_diagonal_create(14, 3, terms, &diagonal));
    CHECK_OK(ek_diagonal_extremes(part, diagonal, -1, &got));
    CHECK(got.minimum == -7 && got.minimum_at == 3);
    CHECK(got.maximum == 7 && got.maximum_at == 1 << 13);
    ek_diagonal_destroy(&diagonal);
    ek_session_destroy(&part);
}

static double nowhere(uint64_t index, void *context)
{
    (void)context;
    return index % 2 ? NAN : INFINITY;
}

/* Values that are no numbers are never the extremes; when no others are left there are none. */
static void test_extremes_without_numbers(void)
{
    const ek_extremes untouched = {1, 2, 3, 4};
    ek_diagonal *diagonal = NULL;
    ek_extremes got = untouched;
    CHECK_OK(ek_diagonal_create_function(5, nowhere, NULL, &diagonal));
    CHECK_STATUS(ek_diagonal_extremes(session, diagonal, -1, &got), EK_ERROR_NUMERIC);
    CHECK(memcmp(&got, &untouched, sizeof got) == 0);
    ek_diagonal_destroy(&diagonal);
}

/* ---- refusals ---------------------------------------------------------------------------- */

static void test_refusals(void)
{
    const int last = test_rank() == test_ranks() - 1;
    const uint64_t beyond = last ? 32 : 0;
    const ek_spin_term term = {1, 1.0};
    ek_complex amplitude;
    ek_extremes extremes;
    double value;
    ek_diagonal *right = NULL, *wrong = NULL;
    ek_state *state = NULL;
    void *amplitudes = NULL;
    CHECK_OK(ek_diagonal_create(5, 1, &term, &right));
    CHECK_OK(ek_diagonal_create(6, 1, &term, &wrong));
    CHECK_OK(ek_state_create(session, 5, EK_DOUBLE, &state));
    CHECK_STATUS(ek_state_amplitudes(state, 1, &beyond, &amplitude), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_expect_diagonal(state, last ? wrong : right, &value), EK_ERROR_MISMATCH);
    CHECK_STATUS(ek_probability_of_value(state, last ? wrong : right, 1, 0, &value),
                 EK_ERROR_MISMATCH);
    CHECK_STATUS(ek_diagonal_extremes(session, right, last ? 6 : 2, &extremes), EK_ERROR_ARGUMENT);
    if (last) CHECK_OK(ek_state_borrow(state, &amplitudes));
    CHECK_STATUS(ek_expect_diagonal(state, right, &value), EK_ERROR_BUSY);
    CHECK_STATUS(ek_probability_of_value(state, right, 1, 0, &value), EK_ERROR_BUSY);
    if (last) ek_state_restore(state, &amplitudes);
    CHECK_OK(ek_expect_diagonal(state, right, &value));
    ek_state_destroy(&state);
    ek_diagonal_destroy(&right);
    ek_diagonal_destroy(&wrong);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"session", test_begin},
        {"norms, expectations, probabilities", test_expectations},
        {"expectation of a large product state", test_expectation_of_a_large_product},
        {"strange weights", test_strange_weights},
        {"a program of another session", test_program_of_another_session},
        {"amplitudes in any order", test_amplitudes_in_any_order},
        {"extremes", test_extremes},
        {"extremes on any number of ranks", test_extremes_on_three_ranks},
        {"extremes of what are no numbers", test_extremes_without_numbers},
        {"refusals", test_refusals},
        {"end", test_end},
    };
    return test_main(argc, argv, "observe", cases, sizeof cases / sizeof *cases);
}
