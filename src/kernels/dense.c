/* Dense matrices on k targets: `above` of them on slots above the lanes, the rest within a vector.
 * With targets or controls in the lanes every coefficient is a vector, so that each lane has its
 * own. */
#include "kernels/declare.h"
#include "kernels/vector.h"

enum { MOST = 64 };

struct matrix {
    int count, above, in_lanes; /* targets */
    int lane_bit[4];            /* lane targets' bits */
    size_t offset[MOST];        /* of each index of the targets above, in vectors */
    size_t fixed, value;        /* targets and controls above, in vectors */
};

INLINE vec swap_any_lanes(vec v, int bit)
{
    switch (bit) {
    case 0:
        return swap_lanes(v, 0);
    case 1:
        return swap_lanes(v, 1);
    case 2:
        return swap_lanes(v, 2);
    default:
        return swap_lanes(v, 3);
    }
}

/* ---- all targets and controls above the lanes: numbers as coefficients ---------------------- */

INLINE void multiply_plain(struct vectors t, size_t base, const struct matrix *m, const real *a,
                           const real *b, int count)
{
    const int size = 1 << count;
    vec re[MOST], im[MOST];
    for (int c = 0; c < size; c++) {
        re[c] = t.re[base + m->offset[c]];
        im[c] = t.im[base + m->offset[c]];
    }
    for (int r = 0; r < size; r++) {
        vec sum_re = {0}, sum_im = {0};
        for (int c = 0; c < size; c++) {
            const real x = a[r * size + c], y = b[r * size + c];
            sum_re += x * re[c] - y * im[c];
            sum_im += x * im[c] + y * re[c];
        }
        t.re[base + m->offset[r]] = sum_re;
        t.im[base + m->offset[r]] = sum_im;
    }
}

INLINE void run_plain(struct vectors t, const struct matrix *m, const ek_complex *matrix,
                      int count)
{
    real a[MOST * MOST], b[MOST * MOST];
    for (int i = 0; i < 1 << 2 * count; i++) {
        a[i] = (real)matrix[i].re;
        b[i] = (real)matrix[i].im;
    }
    const size_t run = run_length(m->fixed, t.count);
    for (size_t base = 0; base < t.count; base = next_run(base, m->fixed, run))
        for (size_t v = base | m->value; v < (base | m->value) + run; v++)
            multiply_plain(t, v, m, a, b, count);
}

/* ---- some within the lanes: vectors as coefficients ----------------------------------------- */

/* Entry [row above][column above][pattern]: factor of the vector `column` whose lanes are swapped
 * in the lane targets of `pattern`. */
struct lane_matrix {
    vec re[MOST * MOST / 2], im[MOST * MOST / 2];
};

static void set_lane_matrix(const struct matrix *m, const uint8_t *from_target,
                            const ek_complex *matrix, struct ek_where where,
                            struct lane_matrix *out)
{
    const int above = 1 << m->above, patterns = 1 << m->in_lanes, size = 1 << m->count;
    const uint32_t lane_mask = where.mask & (LANES - 1), lane_value = where.value & (LANES - 1);
    for (int entry = 0; entry < above * above * patterns; entry++) {
        const int r = entry / (above * patterns), c = entry / patterns % above,
                  p = entry % patterns;
        for (uint32_t l = 0; l < LANES; l++) {
            int row = 0, column = 0;
            for (int j = 0; j < m->above; j++) {
                row |= (r >> j & 1) << from_target[j];
                column |= (c >> j & 1) << from_target[j];
            }
            for (int j = 0; j < m->in_lanes; j++) {
                const int bit = l >> m->lane_bit[j] & 1, target = from_target[m->above + j];
                row |= bit << target;
                column |= (bit ^ (p >> j & 1)) << target;
            }
            const bool acts = (l & lane_mask) == lane_value;
            const ek_complex x = matrix[row * size + column];
            out->re[entry][l] = (real)(acts ? x.re : r == c && p == 0);
            out->im[entry][l] = (real)(acts ? x.im : 0);
        }
    }
}

