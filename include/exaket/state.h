/* A state vector of 2^n amplitudes, shared out over the ranks of a session. */
#ifndef EXAKET_STATE_H
#define EXAKET_STATE_H

#include <exaket/session.h>
#include <exaket/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ek_state ek_state;

/* A state that can be written down without gates, in any layout. */
typedef enum ek_initial_kind {
    EK_INITIAL_ZERO = 0, /* |0...0> */
    EK_INITIAL_BASIS,    /* |index> */
    EK_INITIAL_UNIFORM,  /* |+...+> */
    EK_INITIAL_DICKE,    /* uniform over basis states with `weight` ones */
    EK_INITIAL_RANDOM,   /* Gaussian amplitudes from `seed`, normalised; same on any rank count */
    EK_INITIAL_PRODUCT   /* qubit q in cos(theta[q]/2)|0> + sin(theta[q]/2)|1> */
} ek_initial_kind;

typedef struct ek_initial {
    ek_initial_kind kind;
    uint64_t index;      /* BASIS */
    int weight;          /* DICKE */
    uint64_t seed;       /* RANDOM */
    const double *theta; /* PRODUCT: one per qubit; borrowed during the call */
} ek_initial;

/* Creates a state in |0...0>. Collective. 2^qubits * (16 or 8) bytes over all ranks. Fails with
 * EK_ERROR_RANKS when the ranks are not a power of two or leave a rank without a local qubit,
 * EK_ERROR_MEMORY when it does not fit (with the numbers), EK_ERROR_ARGUMENT. */
ek_status ek_state_create(ek_session *session, int qubits, ek_precision precision,
                          ek_state **state);
/* Frees and nulls the handle; accepts null. Local. */
void ek_state_destroy(ek_state **state);

/* Overwrites the state. Collective. EK_ERROR_ARGUMENT for an index, weight or angle out of range,
 * EK_ERROR_MISMATCH when ranks give different ones. */
ek_status ek_state_prepare(ek_state *state, const ek_initial *initial);

/* Local. */
int ek_state_qubits(const ek_state *state);
ek_precision ek_state_precision(const ek_state *state);
ek_session *ek_state_session(const ek_state *state);
size_t ek_state_bytes_per_rank(const ek_state *state);
/* Bytes that this rank has sent to others on behalf of this state so far. */
uint64_t ek_state_bytes_sent(const ek_state *state);

#ifdef __cplusplus
}
#endif
#endif
