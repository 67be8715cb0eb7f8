/* One-qubit and two-qubit matrices -> steps. Those without controls become scaled rotations where
 * they can. */
#include "exec/trip_private.h"

#include <math.h>
#include <string.h>

bool ek_is_plain_matrix(const struct ek_tile_op *op)
{
    return op->kind == EK_OP_DENSE && op->target_count == 1 && !op->inner_mask && !op->outer_mask;
}

static bool is_hot(struct ek_bit_place place)
{
    return place.kind == IN_REGISTER || place.kind == IN_LANE;
}

/* ---- rotations on all register slots -------------------------------------------------------- */

/* The same, on all register slots; 0 where there is no such step. */
static enum ek_trip_step_kind on_all_slots(enum ek_trip_step_kind kind)
{
    return kind == EK_STEP_TURN        ? EK_STEP_TURN_ALL
           : kind == EK_STEP_IMAGINARY ? EK_STEP_IMAGINARY_ALL
           : kind == EK_STEP_HELD      ? EK_STEP_HELD_ALL
                                       : 0;
}

/* The numbers of the steps, one on each slot, in the order of the slots. */
static void sort_numbers(struct ek_binder *b, const struct ek_bound_step *first)
{
    const size_t bytes = ek_amplitude_bytes(b->program->plan->options.precision); /* two numbers */
    char sorted[EK_REGISTER_SLOTS * 2 * sizeof(double)];
    void *numbers = (void *)(uintptr_t)first->step.numbers;
    for (int k = 0; k < EK_REGISTER_SLOTS; k++)
        memcpy(sorted + first[k].step.slot * bytes, first[k].step.numbers, bytes);
    memcpy(numbers, sorted, EK_REGISTER_SLOTS * bytes);
}

/* Makes one step of the last ones if they are alike and on one register slot each. Rotations have
 * no controls. */
static void join_last(struct ek_binder *b)
{
    const size_t count = EK_REGISTER_SLOTS;
    if (b->call->step_count < count) return;
    struct ek_bound_step *first = &b->binding->steps[b->binding->step_count - count];
    const enum ek_trip_step_kind kind = first->step.kind, joined = on_all_slots(kind);
    unsigned slots = 0;
    if (joined == 0) return;
    for (size_t i = 0; i < count; i++) {
        if (first[i].step.kind != kind) return;
        slots |= 1U << first[i].step.slot;
    }
    if (slots != (1U << count) - 1) return;
    if (kind != EK_STEP_HELD) sort_numbers(b, first);
    first->step.kind = (uint8_t)joined;
    first->step.slot = 0;
    b->binding->step_count -= count - 1;
    b->call->step_count -= count - 1;
}

/* ---- equal rotations by X in a row ---------------------------------------------------------- */

static const double SMALLEST_HELD = 1e-3; /* below, what is held would lose range */

static void hold(struct ek_binder *b, double factor)
{
    ek_binder_add_step(b, EK_STEP_HOLD, 0);
    ek_binder_put(b, factor);
}

void ek_binder_let_go(struct ek_binder *b)
{
    if (b->held != 0) hold(b, 1 / b->held);
    b->held = 0;
}

/* False where the row is too short, or of another kind. */
static bool put_held_rotation(struct ek_binder *b, const struct ek_rotation *rotation,
                              struct ek_bit_place place, int equal)
{
    const double t = rotation->t;
    const bool unit = fabs(fabs(t) - 1) <= 4e-16;
    if (rotation->kind != EK_IMAGINARY || rotation->exchanged) return false;
    if (unit || fabs(t) < SMALLEST_HELD) return false;
    if (b->held == 0 && equal < EK_EQUAL_ENOUGH) return false;
    if (b->held == 0) hold(b, t);
    b->held = t;
    ek_binder_add_step(b, place.kind == IN_LANE ? EK_STEP_LANE_HELD : EK_STEP_HELD, place.number);
    ek_binder_put(b, t * t);
    join_last(b);
    if (equal == 1) ek_binder_let_go(b);
    return true;
}

/* ---- rotations ------------------------------------------------------------------------------ */

