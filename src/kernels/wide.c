/* Rotations by Pauli strings in the state itself, on pairs of chunks that lie far apart. */
#include "kernels/declare.h"
#include "kernels/vector.h"

/* Amplitudes of a vector: real and imaginary parts lie side by side. */
enum { AMPLITUDES = LANES / 2 };

enum { PROBE_RUN = 128 }; /* amplitudes that are summed in the state's precision */

/* Per lane the factors of an amplitude and, up to the sign above the lanes, of its partner. */
struct factors {
    vec keep, take;
    uint32_t swap; /* lanes: those of the string, and of real and imaginary part */
};

/* cos - i sin i^y (-1)^(z.j): the second factor is real or imaginary by y. */
static void set_factors(struct factors *f, const struct ek_wide *wide)
{
    static const double sign[4] = {-1, 1, 1, -1};
    const uint64_t x = wide->x & (AMPLITUDES - 1);
    const bool imaginary = wide->y_count % 2 == 0;
    const double taken = sign[wide->y_count & 3] * wide->sine;
    f->swap = (uint32_t)(2 * x) | imaginary;
    for (uint32_t l = 0; l < LANES; l++) {
        const int odd = ek_parity((l / 2 ^ x) & wide->z) ^ (imaginary && l % 2 == 0);
        f->keep[l] = (real)wide->cosine;
        f->take[l] = (real)(odd ? -taken : taken);
    }
}

INLINE vec rotate(const struct factors *f, vec own, vec partner, int odd)
{
    return f->keep * own + flip_sign(f->take * swap_by_mask(partner, f->swap), odd);
}

void KERNEL(wide_turn)(void *left, void *right, size_t count, uint64_t first,
                       const struct ek_wide *wide)
{
    real *a = left, *b = right;
    const uint64_t inside = count - 1, above = ~(uint64_t)(AMPLITUDES - 1);
    const uint64_t z = wide->z & above, x = wide->x & inside & above;
    const uint64_t other = first ^ (wide->x & ~inside);
    struct factors f;
    set_factors(&f, wide);
    for (uint64_t i = 0; i < count; i += AMPLITUDES) {
        const uint64_t j = i ^ x;
        const vec own = load(a + 2 * i), partner = load(b + 2 * j);
        store(a + 2 * i, rotate(&f, own, partner, ek_parity((other | j) & z)));
        store(b + 2 * j, rotate(&f, partner, own, ek_parity((first | i) & z)));
    }
}

/* The signs of Im (or Re, by y) of conj(own) i^y (-1)^(z.j) partner, lane by lane. */
static vec probe_signs(const struct ek_wide *wide)
{
    const uint64_t x = wide->x & (AMPLITUDES - 1);
    real sign[LANES];
    for (uint32_t l = 0; l < LANES; l++) {
        const bool minus = wide->y_count % 2 == 0 && l % 2 == 1;
        const int odd = ek_parity((l / 2 ^ x) & wide->z) ^ minus ^ (wide->y_count >> 1 & 1);
        sign[l] = odd ? -1 : 1;
    }
    return load(sign);
}

/* Less than a vector. */
static double probe_short(const real *a, const real *b, uint64_t count, uint64_t first,
                          const struct ek_wide *wide)
{
    const uint64_t inside = count - 1, other = first ^ (wide->x & ~inside);
    double re = 0, im = 0;
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t j = i ^ (wide->x & inside);
        const double sign = ek_parity((other | j) & wide->z) ? -1 : 1;
        const double p = a[2 * i], q = a[2 * i + 1], r = sign * b[2 * j], s = sign * b[2 * j + 1];
        re += p * r + q * s;
        im += p * s - q * r;
    }
    const double parts[4] = {im, re, -im, -re};
    return parts[wide->y_count & 3];
}

double KERNEL(wide_probe)(const void *left, const void *right, size_t count, uint64_t first,
                          const struct ek_wide *wide)
{
    const real *a = left, *b = right;
    if (count < AMPLITUDES) return probe_short(a, b, count, first, wide);
    const uint64_t inside = count - 1, above = ~(uint64_t)(AMPLITUDES - 1);
    const uint64_t z = wide->z & above, x = wide->x & inside & above;
    const uint64_t other = first ^ (wide->x & ~inside);
    const uint32_t swap =
        (uint32_t)(2 * (wide->x & (AMPLITUDES - 1))) | (wide->y_count % 2 == 0);
    const vec sign = probe_signs(wide);
    double total = 0;
    for (uint64_t begin = 0; begin < count; begin += PROBE_RUN) {
        const uint64_t end = begin + PROBE_RUN < count ? begin + PROBE_RUN : count;
        vec sum = {0};
        for (uint64_t i = begin; i < end; i += AMPLITUDES) {
            const uint64_t j = i ^ x;
            const vec product = load(a + 2 * i) * swap_by_mask(load(b + 2 * j), swap);
            sum += flip_sign(sign * product, ek_parity((other | j) & z));
        }
        for (int l = 0; l < LANES; l++) total += sum[l];
    }
    return total;
}
