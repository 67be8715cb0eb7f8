#include "base/base.h"
#include "support/harness.h"

#include <exaket/problem.h>
#include <math.h>
#include <string.h>

/* ---- references: each problem's definition, read off literally ----------------------------- */

static int spin(uint64_t x, int q)
{
    return (x >> q) & 1 ? -1 : 1;
}
static int bit(uint64_t x, int q)
{
    return (int)((x >> q) & 1);
}

/* Input of any kind; a reference uses what its kind has. */
struct input {
    int n;
    size_t count;
    const ek_edge *edges;
    const ek_quadratic *entries;
    const double *numbers, *covariance;
    double offset;
};

typedef double reference(const struct input *input, uint64_t x);

static double cut_weight(const struct input *input, uint64_t x)
{
    double cut = 0;
    for (size_t e = 0; e < input->count; e++)
        if (bit(x, input->edges[e].u) != bit(x, input->edges[e].v)) cut += input->edges[e].weight;
    return cut;
}

static double qubo_value(const struct input *input, uint64_t x)
{
    double value = input->offset;
    for (size_t e = 0; e < input->count; e++)
        value +=
            input->entries[e].value * bit(x, input->entries[e].i) * bit(x, input->entries[e].j);
    return value;
}

static double ising_energy(const struct input *input, uint64_t x)
{
    double energy = input->offset;
    for (size_t e = 0; e < input->count; e++) {
        const ek_quadratic *entry = &input->entries[e];
        const int other = entry->i == entry->j ? 1 : spin(x, entry->j);
        energy += entry->value * spin(x, entry->i) * other;
    }
    return energy;
}

static double squared_difference(const struct input *input, uint64_t x)
{
    double difference = 0;
    for (int i = 0; i < input->n; i++) difference += spin(x, i) * input->numbers[i];
    return difference * difference;
}

static double sidelobe_energy(const struct input *input, uint64_t x)
{
    double energy = 0;
    for (int k = 1; k < input->n; k++) {
        int correlation = 0;
        for (int i = 0; i + k < input->n; i++) correlation += spin(x, i) * spin(x, i + k);
        energy += correlation * correlation;
    }
    return energy;
}

static double risk_minus_return(const struct input *input, uint64_t x)
{
    double risk = 0, expected = 0;
    for (int i = 0; i < input->n; i++) {
        expected += input->numbers[i] * bit(x, i);
        for (int j = 0; j < input->n; j++)
            risk += input->covariance[i * input->n + j] * bit(x, i) * bit(x, j);
    }
    return input->offset * risk - expected; /* the offset holds the risk aversion */
}

/* ---- comparison ---------------------------------------------------------------------------- */

static double sum_of_terms(const ek_problem_facts *facts, uint64_t x)
{
    double cost = 0;
    for (size_t t = 0; t < facts->term_count; t++) {
        double product = facts->terms[t].coefficient;
        for (int q = 0; q < facts->qubits; q++)
            if ((facts->terms[t].mask >> q) & 1) product *= spin(x, q);
        cost += product;
    }
    return cost;
}

static void check_terms_are_merged(const ek_problem_facts *facts)
{
    for (size_t t = 0; t < facts->term_count; t++) {
        CHECK(facts->terms[t].coefficient != 0 && isfinite(facts->terms[t].coefficient));
        CHECK(facts->terms[t].mask >> facts->qubits == 0);
        if (t > 0) CHECK(facts->terms[t - 1].mask < facts->terms[t].mask);
    }
}

/* Checks and destroys a problem. */
static void check_costs(ek_status status, ek_problem **problem, const char *kind,
                        const struct input *input, reference *expected)
{
    ek_problem_facts facts;
    if (!CHECK_OK(status)) return;
    ek_problem_get(*problem, &facts);
    CHECK(facts.qubits == input->n);
    CHECK(strcmp(facts.kind, kind) == 0 && strcmp(facts.name, kind) == 0);
    CHECK(facts.maximize == (strcmp(kind, "maxcut") == 0));
    CHECK((facts.graph != NULL) == facts.maximize);
    check_terms_are_merged(&facts);
    double scale = 1, worst = 0;
    for (uint64_t x = 0; x >> input->n == 0; x++) {
        const double right = expected(input, x);
        scale = fmax(scale, fabs(right));
        worst = fmax(worst, fabs(sum_of_terms(&facts, x) - right));
    }
    CHECK_NEAR(worst, 0, 1e-13 * scale);
    ek_problem_destroy(problem);
    CHECK(*problem == NULL);
}

