/* Expectations of diagonal functions. Without a table of levels the values of each block of
 * amplitudes are computed on the way. */
#include "observe/observe.h"

#include <math.h>

struct expectation {
    struct ek_diagonal_view view;
    struct ek_scratch scratch;
    bool indicator; /* 1 where |f - value| <= tolerance instead of f */
    double value, tolerance;
    const uint16_t *level; /* with a table: levels, and the value of each */
    const double *level_value;
};

ek_status ek_scratch_create(int threads, struct ek_scratch *scratch)
{
    scratch->threads = threads;
    EK_TRY(EK_NEW_RAW(scratch->values, (size_t)threads * EK_BLOCK_AMPLITUDES));
    return EK_NEW_RAW(scratch->levels, (size_t)threads * EK_BLOCK_AMPLITUDES);
}

void ek_scratch_clear(struct ek_scratch *scratch)
{
    ek_release(scratch->values);
    ek_release(scratch->levels);
    *scratch = (struct ek_scratch){0};
}

static const void *amplitudes_at(const ek_state *state, size_t first)
{
    return (const char *)state->amplitudes + first * ek_amplitude_bytes(state->precision);
}

static void block_values(const ek_state *state, void *context, size_t first, size_t count,
                         double *partial)
{
    const struct expectation *e = context;
    double *values = ek_scratch_mine(&e->scratch);
    ek_diagonal_view_fill(&e->view, state->kernels, ek_state_first(state) | first,
                          ek_scratch_levels(&e->scratch), values);
    for (size_t i = 0; e->indicator && i < count; i++)
        values[i] = fabs(values[i] - e->value) <= e->tolerance;
    *partial = state->kernels->expect_values(amplitudes_at(state, first), count, values);
}

static void block_levels(const ek_state *state, void *context, size_t first, size_t count,
                         double *partial)
{
    const struct expectation *e = context;
    *partial = state->kernels->expect_levels(amplitudes_at(state, first), count, e->level + first,
                                             e->level_value);
}

static ek_status check_qubits(const ek_state *state, const ek_diagonal *diagonal)
{
    if (diagonal->qubits == state->qubits) return EK_OK;
    return EK_FAIL(EK_ERROR_MISMATCH,
                   "a function of %d qubits cannot be observed on a state of %d", diagonal->qubits,
                   state->qubits);
}

static ek_status expect(const ek_state *state, const ek_diagonal *diagonal, struct expectation *e,
                        double *value)
{
    const int block_bits = ek_log2(EK_BLOCK_AMPLITUDES);
    const int bits = state->local_slots < block_bits ? state->local_slots : block_bits;
    ek_status status = check_qubits(state, diagonal);
    if (status == EK_OK)
        status = ek_diagonal_view_create(diagonal, &state->layout, ek_low_bits(bits), &e->view);
    if (status == EK_OK)
        status = ek_scratch_create(ek_session_threads(state->session), &e->scratch);
    status = ek_observe_begin(state, status);
    if (status == EK_OK) status = ek_state_sum(state, 1, block_values, e, value);
    ek_diagonal_view_clear(&e->view);
    ek_scratch_clear(&e->scratch);
    return status;
}

ek_status ek_expect_diagonal(const ek_state *state, const ek_diagonal *diagonal, double *value)
{
    struct expectation e = {.indicator = false};
    return expect(state, diagonal, &e, value);
}

ek_status ek_probability_of_value(const ek_state *state, const ek_diagonal *diagonal, double value,
                                  double tolerance, double *probability)
{
    struct expectation e = {.indicator = true, .value = value, .tolerance = tolerance};
    return expect(state, diagonal, &e, probability);
}

ek_status ek_program_expect_diagonal(const ek_program *program, const ek_state *state,
                                     const ek_diagonal *diagonal, double *value)
{
    const struct ek_level_table *table = ek_program_table(program, diagonal, &state->layout);
    double *level_value = NULL;
    /* In another session the same layout is cut into other pieces. */
    if (!table || state->session != program->session)
        return ek_expect_diagonal(state, diagonal, value);
    ek_status status = ek_observe_begin(state, EK_NEW_RAW(level_value, diagonal->levels));
    if (status == EK_OK) {
        struct expectation e = {.level = table->level, .level_value = level_value};
        for (uint32_t i = 0; i < diagonal->levels; i++)
            level_value[i] = ek_level_value(diagonal, i);
        status = ek_state_sum(state, 1, block_levels, &e, value);
    }
    ek_release(level_value);
    return status;
}
