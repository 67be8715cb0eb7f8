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

static int log2_ranks(void)
{
    int log = 0;
    while (1 << log < test_ranks()) log++;
    return log;
}

/* ---- creation ---------------------------------------------------------------------------- */

static void test_creation(void)
{
    for (int precision = EK_DOUBLE; precision <= EK_SINGLE; precision++) {
        const int qubits = log2_ranks() + 1; /* the fewest: two amplitudes per rank */
        ek_state *state = NULL;
        struct reference expected;
        reference_create(&expected, qubits);
        CHECK_OK(ek_state_create(session, qubits, (ek_precision)precision, &state));
        CHECK(ek_state_qubits(state) == qubits && ek_state_session(state) == session);
        CHECK(ek_state_precision(state) == (ek_precision)precision);
        CHECK(ek_state_bytes_per_rank(state) == (precision == EK_DOUBLE ? 32 : 16));
        CHECK(ek_state_bytes_sent(state) == 0);
        CHECK_STATE(state, &expected, "a new state");
        ek_state_destroy(&state);
        CHECK(state == NULL);
        ek_state_destroy(&state);
        ek_state_destroy(NULL);
        reference_destroy(&expected);
    }
}

static void check_refused(int qubits, ek_precision precision, ek_status expected)
{
    ek_state *state = NULL;
    CHECK_STATUS(ek_state_create(session, qubits, precision, &state), expected);
    CHECK(state == NULL && strlen(ek_last_message()) > 0);
}

static void test_refusals(void)
{
    const int last = test_rank() == test_ranks() - 1;
    check_refused(0, EK_DOUBLE, EK_ERROR_ARGUMENT);
    check_refused(-1, EK_DOUBLE, EK_ERROR_ARGUMENT);
    check_refused(EK_QUBITS_MAX + 1, EK_DOUBLE, EK_ERROR_ARGUMENT);
    check_refused(6, (ek_precision)2, EK_ERROR_ARGUMENT);
    check_refused(6, (ek_precision)-1, EK_ERROR_ARGUMENT);
    check_refused(last ? 0 : 6, EK_DOUBLE, EK_ERROR_ARGUMENT);
    check_refused(50, EK_DOUBLE, EK_ERROR_MEMORY);
    CHECK(strstr(ek_last_message(), "50 qubits") && strstr(ek_last_message(), "PiB"));
    check_refused(EK_QUBITS_MAX, EK_SINGLE, EK_ERROR_MEMORY);
    if (test_ranks() == 1) return;
    check_refused(log2_ranks(), EK_DOUBLE, EK_ERROR_RANKS);
    check_refused(last ? 7 : 6, EK_DOUBLE, EK_ERROR_MISMATCH);
    check_refused(6, last ? EK_SINGLE : EK_DOUBLE, EK_ERROR_MISMATCH);
}

/* Three of four ranks, or six of eight, cannot share one state. */
static void test_ranks_that_are_no_power_of_two(void)
{
    const int most = test_ranks() * 3 / 4;
    ek_session *part = NULL;
    ek_state *state = NULL;
    if (test_ranks() < 4) return;
    CHECK_OK(ek_session_split(session, test_rank() >= most, &part));
    const ek_status expected = test_rank() < most ? EK_ERROR_RANKS : EK_OK;
    CHECK_STATUS(ek_state_create(part, 8, EK_DOUBLE, &state), expected);
    if (expected != EK_OK) {
        char number[32];
        snprintf(number, sizeof number, "%d ranks", most);
        CHECK(strstr(ek_last_message(), number) != NULL);
    }
    ek_state_destroy(&state);
    ek_session_destroy(&part);
}

/* ---- initial states ---------------------------------------------------------------------- */

static void check_initials(int qubits, ek_precision precision)
{
    ek_state *state = NULL;
    struct reference expected;
    double theta[16], norm = 0;
    reference_create(&expected, qubits);
    CHECK_OK(ek_state_create(session, qubits, precision, &state));
    for (int kind = EK_INITIAL_ZERO; kind <= EK_INITIAL_PRODUCT; kind++)
        for (uint64_t seed = 1; seed < 5; seed++) {
            const ek_initial initial = test_initial((ek_initial_kind)kind, qubits, seed, theta);
            test_reference_prepare(&initial, session, precision, &expected);
            CHECK_OK(ek_state_prepare(state, &initial));
            CHECK_STATE(state, &expected, "an initial state");
            CHECK_OK(ek_state_norm(state, &norm));
            CHECK_NEAR(norm, 1, test_tolerance(precision));
        }
    CHECK(ek_state_bytes_sent(state) == 0);
    ek_state_destroy(&state);
    reference_destroy(&expected);
}

