/* Reduced density matrices. With rows the asked qubits' values and columns the others', the state
 * is a matrix A and rho = A A^dagger. Where asked qubits stand on rank slots, the ranks that
 * differ in those only share out the columns: each receives whole columns of its share. */
#include "observe/bits.h"
#include "observe/linear.h"
#include "observe/observe.h"

#include <exaket/query.h>

#include <math.h>

struct reduction {
    const ek_state *state;
    size_t rows, local_rows;
    int members;                 /* ranks that share out the columns, a power of two */
    uint64_t member_mask;        /* of physical index bits: the rank slots of asked qubits */
    uint64_t flips;              /* inversions of the asked local slots */
    struct ek_bit_map row_local; /* local row number -> local index */
    struct ek_bit_map row_full;  /* local row number -> bits of the full row number */
    uint64_t row_rank[64];       /* bit of the full row number of each member bit */
    uint64_t column_slots;
    size_t columns, share, chunk; /* local columns, of one member, at a time */
    ek_complex *send, *receive, *a;
};

static void set_up(const ek_state *state, int count, const int *qubits, struct reduction *r)
{
    uint64_t to_local[64], to_full[64], local = 0;
    int rows = 0;
    *r = (struct reduction){.state = state, .rows = (size_t)1 << count};
    for (int slot = 0; slot < state->qubits; slot++)
        for (int j = 0; j < count; j++) {
            if (state->layout.slot[qubits[j]].at != slot) continue;
            if (slot < state->local_slots) {
                local |= to_local[rows] = ek_bit(slot);
                to_full[rows++] = ek_bit(j);
            } else {
                r->row_rank[ek_popcount(r->member_mask)] = ek_bit(j);
                r->member_mask |= ek_bit(slot);
            }
        }
    ek_bit_map_set(&r->row_local, rows, to_local);
    ek_bit_map_set(&r->row_full, rows, to_full);
    r->local_rows = (size_t)1 << rows;
    r->members = 1 << ek_popcount(r->member_mask);
    r->flips = state->layout.inverted & local;
    r->column_slots = ek_low_bits(state->local_slots) & ~local;
    r->columns = (size_t)1 << (state->local_slots - rows);
    r->share = r->columns / (size_t)r->members;
    if (r->share == 0) r->share = 1; /* and some members have none */
    /* Three buffers, with room left below what a reshuffle takes. */
    const size_t room = ek_session_exchange_bytes(state->session) / 4 / sizeof(ek_complex);
    r->chunk = 1;
    while (2 * r->chunk <= r->share && 2 * r->chunk * r->rows <= room) r->chunk *= 2;
}

/* Which of the members a rank is. */
static uint64_t member_of(const struct reduction *r, uint64_t rank)
{
    return ek_extract(rank << r->state->local_slots, r->member_mask);
}

/* Bits of the full row number that a member's rank fixes. */
static uint64_t rows_of(const struct reduction *r, uint64_t member)
{
    const uint64_t bits = member ^ ek_extract(r->state->layout.inverted, r->member_mask);
    uint64_t row = 0;
    for (int i = 0; 1 << i < r->members; i++)
        if (bits >> i & 1) row |= r->row_rank[i];
    return row;
}

/* This rank's rows of the columns [first, first + chunk); zero beyond the last. */
static void pack(const struct reduction *r, size_t first, ek_complex *out)
{
    uint64_t column = ek_deposit(first, r->column_slots);
    const bool exists = first < r->columns;
    for (size_t e = 0; e < r->chunk; e++) {
        for (size_t row = 0; row < r->local_rows; row++)
            out[row * r->chunk + e] =
                exists ? ek_state_get(r->state, (column | ek_bit_map_get(&r->row_local, row)) ^
                                                    r->flips)
                       : (ek_complex){0, 0};
        column = ((column | ~r->column_slots) + 1) & r->column_slots;
    }
}

static void place_rows(const struct reduction *r, uint64_t member, const ek_complex *rows)
{
    const uint64_t fixed = rows_of(r, member);
    for (size_t row = 0; row < r->local_rows; row++) {
        ek_complex *to = r->a + (fixed | ek_bit_map_get(&r->row_full, row)) * r->chunk;
        for (size_t e = 0; e < r->chunk; e++) to[e] = rows[row * r->chunk + e];
    }
}

/* Columns number `first` on of every member's share: mine arrive whole. */
static void collect(const struct reduction *r, size_t first)
{
    const uint64_t rank = (uint64_t)ek_session_rank(r->state->session);
    const uint64_t mine = member_of(r, rank);
    for (uint64_t turn = 0; turn < (uint64_t)r->members; turn++) {
        const uint64_t partner =
            rank ^ (ek_deposit(turn, r->member_mask) >> r->state->local_slots);
        pack(r, (mine ^ turn) * r->share + first, r->send);
        if (turn == 0) {
            place_rows(r, mine, r->send);
            continue;
        }
        ek_exchange(r->state->session, (int)partner, r->send, r->receive,
                    r->local_rows * r->chunk * sizeof *r->send);
        place_rows(r, mine ^ turn, r->receive);
    }
}

static void mirror(size_t rows, ek_complex *matrix)
{
    for (size_t i = 0; i < rows; i++) {
        matrix[i * rows + i].im = 0;
        for (size_t j = 0; j < i; j++) {
            const ek_complex below = matrix[i * rows + j];
            matrix[j * rows + i] = (ek_complex){below.re, 0 - below.im};
        }
    }
}

