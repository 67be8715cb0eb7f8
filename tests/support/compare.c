#include "support/compare.h"

#include "support/random_circuit.h"

#include <stdio.h>
#include <stdlib.h>

double test_tolerance(ek_precision precision) { return precision == EK_SINGLE ? 1e-5 : 1e-12; }

ek_complex *test_amplitudes(const ek_state *state)
{
    const size_t count = (size_t)1 << ek_state_qubits(state);
    uint64_t *indices = calloc(count, sizeof *indices);
    ek_complex *amplitudes = calloc(count, sizeof *amplitudes);
    for (size_t i = 0; i < count; i++) indices[i] = i;
    CHECK_OK(ek_state_amplitudes(state, count, indices, amplitudes));
    free(indices);
    return amplitudes;
}

int test_check_state(const ek_state *state, const struct reference *expected, const char *what,
                     const char *file, int line)
{
    const double tolerance = test_tolerance(ek_state_precision(state));
    ek_complex *got = test_amplitudes(state);
    uint64_t worst = 0;
    double deviation = -1;
    for (uint64_t i = 0; i < UINT64_C(1) << expected->qubits; i++) {
        const double d = cabs(got[i].re + I * got[i].im - expected->amplitude[i]);
        if (d <= deviation) continue; /* a NaN counts as worst, and stays */
        deviation = d;
        worst = i;
        if (d != d) break;
    }
    const int near = deviation <= tolerance;
    if (!near && test_rank() == 0)
        fprintf(stderr, "\n%s:%d: %s: amplitude %llu is %.12g%+.12gi, expected %.12g%+.12gi\n",
                file, line, what, (unsigned long long)worst, got[worst].re, got[worst].im,
                creal(expected->amplitude[worst]), cimag(expected->amplitude[worst]));
    free(got);
    CU_assertImplementation(near, (unsigned)line, what, file, "", CU_FALSE);
    return test_all(near);
}

ek_initial test_initial(ek_initial_kind kind, int qubits, uint64_t seed, double *theta)
{
    for (int q = 0; q < qubits; q++) theta[q] = random_real(&seed, -4, 4);
    return (ek_initial){.kind = kind,
                        .index = random_next(&seed) & ((UINT64_C(1) << qubits) - 1),
                        .weight = random_below(&seed, qubits + 1),
                        .seed = random_next(&seed),
                        .theta = theta};
}

static void read_random(const ek_initial *initial, ek_session *session, ek_precision precision,
                        struct reference *state)
{
    ek_state *random = NULL;
    if (!CHECK_OK(ek_state_create(session, state->qubits, precision, &random))) return;
    CHECK_OK(ek_state_prepare(random, initial));
    ek_complex *amplitudes = test_amplitudes(random);
    for (uint64_t i = 0; i < UINT64_C(1) << state->qubits; i++)
        state->amplitude[i] = amplitudes[i].re + I * amplitudes[i].im;
    CHECK_NEAR(reference_norm(state), 1, 10 * test_tolerance(precision));
    free(amplitudes);
    ek_state_destroy(&random);
}

void test_reference_prepare(const ek_initial *initial, ek_session *session, ek_precision precision,
                            struct reference *state)
{
    switch (initial->kind) {
    case EK_INITIAL_ZERO: reference_basis(state, 0); break;
    case EK_INITIAL_BASIS: reference_basis(state, initial->index); break;
    case EK_INITIAL_UNIFORM: reference_uniform(state); break;
    case EK_INITIAL_DICKE: reference_dicke(state, initial->weight); break;
    case EK_INITIAL_PRODUCT: reference_product(state, initial->theta); break;
    default: read_random(initial, session, precision, state); break;
    }
}
