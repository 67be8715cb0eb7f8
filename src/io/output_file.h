/* Where that which is written to a name goes. */
#ifndef EK_IO_OUTPUT_FILE_H
#define EK_IO_OUTPUT_FILE_H

#include "base/base.h"

#include <limits.h>

struct ek_output {
    bool straight;       /* into what is there: a pipe, a device, an open file of this process */
    char path[PATH_MAX]; /* links followed: the temporary file belongs into its folder */
};
/* All that give a finished file its name ask here first, because a rename replaces a link, a pipe
 * or a device like any file. What can only be written straight into is refused where `replaces`:
 * files that are read again, or written by several ranks. EK_ERROR_FILE. */
ek_status ek_output_find(const char *path, bool replaces, struct ek_output *output);

#endif
