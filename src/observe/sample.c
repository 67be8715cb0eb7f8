/* Shots without collapse: shot i is the first basis state, by logical index, whose cumulative
 * probability exceeds the i-th uniform draw. Shots are sorted by their draws; then each bin of
 * basis states with shots in it is walked once. */
#include "observe/bins.h"

#include <math.h>
#include <string.h>

enum {
    DRAW_BITS = 53, /* as ek_random_uniform has them */
    BLOCK = 16, /* members whose sum is taken before one of them is looked for */
    SHOTS_PER_BUCKET = 1024, /* or half as many: they stay in the nearest cache */
    BUCKET_MOST = 2048,      /* that are spread again; more are very unlikely */
    NEXT_BITS = 8,
    MOST_CHUNKS = 16, /* of shots, that threads sort side by side */
    MOST_BLOCKS = 64 /* whose sums are taken together, a power of two */
};

struct sampler {
    struct ek_bins bins;
    double *below; /* [bins]: probability of all bins before */
    size_t last_bin; /* that is possible */
    double total;
    size_t count;
    uint64_t *draws, *sorted; /* [count]: DRAW_BITS bits; before, draws are numbers of shots */
    int bucket_bits;
    size_t chunks, *places; /* [chunks << bucket_bits]: for sorting */
    uint64_t *outcomes; /* of the sorted draws */
};

/* ---- sorting ------------------------------------------------------------------------------- */

static size_t chunk_begin(const struct sampler *s, size_t chunk)
{
    return s->count / s->chunks * chunk + (chunk == s->chunks ? s->count % s->chunks : 0);
}

/* Of a mirrored state: the upper half is the lower one from its end. Odd numbers are of it. */
static uint64_t draw_in_half(uint64_t draw)
{
    const uint64_t half = UINT64_C(1) << (DRAW_BITS - 1);
    return draw < half ? 2 * draw : 2 * (2 * half - draw) - 1;
}

static void draw_chunk(struct sampler *s, size_t chunk, const struct ek_draws *draws)
{
    size_t *sizes = s->places + (chunk << s->bucket_bits);
    const size_t begin = chunk_begin(s, chunk), end = chunk_begin(s, chunk + 1);
    ek_random_first_bits(draws->seed, EK_STREAM_SHOTS, draws->first, end - begin,
                         s->draws + begin);
    memset(sizes, 0, sizeof *sizes << s->bucket_bits);
    for (size_t i = begin; i < end; i++) {
        s->draws[i] >>= 64 - DRAW_BITS;
        if (draws->mirrored) s->draws[i] = draw_in_half(s->draws[i]);
        sizes[s->draws[i] >> (DRAW_BITS - s->bucket_bits)]++;
    }
}

static void spread_chunk(struct sampler *s, size_t chunk)
{
    size_t *places = s->places + (chunk << s->bucket_bits);
    for (size_t i = chunk_begin(s, chunk); i < chunk_begin(s, chunk + 1); i++)
        s->sorted[places[s->draws[i] >> (DRAW_BITS - s->bucket_bits)]++] = s->draws[i];
}

/* Puts a bucket in the order of its draws' next bits. */
static void spread_bucket(uint64_t *draws, size_t count, int shift)
{
    uint64_t copy[BUCKET_MOST];
    size_t places[1 << NEXT_BITS] = {0}, place = 0;
    memcpy(copy, draws, count * sizeof *draws);
    for (size_t i = 0; i < count; i++) places[copy[i] >> shift & ek_low_bits(NEXT_BITS)]++;
    for (size_t b = 0; b >> NEXT_BITS == 0; b++) {
        const size_t here = places[b];
        places[b] = place;
        place += here;
    }
    for (size_t i = 0; i < count; i++)
        draws[places[copy[i] >> shift & ek_low_bits(NEXT_BITS)]++] = copy[i];
}

/* In the end by insertion: few draws share all the bits that they were spread by. */
static void sort_bucket(uint64_t *draws, size_t count, int shift)
{
    if (count > 16 && count <= BUCKET_MOST) spread_bucket(draws, count, shift);
    for (size_t i = 1; i < count; i++) {
        const uint64_t draw = draws[i];
        size_t to = i;
        for (; to > 0 && draws[to - 1] > draw; to--) draws[to] = draws[to - 1];
        draws[to] = draw;
    }
}

/* Behind the last draw of a bucket, once draws are spread. */
static size_t bucket_end(const struct sampler *s, size_t bucket)
{
    return s->places[((s->chunks - 1) << s->bucket_bits) + bucket];
}

