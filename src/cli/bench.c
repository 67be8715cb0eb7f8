#include "cli/cli.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_QUBITS = 0x200, KEY_LAYERS, KEY_SLOT, KEY_PRECISION, KEY_REPEAT, KEY_SEED, KEY_QFT,
    KEY_WORKLOADS, KEY_SAVE, KEY_FOLDER
};

/* What can be measured: the workloads, and these. */
enum {
    EXCHANGE = EK_BENCH_COUNT, CHECKPOINT, KERNELS, WEAK_SCALING, STRONG_SCALING, SUBJECT_COUNT
};

static const char *subject_name(int subject)
{
    static const char *const names[] = {"exchange", "checkpoint", "kernels", "weak-scaling",
                                        "strong-scaling"};
    if (subject >= SUBJECT_COUNT) return NULL;
    return subject < EK_BENCH_COUNT ? ek_bench_name((ek_bench_workload)subject)
                                    : names[subject - EK_BENCH_COUNT];
}

struct arguments {
    struct common common;
    ek_bench_options options;
    int subject; /* -1: none yet */
    const char *output, *machine, *folder;
    size_t workload_count; /* of a scaling */
    ek_bench_workload workloads[EK_BENCH_COUNT];
};

static const struct argp_option options[] = {
    {0, 0, NULL, 0, "The workload:", 1},
    {"qubits", KEY_QUBITS, "N", 0,
     "Size of the register (default: 20, and of stream and kernels as many as fill 1 GiB per "
     "rank); of kernels and weak-scaling per rank", 1},
    {"layers", KEY_LAYERS, "N", 0,
     "Layers, 1 to 10000 (default: 20 of random-circuit, 10 of qaoa, 4 of the ansatz, and as many "
     "as there are qubits for quantum-volume)", 1},
    {"depth", KEY_LAYERS, NULL, OPTION_ALIAS, NULL, 1},
    {"slot", KEY_SLOT, "S", 0, "Of the gate: 0 is the lowest bit of an index (default: 0)", 1},
    {"precision", KEY_PRECISION, "NAME", 0, "double (default), single", 1},
    {"qft", KEY_QFT, "METHOD", 0, "Of qft: auto (default), gates, fftw", 1},
    {"seed", KEY_SEED, "S", 0, "Of random circuits, graphs and strings (default: 0)", 1},
    {"repeat", KEY_REPEAT, "N", 0,
     "Timed runs, 1 to 10000, after one that is not (default: 5)", 1},
    {"workloads", KEY_WORKLOADS, "NAME,...", 0,
     "Of a scaling (default: qft,qaoa,random-circuit)", 1},
    {"save-machine", KEY_SAVE, "FILE", 0,
     "Note what 'exaket plan' must know of the machine in FILE: stream the memory's bandwidth and "
     "the threads' speed, random-circuit their speed there, exchange the network's, checkpoint "
     "the disk's", 1},
    {"folder", KEY_FOLDER, "DIR", 0, "Where checkpoint makes and removes its files (default: .)",
     1},
    {"output", 'o', "FILE", 0, "Write the result to FILE", 1},
    {0}};

static error_t parse_number(int key, char *argument, ek_bench_options *given)
{
    switch (key) {
    case KEY_QUBITS: return read_int("--qubits", argument, 1, EK_QUBITS_MAX, &given->qubits);
    case KEY_LAYERS: return read_int("--layers", argument, 1, EK_BENCH_LAYERS_MAX,
                                     &given->layers);
    case KEY_SLOT: return read_int("--slot", argument, 0, EK_QUBITS_MAX - 1, &given->slot);
    case KEY_REPEAT: return read_int("--repeat", argument, 1, EK_BENCH_REPEAT_MAX,
                                     &given->repeat);
    default:
        return read_seed(argument, &given->seed);
    }
}

/* The subjects below `count`. */
static error_t read_subject(const char *option, const char *text, int count, int *subject)
{
    const char *names[SUBJECT_COUNT + 1] = {NULL};
    for (int i = 0; i < count; i++) names[i] = subject_name(i);
    return read_choice(option, text, names, subject);
}

