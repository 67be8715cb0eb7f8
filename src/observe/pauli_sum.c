/* Pauli sums walked pass by pass over a state. */
#include "observe/pauli_sum.h"

#include <math.h>
#include <string.h>

enum {
    TILE_BYTES = 256 << 10, /* of each of the tiles that a thread holds */
    ROW_BYTES = 128,        /* shortest stretch of memory that is worth fetching */
    SEGMENTS = 256          /* runs of tiles whose sums are added in order */
};

ek_status ek_pauli_check(int qubits, size_t count, const ek_pauli_term *terms)
{
    for (size_t i = 0; i < count; i++) {
        if ((terms[i].x_mask | terms[i].z_mask) > ek_low_bits(qubits))
            return EK_FAIL(EK_ERROR_ARGUMENT, "term %zu acts beyond the %d qubits of the state",
                           i, qubits);
        if (!isfinite(terms[i].coefficient))
            return EK_FAIL(EK_ERROR_ARGUMENT, "the coefficient of term %zu is not finite", i);
    }
    return EK_OK;
}

/* What one thread works in. */
struct workspace {
    struct ek_tile left, right, out;
    size_t *rows, *partner_rows;
};

struct ek_pauli_sum {
    struct ek_pauli_passes passes;
    struct ek_pauli_limits limits;
    const struct ek_kernels *kernels;
    int threads;
    size_t *span;       /* the subspace of the pass at hand */
    size_t *plain_rows; /* of tiles in messages */
    struct workspace *workspaces;
    size_t message_amplitudes; /* a power of two; 0 on one rank */
    void *send, *receive;
    double partial[SEGMENTS];
};

/* ---- making --------------------------------------------------------------------------------- */

static int log2_floor(size_t value)
{
    int log = 0;
    while (((size_t)2 << log) <= value) log++;
    return log;
}

static int smaller(int a, int b) { return a < b ? a : b; }

struct ek_pauli_limits ek_pauli_limits_of(int local_slots, size_t amplitude_bytes,
                                          size_t exchange_bytes)
{
    const int tile = smaller(local_slots, ek_log2(TILE_BYTES / amplitude_bytes));
    const int message = log2_floor(exchange_bytes / 2 / amplitude_bytes);
    return (struct ek_pauli_limits){
        .local_slots = local_slots, .tile_slots = tile,
        .row_slots = smaller(tile, ek_log2(ROW_BYTES / amplitude_bytes)),
        .away_tile_slots = smaller(tile, message)};
}

static void set_limits(const ek_state *like, struct ek_pauli_sum *sum)
{
    const size_t bytes = ek_amplitude_bytes(like->precision);
    const size_t exchange = ek_session_exchange_bytes(like->session);
    sum->limits = ek_pauli_limits_of(like->local_slots, bytes, exchange);
    sum->message_amplitudes =
        (size_t)1 << smaller(like->local_slots, log2_floor(exchange / 2 / bytes));
    sum->kernels = like->kernels;
    sum->threads = ek_session_threads(like->session);
}

static ek_status make_workspace(const struct ek_pauli_sum *sum, ek_precision precision,
                                struct workspace *work)
{
    const int slots = sum->limits.tile_slots;
    EK_TRY(EK_NEW(work->rows, (size_t)1 << slots));
    EK_TRY(EK_NEW(work->partner_rows, (size_t)1 << slots));
    EK_TRY(ek_tile_create(slots, precision, &work->left));
    EK_TRY(ek_tile_create(slots, precision, &work->right));
    return ek_tile_create(slots, precision, &work->out);
}

static ek_status make_buffers(const ek_state *like, struct ek_pauli_sum *sum)
{
    const size_t tile = (size_t)1 << sum->limits.tile_slots;
    const size_t bytes = sum->message_amplitudes * ek_amplitude_bytes(like->precision);
    EK_TRY(EK_NEW(sum->span, tile));
    EK_TRY(EK_NEW(sum->plain_rows, tile));
    EK_TRY(EK_NEW(sum->workspaces, sum->threads));
    for (int t = 0; t < sum->threads; t++)
        EK_TRY(make_workspace(sum, like->precision, &sum->workspaces[t]));
    if (like->local_slots == like->qubits) return EK_OK;
    EK_TRY(ek_allocate_bytes(bytes, &sum->send));
    return ek_allocate_bytes(bytes, &sum->receive);
}

