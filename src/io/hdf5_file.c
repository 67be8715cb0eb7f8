#include "io/hdf5_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

ek_status ek_file_place_find(const char *path, struct ek_file_place *place)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const int length = !slash ? 1 : slash == path ? 1 : (int)(slash - path);
    if (*name == '\0' || strlen(name) >= sizeof place->name || strlen(path) >= EK_PATH_BYTES)
        return EK_FAIL(EK_ERROR_FILE, "'%s' is no name for a file", path);
    snprintf(place->folder, sizeof place->folder, "%.*s", length, slash ? path : ".");
    snprintf(place->name, sizeof place->name, "%s", name);
    snprintf(place->temporary, sizeof place->temporary, ".%s.part", name);
    snprintf(place->path, sizeof place->path, "%s/%s", place->folder, place->temporary);
    return EK_OK;
}

ek_status ek_file_place_try(const ek_session *session, const struct ek_file_place *place)
{
    if (ek_session_rank(session) != 0) return EK_OK;
    const int descriptor = open(place->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return EK_FAIL(EK_ERROR_FILE, "cannot create %s: %s", place->path, strerror(errno));
    close(descriptor);
    return EK_OK;
}

ek_status ek_file_place_publish(const ek_session *session, const struct ek_file_place *place,
                                ek_status written)
{
    if (ek_session_rank(session) != 0) return written;
    if (written == EK_OK) return ek_file_publish(place->folder, place->temporary, place->name);
    unlink(place->path);
    return written;
}

void ek_quiet_begin(struct ek_quiet *quiet)
{
    H5Eget_auto2(H5E_DEFAULT, &quiet->print, &quiet->context);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void ek_quiet_end(const struct ek_quiet *quiet)
{
    H5Eset_auto2(H5E_DEFAULT, quiet->print, quiet->context);
}
