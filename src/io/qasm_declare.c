/* Declarations: registers, variables, constants, inputs, aliases. */
#include "io/qasm_resolve.h"

static bool is_global(const struct ek_qasm *qasm)
{
    return qasm->scope == &qasm->global;
}

static ek_status read_size(struct ek_qasm *qasm, const struct qasm_expr *size, const char *what,
                           int most, int *value)
{
    int64_t found = 1;
    if (size) EK_TRY(ek_qasm_whole(qasm, size, what, 1, most, &found));
    *value = (int)found;
    return EK_OK;
}

/* ---- registers ----------------------------------------------------------------------------- */

ek_status ek_qasm_do_qubits(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    struct qasm_symbol *symbol;
    int size;
    if (!is_global(qasm) || qasm->defining)
        return FAIL_AT(qasm, what->place, "qubits are declared outside of all blocks");
    if (!what->value && qasm->lexer.version == 2)
        return FAIL_AT(qasm, what->name_place, "a register without a size, expected %s[SIZE]",
                       ek_qasm_text(qasm, what->name));
    EK_TRY(read_size(qasm, what->value, "the size of a register", QASM_REGISTER_MAX, &size));
    EK_TRY(ek_qasm_declare(qasm, QASM_IS_QUBITS, what->name, what->name_place, &symbol));
    if (size > INT32_MAX / 2 - qasm->program->declared_qubits)
        return FAIL_AT(qasm, what->place, "a program of too many qubits");
    symbol->first = qasm->program->declared_qubits;
    symbol->count = size;
    symbol->single = !what->value;
    return ek_dynamic_add_register(qasm->program, EK_REGISTER_QUBITS,
                                   ek_qasm_text(qasm, what->name), size);
}

/* A name for what a block declares, which may stand there many times. */
static ek_status add_local_register(struct ek_qasm *qasm, const char *name, int size)
{
    char made_up[128];
    snprintf(made_up, sizeof made_up, "__%.100s%d", name, ++qasm->hidden);
    EK_TRY(ek_dynamic_add_register(qasm->program, EK_REGISTER_BITS, made_up, size));
    ek_dynamic *program = qasm->program;
    program->registers[EK_REGISTER_BITS][program->register_count[EK_REGISTER_BITS] - 1].is_local =
        1;
    return EK_OK;
}

static ek_status check_room(struct ek_qasm *qasm, struct qasm_place place, int size)
{
    if (size <= INT32_MAX / 2 - qasm->program->clbits) return EK_OK;
    return FAIL_AT(qasm, place, "a program of too many bits");
}

ek_status ek_qasm_local_bits(struct ek_qasm *qasm, struct qasm_statement *what, int count,
                             int *first)
{
    ek_dynamic *program = qasm->program;
    if (what->storage > 0) {
        const ek_register *again = &program->registers[EK_REGISTER_BITS][what->storage - 1];
        *first = again->first;
        if (count <= again->size) return EK_OK;
    }
    EK_TRY(check_room(qasm, what->place, count));
    *first = program->clbits;
    EK_TRY(add_local_register(qasm, ek_qasm_text(qasm, what->name), count));
    what->storage = (int)program->register_count[EK_REGISTER_BITS];
    return EK_OK;
}

static ek_status add_bits(struct ek_qasm *qasm, struct qasm_statement *what,
                          const struct qasm_expr *size_given, struct qasm_symbol *symbol)
{
    ek_dynamic *program = qasm->program;
    EK_TRY(
        read_size(qasm, size_given, "the size of a register", QASM_REGISTER_MAX, &symbol->count));
    symbol->single = !size_given;
    if (!is_global(qasm)) return ek_qasm_local_bits(qasm, what, symbol->count, &symbol->first);
    EK_TRY(check_room(qasm, what->place, symbol->count));
    symbol->first = program->clbits;
    EK_TRY(ek_dynamic_add_register(program, EK_REGISTER_BITS, ek_qasm_text(qasm, what->name),
                                   symbol->count));
    program->registers[EK_REGISTER_BITS][program->register_count[EK_REGISTER_BITS] - 1].is_local =
        what->is_local;
    return EK_OK;
}

