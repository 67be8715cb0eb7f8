/* Validation: a sound machine passes, and each planted fault is found by its check and on its
 * rank. */
#include "bench/bench.h"
#include "support/harness.h"

#include <exaket/validate.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ek_session *session;
static int culprit; /* the rank that is made wrong */

static void test_begin(void)
{
    session = test_session(1, 4096);
    culprit = test_ranks() - 1;
}

static void test_end(void) { ek_session_destroy(&session); }

/* With the n-th fault of the culprit; 0: none. */
static bool validate(ek_precision precision, int qubits, long nth, ek_validate_result *result)
{
    const ek_validate_options options = {qubits, precision};
    if (test_rank() == culprit) ek_fault_set(EK_FAULT_BIT, nth);
    const int good = CHECK_OK(ek_validate(session, &options, result));
    ek_fault_set(EK_FAULT_BIT, 0);
    return test_all(good);
}

static void test_sound(void)
{
    static const int sizes[] = {4, 7, 12}; /* 12: more than a table */
    for (int i = 0; i < 6; i++) {
        const ek_precision precision = i % 2 ? EK_SINGLE : EK_DOUBLE;
        ek_validate_result result;
        if (!validate(precision, sizes[i / 2], 0, &result)) return;
        CHECK(result.failures == 0 && result.ranks == test_ranks());
        CHECK(result.qubits == sizes[i / 2] && result.precision == precision);
        for (int r = 0; r < result.ranks; r++) {
            CHECK(result.rank[r].stream_bytes_per_second > 0 && result.rank[r].partner == -1);
            CHECK((result.rank[r].message_bytes_per_second > 0) == (result.ranks > 1));
            CHECK(strlen(result.rank[r].host) > 0);
            for (int c = EK_VALIDATE_LOCAL_TURNS; c < EK_VALIDATE_CHECKS; c++)
                CHECK(result.rank[r].seconds[c] > 0);
        }
        ek_validate_free(&result);
    }
}

/* The check that the n-th fault falls into: one per message, then one per circuit. */
static ek_validate_check check_of(long nth)
{
    static const ek_validate_check checks[] = {
        EK_VALIDATE_LOCAL_TURNS, EK_VALIDATE_LOCAL_MIRROR, EK_VALIDATE_LOCAL_MIRROR,
        EK_VALIDATE_SPINS,       EK_VALIDATE_QFT,          EK_VALIDATE_QFT_INVERSE,
        EK_VALIDATE_QFT_INVERSE, EK_VALIDATE_ADDER,        EK_VALIDATE_MIRROR,
        EK_VALIDATE_MIRROR};
    return nth < test_ranks() ? EK_VALIDATE_MESSAGES : checks[nth - test_ranks()];
}

/* Who must be named by a check that can tell. */
static void check_names(const ek_validate_result *result, ek_validate_check check, long nth)
{
    const int receiver = check == EK_VALIDATE_MESSAGES ? culprit ^ (int)nth : culprit;
    CHECK(result->wrong_ranks[check] == 1 && ek_validate_is_wrong(result, check, receiver));
    if (check == EK_VALIDATE_MESSAGES) CHECK(result->rank[receiver].partner == culprit);
}

static void test_faults(void)
{
    for (long nth = 1; nth < test_ranks() + 10; nth++) {
        const ek_validate_check check = check_of(nth);
        ek_validate_result result;
        if (!validate(EK_DOUBLE, 8, nth, &result)) return;
        CHECK(result.failures == 1 && ek_validate_failed(&result, check));
        if (check <= EK_VALIDATE_LOCAL_MIRROR) check_names(&result, check, nth);
        else CHECK(result.wrong_ranks[check] > 0);
        ek_validate_free(&result);
    }
}

static void test_slow(void)
{
    ek_validate_rank ranks[] = {{.stream_bytes_per_second = 76}, {.stream_bytes_per_second = 74}};
    const ek_validate_result result = {.rank = ranks, .median_stream_bytes_per_second = 100};
    CHECK(!ek_validate_is_slow(&result, 0) && ek_validate_is_slow(&result, 1));
}

static void test_not_finite(void)
{
    ek_validate_rank rank = {.error = {[EK_VALIDATE_QFT] = INFINITY}};
    const ek_validate_result result = {
        .rank = &rank, .tolerance = 1, .deviation = {[EK_VALIDATE_ADDER] = NAN}};
    CHECK(ek_validate_is_wrong(&result, EK_VALIDATE_QFT, 0));
    CHECK(ek_validate_failed(&result, EK_VALIDATE_ADDER));
    CHECK(!ek_validate_failed(&result, EK_VALIDATE_MIRROR));
}

static void test_refusals(void)
{
    const ek_validate_options few = {.qubits = 3}, many = {.qubits = 63},
                              strange = {.qubits = 5, .precision = (ek_precision)2};
    ek_validate_result result = {.qubits = 77};
    CHECK_STATUS(ek_validate(session, &few, &result), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_validate(session, &many, &result), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_validate(session, &strange, &result), EK_ERROR_ARGUMENT);
    const ek_validate_options differ = {.qubits = 5 + (test_rank() == 0)};
    if (test_ranks() > 1)
        CHECK_STATUS(ek_validate(session, &differ, &result), EK_ERROR_MISMATCH);
    CHECK(result.qubits == 77);
}

/* The n-th allocation of the culprit fails: all ranks say so. */
static void test_memory(void)
{
    const ek_validate_options options = {.qubits = 5};
    for (long nth = 1; nth <= 5; nth++) {
        ek_validate_result result = {0};
        if (test_rank() == culprit) ek_fault_set(EK_FAULT_ALLOCATE, nth);
        CHECK_STATUS(ek_validate(session, &options, &result), EK_ERROR_MEMORY);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        CHECK(result.rank == NULL);
    }
}

static const struct test_case cases[] = {
    {"begin", test_begin},
    {"a sound machine passes", test_sound},
    {"each fault is found and named", test_faults},
    {"slow ranks are told from the median", test_slow},
    {"what is no number fails", test_not_finite},
    {"refusals", test_refusals},
    {"too little memory", test_memory},
    {"end", test_end},
};

int main(int argc, char **argv)
{
    return test_main(argc, argv, "bench: validation", cases, sizeof cases / sizeof *cases);
}
