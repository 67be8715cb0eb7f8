/* The only public header that knows MPI: sessions over a communicator of the caller's. */
#ifndef EXAKET_SESSION_MPI_H
#define EXAKET_SESSION_MPI_H

#include <exaket/session.h>
#include <mpi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Like ek_session_create, over `communicator` (an intracommunicator), which is duplicated once:
 * the caller keeps and frees its own. Collective over the communicator; MPI must be running. */
ek_status ek_session_create_on(MPI_Comm communicator, const ek_session_options *options,
                               ek_session **session);

#ifdef __cplusplus
}
#endif
#endif
