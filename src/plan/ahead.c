/* What would go, without taking it: how many operations with the wires of a pass, and what a trip
 * spares with the wires of its registers. Sets of wires are tried by the hundred, and differ in
 * one wire from another: all that do are looked at together, a bit each. There is next to no
 * branch on an operation, as none could be foretold. */
#include "plan/plan.h"

enum { BETWEEN_LOOKS = 16 }; /* operations */

static inline uint64_t when(bool condition) { return -(uint64_t)condition; }

/* ---- one set -------------------------------------------------------------------------------- */

/* Wires where those that stay let nothing diagonal by, and nothing X-like. */
struct barrier {
    uint64_t to_z, to_x;
};

struct ek_open ek_schedule_going(struct ek_schedule *schedule, uint64_t set)
{
    const struct ek_open open = ek_schedule_open(schedule);
    uint32_t *going = open.scratch;
    size_t count = 0;
    struct barrier on = {0};
    for (size_t i = 0; i < open.count && open.touched & ~(on.to_z & on.to_x); i++) {
        const struct ek_reach *op = &open.reach[open.op[i]];
        const uint64_t waits =
            (op->resident & ~set) | (op->not_x & on.to_z) | (op->not_z & on.to_x);
        const bool goes = !op->alone & (waits == 0);
        going[count] = open.op[i];
        count += goes;
        on.to_z |= op->not_z & when(!goes);
        on.to_x |= op->not_x & when(!goes);
    }
    return (struct ek_open){open.reach, going, count, open.touched, NULL};
}

/* ---- all that differ in one wire ------------------------------------------------------------ */

/* Masks are of the candidates, wires that join or leave; of operations, in order, those that stay
 * behind stand in the way of others. */
struct view {
    uint64_t candidates;
    uint64_t closed[64][EK_CLASSES + 1]; /* to a class of operations on a wire; one is unused */
};

/* For which candidates the operation may go past those that stayed behind. */
static inline uint64_t free_for(const struct view *view, const struct ek_reach *op)
{
    uint64_t closed = view->closed[op->wire[0]][op->class[0]] |
                      view->closed[op->wire[1]][op->class[1]];
    for (uint64_t left = op->has_others ? op->touched : 0; left; left &= left - 1) {
        const int wire = ek_lowest_bit(left);
        if (op->not_x >> wire & 1) closed |= view->closed[wire][EK_Z_LIKE];
        if (op->not_z >> wire & 1) closed |= view->closed[wire][EK_X_LIKE];
    }
    return view->candidates & ~closed;
}

/* Not `close`, which the headers of SimGrid declare. */
static inline void shut(uint64_t *closed, int class, uint64_t stays)
{
    static const uint64_t to_z[] = {[EK_X_LIKE] = ~UINT64_C(0), [EK_NEITHER] = ~UINT64_C(0)};
    static const uint64_t to_x[] = {[EK_Z_LIKE] = ~UINT64_C(0), [EK_NEITHER] = ~UINT64_C(0)};
    closed[EK_Z_LIKE] |= stays & to_z[class];
    closed[EK_X_LIKE] |= stays & to_x[class];
    closed[EK_NEITHER] |= stays;
}

static inline void stay_behind(struct view *view, const struct ek_reach *op, uint64_t stays)
{
    shut(view->closed[op->wire[0]], op->class[0], stays);
    shut(view->closed[op->wire[1]], op->class[1], stays);
    for (uint64_t left = op->has_others ? op->touched : 0; left; left &= left - 1) {
        const int wire = ek_lowest_bit(left);
        shut(view->closed[wire], !(op->not_z >> wire & 1)   ? EK_Z_LIKE
                                 : !(op->not_x >> wire & 1) ? EK_X_LIKE
                                                            : EK_NEITHER, stays);
    }
}

/* True when nothing that touches one of these wires alone goes any more. */
static bool is_closed(const struct view *view, uint64_t wires)
{
    uint64_t closed = view->candidates;
    for (uint64_t left = wires; left; left &= left - 1)
        closed &= view->closed[ek_lowest_bit(left)][EK_Z_LIKE] &
                  view->closed[ek_lowest_bit(left)][EK_X_LIKE];
    return closed == view->candidates;
}

/* Counts for all candidates by binary digits: bit w of digit[d] is digit d of w's. */
enum { DIGITS = 32, FIRST_DIGITS = 3 };
struct counter {
    uint64_t digit[DIGITS];
};

