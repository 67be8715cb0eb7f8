/* Inside algo: what the optimisation of an ansatz needs besides its circuit. */
#ifndef EK_ANSATZ_H
#define EK_ANSATZ_H

#include "base/base.h"

#include <exaket/vqe.h>

static inline bool ek_ansatz_is_hva(ek_ansatz_kind kind)
{
    return kind == EK_ANSATZ_HVA_TERMS || kind == EK_ANSATZ_HVA;
}

/* As ek_ansatz_create; gives also how many parameters at the end of each layer, of HVA's last
 * group, leave the initial state alone. */
ek_status ek_ansatz_build(const ek_hamiltonian *hamiltonian, const ek_ansatz_options *options,
                          ek_circuit **circuit, int *idle);

/* Takes the parameters x, `per_layer` for each layer (and as many before the first, unless it is
 * HVA), from `layers` to `more` layers, in place: HVA by interpolation, the others by layers of
 * zeros at the front, which leave |0...0> alone. */
void ek_ansatz_grow(ek_ansatz_kind kind, int per_layer, int layers, int more, double *x);

#endif
