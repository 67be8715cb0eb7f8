/* Applying gates: definitions are opened, controls gathered, powers passed down to named gates. */
#include "io/qasm_resolve.h"

#include <math.h>

/* ---- named gates --------------------------------------------------------------------------- */

/* The name that a gate has with one more control, EK_GATE_COUNT where there is none. */
static ek_gate with_control(ek_gate gate)
{
    switch (gate) {
    case EK_GATE_X:
        return EK_GATE_CX;
    case EK_GATE_CX:
        return EK_GATE_CCX;
    case EK_GATE_CCX:
        return EK_GATE_C3X;
    case EK_GATE_C3X:
        return EK_GATE_C4X;
    case EK_GATE_Y:
        return EK_GATE_CY;
    case EK_GATE_Z:
        return EK_GATE_CZ;
    case EK_GATE_H:
        return EK_GATE_CH;
    case EK_GATE_P:
        return EK_GATE_CP;
    case EK_GATE_RX:
        return EK_GATE_CRX;
    case EK_GATE_RY:
        return EK_GATE_CRY;
    case EK_GATE_RZ:
        return EK_GATE_CRZ;
    case EK_GATE_U:
        return EK_GATE_CU;
    case EK_GATE_SWAP:
        return EK_GATE_CSWAP;
    default:
        return EK_GATE_COUNT;
    }
}

/* The last control that acts on 1, or -1. */
static int find_positive(const struct qasm_controls *controls)
{
    for (int i = controls->count - 1; i >= 0; i--)
        if (controls->value[i]) return i;
    return -1;
}

static void remove_control(struct qasm_controls *controls, int which)
{
    controls->count--;
    for (int i = which; i < controls->count; i++) {
        controls->qubit[i] = controls->qubit[i + 1];
        controls->value[i] = controls->value[i + 1];
    }
}

/* Failures of the circuit itself, such as an angle out of range, with the place of the call. */
static ek_status blame(struct ek_qasm *qasm, struct qasm_place place, ek_status status)
{
    if (status != EK_ERROR_ARGUMENT) return status;
    struct ek_failure failure;
    ek_failure_get(&failure);
    return ek_fail_in_qasm(failure.file, failure.line, EK_ERROR_PARSE, &qasm->sources, place, "%s",
                           failure.message);
}

/* Without the sign of a zero, which makes no difference but to comparisons. */
static ek_angle plain(ek_angle angle)
{
    if (angle.offset == 0) angle.offset = 0;
    return angle;
}

ek_status ek_qasm_append_native(struct ek_qasm *qasm, struct qasm_place place, ek_gate gate,
                                const int *qubits, const ek_angle *angles,
                                const struct qasm_controls *controls)
{
    int all[EK_QUBITS_MAX];
    ek_angle with_phase[4] = {{0, 0, 0}};
    int count = ek_gate_qubits(gate), taken;
    for (int i = 0; i < ek_gate_angles(gate); i++) with_phase[i] = plain(angles[i]);
    if (gate != EK_GATE_CU) with_phase[3] = ek_angle_number(0);
    if (controls->count == 0)
        return blame(qasm, place, ek_circuit_gate(qasm->circuit, gate, qubits, with_phase, NULL));
    struct qasm_controls rest = *controls;
    for (int i = 0; i < count; i++) all[i] = qubits[i];
    while (with_control(gate) != EK_GATE_COUNT && (taken = find_positive(&rest)) >= 0) {
        for (int i = count++; i > 0; i--) all[i] = all[i - 1];
        all[0] = rest.qubit[taken];
        remove_control(&rest, taken);
        gate = with_control(gate);
    }
    const ek_controls outer = {rest.count, rest.qubit, rest.value};
    return blame(qasm, place, ek_circuit_gate(qasm->circuit, gate, all, with_phase, &outer));
}

ek_status ek_qasm_append_phase(struct ek_qasm *qasm, struct qasm_place place, ek_angle angle,
                               const struct qasm_controls *controls)
{
    struct qasm_controls rest = *controls;
    const int positive = find_positive(controls);
    if (positive >= 0) { /* a phase on the controls is a phase gate on one of them */
        remove_control(&rest, positive);
        return ek_qasm_append_native(qasm, place, EK_GATE_P, &controls->qubit[positive], &angle,
                                     &rest);
    }
    /* exp(-i angle/2 I): a rotation about no Pauli at all. */
    const ek_controls outer = {rest.count, rest.qubit, rest.value};
    angle.scale *= -2;
    angle.offset *= -2;
    return blame(qasm, place,
                 ek_circuit_pauli_rotation(qasm->circuit, 0, 0, plain(angle), &outer));
}

/* ---- definitions --------------------------------------------------------------------------- */

/* One call of a definition; `sign` is -1 when the definition is undone. */
static ek_status apply_call(struct ek_qasm *qasm, const struct qasm_application *outer,
                            const struct qasm_call *call, double sign)
{
    struct qasm_value angles[QASM_ANGLES_MAX];
    int qubits[EK_QUBITS_MAX], i = 0;
    struct qasm_modified modified;
    for (const struct qasm_expr *one = call->angles; one; one = one->next)
        EK_TRY(ek_qasm_evaluate(qasm, one, true, outer->angles, &angles[i++]));
    for (int j = 0; j < call->qubit_count; j++) qubits[j] = outer->qubits[call->qubits[j]];
    struct qasm_application inner = {.gate = call->gate,
                                     .place = outer->place,
                                     .qubits = qubits,
                                     .angles = angles,
                                     .exponent = sign,
                                     .controls = outer->controls};
    const bool free_phase = call->gate->is_phase && (outer->gate->origin & QASM_FREE_PHASE);
    if (free_phase && outer->controls.count == 0 && qasm->circuit == qasm->program->circuit)
        return EK_OK;
    if (!call->modifiers) return ek_qasm_apply(qasm, &inner);
    EK_TRY(ek_qasm_modify(qasm, call->modifiers, outer->angles, &modified));
    return ek_qasm_apply_modified(qasm, &inner, &modified);
}