/* <i|P|i ^ x> = i^y (-1)^(parity of (i ^ x) & z), y the number of Ys; inverted slots turn
 * signs. */
struct ek_placed_string ek_pauli_place(const struct ek_layout *layout, const ek_pauli_term *term)
{
    const uint64_t z = ek_layout_mask(layout, term->z_mask);
    return (struct ek_placed_string){
        .x = ek_layout_mask(layout, term->x_mask), .z = z,
        .turns = 3 * ek_popcount(term->x_mask & term->z_mask) +
                 2 * ek_parity(z & layout->inverted),
        .coefficient = term->coefficient};
}

static ek_status fill(const ek_state *like, const struct ek_layout *layout, size_t count,
                      const ek_pauli_term *terms, struct ek_pauli_sum *sum)
{
    struct ek_placed_string *strings = NULL;
    set_limits(like, sum);
    EK_TRY(make_buffers(like, sum));
    EK_TRY(EK_NEW(strings, count));
    for (size_t i = 0; i < count; i++) strings[i] = ek_pauli_place(layout, &terms[i]);
    const ek_status status = ek_pauli_passes_make(&sum->limits, count, strings, &sum->passes);
    ek_release(strings);
    return status;
}

ek_status ek_pauli_sum_create(const ek_state *like, const struct ek_layout *layout, size_t count,
                              const ek_pauli_term *terms, struct ek_pauli_sum **sum)
{
    struct ek_pauli_sum *fresh = NULL;
    EK_TRY(EK_NEW(fresh, 1));
    const ek_status status = fill(like, layout, count, terms, fresh);
    if (status == EK_OK) *sum = fresh;
    else ek_pauli_sum_destroy(&fresh);
    return status;
}

void ek_pauli_sum_destroy(struct ek_pauli_sum **sum)
{
    if (!sum || !*sum) return;
    struct ek_pauli_sum *old = *sum;
    for (int t = 0; old->workspaces && t < old->threads; t++) {
        ek_release(old->workspaces[t].rows);
        ek_release(old->workspaces[t].partner_rows);
        ek_release(old->workspaces[t].left.re);
        ek_release(old->workspaces[t].right.re);
        ek_release(old->workspaces[t].out.re);
    }
    ek_release(old->workspaces);
    ek_pauli_passes_clear(&old->passes);
    ek_release(old->span);
    ek_release(old->plain_rows);
    ek_release(old->send);
    ek_release(old->receive);
    ek_release(old);
    *sum = NULL;
}

/* ---- one tile ------------------------------------------------------------------------------- */

/* One walk: what it reads, and where it adds; without `out` it sums. */
struct walk {
    struct ek_pauli_sum *sum;
    const ek_state *state;
    ek_state *out;
    const struct ek_pauli_pass *pass;
    const void *window; /* the partner's amplitudes, where they are in reach */
    double weight;      /* of the sums */
};

static size_t rows_of(const struct ek_pauli_pass *pass) { return (size_t)1 << pass->dimensions; }
static int tile_slots_of(const struct ek_pauli_pass *pass)
{
    return pass->row_slots + pass->dimensions;
}

/* The slots that number the tiles: neither rows nor pivots. */
static uint64_t outside(const struct walk *walk)
{
    const struct ek_pauli_pass *pass = walk->pass;
    return ek_low_bits(walk->sum->limits.local_slots) & ~ek_low_bits(pass->row_slots) &
           ~pass->pivots;
}

/* The first amplitude of tile number t. */
static size_t tile_base(const struct walk *walk, size_t t) { return ek_deposit(t, outside(walk)); }

static void set_rows(const struct walk *walk, size_t base, size_t *rows)
{
    for (size_t r = 0; r < rows_of(walk->pass); r++) rows[r] = base ^ walk->sum->span[r];
}

/* Strings with the sign that they have on the tile whose base is this physical index. */
static void sign_strings(const struct ek_tile_string *from, int count, uint64_t physical,
                         struct ek_string *strings)
{
    for (int k = 0; k < count; k++) {
        strings[k] = from[k].string;
        if (ek_parity(from[k].z & physical)) strings[k].coefficient = -strings[k].coefficient;
    }
}