static ek_status reduce(const ek_state *state, int count, const int *qubits, ek_complex *matrix)
{
    struct reduction r;
    set_up(state, count, qubits, &r);
    ek_status status = EK_NEW(r.send, r.local_rows * r.chunk);
    if (status == EK_OK) status = EK_NEW(r.receive, r.local_rows * r.chunk);
    if (status == EK_OK) status = EK_NEW(r.a, r.rows * r.chunk);
    status = ek_observe_begin(state, status);
    if (status == EK_OK) {
        for (size_t i = 0; i < r.rows * r.rows; i++) matrix[i] = (ek_complex){0, 0};
        for (size_t first = 0; first < r.share; first += r.chunk) {
            collect(&r, first);
            ek_add_outer(r.rows, r.chunk, r.a, ek_session_threads(state->session), matrix);
        }
        mirror(r.rows, matrix);
        ek_sum_ranks(state->session, (double *)matrix, 2 * r.rows * r.rows);
    }
    ek_release(r.send);
    ek_release(r.receive);
    ek_release(r.a);
    return status;
}

ek_status ek_state_reduced_density(const ek_state *state, int count, const int *qubits,
                                   ek_complex *matrix)
{
    ek_status status = ek_check_qubit_list(state, count, qubits, EK_REDUCED_QUBITS_MAX);
    if (status == EK_OK && count == 0)
        status = EK_FAIL(EK_ERROR_ARGUMENT, "a density matrix of 0 qubits: name at least 1");
    EK_TRY(ek_session_agree(state->session, status));
    return reduce(state, count, qubits, matrix);
}

/* ---- entropy ------------------------------------------------------------ */

/* The state is pure, so that both parts have the same entropy: the smaller one is taken. */
static int smaller_part(const ek_state *state, int count, const int *qubits, int *part)
{
    uint64_t mask = 0;
    int size = 0;
    for (int i = 0; i < count; i++) mask |= ek_bit(qubits[i]);
    if (2 * count > state->qubits) mask ^= ek_low_bits(state->qubits);
    for (; mask; mask &= mask - 1) part[size++] = ek_lowest_bit(mask);
    return size;
}

static double entropy_of(size_t count, const double *eigenvalues)
{
    double sum = 0, entropy = 0;
    for (size_t i = 0; i < count; i++) sum += eigenvalues[i];
    for (size_t i = 0; i < count; i++) {
        const double p = eigenvalues[i] / sum;
        if (p > 0) entropy -= p * log2(p);
    }
    return entropy > 0 ? entropy : 0;
}

/* Rank 0 computes; all are told. */
static ek_status entropy_of_matrix(const ek_state *state, size_t rows, ek_complex *matrix,
                                   double *values, double *bits)
{
    ek_status status = EK_OK;
    if (ek_session_rank(state->session) == 0) {
        status = ek_hermitian_eigenvalues(rows, matrix, values);
        if (status == EK_OK) *bits = entropy_of(rows, values);
    }
    EK_TRY(ek_session_agree(state->session, status));
    ek_broadcast(state->session, bits, sizeof *bits, 0);
    return EK_OK;
}

ek_status ek_state_entropy(const ek_state *state, int count, const int *qubits, double *bits)
{
    int part[64], size = 0;
    ek_complex *matrix = NULL;
    double *values = NULL;
    ek_status status = ek_check_qubit_list(state, count, qubits, state->qubits);
    if (status == EK_OK) {
        size = smaller_part(state, count, qubits, part);
        if (size > EK_REDUCED_QUBITS_MAX)
            status = EK_FAIL(EK_ERROR_ARGUMENT, "entropy of %d of %d qubits: list or leave out "
                             "at most %d", count, state->qubits, EK_REDUCED_QUBITS_MAX);
    }
    if (status == EK_OK) status = EK_NEW_RAW(matrix, (size_t)1 << 2 * size);
    if (status == EK_OK) status = EK_NEW_RAW(values, (size_t)1 << size);
    status = ek_session_agree(state->session, status);
    if (status == EK_OK && size > 0) status = reduce(state, size, part, matrix);
    if (status == EK_OK && size > 0)
        status = entropy_of_matrix(state, (size_t)1 << size, matrix, values, bits);
    else if (status == EK_OK) *bits = 0;
    ek_release(matrix);
    ek_release(values);
    return status;
}

/* ---- Bloch vectors ------------------------------------------------------------ */

enum { TOGETHER = 4 }; /* qubits whose density matrix is found in one pass */

/* Qubit number j of the matrix's: rho01 = (x - iy)/2, rho00 - rho11 = z. */
static ek_bloch bloch_of(int count, const ek_complex *matrix, int j)
{
    const size_t rows = (size_t)1 << count, bit = (size_t)1 << j;
    ek_bloch vector = {0, 0, 0};
    for (size_t i = 0; i < rows; i++) {
        if (i & bit) continue;
        vector.x += 2 * matrix[i * rows + (i | bit)].re;
        vector.y -= 2 * matrix[i * rows + (i | bit)].im;
        vector.z += matrix[i * rows + i].re - matrix[(i | bit) * rows + (i | bit)].re;
    }
    return vector;
}

ek_status ek_state_bloch(const ek_state *state, ek_bloch *vectors)
{
    ek_complex matrix[1 << 2 * TOGETHER];
    for (int first = 0; first < state->qubits; first += TOGETHER) {
        const int left = state->qubits - first, count = left < TOGETHER ? left : TOGETHER;
        const int qubits[TOGETHER] = {first, first + 1, first + 2, first + 3};
        EK_TRY(ek_state_reduced_density(state, count, qubits, matrix));
        for (int j = 0; j < count; j++) vectors[first + j] = bloch_of(count, matrix, j);
    }
    return EK_OK;
}
