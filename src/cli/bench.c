#include "cli/cli.h"

#include <limits.h>
#include <stdlib.h>

enum { KEY_QUBITS = 0x200, KEY_LAYERS, KEY_SLOT, KEY_PRECISION, KEY_REPEAT, KEY_SEED, KEY_QFT };

struct arguments {
    struct common common;
    ek_bench_options options;
    const char *workload, *output;
};

static const struct argp_option options[] = {
    {0, 0, NULL, 0, "The workload:", 1},
    {"qubits", KEY_QUBITS, "N", 0, "Size of the register (default: 20)", 1},
    {"layers", KEY_LAYERS, "N", 0,
     "Layers (default: 20 of random-circuit, 10 of qaoa, 4 of the ansatz, and as many as there "
     "are qubits for quantum-volume)", 1},
    {"depth", KEY_LAYERS, NULL, OPTION_ALIAS, NULL, 1},
    {"slot", KEY_SLOT, "S", 0, "Of the gate: 0 is the lowest bit of an index (default: 0)", 1},
    {"precision", KEY_PRECISION, "NAME", 0, "double (default), single", 1},
    {"qft", KEY_QFT, "METHOD", 0, "Fourier transforms: auto (default), gates, fftw", 1},
    {"seed", KEY_SEED, "S", 0, "Of random circuits, graphs and strings (default: 0)", 1},
    {"repeat", KEY_REPEAT, "N", 0, "Timed runs, after one that is not (default: 5)", 1},
    {"output", 'o', "FILE", 0, "Write the result to FILE", 1},
    {0}};

static error_t parse_number(int key, char *argument, ek_bench_options *given)
{
    long seed = 0;
    error_t error;
    switch (key) {
    case KEY_QUBITS: return read_int("--qubits", argument, 1, EK_QUBITS_MAX, &given->qubits);
    case KEY_LAYERS: return read_int("--layers", argument, 1, INT_MAX, &given->layers);
    case KEY_SLOT: return read_int("--slot", argument, 0, EK_QUBITS_MAX - 1, &given->slot);
    case KEY_REPEAT: return read_int("--repeat", argument, 1, INT_MAX, &given->repeat);
    default:
        error = read_whole("--seed", argument, 0, LONG_MAX, &seed);
        given->seed = (uint64_t)seed;
        return error;
    }
}

static error_t read_workload(const char *text, ek_bench_workload *workload)
{
    const char *names[EK_BENCH_COUNT + 1];
    int choice = 0;
    for (int i = 0; i <= EK_BENCH_COUNT; i++) names[i] = ek_bench_name((ek_bench_workload)i);
    const error_t error = read_choice("workload", text, names, &choice);
    *workload = (ek_bench_workload)choice;
    return error;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const char *const precisions[] = {"double", "single", NULL};
    static const char *const methods[] = {"auto", "gates", "fftw", NULL};
    struct arguments *given = state->input;
    int choice = 0;
    error_t error = 0;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = state->input; return 0;
    case ARGP_KEY_ARG:
        if (given->workload) return wrong_usage("'%s': one workload at a time", argument);
        given->workload = argument;
        return read_workload(argument, &given->options.workload);
    case KEY_QUBITS: case KEY_LAYERS: case KEY_SLOT: case KEY_REPEAT: case KEY_SEED:
        return parse_number(key, argument, &given->options);
    case KEY_PRECISION:
        error = read_choice("--precision", argument, precisions, &choice);
        given->options.precision = (ek_precision)choice;
        return error;
    case KEY_QFT:
        error = read_choice("--qft", argument, methods, &choice);
        given->options.qft = (ek_qft_method)choice;
        return error;
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
    "  stream          the pass itself\n"
    "\v"
    "Examples:\n"
    "  exaket bench gate --qubits 26 --slot 25\n"
    "  mpirun -n 2 exaket bench qaoa --qubits 26 --layers 8 --format json";

static const struct argp argp = {.options = options,
                                 .parser = parse,
                                 .args_doc = "WORKLOAD",
                                 .doc = documentation,
                                 .children = common_children};

static int print(ek_session *session, const struct arguments *given,
                 const ek_bench_result *result)
{
    char *text = NULL;
    if (!given->common.json) {
        text = describe_bench(session, result);
        const int exit_status = write_output(session, given->output, text ? text : "");
        free(text);
        return exit_status;
    }
    const ek_status status = ek_session_agree(session, ek_bench_json(session, result, &text));
    const int exit_status = status == EK_OK ? write_output(session, given->output, text)
                                            : report_failure(status);
    ek_text_free(&text);
    return exit_status;
}

static int run(ek_session *session, const struct arguments *given)
{
    ek_bench_result result;
    if (!can_write(session, given->output)) return FAILED;
    const ek_status status = ek_bench_run(session, &given->options, &result);
    return status == EK_OK ? print(session, given, &result) : report_failure(status);
}

int run_bench(int argc, char **argv, const struct common *defaults)
{
    struct arguments given = {.common = *defaults};
    ek_session *session = NULL;
    int exit_status;
    if (!parse_options(&argp, "exaket bench", argc, argv, &given, &exit_status))
        return exit_status;
    if (!given.workload) return refuse_usage("exaket bench", "no workload: expected its name");
    if (!begin_session(&given.common, &session, &exit_status)) return exit_status;
    exit_status = run(session, &given);
    ek_session_destroy(&session);
    return exit_status;
}
