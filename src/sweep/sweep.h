/* sweep: many points on groups of ranks. Owns the expansion of a spec to points, the groups and
 * the dispatcher, the loop over points with its journal, the output folder, and the facts of
 * <exaket/info.h>. May include all rooms but cli. */
#ifndef EK_SWEEP_H
#define EK_SWEEP_H

#include "io/journal.h"
#include "sweep/points.h"

#include <exaket/qaoa.h>
#include <exaket/sweep.h>

/* Memory in bytes that is available to each rank, the smallest of all ranks. Collective. */
double ek_sweep_memory(ek_session *session);
/* "node1 cpus 0-3 (ranks 0-1), node2 ...", on rank 0; released by the caller. Collective. */
ek_status ek_sweep_places(ek_session *session, struct ek_text *places);
/* What a point of that many qubits needs per rank, at most. Local. */
double ek_sweep_needs(int qubits, ek_precision precision, int ranks);

/* ---- how a point is computed ---------------------------------------------------------------- */

struct ek_point_task {
    const struct ek_spec *spec;
    const struct ek_point *point;
    const ek_problem *problem;
    ek_evaluation_hooks hooks;
};

/* Computes a point on a group of ranks; tests put others in the place of ek_runner_qaoa.
 * Collective: a failure is every rank's. The result is cleared by the caller, on success only. */
struct ek_point_runner {
    ek_status (*run)(void *context, ek_session *group, const struct ek_point_task *task,
                     struct ek_point_result *result);
    void *context;
};
extern const struct ek_point_runner ek_runner_qaoa;
/* What that one asks of QAOA. Borrows from the task. */
ek_qaoa_options ek_point_options(const struct ek_point_task *task);

/* ek_sweep_run with another runner. */
ek_status ek_sweep_run_with(ek_session *session, const ek_sweep_options *options,
                            const struct ek_point_runner *runner, ek_sweep_outcome *outcome);

#endif
