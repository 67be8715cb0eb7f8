#include "base/base.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t ek_digest(uint64_t before, const void *bytes, size_t count)
{
    return XXH3_64bits_withSeed(bytes, count, before);
}
