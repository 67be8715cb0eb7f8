/* Phases. Bits of controls and masks within a vector become one factor per lane. */
#include "kernels/declare.h"
#include "kernels/vector.h"

#include <math.h>

struct factor {
    vec re, im;
};

INLINE void multiply(struct vectors t, size_t v, struct factor f)
{
    const vec a = t.re[v], b = t.im[v];
    t.re[v] = a * f.re - b * f.im;
    t.im[v] = a * f.im + b * f.re;
}

INLINE void multiply_run(struct vectors t, size_t first, size_t count, struct factor f)
{
    for (size_t v = first; v < first + count; v++) multiply(t, v, f);
}

static bool acts_on_lane(struct ek_where where, uint32_t lane)
{
    return (lane & where.mask & (LANES - 1)) == (where.value & (LANES - 1));
}

/* One phase per lane, gathered before they become vectors. */
struct lane_phases {
    real re[LANES], im[LANES];
};

static void set_lane(struct lane_phases *f, uint32_t lane, ek_complex phase)
{
    f->re[lane] = (real)phase.re;
    f->im[lane] = (real)phase.im;
}

INLINE struct factor factor_of(const struct lane_phases *lanes)
{
    return (struct factor){load(lanes->re), load(lanes->im)};
}

static const ek_complex one = {1, 0};

void KERNEL(phase)(const struct ek_tile *tile, ek_complex phase, struct ek_where where)
{
    if (is_short(tile)) {
        KERNEL(scalar_phase)(tile, phase, where);
        return;
    }
    const struct vectors t = vectors_of(tile);
    const size_t fixed = where.mask >> LANE_BITS, value = where.value >> LANE_BITS;
    const size_t run = run_length(fixed, t.count);
    struct lane_phases lanes;
    for (uint32_t l = 0; l < LANES; l++) set_lane(&lanes, l, acts_on_lane(where, l) ? phase : one);
    const struct factor f = factor_of(&lanes);
    if (phase.im == 0) { /* a sign: half the work */
        for (size_t base = 0; base < t.count; base = next_run(base, fixed, run))
            for (size_t v = base | value; v < (base | value) + run; v++) {
                t.re[v] *= f.re;
                t.im[v] *= f.re;
            }
        return;
    }
    for (size_t base = 0; base < t.count; base = next_run(base, fixed, run))
        multiply_run(t, base | value, run, f);
}

void KERNEL(parity)(const struct ek_tile *tile, uint32_t z, const ek_complex phases[2],
                    struct ek_where where)
{
    if (is_short(tile)) {
        KERNEL(scalar_parity)(tile, z, phases, where);
        return;
    }
    const struct vectors t = vectors_of(tile);
    const size_t fixed = where.mask >> LANE_BITS, value = where.value >> LANE_BITS;
    const size_t z_above = z >> LANE_BITS, run = run_length(fixed | z_above, t.count);
    struct lane_phases lanes[2];
    for (uint32_t l = 0; l < LANES; l++)
        for (int odd = 0; odd < 2; odd++)
            set_lane(&lanes[odd], l,
                     acts_on_lane(where, l) ? phases[odd ^ ek_parity(l & z & (LANES - 1))] : one);
    const struct factor f[2] = {factor_of(&lanes[0]), factor_of(&lanes[1])};
    for (size_t base = 0; base < t.count; base = next_run(base, fixed, run))
        multiply_run(t, base | value, run, f[__builtin_parityll((base | value) & z_above)]);
}

void KERNEL(table)(const struct ek_tile *tile, int count, const uint8_t *position,
                   const ek_complex *phases, struct ek_where where)
{
    if (is_short(tile)) {
        KERNEL(scalar_table)(tile, count, position, phases, where);
        return;
    }
    const struct vectors t = vectors_of(tile);
    const size_t fixed = where.mask >> LANE_BITS, value = where.value >> LANE_BITS;
    size_t split_at = fixed, lane_entry[LANES] = {0};
    for (int j = 0; j < count; j++) {
        if (position[j] >= LANE_BITS) split_at |= (size_t)1 << (position[j] - LANE_BITS);
        for (size_t l = 0; l < LANES && position[j] < LANE_BITS; l++)
            lane_entry[l] |= (l >> position[j] & 1) << j;
    }
    const size_t run = run_length(split_at, t.count);
    for (size_t base = 0; base < t.count; base = next_run(base, fixed, run)) {
        size_t entry = 0;
        struct lane_phases lanes;
        for (int j = 0; j < count; j++)
            if (position[j] >= LANE_BITS) entry |= (base >> (position[j] - LANE_BITS) & 1) << j;
        for (uint32_t l = 0; l < LANES; l++)
            set_lane(&lanes, l, acts_on_lane(where, l) ? phases[entry | lane_entry[l]] : one);
        multiply_run(t, base | value, run, factor_of(&lanes));
    }
}

