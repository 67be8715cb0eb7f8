/* Rank level: passes over the local amplitudes, each with the slots that its tiles hold; and
 * inside a pass the same again: blocks, each with the slots that the first-level cache holds. */
#include "plan/plan.h"

#include <math.h>

enum {
    TRIPS_IN_PLACE = 2,
    LONG_ROW_SLOTS = 2, /* that make the shortest rows long enough to lie far apart, */
    SHORT_VECTOR_BYTES = 32, /* and one more with such vectors, where caches are small too */
    LOOK_AHEAD_MOST = 4000, /* operations: looking ahead takes their number times the passes */
    ROUNDS = 2, /* of looking for a better set with another wire */
    AMPLITUDES_PER_SET = 1 << 14, /* so that looking for it takes much less time than the pass, */
    LEAST_SETS = 256, /* but small states are for plans that run many times */
    TRIES = 8, /* of planning all passes of a stage, each from a wire TRY_STEP further on, */
    TRY_STEP = 3,
    AMPLITUDES_PER_TRY = 1 << 17, /* and operation, so that they take much less time than it, */
    TRIED_MOST = 2000, /* operations in all of them, for plans of many operations are slow, */
    LEAST_PASSES = 4 /* and that many passes, so that there may be fewer */
};

/* A schedule, and one to try a pass with, null where there are too many operations. */
struct growth {
    struct ek_schedule *schedule, *trial;
    uint64_t all;  /* wires */
    size_t effort; /* sets that may still be counted for this pass */
    int begin;     /* the wire that is brought in first, to see what others make of it */
    int order[64]; /* of the wires: which join a pass first, among equals; the twin last */
};

static void growth_clear(struct growth *growth)
{
    ek_schedule_destroy(&growth->schedule);
    ek_schedule_destroy(&growth->trial);
}

static ek_status growth_create(const ek_plan *plan, size_t count, const size_t *chosen,
                               struct growth *growth)
{
    *growth = (struct growth){
        .all = ek_low_bits(plan->qubits) | (plan->wires.twin_mask ? EK_TWIN : 0)};
    ek_status status = ek_schedule_create(&plan->wires, count, chosen, &growth->schedule);
    if (status == EK_OK && count <= LOOK_AHEAD_MOST)
        status = ek_schedule_create(&plan->wires, count, chosen, &growth->trial);
    if (status != EK_OK) growth_clear(growth);
    return status;
}

static int long_row_slots(const ek_plan *plan)
{
    const size_t real_bytes = ek_amplitude_bytes(plan->options.precision) / 2;
    return LONG_ROW_SLOTS + (real_bytes << plan->lane_slots <= SHORT_VECTOR_BYTES);
}

/* Tiles of short rows are fast where the rows lie close together, others where the rows are long.
 * So a pass that has the choice begins on the slots above those that make rows long, and leaves
 * these to the next one. */
static void set_order(const ek_plan *plan, const struct ek_schedule *schedule,
                      const struct ek_layout *layout, struct growth *growth)
{
    const int above = plan->row_slots + long_row_slots(plan);
    uint64_t wanted = 0;
    size_t count;
    const uint32_t *ready = ek_schedule_ready(schedule, &count);
    for (size_t i = 0; i < count; i++)
        wanted |= ek_layout_mask(layout, plan->wires.reach[ready[i]].resident & ~EK_TWIN);
    const int first = above < plan->local_slots && wanted >> above & 1 ? above : 0;
    for (int i = 0; i < plan->qubits; i++) {
        const int slot = i < plan->local_slots ? (first + i) % plan->local_slots : i;
        growth->order[i] = ek_layout_qubit_at(layout, (ek_slot){(uint8_t)slot});
    }
    growth->order[plan->qubits] = EK_TWIN_WIRE;
}

/* The wire whose arrival in the set lets most operations go and, among equals, serves most of the
 * ready ones, an operation that misses k wires counting 1/k; then the first in the order. -1 when
 * none would help within `capacity` more wires. */
