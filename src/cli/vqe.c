#include "cli/cli.h"

#include <limits.h>
#include <stdlib.h>

enum {
    KEY_ANSATZ = 0x200, KEY_ENTANGLEMENT, KEY_ENTANGLER, KEY_INITIAL, KEY_OPTIMIZER, KEY_STARTS,
    KEY_CLIMB, KEY_PARAMETERS, KEY_EVALUATE, KEY_EVALUATIONS, KEY_TOLERANCE, KEY_PRECISION,
    KEY_SEED, KEY_NO_EXACT
};

enum { LAYERS_MAX = 4096, NAMES_MAX = 8 };

struct arguments {
    struct common common;
    const char *input, *parameters, *output;
    ek_vqe_options options;
    bool evaluate;
    bool entangles; /* --entanglement or --entangler is given */
};

static const struct argp_option options[] = {
    {0, 0, NULL, 0, "The circuit:", 1},
    {"ansatz", KEY_ANSATZ, "NAME", 0,
     "hva-terms (default): layers of exp(-i theta c P) for every term c P, groups that commute "
     "together; hva: one theta for each group; ry, ry-rz: rotations of every qubit and "
     "entanglers", 1},
    {"layers", 'p', "P", 0, "Layers (default: as many as qubits)", 1},
    {"entanglement", KEY_ENTANGLEMENT, "NAME", 0,
     "Of ry and ry-rz: linear (default), circular, full", 1},
    {"entangler", KEY_ENTANGLER, "NAME", 0, "Of ry and ry-rz: cx (default), cz", 1},
    {"initial-state", KEY_INITIAL, "NAME", 0,
     "zero, plus, minus, neel, singlets, or a letter of 01+-rl for each qubit, the last one first "
     "(default: zero; for hva what suits the Hamiltonian: the product state that its fields make, "
     "singlets, or the basis state of lowest energy)", 1},
    {0, 0, NULL, 0, "The optimisation:", 2},
    {"optimizer", KEY_OPTIMIZER, "NAME", 0,
     "With gradients lbfgs (default), slsqp, mma, tnewton, var2; without bobyqa, cobyla, ...", 2},
    {"starts", KEY_STARTS, "K", 0,
     "Starting points (default: 1, for hva an annealing schedule; all others are random)", 2},
    {"climb", KEY_CLIMB, NULL, 0, "Optimise 1 layer first, then 2, and so on", 2},
    {"parameters", KEY_PARAMETERS, "FILE", 0,
     "Begin with those of a file: numbers, or an earlier run's JSON; they may be of fewer layers",
     2},
    {"evaluate", KEY_EVALUATE, NULL, 0, "One evaluation at the first start, no optimisation", 2},
    {"max-evaluations", KEY_EVALUATIONS, "N", 0, "Over all starts (default: 3000 per start)", 2},
    {"tolerance", KEY_TOLERANCE, "T", 0, "Relative, on the parameters (default: 1e-8)", 2},
    {"precision", KEY_PRECISION, "NAME", 0, "double (default), single", 2},
    {"seed", KEY_SEED, "S", 0, "Of random starts (default: 0)", 2},
    {0, 0, NULL, 0, "The result:", 3},
    {"no-exact", KEY_NO_EXACT, NULL, 0,
     "Do not compute the exact energy, which is done up to 12 qubits", 3},
    {"output", 'o', "FILE", 0, "Write the result to FILE", 3},
    {0}};

/* As read_choice, of names that the library counts. */
static error_t read_named(const char *option, const char *text, const char *(*name)(int),
                          int *choice)
{
    const char *names[NAMES_MAX + 1] = {NULL};
    for (int i = 0; i < NAMES_MAX && name(i); i++) names[i] = name(i);
    return read_choice(option, text, names, choice);
}

