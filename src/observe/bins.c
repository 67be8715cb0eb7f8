#include "observe/bins.h"

#include <string.h>

enum {
    BIN_BITS = 12, /* at least, where the register has them */
    MOST_BIN_BITS = 20,
    MEMBER_BITS = 12,   /* of a bin, unless there are too few or too many bins */
    LEAST_ROW_BITS = 4, /* whole lines of memory */
    LEAST_SUM_BITS = 8, /* of rows whose sums are taken */
    MOST_SUM_BITS = 10,
    GROUP = 1 << 17, /* members that are read together, at most */
    BATCH = 1 << 19, /* that are exchanged together */
    PADDING = 8      /* so that pieces do not meet in the cache */
};

static int fewer(int a, int b) { return a < b ? a : b; }

/* ---- set-up -------------------------------------------------------------------------------- */

static void cut_into_bins(struct ek_bins *b)
{
    const int qubits = b->state->qubits;
    int bits = qubits - MEMBER_BITS;
    if (bits < BIN_BITS) bits = fewer(BIN_BITS, qubits);
    if (bits > MOST_BIN_BITS) bits = MOST_BIN_BITS;
    b->low_bits = qubits - bits;
    b->bins = (size_t)1 << bits;
    b->members = (size_t)1 << b->low_bits;
    for (int q = 0; q < b->low_bits; q++) b->member_slots |= ek_bit(b->state->layout.slot[q].at);
}

/* As long as lines of memory, unless so many bins are too much; longer where that makes no
 * more bins. */
static void choose_rows(struct ek_bins *b)
{
    const int local = b->state->local_slots;
    int bits = fewer(LEAST_ROW_BITS, local);
    while (bits > 0 && b->members << ek_popcount(~b->member_slots & ek_low_bits(bits)) > GROUP)
        bits--;
    while (bits < fewer(EK_BIN_ROW_BITS, local) && b->member_slots >> bits & 1) bits++;
    b->row_bits = bits;
}

/* Which bits of a bin's number are where. */
static void find_bin_bits(struct ek_bins *b)
{
    const struct ek_layout *layout = &b->state->layout;
    const uint64_t here = ek_state_first(b->state) ^ layout->inverted;
    for (int q = b->low_bits; q < b->state->qubits; q++) {
        const int slot = layout->slot[q].at;
        const uint64_t bit = ek_bit(q - b->low_bits);
        if (slot < b->row_bits) b->row_bins |= bit;
        if (slot < b->state->local_slots) continue;
        b->here_bins |= bit;
        if (here >> slot & 1) b->here_value |= bit;
    }
}

/* Members' bits of this rank have their places in a piece, the lowest qubit first. */
static void find_places(struct ek_bins *b)
{
    const struct ek_layout *layout = &b->state->layout;
    uint64_t bit = 1, of_slot[64] = {0}, of_free[64] = {0};
    int free_count = 0;
    for (int q = 0; q < b->state->qubits; q++) {
        const int slot = layout->slot[q].at;
        if (slot >= b->state->local_slots) continue;
        if (q >= b->low_bits)
            of_slot[slot] = b->stride * ek_extract(ek_bit(q - b->low_bits), b->row_bins);
        else of_slot[slot] = bit, bit <<= 1;
    }
    for (uint64_t left = b->free_slots; left; left &= left - 1) {
        const int slot = ek_lowest_bit(left);
        of_free[free_count++] = of_slot[slot];
        if (layout->inverted >> slot & 1) b->piece_flip |= of_slot[slot];
    }
    ek_bit_map_set(&b->place_of_row, free_count, of_free);
    b->plain = true;
    for (size_t j = 0; j >> b->row_bits == 0; j++) {
        for (int s = 0; s < b->row_bits; s++)
            if ((j ^ layout->inverted) >> s & 1) b->place[j] += (uint32_t)of_slot[s];
        b->plain = b->plain && b->place[j] == j;
    }
}

