/* Operations on a tile. Indices that share the bits of an operation's fixed positions are walked in
 * runs: i = [.. f .. f | run], f = fixed positions (targets, controls), run below the lowest of them. */
#include "kernels/declare.h"

#include <math.h>

#define INLINE static inline __attribute__((always_inline))

struct parts {
    real *restrict re, *restrict im;
    size_t size;
};

INLINE struct parts parts_of(const struct ek_tile *tile)
{
    return (struct parts){__builtin_assume_aligned(tile->re, 64),
                          __builtin_assume_aligned(tile->im, 64), (size_t)1 << tile->slots};
}

/* The next index after `base` whose bits under `fixed` are zero, one run further. */
INLINE size_t next_run(size_t base, size_t fixed, size_t run)
{
    return ((base | fixed) + run) & ~fixed;
}

INLINE size_t run_length(size_t fixed, size_t size)
{
    return fixed ? fixed & -fixed : size;
}

void KERNEL(gather)(const void *amplitudes, const size_t *row, int row_slots, const struct ek_tile *tile)
{
    const struct parts t = parts_of(tile);
    const size_t length = (size_t)1 << row_slots, rows = t.size >> row_slots;
    for (size_t r = 0; r < rows; r++) {
        const real *from = (const real *)amplitudes + 2 * row[r];
        real *restrict re = t.re + r * length, *restrict im = t.im + r * length;
        for (size_t i = 0; i < length; i++) {
            re[i] = from[2 * i];
            im[i] = from[2 * i + 1];
        }
    }
}

void KERNEL(scatter)(void *amplitudes, const size_t *row, int row_slots, const struct ek_tile *tile)
{
    const struct parts t = parts_of(tile);
    const size_t length = (size_t)1 << row_slots, rows = t.size >> row_slots;
    for (size_t r = 0; r < rows; r++) {
        real *restrict to = (real *)amplitudes + 2 * row[r];
        const real *re = t.re + r * length, *im = t.im + r * length;
        for (size_t i = 0; i < length; i++) {
            to[2 * i] = re[i];
            to[2 * i + 1] = im[i];
        }
    }
}

/* ---- dense ----------------------------------------------------------------------------------- */

struct matrix {
    real re[64 * 64], im[64 * 64];
    size_t offset[64]; /* of each index of the targets */
};

/* `lanes` neighbouring vectors of 2^count amplitudes through the matrix. */
INLINE void dense_strip(struct parts t, size_t base, const struct matrix *m, int count, int lanes)
{
    enum { MOST = 64 };
    const int size = 1 << count;
    real re[MOST][LANES], im[MOST][LANES];
    for (int c = 0; c < size; c++)
        for (int l = 0; l < lanes; l++) {
            re[c][l] = t.re[base + m->offset[c] + (size_t)l];
            im[c][l] = t.im[base + m->offset[c] + (size_t)l];
        }
    for (int r = 0; r < size; r++) {
        real sum_re[LANES] = {0}, sum_im[LANES] = {0};
        for (int c = 0; c < size; c++) {
            const real a = m->re[r * size + c], b = m->im[r * size + c];
            for (int l = 0; l < lanes; l++) {
                sum_re[l] += a * re[c][l] - b * im[c][l];
                sum_im[l] += a * im[c][l] + b * re[c][l];
            }
        }
        for (int l = 0; l < lanes; l++) {
            t.re[base + m->offset[r] + (size_t)l] = sum_re[l];
            t.im[base + m->offset[r] + (size_t)l] = sum_im[l];
        }
    }
}

INLINE void dense_runs(struct parts t, const struct matrix *m, size_t fixed, size_t value, int count)
{
    const size_t run = run_length(fixed, t.size);
    for (size_t base = 0; base < t.size; base = next_run(base, fixed, run)) {
        size_t i = 0;
        for (; i + LANES <= run; i += LANES) dense_strip(t, (base | value) + i, m, count, LANES);
        for (; i < run; i++) dense_strip(t, (base | value) + i, m, count, 1);
    }
}

static void set_matrix(int count, const uint8_t *position, const ek_complex *matrix, struct matrix *m)
{
    const size_t size = (size_t)1 << count;
    for (size_t i = 0; i < size * size; i++) {
        m->re[i] = (real)matrix[i].re;
        m->im[i] = (real)matrix[i].im;
    }
    for (size_t i = 0; i < size; i++) {
        m->offset[i] = 0;
        for (int j = 0; j < count; j++)
            if (i >> j & 1) m->offset[i] |= (size_t)1 << position[j];
    }
}

void KERNEL(dense)(const struct ek_tile *tile, int count, const uint8_t *position,
                   const ek_complex *matrix, struct ek_where where)
{
    struct matrix m;
    size_t fixed = where.mask;
    set_matrix(count, position, matrix, &m);
    for (int j = 0; j < count; j++) fixed |= (size_t)1 << position[j];
    switch (count) {
    case 1: dense_runs(parts_of(tile), &m, fixed, where.value, 1); break;
    case 2: dense_runs(parts_of(tile), &m, fixed, where.value, 2); break;
    case 3: dense_runs(parts_of(tile), &m, fixed, where.value, 3); break;
    default: dense_runs(parts_of(tile), &m, fixed, where.value, count); break;
    }
}

