#define _POSIX_C_SOURCE 200809L
#include "comm/comm.h"
#include "support/harness.h"

#include <exaket/session_mpi.h>

#include <stdlib.h>
#include <string.h>

/* ---- options ----------------------------------------------------------------------------- */

static void test_defaults(void)
{
    ek_session *session = NULL;
    setenv("OMP_NUM_THREADS", "1", 1);
    CHECK_OK(ek_session_create(NULL, &session));
    CHECK(ek_session_rank(session) == test_rank());
    CHECK(ek_session_size(session) == test_ranks());
    CHECK(ek_session_threads(session) == 1);
    CHECK(ek_session_exchange_bytes(session) == (size_t)16 << 20);
    ek_session_destroy(&session);
    unsetenv("OMP_NUM_THREADS");
    CHECK(ek_default_threads(0) == ek_default_threads(1) && ek_default_threads(1 << 20) == 1);
    setenv("OMP_NUM_THREADS", "1", 1);
    CHECK(session == NULL);
    ek_session_destroy(&session);
    ek_session_destroy(NULL);
}

static void test_options(void)
{
    const ek_session_options options = {.threads = 3, .exchange_bytes = 64};
    ek_session *session = NULL;
    CHECK_OK(ek_session_create(&options, &session));
    CHECK(ek_session_threads(session) == 3 && ek_session_exchange_bytes(session) == 64);
    ek_session_destroy(&session);
}

static void check_refused(ek_session_options options, ek_status expected)
{
    ek_session *session = NULL;
    CHECK_STATUS(ek_session_create(&options, &session), expected);
    CHECK(session == NULL && strlen(ek_last_message()) > 0);
}

static void test_options_out_of_range(void)
{
    const int last = test_rank() == test_ranks() - 1;
    check_refused((ek_session_options){.threads = -1}, EK_ERROR_ARGUMENT);
    check_refused((ek_session_options){.threads = 1 << 20}, EK_ERROR_ARGUMENT);
    check_refused((ek_session_options){.exchange_bytes = 63}, EK_ERROR_ARGUMENT);
    check_refused((ek_session_options){.exchange_bytes = last ? 1 : 64}, EK_ERROR_ARGUMENT);
}

/* Set on the last rank; all must refuse. */
static void check_variable(const char *name, const char *value, ek_status expected)
{
    char *before = getenv(name) ? strdup(getenv(name)) : NULL;
    ek_session *session = NULL;
    if (test_rank() == test_ranks() - 1) setenv(name, value, 1);
    CHECK_STATUS(ek_session_create(NULL, &session), expected);
    CHECK((session == NULL) == (expected != EK_OK));
    CHECK(!session || ek_session_size(session) == test_ranks());
    if (expected != EK_OK)
        CHECK(strstr(ek_last_message(), name) && strstr(ek_last_message(), value));
    ek_session_destroy(&session);
    if (before) setenv(name, before, 1);
    else unsetenv(name);
    free(before);
}

static void test_environment(void)
{
    static const char *const wrong[][8] = {
        {"EXAKET_ISA", "foo", "AVX2", "avx2 ", "sse", "Baseline"},
        {"EXAKET_HAND_OVER", "foo", "1", "yes", "On", "off "},
        {"EXAKET_SHARED_RANKS", "foo", "0", "-1", "2x", "99999999999999999999"}};
    static const char *const known[] = {"avx512", "avx2", "baseline"};
    for (size_t v = 0; v < 3; v++) {
        check_variable(wrong[v][0], "", EK_OK);
        for (size_t i = 1; wrong[v][i]; i++)
            check_variable(wrong[v][0], wrong[v][i], EK_ERROR_ARGUMENT);
    }
    for (size_t i = 0; i < 3; i++) {
        bool here = false;
        for (int n = 0; ek_instruction_set(n); n++)
            here |= strcmp(ek_instruction_set(n), known[i]) == 0;
        check_variable("EXAKET_ISA", known[i], here ? EK_OK : EK_ERROR_ARGUMENT);
    }
    check_variable("EXAKET_HAND_OVER", "on", EK_OK);
    check_variable("EXAKET_HAND_OVER", "off", EK_OK);
}

static void test_options_that_differ(void)
{
    if (test_ranks() == 1) return;
    const int last = test_rank() == test_ranks() - 1;
    check_refused((ek_session_options){.exchange_bytes = last ? 128 : 64}, EK_ERROR_ARGUMENT);
    check_refused((ek_session_options){.threads = last ? 2 : 1}, EK_ERROR_ARGUMENT);
}

