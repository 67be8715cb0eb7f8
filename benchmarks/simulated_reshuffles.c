/* The reshuffles of real plans on a network that SimGrid simulates: how long they take, what the
 * cost model says, and whether every byte is the plan's. Sessions, messages and reshuffles are the
 * library's; amplitudes are addresses only, and packing them takes time instead of doing anything.
 * Gates do not run. Ranks are threads of control in one process, which share its variables: one
 * plan serves all.
 * Usage: smpirun ... simulated_reshuffles RANKS_PER_NODE QUBITS WORKLOAD[:LAYERS]...
 * Prints a row of CSV per workload; benchmarks/how-does-it-scale-to-1024-ranks runs it. */
#include "bench/bench.h"

#include <exaket/predict.h>
#include <exaket/session_mpi.h>

#include <math.h>
#include <smpi/smpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    EXCHANGE_BYTES = 1 << 30, /* messages of 16 MiB: 1024 ranks have no longer ones in a QFT */
    FLIGHTS = 2, /* of these, which take a thousand times the latency, two keep the network busy */
    TRIAL_BYTES = 1 << 20,     /* those that measure the network have contents */
    THREADS_PER_NODE = 64
};

static const double memory_bandwidth = 100e9; /* of a node, as exaket plan has it by default */

_Atomic uint64_t ek_comm_calls; /* the watchdog's, which is not here */

/* Of the process: the same for all ranks. */
static int ranks_per_node;
static ek_plan *plan;

/* ---- instead of src/exec/parcel.c ----------------------------------------------------------- */

static void wait_for_memory(const ek_state *state, const struct ek_parcel *parcel)
{
    const double bytes = 2.0 * (double)(parcel->count * ek_amplitude_bytes(state->precision));
    const double seconds = bytes * ranks_per_node / memory_bandwidth;
    const struct timespec time = {.tv_sec = (time_t)seconds,
                                  .tv_nsec = (long)(1e9 * (seconds - floor(seconds)))};
    nanosleep(&time, NULL);
}

const void *ek_parcel_pack(const ek_state *state, const struct ek_parcel *parcel, void *buffer)
{
    const size_t run = (size_t)(parcel->fixed & -parcel->fixed);
    if (run == 0 || run >= parcel->count) return state->amplitudes;
    wait_for_memory(state, parcel);
    return buffer;
}

void ek_parcel_unpack(const ek_state *state, const struct ek_parcel *parcel, void *buffer)
{
    (void)buffer;
    wait_for_memory(state, parcel);
}

/* ---- the machine ---------------------------------------------------------------------------- */

/* As exaket bench exchange measures it. */
static ek_status measure_network(ek_bench_machine *machine)
{
    const ek_session_options options = {.threads = 1, .exchange_bytes = TRIAL_BYTES,
                                        .shared_ranks = 1};
    const ek_bench_exchange_options few = {.repeat = 1, .long_messages = 4, .short_messages = 1};
    ek_bench_exchange_result result;
    ek_session *session = NULL;
    EK_TRY(ek_session_create_on(MPI_COMM_WORLD, &options, &session));
    const ek_status status = ek_bench_exchange(session, &few, &result);
    if (status == EK_OK) ek_bench_exchange_machine(session, &result, machine);
    ek_session_destroy(&session);
    return status;
}

/* ---- one workload --------------------------------------------------------------------------- */

static ek_status make_plan(const char *words, int qubits, int ranks, ek_bench_options *workload)
{
    const ek_plan_options options = {.ranks = ranks, .shared_ranks = ranks_per_node,
                                     .threads = THREADS_PER_NODE / ranks_per_node,
                                     .exchange_bytes = EXCHANGE_BYTES};
    const size_t length = strcspn(words, ":");
    struct ek_work work = {0};
    *workload = (ek_bench_options){.workload = EK_BENCH_COUNT, .qubits = qubits, .seed = 1};
    for (int i = 0; ek_bench_name((ek_bench_workload)i); i++)
        if (strncmp(words, ek_bench_name((ek_bench_workload)i), length) == 0)
            workload->workload = (ek_bench_workload)i;
    if (words[length] == ':') workload->layers = atoi(words + length + 1);
    EK_TRY(ek_bench_complete(workload, ranks, workload));
    ek_status status = ek_work_create(workload, &work);
    if (status == EK_OK) status = ek_plan_create(work.circuit, &options, &plan);
    ek_work_clear(&work);
    return status;
}