static ek_status open_definition(struct ek_qasm *qasm, const struct qasm_application *what)
{
    const bool undone = what->exponent < 0;
    EK_TRY(ek_qasm_foresee(qasm, what->place, 1, what->gate->weight));
    const struct qasm_call *call = undone ? what->gate->last : what->gate->first;
    for (; call; call = undone ? call->previous : call->next) {
        EK_TRY(ek_qasm_count_step(qasm, what->place));
        EK_TRY(apply_call(qasm, what, call, undone ? -1 : 1));
    }
    return EK_OK;
}

/* ---- any gate ------------------------------------------------------------------------------ */

static ek_status to_angles(struct ek_qasm *qasm, const struct qasm_application *what,
                           ek_angle *angles)
{
    for (int i = 0; i < what->gate->angles; i++) {
        struct qasm_value value = what->angles[i];
        EK_TRY(ek_qasm_angle(qasm, what->place, &value, &angles[i]));
        if (angles[i].parameter >= 0 && qasm->circuit != qasm->program->circuit)
            return FAIL_AT(qasm, what->place,
                           "a root of a gate with an angle that is known only "
                           "at run time");
    }
    return EK_OK;
}

static ek_status apply_phase(struct ek_qasm *qasm, const struct qasm_application *what)
{
    ek_angle angle;
    if (what->exponent != floor(what->exponent))
        return ek_qasm_apply_matrix_power(qasm, what, &what->exponent, 1);
    EK_TRY(to_angles(qasm, what, &angle));
    angle.scale *= what->exponent;
    angle.offset *= what->exponent;
    if (!isfinite(angle.offset))
        return FAIL_AT(qasm, what->place, "a phase that is not a finite number");
    return ek_qasm_append_phase(qasm, what->place, angle, &what->controls);
}

/* Whole powers that are no named gate, of a definition or of a gate with angles of the run. */
static ek_status repeat(struct ek_qasm *qasm, const struct qasm_application *what)
{
    struct qasm_application once = *what;
    once.exponent = what->exponent < 0 ? -1 : 1;
    EK_TRY(ek_qasm_foresee(qasm, what->place, fabs(what->exponent), 1 + what->gate->weight));
    for (double done = 0; done < fabs(what->exponent); done++) {
        EK_TRY(ek_qasm_count_step(qasm, what->place));
        EK_TRY(ek_qasm_apply(qasm, &once));
    }
    return EK_OK;
}

static ek_status apply_native(struct ek_qasm *qasm, const struct qasm_application *what)
{
    ek_angle angles[4] = {{0, 0, 0}};
    bool done = false;
    EK_TRY(to_angles(qasm, what, angles));
    if (what->exponent == 1)
        return ek_qasm_append_native(qasm, what->place, what->gate->native, what->qubits, angles,
                                     &what->controls);
    EK_TRY(ek_qasm_apply_native_power(qasm, what, angles, &done));
    if (done) return EK_OK;
    bool known = true;
    for (int i = 0; i < what->gate->angles; i++) known = known && angles[i].parameter < 0;
    if (known) return ek_qasm_apply_matrix_power(qasm, what, &what->exponent, 1);
    if (what->exponent == floor(what->exponent)) return repeat(qasm, what);
    return FAIL_AT(qasm, what->place,
                   "the power %g of '%s' with an angle that is known only at "
                   "run time",
                   what->exponent, ek_qasm_text(qasm, what->gate->name));
}

/* A native gate under further controls: these join the others. */
static ek_status apply_controlled(struct ek_qasm *qasm, const struct qasm_application *what)
{
    struct qasm_application inner = *what;
    struct qasm_gate alone = *what->gate;
    for (int i = 0; i < alone.controls; i++) {
        inner.controls.qubit[inner.controls.count] = what->qubits[i];
        inner.controls.value[inner.controls.count++] = 1;
    }
    inner.qubits += alone.controls;
    alone.qubits -= alone.controls;
    alone.controls = 0;
    inner.gate = &alone;
    return ek_qasm_apply(qasm, &inner);
}

ek_status ek_qasm_apply(struct ek_qasm *qasm, const struct qasm_application *what)
{
    const struct qasm_gate *gate = what->gate;
    const bool whole = what->exponent == floor(what->exponent);
    /* A gate that has a phase of its own is opened where the phase counts. */
    const bool phase_counts =
        what->controls.count > 0 || !whole || qasm->circuit != qasm->program->circuit;
    if (what->exponent == 0) return EK_OK;
    if (gate->is_phase) return apply_phase(qasm, what);
    if (gate->controls > 0) return apply_controlled(qasm, what);
    if (gate->native != EK_GATE_COUNT && !((gate->origin & QASM_FREE_PHASE) && phase_counts))
        return apply_native(qasm, what);
    if (!whole) return ek_qasm_apply_matrix_power(qasm, what, &what->exponent, 1);
    return fabs(what->exponent) == 1 ? open_definition(qasm, what) : repeat(qasm, what);
}
