/* Expressions of the tree as values; expressions of gate definitions without their names. */
#include "io/qasm_resolve.h"

#include <math.h>
#include <string.h>

/* ---- leaves -------------------------------------------------------------------------------- */

/* pi and its like, unless something else has been declared under the name. */
static bool find_constant(const struct ek_qasm *qasm, int name, double *value)
{
    static const struct {
        const char *text, *letter;
        double value;
    } known[] = {{"pi", "\xCF\x80", 3.14159265358979323846},
                 {"tau", "\xCF\x84", 6.28318530717958647693},
                 {"euler", "\xE2\x84\x87", 2.71828182845904523536}};
    const char *text = ek_qasm_text(qasm, name);
    const size_t count = qasm->lexer.version == 2 ? 1 : sizeof known / sizeof *known;
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, known[i].text) == 0 || strcmp(text, known[i].letter) == 0) {
            *value = known[i].value;
            return true;
        }
    return false;
}

/* Bits that stand next to each other, as a number. */
static ek_status read_bits(struct ek_qasm *qasm, const struct qasm_expr *expr,
                           struct qasm_value *value)
{
    struct qasm_operand bits;
    EK_TRY(ek_qasm_bits(qasm, expr, &bits));
    *value = (struct qasm_value){.type = QASM_TYPE_BIT, .width = 1, .node = -1};
    if (bits.single)
        return ek_qasm_leaf(qasm, EK_EXPR_BIT, EK_VALUE_UINT, ek_qasm_element(&bits, 0), 0,
                            &value->node);
    if (bits.count > 64)
        return FAIL_AT(qasm, expr->place, "%d bits as a number; at most 64", bits.count);
    for (int i = 1; i < bits.count; i++)
        if (ek_qasm_element(&bits, i) != ek_qasm_element(&bits, 0) + i)
            return FAIL_AT(qasm, expr->place, "bits as a number that do not stand side by side");
    value->width = (uint8_t)bits.count;
    value->is_register = true;
    return ek_qasm_leaf(qasm, EK_EXPR_REGISTER, EK_VALUE_UINT, ek_qasm_element(&bits, 0),
                        bits.count, &value->node);
}

static ek_status read_variable(struct ek_qasm *qasm, const struct qasm_symbol *symbol,
                               struct qasm_value *value)
{
    *value = symbol->value; /* type and width, and the number where it is known */
    value->varies = true;
    if (symbol->is_known) return EK_OK;
    value->constant = false;
    return ek_qasm_leaf(qasm, EK_EXPR_VARIABLE, ek_qasm_held((enum qasm_type_kind)value->type),
                        symbol->variable, 0, &value->node);
}

static ek_status read_name(struct ek_qasm *qasm, const struct qasm_expr *expr,
                           struct qasm_value *value)
{
    const struct qasm_symbol *symbol = ek_qasm_find(qasm, expr->name);
    double constant;
    if (!symbol && find_constant(qasm, expr->name, &constant)) {
        *value = ek_qasm_float(constant);
        return EK_OK;
    }
    if (!symbol) return ek_qasm_fail_unknown(qasm, expr->name, expr->place, "a value");
    switch (symbol->kind) {
    case QASM_IS_CONSTANT:
        *value = symbol->value;
        return EK_OK;
    case QASM_IS_VARIABLE:
        return read_variable(qasm, symbol, value);
    case QASM_IS_BITS:
    case QASM_IS_ALIAS:
        return read_bits(qasm, expr, value);
    default:
        return FAIL_AT(qasm, expr->place, "'%s' is %s, expected a value",
                       ek_qasm_text(qasm, expr->name), ek_qasm_kind_name(symbol));
    }
}

