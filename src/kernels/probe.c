/* Im <left|P|right> on a pair of tiles: what a derivative is made of. */
#include "kernels/declare.h"
#include "kernels/vector.h"

enum { RUN = 16 }; /* vectors that are added in the tile's precision */

/* Im conj(l) i^y r, up to the sign of i^y: real or imaginary part by y. */
INLINE vec product(vec l_re, vec l_im, vec r_re, vec r_im, int odd_y)
{
    return odd_y ? l_re * r_re + l_im * r_im : l_re * r_im - l_im * r_re;
}

/* Sum over `count` vectors from `first` on, whose partners begin at `other`. */
INLINE vec sum_run(struct vectors l, struct vectors r, size_t first, size_t other, size_t count,
                   uint32_t lane_x, int odd_y)
{
    vec sum = {0}, sum2 = {0};
    size_t k = 0;
    for (; k + 2 <= count; k += 2) {
        const size_t v = first + k, w = other + k;
        sum += product(l.re[v], l.im[v], swap_by_mask(r.re[w], lane_x),
                       swap_by_mask(r.im[w], lane_x), odd_y);
        sum2 += product(l.re[v + 1], l.im[v + 1], swap_by_mask(r.re[w + 1], lane_x),
                        swap_by_mask(r.im[w + 1], lane_x), odd_y);
    }
    if (k < count)
        sum += product(l.re[first + k], l.im[first + k], swap_by_mask(r.re[other + k], lane_x),
                       swap_by_mask(r.im[other + k], lane_x), odd_y);
    return sum + sum2;
}

INLINE void add_signed(double *lanes, vec sum, int odd)
{
    real part[LANES];
    store(part, odd ? -sum : sum);
    for (int l = 0; l < LANES; l++) lanes[l] += part[l];
}

/* The lanes' sums with their signs, (-1)^(parity of partner & z); lanes outside `where` count
 * nothing. */
static double add_lanes(const double *lanes, uint32_t x, uint32_t z, struct ek_where where)
{
    const uint32_t all = LANES - 1;
    double sum = 0;
    for (uint32_t l = 0; l < LANES; l++)
        if ((l & where.mask & all) == (where.value & all))
            sum += __builtin_parity((l ^ x) & z & all) ? -lanes[l] : lanes[l];
    return sum;
}

static double probe_short(const struct ek_tile *left, const struct ek_tile *right, uint32_t x,
                          uint32_t z, int odd_y, struct ek_where where)
{
    const real *a = left->re, *b = left->im, *c = right->re, *d = right->im;
    double sum = 0;
    for (uint32_t i = 0; i < 1u << left->slots; i++) {
        const uint32_t j = i ^ x;
        if ((i & where.mask) != where.value) continue;
        const double p = odd_y ? (double)a[i] * c[j] + (double)b[i] * d[j]
                               : (double)a[i] * d[j] - (double)b[i] * c[j];
        sum += __builtin_parity(j & z) ? -p : p;
    }
    return sum;
}

static double probe_long(const struct ek_tile *left, const struct ek_tile *right, uint32_t x,
                         uint32_t z, int odd_y, struct ek_where where)
{
    const struct vectors l = vectors_of(left), r = vectors_of(right);
    const size_t fixed = where.mask >> LANE_BITS, value = where.value >> LANE_BITS;
    const size_t high_x = x >> LANE_BITS, high_z = z >> LANE_BITS;
    size_t run = run_length(high_x | high_z | fixed, l.count);
    const uint32_t lane_x = x & (LANES - 1);
    double lanes[LANES] = {0};
    if (run > RUN) run = RUN;
    for (size_t base = 0; base < l.count; base = next_run(base, fixed, run)) {
        const size_t first = base | value, other = first ^ high_x;
        const int odd = __builtin_parityll(other & high_z);
        const vec sum = odd_y ? sum_run(l, r, first, other, run, lane_x, 1)
                              : sum_run(l, r, first, other, run, lane_x, 0);
        add_signed(lanes, sum, odd);
    }
    return add_lanes(lanes, x, z, where);
}

double KERNEL(probe)(const struct ek_tile *left, const struct ek_tile *right, uint32_t x,
                     uint32_t z, int y_count, struct ek_where where)
{
    const double sum = is_short(left) ? probe_short(left, right, x, z, y_count & 1, where)
                                      : probe_long(left, right, x, z, y_count & 1, where);
    return y_count & 2 ? -sum : sum; /* i^y */
}

void KERNEL(probe_signs)(const struct ek_tile *left, const struct ek_tile *right, int count,
                         const uint32_t *z, double *sums)
{
    const struct vectors l = vectors_of(left), r = vectors_of(right);
    double lanes[EK_SIGNS_MAX][LANES] = {{0}};
    size_t high[EK_SIGNS_MAX] = {0};
    const struct ek_where all = {0, 0};
    for (int k = 0; k < count && is_short(left); k++)
        sums[k] = probe_short(left, right, 0, z[k], 0, all);
    if (is_short(left)) return;
    for (int k = 0; k < count; k++) high[k] = z[k] >> LANE_BITS;
    for (size_t first = 0; first < l.count; first += RUN) {
        const size_t end = first + RUN < l.count ? first + RUN : l.count;
        vec sum[EK_SIGNS_MAX] = {{0}};
        for (size_t v = first; v < end; v++) {
            const vec here = product(l.re[v], l.im[v], r.re[v], r.im[v], 0);
            for (int k = 0; k < EK_SIGNS_MAX; k++) /* a constant number, to stay in registers */
                sum[k] += flip_sign(here, __builtin_parityll(v & high[k]));
        }
        for (int k = 0; k < count; k++) add_signed(lanes[k], sum[k], 0);
    }
    for (int k = 0; k < count; k++) sums[k] = add_lanes(lanes[k], 0, z[k], all);
}

double KERNEL(probe_values)(const struct ek_tile *left, const struct ek_tile *right,
                            const double *value)
{
    const real *a = left->re, *b = left->im, *c = right->re, *d = right->im;
    const size_t size = (size_t)1 << left->slots;
    double lanes[RUN] = {0};
    for (size_t i = 0; i < size; i += RUN)
        for (size_t l = 0; l < RUN && l < size; l++)
            lanes[l] += value[i + l] * (a[i + l] * d[i + l] - b[i + l] * c[i + l]);
    for (size_t step = RUN / 2; step > 0; step /= 2)
        for (size_t l = 0; l < step; l++) lanes[l] += lanes[l + step];
    return lanes[0];
}
