#define _POSIX_C_SOURCE 200809L
#include "base/base.h"
#include "comm/comm.h"
#include "io/text_file.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- files on disk ------------------------------------------------------------------------- */

/* Name of a file in this test's own folder, the same on all ranks. */
static const char *path_of(const char *name)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "problem_load.%dranks/%s", test_ranks(), name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    int written = 1;
    if (test_rank() == 0) {
        mkdir(path_of(""), 0777);
        FILE *file = fopen(path_of(name), "wb");
        written = file && fputs(text, file) >= 0;
        if (file && fclose(file) != 0) written = 0;
    }
    CHECK(written);
    if (!test_all(written)) exit(1);
}

/* ---- reading ------------------------------------------------------------------------------- */

static void test_all_ranks_get_the_bytes(void)
{
    ek_session *session = test_session(1, 0);
    ek_file file = {0};
    write_file("bytes", "one\r\ntwo");
    ek_message_limit_set(3); /* more than one message */
    if (test_all(CHECK_OK(ek_file_read(session, path_of("bytes"), &file)))) {
        CHECK(file.length == 8 && strcmp(file.bytes, "one\r\ntwo") == 0);
        CHECK(strcmp(file.path, path_of("bytes")) == 0);
    }
    ek_message_limit_set(0);
    ek_file_clear(&file);
    CHECK(file.bytes == NULL && file.path == NULL && file.length == 0);
    ek_file_clear(&file);
    ek_file_clear(NULL);
    write_file("empty", "");
    CHECK_OK(ek_file_read(session, path_of("empty"), &file));
    CHECK(file.length == 0 && file.bytes && file.bytes[0] == '\0');
    ek_file_clear(&file);
    ek_session_destroy(&session);
}

/* A pipe has no length to ask for. */
static void test_special_files(void)
{
    ek_session *session = test_session(1, 0);
    ek_file file = {0};
    CHECK_OK(ek_file_read(session, "/dev/null", &file));
    CHECK(file.length == 0);
    ek_file_clear(&file);
    CHECK_OK(ek_file_read(session, "/proc/self/status", &file)); /* says that it is empty */
    CHECK(file.length > 100 && strlen(file.bytes) == file.length);
    ek_file_clear(&file);
    ek_session_destroy(&session);
}

static void check_unreadable(ek_session *session, const char *path, ek_status expected,
                             const char *words)
{
    ek_file file = {0};
    CHECK_STATUS(ek_file_read(session, path, &file), expected);
    CHECK(strstr(ek_last_message(), words) != NULL);
    CHECK(file.path == NULL && file.bytes == NULL);
}

static void test_unreadable_files(void)
{
    ek_session *session = test_session(1, 0);
    check_unreadable(session, path_of("missing"), EK_ERROR_FILE, "No such file");
    check_unreadable(session, path_of("missing"), EK_ERROR_FILE, path_of("missing"));
    check_unreadable(session, ".", EK_ERROR_FILE, ". is a directory");
    check_unreadable(session, path_of("bytes/x"), EK_ERROR_FILE, "Not a directory");
    check_unreadable(session, "", EK_ERROR_ARGUMENT, "empty");
    check_unreadable(session, NULL, EK_ERROR_ARGUMENT, "empty");
    if (test_rank() == 0) {
        FILE *file = fopen(path_of("huge"), "wb");
        CHECK(file && ftruncate(fileno(file), ((off_t)1 << 30) + 1) == 0);
        if (file) fclose(file);
    }
    check_unreadable(session, path_of("huge"), EK_ERROR_FILE, "1 GiB");
    if (test_rank() == 0) CHECK(unlink(path_of("huge")) == 0);
    ek_session_destroy(&session);
}

/* ---- loading ------------------------------------------------------------------------------- */

static void check_loads(ek_session *session, const ek_problem_source *source, const char *kind,
                        const char *name, int qubits)
{
    ek_problem *problem = NULL;
    ek_problem_facts facts;
    if (!test_all(CHECK_OK(ek_problem_load(session, source, &problem)))) {
        fprintf(stderr, "path: %s\n", source->path);
        ek_problem_destroy(&problem);
        return;
    }
    ek_problem_get(problem, &facts);
    CHECK(strcmp(facts.kind, kind) == 0);
    CHECK(strcmp(facts.name, name) == 0);
    CHECK(facts.qubits == qubits);
    CHECK_OK(ek_agree_same(session, facts.terms, facts.term_count * sizeof *facts.terms, "terms"));
    ek_problem_destroy(&problem);
}

