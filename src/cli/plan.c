#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LAYERS_MAX = 4096, SETS_MAX = 256 };

enum {
    KEY_RANKS = 0x200, KEY_PER_NODE, KEY_MEMORY, KEY_NETWORK, KEY_LATENCY, KEY_BANDWIDTH,
    KEY_MACHINE, KEY_EXPLAIN, KEY_PRECISION, KEY_QFT, KEY_MIXER, KEY_SET, KEY_CHECKPOINT,
    KEY_GFLOPS, KEY_SYMMETRY, KEY_TILES
};

struct arguments {
    struct common common;
    ek_problem_source source;
    ek_plan_options plan;
    ek_predict_options machine;
    ek_bench_machine given_machine; /* by single options: they go before the file's */
    ek_qaoa_options qaoa;
    const char *machine_file, *output;
    const char *for_problems; /* an option that says something of problems only, but --layers */
    const char *sets[SETS_MAX];
    size_t set_count;
    bool explain;
};

static const struct argp_option options[] = {
    {0, 0, NULL, 0, "The machine:", 2},
    {"ranks", KEY_RANKS, "R", 0, "Ranks, a power of two (default: 1)", 2},
    {"ranks-per-node", KEY_PER_NODE, "K", 0, "Ranks of a node (default: 1)", 2},
    {"memory-per-node", KEY_MEMORY, "GiB", 0, "Memory of a node (default: this one's)", 2},
    {"network-bandwidth", KEY_NETWORK, "GB/s", 0, "Of a node, each way (default: 12.5)", 2},
    {"network-latency", KEY_LATENCY, "us", 0, "Of a message (default: 2)", 2},
    {"memory-bandwidth", KEY_BANDWIDTH, "GB/s", 0, "Of a node (default: 100)", 2},
    {"checkpoint-bandwidth", KEY_CHECKPOINT, "GB/s", 0, "Of all nodes together (default: 1)", 2},
    {"tile-bandwidth", KEY_TILES, "GB/s", 0,
     "Of a node, in passes over tiles (default: the memory's)", 2},
    {"gflops-per-thread", KEY_GFLOPS, "G", 0, "Arithmetic of a thread (default: 30)", 2},
    {"machine", KEY_MACHINE, "FILE", 0,
     "All of these, and vectors and caches, from a file that 'exaket bench --save-machine' wrote",
     2},
    {0, 0, NULL, 0, "The plan:", 3},
    {"layers", 'p', "P", 0,
     "Layers, of QAOA for a problem (default: 1), of VQE for a Hamiltonian (default: as many as "
     "qubits)", 3},
    {"mixer", KEY_MIXER, "NAME", 0, "x (default), grover, xy-ring, xy-full", 3},
    {"symmetry", KEY_SYMMETRY, "WHEN", 0, "As of exaket qaoa: auto (default), on, off", 3},
    {"precision", KEY_PRECISION, "NAME", 0, "double (default), single", 3},
    {"qft", KEY_QFT, "METHOD", 0, "Fourier transforms: auto (default), gates, fftw", 3},
    {"set", KEY_SET, "KEY=VALUE", 0,
     "An input of a program, or an override of a sweep's spec; repeatable", 3},
    {"explain", KEY_EXPLAIN, NULL, 0, "Show the plan step by step", 3},
    {"output", 'o', "FILE", 0, "Write the result to FILE", 3},
    {0}};

/* ---- options -------------------------------------------------------------------------------- */

/* A number times `unit`. */
static error_t read_amount(const char *option, const char *text, double unit, double *value)
{
    double number = 0;
    const error_t error = read_number(option, text, &number);
    if (error) return error;
    *value = unit * number;
    if (!(*value >= EK_MACHINE_LEAST && *value <= EK_MACHINE_MOST))
        return wrong_usage("%s '%s': expected a number from %.3g to %.3g", option, text,
                           EK_MACHINE_LEAST / unit, EK_MACHINE_MOST / unit);
    return 0;
}

