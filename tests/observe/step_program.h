/* Small dynamic programs as lists of steps, told twice: to the library, and to a walk over all
 * outcomes with the dense reference. */
#ifndef EK_TEST_STEP_PROGRAM_H
#define EK_TEST_STEP_PROGRAM_H

#include "circuit/dynamic.h"
#include "support/reference.h"

enum step_kind {
    STEP_GATE,    /* on qubit[] by `angle` */
    STEP_MEASURE, /* qubit[0] into `bit`, or into none (-1) */
    STEP_RESET,   /* qubit[0] */
    STEP_IF,      /* the next `count` steps, if `bit` is `value` */
    STEP_WHILE,   /* likewise, as long as it is */
    STEP_ROTATE   /* ry of qubit[0] by angle * (0.5 + value of bit `bit`) */
};

struct step {
    enum step_kind kind;
    ek_gate gate;
    int qubit[3];
    double angle;
    int bit, value, count;
};

enum { STEP_BITS_MAX = 8 };

/* A program of `count` steps on registers q[qubits] and c[bits]. */
ek_status step_program_build(int qubits, int bits, int count, const struct step *steps,
                             ek_dynamic **program);
/* Exact distribution over 2^bits outcomes, but for branches of weight below 1e-14. */
void step_program_distribution(int qubits, int count, const struct step *steps,
                               double *distribution);

#endif
