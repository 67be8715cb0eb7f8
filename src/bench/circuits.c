#include "bench/bench.h"

#include <math.h>

static const double pi = 3.141592653589793238463;

/* Draws one after the other from the stream of circuits. */
struct draws {
    uint64_t seed, next;
};
static int below(struct draws *draws, int bound)
{
    return (int)ek_random_below(draws->seed, EK_STREAM_CIRCUIT, draws->next++, (uint64_t)bound);
}

/* ---- random circuit ------------------------------------------------------------------------- */

/* sqrt(X), sqrt(Y) or T; sqrt(Y) up to its phase. */
static ek_status add_one_qubit_gate(ek_circuit *circuit, int qubit, int kind)
{
    const ek_angle quarter = ek_angle_number(pi / 2);
    if (kind == 1) return ek_circuit_gate(circuit, EK_GATE_RY, &qubit, &quarter, NULL);
    return ek_circuit_gate(circuit, kind == 0 ? EK_GATE_SX : EK_GATE_T, &qubit, NULL, NULL);
}

ek_status ek_random_layers(ek_circuit *circuit, int layers, uint64_t seed)
{
    const int qubits = ek_circuit_qubits(circuit);
    struct draws draws = {seed, 0};
    int kind[EK_QUBITS_MAX];
    for (int layer = 0; layer < layers; layer++) {
        for (int q = 0; q < qubits; q++) {
            kind[q] = layer == 0 ? below(&draws, 3) : (kind[q] + 1 + below(&draws, 2)) % 3;
            EK_TRY(add_one_qubit_gate(circuit, q, kind[q]));
        }
        for (int q = layer % 2; q + 1 < qubits; q += 2) {
            const int pair[2] = {q, q + 1};
            EK_TRY(ek_circuit_gate(circuit, EK_GATE_CZ, pair, NULL, NULL));
        }
    }
    return EK_OK;
}

/* ---- quantum volume ------------------------------------------------------------------------- */

/* Makes `row` orthogonal to `other`, which has norm 1. */
static void subtract_projection(ek_complex *row, const ek_complex *other)
{
    ek_complex p = {0, 0};
    for (int i = 0; i < 4; i++) {
        p.re += other[i].re * row[i].re + other[i].im * row[i].im;
        p.im += other[i].re * row[i].im - other[i].im * row[i].re;
    }
    for (int i = 0; i < 4; i++) {
        row[i].re -= p.re * other[i].re - p.im * other[i].im;
        row[i].im -= p.re * other[i].im + p.im * other[i].re;
    }
}

static void normalise(ek_complex *row)
{
    double square = 0;
    for (int i = 0; i < 4; i++) square += row[i].re * row[i].re + row[i].im * row[i].im;
    for (int i = 0; i < 4; i++) {
        row[i].re /= sqrt(square);
        row[i].im /= sqrt(square);
    }
}

/* Haar-random 4x4 unitary: rows of complex normals made orthonormal (Mezzadri 2007), twice against
 * rounding. Its phase, which sets it apart from SU(4), changes nothing. */
static void draw_unitary(struct draws *draws, ek_complex matrix[16])
{
    for (int i = 0; i < 16; i++) {
        double normals[2];
        ek_random_normals(draws->seed, EK_STREAM_CIRCUIT, draws->next++, normals);
        matrix[i] = (ek_complex){normals[0], normals[1]};
    }
    for (int row = 0; row < 4; row++)
        for (int twice = 0; twice < 2; twice++) {
            for (int other = 0; other < row; other++)
                subtract_projection(matrix + 4 * row, matrix + 4 * other);
            normalise(matrix + 4 * row);
        }
}

/* A random order of the qubits (Fisher and Yates). */
static void shuffle(struct draws *draws, int count, int *order)
{
    for (int i = count - 1; i > 0; i--) {
        const int j = below(draws, i + 1), held = order[i];
        order[i] = order[j];
        order[j] = held;
    }
}

ek_status ek_quantum_volume_layers(ek_circuit *circuit, int layers, uint64_t seed)
{
    const int qubits = ek_circuit_qubits(circuit);
    struct draws draws = {seed, 0};
    int order[EK_QUBITS_MAX];
    for (int q = 0; q < qubits; q++) order[q] = q;
    for (int layer = 0; layer < layers; layer++) {
        shuffle(&draws, qubits, order);
        for (int q = 0; q + 1 < qubits; q += 2) {
            ek_complex matrix[16];
            draw_unitary(&draws, matrix);
            EK_TRY(ek_circuit_unitary(circuit, 2, order + q, matrix, NULL));
        }
    }
    return EK_OK;
}

/* ---- hardware-efficient ansatz -------------------------------------------------------------- */

static ek_status add_rotation(ek_circuit *circuit, ek_gate gate, int qubit)
{
    char name[32];
    int number;
    snprintf(name, sizeof name, "theta_%d", ek_circuit_parameters(circuit));
    EK_TRY(ek_circuit_parameter(circuit, name, &number));
    const ek_angle angle = ek_angle_parameter(number, 1, 0);
    return ek_circuit_gate(circuit, gate, &qubit, &angle, NULL);
}

ek_status ek_ansatz_layers(ek_circuit *circuit, int layers, uint64_t seed, double *parameters)
{
    const int qubits = ek_circuit_qubits(circuit);
    for (int layer = 0; layer < layers; layer++) {
        for (int q = 0; q < qubits; q++) {
            EK_TRY(add_rotation(circuit, EK_GATE_RY, q));
            EK_TRY(add_rotation(circuit, EK_GATE_RZ, q));
        }
        for (int q = 0; q + 1 < qubits; q++) {
            const int pair[2] = {q, q + 1};
            EK_TRY(ek_circuit_gate(circuit, EK_GATE_CX, pair, NULL, NULL));
        }
    }
    for (int i = 0; i < 2 * qubits * layers; i++)
        parameters[i] = 2 * pi * ek_random_uniform(seed, EK_STREAM_ANGLES, (uint64_t)i);
    return EK_OK;
}
