#include "cli/sweep_private.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEY_SET = 0x300,
    KEY_COPY_OF,
    KEY_ON_ERROR,
    KEY_RANKS,
    KEY_FORCE,
    KEY_PART,
    KEY_KEEP_FAILED
};

static const struct argp_option sweep_options[] = {
    {"set", KEY_SET, "KEY=VALUE", 0, "Override a key of the spec, such as algorithm.starts=2", 1},
    {"copy-of", KEY_COPY_OF, "SPEC", 0,
     "The spec that this one is a copy of: files of problems are relative to that", 1},
    {"output", 'o', "FOLDER", 0, "Folder for journal and results (default: the spec's)", 1},
    {"ranks-per-point", KEY_RANKS, "R", 0, "A power of two (default: the spec's)", 1},
    {"on-error", KEY_ON_ERROR, "continue|stop", 0, "When a point fails (default: the spec's)", 1},
    {"force", KEY_FORCE, NULL, 0, "Start afresh; an old folder is renamed", 1},
    {0}};

static error_t add_override(struct sweep_arguments *given, const char *argument)
{
    const char *equals = strchr(argument, '=');
    if (!equals || equals == argument)
        return wrong_usage("--set '%s': expected KEY=VALUE", argument);
    if (given->options.override_count == OVERRIDES_MAX)
        return wrong_usage("--set: more than %d overrides", OVERRIDES_MAX);
    given->overrides[given->options.override_count++] = argument;
    return 0;
}

