/* Reshuffles: g rank slots change places with g other slots. Amplitudes move between pairs of
 * ranks, in place: what a rank receives takes the place of what it sends. Chunks travel while the
 * next one is packed and the one before is unpacked. */
#include "exec/exec.h"

#include <string.h>

enum { PARALLEL_BYTES = 1 << 18 }; /* from here on threads share the packing of a chunk */

/* Amplitudes that go to one partner: those with (local index & fixed) == value, in order. */
struct subset {
    uint64_t fixed, value;
    size_t count;
    int partner;
};

/* A chunk on its way, by one of the two pairs of buffers. */
struct flight {
    struct subset subset;
    size_t first, count;
    struct ek_transfer transfer;
};

struct exchange {
    ek_program *program;
    ek_state *state;
    struct flight flight[2];
    size_t sent; /* chunks so far */
};

/* ---- packing -------------------------------------------------------------------------------- */

/* Consecutive amplitudes of the subset that are neighbours in memory. */
static size_t run_of(const ek_state *state, const struct subset *subset)
{
    return subset->fixed ? (size_t)(subset->fixed & -subset->fixed) : ek_state_local_count(state);
}

static char *place_of(const ek_state *state, const struct subset *subset, size_t number)
{
    const uint64_t free_bits = ek_low_bits(state->local_slots) & ~subset->fixed;
    return (char *)state->amplitudes +
           (ek_deposit(number, free_bits) | subset->value) * ek_amplitude_bytes(state->precision);
}

/* Copies amplitudes number [first, first + count) of the subset to a buffer, or back. */
static void pack(const struct exchange *x, const struct flight *flight, char *buffer,
                 bool to_buffer)
{
    const size_t bytes = ek_amplitude_bytes(x->state->precision);
    const size_t run = run_of(x->state, &flight->subset);
    const size_t step = run < flight->count ? run : flight->count;
    const bool parallel = flight->count * bytes >= PARALLEL_BYTES && step < flight->count;
    const int threads = x->program->threads;
#pragma omp parallel for schedule(static) num_threads(threads) if (parallel)
    for (size_t k = 0; k < flight->count; k += step) {
        char *here = place_of(x->state, &flight->subset, flight->first + k);
        if (to_buffer) memcpy(buffer + k * bytes, here, step * bytes);
        else memcpy(here, buffer + k * bytes, step * bytes);
    }
}

/* ---- a pipeline of two chunks --------------------------------------------------------------- */

static char *buffer_of(const struct exchange *x, void *buffers, size_t number)
{
    return (char *)buffers + number % 2 * x->program->exchange_amplitudes *
                                 ek_amplitude_bytes(x->state->precision);
}

static void land(struct exchange *x, size_t number)
{
    struct flight *flight = &x->flight[number % 2];
    ek_transfer_end(&flight->transfer);
    pack(x, flight, buffer_of(x, x->program->receive, number), false);
}

static void start(struct exchange *x, const struct subset *subset, size_t first, size_t count)
{
    const size_t number = x->sent++, bytes = count * ek_amplitude_bytes(x->state->precision);
    struct flight *flight = &x->flight[number % 2];
    const char *from = buffer_of(x, x->program->send, number);
    *flight = (struct flight){.subset = *subset, .first = first, .count = count};
    if (run_of(x->state, subset) >= count) from = place_of(x->state, subset, first);
    else pack(x, flight, buffer_of(x, x->program->send, number), true);
    ek_transfer_begin(x->program->session, subset->partner, from,
                      buffer_of(x, x->program->receive, number), bytes, &flight->transfer);
    x->state->bytes_sent += bytes;
    if (number > 0) land(x, number - 1);
}

static void exchange_subset(struct exchange *x, const struct subset *subset)
{
    const size_t most = x->program->exchange_amplitudes;
    const size_t chunk = most < subset->count ? most : subset->count;
    for (size_t first = 0; first < subset->count; first += chunk) start(x, subset, first, chunk);
}

static void finish(struct exchange *x)
{
    if (x->sent > 0) land(x, x->sent - 1);
}

/* ---- reshuffles ----------------------------------------------------------------------------- */

static bool is_local(const ek_state *state, const struct ek_swap *swap)
{
    return swap->local_slot.at < state->local_slots;
}

/* The rank with the bits of those swaps exchanged that are between rank slots only. */
static uint64_t crossed_rank(int count, const struct ek_swap *swaps, const ek_state *state)
{
    uint64_t index = ek_state_first(state);
    for (int i = 0; i < count; i++) {
        const int a = swaps[i].rank_slot.at, b = swaps[i].local_slot.at;
        if (!is_local(state, &swaps[i]) && (index >> a & 1) != (index >> b & 1))
            index ^= ek_bit(a) | ek_bit(b);
    }
    return index >> state->local_slots;
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

/* Bits of `bits`, one per swap with a local slot, on the slots of one side. */
static uint64_t spread(int count, const struct ek_swap *swaps, uint64_t bits, bool rank_side)
{
    uint64_t mask = 0;
    for (int i = 0; i < count; i++)
        if (bits >> i & 1)
            mask |= ek_bit(rank_side ? swaps[i].rank_slot.at : swaps[i].local_slot.at);
    return mask;
}

/* The swaps with a local slot send each rank's amplitudes to 2^count others: in turn t the bits
 * of t say on which of their rank slots the partner differs. */
static void exchange_turns(struct exchange *x, int count, const struct ek_swap *swaps,
                           uint64_t base)
{
    const ek_state *state = x->state;
    const uint64_t rank = (uint64_t)ek_session_rank(state->session);
    uint64_t mine = 0;
    for (int i = 0; i < count; i++)
        mine |= (rank >> (swaps[i].rank_slot.at - state->local_slots) & 1) << i;
    for (uint64_t turn = 0; turn < ek_bit(count); turn++) {
        const uint64_t differ = spread(count, swaps, turn, true) >> state->local_slots;
        const struct subset subset = {.fixed = spread(count, swaps, ~UINT64_C(0), false),
                                      .value = spread(count, swaps, mine ^ turn, false),
                                      .count = ek_state_local_count(state) >> count,
                                      .partner = (int)(base ^ differ)};
        if (subset.partner != (int)rank) exchange_subset(x, &subset);
    }
}

void ek_reshuffle_run(ek_program *program, int swap_count, const struct ek_swap *swaps,
                      ek_state *state)
{
    struct exchange x = {.program = program, .state = state};
    struct ek_swap local[64];
    int count = 0;
    for (int i = 0; i < swap_count; i++)
        if (is_local(state, &swaps[i])) local[count++] = swaps[i];
    exchange_turns(&x, count, local, crossed_rank(swap_count, swaps, state));
    finish(&x);
    for (int i = 0; i < swap_count; i++) swap_labels(&state->layout, &swaps[i]);
}

void ek_exchange_all(ek_program *program, int partner, ek_state *state)
{
    struct exchange x = {.program = program, .state = state};
    const struct subset everything = {.count = ek_state_local_count(state), .partner = partner};
    exchange_subset(&x, &everything);
    finish(&x);
}
