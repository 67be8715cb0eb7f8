/* Pauli sums on states of one layout, made ready to be used many times. */
#ifndef EK_OBSERVE_PAULI_SUM_H
#define EK_OBSERVE_PAULI_SUM_H

#include "observe/observe.h"

#include <exaket/pauli.h>

/* At most the qubits' masks, and finite coefficients. Local. */
ek_status ek_pauli_check(int qubits, size_t count, const ek_pauli_term *terms);

struct ek_pauli_sum;
/* Local. The terms have been checked and are copied. */
ek_status ek_pauli_sum_create(const ek_state *like, const struct ek_layout *layout, size_t count,
                              const ek_pauli_term *terms, struct ek_pauli_sum **sum);
void ek_pauli_sum_destroy(struct ek_pauli_sum **sum);

/* out += sum |state>; both have the layout. Collective. */
void ek_pauli_sum_add(struct ek_pauli_sum *sum, const ek_state *state, ek_state *out);

#endif
