#include "circuit/circuit.h"

#include <math.h>
#include <string.h>

uint64_t ek_op_targets(const struct ek_op *op)
{
    uint64_t mask = 0;
    for (int j = 0; j < op->target_count; j++) mask |= ek_bit(op->target[j]);
    return mask;
}

uint64_t ek_op_touched(const struct ek_op *op, int qubits)
{
    if (op->kind == EK_OP_DIAGONAL || op->kind == EK_OP_GROVER) return ek_low_bits(qubits);
    return ek_op_targets(op) | op->control_mask | op->x_mask | op->z_mask;
}

bool ek_op_wide(const struct ek_op *op)
{
    return op->kind == EK_OP_PAULI && ek_popcount(op->x_mask) > EK_DENSE_MAX;
}

bool ek_op_alone(const struct ek_op *op)
{
    return op->kind == EK_OP_GROVER || op->kind == EK_OP_FOURIER || op->kind == EK_OP_PERMUTE ||
           ek_op_wide(op);
}

uint64_t ek_op_resident(const struct ek_op *op)
{
    if (op->kind == EK_OP_DENSE || op->kind == EK_OP_FOURIER || op->kind == EK_OP_PERMUTE)
        return ek_op_targets(op);
    return op->kind == EK_OP_PAULI ? op->x_mask : 0;
}

size_t ek_op_value_count(const struct ek_op *op)
{
    switch (op->kind) {
    case EK_OP_DENSE: return (size_t)1 << 2 * op->target_count;
    case EK_OP_PERMUTE:
    case EK_OP_TABLE: return (size_t)1 << op->target_count;
    case EK_OP_PARITY: return 2;
    case EK_OP_FLIP:
    case EK_OP_FOURIER:
    case EK_OP_SWAP: return 0;
    default: return 1;
    }
}

double ek_angle_value(const ek_angle *angle, const double *parameters)
{
    return angle->parameter < 0 ? angle->offset
                                : angle->scale * parameters[angle->parameter] + angle->offset;
}

void ek_op_values(const ek_circuit *circuit, const struct ek_op *op, const double *parameters,
                  ek_complex *values)
{
    double angle[EK_ANGLES_MAX] = {0};
    for (int j = 0; j < op->angle_count; j++)
        angle[j] = ek_angle_value(&circuit->angles[op->angles + (size_t)j], parameters);
    const double c = cos(angle[0] / 2), s = sin(angle[0] / 2);
    switch (op->kind) {
    case EK_OP_DENSE:
    case EK_OP_PERMUTE:
    case EK_OP_TABLE:
        if (op->gate == EK_GATE_COUNT)
            memcpy(values, circuit->values + op->values, ek_op_value_count(op) * sizeof *values);
        else if (op->kind == EK_OP_DENSE) ek_gate_matrix(op->gate, angle, values);
        else values[0] = ek_gate_phase(op->gate, angle);
        break;
    case EK_OP_PARITY:
        values[0] = (ek_complex){c, -s};
        values[1] = (ek_complex){c, s};
        break;
    case EK_OP_PAULI: values[0] = (ek_complex){c, s}; break;
    case EK_OP_DIAGONAL: values[0] = (ek_complex){angle[0], 0}; break;
    case EK_OP_GROVER: /* e^{-ia} - 1 = -2i sin(a/2) e^{-ia/2}, without cancellation */
        values[0] = (ek_complex){-2 * s * s, -2 * s * c};
        break;
    default: break;
    }
}