/* ---- the six kinds ------------------------------------------------------------------------- */

static void check_maxcut(int vertices, size_t count, const ek_edge *edges)
{
    const struct input input = {.n = vertices, .count = count, .edges = edges};
    ek_graph *graph = NULL;
    ek_problem *problem = NULL;
    if (!CHECK_OK(ek_graph_create(vertices, count, edges, &graph))) return;
    const ek_status status = ek_problem_maxcut(graph, &problem);
    ek_graph_destroy(&graph); /* the problem has its own */
    check_costs(status, &problem, "maxcut", &input, cut_weight);
}

static void test_maxcut(void)
{
    const ek_edge edges[] = {{0, 1, 1},    {1, 2, -2.5}, {4, 0, 0.125}, {2, 1, 1},
                             {3, 4, 1e-3}, {5, 4, 7},    {4, 5, -7},    {0, 2, 0}};
    check_maxcut(1, 0, NULL);
    check_maxcut(3, 0, NULL);
    check_maxcut(2, 1, edges);
    check_maxcut(6, 8, edges); /* parallel edges, some cancelling, one of weight zero */
    check_maxcut(8, 8, edges); /* isolated vertices */
    ek_graph *graph = NULL;
    if (!CHECK_OK(ek_graph_complete(9, EK_WEIGHTS_GAUSSIAN, 5, &graph))) return;
    check_maxcut(9, ek_graph_edges(graph), ek_graph_edge_list(graph));
    ek_graph_destroy(&graph);
}

static void test_maxcut_terms(void)
{
    const ek_edge edges[] = {{0, 1, 3}, {1, 2, 5}, {2, 1, -5}, {0, 2, -1}};
    ek_graph *graph = NULL;
    ek_problem *problem = NULL;
    ek_problem_facts facts;
    if (!CHECK_OK(ek_graph_create(4, 4, edges, &graph))) return;
    CHECK_OK(ek_problem_maxcut(graph, &problem));
    ek_graph_destroy(&graph);
    ek_problem_get(problem, &facts);
    CHECK(facts.weight == -1 && facts.term_count == 3);
    CHECK(facts.terms[0].mask == 0 && facts.terms[0].coefficient == 1); /* sum of weights / 2 */
    CHECK(facts.terms[1].mask == 3 && facts.terms[1].coefficient == -1.5);
    CHECK(facts.terms[2].mask == 5 && facts.terms[2].coefficient == 0.5);
    CHECK(ek_graph_vertices(facts.graph) == 4 && ek_graph_edges(facts.graph) == 4);
    ek_problem_destroy(&problem);
}

static const ek_quadratic entries[] = {{0, 0, 1.5},  {1, 0, -2},  {0, 1, 0.25}, {3, 3, -1},
                                       {2, 5, 1e-2}, {5, 2, 3.5}, {4, 4, 7},    {4, 4, -7},
                                       {1, 3, 0.1},  {6, 1, 0},   {3, 1, -0.1}};
enum { ENTRIES = sizeof entries / sizeof *entries };

static void test_qubo(void)
{
    const struct input input = {.n = 7, .count = ENTRIES, .entries = entries, .offset = -3.25};
    const struct input single = {.n = 1, .count = 1, .entries = entries};
    ek_problem *problem = NULL;
    ek_status status = ek_problem_qubo(7, ENTRIES, entries, -3.25, &problem);
    check_costs(status, &problem, "qubo", &input, qubo_value);
    status = ek_problem_qubo(1, 1, entries, 0, &problem);
    check_costs(status, &problem, "qubo", &single, qubo_value);
}

