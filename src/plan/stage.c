/* Cluster level: stages, and the reshuffles between them. */
#include "plan/plan.h"

#include <stdlib.h>

/* A wire and when it is needed resident next. */
struct candidate {
    int wire;
    ek_slot slot;
    size_t next_use;
};

/* Farthest next use first; among equals the highest slot, so that what moves is contiguous. */
static int by_farthest_use(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->next_use != y->next_use) return x->next_use < y->next_use ? 1 : -1;
    return (int)y->slot.at - (int)x->slot.at;
}

static int collect(const struct ek_schedule *schedule, const struct ek_layout *layout, int low,
                   int high, struct candidate *candidates)
{
    size_t next_use[64];
    int count = 0;
    ek_schedule_next_use(schedule, next_use);
    for (int wire = 0; wire < layout->qubits; wire++)
        if (layout->slot[wire].at >= low && layout->slot[wire].at < high)
            candidates[count++] =
                (struct candidate){wire, layout->slot[wire], next_use[wire]};
    qsort(candidates, (size_t)count, sizeof *candidates, by_farthest_use);
    return count;
}

/* A free first layout: the wires that are needed last stand on the rank slots. */
static void choose_entry(const ek_plan *plan, const struct ek_schedule *schedule,
                         struct ek_layout *layout)
{
    struct candidate wires[64];
    ek_layout_identity(plan->qubits, layout);
    const int count = collect(schedule, layout, 0, plan->qubits, wires);
    const int away = plan->qubits - plan->local_slots;
    uint64_t on_ranks = 0;
    for (int i = 0; i < away && i < count; i++) on_ranks |= ek_bit(wires[i].wire);
    int local = 0, rank = plan->local_slots;
    for (int wire = 0; wire < plan->qubits; wire++)
        layout->slot[wire].at = (uint8_t)(on_ranks & ek_bit(wire) ? rank++ : local++);
}

/* Brings in the wires that are needed soonest for those that are needed last. The operation that
 * is first in order has only soonest wires, so at least it becomes possible. */
static void choose_swaps(const ek_plan *plan, const struct ek_schedule *schedule,
                         const struct ek_layout *before, struct ek_stage *stage)
{
    struct candidate away[64], local[64];
    const int away_count = collect(schedule, before, plan->local_slots, plan->qubits, away);
    const int local_count = collect(schedule, before, 0, plan->local_slots, local);
    stage->layout = *before;
    for (int i = 0; i < away_count && i < local_count; i++) {
        const struct candidate *arrives = &away[away_count - 1 - i], *leaves = &local[i];
        if (arrives->next_use >= leaves->next_use) break;
        stage->swaps[stage->swap_count++] = (struct ek_swap){arrives->slot, leaves->slot};
        stage->layout.slot[arrives->wire] = leaves->slot;
        stage->layout.slot[leaves->wire] = arrives->slot;
    }
}

static uint64_t local_wires(const ek_plan *plan, const struct ek_layout *layout)
{
    uint64_t wires = 0;
    for (int wire = 0; wire < plan->qubits; wire++)
        if (layout->slot[wire].at < plan->local_slots) wires |= ek_bit(wire);
    return wires;
}

static ek_status add_stage(ek_plan *plan, const struct ek_stage *stage)
{
    void *stages = plan->stages;
    EK_TRY(ek_grow(&stages, plan->stage_count, sizeof *stage, plan->stage_count + 1,
                   &plan->stage_capacity));
    plan->stages = stages;
    plan->stages[plan->stage_count++] = *stage;
    return EK_OK;
}

static ek_status make_stages(ek_plan *plan, const struct ek_layout *entry,
                             struct ek_schedule *schedule, size_t *taken)
{
    struct ek_stage stage = {0};
    if (entry) stage.layout = *entry;
    else choose_entry(plan, schedule, &stage.layout);
    stage.layout.inverted = 0; /* inversions were given to the lowering */
    for (;;) {
        const uint64_t resident = local_wires(plan, &stage.layout);
        size_t count;
        ek_schedule_absorb(schedule, resident, false, taken, &count);
        EK_TRY(ek_plan_passes(plan, &stage, count, taken));
        EK_TRY(add_stage(plan, &stage));
        if (ek_schedule_left(schedule) == 0) return EK_OK;
        const struct ek_layout before = stage.layout;
        stage = (struct ek_stage){0};
        choose_swaps(plan, schedule, &before, &stage);
    }
}

ek_status ek_plan_stages(ek_plan *plan, const struct ek_layout *entry)
{
    struct ek_schedule *schedule = NULL;
    size_t *taken = NULL;
    ek_status status = EK_NEW(taken, plan->wires.op_count);
    if (status == EK_OK) status = EK_NEW(plan->ops, plan->wires.op_count);
    if (status == EK_OK) status = ek_schedule_create(&plan->wires, 0, NULL, &schedule);
    if (status == EK_OK) status = make_stages(plan, entry, schedule, taken);
    ek_schedule_destroy(&schedule);
    ek_release(taken);
    return status;
}
