/* Inside kernels: vectors of the table that is being compiled, in GCC's vector extensions. The
 * lowest LANE_BITS slots of a tile lie within a vector ("lanes"). */
#ifndef EK_KERNELS_VECTOR_H
#define EK_KERNELS_VECTOR_H

#include "kernels/real.h"

#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

/* Without AVX-512 its kernels can be compiled as well, from parts of a vector: so tests see them
 * on any processor. */
#if defined(__AVX512F__) && !defined(EK_LONG_VECTORS)
#define EK_LONG_VECTORS
#endif

#if defined(EK_LONG_VECTORS)
enum { VECTOR_BYTES = 64 };
#elif defined(__AVX2__)
enum { VECTOR_BYTES = 32 };
#else
enum { VECTOR_BYTES = 16 }; /* SSE2, NEON */
#endif

typedef real vec __attribute__((vector_size(VECTOR_BYTES), may_alias));
#ifdef EK_PRECISION_single
typedef int32_t mask_vec __attribute__((vector_size(VECTOR_BYTES), may_alias));
#else
typedef int64_t mask_vec __attribute__((vector_size(VECTOR_BYTES), may_alias));
#endif

#define INLINE static inline __attribute__((always_inline))
/* Apart from what has use for all registers, or little room on the stack. */
#define NOT_INLINE __attribute__((noinline)) static

/* The vector is in a register from here on: it would be read again for each of its uses. */
#if defined(EK_LONG_VECTORS) && !defined(__AVX512F__)
#define IN_REGISTER(vector) (void)(vector)
#elif defined(__aarch64__)
#define IN_REGISTER(vector) __asm__("" : "+w"(vector))
#elif defined(__AVX512F__)
#define IN_REGISTER(vector) __asm__("" : "+v"(vector))
#elif defined(__x86_64__)
#define IN_REGISTER(vector) __asm__("" : "+x"(vector))
#else
#define IN_REGISTER(vector) (void)(vector)
#endif

enum {
    LANES = VECTOR_BYTES / sizeof(real),
    LANE_BITS = LANES == 2   ? 1
                : LANES == 4 ? 2
                : LANES == 8 ? 3
                             : 4
};

/* A trip holds eight vectors of each part. Where the processor has sixteen registers, some wait on
 * the stack, which costs less than more trips. */
enum { REGISTER_SLOTS = EK_REGISTER_SLOTS, REGISTERS = EK_REGISTERS };

/* True where a group's vectors, and what works on them, have a register each. */
#if defined(EK_LONG_VECTORS) || defined(__aarch64__)
enum { GROUP_FITS = 1 };
#else
enum { GROUP_FITS = 0 };
#endif

/* Each lane's neighbour whose index differs in `bit`. `bit` must be constant after inlining. */
INLINE vec swap_lanes(vec v, int bit)
{
#if defined(EK_LONG_VECTORS) && defined(EK_PRECISION_single)
    if (bit == 0)
        return __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    if (bit == 1)
        return __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
    if (bit == 2)
        return __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
    return __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
#elif defined(EK_LONG_VECTORS) || (defined(__AVX2__) && defined(EK_PRECISION_single))
    if (bit == 0) return __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6);
    if (bit == 1) return __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5);
    return __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3);
#elif defined(__AVX2__) || defined(EK_PRECISION_single)
    if (bit == 0) return __builtin_shufflevector(v, v, 1, 0, 3, 2);
#ifdef __AVX2__ /* halves: what GCC makes of the shuffle takes twice as long on Zen 3 */
    return (vec)_mm256_permute2f128_pd((__m256d)v, (__m256d)v, 1);
#else
    return __builtin_shufflevector(v, v, 2, 3, 0, 1);
#endif
#else
    (void)bit;
    return __builtin_shufflevector(v, v, 1, 0);
#endif
}

/* Each lane's neighbour whose index differs in the bits of `mask`. */
INLINE vec swap_by_mask(vec v, uint32_t mask)
{
    if (mask & 1) v = swap_lanes(v, 0);
    if (LANE_BITS > 1 && mask & 2) v = swap_lanes(v, 1);
    if (LANE_BITS > 2 && mask & 4) v = swap_lanes(v, 2);
    if (LANE_BITS > 3 && mask & 8) v = swap_lanes(v, 3);
    return v;
}

/* Real and imaginary parts of LANES interleaved amplitudes, and back. With AVX2 in two steps,
 * across the halves of the vectors and within them: in one it would be more instructions. */
