/* Inside kernels: trips of one or two steps within a tile, with nothing to look up for each group:
 * they are as fast as vectors can be loaded and stored. */
#ifndef EK_KERNELS_TRIP_SWEEPS_H
#define EK_KERNELS_TRIP_SWEEPS_H

#include "kernels/trip_steps.h"

/* Where a group comes from or goes to: a tile, or the state, whose parts lie side by side. Passed
 * by value, as a vector that is stored may be what a pointer leads to, and then is read again. */
struct end {
    real *re, *im; /* at the chunk's first amplitude; im null in the state */
    const struct ek_spread *spread;
};

struct steps {
    size_t count;
    const struct ek_trip_step *first;
};

/* ---- where vectors lie ---------------------------------------------------------------------- */

/* The vectors of a group, in bytes from the first one: that of register i at step[i & 3], and
 * `high` further where i & 4. An address then is a base and an index, and all of them are so few
 * numbers that they stay in registers. */
struct pattern {
    size_t step[4], high;
};

INLINE struct pattern pattern_of(const size_t *distance)
{
    const size_t low = distance[0] * sizeof(real), next = distance[1] * sizeof(real);
    return (struct pattern){{0, low, next, low + next}, distance[2] * sizeof(real)};
}

struct bases {
    char *of[2];
};

INLINE struct bases bases_of(real *first, const struct pattern *pattern)
{
    char *low = (char *)first;
    return (struct bases){{low, low + pattern->high}};
}
INLINE vec *at(struct bases bases, const struct pattern *pattern, int i)
{
    return (vec *)(bases.of[i >> 2] + pattern->step[i & 3]);
}
/* The compiler takes them for new ones from here on: it would keep the addresses of all vectors
 * from where they are loaded to where they are stored, which is more than it has registers for. */
INLINE void renew(struct bases *bases)
{
    __asm__ volatile("" : "+r"(bases->of[0]), "+r"(bases->of[1]));
}

/* ---- rotations on all register slots, and what holds imaginary parts ------------------------ */

/* True where each group takes every other line of a run, and the next group the lines between:
 * those are slow when they follow at once. */
INLINE bool are_interleaved(const struct ek_spread *spread)
{
    return spread->distance[0] == 2 * LANES && spread->group[1] == LANES;
}

enum { NO_STEP = 0xff };

INLINE void copy_numbers(const struct ek_trip_step *step, int kind, real *numbers)
{
    const int count = kind == EK_STEP_TURN_ALL || kind == EK_STEP_IMAGINARY_ALL
                          ? 2 * REGISTER_SLOTS : 1;
    if (kind != NO_STEP) memcpy(numbers, step->numbers, (size_t)count * sizeof *numbers);
}

/* Half of a group, which the rotations do not mix with the other half: of each register the real
 * or the imaginary part. TURN mixes real parts with real ones; IMAGINARY and HELD each register's
 * real part with the imaginary one of a register whose number differs in one bit. */
INLINE bool takes_real(int kind, int half, int i)
{
    const int odd = (i ^ i >> 1 ^ i >> 2) & 1;
    return (kind == EK_STEP_TURN_ALL ? half : half ^ odd) == 0;
}

INLINE void turn_half(const real *numbers, int kind, int half, int bit, vec *v)
{
    const vec t = broadcast(numbers[kind == EK_STEP_HELD_ALL ? 0 : 2 * bit]);
    const vec u = kind == EK_STEP_TURN_ALL ? broadcast(numbers[2 * bit + 1]) : t;
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const int j = i | 1 << bit;
        if (i == j) continue;
        const bool is_real = takes_real(kind, half, i);
        const vec a = v[i], b = v[j];
        if (kind == EK_STEP_HELD_ALL) {
            v[i] = is_real ? a + b : a - t * b;
            v[j] = is_real ? b - t * a : b + a;
        } else {
            v[i] = kind == EK_STEP_TURN_ALL || is_real ? a + t * b : a - t * b;
            v[j] = kind == EK_STEP_TURN_ALL || !is_real ? b + u * a : b - u * a;
        }
    }
}

