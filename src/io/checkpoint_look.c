/* Checkpoints from outside: what they say, whether they are whole, and their amplitudes in an
 * order that people know. */
#include "io/checkpoint_file.h"
#include "io/state_private.h"

#include <exaket/checkpoint.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLICE_QUBITS = 20 }; /* 16 MiB of amplitudes at a time */

/* Opens the file, which is to be closed, with all blocks checked. */
static ek_status open_verified(const char *path, const struct ek_checkpoint *checkpoint,
                               int *descriptor)
{
    struct ek_blocks blocks = ek_checkpoint_blocks(checkpoint, path);
    char first[1024];
    size_t damaged = 0;
    blocks.descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (blocks.descriptor < 0)
        return EK_FAIL(EK_ERROR_FILE, "cannot read %s: %s", path, strerror(errno));
    const ek_status status = ek_blocks_verify(&blocks, checkpoint->sums, 0, 1, &damaged);
    *descriptor = blocks.descriptor;
    if (status == EK_OK) return EK_OK;
    close(blocks.descriptor);
    if (damaged < 2) return status;
    snprintf(first, sizeof first, "%s", ek_last_message());
    return EK_FAIL(status, "%s; %zu blocks in all", first, damaged);
}

static ek_status verify_blocks(const char *path, const struct ek_checkpoint *checkpoint)
{
    int descriptor;
    EK_TRY(open_verified(path, checkpoint, &descriptor));
    close(descriptor);
    return EK_OK;
}

static ek_status look_once(const char *path, int verify, ek_checkpoint_info *info)
{
    struct ek_checkpoint checkpoint = {0};
    EK_TRY(ek_checkpoint_file_read(path, &checkpoint));
    const struct ek_checkpoint_facts *facts = &checkpoint.facts;
    const struct ek_blocks blocks = ek_checkpoint_blocks(&checkpoint, path);
    const ek_status status = verify ? verify_blocks(path, &checkpoint) : EK_OK;
    *info = (ek_checkpoint_info){
        .schema = EK_CHECKPOINT_SCHEMA, .qubits = (int)facts->qubits, .ranks = (int)facts->ranks,
        .precision = blocks.precision, .norm = facts->norm, .seconds = facts->seconds,
        .passes = (uint64_t)facts->passes, .passes_total = (uint64_t)facts->passes_total,
        .operations_left = (uint64_t)facts->operations_left, .circuit = facts->circuit,
        .draws = (uint64_t)facts->draws, .blocks = ek_blocks_count(&blocks),
        .bytes = (uint64_t)facts->amplitude_bytes << facts->qubits};
    ek_checkpoint_clear(&checkpoint);
    return status;
}

ek_status ek_checkpoint_look(const char *path, int verify, ek_checkpoint_info *info)
{
    struct ek_checkpoint_sight sight = ek_checkpoint_sight_of(path);
    ek_status status;
    do status = look_once(path, verify, info);
    while (status != EK_OK && ek_checkpoint_is_replaced(path, &sight));
    return status;
}

/* ---- export -------------------------------------------------------------------------------- */

/* Qubits as they are named at the end: the relabelling that is left is part of the layout. */
static ek_status find_layout(const struct ek_checkpoint *checkpoint, struct ek_layout *layout)
{
    struct ek_layout wires;
    struct ek_wire_list list = {0};
    ek_circuit *left = NULL;
    ek_checkpoint_layout(&checkpoint->facts, &wires);
    *layout = wires;
    EK_TRY(ek_checkpoint_unpack(&checkpoint->remaining, (int)checkpoint->facts.qubits, &left));
    const ek_status status = ek_lower(left, 0, EK_DENSE_MAX, &list);
    if (status == EK_OK)
        ek_layout_compose(&list.frames[list.frame_count - 1], &wires, layout);
    ek_wire_list_clear(&list);
    ek_circuit_destroy(&left);
    return status;
}

/* A checkpoint's amplitudes, mapped: the kernel reads what is asked for, and forgets it again. */
struct mapped {
    void *bytes;
    size_t length;
    const char *amplitudes;
    size_t each;
    struct ek_layout layout;
    uint64_t output; /* where they go in the file that is exported */
};

