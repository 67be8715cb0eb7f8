/* What a dynamic program is made of. Instructions run in order from 0 until the last, unless a
 * branch or jump says otherwise; their gates are ranges of one circuit, so that ranges that touch
 * (a barrier between them, say) can run as one. */
#ifndef EK_CIRCUIT_DYNAMIC_H
#define EK_CIRCUIT_DYNAMIC_H

#include "circuit/circuit.h"

#include <exaket/dynamic.h>

/* ---- values ----------------------------------------------------------------------------- */

/* How a value is held. Classical bits and registers are UINT, angles FLOAT (in radians, not
 * reduced modulo 2 pi). */
enum ek_value_type { EK_VALUE_BOOL, EK_VALUE_INT, EK_VALUE_UINT, EK_VALUE_FLOAT };

union ek_value {
    int64_t i;
    uint64_t u; /* BOOL: 0 or 1 */
    double f;
};

/* ---- expressions ------------------------------------------------------------------------ */

/* Unless said otherwise operands have the type of the result. INT and UINT count modulo 2^64. */
enum ek_operator {
    /* leaves */
    EK_EXPR_CONSTANT, /* value */
    EK_EXPR_BIT,      /* classical bit `first`: UINT 0 or 1 */
    EK_EXPR_REGISTER, /* bits first .. first + count - 1 as UINT, the first lowest; count <= 64 */
    EK_EXPR_VARIABLE, /* variable `first` */
    /* one operand: left */
    EK_EXPR_NEGATE,
    EK_EXPR_NOT,    /* BOOL */
    EK_EXPR_INVERT, /* each of the low `width` bits */
    EK_EXPR_CAST,   /* from the type of left; INT and UINT to `width` bits (1 to 64), FLOAT of
                     * width 32 rounds to single precision */
    EK_EXPR_ANGLE,  /* FLOAT to a multiple of 2 pi / 2^width in [0, 2 pi) */
    EK_EXPR_SIN,
    EK_EXPR_COS,
    EK_EXPR_TAN,
    EK_EXPR_ARCSIN,
    EK_EXPR_ARCCOS,
    EK_EXPR_ARCTAN,
    EK_EXPR_EXP,
    EK_EXPR_LOG,
    EK_EXPR_SQRT,
    EK_EXPR_CEILING,
    EK_EXPR_FLOOR,    /* FLOAT */
    EK_EXPR_POPCOUNT, /* UINT of UINT */
    /* two operands: left, right */
    EK_EXPR_ADD,
    EK_EXPR_SUBTRACT,
    EK_EXPR_MULTIPLY,
    EK_EXPR_DIVIDE,    /* INT, UINT: towards zero */
    EK_EXPR_REMAINDER, /* INT: sign of the left; FLOAT: fmod */
    EK_EXPR_POWER,
    EK_EXPR_BIT_AND,
    EK_EXPR_BIT_OR,
    EK_EXPR_BIT_XOR, /* INT, UINT */
    EK_EXPR_SHIFT_LEFT,
    EK_EXPR_SHIFT_RIGHT, /* right: UINT; beyond 63 gives 0, or -1 */
    EK_EXPR_ROTATE_LEFT,
    EK_EXPR_ROTATE_RIGHT, /* low `width` bits; right: INT */
    EK_EXPR_AND,
    EK_EXPR_OR, /* BOOL; the right only where it counts */
    EK_EXPR_EQUAL,
    EK_EXPR_LESS,
    EK_EXPR_LESS_OR_EQUAL, /* BOOL of two of one type */
    EK_EXPR_OPERATORS
};

/* Limits of one expression: evaluation recurses, and visits a shared node at every use. */
enum { EK_EXPRESSION_DEPTH = 1000, EK_EXPRESSION_SIZE = 100000 };

/* A node of an expression. Operands stand before the node that uses them. */
struct ek_expression {
    uint8_t op;          /* enum ek_operator */
    uint8_t type;        /* enum ek_value_type of the result */
    uint8_t width;       /* CAST, ANGLE, INVERT, ROTATE: 1 to 64; else 0 */
    int32_t left, right; /* nodes; -1 for none */
    int32_t first, count;
    int32_t parameter;    /* of the circuit, that has this value; -1 for none */
    uint32_t depth, size; /* nodes on the longest way down, and in all */
    union ek_value value;
};

/* ---- variables -------------------------------------------------------------------------- */

enum ek_declared_type {
    EK_DECLARED_BOOL,
    EK_DECLARED_INT,
    EK_DECLARED_UINT,
    EK_DECLARED_FLOAT,
    EK_DECLARED_ANGLE
};

struct ek_variable {
    char *name;       /* unique; what the program itself has not declared begins with '$' */
    uint8_t declared; /* enum ek_declared_type */
    uint8_t width;    /* 0 when the declaration gives none */
    bool is_input, is_set;
    union ek_value value; /* at the start: 0 unless it is an input that is set */
};

/* ---- instructions ----------------------------------------------------------------------- */

