/* Shared by the files of VQE only. */
#ifndef EK_VQE_PRIVATE_H
#define EK_VQE_PRIVATE_H

#include "algo/algo.h"
#include "algo/ansatz.h"
#include "algo/evaluate.h"
#include "circuit/circuit.h"

#include <exaket/gradient.h>

struct ek_vqe {
    ek_session *session;
    ek_hamiltonian *hamiltonian;
    ek_hamiltonian_facts facts;
    /* Its terms but for the constant, which is added to their value: single precision keeps the
     * norm of a state to 1e-7 or so, and that part of a large constant would hide them. Where
     * there is no other term it is one of them. */
    ek_pauli_term *terms;
    size_t term_count;
    double constant;
    ek_vqe_options options; /* defaults filled in; pointers to the copies below */
    char initial[EK_QUBITS_MAX + 1];
    char *optimizer;
    double *given; /* parameters of the first start; null without */
    int given_layers;
    int per_layer; /* parameters */
    int idle;      /* of them, at the end: see ek_ansatz_build */
    /* The rung at hand: the ansatz with so many layers. The gradient, which holds the states, is
     * null after a failure to make it. */
    int layers;
    ek_circuit *circuit;
    ek_gradient *gradient;
    double prepare_seconds;
};

/* ---- vqe.c ---- */

/* All energies are in constant +- magnitude. Local. */
void ek_vqe_bounds(const ek_hamiltonian_facts *facts, double *constant, double *magnitude);
/* Parameters of the ansatz with so many layers. Local. */
int ek_vqe_count(const ek_vqe *vqe, int layers);
/* Makes the ansatz with so many layers the one at hand. Collective. */
ek_status ek_vqe_use_layers(ek_vqe *vqe, int layers);
/* An ek_measure of the rung at hand; the context is the handle. */
ek_status ek_vqe_measure(void *context, ek_evaluation *evaluation);

#endif
