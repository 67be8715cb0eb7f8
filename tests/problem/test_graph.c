#include "support/harness.h"

#include <exaket/problem.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { MOST = EK_QUBITS_MAX, NO_CYCLE = 1000 };

/* How often each pair is joined, so that parallel edges and loops cannot hide. */
struct table {
    int vertices, joined[MOST][MOST];
};

static void tabulate(const ek_graph *graph, struct table *table)
{
    memset(table, 0, sizeof *table);
    table->vertices = ek_graph_vertices(graph);
    for (size_t i = 0; i < ek_graph_edges(graph); i++) {
        const ek_edge *edge = &ek_graph_edge_list(graph)[i];
        table->joined[edge->u][edge->v]++;
        table->joined[edge->v][edge->u]++;
    }
}

static int degree_of(const struct table *table, int u)
{
    int degree = 0;
    for (int v = 0; v < table->vertices; v++) degree += table->joined[u][v];
    return degree;
}

static bool is_simple(const struct table *table)
{
    for (int u = 0; u < table->vertices; u++)
        for (int v = 0; v < table->vertices; v++)
            if (table->joined[u][v] > (u != v)) return false;
    return true;
}

/* Length of the shortest cycle through the edge (u, v): one more than their distance without it.
 */
static int cycle_through(const struct table *table, int u, int v)
{
    int distance[MOST], queue[MOST], head = 0, tail = 0;
    for (int i = 0; i < table->vertices; i++) distance[i] = -1;
    distance[u] = 0;
    queue[tail++] = u;
    while (head < tail) {
        const int a = queue[head++];
        for (int b = 0; b < table->vertices; b++) {
            const bool removed = (a == u && b == v) || (a == v && b == u);
            if (!table->joined[a][b] || removed || distance[b] >= 0) continue;
            distance[b] = distance[a] + 1;
            queue[tail++] = b;
        }
    }
    return distance[v] < 0 ? NO_CYCLE : distance[v] + 1;
}

static int girth(const struct table *table)
{
    int shortest = NO_CYCLE;
    for (int u = 0; u < table->vertices; u++)
        for (int v = 0; v < u; v++)
            if (table->joined[u][v]) {
                const int cycle = cycle_through(table, u, v);
                if (cycle < shortest) shortest = cycle;
            }
    return shortest;
}

/* FNV-1a over the vertices of the edges and the signs of their weights. */
static uint64_t checksum(const ek_graph *graph)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < ek_graph_edges(graph); i++) {
        const ek_edge *edge = &ek_graph_edge_list(graph)[i];
        const uint64_t parts[3] = {(uint64_t)edge->u, (uint64_t)edge->v, edge->weight < 0};
        for (int k = 0; k < 3; k++) sum = (sum ^ parts[k]) * UINT64_C(0x100000001b3);
    }
    return sum;
}

/* ---- named graphs -------------------------------------------------------------------------- */

static void test_named_graphs(void)
{
    static const struct {
        const char *name;
        int vertices, degree, girth;
    } known[] = {{"petersen", 10, 3, 5},
                 {"heawood", 14, 3, 6},
                 {"desargues", 20, 3, 6},
                 {"cube", 8, 3, 4},
                 {"prism", 6, 3, 3},
                 {"k33", 6, 3, 4},
                 {"ring-3", 3, 2, 3},
                 {"ring-62", 62, 2, 62},
                 {"complete-62", 62, 61, 3},
                 {"complete-1", 1, 0, NO_CYCLE},
                 {"complete-2", 2, 1, NO_CYCLE}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ek_graph *graph = NULL;
        struct table table;
        if (!CHECK_OK(ek_graph_named(known[i].name, &graph))) continue;
        tabulate(graph, &table);
        CHECK(table.vertices == known[i].vertices);
        CHECK(2 * ek_graph_edges(graph) == (size_t)(known[i].vertices * known[i].degree));
        for (int u = 0; u < table.vertices; u++) CHECK(degree_of(&table, u) == known[i].degree);
        CHECK(is_simple(&table));
        CHECK(girth(&table) == known[i].girth);
        ek_graph_destroy(&graph);
        CHECK(graph == NULL);
    }
}

static void test_unknown_names(void)
{
    static const char *const names[] = {"",
                                        "Petersen",
                                        "ring-",
                                        "ring-x",
                                        "ring-2",
                                        "ring-63",
                                        "ring-3 ",
                                        "cube-3",
                                        "complete-0",
                                        "complete-63",
                                        "complete-99999999999999999999"};
    ek_graph *graph = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CHECK_STATUS(ek_graph_named(names[i], &graph), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_graph_named("peterson", &graph), EK_ERROR_ARGUMENT);
    CHECK(strstr(ek_last_message(), "'peterson'") && strstr(ek_last_message(), "desargues"));
    CHECK(graph == NULL);
}

