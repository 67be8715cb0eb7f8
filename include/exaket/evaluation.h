/* Evaluations of an energy, and how a caller follows, supplies and stops them: shared by all
 * algorithms that optimise one. */
#ifndef EXAKET_EVALUATION_H
#define EXAKET_EVALUATION_H

#include <exaket/status.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ek_evaluation {
    int dimension;
    const double *x; /* `dimension` parameters */
    double value;
    double *gradient; /* `dimension` derivatives; null where only the value is asked for */
} ek_evaluation;

/* Called on every rank, in the same order; a failure on one rank is every rank's. The dimension
 * may differ from one evaluation to the next while an optimisation climbs to its last layer.
 * Either function may be null. */
typedef struct ek_evaluation_hooks {
    /* Before an evaluation: may supply what is known already by setting *known (which is false at
     * the call), the value and, where that is not null, the gradient (rank 0's answer counts; the
     * others may leave theirs), and may stop the run by returning EK_ERROR_INTERRUPTED. */
    ek_status (*before)(void *context, ek_evaluation *evaluation, bool *known);
    /* After an evaluation that was not known, with its value and gradient. */
    ek_status (*after)(void *context, const ek_evaluation *evaluation);
    void *context;
} ek_evaluation_hooks;

/* Why an optimisation ended. */
typedef enum ek_stop {
    EK_STOP_NONE = 0,    /* there was none */
    EK_STOP_CONVERGED,   /* its steps, gains or derivatives are below their tolerances */
    EK_STOP_EVALUATIONS, /* it had no more of them */
    EK_STOP_STALLED      /* no step gains any more: rounding errors hide what is left to gain, or
                          * the landscape has an edge there */
} ek_stop;
/* "none", "converged", "evaluations", "stalled"; null for a number that names none. Local. */
const char *ek_stop_name(int stop);

#ifdef __cplusplus
}
#endif
#endif
