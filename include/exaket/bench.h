/* Benchmarks: workloads of known circuits, timed against one trip through the memory that holds
 * the state. Machines differ and are noisy; the unit is the stream pass, the time of y[i] *= a
 * over all amplitudes in place, measured in the same process between the runs. */
#ifndef EXAKET_BENCH_H
#define EXAKET_BENCH_H

#include <exaket/program.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ek_bench_workload {
    EK_BENCH_GATE = 0,       /* one H on one slot, planned alone; on a product state */
    EK_BENCH_RANDOM_CIRCUIT, /* layers of sqrt(X), sqrt(Y) or T, never the same twice in a row on a
                              * qubit, each followed by CZ on even or odd neighbours; from |0...0>,
                              * which is made anew in each run */
    EK_BENCH_QFT,            /* Fourier transform of the register, its order right in the layout;
                              * on a product state */
    EK_BENCH_QAOA,           /* MaxCut on a random 3-regular graph with weights of 1, and its
                              * energy; from |+...+> */
    EK_BENCH_QUANTUM_VOLUME, /* layers of Haar-random two-qubit gates on random pairs (Cross et al.
                              * 2019); from |0...0> */
    EK_BENCH_VQE_ANSATZ,     /* layers of RY and RZ on each qubit and a ladder of CNOT; from
                              * |0...0> */
    EK_BENCH_PAULI_SUM,      /* expectation of 200 random Pauli strings of weight 1 to 4 in the
                              * state that the ansatz gives; only the expectation is timed */
    EK_BENCH_STREAM,         /* the stream pass itself */
    EK_BENCH_COUNT
} ek_bench_workload;

/* "gate", "random-circuit", "qft", "qaoa", "quantum-volume", "vqe-ansatz", "pauli-sum", "stream";
 * null behind the last. Local. */
const char *ek_bench_name(ek_bench_workload workload);

/* Zero means the default everywhere. The same on all ranks. */
typedef struct ek_bench_options {
    ek_bench_workload workload;
    int qubits; /* default 20 */
    int layers; /* default 20 of a random circuit, 10 of QAOA, 4 of the ansatz, and as many as
                 * there are qubits for quantum volume; the others have none */
    int slot;   /* of the gate, in a state whose qubit q is on slot q */
    ek_precision precision;
    int repeat; /* runs that are timed, default 5; one more before them is not */
    uint64_t seed;
    ek_qft_method qft;
} ek_bench_options;

enum { EK_BENCH_AMPLITUDES = 4 };

typedef struct ek_bench_result {
    ek_bench_options options; /* with their defaults; layers 0 where there are none */
    double seconds_min, seconds_median, seconds_max; /* of one run, on the slowest rank */
    double stream_pass_seconds; /* median; likewise */
    double stream_bytes_per_second; /* read and written, over all ranks */
    double plan_seconds; /* of the plan alone, on this rank */
    double prepare_seconds; /* of all that happens once: state, plan, tables, first run */
    int planned_passes; /* -1 where nothing is planned */
    int reshuffles;
    uint64_t bytes_sent_per_rank; /* in one run */
    uint64_t state_bytes_per_rank;
    uint64_t peak_rss_bytes_per_rank; /* of the rank with the highest */
    double norm;   /* here and below: after the first run, to compare */
    double energy; /* NaN where there is none */
    uint64_t indices[EK_BENCH_AMPLITUDES];
    ek_complex amplitudes[EK_BENCH_AMPLITUDES];
} ek_bench_result;

/* Measures one workload. Collective. Holds one state and what its plan needs, no copy.
 * EK_ERROR_ARGUMENT for options out of range or that the workload cannot have; EK_ERROR_RANKS and
 * EK_ERROR_MEMORY as ek_state_create. */
ek_status ek_bench_run(ek_session *session, const ek_bench_options *options,
                       ek_bench_result *result);

/* The result as one JSON object, to be freed with ek_text_free. Local. EK_ERROR_MEMORY. */
ek_status ek_bench_json(const ek_session *session, const ek_bench_result *result, char **text);

#ifdef __cplusplus
}
#endif
#endif
