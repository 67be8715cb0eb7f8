#include "base/base.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <exaket/diagonal.h>

#include <math.h>
#include <stdlib.h>

static void test_values(void)
{
    uint64_t source = 99;
    for (int form = 0; form < RANDOM_FUNCTIONS; form++)
        for (int qubits = 1; qubits <= 10; qubits += 3) {
            struct random_function function;
            ek_diagonal *diagonal = NULL;
            random_function_make(&source, qubits, form, &function);
            CHECK_OK(random_function_diagonal(&function, &diagonal));
            CHECK(ek_diagonal_qubits(diagonal) == qubits);
            for (uint64_t i = 0; i < UINT64_C(1) << qubits; i++)
                CHECK_NEAR(ek_diagonal_value(diagonal, i), random_function_value(i, &function),
                           1e-13);
            ek_diagonal_destroy(&diagonal);
        }
}

/* Spins are +1 for a bit that is 0. */
static void test_conventions(void)
{
    const ek_spin_term terms[] = {{0, 10}, {1, 1}, {1, 2}, {UINT64_C(1) << 61, 5}, {1, -3}};
    ek_diagonal *diagonal = NULL;
    CHECK_OK(ek_diagonal_create(EK_QUBITS_MAX, 5, terms, &diagonal));
    CHECK(ek_diagonal_value(diagonal, 0) == 15);
    CHECK(ek_diagonal_value(diagonal, 1) == 15); /* the terms of qubit 0 cancel */
    CHECK(ek_diagonal_value(diagonal, UINT64_C(1) << 61) == 5);
    ek_diagonal_destroy(&diagonal);
    CHECK(diagonal == NULL);
    CHECK_OK(ek_diagonal_create(3, 0, NULL, &diagonal));
    CHECK(ek_diagonal_value(diagonal, 7) == 0);
    ek_diagonal_destroy(&diagonal);
}

static void test_terms_are_copied(void)
{
    ek_spin_term term = {1, 2};
    ek_diagonal *diagonal = NULL;
    CHECK_OK(ek_diagonal_create(2, 1, &term, &diagonal));
    term = (ek_spin_term){2, 77};
    CHECK(ek_diagonal_value(diagonal, 0) == 2 && ek_diagonal_value(diagonal, 1) == -2);
    ek_diagonal_destroy(&diagonal);
}

static void test_handles(void)
{
    const ek_spin_term term = {1, 2};
    ek_diagonal *first = NULL;
    CHECK_OK(ek_diagonal_create(2, 1, &term, &first));
    ek_diagonal *second = ek_diagonal_share(first), *third = ek_diagonal_share(second);
    ek_diagonal_destroy(&first);
    ek_diagonal_destroy(&third);
    CHECK(first == NULL && third == NULL);
    CHECK(ek_diagonal_value(second, 1) == -2);
    ek_diagonal_destroy(&second);
    ek_diagonal_destroy(&second);
    ek_diagonal_destroy(NULL);
}

static double zero(uint64_t index, void *context)
{
    (void)index;
    (void)context;
    return 0;
}

static void test_refusals(void)
{
    const ek_spin_term far = {4, 1}, nan_term = {1, NAN}, infinite = {0, INFINITY};
    ek_diagonal *diagonal = NULL;
    CHECK_STATUS(ek_diagonal_create(2, 1, &far, &diagonal), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_diagonal_create(2, 1, &nan_term, &diagonal), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_diagonal_create(2, 1, &infinite, &diagonal), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_diagonal_create(0, 0, NULL, &diagonal), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_diagonal_create(EK_QUBITS_MAX + 1, 0, NULL, &diagonal), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_diagonal_create_function(0, zero, NULL, &diagonal), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_diagonal_create_function(63, zero, NULL, &diagonal), EK_ERROR_ARGUMENT);
    CHECK(diagonal == NULL);
}

/* Finite terms may add up to something that is not. */
static void test_sum_of_terms_overflows(void)
{
    const ek_spin_term same[] = {{1, 1.7e308}, {1, 1.7e308}};
    const ek_spin_term different[] = {{1, 1.7e308}, {2, -1.7e308}};
    ek_diagonal *diagonal = NULL;
    CHECK_STATUS(ek_diagonal_create(2, 2, same, &diagonal), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_diagonal_create(2, 2, different, &diagonal), EK_ERROR_ARGUMENT);
    CHECK(diagonal == NULL);
}

static void test_memory(void)
{
    const ek_spin_term term = {1, 1};
    for (long nth = 1; nth <= 2; nth++) {
        ek_diagonal *diagonal = NULL;
        ek_fault_set(EK_FAULT_ALLOCATE, nth);
        CHECK_STATUS(ek_diagonal_create(2, 1, &term, &diagonal), EK_ERROR_MEMORY);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        CHECK(diagonal == NULL);
    }
    ek_diagonal *diagonal = NULL;
    ek_fault_set(EK_FAULT_ALLOCATE, 1);
    CHECK_STATUS(ek_diagonal_create_function(2, zero, NULL, &diagonal), EK_ERROR_MEMORY);
    ek_fault_set(EK_FAULT_ALLOCATE, 0);
    CHECK(diagonal == NULL);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"values", test_values},
        {"signs, constants, merged terms", test_conventions},
        {"terms are copied", test_terms_are_copied},
        {"handles", test_handles},
        {"refusals", test_refusals},
        {"terms that add up beyond all numbers", test_sum_of_terms_overflows},
        {"no memory", test_memory},
    };
    return test_main(argc, argv, "circuit: diagonals", cases, sizeof cases / sizeof *cases);
}
