/* Messages between ranks: how fast long ones are, and how late short ones. */
#include "bench/bench.h"

#include <math.h>
#include <string.h>

enum {
    MESSAGES_MAX = 1000000,
    LONG_MESSAGES = 128, /* in a batch */
    SHORT_MESSAGES = 200,
    SHORT_BYTES = 8
};

struct channel {
    ek_session *session;
    ek_bench_exchange_options options;
    size_t message_bytes;
    int flights;
    char *send, *receive; /* so many messages each */
    double *seconds;      /* of each batch */
};

static ek_status check(const ek_session *session, const ek_bench_exchange_options *options)
{
    const int ranks = ek_session_size(session);
    if (options->repeat < 1 || options->repeat > EK_BENCH_REPEAT_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d batches: expected 1 to %d", options->repeat,
                       EK_BENCH_REPEAT_MAX);
    if (options->long_messages < 1 || options->long_messages > MESSAGES_MAX ||
        options->short_messages < 1 || options->short_messages > MESSAGES_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d long and %d short messages: expected 1 to %d",
                       options->long_messages, options->short_messages, MESSAGES_MAX);
    if (ranks < 2 || !ek_is_power_of_two((uint64_t)ranks))
        return EK_FAIL(EK_ERROR_RANKS,
                       "%d rank%s: messages are measured on a power of two of ranks, at least 2",
                       ranks, EK_PLURAL(ranks));
    return EK_OK;
}

static ek_status open_channel(struct channel *channel)
{
    EK_TRY(check(channel->session, &channel->options));
    const struct ek_messages messages =
        ek_messages_of(ek_session_exchange_bytes(channel->session), 1, 62);
    channel->message_bytes = messages.units;
    channel->flights = messages.flights;
    EK_TRY(EK_NEW(channel->send, (size_t)channel->flights * channel->message_bytes));
    EK_TRY(EK_NEW(channel->receive, (size_t)channel->flights * channel->message_bytes));
    return EK_NEW(channel->seconds, channel->options.repeat);
}

static void close_channel(struct channel *channel)
{
    ek_release(channel->send);
    ek_release(channel->receive);
    ek_release(channel->seconds);
}

/* One after the other. */
static void send_short(const struct channel *channel, int partner)
{
    for (int m = 0; m < channel->options.short_messages; m++)
        ek_exchange(channel->session, partner, channel->send, channel->receive, SHORT_BYTES);
}

/* As a reshuffle does: many are on their way at a time. */
static void send_long(const struct channel *channel, int partner)
{
    struct ek_transfer transfer[EK_FLIGHTS_MAX];
    const int count = channel->options.long_messages, flights = channel->flights;
    for (int m = 0; m < count; m++) {
        const size_t at = (size_t)(m % flights) * channel->message_bytes;
        if (m >= flights) ek_transfer_end(&transfer[m % flights]);
        ek_transfer_begin(channel->session, partner, channel->send + at, channel->receive + at,
                          channel->message_bytes, &transfer[m % flights]);
    }
    for (int m = count < flights ? 0 : count - flights; m < count; m++)
        ek_transfer_end(&transfer[m % flights]);
}

/* Median seconds of a batch; the first one is not counted. */
static double time_batch(struct channel *channel, int partner,
                         void (*send)(const struct channel *channel, int partner))
{
    for (int i = -1; i < channel->options.repeat; i++) {
        ek_barrier(channel->session);
        const double start = ek_clock_seconds();
        send(channel, partner);
        const double seconds = ek_bench_slowest(channel->session, start);
        if (i >= 0) channel->seconds[i] = seconds;
    }
    return ek_bench_median(channel->seconds, channel->options.repeat);
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
        const double latency =
            time_batch(channel, partner, send_short) / channel->options.short_messages;
        const double bandwidth = (double)channel->message_bytes * channel->options.long_messages /
                                 time_batch(channel, partner, send_long);
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
    struct channel channel = {.session = session};
    /* fmin and fmax pass over what is not a number. */
    ek_bench_exchange_result found = {.network_latency_seconds = NAN,
                                      .network_bytes_per_second = NAN};
    if (options) channel.options = *options;
    if (channel.options.repeat == 0) channel.options.repeat = 5;
    if (channel.options.long_messages == 0) channel.options.long_messages = LONG_MESSAGES;
    if (channel.options.short_messages == 0) channel.options.short_messages = SHORT_MESSAGES;
    ek_status status = ek_session_agree(session, open_channel(&channel));
    if (status == EK_OK)
        status = ek_agree_same(session, &channel.options, sizeof channel.options,
                               "the batches of messages");
    if (status == EK_OK) {
        measure(&channel, &found);
        *result = found;
    }
    close_channel(&channel);
    return status;
}

void ek_bench_exchange_machine(const ek_session *session, const ek_bench_exchange_result *result,
                               ek_bench_machine *machine)
{
    const double ranks_per_node = (double)ek_session_size(session) / result->nodes;
    machine->network_distances = 0;
    if (result->nodes == 1) return;
    machine->network_bandwidth_bytes_per_second = result->network_bytes_per_second;
    machine->network_latency_seconds = result->network_latency_seconds;
    for (int d = 0; d < result->distances; d++) {
        if (!result->distance[d].between_nodes) continue;
        const int far = machine->network_distances++;
        machine->network_distance[far].latency_seconds = result->distance[d].latency_seconds;
        machine->network_distance[far].bandwidth_bytes_per_second =
            ranks_per_node * result->distance[d].bytes_per_second;
    }
}
