/* Marginals, density matrices, entropies, overlaps and Bloch vectors of states that random
 * circuits left in odd layouts, against sums over the reference's amplitudes. */
#include "observe/measure.h"
#include "state/state.h"
#include "support/compare.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <exaket/program.h>
#include <exaket/query.h>

#include <math.h>
#include <stdlib.h>

static ek_session *session;

static void test_begin(void) { session = test_session(2, 1024); }
static void test_end(void) { ek_session_destroy(&session); }

struct subject {
    ek_state *state;
    struct reference reference;
};

/* X gates at the end leave inversions. */
static void add_flips(int qubits, uint64_t seed, ek_circuit *circuit, struct reference *reference)
{
    const struct reference_controls always = {0, 0};
    for (int q = 0; q < qubits; q++) {
        if (random_next(&seed) & 1) continue;
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_X, &q, NULL, NULL));
        reference_gate(reference, "x", &q, NULL, always);
    }
}

static void create_subject(int qubits, ek_precision precision, uint64_t seed, struct subject *s)
{
    static const double parameters[3] = {0.2, 0.7, -1.1};
    const struct random_options options = {.qubits = qubits, .count = 25, .widest = 2,
        .kinds = 1u << RANDOM_GATE | 1u << RANDOM_UNITARY | 1u << RANDOM_PAULI};
    const ek_plan_options plan = {.precision = precision, .tile_qubits = 3};
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    ek_circuit *built = NULL;
    ek_program *program = NULL;
    struct random_circuit *circuit = random_circuit_make(seed, &options);
    reference_create(&s->reference, qubits);
    random_circuit_apply(circuit, parameters, &s->reference);
    CHECK_OK(random_circuit_build(circuit, &built));
    add_flips(qubits, seed, built, &s->reference);
    CHECK_OK(ek_program_create(session, built, &plan, &program));
    CHECK_OK(ek_state_create(session, qubits, precision, &s->state));
    CHECK_OK(ek_program_run(program, parameters, &zero, s->state));
    ek_program_destroy(&program);
    ek_circuit_destroy(&built);
    random_circuit_destroy(&circuit);
}

static void destroy_subject(struct subject *s)
{
    ek_state_destroy(&s->state);
    reference_destroy(&s->reference);
}

static uint64_t bits_of(uint64_t index, int count, const int *qubits)
{
    uint64_t bits = 0;
    for (int j = 0; j < count; j++) bits |= (index >> qubits[j] & 1) << j;
    return bits;
}

static uint64_t mask_of(int count, const int *qubits)
{
    uint64_t mask = 0;
    for (int j = 0; j < count; j++) mask |= UINT64_C(1) << qubits[j];
    return mask;
}

/* rho[r][c], element by element. */
static double complex *reference_density(const struct reference *state, int count,
                                         const int *qubits)
{
    const uint64_t size = UINT64_C(1) << state->qubits, mask = mask_of(count, qubits);
    double complex *rho = calloc((size_t)1 << 2 * count, sizeof *rho);
    for (uint64_t i = 0; i < size; i++)
        for (uint64_t j = 0; j < size; j++)
            if ((i & ~mask) == (j & ~mask))
                rho[bits_of(i, count, qubits) << count | bits_of(j, count, qubits)] +=
                    state->amplitude[i] * conj(state->amplitude[j]);
    return rho;
}

static void check_marginal(const struct subject *s, int count, const int *qubits)
{
    const double tolerance = test_tolerance(ek_state_precision(s->state));
    const size_t outcomes = (size_t)1 << count;
    double *got = calloc(outcomes, sizeof *got), *expected = calloc(outcomes, sizeof *expected);
    double worst = 0;
    for (uint64_t i = 0; i < UINT64_C(1) << s->reference.qubits; i++)
        expected[bits_of(i, count, qubits)] += pow(cabs(s->reference.amplitude[i]), 2);
    CHECK_OK(ek_state_marginal(s->state, count, qubits, got));
    for (size_t i = 0; i < outcomes; i++)
        if (!(fabs(got[i] - expected[i]) <= worst)) worst = fabs(got[i] - expected[i]);
    CHECK_NEAR(worst, 0, tolerance);
    free(got);
    free(expected);
}

