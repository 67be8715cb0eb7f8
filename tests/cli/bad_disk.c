/* Preloaded into the program: a disk whose quota is used up when a checkpoint is written
 * (DISK=quota), or that takes ten seconds, or DISK_SECONDS, to have it (DISK=slow). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