static enum ek_trip_step_kind kind_of(const struct ek_rotation *rotation)
{
    static const enum ek_trip_step_kind kinds[3][2] = {
        [EK_TURN] = {EK_STEP_TURN, EK_STEP_TURN_EXCHANGED},
        [EK_REFLECT] = {EK_STEP_REFLECT, EK_STEP_REFLECT_EXCHANGED},
        [EK_IMAGINARY] = {EK_STEP_IMAGINARY, EK_STEP_IMAGINARY_EXCHANGED}};
    const double t = rotation->t, u = rotation->u;
    const bool unit = fabs(fabs(t) - 1) <= 4e-16 && fabs(fabs(u) - 1) <= 4e-16;
    if (unit && !rotation->exchanged) {
        if (rotation->kind == EK_IMAGINARY)
            return t > 0 ? EK_STEP_IMAGINARY_PLUS : EK_STEP_IMAGINARY_MINUS;
        if (rotation->kind == EK_TURN && t * u < 0)
            return t > 0 ? EK_STEP_TURN_PLUS : EK_STEP_TURN_MINUS;
        if (rotation->kind == EK_REFLECT && t > 0 && u > 0) return EK_STEP_REFLECT_PLUS;
    }
    return kinds[rotation->kind][rotation->exchanged];
}

static void put_rotation(struct ek_binder *b, const struct ek_rotation *rotation, int slot)
{
    ek_binder_add_step(b, kind_of(rotation), slot);
    ek_binder_put(b, rotation->t);
    ek_binder_put(b, rotation->u);
    join_last(b);
}

/* A number for each lane, by the lane's bit. */
static void put_lanes(struct ek_binder *b, int lane, const double numbers[2])
{
    for (int l = 0; l < 1 << b->lane_slots; l++) ek_binder_put(b, numbers[l >> lane & 1]);
}

static void put_lane_rotation(struct ek_binder *b, const struct ek_rotation *rotation, int lane)
{
    const double turns[2] = {rotation->t, rotation->u};
    const double ones[2] = {1, rotation->kind == EK_REFLECT ? -1 : 1};
    const double *keep = rotation->exchanged ? turns : ones;
    const double *take = rotation->exchanged ? ones : turns;
    if (rotation->kind == EK_IMAGINARY && rotation->exchanged) {
        ek_binder_add_step(b, EK_STEP_LANE_IMAGINARY_EXCHANGED, lane);
        put_lanes(b, lane, keep);
    } else if (rotation->kind == EK_IMAGINARY) {
        ek_binder_add_step(b, EK_STEP_LANE_IMAGINARY, lane);
        put_lanes(b, lane, take);
    } else if (rotation->kind == EK_TURN && !rotation->exchanged) {
        ek_binder_add_step(b, EK_STEP_LANE_TURN, lane);
        put_lanes(b, lane, take);
    } else {
        ek_binder_add_step(b, EK_STEP_LANE_REFLECT, lane);
        put_lanes(b, lane, keep);
        put_lanes(b, lane, take);
    }
}

/* Amplitudes are as much larger as the number that is left to multiply is small: they must not
 * overflow. */
static bool is_small(ek_complex scale)
{
    return scale.re * scale.re + scale.im * scale.im < 0x1p-64;
}

/* The matrix with the number that is left to multiply. */
static void absorb_scale(struct ek_binder *b, const ek_complex *m, ek_complex scaled[4])
{
    for (int i = 0; i < 4; i++) scaled[i] = ek_times(m[i], b->binding->scale);
    b->binding->scale = (ek_complex){1, 0};
}

/* The matrix as a scaled rotation. */
static bool add_rotation(struct ek_binder *b, const ek_complex *m, struct ek_bit_place place,
                         int equal)
{
    struct ek_rotation rotation;
    ek_complex scale;
    if (is_small(b->binding->scale) || !ek_rotation_find(m, &rotation, &scale)) return false;
    const bool held = put_held_rotation(b, &rotation, place, equal);
    if (!held && place.kind == IN_LANE) put_lane_rotation(b, &rotation, place.number);
    else if (!held) put_rotation(b, &rotation, place.number);
    b->binding->scale = ek_times(b->binding->scale, scale);
    return true;
}

/* The hot bits of an operation as register slots: lanes change places with registers before and
 * after it. */
