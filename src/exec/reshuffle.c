/* Reshuffles: g rank slots change places with g local slots. In every group of 2^g ranks each rank
 * sends to each other the amplitudes whose local bits name that one, and receives into their
 * place. */
#include "exec/exec.h"

#include <string.h>

/* Amplitudes of one exchange: those with (local index & fixed) == value, in order. */
struct subset {
    uint64_t fixed, value;
    size_t count;
};

/* Copies amplitudes number [first, first + count) of the subset between the state and a buffer. */
static void pack(const ek_state *state, const struct subset *subset, size_t first, size_t count,
                 char *buffer, bool to_buffer)
{
    const size_t bytes = state->precision == EK_SINGLE ? 8 : 16;
    const uint64_t free_bits = ek_low_bits(state->local_slots) & ~subset->fixed;
    const size_t run =
        subset->fixed ? (size_t)(subset->fixed & -subset->fixed) : ek_state_local_count(state);
    const size_t step = run < count ? run : count;
    char *base = state->amplitudes;
    for (size_t k = 0; k < count; k += step) {
        char *here = base + (ek_deposit(first + k, free_bits) | subset->value) * bytes;
        if (to_buffer)
            memcpy(buffer + k * bytes, here, step * bytes);
        else
            memcpy(here, buffer + k * bytes, step * bytes);
    }
}

static void exchange_subset(ek_program *program, int partner, const struct subset *subset,
                            ek_state *state)
{
    const size_t bytes = ek_amplitude_bytes(state->precision);
    const size_t chunk = program->exchange_amplitudes < subset->count
                             ? program->exchange_amplitudes
                             : subset->count;
    for (size_t first = 0; first < subset->count; first += chunk) {
        pack(state, subset, first, chunk, program->send, true);
        ek_exchange(program->session, partner, program->send, program->receive, chunk * bytes);
        pack(state, subset, first, chunk, program->receive, false);
        state->bytes_sent += chunk * bytes;
    }
}

/* Bits of `bits` on the slots of one side of the swaps. */
static uint64_t spread(int count, const struct ek_swap *swaps, uint64_t bits, bool rank_side)
{
    uint64_t mask = 0;
    for (int i = 0; i < count; i++)
        if (bits >> i & 1)
            mask |= ek_bit(rank_side ? swaps[i].rank_slot.at : swaps[i].local_slot.at);
    return mask;
}

static void swap_labels(struct ek_layout *layout, const struct ek_swap *swap)
{
    const int a = ek_layout_qubit_at(layout, swap->rank_slot);
    const int b = ek_layout_qubit_at(layout, swap->local_slot);
    const uint64_t bits = layout->inverted;
    const uint64_t high = bits >> swap->rank_slot.at & 1, low = bits >> swap->local_slot.at & 1;
    layout->slot[a] = swap->local_slot;
    layout->slot[b] = swap->rank_slot;
    if (high != low) layout->inverted ^= ek_bit(swap->rank_slot.at) | ek_bit(swap->local_slot.at);
}

void ek_reshuffle_run(ek_program *program, int swap_count, const struct ek_swap *swaps,
                      ek_state *state)
{
    const uint64_t rank = (uint64_t)ek_session_rank(program->session);
    uint64_t mine = 0; /* my bits on the rank slots, bit i for swap i */
    for (int i = 0; i < swap_count; i++)
        mine |= (rank >> (swaps[i].rank_slot.at - state->local_slots) & 1) << i;
    for (uint64_t turn = 1; turn < ek_bit(swap_count); turn++) {
        const uint64_t theirs = mine ^ turn;
        const uint64_t partner =
            rank ^ (spread(swap_count, swaps, turn, true) >> state->local_slots);
        const struct subset subset = {.fixed = spread(swap_count, swaps, ~UINT64_C(0), false),
                                      .value = spread(swap_count, swaps, theirs, false),
                                      .count = ek_state_local_count(state) >> swap_count};
        exchange_subset(program, (int)partner, &subset, state);
    }
    for (int i = 0; i < swap_count; i++) swap_labels(&state->layout, &swaps[i]);
}

void ek_exchange_all(ek_program *program, int partner, ek_state *state)
{
    const struct subset everything = {.count = ek_state_local_count(state)};
    exchange_subset(program, partner, &everything, state);
}
