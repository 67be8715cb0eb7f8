#include "circuit/pack.h"

#include <string.h>

/* Bytes that grow; a failure sticks. */
struct writer {
    char *bytes;
    size_t length, capacity;
    int diagonals; /* functions so far: the terms of each go with its first use */
    ek_status status;
};

static void put_bytes(struct writer *out, const void *bytes, size_t count)
{
    void *memory = out->bytes;
    if (out->status != EK_OK || count == 0) return;
    out->status = ek_grow(&memory, out->length, 1, out->length + count, &out->capacity);
    if (out->status != EK_OK) return;
    out->bytes = memory;
    memcpy(out->bytes + out->length, bytes, count);
    out->length += count;
}

static void put_whole(struct writer *out, uint64_t value)
{
    uint8_t bytes[10];
    size_t count = 0;
    for (; value >= 0x80; value >>= 7) bytes[count++] = (uint8_t)(value | 0x80);
    bytes[count++] = (uint8_t)value;
    put_bytes(out, bytes, count);
}

/* Numbers from -1 on. */
static void put_index(struct writer *out, int64_t value)
{
    put_whole(out, (uint64_t)(value + 1));
}

static void put_string(struct writer *out, const char *text)
{
    put_whole(out, strlen(text));
    put_bytes(out, text, strlen(text));
}

/* ---- operations ---------------------------------------------------------------------------- */

static void put_angle(struct writer *out, const ek_angle *angle)
{
    put_index(out, angle->parameter);
    if (angle->parameter >= 0) put_bytes(out, &angle->scale, sizeof angle->scale);
    put_bytes(out, &angle->offset, sizeof angle->offset);
}

static void put_function(struct writer *out, const ek_circuit *circuit, const struct ek_op *op)
{
    const ek_diagonal *diagonal = circuit->diagonals[op->diagonal];
    put_whole(out, (uint64_t)op->diagonal);
    if (op->diagonal < out->diagonals) return;
    if (diagonal->function)
        out->status = EK_FAIL(EK_ERROR_UNSUPPORTED, "a function of the register that is code, not "
                              "a polynomial, cannot be written down");
    out->diagonals++;
    put_whole(out, diagonal->term_count);
    for (size_t i = 0; i < diagonal->term_count; i++) {
        put_whole(out, diagonal->terms[i].mask);
        put_bytes(out, &diagonal->terms[i].coefficient, sizeof diagonal->terms[i].coefficient);
    }
}

/* What a nameless operation has besides qubits and angles. */
static void put_rest(struct writer *out, const ek_circuit *circuit, const struct ek_op *op)
{
    const ek_complex *values = ek_op_own_values(circuit, op);
    switch (op->kind) {
    case EK_OP_DENSE:
    case EK_OP_TABLE: put_bytes(out, values, ek_op_value_count(op) * sizeof *values); break;
    case EK_OP_PERMUTE:
        for (size_t x = 0; x < ek_op_value_count(op); x++) put_whole(out, (uint64_t)values[x].re);
        break;
    case EK_OP_GROVER: put_index(out, op->weight); break;
    case EK_OP_DIAGONAL: put_function(out, circuit, op); break;
    case EK_OP_FOURIER:
        out->status = EK_FAIL(EK_ERROR_UNSUPPORTED, "a part of a Fourier transform cannot be "
                              "written down");
        break;
    default: break;
    }
}

static void put_operation(struct writer *out, const ek_circuit *circuit, const struct ek_op *op)
{
    put_whole(out, op->kind);
    put_whole(out, op->gate);
    put_whole(out, op->target_count);
    put_bytes(out, op->target, op->target_count);
    put_whole(out, op->control_mask);
    if (op->control_mask) put_whole(out, op->control_value);
    if (op->kind == EK_OP_PARITY || op->kind == EK_OP_PAULI) {
        put_whole(out, op->x_mask);
        put_whole(out, op->z_mask);
    }
    put_whole(out, op->angle_count);
    for (size_t i = 0; i < op->angle_count; i++) put_angle(out, &circuit->angles[op->angles + i]);
    if (op->gate == EK_GATE_COUNT) put_rest(out, circuit, op);
}

