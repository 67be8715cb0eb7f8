/* Problems that do not change when all spins flip, such as MaxCut. X...X commutes with the circuit
 * and keeps the start |+...+>, so amplitude ~x equals amplitude x: the half of them with the last
 * spin up is the whole state. On that half X of the last spin is X on all the others. */
#include "algo/qaoa_private.h"

enum { FEWEST_SPINS = 3 };

const char *ek_qaoa_symmetry_obstacle(const ek_qaoa_options *options,
                                      const ek_problem_facts *facts)
{
    if (options->mixer != EK_MIXER_X) return "it needs mixer x";
    if (options->warm_start) return "a warm start has none";
    if (facts->qubits < FEWEST_SPINS) return "it needs 3 spins or more";
    for (size_t i = 0; i < facts->term_count; i++)
        if (facts->terms[i].coefficient != 0 && ek_popcount(facts->terms[i].mask) % 2 != 0)
            return "the problem has a term with an odd number of spins";
    return NULL;
}

/* Without shared memory the string X...X of a layer takes reshuffles of its own, which send as
 * much as the half of the state saves; and half a state may leave ranks without a qubit. */
static bool pays(const ek_problem_facts *facts, const ek_plan_options *where)
{
    return where->shared_ranks == where->ranks &&
           ek_bit(facts->qubits - 1) > (uint64_t)where->ranks;
}

ek_status ek_qaoa_choose_symmetry(ek_qaoa *qaoa, const ek_problem_facts *facts,
                                  const ek_plan_options *where)
{
    const ek_symmetry wanted = qaoa->options.symmetry;
    const char *reason = ek_qaoa_symmetry_obstacle(&qaoa->options, facts);
    if ((int)wanted < EK_SYMMETRY_AUTO || (int)wanted > EK_SYMMETRY_ON)
        return EK_FAIL(EK_ERROR_ARGUMENT, "symmetry %d: there are 0 to %d", (int)wanted,
                       EK_SYMMETRY_ON);
    if (wanted == EK_SYMMETRY_ON && reason)
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       "the symmetry of flipped spins cannot be used: %s; use "
                       "symmetry auto or off",
                       reason);
    qaoa->flips_on_node = wanted == EK_SYMMETRY_AUTO && !reason;
    qaoa->flips = wanted == EK_SYMMETRY_ON || (qaoa->flips_on_node && pays(facts, where));
    qaoa->spins = facts->qubits;
    qaoa->qubits = facts->qubits - qaoa->flips;
    return EK_OK;
}

ek_status ek_qaoa_make_diagonal(ek_qaoa *qaoa, const ek_problem_facts *facts)
{
    ek_spin_term *terms = NULL;
    size_t count = 0;
    EK_TRY(EK_NEW(terms, facts->term_count));
    for (size_t i = 0; i < facts->term_count; i++) {
        const ek_spin_term *term = &facts->terms[i];
        if (term->mask == 0) qaoa->constant += term->coefficient;
        else
            terms[count++] = (ek_spin_term){term->mask & ek_low_bits(qaoa->qubits),
                                            term->coefficient};
    }
    const ek_status status = ek_diagonal_create(qaoa->qubits, count, terms, &qaoa->diagonal);
    ek_release(terms);
    return status;
}

uint64_t ek_qaoa_represent(const ek_qaoa *qaoa, uint64_t outcome)
{
    const uint64_t last = ek_bit(qaoa->spins - 1);
    return qaoa->flips && (outcome & last) ? ~outcome & (last - 1) : outcome;
}
