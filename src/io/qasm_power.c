/* Modifiers: controls, inverses and powers, of named gates by name and of all others by matrix. */
#include "io/qasm_resolve.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

static bool is_whole(double value)
{
    return value == floor(value);
}

/* ---- what modifiers come to ---------------------------------------------------------------- */

static ek_status add_controls(struct ek_qasm *qasm, const struct qasm_modifier *modifier,
                              struct qasm_modified *modified)
{
    int64_t count = 1;
    if (modifier->argument)
        EK_TRY(ek_qasm_whole(qasm, modifier->argument, "the number of controls", 1, EK_QUBITS_MAX,
                             &count));
    if (count > EK_QUBITS_MAX - modified->control_count)
        return FAIL_AT(qasm, modifier->place, "more than %d controls", EK_QUBITS_MAX);
    for (; count > 0; count--)
        modified->value[modified->control_count++] = modifier->kind == QASM_CONTROL;
    return EK_OK;
}

static ek_status read_factor(struct ek_qasm *qasm, const struct qasm_modifier *modifier,
                             const struct qasm_value *angles, double *factor)
{
    struct qasm_value value;
    *factor = -1;
    if (modifier->kind == QASM_INVERSE) return EK_OK;
    EK_TRY(ek_qasm_evaluate(qasm, modifier->argument, true, angles, &value));
    EK_TRY(ek_qasm_cast(qasm, modifier->argument->place, QASM_TYPE_FLOAT, 0, &value));
    if (!value.constant)
        return FAIL_AT(qasm, modifier->argument->place,
                       "a power that is known only at run time, expected a constant");
    if (!isfinite(value.number.f))
        return FAIL_AT(qasm, modifier->argument->place, "a power that is not a finite number");
    *factor = value.number.f;
    return EK_OK;
}

enum { FACTORS_MAX = 64 };

/* A whole power of a power multiplies; a root is taken of what stands behind it. */
static ek_status multiply_powers(struct ek_qasm *qasm, struct qasm_place place,
                                 const double *factors, int count, struct qasm_modified *modified)
{
    const int most = (int)(sizeof modified->power / sizeof *modified->power);
    modified->power[0] = 1;
    modified->power_count = 1;
    while (count-- > 0) { /* the innermost stands last */
        double *last = &modified->power[modified->power_count - 1];
        if (is_whole(factors[count]) || *last == 1)
            *last *= factors[count];
        else if (modified->power_count == most)
            return FAIL_AT(qasm, place, "more than %d roots of roots", most);
        else
            modified->power[modified->power_count++] = factors[count];
    }
    return EK_OK;
}

ek_status ek_qasm_modify(struct ek_qasm *qasm, const struct qasm_modifier *modifiers,
                         const struct qasm_value *angles, struct qasm_modified *modified)
{
    double factors[FACTORS_MAX];
    int count = 0;
    modified->control_count = 0;
    modified->power_count = 1;
    modified->power[0] = 1;
    if (!modifiers) return EK_OK;
    const struct qasm_place place = modifiers->place;
    for (; modifiers; modifiers = modifiers->next) {
        if (modifiers->kind == QASM_CONTROL || modifiers->kind == QASM_NEGATIVE_CONTROL) {
            EK_TRY(add_controls(qasm, modifiers, modified));
            continue;
        }
        if (count == FACTORS_MAX)
            return FAIL_AT(qasm, modifiers->place, "more than %d powers", FACTORS_MAX);
        if (!qasm->defining) EK_TRY(read_factor(qasm, modifiers, angles, &factors[count++]));
    }
    return multiply_powers(qasm, place, factors, count, modified);
}

