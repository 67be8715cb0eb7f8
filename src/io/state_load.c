/* Saved states, read by all ranks at once. Each reads whole blocks and checks their sums before it
 * takes what it needs of them. */
#include "io/io.h"
#include "io/state_private.h"

#include <exaket/observe.h>
#include <exaket/run.h>

#include <math.h>
#include <string.h>
#include <unistd.h>

struct saved {
    const char *path;
    hid_t file, group, set, sums;
    struct ek_layout layout;
    ek_precision precision;
    double norm;
    int schema;
    size_t block; /* amplitudes per checksum; 1 without any */
};

#define SAVED(file_path) {.path = (file_path), .file = -1, .group = -1, .set = -1, .sums = -1}

#define REFUSE(saved, what)                                                                       \
    EK_FAIL(EK_ERROR_MISMATCH, "%s is no saved state of this version: %s", (saved)->path, (what))

static bool read_attribute(const struct saved *saved, const char *name, hid_t type, hsize_t count,
                           void *value)
{
    const hid_t attribute = H5Aopen(saved->group, name, H5P_DEFAULT);
    if (attribute < 0) return false;
    const hid_t space = H5Aget_space(attribute), stored = H5Aget_type(attribute);
    const bool good = H5Sget_simple_extent_npoints(space) == (hssize_t)count &&
                      H5Tget_class(stored) == H5Tget_class(type) &&
                      H5Aread(attribute, type, value) >= 0;
    H5Tclose(stored);
    H5Sclose(space);
    H5Aclose(attribute);
    return good;
}

static ek_status read_layout(struct saved *saved)
{
    int qubits = 0, slots[64];
    uint64_t inverted = 0, seen = 0;
    if (!read_attribute(saved, "schema", H5T_NATIVE_INT, 1, &saved->schema) ||
        saved->schema < 1 || saved->schema > EK_STATE_SCHEMA)
        return REFUSE(saved, "its schema is not 1 or 2");
    if (!read_attribute(saved, "qubits", H5T_NATIVE_INT, 1, &qubits) || qubits < 1 ||
        qubits > EK_QUBITS_MAX)
        return REFUSE(saved, "its number of qubits is not 1 to 62");
    if (!read_attribute(saved, "slots", H5T_NATIVE_INT, (hsize_t)qubits, slots) ||
        !read_attribute(saved, "inverted", H5T_NATIVE_UINT64, 1, &inverted) ||
        !read_attribute(saved, "norm", H5T_NATIVE_DOUBLE, 1, &saved->norm))
        return REFUSE(saved, "slots, inverted or norm are missing");
    ek_layout_identity(qubits, &saved->layout);
    for (int q = 0; q < qubits; q++) {
        if (slots[q] < 0 || slots[q] >= qubits || seen >> slots[q] & 1)
            return REFUSE(saved, "its slots are no permutation");
        seen |= ek_bit(slots[q]);
        saved->layout.slot[q].at = (uint8_t)slots[q];
    }
    if (inverted & ~ek_low_bits(qubits)) return REFUSE(saved, "it inverts slots that are not");
    saved->layout.inverted = inverted;
    return EK_OK;
}

static ek_status check_layout(const struct saved *saved)
{
    uint64_t checksum = 0;
    if (saved->schema < 2) return EK_OK;
    if (!read_attribute(saved, "checksum", H5T_NATIVE_UINT64, 1, &checksum))
        return REFUSE(saved, "the attribute checksum is missing");
    if (checksum == ek_layout_checksum(&saved->layout, saved->norm)) return EK_OK;
    return EK_FAIL(EK_ERROR_MISMATCH, "%s is damaged: slots, inverted and norm do not give their "
                   "checksum", saved->path);
}

/* True for a compound {r, i} of two equal reals; gives their precision. */
static bool is_complex(hid_t type, ek_precision *precision)
{
    if (H5Tget_class(type) != H5T_COMPOUND || H5Tget_nmembers(type) != 2 ||
        H5Tget_member_index(type, "r") < 0 || H5Tget_member_index(type, "i") < 0)
        return false;
    const size_t bytes = H5Tget_size(type);
    *precision = bytes == ek_amplitude_bytes(EK_SINGLE) ? EK_SINGLE : EK_DOUBLE;
    return bytes == ek_amplitude_bytes(*precision);
}

static hssize_t elements(hid_t set)
{
    const hid_t space = H5Dget_space(set);
    const hssize_t count =
        H5Sget_simple_extent_ndims(space) == 1 ? H5Sget_simple_extent_npoints(space) : -1;
    H5Sclose(space);
    return count;
}

