#include "base/base.h"
#include "io/text_file.h"
#include "support/harness.h"

#include <string.h>

/* Checks that a text gives these edges in this order. */
static void check_graph(const char *text, ek_graph_format format, int fixed, int vertices,
                        size_t count, const ek_edge *edges)
{
    ek_graph *graph = text_graph(text, format, fixed);
    if (!graph) {
        fprintf(stderr, "text: %s\n", text);
        return;
    }
    CHECK(ek_graph_vertices(graph) == vertices);
    CHECK(ek_graph_edges(graph) == count);
    for (size_t i = 0; i < count && i < ek_graph_edges(graph); i++) {
        const ek_edge *edge = &ek_graph_edge_list(graph)[i];
        CHECK(edge->u == edges[i].u && edge->v == edges[i].v && edge->weight == edges[i].weight);
    }
    ek_graph_destroy(&graph);
}

static const ek_edge path[] = {{0, 1, 1}, {1, 2, -1.5}, {2, 3, 0.25}};
static const ek_edge plain[] = {{0, 1, 1}, {1, 2, 1}, {2, 3, 1}};

static void test_gset(void)
{
    check_graph("4 3\n1 2 1\n2 3 -1.5\n3 4 .25\n", EK_GRAPH_GSET, 0, 4, 3, path);
    check_graph("4 3\n1 2\n2 3\n3 4", EK_GRAPH_GSET, 0, 4, 3, plain);
    check_graph("7 3\n1 2\n2 3\n3 4", EK_GRAPH_GSET, 0, 7, 3, plain);
    check_graph("1 0", EK_GRAPH_GSET, 0, 1, 0, NULL);
    check_graph("62 0\n\n\n", EK_GRAPH_GSET, 0, 62, 0, NULL);
}

static void test_edge_lists(void)
{
    check_graph("0 1\n1 2 -1.5\n2 3 0.25\n", EK_GRAPH_EDGES, 0, 4, 3, path);
    check_graph("# a path\n0 1 # first\n\n1 2\n2 3", EK_GRAPH_EDGES, 0, 4, 3, plain);
    check_graph("0 1\n1 2\n2 3\n", EK_GRAPH_EDGES, 6, 6, 3, plain);
    check_graph("4 3\n", EK_GRAPH_EDGES, 0, 5, 1, (const ek_edge[]){{4, 3, 1}});
    check_graph("0 61 1e-3", EK_GRAPH_EDGES, 0, 62, 1, (const ek_edge[]){{0, 61, 1e-3}});
}

static void test_dimacs(void)
{
    check_graph("c a path\np edge 4 3\ne 1 2\ne 2 3 -1.5\nc more\ne 3 4 0.25\n", EK_GRAPH_DIMACS,
                0, 4, 3, path);
    check_graph("p col 4 3\ne 1 2\ne 2 3\ne 3 4", EK_GRAPH_DIMACS, 0, 4, 3, plain);
    check_graph("p edge 1 0\n", EK_GRAPH_DIMACS, 0, 1, 0, NULL);
}

static void test_line_ends_and_blanks(void)
{
    check_graph("4 3\r\n1 2\r\n2 3\r\n3 4\r\n", EK_GRAPH_GSET, 0, 4, 3, plain);
    check_graph("4 3\r1 2\r2 3\r3 4", EK_GRAPH_GSET, 0, 4, 3, plain);
    check_graph("\t4\t3 \n\n  1\t2\t\n 2 3\n\n3  4", EK_GRAPH_GSET, 0, 4, 3, plain);
    check_graph("\xEF\xBB\xBF"
                "4 3\n1 2\n2 3\n3 4",
                EK_GRAPH_GSET, 0, 4, 3, plain);
}

static void test_automatic_format(void)
{
    const ek_graph_format any = EK_GRAPH_AUTO;
    check_graph("4 3\n1 2\n2 3 -1.5\n3 4 0.25", any, 0, 4, 3, path);
    check_graph("# header\n4 3\n1 2 1\n2 3 -1.5\n3 4 0.25", any, 0, 4, 3, path);
    check_graph("0 1\n1 2\n2 3", any, 0, 4, 3, plain);
    check_graph("0 1 1\n1 2 -1.5\n2 3 0.25", any, 0, 4, 3, path);
    check_graph("c x\np edge 4 3\ne 1 2\ne 2 3\ne 3 4", any, 0, 4, 3, plain);
    check_graph("1 0", any, 0, 1, 0, NULL);
    check_graph("0 1", any, 0, 2, 1, plain);
    /* Like a header in form, but the edges fit only an edge list. */
    check_graph("3 2\n2 1\n1 0", any, 0, 4, 3, (const ek_edge[]){{3, 2, 1}, {2, 1, 1}, {1, 0, 1}});
    check_graph("1 2\n2 3\n3 1", any, 0, 4, 3, (const ek_edge[]){{1, 2, 1}, {2, 3, 1}, {3, 1, 1}});
    check_graph("4 3\n1 2\n", any, 6, 6, 2, (const ek_edge[]){{4, 3, 1}, {1, 2, 1}});
}

