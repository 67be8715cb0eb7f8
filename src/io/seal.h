/* A seal on an HDF5 file, in the block before it that HDF5 leaves to users: where a long data set
 * with checksums of its own lies, and a digest of all the other bytes. So a damaged file never
 * gets as far as HDF5, which was not made for them. */
#ifndef EK_IO_SEAL_H
#define EK_IO_SEAL_H

#include "base/base.h"

enum { EK_SEAL_BYTES = 4096 }; /* of the user block: at least what objects are aligned to */

/* All of 8 bytes, so that the digest has no gaps. */
struct ek_seal {
    char magic[16];
    uint64_t order;  /* 0x0102030405060708, as this machine has it */
    uint64_t schema; /* of the file's contents */
    uint64_t length; /* of the file */
    uint64_t skip_from, skip_bytes; /* the data set */
    uint64_t digest; /* of all bytes but seal and data set */
    uint64_t own;    /* digest of the fields above */
};

/* Seals a whole file. Local. EK_ERROR_FILE. */
ek_status ek_seal_write(const char *path, uint64_t schema, uint64_t skip_from,
                        uint64_t skip_bytes);
/* EK_ERROR_MISMATCH: no such file, of another schema, or damaged; EK_ERROR_FILE. Local. */
ek_status ek_seal_check(const char *path, uint64_t schema, struct ek_seal *seal);
/* Whether the file begins as a sealed one does, or is empty. Local. */
bool ek_seal_begins(const char *path);

#endif
