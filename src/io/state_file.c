/* States as HDF5, written and read by all ranks at once, each its own part. */
#include "exec/exec.h"
#include "io/hdf5_file.h"

#include <exaket/observe.h>
#include <exaket/run.h>

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { SCHEMA = 1, AT_ONCE = 1 << 24 /* amplitudes per transfer */ };

static hid_t amplitude_type(ek_precision precision)
{
    const size_t bytes = ek_amplitude_bytes(precision);
    const hid_t real = precision == EK_SINGLE ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
    const hid_t type = H5Tcreate(H5T_COMPOUND, bytes);
    H5Tinsert(type, "r", 0, real);
    H5Tinsert(type, "i", bytes / 2, real);
    return type;
}

static hid_t parallel_access(const ek_session *session)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_mpio(access, *(const MPI_Comm *)ek_session_communicator(session), MPI_INFO_NULL);
    return access;
}

/* Moves this rank's amplitudes between the state and the data set, in pieces far below 2^31 bytes;
 * all ranks take part in each. */
static bool transfer(const ek_state *state, hid_t set, bool to_file)
{
    const hsize_t total = ek_state_local_count(state), piece = total < AT_ONCE ? total : AT_ONCE;
    const hid_t type = amplitude_type(state->precision);
    const hid_t memory = H5Screate_simple(1, &piece, NULL);
    const hid_t file = H5Dget_space(set), together = H5Pcreate(H5P_DATASET_XFER);
    bool good = H5Pset_dxpl_mpio(together, H5FD_MPIO_COLLECTIVE) >= 0;
    for (hsize_t at = 0; at < total; at += piece) {
        const hsize_t first = ek_state_first(state) + at;
        char *amplitudes =
            (char *)state->amplitudes + at * ek_amplitude_bytes(state->precision);
        good = H5Sselect_hyperslab(file, H5S_SELECT_SET, &first, NULL, &piece, NULL) >= 0 && good;
        good = (to_file ? H5Dwrite(set, type, memory, file, together, amplitudes)
                        : H5Dread(set, type, memory, file, together, amplitudes)) >= 0 &&
               good;
    }
    H5Pclose(together);
    H5Sclose(file);
    H5Sclose(memory);
    H5Tclose(type);
    return good;
}

/* ---- saving -------------------------------------------------------------------------------- */

static bool write_attribute(hid_t group, const char *name, hid_t type, hsize_t count,
                            const void *value)
{
    const hid_t space = count > 0 ? H5Screate_simple(1, &count, NULL) : H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool good = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
    return good;
}

static bool write_attributes(const ek_state *state, hid_t group, double norm)
{
    const int schema = SCHEMA;
    const char *precision = ek_precision_name(state->precision);
    const hid_t text = H5Tcopy(H5T_C_S1);
    int slots[64];
    H5Tset_size(text, strlen(precision) + 1);
    for (int q = 0; q < state->qubits; q++) slots[q] = state->layout.slot[q].at;
    bool good = write_attribute(group, "schema", H5T_NATIVE_INT, 0, &schema);
    good = write_attribute(group, "qubits", H5T_NATIVE_INT, 0, &state->qubits) && good;
    good = write_attribute(group, "precision", text, 0, precision) && good;
    good = write_attribute(group, "norm", H5T_NATIVE_DOUBLE, 0, &norm) && good;
    good = write_attribute(group, "inverted", H5T_NATIVE_UINT64, 0, &state->layout.inverted) &&
           good;
    good = write_attribute(group, "slots", H5T_NATIVE_INT, (hsize_t)state->qubits, slots) && good;
    H5Tclose(text);
    return good;
}

