/* What a stopped run has left to do, as a circuit: the state is then one of wires, in the layout
 * of the stage, and the circuit ends with the wires' qubits in their places. Everything is bound,
 * so that it depends neither on parameters nor on the plan. */
#include "exec/exec.h"

#include <math.h>

enum { ALL_AS_GATES = 127 };

struct control_lists {
    int qubit[64], value[64];
    ek_controls controls;
};

static const ek_controls *list_controls(const struct ek_op *op, struct control_lists *lists)
{
    int count = 0;
    for (uint64_t left = op->control_mask; left; left &= left - 1) {
        const int wire = ek_lowest_bit(left);
        lists->qubit[count] = wire;
        lists->value[count++] = op->control_value >> wire & 1;
    }
    lists->controls = (ek_controls){count, lists->qubit, lists->value};
    return count > 0 ? &lists->controls : NULL;
}

/* X on every wire of the block that stands inverted. */
static ek_status flip_block(const struct ek_layout *frame, const struct ek_op *op,
                            ek_circuit *circuit)
{
    for (int i = 0; i < op->count; i++) {
        const int wire = frame->slot[op->first + i].at;
        if (frame->inverted & ek_bit(wire))
            EK_TRY(ek_circuit_gate(circuit, EK_GATE_X, &wire, NULL, NULL));
    }
    return EK_OK;
}

/* A part of a Fourier transform, see ek_fourier_expand: the transform of the highest qubits of the
 * block, then phases between each of them and each of the others. */
static ek_status append_fourier(const struct ek_layout *frame, const struct ek_op *op,
                                ek_circuit *circuit)
{
    const int others = op->count - op->target_count;
    const double turn = op->inverse ? -2 * acos(-1) : 2 * acos(-1);
    int wires[64];
    for (int i = 0; i < op->count; i++) wires[i] = frame->slot[op->first + i].at;
    EK_TRY(flip_block(frame, op, circuit));
    EK_TRY(ek_circuit_qft(circuit, op->target_count, wires + others,
                          op->inverse ? EK_QFT_INVERSE : 0));
    for (int y = 0; y < op->target_count; y++)
        for (int x = 0; x < others; x++) {
            const int pair[2] = {wires[x], wires[others + y]};
            const ek_angle angle = ek_angle_number(ldexp(turn, x + y - op->count));
            EK_TRY(ek_circuit_gate(circuit, EK_GATE_CP, pair, &angle, NULL));
        }
    return flip_block(frame, op, circuit);
}

static ek_status append(const ek_program *program, const struct ek_wire_op *wired,
                        ek_circuit *circuit)
{
    const struct ek_op *op = &wired->op;
    const ek_complex *values = program->values + wired->values;
    struct control_lists lists;
    const ek_controls *controls = list_controls(op, &lists);
    int targets[EK_TABLE_MAX];
    for (int j = 0; j < op->target_count; j++) targets[j] = op->target[j];
    switch (op->kind) {
    case EK_OP_DENSE:
        return ek_circuit_unitary(circuit, op->target_count, targets, values, controls);
    case EK_OP_TABLE:
        return ek_circuit_phases(circuit, op->target_count, targets, values, controls);
    case EK_OP_PARITY:
    case EK_OP_PAULI: {
        const ek_complex half = op->kind == EK_OP_PAULI ? values[0] : values[1];
        return ek_circuit_pauli_rotation(circuit, op->x_mask, op->z_mask,
                                         ek_angle_number(2 * atan2(half.im, half.re)), controls);
    }
    case EK_OP_FOURIER:
        return append_fourier(&program->plan->wires.frames[wired->frame], op, circuit);
    default:
        return EK_FAIL(EK_ERROR_UNSUPPORTED, "operations on the whole register, or permutations, "
                                             "have no checkpoints");
    }
}

/* From wires to qubits: Xs where inverted, then SWAPs. Both only relabel. */
static ek_status append_frame(const struct ek_layout *frame, ek_circuit *circuit)
{
    int holds[64]; /* the wire whose content stands on each qubit */
    for (int w = 0; w < frame->qubits; w++) {
        holds[w] = w;
        if (frame->inverted & ek_bit(w))
            EK_TRY(ek_circuit_gate(circuit, EK_GATE_X, &w, NULL, NULL));
    }
    for (int q = 0; q < frame->qubits; q++) {
        int from = q;
        while (holds[from] != frame->slot[q].at) from++;
        if (from == q) continue;
        const int pair[2] = {q, from};
        EK_TRY(ek_circuit_gate(circuit, EK_GATE_SWAP, pair, NULL, NULL));
        holds[from] = holds[q];
        holds[q] = frame->slot[q].at;
    }
    return EK_OK;
}

static ek_status fill(const ek_program *program, const bool *done, ek_circuit *circuit)
{
    const struct ek_wire_list *wires = &program->plan->wires;
    for (size_t i = 0; i < wires->op_count; i++)
        if (!done[i]) EK_TRY(append(program, &wires->ops[i], circuit));
    EK_TRY(append_frame(&wires->frames[wires->frame_count - 1], circuit));
    return ek_fourier_expand(circuit, ALL_AS_GATES, 1);
}

ek_status ek_program_remaining(const ek_program *program, size_t passes, ek_circuit **circuit)
{
    const ek_plan *plan = program->plan;
    ek_circuit *fresh = NULL;
    bool *done = NULL;
    ek_status status = EK_NEW(done, plan->wires.op_count);
    if (status == EK_OK) status = ek_circuit_create(plan->qubits, &fresh);
    for (size_t p = 0; status == EK_OK && p < passes; p++) {
        const struct ek_pass *pass = &plan->passes[p];
        for (size_t i = pass->first_op; i < pass->first_op + pass->op_count; i++)
            done[plan->ops[i].wire_op] = true;
    }
    if (status == EK_OK) status = fill(program, done, fresh);
    ek_release(done);
    if (status == EK_OK) *circuit = fresh;
    else ek_circuit_destroy(&fresh);
    return status;
}
