/* sweep: many points on groups of ranks. Owns the expansion of a spec to points, the groups and
 * the dispatcher, the loop over points with its journal, the output folder, and the facts of
 * <exaket/info.h>. May include all rooms but cli. */
#ifndef EK_SWEEP_H
#define EK_SWEEP_H

#include "io/journal.h"
#include "sweep/points.h"

#include <exaket/predict.h>
#include <exaket/qaoa.h>
#include <exaket/sweep.h>

/* Memory in bytes that is available to each rank, the smallest of all ranks. Collective. */
double ek_sweep_memory(ek_session *session);
/* "node1 cpus 0-3 (ranks 0-1), node2 ...", on rank 0; released by the caller. Collective. */
ek_status ek_sweep_places(ek_session *session, struct ek_text *places);
/* What a point of that many qubits needs per rank, at most. Local. */
double ek_sweep_needs(const struct ek_spec *spec, int qubits, int ranks);

/* ---- how a point is computed ---------------------------------------------------------------- */

struct ek_point_task {
    const struct ek_spec *spec;
    const struct ek_point *point;
    struct ek_subject subject;
    ek_evaluation_hooks hooks;
};

/* An algorithm as sweeps know it; tests put others in its place. */
struct ek_point_runner {
    /* Computes a point on a group of ranks. Collective: a failure is every rank's. The result is
     * cleared by the caller, on success only. */
    ek_status (*run)(void *context, ek_session *group, const struct ek_point_task *task,
                     struct ek_point_result *result);
    /* Plans one evaluation of a point, and says what is observed after it. Local. */
    ek_status (*plan)(const struct ek_point_task *task, const ek_plan_options *options,
                      ek_plan **plan, ek_observation *what);
    /* Held per point: vectors of as many doubles, or floats, as the state has amplitudes. */
    int (*vectors)(const struct ek_spec *spec);
    void *context;
};
extern const struct ek_point_runner ek_runner_qaoa, ek_runner_vqe;
const struct ek_point_runner *ek_runner(enum ek_algorithm algorithm);

/* ek_sweep_run with another runner; null: the spec's. */
ek_status ek_sweep_run_with(ek_session *session, const ek_sweep_options *options,
                            const struct ek_point_runner *runner, ek_sweep_outcome *outcome);

#endif
