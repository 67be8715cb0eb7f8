/* One-qubit turns on two tiles at once, each probed before it is applied: both tiles' amplitudes
 * are in registers together. */
#include "kernels/declare.h"
#include "kernels/vector.h"

enum { RUN = 16 };

/* The amplitudes at one index: left's and right's parts. */
struct both {
    vec a, b, c, d;
};

struct turn {
    vec m[4];
};

INLINE struct both take(const struct vectors *l, const struct vectors *r, size_t v)
{
    return (struct both){l->re[v], l->im[v], r->re[v], r->im[v]};
}

INLINE void put(const struct vectors *l, const struct vectors *r, size_t v, const struct both *x)
{
    l->re[v] = x->a, l->im[v] = x->b, r->re[v] = x->c, r->im[v] = x->d;
}

INLINE void add_to(double *lanes, vec sum)
{
    real part[LANES];
    store(part, sum);
    for (int l = 0; l < LANES; l++) lanes[l] += part[l];
}

/* ---- slots above the lanes ------------------------------------------------------------------ */

/* Of the vectors whose indices differ in one or two bits, one half: all real parts or all
 * imaginary ones, or, where a turn is imaginary, real ones of the vectors of even parity and
 * imaginary ones of the others, or the reverse. Turns do not mix the halves, and neither do their
 * probes, so that half as many vectors are in registers. */
INLINE bool is_real(bool imaginary, int half, int i)
{
    return (half ^ (imaginary ? (i ^ i >> 1) & 1 : 0)) == 0;
}

/* [[m0, m1], [m2, m3]], or [[m0, i m1], [i m2, m3]]; with `unit` m0 = m3 = 1. */
INLINE void turn_half(const struct turn *t, int count, bool imaginary, bool unit, int half,
                      int bit, vec *v)
{
#pragma GCC unroll 4
    for (int i = 0; i < count; i++) {
        const int j = i | bit;
        if (i == j) continue;
        const vec a = v[i], b = v[j];
        vec kept = a, kept2 = b;
        if (!unit) kept *= t->m[0], kept2 *= t->m[3];
        const bool minus = imaginary && is_real(true, half, i);
        const bool minus2 = imaginary && is_real(true, half, j);
        v[i] = minus ? kept - t->m[1] * b : kept + t->m[1] * b;
        v[j] = minus2 ? kept2 - t->m[2] * a : kept2 + t->m[2] * a;
    }
}

/* Im <left|X|right> of imaginary turns, Im <left|Y|right> of the others. */
INLINE void probe_half(int count, bool imaginary, int half, int bit, const vec *l, const vec *r,
                       vec *sum)
{
#pragma GCC unroll 4
    for (int i = 0; i < count; i++) {
        const int j = i | bit;
        if (i == j) continue;
        if (imaginary && is_real(true, half, i)) *sum += l[i] * r[j] - l[j] * r[i];
        else *sum += l[j] * r[i] - l[i] * r[j];
    }
}

/* Where the two or four vectors lie. */
struct spread {
    size_t bit, other; /* of the first turn and of the second, in vectors; the latter may be 0 */
    size_t low, high;  /* the same by size */
};

INLINE size_t place(struct spread at, int slots, size_t k)
{
    const size_t v = insert_zero(k, at.low);
    return slots == 2 ? insert_zero(v, at.high) : v;
}

INLINE vec *part_of(struct vectors t, struct spread at, bool imaginary, int half, size_t v, int i)
{
    const size_t index = v + (i & 1 ? at.bit : 0) + (i & 2 ? at.other : 0);
    return (is_real(imaginary, half, i) ? t.re : t.im) + index;
}

INLINE void turn_vectors(struct vectors l, struct vectors r, const struct turn *t, int slots,
                         bool imaginary, bool unit, struct spread at, size_t v, vec *sums)
{
    const int count = 1 << slots;
#pragma GCC unroll 2
    for (int half = 0; half < 2; half++) {
        vec x[4], y[4];
#pragma GCC unroll 4
        for (int i = 0; i < count; i++) {
            x[i] = *part_of(l, at, imaginary, half, v, i);
            y[i] = *part_of(r, at, imaginary, half, v, i);
            IN_REGISTER(x[i]);
            IN_REGISTER(y[i]);
        }
#pragma GCC unroll 2
        for (int k = 0; k < slots; k++) {
            probe_half(count, imaginary, half, 1 << k, x, y, &sums[k]);
            turn_half(&t[k], count, imaginary, unit, half, 1 << k, x);
            turn_half(&t[k], count, imaginary, unit, half, 1 << k, y);
        }
#pragma GCC unroll 4
        for (int i = 0; i < count; i++) {
            *part_of(l, at, imaginary, half, v, i) = x[i];
            *part_of(r, at, imaginary, half, v, i) = y[i];
        }
    }
}

