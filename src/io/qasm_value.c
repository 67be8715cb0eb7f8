/* Values, known or not yet, and what operators make of them. */
#include "io/qasm_resolve.h"

#include <math.h>

struct qasm_value ek_qasm_constant(enum qasm_type_kind type, union ek_value number)
{
    return (struct qasm_value){
        .type = (uint8_t)type, .constant = true, .number = number, .node = -1};
}

struct qasm_value ek_qasm_float(double value)
{
    return ek_qasm_constant(QASM_TYPE_FLOAT, (union ek_value){.f = value});
}

struct qasm_value ek_qasm_int(int64_t value)
{
    return ek_qasm_constant(QASM_TYPE_INT, (union ek_value){.i = value});
}

enum ek_value_type ek_qasm_held(enum qasm_type_kind type)
{
    switch (type) {
    case QASM_TYPE_BOOL:
        return EK_VALUE_BOOL;
    case QASM_TYPE_INT:
        return EK_VALUE_INT;
    case QASM_TYPE_BIT:
    case QASM_TYPE_UINT:
        return EK_VALUE_UINT;
    default:
        return EK_VALUE_FLOAT;
    }
}

const char *ek_qasm_type_name(enum qasm_type_kind type, int width, char *out)
{
    static const char *const names[] = {"bool", "bit", "int", "uint", "float", "angle"};
    if (width > 0)
        snprintf(out, 24, "%s[%d]", names[type], width);
    else
        snprintf(out, 24, "%s", names[type]);
    return out;
}

static const char *name_of(const struct qasm_value *value, char *out)
{
    const bool shown = value->type != QASM_TYPE_BIT || value->is_register;
    return ek_qasm_type_name((enum qasm_type_kind)value->type, shown ? value->width : 0, out);
}

/* ---- nodes --------------------------------------------------------------------------------- */

static bool same_node(const struct ek_expression *a, const struct ek_expression *b)
{
    return a->op == b->op && a->type == b->type && a->width == b->width && a->left == b->left &&
           a->right == b->right && a->first == b->first && a->count == b->count &&
           a->value.u == b->value.u;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15) ^ hash >> 29;
}

static size_t hash_node(const struct ek_expression *node)
{
    uint64_t hash = (uint64_t)node->op << 16 | (uint64_t)node->type << 8 | node->width;
    hash = mix(hash, (uint64_t)(uint32_t)node->left << 32 | (uint32_t)node->right);
    hash = mix(hash, (uint64_t)(uint32_t)node->first << 32 | (uint32_t)node->count);
    return mix(hash, node->value.u) >> 17;
}

/* The slot of the node's like, or the free one where it belongs. */
static int *find_slot(struct ek_qasm *qasm, const struct ek_expression *node)
{
    const size_t mask = qasm->node_slot_count - 1;
    size_t slot = hash_node(node) & mask;
    while (qasm->node_slots[slot] &&
           !same_node(&qasm->program->expressions[qasm->node_slots[slot] - 1], node))
        slot = (slot + 1) & mask;
    return &qasm->node_slots[slot];
}

static ek_status grow_slots(struct ek_qasm *qasm)
{
    const size_t count = qasm->program->expression_count;
    int *fresh = NULL;
    if (2 * (count + 1) <= qasm->node_slot_count) return EK_OK;
    const size_t wanted = qasm->node_slot_count ? 2 * qasm->node_slot_count : 256;
    EK_TRY(EK_NEW(fresh, wanted));
    ek_release(qasm->node_slots);
    qasm->node_slots = fresh;
    qasm->node_slot_count = wanted;
    for (size_t i = 0; i < count; i++)
        *find_slot(qasm, &qasm->program->expressions[i]) = (int)i + 1;
    return EK_OK;
}

/* Adds a node, or finds its like. */
static ek_status add_node(struct ek_qasm *qasm, struct ek_expression node, int *number)
{
    EK_TRY(grow_slots(qasm));
    int *slot = find_slot(qasm, &node);
    if (!*slot) {
        EK_TRY(ek_dynamic_add_expression(qasm->program, &node, number));
        *slot = *number + 1;
    }
    *number = *slot - 1;
    return EK_OK;
}

ek_status ek_qasm_leaf(struct ek_qasm *qasm, enum ek_operator op, enum ek_value_type type,
                       int first, int count, int *number)
{
    const struct ek_expression node = {.op = (uint8_t)op,
                                       .type = (uint8_t)type,
                                       .left = -1,
                                       .right = -1,
                                       .first = first,
                                       .count = count};
    return add_node(qasm, node, number);
}

