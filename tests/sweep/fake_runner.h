/* A runner in the place of QAOA: quick, deterministic, and as bad as a test wants it. */
#ifndef EK_TEST_FAKE_RUNNER_H
#define EK_TEST_FAKE_RUNNER_H

#include "sweep/sweep.h"

struct fake_runner {
    int evaluations;        /* of each point */
    int sleep_microseconds; /* in each evaluation */
    long fail_point;        /* this one fails after half of its evaluations; -1: none */
    ek_status fail_code;
    int fail_rank;   /* of the group: only there the failure comes up */
    long stop_after; /* sets *stop after so many computed evaluations on this rank; 0: never */
    volatile sig_atomic_t *stop;

    size_t computed, known, points; /* on this rank, counted */
};

/* `fake` must outlive the runner. */
struct ek_point_runner fake_runner(struct fake_runner *fake);

#endif
