/* Files that appear whole or not at all. */
#include "io/results.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static ek_status refuse(const char *action, const char *path)
{
    return EK_FAIL(EK_ERROR_FILE, "cannot %s %s: %s", action, path, strerror(errno));
}

static ek_status join(const char *folder, const char *name, char *path)
{
    if (snprintf(path, PATH_BYTES, "%s/%s", folder, name) < PATH_BYTES) return EK_OK;
    return EK_FAIL(EK_ERROR_FILE, "the path %.100s.../%s is too long", folder, name);
}

static ek_status sync_path(const char *path, int flags)
{
    const int descriptor = open(path, flags | O_CLOEXEC);
    if (descriptor < 0) return refuse("open", path);
    const bool synced = fsync(descriptor) == 0 || errno == EINVAL; /* not all can be synced */
    const ek_status status = synced ? EK_OK : refuse("sync", path);
    close(descriptor);
    return status;
}

ek_status ek_folder_sync(const char *folder)
{
    return sync_path(folder, O_RDONLY | O_DIRECTORY);
}

ek_status ek_folder_create(const char *folder)
{
    char path[PATH_BYTES];
    EK_TRY(join(folder, "", path));
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST) return refuse("create the folder", path);
        *slash = '/';
    }
    return EK_OK;
}

ek_status ek_file_publish(const char *folder, const char *temporary, const char *name)
{
    char from[PATH_BYTES], to[PATH_BYTES];
    EK_TRY(join(folder, temporary, from));
    EK_TRY(join(folder, name, to));
    ek_status status = sync_path(from, O_RDWR);
    if (status == EK_OK && rename(from, to) != 0) status = refuse("rename", from);
    if (status != EK_OK) {
        unlink(from);
        return status;
    }
    return ek_folder_sync(folder);
}

static ek_status write_new(const char *path, const char *bytes, size_t count)
{
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) return refuse("create", path);
    ek_status status = EK_OK;
    if (ek_fault_due(EK_FAULT_WRITE))
        status = EK_FAIL(EK_ERROR_FILE, "cannot write %s: injected fault", path);
    while (count > 0 && status == EK_OK) {
        const ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0)
            status = refuse("write", path);
        else
            bytes += written, count -= (size_t)written;
    }
    if (close(descriptor) != 0 && status == EK_OK) status = refuse("close", path);
    if (status != EK_OK) unlink(path);
    return status;
}

ek_status ek_file_write(const char *folder, const char *name, const void *bytes, size_t count)
{
    char temporary[256], path[PATH_BYTES];
    snprintf(temporary, sizeof temporary, ".%s.part", name);
    EK_TRY(join(folder, temporary, path));
    EK_TRY(write_new(path, bytes, count));
    return ek_file_publish(folder, temporary, name);
}