/* One bit of an integer or of constant bits: 1 & value >> index. */
static ek_status bit_of_integer(struct ek_qasm *qasm, const struct qasm_expr *expr,
                                struct qasm_value *value)
{
    const bool whole = value->type == QASM_TYPE_INT || value->type == QASM_TYPE_UINT ||
                       (value->type == QASM_TYPE_BIT && value->is_register);
    const int width = value->width > 0 ? value->width : 64;
    struct qasm_value one = ek_qasm_constant(QASM_TYPE_UINT, (union ek_value){.u = 1}), places;
    int64_t index;
    if (!whole || expr->left->kind == QASM_EXPR_RANGE || expr->left->kind == QASM_EXPR_SET ||
        expr->left->next)
        return FAIL_AT(qasm, expr->left->place, "'%s' has no such parts",
                       ek_qasm_text(qasm, expr->name));
    EK_TRY(ek_qasm_whole(qasm, expr->left, "the index", -width, width - 1, &index));
    places =
        ek_qasm_constant(QASM_TYPE_UINT, (union ek_value){.i = index < 0 ? index + width : index});
    EK_TRY(ek_qasm_cast(qasm, expr->place, QASM_TYPE_UINT, width, value));
    const struct ek_expression shift = {.op = EK_EXPR_SHIFT_RIGHT, .type = EK_VALUE_UINT};
    const struct ek_expression mask = {.op = EK_EXPR_BIT_AND, .type = EK_VALUE_UINT};
    EK_TRY(ek_qasm_apply_operator(qasm, expr->place, shift, value, &places, value));
    EK_TRY(ek_qasm_apply_operator(qasm, expr->place, mask, value, &one, value));
    value->type = QASM_TYPE_BIT;
    value->width = 1;
    value->is_register = false;
    return EK_OK;
}

static ek_status read_index(struct ek_qasm *qasm, const struct qasm_expr *expr,
                            struct qasm_value *value)
{
    const struct qasm_symbol *symbol = ek_qasm_find(qasm, expr->name);
    struct qasm_expr name = *expr;
    if (!symbol || (symbol->kind != QASM_IS_VARIABLE && symbol->kind != QASM_IS_CONSTANT))
        return read_bits(qasm, expr, value);
    name.kind = QASM_EXPR_NAME;
    EK_TRY(read_name(qasm, &name, value));
    return bit_of_integer(qasm, expr, value);
}

static ek_status read_string(struct ek_qasm *qasm, const struct qasm_expr *expr,
                             struct qasm_value *value)
{
    uint64_t bits = 0;
    int width = 0;
    for (uint32_t i = 0; i < expr->string.length; i++) {
        const char digit = expr->string.text[i];
        if (digit == '_') continue;
        if (digit != '0' && digit != '1')
            return FAIL_AT(qasm, expr->place, "a string that is not of bits, expected a value");
        if (++width > 64) return FAIL_AT(qasm, expr->place, "a string of more than 64 bits");
        bits = bits << 1 | (uint64_t)(digit - '0');
    }
    if (width == 0) return FAIL_AT(qasm, expr->place, "an empty string, expected bits");
    *value = ek_qasm_constant(QASM_TYPE_BIT, (union ek_value){.u = bits});
    value->width = (uint8_t)width;
    value->is_register = true;
    return EK_OK;
}

static ek_status read_integer(struct ek_qasm *qasm, const struct qasm_expr *expr,
                              struct qasm_value *value)
{
    *value = ek_qasm_int((int64_t)expr->integer);
    if (qasm->lexer.version == 2 && !qasm->reads_library)
        *value = ek_qasm_float((double)expr->integer);
    else if (expr->integer > INT64_MAX)
        value->type = QASM_TYPE_UINT;
    return EK_OK;
}

/* ---- trees --------------------------------------------------------------------------------- */