static void test_ising(void)
{
    const struct input input = {.n = 8, .count = ENTRIES, .entries = entries, .offset = 0.5};
    ek_problem *problem = NULL;
    const ek_status status = ek_problem_ising(8, ENTRIES, entries, 0.5, &problem);
    check_costs(status, &problem, "ising", &input, ising_energy);
}

static void test_partition(void)
{
    const double numbers[] = {3, 1, 1, 2, 2, 1, -0.5, 0, 1e3};
    for (int n = 1; n <= 9; n++) {
        const struct input input = {.n = n, .numbers = numbers};
        ek_problem *problem = NULL;
        const ek_status status = ek_problem_partition(n, numbers, &problem);
        check_costs(status, &problem, "partition", &input, squared_difference);
    }
}

static void test_labs(void)
{
    for (int n = 1; n <= 12; n++) {
        const struct input input = {.n = n};
        ek_problem *problem = NULL;
        check_costs(ek_problem_labs(n, &problem), &problem, "labs", &input, sidelobe_energy);
    }
}

static void test_labs_optima(void)
{
    const double optima[] = {1, 2, 2, 7, 3, 8, 12, 13, 5, 10, 6, 19}; /* lengths 3..14 */
    for (int n = 3; n <= 14; n++) {
        ek_problem *problem = NULL;
        ek_problem_facts facts;
        double best = INFINITY;
        if (!CHECK_OK(ek_problem_labs(n, &problem))) return;
        ek_problem_get(problem, &facts);
        for (uint64_t x = 0; x >> n == 0; x++) best = fmin(best, sum_of_terms(&facts, x));
        CHECK_NEAR(best, optima[n - 3], 0);
        ek_problem_destroy(&problem);
    }
}

/* A covariance matrix B B^T of numbers without a pattern. */
static void fill_covariance(int n, double *covariance)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            covariance[i * n + j] = 0;
            for (int k = 0; k < n; k++)
                covariance[i * n + j] += sin(1.0 + 3 * i + k * k) * sin(1.0 + 3 * j + k * k);
        }
}

static void test_portfolio(void)
{
    const double returns[] = {0.1, -0.2, 0.3, 0.05, 0, 1};
    double covariance[36];
    for (int n = 1; n <= 6; n++) {
        const struct input input = {
            .n = n, .numbers = returns, .covariance = covariance, .offset = 0.7};
        ek_problem *problem = NULL;
        ek_problem_facts facts;
        fill_covariance(n, covariance);
        const ek_status status =
            ek_problem_portfolio(n, returns, covariance, 0.7, n - 1, &problem);
        if (!CHECK_OK(status)) return;
        ek_problem_get(problem, &facts);
        CHECK(facts.weight == n - 1);
        check_costs(status, &problem, "portfolio", &input, risk_minus_return);
    }
}

static void test_the_largest_problems(void)
{
    static double many[EK_QUBITS_MAX * EK_QUBITS_MAX];
    ek_problem *problem = NULL;
    ek_problem_facts facts;
    if (!CHECK_OK(ek_problem_labs(62, &problem))) return;
    ek_problem_get(problem, &facts);
    check_terms_are_merged(&facts);
    CHECK_NEAR(sum_of_terms(&facts, 0), 61 * 62 * 123 / 6, 0); /* all C_k = N - k */
    ek_problem_destroy(&problem);
    CHECK_OK(ek_problem_partition(62, many, &problem));
    ek_problem_destroy(&problem);
    CHECK_OK(ek_problem_portfolio(62, many, many, 1, -1, &problem));
    ek_problem_get(problem, &facts);
    CHECK(facts.weight == -1 && facts.term_count == 0);
    ek_problem_destroy(&problem);
}

/* ---- wrong input --------------------------------------------------------------------------- */

static void test_sizes_are_limited(void)
{
    static double many[63 * 63];
    ek_problem *problem = NULL;
    const int wrong[] = {-1, 0, 63, 1000000};
    for (size_t i = 0; i < 4; i++) {
        const int n = wrong[i];
        CHECK_STATUS(ek_problem_qubo(n, 0, NULL, 0, &problem), EK_ERROR_ARGUMENT);
        CHECK_STATUS(ek_problem_ising(n, 0, NULL, 0, &problem), EK_ERROR_ARGUMENT);
        CHECK_STATUS(ek_problem_partition(n, many, &problem), EK_ERROR_ARGUMENT);
        CHECK_STATUS(ek_problem_portfolio(n, many, many, 1, -1, &problem), EK_ERROR_ARGUMENT);
        CHECK_STATUS(ek_problem_labs(n, &problem), EK_ERROR_ARGUMENT);
        CHECK(strstr(ek_last_message(), "1 to 62") != NULL);
    }
    CHECK(problem == NULL);
}

