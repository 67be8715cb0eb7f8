#include "observe/pauli_sum.h"

#include <math.h>

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

/* A term through the layout: masks of slots, and the factor i^turns. */
struct placed {
    uint64_t x, z;
    int turns;
    double coefficient;
};

struct ek_pauli_sum {
    size_t count;
    struct placed *terms;
    size_t chunk; /* amplitudes of a message, a power of two */
    void *received;
};

ek_status ek_pauli_sum_create(const ek_state *like, const struct ek_layout *layout, size_t count,
                              const ek_pauli_term *terms, struct ek_pauli_sum **sum)
{
    const size_t bytes = ek_amplitude_bytes(like->precision);
    const size_t room = ek_session_exchange_bytes(like->session) / bytes;
    struct ek_pauli_sum *fresh = NULL;
    EK_TRY(EK_NEW(fresh, 1));
    fresh->count = count;
    fresh->chunk = 1;
    while (2 * fresh->chunk <= room && 2 * fresh->chunk <= ek_state_local_count(like))
        fresh->chunk *= 2;
    ek_status status = EK_NEW(fresh->terms, count);
    if (status == EK_OK) status = ek_allocate_bytes(fresh->chunk * bytes, &fresh->received);
    for (size_t i = 0; status == EK_OK && i < count; i++) {
        const uint64_t z = ek_layout_mask(layout, terms[i].z_mask);
        fresh->terms[i] = (struct placed){
            .x = ek_layout_mask(layout, terms[i].x_mask), .z = z,
            .turns = ek_popcount(terms[i].x_mask & terms[i].z_mask) +
                     2 * ek_parity(z & layout->inverted),
            .coefficient = terms[i].coefficient};
    }
    if (status == EK_OK) *sum = fresh;
    else ek_pauli_sum_destroy(&fresh);
    return status;
}

void ek_pauli_sum_destroy(struct ek_pauli_sum **sum)
{
    if (!sum || !*sum) return;
    ek_release((*sum)->terms);
    ek_release((*sum)->received);
    ek_release(*sum);
    *sum = NULL;
}

static ek_complex get(ek_precision precision, const void *amplitudes, size_t i)
{
    const float *a = (const float *)amplitudes + 2 * i;
    if (precision == EK_SINGLE) return (ek_complex){a[0], a[1]};
    return ((const ek_complex *)amplitudes)[i];
}

/* Adds to the amplitudes from `first` on; index 0 of `other` is physical index `base`. */
static void add_chunk(const struct ek_pauli_sum *sum, const struct placed *term, size_t first,
                      const void *other, uint64_t base, ek_state *out)
{
    const int threads = ek_session_threads(out->session);
#pragma omp parallel for schedule(static) num_threads(threads) if (sum->chunk > 4096)
    for (size_t i = first; i < first + sum->chunk; i++) {
        const uint64_t j = (ek_state_first(out) | i) ^ term->x;
        const ek_complex a = get(out->precision, other, j - base);
        const double c = ek_parity(j & term->z) ? -term->coefficient : term->coefficient;
        const ek_complex turned[4] = {{a.re, a.im}, {-a.im, a.re}, {-a.re, -a.im}, {a.im, -a.re}};
        const ek_complex b = turned[term->turns & 3], old = ek_state_get(out, i);
        ek_state_put(out, i, (ek_complex){old.re + c * b.re, old.im + c * b.im});
    }
}

void ek_pauli_sum_add(struct ek_pauli_sum *sum, const ek_state *state, ek_state *out)
{
    const size_t bytes = ek_amplitude_bytes(state->precision);
    const size_t total = ek_state_local_count(state);
    for (size_t t = 0; t < sum->count; t++) {
        const struct placed *term = &sum->terms[t];
        const uint64_t away = term->x >> state->local_slots;
        const int partner = (int)((uint64_t)ek_session_rank(state->session) ^ away);
        for (size_t first = 0; first < total; first += sum->chunk) {
            const size_t there = first ^ (term->x & (total - 1) & ~(sum->chunk - 1));
            const void *mine = (const char *)state->amplitudes + there * bytes;
            const uint64_t base = (uint64_t)partner << state->local_slots | there;
            if (away)
                ek_exchange(state->session, partner, mine, sum->received, sum->chunk * bytes);
            add_chunk(sum, term, first, away ? sum->received : mine, base, out);
        }
    }
}
