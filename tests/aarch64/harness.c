/* The frame of the kernel tests where there is neither MPI nor CUnit: see support/harness.h. */
#include "support/harness.h"

#include <math.h>
#include <stdio.h>

static size_t failures;

CU_BOOL CU_assertImplementation(CU_BOOL value, unsigned line, const char *condition,
                                const char *file, const char *function, CU_BOOL fatal)
{
    (void)function;
    (void)fatal;
    if (value) return value;
    failures++;
    fprintf(stderr, "\n%s:%u: %s\n", file, line, condition);
    return value;
}

int test_check_near(double a, double b, double tolerance, const char *what, const char *file,
                    int line)
{
    const int near = fabs(a - b) <= tolerance;
    if (!near) fprintf(stderr, "\n%s is %.17g, expected %.17g within %g", what, a, b, tolerance);
    CU_assertImplementation(near, (unsigned)line, what, file, "", CU_FALSE);
    return near;
}

int test_main(int argc, char **argv, const char *suite, const struct test_case *cases,
              size_t count)
{
    (void)argc;
    (void)argv;
    for (size_t i = 0; i < count; i++) {
        const size_t before = failures;
        cases[i].run();
        printf("%s: %s: %s\n", suite, cases[i].name, failures > before ? "FAILED" : "passed");
    }
    return failures > 0;
}