/* Passed by value: after each store all that a pointer leads to would be read again. The last
 * three are constants. */
INLINE void turn_slots(struct vectors l, struct vectors r, struct turn first, struct turn second,
                       struct spread at, double (*lanes)[LANES], int slots, bool imaginary,
                       bool unit)
{
    const size_t total = l.count >> slots;
    const struct turn t[2] = {first, second};
    for (size_t begin = 0; begin < total; begin += RUN) {
        vec sums[2] = {{0}, {0}};
        for (size_t k = begin; k < begin + RUN && k < total; k++)
            turn_vectors(l, r, t, slots, imaginary, unit, at, place(at, slots, k), sums);
        for (int k = 0; k < slots; k++) add_to(lanes[k], sums[k]);
    }
}

/* Functions of their own, which have all registers for themselves. */
#define TURNS(name, slots, imaginary, unit)                                                       \
    NOT_INLINE void name(struct vectors l, struct vectors r, struct turn first,                   \
                         struct turn second, struct spread at, double (*lanes)[LANES])            \
    {                                                                                             \
        turn_slots(l, r, first, second, at, lanes, slots, imaginary, unit);                       \
    }
TURNS(one_real, 1, false, false)
TURNS(one_real_unit, 1, false, true)
TURNS(one_imaginary, 1, true, false)
TURNS(one_imaginary_unit, 1, true, true)
TURNS(two_real, 2, false, false)
TURNS(two_real_unit, 2, false, true)
TURNS(two_imaginary, 2, true, false)
TURNS(two_imaginary_unit, 2, true, true)

static bool is_unit(const struct ek_turn *turn)
{
    return turn->matrix[0] == 1 && turn->matrix[3] == 1;
}

/* One turn, or two of a kind. */
static void turn_alike(struct vectors l, struct vectors r, int count, const struct ek_turn *turns,
                       double (*lanes)[LANES])
{
    static void (*const of[2][2][2])(struct vectors, struct vectors, struct turn, struct turn,
                                     struct spread, double (*)[LANES]) = {
        {{one_real, one_real_unit}, {one_imaginary, one_imaginary_unit}},
        {{two_real, two_real_unit}, {two_imaginary, two_imaginary_unit}}};
    struct turn t[2] = {{{{0}}}};
    struct spread at = {.bit = (size_t)1 << (turns[0].position - LANE_BITS)};
    if (count == 2) at.other = (size_t)1 << (turns[1].position - LANE_BITS);
    at.low = count == 2 && at.other < at.bit ? at.other : at.bit;
    at.high = at.bit ^ at.other ^ at.low;
    for (int k = 0; k < count; k++)
        for (int i = 0; i < 4; i++) t[k].m[i] = broadcast(turns[k].matrix[i]);
    const bool unit = is_unit(&turns[0]) && (count == 1 || is_unit(&turns[1]));
    of[count - 1][turns[0].imaginary][unit](l, r, t[0], t[1], at, lanes);
}

/* ---- lanes ---------------------------------------------------------------------------------- */

/* A lane: each amplitude's neighbour is in the same vector. */
INLINE struct both swapped(const struct both *x, int bit)
{
    return (struct both){swap_lanes(x->a, bit), swap_lanes(x->b, bit), swap_lanes(x->c, bit),
                         swap_lanes(x->d, bit)};
}

INLINE void in_lanes(const struct vectors *l, const struct vectors *r, const struct ek_turn *turn,
                     int bit, double (*lanes)[LANES])
{
    real keep_lanes[LANES], give_lanes[LANES], sign_lanes[LANES];
    for (int i = 0; i < LANES; i++) {
        keep_lanes[i] = (real)turn->matrix[i >> bit & 1 ? 3 : 0];
        give_lanes[i] = (real)turn->matrix[i >> bit & 1 ? 2 : 1];
        sign_lanes[i] = i >> bit & 1 ? 1 : -1;
    }
    const vec keep = load(keep_lanes), give = load(give_lanes), sign = load(sign_lanes);
    vec sum = {0};
    for (size_t v = 0; v < l->count; v++) {
        const struct both x = take(l, r, v), y = swapped(&x, bit);
        struct both new;
        if (turn->imaginary) sum += x.a * y.d - x.b * y.c;
        else sum += sign * (x.a * y.c + x.b * y.d);
        if (v % RUN == RUN - 1 || v + 1 == l->count) {
            add_to(lanes[0], sum);
            sum = (vec){0};
        }
        if (turn->imaginary)
            new = (struct both){keep * x.a - give * y.b, keep * x.b + give * y.a,
                                keep * x.c - give * y.d, keep * x.d + give * y.c};
        else
            new = (struct both){keep * x.a + give * y.a, keep * x.b + give * y.b,
                                keep * x.c + give * y.c, keep * x.d + give * y.d};
        put(l, r, v, &new);
    }
}

