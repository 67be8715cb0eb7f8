/* Trips: see kernels.h. All steps are cases of one loop, so that the vectors stay in registers;
 * every index into them must be a constant after unrolling. */
#include "kernels/declare.h"
#include "kernels/vector.h"

/* Amplitudes are asked for before they are needed: few, as caches are small; more for the
 * second-level cache where it has no tile to hold. */
enum {
    AHEAD_BYTES = 4096,
    FURTHER_BYTES = 8192,
    GROUP_BYTES = REGISTERS * 2 * VECTOR_BYTES
};

INLINE void turn_pairs(const real *numbers, int form, int bit, vec *re, vec *im)
{
    const vec t = broadcast(numbers[0]), u = broadcast(numbers[1]);
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const int j = i | 1 << bit;
        if (i == j || j >= REGISTERS) continue;
        const vec a = re[i], b = im[i], c = re[j], d = im[j];
        if (form == EK_STEP_IMAGINARY) {
            re[i] = a + t * d;
            im[i] = b - t * c;
            re[j] = c + t * b;
            im[j] = d - t * a;
        } else {
            re[i] = a + t * c;
            im[i] = b + t * d;
            re[j] = form == EK_STEP_TURN ? c + u * a : u * a - c;
            im[j] = form == EK_STEP_TURN ? d + u * b : u * b - d;
        }
    }
}

/* |t| = |u| = 1: the real parts by multiply-adds, the imaginary ones by additions, because there
 * are processors with units for both. */
INLINE void add_pairs(const real *numbers, int form, int bit, vec *re, vec *im)
{
    const vec t = broadcast(numbers[0]), u = broadcast(numbers[1]);
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const int j = i | 1 << bit;
        if (i == j || j >= REGISTERS) continue;
        const vec a = re[i], b = im[i], c = re[j], d = im[j];
        if (form == EK_STEP_IMAGINARY_PLUS || form == EK_STEP_IMAGINARY_MINUS) {
            re[i] = a + t * d;
            re[j] = c + t * b;
            im[i] = form == EK_STEP_IMAGINARY_PLUS ? b - c : b + c;
            im[j] = form == EK_STEP_IMAGINARY_PLUS ? d - a : d + a;
        } else {
            re[i] = a + t * c;
            re[j] = form == EK_STEP_REFLECT_PLUS ? u * a - c : c + u * a;
            im[i] = form == EK_STEP_TURN_MINUS ? b - d : b + d;
            im[j] = form == EK_STEP_TURN_PLUS ? d - b : form == EK_STEP_TURN_MINUS ? d + b : b - d;
        }
    }
}

/* With b = t im held instead of im, [[1, -it], [-it, 1]] takes a + b and b - t^2 a. */
INLINE void turn_held_pairs(const real *numbers, int bit, vec *re, vec *im)
{
    const vec square = broadcast(numbers[0]);
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const int j = i | 1 << bit;
        if (i == j || j >= REGISTERS) continue;
        const vec a = re[i], b = im[i], c = re[j], d = im[j];
        re[i] = a + d;
        im[i] = b - square * c;
        re[j] = c + b;
        im[j] = d - square * a;
    }
}

/* On all register slots. */
INLINE void turn_all(const real *numbers, int form, vec *re, vec *im)
{
#pragma GCC unroll 3
    for (int bit = 0; bit < REGISTER_SLOTS; bit++) {
        if (form == EK_STEP_HELD_ALL) turn_held_pairs(numbers, bit, re, im);
        else if (form == EK_STEP_TURN_ALL)
            turn_pairs(numbers + 2 * bit, EK_STEP_TURN, bit, re, im);
        else turn_pairs(numbers + 2 * bit, EK_STEP_IMAGINARY, bit, re, im);
    }
}

INLINE void exchange_pairs(const struct ek_trip_step *step, int bit, vec *re, vec *im)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const int j = i | 1 << bit;
        if (i == j || j >= REGISTERS) continue;
        if ((i & step->control_mask) != step->control_value) continue;
        const vec a = re[i], b = im[i];
        re[i] = re[j];
        im[i] = im[j];
        re[j] = a;
        im[j] = b;
    }
}

