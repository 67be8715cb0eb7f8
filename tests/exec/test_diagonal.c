/* Values and levels that tiles compute for themselves, against the function itself. */
#include "exec/exec.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <exaket/observe.h>

#include <math.h>

enum { QUBITS = 14, MOST_TERMS = 60 };

/* Each term has at most so many spins; `whole`: coefficients are multiples of 1/4, so that there
 * are levels. */
static ek_diagonal *random_polynomial(uint64_t *source, int spins, bool whole)
{
    ek_spin_term terms[MOST_TERMS];
    ek_diagonal *diagonal = NULL;
    const size_t count = (size_t)random_below(source, MOST_TERMS);
    for (size_t i = 0; i < count; i++) {
        const double c = random_real(source, -3, 3);
        terms[i] = (ek_spin_term){.coefficient = whole ? round(4 * c) / 4 : c};
        for (int k = random_below(source, spins + 1); k > 0; k--)
            terms[i].mask ^= (uint64_t)1 << random_below(source, QUBITS);
    }
    CHECK_OK(ek_diagonal_create(QUBITS, count, terms, &diagonal));
    return diagonal;
}

static void random_layout(uint64_t *source, struct ek_layout *layout)
{
    int slots[QUBITS];
    ek_layout_identity(QUBITS, layout);
    random_qubits(source, QUBITS, QUBITS, slots);
    for (int q = 0; q < QUBITS; q++) layout->slot[q] = (ek_slot){(uint8_t)slots[q]};
    layout->inverted = random_next(source) & ek_low_bits(QUBITS);
}

static uint64_t random_active(uint64_t *source, int bits)
{
    int slots[QUBITS];
    uint64_t active = 0;
    random_qubits(source, QUBITS, bits, slots);
    for (int k = 0; k < bits; k++) active |= (uint64_t)1 << slots[k];
    return active;
}

static void check_tile(const struct ek_diagonal_view *view, const struct ek_layout *layout,
                       const struct ek_kernels *kernels, uint64_t base)
{
    static double values[1 << QUBITS];
    static _Alignas(64) uint16_t levels[1 << QUBITS];
    double error = 0;
    size_t wrong = 0;
    const bool has_levels = ek_diagonal_has_half_levels(view->diagonal);
    ek_diagonal_view_fill(view, kernels, base, levels, values);
    if (has_levels) ek_diagonal_view_levels(view, kernels, base, levels);
    for (size_t i = 0; i < (size_t)1 << ek_popcount(view->active); i++) {
        const uint64_t physical = base | ek_deposit(i, view->active);
        const double exact =
            ek_diagonal_value(view->diagonal, ek_layout_logical(layout, physical));
        error = fmax(error, fabs(values[i] - exact));
        wrong += has_levels &&
                 fabs(ek_level_value(view->diagonal, levels[i]) - exact) > 1e-9;
    }
    CHECK_NEAR(error, 0, 1e-12);
    CHECK(wrong == 0);
}

static void test_tiles(void)
{
    uint64_t source = 5;
    size_t quadratic = 0, with_levels = 0;
    for (int trial = 0; trial < 120; trial++) {
        ek_diagonal *diagonal = random_polynomial(&source, trial % 4 < 2 ? 2 : 4, trial % 2);
        struct ek_layout layout;
        struct ek_diagonal_view view;
        random_layout(&source, &layout);
        const uint64_t active = random_active(&source, 2 + random_below(&source, 12));
        CHECK_OK(ek_diagonal_view_create(diagonal, &layout, active, &view));
        quadratic += view.couple != NULL;
        with_levels += view.couple_levels || view.coefficient_levels;
        for (int precision = EK_DOUBLE; precision <= EK_SINGLE; precision++)
            for (int isa = 0; ek_kernels_nth(precision, isa); isa++)
                check_tile(&view, &layout, ek_kernels_nth(precision, isa),
                           random_next(&source) & ek_low_bits(QUBITS) & ~active);
        ek_diagonal_view_clear(&view);
        ek_diagonal_destroy(&diagonal);
    }
    CHECK(quadratic > 20 && with_levels > 40);
}

/* exp(-i angle f) on |+...+>: the phases of all amplitudes, and the mean of f. */
static void check_program(ek_session *session, ek_precision precision, const ek_diagonal *diagonal)
{
    const ek_initial plus = {.kind = EK_INITIAL_UNIFORM};
    const ek_plan_options options = {.precision = precision, .tile_qubits = 9};
    const double angle = 0.37, size = ldexp(1, QUBITS);
    ek_circuit *circuit = NULL;
    ek_program *program = NULL;
    ek_state *state = NULL;
    double error = 0, mean = 0, expected = 0;
    static uint64_t indices[1 << QUBITS];
    static ek_complex amplitudes[1 << QUBITS];
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    CHECK_OK(ek_circuit_diagonal(circuit, diagonal, ek_angle_number(angle)));
    CHECK_OK(ek_program_create(session, circuit, &options, &program));
    CHECK_OK(ek_state_create(session, QUBITS, precision, &state));
    CHECK_OK(ek_program_run(program, NULL, &plus, state));
    for (size_t i = 0; i < (size_t)1 << QUBITS; i++) indices[i] = i;
    CHECK_OK(ek_state_amplitudes(state, (size_t)1 << QUBITS, indices, amplitudes));
    for (size_t i = 0; i < (size_t)1 << QUBITS; i++) {
        const double value = ek_diagonal_value(diagonal, i);
        error = fmax(error, hypot(amplitudes[i].re - cos(angle * value) / sqrt(size),
                                  amplitudes[i].im + sin(angle * value) / sqrt(size)));
        expected += value / size;
    }
    CHECK_NEAR(error, 0, precision == EK_SINGLE ? 1e-7 : 1e-14);
    CHECK_OK(ek_program_expect_diagonal(program, state, diagonal, &mean));
    CHECK_NEAR(mean, expected, precision == EK_SINGLE ? 1e-5 : 1e-12);
    ek_state_destroy(&state);
    ek_program_destroy(&program);
    ek_circuit_destroy(&circuit);
}

static void test_programs(void)
{
    ek_session *session = test_session(2, 0);
    uint64_t source = 11;
    for (int trial = 0; trial < 16; trial++) {
        ek_diagonal *diagonal = random_polynomial(&source, trial < 8 ? 2 : 4, trial % 2);
        check_program(session, trial % 4 < 2 ? EK_DOUBLE : EK_SINGLE, diagonal);
        ek_diagonal_destroy(&diagonal);
    }
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"values and levels of tiles are the function's", test_tiles},
        {"phases and means are the function's", test_programs},
    };
    return test_main(argc, argv, "exec/diagonal", cases, sizeof cases / sizeof *cases);
}
