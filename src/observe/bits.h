/* Numbers whose bits become bits elsewhere, looked up byte by byte. */
#ifndef EK_OBSERVE_BITS_H
#define EK_OBSERVE_BITS_H

#include "base/base.h"

struct ek_bit_map {
    int bytes;
    uint64_t table[8][256];
};

/* Bit i of a number becomes the mask to[i] of its image. */
static inline void ek_bit_map_set(struct ek_bit_map *map, int bits, const uint64_t *to)
{
    map->bytes = (bits + 7) / 8;
    for (int b = 0; b < map->bytes; b++)
        for (int value = 0; value < 256; value++) {
            uint64_t image = 0;
            for (int i = 0; i < 8 && 8 * b + i < bits; i++)
                if (value >> i & 1) image ^= to[8 * b + i];
            map->table[b][value] = image;
        }
}

static inline uint64_t ek_bit_map_get(const struct ek_bit_map *map, uint64_t number)
{
    uint64_t image = 0;
    for (int b = 0; b < map->bytes; b++) image ^= map->table[b][number >> 8 * b & 0xff];
    return image;
}

#endif
