/* Which state a Hamiltonian-variational ansatz begins with. It must have the symmetries of the
 * ground state, because the ansatz keeps them: low energy alone is no guide. */
#include "algo/ansatz.h"

#include <exaket/observe.h>

#include <string.h>

enum { SEARCH_QUBITS_MAX = 30 };

static double coefficient_of(const ek_hamiltonian_facts *facts, uint64_t x, uint64_t z)
{
    for (size_t t = 0; t < facts->term_count; t++)
        if (facts->terms[t].x_mask == x && facts->terms[t].z_mask == z)
            return facts->terms[t].coefficient;
    return 0;
}

/* Every term belongs to a pair's c (XX + YY + ZZ), on an even number of qubits. */
static bool is_isotropic(const ek_hamiltonian_facts *facts)
{
    size_t pairs = 0;
    for (size_t t = 0; t < facts->term_count; t++) {
        const ek_pauli_term *term = &facts->terms[t];
        const uint64_t pair = term->x_mask | term->z_mask;
        if (pair == 0) continue;
        if (ek_popcount(pair) != 2) return false;
        const double c = term->coefficient;
        if (coefficient_of(facts, pair, 0) != c || coefficient_of(facts, 0, pair) != c ||
            coefficient_of(facts, pair, pair) != c)
            return false;
        pairs++;
    }
    return pairs > 0 && facts->qubits % 2 == 0;
}

/* ---- product states ---- */

/* The state of least energy for `count` commuting terms, given as those of spins; the lowest index
 * of several. */
static ek_status find_lowest(ek_session *session, int qubits, size_t count,
                             const ek_spin_term *terms, uint64_t *bits)
{
    ek_diagonal *diagonal = NULL;
    ek_extremes extremes = {0};
    ek_status status =
        ek_session_agree(session, ek_diagonal_create(qubits, count, terms, &diagonal));
    if (status == EK_OK) status = ek_diagonal_extremes(session, diagonal, -1, &extremes);
    ek_diagonal_destroy(&diagonal);
    if (status == EK_OK) *bits = extremes.minimum_at;
    return status;
}

/* The axis of each qubit: those of the terms that are not diagonal, or else Z. */
struct axes {
    uint64_t x, y;
};

/* True if every term that is not diagonal is a product of X on some qubits and Y on others, the
 * same ones in all terms: these terms have product states in common. That is a good start where
 * fields (terms of one qubit) are among them. Without any fields at all it is one where all of
 * them lower the energy of |+...+>, and where there is nothing else. */
static bool has_axes(const ek_hamiltonian_facts *facts, struct axes *axes)
{
    bool fields = false, lower = true, diagonal = false, diagonal_fields = false;
    *axes = (struct axes){0, 0};
    for (size_t t = 0; t < facts->term_count; t++) {
        const ek_pauli_term *term = &facts->terms[t];
        const uint64_t x = term->x_mask, z = term->z_mask;
        diagonal = diagonal || (x == 0 && z != 0);
        diagonal_fields = diagonal_fields || (x == 0 && ek_popcount(z) == 1);
        if (x == 0) continue;
        if (z & ~x) return false;
        axes->x |= x & ~z;
        axes->y |= x & z;
        fields = fields || ek_popcount(x) == 1;
        lower = lower && term->coefficient < 0;
    }
    if ((axes->x | axes->y) == 0 || (axes->x & axes->y)) return false;
    return fields || (!diagonal_fields && (lower || !diagonal));
}

/* The terms of which the product states with these axes are eigenstates. Returns their number. */
static size_t take_terms(const ek_hamiltonian_facts *facts, const struct axes *axes,
                         ek_spin_term *terms)
{
    size_t count = 0;
    for (size_t t = 0; t < facts->term_count; t++) {
        const ek_pauli_term *term = &facts->terms[t];
        const uint64_t qubits = term->x_mask | term->z_mask, turned = axes->x | axes->y;
        if (qubits & (term->x_mask ? ~turned : turned)) continue;
        terms[count++] = (ek_spin_term){qubits, term->coefficient};
    }
    return count;
}

/* Each qubit by its own field; true if that is best for all terms. */
static bool follow_fields(size_t count, const ek_spin_term *terms, uint64_t *bits)
{
    bool best = true;
    *bits = 0;
    for (size_t t = 0; t < count; t++)
        if (ek_popcount(terms[t].mask) == 1 && terms[t].coefficient > 0) *bits |= terms[t].mask;
    for (size_t t = 0; t < count && best; t++)
        best = terms[t].mask == 0 ||
               ek_parity(terms[t].mask & *bits) == (terms[t].coefficient > 0);
    return best;
}

static void name_product(const struct axes *axes, uint64_t bits, int qubits, char *name)
{
    const uint64_t all = ek_low_bits(qubits);
    if (axes->x == all && (bits == 0 || bits == all)) {
        strcpy(name, bits ? "minus" : "plus");
        return;
    }
    for (int q = 0; q < qubits; q++) {
        const char *states = axes->x & ek_bit(q) ? "+-" : axes->y & ek_bit(q) ? "rl" : "01";
        name[qubits - 1 - q] = states[bits >> q & 1];
    }
    name[qubits] = 0;
}

/* The product state of lowest energy with these axes. Without any, that is a basis state: for
 * molecules the Hartree-Fock state. */
static ek_status find_product(ek_session *session, const ek_hamiltonian_facts *facts,
                              const struct axes *axes, char *name)
{
    ek_spin_term *terms = NULL;
    uint64_t bits = 0;
    ek_status status = ek_session_agree(session, EK_NEW(terms, facts->term_count));
    const size_t count = status == EK_OK ? take_terms(facts, axes, terms) : 0;
    if (!follow_fields(count, terms, &bits) && facts->qubits <= SEARCH_QUBITS_MAX)
        status = find_lowest(session, facts->qubits, count, terms, &bits);
    ek_release(terms);
    if (status == EK_OK) name_product(axes, bits, facts->qubits, name);
    return status;
}

ek_status ek_ansatz_initial(ek_session *session, const ek_hamiltonian *hamiltonian, char *name)
{
    const struct axes none = {0, 0};
    struct axes axes;
    ek_hamiltonian_facts facts;
    ek_hamiltonian_get(hamiltonian, &facts);
    if (has_axes(&facts, &axes)) return find_product(session, &facts, &axes, name);
    if (!is_isotropic(&facts)) return find_product(session, &facts, &none, name);
    strcpy(name, "singlets");
    return EK_OK;
}
