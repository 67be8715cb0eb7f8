/* Parameters -> numbers -> calls of kernels. One-qubit matrices without controls become scaled
 * rotations, neighbours among them one call; what they leave to multiply is gathered into one
 * number per pass. */
#include "exec/exec.h"

static ek_complex times(ek_complex a, ek_complex b)
{
    return (ek_complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

static bool as_rotation(const ek_program *program, const struct ek_tile_op *op,
                        struct ek_rotation *rotation, ek_complex *scale)
{
    const bool plain = op->kind == EK_OP_DENSE && op->target_count == 1 && op->inner_mask == 0 &&
                       op->outer_mask == 0;
    if (!plain || !ek_rotation_find(program->values + op->values, rotation, scale)) return false;
    rotation->position = op->position[0];
    return true;
}

static void bind_block(ek_program *program, size_t number, ek_complex *scale)
{
    const struct ek_block *block = &program->plan->blocks[number];
    struct ek_call *calls = program->calls + block->first_op;
    size_t count = 0, rotations = block->first_op;
    for (size_t i = 0; i < block->op_count; i++) {
        const size_t op = block->first_op + i;
        ek_complex factor;
        if (!as_rotation(program, &program->plan->ops[op], &program->rotations[rotations],
                         &factor)) {
            calls[count++] = (struct ek_call){.op = op};
            continue;
        }
        *scale = times(*scale, factor);
        if (count == 0 || calls[count - 1].rotation_count == 0)
            calls[count++] = (struct ek_call){.op = op, .first_rotation = rotations};
        calls[count - 1].rotation_count++;
        rotations++;
    }
    program->call_counts[number] = count;
}

void ek_program_bind(ek_program *program, const double *parameters)
{
    const ek_plan *plan = program->plan;
    ek_plan_bind(plan, parameters, program->values);
    for (size_t p = 0; p < plan->pass_count; p++) {
        const struct ek_pass *pass = &plan->passes[p];
        program->scales[p] = (ek_complex){1, 0};
        for (size_t b = 0; b < pass->block_count; b++)
            bind_block(program, pass->first_block + b, &program->scales[p]);
    }
}
