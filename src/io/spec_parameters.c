/* The swept parameters of a spec. */
#include "io/spec_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct kind {
    const char *name;
    enum ek_spec_target target;
    bool integer;
    double lowest, highest;
    int algorithms; /* that have it: QAOA, VQE or both */
};
enum { QAOA = 1 << EK_ALGORITHM_QAOA, VQE = 1 << EK_ALGORITHM_VQE, BOTH = QAOA | VQE };

#define EXACT 9007199254740992.0 /* 2^53: whole numbers beyond are not exact */
static const struct kind kinds[] = {
    {"layers", EK_TARGET_LAYERS, true, 1, EK_SPEC_LAYERS_MAX, BOTH},
    {"starts", EK_TARGET_STARTS, true, 1, 1e6, BOTH},
    {"max_evaluations", EK_TARGET_MAX_EVALUATIONS, true, 1, 1e9, BOTH},
    {"tolerance", EK_TARGET_TOLERANCE, false, 1e-15, 1, BOTH},
    {"shots", EK_TARGET_SHOTS, true, 1, 1e9, QAOA},
    {"seed", EK_TARGET_SEED, true, 0, EXACT, BOTH},
    {"budget", EK_TARGET_BUDGET, true, -1, EK_QUBITS_MAX, QAOA},
    {"risk_aversion", EK_TARGET_RISK_AVERSION, false, 1e-9, 1e6, QAOA},
    {"field", EK_TARGET_FIELD, false, -1e6, 1e6, VQE},
    {"gamma", EK_TARGET_GAMMAS, false, -1e6, 1e6, QAOA},
    {"beta", EK_TARGET_BETAS, false, -1e6, 1e6, QAOA},
    {"gamma_", EK_TARGET_GAMMA, false, -1e6, 1e6, QAOA},
    {"beta_", EK_TARGET_BETA, false, -1e6, 1e6, QAOA},
};

size_t ek_spec_values(const struct ek_spec_parameter *parameter)
{
    return parameter->has_range ? (size_t)parameter->count : parameter->values_count;
}

double ek_spec_value(const struct ek_spec_parameter *parameter, size_t i)
{
    if (!parameter->has_range) return parameter->values[i];
    if (i == 0) return parameter->start;
    if (i + 1 == (size_t)parameter->count) return parameter->stop;
    return parameter->start +
           (parameter->stop - parameter->start) * (double)i / (parameter->count - 1);
}

/* "gamma_3": the name up to the number, which counts from 1. */
static bool matches(const struct kind *kind, const char *name, int *layer)
{
    const size_t length = strlen(kind->name);
    if (kind->name[length - 1] != '_') return strcmp(kind->name, name) == 0;
    const char *digits = name + length;
    if (strncmp(kind->name, name, length) != 0 || strlen(digits) > 6 || *digits == '0' ||
        *digits == '\0' || strspn(digits, "0123456789") != strlen(digits))
        return false;
    *layer = atoi(digits) - 1;
    return true;
}

static const struct kind *find_kind(const char *name, int *layer)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (matches(&kinds[i], name, layer)) return &kinds[i];
    return NULL;
}

bool ek_spec_sweeps(const struct ek_spec *spec, enum ek_spec_target target)
{
    for (unsigned i = 0; i < spec->sweep.parameters_count; i++)
        if (spec->sweep.parameters[i].target == target) return true;
    return false;
}

/* Whether every problem is of a family whose field is free. */
static bool all_have_fields(const struct ek_spec *spec)
{
    for (unsigned i = 0; i < spec->problem.generate_count; i++)
        if (spec->problem.generate[i].family != EK_FAMILY_TFIM) return false;
    return spec->problem.files_count == 0;
}

/* A parameter that the algorithm and the problems have. */
static ek_status check_use(const struct ek_spec *spec, const struct kind *kind, const char *key)
{
    const bool of_portfolio =
        kind->target == EK_TARGET_BUDGET || kind->target == EK_TARGET_RISK_AVERSION;
    if (!(kind->algorithms & 1 << spec->algorithm.name))
        return ek_spec_fail(spec, key, "algorithm %s has no parameter %s",
                            ek_result_layout(spec->algorithm.name)->name, kind->name);
    if (of_portfolio && spec->problem.kind != EK_KIND_PORTFOLIO)
        return ek_spec_fail(spec, key, "%s belongs to problems of kind portfolio, but kind is %s",
                            kind->name, ek_spec_kind_name(spec->problem.kind));
    if (kind->target == EK_TARGET_FIELD && !all_have_fields(spec))
        return ek_spec_fail(spec, key, "field belongs to problems of family tfim, but there are "
                            "others");
    return EK_OK;
}

