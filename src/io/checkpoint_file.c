#include "io/checkpoint_file.h"

#include "circuit/dynamic.h"
#include "io/seal.h"
#include "io/state_private.h"

enum { OVERHEAD = 1 << 16 };

/* ---- the attributes ------------------------------------------------------------------------ */

struct field {
    const char *name;
    size_t at;
    char kind; /* of numbers: 'i', 'u', 'f' */
    hsize_t count;
};

#define FIELD(name, kind)                                                                         \
    {                                                                                             \
        #name, offsetof(struct ek_checkpoint_facts, name), kind, 1                                \
    }
static const struct field fields[] = {
    FIELD(qubits, 'i'), FIELD(amplitude_bytes, 'i'), FIELD(block_qubits, 'i'),
    FIELD(ranks, 'i'), FIELD(passes, 'i'), FIELD(passes_total, 'i'),
    FIELD(operations_left, 'i'), FIELD(draws, 'i'), FIELD(circuit, 'u'),
    FIELD(inverted, 'u'), FIELD(norm, 'f'), FIELD(seconds, 'f'),
    {"slots", offsetof(struct ek_checkpoint_facts, slots), 'u', 64}};
enum { FIELDS = sizeof fields / sizeof *fields };

static hid_t number_type(char kind)
{
    return kind == 'f' ? H5T_NATIVE_DOUBLE : kind == 'u' ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64;
}

