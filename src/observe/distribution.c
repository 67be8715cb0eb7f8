/* Distributions over some of a state's qubits. Outcomes are taken in chunks that share their
 * highest bits; only the amplitudes with those bits are read for a chunk, so that all chunks
 * together are one pass over the memory. */
#include "observe/measure.h"

#include <exaket/query.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_BITS = 18, /* outcomes of one chunk, at most */
    PARTS = 8        /* histograms that are filled side by side, whatever the threads */
};

/* Slots whose bits are fixed for a chunk, and to what. */
struct chunk {
    uint64_t fixed, value;
};

struct marginal {
    const ek_state *state;
    uint64_t mask;
    int bits, low; /* of an outcome; of an outcome in its chunk */
    uint64_t contribution[64]; /* of each slot to the outcome; 0 for one that is not in the mask */
    struct ek_layout_reader reader; /* physical index -> outcome */
    double *histograms, *chunk;
};

static void set_reader(struct marginal *m)
{
    const struct ek_layout *layout = &m->state->layout;
    uint64_t bit = 1, inversions = 0;
    memset(m->contribution, 0, sizeof m->contribution);
    for (uint64_t left = m->mask; left; left &= left - 1, bit <<= 1)
        m->contribution[layout->slot[ek_lowest_bit(left)].at] = bit;
    for (int s = 0; s < m->state->qubits; s++)
        if (layout->inverted >> s & 1) inversions ^= m->contribution[s];
    m->reader.bytes = (m->state->qubits + 7) / 8;
    for (int b = 0; b < m->reader.bytes; b++)
        for (int x = 0; x < 256; x++) {
            uint64_t sum = b == 0 ? inversions : 0;
            for (int j = 0; j < 8; j++)
                if (x >> j & 1) sum ^= m->contribution[8 * b + j];
            m->reader.table[b][x] = sum;
        }
}

static struct chunk find_chunk(const struct marginal *m, uint64_t high)
{
    struct chunk chunk = {0, 0};
    for (int s = 0; s < m->state->qubits; s++) {
        const uint64_t bit = m->contribution[s] >> m->low;
        if (bit == 0) continue;
        chunk.fixed |= ek_bit(s);
        if (((high & bit) != 0) != (m->state->layout.inverted >> s & 1)) chunk.value |= ek_bit(s);
    }
    return chunk;
}

/* One part of the amplitudes of a chunk on this rank: numbers [first, first + count). */
static void fill_part(const struct marginal *m, struct chunk local, size_t first, size_t count,
                      double *histogram)
{
    const uint64_t here = ek_state_first(m->state), low_mask = ek_low_bits(m->low);
    const uint64_t free_bits = ek_low_bits(m->state->local_slots) & ~local.fixed;
    const size_t run = local.fixed ? (size_t)(local.fixed & -local.fixed)
                                   : ek_state_local_count(m->state);
    for (size_t k = first; k < first + count;) {
        const size_t base = ek_deposit(k, free_bits) | local.value;
        const size_t rest = run - (k & (run - 1));
        const size_t length = rest < first + count - k ? rest : first + count - k;
        for (size_t i = base; i < base + length; i++) {
            const ek_complex a = ek_state_get(m->state, i);
            histogram[ek_layout_read(&m->reader, here | i) & low_mask] +=
                a.re * a.re + a.im * a.im;
        }
        k += length;
    }
}

/* Probabilities of the outcomes with these high bits, on all ranks. */
static void fill_chunk(struct marginal *m, uint64_t high)
{
    const ek_state *state = m->state;
    const struct chunk chunk = find_chunk(m, high);
    const uint64_t local_mask = ek_low_bits(state->local_slots);
    const struct chunk local = {chunk.fixed & local_mask, chunk.value & local_mask};
    const bool here = ((ek_state_first(state) ^ chunk.value) & chunk.fixed & ~local_mask) == 0;
    const size_t size = (size_t)1 << m->low;
    const size_t total = here ? ek_state_local_count(state) >> ek_popcount(local.fixed) : 0;
    const int threads = ek_session_threads(state->session);
    memset(m->histograms, 0, PARTS * size * sizeof *m->histograms);
#pragma omp parallel for schedule(static) num_threads(threads) if (total > 4096)
    for (size_t p = 0; p < PARTS; p++)
        fill_part(m, local, total * p / PARTS, total * (p + 1) / PARTS - total * p / PARTS,
                  m->histograms + p * size);
    for (size_t v = 0; v < size; v++) {
        m->chunk[v] = 0;
        for (size_t p = 0; p < PARTS; p++) m->chunk[v] += m->histograms[p * size + v];
    }
    ek_sum_ranks(state->session, m->chunk, size);
}

