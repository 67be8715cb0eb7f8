#include "observe/linear.h"

#ifdef EXAKET_HAVE_LAPACK
#include <cblas.h>
#include <lapacke.h>
#endif

enum { TILE = 128 }; /* rows and columns of the sum that one call computes */

/* sum[r0.., c0..] of `height` x `width` entries. */
static void add_tile(size_t rows, size_t columns, const ek_complex *a, size_t r0, size_t c0,
                     size_t side, ek_complex *sum)
{
    const ek_complex *left = a + r0 * columns, *right = a + c0 * columns;
#ifdef EXAKET_HAVE_LAPACK
    const ek_complex one = {1, 0};
    cblas_zgemm(CblasRowMajor, CblasNoTrans, CblasConjTrans, (int)side, (int)side, (int)columns,
                &one, left, (int)columns, right, (int)columns, &one, sum + r0 * rows + c0,
                (int)rows);
#else
    for (size_t r = 0; r < side; r++)
        for (size_t c = 0; c < side; c++) {
            ek_complex *to = &sum[(r0 + r) * rows + c0 + c];
            for (size_t e = 0; e < columns; e++) {
                const ek_complex x = left[r * columns + e], y = right[c * columns + e];
                to->re += x.re * y.re + x.im * y.im;
                to->im += x.im * y.re - x.re * y.im;
            }
        }
#endif
}

void ek_add_outer(size_t rows, size_t columns, const ek_complex *a, int threads, ek_complex *sum)
{
    const size_t side = rows < TILE ? rows : TILE, strips = rows / side;
    const size_t tiles = strips * (strips + 1) / 2;
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (tiles > 1)
    for (size_t tile = 0; tile < tiles; tile++) {
        size_t r = 0, c = tile;
        while (c > r) c -= ++r; /* tile number -> strip r >= c */
        add_tile(rows, columns, a, r * side, c * side, side, sum);
    }
}

ek_status ek_hermitian_eigenvalues(size_t rows, ek_complex *matrix, double *values)
{
#ifdef EXAKET_HAVE_LAPACK
    /* Read by columns it is the conjugate, which has the same eigenvalues. */
    const int info = LAPACKE_zheev(LAPACK_COL_MAJOR, 'N', 'U', (int)rows,
                                   (lapack_complex_double *)matrix, (int)rows, values);
    if (info == 0) return EK_OK;
    if (info == LAPACK_WORK_MEMORY_ERROR)
        return EK_FAIL(EK_ERROR_MEMORY, "no memory for the eigenvalues of a %zu x %zu matrix",
                       rows, rows);
    return EK_FAIL(EK_ERROR_NUMERIC, "the eigenvalues of a %zu x %zu matrix did not converge "
                   "(zheev: %d): is every amplitude finite?", rows, rows, info);
#else
    (void)matrix;
    (void)values;
    return EK_FAIL(EK_ERROR_UNSUPPORTED, "the eigenvalues of a %zu x %zu matrix need LAPACK: "
                   "build with -DEXAKET_LAPACK=ON", rows, rows);
#endif
}

ek_status ek_tridiagonal_lowest(int rows, const double *diagonal, const double *above,
                                double *lowest, double *last)
{
#ifdef EXAKET_HAVE_LAPACK
    double d[rows], e[rows], values[rows], vector[rows];
    lapack_int found, support[2];
    for (int i = 0; i < rows; i++) {
        d[i] = diagonal[i];
        e[i] = above[i];
    }
    const int info = LAPACKE_dstevr(LAPACK_COL_MAJOR, 'V', 'I', rows, d, e, 0, 0, 1, 1, 0, &found,
                                    values, vector, rows, support);
    *lowest = values[0];
    *last = vector[rows - 1];
    if (info == 0 && found == 1) return EK_OK;
    return EK_FAIL(EK_ERROR_NUMERIC, "no eigenvalue of a %d x %d tridiagonal matrix (dstevr: %d)",
                   rows, rows, info);
#else
    (void)diagonal;
    (void)above;
    (void)lowest;
    (void)last;
    return EK_FAIL(EK_ERROR_UNSUPPORTED, "the eigenvalues of a %d x %d matrix need LAPACK: build "
                   "with -DEXAKET_LAPACK=ON", rows, rows);
#endif
}
