/* A sweep in a folder of its own, run again and again with a runner that is told what to do. */
#ifndef EK_TEST_SWEEP_FIXTURE_H
#define EK_TEST_SWEEP_FIXTURE_H

#include "support/harness.h"
#include "sweep/fake_runner.h"

enum { FIXTURE_EVALUATIONS = 9, FIXTURE_PATH = 600 };

/* The folder with its spec, and the options and runner of one run after the other. */
struct fixture {
    const char *folder;
    char spec[512], output[512];
    volatile sig_atomic_t stop;
    ek_session *session;
    ek_sweep_options options;
    struct fake_runner fake;
    ek_sweep_outcome outcome;
};

/* Collective, all of them. */
void fixture_begin(struct fixture *fixture, const char *spec_text);
void fixture_end(struct fixture *fixture);
void fixture_write_spec(const struct fixture *fixture, const char *text);
/* One run with the options and the runner as they are; the runner's counts begin anew. */
ek_status fixture_run(struct fixture *fixture);
/* Runs the whole sweep into another folder without any disturbance, and gives the path of its
 * results. */
void fixture_run_reference(struct fixture *fixture, char path[FIXTURE_PATH]);
/* The results must be those of the file. */
void fixture_check_results(const struct fixture *fixture, const char *reference);

#endif
