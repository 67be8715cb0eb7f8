#include "observe/step_program.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <exaket/shots.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ek_session *session;

static void test_begin(void) { session = test_session(1, 128); }
static void test_end(void) { ek_session_destroy(&session); }

#define G1(name, a) {.kind = STEP_GATE, .gate = EK_GATE_##name, .qubit = {a}}
#define GA(name, a, theta)                                                                        \
    {.kind = STEP_GATE, .gate = EK_GATE_##name, .qubit = {a}, .angle = theta}
#define G2(name, a, b) {.kind = STEP_GATE, .gate = EK_GATE_##name, .qubit = {a, b}}
#define MEASURE(q, c) {.kind = STEP_MEASURE, .qubit = {q}, .bit = c}
#define RESET(q) {.kind = STEP_RESET, .qubit = {q}}
#define IF(c, v, n) {.kind = STEP_IF, .bit = c, .value = v, .count = n}
#define WHILE(c, v, n) {.kind = STEP_WHILE, .bit = c, .value = v, .count = n}
#define TURN(q, theta, c) {.kind = STEP_ROTATE, .qubit = {q}, .angle = theta, .bit = c}

struct program {
    const char *name;
    int qubits, bits, count;
    struct step steps[24];
    size_t leaves; /* states of the end; 0: any number */
};

static const struct program programs[] = {
    {"teleportation", 3, 3, 12,
     {GA(RY, 0, 1.1), G1(T, 0), G1(H, 1), G2(CX, 1, 2), G2(CX, 0, 1), G1(H, 0), MEASURE(0, 0),
      MEASURE(1, 1), IF(1, 1, 1), G1(X, 2), IF(0, 1, 1), G1(Z, 2)}, 4},
    {"repeat until success", 2, 2, 8,
     {WHILE(0, 0, 5), RESET(0), GA(RY, 0, 1.2), G2(CX, 0, 1), GA(RX, 1, 0.4), MEASURE(0, 0),
      G1(H, 1), MEASURE(1, 1)}, 0},
    {"final measurements", 4, 4, 9,
     {G1(H, 0), G2(CX, 0, 1), GA(RX, 2, 0.7), G2(CX, 2, 3), MEASURE(0, 2), MEASURE(1, 0),
      G1(H, 3), MEASURE(3, 3), MEASURE(2, 1)}, 1},
    {"a control after its measurement", 3, 3, 7,
     {GA(RY, 0, 0.9), MEASURE(0, 0), G2(CX, 0, 1), G2(CP, 0, 1), GA(RX, 2, 0.3), MEASURE(1, 1),
      MEASURE(2, 2)}, 1},
    {"reset of an entangled qubit", 2, 2, 6,
     {GA(RY, 0, 0.8), G2(CX, 0, 1), RESET(0), G1(H, 0), MEASURE(0, 0), MEASURE(1, 1)}, 2},
    {"resets that nobody sees", 3, 2, 8,
     {RESET(0), GA(RY, 0, 0.8), G2(CX, 0, 1), MEASURE(0, 0), RESET(0), RESET(2), MEASURE(1, 1),
      RESET(1)}, 1},
    {"known outcomes do not branch", 2, 3, 8,
     {G1(X, 0), MEASURE(0, 0), IF(0, 1, 1), G1(H, 1), IF(0, 0, 1), GA(RY, 1, 0.3), MEASURE(1, 1),
      MEASURE(1, 2)}, 1},
    {"certain outcomes do not branch", 2, 2, 8,
     {G1(H, 0), G1(T, 0), G1(TDG, 0), G1(H, 0), MEASURE(0, 0), IF(0, 0, 1), GA(RY, 1, 0.7),
      MEASURE(1, 1)}, 1},
    {"an angle from a bit", 2, 2, 6,
     {GA(RY, 0, 1.0), MEASURE(0, 0), TURN(1, 0.9, 0), GA(RX, 0, 0.3), MEASURE(1, 1),
      MEASURE(0, 0)}, 2},
    {"measurement into none", 2, 2, 6,
     {GA(RY, 0, 1.0), MEASURE(0, -1), G1(H, 0), MEASURE(0, 0), G1(H, 1), MEASURE(1, -1)}, 2},
    {"a bit written twice", 2, 1, 4,
     {GA(RY, 0, 1.0), MEASURE(0, 0), GA(RY, 1, 0.4), MEASURE(1, 0)}, 1},
};
enum { PROGRAMS = sizeof programs / sizeof *programs };

/* ---- checks -------------------------------------------------------------------------------- */

static double probability_of(const ek_shots_result *result, uint64_t outcome)
{
    for (size_t i = 0; i < result->probable_count; i++)
        if (result->probable[i] == outcome) return result->probabilities[i];
    return 0;
}

static void check_probabilities(const ek_shots_result *result, int bits, const double *exact,
                                double tolerance)
{
    double total = 0, before = 2;
    CHECK(result->has_probabilities);
    for (uint64_t o = 0; o >> bits == 0; o++)
        CHECK_NEAR(probability_of(result, o), exact[o], tolerance);
    for (size_t i = 0; i < result->probable_count; i++) {
        CHECK(result->probabilities[i] <= before + 1e-12);
        before = result->probabilities[i];
        total += result->probabilities[i];
    }
    CHECK_NEAR(total, 1, 10 * tolerance);
}

/* Counts against the exact distribution: nothing impossible, and a chi-squared within five
 * standard deviations. */
static void check_counts(const ek_shots_result *result, int bits, const double *exact,
                         size_t shots)
{
    double statistic = 0, rest = 0, rest_expected = 0, total = 0;
    int cells = 0;
    for (uint64_t o = 0; o >> bits == 0; o++) {
        double count = 0;
        for (size_t i = 0; i < result->outcome_count; i++)
            if (result->outcomes[i] == o) count += (double)result->counts[i];
        const double expected = (double)shots * exact[o];
        total += count;
        if (exact[o] < 1e-13) CHECK(count == 0);
        if (expected < 8) {
            rest += count, rest_expected += expected;
            continue;
        }
        statistic += (count - expected) * (count - expected) / expected;
        cells++;
    }
    CHECK(total == (double)shots);
    CHECK(fabs(rest - rest_expected) <= 6 * sqrt(rest_expected + 1));
    CHECK(statistic < cells + 6 * sqrt(2.0 * cells));
}

static void check_program(const struct program *p, const ek_shots_options *options)
{
    double exact[1 << STEP_BITS_MAX];
    ek_dynamic *program = NULL;
    ek_shots_result result = {0};
    step_program_distribution(p->qubits, p->count, p->steps, exact);
    CHECK_OK(step_program_build(p->qubits, p->bits, p->count, p->steps, &program));
    if (CHECK_OK(ek_dynamic_run(session, program, options, &result))) {
        check_probabilities(&result, p->bits, exact,
                            options->precision == EK_SINGLE ? 1e-5 : 1e-12);
        check_counts(&result, p->bits, exact, options->shots);
        CHECK(p->leaves == 0 || result.leaves == p->leaves);
        if (p->leaves && result.leaves != p->leaves)
            fprintf(stderr, "%s: %zu leaves\n", p->name, result.leaves);
        CHECK(!result.over_qubits && result.words == 1 && result.clbits == p->bits);
    }
    ek_shots_result_clear(&result);
    ek_dynamic_destroy(&program);
}

static void test_programs(void)
{
    for (int i = 0; i < PROGRAMS; i++)
        for (int precision = EK_DOUBLE; precision <= EK_SINGLE; precision++) {
            const ek_shots_options options = {.shots = 4000, .seed = (uint64_t)i,
                                              .probabilities = 256,
                                              .precision = (ek_precision)precision};
            check_program(&programs[i], &options);
        }
}

/* ---- random programs ----------------------------------------------------------------------- */

static struct step random_gate(uint64_t *source, int qubits)
{
    static const ek_gate gates[] = {EK_GATE_H, EK_GATE_X, EK_GATE_T, EK_GATE_RX, EK_GATE_RY,
                                    EK_GATE_U, EK_GATE_CX, EK_GATE_SWAP, EK_GATE_CP, EK_GATE_RZZ,
                                    EK_GATE_RXX, EK_GATE_ISWAP, EK_GATE_CCX};
    struct step step = {.kind = STEP_GATE};
    step.gate = gates[random_below(source, sizeof gates / sizeof *gates)];
    step.angle = random_real(source, -3, 3);
    random_qubits(source, qubits, 3, step.qubit);
    return step;
}

static struct program random_program(uint64_t seed)
{
    uint64_t source = seed;
    struct program p = {.name = "random", .qubits = 4, .bits = 3, .count = 24};
    for (int i = 0; i < p.count; i++) {
        const int kind = random_below(&source, 10);
        p.steps[i] = random_gate(&source, p.qubits);
        p.steps[i].bit = random_below(&source, p.bits);
        p.steps[i].value = random_below(&source, 2);
        p.steps[i].count = 1;
        if (kind == 0) p.steps[i].kind = STEP_RESET;
        if (kind == 1 || i >= 21) p.steps[i].kind = STEP_MEASURE;
        if (kind == 2 && i < 20 && (i == 0 || p.steps[i - 1].kind != STEP_IF))
            p.steps[i].kind = STEP_IF; /* its body is one step, not another condition */
        if (kind == 3 && i < 20) p.steps[i].kind = STEP_ROTATE;
    }
    return p;
}

static void test_random_programs(void)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        const struct program p = random_program(seed);
        /* Every third run has no room for a copy of the state and goes the way again. */
        const ek_shots_options options = {.shots = 2000, .seed = seed, .probabilities = 8,
                                          .memory_bytes = seed % 3 ? 0 : 1};
        check_program(&p, &options);
    }
}

