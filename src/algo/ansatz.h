/* Inside algo: what the optimisation of an ansatz needs besides its circuit. */
#ifndef EK_ANSATZ_H
#define EK_ANSATZ_H

#include "base/base.h"

#include <exaket/vqe.h>

static inline bool ek_ansatz_is_hva(ek_ansatz_kind kind)
{
    return kind == EK_ANSATZ_HVA_TERMS || kind == EK_ANSATZ_HVA;
}

/* The terms but for the constant, group after group: those of group g are terms[first[g]] to
 * terms[first[g + 1] - 1], in their order. All of a group commute. */
struct ek_term_groups {
    int count;
    size_t *first; /* count + 1 */
    size_t *terms;
};
/* Puts each term in order into the first group that it commutes with. `groups` is zeroed by the
 * caller, who clears it, even after a failure. Local. EK_ERROR_MEMORY. */
ek_status ek_group_terms(const ek_hamiltonian_facts *facts, struct ek_term_groups *groups);
void ek_term_groups_clear(struct ek_term_groups *groups);

/* As ek_ansatz_create; gives also how many parameters at the end of each layer, of HVA's last
 * group, leave the initial state alone. */
ek_status ek_ansatz_build(const ek_hamiltonian *hamiltonian, const ek_ansatz_options *options,
                          ek_circuit **circuit, int *idle);

/* Takes the parameters x, `per_layer` for each layer (and as many before the first, unless it is
 * HVA), from `layers` to `more` layers, in place: HVA by interpolation, the others by layers of
 * zeros at the front, which leave |0...0> alone. */
void ek_ansatz_grow(ek_ansatz_kind kind, int per_layer, int layers, int more, double *x);

#endif
