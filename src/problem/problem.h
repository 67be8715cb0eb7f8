/* problem: the inputs people have, as data. Owns graphs and their generators, problems as
 * polynomials of spins, and Hamiltonians as sums of Pauli strings. May include base. Everything
 * here is local. */
#ifndef EK_PROBLEM_H
#define EK_PROBLEM_H

#include "base/base.h"

#include <exaket/hamiltonian.h>
#include <exaket/problem.h>

/* ---- graphs -------------------------------------------------------------------------------- */

struct ek_graph {
    int vertices;
    size_t count;
    ek_edge *edges;
};

/* The simple graph whose vertex u is joined to the set bits of neighbours[u] (only bits above u
 * are looked at), edges in lexicographic order, with weights drawn from the seed. */
ek_status ek_graph_from_neighbours(int vertices, const uint64_t *neighbours, ek_weights weights,
                                   uint64_t seed, ek_graph **graph);

/* ---- polynomials --------------------------------------------------------------------------- */

/* A sum under construction, zero-initialised; masks may repeat. Released with ek_terms_clear. */
struct ek_terms {
    ek_spin_term *items;
    size_t count, capacity;
};
ek_status ek_terms_add(struct ek_terms *terms, uint64_t mask, double coefficient);
/* Adds up equal masks in the order they came, drops what is zero to within rounding, and sorts by
 * mask; `items` is not null afterwards. EK_ERROR_NUMERIC when the magnitudes do not add up to a
 * finite number. */
ek_status ek_terms_merge(struct ek_terms *terms);
void ek_terms_clear(struct ek_terms *terms);

/* ---- problems ------------------------------------------------------------------------------ */

struct ek_problem {
    const char *kind; /* a literal */
    char *name;
    int qubits;
    bool maximize;
    int weight;
    struct ek_terms terms;
    ek_graph *graph;
};

/* Makes a problem of minimising `terms`, merged here, over all states. The terms are taken over,
 * on failure too. */
ek_status ek_problem_from_terms(const char *kind, int qubits, struct ek_terms *terms,
                                ek_problem **problem);

struct ek_hamiltonian {
    char *name;
    int qubits;
    size_t count;
    ek_pauli_term *terms;
};

/* EK_ERROR_ARGUMENT unless 1 <= count <= EK_QUBITS_MAX; `what` is "vertices", "spins", ... */
ek_status ek_check_qubits(const char *what, long count);

/* Whether entries (i, j) and (j, i) of a covariance matrix are equal to 1e-9 of the larger of
 * themselves and the geometric mean of the variances i and j. */
bool ek_covariance_symmetric(int assets, const double *covariance, int i, int j);

#endif