/* ---- the same everywhere ------------------------------------------------------------------- */

static int same_counts(const ek_shots_result *a, const ek_shots_result *b)
{
    return a->outcome_count == b->outcome_count &&
           memcmp(a->outcomes, b->outcomes, a->outcome_count * sizeof *a->outcomes) == 0 &&
           memcmp(a->counts, b->counts, a->outcome_count * sizeof *a->counts) == 0;
}

/* A run on all ranks, on one rank alone, without copies of the state, and without probabilities
 * (another tree of branches) all give the same counts. */
static void check_same(const struct program *p, uint64_t seed)
{
    const ek_shots_options options[] = {
        {.shots = 3000, .seed = seed, .probabilities = 8},
        {.shots = 3000, .seed = seed, .probabilities = 8, .memory_bytes = 1}, /* one group */
        {.shots = 3000, .seed = seed, .probabilities = 8,
         .memory_bytes = (size_t)16 << p->qubits}, /* of two ranks */
        {.shots = 3000, .seed = seed},
        {.shots = 3000, .seed = seed, .precision = EK_SINGLE}};
    enum { RUNS = sizeof options / sizeof *options };
    ek_dynamic *program = NULL;
    ek_session *alone = NULL;
    ek_shots_result results[RUNS + 1] = {{0}};
    CHECK_OK(step_program_build(p->qubits, p->bits, p->count, p->steps, &program));
    CHECK_OK(ek_session_split(session, test_rank(), &alone));
    for (int i = 0; i < RUNS; i++)
        CHECK_OK(ek_dynamic_run(session, program, &options[i], &results[i]));
    CHECK_OK(ek_dynamic_run(alone, program, &options[0], &results[RUNS]));
    for (int i = 1; i <= RUNS; i++) CHECK(same_counts(&results[0], &results[i]));
    CHECK(results[1].leaves == results[0].leaves && results[2].leaves == results[0].leaves);
    CHECK(results[RUNS].leaves == results[0].leaves && results[RUNS].groups == 1);
    CHECK(results[1].groups == 1);
    CHECK(results[0].groups == test_ranks() || results[0].leaves == 1);
    CHECK(!results[3].has_probabilities);
    for (int i = 0; i <= RUNS; i++) ek_shots_result_clear(&results[i]);
    ek_session_destroy(&alone);
    ek_dynamic_destroy(&program);
}

