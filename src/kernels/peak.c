/* What the processor can do at most: multiply-adds on registers alone. */
#include "kernels/declare.h"
#include "kernels/vector.h"

enum { CHAINS = 8 }; /* enough to hide the latency of two units, few enough for 16 registers */

double KERNEL(peak)(size_t rounds, void *numbers)
{
    vec chain[CHAINS], factor, sum;
    memcpy(&factor, numbers, sizeof factor);
    for (int i = 0; i < CHAINS; i++) chain[i] = factor + (real)i;
    for (size_t round = 0; round < rounds; round++)
        for (int i = 0; i < CHAINS; i++) chain[i] = chain[i] * factor + factor;
    sum = chain[0];
    for (int i = 1; i < CHAINS; i++) sum += chain[i];
    memcpy(numbers, &sum, sizeof sum);
    return 2.0 * CHAINS * LANES * (double)rounds;
}
