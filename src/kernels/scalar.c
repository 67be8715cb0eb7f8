/* Operations on tiles that are shorter than a vector: amplitude by amplitude. */
#include "kernels/declare.h"

#include <math.h>
#include <string.h>

struct parts {
    real *re, *im;
    size_t size;
};

static struct parts parts_of(const struct ek_tile *tile)
{
    return (struct parts){tile->re, tile->im, (size_t)1 << tile->slots};
}

static void multiply(struct parts t, size_t i, ek_complex phase)
{
    const real c = (real)phase.re, s = (real)phase.im, a = t.re[i], b = t.im[i];
    t.re[i] = a * c - b * s;
    t.im[i] = a * s + b * c;
}

void KERNEL(scalar_gather)(const void *amplitudes, const size_t *row, int row_slots,
                           const struct ek_tile *tile)
{
    const struct parts t = parts_of(tile);
    for (size_t i = 0; i < t.size; i++) {
        const size_t at = row[i >> row_slots] + (i & (((size_t)1 << row_slots) - 1));
        t.re[i] = ((const real *)amplitudes)[2 * at];
        t.im[i] = ((const real *)amplitudes)[2 * at + 1];
    }
}

void KERNEL(scalar_scatter)(void *amplitudes, const size_t *row, int row_slots,
                            const struct ek_tile *tile, ek_complex scale)
{
    const struct parts t = parts_of(tile);
    for (size_t i = 0; i < t.size; i++) {
        const size_t at = row[i >> row_slots] + (i & (((size_t)1 << row_slots) - 1));
        multiply(t, i, scale);
        ((real *)amplitudes)[2 * at] = t.re[i];
        ((real *)amplitudes)[2 * at + 1] = t.im[i];
    }
}

/* The index of the tile whose target bits are those of `entry`, the others those of `rest`. */
static size_t with_targets(size_t rest, size_t entry, int count, const uint8_t *position)
{
    for (int j = 0; j < count; j++) rest |= (entry >> j & 1) << position[j];
    return rest;
}

void KERNEL(scalar_dense)(const struct ek_tile *tile, int count, const uint8_t *position,
                          const ek_complex *matrix, struct ek_where where)
{
    const struct parts t = parts_of(tile);
    const size_t size = (size_t)1 << count, targets = with_targets(0, size - 1, count, position);
    real re[64], im[64];
    for (size_t base = 0; base < t.size; base++) {
        if ((base & targets) || (base & where.mask) != where.value) continue;
        for (size_t r = 0; r < size; r++) {
            re[r] = im[r] = 0;
            for (size_t c = 0; c < size; c++) {
                const size_t at = with_targets(base, c, count, position);
                const real a = (real)matrix[r * size + c].re, b = (real)matrix[r * size + c].im;
                re[r] += a * t.re[at] - b * t.im[at];
                im[r] += a * t.im[at] + b * t.re[at];
            }
        }
        for (size_t r = 0; r < size; r++) {
            t.re[with_targets(base, r, count, position)] = re[r];
            t.im[with_targets(base, r, count, position)] = im[r];
        }
    }
}

void KERNEL(scalar_phase)(const struct ek_tile *tile, ek_complex phase, struct ek_where where)
{
    const struct parts t = parts_of(tile);
    for (size_t i = 0; i < t.size; i++)
        if ((i & where.mask) == where.value) multiply(t, i, phase);
}

void KERNEL(scalar_table)(const struct ek_tile *tile, int count, const uint8_t *position,
                          const ek_complex *phases, struct ek_where where)
{
    const struct parts t = parts_of(tile);
    for (size_t i = 0; i < t.size; i++) {
        size_t entry = 0;
        for (int j = 0; j < count; j++) entry |= (i >> position[j] & 1) << j;
        if ((i & where.mask) == where.value) multiply(t, i, phases[entry]);
    }
}

void KERNEL(scalar_parity)(const struct ek_tile *tile, uint32_t z, const ek_complex phases[2],
                           struct ek_where where)
{
    const struct parts t = parts_of(tile);
    for (size_t i = 0; i < t.size; i++)
        if ((i & where.mask) == where.value) multiply(t, i, phases[__builtin_parityll(i & z)]);
}

/* -i s <j ^ x|P|j> = -i s i^y (-1)^(parity of j & z) */
static ek_complex pauli_factor(double sine, int y_count, int odd)
{
    const double s = odd ? -sine : sine;
    const ek_complex factor[4] = {{0, -s}, {s, 0}, {0, s}, {-s, 0}};
    return factor[y_count & 3];
}

void KERNEL(scalar_pauli)(const struct ek_tile *tile, uint32_t x, uint32_t z, int y_count,
                          double cosine, double sine, struct ek_where where)
{
    const struct parts t = parts_of(tile);
    real re[16], im[16]; /* short tiles only */
    memcpy(re, t.re, t.size * sizeof *re);
    memcpy(im, t.im, t.size * sizeof *im);
    for (size_t i = 0; i < t.size; i++) {
        if ((i & where.mask) != where.value) continue;
        const size_t j = i ^ x;
        const ek_complex f = pauli_factor(sine, y_count, __builtin_parityll(j & z));
        t.re[i] = (real)(cosine * re[i] + f.re * re[j] - f.im * im[j]);
        t.im[i] = (real)(cosine * im[i] + f.re * im[j] + f.im * re[j]);
    }
}

void KERNEL(scalar_levels)(const struct ek_tile *tile, const uint16_t *level, const size_t *row,
                           int row_slots, uint32_t count, const ek_complex *phases)
{
    const struct parts t = parts_of(tile);
    (void)count;
    for (size_t i = 0; i < t.size; i++)
        multiply(t, i, phases[level[row[i >> row_slots] + (i & (((size_t)1 << row_slots) - 1))]]);
}

void KERNEL(scalar_values)(const struct ek_tile *tile, const double *value, double angle)
{
    const struct parts t = parts_of(tile);
    for (size_t i = 0; i < t.size; i++)
        multiply(t, i, (ek_complex){cos(angle * value[i]), -sin(angle * value[i])});
}
