/* The workloads are what they say: known amplitudes, energies and statistics. */
#include "bench/bench.h"
#include "circuit/circuit.h"
#include "support/harness.h"

#include <exaket/gradient.h>
#include <exaket/qaoa.h>
#include <exaket/query.h>

#include <complex.h>
#include <math.h>
#include <stdlib.h>

static ek_session *session;

static void test_begin(void) { session = test_session(2, 0); }
static void test_end(void) { ek_session_destroy(&session); }

static bool run(const ek_bench_options *options, ek_bench_result *result)
{
    if (!CHECK_OK(ek_bench_run(session, options, result))) return false;
    CHECK_NEAR(result->norm, 1, options->precision == EK_SINGLE ? 1e-5 : 1e-12);
    CHECK(result->seconds_min > 0 && result->seconds_min <= result->seconds_median &&
          result->seconds_median <= result->seconds_max && result->stream_pass_seconds > 0);
    return true;
}

static void check_amplitude(const ek_bench_result *result, int i, double complex expected)
{
    const double tolerance = result->options.precision == EK_SINGLE ? 1e-6 : 1e-13;
    CHECK_NEAR(result->amplitudes[i].re, creal(expected), tolerance);
    CHECK_NEAR(result->amplitudes[i].im, cimag(expected), tolerance);
}

/* ---- amplitudes that a formula gives -------------------------------------------------------- */

/* sum_x prod_q a_q(x_q) e^{2 pi i x y / 2^n} is a product over the qubits. */
static double complex transformed(int qubits, const double *theta, uint64_t y)
{
    double complex product = pow(2, -0.5 * qubits);
    for (int q = 0; q < qubits; q++) {
        const uint64_t turns = y << q & ek_low_bits(qubits);
        const double angle = 2 * acos(-1) * (double)turns / (double)ek_bit(qubits);
        product *= cos(theta[q] / 2) + sin(theta[q] / 2) * cexp(I * angle);
    }
    return product;
}

static void check_qft(int qubits, ek_precision precision, ek_qft_method method)
{
    const ek_bench_options options = {.workload = EK_BENCH_QFT, .qubits = qubits, .repeat = 2,
                                      .precision = precision, .seed = 5, .qft = method};
    struct ek_work work = {0};
    ek_bench_result result;
    CHECK_OK(ek_work_create(&options, &work));
    if (run(&options, &result))
        for (int i = 0; i < EK_BENCH_AMPLITUDES; i++)
            check_amplitude(&result, i, transformed(qubits, work.theta, result.indices[i]));
    ek_work_clear(&work);
}

static void test_qft(void)
{
    for (int qubits = 6; qubits <= 14; qubits += 4) {
        check_qft(qubits, EK_DOUBLE, EK_QFT_GATES);
        check_qft(qubits, EK_SINGLE, EK_QFT_GATES);
        check_qft(qubits, EK_DOUBLE, EK_QFT_AUTO);
    }
}

static void check_gate(int qubits, int slot)
{
    const ek_bench_options options = {.workload = EK_BENCH_GATE, .qubits = qubits, .slot = slot};
    struct ek_work work = {0};
    ek_bench_result result;
    CHECK_OK(ek_work_create(&options, &work));
    if (run(&options, &result)) {
        CHECK(result.planned_passes == 1 && result.options.repeat == 5);
        for (int i = 0; i < EK_BENCH_AMPLITUDES; i++) {
            double expected = 1;
            for (int q = 0; q < qubits; q++) {
                const double zero = cos(work.theta[q] / 2), one = sin(work.theta[q] / 2);
                const double sign = result.indices[i] >> q & 1 ? -1 : 1;
                expected *= q == slot ? (zero + sign * one) / sqrt(2) : sign > 0 ? zero : one;
            }
            check_amplitude(&result, i, expected);
        }
    }
    ek_work_clear(&work);
}

static void test_gate(void)
{
    for (int slot = 0; slot < 7; slot++) check_gate(7, slot);
}

/* ---- QAOA and sums -------------------------------------------------------------------------- */

