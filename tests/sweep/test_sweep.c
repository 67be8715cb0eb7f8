#include "support/folder.h"
#include "support/harness.h"
#include "sweep/fixture.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { POINTS = 12 };

static const char spec_text[] =
    "name: test\nproblem:\n  generate:\n    family: named\n    names: [cube, petersen, prism]\n"
    "algorithm: {seed: 5}\nsweep:\n  parameters:\n"
    "    - {name: layers, values: [1, 2]}\n    - {name: shots, values: [10, 20]}\n";

static void set_up(struct fixture *fixture)
{
    fixture_begin(fixture, spec_text);
}

static long sum_over_leaders(const struct fixture *fixture, size_t mine)
{
    const int ranks = fixture->options.ranks_per_point ? fixture->options.ranks_per_point : 1;
    long value = test_rank() % ranks == 0 ? (long)mine : 0, sum;
    MPI_Allreduce(&value, &sum, 1, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
    return sum;
}

/* ---- whole runs ----------------------------------------------------------------------------- */

static void check_whole(struct fixture *fixture)
{
    if (!CHECK_OK(fixture_run(fixture))) return;
    CHECK(fixture->outcome.points == POINTS && fixture->outcome.done == POINTS);
    CHECK(fixture->outcome.failed == 0 && fixture->outcome.done_before == 0);
    CHECK(strcmp(fixture->outcome.output, fixture->output) == 0);
    CHECK(sum_over_leaders(fixture, fixture->fake.points) == POINTS);
    CHECK(sum_over_leaders(fixture, fixture->fake.computed) == POINTS * FIXTURE_EVALUATIONS);
}

static void test_every_size_of_groups(void)
{
    struct fixture fixture;
    char reference[FIXTURE_PATH];
    set_up(&fixture);
    for (int ranks = 1; ranks <= test_ranks(); ranks *= 2) {
        fixture.options.ranks_per_point = ranks;
        fixture.options.force = true;
        check_whole(&fixture);
        fixture.options.force = false;
    }
    fixture.options.ranks_per_point = 1;
    fixture.options.force = true;
    check_whole(&fixture);
    fixture.options.ranks_per_point = 0;
    fixture_run_reference(&fixture, reference);
    fixture_check_results(&fixture, reference);
    fixture_end(&fixture);
}

static void test_output_folder(void)
{
    static const char *const names[] = {"spec.yaml", "resolved.yaml", "results.csv"};
    struct fixture fixture;
    char *text;
    set_up(&fixture);
    CHECK_OK(fixture_run(&fixture));
    for (int i = 0; i < 3 && test_rank() == 0; i++) {
        text = test_file_read(fixture.output, names[i], NULL);
        CHECK(text != NULL);
        if (i == 0) CHECK(text && strcmp(text, spec_text) == 0);
        if (i == 1) CHECK(text && strstr(text, "optimizer: bobyqa") != NULL);
        if (i == 2) CHECK(text && strstr(text, "param_layers,param_shots,seconds,reason") != NULL);
        free(text);
    }
    if (test_rank() == 0) CHECK(test_folder_entries(fixture.output) == 6);
    fixture_end(&fixture);
}

/* A finished sweep is left alone. */
static void test_second_run_does_nothing(void)
{
    static const char *const names[] = {"spec.yaml", "results.h5"}; /* others read them */
    enum { NAMES = sizeof names / sizeof *names };
    struct fixture fixture;
    struct stat before[NAMES], after;
    char path[600];
    set_up(&fixture);
    CHECK_OK(fixture_run(&fixture));
    for (int i = 0; i < NAMES; i++) {
        snprintf(path, sizeof path, "%s/%s", fixture.output, names[i]);
        CHECK(stat(path, &before[i]) == 0);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK_OK(fixture_run(&fixture));
    CHECK(fixture.fake.points == 0 && fixture.outcome.done_before == POINTS);
    CHECK(fixture.outcome.done == POINTS);
    for (int i = 0; i < NAMES; i++) {
        snprintf(path, sizeof path, "%s/%s", fixture.output, names[i]);
        CHECK(stat(path, &after) == 0 && before[i].st_ino == after.st_ino);
    }
    fixture_end(&fixture);
}

/* A lost results.h5 comes back from the journal. */
static void test_results_are_made_again(void)
{
    struct fixture fixture;
    char reference[FIXTURE_PATH], path[600];
    set_up(&fixture);
    fixture_run_reference(&fixture, reference);
    CHECK_OK(fixture_run(&fixture));
    snprintf(path, sizeof path, "%s/results.h5", fixture.output);
    if (test_rank() == 0) CHECK(unlink(path) == 0);
    CHECK_OK(fixture_run(&fixture));
    CHECK(fixture.fake.points == 0);
    fixture_check_results(&fixture, reference);
    fixture_end(&fixture);
}

/* ---- interruptions -------------------------------------------------------------------------- */

/* Stops after ever more evaluations on one rank; in the end all is as without it, and nothing was
 * computed twice. */
static void interrupt_until_done(struct fixture *fixture, int stopping_rank)
{
    long computed = 0;
    int rounds = 0;
    ek_status status = EK_ERROR_INTERRUPTED;
    for (; status == EK_ERROR_INTERRUPTED && rounds < 200; rounds++) {
        fixture->fake.stop_after = test_rank() == stopping_rank ? 1 + rounds % 7 : 0;
        status = fixture_run(fixture);
        CHECK(status == EK_OK || status == EK_ERROR_INTERRUPTED);
        if (status != EK_OK) CHECK(fixture->outcome.done + fixture->outcome.failed < POINTS);
        computed += sum_over_leaders(fixture, fixture->fake.computed);
    }
    CHECK(status == EK_OK && rounds > 1 && fixture->outcome.done == POINTS);
    CHECK(computed == POINTS * FIXTURE_EVALUATIONS);
}

/* Rank 0, one beside it, and the last. */
static bool is_tried(int rank)
{
    return rank <= 1 || rank == test_ranks() - 1;
}

static void interrupt_on(int ranks_per_point, int rank)
{
    struct fixture fixture;
    char reference[FIXTURE_PATH];
    set_up(&fixture);
    fixture.options.ranks_per_point = ranks_per_point;
    fixture.fake.sleep_microseconds = 300;
    fixture_run_reference(&fixture, reference);
    interrupt_until_done(&fixture, rank);
    fixture_check_results(&fixture, reference);
    fixture_end(&fixture);
}

static void test_interrupted_on_each_rank(void)
{
    for (int ranks = 1; ranks <= test_ranks(); ranks *= 2)
        for (int rank = 0; rank < test_ranks() / ranks * ranks; rank++)
            if (is_tried(rank)) interrupt_on(ranks, rank);
}

static void test_stop_before_the_first_point(void)
{
    struct fixture fixture;
    const struct ek_point_runner runner = fake_runner(&fixture.fake);
    set_up(&fixture);
    fixture.stop = 1;
    CHECK_STATUS(ek_sweep_run_with(fixture.session, &fixture.options, &runner, &fixture.outcome),
                 EK_ERROR_INTERRUPTED);
    CHECK(fixture.fake.points == 0 && fixture.outcome.done == 0 && fixture.outcome.points == 12);
    fixture_end(&fixture);
}

/* ---- points that fail ---------------------------------------------------------------------- */

static void test_failed_point_does_not_stop_others(void)
{
    static const ek_status codes[] = {EK_ERROR_NUMERIC, EK_ERROR_MEMORY, EK_ERROR_FILE};
    for (int c = 0; c < 3; c++) {
        struct fixture fixture;
        set_up(&fixture);
        fixture.options.ranks_per_point = test_ranks() >= 2 ? 2 : 1;
        fixture.fake.fail_point = 3 + c;
        fixture.fake.fail_code = codes[c];
        fixture.fake.fail_rank = c;
        CHECK_OK(fixture_run(&fixture));
        CHECK(fixture.outcome.done == POINTS - 1 && fixture.outcome.failed == 1);
        CHECK(strstr(fixture.outcome.first_failure, "told to fail") != NULL);
        if (test_rank() == 0) {
            char *csv = test_file_read(fixture.output, "results.csv", NULL);
            CHECK(csv && strstr(csv, ",failed,nan,") != NULL && strstr(csv, "told to fail\n"));
            free(csv);
        }
        fixture_end(&fixture);
    }
}

/* The next run tries again what failed, from where it failed. */
static void test_failed_point_is_tried_again(void)
{
    struct fixture fixture;
    char reference[FIXTURE_PATH];
    set_up(&fixture);
    fixture_run_reference(&fixture, reference);
    fixture.fake.fail_point = 4;
    fixture.fake.fail_code = EK_ERROR_FILE;
    CHECK_OK(fixture_run(&fixture));
    CHECK(fixture.outcome.failed == 1);
    fixture.fake.fail_point = -1;
    CHECK_OK(fixture_run(&fixture));
    CHECK(fixture.outcome.failed == 0 && fixture.outcome.done == POINTS);
    CHECK(sum_over_leaders(&fixture, fixture.fake.points) == 1);
    CHECK(sum_over_leaders(&fixture, fixture.fake.known) == (FIXTURE_EVALUATIONS + 1) / 2);
    fixture_check_results(&fixture, reference);
    fixture_end(&fixture);
}

static void test_stop_on_error(void)
{
    struct fixture fixture;
    set_up(&fixture);
    fixture.options.on_error = "stop";
    fixture.fake.fail_point = 6;
    fixture.fake.fail_code = EK_ERROR_NUMERIC;
    fixture.fake.sleep_microseconds = 500;
    CHECK_STATUS(fixture_run(&fixture), EK_ERROR_NUMERIC);
    CHECK(strstr(ek_last_message(), "told to fail") != NULL);
    CHECK(fixture.outcome.failed == 1 && fixture.outcome.done < POINTS);
    fixture.fake.fail_point = -1;
    CHECK_OK(fixture_run(&fixture));
    CHECK(fixture.outcome.done == POINTS);
    fixture_end(&fixture);
}

static void test_problem_that_cannot_be_had(void)
{
    struct fixture fixture;
    set_up(&fixture);
    fixture_write_spec(&fixture,
                       "name: t\nproblem: {files: [bad.txt, missing.txt, 'named:cube']}\n");
    if (test_rank() == 0) CHECK(test_file_write(fixture.folder, "bad.txt", "0 1\nx y\n", 8));
    CHECK_OK(fixture_run(&fixture));
    CHECK(fixture.outcome.done == 1 && fixture.outcome.failed == 2);
    CHECK(strstr(fixture.outcome.first_failure, "bad.txt:2:1: ") != NULL);
    if (test_rank() == 0) { /* repaired, the file is tried again */
        CHECK(test_file_write(fixture.folder, "bad.txt", "0 1\n1 2\n", 8));
        CHECK(test_file_write(fixture.folder, "missing.txt", "0 1\n", 4));
    }
    CHECK_OK(fixture_run(&fixture));
    CHECK(fixture.outcome.done == 3 && sum_over_leaders(&fixture, fixture.fake.points) == 2);
    fixture_end(&fixture);
}

/* What cannot fit the problems is refused where it stands, by plans and before the first point. */
static void test_spec_that_does_not_fit(void)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"name: t\nproblem: {generate: [{family: tfim, spins: [4, 6]}]}\n"
         "algorithm: {name: vqe, initial_state: '0101'}\n",
         "spec.yaml:3:39: tfim-n6-h1-open: initial state '0101' is for 4 qubits, not 6"},
        {"name: t\nproblem: {kind: hamiltonian, files: ['tfim:4:1:open', 'heisenberg:5:open']}\n"
         "algorithm: {name: vqe, initial_state: singlets}\n",
         "spec.yaml:3:39: heisenberg:5:open: initial state singlets takes an even number of "
         "qubits, not 5"},
        {"name: t\nproblem: {files: ['named:cube', 'named:petersen']}\n"
         "algorithm: {warm_start: '01010101'}\n",
         "spec.yaml:3:25: warm_start '01010101' is for 8 qubits, but named:petersen has 10"},
        {"name: t\nproblem: {files: 'named:cube'}\nalgorithm: {mixer: xy-ring}\n",
         "spec.yaml:3:20: the xy mixers keep the number of ones, but named:cube"},
        {"name: t\nproblem: {kind: portfolio, files: p.csv}\nalgorithm: {mixer: x}\n",
         "spec.yaml:3:20: p.csv allows only states with 1 one, which the x mixer does not keep"},
        {"name: t\nproblem: {files: ['named:cube', 'complete:2:one:1']}\n"
         "algorithm: {symmetry: on}\n",
         "spec.yaml:3:23: symmetry on cannot be used for complete:2:one:1: it needs 3 spins"},
        {"name: t\nproblem: {files: 'named:cube'}\nalgorithm: {symmetry: on, mixer: grover}\n",
         "spec.yaml:3:23: symmetry on cannot be used for named:cube: it needs mixer x"},
    };
    struct fixture fixture;
    set_up(&fixture);
    if (test_rank() == 0) CHECK(test_file_write(fixture.folder, "p.csv", "1,2\n1,0\n0,1\n", 12));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture_write_spec(&fixture, cases[i].text);
        CHECK_STATUS(fixture_run(&fixture), EK_ERROR_PARSE);
        CHECK(strstr(ek_last_message(), cases[i].words) != NULL);
        CHECK_STATUS(ek_sweep_plan(fixture.session, &fixture.options, NULL, NULL),
                     EK_ERROR_PARSE);
        CHECK(fixture.fake.points == 0);
    }
    fixture_write_spec(&fixture, "name: t\nproblem: {generate: [{family: tfim, spins: [4, 4]}]}\n"
                                 "algorithm: {name: vqe, initial_state: '0+-r'}\n");
    CHECK_OK(ek_sweep_plan(fixture.session, &fixture.options, NULL, NULL));
    fixture_write_spec(&fixture, "name: t\nproblem: {files: ['named:cube', 'missing.txt']}\n"
                                 "algorithm: {symmetry: on}\n");
    CHECK_OK(ek_sweep_plan(fixture.session, &fixture.options, NULL, NULL));
    fixture_end(&fixture);
}

