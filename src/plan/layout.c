#include "plan/layout.h"

#include <string.h>

void ek_layout_identity(int qubits, struct ek_layout *layout)
{
    memset(layout, 0, sizeof *layout);
    layout->qubits = qubits;
    for (int q = 0; q < qubits; q++) layout->slot[q].at = (uint8_t)q;
}

int ek_layout_qubit_at(const struct ek_layout *layout, ek_slot slot)
{
    int q = 0;
    while (layout->slot[q].at != slot.at) q++;
    return q;
}

uint64_t ek_layout_mask(const struct ek_layout *layout, uint64_t qubits)
{
    uint64_t slots = 0;
    for (; qubits != 0; qubits &= qubits - 1)
        slots |= ek_bit(layout->slot[ek_lowest_bit(qubits)].at);
    return slots;
}

uint64_t ek_layout_physical(const struct ek_layout *layout, uint64_t logical)
{
    return ek_layout_mask(layout, logical) ^ layout->inverted;
}

uint64_t ek_layout_logical(const struct ek_layout *layout, uint64_t physical)
{
    uint64_t logical = 0;
    physical ^= layout->inverted;
    for (int q = 0; q < layout->qubits; q++)
        if (physical & ek_bit(layout->slot[q].at)) logical |= ek_bit(q);
    return logical;
}

void ek_layout_compose(const struct ek_layout *first, const struct ek_layout *then,
                       struct ek_layout *both)
{
    struct ek_layout result = {.qubits = first->qubits};
    for (int q = 0; q < first->qubits; q++) result.slot[q] = then->slot[first->slot[q].at];
    result.inverted = ek_layout_mask(then, first->inverted) ^ then->inverted;
    *both = result;
}

bool ek_layout_equal(const struct ek_layout *a, const struct ek_layout *b)
{
    return a->qubits == b->qubits && a->inverted == b->inverted &&
           memcmp(a->slot, b->slot, (size_t)a->qubits * sizeof *a->slot) == 0;
}

void ek_layout_reader_set(const struct ek_layout *layout, struct ek_layout_reader *reader)
{
    memset(reader, 0, sizeof *reader);
    const uint64_t of_zero = ek_layout_logical(layout, 0);
    reader->bytes = (layout->qubits + 7) / 8;
    for (int b = 0; b < reader->bytes; b++)
        for (uint64_t value = 0; value < 256; value++)
            reader->table[b][value] = ek_layout_logical(layout, value << 8 * b) ^
                                      (b > 0 ? of_zero : 0); /* inversions count once */
}
