#include "comm/session_private.h"

#include <string.h>

ek_status ek_session_agree(ek_session *session, ek_status status)
{
    if (!session) return status;
    int failing = status == EK_OK ? session->size : session->rank;
    struct ek_failure failure;
    EK_MPI(MPI_Allreduce(MPI_IN_PLACE, &failing, 1, MPI_INT, MPI_MIN, session->comm));
    if (failing == session->size) return EK_OK;
    ek_failure_get(&failure);
    /* Of a failure of the caller's own the last sentence does not speak. */
    if (failing == session->rank && failure.code != status) {
        EK_FAIL(status, "the caller has failed with %s", ek_status_name(status));
        ek_failure_get(&failure);
    }
    EK_MPI(MPI_Bcast(&failure, (int)sizeof failure, MPI_BYTE, failing, session->comm));
    ek_failure_set(&failure);
    return failure.code;
}

ek_status ek_agree_same(ek_session *session, const void *bytes, size_t count, const char *what)
{
    char *first = NULL;
    ek_status status = ek_session_agree(session, EK_NEW(first, count));
    if (status != EK_OK) {
        ek_release(first);
        return status;
    }
    if (session->rank == 0) memcpy(first, bytes, count);
    ek_broadcast(session, first, count, 0);
    if (memcmp(first, bytes, count) != 0)
        status = EK_FAIL(EK_ERROR_MISMATCH, "%s differs between rank 0 and rank %d", what,
                         session->rank);
    ek_release(first);
    return ek_session_agree(session, status);
}

ek_status ek_agree_digest(ek_session *session, ek_status status, uint64_t digest, const char *what)
{
    const uint64_t failing = (uint64_t)(status == EK_OK ? session->size : session->rank);
    uint64_t least[3] = {failing, digest, ~digest}; /* ~largest is the least of ~digest */
    EK_MPI(MPI_Allreduce(MPI_IN_PLACE, least, 3, MPI_UINT64_T, MPI_MIN, session->comm));
    if (least[0] < (uint64_t)session->size) return ek_session_agree(session, status);
    if (least[1] == ~least[2]) return EK_OK;
    return EK_FAIL(EK_ERROR_MISMATCH, "%s differs between ranks: give all ranks the same", what);
}
