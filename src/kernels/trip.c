/* Trips: see kernels.h. */
#include "kernels/declare.h"
#include "kernels/trip_sweeps.h"

/* Amplitudes are asked for before they are needed: few, as caches are small; on their way through
 * registers alone as many as memory has on its way, into the second-level cache, which then has no
 * tile to hold. */
enum {
    AHEAD_BYTES = 4096,
    DIRECT_AHEAD_BYTES = 8192,
    LINE_BYTES = 64,
    GROUP_BYTES = REGISTERS * 2 * VECTOR_BYTES
};

/* ---- ways in and out ------------------------------------------------------------------------ */

/* Distance of each register from the first one, in amplitudes. Trips of many steps have more to do
 * than to load and to store: addresses as those of sweeps were measured to gain nothing here. */
INLINE void set_offsets(const struct ek_spread *spread, size_t *offset)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        offset[i] = 0;
        for (int k = 0; k < REGISTER_SLOTS; k++)
            if (i >> k & 1) offset[i] += spread->distance[k];
    }
}

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
        if (2 * VECTOR_BYTES > LINE_BYTES) ask_for_line(from + LANES, level);
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

/* ---- from step to step ---------------------------------------------------------------------- */

/* With long vectors by one jump that all steps share: less code, 2 % of a random circuit on Zen 4.
 * With shorter ones each step jumps to the next by itself, which processors foresee better: a jump
 * that all share costs up to 15 % of a random circuit, by where the code happens to lie. Then they
 * are listed once a chunk, with where their code is, instead of looked up for each group (another
 * 11 %). */
#ifdef EK_LONG_VECTORS

#define STEP_CASE(kind, step_slot, call)                                                          \
    case STEP_CODE(kind, step_slot): {                                                            \
        enum { SLOT = step_slot };                                                                \
        call;                                                                                     \
        break;                                                                                    \
    }
#define LIST_STEPS(steps)
#define DO_STEPS(steps)                                                                           \
    for (const struct ek_trip_step *step = (steps).first; step < (steps).first + (steps).count;   \
         step++) {                                                                                \
        const real *x = step->numbers;                                                            \
        switch (STEP_CODE(step->kind, step->slot)) {                                              \
            ALL_STEPS(STEP_CASE)                                                                  \
        default: __builtin_unreachable();                                                         \
        }                                                                                         \
    }

#else

struct listed_step {
    const void *code, *numbers;
    const struct ek_trip_step *step;
};

/* `end` is where to go behind the last one. */
INLINE void list_steps(struct steps steps, const void *const *code, const void *end,
                       struct listed_step *list)
{
    for (size_t i = 0; i < steps.count; i++) {
        const struct ek_trip_step *step = steps.first + i;
        list[i] = (struct listed_step){code[STEP_CODE(step->kind, step->slot)], step->numbers,
                                       step};
    }
    list[steps.count].code = end;
}

#pragma GCC diagnostic ignored "-Wpedantic" /* labels as values */
#define STEP_ADDRESS(kind, slot, call) [STEP_CODE(kind, slot)] = &&on_##kind##_##slot,
#define STEP_LABEL(kind, step_slot, call)                                                         \
    on_##kind##_##step_slot : {                                                                   \
        enum { SLOT = step_slot };                                                                \
        const struct ek_trip_step *step = now->step;                                              \
        const real *x = now->numbers;                                                             \
        (void)x, (void)step;                                                                      \
        call;                                                                                     \
        now++;                                                                                    \
        goto *now->code;                                                                          \
    }
#define LIST_STEPS(steps)                                                                         \
    static const void *const code[] = {ALL_STEPS(STEP_ADDRESS)};                                  \
    struct listed_step list[(steps).count + 1];                                                   \
    list_steps(steps, code, &&done, list);
#define DO_STEPS(steps)                                                                           \
    const struct listed_step *now = list;                                                         \
    goto *now->code;                                                                              \
    ALL_STEPS(STEP_LABEL)                                                                         \
    done:;

#endif

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
    LIST_STEPS(steps)
    for (int g = 0; g < trip->group_count; g++) {
        const size_t begin = from.spread->group[g], end = to.spread->group[g], group = (size_t)g;
        vec re[REGISTERS], im[REGISTERS];
        if (soon.re) ask_for(soon.re + 2 * soon.spread->group[g], then, SECOND_LEVEL);
        else if (!from.im) ask_after(from, here, trip, direct, g, ahead);
        else if (!to.im) ask_after(to, there, trip, direct, g, ahead);
        if (from.im) load_tile(from.re + begin, from.im + begin, here, re, im);
        else load_flat(from.re + 2 * begin, here, re, im);
        DO_STEPS(steps)
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