ek_status ek_qasm_value_node(struct ek_qasm *qasm, const struct qasm_value *value, int *number)
{
    *number = value->node;
    if (!value->constant) return EK_OK;
    const struct ek_expression node = {
        .op = EK_EXPR_CONSTANT,
        .left = -1,
        .right = -1,
        .value = value->number,
        .type = (uint8_t)ek_qasm_held((enum qasm_type_kind)value->type)};
    return add_node(qasm, node, number);
}

/* Gives a failure of arithmetic its place. */
static ek_status blame(struct ek_qasm *qasm, struct qasm_place place, ek_status status)
{
    if (status != EK_ERROR_NUMERIC && status != EK_ERROR_UNSUPPORTED) return status;
    struct ek_failure failure;
    ek_failure_get(&failure);
    return ek_fail_in_qasm(failure.file, failure.line, EK_ERROR_PARSE, &qasm->sources, place, "%s",
                           failure.message);
}

ek_status ek_qasm_apply_operator(struct ek_qasm *qasm, struct qasm_place place,
                                 struct ek_expression node, const struct qasm_value *left,
                                 const struct qasm_value *right, struct qasm_value *result)
{
    const union ek_value none = {0};
    const enum ek_value_type from = ek_qasm_held((enum qasm_type_kind)left->type);
    union ek_value number = {0};
    int found = -1;
    const bool constant = left->constant && (!right || right->constant);
    const bool varies = left->varies || (right && right->varies);
    node.left = node.right = -1;
    if (constant) {
        EK_TRY(blame(
            qasm, place,
            ek_operator_apply(&node, from, left->number, right ? right->number : none, &number)));
    } else {
        EK_TRY(ek_qasm_value_node(qasm, left, &node.left));
        if (right) EK_TRY(ek_qasm_value_node(qasm, right, &node.right));
        EK_TRY(blame(qasm, place, add_node(qasm, node, &found)));
    }
    /* Only now: the result may be one of the operands. */
    result->constant = constant;
    result->varies = varies;
    result->number = number;
    result->node = found;
    return EK_OK;
}

/* An operator whose result has the type `type`. */
static ek_status apply(struct ek_qasm *qasm, struct qasm_place place, enum ek_operator op,
                       enum qasm_type_kind type, int width, const struct qasm_value *left,
                       const struct qasm_value *right, struct qasm_value *result)
{
    const struct ek_expression node = {
        .op = (uint8_t)op, .width = (uint8_t)width, .type = (uint8_t)ek_qasm_held(type)};
    struct qasm_value fresh = {.type = (uint8_t)type,
                               .width = (uint8_t)width,
                               .is_register = type == QASM_TYPE_BIT && width > 1};
    EK_TRY(ek_qasm_apply_operator(qasm, place, node, left, right, &fresh));
    *result = fresh;
    return EK_OK;
}

/* ---- conversions --------------------------------------------------------------------------- */

static bool is_real(const struct qasm_value *value)
{
    return value->type == QASM_TYPE_FLOAT || value->type == QASM_TYPE_ANGLE;
}

/* A bit is one bit wide; integers without a width have 64. */
static int bits_of(enum qasm_type_kind type, int width)
{
    if (type == QASM_TYPE_BIT) return width > 0 ? width : 1;
    return width > 0 ? width : 64;
}

/* Bits that a node of integers can have set at most (of INT: within which its sign lies). It is
 * found from the nodes alone, so that a program that is written and read again is the same. */
static int node_width(const ek_dynamic *program, int node)
{
    const struct ek_expression *found = &program->expressions[node];
    int left, right;
    switch (found->op) {
    case EK_EXPR_BIT:
        return 1;
    case EK_EXPR_REGISTER:
        return found->count;
    case EK_EXPR_VARIABLE:
        return bits_of(QASM_TYPE_UINT, program->variables[found->first].width);
    case EK_EXPR_CAST:
    case EK_EXPR_INVERT:
    case EK_EXPR_ROTATE_LEFT:
    case EK_EXPR_ROTATE_RIGHT:
        return found->width;
    case EK_EXPR_SHIFT_RIGHT:
        return node_width(program, found->left);
    case EK_EXPR_BIT_AND:
    case EK_EXPR_BIT_OR:
    case EK_EXPR_BIT_XOR:
        left = node_width(program, found->left);
        right = node_width(program, found->right);
        return left > right ? left : right;
    default:
        return 64;
    }
}

