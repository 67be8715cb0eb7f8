/* Nodes of the tree that the grammar builds, and its complaints. */
#include "io/qasm_parse.h"

#include <string.h>

static void note(struct ek_qasm *qasm, ek_status status)
{
    if (qasm->status == EK_OK) qasm->status = status;
}

static void *take(struct ek_qasm *qasm, size_t bytes)
{
    void *memory = ek_qasm_arena_take(&qasm->scratch, bytes);
    if (!memory) note(qasm, EK_ERROR_MEMORY);
    return memory;
}

/* ---- expressions --------------------------------------------------------------------------- */

static unsigned depth_of_list(const struct qasm_expr *list)
{
    unsigned depth = 0;
    for (; list; list = list->next)
        if (list->depth > depth) depth = list->depth;
    return depth;
}

struct qasm_expr *ek_qasm_expr(struct ek_qasm *qasm, enum qasm_expr_kind kind,
                               struct qasm_place place, struct qasm_expr *left,
                               struct qasm_expr *right)
{
    const unsigned below_left = depth_of_list(left), below_right = depth_of_list(right);
    const unsigned depth = 1 + (below_left > below_right ? below_left : below_right);
    struct qasm_expr *fresh = take(qasm, sizeof *fresh);
    if (!fresh) return NULL;
    *fresh = (struct qasm_expr){.kind = (uint8_t)kind,
                                .place = place,
                                .left = left,
                                .right = right,
                                .depth = (uint16_t)depth};
    if (depth <= QASM_DEPTH_MAX) return fresh;
    note(qasm, FAIL_AT(qasm, place, "an expression nested deeper than %d; name its parts",
                       QASM_DEPTH_MAX));
    return NULL;
}

struct qasm_expr *ek_qasm_unary(struct ek_qasm *qasm, enum qasm_operator op,
                                struct qasm_place place, struct qasm_expr *operand)
{
    struct qasm_expr *fresh = ek_qasm_expr(qasm, QASM_EXPR_UNARY, place, operand, NULL);
    if (fresh) fresh->op = (uint8_t)op;
    return fresh;
}

struct qasm_expr *ek_qasm_binary(struct ek_qasm *qasm, enum qasm_operator op,
                                 struct qasm_place place, struct qasm_expr *left,
                                 struct qasm_expr *right)
{
    struct qasm_expr *fresh = ek_qasm_expr(qasm, QASM_EXPR_BINARY, place, left, right);
    if (fresh) fresh->op = (uint8_t)op;
    return fresh;
}

struct qasm_expr *ek_qasm_call(struct ek_qasm *qasm, int name, struct qasm_place place,
                               struct qasm_expr *arguments)
{
    struct qasm_expr *fresh = ek_qasm_expr(qasm, QASM_EXPR_CALL, place, arguments, NULL);
    if (fresh) fresh->name = name;
    return fresh;
}

struct qasm_exprs ek_qasm_append(struct qasm_exprs list, struct qasm_expr *expr)
{
    list.last->next = expr;
    list.last = expr;
    return list;
}

int ek_qasm_pow_name(const struct ek_qasm *qasm)
{
    return qasm->lexer.pow_name;
}

/* ---- statements ---------------------------------------------------------------------------- */

struct qasm_statement *ek_qasm_statement(struct ek_qasm *qasm, enum qasm_statement_kind kind,
                                         struct qasm_place place)
{
    struct qasm_statement *fresh = take(qasm, sizeof *fresh);
    if (!fresh) return NULL;
    fresh->kind = (uint8_t)kind;
    fresh->place = place;
    fresh->depth = 1;
    /* Annotations belong to the statement that they stand before: loops and declarations end the
     * statements that they have seen themselves. */
    if (kind == QASM_DO_WHILE || kind == QASM_DO_DECLARE || kind == QASM_DO_BITS) {
        fresh->bound = qasm->lexer.bound;
        fresh->is_local = qasm->lexer.is_local;
        qasm->lexer.bound = 0;
        qasm->lexer.is_local = false;
    }
    return fresh;
}

struct qasm_statement *ek_qasm_declaration(struct ek_qasm *qasm, int kind, struct qasm_place place,
                                           const struct qasm_expr *name)
{
    struct qasm_statement *fresh = ek_qasm_statement(qasm, (enum qasm_statement_kind)kind, place);
    if (!fresh) return NULL;
    fresh->name = name->name;
    fresh->name_place = name->place;
    return fresh;
}

struct qasm_statement *ek_qasm_deepen(struct ek_qasm *qasm, struct qasm_statement *statement)
{
    const struct qasm_statement *const lists[] = {statement->body, statement->otherwise};
    for (int i = 0; i < 2; i++)
        for (const struct qasm_statement *one = lists[i]; one; one = one->next)
            if (one->depth >= statement->depth) statement->depth = (uint16_t)(one->depth + 1);
    if (statement->depth <= QASM_DEPTH_MAX) return statement;
    note(qasm,
         FAIL_AT(qasm, statement->place, "statements nested deeper than %d", QASM_DEPTH_MAX));
    return NULL;
}

struct qasm_modifier *ek_qasm_modifier(struct ek_qasm *qasm, enum qasm_modifier_kind kind,
                                       struct qasm_place place, struct qasm_expr *argument)
{
    struct qasm_modifier *fresh = take(qasm, sizeof *fresh);
    if (!fresh) return NULL;
    *fresh = (struct qasm_modifier){.kind = kind, .place = place, .argument = argument};
    return fresh;
}

/* ---- complaints ---------------------------------------------------------------------------- */

/* Words as they are; signs and keywords in quotes, which those that begin with an article are not.
 */