static void test_wrong_entries(void)
{
    const ek_quadratic wrong[] = {
        {0, 3, 1}, {-1, 0, 1}, {3, 0, 1}, {0, 1, NAN}, {0, 0, -INFINITY}};
    const double infinite[] = {1, INFINITY};
    ek_problem *problem = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_STATUS(ek_problem_qubo(3, 1, &wrong[i], 0, &problem), EK_ERROR_ARGUMENT);
        CHECK_STATUS(ek_problem_ising(3, 1, &wrong[i], 0, &problem), EK_ERROR_ARGUMENT);
    }
    CHECK_STATUS(ek_problem_qubo(3, 0, NULL, NAN, &problem), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_problem_ising(3, 0, NULL, INFINITY, &problem), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_problem_partition(2, infinite, &problem), EK_ERROR_ARGUMENT);
    CHECK(problem == NULL);
}

static void test_wrong_portfolios(void)
{
    const double returns[] = {0, 0}, wrong_returns[] = {0, NAN};
    const double covariance[] = {1, 0.5, 0.5, 1}, skew[] = {1, 0.5, 0.5 + 1e-8, 1};
    const double noisy[] = {1, 1e-14, -1e-14, 1}, infinite[] = {1, INFINITY, INFINITY, 1};
    ek_problem *problem = NULL;
    CHECK_STATUS(ek_problem_portfolio(2, returns, skew, 1, 1, &problem), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_problem_portfolio(2, returns, infinite, 1, 1, &problem), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_problem_portfolio(2, wrong_returns, covariance, 1, 1, &problem),
                 EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_problem_portfolio(2, returns, covariance, NAN, 1, &problem),
                 EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_problem_portfolio(2, returns, covariance, 1, 3, &problem), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_problem_portfolio(2, returns, covariance, 1, -2, &problem), EK_ERROR_ARGUMENT);
    CHECK(problem == NULL);
    CHECK_OK(ek_problem_portfolio(2, returns, noisy, 1, 2, &problem));
    ek_problem_destroy(&problem);
}

static void test_costs_stay_finite(void)
{
    const double huge[] = {1e200, 1e200};
    const ek_quadratic sums[] = {{0, 1, 1.5e308}, {1, 2, 1.5e308}, {0, 2, -1.5e308}};
    ek_problem *problem = NULL;
    CHECK_STATUS(ek_problem_partition(2, huge, &problem), EK_ERROR_NUMERIC);
    CHECK_STATUS(ek_problem_ising(3, 3, sums, 0, &problem), EK_ERROR_NUMERIC);
    CHECK_STATUS(ek_problem_qubo(3, 3, sums, 1e308, &problem), EK_ERROR_NUMERIC);
    CHECK(problem == NULL);
}

/* Decimal fractions do not cancel exactly; what is left over is no term. */
static void test_rounding_leaves_no_terms(void)
{
    const ek_quadratic tenths[] = {{0, 1, 0.1}, {0, 1, 0.2}, {0, 1, -0.3}, {0, 0, 1e-30}};
    ek_problem *problem = NULL;
    ek_problem_facts facts;
    if (!CHECK_OK(ek_problem_ising(2, 4, tenths, 0, &problem))) return;
    ek_problem_get(problem, &facts);
    CHECK(facts.term_count == 1 && facts.terms[0].mask == 1 &&
          facts.terms[0].coefficient == 1e-30);
    ek_problem_destroy(&problem);
}

