/* state: amplitudes. Owns their storage, layout and initial values, and lends them out: one writer
 * or many readers at a time. May include plan's layout, comm, kernels and base. */
#ifndef EK_STATE_ROOM_H
#define EK_STATE_ROOM_H

#include "comm/comm.h"
#include "kernels/kernels.h"
#include "plan/layout.h"

#include <exaket/state.h>

struct ek_state {
    ek_session *session;
    int qubits, local_slots;
    ek_precision precision;
    const struct ek_kernels *kernels;
    void *amplitudes; /* 2^local_slots, interleaved; physical index = [rank | local] */
    struct ek_shared memory; /* theirs, and of the ranks that share it */
    struct ek_layout layout;
    bool borrowed;
    uint64_t bytes_sent;
};

/* Whether so many states can be created: what ek_state_create refuses, and memory for all of them.
 * For who needs several, before the first. Local. */
ek_status ek_states_check(ek_session *session, int qubits, ek_precision precision, int states);

/* Lends the amplitudes to one writer, who may also change the layout, until restore. Local.
 * EK_ERROR_BUSY while somebody else has them. */
ek_status ek_state_borrow(ek_state *state, void **amplitudes);
void ek_state_restore(ek_state *state, void **amplitudes);

/* As ek_state_prepare, in a given layout. Collective; the initial state has been checked.
 * `partial` has ek_partials(local_slots) doubles of the caller's, so that it cannot fail. */
void ek_state_fill(ek_state *state, const ek_initial *initial, const struct ek_layout *layout,
                   double *partial);
/* Local. */
ek_status ek_initial_check(const ek_initial *initial, int qubits);
/* Digest of what its kind reads, chained by `before`. */
uint64_t ek_initial_digest(uint64_t before, const ek_initial *initial, int qubits);

static inline size_t ek_state_local_count(const ek_state *state)
{
    return (size_t)1 << state->local_slots;
}
/* Physical index of this rank's first amplitude. */
static inline uint64_t ek_state_first(const ek_state *state)
{
    return (uint64_t)ek_session_rank(state->session) << state->local_slots;
}

/* Likewise of the ranks that share memory with this one: memory.all begins with it. */
static inline uint64_t ek_state_shared_first(const ek_state *state)
{
    const int mine = ek_session_rank(state->session) % state->memory.ranks;
    return ek_state_first(state) - ((uint64_t)mine << state->local_slots);
}

/* How far a norm of 1 may be off by rounding alone. */
static inline double ek_norm_tolerance(ek_precision precision)
{
    return precision == EK_SINGLE ? 1e-3 : 1e-9;
}

/* One amplitude, whatever the precision. */
static inline ek_complex ek_state_get(const ek_state *state, size_t local)
{
    if (state->precision == EK_SINGLE) {
        const float *a = (const float *)state->amplitudes + 2 * local;
        return (ek_complex){a[0], a[1]};
    }
    return ((const ek_complex *)state->amplitudes)[local];
}
static inline double ek_state_probability(const ek_state *state, size_t local)
{
    const ek_complex a = ek_state_get(state, local);
    return a.re * a.re + a.im * a.im;
}
static inline void ek_state_put(ek_state *state, size_t local, ek_complex value)
{
    if (state->precision == EK_SINGLE) {
        float *a = (float *)state->amplitudes + 2 * local;
        a[0] = (float)value.re;
        a[1] = (float)value.im;
    } else {
        ((ek_complex *)state->amplitudes)[local] = value;
    }
}

/* Sum over all amplitudes of all ranks in a fixed order: `block` gives `width` partial sums (at
 * most 4) of the amplitudes [first, first + count) of this rank, count <= EK_BLOCK_AMPLITUDES.
 * Collective. Fails together when memory is short. */
typedef void (*ek_block_sum)(const ek_state *state, void *context, size_t first, size_t count,
                             double *partial);
ek_status ek_state_sum(const ek_state *state, int width, ek_block_sum block, void *context,
                       double *sums);
/* The same with ek_partials(local_slots) * width doubles of the caller's, so that it
 * cannot fail. */
void ek_state_sum_into(const ek_state *state, int width, ek_block_sum block, void *context,
                       double *partial, double *sums);
size_t ek_partials(int local_slots);

#endif