static void turn_in_lanes(const struct vectors *l, const struct vectors *r,
                          const struct ek_turn *turn, double (*lanes)[LANES])
{
    switch (turn->position) {
    case 0: in_lanes(l, r, turn, 0, lanes); break;
    case 1: in_lanes(l, r, turn, 1, lanes); break;
    case 2: in_lanes(l, r, turn, 2, lanes); break;
    default: in_lanes(l, r, turn, 3, lanes); break;
    }
}

static double turn_short(const struct ek_tile *left, const struct ek_tile *right,
                         const struct ek_turn *turn)
{
    const ek_complex m[4] = {{turn->matrix[0], 0},
                             {turn->imaginary ? 0 : turn->matrix[1],
                              turn->imaginary ? turn->matrix[1] : 0},
                             {turn->imaginary ? 0 : turn->matrix[2],
                              turn->imaginary ? turn->matrix[2] : 0},
                             {turn->matrix[3], 0}};
    const struct ek_where all = {0, 0};
    const uint32_t bit = 1u << turn->position;
    const bool y = !turn->imaginary;
    const double sum =
        turn->probed ? KERNEL(probe)(left, right, bit, y ? bit : 0, y, all) : 0;
    KERNEL(scalar_dense)(left, 1, &turn->position, m, all);
    KERNEL(scalar_dense)(right, 1, &turn->position, m, all);
    return sum;
}

void KERNEL(pair_turns)(const struct ek_tile *left, const struct ek_tile *right, int count,
                        const struct ek_turn *turns, double *sums)
{
    double lanes[2][LANES] = {{0}};
    for (int k = 0; k < count && is_short(left); k++) sums[k] = turn_short(left, right, &turns[k]);
    if (is_short(left)) return;
    const struct vectors l = vectors_of(left), r = vectors_of(right);
    if (turns[0].position < LANE_BITS) {
        turn_in_lanes(&l, &r, &turns[0], lanes);
    } else if (count == 1 || turns[0].imaginary == turns[1].imaginary) {
        turn_alike(l, r, count, turns, lanes);
    } else {
        turn_alike(l, r, 1, &turns[0], &lanes[0]);
        turn_alike(l, r, 1, &turns[1], &lanes[1]);
    }
    for (int k = 0; k < count; k++) {
        sums[k] = 0;
        for (int i = 0; i < LANES && turns[k].probed; i++) sums[k] += lanes[k][i];
    }
}

static void multiply_short(const struct ek_tile *tile, const struct ek_tile *phases, real f,
                           real g)
{
    real *a = tile->re, *b = tile->im;
    const real *p = phases->re, *q = phases->im;
    for (uint32_t i = 0; i < 1u << tile->slots; i++) {
        const real re = p[i] * f - q[i] * g, im = p[i] * g + q[i] * f, x = a[i], y = b[i];
        a[i] = x * re - y * im, b[i] = x * im + y * re;
    }
}

void KERNEL(pair_multiply)(const struct ek_tile *left, const struct ek_tile *right,
                           const struct ek_tile *phases, ek_complex factor)
{
    const real f = (real)factor.re, g = (real)factor.im;
    if (is_short(left)) {
        multiply_short(left, phases, f, g);
        multiply_short(right, phases, f, g);
        return;
    }
    const struct vectors l = vectors_of(left), r = vectors_of(right), p = vectors_of(phases);
    for (size_t v = 0; v < l.count; v++) {
        const vec re = p.re[v] * f - p.im[v] * g, im = p.re[v] * g + p.im[v] * f;
        const struct both x = take(&l, &r, v);
        const struct both new = {x.a * re - x.b * im, x.a * im + x.b * re, x.c * re - x.d * im,
                                 x.c * im + x.d * re};
        put(&l, &r, v, &new);
    }
}
