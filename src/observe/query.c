#include "observe/observe.h"

ek_status ek_observe_begin(const ek_state *state, ek_status status)
{
    if (status == EK_OK && state->borrowed)
        status = EK_FAIL(EK_ERROR_BUSY, "the state's amplitudes are borrowed: restore them first");
    return ek_session_agree(state->session, status);
}

static void block_norm(const ek_state *state, void *context, size_t first, size_t count,
                       double *partial)
{
    (void)context;
    const size_t bytes = ek_amplitude_bytes(state->precision);
    *partial = state->kernels->norm((const char *)state->amplitudes + first * bytes, count);
}

ek_status ek_state_norm(const ek_state *state, double *norm)
{
    EK_TRY(ek_observe_begin(state, EK_OK));
    return ek_state_sum(state, 1, block_norm, NULL, norm);
}

static ek_status check_indices(const ek_state *state, size_t count, const uint64_t *indices)
{
    for (size_t i = 0; i < count; i++)
        if (indices[i] > ek_low_bits(state->qubits))
            return EK_FAIL(EK_ERROR_ARGUMENT, "basis state %llu does not exist on %d qubits",
                           (unsigned long long)indices[i], state->qubits);
    return EK_OK;
}

ek_status ek_state_amplitudes(const ek_state *state, size_t count, const uint64_t *indices,
                              ek_complex *amplitudes)
{
    const uint64_t rank = (uint64_t)ek_session_rank(state->session);
    EK_TRY(ek_observe_begin(state, check_indices(state, count, indices)));
    for (size_t i = 0; i < count; i++) {
        const uint64_t physical = ek_layout_physical(&state->layout, indices[i]);
        const bool mine = physical >> state->local_slots == rank;
        amplitudes[i] = mine ? ek_state_get(state, physical & ek_low_bits(state->local_slots))
                             : (ek_complex){0, 0};
    }
    ek_sum_ranks(state->session, (double *)amplitudes, 2 * count);
    return EK_OK;
}
