/* Basis states in the order of their logical index, cut into bins by their highest bits: the bins'
 * probabilities, and the members of bins that somebody wants to look into. So the order of
 * summation does not depend on ranks, threads or layout (but for the last bit of a sum). */
#ifndef EK_OBSERVE_BINS_H
#define EK_OBSERVE_BINS_H

#include "observe/bits.h"
#include "observe/observe.h"

enum { EK_BIN_ROW_BITS = 8 };

struct ek_bins {
    const ek_state *state;
    struct ek_layout_reader reader;
    int low_bits; /* of a member in its bin */
    size_t bins, members;
    double *sums; /* [bins]: probabilities, on all ranks */
    size_t *first; /* [bins + 1]: of bin b's items, whatever they are, the first; behind the last
                    * one is first[b + 1]; bins without any are not visited */

    /* Amplitudes are read in rows of contiguous ones. A row may belong to several bins: those that
     * differ in the bits `row_bins` of their number are read together, as one group. A rank has a
     * piece of a bin, whose other pieces are on the ranks that differ in the bits `sharing`. */
    int row_bits;
    uint64_t member_slots, row_bins, here_bins, here_value, sharing;
    uint64_t free_slots; /* of this rank, that hold members' bits and are in no row */
    size_t piece, stride, group; /* amplitudes: in a piece, from piece to piece, in a group's */
    uint64_t piece_flip;
    struct ek_bit_map physical, place_of_row; /* of a bin; of a row's number in its piece */
    uint32_t place[1 << EK_BIN_ROW_BITS];     /* in the group's pieces, of a place in a row */
    bool plain;                               /* which are the same */
    size_t batch, count;                      /* groups that are looked at together */
    uint64_t *bases;                          /* their lowest bins */
    double *pieces, *others, *whole;
};

/* Local; cleared by the caller also when it fails. */
ek_status ek_bins_create(const ek_state *state, struct ek_bins *bins);
void ek_bins_clear(struct ek_bins *bins);
/* Collective. */
void ek_bins_sum(struct ek_bins *bins);
/* Each bin with items is shown to one rank, by many threads at once: members[m] is the probability
 * of basis state bin << low_bits | m. Collective. */
typedef void (*ek_bin_visit)(void *context, size_t bin, const double *members);
void ek_bins_visit(struct ek_bins *bins, ek_bin_visit visit, void *context);

#endif
