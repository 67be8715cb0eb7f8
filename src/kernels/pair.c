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
    bool imaginary;
    char probe;
};

INLINE void turn_part(const struct turn *t, vec *p, vec *q)
{
    const vec low = *p, high = *q;
    *p = t->m[0] * low + t->m[1] * high;
    *q = t->m[2] * low + t->m[3] * high;
}

/* [[m0, i m1], [i m2, m3]] */
INLINE void turn_parts(const struct turn *t, vec *re, vec *im, vec *re2, vec *im2)
{
    const vec a = *re, b = *im, c = *re2, d = *im2;
    *re = t->m[0] * a - t->m[1] * d;
    *im = t->m[0] * b + t->m[1] * c;
    *re2 = t->m[3] * c - t->m[2] * b;
    *im2 = t->m[3] * d + t->m[2] * a;
}

/* Im <left|X|right> or <left|Y|right> on a pair of indices. */
INLINE vec probe_pair(char probe, const struct both *p, const struct both *q)
{
    if (probe == 'X') return p->a * q->d - p->b * q->c + q->a * p->d - q->b * p->c;
    return q->a * p->c + q->b * p->d - p->a * q->c - p->b * q->d;
}

INLINE void turn_pair(const struct turn *t, struct both *p, struct both *q, vec *sum)
{
    if (t->probe) *sum += probe_pair(t->probe, p, q);
    if (t->imaginary) {
        turn_parts(t, &p->a, &p->b, &q->a, &q->b);
        turn_parts(t, &p->c, &p->d, &q->c, &q->d);
    } else {
        turn_part(t, &p->a, &q->a);
        turn_part(t, &p->b, &q->b);
        turn_part(t, &p->c, &q->c);
        turn_part(t, &p->d, &q->d);
    }
}

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

/* One slot: pairs of vectors. */
INLINE void one_slot(const struct vectors *l, const struct vectors *r, const struct turn *t,
                     size_t bit, double (*lanes)[LANES])
{
    const size_t total = l->count / 2;
    for (size_t first = 0; first < total; first += RUN) {
        vec sum = {0};
        for (size_t k = first; k < first + RUN && k < total; k++) {
            const size_t v = insert_zero(k, bit);
            struct both p = take(l, r, v), q = take(l, r, v | bit);
            turn_pair(t, &p, &q, &sum);
            put(l, r, v, &p);
            put(l, r, v | bit, &q);
        }
        add_to(lanes[0], sum);
    }
}

/* Two slots: four vectors. */
INLINE void two_slots(const struct vectors *l, const struct vectors *r, const struct turn *t,
                      size_t bit, size_t bit2, double (*lanes)[LANES])
{
    const size_t total = l->count / 4, low = bit < bit2 ? bit : bit2, high = bit ^ bit2 ^ low;
    for (size_t first = 0; first < total; first += RUN) {
        vec sum = {0}, sum2 = {0};
        for (size_t k = first; k < first + RUN && k < total; k++) {
            const size_t v = insert_zero(insert_zero(k, low), high);
            struct both x0 = take(l, r, v), x1 = take(l, r, v | bit);
            struct both x2 = take(l, r, v | bit2), x3 = take(l, r, v | bit | bit2);
            turn_pair(&t[0], &x0, &x1, &sum);
            turn_pair(&t[0], &x2, &x3, &sum);
            turn_pair(&t[1], &x0, &x2, &sum2);
            turn_pair(&t[1], &x1, &x3, &sum2);
            put(l, r, v, &x0);
            put(l, r, v | bit, &x1);
            put(l, r, v | bit2, &x2);
            put(l, r, v | bit | bit2, &x3);
        }
        add_to(lanes[0], sum);
        add_to(lanes[1], sum2);
    }
}

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
        if (turn->probe == 'X') sum += x.a * y.d - x.b * y.c;
        else if (turn->probe) sum += sign * (x.a * y.c + x.b * y.d);
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
    const double sum = !turn->probe ? 0
                                    : KERNEL(probe)(left, right, bit, turn->probe == 'Y' ? bit : 0,
                                                    turn->probe == 'Y', all);
    KERNEL(scalar_dense)(left, 1, &turn->position, m, all);
    KERNEL(scalar_dense)(right, 1, &turn->position, m, all);
    return sum;
}

void KERNEL(pair_turns)(const struct ek_tile *left, const struct ek_tile *right, int count,
                        const struct ek_turn *turns, double *sums)
{
    double lanes[2][LANES] = {{0}};
    struct turn t[2];
    for (int k = 0; k < count && is_short(left); k++) sums[k] = turn_short(left, right, &turns[k]);
    if (is_short(left)) return;
    const struct vectors l = vectors_of(left), r = vectors_of(right);
    for (int k = 0; k < count; k++) {
        t[k].imaginary = turns[k].imaginary;
        t[k].probe = turns[k].probe;
        for (int i = 0; i < 4; i++) t[k].m[i] = broadcast(turns[k].matrix[i]);
    }
    if (turns[0].position < LANE_BITS)
        turn_in_lanes(&l, &r, &turns[0], lanes);
    else if (count == 1)
        one_slot(&l, &r, t, (size_t)1 << (turns[0].position - LANE_BITS), lanes);
    else
        two_slots(&l, &r, t, (size_t)1 << (turns[0].position - LANE_BITS),
                  (size_t)1 << (turns[1].position - LANE_BITS), lanes);
    for (int k = 0; k < count; k++) {
        sums[k] = 0;
        for (int i = 0; i < LANES; i++) sums[k] += lanes[k][i];
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
