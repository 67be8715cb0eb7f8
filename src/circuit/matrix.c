/* What a circuit on a few qubits is, as a matrix. */
#include "circuit/circuit.h"

#include <complex.h>

enum { SIZE_MAX_HERE = 1 << EK_DENSE_MAX };

static double complex to_c(ek_complex value)
{
    return value.re + I * value.im;
}

static bool is_controlled(const struct ek_op *op, size_t index)
{
    return (index & op->control_mask) == op->control_value;
}

/* Bits of an index that the targets have, the first target lowest. */
static size_t at_targets(const struct ek_op *op, size_t index)
{
    size_t bits = 0;
    for (int j = 0; j < op->target_count; j++) bits |= (index >> op->target[j] & 1) << j;
    return bits;
}

static size_t with_targets(const struct ek_op *op, size_t index, size_t bits)
{
    for (int j = 0; j < op->target_count; j++) {
        const size_t bit = (size_t)1 << op->target[j];
        index = bits >> j & 1 ? index | bit : index & ~bit;
    }
    return index;
}

static void multiply_dense(const struct ek_op *op, const ek_complex *values, size_t size,
                           const double complex *from, double complex *to)
{
    const size_t inner = (size_t)1 << op->target_count;
    for (size_t i = 0; i < size; i++) {
        if (!is_controlled(op, i)) continue;
        double complex sum = 0;
        for (size_t k = 0; k < inner; k++)
            sum += to_c(values[at_targets(op, i) * inner + k]) * from[with_targets(op, i, k)];
        to[i] = sum;
    }
}

/* exp(-i a/2 P) = cos a/2 - i sin a/2 P with P|j> = i^Ys (-1)^|j & z| |j ^ x>. */
static void multiply_pauli(const struct ek_op *op, ek_complex value, size_t size,
                           const double complex *from, double complex *to)
{
    static const double complex turns[] = {1, I, -1, -I};
    const double complex turn = turns[ek_popcount(op->x_mask & op->z_mask) % 4];
    for (size_t i = 0; i < size; i++) {
        const size_t other = i ^ (size_t)op->x_mask;
        const double sign = ek_parity(other & op->z_mask) ? -1 : 1;
        if (is_controlled(op, i))
            to[i] = value.re * from[i] - I * value.im * turn * sign * from[other];
    }
}

static void multiply_diagonal(const struct ek_op *op, const ek_complex *values, size_t size,
                              const double complex *from, double complex *to)
{
    for (size_t i = 0; i < size; i++) {
        const size_t which =
            op->kind == EK_OP_PARITY ? (size_t)ek_parity(i & op->z_mask) : at_targets(op, i);
        if (is_controlled(op, i)) to[i] = to_c(values[which]) * from[i];
    }
}

void ek_op_multiply(const struct ek_op *op, const ek_complex *values, size_t size,
                    ek_complex *column)
{
    double complex before[SIZE_MAX_HERE], after[SIZE_MAX_HERE];
    for (size_t i = 0; i < size; i++) before[i] = after[i] = to_c(column[i]);
    if (op->kind == EK_OP_PAULI) multiply_pauli(op, values[0], size, before, after);
    else if (op->kind == EK_OP_TABLE || op->kind == EK_OP_PARITY)
        multiply_diagonal(op, values, size, before, after);
    else multiply_dense(op, values, size, before, after);
    for (size_t i = 0; i < size; i++) column[i] = (ek_complex){creal(after[i]), cimag(after[i])};
}

void ek_circuit_matrix(const ek_circuit *circuit, ek_complex *matrix)
{
    const size_t size = (size_t)1 << circuit->qubits;
    for (size_t c = 0; c < size; c++) {
        ek_complex column[SIZE_MAX_HERE] = {0}, values[SIZE_MAX_HERE * SIZE_MAX_HERE];
        column[c].re = 1;
        for (size_t i = 0; i < circuit->op_count; i++) {
            const struct ek_op *op = &circuit->ops[i];
            if (op->kind == EK_OP_FLIP || op->kind == EK_OP_SWAP)
                ek_gate_matrix((ek_gate)op->gate, NULL, values);
            else ek_op_values(circuit, op, NULL, values);
            ek_op_multiply(op, values, size, column);
        }
        for (size_t r = 0; r < size; r++) matrix[r * size + c] = column[r];
    }
}