static void test_same_everywhere(void)
{
    for (int i = 0; i < PROGRAMS; i++) check_same(&programs[i], 5);
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const struct program p = random_program(seed);
        check_same(&p, seed);
    }
}

/* ---- the rest of the result ---------------------------------------------------------------- */

static void test_no_measurement(void)
{
    const struct step steps[] = {GA(RY, 3, 1.0), G2(CX, 3, 1)};
    const ek_shots_options options = {.shots = 1000, .probabilities = 1, .keep_state = 1};
    const uint64_t indices[] = {0, 10, 1};
    const double s = sin(0.5), c = cos(0.5);
    ek_complex amplitudes[3];
    ek_dynamic *program = NULL;
    ek_shots_result result = {0};
    char text[6];
    uint64_t top[3];
    size_t count = 3;
    const ek_pauli_term sum[] = {{0, 9, 2}, {10, 0, 1}, {1, 0, 5}, {0, 0, 0.25}};
    double value = 0;
    CHECK_OK(step_program_build(5, 2, 2, steps, &program));
    CHECK_OK(ek_dynamic_run(session, program, &options, &result));
    CHECK(result.over_qubits && result.qubits == 5 && result.leaves == 1);
    CHECK(result.outcome_count == 2 && result.outcomes[0] == 0 && result.outcomes[1] == 10);
    CHECK(result.probable_count == 1 && result.probable[0] == 0);
    CHECK_NEAR(result.probabilities[0], c * c, 1e-13);
    CHECK_NEAR(result.norm, 1, 1e-13);
    CHECK(ek_outcome_bytes(program, 1) == sizeof text);
    ek_outcome_text(program, 1, &result.outcomes[1], text);
    CHECK(strcmp(text, "01010") == 0);
    CHECK_OK(ek_shots_amplitudes(&result, 3, indices, amplitudes));
    CHECK_NEAR(amplitudes[0].re, c, 1e-13);
    CHECK_NEAR(amplitudes[1].re, s, 1e-13);
    CHECK(amplitudes[2].re == 0);
    CHECK_OK(ek_shots_top(&result, &count, top));
    CHECK(count == 2 && top[0] == 0 && top[1] == 10);
    CHECK_OK(ek_shots_expect_pauli(&result, 4, sum, &value));
    CHECK_NEAR(value, 2 * cos(1.0) + sin(1.0) + 0.25, 1e-13);
    ek_shots_result_clear(&result);
    ek_dynamic_destroy(&program);
}