static ek_status check_set(struct saved *saved)
{
    const hid_t type = H5Dget_type(saved->set);
    const bool complex = is_complex(type, &saved->precision);
    H5Tclose(type);
    if (elements(saved->set) != (hssize_t)1 << saved->layout.qubits)
        return REFUSE(saved, "/state/amplitudes has not 2^qubits elements");
    return complex ? EK_OK : REFUSE(saved, "/state/amplitudes is not of {r, i}");
}

static ek_status open_sums(struct saved *saved)
{
    saved->block = 1;
    if (saved->schema < 2) return EK_OK;
    saved->sums = H5Dopen2(saved->group, "checksums", H5P_DEFAULT);
    if (saved->sums < 0) return REFUSE(saved, "there is no /state/checksums");
    const hssize_t count = elements(saved->sums), all = (hssize_t)1 << saved->layout.qubits;
    if (count < 1 || count > all || (count & (count - 1)) || all / count > EK_STATE_BLOCK)
        return REFUSE(saved, "/state/checksums has another size");
    saved->block = (size_t)(all / count);
    return EK_OK;
}

/* By all ranks at once. */
static ek_status open_saved(const ek_session *session, struct saved *saved)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_mpio(access, *(const MPI_Comm *)ek_session_communicator(session), MPI_INFO_NULL);
    saved->file = H5Fopen(saved->path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    if (saved->file < 0)
        return EK_FAIL(EK_ERROR_MISMATCH, "%s is no HDF5 file, or a damaged one", saved->path);
    saved->group = H5Gopen2(saved->file, "state", H5P_DEFAULT);
    if (saved->group < 0) return REFUSE(saved, "there is no group /state");
    saved->set = H5Dopen2(saved->group, "amplitudes", H5P_DEFAULT);
    if (saved->set < 0) return REFUSE(saved, "there is no /state/amplitudes");
    EK_TRY(read_layout(saved));
    EK_TRY(check_layout(saved));
    EK_TRY(check_set(saved));
    return open_sums(saved);
}

static void close_saved(struct saved *saved)
{
    if (saved->sums >= 0) H5Dclose(saved->sums);
    if (saved->set >= 0) H5Dclose(saved->set);
    if (saved->group >= 0) H5Gclose(saved->group);
    if (saved->file >= 0) H5Fclose(saved->file);
}

/* ---- amplitudes ---------------------------------------------------------------------------- */

/* Whole blocks around what a rank has: it may have less than one. */
struct pieces {
    const struct saved *saved;
    hid_t type;
    size_t piece, bytes; /* amplitudes at once, bytes of one */
    char *buffer;
    uint64_t *sums;
};

static ek_status check_blocks(const struct pieces *p, hsize_t first)
{
    const size_t block = p->saved->block;
    for (size_t b = 0; p->saved->sums >= 0 && b < p->piece / block; b++)
        if (ek_digest(0, p->buffer + b * block * p->bytes, block * p->bytes) != p->sums[b])
            return EK_FAIL(EK_ERROR_MISMATCH, "%s is damaged: amplitudes %llu to %llu do not give "
                           "their checksum", p->saved->path,
                           (unsigned long long)(first + b * block),
                           (unsigned long long)(first + (b + 1) * block - 1));
    return EK_OK;
}

/* Elements [first, first + count) of a data set, all ranks at once, each its own. */
static bool read_range(hid_t set, hid_t type, hsize_t first, hsize_t count, void *memory)
{
    const hid_t here = H5Screate_simple(1, &count, NULL), there = H5Dget_space(set);
    const hid_t together = H5Pcreate(H5P_DATASET_XFER);
    bool good = H5Pset_dxpl_mpio(together, H5FD_MPIO_COLLECTIVE) >= 0;
    good = H5Sselect_hyperslab(there, H5S_SELECT_SET, &first, NULL, &count, NULL) >= 0 && good;
    good = H5Dread(set, type, here, there, together, memory) >= 0 && good;
    H5Pclose(together);
    H5Sclose(there);
    H5Sclose(here);
    return good;
}

static bool read_piece(const struct pieces *p, hsize_t first)
{
    const struct saved *saved = p->saved;
    const size_t block = saved->block;
    const bool good = read_range(saved->set, p->type, first, p->piece, p->buffer);
    return (saved->sums < 0 || read_range(saved->sums, H5T_NATIVE_UINT64, first / block,
                                          p->piece / block, p->sums)) &&
           good;
}

