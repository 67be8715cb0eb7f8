/* The steps of a measurement, for runs that take them one by one. */
#ifndef EK_OBSERVE_MEASURE_H
#define EK_OBSERVE_MEASURE_H

#include "observe/observe.h"

#include <exaket/shots.h>

/* weights[b]: of the qubit's value b, not normalised; their sum is positive. Collective. */
ek_status ek_measure_weights(const ek_state *state, int qubit, double weights[2]);
/* Keeps the amplitudes whose qubit is `outcome`, divided by sqrt(weight). Every rank its own. */
void ek_measure_project(ek_state *state, int qubit, int outcome, double weight);
/* X, as a change of layout. Every rank its own. */
void ek_measure_flip(ek_state *state, int qubit);

/* ---- marginal distributions ----------------------------------------------------------------- */

/* A candidate: bits of the measured qubits, the lowest qubit first, and their probability. */
struct ek_candidate {
    uint64_t bits;
    double probability;
};

/* Receives probabilities above rounding, by increasing bits; the same on all ranks. */
typedef ek_status (*ek_marginal_visit)(void *context, uint64_t bits, double probability);
/* The distribution over the qubits of `mask`, in bounded memory: at most 2^18 outcomes at a time.
 * Collective; a failure of the visitor is agreed on. */
ek_status ek_marginal_walk(const ek_state *state, uint64_t mask, ek_marginal_visit visit,
                           void *context);
/* The `count` most likely outcomes over the qubits of `mask`, equals by increasing bits; to be
 * released with ek_release. Collective. */
ek_status ek_marginal_top(const ek_state *state, uint64_t mask, size_t *count,
                          struct ek_candidate **top);

#endif