/* Qubits that no gate touches cost nothing, up to what the ranks need. */
static void test_unused_qubits(void)
{
    const struct step steps[] = {G1(H, 40), G2(CX, 40, 7), MEASURE(7, 0), MEASURE(30, 1)};
    const ek_shots_options options = {.shots = 100, .probabilities = 9};
    ek_dynamic *program = NULL;
    ek_shots_result result = {0};
    CHECK_OK(step_program_build(60, 2, 4, steps, &program));
    CHECK_OK(ek_dynamic_run(session, program, &options, &result));
    CHECK(result.state_bytes_per_rank <= 64 && result.probable_count == 2);
    CHECK_NEAR(probability_of(&result, 1), 0.5, 1e-13);
    ek_shots_result_clear(&result);
    ek_dynamic_destroy(&program);
}

/* A rotation and an entangling gate on each of six qubits, of which the first `measured` are
 * measured into bits `apart` apart; its result, of 20,000 shots of one seed. */
static ek_shots_result six_qubits(int measured, int apart)
{
    const ek_shots_options options = {.shots = 20000, .seed = 5};
    struct step steps[24];
    ek_dynamic *program = NULL;
    ek_shots_result result = {0};
    int count = 0;
    for (int q = 0; q < 6; q++)
        steps[count++] = (struct step)GA(RY, q, 0.5 + 0.3 * q);
    for (int q = 0; q < 6; q++)
        steps[count++] = (struct step)G2(CX, q, (q + 1) % 6);
    for (int q = 0; q < measured; q++)
        steps[count++] = (struct step)MEASURE(q, q * apart);
    CHECK_OK(step_program_build(6, 5 * apart + 1, count, steps, &program));
    CHECK_OK(ek_dynamic_run(session, program, &options, &result));
    ek_dynamic_destroy(&program);
    return result;
}

