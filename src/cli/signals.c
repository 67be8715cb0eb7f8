#include "cli/cli.h"

#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop_requested;
static volatile time_t stop_time;

/* A launcher and a batch system may both pass on one signal: only one that comes later is meant as
 * the second. */
static void request_stop(int signal_number)
{
    struct timespec now;
    (void)signal_number;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (stop_requested && now.tv_sec - stop_time > 1) _exit(INTERRUPTED);
    if (!stop_requested) stop_time = now.tv_sec;
    stop_requested = 1;
}

const volatile sig_atomic_t *catch_signals(void)
{
    struct sigaction action = {.sa_handler = request_stop, .sa_flags = SA_RESTART};
    static const int signals[] = {SIGINT, SIGTERM, SIGUSR1};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
    return &stop_requested;
}
