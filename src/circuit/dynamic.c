#include "circuit/dynamic.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

/* ---- lifetime ------------------------------------------------------------------------------ */

ek_status ek_dynamic_create(ek_dynamic **program)
{
    ek_dynamic *fresh = NULL;
    EK_TRY(EK_NEW(fresh, 1));
    const ek_status status = ek_circuit_create(EK_QUBITS_MAX, &fresh->circuit);
    if (status == EK_OK)
        *program = fresh;
    else
        ek_dynamic_destroy(&fresh);
    return status;
}

void ek_dynamic_destroy(ek_dynamic **program)
{
    if (!program || !*program) return;
    ek_dynamic *old = *program;
    for (int kind = 0; kind < 2; kind++) {
        for (size_t i = 0; i < old->register_count[kind]; i++)
            ek_release((char *)(uintptr_t)old->registers[kind][i].name);
        ek_release(old->registers[kind]);
    }
    for (size_t i = 0; i < old->variable_count; i++) ek_release(old->variables[i].name);
    for (size_t i = 0; i < old->file_count; i++) ek_release(old->files[i]);
    ek_circuit_destroy(&old->circuit);
    ek_release(old->declared);
    ek_release(old->parameter_expressions);
    ek_release(old->instructions);
    ek_release(old->expressions);
    ek_release(old->variables);
    ek_release(old->files);
    ek_release(old);
    *program = NULL;
}

/* ---- building ------------------------------------------------------------------------------ */

