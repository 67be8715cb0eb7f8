#include "base/base.h"

#include <Random123/philox.h>
#include <math.h>

static philox4x64_ctr_t draw(uint64_t seed, enum ek_stream stream, uint64_t index)
{
    const philox4x64_ctr_t counter = {{index, 0, 0, 0}};
    const philox4x64_key_t key = {{seed, (uint64_t)stream}};
    return philox4x64(counter, key);
}

void ek_random_bits(uint64_t seed, enum ek_stream stream, uint64_t index, uint64_t bits[4])
{
    const philox4x64_ctr_t drawn = draw(seed, stream, index);
    for (int i = 0; i < 4; i++) bits[i] = drawn.v[i];
}

void ek_random_first_bits(uint64_t seed, enum ek_stream stream, uint64_t first, size_t count,
                          uint64_t *index)
{
    for (size_t i = 0; i < count; i++) index[i] = draw(seed, stream, first + index[i]).v[0];
}

static double unit_interval(uint64_t bits) { return (double)(bits >> 11) * 0x1p-53; }

double ek_random_uniform(uint64_t seed, enum ek_stream stream, uint64_t index)
{
    uint64_t bits[4];
    ek_random_bits(seed, stream, index, bits);
    return unit_interval(bits[0]);
}

void ek_random_normals(uint64_t seed, enum ek_stream stream, uint64_t index, double normals[2])
{
    const double two_pi = 6.283185307179586476925;
    uint64_t bits[4];
    ek_random_bits(seed, stream, index, bits);
    const double radius = sqrt(-2.0 * log(1.0 - unit_interval(bits[0])));
    const double angle = two_pi * unit_interval(bits[1]);
    normals[0] = radius * cos(angle);
    normals[1] = radius * sin(angle);
}

uint64_t ek_random_below(uint64_t seed, enum ek_stream stream, uint64_t index, uint64_t bound)
{
    uint64_t bits[4];
    ek_random_bits(seed, stream, index, bits);
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)(((wide)bits[0] * bound) >> 64);
}
