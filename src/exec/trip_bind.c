/* Operations -> steps of trips, pass by pass. What has no kernel in registers stays an operation
 * of its own. */
#include "exec/trip_private.h"

#include <string.h>

_Static_assert((int)EK_PLAN_REGISTERS == EK_REGISTER_SLOTS && (int)EK_PLAN_NEAR == EK_NEAR_SLOTS,
               "plans know the chunks of the kernels");

/* ---- places --------------------------------------------------------------------------------- */

struct ek_bit_place ek_binder_place(const struct ek_binder *b, int position)
{
    if (position < b->lane_slots) return (struct ek_bit_place){IN_LANE, position, 0};
    for (int k = 0; k < EK_REGISTER_SLOTS; k++)
        if (b->trip->registers[k] == position) return (struct ek_bit_place){IN_REGISTER, k, 0};
    for (int k = 0; k < b->near_count; k++)
        if (b->near[k] == position) return (struct ek_bit_place){IN_GROUP, k, 0};
    return (struct ek_bit_place){FAR, 0, ek_deposit(ek_bit(position), b->block->active)};
}

/* ---- calls and steps ------------------------------------------------------------------------ */

/* Offsets of all groups from those that have one bit. */
static void fill_groups(struct ek_spread *spread, int count)
{
    for (int g = 1; g < count; g++)
        spread->group[g] = spread->group[g & (g - 1)] + spread->group[g & -g];
}

/* All vectors of a group may share a set of the first-level cache, where those that are asked for
 * must not displace those that are loaded. */
static int choose_ask_level(void)
{
    const int ways = ek_machine_facts_get()->l1_ways;
    return ways == 0 || EK_REGISTERS < ways ? 1 : 2;
}

void ek_binder_set_shape(struct ek_binder *b)
{
    const uint64_t active = b->block->active;
    uint64_t rest = ek_low_bits(ek_popcount(active)) & ~ek_low_bits(b->lane_slots);
    struct ek_trip *trip = &b->shape.trip;
    b->shape.in_registers = true;
    trip->ask_level = choose_ask_level();
    for (int k = 0; k < EK_REGISTER_SLOTS; k++) {
        const uint64_t position = ek_bit(b->trip->registers[k]);
        trip->tile.distance[k] = position;
        trip->flat.distance[k] = ek_deposit(position, active);
        trip->whole.distance[k] = ek_extract(trip->flat.distance[k], b->pass_active);
        rest &= ~position;
    }
    trip->tile.group[0] = trip->flat.group[0] = trip->whole.group[0] = 0;
    for (b->near_count = 0; b->near_count < EK_NEAR_SLOTS && rest; rest &= rest - 1) {
        const int g = 1 << b->near_count;
        b->near[b->near_count++] = (uint8_t)ek_lowest_bit(rest);
        trip->tile.group[g] = rest & -rest;
        trip->flat.group[g] = ek_deposit(rest & -rest, active);
        trip->whole.group[g] = ek_extract(trip->flat.group[g], b->pass_active);
    }
    trip->group_count = 1 << b->near_count;
    fill_groups(&trip->tile, trip->group_count);
    fill_groups(&trip->flat, trip->group_count);
    fill_groups(&trip->whole, trip->group_count);
    b->shape.chunk_positions = rest;
    b->shape.chunk_slots = ek_deposit(rest, active);
    b->shape.chunk_wholes = ek_extract(b->shape.chunk_slots, b->pass_active);
}

struct ek_bound_step *ek_binder_add_step(struct ek_binder *b, enum ek_trip_step_kind kind,
                                         int slot)
{
    struct ek_binding *binding = b->binding;
    const size_t real_bytes = ek_amplitude_bytes(b->program->plan->options.precision) / 2;
    if (!b->call) {
        b->call = &binding->calls[binding->call_count++];
        *b->call = b->shape;
        b->call->first_step = binding->step_count;
    }
    struct ek_bound_step *bound = &binding->steps[binding->step_count++];
    *bound = (struct ek_bound_step){
        .step = {.kind = (uint8_t)kind,
                 .slot = (uint8_t)slot,
                 .touched = 0xff,
                 .numbers = (char *)binding->numbers + binding->number_count * real_bytes}};
    b->call->step_count++;
    return bound;
}

void ek_binder_set_far(struct ek_binder *b, struct ek_bound_step *bound, uint64_t mask,
                       uint64_t value)
{
    bound->far_mask = mask;
    bound->far_value = value;
    if (mask) b->call->far = true;
    if (mask & b->call->chunk_slots) b->call->per_chunk = true;
}

/* Takes the last step back. */
void ek_binder_drop_step(struct ek_binder *b)
{
    b->binding->step_count--;
    if (--b->call->step_count > 0) return;
    b->binding->call_count--;
    b->call = NULL;
}

