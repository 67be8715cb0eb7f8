/* What the OpenQASM parser hands over: one statement at a time as a tree, in memory that is taken
 * back when the statement has been carried out. */
#ifndef EK_IO_QASM_TREE_H
#define EK_IO_QASM_TREE_H

#include "io/qasm_source.h"

/* ---- expressions --------------------------------------------------------------------------- */

enum qasm_expr_kind {
    QASM_EXPR_INTEGER,
    QASM_EXPR_REAL,
    QASM_EXPR_BOOL,   /* integer */
    QASM_EXPR_STRING, /* text: of bits */
    QASM_EXPR_NAME,   /* name */
    QASM_EXPR_INDEX,  /* name; left: what stands in the brackets */
    QASM_EXPR_RANGE,  /* left: start, right: stop, third: step; each may be null */
    QASM_EXPR_SET,    /* left: the first of a list */
    QASM_EXPR_UNARY,  /* op, left */
    QASM_EXPR_BINARY, /* op, left, right */
    QASM_EXPR_CALL,   /* name; left: the first of the arguments */
    QASM_EXPR_CAST,   /* type, left */
    QASM_EXPR_VALUE   /* of a parameter of the gate being defined: integer is its number */
};

enum qasm_operator {
    QASM_OP_NONE,
    QASM_OP_OR,
    QASM_OP_AND,
    QASM_OP_BIT_OR,
    QASM_OP_BIT_XOR,
    QASM_OP_BIT_AND,
    QASM_OP_EQUAL,
    QASM_OP_DIFFERENT,
    QASM_OP_LESS,
    QASM_OP_LESS_EQUAL,
    QASM_OP_GREATER,
    QASM_OP_GREATER_EQUAL,
    QASM_OP_SHIFT_LEFT,
    QASM_OP_SHIFT_RIGHT,
    QASM_OP_ADD,
    QASM_OP_SUBTRACT,
    QASM_OP_MULTIPLY,
    QASM_OP_DIVIDE,
    QASM_OP_REMAINDER,
    QASM_OP_POWER,
    QASM_OP_NEGATE,
    QASM_OP_NOT,
    QASM_OP_INVERT /* of one operand */
};

enum qasm_type_kind {
    QASM_TYPE_BOOL,
    QASM_TYPE_BIT,
    QASM_TYPE_INT,
    QASM_TYPE_UINT,
    QASM_TYPE_FLOAT,
    QASM_TYPE_ANGLE
};

struct qasm_expr;

struct qasm_type {
    enum qasm_type_kind kind;
    struct qasm_expr *width; /* null: none given */
    struct qasm_place place;
};

struct qasm_string {
    const char *text; /* in the file; not null-terminated */
    uint32_t length;
};

struct qasm_expr {
    uint8_t kind, op;
    uint16_t depth; /* of the tree below, this node included */
    struct qasm_place place;
    int name;
    struct qasm_expr *next; /* of a list */
    struct qasm_expr *left, *right;
    union {
        uint64_t integer;
        double real;
        struct qasm_string string;
        struct qasm_type type;
        struct qasm_expr *third;
    };
};

enum { QASM_DEPTH_MAX = 500 }; /* of expressions, and of statements within statements */

struct qasm_exprs {
    struct qasm_expr *first, *last;
};

/* ---- statements ---------------------------------------------------------------------------- */

enum qasm_modifier_kind { QASM_CONTROL, QASM_NEGATIVE_CONTROL, QASM_INVERSE, QASM_RAISED };

struct qasm_modifier {
    enum qasm_modifier_kind kind;
    struct qasm_place place;
    struct qasm_expr *argument; /* null: none given */
    struct qasm_modifier *next;
};

struct qasm_modifiers {
    struct qasm_modifier *first, *last;
};

enum qasm_statement_kind {
    QASM_DO_NOTHING,
    QASM_DO_INCLUDE,
    QASM_DO_QUBITS,  /* names: one; size */
    QASM_DO_BITS,    /* creg: likewise */
    QASM_DO_DECLARE, /* type, role, name, and value or measured */
    QASM_DO_ALIAS,   /* name; list: what is joined */
    QASM_DO_GATE,    /* definition: name, list: parameters, operands: qubits, body */
    QASM_DO_OPAQUE,  /* likewise, without a body */
    QASM_DO_CALL,    /* name, modifiers, list: angles, operands */
    QASM_DO_MEASURE, /* operands: what; target: where to, or null */
    QASM_DO_RESET,   /* operands */
    QASM_DO_BARRIER, /* operands; none means all qubits */
    QASM_DO_ASSIGN,  /* target, op, value or measured */
    QASM_DO_IF,      /* value, body, otherwise */
    QASM_DO_FOR,     /* type, name, list: range, set or register; body */
    QASM_DO_WHILE,   /* value, body, bound */
    QASM_DO_SWITCH,  /* value; body: cases, the default last */
    QASM_DO_CASE,    /* list: values, none for the default; body */
    QASM_DO_BREAK,
    QASM_DO_CONTINUE,
    QASM_DO_END,
    QASM_DO_BLOCK /* body */
};

enum qasm_role { QASM_PLAIN, QASM_CONSTANT, QASM_INPUT, QASM_OUTPUT };

struct qasm_statement {
    uint8_t kind, op, role;
    bool is_local; /* annotated so: a register that is no result */
    bool has_else;
    uint16_t depth;
    int name;
    struct qasm_place place, name_place;
    struct qasm_statement *next, *body, *otherwise;
    struct qasm_modifiers modifiers;
    struct qasm_expr *list, *operands, *target, *value, *measured;
    struct qasm_type type;
    struct qasm_string string;
    uint64_t bound; /* WHILE: most iterations; 0: the default */
    int storage;    /* + 1: variable or register that a declaration in a block has got before */
};

struct qasm_statements {
    struct qasm_statement *first, *last;
};

#endif
