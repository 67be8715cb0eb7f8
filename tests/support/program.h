/* Dynamic programs side by side. */
#ifndef EK_TEST_PROGRAM_H
#define EK_TEST_PROGRAM_H

#include "circuit/dynamic.h"

/* Null when two programs do the same, instruction for instruction and bit for bit in every angle,
 * else what differs first (static storage). Places in files and the numbering of expressions do
 * not count. */
const char *test_program_difference(const ek_dynamic *a, const ek_dynamic *b);

#endif
