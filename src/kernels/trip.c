/* Trips: see kernels.h. */
#include "kernels/declare.h"
#include "kernels/trip_steps.h"

/* Amplitudes are asked for before they are needed: few, as caches are small; on their way through
 * registers alone as many as memory has on its way, into the second-level cache, which then has no
 * tile to hold. */
enum {
    AHEAD_BYTES = 4096,
    DIRECT_AHEAD_BYTES = 8192,
    GROUP_BYTES = REGISTERS * 2 * VECTOR_BYTES
};

/* ---- ways in and out ------------------------------------------------------------------------ */

/* Distance of each register from the first one, in amplitudes. */
INLINE void set_offsets(const struct ek_spread *spread, size_t *offset)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        offset[i] = 0;
        for (int k = 0; k < REGISTER_SLOTS; k++)
            if (i >> k & 1) offset[i] += spread->distance[k];
    }
}

/* Where a group comes from or goes to: a tile, or the state, whose parts lie side by side. Passed
 * by value, as a vector that is stored may be what a pointer leads to, and then is read again. */
struct end {
    real *re, *im; /* at the chunk's first amplitude; im null in the state */
    const struct ek_spread *spread;
};

static struct end tile_end(const struct ek_tile *tile, size_t first,
                           const struct ek_spread *spread)
{
    return (struct end){(real *)tile->re + first, (real *)tile->im + first, spread};
}
static struct end state_end(const void *amplitudes, const struct ek_spread *spread)
{
    return (struct end){(real *)(uintptr_t)amplitudes, NULL, spread};
}

INLINE void load_tile(const real *from_re, const real *from_im, const size_t *offset, vec *re,
                      vec *im)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        re[i] = *(const vec *)(from_re + offset[i]);
        im[i] = *(const vec *)(from_im + offset[i]);
    }
}

INLINE void store_tile(real *to_re, real *to_im, const size_t *offset, const vec *re,
                       const vec *im)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        *(vec *)(to_re + offset[i]) = re[i];
        *(vec *)(to_im + offset[i]) = im[i];
    }
}

enum { READ, SECOND_LEVEL = 2, FIRST_LEVEL = 3 }; /* of __builtin_prefetch */

/* The level is a constant, but clang wants it written out. */
INLINE void ask_for_line(const real *from, int level)
{
    if (level == FIRST_LEVEL) __builtin_prefetch(from, READ, FIRST_LEVEL);
    else __builtin_prefetch(from, READ, SECOND_LEVEL);
}

INLINE void ask_for(const real *amplitudes, const size_t *offset, int level)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const real *from = amplitudes + 2 * offset[i];
        ask_for_line(from, level);
        ask_for_line(from + LANES, level);
    }
}

INLINE void load_flat(const real *amplitudes, const size_t *offset, vec *re, vec *im)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const real *from = amplitudes + 2 * offset[i];
        split(load(from), load(from + LANES), &re[i], &im[i]);
    }
}

INLINE void store_flat(real *amplitudes, ek_complex scale, const size_t *offset, vec *re, vec *im)
{
    const vec x = broadcast(scale.re), y = broadcast(scale.im);
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        real *to = amplitudes + 2 * offset[i];
        vec a, b;
        multiply_phase(x, y, &re[i], &im[i]);
        join(re[i], im[i], &a, &b);
        store(to, a);
        store(to + LANES, b);
    }
}

struct steps {
    size_t count;
    const struct ek_trip_step *first;
};

/* True where each group takes every other line of a run, and the next group the lines between:
 * those are slow when they follow at once. */
INLINE bool are_interleaved(const struct ek_spread *spread)
{
    return spread->distance[0] == 2 * LANES && spread->group[1] == LANES;
}

/* A trip of one step, within tiles: nothing to look up for each group. */
INLINE void sweep(struct end from, struct end to, int group_count,
                  const struct ek_trip_step *step, int form)
{
    const int stride = are_interleaved(from.spread) ? 2 : 1;
    const size_t count = form == EK_STEP_HELD_ALL ? 1 : 2 * REGISTER_SLOTS;
    real numbers[2 * REGISTER_SLOTS];
    size_t here[REGISTERS], there[REGISTERS];
    memcpy(numbers, step->numbers, count * sizeof *numbers);
    set_offsets(from.spread, here);
    set_offsets(to.spread, there);
    for (int first = 0; first < stride; first++) {
        for (int g = first; g < group_count; g += stride) {
            const size_t begin = from.spread->group[g], end = to.spread->group[g];
            vec re[REGISTERS], im[REGISTERS];
            load_tile(from.re + begin, from.im + begin, here, re, im);
            turn_all(numbers, form, re, im);
            store_tile(to.re + end, to.im + end, there, re, im);
        }
    }
}

