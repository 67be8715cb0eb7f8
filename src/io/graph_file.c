#include "io/scan.h"
#include "problem/problem.h"

#include <limits.h>

/* ---- edges --------------------------------------------------------------------------------- */

struct edges {
    ek_edge *items;
    size_t count, capacity;
    int largest; /* 0-based; -1 while there is none */
};

static ek_status add_edge(struct edges *edges, ek_edge edge)
{
    void *items = edges->items;
    EK_TRY(ek_grow(&items, edges->count, sizeof edge, edges->count + 1, &edges->capacity));
    edges->items = items;
    edges->items[edges->count++] = edge;
    if (edge.u > edges->largest) edges->largest = edge.u;
    if (edge.v > edges->largest) edges->largest = edge.v;
    return EK_OK;
}

/* "u v" or "u v weight" to the end of the line, vertices from `first` on. */
static ek_status read_edge(struct ek_scan *scan, long first, long vertices, struct edges *edges)
{
    long u, v;
    double weight = 1;
    EK_TRY(ek_scan_integer(scan, "a vertex", first, first + vertices - 1, &u));
    const struct ek_token second = ek_scan_peek(scan);
    EK_TRY(ek_scan_integer(scan, "a second vertex", first, first + vertices - 1, &v));
    if (u == v)
        return EK_FAIL_IN(scan->file, second.text,
                          "expected another vertex than %ld, found a loop", u);
    if (!ek_scan_at_line_end(scan)) EK_TRY(ek_scan_number(scan, "a weight", &weight));
    EK_TRY(ek_scan_end_line(scan));
    return add_edge(edges, (ek_edge){(int)(u - first), (int)(v - first), weight});
}

static ek_status read_counts(struct ek_scan *scan, long *vertices, long *count)
{
    EK_TRY(ek_scan_integer(scan, "the number of vertices", 1, EK_QUBITS_MAX, vertices));
    EK_TRY(ek_scan_integer(scan, "the number of edges", 0, INT_MAX, count));
    return ek_scan_end_line(scan);
}

/* The lines behind a header, each after the word `mark` unless that is null, 1-based. */
static ek_status read_counted(struct ek_scan *scan, const char *mark, long vertices, long count,
                              struct edges *edges)
{
    char expected[96];
    for (long i = 0; i < count; i++) {
        snprintf(expected, sizeof expected, "edge %ld of %ld", i + 1, count);
        if (!ek_scan_next_line(scan)) return EK_FAIL_EXPECTED(scan, ek_scan_peek(scan), expected);
        if (mark) EK_TRY(ek_scan_word(scan, mark));
        EK_TRY(read_edge(scan, 1, vertices, edges));
    }
    snprintf(expected, sizeof expected, "the end of the file after %ld edges", count);
    if (ek_scan_next_line(scan)) return EK_FAIL_EXPECTED(scan, ek_scan_peek(scan), expected);
    return EK_OK;
}

/* ---- formats ------------------------------------------------------------------------------- */

static ek_status read_gset(const ek_file *file, long *vertices, struct edges *edges)
{
    struct ek_scan scan = {.comment = '#'};
    long count;
    EK_TRY(ek_scan_begin(&scan, file));
    ek_scan_next_line(&scan); /* at the end of the file the next function says what is missing */
    EK_TRY(read_counts(&scan, vertices, &count));
    return read_counted(&scan, NULL, *vertices, count, edges);
}

static ek_status read_dimacs(const ek_file *file, long *vertices, struct edges *edges)
{
    struct ek_scan scan = {.remark = 'c'};
    long count;
    EK_TRY(ek_scan_begin(&scan, file));
    ek_scan_next_line(&scan);
    EK_TRY(ek_scan_word(&scan, "p"));
    const struct ek_token kind = ek_scan_token(&scan);
    if (!ek_token_is(kind, "edge") && !ek_token_is(kind, "col"))
        return EK_FAIL_EXPECTED(&scan, kind, "'edge' (or 'col')");
    EK_TRY(read_counts(&scan, vertices, &count));
    return read_counted(&scan, "e", *vertices, count, edges);
}

static ek_status read_edge_list(const ek_file *file, long *vertices, struct edges *edges)
{
    struct ek_scan scan = {.comment = '#'};
    EK_TRY(ek_scan_begin(&scan, file));
    while (ek_scan_next_line(&scan))
        EK_TRY(read_edge(&scan, 0, *vertices > 0 ? *vertices : EK_QUBITS_MAX, edges));
    if (edges->count == 0)
        return EK_FAIL_EXPECTED(&scan, ek_scan_peek(&scan), "an edge, \"u v\" or \"u v weight\"");
    if (*vertices == 0) *vertices = edges->largest + 1;
    return EK_OK;
}

