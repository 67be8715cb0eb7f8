/* plan: from a circuit's structure to stages, passes and tile operations. Owns layouts,
 * scheduling, plans and their text. Knows neither MPI nor amplitudes. May include circuit and
 * base. All local. */
#ifndef EK_PLAN_ROOM_H
#define EK_PLAN_ROOM_H

#include "circuit/circuit.h"
#include "plan/layout.h"

#include <exaket/program.h>

/* ---- lowered operations: on wires, X and SWAP gone into frames ------------------------------ */

/* Qubits are relabelled by SWAPs and inverted by Xs on the way; what is left acts on wires. */
struct ek_wire_op {
    struct ek_op op;    /* targets, controls and masks name wires */
    uint32_t inverted;  /* bit j: target j stands inverted (DENSE, TABLE) */
    bool negated;       /* PARITY, PAULI: the angle changes its sign */
    bool phase;         /* PARITY: 1 for even ones, the phase of a TABLE for odd ones */
    bool gives;         /* see ek_gauge_fix */
    bool rough;         /* a given matrix that is no more unitary than it must be */
    uint32_t part_count; /* of a product, see ek_fuse: of list->parts[first_part...] */
    size_t first_part;
    int frame;          /* DIAGONAL, GROVER, FOURIER, PERMUTE: qubit -> wire at this point */
    size_t values;      /* first entry in the bound values */
};

/* How an operation acts on one wire. Neighbours of equal class commute, except EK_NEITHER. */
enum ek_class { EK_Z_LIKE, EK_X_LIKE, EK_NEITHER, EK_CLASSES };

/* What planning asks of an operation over and over: wires that it touches, those that must be
 * resident, and those on which it acts otherwise than diagonally, or than like X. */
struct ek_reach {
    uint64_t touched, resident, not_z, not_x;
    bool alone, in_registers;
    uint8_t wire[2], class[2]; /* of the lowest two, or twice the one; others are in the masks */
    bool has_others;
};

struct ek_wire_list {
    int qubits;
    size_t op_count, op_capacity;
    struct ek_wire_op *ops;
    struct ek_reach *reach; /* of the operations */
    size_t part_count;
    struct ek_wire_op *parts; /* of products; on bits of the product's index, not on wires */
    size_t frame_count, frame_capacity;
    struct ek_layout *frames; /* the last one holds at the end of the circuit */
    size_t value_count;
    uint64_t twin_mask; /* the string that EK_TWIN stands for */
};

/* A wire beside those of the circuit. A tile in which it is resident holds one slot less, and a
 * second time the same slots: of the amplitudes that a Pauli string, too wide for a tile, pairs
 * with those of the first half. */
enum { EK_TWIN_WIRE = 63 };
#define EK_TWIN (UINT64_C(1) << EK_TWIN_WIRE)

/* Lowers a circuit that starts with the qubits inverted by `inverted`. Pauli rotations that mix
 * more than `widest` qubits, or have controls and are wide, become one-qubit gates around a
 * parity. */
ek_status ek_lower(const ek_circuit *circuit, uint64_t inverted, int widest,
                   struct ek_wire_list *list);
/* Appends where there is room, with values of its own. */
void ek_wire_list_put(struct ek_wire_list *list, struct ek_wire_op op);
/* Makes the reach of all operations anew. */
ek_status ek_find_reach(struct ek_wire_list *list);
void ek_wire_list_clear(struct ek_wire_list *list);
struct ek_reach ek_reach_of(const struct ek_op *op, int qubits);

/* ---- rewrites of lowered operations --------------------------------------------------------- */

/* Takes out equal CXs with nothing but phases of parities between them, which become phases of
 * other parities. */
ek_status ek_undo_ladders(struct ek_wire_list *list);
/* Replaces runs of operations on one wire, or on two if an operation may mix as many, by their
 * products where those are less work: a matrix on two qubits, or a rotation between two phases. */
ek_status ek_fuse(const ek_circuit *circuit, int widest, struct ek_wire_list *list);
/* The numbers of a product from those of its parts, among all `values`. Gives how many operations
 * from this one on have theirs then. */
