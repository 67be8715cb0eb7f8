/* Building, questions, inputs, expressions and segments of dynamic programs. */
#include "circuit/sample_program.h"
#include "support/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- expressions --------------------------------------------------------------------------- */

/* One operator on constants. */
static union ek_value apply(enum ek_operator op, enum ek_value_type type, int width,
                            enum ek_value_type from, union ek_value a, union ek_value b)
{
    const struct ek_expression node = {
        .op = (uint8_t)op, .type = (uint8_t)type, .width = (uint8_t)width};
    union ek_value result = {0};
    CHECK_OK(ek_operator_apply(&node, from, a, b, &result));
    return result;
}

static union ek_value of_int(int64_t i)
{
    return (union ek_value){.i = i};
}
static union ek_value of_uint(uint64_t u)
{
    return (union ek_value){.u = u};
}
static union ek_value of_float(double f)
{
    return (union ek_value){.f = f};
}

static int64_t on_ints(enum ek_operator op, int64_t a, int64_t b)
{
    return apply(op, EK_VALUE_INT, 0, EK_VALUE_INT, of_int(a), of_int(b)).i;
}

static uint64_t on_uints(enum ek_operator op, uint64_t a, uint64_t b)
{
    return apply(op, EK_VALUE_UINT, 0, EK_VALUE_UINT, of_uint(a), of_uint(b)).u;
}

static double on_floats(enum ek_operator op, double a, double b)
{
    return apply(op, EK_VALUE_FLOAT, 0, EK_VALUE_FLOAT, of_float(a), of_float(b)).f;
}

static void test_whole_operators(void)
{
    CHECK(on_ints(EK_EXPR_ADD, INT64_MAX, 1) == INT64_MIN);
    CHECK(on_ints(EK_EXPR_SUBTRACT, 3, 5) == -2);
    CHECK(on_ints(EK_EXPR_MULTIPLY, -3, 5) == -15);
    CHECK(on_ints(EK_EXPR_DIVIDE, -7, 2) == -3);
    CHECK(on_ints(EK_EXPR_REMAINDER, -7, 2) == -1);
    CHECK(on_ints(EK_EXPR_DIVIDE, INT64_MIN, -1) == INT64_MIN);
    CHECK(on_ints(EK_EXPR_REMAINDER, INT64_MIN, -1) == 0);
    CHECK(on_ints(EK_EXPR_POWER, -3, 5) == -243);
    CHECK(on_ints(EK_EXPR_NEGATE, 5, 0) == -5);
    CHECK(on_ints(EK_EXPR_SHIFT_RIGHT, -8, 1) == -4 && on_ints(EK_EXPR_SHIFT_RIGHT, -8, 99) == -1);
    CHECK(on_uints(EK_EXPR_SHIFT_RIGHT, 8, 64) == 0 && on_uints(EK_EXPR_SHIFT_LEFT, 1, 63) >> 63);
    CHECK(on_uints(EK_EXPR_DIVIDE, UINT64_MAX, 2) == UINT64_MAX / 2);
    CHECK(on_uints(EK_EXPR_POWER, 2, 63) == UINT64_C(1) << 63);
    CHECK(on_uints(EK_EXPR_BIT_AND, 12, 10) == 8 && on_uints(EK_EXPR_BIT_OR, 12, 10) == 14);
    CHECK(on_uints(EK_EXPR_BIT_XOR, 12, 10) == 6 && on_uints(EK_EXPR_POPCOUNT, 0xF01, 0) == 5);
}

static void test_failing_operators(void)
{
    union ek_value result;
    const struct ek_expression divide = {.op = EK_EXPR_DIVIDE, .type = EK_VALUE_INT};
    const struct ek_expression power = {.op = EK_EXPR_POWER, .type = EK_VALUE_INT};
    const struct ek_expression cast = {.op = EK_EXPR_CAST, .type = EK_VALUE_UINT, .width = 8};
    CHECK_STATUS(ek_operator_apply(&divide, EK_VALUE_INT, of_int(1), of_int(0), &result),
                 EK_ERROR_NUMERIC);
    CHECK_STATUS(ek_operator_apply(&power, EK_VALUE_INT, of_int(2), of_int(-1), &result),
                 EK_ERROR_NUMERIC);
    CHECK_STATUS(ek_operator_apply(&cast, EK_VALUE_FLOAT, of_float(1e30), of_int(0), &result),
                 EK_ERROR_NUMERIC);
    CHECK_STATUS(ek_operator_apply(&cast, EK_VALUE_FLOAT, of_float(NAN), of_int(0), &result),
                 EK_ERROR_NUMERIC);
}

