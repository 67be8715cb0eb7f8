/* Shared by the files of the runner only. */
#ifndef EK_SWEEP_PRIVATE_H
#define EK_SWEEP_PRIVATE_H

#include "comm/comm.h"
#include "sweep/sweep.h"

/* A sweep about to run or running. The same on all ranks but for what is rank 0's alone. */
struct sweep {
    ek_session *world;
    const ek_sweep_options *options;
    const struct ek_point_runner *runner;
    ek_file file; /* the spec as given */
    struct ek_spec *spec;
    struct ek_points *points;
    char output[4096];
    bool stop_on_error;
    double memory;              /* available per rank */
    int qubits_min, qubits_max; /* of the problems that could be had */
    int ranks_per_point, groups, idle_ranks;
    size_t done_before, failed_before; /* of the points that are this run's */
    size_t own_points;
    int *part_of;       /* of each point; null when all are this run's */
    char part_name[32]; /* "3-of-8", or empty */

    /* Rank 0: */
    struct ek_journal_record record; /* of earlier runs */
    int lock;                        /* descriptor of the lock file, -1 without */
};

static inline bool ek_sweep_owns(const struct sweep *sweep, size_t id)
{
    return !sweep->part_of || sweep->part_of[id] == sweep->options->part;
}
/* The spec as the user named it. */
const char *ek_sweep_origin(const struct sweep *sweep);

static inline const char *ek_sweep_part_name(const struct sweep *sweep)
{
    return sweep->part_name[0] ? sweep->part_name : NULL;
}

/* ---- setup.c -------------------------------------------------------------------------------- */

/* Reads the spec and the problems. Collective; a null world reads alone. On failure too,
 * ek_sweep_clear follows. */
ek_status ek_sweep_read(ek_session *world, const ek_sweep_options *options, struct sweep *sweep);
/* That, and looks at the output folder, decides on the groups. Collective.
 * On failure too, ek_sweep_clear follows. */
ek_status ek_sweep_prepare(ek_session *world, const ek_sweep_options *options,
                           struct sweep *sweep);
void ek_sweep_clear(struct sweep *sweep);

/* ---- fit.c ---------------------------------------------------------------------------------- */

/* Whether what the spec says of the start fits the problems that could be had; fails at the key.
 * Local, the same on all ranks. */
ek_status ek_sweep_check_fit(const struct sweep *sweep);
/* Whether the smallest of them is large enough for so many ranks per point; fails at the key that
 * gives these, or at the problems. Local, the same on all ranks. */
ek_status ek_sweep_check_ranks(const struct sweep *sweep, int ranks);

/* ---- parts.c -------------------------------------------------------------------------------- */

/* part[id] says which of the parts has the point: about as much work in each, the same at every
 * call. Local. */
ek_status ek_points_deal(const struct ek_points *points, int parts, int *part);
/* Finds the points that are this run's. Local. */
ek_status ek_sweep_take_part(struct sweep *sweep);

/* ---- folder.c: on rank 0 -------------------------------------------------------------------- */

/* Reads the journals of earlier runs and refuses what belongs to another sweep. With force, a
 * folder counts as empty until it has been opened. */
ek_status ek_sweep_folder_inspect(struct sweep *sweep);
/* Makes the folder ours: moved aside if forced, created, locked, the specs written. What was
 * inspected before may have changed until the lock was ours. */
ek_status ek_sweep_folder_open(struct sweep *sweep);
/* Whether results.h5 is there. */
bool ek_sweep_folder_has_results(const char *folder);

/* ---- write.c: on rank 0 --------------------------------------------------------------------- */

/* Writes results.csv and results.h5 from the journals' record. */
ek_status ek_sweep_write_results(const struct sweep *sweep, const struct ek_journal_record *record,
                                 size_t fact_count, const struct ek_result_fact *facts);

/* ---- dispatch.c ----------------------------------------------------------------------------- */

/* What a group's leader tells rank 0 when it asks for a point. */
enum finished { POINT_NONE, POINT_DONE, POINT_FAILED };
struct request {
    int32_t finished; /* how the last point went */
    int32_t stop;     /* interrupted or broken: nobody gets another point */
    int32_t ahead;    /* asked while a point is being computed */
};
/* What rank 0 answers: a point and the length of what is known of it, which follows; or that there
 * are no more; or, to who asks ahead, to ask again when done. RELEASE ends the waiting of all. */
struct answer {
    int64_t point;
    uint64_t replay_count;
};
enum { NO_POINT = -1, LATER = -2, RELEASE = -3 };

struct dispatcher {
    ek_session *world;
    const struct ek_journal_record *record;
    size_t count, next; /* of the points to be handed out */
    size_t *order;
    int groups;         /* besides rank 0's */
    int waiting_groups; /* of them, not told yet that there are no more */
    bool stop, stop_on_error;
    size_t finished, failed;
    ek_progress *progress;
};

/* Rank 0: lists the points that are not done, the dearest first. */
ek_status ek_dispatcher_create(const struct sweep *sweep, struct dispatcher *dispatcher);
void ek_dispatcher_clear(struct dispatcher *dispatcher);
/* Rank 0: notes how the last point of a group went. */
void ek_dispatcher_note(struct dispatcher *dispatcher, const struct request *request);
/* Rank 0: takes the next point for its own group; what is known of it is borrowed. */
struct answer ek_dispatcher_take(struct dispatcher *dispatcher, const double **replay);
/* Rank 0: answers the requests that have come, without waiting. */
void ek_dispatcher_serve(struct dispatcher *dispatcher);
/* Rank 0: answers until all groups know that there are no more points, then lets all ranks go. */
void ek_dispatcher_finish(struct dispatcher *dispatcher);

/* Other leaders: ask, and wait for the answer. *replay is released by the caller. */
void ek_dispatch_ask(ek_session *world, const struct request *request);
struct answer ek_dispatch_await(ek_session *world, double **replay);
/* Other ranks: wait, without burning a core, until rank 0 has finished. */
void ek_dispatch_await_release(ek_session *world);

/* ---- group.c -------------------------------------------------------------------------------- */

/* Computes points until there are no more. `journal` is the leader's, null on other ranks;
 * `dispatcher` is rank 0's. Collective over the group. Fails on leaders only, with
 * EK_ERROR_INTERRUPTED or a failure of the journal. */
ek_status ek_group_work(const struct sweep *sweep, ek_session *group, struct ek_journal *journal,
                        struct dispatcher *dispatcher);

/* ---- table.c -------------------------------------------------------------------------------- */

/* A table in text: rows of cells, columns as wide as their widest cell. */
struct table {
    size_t columns, cells, capacity;
    char **items;
    ek_status status;
};
__attribute__((format(printf, 2, 3))) void ek_table_add(struct table *table, const char *format,
                                                        ...);
void ek_table_write(const struct table *table, struct ek_text *text);
void ek_table_clear(struct table *table);

#endif
