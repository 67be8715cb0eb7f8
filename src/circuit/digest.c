/* Field by field: the bytes between them are nobody's. */
#include "circuit/circuit.h"

static uint64_t digest_op(uint64_t digest, const struct ek_op *op)
{
    const uint64_t fields[] = {op->kind,
                               op->gate,
                               op->target_count,
                               op->angle_count,
                               op->control_mask,
                               op->control_value,
                               op->x_mask,
                               op->z_mask,
                               op->x_like,
                               op->z_like,
                               op->angles,
                               op->values,
                               (uint64_t)op->diagonal,
                               (uint64_t)op->weight,
                               op->first,
                               op->count,
                               op->inverse};
    digest = ek_digest(digest, fields, sizeof fields);
    return ek_digest(digest, op->target, op->target_count);
}

static uint64_t digest_diagonal(uint64_t digest, const ek_diagonal *diagonal)
{
    for (size_t i = 0; i < diagonal->term_count; i++) {
        digest = ek_digest(digest, &diagonal->terms[i].mask, sizeof diagonal->terms[i].mask);
        digest = ek_digest(digest, &diagonal->terms[i].coefficient, sizeof(double));
    }
    return digest;
}

uint64_t ek_circuit_digest(const ek_circuit *circuit)
{
    uint64_t digest = (uint64_t)circuit->qubits;
    for (size_t i = 0; i < circuit->op_count; i++) digest = digest_op(digest, &circuit->ops[i]);
    for (size_t i = 0; i < circuit->angle_count; i++) {
        const ek_angle *angle = &circuit->angles[i];
        const double numbers[] = {angle->parameter, angle->scale, angle->offset};
        digest = ek_digest(digest, numbers, sizeof numbers);
    }
    if (circuit->value_count > 0)
        digest =
            ek_digest(digest, circuit->values, circuit->value_count * sizeof *circuit->values);
    for (size_t i = 0; i < circuit->diagonal_count; i++)
        digest = digest_diagonal(digest, circuit->diagonals[i]);
    return digest;
}
