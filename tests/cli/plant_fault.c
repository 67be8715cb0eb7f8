/* Preloaded into the program: the first fault of a validation happens on the rank PLANT_RANK. */
#include "base/base.h"

#include <stdlib.h>

__attribute__((constructor)) static void plant(void)
{
    const char *chosen = getenv("PLANT_RANK"), *rank = getenv("OMPI_COMM_WORLD_RANK");
    if (chosen && atoi(chosen) == (rank ? atoi(rank) : 0)) ek_fault_set(EK_FAULT_BIT, 1);
}