static void test_lcf(void)
{
    ek_graph *graph = NULL;
    CHECK_STATUS(ek_graph_lcf(1, (const int[]){1}, 6, &graph), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_graph_lcf(1, (const int[]){-1}, 6, &graph), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_graph_lcf(1, (const int[]){6}, 6, &graph), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_graph_lcf(1, (const int[]){2}, 6, &graph), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_graph_lcf(2, (const int[]){5, -5}, 32, &graph), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_graph_lcf(0, NULL, 3, &graph), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_graph_lcf(1, (const int[]){3}, 0, &graph), EK_ERROR_ARGUMENT);
    CHECK(graph == NULL);
    /* A shift that goes round the ring more than once is the same shift: K3,3 again. */
    if (!CHECK_OK(ek_graph_lcf(1, (const int[]){-9}, 6, &graph))) return;
    struct table table;
    tabulate(graph, &table);
    for (int u = 0; u < 6; u++) CHECK(table.joined[u][(u + 3) % 6] == 1);
    ek_graph_destroy(&graph);
}

/* ---- random graphs ------------------------------------------------------------------------- */

static void check_regular(int vertices, int degree, uint64_t seed)
{
    ek_graph *graph = NULL;
    struct table table;
    if (!CHECK_OK(ek_graph_random_regular(vertices, degree, EK_WEIGHTS_ONE, seed, &graph))) return;
    tabulate(graph, &table);
    CHECK(table.vertices == vertices);
    CHECK(is_simple(&table));
    for (int u = 0; u < vertices; u++) CHECK(degree_of(&table, u) == degree);
    ek_graph_destroy(&graph);
}

static void test_regular_graphs_are_regular_and_simple(void)
{
    for (int vertices = 1; vertices <= MOST; vertices++)
        for (int degree = 0; degree < vertices; degree++)
            if (vertices * degree % 2 == 0) check_regular(vertices, degree, (uint64_t)vertices);
    for (uint64_t seed = 0; seed < 200; seed++) check_regular(16, 3, seed);
}

struct kind {
    uint64_t sum;
    int seen;
};

static int count_kind(struct kind *kinds, int count, int most, uint64_t sum)
{
    int k = 0;
    while (k < count && kinds[k].sum != sum) k++;
    if (k == most) return count;
    kinds[k].sum = sum;
    kinds[k].seen++;
    return k < count ? count : count + 1;
}

/* On 6 vertices there are 70 labelled 2-regular graphs: 10 pairs of triangles and 60 rings. */
static void test_regular_graphs_vary(void)
{
    enum { DRAWS = 7000, KINDS = 70 };
    struct kind kinds[KINDS + 1] = {{0, 0}};
    int count = 0;
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        ek_graph *graph = NULL;
        if (!CHECK_OK(ek_graph_random_regular(6, 2, EK_WEIGHTS_ONE, seed, &graph))) return;
        count = count_kind(kinds, count, KINDS + 1, checksum(graph));
        ek_graph_destroy(&graph);
    }
    /* 100 each on average; uniform up to a bias of the method that vanishes for large graphs. */
    CHECK(count == KINDS);
    for (int k = 0; k < count; k++) CHECK(kinds[k].seen > 50 && kinds[k].seen < 200);
}

static void test_wrong_degrees(void)
{
    ek_graph *graph = NULL;
    const int wrong[][2] = {{5, 3}, {4, 4}, {4, -1}, {0, 0}, {63, 2}, {-3, 2}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_STATUS(ek_graph_random_regular(wrong[i][0], wrong[i][1], EK_WEIGHTS_ONE, 1, &graph),
                     EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_graph_random_regular(4, 3, (ek_weights)3, 1, &graph), EK_ERROR_ARGUMENT);
    CHECK(graph == NULL);
}

static void test_erdos_renyi(void)
{
    size_t edges = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        ek_graph *graph = NULL;
        struct table table;
        if (!CHECK_OK(ek_graph_erdos_renyi(40, 0.3, EK_WEIGHTS_ONE, seed, &graph))) return;
        tabulate(graph, &table);
        CHECK(is_simple(&table));
        edges += ek_graph_edges(graph);
        ek_graph_destroy(&graph);
    }
    /* 78000 pairs with probability 0.3: mean 23400, standard deviation 128. */
    CHECK_NEAR((double)edges, 23400, 5 * 128);
}

static void test_extreme_probabilities(void)
{
    const double wrong[] = {-0.1, 1.1, NAN, INFINITY};
    ek_graph *graph = NULL;
    for (size_t i = 0; i < 4; i++)
        CHECK_STATUS(ek_graph_erdos_renyi(4, wrong[i], EK_WEIGHTS_ONE, 1, &graph),
                     EK_ERROR_ARGUMENT);
    CHECK(graph == NULL);
    if (!CHECK_OK(ek_graph_erdos_renyi(9, 0, EK_WEIGHTS_ONE, 1, &graph))) return;
    CHECK(ek_graph_edges(graph) == 0);
    ek_graph_destroy(&graph);
    if (!CHECK_OK(ek_graph_erdos_renyi(9, 1, EK_WEIGHTS_ONE, 1, &graph))) return;
    CHECK(ek_graph_edges(graph) == 36);
    ek_graph_destroy(&graph);
}