/* Of no point on the ranks that there are, and of no plan for so many, here 4. */
static void check_too_few_qubits(struct fixture *fixture, const char *words)
{
    ek_sweep_outlook outlook;
    ek_plan *plan = NULL;
    CHECK_STATUS(fixture_run(fixture), EK_ERROR_PARSE);
    CHECK(strstr(ek_last_message(), words) != NULL);
    CHECK(fixture->fake.points == 0 && test_folder_entries(fixture->output) == -1);
    if (test_rank() != 0) return; /* who writes the next spec */
    CHECK_STATUS(ek_sweep_predict(&fixture->options, &(ek_plan_options){.ranks = 4}, NULL,
                                  &outlook, &plan), EK_ERROR_PARSE);
    CHECK(strstr(ek_last_message(), words) != NULL);
}

static void test_too_few_qubits_for_the_ranks(void)
{
    struct fixture fixture;
    set_up(&fixture);
    fixture_write_spec(&fixture, "name: t\nranks_per_point: 4\n"
                                 "problem: {files: ['named:cube', 'complete:2:one:1']}\n");
    check_too_few_qubits(&fixture, "spec.yaml:2:18: the points of complete:2:one:1 run on 2 "
                                   "qubits, too few for 4 ranks per point: give at most 2, so "
                                   "that each rank has a qubit of its own, or sweep larger");
    fixture.options.ranks_per_point = 4;
    fixture_write_spec(&fixture, "name: t\nproblem: {files: 'complete:3:one:1'}\n"
                                 "algorithm: {symmetry: on}\n");
    check_too_few_qubits(&fixture, "spec.yaml:2:10: the points of complete:3:one:1 run on 2 ");
    fixture_write_spec(&fixture, "name: t\nproblem: {files: [missing, 'complete:3:one:1']}\n");
    CHECK_STATUS(fixture_run(&fixture), test_ranks() < 4 ? EK_ERROR_RANKS : EK_OK);
    fixture_end(&fixture);
}

