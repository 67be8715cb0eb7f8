#include "comm/comm.h"
#include "support/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ek_session *session;
static int rank, ranks;

/* Byte `i` of a message that `from` sends. */
static char content(int from, size_t i) { return (char)(i * 37 + (size_t)from * 101 + i / 256); }

static void fill(char *bytes, size_t count, int from)
{
    for (size_t i = 0; i < count; i++) bytes[i] = content(from, i);
}

static int is_from(const char *bytes, size_t count, int from)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i] != content(from, i)) return 0;
    return 1;
}

static const size_t lengths[] = {0, 1, 6, 7, 8, 14, 1000};
enum { LENGTHS = sizeof lengths / sizeof *lengths, LONGEST = 1000 };

static void check_messages(void)
{
    char mine[LONGEST], got[LONGEST + 1];
    for (int i = 0; i < LENGTHS; i++) {
        const size_t count = lengths[i];
        for (int root = 0; root < ranks; root++) {
            fill(mine, count, rank);
            ek_broadcast(session, mine, count, root);
            CHECK(is_from(mine, count, root));
        }
        const int partner = rank ^ 1;
        if (partner >= ranks) continue;
        fill(mine, count, rank);
        got[count] = 'x';
        ek_exchange(session, partner, mine, got, count);
        CHECK(is_from(got, count, partner) && got[count] == 'x');
    }
}

static void test_messages_in_one_part(void) { check_messages(); }

static void test_messages_in_parts_of_7(void)
{
    ek_message_limit_set(7);
    CHECK(ek_message_limit() == 7);
    check_messages();
    ek_message_limit_set(0);
    CHECK(ek_message_limit() > 1 << 20 && ek_message_limit() < (size_t)1 << 31);
}

/* Rank r sends 13 r + 5 bytes; rank 1 none. */
static size_t collected(int from) { return from == 1 ? 0 : (size_t)from * 13 + 5; }

static void check_collect(void)
{
    char mine[LONGEST], *all = NULL;
    size_t *counts = calloc((size_t)ranks, sizeof *counts);
    fill(mine, collected(rank), rank);
    CHECK_OK(ek_collect(session, mine, collected(rank), &all, counts));
    CHECK((all != NULL) == (rank == 0));
    const char *at = all;
    for (int r = 0; r < ranks; r++) {
        CHECK(counts[r] == collected(r));
        if (at) CHECK(is_from(at, counts[r], r));
        if (at) at += counts[r];
    }
    ek_release(all);
    free(counts);
}

static void test_collect(void)
{
    check_collect();
    ek_message_limit_set(7);
    check_collect();
    ek_message_limit_set(0);
}

static void test_collect_without_memory(void)
{
    char mine = 'a', *all = NULL;
    size_t *counts = calloc((size_t)ranks, sizeof *counts);
    ek_fault_set(EK_FAULT_ALLOCATE, rank == 0);
    CHECK_STATUS(ek_collect(session, &mine, 1, &all, counts), EK_ERROR_MEMORY);
    ek_fault_set(EK_FAULT_ALLOCATE, 0);
    CHECK(all == NULL);
    free(counts);
    check_collect();
}

/* More numbers than are added at a time, of very different sizes, against a sum in rank order. */
static void test_sum_in_rank_order(void)
{
    enum { COUNT = 40000 }; /* more than two times what is added in slices, and a rest */
    static double values[COUNT], first[COUNT];
    for (int run = 0; run < 3; run++) {
        for (int i = 0; i < COUNT; i++)
            values[i] = sin(1 + i + 977 * rank) * pow(10, rank % 5 * 4);
        ek_sum_ranks(session, values, COUNT);
        for (int i = run; i < COUNT; i += 37) {
            double expected = sin(1 + i);
            for (int r = 1; r < ranks; r++) expected += sin(1 + i + 977 * r) * pow(10, r % 5 * 4);
            CHECK(values[i] == expected);
        }
        if (run == 0) memcpy(first, values, sizeof values);
        CHECK(memcmp(first, values, sizeof values) == 0);
    }
}

static void test_other_reductions(void)
{
    double high[2] = {rank, -rank}, low[2] = {rank, -rank};
    uint64_t sum[2] = {(uint64_t)rank, UINT64_C(1) << 60}, least[2] = {(uint64_t)(ranks - rank),
                                                                     UINT64_MAX - (uint64_t)rank};
    const uint64_t n = (uint64_t)ranks;
    ek_max_ranks(session, high, 2);
    ek_min_ranks(session, low, 2);
    ek_sum_ranks_u64(session, sum, 2);
    ek_min_ranks_u64(session, least, 2);
    CHECK(high[0] == ranks - 1 && high[1] == 0);
    CHECK(low[0] == 0 && low[1] == 1 - ranks);
    CHECK(sum[0] == n * (n - 1) / 2 && sum[1] == n << 60);
    CHECK(least[0] == 1 && least[1] == UINT64_MAX - (n - 1));
}

static void test_gather(void)
{
    const double mine[3] = {rank, 10 + rank, 0.5};
    double *all = calloc(3 * (size_t)ranks, sizeof *all);
    ek_gather_doubles(session, mine, 3, all);
    for (int r = 0; r < ranks; r++)
        CHECK(all[3 * r] == r && all[3 * r + 1] == 10 + r && all[3 * r + 2] == 0.5);
    free(all);
}

/* Rank 0 takes one message of everybody, by waiting or by asking, and answers each. */
static void serve(int round)
{
    int message[2], from = -1;
    for (int left = ranks - 1; left > 0; left--) {
        if (round % 2) ek_receive(session, message, sizeof message, &from);
        else while (!ek_poll(session, message, sizeof message, &from)) continue;
        CHECK(message[0] == from && message[1] == round);
        message[1] = -round;
        ek_post(session, from, message, sizeof message);
    }
    CHECK(!ek_poll(session, message, sizeof message, &from));
}

static void test_control_messages(void)
{
    for (int round = 1; round < 5; round++) {
        int message[2] = {rank, round}, from = -1;
        if (rank == 0) {
            serve(round);
        } else {
            ek_post(session, 0, message, sizeof message);
            ek_receive(session, message, sizeof message, &from);
            CHECK(from == 0 && message[0] == rank && message[1] == -round);
        }
        ek_barrier(session); /* keeps the next round's messages out of this one */
    }
}

static void test_names(void)
{
    char text[256];
    CHECK(strlen(ek_host_name(text)) > 0);
    CHECK(strlen(ek_mpi_version(text)) > 0 && strpbrk(text, ",\n") == NULL);
    CHECK(ek_session_node_ranks(session) >= 1 && ek_session_node_ranks(session) <= ranks);
}

static void test_begin(void)
{
    session = test_session(1, 0);
    rank = ek_session_rank(session);
    ranks = ek_session_size(session);
    CHECK(rank == test_rank() && ranks == test_ranks());
}

static void test_end(void)
{
    ek_session_destroy(&session);
    CHECK(session == NULL);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"session", test_begin},
        {"messages in one part", test_messages_in_one_part},
        {"messages in parts of 7 bytes", test_messages_in_parts_of_7},
        {"collecting bytes on rank 0", test_collect},
        {"collecting without memory", test_collect_without_memory},
        {"sums in the order of ranks", test_sum_in_rank_order},
        {"other reductions", test_other_reductions},
        {"gathering", test_gather},
        {"control messages", test_control_messages},
        {"names", test_names},
        {"end", test_end},
    };
    return test_main(argc, argv, "comm: messages", cases, sizeof cases / sizeof *cases);
}
