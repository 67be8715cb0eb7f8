#include "observe/pauli_sum.h"

#include <string.h>

ek_status ek_expect_pauli(const ek_state *state, size_t count, const ek_pauli_term *terms,
                          double *value)
{
    struct ek_pauli_sum *sum = NULL;
    ek_status status = ek_pauli_check(state->qubits, count, terms);
    if (status == EK_OK)
        status = ek_pauli_sum_create(state, &state->layout, count, terms, &sum);
    status = ek_observe_begin(state, status);
    if (status == EK_OK) *value = ek_pauli_sum_expect(sum, state, NULL);
    ek_pauli_sum_destroy(&sum);
    return status;
}

static ek_status check_pair(const ek_state *state, const ek_state *out)
{
    if (state == out || out->borrowed)
        return EK_FAIL(EK_ERROR_BUSY, "a Pauli sum is applied out of place, to a state that "
                       "nobody has borrowed");
    if (state->session != out->session || state->qubits != out->qubits ||
        state->precision != out->precision)
        return EK_FAIL(EK_ERROR_MISMATCH, "the states of a Pauli sum differ in session, qubits "
                       "(%d and %d) or precision", state->qubits, out->qubits);
    return EK_OK;
}

ek_status ek_apply_pauli(const ek_state *state, size_t count, const ek_pauli_term *terms,
                         ek_state *out)
{
    struct ek_pauli_sum *sum = NULL;
    ek_status status = check_pair(state, out);
    if (status == EK_OK) status = ek_pauli_check(state->qubits, count, terms);
    if (status == EK_OK)
        status = ek_pauli_sum_create(state, &state->layout, count, terms, &sum);
    status = ek_observe_begin(state, status);
    if (status == EK_OK) {
        out->layout = state->layout;
        memset(out->amplitudes, 0, ek_state_bytes_per_rank(out));
        ek_pauli_sum_expect(sum, state, out);
    }
    ek_pauli_sum_destroy(&sum);
    return status;
}
