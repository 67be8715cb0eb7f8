/* The arithmetic of passes, in operations that a thread does one after the other. In registers a
 * step costs more than its multiplications: what it costs was measured beside a rotation, which
 * counts EK_TURN_FLOPS (see benchmarks/README.md), on AVX-512 and AVX2. */
#include "plan/cost.h"

#include <math.h>

/* Without levels a diagonal function's values and their phases are computed. */
enum { COMPUTED_LOOKUPS = 5 };

/* Of one step, in rotations of a register slot: between the two instruction sets, but two-qubit
 * matrices somewhat below both, as whole programs take less than their steps one by one. */
static const double TURN_OF_LANES = 1.7, NAMED_TURN = 0.8, CONTROLLED_X = 0.9, CONTROLLED = 2.5,
                    GENERAL = 4, TWO_QUBITS = 6, LANE_SWAP = 1.2, SCALES = 0.8, PHASES = 1.4,
                    LANE_SCALES = 1.6, LANE_PHASES = 2.8, GROUP_SCALES = 1, GROUP_PHASES = 2;
/* Of a step whose factors depend on the chunk, for each chunk; and of each operation in it. Not
 * measured: from the instructions that it takes. */
static const double FAR_STEP = 800, FAR_PHASE = 50;

/* Floating-point operations per amplitude of what runs by itself. */
static double work_alone(const struct ek_op *op)
{
    const double share = ldexp(1, -ek_popcount(op->control_mask));
    switch (op->kind) {
    case EK_OP_DENSE: return share * (8.0 * ldexp(1, op->target_count) - 2);
    case EK_OP_PAULI: return share * 8;
    case EK_OP_DIAGONAL: return 0; /* a lookup */
    case EK_OP_GROVER: return 4;
    case EK_OP_FOURIER: return 5.0 * op->target_count + 6;
    case EK_OP_PERMUTE: return 0;
    default: return share * 6;
    }
}

/* ---- in registers --------------------------------------------------------------------------- */

/* Where the bits of an operation stand during a trip. */
struct bits {
    int lanes;
    bool near, far; /* in the chunk beside lanes and registers; elsewhere */
};

static struct bits find_bits(const ek_plan *plan, const struct ek_plan_trip *trip,
                             const struct ek_tile_op *op)
{
    uint64_t registers = 0, inside = op->inner_mask | op->inner_z;
    struct bits bits = {.far = (op->outer_mask | op->outer_z) != 0};
    for (int j = 0; j < op->target_count; j++) {
        if (op->position[j] < EK_OUTER_POSITION) inside |= ek_bit(op->position[j]);
        else bits.far = true;
    }
    for (int k = 0; k < plan->register_slots; k++) registers |= ek_bit(trip->registers[k]);
    uint64_t chunk = registers;
    for (int p = plan->lane_slots; ek_popcount(chunk) < plan->register_slots + EK_PLAN_NEAR; p++)
        chunk |= ek_bit(p);
    const uint64_t lanes = ek_low_bits(plan->lane_slots);
    bits.lanes = ek_popcount(inside & lanes);
    bits.near = (inside & chunk & ~registers) != 0;
    bits.far |= (inside & ~lanes & ~chunk) != 0;
    return bits;
}

static double turns_of_matrix(const struct ek_op *op)
{
    switch (op->gate) {
    case EK_GATE_X: /* it has controls, like the others: else it is no operation */
    case EK_GATE_CX:
    case EK_GATE_CCX:
    case EK_GATE_C3X:
    case EK_GATE_C4X: return CONTROLLED_X;
    default: break;
    }
    if (op->control_mask) return CONTROLLED;
    switch (op->gate) {
    case EK_GATE_H:
    case EK_GATE_SX:
    case EK_GATE_SXDG: return NAMED_TURN;
    case EK_GATE_U:
    case EK_GATE_COUNT: return GENERAL;
    default: return 1;
    }
}

