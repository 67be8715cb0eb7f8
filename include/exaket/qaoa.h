/* The quantum approximate optimisation algorithm (Farhi et al. 2014) and its optimisation. */
#ifndef EXAKET_QAOA_H
#define EXAKET_QAOA_H

#include <exaket/observe.h>
#include <exaket/problem.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ek_mixer {
    EK_MIXER_X = 0,   /* exp(-i beta sum X), from |+...+> */
    EK_MIXER_GROVER,  /* exp(-i beta |s><s|), |s> uniform over the allowed states */
    EK_MIXER_XY_RING, /* exp(-i beta (XX+YY)/2) on neighbours of a ring: even pairs, then odd */
    EK_MIXER_XY_FULL  /* the same on all pairs, in lexicographic order */
} ek_mixer;

/* Called before each evaluation (journal, signals): may supply a value that is known already by
 * setting *known, and may stop the optimiser by returning EK_ERROR_INTERRUPTED. Called after it
 * with the value. x has 2p entries: gamma_1..gamma_p, beta_1..beta_p. On every rank, in the same
 * order. */
typedef struct ek_evaluation_hooks {
    ek_status (*before)(void *context, int dimension, const double *x, bool *known, double *value);
    ek_status (*after)(void *context, int dimension, const double *x, double value);
    void *context;
} ek_evaluation_hooks;

/* Zero means the default everywhere. */
typedef struct ek_qaoa_options {
    int layers; /* p, default 1 */
    ek_mixer mixer;
    ek_precision precision;
    const char *optimizer; /* "bobyqa" (default), "cobyla", "nelder-mead", "sbplx", "lbfgs", ... */
    int starts;            /* default 1: fixed tree angles, then interpolation p -> p+1; the other
                            * starts draw random angles */
    int max_evaluations;       /* over all starts; default 200 * layers */
    double tolerance;          /* relative, on x; default 1e-6 */
    uint64_t seed;
    const double *gamma, *beta; /* first start, `layers` entries each; null: the default start */
    const char *warm_start;     /* bit string, qubit n-1 first: Egger et al. 2021; null for none */
    double warm_start_epsilon;  /* default 0.25 */
    size_t shots;               /* default 1024 */
    bool skip_optimum;          /* do not search for the optimum by brute force */
    ek_evaluation_hooks hooks;
} ek_qaoa_options;

typedef struct ek_qaoa_result {
    int layers, qubits;
    double energy;              /* <C> at the best angles */
    double optimum, worst;      /* of C over the allowed states; NaN when skipped */
    double approximation_ratio; /* (energy - worst) / (optimum - worst); NaN when skipped */
    double p_optimal;           /* probability of an optimal state; NaN when skipped */
    double best_value;          /* C of the best sampled bit string */
    uint64_t best_index;
    int evaluations;
    double *gamma, *beta;       /* `layers` entries each */
    size_t history_count;
    double *history;            /* energy of each evaluation, in order */
    size_t outcome_count;       /* distinct sampled states, most frequent first */
    uint64_t *outcomes;
    uint64_t *outcome_counts;
    double *outcome_values;
    double prepare_seconds, optimize_seconds, total_seconds;
    ek_plan_summary plan;
} ek_qaoa_result;

typedef struct ek_qaoa ek_qaoa;

/* Prepares circuit, plan, state and cost table. Collective. Fails as ek_state_create does, and
 * with EK_ERROR_ARGUMENT for options that make no sense together. The problem is copied. */
ek_status ek_qaoa_create(ek_session *session, const ek_problem *problem,
                         const ek_qaoa_options *options, ek_qaoa **qaoa);
void ek_qaoa_destroy(ek_qaoa **qaoa);

/* <C> at the angles x (gamma_1..gamma_p, beta_1..beta_p). Collective. */
ek_status ek_qaoa_energy(ek_qaoa *qaoa, const double *x, double *energy);

/* One evaluation at the given angles / the best that the optimiser finds; then optimum, shots and
 * probabilities. Collective. The result is cleared by the caller. */
ek_status ek_qaoa_evaluate(ek_qaoa *qaoa, ek_qaoa_result *result);
ek_status ek_qaoa_optimize(ek_qaoa *qaoa, ek_qaoa_result *result);
void ek_qaoa_result_clear(ek_qaoa_result *result);

/* Angles that are optimal on trees of the given degree 3 (p = 1..4), and for larger p interpolated
 * (Zhou et al. 2020). x has 2 * layers entries. Local. */
void ek_qaoa_tree_angles(int layers, double *x);

#ifdef __cplusplus
}
#endif
#endif
