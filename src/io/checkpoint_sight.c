/* Which file a checkpoint's name stands for. A job that is at work replaces the file while others
 * read it, who open it by its name more than once. */
#define _DEFAULT_SOURCE
#include "io/checkpoint_file.h"

#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 5, WAIT_MICROSECONDS = 50000 };

static void look_at(const char *path, struct ek_checkpoint_sight *sight)
{
    struct stat facts = {0};
    sight->there = stat(path, &facts) == 0;
    sight->device = (uint64_t)facts.st_dev, sight->inode = (uint64_t)facts.st_ino;
    sight->seconds = facts.st_ctim.tv_sec, sight->nanoseconds = facts.st_ctim.tv_nsec;
}

struct ek_checkpoint_sight ek_checkpoint_sight_of(const char *path)
{
    struct ek_checkpoint_sight sight = {0};
    look_at(path, &sight);
    return sight;
}

/* Between the two renames of a new checkpoint, or after a kill there. */
static bool is_between(const char *path, const struct ek_checkpoint_sight *sight)
{
    char previous[4096 + 16];
    if (sight->there) return false;
    snprintf(previous, sizeof previous, "%s.previous", path);
    return access(previous, F_OK) == 0;
}

bool ek_checkpoint_is_replaced(const char *path, struct ek_checkpoint_sight *sight)
{
    const struct ek_checkpoint_sight before = *sight;
    look_at(path, sight);
    const bool same = sight->there == before.there && sight->device == before.device &&
                      sight->inode == before.inode && sight->seconds == before.seconds &&
                      sight->nanoseconds == before.nanoseconds;
    if (same && !is_between(path, sight)) return false;
    if (++sight->tries >= TRIES) return false;
    usleep(WAIT_MICROSECONDS);
    look_at(path, sight);
    return true;
}