/* Whether the value must be computed anew to be held so; else it only gets another name. */
static bool needs_cast(const struct ek_qasm *qasm, const struct qasm_value *value,
                       enum qasm_type_kind type, int width)
{
    const enum qasm_type_kind had = (enum qasm_type_kind)value->type;
    if (ek_qasm_held(type) != ek_qasm_held(had)) return true;
    switch (ek_qasm_held(type)) {
    case EK_VALUE_BOOL:
        return false;
    case EK_VALUE_FLOAT:
        return type == QASM_TYPE_FLOAT && width == 32 &&
               !(had == QASM_TYPE_FLOAT && value->width == 32);
    default:
        return value->constant || node_width(qasm->program, value->node) > bits_of(type, width);
    }
}

ek_status ek_qasm_cast(struct ek_qasm *qasm, struct qasm_place place, enum qasm_type_kind type,
                       int width, struct qasm_value *value)
{
    const enum ek_value_type held = ek_qasm_held(type);
    const bool whole = held == EK_VALUE_INT || held == EK_VALUE_UINT;
    const int bits = whole                                    ? bits_of(type, width)
                     : type == QASM_TYPE_FLOAT && width == 32 ? 32
                                                              : 0;
    if (needs_cast(qasm, value, type, width))
        EK_TRY(apply(qasm, place, EK_EXPR_CAST, type, bits, value, NULL, value));
    if (type == QASM_TYPE_ANGLE && width > 0 &&
        !(value->type == QASM_TYPE_ANGLE && value->width == width))
        EK_TRY(apply(qasm, place, EK_EXPR_ANGLE, type, width, value, NULL, value));
    value->type = (uint8_t)type;
    value->width = (uint8_t)(type == QASM_TYPE_BIT ? bits_of(type, width) : width);
    value->is_register = type == QASM_TYPE_BIT && width > 0;
    return EK_OK;
}

static ek_status fail_conversion(struct ek_qasm *qasm, struct qasm_place place,
                                 enum qasm_type_kind type, int width,
                                 const struct qasm_value *value)
{
    char to[24], from[24];
    return FAIL_AT(qasm, place, "a value of type %s where %s is due; write %s(...)",
                   name_of(value, from), ek_qasm_type_name(type, width, to), to);
}

/* Whether a known integer keeps its value in so many bits. */
static bool keeps_value(const struct qasm_value *value, enum qasm_type_kind type, int width)
{
    const int bits = bits_of(type, width);
    if (value->type == QASM_TYPE_INT && value->number.i < 0)
        return type == QASM_TYPE_INT &&
               (bits == 64 || value->number.i >= -(INT64_C(1) << (bits - 1)));
    return value->number.u <= ek_low_bits(type == QASM_TYPE_INT ? bits - 1 : bits);
}

static ek_status check_bits(struct ek_qasm *qasm, struct qasm_place place, int width,
                            const struct qasm_value *value)
{
    const bool whole = value->type == QASM_TYPE_INT || value->type == QASM_TYPE_UINT;
    if (value->type == QASM_TYPE_BIT && value->width != bits_of(QASM_TYPE_BIT, width))
        return FAIL_AT(qasm, place, "%d bits where %d are due", value->width,
                       bits_of(QASM_TYPE_BIT, width));
    if (is_real(value) || (whole && !value->constant))
        return fail_conversion(qasm, place, QASM_TYPE_BIT, width, value);
    return EK_OK;
}

static ek_status check_assignable(struct ek_qasm *qasm, struct qasm_place place,
                                  enum qasm_type_kind type, int width,
                                  const struct qasm_value *value)
{
    const bool from_whole = value->type == QASM_TYPE_INT || value->type == QASM_TYPE_UINT;
    const bool to_whole = type == QASM_TYPE_INT || type == QASM_TYPE_UINT;
    const bool to_real = type == QASM_TYPE_FLOAT || type == QASM_TYPE_ANGLE;
    char to[24];
    if (type == QASM_TYPE_BIT) EK_TRY(check_bits(qasm, place, width, value));
    if (to_real && value->type == QASM_TYPE_BIT)
        return fail_conversion(qasm, place, type, width, value);
    if (to_whole && is_real(value) &&
        !(value->constant && value->number.f == floor(value->number.f)))
        return fail_conversion(qasm, place, type, width, value);
    /* What a variable has led to wraps around, as it does where it is known only in a run. */
    if ((to_whole || type == QASM_TYPE_BIT) && from_whole && value->constant && !value->varies &&
        !keeps_value(value, type, width))
        return FAIL_AT(qasm, place, "%lld does not fit into %s", (long long)value->number.i,
                       ek_qasm_type_name(type, width, to));
    return EK_OK;
}