static void test_generators(void)
{
    static const struct {
        const char *kind, *path, *made, *name;
        int qubits;
    } good[] = {{NULL, "named:petersen", "maxcut", "named:petersen", 10},
                {"maxcut", "named:ring-5", "maxcut", "named:ring-5", 5},
                {NULL, "regular:12:3:7", "maxcut", "regular:12:3:7", 12},
                {NULL, "er:9:0.5:1", "maxcut", "er:9:0.5:1", 9},
                {NULL, "complete:6:gaussian:2", "maxcut", "complete:6:gaussian:2", 6},
                {NULL, "complete:6:signs:9223372036854775807", "maxcut",
                 "complete:6:signs:9223372036854775807", 6},
                {NULL, "complete:1:one:0", "maxcut", "complete:1:one:0", 1},
                {NULL, "labs:11", "labs", "labs:11", 11},
                {"labs", "labs:11", "labs", "labs:11", 11},
                {"labs", "11", "labs", "labs:11", 11}};
    ek_session *session = test_session(1, 0);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const ek_problem_source source = {.kind = good[i].kind, .path = good[i].path};
        check_loads(session, &source, good[i].made, good[i].name, good[i].qubits);
    }
    ek_session_destroy(&session);
}

static void test_files(void)
{
    ek_session *session = test_session(1, 0);
    write_file("graph.txt", "3 2\n1 2\n2 3\n");
    write_file("form.qubo", "c x\np qubo 0 4 1 1\n0 0 1\n0 3 2\n");
    write_file("chain", "0 1 -1\n1 2 -1\n");
    write_file("numbers", "1 2 3 4 5\n");
    write_file("market.csv", "0.1,0.2,0.3,0.1\n1,0,0,0\n0,1,0,0\n0,0,1,0\n0,0,0,1\n");
    const ek_problem_source sources[] = {
        {.path = path_of("graph.txt")},
        {.kind = "maxcut", .path = path_of("chain"), .vertices = 7}};
    check_loads(session, &sources[0], "maxcut", "graph.txt", 3);
    check_loads(session, &sources[1], "maxcut", "chain", 7);
    check_loads(session, &(ek_problem_source){.path = path_of("form.qubo")}, "qubo", "form.qubo",
                4);
    check_loads(session, &(ek_problem_source){.kind = "qubo", .path = path_of("form.qubo")},
                "qubo", "form.qubo", 4);
    check_loads(session, &(ek_problem_source){.kind = "ising", .path = path_of("chain")}, "ising",
                "chain", 3);
    check_loads(session, &(ek_problem_source){.kind = "partition", .path = path_of("numbers")},
                "partition", "numbers", 5);
    check_loads(session, &(ek_problem_source){.kind = "portfolio", .path = path_of("market.csv")},
                "portfolio", "market.csv", 4);
    ek_session_destroy(&session);
}

/* Zero of the source means half of the assets and a risk aversion of one half. */
static void test_defaults_of_portfolios(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *problems[2] = {NULL, NULL};
    ek_problem_facts facts[2];
    write_file("pair.csv", "0.1,0.2,0.3\n1,0,0\n0,4,0\n0,0,2\n");
    ek_problem_source source = {.kind = "portfolio", .path = path_of("pair.csv")};
    int fine = CHECK_OK(ek_problem_load(session, &source, &problems[0]));
    source.risk_aversion = 0.5;
    source.budget = -1;
    fine &= CHECK_OK(ek_problem_load(session, &source, &problems[1]));
    if (test_all(fine)) {
        for (int i = 0; i < 2; i++) ek_problem_get(problems[i], &facts[i]);
        CHECK(facts[0].weight == 1 && facts[1].weight == -1);
        CHECK(facts[0].term_count == facts[1].term_count);
        for (size_t t = 0; t < facts[0].term_count; t++)
            CHECK(facts[0].terms[t].coefficient == facts[1].terms[t].coefficient);
    }
    for (int i = 0; i < 2; i++) ek_problem_destroy(&problems[i]);
    ek_session_destroy(&session);
}

