#include "circuit/circuit.h"

#include <math.h>
#include <string.h>

ek_status ek_circuit_create(int qubits, ek_circuit **circuit)
{
    ek_circuit *fresh;
    if (qubits < 1 || qubits > EK_QUBITS_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d qubits: a circuit has 1 to %d", qubits,
                       EK_QUBITS_MAX);
    EK_TRY(EK_NEW(fresh, 1));
    fresh->qubits = qubits;
    *circuit = fresh;
    return EK_OK;
}

void ek_circuit_destroy(ek_circuit **circuit)
{
    if (!circuit || !*circuit) return;
    ek_circuit *old = *circuit;
    for (size_t i = 0; i < old->diagonal_count; i++) ek_diagonal_destroy(&old->diagonals[i]);
    for (size_t i = 0; i < old->parameter_count; i++) ek_release(old->parameters[i]);
    ek_release(old->diagonals);
    ek_release(old->parameters);
    ek_release(old->values);
    ek_release(old->angles);
    ek_release(old->ops);
    ek_release(old);
    *circuit = NULL;
}

int ek_circuit_qubits(const ek_circuit *circuit) { return circuit->qubits; }
size_t ek_circuit_size(const ek_circuit *circuit) { return circuit->op_count; }
int ek_circuit_parameters(const ek_circuit *circuit) { return (int)circuit->parameter_count; }

const char *ek_circuit_parameter_name(const ek_circuit *circuit, int parameter)
{
    if (parameter < 0 || (size_t)parameter >= circuit->parameter_count) return NULL;
    return circuit->parameters[parameter];
}

/* Room for `more` elements behind the `count` that an array of the circuit holds. */
static ek_status reserve(void *array, size_t count, size_t size, size_t more, size_t *capacity)
{
    void **memory = array;
    return ek_grow(memory, count, size, count + more, capacity);
}
#define RESERVE(c, member, count, more)                                                           \
    reserve(&(c)->member##s, (c)->count, sizeof *(c)->member##s, (more), &(c)->member##_capacity)

/* For a name that is new, and for which there is room. */
static ek_status add_parameter(ek_circuit *circuit, const char *name)
{
    EK_TRY(ek_copy_string(name, &circuit->parameters[circuit->parameter_count]));
    circuit->parameter_count++;
    return EK_OK;
}

ek_status ek_circuit_new_parameter(ek_circuit *circuit, const char *name, int *parameter)
{
    *parameter = (int)circuit->parameter_count;
    EK_TRY(RESERVE(circuit, parameter, parameter_count, 1));
    return add_parameter(circuit, name);
}

ek_status ek_circuit_parameter(ek_circuit *circuit, const char *name, int *parameter)
{
    for (size_t i = 0; i < circuit->parameter_count; i++)
        if (strcmp(circuit->parameters[i], name) == 0) {
            *parameter = (int)i;
            return EK_OK;
        }
    return ek_circuit_new_parameter(circuit, name, parameter);
}

/* ---- checks --------------------------------------------------------------------------------- */

static ek_status check_qubit(const ek_circuit *circuit, int qubit, uint64_t *seen,
                             const char *what)
{
    if (qubit < 0 || qubit >= circuit->qubits)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%s: qubit %d is not one of the circuit's 0 to %d", what,
                       qubit, circuit->qubits - 1);
    if (*seen & ek_bit(qubit))
        return EK_FAIL(EK_ERROR_ARGUMENT, "%s: qubit %d is named twice", what, qubit);
    *seen |= ek_bit(qubit);
    return EK_OK;
}

static ek_status check_angle(const ek_circuit *circuit, const ek_angle *angle, const char *what)
{
    if (!isfinite(angle->offset) || (angle->parameter >= 0 && !isfinite(angle->scale)))
        return EK_FAIL(EK_ERROR_ARGUMENT, "%s: an angle is not a finite number", what);
    if (angle->parameter < -1 || angle->parameter >= (int)circuit->parameter_count)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%s: parameter %d is unknown; the circuit has %zu", what,
                       angle->parameter, circuit->parameter_count);
    return EK_OK;
}

