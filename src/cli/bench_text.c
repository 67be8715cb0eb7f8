#include "cli/cli.h"

#include <math.h>
#include <stdio.h>

static void print_head(FILE *out, const ek_session *session, const ek_bench_result *result)
{
    const ek_bench_options *options = &result->options;
    const int ranks = ek_session_size(session), threads = ek_session_threads(session);
    fprintf(out, "%s: %d qubit%s", ek_bench_name(options->workload), options->qubits,
            EK_PLURAL(options->qubits));
    if (options->workload == EK_BENCH_GATE) fprintf(out, ", slot %d", options->slot);
    if (options->layers > 0)
        fprintf(out, ", %d layer%s", options->layers, EK_PLURAL(options->layers));
    fprintf(out, ", %s precision, %d rank%s x %d thread%s\n\n",
            ek_precision_name(options->precision), ranks, EK_PLURAL(ranks),
            threads, EK_PLURAL(threads));
}

/* A row: a time in milliseconds and in passes. */
static void print_time(FILE *out, const char *name, double seconds, double pass)
{
    fprintf(out, "%-18s %12.3f ms %10.2f passes\n", name, 1e3 * seconds, seconds / pass);
}

static void print_times(FILE *out, const ek_bench_result *result)
{
    const double pass = result->stream_pass_seconds;
    const int layers = result->options.layers;
    char name[64];
    snprintf(name, sizeof name, "median of %d", result->options.repeat);
    print_time(out, name, result->seconds_median, pass);
    print_time(out, "fastest", result->seconds_min, pass);
    print_time(out, "slowest", result->seconds_max, pass);
    if (layers > 0 && result->planned_passes >= 0)
        print_time(out, "per layer", result->seconds_median / layers, pass);
    if (result->value_seconds > 0)
        fprintf(out, "%-18s %12.3f ms %10.2f times as long is the gradient\n", "value alone",
                1e3 * result->value_seconds, result->seconds_median / result->value_seconds);
    fprintf(out, "%-18s %12.3f ms %10.1f GB/s\n", "stream pass", 1e3 * pass,
            1e-9 * result->stream_bytes_per_second);
}

static void print_costs(FILE *out, const ek_bench_result *result)
{
    char plan[32], prepare[32], state[32], peak[32], sent[32], count[32] = "";
    if (result->planned_passes >= 0)
        fprintf(out, "%-18s %12d    in %s%s\n", "planned passes", result->planned_passes,
                ek_format_seconds(result->plan_seconds, plan),
                result->reshuffles > 0 ? "" : ", no reshuffle");
    if (result->planned_passes >= 0)
        fprintf(out, "%-18s %12.2f    GFLOP/s per thread\n", "arithmetic",
                result->gflops_per_thread);
    if (result->predicted_seconds > 0)
        fprintf(out, "%-18s %15s\n", "predicted",
                ek_format_seconds(result->predicted_seconds, plan));
    if (result->reshuffles > 0)
        fprintf(out, "%-18s %12d    %s sent per rank\n", "reshuffles", result->reshuffles,
                ek_format_bytes((double)result->bytes_sent_per_rank, sent));
    if (result->states > 1) snprintf(count, sizeof count, "each of %d, ", result->states);
    fprintf(out, "%-18s %15s %s%s in all on the fullest rank\n", "state per rank",
            ek_format_bytes((double)result->state_bytes_per_rank, state), count,
            ek_format_bytes((double)result->peak_rss_bytes_per_rank, peak));
    fprintf(out, "%-18s %15s\n", "made ready in",
            ek_format_seconds(result->prepare_seconds, prepare));
    fprintf(out, "%-18s %15.12f", "norm", result->norm);
    if (isfinite(result->energy)) fprintf(out, "\n%-18s %15.9f", "energy", result->energy);
}

char *describe_bench(const ek_session *session, const ek_bench_result *result)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    print_head(out, session, result);
    print_times(out, result);
    print_costs(out, result);
    fclose(out);
    return text;
}

