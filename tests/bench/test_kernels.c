/* The table of kernels: numbers that belong together, and refusals. */
#include "bench/bench.h"
#include "support/harness.h"

#include <string.h>

static void check_precision(ek_session *session, ek_precision precision)
{
    const ek_bench_kernels_options options = {precision, 14, 1};
    const double amplitude = precision == EK_SINGLE ? 8 : 16;
    ek_bench_kernels_result result;
    if (!CHECK_OK(ek_bench_kernels(session, &options, &result))) return;
    CHECK(result.precision == precision && result.threads == 2 && result.count > 8);
    CHECK(strlen(result.instruction_set) > 0);
    CHECK(result.peak_flops_per_second > 1e7 && result.memory_bytes_per_second > 1e6);
    for (int i = 0; i < result.count; i++) {
        const double moved = result.kernel[i].bytes_per_second * result.kernel[i].seconds;
        const double most = result.kernel[i].in_memory ? 1 << 14 : 2 << result.tile_qubits;
        CHECK(result.kernel[i].seconds > 0 && strlen(result.kernel[i].name) > 0);
        CHECK(moved > 0 && moved <= 2.001 * amplitude * most);
        CHECK((result.kernel[i].flops_per_second > 0) == !result.kernel[i].in_memory);
    }
}

static void test_table(void)
{
    ek_session *session = test_session(2, 0);
    check_precision(session, EK_DOUBLE);
    check_precision(session, EK_SINGLE);
    ek_session_destroy(&session);
}

static void test_refusals(void)
{
    static const ek_bench_kernels_options bad[] = {
        {(ek_precision)2, 14, 1}, {EK_DOUBLE, 11, 1}, {EK_DOUBLE, 63, 1}, {EK_DOUBLE, 14, -1}};
    const ek_bench_kernels_options large = {EK_DOUBLE, 55, 1};
    ek_session *session = test_session(1, 0);
    ek_bench_kernels_result result = {.count = 7};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_STATUS(ek_bench_kernels(session, &bad[i], &result), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_bench_kernels(session, &large, &result), EK_ERROR_MEMORY);
    CHECK(result.count == 7);
    ek_session_destroy(&session);
}

static const struct test_case cases[] = {
    {"table", test_table},
    {"refusals", test_refusals},
};

int main(int argc, char **argv)
{
    return test_main(argc, argv, "bench: kernels", cases, sizeof cases / sizeof *cases);
}
