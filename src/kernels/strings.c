/* Pauli strings between two tiles, several at a time: the vector at v is loaded once and meets the
 * one at v ^ x of each string. */
#include "kernels/declare.h"
#include "kernels/vector.h"

enum { RUN = 16 }; /* vectors that are added in the tile's precision */

/* A string as the loops see it. With an odd power of i the partner's parts change places. */
struct string {
    uint32_t lane_x;
    size_t x, z; /* in vectors */
    const vec *re, *im;
    integer partner[LANES]; /* of each lane */
    integer flip[RUN];      /* of the signs of the vectors of a run */
    real second;            /* sums: sign of the products with im */
};

/* The vectors of a tile, in runs, whose bits are the lowest that vary. */
struct range {
    size_t value, fixed; /* bits that do not vary */
    size_t run, vector[RUN];
};

static size_t next_subset(size_t subset, size_t mask) { return (subset - mask) & mask; }

static struct range set_range(size_t count, struct ek_where where)
{
    struct range range = {.value = where.value >> LANE_BITS, .fixed = where.mask >> LANE_BITS};
    const size_t free = (count - 1) & ~range.fixed;
    size_t vector = 0;
    do {
        range.vector[range.run++] = vector;
        vector = next_subset(vector, free);
    } while (range.run < RUN && vector != 0);
    return range;
}

static integer sign_of(size_t vector, const struct string *s)
{
    return (integer)((uint64_t)__builtin_parityll(vector & s->z) << SIGN_BIT);
}

static void set_string(const struct ek_string *from, const struct vectors *right,
                       const struct range *range, struct string *s)
{
    const int odd = from->turns & 1;
    s->lane_x = from->x & (LANES - 1);
    s->x = from->x >> LANE_BITS;
    s->z = from->z >> LANE_BITS;
    s->re = odd ? right->im : right->re;
    s->im = odd ? right->re : right->im;
    s->second = odd ? -1 : 1;
    for (uint32_t l = 0; l < LANES; l++) s->partner[l] = (integer)(l ^ s->lane_x);
    for (size_t i = 0; i < range->run; i++) s->flip[i] = sign_of(range->vector[i], s);
}

/* Each lane gets its partner. */
INLINE vec exchange(const struct string *s, vec v)
{
#if defined(EK_LONG_VECTORS) || (defined(__AVX2__) && defined(EK_PRECISION_single))
    return permute(v, (bvec)load((const real *)s->partner));
#else
    return swap_by_mask(v, s->lane_x);
#endif
}

INLINE vec flip_by(vec v, integer sign)
{
    return (vec)((bvec)v ^ sign);
}

/* All bits that number the runs. */
static size_t runs_of(size_t count, const struct range *range)
{
    return (count - 1) & ~range->fixed & ~range->vector[range->run - 1];
}

static bool any_swaps(int count, const struct string *strings)
{
    for (int k = 0; k < count; k++)
        if (strings[k].lane_x) return true;
    return false;
}

/* ---- sums ----------------------------------------------------------------------------------- */

INLINE void sum_run(const struct vectors *left, size_t base, const struct range *range, int count,
                    const struct string *strings, bool swaps, double (*lanes)[LANES])
{
    vec p[EK_STRINGS_MAX] = {{0}}, q[EK_STRINGS_MAX] = {{0}};
    for (size_t i = 0; i < range->run; i++) {
        const size_t v = base | range->vector[i];
        const vec a = left->re[v], b = left->im[v];
        for (int k = 0; k < count; k++) {
            const struct string *s = &strings[k];
            vec re = s->re[v ^ s->x], im = s->im[v ^ s->x];
            if (swaps) re = exchange(s, re), im = exchange(s, im);
            p[k] += flip_by(a, s->flip[i]) * re;
            q[k] += flip_by(b, s->flip[i]) * im;
        }
    }
    for (int k = 0; k < count; k++) {
        const double sign = __builtin_parityll(base & strings[k].z) ? -1 : 1;
        real part[LANES];
        store(part, p[k] + strings[k].second * q[k]);
        for (int l = 0; l < LANES; l++) lanes[k][l] += sign * part[l];
    }
}

