/* Pauli strings between two tiles, several at a time: the vector at v is loaded once and meets the
 * one at v ^ x of each string. */
#include "kernels/declare.h"
#include "kernels/vector.h"

enum { RUN = 16 };

/* A string as the loops see it. With an odd power of i the partner's parts change places. */
struct string {
    uint32_t lane_x;
    size_t x, z; /* in vectors */
    const vec *re, *im;
    bvec flip;                /* sums: of the sign of left's imaginary part */
    vec re_factor, im_factor; /* application: per lane */
};

static void set_string(const struct ek_string *from, const struct vectors *right,
                       struct string *s)
{
    const int odd = from->turns & 1;
    s->lane_x = from->x & (LANES - 1);
    s->x = from->x >> LANE_BITS;
    s->z = from->z >> LANE_BITS;
    s->re = odd ? right->im : right->re;
    s->im = odd ? right->re : right->im;
    s->flip = (integer)((uint64_t)odd << SIGN_BIT) - (bvec){0};
}

/* ---- sums ----------------------------------------------------------------------------------- */

/* Re i^t c = Re c, -Im c, -Re c, Im c, with Re c = a re + b im, Im c = a im - b re of the partner
 * (re, im). */
static const double turned_sign[4] = {1, -1, -1, 1};

INLINE void add_run(const struct vectors *left, size_t first, size_t run, size_t pivot, int count,
                    const struct string *strings, int swaps, double (*lanes)[LANES])
{
    vec sum[EK_STRINGS_MAX] = {{0}};
    for (size_t t = first; t < first + run; t++) {
        const size_t v = pivot ? insert_zero(t, pivot) : t;
        const vec a = left->re[v], b = left->im[v];
        for (int k = 0; k < count; k++) {
            const struct string *s = &strings[k];
            vec re = s->re[v ^ s->x], im = s->im[v ^ s->x];
            if (swaps) re = swap_by_mask(re, s->lane_x), im = swap_by_mask(im, s->lane_x);
            const vec product = a * re + (vec)((bvec)b ^ s->flip) * im;
            sum[k] += flip_sign(product, __builtin_parityll(v & s->z));
        }
    }
    for (int k = 0; k < count; k++) {
        real part[LANES];
        store(part, sum[k]);
        for (int l = 0; l < LANES; l++) lanes[k][l] += part[l];
    }
}

INLINE void sum_strings(const struct vectors *left, size_t pivot, int count,
                        const struct string *strings, double (*lanes)[LANES])
{
    const size_t total = pivot ? left->count / 2 : left->count;
    const size_t run = total < RUN ? total : RUN;
    int swaps = 0;
    for (int k = 0; k < count; k++) swaps |= strings[k].lane_x != 0;
    for (size_t first = 0; first < total; first += run) {
        if (swaps) add_run(left, first, run, pivot, count, strings, 1, lanes);
        else add_run(left, first, run, pivot, count, strings, 0, lanes);
    }
}

static double sum_short(const struct ek_tile *left, const struct ek_tile *right, int pivot,
                        const struct ek_string *s)
{
    const real *a = left->re, *b = left->im, *c = right->re, *d = right->im;
    double sum = 0;
    for (uint32_t i = 0; i < 1u << left->slots; i++) {
        const uint32_t j = i ^ s->x;
        if (pivot >= 0 && i >> pivot & 1) continue;
        const double p = s->turns & 1 ? (double)a[i] * d[j] - (double)b[i] * c[j]
                                      : (double)a[i] * c[j] + (double)b[i] * d[j];
        sum += __builtin_parity(i & s->z) ? -p : p;
    }
    return turned_sign[s->turns & 3] * sum;
}

void KERNEL(string_sums)(const struct ek_tile *left, const struct ek_tile *right, int pivot,
                         int count, const struct ek_string *strings, double *sums)
{
    struct string own[EK_STRINGS_MAX];
    double lanes[EK_STRINGS_MAX][LANES] = {{0}};
    if (left->slots <= LANE_BITS || (pivot >= 0 && pivot < LANE_BITS)) {
        for (int k = 0; k < count; k++) sums[k] = sum_short(left, right, pivot, &strings[k]);
        return;
    }
    const struct vectors l = vectors_of(left), r = vectors_of(right);
    const size_t bit = pivot < 0 ? 0 : (size_t)1 << (pivot - LANE_BITS);
    for (int k = 0; k < count; k++) set_string(&strings[k], &r, &own[k]);
    switch (count) {
    case 1: sum_strings(&l, bit, 1, own, lanes); break;
    case 2: sum_strings(&l, bit, 2, own, lanes); break;
    case 3: sum_strings(&l, bit, 3, own, lanes); break;
    default: sum_strings(&l, bit, 4, own, lanes); break;
    }
    for (int k = 0; k < count; k++) {
        double sum = 0;
        for (uint32_t i = 0; i < LANES; i++)
            sum += __builtin_parity(i & strings[k].z & (LANES - 1)) ? -lanes[k][i] : lanes[k][i];
        sums[k] = turned_sign[strings[k].turns & 3] * sum;
    }
}

/* ---- application ---------------------------------------------------------------------------- */

static vec lane_signs(uint32_t z, double factor)
{
    real lanes[LANES];
    for (uint32_t l = 0; l < LANES; l++)
        lanes[l] = (real)(__builtin_parity(l & z & (LANES - 1)) ? -factor : factor);
    return load(lanes);
}

/* i^t (re + i im): (re, im), (-im, re), (-re, -im), (im, -re). */
static void set_add(const struct ek_string *from, const struct vectors *right, struct string *s)
{
    static const double re[4] = {1, -1, -1, 1}, im[4] = {1, 1, -1, -1};
    set_string(from, right, s);
    s->re_factor = lane_signs(from->z, from->coefficient * re[from->turns & 3]);
    s->im_factor = lane_signs(from->z, from->coefficient * im[from->turns & 3]);
}

INLINE void add_strings(const struct vectors *out, int count, const struct string *strings,
                        int swaps)
{
    for (size_t v = 0; v < out->count; v++) {
        vec a = out->re[v], b = out->im[v];
        for (int k = 0; k < count; k++) {
            const struct string *s = &strings[k];
            const int odd = __builtin_parityll(v & s->z);
            vec re = s->re[v ^ s->x], im = s->im[v ^ s->x];
            if (swaps) re = swap_by_mask(re, s->lane_x), im = swap_by_mask(im, s->lane_x);
            a += flip_sign(s->re_factor, odd) * re;
            b += flip_sign(s->im_factor, odd) * im;
        }
        out->re[v] = a;
        out->im[v] = b;
    }
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
    int swaps = 0;
    if (is_short(out)) {
        for (int k = 0; k < count; k++) add_short(out, right, &strings[k]);
        return;
    }
    const struct vectors o = vectors_of(out), r = vectors_of(right);
    for (int k = 0; k < count; k++) {
        set_add(&strings[k], &r, &own[k]);
        swaps |= own[k].lane_x != 0;
    }
    switch (2 * count + swaps) {
    case 2: add_strings(&o, 1, own, 0); break;
    case 3: add_strings(&o, 1, own, 1); break;
    case 4: add_strings(&o, 2, own, 0); break;
    case 5: add_strings(&o, 2, own, 1); break;
    case 6: add_strings(&o, 3, own, 0); break;
    case 7: add_strings(&o, 3, own, 1); break;
    case 8: add_strings(&o, 4, own, 0); break;
    default: add_strings(&o, 4, own, 1); break;
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