static double sum_tile(const struct walk *walk, const struct ek_tile *left,
                       const struct ek_tile *right, uint64_t physical)
{
    const struct ek_pauli_passes *passes = &walk->sum->passes;
    const struct ek_string_batch *batch = passes->batches + walk->pass->first_batch;
    double total = 0;
    for (size_t b = 0; b < walk->pass->batch_count; b++, batch++) {
        struct ek_string strings[EK_STRINGS_MAX];
        double sums[EK_STRINGS_MAX];
        sign_strings(passes->for_sums + batch->first, batch->count, physical, strings);
        walk->sum->kernels->string_sums(left, right, batch->pivot, batch->count, strings, sums);
        for (int k = 0; k < batch->count; k++)
            total += (batch->pivot < 0 ? 1 : 2) * strings[k].coefficient * sums[k];
    }
    return total;
}

/* Adds to `out` and gives the strings' expectation on the tile. */
static double add_tile(const struct walk *walk, const struct ek_tile *left,
                       const struct ek_tile *right, uint64_t physical, struct workspace *work)
{
    const struct ek_kernels *kernels = walk->sum->kernels;
    const struct ek_tile_string *from = walk->sum->passes.for_adds + walk->pass->first;
    const struct ek_tile out = {work->out.re, work->out.im, left->slots};
    const struct ek_string product = {.x = 0};
    double sum;
    kernels->fill(&out, 0);
    for (size_t done = 0; done < walk->pass->count; done += EK_STRINGS_MAX) {
        struct ek_string strings[EK_STRINGS_MAX];
        const size_t rest = walk->pass->count - done;
        const int count = rest < EK_STRINGS_MAX ? (int)rest : EK_STRINGS_MAX;
        sign_strings(from + done, count, physical, strings);
        kernels->string_add(&out, right, count, strings);
    }
    kernels->string_sums(left, &out, -1, 1, &product, &sum);
    kernels->add_rows(walk->out->amplitudes, work->rows, walk->pass->row_slots, &out);
    return sum;
}

static void gather_partner(const struct walk *walk, const void *message, struct workspace *work,
                           const struct ek_tile *partner)
{
    const struct ek_pauli_pass *pass = walk->pass;
    const size_t *rows = message ? walk->sum->plain_rows : work->partner_rows;
    for (size_t r = 0; r < rows_of(pass) && !message; r++)
        work->partner_rows[r] = work->rows[r] ^ pass->shift;
    walk->sum->kernels->gather(message ? message : walk->window, rows, pass->row_slots, partner);
}

/* `message`: where the partner's tile lies, null when it is our own or in the window. */
static double run_tile(const struct walk *walk, size_t t, const void *message)
{
    const struct ek_pauli_sum *sum = walk->sum;
    const int slots = tile_slots_of(walk->pass), row_slots = walk->pass->row_slots;
    struct workspace *work = &sum->workspaces[ek_thread_number()];
    const struct ek_tile left = {work->left.re, work->left.im, slots};
    const struct ek_tile partner = {work->right.re, work->right.im, slots};
    const bool apart = message || walk->window;
    const struct ek_tile *right = apart ? &partner : &left;
    const size_t base = tile_base(walk, t);
    const uint64_t physical = ek_state_first(walk->state) | base;
    set_rows(walk, base, work->rows);
    sum->kernels->gather(walk->state->amplitudes, work->rows, row_slots, &left);
    if (apart) gather_partner(walk, message, work, &partner);
    if (walk->out) return add_tile(walk, &left, right, physical, work);
    return sum_tile(walk, &left, right, physical);
}

/* Tiles [first, first + count), `messages` holding their partners one after the other, or null.
 * Segments do not depend on the threads. */
static void run_tiles(const struct walk *walk, size_t first, size_t count, const char *messages)
{
    struct ek_pauli_sum *sum = walk->sum;
    const size_t segments = count < SEGMENTS ? count : SEGMENTS, length = count / segments;
    const size_t bytes = ek_amplitude_bytes(walk->state->precision) << tile_slots_of(walk->pass);
    const int threads = sum->threads;
#pragma omp parallel for schedule(static) num_threads(threads) if (count > 1)
    for (size_t s = 0; s < segments; s++)
        for (size_t t = s * length; t < (s + 1) * length; t++)
            sum->partial[s] += walk->weight * run_tile(walk, first + t,
                                                       messages ? messages + t * bytes : NULL);
}

/* ---- passes --------------------------------------------------------------------------------- */

