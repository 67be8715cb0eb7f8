/* Preloaded into the program: a fault happens once on the rank PLANT_RANK: a bit flips in a
 * validation or, with PLANT_LOSS, the first amplitudes that come from another rank get lost. */
#include "base/base.h"

#include <stdlib.h>

__attribute__((constructor)) static void plant(void)
{
    const char *chosen = getenv("PLANT_RANK"), *rank = getenv("OMPI_COMM_WORLD_RANK");
    if (chosen && atoi(chosen) == (rank ? atoi(rank) : 0))
        ek_fault_set(getenv("PLANT_LOSS") ? EK_FAULT_PARCEL : EK_FAULT_BIT, 1);
}
