/* What the parts of the cost model share. */
#ifndef EK_PLAN_COST_H
#define EK_PLAN_COST_H

#include "plan/plan.h"

#include <exaket/bench.h>

/* Puts the standard numbers in place of those that are 0. */
void ek_machine_complete(ek_bench_machine *machine);

/* Of a pass, per amplitude: what its arithmetic costs, as floating-point operations, and how many
 * values or levels of diagonal functions it looks up. */
double ek_plan_work(const ek_plan *plan, const struct ek_pass *pass);
double ek_plan_lookups(const ek_plan *plan, const struct ek_pass *pass);

#endif
