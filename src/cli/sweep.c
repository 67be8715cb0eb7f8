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
    .args_doc = "run|plan|status|report WORDS...",
    .doc = "Many points of QAOA or VQE from one YAML file.\n\n"
           "  run SPEC.yaml    runs what is not finished yet\n"
           "  plan SPEC.yaml   says what a run would do\n"
           "  status FOLDER    how far it is\n"
           "  report FOLDER    a table and a plot of the results"
           "\v"
           "Example:\n"
           "  mpirun -n 2 exaket sweep run jobs/quickstart.yaml",
    .children = common_children};

int run_sweep(int argc, char **argv, const struct common *defaults)
{
    struct arguments arguments = {.common = *defaults};
    char sentence[256];
    int exit_status;
    if (!parse_options(&argp, "exaket sweep", argc, argv, &arguments, &exit_status))
        return exit_status;
    if (arguments.command_at == 0)
        return refuse_usage("exaket sweep", "expected run, plan, status or report");
    argc -= arguments.command_at;
    argv += arguments.command_at;
    if (strcmp(argv[0], "run") == 0 || strcmp(argv[0], "plan") == 0)
        return run_sweep_spec(argc, argv, &arguments.common);
    if (strcmp(argv[0], "status") == 0 || strcmp(argv[0], "report") == 0)
        return look_at_sweep(argc, argv, &arguments.common);
    snprintf(sentence, sizeof sentence, "no command 'sweep %.100s': expected run, plan, status or "
             "report", argv[0]);
    return refuse_usage("exaket sweep", sentence);
}
