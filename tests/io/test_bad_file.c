#include "io/text_file.h"
#include "support/harness.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef ek_status parse_file(const ek_file *file);

static ek_status graph(const ek_file *file, ek_graph_format format, int vertices)
{
    ek_graph *graph = NULL;
    const ek_status status = ek_graph_parse(file, format, vertices, &graph);
    CHECK((status == EK_OK) == (graph != NULL));
    ek_graph_destroy(&graph);
    return status;
}

static ek_status gset(const ek_file *file)
{
    return graph(file, EK_GRAPH_GSET, 0);
}
static ek_status edges(const ek_file *file)
{
    return graph(file, EK_GRAPH_EDGES, 0);
}
static ek_status edges_of_3(const ek_file *file)
{
    return graph(file, EK_GRAPH_EDGES, 3);
}
static ek_status dimacs(const ek_file *file)
{
    return graph(file, EK_GRAPH_DIMACS, 0);
}
static ek_status any(const ek_file *file)
{
    return graph(file, EK_GRAPH_AUTO, 0);
}

static ek_status drop(ek_status status, ek_problem **problem)
{
    CHECK((status == EK_OK) == (*problem != NULL));
    ek_problem_destroy(problem);
    return status;
}

static ek_status qubo(const ek_file *file)
{
    ek_problem *problem = NULL;
    return drop(ek_qubo_parse(file, &problem), &problem);
}

static ek_status ising(const ek_file *file)
{
    ek_problem *problem = NULL;
    return drop(ek_ising_parse(file, &problem), &problem);
}

static ek_status partition(const ek_file *file)
{
    ek_problem *problem = NULL;
    return drop(ek_partition_parse(file, &problem), &problem);
}

static ek_status portfolio(const ek_file *file)
{
    ek_problem *problem = NULL;
    return drop(ek_portfolio_parse(file, 0.5, -1, &problem), &problem);
}

/* A text with a null byte in it is cut short by strlen, so the length comes from the literal. */
#define TEXT(literal) literal, sizeof(literal) - 1