/* An angle of n bits is so many parts of 2^n of a turn: the number that its bits are. */
static ek_status cast_between_bits_and_angle(struct ek_qasm *qasm, const struct qasm_expr *expr,
                                             int width, struct qasm_value *value)
{
    const bool to_angle = expr->type.kind == QASM_TYPE_ANGLE;
    const double parts = ldexp(1, width), turn = 2 * acos(-1.0);
    const struct ek_expression multiply = {.op = EK_EXPR_MULTIPLY, .type = EK_VALUE_FLOAT};
    const struct ek_expression add = {.op = EK_EXPR_ADD, .type = EK_VALUE_FLOAT};
    const struct qasm_value factor = ek_qasm_float(to_angle ? turn / parts : parts / turn);
    const struct qasm_value half = ek_qasm_float(0.5);
    if (width == 0 || width != value->width)
        return FAIL_AT(qasm, expr->place, "a cast between bits and an angle needs as many bits on "
                       "both sides; here %d and %d", value->width, width);
    if (width > 52)
        return FAIL_AT(qasm, expr->place, "a cast between an angle and %d bits; at most 52",
                       width);
    EK_TRY(ek_qasm_cast(qasm, expr->place, QASM_TYPE_FLOAT, 0, value));
    EK_TRY(ek_qasm_apply_operator(qasm, expr->place, multiply, value, &factor, value));
    if (!to_angle) /* whole numbers but for rounding */
        EK_TRY(ek_qasm_apply_operator(qasm, expr->place, add, value, &half, value));
    return ek_qasm_cast(qasm, expr->place, expr->type.kind, width, value);
}

static ek_status read_cast(struct ek_qasm *qasm, const struct qasm_expr *expr, bool real,
                           const struct qasm_value *angles, struct qasm_value *value)
{
    int64_t width = 0;
    const int64_t most = 64;
    if (expr->type.width)
        EK_TRY(ek_qasm_whole(qasm, expr->type.width, "the width of a type", 1, most, &width));
    EK_TRY(ek_qasm_evaluate(qasm, expr->left, real, angles, value));
    if ((expr->type.kind == QASM_TYPE_ANGLE && value->type == QASM_TYPE_BIT) ||
        (expr->type.kind == QASM_TYPE_BIT && value->type == QASM_TYPE_ANGLE))
        return cast_between_bits_and_angle(qasm, expr, (int)width, value);
    return ek_qasm_cast(qasm, expr->place, expr->type.kind, (int)width, value);
}

static ek_status read_binary(struct ek_qasm *qasm, const struct qasm_expr *expr, bool real,
                             const struct qasm_value *angles, struct qasm_value *value)
{
    struct qasm_value left, right;
    EK_TRY(ek_qasm_evaluate(qasm, expr->left, real, angles, &left));
    EK_TRY(ek_qasm_evaluate(qasm, expr->right, real, angles, &right));
    return ek_qasm_binary_value(qasm, expr, real || qasm->lexer.version == 2, &left, &right,
                                value);
}

ek_status ek_qasm_evaluate(struct ek_qasm *qasm, const struct qasm_expr *expr, bool real,
                           const struct qasm_value *angles, struct qasm_value *value)
{
    switch (expr->kind) {
    case QASM_EXPR_INTEGER:
        return read_integer(qasm, expr, value);
    case QASM_EXPR_REAL:
        *value = ek_qasm_float(expr->real);
        return EK_OK;
    case QASM_EXPR_BOOL:
        *value = ek_qasm_constant(QASM_TYPE_BOOL, (union ek_value){.u = expr->integer});
        return EK_OK;
    case QASM_EXPR_STRING:
        return read_string(qasm, expr, value);
    case QASM_EXPR_NAME:
        return read_name(qasm, expr, value);
    case QASM_EXPR_INDEX:
        return read_index(qasm, expr, value);
    case QASM_EXPR_VALUE:
        *value = angles[expr->integer];
        return EK_OK;
    case QASM_EXPR_UNARY:
        EK_TRY(ek_qasm_evaluate(qasm, expr->left, real, angles, value));
        return ek_qasm_unary_value(qasm, expr, value);
    case QASM_EXPR_BINARY:
        return read_binary(qasm, expr, real, angles, value);
    case QASM_EXPR_CALL:
        return ek_qasm_function(qasm, expr, real, angles, value);
    case QASM_EXPR_CAST:
        return read_cast(qasm, expr, real, angles, value);
    default:
        return FAIL_AT(qasm, expr->place, "a range or set where a value is due");
    }
}

