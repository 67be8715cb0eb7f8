#include "sweep/points.h"

#include <math.h>

/* ---- combinations of parameters ------------------------------------------------------------- */

static bool is_sampled(const struct ek_spec *spec)
{
    return spec->sweep.mode == EK_SWEEP_RANDOM || spec->sweep.mode == EK_SWEEP_SOBOL;
}

static size_t count_combinations(const struct ek_spec *spec)
{
    const struct ek_spec_sweep *sweep = &spec->sweep;
    size_t product = 1;
    if (is_sampled(spec)) return (size_t)sweep->samples;
    if (sweep->mode == EK_SWEEP_ZIP && sweep->parameters_count > 0)
        return ek_spec_values(&sweep->parameters[0]);
    for (unsigned i = 0; i < sweep->parameters_count; i++)
        product *= ek_spec_values(&sweep->parameters[i]);
    return product;
}

static ek_status draw_samples(struct ek_points *points)
{
    const struct ek_spec_sweep *sweep = &points->spec->sweep;
    const size_t count = points->combinations * sweep->parameters_count;
    if (!is_sampled(points->spec)) return EK_OK;
    EK_TRY(EK_NEW(points->samples, count));
    if (sweep->mode == EK_SWEEP_SOBOL)
        return ek_sobol_points(points->combinations, sweep->parameters_count, points->samples);
    for (size_t i = 0; i < count; i++)
        points->samples[i] = ek_random_uniform(sweep->seed, EK_STREAM_SWEEP, i);
    return EK_OK;
}

/* Takes u of [0, 1) to one of the list, a whole number of start..stop, or a number between. */
static double value_from_sample(const struct ek_spec_parameter *parameter, double u)
{
    if (!parameter->has_range) return parameter->values[(size_t)(u * parameter->values_count)];
    const double width = parameter->stop - parameter->start;
    if (parameter->integer) return parameter->start + floor(u * (width + 1));
    return parameter->start + u * width;
}

static void fill_values(const struct ek_points *points, size_t combination, double *values)
{
    const struct ek_spec_sweep *sweep = &points->spec->sweep;
    size_t rest = combination;
    for (unsigned i = sweep->parameters_count; i-- > 0;) {
        const struct ek_spec_parameter *parameter = &sweep->parameters[i];
        if (points->samples) {
            const double u = points->samples[combination * sweep->parameters_count + i];
            values[i] = value_from_sample(parameter, u);
        } else if (sweep->mode == EK_SWEEP_ZIP) {
            values[i] = ek_spec_value(parameter, combination);
        } else {
            const size_t count = ek_spec_values(parameter);
            values[i] = ek_spec_value(parameter, rest % count);
            rest /= count;
        }
    }
}

/* ---- a point ------------------------------------------------------------------------------- */

static void set_scalar(struct ek_point *point, enum ek_spec_target target, double value)
{
    switch (target) {
    case EK_TARGET_LAYERS:
        point->layers = (int)value;
        break;
    case EK_TARGET_STARTS:
        point->starts = (int)value;
        break;
    case EK_TARGET_MAX_EVALUATIONS:
        point->max_evaluations = (int)value;
        break;
    case EK_TARGET_TOLERANCE:
        point->tolerance = value;
        break;
    case EK_TARGET_SHOTS:
        point->shots = (uint64_t)value;
        break;
    case EK_TARGET_SEED:
        point->seed = (uint64_t)value;
        break;
    case EK_TARGET_BUDGET:
        point->budget = (int)value;
        break;
    case EK_TARGET_RISK_AVERSION:
        point->risk_aversion = value;
        break;
    case EK_TARGET_FIELD:
        point->field = value;
        break;
    default:
        break;
    }
}

static void set_angles(struct ek_point *point, const struct ek_spec_parameter *parameter,
                       double value)
{
    const bool gamma =
        parameter->target == EK_TARGET_GAMMAS || parameter->target == EK_TARGET_GAMMA;
    double *angles = point->angles + (gamma ? 0 : point->layers);
    if (parameter->target == EK_TARGET_GAMMA || parameter->target == EK_TARGET_BETA)
        angles[parameter->layer] = value;
    else
        for (int l = 0; l < point->layers; l++) angles[l] = value;
}

/* Angles are given where the spec or a parameter names some: the spec's, then the parameters'.
 * What nothing names depends on the problem. */
