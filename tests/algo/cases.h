/* Problems and runs that the tests of QAOA share. */
#ifndef EK_TEST_ALGO_CASES_H
#define EK_TEST_ALGO_CASES_H

#include "support/harness.h"

#include <exaket/qaoa.h>

/* MaxCut on a named graph; null after a failed check. */
static inline ek_problem *case_maxcut(const char *name)
{
    ek_graph *graph = NULL;
    ek_problem *problem = NULL;
    if (CHECK_OK(ek_graph_named(name, &graph))) CHECK_OK(ek_problem_maxcut(graph, &problem));
    ek_graph_destroy(&graph);
    return problem;
}

static inline ek_problem *case_maxcut_edges(int vertices, size_t count, const ek_edge *edges)
{
    ek_graph *graph = NULL;
    ek_problem *problem = NULL;
    if (CHECK_OK(ek_graph_create(vertices, count, edges, &graph)))
        CHECK_OK(ek_problem_maxcut(graph, &problem));
    ek_graph_destroy(&graph);
    return problem;
}

/* A portfolio of `assets` with `budget` to choose: smooth made-up numbers, all values distinct. */
enum { CASE_MAX_ASSETS = 8 };
static inline double case_return(int i) { return 0.3 + 0.17 * ((i * 5) % 7); }
static inline double case_covariance(int i, int j)
{
    return (i == j ? 1.1 + 0.1 * i : 0.0) + 0.21 * ((i * j * 3 + i + j) % 5 - 2);
}
static inline ek_problem *case_portfolio(int assets, int budget)
{
    double returns[CASE_MAX_ASSETS], covariance[CASE_MAX_ASSETS * CASE_MAX_ASSETS];
    ek_problem *problem = NULL;
    for (int i = 0; i < assets; i++) {
        returns[i] = case_return(i);
        for (int j = 0; j < assets; j++) covariance[i * assets + j] = case_covariance(i, j);
    }
    CHECK_OK(ek_problem_portfolio(assets, returns, covariance, 0.5, budget, &problem));
    return problem;
}

/* Creates, evaluates once or optimises, destroys. */
static inline ek_status case_run(ek_session *session, const ek_problem *problem,
                                 const ek_qaoa_options *options, bool optimize,
                                 ek_qaoa_result *result)
{
    ek_qaoa *qaoa = NULL;
    const ek_status created = ek_qaoa_create(session, problem, options, &qaoa);
    if (created != EK_OK) return created;
    const ek_status status =
        optimize ? ek_qaoa_optimize(qaoa, result) : ek_qaoa_evaluate(qaoa, result);
    ek_qaoa_destroy(&qaoa);
    return status;
}

#endif