ek_status ek_qasm_whole(struct ek_qasm *qasm, const struct qasm_expr *expr, const char *what,
                        int64_t low, int64_t high, int64_t *value)
{
    struct qasm_value found;
    /* Version 2 has no expressions where a whole number is due. */
    if (qasm->lexer.version == 2 && expr->kind != QASM_EXPR_INTEGER)
        return FAIL_AT(qasm, expr->place, "expected %s as a number from %lld to %lld", what,
                       (long long)low, (long long)high);
    if (expr->kind == QASM_EXPR_INTEGER)
        found = ek_qasm_int(expr->integer > INT64_MAX ? INT64_MAX : (int64_t)expr->integer);
    else
        EK_TRY(ek_qasm_evaluate(qasm, expr, false, NULL, &found));
    if (!found.constant)
        return FAIL_AT(qasm, expr->place, "%s is known only at run time, expected a constant",
                       what);
    if (found.type != QASM_TYPE_INT && found.type != QASM_TYPE_UINT)
        return FAIL_AT(qasm, expr->place, "%s is no integer, expected one from %lld to %lld", what,
                       (long long)low, (long long)high);
    const bool huge = found.type == QASM_TYPE_UINT && found.number.u > INT64_MAX;
    if (huge || found.number.i < low || found.number.i > high)
        return FAIL_AT(qasm, expr->place, "%s is %lld, out of range: expected %lld to %lld", what,
                       huge ? (long long)INT64_MAX : (long long)found.number.i, (long long)low,
                       (long long)high);
    *value = found.number.i;
    return EK_OK;
}

/* ---- binding ------------------------------------------------------------------------------- */

static ek_status bind_list(struct ek_qasm *qasm, const struct qasm_expr *list,
                           struct qasm_expr **bound)
{
    for (; list; list = list->next) {
        EK_TRY(ek_qasm_bind(qasm, list, bound));
        bound = &(*bound)->next;
    }
    return EK_OK;
}

/* A name in a definition is a parameter, or a constant that is known. */
static ek_status bind_name(struct ek_qasm *qasm, const struct qasm_expr *expr,
                           struct qasm_expr *bound)
{
    const struct qasm_symbol *symbol = ek_qasm_find(qasm, expr->name);
    struct qasm_value value;
    bound->left = NULL;
    if (symbol && symbol->kind == QASM_IS_FORMAL_ANGLE) {
        bound->kind = QASM_EXPR_VALUE;
        bound->integer = (uint64_t)symbol->first;
        return EK_OK;
    }
    if (symbol && symbol->kind != QASM_IS_CONSTANT)
        return FAIL_AT(qasm, expr->place,
                       "'%s' is %s; the body of a gate may use its parameters "
                       "and constants",
                       ek_qasm_text(qasm, expr->name), ek_qasm_kind_name(symbol));
    EK_TRY(ek_qasm_evaluate(qasm, expr, false, NULL, &value));
    bound->kind = value.type == QASM_TYPE_BOOL    ? QASM_EXPR_BOOL
                  : value.type == QASM_TYPE_FLOAT ? QASM_EXPR_REAL
                                                  : QASM_EXPR_INTEGER;
    if (value.type == QASM_TYPE_ANGLE) bound->kind = QASM_EXPR_REAL;
    if (bound->kind == QASM_EXPR_REAL)
        bound->real = value.number.f;
    else
        bound->integer = value.number.u;
    return EK_OK;
}

