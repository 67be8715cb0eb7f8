/* algo: hybrid algorithms. Owns QAOA (qaoa_*.c), VQE (vqe*.c, ansatz*.c), evaluations with hooks
 * around them (evaluate.c) and the classical optimisers (optimizer.c, the only file that knows
 * nlopt.h). May include every room but sweep and cli. */
#ifndef EK_ALGO_H
#define EK_ALGO_H

#include "algo/optimizer.h"

#include <exaket/qaoa.h>

/* Problems with a weight allow only states of so many ones, which some mixers keep; -1 for others.
 * The failure speaks of the problem by its name. Local. EK_ERROR_ARGUMENT. */
ek_status ek_qaoa_check_mixer(ek_mixer mixer, const char *name, int weight);

/* Null, or why the flip of all spins is no symmetry of this QAOA of the problem: of the options
 * mixer and warm_start count. Local. */
const char *ek_qaoa_symmetry_obstacle(const ek_qaoa_options *options,
                                      const ek_problem_facts *facts);

/* Those of the 2 * layers angles that are NaN become the default start's: the tree angles, scaled
 * to the problem. Local. */
void ek_qaoa_settle_angles(const ek_problem_facts *facts, ek_mixer mixer, int layers, double *x);

/* "2.7.1". `out` has at least 32 bytes. Local. */
const char *ek_nlopt_version(char *out);

#endif
