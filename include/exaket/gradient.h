/* Energies of parameterised circuits with all their derivatives, by adjoint differentiation (Jones
 * and Gacon 2020): one run forwards and one backwards, whatever the number of parameters.
 *
 *     ek_gradient_options options = {.term_count = n, .terms = terms};
 *     ek_gradient_create(session, circuit, &options, &gradient);
 *     ek_gradient_evaluate(gradient, parameters, &value, derivatives);   // thousands of times
 *     ek_gradient_destroy(&gradient);
 */
#ifndef EXAKET_GRADIENT_H
#define EXAKET_GRADIENT_H

#include <exaket/diagonal.h>
#include <exaket/pauli.h>
#include <exaket/program.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ek_gradient ek_gradient;

/* Zero means the default everywhere, but an observable must be given: the Pauli sum, the diagonal
 * function, or both, which are added. All is copied but for `state`. The same on all ranks. */
typedef struct ek_gradient_options {
    const ek_initial *initial; /* before the circuit; null: |0...0> */
    size_t term_count;
    const ek_pauli_term *terms;
    const ek_diagonal *diagonal; /* of as many qubits as the circuit */
    ek_state *state; /* the caller's, to work in; it outlives the handle. Null: one of its own */
    ek_plan_options plan;
} ek_gradient_options;

/* Makes the value and gradient of <observable> after the circuit ready to be evaluated many times.
 * The circuit may be destroyed afterwards. Memory: two states (one beside the caller's), and
 * bounded buffers. Collective; the caller destroys the handle before session and state. Fails as
 * ek_program_create and ek_state_create do, and with EK_ERROR_ARGUMENT (no observable, terms
 * beyond the qubits or not finite, initial), EK_ERROR_MISMATCH (qubits, precision or session of
 * diagonal or state), EK_ERROR_UNSUPPORTED (a gate whose angle is a parameter but which has no
 * derivative here; the message names it). */
ek_status ek_gradient_create(ek_session *session, const ek_circuit *circuit,
                             const ek_gradient_options *options, ek_gradient **gradient);
/* Frees and nulls the handle; accepts null. Local. */
void ek_gradient_destroy(ek_gradient **gradient);

/* Entries of parameters and derivatives: ek_circuit_parameters of the circuit. Local. */
int ek_gradient_dimension(const ek_gradient *gradient);

/* <observable> at the parameters and, unless `derivatives` is null (on all ranks or none), its
 * derivative by each of them (0 for a parameter that no gate uses); both on every rank, with the
 * same bits at any number of threads. Allocates nothing. Collective. Fails before it
 * touches the state: EK_ERROR_MISMATCH (ranks give different parameters), EK_ERROR_NUMERIC (a
 * parameter is not finite), EK_ERROR_BUSY (the caller's state is borrowed). */
ek_status ek_gradient_evaluate(ek_gradient *gradient, const double *parameters, double *value,
                               double *derivatives);

/* The plan of a value without derivatives. Local; borrowed from the handle. */
const ek_plan *ek_gradient_plan(const ek_gradient *gradient);

/* The state that evaluations work in: after one without derivatives it is what the circuit makes
 * of the initial state; one with derivatives leaves it undefined. Local; borrowed from the
 * handle. */
ek_state *ek_gradient_state(ek_gradient *gradient);

#ifdef __cplusplus
}
#endif
#endif
