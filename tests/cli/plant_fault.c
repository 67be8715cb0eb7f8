/* Preloaded into the program: a fault happens once on the rank PLANT_RANK: a bit flips in a
 * validation or, with PLANT_LOSS, the first amplitudes that come from another rank get lost. With
 * PLANT_MUTE the network lets no UDP of that rank through. */
#define _GNU_SOURCE
#include "base/base.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <sys/types.h>

static bool mute;

/* Without its header, which has the address in a union of GNU's. */
ssize_t sendto(int descriptor, const void *bytes, size_t count, int flags, const void *to,
               unsigned length);
ssize_t sendto(int descriptor, const void *bytes, size_t count, int flags, const void *to,
               unsigned length)
{
    ssize_t (*next)(int, const void *, size_t, int, const void *, unsigned);
    *(void **)&next = dlsym(RTLD_NEXT, "sendto");
    return mute ? (ssize_t)count : next(descriptor, bytes, count, flags, to, length);
}

__attribute__((constructor)) static void plant(void)
{
    const char *chosen = getenv("PLANT_RANK"), *rank = getenv("OMPI_COMM_WORLD_RANK");
    if (!chosen || atoi(chosen) != (rank ? atoi(rank) : 0)) return;
    mute = getenv("PLANT_MUTE") != NULL;
    if (!mute)
        ek_fault_set(getenv("PLANT_LOSS") ? EK_FAULT_PARCEL : EK_FAULT_BIT, 1);
}
