/* Inside the room: what Fourier transforms are made of. */
#ifndef EK_CIRCUIT_FOURIER_H
#define EK_CIRCUIT_FOURIER_H

#include "circuit/circuit.h"

/* H and controlled phases from the highest of the listed qubits down, or from the lowest up. */
ek_status ek_fourier_gates(ek_circuit *circuit, int count, const int *qubits, double sign,
                           bool ascending);
/* SWAPs that turn the order of the qubits round. */
ek_status ek_fourier_reverse(ek_circuit *circuit, int count, const int *qubits);
/* A FOURIER operation that is yet to be expanded. */
ek_status ek_fourier_whole(ek_circuit *circuit, int first, int count, bool inverse);

/* Appends an operation as it is: its angles and values are the circuit's already. */
ek_status ek_fourier_keep(ek_circuit *circuit, const struct ek_op *op);
/* Lets `rewrite` make the circuit's operations anew from the `old` ones, whose angles and values
 * stay. After a failure the circuit is only good to be destroyed. */
ek_status ek_fourier_rewrite(ek_circuit *circuit,
                             ek_status (*rewrite)(ek_circuit *circuit, size_t count,
                                                  const struct ek_op *old, const void *context),
                             const void *context);

#endif
