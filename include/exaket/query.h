/* Questions about parts of a state, and about two states. All functions are collective, leave
 * the states as they are, work in any layout, and give the same answer on every rank. Qubits that
 * a list names are bits of the answer's indices: the first listed is bit 0. */
#ifndef EXAKET_QUERY_H
#define EXAKET_QUERY_H

#include <exaket/state.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EK_MARGINAL_QUBITS_MAX 24
#define EK_REDUCED_QUBITS_MAX 12

/* The `count` most likely basis states, fewer when no more have a probability above 0: gives how
 * many. Equals by increasing index. EK_ERROR_MEMORY. */
ek_status ek_state_top(const ek_state *state, size_t *count, uint64_t *indices);

/* Probability of each outcome of measuring the listed qubits: 2^count numbers. At most
 * EK_MARGINAL_QUBITS_MAX qubits; 0 qubits give the norm. EK_ERROR_ARGUMENT for too many, or a
 * qubit out of range or named twice; EK_ERROR_MEMORY. */
ek_status ek_state_marginal(const ek_state *state, int count, const int *qubits,
                            double *probabilities);

/* Reduced density matrix of the listed qubits, 1 to EK_REDUCED_QUBITS_MAX of them: row-major,
 * 2^count x 2^count. Besides the caller's matrix it takes message buffers of the session's size
 * and as much again. Errors as above. */
ek_status ek_state_reduced_density(const ek_state *state, int count, const int *qubits,
                                   ek_complex *matrix);

/* Von Neumann entropy -tr(rho log2 rho) of the listed qubits, in bits: their entanglement with
 * the others. Up to EK_REDUCED_QUBITS_MAX qubits listed, or left out. Takes a density matrix on
 * every rank while it runs. EK_ERROR_NUMERIC when the eigenvalues do not converge,
 * EK_ERROR_UNSUPPORTED in a build without LAPACK. */
ek_status ek_state_entropy(const ek_state *state, int count, const int *qubits, double *bits);

/* <first|second>, and its squared modulus. The states may differ in layout and precision, not in
 * qubits or session (EK_ERROR_MISMATCH). Amplitudes travel in messages of the session's size. */
ek_status ek_state_inner_product(const ek_state *first, const ek_state *second,
                                 ek_complex *product);
ek_status ek_state_fidelity(const ek_state *first, const ek_state *second, double *fidelity);

/* (<X>, <Y>, <Z>) of one qubit. */
typedef struct ek_bloch {
    double x, y, z;
} ek_bloch;
/* Of every qubit: ek_state_qubits entries. */
ek_status ek_state_bloch(const ek_state *state, ek_bloch *vectors);

#ifdef __cplusplus
}
#endif
#endif