static void test_no_memory_for_a_session(void)
{
    for (long nth = 1; nth <= 3; nth++) {
        ek_session *session = NULL;
        ek_fault_set(EK_FAULT_ALLOCATE, test_rank() == test_ranks() - 1 ? nth : 0);
        const ek_status status = ek_session_create(NULL, &session);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        CHECK(status == EK_ERROR_MEMORY || (nth > 1 && status == EK_OK));
        CHECK((session == NULL) == (status != EK_OK));
        ek_session_destroy(&session);
    }
}

/* ---- whose communicator ------------------------------------------------------------------ */

static void test_callers_communicator(void)
{
    const int rank = test_rank(), ranks = test_ranks();
    MPI_Comm odd_even, reversed;
    ek_session *session = NULL;
    int size;
    MPI_Comm_split(MPI_COMM_WORLD, 0, ranks - rank, &reversed);
    CHECK_OK(ek_session_create_on(reversed, NULL, &session));
    CHECK(ek_session_rank(session) == ranks - 1 - rank);
    ek_session_destroy(&session);
    MPI_Comm_split(MPI_COMM_WORLD, rank % 2, rank, &odd_even);
    CHECK_OK(ek_session_create_on(odd_even, NULL, &session));
    MPI_Comm_size(odd_even, &size);
    CHECK(ek_session_size(session) == size && ek_session_rank(session) == rank / 2);
    double sum = rank;
    ek_sum_ranks(session, &sum, 1);
    for (int r = rank % 2; r < ranks; r += 2) sum -= r;
    CHECK(sum == 0);
    MPI_Comm_free(&reversed); /* the caller's communicators are still the caller's */
    MPI_Comm_free(&odd_even);
    CHECK_OK(ek_session_agree(session, EK_OK));
    ek_session_destroy(&session);
}

/* Traffic of the caller's own must not meet the library's. */
static void test_traffic_is_apart(void)
{
    ek_session *session = NULL;
    int mine = test_rank(), before = -1;
    const int ranks = test_ranks();
    const int next = (mine + 1) % ranks, previous = (mine + ranks - 1) % ranks;
    MPI_Request request;
    MPI_Irecv(&before, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &request);
    CHECK_OK(ek_session_create_on(MPI_COMM_WORLD, NULL, &session));
    double sum = 1;
    ek_sum_ranks(session, &sum, 1);
    CHECK(sum == ranks);
    MPI_Send(&mine, 1, MPI_INT, next, 1, MPI_COMM_WORLD);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    CHECK(before == previous);
    ek_session_destroy(&session);
}

static void test_split(void)
{
    ek_session *whole = test_session(2, 256), *part = NULL, *single = NULL;
    const int rank = test_rank(), ranks = test_ranks();
    CHECK_OK(ek_session_split(whole, rank * 2 / ranks, &part));
    int size = 0, place = 0;
    for (int r = 0; r < ranks; r++) {
        const bool mine = r * 2 / ranks == rank * 2 / ranks;
        size += mine;
        place += mine && r < rank;
    }
    CHECK(ek_session_size(part) == size);
    CHECK(ek_session_rank(part) == place);
    CHECK(ek_session_threads(part) == 2 && ek_session_exchange_bytes(part) == 256);
    CHECK_OK(ek_session_split(part, 1000 + rank, &single));
    CHECK(ek_session_size(single) == 1 && ek_session_rank(single) == 0);
    ek_session_destroy(&single);
    ek_session_destroy(&part);
    CHECK_STATUS(ek_session_split(whole, rank == 0 ? -1 : 0, &part), EK_ERROR_ARGUMENT);
    CHECK(part == NULL);
    ek_fault_set(EK_FAULT_ALLOCATE, rank == ranks - 1);
    CHECK_STATUS(ek_session_split(whole, 0, &part), EK_ERROR_MEMORY);
    ek_fault_set(EK_FAULT_ALLOCATE, 0);
    CHECK(part == NULL);
    ek_session_destroy(&whole);
}