static error_t parse_sweep(int key, char *argument, struct argp_state *state)
{
    static const char *const reactions[] = {"continue", "stop", NULL};
    struct sweep_arguments *given = state->input;
    int choice = 0;
    error_t error = 0;
    switch (key) {
    case ARGP_KEY_ARG:
        if (given->options.spec_path) return wrong_usage("'%s': one spec at a time", argument);
        given->options.spec_path = argument;
        return 0;
    case KEY_SET: return add_override(given, argument);
    case KEY_COPY_OF: given->options.copy_of = argument; return 0;
    case 'o': given->options.output = argument; return 0;
    case KEY_RANKS:
        return read_power("--ranks-per-point", argument, &given->options.ranks_per_point);
    case KEY_ON_ERROR:
        error = read_choice("--on-error", argument, reactions, &choice);
        given->options.on_error = reactions[choice];
        return error;
    case KEY_FORCE: given->options.force = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp sweep_argp = {.options = sweep_options, .parser = parse_sweep};

error_t parse_sweep_alone(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    if (key != ARGP_KEY_INIT) return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = state->child_inputs[1] = state->input;
    return 0;
}

static const struct argp_option run_options[] = {
    {"part", KEY_PART, "K/N", 0, "Only the K-th, from 0, of N parts of the points; 'exaket sweep "
     "collect' writes the results of all, and reports those that failed", 2},
    {"keep-failed", KEY_KEEP_FAILED, NULL, 0, "Do not try again what has failed", 2},
    {0}};

static error_t read_part(const char *text, ek_sweep_options *options)
{
    char end;
    if (sscanf(text, "%d/%d%c", &options->part, &options->parts, &end) == 2 &&
        options->part >= 0 && options->part < options->parts && options->parts <= TASKS_MAX)
        return 0;
    return wrong_usage("--part '%s': expected K/N, such as 0/4, with K from 0 to N - 1 and N up "
                       "to %d", text, TASKS_MAX);
}

static error_t parse_run(int key, char *argument, struct argp_state *state)
{
    struct sweep_arguments *given = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = state->child_inputs[2] = state->input;
        return 0;
    case KEY_PART: return read_part(argument, &given->options);
    case KEY_KEEP_FAILED: given->options.keep_failed = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp_child sweep_children[] = {
    {&sweep_argp, 0, NULL, 1}, {&common_argp, 0, "Everywhere:", 100}, {0}};

static const struct argp_child run_children[] = {{&sweep_argp, 0, NULL, 1},
                                                 {&common_argp, 0, "Everywhere:", 100},
                                                 {&watchdog_argp, 0, NULL, 2},
                                                 {0}};

static const struct argp run_argp = {
    .options = run_options,
    .parser = parse_run,
    .args_doc = "SPEC.yaml",
    .doc = "Runs the points of a sweep that are not finished yet, on groups of ranks, and writes "
           "results.h5 and results.csv. After any interruption the same command goes on where "
           "the last one ended; SIGUSR1, SIGTERM and SIGINT end it in good order."
           "\v"
           "Examples:\n"
           "  exaket sweep run jobs/quickstart.yaml\n"
           "  mpirun -n 4 exaket sweep run spec.yaml --set algorithm.starts=4 -o results/second\n",
    .children = run_children};

static const struct argp plan_argp = {
    .parser = parse_sweep_alone,
    .args_doc = "SPEC.yaml",
    .doc = "Checks a spec and says what a run would do with it on these ranks: points, memory, "
           "groups. Runs and writes nothing."
           "\v"
           "Example:\n"
           "  mpirun -n 4 exaket sweep plan jobs/quickstart.yaml",
    .children = sweep_children};

/* Prints `text`, or its JSON when that is asked for; takes over neither. */
static int print_either(ek_session *session, bool json, ek_status made, const char *json_text,
                        const char *text)
{
    const ek_status status = ek_session_agree(session, made);
    if (status != EK_OK) return report_failure(status);
    return write_output(session, NULL, json ? json_text : text);
}

static int print_outcome(ek_session *session, bool json, const ek_sweep_outcome *outcome)
{
    char *json_text = NULL, text[8192], seconds[32];
    const ek_status status = json ? ek_sweep_outcome_json(outcome, &json_text) : EK_OK;
    snprintf(text, sizeof text, "%zu of %zu points done, %zu failed, %zu were done before; %s\n%s",
             outcome->done, outcome->points, outcome->failed, outcome->done_before,
             ek_format_seconds(outcome->seconds, seconds), outcome->output);
    const int exit_status = print_either(session, json, status, json_text, text);
    ek_text_free(&json_text);
    return exit_status;
}

static int run_points(ek_session *session, const struct sweep_arguments *given)
{
    static ek_sweep_outcome outcome;
    const ek_status status = ek_sweep_run(session, &given->options, &outcome);
    if (status != EK_OK) return report_failure(status);
    const int exit_status = print_outcome(session, given->common.json, &outcome);
    const bool part = given->options.parts > 0; /* failures of which are reported in the end */
    if (outcome.failed == 0) return exit_status;
    ek_log(part ? EK_LOG_WARNING : EK_LOG_ERROR, "%zu of %zu points failed, the first: %s",
           outcome.failed, outcome.points, outcome.first_failure);
    return part ? exit_status : FAILED;
}

static int plan_points(ek_session *session, const struct sweep_arguments *given)
{
    ek_sweep_plan_facts facts = {0};
    char *text = NULL, *json_text = NULL;
    ek_status status = ek_sweep_plan(session, &given->options, &facts, &text);
    if (status != EK_OK) return report_failure(status);
    if (given->common.json) status = ek_sweep_plan_json(&facts, &json_text);
    const int exit_status =
        print_either(session, given->common.json, status, json_text, text);
    ek_text_free(&text);
    ek_text_free(&json_text);
    return exit_status;
}

int run_sweep_spec(int argc, char **argv, const struct common *defaults)
{
    static struct sweep_arguments given;
    const bool plans = strcmp(argv[0], "plan") == 0;
    const char *name = plans ? "exaket sweep plan" : "exaket sweep run";
    ek_session *session = NULL;
    int exit_status;
    given.common = *defaults;
    given.options.overrides = given.overrides;
    if (!parse_options(plans ? &plan_argp : &run_argp, name, argc, argv, &given, &exit_status))
        return exit_status;
    if (!given.options.spec_path) return refuse_usage(name, "no spec: expected a YAML file");
    if (!plans) given.options.stop = catch_signals();
    given.common.resumable = true;
    if (!begin_session(&given.common, &session, &exit_status)) return exit_status;
    exit_status = plans ? plan_points(session, &given) : run_points(session, &given);
    end_session(&session);
    return exit_status;
}
