/* Plans and programs: a circuit made ready to run many times with different parameters. */
#ifndef EXAKET_PROGRAM_H
#define EXAKET_PROGRAM_H

#include <exaket/circuit.h>
#include <exaket/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- plan: pure arithmetic on a circuit's structure; needs neither MPI nor amplitudes ------- */

typedef struct ek_plan ek_plan;

/* How Fourier transforms run: as gates, by FFTW, or as a cost model says. */
typedef enum ek_qft_method { EK_QFT_AUTO = 0, EK_QFT_GATES, EK_QFT_FFTW } ek_qft_method;

/* Zero means the default everywhere. */
typedef struct ek_plan_options {
    int ranks;             /* power of two; default 1 */
    int threads;           /* per rank; default 1 */
    int shared_ranks; /* consecutive ranks that work on each other's memory: a power of two, at
                       * most ranks; default 1 */
    ek_precision precision;
    size_t exchange_bytes; /* message buffers per rank; default 16 MiB */
    int tile_qubits; /* amplitudes resident in cache: 2^tile_qubits; default from l2_bytes */
    int block_qubits; /* likewise in first-level cache, at most tile_qubits; default from
                       * l1_bytes */
    int lane_qubits, register_qubits; /* amplitudes in a vector register: 2^lane_qubits; vectors
                                       * of a trip: 2^register_qubits, at most 8; default 3 and 3.
                                       * Programs have their instruction set's, and 3 */
    size_t l1_bytes, l2_bytes; /* caches of a core; default this machine's */
    int tiled; /* not 0: all passes on tiles and all operations as they are, for who works on
                * several states at once */
    ek_qft_method qft; /* EK_QFT_FFTW fails with EK_ERROR_UNSUPPORTED in a build without it */
} ek_plan_options;

typedef struct ek_plan_summary {
    int qubits, ranks;
    int stages, reshuffles, passes;
    uint64_t bytes_sent_per_rank;
    int states;                     /* held at once by who uses the plan: 2 for derivatives */
    uint64_t state_bytes_per_rank;  /* of one of them */
    uint64_t buffer_bytes_per_rank; /* tiles and messages; diagonal tables included */
} ek_plan_summary;

/* Plans a circuit; `options` may be null. Local. The circuit may be destroyed afterwards.
 * EK_ERROR_RANKS when an operation mixes more qubits than a rank holds, or the ranks are not a
 * power of two, leave a rank without a qubit, or cannot share memory so; EK_ERROR_ARGUMENT for
 * other options out of range. */
ek_status ek_plan_create(const ek_circuit *circuit, const ek_plan_options *options,
                         ek_plan **plan);
/* Frees and nulls the handle of a plan of the caller's; accepts null. Local. */
void ek_plan_destroy(ek_plan **plan);
/* What the plan needs, as numbers of the caller's; bytes beyond 64 bits are UINT64_MAX. Local. */
void ek_plan_summarize(const ek_plan *plan, ek_plan_summary *summary);
/* The plan as text, one line per step, to be freed with ek_text_free. Local. */
ek_status ek_plan_describe(const ek_plan *plan, char **text);
/* Frees and nulls a text that a function of this library gave to be freed so; *text may be null,
 * `text` not. Local. */
void ek_text_free(char **text);

/* ---- program: a plan with its buffers, bound to a session ----------------------------------- */

typedef struct ek_program ek_program;

/* Plans `circuit` for this session and allocates what its runs need. Collective. `options` may be
 * null; its ranks, threads, shared_ranks and exchange_bytes are taken from the session.
 * Fails as ek_plan_create does, and with EK_ERROR_MEMORY; EK_ERROR_MISMATCH when ranks give
 * different circuits, precisions or ways to run. */
ek_status ek_program_create(ek_session *session, const ek_circuit *circuit,
                            const ek_plan_options *options, ek_program **program);
/* Local; accepts null. */
void ek_program_destroy(ek_program **program);
/* The program's own plan, borrowed: as long as the program lives. Local. */
const ek_plan *ek_program_plan(const ek_program *program);

/* Runs the program on a state: from `initial`, or from the state as it is when that is null (then
 * amplitudes may first move between ranks to the order that the plan begins with). `parameters`
 * has ek_circuit_parameters entries, the same on all ranks. Collective. Fails before it touches
 * the state: EK_ERROR_MISMATCH (qubits, precision or session differ), EK_ERROR_NUMERIC (a
 * parameter is not finite), EK_ERROR_ARGUMENT (initial), EK_ERROR_BUSY (borrowed state). */
ek_status ek_program_run(ek_program *program, const double *parameters, const ek_initial *initial,
                         ek_state *state);

/* Plans, runs and forgets: for circuits that run once. Collective. */
ek_status ek_circuit_run(const ek_circuit *circuit, const double *parameters, ek_state *state);

#ifdef __cplusplus
}
#endif
#endif
