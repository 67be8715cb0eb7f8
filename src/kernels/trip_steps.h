/* Inside kernels: what each step of a trip does to the vectors of one group. All steps are in
 * one function, so that the vectors stay in registers; every index into them must be a constant
 * after unrolling. */
#ifndef EK_KERNELS_TRIP_STEPS_H
#define EK_KERNELS_TRIP_STEPS_H

#include "kernels/vector.h"

/* With `exchanged` of what the other one of each pair holds. */
INLINE void turn_pairs(const real *numbers, int form, bool exchanged, int bit, vec *re, vec *im)
{
    const vec t = broadcast(numbers[0]), u = broadcast(numbers[1]);
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const int j = i | 1 << bit, first = exchanged ? j : i, second = exchanged ? i : j;
        if (i == j) continue;
        const vec a = re[first], b = im[first], c = re[second], d = im[second];
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
        if (i == j) continue;
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
        if (i == j) continue;
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
            turn_pairs(numbers + 2 * bit, EK_STEP_TURN, false, bit, re, im);
        else turn_pairs(numbers + 2 * bit, EK_STEP_IMAGINARY, false, bit, re, im);
    }
}

INLINE void exchange_pairs(const struct ek_trip_step *step, int bit, vec *re, vec *im)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const int j = i | 1 << bit;
        if (i == j) continue;
        if ((i & step->control_mask) != step->control_value) continue;
        const vec a = re[i], b = im[i];
        re[i] = re[j];
        im[i] = im[j];
        re[j] = a;
        im[j] = b;
    }
}

/* `controlled` is a constant: without controls nothing is asked of each pair. */
INLINE void multiply_pairs(const struct ek_trip_step *step, bool controlled, int bit, vec *re,
                           vec *im)
{
    const real *x = step->numbers, *y = x + 4;
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const int j = i | 1 << bit;
        if (i == j) continue;
        if (controlled && (i & step->control_mask) != step->control_value) continue;
        const vec a = re[i], b = im[i], c = re[j], d = im[j];
        re[i] = x[0] * a - y[0] * b + x[1] * c - y[1] * d;
        im[i] = x[0] * b + y[0] * a + x[1] * d + y[1] * c;
        re[j] = x[2] * a - y[2] * b + x[3] * c - y[3] * d;
        im[j] = x[2] * b + y[2] * a + x[3] * d + y[3] * c;
    }
}

INLINE void multiply_any_pairs(const struct ek_trip_step *step, int bit, vec *re, vec *im)
{
    if (step->control_mask) multiply_pairs(step, true, bit, re, im);
    else multiply_pairs(step, false, bit, re, im);
}

/* The numbers of a two-qubit matrix as DENSE2 has them, or each of them in all lanes. */
enum { MATRIX_NUMBERS = 48 };
struct matrix {
    const real *numbers;
    const vec *spread; /* may be null */
};

INLINE vec number_at(struct matrix matrix, int i)
{
    return matrix.spread ? matrix.spread[i] : broadcast(matrix.numbers[i]);
}

/* Row `row` of the matrix on `count` quartets, for all of which a number is loaded once. (A + iB)
 * (p + iq) by three real products (Gauss): with s = p + q, k1 = A s, k2 = (B - A) p and k3 =
 * (A + B) q, the real part is k1 - k3, the imaginary part k1 + k2. */