INLINE void multiply_pairs(const struct ek_trip_step *step, int bit, vec *re, vec *im)
{
    const real *x = step->numbers, *y = x + 4;
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const int j = i | 1 << bit;
        if (i == j || j >= REGISTERS) continue;
        if ((i & step->control_mask) != step->control_value) continue;
        const vec a = re[i], b = im[i], c = re[j], d = im[j];
        re[i] = x[0] * a - y[0] * b + x[1] * c - y[1] * d;
        im[i] = x[0] * b + y[0] * a + x[1] * d + y[1] * c;
        re[j] = x[2] * a - y[2] * b + x[3] * c - y[3] * d;
        im[j] = x[2] * b + y[2] * a + x[3] * d + y[3] * c;
    }
}

/* (A + iB)(p + iq) by three real products (Gauss): k1 = A (p + q), k2 = (B - A) p,
 * k3 = (A + B) q; the real part is k1 - k3, the imaginary part k1 + k2. One quartet alone would
 * wait for long chains of sums: it gets more and shorter ones. */
INLINE void multiply_quartets(const struct ek_trip_step *step, int low, int high, vec *re, vec *im)
{
    const real *numbers = step->numbers;
#pragma GCC unroll 8
    for (int base = 0; base < REGISTERS; base++) {
        const int at[4] = {base, base | 1 << low, base | 1 << high, base | 1 << low | 1 << high};
        if ((base >> low & 1) || (base >> high & 1) || at[3] >= REGISTERS) continue;
        if ((base & step->control_mask) != step->control_value) continue;
        const vec p0 = re[at[0]], p1 = re[at[1]], p2 = re[at[2]], p3 = re[at[3]];
        const vec q0 = im[at[0]], q1 = im[at[1]], q2 = im[at[2]], q3 = im[at[3]];
        const vec s0 = p0 + q0, s1 = p1 + q1, s2 = p2 + q2, s3 = p3 + q3;
#pragma GCC unroll 4
        for (int r = 0; r < 4; r++) {
            const real *a = numbers + 4 * r, *b = a + 16, *c = a + 32;
            const vec k1 = a[0] * s0 + a[1] * s1 + a[2] * s2 + a[3] * s3;
            if (REGISTERS == 4) {
                re[at[r]] = k1 - (c[0] * q0 + c[1] * q1 + c[2] * q2 + c[3] * q3);
                im[at[r]] = k1 + (b[0] * p0 + b[1] * p1 + b[2] * p2 + b[3] * p3);
            } else {
                re[at[r]] = k1 - c[0] * q0 - c[1] * q1 - c[2] * q2 - c[3] * q3;
                im[at[r]] = k1 + b[0] * p0 + b[1] * p1 + b[2] * p2 + b[3] * p3;
            }
        }
    }
}

/* ---- lanes ---------------------------------------------------------------------------------- */

INLINE void turn_lanes(const real *numbers, int form, int lane, vec *re, vec *im)
{
    const vec keep = load(numbers), take = load(numbers + (form == EK_STEP_LANE_REFLECT) * LANES);
    if (lane >= LANE_BITS) return;
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const vec a = swap_lanes(re[i], lane), b = swap_lanes(im[i], lane);
        if (form == EK_STEP_LANE_IMAGINARY) {
            re[i] += take * b;
            im[i] -= take * a;
        } else if (form == EK_STEP_LANE_TURN) {
            re[i] += take * a;
            im[i] += take * b;
        } else {
            re[i] = keep * re[i] + take * a;
            im[i] = keep * im[i] + take * b;
        }
    }
}

INLINE void turn_held_lanes(const real *numbers, int lane, vec *re, vec *im)
{
    const vec square = broadcast(numbers[0]);
    if (lane >= LANE_BITS) return;
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const vec a = swap_lanes(re[i], lane), b = swap_lanes(im[i], lane);
        re[i] += b;
        im[i] -= square * a;
    }
}

