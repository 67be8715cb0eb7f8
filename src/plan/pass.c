/* Rank level: passes over the local amplitudes, each with the slots that its tiles hold. */
#include "plan/plan.h"

/* The wire whose arrival in the tile serves most ready operations, an operation that misses k wires
 * counting 1/k; -1 when none would help within `capacity` more wires. */
static int best_wire(const ek_plan *plan, const struct ek_schedule *schedule, uint64_t resident,
                     int capacity)
{
    double score[64] = {0};
    size_t count;
    const size_t *ready = ek_schedule_ready(schedule, &count);
    for (size_t i = 0; i < count; i++) {
        const uint64_t missing = ek_op_resident(&plan->wires.ops[ready[i]].op) & ~resident;
        const int misses = ek_popcount(missing);
        if (misses == 0 || misses > capacity) continue;
        for (uint64_t left = missing; left; left &= left - 1)
            score[ek_lowest_bit(left)] += 1.0 / misses;
    }
    int best = -1;
    for (int wire = 0; wire < plan->qubits; wire++)
        if (score[wire] > 0 && (best < 0 || score[wire] > score[best])) best = wire;
    return best;
}

/* Takes operations while the tile grows; gives the wires that it holds in the end. */
static uint64_t grow_tile(const ek_plan *plan, struct ek_schedule *schedule,
                          const struct ek_layout *layout, size_t *taken, size_t *count)
{
    uint64_t resident = 0;
    for (int wire = 0; wire < plan->qubits; wire++)
        if (layout->slot[wire].at < plan->row_slots) resident |= ek_bit(wire);
    *count = 0;
    for (;;) {
        size_t batch;
        const struct ek_op *first;
        ek_schedule_absorb(schedule, resident, taken + *count, &batch);
        first = batch > 0 ? &plan->wires.ops[taken[*count]].op : NULL;
        *count += batch;
        if (first && first->kind == EK_OP_GROVER) return resident;
        const int capacity = plan->tile_slots - ek_popcount(resident);
        const int wire = capacity > 0 ? best_wire(plan, schedule, resident, capacity) : -1;
        if (wire < 0) return resident;
        resident |= ek_bit(wire);
    }
}

static ek_status add_pass(ek_plan *plan, const struct ek_pass *pass)
{
    void *passes = plan->passes;
    EK_TRY(ek_grow(&passes, plan->pass_count, sizeof *pass, plan->pass_count + 1,
                   &plan->pass_capacity));
    plan->passes = passes;
    plan->passes[plan->pass_count++] = *pass;
    return EK_OK;
}

/* Active slots: those of the resident wires, filled up from below. */
static uint64_t active_slots(const ek_plan *plan, const struct ek_layout *layout, uint64_t resident)
{
    uint64_t active = ek_layout_mask(layout, resident);
    for (int slot = 0; ek_popcount(active) < plan->tile_slots; slot++) active |= ek_bit(slot);
    return active;
}

static ek_status make_pass(ek_plan *plan, struct ek_schedule *schedule, const struct ek_stage *stage,
                           size_t *taken)
{
    struct ek_pass pass = {.first_op = plan->op_count};
    const uint64_t resident =
        grow_tile(plan, schedule, &stage->layout, taken, &pass.op_count);
    pass.active = active_slots(plan, &stage->layout, resident);
    pass.grover = plan->wires.ops[taken[0]].op.kind == EK_OP_GROVER;
    for (size_t i = 0; i < pass.op_count; i++)
        ek_plan_tile_op(plan, &stage->layout, pass.active, taken[i], &plan->ops[plan->op_count++]);
    return add_pass(plan, &pass);
}

ek_status ek_plan_passes(ek_plan *plan, struct ek_stage *stage, size_t count, const size_t *chosen)
{
    struct ek_schedule *schedule = NULL;
    size_t *taken = NULL;
    stage->first_pass = plan->pass_count;
    ek_status status = EK_NEW(taken, count);
    if (status == EK_OK) status = ek_schedule_create(&plan->wires, count, chosen, &schedule);
    while (status == EK_OK && ek_schedule_left(schedule) > 0)
        status = make_pass(plan, schedule, stage, taken);
    stage->pass_count = plan->pass_count - stage->first_pass;
    ek_schedule_destroy(&schedule);
    ek_release(taken);
    return status;
}
