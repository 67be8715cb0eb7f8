/* Circuit -> wire operations. SWAP relabels, X inverts: neither is ever executed. */
#include "plan/plan.h"

void ek_wire_list_put(struct ek_wire_list *list, struct ek_wire_op op)
{
    op.values = list->value_count;
    list->value_count += ek_op_value_count(&op.op);
    list->ops[list->op_count++] = op;
}

static ek_status add_op(struct ek_wire_list *list, const struct ek_wire_op *op)
{
    void *ops = list->ops;
    EK_TRY(
        ek_grow(&ops, list->op_count, sizeof *list->ops, list->op_count + 1, &list->op_capacity));
    list->ops = ops;
    ek_wire_list_put(list, *op);
    return EK_OK;
}

static ek_status add_frame(struct ek_wire_list *list, const struct ek_layout *frame)
{
    void *frames = list->frames;
    if (list->frame_count > 0 && ek_layout_equal(&list->frames[list->frame_count - 1], frame))
        return EK_OK;
    EK_TRY(ek_grow(&frames, list->frame_count, sizeof *list->frames, list->frame_count + 1,
                   &list->frame_capacity));
    list->frames = frames;
    list->frames[list->frame_count++] = *frame;
    return EK_OK;
}

/* Most operations of a circuit become one each. */
static ek_status reserve(struct ek_wire_list *list, size_t count)
{
    void *ops = NULL;
    EK_TRY(ek_grow(&ops, 0, sizeof *list->ops, count, &list->op_capacity));
    list->ops = ops;
    return EK_OK;
}

/* The operation in the frame: qubits become wires; an inverted wire turns a control's value, a
 * matrix's index bit, or the sign of a Pauli string with Z or Y there (X Z X = -Z). */
static struct ek_wire_op to_wires(const struct ek_op *op, const struct ek_layout *frame)
{
    struct ek_wire_op wired = {.op = *op};
    for (int j = 0; j < op->target_count; j++) {
        wired.op.target[j] = frame->slot[op->target[j]].at;
        if (frame->inverted & ek_bit(wired.op.target[j])) wired.inverted |= 1u << j;
    }
    wired.op.control_mask = ek_layout_mask(frame, op->control_mask);
    wired.op.control_value = ek_layout_mask(frame, op->control_value) ^
                             (frame->inverted & wired.op.control_mask);
    wired.op.x_mask = ek_layout_mask(frame, op->x_mask);
    wired.op.z_mask = ek_layout_mask(frame, op->z_mask);
    wired.op.x_like = ek_layout_mask(frame, op->x_like);
    wired.op.z_like = ek_layout_mask(frame, op->z_like);
    wired.negated = (op->kind == EK_OP_PARITY || op->kind == EK_OP_PAULI) &&
                    ek_parity(frame->inverted & wired.op.z_mask);
    return wired;
}

static ek_status add_gate(struct ek_wire_list *list, const struct ek_layout *frame, ek_gate gate,
                          int qubit)
{
    struct ek_op op = {.gate = (uint8_t)gate, .kind = EK_OP_DENSE, .target_count = 1,
                       .target = {(uint8_t)qubit}};
    if (gate == EK_GATE_S || gate == EK_GATE_SDG) {
        op.kind = EK_OP_TABLE;
        op.target_count = 0;
        op.control_mask = op.control_value = ek_bit(qubit);
    }
    const struct ek_wire_op wired = to_wires(&op, frame);
    return add_op(list, &wired);
}

/* X = H Z H and Y = S H Z H Sdg turn a wide Pauli rotation into a parity that mixes nothing. */
static ek_status add_wide_rotation(struct ek_wire_list *list, const struct ek_layout *frame,
                                   const struct ek_op *op)
{
    struct ek_op parity = *op;
    parity.kind = EK_OP_PARITY;
    parity.z_mask = op->x_mask | op->z_mask;
    parity.x_mask = 0;
    for (uint64_t left = op->x_mask; left; left &= left - 1) {
        const int q = ek_lowest_bit(left);
        if (op->z_mask & ek_bit(q)) EK_TRY(add_gate(list, frame, EK_GATE_SDG, q));
        EK_TRY(add_gate(list, frame, EK_GATE_H, q));
    }
    const struct ek_wire_op wired = to_wires(&parity, frame);
    EK_TRY(add_op(list, &wired));
    for (uint64_t left = op->x_mask; left; left &= left - 1) {
        const int q = ek_lowest_bit(left);
        EK_TRY(add_gate(list, frame, EK_GATE_H, q));
        if (op->z_mask & ek_bit(q)) EK_TRY(add_gate(list, frame, EK_GATE_S, q));
    }
    return EK_OK;
}

static void swap_labels(struct ek_layout *frame, int a, int b)
{
    const ek_slot wire = frame->slot[a];
    frame->slot[a] = frame->slot[b];
    frame->slot[b] = wire;
}

static ek_status lower_op(struct ek_wire_list *list, struct ek_layout *frame,
                          const struct ek_op *op, int widest)
{
    if (op->kind == EK_OP_FLIP) {
        frame->inverted ^= ek_bit(frame->slot[op->target[0]].at);
        return EK_OK;
    }
    if (op->kind == EK_OP_SWAP) {
        swap_labels(frame, op->target[0], op->target[1]);
        return EK_OK;
    }
    if (op->kind == EK_OP_PAULI && (ek_popcount(op->x_mask) > widest ||
                                    (ek_op_wide(op) && op->control_mask)))
        return add_wide_rotation(list, frame, op);
    struct ek_wire_op wired = to_wires(op, frame);
    if (op->kind == EK_OP_DIAGONAL || (ek_op_alone(op) && !ek_op_wide(op))) {
        EK_TRY(add_frame(list, frame));
        wired.frame = (int)list->frame_count - 1;
    }
    return add_op(list, &wired);
}

ek_status ek_find_reach(struct ek_wire_list *list)
{
    ek_release(list->reach);
    EK_TRY(EK_NEW(list->reach, list->op_count));
    for (size_t i = 0; i < list->op_count; i++)
        list->reach[i] = ek_reach_of(&list->ops[i].op, list->qubits);
    return EK_OK;
}

ek_status ek_lower(const ek_circuit *circuit, uint64_t inverted, int widest,
                   struct ek_wire_list *list)
{
    struct ek_layout frame;
    ek_layout_identity(circuit->qubits, &frame);
    frame.inverted = inverted;
    *list = (struct ek_wire_list){.qubits = circuit->qubits};
    ek_status status = reserve(list, circuit->op_count);
    for (size_t i = 0; i < circuit->op_count && status == EK_OK; i++)
        status = lower_op(list, &frame, &circuit->ops[i], widest);
    if (status == EK_OK) status = add_frame(list, &frame);
    if (status == EK_OK) status = ek_find_reach(list);
    if (status != EK_OK) ek_wire_list_clear(list);
    return status;
}

void ek_wire_list_clear(struct ek_wire_list *list)
{
    ek_release(list->ops);
    ek_release(list->reach);
    ek_release(list->parts);
    ek_release(list->frames);
    *list = (struct ek_wire_list){0};
}