INLINE void hold_registers(const real *numbers, vec *im)
{
    const vec x = broadcast(numbers[0]);
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) im[i] *= x;
}

/* Where lanes whose slot `lane` is 1 take from `b`, the others from `a`. */
INLINE vec choose_lanes(int lane, vec a, vec b)
{
    mask_vec ones;
    for (int l = 0; l < LANES; l++) ones[l] = l >> lane & 1 ? -1 : 0;
    return (vec)(((mask_vec)a & ~ones) | ((mask_vec)b & ones));
}

INLINE void swap_slots(int lane, int bit, vec *parts)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const int j = i | 1 << bit;
        if (i == j || j >= REGISTERS) continue;
        const vec a = parts[i], b = parts[j];
        parts[i] = choose_lanes(lane, a, swap_lanes(b, lane));
        parts[j] = choose_lanes(lane, swap_lanes(a, lane), b);
    }
}

INLINE void swap_any_slots(int lane, int bit, vec *re, vec *im)
{
    switch (lane) {
    case 0: swap_slots(0, bit, re), swap_slots(0, bit, im); break;
    case 1: swap_slots(1, bit, re), swap_slots(1, bit, im); break;
    case 2: swap_slots(2, bit, re), swap_slots(2, bit, im); break;
    default: swap_slots(3, bit, re), swap_slots(3, bit, im); break;
    }
}

/* ---- factors -------------------------------------------------------------------------------- */

INLINE void multiply_phase(vec x, vec y, vec *re, vec *im)
{
    const vec a = *re, b = *im;
    *re = a * x - b * y;
    *im = a * y + b * x;
}

INLINE void scale_registers(const real *numbers, int touched, vec *re, vec *im)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        if (!(touched >> i & 1)) continue;
        const vec f = broadcast(numbers[i]);
        re[i] *= f;
        im[i] *= f;
    }
}

INLINE void phase_registers(const real *numbers, int touched, vec *re, vec *im)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++)
        if (touched >> i & 1)
            multiply_phase(broadcast(numbers[i]), broadcast(numbers[i + REGISTERS]), &re[i],
                           &im[i]);
}

/* Factors x (1 + i) and x (1 - i) where the register slot is 1: half of it additions. */
INLINE void eighth_registers(const real *numbers, int form, int bit, vec *re, vec *im)
{
    const vec x = broadcast(numbers[0]);
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        if (!(i >> bit & 1)) continue;
        const vec a = re[i], b = im[i];
        re[i] = (form == EK_STEP_EIGHTH_PLUS ? a - b : a + b) * x;
        im[i] = (form == EK_STEP_EIGHTH_PLUS ? a + b : b - a) * x;
    }
}

INLINE void scale_lanes(const real *numbers, int touched, vec *re, vec *im)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        if (!(touched >> i & 1)) continue;
        const vec f = load(numbers + i * LANES);
        re[i] *= f;
        im[i] *= f;
    }
}

INLINE void phase_lanes(const real *numbers, int touched, vec *re, vec *im)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++)
        if (touched >> i & 1)
            multiply_phase(load(numbers + i * LANES), load(numbers + (i + REGISTERS) * LANES),
                           &re[i], &im[i]);
}

INLINE void scale_group(const real *numbers, vec *re, vec *im)
{
    const vec f = load(numbers);
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        re[i] *= f;
        im[i] *= f;
    }
}

INLINE void phase_group(const real *numbers, vec *re, vec *im)
{
    const vec x = load(numbers), y = load(numbers + LANES);
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) multiply_phase(x, y, &re[i], &im[i]);
}

/* ---- one group ------------------------------------------------------------------------------ */