ek_status ek_qasm_assignable(struct ek_qasm *qasm, struct qasm_place place,
                             enum qasm_type_kind type, int width, struct qasm_value *value)
{
    EK_TRY(check_assignable(qasm, place, type, width, value));
    return ek_qasm_cast(qasm, place, type, width, value);
}

/* ---- operators ----------------------------------------------------------------------------- */

static ek_status to_bool(struct ek_qasm *qasm, struct qasm_place place, struct qasm_value *value)
{
    return ek_qasm_cast(qasm, place, QASM_TYPE_BOOL, 0, value);
}

/* Numbers as they are; bits count as unsigned, truth as 0 or 1. */
static ek_status to_number(struct ek_qasm *qasm, struct qasm_place place, bool real,
                           struct qasm_value *value)
{
    if (real && !is_real(value)) return ek_qasm_cast(qasm, place, QASM_TYPE_FLOAT, 0, value);
    if (value->type == QASM_TYPE_BOOL) return ek_qasm_cast(qasm, place, QASM_TYPE_INT, 0, value);
    if (value->type == QASM_TYPE_BIT) value->type = QASM_TYPE_UINT;
    if (value->type == QASM_TYPE_ANGLE) value->type = QASM_TYPE_FLOAT;
    return EK_OK;
}

/* Brings two numbers to one type: real before int before uint. A known integer that is not
 * negative becomes unsigned where the other is. */
static ek_status unify(struct ek_qasm *qasm, struct qasm_place place, struct qasm_value *left,
                       struct qasm_value *right)
{
    const bool real = is_real(left) || is_real(right);
    EK_TRY(to_number(qasm, place, real, left));
    EK_TRY(to_number(qasm, place, real, right));
    if (real || left->type == right->type) return EK_OK;
    struct qasm_value *other = left->type == QASM_TYPE_INT ? left : right;
    const struct qasm_value *is_unsigned = other == left ? right : left;
    if (other->constant && other->number.i >= 0 && !is_unsigned->constant) {
        other->type = QASM_TYPE_UINT;
        return EK_OK;
    }
    EK_TRY(ek_qasm_cast(qasm, place, QASM_TYPE_INT, 0, left));
    return ek_qasm_cast(qasm, place, QASM_TYPE_INT, 0, right);
}

/* The width that two unsigned integers give their result, the larger of both; 0 where one of them
 * has none, as literals, or is something else. */
static int common_width(const struct qasm_value *left, const struct qasm_value *right)
{
    const bool both = left->type == QASM_TYPE_UINT && right->type == QASM_TYPE_UINT;
    if (!both || left->width == 0 || right->width == 0) return 0;
    return left->width > right->width ? left->width : right->width;
}

/* Arithmetic of unsigned integers is modulo 2^width. */
static ek_status wrap(struct ek_qasm *qasm, struct qasm_place place, int width,
                      struct qasm_value *value)
{
    if (width == 0 || value->type != QASM_TYPE_UINT) return EK_OK;
    return ek_qasm_cast(qasm, place, QASM_TYPE_UINT, width, value);
}

ek_status ek_qasm_unary_value(struct ek_qasm *qasm, const struct qasm_expr *expr,
                              struct qasm_value *value)
{
    char name[24];
    if (expr->op == QASM_OP_NOT) {
        EK_TRY(to_bool(qasm, expr->place, value));
        return apply(qasm, expr->place, EK_EXPR_NOT, QASM_TYPE_BOOL, 0, value, NULL, value);
    }
    if (expr->op == QASM_OP_NEGATE) {
        EK_TRY(to_number(qasm, expr->place, false, value));
        if (value->type == QASM_TYPE_UINT)
            EK_TRY(ek_qasm_cast(qasm, expr->place, QASM_TYPE_INT, 0, value));
        return apply(qasm, expr->place, EK_EXPR_NEGATE, (enum qasm_type_kind)value->type, 0, value,
                     NULL, value);
    }
    if (value->type != QASM_TYPE_BIT && value->type != QASM_TYPE_UINT &&
        value->type != QASM_TYPE_INT)
        return FAIL_AT(qasm, expr->place, "'~' of a value of type %s; expected bits or an integer",
                       name_of(value, name));
    const int width = bits_of((enum qasm_type_kind)value->type, value->width);
    return apply(qasm, expr->place, EK_EXPR_INVERT, (enum qasm_type_kind)value->type, width, value,
                 NULL, value);
}

