/* exec: walks a plan over a state. Owns programs (plan + buffers), passes, reshuffles, and the
 * values of diagonal functions in any layout. May include plan, state and what they include. */
#ifndef EK_EXEC_ROOM_H
#define EK_EXEC_ROOM_H

#include "plan/plan.h"
#include "state/state.h"

#include <exaket/program.h>

#include <omp.h>

static inline int ek_thread_number(void) { return omp_get_thread_num(); }
static inline int ek_thread_count(void) { return omp_get_num_threads(); }

/* ---- values of a diagonal function, tile by tile -------------------------------------------- */

/* A function seen through a layout, on tiles whose index bits are the slots `active`: a polynomial
 * is a Walsh-Hadamard transform of its coefficients, signed by the bits outside the tile. */
struct ek_diagonal_view {
    const ek_diagonal *diagonal;
    uint64_t active;
    size_t term_count;
    double *coefficient;
    uint32_t *inner;
    uint64_t *outer;
    struct ek_layout_reader *reader; /* of a function */
    double *couple; /* of a quadratic polynomial on larger tiles, else null: pairs of bits */
    /* In halves of a level, if the function has few of them. */
    uint16_t *couple_levels, *coefficient_levels, constant_levels;
};
/* Local. `layout`: qubit -> slot. */
ek_status ek_diagonal_view_create(const ek_diagonal *diagonal, const struct ek_layout *layout,
                                  uint64_t active, struct ek_diagonal_view *view);
void ek_diagonal_view_clear(struct ek_diagonal_view *view);
/* values[i], 2^popcount(active) of them, of the tile at physical index `base` (active
 * bits zero). `levels`: room for as many, 64-byte aligned. */
void ek_diagonal_view_fill(const struct ek_diagonal_view *view, const struct ek_kernels *kernels,
                           uint64_t base, uint16_t *levels, double *values);

/* The levels instead, when the function has few of them. */
void ek_diagonal_view_levels(const struct ek_diagonal_view *view,
                             const struct ek_kernels *kernels, uint64_t base, uint16_t *levels);
/* For views of quadratic polynomials, which cost a small part of a transform. Local. */
ek_status ek_quadratic_prepare(struct ek_diagonal_view *view);
void ek_quadratic_values(const struct ek_diagonal_view *view, const struct ek_kernels *kernels,
                         uint64_t base, double *values);
void ek_quadratic_levels(const struct ek_diagonal_view *view, const struct ek_kernels *kernels,
                         uint64_t base, uint16_t *levels);
/* A value in halves of a level, because each term of a polynomial adds or takes half of its
 * share; modulo 2^16. */
static inline uint16_t ek_half_levels(const ek_diagonal *diagonal, double value)
{
    const int32_t shift = 1 << 15; /* so that compilers round in vectors */
    return (uint16_t)((int32_t)(2 * value / diagonal->grid_step + shift + 0.5) - shift);
}

/* 16-bit levels of a function on a grid, for all local amplitudes in one layout, where these are
 * no more than a tile: larger states compute them tile by tile. */
struct ek_level_table {
    const ek_diagonal *diagonal;
    struct ek_layout layout;
    uint16_t *level;
    struct ek_shared memory; /* theirs, and of the ranks that share memory */
};
static inline uint16_t ek_level_of(const ek_diagonal *diagonal, double value)
{
    return (uint16_t)((value - diagonal->grid_offset) / diagonal->grid_step + 0.5);
}
static inline double ek_level_value(const ek_diagonal *diagonal, uint32_t level)
{
    return diagonal->grid_offset + diagonal->grid_step * level;
}

/* ---- passes of their own: Fourier transforms and permutations ------------------------------ */

struct ek_fourier;
/* What the plan's FOURIER and PERMUTE operations need; null when it has none. Local. */
ek_status ek_fourier_create(const ek_plan *plan, int threads, struct ek_fourier **fourier);
void ek_fourier_destroy(struct ek_fourier **fourier);

/* ---- programs ------------------------------------------------------------------------------- */

/* The steps of a call on one chunk. */
struct ek_chunk_steps {
    size_t count;
    struct ek_trip_step *steps;
    void *scratch; /* their factors that depend on the chunk */
    struct ek_hot_factors *fixed; /* of those steps of the call that have far phases, in order */
};

