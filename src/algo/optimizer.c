#include "algo/algo.h"

#include <math.h>
#include <nlopt.h>
#include <string.h>

static const double DEFAULT_TOLERANCE = 1e-6;
static const double DEFAULT_STEP = 0.1;
static const double DEFAULT_DIFFERENCE_STEP = 6e-6; /* about the cube root of double's epsilon */

static const double NOISE_GAIN = 1e-5; /* a step that gains less, in noise, is the last */

struct method {
    const char *name;
    nlopt_algorithm algorithm;
    bool bounds;       /* searches a box */
    bool derivatives;  /* asks for them */
    int min_dimension; /* NLopt refuses less */
};

static const struct method methods[] = {
    {"bobyqa", NLOPT_LN_BOBYQA, false, false, 2},
    {"cobyla", NLOPT_LN_COBYLA, false, false, 1},
    {"nelder-mead", NLOPT_LN_NELDERMEAD, false, false, 1},
    {"sbplx", NLOPT_LN_SBPLX, false, false, 1},
    {"newuoa", NLOPT_LN_NEWUOA, false, false, 2},
    {"praxis", NLOPT_LN_PRAXIS, false, false, 1},
    {"lbfgs", NLOPT_LD_LBFGS, false, true, 1},
    {"slsqp", NLOPT_LD_SLSQP, false, true, 1},
    {"mma", NLOPT_LD_MMA, false, true, 1},
    {"ccsaq", NLOPT_LD_CCSAQ, false, true, 1},
    {"tnewton", NLOPT_LD_TNEWTON_PRECOND_RESTART, false, true, 1},
    {"var2", NLOPT_LD_VAR2, false, true, 1},
    {"direct", NLOPT_GN_DIRECT_L, true, false, 1},
    {"crs2", NLOPT_GN_CRS2_LM, true, false, 1},
    {"isres", NLOPT_GN_ISRES, true, false, 1},
};
enum { METHODS = sizeof methods / sizeof *methods };

/* NLopt moves in coordinates y = x / unit, sees values / value_unit, and always minimises. */
struct ek_optimizer {
    struct ek_objective objective;
    int max_evaluations;
    bool derivatives; /* of the method */
    double difference_step;
    double value_unit;
    nlopt_opt nlopt;
    /* With noise: the lowest point of those with derivatives, all as NLopt sees it. Its level is
     * its value as the derivatives on the way there have it. */
    double noise;
    bool has_anchor;
    double anchor_value, anchor_level;
    double *anchor, *anchor_gradient;
    unsigned long seed;
    double *unit, *x, *y, *best, *last, *gradient; /* `dimension` entries each */
    double *point;                                 /* NLopt's own, in y */
    double best_value, last_value;                 /* of the objective, not negated */
    bool has_derivatives; /* run->gradient are those of `last` */
    int evaluations;
    bool exhausted; /* it asked for one more evaluation than there are */
    ek_stop stop;
    ek_status status;
};

static const struct method *find_method(const char *name)
{
    if (!name) return &methods[0];
    for (size_t i = 0; i < METHODS; i++)
        if (strcmp(methods[i].name, name) == 0) return &methods[i];
    return NULL;
}

const char *ek_optimizer_name(size_t i) { return i < METHODS ? methods[i].name : NULL; }

bool ek_optimizer_needs_bounds(const char *name)
{
    const struct method *method = find_method(name);
    return method && method->bounds;
}

bool ek_optimizer_needs_derivatives(const char *name)
{
    const struct method *method = find_method(name);
    return method && method->derivatives;
}

ek_status ek_optimizer_check(const char *name)
{
    char list[256] = "";
    size_t length = 0;
    if (find_method(name)) return EK_OK;
    for (size_t i = 0; i < METHODS && length < sizeof list; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%s", i ? ", " : "",
                                   methods[i].name);
    return EK_FAIL(EK_ERROR_ARGUMENT, "unknown optimizer \"%s\": choose one of %s", name, list);
}

ek_status ek_check_finite(double value, int dimension, const double *x)
{
    char list[512] = "";
    size_t length = 0;
    if (isfinite(value)) return EK_OK;
    for (int i = 0; i < dimension && length < sizeof list; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%.10g", i ? ", " : "",
                                   x[i]);
    return EK_FAIL(EK_ERROR_NUMERIC, "the value at the angles (%s%s) is %g, not a finite number",
                   list, length < sizeof list ? "" : "...", value);
}