ek_status ek_qasm_apply_modified(struct ek_qasm *qasm, const struct qasm_application *what,
                                 const struct qasm_modified *modified)
{
    struct qasm_application inner = *what;
    double powers[sizeof modified->power / sizeof *modified->power + 1];
    for (int i = 0; i < modified->control_count; i++) {
        inner.controls.qubit[inner.controls.count] = what->qubits[i];
        inner.controls.value[inner.controls.count++] = modified->value[i];
    }
    inner.qubits += modified->control_count;
    if (modified->power_count == 1) {
        inner.exponent *= modified->power[0];
        return ek_qasm_apply(qasm, &inner);
    }
    for (int i = 0; i < modified->power_count; i++) powers[i] = modified->power[i];
    powers[modified->power_count] = what->exponent;
    return ek_qasm_apply_matrix_power(qasm, &inner, powers, modified->power_count + 1);
}

/* ---- powers by name ------------------------------------------------------------------------ */

static ek_status append(struct ek_qasm *qasm, const struct qasm_application *what, ek_gate gate,
                        const ek_angle *angles)
{
    return ek_qasm_append_native(qasm, what->place, gate, what->qubits, angles, &what->controls);
}

/* The angle in (-pi, pi] that gives the same phase. */
static double principal(double angle)
{
    const double turned = remainder(angle, 2 * pi);
    return turned <= -pi * (1 - 1e-15) ? pi : turned;
}

/* exp(-i angle/2 P) and phases: the angle times the exponent. */
static ek_status scale_angle(struct ek_qasm *qasm, const struct qasm_application *what,
                             ek_angle angle, bool is_phase, bool *done)
{
    const bool known = angle.parameter < 0;
    if (!is_whole(what->exponent)) {
        if (!known || (!is_phase && fabs(angle.offset) >= 2 * pi * (1 - 1e-15))) return EK_OK;
        if (is_phase) angle.offset = principal(angle.offset);
    }
    angle.scale *= what->exponent;
    angle.offset *= what->exponent;
    if (!isfinite(angle.offset) || !isfinite(angle.scale))
        return FAIL_AT(qasm, what->place, "an angle that is not a finite number");
    *done = true;
    return append(qasm, what, what->gate->native, &angle);
}

/* Roots of unity on |1>: `steps` of them make the identity. */
static ek_status turn_phase(struct ek_qasm *qasm, const struct qasm_application *what,
                            double phase, double steps, bool *done)
{
    const bool controlled = what->gate->native == EK_GATE_CZ;
    double exponent = what->exponent;
    if (is_whole(exponent)) exponent = fmod(exponent, steps);
    const ek_angle angle = ek_angle_number(phase * exponent);
    *done = true;
    if (exponent == 0) return EK_OK;
    if (is_whole(exponent) && steps == 2) return append(qasm, what, what->gate->native, NULL);
    return append(qasm, what, controlled ? EK_GATE_CP : EK_GATE_P, &angle);
}

static ek_status invert_u(struct ek_qasm *qasm, const struct qasm_application *what,
                          const ek_angle *angles, bool *done)
{
    ek_angle undone[4];
    if (what->exponent != -1) return EK_OK;
    for (int i = 0; i < 4; i++) {
        undone[i] = angles[i == 1 ? 2 : i == 2 ? 1 : i];
        undone[i].scale = -undone[i].scale;
        undone[i].offset = -undone[i].offset;
    }
    *done = true;
    return append(qasm, what, what->gate->native, undone);
}

/* Gates that are their own inverses. */
static ek_status take_parity(struct ek_qasm *qasm, const struct qasm_application *what, bool *done)
{
    if (!is_whole(what->exponent)) return EK_OK;
    *done = true;
    return fmod(what->exponent, 2) == 0 ? EK_OK : append(qasm, what, what->gate->native, NULL);
}

static ek_status swap_names(struct ek_qasm *qasm, const struct qasm_application *what,
                            ek_gate gate, bool *done)
{
    if (what->exponent != -1) return EK_OK;
    *done = true;
    return append(qasm, what, gate, NULL);
}

static ek_status power_of_iswap(struct ek_qasm *qasm, const struct qasm_application *what,
                                bool *done)
{
    const double exponent = is_whole(what->exponent) ? fmod(what->exponent, 4) : what->exponent;
    const ek_angle angle = ek_angle_number(-pi * exponent);
    *done = true;
    return exponent == 0 ? EK_OK : append(qasm, what, EK_GATE_XY, &angle);
}