/* `all` is the kind of the rotations, by which the group is halved. */
INLINE void do_kind(int kind, int all, const real *numbers, int half, vec *v)
{
    if (kind == EK_STEP_HOLD) {
#pragma GCC unroll 8
        for (int i = 0; i < REGISTERS; i++)
            if (!takes_real(all, half, i)) v[i] *= broadcast(numbers[0]);
    } else if (kind != NO_STEP) {
#pragma GCC unroll 3
        for (int bit = 0; bit < REGISTER_SLOTS; bit++) turn_half(numbers, kind, half, bit, v);
    }
}

/* Where a group's parts lie. */
struct group {
    struct bases re, im;
};

INLINE vec *part_at(struct group group, const struct pattern *pattern, int all, int half, int i)
{
    return at(takes_real(all, half, i) ? group.re : group.im, pattern, i);
}

INLINE void load_half(struct group group, const struct pattern *pattern, int all, int half, vec *v)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        v[i] = *part_at(group, pattern, all, half, i);
        IN_REGISTER(v[i]);
    }
}

INLINE void store_half(struct group group, const struct pattern *pattern, int all, int half,
                       const vec *v)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) *part_at(group, pattern, all, half, i) = v[i];
}

enum { HALVES_AT_ONCE = 1 + GROUP_FITS };

/* Both kinds are constants. */
INLINE void sweep(struct end tile, int group_count, const struct ek_trip_step *steps, int kind,
                  int next_kind)
{
    const int stride = are_interleaved(tile.spread) ? 2 : 1;
    const int all = kind == EK_STEP_HOLD ? next_kind : kind;
    const struct pattern pattern = pattern_of(tile.spread->distance);
    real numbers[2 * REGISTER_SLOTS], next_numbers[2 * REGISTER_SLOTS];
    copy_numbers(steps, kind, numbers);
    copy_numbers(steps + 1, next_kind, next_numbers);
    for (int first = 0; first < stride; first++) {
        for (int g = first; g < group_count; g += stride) {
            struct group group = {bases_of(tile.re + tile.spread->group[g], &pattern),
                                  bases_of(tile.im + tile.spread->group[g], &pattern)};
#pragma GCC unroll 2
            for (int half = 0; half < 2; half += HALVES_AT_ONCE) {
                vec v[HALVES_AT_ONCE][REGISTERS];
#pragma GCC unroll 2
                for (int h = 0; h < HALVES_AT_ONCE; h++)
                    load_half(group, &pattern, all, half + h, v[h]);
#pragma GCC unroll 2
                for (int h = 0; h < HALVES_AT_ONCE; h++) {
                    do_kind(kind, all, numbers, half + h, v[h]);
                    do_kind(next_kind, all, next_numbers, half + h, v[h]);
                }
                renew(&group.re);
                renew(&group.im);
#pragma GCC unroll 2
                for (int h = 0; h < HALVES_AT_ONCE; h++)
                    store_half(group, &pattern, all, half + h, v[h]);
            }
        }
    }
}

/* Functions of their own, which have all registers for themselves. */
#define SWEEP(name, kind, next_kind)                                                              \
    NOT_INLINE void name(struct end tile, int group_count, const struct ek_trip_step *steps)      \
    {                                                                                             \
        sweep(tile, group_count, steps, kind, next_kind);                                         \
    }
SWEEP(sweep_turns, EK_STEP_TURN_ALL, NO_STEP)
SWEEP(sweep_imaginary, EK_STEP_IMAGINARY_ALL, NO_STEP)
SWEEP(sweep_held, EK_STEP_HELD_ALL, NO_STEP)
SWEEP(sweep_hold_first, EK_STEP_HOLD, EK_STEP_HELD_ALL)
SWEEP(sweep_hold_last, EK_STEP_HELD_ALL, EK_STEP_HOLD)

