#define _GNU_SOURCE /* fallocate, memfd_create, SEEK_DATA */
#include "io/hdf5_file.h"

#include "io/blocks.h"
#include "io/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    GROWTH = 1 << 20, /* of a file in memory */
    ALIGN_FROM = 1 << 16, /* bytes of data sets that stand on pages */
    ALIGN = 4096,
    PIECE = 1 << 16
};

ek_status ek_file_place_find(const char *name_given, struct ek_file_place *place)
{
    struct ek_output output;
    EK_TRY(ek_output_find(name_given, true, &output));
    const char *path = output.path;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const int length = !slash ? 1 : slash == path ? 1 : (int)(slash - path);
    if (*name == '\0' || strlen(name) >= sizeof place->name || strlen(path) >= EK_PATH_BYTES)
        return EK_FAIL(EK_ERROR_FILE, "'%s' is no name for a file", path);
    snprintf(place->folder, sizeof place->folder, "%.*s", length, slash ? path : ".");
    snprintf(place->name, sizeof place->name, "%.255s", name);
    snprintf(place->temporary, sizeof place->temporary, ".%.255s.part", name);
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

/* ---- files of one rank --------------------------------------------------------------------- */

hid_t ek_hdf5_begin(const char *path)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, GROWTH, false);
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    return file;
}

static ek_status write_image(const char *path, const char *image, size_t length)
{
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return EK_FAIL(EK_ERROR_FILE, "cannot create %s: %s", path, strerror(errno));
    ek_status status = ek_bytes_write(descriptor, path, image, length, 0);
    if (close(descriptor) != 0 && status == EK_OK)
        status = EK_FAIL(EK_ERROR_FILE, "cannot close %s: %s", path, strerror(errno));
    return status;
}

ek_status ek_hdf5_end(hid_t file, const char *path, ek_status status)
{
    char *image = NULL;
    const bool flushed = H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0;
    const ssize_t length = flushed ? H5Fget_file_image(file, NULL, 0) : -1;
    if (status == EK_OK && length > 0) status = EK_NEW_RAW(image, (size_t)length);
    const bool taken = image && H5Fget_file_image(file, image, (size_t)length) == length;
    const bool closed = H5Fclose(file) >= 0;
    if (status == EK_OK && !(taken && closed))
        status = EK_FAIL(EK_ERROR_MEMORY, "HDF5 cannot make %s in memory", path);
    if (status == EK_OK) status = write_image(path, image, (size_t)length);
    ek_release(image);
    return status;
}

/* ---- files of all ranks -------------------------------------------------------------------- */

static ek_status refuse_to_write(const char *path)
{
    return EK_FAIL(EK_ERROR_FILE, "cannot write %s: %s", path,
                   errno ? strerror(errno) : "HDF5 refuses");
}

/* Takes the room at once where the file system can, so that a full disk is known before hours of
 * writing. */
