/* The table of workloads: what each needs, and how its work is built. */
#include "bench/bench.h"

#include <exaket/problem.h>
#include <exaket/qaoa.h>

enum { STRINGS = 200, WEIGHT_MAX = 4 };

/* ---- works ---------------------------------------------------------------------------------- */

/* Qubits in cos|0> + sin|1> with angles from pi/8 to 3 pi/8: no amplitude is too small for single
 * precision. */
static ek_status begin_in_product(const ek_bench_options *options, struct ek_work *work)
{
    const double quarter = 0.785398163397448309616;
    EK_TRY(EK_NEW(work->theta, options->qubits));
    for (int q = 0; q < options->qubits; q++)
        work->theta[q] = quarter * (1 + 2 * ek_random_uniform(options->seed, EK_STREAM_STATE,
                                                              (uint64_t)q));
    work->initial = (ek_initial){.kind = EK_INITIAL_PRODUCT, .theta = work->theta};
    return EK_OK;
}

static ek_status make_gate(const ek_bench_options *options, struct ek_work *work)
{
    EK_TRY(begin_in_product(options, work));
    return ek_circuit_gate(work->circuit, EK_GATE_H, &options->slot, NULL, NULL);
}

static ek_status make_random_circuit(const ek_bench_options *options, struct ek_work *work)
{
    return ek_random_layers(work->circuit, options->layers, options->seed);
}

static ek_status make_qft(const ek_bench_options *options, struct ek_work *work)
{
    int qubits[EK_QUBITS_MAX];
    for (int q = 0; q < options->qubits; q++) qubits[q] = q;
    EK_TRY(begin_in_product(options, work));
    return ek_circuit_qft(work->circuit, options->qubits, qubits, 0);
}

/* A 3-regular graph has an even number of vertices. */
static ek_status make_cost(const ek_bench_options *options, ek_diagonal **diagonal)
{
    ek_graph *graph = NULL;
    ek_problem *problem = NULL;
    ek_problem_facts facts;
    EK_TRY(ek_graph_random_regular(options->qubits & ~1, 3, EK_WEIGHTS_ONE, options->seed,
                                   &graph));
    ek_status status = ek_problem_maxcut(graph, &problem);
    ek_graph_destroy(&graph);
    if (status != EK_OK) return status;
    ek_problem_get(problem, &facts);
    status = ek_diagonal_create(options->qubits, facts.term_count, facts.terms, diagonal);
    ek_problem_destroy(&problem);
    return status;
}

static ek_status add_qaoa_layer(ek_circuit *circuit, const ek_diagonal *diagonal, int gamma,
                                int beta)
{
    const ek_angle mix = ek_angle_parameter(beta, 2, 0);
    EK_TRY(ek_circuit_diagonal(circuit, diagonal, ek_angle_parameter(gamma, 1, 0)));
    for (int q = 0; q < ek_circuit_qubits(circuit); q++)
        EK_TRY(ek_circuit_gate(circuit, EK_GATE_RX, &q, &mix, NULL));
    return EK_OK;
}

static ek_status make_qaoa(const ek_bench_options *options, struct ek_work *work)
{
    const int layers = options->layers;
    char name[32];
    int number;
    EK_TRY(make_cost(options, &work->diagonal));
    EK_TRY(EK_NEW(work->parameters, 2 * layers));
    ek_qaoa_tree_angles(layers, work->parameters);
    for (int i = 0; i < 2 * layers; i++) {
        snprintf(name, sizeof name, "%s_%d", i < layers ? "gamma" : "beta", i % layers + 1);
        EK_TRY(ek_circuit_parameter(work->circuit, name, &number));
    }
    for (int l = 0; l < layers; l++)
        EK_TRY(add_qaoa_layer(work->circuit, work->diagonal, l, layers + l));
    work->initial.kind = EK_INITIAL_UNIFORM;
    return EK_OK;
}

static ek_status make_quantum_volume(const ek_bench_options *options, struct ek_work *work)
{
    return ek_quantum_volume_layers(work->circuit, options->layers, options->seed);
}

static ek_status make_ansatz(const ek_bench_options *options, struct ek_work *work)
{
    EK_TRY(EK_NEW(work->parameters, 2 * options->qubits * options->layers));
    return ek_ansatz_layers(work->circuit, options->layers, options->seed, work->parameters);
}

/* 1 to WEIGHT_MAX letters on different qubits. */
static void draw_string(uint64_t seed, uint64_t number, int qubits, ek_pauli_term *term)
{
    uint64_t index = number * 64;
    const int most = qubits < WEIGHT_MAX ? qubits : WEIGHT_MAX;
    const int weight =
        1 + (int)ek_random_below(seed, EK_STREAM_CIRCUIT, index++, (uint64_t)most);
    double normals[2];
    ek_random_normals(seed, EK_STREAM_CIRCUIT, index++, normals);
    *term = (ek_pauli_term){.coefficient = normals[0]};
    while (ek_popcount(term->x_mask | term->z_mask) < weight) {
        const uint64_t bit = ek_bit(
            (int)ek_random_below(seed, EK_STREAM_CIRCUIT, index++, (uint64_t)qubits));
        const uint64_t letter = 1 + ek_random_below(seed, EK_STREAM_CIRCUIT, index++, 3);
        if ((term->x_mask | term->z_mask) & bit) continue;
        if (letter & 1) term->x_mask |= bit;
        if (letter & 2) term->z_mask |= bit;
    }
}

