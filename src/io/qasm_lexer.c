#include "io/qasm_lexer.h"

#include "io/qasm_grammar.h"
#include "io/qasm_scanner.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- files --------------------------------------------------------------------------------- */

static void close_scanner(struct qasm_scanner *scanner)
{
    if (scanner->flex) ek_qasm_flex_lex_destroy(scanner->flex);
    ek_release(scanner->buffer);
    ek_release(scanner);
}

static ek_status open_scanner(struct ek_qasm *qasm, int file, struct qasm_scanner *scanner)
{
    const struct qasm_source *source = &qasm->sources.list[file];
    yyscan_t flex = NULL;
    EK_TRY(EK_NEW_RAW(scanner->buffer, source->length + 2));
    if (source->length > 0) memcpy(scanner->buffer, source->text, source->length);
    memset(scanner->buffer + source->length, 0, 2); /* flex wants two */
    scanner->file = file;
    ek_qasm_flex_lex_init_extra(scanner, &flex);
    scanner->flex = flex;
    ek_qasm_flex__scan_buffer(scanner->buffer, source->length + 2, flex);
    const bool marked = source->length >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0;
    if (marked) memset(scanner->buffer, ' ', 3);
    return EK_OK;
}

ek_status ek_qasm_open(struct ek_qasm *qasm, int file)
{
    struct qasm_scanner *scanner = NULL;
    EK_TRY(EK_NEW(scanner, 1));
    const ek_status status = open_scanner(qasm, file, scanner);
    if (status == EK_OK)
        qasm->lexer.open[qasm->lexer.depth++] = scanner;
    else
        close_scanner(scanner);
    return status;
}

void ek_qasm_close_all(struct ek_qasm *qasm)
{
    while (qasm->lexer.depth > 0) close_scanner(qasm->lexer.open[--qasm->lexer.depth]);
}

/* ---- keywords ------------------------------------------------------------------------------ */

struct keyword {
    const char *text;
    int token2, token3; /* by version; 0: a name like any other */
};

#define BOTH(text, token)                                                                         \
    {                                                                                             \
        text, QASM_TOKEN_##token, QASM_TOKEN_##token                                              \
    }
#define ONLY3(text, token)                                                                        \
    {                                                                                             \
        text, 0, QASM_TOKEN_##token                                                               \
    }
#define REFUSED(text)                                                                             \
    {                                                                                             \
        text, 0, QASM_TOKEN_UNSUPPORTED                                                           \
    }

static const struct keyword keywords[] = {
    BOTH("OPENQASM", OPENQASM),
    BOTH("include", INCLUDE),
    BOTH("qreg", QREG),
    BOTH("creg", CREG),
    BOTH("gate", GATE),
    BOTH("measure", MEASURE),
    BOTH("reset", RESET),
    BOTH("barrier", BARRIER),
    BOTH("if", IF),
    {"opaque", QASM_TOKEN_OPAQUE, 0},
    ONLY3("else", ELSE),
    ONLY3("for", FOR),
    ONLY3("in", IN),
    ONLY3("while", WHILE),
    ONLY3("switch", SWITCH),
    ONLY3("case", CASE),
    ONLY3("default", DEFAULT),
    ONLY3("break", BREAK),
    ONLY3("continue", CONTINUE),
    ONLY3("end", END),
    ONLY3("qubit", QUBIT),
    ONLY3("bit", BIT),
    ONLY3("bool", BOOL),
    ONLY3("int", INT),
    ONLY3("uint", UINT),
    ONLY3("float", FLOAT),
    ONLY3("angle", ANGLE),
    ONLY3("const", CONST),
    ONLY3("input", INPUT),
    ONLY3("output", OUTPUT),
    ONLY3("let", LET),
    ONLY3("nop", NOP),
    ONLY3("ctrl", CTRL),
    ONLY3("negctrl", NEGCTRL),
    ONLY3("inv", INV),
    ONLY3("pow", POW),
    ONLY3("true", TRUE_WORD),
    ONLY3("false", FALSE_WORD),
    REFUSED("def"),
    REFUSED("return"),
    REFUSED("extern"),
    REFUSED("box"),
    REFUSED("delay"),
    REFUSED("duration"),
    REFUSED("stretch"),
    REFUSED("durationof"),
    REFUSED("cal"),
    REFUSED("defcal"),
    REFUSED("defcalgrammar"),
    REFUSED("array"),
    REFUSED("complex"),
    REFUSED("readonly"),
    REFUSED("mutable"),
    REFUSED("void"),
};