static void test_initial_states(void)
{
    check_initials(log2_ranks() + 1, EK_DOUBLE);
    check_initials(7, EK_DOUBLE);
    check_initials(7, EK_SINGLE);
    check_initials(12, EK_DOUBLE);
}

static void draw_layout(uint64_t *source, int qubits, struct ek_layout *layout)
{
    int slots[64];
    ek_layout_identity(qubits, layout);
    random_qubits(source, qubits, qubits, slots);
    for (int q = 0; q < qubits; q++) layout->slot[q].at = (uint8_t)slots[q];
    layout->inverted = random_next(source) & ((UINT64_C(1) << qubits) - 1);
}

/* Qubits on any slots, local ones and rank slots, and inverted there. */
static void test_any_layout(void)
{
    const int qubits = 8;
    uint64_t source = 90;
    double theta[16], partial[1]; /* one block of amplitudes per rank */
    ek_state *state = NULL;
    struct reference expected;
    reference_create(&expected, qubits);
    CHECK_OK(ek_state_create(session, qubits, EK_DOUBLE, &state));
    for (int kind = EK_INITIAL_ZERO; kind <= EK_INITIAL_PRODUCT; kind++)
        for (uint64_t seed = 1; seed < 9; seed++) {
            const ek_initial initial = test_initial((ek_initial_kind)kind, qubits, seed, theta);
            struct ek_layout layout;
            draw_layout(&source, qubits, &layout);
            test_reference_prepare(&initial, session, EK_DOUBLE, &expected);
            ek_state_fill(state, &initial, &layout, partial);
            CHECK_STATE(state, &expected, "an initial state in any layout");
        }
    ek_state_destroy(&state);
    reference_destroy(&expected);
}

static void test_wrong_initial_states(void)
{
    const double theta[6] = {0, 1, INFINITY, 0, 0, 0};
    const ek_initial wrong[] = {
        {.kind = EK_INITIAL_BASIS, .index = 64},
        {.kind = EK_INITIAL_BASIS, .index = UINT64_MAX},
        {.kind = EK_INITIAL_DICKE, .weight = 7},
        {.kind = EK_INITIAL_DICKE, .weight = -1},
        {.kind = EK_INITIAL_PRODUCT, .theta = NULL},
        {.kind = EK_INITIAL_PRODUCT, .theta = theta},
        {.kind = (ek_initial_kind)6},
        {.kind = (ek_initial_kind)-1}};
    const ek_initial good = {.kind = EK_INITIAL_UNIFORM};
    const int last = test_rank() == test_ranks() - 1;
    ek_state *state = NULL;
    struct reference expected;
    reference_create(&expected, 6);
    reference_uniform(&expected);
    CHECK_OK(ek_state_create(session, 6, EK_DOUBLE, &state));
    CHECK_OK(ek_state_prepare(state, &good));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_STATUS(ek_state_prepare(state, last ? &wrong[i] : &good), EK_ERROR_ARGUMENT);
    const double angles[6] = {[3] = last};
    const ek_initial seed = {.kind = EK_INITIAL_RANDOM, .seed = (uint64_t)last};
    const ek_initial angle = {.kind = EK_INITIAL_PRODUCT, .theta = angles};
    if (test_ranks() > 1) {
        CHECK_STATUS(ek_state_prepare(state, &seed), EK_ERROR_MISMATCH);
        CHECK_STATUS(ek_state_prepare(state, &angle), EK_ERROR_MISMATCH);
    }
    CHECK_STATE(state, &expected, "after refused preparations");
    ek_state_destroy(&state);
    reference_destroy(&expected);
}

/* ---- random states ----------------------------------------------------------------------- */

/* Numbers from an independent program: normalised Gaussians by Box-Muller from Philox, drawn with
 * the logical index as counter. Every rank count must meet them. */
