#include "sweep/points.h"

#ifdef EXAKET_HAVE_GSL

#include <gsl/gsl_qrng.h>

enum { DIMENSIONS_MAX = 40 };

ek_status ek_sobol_points(size_t count, unsigned dimensions, double *points)
{
    if (dimensions < 1 || dimensions > DIMENSIONS_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "Sobol points in %u dimensions, expected 1 to %d",
                       dimensions, DIMENSIONS_MAX);
    gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, dimensions);
    if (!sequence) return EK_FAIL(EK_ERROR_MEMORY, "cannot allocate a Sobol sequence");
    for (size_t i = 0; i < count; i++) gsl_qrng_get(sequence, points + i * dimensions);
    gsl_qrng_free(sequence);
    return EK_OK;
}

#else

ek_status ek_sobol_points(size_t count, unsigned dimensions, double *points)
{
    (void)points;
    return EK_FAIL(EK_ERROR_UNSUPPORTED,
                   "%zu Sobol points in %u dimensions: this build is without GSL; configure with "
                   "-DEXAKET_GSL=ON or use mode random",
                   count, dimensions);
}

#endif