enum ek_instruction_kind {
    EK_DO_GATES,       /* operations first .. first + count - 1 of the circuit */
    EK_DO_MEASURE,     /* qubit `first` into classical bit `target`, or into none (-1) */
    EK_DO_RESET,       /* qubit `first` to |0> */
    EK_DO_BARRIER,     /* on the qubits of `qubits`: kept for conversion, no effect */
    EK_DO_ASSIGN,      /* variable `target` = expression, which has the variable's type */
    EK_DO_ASSIGN_BITS, /* bits target .. target + count - 1 = expression (UINT), lowest first */
    EK_DO_BRANCH,      /* to instruction `target` if expression (BOOL) is false */
    EK_DO_JUMP,        /* to instruction `target` */
    EK_DO_LOOP         /* variable `target` (UINT) counts up by 1; above `limit` is an error */
};

/* Instruction `instruction_count` is the end of the program: targets go up to it. */
struct ek_instruction {
    uint8_t kind;
    int32_t target;
    int32_t expression;
    int32_t file; /* in the program's files: where a failure at run time is */
    uint32_t line, column;
    size_t first, count;
    union {
        uint64_t qubits; /* BARRIER */
        uint64_t limit;  /* LOOP */
    };
};

struct ek_dynamic {
    int qubits, clbits, declared_qubits;
    int *declared; /* [qubits] */
    ek_circuit *circuit;
    /* Parameter p of the circuit has the value of expression parameter_expressions[p], with the
     * bits and variables as they are when the range of gates begins. */
    size_t parameter_expression_count, parameter_expression_capacity;
    int32_t *parameter_expressions;
    size_t instruction_count, instruction_capacity;
    struct ek_instruction *instructions;
    size_t expression_count, expression_capacity;
    struct ek_expression *expressions;
    size_t variable_count, variable_capacity;
    struct ek_variable *variables;
    size_t register_count[2], register_capacity[2]; /* by enum ek_register_kind */
    ek_register *registers[2];
    size_t file_count, file_capacity;
    char **files;
};

/* ---- building: each appends and gives the number of what is new ------------------------- */

/* An empty program; its circuit has EK_QUBITS_MAX qubits until ek_dynamic_finish. */
ek_status ek_dynamic_create(ek_dynamic **program);
ek_status ek_dynamic_add_register(ek_dynamic *program, ek_register_kind kind, const char *name,
                                  int size);
ek_status ek_dynamic_add_variable(ek_dynamic *program, const struct ek_variable *variable,
                                  int *number); /* copies the name */
/* Sets depth, size and parameter. EK_ERROR_UNSUPPORTED beyond the limits. */
ek_status ek_dynamic_add_expression(ek_dynamic *program, const struct ek_expression *expression,
                                    int *number);
ek_status ek_dynamic_add_instruction(ek_dynamic *program, const struct ek_instruction *what);
ek_status ek_dynamic_add_file(ek_dynamic *program, const char *name, int *number);
/* The parameter of the circuit that has the value of an expression: found, or new. */
ek_status ek_dynamic_parameter(ek_dynamic *program, int expression, int *parameter);
/* Fixes the number of qubits: declared[q] is the declared number of qubit q; null: the same. */
ek_status ek_dynamic_finish(ek_dynamic *program, int qubits, const int *declared);
/* Checks every number of the program against its range. EK_ERROR_MISMATCH. */
ek_status ek_dynamic_check(const ek_dynamic *program);

/* Digest of all that a run depends on: not of names and places in files. */
uint64_t ek_dynamic_digest(const ek_dynamic *program);

/* ---- running ---------------------------------------------------------------------------- */

/* The operations first .. first + count - 1 as a circuit of their own with as many qubits;
 * parameter i of that circuit has the value of the program's expression expressions[i]. */
struct ek_segment {
    ek_circuit *circuit;
    int32_t *expressions;
};
ek_status ek_segment_create(const ek_dynamic *program, size_t first, size_t count,
                            struct ek_segment *segment);
void ek_segment_clear(struct ek_segment *segment);

/* Value of an expression. Classical bit b is bit b % 64 of bits[b / 64]; variables has
 * variable_count entries. EK_ERROR_NUMERIC: division of integers by zero, a cast to an integer of
 * what no 64-bit integer is. */
ek_status ek_expression_evaluate(const ek_dynamic *program, int expression, const uint64_t *bits,
                                 const union ek_value *variables, union ek_value *result);
/* The values of a segment's parameters. */
ek_status ek_segment_bind(const ek_dynamic *program, const struct ek_segment *segment,
                          const uint64_t *bits, const union ek_value *variables,
                          double *parameters);
/* Variables as they are at the start. EK_ERROR_ARGUMENT names an input that is not set. */
ek_status ek_dynamic_start_values(const ek_dynamic *program, union ek_value *variables);
/* The failure of an instruction: "file:line:column: " before the sentence. */
#define EK_FAIL_AT_INSTRUCTION(program, instruction, code, ...)                                   \
    ek_fail_at_instruction(__FILE__, __LINE__, (program), (instruction), (code), __VA_ARGS__)
__attribute__((format(printf, 6, 7))) ek_status
ek_fail_at_instruction(const char *source, int source_line, const ek_dynamic *program,
                       size_t instruction, ek_status code, const char *format, ...);

/* One operator on values, as constants are folded: `from` is the type of the left operand. */
ek_status ek_operator_apply(const struct ek_expression *node, enum ek_value_type from,
                            union ek_value left, union ek_value right, union ek_value *result);

#endif
