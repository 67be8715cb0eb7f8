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
    PARTS = 8,       /* histograms that are filled side by side, whatever the threads */
    MANY = 1 << 16,  /* outcomes wanted, that only one part looks for, to bound the memory */
    FEW = 256,       /* outcomes that are summed in blocks, so that long sums stay exact */
    BLOCK = 4096
};

/* Slots whose bits are fixed for a chunk, and to what. */
struct chunk {
    uint64_t fixed, value;
};

struct marginal {
    const ek_state *state;
    uint64_t mask;
    int bits, low; /* of an outcome; of an outcome in its chunk */
    bool alone;    /* each rank its own amplitudes, not the sum over ranks */
    uint64_t contribution[64]; /* of each slot to the outcome; 0 for one that is not in the mask */
    struct ek_layout_reader reader; /* physical index -> outcome */
    double *histograms, *chunk;
};

static double probability(const ek_state *state, size_t local)
{
    const ek_complex a = ek_state_get(state, local);
    return a.re * a.re + a.im * a.im;
}

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

/* Adds local amplitudes [base, base + length). */
static void add_run(const struct marginal *m, size_t base, size_t length, double *histogram)
{
    const uint64_t here = ek_state_first(m->state), low_mask = ek_low_bits(m->low);
    for (size_t i = base; i < base + length; i++)
        histogram[ek_layout_read(&m->reader, here | i) & low_mask] += probability(m->state, i);
}

static void add_block(const struct marginal *m, size_t base, size_t length, double *histogram)
{
    const size_t size = (size_t)1 << m->low;
    double sums[FEW] = {0};
    if (size > FEW) {
        add_run(m, base, length, histogram);
        return;
    }
    add_run(m, base, length, sums);
    for (size_t v = 0; v < size; v++) histogram[v] += sums[v];
}

