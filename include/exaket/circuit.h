/* Parameterised quantum circuits as data. Qubit 0 is the least significant bit of an index. */
#ifndef EXAKET_CIRCUIT_H
#define EXAKET_CIRCUIT_H

#include <exaket/diagonal.h>
#include <exaket/status.h>
#include <exaket/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ek_circuit ek_circuit;

/* An angle in radians: scale * parameter + offset; `parameter` is -1 for a plain number. */
typedef struct ek_angle {
    int parameter;
    double scale;
    double offset;
} ek_angle;

static inline ek_angle ek_angle_number(double radians)
{
    ek_angle angle = {-1, 0.0, radians};
    return angle;
}
static inline ek_angle ek_angle_parameter(int parameter, double scale, double offset)
{
    ek_angle angle = {parameter, scale, offset};
    return angle;
}

/* Named gates: targets and angles as the field has them. Controlled names list the
 * controls first. */
typedef enum ek_gate {
    EK_GATE_ID, EK_GATE_X, EK_GATE_Y, EK_GATE_Z, EK_GATE_H, EK_GATE_S, EK_GATE_SDG, EK_GATE_T,
    EK_GATE_TDG, EK_GATE_SX, EK_GATE_SXDG,
    EK_GATE_RX, EK_GATE_RY, EK_GATE_RZ, /* exp(-i theta/2 P) */
    EK_GATE_P,                          /* diag(1, e^{i lambda}) */
    EK_GATE_U,                          /* u(theta, phi, lambda) of OpenQASM 3's U */
    EK_GATE_SWAP, EK_GATE_ISWAP,
    EK_GATE_RXX, EK_GATE_RYY, EK_GATE_RZZ, /* exp(-i theta/2 P x P) */
    EK_GATE_RZX,                           /* Z on the first, X on the second target */
    EK_GATE_XY,                            /* exp(-i theta/2 (XX+YY)/2) */
    EK_GATE_CX, EK_GATE_CY, EK_GATE_CZ, EK_GATE_CH, EK_GATE_CP, EK_GATE_CRX, EK_GATE_CRY,
    EK_GATE_CRZ, EK_GATE_CU, /* cu(theta, phi, lambda, gamma): gamma is the phase of the u */
    EK_GATE_CCX, EK_GATE_CSWAP, EK_GATE_C3X, EK_GATE_C4X,
    EK_GATE_COUNT
} ek_gate;

/* Name ("rx"), qubits in all (controls that the name implies included) and angles. Local. */
const char *ek_gate_name(ek_gate gate);
int ek_gate_qubits(ek_gate gate);
int ek_gate_angles(ek_gate gate);

/* Extra controls of any operation: qubit[i] must be 1, or 0 where `value` is given and value[i] is
 * 0. A null pointer to this struct means no controls. */
typedef struct ek_controls {
    int count;
    const int *qubit;
    const int *value;
} ek_controls;

/* All functions below are local, copy what they are given, and change nothing when they fail:
 * EK_ERROR_ARGUMENT (qubit out of range or named twice, angle not finite, unknown parameter,
 * matrix not unitary to 1e-8), EK_ERROR_MEMORY. */

/* Creates an empty circuit on 1..EK_QUBITS_MAX qubits. The caller destroys it. */
ek_status ek_circuit_create(int qubits, ek_circuit **circuit);
void ek_circuit_destroy(ek_circuit **circuit);
int ek_circuit_qubits(const ek_circuit *circuit);
/* Operations so far. */
size_t ek_circuit_size(const ek_circuit *circuit);

/* Finds or adds the parameter `name` and gives its number; numbers count from 0. */
ek_status ek_circuit_parameter(ek_circuit *circuit, const char *name, int *parameter);
int ek_circuit_parameters(const ek_circuit *circuit);
/* Null when there is no such parameter. */
const char *ek_circuit_parameter_name(const ek_circuit *circuit, int parameter);

/* Appends a named gate: `qubits` has ek_gate_qubits entries, `angles` ek_gate_angles (may be null
 * when that is 0). */
ek_status ek_circuit_gate(ek_circuit *circuit, ek_gate gate, const int *qubits,
                          const ek_angle *angles, const ek_controls *controls);

/* Appends a dense unitary on 1..6 qubits: row-major 2^k x 2^k; bit j of a row or column index
 * belongs to qubits[j]. */
ek_status ek_circuit_unitary(ek_circuit *circuit, int count, const int *qubits,
                             const ek_complex *matrix, const ek_controls *controls);

/* Appends a diagonal gate on 0..16 qubits: 2^k phases of modulus 1, indexed as above. With 0
 * qubits it is a global phase, or a phase on the controls. */
ek_status ek_circuit_phases(ek_circuit *circuit, int count, const int *qubits,
                            const ek_complex *phases, const ek_controls *controls);

/* Appends exp(-i angle/2 P), P a Pauli string: X where only x_mask has the bit, Z where only
 * z_mask, Y where both. */
ek_status ek_circuit_pauli_rotation(ek_circuit *circuit, uint64_t x_mask, uint64_t z_mask,
                                    ek_angle angle, const ek_controls *controls);

/* Appends exp(-i angle f), f a function of the whole register with as many qubits as the circuit.
 * The circuit shares the handle; the caller still destroys its own. */
ek_status ek_circuit_diagonal(ek_circuit *circuit, const ek_diagonal *diagonal, ek_angle angle);

/* Appends exp(-i angle |s><s|), the Grover mixer (Baertschi and Eidenbenz 2020): |s> is the
 * uniform superposition of all basis states, or, for weight >= 0, of those with `weight` ones. */
ek_status ek_circuit_grover(ek_circuit *circuit, int weight, ek_angle angle);

/* What ek_circuit_qft appends: flags to be added up. */
#define EK_QFT_INVERSE 1
#define EK_QFT_NO_SWAPS 2

/* Appends the quantum Fourier transform of the value x of `count` qubits, the first listed its
 * bit 0: |x> -> 2^(-count/2) sum_y exp(2 pi i x y / 2^count) |y>, or its inverse. Without swaps
 * the bits of y come out in reverse order; the inverse takes them so. On neighbouring qubits in
 * ascending order a plan may run it with FFTW (see ek_plan_options). */
ek_status ek_circuit_qft(ek_circuit *circuit, int count, const int *qubits, int flags);

/* Appends |x> -> |image[x]> for the value x of 1 to 16 qubits, the first listed its bit 0; `image`
 * has 2^count entries and names each value once (else EK_ERROR_ARGUMENT). A rank must hold all of
 * the listed qubits when it runs (EK_ERROR_RANKS by the plan). */
ek_status ek_circuit_permutation(ek_circuit *circuit, int count, const int *qubits,
                                 const uint32_t *image, const ek_controls *controls);

#ifdef __cplusplus
}
#endif
#endif