static ek_status allocate(struct ek_bins *b)
{
    const size_t threads = (size_t)ek_session_threads(b->state->session);
    const size_t ranks = (size_t)1 << ek_popcount(b->sharing);
    const size_t groups = b->bins >> ek_popcount(b->row_bins | b->here_bins);
    b->batch = ranks == 1 || BATCH / b->group > groups ? groups : BATCH / b->group;
    b->batch = (b->batch / ranks + (b->batch % ranks > 0 || b->batch == 0)) * ranks;
    EK_TRY(EK_NEW_RAW(b->sums, b->bins));
    EK_TRY(EK_NEW(b->first, b->bins + 1));
    EK_TRY(EK_NEW_RAW(b->bases, b->batch));
    EK_TRY(EK_NEW(b->pieces, (ranks > 1 ? b->batch : threads) * b->group));
    if (ranks == 1) return EK_OK;
    EK_TRY(EK_NEW_RAW(b->others, b->batch * b->group));
    return EK_NEW_RAW(b->whole, threads * b->members);
}

ek_status ek_bins_create(const ek_state *state, struct ek_bins *bins)
{
    const struct ek_layout *layout = &state->layout;
    uint64_t to[64];
    *bins = (struct ek_bins){.state = state};
    ek_layout_reader_set(layout, &bins->reader);
    cut_into_bins(bins);
    choose_rows(bins);
    bins->sharing = bins->member_slots >> state->local_slots;
    bins->free_slots = bins->member_slots & ek_low_bits(state->local_slots) &
                       ~ek_low_bits(bins->row_bits);
    find_bin_bits(bins);
    bins->piece = bins->members >> ek_popcount(bins->sharing);
    bins->stride = bins->piece + PADDING;
    bins->group = bins->stride << ek_popcount(bins->row_bins);
    for (int q = bins->low_bits; q < state->qubits; q++)
        to[q - bins->low_bits] = ek_bit(layout->slot[q].at);
    ek_bit_map_set(&bins->physical, state->qubits - bins->low_bits, to);
    find_places(bins);
    return allocate(bins);
}

void ek_bins_clear(struct ek_bins *bins)
{
    ek_release(bins->sums);
    ek_release(bins->first);
    ek_release(bins->bases);
    ek_release(bins->pieces);
    ek_release(bins->others);
    ek_release(bins->whole);
}

/* ---- sums ---------------------------------------------------------------------------------- */

/* Rows of 2^bits amplitudes, and the bin of each place in a row, less that of its first. */
struct sum_rows {
    int bits;
    size_t of_place[1 << MOST_SUM_BITS];
    bool mixed; /* a row belongs to several bins */
    uint64_t slots; /* whose bits tell rows of the same bins apart */
};

static void choose_sum_rows(const struct ek_bins *b, struct sum_rows *rows)
{
    const int local = b->state->local_slots;
    int bits = fewer(LEAST_SUM_BITS, local);
    while (bits < fewer(MOST_SUM_BITS, local) && b->member_slots >> bits & 1) bits++;
    rows->bits = bits;
    rows->mixed = (~b->member_slots & ek_low_bits(bits)) != 0;
    rows->slots = b->member_slots & ek_low_bits(local) & ~ek_low_bits(bits);
    for (size_t j = 0; j >> bits == 0; j++) {
        const uint64_t change = ek_layout_read(&b->reader, j) ^ ek_layout_read(&b->reader, 0);
        rows->of_place[j] = (size_t)(change >> b->low_bits);
    }
}

/* All rows of the bins of the local amplitude `base`. */
static void sum_rows(struct ek_bins *b, const struct sum_rows *rows, uint64_t base)
{
    const struct ek_kernels *kernels = b->state->kernels;
    const size_t bytes = ek_amplitude_bytes(b->state->precision), length = (size_t)1 << rows->bits;
    const char *amplitudes = (const char *)b->state->amplitudes + base * bytes;
    double row[1 << MOST_SUM_BITS], sums[1 << MOST_SUM_BITS] = {0};
    uint64_t at = 0;
    do {
        if (rows->mixed) {
            kernels->probabilities(amplitudes + at * bytes, length, row);
            for (size_t j = 0; j < length; j++) sums[j] += row[j];
        } else sums[0] += kernels->norm(amplitudes + at * bytes, length);
        at = ((at | ~rows->slots) + 1) & rows->slots;
    } while (at != 0);
    const size_t bin =
        (size_t)(ek_layout_read(&b->reader, ek_state_first(b->state) | base) >> b->low_bits);
    for (size_t j = 0; j < (rows->mixed ? length : 1); j++)
        b->sums[bin ^ rows->of_place[j]] += sums[j];
}

