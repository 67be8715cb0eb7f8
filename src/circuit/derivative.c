/* Derivatives of operations by their angles, as combinations of Pauli strings on the subspace of
 * the controls. With n = |1><1| = (1 - Z)/2 and u(t, f, l) = e^{i f n} e^{-i t Y/2} e^{i l n}:
 * i u' d/df u = -u' n u, i u' d/dl u = -n, i u' d/dt u = e^{-i l n} Y e^{i l n} / 2. */
#include "circuit/circuit.h"

#include <math.h>
#include <string.h>

static int one_qubit_strings(const struct ek_op *op, struct ek_generator *strings)
{
    const uint64_t t = ek_bit(op->target[0]);
    switch (op->gate) {
    case EK_GATE_RX:
    case EK_GATE_CRX: strings[0] = (struct ek_generator){t, 0}; return 1;
    case EK_GATE_RY:
    case EK_GATE_CRY: strings[0] = (struct ek_generator){t, t}; return 1;
    case EK_GATE_U:
    case EK_GATE_CU:
        strings[0] = (struct ek_generator){t, 0};
        strings[1] = (struct ek_generator){t, t};
        strings[2] = (struct ek_generator){0, t};
        strings[3] = (struct ek_generator){0, 0}; /* matters under controls only */
        return op->control_mask ? 4 : 3;
    default: return 0;
    }
}

int ek_op_generators(const struct ek_op *op, struct ek_generator *strings)
{
    memset(strings, 0, EK_GENERATORS_MAX * sizeof *strings);
    if (op->angle_count == 0) return 0;
    switch (op->kind) {
    case EK_OP_PARITY:
    case EK_OP_PAULI: strings[0] = (struct ek_generator){op->x_mask, op->z_mask}; return 1;
    case EK_OP_TABLE: return op->gate == EK_GATE_P || op->gate == EK_GATE_CP;
    case EK_OP_DIAGONAL:
    case EK_OP_GROVER: return 1;
    case EK_OP_DENSE: break;
    default: return 0;
    }
    if (op->gate != EK_GATE_XY) return one_qubit_strings(op, strings);
    strings[0] = (struct ek_generator){ek_op_targets(op), 0};
    strings[1] = (struct ek_generator){ek_op_targets(op), ek_op_targets(op)};
    return 2;
}

/* Rows: theta, phi, lambda, gamma; columns: X, Y, Z, 1. */
static void set_u_weights(const double *angle, double weights[][EK_GENERATORS_MAX])
{
    const double c = cos(angle[0]), s = sin(angle[0]);
    const double rows[EK_ANGLES_MAX][EK_GENERATORS_MAX] = {
        {sin(angle[2]) / 2, cos(angle[2]) / 2, 0, 0},
        {-s * cos(angle[2]) / 2, s * sin(angle[2]) / 2, c / 2, -0.5},
        {0, 0, 0.5, -0.5},
        {0, 0, 0, -1}};
    memcpy(weights, rows, sizeof rows);
}

void ek_op_generator_weights(const struct ek_op *op, const double *angle,
                             double weights[][EK_GENERATORS_MAX])
{
    memset(weights, 0, sizeof(double[EK_ANGLES_MAX][EK_GENERATORS_MAX]));
    if (op->gate == EK_GATE_U || op->gate == EK_GATE_CU) set_u_weights(angle, weights);
    else if (op->gate == EK_GATE_XY) weights[0][0] = weights[0][1] = 0.25;
    else if (op->kind == EK_OP_TABLE) weights[0][0] = -1;
    else if (op->kind == EK_OP_DIAGONAL || op->kind == EK_OP_GROVER) weights[0][0] = 1;
    else weights[0][0] = 0.5;
}