/* Adds a result's counts by the values of those bits of the six that are in the mask. */
static void add_counts(const ek_shots_result *result, int apart, uint64_t mask,
                       uint64_t sums[64])
{
    for (size_t i = 0; i < result->outcome_count; i++) {
        const uint64_t *outcome = result->outcomes + i * result->words;
        uint64_t value = 0;
        for (int q = 0; q < 6; q++)
            value |= (outcome[q * apart / 64] >> q * apart % 64 & 1) << q;
        sums[value & mask] += result->counts[i];
    }
}

/* What is measured, and into which bits, changes no draw: neither outcomes of many words, nor
 * those that unmeasured qubits tell apart. */
static void test_kinds_of_outcomes(void)
{
    for (int measured = 1; measured <= 6; measured++)
        for (int apart = 1; apart <= 27; apart += 13) {
            const uint64_t mask = (UINT64_C(1) << measured) - 1;
            ek_shots_result all = six_qubits(6, 1), some = six_qubits(measured, apart);
            uint64_t expected[64] = {0}, found[64] = {0};
            add_counts(&all, 1, mask, expected);
            add_counts(&some, apart, mask, found);
            CHECK(some.words == (size_t)(5 * apart) / 64 + 1);
            CHECK(some.outcome_count == (size_t)1 << measured);
            CHECK(memcmp(found, expected, sizeof found) == 0);
            ek_shots_result_clear(&all);
            ek_shots_result_clear(&some);
        }
}

static void test_outcome_text(void)
{
    ek_dynamic *program = NULL;
    char text[70];
    uint64_t outcome[2] = {UINT64_C(0x8000000000000006), 1};
    CHECK_OK(ek_dynamic_create(&program));
    CHECK_OK(ek_dynamic_add_register(program, EK_REGISTER_QUBITS, "q", 2));
    CHECK_OK(ek_dynamic_add_register(program, EK_REGISTER_BITS, "a", 2));
    CHECK_OK(ek_dynamic_add_register(program, EK_REGISTER_BITS, "b", 60));
    CHECK_OK(ek_dynamic_add_register(program, EK_REGISTER_BITS, "c", 4));
    CHECK(ek_outcome_bytes(program, 0) == 69);
    ek_outcome_text(program, 0, outcome, text);
    CHECK(strncmp(text, "0110 000", 8) == 0 && strlen(text) == 68);
    CHECK(strcmp(text + 65, " 10") == 0 && text[64] == '1');
    ek_dynamic_destroy(&program);
}

/* Pairs of ranks, and all ranks as one group, begin with the same. */
static void check_initial_groups(const ek_dynamic *program, const ek_state *initial,
                                 const ek_shots_result *expected)
{
    const size_t memory[] = {3 * 8 * 16, 1};
    for (int i = 0; i < 2; i++) {
        const ek_shots_options options = {.shots = 10, .probabilities = 4, .initial = initial,
                                          .memory_bytes = memory[i]};
        ek_shots_result result = {0};
        CHECK_OK(ek_dynamic_run(session, program, &options, &result));
        CHECK(result.groups == (i == 0 && test_ranks() > 1 ? test_ranks() / 2 : 1));
        CHECK(same_counts(expected, &result));
        for (uint64_t o = 0; o < 4; o++)
            CHECK_NEAR(probability_of(&result, o), probability_of(expected, o), 1e-13);
        ek_shots_result_clear(&result);
    }
}

