/* Mixers and initial states against dense matrices that are written out and exponentiated here. */
#include "algo/cases.h"
#include "algo/qaoa_private.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_QUBITS = 6, MAX_SIZE = 1 << MAX_QUBITS, LAYERS = 2 };

/* A state vector of the reference, and a Hermitian matrix over it. */
struct dense {
    int qubits, size;
    double complex psi[MAX_SIZE];
    double complex matrix[MAX_SIZE][MAX_SIZE];
};

/* psi becomes exp(-i t matrix) psi, by the power series: |t| times the norm is far below 40. */
static void apply_exponential(struct dense *dense, double t)
{
    double complex term[MAX_SIZE], next[MAX_SIZE] = {0};
    memcpy(term, dense->psi, sizeof term);
    for (int k = 1; k < 120; k++) {
        for (int r = 0; r < dense->size; r++) {
            next[r] = 0;
            for (int c = 0; c < dense->size; c++) next[r] += dense->matrix[r][c] * term[c];
            next[r] *= -I * t / k;
        }
        memcpy(term, next, sizeof term);
        for (int r = 0; r < dense->size; r++) dense->psi[r] += term[r];
    }
}

static double complex pauli(char p, int row, int column)
{
    if (p == 'X') return row != column;
    if (p == 'Y') return row == column ? 0 : (row ? I : -I);
    if (p == 'Z') return row == column ? 1 - 2 * row : 0;
    return row == column;
}

/* Adds coefficient * the product of paulis[q] on qubit q, element by element. */
static void add_product(struct dense *dense, double coefficient, const char *paulis)
{
    for (int r = 0; r < dense->size; r++)
        for (int c = 0; c < dense->size; c++) {
            double complex element = coefficient;
            for (int q = 0; q < dense->qubits; q++)
                element *= pauli(paulis[q], r >> q & 1, c >> q & 1);
            dense->matrix[r][c] += element;
        }
}

static void clear_matrix(struct dense *dense) { memset(dense->matrix, 0, sizeof dense->matrix); }

static void apply_pair(struct dense *dense, int a, int b, double beta)
{
    char paulis[MAX_QUBITS];
    clear_matrix(dense);
    for (int k = 0; k < 2; k++) {
        memset(paulis, 'I', sizeof paulis);
        paulis[a] = paulis[b] = "XY"[k];
        add_product(dense, 0.5, paulis);
    }
    apply_exponential(dense, beta);
}

static void apply_ring(struct dense *dense, double beta)
{
    static const int rings[2][6][2] = {{{0, 1}, {2, 3}, {1, 2}, {3, 4}, {4, 0}, {0, 0}},
                                       {{0, 1}, {2, 3}, {4, 5}, {1, 2}, {3, 4}, {5, 0}}};
    for (int k = 0; k < dense->qubits; k++)
        apply_pair(dense, rings[dense->qubits - 5][k][0], rings[dense->qubits - 5][k][1], beta);
}

static void apply_full(struct dense *dense, double beta)
{
    for (int a = 0; a < dense->qubits; a++)
        for (int b = a + 1; b < dense->qubits; b++) apply_pair(dense, a, b, beta);
}

static bool is_allowed(int index, int weight)
{
    return weight < 0 || __builtin_popcount((unsigned)index) == weight;
}

static int allowed_states(const struct dense *dense, int weight)
{
    int count = 0;
    for (int i = 0; i < dense->size; i++) count += is_allowed(i, weight);
    return count;
}

static void set_uniform(struct dense *dense, int weight)
{
    const double amplitude = 1 / sqrt(allowed_states(dense, weight));
    for (int i = 0; i < dense->size; i++) dense->psi[i] = is_allowed(i, weight) ? amplitude : 0;
}

static void apply_grover(struct dense *dense, int weight, double beta)
{
    const double element = 1.0 / allowed_states(dense, weight);
    clear_matrix(dense);
    for (int r = 0; r < dense->size; r++)
        for (int c = 0; c < dense->size; c++)
            if (is_allowed(r, weight) && is_allowed(c, weight)) dense->matrix[r][c] = element;
    apply_exponential(dense, beta);
}

/* Egger et al. 2021: exp(-i beta' H) with H = [[2c-1, -2 sqrt(c(1-c))], [.., 1-2c]] on each qubit,
 * whose ground state is the start; beta' = -beta makes c = 1/2 the plain X mixer. */
static void apply_warm(struct dense *dense, const double *c, double beta)
{
    char paulis[MAX_QUBITS];
    clear_matrix(dense);
    for (int q = 0; q < dense->qubits; q++) {
        memset(paulis, 'I', sizeof paulis);
        paulis[q] = 'Z';
        add_product(dense, 2 * c[q] - 1, paulis);
        paulis[q] = 'X';
        add_product(dense, -2 * sqrt(c[q] * (1 - c[q])), paulis);
    }
    apply_exponential(dense, -beta);
}

