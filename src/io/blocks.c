#define _GNU_SOURCE /* O_DIRECT */
#include "io/blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK_QUBITS = 16, /* 1 MiB in double precision: one look at it stays in the cache */
    AT_ONCE = 16,      /* blocks per write: a disk without a cache in between wants long ones */
    PAGE = 4096
};

static size_t bytes_of(ek_precision precision) { return precision == EK_SINGLE ? 8 : 16; }

static size_t block_bytes(const struct ek_blocks *blocks)
{
    return bytes_of(blocks->precision) << blocks->block_qubits;
}

int ek_blocks_qubits(const ek_state *state)
{
    return state->local_slots < BLOCK_QUBITS ? state->local_slots : BLOCK_QUBITS;
}

static ek_status open_past_cache(struct ek_blocks *blocks, const ek_state *state)
{
    const bool pages = blocks->offset % PAGE == 0 && block_bytes(blocks) % PAGE == 0 &&
                       (uintptr_t)state->amplitudes % PAGE == 0;
    blocks->descriptor =
        pages ? open(blocks->path, O_WRONLY | O_CLOEXEC | O_DIRECT) : -1;
    if (blocks->descriptor < 0) blocks->descriptor = open(blocks->path, O_WRONLY | O_CLOEXEC);
    if (blocks->descriptor >= 0) return EK_OK;
    return EK_FAIL(EK_ERROR_FILE, "cannot open %s: %s", blocks->path, strerror(errno));
}

/* For file systems that want other sizes, and what a short write leaves. */
static bool take_cache(int descriptor)
{
    const int flags = fcntl(descriptor, F_GETFL);
    return flags >= 0 && (flags & O_DIRECT) &&
           fcntl(descriptor, F_SETFL, flags & ~O_DIRECT) == 0;
}

ek_status ek_bytes_write(int descriptor, const char *path, const void *bytes, size_t count,
                         uint64_t offset)
{
    const char *from = bytes;
    while (count > 0) {
        const ssize_t written = ek_fault_due(EK_FAULT_WRITE)
                                    ? (errno = ENOSPC, -1)
                                    : pwrite(descriptor, from, count, (off_t)offset);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EINVAL && take_cache(descriptor)) continue;
        if (written < 0)
            return EK_FAIL(EK_ERROR_FILE, "cannot write %s: %s", path, strerror(errno));
        from += written;
        offset += (uint64_t)written;
        count -= (size_t)written;
    }
    return EK_OK;
}

ek_status ek_bytes_read(int descriptor, const char *path, void *bytes, size_t count,
                        uint64_t offset)
{
    char *to = bytes;
    while (count > 0) {
        const ssize_t got = pread(descriptor, to, count, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return EK_FAIL(EK_ERROR_FILE, "cannot read %s: %s", path, strerror(errno));
        if (got == 0) return EK_FAIL(EK_ERROR_MISMATCH, "%s is damaged: it ends too early", path);
        to += got;
        offset += (uint64_t)got;
        count -= (size_t)got;
    }
    return EK_OK;
}

ek_status ek_bytes_put(const char *path, const void *bytes, size_t count, uint64_t offset)
{
    const int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0)
        return EK_FAIL(EK_ERROR_FILE, "cannot open %s: %s", path, strerror(errno));
    ek_status status = ek_bytes_write(descriptor, path, bytes, count, offset);
    if (close(descriptor) != 0 && status == EK_OK)
        status = EK_FAIL(EK_ERROR_FILE, "cannot write %s: %s", path, strerror(errno));
    return status;
}

static ek_status write_all(const struct ek_blocks *blocks, const ek_state *state, uint64_t *sums)
{
    const size_t bytes = block_bytes(blocks);
    const size_t count = ek_state_local_count(state) >> blocks->block_qubits;
    const size_t first = (size_t)(ek_state_first(state) >> blocks->block_qubits);
    const char *from = state->amplitudes;
    for (size_t b = 0; b < count; b += AT_ONCE) {
        const size_t here = count - b < AT_ONCE ? count - b : AT_ONCE;
        for (size_t i = b; i < b + here; i++)
            sums[i] = ek_digest(blocks->seedless ? 0 : first + i, from + i * bytes, bytes);
        EK_TRY(ek_bytes_write(blocks->descriptor, blocks->path, from + b * bytes, here * bytes,
                              blocks->offset + (first + b) * bytes));
    }
    return EK_OK;
}

/* This rank's blocks, on the disk when it returns. */
static ek_status write_own(struct ek_blocks *blocks, const ek_state *state, uint64_t *sums)
{
    EK_TRY(open_past_cache(blocks, state));
    ek_status status = write_all(blocks, state, sums);
    if (status == EK_OK && fsync(blocks->descriptor) != 0)
        status = EK_FAIL(EK_ERROR_FILE, "cannot write %s: %s", blocks->path, strerror(errno));
    if (close(blocks->descriptor) != 0 && status == EK_OK)
        status = EK_FAIL(EK_ERROR_FILE, "cannot write %s: %s", blocks->path, strerror(errno));
    return status;
}

