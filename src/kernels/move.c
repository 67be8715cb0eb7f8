/* Rows of the state to a tile and back. */
#include "kernels/declare.h"
#include "kernels/vector.h"

/* Rows that are asked for before they are needed, into the second-level cache: so many may share a
 * set of the first. */
enum { AHEAD = 32, READ = 0, SECOND_LEVEL = 2 };

void KERNEL(gather)(const void *amplitudes, const size_t *row, int row_slots,
                    const struct ek_tile *tile)
{
    if (row_slots < LANE_BITS) {
        KERNEL(scalar_gather)(amplitudes, row, row_slots, tile);
        return;
    }
    const struct vectors t = vectors_of(tile);
    const size_t length = ((size_t)1 << row_slots) >> LANE_BITS, rows = t.count / length;
    for (size_t r = 0; r < rows; r++) {
        const real *from = (const real *)amplitudes + 2 * row[r];
        const real *soon = (const real *)amplitudes + 2 * row[r + AHEAD < rows ? r + AHEAD : r];
        for (size_t v = r * length; v < (r + 1) * length;
             v++, from += 2 * LANES, soon += 2 * LANES) {
            __builtin_prefetch(soon, READ, SECOND_LEVEL);
            __builtin_prefetch(soon + LANES, READ, SECOND_LEVEL);
            split(load(from), load(from + LANES), &t.re[v], &t.im[v]);
        }
    }
}

void KERNEL(scatter)(void *amplitudes, const size_t *row, int row_slots,
                     const struct ek_tile *tile, ek_complex scale)
{
    if (row_slots < LANE_BITS) {
        KERNEL(scalar_scatter)(amplitudes, row, row_slots, tile, scale);
        return;
    }
    const struct vectors t = vectors_of(tile);
    const size_t length = ((size_t)1 << row_slots) >> LANE_BITS, rows = t.count / length;
    const vec re = broadcast(scale.re), im = broadcast(scale.im);
    for (size_t r = 0; r < rows; r++) {
        real *to = (real *)amplitudes + 2 * row[r];
        for (size_t v = r * length; v < (r + 1) * length; v++, to += 2 * LANES) {
            vec a, b;
            join(re * t.re[v] - im * t.im[v], re * t.im[v] + im * t.re[v], &a, &b);
            store(to, a);
            store(to + LANES, b);
        }
    }
}

void KERNEL(fill)(const struct ek_tile *tile, double value)
{
    const size_t size = (size_t)1 << tile->slots;
    real *re = tile->re, *im = tile->im;
    for (size_t i = 0; i < size; i++) re[i] = (real)value, im[i] = 0;
}

/* Rows of one of the arrays; constant lengths become plain vector moves. */
INLINE void copy_row(real *to, const real *from, size_t length)
{
    const size_t usual = 256 / (2 * sizeof(real));
    if (length == usual)
        memcpy(to, from, usual * sizeof(real));
    else
        memcpy(to, from, length * sizeof(real));
}

void KERNEL(take_part)(const struct ek_tile *tile, const size_t *row, int row_slots,
                       const struct ek_tile *part)
{
    const size_t length = (size_t)1 << row_slots, rows = ((size_t)1 << part->slots) / length;
    for (size_t r = 0; r < rows; r++) {
        copy_row((real *)part->re + r * length, (const real *)tile->re + row[r], length);
        copy_row((real *)part->im + r * length, (const real *)tile->im + row[r], length);
    }
}

void KERNEL(put_part)(const struct ek_tile *tile, const size_t *row, int row_slots,
                      const struct ek_tile *part)
{
    const size_t length = (size_t)1 << row_slots, rows = ((size_t)1 << part->slots) / length;
    for (size_t r = 0; r < rows; r++) {
        copy_row((real *)tile->re + row[r], (const real *)part->re + r * length, length);
        copy_row((real *)tile->im + row[r], (const real *)part->im + r * length, length);
    }
}
