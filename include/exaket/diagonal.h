/* Diagonal operators: a real function of the basis states, f(x) |x>. Cost functions, Ising models,
 * whole-register diagonals. */
#ifndef EXAKET_DIAGONAL_H
#define EXAKET_DIAGONAL_H

#include <exaket/status.h>
#include <exaket/types.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ek_diagonal ek_diagonal;

/* f as a polynomial in spins: the sum of `count` terms over `qubits` qubits (1..EK_QUBITS_MAX).
 * Terms of the same mask are added up. The terms are copied. Local. EK_ERROR_ARGUMENT for a mask
 * beyond the qubits, or when the coefficients or the sum of their magnitudes are not finite. */
ek_status ek_diagonal_create(int qubits, size_t count, const ek_spin_term *terms,
                             ek_diagonal **diagonal);

/* f as a function of the basis state's index (bit q belongs to qubit q). It is called from several
 * threads at once, for every amplitude of the rank at every use, and must give the same value on
 * all ranks. `context` stays the caller's and must outlive the handle. Local. */
ek_status ek_diagonal_create_function(int qubits, double (*value)(uint64_t index, void *context),
                                      void *context, ek_diagonal **diagonal);

/* Another handle to the same function, which is freed with its last handle. Local. */
ek_diagonal *ek_diagonal_share(const ek_diagonal *diagonal);
/* Frees and nulls the handle; accepts null. Local. */
void ek_diagonal_destroy(ek_diagonal **diagonal);

int ek_diagonal_qubits(const ek_diagonal *diagonal);

/* f(index), slowly: one index at a time. Local. */
double ek_diagonal_value(const ek_diagonal *diagonal, uint64_t index);

#ifdef __cplusplus
}
#endif
#endif