static ek_status compare(struct ek_qasm *qasm, const struct qasm_expr *expr,
                         struct qasm_value *left, struct qasm_value *right,
                         struct qasm_value *result)
{
    const enum qasm_operator op = (enum qasm_operator)expr->op;
    const bool swap = op == QASM_OP_GREATER || op == QASM_OP_GREATER_EQUAL;
    const bool strict = op == QASM_OP_LESS || op == QASM_OP_GREATER;
    const bool equality = op == QASM_OP_EQUAL || op == QASM_OP_DIFFERENT;
    if (left->type == QASM_TYPE_BOOL || right->type == QASM_TYPE_BOOL) {
        EK_TRY(to_bool(qasm, expr->place, left));
        EK_TRY(to_bool(qasm, expr->place, right));
    } else
        EK_TRY(unify(qasm, expr->place, left, right));
    /* The constant of a test for equality stands on the right. */
    const bool mirror = swap || (equality && left->constant && !right->constant);
    const enum ek_operator applied = equality ? EK_EXPR_EQUAL
                                     : strict ? EK_EXPR_LESS
                                              : EK_EXPR_LESS_OR_EQUAL;
    EK_TRY(apply(qasm, expr->place, applied, QASM_TYPE_BOOL, 0, mirror ? right : left,
                 mirror ? left : right, result));
    if (op != QASM_OP_DIFFERENT) return EK_OK;
    return apply(qasm, expr->place, EK_EXPR_NOT, QASM_TYPE_BOOL, 0, result, NULL, result);
}

static ek_status on_bits(struct ek_qasm *qasm, const struct qasm_expr *expr,
                         struct qasm_value *left, struct qasm_value *right,
                         struct qasm_value *result)
{
    const enum ek_operator op = expr->op == QASM_OP_BIT_AND  ? EK_EXPR_BIT_AND
                                : expr->op == QASM_OP_BIT_OR ? EK_EXPR_BIT_OR
                                                             : EK_EXPR_BIT_XOR;
    char name[24];
    if (is_real(left) || is_real(right))
        return FAIL_AT(qasm, expr->place,
                       "a bit operator on a value of type %s; expected bits or "
                       "integers",
                       name_of(is_real(left) ? left : right, name));
    const bool both = left->type == QASM_TYPE_BIT && right->type == QASM_TYPE_BIT;
    const int width = left->width > right->width ? left->width : right->width;
    if (both && left->width != right->width)
        return FAIL_AT(qasm, expr->place, "a bit operator on %d and %d bits", left->width,
                       right->width);
    const int common = common_width(left, right);
    if (!both) EK_TRY(unify(qasm, expr->place, left, right));
    const enum qasm_type_kind type = (enum qasm_type_kind)left->type;
    EK_TRY(apply(qasm, expr->place, op, type, 0, left, right, result));
    result->width = (uint8_t)(both ? width : common);
    result->is_register = both && width > 1;
    return EK_OK;
}

static ek_status shifted(struct ek_qasm *qasm, const struct qasm_expr *expr,
                         struct qasm_value *left, struct qasm_value *right,
                         struct qasm_value *result)
{
    const enum qasm_type_kind type = (enum qasm_type_kind)left->type;
    const int width = left->width;
    const bool to_left = expr->op == QASM_OP_SHIFT_LEFT;
    char name[24];
    if (is_real(left) || is_real(right) || type == QASM_TYPE_BOOL)
        return FAIL_AT(qasm, expr->place,
                       "a shift of a value of type %s by one of another; "
                       "expected bits or integers",
                       name_of(left, name));
    if (right->constant && ek_qasm_held((enum qasm_type_kind)right->type) == EK_VALUE_INT &&
        right->number.i < 0)
        return FAIL_AT(qasm, expr->place, "a shift by %lld places", (long long)right->number.i);
    EK_TRY(ek_qasm_cast(qasm, expr->place, QASM_TYPE_UINT, 0, right));
    EK_TRY(apply(qasm, expr->place, to_left ? EK_EXPR_SHIFT_LEFT : EK_EXPR_SHIFT_RIGHT, type, 0,
                 left, right, result));
    /* What leaves the width is lost. */
    return width > 0 ? ek_qasm_cast(qasm, expr->place, type, width, result) : EK_OK;
}

