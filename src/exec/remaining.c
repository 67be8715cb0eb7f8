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

/* X on those of the wires that stand inverted. */
static ek_status flip_inverted(const struct ek_layout *frame, int count, const int *wires,
                               ek_circuit *circuit)
{
    for (int i = 0; i < count; i++)
        if (frame->inverted & ek_bit(wires[i]))
            EK_TRY(ek_circuit_gate(circuit, EK_GATE_X, &wires[i], NULL, NULL));
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
    EK_TRY(flip_inverted(frame, op->count, wires, circuit));
    EK_TRY(ek_circuit_qft(circuit, op->target_count, wires + others,
                          op->inverse ? EK_QFT_INVERSE : 0));
    for (int y = 0; y < op->target_count; y++)
        for (int x = 0; x < others; x++) {
            const int pair[2] = {wires[x], wires[others + y]};
            const ek_angle angle = ek_angle_number(ldexp(turn, x + y - op->count));
            EK_TRY(ek_circuit_gate(circuit, EK_GATE_CP, pair, &angle, NULL));
        }
    return flip_inverted(frame, op->count, wires, circuit);
}

static ek_status append_permutation(const struct ek_layout *frame, const struct ek_op *op,
                                    const int *wires, const ek_complex *values,
                                    const ek_controls *controls, ek_circuit *circuit)
{
    const size_t size = ek_op_value_count(op);
    uint32_t *image = NULL;
    EK_TRY(EK_NEW(image, size));
    for (size_t x = 0; x < size; x++) image[x] = (uint32_t)values[x].re;
    ek_status status = flip_inverted(frame, op->target_count, wires, circuit);
    if (status == EK_OK)
        status = ek_circuit_permutation(circuit, op->target_count, wires, image, controls);
    if (status == EK_OK) status = flip_inverted(frame, op->target_count, wires, circuit);
    ek_release(image);
    return status;
}

/* SWAPs that bring the wires' contents to their qubits, in order. Like X they only relabel. */
struct swaps {
    int count, pair[64][2];
};

static void list_swaps(const struct ek_layout *frame, struct swaps *swaps)
{
    int holds[64]; /* the wire whose content stands on each qubit */
    swaps->count = 0;
    for (int w = 0; w < frame->qubits; w++) holds[w] = w;
    for (int q = 0; q < frame->qubits; q++) {
        int from = q;
        while (holds[from] != frame->slot[q].at) from++;
        if (from == q) continue;
        swaps->pair[swaps->count][0] = q;
        swaps->pair[swaps->count++][1] = from;
        holds[from] = holds[q];
        holds[q] = frame->slot[q].at;
    }
}

static ek_status flip_all(const struct ek_layout *frame, ek_circuit *circuit)
{
    int wires[64];
    for (int w = 0; w < frame->qubits; w++) wires[w] = w;
    return flip_inverted(frame, frame->qubits, wires, circuit);
}

/* From wires to qubits. */
static ek_status enter_frame(const struct ek_layout *frame, ek_circuit *circuit)
{
    struct swaps swaps;
    list_swaps(frame, &swaps);
    EK_TRY(flip_all(frame, circuit));
    for (int i = 0; i < swaps.count; i++)
        EK_TRY(ek_circuit_gate(circuit, EK_GATE_SWAP, swaps.pair[i], NULL, NULL));
    return EK_OK;
}

/* And back. */
static ek_status leave_frame(const struct ek_layout *frame, ek_circuit *circuit)
{
    struct swaps swaps;
    list_swaps(frame, &swaps);
    for (int i = swaps.count - 1; i >= 0; i--)
        EK_TRY(ek_circuit_gate(circuit, EK_GATE_SWAP, swaps.pair[i], NULL, NULL));
    return flip_all(frame, circuit);
}

/* What acts on the whole register knows qubits, not wires. A Grover mixer's value is
 * e^{-ia} - 1. */
static ek_status append_whole(const ek_program *program, const struct ek_wire_op *wired,
                              const ek_complex *values, ek_circuit *circuit)
{
    const struct ek_layout *frame = &program->plan->wires.frames[wired->frame];
    const struct ek_op *op = &wired->op;
    EK_TRY(enter_frame(frame, circuit));
    if (op->kind == EK_OP_DIAGONAL)
        EK_TRY(ek_circuit_diagonal(circuit, program->plan->circuit->diagonals[op->diagonal],
                                   ek_angle_number(values->re)));
    else
        EK_TRY(ek_circuit_grover(circuit, op->weight,
                                 ek_angle_number(-atan2(values->im, 1 + values->re))));
    return leave_frame(frame, circuit);
}

/* 1 for even parities, a phase for odd ones: half of it for all, and a rotation. */
static ek_status append_phase(const struct ek_op *op, const ek_complex *values,
                              ek_circuit *circuit)
{
    const double angle = atan2(values[1].im, values[1].re);
    const ek_complex half = {cos(angle / 2), sin(angle / 2)};
    EK_TRY(ek_circuit_phases(circuit, 0, NULL, &half, NULL));
    return ek_circuit_pauli_rotation(circuit, 0, op->z_mask, ek_angle_number(angle), NULL);
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
        if (wired->phase) return append_phase(op, values, circuit);
        /* fall through */
    case EK_OP_PAULI: {
        const ek_complex half = op->kind == EK_OP_PAULI ? values[0] : values[1];
        return ek_circuit_pauli_rotation(circuit, op->x_mask, op->z_mask,
                                         ek_angle_number(2 * atan2(half.im, half.re)), controls);
    }
    case EK_OP_FOURIER:
        return append_fourier(&program->plan->wires.frames[wired->frame], op, circuit);
    case EK_OP_PERMUTE:
        return append_permutation(&program->plan->wires.frames[wired->frame], op, targets, values,
                                  controls, circuit);
    default: return append_whole(program, wired, values, circuit);
    }
}

static ek_status fill(const ek_program *program, const bool *done, ek_circuit *circuit)
{
    const struct ek_wire_list *wires = &program->plan->wires;
    for (size_t i = 0; i < wires->op_count; i++)
        if (!done[i]) EK_TRY(append(program, &wires->ops[i], circuit));
    EK_TRY(enter_frame(&wires->frames[wires->frame_count - 1], circuit));
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
