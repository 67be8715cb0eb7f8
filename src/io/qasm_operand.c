/* Operands: which qubits or bits a name, an index, a range or a set means. */
#include "io/qasm_resolve.h"

int ek_qasm_element(const struct qasm_operand *operand, int i)
{
    return operand->list ? operand->list[i] : operand->first + i;
}

/* ---- choosing ------------------------------------------------------------------------------ */

/* Takes elements `chosen` of an operand, in memory of the statement. */
static ek_status take(struct ek_qasm *qasm, struct qasm_operand *operand, const int *chosen,
                      int count)
{
    int *list = ek_qasm_arena_take(&qasm->scratch, (size_t)count * sizeof *list);
    if (!list) return EK_ERROR_MEMORY;
    for (int i = 0; i < count; i++) list[i] = ek_qasm_element(operand, chosen[i]);
    operand->list = list;
    operand->count = count;
    return EK_OK;
}

/* Negative numbers count from the end, in version 3. */
static ek_status choose_one(struct ek_qasm *qasm, const struct qasm_expr *index, int count,
                            int *chosen)
{
    int64_t found;
    EK_TRY(ek_qasm_whole(qasm, index, "the index", qasm->lexer.version == 2 ? 0 : -count,
                         count - 1, &found));
    *chosen = (int)(found < 0 ? found + count : found);
    return EK_OK;
}

static ek_status choose_set(struct ek_qasm *qasm, const struct qasm_expr *set,
                            struct qasm_operand *operand)
{
    int count = 0, i = 0;
    for (const struct qasm_expr *one = set->left; one; one = one->next) count++;
    int *chosen = ek_qasm_arena_take(&qasm->scratch, (size_t)count * sizeof *chosen);
    if (!chosen) return EK_ERROR_MEMORY;
    for (const struct qasm_expr *one = set->left; one; one = one->next)
        EK_TRY(choose_one(qasm, one, operand->count, &chosen[i++]));
    return take(qasm, operand, chosen, count);
}

/* start : step : stop, both ends included. */
static ek_status choose_range(struct ek_qasm *qasm, const struct qasm_expr *range,
                              struct qasm_operand *operand)
{
    const int count = operand->count;
    int64_t step = 1;
    int start, stop, length = 0;
    if (range->third)
        EK_TRY(ek_qasm_whole(qasm, range->third, "the step", -INT32_MAX, INT32_MAX, &step));
    if (step == 0) return FAIL_AT(qasm, range->third->place, "the step of a range is 0");
    start = step > 0 ? 0 : count - 1;
    stop = step > 0 ? count - 1 : 0;
    if (range->left) EK_TRY(choose_one(qasm, range->left, count, &start));
    if (range->right) EK_TRY(choose_one(qasm, range->right, count, &stop));
    int *chosen = ek_qasm_arena_take(&qasm->scratch, (size_t)count * sizeof *chosen);
    if (!chosen) return EK_ERROR_MEMORY;
    for (int64_t i = start; step > 0 ? i <= stop : i >= stop; i += step) chosen[length++] = (int)i;
    if (length == 0) return FAIL_AT(qasm, range->place, "a range without elements");
    return take(qasm, operand, chosen, length);
}

/* Narrows an operand to what stands in the brackets behind it. */
static ek_status choose(struct ek_qasm *qasm, const struct qasm_expr *index,
                        struct qasm_operand *operand)
{
    int chosen;
    if (index->next)
        return FAIL_AT(qasm, index->next->place, "a register has one index, found more");
    if (qasm->lexer.version == 2 &&
        (index->kind == QASM_EXPR_RANGE || index->kind == QASM_EXPR_SET))
        return FAIL_AT(qasm, index->place, "ranges and sets are of OpenQASM 3, expected an index");
    if (index->kind == QASM_EXPR_RANGE) return choose_range(qasm, index, operand);
    if (index->kind == QASM_EXPR_SET) return choose_set(qasm, index, operand);
    EK_TRY(choose_one(qasm, index, operand->count, &chosen));
    operand->first = ek_qasm_element(operand, chosen);
    operand->list = NULL;
    operand->count = 1;
    operand->single = true;
    return EK_OK;
}

/* ---- names --------------------------------------------------------------------------------- */

