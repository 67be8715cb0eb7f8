/* Programs that measure in the middle, stopped after every pass, each time to go on with another
 * number of ranks: the same counts and probabilities as without. */
#include "comm/comm.h"
#include "support/folder.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <exaket/checkpoint.h>
#include <exaket/qasm.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STOPS_MOST = 400, SHOTS = 200 };

/* Three branchings, a reset, a loop that depends on outcomes, classical values. */
static const char branching[] =
    "OPENQASM 3.0; include \"stdgates.inc\";\n"
    "qubit[7] q; bit[7] c; bit[3] m; int[8] n = 0;\n"
    "for int i in [0:6] { ry(0.3 + 0.2*i) q[i]; }\n"
    "for int i in [0:5] { cx q[i], q[i+1]; }\n"
    "m[0] = measure q[2];\n"
    "if (m[0]) { n = n + 2; x q[3]; h q[2]; }\n"
    "for int i in [0:5] { crz(0.4*i) q[i], q[i+1]; rx(0.7) q[i]; }\n"
    "m[1] = measure q[5];\n"
    "reset q[1];\n"
    "while (n > 0) { n = n - 1; ry(0.5) q[1]; cx q[1], q[6]; }\n"
    "m[2] = measure q[1];\n"
    "if (m[1] ^ m[2]) { swap q[0], q[4]; rzz(0.3) q[0], q[6]; h q[0]; }\n"
    "for int i in [0:6] { rx(0.2*i) q[i]; }\n"
    "c = measure q;\n";

static ek_session *session;
static char path[4096], previous[4200];

static void compare(const ek_shots_result *a, const ek_shots_result *b)
{
    CHECK(a->outcome_count == b->outcome_count && a->probable_count == b->probable_count);
    if (a->outcome_count != b->outcome_count || a->probable_count != b->probable_count) return;
    CHECK(a->words == 1 && b->words == 1 && a->leaves == b->leaves);
    for (size_t i = 0; i < a->outcome_count; i++)
        CHECK(a->outcomes[i] == b->outcomes[i] && a->counts[i] == b->counts[i]);
    for (size_t i = 0; i < a->probable_count; i++)
        CHECK_NEAR(a->probabilities[i], b->probabilities[i], 1e-12);
}

/* On some of the ranks, until the next stop. */
static ek_status run_on(int ranks, const ek_dynamic *program, const ek_shots_options *options,
                        const ek_shots_result *expected)
{
    const ek_checkpoint_options checkpoint = {
        .path = path, .max_seconds = 1e-9, .resume = 1, .check = EK_CHECK_NORM};
    ek_session *part = NULL;
    ek_status status = EK_OK;
    CHECK_OK(ek_session_split(session, test_rank() < ranks ? 0 : 1, &part));
    if (test_rank() < ranks) {
        ek_shots_result result = {0};
        ek_shots_options chosen = *options;
        CHECK_OK(ek_checkpoints_create(part, &checkpoint, &chosen.runner));
        status = ek_dynamic_run(part, program, &chosen, &result);
        if (status == EK_OK) compare(expected, &result);
        else CHECK_STATUS(status, EK_ERROR_INTERRUPTED);
        ek_checkpoints_destroy(&chosen.runner);
        ek_shots_result_clear(&result);
    }
    ek_session_destroy(&part);
    int all = (int)status;
    ek_broadcast(session, &all, sizeof all, 0);
    return (ek_status)all;
}

static void run_with_stops(const ek_dynamic *program, size_t memory_bytes)
{
    ek_shots_options options = {.shots = SHOTS, .seed = 7, .probabilities = 64,
                                .memory_bytes = memory_bytes};
    ek_shots_result expected = {0};
    ek_status status = EK_ERROR_INTERRUPTED;
    uint64_t source = 11;
    int stops = 0;
    CHECK_OK(ek_dynamic_run(session, program, &options, &expected));
    CHECK(expected.leaves > 8 && expected.has_probabilities);
    while (status == EK_ERROR_INTERRUPTED && stops++ < STOPS_MOST) {
        const int most = test_ranks() < 8 ? test_ranks() : 4; /* all have as many qubits */
        int ranks = 1;
        while (2 * ranks <= most && random_below(&source, 2)) ranks *= 2;
        status = run_on(ranks, program, &options, &expected);
    }
    CHECK(status == EK_OK);
    CHECK((size_t)stops > expected.leaves);
    ek_shots_result_clear(&expected);
    if (test_rank() == 0) CHECK(unlink(path) == 0 && unlink(previous) == 0);
    CHECK_OK(ek_session_agree(session, EK_OK));
}

static void test_branching(void)
{
    ek_dynamic *program = NULL;
    session = test_session(1, 0);
    const char *folder = test_folder_create();
    snprintf(path, sizeof path, "%s/run.ckpt", folder);
    snprintf(previous, sizeof previous, "%s.previous", path);
    CHECK_OK(ek_qasm_parse("branching.qasm", branching, strlen(branching), &program));
    run_with_stops(program, 0); /* states are kept while they wait */
    run_with_stops(program, 1); /* their ways are run again */
    ek_dynamic_destroy(&program);
    test_folder_remove(folder);
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"measurements in the middle", test_branching},
    };
    return test_main(argc, argv, "io/checkpoint_program", cases, sizeof cases / sizeof *cases);
}
