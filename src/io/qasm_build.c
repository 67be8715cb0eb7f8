/* Instructions, one after the other: gates that follow each other share one, branches with the
 * same condition join, and places that are jumped to part what is before them from what is behind.
 */
#include "io/qasm_resolve.h"

#include <string.h>

/* ---- places -------------------------------------------------------------------------------- */

static ek_status set_place(struct ek_qasm *qasm, struct ek_instruction *what)
{
    struct qasm_source *source = &qasm->sources.list[qasm->here.file];
    if (source->number < 0)
        EK_TRY(ek_dynamic_add_file(qasm->program, source->path, &source->number));
    what->file = source->number;
    return ek_qasm_locate(&qasm->sources, qasm->here, &what->line, &what->column);
}

/* ---- instructions -------------------------------------------------------------------------- */

static struct ek_instruction *last_instruction(struct ek_qasm *qasm)
{
    ek_dynamic *program = qasm->program;
    return program->instruction_count > qasm->label
               ? &program->instructions[program->instruction_count - 1]
               : NULL;
}

static ek_status append(struct ek_qasm *qasm, struct ek_instruction what)
{
    EK_TRY(set_place(qasm, &what));
    return ek_dynamic_add_instruction(qasm->program, &what);
}

ek_status ek_qasm_note_gates(struct ek_qasm *qasm)
{
    const size_t count = qasm->program->circuit->op_count;
    struct ek_instruction *last = last_instruction(qasm);
    if (count == qasm->noted) return EK_OK;
    if (last && last->kind == EK_DO_GATES)
        last->count = count - last->first;
    else
        EK_TRY(append(qasm, (struct ek_instruction){.kind = EK_DO_GATES,
                                                    .first = qasm->noted,
                                                    .count = count - qasm->noted,
                                                    .target = -1,
                                                    .expression = -1}));
    qasm->noted = count;
    return EK_OK;
}

ek_status ek_qasm_instruction(struct ek_qasm *qasm, struct ek_instruction what)
{
    EK_TRY(ek_qasm_note_gates(qasm));
    return append(qasm, what);
}

/* ---- branches ------------------------------------------------------------------------------ */

static bool reads(const ek_dynamic *program, int expression, enum ek_operator leaf, int first,
                  int count)
{
    if (expression < 0) return false;
    const struct ek_expression *node = &program->expressions[expression];
    if (node->op == EK_EXPR_VARIABLE) return leaf == EK_EXPR_VARIABLE && node->first == first;
    if (node->op == EK_EXPR_BIT || node->op == EK_EXPR_REGISTER) {
        const int width = node->op == EK_EXPR_BIT ? 1 : node->count;
        return leaf == EK_EXPR_BIT && node->first < first + count && first < node->first + width;
    }
    return reads(program, node->left, leaf, first, count) ||
           reads(program, node->right, leaf, first, count);
}

/* Whether the instruction leaves the condition as it is, and is no jump. */
static bool keeps(const ek_dynamic *program, const struct ek_instruction *what, int condition)
{
    switch (what->kind) {
    case EK_DO_GATES:
    case EK_DO_RESET:
    case EK_DO_BARRIER:
        return true;
    case EK_DO_MEASURE:
        return what->target < 0 || !reads(program, condition, EK_EXPR_BIT, what->target, 1);
    case EK_DO_ASSIGN:
        return !reads(program, condition, EK_EXPR_VARIABLE, what->target, 1);
    case EK_DO_ASSIGN_BITS:
        return !reads(program, condition, EK_EXPR_BIT, what->target, (int)what->count);
    default:
        return false;
    }
}

/* A branch can go on where the one before has the same condition and has not changed it. */
static bool can_merge(const struct ek_qasm *qasm, int condition)
{
    const ek_dynamic *program = qasm->program;
    if (qasm->merge_at < 0 || qasm->noted != program->circuit->op_count) return false;
    const struct ek_instruction *before = &program->instructions[qasm->merge_at];
    if (before->target != (int32_t)program->instruction_count || before->expression != condition)
        return false;
    for (size_t i = (size_t)qasm->merge_at + 1; i < program->instruction_count; i++)
        if (!keeps(program, &program->instructions[i], condition)) return false;
    return true;
}

