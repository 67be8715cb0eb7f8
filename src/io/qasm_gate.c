/* Gate definitions, and calls of gates with their operands. */
#include "io/qasm_resolve.h"

#include <string.h>

/* ---- definitions --------------------------------------------------------------------------- */

static bool same_expr(const struct qasm_expr *a, const struct qasm_expr *b)
{
    if (!a || !b) return a == b;
    if (a->kind != b->kind || a->op != b->op) return false;
    switch (a->kind) {
    case QASM_EXPR_INTEGER:
    case QASM_EXPR_BOOL:
    case QASM_EXPR_VALUE:
        return a->integer == b->integer;
    case QASM_EXPR_REAL:
        return a->real == b->real;
    case QASM_EXPR_UNARY:
    case QASM_EXPR_BINARY:
        return same_expr(a->left, b->left) && same_expr(a->right, b->right);
    default:
        return false;
    }
}

static bool same_list(const struct qasm_expr *a, const struct qasm_expr *b)
{
    for (; a && b; a = a->next, b = b->next)
        if (!same_expr(a, b)) return false;
    return a == b;
}

static bool same_modifiers(const struct qasm_modifier *a, const struct qasm_modifier *b)
{
    for (; a && b; a = a->next, b = b->next)
        if (a->kind != b->kind || !same_expr(a->argument, b->argument)) return false;
    return a == b;
}

/* Whether two definitions are the same but for the names of parameters and qubits. */
static bool same_body(const struct qasm_gate *a, const struct qasm_gate *b)
{
    const struct qasm_call *x = a->first, *y = b->first;
    if (a->qubits != b->qubits || a->angles != b->angles) return false;
    for (; x && y; x = x->next, y = y->next)
        if (x->gate != y->gate || x->qubit_count != y->qubit_count ||
            memcmp(x->qubits, y->qubits, (size_t)x->qubit_count * sizeof *x->qubits) != 0 ||
            !same_list(x->angles, y->angles) || !same_modifiers(x->modifiers, y->modifiers))
            return false;
    return x == y;
}

/* Formal parameters or qubits, numbered from 0. */
static ek_status declare_formals(struct ek_qasm *qasm, enum qasm_symbol_kind kind,
                                 const struct qasm_expr *names, int most, int *count)
{
    const char *what = kind == QASM_IS_FORMAL_ANGLE ? "parameters" : "qubits";
    *count = 0;
    for (; names; names = names->next) {
        struct qasm_symbol *symbol;
        if (*count == most)
            return FAIL_AT(qasm, names->place, "a gate of more than %d %s", most, what);
        EK_TRY(ek_qasm_declare(qasm, kind, names->name, names->place, &symbol));
        symbol->first = (*count)++;
    }
    return EK_OK;
}

static ek_status check_redefinition(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    const int library = qasm->names.list[what->name].library;
    const bool second = qasm->lexer.version == 2;
    if (library == 0 || qasm->reads_library) return EK_OK;
    const unsigned origin = qasm->library[library - 1].origin;
    const bool always = origin & (second ? QASM_ALWAYS_2 : QASM_ALWAYS);
    if (always)
        return FAIL_AT(qasm, what->name_place, "redefinition of '%s', which is built in",
                       ek_qasm_text(qasm, what->name));
    if (qasm->has_gates && (origin & (second ? QASM_QELIB : QASM_STDGATES)))
        return FAIL_AT(qasm, what->name_place, "redefinition of '%s', which %s defines",
                       ek_qasm_text(qasm, what->name), second ? "qelib1.inc" : "stdgates.inc");
    return EK_OK;
}

/* The body, within a scope that has the formal names. */
static ek_status define_body(struct ek_qasm *qasm, const struct qasm_statement *what,
                             struct qasm_gate *gate)
{
    enum qasm_flow flow = QASM_GOES_ON;
    EK_TRY(
        declare_formals(qasm, QASM_IS_FORMAL_ANGLE, what->list, QASM_ANGLES_MAX, &gate->angles));
    EK_TRY(
        declare_formals(qasm, QASM_IS_FORMAL_QUBIT, what->operands, EK_QUBITS_MAX, &gate->qubits));
    if (what->kind == QASM_DO_OPAQUE) return EK_OK;
    qasm->defining = gate;
    const ek_status status = ek_qasm_do_list(qasm, what->body->body, &flow);
    qasm->defining = NULL;
    gate->has_body = true;
    return status;
}

static ek_status define(struct ek_qasm *qasm, const struct qasm_statement *what,
                        struct qasm_gate *gate)
{
    struct qasm_scope scope;
    *gate = (struct qasm_gate){.name = what->name,
                               .native = EK_GATE_COUNT,
                               .is_opaque = what->kind == QASM_DO_OPAQUE,
                               .place = what->name_place};
    ek_qasm_scope_begin(qasm, &scope);
    const ek_status status = define_body(qasm, what, gate);
    ek_qasm_scope_end(qasm);
    return status;
}

