#include "io/output_file.h"

#include <exaket/report.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MOST = 40 };

/* Links to what this process has open, such as /dev/stdout, lead to names that may mean nothing:
 * they can be opened only. */
static bool is_descriptor(const char *path)
{
    return strncmp(path, "/dev/fd/", 8) == 0 ||
           (strncmp(path, "/proc/", 6) == 0 && strstr(path, "/fd/"));
}

/* Follows one link; *ended where there is none, or nothing at all. A link may lead to a file that
 * is not there yet, which realpath does not give. */
static ek_status follow(char path[PATH_MAX], bool *ended)
{
    char next[PATH_MAX];
    const ssize_t length = readlink(path, next, sizeof next - 1);
    *ended = length < 0;
    if (*ended) return EK_OK;
    next[length] = '\0';
    char *slash = strrchr(path, '/'), *place = *next == '/' || !slash ? path : slash + 1;
    if ((size_t)(place - path) + (size_t)length >= PATH_MAX)
        return EK_FAIL(EK_ERROR_FILE, "cannot write %.200s...: the path it links to is too long",
                       path);
    memcpy(place, next, (size_t)length + 1);
    return EK_OK;
}

static ek_status follow_all(const char *path, struct ek_output *output)
{
    bool ended = false;
    if (strlen(path) >= sizeof output->path)
        return EK_FAIL(EK_ERROR_FILE, "cannot write %.200s...: the path is too long", path);
    memcpy(output->path, path, strlen(path) + 1);
    for (int links = 0; !ended && !is_descriptor(output->path); links++) {
        if (links == LINKS_MOST)
            return EK_FAIL(EK_ERROR_FILE, "cannot write %s: over %d links one after the other",
                           path, LINKS_MOST);
        EK_TRY(follow(output->path, &ended));
    }
    output->straight = !ended;
    return EK_OK;
}

static const char *kind_of(mode_t mode)
{
    if (S_ISFIFO(mode)) return "a pipe";
    if (S_ISCHR(mode)) return "a device";
    if (S_ISBLK(mode)) return "a disk";
    return S_ISSOCK(mode) ? "a socket" : "a file that is open";
}

ek_status ek_output_find(const char *path, bool replaces, struct ek_output *output)
{
    struct stat facts;
    if (!*path) return EK_FAIL(EK_ERROR_FILE, "cannot write: the name of a file is empty");
    EK_TRY(follow_all(path, output));
    if (stat(path, &facts) != 0) return EK_OK; /* a new one */
    if (S_ISDIR(facts.st_mode))
        return EK_FAIL(EK_ERROR_FILE, "%s is a folder: name a file in it", path);
    if (!S_ISREG(facts.st_mode)) output->straight = true;
    if (!output->straight) return EK_OK;
    if (replaces || S_ISBLK(facts.st_mode) || S_ISSOCK(facts.st_mode))
        return EK_FAIL(EK_ERROR_FILE, "%s is %s, and this output needs a file of its own: name "
                       "one", path, kind_of(facts.st_mode));
    return EK_OK;
}

ek_status ek_output_check(const char *path, int replaces)
{
    struct ek_output output;
    EK_TRY(ek_output_find(path, replaces != 0, &output));
    if (output.straight) {
        if (access(path, W_OK) == 0) return EK_OK;
        return EK_FAIL(EK_ERROR_FILE, "cannot write %s: %s", path, strerror(errno));
    }
    const char *folder = dirname(output.path);
    if (access(folder, W_OK | X_OK) == 0) return EK_OK;
    return EK_FAIL(EK_ERROR_FILE, "cannot write to the folder %s: %s", folder, strerror(errno));
}

/* Closes it. 0, or why not. */
static int write_lines(int descriptor, const char *text, bool syncs)
{
    FILE *file = fdopen(descriptor, "w");
    if (!file) {
        const int reason = errno;
        close(descriptor);
        return reason;
    }
    int reason = 0;
    if (fputs(text, file) == EOF || fputc('\n', file) == EOF || fflush(file) != 0 ||
        (syncs && fsync(descriptor) != 0))
        reason = errno;
    if (fclose(file) != 0 && reason == 0) reason = errno;
    return reason;
}

static int write_straight(const char *path, const char *text)
{
    const int descriptor = open(path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
    return descriptor < 0 ? errno : write_lines(descriptor, text, false);
}

/* Under another name first, so that nobody ever sees half a file. */
static int write_whole(const char *path, const char *text)
{
    char partial[PATH_MAX + 32];
    snprintf(partial, sizeof partial, "%s.part-%ld", path, (long)getpid());
    const int descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) return errno;
    int reason = write_lines(descriptor, text, true);
    if (reason == 0 && rename(partial, path) != 0) reason = errno;
    if (reason != 0) unlink(partial);
    return reason;
}

ek_status ek_output_write(const char *path, const char *text)
{
    struct ek_output output;
    EK_TRY(ek_output_find(path, false, &output));
    const int reason =
        output.straight ? write_straight(path, text) : write_whole(output.path, text);
    if (reason == 0) return EK_OK;
    return EK_FAIL(EK_ERROR_FILE, "cannot write %s: %s", path, strerror(reason));
}