static void set_product(struct dense *dense, const double *c)
{
    for (int i = 0; i < dense->size; i++) {
        dense->psi[i] = 1;
        for (int q = 0; q < dense->qubits; q++)
            dense->psi[i] *= sqrt(i >> q & 1 ? c[q] : 1 - c[q]);
    }
}

/* Cost of the portfolio of cases.h, from its definition. */
static double portfolio_cost(int assets, int index)
{
    double cost = 0;
    for (int i = 0; i < assets; i++) {
        if (!(index >> i & 1)) continue;
        cost -= case_return(i);
        for (int j = 0; j < assets; j++)
            if (index >> j & 1) cost += 0.5 * case_covariance(i, j);
    }
    return cost;
}

static void apply_cost(struct dense *dense, double gamma)
{
    for (int i = 0; i < dense->size; i++)
        dense->psi[i] *= cexp(-I * gamma * portfolio_cost(dense->qubits, i));
}

/* ---- comparison ---- */

static const double angles[2 * LAYERS] = {0.37, -0.81, 0.53, 1.21};

/* Amplitudes agree up to a global phase. */
static void check_state(ek_qaoa *qaoa, const struct dense *dense)
{
    uint64_t indices[MAX_SIZE];
    ek_complex amplitudes[MAX_SIZE];
    double complex overlap = 0;
    double norm = 0;
    for (int i = 0; i < dense->size; i++) indices[i] = (uint64_t)i;
    CHECK_OK(ek_state_amplitudes(qaoa->state, (size_t)dense->size, indices, amplitudes));
    for (int i = 0; i < dense->size; i++) {
        const double complex a = amplitudes[i].re + I * amplitudes[i].im;
        overlap += conj(dense->psi[i]) * a;
        norm += creal(a * conj(a));
    }
    CHECK_NEAR(norm, 1, 1e-12);
    CHECK_NEAR(cabs(overlap), 1, 1e-11);
}

static double leaked(ek_qaoa *qaoa, int qubits, int weight)
{
    double sum = 0;
    for (int i = 0; i < 1 << qubits; i++) {
        const uint64_t index = (uint64_t)i;
        ek_complex a = {0};
        CHECK_OK(ek_state_amplitudes(qaoa->state, 1, &index, &a));
        if (!is_allowed(i, weight)) sum += a.re * a.re + a.im * a.im;
    }
    return sum;
}

static void apply_mixer(struct dense *dense, ek_mixer mixer, int weight, double beta)
{
    if (mixer == EK_MIXER_GROVER) apply_grover(dense, weight, beta);
    if (mixer == EK_MIXER_XY_RING) apply_ring(dense, beta);
    if (mixer == EK_MIXER_XY_FULL) apply_full(dense, beta);
}

static double dense_energy(const struct dense *dense)
{
    double energy = 0;
    for (int i = 0; i < dense->size; i++)
        energy += creal(dense->psi[i] * conj(dense->psi[i])) * portfolio_cost(dense->qubits, i);
    return energy;
}

static void check_mixer(ek_session *session, ek_mixer mixer, int qubits, int weight)
{
    static struct dense dense;
    ek_problem *problem = case_portfolio(qubits, weight);
    const ek_qaoa_options options = {.layers = LAYERS, .mixer = mixer};
    ek_qaoa *qaoa = NULL;
    double energy = NAN;
    dense.qubits = qubits;
    dense.size = 1 << qubits;
    set_uniform(&dense, weight);
    for (int l = 0; l < LAYERS; l++) {
        apply_cost(&dense, angles[l]);
        apply_mixer(&dense, mixer, weight, angles[LAYERS + l]);
    }
    if (CHECK_OK(ek_qaoa_create(session, problem, &options, &qaoa)) &&
        CHECK_OK(ek_qaoa_energy(qaoa, angles, &energy))) {
        CHECK_NEAR(energy, dense_energy(&dense), 1e-11);
        check_state(qaoa, &dense);
        CHECK(leaked(qaoa, qubits, weight) < 1e-12);
    }
    ek_qaoa_destroy(&qaoa);
    ek_problem_destroy(&problem);
}

static void test_mixers_keep_the_weight_and_match(void)
{
    ek_session *session = test_session(1, 0);
    for (int qubits = 5; qubits <= 6; qubits++)
        for (int weight = 0; weight <= 3; weight++) {
            check_mixer(session, EK_MIXER_GROVER, qubits, weight);
            check_mixer(session, EK_MIXER_XY_RING, qubits, weight);
            check_mixer(session, EK_MIXER_XY_FULL, qubits, weight);
        }
    check_mixer(session, EK_MIXER_GROVER, 6, -1);
    ek_session_destroy(&session);
}

