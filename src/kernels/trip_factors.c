/* Factors of a trip's steps that depend on the chunk: see kernels.h. */
#include "kernels/declare.h"
#include "kernels/vector.h"

/* `count` numbers times one factor each; the imaginary parts `apart` behind the real ones. */
INLINE void multiply_numbers(const real *from, const real *x, const real *y, size_t count,
                             size_t apart, real *to)
{
    for (size_t i = 0; i < count; i++) {
        const real a = from[i], b = apart ? from[i + apart] : 0;
        to[i] = a * x[i] - b * y[i];
        if (apart) to[i + apart] = a * y[i] + b * x[i];
    }
}

size_t KERNEL(factors)(const struct ek_trip_step *step, int group_count,
                       const ek_complex *registers,
                       const ek_complex *lanes, void *numbers)
{
    const bool per_lane = step->kind >= EK_STEP_LANE_SCALES;
    const bool complex = step->kind == EK_STEP_PHASES || step->kind == EK_STEP_LANE_PHASES;
    const size_t width = per_lane ? LANES : 1, size = REGISTERS * width;
    const size_t groups = !per_lane && step->stride ? (size_t)group_count : 1;
    const size_t stride = size << complex;
    real x[REGISTERS * LANES], y[REGISTERS * LANES];
    for (size_t i = 0; i < size; i++) {
        const ek_complex f = per_lane ? ek_times(registers[i / LANES], lanes[i % LANES])
                                      : registers[i];
        x[i] = (real)f.re;
        y[i] = (real)f.im;
    }
    for (size_t g = 0; g < groups; g++)
        multiply_numbers((const real *)step->numbers + g * stride, x, y, size,
                         complex ? size : 0, (real *)numbers + g * stride);
    return groups * stride;
}
