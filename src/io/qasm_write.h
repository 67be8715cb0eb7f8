/* The parts of the OpenQASM writer. What is written reads as the same program again: text says by
 * explicit conversions what the reader would otherwise choose by itself. */
#ifndef EK_IO_QASM_WRITE_H
#define EK_IO_QASM_WRITE_H

#include "circuit/call.h"
#include "io/qasm_resolve.h"

struct qasm_writer {
    const ek_dynamic *program;
    int version;
    struct ek_text text;
    size_t instruction; /* being written, for the place of a failure */
    int indent;
    /* Qubits and bits by number: the register of each. */
    int *qubit_register, *bit_register;
};

/* Why version 2 cannot say what the instruction does. */
#define FAIL_TO_WRITE(writer, ...)                                                                \
    EK_FAIL_AT_INSTRUCTION((writer)->program, (writer)->instruction, EK_ERROR_UNSUPPORTED,        \
                           __VA_ARGS__)

/* ---- qasm_write.c -------------------------------------------------------------------------- */

/* A name, changed where it is a word of the version's own. */
void ek_qasm_write_name(struct qasm_writer *writer, const char *name);
void ek_qasm_write_qubit(struct qasm_writer *writer, int qubit);
void ek_qasm_write_bit(struct qasm_writer *writer, int bit);
/* Bits that stand side by side: a register, a part of one, or the alias made for them. */
void ek_qasm_write_bits(struct qasm_writer *writer, int first, int count);
void ek_qasm_write_indent(struct qasm_writer *writer);
/* The register that has exactly these bits (or -1). */
int ek_qasm_whole_register(const struct qasm_writer *writer, ek_register_kind kind, int first,
                           int count);

/* ---- the others ---------------------------------------------------------------------------- */

/* qasm_write_control.c: all instructions. */
ek_status ek_qasm_write_program(struct qasm_writer *writer);
/* qasm_write_gate.c: one operation, without an end of line; `definitions` those that the program's
 * operations need, before all. */
ek_status ek_qasm_write_operation(struct qasm_writer *writer, size_t operation);
ek_status ek_qasm_write_definitions(struct qasm_writer *writer);
/* qasm_write_expression.c */
void ek_qasm_write_number(struct qasm_writer *writer, double value);
void ek_qasm_write_expression(struct qasm_writer *writer, int expression);
/* Where a conversion to bool goes without saying. */
void ek_qasm_write_condition(struct qasm_writer *writer, int expression);
/* A condition in its parentheses. */
void ek_qasm_write_head(struct qasm_writer *writer, int expression);
/* The value of an assignment to `count` bits, a register where `is_register`. */
void ek_qasm_write_bit_value(struct qasm_writer *writer, int expression, int count,
                             bool is_register);
void ek_qasm_write_angle(struct qasm_writer *writer, const ek_angle *angle, double factor);

#endif
