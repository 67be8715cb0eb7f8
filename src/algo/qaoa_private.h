/* Shared by the files of QAOA only. */
#ifndef EK_QAOA_PRIVATE_H
#define EK_QAOA_PRIVATE_H

#include "algo/algo.h"
#include "comm/comm.h"

#include <exaket/gradient.h>

/* How angles of an unweighted 3-regular MaxCut carry over to a problem. */
struct qaoa_scale {
    double gamma; /* size of gamma: 1 there; negative where C is minimised */
    double beta;  /* size of beta: 1 for the X mixer and pairs of spins */
    double value; /* size of C: 1 there */
    double total; /* sum of |coefficient| without the constant: no two values differ by more than
                   * twice this */
};

struct ek_qaoa {
    ek_session *session;
    ek_qaoa_options options; /* defaults filled in; pointers to the copies below */
    char *optimizer, *warm_start;
    double *first;           /* angles of the first start, 2p: the options' or the default */
    bool first_is_given;
    int spins;  /* of the problem */
    int qubits; /* of the state: the spins, or all but the last one */
    bool flips; /* amplitude ~x of the spins equals amplitude x */
    bool flips_on_node; /* used on the ranks of one node, and on these only */
    int weight;
    bool maximize;
    struct qaoa_scale scale;
    double *theta; /* of the warm start's product state; null without one */
    ek_initial initial;
    /* C but for its constant, which is added to what is computed of it: single precision keeps the
     * norm of a state to 1e-7 or so, and that part of a large constant would hide the rest. */
    ek_diagonal *diagonal;
    double constant;
    ek_state *state;
    /* One of them lives at a time, because each holds cost tables: the program, or what gives
     * derivatives too, which works in the same state. Null after a failure to make one. */
    ek_program *program;
    ek_gradient *gradient;
    int program_layers; /* of the one that lives */
    double *held; /* the angles that the state is at, 2 * held_layers */
    int held_layers; /* 0: the state is at none */
    bool has_extremes;
    ek_extremes extremes;
    double prepare_seconds;
};

/* ---- qaoa_circuit.c ---- */

/* The circuit of `layers` layers; its parameters are gamma_1..gamma_p, beta_1..beta_p. Local. The
 * caller destroys it. */
ek_status ek_qaoa_circuit(const ek_qaoa *qaoa, int layers, ek_circuit **circuit);
/* Fills `theta` and `initial`. Local. */
ek_status ek_qaoa_set_initial(ek_qaoa *qaoa);

/* ---- qaoa_symmetry.c ---- */

/* Decides how many qubits stand for the spins; of `where` ranks and shared_ranks count. Local. */
ek_status ek_qaoa_choose_symmetry(ek_qaoa *qaoa, const ek_problem_facts *facts,
                                  const ek_plan_options *where);
/* The problem on those qubits. Local. */
ek_status ek_qaoa_make_diagonal(ek_qaoa *qaoa, const ek_problem_facts *facts);
/* The basis state that stands for an outcome of all spins. */
uint64_t ek_qaoa_represent(const ek_qaoa *qaoa, uint64_t outcome);

/* ---- qaoa_angles.c ---- */

struct qaoa_scale ek_qaoa_scale_of(const ek_problem_facts *facts, ek_mixer mixer);
/* The tree angles, scaled. */
void ek_qaoa_default_angles(const struct qaoa_scale *scale, int layers, double *x);
/* Angles of the start number `start` >= 1, drawn from the seed. */
void ek_qaoa_random_angles(const ek_qaoa *qaoa, int start, double *x);
/* From 2 * layers entries at x to 2 * more, more >= layers: by interpolation p -> p+1 (Zhou et al.
 * 2020) / with layers that do nothing. */
void ek_qaoa_interpolate(int layers, const double *x, int more, double *grown);
void ek_qaoa_pad(int layers, const double *x, int more, double *padded);

/* ---- qaoa.c ---- */

/* States held at once: methods that ask for derivatives work on two. Local. */
int ek_qaoa_states(const ek_qaoa *qaoa);
/* Brings the state to the angles x, 2 * layers entries, unless it is there. Collective. */
ek_status ek_qaoa_hold(ek_qaoa *qaoa, int layers, const double *x);
/* Energy at x and, unless `gradient` is null, its 2 * layers derivatives, with the hooks around
 * it; fails for a number that is not finite. Collective. */
ek_status ek_qaoa_observe(ek_qaoa *qaoa, int layers, const double *x, double *energy,
                          double *gradient);

/* ---- qaoa_result.c ---- */

/* Takes what is left to know at the angles x: extremes, probabilities, shots. Sets all of `result`
 * but energy, ratio, evaluations, history and seconds; clears it on failure. Collective. */
ek_status ek_qaoa_complete(ek_qaoa *qaoa, const double *x, ek_qaoa_result *result);
/* The approximation ratio of the energy that is in the result by now. Local. */
void ek_qaoa_rate(const ek_qaoa *qaoa, ek_qaoa_result *result);

#endif
