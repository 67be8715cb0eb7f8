/* kernels: arithmetic on amplitudes. Owns one constant table of functions per precision and
 * instruction set, chosen once at start-up. May include base. Nothing here allocates, logs or
 * fails.
 *
 * A tile is 2^slots amplitudes with real and imaginary parts apart; its index bits are the pass's
 * active slots. Arrays of the state ("flat") are interleaved: re, im, re, im. Operations under
 * controls act where (index & mask) == value. Phases are multiplied onto amplitudes. */
#ifndef EK_KERNELS_H
#define EK_KERNELS_H

#include "base/base.h"

struct ek_tile {
    void *re, *im; /* float or double, 64-byte aligned */
    int slots;
};

/* A controlled subspace of the tile. */
struct ek_where {
    uint32_t mask, value;
};

/* A one-qubit matrix divided by a number, so that each amplitude costs one multiply-add:
 * TURN [[1, t], [u, 1]], REFLECT [[1, t], [u, -1]], IMAGINARY [[1, -it], [-it, 1]]; their columns
 * exchanged where rotations by more than a quarter need it. */
enum ek_rotation_kind { EK_TURN, EK_REFLECT, EK_IMAGINARY };
struct ek_rotation {
    uint8_t kind;
    bool exchanged;
    double t, u;
};
/* Finds the form of a row-major 2x2 matrix = scale * form with |t|, |u| <= 1.0001; false when it
 * has none (then it is for `dense`). */
bool ek_rotation_find(const ek_complex *matrix, struct ek_rotation *rotation, ek_complex *scale);
void ek_rotation_matrix(const struct ek_rotation *rotation, ek_complex *matrix);

/* A one-qubit matrix of real numbers, or with [0][1] and [1][0] times i; and whether it is probed
 * before: a real one by Y, the other by X, as their rotations are made. */
struct ek_turn {
    uint8_t position;
    bool imaginary;
    bool probed;
    double matrix[4]; /* fastest where [0] and [3] are 1 */
};
enum { EK_SIGNS_MAX = 8 };

/* A Pauli string between two tiles: amplitude i of one meets i ^ x of the other with the factor
 * i^turns (-1)^(parity of i & z). */
struct ek_string {
    uint32_t x, z;
    int turns;
    double coefficient;
};
enum { EK_STRINGS_MAX = 4 }; /* that one call of a kernel takes */

/* cos - i sin P on the state: P maps index j to j ^ x with factor i^y_count (-1)^(parity of
 * j & z). */
struct ek_wide {
    uint64_t x, z;
    int y_count;
    double cosine, sine;
};

/* ---- trips: amplitudes in registers -------------------------------------------------------- */

/* A trip loads eight vectors of each part, which differ in three register slots, does all its
 * steps to them and stores them: groups of vectors one after the other, which differ in up to
 * EK_NEAR_SLOTS more slots. The lowest slots lie within a vector, the lanes. */
enum {
    EK_REGISTER_SLOTS = 3,
    EK_REGISTERS = 1 << EK_REGISTER_SLOTS, /* of each part */
    EK_NEAR_SLOTS = 5,
    EK_GROUPS = 1 << EK_NEAR_SLOTS,
    EK_LANES = 16 /* at most */
};

/* What a step does; numbers are in the precision of the table. Where a kind names a slot, it is
 * register slot or lane `slot`; those with controls obey near_mask too. */
