/* One pass: gather a tile, run every operation of the pass on it, scatter it back. A block of
 * operations that needs few slots runs on parts of the tile that fit the first-level cache. */
#include "exec/pass_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the phases of the pass's diagonal operations ------------------------------------------- */

static const ek_diagonal *diagonal_of(const ek_plan *plan, const struct ek_tile_op *op)
{
    return plan->circuit->diagonals[plan->wires.ops[op->wire_op].op.diagonal];
}

/* e^{-i angle value} for each level of each diagonal operation. */
static void fill_phases(ek_program *program, const struct ek_pass *pass)
{
    const ek_plan *plan = program->plan;
    for (size_t i = pass->first_op; i < pass->first_op + pass->op_count; i++) {
        const struct ek_tile_op *op = &plan->ops[i];
        if (op->kind != EK_OP_DIAGONAL) continue;
        const ek_diagonal *diagonal = diagonal_of(plan, op);
        ek_complex *phases = program->phases + program->phases_at[i];
        const double angle = program->values[op->values].re;
        for (uint32_t level = 0; level < diagonal->levels; level++) {
            const double turn = angle * ek_level_value(diagonal, level);
            phases[level] = (ek_complex){cos(turn), -sin(turn)};
        }
    }
}

/* ---- operations on a tile, or on a part of it ----------------------------------------------- */

static void apply_table(const ek_program *program, const struct ek_tile_op *op,
                        struct ek_workspace *work, const struct ek_place *place,
                        struct ek_where where)
{
    const ek_complex *phases = program->values + op->values;
    uint8_t position[EK_TABLE_MAX] = {0}, source[EK_TABLE_MAX] = {0};
    size_t fixed = 0;
    int count = 0;
    if (op->target_count == 0) {
        program->kernels->phase(place->tile, phases[0], where);
        return;
    }
    for (int j = 0; j < op->target_count; j++) {
        if (op->position[j] < EK_OUTER_POSITION) {
            source[count] = (uint8_t)j;
            position[count++] = op->position[j];
        } else if (place->physical >> (op->position[j] - EK_OUTER_POSITION) & 1) {
            fixed |= (size_t)1 << j;
        }
    }
    if (count < op->target_count) {
        for (size_t i = 0; i < (size_t)1 << count; i++) {
            size_t entry = fixed;
            for (int j = 0; j < count; j++)
                if (i >> j & 1) entry |= (size_t)1 << source[j];
            work->table[i] = phases[entry];
        }
        phases = work->table;
    }
    program->kernels->table(place->tile, count, position, phases, where);
}

static void apply_diagonal(const ek_program *program, size_t number, struct ek_workspace *work,
                           const struct ek_place *place)
{
    const ek_plan *plan = program->plan;
    const struct ek_tile_op *op = &plan->ops[number];
    const ek_diagonal *diagonal = diagonal_of(plan, op);
    const struct ek_diagonal_view *view = &program->views[number];
    const struct ek_kernels *kernels = program->kernels;
    const struct ek_level_table *table = program->tables[number];
    const ek_complex *phases = program->phases + program->phases_at[number];
    const size_t size = (size_t)1 << place->tile->slots;
    if (table) {
        kernels->levels(place->tile, (const uint16_t *)table->memory.all + place->local,
                        place->row, plan->row_slots, diagonal->levels, phases);
        return;
    }
    if (ek_diagonal_has_half_levels(diagonal)) {
        ek_diagonal_view_levels(view, kernels, place->physical, work->levels);
    } else {
        ek_diagonal_view_fill(view, kernels, place->physical, work->levels, work->values);
        if (diagonal->levels == 0) {
            kernels->values(place->tile, work->values, program->values[op->values].re);
            return;
        }
        for (size_t i = 0; i < size; i++) work->levels[i] = ek_level_of(diagonal, work->values[i]);
    }
    kernels->levels(place->tile, work->levels, program->plain_rows, plan->row_slots,
                    diagonal->levels, phases);
}

static void apply_parity(const ek_program *program, const struct ek_tile_op *op,
                         const struct ek_place *place, struct ek_where where)
{
    const ek_complex *v = program->values + op->values;
    const int odd = ek_parity(place->physical & op->outer_z);
    const ek_complex phases[2] = {v[odd], v[1 - odd]};
    program->kernels->parity(place->tile, op->inner_z, phases, where);
}