static int best_wire(const ek_plan *plan, const struct growth *growth,
                     struct ek_schedule *schedule, uint64_t resident, int capacity)
{
    double score[64] = {0}, most = 0;
    uint64_t helpful = 0;
    size_t count, goes[64] = {0};
    const uint32_t *ready = ek_schedule_ready(schedule, &count);
    for (size_t i = 0; i < count; i++) {
        const struct ek_reach *op = &plan->wires.reach[ready[i]];
        const uint64_t missing = op->resident & ~resident;
        const int misses = ek_popcount(missing);
        if (misses == 0 || misses > capacity || op->alone) continue;
        helpful |= missing;
        for (uint64_t left = missing; left; left &= left - 1)
            score[ek_lowest_bit(left)] += 0.01 / misses;
    }
    if (growth->trial) {
        const struct ek_open open = ek_schedule_open(schedule);
        ek_count_with(&open, resident, helpful, goes);
    }
    int best = -1;
    for (int i = 0; i <= plan->qubits; i++) {
        const int wire = growth->order[i];
        const double value = score[wire] + (double)goes[wire];
        if (!(helpful & ek_bit(wire)) || value <= most) continue;
        most = value;
        best = wire;
    }
    return best;
}

/* One wire after the other joins the resident set, while it has at most `slots`, and what they let
 * go is taken. */
static uint64_t extend(const ek_plan *plan, struct growth *growth, struct ek_schedule *schedule,
                       const struct ek_layout *layout, uint64_t resident, int slots,
                       size_t *taken, size_t *count)
{
    *count = 0;
    for (bool begun = false;; begun = true) {
        size_t batch;
        ek_schedule_absorb(schedule, resident, true, taken + *count, &batch);
        *count += batch;
        if (!begun) set_order(plan, schedule, layout, growth);
        const int capacity = slots - ek_popcount(resident);
        const int wire = capacity > 0 ? best_wire(plan, growth, schedule, resident, capacity) : -1;
        if (wire < 0) return resident;
        resident |= ek_bit(wire);
    }
}

/* A resident set, and how many operations go with it. */
struct set {
    uint64_t wires;
    size_t count;
};

/* As many of the candidates as there is effort left for. */
static uint64_t within_effort(struct growth *growth, uint64_t candidates)
{
    uint64_t within = 0;
    for (uint64_t left = candidates; left && growth->effort > 0; left &= left - 1) {
        within |= left & -left;
        growth->effort--;
    }
    return within;
}

/* The best of those sets that lack one of the wires `out` of `wires`, if more operations go with
 * it than with `best`: with a smaller set never more than with a larger one. */
static struct set narrow(struct growth *growth, uint64_t wires, uint64_t out, struct set best)
{
    size_t goes[64];
    const struct ek_open going = ek_schedule_going(growth->schedule, wires);
    if (going.count <= best.count) return best;
    uint64_t fewer = within_effort(growth, out & wires);
    ek_count_without(&going, fewer, goes);
    for (; fewer; fewer &= fewer - 1) {
        const size_t count = goes[ek_lowest_bit(fewer)];
        if (count > best.count) best = (struct set){wires ^ (fewer & -fewer), count};
    }
    return best;
}

/* The best of those sets in which one of the wires `in` has taken the place of one of `out`, and
 * with which more than `least` operations go; or `from`. */
static struct set exchange(struct growth *growth, struct set from, uint64_t out, uint64_t in,
                           size_t least)
{
    struct set best = {from.wires, least};
    size_t goes[64];
    uint64_t arrives = within_effort(growth, in & ~from.wires);
    const bool several = arrives & (arrives - 1);
    const struct ek_open open = ek_schedule_open(growth->schedule);
    if (several) ek_count_with(&open, from.wires, arrives, goes);
    for (; arrives; arrives &= arrives - 1)
        if (!several || goes[ek_lowest_bit(arrives)] > best.count)
            best = narrow(growth, from.wires | (arrives & -arrives), out & from.wires, best);
    return best.wires == from.wires ? from : best;
}

/* Exchanges as long as more operations go then. */
static struct set climb(struct growth *growth, struct set from, uint64_t out, uint64_t in)
{
    for (;;) {
        const struct set next = exchange(growth, from, out, in, from.count);
        if (next.count <= from.count) return from;
        from = next;
    }
}

/* From where no exchange helps: one that brings in a certain wire and keeps it, and what others
 * make of that; those of `fixed` stay. */