INLINE void do_step(const struct ek_trip_step *step, size_t group, vec *re, vec *im)
{
    const real *x = (const real *)step->numbers + group * step->stride;
    switch (4 * step->kind + step->slot) {
    case 4 * EK_STEP_TURN + 0: turn_pairs(x, EK_STEP_TURN, 0, re, im); break;
    case 4 * EK_STEP_TURN + 1: turn_pairs(x, EK_STEP_TURN, 1, re, im); break;
    case 4 * EK_STEP_TURN + 2: turn_pairs(x, EK_STEP_TURN, 2, re, im); break;
    case 4 * EK_STEP_REFLECT + 0: turn_pairs(x, EK_STEP_REFLECT, 0, re, im); break;
    case 4 * EK_STEP_REFLECT + 1: turn_pairs(x, EK_STEP_REFLECT, 1, re, im); break;
    case 4 * EK_STEP_REFLECT + 2: turn_pairs(x, EK_STEP_REFLECT, 2, re, im); break;
    case 4 * EK_STEP_IMAGINARY + 0: turn_pairs(x, EK_STEP_IMAGINARY, 0, re, im); break;
    case 4 * EK_STEP_IMAGINARY + 1: turn_pairs(x, EK_STEP_IMAGINARY, 1, re, im); break;
    case 4 * EK_STEP_IMAGINARY + 2: turn_pairs(x, EK_STEP_IMAGINARY, 2, re, im); break;
    case 4 * EK_STEP_TURN_PLUS + 0: add_pairs(x, EK_STEP_TURN_PLUS, 0, re, im); break;
    case 4 * EK_STEP_TURN_PLUS + 1: add_pairs(x, EK_STEP_TURN_PLUS, 1, re, im); break;
    case 4 * EK_STEP_TURN_PLUS + 2: add_pairs(x, EK_STEP_TURN_PLUS, 2, re, im); break;
    case 4 * EK_STEP_TURN_MINUS + 0: add_pairs(x, EK_STEP_TURN_MINUS, 0, re, im); break;
    case 4 * EK_STEP_TURN_MINUS + 1: add_pairs(x, EK_STEP_TURN_MINUS, 1, re, im); break;
    case 4 * EK_STEP_TURN_MINUS + 2: add_pairs(x, EK_STEP_TURN_MINUS, 2, re, im); break;
    case 4 * EK_STEP_REFLECT_PLUS + 0: add_pairs(x, EK_STEP_REFLECT_PLUS, 0, re, im); break;
    case 4 * EK_STEP_REFLECT_PLUS + 1: add_pairs(x, EK_STEP_REFLECT_PLUS, 1, re, im); break;
    case 4 * EK_STEP_REFLECT_PLUS + 2: add_pairs(x, EK_STEP_REFLECT_PLUS, 2, re, im); break;
    case 4 * EK_STEP_IMAGINARY_PLUS + 0: add_pairs(x, EK_STEP_IMAGINARY_PLUS, 0, re, im); break;
    case 4 * EK_STEP_IMAGINARY_PLUS + 1: add_pairs(x, EK_STEP_IMAGINARY_PLUS, 1, re, im); break;
    case 4 * EK_STEP_IMAGINARY_PLUS + 2: add_pairs(x, EK_STEP_IMAGINARY_PLUS, 2, re, im); break;
    case 4 * EK_STEP_IMAGINARY_MINUS + 0: add_pairs(x, EK_STEP_IMAGINARY_MINUS, 0, re, im); break;
    case 4 * EK_STEP_IMAGINARY_MINUS + 1: add_pairs(x, EK_STEP_IMAGINARY_MINUS, 1, re, im); break;
    case 4 * EK_STEP_IMAGINARY_MINUS + 2: add_pairs(x, EK_STEP_IMAGINARY_MINUS, 2, re, im); break;
    case 4 * EK_STEP_X + 0: exchange_pairs(step, 0, re, im); break;
    case 4 * EK_STEP_X + 1: exchange_pairs(step, 1, re, im); break;
    case 4 * EK_STEP_X + 2: exchange_pairs(step, 2, re, im); break;
    case 4 * EK_STEP_DENSE + 0: multiply_pairs(step, 0, re, im); break;
    case 4 * EK_STEP_DENSE + 1: multiply_pairs(step, 1, re, im); break;
    case 4 * EK_STEP_DENSE + 2: multiply_pairs(step, 2, re, im); break;
    case 4 * EK_STEP_DENSE2 + 0: multiply_quartets(step, 1, 2, re, im); break;
    case 4 * EK_STEP_DENSE2 + 1: multiply_quartets(step, 0, 2, re, im); break;
    case 4 * EK_STEP_DENSE2 + 2: multiply_quartets(step, 0, 1, re, im); break;
    case 4 * EK_STEP_SWAP + 0: swap_any_slots(step->lane, 0, re, im); break;
    case 4 * EK_STEP_SWAP + 1: swap_any_slots(step->lane, 1, re, im); break;
    case 4 * EK_STEP_SWAP + 2: swap_any_slots(step->lane, 2, re, im); break;
    case 4 * EK_STEP_LANE_TURN + 0: turn_lanes(x, EK_STEP_LANE_TURN, 0, re, im); break;
    case 4 * EK_STEP_LANE_TURN + 1: turn_lanes(x, EK_STEP_LANE_TURN, 1, re, im); break;
    case 4 * EK_STEP_LANE_TURN + 2: turn_lanes(x, EK_STEP_LANE_TURN, 2, re, im); break;
    case 4 * EK_STEP_LANE_TURN + 3: turn_lanes(x, EK_STEP_LANE_TURN, 3, re, im); break;
    case 4 * EK_STEP_LANE_REFLECT + 0: turn_lanes(x, EK_STEP_LANE_REFLECT, 0, re, im); break;
    case 4 * EK_STEP_LANE_REFLECT + 1: turn_lanes(x, EK_STEP_LANE_REFLECT, 1, re, im); break;
    case 4 * EK_STEP_LANE_REFLECT + 2: turn_lanes(x, EK_STEP_LANE_REFLECT, 2, re, im); break;
    case 4 * EK_STEP_LANE_REFLECT + 3: turn_lanes(x, EK_STEP_LANE_REFLECT, 3, re, im); break;
    case 4 * EK_STEP_LANE_IMAGINARY + 0: turn_lanes(x, EK_STEP_LANE_IMAGINARY, 0, re, im); break;
    case 4 * EK_STEP_LANE_IMAGINARY + 1: turn_lanes(x, EK_STEP_LANE_IMAGINARY, 1, re, im); break;
    case 4 * EK_STEP_LANE_IMAGINARY + 2: turn_lanes(x, EK_STEP_LANE_IMAGINARY, 2, re, im); break;
    case 4 * EK_STEP_LANE_IMAGINARY + 3: turn_lanes(x, EK_STEP_LANE_IMAGINARY, 3, re, im); break;
    case 4 * EK_STEP_HOLD: hold_registers(x, im); break;
    case 4 * EK_STEP_HELD + 0: turn_held_pairs(x, 0, re, im); break;
    case 4 * EK_STEP_HELD + 1: turn_held_pairs(x, 1, re, im); break;
    case 4 * EK_STEP_HELD + 2: turn_held_pairs(x, 2, re, im); break;
    case 4 * EK_STEP_LANE_HELD + 0: turn_held_lanes(x, 0, re, im); break;
    case 4 * EK_STEP_LANE_HELD + 1: turn_held_lanes(x, 1, re, im); break;
    case 4 * EK_STEP_LANE_HELD + 2: turn_held_lanes(x, 2, re, im); break;
    case 4 * EK_STEP_LANE_HELD + 3: turn_held_lanes(x, 3, re, im); break;
    case 4 * EK_STEP_EIGHTH_PLUS + 0: eighth_registers(x, EK_STEP_EIGHTH_PLUS, 0, re, im); break;
    case 4 * EK_STEP_EIGHTH_PLUS + 1: eighth_registers(x, EK_STEP_EIGHTH_PLUS, 1, re, im); break;
    case 4 * EK_STEP_EIGHTH_PLUS + 2: eighth_registers(x, EK_STEP_EIGHTH_PLUS, 2, re, im); break;
    case 4 * EK_STEP_EIGHTH_MINUS + 0: eighth_registers(x, EK_STEP_EIGHTH_MINUS, 0, re, im); break;
    case 4 * EK_STEP_EIGHTH_MINUS + 1: eighth_registers(x, EK_STEP_EIGHTH_MINUS, 1, re, im); break;
    case 4 * EK_STEP_EIGHTH_MINUS + 2: eighth_registers(x, EK_STEP_EIGHTH_MINUS, 2, re, im); break;
    case 4 * EK_STEP_TURN_ALL: turn_all(x, EK_STEP_TURN_ALL, re, im); break;
    case 4 * EK_STEP_IMAGINARY_ALL: turn_all(x, EK_STEP_IMAGINARY_ALL, re, im); break;
    case 4 * EK_STEP_HELD_ALL: turn_all(x, EK_STEP_HELD_ALL, re, im); break;
    case 4 * EK_STEP_SCALES: scale_registers(x, step->touched, re, im); break;
    case 4 * EK_STEP_PHASES: phase_registers(x, step->touched, re, im); break;
    case 4 * EK_STEP_LANE_SCALES: scale_lanes(x, step->touched, re, im); break;
    case 4 * EK_STEP_LANE_PHASES: phase_lanes(x, step->touched, re, im); break;
    case 4 * EK_STEP_GROUP_SCALES: scale_group(x, re, im); break;
    case 4 * EK_STEP_GROUP_PHASES: phase_group(x, re, im); break;
    default: __builtin_unreachable();
    }
}