static ek_status declare_bits(struct ek_qasm *qasm, struct qasm_statement *what,
                              const struct qasm_expr *size, struct qasm_symbol **symbol)
{
    EK_TRY(ek_qasm_declare(qasm, QASM_IS_BITS, what->name, what->name_place, symbol));
    return add_bits(qasm, what, size, *symbol);
}

ek_status ek_qasm_do_bits(struct ek_qasm *qasm, struct qasm_statement *what)
{
    struct qasm_symbol *symbol;
    if (!what->value && qasm->lexer.version == 2)
        return FAIL_AT(qasm, what->name_place, "a register without a size, expected %s[SIZE]",
                       ek_qasm_text(qasm, what->name));
    return declare_bits(qasm, what, what->value, &symbol);
}

/* bit[4] c = "0101"; bit c = measure q; */
static ek_status declare_bit_type(struct ek_qasm *qasm, struct qasm_statement *what)
{
    struct qasm_symbol *symbol;
    struct qasm_value value;
    /* The value is read first: the name does not yet mean the register. */
    if (what->value) EK_TRY(ek_qasm_evaluate(qasm, what->value, false, NULL, &value));
    EK_TRY(declare_bits(qasm, what, what->type.width, &symbol));
    const struct qasm_operand bits = {.first = symbol->first,
                                      .count = symbol->count,
                                      .single = symbol->single,
                                      .of_bits = true,
                                      .place = what->name_place};
    if (what->measured) return ek_qasm_measure(qasm, what->measured, &bits, what->place);
    return what->value ? ek_qasm_store_bits(qasm, &bits, &value, what->value->place) : EK_OK;
}

/* ---- variables ----------------------------------------------------------------------------- */

static ek_status read_width(struct ek_qasm *qasm, const struct qasm_type *type, int *width)
{
    *width = 0;
    if (!type->width) return EK_OK;
    EK_TRY(read_size(qasm, type->width, "the width of a type", 64, width));
    if (type->kind == QASM_TYPE_FLOAT && *width != 32 && *width != 64)
        return FAIL_AT(qasm, type->width->place,
                       "float[%d] is not supported; there are float[32] "
                       "and float[64]",
                       *width);
    return EK_OK;
}

static ek_status new_variable(struct ek_qasm *qasm, struct qasm_statement *what, int width,
                              int *variable)
{
    const enum qasm_type_kind type = what->type.kind;
    char stem[128];
    *variable = what->storage - 1;
    if (what->storage > 0) return EK_OK;
    if (is_global(qasm))
        return ek_qasm_variable(qasm, ek_qasm_text(qasm, what->name), type, width,
                                what->role == QASM_INPUT, variable);
    snprintf(stem, sizeof stem, "__%.100s", ek_qasm_text(qasm, what->name));
    EK_TRY(ek_qasm_hidden_variable(qasm, stem, type, variable));
    qasm->program->variables[*variable].width = (uint8_t)width;
    what->storage = *variable + 1;
    return EK_OK;
}

static ek_status declare_variable(struct ek_qasm *qasm, struct qasm_statement *what)
{
    struct qasm_symbol *symbol;
    struct qasm_value value;
    int width;
    EK_TRY(read_width(qasm, &what->type, &width));
    if (what->measured)
        return FAIL_AT(qasm, what->place,
                       "a measurement gives bits, expected a declaration with "
                       "bit");
    if (what->value) EK_TRY(ek_qasm_evaluate(qasm, what->value, false, NULL, &value));
    EK_TRY(ek_qasm_declare(qasm, QASM_IS_VARIABLE, what->name, what->name_place, &symbol));
    symbol->value = ek_qasm_constant(what->type.kind, (union ek_value){.u = 0});
    symbol->value.width = (uint8_t)width;
    EK_TRY(new_variable(qasm, what, width, &symbol->variable));
    return what->value ? ek_qasm_store_variable(qasm, symbol, &value, what->value->place) : EK_OK;
}

