/* Measurement of one qubit: both probabilities in one pass, collapse in place, reset by a
 * pending X of the layout. */
#include "observe/measure.h"

#include <math.h>

enum { SHORT_RUN = 4 }; /* runs of fewer than 2^4 amplitudes are no work for a kernel */

/* What a qubit's bit is at a physical index: slot and inversion. */
struct qubit_bit {
    int slot;
    unsigned inverted;
};

static struct qubit_bit find_bit(const ek_state *state, int qubit)
{
    const int slot = state->layout.slot[qubit].at;
    return (struct qubit_bit){slot, (unsigned)(state->layout.inverted >> slot & 1)};
}

static ek_status check_qubit(const ek_state *state, int qubit)
{
    if (qubit >= 0 && qubit < state->qubits) return EK_OK;
    return EK_FAIL(EK_ERROR_ARGUMENT, "qubit %d of a state of %d", qubit, state->qubits);
}

/* partial[b]: weight of the amplitudes whose slot holds b. Runs of equal bit are 2^slot long. */
static void block_weights(const ek_state *state, void *context, size_t first, size_t count,
                          double *partial)
{
    const int slot = *(const int *)context;
    const uint64_t base = ek_state_first(state) | first;
    const size_t bytes = ek_amplitude_bytes(state->precision);
    const char *amplitudes = (const char *)state->amplitudes + first * bytes;
    partial[0] = partial[1] = 0;
    if (slot >= ek_log2(count)) {
        partial[base >> slot & 1] = state->kernels->norm(amplitudes, count);
        return;
    }
    for (size_t i = 0; slot < SHORT_RUN && i < count; i++)
        partial[i >> slot & 1] += ek_state_probability(state, first + i);
    for (size_t i = 0; slot >= SHORT_RUN && i < count; i += (size_t)1 << slot)
        partial[i >> slot & 1] += state->kernels->norm(amplitudes + i * bytes, (size_t)1 << slot);
}

ek_status ek_measure_weights(const ek_state *state, int qubit, double weights[2])
{
    double sums[2];
    EK_TRY(ek_observe_begin(state, check_qubit(state, qubit)));
    struct qubit_bit bit = find_bit(state, qubit);
    EK_TRY(ek_state_sum(state, 2, block_weights, &bit.slot, sums));
    weights[0] = sums[bit.inverted];
    weights[1] = sums[!bit.inverted];
    if (weights[0] + weights[1] > 0 && isfinite(weights[0] + weights[1])) return EK_OK;
    return EK_FAIL(EK_ERROR_NUMERIC, "cannot measure: the state's norm is %g",
                   weights[0] + weights[1]);
}

ek_status ek_state_probability_of_one(const ek_state *state, int qubit, double *probability)
{
    double weights[2];
    EK_TRY(ek_measure_weights(state, qubit, weights));
    *probability = weights[1] / (weights[0] + weights[1]);
    return EK_OK;
}

void ek_measure_project(ek_state *state, int qubit, int outcome, double weight)
{
    const struct qubit_bit bit = find_bit(state, qubit);
    const unsigned kept = (unsigned)outcome ^ bit.inverted;
    const double factor = 1 / sqrt(weight);
    const size_t count = ek_state_local_count(state);
    const uint64_t base = ek_state_first(state);
    const int threads = ek_session_threads(state->session);
#pragma omp parallel for schedule(static) num_threads(threads) if (count > 4096)
    for (size_t i = 0; i < count; i++) {
        const ek_complex a = ek_state_get(state, i);
        const bool stays = ((base | i) >> bit.slot & 1) == kept;
        ek_state_put(state, i, stays ? (ek_complex){a.re * factor, a.im * factor}
                                     : (ek_complex){0, 0});
    }
}

void ek_measure_flip(ek_state *state, int qubit)
{
    state->layout.inverted ^= ek_bit(state->layout.slot[qubit].at);
}

ek_status ek_state_collapse(ek_state *state, int qubit, int outcome)
{
    double weights[2];
    EK_TRY(ek_measure_weights(state, qubit, weights));
    if ((outcome != 0 && outcome != 1) || !(weights[outcome] > 0))
        return EK_FAIL(EK_ERROR_NUMERIC, "qubit %d cannot be %d: that has probability 0", qubit,
                       outcome);
    ek_measure_project(state, qubit, outcome, weights[outcome]);
    return EK_OK;
}

ek_status ek_state_reset(ek_state *state, int qubit, int outcome)
{
    EK_TRY(ek_state_collapse(state, qubit, outcome));
    if (outcome == 1) ek_measure_flip(state, qubit);
    return EK_OK;
}
