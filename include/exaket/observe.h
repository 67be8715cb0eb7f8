/* What can be asked of a state. All functions are collective, leave the state as it is, work in
 * any layout, and give the same answer on every rank. */
#ifndef EXAKET_OBSERVE_H
#define EXAKET_OBSERVE_H

#include <exaket/diagonal.h>
#include <exaket/hamiltonian.h>
#include <exaket/program.h>
#include <exaket/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sum of |amplitude|^2. */
ek_status ek_state_norm(const ek_state *state, double *norm);

/* Amplitudes of `count` basis states. EK_ERROR_ARGUMENT for an index out of range. */
ek_status ek_state_amplitudes(const ek_state *state, size_t count, const uint64_t *indices,
                              ek_complex *amplitudes);

/* <f> for a diagonal operator with as many qubits. */
ek_status ek_expect_diagonal(const ek_state *state, const ek_diagonal *diagonal, double *value);

/* As above for the function of a program that has just run on this state: uses the program's table
 * of values where there is one. */
ek_status ek_program_expect_diagonal(const ek_program *program, const ek_state *state,
                                     const ek_diagonal *diagonal, double *value);

/* Total probability of the basis states with |f(x) - value| <= tolerance. */
ek_status ek_probability_of_value(const ek_state *state, const ek_diagonal *diagonal, double value,
                                  double tolerance, double *probability);

/* Draws `shots` basis states from |amplitude|^2: outcomes[i] is the i-th, all on every rank. The
 * same for a seed on any number of ranks and threads. On failure they are undefined.
 * EK_ERROR_NUMERIC when the norm is not a positive number. */
ek_status ek_sample(const ek_state *state, size_t shots, uint64_t seed, uint64_t *outcomes);

/* Smallest and largest value of f and the lowest index that has it, over all 2^n basis states or,
 * for weight >= 0, those with `weight` ones. Needs no state: 2^30 values in seconds.
 * Collective. EK_ERROR_ARGUMENT for a weight beyond the qubits, EK_ERROR_NUMERIC when
 * the extremes are not finite. */
typedef struct ek_extremes {
    double minimum, maximum;
    uint64_t minimum_at, maximum_at;
} ek_extremes;
ek_status ek_diagonal_extremes(ek_session *session, const ek_diagonal *diagonal, int weight,
                               ek_extremes *extremes);

/* Lowest eigenvalue of a Hamiltonian of at most EK_GROUND_QUBITS_MAX qubits (Lanczos 1950), to
 * about 1e-14 of the sum of its coefficients, or 1e-10 where the next one is closer than 1e-6 of
 * that. Needs no state; rank 0 alone computes. Collective. EK_ERROR_ARGUMENT for more qubits,
 * EK_ERROR_NUMERIC where 500 steps do not suffice, as for thousands of levels that are very close
 * at the bottom, EK_ERROR_UNSUPPORTED in a build without LAPACK. */
#define EK_GROUND_QUBITS_MAX 12
ek_status ek_hamiltonian_ground(ek_session *session, const ek_hamiltonian *hamiltonian,
                                double *energy);

#ifdef __cplusplus
}
#endif
#endif
