/* A machine's numbers in the files that describe it: one table for readers and writers. */
#ifndef EK_IO_MACHINE_FILE_H
#define EK_IO_MACHINE_FILE_H

#include <stddef.h>

enum { EK_MACHINE_NUMBERS = 10 };
extern const struct ek_machine_number {
    const char *key;
    size_t offset; /* of a double in ek_bench_machine; 0 there: not known */
} ek_machine_numbers[EK_MACHINE_NUMBERS];

#endif