static void test_names(void)
{
    char name[] = "jobs/a.txt";
    ek_problem *problem = NULL;
    ek_problem_facts facts;
    if (!CHECK_OK(ek_problem_labs(3, &problem))) return;
    CHECK_OK(ek_problem_set_name(problem, name));
    name[0] = 'X';
    ek_problem_get(problem, &facts);
    CHECK(strcmp(facts.name, "jobs/a.txt") == 0);
    ek_problem_destroy(&problem);
    ek_problem_destroy(&problem);
    ek_problem_destroy(NULL);
}

/* ---- no memory ----------------------------------------------------------------------------- */

static ek_status build_maxcut(ek_problem **problem)
{
    ek_graph *graph = NULL;
    EK_TRY(ek_graph_random_regular(8, 3, EK_WEIGHTS_ONE, 1, &graph));
    const ek_status status = ek_problem_maxcut(graph, problem);
    ek_graph_destroy(&graph);
    return status;
}

static ek_status build_qubo(ek_problem **problem)
{
    return ek_problem_qubo(7, ENTRIES, entries, 1, problem);
}

static ek_status build_ising(ek_problem **problem)
{
    return ek_problem_ising(7, ENTRIES, entries, 1, problem);
}

static ek_status build_labs(ek_problem **problem)
{
    return ek_problem_labs(8, problem);
}

static ek_status build_partition(ek_problem **problem)
{
    return ek_problem_partition(4, (const double[]){1, 2, 3, 4}, problem);
}

static ek_status build_portfolio(ek_problem **problem)
{
    const double returns[] = {1, 2}, covariance[] = {1, 0.5, 0.5, 2};
    return ek_problem_portfolio(2, returns, covariance, 1, 1, problem);
}

/* Fails the 1st, 2nd, ... allocation until all succeed; leaks are the sanitizer's to find. */
static void check_every_allocation(ek_status (*build)(ek_problem **problem))
{
    ek_problem *problem = NULL;
    ek_status status = EK_ERROR_MEMORY;
    long nth = 0;
    while (status == EK_ERROR_MEMORY && nth < 1000) {
        ek_fault_set(EK_FAULT_ALLOCATE, ++nth);
        status = build(&problem);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        CHECK((status == EK_OK) == (problem != NULL));
    }
    CHECK_OK(status);
    CHECK(nth > 3); /* terms, order, name and handle at the least */
    ek_problem_destroy(&problem);
}

static void test_failing_allocations(void)
{
    check_every_allocation(build_maxcut);
    check_every_allocation(build_qubo);
    check_every_allocation(build_ising);
    check_every_allocation(build_partition);
    check_every_allocation(build_labs);
    check_every_allocation(build_portfolio);
}

static void test_failing_set_name(void)
{
    ek_problem *problem = NULL;
    ek_problem_facts facts;
    if (!CHECK_OK(ek_problem_labs(3, &problem))) return;
    ek_fault_set(EK_FAULT_ALLOCATE, 1);
    CHECK_STATUS(ek_problem_set_name(problem, "other"), EK_ERROR_MEMORY);
    ek_problem_get(problem, &facts);
    CHECK(strcmp(facts.name, "labs") == 0);
    ek_problem_destroy(&problem);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"MaxCut is the weight of the cut", test_maxcut},
        {"MaxCut has the terms that the header promises", test_maxcut_terms},
        {"QUBO is the quadratic form of bits", test_qubo},
        {"Ising is the quadratic form of spins", test_ising},
        {"partition is the squared difference", test_partition},
        {"LABS is the energy of the sidelobes", test_labs},
        {"LABS has the known optima", test_labs_optima},
        {"portfolio is risk minus return", test_portfolio},
        {"problems of 62 qubits", test_the_largest_problems},
        {"sizes are limited", test_sizes_are_limited},
        {"wrong entries are refused", test_wrong_entries},
        {"wrong portfolios are refused", test_wrong_portfolios},
        {"costs that would not be finite are refused", test_costs_stay_finite},
        {"rounding leaves no terms", test_rounding_leaves_no_terms},
        {"names are copied", test_names},
        {"every failing allocation is reported", test_failing_allocations},
        {"a name that cannot be set leaves the old one", test_failing_set_name},
    };
    return test_main(argc, argv, "problem: problems", cases, sizeof cases / sizeof *cases);
}
