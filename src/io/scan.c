#include "io/scan.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- where --------------------------------------------------------------------------------- */

static bool is_line_end(char byte) { return byte == '\n' || byte == '\r'; }

/* The byte behind a line end. */
static const char *after_line_end(const char *at, const char *end)
{
    const bool pair = at[0] == '\r' && at + 1 < end && at[1] == '\n';
    return at + (pair ? 2 : 1);
}

static const char *skip_byte_order_mark(const ek_file *file)
{
    const bool marked = file->length >= 3 && memcmp(file->bytes, "\xEF\xBB\xBF", 3) == 0;
    return file->bytes + (marked ? 3 : 0);
}

/* Line and column of a byte, from 1; a column is a character of UTF-8, not a byte. */
static void locate(const ek_file *file, const char *at, size_t *line, size_t *column)
{
    const char *end = file->bytes + file->length;
    *line = *column = 1;
    for (const char *byte = skip_byte_order_mark(file); byte < at;) {
        if (is_line_end(*byte)) {
            byte = after_line_end(byte, end);
            ++*line;
            *column = 1;
        } else {
            byte++;
            if (byte == end || ((unsigned char)*byte & 0xC0) != 0x80) ++*column;
        }
    }
}

ek_status ek_fail_in_file(const char *source, int source_line, const ek_file *file, const char *at,
                          const char *format, ...)
{
    char message[512];
    size_t line, column;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    locate(file, at, &line, &column);
    return ek_fail_at(source, source_line, EK_ERROR_PARSE, "%s:%zu:%zu: %s", file->path, line,
                      column, message);
}

/* A token as a message shows it: in quotes, cut where it gets long, odd bytes as \xNN. */
static void show_token(const struct ek_scan *scan, struct ek_token token, char *out, size_t size)
{
    enum { SHOWN = 24 };
    if (token.length == 0) {
        snprintf(out, size,
                 token.text == scan->end ? "the end of the file" : "the end of the line");
        return;
    }
    size_t length = (size_t)snprintf(out, size, "'");
    for (size_t i = 0; i < token.length && i < SHOWN; i++) {
        const unsigned char byte = (unsigned char)token.text[i];
        length += (size_t)snprintf(out + length, size - length,
                                   byte < 0x20 || byte >= 0x7F ? "\\x%02X" : "%c", byte);
    }
    snprintf(out + length, size - length, token.length > SHOWN ? "...'" : "'");
}

ek_status ek_fail_expected(const char *source, int line, const struct ek_scan *scan,
                           struct ek_token token, const char *expected)
{
    char shown[128];
    show_token(scan, token, shown, sizeof shown);
    return ek_fail_in_file(source, line, scan->file, token.text, "expected %s, found %s", expected,
                           shown);
}

ek_status ek_scan_blame_file(const ek_file *file, ek_status status)
{
    if (status != EK_ERROR_ARGUMENT && status != EK_ERROR_NUMERIC) return status;
    struct ek_failure failure;
    ek_failure_get(&failure);
    return ek_fail_in_file(failure.file, failure.line, file, file->bytes, "%s", failure.message);
}

/* ---- tokens -------------------------------------------------------------------------------- */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\v' || byte == '\f';
}

static bool is_text(unsigned char byte)
{
    return byte >= 0x20 ? byte != 0x7F : is_blank((char)byte) || is_line_end((char)byte);
}

ek_status ek_scan_begin(struct ek_scan *scan, const ek_file *file)
{
    scan->file = file;
    scan->at = skip_byte_order_mark(file);
    scan->end = file->bytes + file->length;
    for (const char *byte = scan->at; byte < scan->end; byte++)
        if (!is_text((unsigned char)*byte))
            return EK_FAIL_IN(file, byte, "expected a text file, found the byte 0x%02X",
                              (unsigned char)*byte);
    return EK_OK;
}

static bool ends_line(const struct ek_scan *scan, const char *at)
{
    return at == scan->end || is_line_end(*at) || (scan->comment && *at == scan->comment);
}

static const char *skip_blanks(const struct ek_scan *scan)
{
    const char *at = scan->at;
    while (at < scan->end && is_blank(*at)) at++;
    return at;
}

