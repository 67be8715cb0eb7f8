/* How much memory the bindings of a plan's passes take. */
#include "exec/trip_private.h"

/* A run of diagonal operations that is being measured. */
struct run_size {
    bool used, groups, lanes, grouped_lanes;
};

static void close_run(const struct ek_binder *b, struct run_size *run, struct ek_binding *size)
{
    const size_t registers = 2 * EK_REGISTERS;
    if (!run->used) return;
    size->step_count += EK_SIGNS + EK_REGISTER_SLOTS;
    size->scratch_runs++;
    size->number_count += EK_REGISTER_SLOTS + registers * (run->groups ? EK_GROUPS : 1);
    if (run->lanes) size->number_count += registers << b->lane_slots;
    if (run->grouped_lanes) size->number_count += (size_t)2 * EK_GROUPS << b->lane_slots;
    *run = (struct run_size){0};
}

static void measure_diagonal(const struct ek_binder *b, const struct ek_tile_op *op,
                             struct run_size *run, struct ek_binding *size)
{
    struct ek_bit_phases phases;
    uint64_t inner, outer;
    ek_binder_get_bits(b, op, &phases, &inner, &outer);
    run->used = true;
    bool group = false, lane = false;
    for (int i = 0; i < phases.count; i++) {
        group |= phases.place[i].kind == IN_GROUP;
        lane |= phases.place[i].kind == IN_LANE;
    }
    run->groups |= group;
    run->lanes |= lane;
    run->grouped_lanes |= group && lane;
    size->far_count += 3;
}

static void measure_dense(const struct ek_binder *b, const struct ek_tile_op *op,
                          struct ek_binding *size)
{
    enum { DENSE2_NUMBERS = 48, DENSE_NUMBERS = 10 };
    size_t in_lanes = (size_t)ek_popcount(op->inner_mask & ek_low_bits(b->lane_slots));
    for (int j = 0; j < op->target_count; j++)
        if (op->position[j] < b->lane_slots) in_lanes++;
    size->step_count += 2 + 2 * in_lanes + 2; /* two to hold imaginary parts and let go */
    size->number_count += (op->target_count == 2 ? DENSE2_NUMBERS : DENSE_NUMBERS) + 2;
    if (in_lanes) size->number_count += (size_t)4 << b->lane_slots;
}

static void measure_trip(struct ek_binder *b, const struct ek_plan_trip *trip,
                         struct ek_binding *size)
{
    const ek_plan *plan = b->program->plan;
    struct run_size run = {0};
    b->trip = trip;
    if (trip->in_registers) ek_binder_set_shape(b);
    for (size_t i = trip->first_op; i < trip->first_op + trip->op_count; i++) {
        const struct ek_tile_op *op = &plan->ops[i];
        size->call_count += 2;
        if (!trip->in_registers || !ek_op_in_registers(&plan->wires.ops[op->wire_op].op)) continue;
        if (op->kind == EK_OP_DENSE) {
            close_run(b, &run, size);
            measure_dense(b, op, size);
        } else {
            measure_diagonal(b, op, &run, size);
        }
    }
    close_run(b, &run, size);
    size->call_count += 1;
}

static void keep_larger(size_t *most, size_t count)
{
    if (count > *most) *most = count;
}

/* The largest counts of any pass; scratch and steps of any trip. */
static void measure(ek_program *program, struct ek_binding *most, size_t *trip_steps)
{
    const ek_plan *plan = program->plan;
    struct ek_binder b = {.program = program,
                          .lane_slots = plan->lane_slots};
    *trip_steps = 0;
    for (size_t p = 0; p < plan->pass_count; p++) {
        struct ek_binding size = {0};
        for (size_t i = 0; i < plan->passes[p].block_count; i++) {
            b.block = &plan->blocks[plan->passes[p].first_block + i];
            for (size_t t = 0; t < b.block->trip_count; t++) {
                const struct ek_binding before = size;
                measure_trip(&b, &plan->trips[b.block->first_trip + t], &size);
                keep_larger(&most->scratch_numbers, size.number_count - before.number_count);
                keep_larger(&most->scratch_runs, size.scratch_runs - before.scratch_runs);
                keep_larger(trip_steps, size.step_count - before.step_count);
            }
        }
        keep_larger(&most->call_count, size.call_count);
        keep_larger(&most->step_count, size.step_count);
        keep_larger(&most->far_count, size.far_count);
        keep_larger(&most->number_count, size.number_count);
    }
}

static ek_status make_chunk_steps(const ek_program *program, size_t step_count,
                                  struct ek_chunk_steps *chunk)
{
    const struct ek_binding *binding = &program->binding;
    const size_t real_bytes = ek_amplitude_bytes(program->plan->options.precision) / 2;
    EK_TRY(ek_allocate_bytes(binding->scratch_numbers * real_bytes, &chunk->scratch));
    EK_TRY(EK_NEW(chunk->steps, step_count));
    return EK_NEW(chunk->fixed, binding->scratch_runs);
}

ek_status ek_binding_create(ek_program *program)
{
    const ek_plan *plan = program->plan;
    const size_t real_bytes = ek_amplitude_bytes(plan->options.precision) / 2;
    struct ek_binding *binding = &program->binding;
    size_t most_blocks = 0, trip_steps;
    measure(program, binding, &trip_steps);
    for (size_t p = 0; p < plan->pass_count; p++)
        keep_larger(&most_blocks, plan->passes[p].block_count);
    EK_TRY(EK_NEW(binding->calls, binding->call_count));
    EK_TRY(EK_NEW(binding->steps, binding->step_count));
    EK_TRY(EK_NEW(binding->far, binding->far_count));
    EK_TRY(EK_NEW(binding->block_calls, most_blocks + 1));
    EK_TRY(ek_allocate_bytes(binding->number_count * real_bytes, &binding->numbers));
    for (int t = 0; t < program->threads; t++) {
        EK_TRY(make_chunk_steps(program, trip_steps, &program->workspaces[t].chunk));
        EK_TRY(make_chunk_steps(program, trip_steps, &program->workspaces[t].next));
    }
    return EK_OK;
}

void ek_chunk_steps_clear(struct ek_chunk_steps *chunk)
{
    ek_release(chunk->scratch);
    ek_release(chunk->steps);
    ek_release(chunk->fixed);
}

void ek_binding_clear(struct ek_binding *binding)
{
    ek_release(binding->calls);
    ek_release(binding->steps);
    ek_release(binding->far);
    ek_release(binding->block_calls);
    ek_release(binding->numbers);
}
