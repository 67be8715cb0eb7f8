#include "kernels/declare.h"

extern const struct ek_kernels KERNEL(functions);

const struct ek_kernels KERNEL(functions) = {
    .isa = EK_TEXT(EK_ISA),
    .precision = EK_TABLE_PRECISION,
    .gather = KERNEL(gather),
    .scatter = KERNEL(scatter),
    .fill = KERNEL(fill),
    .take_part = KERNEL(take_part),
    .put_part = KERNEL(put_part),
    .dense = KERNEL(dense),
    .rotate = KERNEL(rotate),
    .phase = KERNEL(phase),
    .table = KERNEL(table),
    .parity = KERNEL(parity),
    .pauli = KERNEL(pauli),
    .levels = KERNEL(levels),
    .values = KERNEL(values),
    .probe = KERNEL(probe),
    .probe_values = KERNEL(probe_values),
    .string_sums = KERNEL(string_sums),
    .string_add = KERNEL(string_add),
    .add_rows = KERNEL(add_rows),
    .norm = KERNEL(norm),
    .probabilities = KERNEL(probabilities),
    .expect_levels = KERNEL(expect_levels),
    .expect_values = KERNEL(expect_values),
    .sum = KERNEL(sum),
    .add = KERNEL(add),
    .scale = KERNEL(scale),
    .walsh = KERNEL(walsh),
};