static ek_status reserve(const struct ek_file_place *place, uint64_t bytes)
{
    char room[32];
    const int descriptor = open(place->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return EK_FAIL(EK_ERROR_FILE, "cannot open %s: %s", place->path, strerror(errno));
    const int failed = fallocate(descriptor, 0, 0, (off_t)bytes), reason = errno;
    close(descriptor);
    if (!failed || (reason != ENOSPC && reason != EDQUOT && reason != EFBIG)) return EK_OK;
    return EK_FAIL(EK_ERROR_FILE, "cannot write %s to the folder %s: %s",
                   ek_format_bytes((double)bytes, room), place->folder, strerror(reason));
}

static ek_status copy_range(int from, int to, const char *path, uint64_t at, uint64_t end)
{
    char piece[PIECE];
    while (at < end) {
        const size_t count = end - at < PIECE ? (size_t)(end - at) : PIECE;
        EK_TRY(ek_bytes_read(from, path, piece, count, at));
        EK_TRY(ek_bytes_write(to, path, piece, count, at));
        at += count;
    }
    return EK_OK;
}

/* All that is not a hole. */
static ek_status copy_data(int from, int to, const char *path)
{
    const off_t end = lseek(from, 0, SEEK_END);
    if (end < 0 || ftruncate(to, end) != 0) return refuse_to_write(path);
    for (off_t at = 0; (at = lseek(from, at, SEEK_DATA)) >= 0;) {
        const off_t hole = lseek(from, at, SEEK_HOLE);
        EK_TRY(copy_range(from, to, path, (uint64_t)at, (uint64_t)hole));
        at = hole;
    }
    return EK_OK;
}

static ek_status fill_container(const char *path, const struct ek_container *container)
{
    struct ek_quiet quiet;
    errno = 0;
    ek_quiet_begin(&quiet);
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS), form = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_fapl_stdio(access); /* the one driver that takes a file without a name of its own */
    H5Pset_alignment(access, ALIGN_FROM, ALIGN);
    H5Pset_file_locking(access, false, true); /* nobody else sees it */
    if (container->user_bytes > 0) {
        H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
        H5Pset_userblock(form, container->user_bytes);
    }
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, form, access);
    bool good = file >= 0 && container->fill(file, container->context);
    if (file >= 0) good = H5Fclose(file) >= 0 && good;
    H5Pclose(form);
    H5Pclose(access);
    ek_quiet_end(&quiet);
    return good ? EK_OK : refuse_to_write(path);
}

static ek_status copy_container(int memory, const struct ek_file_place *place)
{
    struct stat facts;
    const int file = open(place->path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return refuse_to_write(place->path);
    const ek_status status = copy_data(memory, file, place->path);
    close(file);
    EK_TRY(status);
    if (stat(place->path, &facts) != 0) return refuse_to_write(place->path);
    return reserve(place, (uint64_t)facts.st_size);
}

/* HDF5 makes a file in memory, in which what it leaves unwritten is a hole. A limit on the size of
 * files holds for that one too, so that it is met before HDF5 meets it. */
ek_status ek_container_create(const struct ek_file_place *place,
                              const struct ek_container *container)
{
    char name[32];
    EK_TRY(reserve(place, container->bytes));
    const int memory = memfd_create("exaket-container", MFD_CLOEXEC);
    if (memory < 0) return refuse_to_write(place->path);
    snprintf(name, sizeof name, "/proc/self/fd/%d", memory);
    ek_status status = ftruncate(memory, (off_t)container->bytes) == 0
                           ? fill_container(name, container)
                           : refuse_to_write(place->path);
    if (status == EK_OK) status = copy_container(memory, place);
    close(memory);
    return status;
}

bool ek_container_place(hid_t group, const char *name, hid_t type, hsize_t count,
                        uint64_t *offset)
{
    const hid_t space = H5Screate_simple(1, &count, NULL), how = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_layout(how, H5D_CONTIGUOUS);
    H5Pset_alloc_time(how, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(how, H5D_FILL_TIME_NEVER);
    const hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, how, H5P_DEFAULT);
    *offset = set >= 0 ? H5Dget_offset(set) : HADDR_UNDEF;
    if (set >= 0) H5Dclose(set);
    H5Pclose(how);
    H5Sclose(space);
    return *offset != HADDR_UNDEF;
}

/* ---- data sets ----------------------------------------------------------------------------- */

/* Takes over the space. */
static bool write_set(hid_t file, const char *name, hid_t type, hid_t space, const void *values)
{
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    const hid_t set = H5Dcreate2(file, name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    bool good = set >= 0 && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    if (set >= 0) good = H5Dclose(set) >= 0 && good;
    H5Pclose(links);
    H5Sclose(space);
    return good;
}

bool ek_hdf5_array(hid_t file, const char *name, hid_t type, const hsize_t extent[2],
                   const void *values)
{
    const hid_t space = H5Screate_simple(extent[1] > 0 ? 2 : 1, extent, NULL);
    return write_set(file, name, type, space, values);
}

bool ek_hdf5_text(hid_t file, const char *name, const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(text) + 1);
    const bool good = write_set(file, name, type, H5Screate(H5S_SCALAR), text);
    H5Tclose(type);
    return good;
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
