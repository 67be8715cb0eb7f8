/* algo: hybrid algorithms. Owns QAOA (qaoa_*.c), VQE (vqe*.c, ansatz*.c), evaluations with hooks
 * around them (evaluate.c) and the classical optimisers (optimizer.c, the only file that knows
 * nlopt.h). May include every room but sweep and cli. */
#ifndef EK_ALGO_H
#define EK_ALGO_H

#include "algo/optimizer.h"

/* "2.7.1". `out` has at least 32 bytes. Local. */
const char *ek_nlopt_version(char *out);

#endif
