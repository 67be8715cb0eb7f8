/* Benchmarks: workloads of known circuits, timed against one trip through the memory that holds
 * the state. Machines differ and are noisy; the unit is the stream pass, the time of y[i] *= a
 * over all amplitudes in place, measured in the same process between the runs. */
#ifndef EXAKET_BENCH_H
#define EXAKET_BENCH_H

#include <exaket/program.h>

#include <stdbool.h>
#include <stddef.h>

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
                              * energy; from |+...+>. Where the qubits are odd the last has no
                              * edge */
    EK_BENCH_QUANTUM_VOLUME, /* layers of Haar-random two-qubit gates on random pairs (Cross et al.
                              * 2019); from |0...0> */
    EK_BENCH_VQE_ANSATZ,     /* layers of RY and RZ on each qubit and a ladder of CNOT; from
                              * |0...0> */
    EK_BENCH_PAULI_SUM,      /* expectation of 200 random Pauli strings of weight 1 to 4 in the
                              * state that the ansatz gives; only the expectation is timed */
    EK_BENCH_GRADIENT,       /* of that sum in that state by all parameters of the ansatz; holds
                              * two states */
    EK_BENCH_STREAM,         /* the stream pass itself */
    EK_BENCH_COUNT
} ek_bench_workload;

/* "gate", "random-circuit", "qft", "qaoa", "quantum-volume", "vqe-ansatz", "pauli-sum",
 * "gradient", "stream"; null behind the last. Local. */
const char *ek_bench_name(ek_bench_workload workload);

/* Of all that is measured here: runs, and layers. */
enum { EK_BENCH_REPEAT_MAX = 10000, EK_BENCH_LAYERS_MAX = 10000 };

/* Zero means the default everywhere. The same on all ranks. */
typedef struct ek_bench_options {
    ek_bench_workload workload;
    int qubits; /* default 20; of the stream as many as give each rank 2^26 amplitudes */
    int layers; /* default 20 of a random circuit, 10 of QAOA, 4 of the ansatz, and as many as
                 * there are qubits for quantum volume; the others have none */
    int slot;   /* of the gate, in a state whose qubit q is on slot q */
    ek_precision precision;
    int repeat; /* runs that are timed, default 5; one more before them is not */
    uint64_t seed;
    ek_qft_method qft; /* of the Fourier transform */
} ek_bench_options;

enum { EK_BENCH_AMPLITUDES = 4 };

typedef struct ek_bench_result {
    ek_bench_options options; /* with their defaults; layers 0 where there are none */
    double seconds_min, seconds_median, seconds_max; /* of one run, on the slowest rank */
    double stream_pass_seconds; /* median; likewise */
    double value_seconds; /* of a gradient: likewise of its value alone; else 0 */
    double gflops_per_thread; /* of what the plan does, counted as ek_plan_predict does; of a
                               * stream: of a thread in cache; 0 where nothing is planned */
    double lookups_per_second_per_thread, tile_bytes_per_second; /* see ek_bench_machine */
    double predicted_seconds; /* of one run, by ek_plan_predict_observed with the bandwidth and the
                               * speed of threads measured beside it; 0 of a stream */
    double stream_bytes_per_second; /* read and written, over all ranks */
    int nodes;
    double plan_seconds; /* of the plan alone, on this rank */
    double prepare_seconds; /* of all that happens once: state, plan, tables, first run */
    int planned_passes; /* -1 where nothing is planned */
    int reshuffles;
    uint64_t bytes_sent_per_rank; /* in one run */
    uint64_t state_bytes_per_rank; /* of one state */
    int states;                    /* held at once */
    uint64_t peak_rss_bytes_per_rank; /* of the rank with the highest */
    double norm;   /* here and below: after the first run, to compare */
    double energy; /* NaN where there is none */
    double gradient_norm; /* likewise */
    uint64_t indices[EK_BENCH_AMPLITUDES];
    ek_complex amplitudes[EK_BENCH_AMPLITUDES];
} ek_bench_result;

/* Measures one workload. Collective. Holds one state and what its plan needs; gradients two.
 * EK_ERROR_ARGUMENT for options out of range or that the workload cannot have; EK_ERROR_RANKS and
 * EK_ERROR_MEMORY as ek_state_create. */
ek_status ek_bench_run(ek_session *session, const ek_bench_options *options,
                       ek_bench_result *result);

/* Messages between pairs of ranks, all pairs at once. Zero means the default everywhere. */
typedef struct ek_bench_exchange_options {
    int repeat; /* batches of messages that are timed, default 5 */
    int long_messages, short_messages; /* of a batch, default 128 and 200 */
} ek_bench_exchange_options;

enum { EK_BENCH_DISTANCES_MAX = 32 };

typedef struct ek_bench_exchange_result {
    int nodes;
    uint64_t message_bytes; /* of long ones; as in a reshuffle, so many are on their way as the
                             * session's exchange_bytes hold, at most 32 each way */
    int distances;          /* log2 of the ranks: rank r exchanges with r ^ 2^d */
    struct {
        double bytes_per_second; /* that a rank sends while it receives as many; median, of the
                                  * slowest rank */
        double latency_seconds;  /* of an exchange of 8 bytes; likewise */
        bool between_nodes;      /* of any pair */
    } distance[EK_BENCH_DISTANCES_MAX];
    double network_bytes_per_second; /* that a node sends, at the worst distance between nodes */
    double network_latency_seconds;  /* likewise; both NaN on one node */
} ek_bench_exchange_result;

