/* Marginal distributions. The local amplitudes are cut into parts: by the highest of the asked
 * qubits, so that threads write to different outcomes, and by the highest of the others, which
 * keeps few outcomes accurate. The cut does not depend on the number of threads. */
#include "observe/bits.h"
#include "observe/observe.h"

#include <exaket/query.h>

enum {
    CUT_LOG2 = 6,     /* parts wanted */
    COPIES_LOG2 = 10, /* most parts that add up the same outcomes */
    ROOM_LOG2 = 20    /* numbers in all copies, where more than one */
};

struct marginal {
    const ek_state *state;
    uint64_t asked, others;       /* masks of local slots; without the slots that cut */
    uint64_t asked_cut, other_cut;
    uint64_t of_rank;             /* bits of the outcome that this rank's number fixes */
    struct ek_bit_map outcome;    /* of a local index */
    size_t outcomes;
    double *copies;               /* one of the outcomes per value of other_cut */
};

ek_status ek_check_qubit_list(const ek_state *state, int count, const int *qubits, int most)
{
    uint64_t seen = 0;
    if (count < 0 || count > most)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d qubits asked for: 0 to %d are possible", count,
                       most);
    for (int i = 0; i < count; i++) {
        if (qubits[i] < 0 || qubits[i] >= state->qubits)
            return EK_FAIL(EK_ERROR_ARGUMENT, "qubit %d is not one of the state's 0 to %d",
                           qubits[i], state->qubits - 1);
        if (seen & ek_bit(qubits[i]))
            return EK_FAIL(EK_ERROR_ARGUMENT, "qubit %d is named twice", qubits[i]);
        seen |= ek_bit(qubits[i]);
    }
    return EK_OK;
}

static uint64_t take_highest(uint64_t *mask, int count)
{
    uint64_t taken = 0;
    for (; count > 0 && *mask; count--) {
        const uint64_t bit = ek_bit(63 - __builtin_clzll(*mask));
        *mask ^= bit;
        taken |= bit;
    }
    return taken;
}

static void set_up(const ek_state *state, int count, const int *qubits, struct marginal *m)
{
    uint64_t to[64] = {0};
    const uint64_t rank_bits = ek_state_first(state) ^ state->layout.inverted;
    *m = (struct marginal){.state = state, .outcomes = (size_t)1 << count};
    for (int j = 0; j < count; j++) {
        const int slot = state->layout.slot[qubits[j]].at;
        to[slot] = ek_bit(j);
        if (rank_bits >> slot & 1) m->of_rank |= ek_bit(j); /* inversions of local slots as well */
        if (slot < state->local_slots) m->asked |= ek_bit(slot);
    }
    m->others = ek_low_bits(state->local_slots) & ~m->asked;
    const int copies = ROOM_LOG2 - count < COPIES_LOG2 ? ROOM_LOG2 - count : COPIES_LOG2;
    m->other_cut = take_highest(&m->others, copies);
    m->asked_cut = take_highest(&m->asked, CUT_LOG2 - ek_popcount(m->other_cut));
    ek_bit_map_set(&m->outcome, state->local_slots, to);
}

static void add_part(const struct marginal *m, size_t part)
{
    const int copies = ek_popcount(m->other_cut);
    const size_t copy = part & ek_low_bits(copies);
    const uint64_t fixed =
        ek_deposit(copy, m->other_cut) | ek_deposit(part >> copies, m->asked_cut);
    const uint64_t walk = m->asked | m->others;
    double *sums = m->copies + copy * m->outcomes;
    uint64_t i = 0;
    do {
        const size_t local = fixed | i;
        sums[ek_bit_map_get(&m->outcome, local) ^ m->of_rank] +=
            ek_state_probability(m->state, local);
        i = ((i | ~walk) + 1) & walk; /* the next number under the mask */
    } while (i != 0);
}

static void add_all(const struct marginal *m, double *probabilities)
{
    const int cut = ek_popcount(m->other_cut) + ek_popcount(m->asked_cut);
    const size_t parts = (size_t)1 << cut, copies = (size_t)1 << ek_popcount(m->other_cut);
    const int threads = ek_session_threads(m->state->session);
#pragma omp parallel for schedule(static) num_threads(threads) if (m->state->local_slots > 12)
    for (size_t part = 0; part < parts; part++) add_part(m, part);
    for (size_t half = copies / 2; half > 0; half /= 2) /* pairwise, in a fixed order */
        for (size_t i = 0; i < half * m->outcomes; i++)
            m->copies[i] += m->copies[half * m->outcomes + i];
    for (size_t i = 0; i < m->outcomes; i++) probabilities[i] = m->copies[i];
}

ek_status ek_state_marginal(const ek_state *state, int count, const int *qubits,
                            double *probabilities)
{
    struct marginal m = {0};
    ek_status status = ek_check_qubit_list(state, count, qubits, EK_MARGINAL_QUBITS_MAX);
    if (status == EK_OK) {
        set_up(state, count, qubits, &m);
        status = EK_NEW(m.copies, m.outcomes << ek_popcount(m.other_cut));
    }
    status = ek_observe_begin(state, status);
    if (status == EK_OK) {
        add_all(&m, probabilities);
        ek_sum_ranks(state->session, probabilities, m.outcomes);
    }
    ek_release(m.copies);
    return status;
}