/* The library's text adds the body to what the table has. */
static ek_status define_library(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    struct qasm_gate *entry = &qasm->library[qasm->names.list[what->name].library - 1];
    const struct qasm_gate before = *entry;
    EK_TRY(define(qasm, what, entry));
    entry->native = before.native;
    entry->origin = before.origin;
    entry->controls = before.controls;
    return EK_OK;
}

ek_status ek_qasm_do_gate(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    struct qasm_symbol *symbol;
    if (qasm->scope != &qasm->global || qasm->defining)
        return FAIL_AT(qasm, what->place, "a gate is defined outside of all blocks");
    if (qasm->reads_library) return define_library(qasm, what);
    EK_TRY(check_redefinition(qasm, what));
    const struct qasm_symbol *old = ek_qasm_find(qasm, what->name);
    struct qasm_gate *gate = ek_qasm_arena_take(&qasm->keep, sizeof *gate);
    if (!gate) return EK_ERROR_MEMORY;
    if (!old) EK_TRY(define(qasm, what, gate));
    EK_TRY(ek_qasm_declare(qasm, QASM_IS_GATE, what->name, what->name_place, &symbol));
    const int library = qasm->names.list[what->name].library;
    struct qasm_gate *like = library > 0 ? &qasm->library[library - 1] : NULL;
    symbol->gate = like && like->has_body && same_body(gate, like) ? like : gate;
    return EK_OK;
}

/* ---- calls --------------------------------------------------------------------------------- */

enum { OPERANDS_MAX = EK_QUBITS_MAX, DEFINITIONS_MAX = 100 };

/* A call before its operands are spread: all that the definition or the program needs. */
struct prepared {
    struct qasm_gate *gate;
    struct qasm_modified modified;
    struct qasm_operand operands[OPERANDS_MAX];
    int operand_count;
};

static ek_status count_angles(struct ek_qasm *qasm, const struct qasm_statement *call,
                              const struct qasm_gate *gate)
{
    int count = 0;
    for (const struct qasm_expr *one = call->list; one; one = one->next) count++;
    if (count == gate->angles) return EK_OK;
    return FAIL_AT(qasm, call->name_place, "'%s' with %d parameter%s, expected %d",
                   ek_qasm_text(qasm, call->name), count, EK_PLURAL(count), gate->angles);
}

static ek_status count_qubits(struct ek_qasm *qasm, const struct qasm_statement *call,
                              const struct prepared *what)
{
    const int expected = what->gate->qubits + what->modified.control_count;
    if (what->operand_count == expected) return EK_OK;
    return FAIL_AT(qasm, call->name_place, "'%s' on %d qubit%s, expected %d%s",
                   ek_qasm_text(qasm, call->name), what->operand_count,
                   EK_PLURAL(what->operand_count), expected,
                   what->modified.control_count > 0 ? " with the controls" : "");
}

static ek_status read_operands(struct ek_qasm *qasm, const struct qasm_statement *call,
                               struct prepared *what)
{
    what->operand_count = 0;
    for (const struct qasm_expr *one = call->operands; one; one = one->next) {
        if (what->operand_count == OPERANDS_MAX)
            return FAIL_AT(qasm, one->place, "a gate on more than %d qubits", OPERANDS_MAX);
        EK_TRY(ek_qasm_qubits(qasm, one, &what->operands[what->operand_count++]));
    }
    return EK_OK;
}

/* The same qubit may not stand twice. */
static ek_status check_distinct(struct ek_qasm *qasm, const struct prepared *what,
                                const int *qubits)
{
    uint64_t seen = 0;
    for (int i = 0; i < what->operand_count; i++) {
        if (seen & ek_bit(qubits[i]))
            return FAIL_AT(qasm, what->operands[i].place, "the same qubit twice in one '%s'",
                           ek_qasm_text(qasm, what->gate->name));
        seen |= ek_bit(qubits[i]);
    }
    return EK_OK;
}

/* How often the call is repeated along registers: they must be of one length. */
static ek_status find_length(struct ek_qasm *qasm, const struct prepared *what, int *length)
{
    const struct qasm_operand *longest = NULL;
    *length = 1;
    for (int i = 0; i < what->operand_count; i++) {
        const struct qasm_operand *operand = &what->operands[i];
        if (operand->single) continue;
        if (longest && longest->count != operand->count)
            return FAIL_AT(qasm, operand->place, "registers of %d and %d qubits in one '%s'",
                           longest->count, operand->count, ek_qasm_text(qasm, what->gate->name));
        longest = operand;
        *length = operand->count;
    }
    return EK_OK;
}

/* ---- calls in definitions ------------------------------------------------------------------ */