struct hot_bits {
    int count, slot[EK_REGISTER_SLOTS]; /* targets first */
    int swap_count, swapped_slot[EK_REGISTER_SLOTS], swapped_lane[EK_REGISTER_SLOTS];
};

static void add_swaps(struct ek_binder *b, const struct hot_bits *hot)
{
    for (int i = 0; i < hot->swap_count; i++)
        ek_binder_add_step(b, EK_STEP_SWAP, hot->swapped_slot[i])->step.lane =
            (uint8_t)hot->swapped_lane[i];
}

/* False when there are more than registers. */
static bool bring(int count, const struct ek_bit_place *places, struct hot_bits *hot)
{
    unsigned taken = 0;
    *hot = (struct hot_bits){.count = count};
    if (count > EK_REGISTER_SLOTS) return false;
    for (int i = 0; i < count; i++)
        if (places[i].kind == IN_REGISTER) taken |= 1u << places[i].number;
    for (int i = 0; i < count; i++) {
        int slot = places[i].number;
        if (places[i].kind == IN_LANE) {
            for (slot = 0; taken >> slot & 1; slot++) {
            }
            taken |= 1u << slot;
            hot->swapped_slot[hot->swap_count] = slot;
            hot->swapped_lane[hot->swap_count++] = places[i].number;
        }
        hot->slot[i] = slot;
    }
    return true;
}

static bool is_exchange(const ek_complex *m)
{
    return m[0].re == 0 && m[0].im == 0 && m[1].re == 1 && m[1].im == 0 && m[2].re == 1 &&
           m[2].im == 0 && m[3].re == 0 && m[3].im == 0;
}

/* A hot control that stands in a register. */
static void add_control(struct ek_bound_step *controls, int slot, bool value)
{
    controls->step.control_mask |= (uint8_t)(1u << slot);
    controls->step.control_value |= (uint8_t)((unsigned)value << slot);
}

static void set_controls(struct ek_binder *b, const struct ek_bound_step *from,
                         struct ek_bound_step *to)
{
    to->step.control_mask = from->step.control_mask;
    to->step.control_value = from->step.control_value;
    to->step.near_mask = from->step.near_mask;
    to->step.near_value = from->step.near_value;
    ek_binder_set_far(b, to, from->far_mask, from->far_value);
}

/* X where all controls hold: those in lanes become numbers, one per lane. `places` begins with the
 * target. */
static void put_exchange(struct ek_binder *b, const struct ek_bit_place *places,
                         const bool *values, int count, struct ek_bound_step *controls)
{
    unsigned lanes = 0, wanted = 0;
    for (int i = 1; i < count; i++) {
        if (places[i].kind == IN_REGISTER) {
            add_control(controls, places[i].number, values[i]);
        } else {
            lanes |= 1u << places[i].number;
            wanted |= (unsigned)values[i] << places[i].number;
        }
    }
    const enum ek_trip_step_kind kind = places[0].kind == IN_LANE ? EK_STEP_LANE_X
                                        : lanes                   ? EK_STEP_X_IN_LANES
                                                                  : EK_STEP_X;
    struct ek_bound_step *bound = ek_binder_add_step(b, kind, places[0].number);
    for (unsigned l = 0; l < 1u << b->lane_slots && kind != EK_STEP_X; l++)
        ek_binder_put(b, (l & lanes) == wanted ? -1 : 1);
    set_controls(b, controls, bound);
}

static void put_lane_matrix(struct ek_binder *b, const ek_complex *m, int lane)
{
    ek_binder_add_step(b, EK_STEP_LANE_DENSE, lane);
    put_lanes(b, lane, (const double[2]){m[0].re, m[3].re});
    put_lanes(b, lane, (const double[2]){m[1].re, m[2].re});
    put_lanes(b, lane, (const double[2]){m[0].im, m[3].im});
    put_lanes(b, lane, (const double[2]){m[1].im, m[2].im});
}

static struct ek_bound_step *put_matrix(struct ek_binder *b, const ek_complex *m, int slot)
{
    struct ek_bound_step *bound = ek_binder_add_step(b, EK_STEP_DENSE, slot);
    ek_binder_put_parts(b, m, 4, true);
    return bound;
}