ek_status ek_qasm_branch_begin(struct ek_qasm *qasm, int condition, bool may_merge, int *branch)
{
    ek_dynamic *program = qasm->program;
    EK_TRY(ek_qasm_note_gates(qasm));
    if (may_merge && can_merge(qasm, condition)) {
        *branch = qasm->merge_at;
        qasm->label = (size_t)*branch + 1;
        return EK_OK;
    }
    *branch = (int)program->instruction_count;
    EK_TRY(ek_qasm_instruction(
        qasm,
        (struct ek_instruction){.kind = EK_DO_BRANCH, .target = 0, .expression = condition}));
    qasm->label = program->instruction_count;
    return EK_OK;
}

ek_status ek_qasm_branch_end(struct ek_qasm *qasm, int branch, bool may_merge)
{
    ek_dynamic *program = qasm->program;
    EK_TRY(ek_qasm_note_gates(qasm));
    qasm->merge_at = may_merge ? branch : -1;
    if (program->instruction_count == (size_t)branch + 1) { /* nothing in it */
        program->instruction_count--;
        qasm->merge_at = -1;
    } else
        program->instructions[branch].target = (int32_t)program->instruction_count;
    qasm->label = program->instruction_count;
    return EK_OK;
}

ek_status ek_qasm_aim(struct ek_qasm *qasm, const int32_t *jumps, size_t count)
{
    EK_TRY(ek_qasm_note_gates(qasm));
    for (size_t i = 0; i < count; i++)
        qasm->program->instructions[jumps[i]].target = (int32_t)qasm->program->instruction_count;
    qasm->label = qasm->program->instruction_count;
    qasm->merge_at = -1;
    return EK_OK;
}

/* ---- variables ----------------------------------------------------------------------------- */

ek_status ek_qasm_variable(struct ek_qasm *qasm, const char *name, enum qasm_type_kind type,
                           int width, bool is_input, int *variable)
{
    static const enum ek_declared_type declared[] = {
        [QASM_TYPE_BOOL] = EK_DECLARED_BOOL,   [QASM_TYPE_BIT] = EK_DECLARED_BOOL,
        [QASM_TYPE_INT] = EK_DECLARED_INT,     [QASM_TYPE_UINT] = EK_DECLARED_UINT,
        [QASM_TYPE_FLOAT] = EK_DECLARED_FLOAT, [QASM_TYPE_ANGLE] = EK_DECLARED_ANGLE};
    const struct ek_variable fresh = {.name = (char *)(uintptr_t)name,
                                      .is_input = is_input,
                                      .declared = (uint8_t)declared[type],
                                      .width = (uint8_t)width};
    return ek_dynamic_add_variable(qasm->program, &fresh, variable);
}

ek_status ek_qasm_hidden_variable(struct ek_qasm *qasm, const char *stem, enum qasm_type_kind type,
                                  int *variable)
{
    char name[64];
    snprintf(name, sizeof name, "%s%d", stem, ++qasm->hidden);
    return ek_qasm_variable(qasm, name, type, 0, false, variable);
}

ek_status ek_qasm_counter(struct ek_qasm *qasm, int *variable)
{
    char name[32];
    snprintf(name, sizeof name, "$loop%d", ++qasm->counters);
    return ek_qasm_variable(qasm, name, QASM_TYPE_UINT, 0, false, variable);
}

/* ---- limits -------------------------------------------------------------------------------- */

static uint64_t operations_max(const struct ek_qasm *qasm)
{
    return qasm->options.operations_max ? qasm->options.operations_max : QASM_OPERATIONS_MAX;
}

static ek_status fail_growth(struct ek_qasm *qasm, struct qasm_place place)
{
    return FAIL_AT(qasm, place, "loops and gates unroll to more than %llu operations",
                   (unsigned long long)operations_max(qasm));
}

ek_status ek_qasm_count_step(struct ek_qasm *qasm, struct qasm_place place)
{
    const uint64_t most = operations_max(qasm);
    qasm->steps++;
    if (qasm->steps <= QASM_STEPS_PER_OPERATION * most && qasm->program->circuit->op_count <= most)
        return EK_OK;
    return fail_growth(qasm, place);
}

