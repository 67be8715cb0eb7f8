#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_EXCHANGE = 0x100, KEY_FORMAT, KEY_WATCHDOG };

static char complaint[512];

error_t wrong_usage(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(complaint, sizeof complaint, format, arguments);
    va_end(arguments);
    return EINVAL;
}

int refuse_usage(const char *name, const char *sentence)
{
    ek_log(EK_LOG_ERROR, "%s (see '%s --help')", sentence, name);
    /* Only the leader's status counts: a launcher may kill it before it has spoken, when another
     * rank ends earlier with a failure. */
    return is_leader() ? WRONG_USAGE : DONE;
}

error_t read_whole(const char *option, const char *text, long min, long max, long *value)
{
    char *end;
    errno = 0;
    const long parsed = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || parsed < min || parsed > max)
        return wrong_usage("%s '%s': expected a whole number from %ld to %ld", option, text, min,
                           max);
    *value = parsed;
    return 0;
}

error_t read_int(const char *option, const char *text, int min, int max, int *value)
{
    long parsed = 0;
    const error_t error = read_whole(option, text, min, max, &parsed);
    if (!error) *value = (int)parsed;
    return error;
}

error_t read_power(const char *option, const char *text, int *value)
{
    const error_t error = read_int(option, text, 1, 1 << 20, value);
    if (error || (*value & (*value - 1)) == 0) return error;
    return wrong_usage("%s '%s': expected a power of two", option, text);
}

error_t read_number(const char *option, const char *text, double *value)
{
    char *end;
    const double parsed = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(parsed))
        return wrong_usage("%s '%s': expected a number", option, text);
    *value = parsed;
    return 0;
}

error_t read_numbers(const char *option, const char *text, int capacity, double *values,
                     int *count)
{
    const char *from = text;
    *count = 0;
    for (;;) {
        char *end;
        const double parsed = strtod(from, &end);
        if (end == from || (*end != '\0' && *end != ',') || !isfinite(parsed))
            return wrong_usage("%s '%s': expected numbers separated by commas", option, text);
        if (*count == capacity)
            return wrong_usage("%s: more than %d numbers", option, capacity);
        values[(*count)++] = parsed;
        if (*end == '\0') return 0;
        from = end + 1;
    }
}

error_t read_indices(const char *option, const char *text, struct chosen_indices *chosen)
{
    const char *from = text;
    long top = 0;
    *chosen = (struct chosen_indices){0};
    if (strncmp(text, "top:", 4) == 0) {
        const error_t error = read_whole("--amplitudes top", text + 4, 1, INDICES_MAX, &top);
        chosen->top = (size_t)top;
        return error;
    }
    for (;;) {
        char *end;
        errno = 0;
        const unsigned long long index = strtoull(from, &end, 10);
        if (end == from || *from < '0' || *from > '9' || errno || (*end != '\0' && *end != ','))
            return wrong_usage("%s '%s': expected indices separated by commas, or top:K", option,
                               text);
        if (chosen->count == INDICES_MAX)
            return wrong_usage("%s: more than %d indices", option, INDICES_MAX);
        chosen->index[chosen->count++] = index;
        if (*end == '\0') return 0;
        from = end + 1;
    }
}

/* "65536", "64KiB", "16M": powers of 1024. */
static error_t read_bytes(const char *option, const char *text, size_t *bytes)
{
    static const char *const units[] = {"B", "K", "KiB", "M", "MiB", "G", "GiB"};
    static const int shifts[] = {0, 10, 10, 20, 20, 30, 30};
    char *end;
    errno = 0;
    const unsigned long long parsed = strtoull(text, &end, 10);
    int shift = *end == '\0' ? 0 : -1;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i]) == 0) shift = shifts[i];
    if (end == text || *text == '-' || errno != 0 || shift < 0 || parsed > SIZE_MAX >> shift)
        return wrong_usage("%s '%s': expected bytes such as 65536 or 16MiB", option, text);
    *bytes = (size_t)parsed << shift;
    return 0;
}

error_t read_choice(const char *option, const char *text, const char *const *names, int *choice)
{
    char list[256] = "";
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], text) == 0) {
            *choice = i;
            return 0;
        }
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    return wrong_usage("%s '%s': expected one of %s", option, text, list);
}

error_t read_seed(const char *text, uint64_t *seed)
{
    long value = 0;
    const error_t error = read_whole("--seed", text, 0, LONG_MAX, &value);
    *seed = (uint64_t)value;
    return error;
}

error_t read_precision(const char *text, ek_precision *precision)
{
    static const char *const names[] = {"double", "single", NULL};
    int choice = 0;
    const error_t error = read_choice("--precision", text, names, &choice);
    *precision = (ek_precision)choice;
    return error;
}

error_t read_qft(const char *text, ek_qft_method *method)
{
    static const char *const names[] = {"auto", "gates", "fftw", NULL};
    int choice = 0;
    const error_t error = read_choice("--qft", text, names, &choice);
    *method = (ek_qft_method)choice;
    return error;
}

