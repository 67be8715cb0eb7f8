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
    CUT_BITS = 3,    /* of a chunk, into parts that are filled side by side */
    PARTS = 8,       /* of all amplitudes, whatever the threads */
    MANY = 1 << 16,  /* outcomes wanted, that only one part looks for, to bound the memory */
    FEW = 256,       /* outcomes that are summed in blocks, so that long sums stay exact */
    BLOCK = 4096,
    ROW = 256
};

/* Slots whose bits are fixed for a chunk, and to what. */
struct chunk {
    uint64_t fixed, value;
};

struct marginal {
    const ek_state *state;
    uint64_t mask;
    int bits, low; /* of an outcome; of an outcome in its chunk */
    uint64_t together; /* bits of a rank's number: ranks that differ there have parts of the same
                        * outcomes */
    bool apart; /* each outcome is for one rank to see, not for all */
    size_t begin, end; /* of a chunk's outcomes, that this rank sees */
    uint64_t contribution[64]; /* of each slot to the outcome; 0 for one that is not in the mask */
    struct ek_layout_reader reader; /* physical index -> outcome */
    double *chunk, *others; /* chunk has room for all copies */
    const double *least;    /* what is below it need not be visited */
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

/* Adds local amplitudes [base, base + length), row by row. */
static void add_run(const struct marginal *m, size_t base, size_t length, double *histogram)
{
    const uint64_t here = ek_state_first(m->state), low_mask = ek_low_bits(m->low);
    const size_t bytes = ek_amplitude_bytes(m->state->precision);
    const size_t row = length < ROW ? length : ROW;
    const uint64_t *of_place = m->reader.table[0], whole_row = ek_low_bits(8);
    double p[ROW];
    for (size_t i = base; i < base + length; i += row) {
        const char *amplitudes = (const char *)m->state->amplitudes + i * bytes;
        const uint64_t high = ek_layout_read(&m->reader, (here | i) & ~whole_row) ^ of_place[0];
        m->state->kernels->probabilities(amplitudes, row, p);
        for (size_t j = 0; j < row; j++)
            histogram[(high ^ of_place[(here | (i + j)) & whole_row]) & low_mask] += p[j];
    }
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

/* The local amplitudes with these bits. */
static void fill_part(const struct marginal *m, struct chunk local, double *histogram)
{
    const size_t all = ek_state_local_count(m->state), count = all >> ek_popcount(local.fixed);
    const uint64_t free_bits = (all - 1) & ~local.fixed;
    const size_t run = local.fixed ? (size_t)(local.fixed & -local.fixed) : all;
    const size_t length = run < BLOCK ? run : BLOCK;
    for (size_t k = 0; k < count; k += length)
        add_block(m, ek_deposit(k, free_bits) | local.value, length, histogram);
}

/* Slots whose bits tell parts of a chunk apart: of high bits of the outcome, so that parts share
 * no outcomes; where these are few, of qubits not asked for, each with sums of its own. */
struct cut {
    uint64_t outcomes, copies;
};

static struct cut cut_chunk(const struct marginal *m, uint64_t free_slots)
{
    struct cut cut = {0, 0};
    int asked = 0;
    for (int s = 0; s < m->state->local_slots; s++)
        if (free_slots >> s & 1 && m->contribution[s]) asked++;
    for (int bit = m->low; bit-- > 0;)
        for (int s = ek_log2(ROW); s < m->state->local_slots; s++)
            if (m->contribution[s] == ek_bit(bit) && ek_popcount(cut.outcomes) < CUT_BITS)
                cut.outcomes |= ek_bit(s);
    for (int s = m->state->local_slots; s-- > ek_log2(ROW);)
        if (m->contribution[s] == 0 && asked + ek_popcount(cut.copies) < CUT_BITS)
            cut.copies |= ek_bit(s);
    return cut;
}

/* Of this rank's amplitudes, in an order that does not depend on threads. */
static void fill_local(struct marginal *m, struct chunk local)
{
    const struct cut cut = cut_chunk(m, ek_low_bits(m->state->local_slots) & ~local.fixed);
    const size_t size = (size_t)1 << m->low;
    const int copies = ek_popcount(cut.copies), parts = ek_popcount(cut.outcomes) + copies;
    const int threads = ek_session_threads(m->state->session);
    memset(m->chunk, 0, (size << copies) * sizeof *m->chunk);
#pragma omp parallel for schedule(static) num_threads(threads) if (parts > 0)
    for (size_t p = 0; p < (size_t)1 << parts; p++) {
        const uint64_t copy = p & ek_low_bits(copies);
        const struct chunk part = {local.fixed | cut.outcomes | cut.copies,
                                   local.value | ek_deposit(copy, cut.copies) |
                                       ek_deposit(p >> copies, cut.outcomes)};
        fill_part(m, part, m->chunk + copy * size);
    }
    for (size_t c = 1; c >> copies == 0; c++)
        for (size_t v = 0; v < size; v++) m->chunk[v] += m->chunk[c * size + v];
}

/* Adds what the ranks that have parts of a chunk know of this rank's outcomes, in the order of
 * ranks. */
static void share_chunk(struct marginal *m)
{
    const uint64_t rank = (uint64_t)ek_session_rank(m->state->session);
    const uint64_t mine = ek_extract(rank, m->together), count = ek_bit(ek_popcount(m->together));
    const size_t part = m->end - m->begin;
    for (uint64_t turn = 1; turn < count; turn++)
        ek_exchange(m->state->session, (int)(rank ^ ek_deposit(turn, m->together)),
                    m->chunk + (mine ^ turn) * part, m->others + (mine ^ turn) * part,
                    part * sizeof *m->chunk);
    for (size_t v = m->begin; v < m->end; v++) {
        double sum = 0;
        for (uint64_t r = 0; r < count; r++)
            sum += r == mine ? m->chunk[v] : m->others[r * part + v - m->begin];
        m->chunk[v] = sum;
    }
}

/* Probabilities of the outcomes with these high bits: all, or those that this rank sees. */
static void fill_chunk(struct marginal *m, uint64_t high)
{
    const ek_state *state = m->state;
    const struct chunk chunk = find_chunk(m, high);
    const uint64_t local_mask = ek_low_bits(state->local_slots);
    const struct chunk local = {chunk.fixed & local_mask, chunk.value & local_mask};
    const bool here = ((ek_state_first(state) ^ chunk.value) & chunk.fixed & ~local_mask) == 0;
    if (here) fill_local(m, local);
    else memset(m->chunk, 0, sizeof *m->chunk << m->low);
    if (m->apart) share_chunk(m);
    else ek_sum_ranks(state->session, m->chunk, (size_t)1 << m->low);
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
    const double *wanted = m->least ? m->least : &least;
    for (size_t v = m->begin; v < m->end; v++)
        if (m->chunk[v] > least && m->chunk[v] >= *wanted)
            EK_TRY(visit(context, high << m->low | v, m->chunk[v]));
    return EK_OK;
}

/* Nothing of a chunk is here that belongs to other ranks alone. */
static bool is_elsewhere(const struct marginal *m, uint64_t high)
{
    const struct chunk chunk = find_chunk(m, high);
    const uint64_t rank_mask = ~ek_low_bits(m->state->local_slots);
    return ((ek_state_first(m->state) ^ chunk.value) & chunk.fixed & rank_mask) != 0;
}

/* Ranks apart go on together to the end, also where one has failed. */
static ek_status walk_apart(struct marginal *m, ek_marginal_visit visit, void *context)
{
    ek_status status = EK_OK;
    for (uint64_t high = 0; high >> (m->bits - m->low) == 0; high++) {
        if (is_elsewhere(m, high)) continue;
        fill_chunk(m, high);
        if (status == EK_OK) status = visit_chunk(m, high, visit, context);
    }
    return ek_session_agree(m->state->session, status);
}

static ek_status walk_together(struct marginal *m, ek_marginal_visit visit, void *context)
{
    ek_status status = EK_OK;
    for (uint64_t high = 0; status == EK_OK && high >> (m->bits - m->low) == 0; high++) {
        fill_chunk(m, high);
        status = ek_session_agree(m->state->session, visit_chunk(m, high, visit, context));
    }
    return status;
}

static struct marginal describe(const ek_state *state, uint64_t mask)
{
    struct marginal m = {.state = state, .mask = mask, .bits = ek_popcount(mask)};
    m.low = m.bits < CHUNK_BITS ? m.bits : CHUNK_BITS;
    m.end = (size_t)1 << m.low;
    return m;
}

static ek_status walk(struct marginal *m, ek_marginal_visit visit, void *context)
{
    ek_status status = EK_NEW_RAW(m->chunk, (size_t)1 << (m->low + CUT_BITS));
    if (status == EK_OK && m->apart) status = EK_NEW_RAW(m->others, (size_t)1 << m->low);
    status = ek_session_agree(m->state->session, status);
    if (status == EK_OK)
        status = (m->apart ? walk_apart : walk_together)(m, visit, context);
    ek_release(m->chunk);
    ek_release(m->others);
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
    bool full;    /* nor can what comes behind `last`: of many equals most */
    struct ek_candidate last;
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
    best->last = best->candidates[best->wanted - 1];
    best->full = true;
    best->least = best->last.probability - 0x1p-43;
}

static ek_status add_candidate(void *context, uint64_t bits, double probability)
{
    struct best *best = context;
    const struct ek_candidate fresh = {bits, probability};
    void *memory = best->candidates;
    if (probability < best->least) return EK_OK;
    if (best->full && by_probability(&fresh, &best->last) > 0) return EK_OK;
    if (best->count >= 2 * best->wanted + 65536) keep_best(best);
    EK_TRY(ek_grow(&memory, best->count, sizeof *best->candidates, best->count + 1,
                   &best->capacity));
    best->candidates = memory;
    best->candidates[best->count++] = fresh;
    return EK_OK;
}

/* Each amplitude is an outcome: those of one part of this rank's. */
static ek_status add_amplitudes(const struct marginal *m, size_t first, size_t end,
                                struct best *best)
{
    const uint64_t here = ek_state_first(m->state);
    const double least = noise(m->state);
    for (size_t i = first; i < end; i++) {
        const double p = ek_state_probability(m->state, i);
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
    const ek_status grown =
        ek_grow(&memory, best->count, sizeof *best->candidates, 2 * more, &best->capacity);
    best->candidates = memory; /* whatever others lack */
    EK_TRY(ek_session_agree(session, grown));
    ek_exchange(session, partner, best->candidates, best->candidates + more,
                more * sizeof *best->candidates);
    if (theirs > 0)
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

/* Ranks that have parts of the same outcomes see a part of them each, if there are enough. */
static void set_apart(struct marginal *m)
{
    const ek_state *state = m->state;
    const uint64_t rank = (uint64_t)ek_session_rank(state->session);
    for (int s = state->local_slots; s < state->qubits; s++)
        if (m->contribution[s] == 0) m->together |= ek_bit(s - state->local_slots);
    const int cut = ek_popcount(m->together);
    m->apart = cut <= m->low;
    if (!m->apart) return;
    m->begin = (size_t)ek_extract(rank, m->together) << (m->low - cut);
    m->end = m->begin + ((size_t)1 << (m->low - cut));
}

static ek_status find_best(struct marginal *m, struct best *best)
{
    const ek_state *state = m->state;
    set_apart(m);
    m->least = &best->least;
    if (m->bits == state->qubits)
        EK_TRY(ek_session_agree(state->session, find_here(m, best)));
    else
        EK_TRY(walk(m, add_candidate, best));
    if (m->apart) return merge_ranks(state->session, best);
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
