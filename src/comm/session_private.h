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
#define EK_MPI(call) ek_mpi_check((call), #call, __FILE__, __LINE__)

#endif
