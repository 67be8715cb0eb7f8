/* Results of benchmarks as JSON. */
#include "io/json.h"

#include <exaket/bench.h>

static json_t *check_object(const ek_bench_result *result)
{
    json_t *amplitudes = json_array();
    for (int i = 0; i < EK_BENCH_AMPLITUDES; i++)
        json_array_append_new(amplitudes,
                              json_pack("{s:o, s:o, s:o}", "index", whole(result->indices[i]),
                                        "re", number(result->amplitudes[i].re), "im",
                                        number(result->amplitudes[i].im)));
    return json_pack("{s:o, s:o, s:o, s:o}", "norm", number(result->norm), "energy",
                     number(result->energy), "gradient_norm", number(result->gradient_norm),
                     "amplitudes", amplitudes);
}

static void set_request(json_t *object, const ek_session *session, const ek_bench_result *result)
{
    const ek_bench_options *options = &result->options;
    set(object, "workload", json_string(ek_bench_name(options->workload)));
    set(object, "qubits", json_integer(options->qubits));
    if (options->layers > 0) set(object, "layers", json_integer(options->layers));
    if (options->workload == EK_BENCH_GATE) set(object, "slot", json_integer(options->slot));
    set(object, "precision", json_string(ek_precision_name(options->precision)));
    set(object, "seed", whole(options->seed));
    set(object, "ranks", json_integer(ek_session_size(session)));
    set(object, "nodes", json_integer(result->nodes));
    set(object, "threads_per_rank", json_integer(ek_session_threads(session)));
    set(object, "repeat", json_integer(options->repeat));
}

static void set_times(json_t *object, const ek_bench_result *result)
{
    const int layers = result->options.layers;
    const double passes = result->seconds_median / result->stream_pass_seconds;
    set(object, "seconds",
        json_pack("{s:o, s:o, s:o}", "min", number(result->seconds_min), "median",
                  number(result->seconds_median), "max", number(result->seconds_max)));
    set(object, "stream_pass_seconds", number(result->stream_pass_seconds));
    set(object, "stream_bytes_per_second", number(result->stream_bytes_per_second));
    set(object, "passes_equivalent", number(passes));
    if (result->value_seconds > 0) {
        set(object, "value_seconds", number(result->value_seconds));
        set(object, "gradient_to_value", number(result->seconds_median / result->value_seconds));
    }
    if (layers > 0 && result->planned_passes >= 0) {
        set(object, "seconds_per_layer", number(result->seconds_median / layers));
        set(object, "passes_per_layer", number(passes / layers));
    }
}

static void set_costs(json_t *object, const ek_bench_result *result)
{
    set(object, "planned_passes",
        result->planned_passes < 0 ? json_null() : json_integer(result->planned_passes));
    if (result->gflops_per_thread > 0)
        set(object, "gflops_per_thread", number(result->gflops_per_thread));
    set(object, "tile_bytes_per_second", number(result->tile_bytes_per_second));
    set(object, "lookups_per_second_per_thread", number(result->lookups_per_second_per_thread));
    if (result->predicted_seconds > 0)
        set(object, "predicted_seconds", number(result->predicted_seconds));
    set(object, "reshuffles", json_integer(result->reshuffles));
    set(object, "bytes_sent_per_rank", whole(result->bytes_sent_per_rank));
    set(object, "plan_seconds", number(result->plan_seconds));
    set(object, "prepare_seconds", number(result->prepare_seconds));
    set(object, "state_bytes_per_rank", whole(result->state_bytes_per_rank));
    set(object, "states", json_integer(result->states));
    set(object, "all_states_bytes_per_rank",
        whole((uint64_t)result->states * result->state_bytes_per_rank));
    set(object, "peak_rss_bytes_per_rank", whole(result->peak_rss_bytes_per_rank));
}

static json_t *result_object(const ek_session *session, const ek_bench_result *result)
{
    json_t *object = json_object();
    set_request(object, session, result);
    set_times(object, result);
    set_costs(object, result);
    set(object, "check", check_object(result));
    return object;
}

ek_status ek_bench_json(const ek_session *session, const ek_bench_result *result, char **text)
{
    return print(result_object(session, result), text);
}

ek_status ek_bench_list_json(const ek_session *session, size_t count,
                             const ek_bench_result *results, char **text)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, result_object(session, &results[i]));
    return print(json_pack("{s:o}", "results", array), text);
}

ek_status ek_bench_exchange_json(const ek_session *session,
                                 const ek_bench_exchange_result *result, char **text)
{
    json_t *array = json_array();
    for (int d = 0; d < result->distances; d++)
        json_array_append_new(
            array, json_pack("{s:I, s:o, s:o, s:b}", "rank_xor", (json_int_t)1 << d,
                             "latency_seconds", number(result->distance[d].latency_seconds),
                             "bytes_per_second", number(result->distance[d].bytes_per_second),
                             "between_nodes", result->distance[d].between_nodes));
    return print(json_pack("{s:s, s:i, s:i, s:o, s:o, s:o, s:o}", "workload", "exchange", "ranks",
                           ek_session_size(session), "nodes", result->nodes, "message_bytes",
                           whole(result->message_bytes), "distances", array,
                           "network_bandwidth_bytes_per_second",
                           number(result->network_bytes_per_second), "network_latency_seconds",
                           number(result->network_latency_seconds)),
                 text);
}

ek_status ek_bench_checkpoint_json(const ek_session *session,
                                   const ek_bench_checkpoint_result *r, char **text)
{
    return print(json_pack("{s:s, s:i, s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "workload",
                           "checkpoint", "qubits", r->qubits, "precision",
                           ek_precision_name(r->precision), "ranks", ek_session_size(session),
                           "bytes", whole((uint64_t)r->bytes), "write_seconds",
                           number(r->write_seconds), "read_seconds", number(r->read_seconds),
                           "plain_write_seconds", number(r->plain_write_seconds),
                           "write_bytes_per_second", number(r->bytes / r->write_seconds),
                           "read_bytes_per_second", number(r->bytes / r->read_seconds),
                           "write_share_of_plain",
                           number(r->plain_write_seconds / r->write_seconds)),
                 text);
}

ek_status ek_bench_kernels_json(const ek_session *session, const ek_bench_kernels_result *result,
                                char **text)
{
    json_t *array = json_array();
    for (int i = 0; i < result->count; i++)
        json_array_append_new(
            array, json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o}", "name",
                             result->kernel[i].name, "in_memory", result->kernel[i].in_memory,
                             "seconds", number(result->kernel[i].seconds), "flops_per_second",
                             number(result->kernel[i].flops_per_second), "share_of_peak",
                             number(result->kernel[i].flops_per_second /
                                    result->peak_flops_per_second),
                             "bytes_per_second", number(result->kernel[i].bytes_per_second),
                             "share_of_memory_bandwidth",
                             number(result->kernel[i].bytes_per_second /
                                    result->memory_bytes_per_second)));
    return print(json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:o, s:o, s:o}", "workload", "kernels",
                           "instruction_set", result->instruction_set, "precision",
                           ek_precision_name(result->precision), "ranks",
                           ek_session_size(session), "threads_per_rank", result->threads,
                           "tile_qubits", result->tile_qubits, "peak_flops_per_second",
                           number(result->peak_flops_per_second), "memory_bytes_per_second",
                           number(result->memory_bytes_per_second), "kernels", array),
                 text);
}
