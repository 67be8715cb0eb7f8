/* Memory: no workload, and no validation, takes more on any rank than its state and 64 MiB, with
 * all libraries and the usual buffers. */
#include "bench/bench.h"
#include "support/harness.h"

#include <exaket/validate.h>

enum { QUBITS = 18, BESIDE_BYTES = 64 << 20 };

static void check_bytes(uint64_t peak, uint64_t state)
{
    CHECK(peak > state);
#ifndef __SANITIZE_ADDRESS__ /* which needs more */
    CHECK(peak <= state + BESIDE_BYTES);
#endif
}

static void test_workloads(void)
{
    ek_session *session = test_session(2, 0);
    for (int w = 0; w < EK_BENCH_COUNT; w++) {
        const ek_bench_options options = {.workload = (ek_bench_workload)w, .qubits = QUBITS,
                                          .layers = w == EK_BENCH_QUANTUM_VOLUME ? 4 : 0,
                                          .repeat = 1};
        /* A gradient has two states. */
        const int states = w == EK_BENCH_GRADIENT ? 2 : 1;
        ek_bench_result result;
        if (!CHECK_OK(ek_bench_run(session, &options, &result))) continue;
        CHECK(result.states == states);
        check_bytes(result.peak_rss_bytes_per_rank,
                    (uint64_t)states * result.state_bytes_per_rank);
    }
    ek_session_destroy(&session);
}

static void test_validation(void)
{
    const ek_validate_options options = {.qubits = QUBITS};
    ek_session *session = test_session(2, 0);
    ek_validate_result result = {0};
    if (CHECK_OK(ek_validate(session, &options, &result)))
        check_bytes(result.peak_rss_bytes_per_rank, result.state_bytes_per_rank);
    ek_validate_free(&result);
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"workloads", test_workloads},
        {"validation", test_validation},
    };
    return test_main(argc, argv, "bench: memory", cases, sizeof cases / sizeof *cases);
}
