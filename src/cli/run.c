#include "cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { INPUTS_MAX = 256, OBSERVABLES_MAX = 64, TOP_DEFAULT = 10 };

enum {
    KEY_SHOTS = 0x200, KEY_SEED, KEY_PROBABILITIES, KEY_AMPLITUDES, KEY_OBSERVABLE, KEY_SET,
    KEY_SAVE, KEY_INIT, KEY_PRECISION, KEY_QFT
};

struct input {
    const char *name; /* allocated */
    double value;
};

struct arguments {
    struct common common;
    ek_shots_options options;
    ek_checkpoint_options checkpoint;
    bool shots_given, probabilities_given;
    const char *program, *output, *save, *init;
    const char *observables[OBSERVABLES_MAX];
    size_t observable_count, input_count;
    struct input inputs[INPUTS_MAX];
    struct chosen_indices amplitudes;
};

/* What is computed after the run. */
struct findings {
    ek_shots_result result;
    ek_complex *amplitudes;
    double expectations[OBSERVABLES_MAX];
    const char *names[OBSERVABLES_MAX];
    double parse_seconds;
};

static const struct argp_option options[] = {
    {0, 0, NULL, 0, "The run:", 1},
    {"shots", KEY_SHOTS, "N", 0, "Shots (default: 1024 if the program measures, else none)", 1},
    {"seed", KEY_SEED, "S", 0, "Of the shots (default: 0)", 1},
    {"set", KEY_SET, "NAME=VALUE", 0, "Value of an input of the program; repeatable", 1},
    {"init-state", KEY_INIT, "FILE", 0, "Begin in a saved state (default: |0...0>)", 1},
    {"precision", KEY_PRECISION, "NAME", 0, "double (default), single", 1},
    {"qft", KEY_QFT, "METHOD", 0, "Fourier transforms: auto (default), gates, fftw", 1},
    {0, 0, NULL, 0, "The result:", 2},
    {"probabilities", KEY_PROBABILITIES, "K", 0, "The K most likely outcomes, exactly", 2},
    {"amplitudes", KEY_AMPLITUDES, "I,J,...|top:K", 0,
     "Amplitudes of these basis states, or of the K most likely", 2},
    {"observable", KEY_OBSERVABLE, "FILE", 0,
     "Expectation of a Pauli sum, 'coefficient XYZI' per line; repeatable", 2},
    {"save-state", KEY_SAVE, "FILE", 0,
     "Save the state as HDF5, in the order of its attribute 'slots' (see README.md)", 2},
    {"output", 'o', "FILE", 0, "Write the result to FILE; as HDF5 if it ends in .h5", 2},
    {0}};

/* ---- options ------------------------------------------------------------------------------- */

static error_t parse_set(const char *text, struct arguments *given)
{
    const char *equals = strchr(text, '=');
    struct input *input = &given->inputs[given->input_count];
    if (!equals || equals == text) return wrong_usage("--set '%s': expected NAME=VALUE", text);
    if (given->input_count == INPUTS_MAX)
        return wrong_usage("--set: more than %d inputs", INPUTS_MAX);
    input->name = strndup(text, (size_t)(equals - text));
    given->input_count++;
    if (!input->name) return ENOMEM;
    const bool is_true = strcmp(equals + 1, "true") == 0;
    if (!is_true && strcmp(equals + 1, "false") != 0)
        return read_number("--set", equals + 1, &input->value);
    input->value = is_true;
    return 0;
}

static error_t parse_number(int key, char *argument, struct arguments *given)
{
    long value = 0;
    error_t error;
    switch (key) {
    case KEY_SHOTS:
        error = read_whole("--shots", argument, 0, 1L << 30, &value);
        given->options.shots = (size_t)value;
        given->shots_given = true;
        return error;
    case KEY_SEED: return read_seed(argument, &given->options.seed);
    default:
        error = read_whole("--probabilities", argument, 0, 1L << 24, &value);
        given->options.probabilities = (size_t)value;
        given->probabilities_given = true;
        return error;
    }
}