INLINE void split(vec a, vec b, vec *re, vec *im)
{
#if defined(EK_LONG_VECTORS) && defined(EK_PRECISION_single)
    *re = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    *im = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
#elif defined(EK_LONG_VECTORS)
    *re = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
    *im = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
#elif defined(__AVX2__) && defined(EK_PRECISION_single)
    const vec low = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
    const vec high = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
    *re = __builtin_shufflevector(low, high, 0, 2, 8, 10, 4, 6, 12, 14);
    *im = __builtin_shufflevector(low, high, 1, 3, 9, 11, 5, 7, 13, 15);
#elif defined(__AVX2__)
    const vec low = __builtin_shufflevector(a, b, 0, 1, 4, 5);
    const vec high = __builtin_shufflevector(a, b, 2, 3, 6, 7);
    *re = __builtin_shufflevector(low, high, 0, 4, 2, 6);
    *im = __builtin_shufflevector(low, high, 1, 5, 3, 7);
#elif defined(EK_PRECISION_single)
    *re = __builtin_shufflevector(a, b, 0, 2, 4, 6);
    *im = __builtin_shufflevector(a, b, 1, 3, 5, 7);
#else
    *re = __builtin_shufflevector(a, b, 0, 2);
    *im = __builtin_shufflevector(a, b, 1, 3);
#endif
}

INLINE void join(vec re, vec im, vec *a, vec *b)
{
#if defined(EK_LONG_VECTORS) && defined(EK_PRECISION_single)
    *a = __builtin_shufflevector(re, im, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    *b = __builtin_shufflevector(re, im, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                 31);
#elif defined(EK_LONG_VECTORS)
    *a = __builtin_shufflevector(re, im, 0, 8, 1, 9, 2, 10, 3, 11);
    *b = __builtin_shufflevector(re, im, 4, 12, 5, 13, 6, 14, 7, 15);
#elif defined(__AVX2__) && defined(EK_PRECISION_single)
    const vec low = __builtin_shufflevector(re, im, 0, 8, 1, 9, 4, 12, 5, 13);
    const vec high = __builtin_shufflevector(re, im, 2, 10, 3, 11, 6, 14, 7, 15);
    *a = __builtin_shufflevector(low, high, 0, 1, 2, 3, 8, 9, 10, 11);
    *b = __builtin_shufflevector(low, high, 4, 5, 6, 7, 12, 13, 14, 15);
#elif defined(__AVX2__)
    const vec low = __builtin_shufflevector(re, im, 0, 4, 2, 6);
    const vec high = __builtin_shufflevector(re, im, 1, 5, 3, 7);
    *a = __builtin_shufflevector(low, high, 0, 1, 4, 5);
    *b = __builtin_shufflevector(low, high, 2, 3, 6, 7);
#elif defined(EK_PRECISION_single)
    *a = __builtin_shufflevector(re, im, 0, 4, 1, 5);
    *b = __builtin_shufflevector(re, im, 2, 6, 3, 7);
#else
    *a = __builtin_shufflevector(re, im, 0, 2);
    *b = __builtin_shufflevector(re, im, 1, 3);
#endif
}

INLINE vec broadcast(double value)
{
    return (real)value - (vec){0};
}

/* Integers of the lanes' size. */
#ifdef EK_PRECISION_single
typedef int32_t integer;
#else
typedef int64_t integer;
#endif
typedef integer bvec __attribute__((vector_size(VECTOR_BYTES), may_alias));
enum { SIGN_BIT = 8 * sizeof(integer) - 1 };

INLINE vec flip_sign(vec v, int odd)
{
    const bvec mask = (integer)((uint64_t)odd << SIGN_BIT) - (bvec){0};
    return (vec)((bvec)v ^ mask);
}

/* In each lane the entry of `table` that the lowest bits of `at` name. */
INLINE vec permute(vec table, bvec at)
{
#ifdef __clang__
    vec v;
    for (int l = 0; l < LANES; l++) v[l] = table[at[l] & (LANES - 1)];
    return v;
#else
    return __builtin_shuffle(table, at);
#endif
}

/* A vector anywhere in memory. */
INLINE vec load(const real *from)
{
    vec v;
    memcpy(&v, from, sizeof v);
    return v;
}
INLINE void store(real *to, vec v)
{
    memcpy(to, &v, sizeof v);
}

/* A tile as vectors. */
struct vectors {
    vec *restrict re, *restrict im;
    size_t count;
};
INLINE struct vectors vectors_of(const struct ek_tile *tile)
{
    return (struct vectors){tile->re, tile->im, ((size_t)1 << tile->slots) >> LANE_BITS};
}

/* The next index after `base` whose bits under `fixed` are zero, one run further; runs lie below
 * the lowest fixed bit. */
INLINE size_t next_run(size_t base, size_t fixed, size_t run)
{
    return ((base | fixed) + run) & ~fixed;
}
INLINE size_t run_length(size_t fixed, size_t size)
{
    return fixed ? fixed & -fixed : size;
}

/* The number t with a zero inserted at a bit. */
INLINE size_t insert_zero(size_t t, size_t bit)
{
    return (t & ~(bit - 1)) << 1 | (t & (bit - 1));
}

/* True when a kernel must go amplitude by amplitude because the tile is shorter than a vector. */
INLINE int is_short(const struct ek_tile *tile)
{
    return tile->slots < LANE_BITS;
}

#endif
