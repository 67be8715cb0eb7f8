/* What a dynamic program does, by following every outcome of every measurement with the oracle. */
#ifndef EK_TEST_PROGRAM_RUN_H
#define EK_TEST_PROGRAM_RUN_H

#include "circuit/dynamic.h"
#include "support/reference.h"

/* Applies an operation of the program to the state. */
void test_program_apply(const ek_dynamic *program, size_t operation, const uint64_t *bits,
                        const union ek_value *variables, struct reference *state);

/* Probability of every value of the classical bits: distribution[2^clbits], for at most 20 bits.
 * False when an instruction fails (the library's last message says why) or after 10^6 of them. */
int test_program_distribution(const ek_dynamic *program, double *distribution);

/* The amplitudes at the end of a program that measures nothing. */
int test_program_amplitudes(const ek_dynamic *program, struct reference *state);

/* The classical bits as Qiskit prints them: the last declared register first, a blank between;
 * without those of blocks. */
void test_program_bits(const ek_dynamic *program, uint64_t bits, char *out);

#endif