/* ---- evaluations ---- */

static size_t vector_bytes(const struct ek_optimizer *run)
{
    return (size_t)run->objective.dimension * sizeof(double);
}

static bool is_better(const struct ek_optimizer *run, double value)
{
    if (run->evaluations == 0) return true;
    return run->objective.maximize ? value > run->best_value : value < run->best_value;
}

static void record(struct ek_optimizer *run, double value, bool with_derivatives)
{
    if (is_better(run, value)) {
        run->best_value = value;
        memcpy(run->best, run->x, vector_bytes(run));
    }
    memcpy(run->last, run->x, vector_bytes(run));
    run->last_value = value;
    run->has_derivatives = with_derivatives;
    run->evaluations++;
}

/* Evaluates at y, with derivatives in x by the objective's own callback into `gradient`, which is
 * run->gradient or null. False when the run is over. What is asked again for the last point is
 * given without an evaluation. */
static bool evaluate(struct ek_optimizer *run, const double *y, double *value, double *gradient)
{
    const struct ek_objective *objective = &run->objective;
    if (run->status != EK_OK) return false;
    for (int i = 0; i < objective->dimension; i++) run->x[i] = y[i] * run->unit[i];
    if ((!gradient || run->has_derivatives) && run->evaluations > 0 &&
        memcmp(run->x, run->last, vector_bytes(run)) == 0) {
        *value = run->last_value;
        return true;
    }
    run->exhausted = run->evaluations == run->max_evaluations;
    if (run->exhausted) return false;
    run->status = gradient ? objective->gradient(objective->context, run->x, value, gradient)
                           : objective->value(objective->context, run->x, value);
    if (run->status == EK_OK) run->status = ek_check_finite(*value, objective->dimension, run->x);
    if (run->status != EK_OK) return false;
    record(run, *value, gradient != NULL);
    return true;
}

/* Derivatives in x by central differences around y, which is restored. */
static bool difference(struct ek_optimizer *run, double *gradient)
{
    const double h = run->difference_step;
    for (int i = 0; i < run->objective.dimension; i++) {
        const double middle = run->y[i];
        double above, below;
        run->y[i] = middle + h;
        if (!evaluate(run, run->y, &above, NULL)) return false;
        run->y[i] = middle - h;
        if (!evaluate(run, run->y, &below, NULL)) return false;
        run->y[i] = middle;
        gradient[i] = (above - below) / (2 * h * run->unit[i]);
    }
    return true;
}

static bool evaluate_all(struct ek_optimizer *run, const double *y, double *value,
                         double *gradient)
{
    if (!gradient || run->objective.gradient) return evaluate(run, y, value, gradient);
    memcpy(run->y, y, vector_bytes(run));
    return evaluate(run, run->y, value, NULL) && difference(run, gradient);
}

static void set_anchor(struct ek_optimizer *run, const double *y, double value, double level,
                       const double *gradient)
{
    run->has_anchor = true;
    run->anchor_value = value;
    run->anchor_level = level;
    memcpy(run->anchor, y, vector_bytes(run));
    memcpy(run->anchor_gradient, gradient, vector_bytes(run));
}

/* How much higher y is than the anchor, by the trapezoidal rule. */
static double rise_by_derivatives(const struct ek_optimizer *run, const double *y,
                                  const double *gradient)
{
    double rise = 0;
    for (int i = 0; i < run->objective.dimension; i++)
        rise += (run->anchor_gradient[i] + gradient[i]) / 2 * (y[i] - run->anchor[i]);
    return rise;
}

/* What NLopt gets for a value. A line search compares values; near the minimum their difference is
 * lost in the noise, and it gives up, long before the derivatives are (Hager and Zhang 2005). */
static double level_of(struct ek_optimizer *run, const double *y, double value,
                       const double *gradient)
{
    double level = value;
    if (run->has_anchor) {
        double rise = value - run->anchor_value;
        if (gradient && fabs(rise) < run->noise) rise = rise_by_derivatives(run, y, gradient);
        level = run->anchor_level + rise;
    }
    if (gradient && (!run->has_anchor || level < run->anchor_level))
        set_anchor(run, y, value, level, gradient);
    return level;
}

/* NLopt's callback. After the run is over some methods still ask a few times: they get a value
 * that no method likes, and nothing is evaluated. */
