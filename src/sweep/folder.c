/* The output folder. All here is rank 0's. */
#define _DEFAULT_SOURCE
#include "sweep/sweep_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4200, LOCK_TRIES = 100, LOCK_MICROSECONDS = 50000, OLD_MAX = 10000 };

static bool exists(const char *folder, const char *name)
{
    char path[PATH_BYTES];
    struct stat facts;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return lstat(path, &facts) == 0;
}

bool ek_sweep_folder_has_results(const char *folder)
{
    return exists(folder, "results.h5");
}

/* ---- what is there already
 * ---------------------------------------------------------------------- */

static ek_status check_owner(const struct sweep *sweep)
{
    const struct ek_journal_header *header = &sweep->record.header;
    const int ranks = sweep->ranks_per_point;
    static const char advice[] = "start afresh with --force (the old folder is kept under another "
                                 "name) or give another --output";
    if (header->run == 0) {
        if (!ek_sweep_folder_has_results(sweep->output)) return EK_OK;
        return EK_FAIL(EK_ERROR_MISMATCH, "%s has results but no journal: %s", sweep->output,
                       advice);
    }
    if (header->hash != sweep->spec->hash || header->points != sweep->points->count)
        return EK_FAIL(EK_ERROR_MISMATCH,
                       "%s belongs to another spec (compare its resolved.yaml): %s", sweep->output,
                       advice);
    if (ranks != 0 && ranks != header->ranks_per_point)
        return EK_FAIL(EK_ERROR_MISMATCH,
                       "%s was begun with %d ranks per point, not %d: keep that, or %s",
                       sweep->output, header->ranks_per_point, ranks, advice);
    return EK_OK;
}

/* Finished points must still be those of the problems as they are now. */
static ek_status check_problems(const struct sweep *sweep)
{
    const struct ek_points *points = sweep->points;
    for (size_t id = 0; sweep->record.points && id < points->count; id++) {
        const struct ek_journal_point *known = &sweep->record.points[id];
        const struct ek_sweep_problem *problem = &points->problems[id / points->combinations];
        if (known->state == EK_POINT_DONE && known->problem_hash != problem->hash)
            return EK_FAIL(EK_ERROR_MISMATCH,
                           "%s has changed since point %zu in %s was computed: restore it, or "
                           "start afresh with --force",
                           problem->path ? problem->path : problem->name, id, sweep->output);
    }
    return EK_OK;
}

/* What is known of a point under another problem is worth nothing. */
static void drop_stale_replays(struct sweep *sweep)
{
    const struct ek_points *points = sweep->points;
    for (size_t id = 0; sweep->record.points && id < points->count; id++) {
        struct ek_journal_point *known = &sweep->record.points[id];
        if (known->problem_hash != points->problems[id / points->combinations].hash)
            known->replay_count = 0;
    }
}

static void count_points(struct sweep *sweep)
{
    for (size_t id = 0; sweep->record.points && id < sweep->points->count; id++) {
        sweep->done_before += sweep->record.points[id].state == EK_POINT_DONE;
        sweep->failed_before += sweep->record.points[id].state == EK_POINT_FAILED;
    }
}

ek_status ek_sweep_folder_inspect(struct sweep *sweep)
{
    ek_journal_record_clear(&sweep->record);
    sweep->done_before = sweep->failed_before = 0;
    if (sweep->options->force && sweep->lock < 0) return EK_OK;
    EK_TRY(ek_journal_read(sweep->output, &sweep->record));
    EK_TRY(check_owner(sweep));
    EK_TRY(check_problems(sweep));
    drop_stale_replays(sweep);
    count_points(sweep);
    if (sweep->record.header.run > 0)
        sweep->ranks_per_point = sweep->record.header.ranks_per_point;
    return EK_OK;
}

/* ---- making it ours
 * ------------------------------------------------------------------------------- */

/* FOLDER.old-N with the first N that is free. */
static ek_status move_aside(const char *folder)
{
    char target[PATH_BYTES];
    for (int n = 1; n < OLD_MAX; n++) {
        struct stat facts;
        snprintf(target, sizeof target, "%s.old-%d", folder, n);
        if (lstat(target, &facts) == 0) continue;
        if (rename(folder, target) != 0)
            return EK_FAIL(EK_ERROR_FILE, "cannot rename %s to %s: %s", folder, target,
                           strerror(errno));
        ek_log(EK_LOG_INFO, "%s is kept as %s", folder, target);
        return EK_OK;
    }
    return EK_FAIL(EK_ERROR_FILE, "there are %d old folders of %s: remove some", OLD_MAX, folder);
}

/* Refuses a second sweep on the folder. What a killed one holds is let go with its process, which
 * may take a moment. */
static ek_status take_lock(struct sweep *sweep)
{
    char path[PATH_BYTES];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    snprintf(path, sizeof path, "%s/lock", sweep->output);
    sweep->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (sweep->lock < 0)
        return EK_FAIL(EK_ERROR_FILE, "cannot create %s: %s", path, strerror(errno));
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (fcntl(sweep->lock, F_SETLK, &lock) == 0) return EK_OK;
        if (errno == ENOLCK || errno == EINVAL) return EK_OK; /* a file system without locks */
        usleep(LOCK_MICROSECONDS);
    }
    return EK_FAIL(EK_ERROR_BUSY, "another sweep is running on %s", sweep->output);
}

static ek_status create_folders(const char *output)
{
    struct ek_text path = {0};
    ek_text_printf(&path, "%s/journal", output);
    ek_status status = path.status;
    if (status == EK_OK) status = ek_folder_create(path.bytes);
    ek_text_clear(&path);
    return status;
}

static void drop_lock(struct sweep *sweep)
{
    if (sweep->lock >= 0) close(sweep->lock);
    sweep->lock = -1;
}

/* Renames an old folder, unless somebody is at work in it. */
static ek_status start_afresh(struct sweep *sweep)
{
    if (!exists(sweep->output, "")) return EK_OK;
    if (exists(sweep->output, "lock")) EK_TRY(take_lock(sweep));
    drop_lock(sweep);
    return move_aside(sweep->output);
}

ek_status ek_sweep_folder_open(struct sweep *sweep)
{
    const char *resolved = sweep->spec->resolved;
    if (sweep->options->force) EK_TRY(start_afresh(sweep));
    EK_TRY(create_folders(sweep->output));
    EK_TRY(take_lock(sweep));
    EK_TRY(ek_file_write(sweep->output, "spec.yaml", sweep->file.bytes, sweep->file.length));
    EK_TRY(ek_file_write(sweep->output, "resolved.yaml", resolved, strlen(resolved)));
    return ek_folder_sync(sweep->output);
}
