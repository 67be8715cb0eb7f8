/* Functions of expressions. */
#include "io/qasm_resolve.h"

#include <math.h>
#include <string.h>

struct function {
    const char *name;
    enum ek_operator op;
    bool in2, in3;
};

/* Of one number, giving a float. Version 2 has six; Qiskit reads three more. */
static const struct function of_float[] = {
    {"sin", EK_EXPR_SIN, true, true},        {"cos", EK_EXPR_COS, true, true},
    {"tan", EK_EXPR_TAN, true, true},        {"exp", EK_EXPR_EXP, true, true},
    {"sqrt", EK_EXPR_SQRT, true, true},      {"ln", EK_EXPR_LOG, true, false},
    {"log", EK_EXPR_LOG, false, true},       {"asin", EK_EXPR_ARCSIN, true, false},
    {"acos", EK_EXPR_ARCCOS, true, false},   {"atan", EK_EXPR_ARCTAN, true, false},
    {"arcsin", EK_EXPR_ARCSIN, false, true}, {"arccos", EK_EXPR_ARCCOS, false, true},
    {"arctan", EK_EXPR_ARCTAN, false, true}, {"ceiling", EK_EXPR_CEILING, false, true},
    {"floor", EK_EXPR_FLOOR, false, true},
};

static const struct function *find_float(const struct ek_qasm *qasm, const char *name)
{
    const bool second = qasm->lexer.version == 2 && !qasm->reads_library;
    for (size_t i = 0; i < sizeof of_float / sizeof *of_float; i++)
        if (strcmp(of_float[i].name, name) == 0 && (second ? of_float[i].in2 : of_float[i].in3))
            return &of_float[i];
    return NULL;
}

static ek_status check_count(struct ek_qasm *qasm, const struct qasm_expr *call, int expected)
{
    int count = 0;
    for (const struct qasm_expr *one = call->left; one; one = one->next) count++;
    if (count == expected) return EK_OK;
    return FAIL_AT(qasm, call->place, "'%s' of %d values, expected %d",
                   ek_qasm_text(qasm, call->name), count, expected);
}

static ek_status float_function(struct ek_qasm *qasm, const struct qasm_expr *call,
                                enum ek_operator op, struct qasm_value *value)
{
    const struct ek_expression node = {.op = (uint8_t)op, .type = EK_VALUE_FLOAT};
    EK_TRY(ek_qasm_cast(qasm, call->left->place, QASM_TYPE_FLOAT, 0, value));
    EK_TRY(ek_qasm_apply_operator(qasm, call->place, node, value, NULL, value));
    if (value->constant && !isfinite(value->number.f))
        return FAIL_AT(qasm, call->place, "'%s' of this value is not a finite number",
                       ek_qasm_text(qasm, call->name));
    return EK_OK;
}

/* As the operators % and **, which see to the types. */
static ek_status two_numbers(struct ek_qasm *qasm, const struct qasm_expr *call, bool real,
                             const struct qasm_value *angles, enum qasm_operator op,
                             struct qasm_value *value)
{
    struct qasm_value left, right;
    const struct qasm_expr expr = {
        .kind = QASM_EXPR_BINARY, .op = (uint8_t)op, .place = call->place};
    EK_TRY(check_count(qasm, call, 2));
    EK_TRY(ek_qasm_evaluate(qasm, call->left, real, angles, &left));
    EK_TRY(ek_qasm_evaluate(qasm, call->left->next, real, angles, &right));
    return ek_qasm_binary_value(qasm, &expr, real, &left, &right, value);
}

/* Bits, or an unsigned integer, as a number of a width. */
static ek_status require_bits(struct ek_qasm *qasm, const struct qasm_expr *call,
                              const struct qasm_expr *argument, struct qasm_value *value)
{
    if (value->type == QASM_TYPE_BIT || value->type == QASM_TYPE_UINT) return EK_OK;
    return FAIL_AT(qasm, argument->place, "'%s' is of bits or an unsigned integer",
                   ek_qasm_text(qasm, call->name));
}