static uint64_t improve(struct growth *growth, uint64_t fixed, uint64_t resident)
{
    const uint64_t free = growth->all & ~fixed;
    struct set best = {resident,
                       ek_schedule_going(growth->schedule, resident).count};
    best = climb(growth, best, free, free);
    for (int round = 0; round < ROUNDS; round++) {
        const size_t before = best.count;
        for (int w = 0; w < 64; w++) {
            const uint64_t wire = ek_bit((growth->begin + w) % 64);
            if (!(free & ~best.wires & wire)) continue;
            struct set other = exchange(growth, best, free, wire, 0);
            other = climb(growth, other, free & ~wire, free);
            if (other.count > best.count) best = other;
        }
        if (best.count == before) break;
    }
    return best.wires;
}

/* True when one more pass is enough for what is left, so that a better set would spare none. */
static bool is_nearly_done(struct ek_schedule *rest, uint64_t rows, int slots)
{
    const struct ek_open open = ek_schedule_open(rest);
    uint64_t resident = rows;
    for (size_t i = 0; i < open.count; i++) {
        const struct ek_reach *op = &open.reach[open.op[i]];
        resident |= op->resident;
        if (op->alone || ek_popcount(resident) > slots) return false;
    }
    return true;
}

/* Takes an operation that needs a pass of its own, as soon as there is one; or those of a resident
 * set of at most `slots`. Gives the set of wires. */
static uint64_t grow(const ek_plan *plan, struct growth *growth,
                     const struct ek_layout *layout, int slots, size_t *taken, size_t *count)
{
    uint64_t rows = 0;
    for (int wire = 0; wire < plan->qubits; wire++)
        if (layout->slot[wire].at < plan->row_slots) rows |= ek_bit(wire);
    ek_schedule_take_alone(growth->schedule, taken, count);
    if (*count > 0) return rows;
    if (!growth->trial)
        return extend(plan, growth, growth->schedule, layout, rows, slots, taken, count);
    ek_schedule_copy(growth->schedule, growth->trial);
    uint64_t resident = extend(plan, growth, growth->trial, layout, rows, slots, taken, count);
    const size_t worth = ((size_t)1 << plan->reach_slots) / AMPLITUDES_PER_SET;
    growth->effort = worth < LEAST_SETS ? LEAST_SETS : worth;
    if (!is_nearly_done(growth->trial, rows, slots)) resident = improve(growth, rows, resident);
    ek_schedule_absorb(growth->schedule, resident, true, taken, count);
    return resident;
}

/* The slots of the resident wires, filled up to `count`, of which a twin takes one, from the
 * lowest of `from`. */
static uint64_t active_slots(const struct ek_layout *layout, uint64_t resident, int count,
                             uint64_t from)
{
    uint64_t active = ek_layout_mask(layout, resident & ~EK_TWIN);
    if (resident & EK_TWIN) count--;
    for (uint64_t left = from & ~active; ek_popcount(active) < count; left &= left - 1)
        active |= left & -left;
    return active;
}

/* ---- blocks of a pass ----------------------------------------------------------------------- */

static ek_status add_block(ek_plan *plan, const struct ek_layout *layout, uint64_t active,
                           const size_t *taken, size_t count)
{
    void *blocks = plan->blocks;
    EK_TRY(ek_grow(&blocks, plan->block_count, sizeof *plan->blocks, plan->block_count + 1,
                   &plan->block_capacity));
    plan->blocks = blocks;
    plan->blocks[plan->block_count++] =
        (struct ek_block){active, plan->op_count, count, plan->trip_count, 0};
    return ek_plan_trips(plan, layout, taken, count);
}

/* Takes the last block off the plan. */
static void drop_block(ek_plan *plan)
{
    const struct ek_block *block = &plan->blocks[--plan->block_count];
    plan->op_count = block->first_op;
    plan->trip_count = block->first_trip;
}

/* A block of few trips runs in the tile where it stands: taking the tile apart and together again
 * costs two trips itself. */
static ek_status add_part(ek_plan *plan, const struct ek_layout *layout,
                          const struct ek_pass *pass, uint64_t resident, const size_t *taken,
                          size_t count)
{
    const uint64_t active = active_slots(layout, resident, plan->block_slots, pass->active);
    EK_TRY(add_block(plan, layout, active, taken, count));
    if (plan->blocks[plan->block_count - 1].trip_count > TRIPS_IN_PLACE) return EK_OK;
    drop_block(plan);
    return add_block(plan, layout, pass->active, taken, count);
}

