/* Inside io only: lines of journals to and from JSON. */
#ifndef EK_IO_JOURNAL_PRIVATE_H
#define EK_IO_JOURNAL_PRIVATE_H

#include "io/journal.h"

#include <jansson.h>

/* The path of a journal file. */
void ek_journal_path(const char *folder, int run, int group, struct ek_text *path);

/* A place in a journal, for messages. */
struct ek_journal_place {
    const char *path;
    size_t line;
};
/* EK_ERROR_PARSE, with what is wrong there and how to go on without the line. */
__attribute__((format(printf, 3, 4))) ek_status
ek_journal_damaged(const struct ek_journal_place *place, int column, const char *format, ...);

/* What ends a line: `,"check":"0123456789abcdef"}`, with the digest of all bytes before. */
#define EK_JOURNAL_CHECK_KEY ",\"check\":\""
enum { EK_JOURNAL_CHECK_BYTES = sizeof EK_JOURNAL_CHECK_KEY - 1 + 16 + 2 };
/* That text for the bytes of a line without its last brace; `check` has a byte more. */
void ek_journal_check_text(const char *bytes, size_t length, char *check);

enum ek_journal_check { EK_JOURNAL_UNCHECKED, EK_JOURNAL_SOUND, EK_JOURNAL_CHANGED };
/* Whether a line, without its newline, is as it was written. */
enum ek_journal_check ek_journal_check_line(const char *bytes, size_t length);

/* The result of a "done" line; the caller clears and releases it. */
ek_status ek_journal_parse_result(const struct ek_journal_place *place, const json_t *line,
                                  struct ek_point_result **result);
/* An array of numbers, where null stands for NaN: `count` is what it has, or must have if not 0.
 */
ek_status ek_journal_parse_numbers(const struct ek_journal_place *place, const json_t *line,
                                   const char *key, double **numbers, size_t *count);

#endif