static void draw_sorted(struct sampler *s, const struct ek_draws *draws)
{
    const int threads = ek_session_threads(s->bins.state->session);
    const size_t buckets = (size_t)1 << s->bucket_bits;
    const int shift = DRAW_BITS - s->bucket_bits - NEXT_BITS;
    size_t place = 0;
#pragma omp parallel for schedule(static) num_threads(threads) if (s->chunks > 1)
    for (size_t c = 0; c < s->chunks; c++) draw_chunk(s, c, draws);
    for (size_t b = 0; b < buckets; b++)
        for (size_t c = 0; c < s->chunks; c++) {
            const size_t here = s->places[(c << s->bucket_bits) + b];
            s->places[(c << s->bucket_bits) + b] = place;
            place += here;
        }
#pragma omp parallel for schedule(static) num_threads(threads) if (s->chunks > 1)
    for (size_t c = 0; c < s->chunks; c++) spread_chunk(s, c);
#pragma omp parallel for schedule(static) num_threads(threads) if (s->chunks > 1)
    for (size_t b = 0; b < buckets; b++) {
        const size_t begin = b > 0 ? bucket_end(s, b - 1) : 0;
        sort_bucket(s->sorted + begin, bucket_end(s, b) - begin, shift);
    }
}

/* ---- placing ------------------------------------------------------------------------------- */

/* Where a draw lies in the cumulative probability. */
static double place_of(const struct sampler *s, uint64_t draw)
{
    return s->total * ((double)draw * 0x1p-53);
}

/* Finds each bin's shots; rounding at the end must not choose an impossible bin, so the last
 * possible one takes what is left. */
static void find_bins(struct sampler *s)
{
    double below = 0;
    size_t shot = 0;
    for (size_t b = 0; b < s->bins.bins; b++) {
        s->below[b] = below;
        s->bins.first[b] = shot;
        below += s->bins.sums[b];
        while (shot < s->count && (b == s->last_bin || place_of(s, s->sorted[shot]) < below))
            shot++;
    }
    s->bins.first[s->bins.bins] = shot;
}

