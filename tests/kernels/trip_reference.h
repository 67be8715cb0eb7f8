/* What a step of a trip means, amplitude by amplitude in complex double, and the dice: of
 * test_trip.c alone. */
#ifndef EK_TEST_KERNELS_TRIP_REFERENCE_H
#define EK_TEST_KERNELS_TRIP_REFERENCE_H

#include "kernels/tables.h"
#include "support/harness.h"

#include <complex.h>
#include <string.h>

enum { NUMBERS_MOST = 2 * EK_GROUPS * EK_REGISTERS + 2 * EK_REGISTERS * EK_LANES };

static const struct ek_kernels *kernels;
static int lanes, registers;
static uint64_t draws;

static double draw(void) { return 2 * ek_random_uniform(17, EK_STREAM_CIRCUIT, draws++) - 1; }
static int below(int bound)
{
    return (int)ek_random_below(18, EK_STREAM_CIRCUIT, draws++, (uint64_t)bound);
}

static double get(const void *memory, size_t i)
{
    return kernels->precision == EK_SINGLE ? ((const float *)memory)[i]
                                           : ((const double *)memory)[i];
}
static void set(void *memory, size_t i, double value)
{
    if (kernels->precision == EK_SINGLE) ((float *)memory)[i] = (float)value;
    else ((double *)memory)[i] = value;
}

/* ---- steps and what they mean --------------------------------------------------------------- */

/* A step with its numbers, which the reference reads one by one. */
struct case_step {
    struct ek_trip_step step;
    _Alignas(8) char numbers[NUMBERS_MOST * 8];
    size_t count;
};
/* The amplitudes of a call: [group][register][lane]. */
typedef double complex cube[EK_GROUPS][EK_REGISTERS][EK_LANES];

static double number(const struct case_step *s, size_t i) { return get(s->numbers, i); }
static void put(struct case_step *s, double value)
{
    set(s->numbers, s->count++, value);
    s->step.numbers = s->numbers;
}

static bool in_pairs(int kind) { return kind <= EK_STEP_DENSE; }
static bool in_lanes(int kind)
{
    return kind >= EK_STEP_LANE_TURN && kind <= EK_STEP_LANE_HELD;
}
static bool on_all_slots(int kind)
{
    return kind >= EK_STEP_TURN_ALL && kind <= EK_STEP_HELD_ALL;
}
static bool is_factors(int kind) { return kind >= EK_STEP_SCALES; }
static bool is_complex(int kind)
{
    return kind == EK_STEP_PHASES || kind == EK_STEP_LANE_PHASES || kind == EK_STEP_GROUP_PHASES;
}
static bool chooses_lanes(int kind)
{
    return kind == EK_STEP_LANE_X || kind == EK_STEP_X_IN_LANES;
}
static bool has_controls(int kind)
{
    return (kind >= EK_STEP_X && kind <= EK_STEP_SCHMIDT2) || chooses_lanes(kind);
}
static bool has_near(int kind)
{
    return has_controls(kind) || kind == EK_STEP_Z || kind == EK_STEP_CZ;
}
static bool is_quartet(int kind) { return kind == EK_STEP_DENSE2 || kind == EK_STEP_SCHMIDT2; }
static bool has_two_slots(int kind) { return is_quartet(kind) || kind == EK_STEP_CZ; }