/* Collective. EK_ERROR_RANKS on one rank, or when the ranks are no power of two;
 * EK_ERROR_ARGUMENT. */
ek_status ek_bench_exchange(ek_session *session, const ek_bench_exchange_options *options,
                            ek_bench_exchange_result *result);

/* A state as a checkpoint on a disk. Zero means the default everywhere. */
typedef struct ek_bench_checkpoint_options {
    int qubits; /* default 20 */
    ek_precision precision;
    int repeat;         /* default 5 */
    const char *folder; /* where files are made, and removed again; default "." */
} ek_bench_checkpoint_options;

/* Medians, of the slowest rank. */
typedef struct ek_bench_checkpoint_result {
    int qubits;
    ek_precision precision;
    double bytes; /* of the amplitudes, of all ranks */
    double write_seconds, read_seconds; /* with all checksums; on the disk, and from it */
    double plain_write_seconds; /* each rank's amplitudes to a file of its own and to the disk, in
                                 * pieces of 4 MiB: what dd does */
} ek_bench_checkpoint_result;

/* Collective. EK_ERROR_ARGUMENT; EK_ERROR_FILE where the folder cannot be written or is full;
 * otherwise as ek_state_create. */
ek_status ek_bench_checkpoint(ek_session *session, const ek_bench_checkpoint_options *options,
                              ek_bench_checkpoint_result *result);

/* One kernel after the other on tiles that lie in the second-level cache, and on the whole state.
 * Zero means the default everywhere. */
typedef struct ek_bench_kernels_options {
    ek_precision precision;
    int qubits; /* of the state in memory, on each rank: at least 12, default 1 GiB */
    int repeat; /* batches of calls that are timed, default 5 */
} ek_bench_kernels_options;

enum { EK_BENCH_KERNELS_MAX = 32 };

typedef struct ek_bench_kernels_result {
    const char *instruction_set;
    ek_precision precision;
    int threads, tile_qubits;
    double peak_flops_per_second;   /* here and below: of all threads of this rank together */
    double memory_bytes_per_second; /* of the stream pass, read and written */
    int count;
    struct {
        const char *name;
        bool in_memory;            /* on the whole state */
        double seconds;            /* of one tile, or one pass; median */
        double flops_per_second;   /* of those that are needed; 0 where amplitudes only move */
        double bytes_per_second;   /* of amplitudes, read and written */
    } kernel[EK_BENCH_KERNELS_MAX];
} ek_bench_kernels_result;

/* Collective: all ranks measure at once, each for itself. EK_ERROR_ARGUMENT; otherwise as
 * ek_state_create. */
ek_status ek_bench_kernels(ek_session *session, const ek_bench_kernels_options *options,
                           ek_bench_kernels_result *result);

/* What a planner must know of a machine. Zero means not measured. */
typedef struct ek_bench_machine {
    double memory_bandwidth_bytes_per_second;  /* of a node, read and written */
    double tile_bandwidth_bytes_per_second;    /* likewise, of passes over tiles */
    double network_bandwidth_bytes_per_second; /* of a node, each way */
    double network_latency_seconds;
    double checkpoint_bandwidth_bytes_per_second;
    double gflops_per_thread;
    double lookups_per_second_per_thread; /* amplitudes in cache times phases that a table gives */
    double vector_bytes;                  /* of the instruction set */
    double l1_cache_bytes, l2_cache_bytes; /* of a core */
    int network_distances; /* that were measured, all nodes at once: node k with node k ^ 2^d.
                            * Those beyond have the network's bandwidth and latency above */
    struct {
        double bandwidth_bytes_per_second, latency_seconds;
    } network_distance[EK_BENCH_DISTANCES_MAX];
} ek_bench_machine;

/* The vectors and caches of this node's processor, as far as they are known; the other numbers
 * stay. Local. */
void ek_bench_processor(ek_bench_machine *machine);

/* The network's numbers from messages between nodes; the others stay. Local. */
void ek_bench_exchange_machine(const ek_session *session, const ek_bench_exchange_result *result,
                               ek_bench_machine *machine);

/* Writes the measured numbers into a machine file: one JSON object with the names above as keys,
 * and "network_distances": [{"node_xor": 1, "bandwidth_bytes_per_second": ...,
 * "latency_seconds": ...}, ...]. What else a file of that name holds is kept. Appears whole or
 * not at all; without a measured number nothing is written. Collective. EK_ERROR_FILE,
 * EK_ERROR_PARSE when the file is there but is no JSON object. */
ek_status ek_bench_machine_save(ek_session *session, const ek_bench_machine *machine,
                                const char *path);

/* Results as one JSON object, to be freed with ek_text_free: of one workload, of several as
 * {"results": [...]}, of messages, of checkpoints, and of kernels. Local. EK_ERROR_MEMORY. */
ek_status ek_bench_json(const ek_session *session, const ek_bench_result *result, char **text);
ek_status ek_bench_list_json(const ek_session *session, size_t count,
                             const ek_bench_result *results, char **text);
ek_status ek_bench_exchange_json(const ek_session *session,
                                 const ek_bench_exchange_result *result, char **text);
ek_status ek_bench_checkpoint_json(const ek_session *session,
                                   const ek_bench_checkpoint_result *result, char **text);
ek_status ek_bench_kernels_json(const ek_session *session, const ek_bench_kernels_result *result,
                                char **text);

#ifdef __cplusplus
}
#endif
#endif
