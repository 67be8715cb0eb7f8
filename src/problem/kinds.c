#include "problem/problem.h"

#include <math.h>

/* The end of each kind's constructor, when it has checked its input and filled the terms. */
static ek_status finish(ek_status filled, const char *kind, int qubits, struct ek_terms *terms,
                        ek_problem **problem)
{
    if (filled == EK_OK) return ek_problem_from_terms(kind, qubits, terms, problem);
    ek_terms_clear(terms);
    return filled;
}

/* ---- MaxCut -------------------------------------------------------------------------------- */

static ek_status fill_maxcut(const ek_graph *graph, struct ek_terms *terms)
{
    for (size_t i = 0; i < graph->count; i++) {
        const ek_edge *edge = &graph->edges[i];
        EK_TRY(ek_terms_add(terms, 0, edge->weight / 2));
        EK_TRY(ek_terms_add(terms, ek_bit(edge->u) | ek_bit(edge->v), -edge->weight / 2));
    }
    return EK_OK;
}

ek_status ek_problem_maxcut(const ek_graph *graph, ek_problem **problem)
{
    struct ek_terms terms = {0};
    ek_problem *fresh;
    EK_TRY(finish(fill_maxcut(graph, &terms), "maxcut", graph->vertices, &terms, &fresh));
    fresh->maximize = true;
    const ek_status status =
        ek_graph_create(graph->vertices, graph->count, graph->edges, &fresh->graph);
    if (status == EK_OK)
        *problem = fresh;
    else
        ek_problem_destroy(&fresh);
    return status;
}

/* ---- quadratic forms ----------------------------------------------------------------------- */

static ek_status check_entries(int variables, size_t count, const ek_quadratic *entries,
                               double offset)
{
    if (!isfinite(offset))
        return EK_FAIL(EK_ERROR_ARGUMENT, "the offset %g is not finite", offset);
    for (size_t e = 0; e < count; e++) {
        const ek_quadratic *entry = &entries[e];
        if (entry->i < 0 || entry->i >= variables || entry->j < 0 || entry->j >= variables)
            return EK_FAIL(EK_ERROR_ARGUMENT, "entry %zu is at (%d, %d); indices are 0 to %d", e,
                           entry->i, entry->j, variables - 1);
        if (!isfinite(entry->value))
            return EK_FAIL(EK_ERROR_ARGUMENT, "entry %zu at (%d, %d) is %g, which is not finite",
                           e, entry->i, entry->j, entry->value);
    }
    return EK_OK;
}

/* value * x_i x_j with x = (1 - s)/2. */
static ek_status add_bits(struct ek_terms *terms, int i, int j, double value)
{
    const double part = i == j ? value / 2 : value / 4;
    EK_TRY(ek_terms_add(terms, 0, part));
    EK_TRY(ek_terms_add(terms, ek_bit(i), -part));
    if (i == j) return EK_OK;
    EK_TRY(ek_terms_add(terms, ek_bit(j), -part));
    return ek_terms_add(terms, ek_bit(i) | ek_bit(j), part);
}

static ek_status fill_qubo(size_t count, const ek_quadratic *entries, double offset,
                           struct ek_terms *terms)
{
    EK_TRY(ek_terms_add(terms, 0, offset));
    for (size_t e = 0; e < count; e++)
        EK_TRY(add_bits(terms, entries[e].i, entries[e].j, entries[e].value));
    return EK_OK;
}

ek_status ek_problem_qubo(int variables, size_t count, const ek_quadratic *entries, double offset,
                          ek_problem **problem)
{
    struct ek_terms terms = {0};
    EK_TRY(ek_check_qubits("variables", variables));
    EK_TRY(check_entries(variables, count, entries, offset));
    return finish(fill_qubo(count, entries, offset, &terms), "qubo", variables, &terms, problem);
}

static ek_status fill_ising(size_t count, const ek_quadratic *entries, double offset,
                            struct ek_terms *terms)
{
    EK_TRY(ek_terms_add(terms, 0, offset));
    for (size_t e = 0; e < count; e++)
        EK_TRY(ek_terms_add(terms, ek_bit(entries[e].i) | ek_bit(entries[e].j), entries[e].value));
    return EK_OK;
}

ek_status ek_problem_ising(int spins, size_t count, const ek_quadratic *entries, double offset,
                           ek_problem **problem)
{
    struct ek_terms terms = {0};
    EK_TRY(ek_check_qubits("spins", spins));
    EK_TRY(check_entries(spins, count, entries, offset));
    return finish(fill_ising(count, entries, offset, &terms), "ising", spins, &terms, problem);
}

/* ---- number partitioning ------------------------------------------------------------------- */

