#define _GNU_SOURCE
#include "comm/session_private.h"

#include <exaket/session_mpi.h>

#include <limits.h>
#include <omp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_EXCHANGE_BYTES = 16 << 20, MIN_EXCHANGE_BYTES = 64, MAX_THREADS = 4096 };
enum { EK_EXIT_MPI = 76 }; /* EX_PROTOCOL of sysexits.h: unlike after errors of ours, try again */

static int live_sessions;
static bool mpi_is_ours;

void ek_mpi_check(int code, const char *call, const char *file, int line)
{
    char reason[MPI_MAX_ERROR_STRING] = "";
    int length;
    ek_comm_step();
    if (code == MPI_SUCCESS) return;
    MPI_Error_string(code, reason, &length);
    fprintf(stderr, "exaket: error: %s:%d: %s: %s\n", file, line, call, reason);
    MPI_Abort(MPI_COMM_WORLD, EK_EXIT_MPI);
}

static int allowed_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return CPU_COUNT(&set);
}

int ek_default_threads(int node_ranks)
{
    if (getenv("OMP_NUM_THREADS")) return omp_get_max_threads();
    const int cores = allowed_cores();
    const int share = ek_machine_facts_get()->cores / (node_ranks > 1 ? node_ranks : 1);
    const int threads = share < cores ? share : cores;
    return threads < 1 ? 1 : threads;
}

/* All ranks of a node, unless the environment says otherwise. */
static int default_shared_ranks(void)
{
    const char *text = getenv("EXAKET_SHARED_RANKS");
    const long most = text ? strtol(text, NULL, 10) : 0;
    return most > 0 && most < INT_MAX ? (int)most : INT_MAX;
}

static void look_at_node(ek_session *session, int shared_ranks)
{
    MPI_Comm node;
    EK_MPI(MPI_Comm_split_type(session->comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node));
    EK_MPI(MPI_Comm_set_errhandler(node, MPI_ERRORS_RETURN));
    EK_MPI(MPI_Comm_size(node, &session->node_ranks));
    ek_shared_begin(session, node, shared_ranks ? shared_ranks : default_shared_ranks());
    EK_MPI(MPI_Comm_free(&node));
}

static ek_status check_options(const ek_session_options *options)
{
    if (options->threads < 0 || options->threads > MAX_THREADS)
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       "%d threads per rank: give 1 to %d, or 0 for the default", options->threads,
                       MAX_THREADS);
    if (options->exchange_bytes != 0 && options->exchange_bytes < MIN_EXCHANGE_BYTES)
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       "exchange buffers of %zu bytes are too small: at least %d",
                       options->exchange_bytes, MIN_EXCHANGE_BYTES);
    if (options->shared_ranks < 0)
        return EK_FAIL(EK_ERROR_ARGUMENT, "memory shared by %d ranks: give 1 or more, or 0 for "
                       "the default", options->shared_ranks);
    return EK_OK;
}

/* Plans depend on the options, so they must be the same on all ranks. */
static ek_status agree_on_options(ek_session *session, const ek_session_options *mine)
{
    ek_session_options first = *mine;
    ek_status status = EK_OK;
    ek_broadcast(session, &first, sizeof first, 0);
    if (first.threads != mine->threads || first.exchange_bytes != mine->exchange_bytes ||
        first.shared_ranks != mine->shared_ranks)
        status = EK_FAIL(EK_ERROR_ARGUMENT,
                         "rank %d asks for %d threads, %zu bytes of exchange buffers and memory "
                         "shared by %d ranks, rank 0 for %d, %zu and %d: give the same on all "
                         "ranks",
                         session->rank, mine->threads, mine->exchange_bytes, mine->shared_ranks,
                         first.threads, first.exchange_bytes, first.shared_ranks);
    return ek_session_agree(session, status);
}

/* Fills a session whose communicator is set; the options have been checked. */
static void fill_session(ek_session *session, const ek_session_options *options)
{
    EK_MPI(MPI_Comm_set_errhandler(session->comm, MPI_ERRORS_RETURN));
    EK_MPI(MPI_Comm_dup(session->comm, &session->control));
    EK_MPI(MPI_Comm_rank(session->comm, &session->rank));
    EK_MPI(MPI_Comm_size(session->comm, &session->size));
    session->shared_ranks_most = options->shared_ranks;
    look_at_node(session, options->shared_ranks);
    session->threads =
        options->threads ? options->threads : ek_default_threads(session->node_ranks);
    session->exchange_bytes =
        options->exchange_bytes ? options->exchange_bytes : DEFAULT_EXCHANGE_BYTES;
    live_sessions++;
}

