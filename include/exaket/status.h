/* Status codes and the message that goes with the most recent failure. */
#ifndef EXAKET_STATUS_H
#define EXAKET_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* What every fallible function returns. Results go last, through pointers, and are untouched on
 * failure unless a function says otherwise. */
typedef enum ek_status {
    EK_OK = 0,
    EK_ERROR_ARGUMENT,    /* an argument is out of its range; the message names both */
    EK_ERROR_MEMORY,      /* an allocation failed or a memory limit does not suffice */
    EK_ERROR_FILE,        /* the operating system refused a file operation */
    EK_ERROR_PARSE,       /* a file's content is wrong: message starts with file:line:column */
    EK_ERROR_RANKS,       /* the number of ranks does not suit the request */
    EK_ERROR_BUSY,        /* a handle is borrowed, or in use, elsewhere */
    EK_ERROR_UNSUPPORTED, /* not built in, or not in this version */
    EK_ERROR_NUMERIC,     /* a result is not a finite number, or a norm has drifted */
    EK_ERROR_MISMATCH,    /* two things that must belong together do not */
    EK_ERROR_INTERRUPTED  /* stopped on request; what was finished is kept */
} ek_status;

/* Name of a code, such as "EK_ERROR_PARSE". Local; never null. */
const char *ek_status_name(ek_status status);

/* Sentence of the calling thread's most recent failure, with its numbers and what to do; after a
 * collective call, the sentence of the lowest rank that failed. Local; owned by the library, valid
 * until the thread's next failure. */
const char *ek_last_message(void);

/* Where that failure was found: source file and line of the library, and the rank (-1 when the
 * failure happened outside any session). Local; any pointer may be null. */
void ek_last_location(const char **file, int *line, int *rank);

#ifdef __cplusplus
}
#endif
#endif
