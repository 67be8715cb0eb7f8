/* Groups of commuting terms: the same as by their definition, and of many terms in no time. */
#include "algo/ansatz.h"
#include "support/harness.h"

#include <stdlib.h>

static bool commute(const ek_pauli_term *a, const ek_pauli_term *b)
{
    return ek_parity((a->x_mask & b->z_mask) ^ (a->z_mask & b->x_mask)) == 0;
}

/* `count` random strings, and the constant among them: of 1 to 4 factors, or of any number where
 * `weight` is 0. */
static ek_hamiltonian *random_hamiltonian(int qubits, size_t count, int weight)
{
    ek_hamiltonian *hamiltonian = NULL;
    ek_pauli_term *terms = calloc(count, sizeof *terms);
    for (size_t t = 0; t < count; t++) {
        uint64_t drawn[4], mask = weight ? 0 : ek_low_bits(qubits);
        ek_random_bits(7, EK_STREAM_ANGLES, t, drawn);
        for (int i = 0; i < weight; i++)
            mask |= ek_bit((int)((drawn[2] >> 16 * i & 0xffff) % (uint64_t)qubits));
        terms[t] = (ek_pauli_term){drawn[0] & mask, drawn[1] & mask, 1 + (double)t};
    }
    terms[count / 2] = (ek_pauli_term){0, 0, -1};
    CHECK_OK(ek_hamiltonian_create(qubits, count, terms, &hamiltonian));
    free(terms);
    return hamiltonian;
}

/* group[t] of each term, -1 for the constant: the first of which it commutes with all terms. */
static int group_plainly(const ek_hamiltonian_facts *facts, int *group)
{
    const ek_pauli_term *terms = facts->terms;
    int count = 0;
    for (size_t t = 0; t < facts->term_count; t++) {
        bool fits = false;
        group[t] = (terms[t].x_mask | terms[t].z_mask) ? 0 : -1;
        for (; group[t] >= 0 && group[t] < count && !fits; group[t] += !fits) {
            fits = true;
            for (size_t s = 0; s < t && fits; s++)
                fits = group[s] != group[t] || commute(&terms[s], &terms[t]);
        }
        if (group[t] == count) count++;
    }
    return count;
}

static void check_groups(int qubits, size_t terms, int weight)
{
    ek_hamiltonian *hamiltonian = random_hamiltonian(qubits, terms, weight);
    ek_hamiltonian_facts facts;
    struct ek_term_groups groups = {0};
    ek_hamiltonian_get(hamiltonian, &facts);
    int *group = calloc(facts.term_count, sizeof *group);
    const int count = group_plainly(&facts, group);
    if (CHECK_OK(ek_group_terms(&facts, &groups)) && CHECK(groups.count == count)) {
        size_t wrong = 0, constants = 0;
        for (int g = 0; g < count; g++)
            for (size_t i = groups.first[g]; i < groups.first[g + 1]; i++)
                wrong += group[groups.terms[i]] != g ||
                         (i > groups.first[g] && groups.terms[i] <= groups.terms[i - 1]);
        for (size_t t = 0; t < facts.term_count; t++) constants += group[t] < 0;
        CHECK(wrong == 0 && constants == 1);
        CHECK(groups.first[0] == 0 && groups.first[count] == facts.term_count - 1);
    }
    ek_term_groups_clear(&groups);
    ek_hamiltonian_destroy(&hamiltonian);
    free(group);
}

static void test_groups_by_definition(void)
{
    check_groups(1, 4, 0);
    check_groups(2, 60, 0);
    check_groups(5, 1200, 0);
    check_groups(12, 2000, 0);
    check_groups(EK_QUBITS_MAX, 700, 0);
    check_groups(EK_QUBITS_MAX, 1000, 2);
    check_groups(9, 3000, 3);
}

/* Pair by pair this takes minutes. */
static void test_many_terms(void)
{
    ek_hamiltonian *hamiltonian = random_hamiltonian(12, 50000, 0);
    for (int own = 0; own < 2; own++) {
        const ek_ansatz_options options = {.kind = own ? EK_ANSATZ_HVA_TERMS : EK_ANSATZ_HVA};
        ek_circuit *circuit = NULL;
        ek_hamiltonian_facts facts;
        ek_hamiltonian_get(hamiltonian, &facts);
        CHECK_OK(ek_ansatz_create(hamiltonian, &options, &circuit));
        CHECK(!own || ek_circuit_parameters(circuit) == (int)facts.term_count - 1);
        CHECK(ek_circuit_size(circuit) == facts.term_count - 1);
        ek_circuit_destroy(&circuit);
    }
    ek_hamiltonian_destroy(&hamiltonian);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"groups by definition", test_groups_by_definition},
        {"many terms", test_many_terms},
    };
    return test_main(argc, argv, "algo: groups of terms", cases, sizeof cases / sizeof *cases);
}