/* ---- two-qubit matrices, one sweep for each ------------------------------------------------- */

/* Of the two in a group. */
enum { QUARTETS_AT_ONCE = 1 + GROUP_FITS };

/* The pattern with the slots as the lowest that the step on all register slots but `rest` mixes:
 * quartets lie side by side. */
INLINE struct pattern quartet_pattern(const struct ek_spread *spread, int rest)
{
    const size_t *distance = spread->distance;
    const size_t turned[] = {distance[rest == 0], distance[rest == 2 ? 1 : 2], distance[rest]};
    return pattern_of(turned);
}

INLINE void multiply_quartets_at(struct group from, const struct pattern *here, struct group to,
                                 const struct pattern *there, struct matrix matrix, int kind,
                                 int first)
{
    enum { COUNT = 4 * QUARTETS_AT_ONCE };
    vec p[COUNT], q[COUNT], s[COUNT];
#pragma GCC unroll 8
    for (int i = 0; i < COUNT; i++) {
        p[i] = *at(from.re, here, first + i);
        q[i] = *at(from.im, here, first + i);
        IN_REGISTER(p[i]);
        IN_REGISTER(q[i]);
        s[i] = p[i] + q[i];
    }
#pragma GCC unroll 4
    for (int row = 0; row < 4; row++) {
        vec re[QUARTETS_AT_ONCE], im[QUARTETS_AT_ONCE];
        multiply_row(matrix, kind, row, QUARTETS_AT_ONCE, p, q, s, re, im);
        for (int o = 0; o < QUARTETS_AT_ONCE; o++) {
            *at(to.re, there, first + 4 * o + row) = re[o];
            *at(to.im, there, first + 4 * o + row) = im[o];
        }
    }
}

/* `kind` is a constant. Where only one quartet fits, each number is needed once for it, and comes
 * with the multiplication if it stands in all lanes: to spread it would be an instruction for each
 * use (Zen 3: 11.2 and 8.8 ns a quartet). */
INLINE void sweep_quartets(struct end from, struct end to, int group_count, int kind,
                           const struct ek_trip_step *step)
{
    const struct pattern here = quartet_pattern(from.spread, step->slot);
    const struct pattern there = quartet_pattern(to.spread, step->slot);
    const real *numbers = step->numbers;
    vec spread[GROUP_FITS ? 1 : MATRIX_NUMBERS];
    for (int i = 0; i < MATRIX_NUMBERS && !GROUP_FITS; i++) spread[i] = broadcast(numbers[i]);
    const struct matrix matrix = {numbers, GROUP_FITS ? NULL : spread};
    for (int g = 0; g < group_count; g++) {
        const size_t begin = from.spread->group[g], end = to.spread->group[g];
        const struct group source = {bases_of(from.re + begin, &here),
                                     bases_of(from.im + begin, &here)};
        const struct group target = {bases_of(to.re + end, &there), bases_of(to.im + end, &there)};
#pragma GCC unroll 2
        for (int first = 0; first < REGISTERS; first += 4 * QUARTETS_AT_ONCE)
            multiply_quartets_at(source, &here, target, &there, matrix, kind, first);
    }
}

NOT_INLINE void sweep_dense(struct end from, struct end to, int group_count,
                            const struct ek_trip_step *step)
{
    sweep_quartets(from, to, group_count, EK_STEP_DENSE2, step);
}
NOT_INLINE void sweep_schmidt(struct end from, struct end to, int group_count,
                              const struct ek_trip_step *step)
{
    sweep_quartets(from, to, group_count, EK_STEP_SCHMIDT2, step);
}

/* ---- exchanges of a lane and a register slot, likewise -------------------------------------- */

