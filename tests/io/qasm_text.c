#include "io/qasm_text.h"

#include "support/harness.h"
#include "support/program_run.h"

#include <exaket/qasm.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

ek_dynamic *qasm_program(const char *text)
{
    ek_dynamic *program = NULL;
    if (!CHECK_OK(ek_qasm_parse("test.qasm", text, strlen(text), &program)))
        fprintf(stderr, "%s\n", text);
    return program;
}

char *qasm_written(const char *text, int version)
{
    ek_dynamic *program = qasm_program(text);
    char *written = NULL;
    if (program && !CHECK_OK(ek_qasm_write(program, version, &written)))
        fprintf(stderr, "%s\n", text);
    ek_dynamic_destroy(&program);
    return written;
}

static int amplitudes(const char *text, struct reference *state)
{
    ek_dynamic *program = qasm_program(text);
    if (!program) return 0;
    reference_create(state, program->qubits);
    const int fine = test_program_amplitudes(program, state);
    CHECK(fine);
    ek_dynamic_destroy(&program);
    return fine;
}

/* The phase that brings the largest amplitude of one state to that of the other. */
static double complex phase_between(const struct reference *a, const struct reference *b)
{
    uint64_t largest = 0;
    for (uint64_t i = 0; i < UINT64_C(1) << a->qubits; i++)
        if (cabs(b->amplitude[i]) > cabs(b->amplitude[largest])) largest = i;
    const double complex ratio = b->amplitude[largest] / a->amplitude[largest];
    return cabs(ratio) > 0 ? ratio / cabs(ratio) : 1;
}

void qasm_check_same_state(const char *text, const char *expected, int phase_free)
{
    struct reference a = {0}, b = {0};
    if (amplitudes(text, &a) && amplitudes(expected, &b) && CHECK(a.qubits == b.qubits)) {
        const double complex phase = phase_free ? phase_between(&a, &b) : 1;
        double worst = 0;
        for (uint64_t i = 0; i < UINT64_C(1) << a.qubits; i++)
            worst = fmax(worst, cabs(phase * a.amplitude[i] - b.amplitude[i]));
        if (!(worst <= 1e-12))
            fprintf(stderr, "off by %g:\n%s\nexpected:\n%s\n", worst, text, expected);
        CHECK(worst <= 1e-12);
    }
    reference_destroy(&a);
    reference_destroy(&b);
}

static double *distribution_of(const ek_dynamic *program)
{
    double *distribution = calloc((size_t)1 << program->clbits, sizeof *distribution);
    CHECK(test_program_distribution(program, distribution));
    return distribution;
}

void qasm_check_same_outcomes(const char *text, const char *expected)
{
    ek_dynamic *a = qasm_program(text), *b = qasm_program(expected);
    if (a && b && CHECK(a->clbits == b->clbits)) {
        double *of_a = distribution_of(a), *of_b = distribution_of(b);
        for (uint64_t i = 0; i < UINT64_C(1) << a->clbits; i++)
            if (!CHECK_NEAR(of_a[i], of_b[i], 1e-12))
                fprintf(stderr, "outcome %d of:\n%s\n", (int)i, text);
        free(of_a);
        free(of_b);
    }
    ek_dynamic_destroy(&a);
    ek_dynamic_destroy(&b);
}

void qasm_check_outcome(const char *text, const char *outcome, double probability)
{
    ek_dynamic *program = qasm_program(text);
    double *distribution = program ? distribution_of(program) : NULL, found = 0;
    for (uint64_t i = 0; program && i < UINT64_C(1) << program->clbits; i++) {
        char bits[256];
        test_program_bits(program, i, bits);
        if (strcmp(bits, outcome) == 0) found += distribution[i];
    }
    if (!CHECK_NEAR(found, probability, 1e-12)) fprintf(stderr, "%s\n", text);
    free(distribution);
    ek_dynamic_destroy(&program);
}
