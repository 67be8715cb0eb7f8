#include "support/harness.h"

#include <CUnit/Basic.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int test_rank(void)
{
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}

int test_ranks(void)
{
    int ranks;
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    return ranks;
}

int test_all(int mine)
{
    int all;
    MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_LAND, MPI_COMM_WORLD);
    return all;
}

ek_session *test_session(int threads, size_t exchange_bytes)
{
    const ek_session_options options = {.threads = threads, .exchange_bytes = exchange_bytes};
    ek_session *session = NULL;
    if (ek_session_create(&options, &session) != EK_OK) {
        fprintf(stderr, "no session: %s\n", ek_last_message());
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    return session;
}

const char *test_shared_data(void)
{
    static char path[4096];
    const char *shared = getenv("EXAKET_SHARED");
    snprintf(path, sizeof path, "%s/data", shared ? shared : "../shared");
    if (access(path, R_OK) == 0) return path;
    if (test_rank() == 0) printf("skipped: no validation data at %s\n", path);
    return NULL;
}

int test_check_status(ek_status got, ek_status expected, const char *call, const char *file,
                      int line)
{
    if (got != expected)
        fprintf(stderr, "\n%s:%d: rank %d: %s gave %s, expected %s (last message: %s)\n", file,
                line, test_rank(), call, ek_status_name(got), ek_status_name(expected),
                ek_last_message());
    CU_assertImplementation(got == expected, (unsigned)line, call, file, "", CU_FALSE);
    return got == expected;
}

int test_check_near(double a, double b, double tolerance, const char *what, const char *file,
                    int line)
{
    const int near = fabs(a - b) <= tolerance;
    if (!near)
        fprintf(stderr, "\n%s:%d: rank %d: %s is %.17g, expected %.17g within %g\n", file, line,
                test_rank(), what, a, b, tolerance);
    CU_assertImplementation(near, (unsigned)line, what, file, "", CU_FALSE);
    return near;
}

static void run_suite(const char *suite, const struct test_case *cases, size_t count)
{
    CU_initialize_registry();
    CU_pSuite registered = CU_add_suite(suite, NULL, NULL);
    for (size_t i = 0; i < count; i++) CU_add_test(registered, cases[i].name, cases[i].run);
    CU_basic_set_mode(test_rank() == 0 ? CU_BRM_VERBOSE : CU_BRM_SILENT);
    CU_basic_run_tests();
    if (test_rank() != 0 && CU_get_number_of_failures() > 0) {
        fprintf(stderr, "\nfailures on rank %d:\n", test_rank());
        CU_basic_show_failures(CU_get_failure_list());
    }
}

int test_main(int argc, char **argv, const char *suite, const struct test_case *cases,
              size_t count)
{
    int provided;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
    run_suite(suite, cases, count);
    const int mine = CU_get_number_of_failures() == 0 && CU_get_number_of_tests_run() == count;
    const int passed = test_all(mine);
    CU_cleanup_registry();
    MPI_Finalize();
    return passed ? 0 : 1;
}