static error_t parse_machine(int key, char *argument, struct arguments *given)
{
    ek_bench_machine *m = &given->given_machine;
    switch (key) {
    case KEY_RANKS: return read_int("--ranks", argument, 1, 1 << 30, &given->plan.ranks);
    case KEY_PER_NODE:
        return read_power("--ranks-per-node", argument, &given->machine.ranks_per_node);
    case KEY_MEMORY:
        return read_amount("--memory-per-node", argument, 1 << 30,
                           &given->machine.memory_per_node_bytes);
    case KEY_NETWORK:
        return read_amount("--network-bandwidth", argument, 1e9,
                           &m->network_bandwidth_bytes_per_second);
    case KEY_LATENCY:
        return read_amount("--network-latency", argument, 1e-6, &m->network_latency_seconds);
    case KEY_BANDWIDTH:
        return read_amount("--memory-bandwidth", argument, 1e9,
                           &m->memory_bandwidth_bytes_per_second);
    case KEY_CHECKPOINT:
        return read_amount("--checkpoint-bandwidth", argument, 1e9,
                           &m->checkpoint_bandwidth_bytes_per_second);
    case KEY_TILES:
        return read_amount("--tile-bandwidth", argument, 1e9,
                           &m->tile_bandwidth_bytes_per_second);
    case KEY_GFLOPS:
        return read_amount("--gflops-per-thread", argument, 1, &m->gflops_per_thread);
    case KEY_MACHINE: given->machine_file = argument; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_plan(int key, char *argument, struct arguments *given)
{
    int choice = 0;
    error_t error = 0;
    switch (key) {
    case 'p': return read_int("--layers", argument, 1, LAYERS_MAX, &given->qaoa.layers);
    case KEY_MIXER:
        given->for_problems = "--mixer";
        error = read_choice("--mixer", argument, mixer_names, &choice);
        given->qaoa.mixer = (ek_mixer)choice;
        return error;
    case KEY_SYMMETRY:
        given->for_problems = "--symmetry";
        error = read_choice("--symmetry", argument, symmetry_names, &choice);
        given->qaoa.symmetry = (ek_symmetry)choice;
        return error;
    case KEY_PRECISION: return read_precision(argument, &given->plan.precision);
    case KEY_QFT: return read_qft(argument, &given->plan.qft);
    case KEY_SET:
        if (given->set_count == SETS_MAX)
            return wrong_usage("--set: more than %d of them", SETS_MAX);
        if (!strchr(argument, '=') || *argument == '=')
            return wrong_usage("--set '%s': expected KEY=VALUE", argument);
        given->sets[given->set_count++] = argument;
        return 0;
    case KEY_EXPLAIN: given->explain = true; return 0;
    case 'o': given->output = argument; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct arguments *given = state->input;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = state->input;
        state->child_inputs[1] = &given->source;
        return 0;
    }
    if (key == ARGP_KEY_ARG) {
        if (given->source.path) return wrong_usage("'%s': one file at a time", argument);
        given->source.path = argument;
        return 0;
    }
    const error_t error = parse_machine(key, argument, given);
    return error == ARGP_ERR_UNKNOWN ? parse_plan(key, argument, given) : error;
}

static const char documentation[] =
    "Says what a run will need, on a machine that need not be here: memory, whether it fits, "
    "passes over memory, bytes sent, seconds. Runs nothing, and needs no MPI.\n\n"
    "FILE is an OpenQASM program (.qasm), a sweep's spec (.yaml), a problem as 'exaket qaoa' "
    "takes it, or a Hamiltonian as 'exaket vqe' does: an energy of the ansatz hva-terms with its "
    "derivatives; a spec can have others. Inputs of a program that --set does not give are 0."
    "\v"
    "Examples:\n"
    "  exaket plan program.qasm --ranks 64 --ranks-per-node 4 --explain\n"
    "  exaket plan regular:40:3:1 -p 3 --ranks 4096 --memory-per-node 512 --format json\n"
    "  exaket plan tfim:30:1.0:open --layers 4 --ranks 16\n"
    "  exaket plan jobs/quickstart.yaml --machine center.json";

static const struct argp_child children[] = {
    {&common_argp, 0, "Everywhere:", 100}, {&problem_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {.options = options,
                                 .parser = parse,
                                 .args_doc = "FILE",
                                 .doc = documentation,
                                 .children = children};

/* ---- what is planned ------------------------------------------------------------------------ */

static bool ends_in(const char *path, const char *ending)
{
    const size_t length = strlen(path), tail = strlen(ending);
    return length > tail && strcmp(path + length - tail, ending) == 0;
}

enum kind { PROGRAM, SPEC, HAMILTONIAN, PROBLEM };

/* Whether the first line that is no comment reads "coefficient letters", as in no other file. A
 * pipe can be read only once. */
static bool has_pauli_strings(const char *path)
{
    struct stat facts;
    char *line = NULL, letters[EK_QUBITS_MAX + 2];
    size_t capacity = 0;
    bool found = false, looked = false;
    FILE *file = stat(path, &facts) == 0 && S_ISREG(facts.st_mode) ? fopen(path, "r") : NULL;
    while (file && !looked && getline(&line, &capacity, file) > 0) {
        looked = line[strspn(line, " \t\r\n")] != '\0' && line[strspn(line, " \t")] != '#';
        found = looked && sscanf(line, "%*f %63[IXYZ]", letters) == 1;
    }
    if (file) fclose(file);
    free(line);
    return found;
}

static enum kind kind_of(const char *path)
{
    if (ends_in(path, ".qasm")) return PROGRAM;
    if (ends_in(path, ".yaml") || ends_in(path, ".yml")) return SPEC;
    const bool chain = strncmp(path, "tfim:", 5) == 0 || strncmp(path, "heisenberg:", 11) == 0;
    return chain || has_pauli_strings(path) ? HAMILTONIAN : PROBLEM;
}

/* A plan, and what belongs to it. */
struct planned {
    ek_plan *plan;
    ek_hamiltonian *hamiltonian;
    ek_observation observed;
    ek_sweep_outlook outlook;
    ek_plan_report report;
};

static ek_status set_given(const struct arguments *given, ek_dynamic *program)
{
    for (size_t i = 0; i < given->set_count; i++) {
        const char *equals = strchr(given->sets[i], '=');
        char name[256];
        snprintf(name, sizeof name, "%.*s", (int)(equals - given->sets[i]), given->sets[i]);
        const ek_status status = ek_dynamic_set(program, name, strtod(equals + 1, NULL));
        if (status != EK_OK) return status;
    }
    return EK_OK;
}

static ek_status set_others(ek_dynamic *program)
{
    for (int i = 0; i < ek_dynamic_inputs(program); i++) {
        ek_input input;
        ek_status status = ek_dynamic_input(program, i, &input);
        if (status == EK_OK && !input.is_set) status = ek_dynamic_set(program, input.name, 0);
        if (status != EK_OK) return status;
    }
    return EK_OK;
}

static ek_status plan_program(const struct arguments *given, struct planned *planned)
{
    ek_dynamic *program = NULL;
    ek_status status = ek_qasm_load(NULL, given->source.path, &program);
    if (status == EK_OK) status = set_given(given, program);
    if (status == EK_OK) status = set_others(program);
    if (status == EK_OK)
        status = ek_dynamic_plan(program, &given->plan, &planned->plan, &planned->report.draws);
    if (status == EK_OK) planned->report.qubits = ek_dynamic_qubits(program);
    ek_dynamic_destroy(&program);
    return status;
}

static ek_status plan_problem(const struct arguments *given, struct planned *planned)
{
    ek_problem *problem = NULL;
    ek_status status = ek_problem_load(NULL, &given->source, &problem);
    planned->observed.diagonal = true;
    if (status == EK_OK)
        status = ek_qaoa_plan(problem, &given->qaoa, &given->plan, &planned->plan);
    ek_problem_destroy(&problem);
    return status;
}

/* What "exaket vqe" evaluates by default, from a plain initial state, as for specs. */
static ek_status plan_hamiltonian(const struct arguments *given, struct planned *planned)
{
    ek_ansatz_options ansatz = {.layers = given->qaoa.layers};
    ek_hamiltonian_facts facts = {0};
    ek_circuit *circuit = NULL;
    ek_status status = ek_hamiltonian_load(NULL, given->source.path, &planned->hamiltonian);
    if (status == EK_OK) {
        ek_hamiltonian_get(planned->hamiltonian, &facts);
        if (ansatz.layers == 0) ansatz.layers = facts.qubits;
        status = ek_ansatz_create(planned->hamiltonian, &ansatz, &circuit);
    }
    if (status == EK_OK) status = ek_plan_create(circuit, &given->plan, &planned->plan);
    planned->observed = (ek_observation){
        .term_count = facts.term_count, .terms = facts.terms, .derivatives = true};
    ek_circuit_destroy(&circuit);
    return status;
}

static ek_status plan_spec(const struct arguments *given, struct planned *planned)
{
    const ek_sweep_options sweep = {.spec_path = given->source.path,
                                    .override_count = given->set_count,
                                    .overrides = given->sets};
    planned->report.outlook = &planned->outlook;
    return ek_sweep_predict(&sweep, &given->plan, &given->machine, &planned->outlook,
                            &planned->plan);
}

static ek_status make_plan(const struct arguments *given, enum kind kind, struct planned *planned)
{
    switch (kind) {
    case PROGRAM: return plan_program(given, planned);
    case SPEC: return plan_spec(given, planned);
    case HAMILTONIAN: return plan_hamiltonian(given, planned);
    default: return plan_problem(given, planned);
    }
}

/* The single options go before the file; what it says nothing of is this machine's processor. */
static ek_status complete_machine(struct arguments *given)
{
    ek_bench_machine *machine = &given->machine.machine;
    const ek_bench_machine *own = &given->given_machine;
    ek_bench_processor(machine);
    if (given->machine_file) {
        const ek_status status = ek_bench_machine_load(given->machine_file, machine);
        if (status != EK_OK) return status;
    }
    if (own->memory_bandwidth_bytes_per_second > 0)
        machine->memory_bandwidth_bytes_per_second = own->memory_bandwidth_bytes_per_second;
    if (own->tile_bandwidth_bytes_per_second > 0 || own->memory_bandwidth_bytes_per_second > 0)
        machine->tile_bandwidth_bytes_per_second = own->tile_bandwidth_bytes_per_second;
    if (own->network_bandwidth_bytes_per_second > 0 || own->network_latency_seconds > 0)
        machine->network_distances = 0;
    if (own->network_bandwidth_bytes_per_second > 0)
        machine->network_bandwidth_bytes_per_second = own->network_bandwidth_bytes_per_second;
    if (own->network_latency_seconds > 0)
        machine->network_latency_seconds = own->network_latency_seconds;
    if (own->checkpoint_bandwidth_bytes_per_second > 0)
        machine->checkpoint_bandwidth_bytes_per_second =
            own->checkpoint_bandwidth_bytes_per_second;
    if (own->gflops_per_thread > 0) machine->gflops_per_thread = own->gflops_per_thread;
    ek_machine_plan_options(machine, &given->plan);
    return EK_OK;
}

/* The ranks of a node work on each other's memory and share its cores, unless --threads or the
 * environment says otherwise. */
static void complete_plan(struct arguments *given)
{
    const int per_node = given->machine.ranks_per_node ? given->machine.ranks_per_node : 1;
    const int ranks = given->plan.ranks ? given->plan.ranks : 1;
    given->plan.shared_ranks = ranks < per_node ? ranks : per_node;
    given->plan.threads = given->common.session.threads;
    given->plan.exchange_bytes = given->common.session.exchange_bytes;
    if (given->plan.threads == 0) given->plan.threads = ek_default_threads(per_node);
    given->qaoa.precision = given->plan.precision;
}

static int print(const struct arguments *given, const ek_plan_report *report)
{
    char *text = NULL;
    const ek_status status = given->common.json ? ek_plan_json(report, &text)
                                                : ek_plan_text(report, &text);
    const int exit_status =
        status == EK_OK ? write_output(NULL, given->output, text) : report_failure(status);
    ek_text_free(&text);
    return exit_status;
}

static ek_status report(const struct arguments *given, struct planned *planned, int *exit_status)
{
    ek_plan_report *report = &planned->report;
    ek_prediction prediction;
    char *explain = NULL;
    ek_status status = EK_OK;
    if (report->outlook) prediction = report->outlook->evaluation;
    else status = ek_plan_predict_observed(planned->plan, &planned->observed, &given->machine,
                                           &prediction);
    if (status == EK_OK && given->explain) status = ek_plan_describe(planned->plan, &explain);
    if (status == EK_OK) {
        report->prediction = &prediction;
        report->explain = explain;
        *exit_status = print(given, report);
    }
    ek_text_free(&explain);
    return status;
}

static int run(struct arguments *given, enum kind kind)
{
    struct planned planned = {.report.name = name_of(given->source.path)};
    int exit_status = DONE;
    if (!can_write(NULL, given->output)) return FAILED;
    ek_status status = complete_machine(given);
    if (status == EK_OK) status = make_plan(given, kind, &planned);
    if (status == EK_OK) status = report(given, &planned, &exit_status);
    ek_plan_destroy(&planned.plan);
    ek_hamiltonian_destroy(&planned.hamiltonian);
    return status == EK_OK ? exit_status : report_failure(status);
}

/* Null, or an option that means nothing for what is no problem. */
static const char *find_problem_option(const struct arguments *given, enum kind kind)
{
    const ek_problem_source *source = &given->source;
    if (source->kind) return "--problem";
    if (source->format != EK_GRAPH_AUTO) return "--input";
    if (source->vertices != 0) return "--vertices";
    if (source->risk_aversion != 0) return "--risk-aversion";
    if (source->budget != 0) return "--budget";
    return given->qaoa.layers > 0 && kind != HAMILTONIAN ? "--layers" : given->for_problems;
}

static int refuse_problem_option(const struct arguments *given, enum kind kind)
{
    char sentence[80];
    snprintf(sentence, sizeof sentence, "%s is for problems; a %s",
             find_problem_option(given, kind),
             kind == SPEC          ? "spec has its own"
             : kind == HAMILTONIAN ? "Hamiltonian has none"
                                   : "program has none");
    return refuse_usage("exaket plan", sentence);
}

int run_plan(int argc, char **argv, const struct common *defaults)
{
    static struct arguments given;
    int exit_status;
    given.common = *defaults;
    if (!parse_options(&argp, "exaket plan", argc, argv, &given, &exit_status)) return exit_status;
    if (!given.source.path) return refuse_usage("exaket plan", "nothing to plan: expected a FILE");
    const enum kind kind = kind_of(given.source.path);
    if ((kind == PROBLEM || kind == HAMILTONIAN) && given.set_count > 0)
        return refuse_usage("exaket plan", "--set is for programs and specs only");
    if (kind != PROBLEM && find_problem_option(&given, kind))
        return refuse_problem_option(&given, kind);
    const char *misplaced = misplaced_problem_option(&given.source);
    if (misplaced) return refuse_usage("exaket plan", misplaced);
    if (!is_leader()) return DONE;
    if (ek_environment_check() != EK_OK) return report_failure(EK_ERROR_ARGUMENT);
    complete_plan(&given);
    return run(&given, kind);
}
