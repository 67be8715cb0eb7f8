/* Sweeps that were submitted: cancel, collect, retry-failed. */
#include "cli/sweep_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct argp cancel_argp = {
    .parser = parse_sweep_folder,
    .args_doc = "FOLDER",
    .doc = "Takes the jobs of a sweep from the queue and ends those that run. What they have done "
           "is kept: 'exaket sweep retry-failed FOLDER' goes on."
           "\v"
           "Example:\n"
           "  exaket sweep cancel results/quickstart",
    .children = common_children};

static const struct argp retry_argp = {
    .parser = parse_sweep_folder,
    .args_doc = "FOLDER",
    .doc = "Submits again the tasks whose points have failed or are not done, with the script "
           "FOLDER/slurm/sweep.sbatch as it is now, and the job that collects behind them."
           "\v"
           "Example:\n"
           "  exaket sweep retry-failed results/quickstart",
    .children = common_children};

static const struct argp collect_argp = {
    .parser = parse_sweep_alone,
    .args_doc = "FOLDER|SPEC.yaml",
    .doc =
        "Writes results.h5 and results.csv from what the parts of a sweep have done, and prints "
        "the report; computes nothing. FOLDER is that of a sweep that was submitted; for parts "
        "that were run by hand, give the spec and the options of the runs."
        "\v"
        "Examples:\n"
        "  exaket sweep collect results/quickstart\n"
        "  exaket sweep collect spec.yaml -o results/second",
    .children = sweep_children};

/* ---- the words of a submission -------------------------------------------------------------- */

/* Kept to the end: options point to them. */
static char *read_words(const char *folder)
{
    char path[PATH_MAX];
    static char words[1 << 20];
    slurm_path(folder, "words", path);
    FILE *file = fopen(path, "r");
    const size_t length = file ? fread(words, 1, sizeof words - 1, file) : 0;
    if (file) fclose(file);
    words[length] = '\0';
    if (length > 0) return words;
    ek_log(EK_LOG_ERROR, "%s was not submitted by 'exaket sweep submit': cannot read %s; what was "
           "run by hand goes on with its spec: 'exaket sweep run SPEC.yaml -o %s', and 'collect' "
           "likewise", folder, path, folder);
    return NULL;
}

/* The submission that the folder belongs to. */
static bool recall(const char *folder, struct submit_arguments *given, int *exit_status)
{
    enum { WORDS_MAX = 2 * OVERRIDES_MAX + 16 };
    static char *argv[WORDS_MAX + 1] = {(char *)"submit"};
    const struct common common = given->sweep.common;
    char *rest = read_words(folder);
    int argc = 1;
    *exit_status = FAILED;
    if (!rest) return false;
    for (char *word; argc < WORDS_MAX && (word = strsep(&rest, "\n"));)
        if (*word) argv[argc++] = word;
    const bool parsed = parse_submission(argc, argv, given, exit_status);
    given->sweep.common = common;
    ek_log_set_level(is_leader() ? common.level : EK_LOG_SILENT);
    return parsed;
}

/* ---- cancel --------------------------------------------------------------------------------- */

/* Takes from the queue what is there, or may be. */
static int cancel_jobs(const char *array, const char *collect)
{
    const char *const jobs[] = {array, collect};
    const char *words[] = {"scancel", NULL, NULL, NULL};
    char out[256];
    size_t count = 0;
    bool ends = false;
    for (size_t i = 0; i < 2; i++) {
        const struct queued queued = ask_queue(jobs[i]);
        ends = ends || queued.ending > 0;
        if (queued.running + queued.waiting > 0 || queued.unknown[0]) words[++count] = jobs[i];
    }
    if (count == 0) {
        printf("nothing to cancel: job %s %s\n", array, ends ? "is ending" : "has ended");
    } else if (capture(words, COMPLAINTS_SHOWN, out, sizeof out) == 0) {
        printf("cancelled: job %s%s%s\n", words[1], count > 1 ? ", " : "",
               count > 1 ? words[2] : "");
    } else {
        ek_log(EK_LOG_ERROR, "scancel failed: job %s may still be in the queue", words[1]);
        return FAILED;
    }
    return end_output();
}

static int cancel(const char *folder)
{
    char array[64], collect[64];
    const bool submitted = read_job(folder, "array", array);
    read_job(folder, "collect", collect);
    if (!submitted) {
        ek_log(EK_LOG_ERROR, "no job of %s is known: it was not submitted from here", folder);
        return FAILED;
    }
    if (!has_slurm()) {
        ek_log(EK_LOG_ERROR, "scancel is not here. Where it is: scancel %s %s", array, collect);
        return FAILED;
    }
    return cancel_jobs(array, collect);
}

/* ---- retry-failed --------------------------------------------------------------------------- */

/* "0-3,7": the parts that have points left. Null when memory is short, or there are none. */
static char *list_tasks(int parts, const size_t *left)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    for (int part = 0; part < parts; part++) {
        const int first = part;
        if (left[part] == 0) continue;
        while (part + 1 < parts && left[part + 1] > 0) part++;
        fprintf(out, "%s%d", ftell(out) > 0 ? "," : "", first);
        if (part > first) fprintf(out, "-%d", part);
    }
    fclose(out);
    return text;
}

static int submit_left(const char *output, const char *tasks, const ek_sweep_place *place)
{
    char job[64];
    printf("%zu of %zu points done, %zu failed: again tasks %s\n", place->done, place->points,
           place->failed, tasks);
    if (!has_slurm()) {
        explain_submission(output, tasks);
        return DONE;
    }
    if (!begin_submission(output, true) || !submit_jobs(output, tasks)) return FAILED;
    read_job(output, "array", job);
    printf("submitted: job %s\n", job);
    return DONE;
}