enum ek_trip_step_kind {
    EK_STEP_TURN,            /* t, u: [[1, t], [u, 1]] on the register slot */
    EK_STEP_REFLECT,         /* t, u: [[1, t], [u, -1]] */
    EK_STEP_IMAGINARY,       /* t: [[1, -it], [-it, 1]] */
    EK_STEP_TURN_EXCHANGED,  /* t, u: [[t, 1], [1, u]] */
    EK_STEP_REFLECT_EXCHANGED,   /* t, u: [[t, 1], [-1, u]] */
    EK_STEP_IMAGINARY_EXCHANGED, /* t: [[-it, 1], [1, -it]] */
    EK_STEP_TURN_PLUS,       /* t = 1, u = -1 */
    EK_STEP_TURN_MINUS,      /* t = -1, u = 1 */
    EK_STEP_REFLECT_PLUS,    /* t = u = 1: Hadamard */
    EK_STEP_IMAGINARY_PLUS,  /* t = 1 */
    EK_STEP_IMAGINARY_MINUS, /* t = -1 */
    EK_STEP_X,               /* on the register slot, where the controls hold */
    EK_STEP_DENSE,           /* 4 real, 4 imaginary parts, row-major; likewise */
    EK_STEP_DENSE2,          /* on the register slots but `slot`, index bit 0 on the lower;
                              * likewise. The matrix A + iB as 16 numbers of A, 16 of B - A, 16 of
                              * A + B, row-major */
    EK_STEP_SCHMIDT2,        /* likewise with the first column (1, 0, 0, t): the numbers of that
                              * column are not read but for number 12, which is t */
    EK_STEP_Z,               /* minus where the register slot is 1, in the groups of near_mask */
    EK_STEP_CZ,              /* minus where both are 1 of the register slots that DENSE2 would
                              * name so; likewise */
    EK_STEP_SWAP,            /* exchanges the register slot with lane `lane` */
    EK_STEP_LANE_X,          /* numbers[lanes]: X on the lane slot in the lanes whose number is -1,
                              * not in those with 1, where the controls hold */
    EK_STEP_X_IN_LANES,      /* likewise on the register slot */
    EK_STEP_LANE_TURN,       /* take[lanes]: new = old + take * neighbour in the lane slot */
    EK_STEP_LANE_REFLECT,    /* keep[lanes], take[lanes]: new = keep * old + take * neighbour */
    EK_STEP_LANE_IMAGINARY,  /* take[lanes]: new = old - i take * neighbour */
    EK_STEP_LANE_IMAGINARY_EXCHANGED, /* keep[lanes]: new = neighbour - i keep * old */
    EK_STEP_LANE_DENSE,      /* keep[lanes], take[lanes], real parts, then imaginary parts: new =
                              * keep * old + take * neighbour */
    EK_STEP_LANE_HELD,       /* t^2: IMAGINARY on the lane slot where imaginary parts are held
                              * times t: half of it additions */
    EK_STEP_HELD,            /* t^2: likewise on the register slot */
    EK_STEP_HOLD,            /* x: imaginary parts times x */
    EK_STEP_EIGHTH_PLUS,     /* x: factors x (1 + i) where the register slot is 1 */
    EK_STEP_EIGHTH_MINUS,    /* x: factors x (1 - i) */
    EK_STEP_TURN_ALL,        /* t, u of each slot: TURN on all register slots, the lowest first */
    EK_STEP_IMAGINARY_ALL,   /* t, u of each slot: likewise IMAGINARY */
    EK_STEP_HELD_ALL,        /* t^2: likewise HELD */
    EK_STEP_SCALES,          /* real factors per register, `stride` numbers on for each group */
    EK_STEP_PHASES,          /* likewise real parts, then imaginary parts */
    EK_STEP_LANE_SCALES,     /* real factors per register and lane, the same for all groups */
    EK_STEP_LANE_PHASES,     /* likewise real parts, then imaginary parts */
    EK_STEP_GROUP_SCALES,    /* real factors per lane, the same for all registers, `stride` numbers
                              * on for each group */
    EK_STEP_GROUP_PHASES     /* likewise real parts, then imaginary parts */
};
struct ek_trip_step {
    uint8_t kind, slot, lane;
    uint8_t control_mask, control_value; /* on the register's number */
    uint8_t near_mask, near_value;       /* on the group's number */
    uint8_t touched;                     /* registers whose factors are not all 1 */
    uint32_t stride;
    const void *numbers;
};

/* Distances in amplitudes: between vectors that differ in a register slot, and from the first
 * vector to each group's. */
struct ek_spread {
    size_t distance[EK_REGISTER_SLOTS];
    size_t group[EK_GROUPS];
};

struct ek_trip {
    int group_count;
    int ask_level; /* of the cache into which amplitudes for a tile are asked for: 1 or 2 */
    struct ek_spread tile, flat; /* in the tile, and in the state */
    struct ek_spread whole;      /* in the tile that this one is a part of */
};

/* Where a chunk lies in a tile. */
struct ek_chunk {
    struct ek_tile tile;
    size_t first; /* its first amplitude */
    const struct ek_spread *spread;
};

struct ek_kernels {
    const char *isa;
    ek_precision precision;
    int lane_slots;