static inline void count(struct counter *counter, uint64_t candidates)
{
    uint64_t carry = candidates;
    for (int d = 0; d < FIRST_DIGITS || (carry && d < DIGITS); d++) {
        const uint64_t next = counter->digit[d] & carry;
        counter->digit[d] ^= carry;
        carry = next;
    }
}

/* `most` is what can have been counted. */
static void add_counted(const struct counter *counter, size_t most, size_t worth, size_t *sums)
{
    for (int d = 0; d < DIGITS && most >> d; d++)
        for (uint64_t left = counter->digit[d]; left; left &= left - 1)
            sums[ek_lowest_bit(left)] += worth << d;
}

static void clear(uint64_t candidates, size_t *sums)
{
    for (uint64_t left = candidates; left; left &= left - 1) sums[ek_lowest_bit(left)] = 0;
}

/* ---- passes --------------------------------------------------------------------------------- */

void ek_count_without(const struct ek_open *going, uint64_t candidates, size_t *counts)
{
    struct view view = {.candidates = candidates};
    struct counter goes = {0};
    for (size_t i = 0; i < going->count; i++) {
        const struct ek_reach *op = &going->reach[going->op[i]];
        const uint64_t go = free_for(&view, op) & ~op->resident;
        count(&goes, go);
        stay_behind(&view, op, candidates & ~go);
    }
    clear(candidates, counts);
    add_counted(&goes, going->count, 1, counts);
}

void ek_count_with(const struct ek_open *open, uint64_t set, uint64_t candidates,
                   size_t *counts)
{
    struct view view = {.candidates = candidates};
    struct counter goes = {0};
    for (size_t i = 0; i < open->count; i++) {
        if (i % BETWEEN_LOOKS == 0 && is_closed(&view, open->touched)) break;
        const struct ek_reach *op = &open->reach[open->op[i]];
        const uint64_t missing = op->resident & ~set;
        const uint64_t lacks = when(op->alone | ((missing & (missing - 1)) != 0)) |
                               (when(missing != 0) & ~missing);
        const uint64_t go = free_for(&view, op) & ~lacks;
        count(&goes, go);
        stay_behind(&view, op, candidates & ~go);
    }
    clear(candidates, counts);
    add_counted(&goes, open->count, 1, counts);
}

/* ---- trips ---------------------------------------------------------------------------------- */

/* Candidates that leave it without a kernel. */
static inline uint64_t lacks_in_trip(const struct ek_reach *op, const struct ek_trip_room *room,
                                     uint64_t hot)
{
    const uint64_t missing = op->resident & ~hot;
    if (!op->in_registers) return ~UINT64_C(0);
    if (op->resident == 0)
        return op->touched & room->inside && !(op->touched & hot) ? ~op->touched : 0;
    if (missing & (missing - 1)) return ~UINT64_C(0);
    const int held = ek_popcount(op->touched & hot);
    const uint64_t too_many = held > room->most_hot    ? ~UINT64_C(0)
                              : held == room->most_hot ? op->touched & ~hot
                                                       : 0;
    return (missing ? ~missing : 0) | too_many;
}

void ek_sum_worth(const struct ek_open *open, const struct ek_trip_room *room,
                  uint64_t registers, uint64_t candidates, size_t *worths)
{
    const uint64_t hot = room->lanes | registers;
    struct view view = {.candidates = candidates};
    struct counter goes[EK_TRIP_WORTHS] = {0}, half_way[EK_TRIP_WORTHS] = {0};
    for (size_t i = 0; i < open->count; i++) {
        if (i % BETWEEN_LOOKS == 0 && is_closed(&view, open->touched & room->inside)) break;
        const struct ek_reach *op = &open->reach[open->op[i]];
        const uint64_t may = free_for(&view, op), go = may & ~lacks_in_trip(op, room, hot);
        const uint64_t half =
            when((op->resident & registers) != 0) | (op->resident & ~room->lanes);
        count(&goes[ek_trip_worth(op)], go);
        if (op->in_registers) count(&half_way[ek_trip_worth(op)], may & ~go & half);
        stay_behind(&view, op, candidates & ~go);
    }
    clear(candidates, worths);
    for (int w = 0; w < EK_TRIP_WORTHS; w++) {
        add_counted(&goes[w], open->count, ek_trip_worths[w], worths);
        add_counted(&half_way[w], open->count, ek_trip_worths[w] / EK_TRIP_HALF_WAY, worths);
    }
}
