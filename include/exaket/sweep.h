/* Parameter sweeps: many points of QAOA or VQE from one YAML file, on groups of ranks, resumable
 * after any interruption. The examples in jobs/ show the keys of a spec. Names of problem files in
 * it are relative to the spec's folder, the output folder to the current one.
 *
 * The output folder holds
 *
 *   spec.yaml      the spec as it was given
 *   resolved.yaml  the spec with overrides and defaults filled in
 *   journal/run-RRR-group-GGGG.jsonl  every evaluation; append-only, one writer per file, each
 *                                     line with its checksum
 *   parts/K-of-N/journal/...          likewise of runs of part K of N
 *   results.csv    the columns of /points below, and seconds
 *   results.h5     written once, at the end:
 *     /points        a compound table with one row per point. Its columns: id, problem, kind,
 *                    qubits, layers, status, reason; of QAOA energy, optimum, approximation_ratio,
 *                    p_optimal, best_value, best_bitstring, evaluations, stopped; of VQE
 *                    energy, exact_energy, error, gradient_norm, evaluations, stopped, stuck; and
 *                    param_NAME for each parameter swept. `stopped` says why the best start ended
 *                    (ek_stop_name), and is empty where nothing was optimised; `stuck` is 1 where
 *                    ek_vqe_result says so, else 0. Points that were done before there were these
 *                    two have neither. Strings are UTF-8 of fixed length, a missing number is NaN.
 *                    In Python:
 *                    pandas.DataFrame(h5py.File("results.h5")["points"][:])
 *     /angles/gamma, /angles/beta
 *                    QAOA: points x most layers, padded with NaN
 *     /parameters/values, /parameters/offsets
 *                    VQE: of point i, in order: values[offsets[i]:offsets[i + 1]]
 *     /history/values, /history/offsets
 *                    energies of point i, likewise
 *     /counts/outcomes, /counts/shots, /counts/values, /counts/offsets
 *                    QAOA: sampled states, most frequent first, likewise
 *     /provenance    no datasets; attributes say when, where and with what it was computed
 *     and the root's attribute "spec", the text of resolved.yaml
 *
 * The datasets depend on the spec alone: not on interruptions, hosts, times or the number of
 * groups. */
#ifndef EXAKET_SWEEP_H
#define EXAKET_SWEEP_H

#include <exaket/session.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zero means the default everywhere. All strings are borrowed during the call and must be the same
 * on all ranks. */
typedef struct ek_sweep_options {
    const char *spec_path;        /* required; rank 0 reads it */
    const char *copy_of;          /* the spec that it is a copy of, which may be gone: the files of
                                   * problems are relative to that; null: of none */
    size_t override_count;
    const char *const *overrides; /* "sweep.samples=8", "algorithm.starts=2": applied in this order
                                   * before the spec is checked; values are YAML */
    const char *output;           /* folder; null: the spec's */
    const char *on_error;         /* "continue" or "stop"; null: the spec's */
    int ranks_per_point;          /* power of two; 0: the spec's */
    bool force;                   /* start afresh: an old output folder becomes FOLDER.old-N */
    bool keep_failed;             /* points that have failed are not tried again */
    int part, parts;              /* only part 0 <= part < parts of the points, for one task of an
                                   * array of jobs; parts 0: all. The parts share nothing and
                                   * depend on the spec and their number alone. */
    const volatile sig_atomic_t *stop; /* set by the caller's signal handler; null: never */
} ek_sweep_options;

/* What a sweep would do here and now. */
typedef struct ek_sweep_plan_facts {
    size_t points, problems;
    size_t evaluations_max;     /* over all points */
    size_t done, failed;        /* found in the output folder; failed points will be retried.
                                 * Here and below, with parts: those of the part */
    int qubits_min, qubits_max; /* 0 when no problem could be read */
    uint64_t memory_per_rank_bytes;  /* of the largest point, at most */
    uint64_t memory_available_bytes; /* the smallest of all ranks */
    int ranks_per_point, groups, idle_ranks;
} ek_sweep_plan_facts;

