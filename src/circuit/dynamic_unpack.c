#include "circuit/call.h"
#include "circuit/pack.h"

#include <string.h>

/* Bytes that are used up; a failure sticks, and then everything reads as 0. */
struct reader {
    const char *at, *end;
    ek_status status;
};

static void damage(struct reader *in, const char *what)
{
    if (in->status == EK_OK)
        in->status = EK_FAIL(EK_ERROR_MISMATCH, "the bytes are no whole program: %s", what);
}

/* Takes over the status of a call that was given what the bytes say. */
static void note(struct reader *in, ek_status status)
{
    if (status == EK_ERROR_ARGUMENT || status == EK_ERROR_UNSUPPORTED)
        damage(in, "something is out of its range");
    else
        in->status = status;
}

static void take_bytes(struct reader *in, void *bytes, size_t count)
{
    if (in->status == EK_OK && count <= (size_t)(in->end - in->at)) {
        memcpy(bytes, in->at, count);
        in->at += count;
        return;
    }
    damage(in, "they end too early");
    memset(bytes, 0, count);
}

static uint64_t take_whole(struct reader *in, uint64_t most)
{
    uint64_t value = 0;
    for (int shift = 0; in->status == EK_OK && shift < 70; shift += 7) {
        uint8_t byte;
        take_bytes(in, &byte, 1);
        if (shift == 63 && byte > 1) break;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte & 0x80) continue;
        if (value <= most) return value;
        break;
    }
    damage(in, "a number is out of its range");
    return 0;
}

static int take_index(struct reader *in)
{
    return (int)take_whole(in, INT32_MAX) - 1;
}

/* Puts a null-terminated copy into `*text`, which the caller releases. */
static void take_string(struct reader *in, char **text)
{
    const uint64_t length = take_whole(in, SIZE_MAX);
    if (length > (size_t)(in->end - in->at)) damage(in, "a name is too long");
    if (in->status != EK_OK) return;
    void *copy = NULL;
    in->status = ek_allocate_zeroed(length + 1, 1, &copy);
    if (in->status != EK_OK) return;
    *text = copy;
    take_bytes(in, copy, length);
}

/* ---- operations ---------------------------------------------------------------------------- */

static void take_angle(struct reader *in, ek_angle *angle)
{
    angle->parameter = take_index(in);
    angle->scale = 0;
    if (angle->parameter >= 0) take_bytes(in, &angle->scale, sizeof angle->scale);
    take_bytes(in, &angle->offset, sizeof angle->offset);
}

/* How many bits of each kind a named gate's masks must have, so that its qubits can be told. */
static bool fits_name(const struct ek_op *op)
{
    const struct ek_gate_info *info = ek_gate_info_get(op->gate);
    int needed[3] = {0}, controls = info->controls; /* X, Y, Z */
    if (op->kind == EK_OP_TABLE) controls += info->targets;
    if (op->kind == EK_OP_PARITY || op->kind == EK_OP_PAULI)
        for (const char *letter = info->pauli; *letter; letter++) needed[*letter - 'X']++;
    const bool listed =
        op->kind == EK_OP_DENSE || op->kind == EK_OP_FLIP || op->kind == EK_OP_SWAP;
    return ek_popcount(op->control_mask & op->control_value) >= controls &&
           (op->kind == info->kind || (op->kind == EK_OP_DENSE && listed)) &&
           op->target_count == (listed ? info->targets : 0) && op->angle_count == info->angles &&
           ek_popcount(op->x_mask & ~op->z_mask) == needed[0] &&
           ek_popcount(op->x_mask & op->z_mask) == needed[1] &&
           ek_popcount(op->z_mask & ~op->x_mask) == needed[2];
}

static bool fits_kind(const struct ek_op *op)
{
    if (op->gate != EK_GATE_COUNT) return fits_name(op);
    switch (op->kind) {
    case EK_OP_DENSE:
        return op->target_count >= 1 && op->target_count <= EK_DENSE_MAX && op->angle_count == 0;
    case EK_OP_TABLE:
        return op->angle_count == 0;
    case EK_OP_PARITY:
    case EK_OP_PAULI:
        return op->target_count == 0 && op->angle_count == 1;
    case EK_OP_GROVER:
    case EK_OP_DIAGONAL:
        return op->target_count == 0 && op->control_mask == 0 && op->angle_count == 1;
    case EK_OP_PERMUTE:
        return op->target_count >= 1 && op->angle_count == 0;
    default:
        return false;
    }
}

static void take_op(struct reader *in, struct ek_op *op)
{
    op->kind = (uint8_t)take_whole(in, EK_OP_PERMUTE);
    op->gate = (uint8_t)take_whole(in, EK_GATE_COUNT);
    op->target_count = (uint8_t)take_whole(in, EK_TABLE_MAX);
    take_bytes(in, op->target, op->target_count);
    op->control_mask = take_whole(in, ek_low_bits(EK_QUBITS_MAX));
    if (op->control_mask) op->control_value = take_whole(in, op->control_mask);
    if (op->kind == EK_OP_PARITY || op->kind == EK_OP_PAULI) {
        op->x_mask = take_whole(in, ek_low_bits(EK_QUBITS_MAX));
        op->z_mask = take_whole(in, ek_low_bits(EK_QUBITS_MAX));
    }
    op->angle_count = (uint8_t)take_whole(in, EK_ANGLES_MAX);
}

