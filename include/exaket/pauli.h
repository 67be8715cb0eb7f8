/* Sums of Pauli strings as observables. */
#ifndef EXAKET_PAULI_H
#define EXAKET_PAULI_H

#include <exaket/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/* coefficient * P: X where only x_mask has the bit, Z where only z_mask, Y where both. */
typedef struct ek_pauli_term {
    uint64_t x_mask, z_mask;
    double coefficient;
} ek_pauli_term;

/* <sum of the terms>, in any layout, with the same bits at any number of threads; moves at most
 * the session's exchange_bytes at a time. To evaluate one sum many times, see gradient.h.
 * Collective. EK_ERROR_ARGUMENT for a mask beyond the qubits or a coefficient that is not finite,
 * EK_ERROR_BUSY for a borrowed state. */
ek_status ek_expect_pauli(const ek_state *state, size_t count, const ek_pauli_term *terms,
                          double *value);

/* |out> = sum of the terms |state>, not normalised; `out` takes the layout of `state`. As above,
 * and EK_ERROR_BUSY for out == state, EK_ERROR_MISMATCH unless both have the same session, qubits
 * and precision. */
ek_status ek_apply_pauli(const ek_state *state, size_t count, const ek_pauli_term *terms,
                         ek_state *out);

#ifdef __cplusplus
}
#endif
#endif
