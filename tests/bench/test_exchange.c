/* Messages between ranks, and the machine file that measurements share. */
#include "bench/bench.h"
#include "support/folder.h"
#include "support/harness.h"

#include <exaket/predict.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ek_session *session;
static const char *folder;

static void test_begin(void)
{
    session = test_session(1, 4096);
    folder = test_folder_create();
}

static void test_end(void)
{
    CHECK(test_rank() != 0 || test_folder_entries(folder) == 2); /* nothing half written */
    test_folder_remove(folder);
    ek_session_destroy(&session);
}

static void test_messages(void)
{
    const ek_bench_exchange_options options = {.repeat = 3}, bad = {.repeat = -1};
    ek_bench_exchange_result result = {.nodes = 7};
    const ek_bench_exchange_options none = {.short_messages = -1}, short_ones = {.repeat = 1,
        .long_messages = 1, .short_messages = 1};
    CHECK_STATUS(ek_bench_exchange(session, &bad, &result), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_bench_exchange(session, &none, &result), EK_ERROR_ARGUMENT);
    if (test_ranks() == 1) {
        CHECK_STATUS(ek_bench_exchange(session, &options, &result), EK_ERROR_RANKS);
        CHECK(result.nodes == 7);
        return;
    }
    CHECK_OK(ek_bench_exchange(session, &short_ones, &result));
    CHECK_OK(ek_bench_exchange(session, &options, &result));
    CHECK(result.nodes == 1 && result.message_bytes == 1024);
    CHECK(1 << result.distances == test_ranks());
    for (int d = 0; d < result.distances; d++) {
        CHECK(result.distance[d].latency_seconds > 0 && result.distance[d].latency_seconds < 10);
        CHECK(result.distance[d].bytes_per_second > 0);
        CHECK(!result.distance[d].between_nodes);
    }
    CHECK(isnan(result.network_bytes_per_second) && isnan(result.network_latency_seconds));
}

/* A rank has half of what its node has; the lowest distance is inside a node. */
static void test_machine_of_messages(void)
{
    ek_bench_exchange_result result = {
        .nodes = 2 * test_ranks(), .distances = 3, .network_bytes_per_second = 5,
        .network_latency_seconds = 6,
        .distance = {{9, 9, false}, {1, 2, true}, {3, 4, true}}};
    ek_bench_machine machine = {.gflops_per_thread = 7, .network_distances = 9};
    ek_bench_exchange_machine(session, &result, &machine);
    CHECK(machine.network_bandwidth_bytes_per_second == 5);
    CHECK(machine.network_latency_seconds == 6 && machine.gflops_per_thread == 7);
    CHECK(machine.network_distances == 2);
    CHECK(machine.network_distance[0].bandwidth_bytes_per_second == 0.5);
    CHECK(machine.network_distance[0].latency_seconds == 2);
    CHECK(machine.network_distance[1].bandwidth_bytes_per_second == 1.5);
    result.nodes = 1; /* nothing was learnt */
    ek_bench_exchange_machine(session, &result, &machine);
    CHECK(machine.network_distances == 0 && machine.network_latency_seconds == 6);
}

/* True on rank 0 when the file is exactly this; on others always. */
static bool holds(const char *name, const char *expected)
{
    size_t length;
    if (test_rank() != 0) return true;
    char *bytes = test_file_read(folder, name, &length);
    const bool same = bytes && strcmp(bytes, expected) == 0;
    if (!same) printf("%s holds: %s\n", name, bytes ? bytes : "nothing");
    free(bytes);
    return same;
}

static void write_text(const char *name, const char *text)
{
    if (test_rank() == 0) CHECK(test_file_write(folder, name, text, strlen(text)));
}