size_t ek_fuse_values(const struct ek_wire_list *list, size_t number, ek_complex *values);
/* Marks the two-qubit matrices without controls both of whose wires go on into another one. Once
 * marked, `values` that are bound must go through the other function: then these matrices begin
 * with a column (c, 0, 0, s) of real numbers, and products of all are as before. */
void ek_gauge_mark(struct ek_wire_list *list);
void ek_gauge_fix(const struct ek_wire_list *list, ek_complex *values);

/* ---- schedule: which operation may go next -------------------------------------------------- */

/* Operations commute if on every shared wire both are Z-like or both X-like. Each wire keeps its
 * queue of runs of equal class; an operation is ready when it is in the first run of all its
 * wires. */
struct ek_schedule;
/* Over ops[chosen[0..count)], in this order; `chosen` null means all. */
ek_status ek_schedule_create(const struct ek_wire_list *list, size_t count, const size_t *chosen,
                             struct ek_schedule **schedule);
void ek_schedule_destroy(struct ek_schedule **schedule);
/* Brings `to`, made from the same operations, to where `from` is. */
void ek_schedule_copy(const struct ek_schedule *from, struct ek_schedule *to);
/* Takes every ready operation whose resident wires lie in `resident`, again until none is left,
 * and puts their numbers into taken[0..*count); with `sharing` only those that need no pass of
 * their own. */
void ek_schedule_absorb(struct ek_schedule *schedule, uint64_t resident, bool sharing,
                        size_t *taken, size_t *count);
/* Likewise with every ready operation for which `wanted` is true. */
typedef bool (*ek_op_filter)(const struct ek_reach *reach, const void *context);
void ek_schedule_take(struct ek_schedule *schedule, ek_op_filter wanted, const void *context,
                      size_t *taken, size_t *count);
/* Takes one ready operation that needs a pass of its own, if there is any; `count` is 1 or 0. */
void ek_schedule_take_alone(struct ek_schedule *schedule, size_t *taken, size_t *count);
size_t ek_schedule_left(const struct ek_schedule *schedule);
/* The first operations in order that are left, at most `most`; gives their number. */
size_t ek_schedule_pending(const struct ek_schedule *schedule, size_t most, size_t *pending);
/* The operations that are left and touch a wire, in order: reach[op[0]], reach[op[1]], ...;
 * borrowed until more are taken. */
struct ek_open {
    const struct ek_reach *reach;
    const uint32_t *op;
    size_t count;
    uint64_t touched;  /* wires */
    uint32_t *scratch; /* room for as many operations */
};
struct ek_open ek_schedule_open(struct ek_schedule *schedule);
/* The ready operations now; borrowed until the next absorb. */
const uint32_t *ek_schedule_ready(const struct ek_schedule *schedule, size_t *count);
/* The wires that some operation left needs resident. */
uint64_t ek_schedule_waiting(const struct ek_schedule *schedule);
/* For each wire the place (in the given order) of the next operation that needs it resident;
 * SIZE_MAX when there is none. */
void ek_schedule_next_use(const struct ek_schedule *schedule, size_t *next_use);

/* Of the operations that are left and touch a wire, but need no pass of their own, those that
 * would be taken with the wires of `set` resident. Borrowed until the next call. */
struct ek_open ek_schedule_going(struct ek_schedule *schedule, uint64_t set);
/* counts[w] for each candidate wire w: how many of them if w were missing. */
void ek_count_without(const struct ek_open *going, uint64_t candidates, size_t *counts);
/* counts[w] for each candidate wire w: how many of the operations that are left, when w has joined
 * `set`. */
void ek_count_with(const struct ek_open *open, uint64_t set, uint64_t candidates,
                   size_t *counts);

/* What a trip holds beside its registers. */
struct ek_trip_room {
    uint64_t inside; /* wires on the block's slots */
    uint64_t lanes;  /* those on the lowest of them */
    int most_hot;    /* wires of one operation in lanes and registers */
};
/* What an operation spares when it rides along: a phase, what mixes one wire, or several; a
 * multiply-add per amplitude is EK_TRIP_WORTH_UNIT. Those for which half of their wires are there
 * count a little too. */