static void apply_pauli(const ek_program *program, const struct ek_tile_op *op,
                        const struct ek_place *place, struct ek_where where)
{
    const ek_complex cs = program->values[op->values];
    const double sine = ek_parity(place->physical & op->outer_z) ? -cs.im : cs.im;
    program->kernels->pauli(place->tile, op->inner_x, op->inner_z,
                            ek_popcount(op->inner_x & op->inner_z), cs.re, sine, where);
}

void ek_tile_apply(const ek_program *program, size_t number, struct ek_workspace *work,
                   const struct ek_place *place)
{
    const struct ek_tile_op *op = &program->plan->ops[number];
    const struct ek_where where = {op->inner_mask, op->inner_value};
    if ((place->physical & op->outer_mask) != op->outer_value) return;
    switch (op->kind) {
    case EK_OP_DIAGONAL:
        apply_diagonal(program, number, work, place);
        break;
    case EK_OP_DENSE:
        program->kernels->dense(place->tile, op->target_count, op->position,
                                program->values + op->values, where);
        break;
    case EK_OP_TABLE:
        apply_table(program, op, work, place, where);
        break;
    case EK_OP_PARITY:
        apply_parity(program, op, place, where);
        break;
    default:
        apply_pauli(program, op, place, where);
        break;
    }
}

void ek_call_run(const ek_program *program, const struct ek_call *call, struct ek_workspace *work,
                 const struct ek_place *place, const struct ek_flow *flow)
{
    if (call->in_registers) ek_trip_run(program, call, work, place, flow);
    else ek_tile_apply(program, call->op, work, place);
}

/* The first call takes from elsewhere, the last one leaves there, where `flow` says so. */
static void apply_block(const ek_program *program, size_t number, struct ek_workspace *work,
                        const struct ek_place *place, const struct ek_flow *flow)
{
    const struct ek_binding *binding = &program->binding;
    const size_t first = binding->block_calls[number], end = binding->block_calls[number + 1];
    for (size_t c = first + flow->entered; c + flow->stays < end; c++) {
        const struct ek_call *call = &binding->calls[c];
        const bool last = c + 1 == end;
        const struct ek_flow own = {
            c == first ? flow->from : NULL, last ? flow->to : NULL, flow->ahead,
            c == first ? flow->take : NULL, last ? flow->put : NULL, false, false};
        ek_call_run(program, call, work, place, &own);
    }
}

/* True when the first, or the last, call of a block can reach into the tile that its own one is a
 * part of; a single call cannot reach there and into the state. */
static bool reaches_whole(const ek_program *program, size_t block, bool last,
                          const struct ek_flow *flow)
{
    const struct ek_binding *binding = &program->binding;
    const size_t first = binding->block_calls[block], end = binding->block_calls[block + 1];
    if (first == end || (last ? flow->to != NULL : flow->from != NULL)) return false;
    if (end - first == 1 && (flow->from || flow->to)) return false;
    return binding->calls[last ? end - 1 : first].in_registers;
}

static void *shift(const void *amplitudes, size_t bytes)
{
    return amplitudes ? (char *)amplitudes + bytes : NULL;
}

/* A block on the parts of a tile, one after the other. */
static void apply_in_parts(const ek_program *program, const struct ek_pass *pass, size_t block,
                           struct ek_workspace *work, const struct ek_place *tile,
                           const struct ek_flow *flow)
{
    const ek_plan *plan = program->plan;
    const size_t number = pass->first_block + block;
    const uint64_t rest = pass->active & ~plan->blocks[number].active;
    const size_t rows = (size_t)1 << (plan->block_slots - plan->row_slots);
    const size_t *part_rows = program->part_rows + number * rows;
    const size_t real_bytes = ek_amplitude_bytes(plan->options.precision) / 2;
    const bool take = reaches_whole(program, block, false, flow);
    const bool put = reaches_whole(program, block, true, flow);
    uint64_t offset = 0;
    do {
        const uint64_t next = (offset - rest) & rest, inside = ek_extract(offset, pass->active);
        const struct ek_tile whole = {shift(tile->tile->re, inside * real_bytes),
                                      shift(tile->tile->im, inside * real_bytes),
                                      tile->tile->slots};
        const struct ek_place place = {&work->part, tile->physical | offset, tile->local | offset,
                                       program->block_rows + number * rows};
        const struct ek_flow part = {shift(flow->from, 2 * offset * real_bytes),
                                     shift(flow->to, 2 * offset * real_bytes),
                                     next ? next - offset : 0, take ? &whole : NULL,
                                     put ? &whole : NULL, false, false};
        if (!flow->from && !take)
            program->kernels->take_part(&whole, part_rows, plan->row_slots, &work->part);
        apply_block(program, block, work, &place, &part);
        if (!flow->to && !put)
            program->kernels->put_part(&whole, part_rows, plan->row_slots, &work->part);
        offset = next;
    } while (offset != 0);
}