INLINE void multiply_row(struct matrix matrix, int kind, int row, int count, const vec *p,
                         const vec *q, const vec *s, vec *re, vec *im)
{
    const int a = 4 * row, b = a + 16, c = a + 32, first = kind == EK_STEP_SCHMIDT2;
    for (int o = 0; o < count; o++) re[o] = number_at(matrix, a + first) * s[4 * o + first];
#pragma GCC unroll 4
    for (int j = first + 1; j < 4; j++) {
        const vec x = number_at(matrix, a + j);
        for (int o = 0; o < count; o++) re[o] += x * s[4 * o + j];
    }
    for (int o = 0; o < count; o++) im[o] = re[o];
#pragma GCC unroll 4
    for (int j = first; j < 4; j++) {
        const vec x = number_at(matrix, b + j), y = number_at(matrix, c + j);
        for (int o = 0; o < count; o++) {
            re[o] -= y * q[4 * o + j];
            im[o] += x * p[4 * o + j];
        }
    }
    if (kind == EK_STEP_SCHMIDT2 && row == 0) {
        for (int o = 0; o < count; o++) re[o] += p[4 * o], im[o] += q[4 * o];
    } else if (kind == EK_STEP_SCHMIDT2 && row == 3) {
        const vec t = number_at(matrix, a);
        for (int o = 0; o < count; o++) re[o] += t * p[4 * o], im[o] += t * q[4 * o];
    }
}

/* `kind` is a constant. */
INLINE void multiply_quartets(const struct ek_trip_step *step, int kind, int low, int high,
                              vec *re, vec *im)
{
    const struct matrix matrix = {step->numbers, NULL};
#pragma GCC unroll 8
    for (int base = 0; base < REGISTERS; base++) {
        const int at[4] = {base, base | 1 << low, base | 1 << high, base | 1 << low | 1 << high};
        if ((base >> low & 1) || (base >> high & 1)) continue;
        if ((base & step->control_mask) != step->control_value) continue;
        const vec p[] = {re[at[0]], re[at[1]], re[at[2]], re[at[3]]};
        const vec q[] = {im[at[0]], im[at[1]], im[at[2]], im[at[3]]};
        const vec s[] = {p[0] + q[0], p[1] + q[1], p[2] + q[2], p[3] + q[3]};
#pragma GCC unroll 4
        for (int r = 0; r < 4; r++)
            multiply_row(matrix, kind, r, 1, p, q, s, &re[at[r]], &im[at[r]]);
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
        } else if (form == EK_STEP_LANE_IMAGINARY_EXCHANGED) {
            const vec old = re[i];
            re[i] = a + keep * im[i];
            im[i] = b - keep * old;
        } else if (form == EK_STEP_LANE_TURN) {
            re[i] += take * a;
            im[i] += take * b;
        } else {
            re[i] = keep * re[i] + take * a;
            im[i] = keep * im[i] + take * b;
        }
    }
}

INLINE void multiply_lanes(const real *numbers, int lane, vec *re, vec *im)
{
    const vec keep_re = load(numbers), take_re = load(numbers + LANES);
    const vec keep_im = load(numbers + 2 * LANES), take_im = load(numbers + 3 * LANES);
    if (lane >= LANE_BITS) return;
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const vec a = re[i], b = im[i], c = swap_lanes(a, lane), d = swap_lanes(b, lane);
        re[i] = keep_re * a - keep_im * b + take_re * c - take_im * d;
        im[i] = keep_re * b + keep_im * a + take_re * d + take_im * c;
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

/* In the lanes whose number is -1 from `b`, in those with 1 from `a`. */
INLINE vec choose_by_sign(vec numbers, vec a, vec b)
{
    const bvec ones = (bvec)numbers >> SIGN_BIT;
    return (vec)(((bvec)a & ~ones) | ((bvec)b & ones));
}

INLINE void exchange_lanes(const struct ek_trip_step *step, const real *numbers, int lane, vec *re,
                           vec *im)
{
    const vec signs = load(numbers);
    if (lane >= LANE_BITS) return;
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        if ((i & step->control_mask) != step->control_value) continue;
        re[i] = choose_by_sign(signs, re[i], swap_lanes(re[i], lane));
        im[i] = choose_by_sign(signs, im[i], swap_lanes(im[i], lane));
    }
}

