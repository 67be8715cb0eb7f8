/* Programs with measurement and classical control, such as OpenQASM has them. */
#ifndef EXAKET_DYNAMIC_H
#define EXAKET_DYNAMIC_H

#include <exaket/circuit.h>
#include <exaket/status.h>
#include <exaket/types.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Gates, measurements, resets, classical variables, branches and jumps as flat data. All functions
 * here are local. */
typedef struct ek_dynamic ek_dynamic;

/* Frees and nulls the handle; accepts null. */
void ek_dynamic_destroy(ek_dynamic **program);

/* Qubits of the state that the program runs on, at least 1 and at most EK_QUBITS_MAX, and
 * classical bits. A program that declares more than EK_QUBITS_MAX qubits uses only those that it
 * touches. */
int ek_dynamic_qubits(const ek_dynamic *program);
int ek_dynamic_clbits(const ek_dynamic *program);
/* Which of the qubits declared, counted in the order of declaration, a qubit of the state is: the
 * same number unless more than EK_QUBITS_MAX were declared. */
int ek_dynamic_declared_qubit(const ek_dynamic *program, int qubit);

/* Registers in the order of declaration; a single qubit or bit counts as a register of one.
 * Element i of a register is the qubit (as declared), or the classical bit, first + i. */
typedef enum ek_register_kind { EK_REGISTER_QUBITS, EK_REGISTER_BITS } ek_register_kind;
typedef struct ek_register {
    const char *name; /* the program's */
    int first;
    int size;
    int is_local; /* bits that a block has declared for itself: no part of the results */
} ek_register;
int ek_dynamic_registers(const ek_dynamic *program, ek_register_kind kind);
/* EK_ERROR_ARGUMENT when there is no such register. */
ek_status ek_dynamic_register(const ek_dynamic *program, ek_register_kind kind, int index,
                              ek_register *result);

/* What must be set before the program can run ("input float theta;"). */
typedef struct ek_input {
    const char *name; /* the program's */
    char type[32];    /* as declared: "float", "int[8]" */
    int is_set;
    double value;
} ek_input;
int ek_dynamic_inputs(const ek_dynamic *program);
ek_status ek_dynamic_input(const ek_dynamic *program, int index, ek_input *input);
/* Sets an input; may be called again. EK_ERROR_ARGUMENT for an unknown name (the message lists the
 * inputs) or a value that the type does not hold. */
ek_status ek_dynamic_set(ek_dynamic *program, const char *name, double value);

/* How much of what a program contains, counted as written, not as executed. */
typedef struct ek_dynamic_summary {
    size_t instructions, gates, measurements, resets, branches;
    int inputs;
} ek_dynamic_summary;
void ek_dynamic_summarize(const ek_dynamic *program, ek_dynamic_summary *summary);

/* The program as bytes, to be given to other processes of the same kind of machine; freed with
 * ek_dynamic_bytes_free. EK_ERROR_UNSUPPORTED for operations that hold functions. */
ek_status ek_dynamic_pack(const ek_dynamic *program, char **bytes, size_t *length);
void ek_dynamic_bytes_free(char **bytes);
/* And back: a program that the caller destroys. EK_ERROR_MISMATCH when the bytes are not a whole
 * program of this version. */
ek_status ek_dynamic_unpack(const char *bytes, size_t length, ek_dynamic **program);

#ifdef __cplusplus
}
#endif
#endif