static void test_float_operators(void)
{
    CHECK(on_floats(EK_EXPR_DIVIDE, 1, 8) == 0.125 && on_floats(EK_EXPR_POWER, 2, -1) == 0.5);
    CHECK(on_floats(EK_EXPR_REMAINDER, 7.5, 2) == 1.5 && on_floats(EK_EXPR_SUBTRACT, 1, 3) == -2);
    CHECK(on_floats(EK_EXPR_NEGATE, 2, 0) == -2 && on_floats(EK_EXPR_SQRT, 9, 0) == 3);
    CHECK(on_floats(EK_EXPR_SIN, 1, 0) == sin(1) && on_floats(EK_EXPR_COS, 1, 0) == cos(1));
    CHECK(on_floats(EK_EXPR_TAN, 1, 0) == tan(1) && on_floats(EK_EXPR_ARCSIN, 1, 0) == asin(1));
    CHECK(on_floats(EK_EXPR_ARCCOS, .5, 0) == acos(.5) && on_floats(EK_EXPR_EXP, 1, 0) == exp(1));
    CHECK(on_floats(EK_EXPR_ARCTAN, 1, 0) == atan(1) && on_floats(EK_EXPR_LOG, 2, 0) == log(2));
    CHECK(on_floats(EK_EXPR_CEILING, 1.2, 0) == 2 && on_floats(EK_EXPR_FLOOR, -1.2, 0) == -2);
}

static void test_casts_and_widths(void)
{
    const enum ek_value_type f = EK_VALUE_FLOAT, i = EK_VALUE_INT, u = EK_VALUE_UINT;
    const union ek_value none = {0};
    const double pi = acos(-1);
    CHECK(apply(EK_EXPR_CAST, i, 8, i, of_int(200), none).i == -56);
    CHECK(apply(EK_EXPR_CAST, u, 3, i, of_int(-1), none).u == 7);
    CHECK(apply(EK_EXPR_CAST, i, 64, f, of_float(-2.9), none).i == -2);
    CHECK(apply(EK_EXPR_CAST, u, 64, f, of_float(0x1p63), none).u == UINT64_C(1) << 63);
    CHECK(apply(EK_EXPR_CAST, f, 32, f, of_float(0.1), none).f == (double)0.1f);
    CHECK(apply(EK_EXPR_CAST, f, 0, u, of_uint(UINT64_MAX), none).f == 0x1p64);
    CHECK(apply(EK_EXPR_CAST, EK_VALUE_BOOL, 0, f, of_float(0.5), none).u == 1);
    CHECK(apply(EK_EXPR_INVERT, u, 4, u, of_uint(5), none).u == 10);
    CHECK(apply(EK_EXPR_INVERT, i, 8, i, of_int(5), none).i == -6);
    CHECK(apply(EK_EXPR_ROTATE_LEFT, u, 4, u, of_uint(9), of_int(1)).u == 3);
    CHECK(apply(EK_EXPR_ROTATE_RIGHT, u, 4, u, of_uint(9), of_int(1)).u == 12);
    CHECK(apply(EK_EXPR_ROTATE_LEFT, u, 64, u, of_uint(1), of_int(-1)).u == UINT64_C(1) << 63);
    CHECK(apply(EK_EXPR_ROTATE_RIGHT, u, 4, u, of_uint(9), of_int(INT64_MIN)).u == 9);
    CHECK_NEAR(apply(EK_EXPR_ANGLE, f, 2, f, of_float(-pi / 2 + 0.1), none).f, 3 * pi / 2, 1e-15);
    CHECK(apply(EK_EXPR_ANGLE, f, 4, f, of_float(-1e-9), none).f == 0);
}