static void test_point_too_large_for_the_memory(void)
{
    struct fixture fixture;
    set_up(&fixture);
    fixture_write_spec(&fixture, "name: t\nproblem: {files: ['named:ring-50', 'named:cube']}\n");
    CHECK_OK(fixture_run(&fixture));
    CHECK(fixture.outcome.done == 1 && fixture.outcome.failed == 1);
    CHECK(strstr(fixture.outcome.first_failure, "50 qubits need") != NULL);
    fixture_end(&fixture);
}

/* ---- who owns a folder
 * -------------------------------------------------------------------------- */

static void test_changed_spec_is_refused_unless_forced(void)
{
    struct fixture fixture;
    static const char *const change[] = {"algorithm.seed=6"};
    char old[600];
    set_up(&fixture);
    CHECK_OK(fixture_run(&fixture));
    fixture.options.override_count = 1;
    fixture.options.overrides = change;
    CHECK_STATUS(fixture_run(&fixture), EK_ERROR_MISMATCH);
    CHECK(strstr(ek_last_message(), "belongs to another spec") != NULL);
    CHECK(fixture.fake.points == 0);
    fixture.options.force = true;
    CHECK_OK(fixture_run(&fixture));
    CHECK(fixture.outcome.done == POINTS && fixture.outcome.done_before == 0);
    CHECK_OK(fixture_run(&fixture));
    CHECK(fixture.outcome.done_before == 0);
    for (int n = 1; n <= 2 && test_rank() == 0; n++) {
        snprintf(old, sizeof old, "%s.old-%d", fixture.output, n);
        CHECK(test_folder_entries(old) == 6);
    }
    fixture_end(&fixture);
}

