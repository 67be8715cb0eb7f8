/* States as HDF5, written by all ranks at once, each its own part. */
#include "io/blocks.h"
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

/* A state on its way into a file. */
struct saving {
    const ek_state *state;
    double norm;
    struct ek_blocks blocks;
    uint64_t sums_offset;
};

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

static bool fill(hid_t file, void *context)
{
    struct saving *saving = context;
    const ek_state *state = saving->state;
    const hid_t group = H5Gcreate2(file, "state", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (group < 0) return false;
    const hid_t type = ek_amplitude_type(state->precision);
    bool good = write_attributes(state, group, saving->norm);
    good = ek_container_place(group, "amplitudes", type, (hsize_t)1 << state->qubits,
                              &saving->blocks.offset) && good;
    good = ek_container_place(group, "checksums", H5T_NATIVE_UINT64,
                              ek_blocks_count(&saving->blocks), &saving->sums_offset) && good;
    H5Tclose(type);
    return H5Gclose(group) >= 0 && good;
}

static ek_status make_container(struct saving *saving, const struct ek_file_place *place)
{
    const struct ek_blocks *blocks = &saving->blocks;
    const struct ek_container container = {
        .bytes = ((uint64_t)ek_amplitude_bytes(blocks->precision) << blocks->qubits) +
                 ek_blocks_count(blocks) * sizeof(uint64_t) + EK_STATE_OVERHEAD,
        .fill = fill, .context = saving};
    EK_TRY(ek_file_place_try(saving->state->session, place));
    return ek_container_create(place, &container);
}

static ek_status write_parts(struct saving *saving, const struct ek_file_place *place)
{
    const ek_state *state = saving->state;
    const bool leads = ek_session_rank(state->session) == 0;
    uint64_t *sums = NULL;
    EK_TRY(ek_session_agree(state->session, leads ? make_container(saving, place) : EK_OK));
    ek_broadcast(state->session, &saving->blocks.offset, sizeof saving->blocks.offset, 0);
    ek_status status = ek_blocks_write(&saving->blocks, state, &sums);
    if (status == EK_OK && leads)
        status = ek_bytes_put(place->path, sums, ek_blocks_count(&saving->blocks) * sizeof *sums,
                              saving->sums_offset);
    ek_release(sums);
    return ek_session_agree(state->session, status);
}

ek_status ek_state_save(const ek_state *state, const char *path)
{
    struct ek_file_place place;
    struct saving saving = {.state = state,
                            .blocks = {.path = place.path, .descriptor = -1,
                                       .qubits = state->qubits,
                                       .block_qubits = ek_blocks_qubits(state),
                                       .precision = state->precision, .seedless = true}};
    EK_TRY(ek_state_norm(state, &saving.norm));
    EK_TRY(ek_session_agree(state->session, ek_file_place_find(path, &place)));
    const ek_status status = write_parts(&saving, &place);
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
