#include "bench/bench.h"

#include <math.h>
#include <stdlib.h>

double ek_bench_slowest(ek_session *session, double start)
{
    double seconds = ek_clock_seconds() - start;
    ek_max_ranks(session, &seconds, 1);
    return seconds;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double ek_bench_median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, ascending);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

int ek_bench_nodes(ek_session *session)
{
    double share = 1.0 / ek_session_node_ranks(session);
    ek_sum_ranks(session, &share, 1);
    return (int)lround(share);
}
