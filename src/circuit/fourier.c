/* Quantum Fourier transforms as they are appended. With F the transform, R the reversal of the
 * qubits' order and D the gates from the highest qubit down (an H, then its controlled phases with
 * the lower ones): F = R D. The gates from the lowest qubit up are A = F R. */
#include "circuit/fourier.h"

#include <math.h>

ek_status ek_fourier_gates(ek_circuit *circuit, int count, const int *qubits, double sign,
                           bool ascending)
{
    const double pi = acos(-1);
    for (int i = 0; i < count; i++) {
        const int t = ascending ? i : count - 1 - i;
        if (!ascending) EK_TRY(ek_circuit_gate(circuit, EK_GATE_H, &qubits[t], NULL, NULL));
        for (int j = 0; j < t; j++) {
            const int pair[2] = {qubits[j], qubits[t]};
            const ek_angle angle = ek_angle_number(sign * ldexp(pi, j - t));
            EK_TRY(ek_circuit_gate(circuit, EK_GATE_CP, pair, &angle, NULL));
        }
        if (ascending) EK_TRY(ek_circuit_gate(circuit, EK_GATE_H, &qubits[t], NULL, NULL));
    }
    return EK_OK;
}

ek_status ek_fourier_reverse(ek_circuit *circuit, int count, const int *qubits)
{
    for (int i = 0; i < count / 2; i++) {
        const int pair[2] = {qubits[i], qubits[count - 1 - i]};
        EK_TRY(ek_circuit_gate(circuit, EK_GATE_SWAP, pair, NULL, NULL));
    }
    return EK_OK;
}

ek_status ek_fourier_whole(ek_circuit *circuit, int first, int count, bool inverse)
{
    const struct ek_op op = {.kind = EK_OP_FOURIER, .gate = EK_GATE_COUNT,
                             .z_mask = ek_low_bits(count) << first, .first = (uint8_t)first,
                             .count = (uint8_t)count, .inverse = inverse};
    return ek_circuit_append(circuit, op, NULL, NULL);
}

static ek_status check(const ek_circuit *circuit, int count, const int *qubits, int flags)
{
    uint64_t seen = 0;
    if (count < 1 || count > circuit->qubits)
        return EK_FAIL(EK_ERROR_ARGUMENT, "Fourier transform of %d qubits: 1 to %d are possible",
                       count, circuit->qubits);
    if (flags & ~(EK_QFT_INVERSE | EK_QFT_NO_SWAPS))
        return EK_FAIL(EK_ERROR_ARGUMENT, "Fourier transform: flags 0x%x are unknown",
                       (unsigned)flags);
    for (int i = 0; i < count; i++) {
        if (qubits[i] < 0 || qubits[i] >= circuit->qubits)
            return EK_FAIL(EK_ERROR_ARGUMENT, "Fourier transform: qubit %d is not one of the "
                           "circuit's 0 to %d", qubits[i], circuit->qubits - 1);
        if (seen & ek_bit(qubits[i]))
            return EK_FAIL(EK_ERROR_ARGUMENT, "Fourier transform: qubit %d is named twice",
                           qubits[i]);
        seen |= ek_bit(qubits[i]);
    }
    return EK_OK;
}

/* F or its inverse on a block of neighbours, or on any qubits. */
static ek_status append_transform(ek_circuit *circuit, int count, const int *qubits, bool inverse)
{
    bool block = true;
    for (int i = 1; i < count; i++) block = block && qubits[i] == qubits[0] + i;
    if (block) return ek_fourier_whole(circuit, qubits[0], count, inverse);
    EK_TRY(ek_fourier_gates(circuit, count, qubits, inverse ? -1 : 1, false));
    return ek_fourier_reverse(circuit, count, qubits);
}

ek_status ek_circuit_qft(ek_circuit *circuit, int count, const int *qubits, int flags)
{
    const bool inverse = flags & EK_QFT_INVERSE, swaps = !(flags & EK_QFT_NO_SWAPS);
    const size_t ops = circuit->op_count, angles = circuit->angle_count;
    EK_TRY(check(circuit, count, qubits, flags));
    ek_status status = EK_OK;
    if (inverse && !swaps) status = ek_fourier_reverse(circuit, count, qubits);
    if (status == EK_OK) status = append_transform(circuit, count, qubits, inverse);
    if (status == EK_OK && !inverse && !swaps) status = ek_fourier_reverse(circuit, count, qubits);
    if (status != EK_OK) { /* nothing changes when it fails */
        circuit->op_count = ops;
        circuit->angle_count = angles;
    }
    return status;
}
