/* The tables that are tested: those that this processor runs, or AVX-512's kernels compiled for
 * any processor. */
#ifndef EK_TEST_KERNELS_TABLES_H
#define EK_TEST_KERNELS_TABLES_H

#include "kernels/kernels.h"

#ifdef TEST_LONG_VECTORS
extern const struct ek_kernels ek_kernel_functions_long_double, ek_kernel_functions_long_single;
#endif

/* Null behind the last; `index` counts from 0. */
static inline const struct ek_kernels *test_table(ek_precision precision, int index)
{
#ifdef TEST_LONG_VECTORS
    if (index > 0) return NULL;
    return precision == EK_SINGLE ? &ek_kernel_functions_long_single
                                  : &ek_kernel_functions_long_double;
#else
    return ek_kernels_nth(precision, index);
#endif
}

#endif
