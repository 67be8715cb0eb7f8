/* What saving and loading states share. A file holds, in /state, `amplitudes` and, from schema 2
 * on, `checksums`: XXH3 of each block of amplitudes as they lie in the file. */
#ifndef EK_IO_STATE_PRIVATE_H
#define EK_IO_STATE_PRIVATE_H

#include "io/hdf5_file.h"
#include "exec/exec.h"

enum {
    EK_STATE_SCHEMA = 2,
    EK_STATE_AT_ONCE = 1 << 20, /* amplitudes per transfer, at most */
    EK_STATE_BLOCK = 1 << 16,   /* amplitudes per checksum, at most */
    EK_STATE_OVERHEAD = 1 << 14 /* bytes of a file that are HDF5's own, at most */
};

/* The compound {r, i} in memory; the caller closes it. */
hid_t ek_amplitude_type(ek_precision precision);

/* Of all that says which basis state an amplitude belongs to. */
uint64_t ek_layout_checksum(const struct ek_layout *layout, double norm);

#endif
