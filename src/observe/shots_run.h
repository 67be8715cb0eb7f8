/* Inside the room: a run of a dynamic program, as its files share it. */
#ifndef EK_OBSERVE_SHOTS_RUN_H
#define EK_OBSERVE_SHOTS_RUN_H

#include "observe/shots_private.h"

/* A branch that waits for its turn. */
struct waiting {
    struct ek_machine machine;
    int outcome;
    double weights[2];
    void *amplitudes; /* null: run the way again */
    struct ek_layout layout;
};

struct run {
    ek_session *session; /* of the ranks that hold the state */
    ek_session *whole, *part; /* part: null, or that of this rank's group */
    int groups, group;        /* this rank's */
    int first_follower, followers; /* groups that follow the current branch */
    size_t repeated;          /* of the splits that this group met, those that another counts */
    const ek_dynamic *program;
    const ek_shots_options *options;
    struct ek_shots_facts facts;
    struct ek_interpreter interpreter;
    ek_shots_result *result;
    ek_state *state;
    const ek_state *initial; /* null: |0...0>; of the session's ranks */
    ek_state *copy;          /* which is this, or the options' */
    bool begun;  /* the state is not |0...0> any more */
    bool exact;  /* probabilities are still to be had */
    int8_t place[64];
    uint64_t *order; /* numbers of the shots; a branch owns a range, and leaves their outcomes of
                      * the state there */
    uint64_t *spare; /* [shots] */
    struct ek_rows counts, weights;
    size_t merge_at; /* rows of counts */
    size_t waiting_count, waiting_capacity, saved, saved_most;
    struct waiting *waiting;
    /* For a runner: who is advanced, and for whom when it is the way of a branch that waits. */
    struct ek_machine *current;
    struct waiting *replayed;
    bool goes_on;             /* from a checkpoint: the gates of then are the runner's to run */
    struct ek_machine *stood; /* and then on the way of the last that waits; else null */
};

void ek_shots_add_summary(struct run *run, const ek_plan_summary *summary);
/* Bytes of saved states. */
size_t ek_shots_memory(const struct run *run);

/* What the outcomes of a measurement or reset are to a run. */
struct ek_split {
    double probability[2];
    size_t zeros;   /* shots that draw 0 */
    bool wanted[2]; /* whether somebody goes that way */
};
/* Draws at the machine's measurement or reset; refuses where both ways are wanted and the state is
 * needed. Local. */
ek_status ek_shots_split(struct run *run, const struct ek_machine *machine,
                         const double weights[2], struct ek_split *split);

/* ---- shots_foresee.c ------------------------------------------------------------------------ */

/* Refuses, before gates run, a run from |0...0> whose state is needed, where it is easily told
 * that it will branch. Local; the same on all ranks. */
ek_status ek_shots_foresee(struct run *run);

/* ---- shots_groups.c ------------------------------------------------------------------------- */

/* Chooses groups for a state of `used` qubits, with operations of up to `widest` ones, and gives
 * how many qubits it gets. Local; the same on all ranks. */
int ek_shots_groups_choose(struct run *run, int used, int widest, bool branches);
/* Makes sessions of the groups. Collective. */
ek_status ek_shots_groups_begin(struct run *run);
/* Agrees on the groups' status, and gives each a copy of the initial state, if there is one.
 * Collective. */
ek_status ek_shots_groups_initial(struct run *run, ek_status status);
/* Where several groups have come to a split: whether this one goes on with outcome 0. Local. */
bool ek_shots_groups_divide(struct run *run, double zero_share);
/* Whether this group counts what it finds at the end of a branch. */
static inline bool ek_shots_groups_counts(const struct run *run)
{
    return run->group == run->first_follower;
}
/* The state of the end, over all ranks: the run's own, or put together from groups of one rank,
 * which all have it. Collective. */
ek_status ek_shots_groups_keep(struct run *run, ek_state **kept);
/* Agrees on the groups' status; then every rank has what all groups have found. Collective. */
ek_status ek_shots_groups_end(struct run *run, ek_status status);

/* ---- shots_runner.c ------------------------------------------------------------------------- */

/* Room for one more branch that waits. */
ek_status ek_shots_reserve_waiting(struct run *run);
/* Runs the gates that wait by the options' runner. */
ek_status ek_shots_flush_watched(struct run *run);
/* Goes on from the runner's checkpoint, if there is one: `machine` stands there then. */
ek_status ek_shots_go_on(struct run *run, struct ek_machine *machine);

#endif
