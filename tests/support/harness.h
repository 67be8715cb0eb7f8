/* The frame of every test program: CUnit on each rank, one summary, one exit status. */
#ifndef EK_TEST_HARNESS_H
#define EK_TEST_HARNESS_H

#include <CUnit/CUnit.h>
#include <exaket/session.h>

/* One test: a function without arguments and its name in words. */
struct test_case {
    const char *name;
    void (*run)(void);
};

/* Runs the cases on all ranks. Only rank 0 prints the summary; a failure on another rank is
 * printed by that rank. Returns the exit status of main: 0 only when every rank had no failure. */
int test_main(int argc, char **argv, const char *suite, const struct test_case *cases,
              size_t count);

/* All ranks of the test, exchange buffers of `exchange_bytes` (0 = default). */
ek_session *test_session(int threads, size_t exchange_bytes);
int test_rank(void);
int test_ranks(void);

/* True on all ranks when `mine` is true on all: for use before the next collective call, so that a
 * failed check on one rank never leaves the others waiting. Collective. */
int test_all(int mine);

/* Folder of the shared validation data, or null after printing why the test is skipped. */
const char *test_shared_data(void);

/* Fails the test unless `call` gives `expected`; prints the library's message when it does not. */
#define CHECK_STATUS(call, expected)                                                              \
    test_check_status((call), (expected), #call, __FILE__, __LINE__)
#define CHECK_OK(call) CHECK_STATUS(call, EK_OK)
int test_check_status(ek_status got, ek_status expected, const char *call, const char *file,
                      int line);

/* Fails unless |a - b| <= tolerance; prints both. */
#define CHECK_NEAR(a, b, tolerance) test_check_near((a), (b), (tolerance), #a, __FILE__, __LINE__)
int test_check_near(double a, double b, double tolerance, const char *what, const char *file,
                    int line);

#define CHECK(condition)                                                                          \
    CU_assertImplementation(!!(condition), __LINE__, #condition, __FILE__, "", CU_FALSE)

#endif
