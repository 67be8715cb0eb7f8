#include "comm/session_private.h"

#include <string.h>

enum { DEFAULT_LIMIT = 1 << 28, TAG_EXCHANGE = 1, TAG_CONTROL = 2 };

static size_t message_limit = DEFAULT_LIMIT;

size_t ek_message_limit(void) { return message_limit; }
void ek_message_limit_set(size_t bytes) { message_limit = bytes ? bytes : DEFAULT_LIMIT; }

static int next_part(size_t left) { return (int)(left < message_limit ? left : message_limit); }

void ek_broadcast(ek_session *session, void *bytes, size_t count, int root)
{
    char *at = bytes;
    for (size_t left = session ? count : 0; left > 0;) {
        const int part = next_part(left);
        EK_MPI(MPI_Bcast(at, part, MPI_BYTE, root, session->comm));
        at += part;
        left -= (size_t)part;
    }
}

void ek_exchange(ek_session *session, int partner, const void *send, void *receive, size_t count)
{
    const char *from = send;
    char *to = receive;
    for (size_t left = count; left > 0;) {
        const int part = next_part(left);
        EK_MPI(MPI_Sendrecv(from, part, MPI_BYTE, partner, TAG_EXCHANGE, to, part, MPI_BYTE,
                            partner, TAG_EXCHANGE, session->comm, MPI_STATUS_IGNORE));
        from += part;
        to += part;
        left -= (size_t)part;
    }
}

_Static_assert(sizeof(MPI_Request) <= sizeof(uint64_t), "a transfer holds two requests");

void ek_transfer_begin(ek_session *session, int partner, const void *send, void *receive,
                       size_t count, struct ek_transfer *transfer)
{
    MPI_Request request[2];
    EK_MPI(MPI_Irecv(receive, (int)count, MPI_BYTE, partner, TAG_EXCHANGE, session->comm,
                     &request[0]));
    EK_MPI(MPI_Isend(send, (int)count, MPI_BYTE, partner, TAG_EXCHANGE, session->comm,
                     &request[1]));
    for (int i = 0; i < 2; i++) memcpy(&transfer->request[i], &request[i], sizeof request[i]);
}

void ek_transfer_end(struct ek_transfer *transfer)
{
    MPI_Request request[2];
    for (int i = 0; i < 2; i++) memcpy(&request[i], &transfer->request[i], sizeof request[i]);
    EK_MPI(MPI_Waitall(2, request, MPI_STATUSES_IGNORE));
}

static void gather_lengths(ek_session *session, size_t count, size_t *lengths)
{
    const unsigned long long mine = count;
    _Static_assert(sizeof(unsigned long long) == sizeof(size_t), "lengths travel as 64 bits");
    EK_MPI(MPI_Allgather(&mine, 1, MPI_UNSIGNED_LONG_LONG, lengths, 1, MPI_UNSIGNED_LONG_LONG,
                         session->comm));
}

static void send_parts(ek_session *session, const char *from, size_t left)
{
    for (; left > 0; left -= (size_t)next_part(left)) {
        const int part = next_part(left);
        EK_MPI(MPI_Send(from, part, MPI_BYTE, 0, TAG_EXCHANGE, session->comm));
        from += part;
    }
}

static char *receive_parts(ek_session *session, int from, char *to, size_t left)
{
    for (; left > 0; left -= (size_t)next_part(left)) {
        const int part = next_part(left);
        EK_MPI(MPI_Recv(to, part, MPI_BYTE, from, TAG_EXCHANGE, session->comm, MPI_STATUS_IGNORE));
        to += part;
    }
    return to;
}

ek_status ek_collect(ek_session *session, const void *mine, size_t count, char **all,
                     size_t *lengths)
{
    size_t total = 0;
    char *fresh = NULL;
    gather_lengths(session, count, lengths);
    for (int r = 0; r < session->size; r++) total += lengths[r];
    EK_TRY(ek_session_agree(session, session->rank == 0 ? EK_NEW(fresh, total + 1) : EK_OK));
    if (session->rank != 0) {
        send_parts(session, mine, count);
    } else {
        char *to = fresh;
        for (size_t i = 0; i < count; i++) *to++ = ((const char *)mine)[i];
        for (int r = 1; r < session->size; r++) to = receive_parts(session, r, to, lengths[r]);
    }
    *all = fresh;
    return EK_OK;
}

void ek_barrier(ek_session *session) { EK_MPI(MPI_Barrier(session->comm)); }

void ek_post(ek_session *session, int to, const void *bytes, size_t count)
{
    EK_MPI(MPI_Send(bytes, (int)count, MPI_BYTE, to, TAG_CONTROL, session->control));
}

bool ek_poll(ek_session *session, void *bytes, size_t count, int *from)
{
    int waiting;
    MPI_Status status;
    EK_MPI(MPI_Iprobe(MPI_ANY_SOURCE, TAG_CONTROL, session->control, &waiting, &status));
    if (!waiting) return false;
    EK_MPI(MPI_Recv(bytes, (int)count, MPI_BYTE, status.MPI_SOURCE, TAG_CONTROL, session->control,
                    &status));
    *from = status.MPI_SOURCE;
    return true;
}

void ek_receive(ek_session *session, void *bytes, size_t count, int *from)
{
    MPI_Status status;
    EK_MPI(MPI_Recv(bytes, (int)count, MPI_BYTE, MPI_ANY_SOURCE, TAG_CONTROL, session->control,
                    &status));
    *from = status.MPI_SOURCE;
}