/* One part of the amplitudes of a chunk on this rank: numbers [first, first + count). */
static void fill_part(const struct marginal *m, struct chunk local, size_t first, size_t count,
                      double *histogram)
{
    const uint64_t free_bits = ek_low_bits(m->state->local_slots) & ~local.fixed;
    const size_t run = local.fixed ? (size_t)(local.fixed & -local.fixed)
                                   : ek_state_local_count(m->state);
    for (size_t k = first; k < first + count;) {
        const size_t rest = run - (k & (run - 1)), left = first + count - k;
        size_t length = rest < left ? rest : left;
        if (length > BLOCK) length = BLOCK;
        add_block(m, ek_deposit(k, free_bits) | local.value, length, histogram);
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
    if (!m->alone) ek_sum_ranks(state->session, m->chunk, size);
}

/* What cancellation leaves of an amplitude, squared. */
static double noise(const ek_state *state)
{
    return state->precision == EK_SINGLE ? 1e-14 : 1e-28;
}

static ek_status visit_chunk(const struct marginal *m, uint64_t high, ek_marginal_visit visit,
                             void *context)
{
    const double least = noise(m->state);
    const size_t size = (size_t)1 << m->low;
    for (size_t v = 0; v < size; v++)
        if (m->chunk[v] > least) EK_TRY(visit(context, high << m->low | v, m->chunk[v]));
    return EK_OK;
}

/* Nothing of a chunk is here that belongs to other ranks alone. */
static bool is_elsewhere(const struct marginal *m, uint64_t high)
{
    const struct chunk chunk = find_chunk(m, high);
    const uint64_t rank_mask = ~ek_low_bits(m->state->local_slots);
    return ((ek_state_first(m->state) ^ chunk.value) & chunk.fixed & rank_mask) != 0;
}

static ek_status walk_chunks(struct marginal *m, ek_marginal_visit visit, void *context)
{
    ek_status status = EK_OK;
    for (uint64_t high = 0; status == EK_OK && high >> (m->bits - m->low) == 0; high++) {
        if (m->alone && is_elsewhere(m, high)) continue;
        fill_chunk(m, high);
        status = visit_chunk(m, high, visit, context);
        if (!m->alone) status = ek_session_agree(m->state->session, status);
    }
    return m->alone ? ek_session_agree(m->state->session, status) : status;
}

static struct marginal describe(const ek_state *state, uint64_t mask)
{
    struct marginal m = {.state = state, .mask = mask, .bits = ek_popcount(mask)};
    m.low = m.bits < CHUNK_BITS ? m.bits : CHUNK_BITS;
    return m;
}

static ek_status walk(struct marginal *m, ek_marginal_visit visit, void *context)
{
    ek_status status = EK_NEW_RAW(m->histograms, (size_t)PARTS << m->low);
    if (status == EK_OK) status = EK_NEW_RAW(m->chunk, (size_t)1 << m->low);
    status = ek_session_agree(m->state->session, status);
    if (status == EK_OK) status = walk_chunks(m, visit, context);
    ek_release(m->histograms);
    ek_release(m->chunk);
    return status;
}

ek_status ek_marginal_walk(const ek_state *state, uint64_t mask, ek_marginal_visit visit,
                           void *context)
{
    struct marginal m = describe(state, mask);
    EK_TRY(ek_observe_begin(state, EK_OK));
    set_reader(&m);
    return walk(&m, visit, context);
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

/* Each amplitude is an outcome: those of one part of this rank's. */
static ek_status add_amplitudes(const struct marginal *m, size_t first, size_t end,
                                struct best *best)
{
    const uint64_t here = ek_state_first(m->state);
    const double least = noise(m->state);
    for (size_t i = first; i < end; i++) {
        const double p = probability(m->state, i);
        if (p > least && p >= best->least)
            EK_TRY(add_candidate(best, ek_layout_read(&m->reader, here | i), p));
    }
    return EK_OK;
}

static ek_status add_all(struct best *best, const struct best *more)
{
    for (size_t i = 0; i < more->count; i++)
        EK_TRY(add_candidate(best, more->candidates[i].bits, more->candidates[i].probability));
    return EK_OK;
}

/* The best of this rank's amplitudes; every rank its own. */
static ek_status find_here(const struct marginal *m, struct best *best)
{
    const size_t total = ek_state_local_count(m->state);
    const size_t parts = best->wanted > MANY ? 1 : PARTS;
    const int threads = ek_session_threads(m->state->session);
    struct best part[PARTS];
    ek_status status[PARTS];
    for (size_t p = 0; p < parts; p++) part[p] = (struct best){.wanted = best->wanted};
#pragma omp parallel for schedule(static) num_threads(threads) if (total > 4096)
    for (size_t p = 0; p < parts; p++)
        status[p] = add_amplitudes(m, total * p / parts, total * (p + 1) / parts, &part[p]);
    bool failed = false;
    for (size_t p = 0; p < parts; p++) {
        failed = failed || status[p] != EK_OK || add_all(best, &part[p]) != EK_OK;
        ek_release(part[p].candidates);
    }
    return failed ? EK_FAIL(EK_ERROR_MEMORY, "no memory for the %zu most likely outcomes",
                            best->wanted)
                  : EK_OK;
}

/* Both ranks get the best of both. */
static ek_status merge_with(ek_session *session, int partner, struct best *best)
{
    const uint64_t mine = best->count;
    uint64_t theirs;
    void *memory = best->candidates;
    ek_exchange(session, partner, &mine, &theirs, sizeof theirs);
    const size_t more = mine > theirs ? mine : theirs;
    EK_TRY(ek_session_agree(session, ek_grow(&memory, best->count, sizeof *best->candidates,
                                             2 * more, &best->capacity)));
    best->candidates = memory;
    ek_exchange(session, partner, best->candidates, best->candidates + more,
                more * sizeof *best->candidates);
    memmove(best->candidates + mine, best->candidates + more,
            theirs * sizeof *best->candidates);
    best->count = mine + theirs;
    if (best->count > 0) keep_best(best);
    return EK_OK;
}

static ek_status merge_ranks(ek_session *session, struct best *best)
{
    ek_status status = EK_OK;
    if (best->count > 0) keep_best(best);
    for (int bit = 1; status == EK_OK && bit < ek_session_size(session); bit <<= 1)
        status = merge_with(session, ek_session_rank(session) ^ bit, best);
    return status;
}

/* Where the qubits of all rank slots are among those asked for, an outcome is on one rank. */
static ek_status find_best(struct marginal *m, struct best *best)
{
    const ek_state *state = m->state;
    m->alone = true;
    for (int s = state->local_slots; s < state->qubits; s++)
        if (m->contribution[s] == 0) m->alone = false;
    if (m->bits == state->qubits)
        EK_TRY(ek_session_agree(state->session, find_here(m, best)));
    else
        EK_TRY(walk(m, add_candidate, best));
    if (m->alone) return merge_ranks(state->session, best);
    if (best->count > 0) keep_best(best);
    return EK_OK;
}

ek_status ek_marginal_top(const ek_state *state, uint64_t mask, size_t *count,
                          struct ek_candidate **top)
{
    struct marginal m = describe(state, mask);
    struct best best = {.wanted = *count};
    EK_TRY(ek_observe_begin(state, EK_OK));
    *top = NULL;
    if (*count == 0) return EK_OK;
    set_reader(&m);
    const ek_status status = find_best(&m, &best);
    if (status != EK_OK) {
        ek_release(best.candidates);
        return status;
    }
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