static void apply_blocks(const ek_program *program, const struct ek_pass *pass,
                         struct ek_workspace *work, const struct ek_place *place,
                         const struct ek_flow *flow)
{
    for (size_t b = 0; b < pass->block_count; b++) {
        const bool last = b + 1 == pass->block_count;
        const struct ek_flow own = {b == 0 ? flow->from : NULL, last ? flow->to : NULL, 0, NULL,
                                    NULL, b == 0 && flow->entered, last && flow->stays};
        if (program->plan->blocks[pass->first_block + b].active == pass->active)
            apply_block(program, b, work, place, &own);
        else
            apply_in_parts(program, pass, b, work, place, &own);
    }
}

/* True when the first, or the last, call of a pass can reach into the state: it is in registers,
 * and the lanes are the lowest slots there too. The first one does not where rows are better
 * gathered one by one. */
bool ek_pass_reaches_state(const ek_program *program, const struct ek_pass *pass, bool last)
{
    const struct ek_binding *binding = &program->binding;
    const uint64_t lanes = ek_low_bits(program->plan->lane_slots);
    const size_t block = last ? pass->block_count - 1 : 0;
    const size_t first = binding->block_calls[block], end = binding->block_calls[block + 1];
    if ((program->plan->blocks[pass->first_block + block].active & lanes) != lanes ||
        first == end)
        return false;
    const struct ek_call *call = &binding->calls[last ? end - 1 : first];
    return call->in_registers && (last || !ek_call_alike(program, call));
}

/* Offsets of a tile's rows: row r has the bits of r on the active slots above the row. */
static void set_rows(ek_program *program, const struct ek_pass *pass)
{
    const ek_plan *plan = program->plan;
    const size_t rows = (size_t)1 << (ek_popcount(pass->active) - plan->row_slots);
    const uint64_t high = pass->active & ~ek_low_bits(plan->row_slots);
    for (size_t r = 0; r < rows; r++) program->rows[r] = ek_deposit(r, high);
}

void ek_pass_prepare(ek_program *program, const struct ek_pass *pass)
{
    ek_pass_bind(program, pass);
    if (pass->direct) return;
    set_rows(program, pass);
    fill_phases(program, pass);
}

void ek_seat_take(const ek_program *program, const struct ek_pass *pass, size_t local, size_t part,
                  const struct ek_workspace *work, ek_state *state, struct ek_seat *seat)
{
    const int slots = ek_popcount(pass->active);
    const size_t real_bytes = ek_amplitude_bytes(program->plan->options.precision) / 2;
    const size_t begin = (part << slots) * real_bytes;
    seat->tile = (struct ek_tile){shift(work->tile.re, begin), shift(work->tile.im, begin), slots};
    seat->place = (struct ek_place){&seat->tile, ek_state_shared_first(state) | local, local,
                                    program->rows};
    seat->base = ek_amplitudes_at(state, local);
}

static void take_tile(const ek_program *program, const struct ek_pass *pass, size_t number,
                      const struct ek_workspace *work, ek_state *state, struct ek_seat *seat)
{
    const uint64_t outside = ek_low_bits(program->plan->reach_slots) & ~pass->active;
    ek_seat_take(program, pass, ek_deposit(number, outside), 0, work, state, seat);
}

static void run_tile(const ek_program *program, const struct ek_pass *pass, size_t number,
                     const double *constant, struct ek_workspace *work, ek_state *state)
{
    const ek_plan *plan = program->plan;
    struct ek_seat seat;
    take_tile(program, pass, number, work, state, &seat);
    const struct ek_flow flow = {
        .from = !constant && ek_pass_reaches_state(program, pass, false) ? seat.base : NULL,
        .to = ek_pass_reaches_state(program, pass, true) ? seat.base : NULL};
    if (constant)
        program->kernels->fill(&seat.tile, *constant);
    else if (!flow.from)
        program->kernels->gather(seat.base, program->rows, plan->row_slots, &seat.tile);
    apply_blocks(program, pass, work, &seat.place, &flow);
    if (!flow.to)
        program->kernels->scatter(seat.base, program->rows, plan->row_slots, &seat.tile,
                                  program->binding.scale);
}

/* ---- tiles that hand over ------------------------------------------------------------------- */

/* On AMD's processors, on which it was measured. */
static bool hand_over_pays(void)
{
    const char *wanted = getenv("EXAKET_HAND_OVER");
    return wanted && *wanted ? strcmp(wanted, "on") == 0 : ek_machine_facts_get()->l1_hashed;
}