static void test_bad_sources(void)
{
    static const struct {
        const char *kind, *path;
        ek_status status;
        const char *words;
    } bad[] = {{NULL, NULL, EK_ERROR_ARGUMENT, "named:petersen"},
               {NULL, "", EK_ERROR_ARGUMENT, "no problem given"},
               {"max-cut", "named:k33", EK_ERROR_ARGUMENT, "maxcut, qubo, ising, partition, labs"},
               {NULL, "petersen:10", EK_ERROR_ARGUMENT, "regular:VERTICES:DEGREE:SEED"},
               {NULL, "named:peterson", EK_ERROR_ARGUMENT, "heawood"},
               {NULL, "named:", EK_ERROR_ARGUMENT, "no graph is named ''"},
               {NULL, "named:k33:1", EK_ERROR_ARGUMENT, "2 fields"},
               {NULL, "regular:8:3", EK_ERROR_ARGUMENT, "expected 3"},
               {NULL, "regular:8:3:1:1", EK_ERROR_ARGUMENT, "4 fields"},
               {NULL, "regular:8:x:1", EK_ERROR_ARGUMENT, "found 'x'"},
               {NULL, "regular:7:3:1", EK_ERROR_ARGUMENT, "even"},
               {NULL, "regular:63:2:1", EK_ERROR_ARGUMENT, "1 to 62"},
               {NULL, "regular:8:3:-1", EK_ERROR_ARGUMENT, "a seed"},
               {NULL, "regular:8:3:9223372036854775808", EK_ERROR_ARGUMENT, "a seed"},
               {NULL, "er:8:1.5:1", EK_ERROR_ARGUMENT, "1.5"},
               {NULL, "er:8:half:1", EK_ERROR_ARGUMENT, "found 'half'"},
               {NULL, "complete:8:two:1", EK_ERROR_ARGUMENT, "one, signs or gaussian"},
               {NULL, "labs:", EK_ERROR_ARGUMENT, "labs:12"},
               {NULL, "labs:63", EK_ERROR_ARGUMENT, "1 to 62"},
               {"labs", "eleven", EK_ERROR_ARGUMENT, "found 'eleven'"},
               {"labs", "named:k33", EK_ERROR_ARGUMENT, "length of a sequence"},
               {"maxcut", "labs:7", EK_ERROR_ARGUMENT, "labs:7"},
               {"ising", "named:k33", EK_ERROR_ARGUMENT, "cannot be generated"},
               {NULL, "no/such/file", EK_ERROR_FILE, "No such file"},
               {"qubo", ".", EK_ERROR_FILE, "is a directory"}};
    ek_session *session = test_session(1, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const ek_problem_source source = {.kind = bad[i].kind, .path = bad[i].path};
        ek_problem *problem = NULL;
        CHECK_STATUS(ek_problem_load(session, &source, &problem), bad[i].status);
        const bool right = strstr(ek_last_message(), bad[i].words) != NULL;
        if (!right) fprintf(stderr, "\n'%s' lacks '%s'\n", ek_last_message(), bad[i].words);
        CHECK(right && problem == NULL);
    }
    ek_session_destroy(&session);
}

static void test_places_reach_all_ranks(void)
{
    ek_session *session = test_session(1, 0);
    ek_problem *problem = NULL;
    char expected[300];
    write_file("bad.txt", "3 2\n1 2\n2 x\n");
    write_file("bad.qubo", "p qubo 0 2 1 0\n0 1 1\n");
    snprintf(expected, sizeof expected, "%s:3:3: expected", path_of("bad.txt"));
    CHECK_STATUS(
        ek_problem_load(session, &(ek_problem_source){.path = path_of("bad.txt")}, &problem),
        EK_ERROR_PARSE);
    CHECK(strstr(ek_last_message(), expected) == ek_last_message());
    snprintf(expected, sizeof expected, "%s:2:1: expected", path_of("bad.qubo"));
    CHECK_STATUS(
        ek_problem_load(session, &(ek_problem_source){.path = path_of("bad.qubo")}, &problem),
        EK_ERROR_PARSE);
    CHECK(strstr(ek_last_message(), expected) == ek_last_message());
    CHECK(problem == NULL);
    ek_session_destroy(&session);
}

/* ---- no memory on one rank ------------------------------------------------------------------ */

/* Fails the n-th allocation of the last rank, for each n until none is left to fail. */
static void check_every_allocation(ek_session *session, const ek_problem_source *source)
{
    ek_problem *problem = NULL;
    ek_status status = EK_ERROR_MEMORY;
    long nth = 0;
    while (status == EK_ERROR_MEMORY && nth < 1000) {
        nth++;
        if (test_rank() == test_ranks() - 1) ek_fault_set(EK_FAULT_ALLOCATE, nth);
        status = ek_problem_load(session, source, &problem);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        CHECK((status == EK_OK) == (problem != NULL));
    }
    CHECK_OK(status);
    CHECK(nth > 5);
    ek_problem_destroy(&problem);
}

static void test_failing_allocations(void)
{
    ek_session *session = test_session(1, 0);
    write_file("faulty", "0 1\n1 2\n2 0\n");
    check_every_allocation(session, &(ek_problem_source){.path = path_of("faulty")});
    check_every_allocation(session, &(ek_problem_source){.path = "regular:6:3:1"});
    check_every_allocation(session, &(ek_problem_source){.path = "labs:5"});
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"all ranks get a file's bytes", test_all_ranks_get_the_bytes},
        {"files without a length are read", test_special_files},
        {"unreadable files", test_unreadable_files},
        {"generators", test_generators},
        {"files of every kind", test_files},
        {"defaults of portfolios", test_defaults_of_portfolios},
        {"bad sources are refused", test_bad_sources},
        {"places of errors reach all ranks", test_places_reach_all_ranks},
        {"every allocation that fails on one rank is agreed on", test_failing_allocations},
    };
    return test_main(argc, argv, "io: loading problems", cases, sizeof cases / sizeof *cases);
}