ek_status ek_qasm_add_keywords(struct ek_qasm *qasm)
{
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        int name;
        EK_TRY(ek_qasm_name(&qasm->names, keywords[i].text, strlen(keywords[i].text), &name));
        qasm->names.list[name].keyword2 = keywords[i].token2;
        qasm->names.list[name].keyword3 = keywords[i].token3;
    }
    return ek_qasm_name(&qasm->names, "pow", 3, &qasm->lexer.pow_name);
}

bool ek_qasm_is_word(const char *name, int version)
{
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (strcmp(keywords[i].text, name) == 0)
            return (version == 2 ? keywords[i].token2 : keywords[i].token3) != 0;
    return ek_qasm_is_constant_name(name, version);
}

/* ---- values of tokens ---------------------------------------------------------------------- */

struct spelling {
    const char *text;
    uint32_t length;
};

/* Fails the reader; the token of a failure ends the parse. */
#define REFUSE(qasm, place, ...) refuse(qasm, FAIL_AT(qasm, place, __VA_ARGS__))
static int refuse(struct ek_qasm *qasm, ek_status status)
{
    if (qasm->status == EK_OK) qasm->status = status;
    return QASM_TOKEN_BAD_BYTE;
}

/* The digits without the underscores that may part them, null-terminated. */
static bool copy_digits(struct spelling spelling, char *out, size_t size)
{
    size_t length = 0;
    for (uint32_t i = 0; i < spelling.length; i++) {
        if (spelling.text[i] == '_') continue;
        if (length + 1 == size) return false;
        out[length++] = spelling.text[i];
    }
    out[length] = '\0';
    return true;
}

static int read_integer(struct ek_qasm *qasm, struct qasm_place place, struct spelling spelling,
                        uint64_t *value)
{
    char digits[80];
    const char *from = digits;
    int base = 10;
    if (copy_digits(spelling, digits, sizeof digits)) {
        const char mark = digits[0] == '0' ? digits[1] : '\0';
        if (mark == 'x' || mark == 'X')
            base = 16;
        else if (mark == 'b' || mark == 'B')
            base = 2;
        else if (mark == 'o' || mark == 'O')
            base = 8;
        if (base != 10) from += 2;
        errno = 0;
        *value = strtoull(from, NULL, base);
        if (errno == 0) return QASM_TOKEN_INTEGER;
    }
    return REFUSE(qasm, place, "an integer beyond 64 bits");
}

static int read_real(struct ek_qasm *qasm, struct qasm_place place, struct spelling spelling,
                     double *value)
{
    char digits[400];
    if (!copy_digits(spelling, digits, sizeof digits))
        return REFUSE(qasm, place, "a number of %u characters; at most %zu", spelling.length,
                      sizeof digits - 1);
    *value = strtod(digits, NULL);
    if (!isfinite(*value)) return REFUSE(qasm, place, "a number beyond the range of a double");
    return QASM_TOKEN_REAL;
}

static int read_compound(struct spelling spelling)
{
    static const struct {
        const char *text;
        enum qasm_operator op;
    } known[] = {{"+", QASM_OP_ADD},         {"-", QASM_OP_SUBTRACT},     {"*", QASM_OP_MULTIPLY},
                 {"/", QASM_OP_DIVIDE},      {"%", QASM_OP_REMAINDER},    {"&", QASM_OP_BIT_AND},
                 {"|", QASM_OP_BIT_OR},      {"^", QASM_OP_BIT_XOR},      {"~", QASM_OP_INVERT},
                 {"<<", QASM_OP_SHIFT_LEFT}, {">>", QASM_OP_SHIFT_RIGHT}, {"**", QASM_OP_POWER}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].text) == spelling.length - 1 &&
            memcmp(known[i].text, spelling.text, spelling.length - 1) == 0)
            return (int)known[i].op;
    return QASM_OP_NONE;
}