ek_status ek_session_create_on(MPI_Comm communicator, const ek_session_options *options,
                               ek_session **session)
{
    const ek_session_options chosen = options ? *options : (ek_session_options){0};
    ek_session *fresh = NULL;
    struct ek_session probe = {.size = 1};
    EK_MPI(MPI_Comm_dup(communicator, &probe.comm));
    EK_MPI(MPI_Comm_size(probe.comm, &probe.size));
    EK_MPI(MPI_Comm_rank(probe.comm, &probe.rank));
    ek_failure_set_rank(probe.rank);
    ek_status status = ek_environment_check();
    if (status == EK_OK) status = check_options(&chosen);
    if (status == EK_OK) status = EK_NEW(fresh, 1);
    status = ek_session_agree(&probe, status);
    if (status == EK_OK) status = agree_on_options(&probe, &chosen);
    if (status != EK_OK) {
        EK_MPI(MPI_Comm_free(&probe.comm));
        ek_release(fresh);
        return status;
    }
    fresh->comm = probe.comm;
    fill_session(fresh, &chosen);
    if (fresh->rank != 0) ek_log_set_level(EK_LOG_SILENT);
    *session = fresh;
    return EK_OK;
}

/* A launcher that promises several processes while MPI sees one means that every process would run
 * the whole job by itself. */
static ek_status check_launcher(void)
{
    static const char *const variables[] = {"SLURM_NTASKS", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
    int size;
    EK_MPI(MPI_Comm_size(MPI_COMM_WORLD, &size));
    for (size_t i = 0; i < sizeof variables / sizeof *variables && size == 1; i++) {
        const char *text = getenv(variables[i]);
        if (text && atol(text) > 1)
            return EK_FAIL(EK_ERROR_RANKS,
                           "%s says %s ranks, but MPI has one: start with mpirun or "
                           "srun --mpi=pmix, or set %s=1 to run alone",
                           variables[i], text, variables[i]);
    }
    return EK_OK;
}

static void end_mpi_if_unused(void)
{
    if (live_sessions > 0 || !mpi_is_ours) return;
    MPI_Finalize();
    mpi_is_ours = false;
}

ek_status ek_session_create(const ek_session_options *options, ek_session **session)
{
    int running, ended, provided;
    MPI_Initialized(&running);
    MPI_Finalized(&ended);
    if (ended)
        return EK_FAIL(EK_ERROR_UNSUPPORTED,
                       "MPI has ended in this process and cannot start again: keep one session "
                       "until all work is done");
    if (!running) {
        MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
        mpi_is_ours = true;
        atexit(end_mpi_if_unused); /* of who was refused, and could have tried again */
    }
    const ek_status status = check_launcher();
    if (status != EK_OK) {
        end_mpi_if_unused();
        return status;
    }
    return ek_session_create_on(MPI_COMM_WORLD, options, session);
}

ek_status ek_session_split(ek_session *session, int group, ek_session **part)
{
    ek_session *fresh = NULL;
    ek_status status = EK_OK;
    if (group < 0) status = EK_FAIL(EK_ERROR_ARGUMENT, "group %d: groups count from 0", group);
    if (status == EK_OK) status = EK_NEW(fresh, 1);
    status = ek_session_agree(session, status);
    if (status != EK_OK) {
        ek_release(fresh);
        return status;
    }
    const ek_session_options same = {session->threads, session->exchange_bytes,
                                     session->shared_ranks_most};
    EK_MPI(MPI_Comm_split(session->comm, group, session->rank, &fresh->comm));
    fill_session(fresh, &same);
    *part = fresh;
    return EK_OK;
}

void ek_session_destroy(ek_session **session)
{
    if (!session || !*session) return;
    EK_MPI(MPI_Comm_free(&(*session)->shared));
    EK_MPI(MPI_Comm_free(&(*session)->control));
    EK_MPI(MPI_Comm_free(&(*session)->comm));
    ek_release(*session);
    *session = NULL;
    live_sessions--;
    end_mpi_if_unused();
}

const void *ek_session_communicator(const ek_session *session) { return &session->comm; }
int ek_session_rank(const ek_session *session) { return session ? session->rank : 0; }
int ek_session_size(const ek_session *session) { return session ? session->size : 1; }
int ek_session_threads(const ek_session *session) { return session->threads; }
int ek_session_node_ranks(const ek_session *session) { return session->node_ranks; }
size_t ek_session_exchange_bytes(const ek_session *session) { return session->exchange_bytes; }

void ek_session_abort(ek_session *session, int exit_status)
{
    (void)session;
    MPI_Abort(MPI_COMM_WORLD, exit_status);
    abort();
}

const char *ek_host_name(char *out)
{
    char name[MPI_MAX_PROCESSOR_NAME];
    int length;
    EK_MPI(MPI_Get_processor_name(name, &length));
    snprintf(out, 256, "%s", name);
    return out;
}

const char *ek_mpi_version(char *out)
{
    char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    EK_MPI(MPI_Get_library_version(text, &length));
    text[strcspn(text, ",\n")] = '\0';
    snprintf(out, 256, "%.255s", text);
    return out;
}
