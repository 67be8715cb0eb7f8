#include "base/base.h"
#include "state/state.h"
#include "support/compare.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <exaket/observe.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ek_session *session;

static void test_begin(void) { session = test_session(2, 128); }
static void test_end(void) { ek_session_destroy(&session); }

/* A state that a random circuit left, in whatever layout it ended. */
static ek_state *mixed_state(int qubits, ek_precision precision, uint64_t seed)
{
    const struct random_options options = {.qubits = qubits, .count = 30, .widest = 2};
    const double parameters[3] = {0.2, 0.7, -1.1};
    struct random_circuit *circuit = random_circuit_make(seed, &options);
    ek_circuit *built = NULL;
    ek_state *state = NULL;
    CHECK_OK(random_circuit_build(circuit, &built));
    CHECK_OK(ek_state_create(session, qubits, precision, &state));
    CHECK_OK(ek_circuit_run(built, parameters, state));
    ek_circuit_destroy(&built);
    random_circuit_destroy(&circuit);
    return state;
}

/* cumulative[i]: probability of the basis states up to i; exact to the last bits. */
static double *cumulative_distribution(const ek_state *state)
{
    const size_t count = (size_t)1 << ek_state_qubits(state);
    ek_complex *amplitudes = test_amplitudes(state);
    double *cumulative = calloc(count, sizeof *cumulative);
    long double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (long double)amplitudes[i].re * amplitudes[i].re +
               (long double)amplitudes[i].im * amplitudes[i].im;
        cumulative[i] = (double)sum;
    }
    free(amplitudes);
    return cumulative;
}

/* Shot number i is the first basis state whose cumulative probability exceeds the i-th uniform
 * draw. Where a draw lies on an edge, to rounding, the neighbour will do. */
static void check_by_definition(const ek_state *state, size_t shots, uint64_t seed)
{
    const size_t count = (size_t)1 << ek_state_qubits(state);
    uint64_t *outcomes = calloc(shots, sizeof *outcomes);
    double *cumulative = cumulative_distribution(state);
    size_t wrong = 0;
    CHECK_OK(ek_sample(state, shots, seed, outcomes));
    for (size_t s = 0; s < shots; s++) {
        const double at =
            cumulative[count - 1] * ek_random_uniform(seed, EK_STREAM_SHOTS, s);
        const uint64_t o = outcomes[s];
        if (o >= count || at > cumulative[o] + 1e-13 ||
            at < (o > 0 ? cumulative[o - 1] : 0) - 1e-13)
            wrong++;
        else if (cumulative[o] <= (o > 0 ? cumulative[o - 1] : 0)) wrong++; /* impossible */
    }
    CHECK(wrong == 0);
    if (wrong > 0) fprintf(stderr, "\n%zu of %zu shots are wrong\n", wrong, shots);
    free(cumulative);
    free(outcomes);
}

static void test_by_definition(void)
{
    for (int qubits = 5; qubits <= 14; qubits += 3) /* from 13 on, bins have several members */
        for (int precision = EK_DOUBLE; precision <= EK_SINGLE; precision++) {
            ek_state *state = mixed_state(qubits, (ek_precision)precision, (uint64_t)qubits);
            check_by_definition(state, 2000, 17);
            check_by_definition(state, 1, 18);
            ek_state_destroy(&state);
        }
}

/* Bins of so many members that the walk through one takes several steps. */
static void test_long_bins(void)
{
    if (ek_session_size(session) > 2) return;
    ek_state *state = mixed_state(23, EK_DOUBLE, 4);
    check_by_definition(state, 20000, 19);
    ek_state_destroy(&state);
}

