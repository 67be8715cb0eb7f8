#include "io/qasm_write.h"

#include <math.h>
#include <string.h>

static void put(struct qasm_writer *writer, const char *text)
{
    ek_text_printf(&writer->text, "%s", text);
}

/* Always a number with a point or an exponent, so that it is read as a float. */
void ek_qasm_write_number(struct qasm_writer *writer, double value)
{
    char digits[40];
    snprintf(digits, sizeof digits, "%.17g", value);
    ek_text_printf(&writer->text, strpbrk(digits, ".e") ? "%s" : "%s.0", digits);
}

static const struct ek_expression *node_of(const struct qasm_writer *writer, int expression)
{
    return &writer->program->expressions[expression];
}

/* In parentheses, of which operators have their own. */
static void write_enclosed(struct qasm_writer *writer, int expression)
{
    const struct ek_expression *node = node_of(writer, expression);
    const bool has_own = node->op >= EK_EXPR_ADD && node->op != EK_EXPR_ROTATE_LEFT &&
                         node->op != EK_EXPR_ROTATE_RIGHT;
    if (!has_own) put(writer, "(");
    ek_qasm_write_expression(writer, expression);
    if (!has_own) put(writer, ")");
}

/* ---- leaves -------------------------------------------------------------------------------- */

static void write_constant(struct qasm_writer *writer, const struct ek_expression *node)
{
    switch (node->type) {
    case EK_VALUE_BOOL:
        put(writer, node->value.u ? "true" : "false");
        break;
    case EK_VALUE_FLOAT:
        if (node->value.f < 0) put(writer, "(");
        ek_qasm_write_number(writer, node->value.f);
        if (node->value.f < 0) put(writer, ")");
        break;
    case EK_VALUE_INT:
        ek_text_printf(&writer->text, node->value.i < 0 ? "(-%llu)" : "%llu",
                       node->value.i < 0 ? 0 - (unsigned long long)node->value.i
                                         : (unsigned long long)node->value.i);
        break;
    default:
        ek_text_printf(&writer->text, "uint(%llu)", (unsigned long long)node->value.u);
        break;
    }
}

/* The operand of an operator that tells bits from integers: as an integer. */
static void write_integer(struct qasm_writer *writer, int expression, int width)
{
    const struct ek_expression *node = node_of(writer, expression);
    const bool is_constant = node->op == EK_EXPR_CONSTANT;
    if (is_constant) {
        ek_qasm_write_expression(writer, expression);
        return;
    }
    ek_text_printf(&writer->text, "%s[%d]", node->type == EK_VALUE_INT ? "int" : "uint", width);
    write_enclosed(writer, expression);
}

/* ---- operators ----------------------------------------------------------------------------- */

static void write_call(struct qasm_writer *writer, const char *name,
                       const struct ek_expression *node)
{
    put(writer, name);
    write_enclosed(writer, node->left);
}

static void write_cast(struct qasm_writer *writer, const struct ek_expression *node)
{
    static const char *const names[] = {"bool", "int", "uint", "float"};
    char name[24];
    if (node->width > 0)
        snprintf(name, sizeof name, "%s[%d]", names[node->type], node->width);
    else
        snprintf(name, sizeof name, "%s", names[node->type]);
    write_call(writer, name, node);
}

static void write_rotation(struct qasm_writer *writer, const struct ek_expression *node)
{
    put(writer, node->op == EK_EXPR_ROTATE_LEFT ? "rotl(" : "rotr(");
    write_integer(writer, node->left, node->width);
    put(writer, ", ");
    ek_qasm_write_expression(writer, node->right);
    put(writer, ")");
}