static double on_evaluation(unsigned dimension, const double *y, double *gradient, void *context)
{
    struct ek_optimizer *run = context;
    const double scale = (run->objective.maximize ? -1 : 1) / run->value_unit;
    double value;
    if (!evaluate_all(run, y, &value, gradient ? run->gradient : NULL)) {
        nlopt_force_stop(run->nlopt);
        if (gradient) memset(gradient, 0, dimension * sizeof *gradient);
        return HUGE_VAL;
    }
    for (unsigned i = 0; gradient && i < dimension; i++)
        gradient[i] = scale * run->gradient[i] * run->unit[i];
    return run->noise > 0 ? level_of(run, y, scale * value, gradient) : scale * value;
}

/* ---- one run ---- */

static ek_status check_options(const struct ek_objective *objective,
                               const struct ek_optimizer_options *options)
{
    EK_TRY(ek_optimizer_check(options->name));
    const struct method *method = find_method(options->name);
    if (objective->dimension < method->min_dimension)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%s needs %d variables or more, not %d: use cobyla",
                       method->name, method->min_dimension, objective->dimension);
    if (options->max_evaluations < 1)
        return EK_FAIL(EK_ERROR_ARGUMENT, "at most %d evaluations: give 1 or more",
                       options->max_evaluations);
    if (!(options->tolerance >= 0 && options->step >= 0 && options->difference_step >= 0 &&
          options->noise >= 0 && options->value_unit >= 0 && isfinite(options->value_unit)))
        return EK_FAIL(EK_ERROR_ARGUMENT, "tolerance %g, step %g, difference %g, noise %g, unit "
                       "of values %g: give 0 or more", options->tolerance, options->step,
                       options->difference_step, options->noise, options->value_unit);
    if (method->bounds && (!options->lower || !options->upper))
        return EK_FAIL(EK_ERROR_ARGUMENT, "%s searches a box: give lower and upper bounds",
                       method->name);
    return EK_OK;
}

static double default_to(double value, double standard) { return value > 0 ? value : standard; }

/* Bounds in units; run->y serves as scratch. */
static nlopt_result set_bounds(struct ek_optimizer *run,
                               const struct ek_optimizer_options *options)
{
    const int n = run->objective.dimension;
    nlopt_result code = NLOPT_SUCCESS;
    for (int i = 0; options->lower && i < n; i++) run->y[i] = options->lower[i] / run->unit[i];
    if (options->lower) code = nlopt_set_lower_bounds(run->nlopt, run->y);
    for (int i = 0; options->upper && i < n; i++) run->y[i] = options->upper[i] / run->unit[i];
    if (options->upper && code > 0) code = nlopt_set_upper_bounds(run->nlopt, run->y);
    return code;
}

/* The tolerance also holds in an absolute sense, for angles whose best value is 0. */
static ek_status configure(struct ek_optimizer *run, const struct ek_optimizer_options *options)
{
    const struct method *method = find_method(options->name);
    const double step = default_to(options->step, DEFAULT_STEP);
    const double tolerance = default_to(options->tolerance, DEFAULT_TOLERANCE);
    run->nlopt = nlopt_create(method->algorithm, (unsigned)run->objective.dimension);
    if (!run->nlopt)
        return EK_FAIL(EK_ERROR_MEMORY, "no memory for the optimizer %s", method->name);
    nlopt_result code = nlopt_set_min_objective(run->nlopt, on_evaluation, run);
    if (code > 0) code = nlopt_set_xtol_rel(run->nlopt, tolerance);
    if (code > 0) code = nlopt_set_xtol_abs1(run->nlopt, tolerance * step);
    if (code > 0) code = nlopt_set_ftol_abs(run->nlopt, NOISE_GAIN * run->noise);
    if (code > 0) code = nlopt_set_initial_step1(run->nlopt, step);
    if (code > 0) code = set_bounds(run, options);
    if (code > 0) return EK_OK;
    return EK_FAIL(EK_ERROR_ARGUMENT, "%s refuses its options: %s", method->name,
                   nlopt_result_to_string(code));
}

static ek_status allocate(struct ek_optimizer *run)
{
    const int n = run->objective.dimension;
    double **const vectors[] = {&run->unit, &run->x,        &run->y,    &run->best,
                                &run->last, &run->gradient, &run->point};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        EK_TRY(EK_NEW(*vectors[i], n));
    if (run->noise == 0) return EK_OK;
    EK_TRY(EK_NEW(run->anchor, n));
    return EK_NEW(run->anchor_gradient, n);
}

