#include "support/reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t dimension(const struct reference *state) { return UINT64_C(1) << state->qubits; }

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory) abort();
    return memory;
}

static int ones(uint64_t bits)
{
    int count = 0;
    for (; bits; bits >>= 1) count += (int)(bits & 1);
    return count;
}

static int acts(struct reference_controls controls, uint64_t index)
{
    return (index & controls.mask) == controls.value;
}

void reference_create(struct reference *state, int qubits)
{
    state->qubits = qubits;
    state->amplitude = zeroed(dimension(state), sizeof *state->amplitude);
    state->amplitude[0] = 1;
}

void reference_destroy(struct reference *state)
{
    free(state->amplitude);
    state->amplitude = NULL;
}

/* ---- initial states ---------------------------------------------------------------------- */

void reference_basis(struct reference *state, uint64_t index)
{
    for (uint64_t i = 0; i < dimension(state); i++) state->amplitude[i] = i == index;
}

static int in_subspace(uint64_t index, int weight) { return weight < 0 || ones(index) == weight; }

/* Uniform over a subspace of `weight` ones, or over everything. */
static void set_uniform(struct reference *state, int weight)
{
    double members = 0;
    for (uint64_t i = 0; i < dimension(state); i++) members += in_subspace(i, weight);
    for (uint64_t i = 0; i < dimension(state); i++)
        state->amplitude[i] = in_subspace(i, weight) ? 1 / sqrt(members) : 0;
}

void reference_uniform(struct reference *state) { set_uniform(state, -1); }
void reference_dicke(struct reference *state, int weight) { set_uniform(state, weight); }

void reference_product(struct reference *state, const double *theta)
{
    for (uint64_t i = 0; i < dimension(state); i++) {
        double amplitude = 1;
        for (int q = 0; q < state->qubits; q++)
            amplitude *= i >> q & 1 ? sin(theta[q] / 2) : cos(theta[q] / 2);
        state->amplitude[i] = amplitude;
    }
}

/* ---- operations -------------------------------------------------------------------------- */

/* Index `i` with the bits of `local` on the listed qubits. */
static uint64_t with_bits(uint64_t i, int count, const int *qubits, uint64_t local)
{
    for (int j = 0; j < count; j++) {
        i &= ~(UINT64_C(1) << qubits[j]);
        i |= (local >> j & 1) << qubits[j];
    }
    return i;
}

static uint64_t bits_of(uint64_t i, int count, const int *qubits)
{
    uint64_t local = 0;
    for (int j = 0; j < count; j++) local |= (i >> qubits[j] & 1) << j;
    return local;
}

void reference_matrix(struct reference *state, int count, const int *qubits,
                      const double complex *matrix, struct reference_controls controls)
{
    const uint64_t size = UINT64_C(1) << count;
    double complex *next = zeroed(dimension(state), sizeof *next);
    for (uint64_t i = 0; i < dimension(state); i++) {
        if (!acts(controls, i)) {
            next[i] = state->amplitude[i];
            continue;
        }
        const uint64_t row = bits_of(i, count, qubits);
        for (uint64_t column = 0; column < size; column++)
            next[i] += matrix[row * size + column] *
                       state->amplitude[with_bits(i, count, qubits, column)];
    }
    free(state->amplitude);
    state->amplitude = next;
}

void reference_phases(struct reference *state, int count, const int *qubits,
                      const double complex *phases, struct reference_controls controls)
{
    for (uint64_t i = 0; i < dimension(state); i++)
        if (acts(controls, i)) state->amplitude[i] *= phases[bits_of(i, count, qubits)];
}

/* The Pauli string, letter by letter, on a copy; then cos - i sin P. */
void reference_pauli_rotation(struct reference *state, uint64_t x_mask, uint64_t z_mask,
                              double angle, struct reference_controls controls)
{
    static const double complex x[4] = {0, 1, 1, 0}, y[4] = {0, -I, I, 0}, z[4] = {1, 0, 0, -1};
    const struct reference_controls always = {0, 0};
    struct reference turned;
    reference_create(&turned, state->qubits);
    memcpy(turned.amplitude, state->amplitude, dimension(state) * sizeof *turned.amplitude);
    for (int q = 0; q < state->qubits; q++) {
        const int has_x = (int)(x_mask >> q & 1), has_z = (int)(z_mask >> q & 1);
        if (has_x || has_z)
            reference_matrix(&turned, 1, &q, has_x && has_z ? y : has_x ? x : z, always);
    }
    for (uint64_t i = 0; i < dimension(state); i++)
        if (acts(controls, i))
            state->amplitude[i] =
                cos(angle / 2) * state->amplitude[i] - I * sin(angle / 2) * turned.amplitude[i];
    reference_destroy(&turned);
}

void reference_diagonal(struct reference *state, double (*f)(uint64_t index, void *context),
                        void *context, double angle)
{
    for (uint64_t i = 0; i < dimension(state); i++)
        state->amplitude[i] *= cexp(-I * angle * f(i, context));
}