INLINE void do_steps(size_t count, const struct ek_trip_step *steps, size_t group, vec *re,
                     vec *im)
{
    for (const struct ek_trip_step *step = steps; step < steps + count; step++)
        if ((group & step->near_mask) == step->near_value) do_step(step, group, re, im);
}

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

/* Where a group comes from or goes to: a tile, or the state, whose parts lie side by side. */
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

INLINE void ask_for(const real *amplitudes, const size_t *offset, int level)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const real *from = amplitudes + 2 * offset[i];
        __builtin_prefetch(from, READ, level);
        __builtin_prefetch(from + LANES, READ, level);
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

/* A trip of one step, within tiles: nothing to look up for each group. */
INLINE void sweep(const struct end *from, const struct end *to, int group_count,
                  const struct ek_trip_step *step, int form)
{
    size_t here[REGISTERS], there[REGISTERS];
    set_offsets(from->spread, here);
    set_offsets(to->spread, there);
    for (int g = 0; g < group_count; g++) {
        const size_t begin = from->spread->group[g], end = to->spread->group[g];
        vec re[REGISTERS], im[REGISTERS];
        load_tile(from->re + begin, from->im + begin, here, re, im);
        if (form == EK_STEP_DENSE2) multiply_quartets(step, 0, 1, re, im);
        else turn_all(step->numbers, form, re, im);
        store_tile(to->re + end, to->im + end, there, re, im);
    }
}