static void put_circuit(struct writer *out, const ek_dynamic *program)
{
    const ek_circuit *circuit = program->circuit;
    put_whole(out, program->parameter_expression_count);
    for (size_t i = 0; i < program->parameter_expression_count; i++)
        put_index(out, program->parameter_expressions[i]);
    put_whole(out, circuit->op_count);
    for (size_t i = 0; i < circuit->op_count; i++) put_operation(out, circuit, &circuit->ops[i]);
}

/* ---- the rest ------------------------------------------------------------------------------ */

static void put_names(struct writer *out, const ek_dynamic *program)
{
    for (int kind = 0; kind < 2; kind++) {
        put_whole(out, program->register_count[kind]);
        for (size_t i = 0; i < program->register_count[kind]; i++) {
            put_string(out, program->registers[kind][i].name);
            put_whole(out, (uint64_t)program->registers[kind][i].size);
            put_whole(out, program->registers[kind][i].is_local != 0);
        }
    }
    put_whole(out, program->file_count);
    for (size_t i = 0; i < program->file_count; i++) put_string(out, program->files[i]);
}

static void put_variable(struct writer *out, const struct ek_variable *variable)
{
    put_string(out, variable->name);
    put_whole(out, variable->declared);
    put_whole(out, variable->width);
    put_whole(out, (uint64_t)variable->is_input << 1 | variable->is_set);
    put_bytes(out, &variable->value, sizeof variable->value);
}

static void put_expression(struct writer *out, const struct ek_expression *node)
{
    put_whole(out, node->op);
    put_whole(out, node->type);
    put_whole(out, node->width);
    put_index(out, node->left);
    put_index(out, node->right);
    put_index(out, node->first);
    put_whole(out, (uint64_t)node->count);
    if (node->op == EK_EXPR_CONSTANT) put_bytes(out, &node->value, sizeof node->value);
}

static void put_instruction(struct writer *out, const struct ek_instruction *what)
{
    put_whole(out, what->kind);
    put_index(out, what->target);
    put_index(out, what->expression);
    put_whole(out, (uint64_t)what->file);
    put_whole(out, what->line);
    put_whole(out, what->column);
    put_whole(out, what->first);
    put_whole(out, what->count);
    put_whole(out, what->qubits);
}

static void put_program(struct writer *out, const ek_dynamic *program)
{
    put_bytes(out, EK_PACK_MAGIC, strlen(EK_PACK_MAGIC));
    put_names(out, program);
    put_whole(out, (uint64_t)program->qubits);
    for (int q = 0; q < program->qubits; q++) put_whole(out, (uint64_t)program->declared[q]);
    put_whole(out, program->variable_count);
    for (size_t i = 0; i < program->variable_count; i++) put_variable(out, &program->variables[i]);
    put_whole(out, program->expression_count);
    for (size_t i = 0; i < program->expression_count; i++)
        put_expression(out, &program->expressions[i]);
    put_circuit(out, program);
    put_whole(out, program->instruction_count);
    for (size_t i = 0; i < program->instruction_count; i++)
        put_instruction(out, &program->instructions[i]);
}

ek_status ek_dynamic_pack(const ek_dynamic *program, char **bytes, size_t *length)
{
    struct writer out = {0};
    put_program(&out, program);
    if (out.status != EK_OK) {
        ek_release(out.bytes);
        return out.status;
    }
    *bytes = out.bytes;
    *length = out.length;
    return EK_OK;
}

void ek_dynamic_bytes_free(char **bytes)
{
    if (!bytes) return;
    ek_release(*bytes);
    *bytes = NULL;
}