static const struct bad {
    parse_file *parse;
    const char *bytes;
    size_t length;
    const char *place, *words;
} table[] = {
    /* nothing, or no text */
    {gset, TEXT(""), "1:1", "the number of vertices"},
    {edges, TEXT(""), "1:1", "an edge"},
    {edges_of_3, TEXT("# no edges\n"), "2:1", "an edge"},
    {dimacs, TEXT(""), "1:1", "expected 'p', found the end of the file"},
    {any, TEXT(" \n\t\n"), "3:1", "found the end of the file"},
    {qubo, TEXT("c only a comment"), "1:17", "expected 'p'"},
    {ising, TEXT("\n\n"), "3:1", "\"i h\""},
    {partition, TEXT("# none"), "1:7", "a number"},
    {portfolio, TEXT(""), "1:1", "an expected return"},
    {any, TEXT("\x89HDF\r\n\x1a\n\0\0"), "2:1", "byte 0x1A"},
    {gset, TEXT("2 1\n1\0002\n"), "2:2", "byte 0x00"},
    {qubo, TEXT("p qubo 0 1 1 0\n0 0 1\x7f\n"), "2:6", "byte 0x7F"},
    {any, TEXT("\xFF\xFEx\n"), "1:1", "'\\xFF\\xFEx'"},
    /* Gset */
    {gset, TEXT("3\n1 2\n"), "1:2", "the number of edges"},
    {gset, TEXT("3 1 4\n1 2\n"), "1:5", "the end of the line, found '4'"},
    {gset, TEXT("0 0\n"), "1:1", "from 1 to 62), found '0'"},
    {gset, TEXT("63 0\n"), "1:1", "from 1 to 62), found '63'"},
    {gset, TEXT("3 -1\n"), "1:3", "the number of edges"},
    {gset, TEXT("3 99999999999999999999\n"), "1:3", "found '99999999999999999999'"},
    {gset, TEXT("3 2\n1 2\n"), "3:1", "edge 2 of 2, found the end of the file"},
    {gset, TEXT("3 2\n1 2"), "2:4", "edge 2 of 2, found the end of the file"},
    {gset, TEXT("3 1\n1 2\n2 3\n"), "3:1", "the end of the file after 1 edges, found '2'"},
    {gset, TEXT("3 1\n0 2\n"), "2:1", "from 1 to 3), found '0'"},
    {gset, TEXT("3 1\n1 4\n"), "2:3", "from 1 to 3), found '4'"},
    {gset, TEXT("3 1\n-1 2\n"), "2:1", "found '-1'"},
    {gset, TEXT("3 1\n2 2\n"), "2:3", "a loop"},
    {gset, TEXT("3 1\n1\n"), "2:2", "a second vertex (an integer from 1 to 3), found the end"},
    {gset, TEXT("3 1\n1 2 x\n"), "2:5", "a weight (a finite number), found 'x'"},
    {gset, TEXT("3 1\n1 2 nan\n"), "2:5", "found 'nan'"},
    {gset, TEXT("3 1\n1 2 -inf\n"), "2:5", "found '-inf'"},
    {gset, TEXT("3 1\n1 2 1e999\n"), "2:5", "found '1e999'"},
    {gset, TEXT("3 1\n1 2 1,5\n"), "2:5", "found '1,5'"},
    {gset, TEXT("3 1\n1 2 0x1p3\n"), "2:5", "found '0x1p3'"},
    {gset, TEXT("3 1\n1 2 1 7\n"), "2:7", "the end of the line, found '7'"},
    {gset, TEXT("3 1\n1.0 2\n"), "2:1", "an integer"},
    {gset, TEXT("3 1\r\n\r\n1 \t5\r\n"), "3:4", "found '5'"},
    {gset, TEXT("3 1\n1 2 1.5abc\n"), "2:5", "found '1.5abc'"},
    {gset, TEXT("3 2\n1 2 1.5e308\n2 3 1.5e308\n3"), "4:1", "the end of the file"},
    /* edge lists */
    {edges, TEXT("0 62\n"), "1:3", "from 0 to 61), found '62'"},
    {edges, TEXT("0 1\n1 -2\n"), "2:3", "found '-2'"},
    {edges_of_3, TEXT("0 1\n1 3\n"), "2:3", "from 0 to 2), found '3'"},
    {edges, TEXT("0 1\n5 5 2\n"), "2:3", "loop"},
    {edges, TEXT("0 1 2 3\n"), "1:7", "the end of the line"},
    {edges, TEXT("0,1\n"), "1:1", "found '0,1'"},
    {edges, TEXT("0 # 1\n"), "1:3", "found the end of the line"},
    {edges, TEXT("u v w\n"), "1:1", "found 'u'"},
    {any, TEXT("hello world\n"), "1:1", "found 'hello'"},
    {any, TEXT("{\"edges\": [[0, 1]]}\n"), "1:1", "found '{\"edges\":'"},
    /* DIMACS */
    {dimacs, TEXT("e 1 2\n"), "1:1", "expected 'p', found 'e'"},
    {dimacs, TEXT("p cnf 3 1\ne 1 2\n"), "1:3", "'edge' (or 'col'), found 'cnf'"},
    {dimacs, TEXT("p edge 3\ne 1 2\n"), "1:9", "the number of edges"},
    {dimacs, TEXT("p edge 3 1\n1 2\n"), "2:1", "expected 'e', found '1'"},
    {dimacs, TEXT("c x\np edge 3 2\nc y\ne 1 2\nc z\n"), "6:1", "edge 2 of 2"},
    {dimacs, TEXT("p edge 3 1\ne 1 2\ne 2 3\n"), "3:1", "after 1 edges, found 'e'"},
    {dimacs, TEXT("p edge 3 1\ne 0 2\n"), "2:3", "from 1 to 3), found '0'"},
    {dimacs, TEXT("p edge 3 1\ne 3 3\n"), "2:5", "loop"},
    {any, TEXT("p qubo 0 2 1 0\n0 0 1\n"), "1:3", "found 'qubo'"},
    /* QUBO */
    {qubo, TEXT("p edge 2 1\n"), "1:3", "expected 'qubo', found 'edge'"},
    {qubo, TEXT("p qubo"), "1:7", "a topology"},
    {qubo, TEXT("p qubo 0 0 0 0\n"), "1:10", "the number of variables"},
    {qubo, TEXT("p qubo 0 63 0 0\n"), "1:10", "from 1 to 62"},
    {qubo, TEXT("p qubo 0 2 1\n0 0 1\n"), "1:13", "the number of coupler lines"},
    {qubo, TEXT("p qubo 0 2 2 0\n0 0 1\n"), "3:1", "node line 2 of 2"},
    {qubo, TEXT("p qubo 0 2 1 1\n0 0 1\n"), "3:1", "coupler line 1 of 1"},
    {qubo, TEXT("p qubo 0 2 1 0\n0 0 1\n1 1 1\n"), "3:1", "1 node lines"},
    {qubo, TEXT("p qubo 0 2 0 0\n0 1 1\n"), "2:1", "0 coupler lines"},
    {qubo, TEXT("p qubo 0 2 1 0\n2 2 1\n"), "2:1", "from 0 to 1), found '2'"},
    {qubo, TEXT("p qubo 0 2 1 0\n0 0\n"), "2:4", "a value"},
    {qubo, TEXT("p qubo 0 2 1 0\n0 0 1 1\n"), "2:7", "the end of the line"},
    {qubo, TEXT("p qubo 0 2 1 1\n0 0 1.5e308\n0 1 1.5e308\n1"), "4:2", "a variable"},
    {qubo, TEXT("p qubo 0 2 2 1\n0 0 1.5e308\n0 1 1.5e308\n1 1 1.5e308"), "1:1", "scale them"},
    /* Ising */
    {ising, TEXT("0\n"), "1:2", "a field"},
    {ising, TEXT("0 x\n"), "1:3", "a field (a finite number), found 'x'"},
    {ising, TEXT("0 1 2 3\n"), "1:7", "the end of the line"},
    {ising, TEXT("0 1.5 2\n"), "1:3", "a second spin"},
    {ising, TEXT("62 1\n"), "1:1", "from 0 to 61"},
    {ising, TEXT("0 1\noffset\n"), "2:7", "an offset"},
    {ising, TEXT("Offset 1\n"), "1:1", "found 'Offset'"},
    {ising, TEXT("offset 1\n"), "2:1", "\"i h\""},
    {ising, TEXT("0 1 infinity\n"), "1:5", "a coupling"},
    /* partition */
    {partition, TEXT("1 2 three\n"), "1:5", "found 'three'"},
    {partition, TEXT("1,,2\n"), "1:3", "found ','"},
    {partition, TEXT(",1\n"), "1:1", "found ','"},
    {partition, TEXT("1;2\n"), "1:1", "found '1;2'"},
    {partition, TEXT("1e200 1e200\n"), "1:1", "scale them down"},
    /* portfolio */
    {portfolio, TEXT("A,B\n"), "2:1", "an expected return"},
    {portfolio, TEXT("0.1,x\n1,0\n0,1\n"), "1:5",
     "an expected return (a finite number), found 'x'"},
    {portfolio, TEXT("0.1,0.2,\n1,0\n0,1\n"), "1:9", "an expected return"},
    {portfolio, TEXT("0.1 0.2\n1 0\n0 1\n"), "1:5", "expected ',', found '0.2'"},
    {portfolio, TEXT("0.1;0.2\n1;0\n0;1\n"), "2:1", "found '1;0'"},
    {portfolio, TEXT("A,B,C\n0.1,0.2\n1,0\n0,1\n"), "2:1", "expected 3 returns"},
    {portfolio, TEXT("0.1,0.2\n1,0\n"), "3:1", "line 2 of 2 of the covariance matrix"},
    {portfolio, TEXT("0.1,0.2\n1,0\n0\n"), "3:2", "expected ',', found the end of the line"},
    {portfolio, TEXT("0.1,0.2\n1,0,0\n0,1,0\n"), "2:4", "the end of the line, found ','"},
    {portfolio, TEXT("0.1,0.2\n1,0\n0,1\n1,1\n"), "4:1", "the end of the file"},
    {portfolio, TEXT("0.1,0.2\n1,0.5\n0.4, 1\n"), "3:1", "symmetric, found 0.4"},
    {portfolio, TEXT("0.1,0.2\n1,,0.5\n0.5,1\n"), "2:3", "covariance 2 of 2"},
    {portfolio, TEXT("0.1,0.2\n1,NaN\nNaN,1\n"), "2:3", "found 'NaN'"},
};