static void test_initial_state(void)
{
    const struct step steps[] = {MEASURE(0, 0), IF(0, 1, 1), G1(X, 3), MEASURE(3, 1)};
    const double theta[4] = {1.0, 0, 0, 0.5};
    const ek_initial product = {.kind = EK_INITIAL_PRODUCT, .theta = theta};
    ek_state *initial = NULL;
    ek_dynamic *program = NULL;
    ek_shots_result result = {0};
    CHECK_OK(ek_state_create(session, 4, EK_DOUBLE, &initial));
    CHECK_OK(ek_state_prepare(initial, &product));
    CHECK_OK(step_program_build(4, 2, 4, steps, &program));
    ek_shots_options options = {.shots = 10, .probabilities = 4, .initial = initial};
    CHECK_OK(ek_dynamic_run(session, program, &options, &result));
    CHECK(result.groups == test_ranks());
    const double one = pow(sin(0.5), 2), three = pow(sin(0.25), 2);
    CHECK_NEAR(probability_of(&result, 0), (1 - one) * (1 - three), 1e-13);
    CHECK_NEAR(probability_of(&result, 3), one * (1 - three), 1e-13);
    check_initial_groups(program, initial, &result);
    ek_shots_result_clear(&result);
    ek_dynamic_destroy(&program);
    CHECK_OK(step_program_build(5, 2, 4, steps, &program));
    CHECK_STATUS(ek_dynamic_run(session, program, &options, &result), EK_ERROR_ARGUMENT);
    ek_dynamic_destroy(&program);
    ek_state_destroy(&initial);
}

/* Ranks that ask for different things are told so, all of them, before anything runs. */
static void test_ranks_that_differ(void)
{
    const int mine = test_rank() == test_ranks() - 1;
    const struct step steps[] = {G1(H, 0), MEASURE(mine, 0), G1(H, 0), MEASURE(0, 1)};
    const struct step same[] = {G1(H, 0), MEASURE(0, 0), G1(H, 0), MEASURE(0, 1)};
    const ek_shots_options plain = {.shots = 10};
    const ek_shots_options other[] = {{.shots = 10 + (size_t)mine},
                                      {.shots = 10, .seed = (uint64_t)mine},
                                      {.shots = 10, .keep_state = mine},
                                      {.shots = 10, .qft = mine ? EK_QFT_GATES : EK_QFT_AUTO}};
    ek_dynamic *program = NULL;
    ek_shots_result result = {0};
    if (test_ranks() == 1) return;
    CHECK_OK(step_program_build(4, 2, 4, steps, &program));
    CHECK_STATUS(ek_dynamic_run(session, program, &plain, &result), EK_ERROR_MISMATCH);
    ek_dynamic_destroy(&program);
    CHECK_OK(step_program_build(4, 2, 4, same, &program));
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        CHECK_STATUS(ek_dynamic_run(session, program, &other[i], &result), EK_ERROR_MISMATCH);
    CHECK_OK(ek_dynamic_run(session, program, &plain, &result));
    ek_shots_result_clear(&result);
    ek_dynamic_destroy(&program);
}

