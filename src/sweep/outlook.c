/* What a sweep will cost, without a session. */
#include "sweep/sweep_private.h"

#include <exaket/predict.h>

/* Seconds of one evaluation; points that differ in angles alone share it. */
struct cost {
    const struct ek_sweep_problem *problem;
    int layers;
    double seconds;
};

struct costs {
    struct cost *list;
    size_t count, capacity;
};

static const struct cost *find(const struct costs *costs, const struct ek_point *point)
{
    for (size_t i = costs->count; i-- > 0;)
        if (costs->list[i].problem == point->problem && costs->list[i].layers == point->layers)
            return &costs->list[i];
    return NULL;
}

struct outlook {
    const struct sweep *sweep;
    ek_plan_options plan_options;
    const ek_predict_options *machine;
    struct costs costs;
    ek_plan *plan; /* of the costliest evaluation */
    ek_sweep_outlook result;
};

static ek_status predict(struct outlook *o, const struct ek_point *point, double *seconds)
{
    const struct ek_spec *spec = o->sweep->spec;
    const struct ek_point_task task = {spec, point, point->problem->subject, {0}};
    ek_prediction prediction;
    ek_plan *plan = NULL;
    ek_observation what;
    EK_TRY(ek_runner(spec->algorithm.name)->plan(&task, &o->plan_options, &plan, &what));
    const ek_status status = ek_plan_predict_observed(plan, &what, o->machine, &prediction);
    if (status == EK_OK && (!o->plan ||
                            prediction.total_seconds > o->result.evaluation.total_seconds)) {
        ek_plan *kept = o->plan;
        o->result.evaluation = prediction;
        o->plan = plan;
        plan = kept;
    }
    ek_plan_destroy(&plan);
    if (status == EK_OK) *seconds = prediction.total_seconds;
    return status;
}

static ek_status add_cost(struct outlook *o, const struct ek_point *point)
{
    struct cost fresh = {point->problem, point->layers, 0};
    void *list = o->costs.list;
    EK_TRY(predict(o, point, &fresh.seconds));
    EK_TRY(ek_grow(&list, o->costs.count, sizeof fresh, o->costs.count + 1, &o->costs.capacity));
    o->costs.list = list;
    o->costs.list[o->costs.count++] = fresh;
    return EK_OK;
}

static ek_status add_point(struct outlook *o, const struct ek_point *point)
{
    const struct ek_sweep_problem *problem = point->problem;
    const bool optimizes = o->sweep->spec->algorithm.optimize;
    const size_t evaluations = optimizes ? (size_t)point->max_evaluations : 1;
    if (problem->status != EK_OK) return EK_FAIL(problem->status, "%s", problem->reason);
    if (!find(&o->costs, point)) EK_TRY(add_cost(o, point));
    o->result.evaluations_max += evaluations;
    o->result.seconds += (double)evaluations * find(&o->costs, point)->seconds;
    if (point->layers > o->result.layers_max) o->result.layers_max = point->layers;
    return EK_OK;
}

static ek_status look(struct outlook *o)
{
    const struct ek_points *points = o->sweep->points;
    const int ranks = o->plan_options.ranks > 0 ? o->plan_options.ranks : 1;
    o->result = (ek_sweep_outlook){.points = points->count, .problems = points->problem_count,
                                   .qubits_min = o->sweep->qubits_min,
                                   .qubits_max = o->sweep->qubits_max};
    for (size_t i = 0; i < points->count; i++) {
        struct ek_point point;
        EK_TRY(ek_points_get(points, i, &point));
        const ek_status status = add_point(o, &point);
        ek_point_clear(&point);
        EK_TRY(status);
    }
    o->result.memory_per_rank_bytes =
        ek_sweep_needs(o->sweep->spec, o->result.qubits_max, ranks);
    return EK_OK;
}

ek_status ek_sweep_predict(const ek_sweep_options *sweep_options, const ek_plan_options *options,
                           const ek_predict_options *machine, ek_sweep_outlook *outlook,
                           ek_plan **plan)
{
    struct sweep sweep;
    struct outlook o = {.sweep = &sweep, .machine = machine};
    if (options) o.plan_options = *options;
    ek_status status = ek_sweep_read(NULL, sweep_options, &sweep);
    if (status == EK_OK) status = ek_sweep_check_fit(&sweep);
    if (status == EK_OK) status = ek_sweep_check_ranks(&sweep, o.plan_options.ranks);
    if (status == EK_OK) {
        o.plan_options.precision = sweep.spec->precision;
        if (machine) ek_machine_plan_options(&machine->machine, &o.plan_options);
        status = look(&o);
    }
    ek_sweep_clear(&sweep);
    ek_release(o.costs.list);
    if (status != EK_OK) {
        ek_plan_destroy(&o.plan);
        return status;
    }
    *outlook = o.result;
    *plan = o.plan;
    return EK_OK;
}
