/* Pauli sums on states of one layout, made ready to be used many times.
 *
 * A string pairs amplitude i with i ^ x. A pass over memory serves all strings whose x lies in a
 * subspace of the slots: its tiles are the cosets of that subspace, so that a string takes one
 * dimension of the tile whatever its weight. With a reduced basis (each vector alone has its pivot
 * bit) x has the coordinates of its pivot bits, and z those of its parities with the basis. Where
 * x reaches into the rank's bits, the partner's tiles come in messages. */
#ifndef EK_OBSERVE_PAULI_SUM_H
#define EK_OBSERVE_PAULI_SUM_H

#include "observe/observe.h"

#include <exaket/pauli.h>

/* Masks within the qubits, and finite coefficients. Local. */
ek_status ek_pauli_check(int qubits, size_t count, const ek_pauli_term *terms);

struct ek_pauli_sum;
/* For states like this one in the given layout. The terms have been checked and are copied; the
 * same on all ranks. Local. */
ek_status ek_pauli_sum_create(const ek_state *like, const struct ek_layout *layout, size_t count,
                              const ek_pauli_term *terms, struct ek_pauli_sum **sum);
void ek_pauli_sum_destroy(struct ek_pauli_sum **sum);

/* <state|sum|state>; and, unless `out` is null, out += sum |state> (both have the layout).
 * Collective. */
double ek_pauli_sum_expect(struct ek_pauli_sum *sum, const ek_state *state, ek_state *out);

/* ---- passes (pauli_passes.c) ---------------------------------------------------------------- */

/* A term through the layout, on physical slots: the factor i^turns (-1)^(parity of i & z). */
struct ek_placed_string {
    uint64_t x, z;
    int turns;
    double coefficient;
};

/* A string in a tile's coordinates. */
struct ek_tile_string {
    struct ek_string string;
    uint64_t z; /* on the tile's base */
};

/* Strings of one call of a kernel; `pivot` is a bit that the x of all have, or -1. */
struct ek_string_batch {
    size_t first;
    int count, pivot;
};

enum { EK_PAULI_DIMENSIONS = 20 };
struct ek_pauli_pass {
    uint64_t away;  /* on the rank's bits: amplitudes meet those of rank ^ away */
    uint64_t shift; /* of the partner's tiles: the strings' x is in the subspace after it */
    int row_slots;  /* the lowest slots, whole in each tile */
    int dimensions; /* of the subspace above them */
    uint64_t basis[EK_PAULI_DIMENSIONS]; /* by increasing pivots */
    uint64_t pivots;
    size_t first, count; /* of its strings; ordered twice: for sums, and for application */
    size_t first_batch, batch_count;
};

struct ek_pauli_passes {
    size_t pass_count, pass_capacity;
    struct ek_pauli_pass *passes;
    struct ek_tile_string *for_sums, *for_adds; /* as many as strings */
    size_t batch_count, batch_capacity;
    struct ek_string_batch *batches;
};

/* How large tiles may be. */
struct ek_pauli_limits {
    int local_slots, tile_slots, row_slots;
    int away_tile_slots; /* where tiles travel */
};

struct ek_pauli_limits ek_pauli_limits_of(int local_slots, size_t amplitude_bytes,
                                          size_t exchange_bytes);
struct ek_placed_string ek_pauli_place(const struct ek_layout *layout, const ek_pauli_term *term);

/* Sorts the strings into passes. Local. */
ek_status ek_pauli_passes_make(const struct ek_pauli_limits *limits, size_t count,
                               struct ek_placed_string *strings, struct ek_pauli_passes *passes);
void ek_pauli_passes_clear(struct ek_pauli_passes *passes);

#endif
