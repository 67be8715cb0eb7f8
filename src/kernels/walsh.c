/* Diagonal functions on a tile: transforms of their coefficients, and the short form for quadratic
 * ones. */
#include "kernels/declare.h"
#include "kernels/vector.h"

void KERNEL(walsh)(double *restrict numbers, int bits)
{
    const size_t size = (size_t)1 << bits;
    for (size_t half = 1; half < size; half *= 2)
        for (size_t base = 0; base < size; base += 2 * half)
            for (size_t i = base; i < base + half; i++) {
                const double a = numbers[i], b = numbers[i + half];
                numbers[i] = a + b;
                numbers[i + half] = a - b;
            }
}

/* ---- transforms of 16-bit numbers ----------------------------------------------------------- */

typedef uint16_t short_vec __attribute__((vector_size(VECTOR_BYTES), may_alias));
enum { SHORT_LANES = VECTOR_BYTES / sizeof(uint16_t) };

/* The transform of the numbers in a vector. */
INLINE short_vec transform_vector(short_vec v)
{
#pragma GCC unroll 5
    for (int bit = 1; bit < SHORT_LANES; bit *= 2) {
        short_vec from, minus, other;
        for (int l = 0; l < SHORT_LANES; l++) {
            from[l] = (uint16_t)(l ^ bit);
            minus[l] = l & bit ? 0xffff : 0;
        }
#ifdef __clang__
        for (int l = 0; l < SHORT_LANES; l++) other[l] = v[l ^ bit];
        (void)from;
#else
        other = __builtin_shuffle(v, from);
#endif
        v = other + ((v ^ minus) - minus);
    }
    return v;
}

static void add_and_subtract(uint16_t *restrict zero, uint16_t *restrict one, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const uint16_t a = zero[i], b = one[i];
        zero[i] = (uint16_t)(a + b);
        one[i] = (uint16_t)(a - b);
    }
}

/* Two bits at a time, in blocks of `size` numbers. */
static void transform_quarters(uint16_t *restrict a, uint16_t *restrict b, uint16_t *restrict c,
                               uint16_t *restrict d, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const unsigned s = a[i] + b[i], t = a[i] - b[i], u = c[i] + d[i], v = c[i] - d[i];
        a[i] = (uint16_t)(s + u);
        b[i] = (uint16_t)(t + v);
        c[i] = (uint16_t)(s - u);
        d[i] = (uint16_t)(t - v);
    }
}

void KERNEL(walsh_levels)(uint16_t *numbers, int bits)
{
    const size_t size = (size_t)1 << bits;
    size_t block = 1;
    if (size >= SHORT_LANES) {
        for (size_t i = 0; i < size; i += SHORT_LANES) {
            short_vec *v = (short_vec *)(numbers + i);
            *v = transform_vector(*v);
        }
        block = SHORT_LANES;
    }
    for (; 4 * block <= size; block *= 4)
        for (uint16_t *n = numbers; n < numbers + size; n += 4 * block)
            transform_quarters(n, n + block, n + 2 * block, n + 3 * block, block);
    for (; 2 * block <= size; block *= 2) add_and_subtract(numbers, numbers + block, block);
    for (size_t i = 0; i < size; i++) numbers[i] /= 2;
}

/* ---- quadratic functions -------------------------------------------------------------------- */

/* Each higher bit, one after the other, makes two blocks of every one that is there, so that a
 * number costs two additions, however many bits there are. */

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