/* Row-major, as kernels.h words it. */
static void pair_matrix(const struct case_step *s, double complex m[4])
{
    static const double complex fixed[EK_STEP_DENSE][4] = {
        [EK_STEP_TURN_PLUS] = {1, 1, -1, 1},
        [EK_STEP_TURN_MINUS] = {1, -1, 1, 1},
        [EK_STEP_REFLECT_PLUS] = {1, 1, 1, -1},
        [EK_STEP_IMAGINARY_PLUS] = {1, -I, -I, 1},
        [EK_STEP_IMAGINARY_MINUS] = {1, I, I, 1},
        [EK_STEP_X] = {0, 1, 1, 0},
    };
    const int kind = s->step.kind;
    if (kind == EK_STEP_DENSE) {
        for (size_t i = 0; i < 4; i++) m[i] = number(s, i) + I * number(s, i + 4);
    } else if (kind <= EK_STEP_IMAGINARY) {
        const double complex unit = kind == EK_STEP_IMAGINARY ? -I : 1;
        m[0] = 1;
        m[1] = unit * number(s, 0);
        m[2] = unit * number(s, kind == EK_STEP_IMAGINARY ? 0 : 1);
        m[3] = kind == EK_STEP_REFLECT ? -1 : 1;
    } else if (kind <= EK_STEP_IMAGINARY_EXCHANGED) {
        const bool imaginary = kind == EK_STEP_IMAGINARY_EXCHANGED;
        m[0] = imaginary ? -I * number(s, 0) : number(s, 0);
        m[1] = 1;
        m[2] = kind == EK_STEP_REFLECT_EXCHANGED ? -1 : 1;
        m[3] = imaginary ? -I * number(s, 0) : number(s, 1);
    } else {
        memcpy(m, fixed[kind], 4 * sizeof *m);
    }
}

/* The two register slots of DENSE2, SCHMIDT2 and CZ, ascending. */
static void quartet_slots(const struct ek_trip_step *step, int slots[2])
{
    int count = 0;
    for (int k = 0; k < EK_REGISTER_SLOTS; k++)
        if (k != step->slot) slots[count++] = k;
    CHECK(count == 2);
}

/* Numbers of a step of factors that follow each other for one group, imaginary parts apart. */
static int factor_count(int kind)
{
    return kind >= EK_STEP_GROUP_SCALES  ? lanes
           : kind >= EK_STEP_LANE_SCALES ? registers * lanes
                                         : registers;
}

static double complex factor(const struct case_step *s, int g, int r, int l)
{
    const int kind = s->step.kind, at = kind >= EK_STEP_GROUP_SCALES  ? l
                                        : kind >= EK_STEP_LANE_SCALES ? r * lanes + l
                                                                      : r;
    const size_t i = (size_t)g * s->step.stride + (size_t)at;
    return number(s, i) + (is_complex(kind) ? I * number(s, i + (size_t)factor_count(kind)) : 0);
}

static double complex pair_amplitude(const struct case_step *s, cube before, int g, int r, int l)
{
    const int bit = 1 << s->step.slot, row = (r & bit) != 0;
    double complex m[4];
    pair_matrix(s, m);
    return m[2 * row] * before[g][r & ~bit][l] + m[2 * row + 1] * before[g][r | bit][l];
}

static double complex quartet_amplitude(const struct case_step *s, cube before, int g, int r,
                                        int l)
{
    int slots[2];
    double complex sum = 0;
    quartet_slots(&s->step, slots);
    const int row = (r >> slots[0] & 1) + 2 * (r >> slots[1] & 1);
    for (int column = 0; column < 4; column++) {
        const int from = (r & ~(1 << slots[0]) & ~(1 << slots[1])) | (column & 1) << slots[0] |
                         (column >> 1) << slots[1];
        const size_t entry = (size_t)(4 * row + column);
        const double a = number(s, entry), b = number(s, entry + 32) - a;
        double complex factor = a + I * b;
        if (s->step.kind == EK_STEP_SCHMIDT2 && column == 0)
            factor = row == 0 ? 1 : row == 3 ? a : 0;
        sum += factor * before[g][from][l];
    }
    return sum;
}

/* Of LANE_DENSE: keep or take. */
static double complex lane_number(const struct case_step *s, int l, int which)
{
    const size_t at = (size_t)(which * lanes + l);
    return number(s, at) + I * number(s, at + 2 * (size_t)lanes);
}