ek_status ek_qasm_apply_native_power(struct ek_qasm *qasm, const struct qasm_application *what,
                                     const ek_angle *angles, bool *done)
{
    switch (what->gate->native) {
    case EK_GATE_ID:
        *done = true;
        return EK_OK;
    case EK_GATE_RX:
    case EK_GATE_RY:
    case EK_GATE_RZ:
    case EK_GATE_RXX:
    case EK_GATE_RYY:
    case EK_GATE_RZZ:
    case EK_GATE_RZX:
    case EK_GATE_XY:
    case EK_GATE_CRX:
    case EK_GATE_CRY:
    case EK_GATE_CRZ:
        return scale_angle(qasm, what, angles[0], false, done);
    case EK_GATE_P:
    case EK_GATE_CP:
        return scale_angle(qasm, what, angles[0], true, done);
    case EK_GATE_Z:
    case EK_GATE_CZ:
        return turn_phase(qasm, what, pi, 2, done);
    case EK_GATE_S:
    case EK_GATE_SDG:
        if (what->exponent == -1)
            return swap_names(qasm, what,
                              what->gate->native == EK_GATE_S ? EK_GATE_SDG : EK_GATE_S, done);
        return turn_phase(qasm, what, what->gate->native == EK_GATE_S ? pi / 2 : -pi / 2, 4, done);
    case EK_GATE_T:
    case EK_GATE_TDG:
        if (what->exponent == -1)
            return swap_names(qasm, what,
                              what->gate->native == EK_GATE_T ? EK_GATE_TDG : EK_GATE_T, done);
        return turn_phase(qasm, what, what->gate->native == EK_GATE_T ? pi / 4 : -pi / 4, 8, done);
    case EK_GATE_SX:
        return swap_names(qasm, what, EK_GATE_SXDG, done);
    case EK_GATE_SXDG:
        return swap_names(qasm, what, EK_GATE_SX, done);
    case EK_GATE_U:
    case EK_GATE_CU:
        return invert_u(qasm, what, angles, done);
    case EK_GATE_ISWAP:
        return power_of_iswap(qasm, what, done);
    default:
        return take_parity(qasm, what, done);
    }
}

/* ---- powers by matrix ---------------------------------------------------------------------- */

/* The gate, without controls and to the first power, as a circuit of its own. */
static ek_status build_alone(struct ek_qasm *qasm, const struct qasm_application *what,
                             ek_circuit *alone)
{
    int qubits[EK_DENSE_MAX];
    ek_circuit *before = qasm->circuit;
    struct qasm_application once = *what;
    for (int i = 0; i < EK_DENSE_MAX; i++) qubits[i] = i;
    once.qubits = qubits;
    once.exponent = 1;
    once.controls.count = 0;
    qasm->circuit = alone;
    const ek_status status = ek_qasm_apply(qasm, &once);
    qasm->circuit = before;
    return status;
}

static ek_status find_matrix(struct ek_qasm *qasm, const struct qasm_application *what,
                             ek_complex *matrix)
{
    ek_circuit *alone = NULL;
    EK_TRY(ek_circuit_create(what->gate->qubits, &alone));
    const ek_status status = build_alone(qasm, what, alone);
    if (status == EK_OK) ek_circuit_matrix(alone, matrix);
    ek_circuit_destroy(&alone);
    return status;
}

/* Controls that the gate's name implies become controls: what is left is the block where the first
 * qubits are all 1. */
static void strip_controls(struct qasm_application *what, int controls, ek_complex *matrix)
{
    const size_t size = (size_t)1 << what->gate->qubits, ones = ((size_t)1 << controls) - 1;
    const size_t left = size >> controls;
    for (size_t r = 0; r < left; r++)
        for (size_t c = 0; c < left; c++)
            matrix[r * left + c] = matrix[(r << controls | ones) * size + (c << controls | ones)];
    for (int i = 0; i < controls; i++) {
        what->controls.qubit[what->controls.count] = what->qubits[i];
        what->controls.value[what->controls.count++] = 1;
    }
    what->qubits += controls;
}

