#include "cli/cli.h"

#include <string.h>

struct arguments {
    struct common common;
    int command_at; /* index of the word behind "sweep"; 0 for none */
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    (void)argument;
    if (key == ARGP_KEY_INIT) state->child_inputs[0] = state->input;
    if (key != ARGP_KEY_ARG) return key == ARGP_KEY_INIT ? 0 : ARGP_ERR_UNKNOWN;
    arguments->command_at = state->next - 1;
    state->next = state->argc;
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "run|plan|status|report|submit|cancel|collect|retry-failed WORDS...",
    .doc = "Many points of QAOA or VQE from one YAML file.\n\n"
           "  run SPEC.yaml    runs what is not finished yet\n"
           "  plan SPEC.yaml   says what a run would do\n"
           "  status FOLDER    how far it is\n"
           "  report FOLDER    a table and a plot of the results\n\n"
           "With Slurm:\n\n"
           "  submit SPEC.yaml     submits an array of jobs that runs it to its end\n"
           "  cancel FOLDER        takes its jobs from the queue\n"
           "  collect FOLDER       writes the results of all parts\n"
           "  retry-failed FOLDER  submits again what failed or was not done"
           "\v"
           "Example:\n"
           "  mpirun -n 2 exaket sweep run jobs/quickstart.yaml",
    .children = common_children};

int run_sweep(int argc, char **argv, const struct common *defaults)
{
    struct arguments arguments = {.common = *defaults};
    static const char expected[] =
        "expected run, plan, status, report, submit, cancel, collect or retry-failed";
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv, const struct common *defaults);
    } commands[] = {{"run", run_sweep_spec},      {"plan", run_sweep_spec},
                    {"status", look_at_sweep},    {"report", look_at_sweep},
                    {"submit", submit_sweep},     {"cancel", control_sweep},
                    {"collect", collect_sweep},   {"retry-failed", control_sweep}};
    char sentence[256];
    int exit_status;
    if (!parse_options(&argp, "exaket sweep", argc, argv, &arguments, &exit_status))
        return exit_status;
    if (arguments.command_at == 0)
        return refuse_usage("exaket sweep", expected);
    argc -= arguments.command_at;
    argv += arguments.command_at;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[0], commands[i].name) == 0)
            return commands[i].run(argc, argv, &arguments.common);
    snprintf(sentence, sizeof sentence, "no command 'sweep %.100s': %s", argv[0], expected);
    return refuse_usage("exaket sweep", sentence);
}