static const char *function_name(enum ek_operator op)
{
    static const char *const names[] = {
        [EK_EXPR_SIN] = "sin",       [EK_EXPR_COS] = "cos",
        [EK_EXPR_TAN] = "tan",       [EK_EXPR_ARCSIN] = "arcsin",
        [EK_EXPR_ARCCOS] = "arccos", [EK_EXPR_ARCTAN] = "arctan",
        [EK_EXPR_EXP] = "exp",       [EK_EXPR_LOG] = "log",
        [EK_EXPR_SQRT] = "sqrt",     [EK_EXPR_CEILING] = "ceiling",
        [EK_EXPR_FLOOR] = "floor",   [EK_EXPR_POPCOUNT] = "popcount"};
    return names[op];
}

static const char *sign_of(enum ek_operator op)
{
    static const char *const signs[] = {
        [EK_EXPR_ADD] = "+",           [EK_EXPR_SUBTRACT] = "-",     [EK_EXPR_MULTIPLY] = "*",
        [EK_EXPR_DIVIDE] = "/",        [EK_EXPR_REMAINDER] = "%",    [EK_EXPR_POWER] = "**",
        [EK_EXPR_BIT_AND] = "&",       [EK_EXPR_BIT_OR] = "|",       [EK_EXPR_BIT_XOR] = "^",
        [EK_EXPR_SHIFT_LEFT] = "<<",   [EK_EXPR_SHIFT_RIGHT] = ">>", [EK_EXPR_AND] = "&&",
        [EK_EXPR_OR] = "||",           [EK_EXPR_EQUAL] = "==",       [EK_EXPR_LESS] = "<",
        [EK_EXPR_LESS_OR_EQUAL] = "<="};
    return signs[op];
}

/* Bits as bits would be shifted and joined within their width, and registers of different widths
 * refused: integers are what the node has. */
static void write_operand(struct qasm_writer *writer, enum ek_operator op, int expression)
{
    const struct ek_expression *node = node_of(writer, expression);
    const bool is_leaf = node->op == EK_EXPR_BIT || node->op == EK_EXPR_REGISTER;
    const bool of_bits = op >= EK_EXPR_BIT_AND && op <= EK_EXPR_SHIFT_RIGHT;
    if (op == EK_EXPR_AND || op == EK_EXPR_OR)
        ek_qasm_write_condition(writer, expression);
    else if (op == EK_EXPR_SHIFT_LEFT)
        write_integer(writer, expression, 64);
    else if (is_leaf && of_bits)
        write_integer(writer, expression, node->op == EK_EXPR_BIT ? 1 : node->count);
    else
        ek_qasm_write_expression(writer, expression);
}

static void write_binary(struct qasm_writer *writer, const struct ek_expression *node)
{
    const enum ek_operator op = (enum ek_operator)node->op;
    put(writer, "(");
    write_operand(writer, op, node->left);
    ek_text_printf(&writer->text, " %s ", sign_of(op));
    write_operand(writer, op, node->right);
    put(writer, ")");
}

/* register == 5, which goes without saying that 5 is unsigned. */
static bool is_plain_test(const struct qasm_writer *writer, const struct ek_expression *node)
{
    if (node->op != EK_EXPR_EQUAL) return false;
    const struct ek_expression *left = node_of(writer, node->left);
    const struct ek_expression *right = node_of(writer, node->right);
    return (left->op == EK_EXPR_REGISTER || left->op == EK_EXPR_BIT) &&
           right->op == EK_EXPR_CONSTANT && right->type == EK_VALUE_UINT;
}

static void write_unary(struct qasm_writer *writer, const struct ek_expression *node)
{
    switch (node->op) {
    case EK_EXPR_NEGATE:
        put(writer, "(-");
        ek_qasm_write_expression(writer, node->left);
        put(writer, ")");
        break;
    case EK_EXPR_NOT:
        put(writer, "!"); /* binds closer than the == of a plain test */
        if (is_plain_test(writer, node_of(writer, node->left)))
            ek_qasm_write_head(writer, node->left);
        else
            ek_qasm_write_condition(writer, node->left);
        break;
    case EK_EXPR_INVERT:
        put(writer, "~");
        write_integer(writer, node->left, node->width);
        break;
    case EK_EXPR_CAST:
        write_cast(writer, node);
        break;
    case EK_EXPR_ANGLE:
        ek_text_printf(&writer->text, "angle[%d]", node->width);
        write_enclosed(writer, node->left);
        break;
    default:
        write_call(writer, function_name((enum ek_operator)node->op), node);
        break;
    }
}