/* Puts what belongs to this rank in its place. */
static void keep_piece(const struct pieces *p, hsize_t first, ek_state *state)
{
    const hsize_t mine = ek_state_first(state), skip = mine > first ? mine - first : 0;
    const hsize_t total = ek_state_local_count(state);
    const size_t count = p->piece < total ? p->piece : total, to = first + skip - mine;
    const char *from = p->buffer + skip * p->bytes;
    if (state->precision == p->saved->precision) {
        memcpy((char *)state->amplitudes + to * p->bytes, from, count * p->bytes);
        return;
    }
    for (size_t i = 0; i < count; i++)
        ek_state_put(state, to + i,
                     state->precision == EK_SINGLE
                         ? ((const ek_complex *)from)[i]
                         : (ek_complex){((const float *)from)[2 * i],
                                        ((const float *)from)[2 * i + 1]});
}

/* Goes on after a failure: the others wait in the transfers. */
static ek_status read_pieces(const struct pieces *p, ek_state *state)
{
    const hsize_t mine = ek_state_first(state), end = mine + ek_state_local_count(state);
    ek_status status = EK_OK;
    for (hsize_t first = mine & ~(hsize_t)(p->piece - 1); first < end; first += p->piece) {
        const bool read = read_piece(p, first);
        if (status != EK_OK) continue;
        status = read ? check_blocks(p, first)
                      : EK_FAIL(EK_ERROR_FILE, "HDF5 cannot read %s", p->saved->path);
        if (status == EK_OK) keep_piece(p, first, state);
    }
    return status;
}

static ek_status read_amplitudes(const struct saved *saved, ek_state *state)
{
    const size_t total = ek_state_local_count(state);
    struct pieces p = {.saved = saved, .bytes = ek_amplitude_bytes(saved->precision)};
    p.piece = total < EK_STATE_AT_ONCE ? total : EK_STATE_AT_ONCE;
    if (p.piece < saved->block) p.piece = saved->block;
    ek_status status = EK_NEW_RAW(p.buffer, p.piece * p.bytes);
    if (status == EK_OK) status = EK_NEW_RAW(p.sums, p.piece / saved->block);
    status = ek_session_agree(state->session, status);
    if (status == EK_OK) {
        p.type = ek_amplitude_type(saved->precision);
        status = ek_session_agree(state->session, read_pieces(&p, state));
        H5Tclose(p.type);
    }
    ek_release(p.buffer);
    ek_release(p.sums);
    return status;
}

/* The norm must be what it was, up to the rounding of a change of precision. */
static ek_status read_state(const struct saved *saved, ek_state *state)
{
    double norm = 0;
    EK_TRY(read_amplitudes(saved, state));
    state->layout = saved->layout;
    EK_TRY(ek_state_norm(state, &norm));
    if (fabs(norm - saved->norm) <= 1e-5 * fabs(saved->norm)) return EK_OK;
    return EK_FAIL(EK_ERROR_MISMATCH, "%s is damaged: its norm is %.9g, but was %.9g",
                   saved->path, norm, saved->norm);
}

/* ---- opening ------------------------------------------------------------------------------- */

/* HDF5 would say less of what is missing, MPI more than once, and ranks that open it would wait
 * for a rank to whose node the file is unknown. */
static ek_status check_readable(const char *path)
{
    int descriptor;
    EK_TRY(ek_file_open_regular(path, &descriptor));
    close(descriptor);
    return EK_OK;
}

static ek_status begin(ek_session *session, struct saved *saved, struct ek_quiet *quiet)
{
    EK_TRY(ek_session_agree(session, check_readable(saved->path)));
    ek_quiet_begin(quiet);
    const ek_status status = ek_session_agree(session, open_saved(session, saved));
    if (status == EK_OK) return EK_OK;
    close_saved(saved);
    ek_quiet_end(quiet);
    return status;
}

static void end(struct saved *saved, const struct ek_quiet *quiet)
{
    close_saved(saved);
    ek_quiet_end(quiet);
}

ek_status ek_state_look(ek_session *session, const char *path, ek_saved_state *facts)
{
    struct saved saved = SAVED(path);
    struct ek_quiet quiet;
    EK_TRY(begin(session, &saved, &quiet));
    *facts = (ek_saved_state){saved.layout.qubits, saved.precision, saved.norm,
                              saved.sums >= 0};
    end(&saved, &quiet);
    return EK_OK;
}

ek_status ek_state_load(ek_session *session, const char *path, ek_precision precision,
                        ek_state **state)
{
    struct saved saved = SAVED(path);
    struct ek_quiet quiet;
    ek_state *fresh = NULL;
    EK_TRY(begin(session, &saved, &quiet));
    ek_status status = ek_state_create(session, saved.layout.qubits, precision, &fresh);
    if (status == EK_OK) status = read_state(&saved, fresh);
    end(&saved, &quiet);
    if (status == EK_OK) *state = fresh;
    else ek_state_destroy(&fresh);
    return status;
}
