#include "observe/step_program.h"

#include <stdlib.h>
#include <string.h>

/* ---- for the library ----------------------------------------------------------------------- */

static ek_status add_node(ek_dynamic *program, struct ek_expression node, int *number)
{
    node.parameter = -1;
    return ek_dynamic_add_expression(program, &node, number);
}

static ek_status add_condition(ek_dynamic *program, const struct step *step, int *number)
{
    int bit, value;
    EK_TRY(add_node(program, (struct ek_expression){.op = EK_EXPR_BIT, .type = EK_VALUE_UINT,
                                                    .left = -1, .right = -1,
                                                    .first = step->bit}, &bit));
    EK_TRY(add_node(program, (struct ek_expression){.op = EK_EXPR_CONSTANT, .type = EK_VALUE_UINT,
                                                    .left = -1, .right = -1,
                                                    .value = {.u = (uint64_t)step->value}},
                    &value));
    return add_node(program, (struct ek_expression){.op = EK_EXPR_EQUAL, .type = EK_VALUE_BOOL,
                                                    .left = bit, .right = value}, number);
}

static ek_status add(ek_dynamic *program, struct ek_instruction what)
{
    return ek_dynamic_add_instruction(program, &what);
}

/* ry by angle * (0.5 + bit), the bit cast to a number. */
static ek_status add_rotation(ek_dynamic *program, const struct step *step)
{
    int bit, number, parameter;
    EK_TRY(add_node(program, (struct ek_expression){.op = EK_EXPR_BIT, .type = EK_VALUE_UINT,
                                                    .left = -1, .right = -1,
                                                    .first = step->bit}, &bit));
    EK_TRY(add_node(program, (struct ek_expression){.op = EK_EXPR_CAST, .type = EK_VALUE_FLOAT,
                                                    .left = bit, .right = -1}, &number));
    EK_TRY(ek_dynamic_parameter(program, number, &parameter));
    const ek_angle angle = ek_angle_parameter(parameter, step->angle, step->angle / 2);
    return ek_circuit_gate(program->circuit, EK_GATE_RY, step->qubit, &angle, NULL);
}

static ek_status add_gate(ek_dynamic *program, const struct step *step)
{
    const ek_angle angles[4] = {ek_angle_number(step->angle), ek_angle_number(0.3),
                                ek_angle_number(-0.2), ek_angle_number(0.1)};
    const size_t first = program->circuit->op_count;
    if (step->kind == STEP_ROTATE) EK_TRY(add_rotation(program, step));
    else EK_TRY(ek_circuit_gate(program->circuit, step->gate, step->qubit, angles, NULL));
    return add(program, (struct ek_instruction){.kind = EK_DO_GATES, .first = first, .count = 1,
                                                .target = -1, .expression = -1});
}

static ek_status add_steps(ek_dynamic *program, int count, const struct step *steps);

/* A branch over the body; for a loop with a counter and a jump back. */
static ek_status add_body(ek_dynamic *program, const struct step *step)
{
    const size_t begin = program->instruction_count;
    const struct ek_variable counter = {.name = (char *)(uintptr_t)"$n",
                                        .declared = EK_DECLARED_UINT};
    int condition, variable;
    EK_TRY(add_condition(program, step, &condition));
    EK_TRY(add(program, (struct ek_instruction){.kind = EK_DO_BRANCH, .expression = condition}));
    if (step->kind == STEP_WHILE) {
        EK_TRY(ek_dynamic_add_variable(program, &counter, &variable));
        EK_TRY(add(program, (struct ek_instruction){.kind = EK_DO_LOOP, .target = variable,
                                                    .expression = -1, .limit = 1000}));
    }
    EK_TRY(add_steps(program, step->count, step + 1));
    if (step->kind == STEP_WHILE)
        EK_TRY(add(program, (struct ek_instruction){.kind = EK_DO_JUMP, .expression = -1,
                                                    .target = (int32_t)begin}));
    program->instructions[begin].target = (int32_t)program->instruction_count;
    return EK_OK;
}

static ek_status add_steps(ek_dynamic *program, int count, const struct step *steps)
{
    for (int i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        struct ek_instruction what = {.first = (size_t)step->qubit[0], .target = -1,
                                      .expression = -1};
        switch (step->kind) {
        case STEP_MEASURE:
            what.kind = EK_DO_MEASURE;
            what.target = step->bit;
            EK_TRY(add(program, what));
            break;
        case STEP_RESET:
            what.kind = EK_DO_RESET;
            EK_TRY(add(program, what));
            break;
        case STEP_IF:
        case STEP_WHILE:
            EK_TRY(add_body(program, step));
            i += step->count;
            break;
        default: EK_TRY(add_gate(program, step)); break;
        }
    }
    return EK_OK;
}

