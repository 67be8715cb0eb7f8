/* Sums and simple changes over interleaved amplitudes, and the Walsh-Hadamard transform. Sums run
 * in PARTIALS separate partial sums, always in double. */
#include "kernels/declare.h"

enum { PARTIALS = 16 };

/* weight[i] times |amplitude i|^2; `weight` null means 1. */
static inline __attribute__((always_inline)) double
weighted_sum(const real *a, size_t count, const double *weight, const uint16_t *level)
{
    double partial[PARTIALS] = {0};
    size_t i = 0;
    for (; i + PARTIALS <= count; i += PARTIALS)
        for (size_t l = 0; l < PARTIALS; l++) {
            const double re = a[2 * (i + l)], im = a[2 * (i + l) + 1];
            const double w = level ? weight[level[i + l]] : weight ? weight[i + l] : 1;
            partial[l] += w * (re * re + im * im);
        }
    for (; i < count; i++) {
        const double re = a[2 * i], im = a[2 * i + 1];
        const double w = level ? weight[level[i]] : weight ? weight[i] : 1;
        partial[i % PARTIALS] += w * (re * re + im * im);
    }
    for (size_t step = PARTIALS / 2; step > 0; step /= 2)
        for (size_t l = 0; l < step; l++) partial[l] += partial[l + step];
    return partial[0];
}

double KERNEL(norm)(const void *amplitudes, size_t count)
{
    return weighted_sum(amplitudes, count, NULL, NULL);
}

double KERNEL(expect_levels)(const void *amplitudes, size_t count, const uint16_t *level,
                             const double *value)
{
    return weighted_sum(amplitudes, count, value, level);
}

double KERNEL(expect_values)(const void *amplitudes, size_t count, const double *value)
{
    return weighted_sum(amplitudes, count, value, NULL);
}

void KERNEL(probabilities)(const void *amplitudes, size_t count, double *out)
{
    const real *a = amplitudes;
    for (size_t i = 0; i < count; i++) {
        const double re = a[2 * i], im = a[2 * i + 1];
        out[i] = re * re + im * im;
    }
}

static inline bool allowed(uint64_t index, uint64_t inverted, int weight)
{
    return weight < 0 || __builtin_popcountll(index ^ inverted) == weight;
}

void KERNEL(sum)(const void *amplitudes, size_t count, uint64_t first, uint64_t inverted,
                 int weight, double out[2])
{
    const real *a = amplitudes;
    double re = 0, im = 0;
    for (size_t i = 0; i < count; i++) {
        if (!allowed(first + i, inverted, weight)) continue;
        re += a[2 * i];
        im += a[2 * i + 1];
    }
    out[0] = re;
    out[1] = im;
}

void KERNEL(add)(void *amplitudes, size_t count, uint64_t first, uint64_t inverted, int weight,
                 ek_complex number)
{
    real *a = amplitudes;
    for (size_t i = 0; i < count; i++) {
        if (!allowed(first + i, inverted, weight)) continue;
        a[2 * i] += (real)number.re;
        a[2 * i + 1] += (real)number.im;
    }
}

void KERNEL(scale)(void *amplitudes, size_t count, double factor)
{
    real *a = amplitudes;
    for (size_t i = 0; i < 2 * count; i++) a[i] *= (real)factor;
}
