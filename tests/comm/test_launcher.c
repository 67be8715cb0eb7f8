#define _POSIX_C_SOURCE 200809L
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

static void check_refused(const char *variable)
{
    ek_session *session = NULL;
    char *before = getenv(variable) ? strdup(getenv(variable)) : NULL;
    setenv(variable, "4", 1);
    CHECK_STATUS(ek_session_create(NULL, &session), EK_ERROR_RANKS);
    CHECK(session == NULL);
    CHECK(strstr(ek_last_message(), variable) != NULL && strstr(ek_last_message(), "4 ranks"));
    setenv(variable, "1", 1);
    CHECK_OK(ek_session_create(NULL, &session));
    ek_session_destroy(&session);
    if (before) setenv(variable, before, 1);
    else unsetenv(variable);
    free(before);
}

static void test_promised_ranks_are_missed(void)
{
    check_refused("SLURM_NTASKS");
    check_refused("OMPI_COMM_WORLD_SIZE");
    check_refused("PMI_SIZE");
}

static void test_strange_values_do_not_matter(void)
{
    static const char *const values[] = {"", "1", "0", "-4", "many"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        ek_session *session = NULL;
        setenv("SLURM_NTASKS", values[i], 1);
        CHECK_OK(ek_session_create(NULL, &session));
        ek_session_destroy(&session);
    }
    unsetenv("SLURM_NTASKS");
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"ranks that the launcher promised are missed", test_promised_ranks_are_missed},
        {"strange values do not matter", test_strange_values_do_not_matter},
    };
    return test_main(argc, argv, "comm: launcher", cases, sizeof cases / sizeof *cases);
}
