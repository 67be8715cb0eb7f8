/* What the parts of the cost model share. */
#ifndef EK_PLAN_COST_H
#define EK_PLAN_COST_H

#include <exaket/bench.h>

enum {
    EK_LEVEL_BYTES = 2,   /* of an amplitude in the table of a diagonal function */
    EK_LEVEL_TRAFFIC = 24 /* what it costs in tiles, as bytes: short rows, each waited for */
};

/* Puts the standard numbers in place of those that are 0. */
void ek_machine_complete(ek_bench_machine *machine);

#endif