static void test_refusals(void)
{
    const struct step endless[] = {WHILE(0, 0, 1), G1(X, 0), MEASURE(0, 1)};
    const struct step random[] = {G1(H, 0), MEASURE(0, 0), G1(H, 0), MEASURE(0, 1)};
    const ek_shots_options options = {.shots = 10, .keep_state = 1};
    const ek_shots_options needed = {.shots = 10, .keep_state = 1, .needs_state = 1};
    const ek_shots_options many = {.shots = (size_t)1 << 40};
    const uint64_t index = 0;
    ek_complex amplitude;
    ek_dynamic *program = NULL;
    ek_shots_result result = {0};
    CHECK_OK(step_program_build(4, 2, 3, endless, &program));
    CHECK_STATUS(ek_dynamic_run(session, program, &options, &result), EK_ERROR_NUMERIC);
    CHECK(strstr(ek_last_message(), "steps.qasm:") != NULL);
    ek_dynamic_destroy(&program);
    CHECK_OK(step_program_build(4, 2, 4, random, &program));
    CHECK_OK(ek_dynamic_run(session, program, &options, &result));
    CHECK(result.leaves == 2 && !result.state);
    CHECK_STATUS(ek_shots_amplitudes(&result, 1, &index, &amplitude), EK_ERROR_ARGUMENT);
    ek_shots_result_clear(&result);
    CHECK_STATUS(ek_dynamic_run(session, program, &many, &result), EK_ERROR_ARGUMENT);
    CHECK(strstr(ek_last_message(), "1099511627776 shots: give fewer") != NULL);
    CHECK_STATUS(ek_dynamic_run(session, program, &needed, &result), EK_ERROR_ARGUMENT);
    CHECK(strstr(ek_last_message(), "steps.qasm:") != NULL && result.counts == NULL);
    ek_dynamic_destroy(&program);
}

/* A run whose state is needed is refused exactly where it would branch. */
static void test_needed_state(void)
{
    int refused = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const struct program p = random_program(seed);
        ek_shots_options options = {.seed = seed, .probabilities = 8, .keep_state = 1};
        ek_dynamic *program = NULL;
        ek_shots_result result = {0}, needed = {0};
        CHECK_OK(step_program_build(p.qubits, p.bits, p.count, p.steps, &program));
        CHECK_OK(ek_dynamic_run(session, program, &options, &result));
        options.needs_state = 1;
        options.probabilities = 0;
        const ek_status status = ek_dynamic_run(session, program, &options, &needed);
        CHECK(status == (result.leaves == 1 ? EK_OK : EK_ERROR_ARGUMENT));
        CHECK(status != EK_OK || needed.state);
        refused += status != EK_OK;
        ek_shots_result_clear(&result);
        ek_shots_result_clear(&needed);
        ek_dynamic_destroy(&program);
    }
    CHECK(refused > 5 && refused < 20);
}

/* Branches that are foreseen: no memory holds these states. What is certain in the middle is no
 * reason to refuse. */
static void test_foreseen_branches(void)
{
    enum { QUBITS = 48 };
    const ek_shots_options options = {.shots = 10, .keep_state = 1, .needs_state = 1};
    for (int certain = 0; certain < 2; certain++) {
        struct step steps[4 * QUBITS];
        ek_dynamic *program = NULL;
        ek_shots_result result = {0};
        int count = 0;
        steps[count++] = (struct step)GA(RX, 0, 0.3);
        for (int q = 1; q < QUBITS; q++) steps[count++] = (struct step)G2(CX, q - 1, q);
        for (int q = QUBITS; certain && --q > 0;)
            steps[count++] = (struct step)G2(CX, q - 1, q);
        if (certain) steps[count++] = (struct step)GA(RX, 0, -0.3);
        steps[count++] = (struct step)MEASURE(certain ? 0 : QUBITS - 1, 0);
        steps[count++] = (struct step)G1(H, 0);
        for (int q = 1; q < QUBITS; q++) steps[count++] = (struct step)G2(CX, q - 1, q);
        steps[count++] = (struct step)MEASURE(QUBITS - 1, 1);
        CHECK_OK(step_program_build(QUBITS, 2, count, steps, &program));
        CHECK_STATUS(ek_dynamic_run(session, program, &options, &result),
                     certain ? EK_ERROR_MEMORY : EK_ERROR_ARGUMENT);
        ek_dynamic_destroy(&program);
    }
}