/* The same problem by the library's QAOA. */
static void test_qaoa(void)
{
    const ek_bench_options options = {.workload = EK_BENCH_QAOA, .qubits = 10, .layers = 3,
                                      .seed = 4, .repeat = 1};
    const ek_qaoa_options other = {.layers = 3};
    ek_graph *graph = NULL;
    ek_problem *problem = NULL;
    ek_qaoa *qaoa = NULL;
    ek_bench_result result;
    double angles[6], energy = 0;
    ek_qaoa_tree_angles(3, angles);
    CHECK_OK(ek_graph_random_regular(10, 3, EK_WEIGHTS_ONE, 4, &graph));
    CHECK_OK(ek_problem_maxcut(graph, &problem));
    CHECK_OK(ek_qaoa_create(session, problem, &other, &qaoa));
    CHECK_OK(ek_qaoa_energy(qaoa, angles, &energy));
    if (run(&options, &result)) CHECK_NEAR(result.energy, energy, 1e-12);
    CHECK(energy > 10 && result.planned_passes > 0);
    ek_qaoa_destroy(&qaoa);
    ek_problem_destroy(&problem);
    ek_graph_destroy(&graph);
}

/* Strings of every weight from 1 to 4, and the sum over them of what each gives alone. */
static void test_pauli_sum(void)
{
    const ek_bench_options options = {.workload = EK_BENCH_PAULI_SUM, .qubits = 6, .layers = 2};
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    const ek_plan_options gates = {.precision = EK_DOUBLE};
    struct ek_work work = {0};
    ek_program *program = NULL;
    ek_state *state = NULL;
    ek_bench_result result;
    int weights[5] = {0};
    double sum = 0;
    CHECK_OK(ek_work_create(&options, &work));
    CHECK_OK(ek_program_create(session, work.circuit, &gates, &program));
    CHECK_OK(ek_state_create(session, 6, EK_DOUBLE, &state));
    CHECK_OK(ek_program_run(program, work.parameters, &zero, state));
    CHECK(work.term_count == 200 && ek_circuit_parameters(work.circuit) == 24);
    for (size_t i = 0; i < work.term_count; i++) {
        double value = 0;
        const int weight = ek_popcount(work.terms[i].x_mask | work.terms[i].z_mask);
        CHECK_OK(ek_expect_pauli(state, 1, &work.terms[i], &value));
        CHECK(weight >= 1 && weight <= 4);
        weights[weight]++;
        sum += value;
    }
    for (int weight = 1; weight <= 4; weight++) CHECK(weights[weight] > 20);
    if (run(&options, &result)) CHECK_NEAR(result.energy, sum, 1e-12);
    ek_state_destroy(&state);
    ek_program_destroy(&program);
    ek_work_clear(&work);
}

/* Against central differences of the value. */
static void test_gradient(void)
{
    const ek_bench_options options = {.workload = EK_BENCH_GRADIENT, .qubits = 6, .layers = 2};
    ek_gradient_options observable = {0};
    struct ek_work work = {0};
    ek_gradient *gradient = NULL;
    ek_bench_result result;
    double square = 0, step = 1e-4;
    CHECK_OK(ek_work_create(&options, &work));
    observable.term_count = work.term_count;
    observable.terms = work.terms;
    CHECK_OK(ek_gradient_create(session, work.circuit, &observable, &gradient));
    for (int i = 0; i < ek_circuit_parameters(work.circuit); i++) {
        double up = 0, down = 0;
        work.parameters[i] += step;
        CHECK_OK(ek_gradient_evaluate(gradient, work.parameters, &up, NULL));
        work.parameters[i] -= 2 * step;
        CHECK_OK(ek_gradient_evaluate(gradient, work.parameters, &down, NULL));
        work.parameters[i] += step;
        square += pow((up - down) / (2 * step), 2);
    }
    if (run(&options, &result)) {
        CHECK_NEAR(result.gradient_norm, sqrt(square), 1e-6);
        CHECK(result.value_seconds > 0);
    }
    ek_gradient_destroy(&gradient);
    ek_work_clear(&work);
}

/* ---- random circuits ------------------------------------------------------------------------ */

/* The gates on a qubit take turns: 20 of them, none twice in a row; then CZ on each pair of
 * neighbours every other layer. */
