/* Inside comm only: what a session is. */
#ifndef EK_COMM_SESSION_PRIVATE_H
#define EK_COMM_SESSION_PRIVATE_H

#include "comm/comm.h"

#include <mpi.h>

struct ek_session {
    MPI_Comm comm;
    MPI_Comm control; /* the dispatcher's messages */
    MPI_Comm shared;  /* the aligned group of shared_ranks ranks that this one is in */
    int rank, size, node_ranks, threads, shared_ranks;
    int shared_ranks_most; /* as asked for: parts of the session may share more than all do */
    size_t exchange_bytes;
};

/* Finds the ranks that share memory, at most `most`; `node` has all of this node. Collective. */
void ek_shared_begin(ek_session *session, MPI_Comm node, int most);

/* Ends the job when an MPI call fails: nothing sensible is left to do then. */
void ek_mpi_check(int code, const char *call, const char *file, int line);
/* Calls begun and ended by this process: odd inside of one, which the watchdog looks at. */
extern _Atomic uint64_t ek_comm_calls;
static inline void ek_comm_step(void) { ek_comm_calls++; }
#define EK_MPI(call) (ek_comm_step(), ek_mpi_check((call), #call, __FILE__, __LINE__))

#endif
