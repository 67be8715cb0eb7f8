/* Shots without collapse. Basis states are ordered by their logical index and split into bins by
 * their highest bits; the bins' probabilities come from one pass over the amplitudes, the members
 * of a bin are looked at only where shots fell. So the order of summation, and with it every shot,
 * does not depend on ranks, threads or layout (but for the last bit of a sum). */
#include "observe/bits.h"
#include "observe/observe.h"

#include <math.h>
#include <string.h>

enum {
    BIN_BITS = 12, /* at least, where the register has them */
    MOST_BIN_BITS = 20,
    MEMBER_BITS = 16, /* of a bin, unless there are too many bins */
    MOST_PARTS = 64,  /* histograms that are filled side by side, whatever the threads */
    FEWEST_PARTS = 8,
    HISTOGRAMS = 1 << 18, /* entries of all histograms, about */
    BATCH = 1 << 20,      /* members of bins that are looked at together */
    ROW_BITS = 8,         /* of indices that are looked up together */
    SHOTS_PER_BUCKET = 4
};

struct shot {
    double at; /* in [0, total) */
    size_t number;
};

/* A bin with shots in it; `below` is the probability of all bins before. */
struct picked {
    size_t bin, first_shot, shots;
    double below;
};

struct cursor {
    size_t bin, shot;
    double below;
};

struct sampler {
    const ek_state *state;
    struct ek_layout_reader reader;
    int low_bits; /* of a member in its bin */
    size_t bins, members, batch, parts, last_bin;
    double *bin, *histograms, *member;
    struct picked *picked;
    size_t bucket_count, *buckets; /* for sorting */
    struct shot *shots, *unsorted;
};

static double probability(const ek_state *state, size_t local)
{
    const ek_complex a = ek_state_get(state, local);
    return a.re * a.re + a.im * a.im;
}

/* Local indices in rows of 2^ROW_BITS: the bin of an amplitude is that of its row's first, changed
 * by what belongs to its place in the row; by nothing where that is null. */
static void fill_part(const struct sampler *s, const size_t *of_place, size_t first, size_t count,
                      double *histogram)
{
    const size_t row = count < (size_t)1 << ROW_BITS ? count : (size_t)1 << ROW_BITS;
    const size_t bytes = ek_amplitude_bytes(s->state->precision);
    const char *amplitudes = s->state->amplitudes;
    const uint64_t here = ek_state_first(s->state);
    for (size_t base = first; base < first + count; base += row) {
        const size_t bin = (size_t)(ek_layout_read(&s->reader, here | base) >> s->low_bits);
        if (!of_place) histogram[bin] += s->state->kernels->norm(amplitudes + base * bytes, row);
        for (size_t j = 0; of_place && j < row; j++)
            histogram[bin ^ of_place[j]] += probability(s->state, base + j);
    }
}

static void fill_bins(struct sampler *s)
{
    const ek_state *state = s->state;
    const size_t total = ek_state_local_count(state), parts = s->parts, length = total / parts;
    const int threads = ek_session_threads(state->session);
    size_t of_place[1 << ROW_BITS], different = 0;
    for (size_t j = 0; j < (size_t)1 << ROW_BITS; j++) {
        const uint64_t change = ek_layout_read(&s->reader, j) ^ ek_layout_read(&s->reader, 0);
        of_place[j] = (size_t)(change >> s->low_bits);
        different |= of_place[j];
    }
    memset(s->histograms, 0, parts * s->bins * sizeof *s->histograms);
#pragma omp parallel for schedule(static) num_threads(threads) if (total > 4096)
    for (size_t p = 0; p < parts; p++)
        fill_part(s, different ? of_place : NULL, p * length, length,
                  s->histograms + p * s->bins);
    for (size_t b = 0; b < s->bins; b++) {
        s->bin[b] = 0;
        for (size_t p = 0; p < parts; p++) s->bin[b] += s->histograms[p * s->bins + b];
    }
    ek_sum_ranks(state->session, s->bin, s->bins);
}

/* Members [first, first + count) of the picked bins, in one row. */
static void fill_row(const struct sampler *s, const struct ek_bit_map *physical, size_t first,
                     size_t count)
{
    const ek_state *state = s->state;
    const uint64_t rank = (uint64_t)ek_session_rank(state->session);
    const uint64_t local_mask = ek_low_bits(state->local_slots);
    const uint64_t bin = s->picked[first >> s->low_bits].bin;
    const uint64_t base = state->layout.inverted ^
                          ek_bit_map_get(physical, bin << s->low_bits |
                                                       (first & (s->members - 1)));
    for (size_t j = 0; j < count; j++) {
        const uint64_t at = base ^ physical->table[0][j];
        const bool mine = at >> state->local_slots == rank;
        s->member[first + j] = mine ? probability(state, at & local_mask) : 0;
    }
}