ek_status ek_qasm_foresee(struct ek_qasm *qasm, struct qasm_place place, double times,
                          double weight)
{
    const double left =
        (double)QASM_STEPS_PER_OPERATION * (double)operations_max(qasm) - (double)qasm->steps;
    return times * weight > left ? fail_growth(qasm, place) : EK_OK;
}

/* ---- the end ------------------------------------------------------------------------------- */

static uint64_t map_mask(uint64_t mask, const int *to)
{
    uint64_t mapped = 0;
    for (; mask; mask &= mask - 1) mapped |= ek_bit(to[ek_lowest_bit(mask)]);
    return mapped;
}

/* Renumbers the qubits of all operations. */
static void map_qubits(ek_dynamic *program, const int *to)
{
    for (size_t i = 0; i < program->circuit->op_count; i++) {
        struct ek_op *op = &program->circuit->ops[i];
        for (int j = 0; j < op->target_count; j++) op->target[j] = (uint8_t)to[op->target[j]];
        op->control_mask = map_mask(op->control_mask, to);
        op->control_value = map_mask(op->control_value, to);
        op->x_mask = map_mask(op->x_mask, to);
        op->z_mask = map_mask(op->z_mask, to);
        op->x_like = map_mask(op->x_like, to);
        op->z_like = map_mask(op->z_like, to);
    }
    for (size_t i = 0; i < program->instruction_count; i++) {
        struct ek_instruction *what = &program->instructions[i];
        if (what->kind == EK_DO_MEASURE || what->kind == EK_DO_RESET)
            what->first = (size_t)to[what->first];
        if (what->kind == EK_DO_BARRIER) what->qubits = map_mask(what->qubits, to);
    }
}

/* Only the qubits that are touched, in the order of their declaration. */
static ek_status keep_touched(struct ek_qasm *qasm)
{
    int declared[EK_QUBITS_MAX] = {0}, to[EK_QUBITS_MAX] = {0}, count = 0;
    for (size_t d = 0; d < qasm->qubit_of_count; d++)
        if (qasm->qubit_of[d] >= 0) {
            to[qasm->qubit_of[d]] = count;
            declared[count++] = (int)d;
        }
    map_qubits(qasm->program, to);
    return ek_dynamic_finish(qasm->program, count > 0 ? count : 1, declared);
}

/* The counters of loops go behind the variables that have been declared, as they are made anew
 * when the program has been written and read again. */
static ek_status sort_variables(ek_dynamic *program)
{
    struct ek_variable *sorted = NULL;
    int32_t *to = NULL;
    size_t next = 0;
    ek_status status = EK_NEW(sorted, program->variable_count);
    if (status == EK_OK) status = EK_NEW(to, program->variable_count);
    for (int hidden = 0; status == EK_OK && hidden < 2; hidden++)
        for (size_t i = 0; i < program->variable_count; i++)
            if ((program->variables[i].name[0] == '$') == hidden) {
                to[i] = (int32_t)next;
                sorted[next++] = program->variables[i];
            }
    if (status == EK_OK && program->variable_count > 0) {
        memcpy(program->variables, sorted, program->variable_count * sizeof *sorted);
        for (size_t i = 0; i < program->expression_count; i++)
            if (program->expressions[i].op == EK_EXPR_VARIABLE)
                program->expressions[i].first = to[program->expressions[i].first];
        for (size_t i = 0; i < program->instruction_count; i++)
            if (program->instructions[i].kind == EK_DO_ASSIGN ||
                program->instructions[i].kind == EK_DO_LOOP)
                program->instructions[i].target = to[program->instructions[i].target];
    }
    ek_release(sorted);
    ek_release(to);
    return status;
}

ek_status ek_qasm_finish(struct ek_qasm *qasm)
{
    ek_dynamic *program = qasm->program;
    EK_TRY(ek_qasm_note_gates(qasm));
    for (size_t i = 0; i < qasm->end_count; i++)
        program->instructions[qasm->ends[i]].target = (int32_t)program->instruction_count;
    if (program->declared_qubits == 0)
        return FAIL_AT(qasm, qasm->lexer.last_end, "the program ends without declaring a qubit");
    EK_TRY(sort_variables(program));
    if (program->declared_qubits > EK_QUBITS_MAX)
        EK_TRY(keep_touched(qasm));
    else
        EK_TRY(ek_dynamic_finish(program, program->declared_qubits, NULL));
    return ek_dynamic_check(program);
}
