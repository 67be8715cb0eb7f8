/* Rotations by Pauli strings: amplitude i takes from i ^ x, the lanes by swaps within a vector. */
#include "kernels/declare.h"
#include "kernels/vector.h"

struct string {
    uint32_t lane_x;
    size_t x, z;    /* above the lanes, in vectors */
    vec keep, take; /* per lane: cosine, and the factor of the partner up to the sign above */
    bool imaginary; /* the factor is i * take */
};

/* The vector at v after the rotation; (re, im) is its partner with lanes swapped. */
INLINE void rotate(const struct string *s, vec a, vec b, vec re, vec im, int odd, vec *new_re,
                   vec *new_im)
{
    const vec take = odd ? -s->take : s->take;
    *new_re = s->imaginary ? s->keep * a - take * im : s->keep * a + take * re;
    *new_im = s->imaginary ? s->keep * b + take * re : s->keep * b + take * im;
}

/* -i sin i^y (-1)^(z.j): real or imaginary by y; j = i ^ x is the partner of lane i. */
static void set_string(struct string *s, uint32_t x, uint32_t z, int y_count, double cosine,
                       double sine, struct ek_where where)
{
    static const double sign[4] = {-1, 1, 1, -1};
    const uint32_t lanes = LANES - 1;
    s->lane_x = x & lanes;
    s->x = x >> LANE_BITS;
    s->z = z >> LANE_BITS;
    s->imaginary = y_count % 2 == 0;
    for (uint32_t l = 0; l < LANES; l++) {
        const bool acts = (l & where.mask & lanes) == (where.value & lanes);
        const double f = sign[y_count & 3] * sine;
        s->keep[l] = (real)(acts ? cosine : 1);
        s->take[l] = (real)(!acts ? 0 : ek_parity((l ^ s->lane_x) & z & lanes) ? -f : f);
    }
}

/* A string of X alone, without conditions: all pairs of vectors alike. */
INLINE void flip(const struct vectors *t, const struct string *s, uint32_t lane_x)
{
    const size_t top = (size_t)1 << (63 - __builtin_clzll(s->x));
    const vec keep = s->keep, take = s->take;
    for (size_t base = 0; base < t->count; base += 2 * top)
        for (size_t v = base; v < base + top; v++) {
            const size_t w = v ^ s->x;
            const vec a = t->re[v], b = t->im[v], c = t->re[w], d = t->im[w];
            t->re[v] = keep * a - take * swap_by_mask(d, lane_x);
            t->im[v] = keep * b + take * swap_by_mask(c, lane_x);
            t->re[w] = keep * c - take * swap_by_mask(b, lane_x);
            t->im[w] = keep * d + take * swap_by_mask(a, lane_x);
        }
}

void KERNEL(pauli)(const struct ek_tile *tile, uint32_t x, uint32_t z, int y_count, double cosine,
                   double sine, struct ek_where where)
{
    if (is_short(tile)) {
        KERNEL(scalar_pauli)(tile, x, z, y_count, cosine, sine, where);
        return;
    }
    const struct vectors t = vectors_of(tile);
    struct string s;
    set_string(&s, x, z, y_count, cosine, sine, where);
    if (s.x && z == 0 && where.mask == 0) {
        if (s.lane_x == LANES - 1) flip(&t, &s, LANES - 1);
        else flip(&t, &s, s.lane_x);
        return;
    }
    const size_t fixed = where.mask >> LANE_BITS, value = where.value >> LANE_BITS;
    const size_t pivot = s.x & -s.x, skipped = pivot | fixed;
    const size_t run = run_length(s.x | s.z | fixed, t.count);
    for (size_t base = 0; base < t.count; base = next_run(base, skipped, run)) {
        const size_t first = base | value, other = first ^ s.x;
        const int odd_first = __builtin_parityll(other & s.z),
                  odd_other = __builtin_parityll(first & s.z);
        for (size_t k = 0; k < run; k++) {
            const size_t v = first + k, w = other + k;
            const vec a = t.re[v], b = t.im[v], c = t.re[w], d = t.im[w];
            rotate(&s, a, b, swap_by_mask(c, s.lane_x), swap_by_mask(d, s.lane_x), odd_first,
                   &t.re[v], &t.im[v]);
            if (pivot == 0) continue;
            rotate(&s, c, d, swap_by_mask(a, s.lane_x), swap_by_mask(b, s.lane_x), odd_other,
                   &t.re[w], &t.im[w]);
        }
    }
}
