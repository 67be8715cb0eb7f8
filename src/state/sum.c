#include "state/state.h"

static size_t block_length(size_t total)
{
    return total < EK_BLOCK_AMPLITUDES ? total : EK_BLOCK_AMPLITUDES;
}

size_t ek_partials(int local_slots)
{
    const size_t total = (size_t)1 << local_slots;
    return total / block_length(total);
}

void ek_state_sum_into(const ek_state *state, int width, ek_block_sum block, void *context,
                       double *partial, double *sums)
{
    const size_t length = block_length(ek_state_local_count(state));
    const size_t blocks = ek_partials(state->local_slots);
    const int threads = ek_session_threads(state->session);
#pragma omp parallel for schedule(static) num_threads(threads) if (blocks > 1)
    for (size_t b = 0; b < blocks; b++) {
        double mine[4];
        block(state, context, b * length, length, mine);
        for (int w = 0; w < width; w++) partial[(size_t)w * blocks + b] = mine[w];
    }
    for (int w = 0; w < width; w++)
        sums[w] = ek_sum_fixed_order(partial + (size_t)w * blocks, blocks);
    ek_sum_ranks(state->session, sums, (size_t)width);
}

ek_status ek_state_sum(const ek_state *state, int width, ek_block_sum block, void *context,
                       double *sums)
{
    double *partial = NULL;
    ek_status status = EK_NEW_RAW(partial, ek_partials(state->local_slots) * (size_t)width);
    status = ek_session_agree(state->session, status);
    if (status == EK_OK) ek_state_sum_into(state, width, block, context, partial, sums);
    ek_release(partial);
    return status;
}
