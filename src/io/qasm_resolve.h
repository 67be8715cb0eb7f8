/* The state of the OpenQASM reader, and what its parts offer each other: statements are carried
 * out one by one, which unrolls loops, opens definitions, and appends to a dynamic program. */
#ifndef EK_IO_QASM_RESOLVE_H
#define EK_IO_QASM_RESOLVE_H

#include "circuit/dynamic.h"
#include "io/qasm_lexer.h"

#include <exaket/qasm.h>

/* What one program may unroll to, and the iterations of a while loop without @bound. */
#define QASM_OPERATIONS_MAX UINT64_C(20000000)
#define QASM_STEPS_PER_OPERATION UINT64_C(3)
#define QASM_BOUND UINT64_C(1000000)
enum { QASM_REGISTER_MAX = 1 << 20, QASM_ANGLES_MAX = 128 };

/* For tests. Zero means the default. */
struct qasm_options {
    bool no_files;           /* only the built-in files can be included */
    uint64_t operations_max; /* QASM_OPERATIONS_MAX */
};
ek_status ek_qasm_parse_with(const struct qasm_options *options, const char *name,
                             const char *text, size_t length, ek_dynamic **program);

/* ---- values -------------------------------------------------------------------------------- */

/* A value of an expression: known now, or a node of the program's expressions. */
struct qasm_value {
    uint8_t type;               /* enum qasm_type_kind */
    uint8_t width;              /* 0: none given; of BIT: 1 to 64 */
    bool constant, is_register; /* is_register: of BIT, unlike a single bit */
    bool varies;                /* constant, but only as a variable's value so far */
    union ek_value number;
    int node;
};

/* ---- gates --------------------------------------------------------------------------------- */

struct qasm_gate;

struct qasm_call {
    struct qasm_gate *gate;
    struct qasm_place place;
    struct qasm_modifier *modifiers;
    struct qasm_expr *angles; /* bound: names are gone */
    int *qubits;              /* which of the definition's qubits, controls first */
    int qubit_count;
    struct qasm_call *next, *previous;
};

enum qasm_origin {
    QASM_FROM_PROGRAM = 0,
    QASM_ALWAYS = 1,     /* built into version 3 */
    QASM_ALWAYS_2 = 2,   /* and into version 2 */
    QASM_QELIB = 4,      /* in qelib1.inc as published */
    QASM_STDGATES = 8,   /* in stdgates.inc */
    QASM_EXTENSION = 16, /* comes with either, and a program may define it itself */
    QASM_FREE_PHASE = 32 /* a global phase of its own that counts only under controls */
};

struct qasm_gate {
    int name;
    int qubits, angles;
    ek_gate native; /* EK_GATE_COUNT: none, the body is the gate */
    unsigned origin;
    int controls;             /* of the native gate, besides those of its name; they come first */
    int depth;                /* definitions within its own */
    double weight;            /* steps that opening it takes, at least */
    bool is_opaque, is_phase; /* is_phase: gphase */
    bool has_body;
    struct qasm_call *first, *last;
    struct qasm_place place;
};

/* ---- symbols ------------------------------------------------------------------------------- */

enum qasm_symbol_kind {
    QASM_IS_QUBITS,       /* first, count: as declared */
    QASM_IS_BITS,         /* first, count */
    QASM_IS_ALIAS,        /* list of count qubits or bits */
    QASM_IS_VARIABLE,     /* variable; value, when known */
    QASM_IS_CONSTANT,     /* value */
    QASM_IS_GATE,         /* gate */
    QASM_IS_FORMAL_ANGLE, /* first: number of the parameter of the gate being defined */
    QASM_IS_FORMAL_QUBIT  /* first: number of its qubit */
};

struct qasm_symbol {
    uint8_t kind;
    bool of_bits;  /* ALIAS */
    bool single;   /* one qubit or bit that was declared without a size */
    bool is_known; /* VARIABLE */
    int name, first, count, variable;
    int *list;
    struct qasm_value value;
    struct qasm_gate *gate;
    struct qasm_place place;
    struct qasm_symbol *shadowed, *sibling; /* the name before; the next of the scope */
};