/* The checksums of all ranks, on rank 0. */
static ek_status collect_sums(ek_session *session, const uint64_t *mine, size_t count,
                              uint64_t **sums)
{
    size_t *lengths = NULL;
    char *all = NULL;
    ek_status status =
        ek_session_agree(session, EK_NEW(lengths, (size_t)ek_session_size(session)));
    if (status == EK_OK)
        status = ek_collect(session, mine, count * sizeof *mine, &all, lengths);
    ek_release(lengths);
    *sums = (uint64_t *)(void *)all;
    return status;
}

ek_status ek_blocks_write(struct ek_blocks *blocks, const ek_state *state, uint64_t **sums)
{
    const size_t count = ek_state_local_count(state) >> blocks->block_qubits;
    uint64_t *mine = NULL;
    ek_status status = ek_session_agree(state->session, EK_NEW(mine, count));
    if (status == EK_OK)
        status = ek_session_agree(state->session, write_own(blocks, state, mine));
    if (status == EK_OK) status = collect_sums(state->session, mine, count, sums);
    ek_release(mine);
    return status;
}

/* Reads block `number`; the damage is a mismatch. */
static ek_status read_block(const struct ek_blocks *blocks, const uint64_t *sums, size_t number,
                            void *buffer)
{
    const size_t bytes = block_bytes(blocks);
    EK_TRY(ek_bytes_read(blocks->descriptor, blocks->path, buffer, bytes,
                         blocks->offset + number * bytes));
    if (ek_digest(number, buffer, bytes) == sums[number]) return EK_OK;
    return EK_FAIL(EK_ERROR_MISMATCH, "%s is damaged: block %zu of %zu (bytes %llu to %llu)",
                   blocks->path, number + 1, ek_blocks_count(blocks),
                   (unsigned long long)(blocks->offset + number * bytes),
                   (unsigned long long)(blocks->offset + (number + 1) * bytes));
}

static ek_complex amplitude_at(ek_precision precision, const void *amplitudes, size_t i)
{
    if (precision == EK_DOUBLE) return ((const ek_complex *)amplitudes)[i];
    const float *a = (const float *)amplitudes + 2 * i;
    return (ek_complex){a[0], a[1]};
}

/* The part of a block that this rank has, through a buffer. */
static void take_block(const struct ek_blocks *blocks, size_t number, const void *buffer,
                       ek_state *state)
{
    const uint64_t start = (uint64_t)number << blocks->block_qubits, mine = ek_state_first(state);
    const size_t size = (size_t)1 << blocks->block_qubits, local = ek_state_local_count(state);
    for (size_t i = 0; i < size; i++)
        if (start + i >= mine && start + i < mine + local)
            ek_state_put(state, (size_t)(start + i - mine),
                         amplitude_at(blocks->precision, buffer, i));
}

ek_status ek_blocks_read(const struct ek_blocks *blocks, const uint64_t *sums, ek_state *state)
{
    const uint64_t mine = ek_state_first(state);
    const size_t local = ek_state_local_count(state);
    const size_t first = (size_t)(mine >> blocks->block_qubits);
    const size_t last = (size_t)((mine + local - 1) >> blocks->block_qubits);
    const bool whole = local >> blocks->block_qubits > 0;
    const bool direct = whole && blocks->precision == state->precision;
    void *buffer = NULL;
    ek_status status = direct ? EK_OK : ek_allocate_bytes(block_bytes(blocks), &buffer);
    for (size_t b = first; b <= last && status == EK_OK; b++) {
        char *to = direct ? (char *)state->amplitudes + (b - first) * block_bytes(blocks) : buffer;
        status = read_block(blocks, sums, b, to);
        if (status == EK_OK && !direct) take_block(blocks, b, buffer, state);
    }
    ek_release(buffer);
    return status;
}

ek_status ek_blocks_verify(const struct ek_blocks *blocks, const uint64_t *sums, size_t first,
                           size_t step, size_t *damaged)
{
    struct ek_failure found = {0};
    void *buffer = NULL;
    EK_TRY(ek_allocate_bytes(block_bytes(blocks), &buffer));
    *damaged = 0;
    for (size_t b = first; b < ek_blocks_count(blocks); b += step) {
        const ek_status status = read_block(blocks, sums, b, buffer);
        if (status != EK_OK && (*damaged)++ == 0) ek_failure_get(&found);
    }
    ek_release(buffer);
    if (*damaged == 0) return EK_OK;
    ek_failure_set(&found);
    return found.code;
}