void ek_scan_skip_line(struct ek_scan *scan)
{
    while (scan->at < scan->end && !is_line_end(*scan->at)) scan->at++;
    if (scan->at < scan->end) scan->at = after_line_end(scan->at, scan->end);
}

bool ek_scan_next_line(struct ek_scan *scan)
{
    for (; scan->at < scan->end; ek_scan_skip_line(scan)) {
        scan->at = skip_blanks(scan);
        if (ends_line(scan, scan->at)) continue;
        if (!scan->remark || *scan->at != scan->remark) return true;
    }
    return false;
}

struct ek_token ek_scan_peek(const struct ek_scan *scan)
{
    struct ek_token token = {skip_blanks(scan), 0};
    const char *at = token.text;
    if (scan->commas && at < scan->end && *at == ',')
        at++;
    else
        while (!ends_line(scan, at) && !is_blank(*at) && !(scan->commas && *at == ',')) at++;
    token.length = (size_t)(at - token.text);
    return token;
}

struct ek_token ek_scan_token(struct ek_scan *scan)
{
    const struct ek_token token = ek_scan_peek(scan);
    scan->at = token.text + token.length;
    return token;
}

bool ek_scan_at_line_end(const struct ek_scan *scan) { return ek_scan_peek(scan).length == 0; }

bool ek_token_is(struct ek_token token, const char *word)
{
    return token.length == strlen(word) && memcmp(token.text, word, token.length) == 0;
}

/* ---- numbers ------------------------------------------------------------------------------- */

/* Whether only these characters occur: strtod alone would take "nan", "inf" and "0x1p4" too. */
static bool consists_of(struct ek_token token, const char *characters)
{
    for (size_t i = 0; i < token.length; i++)
        if (!token.text[i] || !strchr(characters, token.text[i])) return false;
    return token.length > 0;
}

/* The host program may have set a locale that writes 1,5 for 1.5. */
static double read_in_c_locale(const char *text, char **end)
{
    const locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = c ? uselocale(c) : (locale_t)0;
    const double value = strtod(text, end);
    if (!c) return value;
    uselocale(before);
    freelocale(c);
    return value;
}

bool ek_token_number(struct ek_token token, double *value)
{
    char *end;
    if (!consists_of(token, "0123456789+-.eE")) return false;
    *value = read_in_c_locale(token.text, &end);
    return end == token.text + token.length && isfinite(*value);
}

bool ek_token_integer(struct ek_token token, long *value)
{
    char *end;
    if (!consists_of(token, "0123456789+-")) return false;
    errno = 0;
    *value = strtol(token.text, &end, 10);
    return end == token.text + token.length && errno != ERANGE;
}

ek_status ek_scan_word(struct ek_scan *scan, const char *word)
{
    char expected[64];
    const struct ek_token token = ek_scan_token(scan);
    if (ek_token_is(token, word)) return EK_OK;
    snprintf(expected, sizeof expected, "'%s'", word);
    return EK_FAIL_EXPECTED(scan, token, expected);
}

ek_status ek_scan_number(struct ek_scan *scan, const char *what, double *value)
{
    char expected[128];
    const struct ek_token token = ek_scan_token(scan);
    if (ek_token_number(token, value)) return EK_OK;
    snprintf(expected, sizeof expected, "%s (a finite number)", what);
    return EK_FAIL_EXPECTED(scan, token, expected);
}

ek_status ek_scan_integer(struct ek_scan *scan, const char *what, long low, long high, long *value)
{
    char expected[128];
    const struct ek_token token = ek_scan_token(scan);
    if (ek_token_integer(token, value) && *value >= low && *value <= high) return EK_OK;
    snprintf(expected, sizeof expected, "%s (an integer from %ld to %ld)", what, low, high);
    return EK_FAIL_EXPECTED(scan, token, expected);
}

ek_status ek_scan_end_line(struct ek_scan *scan)
{
    const struct ek_token token = ek_scan_peek(scan);
    if (token.length > 0) return EK_FAIL_EXPECTED(scan, token, "the end of the line");
    ek_scan_skip_line(scan);
    return EK_OK;
}