/* What the partner's tiles meet. */
static void pack(const struct walk *walk, size_t first, size_t count)
{
    const struct ek_pauli_sum *sum = walk->sum;
    const size_t bytes = ek_amplitude_bytes(walk->state->precision);
    const size_t row_bytes = bytes << walk->pass->row_slots, rows = rows_of(walk->pass);
    const int threads = sum->threads;
#pragma omp parallel for schedule(static) num_threads(threads) if (count > 1)
    for (size_t t = 0; t < count; t++) {
        const size_t base = tile_base(walk, first + t) ^ walk->pass->shift;
        for (size_t r = 0; r < rows; r++)
            memcpy((char *)sum->send + (t * rows + r) * row_bytes,
                   (const char *)walk->state->amplitudes + (base ^ sum->span[r]) * bytes,
                   row_bytes);
    }
}

static void run_away(const struct walk *walk, size_t tiles)
{
    const struct ek_pauli_sum *sum = walk->sum;
    ek_session *session = walk->state->session;
    const int partner = ek_session_rank(session) ^ (int)walk->pass->away;
    const size_t fit = sum->message_amplitudes >> tile_slots_of(walk->pass);
    const size_t count = fit < tiles ? fit : tiles;
    const size_t bytes = (ek_amplitude_bytes(walk->state->precision) * count)
                         << tile_slots_of(walk->pass);
    for (size_t first = 0; first < tiles; first += count) {
        pack(walk, first, count);
        ek_exchange(session, partner, sum->send, sum->receive, bytes);
        run_tiles(walk, first, count, sum->receive);
    }
}

/* Of two ranks that reach each other's tiles, each takes half of the pairs: one those of its tiles
 * whose highest bit is 0, the other those of its own that meet the rest. */
static bool takes_upper_half(const struct walk *walk, size_t tiles)
{
    const struct ek_pauli_pass *pass = walk->pass;
    uint64_t shift = pass->shift; /* as a tile's base: without the pivots */
    for (int k = 0; k < pass->dimensions; k++)
        if (shift & (pass->basis[k] & -pass->basis[k])) shift ^= pass->basis[k];
    const bool second = (uint64_t)ek_session_rank(walk->state->session) & pass->away & -pass->away;
    return second && !(ek_extract(shift, outside(walk)) & (tiles / 2));
}

static void run_in_window(struct walk *walk, size_t tiles)
{
    const ek_state *state = walk->state;
    const int partner = ek_session_rank(state->session) ^ (int)walk->pass->away;
    const size_t half = tiles / 2;
    walk->window = (const char *)state->memory.all +
                   (size_t)(partner % state->memory.ranks) * ek_state_bytes_per_rank(state);
    if (walk->out || half == 0) {
        run_tiles(walk, 0, tiles, NULL);
    } else {
        walk->weight = 2;
        run_tiles(walk, takes_upper_half(walk, tiles) ? half : 0, half, NULL);
    }
}

static void run_pass(struct walk *walk)
{
    const struct ek_pauli_pass *pass = walk->pass;
    const size_t tiles = (size_t)1 << (walk->sum->limits.local_slots - tile_slots_of(pass));
    size_t *span = walk->sum->span;
    span[0] = 0;
    for (int k = 0; k < pass->dimensions; k++)
        for (size_t r = 0; r < (size_t)1 << k; r++)
            span[r | (size_t)1 << k] = span[r] ^ pass->basis[k];
    for (size_t r = 0; r < rows_of(pass); r++) walk->sum->plain_rows[r] = r << pass->row_slots;
    if (pass->away && pass->away < (uint64_t)walk->state->memory.ranks) run_in_window(walk, tiles);
    else if (pass->away) run_away(walk, tiles);
    else run_tiles(walk, 0, tiles, NULL);
}

double ek_pauli_sum_expect(struct ek_pauli_sum *sum, const ek_state *state, ek_state *out)
{
    memset(sum->partial, 0, sizeof sum->partial);
    ek_shared_barrier(state->session);
    for (size_t p = 0; p < sum->passes.pass_count; p++) {
        struct walk walk = {sum, state, out, &sum->passes.passes[p], NULL, 1};
        run_pass(&walk);
    }
    double total = ek_sum_fixed_order(sum->partial, SEGMENTS);
    ek_sum_ranks(state->session, &total, 1);
    return total;
}