/* Trips run as fast through a tile in the second-level cache as through parts of it in the first.
 * Parts are for what goes operation by operation: with whom plans tiles alone, and operations that
 * have no kernel in registers (a function of the register is one at a time in any case). */
static bool wants_parts(const ek_plan *plan, const struct ek_pass *pass, const size_t *taken)
{
    if (ek_pass_alone(pass) || pass->twin || plan->block_slots + 1 >= ek_popcount(pass->active))
        return false;
    bool others = plan->options.tiled;
    for (size_t i = 0; i < pass->op_count; i++) {
        const struct ek_op *op = &plan->wires.ops[taken[i]].op;
        if (ek_op_wide(op)) return false; /* too wide for a part */
        others |= op->kind != EK_OP_DIAGONAL && !ek_op_in_registers(op);
    }
    return others;
}

/* `taken` holds the pass's operations and is overwritten. */
static ek_status make_blocks(ek_plan *plan, const struct ek_layout *layout, struct ek_pass *pass,
                             size_t *taken)
{
    struct growth growth;
    pass->first_block = plan->block_count;
    if (!wants_parts(plan, pass, taken)) {
        EK_TRY(add_block(plan, layout, pass->active, taken, pass->op_count));
        pass->block_count = 1;
        return EK_OK;
    }
    EK_TRY(growth_create(plan, pass->op_count, taken, &growth));
    ek_status status = EK_OK;
    while (status == EK_OK && ek_schedule_left(growth.schedule) > 0) {
        size_t count;
        const uint64_t resident = grow(plan, &growth, layout, plan->block_slots, taken, &count);
        status = add_part(plan, layout, pass, resident, taken, count);
    }
    pass->block_count = plan->block_count - pass->first_block;
    growth_clear(&growth);
    return status;
}

/* ---- passes of a stage ---------------------------------------------------------------------- */

static ek_status add_pass(ek_plan *plan, const struct ek_pass *pass)
{
    void *passes = plan->passes;
    EK_TRY(ek_grow(&passes, plan->pass_count, sizeof *pass, plan->pass_count + 1,
                   &plan->pass_capacity));
    plan->passes = passes;
    plan->passes[plan->pass_count++] = *pass;
    return EK_OK;
}

/* The targets and some of the lowest slots besides. */
static uint64_t fourier_slots(const ek_plan *plan, const struct ek_layout *layout, size_t wire_op)
{
    const struct ek_op *op = &plan->wires.ops[wire_op].op;
    const int count = op->target_count + ek_plan_column_slots(plan, op->target_count);
    return active_slots(layout, ek_op_resident(op), count, ek_low_bits(plan->reach_slots));
}

static uint64_t pass_slots(const ek_plan *plan, const struct ek_layout *layout, uint64_t resident)
{
    /* What fits the first-level cache needs no larger tile. */
    const bool small = ek_popcount(resident) <= plan->block_slots;
    return active_slots(layout, resident, small ? plan->block_slots : plan->tile_slots,
                        ek_low_bits(plan->reach_slots));
}

static bool is_one_trip(const ek_plan *plan, const struct ek_pass *pass)
{
    const struct ek_block *block = &plan->blocks[pass->first_block];
    return !ek_pass_alone(pass) && pass->block_count == 1 && block->trip_count == 1 &&
           plan->trips[block->first_trip].in_registers;
}

/* A pass of one trip needs no tiles if the lanes are the lowest slots of the state too. */
static bool is_direct(const ek_plan *plan, const struct ek_pass *pass)
{
    const uint64_t lanes = ek_low_bits(plan->lane_slots);
    return !plan->options.tiled && !pass->twin && is_one_trip(plan, pass) &&
           (pass->active & lanes) == lanes;
}