/* Checks the spec and says what ek_sweep_run would do; runs and writes nothing. Collective. `text`
 * (may be null) is the same in words, to be freed with ek_text_free. EK_ERROR_PARSE with
 * "file:line:column: ..." for anything wrong in the spec, EK_ERROR_FILE when it cannot be read,
 * EK_ERROR_ARGUMENT for wrong overrides or options, EK_ERROR_RANKS when a point needs more ranks
 * than there are, EK_ERROR_MISMATCH when the output folder belongs to another spec (unless force),
 * EK_ERROR_UNSUPPORTED for mode sobol in a build without GSL. */
ek_status ek_sweep_plan(ek_session *session, const ek_sweep_options *options,
                        ek_sweep_plan_facts *facts, char **text);

typedef struct ek_sweep_outcome {
    size_t points;
    size_t done, failed;      /* in the output folder now */
    size_t done_before;       /* of these, found finished and not repeated */
    double seconds;           /* of this call */
    char output[4096];        /* the output folder */
    char first_failure[1024]; /* "point 3 (petersen): reason", or empty */
} ek_sweep_outcome;

/* Runs the points that are not finished yet and writes the results. Collective; the session's
 * ranks are shared out in groups. The outcome (may be null) is the same on all ranks and filled in
 * also on the failures marked with *, zero but for the seconds on others. Fails as ek_sweep_plan
 * does, and with
 *   EK_ERROR_BUSY          another sweep is running on the output folder: the same part, other
 *                          parts than of this number, or the whole
 *   EK_ERROR_INTERRUPTED*  *stop was set: finish by calling again
 *   EK_ERROR_FILE*         a journal or result cannot be written
 *   the code of the first point that failed*, with on_error "stop".
 * With on_error "continue" points may have failed although EK_OK is returned: see `failed`. A part
 * writes its journals and no results: they are ek_sweep_collect's. */
ek_status ek_sweep_run(ek_session *session, const ek_sweep_options *options,
                       ek_sweep_outcome *outcome);

/* Computes nothing: writes the results when all points have been tried, by runs of any kind and
 * number, and says how it stands: results.h5 is there when done + failed == points. Collective.
 * Fails as ek_sweep_run does, with EK_ERROR_FILE also when nothing has run yet. */
ek_status ek_sweep_collect(ek_session *session, const ek_sweep_options *options,
                           ek_sweep_outcome *outcome);

/* Where a sweep's results go and what is there already. */
typedef struct ek_sweep_place {
    bool look_only;      /* in: write nothing */
    char name[256];
    char output[4096];
    size_t points, done, failed;
    int ranks_per_point; /* with which it was begun, or is asked for; 0: not decided yet */
} ek_sweep_place;

/* For who submits jobs: makes the output folder, or finds it to be of this sweep, and writes the
 * specs to it. left[part], unless it is null, counts what is not done of each of `parts` parts.
 * Local; needs no session. Fails as ek_sweep_run does. */
ek_status ek_sweep_settle(const ek_sweep_options *options, int parts, ek_sweep_place *place,
                          size_t *left);

/* What the files of an output folder say. */
typedef struct ek_sweep_progress {
    size_t points, done, running, failed;
    size_t remaining;       /* neither done nor running nor failed */
    int runs;               /* times the sweep was started, or parts of it */
    int parts;              /* that were started; 0 when it ran as a whole only */
    int groups;             /* of the last run; with parts, of those that are at work */
    bool ended;             /* the last run ended by itself: finished, stopped or interrupted;
                             * with parts, of each */
    bool complete;          /* results.h5 was written */
    double seconds_left;    /* at the pace of the last run; NaN while unknown */
    double seconds_quiet;   /* since the last write to a journal: a killed run stays quiet */
} ek_sweep_progress;

/* Reads the journals of an output folder; a sweep may be running on it. Local; needs no session.
 * EK_ERROR_FILE when the folder is not a sweep's, EK_ERROR_PARSE for a damaged journal. */
ek_status ek_sweep_status(const char *folder, ek_sweep_progress *progress);

/* The results of an output folder as a table in text, one line per point, to be freed with
 * ek_text_free. Works during a run too, with the points that are done. Local; fails as
 * ek_sweep_status. */
ek_status ek_sweep_report(const char *folder, char **text);

#ifdef __cplusplus
}
#endif
#endif
