/* The circuits of the validation, and what is known of their answers. */
#include "bench/validate_private.h"

#include <math.h>

enum { LAYERS = 4 };

static const double PI = 3.14159265358979323846;

uint64_t ek_validate_basis(int qubits) { return ek_low_bits(qubits) / 3; }

double ek_validate_theta(int qubit) { return PI / 2 + 0.1 * sin(1.0 + qubit); }

static ek_status gate(ek_circuit *circuit, ek_gate gate, int first, int second, int third)
{
    return ek_circuit_gate(circuit, gate, (const int[]){first, second, third}, NULL, NULL);
}

static ek_status turn(ek_circuit *circuit, ek_gate gate, int qubit, double radians)
{
    const ek_angle angle = ek_angle_number(radians);
    return ek_circuit_gate(circuit, gate, &qubit, &angle, NULL);
}

/* ---- turns ---------------------------------------------------------------------------------- */

struct ek_validate_turn ek_validate_turn(int qubit)
{
    return (struct ek_validate_turn){PI + 0.1 * cos(qubit), 1 + sin(3.0 * qubit)};
}

static ek_status append_turns(ek_circuit *circuit, int width)
{
    for (int q = 0; q < width; q++) {
        EK_TRY(turn(circuit, EK_GATE_RY, q, ek_validate_turn(q).y));
        EK_TRY(turn(circuit, EK_GATE_RZ, q, ek_validate_turn(q).z));
    }
    return EK_OK;
}

/* ---- layers --------------------------------------------------------------------------------- */

static ek_status append_layers(ek_circuit *circuit, int width)
{
    for (int layer = 0; layer < LAYERS; layer++) {
        for (int q = 0; q < width; q++) {
            EK_TRY(turn(circuit, EK_GATE_RY, q, 1.0 + sin(1.0 + q + 7 * layer)));
            EK_TRY(turn(circuit, EK_GATE_RZ, q, 1.0 + cos(2.0 + q + 5 * layer)));
        }
        for (int q = layer % 2; q + 1 < width; q += 2)
            EK_TRY(gate(circuit, EK_GATE_CZ, q, q + 1, -1));
    }
    return EK_OK;
}

/* ---- spins ---------------------------------------------------------------------------------- */

static ek_status append_spins(ek_circuit *circuit, int width)
{
    for (int q = 0; q < width; q++) EK_TRY(gate(circuit, EK_GATE_H, q, -1, -1));
    return EK_OK;
}

static double phase_of_spin(int qubit, int qubits)
{
    return ek_validate_basis(qubits) >> qubit & 1 ? PI : 0;
}

/* ---- Fourier transforms --------------------------------------------------------------------- */

static ek_status append_qft(ek_circuit *circuit, int width)
{
    int qubits[EK_QUBITS_MAX];
    for (int q = 0; q < width; q++) qubits[q] = q;
    return ek_circuit_qft(circuit, width, qubits, 0);
}

/* 2 pi x 2^qubit / 2^qubits, whole turns left out. */
static double phase_of_qft(int qubit, int qubits)
{
    const uint64_t turns = ek_validate_basis(qubits) << qubit & ek_low_bits(qubits);
    return 2 * PI * ldexp((double)turns, -qubits);
}

/* ---- sums: qubits = [idle | b | a | carry], b becomes a + b + carry ------------------------- */

static int digits_of(int qubits) { return (qubits - 1) / 2; }

/* On the carry, b and a of one digit: a becomes the next carry; and back, with b the sum. */
static ek_status append_majority(ek_circuit *circuit, int carry, int b, int a)
{
    EK_TRY(gate(circuit, EK_GATE_CX, a, b, -1));
    EK_TRY(gate(circuit, EK_GATE_CX, a, carry, -1));
    return gate(circuit, EK_GATE_CCX, carry, b, a);
}

static ek_status append_sum(ek_circuit *circuit, int carry, int b, int a)
{
    EK_TRY(gate(circuit, EK_GATE_CCX, carry, b, a));
    EK_TRY(gate(circuit, EK_GATE_CX, a, carry, -1));
    return gate(circuit, EK_GATE_CX, carry, b, -1);
}

/* The carry into digit i is on qubit i. */
static ek_status append_adder(ek_circuit *circuit, int width)
{
    const int digits = digits_of(width);
    for (int i = 0; i < digits; i++)
        EK_TRY(append_majority(circuit, i, digits + 1 + i, i + 1));
    for (int i = digits - 1; i >= 0; i--)
        EK_TRY(append_sum(circuit, i, digits + 1 + i, i + 1));
    return EK_OK;
}

static uint64_t origin_of_sum(uint64_t index, int qubits)
{
    const int digits = digits_of(qubits), at = digits + 1;
    const uint64_t low = ek_low_bits(digits);
    const uint64_t carry = index & 1, a = index >> 1 & low, sum = index >> at & low;
    return (index & ~(low << at)) | ((sum - a - carry) & low) << at;
}

const struct ek_validate_circuit ek_validate_circuits[EK_VALIDATE_CHECKS] = {
    [EK_VALIDATE_LOCAL_TURNS] = {append_turns, .local = true, .turned = true},
    [EK_VALIDATE_LOCAL_MIRROR] = {append_layers, .local = true, .mirrored = true},
    [EK_VALIDATE_SPINS] = {append_spins, .phase = phase_of_spin},
    [EK_VALIDATE_QFT] = {append_qft, .phase = phase_of_qft},
    [EK_VALIDATE_QFT_INVERSE] = {append_qft, .mirrored = true},
    [EK_VALIDATE_ADDER] = {append_adder, .origin = origin_of_sum},
    [EK_VALIDATE_MIRROR] = {append_layers, .mirrored = true},
};
