/* io: bytes to and from the things of the rooms below. Owns the formats: graph and problem files,
 * specs (YAML), journals (JSON), results and checkpoints (HDF5). The only room that knows hdf5.h,
 * jansson.h and cyaml.h. May include all rooms from base to observe. */
#ifndef EK_IO_H
#define EK_IO_H

#include "base/base.h"

#include <exaket/files.h>

/* Records an EK_ERROR_PARSE whose message begins with "path:line:column: ", the place of the byte
 * `at` of the file (its end is allowed). Use EK_FAIL_IN, which adds the place in the source. */
__attribute__((format(printf, 5, 6))) ek_status
ek_fail_in_file(const char *source, int source_line, const ek_file *file, const char *at,
                const char *format, ...);

#define EK_FAIL_IN(file, at, ...) ek_fail_in_file(__FILE__, __LINE__, (file), (at), __VA_ARGS__)

/* Reads a whole file in this process alone. Local; otherwise as ek_file_read. */
ek_status ek_file_read_alone(const char *path, ek_file *file);
/* Opens a file to be read here and there, as no pipe can be, and waits for none. Local.
 * EK_ERROR_FILE. */
ek_status ek_file_open_regular(const char *path, int *descriptor);

/* Refuses a number of vertices, unless it is 0, for a file of a format that says it itself.
 * EK_ERROR_ARGUMENT. */
ek_status ek_refuse_vertices(int vertices, const char *path, const char *format);

/* Whether the first line that is no comment begins with "p qubo". */
bool ek_file_is_qubo(const ek_file *file);

#endif