static ek_status fill_partition(int count, const double *numbers, struct ek_terms *terms)
{
    for (int i = 0; i < count; i++) {
        EK_TRY(ek_terms_add(terms, 0, numbers[i] * numbers[i]));
        for (int j = 0; j < i; j++)
            EK_TRY(ek_terms_add(terms, ek_bit(i) | ek_bit(j), 2 * numbers[i] * numbers[j]));
    }
    return EK_OK;
}

ek_status ek_problem_partition(int count, const double *numbers, ek_problem **problem)
{
    struct ek_terms terms = {0};
    EK_TRY(ek_check_qubits("numbers", count));
    for (int i = 0; i < count; i++)
        if (!isfinite(numbers[i]))
            return EK_FAIL(EK_ERROR_ARGUMENT, "number %d is %g, which is not finite", i,
                           numbers[i]);
    return finish(fill_partition(count, numbers, &terms), "partition", count, &terms, problem);
}

/* ---- LABS ---------------------------------------------------------------------------------- */

/* C_k^2 = (length - k) + 2 * sum over i < j of s_i s_{i+k} s_j s_{j+k}; where i + k = j the spin
 * in the middle squares to one, which the exclusive or of the masks takes care of. */
static ek_status fill_labs(int length, struct ek_terms *terms)
{
    for (int k = 1; k < length; k++) {
        const uint64_t pair = ek_bit(0) | ek_bit(k);
        EK_TRY(ek_terms_add(terms, 0, length - k));
        for (int j = 1; j + k < length; j++)
            for (int i = 0; i < j; i++) EK_TRY(ek_terms_add(terms, pair << i ^ pair << j, 2));
    }
    return EK_OK;
}

ek_status ek_problem_labs(int length, ek_problem **problem)
{
    struct ek_terms terms = {0};
    EK_TRY(ek_check_qubits("elements in the sequence", length));
    return finish(fill_labs(length, &terms), "labs", length, &terms, problem);
}

/* ---- portfolio selection ------------------------------------------------------------------- */

bool ek_covariance_symmetric(int assets, const double *covariance, int i, int j)
{
    const double a = covariance[i * assets + j], b = covariance[j * assets + i];
    const double scale =
        sqrt(fabs(covariance[i * assets + i])) * sqrt(fabs(covariance[j * assets + j]));
    return fabs(a - b) <= 1e-9 * fmax(scale, fmax(fabs(a), fabs(b)));
}

static ek_status check_covariance(int assets, const double *covariance)
{
    for (int i = 0; i < assets; i++)
        for (int j = 0; j < assets; j++)
            if (!isfinite(covariance[i * assets + j]))
                return EK_FAIL(EK_ERROR_ARGUMENT, "covariance (%d, %d) is %g, which is not finite",
                               i, j, covariance[i * assets + j]);
    for (int i = 0; i < assets; i++)
        for (int j = 0; j < i; j++)
            if (!ek_covariance_symmetric(assets, covariance, i, j))
                return EK_FAIL(
                    EK_ERROR_ARGUMENT,
                    "covariance (%d, %d) is %.12g but (%d, %d) is %.12g; the matrix must be "
                    "symmetric",
                    i, j, covariance[i * assets + j], j, i, covariance[j * assets + i]);
    return EK_OK;
}

static ek_status check_portfolio(int assets, const double *returns, double risk_aversion,
                                 int budget)
{
    EK_TRY(ek_check_qubits("assets", assets));
    if (budget < -1 || budget > assets)
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       "budget of %d assets out of %d; it is 0 to %d, or -1 for none", budget,
                       assets, assets);
    if (!isfinite(risk_aversion))
        return EK_FAIL(EK_ERROR_ARGUMENT, "the risk aversion %g is not finite", risk_aversion);
    for (int i = 0; i < assets; i++)
        if (!isfinite(returns[i]))
            return EK_FAIL(EK_ERROR_ARGUMENT, "the return %g of asset %d is not finite",
                           returns[i], i);
    return EK_OK;
}

static ek_status fill_portfolio(int assets, const double *returns, const double *covariance,
                                double risk_aversion, struct ek_terms *terms)
{
    for (int i = 0; i < assets; i++) {
        EK_TRY(add_bits(terms, i, i, -returns[i]));
        for (int j = 0; j < assets; j++)
            EK_TRY(add_bits(terms, i, j, risk_aversion * covariance[i * assets + j]));
    }
    return EK_OK;
}

ek_status ek_problem_portfolio(int assets, const double *returns, const double *covariance,
                               double risk_aversion, int budget, ek_problem **problem)
{
    struct ek_terms terms = {0};
    ek_problem *fresh;
    EK_TRY(check_portfolio(assets, returns, risk_aversion, budget));
    EK_TRY(check_covariance(assets, covariance));
    EK_TRY(finish(fill_portfolio(assets, returns, covariance, risk_aversion, &terms), "portfolio",
                  assets, &terms, &fresh));
    fresh->weight = budget;
    *problem = fresh;
    return EK_OK;
}
