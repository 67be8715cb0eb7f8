/* Inner products of states whose layouts may differ. Every rank sends the amplitudes of the
 * second state to where the same basis states of the first one lie: between ranks a and b these
 * are the basis states that the first layout puts on a and the second on b. */
#include "observe/bits.h"
#include "observe/observe.h"

#include <exaket/query.h>

enum { BLOCK = 4096 }; /* terms that are added in their order; blocks are added pairwise */

struct overlap {
    const ek_state *first, *second;
    uint64_t rank_qubits[2]; /* qubits on rank slots of the first and of the second layout */
    int free_bits;           /* qubits on neither */
    struct ek_bit_map local[2]; /* number of a common basis state -> local index */
    size_t chunk;               /* amplitudes per message */
    ek_complex *send, *receive;
    double *partial;
};

static uint64_t rank_qubits(const ek_state *state)
{
    uint64_t qubits = 0;
    for (int q = 0; q < state->qubits; q++)
        if (state->layout.slot[q].at >= state->local_slots) qubits |= ek_bit(q);
    return qubits;
}

/* Values of the qubits on rank slots where a rank is `rank`. */
static uint64_t rank_values(const ek_state *state, uint64_t rank)
{
    return ek_layout_logical(&state->layout, rank << state->local_slots);
}

/* True where the first state's rank a and the second's rank b have basis states in common;
 * `fixed` gets the bits of those. */
static bool common(const struct overlap *o, uint64_t a, uint64_t b, uint64_t *fixed)
{
    const uint64_t of_a = rank_values(o->first, a) & o->rank_qubits[0];
    const uint64_t of_b = rank_values(o->second, b) & o->rank_qubits[1];
    *fixed = of_a | of_b;
    return ((of_a ^ of_b) & o->rank_qubits[0] & o->rank_qubits[1]) == 0;
}

static size_t local_of(const ek_state *state, uint64_t logical)
{
    return ek_layout_physical(&state->layout, logical) & ek_low_bits(state->local_slots);
}

static void set_up(const ek_state *first, const ek_state *second, struct overlap *o)
{
    uint64_t to[2][64];
    *o = (struct overlap){.first = first, .second = second,
                          .rank_qubits = {rank_qubits(first), rank_qubits(second)}};
    for (int q = 0; q < first->qubits; q++) {
        if ((o->rank_qubits[0] | o->rank_qubits[1]) & ek_bit(q)) continue;
        to[0][o->free_bits] = ek_bit(first->layout.slot[q].at);
        to[1][o->free_bits++] = ek_bit(second->layout.slot[q].at);
    }
    for (int s = 0; s < 2; s++) ek_bit_map_set(&o->local[s], o->free_bits, to[s]);
    const size_t room = ek_session_exchange_bytes(first->session) / 2 / sizeof(ek_complex);
    o->chunk = 1;
    while (2 * o->chunk <= room && 2 * o->chunk <= (size_t)1 << o->free_bits) o->chunk *= 2;
}

/* Second amplitudes number [from, from + chunk) of what this rank shares with rank a. */
static void pack(const struct overlap *o, uint64_t fixed, size_t from, ek_complex *out)
{
    const size_t base = local_of(o->second, fixed);
    const int threads = ek_session_threads(o->first->session);
#pragma omp parallel for schedule(static) num_threads(threads) if (o->chunk > BLOCK)
    for (size_t k = 0; k < o->chunk; k++)
        out[k] = ek_state_get(o->second, base ^ ek_bit_map_get(&o->local[1], from + k));
}

static ek_complex multiply(const struct overlap *o, uint64_t fixed, size_t from,
                           const ek_complex *other)
{
    const size_t base = local_of(o->first, fixed);
    const size_t length = o->chunk < BLOCK ? o->chunk : BLOCK, blocks = o->chunk / length;
    const int threads = ek_session_threads(o->first->session);
#pragma omp parallel for schedule(static) num_threads(threads) if (blocks > 1)
    for (size_t b = 0; b < blocks; b++) {
        double re = 0, im = 0;
        for (size_t k = b * length; k < (b + 1) * length; k++) {
            const size_t at = base ^ ek_bit_map_get(&o->local[0], from + k);
            const ek_complex x = ek_state_get(o->first, at), y = other[k];
            re += x.re * y.re + x.im * y.im;
            im += x.re * y.im - x.im * y.re;
        }
        o->partial[b] = re;
        o->partial[blocks + b] = im;
    }
    return (ek_complex){ek_sum_fixed_order(o->partial, blocks),
                        ek_sum_fixed_order(o->partial + blocks, blocks)};
}

/* One turn: every rank with the partner whose number differs by `turn`. */
static void take_turn(const struct overlap *o, uint64_t turn, ek_complex *sum)
{
    const uint64_t rank = (uint64_t)ek_session_rank(o->first->session), partner = rank ^ turn;
    uint64_t give, take;
    const bool gives = common(o, partner, rank, &give), takes = common(o, rank, partner, &take);
    if (!gives && !takes) return; /* the partner finds the same */
    for (size_t from = 0; from < (size_t)1 << o->free_bits; from += o->chunk) {
        const ek_complex *other = o->send;
        if (gives) pack(o, give, from, o->send);
        if (turn != 0) {
            ek_exchange(o->first->session, (int)partner, o->send, o->receive,
                        o->chunk * sizeof *o->send);
            other = o->receive;
        }
        if (!takes) continue;
        const ek_complex part = multiply(o, take, from, other);
        sum->re += part.re;
        sum->im += part.im;
    }
}

static ek_status check(const ek_state *first, const ek_state *second)
{
    if (first->session != second->session)
        return EK_FAIL(EK_ERROR_MISMATCH, "the two states belong to different sessions");
    if (first->qubits != second->qubits)
        return EK_FAIL(EK_ERROR_MISMATCH, "states of %d and of %d qubits have no inner product",
                       first->qubits, second->qubits);
    if (second->borrowed)
        return EK_FAIL(EK_ERROR_BUSY, "the second state's amplitudes are borrowed: restore them");
    return EK_OK;
}

ek_status ek_state_inner_product(const ek_state *first, const ek_state *second,
                                 ek_complex *product)
{
    struct overlap o = {0};
    ek_complex sum = {0, 0};
    ek_status status = check(first, second);
    if (status == EK_OK) {
        set_up(first, second, &o);
        status = EK_NEW(o.send, o.chunk);
        if (status == EK_OK) status = EK_NEW(o.receive, o.chunk);
        if (status == EK_OK) status = EK_NEW(o.partial, 2 * (o.chunk / BLOCK + 1));
    }
    status = ek_observe_begin(first, status);
    for (uint64_t turn = 0;
         status == EK_OK && turn < (uint64_t)ek_session_size(first->session); turn++)
        take_turn(&o, turn, &sum);
    if (status == EK_OK) {
        ek_sum_ranks(first->session, &sum.re, 2);
        *product = sum;
    }
    ek_release(o.send);
    ek_release(o.receive);
    ek_release(o.partial);
    return status;
}

ek_status ek_state_fidelity(const ek_state *first, const ek_state *second, double *fidelity)
{
    ek_complex product;
    EK_TRY(ek_state_inner_product(first, second, &product));
    *fidelity = product.re * product.re + product.im * product.im;
    return EK_OK;
}