INLINE void sweep_swap_of(struct end from, struct end to, int group_count, int slot, int lane)
{
    const struct pattern here = pattern_of(from.spread->distance);
    const struct pattern there = pattern_of(to.spread->distance);
    for (int g = 0; g < group_count; g++) {
        const size_t begin = from.spread->group[g], end = to.spread->group[g];
        real *const source[2] = {from.re + begin, from.im + begin};
        real *const target[2] = {to.re + end, to.im + end};
        for (int part = 0; part < 2; part++) {
            const struct bases a = bases_of(source[part], &here);
            const struct bases b = bases_of(target[part], &there);
            vec v[REGISTERS];
#pragma GCC unroll 8
            for (int i = 0; i < REGISTERS; i++) v[i] = *at(a, &here, i);
            swap_slots(lane, slot, v);
#pragma GCC unroll 8
            for (int i = 0; i < REGISTERS; i++) *at(b, &there, i) = v[i];
        }
    }
}

NOT_INLINE void sweep_swap(struct end from, struct end to, int group_count,
                           const struct ek_trip_step *step)
{
    switch (step->slot * 4 + step->lane) {
#define SWAP_OF(slot, lane)                                                                       \
    case slot * 4 + lane: sweep_swap_of(from, to, group_count, slot, lane); break;
#define SWAPS_OF(slot) SWAP_OF(slot, 0) SWAP_OF(slot, 1) SWAP_OF(slot, 2) SWAP_OF(slot, 3)
        SWAPS_OF(0)
        SWAPS_OF(1)
        SWAPS_OF(2)
    default: __builtin_unreachable();
    }
}

/* Each sweep goes through the chunk, by then in the first-level cache, once more. Where there are
 * registers for a group, it had better stay there while more than a few matrices, or anything
 * else, are to be done. */
enum { MOST_SWEEPS = 3 };

static bool is_sweep(const struct ek_trip_step *step)
{
    if (step->control_mask || step->near_mask) return false;
    return step->kind == EK_STEP_DENSE2 || step->kind == EK_STEP_SCHMIDT2 ||
           (!GROUP_FITS && step->kind == EK_STEP_SWAP);
}

static bool try_quartets(struct end from, struct end to, int group_count, struct steps steps)
{
    if (steps.count == 0 || (GROUP_FITS && steps.count > MOST_SWEEPS)) return false;
    for (size_t i = 0; i < steps.count; i++)
        if (!is_sweep(steps.first + i)) return false;
    for (size_t i = 0; i < steps.count; i++) {
        const struct ek_trip_step *step = steps.first + i;
        const struct end begin = i == 0 ? from : to;
        if (step->kind == EK_STEP_DENSE2) sweep_dense(begin, to, group_count, step);
        else if (step->kind == EK_STEP_SCHMIDT2) sweep_schmidt(begin, to, group_count, step);
        else if (!GROUP_FITS) sweep_swap(begin, to, group_count, step);
    }
    return true;
}

/* ---- any of them ---------------------------------------------------------------------------- */

/* False where the trip is not of that kind. */
NOT_INLINE bool try_sweep(struct end from, struct end to, int group_count, struct steps steps)
{
    const struct ek_trip_step *step = steps.first;
    if (!from.im || !to.im) return false;
    if (try_quartets(from, to, group_count, steps)) return true;
    if (from.re != to.re || steps.count == 0 || steps.count > 2) return false;
    const int kind = step->kind, next_kind = steps.count == 2 ? step[1].kind : NO_STEP;
    if (kind == EK_STEP_HOLD && next_kind == EK_STEP_HELD_ALL)
        sweep_hold_first(to, group_count, step);
    else if (kind == EK_STEP_HELD_ALL && next_kind == EK_STEP_HOLD)
        sweep_hold_last(to, group_count, step);
    else if (next_kind != NO_STEP) return false;
    else if (kind == EK_STEP_HELD_ALL) sweep_held(to, group_count, step);
    else if (kind == EK_STEP_TURN_ALL) sweep_turns(to, group_count, step);
    else if (kind == EK_STEP_IMAGINARY_ALL) sweep_imaginary(to, group_count, step);
    else return false;
    return true;
}

#endif