    /* Steps on a chunk of a tile, beginning at amplitude `first`. */
    void (*trip)(const struct ek_tile *tile, size_t first, const struct ek_trip *trip,
                 size_t step_count, const struct ek_trip_step *steps);
    /* The same on the way from one tile to another. */
    void (*trip_between)(const struct ek_chunk *from, const struct ek_chunk *to,
                         const struct ek_trip *trip, size_t step_count,
                         const struct ek_trip_step *steps);
    /* The same on the way from the state into the tile; asks for the amplitudes that lie `ahead`
     * in the state. */
    void (*trip_in)(const void *amplitudes, size_t ahead, const struct ek_tile *tile, size_t first,
                    const struct ek_trip *trip, size_t step_count,
                    const struct ek_trip_step *steps);
    /* On the way from the tile into the state, where `scale` is multiplied onto them; likewise
     * asks for where they will go. */
    void (*trip_out)(void *amplitudes, size_t ahead, const struct ek_tile *tile, size_t first,
                     const struct ek_trip *trip, size_t step_count,
                     const struct ek_trip_step *steps, ek_complex scale);
    /* As trip_out, but what is asked for are other amplitudes of the state, which will be needed
     * next: groups as `asked` has them, from `soon` on. */
    void (*trip_leave)(void *amplitudes, const void *soon, const struct ek_spread *asked,
                       const struct ek_tile *tile, size_t first, const struct ek_trip *trip,
                       size_t step_count, const struct ek_trip_step *steps, ek_complex scale);
    /* Writes a step's factors (SCALES to LANE_PHASES) times one factor per register and, for the
     * last two kinds, per lane; gives how many numbers that are. */
    size_t (*factors)(const struct ek_trip_step *step, int group_count,
                      const ek_complex *registers,
                      const ek_complex *lanes, void *numbers);
    /* The same in the state itself. */
    void (*flat_trip)(void *amplitudes, size_t ahead, const struct ek_trip *trip,
                      size_t step_count, const struct ek_trip_step *steps, ek_complex scale);

    /* Rows of 2^row_slots contiguous amplitudes, beginning at amplitudes[row[r]], to a tile and
     * back. */
    void (*gather)(const void *amplitudes, const size_t *row, int row_slots,
                   const struct ek_tile *tile);
    /* The way back multiplies by `scale`. */
    void (*scatter)(void *amplitudes, const size_t *row, int row_slots, const struct ek_tile *tile,
                    ek_complex scale);
    /* One real number for the whole tile. */
    void (*fill)(const struct ek_tile *tile, double value);
    /* The same between a tile and a part of it. */
    void (*take_part)(const struct ek_tile *tile, const size_t *row, int row_slots,
                      const struct ek_tile *part);
    void (*put_part)(const struct ek_tile *tile, const size_t *row, int row_slots,
                     const struct ek_tile *part);

    /* Row-major 2^count x 2^count matrix, count 1..6; index bit j belongs to position[j]. */
    void (*dense)(const struct ek_tile *tile, int count, const uint8_t *position,
                  const ek_complex *matrix, struct ek_where where);
    /* One phase. */
    void (*phase)(const struct ek_tile *tile, ek_complex phase, struct ek_where where);
    /* 2^count phases, indexed as dense; count 0..16. */
    void (*table)(const struct ek_tile *tile, int count, const uint8_t *position,
                  const ek_complex *phases, struct ek_where where);
    /* phases[parity of index & z]. */
    void (*parity)(const struct ek_tile *tile, uint32_t z, const ek_complex phases[2],
                   struct ek_where where);
    /* cos - i sin * P: P maps index j to j ^ x with factor i^y_count (-1)^(parity of j & z). x !=
     * 0. */
    void (*pauli)(const struct ek_tile *tile, uint32_t x, uint32_t z, int y_count, double cosine,
                  double sine, struct ek_where where);
    /* phases[level[index]], `count` of them, a geometric sequence of unit numbers: levels are
     * flat, in rows as the amplitudes. */
    void (*levels)(const struct ek_tile *tile, const uint16_t *level, const size_t *row,
                   int row_slots, uint32_t count, const ek_complex *phases);
    /* e^{-i angle value[i]}, value in the tile's order. */
    void (*values)(const struct ek_tile *tile, const double *value, double angle);

    /* Im <left|P|right> over the subspace, P as above, x == 0 included; and of a diagonal
     * function: sum of value[i] Im conj(left[i]) right[i], value in the tile's order. Sums in
     * double, in an order that depends on the tile's size alone. */
    double (*probe)(const struct ek_tile *left, const struct ek_tile *right, uint32_t x,
                    uint32_t z, int y_count, struct ek_where where);
    double (*probe_values)(const struct ek_tile *left, const struct ek_tile *right,
                           const double *value);

