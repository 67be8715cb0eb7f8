/* From Pauli strings to passes: which subspace a pass has, and which strings lie in it. */
#include "observe/pauli_sum.h"

#include <stdlib.h>
#include <string.h>

enum {
    LANE_SLOTS = 4,       /* slots that may lie within a vector: no pivots of batches */
    CANDIDATES_MOST = 24, /* strings that are tried as the next basis vector */
    WORTH_LEVELS = 5
};

/* What a string is worth that still misses so many dimensions at least. */
static const double worth[WORTH_LEVELS] = {1, 0.3, 0.1, 0.03, 0.01};

struct choice {
    const struct ek_pauli_limits *limits;
    struct ek_pauli_pass *pass;
    size_t count;
    const uint64_t *x; /* of the strings that no pass has yet, local slots above the rows */
    uint64_t *left;    /* the same modulo the basis */
};

/* ---- the subspace of a pass ----------------------------------------------------------------- */

static double score(const struct choice *choice, uint64_t vector)
{
    const uint64_t pivot = ek_bit(ek_lowest_bit(vector));
    const int free_after =
        choice->limits->tile_slots - choice->pass->row_slots - choice->pass->dimensions - 1;
    double sum = 0;
    for (size_t i = 0; i < choice->count; i++) {
        const uint64_t rest = choice->left[i] & pivot ? choice->left[i] ^ vector : choice->left[i];
        const int missing = ek_popcount(rest);
        if (missing < WORTH_LEVELS && missing <= free_after + (missing == 0))
            sum += worth[missing];
    }
    return sum;
}

/* The basis vector that brings most: a slot, or what a string misses; 0 when no string misses
 * anything. */
static uint64_t best_vector(const struct choice *choice)
{
    uint64_t slots = 0, best = 0;
    double best_score = -1;
    size_t tried = 0;
    for (size_t i = 0; i < choice->count; i++) slots |= choice->left[i];
    for (uint64_t rest = slots; rest; rest &= rest - 1) {
        const double here = score(choice, rest & -rest);
        if (here > best_score) best_score = here, best = rest & -rest;
    }
    for (size_t i = 0; i < choice->count && tried < CANDIDATES_MOST; i++) {
        if (ek_popcount(choice->left[i]) < 2) continue;
        const double here = score(choice, choice->left[i]);
        if (here > best_score) best_score = here, best = choice->left[i];
        tried++;
    }
    return best;
}

/* The vector has no pivot of the basis; the basis gets none of its new pivot. */
static void add_vector(struct choice *choice, uint64_t vector)
{
    struct ek_pauli_pass *pass = choice->pass;
    const uint64_t pivot = ek_bit(ek_lowest_bit(vector));
    const int at = ek_popcount(pass->pivots & (pivot - 1));
    for (int k = 0; k < pass->dimensions; k++)
        if (pass->basis[k] & pivot) pass->basis[k] ^= vector;
    memmove(pass->basis + at + 1, pass->basis + at,
            (size_t)(pass->dimensions - at) * sizeof *pass->basis);
    pass->basis[at] = vector;
    pass->pivots |= pivot;
    pass->dimensions++;
    for (size_t i = 0; i < choice->count; i++)
        if (choice->left[i] & pivot) choice->left[i] ^= vector;
}

/* Grows the subspace by what strings need, then by the lowest slots. */
static void choose_basis(struct choice *choice, int tile_slots)
{
    struct ek_pauli_pass *pass = choice->pass;
    const int local = choice->limits->local_slots;
    while (pass->dimensions < tile_slots - pass->row_slots) {
        const uint64_t vector = best_vector(choice);
        if (vector == 0) break;
        add_vector(choice, vector);
    }
    for (uint64_t rest = ek_low_bits(local) & ~ek_low_bits(pass->row_slots) & ~pass->pivots;
         rest && pass->dimensions < tile_slots - pass->row_slots; rest &= rest - 1)
        add_vector(choice, rest & -rest);
}

/* ---- strings in the tile's coordinates ------------------------------------------------------ */

static struct ek_tile_string to_tile(const struct ek_pauli_pass *pass,
                                     const struct ek_placed_string *placed)
{
    const uint64_t rows = ek_low_bits(pass->row_slots);
    uint32_t x = (uint32_t)(placed->x & rows), z = (uint32_t)(placed->z & rows);
    x |= (uint32_t)(ek_extract(placed->x ^ pass->shift, pass->pivots) << pass->row_slots);
    for (int k = 0; k < pass->dimensions; k++)
        z |= (uint32_t)ek_parity(pass->basis[k] & placed->z) << (pass->row_slots + k);
    return (struct ek_tile_string){{x, z, placed->turns, placed->coefficient}, placed->z};
}

/* Strings that swap lanes last: they cost more, and make their batch cost more. */
static int by_lanes(const void *a, const void *b)
{
    const uint32_t lanes = (1u << LANE_SLOTS) - 1;
    const uint32_t x = ((const struct ek_tile_string *)a)->string.x;
    const uint32_t y = ((const struct ek_tile_string *)b)->string.x;
    if ((x & lanes) != (y & lanes)) return (x & lanes) < (y & lanes) ? -1 : 1;
    return (x > y) - (x < y);
}

static ek_status add_batch(struct ek_pauli_passes *passes, size_t first, size_t count, int pivot)
{
    void *batches = passes->batches;
    for (size_t done = 0; done < count; done += EK_STRINGS_MAX) {
        const size_t here = count - done < EK_STRINGS_MAX ? count - done : EK_STRINGS_MAX;
        EK_TRY(ek_grow(&batches, passes->batch_count, sizeof *passes->batches,
                       passes->batch_count + 1, &passes->batch_capacity));
        passes->batches = batches;
        passes->batches[passes->batch_count++] =
            (struct ek_string_batch){first + done, (int)here, pivot};
    }
    return EK_OK;
}