/* ---- diagonal -------------------------------------------------------------------------------- */

INLINE void multiply(struct parts t, size_t first, size_t count, real re, real im)
{
    for (size_t i = first; i < first + count; i++) {
        const real a = t.re[i], b = t.im[i];
        t.re[i] = a * re - b * im;
        t.im[i] = a * im + b * re;
    }
}

void KERNEL(phase)(const struct ek_tile *tile, ek_complex phase, struct ek_where where)
{
    const struct parts t = parts_of(tile);
    const size_t run = run_length(where.mask, t.size);
    for (size_t base = 0; base < t.size; base = next_run(base, where.mask, run))
        multiply(t, base | where.value, run, (real)phase.re, (real)phase.im);
}

void KERNEL(table)(const struct ek_tile *tile, int count, const uint8_t *position,
                   const ek_complex *phases, struct ek_where where)
{
    const struct parts t = parts_of(tile);
    size_t fixed = where.mask;
    for (int j = 0; j < count; j++) fixed |= (size_t)1 << position[j];
    const size_t run = run_length(fixed, t.size);
    for (size_t base = 0; base < t.size; base = next_run(base, where.mask, run)) {
        size_t entry = 0;
        for (int j = 0; j < count; j++) entry |= (base >> position[j] & 1) << j;
        multiply(t, base | where.value, run, (real)phases[entry].re, (real)phases[entry].im);
    }
}

void KERNEL(parity)(const struct ek_tile *tile, uint32_t z, const ek_complex phases[2],
                    struct ek_where where)
{
    const struct parts t = parts_of(tile);
    const size_t run = run_length((size_t)z | where.mask, t.size);
    for (size_t base = 0; base < t.size; base = next_run(base, where.mask, run)) {
        const ek_complex phase = phases[__builtin_parityll((base | where.value) & z)];
        multiply(t, base | where.value, run, (real)phase.re, (real)phase.im);
    }
}

void KERNEL(levels)(const struct ek_tile *tile, const uint16_t *level, const size_t *row, int row_slots,
                    const ek_complex *phases)
{
    const struct parts t = parts_of(tile);
    const size_t length = (size_t)1 << row_slots, rows = t.size >> row_slots;
    for (size_t r = 0; r < rows; r++) {
        const uint16_t *mine = level + row[r];
        for (size_t i = 0; i < length; i++) {
            const size_t at = r * length + i;
            const real c = (real)phases[mine[i]].re, s = (real)phases[mine[i]].im;
            const real a = t.re[at], b = t.im[at];
            t.re[at] = a * c - b * s;
            t.im[at] = a * s + b * c;
        }
    }
}

void KERNEL(values)(const struct ek_tile *tile, const double *value, double angle)
{
    const struct parts t = parts_of(tile);
    for (size_t i = 0; i < t.size; i++)
        multiply(t, i, 1, (real)cos(angle * value[i]), (real)-sin(angle * value[i]));
}

/* ---- Pauli rotations --------------------------------------------------------------------------- */

/* new_i = c a_i + (f_re + i f_im) a_j and the same with i, j exchanged, where f = -i s <i|P|j>. */
INLINE void rotate_pairs(struct parts t, size_t i0, size_t j0, size_t count, real c, ek_complex from_j,
                         ek_complex from_i)
{
    const real pr = (real)from_j.re, pi = (real)from_j.im;
    const real qr = (real)from_i.re, qi = (real)from_i.im;
    for (size_t k = 0; k < count; k++) {
        const real ar = t.re[i0 + k], ai = t.im[i0 + k];
        const real br = t.re[j0 + k], bi = t.im[j0 + k];
        t.re[i0 + k] = c * ar + pr * br - pi * bi;
        t.im[i0 + k] = c * ai + pr * bi + pi * br;
        t.re[j0 + k] = c * br + qr * ar - qi * ai;
        t.im[j0 + k] = c * bi + qr * ai + qi * ar;
    }
}

/* -i s i^y (-1)^odd */
INLINE ek_complex pauli_factor(double sine, int y_count, int odd)
{
    const double s = odd ? -sine : sine;
    switch (y_count & 3) {
    case 0: return (ek_complex){0, -s};
    case 1: return (ek_complex){s, 0};
    case 2: return (ek_complex){0, s};
    default: return (ek_complex){-s, 0};
    }
}

void KERNEL(pauli)(const struct ek_tile *tile, uint32_t x, uint32_t z, int y_count, double cosine,
                   double sine, struct ek_where where)
{
    const struct parts t = parts_of(tile);
    const size_t pivot = x & -x; /* pairs are named by the index without this bit */
    const size_t run = run_length((size_t)x | z | where.mask, t.size);
    const size_t skipped = pivot | where.mask;
    for (size_t base = 0; base < t.size; base = next_run(base, skipped, run)) {
        const size_t i = base | where.value, j = i ^ x;
        const ek_complex from_j = pauli_factor(sine, y_count, __builtin_parityll(j & z));
        const ek_complex from_i = pauli_factor(sine, y_count, __builtin_parityll(i & z));
        rotate_pairs(t, i, j, run, (real)cosine, from_j, from_i);
    }
}
