/* Checkpoints written and read by all ranks at once, each its own blocks. */
#include "io/checkpoint_file.h"
#include "io/hdf5_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ---- writing ------------------------------------------------------------------------------- */

static ek_status make_container(ek_session *session, const struct ek_file_place *place,
                                struct ek_checkpoint *checkpoint)
{
    ek_status status = ek_file_place_try(session, place);
    if (status == EK_OK && ek_session_rank(session) == 0)
        status = ek_checkpoint_file_create(place, checkpoint);
    EK_TRY(ek_session_agree(session, status));
    ek_broadcast(session, &checkpoint->offset, sizeof checkpoint->offset, 0);
    return EK_OK;
}

static ek_status write_parts(const ek_state *state, const struct ek_file_place *place,
                             struct ek_checkpoint *checkpoint)
{
    EK_TRY(make_container(state->session, place, checkpoint));
    struct ek_blocks blocks = ek_checkpoint_blocks(checkpoint, place->path);
    ek_status status = ek_blocks_write(&blocks, state, &checkpoint->sums);
    if (status == EK_OK && ek_session_rank(state->session) == 0)
        status = ek_checkpoint_file_finish(place->path, checkpoint);
    return ek_session_agree(state->session, status);
}

/* The generation before stays under another name: there is a whole one at every moment. One that
 * is known to be damaged must not take the place of the whole one before it. */
static ek_status keep_previous(ek_session *session, const struct ek_file_place *place,
                               bool damaged)
{
    char path[EK_PATH_BYTES + 300], previous[EK_PATH_BYTES + 320];
    snprintf(path, sizeof path, "%s/%s", place->folder, place->name);
    if (ek_session_rank(session) != 0 || damaged || access(path, F_OK) != 0) return EK_OK;
    snprintf(previous, sizeof previous, "%s.previous", path);
    if (rename(path, previous) == 0) return EK_OK;
    return EK_FAIL(EK_ERROR_FILE, "cannot rename %s: %s", path, strerror(errno));
}

ek_status ek_checkpoint_write(const ek_state *state, const char *path,
                              struct ek_checkpoint *checkpoint)
{
    struct ek_file_place place;
    struct ek_checkpoint_facts *facts = &checkpoint->facts;
    facts->qubits = state->qubits;
    facts->amplitude_bytes = (int64_t)ek_amplitude_bytes(state->precision);
    facts->block_qubits = ek_blocks_qubits(state);
    facts->ranks = ek_session_size(state->session);
    facts->inverted = state->layout.inverted;
    for (int q = 0; q < state->qubits; q++) facts->slots[q] = state->layout.slot[q].at;
    EK_TRY(ek_session_agree(state->session, ek_file_place_find(path, &place)));
    ek_status status = write_parts(state, &place, checkpoint);
    if (status == EK_OK) status = keep_previous(state->session, &place, checkpoint->replaces);
    return ek_session_agree(state->session,
                            ek_file_place_publish(state->session, &place, status));
}

/* ---- reading ------------------------------------------------------------------------------- */

static ek_status share_bytes(ek_session *session, size_t count, void **bytes)
{
    ek_status status = EK_OK;
    if (ek_session_rank(session) != 0) status = ek_allocate_bytes(count + 1, bytes);
    EK_TRY(ek_session_agree(session, status));
    ek_broadcast(session, *bytes, count, 0);
    return EK_OK;
}

static ek_status share_text(ek_session *session, struct ek_checkpoint_text *text)
{
    void *bytes = text->bytes;
    ek_broadcast(session, &text->length, sizeof text->length, 0);
    const ek_status status = share_bytes(session, text->length, &bytes);
    text->bytes = bytes;
    return status;
}

static ek_status share(ek_session *session, struct ek_checkpoint *checkpoint)
{
    void *sums = checkpoint->sums;
    ek_broadcast(session, &checkpoint->facts, sizeof checkpoint->facts, 0);
    ek_broadcast(session, &checkpoint->offset, sizeof checkpoint->offset, 0);
    EK_TRY(share_text(session, &checkpoint->remaining));
    EK_TRY(share_text(session, &checkpoint->walk));
    const struct ek_blocks blocks = ek_checkpoint_blocks(checkpoint, "");
    const ek_status status =
        share_bytes(session, ek_blocks_count(&blocks) * sizeof *checkpoint->sums, &sums);
    checkpoint->sums = sums;
    return status;
}

ek_status ek_checkpoint_read(ek_session *session, const char *path,
                             struct ek_checkpoint *checkpoint)
{
    struct ek_checkpoint fresh = {0};
    ek_status status = EK_OK;
    if (ek_session_rank(session) == 0) status = ek_checkpoint_file_read(path, &fresh);
    status = ek_session_agree(session, status);
    if (status == EK_OK) status = share(session, &fresh);
    if (status == EK_OK) *checkpoint = fresh;
    else ek_checkpoint_clear(&fresh);
    return status;
}

ek_status ek_checkpoint_load(const struct ek_checkpoint *checkpoint, const char *path,
                             ek_state *state)
{
    struct ek_blocks blocks = ek_checkpoint_blocks(checkpoint, path);
    ek_status status = EK_OK;
    if (blocks.qubits != state->qubits)
        status = EK_FAIL(EK_ERROR_MISMATCH,
                         "%s has %d qubits, this run %d: use as many ranks as then, %lld", path,
                         blocks.qubits, state->qubits, (long long)checkpoint->facts.ranks);
    if (status == EK_OK && (blocks.descriptor = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        status = EK_FAIL(EK_ERROR_FILE, "cannot read %s: %s", path, strerror(errno));
    if (status == EK_OK) status = ek_blocks_read(&blocks, checkpoint->sums, state);
    if (blocks.descriptor >= 0) close(blocks.descriptor);
    ek_checkpoint_layout(&checkpoint->facts, &state->layout);
    return ek_session_agree(state->session, status);
}