INLINE void sum_runs(const struct vectors *left, const struct range *range, int count,
                     const struct string *strings, double (*lanes)[LANES])
{
    const size_t runs = runs_of(left->count, range);
    const bool swaps = any_swaps(count, strings);
    size_t base = 0;
    do {
        if (swaps) sum_run(left, base | range->value, range, count, strings, true, lanes);
        else sum_run(left, base | range->value, range, count, strings, false, lanes);
        base = next_subset(base, runs);
    } while (base != 0);
}

/* Re i^t c = Re c, -Im c, -Re c, Im c, with Re c = a re + b im, Im c = a im - b re of the partner
 * (re, im). */
static const double turned_sign[4] = {1, -1, -1, 1};

static double sum_short(const struct ek_tile *left, const struct ek_tile *right,
                        struct ek_where where, const struct ek_string *s)
{
    const real *a = left->re, *b = left->im, *c = right->re, *d = right->im;
    double sum = 0;
    for (uint32_t i = 0; i < 1u << left->slots; i++) {
        const uint32_t j = i ^ s->x;
        if ((i & where.mask) != where.value) continue;
        const double p = s->turns & 1 ? (double)a[i] * d[j] - (double)b[i] * c[j]
                                      : (double)a[i] * c[j] + (double)b[i] * d[j];
        sum += __builtin_parity(i & s->z) ? -p : p;
    }
    return turned_sign[s->turns & 3] * sum;
}

/* Lanes outside `where` count nothing. */
static double sum_lanes(const double *lanes, struct ek_where where, uint32_t z)
{
    const uint32_t all = LANES - 1;
    double sum = 0;
    for (uint32_t l = 0; l < LANES; l++)
        if ((l & where.mask & all) == (where.value & all))
            sum += __builtin_parity(l & z & all) ? -lanes[l] : lanes[l];
    return sum;
}

static void sum_strings(const struct ek_tile *left, const struct ek_tile *right,
                        struct ek_where where, int count, const struct ek_string *strings,
                        double *sums)
{
    struct string own[EK_STRINGS_MAX];
    double lanes[EK_STRINGS_MAX][LANES] = {{0}};
    if (is_short(left)) {
        for (int k = 0; k < count; k++) sums[k] = sum_short(left, right, where, &strings[k]);
        return;
    }
    const struct vectors l = vectors_of(left), r = vectors_of(right);
    const struct range range = set_range(l.count, where);
    for (int k = 0; k < count; k++) set_string(&strings[k], &r, &range, &own[k]);
    switch (count) {
    case 1: sum_runs(&l, &range, 1, own, lanes); break;
    case 2: sum_runs(&l, &range, 2, own, lanes); break;
    case 3: sum_runs(&l, &range, 3, own, lanes); break;
    default: sum_runs(&l, &range, 4, own, lanes); break;
    }
    for (int k = 0; k < count; k++)
        sums[k] = turned_sign[strings[k].turns & 3] * sum_lanes(lanes[k], where, strings[k].z);
}

void KERNEL(string_sums)(const struct ek_tile *left, const struct ek_tile *right, int pivot,
                         int count, const struct ek_string *strings, double *sums)
{
    const struct ek_where where = {pivot < 0 ? 0 : 1u << pivot, 0};
    sum_strings(left, right, where, count, strings, sums);
}

/* Im c = Re i^3 c; P has its signs by the partner's bits. */
double KERNEL(probe)(const struct ek_tile *left, const struct ek_tile *right, uint32_t x,
                     uint32_t z, int y_count, struct ek_where where)
{
    const struct ek_string string = {x, z, y_count + 3 + 2 * __builtin_parity(x & z), 0};
    double sum;
    sum_strings(left, right, where, 1, &string, &sum);
    return sum;
}

/* ---- application ---------------------------------------------------------------------------- */

static vec lane_signs(uint32_t z, double factor)
{
    real lanes[LANES];
    for (uint32_t l = 0; l < LANES; l++)
        lanes[l] = (real)(__builtin_parity(l & z & (LANES - 1)) ? -factor : factor);
    return load(lanes);
}

/* Of the partner's parts, per lane. */
struct factors {
    vec re, im;
};

