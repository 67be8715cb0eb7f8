/* Inside kernels: names and types of the table that is being compiled. */
#ifndef EK_KERNELS_REAL_H
#define EK_KERNELS_REAL_H

#include "kernels/kernels.h"

#ifdef EK_PRECISION_single
typedef float real;
#define EK_TABLE_PRECISION EK_SINGLE
#else
typedef double real;
#define EK_TABLE_PRECISION EK_DOUBLE
#endif

#define EK_PASTE3(a, b, c) a##_##b##_##c
#define EK_NAME(base, isa, precision) EK_PASTE3(base, isa, precision)
/* ek_kernel_gather_avx2_double and so on */
#define KERNEL(name) EK_NAME(ek_kernel_##name, EK_ISA, EK_PRECISION)
#define EK_QUOTE(name) #name
#define EK_TEXT(name) EK_QUOTE(name)

#endif
