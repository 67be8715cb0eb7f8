/* Pairs of tiles that a Pauli string connects which is too wide for one: each tile runs by itself,
 * but for the string, for which the two are one tile with a slot more. */
#include "exec/pass_private.h"

struct twins {
    struct ek_seat half[2];
    struct ek_tile both;
};

static void take_twins(const ek_program *program, const struct ek_pass *pass, size_t local,
                       const struct ek_workspace *work, ek_state *state, struct twins *twins)
{
    const int slots = ek_popcount(pass->active);
    ek_seat_take(program, pass, local, 0, work, state, &twins->half[0]);
    ek_seat_take(program, pass, local ^ pass->twin, 1, work, state, &twins->half[1]);
    twins->both = (struct ek_tile){work->tile.re, work->tile.im, slots + 1};
}

static void enter(const ek_program *program, const double *constant, const struct twins *twins)
{
    for (int h = 0; h < 2; h++) {
        const struct ek_seat *seat = &twins->half[h];
        if (constant) program->kernels->fill(&seat->tile, *constant);
        else
            program->kernels->gather(seat->base, program->rows, program->plan->row_slots,
                                     &seat->tile);
    }
}

static void leave(const ek_program *program, const struct twins *twins)
{
    for (int h = 0; h < 2; h++)
        program->kernels->scatter(twins->half[h].base, program->rows, program->plan->row_slots,
                                  &twins->half[h].tile, program->binding.scale);
}

static void turn(const ek_program *program, const struct ek_tile_op *op, const struct twins *twins)
{
    const ek_complex cosine_sine = program->values[op->values];
    const uint32_t other_half = 1u << (twins->both.slots - 1);
    program->kernels->pauli(&twins->both, op->inner_x | other_half, 0, 0, cosine_sine.re,
                            cosine_sine.im, (struct ek_where){0, 0});
}

static void run_call(const ek_program *program, const struct ek_call *call,
                     struct ek_workspace *work, const struct twins *twins, bool takes, bool leaves)
{
    const struct ek_tile_op *op = &program->plan->ops[call->op];
    if (!call->in_registers && op->outer_x) {
        turn(program, op, twins);
        return;
    }
    for (int h = 0; h < 2; h++) {
        const struct ek_seat *seat = &twins->half[h];
        const struct ek_flow flow = {.from = takes ? seat->base : NULL,
                                     .to = leaves ? seat->base : NULL};
        ek_call_run(program, call, work, &seat->place, &flow);
    }
}

/* The calls of a pass, but for the first, when it `entered` already, and the last, when it `stays`
 * for what follows. */
struct span {
    bool entered, stays;
};

static void run_calls(const ek_program *program, struct ek_workspace *work,
                      const struct twins *twins, const struct ek_pass *pass, bool takes,
                      struct span span)
{
    const struct ek_binding *binding = &program->binding;
    const size_t first = binding->block_calls[0], end = binding->block_calls[1];
    const bool leaves = ek_pass_reaches_state(program, pass, true);
    const size_t from = first + (takes && span.entered), to = end - (leaves && span.stays);
    for (size_t c = from; c < to; c++)
        run_call(program, &binding->calls[c], work, twins, takes && c == first,
                 leaves && c + 1 == end);
}

/* To the next pair, half by half. */
static void hand_over(const ek_program *program, const struct ek_pass *pass, bool takes,
                      struct ek_workspace *work, const struct twins *twins,
                      const struct twins *next)
{
    const struct ek_binding *binding = &program->binding;
    const struct ek_call *out = &binding->calls[binding->block_calls[1] - 1];
    const struct ek_call *in = takes ? &binding->calls[0] : &binding->enter;
    for (int h = 0; h < 2; h++) {
        const struct ek_seat *mine = &twins->half[h], *other = &next->half[h];
        ek_trip_hand_over(program, pass->active, out, in, work, &mine->place, &other->place,
                          mine->base, other->base);
    }
}

/* The pairs of one thread, in a row. */
static void run_row(const ek_program *program, const struct ek_pass *pass, struct ek_tiles pairs,
                    const double *constant, struct ek_workspace *work, ek_state *state)
{
    const bool takes = !constant && ek_pass_reaches_state(program, pass, false);
    const bool leaves = ek_pass_reaches_state(program, pass, true);
    const bool hands_over = !constant && ek_pass_hands_over(program, pass);
    const size_t end = pairs.first + pairs.count;
    for (size_t p = pairs.first; p < end; p++) {
        const struct span span = {hands_over && p > pairs.first, hands_over && p + 1 < end};
        struct twins twins, next;
        take_twins(program, pass, ek_deposit(p, pairs.outside), work, state, &twins);
        if (!takes && !span.entered) enter(program, constant, &twins);
        run_calls(program, work, &twins, pass, takes, span);
        if (span.stays) {
            take_twins(program, pass, ek_deposit(p + 1, pairs.outside), work, state, &next);
            hand_over(program, pass, takes, work, &twins, &next);
        } else if (!leaves) {
            leave(program, &twins);
        }
    }
}

void ek_twins_run(const ek_program *program, const struct ek_pass *pass, const double *constant,
                  ek_state *state)
{
    const uint64_t pivot = ek_bit(ek_highest_bit(pass->twin)); /* 0 in one tile of a pair */
    const struct ek_tiles pairs = ek_tiles_find(program, pass->active | pivot);
    const int threads = program->threads;
#pragma omp parallel num_threads(threads) if (pairs.count > 1)
    {
        const size_t mine = (size_t)ek_thread_number(), all = (size_t)ek_thread_count();
        const size_t first = mine * pairs.count / all, end = (mine + 1) * pairs.count / all;
        const struct ek_tiles row = {pairs.first + first, end - first, pairs.outside};
        run_row(program, pass, row, constant, &program->workspaces[mine], state);
    }
}