/* ---- diagonal functions --------------------------------------------------------------------- */

/* phases[level[l]] for each lane. */
INLINE struct factor look_up(const ek_complex *phases, const uint16_t *level)
{
#if defined(__AVX512F__) && !defined(EK_PRECISION_single)
    struct factor f;
    const __m256i at =
        _mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const void *)level)), 1);
    f.re = (vec)_mm512_i32gather_pd(at, &phases->re, 8);
    f.im = (vec)_mm512_i32gather_pd(at, &phases->im, 8);
    return f;
#elif defined(__AVX2__) && !defined(EK_PRECISION_single) /* its gathers take longer */
    typedef double phase __attribute__((vector_size(sizeof *phases)));
    phase of[LANES];
    for (int l = 0; l < LANES; l++) memcpy(&of[l], &phases[level[l]], sizeof of[l]);
    const vec even = __builtin_shufflevector(of[0], of[2], 0, 1, 2, 3);
    const vec odd = __builtin_shufflevector(of[1], of[3], 0, 1, 2, 3);
    return (struct factor){__builtin_shufflevector(even, odd, 0, 4, 2, 6),
                           __builtin_shufflevector(even, odd, 1, 5, 3, 7)};
#else
    struct lane_phases lanes;
    for (uint32_t l = 0; l < LANES; l++) set_lane(&lanes, l, phases[level[l]]);
    return factor_of(&lanes);
#endif
}

/* The levels of a whole state lie in memory, in rows too short for a processor to foresee the next
 * one. */
enum { ROWS_AHEAD = 64 };

INLINE void ask_for_row(const uint16_t *level, const size_t *row, size_t r, size_t rows)
{
    if (r + ROWS_AHEAD < rows) __builtin_prefetch(level + row[r + ROWS_AHEAD]);
}

INLINE void multiply_levels(struct vectors t, const uint16_t *level, const size_t *row,
                            size_t length, const ek_complex *phases)
{
    const size_t rows = t.count / length;
    for (size_t r = 0; r < rows; r++) {
        ask_for_row(level, row, r, rows);
        for (size_t v = 0; v < length; v++)
            multiply(t, r * length + v, look_up(phases, level + row[r] + v * LANES));
    }
}

/* Phases in a geometric sequence are products of two, phase[low] * step[high], level = low + LANES
 * * high: as many of each as lanes, so that a permutation of one vector looks them up, where that
 * is one instruction. */
#if defined(EK_LONG_VECTORS) || defined(__aarch64__) ||                                           \
    (defined(__AVX2__) && defined(EK_PRECISION_single))
enum { FEW_LEVELS = LANES * LANES };
#else
enum { FEW_LEVELS = 0 };
#endif

struct two_tables {
    struct factor low, high;
};

static struct two_tables split_phases(const ek_complex *phases, uint32_t count)
{
    struct lane_phases low, high;
    for (uint32_t l = 0; l < LANES; l++) {
        const ek_complex step = l * LANES < count ? phases[l * LANES] : one;
        set_lane(&low, l, l < count ? phases[l] : one);
        set_lane(&high, l,
                 (ek_complex){step.re * phases[0].re + step.im * phases[0].im,
                              step.im * phases[0].re - step.re * phases[0].im});
    }
    return (struct two_tables){factor_of(&low), factor_of(&high)};
}

/* Levels of the lanes as integers of the lanes' size. */
INLINE bvec widen(const uint16_t *level)
{
#if defined(__AVX512F__) && !defined(EK_PRECISION_single) /* GCC 12 goes lane by lane */
    return (bvec)_mm512_cvtepu16_epi64(_mm_loadu_si128((const void *)level));
#else
    typedef uint16_t levels_vec __attribute__((vector_size(2 * LANES)));
    levels_vec levels;
    memcpy(&levels, level, sizeof levels);
    return __builtin_convertvector(levels, bvec);
#endif
}

INLINE struct factor look_up_both(const struct two_tables *tables, const uint16_t *level)
{
    const bvec at = widen(level), up = at >> LANE_BITS;
    const vec a = permute(tables->low.re, at), b = permute(tables->low.im, at);
    const vec c = permute(tables->high.re, up), d = permute(tables->high.im, up);
    return (struct factor){a * c - b * d, a * d + b * c};
}