    /* Signs alone: sums[k] = Im of the sum of (-1)^(parity of i & z[k]) conj(left[i]) right[i],
     * for up to EK_SIGNS_MAX masks. */
    void (*probe_signs)(const struct ek_tile *left, const struct ek_tile *right, int count,
                        const uint32_t *z, double *sums);
    /* One or two turns, the second on another slot above the lanes, as the first then is: each is
     * probed (sums[k] is 0 without a probe), then applied to both tiles. */
    void (*pair_turns)(const struct ek_tile *left, const struct ek_tile *right, int count,
                       const struct ek_turn *turns, double *sums);
    /* tile[i] *= factor * phases[i] for two tiles of equal size. */
    void (*pair_multiply)(const struct ek_tile *left, const struct ek_tile *right,
                          const struct ek_tile *phases, ek_complex factor);

    /* sums[k] = Re of the sum of conj(left[i]) * factor * right[i ^ x] for each of `count`
     * strings, without the coefficients: over all i or, for pivot >= 0, those whose bit `pivot` is
     * 0. In double, in an order that depends on the tile's size alone. */
    void (*string_sums)(const struct ek_tile *left, const struct ek_tile *right, int pivot,
                        int count, const struct ek_string *strings, double *sums);
    /* out[i] += coefficient * factor * right[i ^ x] for each of `count` strings. */
    void (*string_add)(const struct ek_tile *out, const struct ek_tile *right, int count,
                       const struct ek_string *strings);
    /* As scatter, but adds. */
    void (*add_rows)(void *amplitudes, const size_t *row, int row_slots,
                     const struct ek_tile *tile);

    /* Flat, in an order of addition that depends on count alone. */
    double (*norm)(const void *amplitudes, size_t count);
    void (*probabilities)(const void *amplitudes, size_t count, double *out);
    double (*expect_levels)(const void *amplitudes, size_t count, const uint16_t *level,
                            const double *value);
    double (*expect_values)(const void *amplitudes, size_t count, const double *value);
    /* Sum of amplitudes / addition of a number, over all of them or, for weight >= 0, over those
     * with popcount(first + i) ^ inverted bits) == weight. */
    void (*sum)(const void *amplitudes, size_t count, uint64_t first, uint64_t inverted,
                int weight, double out[2]);
    void (*add)(void *amplitudes, size_t count, uint64_t first, uint64_t inverted, int weight,
                ek_complex number);
    void (*scale)(void *amplitudes, size_t count, double factor);

    /* The rotation on two chunks of the state of `count` amplitudes, a power of two and at least
     * 64: `left` begins at index `first`, which is a multiple of that, `right` at first ^ x but
     * for the bits inside. */
    void (*wide_turn)(void *left, void *right, size_t count, uint64_t first,
                      const struct ek_wide *wide);
    /* Im <left|P|right>, over the indices of such a chunk of `left`, of any power of two. */
    double (*wide_probe)(const void *left, const void *right, size_t count, uint64_t first,
                         const struct ek_wide *wide);

    /* In-place Walsh-Hadamard transform of 2^bits numbers: out[x] = sum_m in[m] (-1)^popcount(x &
     * m). Double in every table. */
    void (*walsh)(double *numbers, int bits);
    /* Half of the same transform modulo 2^16; numbers are 64-byte aligned. */
    void (*walsh_levels)(uint16_t *numbers, int bits);

    /* values[b * 2^low_bits + a] = low[a] + high[b] + sum over the bits k of b of +-couple[k *
     * 2^low_bits + a], minus where the bit is 1. Double in every table. */
    void (*quadratic_values)(int low_bits, int high_bits, const double *low, const double *high,
                             const double *couple, double *values);
    /* Half of that sum, modulo 2^16 before it is halved. */
    void (*quadratic_levels)(int low_bits, int high_bits, const uint16_t *low,
                             const uint16_t *high, const uint16_t *couple, uint16_t *levels);

    /* Multiplies and adds on registers alone, beginning with 64 bytes of numbers that it changes;
     * gives how many operations that were. */
    double (*peak)(size_t rounds, void *numbers);
};

/* The best table for this processor, or the one that EXAKET_ISA names (avx512, avx2, baseline):
 * sessions refuse other values. */
const struct ek_kernels *ek_kernels_get(ek_precision precision);
/* All tables that this processor can run, for tests; null behind the last. `index`
 * counts from 0. */
const struct ek_kernels *ek_kernels_nth(ek_precision precision, int index);

/* Amplitudes per block of the flat sums: each block is one call, blocks are added in pairs. */
enum { EK_BLOCK_AMPLITUDES = 4096 };

#endif
