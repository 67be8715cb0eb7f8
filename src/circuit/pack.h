/* How a program lies in a row of bytes: both directions follow the order of dynamic_pack.c. Whole
 * numbers take seven bits per byte, the lowest first, the high bit set in all but the last. */
#ifndef EK_CIRCUIT_PACK_H
#define EK_CIRCUIT_PACK_H

#include "circuit/dynamic.h"

#define EK_PACK_MAGIC "exaket program 1"

#endif
