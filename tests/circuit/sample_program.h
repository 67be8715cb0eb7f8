/* A small program that has one of everything. */
#ifndef EK_TEST_SAMPLE_PROGRAM_H
#define EK_TEST_SAMPLE_PROGRAM_H

#include "circuit/dynamic.h"

/* qubit[3] q; bit[2] c; bit[70] wide; input float theta; uint[8] n; gates of every kind in two
 * ranges, a parameter of an expression and one of a variable, and each instruction. */
ek_status sample_program(ek_dynamic **program);

#endif
