#include "support/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char difference[512];

__attribute__((format(printf, 1, 2))) static bool differ(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(difference, sizeof difference, format, arguments);
    va_end(arguments);
    return false;
}

static bool same_double(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* ---- expressions --------------------------------------------------------------------------- */

static bool same_expression(const ek_dynamic *a, int left, const ek_dynamic *b, int right)
{
    if (left < 0 || right < 0) return left == right;
    const struct ek_expression *x = &a->expressions[left], *y = &b->expressions[right];
    if (x->op != y->op || x->type != y->type || x->width != y->width)
        return differ("operator %d type %d width %d, and %d %d %d", x->op, x->type, x->width,
                      y->op, y->type, y->width);
    switch (x->op) {
    case EK_EXPR_CONSTANT:
        return x->value.u == y->value.u ||
               differ("constant %llx, and %llx", (unsigned long long)x->value.u,
                      (unsigned long long)y->value.u);
    case EK_EXPR_BIT:
    case EK_EXPR_REGISTER:
    case EK_EXPR_VARIABLE:
        return (x->first == y->first && (x->op != EK_EXPR_REGISTER || x->count == y->count)) ||
               differ("leaf %d: %d, and %d", x->op, x->first, y->first);
    default:
        return same_expression(a, x->left, b, y->left) &&
               same_expression(a, x->right, b, y->right);
    }
}

/* ---- operations ---------------------------------------------------------------------------- */

static bool same_angle(const ek_dynamic *a, const ek_angle *x, const ek_dynamic *b,
                       const ek_angle *y)
{
    if (!same_double(x->offset, y->offset) || (x->parameter < 0) != (y->parameter < 0))
        return differ("angle %.17g, and %.17g", x->offset, y->offset);
    if (x->parameter < 0) return true;
    return (same_double(x->scale, y->scale) ||
            differ("scale %.17g, and %.17g", x->scale, y->scale)) &&
           same_expression(a, a->parameter_expressions[x->parameter], b,
                           b->parameter_expressions[y->parameter]);
}

static bool same_shape(const struct ek_op *x, const struct ek_op *y)
{
    return x->kind == y->kind && x->gate == y->gate && x->target_count == y->target_count &&
           x->angle_count == y->angle_count && x->control_mask == y->control_mask &&
           x->control_value == y->control_value && x->x_mask == y->x_mask &&
           x->z_mask == y->z_mask && x->x_like == y->x_like && x->z_like == y->z_like &&
           memcmp(x->target, y->target, x->target_count) == 0;
}

static bool same_values(const ek_dynamic *a, const struct ek_op *x, const ek_dynamic *b,
                        const struct ek_op *y)
{
    if (x->gate != EK_GATE_COUNT || (x->kind != EK_OP_DENSE && x->kind != EK_OP_TABLE))
        return true;
    return memcmp(a->circuit->values + x->values, b->circuit->values + y->values,
                  ek_op_value_count(x) * sizeof(ek_complex)) == 0;
}

static bool same_operation(const ek_dynamic *a, const ek_dynamic *b, size_t i)
{
    const struct ek_op *x = &a->circuit->ops[i], *y = &b->circuit->ops[i];
    char inner[sizeof difference];
    if (!same_shape(x, y) || !same_values(a, x, b, y))
        return differ("operation %zu: %s, and %s, or their qubits or matrices", i,
                      ek_gate_name((ek_gate)x->gate), ek_gate_name((ek_gate)y->gate));
    for (size_t j = 0; j < x->angle_count; j++)
        if (!same_angle(a, &a->circuit->angles[x->angles + j], b,
                        &b->circuit->angles[y->angles + j])) {
            snprintf(inner, sizeof inner, "%s", difference);
            return differ("operation %zu (%s): %s", i, ek_gate_name((ek_gate)x->gate), inner);
        }
    return true;
}

/* ---- the rest ------------------------------------------------------------------------------ */

static bool same_instruction(const ek_dynamic *a, const ek_dynamic *b, size_t i)
{
    const struct ek_instruction *x = &a->instructions[i], *y = &b->instructions[i];
    char inner[sizeof difference];
    if (x->kind != y->kind || x->target != y->target || x->first != y->first ||
        x->count != y->count || x->qubits != y->qubits)
        return differ("instruction %zu: kind %d target %d first %zu count %zu, and %d %d %zu %zu",
                      i, x->kind, x->target, x->first, x->count, y->kind, y->target, y->first,
                      y->count);
    if (same_expression(a, x->expression, b, y->expression)) return true;
    snprintf(inner, sizeof inner, "%s", difference);
    return differ("instruction %zu: %s", i, inner);
}

static bool same_registers(const ek_dynamic *a, const ek_dynamic *b, int kind)
{
    for (size_t i = 0; i < a->register_count[kind]; i++) {
        const ek_register *x = &a->registers[kind][i], *y = &b->registers[kind][i];
        if (strcmp(x->name, y->name) != 0 || x->first != y->first || x->size != y->size ||
            x->is_local != y->is_local)
            return differ("register %s[%d], and %s[%d]", x->name, x->size, y->name, y->size);
    }
    return true;
}

static bool same_variable(const struct ek_variable *x, const struct ek_variable *y)
{
    return (strcmp(x->name, y->name) == 0 && x->declared == y->declared && x->width == y->width &&
            x->is_input == y->is_input && x->is_set == y->is_set && x->value.u == y->value.u) ||
           differ("variable %s, and %s", x->name, y->name);
}

static bool same_counts(const ek_dynamic *a, const ek_dynamic *b)
{
    if (a->qubits != b->qubits || a->clbits != b->clbits ||
        a->declared_qubits != b->declared_qubits || a->circuit->qubits != b->circuit->qubits)
        return differ("%d qubits, %d bits, and %d, %d", a->qubits, a->clbits, b->qubits,
                      b->clbits);
    if (a->circuit->op_count != b->circuit->op_count ||
        a->instruction_count != b->instruction_count)
        return differ("%zu operations in %zu instructions, and %zu in %zu", a->circuit->op_count,
                      a->instruction_count, b->circuit->op_count, b->instruction_count);
    if (a->variable_count != b->variable_count || a->register_count[0] != b->register_count[0] ||
        a->register_count[1] != b->register_count[1] ||
        a->circuit->parameter_count != b->circuit->parameter_count)
        return differ("%zu variables, %zu parameters, and %zu, %zu, or registers",
                      a->variable_count, a->circuit->parameter_count, b->variable_count,
                      b->circuit->parameter_count);
    return true;
}

static bool same_program(const ek_dynamic *a, const ek_dynamic *b)
{
    if (!same_counts(a, b) || !same_registers(a, b, 0) || !same_registers(a, b, 1)) return false;
    if (memcmp(a->declared, b->declared, (size_t)a->qubits * sizeof *a->declared) != 0)
        return differ("the declared qubits");
    for (size_t i = 0; i < a->variable_count; i++)
        if (!same_variable(&a->variables[i], &b->variables[i])) return false;
    for (size_t i = 0; i < a->circuit->op_count; i++)
        if (!same_operation(a, b, i)) return false;
    for (size_t i = 0; i < a->instruction_count; i++)
        if (!same_instruction(a, b, i)) return false;
    return true;
}

const char *test_program_difference(const ek_dynamic *a, const ek_dynamic *b)
{
    snprintf(difference, sizeof difference, "something");
    return same_program(a, b) ? NULL : difference;
}