static void check_moments(ek_weights weights, double mean_tolerance, double square_tolerance)
{
    ek_graph *graph = NULL;
    double sum = 0, squares = 0;
    if (!CHECK_OK(ek_graph_complete(62, weights, 3, &graph))) return;
    for (size_t i = 0; i < ek_graph_edges(graph); i++) {
        const double weight = ek_graph_edge_list(graph)[i].weight;
        if (weights == EK_WEIGHTS_SIGNS) CHECK(weight == 1 || weight == -1);
        sum += weight;
        squares += weight * weight;
    }
    CHECK_NEAR(sum / 1891, 0, mean_tolerance);
    CHECK_NEAR(squares / 1891, 1, square_tolerance);
    ek_graph_destroy(&graph);
}

/* Of 1891 draws the mean has the standard deviation 0.023, the mean square of normals 0.033. */
static void test_weights(void)
{
    check_moments(EK_WEIGHTS_GAUSSIAN, 0.115, 0.165);
    check_moments(EK_WEIGHTS_SIGNS, 0.115, 0);
}

static void check_pinned(ek_status status, ek_graph **graph, uint64_t expected)
{
    if (!CHECK_OK(status)) return;
    const uint64_t sum = checksum(*graph);
    if (sum != expected) fprintf(stderr, "\nchecksum 0x%016llx\n", (unsigned long long)sum);
    CHECK(sum == expected);
    ek_graph_destroy(graph);
}

/* These must never change: whoever names a problem by generator and seed relies on it. */
static void test_generators_are_pinned(void)
{
    ek_graph *g = NULL;
    check_pinned(ek_graph_random_regular(16, 3, EK_WEIGHTS_ONE, 7, &g), &g,
                 UINT64_C(0xaa38e3d2a0e76e27));
    check_pinned(ek_graph_random_regular(20, 4, EK_WEIGHTS_SIGNS, 12345678901, &g), &g,
                 UINT64_C(0xf2433e218039867d));
    check_pinned(ek_graph_random_regular(14, 9, EK_WEIGHTS_ONE, 1, &g), &g,
                 UINT64_C(0x9f54201ac6a00718));
    check_pinned(ek_graph_erdos_renyi(18, 0.4, EK_WEIGHTS_ONE, 5, &g), &g,
                 UINT64_C(0x160d39a4fb95176b));
    check_pinned(ek_graph_complete(10, EK_WEIGHTS_SIGNS, 9, &g), &g, UINT64_C(0xbc78d6e9921c925d));
    if (!CHECK_OK(ek_graph_complete(2, EK_WEIGHTS_GAUSSIAN, 1, &g))) return;
    CHECK_NEAR(ek_graph_edge_list(g)[0].weight, -0.26390169708094319, 1e-14);
    ek_graph_destroy(&g);
}

/* ---- graphs from edges --------------------------------------------------------------------- */

static void test_create_copies(void)
{
    ek_edge edges[] = {{0, 1, 0.5}, {1, 0, -2}, {2, 1, 1}};
    ek_graph *graph = NULL;
    if (!CHECK_OK(ek_graph_create(5, 3, edges, &graph))) return;
    edges[0].weight = 9;
    CHECK(ek_graph_vertices(graph) == 5 && ek_graph_edges(graph) == 3);
    CHECK(ek_graph_edge_list(graph)[0].weight == 0.5);
    CHECK(ek_graph_edge_list(graph)[1].u == 1 && ek_graph_edge_list(graph)[1].v == 0);
    ek_graph_destroy(&graph);
    ek_graph_destroy(&graph);
    ek_graph_destroy(NULL);
}

static void test_create_checks(void)
{
    const ek_edge wrong[] = {{0, 0, 1}, {0, 5, 1}, {-1, 0, 1}, {0, 1, NAN}, {0, 1, INFINITY}};
    ek_graph *graph = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_STATUS(ek_graph_create(5, 1, &wrong[i], &graph), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_graph_create(0, 0, NULL, &graph), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_graph_create(63, 0, NULL, &graph), EK_ERROR_ARGUMENT);
    CHECK(strstr(ek_last_message(), "63") && strstr(ek_last_message(), "62"));
    CHECK(graph == NULL);
    CHECK_OK(ek_graph_create(1, 0, NULL, &graph));
    ek_graph_destroy(&graph);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"named graphs have their order, degree and girth", test_named_graphs},
        {"unknown names are refused", test_unknown_names},
        {"LCF notation that makes no cubic graph is refused", test_lcf},
        {"random regular graphs are regular and simple",
         test_regular_graphs_are_regular_and_simple},
        {"all regular graphs come up", test_regular_graphs_vary},
        {"impossible degrees are refused", test_wrong_degrees},
        {"Erdos-Renyi graphs have the right density", test_erdos_renyi},
        {"probabilities of 0 and 1 work, others beyond are refused", test_extreme_probabilities},
        {"weights have their distribution", test_weights},
        {"generated graphs never change", test_generators_are_pinned},
        {"a graph copies its edges", test_create_copies},
        {"a graph checks its edges", test_create_checks},
    };
    return test_main(argc, argv, "problem: graphs", cases, sizeof cases / sizeof *cases);
}