/* Two qubits make no ring, one makes no pair. */
static void test_tiny_rings(void)
{
    ek_session *session = test_session(1, 0);
    for (int qubits = 1; qubits <= 3 && test_ranks() == 1; qubits++) {
        ek_problem *problem = case_portfolio(qubits, 1);
        for (int mixer = EK_MIXER_GROVER; mixer <= EK_MIXER_XY_FULL; mixer++) {
            const ek_qaoa_options options = {.mixer = (ek_mixer)mixer, .shots = 200};
            ek_qaoa_result result = {0};
            CHECK_OK(case_run(session, problem, &options, true, &result));
            for (size_t i = 0; i < result.outcome_count; i++)
                CHECK(__builtin_popcountll(result.outcomes[i]) == 1);
            CHECK(result.energy >= result.optimum - 1e-9 && result.energy <= result.worst + 1e-9);
            ek_qaoa_result_clear(&result);
        }
        ek_problem_destroy(&problem);
    }
    ek_session_destroy(&session);
}

/* Optimum and ratio of a constrained problem count the allowed states only. */
static void test_extremes_respect_the_weight(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *problem = case_portfolio(6, 3);
    const ek_qaoa_options options = {.layers = 2, .mixer = EK_MIXER_XY_FULL, .shots = 500};
    ek_qaoa_result result = {0};
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (int i = 0; i < 64; i++)
        if (is_allowed(i, 3)) {
            low = fmin(low, portfolio_cost(6, i));
            high = fmax(high, portfolio_cost(6, i));
        }
    if (CHECK_OK(case_run(session, problem, &options, true, &result))) {
        CHECK_NEAR(result.optimum, low, 1e-12);
        CHECK_NEAR(result.worst, high, 1e-12);
        CHECK_NEAR(result.approximation_ratio, (result.energy - high) / (low - high), 1e-12);
        CHECK(result.approximation_ratio > 0.8);
        CHECK_NEAR(result.best_value, portfolio_cost(6, (int)result.best_index), 1e-12);
    }
    ek_qaoa_result_clear(&result);
    ek_problem_destroy(&problem);
    ek_session_destroy(&session);
}

/* ---- warm start ---- */

/* "010110" names qubit 5 first. */
static void set_warm(struct dense *dense, double epsilon, double *c)
{
    static const int bits[6] = {0, 1, 1, 0, 1, 0};
    dense->qubits = 6;
    dense->size = 64;
    for (int q = 0; q < 6; q++) c[q] = bits[q] ? 1 - epsilon : epsilon;
    set_product(dense, c);
}

static void check_warm(ek_session *session, double epsilon)
{
    static struct dense dense;
    static const double zero[2 * LAYERS] = {0};
    double c[MAX_QUBITS], energy;
    ek_problem *problem = case_portfolio(6, -1);
    const ek_qaoa_options options = {
        .layers = LAYERS, .warm_start = "010110", .warm_start_epsilon = epsilon};
    ek_qaoa *qaoa = NULL;
    set_warm(&dense, epsilon > 0 ? epsilon : 0.25, c);
    if (!CHECK_OK(ek_qaoa_create(session, problem, &options, &qaoa))) return;
    CHECK_OK(ek_qaoa_energy(qaoa, zero, &energy));
    check_state(qaoa, &dense);
    for (int l = 0; l < LAYERS; l++) {
        apply_cost(&dense, angles[l]);
        apply_warm(&dense, c, angles[LAYERS + l]);
    }
    CHECK_OK(ek_qaoa_energy(qaoa, angles, &energy));
    CHECK_NEAR(energy, dense_energy(&dense), 1e-11);
    check_state(qaoa, &dense);
    ek_qaoa_destroy(&qaoa);
    ek_problem_destroy(&problem);
}

static void test_warm_start(void)
{
    ek_session *session = test_session(1, 0);
    check_warm(session, 0);
    check_warm(session, 0.1);
    check_warm(session, 0.5);
    ek_session_destroy(&session);
}

/* With epsilon = 1/2 nothing is known, and the run is the plain one. */
static void test_warm_start_of_one_half_is_plain(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *problem = case_maxcut("cube");
    const ek_qaoa_options plain = {.layers = 2};
    const ek_qaoa_options warm = {
        .layers = 2, .warm_start = "01010011", .warm_start_epsilon = 0.5};
    ek_qaoa_result a = {0}, b = {0};
    CHECK_OK(case_run(session, problem, &plain, false, &a));
    CHECK_OK(case_run(session, problem, &warm, false, &b));
    CHECK_NEAR(a.energy, b.energy, 1e-12);
    CHECK_NEAR(a.energy, 9.4787636403, 1e-8);
    ek_qaoa_result_clear(&a);
    ek_qaoa_result_clear(&b);
    ek_problem_destroy(&problem);
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"mixers keep the weight and match", test_mixers_keep_the_weight_and_match},
        {"tiny rings", test_tiny_rings},
        {"extremes respect the weight", test_extremes_respect_the_weight},
        {"warm start", test_warm_start},
        {"a warm start of one half is plain", test_warm_start_of_one_half_is_plain},
    };
    return test_main(argc, argv, "algo: QAOA mixers", cases, sizeof cases / sizeof *cases);
}
