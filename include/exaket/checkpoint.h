/* Checkpoints: a run of days that is interrupted anywhere goes on, on any number of ranks. */
#ifndef EXAKET_CHECKPOINT_H
#define EXAKET_CHECKPOINT_H

#include <exaket/shots.h>

#include <signal.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is looked at on the way, against memory and networks that lie. */
typedef enum ek_check {
    EK_CHECK_NONE = 0,
    EK_CHECK_NORM, /* the norm after the last pass, before each reshuffle and each checkpoint */
    EK_CHECK_FULL  /* after each pass, and a checksum of all amplitudes around every reshuffle */
} ek_check;

#define EK_CHECKPOINT_AUTO (-1.0)

/* Zero means the default everywhere. The same on all ranks. */
typedef struct ek_checkpoint_options {
    const char *path;     /* null: none are written. The generation before is path.previous */
    double every_seconds; /* default: only when the run is stopped. EK_CHECKPOINT_AUTO: as measured
                           * write time and mtbf_seconds demand (Daly 2006) */
    double mtbf_seconds;  /* mean time between failures of the whole job; default a day */
    double max_seconds;   /* stop after so long; default: never */
    const volatile sig_atomic_t *stop; /* borrowed; stop when it becomes non-zero on any rank */
    int resume;        /* go on from `path`, or from its previous generation; from the start when
                        * neither is there */
    int any_precision; /* also from a checkpoint of the other precision */
    int required;      /* a checkpoint that cannot be written ends the run */
    ek_check check;
    ek_plan_options plan; /* of ek_checkpoints_run: tiles, blocks, Fourier transforms */
} ek_checkpoint_options;

/* Looks after runs of circuits: between two passes it writes a checkpoint when that is due, stops
 * when it must, and goes back to the last checkpoint when a check fails. */
typedef struct ek_runner ek_runner;

/* Creates what ek_shots_options takes as `runner`, for one run. Collective. EK_ERROR_ARGUMENT for
 * options out of range, EK_ERROR_MISMATCH when ranks give different ones, EK_ERROR_FILE when
 * `path` is there, not to resume from, and is no checkpoint, or its folder cannot be written,
 * EK_ERROR_BUSY when another runner has it, in this process or elsewhere: it is locked by
 * .NAME.lock beside it until it is destroyed, where the file system has locks. */
ek_status ek_checkpoints_create(ek_session *session, const ek_checkpoint_options *options,
                                ek_runner **runner);
/* Local; accepts null. */
void ek_checkpoints_destroy(ek_runner **runner);

/* Runs a circuit from `initial` (null: from the state as it is), as ek_program_run does, under a
 * runner. Collective. EK_ERROR_INTERRUPTED when it was stopped, with a checkpoint behind it; then,
 * and after any failure on the way, the state is good for nothing but to be prepared anew.
 * EK_ERROR_MISMATCH when the checkpoint is damaged, or of another circuit; EK_ERROR_NUMERIC when
 * checks fail again and again; EK_ERROR_UNSUPPORTED with functions of the register that are code
 * (ek_diagonal_create_function), which no file can keep. */
ek_status ek_checkpoints_run(ek_runner *runner, const ek_circuit *circuit,
                             const double *parameters, const ek_initial *initial,
                             ek_state *state);

typedef struct ek_checkpoint_summary {
    int written, failed, rollbacks;
    int resumed;           /* from a checkpoint */
    double write_seconds;  /* of the last one */
    double every_seconds;  /* the interval now; 0: only when stopped */
} ek_checkpoint_summary;
void ek_checkpoints_summarize(const ek_runner *runner, ek_checkpoint_summary *summary);

/* The interval of checkpoints that loses least: Daly (2006), equation 37. Seconds, all. Local. */
double ek_checkpoint_interval(double write_seconds, double mtbf_seconds);

/* ---- files ---------------------------------------------------------------------------------- */

typedef struct ek_checkpoint_info {
    int schema, qubits, ranks;
    ek_precision precision;
    double norm, seconds; /* of computing until then */
    uint64_t passes, passes_total; /* done and planned when it was written */
    uint64_t operations_left;
    uint64_t circuit;  /* digest of what was run */
    uint64_t draws;    /* outcomes of measurements so far: the position in the random numbers */
    uint64_t blocks, bytes;
} ek_checkpoint_info;

/* Reads what a checkpoint says of itself, itself checked; with `verify`, all of its blocks too.
 * Local. EK_ERROR_FILE, EK_ERROR_MISMATCH when it is damaged. */
ek_status ek_checkpoint_look(const char *path, int verify, ek_checkpoint_info *info);

/* Writes the amplitudes as HDF5 in logical order: /amplitudes, 2^qubits compounds {r, i}, qubit 0
 * the lowest bit of an index, qubits as they are named at the end of the circuit. In slices, so
 * that it needs little memory. Verifies first. Local. EK_ERROR_FILE, EK_ERROR_MISMATCH,
 * EK_ERROR_ARGUMENT when both are one file. */
ek_status ek_checkpoint_export(const char *path, const char *output);

#ifdef __cplusplus
}
#endif
#endif
