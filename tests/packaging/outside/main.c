/* A program of somebody else's: the energy of the Petersen graph through the installed library. */
#include <exaket/exaket.h>

#include <math.h>
#include <stdio.h>

static ek_status evaluate(ek_session *session, double *energy)
{
    static const double angles[] = {0.4878349208, 0.8978383876, 0.5549038678, 0.2923804434};
    const ek_qaoa_options options = {.layers = 2};
    ek_graph *graph = NULL;
    ek_problem *problem = NULL;
    ek_qaoa *qaoa = NULL;
    ek_status status = ek_graph_named("petersen", &graph);
    if (status == EK_OK) status = ek_problem_maxcut(graph, &problem);
    if (status == EK_OK) status = ek_qaoa_create(session, problem, &options, &qaoa);
    if (status == EK_OK) status = ek_qaoa_energy(qaoa, angles, energy);
    ek_qaoa_destroy(&qaoa);
    ek_problem_destroy(&problem);
    ek_graph_destroy(&graph);
    return status;
}

int main(void)
{
    ek_session *session = NULL;
    double energy = 0;
    ek_status status = ek_session_create(NULL, &session);
    if (status == EK_OK) status = evaluate(session, &energy);
    if (status != EK_OK) fprintf(stderr, "%s\n", ek_last_message());
    printf("exaket %s: %.10f\n", ek_version(), energy);
    ek_session_destroy(&session);
    return status == EK_OK && fabs(energy - 10.9905407565) < 1e-8 ? 0 : 1;
}