/* Appends a number to those of the last step. */
void ek_binder_put(struct ek_binder *b, double number)
{
    const size_t at = b->binding->number_count++;
    if (b->program->plan->options.precision == EK_SINGLE)
        ((float *)b->binding->numbers)[at] = (float)number;
    else
        ((double *)b->binding->numbers)[at] = number;
}

void ek_binder_put_parts(struct ek_binder *b, const ek_complex *z, int count, bool complex)
{
    for (int i = 0; i < count; i++) ek_binder_put(b, z[i].re);
    for (int i = 0; i < count && complex; i++) ek_binder_put(b, z[i].im);
}

/* ---- a pass --------------------------------------------------------------------------------- */

static void add_plain(struct ek_binder *b, size_t op)
{
    b->call = NULL;
    b->binding->calls[b->binding->call_count++] = (struct ek_call){.op = op};
}

/* Of one-qubit matrices in a row, from this one on, those that are equal to it; EK_EQUAL_ENOUGH at
 * most. */
static int count_equal(const struct ek_binder *b, size_t number)
{
    const struct ek_tile_op *ops = b->program->plan->ops;
    const ek_complex *values = b->program->values, *m = values + ops[number].values;
    int count = 0;
    for (size_t i = number; i < b->row_end && count < EK_EQUAL_ENOUGH; i++, count++)
        if (!ek_is_plain_matrix(&ops[i]) || memcmp(values + ops[i].values, m, 4 * sizeof *m) != 0)
            break;
    return count;
}

static void add_op(struct ek_binder *b, size_t number)
{
    const struct ek_tile_op *op = &b->program->plan->ops[number];
    const struct ek_op *gate = &b->program->plan->wires.ops[op->wire_op].op;
    const bool in_registers = b->trip->in_registers && ek_op_in_registers(gate);
    if (in_registers && op->kind != EK_OP_DENSE && ek_binder_add_diagonal(b, op)) return;
    ek_binder_flush(b);
    if (in_registers && op->kind == EK_OP_DENSE &&
        ek_binder_add_dense(b, op, count_equal(b, number)))
        return;
    ek_binder_let_go(b);
    add_plain(b, number);
}

static void bind_trip(struct ek_binder *b, const struct ek_plan_trip *trip)
{
    b->trip = trip;
    b->call = NULL;
    b->run.used = false;
    if (trip->in_registers) ek_binder_set_shape(b);
    for (size_t i = 0; i < trip->op_count; i++) add_op(b, trip->first_op + i);
    ek_binder_flush(b);
}

/* Its registers are the lowest slots above the lanes, so that it reads long rows. */
static void bind_enter(struct ek_binder *b)
{
    struct ek_plan_trip lowest = {.in_registers = true};
    for (int k = 0; k < EK_REGISTER_SLOTS; k++) lowest.registers[k] = (uint8_t)(b->lane_slots + k);
    b->trip = &lowest;
    ek_binder_set_shape(b);
    b->binding->enter = b->shape;
}

/* The end of the operations from this trip on that ride in registers. */
static size_t find_row_end(const struct ek_plan *plan, size_t trip, size_t end)
{
    while (trip < end && plan->trips[trip].in_registers) trip++;
    return trip < end ? plan->trips[trip].first_op
                      : plan->trips[end - 1].first_op + plan->trips[end - 1].op_count;
}

void ek_pass_bind(ek_program *program, const struct ek_pass *pass)
{
    const ek_plan *plan = program->plan;
    struct ek_binding *binding = &program->binding;
    struct ek_binder b = {.program = program,
                          .binding = binding,
                          .lane_slots = plan->lane_slots};
    const struct ek_block *last = &plan->blocks[pass->first_block + pass->block_count - 1];
    b.pass_active = pass->active;
    binding->call_count = binding->step_count = binding->far_count = binding->number_count = 0;
    binding->scale = (ek_complex){1, 0};
    b.block = &plan->blocks[pass->first_block];
    bind_enter(&b);
    for (size_t i = 0; i < pass->block_count; i++) {
        b.block = &plan->blocks[pass->first_block + i];
        binding->block_calls[i] = binding->call_count;
        for (size_t t = 0; t < b.block->trip_count; t++) {
            const size_t trip = b.block->first_trip + t;
            b.row_end = find_row_end(plan, trip, last->first_trip + last->trip_count);
            bind_trip(&b, &plan->trips[trip]);
        }
    }
    /* Without tiles there is one call, also when all comes to nothing or to a global phase. */
    if (pass->direct && binding->call_count == 0) binding->calls[binding->call_count++] = b.shape;
    binding->block_calls[pass->block_count] = binding->call_count;
}