static void test_random_layers(void)
{
    enum { QUBITS = 9, LAYERS = 20 };
    ek_circuit *circuit = NULL;
    int last[QUBITS], singles[QUBITS] = {0}, pairs[QUBITS] = {0}, seen = 0;
    for (int q = 0; q < QUBITS; q++) last[q] = -1;
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    CHECK_OK(ek_random_layers(circuit, LAYERS, 3));
    for (size_t i = 0; i < circuit->op_count; i++) {
        const struct ek_op *op = &circuit->ops[i];
        if (op->gate == EK_GATE_CZ) {
            pairs[ek_lowest_bit(op->control_mask | ek_bit(op->target[0]))]++;
            continue;
        }
        CHECK(op->gate == EK_GATE_SX || op->gate == EK_GATE_RY || op->gate == EK_GATE_T);
        CHECK(op->gate != last[op->target[0]]);
        last[op->target[0]] = op->gate;
        singles[op->target[0]]++;
        seen |= 1 << (op->gate == EK_GATE_SX ? 0 : op->gate == EK_GATE_RY ? 1 : 2);
    }
    for (int q = 0; q < QUBITS; q++) CHECK(singles[q] == LAYERS);
    for (int q = 0; q + 1 < QUBITS; q++) CHECK(pairs[q] == LAYERS / 2);
    CHECK(seen == 7);
    ek_circuit_destroy(&circuit);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Probabilities of a deep random circuit are exponentially distributed: their squares sum to
 * 2 / 2^n, and the upper half of them to (1 + ln 2) / 2 (Aaronson and Chen 2017). */
static void check_statistics(ek_bench_workload workload, double tolerance)
{
    enum { QUBITS = 12, SIZE = 1 << QUBITS };
    static double probabilities[SIZE];
    const ek_bench_options options = {.workload = workload, .qubits = QUBITS, .layers = 20,
                                      .seed = 8};
    struct ek_work work = {0};
    ek_state *state = NULL;
    int qubits[QUBITS];
    double squares = 0, heavy = 0;
    for (int q = 0; q < QUBITS; q++) qubits[q] = q;
    CHECK_OK(ek_work_create(&options, &work));
    CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &state));
    CHECK_OK(ek_circuit_run(work.circuit, NULL, state));
    CHECK_OK(ek_state_marginal(state, QUBITS, qubits, probabilities));
    qsort(probabilities, SIZE, sizeof *probabilities, ascending);
    for (int i = 0; i < SIZE; i++) squares += SIZE * probabilities[i] * probabilities[i];
    for (int i = SIZE / 2; i < SIZE; i++) heavy += probabilities[i];
    CHECK_NEAR(squares, 2, tolerance);
    CHECK_NEAR(heavy, (1 + log(2)) / 2, tolerance / 10);
    ek_state_destroy(&state);
    ek_work_clear(&work);
}

static void test_statistics(void)
{
    check_statistics(EK_BENCH_RANDOM_CIRCUIT, 0.2);
    check_statistics(EK_BENCH_QUANTUM_VOLUME, 0.2);
}

/* Haar-random: rows orthonormal, and E |u_00|^2 = 1/4, E |u_00|^4 = 2 / (4 * 5). */
static void test_haar(void)
{
    enum { GATES = 4000 };
    ek_circuit *circuit = NULL;
    double second = 0, fourth = 0, trace = 0;
    CHECK_OK(ek_circuit_create(2, &circuit));
    CHECK_OK(ek_quantum_volume_layers(circuit, GATES, 1));
    CHECK(circuit->op_count == GATES);
    for (size_t i = 0; i < circuit->op_count; i++) {
        const ek_complex *u = circuit->values + circuit->ops[i].values;
        const double square = u[0].re * u[0].re + u[0].im * u[0].im;
        second += square / GATES;
        fourth += square * square / GATES;
        trace += (pow(u[0].re + u[5].re + u[10].re + u[15].re, 2) +
                  pow(u[0].im + u[5].im + u[10].im + u[15].im, 2)) / GATES;
    }
    CHECK_NEAR(second, 0.25, 0.02);
    CHECK_NEAR(fourth, 0.1, 0.02);
    CHECK_NEAR(trace, 1, 0.1);
    ek_circuit_destroy(&circuit);
}

/* ---- all of them, and refusals -------------------------------------------------------------- */

static void check_same(const ek_bench_result *a, const ek_bench_result *b)
{
    const double tolerance = a->options.precision == EK_SINGLE ? 1e-5 : 1e-12;
    CHECK(isnan(a->energy) == isnan(b->energy));
    CHECK(isnan(a->gradient_norm) == isnan(b->gradient_norm));
    if (!isnan(a->energy)) CHECK_NEAR(a->energy, b->energy, 10 * tolerance);
    if (!isnan(a->gradient_norm))
        CHECK_NEAR(a->gradient_norm, b->gradient_norm, 100 * tolerance);
    for (int i = 0; i < EK_BENCH_AMPLITUDES; i++) {
        CHECK(a->indices[i] == b->indices[i]);
        CHECK_NEAR(a->amplitudes[i].re, b->amplitudes[i].re, tolerance);
        CHECK_NEAR(a->amplitudes[i].im, b->amplitudes[i].im, tolerance);
    }
}

