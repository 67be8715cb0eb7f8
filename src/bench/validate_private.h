/* Between the files of the validation. */
#ifndef EK_VALIDATE_PRIVATE_H
#define EK_VALIDATE_PRIVATE_H

#include "bench/bench.h"

#include <exaket/validate.h>

/* A check of amplitudes: the circuit, and what the state must be after it. The state begins as a
 * product, or, where there is a phase, as the basis state of ek_validate_basis. */
struct ek_validate_circuit {
    /* Appends what is checked, on the first `width` qubits. */
    ek_status (*append)(ek_circuit *circuit, int width);
    bool local;    /* on the qubits that a rank holds */
    bool mirrored; /* followed by its inverse */
    /* The circuit gives the product of (|0> + e^(i phase)|1>)/sqrt(2) ... */
    double (*phase)(int qubit, int qubits);
    /* ... or turns its qubits by the angles of ek_validate_turn ... */
    bool turned;
    /* ... or takes basis state origin(i) to i; null: each to itself. */
    uint64_t (*origin)(uint64_t index, int qubits);
};
extern const struct ek_validate_circuit ek_validate_circuits[EK_VALIDATE_CHECKS];

/* The basis state ...0101. */
uint64_t ek_validate_basis(int qubits);
/* Angle of a qubit in the product state: each another, all amplitudes of about the same size. */
double ek_validate_theta(int qubit);
/* RY by y, then RZ by z, which leave the sizes of amplitudes about the same. */
struct ek_validate_turn {
    double y, z;
};
struct ek_validate_turn ek_validate_turn(int qubit);

#endif
