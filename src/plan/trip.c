/* Core level: the operations of a block as trips of amplitudes through registers. Each holds the
 * lanes, the lowest slots of the block, and up to register_slots more. */
#include "plan/plan.h"

/* Where the wires of a block stand during a trip. */
struct residence {
    int qubits, most_hot;
    uint64_t inside; /* on the block's slots */
    uint64_t lanes;
    uint64_t registers;
    uint64_t waiting; /* all wires that an operation left will mix */
    bool lanes_wait;  /* phases with a lane are left to a later trip where they can be */
    bool lanes_rest;  /* so is what mixes lanes alone */
    uint64_t far; /* on slots whose vectors share a set of the first-level cache */
};

bool ek_op_in_registers(const struct ek_op *op)
{
    switch (op->kind) {
    case EK_OP_DENSE:
        return op->target_count <= 2;
    case EK_OP_TABLE:
        return ek_popcount(ek_op_targets(op) | op->control_mask) <= 2;
    case EK_OP_PARITY:
        return ek_popcount(op->z_mask | op->control_mask) <= 2;
    default:
        return false;
    }
}

static bool is_diagonal(const struct ek_reach *op) { return op->resident == 0; }

/* True for what has a kernel in this residence. A phase between two qubits becomes factors per
 * register, per group or per lane, so one of the two must be in a register or a lane, or both
 * outside of the block. */
static bool fits(const struct ek_reach *op, const void *context)
{
    const struct residence *r = context;
    const uint64_t hot = r->lanes | r->registers;
    if (!op->in_registers) return false;
    if (is_diagonal(op)) return (op->touched & r->inside) == 0 || (op->touched & hot);
    return (op->resident & ~hot) == 0 && ek_popcount(op->touched & hot) <= r->most_hot;
}

/* ---- which wires go into registers ---------------------------------------------------------- */

struct choice {
    const ek_plan *plan;
    struct ek_schedule *schedule, *ahead;
    size_t *taken;
};

/* Numbers that lie this many bytes apart share a set of the first-level cache: those of two such
 * register slots find room in it, not of three beside what comes from the state or goes there. */
enum { SET_STRIDE = 4096 };

static int first_far_position(const ek_plan *plan)
{
    return ek_log2(SET_STRIDE / (ek_amplitude_bytes(plan->options.precision) / 2));
}

/* What the far ones among register slots cost: a third one a multiply-add. Two are taken before
 * there is need, so that they do not stay behind. */
static int64_t conflict(uint64_t far)
{
    const int count = ek_popcount(far);
    return count < 3 ? -2 * count : EK_TRIP_WORTH_UNIT;
}

/* One wire after the other, each the one with which a trip is worth most; a lane, which adds
 * nothing, stands for none. */
static void choose_registers(const struct choice *c, struct residence *residence)
{
    const struct ek_trip_room room = {residence->inside, residence->lanes, residence->most_hot};
    const uint64_t none = room.lanes & -room.lanes;
    const struct ek_open open = ek_schedule_open(c->schedule);
    residence->registers = 0;
    for (int k = 0; k < residence->most_hot; k++) {
        const uint64_t before = residence->registers;
        const uint64_t candidates = residence->inside & ~residence->lanes & ~before;
        size_t worth[64];
        ek_sum_worth(&open, &room, before, candidates | none, worth);
        uint64_t best = none;
        int64_t most = (int64_t)worth[ek_lowest_bit(none)] - conflict(before & residence->far);
        for (uint64_t left = candidates; left; left &= left - 1) {
            const uint64_t wire = left & -left;
            const int64_t value = (int64_t)worth[ek_lowest_bit(wire)] -
                                  conflict((before | wire) & residence->far);
            if (value <= most) continue;
            most = value;
            best = wire;
        }
        if (best == none) return;
        residence->registers |= best;
    }
}

/* Fills the registers up with the wires on the lowest slots above the lanes, and gives all their
 * positions in the block. */
static void set_registers(const ek_plan *plan, const struct ek_layout *layout, uint64_t active,
                          struct residence *residence, struct ek_plan_trip *trip)
{
    uint64_t positions = ek_extract(ek_layout_mask(layout, residence->registers), active);
    for (int p = plan->lane_slots; ek_popcount(positions) < plan->register_slots; p++)
        positions |= ek_bit(p);
    const uint64_t slots = ek_deposit(positions, active);
    for (int wire = 0; wire < plan->qubits; wire++)
        if (slots & ek_bit(layout->slot[wire].at)) residence->registers |= ek_bit(wire);
    for (int k = 0; k < plan->register_slots; k++, positions &= positions - 1)
        trip->registers[k] = (uint8_t)ek_lowest_bit(positions);
}

