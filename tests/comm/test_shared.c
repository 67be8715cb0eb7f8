/* Memory that ranks of a node share. */
#include "comm/comm.h"
#include "support/harness.h"

static void test_groups(void)
{
    ek_session *session = test_session(1, 0);
    const int shared = ek_session_shared_ranks(session);
    CHECK(ek_is_power_of_two((uint64_t)shared) && test_ranks() % shared == 0);
    CHECK(shared <= ek_session_node_ranks(session));
    ek_session_destroy(&session);
    const ek_session_options alone = {.threads = 1, .shared_ranks = 1};
    CHECK_OK(ek_session_create(&alone, &session));
    CHECK(ek_session_shared_ranks(session) == 1);
    ek_session_destroy(&session);
    const ek_session_options three = {.threads = 1, .shared_ranks = 3};
    CHECK_OK(ek_session_create(&three, &session));
    CHECK(ek_session_shared_ranks(session) <= 2);
    ek_session_destroy(&session);
}

/* Every rank writes its part, and reads all parts of its group. */
static void test_parts(void)
{
    ek_session *session = test_session(1, 0);
    const int shared = ek_session_shared_ranks(session), first = test_rank() / shared * shared;
    for (size_t count = 1; count <= 300000; count = 3 * count + 1) {
        struct ek_shared memory = {0};
        CHECK_OK(ek_shared_create(session, count * sizeof(int), &memory));
        CHECK(memory.ranks == shared && (uintptr_t)memory.all % 64 == 0);
        int *own = memory.own;
        const int *all = memory.all;
        for (size_t i = 0; i < count; i++) own[i] = 1000 * test_rank() + (int)(i % 1000);
        ek_shared_barrier(session);
        size_t wrong = 0;
        for (int r = 0; r < shared; r++)
            for (size_t i = 0; i < count; i++)
                wrong += all[(size_t)r * count + i] != 1000 * (first + r) + (int)(i % 1000);
        CHECK(wrong == 0);
        ek_shared_barrier(session);
        ek_shared_clear(&memory);
        CHECK(memory.own == NULL);
        ek_shared_clear(&memory);
    }
    ek_session_destroy(&session);
}

/* What is written through one view is read through all; no page counts twice. */
static void test_views(void)
{
    enum { COUNT = 1 << 18 };
    ek_session *session = test_session(1, 0);
    const int shared = ek_session_shared_ranks(session);
    struct ek_shared memory = {0}, plain = {0};
    ek_view_span_set(4096);
    CHECK_OK(ek_shared_create(session, COUNT * sizeof(int), &memory));
    ek_view_span_set(0);
    CHECK_OK(ek_shared_create(session, COUNT * sizeof(int), &plain));
    CHECK(plain.view_bytes == 0 && (memory.view_bytes > 0) == (shared > 1));
    const size_t views = memory.view_bytes ? EK_VIEWS : 1, whole = (size_t)shared * COUNT;
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT; i++) ((int *)plain.own)[i] = ((int *)memory.own)[i] = (int)i;
    ek_shared_barrier(session);
    for (size_t v = 0; v < views; v++) {
        const int *view = (const int *)((const char *)memory.all + v * memory.view_bytes);
        for (size_t i = 0; i < whole; i++) wrong += view[i] != (int)(i % COUNT);
    }
    CHECK(wrong == 0);
    const size_t extra = (views * (size_t)shared - 1) * COUNT * sizeof(int);
    CHECK(ek_shared_extra_bytes() >= extra && ek_shared_extra_bytes() <= extra + COUNT / 2);
    ek_shared_barrier(session);
    ek_shared_clear(&memory);
    ek_shared_clear(&plain);
    ek_session_destroy(&session);
}

/* What one rank lacks, none gets; and nothing hangs. */
static void test_a_failure_is_everybodys(void)
{
    ek_session *session = test_session(1, 0);
    for (int failing = 0; failing < test_ranks(); failing++) {
        struct ek_shared memory = {0};
        if (test_rank() == failing) ek_fault_set(EK_FAULT_ALLOCATE, 1);
        CHECK_STATUS(ek_shared_create(session, 4096, &memory), EK_ERROR_MEMORY);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        CHECK(memory.all == NULL && memory.own == NULL);
    }
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"who shares", test_groups},
        {"parts lie next to each other", test_parts},
        {"views of the same memory", test_views},
        {"a failure is everybody's", test_a_failure_is_everybodys},
    };
    return test_main(argc, argv, "shared memory", cases, sizeof cases / sizeof *cases);
}
