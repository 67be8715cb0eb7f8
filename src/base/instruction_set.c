/* Instruction sets of the processor at hand. */
#include "base/base.h"

#include <string.h>

static bool can_run(const char *isa)
{
#ifdef __x86_64__
    if (strcmp(isa, "avx512") == 0)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512cd");
    if (strcmp(isa, "avx2") == 0)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("bmi2");
#endif
    return strcmp(isa, "baseline") == 0;
}

const char *ek_instruction_set(int index)
{
    static const char *const names[] = {"avx512", "avx2", "baseline"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (can_run(names[i]) && index-- == 0) return names[i];
    return NULL;
}