/* States of few outcomes: everything else must never be drawn. */
static void test_sparse_states(void)
{
    const double theta[14] = {0, 3.14159265358979323846, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0};
    const ek_initial sparse[] = {{.kind = EK_INITIAL_BASIS, .index = 0},
                                 {.kind = EK_INITIAL_BASIS, .index = 9999},
                                 {.kind = EK_INITIAL_BASIS, .index = (1 << 14) - 1},
                                 {.kind = EK_INITIAL_DICKE, .weight = 1},
                                 {.kind = EK_INITIAL_DICKE, .weight = 14},
                                 {.kind = EK_INITIAL_PRODUCT, .theta = theta}};
    ek_state *state = NULL;
    CHECK_OK(ek_state_create(session, 14, EK_DOUBLE, &state));
    for (size_t i = 0; i < sizeof sparse / sizeof *sparse; i++) {
        CHECK_OK(ek_state_prepare(state, &sparse[i]));
        check_by_definition(state, 500, i);
    }
    ek_state_destroy(&state);
}

static uint64_t checksum(const uint64_t *outcomes, size_t count)
{
    uint64_t hash = UINT64_C(1469598103934665603);
    for (size_t i = 0; i < count; i++) hash = (hash ^ outcomes[i]) * UINT64_C(1099511628211);
    return hash;
}

/* From an independent program: Philox, Gaussian amplitudes, one cumulative sum. Every number of
 * ranks must meet them. */
static void test_pinned_shots(void)
{
    static const uint64_t first[10] = {17, 27, 3, 19, 27, 19, 7, 4, 2, 15};
    const ek_initial uniform = {.kind = EK_INITIAL_UNIFORM};
    const ek_initial random = {.kind = EK_INITIAL_RANDOM, .seed = 12};
    uint64_t outcomes[1000];
    ek_state *state = NULL;
    CHECK_OK(ek_state_create(session, 5, EK_DOUBLE, &state));
    CHECK_OK(ek_state_prepare(state, &uniform));
    CHECK_OK(ek_sample(state, 1000, 77, outcomes));
    CHECK(memcmp(outcomes, first, sizeof first) == 0);
    CHECK(checksum(outcomes, 1000) == UINT64_C(0x4bd7bbfec4c14f30));
    ek_state_destroy(&state);
    CHECK_OK(ek_state_create(session, 15, EK_DOUBLE, &state));
    CHECK_OK(ek_state_prepare(state, &random));
    CHECK_OK(ek_sample(state, 1000, 78, outcomes));
    CHECK(checksum(outcomes, 1000) == UINT64_C(0x5bf2fe1e4cdd87f9));
    ek_state_destroy(&state);
}

/* The same random state, its qubits on slots as a permutation by powers says, some inverted. */
static ek_state *laid_out_state(int qubits, int factor, uint64_t inverted)
{
    const ek_initial random = {.kind = EK_INITIAL_RANDOM, .seed = 12};
    struct ek_layout layout = {.qubits = qubits, .inverted = inverted & ek_low_bits(qubits)};
    ek_state *state = NULL;
    double *partial;
    for (int q = 0; q < qubits; q++)
        layout.slot[q].at = (uint8_t)((factor * (q + 1)) % (qubits + 1) - 1);
    CHECK_OK(ek_state_create(session, qubits, EK_DOUBLE, &state));
    partial = calloc(ek_partials(state->local_slots), sizeof *partial);
    ek_state_fill(state, &random, &layout, partial);
    free(partial);
    return state;
}

/* Qubits of any significance on any slots: within rows, ranks, and neither. */
static void test_any_layout(void)
{
    static uint64_t expected[3000], outcomes[3000];
    const int factors[] = {-1, 2, 5, 11, 13}; /* primes to 19 and 17; -1 reverses */
    for (int qubits = 16; qubits <= 18; qubits += 2) {
        ek_state *state = laid_out_state(qubits, 1, 0);
        CHECK_OK(ek_sample(state, 3000, 5, expected));
        ek_state_destroy(&state);
        for (size_t f = 0; f < sizeof factors / sizeof *factors; f++) {
            const int factor = (factors[f] + qubits + 1) % (qubits + 1);
            state = laid_out_state(qubits, factor, f * UINT64_C(0x35a6c9));
            CHECK_OK(ek_sample(state, 3000, 5, outcomes));
            CHECK(memcmp(outcomes, expected, sizeof expected) == 0);
            ek_state_destroy(&state);
        }
    }
}

