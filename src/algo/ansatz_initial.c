/* Which state a Hamiltonian-variational ansatz begins with. It must have the symmetries of the
 * ground state, because the ansatz keeps them: low energy alone is no guide. */
#include "algo/ansatz.h"

#include <exaket/observe.h>

#include <math.h>

enum { SEARCH_QUBITS_MAX = 30 };

/* Every term that is not diagonal is a product of X that lowers the energy of |+...+>. */
static bool is_transverse(const ek_hamiltonian_facts *facts)
{
    size_t fields = 0;
    for (size_t t = 0; t < facts->term_count; t++) {
        const ek_pauli_term *term = &facts->terms[t];
        if (term->x_mask == 0) continue;
        if (term->z_mask != 0 || term->coefficient > 0) return false;
        fields++;
    }
    return fields > 0;
}

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

static ek_status make_diagonal(const ek_hamiltonian_facts *facts, ek_diagonal **diagonal)
{
    ek_spin_term *terms = NULL;
    size_t count = 0;
    EK_TRY(EK_NEW(terms, facts->term_count));
    for (size_t t = 0; t < facts->term_count; t++)
        if (facts->terms[t].x_mask == 0)
            terms[count++] = (ek_spin_term){facts->terms[t].z_mask, facts->terms[t].coefficient};
    const ek_status status = ek_diagonal_create(facts->qubits, count, terms, diagonal);
    ek_release(terms);
    return status;
}

/* The basis state with the lowest diagonal element: for molecules the Hartree-Fock state. */
static ek_status find_lowest(ek_session *session, const ek_hamiltonian_facts *facts, char *name)
{
    ek_diagonal *diagonal = NULL;
    ek_extremes extremes = {0};
    ek_status status = ek_session_agree(session, make_diagonal(facts, &diagonal));
    if (status == EK_OK) status = ek_diagonal_extremes(session, diagonal, -1, &extremes);
    ek_diagonal_destroy(&diagonal);
    EK_TRY(status);
    ek_format_bits(extremes.minimum_at, facts->qubits, name);
    return EK_OK;
}

ek_status ek_ansatz_initial(ek_session *session, const ek_hamiltonian *hamiltonian, char *name)
{
    ek_hamiltonian_facts facts;
    ek_hamiltonian_get(hamiltonian, &facts);
    const char *known = is_transverse(&facts)                    ? "plus"
                        : is_isotropic(&facts)                   ? "singlets"
                        : facts.qubits > SEARCH_QUBITS_MAX       ? "zero"
                                                                 : NULL;
    if (!known) return find_lowest(session, &facts, name);
    snprintf(name, EK_QUBITS_MAX + 1, "%s", known);
    return EK_OK;
}
