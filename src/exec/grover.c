/* The Grover mixer: |s> is uniform over the allowed basis states, so <s|psi> is one sum. */
#include "exec/exec.h"

#include <math.h>

struct allowed {
    uint64_t inverted;
    int weight;
};

static void block_sum(const ek_state *state, void *context, size_t first, size_t count,
                      double *partial)
{
    const struct allowed *allowed = context;
    const size_t bytes = ek_amplitude_bytes(state->precision);
    state->kernels->sum((const char *)state->amplitudes + first * bytes, count,
                        ek_state_first(state) + first, allowed->inverted, allowed->weight,
                        partial);
}

static double allowed_count(int qubits, int weight)
{
    double count = 1;
    if (weight < 0) return pow(2, qubits);
    for (int i = 1; i <= weight; i++) count = count * (qubits - weight + i) / i;
    return round(count);
}

/* Sum of the allowed amplitudes: sqrt(their number) <s|psi>. */
static struct allowed sum_allowed(ek_program *program, const struct ek_tile_op *op,
                                  const struct ek_stage *stage, const ek_state *state,
                                  double sum[2])
{
    const struct ek_wire_op *wired = &program->plan->wires.ops[op->wire_op];
    struct ek_layout layout;
    ek_layout_compose(&program->plan->wires.frames[wired->frame], &stage->layout, &layout);
    struct allowed allowed = {layout.inverted, wired->op.weight};
    ek_state_sum_into(state, 2, block_sum, &allowed, program->partial, sum);
    return allowed;
}

double ek_grover_probe(ek_program *program, const struct ek_tile_op *op,
                       const struct ek_stage *stage, const ek_state *left, const ek_state *right)
{
    double a[2], b[2];
    const struct allowed allowed = sum_allowed(program, op, stage, left, a);
    sum_allowed(program, op, stage, right, b);
    return (a[0] * b[1] - a[1] * b[0]) / allowed_count(left->qubits, allowed.weight);
}

void ek_grover_run(ek_program *program, const struct ek_tile_op *op, const struct ek_stage *stage,
                   ek_state *state)
{
    const ek_complex factor = program->values[op->values];
    const size_t total = ek_state_local_count(state);
    const size_t length = total < EK_BLOCK_AMPLITUDES ? total : EK_BLOCK_AMPLITUDES;
    const int threads = program->threads;
    double sum[2];
    const struct allowed allowed = sum_allowed(program, op, stage, state, sum);
    const double scale = 1 / allowed_count(state->qubits, allowed.weight);
    const ek_complex number = {scale * (factor.re * sum[0] - factor.im * sum[1]),
                               scale * (factor.re * sum[1] + factor.im * sum[0])};
#pragma omp parallel for schedule(static) num_threads(threads) if (total > length)
    for (size_t first = 0; first < total; first += length)
        state->kernels->add(
            (char *)state->amplitudes + first * ek_amplitude_bytes(state->precision), length,
            ek_state_first(state) + first, allowed.inverted, allowed.weight, number);
}
