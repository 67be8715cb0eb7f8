/* Statements that take no decisions, and the way to those that do. */
#include "io/qasm_resolve.h"

/* ---- measurement and its like -------------------------------------------------------------- */

static ek_status refuse_in_gate(struct ek_qasm *qasm, const struct qasm_statement *what,
                                const char *name)
{
    if (!qasm->defining) return EK_OK;
    return FAIL_AT(qasm, what->place, "'%s' in the body of a gate, which has only gates", name);
}

ek_status ek_qasm_measure(struct ek_qasm *qasm, const struct qasm_expr *what,
                          const struct qasm_operand *into, struct qasm_place place)
{
    struct qasm_operand qubits;
    EK_TRY(ek_qasm_qubits(qasm, what, &qubits));
    if (into && qubits.count != into->count)
        return FAIL_AT(qasm, what->place, "a measurement of %d qubit%s into %d bit%s",
                       qubits.count, EK_PLURAL(qubits.count), into->count, EK_PLURAL(into->count));
    qasm->here = place;
    for (int i = 0; i < qubits.count; i++) {
        int qubit;
        EK_TRY(ek_qasm_state_qubit(qasm, ek_qasm_element(&qubits, i), qubits.place, &qubit));
        EK_TRY(ek_qasm_instruction(
            qasm, (struct ek_instruction){.kind = EK_DO_MEASURE,
                                          .first = (size_t)qubit,
                                          .expression = -1,
                                          .target = into ? ek_qasm_element(into, i) : -1}));
    }
    return EK_OK;
}

static ek_status do_measure(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    struct qasm_operand bits;
    EK_TRY(refuse_in_gate(qasm, what, "measure"));
    if (!what->target && qasm->lexer.version == 2)
        return FAIL_AT(qasm, what->place, "a measurement without '->' and a classical bit");
    if (!what->target) return ek_qasm_measure(qasm, what->operands, NULL, what->place);
    EK_TRY(ek_qasm_bits(qasm, what->target, &bits));
    return ek_qasm_measure(qasm, what->operands, &bits, what->place);
}

static ek_status do_reset(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    struct qasm_operand qubits;
    EK_TRY(refuse_in_gate(qasm, what, "reset"));
    EK_TRY(ek_qasm_qubits(qasm, what->operands, &qubits));
    qasm->here = what->place;
    for (int i = 0; i < qubits.count; i++) {
        int qubit;
        EK_TRY(ek_qasm_state_qubit(qasm, ek_qasm_element(&qubits, i), qubits.place, &qubit));
        EK_TRY(ek_qasm_instruction(qasm, (struct ek_instruction){.kind = EK_DO_RESET,
                                                                 .first = (size_t)qubit,
                                                                 .target = -1,
                                                                 .expression = -1}));
    }
    return EK_OK;
}

static ek_status add_to_barrier(struct ek_qasm *qasm, const struct qasm_operand *qubits,
                                uint64_t *mask)
{
    for (int i = 0; i < qubits->count; i++) {
        int qubit;
        EK_TRY(ek_qasm_state_qubit(qasm, ek_qasm_element(qubits, i), qubits->place, &qubit));
        *mask |= ek_bit(qubit);
    }
    return EK_OK;
}

/* A barrier touches no qubit, so that one over a large register costs nothing. */
static bool is_too_large(const struct ek_qasm *qasm)
{
    return qasm->program->declared_qubits > EK_QUBITS_MAX;
}

static ek_status do_barrier(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    uint64_t mask = 0;
    struct qasm_operand qubits = {.count = qasm->program->declared_qubits, .place = what->place};
    if (!what->operands && qasm->lexer.version == 2)
        return FAIL_AT(qasm, what->place, "a barrier without qubits");
    if (!what->operands && !is_too_large(qasm)) EK_TRY(add_to_barrier(qasm, &qubits, &mask));
    for (const struct qasm_expr *one = what->operands; one; one = one->next) {
        EK_TRY(ek_qasm_qubits(qasm, one, &qubits));
        if (!qasm->defining && !is_too_large(qasm)) EK_TRY(add_to_barrier(qasm, &qubits, &mask));
    }
    if (qasm->defining || is_too_large(qasm)) return EK_OK;
    qasm->here = what->place;
    return ek_qasm_instruction(
        qasm, (struct ek_instruction){
                  .kind = EK_DO_BARRIER, .qubits = mask, .target = -1, .expression = -1});
}

/* ---- one statement ------------------------------------------------------------------------- */

static ek_status do_block(struct ek_qasm *qasm, struct qasm_statement *block, enum qasm_flow *flow)
{
    struct qasm_scope scope;
    ek_qasm_scope_begin(qasm, &scope);
    const ek_status status = ek_qasm_do_list(qasm, block->body, flow);
    ek_qasm_scope_end(qasm);
    return status;
}

