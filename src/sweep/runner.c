#include "sweep/sweep.h"

enum { BUFFERS = 64 << 20 };

const struct ek_point_runner *ek_runner(enum ek_algorithm algorithm)
{
    return algorithm == EK_ALGORITHM_VQE ? &ek_runner_vqe : &ek_runner_qaoa;
}

/* All vectors, and all buffers. */
double ek_sweep_needs(const struct ek_spec *spec, int qubits, int ranks)
{
    const double bytes = spec->precision == EK_SINGLE ? 4 : 8;
    const double amplitudes = (double)ek_bit(qubits) / ranks;
    return amplitudes * bytes * ek_runner(spec->algorithm.name)->vectors(spec) + BUFFERS;
}