INLINE void exchange_in_lanes(const struct ek_trip_step *step, const real *numbers, int bit,
                              vec *re, vec *im)
{
    const vec signs = load(numbers);
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const int j = i | 1 << bit;
        if (i == j) continue;
        if ((i & step->control_mask) != step->control_value) continue;
        const vec a = re[i], b = im[i];
        re[i] = choose_by_sign(signs, a, re[j]);
        im[i] = choose_by_sign(signs, b, im[j]);
        re[j] = choose_by_sign(signs, re[j], a);
        im[j] = choose_by_sign(signs, im[j], b);
    }
}

INLINE void swap_slots(int lane, int bit, vec *parts)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        const int j = i | 1 << bit;
        if (i == j) continue;
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

INLINE void multiply_scale(vec x, vec *re, vec *im)
{
    *re *= x;
    *im *= x;
}

INLINE void scale_registers(const real *numbers, int touched, vec *re, vec *im)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++)
        if (touched >> i & 1) multiply_scale(broadcast(numbers[i]), &re[i], &im[i]);
}

INLINE void phase_registers(const real *numbers, int touched, vec *re, vec *im)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++)
        if (touched >> i & 1)
            multiply_phase(broadcast(numbers[i]), broadcast(numbers[i + REGISTERS]), &re[i],
                           &im[i]);
}

/* Minus where all of these register slots are 1. */
INLINE void negate_registers(int slots, vec *re, vec *im)
{
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) {
        if ((i & slots) != slots) continue;
        re[i] = -re[i];
        im[i] = -im[i];
    }
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
    for (int i = 0; i < REGISTERS; i++)
        if (touched >> i & 1) multiply_scale(load(numbers + i * LANES), &re[i], &im[i]);
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
    const vec x = load(numbers);
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) multiply_scale(x, &re[i], &im[i]);
}

INLINE void phase_group(const real *numbers, vec *re, vec *im)
{
    const vec x = load(numbers), y = load(numbers + LANES);
#pragma GCC unroll 8
    for (int i = 0; i < REGISTERS; i++) multiply_phase(x, y, &re[i], &im[i]);
}

/* ---- one group ------------------------------------------------------------------------------ */

INLINE bool is_near(const struct ek_trip_step *step, size_t group)
{
    return (group & step->near_mask) == step->near_value;
}
INLINE const real *of_group(const struct ek_trip_step *step, size_t group)
{
    return (const real *)step->numbers + group * step->stride;
}

/* All steps, as ON(kind, slot, what it does), where x are its numbers and SLOT is its register
 * slot or lane. */