static bool write_field(hid_t group, const struct field *field, const void *value)
{
    const hid_t type = number_type(field->kind), space = H5Screate_simple(1, &field->count, NULL);
    const hid_t attribute =
        H5Acreate2(group, field->name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool good = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
    return good;
}

static bool read_field(hid_t group, const struct field *field, void *value)
{
    const hid_t attribute = H5Aopen(group, field->name, H5P_DEFAULT);
    if (attribute < 0) return false;
    const hid_t space = H5Aget_space(attribute);
    const bool good = H5Sget_simple_extent_npoints(space) == (hssize_t)field->count &&
                      H5Aread(attribute, number_type(field->kind), value) >= 0;
    H5Sclose(space);
    H5Aclose(attribute);
    return good;
}

/* ---- the data sets ------------------------------------------------------------------------- */

static bool write_set(hid_t group, const char *name, const struct ek_checkpoint_text *text)
{
    const hsize_t extent[2] = {text->length, 0};
    return ek_hdf5_array(group, name, H5T_NATIVE_UINT8, extent, text->bytes);
}

static bool read_set(hid_t group, const char *name, struct ek_checkpoint_text *text)
{
    const hid_t set = H5Dopen2(group, name, H5P_DEFAULT);
    if (set < 0) return false;
    const hid_t space = H5Dget_space(set);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    H5Sclose(space);
    bool good = count >= 0 && EK_NEW(text->bytes, count + 1) == EK_OK;
    if (good) text->length = (size_t)count;
    if (good && count > 0)
        good = H5Dread(set, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, text->bytes) >= 0;
    H5Dclose(set);
    return good;
}

/* ---- writing ------------------------------------------------------------------------------- */

static bool fill_group(hid_t group, struct ek_checkpoint *checkpoint)
{
    const struct ek_blocks blocks = ek_checkpoint_blocks(checkpoint, "");
    const hid_t type = ek_amplitude_type(blocks.precision);
    bool good = true;
    for (int i = 0; i < FIELDS; i++)
        good = write_field(group, &fields[i],
                           (const char *)&checkpoint->facts + fields[i].at) && good;
    good = write_set(group, "remaining", &checkpoint->remaining) && good;
    good = write_set(group, "walk", &checkpoint->walk) && good;
    good = ek_container_place(group, "checksums", H5T_NATIVE_UINT64, ek_blocks_count(&blocks),
                              &checkpoint->sums_offset) && good;
    good = ek_container_place(group, "amplitudes", type, (hsize_t)1 << blocks.qubits,
                              &checkpoint->offset) && good;
    H5Tclose(type);
    return good;
}

static bool fill(hid_t file, void *checkpoint)
{
    const hid_t group = H5Gcreate2(file, "state", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const bool good = group >= 0 && fill_group(group, checkpoint);
    if (group >= 0) H5Gclose(group);
    return good;
}

static uint64_t most_bytes(const struct ek_checkpoint *checkpoint)
{
    const struct ek_blocks blocks = ek_checkpoint_blocks(checkpoint, "");
    return OVERHEAD + ((uint64_t)checkpoint->facts.amplitude_bytes << blocks.qubits) +
           ek_blocks_count(&blocks) * sizeof *checkpoint->sums + checkpoint->remaining.length +
           checkpoint->walk.length;
}

ek_status ek_checkpoint_file_create(const struct ek_file_place *place,
                                    struct ek_checkpoint *checkpoint)
{
    const struct ek_container container = {most_bytes(checkpoint), EK_SEAL_BYTES, fill,
                                           checkpoint};
    return ek_container_create(place, &container);
}

ek_status ek_checkpoint_file_finish(const char *path, const struct ek_checkpoint *checkpoint)
{
    const struct ek_blocks blocks = ek_checkpoint_blocks(checkpoint, path);
    EK_TRY(ek_bytes_put(path, checkpoint->sums,
                        ek_blocks_count(&blocks) * sizeof *checkpoint->sums,
                        checkpoint->sums_offset));
    return ek_seal_write(path, EK_CHECKPOINT_SCHEMA, checkpoint->offset,
                         (uint64_t)checkpoint->facts.amplitude_bytes << blocks.qubits);
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Locks, which some file systems lack, where there are any. */
static hid_t file_access(void)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, false, true);
    return access;
}

/* The seal was whole: what is wrong now was never right. */
#define DAMAGED(path, what) EK_FAIL(EK_ERROR_MISMATCH, "%s is no checkpoint: %s", (path), (what))

static bool is_permutation(const struct ek_checkpoint_facts *facts)
{
    uint64_t seen = 0;
    for (int q = 0; q < facts->qubits; q++) {
        if (facts->slots[q] >= (uint64_t)facts->qubits) return false;
        seen |= ek_bit((int)facts->slots[q]);
    }
    return seen == ek_low_bits((int)facts->qubits);
}

static ek_status check_facts(const char *path, const struct ek_checkpoint_facts *facts)
{
    if (facts->qubits < 1 || facts->qubits > EK_QUBITS_MAX)
        return DAMAGED(path, "its number of qubits is out of range");
    if (facts->amplitude_bytes != 8 && facts->amplitude_bytes != 16)
        return DAMAGED(path, "its amplitudes are of no precision");
    if (facts->block_qubits < 0 || facts->block_qubits > facts->qubits)
        return DAMAGED(path, "its blocks are of no size");
    return is_permutation(facts) ? EK_OK : DAMAGED(path, "its slots are no permutation");
}

static ek_status read_facts(const char *path, hid_t group, struct ek_checkpoint_facts *facts)
{
    for (int i = 0; i < FIELDS; i++)
        if (!read_field(group, &fields[i], (char *)facts + fields[i].at))
            return DAMAGED(path, fields[i].name);
    return check_facts(path, facts);
}

static ek_status check_amplitudes(const char *path, hid_t group, struct ek_checkpoint *checkpoint)
{
    const hid_t set = H5Dopen2(group, "amplitudes", H5P_DEFAULT);
    if (set < 0) return DAMAGED(path, "there are no amplitudes");
    const hid_t space = H5Dget_space(set), stored = H5Dget_type(set);
    const hid_t expected = ek_amplitude_type(ek_checkpoint_blocks(checkpoint, "").precision);
    const bool sized = H5Sget_simple_extent_npoints(space) ==
                       (hssize_t)((uint64_t)1 << checkpoint->facts.qubits);
    const bool same = H5Tequal(stored, expected) > 0;
    const haddr_t place = H5Dget_offset(set);
    checkpoint->offset = place;
    H5Tclose(expected);
    H5Tclose(stored);
    H5Sclose(space);
    H5Dclose(set);
    if (!sized || place == HADDR_UNDEF) return DAMAGED(path, "amplitudes are missing");
    return same ? EK_OK : DAMAGED(path, "its amplitudes are of another kind");
}

static ek_status read_sums(const char *path, hid_t group, struct ek_checkpoint *checkpoint)
{
    const struct ek_blocks blocks = ek_checkpoint_blocks(checkpoint, path);
    const size_t count = ek_blocks_count(&blocks);
    const hid_t set = H5Dopen2(group, "checksums", H5P_DEFAULT);
    if (set < 0) return DAMAGED(path, "there are no checksums");
    const hid_t space = H5Dget_space(set);
    bool good = H5Sget_simple_extent_npoints(space) == (hssize_t)count &&
                EK_NEW_RAW(checkpoint->sums, count) == EK_OK;
    H5Sclose(space);
    if (good)
        good = H5Dread(set, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                       checkpoint->sums) >= 0;
    H5Dclose(set);
    return good ? EK_OK : DAMAGED(path, "its checksums cannot be read");
}

static ek_status read_group(const char *path, hid_t group, struct ek_checkpoint *checkpoint)
{
    EK_TRY(read_facts(path, group, &checkpoint->facts));
    EK_TRY(check_amplitudes(path, group, checkpoint));
    EK_TRY(read_sums(path, group, checkpoint));
    if (read_set(group, "remaining", &checkpoint->remaining) &&
        read_set(group, "walk", &checkpoint->walk))
        return EK_OK;
    return DAMAGED(path, "what is left to run cannot be read");
}

ek_status ek_checkpoint_file_read(const char *path, struct ek_checkpoint *checkpoint)
{
    struct ek_checkpoint fresh = {0};
    struct ek_quiet quiet;
    struct ek_seal seal;
    EK_TRY(ek_seal_check(path, EK_CHECKPOINT_SCHEMA, &seal));
    ek_quiet_begin(&quiet);
    const hid_t how = file_access(), file = H5Fopen(path, H5F_ACC_RDONLY, how);
    const hid_t group = file < 0 ? -1 : H5Gopen2(file, "state", H5P_DEFAULT);
    ek_status status = file < 0    ? DAMAGED(path, "HDF5 cannot open it")
                       : group < 0 ? DAMAGED(path, "it has no group /state")
                                   : read_group(path, group, &fresh);
    if (group >= 0) H5Gclose(group);
    if (file >= 0) H5Fclose(file);
    H5Pclose(how);
    ek_quiet_end(&quiet);
    if (status == EK_OK) *checkpoint = fresh;
    else ek_checkpoint_clear(&fresh);
    return status;
}

/* ---- parts --------------------------------------------------------------------------------- */

struct ek_blocks ek_checkpoint_blocks(const struct ek_checkpoint *checkpoint, const char *path)
{
    return (struct ek_blocks){
        .path = path, .descriptor = -1, .qubits = (int)checkpoint->facts.qubits,
        .block_qubits = (int)checkpoint->facts.block_qubits,
        .precision = checkpoint->facts.amplitude_bytes == 8 ? EK_SINGLE : EK_DOUBLE,
        .offset = checkpoint->offset};
}

void ek_checkpoint_layout(const struct ek_checkpoint_facts *facts, struct ek_layout *layout)
{
    ek_layout_identity((int)facts->qubits, layout);
    for (int q = 0; q < facts->qubits; q++) layout->slot[q].at = (uint8_t)facts->slots[q];
    layout->inverted = facts->inverted & ek_low_bits((int)facts->qubits);
}

void ek_checkpoint_clear(struct ek_checkpoint *checkpoint)
{
    ek_release(checkpoint->remaining.bytes);
    ek_release(checkpoint->walk.bytes);
    ek_release(checkpoint->sums);
    *checkpoint = (struct ek_checkpoint){0};
}

/* A program that is nothing but the circuit, so that there is one form of packed circuits. */
ek_status ek_checkpoint_pack(const ek_circuit *circuit, struct ek_checkpoint_text *text)
{
    ek_dynamic *program = NULL;
    EK_TRY(ek_dynamic_create(&program));
    ek_circuit_destroy(&program->circuit);
    ek_status status = ek_circuit_copy(circuit, &program->circuit);
    if (status == EK_OK)
        status = ek_dynamic_add_register(program, EK_REGISTER_QUBITS, "q", circuit->qubits);
    if (status == EK_OK) status = ek_dynamic_finish(program, circuit->qubits, NULL);
    if (status == EK_OK) status = ek_dynamic_pack(program, &text->bytes, &text->length);
    ek_dynamic_destroy(&program);
    return status;
}

ek_status ek_checkpoint_unpack(const struct ek_checkpoint_text *text, int qubits,
                               ek_circuit **circuit)
{
    ek_dynamic *program = NULL;
    EK_TRY(ek_dynamic_unpack(text->bytes, text->length, &program));
    ek_status status = EK_OK;
    if (program->circuit->qubits != qubits)
        status = EK_FAIL(EK_ERROR_MISMATCH, "a checkpoint's circuit has %d qubits, its state %d",
                         program->circuit->qubits, qubits);
    if (status == EK_OK) status = ek_circuit_copy(program->circuit, circuit);
    ek_dynamic_destroy(&program);
    return status;
}