static void append_token(struct ek_text *text, const char *token)
{
    const bool is_described = strncmp(token, "a ", 2) == 0 || strncmp(token, "an ", 3) == 0 ||
                              strncmp(token, "the ", 4) == 0 || token[0] == '\'';
    ek_text_printf(text, is_described ? "%s" : "'%s'", token);
}

/* The name or number itself, where the token stands for many. */
static void append_found(struct ek_qasm *qasm, struct qasm_place place, const char *token,
                         struct ek_text *text)
{
    enum { SHOWN = 24 };
    const struct qasm_place end = qasm->lexer.last_end;
    const struct qasm_source *source = &qasm->sources.list[place.file];
    const bool is_class = strncmp(token, "a", 1) == 0 && strchr(token, ' ');
    if (!is_class || end.file != place.file || end.offset <= place.offset) {
        append_token(text, token);
        return;
    }
    const uint32_t length = end.offset - place.offset;
    ek_text_printf(text, "'%.*s%s'", (int)(length > SHOWN ? SHOWN : length),
                   source->text + place.offset, length > SHOWN ? "..." : "");
}

static bool is_among(const char *token, int count, const char *const *expected)
{
    for (int i = 0; i < count; i++)
        if (strcmp(token, expected[i]) == 0) return true;
    return false;
}

/* A missing semicolon is missed behind the token before, if that stands on a line before. */
static bool misses_semicolon(struct ek_qasm *qasm, struct qasm_place place, int count,
                             const char *const *expected, struct qasm_place *before)
{
    uint32_t line, column, line_before;
    *before = qasm->lexer.before_end;
    if (!is_among("';'", count, expected) || before->file != place.file) return false;
    if (is_among("gate", count, expected)) return false; /* a statement may begin here */
    return ek_qasm_locate(&qasm->sources, *before, &line_before, &column) == EK_OK &&
           ek_qasm_locate(&qasm->sources, place, &line, &column) == EK_OK && line_before < line;
}

static const char *const operators[] = {
    "'+'", "'-'", "'*'", "'/'", "'%'", "**",  "<<",  ">>", "'<'", "'>'",
    "<=",  ">=",  "==",  "!=",  "'&'", "'^'", "'|'", "&&", "||",  NULL};
static const char *const beginnings[] = {
    "'-'",   "'!'", "'~'", "'+'",  "'('", "a name", "an integer", "a number", "a string", "true",
    "false", "pow", "bit", "bool", "int", "uint",   "float",      "angle",    NULL};
static const char *const old_foreign[] = {"an assignment", "'='", "'{'", NULL};

static bool is_in(const char *token, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(token, *list) == 0) return true;
    return false;
}

/* What is expected, in few words: kinds of tokens by what they are for. */
static int summarize(const struct ek_qasm *qasm, int count, const char *const *expected,
                     const char **summary)
{
    const bool statement = is_among("reset", count, expected) && is_among("gate", count, expected);
    const bool expression =
        is_among("an integer", count, expected) && is_among("'('", count, expected);
    const bool operation = is_among("'*'", count, expected) && is_among("'/'", count, expected);
    int kept = 0;
    if (statement)
        summary[kept++] = "a statement";
    else if (expression)
        summary[kept++] = "an expression";
    if (operation) summary[kept++] = "an operator";
    for (int i = 0; !statement && i < count; i++) {
        if (expression && is_in(expected[i], beginnings)) continue;
        if (operation && is_in(expected[i], operators)) continue;
        if (qasm->lexer.version == 2 && is_in(expected[i], old_foreign)) continue;
        summary[kept++] = expected[i];
    }
    if (statement && is_among("'}'", count, expected)) summary[kept++] = "'}'";
    return kept;
}

static void say_expected(int count, const char *const *expected, struct ek_text *text)
{
    ek_text_printf(text, "expected ");
    for (int i = 0; i < count; i++) {
        if (i > 0) ek_text_printf(text, i + 1 < count ? ", " : " or ");
        append_token(text, expected[i]);
    }
    ek_text_printf(text, ", found ");
}

/* In version 2 a statement may begin with a word of version 3, a name like any other. */
static bool is_foreign(const struct ek_qasm *qasm)
{
    const int name = qasm->lexer.statement_name;
    return qasm->lexer.version == 2 && name >= 0 && qasm->names.list[name].keyword3 != 0;
}

void ek_qasm_report_syntax(struct ek_qasm *qasm, struct qasm_place place, const char *found,
                           int count, const char *const *expected)
{
    enum { MOST = 128, SHOWN = 6 };
    const char *summary[MOST + 2];
    struct ek_text text = {0};
    struct qasm_place before;
    if (qasm->status != EK_OK) return;
    if (is_foreign(qasm)) {
        note(qasm, FAIL_AT(qasm, qasm->lexer.statement_place,
                           "'%s' is of OpenQASM 3, and this is version 2.0",
                           ek_qasm_text(qasm, qasm->lexer.statement_name)));
        return;
    }
    if (misses_semicolon(qasm, place, count, expected, &before)) {
        note(qasm, FAIL_AT(qasm, before, "expected ';' at the end of the statement"));
        return;
    }
    const int kept = summarize(qasm, count < MOST ? count : MOST, expected, summary);
    if (kept > 0 && kept <= SHOWN)
        say_expected(kept, summary, &text);
    else
        ek_text_printf(&text, "unexpected ");
    append_found(qasm, place, found, &text);
    note(qasm, text.status == EK_OK ? FAIL_AT(qasm, place, "%s", text.bytes) : text.status);
    ek_text_clear(&text);
}

void ek_qasm_report_nesting(struct ek_qasm *qasm, struct qasm_place place)
{
    if (qasm->status == EK_OK)
        note(qasm, FAIL_AT(qasm, place, "nested too deeply; name the parts"));
}