/* The terms of a function that was not used before. */
static void take_terms(struct reader *in, int qubits, ek_diagonal **diagonal)
{
    ek_spin_term *terms = NULL;
    const uint64_t count = take_whole(in, (uint64_t)(in->end - in->at) / sizeof(double));
    if (in->status == EK_OK) in->status = EK_NEW(terms, (size_t)count);
    for (uint64_t i = 0; in->status == EK_OK && i < count; i++) {
        terms[i].mask = take_whole(in, ek_low_bits(qubits));
        take_bytes(in, &terms[i].coefficient, sizeof terms[i].coefficient);
    }
    if (in->status == EK_OK) note(in, ek_diagonal_create(qubits, count, terms, diagonal));
    ek_release(terms);
}

static void take_function(struct reader *in, ek_circuit *circuit, ek_angle angle)
{
    ek_diagonal *fresh = NULL;
    const size_t number = take_whole(in, circuit->diagonal_count);
    if (number == circuit->diagonal_count) take_terms(in, circuit->qubits, &fresh);
    if (in->status == EK_OK)
        note(in, ek_circuit_diagonal(circuit, fresh ? fresh : circuit->diagonals[number], angle));
    ek_diagonal_destroy(&fresh);
}

static void take_permutation(struct reader *in, ek_circuit *circuit, const struct ek_op *op)
{
    const size_t size = ek_op_value_count(op);
    uint32_t *image = NULL;
    struct ek_op_call call;
    ek_op_call_get(op, &call);
    const ek_controls controls = {call.controls, call.control, call.value};
    if (size > (size_t)(in->end - in->at)) damage(in, "they end too early");
    if (in->status == EK_OK) in->status = EK_NEW(image, size);
    for (size_t x = 0; in->status == EK_OK && x < size; x++)
        image[x] = (uint32_t)take_whole(in, size - 1);
    if (in->status == EK_OK)
        note(in, ek_circuit_permutation(circuit, call.count, call.qubits, image, &controls));
    ek_release(image);
}

/* The numbers of an operation without a name; no more memory than there are bytes. The caller
 * releases them. */
static ek_complex *take_values(struct reader *in, const struct ek_op *op)
{
    ek_complex *values = NULL;
    const size_t count = ek_op_value_count(op);
    if (count > (size_t)(in->end - in->at) / sizeof *values) damage(in, "they end too early");
    if (in->status == EK_OK) in->status = EK_NEW(values, count);
    if (in->status == EK_OK) take_bytes(in, values, count * sizeof *values);
    return values;
}

static void take_operation(struct reader *in, ek_circuit *circuit)
{
    struct ek_op op = {0};
    ek_angle angles[EK_ANGLES_MAX];
    ek_complex *values = NULL;
    take_op(in, &op);
    for (int i = 0; i < op.angle_count; i++) take_angle(in, &angles[i]);
    if (in->status == EK_OK && !fits_kind(&op)) damage(in, "an operation does not fit its name");
    if (in->status != EK_OK) return;
    switch (op.kind) {
    case EK_OP_PERMUTE: take_permutation(in, circuit, &op); return;
    case EK_OP_DIAGONAL: take_function(in, circuit, angles[0]); return;
    case EK_OP_GROVER:
        note(in, ek_circuit_grover(circuit, take_index(in), angles[0]));
        return;
    default: break;
    }
    if (op.gate == EK_GATE_COUNT && (op.kind == EK_OP_DENSE || op.kind == EK_OP_TABLE))
        values = take_values(in, &op);
    if (in->status == EK_OK) note(in, ek_op_call_append(circuit, &op, angles, values));
    ek_release(values);
}

static void take_circuit(struct reader *in, ek_dynamic *program)
{
    const uint64_t parameters = take_whole(in, INT32_MAX);
    for (uint64_t i = 0; in->status == EK_OK && i < parameters; i++) {
        int number = 0;
        const int expression = take_index(in);
        if (expression < 0 || (size_t)expression >= program->expression_count ||
            program->expressions[expression].parameter >= 0)
            damage(in, "a parameter has no expression of its own");
        else
            in->status = ek_dynamic_parameter(program, expression, &number);
    }
    const uint64_t count = take_whole(in, SIZE_MAX);
    for (uint64_t i = 0; in->status == EK_OK && i < count; i++)
        take_operation(in, program->circuit);
}

/* ---- the rest ------------------------------------------------------------------------------ */

static void take_register(struct reader *in, ek_dynamic *program, ek_register_kind kind)
{
    char *name = NULL;
    take_string(in, &name);
    const int size = (int)take_whole(in, INT32_MAX);
    const int is_local = (int)take_whole(in, 1);
    if (in->status == EK_OK) note(in, ek_dynamic_add_register(program, kind, name, size));
    if (in->status == EK_OK)
        program->registers[kind][program->register_count[kind] - 1].is_local = is_local;
    ek_release(name);
}