INLINE void multiply_lanes(struct vectors t, size_t base, const struct matrix *m,
                           const struct lane_matrix *coefficients, int above, int in_lanes)
{
    const int rows = 1 << above, patterns = 1 << in_lanes, columns = rows * patterns;
    vec re[MOST], im[MOST];
    for (int c = 0; c < rows; c++) {
        re[c * patterns] = t.re[base + m->offset[c]];
        im[c * patterns] = t.im[base + m->offset[c]];
        for (int p = 1; p < patterns; p++) {
            const int top = 31 - __builtin_clz((unsigned)p), rest = c * patterns + (p ^ 1 << top);
            re[c * patterns + p] = swap_any_lanes(re[rest], m->lane_bit[top]);
            im[c * patterns + p] = swap_any_lanes(im[rest], m->lane_bit[top]);
        }
    }
    for (int r = 0; r < rows; r++) {
        vec sum_re = {0}, sum_im = {0};
        for (int c = 0; c < columns; c++) {
            const vec x = coefficients->re[r * columns + c], y = coefficients->im[r * columns + c];
            sum_re += x * re[c] - y * im[c];
            sum_im += x * im[c] + y * re[c];
        }
        t.re[base + m->offset[r]] = sum_re;
        t.im[base + m->offset[r]] = sum_im;
    }
}

INLINE void run_lanes(struct vectors t, const struct matrix *m,
                      const struct lane_matrix *coefficients, int above, int in_lanes)
{
    const size_t run = run_length(m->fixed, t.count);
    for (size_t base = 0; base < t.count; base = next_run(base, m->fixed, run))
        for (size_t v = base | m->value; v < (base | m->value) + run; v++)
            multiply_lanes(t, v, m, coefficients, above, in_lanes);
}

static void run_any_lanes(struct vectors t, const struct matrix *m, const struct lane_matrix *c)
{
    if (m->above == 1 && m->in_lanes == 0)
        run_lanes(t, m, c, 1, 0);
    else if (m->above == 0 && m->in_lanes == 1)
        run_lanes(t, m, c, 0, 1);
    else if (m->above == 1 && m->in_lanes == 1)
        run_lanes(t, m, c, 1, 1);
    else if (m->above == 0 && m->in_lanes == 2)
        run_lanes(t, m, c, 0, 2);
    else if (m->above == 2 && m->in_lanes == 0)
        run_lanes(t, m, c, 2, 0);
    else
        run_lanes(t, m, c, m->above, m->in_lanes);
}

/* ---- choice --------------------------------------------------------------------------------- */

/* Targets above first, then those in the lanes; from_target[j] is the index bit of the j-th. */
static void sort_targets(int count, const uint8_t *position, struct ek_where where,
                         struct matrix *m, uint8_t *from_target)
{
    *m = (struct matrix){.count = count};
    m->fixed = where.mask >> LANE_BITS;
    m->value = where.value >> LANE_BITS;
    for (int j = 0; j < count; j++) {
        if (position[j] < LANE_BITS) continue;
        const size_t bit = (size_t)1 << (position[j] - LANE_BITS);
        for (int i = 0; i < 1 << count; i++)
            if (i >> m->above & 1) m->offset[i] |= bit;
        from_target[m->above++] = (uint8_t)j;
        m->fixed |= bit;
    }
    for (int j = 0; j < count; j++) {
        if (position[j] >= LANE_BITS) continue;
        m->lane_bit[m->in_lanes] = position[j];
        from_target[m->above + m->in_lanes++] = (uint8_t)j;
    }
}

/* The coefficients are large; only these calls pay for their place on the stack. */
NOT_INLINE void dense_in_lanes(struct vectors t, const struct matrix *m,
                               const uint8_t *from_target, const ek_complex *matrix,
                               struct ek_where where)
{
    struct lane_matrix coefficients;
    set_lane_matrix(m, from_target, matrix, where, &coefficients);
    run_any_lanes(t, m, &coefficients);
}

void KERNEL(dense)(const struct ek_tile *tile, int count, const uint8_t *position,
                   const ek_complex *matrix, struct ek_where where)
{
    struct matrix m;
    uint8_t from_target[6];
    const struct vectors t = vectors_of(tile);
    if (is_short(tile)) {
        KERNEL(scalar_dense)(tile, count, position, matrix, where);
        return;
    }
    sort_targets(count, position, where, &m, from_target);
    if (m.in_lanes > 0 || (where.mask & (LANES - 1))) {
        if (m.in_lanes == 0 && count == 6)
            KERNEL(scalar_dense)(tile, count, position, matrix, where);
        else
            dense_in_lanes(t, &m, from_target, matrix, where);
        return;
    }
    switch (count) {
    case 1:
        run_plain(t, &m, matrix, 1);
        break;
    case 2:
        run_plain(t, &m, matrix, 2);
        break;
    case 3:
        run_plain(t, &m, matrix, 3);
        break;
    case 4:
        run_plain(t, &m, matrix, 4);
        break;
    default:
        run_plain(t, &m, matrix, count);
        break;
    }
}
