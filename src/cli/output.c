#include "cli/cli.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The launchers' own variables, because wrong usage is reported before MPI starts. */
bool is_leader(void)
{
    static const char *const variables[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
                                            "SLURM_PROCID"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *rank = getenv(variables[i]);
        if (rank) return atoi(rank) == 0;
    }
    return true;
}

int report_failure(ek_status status)
{
    const char *hint =
        status == EK_ERROR_INTERRUPTED ? "; the same command goes on from here" : "";
    ek_log(EK_LOG_ERROR, "%s%s", ek_last_message(), hint);
    switch (status) {
    case EK_ERROR_INTERRUPTED:
    case EK_ERROR_BUSY: return INTERRUPTED; /* others are at work: later */
    case EK_ERROR_ARGUMENT: return WRONG_USAGE; /* options and names come from the command line */
    default: return FAILED;
    }
}

static ek_watchdog *watchdog; /* of the session */

bool begin_session(const struct common *common, ek_session **session, int *exit_status)
{
    const double seconds = common->watchdog_seconds;
    ek_status status = ek_session_create(&common->session, session);
    if (status == EK_OK && seconds > 0)
        status = ek_watchdog_start(*session, seconds, common->resumable ? INTERRUPTED : FAILED,
                                   &watchdog);
    if (status != EK_OK) {
        *exit_status = report_failure(status);
        if (!is_leader()) *exit_status = DONE; /* as in refuse_usage */
        ek_session_destroy(session);
        return false;
    }
    if (ek_session_rank(*session) != 0) ek_log_set_level(EK_LOG_SILENT);
    return true;
}

void end_session(ek_session **session)
{
    ek_watchdog_stop(&watchdog);
    ek_session_destroy(session);
}

/* Agrees on a condition of the leader's. */
static bool agree(ek_session *session, bool fine)
{
    const bool leads = ek_session_rank(session) == 0;
    return ek_session_agree(session, leads && !fine ? EK_ERROR_FILE : EK_OK) == EK_OK;
}

const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool check_output(ek_session *session, const char *path, bool replaces)
{
    if (!path) return true;
    const bool fine =
        ek_session_rank(session) != 0 || ek_output_check(path, replaces) == EK_OK;
    if (!fine) ek_log(EK_LOG_ERROR, "%s", ek_last_message());
    return agree(session, fine);
}

bool can_write(ek_session *session, const char *path)
{
    return check_output(session, path, is_hdf5_name(path));
}

bool can_replace(ek_session *session, const char *path)
{
    return check_output(session, path, true);
}

static bool write_stream(FILE *stream, const char *text)
{
    return fputs(text, stream) != EOF && fputc('\n', stream) != EOF && fflush(stream) == 0;
}

int end_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return DONE;
    ek_log(EK_LOG_ERROR, "cannot write the standard output: %s", strerror(errno));
    return FAILED;
}

int write_output(ek_session *session, const char *path, const char *text)
{
    bool written = true;
    if (ek_session_rank(session) == 0 && path) {
        written = ek_output_write(path, text) == EK_OK;
        if (!written) ek_log(EK_LOG_ERROR, "%s", ek_last_message());
    } else if (ek_session_rank(session) == 0) {
        written = write_stream(stdout, text);
        if (!written)
            ek_log(EK_LOG_ERROR, "cannot write the standard output: %s", strerror(errno));
    }
    return agree(session, written) ? DONE : FAILED;
}

void print_run_times(FILE *out, int evaluations, double prepare, double optimize,
                     double total)
{
    char seconds[3][32];
    fprintf(out, "\n  prepared in %s, %s in %s, %s in all", ek_format_seconds(prepare, seconds[0]),
            evaluations > 1 ? "optimized" : "evaluated", ek_format_seconds(optimize, seconds[1]),
            ek_format_seconds(total, seconds[2]));
}

bool is_hdf5_name(const char *path)
{
    const char *dot = path ? strrchr(path, '.') : NULL;
    return dot && (strcmp(dot, ".h5") == 0 || strcmp(dot, ".hdf5") == 0);
}

bool find_data_file(const char *name, char *path, size_t capacity)
{
    char program[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0) return false;
    program[length] = '\0';
    const int needed = snprintf(path, capacity, "%s/../share/exaket/%s", dirname(program), name);
    return needed > 0 && (size_t)needed < capacity && access(path, R_OK) == 0;
}