/* ---- which format -------------------------------------------------------------------------- */

/* What the lines of a file look like, right or wrong. */
struct survey {
    bool header;       /* the first line is two integers "n m", n >= 1 and m >= 0 */
    long n, m, others; /* others: lines after the first */
    bool within;       /* the others name only vertices 1..n */
    bool zero;         /* one of them names vertex 0 */
    bool weighted;     /* all of them have three words */
    bool dimacs;       /* a line begins with the word p */
};

static void survey_vertices(const struct ek_token *words, struct survey *survey)
{
    for (int i = 0; i < 2; i++) {
        long vertex = -1;
        const bool known = ek_token_integer(words[i], &vertex);
        if (!known || vertex < 1 || vertex > survey->n) survey->within = false;
        if (known && vertex == 0) survey->zero = true;
    }
}

static void survey_line(struct ek_scan *scan, bool first, struct survey *survey)
{
    struct ek_token words[4];
    int count = 0;
    while (count < 4 && !ek_scan_at_line_end(scan)) words[count++] = ek_scan_token(scan);
    ek_scan_skip_line(scan);
    if (ek_token_is(words[0], "p")) survey->dimacs = true;
    if (first) {
        survey->header = count == 2 && ek_token_integer(words[0], &survey->n) &&
                         ek_token_integer(words[1], &survey->m) && survey->n >= 1 &&
                         survey->m >= 0;
        return;
    }
    survey->others++;
    if (count != 3) survey->weighted = false;
    if (count >= 2) survey_vertices(words, survey);
}

/* An edge list may begin with a line like a Gset header. Where that would also make sense, a
 * header that does not fit the rest is taken for a damaged Gset file rather than for an edge. */
static bool is_gset(const struct survey *survey, int vertices)
{
    if (!survey->header) return false;
    if (survey->others == survey->m && survey->within) return true;
    const bool simple = survey->n > EK_QUBITS_MAX || survey->m <= survey->n * (survey->n - 1) / 2;
    if (!simple || vertices > 0) return false;
    return survey->within || (survey->weighted && survey->others > 0) ||
           (survey->others == survey->m && !survey->zero);
}

static ek_status detect_format(const ek_file *file, int vertices, ek_graph_format *format)
{
    struct ek_scan scan = {.comment = '#', .remark = 'c'};
    struct survey survey = {.within = true, .weighted = true};
    EK_TRY(ek_scan_begin(&scan, file));
    for (bool first = true; ek_scan_next_line(&scan); first = false)
        survey_line(&scan, first, &survey);
    *format = survey.dimacs                ? EK_GRAPH_DIMACS
              : is_gset(&survey, vertices) ? EK_GRAPH_GSET
                                           : EK_GRAPH_EDGES;
    return EK_OK;
}

static ek_status read_edges(const ek_file *file, ek_graph_format format, long *vertices,
                            struct edges *edges)
{
    switch (format) {
    case EK_GRAPH_GSET:
        return read_gset(file, vertices, edges);
    case EK_GRAPH_DIMACS:
        return read_dimacs(file, vertices, edges);
    default:
        return read_edge_list(file, vertices, edges);
    }
}

static ek_status check_request(ek_graph_format format, int vertices)
{
    if (format < EK_GRAPH_AUTO || format > EK_GRAPH_DIMACS)
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       "graph format %d; there are 0 (auto), 1 (Gset), 2 (edge list), 3 (DIMACS)",
                       (int)format);
    return vertices == 0 ? EK_OK : ek_check_qubits("vertices", vertices);
}

ek_status ek_refuse_vertices(int vertices, const char *path, const char *format)
{
    if (vertices == 0) return EK_OK;
    return EK_FAIL(EK_ERROR_ARGUMENT,
                   "'%s' is read as %s, which says itself how large it is: leave out the number "
                   "of vertices, %d, which is for edge lists", path, format, vertices);
}

ek_status ek_graph_parse(const ek_file *file, ek_graph_format format, int vertices,
                         ek_graph **graph)
{
    struct edges edges = {.largest = -1};
    long found = vertices;
    EK_TRY(check_request(format, vertices));
    if (format == EK_GRAPH_AUTO) EK_TRY(detect_format(file, vertices, &format));
    if (format != EK_GRAPH_EDGES)
        EK_TRY(ek_refuse_vertices(vertices, file->path,
                                  format == EK_GRAPH_GSET ? "gset" : "dimacs"));
    ek_status status = read_edges(file, format, &found, &edges);
    if (status == EK_OK) status = ek_graph_create((int)found, edges.count, edges.items, graph);
    ek_release(edges.items);
    return status;
}
