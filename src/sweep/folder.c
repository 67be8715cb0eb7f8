/* The output folder. All here is rank 0's. */
#define _DEFAULT_SOURCE
#include "sweep/sweep_private.h"

#include "io/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4200, LOCK_TRIES = 100, LOCK_MICROSECONDS = 50000, OLD_MAX = 10000 };
/* Bytes of the lock file, none of which exists: the folder's files; N, that it is done in N parts;
 * PART + K, part K of them. A whole sweep has all. */
enum { LOCK_FILES = 0, LOCK_COUNTS = 1, LOCK_PART = 1 << 30 };

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
        if (!ek_sweep_owns(sweep, id)) continue;
        sweep->done_before += sweep->record.points[id].state == EK_POINT_DONE;
        sweep->failed_before += sweep->record.points[id].state == EK_POINT_FAILED;
    }
}

ek_status ek_sweep_folder_inspect(struct sweep *sweep)
{
    ek_journal_record_clear(&sweep->record);
    sweep->done_before = sweep->failed_before = 0;
    if (sweep->options->force && sweep->lock < 0) return EK_OK;
    EK_TRY(ek_journal_read(sweep->output, ek_sweep_part_name(sweep), &sweep->record));
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

/* 0, or why not. */
static int lock_bytes(int descriptor, short type, off_t from, off_t count)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = from, .l_len = count};
    const bool waits = from == LOCK_FILES && count == 1; /* held for a moment only */
    return fcntl(descriptor, waits ? F_SETLKW : F_SETLK, &lock) == 0 ? 0 : errno;
}

/* EAGAIN when others work on the bytes. */
static int probe_bytes(int descriptor, off_t from, off_t count)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = from, .l_len = count};
    if (count == 0) return 0;
    if (fcntl(descriptor, F_GETLK, &lock) != 0) return errno;
    return lock.l_type == F_UNLCK ? 0 : EAGAIN;
}

/* The part is ours, and whoever else is here has another of the same number of parts. */
static int lock_part(const struct sweep *sweep)
{
    const int lock = sweep->lock, parts = sweep->options->parts;
    int why = lock_bytes(lock, F_WRLCK, LOCK_PART + sweep->options->part, 1);
    if (!why) why = lock_bytes(lock, F_RDLCK, parts, 1);
    if (!why) why = probe_bytes(lock, LOCK_COUNTS, parts - LOCK_COUNTS);
    if (!why) why = probe_bytes(lock, parts + 1, LOCK_PART - parts - 1);
    if (!why) why = lock_bytes(lock, F_WRLCK, LOCK_FILES, 1);
    if (why) lock_bytes(lock, F_UNLCK, 0, 0);
    return why;
}

static ek_status busy(const struct sweep *sweep)
{
    if (!sweep->part_of)
        return EK_FAIL(EK_ERROR_BUSY, "another sweep is running on %s", sweep->output);
    return EK_FAIL(EK_ERROR_BUSY,
                   "part %d of %d of %s is being worked on, or others than %d parts are",
                   sweep->options->part, sweep->options->parts, sweep->output,
                   sweep->options->parts);
}

/* Refuses a second sweep on the folder. What a killed one holds is let go with its process, which
 * may take a moment. */
static ek_status take_lock(struct sweep *sweep)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/lock", sweep->output);
    sweep->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (sweep->lock < 0)
        return EK_FAIL(EK_ERROR_FILE, "cannot create %s: %s", path, strerror(errno));
    for (int i = 0; i < LOCK_TRIES; i++) {
        const int why =
            sweep->part_of ? lock_part(sweep) : lock_bytes(sweep->lock, F_WRLCK, 0, 0);
        const bool held = why == EAGAIN || why == EACCES || why == EINTR || why == EDEADLK;
        if (!held) return EK_OK; /* ours, or there are no locks here */
        usleep(LOCK_MICROSECONDS);
    }
    return busy(sweep);
}

/* Where our journals go. */
static ek_status create_folders(const struct sweep *sweep)
{
    struct ek_text path = {0};
    ek_journal_part_folder(sweep->output, ek_sweep_part_name(sweep), &path);
    ek_text_printf(&path, "/journal");
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

/* Unless it is there: tasks on other hosts may be reading it, which may lose what is replaced. */
static ek_status write_spec(const struct sweep *sweep)
{
    char path[PATH_BYTES];
    ek_file known = {0};
    snprintf(path, sizeof path, "%s/spec.yaml", sweep->output);
    const bool same = exists(sweep->output, "spec.yaml") &&
                      ek_file_read_alone(path, &known) == EK_OK &&
                      known.length == sweep->file.length &&
                      memcmp(known.bytes, sweep->file.bytes, known.length) == 0;
    ek_file_clear(&known);
    if (same) return EK_OK;
    return ek_file_write(sweep->output, "spec.yaml", sweep->file.bytes, sweep->file.length);
}

static ek_status write_specs(const struct sweep *sweep)
{
    const char *resolved = sweep->spec->resolved;
    EK_TRY(write_spec(sweep));
    EK_TRY(ek_file_write(sweep->output, "resolved.yaml", resolved, strlen(resolved)));
    return ek_folder_sync(sweep->output);
}

ek_status ek_sweep_folder_open(struct sweep *sweep)
{
    if (sweep->options->force) EK_TRY(start_afresh(sweep));
    EK_TRY(create_folders(sweep));
    EK_TRY(take_lock(sweep));
    EK_TRY(write_specs(sweep));
    if (sweep->part_of) lock_bytes(sweep->lock, F_UNLCK, LOCK_FILES, 1);
    return EK_OK;
}