struct qasm_scope {
    struct qasm_symbol *symbols;
    struct qasm_scope *outer;
};

/* A loop that is being carried out. An unrolled one has no jumps: where break or continue depend
 * on the run, a variable remembers them and guards what follows. */
struct qasm_loop {
    struct qasm_loop *outer;
    bool is_while;
    int head;       /* WHILE: instruction where the condition is */
    int32_t *exits; /* WHILE: jumps to be aimed at the end */
    size_t exit_count, exit_capacity;
    int conditions;          /* of the reader when the loop began */
    int stopped, skipped;    /* variables (bool), or -1 while there are none */
    bool may_stop, may_skip; /* whether they may be true from here on */
};

/* How carrying out goes on. */
enum qasm_flow { QASM_GOES_ON, QASM_BREAKS, QASM_CONTINUES, QASM_ENDS };

struct ek_qasm {
    struct qasm_options options;
    ek_status status; /* the first failure */
    struct qasm_sources sources;
    struct qasm_names names;
    struct qasm_lexer lexer;
    struct qasm_arena scratch, keep; /* of one statement, and of the whole */
    ek_dynamic *program;
    ek_circuit *circuit; /* where gates go: the program's, or one of its own for a matrix */
    /* symbols */
    struct qasm_scope global, *scope;
    struct qasm_symbol *free_symbols;
    struct qasm_gate *library; /* by number - 1 of the names */
    int library_count;
    int unitary_name;
    bool reads_library, has_gates;
    struct qasm_gate *defining;
    /* control */
    struct qasm_loop *loop;
    int conditions; /* of the run around the statement */
    int copies;     /* unrolled loops and opened definitions around it */
    int guards;     /* run-time breaks and continues of unrolled loops so far */
    bool has_ended;
    int32_t *ends; /* jumps to be aimed at the end of the program */
    size_t end_count, end_capacity;
    int hidden, counters; /* names made up so far, and those of loops' counters */
    uint64_t operations, steps;
    /* the program's end so far */
    size_t noted; /* operations of the circuit that instructions have */
    size_t label; /* instruction that something jumps to: nothing merges across it */
    int merge_at; /* the last plain branch, when the program ends with it, else -1 */
    struct qasm_place here;
    /* expressions that are there already */
    int *node_slots;
    size_t node_slot_count;
    /* qubits of the state by their declared numbers, and back; -1: none yet */
    int *qubit_of, declared_of[EK_QUBITS_MAX];
    size_t qubit_of_count, qubit_of_capacity;
};

#define FAIL_AT(qasm, place, ...) EK_FAIL_QASM(&(qasm)->sources, (place), __VA_ARGS__)

/* Text of a name. */
const char *ek_qasm_text(const struct ek_qasm *qasm, int name);

/* ---- qasm_symbol.c ------------------------------------------------------------------------- */

void ek_qasm_scope_begin(struct ek_qasm *qasm, struct qasm_scope *scope);
void ek_qasm_scope_end(struct ek_qasm *qasm);
struct qasm_symbol *ek_qasm_find(const struct ek_qasm *qasm, int name);
/* A new meaning of a name in the scope. Fails where it has one there already. */
ek_status ek_qasm_declare(struct ek_qasm *qasm, enum qasm_symbol_kind kind, int name,
                          struct qasm_place place, struct qasm_symbol **symbol);
/* pi and its like. */
bool ek_qasm_is_constant_name(const char *name, int version);
/* "a register of qubits" and the like. */
const char *ek_qasm_kind_name(const struct qasm_symbol *symbol);
ek_status ek_qasm_fail_unknown(struct ek_qasm *qasm, int name, struct qasm_place place,
                               const char *expected);

/* ---- qasm_value.c -------------------------------------------------------------------------- */

