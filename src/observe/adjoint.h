/* The way back of adjoint differentiation: the inverse circuit is walked over two states at once,
 * |psi> after the circuit and |lambda> = H|psi>; each operation whose angle is a parameter b, just
 * before it is applied to both, gives dE/db = -2 Im <lambda|G|psi>, G = i V' dV/db. Both states'
 * tiles are in the cache together. */
#ifndef EK_OBSERVE_ADJOINT_H
#define EK_OBSERVE_ADJOINT_H

#include "observe/observe.h"

struct ek_adjoint;

/* For states that have the layout `entry`. Collective. Fails as ek_program_create does, and with
 * EK_ERROR_UNSUPPORTED for an operation whose derivative is not known. */
ek_status ek_adjoint_create(ek_session *session, const ek_circuit *circuit,
                            const ek_plan_options *options, const struct ek_layout *entry,
                            struct ek_adjoint **adjoint);
void ek_adjoint_destroy(struct ek_adjoint **adjoint);

/* What is walked: the inverse of all operations from the first with a parameter on. Local. */
ek_status ek_adjoint_circuit(const ek_circuit *circuit, ek_circuit **inverse);

/* Derivatives by all parameters of the circuit; both states end where the first operation with a
 * parameter begins, about. The parameters are finite and the same on all ranks. Collective. */
void ek_adjoint_run(struct ek_adjoint *adjoint, const double *parameters, ek_state *lambda,
                    ek_state *psi, double *derivatives);

#endif