/* ---- the trips of a block ------------------------------------------------------------------- */

static bool is_ready_diagonal(const struct ek_reach *op, const void *context)
{
    const struct residence *r = context;
    const bool waits = r->lanes_wait && (op->touched & r->lanes);
    return is_diagonal(op) && fits(op, context) && !waits;
}
/* A mixing operation in the registers, or in the lanes, may wait for it. */
static bool is_before_registers(const struct ek_reach *op, const void *context)
{
    const struct residence *r = context;
    return is_diagonal(op) && fits(op, context) && (op->touched & r->waiting & r->registers);
}
static bool is_before_lanes(const struct ek_reach *op, const void *context)
{
    const struct residence *r = context;
    return is_ready_diagonal(op, context) && (op->touched & r->waiting & r->lanes);
}
static bool is_ready_mixing(const struct ek_reach *op, const void *context)
{
    const struct residence *r = context;
    const bool rests = r->lanes_rest && (op->resident & r->lanes);
    return !is_diagonal(op) && fits(op, context) && !rests;
}
static bool is_other(const struct ek_reach *op, const void *context)
{
    (void)context;
    return !op->in_registers;
}
static bool is_any(const struct ek_reach *op, const void *context)
{
    (void)op;
    (void)context;
    return true;
}

static void append_ops(ek_plan *plan, const struct ek_layout *layout, uint64_t active,
                       const size_t *taken, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ek_plan_tile_op(plan, layout, active, taken[i], &plan->ops[plan->op_count++]);
}

static ek_status begin_trip(ek_plan *plan, struct ek_plan_trip **trip)
{
    void *trips = plan->trips;
    EK_TRY(ek_grow(&trips, plan->trip_count, sizeof *plan->trips, plan->trip_count + 1,
                   &plan->trip_capacity));
    plan->trips = trips;
    *trip = &plan->trips[plan->trip_count++];
    **trip = (struct ek_plan_trip){.first_op = plan->op_count};
    return EK_OK;
}

/* Diagonal operations in long runs, because a run becomes few factors: those that nothing in the
 * trip waits for stay behind until the end. */
static void take_next(const struct choice *c, struct ek_schedule *schedule,
                      struct residence *residence, size_t *count)
{
    static const ek_op_filter kinds[] = {is_ready_mixing, is_before_registers, is_before_lanes,
                                         is_ready_diagonal};
    residence->waiting = ek_schedule_waiting(schedule);
    *count = 0;
    for (int kind = 0; kind < 4 && *count == 0; kind++)
        ek_schedule_take(schedule, kinds[kind], residence, c->taken, count);
}

/* How many mixing operations go in a trip, and whether any are left after it. */
static size_t count_mixing(const struct choice *c, struct residence *residence, bool *left)
{
    size_t count, mixing = 0;
    ek_schedule_copy(c->schedule, c->ahead);
    do {
        take_next(c, c->ahead, residence, &count);
        for (size_t i = 0; i < count; i++)
            mixing += !is_diagonal(&c->plan->wires.reach[c->taken[i]]);
    } while (count > 0);
    *left = ek_schedule_waiting(c->ahead) != 0;
    return mixing;
}

/* Factors per lane cost most, and any trip can take them: so phases with a lane wait for others to
 * join them, unless the trip would mix less then, or is the last one to mix. */
static void choose_lanes_wait(const struct choice *c, struct residence *residence)
{
    bool left;
    residence->lanes_wait = false;
    const size_t all = count_mixing(c, residence, &left);
    residence->lanes_wait = true;
    residence->lanes_wait = all > 0 && left && count_mixing(c, residence, &left) == all;
}

/* The last trip, on its way into the state, waits for memory: lanes that have nothing to do with
 * what else is left are mixed there. */