static ek_status make_pauli_sum(const ek_bench_options *options, struct ek_work *work)
{
    EK_TRY(make_ansatz(options, work));
    EK_TRY(EK_NEW(work->terms, STRINGS));
    work->term_count = STRINGS;
    for (size_t i = 0; i < STRINGS; i++)
        draw_string(options->seed, i, options->qubits, &work->terms[i]);
    return EK_OK;
}

/* ---- the table ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    ek_status (*make)(const ek_bench_options *options, struct ek_work *work);
    int least_qubits;
    int layers; /* default; 0: it has none, -1: the qubits */
} workloads[] = {
    [EK_BENCH_GATE] = {"gate", make_gate, 1, 0},
    [EK_BENCH_RANDOM_CIRCUIT] = {"random-circuit", make_random_circuit, 1, 20},
    [EK_BENCH_QFT] = {"qft", make_qft, 1, 0},
    [EK_BENCH_QAOA] = {"qaoa", make_qaoa, 4, 10},
    [EK_BENCH_QUANTUM_VOLUME] = {"quantum-volume", make_quantum_volume, 2, -1},
    [EK_BENCH_VQE_ANSATZ] = {"vqe-ansatz", make_ansatz, 1, 4},
    [EK_BENCH_PAULI_SUM] = {"pauli-sum", make_pauli_sum, 1, 4},
    [EK_BENCH_GRADIENT] = {"gradient", make_pauli_sum, 1, 4},
    [EK_BENCH_STREAM] = {"stream", begin_in_product, 1, 0},
};

const char *ek_bench_name(ek_bench_workload workload)
{
    return (unsigned)workload < EK_BENCH_COUNT ? workloads[workload].name : NULL;
}

static ek_status check_options(const ek_bench_options *options)
{
    const char *name = workloads[options->workload].name;
    const int least = workloads[options->workload].least_qubits, qubits = options->qubits;
    const bool layered = workloads[options->workload].layers != 0;
    if (qubits < least || qubits > EK_QUBITS_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d qubit%s: %s takes %d to %d", qubits,
                       EK_PLURAL(qubits), name, least, EK_QUBITS_MAX);
    if (options->layers != 0 && !layered)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d layer%s: %s has none", options->layers,
                       EK_PLURAL(options->layers), name);
    if (layered && (options->layers < 1 || options->layers > EK_BENCH_LAYERS_MAX))
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d layers: %s takes 1 to %d", options->layers, name,
                       EK_BENCH_LAYERS_MAX);
    if (options->slot != 0 && options->workload != EK_BENCH_GATE)
        return EK_FAIL(EK_ERROR_ARGUMENT, "slot %d: only gate takes a slot", options->slot);
    if (options->qft != EK_QFT_AUTO && options->workload != EK_BENCH_QFT)
        return EK_FAIL(EK_ERROR_ARGUMENT, "a method for Fourier transforms: %s has none", name);
    if (options->slot < 0 || options->slot >= qubits)
        return EK_FAIL(EK_ERROR_ARGUMENT, "slot %d: %d qubit%s have slots 0 to %d", options->slot,
                       qubits, EK_PLURAL(qubits), qubits - 1);
    if (options->repeat < 1 || options->repeat > EK_BENCH_REPEAT_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d runs: expected 1 to %d", options->repeat,
                       EK_BENCH_REPEAT_MAX);
    return EK_OK;
}

/* 2^26 amplitudes per rank are more than any cache holds. */
static int default_qubits(ek_bench_workload workload, int ranks)
{
    int rank_slots = 0;
    while (2 << rank_slots <= ranks) rank_slots++;
    return workload == EK_BENCH_STREAM ? 26 + rank_slots : 20;
}

ek_status ek_bench_complete(const ek_bench_options *options, int ranks,
                            ek_bench_options *complete)
{
    *complete = *options;
    if (!ek_bench_name(options->workload))
        return EK_FAIL(EK_ERROR_ARGUMENT, "workload %d is unknown", (int)options->workload);
    const int layers = workloads[options->workload].layers;
    if (complete->qubits == 0) complete->qubits = default_qubits(options->workload, ranks);
    if (complete->layers == 0) complete->layers = layers < 0 ? complete->qubits : layers;
    if (complete->repeat == 0) complete->repeat = 5;
    return check_options(complete);
}

ek_status ek_work_create(const ek_bench_options *options, struct ek_work *work)
{
    if (options->workload != EK_BENCH_STREAM)
        EK_TRY(ek_circuit_create(options->qubits, &work->circuit));
    return workloads[options->workload].make(options, work);
}

void ek_work_clear(struct ek_work *work)
{
    ek_circuit_destroy(&work->circuit);
    ek_diagonal_destroy(&work->diagonal);
    ek_release(work->parameters);
    ek_release(work->theta);
    ek_release(work->terms);
    *work = (struct ek_work){0};
}
