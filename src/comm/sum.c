#include "comm/session_private.h"

enum {
    PART = 4096,      /* numbers added at a time, in the order of ranks */
    SLICES = 1 << 14, /* where each rank adds a slice of them */
    MOST = 1 << 20    /* in any order */
};

void ek_gather_doubles(ek_session *session, const double *mine, size_t count, double *all)
{
    EK_MPI(MPI_Allgather(mine, (int)count, MPI_DOUBLE, all, (int)count, MPI_DOUBLE,
                         session->comm));
}

/* MPI leaves the order of a reduction open, so the ranks add in turn: partial sums travel up the
 * ranks, the result is broadcast. */
static void sum_part(ek_session *session, double *values, int count)
{
    double below[PART];
    const int last = session->size - 1;
    if (session->rank > 0) {
        EK_MPI(MPI_Recv(below, count, MPI_DOUBLE, session->rank - 1, 3, session->comm,
                        MPI_STATUS_IGNORE));
        for (int i = 0; i < count; i++) values[i] = below[i] + values[i];
    }
    if (session->rank < last)
        EK_MPI(MPI_Send(values, count, MPI_DOUBLE, session->rank + 1, 3, session->comm));
    EK_MPI(MPI_Bcast(values, count, MPI_DOUBLE, last, session->comm));
}

/* Of many numbers each rank adds a slice, in the order of ranks as well. */
static void sum_slices(ek_session *session, double *values, size_t slice)
{
    double of_rank[SLICES];
    const size_t size = (size_t)session->size;
    EK_MPI(MPI_Alltoall(values, (int)slice, MPI_DOUBLE, of_rank, (int)slice, MPI_DOUBLE,
                        session->comm));
    for (size_t r = 1; r < size; r++)
        for (size_t i = 0; i < slice; i++) of_rank[i] += of_rank[r * slice + i];
    EK_MPI(MPI_Allgather(of_rank, (int)slice, MPI_DOUBLE, values, (int)slice, MPI_DOUBLE,
                         session->comm));
}

void ek_sum_ranks(ek_session *session, double *values, size_t count)
{
    const size_t size = (size_t)session->size, slice = SLICES / size;
    size_t done = 0;
    if (size == 1) return;
    for (; slice > 0 && count - done >= size * slice; done += size * slice)
        sum_slices(session, values + done, slice);
    for (; done < count; done += PART)
        sum_part(session, values + done, (int)(count - done < PART ? count - done : PART));
}

/* Numbers of 8 bytes. */
static void reduce(ek_session *session, void *values, size_t count, MPI_Datatype type, MPI_Op op)
{
    char *at = values;
    for (size_t part; session->size > 1 && count > 0; count -= part, at += 8 * part) {
        part = count < MOST ? count : MOST;
        EK_MPI(MPI_Allreduce(MPI_IN_PLACE, at, (int)part, type, op, session->comm));
    }
}

void ek_sum_ranks_u64(ek_session *session, uint64_t *values, size_t count)
{
    reduce(session, values, count, MPI_UINT64_T, MPI_SUM);
}

void ek_max_ranks(ek_session *session, double *values, size_t count)
{
    reduce(session, values, count, MPI_DOUBLE, MPI_MAX);
}

void ek_min_ranks(ek_session *session, double *values, size_t count)
{
    reduce(session, values, count, MPI_DOUBLE, MPI_MIN);
}

void ek_min_ranks_u64(ek_session *session, uint64_t *values, size_t count)
{
    reduce(session, values, count, MPI_UINT64_T, MPI_MIN);
}