static double argument(ek_complex value)
{
    return atan2(value.im, value.re);
}

/* m = e^{i phase} u(theta, phi, lambda). */
static void split_phase(const ek_complex *m, double *phase, ek_angle *angles)
{
    const double cosine = hypot(m[0].re, m[0].im), sine = hypot(m[2].re, m[2].im);
    const ek_complex minus_b = {-m[1].re, -m[1].im};
    double phi = 0, lambda;
    *phase = cosine > 1e-12 ? argument(m[0]) : argument(m[2]);
    if (cosine > 1e-12 && sine > 1e-12) phi = argument(m[2]) - *phase;
    if (cosine > sine)
        lambda = argument(m[3]) - *phase - phi;
    else
        lambda = argument(minus_b) - *phase;
    angles[0] = ek_angle_number(2 * atan2(sine, cosine));
    angles[1] = ek_angle_number(principal(phi));
    angles[2] = ek_angle_number(principal(lambda));
    angles[3] = ek_angle_number(*phase);
}

static ek_status append_one_qubit(struct ek_qasm *qasm, const struct qasm_application *what,
                                  const ek_complex *matrix)
{
    ek_angle angles[4];
    double phase;
    split_phase(matrix, &phase, angles);
    EK_TRY(ek_qasm_append_native(qasm, what->place, EK_GATE_U, what->qubits, angles,
                                 &what->controls));
    if (phase == 0) return EK_OK;
    return ek_qasm_append_phase(qasm, what->place, angles[3], &what->controls);
}

static ek_status raise_phase(struct ek_qasm *qasm, const struct qasm_application *what,
                             const double *powers, int power_count)
{
    struct qasm_value value = what->angles[0];
    ek_angle angle;
    EK_TRY(ek_qasm_angle(qasm, what->place, &value, &angle));
    if (angle.parameter >= 0)
        return FAIL_AT(qasm, what->place, "a root of a phase that is known only at run time");
    for (int i = 0; i < power_count; i++) {
        if (!is_whole(powers[i])) angle.offset = principal(angle.offset);
        angle.offset *= powers[i];
    }
    return ek_qasm_append_phase(qasm, what->place, angle, &what->controls);
}

static ek_status apply_power(struct ek_qasm *qasm, const struct qasm_application *what,
                             const double *powers, int power_count, ek_complex *matrix)
{
    struct qasm_application inner = *what;
    const ek_gate native = what->gate->native;
    const int controls = native == EK_GATE_COUNT ? 0 : ek_gate_info_get(native)->controls;
    const int targets = what->gate->qubits - controls;
    EK_TRY(find_matrix(qasm, what, matrix));
    strip_controls(&inner, controls, matrix);
    for (int i = 0; i < power_count; i++)
        EK_TRY(ek_qasm_matrix_power(1 << targets, matrix, powers[i]));
    if (targets == 1) return append_one_qubit(qasm, &inner, matrix);
    const ek_controls outer = {inner.controls.count, inner.controls.qubit, inner.controls.value};
    return ek_circuit_unitary(qasm->circuit, targets, inner.qubits, matrix, &outer);
}

ek_status ek_qasm_apply_matrix_power(struct ek_qasm *qasm, const struct qasm_application *what,
                                     const double *powers, int power_count)
{
    ek_complex *matrix = NULL; /* definitions may nest: not on the stack */
    if (what->gate->is_phase) return raise_phase(qasm, what, powers, power_count);
    if (what->gate->qubits > EK_DENSE_MAX)
        return FAIL_AT(qasm, what->place, "the power %g of '%s' on %d qubits; at most %d",
                       powers[0], ek_qasm_text(qasm, what->gate->name), what->gate->qubits,
                       EK_DENSE_MAX);
    EK_TRY(EK_NEW(matrix, (size_t)1 << 2 * what->gate->qubits));
    const ek_status status = apply_power(qasm, what, powers, power_count, matrix);
    ek_release(matrix);
    return status;
}