/* One amplitude after a step, from all amplitudes before it. */
static double complex step_amplitude(const struct case_step *s, cube before, int g, int r, int l)
{
    const struct ek_trip_step *step = &s->step;
    const int kind = step->kind, bit = 1 << step->slot;
    const size_t lane = (size_t)l;
    const double complex old = before[g][r][l];
    double complex neighbour = before[g][r][l ^ bit];
    int slots[2];
    if (is_factors(kind)) return old * factor(s, g, r, l);
    if (has_near(kind) && (g & step->near_mask) != step->near_value) return old;
    if (has_controls(kind) && (r & step->control_mask) != step->control_value) return old;
    if (in_pairs(kind)) return pair_amplitude(s, before, g, r, l);
    switch (kind) {
    case EK_STEP_DENSE2:
    case EK_STEP_SCHMIDT2: return quartet_amplitude(s, before, g, r, l);
    case EK_STEP_Z: return r & bit ? -old : old;
    case EK_STEP_CZ:
        quartet_slots(step, slots);
        return r >> slots[0] & r >> slots[1] & 1 ? -old : old;
    case EK_STEP_SWAP:
        if ((r >> step->slot & 1) == (l >> step->lane & 1)) return old;
        return before[g][r ^ bit][l ^ 1 << step->lane];
    case EK_STEP_LANE_X: return number(s, lane) < 0 ? neighbour : old;
    case EK_STEP_X_IN_LANES: return number(s, lane) < 0 ? before[g][r ^ bit][l] : old;
    case EK_STEP_LANE_TURN: return old + number(s, lane) * neighbour;
    case EK_STEP_LANE_REFLECT:
        return number(s, lane) * old + number(s, lane + (size_t)lanes) * neighbour;
    case EK_STEP_LANE_IMAGINARY_EXCHANGED: return neighbour - I * number(s, lane) * old;
    case EK_STEP_LANE_DENSE:
        return lane_number(s, l, 0) * old + lane_number(s, l, 1) * neighbour;
    case EK_STEP_HOLD: return creal(old) + I * number(s, 0) * cimag(old);
    case EK_STEP_HELD: neighbour = before[g][r ^ bit][l]; /* fall through */
    case EK_STEP_LANE_HELD: return old + cimag(neighbour) - I * number(s, 0) * creal(neighbour);
    case EK_STEP_EIGHTH_PLUS: return r & bit ? number(s, 0) * (1 + I) * old : old;
    case EK_STEP_EIGHTH_MINUS: return r & bit ? number(s, 0) * (1 - I) * old : old;
    default: return old - I * number(s, lane) * neighbour;
    }
}

/* A step on all register slots as one on a single slot. */
static struct case_step step_on(const struct case_step *s, int slot)
{
    static const int kinds[EK_STEP_SCALES] = {[EK_STEP_TURN_ALL] = EK_STEP_TURN,
                                              [EK_STEP_IMAGINARY_ALL] = EK_STEP_IMAGINARY,
                                              [EK_STEP_HELD_ALL] = EK_STEP_HELD};
    struct case_step one = {.step = s->step};
    one.step.kind = (uint8_t)kinds[s->step.kind];
    one.step.slot = (uint8_t)slot;
    for (size_t i = 0; i < 2; i++)
        put(&one, number(s, one.step.kind == EK_STEP_HELD ? i : 2 * (size_t)slot + i));
    return one;
}

static void reference_step(const struct case_step *s, int groups, cube x)
{
    static cube before;
    for (int k = 0; on_all_slots(s->step.kind) && k < EK_REGISTER_SLOTS; k++) {
        const struct case_step one = step_on(s, k);
        reference_step(&one, groups, x);
    }
    if (on_all_slots(s->step.kind)) return;
    memcpy(before, x, sizeof before);
    for (int g = 0; g < groups; g++)
        for (int r = 0; r < registers; r++)
            for (int l = 0; l < lanes; l++) x[g][r][l] = step_amplitude(s, before, g, r, l);
}

#endif
