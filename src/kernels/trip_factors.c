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

/* Each register's factor times each lane's, in double. */
INLINE void multiply_out(const ek_complex *registers, const ek_complex *lanes, real *x, real *y)
{
    double re[LANES], im[LANES];
    for (int l = 0; l < LANES; l++) {
        re[l] = lanes[l].re;
        im[l] = lanes[l].im;
    }
    for (int r = 0; r < REGISTERS; r++)
        for (int l = 0; l < LANES; l++) {
            x[r * LANES + l] = (real)(registers[r].re * re[l] - registers[r].im * im[l]);
            y[r * LANES + l] = (real)(registers[r].re * im[l] + registers[r].im * re[l]);
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
    if (per_lane) multiply_out(registers, lanes, x, y);
    for (size_t i = 0; i < size && !per_lane; i++) {
        x[i] = (real)registers[i].re;
        y[i] = (real)registers[i].im;
    }
    for (size_t g = 0; g < groups; g++)
        multiply_numbers((const real *)step->numbers + g * stride, x, y, size,
                         complex ? size : 0, (real *)numbers + g * stride);
    return groups * stride;
}