struct qasm_value ek_qasm_constant(enum qasm_type_kind type, union ek_value number);
struct qasm_value ek_qasm_float(double value);
struct qasm_value ek_qasm_int(int64_t value);
ek_status ek_qasm_leaf(struct ek_qasm *qasm, enum ek_operator op, enum ek_value_type type,
                       int first, int count, int *number);
/* The value as a node, also where it is known. */
ek_status ek_qasm_value_node(struct ek_qasm *qasm, const struct qasm_value *value, int *number);
enum ek_value_type ek_qasm_held(enum qasm_type_kind type);
/* "int[8]"; `out` has 24 bytes. */
const char *ek_qasm_type_name(enum qasm_type_kind type, int width, char *out);
/* Explicit conversion, as a cast has it. Width 0: none given. */
ek_status ek_qasm_cast(struct ek_qasm *qasm, struct qasm_place place, enum qasm_type_kind type,
                       int width, struct qasm_value *value);
/* What an assignment converts by itself; all else needs a cast. */
ek_status ek_qasm_assignable(struct ek_qasm *qasm, struct qasm_place place,
                             enum qasm_type_kind type, int width, struct qasm_value *value);
/* `real`: integers divide as numbers do. */
ek_status ek_qasm_unary_value(struct ek_qasm *qasm, const struct qasm_expr *expr,
                              struct qasm_value *value);
ek_status ek_qasm_binary_value(struct ek_qasm *qasm, const struct qasm_expr *expr, bool real,
                               struct qasm_value *left, struct qasm_value *right,
                               struct qasm_value *result);
ek_status ek_qasm_apply_operator(struct ek_qasm *qasm, struct qasm_place place,
                                 struct ek_expression node, const struct qasm_value *left,
                                 const struct qasm_value *right, struct qasm_value *result);

/* ---- qasm_expression.c --------------------------------------------------------------------- */

/* `angles`: values of the parameters of the gate that the expression stands in, or null. */
ek_status ek_qasm_evaluate(struct ek_qasm *qasm, const struct qasm_expr *expr, bool real,
                           const struct qasm_value *angles, struct qasm_value *value);
/* As above, for what must be known now and a whole number. */
ek_status ek_qasm_whole(struct ek_qasm *qasm, const struct qasm_expr *expr, const char *what,
                        int64_t low, int64_t high, int64_t *value);
/* A copy without names of what stands in a definition, in memory that stays. */
ek_status ek_qasm_bind(struct ek_qasm *qasm, const struct qasm_expr *expr,
                       struct qasm_expr **bound);
/* Whether the value can be an angle; the value as an angle of a gate. */
ek_status ek_qasm_check_angle(struct ek_qasm *qasm, struct qasm_place place,
                              const struct qasm_value *value);
ek_status ek_qasm_angle(struct ek_qasm *qasm, struct qasm_place place, struct qasm_value *value,
                        ek_angle *angle);
/* qasm_function.c: sin, popcount and so on. */
ek_status ek_qasm_function(struct ek_qasm *qasm, const struct qasm_expr *call, bool real,
                           const struct qasm_value *angles, struct qasm_value *value);

/* ---- qasm_operand.c ------------------------------------------------------------------------ */

/* Qubits or bits that an operand names: declared numbers; formal ones in a definition. */
struct qasm_operand {
    const int *list; /* null: first, first + 1, ... */
    int first, count;
    bool single; /* one by name or index, unlike a register of one */
    bool of_bits;
    struct qasm_place place;
};
ek_status ek_qasm_operand(struct ek_qasm *qasm, const struct qasm_expr *expr,
                          struct qasm_operand *operand);
ek_status ek_qasm_qubits(struct ek_qasm *qasm, const struct qasm_expr *expr,
                         struct qasm_operand *operand);
ek_status ek_qasm_bits(struct ek_qasm *qasm, const struct qasm_expr *expr,
                       struct qasm_operand *operand);
int ek_qasm_element(const struct qasm_operand *operand, int i);
/* The qubit of the state that a declared qubit is. */
ek_status ek_qasm_state_qubit(struct ek_qasm *qasm, int declared, struct qasm_place place,
                              int *qubit);

