/* Which terms of a Hamiltonian share a group of commuting ones. */
#include "algo/ansatz.h"

#include <string.h>

/* A Pauli string without its sign. */
struct string {
    uint64_t x, z;
};

/* Whether two strings commute is linear in each of them, so what commutes with the generators of a
 * group commutes with all of it. They are independent, at most one per qubit, whatever the number
 * of terms. A block has those of 64 groups, one bit for each: slot s holds generator s of all, as
 *
 *     words[s * 2n ..] = [x of qubit 0 | x of 1 | ... | z of qubit 0 | z of 1 | ...]
 *
 * with zeros behind a group's last. */
enum { BLOCK_GROUPS = 64 };
struct block {
    size_t slots, capacity; /* the latter in words */
    uint64_t *words;
};

struct grouping {
    int qubits;
    size_t groups, blocks, capacity;
    struct block *block;
    size_t *of_term; /* group of each term; NONE for the constant */
};

static const size_t NONE = SIZE_MAX;

/* ---- generators ---- */

static uint64_t *slot_words(const struct grouping *g, const struct block *block, size_t slot)
{
    return block->words + slot * 2 * (size_t)g->qubits;
}

/* The groups of the block with whose generator in this slot the string does not commute. */
static uint64_t disagreeing(const struct grouping *g, const struct block *block, size_t slot,
                            struct string string)
{
    const uint64_t *x = slot_words(g, block, slot), *z = x + g->qubits;
    uint64_t odd = 0;
    for (uint64_t left = string.x; left; left &= left - 1) odd ^= z[ek_lowest_bit(left)];
    for (uint64_t left = string.z; left; left &= left - 1) odd ^= x[ek_lowest_bit(left)];
    return odd;
}

static struct string get_generator(const struct grouping *g, const struct block *block,
                                   size_t slot, int place)
{
    const uint64_t *x = slot_words(g, block, slot), *z = x + g->qubits;
    struct string string = {0, 0};
    for (int q = 0; q < g->qubits; q++) {
        string.x |= (x[q] >> place & 1) << q;
        string.z |= (z[q] >> place & 1) << q;
    }
    return string;
}

static ek_status put_generator(const struct grouping *g, struct block *block, size_t slot,
                               int place, struct string string)
{
    const size_t size = 2 * (size_t)g->qubits, used = block->slots * size;
    void *memory = block->words;
    if (slot == block->slots) {
        EK_TRY(ek_grow(&memory, used, sizeof *block->words, used + size, &block->capacity));
        block->words = memory;
        memset(block->words + used, 0, size * sizeof *block->words);
        block->slots++;
    }
    uint64_t *x = slot_words(g, block, slot), *z = x + g->qubits;
    for (int q = 0; q < g->qubits; q++) {
        x[q] |= (string.x >> q & 1) << place;
        z[q] |= (string.z >> q & 1) << place;
    }
    return EK_OK;
}

/* A generator's pivot: its lowest bit in x, or else in z. No later one of its group has it. */
static bool has_pivot_of(struct string string, struct string generator)
{
    return generator.x ? string.x & generator.x & -generator.x
                       : string.z & generator.z & -generator.z;
}

/* Adds what the string has beyond the group's generators, if anything, to them. */
static ek_status join(struct grouping *g, size_t group, struct string string)
{
    struct block *block = &g->block[group / BLOCK_GROUPS];
    const int place = (int)(group % BLOCK_GROUPS);
    size_t slot = 0;
    for (; slot < block->slots; slot++) {
        const struct string generator = get_generator(g, block, slot, place);
        if ((generator.x | generator.z) == 0) break;
        if (!has_pivot_of(string, generator)) continue;
        string.x ^= generator.x;
        string.z ^= generator.z;
    }
    return string.x | string.z ? put_generator(g, block, slot, place, string) : EK_OK;
}

/* ---- groups ---- */

/* The first that the string commutes with; their number if there is none. */
static size_t find_group(const struct grouping *g, struct string string)
{
    for (size_t b = 0; b < g->blocks; b++) {
        const struct block *block = &g->block[b];
        const size_t left = g->groups - b * BLOCK_GROUPS;
        uint64_t fits = ek_low_bits(left < BLOCK_GROUPS ? (int)left : BLOCK_GROUPS);
        for (size_t slot = 0; slot < block->slots && fits; slot++)
            fits &= ~disagreeing(g, block, slot, string);
        if (fits) return b * BLOCK_GROUPS + (size_t)ek_lowest_bit(fits);
    }
    return g->groups;
}

static ek_status add_group(struct grouping *g)
{
    void *memory = g->block;
    if (g->groups++ < g->blocks * BLOCK_GROUPS) return EK_OK;
    EK_TRY(ek_grow(&memory, g->blocks, sizeof *g->block, g->blocks + 1, &g->capacity));
    g->block = memory;
    g->block[g->blocks++] = (struct block){0};
    return EK_OK;
}

static ek_status place(struct grouping *g, const ek_pauli_term *term, size_t *group)
{
    const struct string string = {term->x_mask, term->z_mask};
    *group = NONE;
    if ((string.x | string.z) == 0) return EK_OK;
    *group = find_group(g, string);
    if (*group == g->groups) EK_TRY(add_group(g));
    return join(g, *group, string);
}

/* Sorts the terms by group: counts, places where each group ends, and terms from the last on. */
static ek_status list(const struct grouping *g, size_t terms, struct ek_term_groups *groups)
{
    groups->count = (int)g->groups;
    EK_TRY(EK_NEW(groups->first, g->groups + 1));
    EK_TRY(EK_NEW(groups->terms, terms));
    for (size_t t = 0; t < terms; t++)
        if (g->of_term[t] != NONE) groups->first[g->of_term[t]]++;
    for (size_t i = 1; i <= g->groups; i++) groups->first[i] += groups->first[i - 1];
    for (size_t t = terms; t-- > 0;)
        if (g->of_term[t] != NONE) groups->terms[--groups->first[g->of_term[t]]] = t;
    return EK_OK;
}

ek_status ek_group_terms(const ek_hamiltonian_facts *facts, struct ek_term_groups *groups)
{
    struct grouping g = {.qubits = facts->qubits};
    ek_status status = EK_NEW(g.of_term, facts->term_count);
    for (size_t t = 0; t < facts->term_count && status == EK_OK; t++)
        status = place(&g, &facts->terms[t], &g.of_term[t]);
    if (status == EK_OK) status = list(&g, facts->term_count, groups);
    for (size_t b = 0; b < g.blocks; b++) ek_release(g.block[b].words);
    ek_release(g.block);
    ek_release(g.of_term);
    return status;
}

void ek_term_groups_clear(struct ek_term_groups *groups)
{
    ek_release(groups->first);
    ek_release(groups->terms);
    *groups = (struct ek_term_groups){0};
}