static ek_status make_pass(ek_plan *plan, struct growth *growth,
                           const struct ek_stage *stage, size_t *taken)
{
    struct ek_pass pass = {.first_op = plan->op_count};
    const uint64_t resident =
        grow(plan, growth, &stage->layout, plan->tile_slots, taken, &pass.op_count);
    const struct ek_op *op = &plan->wires.ops[taken[0]].op;
    pass.grover = op->kind == EK_OP_GROVER;
    pass.fourier = op->kind == EK_OP_FOURIER || op->kind == EK_OP_PERMUTE;
    pass.wide = ek_op_wide(op) && plan->wires.reach[taken[0]].alone;
    pass.active = pass.wide ? ek_low_bits(plan->reach_slots)
                  : pass.fourier ? fourier_slots(plan, &stage->layout, taken[0])
                               : pass_slots(plan, &stage->layout, resident);
    if (resident & EK_TWIN)
        pass.twin = ek_layout_mask(&stage->layout, plan->wires.twin_mask) & ~pass.active;
    EK_TRY(make_blocks(plan, &stage->layout, &pass, taken));
    pass.direct = is_direct(plan, &pass);
    return add_pass(plan, &pass);
}

/* A way to plan the passes of a stage. */
struct attempt {
    size_t count;
    const size_t *chosen;
    size_t *taken; /* room for as many */
    int begin;
};

static ek_status make_passes(ek_plan *plan, const struct attempt *attempt, struct ek_stage *stage)
{
    struct growth growth;
    stage->first_pass = plan->pass_count;
    EK_TRY(growth_create(plan, attempt->count, attempt->chosen, &growth));
    growth.begin = attempt->begin;
    ek_status status = EK_OK;
    while (status == EK_OK && ek_schedule_left(growth.schedule) > 0)
        status = make_pass(plan, &growth, stage, attempt->taken);
    stage->pass_count = plan->pass_count - stage->first_pass;
    growth_clear(&growth);
    return status;
}

static void drop_passes(ek_plan *plan, const struct ek_stage *stage)
{
    const struct ek_pass *first = &plan->passes[stage->first_pass];
    plan->op_count = first->first_op;
    plan->trip_count = plan->blocks[first->first_block].first_trip;
    plan->block_count = first->first_block;
    plan->pass_count = stage->first_pass;
}

/* How many passes there would be, at most `passes`, which it becomes. */
static ek_status count_passes(const ek_plan *plan, const struct attempt *attempt,
                              const struct ek_stage *stage, size_t *passes)
{
    struct growth growth;
    size_t made = 0, count;
    EK_TRY(growth_create(plan, attempt->count, attempt->chosen, &growth));
    growth.begin = attempt->begin;
    for (; made < *passes && ek_schedule_left(growth.schedule) > 0; made++)
        grow(plan, &growth, &stage->layout, plan->tile_slots, attempt->taken, &count);
    *passes = made;
    growth_clear(&growth);
    return EK_OK;
}

/* None where there would be one: it would seldom find anything. */
static int count_tries(const ek_plan *plan, const struct ek_stage *stage, size_t count)
{
    const double amplitudes = ldexp((double)stage->pass_count, plan->reach_slots);
    const double worth = amplitudes / (double)count / AMPLITUDES_PER_TRY;
    const double affordable = TRIED_MOST / (double)count;
    const int tries = (int)fmin(TRIES, fmin(worth, affordable));
    return stage->pass_count < LEAST_PASSES || tries < 2 ? 0 : tries;
}

static ek_status plan_passes(ek_plan *plan, struct attempt *attempt, struct ek_stage *stage)
{
    EK_TRY(make_passes(plan, attempt, stage));
    const int tries = count_tries(plan, stage, attempt->count);
    size_t fewest = stage->pass_count;
    int best = 0;
    for (int i = 1; i <= tries; i++) {
        size_t passes = fewest;
        attempt->begin = i * TRY_STEP;
        EK_TRY(count_passes(plan, attempt, stage, &passes));
        if (passes < fewest) best = attempt->begin;
        fewest = passes;
    }
    if (best == 0) return EK_OK;
    drop_passes(plan, stage);
    attempt->begin = best;
    return make_passes(plan, attempt, stage);
}

ek_status ek_plan_passes(ek_plan *plan, struct ek_stage *stage, size_t count, const size_t *chosen)
{
    struct attempt attempt = {.count = count, .chosen = chosen};
    EK_TRY(EK_NEW(attempt.taken, count));
    const ek_status status = plan_passes(plan, &attempt, stage);
    ek_release(attempt.taken);
    return status;
}