static void check_bad(const struct bad *bad, size_t index)
{
    char begin[64];
    ek_file file = text_file_of_bytes(bad->bytes, bad->length);
    snprintf(begin, sizeof begin, "test:%s: ", bad->place);
    CHECK_STATUS(bad->parse(&file), EK_ERROR_PARSE);
    const char *message = ek_last_message();
    const bool right = strncmp(message, begin, strlen(begin)) == 0 &&
                       strstr(message, bad->words) && strstr(message, "expected");
    if (!right)
        fprintf(stderr, "\nbad file %zu (%s): '%s' should begin with '%s' and contain '%s'\n",
                index, bad->bytes, message, begin, bad->words);
    CHECK(right);
    ek_file_clear(&file);
}

static void test_bad_files(void)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) check_bad(&table[i], i);
}

/* Any file cut short or with one byte replaced is read or refused with its place, never more. */
static void check_damaged(parse_file *parse, const char *text, size_t length)
{
    ek_file file = text_file_of_bytes(text, length);
    const ek_status status = parse(&file);
    CHECK(status == EK_OK || status == EK_ERROR_PARSE);
    if (status != EK_OK) CHECK(strncmp(ek_last_message(), "test:", 5) == 0);
    ek_file_clear(&file);
}

static void test_damaged_files(void)
{
    static const struct {
        parse_file *parse;
        const char *text;
    } good[] = {{any, "3 2\r\n1 2 0.5\n2 3 -1e2"},
                {gset, "3 2\n1 2\n2 3 -1"},
                {edges, "# x\n0 1 2.5\n1 2"},
                {dimacs, "c x\np edge 3 2\ne 1 2\ne 2 3 1\n"},
                {qubo, "p qubo 0 2 1 1\n0 0 1.5\n0 1 2\n"},
                {ising, "offset 2\n0 1\n0 1 -.5\n"},
                {partition, "1, 2 3\n4.5\n"},
                {portfolio, "\"a\",b\n1,2\n1,0\n0,1\n"}};
    const char replaced[] = {'\0', '\n', '\r', ' ', ',', '#', '-',
                             '9',  'e',  'c',  'p', '"', '.', (char)0xFF};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char text[64];
        const size_t length = strlen(good[i].text);
        for (size_t at = 0; at < length; at++) {
            check_damaged(good[i].parse, good[i].text, at);
            for (size_t k = 0; k < sizeof replaced; k++) {
                memcpy(text, good[i].text, length);
                text[at] = replaced[k];
                check_damaged(good[i].parse, text, length);
            }
        }
    }
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"bad files are refused with place and reason", test_bad_files},
        {"damaged files never lead astray", test_damaged_files},
    };
    return test_main(argc, argv, "io: bad files", cases, sizeof cases / sizeof *cases);
}