/* base^exponent of integers: a real where the result is no 64-bit integer. */
static ek_status raise_whole(struct ek_qasm *qasm, const struct qasm_expr *expr,
                             struct qasm_value *left, struct qasm_value *right,
                             struct qasm_value *result)
{
    const bool is_signed = left->type == QASM_TYPE_INT;
    if (left->constant && right->constant) {
        const double base = is_signed ? (double)left->number.i : (double)left->number.u;
        const double exponent = is_signed ? (double)right->number.i : (double)right->number.u;
        const double power = pow(base, exponent);
        if (exponent < 0 || fabs(power) >= 0x1p63) {
            *result = ek_qasm_float(power);
            return EK_OK;
        }
    }
    return apply(qasm, expr->place, EK_EXPR_POWER, (enum qasm_type_kind)left->type, 0, left, right,
                 result);
}

/* Known integers that do not divide evenly, where integers divide as numbers do. */
static bool divides_as_real(const struct qasm_value *left, const struct qasm_value *right)
{
    if (!left->constant || !right->constant) return true;
    if (right->number.u == 0) return false;
    if (left->type == QASM_TYPE_UINT) return left->number.u % right->number.u != 0;
    return right->number.i != -1 && left->number.i % right->number.i != 0;
}

static ek_status arithmetic(struct ek_qasm *qasm, const struct qasm_expr *expr, bool real,
                            struct qasm_value *left, struct qasm_value *right,
                            struct qasm_value *result)
{
    static const enum ek_operator operators[] = {[QASM_OP_ADD] = EK_EXPR_ADD,
                                                 [QASM_OP_SUBTRACT] = EK_EXPR_SUBTRACT,
                                                 [QASM_OP_MULTIPLY] = EK_EXPR_MULTIPLY,
                                                 [QASM_OP_DIVIDE] = EK_EXPR_DIVIDE,
                                                 [QASM_OP_REMAINDER] = EK_EXPR_REMAINDER,
                                                 [QASM_OP_POWER] = EK_EXPR_POWER};
    const int width = common_width(left, right);
    EK_TRY(unify(qasm, expr->place, left, right));
    if (!is_real(left) && real && expr->op == QASM_OP_DIVIDE && divides_as_real(left, right)) {
        EK_TRY(to_number(qasm, expr->place, true, left));
        EK_TRY(to_number(qasm, expr->place, true, right));
    }
    if (!is_real(left) && expr->op == QASM_OP_POWER)
        EK_TRY(raise_whole(qasm, expr, left, right, result));
    else
        EK_TRY(apply(qasm, expr->place, operators[expr->op], (enum qasm_type_kind)left->type, 0,
                     left, right, result));
    return wrap(qasm, expr->place, width, result);
}

ek_status ek_qasm_binary_value(struct ek_qasm *qasm, const struct qasm_expr *expr, bool real,
                               struct qasm_value *left, struct qasm_value *right,
                               struct qasm_value *result)
{
    switch (expr->op) {
    case QASM_OP_OR:
    case QASM_OP_AND:
        EK_TRY(to_bool(qasm, expr->place, left));
        EK_TRY(to_bool(qasm, expr->place, right));
        return apply(qasm, expr->place, expr->op == QASM_OP_OR ? EK_EXPR_OR : EK_EXPR_AND,
                     QASM_TYPE_BOOL, 0, left, right, result);
    case QASM_OP_EQUAL:
    case QASM_OP_DIFFERENT:
    case QASM_OP_LESS:
    case QASM_OP_LESS_EQUAL:
    case QASM_OP_GREATER:
    case QASM_OP_GREATER_EQUAL:
        return compare(qasm, expr, left, right, result);
    case QASM_OP_BIT_AND:
    case QASM_OP_BIT_OR:
    case QASM_OP_BIT_XOR:
        return on_bits(qasm, expr, left, right, result);
    case QASM_OP_SHIFT_LEFT:
    case QASM_OP_SHIFT_RIGHT:
        return shifted(qasm, expr, left, right, result);
    default:
        return arithmetic(qasm, expr, real, left, right, result);
    }
}
