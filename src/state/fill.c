/* Initial states, written in any layout without communication (but for a norm). */
#include "state/state.h"

#include <math.h>

static ek_status check_product(const double *theta, int qubits)
{
    if (!theta) return EK_FAIL(EK_ERROR_ARGUMENT, "a product state needs one angle per qubit");
    for (int q = 0; q < qubits; q++)
        if (!isfinite(theta[q]))
            return EK_FAIL(EK_ERROR_ARGUMENT, "angle %g of qubit %d is not finite", theta[q], q);
    return EK_OK;
}

ek_status ek_initial_check(const ek_initial *initial, int qubits)
{
    switch (initial->kind) {
    case EK_INITIAL_ZERO:
    case EK_INITIAL_UNIFORM:
    case EK_INITIAL_RANDOM:
        return EK_OK;
    case EK_INITIAL_BASIS:
        if (initial->index <= ek_low_bits(qubits)) return EK_OK;
        return EK_FAIL(EK_ERROR_ARGUMENT, "basis state %llu does not exist on %d qubits",
                       (unsigned long long)initial->index, qubits);
    case EK_INITIAL_DICKE:
        if (initial->weight >= 0 && initial->weight <= qubits) return EK_OK;
        return EK_FAIL(EK_ERROR_ARGUMENT, "Dicke state of weight %d: give 0 to %d",
                       initial->weight, qubits);
    case EK_INITIAL_PRODUCT:
        return check_product(initial->theta, qubits);
    }
    return EK_FAIL(EK_ERROR_ARGUMENT, "initial state %d is unknown", (int)initial->kind);
}

uint64_t ek_initial_digest(uint64_t before, const ek_initial *initial, int qubits)
{
    uint64_t fields[] = {(uint64_t)initial->kind, 0};
    if (initial->kind == EK_INITIAL_BASIS) fields[1] = initial->index;
    if (initial->kind == EK_INITIAL_DICKE) fields[1] = (uint64_t)initial->weight;
    if (initial->kind == EK_INITIAL_RANDOM) fields[1] = initial->seed;
    const uint64_t digest = ek_digest(before, fields, sizeof fields);
    if (initial->kind != EK_INITIAL_PRODUCT) return digest;
    return ek_digest(digest, initial->theta, (size_t)qubits * sizeof *initial->theta);
}

static void fill_constant(ek_state *state, double value)
{
    const size_t count = ek_state_local_count(state);
    const int threads = ek_session_threads(state->session);
#pragma omp parallel for schedule(static) num_threads(threads) if (count > 4096)
    for (size_t i = 0; i < count; i++) ek_state_put(state, i, (ek_complex){value, 0});
}

static void fill_basis(ek_state *state, uint64_t index)
{
    const uint64_t physical = ek_layout_physical(&state->layout, index);
    fill_constant(state, 0);
    if (physical >> state->local_slots == (uint64_t)ek_session_rank(state->session))
        ek_state_put(state, physical & ek_low_bits(state->local_slots), (ek_complex){1, 0});
}

static double binomial(int n, int k)
{
    double result = 1;
    for (int i = 1; i <= k; i++) result = result * (n - k + i) / i;
    return round(result);
}

static void fill_dicke(ek_state *state, int weight)
{
    const double value = 1 / sqrt(binomial(state->qubits, weight));
    const uint64_t first = ek_state_first(state) ^ state->layout.inverted;
    const size_t count = ek_state_local_count(state);
    const int threads = ek_session_threads(state->session);
#pragma omp parallel for schedule(static) num_threads(threads) if (count > 4096)
    for (size_t i = 0; i < count; i++)
        ek_state_put(state, i, (ek_complex){ek_popcount(first ^ i) == weight ? value : 0, 0});
}

static void block_norm(const ek_state *state, void *context, size_t first, size_t count,
                       double *partial)
{
    (void)context;
    const size_t bytes = state->precision == EK_SINGLE ? 8 : 16;
    *partial = state->kernels->norm((const char *)state->amplitudes + first * bytes, count);
}

/* Gaussian amplitudes belong to logical indices: the same on any number of ranks. */
static void fill_random(ek_state *state, uint64_t seed, double *partial)
{
    struct ek_layout_reader reader;
    const uint64_t base = ek_state_first(state);
    const size_t count = ek_state_local_count(state);
    const int threads = ek_session_threads(state->session);
    const double expected = sqrt(2.0 * pow(2, state->qubits));
    double norm = 1;
    ek_layout_reader_set(&state->layout, &reader);
#pragma omp parallel for schedule(static) num_threads(threads) if (count > 4096)
    for (size_t i = 0; i < count; i++) {
        double normals[2];
        ek_random_normals(seed, EK_STREAM_STATE, ek_layout_read(&reader, base + i), normals);
        ek_state_put(state, i, (ek_complex){normals[0] / expected, normals[1] / expected});
    }
    ek_state_sum_into(state, 1, block_norm, NULL, partial, &norm);
    state->kernels->scale(state->amplitudes, count, 1 / sqrt(norm));
}

static void scale_from(ek_state *state, size_t to, size_t count, double at_zero, double at_one)
{
    const int threads = ek_session_threads(state->session);
#pragma omp parallel for schedule(static) num_threads(threads) if (count > 4096)
    for (size_t i = 0; i < count; i++) {
        const double value = ek_state_get(state, i).re;
        ek_state_put(state, to + i, (ek_complex){value * at_one, 0});
        ek_state_put(state, i, (ek_complex){value * at_zero, 0});
    }
}

/* Doubling: once slots below s are done, slot s copies them with its own two factors. */
static void fill_product(ek_state *state, const double *theta)
{
    const uint64_t rank = (uint64_t)ek_session_rank(state->session);
    double factor = 1;
    for (int slot = state->local_slots; slot < state->qubits; slot++) {
        const int q = ek_layout_qubit_at(&state->layout, (ek_slot){(uint8_t)slot});
        const bool one =
            (rank >> (slot - state->local_slots) & 1) != (state->layout.inverted >> slot & 1);
        factor *= one ? sin(theta[q] / 2) : cos(theta[q] / 2);
    }
    ek_state_put(state, 0, (ek_complex){factor, 0});
    for (int slot = 0; slot < state->local_slots; slot++) {
        const int q = ek_layout_qubit_at(&state->layout, (ek_slot){(uint8_t)slot});
        const double c = cos(theta[q] / 2), s = sin(theta[q] / 2);
        const bool inverted = state->layout.inverted >> slot & 1;
        scale_from(state, (size_t)1 << slot, (size_t)1 << slot, inverted ? s : c,
                   inverted ? c : s);
    }
}

void ek_state_fill(ek_state *state, const ek_initial *initial, const struct ek_layout *layout,
                   double *partial)
{
    state->layout = *layout;
    switch (initial->kind) {
    case EK_INITIAL_ZERO:
        fill_basis(state, 0);
        break;
    case EK_INITIAL_BASIS:
        fill_basis(state, initial->index);
        break;
    case EK_INITIAL_UNIFORM:
        fill_constant(state, pow(2, -0.5 * state->qubits));
        break;
    case EK_INITIAL_DICKE:
        fill_dicke(state, initial->weight);
        break;
    case EK_INITIAL_RANDOM:
        fill_random(state, initial->seed, partial);
        break;
    case EK_INITIAL_PRODUCT:
        fill_product(state, initial->theta);
        break;
    }
}