static void check_density(const struct subject *s, int count, const int *qubits)
{
    const double tolerance = test_tolerance(ek_state_precision(s->state));
    const size_t entries = (size_t)1 << 2 * count;
    ek_complex *got = calloc(entries, sizeof *got);
    double complex *expected = reference_density(&s->reference, count, qubits);
    double worst = 0;
    CHECK_OK(ek_state_reduced_density(s->state, count, qubits, got));
    for (size_t i = 0; i < entries; i++) {
        const double off = cabs(got[i].re + I * got[i].im - expected[i]);
        if (!(off <= worst)) worst = off;
    }
    CHECK_NEAR(worst, 0, tolerance);
    free(got);
    free(expected);
}

static void check_bloch(const struct subject *s)
{
    const double tolerance = 4 * test_tolerance(ek_state_precision(s->state));
    ek_bloch got[16];
    CHECK_OK(ek_state_bloch(s->state, got));
    for (int q = 0; q < s->reference.qubits; q++) {
        double x = 0, y = 0, z = 0;
        for (uint64_t i = 0; i < UINT64_C(1) << s->reference.qubits; i++) {
            const double complex a = s->reference.amplitude[i];
            const double complex b = s->reference.amplitude[i ^ UINT64_C(1) << q];
            const int one = (int)(i >> q & 1);
            x += creal(conj(a) * b);
            y += creal(conj(a) * b * (one ? I : -I));
            z += creal(conj(a) * a) * (one ? -1 : 1);
        }
        CHECK_NEAR(got[q].x, x, tolerance);
        CHECK_NEAR(got[q].y, y, tolerance);
        CHECK_NEAR(got[q].z, z, tolerance);
    }
}

static void test_parts(void)
{
    uint64_t source = 77;
    for (int qubits = 5; qubits <= 9; qubits++)
        for (int precision = EK_DOUBLE; precision <= EK_SINGLE; precision++) {
            struct subject s;
            int order[16];
            create_subject(qubits, (ek_precision)precision, random_next(&source), &s);
            for (int count = 0; count <= qubits; count++) {
                random_qubits(&source, qubits, qubits, order);
                check_marginal(&s, count, order);
                if (count > 0 && count <= 6) check_density(&s, count, order);
            }
            check_bloch(&s);
            destroy_subject(&s);
        }
}

/* Enough amplitudes for several parts, threads and chunks: <Z> of product states is known. */
static void test_large_product(void)
{
    enum { QUBITS = 16 };
    static const int asked[] = {15, 2, 14, 7};
    double theta[QUBITS], got[16];
    ek_bloch bloch[QUBITS];
    ek_state *state = NULL;
    uint64_t source = 9;
    for (int q = 0; q < QUBITS; q++) theta[q] = random_real(&source, -3, 3);
    const ek_initial product = {.kind = EK_INITIAL_PRODUCT, .theta = theta};
    CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &state));
    CHECK_OK(ek_state_prepare(state, &product));
    CHECK_OK(ek_state_marginal(state, 4, asked, got));
    for (int i = 0; i < 16; i++) {
        double expected = 1;
        for (int j = 0; j < 4; j++)
            expected *= pow(i >> j & 1 ? sin(theta[asked[j]] / 2) : cos(theta[asked[j]] / 2), 2);
        CHECK_NEAR(got[i], expected, 1e-13);
    }
    CHECK_OK(ek_state_bloch(state, bloch));
    for (int q = 0; q < QUBITS; q++) {
        CHECK_NEAR(bloch[q].x, sin(theta[q]), 1e-13);
        CHECK_NEAR(bloch[q].y, 0, 1e-13);
        CHECK_NEAR(bloch[q].z, cos(theta[q]), 1e-13);
    }
    ek_state_destroy(&state);
}

/* ---- entropy --------------------------------------------------------------------------- */

static double binary_entropy(double p)
{
    return p <= 0 || p >= 1 ? 0 : -p * log2(p) - (1 - p) * log2(1 - p);
}

