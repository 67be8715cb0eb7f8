/* The gate table, and the matrices as OpenQASM 3 and Qiskit define them. */
#include "circuit/circuit.h"

#include <math.h>
#include <string.h>

#define GATE(id, name, controls, targets, angles, kind, pauli)                                    \
    [EK_GATE_##id] = {name, controls, targets, angles, EK_OP_##kind, pauli}

static const struct ek_gate_info table[EK_GATE_COUNT] = {
    GATE(ID, "id", 0, 1, 0, TABLE, ""),       GATE(X, "x", 0, 1, 0, FLIP, ""),
    GATE(Y, "y", 0, 1, 0, DENSE, ""),         GATE(Z, "z", 0, 1, 0, TABLE, ""),
    GATE(H, "h", 0, 1, 0, DENSE, ""),         GATE(S, "s", 0, 1, 0, TABLE, ""),
    GATE(SDG, "sdg", 0, 1, 0, TABLE, ""),     GATE(T, "t", 0, 1, 0, TABLE, ""),
    GATE(TDG, "tdg", 0, 1, 0, TABLE, ""),     GATE(SX, "sx", 0, 1, 0, DENSE, ""),
    GATE(SXDG, "sxdg", 0, 1, 0, DENSE, ""),   GATE(RX, "rx", 0, 1, 1, DENSE, ""),
    GATE(RY, "ry", 0, 1, 1, DENSE, ""),       GATE(RZ, "rz", 0, 1, 1, PARITY, "Z"),
    GATE(P, "p", 0, 1, 1, TABLE, ""),         GATE(U, "u", 0, 1, 3, DENSE, ""),
    GATE(SWAP, "swap", 0, 2, 0, SWAP, ""),    GATE(ISWAP, "iswap", 0, 2, 0, DENSE, ""),
    GATE(RXX, "rxx", 0, 2, 1, PAULI, "XX"),   GATE(RYY, "ryy", 0, 2, 1, PAULI, "YY"),
    GATE(RZZ, "rzz", 0, 2, 1, PARITY, "ZZ"),  GATE(RZX, "rzx", 0, 2, 1, PAULI, "ZX"),
    GATE(XY, "xx_plus_yy", 0, 2, 1, DENSE, ""),
    GATE(CX, "cx", 1, 1, 0, DENSE, ""),       GATE(CY, "cy", 1, 1, 0, DENSE, ""),
    GATE(CZ, "cz", 1, 1, 0, TABLE, ""),       GATE(CH, "ch", 1, 1, 0, DENSE, ""),
    GATE(CP, "cp", 1, 1, 1, TABLE, ""),       GATE(CRX, "crx", 1, 1, 1, DENSE, ""),
    GATE(CRY, "cry", 1, 1, 1, DENSE, ""),     GATE(CRZ, "crz", 1, 1, 1, PARITY, "Z"),
    GATE(CU, "cu", 1, 1, 4, DENSE, ""),       GATE(CCX, "ccx", 2, 1, 0, DENSE, ""),
    GATE(CSWAP, "cswap", 1, 2, 0, DENSE, ""), GATE(C3X, "c3x", 3, 1, 0, DENSE, ""),
    GATE(C4X, "c4x", 4, 1, 0, DENSE, ""),
};

const struct ek_gate_info *ek_gate_info_get(ek_gate gate) { return &table[gate]; }

static bool is_gate(ek_gate gate) { return (int)gate >= 0 && gate < EK_GATE_COUNT; }

const char *ek_gate_name(ek_gate gate)
{
    return is_gate(gate) ? table[gate].name : "unknown gate";
}
int ek_gate_qubits(ek_gate gate)
{
    return is_gate(gate) ? table[gate].controls + table[gate].targets : 0;
}
int ek_gate_angles(ek_gate gate) { return is_gate(gate) ? table[gate].angles : 0; }

static ek_complex polar(double angle) { return (ek_complex){cos(angle), sin(angle)}; }

static void set2(ek_complex *m, ek_complex a, ek_complex b, ek_complex c, ek_complex d)
{
    m[0] = a, m[1] = b, m[2] = c, m[3] = d;
}

/* u(theta, phi, lambda) of OpenQASM 3, times a phase. */
static void set_u(ek_complex *m, const double *a, double phase)
{
    const ek_complex c = {cos(a[0] / 2), 0}, s = {sin(a[0] / 2), 0}, minus_s = {-s.re, 0};
    const ek_complex global = polar(phase);
    set2(m, c, ek_times(minus_s, polar(a[2])), ek_times(s, polar(a[1])),
         ek_times(c, polar(a[1] + a[2])));
    for (int i = 0; i < 4; i++) m[i] = ek_times(global, m[i]);
}

static void identity4(ek_complex *m)
{
    memset(m, 0, 16 * sizeof *m);
    for (int i = 0; i < 4; i++) m[5 * i].re = 1;
}

/* Block on |01>, |10>: [[a, b], [b, a]]. */
static void exchange_block(ek_complex *m, ek_complex a, ek_complex b)
{
    identity4(m);
    m[4 * 1 + 1] = m[4 * 2 + 2] = a;
    m[4 * 1 + 2] = m[4 * 2 + 1] = b;
}

static void one_qubit_matrix(ek_gate gate, const double *a, ek_complex *m)
{
    const double r = sqrt(0.5), c = a ? cos(a[0] / 2) : 1, s = a ? sin(a[0] / 2) : 0;
    const ek_complex zero = {0, 0}, one = {1, 0}, half_plus = {0.5, 0.5}, half_minus = {0.5, -0.5};
    switch (gate) {
    case EK_GATE_Y:
    case EK_GATE_CY: set2(m, zero, (ek_complex){0, -1}, (ek_complex){0, 1}, zero); break;
    case EK_GATE_H:
    case EK_GATE_CH:
        set2(m, (ek_complex){r, 0}, (ek_complex){r, 0}, (ek_complex){r, 0}, (ek_complex){-r, 0});
        break;
    case EK_GATE_SX: set2(m, half_plus, half_minus, half_minus, half_plus); break;
    case EK_GATE_SXDG: set2(m, half_minus, half_plus, half_plus, half_minus); break;
    case EK_GATE_RX:
    case EK_GATE_CRX:
        set2(m, (ek_complex){c, 0}, (ek_complex){0, -s}, (ek_complex){0, -s}, (ek_complex){c, 0});
        break;
    case EK_GATE_RY:
    case EK_GATE_CRY:
        set2(m, (ek_complex){c, 0}, (ek_complex){-s, 0}, (ek_complex){s, 0}, (ek_complex){c, 0});
        break;
    case EK_GATE_U: set_u(m, a, 0); break;
    case EK_GATE_CU: set_u(m, a, a[3]); break;
    default: set2(m, zero, one, one, zero); break; /* X and its controlled forms */
    }
}

void ek_gate_matrix(ek_gate gate, const double *angles, ek_complex *matrix)
{
    const ek_complex zero = {0, 0}, one = {1, 0}, i = {0, 1};
    switch (gate) {
    case EK_GATE_SWAP:
    case EK_GATE_CSWAP: exchange_block(matrix, zero, one); break;
    case EK_GATE_ISWAP: exchange_block(matrix, zero, i); break;
    case EK_GATE_XY:
        exchange_block(matrix, (ek_complex){cos(angles[0] / 2), 0},
                       (ek_complex){0, -sin(angles[0] / 2)});
        break;
    default: one_qubit_matrix(gate, table[gate].angles ? angles : NULL, matrix); break;
    }
}

ek_complex ek_gate_phase(ek_gate gate, const double *angles)
{
    const double r = sqrt(0.5);
    switch (gate) {
    case EK_GATE_Z:
    case EK_GATE_CZ: return (ek_complex){-1, 0};
    case EK_GATE_S: return (ek_complex){0, 1};
    case EK_GATE_SDG: return (ek_complex){0, -1};
    case EK_GATE_T: return (ek_complex){r, r};
    case EK_GATE_TDG: return (ek_complex){r, -r};
    case EK_GATE_P:
    case EK_GATE_CP: return polar(angles[0]);
    default: return (ek_complex){1, 0};
    }
}
