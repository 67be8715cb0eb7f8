/* Messages between ranks, and the machine file that measurements share. */
#include "bench/bench.h"
#include "support/folder.h"
#include "support/harness.h"

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
    CHECK_STATUS(ek_bench_exchange(session, &bad, &result), EK_ERROR_ARGUMENT);
    if (test_ranks() == 1) {
        CHECK_STATUS(ek_bench_exchange(session, &options, &result), EK_ERROR_RANKS);
        CHECK(result.nodes == 7);
        return;
    }
    CHECK_OK(ek_bench_exchange(session, &options, &result));
    CHECK(result.nodes == 1 && result.message_bytes == 2048);
    CHECK(1 << result.distances == test_ranks());
    for (int d = 0; d < result.distances; d++) {
        CHECK(result.distance[d].latency_seconds > 0 && result.distance[d].latency_seconds < 10);
        CHECK(result.distance[d].bytes_per_second > 0);
        CHECK(!result.distance[d].between_nodes);
    }
    CHECK(isnan(result.network_bytes_per_second) && isnan(result.network_latency_seconds));
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
    if (test_rank() == 0) ek_fault_set(EK_FAULT_WRITE, 1);
    CHECK_STATUS(ek_bench_machine_save(session, &memory, path), EK_ERROR_FILE);
    ek_fault_set(EK_FAULT_WRITE, 0);
    CHECK(holds(name, all));
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

static const struct test_case cases[] = {
    {"begin", test_begin},
    {"messages", test_messages},
    {"machine file", test_machine_file},
    {"bad machine file", test_bad_machine_file},
    {"end", test_end},
};

int main(int argc, char **argv)
{
    return test_main(argc, argv, "bench: messages", cases, sizeof cases / sizeof *cases);
}
