/* Random circuits over everything that a circuit can hold, each as a list that is told twice: to
 * the library and to the reference. */
#ifndef EK_TEST_RANDOM_CIRCUIT_H
#define EK_TEST_RANDOM_CIRCUIT_H

#include "support/reference.h"

#include <exaket/circuit.h>

/* SplitMix64 (Steele, Lea, Flood 2014): the tests' own generator. */
uint64_t random_next(uint64_t *source);
double random_real(uint64_t *source, double low, double high);
int random_below(uint64_t *source, int bound);
/* `count` different qubits of `qubits`. */
void random_qubits(uint64_t *source, int qubits, int count, int *chosen);
/* Gram-Schmidt on a complex Gaussian matrix: 2^count x 2^count, row-major. */
void random_unitary(uint64_t *source, int count, double complex *matrix);

enum random_kind {
    RANDOM_GATE, RANDOM_UNITARY, RANDOM_PHASES, RANDOM_PAULI, RANDOM_DIAGONAL, RANDOM_GROVER,
    RANDOM_KINDS
};

enum { RANDOM_FUNCTIONS = 3, RANDOM_TERMS_MAX = 24 };

/* A function of the register: integer weights, real weights, or a C function. */
struct random_function {
    int qubits, terms;
    ek_spin_term term[RANDOM_TERMS_MAX];
    int smooth; /* not a polynomial: passed to the library as a function */
};
double random_function_value(uint64_t index, void *function);
/* `form` 0 integer weights, 1 real weights, 2 a C function. */
void random_function_make(uint64_t *source, int qubits, int form,
                          struct random_function *function);
ek_status random_function_diagonal(struct random_function *function, ek_diagonal **diagonal);

struct random_operation {
    enum random_kind kind;
    ek_gate gate;
    int count, qubit[6];
    int controls, control[3], value[3];
    ek_angle angle[4];
    double complex *entries; /* of a matrix or of phases */
    uint64_t x_mask, z_mask;
    int function, weight;
};

struct random_circuit {
    int qubits, parameters, count;
    struct random_operation *operations;
    struct random_function function[RANDOM_FUNCTIONS];
};

/* `widest`: most qubits that an operation may mix, so that a rank can hold it; Pauli rotations
 * have no such limit. `kinds`: mask of 1 << enum random_kind; 0 means all. */
struct random_options {
    int qubits, count, widest;
    unsigned kinds;
};
struct random_circuit *random_circuit_make(uint64_t seed, const struct random_options *options);
void random_circuit_destroy(struct random_circuit **circuit);
/* The circuit as the library has it; status of the first failure. */
ek_status random_circuit_build(struct random_circuit *circuit, ek_circuit **built);
void random_circuit_apply(struct random_circuit *circuit, const double *parameters,
                          struct reference *state);

#endif
