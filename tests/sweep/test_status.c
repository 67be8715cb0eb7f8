#include "support/folder.h"
#include "support/harness.h"
#include "sweep/fixture.h"

#include <exaket/program.h>

#include <math.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

static const char spec_text[] =
    "name: test\nproblem: {files: [missing.txt, 'named:cube', 'named:prism']}\n"
    "sweep:\n  parameters:\n    - {name: layers, values: [1, 2]}\n"
    "    - {name: gamma_1, values: [0.25, -0.5]}\n";

/* A sweep of 12 points of which 4 fail. */
static void set_up(struct fixture *fixture)
{
    fixture_begin(fixture, spec_text);
    fixture->fake.evaluations = 4;
}

static void test_of_a_finished_sweep(void)
{
    struct fixture fixture;
    ek_sweep_progress progress;
    set_up(&fixture);
    CHECK_OK(fixture_run(&fixture));
    if (CHECK_OK(ek_sweep_status(fixture.output, &progress))) {
        CHECK(progress.points == 12 && progress.done == 8 && progress.failed == 4);
        CHECK(progress.running == 0 && progress.remaining == 0 && progress.runs == 1);
        CHECK(progress.groups == test_ranks() && progress.ended && progress.complete);
        CHECK(progress.seconds_left == 0 && progress.seconds_quiet < 60);
    }
    fixture_end(&fixture);
}

static void test_of_an_interrupted_sweep(void)
{
    struct fixture fixture;
    ek_sweep_progress progress;
    set_up(&fixture);
    fixture.fake.stop_after = 6;
    fixture.fake.sleep_microseconds = 1000;
    CHECK_STATUS(fixture_run(&fixture), EK_ERROR_INTERRUPTED);
    if (CHECK_OK(ek_sweep_status(fixture.output, &progress))) {
        CHECK(progress.points == 12 && progress.done < 8 && progress.running == 0);
        CHECK(progress.done + progress.failed + progress.remaining == 12);
        CHECK(progress.ended && !progress.complete);
        CHECK(progress.done == 0 || progress.seconds_left > 0);
    }
    fixture.fake.stop_after = 0;
    CHECK_OK(fixture_run(&fixture));
    CHECK_OK(ek_sweep_status(fixture.output, &progress));
    CHECK(progress.runs == 2 && progress.done == 8 && progress.complete);
    fixture_end(&fixture);
}

/* What a reader sees in the midst of a run, or after a kill. */
static void test_of_a_running_sweep(void)
{
    struct fixture fixture;
    struct ek_journal *journal = NULL;
    ek_sweep_progress progress;
    const struct ek_journal_header header = {
        .points = 5, .ranks_per_point = 1, .run = 1, .group = 0, .groups = 3};
    set_up(&fixture);
    char path[600];
    snprintf(path, sizeof path, "%s/journal", fixture.output);
    if (test_rank() == 0) {
        CHECK_OK(ek_folder_create(path));
        CHECK_OK(ek_journal_create(fixture.output, &header, &journal));
        CHECK_OK(ek_journal_start(journal, 3, 0));
        ek_journal_destroy(&journal);
        if (CHECK_OK(ek_sweep_status(fixture.output, &progress))) {
            CHECK(progress.running == 1 && progress.remaining == 4 && !progress.ended);
            CHECK(progress.groups == 3 && isnan(progress.seconds_left));
        }
    }
    fixture_end(&fixture);
}

static void test_of_no_sweep(void)
{
    ek_sweep_progress progress;
    char *text = NULL;
    CHECK_STATUS(ek_sweep_status("/nonexistent", &progress), EK_ERROR_FILE);
    CHECK_STATUS(ek_sweep_report("/nonexistent", &text), EK_ERROR_FILE);
    CHECK(text == NULL);
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text; text++) count += *text == '\n';
    return count;
}

static void test_report(void)
{
    struct fixture fixture;
    char *text = NULL;
    set_up(&fixture);
    CHECK_OK(fixture_run(&fixture));
    if (CHECK_OK(ek_sweep_report(fixture.output, &text))) {
        CHECK(strncmp(text, "id  problem      qubits  layers  gamma_1", 40) == 0);
        CHECK(count_lines(text) == 13);
        CHECK(strstr(text, "\n 4  named:cube        8       1     0.25") != NULL);
        CHECK(strstr(text, "\n 0  missing.txt       -       1     0.25") != NULL);
        CHECK(strstr(text, "failed: cannot open ") != NULL);
        if (test_rank() == 0 && CU_get_number_of_failures() > 0) fprintf(stderr, "%s", text);
    }
    ek_text_free(&text);
    fixture_end(&fixture);
}

static void test_plan(void)
{
    struct fixture fixture;
    char *text = NULL;
    ek_sweep_plan_facts facts;
    set_up(&fixture);
    ek_sweep_options options = {.spec_path = fixture.spec, .output = fixture.output};
    if (CHECK_OK(ek_sweep_plan(fixture.session, &options, &facts, &text))) {
        CHECK(facts.points == 12 && facts.problems == 3 && facts.done == 0);
        CHECK(facts.qubits_min == 6 && facts.qubits_max == 8);
        CHECK(facts.evaluations_max == 6 * (200 + 400) && facts.ranks_per_point == 1);
        CHECK(facts.groups == test_ranks() && facts.idle_ranks == 0);
        CHECK(facts.memory_per_rank_bytes > 256 * 16 && facts.memory_available_bytes > 0);
        CHECK(strstr(text, "12 = 3 problems x 4") && strstr(text, "missing.txt"));
        CHECK(strstr(text, test_ranks() == 1 ? " 1 group of 1, " : " groups of 1, ") != NULL);
        CHECK(test_folder_entries(fixture.output) == -1);
    }
    ek_text_free(&text);
    const uint64_t one_state = facts.memory_per_rank_bytes;
    options.overrides = (const char *const[]){"algorithm.optimizer=lbfgs"};
    options.override_count = 1;
    if (CHECK_OK(ek_sweep_plan(fixture.session, &options, &facts, NULL)))
        CHECK(facts.memory_per_rank_bytes == one_state + 256 * 16);
    options.override_count = 0;
    fixture.fake.fail_point = 5;
    fixture.fake.fail_code = EK_ERROR_NUMERIC;
    CHECK_OK(fixture_run(&fixture));
    if (CHECK_OK(ek_sweep_plan(fixture.session, &options, &facts, NULL)))
        CHECK(facts.done == 7 && facts.failed == 5);
    options.ranks_per_point = 2 * test_ranks();
    CHECK(ek_sweep_plan(fixture.session, &options, &facts, NULL) != EK_OK);
    fixture_end(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"status of a finished sweep", test_of_a_finished_sweep},
        {"status of an interrupted sweep", test_of_an_interrupted_sweep},
        {"status of a running sweep", test_of_a_running_sweep},
        {"status and report of no sweep", test_of_no_sweep},
        {"report", test_report},
        {"plan", test_plan},
    };
    return test_main(argc, argv, "sweep: status", cases, sizeof cases / sizeof *cases);
}