static ek_status check_unitary(int count, const ek_complex *m)
{
    const size_t size = (size_t)1 << count;
    for (size_t a = 0; a < size; a++)
        for (size_t b = 0; b <= a; b++) {
            double re = 0, im = 0;
            for (size_t k = 0; k < size; k++) {
                const ek_complex x = m[a * size + k], y = m[b * size + k];
                re += x.re * y.re + x.im * y.im;
                im += x.im * y.re - x.re * y.im;
            }
            if (!(hypot(re - (a == b), im) <= 1e-8))
                return EK_FAIL(EK_ERROR_ARGUMENT,
                               "matrix on %d qubits is not unitary: rows %zu and %zu have product "
                               "%.9g%+.9gi", count, a, b, re, im);
        }
    return EK_OK;
}

/* ---- appending ------------------------------------------------------------------------------ */

static ek_status add_controls(const ek_circuit *circuit, const ek_controls *controls,
                              uint64_t *seen, const char *what, struct ek_op *op)
{
    if (controls && controls->count < 0)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%s: %d controls", what, controls->count);
    for (int i = 0; controls && i < controls->count; i++) {
        EK_TRY(check_qubit(circuit, controls->qubit[i], seen, what));
        op->control_mask |= ek_bit(controls->qubit[i]);
        if (!controls->value || controls->value[i])
            op->control_value |= ek_bit(controls->qubit[i]);
    }
    return EK_OK;
}

ek_status ek_circuit_reserve(ek_circuit *circuit, size_t ops, size_t angles)
{
    EK_TRY(RESERVE(circuit, op, op_count, ops));
    return RESERVE(circuit, angle, angle_count, angles);
}

/* For an operation that has been checked. */
ek_status ek_circuit_append(ek_circuit *circuit, struct ek_op op, const ek_angle *angles,
                            const ek_complex *values)
{
    const size_t value_count = values ? ek_op_value_count(&op) : 0;
    EK_TRY(ek_circuit_reserve(circuit, 1, op.angle_count));
    EK_TRY(RESERVE(circuit, value, value_count, value_count));
    op.angles = circuit->angle_count;
    op.values = circuit->value_count;
    for (int i = 0; i < op.angle_count; i++) {
        ek_angle *angle = &circuit->angles[circuit->angle_count++];
        *angle = angles[i];
        if (angle->parameter < 0) angle->scale = 0; /* never -0: other ranks have 0 */
    }
    for (size_t i = 0; i < value_count; i++) circuit->values[circuit->value_count++] = values[i];
    circuit->ops[circuit->op_count++] = op;
    return EK_OK;
}

/* Where a named gate differs from the table: X and SWAP under controls are matrices, a phase on
 * one target is a phase on one more control, Pauli rotations live on masks. */
static void set_gate_kind(ek_gate gate, const struct ek_gate_info *info, struct ek_op *op)
{
    op->kind = info->kind;
    op->gate = (uint8_t)gate;
    if (op->control_mask && (op->kind == EK_OP_FLIP || op->kind == EK_OP_SWAP))
        op->kind = EK_OP_DENSE;
    if (op->kind == EK_OP_TABLE) {
        op->control_mask |= ek_op_targets(op);
        op->control_value |= ek_op_targets(op);
        op->target_count = 0;
    }
    if (op->kind == EK_OP_PARITY || op->kind == EK_OP_PAULI) {
        for (int j = 0; j < op->target_count; j++) {
            if (info->pauli[j] != 'Z') op->x_mask |= ek_bit(op->target[j]);
            if (info->pauli[j] != 'X') op->z_mask |= ek_bit(op->target[j]);
        }
        op->target_count = 0;
    }
    const bool x_like = info->targets == 1 && op->kind == EK_OP_DENSE && gate != EK_GATE_Y &&
                        gate != EK_GATE_CY && gate != EK_GATE_H && gate != EK_GATE_CH &&
                        gate != EK_GATE_RY && gate != EK_GATE_CRY && gate != EK_GATE_U &&
                        gate != EK_GATE_CU;
    if (x_like) op->x_like = ek_op_targets(op); /* X, SX, RX and their controlled forms */
}

