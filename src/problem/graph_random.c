#include "problem/problem.h"

#include <string.h>

/* Draws of weights are kept apart from draws of edges: index = [1 | edge]. */
#define WEIGHT_DRAWS (UINT64_C(1) << 63)

static ek_status check_weights(ek_weights weights)
{
    if (weights == EK_WEIGHTS_ONE || weights == EK_WEIGHTS_SIGNS || weights == EK_WEIGHTS_GAUSSIAN)
        return EK_OK;
    return EK_FAIL(EK_ERROR_ARGUMENT,
                   "kind of weights %d; there are 0 (one), 1 (signs), 2 (gaussian)", (int)weights);
}

static double draw_weight(ek_weights weights, uint64_t seed, uint64_t edge)
{
    double normals[2];
    switch (weights) {
    case EK_WEIGHTS_SIGNS:
        return ek_random_below(seed, EK_STREAM_GRAPH, WEIGHT_DRAWS | edge, 2) ? 1 : -1;
    case EK_WEIGHTS_GAUSSIAN:
        ek_random_normals(seed, EK_STREAM_GRAPH, WEIGHT_DRAWS | edge, normals);
        return normals[0];
    default:
        return 1;
    }
}

ek_status ek_graph_from_neighbours(int vertices, const uint64_t *neighbours, ek_weights weights,
                                   uint64_t seed, ek_graph **graph)
{
    size_t count = 0;
    ek_edge *edges;
    EK_TRY(check_weights(weights));
    for (int u = 0; u < vertices; u++)
        count += (size_t)ek_popcount(neighbours[u] & ~ek_low_bits(u + 1));
    EK_TRY(EK_NEW(edges, count));
    ek_edge *edge = edges;
    for (int u = 0; u < vertices; u++)
        for (uint64_t rest = neighbours[u] & ~ek_low_bits(u + 1); rest; rest &= rest - 1, edge++)
            *edge = (ek_edge){u, ek_lowest_bit(rest),
                              draw_weight(weights, seed, (uint64_t)(edge - edges))};
    const ek_status status = ek_graph_create(vertices, count, edges, graph);
    ek_release(edges);
    return status;
}

/* ---- random regular graphs ----------------------------------------------------------------- */

/* One attempt: vertex u has `degree` points, of which those that are not yet paired lie in
 * points[0..left). Pairs are drawn among all points and kept when they make a new edge. */
struct pairing {
    int vertices, left;
    uint64_t seed, draws; /* draws: how many numbers were taken from the stream */
    uint64_t neighbours[EK_QUBITS_MAX];
    uint8_t points[EK_QUBITS_MAX * EK_QUBITS_MAX]; /* the vertex of each */
};

static int draw_below(struct pairing *pairing, int bound)
{
    return (int)ek_random_below(pairing->seed, EK_STREAM_GRAPH, pairing->draws++, (uint64_t)bound);
}

/* True when two vertices with free points are not yet joined. */
static bool can_continue(const struct pairing *pairing)
{
    uint64_t open = 0;
    for (int i = 0; i < pairing->left; i++) open |= ek_bit(pairing->points[i]);
    for (uint64_t rest = open; rest; rest &= rest - 1) {
        const int u = ek_lowest_bit(rest);
        if (open & ~pairing->neighbours[u] & ~ek_bit(u)) return true;
    }
    return false;
}

static void remove_point(struct pairing *pairing, int index)
{
    pairing->points[index] = pairing->points[--pairing->left];
}

/* Draws one pair; false when it is a loop or an edge that is there already. */
static bool draw_pair(struct pairing *pairing)
{
    int a = draw_below(pairing, pairing->left);
    int b = draw_below(pairing, pairing->left - 1);
    if (b >= a) b++;
    const int u = pairing->points[a], v = pairing->points[b];
    if (u == v || pairing->neighbours[u] & ek_bit(v)) return false;
    pairing->neighbours[u] |= ek_bit(v);
    pairing->neighbours[v] |= ek_bit(u);
    /* The later point first: the earlier one's place is not touched by its removal. */
    remove_point(pairing, a > b ? a : b);
    remove_point(pairing, a > b ? b : a);
    return true;
}

static bool attempt_pairing(struct pairing *pairing, int degree)
{
    memset(pairing->neighbours, 0, sizeof pairing->neighbours);
    pairing->left = pairing->vertices * degree;
    for (int i = 0; i < pairing->left; i++) pairing->points[i] = (uint8_t)(i / degree);
    while (pairing->left > 0)
        if (!draw_pair(pairing) && !can_continue(pairing)) return false;
    return true;
}

static ek_status check_regular(int vertices, int degree)
{
    EK_TRY(ek_check_qubits("vertices", vertices));
    if (degree < 0 || degree >= vertices)
        return EK_FAIL(EK_ERROR_ARGUMENT, "degree %d with %d vertices; it must be 0 to %d", degree,
                       vertices, vertices - 1);
    if (vertices % 2 != 0 && degree % 2 != 0)
        return EK_FAIL(
            EK_ERROR_ARGUMENT,
            "degree %d with %d vertices: their product must be even, so make one of them even",
            degree, vertices);
    return EK_OK;
}

ek_status ek_graph_random_regular(int vertices, int degree, ek_weights weights, uint64_t seed,
                                  ek_graph **graph)
{
    struct pairing *pairing;
    EK_TRY(check_regular(vertices, degree));
    EK_TRY(EK_NEW(pairing, 1));
    pairing->vertices = vertices;
    pairing->seed = seed;
    /* Pairings of dense graphs rarely end; the complement of a regular graph is regular too. */
    const bool dense = 2 * degree > vertices - 1;
    const int drawn = dense ? vertices - 1 - degree : degree;
    while (!attempt_pairing(pairing, drawn)) continue;
    if (dense)
        for (int u = 0; u < vertices; u++)
            pairing->neighbours[u] ^= ek_low_bits(vertices) & ~ek_bit(u);
    const ek_status status =
        ek_graph_from_neighbours(vertices, pairing->neighbours, weights, seed, graph);
    ek_release(pairing);
    return status;
}

/* ---- independent edges --------------------------------------------------------------------- */

ek_status ek_graph_erdos_renyi(int vertices, double probability, ek_weights weights, uint64_t seed,
                               ek_graph **graph)
{
    uint64_t neighbours[EK_QUBITS_MAX] = {0}, pair = 0;
    EK_TRY(ek_check_qubits("vertices", vertices));
    if (!(probability >= 0 && probability <= 1))
        return EK_FAIL(EK_ERROR_ARGUMENT, "probability %g of an edge; it must be 0 to 1",
                       probability);
    for (int u = 0; u < vertices; u++)
        for (int v = u + 1; v < vertices; v++)
            if (ek_random_uniform(seed, EK_STREAM_GRAPH, pair++) < probability)
                neighbours[u] |= ek_bit(v);
    return ek_graph_from_neighbours(vertices, neighbours, weights, seed, graph);
}

ek_status ek_graph_complete(int vertices, ek_weights weights, uint64_t seed, ek_graph **graph)
{
    uint64_t neighbours[EK_QUBITS_MAX] = {0};
    EK_TRY(ek_check_qubits("vertices", vertices));
    for (int u = 0; u < vertices; u++) neighbours[u] = ek_low_bits(vertices);
    return ek_graph_from_neighbours(vertices, neighbours, weights, seed, graph);
}