void ek_qasm_write_expression(struct qasm_writer *writer, int expression)
{
    const struct ek_expression *node = node_of(writer, expression);
    switch (node->op) {
    case EK_EXPR_CONSTANT:
        write_constant(writer, node);
        break;
    case EK_EXPR_BIT:
        ek_qasm_write_bit(writer, node->first);
        break;
    case EK_EXPR_REGISTER:
        ek_qasm_write_bits(writer, node->first, node->count);
        break;
    case EK_EXPR_VARIABLE:
        ek_qasm_write_name(writer, writer->program->variables[node->first].name);
        break;
    case EK_EXPR_ROTATE_LEFT:
    case EK_EXPR_ROTATE_RIGHT:
        write_rotation(writer, node);
        break;
    default:
        if (node->op < EK_EXPR_ADD)
            write_unary(writer, node);
        else
            write_binary(writer, node);
        break;
    }
}

static void write_plain_test(struct qasm_writer *writer, const struct ek_expression *node)
{
    ek_qasm_write_expression(writer, node->left);
    ek_text_printf(&writer->text, writer->version == 2 ? "==%llu" : " == %llu",
                   (unsigned long long)node_of(writer, node->right)->value.u);
}

void ek_qasm_write_condition(struct qasm_writer *writer, int expression)
{
    const struct ek_expression *node = node_of(writer, expression);
    const bool is_cast = node->op == EK_EXPR_CAST && node->type == EK_VALUE_BOOL;
    if (is_cast && node_of(writer, node->left)->type != EK_VALUE_FLOAT)
        ek_qasm_write_expression(writer, node->left);
    else if (is_plain_test(writer, node))
        write_plain_test(writer, node);
    else
        ek_qasm_write_expression(writer, expression);
}

void ek_qasm_write_head(struct qasm_writer *writer, int expression)
{
    const struct ek_expression *node = node_of(writer, expression);
    if (node->op >= EK_EXPR_ADD && !is_plain_test(writer, node)) {
        ek_qasm_write_expression(writer, expression); /* has its own */
        return;
    }
    put(writer, "(");
    ek_qasm_write_condition(writer, expression);
    put(writer, ")");
}

void ek_qasm_write_bit_value(struct qasm_writer *writer, int expression, int count,
                             bool is_register)
{
    const struct ek_expression *node = node_of(writer, expression);
    if (node->op == EK_EXPR_CONSTANT) {
        put(writer, "\"");
        for (int i = count - 1; i >= 0; i--) put(writer, node->value.u >> i & 1 ? "1" : "0");
        put(writer, "\"");
        return;
    }
    if (is_register)
        ek_text_printf(&writer->text, "bit[%d](", count);
    else
        put(writer, "bit(");
    ek_qasm_write_expression(writer, expression);
    put(writer, ")");
}

/* factor * (scale * parameter + offset), the way in which the reader takes it apart. */
void ek_qasm_write_angle(struct qasm_writer *writer, const ek_angle *angle, double factor)
{
    const double scale = factor * angle->scale, offset = factor * angle->offset;
    if (angle->parameter < 0) {
        ek_qasm_write_number(writer, offset == 0 ? 0 : offset);
        return;
    }
    if (scale != 1) {
        ek_qasm_write_number(writer, scale);
        put(writer, " * ");
    }
    ek_qasm_write_expression(writer, writer->program->parameter_expressions[angle->parameter]);
    if (offset == 0) return;
    put(writer, " + ");
    ek_qasm_write_number(writer, offset);
}