void ek_bins_sum(struct ek_bins *bins)
{
    const ek_state *state = bins->state;
    const int threads = ek_session_threads(state->session);
    struct sum_rows rows;
    choose_sum_rows(bins, &rows);
    const uint64_t others = ek_low_bits(state->local_slots) & ~ek_low_bits(rows.bits) &
                            ~rows.slots;
    const size_t count = (size_t)1 << ek_popcount(others);
    memset(bins->sums, 0, bins->bins * sizeof *bins->sums);
#pragma omp parallel for schedule(static) num_threads(threads) if (state->local_slots > 12)
    for (size_t i = 0; i < count; i++) sum_rows(bins, &rows, ek_deposit(i, others));
    ek_sum_ranks(state->session, bins->sums, bins->bins);
}

/* ---- members ------------------------------------------------------------------------------- */

/* This rank's pieces of the group of bin `bin`. */
static void read_group(const struct ek_bins *b, uint64_t bin, double *pieces)
{
    const ek_state *state = b->state;
    const size_t bytes = ek_amplitude_bytes(state->precision), length = (size_t)1 << b->row_bits;
    const uint64_t fixed = ek_low_bits(state->local_slots) & ~b->member_slots &
                           ~ek_low_bits(b->row_bits);
    const uint64_t base = (ek_bit_map_get(&b->physical, bin) ^ state->layout.inverted) & fixed;
    double row[1 << EK_BIN_ROW_BITS];
    uint64_t at = 0;
    for (size_t r = 0; r >> ek_popcount(b->free_slots) == 0; r++) {
        const char *amplitudes = (const char *)state->amplitudes + (base | at) * bytes;
        double *to = pieces + (ek_bit_map_get(&b->place_of_row, r) ^ b->piece_flip);
        state->kernels->probabilities(amplitudes, length, b->plain ? to : row);
        for (size_t j = 0; !b->plain && j < length; j++) to[b->place[j]] = row[j];
        at = ((at | ~b->free_slots) + 1) & b->free_slots;
    }
}

/* Each rank that shares the bins gets all pieces of its part of the groups. */
static void exchange_pieces(struct ek_bins *b, size_t part)
{
    const uint64_t rank = (uint64_t)ek_session_rank(b->state->session);
    const uint64_t mine = ek_extract(rank, b->sharing);
    for (uint64_t turn = 1; turn >> ek_popcount(b->sharing) == 0; turn++) {
        const uint64_t partner = rank ^ ek_deposit(turn, b->sharing);
        const size_t at = (mine ^ turn) * part * b->group;
        ek_exchange(b->state->session, (int)partner, b->pieces + at, b->others + at,
                    part * b->group * sizeof *b->pieces);
    }
}

struct showing {
    ek_bin_visit visit;
    void *context;
    const double *pieces;
    double *whole; /* where ranks share bins: room for one, and how many groups each rank shows */
    size_t part;
};

/* Puts pieces of one bin together: the ranks' `number`-th of those exchanged. */
static void join_pieces(const struct ek_bins *b, size_t part, size_t number, double *whole)
{
    const struct ek_layout *layout = &b->state->layout;
    const uint64_t rank = (uint64_t)ek_session_rank(b->state->session);
    const uint64_t mine = ek_extract(rank, b->sharing), inverted = layout->inverted;
    uint64_t local = 0;
    for (int q = 0; q < b->low_bits; q++)
        if (layout->slot[q].at < b->state->local_slots) local |= ek_bit(q);
    const size_t run = (size_t)1 << ek_lowest_bit(~local);
    for (uint64_t r = 0; r >> ek_popcount(b->sharing) == 0; r++) {
        const uint64_t first = ek_deposit(r, b->sharing) << b->state->local_slots;
        const double *piece = (r == mine ? b->pieces + mine * part * b->group
                                         : b->others + r * part * b->group) + number * b->stride;
        uint64_t high = 0, low = 0;
        for (int q = 0; q < b->low_bits; q++)
            if (~local >> q & (first ^ inverted) >> layout->slot[q].at & 1) high |= ek_bit(q);
        for (size_t i = 0; i < b->piece; i += run) {
            memcpy(whole + (high | low), piece + i, run * sizeof *piece);
            low = ((low | ~local) + run) & local;
        }
    }
}