/* Seconds of all reshuffles; the state counts the bytes. */
static ek_status run_reshuffles(ek_session *session, ek_state *state, double *seconds)
{
    const size_t amplitudes = ek_plan_messages(plan).units;
    const size_t bytes = FLIGHTS * amplitudes * ek_amplitude_bytes(state->precision);
    ek_program program = {.session = session, .plan = plan, .exchange_amplitudes = amplitudes,
                          .flights = FLIGHTS,
                          .send = SMPI_SHARED_MALLOC(bytes), .receive = SMPI_SHARED_MALLOC(bytes)};
    ek_status status = EK_OK;
    for (size_t s = 0; s < plan->stage_count; s++) {
        const struct ek_stage *stage = &plan->stages[s];
        ek_barrier(session);
        const double start = ek_clock_seconds();
        if (s == 0) state->layout = stage->layout;
        else ek_reshuffle_run(&program, stage->swap_count, stage->swaps, state);
        *seconds += ek_bench_slowest(session, start);
        if (memcmp(&state->layout, &stage->layout, sizeof state->layout) != 0)
            status = EK_FAIL(EK_ERROR_MISMATCH, "stage %zu has another layout than planned", s + 1);
    }
    SMPI_SHARED_FREE(program.send);
    SMPI_SHARED_FREE(program.receive);
    return status;
}

static ek_status print_row(const ek_session *session, const ek_bench_options *workload,
                           const ek_bench_machine *machine, uint64_t sent, double seconds)
{
    const ek_predict_options options = {.ranks_per_node = ranks_per_node, .machine = *machine};
    ek_prediction p;
    EK_TRY(ek_plan_predict(plan, &options, &p));
    const double mean = (double)sent / ek_session_size(session);
    printf("%s,%d,%d,%d,%d,%d,%.0f,%.0f,%.6g,%.6g,%.6g\n", ek_bench_name(workload->workload),
           workload->layers, p.qubits, p.ranks, p.ranks_per_node, p.reshuffles,
           p.bytes_sent_per_rank, mean, p.exchange_seconds, seconds, p.pass_seconds);
    if (mean == p.bytes_sent_per_rank) return EK_OK;
    return EK_FAIL(EK_ERROR_MISMATCH, "%.0f bytes sent per rank, planned were %.0f", mean,
                   p.bytes_sent_per_rank);
}

static ek_status simulate(ek_session *session, const char *words, int qubits,
                          const ek_bench_machine *machine)
{
    const int rank = ek_session_rank(session), ranks = ek_session_size(session);
    ek_bench_options workload;
    ek_status status = rank == 0 ? make_plan(words, qubits, ranks, &workload) : EK_OK;
    EK_TRY(ek_session_agree(session, status));
    ek_state state = {.session = session, .qubits = qubits, .local_slots = plan->local_slots};
    state.amplitudes = SMPI_SHARED_MALLOC(ek_state_local_count(&state) * sizeof(ek_complex));
    double seconds = 0;
    status = run_reshuffles(session, &state, &seconds);
    uint64_t sent = state.bytes_sent;
    ek_sum_ranks_u64(session, &sent, 1);
    SMPI_SHARED_FREE(state.amplitudes);
    if (rank == 0 && status == EK_OK)
        status = print_row(session, &workload, machine, sent, seconds);
    if (rank == 0) ek_plan_destroy(&plan);
    return ek_session_agree(session, status);
}

int main(int argc, char **argv)
{
    const ek_session_options options = {.threads = 1, .exchange_bytes = EXCHANGE_BYTES,
                                        .shared_ranks = 1};
    ek_bench_machine machine = {.memory_bandwidth_bytes_per_second = memory_bandwidth};
    ek_session *session = NULL;
    MPI_Init(&argc, &argv);
    ranks_per_node = argc > 2 ? atoi(argv[1]) : 1;
    ek_status status = ek_session_create_on(MPI_COMM_WORLD, &options, &session);
    if (status == EK_OK && ek_session_size(session) > 1) status = measure_network(&machine);
    for (int i = 3; i < argc && status == EK_OK; i++)
        status = simulate(session, argv[i], atoi(argv[2]), &machine);
    if (status != EK_OK && ek_session_rank(session) == 0)
        fprintf(stderr, "simulated_reshuffles: %s\n", ek_last_message());
    if (status != EK_OK) MPI_Abort(MPI_COMM_WORLD, 1);
    ek_session_destroy(&session);
    MPI_Finalize();
    return 0;
}
