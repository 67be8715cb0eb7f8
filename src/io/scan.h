/* The tokenizer of all line-based text formats: words between blanks, one line at a time. Tokens
 * point into the file, from which every message takes its line and column. */
#ifndef EK_IO_SCAN_H
#define EK_IO_SCAN_H

#include "io/io.h"

struct ek_scan {
    const ek_file *file;
    const char *at, *end; /* the next byte, and the one behind the last */
    char comment;         /* from this character to the end of the line nothing counts; 0 = none */
    char remark;          /* lines whose first word begins with this one do not count; 0 = none */
    bool commas;          /* ',' is a word of its own */
};

/* Empty at the end of a line, with `text` at that end. */
struct ek_token {
    const char *text;
    size_t length;
};

/* Goes to the start of the file; the other fields are the caller's. EK_ERROR_PARSE when the file
 * holds bytes that no text has. Ends of lines are "\n", "\r\n" or "\r". */
ek_status ek_scan_begin(struct ek_scan *scan, const ek_file *file);
/* Goes to the first word of the next line that has one; false at the end of the file. To be called
 * at the start of the file and after ek_scan_end_line or ek_scan_skip_line. */
bool ek_scan_next_line(struct ek_scan *scan);
struct ek_token ek_scan_peek(const struct ek_scan *scan);
struct ek_token ek_scan_token(struct ek_scan *scan);
bool ek_scan_at_line_end(const struct ek_scan *scan);
bool ek_token_is(struct ek_token token, const char *word);
/* Whether the token reads as a finite number. */
bool ek_token_number(struct ek_token token, double *value);
bool ek_token_integer(struct ek_token token, long *value);

/* Take the next token as what it must be, or fail with "expected <what>, found <token>". */
ek_status ek_scan_word(struct ek_scan *scan, const char *word);
ek_status ek_scan_number(struct ek_scan *scan, const char *what, double *value);
ek_status ek_scan_integer(struct ek_scan *scan, const char *what, long low, long high,
                          long *value);
/* Fails unless the line is used up; goes to the next. */
ek_status ek_scan_end_line(struct ek_scan *scan);
void ek_scan_skip_line(struct ek_scan *scan);

/* The failure that `token` was found where `expected` was due. */
#define EK_FAIL_EXPECTED(scan, token, expected)                                                   \
    ek_fail_expected(__FILE__, __LINE__, (scan), (token), (expected))
ek_status ek_fail_expected(const char *source, int line, const struct ek_scan *scan,
                           struct ek_token token, const char *expected);

/* Passes a status on; a failure of the problem's values (argument, numeric) becomes one of the
 * file as a whole, because that is where the values came from. */
ek_status ek_scan_blame_file(const ek_file *file, ek_status status);

#endif