/* ---- qasm_build.c -------------------------------------------------------------------------- */

/* Puts the operations that the circuit has got into instructions. */
ek_status ek_qasm_note_gates(struct ek_qasm *qasm);
ek_status ek_qasm_instruction(struct ek_qasm *qasm, struct ek_instruction what);
/* Begins what runs only if the condition is true; gives the branch to be closed. */
ek_status ek_qasm_branch_begin(struct ek_qasm *qasm, int condition, bool may_merge, int *branch);
ek_status ek_qasm_branch_end(struct ek_qasm *qasm, int branch, bool may_merge);
/* Aims jumps at the next instruction. */
ek_status ek_qasm_aim(struct ek_qasm *qasm, const int32_t *jumps, size_t count);
ek_status ek_qasm_variable(struct ek_qasm *qasm, const char *name, enum qasm_type_kind type,
                           int width, bool is_input, int *variable);
/* Variables that the program has not: "__skip3", and "$loop2" for the counters of loops. */
ek_status ek_qasm_hidden_variable(struct ek_qasm *qasm, const char *stem, enum qasm_type_kind type,
                                  int *variable);
ek_status ek_qasm_counter(struct ek_qasm *qasm, int *variable);
/* Counts something that a loop or definition repeats. */
ek_status ek_qasm_count_step(struct ek_qasm *qasm, struct qasm_place place);
/* Fails at once where `times` steps of at least `weight` more would exceed the limits. */
ek_status ek_qasm_foresee(struct ek_qasm *qasm, struct qasm_place place, double times,
                          double weight);
ek_status ek_qasm_finish(struct ek_qasm *qasm);

/* ---- qasm_library.c, qasm_apply.c, qasm_power.c -------------------------------------------- */

ek_status ek_qasm_library_begin(struct ek_qasm *qasm);
/* The gate that a call names; fails with what to do about it. */
ek_status ek_qasm_require_gate(struct ek_qasm *qasm, const struct qasm_statement *call,
                               struct qasm_gate **gate);
/* Definitions of the library, as text. */
extern const char ek_qasm_library_text[];

/* Controls that surround a gate: qubits of the state. */
struct qasm_controls {
    int count;
    int qubit[EK_QUBITS_MAX], value[EK_QUBITS_MAX];
};
/* Applies gate^exponent to qubits of the state. */
struct qasm_application {
    struct qasm_gate *gate;
    struct qasm_place place;
    const int *qubits;
    const struct qasm_value *angles;
    double exponent;
    struct qasm_controls controls;
};
ek_status ek_qasm_apply(struct ek_qasm *qasm, const struct qasm_application *what);
/* What modifiers come to. `powers`: of exponents that do not multiply, the innermost first. */
struct qasm_modified {
    int control_count;
    int value[EK_QUBITS_MAX];
    int power_count;
    double power[8];
};
ek_status ek_qasm_modify(struct ek_qasm *qasm, const struct qasm_modifier *modifiers,
                         const struct qasm_value *angles, struct qasm_modified *modified);
/* Applies a gate after modifiers; the first qubits are the controls. */
ek_status ek_qasm_apply_modified(struct ek_qasm *qasm, const struct qasm_application *what,
                                 const struct qasm_modified *modified);
/* Appends one named gate, by the name that includes its controls where there is one. */
ek_status ek_qasm_append_native(struct ek_qasm *qasm, struct qasm_place place, ek_gate gate,
                                const int *qubits, const ek_angle *angles,
                                const struct qasm_controls *controls);
ek_status ek_qasm_append_phase(struct ek_qasm *qasm, struct qasm_place place, ek_angle angle,
                               const struct qasm_controls *controls);
/* Powers through matrices: each exponent in turn, principal. */
ek_status ek_qasm_apply_matrix_power(struct ek_qasm *qasm, const struct qasm_application *what,
                                     const double *powers, int power_count);
/* Powers of named gates that are named gates; `done` says whether it was one. */
ek_status ek_qasm_apply_native_power(struct ek_qasm *qasm, const struct qasm_application *what,
                                     const ek_angle *angles, bool *done);

