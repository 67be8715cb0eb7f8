#include "circuit/sample_program.h"

#include <math.h>

/* Every gate of the table, with further controls where there is room. */
static ek_status add_named_gates(ek_circuit *circuit)
{
    const int qubits[] = {5, 2, 4, 0, 3}, control[] = {1, 6}, value[] = {1, 0};
    const ek_controls controls = {2, control, value};
    const ek_angle angles[] = {ek_angle_number(0.1), ek_angle_number(-2.5e-17), ek_angle_number(3),
                               ek_angle_number(1e300)};
    for (int gate = 0; gate < EK_GATE_COUNT; gate++) {
        EK_TRY(ek_circuit_gate(circuit, (ek_gate)gate, qubits, angles, NULL));
        EK_TRY(ek_circuit_gate(circuit, (ek_gate)gate, qubits, angles, &controls));
    }
    return EK_OK;
}

static ek_status add_nameless_gates(ek_circuit *circuit)
{
    const double r = sqrt(0.5);
    const int qubits[] = {3, 1}, control[] = {0}, value[] = {0};
    const ek_controls controls = {1, control, value};
    const ek_complex hadamard[] = {{r, 0}, {r, 0}, {r, 0}, {-r, 0}};
    const ek_complex phases[] = {{1, 0}, {0, 1}, {-1, 0}, {r, r}};
    EK_TRY(ek_circuit_unitary(circuit, 1, qubits, hadamard, &controls));
    EK_TRY(ek_circuit_phases(circuit, 2, qubits, phases, NULL));
    EK_TRY(ek_circuit_phases(circuit, 0, NULL, phases + 1, &controls));
    EK_TRY(ek_circuit_pauli_rotation(circuit, 6, 12, ek_angle_number(0.25), &controls));
    return ek_circuit_pauli_rotation(circuit, 0, 0, ek_angle_number(0.5), NULL);
}

static ek_status add_expression(ek_dynamic *program, struct ek_expression node, int *number)
{
    return ek_dynamic_add_expression(program, &node, number);
}

static ek_status add_parameters(ek_dynamic *program)
{
    const struct ek_variable theta = {
        .name = (char *)(uintptr_t) "theta", .is_input = true, .declared = EK_DECLARED_FLOAT};
    const struct ek_variable count = {.name = (char *)(uintptr_t) "n",
                                      .width = 8,
                                      .declared = EK_DECLARED_UINT,
                                      .value = {.u = 7}};
    int number, node, parameter;
    const int qubit = 1;
    EK_TRY(ek_dynamic_add_variable(program, &theta, &number));
    EK_TRY(ek_dynamic_add_variable(program, &count, &number));
    EK_TRY(add_expression(
        program,
        (struct ek_expression){EK_EXPR_VARIABLE, EK_VALUE_FLOAT, 0, -1, -1, 0, 0, -1, 0, 0, {0}},
        &node));
    EK_TRY(ek_dynamic_parameter(program, node, &parameter));
    const ek_angle twice = ek_angle_parameter(parameter, 2, 0.5);
    EK_TRY(ek_circuit_gate(program->circuit, EK_GATE_RX, &qubit, &twice, NULL));
    EK_TRY(add_expression(
        program,
        (struct ek_expression){EK_EXPR_SIN, EK_VALUE_FLOAT, 0, node, -1, 0, 0, -1, 0, 0, {0}},
        &node));
    EK_TRY(ek_dynamic_parameter(program, node, &parameter));
    const ek_angle sine = ek_angle_parameter(parameter, 1, 0);
    return ek_circuit_gate(program->circuit, EK_GATE_RZ, &qubit, &sine, NULL);
}

static ek_status add_control(ek_dynamic *program)
{
    int bit, five, is_set, reg;
    EK_TRY(add_expression(
        program,
        (struct ek_expression){EK_EXPR_BIT, EK_VALUE_UINT, 0, -1, -1, 1, 0, -1, 0, 0, {0}}, &bit));
    EK_TRY(add_expression(
        program,
        (struct ek_expression){EK_EXPR_REGISTER, EK_VALUE_UINT, 0, -1, -1, 40, 31, -1, 0, 0, {0}},
        &reg));
    EK_TRY(
        add_expression(program,
                       (struct ek_expression){
                           EK_EXPR_CONSTANT, EK_VALUE_UINT, 0, -1, -1, 0, 0, -1, 0, 0, {.u = 5}},
                       &five));
    EK_TRY(add_expression(
        program,
        (struct ek_expression){EK_EXPR_EQUAL, EK_VALUE_BOOL, 0, reg, five, 0, 0, -1, 0, 0, {0}},
        &is_set));
    const size_t half = program->circuit->op_count / 2;
    const struct ek_instruction list[] = {
        {.kind = EK_DO_GATES, .first = 0, .count = half, .target = -1, .expression = -1},
        {.kind = EK_DO_BARRIER, .qubits = 5, .target = -1, .expression = -1},
        {.kind = EK_DO_MEASURE, .first = 2, .target = 1, .expression = -1},
        {.kind = EK_DO_BRANCH, .target = 6, .expression = is_set, .line = 3, .column = 9},
        {.kind = EK_DO_GATES,
         .first = half,
         .target = -1,
         .expression = -1,
         .count = program->circuit->op_count - half},
        {.kind = EK_DO_RESET, .first = 0, .target = -1, .expression = -1},
        {.kind = EK_DO_ASSIGN, .target = 1, .expression = five},
        {.kind = EK_DO_ASSIGN_BITS, .target = 0, .count = 2, .expression = bit},
        {.kind = EK_DO_LOOP, .target = 1, .limit = 1000000, .expression = -1},
        {.kind = EK_DO_MEASURE, .first = 0, .target = -1, .expression = -1},
        {.kind = EK_DO_JUMP, .target = 11, .expression = -1}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        EK_TRY(ek_dynamic_add_instruction(program, &list[i]));
    return EK_OK;
}

static ek_status fill(ek_dynamic *program)
{
    int number;
    EK_TRY(ek_dynamic_add_register(program, EK_REGISTER_QUBITS, "q", 5));
    EK_TRY(ek_dynamic_add_register(program, EK_REGISTER_QUBITS, "r", 2));
    EK_TRY(ek_dynamic_add_register(program, EK_REGISTER_BITS, "c", 2));
    EK_TRY(ek_dynamic_add_register(program, EK_REGISTER_BITS, "wide", 70));
    EK_TRY(ek_dynamic_add_file(program, "sample.qasm", &number));
    EK_TRY(add_named_gates(program->circuit));
    EK_TRY(add_parameters(program));
    EK_TRY(add_nameless_gates(program->circuit));
    EK_TRY(add_control(program));
    return ek_dynamic_finish(program, 7, NULL);
}

ek_status sample_program(ek_dynamic **program)
{
    ek_dynamic *fresh = NULL;
    EK_TRY(ek_dynamic_create(&fresh));
    const ek_status status = fill(fresh);
    if (status == EK_OK)
        *program = fresh;
    else
        ek_dynamic_destroy(&fresh);
    return status;
}
