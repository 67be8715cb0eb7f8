/* Between flex and bison: files within files, keywords by version, values of literals. */
#ifndef EK_IO_QASM_LEXER_H
#define EK_IO_QASM_LEXER_H

#include "io/qasm_tree.h"

enum { QASM_INCLUDES_MAX = 16, QASM_FILES_MAX = 1000 };

/* One file that is open. The scanner that flex generates takes all its memory from the pool, so
 * that it cannot fail while it runs. */
struct qasm_scanner {
    void *flex;
    int file;
    uint32_t start, at;    /* the token, and the byte behind it */
    char *buffer;          /* flex writes into what it reads */
    bool begins_statement; /* whether the next token may be an annotation */
    size_t pool_used;
    union {
        char pool[2048];
        void *aligned;
        double also_aligned;
    };
};

struct qasm_lexer {
    struct qasm_scanner *open[QASM_INCLUDES_MAX];
    int depth;
    int version;                  /* 2 or 3 */
    int last;                     /* the token before; 0 at the start */
    struct qasm_place last_end;   /* the byte behind it */
    struct qasm_place before_end; /* behind the one before that */
    int statement_name;           /* with which the statement begins, or -1 */
    struct qasm_place statement_place;
    int pow_name;   /* "pow", a keyword that is also a function */
    uint64_t bound; /* of the annotations before a statement */
    bool is_local;
};

#endif
