/* The oracle: a dense state vector simulator, slow and obvious, that shares no code with the
 * library and allocates without it, so that injected faults miss it. Qubit 0 is the lowest bit
 * of an index; bit j of a matrix index belongs to the j-th listed qubit. */
#ifndef EK_TEST_REFERENCE_H
#define EK_TEST_REFERENCE_H

#include <complex.h>
#include <stdint.h>

struct reference {
    int qubits;
    double complex *amplitude; /* 2^qubits */
};

/* Begins in |0...0>. */
void reference_create(struct reference *state, int qubits);
void reference_destroy(struct reference *state);

/* ---- initial states: overwrite ----------------------------------------------------------- */

void reference_basis(struct reference *state, uint64_t index);
void reference_uniform(struct reference *state);
void reference_dicke(struct reference *state, int weight);
/* Qubit q in cos(theta[q]/2)|0> + sin(theta[q]/2)|1>. */
void reference_product(struct reference *state, const double *theta);

/* ---- operations -------------------------------------------------------------------------- */

/* Acts where (index & mask) == value. */
struct reference_controls {
    uint64_t mask, value;
};

/* A row-major 2^count x 2^count matrix on the listed qubits. */
void reference_matrix(struct reference *state, int count, const int *qubits,
                      const double complex *matrix, struct reference_controls controls);
void reference_phases(struct reference *state, int count, const int *qubits,
                      const double complex *phases, struct reference_controls controls);
/* exp(-i angle/2 P): X where only x_mask has the bit, Z where only z_mask, Y where both. */
void reference_pauli_rotation(struct reference *state, uint64_t x_mask, uint64_t z_mask,
                              double angle, struct reference_controls controls);
/* exp(-i angle f). */
void reference_diagonal(struct reference *state, double (*f)(uint64_t index, void *context),
                        void *context, double angle);
/* exp(-i angle |s><s|), s uniform over all states or, for weight >= 0, those of `weight` ones. */
void reference_grover(struct reference *state, int weight, double angle);

/* A gate by the name that OpenQASM and Qiskit give it; its own controls are first. */
void reference_gate(struct reference *state, const char *name, const int *qubits,
                    const double *angles, struct reference_controls controls);
/* Qubits and angles of a gate; -1 when the name is unknown. */
int reference_gate_qubits(const char *name);
int reference_gate_angles(const char *name);
/* Qubits that the gate mixes: those that are not merely controls or phases. */
int reference_gate_mixed(const char *name);

/* ---- questions --------------------------------------------------------------------------- */

double reference_norm(const struct reference *state);
double reference_expect(const struct reference *state, double (*f)(uint64_t index, void *context),
                        void *context);

/* <P> by its definition: letter by letter on a copy. */
double reference_expect_pauli(const struct reference *state, uint64_t x_mask, uint64_t z_mask);

#endif
