/* The library's log and progress: quiet unless a program asks for them; always on stderr. */
#ifndef EXAKET_LOG_H
#define EXAKET_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ek_log_level {
    EK_LOG_SILENT = 0, /* the default: a library does not print */
    EK_LOG_ERROR,
    EK_LOG_WARNING,
    EK_LOG_INFO,
    EK_LOG_DEBUG
} ek_log_level;

/* Sets what is printed from now on by this process. A session silences all ranks but 0. Local. */
void ek_log_set_level(ek_log_level level);
ek_log_level ek_log_get_level(void);

/* Prints "exaket: <text>\n" on stderr when `level` is enabled. Local. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void ek_log(ek_log_level level, const char *format, ...);

/* Progress of a long task: a line that rewrites itself on a terminal (done, rate, time left), one
 * line per 10% otherwise; nothing below EK_LOG_INFO. All functions are local and take null. */
typedef struct ek_progress ek_progress;

/* Begins a task of `total` steps (> 0), each called `unit` ("point"). The strings are copied.
 * Null when memory is short: progress is never worth a failure. The caller ends it. */
ek_progress *ek_progress_begin(const char *what, const char *unit, double total);
/* Says how many steps are done by now, and optionally what is going on (may be null). */
void ek_progress_update(ek_progress *progress, double done, const char *note);
/* Finishes the line, frees the handle and nulls it. */
void ek_progress_end(ek_progress **progress);

#ifdef __cplusplus
}
#endif
#endif
