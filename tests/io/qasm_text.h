/* OpenQASM from memory for tests of the reader. */
#ifndef EK_TEST_QASM_TEXT_H
#define EK_TEST_QASM_TEXT_H

#include "circuit/dynamic.h"
#include "support/reference.h"

/* What most programs begin with: four lines, then line 5. */
#define QASM_OLD "OPENQASM 2.0;\ninclude \"qelib1.inc\";\nqreg q[3];\ncreg c[3];\n"
#define QASM_NEW "OPENQASM 3.0;\ninclude \"stdgates.inc\";\nqubit[3] q;\nbit[3] c;\n"

/* The program, or null after a failed check. */
ek_dynamic *qasm_program(const char *text);

/* The same program as the library writes it in version 2 or 3, to be freed with ek_text_free; null
 * after a failed check. */
char *qasm_written(const char *text, int version);

/* Fails unless both programs give the same amplitudes to 1e-12, up to a global phase if
 * `phase_free`. They measure nothing. */
void qasm_check_same_state(const char *text, const char *expected, int phase_free);
/* Fails unless both give the same distribution over their classical bits to 1e-12. */
void qasm_check_same_outcomes(const char *text, const char *expected);
/* Fails unless the outcome, as Qiskit prints it, has this probability. */
void qasm_check_outcome(const char *text, const char *outcome, double probability);

#endif