char *describe_exchange(const ek_session *session, const ek_bench_exchange_result *result)
{
    char *text = NULL, size[32];
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    fprintf(out, "exchange: %d ranks on %d node%s, messages of %s\n\n%-18s %12s %22s",
            ek_session_size(session), result->nodes, EK_PLURAL(result->nodes),
            ek_format_bytes((double)result->message_bytes, size), "partner", "latency",
            "each way per rank");
    for (int d = 0; d < result->distances; d++)
        fprintf(out, "\nrank xor %-9d %9.2f us %17.2f GB/s%s", 1 << d,
                1e6 * result->distance[d].latency_seconds,
                1e-9 * result->distance[d].bytes_per_second,
                result->distance[d].between_nodes ? "  between nodes" : "");
    fclose(out);
    return text;
}

char *describe_checkpoint(const ek_session *session, const ek_bench_checkpoint_result *r)
{
    char *text = NULL, size[32];
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    fprintf(out, "checkpoint: %d qubit%s, %s, %s precision, %d rank%s\n\n", r->qubits,
            EK_PLURAL(r->qubits), ek_format_bytes(r->bytes, size), ek_precision_name(r->precision),
            ek_session_size(session), EK_PLURAL(ek_session_size(session)));
    fprintf(out, "written      %9.3f s %8.2f GB/s, %.2f times the speed of plain bytes\n",
            r->write_seconds, 1e-9 * r->bytes / r->write_seconds,
            r->plain_write_seconds / r->write_seconds);
    fprintf(out, "read         %9.3f s %8.2f GB/s\n", r->read_seconds,
            1e-9 * r->bytes / r->read_seconds);
    fprintf(out, "plain bytes  %9.3f s %8.2f GB/s", r->plain_write_seconds,
            1e-9 * r->bytes / r->plain_write_seconds);
    fclose(out);
    return text;
}

static void print_csv_row(FILE *out, const ek_session *session, const ek_bench_result *result)
{
    fprintf(out, "\n%s,%d,%d,%d,%d,%s,%.9g,%.9g,%.9g,%.6g,%d,%d,%llu,%llu,%.15g,%.15g",
            ek_bench_name(result->options.workload), ek_session_size(session), result->nodes,
            ek_session_threads(session), result->options.qubits,
            ek_precision_name(result->options.precision), result->seconds_median,
            result->seconds_min, result->stream_pass_seconds,
            result->seconds_median / result->stream_pass_seconds, result->planned_passes,
            result->reshuffles, (unsigned long long)result->bytes_sent_per_rank,
            (unsigned long long)result->peak_rss_bytes_per_rank, result->norm, result->energy);
}

char *describe_scaling(const ek_session *session, size_t count, const ek_bench_result *results)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    fprintf(out, "workload,ranks,nodes,threads_per_rank,qubits,precision,seconds_median,"
                 "seconds_min,stream_pass_seconds,passes_equivalent,planned_passes,reshuffles,"
                 "bytes_sent_per_rank,peak_rss_bytes_per_rank,norm,energy");
    for (size_t i = 0; i < count; i++) print_csv_row(out, session, &results[i]);
    fclose(out);
    return text;
}

char *describe_kernels(const ek_bench_kernels_result *result)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    fprintf(out, "kernels: %s, %s precision, %d thread%s, tiles of %d qubits\n\n"
                 "%-30s %10s %10s %8s %8s %10s\n"
                 "%-30s %10s %10.1f %8s\n%-30s %10s %10s %8s %8.1f %10s",
            result->instruction_set, ek_precision_name(result->precision), result->threads,
            EK_PLURAL(result->threads), result->tile_qubits, "", "us", "GFLOP/s", "of peak",
            "GB/s", "of memory", "peak, on registers", "", 1e-9 * result->peak_flops_per_second,
            "100 %", "stream pass over memory", "", "", "", 1e-9 * result->memory_bytes_per_second,
            "100 %");
    for (int i = 0; i < result->count; i++) {
        const double flops = result->kernel[i].flops_per_second;
        const double bytes = result->kernel[i].bytes_per_second;
        fprintf(out, "\n%-30s %10.1f", result->kernel[i].name, 1e6 * result->kernel[i].seconds);
        if (flops > 0)
            fprintf(out, " %10.1f %6.0f %%", 1e-9 * flops,
                    100 * flops / result->peak_flops_per_second);
        else
            fprintf(out, " %10s %8s", "", "");
        fprintf(out, " %8.1f %8.0f %%", 1e-9 * bytes,
                100 * bytes / result->memory_bytes_per_second);
    }
    fclose(out);
    return text;
}
