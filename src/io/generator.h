/* Inputs that are made, not read: "generator:word:word" in place of a file's name. */
#ifndef EK_IO_GENERATOR_H
#define EK_IO_GENERATOR_H

#include "io/scan.h"

enum { EK_GENERATOR_FIELDS_MAX = 3 };

/* One kind of input; `make` stores a handle of the type that its table is for. */
struct ek_generator {
    const char *name, *form; /* "regular", "regular:VERTICES:DEGREE:SEED" */
    int fields;
    ek_status (*make)(const struct ek_generator *generator, const struct ek_token *words,
                      void *made);
};

/* Whether the path begins with letters and a colon: such a path is never a file. */
bool ek_is_generator(const char *path);
/* Whether it begins with that word and a colon. */
bool ek_is_generator_of(const char *path, const char *word);

/* Makes what the path says by the table's generator of that name. EK_ERROR_ARGUMENT for a name
 * that is not there (the message lists those that are, then `also`), a wrong number of fields, or
 * what `make` finds wrong. Local. */
ek_status ek_generate(const char *path, size_t count, const struct ek_generator *generators,
                      const char *also, void *made);

/* The failure that a word is not what was due. */
ek_status ek_generator_fail(const struct ek_generator *generator, struct ek_token word,
                            const char *expected);
ek_status ek_generator_count(const struct ek_generator *generator, struct ek_token word,
                             int *count);

#endif
