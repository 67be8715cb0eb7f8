#include "base/base.h"
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what is printed on stderr ----------------------------------------------------------- */

static int kept_stderr = -1;
static FILE *caught;

static void catch_begin(void)
{
    fflush(stderr);
    caught = tmpfile();
    kept_stderr = dup(STDERR_FILENO);
    if (!caught || kept_stderr < 0 || dup2(fileno(caught), STDERR_FILENO) < 0) abort();
}

/* What was printed since catch_begin; valid until the next call. */
static const char *catch_end(void)
{
    static char text[8192];
    fflush(stderr);
    if (dup2(kept_stderr, STDERR_FILENO) < 0) abort();
    close(kept_stderr);
    rewind(caught);
    text[fread(text, 1, sizeof text - 1, caught)] = '\0';
    fclose(caught);
    return text;
}

static void test_silent_by_default(void)
{
    CHECK(ek_log_get_level() == EK_LOG_SILENT);
    catch_begin();
    for (int level = EK_LOG_SILENT; level <= EK_LOG_DEBUG; level++)
        ek_log((ek_log_level)level, "something at level %d", level);
    CHECK(strcmp(catch_end(), "") == 0);
}

static void test_levels(void)
{
    for (int enabled = EK_LOG_ERROR; enabled <= EK_LOG_DEBUG; enabled++) {
        ek_log_set_level((ek_log_level)enabled);
        catch_begin();
        for (int level = EK_LOG_ERROR; level <= EK_LOG_DEBUG; level++)
            ek_log((ek_log_level)level, "level %d", level);
        const char *text = catch_end();
        int lines = 0;
        for (const char *at = text; (at = strchr(at, '\n')); at++) lines++;
        CHECK(lines == enabled);
        CHECK(strncmp(text, "exaket: error: level 1\n", 23) == 0);
    }
    ek_log_set_level(EK_LOG_SILENT);
}

static void test_progress_prints_every_tenth(void)
{
    ek_log_set_level(EK_LOG_INFO);
    catch_begin();
    ek_progress *progress = ek_progress_begin("sweep", "point", 200);
    for (int done = 0; done <= 200; done++) ek_progress_update(progress, done, "note");
    ek_progress_end(&progress);
    const char *text = catch_end();
    int lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++) lines++;
    CHECK(lines == 10 || lines == 11); /* the zeroth tenth may have its line too */
    CHECK(strstr(text, "exaket: sweep: 200/200 points") != NULL);
    CHECK(strstr(text, "(note)") != NULL && strchr(text, '\r') == NULL);
    CHECK(progress == NULL);
    ek_log_set_level(EK_LOG_SILENT);
}

static void test_progress_takes_null(void)
{
    ek_progress *none = ek_progress_begin("quiet", "point", 3);
    CHECK(none == NULL);
    ek_progress_update(none, 1, NULL);
    ek_progress_end(&none);
    ek_progress_end(NULL);
    ek_log_set_level(EK_LOG_INFO);
    ek_fault_set(EK_FAULT_ALLOCATE, 1);
    CHECK(ek_progress_begin("no memory", "point", 3) == NULL);
    ek_fault_set(EK_FAULT_ALLOCATE, 0);
    ek_log_set_level(EK_LOG_SILENT);
}

/* ---- the last failure -------------------------------------------------------------------- */

static ek_status fails(int number) { return EK_FAIL(EK_ERROR_RANKS, "number %d is odd", number); }
static ek_status tries(int number)
{
    EK_TRY(EK_OK);
    EK_TRY(fails(number));
    return EK_OK;
}

static void test_failure_is_recorded(void)
{
    const char *file;
    int line = 0, rank = 99;
    CHECK_STATUS(tries(3), EK_ERROR_RANKS);
    CHECK(strcmp(ek_last_message(), "number 3 is odd") == 0);
    ek_last_location(&file, &line, &rank);
    CHECK(strcmp(file, "test_log.c") == 0 && line > 0 && rank == -1);
    ek_last_location(NULL, NULL, NULL);
}

static void test_long_message_is_cut(void)
{
    struct ek_failure failure;
    char name[3000];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    CHECK_STATUS(EK_FAIL(EK_ERROR_FILE, "%s", name), EK_ERROR_FILE);
    ek_failure_get(&failure);
    CHECK(strlen(ek_last_message()) == sizeof failure.message - 1);
}

static void test_each_thread_has_its_own(void)
{
    EK_FAIL(EK_ERROR_FILE, "outer");
    int empty = 0;
#pragma omp parallel num_threads(2) reduction(+ : empty)
    {
        empty += strcmp(ek_last_message(), "outer") != 0;
    }
    CHECK(empty == 1);
}

static void test_names(void)
{
    CHECK(strcmp(ek_status_name(EK_OK), "EK_OK") == 0);
    CHECK(strcmp(ek_status_name(EK_ERROR_INTERRUPTED), "EK_ERROR_INTERRUPTED") == 0);
    CHECK(strcmp(ek_status_name((ek_status)99), "unknown status") == 0);
    CHECK(strcmp(ek_status_name((ek_status)-1), "unknown status") == 0);
    CHECK(strcmp(ek_precision_name(EK_DOUBLE), "double") == 0);
    CHECK(strcmp(ek_precision_name(EK_SINGLE), "single") == 0);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"nothing is printed by default", test_silent_by_default},
        {"levels", test_levels},
        {"progress prints every tenth", test_progress_prints_every_tenth},
        {"progress takes null", test_progress_takes_null},
        {"a failure is recorded with its place", test_failure_is_recorded},
        {"a long message is cut", test_long_message_is_cut},
        {"each thread has its own failure", test_each_thread_has_its_own},
        {"names", test_names},
    };
    return test_main(argc, argv, "base: log and status", cases, sizeof cases / sizeof *cases);
}
