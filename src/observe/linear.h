/* Dense linear algebra: the door of BLAS and LAPACK. All local. */
#ifndef EK_OBSERVE_LINEAR_H
#define EK_OBSERVE_LINEAR_H

#include "base/base.h"

/* sum += a a^dagger in its lower triangle: `a` is rows x columns, `sum` rows x rows, row-major.
 * The order of the additions does not depend on the number of threads. */
void ek_add_outer(size_t rows, size_t columns, const ek_complex *a, int threads, ek_complex *sum);

/* Eigenvalues of a Hermitian matrix in ascending order; the matrix is overwritten.
 * EK_ERROR_NUMERIC, EK_ERROR_MEMORY, EK_ERROR_UNSUPPORTED in a build without LAPACK. */
ek_status ek_hermitian_eigenvalues(size_t rows, ek_complex *matrix, double *values);

/* Lowest eigenvalue of a symmetric tridiagonal matrix, and the last entry of its unit vector.
 * above[i] stands between i and i + 1. EK_ERROR_UNSUPPORTED without LAPACK. */
ek_status ek_tridiagonal_lowest(int rows, const double *diagonal, const double *above,
                                double *lowest, double *last);

#endif
