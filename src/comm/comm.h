/* comm: the only room that knows mpi.h. Owns sessions, agreement between ranks, messages, memory
 * that ranks of a node share, and sums in a fixed order. May include base. Every function is
 * collective over its session unless it says "point to point" or "local"; a failing MPI call ends
 * the job with its place, so none returns. */
#ifndef EK_COMM_H
#define EK_COMM_H

#include "base/base.h"

#include <exaket/session.h>

/* ---- agreement ------------------------------------------------------------------------------ */

/* Fails with EK_ERROR_MISMATCH on all ranks unless all give the same bytes; `what` names them. */
ek_status ek_agree_same(ek_session *session, const void *bytes, size_t count, const char *what);

/* Agrees on a status as ek_session_agree does and, in the same step, on a digest of something that
 * all ranks must have alike: EK_ERROR_MISMATCH on all where it differs; `what` names it. */
ek_status ek_agree_digest(ek_session *session, ek_status status, uint64_t digest,
                          const char *what);

/* ---- data to all ---------------------------------------------------------------------------- */

void ek_broadcast(ek_session *session, void *bytes, size_t count, int root);
/* all[r * count + i] = mine[i] of rank r. `all` has size * count entries. */
void ek_gather_doubles(ek_session *session, const double *mine, size_t count, double *all);
/* Bytes of different lengths to rank 0: `all` (null on other ranks; released by the caller) in the
 * order of ranks, lengths[r] each. Agrees on a failed allocation. */
ek_status ek_collect(ek_session *session, const void *mine, size_t count, char **all,
                     size_t *lengths);

/* values[i] becomes the sum over ranks, added in the order of ranks: the same bits at
 * every run. */
void ek_sum_ranks(ek_session *session, double *values, size_t count);
void ek_sum_ranks_u64(ek_session *session, uint64_t *values, size_t count);
void ek_max_ranks(ek_session *session, double *values, size_t count);
void ek_min_ranks(ek_session *session, double *values, size_t count);
void ek_min_ranks_u64(ek_session *session, uint64_t *values, size_t count);
void ek_barrier(ek_session *session);

/* ---- memory that ranks of a node share ------------------------------------------------------ */

/* Parts of `ranks` consecutive ranks, of the same length each, one behind the other. What is
 * longer than ek_view_span() and no plain memory can be seen at EK_VIEWS addresses, view v at
 * all + v * view_bytes: for work on places whose distance is a multiple of that span. */
struct ek_shared {
    int ranks;
    void *all, *own; /* the whole, at a boundary of large pages; this rank's part */
    size_t own_bytes;
    size_t view_bytes; /* 0: there is one view */
    void *mapping;     /* null when it is plain memory */
    size_t mapping_bytes;
};
enum { EK_VIEWS = 4 };
/* `bytes` per rank for the groups of ek_session_shared_ranks ranks. Each rank should touch its own
 * part first. Agrees on failures. */
ek_status ek_shared_create(ek_session *session, size_t bytes, struct ek_shared *shared);
/* Local; accepts a zeroed one. */
void ek_shared_clear(struct ek_shared *shared);
/* What this process has resident of shared memory at most beside its own parts, which hold each
 * page once; less than 1 MiB more may be missing. Local. */
size_t ek_shared_extra_bytes(void);
/* The most memory that this process has held so far, without that. Local. */
size_t ek_peak_own_bytes(void);
/* Waits for the ranks of the group: what they wrote before can be read after. */
void ek_shared_barrier(ek_session *session);

/* ---- point to point ------------------------------------------------------------------------- */

/* Sends `count` bytes to `partner` and receives as many from it; the buffers do not overlap. */
void ek_exchange(ek_session *session, int partner, const void *send, void *receive, size_t count);

/* Likewise, while other work goes on: the buffers belong to the transfer until its end. At most
 * ek_message_limit() bytes. Transfers between two ranks end in the order in which they began. */
struct ek_transfer {
    uint64_t request[2];
};
void ek_transfer_begin(ek_session *session, int partner, const void *send, void *receive,
                       size_t count, struct ek_transfer *transfer);
void ek_transfer_end(struct ek_transfer *transfer);

/* Small control messages of the dispatcher, apart from all other traffic. */
void ek_post(ek_session *session, int to, const void *bytes, size_t count);
/* Takes a waiting message of exactly `count` bytes and gives its sender; false when there
 * is none. */
bool ek_poll(ek_session *session, void *bytes, size_t count, int *from);
/* Waits for a message of exactly `count` bytes from anybody. */
void ek_receive(ek_session *session, void *bytes, size_t count, int *from);

/* ---- local ---------------------------------------------------------------------------------- */

/* Largest message in bytes, far below 2^31; a test lowers it. */
size_t ek_message_limit(void);
void ek_message_limit_set(size_t bytes);
/* There are processors (AMD Zen) that look lines of the first-level cache up by a hash of the
 * lower 28 bits of their addresses, and cannot keep two that are alike: 2^28 on these, SIZE_MAX on
 * others; a test lowers it. */
size_t ek_view_span(void);
void ek_view_span_set(size_t bytes);
/* "node17" and "Open MPI 4.1.4". `out` has at least 256 bytes. */
const char *ek_host_name(char *out);
const char *ek_mpi_version(char *out);
/* Address of the session's MPI_Comm, for libraries that take one (HDF5). */
const void *ek_session_communicator(const ek_session *session);
/* Ranks of this session on this node. */
int ek_session_node_ranks(const ek_session *session);

#endif
