/* Problem files. All readers are local (a program reads on one rank and broadcasts the bytes, see
 * ek_file_read) and fail with EK_ERROR_FILE, or EK_ERROR_PARSE and a message that begins with
 * "file:line:column:" and says what was expected. */
#ifndef EXAKET_FILES_H
#define EXAKET_FILES_H

#include <exaket/hamiltonian.h>
#include <exaket/problem.h>
#include <exaket/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A file's bytes, with a null behind the last. */
typedef struct ek_file {
    char *path;
    char *bytes;
    size_t length;
} ek_file;

/* Reads a whole file on rank 0 and gives it to all. Collective. At most 1 GiB. */
ek_status ek_file_read(ek_session *session, const char *path, ek_file *file);
void ek_file_clear(ek_file *file);

typedef enum ek_graph_format {
    EK_GRAPH_AUTO = 0, /* by content, see ek_graph_parse */
    EK_GRAPH_GSET,     /* Gset/rudy: "n m", then m lines "u v [w]", 1-based */
    EK_GRAPH_EDGES,    /* "u v [w]" per line, 0-based; '#' comments */
    EK_GRAPH_DIMACS    /* "p edge n m", "e u v [w]", 1-based; 'c' comments */
} ek_graph_format;

/* Parses a graph. AUTO: a 'p' line means DIMACS; a first line "n m" followed by exactly m lines
 * whose vertices lie in 1..n means Gset. So does, unless `vertices` is given, a first line "n m"
 * with 1 <= n and m <= n (n - 1) / 2 that fits the other lines in all but one point, so that a
 * damaged Gset file is refused, not taken for something else: they name only 1..n but are not m,
 * or are m without a vertex 0, or all have weights. Else an edge list. `vertices` > 0 fixes their
 * number for edge lists (isolated vertices), 0 takes the largest + 1; for other formats
 * EK_ERROR_ARGUMENT. */
ek_status ek_graph_parse(const ek_file *file, ek_graph_format format, int vertices,
                         ek_graph **graph);

/* qbsolv: "c" comments, "p qubo topology maxNodes nNodes nCouplers", then "i i w" and "i j w". */
ek_status ek_qubo_parse(const ek_file *file, ek_problem **problem);
/* "i h" or "i i h" and "i j J" per line, 0-based; '#' comments; optional "offset v" line. */
ek_status ek_ising_parse(const ek_file *file, ek_problem **problem);
/* Numbers separated by blanks, commas or line ends; '#' comments. */
ek_status ek_partition_parse(const ek_file *file, ek_problem **problem);
/* CSV: one line of expected returns, then one line of the covariance matrix per asset; an optional
 * first line of names. budget: 1..assets, 0 for half of the assets (at least one), -1 for none;
 * EK_ERROR_ARGUMENT beyond. */
ek_status ek_portfolio_parse(const ek_file *file, double risk_aversion, int budget,
                             ek_problem **problem);

/* "coefficient letters" per line, one letter of IXYZ per qubit, the rightmost for qubit 0; '#'
 * comments. */
ek_status ek_hamiltonian_parse(const ek_file *file, ek_hamiltonian **hamiltonian);

/* Reads a Hamiltonian from a file, or makes "tfim:SPINS:FIELD:open|periodic" or
 * "heisenberg:SPINS:open|periodic"; on all ranks the same. Collective. Named after the generator,
 * or the file without its folders. EK_ERROR_ARGUMENT for a generator that does not exist. */
ek_status ek_hamiltonian_load(ek_session *session, const char *path,
                              ek_hamiltonian **hamiltonian);

/* Parameters of an earlier run, on all ranks the same: the array "parameters" of a JSON object, or
 * numbers separated by blanks, commas or line ends; '#' comments. Collective. The caller frees the
 * values with ek_parameters_free. EK_ERROR_FILE, EK_ERROR_PARSE, and EK_ERROR_MISMATCH for an
 * object whose "ansatz" is another name than this one (null: any). */
ek_status ek_parameters_load(ek_session *session, const char *path, const char *ansatz,
                             size_t *count, double **values);
void ek_parameters_free(double **values);

/* Where a problem comes from. Zero means the default everywhere. */
typedef struct ek_problem_source {
    const char *kind; /* "maxcut" (default), "qubo", "ising", "partition", "labs", "portfolio" */
    const char *path; /* a file, or "named:petersen", "regular:N:D:SEED", "er:N:P:SEED",
                       * "complete:N:one|signs|gaussian:SEED", "labs:N"; of kind "labs" also "N" */
    ek_graph_format format;
    int vertices;         /* of an edge list; 0 with all else */
    double risk_aversion; /* portfolio, default 0.5 */
    int budget;           /* portfolio; default assets / 2 (at least 1), -1 for none */
} ek_problem_source;

/* Reads or generates a problem, on all ranks the same. Collective. A file that begins with a
 * "p qubo" line is a QUBO when kind is null. A path that begins with letters and a colon is a
 * generator, never a file. The problem is named after the generator, or the file without its
 * folders. EK_ERROR_ARGUMENT for a kind or generator that does not exist (the message lists those
 * that do), and for vertices of what is no edge list. */
ek_status ek_problem_load(ek_session *session, const ek_problem_source *source,
                          ek_problem **problem);

#ifdef __cplusplus
}
#endif
#endif