ek_status ek_circuit_gate(ek_circuit *circuit, ek_gate gate, const int *qubits,
                          const ek_angle *angles, const ek_controls *controls)
{
    if ((int)gate < 0 || gate >= EK_GATE_COUNT)
        return EK_FAIL(EK_ERROR_ARGUMENT, "gate number %d is unknown", (int)gate);
    const struct ek_gate_info *info = ek_gate_info_get(gate);
    struct ek_op op = {.target_count = info->targets, .angle_count = info->angles};
    uint64_t seen = 0;
    for (int i = 0; i < info->controls + info->targets; i++) {
        EK_TRY(check_qubit(circuit, qubits[i], &seen, info->name));
        if (i >= info->controls) op.target[i - info->controls] = (uint8_t)qubits[i];
        else op.control_mask |= ek_bit(qubits[i]);
    }
    op.control_value = op.control_mask;
    if (info->angles > 0 && !angles)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%s: none of its angles is given, expected %d",
                       info->name, info->angles);
    for (int i = 0; i < info->angles; i++) EK_TRY(check_angle(circuit, &angles[i], info->name));
    EK_TRY(add_controls(circuit, controls, &seen, info->name, &op));
    if (gate == EK_GATE_ID) return EK_OK;
    set_gate_kind(gate, info, &op);
    return ek_circuit_append(circuit, op, angles, NULL);
}

static ek_status set_targets(const ek_circuit *circuit, int count, const int *qubits, int most,
                             const char *what, uint64_t *seen, struct ek_op *op)
{
    if (count < 0 || count > most)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%s on %d qubits: at most %d", what, count, most);
    op->target_count = (uint8_t)count;
    for (int i = 0; i < count; i++) {
        EK_TRY(check_qubit(circuit, qubits[i], seen, what));
        op->target[i] = (uint8_t)qubits[i];
    }
    return EK_OK;
}

/* Notes on which targets the matrix is Z-diagonal, or commutes with X. */
static void find_structure(struct ek_op *op, const ek_complex *m)
{
    const size_t size = (size_t)1 << op->target_count;
    for (int j = 0; j < op->target_count; j++) {
        const size_t bit = (size_t)1 << j;
        bool z_like = true, x_like = true;
        for (size_t r = 0; r < size; r++)
            for (size_t c = 0; c < size; c++) {
                const ek_complex here = m[r * size + c], there = m[(r ^ bit) * size + (c ^ bit)];
                if (((r ^ c) & bit) && (here.re != 0 || here.im != 0)) z_like = false;
                if (here.re != there.re || here.im != there.im) x_like = false;
            }
        if (z_like) op->z_like |= ek_bit(op->target[j]);
        else if (x_like) op->x_like |= ek_bit(op->target[j]);
    }
}

ek_status ek_circuit_unitary(ek_circuit *circuit, int count, const int *qubits,
                             const ek_complex *matrix, const ek_controls *controls)
{
    struct ek_op op = {.kind = EK_OP_DENSE, .gate = EK_GATE_COUNT};
    uint64_t seen = 0;
    if (count < 1) return EK_FAIL(EK_ERROR_ARGUMENT, "unitary on %d qubits: at least 1", count);
    EK_TRY(set_targets(circuit, count, qubits, EK_DENSE_MAX, "unitary", &seen, &op));
    EK_TRY(add_controls(circuit, controls, &seen, "unitary", &op));
    EK_TRY(check_unitary(count, matrix));
    find_structure(&op, matrix);
    return ek_circuit_append(circuit, op, NULL, matrix);
}

ek_status ek_circuit_phases(ek_circuit *circuit, int count, const int *qubits,
                            const ek_complex *phases, const ek_controls *controls)
{
    struct ek_op op = {.kind = EK_OP_TABLE, .gate = EK_GATE_COUNT};
    uint64_t seen = 0;
    EK_TRY(set_targets(circuit, count, qubits, EK_TABLE_MAX, "diagonal gate", &seen, &op));
    EK_TRY(add_controls(circuit, controls, &seen, "diagonal gate", &op));
    for (size_t i = 0; i < (size_t)1 << count; i++)
        if (!(fabs(hypot(phases[i].re, phases[i].im) - 1) <= 1e-8))
            return EK_FAIL(EK_ERROR_ARGUMENT, "diagonal gate: phase %zu has modulus %.9g, not 1",
                           i, hypot(phases[i].re, phases[i].im));
    return ek_circuit_append(circuit, op, NULL, phases);
}