static error_t parse_common(int key, char *argument, struct argp_state *state)
{
    static const char *const formats[] = {"text", "json", NULL};
    struct common *common = state->input;
    int choice = 0;
    error_t error = 0;
    switch (key) {
    case 't': return read_int("--threads", argument, 1, 4096, &common->session.threads);
    case 'q': common->level = EK_LOG_ERROR; return 0;
    case 'v': common->level = EK_LOG_DEBUG; return 0;
    case 'h': common->help = true; return 0;
    case KEY_EXCHANGE:
        error = read_bytes("--exchange-buffer", argument, &common->session.exchange_bytes);
        if (!error && common->session.exchange_bytes < 64)
            return wrong_usage("--exchange-buffer '%s': at least 64 bytes", argument);
        return error;
    case KEY_FORMAT:
        error = read_choice("--format", argument, formats, &choice);
        common->json = choice == 1;
        return error;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option common_options[] = {
    {"threads", 't', "N", 0, "Threads per rank (default: OMP_NUM_THREADS, or all cores)", 0},
    {"exchange-buffer", KEY_EXCHANGE, "BYTES", 0,
     "Buffers for messages per rank, such as 64KiB (default: 16MiB)", 0},
    {"format", KEY_FORMAT, "text|json", 0, "What to print on the standard output", 0},
    {"quiet", 'q', NULL, 0, "Only errors on the standard error", 0},
    {"verbose", 'v', NULL, 0, "Say more there", 0},
    {"help", 'h', NULL, 0, "Print this help", 0},
    {0}};

const struct argp common_argp = {.options = common_options, .parser = parse_common};

const struct argp_child common_children[] = {{&common_argp, 0, "Everywhere:", 100}, {0}};

static error_t parse_watchdog(int key, char *argument, struct argp_state *state)
{
    struct common *common = state->input;
    if (key != KEY_WATCHDOG) return ARGP_ERR_UNKNOWN;
    const error_t error = read_number("--watchdog", argument, &common->watchdog_seconds);
    if (error || common->watchdog_seconds >= 1) return error;
    return wrong_usage("--watchdog '%s': expected at least 1 second", argument);
}

static const struct argp_option watchdog_options[] = {
    {"watchdog", KEY_WATCHDOG, "SECONDS", 0,
     "End the job, and say why, when a rank is silent for so long", 0},
    {0}};

const struct argp watchdog_argp = {.options = watchdog_options, .parser = parse_watchdog};

const struct argp_child watched_children[] = {
    {&common_argp, 0, "Everywhere:", 100}, {&watchdog_argp, 0, NULL, 3}, {0}};

/* Takes the sentence out of what getopt or argp has written: "NAME: unrecognized option
 * '--foo'". */
static void adopt_complaint(const char *captured)
{
    const char *colon = captured ? strstr(captured, ": ") : NULL;
    if (complaint[0] != '\0') return;
    snprintf(complaint, sizeof complaint, "%s", colon ? colon + 2 : "wrong usage");
    complaint[strcspn(complaint, "\n")] = '\0';
}

/* argp_parse with its own and getopt's messages in `complaint` instead of on the terminal: getopt
 * knows no other way than the variable stderr. */
static error_t parse_silently(const struct argp *argp, int argc, char **argv, void *input)
{
    char *captured = NULL;
    size_t length = 0;
    FILE *const terminal = stderr;
    FILE *memory = open_memstream(&captured, &length);
    complaint[0] = '\0';
    if (memory) stderr = memory;
    const error_t error = argp_parse(argp, argc, argv,
                                     ARGP_NO_EXIT | ARGP_NO_HELP | ARGP_IN_ORDER, NULL, input);
    stderr = terminal;
    if (memory) fclose(memory);
    if (error) adopt_complaint(captured);
    free(captured);
    return error;
}

static void print_help(const struct argp *argp, const char *name)
{
    setenv("ARGP_HELP_FMT", "no-dup-args-note,opt-doc-col=30,rmargin=90", 0);
    argp_help(argp, stdout,
              ARGP_HELP_LONG | ARGP_HELP_SHORT_USAGE | ARGP_HELP_PRE_DOC | ARGP_HELP_POST_DOC,
              (char *)(uintptr_t)name);
}

bool parse_options(const struct argp *argp, const char *name, int argc, char **argv, void *input,
                   int *exit_status)
{
    const struct common *common = input;
    const error_t error = parse_silently(argp, argc, argv, input);
    ek_log_set_level(is_leader() ? common->level : EK_LOG_SILENT);
    if (error) {
        *exit_status = refuse_usage(name, complaint);
        return false;
    }
    if (!common->help) return true;
    *exit_status = DONE;
    if (is_leader()) {
        print_help(argp, name);
        *exit_status = end_output();
    }
    return false;
}