/* One qubit's entropy follows from the length of its Bloch vector. */
static void test_entropy(void)
{
    uint64_t source = 5;
    for (int qubits = 5; qubits <= 8; qubits++) {
        struct subject s;
        ek_bloch bloch[8];
        int all[8];
        double got = -1, other = -1;
        create_subject(qubits, EK_DOUBLE, random_next(&source), &s);
        random_qubits(&source, qubits, qubits, all);
        CHECK_OK(ek_state_bloch(s.state, bloch));
        for (int q = 0; q < qubits; q++) {
            const double length = sqrt(pow(bloch[q].x, 2) + pow(bloch[q].y, 2) +
                                       pow(bloch[q].z, 2));
            CHECK_OK(ek_state_entropy(s.state, 1, &q, &got));
            CHECK_NEAR(got, binary_entropy((1 + length) / 2), 1e-9);
        }
        for (int count = 0; count <= qubits; count++) {
            CHECK_OK(ek_state_entropy(s.state, count, all, &got));
            CHECK_OK(ek_state_entropy(s.state, qubits - count, all + count, &other));
            CHECK_NEAR(got, other, 1e-10);
            CHECK(got >= 0 && got <= (count < qubits - count ? count : qubits - count) + 1e-9);
            if (count == 0) CHECK_NEAR(got, 0, 1e-12);
        }
        destroy_subject(&s);
    }
}

/* Bell pairs (q, q + 4) with an angle: k halves of pairs have k times the entropy of one. */
static void test_entropy_of_pairs(void)
{
    enum { PAIRS = 4 };
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    ek_circuit *circuit = NULL;
    ek_program *program = NULL;
    ek_state *state = NULL;
    CHECK_OK(ek_circuit_create(2 * PAIRS, &circuit));
    for (int q = 0; q < PAIRS; q++) {
        const int pair[2] = {q, q + PAIRS};
        const ek_angle angle = ek_angle_number(1.1);
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_RY, &q, &angle, NULL));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CX, pair, NULL, NULL));
    }
    CHECK_OK(ek_program_create(session, circuit, NULL, &program));
    CHECK_OK(ek_state_create(session, 2 * PAIRS, EK_DOUBLE, &state));
    CHECK_OK(ek_program_run(program, NULL, &zero, state));
    for (int count = 1; count <= 2 * PAIRS; count++) {
        const int qubits[] = {7, 6, 5, 4, 3, 2, 1, 0};
        const int halves = count <= PAIRS ? count : 2 * PAIRS - count;
        double got = -1;
        CHECK_OK(ek_state_entropy(state, count, qubits, &got));
        CHECK_NEAR(got, halves * binary_entropy(pow(cos(0.55), 2)), 1e-11);
    }
    ek_program_destroy(&program);
    ek_state_destroy(&state);
    ek_circuit_destroy(&circuit);
}

/* ---- overlaps -------------------------------------------------------------------------- */

static void check_overlap(const struct subject *a, const struct subject *b)
{
    const int single = ek_state_precision(a->state) == EK_SINGLE ||
                       ek_state_precision(b->state) == EK_SINGLE;
    const double tolerance = test_tolerance(single ? EK_SINGLE : EK_DOUBLE);
    double complex expected = 0;
    ek_complex got = {-1, -1};
    double fidelity = -1;
    for (uint64_t i = 0; i < UINT64_C(1) << a->reference.qubits; i++)
        expected += conj(a->reference.amplitude[i]) * b->reference.amplitude[i];
    CHECK_OK(ek_state_inner_product(a->state, b->state, &got));
    CHECK_NEAR(got.re, creal(expected), tolerance);
    CHECK_NEAR(got.im, cimag(expected), tolerance);
    CHECK_OK(ek_state_fidelity(a->state, b->state, &fidelity));
    CHECK_NEAR(fidelity, pow(cabs(expected), 2), 3 * tolerance);
}

static void test_overlaps(void)
{
    uint64_t source = 31;
    for (int qubits = 5; qubits <= 10; qubits++)
        for (int pair = 0; pair < 4; pair++) {
            struct subject a, b;
            create_subject(qubits, pair & 1 ? EK_SINGLE : EK_DOUBLE, random_next(&source), &a);
            create_subject(qubits, pair & 2 ? EK_SINGLE : EK_DOUBLE, random_next(&source), &b);
            check_overlap(&a, &b);
            check_overlap(&b, &a);
            check_overlap(&a, &a);
            destroy_subject(&a);
            destroy_subject(&b);
        }
}

/* ---- refusals -------------------------------------------------------------------------- */

