/* Inside exec: operations on their way to steps of trips. */
#ifndef EK_EXEC_TRIP_PRIVATE_H
#define EK_EXEC_TRIP_PRIVATE_H

#include "exec/exec.h"

enum place_kind { IN_REGISTER, IN_LANE, IN_GROUP, FAR };

/* Where a bit of an operation stands during a trip. */
struct ek_bit_place {
    enum place_kind kind;
    int number;    /* of the register slot, the lane or the group's bit */
    uint64_t mask; /* FAR: the slot */
};

/* Minus where these register slots, a bit of the group and a slot outside of the chunk are 1, as
 * far as they are named. */
struct ek_sign {
    uint8_t registers, near;
    uint64_t far;
};
/* More are no cheaper than factors. These come in as many kinds, so that either fits into the
 * steps that a run is measured to need. */
enum { EK_SIGNS = 3 };

/* A run of diagonal operations: exp(i quadratic form of the bits) as factors and, while these are
 * few, signs. */
struct ek_phase_run {
    bool used, grouped, lanes, grouped_lanes;
    int sign_count;
    struct ek_sign sign[EK_SIGNS];
    ek_complex slot[EK_REGISTER_SLOTS]; /* where a register slot is 1 */
    ek_complex registers[EK_REGISTERS];
    ek_complex group[EK_REGISTER_SLOTS + 1][EK_GROUPS]; /* where a register bit is 1; always */
    ek_complex lane[EK_REGISTERS][EK_LANES];
    ek_complex group_lane[EK_GROUPS][EK_LANES]; /* if grouped_lanes */
    size_t first_far, far_count;
    bool far_lanes;
};

struct ek_binder {
    ek_program *program;
    struct ek_binding *binding;
    const struct ek_block *block;
    uint64_t pass_active;
    const struct ek_plan_trip *trip;
    int lane_slots, near_count;
    uint8_t near[EK_NEAR_SLOTS]; /* positions of the groups' bits */
    struct ek_call shape;        /* of the calls of this trip */
    struct ek_call *call;        /* the one that is being filled, or null */
    struct ek_phase_run run;
    size_t row_end; /* of the operations from here on that ride in registers */
    double held; /* imaginary parts are held times this, for a row of equal rotations; or 0 */
};

/* The bits of a diagonal operation, at most two, and its phases for their values: bit k of the
 * value belongs to place k, targets first, then the masks' bits in order. */
struct ek_bit_phases {
    int count;
    struct ek_bit_place place[2];
    ek_complex phase[4];
};

/* ---- trip_bind.c ---------------------------------------------------------------------------- */

struct ek_bit_place ek_binder_place(const struct ek_binder *b, int position);
/* The positions of the trip: registers, then the lowest others as bits of the groups. */
void ek_binder_set_shape(struct ek_binder *b);
/* Appends a step to the call, a new one if need be; its numbers follow with ek_binder_put. */
struct ek_bound_step *ek_binder_add_step(struct ek_binder *b, enum ek_trip_step_kind kind,
                                         int slot);
void ek_binder_put(struct ek_binder *b, double number);
/* `count` real parts, then the imaginary parts if `complex`. */
void ek_binder_put_parts(struct ek_binder *b, const ek_complex *z, int count, bool complex);
/* The step runs where the slots of `mask`, outside of the chunk, have this value. */
void ek_binder_set_far(struct ek_binder *b, struct ek_bound_step *bound, uint64_t mask,
                       uint64_t value);
/* Takes the last step back. */
void ek_binder_drop_step(struct ek_binder *b);

/* ---- trip_phases.c -------------------------------------------------------------------------- */

/* The places of a diagonal operation's bits. */
void ek_binder_get_bits(const struct ek_binder *b, const struct ek_tile_op *op,
                        struct ek_bit_phases *out, uint64_t *inner, uint64_t *outer);
/* Adds a diagonal operation to the run; false where factors cannot say it. */
bool ek_binder_add_diagonal(struct ek_binder *b, const struct ek_tile_op *op);
/* Ends the run: puts its factors into steps. */
void ek_binder_flush(struct ek_binder *b);

/* ---- trip_dense.c --------------------------------------------------------------------------- */

/* So many equal rotations in a row pay for holding the imaginary parts. */
enum { EK_EQUAL_ENOUGH = 6 };
/* True for a one-qubit matrix without controls. */
bool ek_is_plain_matrix(const struct ek_tile_op *op);
/* Adds a dense operation, the first of `equal` plain and equal ones in a row that are left; false
 * when it must run by itself. */
bool ek_binder_add_dense(struct ek_binder *b, const struct ek_tile_op *op, int equal);
/* Ends the holding of imaginary parts, if need be. */
void ek_binder_let_go(struct ek_binder *b);

#endif