static ek_status make_angles(const struct ek_spec *spec, struct ek_point *point)
{
    const struct ek_spec_algorithm *algorithm = &spec->algorithm;
    bool given = algorithm->gamma_count > 0;
    for (unsigned i = 0; i < spec->sweep.parameters_count; i++)
        given = given || spec->sweep.parameters[i].target >= EK_TARGET_GAMMAS;
    if (!given) return EK_OK;
    EK_TRY(EK_NEW(point->angles, 2 * point->layers));
    for (int i = 0; i < 2 * point->layers; i++) point->angles[i] = NAN;
    for (unsigned l = 0; l < algorithm->gamma_count; l++) {
        point->angles[l] = algorithm->gamma[l];
        point->angles[point->layers + (int)l] = algorithm->beta[l];
    }
    for (unsigned i = 0; i < spec->sweep.parameters_count; i++)
        if (spec->sweep.parameters[i].target >= EK_TARGET_GAMMAS)
            set_angles(point, &spec->sweep.parameters[i], point->values[i]);
    return EK_OK;
}

/* The algorithm's own limit. */
static int evaluations_of(const struct ek_spec *spec, const struct ek_point *point)
{
    return spec->algorithm.name == EK_ALGORITHM_VQE ? ek_vqe_default_evaluations(point->starts)
                                                    : ek_qaoa_default_evaluations(point->layers);
}

ek_status ek_points_get(const struct ek_points *points, size_t id, struct ek_point *point)
{
    const struct ek_spec *spec = points->spec;
    const struct ek_spec_algorithm *algorithm = &spec->algorithm;
    struct ek_point fresh = {.id = id,
                             .problem = &points->problems[id / points->combinations],
                             .layers = algorithm->layers,
                             .starts = algorithm->starts,
                             .max_evaluations = algorithm->max_evaluations,
                             .budget = spec->problem.budget,
                             .tolerance = algorithm->tolerance,
                             .risk_aversion = spec->problem.risk_aversion,
                             .shots = algorithm->shots,
                             .seed = algorithm->seed};
    EK_TRY(EK_NEW(fresh.values, spec->sweep.parameters_count));
    fill_values(points, id % points->combinations, fresh.values);
    for (unsigned i = 0; i < spec->sweep.parameters_count; i++) {
        const enum ek_spec_target target = spec->sweep.parameters[i].target;
        set_scalar(&fresh, target, fresh.values[i]);
        fresh.reload = fresh.reload || target == EK_TARGET_BUDGET ||
                       target == EK_TARGET_RISK_AVERSION || target == EK_TARGET_FIELD;
    }
    if (fresh.layers == 0) fresh.layers = fresh.problem->qubits;
    if (fresh.max_evaluations == 0) fresh.max_evaluations = evaluations_of(spec, &fresh);
    const ek_status status = make_angles(spec, &fresh);
    if (status == EK_OK)
        *point = fresh;
    else
        ek_point_clear(&fresh);
    return status;
}

void ek_point_clear(struct ek_point *point)
{
    ek_release(point->angles);
    ek_release(point->values);
    *point = (struct ek_point){0};
}

/* ---- all points
 * --------------------------------------------------------------------------------- */

static ek_status check_count(const struct ek_points *points)
{
    if (points->combinations <= EK_SPEC_POINTS_MAX / points->problem_count) return EK_OK;
    return ek_spec_fail(points->spec, "sweep",
                        "%zu problems with %zu points each, expected %d "
                        "points at most",
                        points->problem_count, points->combinations, EK_SPEC_POINTS_MAX);
}

ek_status ek_points_create(const struct ek_spec *spec, const char *spec_path,
                           struct ek_points **points)
{
    struct ek_points *fresh = NULL;
    EK_TRY(EK_NEW(fresh, 1));
    fresh->spec = spec;
    fresh->combinations = count_combinations(spec);
    ek_status status = ek_problems_list(spec, spec_path, &fresh->problems, &fresh->problem_count);
    if (status == EK_OK) status = check_count(fresh);
    if (status == EK_OK) status = draw_samples(fresh);
    fresh->count = fresh->problem_count * fresh->combinations;
    if (status == EK_OK)
        *points = fresh;
    else
        ek_points_destroy(&fresh);
    return status;
}

void ek_points_destroy(struct ek_points **points)
{
    if (!*points) return;
    ek_problems_clear((*points)->problem_count, (*points)->problems);
    ek_release((*points)->problems);
    ek_release((*points)->samples);
    ek_release(*points);
    *points = NULL;
}