enum { EK_TRIP_WORTHS = 3, EK_TRIP_WORTH_UNIT = 2000, EK_TRIP_HALF_WAY = 200 };
static const size_t ek_trip_worths[EK_TRIP_WORTHS] = {
    EK_TRIP_WORTH_UNIT / 2, EK_TRIP_WORTH_UNIT, 6 * EK_TRIP_WORTH_UNIT};
static inline int ek_trip_worth(const struct ek_reach *op)
{
    return (op->resident != 0) + ((op->resident & (op->resident - 1)) != 0);
}
/* worths[w] for each candidate wire w: of all that a trip would take with `registers` and w. */
void ek_sum_worth(const struct ek_open *open, const struct ek_trip_room *room,
                  uint64_t registers, uint64_t candidates, size_t *worths);

/* ---- the plan ------------------------------------------------------------------------------- */

enum {
    EK_PLAN_REGISTERS = 3, /* register slots, at most */
    EK_PLAN_NEAR = 5,      /* slots of a chunk beside lanes and registers */
    EK_OUTER_POSITION = 64,
    EK_TRIP_FLOPS = 18, /* per amplitude: what loads and stores of a trip cost, as operations */
    EK_TURN_FLOPS = 4,  /* likewise a rotation in registers */
    EK_TABLES_MOST = 2 /* tables of a diagonal function that are kept, one per layout */
};

/* A wire operation as a tile sees it: positions are bit positions in the tile's index, outer masks
 * are on the physical index. */
struct ek_tile_op {
    size_t wire_op;
    size_t values;
    uint8_t kind, target_count;
    uint8_t position[EK_TABLE_MAX]; /* of targets; TABLE: EK_OUTER_POSITION + slot when outside */
    uint32_t inverted;              /* index bits to invert when values are bound */
    bool negated;
    uint32_t inner_mask, inner_value; /* controls in the tile */
    uint64_t outer_mask, outer_value; /* controls outside */
    uint32_t inner_x, inner_z;        /* PARITY, PAULI */
    uint64_t outer_x, outer_z;
};

/* Operations that run while some slots are in registers; or one by one, each through the whole
 * block, where there are no kernels for that. */
struct ek_plan_trip {
    bool in_registers;
    uint8_t registers[EK_PLAN_REGISTERS]; /* positions in the block's index, ascending */
    size_t first_op, op_count;
};

/* A part of a pass that needs few of the tile's slots: it runs on pieces of the tile that fit the
 * first-level cache, or in place when its slots are the tile's. */
struct ek_block {
    uint64_t active; /* mask of slots; the lowest row_slots are always in it */
    size_t first_op, op_count;
    size_t first_trip, trip_count;
};

struct ek_pass {
    bool grover;     /* not tiles, but one sum and one update of everything */
    bool fourier;    /* FOURIER or PERMUTE: tiles of its own */
    bool wide;       /* a wide PAULI: on pairs of amplitudes in the state itself */
    bool direct;     /* a single trip: in the state itself, without tiles */
    uint64_t active; /* mask of the tile's slots; the lowest row_slots are always in it */
    uint64_t twin; /* not 0: tiles come in pairs, whose indices differ in this mask of slots */
    size_t first_block, block_count;
    size_t first_op, op_count; /* of all its blocks */
};

/* True for the pass of one operation that has a way of its own. */
static inline bool ek_pass_alone(const struct ek_pass *pass)
{
    return pass->grover || pass->fourier || pass->wide;
}

struct ek_swap {
    ek_slot rank_slot, local_slot;
};

struct ek_stage {
    struct ek_layout layout; /* wire -> slot during the stage */
    int swap_count;          /* exchanges that lead to it from the stage before */
    struct ek_swap swaps[32];
    size_t first_pass, pass_count;
};

