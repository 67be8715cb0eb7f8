/* observe: what can be asked of a state. Owns norms, amplitudes, expectations, shots and
 * brute-force extremes, measurement with collapse, and runs of dynamic programs. Reads states in
 * any layout, moves no amplitudes. May include exec, problem and below. */
#ifndef EK_OBSERVE_ROOM_H
#define EK_OBSERVE_ROOM_H

#include "exec/exec.h"

#include <exaket/observe.h>

/* Per-thread room for the values of a diagonal function on one block of amplitudes. */
struct ek_scratch {
    int threads;
    double *values; /* threads x EK_BLOCK_AMPLITUDES */
    uint16_t *levels; /* likewise */
};
ek_status ek_scratch_create(int threads, struct ek_scratch *scratch);
void ek_scratch_clear(struct ek_scratch *scratch);
static inline double *ek_scratch_mine(const struct ek_scratch *scratch)
{
    return scratch->values + (size_t)ek_thread_number() * EK_BLOCK_AMPLITUDES;
}
static inline uint16_t *ek_scratch_levels(const struct ek_scratch *scratch)
{
    return scratch->levels + (size_t)ek_thread_number() * EK_BLOCK_AMPLITUDES;
}

/* Agrees on EK_ERROR_BUSY and on an earlier local status. Collective. */
ek_status ek_observe_begin(const ek_state *state, ek_status status);

/* At most `most` qubits, all of the state's, none twice. Local. */
ek_status ek_check_qubit_list(const ek_state *state, int count, const int *qubits, int most);

/* Which numbers of the stream of shots decide: shot i takes number first + i. Mirrored: the state
 * is the lower half of one with a qubit more, whose amplitude ~x equals amplitude x, and the shots
 * are what they would be from that. */
struct ek_draws {
    uint64_t seed, first;
    bool mirrored;
};
/* As ek_sample, with draws of one's own. Collective. */
ek_status ek_sample_draws(const ek_state *state, size_t shots, const struct ek_draws *draws,
                          uint64_t *outcomes);
/* As well, of a state that is not mirrored, but shot i takes number first + shot[i]; puts the
 * outcomes in increasing order in the place of these, and gives the state's norm too. `work` has
 * room for `shots` numbers: of fresh memory the first touch is dear. Collective. */
ek_status ek_sample_sorted(const ek_state *state, size_t shots, const struct ek_draws *draws,
                           uint64_t *shot, uint64_t *work, double *norm);

#endif
