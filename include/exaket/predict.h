/* What a plan will need on a machine that need not be here: memory, bytes, seconds. Local; without
 * MPI. Numbers that can exceed 64 bits (60 qubits on one rank are 2^64 bytes) are doubles. */
#ifndef EXAKET_PREDICT_H
#define EXAKET_PREDICT_H

#include <exaket/bench.h>
#include <exaket/dynamic.h>
#include <exaket/pauli.h>
#include <exaket/problem.h>
#include <exaket/program.h>
#include <exaket/qaoa.h>
#include <exaket/sweep.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the machine ---------------------------------------------------------------------------- */

/* What a machine's bandwidths, latencies, speeds and memory can be, in the units of their names:
 * with others predictions would overflow. */
#define EK_MACHINE_LEAST 1e-12
#define EK_MACHINE_MOST 1e30

/* Reads what ek_bench_machine_save wrote; "note" may hold words of one's own, and what is missing
 * stays as it was. EK_ERROR_FILE, EK_ERROR_PARSE (no object, another key or none of a machine, or
 * a value that is no number from EK_MACHINE_LEAST to EK_MACHINE_MOST). */
ek_status ek_bench_machine_load(const char *path, ek_bench_machine *machine);

/* What plans depend on: vectors of the options' precision, and caches. What the machine does not
 * tell stays as it was. Local. */
void ek_machine_plan_options(const ek_bench_machine *machine, ek_plan_options *options);

/* Cores and memory of this node. */
int ek_hardware_cores(void);
double ek_hardware_memory_bytes(void);

/* ---- predictions ---------------------------------------------------------------------------- */

/* Zero means the default everywhere. */
typedef struct ek_predict_options {
    int ranks_per_node;            /* power of two; default 1 */
    double memory_per_node_bytes;  /* default: this node's */
    int states;                    /* held at once; default 1 */
    ek_bench_machine machine;      /* default 100e9, 12.5e9 (bytes per second of a node), 2e-6 s,
                                    * 1e9 (bytes per second, of all nodes), 30, 1e9 per second;
                                    * of tiles the memory's bandwidth */
} ek_predict_options;

typedef struct ek_prediction {
    int qubits, ranks, nodes, ranks_per_node, threads;
    int state_qubits; /* of a state: fewer than `qubits` where symmetry halves it */
    int states;       /* held at once */
    ek_precision precision;
    int stages, reshuffles, passes;
    double state_bytes_per_rank; /* of one of them */
    double buffer_bytes_per_rank, memory_per_node_bytes;
    bool fits;
    int min_ranks; /* fewest on which it fits, as many to a node; 0 when there is none */
    double bytes_sent_per_rank, bytes_sent_total;
    double checkpoint_bytes;
    double pass_seconds;     /* memory or arithmetic, pass by pass whichever takes longer */
    double memory_seconds, arithmetic_seconds; /* each alone */
    double exchange_seconds; /* between nodes and inside them */
    double observe_seconds;  /* of values and derivatives; 0 of a circuit alone */
    double checkpoint_seconds; /* of one checkpoint; not part of the total */
    double longest_step_seconds; /* of the passes and exchanges, between which a run can stop */
    double lead_seconds;       /* that a signal must come before the job's end, for the run to stop
                                * and to save its state: one and a half times the two above, and
                                * 10 s */
    double total_seconds;      /* passes, exchanges and observation of one run */
} ek_prediction;

/* EK_ERROR_ARGUMENT for options out of range. */
ek_status ek_plan_predict(const ek_plan *plan, const ek_predict_options *options,
                          ek_prediction *prediction);

/* What is asked of the state at the end. */
typedef struct ek_observation {
    bool diagonal;     /* the mean of the plan's first diagonal function, such as a QAOA's cost */
    size_t term_count; /* that of a Pauli sum */
    const ek_pauli_term *terms;
    bool derivatives;  /* of them by all parameters of the circuit, on a second state */
} ek_observation;
/* Likewise of one evaluation: the circuit, the value, and the way back to derivatives, whose
 * passes, reshuffles and bytes are in the counts too. EK_ERROR_ARGUMENT as well for terms beyond
 * the qubits; EK_ERROR_UNSUPPORTED for an operation without a known derivative. */
ek_status ek_plan_predict_observed(const ek_plan *plan, const ek_observation *what,
                                   const ek_predict_options *options, ek_prediction *prediction);

/* ---- plans of what people have; the caller destroys the plan -------------------------------- */

/* The gates of a program that ek_dynamic_run would run, in one plan. Where outcomes are drawn on
 * the way, the way on which all are 0 is taken, and *draws (may be null) counts them; the gates
 * between draws then run as plans of their own, with at least as many passes. Fails as
 * ek_dynamic_run does. */
ek_status ek_dynamic_plan(const ek_dynamic *program, const ek_plan_options *options,
                          ek_plan **plan, size_t *draws);

/* One evaluation of QAOA: the circuit of all layers. Fails as ek_qaoa_create does. */
ek_status ek_qaoa_plan(const ek_problem *problem, const ek_qaoa_options *qaoa,
                       const ek_plan_options *options, ek_plan **plan);

/* Of a sweep: the plan of its costliest evaluation, and how much there is to do. */
typedef struct ek_sweep_outlook {
    size_t points, problems;
    size_t evaluations_max; /* over all points */
    int qubits_min, qubits_max, layers_max;
    double seconds; /* of all evaluations one after the other, each on all ranks, at most */
    ek_prediction evaluation;      /* the costliest: with its derivatives, where they are needed */
    double memory_per_rank_bytes;  /* of the largest point, at most */
} ek_sweep_outlook;
/* Fails as ek_sweep_plan does; of the options only the spec's path and the overrides count. A
 * problem that cannot be read fails here. */
ek_status ek_sweep_predict(const ek_sweep_options *sweep, const ek_plan_options *options,
                           const ek_predict_options *machine, ek_sweep_outlook *outlook,
                           ek_plan **plan);

/* ---- printing ------------------------------------------------------------------------------- */

/* What "exaket plan" prints; freed with ek_text_free. `outlook` is null but for sweeps, `explain`
 * is the plan's text or null. */
typedef struct ek_plan_report {
    const char *name; /* of the file */
    int qubits;       /* that a program declares; 0: as many as the prediction has */
    const ek_prediction *prediction;
    const ek_sweep_outlook *outlook;
    size_t draws;
    const char *explain;
} ek_plan_report;
ek_status ek_plan_json(const ek_plan_report *report, char **text);
ek_status ek_plan_text(const ek_plan_report *report, char **text);

#ifdef __cplusplus
}
#endif
#endif