/* Steps that often are alone in a trip; false where the trip is not of that kind. */
static bool try_sweep(const struct end *from, const struct end *to, int group_count,
                      const struct steps *steps)
{
    const struct ek_trip_step *step = steps->first;
    if (steps->count != 1 || step->near_mask || !from->im || !to->im) return false;
    switch (4 * step->kind + step->slot) {
    case 4 * EK_STEP_TURN_ALL: sweep(from, to, group_count, step, EK_STEP_TURN_ALL); return true;
    case 4 * EK_STEP_IMAGINARY_ALL:
        sweep(from, to, group_count, step, EK_STEP_IMAGINARY_ALL);
        return true;
    case 4 * EK_STEP_HELD_ALL: sweep(from, to, group_count, step, EK_STEP_HELD_ALL); return true;
    case 4 * EK_STEP_DENSE2 + 2: sweep(from, to, group_count, step, EK_STEP_DENSE2); return true;
    default: return false;
    }
}

/* Asks for some groups of the state after group g; the next chunk is `ahead` numbers away. */
INLINE void ask_after(const struct end *from, const size_t *offset, const struct ek_trip *trip,
                      bool further, int g, size_t ahead)
{
    const size_t *group = from->spread->group;
    const int then = g + (further ? FURTHER_BYTES : AHEAD_BYTES) / GROUP_BYTES;
    const real *soon = then < trip->group_count
                           ? from->re + 2 * group[then]
                           : from->re + 2 * group[then % trip->group_count] + ahead;
    if (trip->ask_level == 1) ask_for(soon, offset, FIRST_LEVEL);
    else ask_for(soon, offset, SECOND_LEVEL);
}

