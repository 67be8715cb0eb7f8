/* Values of expressions: one switch for constants at parse time and for runs. */
#include "circuit/dynamic.h"

#include <math.h>

static uint64_t low_bits_of(uint64_t value, int width)
{
    return value & ek_low_bits(width);
}

static int64_t sign_extend(uint64_t value, int width)
{
    const int shift = 64 - width;
    return (int64_t)(value << shift) >> shift;
}

/* ---- casts --------------------------------------------------------------------------------- */

static ek_status float_to_whole(double value, bool is_signed, uint64_t *whole)
{
    const double rounded = trunc(value);
    if (!(rounded >= -0x1p63 && rounded < (is_signed ? 0x1p63 : 0x1p64)))
        return EK_FAIL(EK_ERROR_NUMERIC, "%.17g is beyond the range of an integer", value);
    *whole = rounded < 0 ? (uint64_t)(int64_t)rounded : (uint64_t)rounded;
    return EK_OK;
}

static double to_float(enum ek_value_type from, union ek_value value)
{
    switch (from) {
    case EK_VALUE_FLOAT:
        return value.f;
    case EK_VALUE_INT:
        return (double)value.i;
    default:
        return (double)value.u;
    }
}

static ek_status cast(const struct ek_expression *node, enum ek_value_type from,
                      union ek_value value, union ek_value *result)
{
    uint64_t whole = value.u;
    switch (node->type) {
    case EK_VALUE_BOOL:
        result->u = from == EK_VALUE_FLOAT ? value.f != 0 : value.u != 0;
        return EK_OK;
    case EK_VALUE_FLOAT:
        result->f = to_float(from, value);
        if (node->width == 32) result->f = (double)(float)result->f;
        return EK_OK;
    default:
        if (from == EK_VALUE_FLOAT)
            EK_TRY(float_to_whole(value.f, node->type == EK_VALUE_INT, &whole));
        if (node->type == EK_VALUE_INT)
            result->i = sign_extend(whole, node->width);
        else
            result->u = low_bits_of(whole, node->width);
        return EK_OK;
    }
}

/* The nearest multiple of 2 pi / 2^width, modulo 2 pi. */
static double round_angle(double angle, int width)
{
    const double full = 2 * acos(-1.0), steps = ldexp(1, width);
    double turns = angle / full;
    turns -= floor(turns);
    const double step = nearbyint(turns * steps);
    return step >= steps ? 0 : step / steps * full;
}

/* ---- operators by type --------------------------------------------------------------------- */

static double float_function(enum ek_operator op, double x)
{
    switch (op) {
    case EK_EXPR_SIN:
        return sin(x);
    case EK_EXPR_COS:
        return cos(x);
    case EK_EXPR_TAN:
        return tan(x);
    case EK_EXPR_ARCSIN:
        return asin(x);
    case EK_EXPR_ARCCOS:
        return acos(x);
    case EK_EXPR_ARCTAN:
        return atan(x);
    case EK_EXPR_EXP:
        return exp(x);
    case EK_EXPR_LOG:
        return log(x);
    case EK_EXPR_SQRT:
        return sqrt(x);
    case EK_EXPR_CEILING:
        return ceil(x);
    case EK_EXPR_FLOOR:
        return floor(x);
    default:
        return -x; /* NEGATE */
    }
}

static double float_operator(enum ek_operator op, double a, double b)
{
    switch (op) {
    case EK_EXPR_ADD:
        return a + b;
    case EK_EXPR_SUBTRACT:
        return a - b;
    case EK_EXPR_MULTIPLY:
        return a * b;
    case EK_EXPR_DIVIDE:
        return a / b;
    case EK_EXPR_REMAINDER:
        return fmod(a, b);
    default:
        return pow(a, b); /* POWER */
    }
}

static uint64_t whole_power(uint64_t base, uint64_t exponent)
{
    uint64_t result = 1;
    for (; exponent > 0; exponent >>= 1, base *= base)
        if (exponent & 1) result *= base;
    return result;
}

static uint64_t rotate_left(uint64_t value, int width, int64_t by)
{
    const int places = (int)((by % width + width) % width);
    const uint64_t kept = low_bits_of(value, width);
    if (places == 0) return kept;
    return low_bits_of(kept << places | kept >> (width - places), width);
}

static ek_status whole_division(enum ek_operator op, bool is_signed, union ek_value a,
                                union ek_value b, union ek_value *result)
{
    const bool remainder = op == EK_EXPR_REMAINDER;
    if (b.u == 0)
        return EK_FAIL(EK_ERROR_NUMERIC, "%s by zero of integers",
                       remainder ? "remainder" : "division");
    if (!is_signed)
        result->u = remainder ? a.u % b.u : a.u / b.u;
    else if (b.i == -1)
        result->u = remainder ? 0 : 0 - a.u; /* INT64_MIN / -1 would trap */
    else
        result->i = remainder ? a.i % b.i : a.i / b.i;
    return EK_OK;
}

static ek_status whole_powers(bool is_signed, union ek_value a, union ek_value b,
                              union ek_value *result)
{
    if (is_signed && b.i < 0)
        return EK_FAIL(EK_ERROR_NUMERIC,
                       "an integer to the power of %lld is no integer; write "
                       "float(...) around it",
                       (long long)b.i);
    result->u = whole_power(a.u, b.u);
    return EK_OK;
}

static uint64_t shift(enum ek_operator op, bool is_signed, union ek_value a, uint64_t places)
{
    if (op == EK_EXPR_SHIFT_LEFT) return places > 63 ? 0 : a.u << places;
    if (is_signed) return (uint64_t)(a.i >> (places > 63 ? 63 : places));
    return places > 63 ? 0 : a.u >> places;
}

