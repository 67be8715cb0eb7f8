/* Packing: what a rank sends lies in stretches of its memory, and in a row in a message. */
#include "exec/exec.h"

#include <string.h>

enum { PARALLEL_BYTES = 1 << 18 }; /* from here on threads share the packing of a parcel */

/* Consecutive amplitudes of the parcel that are neighbours in memory. */
static size_t run_of(const ek_state *state, const struct ek_parcel *parcel)
{
    return parcel->fixed ? (size_t)(parcel->fixed & -parcel->fixed) : ek_state_local_count(state);
}

static char *place_of(const ek_state *state, const struct ek_parcel *parcel, size_t number)
{
    const uint64_t free_bits = ek_low_bits(state->local_slots) & ~parcel->fixed;
    return (char *)state->amplitudes +
           (ek_deposit(number, free_bits) | parcel->value) * ek_amplitude_bytes(state->precision);
}

static void copy(const ek_state *state, const struct ek_parcel *parcel, char *buffer,
                 bool to_buffer)
{
    const size_t bytes = ek_amplitude_bytes(state->precision), run = run_of(state, parcel);
    const size_t step = run < parcel->count ? run : parcel->count;
    const bool parallel = parcel->count * bytes >= PARALLEL_BYTES && step < parcel->count;
    const int threads = ek_session_threads(state->session);
#pragma omp parallel for schedule(static) num_threads(threads) if (parallel)
    for (size_t k = 0; k < parcel->count; k += step) {
        char *here = place_of(state, parcel, parcel->first + k);
        if (to_buffer) memcpy(buffer + k * bytes, here, step * bytes);
        else memcpy(here, buffer + k * bytes, step * bytes);
    }
}

const void *ek_parcel_pack(const ek_state *state, const struct ek_parcel *parcel, void *buffer)
{
    if (run_of(state, parcel) >= parcel->count) return place_of(state, parcel, parcel->first);
    copy(state, parcel, buffer, true);
    return buffer;
}

void ek_parcel_unpack(const ek_state *state, const struct ek_parcel *parcel, void *buffer)
{
    copy(state, parcel, buffer, false);
}
