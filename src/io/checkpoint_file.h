/* Inside io, and for its benchmark: checkpoints as files. An HDF5 container that rank 0 makes and
 * seals; the amplitudes go into it by blocks.h. All is checked before it is used. */
#ifndef EK_IO_CHECKPOINT_FILE_H
#define EK_IO_CHECKPOINT_FILE_H

#include "exec/exec.h"
#include "io/blocks.h"

enum { EK_CHECKPOINT_SCHEMA = 1 };

/* Attributes of /state. */
struct ek_checkpoint_facts {
    int64_t qubits, amplitude_bytes, block_qubits, ranks;
    int64_t passes, passes_total, operations_left, draws;
    uint64_t circuit;  /* digest of what was run */
    uint64_t inverted; /* with slots: the layout of the wires, see remaining.c in exec */
    double norm, seconds;
    uint64_t slots[64];
};

struct ek_checkpoint_text {
    char *bytes;
    size_t length;
};

struct ek_checkpoint {
    struct ek_checkpoint_facts facts;
    struct ek_checkpoint_text remaining; /* a packed program of the gates left, on wires */
    struct ek_checkpoint_text walk;      /* where a run with measurements stood; may be empty */
    uint64_t *sums;                      /* of all blocks */
    uint64_t offset, sums_offset;        /* of the amplitudes and of their checksums in the file */
    bool replaces; /* what stands where it is written is damaged, and not kept */
};

void ek_checkpoint_clear(struct ek_checkpoint *checkpoint);

/* The bytes of a circuit of gates, and back. Local. */
ek_status ek_checkpoint_pack(const ek_circuit *circuit, struct ek_checkpoint_text *text);
ek_status ek_checkpoint_unpack(const struct ek_checkpoint_text *text, int qubits,
                               ek_circuit **circuit);

struct ek_file_place;
/* Makes of a file a container with room for amplitudes and checksums, and notes where they lie.
 * Local; rank 0. */
ek_status ek_checkpoint_file_create(const struct ek_file_place *place,
                                    struct ek_checkpoint *checkpoint);
/* Puts the checksums of all blocks into it, and seals it. Local; rank 0. */
ek_status ek_checkpoint_file_finish(const char *path, const struct ek_checkpoint *checkpoint);
/* Reads all but the amplitudes, checked. Local. EK_ERROR_FILE, EK_ERROR_MISMATCH. */
ek_status ek_checkpoint_file_read(const char *path, struct ek_checkpoint *checkpoint);

/* How the amplitudes of a checkpoint lie; opens nothing. */
struct ek_blocks ek_checkpoint_blocks(const struct ek_checkpoint *checkpoint, const char *path);
void ek_checkpoint_layout(const struct ek_checkpoint_facts *facts, struct ek_layout *layout);

/* ---- checkpoint_lock.c: rank 0's ------------------------------------------------------------ */

struct ek_checkpoint_lock {
    int descriptor; /* -1: there is none */
    char path[4096 + 16];
};

/* Keeps other runs from `path` until it is unlocked or the process ends. Goes on without a lock
 * where the file system has none. EK_ERROR_BUSY when another run is there, after a moment. */
ek_status ek_checkpoint_lock(const char *path, struct ek_checkpoint_lock *lock);
/* Removes the lock's file; accepts one without a lock. */
void ek_checkpoint_unlock(struct ek_checkpoint_lock *lock);

/* ---- checkpoint_sight.c: local ------------------------------------------------------------- */

/* The file that a name stood for, and how often that was looked at again. */
struct ek_checkpoint_sight {
    bool there;
    uint64_t device, inode;
    int64_t seconds, nanoseconds; /* when it got its name, or was changed otherwise */
    int tries;
};

struct ek_checkpoint_sight ek_checkpoint_sight_of(const char *path);
/* Whether reading what was seen has failed because the name stands for another file now, or for
 * none between two renames, so that another try is due: after a moment, and a few times only. */
bool ek_checkpoint_is_replaced(const char *path, struct ek_checkpoint_sight *sight);

/* ---- checkpoint_state.c: collective --------------------------------------------------------- */

/* Writes the state with what goes with it: `checkpoint` has facts, remaining and walk; where the
 * amplitudes lie, and their checksums, are filled in. The file appears whole or not at all; one
 * that was there becomes `path`.previous, unless `checkpoint` replaces it. EK_ERROR_FILE: nothing
 * has changed then. */
ek_status ek_checkpoint_write(const ek_state *state, const char *path,
                              struct ek_checkpoint *checkpoint);
/* Reads and checks all but the amplitudes, on all ranks the same. */
ek_status ek_checkpoint_read(ek_session *session, const char *path,
                             struct ek_checkpoint *checkpoint);
/* Then the amplitudes, into a state with as many qubits. The state is ruined by a failure. */
ek_status ek_checkpoint_load(const struct ek_checkpoint *checkpoint, const char *path,
                             ek_state *state);

#endif
