#include "comm/comm.h"
#include "io/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_AT_ONCE = 1 << 20, LONGEST = 1 << 30 };

static ek_status refuse(const char *path, const char *action)
{
    return EK_FAIL(EK_ERROR_FILE, "cannot %s %s: %s", action, path, strerror(errno));
}

/* Makes room for one more block; `hint` is the expected length of the whole. */
static ek_status make_room(ek_file *file, size_t hint, size_t *capacity)
{
    void *bytes = file->bytes;
    const size_t more = file->length < hint ? hint : file->length + READ_AT_ONCE;
    EK_TRY(ek_grow(&bytes, file->length, 1, more + 1, capacity));
    file->bytes = bytes;
    return EK_OK;
}

/* Reads to the end, which pipes do not tell in advance. */
static ek_status read_open(int descriptor, size_t hint, ek_file *file)
{
    size_t capacity = 0;
    for (;;) {
        if (file->length + 1 >= capacity) EK_TRY(make_room(file, hint, &capacity));
        const ssize_t got =
            read(descriptor, file->bytes + file->length, capacity - 1 - file->length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return refuse(file->path, "read");
        if (got == 0) break;
        file->length += (size_t)got;
        if (file->length > LONGEST)
            return EK_FAIL(EK_ERROR_FILE, "%s is longer than 1 GiB, the most that is read",
                           file->path);
    }
    file->bytes[file->length] = '\0';
    return EK_OK;
}

static ek_status read_here(ek_file *file)
{
    struct stat facts;
    const int descriptor = open(file->path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return refuse(file->path, "open");
    ek_status status;
    if (fstat(descriptor, &facts) != 0)
        status = refuse(file->path, "look at");
    else if (S_ISDIR(facts.st_mode))
        status = EK_FAIL(EK_ERROR_FILE, "%s is a directory, expected a file", file->path);
    else if (facts.st_size > LONGEST)
        status =
            EK_FAIL(EK_ERROR_FILE, "%s is longer than 1 GiB, the most that is read", file->path);
    else
        status = read_open(
            descriptor, S_ISREG(facts.st_mode) ? (size_t)facts.st_size + 1 : READ_AT_ONCE, file);
    close(descriptor);
    return status;
}

ek_status ek_file_open_regular(const char *path, int *descriptor)
{
    struct stat facts = {0};
    const int opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (opened < 0) return refuse(path, "read");
    *descriptor = opened;
    if (fstat(opened, &facts) == 0 && S_ISREG(facts.st_mode)) return EK_OK;
    close(opened);
    return EK_FAIL(EK_ERROR_FILE, "%s is a %s, expected a file", path,
                   S_ISDIR(facts.st_mode) ? "directory" : "pipe or device");
}

static ek_status begin_file(const ek_session *session, const char *path, ek_file *file)
{
    if (!path || !*path) return EK_FAIL(EK_ERROR_ARGUMENT, "the name of a file to read is empty");
    EK_TRY(ek_copy_string(path, &file->path));
    return !session || ek_session_rank(session) == 0 ? read_here(file) : EK_OK;
}

ek_status ek_file_read_alone(const char *path, ek_file *file)
{
    ek_file fresh = {0};
    const ek_status status = begin_file(NULL, path, &fresh);
    if (status == EK_OK) *file = fresh;
    else ek_file_clear(&fresh);
    return status;
}

static ek_status share_bytes(ek_session *session, ek_file *file)
{
    uint64_t length = file->length;
    ek_broadcast(session, &length, sizeof length, 0);
    ek_status status = EK_OK;
    if (ek_session_rank(session) != 0) status = EK_NEW(file->bytes, length + 1);
    EK_TRY(ek_session_agree(session, status));
    file->length = length;
    ek_broadcast(session, file->bytes, length, 0);
    return EK_OK;
}

ek_status ek_file_read(ek_session *session, const char *path, ek_file *file)
{
    ek_file fresh = {0};
    ek_status status = ek_session_agree(session, begin_file(session, path, &fresh));
    if (status == EK_OK) status = share_bytes(session, &fresh);
    if (status == EK_OK)
        *file = fresh;
    else
        ek_file_clear(&fresh);
    return status;
}

void ek_file_clear(ek_file *file)
{
    if (!file) return;
    ek_release(file->path);
    ek_release(file->bytes);
    *file = (ek_file){0};
}