static void take_file(struct reader *in, ek_dynamic *program)
{
    char *name = NULL;
    int number;
    take_string(in, &name);
    if (in->status == EK_OK) note(in, ek_dynamic_add_file(program, name, &number));
    ek_release(name);
}

static void take_variable(struct reader *in, ek_dynamic *program)
{
    struct ek_variable variable = {0};
    int number;
    take_string(in, &variable.name);
    variable.declared = (uint8_t)take_whole(in, EK_DECLARED_ANGLE);
    variable.width = (uint8_t)take_whole(in, 64);
    const uint64_t flags = take_whole(in, 3);
    variable.is_input = flags >> 1;
    variable.is_set = flags & 1;
    take_bytes(in, &variable.value, sizeof variable.value);
    if (in->status == EK_OK) note(in, ek_dynamic_add_variable(program, &variable, &number));
    ek_release(variable.name);
}

static void take_expression(struct reader *in, ek_dynamic *program)
{
    struct ek_expression node = {0};
    int number;
    const int64_t used = (int64_t)program->expression_count;
    node.op = (uint8_t)take_whole(in, EK_EXPR_OPERATORS - 1);
    node.type = (uint8_t)take_whole(in, EK_VALUE_FLOAT);
    node.width = (uint8_t)take_whole(in, 64);
    node.left = take_index(in);
    node.right = take_index(in);
    node.first = take_index(in);
    node.count = (int32_t)take_whole(in, INT32_MAX);
    if (node.op == EK_EXPR_CONSTANT) take_bytes(in, &node.value, sizeof node.value);
    if (node.left >= used || node.right >= used) damage(in, "an operand is not there yet");
    if (node.op == EK_EXPR_VARIABLE &&
        (node.first < 0 || (size_t)node.first >= program->variable_count))
        damage(in, "a variable is not there");
    if (in->status == EK_OK) note(in, ek_dynamic_add_expression(program, &node, &number));
}

static void take_instruction(struct reader *in, ek_dynamic *program)
{
    struct ek_instruction what = {0};
    what.kind = (uint8_t)take_whole(in, EK_DO_LOOP);
    what.target = take_index(in);
    what.expression = take_index(in);
    what.file = (int32_t)take_whole(in, INT32_MAX);
    what.line = (uint32_t)take_whole(in, UINT32_MAX);
    what.column = (uint32_t)take_whole(in, UINT32_MAX);
    what.first = take_whole(in, SIZE_MAX);
    what.count = take_whole(in, SIZE_MAX);
    what.qubits = take_whole(in, UINT64_MAX);
    if (in->status == EK_OK) note(in, ek_dynamic_add_instruction(program, &what));
}

static void take_qubits(struct reader *in, ek_dynamic *program)
{
    int declared[EK_QUBITS_MAX] = {0};
    const int qubits = (int)take_whole(in, EK_QUBITS_MAX);
    for (int q = 0; q < qubits; q++) declared[q] = (int)take_whole(in, INT32_MAX);
    if (qubits == 0) damage(in, "it has no qubits");
    if (in->status == EK_OK) in->status = ek_dynamic_finish(program, qubits, declared);
}

static void take_list(struct reader *in, ek_dynamic *program,
                      void (*take_one)(struct reader *, ek_dynamic *))
{
    const uint64_t count = take_whole(in, INT32_MAX);
    for (uint64_t i = 0; in->status == EK_OK && i < count; i++) take_one(in, program);
}

static void take_program(struct reader *in, ek_dynamic *program)
{
    char magic[sizeof EK_PACK_MAGIC - 1];
    take_bytes(in, magic, sizeof magic);
    if (memcmp(magic, EK_PACK_MAGIC, sizeof magic) != 0) damage(in, "they begin otherwise");
    for (int kind = 0; kind < 2; kind++) {
        const uint64_t count = take_whole(in, INT32_MAX);
        for (uint64_t i = 0; in->status == EK_OK && i < count; i++)
            take_register(in, program, (ek_register_kind)kind);
    }
    take_list(in, program, take_file);
    take_qubits(in, program);
    take_list(in, program, take_variable);
    take_list(in, program, take_expression);
    take_circuit(in, program);
    take_list(in, program, take_instruction);
    if (in->at != in->end) damage(in, "bytes are left over");
}

ek_status ek_dynamic_unpack(const char *bytes, size_t length, ek_dynamic **program)
{
    struct reader in = {bytes, bytes + length, EK_OK};
    ek_dynamic *fresh = NULL;
    EK_TRY(ek_dynamic_create(&fresh));
    take_program(&in, fresh);
    if (in.status == EK_OK) in.status = ek_dynamic_check(fresh);
    if (in.status == EK_OK)
        *program = fresh;
    else
        ek_dynamic_destroy(&fresh);
    return in.status;
}