ek_status ek_circuit_pauli_rotation(ek_circuit *circuit, uint64_t x_mask, uint64_t z_mask,
                                    ek_angle angle, const ek_controls *controls)
{
    struct ek_op op = {.kind = x_mask ? EK_OP_PAULI : EK_OP_PARITY, .gate = EK_GATE_COUNT,
                       .x_mask = x_mask, .z_mask = z_mask, .angle_count = 1};
    uint64_t seen = x_mask | z_mask;
    if (seen & ~ek_low_bits(circuit->qubits))
        return EK_FAIL(EK_ERROR_ARGUMENT, "Pauli rotation: masks 0x%llx, 0x%llx exceed %d qubits",
                       (unsigned long long)x_mask, (unsigned long long)z_mask, circuit->qubits);
    EK_TRY(check_angle(circuit, &angle, "Pauli rotation"));
    EK_TRY(add_controls(circuit, controls, &seen, "Pauli rotation", &op));
    return ek_circuit_append(circuit, op, &angle, NULL);
}

ek_status ek_circuit_diagonal(ek_circuit *circuit, const ek_diagonal *diagonal, ek_angle angle)
{
    struct ek_op op = {.kind = EK_OP_DIAGONAL, .gate = EK_GATE_COUNT, .angle_count = 1};
    if (ek_diagonal_qubits(diagonal) != circuit->qubits)
        return EK_FAIL(EK_ERROR_ARGUMENT, "diagonal function of %d qubits in a circuit of %d",
                       ek_diagonal_qubits(diagonal), circuit->qubits);
    EK_TRY(check_angle(circuit, &angle, "diagonal function"));
    size_t which = 0;
    while (which < circuit->diagonal_count && circuit->diagonals[which] != diagonal) which++;
    EK_TRY(RESERVE(circuit, diagonal, diagonal_count, 1));
    op.diagonal = (int)which;
    EK_TRY(ek_circuit_append(circuit, op, &angle, NULL));
    if (which == circuit->diagonal_count)
        circuit->diagonals[circuit->diagonal_count++] = ek_diagonal_share(diagonal);
    return EK_OK;
}

ek_status ek_circuit_grover(ek_circuit *circuit, int weight, ek_angle angle)
{
    const struct ek_op op = {.kind = EK_OP_GROVER, .gate = EK_GATE_COUNT, .angle_count = 1,
                             .weight = weight < 0 ? -1 : weight};
    if (weight > circuit->qubits)
        return EK_FAIL(EK_ERROR_ARGUMENT, "Grover mixer: weight %d exceeds %d qubits", weight,
                       circuit->qubits);
    EK_TRY(check_angle(circuit, &angle, "Grover mixer"));
    return ek_circuit_append(circuit, op, &angle, NULL);
}

/* ---- copy ----------------------------------------------------------------------------------- */

static ek_status copy_array(const void *from, size_t count, size_t size, void *to)
{
    void **memory = to;
    EK_TRY(ek_allocate_bytes(count * size, memory));
    if (count > 0) memcpy(*memory, from, count * size);
    return EK_OK;
}

static ek_status copy_into(const ek_circuit *from, ek_circuit *to)
{
    EK_TRY(copy_array(from->ops, from->op_count, sizeof *from->ops, &to->ops));
    EK_TRY(copy_array(from->angles, from->angle_count, sizeof *from->angles, &to->angles));
    EK_TRY(copy_array(from->values, from->value_count, sizeof *from->values, &to->values));
    to->op_count = to->op_capacity = from->op_count;
    to->angle_count = to->angle_capacity = from->angle_count;
    to->value_count = to->value_capacity = from->value_count;
    EK_TRY(RESERVE(to, diagonal, diagonal_count, from->diagonal_count));
    for (size_t i = 0; i < from->diagonal_count; i++)
        to->diagonals[to->diagonal_count++] = ek_diagonal_share(from->diagonals[i]);
    EK_TRY(RESERVE(to, parameter, parameter_count, from->parameter_count));
    for (size_t i = 0; i < from->parameter_count; i++)
        EK_TRY(add_parameter(to, from->parameters[i]));
    return EK_OK;
}

ek_status ek_circuit_copy(const ek_circuit *circuit, ek_circuit **copy)
{
    ek_circuit *fresh;
    EK_TRY(ek_circuit_create(circuit->qubits, &fresh));
    const ek_status status = copy_into(circuit, fresh);
    if (status == EK_OK) *copy = fresh;
    else ek_circuit_destroy(&fresh);
    return status;
}
