/* Programs as OpenQASM: names and declarations, and what holds the parts together. */
#include "io/qasm_write.h"

#include <locale.h>
#include <string.h>

/* ---- names --------------------------------------------------------------------------------- */

static bool is_known(const ek_dynamic *program, const char *name)
{
    for (int kind = 0; kind < 2; kind++)
        for (size_t i = 0; i < program->register_count[kind]; i++)
            if (strcmp(program->registers[kind][i].name, name) == 0) return true;
    for (size_t i = 0; i < program->variable_count; i++)
        if (strcmp(program->variables[i].name, name) == 0) return true;
    return false;
}

void ek_qasm_write_name(struct qasm_writer *writer, const char *name)
{
    char changed[256];
    ek_text_printf(&writer->text, "%s", name);
    if (!ek_qasm_is_word(name, writer->version)) return;
    /* As many underscores as it takes to be a name that the program does not have. */
    snprintf(changed, sizeof changed, "%.200s_", name);
    ek_text_printf(&writer->text, "_");
    while (is_known(writer->program, changed) && strlen(changed) + 2 < sizeof changed) {
        strcat(changed, "_");
        ek_text_printf(&writer->text, "_");
    }
}

void ek_qasm_write_indent(struct qasm_writer *writer)
{
    ek_text_printf(&writer->text, "%*s", 2 * writer->indent, "");
}

static const ek_register *find(const struct qasm_writer *writer, ek_register_kind kind,
                               int element)
{
    const int *owners = kind == EK_REGISTER_BITS ? writer->bit_register : writer->qubit_register;
    return &writer->program->registers[kind][owners[element]];
}

static void write_element(struct qasm_writer *writer, ek_register_kind kind, int element)
{
    const ek_register *owner = find(writer, kind, element);
    ek_qasm_write_name(writer, owner->name);
    ek_text_printf(&writer->text, "[%d]", element - owner->first);
}

void ek_qasm_write_qubit(struct qasm_writer *writer, int qubit)
{
    write_element(writer, EK_REGISTER_QUBITS, writer->program->declared[qubit]);
}

void ek_qasm_write_bit(struct qasm_writer *writer, int bit)
{
    write_element(writer, EK_REGISTER_BITS, bit);
}

int ek_qasm_whole_register(const struct qasm_writer *writer, ek_register_kind kind, int first,
                           int count)
{
    const ek_register *owner = find(writer, kind, first);
    const bool whole = owner->first == first && owner->size == count;
    return whole ? (int)(owner - writer->program->registers[kind]) : -1;
}

/* ---- bits across registers ----------------------------------------------------------------- */

static bool crosses(const struct qasm_writer *writer, int first, int count)
{
    const ek_register *owner = find(writer, EK_REGISTER_BITS, first);
    return first + count > owner->first + owner->size;
}

/* One part of bits that lie in one register. */
static void write_part(struct qasm_writer *writer, int first, int count)
{
    const ek_register *owner = find(writer, EK_REGISTER_BITS, first);
    ek_qasm_write_name(writer, owner->name);
    if (count < owner->size)
        ek_text_printf(&writer->text, "[%d:%d]", first - owner->first,
                       first - owner->first + count - 1);
}

void ek_qasm_write_bits(struct qasm_writer *writer, int first, int count)
{
    if (crosses(writer, first, count))
        ek_text_printf(&writer->text, "__bits%d_%d", first, count);
    else
        write_part(writer, first, count);
}

static void write_alias(struct qasm_writer *writer, int first, int count)
{
    char name[64];
    snprintf(name, sizeof name, "let __bits%d_%d = ", first, count);
    if (!crosses(writer, first, count) || strstr(writer->text.bytes, name)) return;
    ek_text_printf(&writer->text, "%s", name);
    while (count > 0) {
        const ek_register *owner = find(writer, EK_REGISTER_BITS, first);
        const int here = owner->first + owner->size - first, part = here < count ? here : count;
        write_part(writer, first, part);
        first += part;
        count -= part;
        ek_text_printf(&writer->text, count > 0 ? " ++ " : ";\n");
    }
}

/* Names for the bits that expressions and assignments take from several registers. */
static void write_aliases(struct qasm_writer *writer)
{
    const ek_dynamic *program = writer->program;
    for (size_t i = 0; i < program->expression_count; i++)
        if (program->expressions[i].op == EK_EXPR_REGISTER)
            write_alias(writer, program->expressions[i].first, program->expressions[i].count);
    for (size_t i = 0; i < program->instruction_count; i++)
        if (program->instructions[i].kind == EK_DO_ASSIGN_BITS)
            write_alias(writer, program->instructions[i].target,
                        (int)program->instructions[i].count);
}

