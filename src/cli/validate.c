#include "cli/cli.h"

#include <math.h>
#include <stdlib.h>

enum { KEY_QUBITS = 0x200, KEY_PRECISION };

enum { NAMED_MAX = 16 }; /* ranks in a list; the JSON has all */

struct arguments {
    struct common common;
    ek_validate_options options;
    const char *output;
};

static const struct argp_option options[] = {
    {0, 0, NULL, 0, "The machine:", 1},
    {"qubits", KEY_QUBITS, "N", 0,
     "Size of the register (default: as many as take at most a quarter of the available memory of "
     "the ranks, and 512 MiB per thread: about a minute)", 1},
    {"precision", KEY_PRECISION, "NAME", 0, "double (default), single", 1},
    {"output", 'o', "FILE", 0, "Write the result to FILE", 1},
    {0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct arguments *given = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = state->input;
        return 0;
    case ARGP_KEY_ARG: return wrong_usage("'%s': validate takes no words", argument);
    case KEY_QUBITS:
        return read_int("--qubits", argument, 4, EK_QUBITS_MAX, &given->options.qubits);
    case KEY_PRECISION: return read_precision(argument, &given->options.precision);
    case 'o': given->output = argument; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const char documentation[] =
    "Tests a machine, after it has changed: circuits whose answers are known at any size, on all "
    "ranks. Says which checks passed, which ranks are wrong, and which are slow.\n\n"
    "  messages      patterns between all pairs of ranks\n"
    "  local-turns   rotations within each rank\n"
    "  local-mirror  layers of gates and their inverse, within each rank\n"
    "  spins         H on each qubit of a basis state; <X>, <Y>, <Z> of each\n"
    "  qft           Fourier transform of a basis state\n"
    "  qft-inverse   Fourier transform and its inverse\n"
    "  adder         all sums of two numbers and a carry\n"
    "  mirror        layers of gates on all qubits, and their inverse\n\n"
    "Each but the first compares all amplitudes, and the norm. The rank that the local "
    "ones name is wrong; of messages it or its partner is; the others name the ranks that ended "
    "with wrong amplitudes. A rank is slow, which is only a warning, when its memory is "
    "more than 25% slower than the median; another warning is that the kernel gives no large "
    "pages. Exit status 1 when a check failed."
    "\v"
    "Examples:\n"
    "  exaket validate --qubits 24\n"
    "  srun exaket validate --format json --output validate.json";

static const struct argp argp = {
    .options = options, .parser = parse, .doc = documentation, .children = watched_children};

/* ---- for people ----------------------------------------------------------------------------- */

static void print_head(FILE *out, const ek_session *session, const ek_validate_result *result)
{
    const int threads = ek_session_threads(session);
    char bytes[32];
    fprintf(out, "%d qubits, %s precision, %d rank%s x %d thread%s, %s state per rank\n\n",
            result->qubits, ek_precision_name(result->precision), result->ranks,
            EK_PLURAL(result->ranks), threads, EK_PLURAL(threads),
            ek_format_bytes((double)result->state_bytes_per_rank, bytes));
}

/* "  wrong on rank 3 (node17) from rank 5 (node18), rank 4 ..." */
static void print_wrong(FILE *out, const ek_validate_result *result, ek_validate_check check)
{
    int named = 0;
    for (int r = 0; r < result->ranks && named < NAMED_MAX; r++) {
        const ek_validate_rank *rank = &result->rank[r];
        if (!ek_validate_is_wrong(result, check, r)) continue;
        fprintf(out, "%s rank %d (%s)", named++ > 0 ? "," : "  wrong on", r, rank->host);
        if (check != EK_VALIDATE_MESSAGES) continue;
        const int partner = (int)rank->partner;
        fprintf(out, " from rank %d (%s)", partner, result->rank[partner].host);
    }
    if (result->wrong_ranks[check] > named)
        fprintf(out, " and %d more", result->wrong_ranks[check] - named);
}

static void print_check(FILE *out, const ek_validate_result *result, ek_validate_check check)
{
    double seconds = 0, error = 0;
    char time[32];
    for (int r = 0; r < result->ranks; r++) {
        seconds = fmax(seconds, result->rank[r].seconds[check]);
        error = fmax(error, result->rank[r].error[check]);
    }
    fprintf(out, "%-13s %-6s %10s  error %-8.1e norm %-8.1e", ek_validate_name(check),
            ek_validate_failed(result, check) ? "FAILED" : "passed",
            ek_format_seconds(seconds, time), error, result->deviation[check]);
    print_wrong(out, result, check);
    fprintf(out, "\n");
}

static void print_ranks(FILE *out, const ek_validate_result *result)
{
    char time[32];
    fprintf(out, "\n%6s  %-20s %12s %13s %13s\n", "rank", "host", "memory GB/s", "messages GB/s",
            "local mirror");
    for (int r = 0; r < result->ranks; r++) {
        const ek_validate_rank *rank = &result->rank[r];
        fprintf(out, "%6d  %-20s %12.2f %13.2f %13s%s\n", r, rank->host,
                1e-9 * rank->stream_bytes_per_second, 1e-9 * rank->message_bytes_per_second,
                ek_format_seconds(rank->seconds[EK_VALIDATE_LOCAL_MIRROR], time),
                ek_validate_is_slow(result, r) ? "  slow" : "");
    }
}

static char *describe(const ek_session *session, const ek_validate_result *result)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    print_head(out, session, result);
    for (int c = 0; c < EK_VALIDATE_CHECKS; c++) print_check(out, result, (ek_validate_check)c);
    print_ranks(out, result);
    fprintf(out, "\n%d of %d checks failed", result->failures, EK_VALIDATE_CHECKS);
    fclose(out);
    return text;
}

/* ---- the command ---------------------------------------------------------------------------- */

static void warn_of_slow(const ek_validate_result *result)
{
    int named = 0;
    for (int r = 0; r < result->ranks && named < NAMED_MAX; r++)
        if (ek_validate_is_slow(result, r) && ++named)
            ek_log(EK_LOG_WARNING,
                   "rank %d on %s is slow: its memory gives %.2f GB/s, the median %.2f GB/s", r,
                   result->rank[r].host, 1e-9 * result->rank[r].stream_bytes_per_second,
                   1e-9 * result->median_stream_bytes_per_second);
    if (result->slow_ranks > named)
        ek_log(EK_LOG_WARNING, "%d more ranks are slow", result->slow_ranks - named);
}

static void warn_of_small_pages(const ek_validate_result *result)
{
    if (result->small_page_ranks > 0)
        ek_log(EK_LOG_WARNING,
               "%d rank%s without large pages, which are faster: have 'madvise' in enabled and "
               "'advise' in shmem_enabled of /sys/kernel/mm/transparent_hugepage",
               result->small_page_ranks, result->small_page_ranks == 1 ? " is" : "s are");
}

static int print(ek_session *session, const struct arguments *given,
                 const ek_validate_result *result)
{
    char *text = NULL;
    int exit_status;
    if (given->common.json) {
        const ek_status status =
            ek_session_agree(session, ek_validate_json(session, result, &text));
        exit_status = status == EK_OK ? write_output(session, given->output, text)
                                      : report_failure(status);
        ek_text_free(&text);
        return exit_status;
    }
    text = describe(session, result);
    exit_status = write_output(session, given->output, text ? text : "");
    free(text);
    return exit_status;
}

static int run(ek_session *session, const struct arguments *given)
{
    ek_validate_result result;
    if (!can_write(session, given->output)) return FAILED;
    const ek_status status = ek_validate(session, &given->options, &result);
    if (status != EK_OK) return report_failure(status);
    warn_of_slow(&result);
    warn_of_small_pages(&result);
    const int exit_status = print(session, given, &result);
    const int failures = result.failures;
    ek_validate_free(&result);
    return exit_status == DONE && failures > 0 ? FAILED : exit_status;
}

int run_validate(int argc, char **argv, const struct common *defaults)
{
    struct arguments given = {.common = *defaults};
    ek_session *session = NULL;
    int exit_status;
    if (!parse_options(&argp, "exaket validate", argc, argv, &given, &exit_status) ||
        !begin_session(&given.common, &session, &exit_status))
        return exit_status;
    exit_status = run(session, &given);
    end_session(&session);
    return exit_status;
}
