/* An operation in normal form, back as the call that appended it. */
#ifndef EK_CIRCUIT_CALL_H
#define EK_CIRCUIT_CALL_H

#include "circuit/circuit.h"

/* Which qubits to give to ek_circuit_gate, ek_circuit_unitary or ek_circuit_phases, and the
 * further controls. Qubits that a normal form cannot tell apart (the two of a cz, the controls of
 * a ccx) come lowest first, so that the call gives the same normal form again. */
struct ek_op_call {
    int count;
    int qubits[EK_TABLE_MAX];
    int controls;
    int control[EK_QUBITS_MAX], value[EK_QUBITS_MAX];
};
void ek_op_call_get(const struct ek_op *op, struct ek_op_call *call);

/* Appends a copy of an operation of another circuit with at most as many qubits; the angles'
 * parameters have the same numbers in both. EK_ERROR_UNSUPPORTED for DIAGONAL and GROVER. */
ek_status ek_op_call_append(ek_circuit *circuit, const struct ek_op *op, const ek_angle *angles,
                            const ek_complex *values);

#endif
