/* Smallest and largest value of a diagonal function by looking at all of them. */
#include "observe/observe.h"

#include <math.h>

/* Whether (value, index) comes before the best so far: `sign` is 1 for a minimum, -1 for a
 * maximum. */
static bool better(double value, uint64_t index, double best, uint64_t best_index, int sign)
{
    return sign * value < sign * best || (value == best && index < best_index);
}

static void consider(struct ek_extremes *e, double value, uint64_t index)
{
    if (better(value, index, e->minimum, e->minimum_at, 1)) {
        e->minimum = value;
        e->minimum_at = index;
    }
    if (better(value, index, e->maximum, e->maximum_at, -1)) {
        e->maximum = value;
        e->maximum_at = index;
    }
}

static const struct ek_extremes nothing = {INFINITY, -INFINITY, UINT64_MAX, UINT64_MAX};

static void search(ek_session *session, const struct ek_diagonal_view *view, int bits, int weight,
                   const struct ek_scratch *scratch, struct ek_extremes *found)
{
    const struct ek_kernels *kernels = ek_kernels_get(EK_DOUBLE);
    const uint64_t blocks = UINT64_C(1) << (view->diagonal->qubits - bits);
    const uint64_t size = UINT64_C(1) << bits;
    const uint64_t ranks = (uint64_t)ek_session_size(session),
                   rank = (uint64_t)ek_session_rank(session);
    const int threads = ek_session_threads(session);
#pragma omp parallel num_threads(threads)
    {
        struct ek_extremes mine = nothing;
        double *values = ek_scratch_mine(scratch);
#pragma omp for schedule(static)
        for (uint64_t b = rank; b < blocks; b += ranks) {
            ek_diagonal_view_fill(view, kernels, b * size, ek_scratch_levels(scratch), values);
            for (uint64_t i = 0; i < size; i++)
                if (weight < 0 || ek_popcount(b * size + i) == weight)
                    consider(&mine, values[i], b * size + i);
        }
        /* A thread without a block has seen nothing, and infinity is no value of f. */
#pragma omp critical(ek_extremes)
        if (mine.minimum_at != UINT64_MAX) {
            consider(found, mine.minimum, mine.minimum_at);
            consider(found, mine.maximum, mine.maximum_at);
        }
    }
}

/* The best over all ranks; indices of ranks whose value is not the best do not count. */
static void combine(ek_session *session, struct ek_extremes *e)
{
    double minimum = e->minimum, maximum = e->maximum;
    ek_min_ranks(session, &minimum, 1);
    ek_max_ranks(session, &maximum, 1);
    uint64_t at[2] = {e->minimum > minimum ? UINT64_MAX : e->minimum_at,
                      e->maximum < maximum ? UINT64_MAX : e->maximum_at};
    ek_min_ranks_u64(session, at, 2);
    *e = (struct ek_extremes){minimum, maximum, at[0], at[1]};
}

ek_status ek_diagonal_extremes(ek_session *session, const ek_diagonal *diagonal, int weight,
                               ek_extremes *extremes)
{
    const int most = ek_log2(EK_BLOCK_AMPLITUDES);
    const int bits = diagonal->qubits < most ? diagonal->qubits : most;
    struct ek_diagonal_view view = {0};
    struct ek_scratch scratch = {0};
    struct ek_layout identity;
    struct ek_extremes found = nothing;
    ek_status status = EK_OK;
    ek_layout_identity(diagonal->qubits, &identity);
    if (weight > diagonal->qubits)
        status =
            EK_FAIL(EK_ERROR_ARGUMENT, "weight %d exceeds %d qubits", weight, diagonal->qubits);
    if (status == EK_OK)
        status = ek_diagonal_view_create(diagonal, &identity, ek_low_bits(bits), &view);
    if (status == EK_OK) status = ek_scratch_create(ek_session_threads(session), &scratch);
    status = ek_session_agree(session, status);
    if (status == EK_OK) {
        search(session, &view, bits, weight, &scratch, &found);
        combine(session, &found);
        if (found.minimum > found.maximum || isinf(found.minimum) || isinf(found.maximum))
            status = EK_FAIL(EK_ERROR_NUMERIC, "the function's extremes are not finite numbers");
        else *extremes = found;
    }
    ek_diagonal_view_clear(&view);
    ek_scratch_clear(&scratch);
    return status;
}
