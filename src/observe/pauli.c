/* Expectations of Pauli sums: <psi|P|psi> is the sum over i of
 * conj(psi[i ^ x]) i^y (-1)^(i & z) psi[i]. Terms with the same x share the products; where x
 * reaches into the rank's bits, the amplitudes of the partner come in chunks. */
#include "observe/observe.h"

#include <exaket/shots.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS = 64, BLOCK = 1024 };

/* A term through the layout: masks of slots. */
struct placed_term {
    uint64_t x, z;
    int turns; /* the factor i^turns */
    double coefficient;
};

struct group {
    const ek_state *state;
    size_t count;
    const struct placed_term *terms; /* all of one x */
    size_t chunk;                    /* amplitudes, a power of two */
    void *received;
    double *sums; /* parts x count */
};

static int by_x(const void *a, const void *b)
{
    const struct placed_term *p = a, *q = b;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    return (p->z > q->z) - (p->z < q->z);
}

static ek_complex get(ek_precision precision, const void *amplitudes, size_t i)
{
    const float *a = (const float *)amplitudes + 2 * i;
    if (precision == EK_SINGLE) return (ek_complex){a[0], a[1]};
    return ((const ek_complex *)amplitudes)[i];
}

/* Real part of i^turns (re + i im). */
static double turned(ek_complex sum, int turns)
{
    switch (turns & 3) {
    case 0: return sum.re;
    case 1: return -sum.im;
    case 2: return -sum.re;
    default: return sum.im;
    }
}

/* Amplitudes [first, first + count) of this rank with the others at `other`, whose index 0 is this
 * rank's first & ~(chunk - 1), xored. */
static void add_block(const struct group *g, size_t first, size_t count, const void *other,
                      double *sums)
{
    const ek_state *state = g->state;
    const size_t inside = g->terms[0].x & (g->chunk - 1);
    ek_complex product[BLOCK];
    for (size_t k = 0; k < count; k++) {
        const ek_complex a = ek_state_get(state, first + k);
        const ek_complex b =
            get(state->precision, other, ((first + k) & (g->chunk - 1)) ^ inside);
        product[k] = (ek_complex){b.re * a.re + b.im * a.im, b.re * a.im - b.im * a.re};
    }
    for (size_t t = 0; t < g->count; t++) {
        const uint64_t base = ek_state_first(state) | first;
        ek_complex sum = {0, 0};
        for (size_t k = 0; k < count; k++) {
            const double sign = ek_parity((base | k) & g->terms[t].z) ? -1 : 1;
            sum.re += sign * product[k].re;
            sum.im += sign * product[k].im;
        }
        sums[t] += g->terms[t].coefficient * turned(sum, g->terms[t].turns);
    }
}

static void add_chunk(const struct group *g, size_t first, const void *other)
{
    const size_t parts = g->chunk < PARTS ? g->chunk : PARTS, length = g->chunk / parts;
    const int threads = ek_session_threads(g->state->session);
#pragma omp parallel for schedule(static) num_threads(threads) if (g->chunk > 4096)
    for (size_t p = 0; p < parts; p++)
        for (size_t at = p * length; at < (p + 1) * length; at += BLOCK) {
            const size_t left = (p + 1) * length - at;
            add_block(g, first + at, left < BLOCK ? left : BLOCK, other, g->sums + p * g->count);
        }
}

/* The partner needs my amplitudes where I need its: at the same place. */
static void add_group(const struct group *g)
{
    const ek_state *state = g->state;
    const size_t bytes = ek_amplitude_bytes(state->precision);
    const size_t total = ek_state_local_count(state);
    const uint64_t x = g->terms[0].x, away = x >> state->local_slots;
    const int partner = (int)((uint64_t)ek_session_rank(state->session) ^ away);
    for (size_t first = 0; first < total; first += g->chunk) {
        const size_t there = first ^ (x & (total - 1) & ~(g->chunk - 1));
        const char *mine = (const char *)state->amplitudes + there * bytes;
        if (away)
            ek_exchange(state->session, partner, mine, g->received, g->chunk * bytes);
        add_chunk(g, first, away ? (const void *)g->received : (const void *)mine);
    }
}

static ek_status check_terms(const ek_state *state, size_t count, const ek_pauli_term *terms)
{
    for (size_t i = 0; i < count; i++) {
        if ((terms[i].x_mask | terms[i].z_mask) > ek_low_bits(state->qubits))
            return EK_FAIL(EK_ERROR_ARGUMENT, "term %zu acts beyond the %d qubits of the state",
                           i, state->qubits);
        if (!isfinite(terms[i].coefficient))
            return EK_FAIL(EK_ERROR_ARGUMENT, "the coefficient of term %zu is not finite", i);
    }
    return EK_OK;
}

static struct placed_term place(const ek_state *state, const ek_pauli_term *term)
{
    const uint64_t z = ek_layout_mask(&state->layout, term->z_mask);
    return (struct placed_term){
        .x = ek_layout_mask(&state->layout, term->x_mask), .z = z,
        .turns = ek_popcount(term->x_mask & term->z_mask) +
                 2 * ek_parity(z & state->layout.inverted),
        .coefficient = term->coefficient};
}

static double sum_all(const struct group *g, size_t count)
{
    double total = ek_sum_fixed_order(g->sums, PARTS * count);
    ek_sum_ranks(g->state->session, &total, 1);
    return total;
}

static void add_all(struct group *g, size_t count, const struct placed_term *terms)
{
    double *const sums = g->sums;
    for (size_t i = 0; i < count; i += g->count, g->sums += PARTS * g->count) {
        g->terms = terms + i;
        for (g->count = 1; i + g->count < count && terms[i + g->count].x == terms[i].x;)
            g->count++;
        add_group(g);
    }
    g->sums = sums;
}

ek_status ek_expect_pauli(const ek_state *state, size_t count, const ek_pauli_term *terms,
                          double *value)
{
    const size_t bytes = ek_amplitude_bytes(state->precision);
    const size_t room = ek_session_exchange_bytes(state->session) / bytes;
    struct group g = {.state = state, .chunk = 1};
    struct placed_term *placed = NULL;
    while (2 * g.chunk <= room && 2 * g.chunk <= ek_state_local_count(state)) g.chunk *= 2;
    ek_status status = check_terms(state, count, terms);
    if (status == EK_OK) status = EK_NEW(placed, count);
    if (status == EK_OK) status = EK_NEW(g.sums, PARTS * count);
    if (status == EK_OK) status = ek_allocate_bytes(g.chunk * bytes, &g.received);
    status = ek_observe_begin(state, status);
    if (status == EK_OK) {
        for (size_t i = 0; i < count; i++) placed[i] = place(state, &terms[i]);
        if (count > 0) qsort(placed, count, sizeof *placed, by_x);
        add_all(&g, count, placed);
        *value = count > 0 ? sum_all(&g, count) : 0;
    }
    ek_release(placed);
    ek_release(g.sums);
    ek_release(g.received);
    return status;
}
