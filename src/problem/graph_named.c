#include "problem/problem.h"

#include <string.h>

/* Vertex that lies `shift` steps further on a ring. */
static int step_on_ring(int vertices, int from, int shift)
{
    const int to = (from + shift % vertices) % vertices;
    return to < 0 ? to + vertices : to;
}

static ek_status check_chord(int vertices, int count, const int *shifts, int from)
{
    const int shift = shifts[from % count];
    const int to = step_on_ring(vertices, from, shift);
    const int next = step_on_ring(vertices, from, 1), before = step_on_ring(vertices, from, -1);
    if (to == from || to == next || to == before)
        return EK_FAIL(
            EK_ERROR_ARGUMENT,
            "LCF shift %d of vertex %d leads to itself or to a neighbour on the ring of %d", shift,
            from, vertices);
    if (step_on_ring(vertices, to, shifts[to % count]) != from)
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       "LCF shift %d takes vertex %d to %d, whose shift %d does not lead back",
                       shift, from, to, shifts[to % count]);
    return EK_OK;
}

ek_status ek_graph_lcf(size_t count, const int *shifts, int repeats, ek_graph **graph)
{
    uint64_t neighbours[EK_QUBITS_MAX] = {0};
    if (count < 1 || count > EK_QUBITS_MAX || repeats < 1 || repeats > EK_QUBITS_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       "LCF notation of %zu shifts repeated %d times; both are 1 to %d", count,
                       repeats, EK_QUBITS_MAX);
    const int vertices = (int)count * repeats;
    EK_TRY(ek_check_qubits("vertices", vertices));
    for (int u = 0; u < vertices; u++) {
        EK_TRY(check_chord(vertices, (int)count, shifts, u));
        const int to[2] = {step_on_ring(vertices, u, 1),
                           step_on_ring(vertices, u, shifts[(size_t)u % count])};
        for (int i = 0; i < 2; i++) {
            neighbours[u] |= ek_bit(to[i]);
            neighbours[to[i]] |= ek_bit(u);
        }
    }
    return ek_graph_from_neighbours(vertices, neighbours, EK_WEIGHTS_ONE, 0, graph);
}

/* ---- names --------------------------------------------------------------------------------- */

/* Generalised Petersen graph: a ring of `half` vertices, spokes to a second ring of as many in
 * which each is joined to the one `step` further. The prism is (3, 1). */
static ek_status two_rings(int half, int step, ek_graph **graph)
{
    ek_edge edges[3 * EK_QUBITS_MAX];
    for (int i = 0; i < half; i++) {
        edges[3 * i] = (ek_edge){i, (i + 1) % half, 1};
        edges[3 * i + 1] = (ek_edge){i, half + i, 1};
        edges[3 * i + 2] = (ek_edge){half + i, half + (i + step) % half, 1};
    }
    return ek_graph_create(2 * half, (size_t)(3 * half), edges, graph);
}

static ek_status ring(int vertices, ek_graph **graph)
{
    ek_edge edges[EK_QUBITS_MAX];
    for (int i = 0; i < vertices; i++) edges[i] = (ek_edge){i, (i + 1) % vertices, 1};
    return ek_graph_create(vertices, (size_t)vertices, edges, graph);
}

static ek_status petersen(ek_graph **graph) { return two_rings(5, 2, graph); }
static ek_status prism(ek_graph **graph) { return two_rings(3, 1, graph); }
static ek_status heawood(ek_graph **graph)
{
    return ek_graph_lcf(2, (const int[]){5, -5}, 7, graph);
}
static ek_status cube(ek_graph **graph) { return ek_graph_lcf(2, (const int[]){3, -3}, 4, graph); }
static ek_status k33(ek_graph **graph) { return ek_graph_lcf(1, (const int[]){3}, 6, graph); }
static ek_status desargues(ek_graph **graph)
{
    return ek_graph_lcf(4, (const int[]){5, -5, 9, -9}, 5, graph);
}

static const struct {
    const char *name;
    ek_status (*make)(ek_graph **graph);
} named[] = {{"petersen", petersen}, {"heawood", heawood}, {"desargues", desargues},
             {"cube", cube},         {"prism", prism},     {"k33", k33}};

/* Reads the N of "ring-N" or "complete-N"; false when that is not what the name is. */
static bool read_family(const char *name, const char *family, int *vertices)
{
    const size_t length = strlen(family);
    if (strncmp(name, family, length) != 0) return false;
    int value = 0;
    const char *at = name + length;
    if (!*at) return false;
    for (; *at >= '0' && *at <= '9'; at++)
        if (value < 100000) value = 10 * value + (*at - '0');
    *vertices = value;
    return !*at;
}

ek_status ek_graph_named(const char *name, ek_graph **graph)
{
    int vertices;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(name, named[i].name) == 0) return named[i].make(graph);
    if (read_family(name, "complete-", &vertices))
        return ek_graph_complete(vertices, EK_WEIGHTS_ONE, 0, graph);
    if (read_family(name, "ring-", &vertices)) {
        if (vertices >= 3 && vertices <= EK_QUBITS_MAX) return ring(vertices, graph);
        return EK_FAIL(EK_ERROR_ARGUMENT, "a ring of %d vertices; it must have 3 to %d", vertices,
                       EK_QUBITS_MAX);
    }
    return EK_FAIL(
        EK_ERROR_ARGUMENT,
        "no graph is named '%s'; there are petersen, heawood, desargues, cube, prism, k33, "
        "ring-N, complete-N",
        name);
}