/* ---- two-qubit matrices, one sweep for each ------------------------------------------------- */

enum { QUARTETS = REGISTERS / 4 }; /* in a group */

/* Distances of a group's amplitudes from its first one, by quartets: those that the step on all
 * register slots but `rest` mixes lie side by side. */
INLINE void set_quartet_offsets(const struct ek_spread *spread, int rest, size_t *offset)
{
    size_t all[REGISTERS];
    set_offsets(spread, all);
    const int low = 1 << (rest == 0), high = 1 << (rest == 2 ? 1 : 2);
    for (int i = 0; i < REGISTERS; i++)
        offset[i] = all[(i & 1 ? low : 0) | (i & 2 ? high : 0) | (i & 4 ? 1 << rest : 0)];
}

/* Row `row` of the matrix, as DENSE2 has it, on all quartets of a group: a number is loaded once
 * for all of them. s = p + q. */
INLINE void multiply_row(const real *numbers, int row, const vec *p, const vec *q, const vec *s,
                         vec *re, vec *im)
{
    const real *a = numbers + 4 * row, *b = a + 16, *c = a + 32;
    for (int o = 0; o < QUARTETS; o++) re[o] = broadcast(a[0]) * s[4 * o];
#pragma GCC unroll 4
    for (int j = 1; j < 4; j++) {
        const vec x = broadcast(a[j]);
        for (int o = 0; o < QUARTETS; o++) re[o] += x * s[4 * o + j];
    }
    for (int o = 0; o < QUARTETS; o++) im[o] = re[o];
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) {
        const vec x = broadcast(b[j]), y = broadcast(c[j]);
        for (int o = 0; o < QUARTETS; o++) {
            re[o] -= y * q[4 * o + j];
            im[o] += x * p[4 * o + j];
        }
    }
}

NOT_INLINE void sweep_quartets(struct end from, struct end to, int group_count,
                               const struct ek_trip_step *step)
{
    size_t here[REGISTERS], there[REGISTERS];
    set_quartet_offsets(from.spread, step->slot, here);
    set_quartet_offsets(to.spread, step->slot, there);
    for (int g = 0; g < group_count; g++) {
        const size_t begin = from.spread->group[g], end = to.spread->group[g];
        vec p[REGISTERS], q[REGISTERS], s[REGISTERS];
        load_tile(from.re + begin, from.im + begin, here, p, q);
#pragma GCC unroll 8
        for (int i = 0; i < REGISTERS; i++) s[i] = p[i] + q[i];
#pragma GCC unroll 4
        for (int row = 0; row < 4; row++) {
            vec re[QUARTETS], im[QUARTETS];
            multiply_row(step->numbers, row, p, q, s, re, im);
            for (int o = 0; o < QUARTETS; o++) {
                *(vec *)(to.re + end + there[4 * o + row]) = re[o];
                *(vec *)(to.im + end + there[4 * o + row]) = im[o];
            }
        }
    }
}

/* Of more of them the group's vectors had better stay in registers: each sweep goes through the
 * chunk, by then in the first-level cache, once more. */
enum { MOST_SWEEPS = 3 };

static bool try_quartets(struct end from, struct end to, int group_count, struct steps steps)
{
    if (steps.count == 0 || steps.count > MOST_SWEEPS) return false;
    for (size_t i = 0; i < steps.count; i++) {
        const struct ek_trip_step *step = steps.first + i;
        if (step->kind != EK_STEP_DENSE2 || step->control_mask || step->near_mask) return false;
    }
    for (size_t i = 0; i < steps.count; i++)
        sweep_quartets(i == 0 ? from : to, to, group_count, steps.first + i);
    return true;
}

/* Steps that often are alone in a trip; false where the trip is not of that kind. */
NOT_INLINE bool try_sweep(struct end from, struct end to, int group_count, struct steps steps)
{
    const struct ek_trip_step *step = steps.first;
    if (!from.im || !to.im) return false;
    if (try_quartets(from, to, group_count, steps)) return true;
    if (steps.count != 1) return false;
    switch (4 * step->kind + step->slot) {
    case 4 * EK_STEP_TURN_ALL: sweep(from, to, group_count, step, EK_STEP_TURN_ALL); return true;
    case 4 * EK_STEP_IMAGINARY_ALL:
        sweep(from, to, group_count, step, EK_STEP_IMAGINARY_ALL);
        return true;
    case 4 * EK_STEP_HELD_ALL: sweep(from, to, group_count, step, EK_STEP_HELD_ALL); return true;
    default: return false;
    }
}

/* Asks for some groups of the state after group g; the next chunk is `ahead` numbers away. On the
 * way into the state too: what is stored far apart waits for its lines otherwise. */