void reference_grover(struct reference *state, int weight, double angle)
{
    struct reference s;
    double complex overlap = 0;
    reference_create(&s, state->qubits);
    set_uniform(&s, weight);
    for (uint64_t i = 0; i < dimension(state); i++)
        overlap += conj(s.amplitude[i]) * state->amplitude[i];
    for (uint64_t i = 0; i < dimension(state); i++)
        state->amplitude[i] += (cexp(-I * angle) - 1) * overlap * s.amplitude[i];
    reference_destroy(&s);
}

/* ---- named gates ------------------------------------------------------------------------- */

enum matrix {
    IDENTITY, PAULI_X, PAULI_Y, PAULI_Z, HADAMARD, ROOT_X, ROOT_X_DAGGER, PHASE, ROTATE_X,
    ROTATE_Y, ROTATE_Z, EULER, SWAP, I_SWAP, ROTATE_XX, ROTATE_YY, ROTATE_ZZ, ROTATE_ZX, ROTATE_XY
};

/* `fixed`: the angle of a PHASE without parameters, in units of pi. */
static const struct gate {
    const char *name;
    int controls, targets, angles, mixed;
    enum matrix matrix;
    double fixed;
} gates[] = {
    {"id", 0, 1, 0, 0, IDENTITY, 0},      {"x", 0, 1, 0, 0, PAULI_X, 0},
    {"y", 0, 1, 0, 1, PAULI_Y, 0},        {"z", 0, 1, 0, 0, PAULI_Z, 0},
    {"h", 0, 1, 0, 1, HADAMARD, 0},       {"s", 0, 1, 0, 0, PHASE, 0.5},
    {"sdg", 0, 1, 0, 0, PHASE, -0.5},     {"t", 0, 1, 0, 0, PHASE, 0.25},
    {"tdg", 0, 1, 0, 0, PHASE, -0.25},    {"sx", 0, 1, 0, 1, ROOT_X, 0},
    {"sxdg", 0, 1, 0, 1, ROOT_X_DAGGER, 0}, {"rx", 0, 1, 1, 1, ROTATE_X, 0},
    {"ry", 0, 1, 1, 1, ROTATE_Y, 0},      {"rz", 0, 1, 1, 0, ROTATE_Z, 0},
    {"p", 0, 1, 1, 0, PHASE, 0},          {"u", 0, 1, 3, 1, EULER, 0},
    {"swap", 0, 2, 0, 0, SWAP, 0},        {"iswap", 0, 2, 0, 2, I_SWAP, 0},
    {"rxx", 0, 2, 1, 2, ROTATE_XX, 0},    {"ryy", 0, 2, 1, 2, ROTATE_YY, 0},
    {"rzz", 0, 2, 1, 0, ROTATE_ZZ, 0},    {"rzx", 0, 2, 1, 1, ROTATE_ZX, 0},
    {"xx_plus_yy", 0, 2, 1, 2, ROTATE_XY, 0}, {"cx", 1, 1, 0, 1, PAULI_X, 0},
    {"cy", 1, 1, 0, 1, PAULI_Y, 0},       {"cz", 1, 1, 0, 0, PAULI_Z, 0},
    {"ch", 1, 1, 0, 1, HADAMARD, 0},      {"cp", 1, 1, 1, 0, PHASE, 0},
    {"crx", 1, 1, 1, 1, ROTATE_X, 0},     {"cry", 1, 1, 1, 1, ROTATE_Y, 0},
    {"crz", 1, 1, 1, 0, ROTATE_Z, 0},     {"cu", 1, 1, 4, 1, EULER, 0},
    {"ccx", 2, 1, 0, 1, PAULI_X, 0},      {"cswap", 1, 2, 0, 2, SWAP, 0},
    {"c3x", 3, 1, 0, 1, PAULI_X, 0},      {"c4x", 4, 1, 0, 1, PAULI_X, 0},
};

static const struct gate *find_gate(const char *name)
{
    for (size_t g = 0; g < sizeof gates / sizeof *gates; g++)
        if (strcmp(gates[g].name, name) == 0) return &gates[g];
    return NULL;
}

int reference_gate_qubits(const char *name)
{
    const struct gate *gate = find_gate(name);
    return gate ? gate->controls + gate->targets : -1;
}

int reference_gate_angles(const char *name)
{
    const struct gate *gate = find_gate(name);
    return gate ? gate->angles : -1;
}

int reference_gate_mixed(const char *name)
{
    const struct gate *gate = find_gate(name);
    return gate ? gate->mixed : -1;
}

static void copy(double complex *m, const double complex *from, int entries)
{
    for (int i = 0; i < entries; i++) m[i] = from[i];
}
#define SET(...) \
    copy(m, (const double complex[]){__VA_ARGS__}, \
         (int)(sizeof(double complex[]){__VA_ARGS__} / sizeof(double complex)))

/* Qiskit's UGate, and its phase gamma where there is one (CUGate). */
static void set_euler(const struct gate *gate, const double *a, double complex *m)
{
    const double c = cos(a[0] / 2), s = sin(a[0] / 2);
    const double complex g = gate->angles == 4 ? cexp(I * a[3]) : 1;
    SET(g * c, -g * cexp(I * a[2]) * s, g * cexp(I * a[1]) * s, g * cexp(I * (a[1] + a[2])) * c);
}