/* What one thread works in. */
struct ek_workspace {
    struct ek_tile tile;
    struct ek_tile part; /* of the tile, for a block */
    double *values;    /* of a diagonal function; 2^tile_slots */
    uint16_t *levels;  /* likewise */
    ek_complex *table; /* phases of a TABLE operation with the outer bits fixed */
    struct ek_chunk_steps chunk, next; /* of a call on this tile, and of one on the next tile */
};

/* ---- trips, bound to parameters ------------------------------------------------------------- */

/* A phase on the amplitudes whose physical index has all bits of `mask`, outside of the chunk,
 * and, where `hot` names one, of the register slot or the lane. */
struct ek_far_phase {
    uint64_t mask;
    ek_complex phase;
    uint8_t hot; /* k: register slot, EK_FAR_LANE + l: lane, EK_FAR_ALWAYS: all */
};
enum { EK_FAR_LANE = 8, EK_FAR_ALWAYS = 16 };
/* Their product for each value of `hot`. */
struct ek_hot_factors {
    ek_complex of[EK_FAR_ALWAYS + 1];
};

/* A step, and how it depends on where the chunk lies. */
struct ek_bound_step {
    struct ek_trip_step step;
    uint64_t far_mask, far_value; /* it runs where (physical & mask) == value */
    size_t first_far, far_count;
    size_t fixed_count; /* of these, the first ones, which are the same for all chunks of a tile */
};

/* One call of kernels: steps on all chunks of a block, or one operation on the whole of it. */
struct ek_call {
    bool in_registers;
    bool far; /* some step depends on slots outside of its chunk */
    bool per_chunk; /* and not on those alone that are outside of the tile */
    size_t op;
    struct ek_trip trip;
    /* Beyond lanes, registers and groups: in the block, in the state, in the pass's tile. */
    uint64_t chunk_positions, chunk_slots, chunk_wholes;
    size_t first_step, step_count;
};

/* What binds a pass, in memory that is enough for every pass of the plan. */
struct ek_binding {
    size_t call_count, step_count, far_count, number_count;
    struct ek_call *calls;
    size_t *block_calls; /* per block of the pass: the first call; one more entry for the end */
    struct ek_call enter; /* without steps: takes a tile from the state, chunk by chunk */
    struct ek_bound_step *steps;
    struct ek_far_phase *far;
    void *numbers; /* float or double */
    size_t scratch_numbers; /* room per thread for factors that depend on the chunk */
    size_t scratch_runs;    /* and for what they have in common on a tile */
    ek_complex scale; /* what the pass's scaled rotations leave to multiply */
};

/* ---- between the steps of a run ------------------------------------------------------------- */

enum ek_step_kind { EK_BEFORE_RESHUFFLE, EK_AFTER_RESHUFFLE, EK_AFTER_PASS };

struct ek_step {
    enum ek_step_kind kind;
    ek_program *program;
    size_t passes; /* done so far, of plan->pass_count */
    const struct ek_stage *stage; /* the state's wires stand in its layout, not inverted */
    ek_state *state;
};

/* Is told of every step. The call is collective and gives the same status on all ranks; a failure
 * ends the run with it, the state being good for nothing but to be filled anew. */
struct ek_watch {
    ek_status (*step)(void *context, const struct ek_step *step);
    void *context;
};

struct ek_program {
    ek_session *session;
    const struct ek_watch *watch; /* null: nobody; borrowed */
    ek_plan *plan;
    const struct ek_kernels *kernels;
    int threads;
    ek_complex *values;  /* bound operations */
    struct ek_binding binding; /* of the pass that runs */
    size_t *rows;        /* offsets of a tile's rows in the state */
    size_t *part_rows;   /* per block: offsets of a part's rows in the tile */
    size_t *block_rows;  /* per block: offsets of a part's rows in the state */
    size_t *plain_rows;  /* offsets of rows in contiguous values */
    ek_complex *phases;  /* per level, for the diagonal operations of one pass */
    size_t *phases_at;   /* per tile operation: its first phase */
    struct ek_workspace *workspaces;
    struct ek_diagonal_view *views; /* per tile operation that is DIAGONAL and has no table */
    const struct ek_level_table **tables; /* per tile operation; null without a table */
    size_t table_count;
    struct ek_level_table *level_tables;
    size_t exchange_amplitudes; /* of a parcel, a power of two */
    int flights;                /* parcels on their way at a time */
    void *send, *receive;       /* so many parcels each */
    struct ek_fourier *fourier;
    double *partial; /* of the GROVER passes' sums */
};