/* All ways of a trip in one function, because the steps' code is long. */
static void ride(const struct end *from, const struct end *to, const struct ek_trip *trip,
                 const struct steps *steps, size_t ahead, ek_complex scale)
{
    const bool further = trip->ask_level == 2 && !to->im;
    size_t here[REGISTERS], there[REGISTERS];
    if (try_sweep(from, to, trip->group_count, steps)) return;
    set_offsets(from->spread, here);
    set_offsets(to->spread, there);
    for (int g = 0; g < trip->group_count; g++) {
        const size_t begin = from->spread->group[g], end = to->spread->group[g];
        vec re[REGISTERS], im[REGISTERS];
        if (from->im) {
            load_tile(from->re + begin, from->im + begin, here, re, im);
        } else {
            ask_after(from, here, trip, further, g, ahead);
            load_flat(from->re + 2 * begin, here, re, im);
        }
        do_steps(steps->count, steps->first, (size_t)g, re, im);
        if (to->im) store_tile(to->re + end, to->im + end, there, re, im);
        else store_flat(to->re + 2 * end, scale, there, re, im);
    }
}

static const ek_complex no_scale = {1, 0};

void KERNEL(trip)(const struct ek_tile *tile, size_t first, const struct ek_trip *trip,
                  size_t step_count, const struct ek_trip_step *steps)
{
    const struct steps all = {step_count, steps};
    const struct end both = tile_end(tile, first, &trip->tile);
    ride(&both, &both, trip, &all, 0, no_scale);
}

void KERNEL(trip_between)(const struct ek_chunk *from, const struct ek_chunk *to,
                          const struct ek_trip *trip, size_t step_count,
                          const struct ek_trip_step *steps)
{
    const struct steps all = {step_count, steps};
    const struct end begin = tile_end(&from->tile, from->first, from->spread);
    const struct end end = tile_end(&to->tile, to->first, to->spread);
    ride(&begin, &end, trip, &all, 0, no_scale);
}

void KERNEL(trip_in)(const void *amplitudes, size_t ahead, const struct ek_tile *tile,
                     size_t first, const struct ek_trip *trip, size_t step_count,
                     const struct ek_trip_step *steps)
{
    const struct steps all = {step_count, steps};
    const struct end begin = state_end(amplitudes, &trip->flat);
    const struct end end = tile_end(tile, first, &trip->tile);
    ride(&begin, &end, trip, &all, 2 * ahead, no_scale);
}

void KERNEL(trip_out)(void *amplitudes, const struct ek_tile *tile, size_t first,
                      const struct ek_trip *trip, size_t step_count,
                      const struct ek_trip_step *steps, ek_complex scale)
{
    const struct steps all = {step_count, steps};
    const struct end begin = tile_end(tile, first, &trip->tile);
    const struct end end = state_end(amplitudes, &trip->flat);
    ride(&begin, &end, trip, &all, 0, scale);
}

void KERNEL(flat_trip)(void *amplitudes, size_t ahead, const struct ek_trip *trip,
                       size_t step_count, const struct ek_trip_step *steps, ek_complex scale)
{
    const struct steps all = {step_count, steps};
    const struct end both = state_end(amplitudes, &trip->flat);
    ride(&both, &both, trip, &all, 2 * ahead, scale);
}
