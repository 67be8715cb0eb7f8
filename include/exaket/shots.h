/* Measurement with collapse, and runs of dynamic programs: shots and exact distributions. */
#ifndef EXAKET_SHOTS_H
#define EXAKET_SHOTS_H

#include <exaket/dynamic.h>
#include <exaket/pauli.h>
#include <exaket/program.h>
#include <exaket/state.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- one qubit of a state: all collective, in any layout ------------------------------------ */

/* Probability that the qubit is 1, relative to the norm. EK_ERROR_ARGUMENT for a qubit out of
 * range, EK_ERROR_BUSY for a borrowed state, EK_ERROR_NUMERIC when the norm is not positive. */
ek_status ek_state_probability_of_one(const ek_state *state, int qubit, double *probability);
/* Projects the qubit on `outcome` (0 or 1) and makes the norm 1. In place. As above;
 * EK_ERROR_NUMERIC for an impossible outcome, which leaves the state as it was. */
ek_status ek_state_collapse(ek_state *state, int qubit, int outcome);
/* Projects the qubit on `outcome` and puts it into |0>. Moves no amplitudes. As above. */
ek_status ek_state_reset(ek_state *state, int qubit, int outcome);

/* ---- runs ----------------------------------------------------------------------------------- */

/* Zero means the default everywhere. The same on all ranks. */
typedef struct ek_shots_options {
    size_t shots; /* fewer than 2^40; 0: none are drawn */
    uint64_t seed;
    size_t probabilities; /* how many of the most likely outcomes, exactly; 0: none */
    ek_precision precision;
    ek_qft_method qft; /* how Fourier transforms run that are found in the program */
    size_t memory_bytes; /* of saved states per rank, where a program branches; default 64 MiB.
                          * Where a rank can hold a state and a copy in this much, each rank has
                          * one of its own and follows its share of the branches; likewise pairs
                          * of ranks, and so on */
    const ek_state *initial; /* as many qubits as the program, of the same session and precision;
                              * null: |0...0> */
    int keep_state;          /* the result keeps the state of the end */
    int needs_state;         /* and a run that branches is refused: before any gate runs where that
                              * is easily told, else where it first branches */
    int whole_register;      /* that state has all qubits, also those never used */
    struct ek_runner *runner; /* of <exaket/checkpoint.h>; null: the run cannot be interrupted */
} ek_shots_options;

/* An outcome is `words` numbers of 64 bits: bit b of the outcome is bit b % 64 of word b / 64. The
 * bits are the program's classical ones or, for a program that never measures, its qubits as
 * declared. */
typedef struct ek_shots_result {
    int qubits; /* as declared */
    int clbits;
    int over_qubits; /* the outcomes' bits are the qubits */
    size_t words;
    size_t outcome_count; /* drawn, by increasing outcome; `shots` in all */
    uint64_t *outcomes, *counts;
    int has_probabilities; /* false when not asked for, or too many branches */
    size_t probable_count; /* most likely first, equals by increasing outcome */
    uint64_t *probable;
    double *probabilities;
    ek_state *state; /* when asked for; null when it depends on outcomes in the middle. Before the
                      * measurements that are final */
    int *place;      /* of each qubit of the program in the state, -1: never used, |0> */
    int program_qubits; /* entries of place */
    double norm;        /* of the state of the end; of the last one where there are several;
                         * negative where none is reached: without shots nobody takes a branch */
    size_t leaves;      /* states of the end: 1 when nothing branched */
    int groups;         /* of ranks, that shared the branches; each held the whole state, as do all
                         * ranks of the tiny one of a long program */
    double plan_seconds, execute_seconds, sample_seconds;
    int stages, reshuffles, passes; /* over all that ran */
    uint64_t bytes_sent;            /* by all ranks */
    uint64_t state_bytes_per_rank;  /* of one state */
} ek_shots_result;

/* Runs a program: shots, exact probabilities, the state. Collective; the result is the same on all
 * ranks, and its counts are the same for a seed on any number of ranks and threads. The caller
 * clears the result. Where measurements are final they are sampled from one state; elsewhere the
 * run branches, and shots with the same outcomes so far share their work.
 *
 * EK_ERROR_ARGUMENT (an input that is not set, the initial state, a state that is needed but
 * depends on outcomes), EK_ERROR_RANKS, EK_ERROR_MEMORY, EK_ERROR_MISMATCH (ranks give different
 * programs, inputs or options), EK_ERROR_NUMERIC with the place in the program (a loop beyond its
 * bound, division by zero), EK_ERROR_UNSUPPORTED (operations that hold functions). */
ek_status ek_dynamic_run(ek_session *session, const ek_dynamic *program,
                         const ek_shots_options *options, ek_shots_result *result);
void ek_shots_result_clear(ek_shots_result *result);

/* EK_ERROR_NUMERIC when the norm of the end is not what it was at first, as no sum of rounding
 * errors explains: memory or network are at fault. Local. */
ek_status ek_shots_check_norm(const ek_shots_result *result, ek_precision precision,
                              double at_first);

/* An outcome as Qiskit prints it: the last declared register first, registers of bits separated by
 * blanks, qubits not. `text` has room for the ek_outcome_bytes that this takes, its end included.
 * Local. */
void ek_outcome_text(const ek_dynamic *program, int over_qubits, const uint64_t *outcome,
                     char *text);
size_t ek_outcome_bytes(const ek_dynamic *program, int over_qubits);

/* Amplitudes of basis states of the program's qubits (program_qubits of them, bit q for qubit q),
 * from the state that the result keeps. Collective. EK_ERROR_ARGUMENT for an index out of range
 * or a result without a state. */
ek_status ek_shots_amplitudes(const ek_shots_result *result, size_t count, const uint64_t *indices,
                              ek_complex *amplitudes);
/* The `count` most likely basis states, fewer when no more have a probability above 0; gives how
 * many. Equals by increasing index. Collective. */
ek_status ek_shots_top(const ek_shots_result *result, size_t *count, uint64_t *indices);

/* ek_expect_pauli over the program's qubits on the state that the result keeps. */
ek_status ek_shots_expect_pauli(const ek_shots_result *result, size_t count,
                                const ek_pauli_term *terms, double *value);

#ifdef __cplusplus
}
#endif
#endif