/* ---- runs that somebody looks after --------------------------------------------------------- */

struct ek_task {
    const ek_circuit *circuit;
    const double *parameters;
    ek_plan_options options;
    const ek_initial *initial; /* null: the state as it is */
    uint64_t draws;            /* outcomes of measurements so far */
    /* What a checkpoint needs to know of the caller's place, as bytes to be released; may be null.
     * Local. */
    ek_status (*save_walk)(void *context, char **bytes, size_t *length);
    void *context;
    ek_plan_summary summary; /* of what was planned; filled in */
    double plan_seconds;
};

/* All collective. */
struct ek_runner {
    /* At the beginning of what `digest` stands for: fills the state from a checkpoint, if it is to
     * go on from one, and gives the walk that was saved with it, to be released, else null. */
    ek_status (*resume)(struct ek_runner *runner, uint64_t digest, ek_state *state, char **walk,
                        size_t *length);
    /* Runs a task, or what the checkpoint has left of it. */
    ek_status (*run)(struct ek_runner *runner, struct ek_task *task, ek_state *state);
    /* After EK_ERROR_NUMERIC: whether to begin again, with resume. */
    bool (*go_back)(struct ek_runner *runner);
};

/* What a program is planned with: the options, which may be null, completed by what session and
 * kernels are like. Collective. */
ek_plan_options ek_program_options(ek_session *session, const ek_circuit *circuit,
                                   const ek_plan_options *options);
/* As ek_program_create, for a state that has a given layout. */
ek_status ek_program_create_from(ek_session *session, const ek_circuit *circuit,
                                 const ek_plan_options *options, const struct ek_layout *entry,
                                 ek_program **program);
/* The circuit that is left after so many passes of a bound program, on the state's wires.
 * Local. */
ek_status ek_program_remaining(const ek_program *program, size_t passes, ek_circuit **circuit);
/* Builds the level tables that the plan's diagonal operations use. Collective. */
ek_status ek_program_make_tables(ek_program *program);
/* The table of a function in a layout, or null. */
const struct ek_level_table *ek_program_table(const ek_program *program,
                                              const ek_diagonal *diagonal,
                                              const struct ek_layout *layout);

/* Numbers for all operations under the parameters; each pass makes its calls of them. Local. */
static inline void ek_program_bind(ek_program *program, const double *parameters)
{
    ek_plan_bind(program->plan, parameters, program->values);
}
/* Memory for the bindings of all passes. Local. */
ek_status ek_binding_create(ek_program *program);
void ek_binding_clear(struct ek_binding *binding);
void ek_chunk_steps_clear(struct ek_chunk_steps *chunk);
/* Turns a pass's operations, whose values are bound, into calls. Local. */
void ek_pass_bind(ek_program *program, const struct ek_pass *pass);

/* Where a tile or a part of it lies in the state. */
struct ek_place {
    const struct ek_tile *tile;
    uint64_t physical; /* index of the first amplitude */
    size_t local;
    const size_t *row; /* offsets of its rows */
};
/* Where a call takes its amplitudes from and leaves them, if not in its tile: addresses in the
 * state of the tile's first amplitude, or the whole tile that this one is a part of, beginning at
 * the part's first amplitude. */
struct ek_flow {
    const void *from;
    void *to;
    size_t ahead; /* amplitudes from there to what will be needed next */
    const struct ek_tile *take, *put;
    bool entered, stays; /* the first call has been done, the last one waits */
};
/* Runs one call in registers on a tile, or on a part of it. */
void ek_trip_run(const ek_program *program, const struct ek_call *call,
                 struct ek_workspace *work, const struct ek_place *place,
                 const struct ek_flow *flow);
/* One tile leaves for the state, at `to`, by the call `out`, and the next one comes from there, at
 * `from`, by `in`, chunk by chunk: the one is written while the other is on its way. Both calls
 * are of blocks on the slots `active`. */