/* ---- qasm_matrix.c ------------------------------------------------------------------------- */

/* The principal power of a unitary. */
ek_status ek_qasm_matrix_power(int size, ek_complex *matrix, double exponent);

/* ---- statements ---------------------------------------------------------------------------- */

/* qasm_statement.c. False after a failure, which `status` has. */
bool ek_qasm_carry_out(struct ek_qasm *qasm, struct qasm_statement *statement);
ek_status ek_qasm_do_list(struct ek_qasm *qasm, struct qasm_statement *list, enum qasm_flow *flow);
ek_status ek_qasm_measure(struct ek_qasm *qasm, const struct qasm_expr *what,
                          const struct qasm_operand *into, struct qasm_place place);
/* qasm_declare.c */
ek_status ek_qasm_do_qubits(struct ek_qasm *qasm, const struct qasm_statement *what);
ek_status ek_qasm_do_bits(struct ek_qasm *qasm, struct qasm_statement *what);
/* Bits that a block has for itself, the first of `count` that stand side by side: the same ones
 * where the statement is carried out again, while they suffice. */
ek_status ek_qasm_local_bits(struct ek_qasm *qasm, struct qasm_statement *what, int count,
                             int *first);
ek_status ek_qasm_do_declare(struct ek_qasm *qasm, struct qasm_statement *what);
ek_status ek_qasm_do_alias(struct ek_qasm *qasm, const struct qasm_statement *what);
/* qasm_assign.c */
ek_status ek_qasm_do_assign(struct ek_qasm *qasm, const struct qasm_statement *what);
ek_status ek_qasm_store_bits(struct ek_qasm *qasm, const struct qasm_operand *bits,
                             struct qasm_value *value, struct qasm_place place);
ek_status ek_qasm_store_variable(struct ek_qasm *qasm, struct qasm_symbol *symbol,
                                 struct qasm_value *value, struct qasm_place place);
/* Forgets the values of all variables that the statements assign. */
void ek_qasm_forget(struct ek_qasm *qasm, const struct qasm_statement *list);
/* qasm_gate.c */
ek_status ek_qasm_do_gate(struct ek_qasm *qasm, const struct qasm_statement *what);
ek_status ek_qasm_do_call(struct ek_qasm *qasm, const struct qasm_statement *what);
/* qasm_unitary.c: "__unitary(re, im, re, im, ...) ctrl, q0, q1", a matrix by rows, that the writer
 * writes for powers of gates that are no gates of the language. */
ek_status ek_qasm_do_unitary(struct ek_qasm *qasm, const struct qasm_statement *call);
/* qasm_control.c */
ek_status ek_qasm_do_if(struct ek_qasm *qasm, const struct qasm_statement *what,
                        enum qasm_flow *flow);
ek_status ek_qasm_do_for(struct ek_qasm *qasm, struct qasm_statement *what,
                         enum qasm_flow *flow);
ek_status ek_qasm_do_while(struct ek_qasm *qasm, const struct qasm_statement *what);
ek_status ek_qasm_do_switch(struct ek_qasm *qasm, const struct qasm_statement *what,
                            enum qasm_flow *flow);
ek_status ek_qasm_do_jump(struct ek_qasm *qasm, const struct qasm_statement *what,
                          enum qasm_flow *flow);
/* Whether the loop has got a guard for what follows: then begins its branch. */
ek_status ek_qasm_guard(struct ek_qasm *qasm, bool *guarded, int *branch);

/* ---- qasm_lexer.c -------------------------------------------------------------------------- */

ek_status ek_qasm_open(struct ek_qasm *qasm, int file);
void ek_qasm_close_all(struct ek_qasm *qasm);
ek_status ek_qasm_add_keywords(struct ek_qasm *qasm);
/* Whether a name is a word of the version's own, or one of its constants. */
bool ek_qasm_is_word(const char *name, int version);
ek_status ek_qasm_include(struct ek_qasm *qasm, const struct qasm_statement *what);

#endif
