#include "problem/problem.h"

#include <math.h>
#include <string.h>

static ek_status check_edge(int vertices, size_t index, const ek_edge *edge)
{
    const int u = edge->u, v = edge->v;
    if (u < 0 || u >= vertices || v < 0 || v >= vertices)
        return EK_FAIL(EK_ERROR_ARGUMENT, "edge %zu joins %d and %d; vertices are 0 to %d", index,
                       u, v, vertices - 1);
    if (u == v) return EK_FAIL(EK_ERROR_ARGUMENT, "edge %zu is a loop at vertex %d", index, u);
    if (!isfinite(edge->weight))
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       "edge %zu (%d, %d) has the weight %g, which is not finite", index, u, v,
                       edge->weight);
    return EK_OK;
}

ek_status ek_graph_create(int vertices, size_t count, const ek_edge *edges, ek_graph **graph)
{
    ek_graph *fresh;
    EK_TRY(ek_check_qubits("vertices", vertices));
    for (size_t i = 0; i < count; i++) EK_TRY(check_edge(vertices, i, &edges[i]));
    EK_TRY(EK_NEW(fresh, 1));
    fresh->vertices = vertices;
    fresh->count = count;
    const ek_status status = EK_NEW(fresh->edges, count);
    if (status != EK_OK) {
        ek_release(fresh);
        return status;
    }
    if (count > 0) memcpy(fresh->edges, edges, count * sizeof *edges);
    *graph = fresh;
    return EK_OK;
}

void ek_graph_destroy(ek_graph **graph)
{
    if (!graph || !*graph) return;
    ek_release((*graph)->edges);
    ek_release(*graph);
    *graph = NULL;
}

int ek_graph_vertices(const ek_graph *graph) { return graph->vertices; }
size_t ek_graph_edges(const ek_graph *graph) { return graph->count; }
const ek_edge *ek_graph_edge_list(const ek_graph *graph) { return graph->edges; }
