/* The quantum approximate optimisation algorithm (Farhi et al. 2014) and its optimisation. */
#ifndef EXAKET_QAOA_H
#define EXAKET_QAOA_H

#include <exaket/evaluation.h>
#include <exaket/observe.h>
#include <exaket/problem.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The state is prod_l mixer(beta_l) exp(-i gamma_l C) |initial>, l = 1 first. Problems that allow
 * only states of one Hamming weight (portfolio selection with a budget) need a mixer that keeps
 * it: GROVER or XY, which then start from the Dicke state of that weight. */
typedef enum ek_mixer {
    EK_MIXER_X = 0,   /* exp(-i beta sum X), from |+...+>; only without a weight */
    EK_MIXER_GROVER,  /* exp(-i beta |s><s|) from |s>, uniform over the allowed states */
    EK_MIXER_XY_RING, /* exp(-i beta (XX+YY)/2) on the even pairs (0,1) (2,3) ... of a ring, then
                       * the odd ones, then the closing pair; only with a weight */
    EK_MIXER_XY_FULL  /* the same on all pairs, in lexicographic order; only with a weight */
} ek_mixer;

/* Whether problems that do not change when all spins flip (MaxCut, LABS, partition: all terms of
 * an even number of spins), with mixer X from |+...+>, run on half of the state: the same results
 * with one qubit less. */
typedef enum ek_symmetry {
    EK_SYMMETRY_AUTO = 0, /* where the problem allows it and all ranks share memory */
    EK_SYMMETRY_OFF,
    EK_SYMMETRY_ON /* EK_ERROR_ARGUMENT where the problem does not allow it */
} ek_symmetry;

/* Zero means the default everywhere. The same on all ranks. */
typedef struct ek_qaoa_options {
    int layers; /* p, default 1 */
    ek_mixer mixer;
    ek_symmetry symmetry;
    ek_precision precision;
    const char *optimizer;     /* "bobyqa" (default), "cobyla", "nelder-mead", "sbplx", "newuoa",
                                * "praxis"; with derivatives (about 4 evaluations' time for all of
                                * them, and a second state) "lbfgs", "slsqp", "mma", "ccsaq",
                                * "tnewton", "var2"; global "direct", "crs2", "isres" */
    int starts;                /* default 1: tree angles, scaled to the problem, and above p = 4
                                * interpolation p -> p+1; the other starts draw random angles */
    int max_evaluations;       /* over all starts; default ek_qaoa_default_evaluations */
    double tolerance;          /* relative, on x; default 1e-6 */
    uint64_t seed;             /* of random starts, random methods and shots */
    const double *gamma, *beta; /* first start, `layers` entries each; null: the default start */
    const char *warm_start;     /* bit string, qubit n-1 first: the start and mixer of Egger,
                                 * Marecek and Woerner 2021 around it; only with mixer X; null for
                                 * none */
    double warm_start_epsilon;  /* each qubit starts with the probability 1 - epsilon of its bit:
                                 * 0 < epsilon <= 1/2 (the plain X mixer), default 0.25 */
    size_t shots;               /* default 1024 */
    bool skip_optimum;          /* do not search for the optimum by brute force */
    ek_evaluation_hooks hooks;  /* x: gamma_1..gamma_p, beta_1..beta_p; p is less than `layers`
                                 * while an optimisation climbs to it */
} ek_qaoa_options;

/* 200 for each layer, and no more than an int holds. Local. */
int ek_qaoa_default_evaluations(int layers);

typedef struct ek_qaoa_result {
    int layers, qubits;
    bool flips;                 /* half of the state stood for all of it: qubits - 1 were run */
    double energy;              /* <C> at the best angles */
    double optimum, worst;      /* of C over the allowed states; NaN when skipped (by the options,
                                 * or above 30 qubits) */
    double approximation_ratio; /* (energy - worst) / (optimum - worst), 1 where C is constant; NaN
                                 * when skipped */
    double p_optimal;           /* probability of an optimal state; NaN when skipped */
    double best_value;          /* C of the best sampled bit string */
    uint64_t best_index;
    int evaluations;
    ek_stop stopped;            /* why the best start ended */
    double *gamma, *beta;       /* `layers` entries each */
    size_t history_count;
    double *history;            /* energy of each evaluation, in order */
    size_t outcome_count;       /* distinct sampled states, most frequent first */
    uint64_t *outcomes;
    uint64_t *outcome_counts;
    double *outcome_values;
    double prepare_seconds, optimize_seconds;
    double total_seconds;       /* both, and the search for the optimum and the shots */
    ek_plan_summary plan;
} ek_qaoa_result;

typedef struct ek_qaoa ek_qaoa;

/* Prepares circuit, plan, state and cost table. Collective. Fails as ek_state_create does, also
 * where the second state of an optimizer with derivatives does not fit, and with EK_ERROR_ARGUMENT
 * for options that make no sense together. Problem and options are copied; `options` may be null.
 * The caller destroys the handle before the session. */
ek_status ek_qaoa_create(ek_session *session, const ek_problem *problem,
                         const ek_qaoa_options *options, ek_qaoa **qaoa);
/* Frees and nulls the handle; accepts null. Local. */
void ek_qaoa_destroy(ek_qaoa **qaoa);

/* The plan of the options' layers: memory, passes, bytes sent by one evaluation. Local; before the
 * handle is used. */
void ek_qaoa_summarize(const ek_qaoa *qaoa, ek_plan_summary *summary);

/* <C> at the angles x (gamma_1..gamma_p, beta_1..beta_p), without the hooks. Collective.
 * EK_ERROR_NUMERIC when an angle or the energy is not finite. */
ek_status ek_qaoa_energy(ek_qaoa *qaoa, const double *x, double *energy);

/* One evaluation at the options' angles (or at the default start) / the best that the optimiser
 * finds; then optimum, shots and probabilities. Collective. The result is cleared by the caller
 * and untouched on failure: what is worth keeping then has been given to the hooks. */
ek_status ek_qaoa_evaluate(ek_qaoa *qaoa, ek_qaoa_result *result);
ek_status ek_qaoa_optimize(ek_qaoa *qaoa, ek_qaoa_result *result);
/* Frees what the result holds and zeroes it. Local. */
void ek_qaoa_result_clear(ek_qaoa_result *result);

/* Angles that are optimal on trees of degree 3 (p = 1..4; Wurtz and Lykov 2021), and for larger p
 * interpolated (Zhou et al. 2020), for a cost that is maximised. x has 2 * layers entries, and
 * layers is at least 1. Local. */
void ek_qaoa_tree_angles(int layers, double *x);

#ifdef __cplusplus
}
#endif
#endif
