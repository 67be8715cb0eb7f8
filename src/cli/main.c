#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

struct arguments {
    struct common common;
    bool version;
    int command_at; /* index of the subcommand in argv; 0 for none */
};

struct command {
    const char *name;
    int (*run)(int argc, char **argv, const struct common *defaults);
};

static const struct command commands[] = {
    {"bench", run_bench},
    {"checkpoint", run_checkpoint},
    {"convert", run_convert},
    {"info", run_info},
    {"plan", run_plan},
    {"qaoa", run_qaoa},
    {"run", run_qasm},
    {"state", run_state},
    {"sweep", run_sweep},
    {"validate", run_validate},
    {"vqe", run_vqe},
};

static const struct argp_option options[] = {
    {"version", 'V', NULL, 0, "Print version and commit", 0}, {0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    (void)argument;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = state->input; return 0;
    case 'V': arguments->version = true; return 0;
    case ARGP_KEY_ARG: /* what follows is the subcommand's */
        arguments->command_at = state->next - 1;
        state->next = state->argc;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const char documentation[] =
    "exaket simulates quantum circuits on clusters: a state of n qubits is 2^n amplitudes, shared "
    "out over MPI ranks.\n\n"
    "  bench       how fast workloads run here, in seconds and in passes over memory\n"
    "  checkpoint  what a run has left to go on from\n"
    "  convert     OpenQASM 2 to 3 and back\n"
    "  info        what this build, this machine and this job are\n"
    "  plan        what a run will need, on a machine that need not be here\n"
    "  qaoa        QAOA on one problem: evaluate or optimise its angles\n"
    "  run         OpenQASM programs: shots, probabilities, expectations\n"
    "  state       what a saved state holds: amplitudes, marginals, entropies, fidelity\n"
    "  sweep       many points of QAOA or VQE from one YAML file, resumable\n"
    "  validate    whether this machine computes rightly, and which rank is wrong or slow\n"
    "  vqe         ground energies of Hamiltonians by the variational eigensolver\n"
    "\v"
    "Examples:\n"
    "  exaket qaoa named:petersen --layers 2\n"
    "  mpirun -n 4 exaket qaoa graph.txt --layers 3 --format json\n"
    "  mpirun -n 2 exaket run program.qasm --shots 1000\n"
    "  exaket vqe tfim:8:1.0:open\n"
    "  mpirun -n 2 exaket sweep run jobs/quickstart.yaml\n\n"
    "'exaket COMMAND --help' says more. Exit status: 0 done, 1 error, 2 wrong usage, "
    "75 interrupted, or others at work: the same command goes on.";

static const struct argp argp = {.options = options,
                                 .parser = parse,
                                 .args_doc = "COMMAND [WORDS...]",
                                 .doc = documentation,
                                 .children = common_children};

/* "no command 'x': expected bench, convert, ...". */
static int refuse_command(const char *problem)
{
    char sentence[512];
    int length = snprintf(sentence, sizeof sentence, "%s: expected", problem);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        length += snprintf(sentence + length, sizeof sentence - (size_t)length, "%s %s",
                           i > 0 ? "," : "", commands[i].name);
    return refuse_usage("exaket", sentence);
}

static int run_command(int argc, char **argv, const struct common *defaults)
{
    char problem[160];
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[0], commands[i].name) == 0) return commands[i].run(argc, argv, defaults);
    snprintf(problem, sizeof problem, "no command '%.100s'", argv[0]);
    return refuse_command(problem);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {.common.level = EK_LOG_INFO};
    int exit_status;
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is a failure like a full disk */
    if (!parse_options(&argp, "exaket", argc, argv, &arguments, &exit_status)) return exit_status;
    if (arguments.version) {
        if (!is_leader()) return DONE;
        printf("exaket %s (%s)\n", ek_version(), ek_commit());
        return end_output();
    }
    const int at = arguments.command_at;
    if (at == 0) return refuse_command("no command");
    return run_command(argc - at, argv + at, &arguments.common);
}