/* Of four numbers at a time. */
static inline double block_sum(const double *members, size_t count)
{
    double sums[4] = {members[0], 0, 0, 0};
    if (count < 4) {
        for (size_t i = 1; i < count; i++) sums[0] += members[i];
        return sums[0];
    }
    for (size_t l = 1; l < 4; l++) sums[l] = members[l];
    for (size_t i = 4; i < count; i += 4)
        for (size_t l = 0; l < 4; l++) sums[l] += members[i + l];
    return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

/* The first member of a block whose cumulative probability exceeds `at`, else the last possible
 * one. Without branches, here and in find_block: nobody could foresee them. */
static size_t find_member(const double *members, size_t count, double below, double at)
{
    size_t passed = 0, last = count - 1;
    for (size_t m = 0; m < count; m++) {
        below += members[m];
        passed += at >= below;
    }
    if (passed < count) return passed;
    while (last > 0 && members[last] <= 0) last--;
    return last;
}

/* Cumulative probabilities at the ends of blocks of a bin; behind the last one, infinity. */
struct ends {
    size_t first, count; /* blocks */
    double below, at[MOST_BLOCKS];
};

static void find_ends(const double *members, size_t size, size_t first, size_t blocks,
                      double below, struct ends *ends)
{
    ends->first = first;
    ends->count = blocks - first < MOST_BLOCKS ? blocks - first : MOST_BLOCKS;
    ends->below = below;
    members += first * size;
    for (size_t b = 0; b < ends->count; b++, members += size)
        ends->at[b] = below +=
            size == BLOCK ? block_sum(members, BLOCK) : block_sum(members, size);
    for (size_t b = ends->count; b < MOST_BLOCKS; b++) ends->at[b] = INFINITY;
}

/* The block that a draw falls into: the last one takes what is left. */
static size_t find_block(const struct ends *ends, double at)
{
    size_t block = 0;
    for (size_t step = MOST_BLOCKS / 2; step > 0; step /= 2)
        block += step * (at >= ends->at[block + step - 1]);
    return block < ends->count ? block : ends->count - 1;
}

/* Walks the members of a bin once. */
static void place_shots(void *context, size_t bin, const double *members)
{
    struct sampler *s = context;
    const size_t size = s->bins.members < BLOCK ? s->bins.members : BLOCK;
    size_t blocks = s->bins.members / size;
    struct ends ends;
    while (blocks > 1 && !(block_sum(members + (blocks - 1) * size, size) > 0)) blocks--;
    find_ends(members, size, 0, blocks, s->below[bin], &ends);
    for (size_t i = s->bins.first[bin]; i < s->bins.first[bin + 1]; i++) {
        const double at = place_of(s, s->sorted[i]);
        while (ends.first + ends.count < blocks && at >= ends.at[ends.count - 1])
            find_ends(members, size, ends.first + ends.count, blocks, ends.at[ends.count - 1],
                      &ends);
        const size_t block = find_block(&ends, at), first = (ends.first + block) * size;
        const double below = block > 0 ? ends.at[block - 1] : ends.below;
        s->outcomes[i] = (uint64_t)bin << s->bins.low_bits | first |
                         find_member(members + first, size, below, at);
    }
}

/* ---- the whole ----------------------------------------------------------------------------- */

static ek_status draw(struct sampler *s, const struct ek_draws *draws)
{
    ek_session *session = s->bins.state->session;
    ek_bins_sum(&s->bins);
    for (size_t b = 0; b < s->bins.bins; b++) {
        s->total += s->bins.sums[b];
        if (s->bins.sums[b] > 0) s->last_bin = b;
    }
    if (!(s->total > 0) || !isfinite(s->total))
        return EK_FAIL(EK_ERROR_NUMERIC, "cannot draw shots: the state's norm is %g", s->total);
    draw_sorted(s, draws);
    find_bins(s);
    if (ek_session_size(session) > 1 && s->count > 0)
        memset(s->outcomes, 0, s->count * sizeof *s->outcomes);
    ek_bins_visit(&s->bins, place_shots, s);
    ek_sum_ranks_u64(session, s->outcomes, s->count); /* one rank has each */
    return EK_OK;
}

static ek_status create(const ek_state *state, size_t shots, struct sampler *s)
{
    const size_t threads = (size_t)ek_session_threads(state->session);
    s->count = shots;
    s->chunks = shots < 4096 ? 1 : threads < MOST_CHUNKS ? threads : MOST_CHUNKS;
    while ((size_t)SHOTS_PER_BUCKET << s->bucket_bits < shots) s->bucket_bits++;
    EK_TRY(ek_bins_create(state, &s->bins));
    EK_TRY(EK_NEW_RAW(s->below, s->bins.bins));
    return EK_NEW_RAW(s->places, s->chunks << s->bucket_bits);
}

static void clear(struct sampler *s)
{
    ek_bins_clear(&s->bins);
    ek_release(s->below);
    ek_release(s->places);
}

ek_status ek_sample_sorted(const ek_state *state, size_t shots, const struct ek_draws *draws,
                           uint64_t *shot, uint64_t *work, double *norm)
{
    struct sampler s = {.draws = shot, .sorted = work, .outcomes = shot}; /* draws are forgotten */
    ek_status status = ek_observe_begin(state, create(state, shots, &s));
    if (status == EK_OK) status = draw(&s, draws);
    if (status == EK_OK) *norm = s.total;
    clear(&s);
    return status;
}

/* Equal draws have equal outcomes. */
static uint64_t outcome_of(const struct sampler *s, uint64_t draw)
{
    const size_t bucket = (size_t)(draw >> (DRAW_BITS - s->bucket_bits));
    size_t at = bucket > 0 ? bucket_end(s, bucket - 1) : 0, end = bucket_end(s, bucket);
    while (end - at > 1) {
        const size_t middle = at + (end - at) / 2;
        if (s->sorted[middle] <= draw) at = middle;
        else end = middle;
    }
    return s->outcomes[at];
}

ek_status ek_sample_draws(const ek_state *state, size_t shots, const struct ek_draws *draws,
                          uint64_t *outcomes)
{
    struct sampler s = {.draws = outcomes};
    for (size_t i = 0; i < shots; i++) outcomes[i] = i;
    ek_status status = create(state, shots, &s);
    if (status == EK_OK) status = EK_NEW_RAW(s.sorted, shots);
    if (status == EK_OK) status = EK_NEW_RAW(s.outcomes, shots);
    status = ek_observe_begin(state, status);
    if (status == EK_OK) status = draw(&s, draws);
    for (size_t i = 0; status == EK_OK && i < shots; i++) {
        const uint64_t own = s.draws[i], outcome = outcome_of(&s, own);
        const bool upper = draws->mirrored && own & 1;
        outcomes[i] = upper ? ~outcome & ek_low_bits(state->qubits + 1) : outcome;
    }
    ek_release(s.sorted);
    ek_release(s.outcomes);
    clear(&s);
    return status;
}

ek_status ek_sample(const ek_state *state, size_t shots, uint64_t seed, uint64_t *outcomes)
{
    const struct ek_draws draws = {.seed = seed};
    return ek_sample_draws(state, shots, &draws, outcomes);
}
