/* HDF5 files that appear whole or not at all, and HDF5's silence meanwhile. */
#ifndef EK_IO_HDF5_FILE_H
#define EK_IO_HDF5_FILE_H

#include "comm/comm.h"
#include "io/results.h"

#include <hdf5.h>

enum { EK_PATH_BYTES = 4096 };

/* A path in its parts; the file is written to folder/temporary. */
struct ek_file_place {
    char folder[EK_PATH_BYTES], name[256], temporary[280], path[EK_PATH_BYTES + 300];
};
ek_status ek_file_place_find(const char *path, struct ek_file_place *place);
/* Whether the file can be created, by the one rank that can say why not. */
ek_status ek_file_place_try(const ek_session *session, const struct ek_file_place *place);
/* Rank 0 gives the file its name, or removes it when it was not written. */
ek_status ek_file_place_publish(const ek_session *session, const struct ek_file_place *place,
                                ek_status written);

/* A file with an array of one extent, or of two where the second is not 0; groups in its name are
 * made. Local. */
bool ek_hdf5_array(hid_t file, const char *name, hid_t type, const hsize_t extent[2],
                   const void *values);
bool ek_hdf5_text(hid_t file, const char *name, const char *text);

/* HDF5 does not survive a disk that fails it: a file that one rank writes is made in memory, and
 * the disk has to do with us. Negative when there is none. Local. */
hid_t ek_hdf5_begin(const char *path);
/* Closes the file and writes it to its path, unless `status` is a failure, which it then returns.
 * EK_ERROR_FILE, EK_ERROR_MEMORY. */
ek_status ek_hdf5_end(hid_t file, const char *path, ek_status status);

/* A file with data sets too long for that, which are written past HDF5: see blocks.h. */
struct ek_container {
    uint64_t bytes;    /* of the file, at the most */
    size_t user_bytes; /* left before HDF5's, which are of its newest format then */
    bool (*fill)(hid_t file, void *context);
    void *context;
};
/* Makes the file, with all its room where the file system can reserve it. Local. EK_ERROR_FILE. */
ek_status ek_container_create(const struct ek_file_place *place,
                              const struct ek_container *container);
/* While it is filled: a data set that is not written, and where it will be. */
bool ek_container_place(hid_t group, const char *name, hid_t type, hsize_t count,
                        uint64_t *offset);

/* HDF5 prints nothing between the two: failures are reported here. */
struct ek_quiet {
    H5E_auto2_t print;
    void *context;
};
void ek_quiet_begin(struct ek_quiet *quiet);
void ek_quiet_end(const struct ek_quiet *quiet);

#endif
