/* Messages between ranks: how fast long ones are, and how late short ones. */
#include "bench/bench.h"

#include <math.h>
#include <string.h>

enum {
    REPEAT_MAX = 10000,
    LONG_MESSAGES = 8, /* in a batch */
    SHORT_MESSAGES = 200,
    SHORT_BYTES = 8
};

struct channel {
    ek_session *session;
    int repeat;
    size_t message_bytes;
    char *send, *receive;
    double *seconds; /* of each batch */
};

static ek_status check(const ek_session *session, int repeat)
{
    const int ranks = ek_session_size(session);
    if (repeat < 1 || repeat > REPEAT_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d batches: expected 1 to %d", repeat, REPEAT_MAX);
    if (ranks < 2 || !ek_is_power_of_two((uint64_t)ranks))
        return EK_FAIL(EK_ERROR_RANKS,
                       "%d rank%s: messages are measured on a power of two of ranks, at least 2",
                       ranks, ranks == 1 ? "" : "s");
    return EK_OK;
}

static ek_status open_channel(struct channel *channel)
{
    EK_TRY(check(channel->session, channel->repeat));
    channel->message_bytes = ek_session_exchange_bytes(channel->session) / 2;
    EK_TRY(EK_NEW(channel->send, channel->message_bytes));
    EK_TRY(EK_NEW(channel->receive, channel->message_bytes));
    return EK_NEW(channel->seconds, channel->repeat);
}

static void close_channel(struct channel *channel)
{
    ek_release(channel->send);
    ek_release(channel->receive);
    ek_release(channel->seconds);
}

/* Median seconds of one message; the first batch is not counted. */
static double time_messages(struct channel *channel, int partner, int count, size_t bytes)
{
    for (int i = -1; i < channel->repeat; i++) {
        ek_barrier(channel->session);
        const double start = ek_clock_seconds();
        for (int m = 0; m < count; m++)
            ek_exchange(channel->session, partner, channel->send, channel->receive, bytes);
        const double seconds = ek_bench_slowest(channel->session, start);
        if (i >= 0) channel->seconds[i] = seconds / count;
    }
    return ek_bench_median(channel->seconds, channel->repeat);
}

/* Whether any pair has two hosts' names, or more ranks between its ends than a node has. */
static bool is_between_nodes(ek_session *session, int distance)
{
    char mine[256] = "", other[256] = "";
    ek_host_name(mine);
    ek_exchange(session, ek_session_rank(session) ^ distance, mine, other, sizeof mine);
    double apart = strcmp(mine, other) != 0 || distance >= ek_session_node_ranks(session);
    ek_max_ranks(session, &apart, 1);
    return apart > 0;
}

static void measure(struct channel *channel, ek_bench_exchange_result *result)
{
    ek_session *session = channel->session;
    const int ranks = ek_session_size(session);
    result->nodes = ek_bench_nodes(session);
    result->message_bytes = channel->message_bytes;
    const double ranks_per_node = (double)ranks / result->nodes;
    for (int d = 0; 1 << d < ranks; d++) {
        const int partner = ek_session_rank(session) ^ 1 << d;
        const double latency = time_messages(channel, partner, SHORT_MESSAGES, SHORT_BYTES);
        const double bandwidth =
            (double)channel->message_bytes /
            time_messages(channel, partner, LONG_MESSAGES, channel->message_bytes);
        const bool apart = is_between_nodes(session, 1 << d);
        result->distances = d + 1;
        result->distance[d].latency_seconds = latency;
        result->distance[d].bytes_per_second = bandwidth;
        result->distance[d].between_nodes = apart;
        if (!apart) continue;
        result->network_latency_seconds = fmax(result->network_latency_seconds, latency);
        result->network_bytes_per_second =
            fmin(result->network_bytes_per_second, bandwidth * ranks_per_node);
    }
}

ek_status ek_bench_exchange(ek_session *session, const ek_bench_exchange_options *options,
                            ek_bench_exchange_result *result)
{
    struct channel channel = {.session = session, .repeat = options ? options->repeat : 0};
    /* fmin and fmax pass over what is not a number. */
    ek_bench_exchange_result found = {.network_latency_seconds = NAN,
                                      .network_bytes_per_second = NAN};
    if (channel.repeat == 0) channel.repeat = 5;
    ek_status status = ek_session_agree(session, open_channel(&channel));
    if (status == EK_OK)
        status = ek_agree_same(session, &channel.repeat, sizeof channel.repeat,
                               "the batches of messages");
    if (status == EK_OK) {
        measure(&channel, &found);
        *result = found;
    }
    close_channel(&channel);
    return status;
}
