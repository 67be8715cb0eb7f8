/* A general layer over NLopt: one call that keeps the best point itself, counts evaluations
 * exactly, and gives the same sequence of points for the same sequence of values, so that an
 * optimisation is resumed by replaying its journal, and ranks that see the same values stay in
 * lockstep without a message. */
#ifndef EK_OPTIMIZER_H
#define EK_OPTIMIZER_H

#include "base/base.h"

#include <exaket/evaluation.h>

/* What is optimised. The callbacks return a failure to stop: it becomes the optimiser's. */
struct ek_objective {
    int dimension;
    bool maximize;
    ek_status (*value)(void *context, const double *x, double *value);
    /* Value and its `dimension` derivatives in one go; it counts as one evaluation. Null: methods
     * that need derivatives take central differences of `value`, and each of those counts. */
    ek_status (*gradient)(void *context, const double *x, double *value, double *gradient);
    void *context;
};

/* Zero means the default everywhere but for max_evaluations, which must be at least 1. */
struct ek_optimizer_options {
    const char *name;       /* see ek_optimizer_names; default "bobyqa" */
    int max_evaluations;
    double tolerance;       /* relative, on x; default 1e-6 */
    double step;            /* first step, in units; default 0.1 */
    double difference_step; /* of central differences, in units; default 6e-6 */
    double noise;           /* error of a value, absolute; default 0. Methods with derivatives have
                             * values that differ by less told apart by these, and end when a step
                             * gains less than 1e-5 of it; the others take no notice */
    const double *unit;     /* natural size of each coordinate, > 0; default 1. Rounded to a power
                             * of two, so that the start is evaluated at exactly the given x */
    double value_unit; /* natural size of a difference of values; default 1. Rounded down to a
                        * power of two. Methods with derivatives have limits of their own that are
                        * absolute: tiny values would end them at once, and huge ones early */
    const double *lower, *upper; /* bounds; default none. The global methods need both */
    uint64_t seed;               /* of the methods that draw random numbers */
};

struct ek_optimizer;

/* Makes everything ready, so that ranks can agree on a failure before the first evaluation.
 * Objective and options are copied. Local; the caller destroys it. EK_ERROR_ARGUMENT (options),
 * EK_ERROR_MEMORY. */
ek_status ek_optimizer_create(const struct ek_objective *objective,
                              const struct ek_optimizer_options *options,
                              struct ek_optimizer **optimizer);
void ek_optimizer_destroy(struct ek_optimizer **optimizer);

/* Starts at x and leaves the best point seen there, the start included, with its `value`; at most
 * max_evaluations calls of the objective, whatever the method. An optimizer runs once. On failure
 * x and value are untouched. Local. EK_ERROR_ARGUMENT (x outside the bounds), EK_ERROR_NUMERIC (a
 * value is not finite; the message names x), or what a callback returned. */
ek_status ek_optimizer_run(struct ek_optimizer *optimizer, double *x, double *value);
/* Evaluations so far. Local. */
int ek_optimizer_evaluations(const struct ek_optimizer *optimizer);
/* Why the run ended, after one that did not fail. Local. */
ek_stop ek_optimizer_stop(const struct ek_optimizer *optimizer);

/* EK_ERROR_ARGUMENT, with the names there are, unless `name` is one or null. Local. */
ek_status ek_optimizer_check(const char *name);
/* The i-th name, null behind the last. Local. */
const char *ek_optimizer_name(size_t i);
/* True for the global methods, which search a box. `name` may be null. Local. */
bool ek_optimizer_needs_bounds(const char *name);

/* True for the methods that ask for derivatives. `name` may be null. Local. */
bool ek_optimizer_needs_derivatives(const char *name);

/* EK_ERROR_NUMERIC, with x in the message, unless `value` is finite. Local. */
ek_status ek_check_finite(double value, int dimension, const double *x);

#endif