INLINE void ask_after(struct end state, const size_t *offset, const struct ek_trip *trip,
                      bool direct, int g, size_t ahead)
{
    const size_t *group = state.spread->group;
    const int then = g + (direct ? DIRECT_AHEAD_BYTES : AHEAD_BYTES) / GROUP_BYTES;
    const real *soon = then < trip->group_count
                           ? state.re + 2 * group[then]
                           : state.re + 2 * group[then % trip->group_count] + ahead;
    if (!direct && trip->ask_level == 1) ask_for(soon, offset, FIRST_LEVEL);
    else ask_for(soon, offset, SECOND_LEVEL);
}

/* All ways of a trip in one function, because the steps' code is long. `soon`: what is asked for
 * instead of what follows here, or nowhere. */
static void ride(struct end from, struct end to, const struct ek_trip *trip, struct steps steps,
                 size_t ahead, struct end soon, ek_complex scale)
{
    const bool direct = !from.im && !to.im;
    size_t here[REGISTERS], there[REGISTERS], then[REGISTERS];
    if (try_sweep(from, to, trip->group_count, steps)) return;
    set_offsets(from.spread, here);
    set_offsets(to.spread, there);
    set_offsets(soon.re ? soon.spread : from.spread, then);
    for (int g = 0; g < trip->group_count; g++) {
        const size_t begin = from.spread->group[g], end = to.spread->group[g];
        vec re[REGISTERS], im[REGISTERS];
        if (soon.re) ask_for(soon.re + 2 * soon.spread->group[g], then, SECOND_LEVEL);
        else if (!from.im) ask_after(from, here, trip, direct, g, ahead);
        else if (!to.im) ask_after(to, there, trip, direct, g, ahead);
        if (from.im) load_tile(from.re + begin, from.im + begin, here, re, im);
        else load_flat(from.re + 2 * begin, here, re, im);
        do_steps(steps.count, steps.first, (size_t)g, re, im);
        if (to.im) store_tile(to.re + end, to.im + end, there, re, im);
        else store_flat(to.re + 2 * end, scale, there, re, im);
    }
}

static const struct end nowhere;
static const ek_complex no_scale = {1, 0};

void KERNEL(trip)(const struct ek_tile *tile, size_t first, const struct ek_trip *trip,
                  size_t step_count, const struct ek_trip_step *steps)
{
    const struct steps all = {step_count, steps};
    const struct end both = tile_end(tile, first, &trip->tile);
    ride(both, both, trip, all, 0, nowhere, no_scale);
}

void KERNEL(trip_between)(const struct ek_chunk *from, const struct ek_chunk *to,
                          const struct ek_trip *trip, size_t step_count,
                          const struct ek_trip_step *steps)
{
    const struct steps all = {step_count, steps};
    const struct end begin = tile_end(&from->tile, from->first, from->spread);
    const struct end end = tile_end(&to->tile, to->first, to->spread);
    ride(begin, end, trip, all, 0, nowhere, no_scale);
}

void KERNEL(trip_in)(const void *amplitudes, size_t ahead, const struct ek_tile *tile,
                     size_t first, const struct ek_trip *trip, size_t step_count,
                     const struct ek_trip_step *steps)
{
    const struct steps all = {step_count, steps};
    const struct end begin = state_end(amplitudes, &trip->flat);
    const struct end end = tile_end(tile, first, &trip->tile);
    ride(begin, end, trip, all, 2 * ahead, nowhere, no_scale);
}

void KERNEL(trip_out)(void *amplitudes, size_t ahead, const struct ek_tile *tile, size_t first,
                      const struct ek_trip *trip, size_t step_count,
                      const struct ek_trip_step *steps, ek_complex scale)
{
    const struct steps all = {step_count, steps};
    const struct end begin = tile_end(tile, first, &trip->tile);
    const struct end end = state_end(amplitudes, &trip->flat);
    ride(begin, end, trip, all, 2 * ahead, nowhere, scale);
}

void KERNEL(trip_leave)(void *amplitudes, const void *soon, const struct ek_spread *asked,
                        const struct ek_tile *tile, size_t first, const struct ek_trip *trip,
                        size_t step_count, const struct ek_trip_step *steps, ek_complex scale)
{
    const struct steps all = {step_count, steps};
    const struct end begin = tile_end(tile, first, &trip->tile), next = state_end(soon, asked);
    const struct end end = state_end(amplitudes, &trip->flat);
    ride(begin, end, trip, all, 0, next, scale);
}

void KERNEL(flat_trip)(void *amplitudes, size_t ahead, const struct ek_trip *trip,
                       size_t step_count, const struct ek_trip_step *steps, ek_complex scale)
{
    const struct steps all = {step_count, steps};
    const struct end both = state_end(amplitudes, &trip->flat);
    ride(both, both, trip, all, 2 * ahead, nowhere, scale);
}
