#include "cli/sweep_private.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

error_t parse_sweep_folder(int key, char *argument, struct argp_state *state)
{
    struct folder_arguments *given = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = state->input; return 0;
    case ARGP_KEY_ARG:
        if (given->folder) return wrong_usage("'%s': one folder at a time", argument);
        given->folder = argument;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp status_argp = {
    .parser = parse_sweep_folder,
    .args_doc = "FOLDER",
    .doc = "Says how far a sweep is. Reads files only: it works during a run, and anywhere."
           "\v"
           "Example:\n"
           "  exaket sweep status results/quickstart",
    .children = common_children};

static const struct argp report_argp = {
    .parser = parse_sweep_folder,
    .args_doc = "FOLDER",
    .doc = "Prints a sweep's results as a table and, with gnuplot, draws FOLDER/plot.svg."
           "\v"
           "Example:\n"
           "  exaket sweep report results/quickstart",
    .children = common_children};

static void print_status(const ek_sweep_progress *progress)
{
    char left[32], quiet[32];
    printf("%zu point%s: %zu done, %zu running, %zu failed, %zu remaining\n", progress->points,
           EK_PLURAL(progress->points), progress->done, progress->running, progress->failed,
           progress->remaining);
    if (progress->parts > 0)
        printf("%d part%s, started %d time%s, on %d group%s", progress->parts,
               EK_PLURAL(progress->parts), progress->runs, EK_PLURAL(progress->runs),
               progress->groups, EK_PLURAL(progress->groups));
    else
        printf("run %d on %d group%s", progress->runs, progress->groups,
               EK_PLURAL(progress->groups));
    const bool tried = progress->done + progress->failed == progress->points;
    if (progress->complete) puts(", complete");
    else if (tried && progress->parts > 0)
        puts(", ended: 'exaket sweep collect' writes the results");
    else if (progress->ended) puts(", ended: run it again to go on");
    else
        printf(", %s left, last written %s ago\n", ek_format_seconds(progress->seconds_left, left),
               ek_format_seconds(progress->seconds_quiet, quiet));
}

/* What Slurm says of the jobs that were submitted. */
static void print_queue(const char *folder, bool done)
{
    char job[64];
    if (!read_job(folder, "array", job)) return;
    const struct queued queued = ask_queue(job);
    if (queued.unknown[0]) {
        printf("job %s: whether it is in the queue is not known (%s)\n", job, queued.unknown);
        return;
    }
    if (!is_about(&queued)) {
        printf("job %s: not in the queue", job);
        if (!done) {
            fputs(": exaket sweep retry-failed ", stdout);
            put_word(stdout, folder);
            fputs(" goes on", stdout);
        }
        putchar('\n');
        return;
    }
    printf("job %s: %d tasks running, %d waiting, %d ending\n", job, queued.running,
           queued.waiting, queued.ending);
}

static int show_status(const struct folder_arguments *given)
{
    ek_sweep_progress progress = {0};
    char *text = NULL, job[64];
    ek_status status = ek_sweep_status(given->folder, &progress);
    if (status == EK_OK && given->common.json) status = ek_sweep_progress_json(&progress, &text);
    const bool submitted = read_job(given->folder, "array", job);
    const bool waits = status == EK_ERROR_FILE && (submitted || has_submission(given->folder));
    if (status != EK_OK && (!waits || given->common.json)) return report_failure(status);
    if (text) puts(text);
    else if (waits && submitted) puts("nothing has run yet");
    else if (waits) printf("not submitted yet: the scripts are in %s/slurm\n", given->folder);
    else print_status(&progress);
    if (!text) print_queue(given->folder, !waits && progress.done == progress.points);
    ek_text_free(&text);
    return end_output();
}

/* What is drawn: against the first column that was swept, or the points' numbers, the column that
 * rates them. */
struct drawing {
    char axis[256];
    const char *rating;
};

static struct drawing find_columns(const char *csv)
{
    struct drawing drawing = {"id", "approximation_ratio"};
    char *header = NULL;
    size_t length = 0;
    FILE *file = fopen(csv, "r");
    if (file && getline(&header, &length, file) > 0) {
        const char *column = strstr(header, "param_");
        if (column)
            snprintf(drawing.axis, sizeof drawing.axis, "%.*s", (int)strcspn(column, ",\r\n"),
                     column);
        if (strstr(header, ",error,")) drawing.rating = "error";
    }
    free(header);
    if (file) fclose(file);
    return drawing;
}

/* Runs gnuplot without a shell, so that names of folders need no quoting. 127 when it is
 * missing. */
static int run_gnuplot(const char *script, const char *csv, const char *picture,
                       const struct drawing *drawing)
{
    char *const words[] = {(char *)"gnuplot", (char *)"-c", (char *)(uintptr_t)script,
                           (char *)(uintptr_t)csv, (char *)(uintptr_t)picture,
                           (char *)(uintptr_t)drawing->axis,
                           (char *)(uintptr_t)drawing->rating, NULL};
    extern char **environ;
    pid_t child;
    int state = 0;
    if (posix_spawnp(&child, words[0], NULL, NULL, words, environ) != 0) return 127;
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR) return 1;
    return WIFEXITED(state) ? WEXITSTATUS(state) : 1;
}

/* Draws FOLDER/plot.svg and says where it is, or what is missing. The table has been printed: no
 * picture is no failure. */
static void draw(const char *folder)
{
    char csv[PATH_MAX], script[PATH_MAX], partial[PATH_MAX], picture[PATH_MAX];
    snprintf(csv, sizeof csv, "%s/results.csv", folder);
    snprintf(partial, sizeof partial, "%s/plot.svg.part", folder);
    snprintf(picture, sizeof picture, "%s/plot.svg", folder);
    if (access(csv, R_OK) != 0) {
        ek_log(EK_LOG_INFO, "no plot yet: %s is written when the sweep ends", csv);
        return;
    }
    if (!find_data_file("plot.gp", script, sizeof script)) {
        ek_log(EK_LOG_WARNING, "no plot: share/exaket/plot.gp is not where it was installed");
        return;
    }
    const struct drawing drawing = find_columns(csv);
    const int code = run_gnuplot(script, csv, partial, &drawing);
    if (code == 0 && rename(partial, picture) == 0) {
        printf("plot: %s\n", picture);
        return;
    }
    unlink(partial);
    if (code == 127)
        ek_log(EK_LOG_WARNING, "no plot: install gnuplot (apt-get install gnuplot-nox)");
    else ek_log(EK_LOG_WARNING, "no plot: gnuplot failed with status %d", code);
}

int show_report(const char *folder)
{
    char *text = NULL;
    const ek_status status = ek_sweep_report(folder, &text);
    if (status != EK_OK) return report_failure(status);
    fputs(text, stdout);
    ek_text_free(&text);
    if (end_output() != DONE) return FAILED;
    draw(folder);
    return end_output();
}

int look_at_sweep(int argc, char **argv, const struct common *defaults)
{
    const bool reports = strcmp(argv[0], "report") == 0;
    const char *name = reports ? "exaket sweep report" : "exaket sweep status";
    struct folder_arguments given = {.common = *defaults};
    int exit_status;
    if (!parse_options(reports ? &report_argp : &status_argp, name, argc, argv, &given,
                       &exit_status))
        return exit_status;
    if (reports && given.common.json)
        return refuse_usage(name, "a report is text; for programs there is results.csv");
    if (!given.folder) return refuse_usage(name, "no folder: expected the output of a sweep");
    if (!is_leader()) return DONE;
    return reports ? show_report(given.folder) : show_status(&given);
}