/* "qft,qaoa" */
static error_t read_workloads(const char *text, struct arguments *given)
{
    char name[32];
    int subject = 0;
    given->workload_count = 0;
    for (const char *from = text;; from++) {
        const size_t length = strcspn(from, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < 31 ? length : 31), from);
        const error_t error = read_subject("--workloads", name, EK_BENCH_COUNT, &subject);
        if (error) return error;
        if (given->workload_count == EK_BENCH_COUNT)
            return wrong_usage("--workloads '%s': at most %d", text, EK_BENCH_COUNT);
        given->workloads[given->workload_count++] = (ek_bench_workload)subject;
        from += length;
        if (*from == '\0') return 0;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct arguments *given = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = state->input; return 0;
    case ARGP_KEY_ARG:
        if (given->subject >= 0) return wrong_usage("'%s': one workload at a time", argument);
        return read_subject("workload", argument, SUBJECT_COUNT, &given->subject);
    case KEY_QUBITS: case KEY_LAYERS: case KEY_SLOT: case KEY_REPEAT: case KEY_SEED:
        return parse_number(key, argument, &given->options);
    case KEY_PRECISION: return read_precision(argument, &given->options.precision);
    case KEY_QFT: return read_qft(argument, &given->options.qft);
    case KEY_WORKLOADS: return read_workloads(argument, given);
    case KEY_SAVE: given->machine = argument; return 0;
    case KEY_FOLDER: given->folder = argument; return 0;
    case 'o': given->output = argument; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const char documentation[] =
    "Measures the library on one workload, in seconds and in passes: the time of one trip through "
    "the memory that holds the state, measured between the runs.\n\n"
    "  gate            one H gate on one slot\n"
    "  random-circuit  layers of sqrt(X), sqrt(Y) or T, and CZ on neighbours\n"
    "  qft             Fourier transform of the register\n"
    "  qaoa            MaxCut on a random 3-regular graph, with its energy\n"
    "  quantum-volume  random two-qubit gates on random pairs\n"
    "  vqe-ansatz      RY and RZ on each qubit, and a ladder of CNOT\n"
    "  pauli-sum       expectation of 200 random Pauli strings\n"
    "  gradient        of that sum by all parameters of the ansatz\n"
    "  stream          the pass itself\n"
    "  exchange        messages between all pairs of ranks\n"
    "  checkpoint      a state written to a disk and read again, beside plain bytes\n"
    "  kernels         each kernel on a tile in cache: its share of the processor's peak\n"
    "  weak-scaling    rows of CSV on these ranks, with as many qubits per rank\n"
    "  strong-scaling  rows of CSV on these ranks, with as many qubits in all\n"
    "\v"
    "Examples:\n"
    "  exaket bench gate --qubits 26 --slot 25\n"
    "  mpirun -n 2 exaket bench qaoa --qubits 26 --layers 8 --format json\n"
    "  mpirun -n 4 exaket bench exchange --save-machine here.json\n"
    "  mpirun -n 2 exaket bench checkpoint --qubits 28 --folder /scratch\n"
    "  mpirun -n 4 exaket bench weak-scaling --qubits 24 --workloads qft,qaoa";

static const struct argp argp = {.options = options,
                                 .parser = parse,
                                 .args_doc = "WORKLOAD",
                                 .doc = documentation,
                                 .children = common_children};

/* ---- measurements --------------------------------------------------------------------------- */

/* Writes the JSON, or the text for people where that was not asked for; releases both. */
static int print(ek_session *session, const struct arguments *given, char *text, ek_status status,
                 char *json)
{
    int exit_status;
    if (!given->common.json)
        exit_status = write_output(session, given->output, text ? text : "");
    else if (ek_session_agree(session, status) == EK_OK)
        exit_status = write_output(session, given->output, json);
    else
        exit_status = report_failure(status);
    free(text);
    ek_text_free(&json);
    return exit_status;
}

static ek_status save(ek_session *session, const struct arguments *given,
                      const ek_bench_machine *machine)
{
    return given->machine ? ek_bench_machine_save(session, machine, given->machine) : EK_OK;
}

static int run_workload(ek_session *session, struct arguments *given)
{
    ek_bench_result result;
    ek_bench_machine machine = {0};
    char *json = NULL;
    given->options.workload = (ek_bench_workload)given->subject;
    ek_status status = ek_bench_run(session, &given->options, &result);
    if (status != EK_OK) return report_failure(status);
    if (given->subject == EK_BENCH_STREAM) {
        machine.memory_bandwidth_bytes_per_second = result.stream_bytes_per_second / result.nodes;
        machine.tile_bandwidth_bytes_per_second = result.tile_bytes_per_second / result.nodes;
        machine.lookups_per_second_per_thread = result.lookups_per_second_per_thread;
        ek_bench_processor(&machine);
    }
    machine.gflops_per_thread = result.gflops_per_thread;
    status = save(session, given, &machine);
    if (status != EK_OK) return report_failure(status);
    if (given->common.json) status = ek_bench_json(session, &result, &json);
    return print(session, given, describe_bench(session, &result), status, json);
}

static int run_exchange(ek_session *session, const struct arguments *given)
{
    const ek_bench_exchange_options chosen = {.repeat = given->options.repeat};
    ek_bench_exchange_result result;
    char *json = NULL;
    ek_status status = ek_bench_exchange(session, &chosen, &result);
    if (status != EK_OK) return report_failure(status);
    ek_bench_machine machine = {0};
    ek_bench_exchange_machine(session, &result, &machine);
    status = save(session, given, &machine);
    if (status != EK_OK) return report_failure(status);
    if (given->machine && result.nodes == 1)
        ek_log(EK_LOG_WARNING, "all ranks are on one node: nothing of the network to write to %s",
               given->machine);
    if (given->common.json) status = ek_bench_exchange_json(session, &result, &json);
    return print(session, given, describe_exchange(session, &result), status, json);
}

static int measure_checkpoint(ek_session *session, const struct arguments *given)
{
    const ek_bench_checkpoint_options chosen = {given->options.qubits, given->options.precision,
                                                given->options.repeat, given->folder};
    ek_bench_checkpoint_result result;
    ek_bench_machine machine = {0};
    char *json = NULL;
    ek_status status = ek_bench_checkpoint(session, &chosen, &result);
    if (status != EK_OK) return report_failure(status);
    machine.checkpoint_bandwidth_bytes_per_second = result.bytes / result.write_seconds;
    status = save(session, given, &machine);
    if (status != EK_OK) return report_failure(status);
    if (given->common.json) status = ek_bench_checkpoint_json(session, &result, &json);
    return print(session, given, describe_checkpoint(session, &result), status, json);
}

static int run_kernels(ek_session *session, const struct arguments *given)
{
    const ek_bench_kernels_options chosen = {given->options.precision, given->options.qubits,
                                             given->options.repeat};
    ek_bench_kernels_result result;
    char *json = NULL;
    ek_status status = ek_bench_kernels(session, &chosen, &result);
    if (status != EK_OK) return report_failure(status);
    if (given->common.json) status = ek_bench_kernels_json(session, &result, &json);
    return print(session, given, describe_kernels(&result), status, json);
}

static int run_scaling(ek_session *session, struct arguments *given)
{
    static const ek_bench_workload usual[] = {EK_BENCH_QFT, EK_BENCH_QAOA,
                                              EK_BENCH_RANDOM_CIRCUIT};
    ek_bench_result results[EK_BENCH_COUNT];
    ek_bench_options chosen = given->options;
    const size_t count = given->workload_count ? given->workload_count : 3;
    char *json = NULL;
    ek_status status = EK_OK;
    if (chosen.qubits == 0) chosen.qubits = 20;
    if (given->subject == WEAK_SCALING)
        for (int ranks = ek_session_size(session); ranks > 1; ranks /= 2) chosen.qubits++;
    for (size_t i = 0; i < count; i++) {
        chosen.workload = given->workload_count ? given->workloads[i] : usual[i];
        chosen.qft = chosen.workload == EK_BENCH_QFT ? given->options.qft : EK_QFT_AUTO;
        status = ek_bench_run(session, &chosen, &results[i]);
        if (status != EK_OK) return report_failure(status);
    }
    if (given->common.json) status = ek_bench_list_json(session, count, results, &json);
    return print(session, given, describe_scaling(session, count, results), status, json);
}

static int run(ek_session *session, struct arguments *given)
{
    if (!can_write(session, given->output) || !can_replace(session, given->machine)) return FAILED;
    switch (given->subject) {
    case EXCHANGE: return run_exchange(session, given);
    case CHECKPOINT: return measure_checkpoint(session, given);
    case KERNELS: return run_kernels(session, given);
    case WEAK_SCALING: case STRONG_SCALING: return run_scaling(session, given);
    default: return run_workload(session, given);
    }
}

static bool transforms(const struct arguments *given)
{
    for (size_t i = 0; i < given->workload_count; i++)
        if (given->workloads[i] == EK_BENCH_QFT) return true;
    return given->workload_count == 0;
}

/* Null, or an option that would be ignored: those of workloads the library checks. */
static const char *find_idle_option(const struct arguments *given, bool scales)
{
    const ek_bench_options *chosen = &given->options;
    const bool qft = chosen->qft != EK_QFT_AUTO;
    if (scales) return qft && !transforms(given) ? "--qft: qft is not in the list" : NULL;
    if (given->subject < EK_BENCH_COUNT) return NULL;
    if (qft) return "--qft: only qft transforms";
    if (chosen->layers > 0) return "--layers: only circuits have layers";
    if (chosen->slot > 0) return "--slot: only gate takes a slot";
    if (given->subject == EXCHANGE && (chosen->qubits > 0 || chosen->precision != EK_DOUBLE))
        return "--qubits, --precision: exchange has no state";
    return NULL;
}

/* Null, or what does not go together. */
static const char *find_mistake(const struct arguments *given)
{
    const bool scales = given->subject == WEAK_SCALING || given->subject == STRONG_SCALING;
    if (given->subject < 0) return "no workload: expected its name";
    if (given->workload_count > 0 && !scales)
        return "--workloads: only weak-scaling and strong-scaling take a list";
    if (given->machine && given->subject != EK_BENCH_STREAM && given->subject != EXCHANGE &&
        given->subject != CHECKPOINT && given->subject != EK_BENCH_RANDOM_CIRCUIT)
        return "--save-machine: only stream, random-circuit, exchange and checkpoint measure the "
               "machine";
    if (given->folder && given->subject != CHECKPOINT)
        return "--folder: only checkpoint makes files";
    return find_idle_option(given, scales);
}

int run_bench(int argc, char **argv, const struct common *defaults)
{
    struct arguments given = {.common = *defaults, .subject = -1};
    ek_session *session = NULL;
    int exit_status;
    if (!parse_options(&argp, "exaket bench", argc, argv, &given, &exit_status))
        return exit_status;
    if (find_mistake(&given)) return refuse_usage("exaket bench", find_mistake(&given));
    if (!begin_session(&given.common, &session, &exit_status)) return exit_status;
    exit_status = run(session, &given);
    ek_session_destroy(&session);
    return exit_status;
}
