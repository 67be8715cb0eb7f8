/* Pauli rotations that mix more qubits than a tile holds: each amplitude meets one other, and the
 * two streams of them run through the state side by side. */
#include "exec/exec.h"

/* The string on the state's slots, and the chunks that it pairs: no two amplitudes of a chunk
 * meet. */
struct chunks {
    struct ek_wide string;
    int slots; /* of a chunk */
    int pivot; /* the string's highest X: 0 in one chunk of a pair */
};

static struct chunks chunks_of(const ek_program *program, const struct ek_pass *pass,
                               const struct ek_stage *stage)
{
    const ek_plan *plan = program->plan;
    const struct ek_tile_op *op = &plan->ops[pass->first_op];
    const struct ek_op *wired = &plan->wires.ops[op->wire_op].op;
    const ek_complex turn = program->values[op->values];
    const uint64_t x = ek_layout_mask(&stage->layout, wired->x_mask);
    const uint64_t z = ek_layout_mask(&stage->layout, wired->z_mask);
    const int most = ek_log2(EK_BLOCK_AMPLITUDES), pivot = ek_highest_bit(x);
    return (struct chunks){
        {x, z, ek_popcount(x & z), turn.re, turn.im}, pivot < most ? pivot : most, pivot};
}

static void run_pair(const ek_program *program, const struct chunks *c, size_t number,
                     ek_state *state)
{
    const uint64_t inside = ek_low_bits(c->slots);
    const uint64_t first = ek_deposit(number, ~(inside | ek_bit(c->pivot)));
    program->kernels->wide_turn(ek_amplitudes_at(state, first),
                                ek_amplitudes_at(state, first ^ (c->string.x & ~inside)),
                                (size_t)1 << c->slots, first, &c->string);
}

void ek_wide_run(ek_program *program, const struct ek_pass *pass, const struct ek_stage *stage,
                 ek_state *state)
{
    const struct chunks c = chunks_of(program, pass, stage);
    const size_t pairs = (size_t)1 << (program->plan->reach_slots - c.slots - 1);
    const size_t ranks = (size_t)ek_session_shared_ranks(program->session);
    const size_t mine = (size_t)ek_session_rank(program->session) % ranks;
    const size_t first = mine * pairs / ranks, end = (mine + 1) * pairs / ranks;
    const int threads = program->threads;
    ek_pass_meet(program, pass);
#pragma omp parallel for schedule(static) num_threads(threads) if (end - first > 1)
    for (size_t i = first; i < end; i++) run_pair(program, &c, i, state);
    ek_pass_meet(program, pass);
}

struct probe {
    const struct chunks *chunks;
    const ek_state *right;
};

static void block_probe(const ek_state *left, void *context, size_t first, size_t count,
                        double *partial)
{
    const struct probe *probe = context;
    const struct chunks *c = probe->chunks;
    const uint64_t inside = ek_low_bits(c->slots);
    *partial = 0;
    for (size_t i = first; i < first + count; i += inside + 1) {
        const uint64_t at = ek_state_first(left) | i;
        *partial +=
            left->kernels->wide_probe(ek_amplitudes_at(left, at),
                                      ek_amplitudes_at(probe->right, at ^ (c->string.x & ~inside)),
                                      (size_t)1 << c->slots, at, &c->string);
    }
}

double ek_wide_probe(ek_program *program, const struct ek_pass *pass, const struct ek_stage *stage,
                     const ek_state *left, const ek_state *right)
{
    const struct ek_tile_op *op = &program->plan->ops[pass->first_op];
    struct chunks c = chunks_of(program, pass, stage);
    double sum;
    if (op->negated) c.string.y_count += 2;
    if (c.slots > left->local_slots) c.slots = left->local_slots;
    struct probe probe = {&c, right};
    ek_pass_meet(program, pass);
    ek_state_sum_into(left, 1, block_probe, &probe, program->partial, &sum);
    return sum;
}