/* Many equals, those of the lower indices behind the others in memory. */
static void test_most_likely_of_equals(void)
{
    const ek_initial plus = {.kind = EK_INITIAL_UNIFORM};
    ek_state *state = NULL;
    uint64_t top[3];
    size_t count = 3;
    CHECK_OK(ek_state_create(session, 18, EK_DOUBLE, &state));
    CHECK_OK(ek_state_prepare(state, &plus));
    for (int q = 0; q < 18; q++) ek_measure_flip(state, q);
    CHECK_OK(ek_state_top(state, &count, top));
    CHECK(count == 3 && top[0] == 0 && top[1] == 1 && top[2] == 2);
    ek_state_destroy(&state);
}

static void test_refusals(void)
{
    static const int twice[] = {1, 1}, far[] = {0, 25};
    int many[30];
    ek_state *state = NULL, *other = NULL;
    double number;
    ek_complex product;
    void *amplitudes;
    for (int q = 0; q < 30; q++) many[q] = q;
    CHECK_OK(ek_state_create(session, 5, EK_DOUBLE, &state));
    CHECK_OK(ek_state_create(session, 6, EK_DOUBLE, &other));
    CHECK_STATUS(ek_state_marginal(state, 2, twice, &number), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_state_marginal(state, 2, far, &number), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_state_marginal(state, -1, far, &number), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_state_marginal(state, 25, many, &number), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_state_reduced_density(state, 0, many, &product), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_state_reduced_density(state, 13, many, &product), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_state_entropy(state, 2, twice, &number), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_state_inner_product(state, other, &product), EK_ERROR_MISMATCH);
    CHECK_STATUS(ek_state_fidelity(other, state, &number), EK_ERROR_MISMATCH);
    CHECK_OK(ek_state_borrow(state, &amplitudes));
    CHECK_STATUS(ek_state_marginal(state, 1, many, &number), EK_ERROR_BUSY);
    CHECK_STATUS(ek_state_entropy(state, 1, many, &number), EK_ERROR_BUSY);
    CHECK_STATUS(ek_state_inner_product(state, state, &product), EK_ERROR_BUSY);
    ek_state_restore(state, &amplitudes);
    ek_state_destroy(&state);
    ek_state_destroy(&other);
}

static double probability(const struct subject *s, uint64_t index)
{
    const double complex a = s->reference.amplitude[index];
    return creal(a) * creal(a) + cimag(a) * cimag(a);
}

/* As often as there are basis states with a higher probability, one stands before. */
static void test_top(int seed)
{
    enum { WANTED = 9 };
    struct subject s;
    uint64_t top[WANTED];
    size_t count = WANTED, possible = 0;
    create_subject(6, EK_DOUBLE, (uint64_t)seed, &s);
    CHECK_OK(ek_state_top(s.state, &count, top));
    for (size_t i = 0; i < 64; i++) possible += probability(&s, i) > 1e-12;
    CHECK(count >= (possible < WANTED ? possible : WANTED) && count <= WANTED);
    for (size_t k = 0; k < count; k++) {
        size_t above = 0, equal = 0;
        for (size_t i = 0; i < 64; i++) {
            const double difference = probability(&s, i) - probability(&s, top[k]);
            if (difference > 1e-12) above++;
            else if (difference > -1e-12) equal++;
        }
        CHECK(above <= k && k < above + equal);
    }
    destroy_subject(&s);
}

/* Over some of the qubits, those of rank slots among them or not: none is left out that is more
 * likely than one of the list, and the probabilities are right. */
static void test_top_of_part(uint64_t mask, int seed)
{
    enum { WANTED = 5 };
    struct subject s;
    struct ek_candidate *top = NULL;
    size_t count = WANTED;
    double exact[64] = {0}, last = 2;
    create_subject(6, EK_DOUBLE, (uint64_t)seed, &s);
    for (uint64_t i = 0; i < 64; i++) exact[ek_extract(i, mask)] += probability(&s, i);
    CHECK_OK(ek_marginal_top(s.state, mask, &count, &top));
    CHECK(count >= 1 && count <= WANTED);
    for (size_t k = 0; k < count; k++) {
        CHECK_NEAR(top[k].probability, exact[top[k].bits], 1e-13);
        CHECK(top[k].probability < last + 1e-12);
        last = top[k].probability;
        exact[top[k].bits] = 0;
    }
    for (int v = 0; v < 64; v++) CHECK(exact[v] < (count < WANTED ? 1e-12 : last + 1e-12));
    ek_release(top);
    destroy_subject(&s);
}

