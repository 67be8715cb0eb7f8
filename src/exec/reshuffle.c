/* Reshuffles: g rank slots change places with g other slots. Amplitudes move between pairs of
 * ranks, in place: what a rank receives takes the place of what it sends. Parcels travel while
 * others are packed and unpacked; many at a time, because the arrival of one has to be told before
 * the next may fly: over TCP the telling waits behind what flies the other way. */
#include "exec/exec.h"

/* A parcel on its way, by one of the pairs of buffers. */
struct flight {
    struct ek_parcel parcel;
    struct ek_transfer transfer;
};

struct exchange {
    ek_program *program;
    ek_state *state;
    struct flight flight[EK_FLIGHTS_MAX];
    size_t sent, landed; /* parcels so far */
};

/* ---- a pipeline of parcels ------------------------------------------------------------------ */

static size_t place_of(const struct exchange *x, size_t number)
{
    return number % (size_t)x->program->flights;
}

static char *buffer_of(const struct exchange *x, void *buffers, size_t number)
{
    return (char *)buffers + place_of(x, number) * x->program->exchange_amplitudes *
                                 ek_amplitude_bytes(x->state->precision);
}

static void land(struct exchange *x)
{
    const size_t number = x->landed++;
    struct flight *flight = &x->flight[place_of(x, number)];
    ek_transfer_end(&flight->transfer);
    if (ek_fault_due(EK_FAULT_PARCEL)) return;
    ek_parcel_unpack(x->state, &flight->parcel, buffer_of(x, x->program->receive, number));
}

static void start(struct exchange *x, const struct ek_parcel *parcel)
{
    const size_t number = x->sent++;
    if (number == x->landed + (size_t)x->program->flights) land(x);
    const size_t bytes = parcel->count * ek_amplitude_bytes(x->state->precision);
    struct flight *flight = &x->flight[place_of(x, number)];
    flight->parcel = *parcel;
    const char *from = ek_parcel_pack(x->state, parcel, buffer_of(x, x->program->send, number));
    ek_transfer_begin(x->program->session, parcel->partner, from,
                      buffer_of(x, x->program->receive, number), bytes, &flight->transfer);
    x->state->bytes_sent += bytes;
}

/* All amplitudes of `whole`, parcel by parcel. */
static void exchange_parcels(struct exchange *x, const struct ek_parcel *whole)
{
    const size_t most = x->program->exchange_amplitudes;
    struct ek_parcel parcel = *whole;
    if (parcel.count > most) parcel.count = most;
    for (; parcel.first < whole->count; parcel.first += parcel.count) start(x, &parcel);
}

static void finish(struct exchange *x)
{
    while (x->landed < x->sent) land(x);
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
        const struct ek_parcel whole = {.fixed = spread(count, swaps, ~UINT64_C(0), false),
                                       .value = spread(count, swaps, mine ^ turn, false),
                                       .count = ek_state_local_count(state) >> count,
                                       .partner = (int)(base ^ differ)};
        if (whole.partner != (int)rank) exchange_parcels(x, &whole);
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
    const struct ek_parcel everything = {.count = ek_state_local_count(state), .partner = partner};
    exchange_parcels(&x, &everything);
    finish(&x);
}