/* The first column is (c, 0, 0, s), see ek_gauge_fix: then c is taken out. */
static bool has_schmidt_column(const ek_complex *m)
{
    return m[4].re == 0 && m[4].im == 0 && m[8].re == 0 && m[8].im == 0 && m[0].im == 0 &&
           m[12].im == 0 && m[0].re >= 0.5;
}

/* Index bit 0 of the matrix belongs to slot `first`. */
static struct ek_bound_step *put_matrix2(struct ek_binder *b, const ek_complex *m, int first,
                                         int second, bool controlled)
{
    static const int exchanged[4] = {0, 2, 1, 3};
    const bool schmidt = !controlled && !is_small(b->binding->scale) && has_schmidt_column(m);
    const double factor = schmidt ? 1 / m[0].re : 1;
    struct ek_bound_step *bound = ek_binder_add_step(
        b, schmidt ? EK_STEP_SCHMIDT2 : EK_STEP_DENSE2, 3 - first - second);
    for (int part = 0; part < 3; part++)
        for (int i = 0; i < 16; i++) {
            const int at = first < second ? i : 4 * exchanged[i / 4] + exchanged[i % 4];
            ek_binder_put(b, factor * (part == 0   ? m[at].re
                                       : part == 1 ? m[at].im - m[at].re
                                                   : m[at].re + m[at].im));
        }
    if (schmidt) b->binding->scale = ek_times(b->binding->scale, (ek_complex){m[0].re, 0});
    return bound;
}

/* The controls of an operation: hot ones are appended to `places`, the others go to the step. */
static int sort_controls(const struct ek_binder *b, const struct ek_tile_op *op,
                         struct ek_bit_place *places, bool *values, int count,
                         struct ek_bound_step *bound)
{
    bound->far_mask = op->outer_mask;
    bound->far_value = op->outer_value;
    for (uint64_t left = op->inner_mask; left; left &= left - 1) {
        const struct ek_bit_place place = ek_binder_place(b, ek_lowest_bit(left));
        const bool value = op->inner_value & (left & -left);
        if (is_hot(place)) {
            values[count] = value;
            places[count++] = place;
        } else if (place.kind == IN_GROUP) {
            bound->step.near_mask |= (uint8_t)(1u << place.number);
            bound->step.near_value |= (uint8_t)((unsigned)value << place.number);
        } else {
            bound->far_mask |= place.mask;
            bound->far_value |= value ? place.mask : 0;
        }
    }
    return count;
}

/* False when the operation must run by itself. */
bool ek_binder_add_dense(struct ek_binder *b, const struct ek_tile_op *op, int equal)
{
    const ek_complex *m = b->program->values + op->values;
    struct ek_bit_place places[2 + 32];
    bool values[2 + 32] = {false};
    struct ek_bound_step controls = {0};
    struct hot_bits hot;
    ek_complex scaled[4];
    const bool alone = ek_is_plain_matrix(op);
    for (int j = 0; j < op->target_count; j++) {
        places[j] = ek_binder_place(b, op->position[j]);
        if (!is_hot(places[j])) return false;
    }
    if (alone && add_rotation(b, m, places[0], equal)) return true;
    ek_binder_let_go(b);
    if (alone && is_small(b->binding->scale)) {
        absorb_scale(b, m, scaled);
        m = scaled;
    }
    const int count = sort_controls(b, op, places, values, op->target_count, &controls);
    if (op->target_count == 1 && is_exchange(m)) {
        put_exchange(b, places, values, count, &controls);
        return true;
    }
    if (alone && places[0].kind == IN_LANE) {
        put_lane_matrix(b, m, places[0].number);
        return true;
    }
    if (!bring(count, places, &hot)) return false;
    for (int i = op->target_count; i < count; i++) add_control(&controls, hot.slot[i], values[i]);
    add_swaps(b, &hot);
    set_controls(b, &controls,
                 op->target_count == 1 ? put_matrix(b, m, hot.slot[0])
                                       : put_matrix2(b, m, hot.slot[0], hot.slot[1],
                                                     op->inner_mask || op->outer_mask));
    add_swaps(b, &hot);
    return true;
}
