/* Rows of the state to a tile and back. */
#include "kernels/declare.h"
#include "kernels/vector.h"

void KERNEL(gather)(const void *amplitudes, const size_t *row, int row_slots, const struct ek_tile *tile)
{
    if (row_slots < LANE_BITS) {
        KERNEL(scalar_gather)(amplitudes, row, row_slots, tile);
        return;
    }
    const struct vectors t = vectors_of(tile);
    const size_t length = ((size_t)1 << row_slots) >> LANE_BITS, rows = t.count / length;
    for (size_t r = 0; r < rows; r++) {
        const real *from = (const real *)amplitudes + 2 * row[r];
        for (size_t v = r * length; v < (r + 1) * length; v++, from += 2 * LANES)
            split(load(from), load(from + LANES), &t.re[v], &t.im[v]);
    }
}

void KERNEL(scatter)(void *amplitudes, const size_t *row, int row_slots, const struct ek_tile *tile,
                     double scale)
{
    if (row_slots < LANE_BITS) {
        KERNEL(scalar_scatter)(amplitudes, row, row_slots, tile, scale);
        return;
    }
    const struct vectors t = vectors_of(tile);
    const size_t length = ((size_t)1 << row_slots) >> LANE_BITS, rows = t.count / length;
    const vec factor = broadcast(scale);
    for (size_t r = 0; r < rows; r++) {
        real *to = (real *)amplitudes + 2 * row[r];
        for (size_t v = r * length; v < (r + 1) * length; v++, to += 2 * LANES) {
            vec a, b;
            join(factor * t.re[v], factor * t.im[v], &a, &b);
            store(to, a);
            store(to + LANES, b);
        }
    }
}