static ek_status check_name(struct ek_spec *spec, unsigned i)
{
    struct ek_spec_parameter *parameter = &spec->sweep.parameters[i];
    char key[128];
    ek_spec_key(key, "sweep.parameters.%u.name", i);
    const struct kind *kind = find_kind(parameter->name, &parameter->layer);
    if (!kind)
        return ek_spec_fail(spec, key,
                            "unknown parameter '%.80s', expected one of layers, gamma, "
                            "beta, gamma_1, beta_1, gamma_2, ..., starts, max_evaluations, "
                            "tolerance, shots, seed, budget, risk_aversion, field",
                            parameter->name);
    for (unsigned j = 0; j < i; j++)
        if (strcmp(spec->sweep.parameters[j].name, parameter->name) == 0)
            return ek_spec_fail(spec, key, "parameter '%s' is swept twice", parameter->name);
    parameter->target = kind->target;
    parameter->integer = kind->integer;
    return check_use(spec, kind, key);
}

/* ---- lists and ranges ---------------------------------------------------------------------- */

static bool is_sampled(const struct ek_spec *spec)
{
    return spec->sweep.mode == EK_SWEEP_RANDOM || spec->sweep.mode == EK_SWEEP_SOBOL;
}

/* Exactly one of values and start..stop, the latter with a count where it makes points. */
static ek_status check_form(struct ek_spec *spec, unsigned i)
{
    struct ek_spec_parameter *parameter = &spec->sweep.parameters[i];
    static const char *const names[] = {"values", "start", "stop", "count"};
    char key[4][128];
    bool given[4];
    for (int k = 0; k < 4; k++)
        given[k] = ek_spec_has(spec, ek_spec_key(key[k], "sweep.parameters.%u.%s", i, names[k]));
    const char *mode = ek_spec_mode_name(spec->sweep.mode);
    parameter->has_range = given[1];
    if (given[0] && (given[1] || given[2] || given[3]))
        return ek_spec_fail(spec, key[0], "expected either values or start and stop, not both");
    if (given[0]) return EK_OK;
    if (!given[1] || !given[2])
        return ek_spec_fail(spec, key[1], "%s needs values, or start and stop", parameter->name);
    if (is_sampled(spec) && given[3])
        return ek_spec_fail(spec, key[3], "count has no meaning with mode %s: give sweep.samples",
                            mode);
    if (!is_sampled(spec) && !given[3])
        return ek_spec_fail(spec, key[1], "%s needs a count with mode %s", parameter->name, mode);
    if (!is_sampled(spec) && (parameter->count < 2 || parameter->count > EK_SPEC_POINTS_MAX))
        return ek_spec_fail(spec, key[3], "count is %d, expected 2 to %d", parameter->count,
                            EK_SPEC_POINTS_MAX);
    return EK_OK;
}

static ek_status check_value(const struct ek_spec *spec, const struct ek_spec_parameter *parameter,
                             const char *key, double value)
{
    int layer;
    const struct kind *kind = find_kind(parameter->name, &layer);
    if (parameter->integer && value != floor(value))
        return ek_spec_fail(spec, key, "%s is %g, expected whole numbers", parameter->name, value);
    if (value < kind->lowest || value > kind->highest)
        return ek_spec_fail(spec, key, "%s is %g, expected %g to %.17g", parameter->name, value,
                            kind->lowest, kind->highest);
    return EK_OK;
}

