/* Hamiltonians: merging, chains, and what is refused. */
#include "support/harness.h"

#include <exaket/hamiltonian.h>

#include <math.h>
#include <string.h>

static void check_term(const ek_pauli_term *term, uint64_t x, uint64_t z, double coefficient)
{
    CHECK(term->x_mask == x && term->z_mask == z);
    CHECK_NEAR(term->coefficient, coefficient, 1e-15);
}

static void test_equal_strings_are_added(void)
{
    const ek_pauli_term terms[] = {{4, 1, 0.5}, {0, 0, 1}, {1, 1, 2}, {4, 1, 0.25},
                                   {2, 0, 0.1}, {0, 0, 1}, {2, 0, -0.1}};
    ek_hamiltonian *hamiltonian = NULL;
    ek_hamiltonian_facts facts;
    CHECK_OK(ek_hamiltonian_create(3, 7, terms, &hamiltonian));
    ek_hamiltonian_get(hamiltonian, &facts);
    CHECK(facts.qubits == 3 && facts.term_count == 3);
    if (facts.term_count == 3) {
        check_term(&facts.terms[0], 4, 1, 0.75);
        check_term(&facts.terms[1], 0, 0, 2);
        check_term(&facts.terms[2], 1, 1, 2);
    }
    CHECK_OK(ek_hamiltonian_set_name(hamiltonian, "sum"));
    ek_hamiltonian_get(hamiltonian, &facts);
    CHECK(strcmp(facts.name, "sum") == 0);
    ek_hamiltonian_destroy(&hamiltonian);
    CHECK(!hamiltonian);
    ek_hamiltonian_destroy(&hamiltonian);
}

static void test_ising_chains(void)
{
    ek_hamiltonian *hamiltonian = NULL;
    ek_hamiltonian_facts facts;
    CHECK_OK(ek_hamiltonian_tfim(4, 0.5, EK_BOUNDARY_PERIODIC, &hamiltonian));
    ek_hamiltonian_get(hamiltonian, &facts);
    CHECK(facts.term_count == 8);
    check_term(&facts.terms[0], 0, 3, -1);
    check_term(&facts.terms[3], 0, 9, -1);
    check_term(&facts.terms[7], 8, 0, -0.5);
    ek_hamiltonian_destroy(&hamiltonian);
    CHECK_OK(ek_hamiltonian_tfim(4, 0, EK_BOUNDARY_OPEN, &hamiltonian));
    ek_hamiltonian_get(hamiltonian, &facts);
    CHECK(facts.term_count == 3);
    ek_hamiltonian_destroy(&hamiltonian);
}

static void test_heisenberg_chains(void)
{
    ek_hamiltonian *hamiltonian = NULL;
    ek_hamiltonian_facts facts;
    CHECK_OK(ek_hamiltonian_heisenberg(3, EK_BOUNDARY_OPEN, &hamiltonian));
    ek_hamiltonian_get(hamiltonian, &facts);
    CHECK(facts.term_count == 6 && facts.qubits == 3);
    check_term(&facts.terms[3], 6, 0, 1);
    check_term(&facts.terms[4], 6, 6, 1);
    check_term(&facts.terms[5], 0, 6, 1);
    ek_hamiltonian_destroy(&hamiltonian);
    CHECK_OK(ek_hamiltonian_heisenberg(62, EK_BOUNDARY_PERIODIC, &hamiltonian));
    ek_hamiltonian_get(hamiltonian, &facts);
    CHECK(facts.term_count == 186);
    ek_hamiltonian_destroy(&hamiltonian);
}

static void test_refusals(void)
{
    const ek_pauli_term beyond = {4, 0, 1}, endless = {1, 0, INFINITY};
    const ek_pauli_term large[] = {{1, 0, 1e308}, {2, 0, 1e308}};
    ek_hamiltonian *hamiltonian = NULL;
    CHECK_STATUS(ek_hamiltonian_create(2, 1, &beyond, &hamiltonian), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_hamiltonian_create(2, 1, &endless, &hamiltonian), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_hamiltonian_create(0, 1, &endless, &hamiltonian), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_hamiltonian_create(63, 0, NULL, &hamiltonian), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_hamiltonian_create(2, 2, large, &hamiltonian), EK_ERROR_NUMERIC);
    CHECK_STATUS(ek_hamiltonian_tfim(2, 1, EK_BOUNDARY_PERIODIC, &hamiltonian),
                 EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_hamiltonian_tfim(4, 1, (ek_boundary)2, &hamiltonian), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_hamiltonian_tfim(4, NAN, EK_BOUNDARY_OPEN, &hamiltonian), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_hamiltonian_heisenberg(63, EK_BOUNDARY_OPEN, &hamiltonian),
                 EK_ERROR_ARGUMENT);
    CHECK(!hamiltonian);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"equal strings are added", test_equal_strings_are_added},
        {"Ising chains", test_ising_chains},
        {"Heisenberg chains", test_heisenberg_chains},
        {"refusals", test_refusals},
    };
    return test_main(argc, argv, "problem: Hamiltonians", cases, sizeof cases / sizeof *cases);
}