static ek_status name_operand(struct ek_qasm *qasm, const struct qasm_expr *expr,
                              struct qasm_operand *operand)
{
    const struct qasm_symbol *symbol = ek_qasm_find(qasm, expr->name);
    if (!symbol) return ek_qasm_fail_unknown(qasm, expr->name, expr->place, "a register");
    *operand = (struct qasm_operand){.place = expr->place,
                                     .first = symbol->first,
                                     .count = symbol->count,
                                     .single = symbol->single,
                                     .of_bits = symbol->of_bits};
    switch (symbol->kind) {
    case QASM_IS_ALIAS:
        operand->list = symbol->list;
        break;
    case QASM_IS_BITS:
        operand->of_bits = true;
        break;
    case QASM_IS_QUBITS:
        break;
    case QASM_IS_FORMAL_QUBIT:
        operand->count = 1;
        operand->single = true;
        break;
    default:
        return FAIL_AT(qasm, expr->place, "'%s' is %s, expected a register of qubits or bits",
                       ek_qasm_text(qasm, expr->name), ek_qasm_kind_name(symbol));
    }
    if (qasm->defining && symbol->kind != QASM_IS_FORMAL_QUBIT)
        return FAIL_AT(qasm, expr->place,
                       "'%s' is %s; the body of a gate acts on the qubits that "
                       "the gate names",
                       ek_qasm_text(qasm, expr->name), ek_qasm_kind_name(symbol));
    return EK_OK;
}

ek_status ek_qasm_operand(struct ek_qasm *qasm, const struct qasm_expr *expr,
                          struct qasm_operand *operand)
{
    if (expr->kind != QASM_EXPR_NAME && expr->kind != QASM_EXPR_INDEX)
        return FAIL_AT(qasm, expr->place, "expected a register");
    EK_TRY(name_operand(qasm, expr, operand));
    if (expr->kind == QASM_EXPR_NAME) return EK_OK;
    if (qasm->defining)
        return FAIL_AT(qasm, expr->left->place,
                       "'%s' is one qubit within the body of a gate and "
                       "has no index",
                       ek_qasm_text(qasm, expr->name));
    if (operand->single)
        return FAIL_AT(qasm, expr->left->place, "'%s' is a single %s and has no index",
                       ek_qasm_text(qasm, expr->name), operand->of_bits ? "bit" : "qubit");
    return choose(qasm, expr->left, operand);
}

ek_status ek_qasm_qubits(struct ek_qasm *qasm, const struct qasm_expr *expr,
                         struct qasm_operand *operand)
{
    EK_TRY(ek_qasm_operand(qasm, expr, operand));
    if (!operand->of_bits) return EK_OK;
    return FAIL_AT(qasm, expr->place, "'%s' is of classical bits, expected qubits",
                   ek_qasm_text(qasm, expr->name));
}

ek_status ek_qasm_bits(struct ek_qasm *qasm, const struct qasm_expr *expr,
                       struct qasm_operand *operand)
{
    EK_TRY(ek_qasm_operand(qasm, expr, operand));
    if (operand->of_bits) return EK_OK;
    return FAIL_AT(qasm, expr->place, "'%s' is of qubits, expected classical bits",
                   ek_qasm_text(qasm, expr->name));
}

/* ---- qubits of the state ------------------------------------------------------------------- */

static ek_status make_room(struct ek_qasm *qasm, int declared)
{
    void *list = qasm->qubit_of;
    const size_t wanted = (size_t)qasm->program->declared_qubits;
    if ((size_t)declared < qasm->qubit_of_count) return EK_OK;
    EK_TRY(ek_grow(&list, qasm->qubit_of_count, sizeof *qasm->qubit_of, wanted,
                   &qasm->qubit_of_capacity));
    qasm->qubit_of = list;
    while (qasm->qubit_of_count < wanted) qasm->qubit_of[qasm->qubit_of_count++] = -1;
    return EK_OK;
}

/* The declared number where it is free, so that programs of few qubits keep theirs. */
static int free_qubit(const struct ek_qasm *qasm, int declared)
{
    if (declared < EK_QUBITS_MAX && qasm->declared_of[declared] < 0) return declared;
    for (int q = EK_QUBITS_MAX - 1; q >= 0; q--)
        if (qasm->declared_of[q] < 0) return q;
    return -1;
}

ek_status ek_qasm_state_qubit(struct ek_qasm *qasm, int declared, struct qasm_place place,
                              int *qubit)
{
    EK_TRY(make_room(qasm, declared));
    if (qasm->qubit_of[declared] < 0) {
        const int found = free_qubit(qasm, declared);
        if (found < 0)
            return FAIL_AT(qasm, place, "a program that uses more than %d qubits", EK_QUBITS_MAX);
        qasm->qubit_of[declared] = found;
        qasm->declared_of[found] = declared;
    }
    *qubit = qasm->qubit_of[declared];
    return EK_OK;
}