static ek_status set_units(struct ek_optimizer *run, const double *unit)
{
    for (int i = 0; i < run->objective.dimension; i++) {
        const double size = unit ? unit[i] : 1.0;
        if (!(isfinite(size) && size > 0))
            return EK_FAIL(EK_ERROR_ARGUMENT, "unit %g of variable %d: give a number above 0",
                           size, i);
        run->unit[i] = exp2(round(log2(size)));
    }
    return EK_OK;
}

/* How NLopt ended is a failure only when it did not begin: a lost trust region or rounding errors
 * are ordinary ends. */
static ek_status end_of(const struct ek_optimizer *run, nlopt_result code)
{
    if (run->status != EK_OK) return run->status;
    if (code == NLOPT_OUT_OF_MEMORY)
        return EK_FAIL(EK_ERROR_MEMORY, "no memory for the optimizer");
    if (code == NLOPT_INVALID_ARGS)
        return EK_FAIL(EK_ERROR_ARGUMENT, "the optimizer refuses its arguments: %s",
                       nlopt_get_errmsg(run->nlopt));
    return EK_OK;
}

/* NLopt has a failure, without a name, where a line search finds nothing lower. */
static ek_stop stop_of(const struct ek_optimizer *run, nlopt_result code)
{
    if (run->exhausted) return EK_STOP_EVALUATIONS;
    return code > 0 ? EK_STOP_CONVERGED : EK_STOP_STALLED;
}

/* The start is evaluated here, because not every method does. */
ek_status ek_optimizer_run(struct ek_optimizer *run, double *x, double *value)
{
    double first;
    const bool with_derivatives = run->derivatives && run->objective.gradient;
    nlopt_result code = NLOPT_SUCCESS;
    for (int i = 0; i < run->objective.dimension; i++) run->point[i] = x[i] / run->unit[i];
    if (evaluate(run, run->point, &first, with_derivatives ? run->gradient : NULL)) {
        nlopt_srand(run->seed); /* one generator per thread, not per nlopt_opt */
        code = nlopt_optimize(run->nlopt, run->point, &first);
    }
    EK_TRY(end_of(run, code));
    run->stop = stop_of(run, code);
    memcpy(x, run->best, vector_bytes(run));
    *value = run->best_value;
    return EK_OK;
}

int ek_optimizer_evaluations(const struct ek_optimizer *run) { return run->evaluations; }

ek_stop ek_optimizer_stop(const struct ek_optimizer *run) { return run->stop; }

ek_status ek_optimizer_create(const struct ek_objective *objective,
                              const struct ek_optimizer_options *options,
                              struct ek_optimizer **optimizer)
{
    struct ek_optimizer *run = NULL;
    EK_TRY(check_options(objective, options));
    EK_TRY(EK_NEW(run, 1));
    run->objective = *objective;
    run->max_evaluations = options->max_evaluations;
    run->seed = (unsigned long)(options->seed ^ options->seed >> 32);
    run->derivatives = find_method(options->name)->derivatives;
    run->value_unit = exp2(floor(log2(default_to(options->value_unit, 1))));
    run->noise = run->derivatives ? options->noise / run->value_unit : 0;
    run->difference_step = default_to(options->difference_step, DEFAULT_DIFFERENCE_STEP);
    ek_status status = allocate(run);
    if (status == EK_OK) status = set_units(run, options->unit);
    if (status == EK_OK) status = configure(run, options);
    if (status == EK_OK) *optimizer = run;
    else ek_optimizer_destroy(&run);
    return status;
}

void ek_optimizer_destroy(struct ek_optimizer **optimizer)
{
    struct ek_optimizer *run = *optimizer;
    if (!run) return;
    nlopt_destroy(run->nlopt);
    ek_release(run->unit);
    ek_release(run->x);
    ek_release(run->y);
    ek_release(run->best);
    ek_release(run->last);
    ek_release(run->gradient);
    ek_release(run->point);
    ek_release(run->anchor);
    ek_release(run->anchor_gradient);
    ek_release(run);
    *optimizer = NULL;
}

const char *ek_nlopt_version(char *out)
{
    int major, minor, bugfix;
    nlopt_version(&major, &minor, &bugfix);
    snprintf(out, 32, "%d.%d.%d", major, minor, bugfix);
    return out;
}