static ek_status popcount(struct ek_qasm *qasm, const struct qasm_expr *call,
                          const struct qasm_value *angles, struct qasm_value *value)
{
    const struct ek_expression node = {.op = EK_EXPR_POPCOUNT, .type = EK_VALUE_UINT};
    EK_TRY(check_count(qasm, call, 1));
    EK_TRY(ek_qasm_evaluate(qasm, call->left, false, angles, value));
    EK_TRY(require_bits(qasm, call, call->left, value));
    EK_TRY(ek_qasm_apply_operator(qasm, call->place, node, value, NULL, value));
    value->type = QASM_TYPE_UINT;
    value->width = 0;
    value->is_register = false;
    return EK_OK;
}

static ek_status rotate(struct ek_qasm *qasm, const struct qasm_expr *call,
                        const struct qasm_value *angles, enum ek_operator op,
                        struct qasm_value *value)
{
    struct qasm_value places;
    EK_TRY(check_count(qasm, call, 2));
    EK_TRY(ek_qasm_evaluate(qasm, call->left, false, angles, value));
    EK_TRY(require_bits(qasm, call, call->left, value));
    EK_TRY(ek_qasm_evaluate(qasm, call->left->next, false, angles, &places));
    if (places.type == QASM_TYPE_FLOAT || places.type == QASM_TYPE_ANGLE)
        return FAIL_AT(qasm, call->left->next->place, "'%s' by a number that is no integer",
                       ek_qasm_text(qasm, call->name));
    EK_TRY(ek_qasm_cast(qasm, call->place, QASM_TYPE_INT, 0, &places));
    const struct ek_expression node = {
        .op = (uint8_t)op, .type = EK_VALUE_UINT, .width = value->width > 0 ? value->width : 64};
    return ek_qasm_apply_operator(qasm, call->place, node, value, &places, value);
}

/* Elements of a register. */
static ek_status size_of(struct ek_qasm *qasm, const struct qasm_expr *call,
                         struct qasm_value *value)
{
    struct qasm_operand operand;
    EK_TRY(check_count(qasm, call, 1));
    EK_TRY(ek_qasm_operand(qasm, call->left, &operand));
    *value = ek_qasm_int(operand.count);
    return EK_OK;
}

static ek_status fail_unknown(struct ek_qasm *qasm, const struct qasm_expr *call)
{
    if (qasm->lexer.version == 2)
        return FAIL_AT(qasm, call->place,
                       "no function is called '%s'; there are sin, cos, tan, "
                       "exp, ln, sqrt",
                       ek_qasm_text(qasm, call->name));
    return FAIL_AT(qasm, call->place,
                   "no function is called '%s'; there are sin, cos, tan, "
                   "arcsin, arccos, arctan, exp, log, sqrt, pow, mod, floor, "
                   "ceiling, popcount, rotl, rotr, sizeof",
                   ek_qasm_text(qasm, call->name));
}

ek_status ek_qasm_function(struct ek_qasm *qasm, const struct qasm_expr *call, bool real,
                           const struct qasm_value *angles, struct qasm_value *value)
{
    const char *name = ek_qasm_text(qasm, call->name);
    const struct function *found = find_float(qasm, name);
    if (found) {
        EK_TRY(check_count(qasm, call, 1));
        EK_TRY(ek_qasm_evaluate(qasm, call->left, true, angles, value));
        return float_function(qasm, call, found->op, value);
    }
    if (qasm->lexer.version == 2 && !qasm->reads_library) return fail_unknown(qasm, call);
    if (strcmp(name, "pow") == 0)
        return two_numbers(qasm, call, real, angles, QASM_OP_POWER, value);
    if (strcmp(name, "mod") == 0)
        return two_numbers(qasm, call, real, angles, QASM_OP_REMAINDER, value);
    if (strcmp(name, "popcount") == 0) return popcount(qasm, call, angles, value);
    if (strcmp(name, "rotl") == 0) return rotate(qasm, call, angles, EK_EXPR_ROTATE_LEFT, value);
    if (strcmp(name, "rotr") == 0) return rotate(qasm, call, angles, EK_EXPR_ROTATE_RIGHT, value);
    if (strcmp(name, "sizeof") == 0) return size_of(qasm, call, value);
    return fail_unknown(qasm, call);
}
