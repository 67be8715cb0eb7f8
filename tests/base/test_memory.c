#include "base/base.h"
#include "support/harness.h"

static void test_alignment(void)
{
    for (size_t bytes = 0; bytes < (size_t)64 << 20; bytes = bytes * 3 + 1) {
        void *memory = NULL;
        CHECK_OK(ek_allocate_bytes(bytes, &memory));
        CHECK((uintptr_t)memory % (bytes >= (size_t)4 << 20 ? 2 << 20 : 64) == 0);
        ek_release(memory);
    }
}

static void test_overflow_is_refused(void)
{
    void *memory = NULL;
    CHECK_STATUS(ek_allocate_zeroed(SIZE_MAX / 2, 3, &memory), EK_ERROR_MEMORY);
    CHECK_STATUS(ek_allocate_bytes(SIZE_MAX - 5, &memory), EK_ERROR_MEMORY);
    CHECK(memory == NULL);
}

static void test_injected_fault_hits_the_nth_allocation_once(void)
{
    void *memory = NULL;
    ek_fault_set(EK_FAULT_ALLOCATE, 2);
    CHECK_OK(ek_allocate_bytes(8, &memory));
    ek_release(memory);
    CHECK_STATUS(ek_allocate_bytes(8, &memory), EK_ERROR_MEMORY);
    CHECK_OK(ek_allocate_bytes(8, &memory));
    ek_release(memory);
}

static void test_grow_keeps_content(void)
{
    void *memory = NULL;
    size_t capacity = 0;
    for (size_t used = 0; used < 1000; used++) {
        CHECK_OK(ek_grow(&memory, used, sizeof(size_t), used + 1, &capacity));
        ((size_t *)memory)[used] = used;
    }
    for (size_t i = 0; i < 1000; i++) CHECK(((size_t *)memory)[i] == i);
    ek_release(memory);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"alignment of small and large blocks", test_alignment},
        {"an overflowing size is refused", test_overflow_is_refused},
        {"an injected fault hits the n-th allocation once",
         test_injected_fault_hits_the_nth_allocation_once},
        {"growing keeps the content", test_grow_keeps_content},
    };
    return test_main(argc, argv, "base: memory", cases, sizeof cases / sizeof *cases);
}