static bool write_state(const ek_state *state, hid_t file, double norm)
{
    const hsize_t total = (hsize_t)1 << state->qubits;
    const hid_t group = H5Gcreate2(file, "state", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (group < 0) return false;
    const hid_t type = amplitude_type(state->precision), space = H5Screate_simple(1, &total, NULL);
    const hid_t set =
        H5Dcreate2(group, "amplitudes", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    bool good = write_attributes(state, group, norm) && set >= 0;
    if (set >= 0) {
        good = transfer(state, set, true) && good;
        good = H5Dclose(set) >= 0 && good;
    }
    H5Sclose(space);
    H5Tclose(type);
    return H5Gclose(group) >= 0 && good;
}

static ek_status write_file(const ek_state *state, const char *path, double norm)
{
    const hid_t access = parallel_access(state->session);
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    bool good = file >= 0 && !ek_fault_due(EK_FAULT_WRITE);
    if (file >= 0) {
        good = write_state(state, file, norm) && good;
        good = H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 && good;
        good = H5Fclose(file) >= 0 && good;
    }
    return good ? EK_OK
                : EK_FAIL(EK_ERROR_FILE, "HDF5 cannot write %s: is the disk full?", path);
}

ek_status ek_state_save(const ek_state *state, const char *path)
{
    struct ek_file_place place;
    struct ek_quiet quiet;
    double norm = 0;
    EK_TRY(ek_state_norm(state, &norm));
    ek_status status = ek_file_place_find(path, &place);
    if (status == EK_OK) status = ek_file_place_try(state->session, &place);
    EK_TRY(ek_session_agree(state->session, status));
    ek_quiet_begin(&quiet);
    status = write_file(state, place.path, norm);
    ek_quiet_end(&quiet);
    status = ek_session_agree(state->session, status);
    return ek_session_agree(state->session, ek_file_place_publish(state->session, &place, status));
}

/* ---- loading ------------------------------------------------------------------------------- */

struct saved {
    const char *path;
    hid_t file, group, set;
    struct ek_layout layout;
    double norm;
};

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
    int schema = 0, qubits = 0, slots[64];
    uint64_t inverted = 0, seen = 0;
    if (!read_attribute(saved, "schema", H5T_NATIVE_INT, 1, &schema) || schema != SCHEMA)
        return REFUSE(saved, "its schema is not 1");
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

static ek_status check_set(const struct saved *saved)
{
    const hid_t space = H5Dget_space(saved->set), type = H5Dget_type(saved->set);
    const bool sized = H5Sget_simple_extent_ndims(space) == 1 &&
                       H5Sget_simple_extent_npoints(space) ==
                           (hssize_t)((uint64_t)1 << saved->layout.qubits);
    const bool complex = H5Tget_class(type) == H5T_COMPOUND && H5Tget_nmembers(type) == 2 &&
                         H5Tget_member_index(type, "r") >= 0 &&
                         H5Tget_member_index(type, "i") >= 0;
    H5Tclose(type);
    H5Sclose(space);
    if (!sized) return REFUSE(saved, "/state/amplitudes has not 2^qubits elements");
    return complex ? EK_OK : REFUSE(saved, "/state/amplitudes is not of {r, i}");
}

static ek_status open_saved(const ek_session *session, struct saved *saved)
{
    const hid_t access = parallel_access(session);
    saved->file = H5Fopen(saved->path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    if (saved->file < 0)
        return EK_FAIL(EK_ERROR_MISMATCH, "%s is no HDF5 file, or a damaged one", saved->path);
    saved->group = H5Gopen2(saved->file, "state", H5P_DEFAULT);
    if (saved->group < 0) return REFUSE(saved, "there is no group /state");
    saved->set = H5Dopen2(saved->group, "amplitudes", H5P_DEFAULT);
    if (saved->set < 0) return REFUSE(saved, "there is no /state/amplitudes");
    EK_TRY(read_layout(saved));
    return check_set(saved);
}

static void close_saved(struct saved *saved)
{
    if (saved->set >= 0) H5Dclose(saved->set);
    if (saved->group >= 0) H5Gclose(saved->group);
    if (saved->file >= 0) H5Fclose(saved->file);
}

/* The norm must be what it was, up to the rounding of a change of precision. */
static ek_status read_amplitudes(const struct saved *saved, ek_state *state)
{
    double norm = 0;
    const bool read = transfer(state, saved->set, false);
    EK_TRY(ek_session_agree(state->session,
                            read ? EK_OK : EK_FAIL(EK_ERROR_FILE, "HDF5 cannot read %s",
                                                   saved->path)));
    state->layout = saved->layout;
    EK_TRY(ek_state_norm(state, &norm));
    if (fabs(norm - saved->norm) <= 1e-5 * fabs(saved->norm)) return EK_OK;
    return EK_FAIL(EK_ERROR_MISMATCH, "%s is damaged: its norm is %.9g, but was %.9g",
                   saved->path, norm, saved->norm);
}

static ek_status check_readable(const ek_session *session, const char *path)
{
    if (ek_session_rank(session) != 0 || access(path, R_OK) == 0) return EK_OK;
    return EK_FAIL(EK_ERROR_FILE, "cannot read %s: %s", path, strerror(errno));
}

ek_status ek_state_load(ek_session *session, const char *path, ek_precision precision,
                        ek_state **state)
{
    struct saved saved = {.path = path, .file = -1, .group = -1, .set = -1};
    struct ek_quiet quiet;
    ek_state *fresh = NULL;
    EK_TRY(ek_session_agree(session, check_readable(session, path)));
    ek_quiet_begin(&quiet);
    ek_status status = ek_session_agree(session, open_saved(session, &saved));
    if (status == EK_OK)
        status = ek_state_create(session, saved.layout.qubits, precision, &fresh);
    if (status == EK_OK) status = read_amplitudes(&saved, fresh);
    close_saved(&saved);
    ek_quiet_end(&quiet);
    if (status == EK_OK) *state = fresh;
    else ek_state_destroy(&fresh);
    return status;
}

ek_status ek_shots_save_state(const ek_shots_result *result, const char *path)
{
    const ek_state *state = result->state;
    if (!state)
        return EK_FAIL(EK_ERROR_ARGUMENT, "no state to save: it depends on the outcomes of "
                                          "measurements or resets in the middle of the program");
    if (state->qubits == result->program_qubits) return ek_state_save(state, path);
    return EK_FAIL(EK_ERROR_RANKS,
                   "a state of %d qubits cannot be saved from %d ranks, which need %d: use fewer",
                   result->program_qubits, ek_session_size(state->session), state->qubits);
}
