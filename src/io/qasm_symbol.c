/* What names mean: each name has a stack of meanings, the innermost scope's on top. */
#include "io/qasm_resolve.h"

#include <string.h>

const char *ek_qasm_text(const struct ek_qasm *qasm, int name)
{
    return qasm->names.list[name].text;
}

void ek_qasm_scope_begin(struct ek_qasm *qasm, struct qasm_scope *scope)
{
    *scope = (struct qasm_scope){NULL, qasm->scope};
    qasm->scope = scope;
}

void ek_qasm_scope_end(struct ek_qasm *qasm)
{
    struct qasm_scope *scope = qasm->scope;
    while (scope->symbols) {
        struct qasm_symbol *old = scope->symbols;
        scope->symbols = old->sibling;
        qasm->names.list[old->name].symbol = old->shadowed;
        old->sibling = qasm->free_symbols;
        qasm->free_symbols = old;
    }
    qasm->scope = scope->outer;
}

struct qasm_symbol *ek_qasm_find(const struct ek_qasm *qasm, int name)
{
    return qasm->names.list[name].symbol;
}

static bool is_in_scope(const struct qasm_scope *scope, const struct qasm_symbol *symbol)
{
    for (const struct qasm_symbol *one = scope->symbols; one; one = one->sibling)
        if (one == symbol) return true;
    return false;
}

static ek_status fail_redeclared(struct ek_qasm *qasm, const struct qasm_symbol *old,
                                 struct qasm_place place)
{
    uint32_t line = 0, column = 0;
    EK_TRY(ek_qasm_locate(&qasm->sources, old->place, &line, &column));
    return FAIL_AT(qasm, place, "redefinition of '%s', which is %s since %s:%u:%u",
                   ek_qasm_text(qasm, old->name), ek_qasm_kind_name(old),
                   qasm->sources.list[old->place.file].path, line, column);
}

bool ek_qasm_is_constant_name(const char *name, int version)
{
    static const char *const names[] = {"pi",       "tau",      "euler",
                                        "\xCF\x80", "\xCF\x84", "\xE2\x84\x87"};
    const size_t count = version == 2 ? 1 : sizeof names / sizeof *names;
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

static struct qasm_symbol *new_symbol(struct ek_qasm *qasm)
{
    struct qasm_symbol *fresh = qasm->free_symbols;
    if (!fresh) return ek_qasm_arena_take(&qasm->keep, sizeof *fresh);
    qasm->free_symbols = fresh->sibling;
    *fresh = (struct qasm_symbol){0};
    return fresh;
}

ek_status ek_qasm_declare(struct ek_qasm *qasm, enum qasm_symbol_kind kind, int name,
                          struct qasm_place place, struct qasm_symbol **symbol)
{
    struct qasm_symbol *old = ek_qasm_find(qasm, name);
    if (old && is_in_scope(qasm->scope, old)) return fail_redeclared(qasm, old, place);
    if (ek_qasm_is_constant_name(ek_qasm_text(qasm, name), qasm->lexer.version))
        return FAIL_AT(qasm, place, "redefinition of '%s', which is a constant",
                       ek_qasm_text(qasm, name));
    struct qasm_symbol *fresh = new_symbol(qasm);
    if (!fresh) return EK_ERROR_MEMORY;
    *fresh = (struct qasm_symbol){.kind = (uint8_t)kind,
                                  .name = name,
                                  .place = place,
                                  .shadowed = old,
                                  .sibling = qasm->scope->symbols};
    qasm->scope->symbols = fresh;
    qasm->names.list[name].symbol = fresh;
    *symbol = fresh;
    return EK_OK;
}

const char *ek_qasm_kind_name(const struct qasm_symbol *symbol)
{
    switch (symbol->kind) {
    case QASM_IS_QUBITS:
        return symbol->single ? "a qubit" : "a register of qubits";
    case QASM_IS_BITS:
        return symbol->single ? "a bit" : "a register of bits";
    case QASM_IS_ALIAS:
        return symbol->of_bits ? "an alias of bits" : "an alias of qubits";
    case QASM_IS_VARIABLE:
        return "a variable";
    case QASM_IS_CONSTANT:
        return "a constant";
    case QASM_IS_GATE:
        return "a gate";
    case QASM_IS_FORMAL_ANGLE:
        return "a parameter of the gate";
    default:
        return "a qubit of the gate";
    }
}

ek_status ek_qasm_fail_unknown(struct ek_qasm *qasm, int name, struct qasm_place place,
                               const char *expected)
{
    return FAIL_AT(qasm, place, "'%s' is not declared, expected %s", ek_qasm_text(qasm, name),
                   expected);
}