/* The version of the header. Its number may look like an integer or a real. */
static int read_version(struct ek_qasm *qasm, struct qasm_place place, struct spelling spelling)
{
    const int version = spelling.text[0] - '0';
    const bool is_minor =
        spelling.length == 1 || (spelling.length == 3 && spelling.text[1] == '.' &&
                                 (version == 3 || spelling.text[2] == '0'));
    if ((version != 2 && version != 3) || !is_minor)
        return REFUSE(qasm, place, "version %.*s; versions 2.0 and 3.x are read",
                      (int)(spelling.length > 24 ? 24 : spelling.length), spelling.text);
    if (qasm->sources.knows_header && version != qasm->lexer.version)
        return REFUSE(qasm, place, "version %d within a program of version %d", version,
                      qasm->lexer.version);
    qasm->lexer.version = version;
    qasm->sources.knows_header = qasm->sources.has_header = true;
    return QASM_TOKEN_VERSION;
}

/* ---- annotations --------------------------------------------------------------------------- */

/* "@bound 1000" and "@local"; all others are for other readers. */
static int read_annotation(struct ek_qasm *qasm, struct qasm_place place, struct spelling spelling)
{
    char words[64], *end;
    if (spelling.length >= sizeof words) return 0;
    memcpy(words, spelling.text, spelling.length);
    words[spelling.length] = '\0';
    if (strncmp(words, "@local", 6) == 0 && words[6 + strspn(words + 6, " \t")] == '\0')
        qasm->lexer.is_local = true;
    if (strncmp(words, "@bound", 6) != 0 || !strchr(" \t", words[6])) return 0;
    const char *digits = words + 6 + strspn(words + 6, " \t");
    errno = 0;
    qasm->lexer.bound = strtoull(digits, &end, 10);
    end += strspn(end, " \t");
    if (*digits < '0' || *digits > '9' || *end != '\0' || errno != 0 || qasm->lexer.bound == 0)
        return REFUSE(qasm, place, "expected the most iterations of a loop, such as @bound 1000");
    return 0;
}

/* ---- tokens -------------------------------------------------------------------------------- */

static int refuse_word(struct ek_qasm *qasm, struct qasm_place place, struct spelling spelling)
{
    return REFUSE(qasm, place, "'%.*s' is not supported", (int)spelling.length, spelling.text);
}

static int read_word(struct ek_qasm *qasm, struct qasm_place place, struct spelling spelling,
                     int *name)
{
    const ek_status status = ek_qasm_name(&qasm->names, spelling.text, spelling.length, name);
    if (status != EK_OK) return refuse(qasm, status);
    const struct qasm_name *found = &qasm->names.list[*name];
    const int keyword = qasm->lexer.version == 2 ? found->keyword2 : found->keyword3;
    if (keyword == QASM_TOKEN_UNSUPPORTED) return refuse_word(qasm, place, spelling);
    return keyword ? keyword : QASM_TOKEN_NAME;
}

static int refuse_token(struct ek_qasm *qasm, struct qasm_place place, struct spelling spelling,
                        int token)
{
    const unsigned char byte = (unsigned char)spelling.text[0];
    const int shown = (int)(spelling.length > 24 ? 24 : spelling.length);
    switch (token) {
    case QASM_TOKEN_OPEN_COMMENT:
        return REFUSE(qasm, place, "a comment that is never closed");
    case QASM_TOKEN_OPEN_STRING:
        return REFUSE(qasm, place, "a string that is not closed on its line");
    case QASM_TOKEN_BAD_NUMBER:
        return REFUSE(qasm, place,
                      "'%.*s' is no number; times and imaginary numbers are not "
                      "supported",
                      shown, spelling.text);
    case QASM_TOKEN_HARDWARE_QUBIT:
        return REFUSE(qasm, place, "the hardware qubit %.*s is not supported; declare a register",
                      shown, spelling.text);
    default:
        if (byte > 0x20 && byte < 0x7F)
            return REFUSE(qasm, place, "'%c' is no part of the language", byte);
        return REFUSE(qasm, place, "the byte 0x%02X is no part of the language", byte);
    }
}