#define ON_REGISTERS(ON, kind, call) ON(kind, 0, call) ON(kind, 1, call) ON(kind, 2, call)
#define ON_LANES(ON, kind, call) ON_REGISTERS(ON, kind, call) ON(kind, 3, call)
#define CONTROLLED(ON, kind, call) ON_REGISTERS(ON, kind, if (is_near(step, group)) call)
#define TURNS(ON, kind)                                                                           \
    ON_REGISTERS(ON, kind, turn_pairs(x, kind, false, SLOT, re, im))                              \
    ON_REGISTERS(ON, kind##_EXCHANGED, turn_pairs(x, kind, true, SLOT, re, im))
#define UNIT_TURNS(ON, kind) ON_REGISTERS(ON, kind, add_pairs(x, kind, SLOT, re, im))
#define LANE_TURNS(ON, kind) ON_LANES(ON, kind, turn_lanes(x, kind, SLOT, re, im))
#define EIGHTHS(ON, kind) ON_REGISTERS(ON, kind, eighth_registers(x, kind, SLOT, re, im))
#define QUARTETS(ON, kind)                                                                        \
    CONTROLLED(ON, kind,                                                                          \
               multiply_quartets(step, kind, SLOT == 0, SLOT == 2 ? 1 : 2, re, im))
#define ALL_STEPS(ON)                                                                             \
    TURNS(ON, EK_STEP_TURN)                                                                       \
    TURNS(ON, EK_STEP_REFLECT)                                                                    \
    TURNS(ON, EK_STEP_IMAGINARY)                                                                  \
    UNIT_TURNS(ON, EK_STEP_TURN_PLUS)                                                             \
    UNIT_TURNS(ON, EK_STEP_TURN_MINUS)                                                            \
    UNIT_TURNS(ON, EK_STEP_REFLECT_PLUS)                                                          \
    UNIT_TURNS(ON, EK_STEP_IMAGINARY_PLUS)                                                        \
    UNIT_TURNS(ON, EK_STEP_IMAGINARY_MINUS)                                                       \
    CONTROLLED(ON, EK_STEP_X, exchange_pairs(step, SLOT, re, im))                                 \
    CONTROLLED(ON, EK_STEP_DENSE, multiply_any_pairs(step, SLOT, re, im))                         \
    QUARTETS(ON, EK_STEP_DENSE2)                                                                  \
    QUARTETS(ON, EK_STEP_SCHMIDT2)                                                                \
    CONTROLLED(ON, EK_STEP_Z, negate_registers(1 << SLOT, re, im))                                \
    CONTROLLED(ON, EK_STEP_CZ, negate_registers(7 ^ 1 << SLOT, re, im))                           \
    ON_REGISTERS(ON, EK_STEP_SWAP, swap_any_slots(step->lane, SLOT, re, im))                      \
    ON_LANES(ON, EK_STEP_LANE_X,                                                                  \
             if (is_near(step, group)) exchange_lanes(step, x, SLOT, re, im))                     \
    CONTROLLED(ON, EK_STEP_X_IN_LANES, exchange_in_lanes(step, x, SLOT, re, im))                  \
    LANE_TURNS(ON, EK_STEP_LANE_TURN)                                                             \
    LANE_TURNS(ON, EK_STEP_LANE_REFLECT)                                                          \
    LANE_TURNS(ON, EK_STEP_LANE_IMAGINARY)                                                        \
    LANE_TURNS(ON, EK_STEP_LANE_IMAGINARY_EXCHANGED)                                              \
    ON_LANES(ON, EK_STEP_LANE_DENSE, multiply_lanes(x, SLOT, re, im))                             \
    ON_LANES(ON, EK_STEP_LANE_HELD, turn_held_lanes(x, SLOT, re, im))                             \
    ON_REGISTERS(ON, EK_STEP_HELD, turn_held_pairs(x, SLOT, re, im))                              \
    ON(EK_STEP_HOLD, 0, hold_registers(x, im))                                                    \
    EIGHTHS(ON, EK_STEP_EIGHTH_PLUS)                                                              \
    EIGHTHS(ON, EK_STEP_EIGHTH_MINUS)                                                             \
    ON(EK_STEP_TURN_ALL, 0, turn_all(x, EK_STEP_TURN_ALL, re, im))                                \
    ON(EK_STEP_IMAGINARY_ALL, 0, turn_all(x, EK_STEP_IMAGINARY_ALL, re, im))                      \
    ON(EK_STEP_HELD_ALL, 0, turn_all(x, EK_STEP_HELD_ALL, re, im))                                \
    ON(EK_STEP_SCALES, 0, scale_registers(of_group(step, group), step->touched, re, im))          \
    ON(EK_STEP_PHASES, 0, phase_registers(of_group(step, group), step->touched, re, im))          \
    ON(EK_STEP_LANE_SCALES, 0, scale_lanes(x, step->touched, re, im))                             \
    ON(EK_STEP_LANE_PHASES, 0, phase_lanes(x, step->touched, re, im))                             \
    ON(EK_STEP_GROUP_SCALES, 0, scale_group(of_group(step, group), re, im))                       \
    ON(EK_STEP_GROUP_PHASES, 0, phase_group(of_group(step, group), re, im))

/* The number of a step's code among all of them. */
#define STEP_CODE(kind, slot) (4 * (kind) + (slot))

#endif