static void test_changed_problem_is_refused(void)
{
    struct fixture fixture;
    set_up(&fixture);
    fixture_write_spec(&fixture, "name: t\nproblem: {files: graph.txt}\n");
    if (test_rank() == 0) CHECK(test_file_write(fixture.folder, "graph.txt", "0 1\n", 4));
    CHECK_OK(fixture_run(&fixture));
    if (test_rank() == 0) CHECK(test_file_write(fixture.folder, "graph.txt", "0 1 2\n", 6));
    CHECK_STATUS(fixture_run(&fixture), EK_ERROR_MISMATCH);
    CHECK(strstr(ek_last_message(), "graph.txt has changed") != NULL);
    fixture_end(&fixture);
}

static void test_ranks_per_point_are_kept(void)
{
    struct fixture fixture;
    set_up(&fixture);
    fixture.options.ranks_per_point = 2;
    fixture.fake.stop_after = 20;
    if (test_ranks() == 1) {
        CHECK_STATUS(fixture_run(&fixture), EK_ERROR_RANKS);
    } else {
        CHECK_STATUS(fixture_run(&fixture), EK_ERROR_INTERRUPTED);
        fixture.fake.stop_after = 0;
        fixture.options.ranks_per_point = 1;
        CHECK_STATUS(fixture_run(&fixture), EK_ERROR_MISMATCH);
        fixture.options.ranks_per_point = 0;
        CHECK_OK(fixture_run(&fixture));
    }
    fixture_end(&fixture);
}