/* ---- declarations -------------------------------------------------------------------------- */

static ek_status write_register(struct qasm_writer *writer, ek_register_kind kind,
                                const ek_register *here)
{
    const bool of_bits = kind == EK_REGISTER_BITS, second = writer->version == 2;
    if (here->is_local && second)
        return EK_FAIL(EK_ERROR_UNSUPPORTED,
                       "bits that a block declares for itself (%s): "
                       "OpenQASM 2 has no blocks",
                       here->name);
    if (here->is_local) ek_text_printf(&writer->text, "@local\n");
    if (!second)
        ek_text_printf(&writer->text, of_bits ? "bit[%d] " : "qubit[%d] ", here->size);
    else
        ek_text_printf(&writer->text, of_bits ? "creg " : "qreg ");
    ek_qasm_write_name(writer, here->name);
    if (second) ek_text_printf(&writer->text, "[%d]", here->size);
    ek_text_printf(&writer->text, ";\n");
    return EK_OK;
}

static ek_status write_variable(struct qasm_writer *writer, const struct ek_variable *variable)
{
    static const char *const names[] = {"bool", "int", "uint", "float", "angle"};
    if (writer->version == 2)
        return EK_FAIL(EK_ERROR_UNSUPPORTED, "%s %s: OpenQASM 2 has only classical bits",
                       variable->is_input ? "the input" : "the variable", variable->name);
    if (variable->name[0] == '$') return EK_OK; /* a loop's own */
    ek_text_printf(&writer->text, "%s%s", variable->is_input ? "input " : "",
                   names[variable->declared]);
    if (variable->width > 0) ek_text_printf(&writer->text, "[%d]", variable->width);
    ek_text_printf(&writer->text, " ");
    ek_qasm_write_name(writer, variable->name);
    ek_text_printf(&writer->text, ";\n");
    return EK_OK;
}

static ek_status write_declarations(struct qasm_writer *writer)
{
    const ek_dynamic *program = writer->program;
    for (int kind = 0; kind < 2; kind++)
        for (size_t i = 0; i < program->register_count[kind]; i++)
            EK_TRY(write_register(writer, (ek_register_kind)kind, &program->registers[kind][i]));
    for (size_t i = 0; i < program->variable_count; i++)
        EK_TRY(write_variable(writer, &program->variables[i]));
    if (writer->version == 3) write_aliases(writer);
    return writer->text.status;
}

/* ---- all ----------------------------------------------------------------------------------- */

/* Which register each qubit (as declared) or bit belongs to. */
static ek_status list_owners(const ek_dynamic *program, ek_register_kind kind, int total,
                             int **owners)
{
    EK_TRY(EK_NEW(*owners, total));
    for (size_t r = 0; r < program->register_count[kind]; r++) {
        const ek_register *here = &program->registers[kind][r];
        for (int i = 0; i < here->size; i++) (*owners)[here->first + i] = (int)r;
    }
    return EK_OK;
}

static ek_status write_all(struct qasm_writer *writer)
{
    const ek_dynamic *program = writer->program;
    EK_TRY(list_owners(program, EK_REGISTER_QUBITS, program->declared_qubits,
                       &writer->qubit_register));
    EK_TRY(list_owners(program, EK_REGISTER_BITS, program->clbits, &writer->bit_register));
    ek_text_printf(&writer->text, writer->version == 2
                                      ? "OPENQASM 2.0;\ninclude \"qelib1.inc\";\n"
                                      : "OPENQASM 3.0;\ninclude \"stdgates.inc\";\n");
    EK_TRY(ek_qasm_write_definitions(writer));
    EK_TRY(write_declarations(writer));
    EK_TRY(ek_qasm_write_program(writer));
    return writer->text.status;
}

ek_status ek_qasm_write(const ek_dynamic *program, int version, char **text)
{
    struct qasm_writer writer = {.program = program, .version = version};
    if (version != 2 && version != 3)
        return EK_FAIL(EK_ERROR_ARGUMENT, "OpenQASM %d: there are versions 2 and 3", version);
    const locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = c ? uselocale(c) : (locale_t)0;
    const ek_status status = write_all(&writer);
    if (c) {
        uselocale(before);
        freelocale(c);
    }
    ek_release(writer.qubit_register);
    ek_release(writer.bit_register);
    if (status == EK_OK)
        *text = writer.text.bytes;
    else
        ek_text_clear(&writer.text);
    return status;
}