/* Only edge lists leave it open. */
static void test_vertices_of_counted_formats(void)
{
    const char *const texts[] = {"4 3\n1 2\n2 3\n3 4", "p edge 2 1\ne 1 2"};
    const ek_graph_format formats[] = {EK_GRAPH_GSET, EK_GRAPH_DIMACS};
    for (int i = 0; i < 4; i++) {
        ek_file file = text_file(texts[i / 2]);
        ek_graph *graph = NULL;
        const ek_graph_format format = i % 2 ? formats[i / 2] : EK_GRAPH_AUTO;
        CHECK_STATUS(ek_graph_parse(&file, format, 5, &graph), EK_ERROR_ARGUMENT);
        CHECK(strstr(ek_last_message(), i < 2 ? "'test' is read as gset" : "read as dimacs"));
        CHECK(graph == NULL);
        ek_file_clear(&file);
    }
}

/* What nearly is a Gset file is not silently read as something else. */
static void test_damaged_gset_files(void)
{
    static const struct {
        const char *text, *message;
    } damaged[] = {{"4 3\n1 2\n2 3\n", "test:4:1: expected edge 3 of 3"},
                   {"4 3\n1 2\n2 3\n3 4\n4 1\n", "test:5:1: expected the end"},
                   {"4 3\n1 2\n2 3\n3 5\n", "test:4:3: expected a second vertex"},
                   {"4 3\n1 2 1\n2 3 1\n0 4 1\n", "test:4:1: expected a vertex"},
                   {"800 2\n1 2 1\n2 3 1\n", "test:1:1: expected the number of vertices"},
                   {"4 3", "expected edge 1 of 3"}};
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        ek_file file = text_file(damaged[i].text);
        ek_graph *graph = NULL;
        CHECK_STATUS(ek_graph_parse(&file, EK_GRAPH_AUTO, 0, &graph), EK_ERROR_PARSE);
        const bool found = strstr(ek_last_message(), damaged[i].message) != NULL;
        if (!found) fprintf(stderr, "\n%s has no '%s'\n", ek_last_message(), damaged[i].message);
        CHECK(found && graph == NULL);
        ek_file_clear(&file);
    }
}

static void test_wrong_requests(void)
{
    ek_file file = text_file("0 1\n");
    ek_graph *graph = NULL;
    CHECK_STATUS(ek_graph_parse(&file, (ek_graph_format)4, 0, &graph), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_graph_parse(&file, (ek_graph_format)-1, 0, &graph), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_graph_parse(&file, EK_GRAPH_AUTO, 63, &graph), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_graph_parse(&file, EK_GRAPH_AUTO, -1, &graph), EK_ERROR_ARGUMENT);
    CHECK(graph == NULL);
    ek_file_clear(&file);
}

static void test_failing_allocations(void)
{
    ek_file file = text_file("20 17\n1 2\n1 3\n1 4\n1 5\n1 6\n1 7\n1 8\n1 9\n1 10\n1 11\n1 12\n"
                             "1 13\n1 14\n1 15\n1 16\n1 17\n1 18\n");
    ek_graph *graph = NULL;
    ek_status status = EK_ERROR_MEMORY;
    long nth = 0;
    while (status == EK_ERROR_MEMORY && nth < 1000) {
        ek_fault_set(EK_FAULT_ALLOCATE, ++nth);
        status = ek_graph_parse(&file, EK_GRAPH_AUTO, 0, &graph);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        CHECK((status == EK_OK) == (graph != NULL));
    }
    CHECK_OK(status);
    CHECK(nth == 6); /* three growing blocks of edges, the graph and its edges */
    ek_graph_destroy(&graph);
    ek_file_clear(&file);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"Gset", test_gset},
        {"edge lists", test_edge_lists},
        {"DIMACS", test_dimacs},
        {"line ends, tabs and blank lines", test_line_ends_and_blanks},
        {"the format is recognised", test_automatic_format},
        {"Gset and DIMACS say how many vertices there are", test_vertices_of_counted_formats},
        {"damaged Gset files are refused", test_damaged_gset_files},
        {"wrong requests are refused", test_wrong_requests},
        {"every failing allocation is reported", test_failing_allocations},
    };
    return test_main(argc, argv, "io: graph files", cases, sizeof cases / sizeof *cases);
}
