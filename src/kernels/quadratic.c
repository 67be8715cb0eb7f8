/* Quadratic functions of a tile's bits, from what the lower bits, the higher bits, and the pairs
 * between the two contribute: see kernels.h. Each higher bit, one after the other, makes two blocks
 * of every one that is there, so that a number costs two additions, however many bits there are. */
#include "kernels/declare.h"

static void split_values(const double *restrict couple, size_t size, double *restrict zero,
                         double *restrict one)
{
    for (size_t a = 0; a < size; a++) {
        one[a] = zero[a] - couple[a];
        zero[a] += couple[a];
    }
}

static void split_levels(const uint16_t *restrict couple, size_t size, uint16_t *restrict zero,
                         uint16_t *restrict one)
{
    for (size_t a = 0; a < size; a++) {
        one[a] = (uint16_t)(zero[a] - couple[a]);
        zero[a] = (uint16_t)(zero[a] + couple[a]);
    }
}

void KERNEL(quadratic_values)(int low_bits, int high_bits, const double *low, const double *high,
                              const double *couple, double *values)
{
    const size_t size = (size_t)1 << low_bits, blocks = (size_t)1 << high_bits;
    for (size_t a = 0; a < size; a++) values[a] = low[a];
    for (size_t b = 1; b < blocks; b *= 2, couple += size)
        for (size_t c = 0; c < b; c++)
            split_values(couple, size, values + c * size, values + (b + c) * size);
    for (size_t b = 0; b < blocks; b++)
        for (size_t a = 0; a < size; a++) values[b * size + a] += high[b];
}

void KERNEL(quadratic_levels)(int low_bits, int high_bits, const uint16_t *low,
                              const uint16_t *high, const uint16_t *couple, uint16_t *levels)
{
    const size_t size = (size_t)1 << low_bits, blocks = (size_t)1 << high_bits;
    for (size_t a = 0; a < size; a++) levels[a] = low[a];
    for (size_t b = 1; b < blocks; b *= 2, couple += size)
        for (size_t c = 0; c < b; c++)
            split_levels(couple, size, levels + c * size, levels + (b + c) * size);
    for (size_t b = 0; b < blocks; b++)
        for (size_t a = 0; a < size; a++)
            levels[b * size + a] = (uint16_t)(levels[b * size + a] + high[b]) / 2;
}
