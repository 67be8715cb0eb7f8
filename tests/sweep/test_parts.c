#include "support/harness.h"
#include "sweep/fixture.h"
#include "sweep/sweep_private.h"

#include <fcntl.h>
#include <mpi.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POINTS = 12 };

static const char spec_text[] =
    "name: test\nproblem:\n  generate:\n"
    "    - {family: regular, vertices: [6, 8], degree: 3, seeds: [1]}\n"
    "    - {family: named, names: [prism]}\n"
    "algorithm: {seed: 5}\nsweep:\n  parameters:\n"
    "    - {name: layers, values: [1, 2]}\n    - {name: shots, values: [10, 20]}\n";

static long computed_here; /* until somebody counts */

static void set_up(struct fixture *fixture)
{
    fixture_begin(fixture, spec_text);
    computed_here = 0;
}

static ek_status run(struct fixture *fixture, int part, int parts)
{
    fixture->options.part = part;
    fixture->options.parts = parts;
    const ek_status status = fixture_run(fixture);
    computed_here += (long)fixture->fake.computed;
    return status;
}

static ek_status collect(struct fixture *fixture)
{
    fixture->options.part = fixture->options.parts = 0;
    return ek_sweep_collect(fixture->session, &fixture->options, &fixture->outcome);
}

/* Of all ranks since the last call. */
static long count_computed(void)
{
    long sum;
    MPI_Allreduce(&computed_here, &sum, 1, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
    computed_here = 0;
    return sum;
}

/* ---- the parts ------------------------------------------------------------------------------ */

static void check_deal(const struct ek_points *points, int parts)
{
    int part[POINTS], sizes[POINTS + 1] = {0}, least = POINTS, most = 0;
    if (!CHECK_OK(ek_points_deal(points, parts, part))) return;
    for (int id = 0; id < POINTS; id++)
        if (CHECK(part[id] >= 0 && part[id] < parts)) sizes[part[id]]++;
    for (int i = 0; i < parts; i++) {
        if (sizes[i] < least) least = sizes[i];
        if (sizes[i] > most) most = sizes[i];
    }
    CHECK(most - least <= 1);
}

static void test_deal(void)
{
    struct fixture fixture;
    struct sweep sweep;
    int part[POINTS], before[POINTS];
    set_up(&fixture);
    fixture.options.parts = 4;
    if (CHECK_OK(ek_sweep_read(fixture.session, &fixture.options, &sweep))) {
        for (int parts = 1; parts <= POINTS + 1; parts++) check_deal(sweep.points, parts);
        /* The dearest, 8 vertices and 2 layers (6, 7), are with different tasks; and what was
         * decided before the problems were read is so still. */
        CHECK_OK(ek_points_deal(sweep.points, 4, part));
        CHECK(part[6] == 0 && part[7] == 1);
        memcpy(before, sweep.part_of, sizeof before);
        CHECK(memcmp(part, before, sizeof before) == 0);
    }
    ek_sweep_clear(&sweep);
    fixture_end(&fixture);
}

/* ---- runs ----------------------------------------------------------------------------------- */

static void check_no_results(struct fixture *fixture)
{
    char path[600];
    snprintf(path, sizeof path, "%s/results.h5", fixture->output);
    if (test_rank() == 0) CHECK(access(path, F_OK) != 0);
}

static void test_parts_make_the_whole(void)
{
    static const int numbers[] = {3, POINTS + 1};
    struct fixture fixture;
    char reference[FIXTURE_PATH];
    set_up(&fixture);
    fixture_run_reference(&fixture, reference);
    for (int i = 0; i < 2; i++) {
        size_t points = 0;
        snprintf(fixture.output, sizeof fixture.output, "%s/out-%d", fixture.folder, i);
        for (int part = numbers[i] - 1; part >= 0; part--) {
            CHECK_OK(run(&fixture, part, numbers[i]));
            CHECK(fixture.outcome.done == fixture.outcome.points);
            points += fixture.outcome.points;
        }
        CHECK(points == POINTS && count_computed() == POINTS * FIXTURE_EVALUATIONS);
        check_no_results(&fixture);
        CHECK_OK(collect(&fixture));
        CHECK(fixture.outcome.points == POINTS && fixture.outcome.done == POINTS);
        fixture_check_results(&fixture, reference);
    }
    CHECK_OK(run(&fixture, 0, 0));
    CHECK(count_computed() == 0 && fixture.outcome.done_before == POINTS);
    fixture_end(&fixture);
}

/* Parts of any number and the whole take over from each other, in the middle of a point too. */
static void test_change_of_parts(void)
{
    struct fixture fixture;
    char reference[FIXTURE_PATH];
    long computed = 0;
    set_up(&fixture);
    fixture_run_reference(&fixture, reference);
    CHECK_OK(run(&fixture, 2, 3));
    fixture.fake.stop_after = 4;
    CHECK_STATUS(run(&fixture, 0, 3), EK_ERROR_INTERRUPTED);
    CHECK_STATUS(run(&fixture, 1, 2), EK_ERROR_INTERRUPTED);
    computed = count_computed();
    CHECK_OK(collect(&fixture));
    CHECK(fixture.outcome.done < POINTS);
    check_no_results(&fixture);
    fixture.fake.stop_after = 0;
    CHECK_OK(run(&fixture, 0, 0));
    computed += count_computed();
    CHECK(fixture.outcome.done == POINTS && computed == POINTS * FIXTURE_EVALUATIONS);
    fixture_check_results(&fixture, reference);
    fixture_end(&fixture);
}

static void test_failed_points(void)
{
    struct fixture fixture;
    ek_sweep_place place = {.look_only = true};
    size_t left[3];
    set_up(&fixture);
    fixture.fake.fail_point = 6;
    fixture.fake.fail_code = EK_ERROR_NUMERIC;
    for (int part = 0; part < 3; part++) CHECK_OK(run(&fixture, part, 3));
    count_computed();
    fixture.options.keep_failed = true;
    CHECK_OK(run(&fixture, 0, 3));
    CHECK(fixture.outcome.failed == 1 && count_computed() == 0);
    CHECK_OK(collect(&fixture));
    CHECK(fixture.outcome.done == POINTS - 1 && fixture.outcome.failed == 1);
    CHECK(strstr(fixture.outcome.first_failure, "point 6") != NULL);
    CHECK_OK(ek_sweep_settle(&fixture.options, 3, &place, left));
    CHECK(place.done == POINTS - 1 && place.failed == 1 && place.ranks_per_point == 1);
    CHECK(left[0] == 1 && left[1] == 0 && left[2] == 0);
    MPI_Barrier(MPI_COMM_WORLD);
    fixture.options.keep_failed = false;
    fixture.fake.fail_point = -1;
    CHECK_OK(run(&fixture, 0, 3));
    CHECK(fixture.outcome.failed == 0 && count_computed() > 0);
    CHECK_OK(collect(&fixture));
    CHECK(fixture.outcome.done == POINTS);
    fixture_end(&fixture);
}

static void test_status(void)
{
    struct fixture fixture;
    ek_sweep_progress progress;
    set_up(&fixture);
    CHECK_OK(run(&fixture, 1, 3));
    fixture.fake.stop_after = 1;
    for (int i = 0; i < 2; i++) CHECK_STATUS(run(&fixture, 2, 3), EK_ERROR_INTERRUPTED);
    if (CHECK_OK(ek_sweep_status(fixture.output, &progress))) {
        CHECK(progress.points == POINTS && progress.runs == 3 && progress.parts == 2);
        CHECK(progress.done >= 4 && progress.ended && !progress.complete);
        CHECK(progress.running == 0 && progress.done + progress.remaining == POINTS);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    fixture_end(&fixture);
}

/* ---- refusals ------------------------------------------------------------------------------- */

static void test_wrong_parts(void)
{
    static const int wrong[][2] = {{-1, 4}, {4, 4}, {1, 0}, {0, -1}};
    struct fixture fixture;
    set_up(&fixture);
    for (int i = 0; i < 4; i++)
        CHECK_STATUS(run(&fixture, wrong[i][0], wrong[i][1]), EK_ERROR_ARGUMENT);
    fixture.options.force = true;
    CHECK_STATUS(run(&fixture, 0, 4), EK_ERROR_ARGUMENT);
    fixture.options.force = false;
    CHECK_STATUS(collect(&fixture), EK_ERROR_FILE);
    fixture_end(&fixture);
}

/* Another process is at work on a part of 5. */
static pid_t hold_a_part(const struct fixture *fixture)
{
    char path[600];
    int ready[2];
    char byte = 0;
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 1};
    snprintf(path, sizeof path, "%s/lock", fixture->output);
    if (!CHECK(pipe(ready) == 0)) return 0;
    const pid_t child = fork();
    if (child == 0) {
        const int file = open(path, O_RDWR);
        const bool held = fcntl(file, F_SETLK, &lock) == 0 && write(ready[1], &byte, 1) == 1;
        while (held) pause();
        _exit(1);
    }
    close(ready[1]);
    CHECK(read(ready[0], &byte, 1) == 1);
    close(ready[0]);
    return child;
}

static void test_other_parts_at_work(void)
{
    struct fixture fixture;
    pid_t child = 0;
    if (test_ranks() > 1) return; /* it waits for some seconds */
    set_up(&fixture);
    CHECK_OK(run(&fixture, 1, 5));
    child = hold_a_part(&fixture);
    CHECK_OK(run(&fixture, 0, 5));
    CHECK_STATUS(run(&fixture, 0, 3), EK_ERROR_BUSY);
    CHECK(strstr(ek_last_message(), "others than 3 parts") != NULL);
    if (child > 0) kill(child, SIGKILL);
    if (child > 0) waitpid(child, NULL, 0);
    CHECK_OK(run(&fixture, 0, 3));
    fixture_end(&fixture);
}

static void test_settle(void)
{
    struct fixture fixture;
    ek_sweep_place place = {.look_only = true};
    set_up(&fixture);
    if (test_rank() == 0) {
        CHECK_OK(ek_sweep_settle(&fixture.options, 0, &place, NULL));
        CHECK(access(fixture.output, F_OK) != 0 && place.points == POINTS && place.done == 0);
        CHECK(strcmp(place.name, "test") == 0 && strcmp(place.output, fixture.output) == 0);
        place.look_only = false;
        CHECK_OK(ek_sweep_settle(&fixture.options, 0, &place, NULL));
        CHECK(access(fixture.output, F_OK) == 0);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK_OK(run(&fixture, 0, 2));
    fixture_end(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test_case tests[] = {
        {"deal", test_deal},
        {"parts make the whole", test_parts_make_the_whole},
        {"change of parts", test_change_of_parts},
        {"failed points", test_failed_points},
        {"status", test_status},
        {"wrong parts", test_wrong_parts},
        {"other parts at work", test_other_parts_at_work},
        {"settle", test_settle},
    };
    return test_main(argc, argv, "sweep: parts", tests, sizeof tests / sizeof *tests);
}
