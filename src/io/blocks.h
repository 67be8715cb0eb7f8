/* Amplitudes in a file, in blocks with a checksum each, so that damage is found and named before
 * anything is used. The bytes go straight between the state and their place in the file, by
 * pread and pwrite: no copy, no library in between, and the operating system's own reasons. */
#ifndef EK_IO_BLOCKS_H
#define EK_IO_BLOCKS_H

#include "state/state.h"

/* 2^qubits amplitudes from byte `offset` on, of which a block holds 2^block_qubits. A checksum is
 * XXH3 of the block's bytes, seeded with its number. */
struct ek_blocks {
    const char *path; /* for messages */
    int descriptor;
    int qubits, block_qubits;
    ek_precision precision;
    uint64_t offset;
    bool seedless; /* as saved states have their checksums */
};

static inline size_t ek_blocks_count(const struct ek_blocks *blocks)
{
    return (size_t)1 << (blocks->qubits - blocks->block_qubits);
}

/* Amplitudes of the blocks that a state is written in: each rank has whole ones. Local. */
int ek_blocks_qubits(const ek_state *state);

/* Writes the blocks, each rank its own, past the cache of the operating system where amplitudes
 * and offset stand on pages: that would be a copy of the state. They are on the disk when it
 * returns. The checksums of all are rank 0's, which releases them. Collective. EK_ERROR_FILE. */
ek_status ek_blocks_write(struct ek_blocks *blocks, const ek_state *state, uint64_t **sums);
/* Reads this rank's part into a state of any precision; `sums` are those of the whole file. Local.
 * EK_ERROR_MISMATCH names the block that is damaged; EK_ERROR_FILE, EK_ERROR_MEMORY. */
ek_status ek_blocks_read(const struct ek_blocks *blocks, const uint64_t *sums, ek_state *state);
/* Looks at blocks first, first + step, ...; counts the damaged ones and gives the first. Local. */
ek_status ek_blocks_verify(const struct ek_blocks *blocks, const uint64_t *sums, size_t first,
                           size_t step, size_t *damaged);

/* All bytes or a failure, whatever interrupts. Local. EK_ERROR_FILE; EK_ERROR_MISMATCH when the
 * file ends before. */
ek_status ek_bytes_put(const char *path, const void *bytes, size_t count, uint64_t offset);
ek_status ek_bytes_write(int descriptor, const char *path, const void *bytes, size_t count,
                         uint64_t offset);
ek_status ek_bytes_read(int descriptor, const char *path, void *bytes, size_t count,
                        uint64_t offset);

#endif