static void test_leaves_and_short_circuit(void)
{
    ek_dynamic *program = NULL;
    const uint64_t bits[] = {UINT64_C(1) << 63 | 2, 5};
    union ek_value variables[2] = {{.f = 0.5}, {.u = 7}}, value = {0};
    CHECK_OK(sample_program(&program));
    /* The sample's expressions: theta, sin(theta), bit 1, bits 40 to 70, 5, the comparison. */
    CHECK_OK(ek_expression_evaluate(program, 1, bits, variables, &value));
    CHECK(value.f == sin(0.5));
    CHECK_OK(ek_expression_evaluate(program, 2, bits, variables, &value));
    CHECK(value.u == 1);
    CHECK_OK(ek_expression_evaluate(program, 3, bits, variables, &value));
    CHECK(value.u == (UINT64_C(5) << 24 | UINT64_C(1) << 23));
    CHECK_OK(ek_expression_evaluate(program, 5, bits, variables, &value));
    CHECK(value.u == 0);
    struct ek_expression zero = {
        .op = EK_EXPR_CONSTANT, .type = EK_VALUE_UINT, .left = -1, .right = -1};
    int z = -1, crash = -1, both = -1;
    CHECK_OK(ek_dynamic_add_expression(program, &zero, &z));
    struct ek_expression node = {
        .op = EK_EXPR_DIVIDE, .type = EK_VALUE_UINT, .left = 4, .right = z};
    CHECK_OK(ek_dynamic_add_expression(program, &node, &crash));
    CHECK_STATUS(ek_expression_evaluate(program, crash, bits, variables, &value),
                 EK_ERROR_NUMERIC);
    node = (struct ek_expression){
        .op = EK_EXPR_AND, .type = EK_VALUE_BOOL, .left = z, .right = crash};
    CHECK_OK(ek_dynamic_add_expression(program, &node, &both));
    CHECK_OK(ek_expression_evaluate(program, both, bits, variables, &value));
    CHECK(value.u == 0);
    ek_dynamic_destroy(&program);
}

static void test_deep_and_large_expressions_are_refused(void)
{
    ek_dynamic *program = NULL;
    struct ek_expression node = {
        .op = EK_EXPR_CONSTANT, .type = EK_VALUE_FLOAT, .left = -1, .right = -1};
    int last = -1;
    ek_status status;
    CHECK_OK(ek_dynamic_create(&program));
    CHECK_OK(ek_dynamic_add_expression(program, &node, &last));
    node.op = EK_EXPR_NEGATE;
    for (status = EK_OK, node.left = 0; status == EK_OK; node.left = last)
        status = ek_dynamic_add_expression(program, &node, &last);
    CHECK(status == EK_ERROR_UNSUPPORTED && program->expression_count == EK_EXPRESSION_DEPTH);
    node = (struct ek_expression){.op = EK_EXPR_ADD, .type = EK_VALUE_FLOAT};
    for (status = EK_OK; status == EK_OK; node.left = node.right = last)
        status = ek_dynamic_add_expression(program, &node, &last);
    CHECK(status == EK_ERROR_UNSUPPORTED && program->expression_count < EK_EXPRESSION_DEPTH + 20);
    ek_dynamic_destroy(&program);
}

/* ---- inputs and questions ------------------------------------------------------------------ */

static void test_questions(void)
{
    ek_dynamic *program = NULL;
    ek_register found;
    ek_dynamic_summary summary;
    CHECK_OK(sample_program(&program));
    CHECK(ek_dynamic_qubits(program) == 7 && ek_dynamic_clbits(program) == 72);
    CHECK(ek_dynamic_registers(program, EK_REGISTER_QUBITS) == 2);
    CHECK_OK(ek_dynamic_register(program, EK_REGISTER_BITS, 1, &found));
    CHECK(strcmp(found.name, "wide") == 0 && found.first == 2 && found.size == 70);
    CHECK_STATUS(ek_dynamic_register(program, EK_REGISTER_BITS, 2, &found), EK_ERROR_ARGUMENT);
    CHECK(ek_dynamic_declared_qubit(program, 6) == 6);
    ek_dynamic_summarize(program, &summary);
    CHECK(summary.instructions == 11 && summary.measurements == 2 && summary.resets == 1);
    CHECK(summary.branches == 1 && summary.inputs == 1 && summary.gates > 60);
    ek_dynamic_destroy(&program);
}

