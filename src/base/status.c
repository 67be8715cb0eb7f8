#include "base/base.h"

#include <stdarg.h>
#include <string.h>

static _Thread_local struct ek_failure last = {EK_OK, 0, -1, "", ""};
static int process_rank = -1;

const char *ek_status_name(ek_status status)
{
    static const char *const names[] = {
        "EK_OK",           "EK_ERROR_ARGUMENT", "EK_ERROR_MEMORY",      "EK_ERROR_FILE",
        "EK_ERROR_PARSE",  "EK_ERROR_RANKS",    "EK_ERROR_BUSY",        "EK_ERROR_UNSUPPORTED",
        "EK_ERROR_NUMERIC", "EK_ERROR_MISMATCH", "EK_ERROR_INTERRUPTED"};
    const size_t count = sizeof names / sizeof *names;
    return (size_t)status < count ? names[status] : "unknown status";
}

const char *ek_last_message(void) { return last.message; }

void ek_last_location(const char **file, int *line, int *rank)
{
    if (file) *file = last.file;
    if (line) *line = last.line;
    if (rank) *rank = last.rank;
}

ek_status ek_fail_at(const char *file, int line, ek_status code, const char *format, ...)
{
    struct ek_failure failure = {.code = code, .line = line, .rank = process_rank};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(failure.message, sizeof failure.message, format, arguments);
    va_end(arguments);
    const char *slash = strrchr(file, '/');
    snprintf(failure.file, sizeof failure.file, "%s", slash ? slash + 1 : file);
    last = failure;
    return code;
}

void ek_failure_get(struct ek_failure *failure) { *failure = last; }
void ek_failure_set(const struct ek_failure *failure) { last = *failure; }
void ek_failure_set_rank(int rank) { process_rank = rank; }

const char *ek_precision_name(ek_precision precision)
{
    return precision == EK_SINGLE ? "single" : "double";
}