static error_t parse_circuit(int key, char *argument, ek_ansatz_options *ansatz)
{
    int choice = 0;
    error_t error = 0;
    switch (key) {
    case KEY_ANSATZ:
        error = read_named("--ansatz", argument, ek_ansatz_kind_name, &choice);
        ansatz->kind = (ek_ansatz_kind)choice;
        return error;
    case KEY_ENTANGLEMENT:
        error = read_named("--entanglement", argument, ek_entanglement_name, &choice);
        ansatz->entanglement = (ek_entanglement)choice;
        return error;
    case KEY_ENTANGLER:
        error = read_named("--entangler", argument, ek_entangler_name, &choice);
        ansatz->entangler = (ek_entangler)choice;
        return error;
    case 'p': return read_int("--layers", argument, 1, LAYERS_MAX, &ansatz->layers);
    case KEY_INITIAL: ansatz->initial = argument; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_tolerance(const char *argument, double *tolerance)
{
    const error_t error = read_number("--tolerance", argument, tolerance);
    if (!error && !(*tolerance > 0 && *tolerance < 1))
        return wrong_usage("--tolerance '%s': expected a number between 0 and 1", argument);
    return error;
}

static error_t parse_optimization(int key, char *argument, ek_vqe_options *chosen)
{
    switch (key) {
    case KEY_OPTIMIZER: chosen->optimizer = argument; return 0;
    case KEY_STARTS: return read_int("--starts", argument, 1, 1000000, &chosen->starts);
    case KEY_CLIMB: chosen->climb = 1; return 0;
    case KEY_EVALUATIONS:
        return read_int("--max-evaluations", argument, 1, INT_MAX, &chosen->max_evaluations);
    case KEY_TOLERANCE: return parse_tolerance(argument, &chosen->tolerance);
    case KEY_PRECISION: return read_precision(argument, &chosen->precision);
    case KEY_SEED: return read_seed(argument, &chosen->seed);
    case KEY_NO_EXACT: chosen->skip_exact = 1; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct arguments *given = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = state->input;
        return 0;
    case ARGP_KEY_ARG:
        if (given->input) return wrong_usage("'%s': one Hamiltonian at a time", argument);
        given->input = argument;
        return 0;
    case KEY_PARAMETERS: given->parameters = argument; return 0;
    case KEY_EVALUATE: given->evaluate = true; return 0;
    case 'o': given->output = argument; return 0;
    default: break;
    }
    if (key == KEY_ENTANGLEMENT || key == KEY_ENTANGLER) given->entangles = true;
    const error_t error = parse_circuit(key, argument, &given->options.ansatz);
    return error == ARGP_ERR_UNKNOWN ? parse_optimization(key, argument, &given->options) : error;
}

static const char documentation[] =
    "Finds the ground energy of a Hamiltonian with the variational quantum eigensolver.\n\n"
    "FILE has a line 'coefficient letters' per term, a letter of IXYZ per qubit, the rightmost "
    "for qubit 0; or one of tfim:SPINS:FIELD:open|periodic (- sum ZZ - FIELD sum X) and "
    "heisenberg:SPINS:open|periodic (sum XX + YY + ZZ)."
    "\v"
    "Examples:\n"
    "  exaket vqe tfim:8:1.0:open\n"
    "  exaket vqe jobs/h2.txt --ansatz ry --layers 2 --starts 5\n"
    "  mpirun -n 4 exaket vqe heisenberg:16:periodic --ansatz hva --format json -o a.json\n"
    "  exaket vqe heisenberg:16:periodic --ansatz hva --layers 20 --parameters a.json";

static const struct argp argp = {.options = options,
                                 .parser = parse,
                                 .args_doc = "FILE",
                                 .doc = documentation,
                                 .children = watched_children};

/* What the single options cannot know of each other; null when all is well. */
static const char *contradiction(const struct arguments *given)
{
    if (!given->input) return "no Hamiltonian: expected a FILE, or a generator such as "
                              "tfim:8:1.0:open";
    if (given->evaluate && (given->options.starts || given->options.climb))
        return "--evaluate has one start of all layers: leave out --starts and --climb";
    const ek_ansatz_kind kind = given->options.ansatz.kind;
    if (given->entangles && kind != EK_ANSATZ_RY && kind != EK_ANSATZ_RY_RZ)
        return "--entanglement and --entangler are of --ansatz ry and ry-rz: leave them out";
    return NULL;
}

static ek_status compute(ek_session *session, const ek_hamiltonian *hamiltonian,
                         struct arguments *given, struct watch *watch, ek_vqe_result *result)
{
    ek_vqe_options *chosen = &given->options;
    ek_plan_summary plan;
    ek_vqe *vqe = NULL;
    const int starts = chosen->starts ? chosen->starts : 1;
    const int limit = chosen->max_evaluations ? chosen->max_evaluations
                                              : ek_vqe_default_evaluations(starts);
    if (!given->evaluate) chosen->hooks = watch_hooks(watch);
    ek_status status = ek_vqe_create(session, hamiltonian, chosen, &vqe);
    if (status != EK_OK) return status;
    ek_vqe_summarize(vqe, &plan);
    announce_plan(session, &plan, chosen->precision);
    if (given->evaluate) {
        status = ek_vqe_evaluate(vqe, result);
    } else {
        watch->progress = ek_progress_begin("optimize", "evaluation", limit);
        status = ek_vqe_optimize(vqe, result);
        ek_progress_end(&watch->progress);
    }
    ek_vqe_destroy(&vqe);
    return status;
}

static int print(ek_session *session, const ek_hamiltonian *hamiltonian,
                 struct arguments *given, const ek_vqe_result *result)
{
    char *text = NULL;
    given->options.optimizer = given->evaluate             ? NULL
                               : given->options.optimizer ? given->options.optimizer
                                                          : "lbfgs";
    if (!given->common.json) {
        text = describe_vqe(hamiltonian, &given->options, result);
        const int exit_status = write_output(session, given->output, text ? text : "");
        free(text);
        return exit_status;
    }
    const ek_status status = ek_session_agree(
        session, ek_vqe_json(session, hamiltonian, &given->options, result, &text));
    const int exit_status = status == EK_OK ? write_output(session, given->output, text)
                                            : report_failure(status);
    ek_text_free(&text);
    return exit_status;
}

/* Where an energy that is not the lowest would pass for a minimum. */
static void warn_of(const ek_vqe_result *result)
{
    if (result->stuck)
        ek_log(EK_LOG_WARNING, "the energy has no gradient where the optimisation began, and is "
               "not known to be the lowest: from the initial state %s this ansatz may lead "
               "nowhere; try another one with --initial-state, or --ansatz ry", result->initial);
}

static int run_loaded(ek_session *session, const ek_hamiltonian *hamiltonian,
                      struct arguments *given)
{
    double *parameters = NULL;
    ek_vqe_result result = {0};
    struct watch watch = {0};
    ek_status status = EK_OK;
    if (given->parameters)
        status = ek_parameters_load(session, given->parameters,
                                    ek_ansatz_kind_name((int)given->options.ansatz.kind),
                                    &given->options.parameter_count, &parameters);
    given->options.parameters = parameters;
    if (status == EK_OK) status = compute(session, hamiltonian, given, &watch, &result);
    if (status == EK_OK) warn_of(&result);
    const int exit_status = status == EK_OK ? print(session, hamiltonian, given, &result)
                            : status == EK_ERROR_INTERRUPTED ? report_stopped(&watch)
                                                             : report_failure(status);
    ek_parameters_free(&parameters);
    ek_vqe_result_clear(&result);
    return exit_status;
}

int run_vqe(int argc, char **argv, const struct common *defaults)
{
    static struct arguments given;
    ek_hamiltonian *hamiltonian = NULL;
    ek_session *session = NULL;
    int exit_status;
    given.common = *defaults;
    if (!parse_options(&argp, "exaket vqe", argc, argv, &given, &exit_status)) return exit_status;
    const char *wrong = contradiction(&given);
    if (wrong) return refuse_usage("exaket vqe", wrong);
    if (!begin_session(&given.common, &session, &exit_status)) return exit_status;
    exit_status = FAILED;
    if (can_write(session, given.output)) {
        const ek_status status = ek_hamiltonian_load(session, given.input, &hamiltonian);
        exit_status = status == EK_OK ? run_loaded(session, hamiltonian, &given)
                                      : report_failure(status);
    }
    ek_hamiltonian_destroy(&hamiltonian);
    end_session(&session);
    return exit_status;
}
