/* Preloaded into the program: a disk whose quota is used up when a checkpoint is written
 * (DISK=quota), that takes ten seconds, or DISK_SECONDS, to have it (DISK=slow), or that has no
 * locks (DISK=unlocked). Or a job beside it, that replaces run.ckpt by next.ckpt before the file
 * is opened for the DISK_OPENING-th time (DISK=replaced), or in two steps, before that opening
 * and the next (DISK=renamed). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* Whether this is that kind of disk, and the file a checkpoint. */
static int disk_is(const char *kind, int descriptor)
{
    char link[64], path[4096] = "";
    const char *disk = getenv("DISK");
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    return disk && strcmp(disk, kind) == 0 && readlink(link, path, sizeof path - 1) > 0 &&
           strstr(path, ".ckpt.part");
}

/* Not every file system can reserve room. */
int fallocate(int descriptor, int mode, off_t offset, off_t length)
{
    (void)descriptor, (void)mode, (void)offset, (void)length;
    errno = EOPNOTSUPP;
    return -1;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    ssize_t (*next)(int, const void *, size_t, off_t);
    *(void **)&next = dlsym(RTLD_NEXT, "pwrite");
    if (!disk_is("quota", descriptor)) return next(descriptor, bytes, count, offset);
    errno = EDQUOT;
    return -1;
}

/* Whatever signals come. */
int fsync(int descriptor)
{
    const char *seconds = getenv("DISK_SECONDS");
    struct timespec left = {0};
    if (disk_is("slow", descriptor)) left.tv_sec = seconds ? atoi(seconds) : 10;
    int (*next)(int);
    *(void **)&next = dlsym(RTLD_NEXT, "fsync");
    while (nanosleep(&left, &left) != 0) continue;
    return next(descriptor);
}

int flock(int descriptor, int operation)
{
    const char *disk = getenv("DISK");
    int (*next)(int, int);
    *(void **)&next = dlsym(RTLD_NEXT, "flock");
    if (!disk || strcmp(disk, "unlocked") != 0) return next(descriptor, operation);
    errno = ENOLCK;
    return -1;
}

/* As Lustre does that was mounted without them. */
int fcntl(int descriptor, int what, ...)
{
    int (*next)(int, int, ...);
    va_list arguments;
    const char *disk = getenv("DISK");
    va_start(arguments, what);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    *(void **)&next = dlsym(RTLD_NEXT, "fcntl");
    const int locks = what == F_SETLK || what == F_SETLKW || what == F_GETLK;
    if (!locks || !disk || strcmp(disk, "unlocked") != 0) return next(descriptor, what, argument);
    errno = ENOSYS;
    return -1;
}

/* Before the file is opened. */
static void job_goes_on(void)
{
    static int openings;
    const char *disk = getenv("DISK"), *number = getenv("DISK_OPENING");
    const int first = number ? atoi(number) : 0;
    const int in_steps = disk && strcmp(disk, "renamed") == 0;
    if (!in_steps && !(disk && strcmp(disk, "replaced") == 0)) return;
    openings++;
    if (openings == first) rename("run.ckpt", "run.ckpt.previous");
    if (openings == first + in_steps) rename("next.ckpt", "run.ckpt");
}

int open(const char *path, int flags, ...)
{
    const int creates = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
    mode_t mode = 0;
    va_list rest;
    va_start(rest, flags);
    if (creates) mode = va_arg(rest, mode_t);
    va_end(rest);
    int (*next)(const char *, int, ...);
    *(void **)&next = dlsym(RTLD_NEXT, "open");
    if (strcmp(path, "run.ckpt") == 0) job_goes_on();
    return next(path, flags, mode);
}
