/* Runs a sweep as the program does, for tests that kill it: RANKS_PER_POINT SPEC OUTPUT. */
#define _POSIX_C_SOURCE 200809L
#include <exaket/sweep.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static int run(ek_session *session, char **arguments)
{
    const ek_sweep_options options = {.spec_path = arguments[2],
                                      .output = arguments[3],
                                      .ranks_per_point = atoi(arguments[1]),
                                      .stop = &stop};
    ek_sweep_outcome outcome;
    const ek_status status = ek_sweep_run(session, &options, &outcome);
    if (ek_session_rank(session) == 0)
        printf("%s: %zu of %zu done, %zu before: %s\n", ek_status_name(status), outcome.done,
               outcome.points, outcome.done_before, status == EK_OK ? "" : ek_last_message());
    if (status == EK_ERROR_INTERRUPTED) return 75;
    return status == EK_OK && outcome.failed == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    ek_session *session = NULL;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    if (argc != 4) return 2;
    if (ek_session_create(NULL, &session) != EK_OK) return 1;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    const int result = run(session, argv);
    ek_session_destroy(&session);
    return result;
}
