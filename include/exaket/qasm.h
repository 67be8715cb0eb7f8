/* OpenQASM 2 and 3: reading into programs, and writing them. */
#ifndef EXAKET_QASM_H
#define EXAKET_QASM_H

#include <exaket/dynamic.h>
#include <exaket/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Version 2.0 is read as a whole: registers, gate, opaque, if, reset, barrier, include. Of
 * version 3: qubit and bit declarations, U and gphase, ctrl, negctrl, inv, pow, gate definitions,
 * measurement, reset, if, switch, for, while, break, continue, end, const, let, input and output,
 * variables of bool, int, uint, float and angle with casts and expressions; the rest is refused by
 * name. qelib1.inc and stdgates.inc are built in, with the gates that Qiskit writes without
 * defining them; other files are read from the folder of the file that includes them.
 *
 * Constant loops are unrolled (to 20 million operations at most) and definitions opened at once;
 * what depends on measurements or inputs is left to the run. A while loop ends with an error after
 * a million iterations, or as many as an annotation "@bound N" before it says.
 *
 * Where the specifications leave room: U is phase-free (U(0, 0, 0) is the identity); in the angles
 * of gates and the argument of pow, integers divide as numbers do (1/2 is 0.5); names with a value
 * that is known while reading may stand where a constant is due; between two uint[n] arithmetic is
 * modulo 2^n (of the wider one), a literal has no width, and -u is a signed number.
 *
 * The version is that of the OPENQASM header, 2.0 without one. */

/* Reads a file on rank 0 and gives the program to all ranks. Collective. The caller destroys the
 * program. EK_ERROR_FILE; EK_ERROR_PARSE with "file:line:column: what is wrong", the line, and a
 * caret below the column, in one message; EK_ERROR_MEMORY. */
ek_status ek_qasm_load(ek_session *session, const char *path, ek_dynamic **program);

/* As above from memory. Local. `name` stands in messages; included files are sought in its folder.
 */
ek_status ek_qasm_parse(const char *name, const char *text, size_t length, ek_dynamic **program);

/* The program as OpenQASM, version 2 or 3, to be freed with ek_text_free of <exaket/program.h>.
 * Reading it gives the same program again, operation for operation; loops stay unrolled. Local.
 * EK_ERROR_UNSUPPORTED for what version 2 cannot say, with the place in the file that the program
 * was read from; EK_ERROR_ARGUMENT for another version. */
ek_status ek_qasm_write(const ek_dynamic *program, int version, char **text);

#ifdef __cplusplus
}
#endif
#endif