static void test_inputs(void)
{
    ek_dynamic *program = NULL;
    union ek_value variables[2];
    ek_input input;
    CHECK_OK(sample_program(&program));
    CHECK(ek_dynamic_inputs(program) == 1);
    CHECK_OK(ek_dynamic_input(program, 0, &input));
    CHECK(strcmp(input.name, "theta") == 0 && strcmp(input.type, "float") == 0 && !input.is_set);
    CHECK_STATUS(ek_dynamic_input(program, 1, &input), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_dynamic_start_values(program, variables), EK_ERROR_ARGUMENT);
    CHECK(strstr(ek_last_message(), "theta") != NULL);
    CHECK_STATUS(ek_dynamic_set(program, "theat", 1), EK_ERROR_ARGUMENT);
    CHECK(strstr(ek_last_message(), "there are: theta") != NULL);
    CHECK_STATUS(ek_dynamic_set(program, "theta", INFINITY), EK_ERROR_ARGUMENT);
    CHECK_OK(ek_dynamic_set(program, "theta", 0.75));
    CHECK_OK(ek_dynamic_start_values(program, variables));
    CHECK(variables[0].f == 0.75 && variables[1].u == 7);
    ek_dynamic_destroy(&program);
}

static void test_whole_inputs_have_a_range(void)
{
    ek_dynamic *program = NULL;
    CHECK_OK(sample_program(&program));
    program->variables[1].is_input = true; /* uint[8] n */
    CHECK_OK(ek_dynamic_set(program, "n", 255));
    CHECK_STATUS(ek_dynamic_set(program, "n", 256), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_dynamic_set(program, "n", -1), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_dynamic_set(program, "n", 1.5), EK_ERROR_ARGUMENT);
    CHECK(program->variables[1].value.u == 255);
    ek_dynamic_destroy(&program);
}

/* ---- segments ------------------------------------------------------------------------------ */

/* Cutting the circuit in two and asking both parts for their numbers gives those of the whole. */
static void check_cut(const ek_dynamic *program, size_t cut)
{
    const size_t whole = program->circuit->op_count;
    const union ek_value variables[] = {{.f = 0.5}, {.u = 7}};
    const double given[] = {0.5, sin(0.5)};
    const uint64_t bits[] = {0, 0};
    for (int part = 0; part < 2; part++) {
        struct ek_segment segment = {0};
        const size_t first = part ? cut : 0, count = part ? whole - cut : cut;
        ek_complex expected[256], got[256];
        double parameters[2];
        CHECK_OK(ek_segment_create(program, first, count, &segment));
        CHECK_OK(ek_segment_bind(program, &segment, bits, variables, parameters));
        CHECK(ek_circuit_size(segment.circuit) == count);
        for (size_t i = 0; i < count; i++) {
            const struct ek_op *a = &program->circuit->ops[first + i];
            const struct ek_op *b = &segment.circuit->ops[i];
            ek_op_values(program->circuit, a, given, expected);
            ek_op_values(segment.circuit, b, parameters, got);
            CHECK(memcmp(expected, got, ek_op_value_count(a) * sizeof *got) == 0);
        }
        ek_segment_clear(&segment);
    }
}

static void test_segments(void)
{
    ek_dynamic *program = NULL;
    struct ek_segment segment = {0};
    CHECK_OK(sample_program(&program));
    for (size_t cut = 0; cut <= program->circuit->op_count; cut++) check_cut(program, cut);
    CHECK_STATUS(ek_segment_create(program, 1, SIZE_MAX, &segment), EK_ERROR_ARGUMENT);
    ek_dynamic_destroy(&program);
}

static void test_failures_name_their_place(void)
{
    ek_dynamic *program = NULL;
    CHECK_OK(sample_program(&program));
    CHECK_STATUS(EK_FAIL_AT_INSTRUCTION(program, 3, EK_ERROR_NUMERIC, "over %d", 9),
                 EK_ERROR_NUMERIC);
    CHECK(strcmp(ek_last_message(), "sample.qasm:3:9: over 9") == 0);
    ek_dynamic_destroy(&program);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"operators on integers", test_whole_operators},
        {"operators that fail", test_failing_operators},
        {"operators on floats", test_float_operators},
        {"casts and widths", test_casts_and_widths},
        {"leaves, and operands that do not count", test_leaves_and_short_circuit},
        {"deep and large expressions are refused", test_deep_and_large_expressions_are_refused},
        {"questions to a program", test_questions},
        {"inputs", test_inputs},
        {"inputs of whole numbers have a range", test_whole_inputs_have_a_range},
        {"segments", test_segments},
        {"failures name their place", test_failures_name_their_place},
    };
    return test_main(argc, argv, "circuit: dynamic", cases, sizeof cases / sizeof *cases);
}