ek_status step_program_build(int qubits, int bits, int count, const struct step *steps,
                             ek_dynamic **program)
{
    ek_dynamic *fresh = NULL;
    int file;
    EK_TRY(ek_dynamic_create(&fresh));
    ek_status status = ek_dynamic_add_register(fresh, EK_REGISTER_QUBITS, "q", qubits);
    if (status == EK_OK && bits > 0)
        status = ek_dynamic_add_register(fresh, EK_REGISTER_BITS, "c", bits);
    if (status == EK_OK) status = ek_dynamic_add_file(fresh, "steps.qasm", &file);
    if (status == EK_OK) status = add_steps(fresh, count, steps);
    if (status == EK_OK) status = ek_dynamic_finish(fresh, qubits, NULL);
    if (status == EK_OK) status = ek_dynamic_check(fresh);
    if (status == EK_OK) *program = fresh;
    else ek_dynamic_destroy(&fresh);
    return status;
}

/* ---- for the reference --------------------------------------------------------------------- */

struct walk {
    const struct step *steps;
    int count;
    double *distribution;
};

static void copy(const struct reference *from, struct reference *to)
{
    reference_create(to, from->qubits);
    memcpy(to->amplitude, from->amplitude, sizeof *to->amplitude << from->qubits);
}

/* Keeps one value of a qubit; the norm is the branch's weight from then on. */
static void keep(struct reference *state, int qubit, int value)
{
    for (uint64_t i = 0; i >> state->qubits == 0; i++)
        if ((int)(i >> qubit & 1) != value) state->amplitude[i] = 0;
}

/* Where a loop or condition that holds step `at` begins again: -1 when there is none. */
static int enclosing_loop(const struct walk *walk, int at)
{
    int found = -1;
    for (int i = 0; i < at; i++)
        if (walk->steps[i].kind == STEP_WHILE && i + walk->steps[i].count == at - 1) found = i;
    return found;
}

static void go(const struct walk *walk, struct reference *state, unsigned bits, int at);

static void split(const struct walk *walk, const struct reference *state, unsigned bits, int at)
{
    const struct step *step = &walk->steps[at];
    for (int value = 0; value < 2; value++) {
        struct reference half;
        unsigned after = bits;
        copy(state, &half);
        keep(&half, step->qubit[0], value);
        if (step->kind == STEP_RESET && value)
            reference_gate(&half, "x", step->qubit, NULL, (struct reference_controls){0, 0});
        if (step->kind == STEP_MEASURE && step->bit >= 0)
            after = (bits & ~(1u << step->bit)) | (unsigned)value << step->bit;
        if (reference_norm(&half) > 1e-14) go(walk, &half, after, at + 1);
        reference_destroy(&half);
    }
}

static void apply(struct reference *state, const struct step *step, unsigned bits)
{
    const struct reference_controls none = {0, 0};
    const double angles[4] = {step->angle, 0.3, -0.2, 0.1};
    const double turned = step->angle * (0.5 + (bits >> step->bit & 1));
    if (step->kind == STEP_ROTATE) reference_gate(state, "ry", step->qubit, &turned, none);
    else reference_gate(state, ek_gate_name(step->gate), step->qubit, angles, none);
}

static void go(const struct walk *walk, struct reference *state, unsigned bits, int at)
{
    for (;;) {
        const int loop = enclosing_loop(walk, at);
        if (loop >= 0 && (int)(bits >> walk->steps[loop].bit & 1) == walk->steps[loop].value)
            at = loop + 1; /* again */
        if (at >= walk->count) break;
        const struct step *step = &walk->steps[at];
        if (step->kind == STEP_MEASURE || step->kind == STEP_RESET) {
            split(walk, state, bits, at);
            return;
        }
        if (step->kind == STEP_IF || step->kind == STEP_WHILE) {
            const int holds = (int)(bits >> step->bit & 1) == step->value;
            at += holds ? 1 : step->count + 1;
        } else {
            apply(state, step, bits);
            at++;
        }
    }
    walk->distribution[bits] += reference_norm(state);
}

void step_program_distribution(int qubits, int count, const struct step *steps,
                               double *distribution)
{
    const struct walk walk = {steps, count, distribution};
    struct reference state;
    memset(distribution, 0, sizeof *distribution << STEP_BITS_MAX);
    reference_create(&state, qubits);
    go(&walk, &state, 0, 0);
    reference_destroy(&state);
}