void ek_trip_hand_over(const ek_program *program, uint64_t active, const struct ek_call *out,
                       const struct ek_call *in, struct ek_workspace *work,
                       const struct ek_place *place, const struct ek_place *next, void *to,
                       const void *from);
/* True when vectors that it takes from the state at once lie multiples of ek_view_span() apart. */
bool ek_call_alike(const ek_program *program, const struct ek_call *call);
/* Runs the one call of a direct pass. */
void ek_direct_run(ek_program *program, const struct ek_pass *pass, ek_state *state);

/* Runs one pass. Local, but for a GROVER pass. `constant`, when not null, stands for all
 * amplitudes before the pass: it then only writes. */
void ek_pass_run(ek_program *program, const struct ek_pass *pass, const struct ek_stage *stage,
                 const double *constant, ek_state *state);
/* The same step by step, for who works on several states at once: what a pass over tiles needs
 * beforehand, and one operation on a tile or on a part of one that lies at a place of the state.
 * Their plans are `tiled`. Local. */
void ek_pass_prepare(ek_program *program, const struct ek_pass *pass);

/* This rank's tiles, whose index bits are the slots `active`: those that lie in its own
 * amplitudes, unless tiles hold slots of ranks that share memory; then an equal part of all. Their
 * offsets count from the first amplitude of those ranks. */
struct ek_tiles {
    size_t first, count;
    uint64_t outside; /* slots that number the tiles */
};
struct ek_tiles ek_tiles_find(const ek_program *program, uint64_t active);
static inline void *ek_amplitudes_at(const ek_state *state, size_t offset)
{
    return (char *)state->memory.all + offset * ek_amplitude_bytes(state->precision);
}
/* Around a pass: waits for the ranks whose amplitudes it touches. */
void ek_pass_meet(ek_program *program, const struct ek_pass *pass);
void ek_tile_apply(const ek_program *program, size_t number, struct ek_workspace *work,
                   const struct ek_place *place);
ek_status ek_tile_create(int slots, ek_precision precision, struct ek_tile *tile);

/* ---- messages of a reshuffle ---------------------------------------------------------------- */

/* Amplitudes number [first, first + count) of those with (local index & fixed) == value, which go
 * to one partner. */
struct ek_parcel {
    uint64_t fixed, value;
    size_t first, count;
    int partner;
};
/* Where the parcel lies in a row: in the state itself, or in the buffer that it is copied to. */
const void *ek_parcel_pack(const ek_state *state, const struct ek_parcel *parcel, void *buffer);
void ek_parcel_unpack(const ek_state *state, const struct ek_parcel *parcel, void *buffer);

/* Exchanges rank slots with local slots. Collective. */
void ek_reshuffle_run(ek_program *program, int swap_count, const struct ek_swap *swaps,
                      ek_state *state);
/* Exchanges all amplitudes with a partner rank. */
void ek_exchange_all(ek_program *program, int partner, ek_state *state);
/* Moves amplitudes until the state has this layout. Collective. */
void ek_relayout_run(ek_program *program, const struct ek_layout *layout, ek_state *state);
/* Runs a FOURIER or PERMUTE pass. Local. */
void ek_fourier_run(ek_program *program, const struct ek_pass *pass, const struct ek_stage *stage,
                    ek_state *state);
/* Im <left|s><s|right>, on all ranks. Collective. */
double ek_grover_probe(ek_program *program, const struct ek_tile_op *op,
                       const struct ek_stage *stage, const ek_state *left, const ek_state *right);
/* Runs a wide pass. Collective over the ranks that share memory. */
void ek_wide_run(ek_program *program, const struct ek_pass *pass, const struct ek_stage *stage,
                 ek_state *state);
/* Im <left|P|right> of its Pauli string, on all ranks. Collective. */
double ek_wide_probe(ek_program *program, const struct ek_pass *pass,
                     const struct ek_stage *stage, const ek_state *left, const ek_state *right);
/* psi += factor <s|psi> |s>. Collective. */
void ek_grover_run(ek_program *program, const struct ek_tile_op *op, const struct ek_stage *stage,
                   ek_state *state);

#endif
