/* Field by field: the bytes between them are nobody's. */
#include "circuit/dynamic.h"

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

static uint64_t digest_expression(uint64_t digest, const struct ek_expression *node)
{
    const uint64_t fields[] = {node->op,
                               node->type,
                               node->width,
                               (uint64_t)node->left,
                               (uint64_t)node->right,
                               (uint64_t)node->first,
                               (uint64_t)node->count,
                               node->op == EK_EXPR_CONSTANT ? node->value.u : 0};
    return ek_digest(digest, fields, sizeof fields);
}

static uint64_t digest_instruction(uint64_t digest, const struct ek_instruction *what)
{
    const uint64_t fields[] = {what->kind, (uint64_t)what->target, (uint64_t)what->expression,
                               what->first, what->count, what->qubits};
    return ek_digest(digest, fields, sizeof fields);
}

uint64_t ek_dynamic_digest(const ek_dynamic *program)
{
    uint64_t digest = ek_circuit_digest(program->circuit) + (uint64_t)program->clbits;
    if (program->parameter_expression_count > 0)
        digest = ek_digest(digest, program->parameter_expressions,
                           program->parameter_expression_count *
                               sizeof *program->parameter_expressions);
    for (size_t i = 0; i < program->instruction_count; i++)
        digest = digest_instruction(digest, &program->instructions[i]);
    for (size_t i = 0; i < program->expression_count; i++)
        digest = digest_expression(digest, &program->expressions[i]);
    for (size_t i = 0; i < program->variable_count; i++)
        digest = ek_digest(digest, &program->variables[i].value, sizeof(union ek_value));
    return digest;
}
