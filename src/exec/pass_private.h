/* What the ways of running a pass share. */
#ifndef EK_EXEC_PASS_PRIVATE_H
#define EK_EXEC_PASS_PRIVATE_H

#include "exec/exec.h"

/* A tile of a pass in a workspace. */
struct ek_seat {
    struct ek_tile tile;
    struct ek_place place;
    void *base; /* in the state */
};

/* The tile that begins at an amplitude of the ranks that share memory, in a part of the
 * workspace's: 0 but for twins. */
void ek_seat_take(const ek_program *program, const struct ek_pass *pass, size_t local, size_t part,
                  const struct ek_workspace *work, ek_state *state, struct ek_seat *seat);
/* True when the first, or the last, call of a pass can reach into the state. */
bool ek_pass_reaches_state(const ek_program *program, const struct ek_pass *pass, bool last);
/* True where a tile's way out and the next one's way in can go chunk by chunk. */
bool ek_pass_hands_over(const ek_program *program, const struct ek_pass *pass);
/* One call on a tile. */
void ek_call_run(const ek_program *program, const struct ek_call *call, struct ek_workspace *work,
                 const struct ek_place *place, const struct ek_flow *flow);
/* A pass on pairs of tiles. */
void ek_twins_run(const ek_program *program, const struct ek_pass *pass, const double *constant,
                  ek_state *state);

#endif