/* Both blocks must be on the whole tile, and the last call one of its own. */
bool ek_pass_hands_over(const ek_program *program, const struct ek_pass *pass)
{
    const struct ek_block *blocks = program->plan->blocks + pass->first_block;
    const size_t last = pass->block_count - 1;
    const struct ek_binding *binding = &program->binding;
    const bool one_call = last == 0 && binding->block_calls[1] - binding->block_calls[0] == 1;
    return hand_over_pays() && blocks[0].active == pass->active &&
           blocks[last].active == pass->active && ek_pass_reaches_state(program, pass, true) &&
           !(one_call && ek_pass_reaches_state(program, pass, false));
}

/* The tiles of one thread, in a row. */
static void run_row(const ek_program *program, const struct ek_pass *pass, size_t first,
                    size_t end, struct ek_workspace *work, ek_state *state)
{
    const struct ek_binding *binding = &program->binding;
    const bool enters = ek_pass_reaches_state(program, pass, false);
    const struct ek_call *out = &binding->calls[binding->block_calls[pass->block_count] - 1];
    const struct ek_call *in = enters ? &binding->calls[0] : &binding->enter;
    struct ek_seat seat, next;
    if (first == end) return;
    take_tile(program, pass, first, work, state, &seat);
    if (!enters)
        program->kernels->gather(seat.base, program->rows, program->plan->row_slots, &seat.tile);
    for (size_t number = first; number < end; number++) {
        const bool last = number + 1 == end, inside = number > first;
        const struct ek_flow flow = {.from = enters && !inside ? seat.base : NULL,
                                     .to = last ? seat.base : NULL,
                                     .entered = enters && inside,
                                     .stays = !last};
        apply_blocks(program, pass, work, &seat.place, &flow);
        if (last) break;
        take_tile(program, pass, number + 1, work, state, &next);
        ek_trip_hand_over(program, pass->active, out, in, work, &seat.place, &next.place,
                          seat.base, next.base);
        seat = next;
        seat.place.tile = &seat.tile;
    }
}

struct ek_tiles ek_tiles_find(const ek_program *program, uint64_t active)
{
    const ek_plan *plan = program->plan;
    const uint64_t outside = ek_low_bits(plan->reach_slots) & ~active;
    const size_t all = (size_t)1 << ek_popcount(outside);
    const size_t ranks = (size_t)1 << (plan->reach_slots - plan->local_slots);
    const size_t mine = (size_t)ek_session_rank(program->session) % ranks;
    const size_t first = mine * all / ranks, end = (mine + 1) * all / ranks;
    return (struct ek_tiles){first, end - first, outside};
}

void ek_pass_meet(ek_program *program, const struct ek_pass *pass)
{
    if ((pass->active | pass->twin) >> program->plan->local_slots)
        ek_shared_barrier(program->session);
}

void ek_pass_run(ek_program *program, const struct ek_pass *pass, const struct ek_stage *stage,
                 const double *constant, ek_state *state)
{
    const struct ek_tiles tiles = ek_tiles_find(program, pass->active);
    const int threads = program->threads;
    if (pass->grover) {
        ek_grover_run(program, &program->plan->ops[pass->first_op], stage, state);
        return;
    }
    if (pass->fourier) {
        ek_fourier_run(program, pass, stage, state);
        return;
    }
    if (pass->wide) {
        ek_wide_run(program, pass, stage, state);
        return;
    }
    ek_pass_prepare(program, pass);
    ek_pass_meet(program, pass);
    if (pass->direct) {
        ek_direct_run(program, pass, state);
        ek_pass_meet(program, pass);
        return;
    }
    if (pass->twin) {
        ek_twins_run(program, pass, constant, state);
        ek_pass_meet(program, pass);
        return;
    }
    const bool hand_over = !constant && ek_pass_hands_over(program, pass);
#pragma omp parallel num_threads(threads) if (tiles.count > 1)
    {
        const size_t mine = (size_t)ek_thread_number(), all = (size_t)ek_thread_count();
        struct ek_workspace *work = &program->workspaces[mine];
        if (hand_over) {
            run_row(program, pass, tiles.first + mine * tiles.count / all,
                    tiles.first + (mine + 1) * tiles.count / all, work, state);
        } else {
#pragma omp for schedule(static)
            for (size_t t = tiles.first; t < tiles.first + tiles.count; t++)
                run_tile(program, pass, t, constant, work, state);
        }
    }
    ek_pass_meet(program, pass);
}
