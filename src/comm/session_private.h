/* Inside comm only: what a session is. */
#ifndef EK_COMM_SESSION_PRIVATE_H
#define EK_COMM_SESSION_PRIVATE_H

#include "comm/comm.h"

#include <mpi.h>

struct ek_session {
    MPI_Comm comm;
    MPI_Comm control; /* the dispatcher's messages */
    int rank, size, node_ranks, threads;
    size_t exchange_bytes;
};

/* Ends the job when an MPI call fails: nothing sensible is left to do then. */
void ek_mpi_check(int code, const char *call, const char *file, int line);
/* Calls begun and ended by this process: odd inside of one, which the watchdog looks at. */
extern _Atomic uint64_t ek_comm_calls;
static inline void ek_comm_step(void) { ek_comm_calls++; }
#define EK_MPI(call) (ek_comm_step(), ek_mpi_check((call), #call, __FILE__, __LINE__))

#endif
