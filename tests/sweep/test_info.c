#include "comm/comm.h"
#include "support/harness.h"

#include <exaket/info.h>

#include <stdlib.h>
#include <string.h>

static const char *value_of(size_t count, const ek_fact *facts, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(facts[i].key, key) == 0) return facts[i].value;
    return "";
}

static void test_facts(void)
{
    ek_session *session = test_session(1, 0);
    ek_fact facts[64];
    size_t count = 0;
    CHECK_OK(ek_info(session, 64, facts, &count));
    CHECK(count > 15 && count < 64);
    CHECK(strcmp(value_of(count, facts, "version"), ek_version()) == 0);
    CHECK(strcmp(value_of(count, facts, "commit"), ek_commit()) == 0);
    CHECK(atoi(value_of(count, facts, "ranks")) == test_ranks());
    CHECK(atoi(value_of(count, facts, "threads_per_rank")) == 1);
    CHECK(atoi(value_of(count, facts, "largest_state")) > 10);
    CHECK(strstr(value_of(count, facts, "mpi"), "Open MPI") != NULL);
    CHECK(strstr(value_of(count, facts, "pinning"), " cpus ") != NULL);
    CHECK(strchr(value_of(count, facts, "hdf5"), '.') != NULL);
    for (size_t i = 0; i < count; i++) CHECK(facts[i].value[0] != '\0' || i == 3);
    ek_session_destroy(&session);
}

static void test_all_ranks_agree(void)
{
    ek_session *session = test_session(1, 0);
    ek_fact facts[64];
    size_t count = 0;
    memset(facts, 0, sizeof facts);
    CHECK_OK(ek_info(session, 64, facts, &count));
    const char *const keys[] = {"version", "pinning", "memory_per_rank", "largest_state"};
    for (size_t i = 0; i < 4; i++)
        CHECK_OK(ek_agree_same(session, value_of(count, facts, keys[i]),
                               strlen(value_of(count, facts, keys[i])), keys[i]));
    ek_session_destroy(&session);
}

static void test_capacity_is_kept(void)
{
    ek_session *session = test_session(1, 0);
    ek_fact facts[2] = {{.key = NULL}, {.key = "mine", .value = "untouched"}};
    size_t count = 0;
    CHECK_OK(ek_info(session, 1, facts, &count));
    CHECK(count == 1 && strcmp(facts[0].key, "version") == 0);
    CHECK(strcmp(facts[1].value, "untouched") == 0);
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"facts of build, machine and job", test_facts},
        {"all ranks agree", test_all_ranks_agree},
        {"no more facts than asked for", test_capacity_is_kept},
    };
    return test_main(argc, argv, "sweep: info", cases, sizeof cases / sizeof *cases);
}