static void test_most_likely(void)
{
    static const uint64_t masks[] = {63, 62, 31, 0x15, 0x38, 7, 1, 0};
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++)
        for (int seed = 1; seed <= 3; seed++) test_top_of_part(masks[i], seed);
    for (int seed = 1; seed <= 12; seed++) test_top(seed);
}

/* A product state's best outcome over all qubits but `without`, and the next best. */
static void check_top_of_product(int qubits, const double *theta, const ek_state *state,
                                 int without)
{
    struct ek_candidate *top = NULL;
    const uint64_t mask = ek_low_bits(qubits) & ~ek_bit(without);
    double probability = 1, ratio = 0;
    uint64_t best = 0, closest = 0;
    size_t count = 2;
    for (int q = 0; q < qubits; q++) {
        const double one = pow(sin(theta[q] / 2), 2), more = one > 0.5 ? one : 1 - one;
        if (q == without) continue;
        if (one > 0.5) best |= ek_bit(q);
        probability *= more;
        if ((1 - more) / more > ratio) ratio = (1 - more) / more, closest = ek_bit(q);
    }
    CHECK_OK(ek_marginal_top(state, mask, &count, &top));
    if (CHECK(count == 2)) {
        CHECK(top[0].bits == ek_extract(best, mask));
        CHECK(top[1].bits == ek_extract(best ^ closest, mask));
        CHECK_NEAR(top[0].probability, probability, 1e-14);
        CHECK_NEAR(top[1].probability, probability * ratio, 1e-14);
    }
    ek_release(top);
}

/* More outcomes than are looked at together; the qubit left out on a rank slot, or not. */
static void test_most_likely_of_many(void)
{
    enum { QUBITS = 20 };
    double theta[QUBITS];
    const ek_initial product = {.kind = EK_INITIAL_PRODUCT, .theta = theta};
    struct ek_layout layout = {.qubits = QUBITS, .inverted = 0xc81a5};
    ek_state *state = NULL;
    for (int q = 0; q < QUBITS; q++) theta[q] = 0.31 + 0.13 * q;
    CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &state));
    for (int reversed = 0; reversed < 2; reversed++) {
        for (int q = 0; q < QUBITS; q++)
            layout.slot[q].at = (uint8_t)(reversed ? QUBITS - 1 - q : q);
        ek_state_fill(state, &product, &layout, NULL);
        check_top_of_product(QUBITS, theta, state, 0);
        check_top_of_product(QUBITS, theta, state, QUBITS - 1);
    }
    ek_state_destroy(&state);
}

/* The n-th allocation fails on the last rank: all say so. */
static void test_faults(void)
{
    static const int qubits[] = {4, 0};
    ek_state *state = NULL;
    CHECK_OK(ek_state_create(session, 5, EK_DOUBLE, &state));
    for (int question = 0; question < 5; question++) {
        ek_status status = EK_ERROR_MEMORY;
        size_t one = 1;
        uint64_t index;
        for (long nth = 1; status == EK_ERROR_MEMORY && nth < 20; nth++) {
            double numbers[4];
            ek_complex matrix[16];
            if (test_rank() == test_ranks() - 1) ek_fault_set(EK_FAULT_ALLOCATE, nth);
            status = question == 0   ? ek_state_marginal(state, 2, qubits, numbers)
                     : question == 1 ? ek_state_reduced_density(state, 2, qubits, matrix)
                     : question == 2 ? ek_state_entropy(state, 2, qubits, numbers)
                     : question == 3 ? ek_state_inner_product(state, state, matrix)
                                     : ek_state_top(state, &one, &index);
            ek_fault_set(EK_FAULT_ALLOCATE, 0);
            CHECK(nth > 1 || status == EK_ERROR_MEMORY);
        }
        CHECK_STATUS(status, EK_OK);
    }
    ek_state_destroy(&state);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"begin", test_begin},
        {"marginals, density matrices and Bloch vectors", test_parts},
        {"a large product state", test_large_product},
        {"entropies", test_entropy},
        {"entropies of pairs", test_entropy_of_pairs},
        {"overlaps", test_overlaps},
        {"the most likely", test_most_likely},
        {"the most likely of many", test_most_likely_of_many},
        {"the most likely of equals", test_most_likely_of_equals},
        {"refusals", test_refusals},
        {"failing allocations", test_faults},
        {"end", test_end},
    };
    return test_main(argc, argv, "observe: queries", cases, sizeof cases / sizeof *cases);
}