static void test_results_without_journal_are_not_overwritten(void)
{
    struct fixture fixture;
    set_up(&fixture);
    fixture.options.output = fixture.folder;
    if (test_rank() == 0) CHECK(test_file_write(fixture.folder, "results.h5", "mine", 4));
    CHECK_STATUS(fixture_run(&fixture), EK_ERROR_MISMATCH);
    fixture_end(&fixture);
}

static void test_bad_options(void)
{
    struct fixture fixture;
    set_up(&fixture);
    fixture.options.ranks_per_point = 3;
    CHECK_STATUS(fixture_run(&fixture), EK_ERROR_ARGUMENT);
    fixture.options.ranks_per_point = 16;
    CHECK_STATUS(fixture_run(&fixture), EK_ERROR_RANKS);
    fixture.options.ranks_per_point = 0;
    fixture.options.on_error = "panic";
    CHECK_STATUS(fixture_run(&fixture), EK_ERROR_ARGUMENT);
    fixture.options.on_error = NULL;
    fixture.options.output = "";
    CHECK_STATUS(fixture_run(&fixture), EK_ERROR_ARGUMENT);
    fixture.options.output = "/proc/nothing/here";
    CHECK_STATUS(fixture_run(&fixture), EK_ERROR_FILE);
    fixture.options.output = fixture.output;
    fixture.options.spec_path = "/nonexistent.yaml";
    CHECK_STATUS(fixture_run(&fixture), EK_ERROR_FILE);
    fixture.options.spec_path = NULL;
    CHECK_STATUS(fixture_run(&fixture), EK_ERROR_ARGUMENT);
    fixture.options.spec_path = fixture.spec;
    fixture_write_spec(&fixture, "name: t\nproblem: {files: x}\nalgorithm: {optimizer: guess}\n");
    CHECK_STATUS(fixture_run(&fixture), EK_ERROR_PARSE);
    CHECK(strstr(ek_last_message(), "spec.yaml:3:24: ") != NULL);
    if (test_rank() == 0) CHECK(test_folder_entries(fixture.output) == -1);
    fixture_end(&fixture);
}