/* Two-qubit matrices as Qiskit's documentation prints them: rows and columns 00, 01, 10, 11, the
 * first qubit on the right. */
static void set_two_qubit_matrix(enum matrix kind, double angle, double complex *m)
{
    const double complex c = cos(angle / 2), s = -I * sin(angle / 2);
    const double complex minus = cexp(-I * angle / 2), plus = cexp(I * angle / 2);
    switch (kind) {
    case SWAP: SET(1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1); break;
    case I_SWAP: SET(1, 0, 0, 0, 0, 0, I, 0, 0, I, 0, 0, 0, 0, 0, 1); break;
    case ROTATE_XX: SET(c, 0, 0, s, 0, c, s, 0, 0, s, c, 0, s, 0, 0, c); break;
    case ROTATE_YY: SET(c, 0, 0, -s, 0, c, s, 0, 0, s, c, 0, -s, 0, 0, c); break;
    case ROTATE_ZZ: SET(minus, 0, 0, 0, 0, plus, 0, 0, 0, 0, plus, 0, 0, 0, 0, minus); break;
    case ROTATE_ZX: SET(c, 0, s, 0, 0, c, 0, -s, s, 0, c, 0, 0, -s, 0, c); break;
    default: SET(1, 0, 0, 0, 0, c, s, 0, 0, s, c, 0, 0, 0, 0, 1); break; /* XX+YY */
    }
}

static void set_matrix(const struct gate *gate, const double *angles, double complex *m)
{
    const double angle = gate->angles > 0 ? angles[0] : gate->fixed * acos(-1);
    const double c = cos(angle / 2), s = sin(angle / 2), r = sqrt(0.5);
    switch (gate->matrix) {
    case IDENTITY: SET(1, 0, 0, 1); break;
    case PAULI_X: SET(0, 1, 1, 0); break;
    case PAULI_Y: SET(0, -I, I, 0); break;
    case PAULI_Z: SET(1, 0, 0, -1); break;
    case HADAMARD: SET(r, r, r, -r); break;
    case ROOT_X: SET((1 + I) / 2, (1 - I) / 2, (1 - I) / 2, (1 + I) / 2); break;
    case ROOT_X_DAGGER: SET((1 - I) / 2, (1 + I) / 2, (1 + I) / 2, (1 - I) / 2); break;
    case PHASE: SET(1, 0, 0, cexp(I * angle)); break;
    case ROTATE_X: SET(c, -I * s, -I * s, c); break;
    case ROTATE_Y: SET(c, -s, s, c); break;
    case ROTATE_Z: SET(cexp(-I * angle / 2), 0, 0, cexp(I * angle / 2)); break;
    case EULER: set_euler(gate, angles, m); break;
    default: set_two_qubit_matrix(gate->matrix, angle, m); break;
    }
}

void reference_gate(struct reference *state, const char *name, const int *qubits,
                    const double *angles, struct reference_controls controls)
{
    const struct gate *gate = find_gate(name);
    double complex matrix[16];
    if (!gate) {
        fprintf(stderr, "reference: no gate \"%s\"\n", name);
        abort();
    }
    for (int j = 0; j < gate->controls; j++) {
        controls.mask |= UINT64_C(1) << qubits[j];
        controls.value |= UINT64_C(1) << qubits[j];
    }
    set_matrix(gate, angles, matrix);
    reference_matrix(state, gate->targets, qubits + gate->controls, matrix, controls);
}

/* ---- questions --------------------------------------------------------------------------- */

double reference_norm(const struct reference *state)
{
    double sum = 0;
    for (uint64_t i = 0; i < dimension(state); i++)
        sum += pow(cabs(state->amplitude[i]), 2);
    return sum;
}

double reference_expect(const struct reference *state, double (*f)(uint64_t index, void *context),
                        void *context)
{
    double sum = 0;
    for (uint64_t i = 0; i < dimension(state); i++)
        sum += pow(cabs(state->amplitude[i]), 2) * f(i, context);
    return sum;
}

double reference_expect_pauli(const struct reference *state, uint64_t x_mask, uint64_t z_mask)
{
    double complex sum = 0;
    struct reference copy;
    reference_create(&copy, state->qubits);
    for (uint64_t i = 0; i < dimension(state); i++) copy.amplitude[i] = state->amplitude[i];
    for (int q = 0; q < state->qubits; q++) {
        const char *with_x = z_mask >> q & 1 ? "y" : "x", *without = z_mask >> q & 1 ? "z" : "id";
        const struct reference_controls none = {0, 0};
        reference_gate(&copy, x_mask >> q & 1 ? with_x : without, &q, NULL, none);
    }
    for (uint64_t i = 0; i < dimension(state); i++)
        sum += conj(state->amplitude[i]) * copy.amplitude[i];
    reference_destroy(&copy);
    return creal(sum);
}
