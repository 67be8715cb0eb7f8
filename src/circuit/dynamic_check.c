/* Whether every number of a program is in its range: what other code may then rely on. */
#include "circuit/dynamic.h"

static bool is_below(int64_t value, size_t bound)
{
    return value >= 0 && (uint64_t)value < bound;
}

static bool is_range(int64_t first, int64_t count, int64_t end)
{
    return first >= 0 && count >= 1 && count <= end && first <= end - count;
}

static bool needs_width(const struct ek_expression *node)
{
    const bool whole = node->type == EK_VALUE_INT || node->type == EK_VALUE_UINT;
    switch (node->op) {
    case EK_EXPR_ANGLE:
        return true;
    case EK_EXPR_CAST:
    case EK_EXPR_INVERT:
    case EK_EXPR_ROTATE_LEFT:
    case EK_EXPR_ROTATE_RIGHT:
        return whole;
    default:
        return false;
    }
}

static bool is_expression(const ek_dynamic *program, size_t number)
{
    const struct ek_expression *node = &program->expressions[number];
    if (node->op >= EK_EXPR_OPERATORS || node->type > EK_VALUE_FLOAT || node->width > 64)
        return false;
    if (needs_width(node) && node->width == 0) return false;
    switch (node->op) {
    case EK_EXPR_CONSTANT:
        return true;
    case EK_EXPR_BIT:
        return is_below(node->first, (size_t)program->clbits);
    case EK_EXPR_REGISTER:
        return node->count <= 64 && is_range(node->first, node->count, program->clbits);
    case EK_EXPR_VARIABLE:
        return is_below(node->first, program->variable_count);
    default:
        break;
    }
    if (!is_below(node->left, number)) return false;
    return node->op < EK_EXPR_ADD ? node->right == -1 : is_below(node->right, number);
}

static bool has_type(const ek_dynamic *program, int32_t expression, enum ek_value_type type)
{
    return is_below(expression, program->expression_count) &&
           program->expressions[expression].type == type;
}

static enum ek_value_type held_as(const struct ek_variable *variable)
{
    switch (variable->declared) {
    case EK_DECLARED_BOOL:
        return EK_VALUE_BOOL;
    case EK_DECLARED_INT:
        return EK_VALUE_INT;
    case EK_DECLARED_UINT:
        return EK_VALUE_UINT;
    default:
        return EK_VALUE_FLOAT;
    }
}

static bool is_assignment(const ek_dynamic *program, const struct ek_instruction *what)
{
    return is_below(what->target, program->variable_count) &&
           has_type(program, what->expression, held_as(&program->variables[what->target]));
}

static bool is_instruction(const ek_dynamic *program, const struct ek_instruction *what)
{
    const size_t end = program->instruction_count + 1;
    if (!is_below(what->file, program->file_count)) return false;
    switch (what->kind) {
    case EK_DO_GATES:
        return what->count <= program->circuit->op_count &&
               what->first <= program->circuit->op_count - what->count;
    case EK_DO_MEASURE:
        return what->first < (size_t)program->qubits &&
               (what->target == -1 || is_below(what->target, (size_t)program->clbits));
    case EK_DO_RESET:
        return what->first < (size_t)program->qubits;
    case EK_DO_BARRIER:
        return (what->qubits & ~ek_low_bits(program->qubits)) == 0;
    case EK_DO_ASSIGN:
        return is_assignment(program, what);
    case EK_DO_ASSIGN_BITS:
        return what->count <= 64 &&
               is_range(what->target, (int64_t)what->count, program->clbits) &&
               has_type(program, what->expression, EK_VALUE_UINT);
    case EK_DO_BRANCH:
        return is_below(what->target, end) && has_type(program, what->expression, EK_VALUE_BOOL);
    case EK_DO_JUMP:
        return is_below(what->target, end);
    case EK_DO_LOOP:
        return is_below(what->target, program->variable_count) &&
               program->variables[what->target].declared == EK_DECLARED_UINT;
    default:
        return false;
    }
}

static bool are_registers(const ek_dynamic *program, ek_register_kind kind, int total)
{
    int next = 0;
    for (size_t i = 0; i < program->register_count[kind]; i++) {
        const ek_register *here = &program->registers[kind][i];
        if (here->first != next || here->size < 1 || here->size > total - next) return false;
        next += here->size;
    }
    return next == total;
}

static bool are_parameters(const ek_dynamic *program)
{
    if (program->parameter_expression_count != program->circuit->parameter_count) return false;
    for (size_t i = 0; i < program->parameter_expression_count; i++)
        if (!has_type(program, program->parameter_expressions[i], EK_VALUE_FLOAT)) return false;
    return true;
}

static bool are_qubits(const ek_dynamic *program)
{
    if (program->qubits < 1 || program->circuit->qubits != program->qubits) return false;
    for (int q = 0; q < program->qubits; q++)
        if (!is_below(program->declared[q], (size_t)program->declared_qubits)) return false;
    return true;
}

ek_status ek_dynamic_check(const ek_dynamic *program)
{
    if (!are_qubits(program) || !are_parameters(program) ||
        !are_registers(program, EK_REGISTER_QUBITS, program->declared_qubits) ||
        !are_registers(program, EK_REGISTER_BITS, program->clbits))
        return EK_FAIL(EK_ERROR_MISMATCH, "a program whose qubits, registers or parameters do "
                                          "not fit together");
    for (size_t i = 0; i < program->variable_count; i++)
        if (program->variables[i].declared > EK_DECLARED_ANGLE || program->variables[i].width > 64)
            return EK_FAIL(EK_ERROR_MISMATCH, "variable %zu of a program is damaged", i);
    for (size_t i = 0; i < program->expression_count; i++)
        if (!is_expression(program, i))
            return EK_FAIL(EK_ERROR_MISMATCH, "expression %zu of a program is damaged", i);
    for (size_t i = 0; i < program->instruction_count; i++)
        if (!is_instruction(program, &program->instructions[i]))
            return EK_FAIL(EK_ERROR_MISMATCH, "instruction %zu of a program is damaged", i);
    return EK_OK;
}