/* Every allocation fails once, on one rank. A copy of the state that cannot be had is no failure:
 * the way is run again. */
static void check_faults(const ek_state *initial, int keep_state, int least)
{
    const struct program *p = &programs[0];
    const ek_shots_options options = {.shots = 50, .probabilities = 8,
                                      .initial = initial, .keep_state = keep_state};
    ek_dynamic *program = NULL;
    int failures = 0, good = 0;
    CHECK_OK(step_program_build(p->qubits, p->bits, p->count, p->steps, &program));
    for (long nth = 1; nth < 2000 && good < 5; nth++) {
        ek_shots_result result = {0};
        if (test_rank() == test_ranks() - 1) ek_fault_set(EK_FAULT_ALLOCATE, nth);
        const ek_status status = ek_dynamic_run(session, program, &options, &result);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        CHECK(status == EK_OK || status == EK_ERROR_MEMORY);
        good = status == EK_OK ? good + 1 : 0;
        failures += status != EK_OK;
        CHECK(status == EK_OK || result.counts == NULL);
        ek_shots_result_clear(&result);
    }
    CHECK(good == 5 && failures > least);
    ek_dynamic_destroy(&program);
}

/* Of all ranks together, as where a state is given; and of groups, where the last one has less
 * to do. */
static void test_faults(void)
{
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    ek_state *initial = NULL;
    if (test_ranks() < 8) {
        CHECK_OK(ek_state_create(session, programs[0].qubits, EK_DOUBLE, &initial));
        CHECK_OK(ek_state_prepare(initial, &zero));
        check_faults(initial, 0, 50);
        ek_state_destroy(&initial);
    }
    check_faults(NULL, 1, 30);
}

/* Rounding is forgiven, more than that is not; the scale is the norm at first. */
static void test_norm_of_the_end(void)
{
    const ek_shots_result near = {.norm = 1 + 5e-10}, off = {.norm = 1 - 1e-8};
    const ek_shots_result twice = {.norm = 2 * (1 + 5e-10)}, lost = {.norm = NAN};
    const ek_shots_result none = {.norm = -1}; /* no state of the end */
    CHECK_OK(ek_shots_check_norm(&near, EK_DOUBLE, 1));
    CHECK_OK(ek_shots_check_norm(&none, EK_DOUBLE, 1));
    CHECK_STATUS(ek_shots_check_norm(&off, EK_DOUBLE, 1), EK_ERROR_NUMERIC);
    CHECK_OK(ek_shots_check_norm(&off, EK_SINGLE, 1));
    CHECK_OK(ek_shots_check_norm(&twice, EK_DOUBLE, 2));
    CHECK_STATUS(ek_shots_check_norm(&twice, EK_SINGLE, 1), EK_ERROR_NUMERIC);
    CHECK_STATUS(ek_shots_check_norm(&lost, EK_SINGLE, 1), EK_ERROR_NUMERIC);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"session", test_begin},
        {"programs", test_programs},
        {"random programs", test_random_programs},
        {"the same counts everywhere", test_same_everywhere},
        {"a program that does not measure", test_no_measurement},
        {"unused qubits cost nothing", test_unused_qubits},
        {"kinds of outcomes", test_kinds_of_outcomes},
        {"outcomes as text", test_outcome_text},
        {"an initial state", test_initial_state},
        {"ranks that differ", test_ranks_that_differ},
        {"refusals", test_refusals},
        {"a state that is needed", test_needed_state},
        {"foreseen branches", test_foreseen_branches},
        {"injected faults", test_faults},
        {"the norm of the end", test_norm_of_the_end},
        {"end", test_end},
    };
    return test_main(argc, argv, "observe: dynamic programs", cases, sizeof cases / sizeof *cases);
}
