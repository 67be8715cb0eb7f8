/* Quadratic functions on a tile. The pairs of a low and a high bit of the tile are the same in
 * every tile; what the low bits, and what the high bits, do by themselves takes two small
 * transforms. */
#include "exec/exec.h"

enum {
    LOW_BITS = 8,
    LOW_SIZE = 1 << LOW_BITS,
    MOST_HIGH_BITS = 8,
    MOST_BLOCKS = 1 << MOST_HIGH_BITS
};

static bool is_pair(uint32_t inner)
{
    return (inner & (LOW_SIZE - 1)) && inner >> LOW_BITS;
}

/* Leaves the terms that are in the low bits or in the high bits alone. */
static void take_pairs(struct ek_diagonal_view *view)
{
    size_t kept = 0;
    for (size_t i = 0; i < view->term_count; i++) {
        const uint32_t inner = view->inner[i];
        if (is_pair(inner)) {
            const int high = ek_lowest_bit(inner >> LOW_BITS);
            const uint32_t low = inner & (LOW_SIZE - 1);
            double *couple = view->couple + (size_t)high * LOW_SIZE;
            for (uint32_t a = 0; a < LOW_SIZE; a++)
                couple[a] += a & low ? -view->coefficient[i] : view->coefficient[i];
        } else {
            view->coefficient[kept] = view->coefficient[i];
            view->inner[kept] = inner;
            view->outer[kept++] = view->outer[i];
        }
    }
    view->term_count = kept;
}

ek_status ek_quadratic_prepare(struct ek_diagonal_view *view)
{
    const ek_diagonal *diagonal = view->diagonal;
    const int high_bits = ek_popcount(view->active) - LOW_BITS;
    if (high_bits < 1 || high_bits > MOST_HIGH_BITS || !ek_diagonal_is_quadratic(diagonal))
        return EK_OK;
    const size_t size = (size_t)high_bits << LOW_BITS;
    EK_TRY(EK_NEW(view->couple, size));
    take_pairs(view);
    if (!ek_diagonal_has_half_levels(diagonal)) return EK_OK;
    EK_TRY(EK_NEW(view->couple_levels, size));
    for (size_t i = 0; i < size; i++)
        view->couple_levels[i] = ek_half_levels(diagonal, view->couple[i]);
    return EK_OK;
}

/* What the low bits do, and what the high bits do with all that is constant. */
struct halves {
    double low[LOW_SIZE], high[MOST_BLOCKS];
};

static int find_halves(const struct ek_diagonal_view *view, const struct ek_kernels *kernels,
                       uint64_t base, struct halves *h)
{
    const int high_bits = ek_popcount(view->active) - LOW_BITS;
    *h = (struct halves){0};
    for (size_t i = 0; i < view->term_count; i++) {
        const uint32_t inner = view->inner[i];
        const double c = ek_parity(view->outer[i] & base) ? -view->coefficient[i]
                                                          : view->coefficient[i];
        if (inner & (LOW_SIZE - 1)) h->low[inner] += c;
        else h->high[inner >> LOW_BITS] += c;
    }
    kernels->walsh(h->low, LOW_BITS);
    kernels->walsh(h->high, high_bits);
    return high_bits;
}

void ek_quadratic_values(const struct ek_diagonal_view *view, const struct ek_kernels *kernels,
                         uint64_t base, double *values)
{
    struct halves h;
    const int high_bits = find_halves(view, kernels, base, &h);
    kernels->quadratic_values(LOW_BITS, high_bits, h.low, h.high, view->couple, values);
}

void ek_quadratic_levels(const struct ek_diagonal_view *view, const struct ek_kernels *kernels,
                         uint64_t base, uint16_t *levels)
{
    const ek_diagonal *diagonal = view->diagonal;
    struct halves h;
    uint16_t low[LOW_SIZE], high[MOST_BLOCKS];
    const int high_bits = find_halves(view, kernels, base, &h);
    for (int a = 0; a < LOW_SIZE; a++) low[a] = ek_half_levels(diagonal, h.low[a]);
    for (int b = 0; b < 1 << high_bits; b++)
        high[b] = ek_half_levels(diagonal, h.high[b] - diagonal->grid_offset);
    kernels->quadratic_levels(LOW_BITS, high_bits, low, high, view->couple_levels, levels);
}
