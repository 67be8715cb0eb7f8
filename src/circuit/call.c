#include "circuit/call.h"

/* Takes the lowest bit out of a mask that has one. */
static int take_lowest(uint64_t *mask)
{
    const int bit = ek_lowest_bit(*mask);
    *mask &= *mask - 1;
    return bit;
}

/* The next qubit of a Pauli rotation's masks that has this letter. */
static int take_letter(char letter, uint64_t *x_mask, uint64_t *z_mask)
{
    uint64_t fitting = letter == 'X'   ? *x_mask & ~*z_mask
                       : letter == 'Z' ? *z_mask & ~*x_mask
                                       : *x_mask & *z_mask;
    const int qubit = take_lowest(&fitting);
    *x_mask &= ~ek_bit(qubit);
    *z_mask &= ~ek_bit(qubit);
    return qubit;
}

/* The qubits that the gate's name implies; what is left of the controls stays in `positive`. */
static void list_named(const struct ek_op *op, uint64_t *positive, struct ek_op_call *call)
{
    const struct ek_gate_info *info = ek_gate_info_get(op->gate);
    uint64_t x_mask = op->x_mask, z_mask = op->z_mask;
    for (int i = 0; i < info->controls; i++) call->qubits[call->count++] = take_lowest(positive);
    for (int j = 0; j < info->targets; j++) {
        int qubit;
        if (op->kind == EK_OP_TABLE)
            qubit = take_lowest(positive);
        else if (op->kind == EK_OP_PARITY || op->kind == EK_OP_PAULI)
            qubit = take_letter(info->pauli[j], &x_mask, &z_mask);
        else
            qubit = op->target[j];
        call->qubits[call->count++] = qubit;
    }
}

void ek_op_call_get(const struct ek_op *op, struct ek_op_call *call)
{
    uint64_t positive = op->control_mask & op->control_value;
    uint64_t negative = op->control_mask & ~op->control_value;
    call->count = call->controls = 0;
    if (op->gate != EK_GATE_COUNT)
        list_named(op, &positive, call);
    else
        for (int j = 0; j < op->target_count; j++) call->qubits[call->count++] = op->target[j];
    while (positive | negative) {
        const bool value =
            negative == 0 || (positive != 0 && ek_lowest_bit(positive) < ek_lowest_bit(negative));
        call->control[call->controls] = take_lowest(value ? &positive : &negative);
        call->value[call->controls++] = value;
    }
}

ek_status ek_op_call_append(ek_circuit *circuit, const struct ek_op *op, const ek_angle *angles,
                            const ek_complex *values)
{
    struct ek_op_call call;
    ek_op_call_get(op, &call);
    const ek_controls controls = {call.controls, call.control, call.value};
    if (op->gate != EK_GATE_COUNT)
        return ek_circuit_gate(circuit, op->gate, call.qubits, angles, &controls);
    switch (op->kind) {
    case EK_OP_DENSE:
        return ek_circuit_unitary(circuit, call.count, call.qubits, values, &controls);
    case EK_OP_TABLE:
        return ek_circuit_phases(circuit, call.count, call.qubits, values, &controls);
    case EK_OP_PARITY:
    case EK_OP_PAULI:
        return ek_circuit_pauli_rotation(circuit, op->x_mask, op->z_mask, *angles, &controls);
    default:
        return EK_FAIL(EK_ERROR_UNSUPPORTED, "an operation on the whole register is no gate");
    }
}
