/* States as HDF5, written by all ranks at once, each its own part. */
#include "io/state_private.h"

#include <exaket/observe.h>
#include <exaket/run.h>

#include <string.h>

hid_t ek_amplitude_type(ek_precision precision)
{
    const size_t bytes = ek_amplitude_bytes(precision);
    const hid_t real = precision == EK_SINGLE ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
    const hid_t type = H5Tcreate(H5T_COMPOUND, bytes);
    H5Tinsert(type, "r", 0, real);
    H5Tinsert(type, "i", bytes / 2, real);
    return type;
}

hid_t ek_parallel_access(const ek_session *session)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_mpio(access, *(const MPI_Comm *)ek_session_communicator(session), MPI_INFO_NULL);
    return access;
}

/* One piece of the data set, with all ranks taking part. */
struct transfer {
    hid_t here, there, together;
    bool good;
};

static struct transfer begin_transfer(hid_t set, struct ek_range range)
{
    struct transfer t = {H5Screate_simple(1, &range.count, NULL), H5Dget_space(set),
                         H5Pcreate(H5P_DATASET_XFER), true};
    t.good = H5Pset_dxpl_mpio(t.together, H5FD_MPIO_COLLECTIVE) >= 0;
    t.good = H5Sselect_hyperslab(t.there, H5S_SELECT_SET, &range.first, NULL, &range.count,
                                 NULL) >= 0 &&
             t.good;
    return t;
}

static bool end_transfer(const struct transfer *t, herr_t moved)
{
    H5Pclose(t->together);
    H5Sclose(t->there);
    H5Sclose(t->here);
    return t->good && moved >= 0;
}

bool ek_range_write(hid_t set, hid_t type, struct ek_range range, const void *memory)
{
    const struct transfer t = begin_transfer(set, range);
    return end_transfer(&t, H5Dwrite(set, type, t.here, t.there, t.together, memory));
}

bool ek_range_read(hid_t set, hid_t type, struct ek_range range, void *memory)
{
    const struct transfer t = begin_transfer(set, range);
    return end_transfer(&t, H5Dread(set, type, t.here, t.there, t.together, memory));
}

uint64_t ek_layout_checksum(const struct ek_layout *layout, double norm)
{
    uint64_t sum = ek_digest(0, &layout->inverted, sizeof layout->inverted);
    for (int q = 0; q < layout->qubits; q++)
        sum = ek_digest(sum, &layout->slot[q].at, sizeof layout->slot[q].at);
    return ek_digest(sum, &norm, sizeof norm);
}

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

static size_t block_of(const ek_state *state)
{
    const size_t count = ek_state_local_count(state);
    return count < EK_STATE_BLOCK ? count : EK_STATE_BLOCK;
}

static bool write_attributes(const ek_state *state, hid_t group, double norm)
{
    const int schema = EK_STATE_SCHEMA;
    const uint64_t checksum = ek_layout_checksum(&state->layout, norm);
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
    good = write_attribute(group, "checksum", H5T_NATIVE_UINT64, 0, &checksum) && good;
    good = write_attribute(group, "slots", H5T_NATIVE_INT, (hsize_t)state->qubits, slots) && good;
    H5Tclose(text);
    return good;
}

/* Every transfer is followed by the checksums of its blocks. */
static bool write_amplitudes(const ek_state *state, hid_t set, hid_t sums_set)
{
    const size_t bytes = ek_amplitude_bytes(state->precision), block = block_of(state);
    const size_t total = ek_state_local_count(state);
    const size_t piece = total < EK_STATE_AT_ONCE ? total : EK_STATE_AT_ONCE;
    const hid_t type = ek_amplitude_type(state->precision);
    uint64_t sums[EK_STATE_AT_ONCE / EK_STATE_BLOCK];
    bool good = true;
    for (size_t at = 0; at < total; at += piece) {
        const char *amplitudes = (const char *)state->amplitudes + at * bytes;
        const hsize_t first = ek_state_first(state) + at;
        for (size_t b = 0; b < piece / block; b++)
            sums[b] = ek_digest(0, amplitudes + b * block * bytes, block * bytes);
        good = ek_range_write(set, type, (struct ek_range){first, piece}, amplitudes) && good;
        good = ek_range_write(sums_set, H5T_NATIVE_UINT64,
                              (struct ek_range){first / block, piece / block}, sums) &&
               good;
    }
    H5Tclose(type);
    return good;
}

static hid_t create_set(hid_t group, const char *name, hid_t type, hsize_t count)
{
    const hid_t space = H5Screate_simple(1, &count, NULL);
    const hid_t set =
        H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Sclose(space);
    return set;
}

static bool write_state(const ek_state *state, hid_t file, double norm)
{
    const hsize_t total = (hsize_t)1 << state->qubits;
    const hid_t group = H5Gcreate2(file, "state", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (group < 0) return false;
    const hid_t type = ek_amplitude_type(state->precision);
    const hid_t set = create_set(group, "amplitudes", type, total);
    const hid_t sums = create_set(group, "checksums", H5T_NATIVE_UINT64, total / block_of(state));
    bool good = write_attributes(state, group, norm) && set >= 0 && sums >= 0;
    if (set >= 0 && sums >= 0) good = write_amplitudes(state, set, sums) && good;
    if (set >= 0) good = H5Dclose(set) >= 0 && good;
    if (sums >= 0) good = H5Dclose(sums) >= 0 && good;
    H5Tclose(type);
    return H5Gclose(group) >= 0 && good;
}

static ek_status write_file(const ek_state *state, const char *path, double norm)
{
    const hid_t access = ek_parallel_access(state->session);
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

/* More than the file has: amplitudes, checksums, and what HDF5 needs for itself. */
static uint64_t file_bytes(const ek_state *state)
{
    const uint64_t total = UINT64_C(1) << state->qubits;
    return total * ek_amplitude_bytes(state->precision) + total / block_of(state) * 8 +
           EK_STATE_OVERHEAD;
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
    if (ek_session_rank(state->session) == 0)
        status = ek_file_place_reserve(&place, file_bytes(state));
    status = ek_session_agree(state->session, status);
    ek_quiet_begin(&quiet);
    if (status == EK_OK) status = write_file(state, place.path, norm);
    ek_quiet_end(&quiet);
    status = ek_session_agree(state->session, status);
    return ek_session_agree(state->session, ek_file_place_publish(state->session, &place, status));
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