static void test_machine_file(void)
{
    const ek_bench_machine memory = {.memory_bandwidth_bytes_per_second = 2};
    const ek_bench_machine network = {.network_bandwidth_bytes_per_second = 3,
                                      .network_latency_seconds = 0.5,
                                      .memory_bandwidth_bytes_per_second = 4};
    const ek_bench_machine nothing = {.network_latency_seconds = NAN};
    char path[4200];
    const char *name = "machine.json";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK_OK(ek_bench_machine_save(session, &memory, path));
    CHECK(holds(name, "{\n  \"memory_bandwidth_bytes_per_second\": 2.0\n}"));
    write_text(name, "{\"memory_bandwidth_bytes_per_second\": 2.0, \"note\": \"mine\"}");
    CHECK_OK(ek_bench_machine_save(session, &network, path));
    const char *all = "{\n  \"memory_bandwidth_bytes_per_second\": 4.0,\n  \"note\": \"mine\",\n"
                      "  \"network_bandwidth_bytes_per_second\": 3.0,\n"
                      "  \"network_latency_seconds\": 0.5\n}";
    CHECK(holds(name, all));
    CHECK_OK(ek_bench_machine_save(session, &nothing, path));
    CHECK(holds(name, all));
    const ek_bench_machine far = {.network_distances = 1, .network_distance = {{8, 0.25}}};
    CHECK_OK(ek_bench_machine_save(session, &far, path));
    const char *more = "{\n  \"memory_bandwidth_bytes_per_second\": 4.0,\n"
                       "  \"note\": \"mine\",\n"
                       "  \"network_bandwidth_bytes_per_second\": 3.0,\n"
                       "  \"network_latency_seconds\": 0.5,\n  \"network_distances\": [\n"
                       "    {\n      \"node_xor\": 1,\n"
                       "      \"bandwidth_bytes_per_second\": 8.0,\n"
                       "      \"latency_seconds\": 0.25\n    }\n  ]\n}";
    CHECK(holds(name, more));
    ek_bench_machine loaded = {0};
    ek_barrier(session);
    CHECK_OK(ek_bench_machine_load(path, &loaded));
    CHECK(loaded.network_latency_seconds == 0.5 && loaded.network_distances == 1);
    CHECK(loaded.network_distance[0].bandwidth_bytes_per_second == 8);
    CHECK(loaded.network_distance[0].latency_seconds == 0.25);
    if (test_rank() == 0) ek_fault_set(EK_FAULT_WRITE, 1);
    CHECK_STATUS(ek_bench_machine_save(session, &memory, path), EK_ERROR_FILE);
    ek_fault_set(EK_FAULT_WRITE, 0);
    CHECK(holds(name, more));
}

static void test_bad_machine_file(void)
{
    static const char *const bad[] = {"", "[1]", "{\"a\": 1", "{\"a\": 1, \"a\": 2}"};
    const ek_bench_machine memory = {.memory_bandwidth_bytes_per_second = 2};
    char path[4200];
    const char *name = "bad.json";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(name, bad[i]);
        CHECK_STATUS(ek_bench_machine_save(session, &memory, path), EK_ERROR_PARSE);
        CHECK(strstr(ek_last_message(), "bad.json:1:") != NULL);
        CHECK(holds(name, bad[i]));
    }
    CHECK_STATUS(ek_bench_machine_save(session, &memory, "/nowhere/machine.json"), EK_ERROR_FILE);
}

static void test_bad_distances(void)
{
    static const char *const bad[] = {
        "1", "[1]", "[{}]", "[{\"node_xor\": 2}]",
        "[{\"node_xor\": 1, \"latency_seconds\": 1}]",
        "[{\"node_xor\": 1, \"latency_seconds\": 1, \"bandwidth_bytes_per_second\": -1}]"};
    ek_bench_machine machine = {.gflops_per_thread = 7};
    char path[4200], text[256];
    const char *name = "bad.json";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "{\"network_distances\": %s}", bad[i]);
        ek_barrier(session);
        write_text(name, text);
        ek_barrier(session);
        CHECK_STATUS(ek_bench_machine_load(path, &machine), EK_ERROR_PARSE);
        CHECK(strstr(ek_last_message(), path) != NULL);
        CHECK(machine.gflops_per_thread == 7 && machine.network_distances == 0);
    }
    ek_barrier(session);
}

static const struct test_case cases[] = {
    {"begin", test_begin},
    {"messages", test_messages},
    {"machine of messages", test_machine_of_messages},
    {"machine file", test_machine_file},
    {"bad machine file", test_bad_machine_file},
    {"bad distances", test_bad_distances},
    {"end", test_end},
};

int main(int argc, char **argv)
{
    return test_main(argc, argv, "bench: messages", cases, sizeof cases / sizeof *cases);
}