ek_status ek_qasm_bind(struct ek_qasm *qasm, const struct qasm_expr *expr,
                       struct qasm_expr **bound)
{
    struct qasm_expr *fresh = ek_qasm_arena_take(&qasm->keep, sizeof *fresh);
    if (!fresh) return EK_ERROR_MEMORY;
    *fresh = *expr;
    fresh->next = fresh->left = fresh->right = NULL;
    *bound = fresh;
    if (expr->kind == QASM_EXPR_NAME || expr->kind == QASM_EXPR_INDEX)
        return bind_name(qasm, expr, fresh);
    if (expr->kind == QASM_EXPR_CAST && expr->type.width)
        EK_TRY(ek_qasm_bind(qasm, expr->type.width, &fresh->type.width));
    EK_TRY(bind_list(qasm, expr->left, &fresh->left));
    return expr->right ? ek_qasm_bind(qasm, expr->right, &fresh->right) : EK_OK;
}

/* ---- angles -------------------------------------------------------------------------------- */

static bool is_constant(const struct ek_qasm *qasm, int node, double *value)
{
    const struct ek_expression *found = &qasm->program->expressions[node];
    *value = found->value.f;
    return found->op == EK_EXPR_CONSTANT;
}

/* Takes one operation with a constant off the expression: value = scale * node + offset stays. */
static bool peel(const struct ek_qasm *qasm, int *node, double *scale, double *offset)
{
    const struct ek_expression *top = &qasm->program->expressions[*node];
    double constant = 0;
    if (top->op == EK_EXPR_NEGATE) {
        *scale = -*scale;
        *node = top->left;
        return true;
    }
    if (top->op < EK_EXPR_ADD || top->op > EK_EXPR_DIVIDE) return false;
    const bool at_right = is_constant(qasm, top->right, &constant);
    if (!at_right && (top->op == EK_EXPR_DIVIDE || !is_constant(qasm, top->left, &constant)))
        return false;
    double fresh_scale = *scale, fresh_offset = *offset;
    switch (top->op) {
    case EK_EXPR_ADD:
        fresh_offset += *scale * constant;
        break;
    case EK_EXPR_SUBTRACT:
        fresh_offset += at_right ? -*scale * constant : *scale * constant;
        if (!at_right) fresh_scale = -fresh_scale;
        break;
    case EK_EXPR_MULTIPLY:
        fresh_scale *= constant;
        break;
    default:
        fresh_scale /= constant;
        break;
    }
    if (!isfinite(fresh_scale) || !isfinite(fresh_offset)) return false;
    *scale = fresh_scale;
    *offset = fresh_offset;
    *node = at_right ? top->left : top->right;
    return true;
}

ek_status ek_qasm_check_angle(struct ek_qasm *qasm, struct qasm_place place,
                              const struct qasm_value *value)
{
    char name[24];
    if (value->type == QASM_TYPE_BOOL || value->type == QASM_TYPE_BIT)
        return FAIL_AT(qasm, place, "an angle of type %s, expected a number",
                       ek_qasm_type_name((enum qasm_type_kind)value->type, 0, name));
    const bool is_real = ek_qasm_held((enum qasm_type_kind)value->type) == EK_VALUE_FLOAT;
    if (is_real && value->constant && !isfinite(value->number.f))
        return FAIL_AT(qasm, place, "an angle that is not a finite number");
    return EK_OK;
}

ek_status ek_qasm_angle(struct ek_qasm *qasm, struct qasm_place place, struct qasm_value *value,
                        ek_angle *angle)
{
    double scale = 1, offset = 0;
    int parameter;
    EK_TRY(ek_qasm_check_angle(qasm, place, value));
    EK_TRY(ek_qasm_cast(qasm, place, QASM_TYPE_FLOAT, 0, value));
    if (value->constant) {
        *angle = ek_angle_number(value->number.f);
        return EK_OK;
    }
    int node = value->node;
    while (peel(qasm, &node, &scale, &offset)) continue;
    EK_TRY(ek_dynamic_parameter(qasm->program, node, &parameter));
    *angle = ek_angle_parameter(parameter, scale, offset);
    return EK_OK;
}
