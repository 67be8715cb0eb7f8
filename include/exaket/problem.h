/* Optimisation problems as people have them, turned into functions of spins. */
#ifndef EXAKET_PROBLEM_H
#define EXAKET_PROBLEM_H

#include <exaket/status.h>
#include <exaket/types.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- graphs --------------------------------------------------------------------------------- */

typedef struct ek_edge {
    int u, v; /* 0-based, u != v */
    double weight;
} ek_edge;

typedef struct ek_graph ek_graph;

/* All functions here are local. Handles are destroyed by the caller (null is accepted). */

/* Copies the edges. EK_ERROR_ARGUMENT for a vertex out of range, a loop, or a weight that is not
 * finite. Parallel edges are kept: their weights add up. 1..EK_QUBITS_MAX vertices. */
ek_status ek_graph_create(int vertices, size_t count, const ek_edge *edges, ek_graph **graph);
void ek_graph_destroy(ek_graph **graph);
int ek_graph_vertices(const ek_graph *graph);
size_t ek_graph_edges(const ek_graph *graph);
/* Borrowed: lives as long as the graph. */
const ek_edge *ek_graph_edge_list(const ek_graph *graph);

/* Weights of generated graphs: 1, or +1 and -1, or standard normal (equal on all machines but for
 * the rounding of their libm). */
typedef enum ek_weights { EK_WEIGHTS_ONE = 0, EK_WEIGHTS_SIGNS, EK_WEIGHTS_GAUSSIAN } ek_weights;

/* Random d-regular simple graph (Steger and Wormald 1999); vertices * degree even, degree <
 * vertices. The same graph for the same arguments on any machine. */
ek_status ek_graph_random_regular(int vertices, int degree, ek_weights weights, uint64_t seed,
                                  ek_graph **graph);
/* Each pair is an edge with the given probability. */
ek_status ek_graph_erdos_renyi(int vertices, double probability, ek_weights weights, uint64_t seed,
                               ek_graph **graph);
ek_status ek_graph_complete(int vertices, ek_weights weights, uint64_t seed, ek_graph **graph);
/* Hamiltonian cubic graphs by LCF notation: `shifts` repeated `repeats` times. */
ek_status ek_graph_lcf(size_t count, const int *shifts, int repeats, ek_graph **graph);
/* "petersen", "heawood", "desargues", "cube", "prism", "k33", "ring-N", "complete-N". */
ek_status ek_graph_named(const char *name, ek_graph **graph);

/* ---- problems ------------------------------------------------------------------------------- */

typedef struct ek_problem ek_problem;

/* What a problem is, borrowed from the handle. The cost of a basis state x is the sum of the terms
 * with s_q = 1 - 2 x_q, the constant included. */
typedef struct ek_problem_facts {
    const char *kind; /* "maxcut", "qubo", "ising", "partition", "labs", "portfolio" */
    const char *name; /* of the file or generator it came from */
    int qubits;
    bool maximize;
    int weight; /* only states with this many ones are allowed; -1 when all are */
    size_t term_count;
    const ek_spin_term *terms;
    const ek_graph *graph; /* of MaxCut; null otherwise */
} ek_problem_facts;

void ek_problem_get(const ek_problem *problem, ek_problem_facts *facts);
ek_status ek_problem_set_name(ek_problem *problem, const char *name);
void ek_problem_destroy(ek_problem **problem);

/* All constructors fail with EK_ERROR_ARGUMENT for a count outside 1..EK_QUBITS_MAX, an index out
 * of range or a number that is not finite, and with EK_ERROR_NUMERIC when costs would not be
 * finite. The terms are merged and sorted by mask; what cancels to within rounding is dropped. */

/* Weight of the cut, sum of w_uv (1 - s_u s_v)/2, to be maximised. The graph is copied. */
ek_status ek_problem_maxcut(const ek_graph *graph, ek_problem **problem);

/* One entry of a quadratic form: i == j is linear. */
typedef struct ek_quadratic {
    int i, j;
    double value;
} ek_quadratic;

/* Minimise offset + sum of value * x_i x_j over bits x. */
ek_status ek_problem_qubo(int variables, size_t count, const ek_quadratic *entries, double offset,
                          ek_problem **problem);
/* Minimise offset + sum of value * s_i s_j (i != j) + sum of value * s_i (i == j) over spins. */
ek_status ek_problem_ising(int spins, size_t count, const ek_quadratic *entries, double offset,
                           ek_problem **problem);
/* Minimise (sum of s_i numbers_i)^2. */
ek_status ek_problem_partition(int count, const double *numbers, ek_problem **problem);
/* Minimise E = sum over k >= 1 of C_k^2, C_k = sum_i s_i s_{i+k}, for sequences of this length. */
ek_status ek_problem_labs(int length, ek_problem **problem);
/* Minimise risk_aversion * x^T covariance x - returns^T x over bits with `budget` ones.
 * covariance: assets x assets, row-major, symmetric to 1e-9 relative. budget -1: no constraint. */
ek_status ek_problem_portfolio(int assets, const double *returns, const double *covariance,
                               double risk_aversion, int budget, ek_problem **problem);

#ifdef __cplusplus
}
#endif
#endif
