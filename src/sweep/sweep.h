/* sweep: many points on groups of ranks. Owns the expansion of a spec to points, the groups and
 * the dispatcher, the loop over points with its journal, the output folder, and the facts of
 * <exaket/info.h>. May include all rooms but cli. */
#ifndef EK_SWEEP_H
#define EK_SWEEP_H

#include "base/base.h"

#include <exaket/sweep.h>

/* Memory in bytes that is available to each rank, the smallest of all ranks. Collective. */
double ek_sweep_memory(ek_session *session);

#endif