/* Shows a group's bins: its pieces or, where ranks share them, the `number`-th group of those
 * exchanged. */
static void show_group(const struct ek_bins *b, uint64_t base, size_t number,
                       const struct showing *how)
{
    const size_t together = b->group / b->stride;
    for (size_t j = 0; j < together; j++) {
        const uint64_t bin = base | ek_deposit(j, b->row_bins);
        if (b->first[bin] == b->first[bin + 1]) continue;
        if (how->part > 0) join_pieces(b, how->part, number * together + j, how->whole);
        how->visit(how->context, (size_t)bin, how->part > 0 ? how->whole
                                                            : how->pieces + j * b->stride);
    }
}

/* Bins of this rank alone. Threads take some neighbours at a time, which memory likes. */
static void show_own(struct ek_bins *b, ek_bin_visit visit, void *context)
{
    const int threads = ek_session_threads(b->state->session);
    const size_t some = b->count / (64 * (size_t)threads) + 1, all = b->count * b->group;
#pragma omp parallel for schedule(dynamic, some) num_threads(threads) if (all > 4096)
    for (size_t i = 0; i < b->count; i++) {
        double *pieces = b->pieces + (size_t)ek_thread_number() * b->group;
        read_group(b, b->bases[i], pieces);
        const struct showing how = {visit, context, pieces, NULL, 0};
        show_group(b, b->bases[i], 0, &how);
    }
}

/* Each of the ranks that share the bins gets a part of them. */
static void show_shared(struct ek_bins *b, ek_bin_visit visit, void *context)
{
    const uint64_t rank = (uint64_t)ek_session_rank(b->state->session);
    const size_t ranks = (size_t)1 << ek_popcount(b->sharing);
    const size_t part = (b->count + ranks - 1) / ranks;
    const size_t begin = ek_extract(rank, b->sharing) * part;
    const size_t end = begin + part < b->count ? begin + part : b->count;
    const int threads = ek_session_threads(b->state->session);
#pragma omp parallel for schedule(static) num_threads(threads) if (b->count * b->group > 4096)
    for (size_t i = 0; i < b->count; i++) read_group(b, b->bases[i], b->pieces + i * b->group);
    exchange_pieces(b, part);
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (b->count * b->group > 4096)
    for (size_t i = begin; i < end; i++) {
        double *whole = b->whole + (size_t)ek_thread_number() * b->members;
        const struct showing how = {visit, context, NULL, whole, part};
        show_group(b, b->bases[i], i - begin, &how);
    }
}

static bool has_items(const struct ek_bins *b, uint64_t base)
{
    for (size_t j = 0; j >> ek_popcount(b->row_bins) == 0; j++) {
        const uint64_t bin = base | ek_deposit(j, b->row_bins);
        if (b->first[bin] < b->first[bin + 1]) return true;
    }
    return false;
}

void ek_bins_visit(struct ek_bins *bins, ek_bin_visit visit, void *context)
{
    const uint64_t mask = (bins->bins - 1) & ~bins->row_bins & ~bins->here_bins;
    uint64_t at = 0;
    do {
        const uint64_t base = at | bins->here_value;
        if (has_items(bins, base)) bins->bases[bins->count++] = base;
        at = ((at | ~mask) + 1) & mask;
        if (bins->count > 0 && (bins->count == bins->batch || at == 0)) {
            if (bins->sharing) show_shared(bins, visit, context);
            else show_own(bins, visit, context);
            bins->count = 0;
        }
    } while (at != 0);
}
