/* The plain value types that several public headers share. */
#ifndef EXAKET_TYPES_H
#define EXAKET_TYPES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Highest number of qubits that a bit mask of this library can name. */
#define EK_QUBITS_MAX 62

/* A complex number as it lies in memory and in files: real part first. */
typedef struct ek_complex {
    double re;
    double im;
} ek_complex;

/* Precision of the amplitudes. Sums and expectations are always in double. */
typedef enum ek_precision {
    EK_DOUBLE = 0,
    EK_SINGLE = 1
} ek_precision;

/* "double" or "single". Local. */
const char *ek_precision_name(ek_precision precision);

/* One monomial of a function of spins: coefficient * product of s_q over the qubits q in mask,
 * with s_q = 1 - 2*bit_q (the eigenvalue of Z_q). mask 0 is the constant term. */
typedef struct ek_spin_term {
    uint64_t mask;
    double coefficient;
} ek_spin_term;

#ifdef __cplusplus
}
#endif
#endif
