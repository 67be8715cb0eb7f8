/* What the OpenQASM reader reads from: files with places in them, names as numbers, and memory
 * that is given back all at once. */
#ifndef EK_IO_QASM_SOURCE_H
#define EK_IO_QASM_SOURCE_H

#include "io/io.h"

/* A byte of a file that is being read. */
struct qasm_place {
    int32_t file;
    uint32_t offset;
};

/* ---- memory -------------------------------------------------------------------------------- */

struct qasm_block;

/* Memory in blocks that are released together. Zero-initialise. */
struct qasm_arena {
    struct qasm_block *blocks; /* the one in use first */
    size_t used;
};
/* Zeroed memory, aligned for any of the reader's structs; null when there is none: then the
 * failure is recorded. */
void *ek_qasm_arena_take(struct qasm_arena *arena, size_t bytes);
/* Takes all memory back; keeps one block for the next use. */
void ek_qasm_arena_reset(struct qasm_arena *arena);
void ek_qasm_arena_clear(struct qasm_arena *arena);

/* ---- names --------------------------------------------------------------------------------- */

struct qasm_symbol;

struct qasm_name {
    const char *text; /* null-terminated */
    uint32_t length, hash;
    int keyword2, keyword3;     /* token by version of the language; 0 when it is no keyword */
    int library;                /* gate of the library, counted from 1; 0 for none */
    struct qasm_symbol *symbol; /* what the name means now, or null */
};

/* Each spelling once. Zero-initialise. */
struct qasm_names {
    struct qasm_name *list;
    size_t count, capacity;
    int *slots; /* open addressing: number of a name + 1, or 0 */
    size_t slot_count;
    struct qasm_arena texts;
};
/* Finds or adds a spelling. */
ek_status ek_qasm_name(struct qasm_names *names, const char *text, size_t length, int *name);
void ek_qasm_names_clear(struct qasm_names *names);

/* ---- files --------------------------------------------------------------------------------- */

struct qasm_source {
    char *path;
    const char *text;
    size_t length;
    char *owned;                   /* the text where the reader itself has read the file */
    struct qasm_place included_at; /* file -1: by nobody */
    int number;                    /* in the program's list of files; -1: none yet */
    uint32_t *line_starts;         /* made when a line is first asked for */
    size_t line_count;
};

struct qasm_sources {
    struct qasm_source *list;
    size_t count, capacity;
    bool has_header;
    bool knows_header; /* whether the first statement has been seen */
};

/* Adds a file: `text` is borrowed, `owned` (null, or the same memory) is released with the rest.
 */
ek_status ek_qasm_source_add(struct qasm_sources *sources, const char *path, const char *text,
                             size_t length, char *owned, struct qasm_place included_at);
void ek_qasm_sources_clear(struct qasm_sources *sources);

/* Line and column, both from 1; columns count characters of UTF-8, in lines of over 4 KiB bytes.
 */
ek_status ek_qasm_locate(struct qasm_sources *sources, struct qasm_place place, uint32_t *line,
                         uint32_t *column);

/* Records EK_ERROR_PARSE: "file:line:column: sentence", the line, and a caret below the column. */
#define EK_FAIL_QASM(sources, place, ...)                                                         \
    ek_fail_in_qasm(__FILE__, __LINE__, EK_ERROR_PARSE, (sources), (place), __VA_ARGS__)
__attribute__((format(printf, 6, 7))) ek_status
ek_fail_in_qasm(const char *file, int line, ek_status code, struct qasm_sources *sources,
                struct qasm_place place, const char *format, ...);

#endif