static void test_chi_squared(void)
{
    enum { SHOTS = 40000, STATES = 64 };
    static uint64_t outcomes[SHOTS];
    double count[STATES] = {0}, statistic = 0;
    int cells = 0;
    ek_state *state = mixed_state(6, EK_DOUBLE, 21);
    double *cumulative = cumulative_distribution(state);
    CHECK_OK(ek_sample(state, SHOTS, 3, outcomes));
    for (int s = 0; s < SHOTS; s++) count[outcomes[s] % STATES]++;
    for (int i = 0; i < STATES; i++) {
        const double expected = SHOTS * (cumulative[i] - (i > 0 ? cumulative[i - 1] : 0));
        if (expected < 5) continue;
        statistic += (count[i] - expected) * (count[i] - expected) / expected;
        cells++;
    }
    CHECK(cells > 10);
    CHECK(statistic < cells + 5 * sqrt(2.0 * cells)); /* five standard deviations */
    free(cumulative);
    ek_state_destroy(&state);
}

static void test_shots_of_a_prefix(void)
{
    uint64_t few[50], many[400];
    ek_state *state = mixed_state(8, EK_DOUBLE, 5);
    CHECK_OK(ek_sample(state, 400, 6, many));
    CHECK_OK(ek_sample(state, 50, 6, few));
    CHECK(memcmp(few, many, sizeof few) == 0);
    CHECK_OK(ek_sample(state, 50, 7, few));
    CHECK(memcmp(few, many, sizeof few) != 0);
    CHECK_OK(ek_sample(state, 0, 6, NULL));
    ek_state_destroy(&state);
}

static void test_state_stays(void)
{
    uint64_t outcomes[30];
    ek_state *state = mixed_state(7, EK_DOUBLE, 8);
    ek_complex *before = test_amplitudes(state);
    CHECK_OK(ek_sample(state, 30, 1, outcomes));
    ek_complex *after = test_amplitudes(state);
    CHECK(memcmp(before, after, sizeof *before << 7) == 0);
    free(before);
    free(after);
    ek_state_destroy(&state);
}

static void test_refusals(void)
{
    uint64_t outcomes[3];
    void *amplitudes = NULL;
    ek_state *state = mixed_state(5, EK_DOUBLE, 8);
    if (test_rank() == 0) CHECK_OK(ek_state_borrow(state, &amplitudes));
    CHECK_STATUS(ek_sample(state, 3, 1, outcomes), EK_ERROR_BUSY);
    if (test_rank() == 0) ek_state_restore(state, &amplitudes);
    CHECK_OK(ek_state_borrow(state, &amplitudes));
    memset(amplitudes, 0, ek_state_bytes_per_rank(state)); /* a state that is no state any more */
    ek_state_restore(state, &amplitudes);
    CHECK_STATUS(ek_sample(state, 3, 1, outcomes), EK_ERROR_NUMERIC);
    if (test_rank() == 0) ek_state_put(state, 0, (ek_complex){NAN, 0});
    CHECK_STATUS(ek_sample(state, 3, 1, outcomes), EK_ERROR_NUMERIC);
    ek_state_destroy(&state);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"session", test_begin},
        {"shots by their definition", test_by_definition},
        {"bins of many members", test_long_bins},
        {"states of few outcomes", test_sparse_states},
        {"pinned shots", test_pinned_shots},
        {"any layout", test_any_layout},
        {"chi-squared", test_chi_squared},
        {"more shots begin with the same", test_shots_of_a_prefix},
        {"the state stays", test_state_stays},
        {"refusals", test_refusals},
        {"end", test_end},
    };
    return test_main(argc, argv, "observe: shots", cases, sizeof cases / sizeof *cases);
}