static void test_random_state_is_pinned(void)
{
    const ek_initial initial = {.kind = EK_INITIAL_RANDOM, .seed = 2024};
    for (int precision = EK_DOUBLE; precision <= EK_SINGLE; precision++) {
        const double tolerance = precision == EK_DOUBLE ? 1e-14 : 1e-6;
        ek_state *state = NULL;
        double checksum = 0;
        CHECK_OK(ek_state_create(session, 6, (ek_precision)precision, &state));
        CHECK_OK(ek_state_prepare(state, &initial));
        ek_complex *a = test_amplitudes(state);
        for (int i = 0; i < 64; i++) checksum += cos(i + 1) * a[i].re + sin(2 * i) * a[i].im;
        CHECK_NEAR(checksum, 0.787176043278812, 10 * tolerance);
        CHECK_NEAR(a[0].re, -0.01470372440672323, tolerance);
        CHECK_NEAR(a[1].im, 0.025127559755864275, tolerance);
        CHECK_NEAR(a[40].im, -0.0656469481944711, tolerance);
        CHECK_NEAR(a[63].re, 0.11515241117027211, tolerance);
        free(a);
        ek_state_destroy(&state);
    }
}

/* For Gaussian amplitudes N |a|^2 is exponential: its second moment is 2. */
static void test_random_state_is_gaussian(void)
{
    const int qubits = 14, size = 1 << qubits;
    double seconds = 0, overlap_re = 0, overlap_im = 0;
    ek_state *state = NULL;
    ek_complex *amplitudes[2];
    CHECK_OK(ek_state_create(session, qubits, EK_DOUBLE, &state));
    for (int s = 0; s < 2; s++) {
        const ek_initial initial = {.kind = EK_INITIAL_RANDOM, .seed = 5 + (uint64_t)s};
        CHECK_OK(ek_state_prepare(state, &initial));
        amplitudes[s] = test_amplitudes(state);
    }
    for (int i = 0; i < size; i++) {
        const ek_complex a = amplitudes[0][i], b = amplitudes[1][i];
        seconds += pow(size * (a.re * a.re + a.im * a.im), 2) / size;
        overlap_re += a.re * b.re + a.im * b.im;
        overlap_im += a.re * b.im - a.im * b.re;
    }
    CHECK_NEAR(seconds, 2, 5 * sqrt(20.0 / size)); /* the variance of the square is 24 - 4 */
    CHECK(hypot(overlap_re, overlap_im) < 5 / sqrt(size));
    free(amplitudes[0]);
    free(amplitudes[1]);
    ek_state_destroy(&state);
}

/* ---- borrowing --------------------------------------------------------------------------- */

static void test_one_writer(void)
{
    const int last = test_rank() == test_ranks() - 1;
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    const uint64_t index = 0;
    ek_complex amplitude;
    double norm;
    void *amplitudes = NULL, *again = NULL;
    ek_state *state = NULL;
    CHECK_OK(ek_state_create(session, 5, EK_DOUBLE, &state));
    if (last) {
        CHECK_OK(ek_state_borrow(state, &amplitudes));
        CHECK_STATUS(ek_state_borrow(state, &again), EK_ERROR_BUSY);
        CHECK(amplitudes != NULL && again == NULL);
    }
    CHECK_STATUS(ek_state_prepare(state, &zero), EK_ERROR_BUSY);
    CHECK_STATUS(ek_state_norm(state, &norm), EK_ERROR_BUSY);
    CHECK_STATUS(ek_state_amplitudes(state, 1, &index, &amplitude), EK_ERROR_BUSY);
    if (last) {
        ek_state_restore(state, &amplitudes);
        CHECK(amplitudes == NULL);
    }
    CHECK_OK(ek_state_prepare(state, &zero));
    CHECK_OK(ek_state_norm(state, &norm));
    ek_state_destroy(&state);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"session", test_begin},
        {"creation", test_creation},
        {"refusals", test_refusals},
        {"ranks that are no power of two", test_ranks_that_are_no_power_of_two},
        {"initial states", test_initial_states},
        {"initial states in any layout", test_any_layout},
        {"wrong initial states", test_wrong_initial_states},
        {"a random state's numbers", test_random_state_is_pinned},
        {"a random state is Gaussian", test_random_state_is_gaussian},
        {"one writer at a time", test_one_writer},
        {"end", test_end},
    };
    return test_main(argc, argv, "state", cases, sizeof cases / sizeof *cases);
}