static int retry(const struct submit_arguments *given)
{
    ek_sweep_place place = {.look_only = true};
    size_t *left = calloc((size_t)given->tasks + 1, sizeof *left);
    if (!left) return FAILED;
    const ek_status status = ek_sweep_settle(&given->sweep.options, given->tasks, &place, left);
    int exit_status = status == EK_OK ? DONE : report_failure(status);
    if (status == EK_OK && place.done == place.points) {
        printf("all %zu points are done\n", place.points);
    } else if (status == EK_OK) {
        char *tasks = list_tasks(given->tasks, left);
        exit_status = tasks ? submit_left(place.output, tasks, &place) : FAILED;
        free(tasks);
    }
    free(left);
    return end_output() == DONE ? exit_status : FAILED;
}

/* ---- collect -------------------------------------------------------------------------------- */

void put_sweep(FILE *out, const ek_sweep_options *options, const char *output)
{
    if (!has_submission(output)) {
        put_word(out, options->spec_path);
        if (options->copy_of) {
            fputs(" --copy-of ", out);
            put_word(out, options->copy_of);
        }
        for (size_t i = 0; i < options->override_count; i++) {
            fputs(" --set ", out);
            put_word(out, options->overrides[i]);
        }
        fputs(" -o ", out);
    }
    put_word(out, output);
}

/* The command that does what is left, to be freed: retry-failed knows only what was submitted.
 * Null when memory is short. */
static char *write_next(const ek_sweep_options *options, const char *output)
{
    const bool submitted = has_submission(output);
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    fputs(submitted ? "exaket sweep retry-failed " : "exaket sweep run ", out);
    put_sweep(out, options, output);
    if (!submitted) fputs(", or with --part K/N a part of it", out);
    fclose(out);
    return text;
}

/* Says what is left to do. */
static void explain_rest(const ek_sweep_options *options, const ek_sweep_outcome *outcome)
{
    const size_t missing = outcome->points - outcome->done - outcome->failed;
    if (outcome->done == outcome->points) return;
    char *next = write_next(options, outcome->output);
    if (missing > 0)
        ek_log(EK_LOG_ERROR,
               "%zu of %zu points done, %zu failed, %zu not tried yet: no results are written. "
               "To go on: %s",
               outcome->done, outcome->points, outcome->failed, missing, next ? next : "");
    else
        ek_log(EK_LOG_ERROR, "%zu of %zu points failed, the first: %s; to try them again: %s",
               outcome->failed, outcome->points, outcome->first_failure, next ? next : "");
    free(next);
}

static int print_collected(const struct sweep_arguments *given, const ek_sweep_outcome *outcome)
{
    char *text = NULL;
    if (given->common.json) {
        const ek_status status = ek_sweep_outcome_json(outcome, &text);
        if (status != EK_OK) return report_failure(status);
        puts(text);
        ek_text_free(&text);
    } else {
        const int shown = show_report(outcome->output);
        if (shown != DONE) return shown;
    }
    explain_rest(&given->options, outcome);
    return end_output() == DONE && outcome->done == outcome->points ? DONE : FAILED;
}

static int collect(const struct sweep_arguments *given)
{
    static ek_sweep_outcome outcome;
    ek_session *session = NULL;
    int exit_status = DONE;
    if (!begin_session(&given->common, &session, &exit_status)) return exit_status;
    const ek_status status = ek_sweep_collect(session, &given->options, &outcome);
    if (status != EK_OK)
        exit_status = report_failure(status);
    else if (is_leader())
        exit_status = print_collected(given, &outcome);
    ek_session_destroy(&session);
    return exit_status;
}

/* ---- commands ------------------------------------------------------------------------------- */

int collect_sweep(int argc, char **argv, const struct common *defaults)
{
    static struct submit_arguments recalled;
    static struct sweep_arguments given;
    struct stat facts;
    int exit_status;
    given.common = *defaults;
    given.options.overrides = given.overrides;
    if (!parse_options(&collect_argp, "exaket sweep collect", argc, argv, &given, &exit_status))
        return exit_status;
    const char *what = given.options.spec_path;
    if (given.options.force)
        return refuse_usage("exaket sweep collect", "--force: nothing begins, afresh or not");
    if (!what)
        return refuse_usage("exaket sweep collect", "expected the folder of a sweep, or its spec");
    if (stat(what, &facts) != 0 || !S_ISDIR(facts.st_mode)) return collect(&given);
    if (given.options.override_count > 0 || given.options.output)
        return refuse_usage("exaket sweep collect", "options of the sweep go with its spec; a "
                                                    "folder knows them");
    recalled.sweep.common = given.common;
    return recall(what, &recalled, &exit_status) ? collect(&recalled.sweep) : exit_status;
}

int control_sweep(int argc, char **argv, const struct common *defaults)
{
    static struct submit_arguments recalled;
    const bool cancels = strcmp(argv[0], "cancel") == 0;
    const char *name = cancels ? "exaket sweep cancel" : "exaket sweep retry-failed";
    struct folder_arguments given = {.common = *defaults};
    int exit_status;
    if (!parse_options(cancels ? &cancel_argp : &retry_argp, name, argc, argv, &given,
                       &exit_status))
        return exit_status;
    if (!given.folder) return refuse_usage(name, "no folder: expected the output of a sweep");
    if (given.common.json) return refuse_usage(name, "it prints text; see 'exaket sweep status'");
    if (!is_leader()) return DONE;
    if (cancels) return cancel(given.folder);
    recalled.sweep.common = given.common;
    return recall(given.folder, &recalled, &exit_status) ? retry(&recalled) : exit_status;
}