static void multiply_few_levels(struct vectors t, const uint16_t *level, const size_t *row,
                                size_t length, uint32_t count, const ek_complex *phases)
{
    const struct two_tables tables = split_phases(phases, count);
    const size_t rows = t.count / length;
    for (size_t r = 0; r < rows; r++) {
        ask_for_row(level, row, r, rows);
        for (size_t v = 0; v < length; v++)
            multiply(t, r * length + v, look_up_both(&tables, level + row[r] + v * LANES));
    }
}

void KERNEL(levels)(const struct ek_tile *tile, const uint16_t *level, const size_t *row,
                    int row_slots, uint32_t count, const ek_complex *phases)
{
    if (row_slots < LANE_BITS) {
        KERNEL(scalar_levels)(tile, level, row, row_slots, count, phases);
        return;
    }
    const size_t length = ((size_t)1 << row_slots) >> LANE_BITS;
    if (count <= FEW_LEVELS)
        multiply_few_levels(vectors_of(tile), level, row, length, count, phases);
    else
        multiply_levels(vectors_of(tile), level, row, length, phases);
}

/* ---- e^{-i x} for vectors of doubles, in either precision of the amplitudes
 * ------------------------- */

typedef double dvec __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef int64_t ivec __attribute__((vector_size(VECTOR_BYTES), may_alias));
enum { DOUBLES = VECTOR_BYTES / sizeof(double) };

/* Beyond this the three parts of pi/2 below no longer reduce the argument exactly. */
static const double largest_angle = 1e6;

INLINE dvec choose(ivec mask, dvec yes, dvec no)
{
    return (dvec)((mask & (ivec)yes) | (~mask & (ivec)no));
}

/* Cody and Waite's reduction to [-pi/4, pi/4], then the polynomials of fdlibm (Sun, 1993). */
INLINE void cos_sin(dvec x, dvec *cosine, dvec *sine)
{
    const double round_to_integer = 0x1.8p52; /* its low bits become the integer */
    const dvec shifted = x * 0.63661977236758134308 + round_to_integer;
    const dvec turns = shifted - round_to_integer;
    const ivec quadrant = (ivec)shifted;
    const dvec r =
        ((x - turns * 1.57079632673412561417e+00) - turns * 6.07710050630396597660e-11) -
        turns * 2.02226624879595063154e-21;
    const dvec z = r * r;
    const dvec s =
        r +
        r * z *
            (-1.66666666666666324348e-01 +
             z * (8.33333333332248946124e-03 +
                  z * (-1.98412698298579493134e-04 +
                       z * (2.75573137070700676789e-06 +
                            z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)))));
    const dvec c =
        1 - 0.5 * z +
        z * z *
            (4.16666666666666019037e-02 +
             z * (-1.38888888888741095749e-03 +
                  z * (2.48015872894767294178e-05 +
                       z * (-2.75573143513906633035e-07 +
                            z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))));
    const ivec odd = -(quadrant & 1), sine_sign = (quadrant & 2) << 62,
               cosine_sign = ((quadrant + 1) & 2) << 62;
    *sine = (dvec)((ivec)choose(odd, c, s) ^ sine_sign);
    *cosine = (dvec)((ivec)choose(odd, s, c) ^ cosine_sign);
}

INLINE int all_small(const double *value, double angle)
{
    int small = 1;
    for (int l = 0; l < LANES; l++) small &= fabs(angle * value[l]) <= largest_angle;
    return small;
}

void KERNEL(values)(const struct ek_tile *tile, const double *value, double angle)
{
    if (is_short(tile)) {
        KERNEL(scalar_values)(tile, value, angle);
        return;
    }
    const struct vectors t = vectors_of(tile);
    for (size_t v = 0; v < t.count; v++, value += LANES) {
        double re[LANES], im[LANES];
        struct lane_phases phases;
        for (int l = 0; l < LANES; l += DOUBLES) {
            dvec x, c, s;
            memcpy(&x, value + l, sizeof x);
            cos_sin(x * angle, &c, &s);
            memcpy(re + l, &c, sizeof c);
            memcpy(im + l, &s, sizeof s);
        }
        if (!all_small(value, angle))
            for (int l = 0; l < LANES; l++)
                re[l] = cos(angle * value[l]), im[l] = sin(angle * value[l]);
        for (int l = 0; l < LANES; l++) phases.re[l] = (real)re[l], phases.im[l] = (real)-im[l];
        multiply(t, v, factor_of(&phases));
    }
}
