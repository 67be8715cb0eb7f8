#define _POSIX_C_SOURCE 200809L
/* Malformed programs are refused at their place, in words that say why; the line and a caret
 * follow.
 */
#include "io/qasm_bad.h"
#include "io/qasm_text.h"
#include "support/harness.h"

#include <exaket/qasm.h>
#include <stdlib.h>
#include <string.h>

static ek_status parse(const char *text, ek_dynamic **program)
{
    return ek_qasm_parse("test.qasm", text, strlen(text), program);
}

static void check_refused(const char *prefix, const struct qasm_bad *bad)
{
    char *text = malloc(strlen(prefix) + strlen(bad->text) + 1), place[64];
    ek_dynamic *program = NULL;
    strcpy(text, prefix);
    strcat(text, bad->text);
    snprintf(place, sizeof place, "test.qasm:%d:%d: ", bad->line, bad->column);
    CHECK_STATUS(parse(text, &program), EK_ERROR_PARSE);
    CHECK(program == NULL);
    const char *message = ek_last_message();
    const int right = strncmp(message, place, strlen(place)) == 0 && strstr(message, bad->words);
    if (!right)
        fprintf(stderr, "\n%sgave %s\nexpected %s%s\n", bad->text, message, place, bad->words);
    CHECK(right);
    ek_dynamic_destroy(&program);
    free(text);
}

static void test_version_2(void)
{
    for (size_t i = 0; i < qasm_bad_old_count; i++) check_refused(QASM_OLD, &qasm_bad_old[i]);
}

static void test_version_3(void)
{
    for (size_t i = 0; i < qasm_bad_new_count; i++) check_refused(QASM_NEW, &qasm_bad_new[i]);
}

static void test_whole_files(void)
{
    for (size_t i = 0; i < qasm_bad_whole_count; i++) check_refused("", &qasm_bad_whole[i]);
}

/* ---- how it looks -------------------------------------------------------------------------- */

static void check_message(const char *text, const char *expected)
{
    ek_dynamic *program = NULL;
    CHECK_STATUS(parse(text, &program), EK_ERROR_PARSE);
    if (!CHECK(strcmp(ek_last_message(), expected) == 0))
        fprintf(stderr, "\ngot:\n%s\nexpected:\n%s\n", ek_last_message(), expected);
}

static void test_the_line_and_a_caret_follow(void)
{
    check_message(QASM_OLD "\tcx q[0], d[1];\n",
                  "test.qasm:5:11: 'd' is not declared, expected a register\n"
                  "   cx q[0], d[1];\n"
                  "            ^");
    check_message("OPENQASM 3.0;\nqubit π2; /* é */ U(1,2) π2;",
                  "test.qasm:2:19: 'U' with 2 parameters, expected 3\n"
                  "  qubit π2; /* é */ U(1,2) π2;\n"
                  "                    ^");
    check_message("qreg q[1];\nh q;\n",
                  "test.qasm:2:1: unknown gate 'h'; include \"qelib1.inc\" brings it (no OPENQASM "
                  "header: read as version 2.0)\n"
                  "  h q;\n"
                  "  ^");
}

/* A part of a long line around the place; bytes that are no text are shown as question marks. */
static void test_long_lines_are_cut(void)
{
    char *text = malloc(200000);
    strcpy(text, "OPENQASM 3.0; qubit q;");
    for (int i = 0; i < 5000; i++) strcat(text + 20 * i, " U(1, 2, 3) q; /* */ ");
    strcat(text, "wrong q; // \xFF\xFE\n");
    ek_dynamic *program = NULL;
    CHECK_STATUS(parse(text, &program), EK_ERROR_PARSE);
    const char *message = ek_last_message(), *line = strchr(message, '\n'), *wrong, *caret;
    CHECK(strstr(message, "unknown gate 'wrong'") != NULL);
    CHECK(line != NULL && strncmp(line, "\n  ...", 6) == 0);
    wrong = line ? strstr(line, "wrong q;") : NULL;
    caret = line ? strchr(line, '^') : NULL;
    CHECK(wrong != NULL && strchr(line, '?') != NULL && strlen(message) < 400);
    const char *caret_line = line ? strchr(line + 1, '\n') : NULL;
    CHECK(wrong && caret && caret_line && caret - caret_line == wrong - line);
    free(text);
}

/* A line of bytes that continue no character, with the place at its end: nothing is read behind
 * the text, which a sanitizer would see. */
