#include "base/base.h"
#include "io/text_file.h"
#include "support/harness.h"

#include <string.h>

/* ---- costs read off the terms -------------------------------------------------------------- */

static double cost_of(const ek_problem *problem, uint64_t x)
{
    ek_problem_facts facts;
    double cost = 0;
    ek_problem_get(problem, &facts);
    for (size_t t = 0; t < facts.term_count; t++) {
        double product = facts.terms[t].coefficient;
        for (int q = 0; q < facts.qubits; q++)
            if ((facts.terms[t].mask >> q) & (x >> q) & 1) product = -product;
        cost += product;
    }
    return cost;
}

typedef ek_status parse_problem(const ek_file *file, ek_problem **problem);

static ek_status parse_all_assets(const ek_file *file, ek_problem **problem)
{
    return ek_portfolio_parse(file, 0.5, -1, problem);
}

static ek_status parse_default_budget(const ek_file *file, ek_problem **problem)
{
    return ek_portfolio_parse(file, 0.5, 0, problem);
}

/* Parses a text and compares the costs of all states with `costs`, which lists them in order. */
static void check_costs(parse_problem *parse, const char *text, int qubits, const double *costs)
{
    ek_file file = text_file(text);
    ek_problem *problem = NULL;
    ek_problem_facts facts;
    if (CHECK_OK(parse(&file, &problem))) {
        ek_problem_get(problem, &facts);
        CHECK(facts.qubits == qubits);
        for (uint64_t x = 0; x >> qubits == 0; x++)
            CHECK_NEAR(cost_of(problem, x), costs[x], 1e-12);
    } else {
        fprintf(stderr, "text: %s\n", text);
    }
    ek_problem_destroy(&problem);
    ek_file_clear(&file);
}

/* ---- formats ------------------------------------------------------------------------------- */

static void test_qubo(void)
{
    /* 2 x0 - x1 + 3 x0 x1 for x1 x0 = 00, 01, 10, 11 */
    const double costs[] = {0, 2, -1, 4};
    check_costs(ek_qubo_parse, "c x\np qubo 0 2 2 1\nc y\n0 0 2\n1 1 -1\n0 1 3\n", 2, costs);
    check_costs(ek_qubo_parse, "p qubo unconstrained 2 2 1\r\n0 0 2.0\r\n1 1 -1\r\n1 0 3e0", 2,
                costs);
    check_costs(ek_qubo_parse, "p qubo 0 2 3 2\n0 0 1\n0 0 1\n1 1 -1\n0 1 1\n1 0 2", 2, costs);
    check_costs(ek_qubo_parse, "p qubo 0 1 0 0\n", 1, (const double[]){0, 0});
    check_costs(ek_qubo_parse, "p qubo 0 2 1 0\n1 1 .5", 2, (const double[]){0, 0, 0.5, 0.5});
}

static void test_ising(void)
{
    /* 1 + 2 s0 - s0 s1 */
    const double costs[] = {2, 0, 4, -2};
    check_costs(ek_ising_parse, "# x\noffset 1\n0 2\n0 1 -1\n", 2, costs);
    check_costs(ek_ising_parse, "0 0 2\n1 0 -1 # y\noffset 1", 2, costs);
    check_costs(ek_ising_parse, "0\t2\r\n\r\n0\t1\t-1\r\noffset\t0.5\r\noffset 0.5", 2, costs);
    check_costs(ek_ising_parse, "1 0", 2, (const double[]){0, 0, 0, 0});
}

static void test_partition(void)
{
    const double costs[] = {36, 16, 4, 0, 0, 4, 16, 36};
    check_costs(ek_partition_parse, "1 2 3", 3, costs);
    check_costs(ek_partition_parse, "1,2,3\n", 3, costs);
    check_costs(ek_partition_parse, "# n\n 1.0\n2e0 , # two\n\n+3,\r\n", 3, costs);
    check_costs(ek_partition_parse, "-0.5", 1, (const double[]){0.25, 0.25});
}

static void test_portfolio(void)
{
    /* (x0 + 4 x1 + 2 * 0.5 x0 x1) / 2 - (0.1 x0 + 0.2 x1) */
    const double costs[] = {0, 0.4, 1.8, 2.7};
    check_costs(parse_all_assets, "0.1,0.2\n1,0.5\n0.5,4\n", 2, costs);
    check_costs(parse_all_assets, "A,B\n0.1 , 0.2\r\n1,\t0.5\r\n\r\n0.5,4", 2, costs);
    check_costs(parse_all_assets, "\xEF\xBB\xBF\"Smith, Inc\",\"1\"\n.1,.2\n1,.5\n.5,4\n", 2,
                costs);
    check_costs(parse_all_assets, "1\n4", 1, (const double[]){0, 1});
}