static double turns_of_mixing(const struct ek_op *op, const struct bits *bits)
{
    if (op->target_count == 2) return TWO_QUBITS + 2 * bits->lanes * LANE_SWAP;
    const double turns = turns_of_matrix(op);
    const bool general = turns == GENERAL; /* in lanes as dear as anywhere */
    return turns * (bits->lanes && !general ? TURN_OF_LANES : 1);
}

/* A run of diagonal operations is a step for factors per register, one per lane and one per lane
 * and group if need be: each as dear as the dearest of its operations. */
struct run {
    double registers, lanes, groups;
    bool far;
};

static double raise(double *most, double turns)
{
    const double before = *most;
    *most = fmax(before, turns);
    return *most - before;
}

/* What an operation adds to its run. */
static double turns_of_diagonal(const ek_plan *plan, const struct ek_op *op,
                                const struct bits *bits, struct run *run)
{
    const bool real = op->gate == EK_GATE_Z || op->gate == EK_GATE_CZ;
    const double chunk = ldexp(1, plan->lane_slots + plan->register_slots + EK_PLAN_NEAR);
    double turns = bits->lanes && bits->near
                       ? raise(&run->groups, real ? GROUP_SCALES : GROUP_PHASES)
                   : bits->lanes ? raise(&run->lanes, real ? LANE_SCALES : LANE_PHASES)
                                 : raise(&run->registers, real ? SCALES : PHASES);
    if (bits->far) turns += (run->far ? FAR_PHASE : FAR_STEP) / chunk;
    run->far |= bits->far;
    return turns;
}

static double work_in_registers(const ek_plan *plan, const struct ek_plan_trip *trip)
{
    double turns = 0;
    struct run run = {0};
    for (size_t i = trip->first_op; i < trip->first_op + trip->op_count; i++) {
        const struct ek_op *op = &plan->wires.ops[plan->ops[i].wire_op].op;
        const struct bits bits = find_bits(plan, trip, &plan->ops[i]);
        if (op->kind == EK_OP_DIAGONAL) continue;
        if (ek_op_resident(op) == 0) {
            turns += turns_of_diagonal(plan, op, &bits, &run);
        } else {
            turns += turns_of_mixing(op, &bits);
            run = (struct run){0};
        }
    }
    return EK_TRIP_FLOPS + EK_TURN_FLOPS * turns;
}

static double work_of_trip(const ek_plan *plan, const struct ek_plan_trip *trip)
{
    double sum = 0;
    if (trip->in_registers) return work_in_registers(plan, trip);
    for (size_t i = trip->first_op; i < trip->first_op + trip->op_count; i++) {
        const struct ek_op *op = &plan->wires.ops[plan->ops[i].wire_op].op;
        if (op->kind != EK_OP_DIAGONAL) sum += EK_TRIP_FLOPS + work_alone(op);
    }
    return sum;
}

/* ---- passes --------------------------------------------------------------------------------- */

double ek_plan_work(const ek_plan *plan, const struct ek_pass *pass)
{
    double sum = 0;
    for (size_t b = pass->first_block; b < pass->first_block + pass->block_count; b++) {
        const struct ek_block *block = &plan->blocks[b];
        for (size_t t = block->first_trip; t < block->first_trip + block->trip_count; t++)
            sum += work_of_trip(plan, &plan->trips[t]);
    }
    return sum;
}

double ek_plan_lookups(const ek_plan *plan, const struct ek_pass *pass)
{
    double count = 0;
    for (size_t i = pass->first_op; i < pass->first_op + pass->op_count; i++) {
        const struct ek_op *op = &plan->wires.ops[plan->ops[i].wire_op].op;
        if (op->kind != EK_OP_DIAGONAL) continue;
        count += plan->circuit->diagonals[op->diagonal]->levels > 0 ? 1 : COMPUTED_LOOKUPS;
    }
    return count;
}
