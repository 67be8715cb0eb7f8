/* What the parts of the cost model share. */
#ifndef EK_PLAN_COST_H
#define EK_PLAN_COST_H

#include <exaket/bench.h>

/* Puts the standard numbers in place of those that are 0. */
void ek_machine_complete(ek_bench_machine *machine);

#endif