static void test_budgets(void)
{
    static const struct {
        const char *text;
        int budget, weight;
    } choices[] = {{"0\n1", 0, 1},
                   {"0\n1", 1, 1},
                   {"0\n1", -1, -1},
                   {"0,0\n1,0\n0,1", 0, 1},
                   {"0,0,0\n1,0,0\n0,1,0\n0,0,1", 0, 1},
                   {"0,0,0\n1,0,0\n0,1,0\n0,0,1", 3, 3}};
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        ek_file file = text_file(choices[i].text);
        ek_problem *problem = NULL;
        ek_problem_facts facts;
        if (CHECK_OK(ek_portfolio_parse(&file, 1, choices[i].budget, &problem))) {
            ek_problem_get(problem, &facts);
            CHECK(facts.weight == choices[i].weight);
        }
        ek_problem_destroy(&problem);
        ek_file_clear(&file);
    }
}

static void test_wrong_choices(void)
{
    ek_file file = text_file("0,0\n1,0\n0,1");
    ek_problem *problem = NULL;
    CHECK_STATUS(ek_portfolio_parse(&file, 1, 3, &problem), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_portfolio_parse(&file, 1, -2, &problem), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_portfolio_parse(&file, 1.0 / 0.0, 1, &problem), EK_ERROR_ARGUMENT);
    CHECK(problem == NULL);
    ek_file_clear(&file);
}

/* ---- sizes --------------------------------------------------------------------------------- */

/* A portfolio of as many uncorrelated assets; released with ek_text_clear. */
static struct ek_text portfolio_of(int assets)
{
    struct ek_text text = {0};
    for (int i = 0; i < assets; i++) ek_text_printf(&text, i ? ",0.%d" : "0.%d", i + 1);
    for (int i = 0; i < assets; i++)
        for (int j = 0; j < assets; j++)
            ek_text_printf(&text, "%s%d", j ? "," : "\n", i == j ? i + 1 : 0);
    return text;
}

static void check_size(parse_problem *parse, struct ek_text *text, int qubits)
{
    ek_file file = text_file(text->bytes);
    ek_problem *problem = NULL;
    ek_problem_facts facts;
    if (qubits == 0) {
        CHECK_STATUS(parse(&file, &problem), EK_ERROR_PARSE);
        CHECK(strstr(ek_last_message(), "62") != NULL);
    } else if (CHECK_OK(parse(&file, &problem))) {
        ek_problem_get(problem, &facts);
        CHECK(facts.qubits == qubits);
    }
    ek_problem_destroy(&problem);
    ek_file_clear(&file);
    ek_text_clear(text);
}

static void test_the_largest_and_larger(void)
{
    struct ek_text numbers = {0}, more = {0}, ising = {0};
    for (int i = 0; i < 63; i++) {
        if (i < 62) ek_text_printf(&numbers, "%d\n", i);
        ek_text_printf(&more, "%d ", i);
    }
    ek_text_printf(&ising, "61 0.5");
    struct ek_text largest = portfolio_of(62), larger = portfolio_of(63);
    check_size(ek_partition_parse, &numbers, 62);
    check_size(ek_partition_parse, &more, 0);
    check_size(ek_ising_parse, &ising, 62);
    check_size(parse_default_budget, &largest, 62);
    check_size(parse_default_budget, &larger, 0);
}

/* ---- no memory ----------------------------------------------------------------------------- */

static void check_every_allocation(parse_problem *parse, const char *text)
{
    ek_file file = text_file(text);
    ek_problem *problem = NULL;
    ek_status status = EK_ERROR_MEMORY;
    long nth = 0;
    while (status == EK_ERROR_MEMORY && nth < 1000) {
        ek_fault_set(EK_FAULT_ALLOCATE, ++nth);
        status = parse(&file, &problem);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        CHECK((status == EK_OK) == (problem != NULL));
    }
    CHECK_OK(status);
    CHECK(nth > 3);
    ek_problem_destroy(&problem);
    ek_file_clear(&file);
}

static void test_failing_allocations(void)
{
    check_every_allocation(ek_qubo_parse, "p qubo 0 3 2 2\n0 0 1\n1 1 2\n0 1 3\n1 2 4\n");
    check_every_allocation(ek_ising_parse, "0 1\n0 1 2\n1 2 3\n2 3 4\n3 4 5\n0 2 3\n0 3 3\n1 3 3\n"
                                           "1 4 2\n2 4 2\n");
    check_every_allocation(ek_partition_parse, "1 2 3 4");
    check_every_allocation(parse_default_budget, "a,b\n0,1\n1,2\n2,1\n");
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"QUBO", test_qubo},
        {"Ising", test_ising},
        {"partition", test_partition},
        {"portfolio", test_portfolio},
        {"budgets", test_budgets},
        {"wrong budgets and risk aversions are refused", test_wrong_choices},
        {"62 qubits are read, 63 refused", test_the_largest_and_larger},
        {"every failing allocation is reported", test_failing_allocations},
    };
    return test_main(argc, argv, "io: problem files", cases, sizeof cases / sizeof *cases);
}
