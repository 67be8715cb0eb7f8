/* One run at a time on a checkpoint: both would write the same file beside it. The lock is on
 * .FILE.lock, as FILE is another one after each rename, and goes with its process. */
#define _DEFAULT_SOURCE
#include "io/checkpoint_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_TRIES = 50, LOCK_MICROSECONDS = 50000 };

/* 0, or why not. */
static int open_with(struct ek_checkpoint_lock *lock, int flags)
{
    lock->descriptor = open(lock->path, flags | O_CLOEXEC, 0666);
    if (lock->descriptor < 0) return errno;
    return flock(lock->descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
}

static void let_go(struct ek_checkpoint_lock *lock)
{
    if (lock->descriptor >= 0) close(lock->descriptor);
    lock->descriptor = -1;
}

/* Open for reading it is in nobody's way, such as one who makes the file system read-only. NFS
 * locks only what is open for writing. */
static int try_lock(struct ek_checkpoint_lock *lock)
{
    const int why = open_with(lock, O_RDONLY | O_CREAT);
    if (why != EBADF) return why;
    let_go(lock);
    return open_with(lock, O_RDWR);
}

/* Whether the file still has its name, which a run takes away at its end. */
static bool has_name(const struct ek_checkpoint_lock *lock)
{
    struct stat ours, named;
    return fstat(lock->descriptor, &ours) == 0 && stat(lock->path, &named) == 0 &&
           ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

ek_status ek_checkpoint_lock(const char *path, struct ek_checkpoint_lock *lock)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    snprintf(lock->path, sizeof lock->path, "%.*s.%s.lock", (int)(name - path), path, name);
    for (int i = 0; i < LOCK_TRIES; i++) {
        const int why = try_lock(lock);
        if (why == 0 && has_name(lock)) return EK_OK;
        if (why != 0 && why != EWOULDBLOCK) { /* no locks here, or no files: that is said later */
            ek_log(EK_LOG_DEBUG, "%s without a lock: %s", path, strerror(why));
            ek_checkpoint_unlock(lock);
            return EK_OK;
        }
        let_go(lock);
        if (why != 0) usleep(LOCK_MICROSECONDS); /* a killed run may take a moment to end */
    }
    return EK_FAIL(EK_ERROR_BUSY, "another run has its checkpoints in %s: wait for its end, or "
                   "name another file", path);
}

void ek_checkpoint_unlock(struct ek_checkpoint_lock *lock)
{
    if (lock->descriptor >= 0 && has_name(lock)) unlink(lock->path);
    let_go(lock);
}