static ek_status declare_constant(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    struct qasm_symbol *symbol;
    struct qasm_value value;
    int width;
    EK_TRY(read_width(qasm, &what->type, &width));
    EK_TRY(ek_qasm_evaluate(qasm, what->value, false, NULL, &value));
    if (!value.constant)
        return FAIL_AT(qasm, what->value->place,
                       "a value that is known only at run time, expected "
                       "a constant");
    EK_TRY(ek_qasm_assignable(qasm, what->value->place, what->type.kind, width, &value));
    EK_TRY(ek_qasm_declare(qasm, QASM_IS_CONSTANT, what->name, what->name_place, &symbol));
    symbol->value = value;
    return EK_OK;
}

ek_status ek_qasm_do_declare(struct ek_qasm *qasm, struct qasm_statement *what)
{
    if (qasm->defining)
        return FAIL_AT(qasm, what->place,
                       "a declaration in the body of a gate, which has only "
                       "gates");
    if ((what->role == QASM_INPUT || what->role == QASM_OUTPUT) && !is_global(qasm))
        return FAIL_AT(qasm, what->place, "inputs and outputs are declared outside of all blocks");
    if (what->role == QASM_CONSTANT) return declare_constant(qasm, what);
    if (what->type.kind != QASM_TYPE_BIT) return declare_variable(qasm, what);
    if (what->role == QASM_INPUT)
        return FAIL_AT(qasm, what->place,
                       "an input of type bit is not supported; use bool or uint");
    return declare_bit_type(qasm, what);
}

/* ---- aliases ------------------------------------------------------------------------------- */

static ek_status join_operands(struct ek_qasm *qasm, const struct qasm_expr *parts,
                               struct qasm_symbol *symbol)
{
    struct qasm_operand operand;
    int used = 0;
    for (const struct qasm_expr *one = parts; one; one = one->next) {
        EK_TRY(ek_qasm_operand(qasm, one, &operand));
        if (one == parts) symbol->of_bits = operand.of_bits;
        if (symbol->of_bits != operand.of_bits)
            return FAIL_AT(qasm, one->place, "qubits and bits in one alias");
        if (operand.count > QASM_REGISTER_MAX - symbol->count)
            return FAIL_AT(qasm, one->place, "an alias of too many elements");
        symbol->count += operand.count;
    }
    symbol->list = ek_qasm_arena_take(&qasm->keep, (size_t)symbol->count * sizeof *symbol->list);
    if (!symbol->list) return EK_ERROR_MEMORY;
    for (const struct qasm_expr *one = parts; one; one = one->next) {
        EK_TRY(ek_qasm_operand(qasm, one, &operand));
        for (int i = 0; i < operand.count; i++)
            symbol->list[used++] = ek_qasm_element(&operand, i);
        symbol->single = operand.single && parts == one && !one->next;
    }
    return EK_OK;
}

ek_status ek_qasm_do_alias(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    struct qasm_symbol found = {0}, *symbol;
    if (qasm->defining)
        return FAIL_AT(qasm, what->place, "an alias in the body of a gate, which has only gates");
    if (qasm->copies > 0) EK_TRY(ek_qasm_count_step(qasm, what->place));
    EK_TRY(join_operands(qasm, what->list, &found));
    EK_TRY(ek_qasm_declare(qasm, QASM_IS_ALIAS, what->name, what->name_place, &symbol));
    symbol->list = found.list;
    symbol->count = found.count;
    symbol->of_bits = found.of_bits;
    symbol->single = found.single;
    symbol->first = found.single ? found.list[0] : 0;
    return EK_OK;
}
