/* Gates of a program as a circuit of the state's qubits, with the angles that they have now. */
#include "observe/shots_private.h"

#include <math.h>
#include <string.h>

static uint64_t move_mask(const int8_t *place, uint64_t mask)
{
    uint64_t moved = 0;
    for (; mask; mask &= mask - 1) moved |= ek_bit(place[ek_lowest_bit(mask)]);
    return moved;
}

void ek_op_move(const int8_t *place, struct ek_op *op)
{
    for (int j = 0; j < op->target_count; j++) op->target[j] = (uint8_t)place[op->target[j]];
    op->control_mask = move_mask(place, op->control_mask);
    op->control_value = move_mask(place, op->control_value);
    op->x_mask = move_mask(place, op->x_mask);
    op->z_mask = move_mask(place, op->z_mask);
    op->x_like = move_mask(place, op->x_like);
    op->z_like = move_mask(place, op->z_like);
}

static ek_status append_angles(const struct ek_pending *pending, const struct ek_op *op,
                               const uint64_t *bits, const union ek_value *variables)
{
    const ek_dynamic *program = pending->program;
    ek_circuit *to = pending->circuit;
    void *memory = to->angles;
    EK_TRY(ek_grow(&memory, to->angle_count, sizeof *to->angles,
                   to->angle_count + op->angle_count, &to->angle_capacity));
    to->angles = memory;
    for (int j = 0; j < op->angle_count; j++) {
        ek_angle angle = program->circuit->angles[op->angles + (size_t)j];
        if (angle.parameter >= 0) {
            union ek_value value;
            const int32_t expression = program->parameter_expressions[angle.parameter];
            EK_TRY(ek_expression_evaluate(program, expression, bits, variables, &value));
            angle = ek_angle_number(angle.scale * value.f + angle.offset);
            if (!isfinite(angle.offset))
                return EK_FAIL(EK_ERROR_NUMERIC, "an angle is not a finite number");
        }
        to->angles[to->angle_count + (size_t)j] = angle;
    }
    to->angle_count += op->angle_count;
    return EK_OK;
}

static ek_status append_values(const struct ek_pending *pending, const struct ek_op *op)
{
    ek_circuit *to = pending->circuit;
    void *memory = to->values;
    const size_t count = op->gate == EK_GATE_COUNT &&
                                 (op->kind == EK_OP_DENSE || op->kind == EK_OP_TABLE)
                             ? ek_op_value_count(op)
                             : 0;
    if (count == 0) return EK_OK;
    EK_TRY(ek_grow(&memory, to->value_count, sizeof *to->values, to->value_count + count,
                   &to->value_capacity));
    to->values = memory;
    memcpy(to->values + to->value_count, pending->program->circuit->values + op->values,
           count * sizeof *to->values);
    to->value_count += count;
    return EK_OK;
}

static ek_status append_op(const struct ek_pending *pending, const struct ek_op *op)
{
    ek_circuit *to = pending->circuit;
    void *memory = to->ops;
    EK_TRY(ek_grow(&memory, to->op_count, sizeof *to->ops, to->op_count + 1, &to->op_capacity));
    to->ops = memory;
    to->ops[to->op_count++] = *op;
    return EK_OK;
}

ek_status ek_pending_append(struct ek_pending *pending, size_t at, const uint64_t *bits,
                            const union ek_value *variables)
{
    const ek_dynamic *program = pending->program;
    const struct ek_instruction *what = &program->instructions[at];
    for (size_t i = what->first; i < what->first + what->count; i++) {
        struct ek_op op = program->circuit->ops[i];
        if (op.kind == EK_OP_DIAGONAL || op.kind == EK_OP_GROVER)
            return EK_FAIL_AT_INSTRUCTION(program, at, EK_ERROR_UNSUPPORTED,
                                          "an operation on the whole register in a program");
        const size_t angles = pending->circuit->angle_count;
        const size_t values = pending->circuit->value_count;
        const ek_status status = append_angles(pending, &op, bits, variables);
        if (status != EK_OK) /* the place is better known here */
            return EK_FAIL_AT_INSTRUCTION(program, at, status, "%s", ek_last_message());
        EK_TRY(append_values(pending, &op));
        ek_op_move(pending->place, &op);
        op.angles = angles;
        op.values = values;
        EK_TRY(append_op(pending, &op));
    }
    return EK_OK;
}

ek_status ek_pending_flip(struct ek_pending *pending, int qubit)
{
    const int place = pending->place[qubit];
    return ek_circuit_gate(pending->circuit, EK_GATE_X, &place, NULL, NULL);
}

void ek_pending_clear(struct ek_pending *pending)
{
    ek_circuit *circuit = pending->circuit;
    circuit->op_count = circuit->angle_count = circuit->value_count = 0;
}
