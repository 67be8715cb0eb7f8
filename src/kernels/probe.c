/* Im <left|P|right> on a pair of tiles: what a derivative is made of. */
#include "kernels/declare.h"
#include "kernels/vector.h"

enum { RUN = 16 }; /* vectors that are added in the tile's precision */

/* Im conj(l) r. */
INLINE vec product(vec l_re, vec l_im, vec r_re, vec r_im)
{
    return l_re * r_im - l_im * r_re;
}

/* Adds the lanes of `sum`, or subtracts them. */
INLINE void add_signed(double *lanes, vec sum, int odd)
{
    real part[LANES];
    store(part, odd ? -sum : sum);
    for (int l = 0; l < LANES; l++) lanes[l] += part[l];
}

/* sums[m] = the products of a run with the signs of the bits that i and m share. */
INLINE void sum_run(const struct vectors *l, const struct vectors *r, size_t first, vec *sums)
{
#pragma GCC unroll 16
    for (size_t i = 0; i < RUN; i++) {
        const size_t v = first + i;
        sums[i] = product(l->re[v], l->im[v], r->re[v], r->im[v]);
    }
#pragma GCC unroll 4
    for (size_t bit = 1; bit < RUN; bit *= 2)
#pragma GCC unroll 16
        for (size_t i = 0; i < RUN; i++) {
            if (i & bit) continue;
            const vec a = sums[i], b = sums[i | bit];
            sums[i] = a + b;
            sums[i | bit] = a - b;
        }
}

static double sum_lanes(const double *lanes, uint32_t z)
{
    double sum = 0;
    for (uint32_t l = 0; l < LANES; l++)
        sum += __builtin_parity(l & z & (LANES - 1)) ? -lanes[l] : lanes[l];
    return sum;
}

static double sum_short(const struct ek_tile *left, const struct ek_tile *right, uint32_t z)
{
    const real *a = left->re, *b = left->im, *c = right->re, *d = right->im;
    double sum = 0;
    for (uint32_t i = 0; i < 1u << left->slots; i++) {
        const double p = (double)a[i] * d[i] - (double)b[i] * c[i];
        sum += __builtin_parity(i & z) ? -p : p;
    }
    return sum;
}

void KERNEL(probe_signs)(const struct ek_tile *left, const struct ek_tile *right, int count,
                         const uint32_t *z, double *sums)
{
    const struct vectors l = vectors_of(left), r = vectors_of(right);
    double lanes[EK_SIGNS_MAX][LANES] = {{0}};
    for (int k = 0; k < count && l.count < RUN; k++) sums[k] = sum_short(left, right, z[k]);
    if (l.count < RUN) return;
    for (size_t first = 0; first < l.count; first += RUN) {
        vec of_run[RUN];
        sum_run(&l, &r, first, of_run);
        for (int k = 0; k < count; k++) {
            const size_t high = z[k] >> LANE_BITS;
            add_signed(lanes[k], of_run[high & (RUN - 1)], __builtin_parityll(first & high));
        }
    }
    for (int k = 0; k < count; k++) sums[k] = sum_lanes(lanes[k], z[k]);
}

/* lanes[l] += the products of amplitude first + l. */
INLINE void add_products(const struct ek_tile *left, const struct ek_tile *right,
                         const double *value, size_t first, size_t count, double *lanes)
{
    const real *a = (const real *)left->re + first, *b = (const real *)left->im + first;
    const real *c = (const real *)right->re + first, *d = (const real *)right->im + first;
    for (size_t l = 0; l < count; l++)
        lanes[l] += value[first + l] * (a[l] * d[l] - b[l] * c[l]);
}

double KERNEL(probe_values)(const struct ek_tile *left, const struct ek_tile *right,
                            const double *value)
{
    const size_t size = (size_t)1 << left->slots;
    double lanes[RUN] = {0};
    if (size < RUN) add_products(left, right, value, 0, size, lanes);
    for (size_t first = 0; first + RUN <= size; first += RUN)
        add_products(left, right, value, first, RUN, lanes); /* whose count is a constant */
    for (size_t step = RUN / 2; step > 0; step /= 2)
        for (size_t l = 0; l < step; l++) lanes[l] += lanes[l + step];
    return lanes[0];
}
