#include "kernels/kernels.h"

#include <stdlib.h>
#include <string.h>

extern const struct ek_kernels ek_kernel_functions_baseline_double,
    ek_kernel_functions_baseline_single;
#ifdef __x86_64__
extern const struct ek_kernels ek_kernel_functions_avx2_double, ek_kernel_functions_avx2_single;
extern const struct ek_kernels ek_kernel_functions_avx512_double,
    ek_kernel_functions_avx512_single;
#endif

/* Best first. */
static const struct ek_kernels *const tables[][2] = {
#ifdef __x86_64__
    {&ek_kernel_functions_avx512_double, &ek_kernel_functions_avx512_single},
    {&ek_kernel_functions_avx2_double, &ek_kernel_functions_avx2_single},
#endif
    {&ek_kernel_functions_baseline_double, &ek_kernel_functions_baseline_single},
};
enum { TABLES = sizeof tables / sizeof *tables };

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

const struct ek_kernels *ek_kernels_nth(ek_precision precision, int index)
{
    for (int t = 0; t < TABLES; t++)
        if (can_run(tables[t][precision]->isa) && index-- == 0) return tables[t][precision];
    return NULL;
}

const struct ek_kernels *ek_kernels_get(ek_precision precision)
{
    const char *wanted = getenv("EXAKET_ISA");
    for (int i = 0; wanted && ek_kernels_nth(precision, i); i++)
        if (strcmp(ek_kernels_nth(precision, i)->isa, wanted) == 0)
            return ek_kernels_nth(precision, i);
    return ek_kernels_nth(precision, 0);
}