struct ek_plan {
    ek_circuit *circuit; /* a copy: its angles and matrices are bound at each run */
    ek_plan_options options;
    int qubits, local_slots, tile_slots, block_slots, row_slots;
    int stands_for; /* qubits of the state that this one is a part of by symmetry; else `qubits` */
    bool halved_on_node; /* one qubit less than that on the ranks of one node, and on these only */
    int lane_slots, register_slots;
    int reach_slots; /* that tiles may hold: local ones, and those of ranks that share memory */
    struct ek_wire_list wires;
    struct ek_layout entry, exit; /* qubit -> slot before and after; entry has no inversions unless
                                   * it was given */
    size_t stage_count, stage_capacity;
    struct ek_stage *stages;
    size_t pass_count, pass_capacity;
    struct ek_pass *passes;
    size_t block_count, block_capacity;
    struct ek_block *blocks;
    size_t trip_count, trip_capacity;
    struct ek_plan_trip *trips;
    size_t op_count; /* tile operations, in the order of execution */
    struct ek_tile_op *ops;
};

/* Decides between gates and FFTW for the circuit's Fourier transforms, and expands them. */
ek_status ek_plan_fourier(ek_plan *plan);
/* Slots beside the targets in the tiles of a FOURIER or PERMUTE operation. */
int ek_plan_column_slots(const ek_plan *plan, int targets);

/* As ek_plan_create, beginning in a given layout, or in the best one when `entry` is null. */
ek_status ek_plan_create_from(const ek_circuit *circuit, const ek_plan_options *options,
                              const struct ek_layout *entry, ek_plan **plan);
/* Slots of a tile for the second-level cache, fewer where that leaves few tiles to ranks that
 * share memory. */
int ek_plan_default_tile(const ek_plan_options *options, int local_slots);
/* Likewise of a block in the first-level cache. */
int ek_plan_default_block(const ek_plan_options *options);
/* How a reshuffle sends: the longest message, a power of two of units of so many bytes, at most
 * 2^slots, and how many are on their way at a time. The buffers hold as many each way. */
struct ek_messages {
    size_t units;
    int flights;
};
enum { EK_FLIGHTS_MAX = 32 };
struct ek_messages ek_messages_of(size_t exchange_bytes, size_t unit_bytes, int slots);
/* Of a plan, in amplitudes. */
struct ek_messages ek_plan_messages(const ek_plan *plan);
/* Bytes of one amplitude. */
size_t ek_amplitude_bytes(ek_precision precision);
/* Bytes that a rank needs when the plan's circuit runs on so many; exact for the plan's own. */
struct ek_memory {
    double state, buffers;
};
/* True where levels are kept for all amplitudes, instead of being computed tile by tile. */
bool ek_plan_wants_table(const ek_plan *plan, const ek_diagonal *diagonal, int local_slots);
/* With `qubits` in its state; on other ranks or qubits than the plan's as far as it can tell. */
struct ek_memory ek_plan_memory(const ek_plan *plan, int qubits, int ranks);
/* Numbers for all operations of the plan under the parameters; `values` has wires.value_count. */
void ek_plan_bind(const ek_plan *plan, const double *parameters, ek_complex *values);

/* The wires that are local in each stage, one mask per stage: few reshuffles first, few bytes
 * second. `first`, when not 0, is the first stage's. The caller releases *sets. */
ek_status ek_plan_stage_sets(const struct ek_wire_list *wires, int local_slots, uint64_t first,
                             uint64_t **sets, size_t *count);

/* Inside the room: the stages' and passes' makers. `order` collects wire operations as
 * executed. */
ek_status ek_plan_stages(ek_plan *plan, const struct ek_layout *entry);
ek_status ek_plan_passes(ek_plan *plan, struct ek_stage *stage, size_t count,
                         const size_t *chosen);
/* Plans the trips of a block, the last one of the plan, with its operations `taken`, and appends
 * the operations in the order of execution. */
ek_status ek_plan_trips(ek_plan *plan, const struct ek_layout *layout, const size_t *taken,
                        size_t count);
/* True for what a trip can do: on few qubits, with or without controls. */
bool ek_op_in_registers(const struct ek_op *op);
void ek_plan_tile_op(const ek_plan *plan, const struct ek_layout *layout, uint64_t active,
                     size_t wire_op, struct ek_tile_op *op);

#endif
