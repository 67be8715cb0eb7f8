#include "problem/problem.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* ---- merging ------------------------------------------------------------------------------- */

/* By string, then by place: the terms lie in one array. */
static int compare_terms(const void *left, const void *right)
{
    const ek_pauli_term *a = *(const ek_pauli_term *const *)left;
    const ek_pauli_term *b = *(const ek_pauli_term *const *)right;
    if (a->x_mask != b->x_mask) return a->x_mask < b->x_mask ? -1 : 1;
    if (a->z_mask != b->z_mask) return a->z_mask < b->z_mask ? -1 : 1;
    return a < b ? -1 : a > b;
}

static bool same_string(const ek_pauli_term *a, const ek_pauli_term *b)
{
    return a->x_mask == b->x_mask && a->z_mask == b->z_mask;
}

/* Gives the first of a run of equal strings their sum and the others 0; adds their magnitude to
 * the total. Returns the index behind the run. */
static size_t merge_run(ek_pauli_term **order, size_t from, size_t count, double *total)
{
    double sum = 0, magnitude = 0;
    size_t i = from;
    for (; i < count && same_string(order[i], order[from]); i++) {
        sum += order[i]->coefficient;
        magnitude += fabs(order[i]->coefficient);
        order[i]->coefficient = 0;
    }
    if (fabs(sum) > DBL_EPSILON * magnitude) order[from]->coefficient = sum;
    *total += magnitude;
    return i;
}

static ek_status merge(ek_hamiltonian *hamiltonian)
{
    ek_pauli_term **order, *terms = hamiltonian->terms;
    size_t count = hamiltonian->count, kept = 0;
    double total = 0;
    EK_TRY(EK_NEW(order, count));
    for (size_t i = 0; i < count; i++) order[i] = &terms[i];
    qsort(order, count, sizeof *order, compare_terms);
    for (size_t i = 0; i < count;) i = merge_run(order, i, count, &total);
    ek_release(order);
    for (size_t i = 0; i < count; i++)
        if (terms[i].coefficient != 0) terms[kept++] = terms[i];
    hamiltonian->count = kept;
    if (isfinite(total)) return EK_OK;
    return EK_FAIL(EK_ERROR_NUMERIC, "the magnitudes of all terms add up to more than a double "
                   "holds, expected at most %.3g; scale them down", DBL_MAX);
}

/* ---- making and freeing -------------------------------------------------------------------- */

static ek_status check_terms(int qubits, size_t count, const ek_pauli_term *terms)
{
    EK_TRY(ek_check_qubits("qubits", qubits));
    for (size_t i = 0; i < count; i++) {
        if ((terms[i].x_mask | terms[i].z_mask) > ek_low_bits(qubits))
            return EK_FAIL(EK_ERROR_ARGUMENT, "term %zu acts beyond the %d qubits", i, qubits);
        if (!isfinite(terms[i].coefficient))
            return EK_FAIL(EK_ERROR_ARGUMENT, "the coefficient of term %zu is %g, not a finite "
                           "number", i, terms[i].coefficient);
    }
    return EK_OK;
}

static ek_status fill(size_t count, const ek_pauli_term *terms, ek_hamiltonian *hamiltonian)
{
    EK_TRY(ek_copy_string("hamiltonian", &hamiltonian->name));
    EK_TRY(EK_NEW(hamiltonian->terms, count));
    for (size_t i = 0; i < count; i++) hamiltonian->terms[i] = terms[i];
    hamiltonian->count = count;
    return merge(hamiltonian);
}

ek_status ek_hamiltonian_create(int qubits, size_t count, const ek_pauli_term *terms,
                                ek_hamiltonian **hamiltonian)
{
    ek_hamiltonian *fresh = NULL;
    EK_TRY(check_terms(qubits, count, terms));
    EK_TRY(EK_NEW(fresh, 1));
    fresh->qubits = qubits;
    const ek_status status = fill(count, terms, fresh);
    if (status == EK_OK) *hamiltonian = fresh;
    else ek_hamiltonian_destroy(&fresh);
    return status;
}

void ek_hamiltonian_destroy(ek_hamiltonian **hamiltonian)
{
    if (!hamiltonian || !*hamiltonian) return;
    ek_release((*hamiltonian)->name);
    ek_release((*hamiltonian)->terms);
    ek_release(*hamiltonian);
    *hamiltonian = NULL;
}

void ek_hamiltonian_get(const ek_hamiltonian *hamiltonian, ek_hamiltonian_facts *facts)
{
    *facts = (ek_hamiltonian_facts){.name = hamiltonian->name,
                                    .qubits = hamiltonian->qubits,
                                    .term_count = hamiltonian->count,
                                    .terms = hamiltonian->terms};
}

ek_status ek_hamiltonian_set_name(ek_hamiltonian *hamiltonian, const char *name)
{
    char *copy;
    EK_TRY(ek_copy_string(name, &copy));
    ek_release(hamiltonian->name);
    hamiltonian->name = copy;
    return EK_OK;
}

/* ---- chains -------------------------------------------------------------------------------- */

enum { CHAIN_TERMS_MAX = 3 * EK_QUBITS_MAX };

static ek_status check_chain(int qubits, ek_boundary boundary)
{
    EK_TRY(ek_check_qubits("spins in the chain", qubits));
    if (boundary != EK_BOUNDARY_OPEN && boundary != EK_BOUNDARY_PERIODIC)
        return EK_FAIL(EK_ERROR_ARGUMENT, "boundary %d: there are 0 (open) and 1 (periodic)",
                       (int)boundary);
    if (boundary == EK_BOUNDARY_OPEN || qubits >= 3) return EK_OK;
    return EK_FAIL(EK_ERROR_ARGUMENT, "a periodic chain of %d spins; it must have 3 or more",
                   qubits);
}

static int bonds_of(int qubits, ek_boundary boundary)
{
    return boundary == EK_BOUNDARY_PERIODIC ? qubits : qubits - 1;
}

static uint64_t bond(int qubits, int i) { return ek_bit(i) | ek_bit((i + 1) % qubits); }

ek_status ek_hamiltonian_tfim(int qubits, double field, ek_boundary boundary,
                              ek_hamiltonian **hamiltonian)
{
    ek_pauli_term terms[CHAIN_TERMS_MAX];
    size_t count = 0;
    EK_TRY(check_chain(qubits, boundary));
    for (int i = 0; i < bonds_of(qubits, boundary); i++)
        terms[count++] = (ek_pauli_term){0, bond(qubits, i), -1};
    for (int i = 0; i < qubits; i++) terms[count++] = (ek_pauli_term){ek_bit(i), 0, -field};
    return ek_hamiltonian_create(qubits, count, terms, hamiltonian);
}

ek_status ek_hamiltonian_heisenberg(int qubits, ek_boundary boundary,
                                    ek_hamiltonian **hamiltonian)
{
    ek_pauli_term terms[CHAIN_TERMS_MAX];
    size_t count = 0;
    EK_TRY(check_chain(qubits, boundary));
    for (int i = 0; i < bonds_of(qubits, boundary); i++) {
        const uint64_t pair = bond(qubits, i);
        terms[count++] = (ek_pauli_term){pair, 0, 1};
        terms[count++] = (ek_pauli_term){pair, pair, 1};
        terms[count++] = (ek_pauli_term){0, pair, 1};
    }
    return ek_hamiltonian_create(qubits, count, terms, hamiltonian);
}