/* On all ranks as on one alone. */
static void test_all_run(void)
{
    ek_session *alone = NULL;
    CHECK_OK(ek_session_split(session, test_rank(), &alone));
    for (int i = 0; i < 2 * EK_BENCH_COUNT; i++) {
        const ek_bench_options options = {.workload = (ek_bench_workload)(i / 2), .qubits = 8,
                                          .precision = (ek_precision)(i % 2), .repeat = 3};
        const size_t bytes = ek_amplitude_bytes(options.precision) << 8;
        ek_bench_result result, other;
        if (!run(&options, &result)) continue;
        CHECK(result.state_bytes_per_rank == bytes / (size_t)test_ranks());
        CHECK(result.peak_rss_bytes_per_rank > result.state_bytes_per_rank);
        if (CHECK_OK(ek_bench_run(alone, &options, &other))) check_same(&result, &other);
    }
    CHECK(ek_bench_name(EK_BENCH_COUNT) == NULL);
    ek_session_destroy(&alone);
}

static void test_refusals(void)
{
    static const ek_bench_options bad[] = {
        {.workload = EK_BENCH_COUNT},
        {.workload = EK_BENCH_QFT, .qubits = EK_QUBITS_MAX + 1},
        {.workload = EK_BENCH_QFT, .layers = 2},
        {.workload = EK_BENCH_QFT, .slot = 2},
        {.workload = EK_BENCH_GATE, .qubits = 6, .slot = 6},
        {.workload = EK_BENCH_GATE, .qubits = 6, .slot = -1},
        {.workload = EK_BENCH_QAOA, .qubits = 3},
        {.workload = EK_BENCH_QAOA, .qubits = 8, .layers = -1},
        {.workload = EK_BENCH_QUANTUM_VOLUME, .qubits = 1},
        {.workload = EK_BENCH_STREAM, .repeat = -1},
        {.workload = EK_BENCH_QFT, .repeat = EK_BENCH_REPEAT_MAX + 1},
        {.workload = EK_BENCH_QAOA, .layers = EK_BENCH_LAYERS_MAX + 1},
        {.workload = EK_BENCH_QAOA, .qubits = 8, .qft = EK_QFT_GATES},
    };
    const ek_bench_options differs = {.qubits = 6 + (test_rank() & 1)};
    ek_bench_result result = {.norm = 7};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_STATUS(ek_bench_run(session, &bad[i], &result), EK_ERROR_ARGUMENT);
    if (test_ranks() > 1)
        CHECK_STATUS(ek_bench_run(session, &differs, &result), EK_ERROR_MISMATCH);
    if (test_ranks() > 2) {
        const ek_bench_options few = {.qubits = 2};
        CHECK_STATUS(ek_bench_run(session, &few, &result), EK_ERROR_RANKS);
    }
    CHECK(result.norm == 7);
}

/* One state fits, the second of a gradient does not: said before the first is made. */
static void test_memory(void)
{
    const ek_bench_options options = {.workload = EK_BENCH_GRADIENT, .qubits = 12, .repeat = 1};
    ek_bench_result result;
    ek_available_memory_set((size_t)24 << 12); /* of this node, all ranks together */
    CHECK_STATUS(ek_bench_run(session, &options, &result), EK_ERROR_MEMORY);
    CHECK(strstr(ek_last_message(), "for 2 states at once") != NULL);
    ek_available_memory_set(0);
}

/* Each allocation that fails, on one rank, fails the benchmark on all of them. */
static void test_faults(void)
{
    const ek_bench_options options = {.workload = EK_BENCH_QAOA, .qubits = 6, .repeat = 1};
    ek_bench_result result;
    ek_status status = EK_ERROR_MEMORY;
    int failures = 0;
    for (long nth = 1; nth < 2000 && status == EK_ERROR_MEMORY; nth += 7) {
        if (test_rank() == test_ranks() - 1) ek_fault_set(EK_FAULT_ALLOCATE, nth);
        status = ek_bench_run(session, &options, &result);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        failures += status == EK_ERROR_MEMORY;
    }
    CHECK(status == EK_OK && failures > 3);
}

static const struct test_case cases[] = {
    {"begin", test_begin},
    {"Fourier transform of a product state", test_qft},
    {"H on each slot", test_gate},
    {"QAOA energy", test_qaoa},
    {"Pauli strings", test_pauli_sum},
    {"gradient", test_gradient},
    {"layers of the random circuit", test_random_layers},
    {"statistics of random circuits", test_statistics},
    {"Haar-random gates", test_haar},
    {"all workloads", test_all_run},
    {"refusals", test_refusals},
    {"memory", test_memory},
    {"faults", test_faults},
    {"end", test_end},
};

int main(int argc, char **argv)
{
    return test_main(argc, argv, "bench: workloads", cases, sizeof cases / sizeof *cases);
}