static bool lanes_can_rest(const struct choice *c, const struct residence *residence)
{
    const uint64_t lanes = residence->lanes, here = lanes | residence->registers;
    bool is_last = true;
    const struct ek_open open = ek_schedule_open(c->schedule);
    for (size_t i = 0; i < open.count; i++) {
        const struct ek_reach *op = &open.reach[open.op[i]];
        if (op->touched & lanes && op->touched & ~lanes) return false;
        if (op->resident & ~here) is_last = false;
    }
    return !is_last;
}

static ek_status add_trip(ek_plan *plan, const struct ek_layout *layout, uint64_t active,
                          struct residence *residence, const struct choice *c)
{
    struct ek_plan_trip *trip;
    size_t count;
    EK_TRY(begin_trip(plan, &trip));
    trip->in_registers = true;
    set_registers(plan, layout, active, residence, trip);
    residence->lanes_rest = lanes_can_rest(c, residence);
    choose_lanes_wait(c, residence);
    do {
        take_next(c, c->schedule, residence, &count);
        append_ops(plan, layout, active, c->taken, count);
    } while (count > 0);
    trip->op_count = plan->op_count - trip->first_op;
    return EK_OK;
}

/* What has no kernel in registers runs operation by operation. */
static ek_status add_others(ek_plan *plan, const struct ek_layout *layout, uint64_t active,
                            const struct choice *c, ek_op_filter wanted)
{
    struct ek_plan_trip *trip;
    EK_TRY(begin_trip(plan, &trip));
    ek_schedule_take(c->schedule, wanted, NULL, c->taken, &trip->op_count);
    append_ops(plan, layout, active, c->taken, trip->op_count);
    return EK_OK;
}

/* What pairs tiles waits for the trip that takes these from the state. */
static ek_status next_trip(ek_plan *plan, const struct ek_layout *layout, uint64_t active,
                           struct residence *residence, const struct choice *c)
{
    size_t ready_count;
    bool others = false;
    const bool first = plan->trip_count == plan->blocks[plan->block_count - 1].first_trip;
    const size_t before = ek_schedule_left(c->schedule);
    const uint32_t *ready = ek_schedule_ready(c->schedule, &ready_count);
    for (size_t i = 0; i < ready_count; i++)
        others |= !plan->wires.reach[ready[i]].in_registers &&
                  !(first && plan->wires.reach[ready[i]].resident == EK_TWIN);
    if (others) return add_others(plan, layout, active, c, is_other);
    choose_registers(c, residence);
    EK_TRY(add_trip(plan, layout, active, residence, c));
    if (ek_schedule_left(c->schedule) < before) return EK_OK;
    plan->trip_count--; /* nothing fits, such as a gate with many controls in the lanes */
    return add_others(plan, layout, active, c, is_any);
}

static ek_status make_trips(ek_plan *plan, const struct ek_layout *layout, uint64_t active,
                            const struct choice *c)
{
    struct residence residence = {.qubits = plan->qubits};
    const int far = first_far_position(plan);
    const bool small = ek_popcount(active) < plan->lane_slots + plan->register_slots;
    if (small) return add_others(plan, layout, active, c, is_any);
    residence.most_hot = plan->register_slots;
    for (int wire = 0; wire < plan->qubits; wire++) {
        const uint64_t slot = ek_bit(layout->slot[wire].at);
        const int position = ek_popcount(active & (slot - 1));
        if (!(active & slot)) continue;
        residence.inside |= ek_bit(wire);
        if (position < plan->lane_slots) residence.lanes |= ek_bit(wire);
        if (position >= far) residence.far |= ek_bit(wire);
    }
    while (ek_schedule_left(c->schedule) > 0)
        EK_TRY(next_trip(plan, layout, active, &residence, c));
    return EK_OK;
}

ek_status ek_plan_trips(ek_plan *plan, const struct ek_layout *layout, const size_t *taken,
                        size_t count)
{
    struct choice c = {.plan = plan};
    struct ek_block *block = &plan->blocks[plan->block_count - 1];
    ek_status status = ek_schedule_create(&plan->wires, count, taken, &c.schedule);
    if (status == EK_OK) status = ek_schedule_create(&plan->wires, count, taken, &c.ahead);
    if (status == EK_OK) status = EK_NEW(c.taken, count);
    if (status == EK_OK) status = make_trips(plan, layout, block->active, &c);
    block->trip_count = plan->trip_count - block->first_trip;
    ek_schedule_destroy(&c.schedule);
    ek_schedule_destroy(&c.ahead);
    ek_release(c.taken);
    return status;
}
