/* Hamiltonians as sums of Pauli strings: given term by term, or spin chains. */
#ifndef EXAKET_HAMILTONIAN_H
#define EXAKET_HAMILTONIAN_H

#include <exaket/pauli.h>
#include <exaket/status.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ek_hamiltonian ek_hamiltonian;

/* All functions here are local. The caller destroys what it creates (null is accepted). */

/* The sum of `count` terms, which are copied: equal strings are added up in the place of the
 * first, and what cancels to within rounding is dropped. EK_ERROR_ARGUMENT for qubits outside
 * 1..EK_QUBITS_MAX, a mask beyond them, or a coefficient that is not finite; EK_ERROR_NUMERIC when
 * the magnitudes do not add up to a finite number; EK_ERROR_MEMORY. */
ek_status ek_hamiltonian_create(int qubits, size_t count, const ek_pauli_term *terms,
                                ek_hamiltonian **hamiltonian);
void ek_hamiltonian_destroy(ek_hamiltonian **hamiltonian);

/* Whether the last spin of a chain is joined to the first; that takes 3 spins or more. */
typedef enum ek_boundary { EK_BOUNDARY_OPEN = 0, EK_BOUNDARY_PERIODIC } ek_boundary;

/* Transverse-field Ising chain: - sum Z_i Z_{i+1} - field * sum X_i. As above. */
ek_status ek_hamiltonian_tfim(int qubits, double field, ek_boundary boundary,
                              ek_hamiltonian **hamiltonian);
/* Heisenberg chain: sum X_i X_{i+1} + Y_i Y_{i+1} + Z_i Z_{i+1}. */
ek_status ek_hamiltonian_heisenberg(int qubits, ek_boundary boundary,
                                    ek_hamiltonian **hamiltonian);

/* What a Hamiltonian is, borrowed from the handle. */
typedef struct ek_hamiltonian_facts {
    const char *name; /* of the file or generator it came from */
    int qubits;
    size_t term_count;
    const ek_pauli_term *terms; /* no string twice, in the order in which they first came */
} ek_hamiltonian_facts;
/* Fills the facts, which hold until the handle is destroyed, the name until another is set. */
void ek_hamiltonian_get(const ek_hamiltonian *hamiltonian, ek_hamiltonian_facts *facts);
/* Gives it another name, of which it keeps a copy; not null. The old one stays on failure:
 * EK_ERROR_MEMORY. */
ek_status ek_hamiltonian_set_name(ek_hamiltonian *hamiltonian, const char *name);

#ifdef __cplusplus
}
#endif
#endif
