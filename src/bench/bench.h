/* bench: measures the library. Owns workloads (circuits, states and observables of known kind) and
 * their timing, and the validation of machines. May include every room but sweep and cli. */
#ifndef EK_BENCH_ROOM_H
#define EK_BENCH_ROOM_H

#include "observe/observe.h"

#include <exaket/bench.h>
#include <exaket/run.h>

/* What one workload runs and how it begins. */
struct ek_work {
    ek_circuit *circuit; /* null: none */
    double *parameters;
    double *theta;       /* angles of the product state that it begins in; null: `initial` */
    ek_initial initial;
    ek_diagonal *diagonal;
    size_t term_count;
    ek_pauli_term *terms;
};

/* Fills in defaults. Local. EK_ERROR_ARGUMENT. */
ek_status ek_bench_complete(const ek_bench_options *options, int ranks,
                            ek_bench_options *complete);
/* Builds the work of complete options; the caller clears it, also after a failure. Local. */
ek_status ek_work_create(const ek_bench_options *options, struct ek_work *work);
void ek_work_clear(struct ek_work *work);

/* The workloads' circuits: appended to empty ones. `parameters` gets values for the parameters
 * that are added. Local. */
ek_status ek_random_layers(ek_circuit *circuit, int layers, uint64_t seed);
ek_status ek_quantum_volume_layers(ek_circuit *circuit, int layers, uint64_t seed);
ek_status ek_ansatz_layers(ek_circuit *circuit, int layers, uint64_t seed, double *parameters);

/* Seconds since `start`, on the slowest rank. Collective. */
double ek_bench_slowest(ek_session *session, double start);
/* Sorts the values, at least one. */
double ek_bench_median(double *values, int count);
/* Nodes that the session's ranks are on. Collective. */
int ek_bench_nodes(ek_session *session);

/* Speed of one thread in a tile, on the slowest rank, all threads at once: in trips through
 * registers, counted as ek_plan_predict does for double precision, and in looking phases up.
 * The other numbers of the machine stay. Collective. EK_ERROR_MEMORY. */
ek_status ek_bench_arithmetic(ek_session *session, ek_precision precision,
                              ek_bench_machine *machine);

/* Two programs that measure the speed of tiles in the memory, and of threads in programs, on a
 * state, which changes but for its layout and norm. All collective. */
struct ek_yardstick {
    ek_state *state;
    ek_program *few, *many; /* null where the state is too small */
};
ek_status ek_yardstick_create(ek_state *state, struct ek_yardstick *yardstick);
/* Sets gflops_per_thread and tile_bandwidth_bytes_per_second, if they can be told, from runs of
 * each program for at least so long. */
ek_status ek_yardstick_measure(struct ek_yardstick *yardstick, double least_seconds,
                               ek_bench_machine *machine);
void ek_yardstick_clear(struct ek_yardstick *yardstick);

/* One stream pass: y *= 1 on every amplitude, each thread on its own part. Local. */
void ek_stream_pass(ek_state *state);

#endif
