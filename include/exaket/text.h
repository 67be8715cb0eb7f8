/* Quantities as people read them. All functions are local, write into `out` and return it. */
#ifndef EXAKET_TEXT_H
#define EXAKET_TEXT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "1.5 GiB", "16 MiB": `out` has at least 32 bytes. */
const char *ek_format_bytes(double bytes, char *out);

/* "4.2 s", "3 min 10 s", "2 h 5 min", "unknown" for what is not finite: likewise. */
const char *ek_format_seconds(double seconds, char *out);

/* Bits of `index`, highest first, as Qiskit prints them: `out` has bits + 1 bytes. */
const char *ek_format_bits(uint64_t index, int bits, char *out);

/* What a count of them appends to "rank" or "point". */
#define EK_PLURAL(count) ((count) == 1 ? "" : "s")

#ifdef __cplusplus
}
#endif
#endif
