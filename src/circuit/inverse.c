/* The inverse of a circuit: each operation's own, in the opposite order. */
#include "circuit/circuit.h"

/* Gates whose inverse is another gate without angles. */
static ek_gate inverse_name(ek_gate gate)
{
    switch (gate) {
    case EK_GATE_S: return EK_GATE_SDG;
    case EK_GATE_SDG: return EK_GATE_S;
    case EK_GATE_T: return EK_GATE_TDG;
    case EK_GATE_TDG: return EK_GATE_T;
    case EK_GATE_SX: return EK_GATE_SXDG;
    case EK_GATE_SXDG: return EK_GATE_SX;
    default: return gate;
    }
}

/* Every angle turns its sign: u(theta, phi, lambda) becomes u(-theta, -lambda, -phi). */
static void invert_angles(const struct ek_op *op, const ek_angle *angles, ek_angle *inverse)
{
    const bool is_u = op->gate == EK_GATE_U || op->gate == EK_GATE_CU;
    for (int j = 0; j < op->angle_count; j++) {
        const ek_angle *from = &angles[is_u && (j == 1 || j == 2) ? 3 - j : j];
        inverse[j] = (ek_angle){from->parameter, -from->scale, -from->offset};
    }
}

static void adjoint(size_t size, const ek_complex *matrix, ek_complex *inverse)
{
    for (size_t r = 0; r < size; r++)
        for (size_t c = 0; c < size; c++)
            inverse[r * size + c] =
                (ek_complex){matrix[c * size + r].re, -matrix[c * size + r].im};
}

/* Values of an operation that is given by them. */
static void invert_values(const struct ek_op *op, const ek_complex *values, ek_complex *inverse)
{
    const size_t size = (size_t)1 << op->target_count;
    if (op->kind == EK_OP_DENSE) {
        adjoint(size, values, inverse);
        return;
    }
    for (size_t i = 0; i < size; i++) {
        if (op->kind == EK_OP_PERMUTE) inverse[(size_t)values[i].re] = (ek_complex){(double)i, 0};
        else inverse[i] = (ek_complex){values[i].re, -values[i].im};
    }
}

static ek_status append_inverse(const ek_circuit *circuit, const struct ek_op *op,
                                ek_complex *scratch, ek_circuit *inverse)
{
    ek_complex matrix[16];
    const ek_complex *values = ek_op_own_values(circuit, op);
    ek_angle angles[EK_ANGLES_MAX];
    struct ek_op turned = *op;
    if (op->gate == EK_GATE_ISWAP) {
        ek_gate_matrix(EK_GATE_ISWAP, NULL, matrix);
        values = matrix;
        turned.gate = EK_GATE_COUNT;
    } else if (op->gate < EK_GATE_COUNT) {
        turned.gate = (uint8_t)inverse_name(op->gate);
    }
    invert_angles(op, circuit->angles + op->angles, angles);
    turned.inverse = op->kind == EK_OP_FOURIER && !op->inverse;
    const bool given = turned.gate == EK_GATE_COUNT &&
                       (op->kind == EK_OP_DENSE || op->kind == EK_OP_TABLE ||
                        op->kind == EK_OP_PERMUTE);
    if (given) invert_values(op, values, scratch);
    return ek_circuit_append(inverse, turned, angles, given ? scratch : NULL);
}

ek_status ek_circuit_inverse(const ek_circuit *circuit, size_t first, ek_circuit **inverse)
{
    ek_circuit *fresh = NULL;
    ek_complex *scratch = NULL;
    ek_status status = ek_circuit_copy(circuit, &fresh);
    if (status == EK_OK) status = EK_NEW(scratch, (size_t)1 << EK_TABLE_MAX);
    if (status == EK_OK) fresh->op_count = fresh->angle_count = fresh->value_count = 0;
    for (size_t i = circuit->op_count; status == EK_OK && i-- > first;)
        status = append_inverse(circuit, &circuit->ops[i], scratch, fresh);
    ek_release(scratch);
    if (status == EK_OK) *inverse = fresh;
    else ek_circuit_destroy(&fresh);
    return status;
}
