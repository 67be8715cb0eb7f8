/* Assignments to bits and variables, and what is known of variables while reading. */
#include "io/qasm_resolve.h"

/* ---- storing ------------------------------------------------------------------------------- */

ek_status ek_qasm_store_bits(struct ek_qasm *qasm, const struct qasm_operand *bits,
                             struct qasm_value *value, struct qasm_place place)
{
    int node;
    if (bits->count > 64)
        return FAIL_AT(qasm, place, "a value for %d bits; at most 64", bits->count);
    for (int i = 1; i < bits->count; i++)
        if (ek_qasm_element(bits, i) != ek_qasm_element(bits, 0) + i)
            return FAIL_AT(qasm, bits->place, "a value for bits that do not stand side by side");
    EK_TRY(ek_qasm_assignable(qasm, place, QASM_TYPE_BIT, bits->single ? 0 : bits->count, value));
    EK_TRY(ek_qasm_value_node(qasm, value, &node));
    qasm->here = place;
    return ek_qasm_instruction(qasm, (struct ek_instruction){.kind = EK_DO_ASSIGN_BITS,
                                                             .target = ek_qasm_element(bits, 0),
                                                             .count = (size_t)bits->count,
                                                             .expression = node});
}

ek_status ek_qasm_store_variable(struct ek_qasm *qasm, struct qasm_symbol *symbol,
                                 struct qasm_value *value, struct qasm_place place)
{
    int node;
    const enum qasm_type_kind type = (enum qasm_type_kind)symbol->value.type;
    EK_TRY(ek_qasm_assignable(qasm, place, type, symbol->value.width, value));
    EK_TRY(ek_qasm_value_node(qasm, value, &node));
    symbol->is_known = value->constant;
    if (value->constant) symbol->value.number = value->number;
    qasm->here = place;
    return ek_qasm_instruction(qasm, (struct ek_instruction){.kind = EK_DO_ASSIGN,
                                                             .target = symbol->variable,
                                                             .expression = node});
}

/* ---- assignments --------------------------------------------------------------------------- */

/* The new value: of the right side alone, or of "target op right". */
static ek_status find_value(struct ek_qasm *qasm, const struct qasm_statement *what,
                            struct qasm_value *value)
{
    struct qasm_value before, right;
    if (what->op == QASM_OP_NONE) return ek_qasm_evaluate(qasm, what->value, false, NULL, value);
    struct qasm_expr expr = {.kind = QASM_EXPR_BINARY, .op = what->op, .place = what->name_place};
    EK_TRY(ek_qasm_evaluate(qasm, what->value, false, NULL, &right));
    if (what->op == QASM_OP_INVERT) {
        *value = right;
        return ek_qasm_unary_value(qasm, &expr, value);
    }
    EK_TRY(ek_qasm_evaluate(qasm, what->target, false, NULL, &before));
    const struct qasm_value kept = before;
    EK_TRY(ek_qasm_binary_value(qasm, &expr, false, &before, &right, value));
    /* "c += 1" of integers stays within their width; nothing else may be lost. */
    const bool whole = kept.type == QASM_TYPE_INT || kept.type == QASM_TYPE_UINT;
    if (whole && (value->type == QASM_TYPE_INT || value->type == QASM_TYPE_UINT))
        return ek_qasm_cast(qasm, what->name_place, (enum qasm_type_kind)kept.type, kept.width,
                            value);
    return EK_OK;
}

static ek_status assign_bits(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    struct qasm_operand bits;
    struct qasm_value value;
    EK_TRY(ek_qasm_bits(qasm, what->target, &bits));
    if (what->measured) return ek_qasm_measure(qasm, what->measured, &bits, what->place);
    EK_TRY(find_value(qasm, what, &value));
    return ek_qasm_store_bits(qasm, &bits, &value, what->value->place);
}

static ek_status assign_variable(struct ek_qasm *qasm, const struct qasm_statement *what,
                                 struct qasm_symbol *symbol)
{
    struct qasm_value value;
    if (what->target->kind == QASM_EXPR_INDEX)
        return FAIL_AT(qasm, what->target->left->place,
                       "an assignment to one bit of a variable is not supported; use bit[n]");
    if (what->measured)
        return FAIL_AT(qasm, what->place, "a measurement gives bits, and '%s' is %s",
                       ek_qasm_text(qasm, symbol->name), ek_qasm_kind_name(symbol));
    EK_TRY(find_value(qasm, what, &value));
    return ek_qasm_store_variable(qasm, symbol, &value, what->value->place);
}

ek_status ek_qasm_do_assign(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    struct qasm_symbol *symbol = ek_qasm_find(qasm, what->target->name);
    if (qasm->lexer.version == 2)
        return FAIL_AT(qasm, what->place, "assignments are of OpenQASM 3");
    if (qasm->defining)
        return FAIL_AT(qasm, what->place,
                       "an assignment in the body of a gate, which has only "
                       "gates");
    if (!symbol)
        return ek_qasm_fail_unknown(qasm, what->target->name, what->target->place,
                                    "bits or a variable");
    if (symbol->kind == QASM_IS_VARIABLE) return assign_variable(qasm, what, symbol);
    if (symbol->kind == QASM_IS_CONSTANT)
        return FAIL_AT(qasm, what->target->place, "an assignment to '%s', which is a constant",
                       ek_qasm_text(qasm, symbol->name));
    return assign_bits(qasm, what);
}

/* ---- forgetting ---------------------------------------------------------------------------- */

void ek_qasm_forget(struct ek_qasm *qasm, const struct qasm_statement *list)
{
    for (; list; list = list->next) {
        if (list->kind == QASM_DO_ASSIGN) {
            struct qasm_symbol *symbol = ek_qasm_find(qasm, list->target->name);
            for (; symbol; symbol = symbol->shadowed) symbol->is_known = false;
        }
        ek_qasm_forget(qasm, list->body);
        ek_qasm_forget(qasm, list->otherwise);
    }
}