/* Of the file that was verified, whatever has its name by now. */
static ek_status map_amplitudes(const char *path, const struct ek_checkpoint *checkpoint,
                                struct mapped *mapped)
{
    int descriptor;
    EK_TRY(open_verified(path, checkpoint, &descriptor));
    mapped->each = (size_t)checkpoint->facts.amplitude_bytes;
    mapped->length = checkpoint->offset + (mapped->each << checkpoint->facts.qubits);
    mapped->bytes = mmap(NULL, mapped->length, PROT_READ, MAP_SHARED, descriptor, 0);
    const int reason = errno;
    close(descriptor);
    if (mapped->bytes == MAP_FAILED)
        return EK_FAIL(EK_ERROR_FILE, "cannot read %s: %s", path, strerror(reason));
    mapped->amplitudes = (const char *)mapped->bytes + checkpoint->offset;
    return EK_OK;
}

static void gather_slice(const struct mapped *mapped, uint64_t first, size_t count, char *slice)
{
    for (size_t i = 0; i < count; i++) {
        const uint64_t from = ek_layout_physical(&mapped->layout, first + i);
        memcpy(slice + i * mapped->each, mapped->amplitudes + from * mapped->each, mapped->each);
    }
}

static ek_status write_slices(const struct mapped *mapped, const char *path, uint64_t offset)
{
    const uint64_t total = UINT64_C(1) << mapped->layout.qubits;
    const size_t count = total < 1 << SLICE_QUBITS ? (size_t)total : 1 << SLICE_QUBITS;
    char *slice = NULL;
    EK_TRY(EK_NEW_RAW(slice, count * mapped->each));
    ek_status status = EK_OK;
    for (uint64_t first = 0; first < total && status == EK_OK; first += count) {
        gather_slice(mapped, first, count, slice);
        status = ek_bytes_put(path, slice, count * mapped->each, offset + first * mapped->each);
    }
    ek_release(slice);
    return status;
}

static bool fill(hid_t file, void *context)
{
    struct mapped *mapped = context;
    const hid_t type = ek_amplitude_type(mapped->each == 8 ? EK_SINGLE : EK_DOUBLE);
    const bool good = ek_container_place(file, "amplitudes", type,
                                         (hsize_t)1 << mapped->layout.qubits, &mapped->output);
    H5Tclose(type);
    return good;
}

static ek_status write_output(struct mapped *mapped, const struct ek_file_place *place)
{
    const struct ek_container container = {
        .bytes = ((uint64_t)mapped->each << mapped->layout.qubits) + EK_STATE_OVERHEAD,
        .fill = fill, .context = mapped};
    EK_TRY(ek_file_place_try(NULL, place));
    EK_TRY(ek_container_create(place, &container));
    return write_slices(mapped, place->path, mapped->output);
}

/* Reads the checkpoint's own facts, and maps it. */
static ek_status map_once(const char *path, struct mapped *mapped)
{
    struct ek_checkpoint checkpoint = {0};
    EK_TRY(ek_checkpoint_file_read(path, &checkpoint));
    ek_status status = find_layout(&checkpoint, &mapped->layout);
    if (status == EK_OK) status = map_amplitudes(path, &checkpoint, mapped);
    ek_checkpoint_clear(&checkpoint);
    return status;
}

static ek_status map_checkpoint(const char *path, struct mapped *mapped)
{
    struct ek_checkpoint_sight sight = ek_checkpoint_sight_of(path);
    ek_status status;
    do status = map_once(path, mapped);
    while (status != EK_OK && ek_checkpoint_is_replaced(path, &sight));
    return status;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

ek_status ek_checkpoint_export(const char *path, const char *output)
{
    struct mapped mapped = {0};
    struct ek_file_place place;
    EK_TRY(ek_file_place_find(output, &place));
    if (is_same_file(path, output))
        return EK_FAIL(EK_ERROR_ARGUMENT, "%s is the checkpoint itself: name another file",
                       output);
    EK_TRY(map_checkpoint(path, &mapped));
    const ek_status status = write_output(&mapped, &place);
    munmap(mapped.bytes, mapped.length);
    if (status == EK_OK) return ek_file_publish(place.folder, place.temporary, place.name);
    unlink(place.path);
    return status;
}