/* Probabilities of all members of the picked bins, on all ranks. */
static void fill_members(struct sampler *s, size_t count)
{
    const ek_state *state = s->state;
    const int threads = ek_session_threads(state->session);
    const size_t total = count * s->members;
    const size_t row = s->members < (size_t)1 << ROW_BITS ? s->members : (size_t)1 << ROW_BITS;
    struct ek_bit_map physical;
    uint64_t to[64];
    for (int q = 0; q < state->qubits; q++) to[q] = ek_bit(state->layout.slot[q].at);
    ek_bit_map_set(&physical, state->qubits, to);
#pragma omp parallel for schedule(static) num_threads(threads) if (total > 4096)
    for (size_t first = 0; first < total; first += row) fill_row(s, &physical, first, row);
    ek_sum_ranks(state->session, s->member, total);
}

/* Shots are sorted: walks the members of one bin once. Rounding at the end of a bin must not
 * choose an impossible member, so the last possible one takes what is left. */
static void place_shots(const struct sampler *s, size_t number, uint64_t *outcomes)
{
    const struct picked *picked = &s->picked[number];
    const double *member = s->member + number * s->members;
    size_t at = 0, last = s->members - 1;
    double sum = picked->below + member[0];
    while (last > 0 && member[last] <= 0) last--;
    for (size_t i = picked->first_shot; i < picked->first_shot + picked->shots; i++) {
        while (sum <= s->shots[i].at && at < last) sum += member[++at];
        outcomes[s->shots[i].number] = (uint64_t)picked->bin << s->low_bits | at;
    }
}

/* The next bins with shots in them, as many as the buffer holds; gives how many. */
static size_t next_batch(struct sampler *s, struct cursor *at, size_t shot_count)
{
    size_t count = 0;
    for (; count < s->batch && at->shot < shot_count; at->bin++) {
        const size_t first = at->shot;
        const double end = at->below + s->bin[at->bin];
        while (at->shot < shot_count && (s->shots[at->shot].at < end || at->bin == s->last_bin))
            at->shot++;
        if (at->shot > first)
            s->picked[count++] = (struct picked){at->bin, first, at->shot - first, at->below};
        at->below = end;
    }
    return count;
}

static void place_all(struct sampler *s, size_t shot_count, uint64_t *outcomes)
{
    const int threads = ek_session_threads(s->state->session);
    struct cursor at = {0};
    while (at.shot < shot_count) {
        const size_t count = next_batch(s, &at, shot_count);
        fill_members(s, count);
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (count * s->members > 4096)
        for (size_t c = 0; c < count; c++) place_shots(s, c, outcomes);
    }
}

static ek_status allocate(struct sampler *s, size_t shot_count)
{
    EK_TRY(EK_NEW_RAW(s->bin, s->bins));
    EK_TRY(EK_NEW_RAW(s->histograms, s->parts * s->bins));
    EK_TRY(EK_NEW_RAW(s->member, s->batch * s->members));
    EK_TRY(EK_NEW_RAW(s->picked, s->batch));
    EK_TRY(EK_NEW_RAW(s->buckets, s->bucket_count + 1));
    EK_TRY(EK_NEW_RAW(s->unsorted, shot_count));
    return EK_NEW_RAW(s->shots, shot_count);
}

static void choose_sizes(struct sampler *s)
{
    const int qubits = s->state->qubits;
    int bin_bits = qubits - MEMBER_BITS;
    if (bin_bits < BIN_BITS) bin_bits = qubits < BIN_BITS ? qubits : BIN_BITS;
    if (bin_bits > MOST_BIN_BITS) bin_bits = MOST_BIN_BITS;
    s->low_bits = qubits - bin_bits;
    s->bins = (size_t)1 << bin_bits;
    s->members = (size_t)1 << s->low_bits;
    s->parts = HISTOGRAMS / s->bins < FEWEST_PARTS ? FEWEST_PARTS : HISTOGRAMS / s->bins;
    if (s->parts > MOST_PARTS) s->parts = MOST_PARTS;
    /* Clearing histograms must not cost more than filling them. */
    while (s->parts > 1 && s->parts * s->bins > 2 * ek_state_local_count(s->state)) s->parts /= 2;
    s->batch = BATCH / s->members < 1 ? 1 : BATCH / s->members;
    if (s->batch > s->bins) s->batch = s->bins;
}