/* A part shares memory as any session of its ranks does, however many the whole has. */
static void test_part_shares(void)
{
    ek_session *whole = test_session(1, 256), *part = NULL, *alone = NULL;
    const int rank = test_rank(), pairs = test_ranks() / 2 * 2;
    const int group = rank < pairs ? rank / 2 : pairs;
    MPI_Comm comm;
    MPI_Comm_split(MPI_COMM_WORLD, group, rank, &comm);
    CHECK_OK(ek_session_split(whole, group, &part));
    CHECK_OK(ek_session_create_on(comm, NULL, &alone));
    CHECK(ek_session_size(part) == ek_session_size(alone));
    CHECK(ek_session_shared_ranks(part) == ek_session_shared_ranks(alone));
    ek_session_destroy(&alone);
    ek_session_destroy(&part);
    ek_session_destroy(&whole);
    MPI_Comm_free(&comm);
}

/* ---- agreement --------------------------------------------------------------------------- */

static void test_agreement(void)
{
    ek_session *session = test_session(1, 0);
    const int rank = test_rank(), ranks = test_ranks();
    CHECK_OK(ek_session_agree(session, EK_OK));
    for (int lowest = 0; lowest < ranks; lowest++) {
        ek_status mine = EK_OK;
        char expected[64];
        int line, where;
        const char *file;
        if (rank >= lowest)
            mine = EK_FAIL(rank == lowest ? EK_ERROR_NUMERIC : EK_ERROR_BUSY, "rank %d", rank);
        CHECK_STATUS(ek_session_agree(session, mine), EK_ERROR_NUMERIC);
        snprintf(expected, sizeof expected, "rank %d", lowest);
        ek_last_location(&file, &line, &where);
        CHECK(strcmp(ek_last_message(), expected) == 0 && where == lowest);
        CHECK(strcmp(file, "test_session.c") == 0 && line > 0);
        CHECK_OK(ek_session_agree(session, EK_OK));
    }
    /* A failure of the caller's own is not told in the words of an earlier one. */
    CHECK_STATUS(ek_session_agree(session, rank == ranks - 1 ? EK_ERROR_FILE : EK_OK),
                 EK_ERROR_FILE);
    CHECK(strstr(ek_last_message(), "caller") && strstr(ek_last_message(), "EK_ERROR_FILE"));
    ek_session_destroy(&session);
}

static void test_agreement_on_bytes(void)
{
    ek_session *session = test_session(1, 0);
    const int rank = test_rank(), ranks = test_ranks();
    double values[3] = {1, 2, 3};
    ek_message_limit_set(5);
    CHECK_OK(ek_agree_same(session, values, sizeof values, "the values"));
    CHECK_OK(ek_agree_same(session, values, 0, "nothing"));
    for (int other = 0; other < ranks && ranks > 1; other++) {
        values[2] = rank == other ? 3.5 : 3;
        CHECK_STATUS(ek_agree_same(session, values, sizeof values, "the values"),
                     EK_ERROR_MISMATCH);
        CHECK(strstr(ek_last_message(), "the values") != NULL);
    }
    ek_fault_set(EK_FAULT_ALLOCATE, rank == ranks - 1);
    CHECK_STATUS(ek_agree_same(session, values, sizeof values, "the values"), EK_ERROR_MEMORY);
    ek_fault_set(EK_FAULT_ALLOCATE, 0);
    ek_message_limit_set(0);
    ek_session_destroy(&session);
}

static void test_several_at_once(void)
{
    ek_session *sessions[5] = {NULL};
    for (int i = 0; i < 5; i++) sessions[i] = test_session(1, 64 + (size_t)i);
    for (int i = 0; i < 5; i++) CHECK_OK(ek_session_agree(sessions[i], EK_OK));
    for (int i = 0; i < 5; i++) ek_session_destroy(&sessions[(i * 3) % 5]);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"defaults", test_defaults},
        {"options", test_options},
        {"options out of range", test_options_out_of_range},
        {"environment", test_environment},
        {"options that differ between ranks", test_options_that_differ},
        {"no memory for a session", test_no_memory_for_a_session},
        {"a communicator of the caller's", test_callers_communicator},
        {"the caller's messages stay apart", test_traffic_is_apart},
        {"splitting", test_split},
        {"parts share memory", test_part_shares},
        {"agreement: the lowest failing rank speaks", test_agreement},
        {"agreement on bytes", test_agreement_on_bytes},
        {"several sessions at once", test_several_at_once},
    };
    return test_main(argc, argv, "comm: session", cases, sizeof cases / sizeof *cases);
}