static int read_token(struct ek_qasm *qasm, int token, struct qasm_place place,
                      struct spelling spelling, EK_QASM_GRAMMAR_STYPE *value)
{
    const bool is_number = token == QASM_TOKEN_INTEGER || token == QASM_TOKEN_REAL;
    if (is_number && qasm->lexer.last == QASM_TOKEN_OPENQASM)
        return read_version(qasm, place, spelling);
    switch (token) {
    case QASM_TOKEN_WORD:
        return read_word(qasm, place, spelling, &value->name);
    case QASM_TOKEN_INTEGER:
        return read_integer(qasm, place, spelling, &value->integer);
    case QASM_TOKEN_REAL:
        return read_real(qasm, place, spelling, &value->real);
    case QASM_TOKEN_STRING:
        value->string = (struct qasm_string){spelling.text + 1, spelling.length - 2};
        return token;
    case QASM_TOKEN_COMPOUND:
        value->op = read_compound(spelling);
        return token;
    case QASM_TOKEN_POWER:
        if (qasm->lexer.version == 2)
            return REFUSE(qasm, place, "'**' is of OpenQASM 3; version 2 writes '^'");
        return token;
    case '^':
        return qasm->lexer.version == 2 ? QASM_TOKEN_POWER : '^';
    case QASM_TOKEN_OPEN_COMMENT:
    case QASM_TOKEN_OPEN_STRING:
    case QASM_TOKEN_BAD_NUMBER:
    case QASM_TOKEN_BAD_BYTE:
    case QASM_TOKEN_HARDWARE_QUBIT:
        return refuse_token(qasm, place, spelling, token);
    default:
        return token;
    }
}

static bool ends_statement(int token)
{
    return token == 0 || token == ';' || token == '{' || token == '}';
}

/* The next token of the files that are open; what is skipped ends as 0 in `*skipped`. */
static int scan(struct ek_qasm *qasm, struct qasm_place *place, struct spelling *spelling)
{
    for (;;) {
        struct qasm_scanner *here = qasm->lexer.open[qasm->lexer.depth - 1];
        here->begins_statement = ends_statement(qasm->lexer.last) && qasm->lexer.version == 3;
        const int token = ek_qasm_flex_lex(here->flex);
        if (token == 0) here->start = here->at;
        *place = (struct qasm_place){here->file, here->start};
        *spelling = (struct spelling){qasm->sources.list[here->file].text + here->start,
                                      here->at - here->start};
        if (token == 0 && qasm->lexer.depth > 1) {
            close_scanner(here);
            qasm->lexer.depth--;
            continue;
        }
        if (token == QASM_TOKEN_PRAGMA) continue;
        if (token == QASM_TOKEN_ANNOTATION && read_annotation(qasm, *place, *spelling) == 0)
            continue;
        return token;
    }
}

int ek_qasm_grammar_lex(EK_QASM_GRAMMAR_STYPE *value, struct qasm_place *place,
                        struct ek_qasm *qasm)
{
    struct spelling spelling;
    struct qasm_lexer *lexer = &qasm->lexer;
    int token = scan(qasm, place, &spelling);
    if (token == QASM_TOKEN_ANNOTATION)
        token = QASM_TOKEN_BAD_BYTE; /* a wrong one */
    else if (token != 0)
        token = read_token(qasm, token, *place, spelling, value);
    if (token == QASM_TOKEN_OPENQASM && qasm->sources.knows_header && lexer->last != 0 &&
        lexer->depth == 1)
        token = REFUSE(qasm, *place, "the OPENQASM header stands first in a file");
    else if (token != QASM_TOKEN_OPENQASM && lexer->last != QASM_TOKEN_OPENQASM)
        qasm->sources.knows_header = true;
    if (ends_statement(lexer->last)) {
        lexer->statement_name = token == QASM_TOKEN_NAME ? value->name : -1;
        lexer->statement_place = *place;
    }
    lexer->before_end = lexer->last_end;
    lexer->last_end = (struct qasm_place){place->file, place->offset + spelling.length};
    lexer->last = token;
    return token;
}