/* i^t (re + i im): (re, im), (-im, re), (-re, -im), (im, -re). */
static struct factors factors_of(const struct ek_string *s)
{
    static const double re[4] = {1, -1, -1, 1}, im[4] = {1, 1, -1, -1};
    return (struct factors){lane_signs(s->z, s->coefficient * re[s->turns & 3]),
                            lane_signs(s->z, s->coefficient * im[s->turns & 3])};
}

INLINE void add_run(const struct vectors *out, size_t base, const struct range *range, int count,
                    const struct string *strings, const struct factors *factors, bool swaps)
{
    struct factors here[EK_STRINGS_MAX];
    for (int k = 0; k < count; k++) {
        const integer sign = sign_of(base, &strings[k]);
        here[k] = (struct factors){flip_by(factors[k].re, sign), flip_by(factors[k].im, sign)};
    }
    for (size_t i = 0; i < range->run; i++) {
        const size_t v = base | range->vector[i];
        vec a = out->re[v], b = out->im[v];
        for (int k = 0; k < count; k++) {
            const struct string *s = &strings[k];
            vec re = s->re[v ^ s->x], im = s->im[v ^ s->x];
            if (swaps) re = exchange(s, re), im = exchange(s, im);
            a += flip_by(here[k].re, s->flip[i]) * re;
            b += flip_by(here[k].im, s->flip[i]) * im;
        }
        out->re[v] = a;
        out->im[v] = b;
    }
}

INLINE void add_runs(const struct vectors *out, const struct range *range, int count,
                     const struct string *strings, const struct factors *factors)
{
    const size_t runs = runs_of(out->count, range);
    const bool swaps = any_swaps(count, strings);
    size_t base = 0;
    do {
        if (swaps) add_run(out, base, range, count, strings, factors, true);
        else add_run(out, base, range, count, strings, factors, false);
        base = next_subset(base, runs);
    } while (base != 0);
}

static void add_short(const struct ek_tile *out, const struct ek_tile *right,
                      const struct ek_string *s)
{
    real *a = out->re, *b = out->im;
    const real *re = right->re, *im = right->im;
    for (uint32_t i = 0; i < 1u << out->slots; i++) {
        const real c = re[i ^ s->x], d = im[i ^ s->x];
        const real f = (real)(__builtin_parity(i & s->z) ? -s->coefficient : s->coefficient);
        const real turned[4][2] = {{c, d}, {-d, c}, {-c, -d}, {d, -c}};
        a[i] += f * turned[s->turns & 3][0];
        b[i] += f * turned[s->turns & 3][1];
    }
}

void KERNEL(string_add)(const struct ek_tile *out, const struct ek_tile *right, int count,
                        const struct ek_string *strings)
{
    struct string own[EK_STRINGS_MAX];
    struct factors factors[EK_STRINGS_MAX];
    const struct ek_where all = {0, 0};
    if (is_short(out)) {
        for (int k = 0; k < count; k++) add_short(out, right, &strings[k]);
        return;
    }
    const struct vectors o = vectors_of(out), r = vectors_of(right);
    const struct range range = set_range(o.count, all);
    for (int k = 0; k < count; k++) {
        set_string(&strings[k], &r, &range, &own[k]);
        factors[k] = factors_of(&strings[k]);
    }
    switch (count) {
    case 1: add_runs(&o, &range, 1, own, factors); break;
    case 2: add_runs(&o, &range, 2, own, factors); break;
    case 3: add_runs(&o, &range, 3, own, factors); break;
    default: add_runs(&o, &range, 4, own, factors); break;
    }
}

void KERNEL(add_rows)(void *amplitudes, const size_t *row, int row_slots,
                      const struct ek_tile *tile)
{
    const size_t length = (size_t)1 << row_slots, rows = ((size_t)1 << tile->slots) / length;
    for (size_t r = 0; r < rows; r++) {
        real *to = (real *)amplitudes + 2 * row[r];
        const real *re = (const real *)tile->re + r * length;
        const real *im = (const real *)tile->im + r * length;
        if (row_slots < LANE_BITS) {
            for (size_t i = 0; i < length; i++) to[2 * i] += re[i], to[2 * i + 1] += im[i];
            continue;
        }
        for (size_t i = 0; i < length; i += LANES, to += 2 * LANES) {
            vec a, b;
            join(load(re + i), load(im + i), &a, &b);
            store(to, load(to) + a);
            store(to + LANES, load(to + LANES) + b);
        }
    }
}
