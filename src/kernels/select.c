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

static const struct ek_kernels *const tables[][2] = {
#ifdef __x86_64__
    {&ek_kernel_functions_avx512_double, &ek_kernel_functions_avx512_single},
    {&ek_kernel_functions_avx2_double, &ek_kernel_functions_avx2_single},
#endif
    {&ek_kernel_functions_baseline_double, &ek_kernel_functions_baseline_single},
};
enum { TABLES = sizeof tables / sizeof *tables };

static const struct ek_kernels *find(ek_precision precision, const char *isa)
{
    for (int t = 0; t < TABLES; t++)
        if (strcmp(tables[t][precision]->isa, isa) == 0) return tables[t][precision];
    return NULL;
}

const struct ek_kernels *ek_kernels_nth(ek_precision precision, int index)
{
    const char *isa = ek_instruction_set(index);
    return isa ? find(precision, isa) : NULL;
}

const struct ek_kernels *ek_kernels_get(ek_precision precision)
{
    const char *wanted = getenv("EXAKET_ISA");
    for (int i = 0; wanted && ek_kernels_nth(precision, i); i++)
        if (strcmp(ek_kernels_nth(precision, i)->isa, wanted) == 0)
            return ek_kernels_nth(precision, i);
    return ek_kernels_nth(precision, 0);
}
