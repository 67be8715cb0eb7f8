/* A session: one group of ranks that work on the same things, and the threads of each. */
#ifndef EXAKET_SESSION_H
#define EXAKET_SESSION_H

#include <exaket/status.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What reads files (ek_file_read, ek_problem_load, ek_qasm_load) also takes a null session,
 * as ek_session_rank, ek_session_size and ek_session_agree do: this process alone, without MPI. */
typedef struct ek_session ek_session;

/* Zero means the default everywhere. */
typedef struct ek_session_options {
    int threads; /* per rank; default OMP_NUM_THREADS, else the cores this rank may use */
    size_t exchange_bytes; /* buffers for messages per rank, default 16 MiB, at least 64 bytes */
    int shared_ranks; /* most ranks of a node that work on each other's memory instead of sending
                       * messages; default EXAKET_SHARED_RANKS, else all */
} ek_session_options;

/* Creates a session over all ranks of the job, starting MPI if nobody has. Collective over all
 * ranks. `options` may be null. The caller destroys the session. Fails with EK_ERROR_ARGUMENT for
 * options out of range or that differ between ranks, and as ek_environment_check; EK_ERROR_RANKS
 * when the launcher started several processes that MPI does not see as one job,
 * EK_ERROR_UNSUPPORTED after MPI has ended.
 * To start from a communicator of your own, include <exaket/session_mpi.h>. */
ek_status ek_session_create(const ek_session_options *options, ek_session **session);

/* Whether the environment's variables have values that mean something, as sessions must have it:
 * EXAKET_ISA an instruction set of this processor (avx512, avx2, baseline; default the first that
 * it has), EXAKET_HAND_OVER on or off (whether tiles hand over to the next; default what suits the
 * processor), EXAKET_SHARED_RANKS a number of ranks. Empty is the default. Local.
 * EK_ERROR_ARGUMENT. */
ek_status ek_environment_check(void);

/* Threads per rank of a session by default, where so many of its ranks (1 or more) are on this
 * node. Local. */
int ek_default_threads(int node_ranks);

/* Ends the session and nulls the handle; the last session to end also ends MPI if a session
 * started it. Collective; accepts null. States, programs and other sessions made from it must have
 * been destroyed before. */
void ek_session_destroy(ek_session **session);

/* Splits a session: ranks that give the same `group` (>= 0) form a new session, in the order of
 * their ranks, with the same options. Collective. The caller destroys the part before
 * the whole. */
ek_status ek_session_split(ek_session *session, int group, ek_session **part);

/* Rank of this process in the session, ranks, and threads per rank. Local. */
int ek_session_rank(const ek_session *session);
int ek_session_size(const ek_session *session);
int ek_session_threads(const ek_session *session);
size_t ek_session_exchange_bytes(const ek_session *session);
/* Ranks that work on each other's memory: a power of two, aligned groups of consecutive ranks of a
 * node; 1 where none do. */
int ek_session_shared_ranks(const ek_session *session);

/* Every rank gives its own status and all return the same one: EK_OK if all were fine, else the
 * code of the lowest failing rank, whose message becomes everybody's last message, or the name of
 * the code where the last failure there had another: it may be one of the caller's. Collective. */
ek_status ek_session_agree(ek_session *session, ek_status status);

/* Ends the job at once, on all ranks, with an exit status. Local; does not return. */
void ek_session_abort(ek_session *session, int exit_status);

#ifdef __cplusplus
}
#endif
#endif