static ek_status bind_modifiers(struct ek_qasm *qasm, const struct qasm_modifier *list,
                                struct qasm_modifier **bound)
{
    for (; list; list = list->next) {
        struct qasm_modifier *fresh = ek_qasm_arena_take(&qasm->keep, sizeof *fresh);
        if (!fresh) return EK_ERROR_MEMORY;
        *fresh = *list;
        fresh->next = NULL;
        if (list->argument) EK_TRY(ek_qasm_bind(qasm, list->argument, &fresh->argument));
        *bound = fresh;
        bound = &fresh->next;
    }
    return EK_OK;
}

static ek_status bind_call(struct ek_qasm *qasm, const struct qasm_statement *call,
                           const struct prepared *what)
{
    struct qasm_call *fresh = ek_qasm_arena_take(&qasm->keep, sizeof *fresh);
    int *qubits = ek_qasm_arena_take(&qasm->keep, (size_t)what->operand_count * sizeof *qubits);
    struct qasm_gate *gate = qasm->defining;
    if (!fresh || !qubits) return EK_ERROR_MEMORY;
    for (int i = 0; i < what->operand_count; i++) qubits[i] = what->operands[i].first;
    EK_TRY(check_distinct(qasm, what, qubits));
    *fresh = (struct qasm_call){.gate = what->gate,
                                .place = call->name_place,
                                .qubits = qubits,
                                .qubit_count = what->operand_count,
                                .previous = gate->last};
    EK_TRY(bind_modifiers(qasm, call->modifiers.first, &fresh->modifiers));
    struct qasm_expr **bound = &fresh->angles;
    for (const struct qasm_expr *one = call->list; one; one = one->next) {
        EK_TRY(ek_qasm_bind(qasm, one, bound));
        bound = &(*bound)->next;
    }
    if (what->gate->depth >= gate->depth) gate->depth = what->gate->depth + 1;
    if (gate->depth > DEFINITIONS_MAX)
        return FAIL_AT(qasm, call->name_place, "definitions within definitions, over %d deep",
                       DEFINITIONS_MAX);
    gate->weight += 1 + what->gate->weight;
    if (gate->last)
        gate->last->next = fresh;
    else
        gate->first = fresh;
    gate->last = fresh;
    return ek_qasm_count_step(qasm, call->place);
}

/* ---- calls in the program ------------------------------------------------------------------ */

static ek_status evaluate_angles(struct ek_qasm *qasm, const struct qasm_statement *call,
                                 struct qasm_value *angles)
{
    for (const struct qasm_expr *one = call->list; one; one = one->next, angles++) {
        EK_TRY(ek_qasm_evaluate(qasm, one, true, NULL, angles));
        EK_TRY(ek_qasm_check_angle(qasm, one->place, angles));
    }
    return EK_OK;
}

static ek_status apply_at(struct ek_qasm *qasm, const struct qasm_statement *call,
                          const struct prepared *what, const struct qasm_value *angles, int at)
{
    int qubits[OPERANDS_MAX];
    const struct qasm_application application = {.gate = what->gate,
                                                 .place = call->name_place,
                                                 .qubits = qubits,
                                                 .angles = angles,
                                                 .exponent = 1};
    for (int i = 0; i < what->operand_count; i++) {
        const struct qasm_operand *operand = &what->operands[i];
        const int declared = ek_qasm_element(operand, operand->single ? 0 : at);
        EK_TRY(ek_qasm_state_qubit(qasm, declared, operand->place, &qubits[i]));
    }
    EK_TRY(check_distinct(qasm, what, qubits));
    return ek_qasm_apply_modified(qasm, &application, &what->modified);
}

static ek_status apply_all(struct ek_qasm *qasm, const struct qasm_statement *call,
                           const struct prepared *what)
{
    struct qasm_value angles[QASM_ANGLES_MAX];
    int length;
    EK_TRY(find_length(qasm, what, &length));
    EK_TRY(evaluate_angles(qasm, call, angles));
    qasm->here = call->place;
    for (int at = 0; at < length; at++) EK_TRY(apply_at(qasm, call, what, angles, at));
    return ek_qasm_note_gates(qasm);
}

ek_status ek_qasm_do_call(struct ek_qasm *qasm, const struct qasm_statement *call)
{
    struct prepared what = {0};
    if (call->name == qasm->unitary_name) return ek_qasm_do_unitary(qasm, call);
    EK_TRY(ek_qasm_require_gate(qasm, call, &what.gate));
    if (what.gate->is_opaque)
        return FAIL_AT(qasm, call->name_place, "'%s' is opaque: it has no definition to simulate",
                       ek_qasm_text(qasm, call->name));
    EK_TRY(count_angles(qasm, call, what.gate));
    EK_TRY(ek_qasm_modify(qasm, call->modifiers.first, NULL, &what.modified));
    EK_TRY(read_operands(qasm, call, &what));
    EK_TRY(count_qubits(qasm, call, &what));
    if (qasm->copies > 0) EK_TRY(ek_qasm_count_step(qasm, call->place));
    return qasm->defining ? bind_call(qasm, call, &what) : apply_all(qasm, call, &what);
}