static ek_status whole_operator(const struct ek_expression *node, union ek_value a,
                                union ek_value b, union ek_value *result)
{
    const bool is_signed = node->type == EK_VALUE_INT;
    switch (node->op) {
    case EK_EXPR_NEGATE:
        result->u = 0 - a.u;
        break;
    case EK_EXPR_INVERT:
        result->u = low_bits_of(~a.u, node->width);
        break;
    case EK_EXPR_POPCOUNT:
        result->u = (uint64_t)ek_popcount(a.u);
        break;
    case EK_EXPR_ADD:
        result->u = a.u + b.u;
        break;
    case EK_EXPR_SUBTRACT:
        result->u = a.u - b.u;
        break;
    case EK_EXPR_MULTIPLY:
        result->u = a.u * b.u;
        break;
    case EK_EXPR_DIVIDE:
    case EK_EXPR_REMAINDER:
        return whole_division(node->op, is_signed, a, b, result);
    case EK_EXPR_POWER:
        return whole_powers(is_signed, a, b, result);
    case EK_EXPR_BIT_AND:
        result->u = a.u & b.u;
        break;
    case EK_EXPR_BIT_OR:
        result->u = a.u | b.u;
        break;
    case EK_EXPR_BIT_XOR:
        result->u = a.u ^ b.u;
        break;
    case EK_EXPR_ROTATE_LEFT:
        result->u = rotate_left(a.u, node->width, b.i);
        return EK_OK;
    case EK_EXPR_ROTATE_RIGHT:
        result->u = rotate_left(a.u, node->width, -(b.i % node->width));
        return EK_OK;
    default:
        result->u = shift(node->op, is_signed, a, b.u);
        break;
    }
    if (node->op == EK_EXPR_INVERT && is_signed) result->i = sign_extend(result->u, node->width);
    return EK_OK;
}

static bool compare(enum ek_operator op, enum ek_value_type type, union ek_value a,
                    union ek_value b)
{
    switch (type) {
    case EK_VALUE_FLOAT:
        return op == EK_EXPR_EQUAL ? a.f == b.f : op == EK_EXPR_LESS ? a.f < b.f : a.f <= b.f;
    case EK_VALUE_INT:
        return op == EK_EXPR_EQUAL ? a.i == b.i : op == EK_EXPR_LESS ? a.i < b.i : a.i <= b.i;
    default:
        return op == EK_EXPR_EQUAL ? a.u == b.u : op == EK_EXPR_LESS ? a.u < b.u : a.u <= b.u;
    }
}

ek_status ek_operator_apply(const struct ek_expression *node, enum ek_value_type from,
                            union ek_value left, union ek_value right, union ek_value *result)
{
    switch (node->op) {
    case EK_EXPR_NOT:
        result->u = !left.u;
        return EK_OK;
    case EK_EXPR_AND:
        result->u = left.u && right.u;
        return EK_OK;
    case EK_EXPR_OR:
        result->u = left.u || right.u;
        return EK_OK;
    case EK_EXPR_EQUAL:
    case EK_EXPR_LESS:
    case EK_EXPR_LESS_OR_EQUAL:
        result->u = compare(node->op, from, left, right);
        return EK_OK;
    case EK_EXPR_CAST:
        return cast(node, from, left, result);
    case EK_EXPR_ANGLE:
        result->f = round_angle(left.f, node->width);
        return EK_OK;
    default:
        break;
    }
    if (node->type != EK_VALUE_FLOAT) return whole_operator(node, left, right, result);
    result->f = node->op >= EK_EXPR_ADD ? float_operator(node->op, left.f, right.f)
                                        : float_function(node->op, left.f);
    return EK_OK;
}

/* ---- trees --------------------------------------------------------------------------------- */

static uint64_t read_bits(const uint64_t *bits, int first, int count)
{
    const int word = first / 64, shifted = first % 64;
    uint64_t value = bits[word] >> shifted;
    if (shifted + count > 64) value |= bits[word + 1] << (64 - shifted);
    return low_bits_of(value, count);
}

/* An operand, unless the left one of AND or OR has decided already. */
static bool right_counts(const struct ek_expression *node, union ek_value left)
{
    if (node->right < 0) return false;
    if (node->op == EK_EXPR_AND) return left.u != 0;
    return node->op != EK_EXPR_OR || left.u == 0;
}

ek_status ek_expression_evaluate(const ek_dynamic *program, int expression, const uint64_t *bits,
                                 const union ek_value *variables, union ek_value *result)
{
    const struct ek_expression *node = &program->expressions[expression];
    union ek_value left = {0}, right = {0};
    switch (node->op) {
    case EK_EXPR_CONSTANT:
        *result = node->value;
        return EK_OK;
    case EK_EXPR_BIT:
        result->u = read_bits(bits, node->first, 1);
        return EK_OK;
    case EK_EXPR_REGISTER:
        result->u = read_bits(bits, node->first, node->count);
        return EK_OK;
    case EK_EXPR_VARIABLE:
        *result = variables[node->first];
        return EK_OK;
    default:
        break;
    }
    EK_TRY(ek_expression_evaluate(program, node->left, bits, variables, &left));
    if (right_counts(node, left))
        EK_TRY(ek_expression_evaluate(program, node->right, bits, variables, &right));
    return ek_operator_apply(node, program->expressions[node->left].type, left, right, result);
}

ek_status ek_segment_bind(const ek_dynamic *program, const struct ek_segment *segment,
                          const uint64_t *bits, const union ek_value *variables,
                          double *parameters)
{
    const int count = ek_circuit_parameters(segment->circuit);
    for (int i = 0; i < count; i++) {
        union ek_value value;
        EK_TRY(ek_expression_evaluate(program, segment->expressions[i], bits, variables, &value));
        parameters[i] = value.f;
    }
    return EK_OK;
}