static ek_status visit_chunk(const struct marginal *m, uint64_t high, ek_marginal_visit visit,
                             void *context)
{
    /* What cancellation leaves of an amplitude, squared. */
    const double noise = m->state->precision == EK_SINGLE ? 1e-14 : 1e-28;
    const size_t size = (size_t)1 << m->low;
    for (size_t v = 0; v < size; v++)
        if (m->chunk[v] > noise) EK_TRY(visit(context, high << m->low | v, m->chunk[v]));
    return EK_OK;
}

ek_status ek_marginal_walk(const ek_state *state, uint64_t mask, ek_marginal_visit visit,
                           void *context)
{
    struct marginal m = {.state = state, .mask = mask, .bits = ek_popcount(mask)};
    m.low = m.bits < CHUNK_BITS ? m.bits : CHUNK_BITS;
    ek_status status = EK_NEW_RAW(m.histograms, (size_t)PARTS << m.low);
    if (status == EK_OK) status = EK_NEW_RAW(m.chunk, (size_t)1 << m.low);
    status = ek_observe_begin(state, status);
    if (status == EK_OK) set_reader(&m);
    for (uint64_t high = 0; status == EK_OK && high >> (m.bits - m.low) == 0; high++) {
        fill_chunk(&m, high);
        status = ek_session_agree(state->session, visit_chunk(&m, high, visit, context));
    }
    ek_release(m.histograms);
    ek_release(m.chunk);
    return status;
}

/* ---- the most likely ------------------------------------------------------------------------ */

struct best {
    size_t wanted, count, capacity;
    double least; /* what is below it cannot be among the wanted */
    struct ek_candidate *candidates;
};

/* Probabilities that differ by rounding alone count as equal. */
static int by_probability(const void *a, const void *b)
{
    const struct ek_candidate *x = a, *y = b;
    const double p = rint(x->probability * 0x1p44), q = rint(y->probability * 0x1p44);
    if (p != q) return p > q ? -1 : 1;
    return (x->bits > y->bits) - (x->bits < y->bits);
}

static void keep_best(struct best *best)
{
    qsort(best->candidates, best->count, sizeof *best->candidates, by_probability);
    if (best->count <= best->wanted) return;
    best->count = best->wanted;
    best->least = best->candidates[best->wanted - 1].probability - 0x1p-43;
}

static ek_status add_candidate(void *context, uint64_t bits, double probability)
{
    struct best *best = context;
    void *memory = best->candidates;
    if (probability < best->least) return EK_OK;
    if (best->count >= 2 * best->wanted + 65536) keep_best(best);
    EK_TRY(ek_grow(&memory, best->count, sizeof *best->candidates, best->count + 1,
                   &best->capacity));
    best->candidates = memory;
    best->candidates[best->count++] = (struct ek_candidate){bits, probability};
    return EK_OK;
}

ek_status ek_marginal_top(const ek_state *state, uint64_t mask, size_t *count,
                          struct ek_candidate **top)
{
    struct best best = {.wanted = *count};
    const ek_status status = ek_marginal_walk(state, mask, add_candidate, &best);
    if (status != EK_OK) {
        ek_release(best.candidates);
        return status;
    }
    if (best.count > 0) keep_best(&best);
    *count = best.count;
    *top = best.candidates;
    return EK_OK;
}

ek_status ek_state_top(const ek_state *state, size_t *count, uint64_t *indices)
{
    struct ek_candidate *top = NULL;
    EK_TRY(ek_marginal_top(state, ek_low_bits(state->qubits), count, &top));
    for (size_t i = 0; i < *count; i++) indices[i] = top[i].bits;
    ek_release(top);
    return EK_OK;
}