static ek_status check_values(const struct ek_spec *spec, unsigned i)
{
    const struct ek_spec_parameter *parameter = &spec->sweep.parameters[i];
    char key[128];
    for (unsigned j = 0; j < parameter->values_count; j++)
        EK_TRY(check_value(spec, parameter,
                           ek_spec_key(key, "sweep.parameters.%u.values.%u", i, j),
                           parameter->values[j]));
    if (!parameter->has_range) return EK_OK;
    EK_TRY(check_value(spec, parameter, ek_spec_key(key, "sweep.parameters.%u.start", i),
                       parameter->start));
    EK_TRY(check_value(spec, parameter, ek_spec_key(key, "sweep.parameters.%u.stop", i),
                       parameter->stop));
    if (parameter->start > parameter->stop && is_sampled(spec))
        return ek_spec_fail(spec, key, "stop is below start");
    ek_spec_key(key, "sweep.parameters.%u.count", i);
    for (size_t j = 0; parameter->integer && j < ek_spec_values(parameter); j++)
        EK_TRY(check_value(spec, parameter, key, ek_spec_value(parameter, j)));
    return EK_OK;
}

/* ---- all parameters together --------------------------------------------------------------- */

/* The smallest number of layers of all points. */
static int fewest_layers(const struct ek_spec *spec)
{
    double fewest = spec->algorithm.layers;
    for (unsigned i = 0; i < spec->sweep.parameters_count; i++) {
        const struct ek_spec_parameter *parameter = &spec->sweep.parameters[i];
        if (parameter->target != EK_TARGET_LAYERS) continue;
        fewest =
            parameter->has_range ? fmin(parameter->start, parameter->stop) : parameter->values[0];
        for (unsigned j = 0; j < parameter->values_count; j++)
            fewest = fmin(fewest, parameter->values[j]);
    }
    return (int)fewest;
}

static ek_status check_layers(const struct ek_spec *spec)
{
    const int layers = fewest_layers(spec);
    char key[128];
    for (unsigned i = 0; i < spec->sweep.parameters_count; i++) {
        const struct ek_spec_parameter *parameter = &spec->sweep.parameters[i];
        const bool one =
            parameter->target == EK_TARGET_GAMMA || parameter->target == EK_TARGET_BETA;
        if (one && parameter->layer >= layers)
            return ek_spec_fail(spec, ek_spec_key(key, "sweep.parameters.%u.name", i),
                                "%s, but there are points with %d layer%s only", parameter->name,
                                layers, EK_PLURAL(layers));
    }
    return EK_OK;
}

static ek_status check_mode(const struct ek_spec *spec)
{
    const char *mode = ek_spec_mode_name(spec->sweep.mode);
    if (is_sampled(spec) && spec->sweep.parameters_count == 0)
        return ek_spec_fail(spec, "sweep.mode", "mode %s needs parameters", mode);
    if (is_sampled(spec) && spec->sweep.samples < 1)
        return ek_spec_fail(spec, "sweep.samples",
                            "samples is %d, expected 1 or more with mode %s", spec->sweep.samples,
                            mode);
    if (!is_sampled(spec) && spec->sweep.samples != 0)
        return ek_spec_fail(spec, "sweep.samples", "samples has no meaning with mode %s", mode);
    return EK_OK;
}

static ek_status check_counts(const struct ek_spec *spec)
{
    double points = 1;
    char key[128];
    for (unsigned i = 0; i < spec->sweep.parameters_count && !is_sampled(spec); i++) {
        const struct ek_spec_parameter *parameters = spec->sweep.parameters;
        const size_t count = ek_spec_values(&parameters[i]), first = ek_spec_values(parameters);
        points *= spec->sweep.mode == EK_SWEEP_ZIP && i > 0 ? 1 : (double)count;
        if (spec->sweep.mode == EK_SWEEP_ZIP && count != first)
            return ek_spec_fail(spec, ek_spec_key(key, "sweep.parameters.%u.values", i),
                                "%s has %zu values, expected %zu as %s has with mode zip",
                                parameters[i].name, count, first, parameters[0].name);
    }
    if (points > EK_SPEC_POINTS_MAX)
        return ek_spec_fail(spec, "sweep.parameters", "%.0f points, expected %d at most", points,
                            EK_SPEC_POINTS_MAX);
    return EK_OK;
}

ek_status ek_spec_check_parameters(struct ek_spec *spec)
{
    for (unsigned i = 0; i < spec->sweep.parameters_count; i++) {
        EK_TRY(check_name(spec, i));
        EK_TRY(check_form(spec, i));
        EK_TRY(check_values(spec, i));
    }
    EK_TRY(check_mode(spec));
    EK_TRY(check_counts(spec));
    return check_layers(spec);
}