/* Room for one more element behind the `count` that an array of the program holds. */
static ek_status reserve_one(void *array, size_t count, size_t size, size_t *capacity)
{
    void **memory = array;
    if (count >= INT32_MAX) return EK_FAIL(EK_ERROR_UNSUPPORTED, "a program of over 2^31 parts");
    return ek_grow(memory, count, size, count + 1, capacity);
}
#define RESERVE_ONE(p, member)                                                                    \
    reserve_one(&(p)->member##s, (p)->member##_count, sizeof *(p)->member##s,                     \
                &(p)->member##_capacity)

ek_status ek_dynamic_add_register(ek_dynamic *program, ek_register_kind kind, const char *name,
                                  int size)
{
    char *copy = NULL;
    int *total = kind == EK_REGISTER_BITS ? &program->clbits : &program->declared_qubits;
    if (size < 1 || size > INT32_MAX - *total)
        return EK_FAIL(EK_ERROR_ARGUMENT, "register %s of %d elements: 1 to %d", name, size,
                       INT32_MAX - *total);
    EK_TRY(reserve_one(&program->registers[kind], program->register_count[kind],
                       sizeof(ek_register), &program->register_capacity[kind]));
    EK_TRY(ek_copy_string(name, &copy));
    program->registers[kind][program->register_count[kind]++] =
        (ek_register){copy, *total, size, 0};
    *total += size;
    return EK_OK;
}

ek_status ek_dynamic_add_variable(ek_dynamic *program, const struct ek_variable *variable,
                                  int *number)
{
    struct ek_variable fresh = *variable;
    EK_TRY(RESERVE_ONE(program, variable));
    EK_TRY(ek_copy_string(variable->name, &fresh.name));
    *number = (int)program->variable_count;
    program->variables[program->variable_count++] = fresh;
    return EK_OK;
}

static ek_status measure_tree(const ek_dynamic *program, struct ek_expression *node)
{
    const int32_t operands[] = {node->left, node->right};
    node->depth = node->size = 1;
    for (int i = 0; i < 2; i++) {
        if (operands[i] < 0) continue;
        const struct ek_expression *operand = &program->expressions[operands[i]];
        if (operand->depth >= node->depth) node->depth = operand->depth + 1;
        node->size += operand->size;
    }
    if (node->depth > EK_EXPRESSION_DEPTH || node->size > EK_EXPRESSION_SIZE)
        return EK_FAIL(EK_ERROR_UNSUPPORTED,
                       "an expression of %u operations, nested %u deep; the limits are %d and %d",
                       node->size, node->depth, EK_EXPRESSION_SIZE, EK_EXPRESSION_DEPTH);
    return EK_OK;
}

ek_status ek_dynamic_add_expression(ek_dynamic *program, const struct ek_expression *expression,
                                    int *number)
{
    struct ek_expression fresh = *expression;
    fresh.parameter = -1;
    EK_TRY(measure_tree(program, &fresh));
    EK_TRY(RESERVE_ONE(program, expression));
    *number = (int)program->expression_count;
    program->expressions[program->expression_count++] = fresh;
    return EK_OK;
}

ek_status ek_dynamic_add_instruction(ek_dynamic *program, const struct ek_instruction *what)
{
    EK_TRY(RESERVE_ONE(program, instruction));
    program->instructions[program->instruction_count++] = *what;
    return EK_OK;
}

ek_status ek_dynamic_add_file(ek_dynamic *program, const char *name, int *number)
{
    char *copy = NULL;
    EK_TRY(RESERVE_ONE(program, file));
    EK_TRY(ek_copy_string(name, &copy));
    *number = (int)program->file_count;
    program->files[program->file_count++] = copy;
    return EK_OK;
}

/* A variable gives a parameter its own name; other expressions are numbered. No search by name:
 * both kinds of names are unique. */
static ek_status name_parameter(ek_dynamic *program, const struct ek_expression *node, int number)
{
    ek_circuit *circuit = program->circuit;
    char numbered[32];
    void *names = circuit->parameters;
    snprintf(numbered, sizeof numbered, "$expression%d", number);
    EK_TRY(ek_grow(&names, circuit->parameter_count, sizeof *circuit->parameters,
                   circuit->parameter_count + 1, &circuit->parameter_capacity));
    circuit->parameters = names;
    EK_TRY(ek_copy_string(node->op == EK_EXPR_VARIABLE ? program->variables[node->first].name
                                                       : numbered,
                          &circuit->parameters[circuit->parameter_count]));
    circuit->parameter_count++;
    return EK_OK;
}

ek_status ek_dynamic_parameter(ek_dynamic *program, int expression, int *parameter)
{
    struct ek_expression *node = &program->expressions[expression];
    if (node->parameter < 0) {
        EK_TRY(RESERVE_ONE(program, parameter_expression));
        EK_TRY(name_parameter(program, node, expression));
        node->parameter = (int32_t)program->parameter_expression_count;
        program->parameter_expressions[program->parameter_expression_count++] = expression;
    }
    *parameter = node->parameter;
    return EK_OK;
}

ek_status ek_dynamic_finish(ek_dynamic *program, int qubits, const int *declared)
{
    int *copy = NULL;
    if (qubits < 1 || qubits > EK_QUBITS_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d qubits: a program has 1 to %d", qubits,
                       EK_QUBITS_MAX);
    EK_TRY(EK_NEW(copy, qubits));
    for (int q = 0; q < qubits; q++) copy[q] = declared ? declared[q] : q;
    ek_release(program->declared);
    program->declared = copy;
    program->qubits = program->circuit->qubits = qubits;
    return EK_OK;
}

/* ---- questions ----------------------------------------------------------------------------- */

int ek_dynamic_qubits(const ek_dynamic *program)
{
    return program->qubits;
}
int ek_dynamic_clbits(const ek_dynamic *program)
{
    return program->clbits;
}

int ek_dynamic_declared_qubit(const ek_dynamic *program, int qubit)
{
    return program->declared[qubit];
}

static bool is_register_kind(ek_register_kind kind)
{
    return kind == EK_REGISTER_QUBITS || kind == EK_REGISTER_BITS;
}

int ek_dynamic_registers(const ek_dynamic *program, ek_register_kind kind)
{
    return is_register_kind(kind) ? (int)program->register_count[kind] : 0;
}

ek_status ek_dynamic_register(const ek_dynamic *program, ek_register_kind kind, int index,
                              ek_register *result)
{
    if (index < 0 || index >= ek_dynamic_registers(program, kind))
        return EK_FAIL(EK_ERROR_ARGUMENT, "register %d of %d", index,
                       ek_dynamic_registers(program, kind));
    *result = program->registers[kind][index];
    return EK_OK;
}

void ek_dynamic_summarize(const ek_dynamic *program, ek_dynamic_summary *summary)
{
    *summary = (ek_dynamic_summary){.instructions = program->instruction_count,
                                    .gates = program->circuit->op_count,
                                    .inputs = ek_dynamic_inputs(program)};
    for (size_t i = 0; i < program->instruction_count; i++) {
        const uint8_t kind = program->instructions[i].kind;
        summary->measurements += kind == EK_DO_MEASURE;
        summary->resets += kind == EK_DO_RESET;
        summary->branches += kind == EK_DO_BRANCH;
    }
}

ek_status ek_fail_at_instruction(const char *source, int source_line, const ek_dynamic *program,
                                 size_t instruction, ek_status code, const char *format, ...)
{
    char message[512];
    const struct ek_instruction *where = &program->instructions[instruction];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return ek_fail_at(source, source_line, code, "%s:%u:%u: %s", program->files[where->file],
                      where->line, where->column, message);
}

/* ---- inputs -------------------------------------------------------------------------------- */

int ek_dynamic_inputs(const ek_dynamic *program)
{
    int count = 0;
    for (size_t i = 0; i < program->variable_count; i++) count += program->variables[i].is_input;
    return count;
}

static double to_double(const struct ek_variable *variable)
{
    switch (variable->declared) {
    case EK_DECLARED_INT:
        return (double)variable->value.i;
    case EK_DECLARED_BOOL:
    case EK_DECLARED_UINT:
        return (double)variable->value.u;
    default:
        return variable->value.f;
    }
}

static void describe(const struct ek_variable *variable, ek_input *input)
{
    static const char *const names[] = {"bool", "int", "uint", "float", "angle"};
    char width[16] = "";
    if (variable->width > 0) snprintf(width, sizeof width, "[%d]", variable->width);
    snprintf(input->type, sizeof input->type, "%s%s", names[variable->declared], width);
    input->name = variable->name;
    input->is_set = variable->is_set;
    input->value = to_double(variable);
}

ek_status ek_dynamic_input(const ek_dynamic *program, int index, ek_input *input)
{
    int left = index;
    for (size_t i = 0; index >= 0 && i < program->variable_count; i++)
        if (program->variables[i].is_input && left-- == 0) {
            describe(&program->variables[i], input);
            return EK_OK;
        }
    return EK_FAIL(EK_ERROR_ARGUMENT, "input %d of %d", index, ek_dynamic_inputs(program));
}

/* Stores a whole number where the type has few enough bits for it. */
static ek_status set_whole(struct ek_variable *variable, double value)
{
    const bool is_signed = variable->declared == EK_DECLARED_INT;
    const int width = variable->declared == EK_DECLARED_BOOL ? 1
                      : variable->width                      ? variable->width
                                                             : 64;
    const double high = ldexp(1, is_signed ? width - 1 : width), low = is_signed ? -high : 0;
    if (value != floor(value) || !(value >= low && value < high))
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       "input %s: expected a whole number from %.17g to %.17g "
                       "(%.17g excluded), got %.17g",
                       variable->name, low, high, high, value);
    if (is_signed)
        variable->value.i = (int64_t)value;
    else
        variable->value.u = (uint64_t)value;
    return EK_OK;
}