static size_t bucket_of(const struct sampler *s, const struct shot *shot, double total)
{
    const double bucket = shot->at / total * (double)s->bucket_count;
    return bucket < (double)s->bucket_count ? (size_t)bucket : s->bucket_count - 1;
}

/* By place; equals keep their order. Shots are spread evenly, so that few share a bucket. */
static void sort_shots(struct sampler *s, size_t count, double total)
{
    memset(s->buckets, 0, (s->bucket_count + 1) * sizeof *s->buckets);
    for (size_t i = 0; i < count; i++) s->buckets[bucket_of(s, &s->unsorted[i], total) + 1]++;
    for (size_t b = 0; b < s->bucket_count; b++) s->buckets[b + 1] += s->buckets[b];
    for (size_t i = 0; i < count; i++)
        s->shots[s->buckets[bucket_of(s, &s->unsorted[i], total)]++] = s->unsorted[i];
    for (size_t i = 1; i < count; i++) { /* moves within buckets only */
        const struct shot shot = s->shots[i];
        size_t to = i;
        for (; to > 0 && s->shots[to - 1].at > shot.at; to--) s->shots[to] = s->shots[to - 1];
        s->shots[to] = shot;
    }
}

static double number_of(const struct ek_draws *draws, size_t shot)
{
    const uint64_t number = draws->first + (draws->numbers ? draws->numbers[shot] : shot);
    return ek_random_uniform(draws->seed, EK_STREAM_SHOTS, number);
}

/* In [0, 1): the upper half of a mirrored state is the lower one from its end. */
static double number_in_half(double number)
{
    return number < 0.5 ? 2 * number : 2 * (1 - number) - 0x1p-53;
}

static void mirror(const struct sampler *s, size_t count, const struct ek_draws *draws,
                   uint64_t *outcomes)
{
    for (size_t i = 0; i < count; i++)
        if (number_of(draws, i) >= 0.5)
            outcomes[i] = ~outcomes[i] & ek_low_bits(s->state->qubits + 1);
}

static void draw_numbers(struct sampler *s, size_t count, const struct ek_draws *draws,
                         double total)
{
    const int threads = ek_session_threads(s->state->session);
#pragma omp parallel for schedule(static) num_threads(threads) if (count > 4096)
    for (size_t i = 0; i < count; i++) {
        const double number = number_of(draws, i);
        s->unsorted[i].at = total * (draws->mirrored ? number_in_half(number) : number);
        s->unsorted[i].number = i;
    }
}

static ek_status draw(struct sampler *s, size_t shot_count, const struct ek_draws *draws,
                      uint64_t *outcomes)
{
    double total = 0;
    fill_bins(s);
    for (size_t b = 0; b < s->bins; b++) {
        total += s->bin[b];
        if (s->bin[b] > 0) s->last_bin = b;
    }
    if (!(total > 0) || !isfinite(total))
        return EK_FAIL(EK_ERROR_NUMERIC, "cannot draw shots: the state's norm is %g", total);
    draw_numbers(s, shot_count, draws, total);
    sort_shots(s, shot_count, total);
    place_all(s, shot_count, outcomes);
    if (draws->mirrored) mirror(s, shot_count, draws, outcomes);
    return EK_OK;
}

ek_status ek_sample_draws(const ek_state *state, size_t shots, const struct ek_draws *draws,
                          uint64_t *outcomes)
{
    struct sampler s = {.state = state};
    ek_layout_reader_set(&state->layout, &s.reader);
    s.bucket_count = shots / SHOTS_PER_BUCKET + 1;
    choose_sizes(&s);
    ek_status status = ek_observe_begin(state, allocate(&s, shots));
    if (status == EK_OK) status = draw(&s, shots, draws, outcomes);
    ek_release(s.bin);
    ek_release(s.histograms);
    ek_release(s.member);
    ek_release(s.picked);
    ek_release(s.buckets);
    ek_release(s.unsorted);
    ek_release(s.shots);
    return status;
}

ek_status ek_sample(const ek_state *state, size_t shots, uint64_t seed, uint64_t *outcomes)
{
    const struct ek_draws draws = {.seed = seed};
    return ek_sample_draws(state, shots, &draws, outcomes);
}
