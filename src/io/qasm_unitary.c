#include "io/qasm_resolve.h"

#include <math.h>

/* The qubits of the state that the operands are: single ones, all different. */
static ek_status read_qubits(struct ek_qasm *qasm, const struct qasm_statement *call, int *qubits,
                             int *count)
{
    uint64_t seen = 0;
    *count = 0;
    for (const struct qasm_expr *one = call->operands; one; one = one->next) {
        struct qasm_operand operand;
        EK_TRY(ek_qasm_qubits(qasm, one, &operand));
        if (operand.count != 1 || *count == EK_QUBITS_MAX)
            return FAIL_AT(qasm, one->place, "expected a single qubit");
        EK_TRY(
            ek_qasm_state_qubit(qasm, ek_qasm_element(&operand, 0), one->place, &qubits[*count]));
        if (seen & ek_bit(qubits[*count]))
            return FAIL_AT(qasm, one->place, "the same qubit twice in one matrix");
        seen |= ek_bit(qubits[(*count)++]);
    }
    return EK_OK;
}

static ek_status read_number(struct ek_qasm *qasm, const struct qasm_expr *expr, double *number)
{
    struct qasm_value value;
    EK_TRY(ek_qasm_evaluate(qasm, expr, true, NULL, &value));
    EK_TRY(ek_qasm_cast(qasm, expr->place, QASM_TYPE_FLOAT, 0, &value));
    if (!value.constant || !isfinite(value.number.f))
        return FAIL_AT(qasm, expr->place, "expected a number that is known while reading");
    *number = value.number.f;
    return EK_OK;
}

static ek_status read_matrix(struct ek_qasm *qasm, const struct qasm_statement *call,
                             size_t entries, ek_complex *matrix)
{
    const struct qasm_expr *one = call->list;
    for (size_t i = 0; i < 2 * entries; i++, one = one->next) {
        if (!one) break;
        EK_TRY(read_number(qasm, one, i % 2 == 0 ? &matrix[i / 2].re : &matrix[i / 2].im));
        if (i + 1 == 2 * entries && !one->next) return EK_OK;
    }
    return FAIL_AT(qasm, call->name_place,
                   "expected %zu numbers: the real and imaginary parts of "
                   "a matrix",
                   2 * entries);
}

static ek_status append(struct ek_qasm *qasm, const struct qasm_statement *call,
                        ek_complex *matrix, const struct qasm_modified *modified,
                        const int *qubits, int targets)
{
    const ek_controls controls = {modified->control_count, qubits, modified->value};
    EK_TRY(read_matrix(qasm, call, (size_t)1 << 2 * targets, matrix));
    const ek_status status = ek_circuit_unitary(
        qasm->circuit, targets, qubits + modified->control_count, matrix, &controls);
    if (status == EK_ERROR_ARGUMENT)
        return FAIL_AT(qasm, call->name_place, "the matrix is not unitary");
    return status;
}

ek_status ek_qasm_do_unitary(struct ek_qasm *qasm, const struct qasm_statement *call)
{
    struct qasm_modified modified;
    ek_complex *matrix = NULL;
    int qubits[EK_QUBITS_MAX], count;
    if (qasm->defining || qasm->lexer.version == 2)
        return FAIL_AT(qasm, call->name_place,
                       "a matrix is applied in a program of version 3, "
                       "outside of definitions");
    EK_TRY(ek_qasm_modify(qasm, call->modifiers.first, NULL, &modified));
    EK_TRY(read_qubits(qasm, call, qubits, &count));
    const int targets = count - modified.control_count;
    if (targets < 1 || targets > EK_DENSE_MAX || modified.power_count != 1 ||
        modified.power[0] != 1)
        return FAIL_AT(qasm, call->name_place,
                       "expected a matrix on 1 to %d qubits, with controls "
                       "at most",
                       EK_DENSE_MAX);
    if (qasm->copies > 0) EK_TRY(ek_qasm_count_step(qasm, call->place));
    EK_TRY(EK_NEW(matrix, (size_t)1 << 2 * targets));
    const ek_status status = append(qasm, call, matrix, &modified, qubits, targets);
    ek_release(matrix);
    EK_TRY(status);
    qasm->here = call->place;
    return ek_qasm_note_gates(qasm);
}