static ek_status set_input(struct ek_variable *variable, double value)
{
    if (!isfinite(value))
        return EK_FAIL(EK_ERROR_ARGUMENT, "input %s: the value is not a finite number",
                       variable->name);
    if (variable->declared != EK_DECLARED_FLOAT && variable->declared != EK_DECLARED_ANGLE)
        EK_TRY(set_whole(variable, value));
    else {
        const bool is_angle = variable->declared == EK_DECLARED_ANGLE;
        const struct ek_expression round = {.op = is_angle ? EK_EXPR_ANGLE : EK_EXPR_CAST,
                                            .type = EK_VALUE_FLOAT,
                                            .width = variable->width};
        const union ek_value given = {.f = value}, none = {0};
        variable->value = given;
        if (variable->width > 0)
            EK_TRY(ek_operator_apply(&round, EK_VALUE_FLOAT, given, none, &variable->value));
    }
    variable->is_set = true;
    return EK_OK;
}

static ek_status fail_unknown_input(const ek_dynamic *program, const char *name)
{
    char known[256] = "";
    size_t length = 0;
    for (size_t i = 0; i < program->variable_count && length < sizeof known; i++)
        if (program->variables[i].is_input)
            length += (size_t)snprintf(known + length, sizeof known - length, " %s",
                                       program->variables[i].name);
    if (length == 0)
        return EK_FAIL(EK_ERROR_ARGUMENT, "no input is called '%s': the program has none", name);
    return EK_FAIL(EK_ERROR_ARGUMENT, "no input is called '%s'; there are:%s", name, known);
}

ek_status ek_dynamic_set(ek_dynamic *program, const char *name, double value)
{
    for (size_t i = 0; i < program->variable_count; i++)
        if (program->variables[i].is_input && strcmp(program->variables[i].name, name) == 0)
            return set_input(&program->variables[i], value);
    return fail_unknown_input(program, name);
}

ek_status ek_dynamic_start_values(const ek_dynamic *program, union ek_value *variables)
{
    for (size_t i = 0; i < program->variable_count; i++) {
        const struct ek_variable *variable = &program->variables[i];
        if (variable->is_input && !variable->is_set)
            return EK_FAIL(EK_ERROR_ARGUMENT, "input %s is not set; set it with --set %s=VALUE",
                           variable->name, variable->name);
        variables[i] = variable->value;
    }
    return EK_OK;
}
