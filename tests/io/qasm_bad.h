/* Malformed programs, where their mistakes are, and what the message must say there. */
#ifndef EK_TEST_QASM_BAD_H
#define EK_TEST_QASM_BAD_H

#include <stddef.h>

struct qasm_bad {
    const char *text;
    int line, column;
    const char *words;
};

/* Behind QASM_OLD, behind QASM_NEW, and whole files. */
extern const struct qasm_bad qasm_bad_old[], qasm_bad_new[], qasm_bad_whole[];
extern const size_t qasm_bad_old_count, qasm_bad_new_count, qasm_bad_whole_count;

#endif
