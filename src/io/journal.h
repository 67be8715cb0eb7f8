/* Journals of sweeps: JSON lines, append-only, one writer per file. Every file begins with a
 * header that says which sweep it belongs to; then each point has a "start", its evaluations, and
 * "done" or "failed"; "end" closes a run that was not killed. Each line ends with its checksum,
 * "check": XXH3, 64 bits, of the bytes before `,"check"`; files of earlier versions have none. A
 * last line that a kill has torn is ignored. All functions here are local. */
#ifndef EK_IO_JOURNAL_H
#define EK_IO_JOURNAL_H

#include "base/base.h"
#include "io/results.h"

#include <exaket/evaluation.h>

/* ---- writing ------------------------------------------------------------------------------- */

/* The first line of a file. */
struct ek_journal_header {
    uint64_t hash; /* of the spec */
    size_t points;
    int ranks_per_point;
    int run, group, groups; /* runs count from 1, groups from 0 */
    const char *places;     /* of all ranks, or null; read into the record only */
};

struct ek_journal;

/* Creates FOLDER/journal/run-RRR-group-GGGG.jsonl, which must not exist, and syncs its header and
 * the folder. EK_ERROR_FILE; EK_ERROR_BUSY when the file exists. */
ek_status ek_journal_create(const char *folder, const struct ek_journal_header *header,
                            struct ek_journal **journal);
/* Closes the file, frees the handle and nulls it; accepts null. */
void ek_journal_destroy(struct ek_journal **journal);

/* Each appends one line; done, failed and end also sync the file. EK_ERROR_FILE. */
ek_status ek_journal_start(struct ek_journal *journal, size_t point, uint64_t problem_hash);
ek_status ek_journal_evaluation(struct ek_journal *journal, size_t point, size_t k,
                                const ek_evaluation *evaluation);
ek_status ek_journal_done(struct ek_journal *journal, size_t point, uint64_t problem_hash,
                          const struct ek_point_result *result);
ek_status ek_journal_failed(struct ek_journal *journal, size_t point, ek_status code,
                            const char *reason);
ek_status ek_journal_end(struct ek_journal *journal, const char *why);

/* ---- reading ------------------------------------------------------------------------------- */

enum ek_point_state { EK_POINT_WAITING, EK_POINT_STARTED, EK_POINT_DONE, EK_POINT_FAILED };

/* What all journals together say about a point. */
struct ek_journal_point {
    enum ek_point_state state;
    int part, run;                  /* that said so */
    bool at_work;                   /* started by a last run that has no "end" */
    uint64_t problem_hash;          /* of a point that was started */
    struct ek_point_result *result; /* of a point that is done */
    char *reason;                   /* of one that failed */
    ek_status code;                 /* likewise */
    /* Evaluations of a point that is not done, the longest record of any run: for each its
     * dimension, number of derivatives (0 or the dimension), x, value and derivatives, one after
     * the other. */
    double *replay;
    size_t replay_count;
};

static inline size_t ek_replay_length(size_t dimension, size_t derivatives)
{
    return 3 + dimension + derivatives;
}

/* A sweep runs as a whole or in parts, each with runs of its own; "last runs" are the last of the
 * whole and of each part. */
struct ek_journal_record {
    int runs;                        /* that have been started */
    int own_runs;                    /* of the part that was asked for, or of the whole */
    int parts;                       /* that have been started */
    struct ek_journal_header header; /* of a last run; run 0: there is none */
    bool ended;                      /* all last runs have an "end" */
    int groups;                      /* of the last runs at work; of all when none is */
    double quiet_seconds;            /* since the last write to a journal */
    size_t last_done;                /* points that the last runs finished */
    double last_seconds;             /* that they took, added up */
    struct ek_journal_point *points; /* header.points of them */
    struct ek_text places;           /* of all runs, each once, with "; " between them */
};

/* The part's folder, FOLDER/parts/NAME, holds journals as a sweep's folder does; null names that
 * folder itself. */
void ek_journal_part_folder(const char *folder, const char *part, struct ek_text *path);

/* Reads all journals of a sweep, counting the runs of `part`; one without any gives run 0 and no
 * points. EK_ERROR_FILE when one cannot be read, EK_ERROR_PARSE with "file:line:column: ..." for a
 * damaged line that is not the last of its file, EK_ERROR_MISMATCH when the journals belong to
 * different sweeps. */
ek_status ek_journal_read(const char *folder, const char *part, struct ek_journal_record *record);
void ek_journal_record_clear(struct ek_journal_record *record);

/* "2.14". `out` has at least 32 bytes. */
const char *ek_jansson_version(char *out);

#endif
