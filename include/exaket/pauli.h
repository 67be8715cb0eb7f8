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

/* <sum of the terms>, in any layout; moves at most the session's exchange_bytes at a time.
 * Collective. EK_ERROR_ARGUMENT for a mask beyond the qubits. */
ek_status ek_expect_pauli(const ek_state *state, size_t count, const ek_pauli_term *terms,
                          double *value);

#ifdef __cplusplus
}
#endif
#endif