/* ---- failing writes and allocations
 * --------------------------------------------------------------- */

/* Whatever write fails on rank 0, all ranks say so, and the next run completes the work. */
static void test_failing_writes(void)
{
    struct fixture fixture;
    char reference[FIXTURE_PATH];
    int failures = 0;
    set_up(&fixture);
    fixture.fake.evaluations = 3;
    fixture_run_reference(&fixture, reference);
    for (long nth = 1; nth < 400; nth += nth < 12 ? 1 : 13) {
        fixture.options.force = true;
        ek_fault_set(EK_FAULT_WRITE, test_rank() == 0 ? nth : 0);
        const ek_status status = fixture_run(&fixture);
        ek_fault_set(EK_FAULT_WRITE, 0);
        fixture.options.force = false;
        if (status == EK_OK) break;
        failures++;
        CHECK(status == EK_ERROR_FILE);
        CHECK_OK(fixture_run(&fixture));
        fixture_check_results(&fixture, reference);
    }
    CHECK(failures > 5);
    fixture_end(&fixture);
}

static void test_failing_allocations(void)
{
    for (int victim = 0; victim < test_ranks(); victim++) {
        if (!is_tried(victim)) continue;
        struct fixture fixture;
        ek_status status = EK_ERROR_MEMORY;
        set_up(&fixture);
        fixture.fake.evaluations = 3;
        for (long nth = 1; nth < 2000 && status != EK_OK; nth += nth < 60 ? 1 : 17) {
            fixture.options.force = true;
            ek_fault_set(EK_FAULT_ALLOCATE, test_rank() == victim ? nth : 0);
            status = fixture_run(&fixture);
            ek_fault_set(EK_FAULT_ALLOCATE, 0);
            CHECK(status == EK_OK || status == EK_ERROR_MEMORY);
        }
        fixture_end(&fixture);
    }
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"groups of every size", test_every_size_of_groups},
        {"the output folder", test_output_folder},
        {"a second run does nothing", test_second_run_does_nothing},
        {"lost results are made again", test_results_are_made_again},
        {"interrupted on each rank", test_interrupted_on_each_rank},
        {"stopped before the first point", test_stop_before_the_first_point},
        {"a failed point does not stop others", test_failed_point_does_not_stop_others},
        {"a failed point is tried again", test_failed_point_is_tried_again},
        {"on_error: stop", test_stop_on_error},
        {"a problem that cannot be had", test_problem_that_cannot_be_had},
        {"a spec that does not fit its problems", test_spec_that_does_not_fit},
        {"too few qubits for the ranks", test_too_few_qubits_for_the_ranks},
        {"a point too large for the memory", test_point_too_large_for_the_memory},
        {"a changed spec is refused unless forced", test_changed_spec_is_refused_unless_forced},
        {"a changed problem is refused", test_changed_problem_is_refused},
        {"ranks per point are kept", test_ranks_per_point_are_kept},
        {"results without a journal are not overwritten",
         test_results_without_journal_are_not_overwritten},
        {"bad options", test_bad_options},
        {"failing writes", test_failing_writes},
        {"failing allocations", test_failing_allocations},
    };
    return test_main(argc, argv, "sweep: sweep", cases, sizeof cases / sizeof *cases);
}
