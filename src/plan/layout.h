/* A layout says where each qubit's bit stands in a physical index: a bijection qubit -> slot and a
 * mask of slots whose bit is inverted (pending X). Physical index = [rank | local], slot
 * 0 lowest. */
#ifndef EK_PLAN_LAYOUT_H
#define EK_PLAN_LAYOUT_H

#include "base/base.h"

/* A type of its own, so that a qubit where a slot is due does not compile. */
typedef struct ek_slot {
    uint8_t at;
} ek_slot;

struct ek_layout {
    int qubits;
    ek_slot slot[64];  /* of each qubit */
    uint64_t inverted; /* bit s: slot s holds 1 - bit */
};

void ek_layout_identity(int qubits, struct ek_layout *layout);
/* The qubit on a slot. */
int ek_layout_qubit_at(const struct ek_layout *layout, ek_slot slot);
/* Between the index that users know and the physical one. */
uint64_t ek_layout_physical(const struct ek_layout *layout, uint64_t logical);
uint64_t ek_layout_logical(const struct ek_layout *layout, uint64_t physical);
/* Mask of qubits -> mask of slots; inversions do not matter. */
uint64_t ek_layout_mask(const struct ek_layout *layout, uint64_t qubits);
/* First `first` (qubit -> wire), then `then` (wire -> slot). */
void ek_layout_compose(const struct ek_layout *first, const struct ek_layout *then,
                       struct ek_layout *both);
bool ek_layout_equal(const struct ek_layout *a, const struct ek_layout *b);

/* Physical to logical for a whole array: tables per byte of the index. */
struct ek_layout_reader {
    uint64_t table[8][256];
    int bytes;
};
void ek_layout_reader_set(const struct ek_layout *layout, struct ek_layout_reader *reader);
static inline uint64_t ek_layout_read(const struct ek_layout_reader *reader, uint64_t physical)
{
    uint64_t logical = 0;
    for (int b = 0; b < reader->bytes; b++) logical ^= reader->table[b][physical >> 8 * b & 0xff];
    return logical;
}

#endif