static error_t parse_observable(const char *argument, struct arguments *given)
{
    if (given->observable_count == OBSERVABLES_MAX)
        return wrong_usage("--observable: more than %d files", OBSERVABLES_MAX);
    given->observables[given->observable_count++] = argument;
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct arguments *given = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[2] = state->input;
        state->child_inputs[1] = &given->checkpoint;
        return 0;
    case ARGP_KEY_ARG:
        if (given->program) return wrong_usage("'%s': one program at a time", argument);
        given->program = argument;
        return 0;
    case KEY_SHOTS:
    case KEY_SEED:
    case KEY_PROBABILITIES: return parse_number(key, argument, given);
    case KEY_AMPLITUDES: return read_indices("--amplitudes", argument, &given->amplitudes);
    case KEY_SET: return parse_set(argument, given);
    case KEY_OBSERVABLE: return parse_observable(argument, given);
    case KEY_SAVE: given->save = argument; return 0;
    case KEY_INIT: given->init = argument; return 0;
    case 'o': given->output = argument; return 0;
    case KEY_PRECISION:
        given->checkpoint.any_precision = 1;
        return read_precision(argument, &given->options.precision);
    case KEY_QFT: return read_qft(argument, &given->options.qft);
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const char documentation[] =
    "Runs an OpenQASM 2 or 3 program: shots, exact probabilities, amplitudes, expectations.\n\n"
    "Bit strings are as Qiskit prints them: the last declared register first. Counts are the same "
    "for a seed on any number of ranks and threads."
    "\v"
    "Examples:\n"
    "  exaket run bell.qasm --shots 1000\n"
    "  mpirun -n 4 exaket run program.qasm --probabilities 10 --format json\n"
    "  exaket run ansatz.qasm --set theta=0.3 --observable energy.txt --shots 0\n"
    "  mpirun -n 8 exaket run long.qasm --checkpoint long.ckpt --max-time 3500 --resume";

static const struct argp_child children[] = {
    {&common_argp, 0, "Everywhere:", 100},
    {&checkpoint_argp, 0, NULL, 0},
    {&watchdog_argp, 0, NULL, 3},
    {0}};

static const struct argp argp = {.options = options,
                                 .parser = parse,
                                 .args_doc = "FILE",
                                 .doc = documentation,
                                 .children = children};

/* ---- the run ------------------------------------------------------------------------------- */

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Whether the run has to be looked after on its way. */
static bool is_watched(const ek_checkpoint_options *chosen)
{
    return chosen->path || chosen->check == EK_CHECK_FULL;
}

/* Before anything of the result is written; a run that is looked after has been checked. */
static ek_status check_result(const struct arguments *given, const ek_state *initial,
                              const ek_shots_result *result)
{
    const ek_precision precision = given->options.precision;
    double norm;
    if (given->checkpoint.check == EK_CHECK_NONE || given->options.runner) return EK_OK;
    ek_status status = ek_shots_check_norm(result, precision, 1);
    if (status == EK_OK || !initial) return status;
    status = ek_state_norm(initial, &norm); /* another one, unless a measurement has made it 1 */
    return status == EK_OK ? ek_shots_check_norm(result, precision, norm) : status;
}

static int report_end(const struct arguments *given, ek_status status)
{
    if (status != EK_ERROR_INTERRUPTED) return report_failure(status);
    ek_log(EK_LOG_ERROR, "%s; the same command%s goes on from there", ek_last_message(),
           given->checkpoint.resume ? "" : " with --resume");
    return INTERRUPTED;
}

static void note_checkpoints(const ek_runner *runner)
{
    ek_checkpoint_summary summary;
    char last[32], every[32];
    if (!runner) return;
    ek_checkpoints_summarize(runner, &summary);
    if (summary.written > 0)
        ek_log(EK_LOG_INFO, "%d checkpoint%s, the last in %s; every %s", summary.written,
               EK_PLURAL(summary.written), ek_format_seconds(summary.write_seconds, last),
               ek_format_seconds(summary.every_seconds, every));
}

/* Reads the program and sets its inputs. */
static ek_status load_program(ek_session *session, const struct arguments *given,
                              ek_dynamic **program)
{
    ek_status status = ek_qasm_load(session, given->program, program);
    for (size_t i = 0; status == EK_OK && i < given->input_count; i++)
        status = ek_dynamic_set(*program, given->inputs[i].name, given->inputs[i].value);
    return status;
}

static void complete_options(const ek_dynamic *program, struct arguments *given)
{
    ek_shots_options *chosen = &given->options;
    ek_dynamic_summary summary;
    ek_dynamic_summarize(program, &summary);
    if (!given->shots_given) chosen->shots = summary.measurements > 0 ? 1024 : 0;
    if (!given->probabilities_given && summary.measurements == 0)
        chosen->probabilities = TOP_DEFAULT;
    chosen->keep_state =
        given->save || given->observable_count > 0 || asks_for_indices(&given->amplitudes);
    chosen->needs_state = chosen->keep_state;
    chosen->whole_register = given->save != NULL;
}

/* A Pauli sum, read before the run so that its mistakes do not cost one. */
struct observable {
    size_t count;
    ek_pauli_term *terms;
};

static ek_status read_observables(ek_session *session, const struct arguments *given,
                                  const ek_dynamic *program, struct observable *observables)
{
    for (size_t i = 0; i < given->observable_count; i++) {
        ek_file file = {0};
        ek_status status = ek_file_read(session, given->observables[i], &file);
        if (status == EK_OK)
            status = ek_session_agree(
                session, ek_pauli_parse(&file, ek_dynamic_qubits(program), &observables[i].count,
                                        &observables[i].terms));
        ek_file_clear(&file);
        if (status != EK_OK) return status;
    }
    return EK_OK;
}

/* Seen before the run, so that a mistake does not cost one. */
static bool indices_exist(const struct chosen_indices *chosen, int qubits)
{
    for (size_t i = 0; qubits < 64 && i < chosen->count; i++) {
        if (chosen->index[i] >> qubits == 0) continue;
        ek_log(EK_LOG_ERROR, "basis state %llu does not exist on %d qubits",
               (unsigned long long)chosen->index[i], qubits);
        return false;
    }
    return true;
}

static ek_status find_amplitudes(ek_session *session, struct chosen_indices *chosen,
                                 struct findings *findings)
{
    ek_status status = EK_OK;
    if (chosen->top > 0) {
        chosen->count = chosen->top;
        status = ek_shots_top(&findings->result, &chosen->count, chosen->index);
    }
    if (status != EK_OK || chosen->count == 0) return status;
    findings->amplitudes = malloc(chosen->count * sizeof *findings->amplitudes);
    if (ek_session_agree(session, findings->amplitudes ? EK_OK : EK_ERROR_MEMORY) != EK_OK)
        return EK_ERROR_MEMORY;
    return ek_shots_amplitudes(&findings->result, chosen->count, chosen->index,
                               findings->amplitudes);
}

static ek_status compute(ek_session *session, struct arguments *given, const ek_dynamic *program,
                         const struct observable *observables, struct findings *findings)
{
    ek_state *initial = NULL;
    ek_status status = EK_OK;
    if (given->init)
        status = ek_state_load(session, given->init, given->options.precision, &initial);
    given->options.initial = initial;
    if (status == EK_OK && is_watched(&given->checkpoint))
        status = ek_checkpoints_create(session, &given->checkpoint,
                                       &given->options.runner);
    if (status == EK_OK)
        status = ek_dynamic_run(session, program, &given->options, &findings->result);
    if (status == EK_OK) status = check_result(given, initial, &findings->result);
    note_checkpoints(given->options.runner);
    ek_checkpoints_destroy(&given->options.runner);
    ek_state_destroy(&initial);
    given->options.initial = NULL;
    if (status == EK_OK) status = find_amplitudes(session, &given->amplitudes, findings);
    for (size_t i = 0; status == EK_OK && i < given->observable_count; i++) {
        findings->names[i] = name_of(given->observables[i]);
        status = ek_shots_expect_pauli(&findings->result, observables[i].count,
                                       observables[i].terms, &findings->expectations[i]);
    }
    if (status == EK_OK && given->save)
        status = ek_shots_save_state(&findings->result, given->save);
    return status;
}

static int print(ek_session *session, const struct arguments *given, const ek_run_report *report)
{
    const char *path = is_hdf5_name(given->output) ? NULL : given->output;
    char *text = NULL;
    int exit_status = DONE;
    if (is_hdf5_name(given->output)) {
        const ek_status saved = ek_run_save(session, report, given->output);
        if (saved != EK_OK) return report_failure(saved);
    }
    if (!given->common.json) {
        text = describe_run(name_of(given->program), report);
        exit_status = write_output(session, path, text ? text : "");
        free(text);
        return exit_status;
    }
    const ek_status status = ek_session_agree(session, ek_run_json(session, report, &text));
    exit_status = status == EK_OK ? write_output(session, path, text) : report_failure(status);
    ek_text_free(&text);
    return exit_status;
}

static int run_program(ek_session *session, struct arguments *given, const ek_dynamic *program,
                       struct findings *findings)
{
    struct observable observables[OBSERVABLES_MAX] = {{0}};
    if (!indices_exist(&given->amplitudes, ek_dynamic_qubits(program))) return WRONG_USAGE;
    complete_options(program, given);
    ek_status status = read_observables(session, given, program, observables);
    if (status == EK_OK) status = compute(session, given, program, observables, findings);
    for (size_t i = 0; i < given->observable_count; i++)
        ek_pauli_terms_free(&observables[i].terms);
    if (status != EK_OK) return report_end(given, status);
    const ek_run_report report = {.program = program,
                                  .options = &given->options,
                                  .result = &findings->result,
                                  .amplitude_count = given->amplitudes.count,
                                  .amplitude_indices = given->amplitudes.index,
                                  .amplitudes = findings->amplitudes,
                                  .expectation_count = given->observable_count,
                                  .expectation_names = findings->names,
                                  .expectations = findings->expectations,
                                  .parse_seconds = findings->parse_seconds,
                                  .peak_rss_bytes_per_rank = ek_session_peak_memory(session)};
    return print(session, given, &report);
}

/* A checkpoint that the result replaced would be no checkpoint. */
static bool has_own_place(const struct arguments *given)
{
    const char *path = given->checkpoint.path, *others[] = {given->output, given->save};
    for (size_t i = 0; path && i < sizeof others / sizeof *others; i++) {
        if (!others[i] || strcmp(path, others[i]) != 0) continue;
        ek_log(EK_LOG_ERROR, "%s: one file for the checkpoints and for the result", path);
        return false;
    }
    return true;
}

static int run(ek_session *session, struct arguments *given)
{
    ek_dynamic *program = NULL;
    struct findings findings = {0};
    if (!can_write(session, given->output) || !can_replace(session, given->save)) return FAILED;
    if (!can_replace(session, given->checkpoint.path)) return FAILED;
    if (!has_own_place(given)) return WRONG_USAGE;
    const double start = seconds_now();
    const ek_status status = load_program(session, given, &program);
    findings.parse_seconds = seconds_now() - start;
    const int exit_status = status == EK_OK ? run_program(session, given, program, &findings)
                                            : report_failure(status);
    free(findings.amplitudes);
    ek_shots_result_clear(&findings.result);
    ek_dynamic_destroy(&program);
    return exit_status;
}

int run_qasm(int argc, char **argv, const struct common *defaults)
{
    static struct arguments given;
    ek_session *session = NULL;
    int exit_status;
    given.common = *defaults;
    if (!parse_options(&argp, "exaket run", argc, argv, &given, &exit_status)) return exit_status;
    if (!given.program) return refuse_usage("exaket run", "no program: expected a FILE");
    given.common.resumable = given.checkpoint.path != NULL;
    if (given.common.resumable) given.checkpoint.stop = catch_signals(); /* as ranks start, too */
    if (!begin_session(&given.common, &session, &exit_status)) return exit_status;
    exit_status = run(session, &given);
    end_session(&session);
    for (size_t i = 0; i < given.input_count; i++) free((char *)(uintptr_t)given.inputs[i].name);
    return exit_status;
}
