/* Cluster level: stages, and the reshuffles between them. The search says which wires are local
 * when; here they get their slots. What leaves soon stands on the highest local slots, so that a
 * reshuffle moves long stretches of memory; what comes back soon stands on the lowest rank slots,
 * which ranks of one node share. */
#include "plan/plan.h"

#include <stdlib.h>

/* A wire and the stage at which it moves next; SIZE_MAX for never. */
struct mover {
    int wire;
    ek_slot slot;
    size_t when;
};

static int by_soonest(const void *a, const void *b)
{
    const struct mover *x = a, *y = b;
    if (x->when != y->when) return x->when < y->when ? -1 : 1;
    return x->wire - y->wire;
}

static int by_latest(const void *a, const void *b)
{
    const struct mover *x = a, *y = b;
    if (x->when != y->when) return x->when > y->when ? -1 : 1;
    return x->wire - y->wire;
}

static int by_slot(const void *a, const void *b)
{
    const struct mover *x = a, *y = b;
    return (int)x->slot.at - (int)y->slot.at;
}

/* The stage after `stage` at which the wire changes sides. */
static size_t next_move(const uint64_t *sets, size_t count, size_t stage, int wire)
{
    for (size_t s = stage + 1; s < count; s++)
        if ((sets[s] ^ sets[stage]) & ek_bit(wire)) return s;
    return SIZE_MAX;
}

static int collect(const uint64_t *sets, size_t count, size_t stage, uint64_t wires,
                   const struct ek_layout *layout, struct mover *movers)
{
    int found = 0;
    for (; wires; wires &= wires - 1) {
        const int wire = ek_lowest_bit(wires);
        movers[found++] = (struct mover){wire, layout->slot[wire],
                                         next_move(sets, count, stage, wire)};
    }
    return found;
}

/* A free first layout. What stays for good also stands on the slots of ranks that share memory:
 * what leaves from there would be sent whole by some ranks and not at all by others. */
static void choose_entry(const ek_plan *plan, const uint64_t *sets, size_t count,
                         struct ek_layout *layout)
{
    struct mover local[64], away[64];
    ek_layout_identity(plan->qubits, layout);
    const int inside = collect(sets, count, 0, sets[0], layout, local);
    const int outside = collect(sets, count, 0, ek_low_bits(plan->qubits) & ~sets[0], layout,
                                away);
    qsort(local, (size_t)inside, sizeof *local, by_latest);
    qsort(away, (size_t)outside, sizeof *away, by_soonest);
    const int shared = plan->reach_slots - plan->local_slots;
    int stay = 0;
    while (stay < inside && local[stay].when == SIZE_MAX) stay++;
    const int from = stay < shared ? 0 : stay - shared;
    for (int i = 0; i < inside; i++) {
        const int slot = i < from ? i : i < from + shared ? plan->local_slots + i - from
                                                          : i - shared;
        layout->slot[local[i].wire].at = (uint8_t)slot;
    }
    for (int i = 0; i < outside; i++) layout->slot[away[i].wire].at = (uint8_t)(inside + i);
}

/* From the layout of the stage before to that of stage `number`. Each pair of slots changes
 * places, so what arrives and stays long gets the lowest of the slots that become free. */
static void exchange(const uint64_t *sets, size_t count, size_t number, struct ek_stage *stage)
{
    struct mover arriving[64], leaving[64];
    struct ek_layout *layout = &stage->layout;
    const uint64_t arrives = sets[number] & ~sets[number - 1];
    const uint64_t leaves = sets[number - 1] & ~sets[number];
    stage->swap_count = collect(sets, count, number, arrives, layout, arriving);
    collect(sets, count, number, leaves, layout, leaving);
    qsort(arriving, (size_t)stage->swap_count, sizeof *arriving, by_latest);
    qsort(leaving, (size_t)stage->swap_count, sizeof *leaving, by_slot);
    for (int i = 0; i < stage->swap_count; i++) {
        stage->swaps[i] = (struct ek_swap){arriving[i].slot, leaving[i].slot};
        layout->slot[arriving[i].wire] = leaving[i].slot;
        layout->slot[leaving[i].wire] = arriving[i].slot;
    }
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

static ek_status make_stages(ek_plan *plan, const struct ek_layout *entry, const uint64_t *sets,
                             size_t count)
{
    struct ek_schedule *schedule = NULL;
    struct ek_stage stage = {0};
    size_t *taken = NULL, batch;
    if (entry) stage.layout = *entry;
    else choose_entry(plan, sets, count, &stage.layout);
    stage.layout.inverted = 0; /* inversions were given to the lowering */
    ek_status status = EK_NEW(taken, plan->wires.op_count);
    if (status == EK_OK) status = ek_schedule_create(&plan->wires, 0, NULL, &schedule);
    for (size_t s = 0; s < count && status == EK_OK; s++) {
        stage.swap_count = 0;
        if (s > 0) exchange(sets, count, s, &stage);
        ek_schedule_absorb(schedule, sets[s] | EK_TWIN, false, taken, &batch);
        status = ek_plan_passes(plan, &stage, batch, taken);
        if (status == EK_OK) status = add_stage(plan, &stage);
    }
    ek_schedule_destroy(&schedule);
    ek_release(taken);
    return status;
}

ek_status ek_plan_stages(ek_plan *plan, const struct ek_layout *entry)
{
    uint64_t *sets = NULL, first = 0;
    size_t count = 0;
    for (int wire = 0; entry && wire < plan->qubits; wire++)
        if (entry->slot[wire].at < plan->reach_slots) first |= ek_bit(wire);
    ek_status status = EK_NEW(plan->ops, plan->wires.op_count);
    if (status == EK_OK)
        status = ek_plan_stage_sets(&plan->wires, plan->reach_slots, first, &sets, &count);
    if (status == EK_OK) status = make_stages(plan, entry, sets, count);
    ek_release(sets);
    return status;
}