/* What version 2 does not have although its words would do. */
static ek_status check_version(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    if (qasm->lexer.version == 3) return EK_OK;
    if (what->kind == QASM_DO_BLOCK)
        return FAIL_AT(qasm, what->place, "blocks are of OpenQASM 3, expected a statement");
    if (what->kind == QASM_DO_ASSIGN)
        return FAIL_AT(qasm, what->place, "assignments are of OpenQASM 3");
    return EK_OK;
}

static ek_status do_statement(struct ek_qasm *qasm, struct qasm_statement *what,
                              enum qasm_flow *flow)
{
    EK_TRY(check_version(qasm, what));
    switch (what->kind) {
    case QASM_DO_CALL:
        return ek_qasm_do_call(qasm, what);
    case QASM_DO_NOTHING:
        return EK_OK;
    case QASM_DO_INCLUDE:
        return ek_qasm_include(qasm, what);
    case QASM_DO_QUBITS:
        return ek_qasm_do_qubits(qasm, what);
    case QASM_DO_BITS:
        EK_TRY(refuse_in_gate(qasm, what, "creg"));
        return ek_qasm_do_bits(qasm, what);
    case QASM_DO_DECLARE:
        return ek_qasm_do_declare(qasm, what);
    case QASM_DO_ALIAS:
        return ek_qasm_do_alias(qasm, what);
    case QASM_DO_GATE:
    case QASM_DO_OPAQUE:
        return ek_qasm_do_gate(qasm, what);
    case QASM_DO_MEASURE:
        return do_measure(qasm, what);
    case QASM_DO_RESET:
        return do_reset(qasm, what);
    case QASM_DO_BARRIER:
        return do_barrier(qasm, what);
    case QASM_DO_ASSIGN:
        return ek_qasm_do_assign(qasm, what);
    case QASM_DO_BLOCK:
        return do_block(qasm, what, flow);
    case QASM_DO_IF:
        EK_TRY(refuse_in_gate(qasm, what, "if"));
        return ek_qasm_do_if(qasm, what, flow);
    case QASM_DO_FOR:
        return ek_qasm_do_for(qasm, what, flow);
    case QASM_DO_WHILE:
        EK_TRY(refuse_in_gate(qasm, what, "while"));
        return ek_qasm_do_while(qasm, what);
    case QASM_DO_SWITCH:
        EK_TRY(refuse_in_gate(qasm, what, "switch"));
        return ek_qasm_do_switch(qasm, what, flow);
    default:
        EK_TRY(refuse_in_gate(qasm, what, "a jump"));
        return ek_qasm_do_jump(qasm, what, flow);
    }
}

/* ---- lists --------------------------------------------------------------------------------- */

/* Closes the guards of a list. Behind them nothing is known of what they have guarded, and the way
 * it ended holds at most until the end of the iteration. */
static ek_status close_guards(struct ek_qasm *qasm, const int *branches, int count,
                              const struct qasm_statement *guarded, enum qasm_flow *flow)
{
    if (count == 0) return EK_OK;
    if (*flow != QASM_GOES_ON) *flow = QASM_CONTINUES;
    qasm->conditions -= count;
    ek_qasm_forget(qasm, guarded);
    while (count > 0) EK_TRY(ek_qasm_branch_end(qasm, branches[--count], true));
    return EK_OK;
}

/* Where a statement has given the loop around it a guard, the rest stands behind that. */
ek_status ek_qasm_do_list(struct ek_qasm *qasm, struct qasm_statement *list, enum qasm_flow *flow)
{
    enum { GUARDS_MAX = 64 };
    int branches[GUARDS_MAX], count = 0;
    const struct qasm_statement *first_guarded = NULL;
    for (; list && *flow == QASM_GOES_ON; list = list->next) {
        bool guarded = false;
        const int before = qasm->guards;
        EK_TRY(do_statement(qasm, list, flow));
        if (qasm->guards == before || !list->next || *flow != QASM_GOES_ON) continue;
        if (count == GUARDS_MAX)
            return FAIL_AT(qasm, list->place, "more than %d breaks and continues in one block",
                           GUARDS_MAX);
        EK_TRY(ek_qasm_guard(qasm, &guarded, &branches[count]));
        if (guarded && count++ == 0) first_guarded = list->next;
        qasm->conditions += guarded;
    }
    return close_guards(qasm, branches, count, first_guarded, flow);
}

bool ek_qasm_carry_out(struct ek_qasm *qasm, struct qasm_statement *statement)
{
    enum qasm_flow flow = QASM_GOES_ON;
    if (!qasm->has_ended) qasm->status = do_statement(qasm, statement, &flow);
    if (flow == QASM_ENDS) qasm->has_ended = true;
    ek_qasm_arena_reset(&qasm->scratch);
    return qasm->status == EK_OK;
}