/* Moves the strings whose x has the bit to the front of [first, end), at most `most` of them. */
static size_t bring_forward(struct ek_tile_string *strings, size_t first, size_t end, int bit,
                            size_t most)
{
    size_t to = first;
    for (size_t i = first; i < end && to - first < most; i++) {
        if (!(strings[i].string.x >> bit & 1)) continue;
        const struct ek_tile_string kept = strings[to];
        strings[to++] = strings[i];
        strings[i] = kept;
    }
    return to - first;
}

/* The bit above the lanes that most of the strings have; -1 when none has any. */
static int common_bit(const struct ek_tile_string *strings, size_t first, size_t end, size_t *have)
{
    int best = -1;
    *have = 0;
    for (int bit = LANE_SLOTS; bit < 32; bit++) {
        size_t count = 0;
        for (size_t i = first; i < end; i++) count += strings[i].string.x >> bit & 1;
        if (count > *have) *have = count, best = bit;
    }
    return best;
}

/* Between equal tiles a pair of amplitudes need be seen once: from the side where a bit of x is
 * 0. */
static ek_status make_batches(struct ek_pauli_passes *passes, struct ek_pauli_pass *pass)
{
    const size_t end = pass->first + pass->count;
    size_t first = pass->first, have;
    pass->first_batch = passes->batch_count;
    for (int bit; !pass->away && (bit = common_bit(passes->for_sums, first, end, &have)) >= 0;) {
        const size_t most = have > EK_STRINGS_MAX ? have / EK_STRINGS_MAX * EK_STRINGS_MAX : have;
        const size_t count = bring_forward(passes->for_sums, first, end, bit, most);
        EK_TRY(add_batch(passes, first, count, bit));
        first += count;
    }
    EK_TRY(add_batch(passes, first, end - first, -1));
    pass->batch_count = passes->batch_count - pass->first_batch;
    return EK_OK;
}

/* ---- all passes ----------------------------------------------------------------------------- */

static int by_x(const void *a, const void *b)
{
    const struct ek_placed_string *p = a, *q = b;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    return (p->z > q->z) - (p->z < q->z);
}

/* Makes one pass of what it can take from strings[0..*count) (of one `away`), which keeps the
 * rest. */
static ek_status make_pass(const struct ek_pauli_limits *limits, size_t *count,
                           struct ek_placed_string *strings, uint64_t *scratch, size_t *placed,
                           struct ek_pauli_passes *passes)
{
    const uint64_t away = strings[0].x >> limits->local_slots;
    const int tile = away ? limits->away_tile_slots : limits->tile_slots;
    struct ek_pauli_pass pass = {.away = away, .first = *placed};
    void *grown = passes->passes;
    size_t kept = 0;
    pass.row_slots = limits->row_slots < tile ? limits->row_slots : tile;
    if (away)
        pass.shift =
            strings[0].x & ek_low_bits(limits->local_slots) & ~ek_low_bits(pass.row_slots);
    struct choice choice = {.limits = limits, .pass = &pass, .count = *count, .left = scratch};
    for (size_t i = 0; i < *count; i++)
        scratch[i] = (strings[i].x ^ pass.shift) & ek_low_bits(limits->local_slots) &
                     ~ek_low_bits(pass.row_slots);
    choose_basis(&choice, tile);
    for (size_t i = 0; i < *count; i++) {
        if (scratch[i]) strings[kept++] = strings[i];
        else passes->for_sums[(*placed)++] = to_tile(&pass, &strings[i]);
    }
    pass.count = *placed - pass.first;
    *count = kept;
    qsort(passes->for_sums + pass.first, pass.count, sizeof *passes->for_sums, by_lanes);
    memcpy(passes->for_adds + pass.first, passes->for_sums + pass.first,
           pass.count * sizeof *passes->for_sums);
    EK_TRY(make_batches(passes, &pass));
    EK_TRY(ek_grow(&grown, passes->pass_count, sizeof pass, passes->pass_count + 1,
                   &passes->pass_capacity));
    passes->passes = grown;
    passes->passes[passes->pass_count++] = pass;
    return EK_OK;
}

ek_status ek_pauli_passes_make(const struct ek_pauli_limits *limits, size_t count,
                               struct ek_placed_string *strings, struct ek_pauli_passes *passes)
{
    uint64_t *scratch = NULL;
    size_t placed = 0;
    ek_status status = EK_NEW(scratch, count);
    *passes = (struct ek_pauli_passes){0};
    if (status == EK_OK) status = EK_NEW(passes->for_sums, count);
    if (status == EK_OK) status = EK_NEW(passes->for_adds, count);
    if (count > 0) qsort(strings, count, sizeof *strings, by_x);
    for (size_t first = 0, end; status == EK_OK && first < count; first = end) {
        for (end = first + 1; end < count; end++)
            if (strings[end].x >> limits->local_slots != strings[first].x >> limits->local_slots)
                break;
        for (size_t left = end - first; status == EK_OK && left > 0;)
            status = make_pass(limits, &left, strings + first, scratch, &placed, passes);
    }
    ek_release(scratch);
    return status;
}

void ek_pauli_passes_clear(struct ek_pauli_passes *passes)
{
    ek_release(passes->passes);
    ek_release(passes->for_sums);
    ek_release(passes->for_adds);
    ek_release(passes->batches);
    *passes = (struct ek_pauli_passes){0};
}