static void test_end_of_a_long_line(void)
{
    enum { LENGTH = 400 };
    char *text = malloc(LENGTH);
    ek_dynamic *program = NULL;
    memset(text, '\x9D', LENGTH);
    memcpy(text, "//", 2);
    CHECK_STATUS(ek_qasm_parse("test.qasm", text, LENGTH, &program), EK_ERROR_PARSE);
    CHECK(strstr(ek_last_message(), "without declaring a qubit") != NULL);
    CHECK(program == NULL);
    free(text);
}

static char *repeat(const char *begin, const char *part, int times, const char *end)
{
    char *text = malloc(strlen(begin) + strlen(part) * (size_t)times + strlen(end) + 1);
    char *at = stpcpy(text, begin);
    for (int i = 0; i < times; i++) at = stpcpy(at, part);
    strcpy(at, end);
    return text;
}

/* What is nested without end is refused, not followed until memory ends. */
static void test_deep_nesting_is_refused(void)
{
    static const struct {
        const char *begin, *part, *end;
    } deep[] = {{QASM_NEW "rx(", "(", "1) q[0];"},
                {QASM_NEW "rx(", "-", "1) q[0];"},
                {QASM_NEW "rx(1", "+1", ") q[0];"},
                {QASM_NEW "rx(2", "**2", ") q[0];"},
                {QASM_NEW "", "if (c[0]) ", "x q[0];"},
                {QASM_NEW "", "{", ""},
                {QASM_NEW "switch (c) { case 0", ", c", " { } }"},
                {QASM_NEW "rx(", "sin(", "1) q[0];"},
                {QASM_NEW "x q[", "c[", "1]];"},
                {QASM_NEW "rx(", "int(", "1) q[0];"},
                {QASM_NEW "", "while (c[0]) ", "x q[0];"},
                {QASM_NEW "", "for int i in [0:1] ", "x q[0];"},
                {QASM_NEW "", "if (c[0]) x q[0]; else ", "x q[1];"}};
    for (size_t i = 0; i < sizeof deep / sizeof *deep; i++) {
        ek_dynamic *program = NULL;
        char *text = repeat(deep[i].begin, deep[i].part, 20000, deep[i].end);
        CHECK_STATUS(parse(text, &program), EK_ERROR_PARSE);
        if (!CHECK(strstr(ek_last_message(), "nested") || strstr(ek_last_message(), "expected") ||
                   strstr(ek_last_message(), "more than 1024 labels")))
            fprintf(stderr, "%s: %s\n", deep[i].part, ek_last_message());
        free(text);
    }
}

/* Programs that grow without end are refused, in a time that tests can wait. */
static void test_unbounded_growth_is_refused(void)
{
    char text[8192] = QASM_NEW "gate g0 a { x a; }\n", line[64];
    ek_dynamic *program = NULL;
    for (int i = 1; i <= 40; i++) {
        snprintf(line, sizeof line, "gate g%d a { g%d a; g%d a; }\n", i, i - 1, i - 1);
        strcat(text, line);
    }
    strcat(text, "g40 q[0];\n");
    CHECK_STATUS(parse(text, &program), EK_ERROR_PARSE);
    CHECK(strstr(ek_last_message(), "test.qasm:46:1: ") == ek_last_message());
    CHECK(strstr(ek_last_message(), "20000000 operations") != NULL);
    CHECK_STATUS(parse(QASM_NEW "pow(1e18) @ g q[0];", &program), EK_ERROR_PARSE);
    CHECK_STATUS(parse(QASM_NEW "gate g a { x a; y a; }\npow(1e18) @ g q[0];", &program),
                 EK_ERROR_PARSE);
    CHECK_STATUS(parse(QASM_NEW "gate g a { }\npow(1e18) @ g q[0];", &program), EK_ERROR_PARSE);
    /* Empty rounds of loops count as well. */
    CHECK_STATUS(parse(QASM_NEW "for int i in [0:100000] for int j in [0:100000] { }", &program),
                 EK_ERROR_PARSE);
    CHECK(strstr(ek_last_message(), "unroll to more than 20000000 operations") != NULL);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"mistakes in programs of version 2", test_version_2},
        {"mistakes in programs of version 3", test_version_3},
        {"mistakes of whole files", test_whole_files},
        {"the line and a caret follow", test_the_line_and_a_caret_follow},
        {"long lines are cut", test_long_lines_are_cut},
        {"the end of a long line", test_end_of_a_long_line},
        {"deep nesting is refused", test_deep_nesting_is_refused},
        {"unbounded growth is refused", test_unbounded_growth_is_refused},
    };
    return test_main(argc, argv, "io: malformed OpenQASM", cases, sizeof cases / sizeof *cases);
}
