#include "cli/cli.h"

#include <stdlib.h>

enum { PARTS_MAX = 64, TOP_DEFAULT = 10, DENSITY_SHOWN_MAX = 8 };

enum { KEY_AMPLITUDES = 0x200, KEY_MARGINAL, KEY_DENSITY, KEY_ENTROPY, KEY_BLOCH, KEY_FIDELITY };

struct arguments {
    struct common common;
    const char *path, *other, *output;
    struct chosen_indices amplitudes;
    ek_state_part parts[PARTS_MAX];
    size_t part_count;
    bool bloch;
};

static const struct argp_option options[] = {
    {0, 0, NULL, 0, "Questions:", 1},
    {"amplitudes", KEY_AMPLITUDES, "I,J,...|top:K", 0,
     "Amplitudes of these basis states, or of the K most likely (default without another "
     "question: top:10)", 1},
    {"marginal", KEY_MARGINAL, "Q,R,...", 0,
     "Probabilities of the outcomes of these qubits, at most 24; repeatable", 1},
    {"density", KEY_DENSITY, "Q,R,...", 0,
     "Reduced density matrix of these qubits, at most 12; repeatable", 1},
    {"entropy", KEY_ENTROPY, "Q,R,...", 0,
     "Their entanglement with the others, in bits; at most 12 listed or left out; repeatable", 1},
    {"bloch", KEY_BLOCH, NULL, 0, "Bloch vector of each qubit", 1},
    {"fidelity", KEY_FIDELITY, "FILE2", 0,
     "<FILE|FILE2> and its squared modulus, with another saved state", 1},
    {0, 0, NULL, 0, "The answer:", 2},
    {"output", 'o', "FILE", 0, "Write it to FILE; as HDF5 if it ends in .h5", 2},
    {0}};

/* ---- options ------------------------------------------------------------------------------- */

static error_t parse_qubits(const char *option, const char *text, ek_state_part *part)
{
    double values[EK_QUBITS_MAX];
    const error_t error = read_numbers(option, text, EK_QUBITS_MAX, values, &part->count);
    for (int i = 0; !error && i < part->count; i++) {
        if (values[i] < 0 || values[i] >= EK_QUBITS_MAX || values[i] != (int)values[i])
            return wrong_usage("%s '%s': %g is no qubit, expected a whole number from 0 to %d",
                               option, text, values[i], EK_QUBITS_MAX - 1);
        part->qubits[i] = (int)values[i];
    }
    return error;
}

static error_t parse_part(const char *option, ek_part_kind kind, const char *text,
                          struct arguments *given)
{
    static const int most[] = {[EK_PART_MARGINAL] = EK_MARGINAL_QUBITS_MAX,
                               [EK_PART_DENSITY] = EK_REDUCED_QUBITS_MAX,
                               [EK_PART_ENTROPY] = EK_QUBITS_MAX};
    if (given->part_count == PARTS_MAX)
        return wrong_usage("%s: more than %d questions about qubits", option, PARTS_MAX);
    ek_state_part *part = &given->parts[given->part_count++];
    *part = (ek_state_part){.kind = kind};
    const error_t error = parse_qubits(option, text, part);
    if (!error && part->count > most[kind])
        return wrong_usage("%s '%s': at most %d qubits", option, text, most[kind]);
    return error;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct arguments *given = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = state->input; return 0;
    case ARGP_KEY_ARG:
        if (given->path) return wrong_usage("'%s': one state at a time", argument);
        given->path = argument;
        return 0;
    case KEY_AMPLITUDES: return read_indices("--amplitudes", argument, &given->amplitudes);
    case KEY_MARGINAL: return parse_part("--marginal", EK_PART_MARGINAL, argument, given);
    case KEY_DENSITY: return parse_part("--density", EK_PART_DENSITY, argument, given);
    case KEY_ENTROPY: return parse_part("--entropy", EK_PART_ENTROPY, argument, given);
    case KEY_BLOCH: given->bloch = true; return 0;
    case KEY_FIDELITY: given->other = argument; return 0;
    case 'o': given->output = argument; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const char documentation[] =
    "Answers questions about a state that 'exaket run --save-state' has written. Its norm is "
    "always among the answers.\n\n"
    "Any number of ranks gives the same answers; those that the state is too small for are idle. "
    "In lists of qubits the first is bit 0 of an outcome, or of a row's or a column's number."
    "\v"
    "Examples:\n"
    "  exaket state ghz.h5 --amplitudes top:4 --bloch\n"
    "  exaket state ghz.h5 --marginal 0,2 --entropy 0,1 --format json\n"
    "  mpirun -n 4 exaket state before.h5 --fidelity after.h5";

static const struct argp argp = {.options = options,
                                 .parser = parse,
                                 .args_doc = "FILE",
                                 .doc = documentation,
                                 .children = common_children};

/* ---- answers ------------------------------------------------------------------------------- */

struct answers {
    ek_state *state, *other;
    ek_complex *amplitudes;
    ek_bloch bloch[EK_QUBITS_MAX];
};

/* Memory for results, on all ranks or on none. */
static ek_status reserve(ek_session *session, size_t bytes, void **memory)
{
    *memory = malloc(bytes);
    return ek_session_agree(session, *memory ? EK_OK : EK_ERROR_MEMORY);
}

static ek_status find_amplitudes(const ek_state *state, struct chosen_indices *chosen,
                                 ek_complex **amplitudes)
{
    void *memory = NULL;
    if (chosen->top > 0) {
        chosen->count = chosen->top;
        const ek_status status = ek_state_top(state, &chosen->count, chosen->index);
        if (status != EK_OK) return status;
    }
    if (chosen->count == 0) return EK_OK;
    const ek_status status =
        reserve(ek_state_session(state), chosen->count * sizeof **amplitudes, &memory);
    *amplitudes = memory;
    if (status != EK_OK) return status;
    return ek_state_amplitudes(state, chosen->count, chosen->index, *amplitudes);
}

static ek_status find_part(const ek_state *state, ek_state_part *part)
{
    const size_t size = (size_t)1 << part->count;
    void *memory = NULL;
    ek_status status;
    if (part->kind == EK_PART_ENTROPY)
        return ek_state_entropy(state, part->count, part->qubits, &part->entropy);
    if (part->kind == EK_PART_MARGINAL) {
        status = reserve(ek_state_session(state), size * sizeof *part->probabilities, &memory);
        part->probabilities = memory;
        if (status != EK_OK) return status;
        return ek_state_marginal(state, part->count, part->qubits, part->probabilities);
    }
    status = reserve(ek_state_session(state), size * size * sizeof *part->matrix, &memory);
    part->matrix = memory;
    if (status != EK_OK) return status;
    return ek_state_reduced_density(state, part->count, part->qubits, part->matrix);
}

static ek_status load(ek_session *session, const struct arguments *given,
                      const ek_state_report *report, struct answers *found)
{
    ek_status status =
        ek_state_load(session, given->path, report->saved.precision, &found->state);
    if (status == EK_OK && given->other)
        status = ek_state_load(session, given->other, report->saved.precision, &found->other);
    return status;
}

static ek_status answer(struct arguments *given, struct answers *found, ek_state_report *report)
{
    const ek_state *state = found->state;
    ek_status status = ek_state_norm(state, &report->norm);
    if (status == EK_OK) status = find_amplitudes(state, &given->amplitudes, &found->amplitudes);
    for (size_t i = 0; status == EK_OK && i < given->part_count; i++)
        status = find_part(state, &given->parts[i]);
    if (status == EK_OK && given->bloch) status = ek_state_bloch(state, found->bloch);
    if (status == EK_OK && given->other) {
        const ek_complex *product = &report->inner_product;
        status = ek_state_inner_product(state, found->other, &report->inner_product);
        report->fidelity = product->re * product->re + product->im * product->im;
    }
    report->amplitude_count = given->amplitudes.count;
    report->amplitude_indices = given->amplitudes.index;
    report->amplitudes = found->amplitudes;
    report->part_count = given->part_count;
    report->parts = given->parts;
    report->bloch = given->bloch ? found->bloch : NULL;
    report->other = given->other;
    return status;
}

static int print(ek_session *session, const struct arguments *given,
                 const ek_state_report *report)
{
    char *text = NULL;
    int exit_status;
    if (is_hdf5_name(given->output)) {
        const ek_status saved = ek_state_report_save(session, report, given->output);
        return saved == EK_OK ? DONE : report_failure(saved);
    }
    if (!given->common.json) {
        text = describe_state(given->path, report);
        exit_status = write_output(session, given->output, text ? text : "");
        free(text);
        return exit_status;
    }
    const ek_status status = ek_session_agree(session, ek_state_json(session, report, &text));
    exit_status =
        status == EK_OK ? write_output(session, given->output, text) : report_failure(status);
    ek_text_free(&text);
    return exit_status;
}

static int run(ek_session *session, struct arguments *given, ek_state_report *report)
{
    struct answers found = {0};
    if (!can_write(session, given->output)) return FAILED;
    ek_status status = load(session, given, report, &found);
    if (status == EK_OK) status = answer(given, &found, report);
    const int exit_status =
        status == EK_OK ? print(session, given, report) : report_failure(status);
    ek_state_destroy(&found.state);
    ek_state_destroy(&found.other);
    free(found.amplitudes);
    for (size_t i = 0; i < given->part_count; i++) {
        free(given->parts[i].probabilities);
        free(given->parts[i].matrix);
    }
    return exit_status;
}

/* ---- the session --------------------------------------------------------------------------- */

/* What the files say, before anything large is read. */
static bool look(ek_session *session, const struct arguments *given, ek_saved_state *saved,
                 int *exit_status)
{
    ek_saved_state other = {0};
    ek_status status = ek_state_look(session, given->path, saved);
    if (status == EK_OK && given->other) status = ek_state_look(session, given->other, &other);
    *exit_status = FAILED;
    if (status != EK_OK) {
        *exit_status = report_failure(status);
        return false;
    }
    if (!given->other || other.qubits == saved->qubits) return true;
    ek_log(EK_LOG_ERROR, "%s has %d qubits and %s has %d: they have no inner product",
           given->path, saved->qubits, given->other, other.qubits);
    return false;
}

/* The most ranks that can share a state: a power of two, each with an amplitude of either value of
 * a qubit at least. */
static int ranks_for(int ranks, int qubits)
{
    int used = 1;
    for (int bits = 1; 2 * used <= ranks && bits < qubits; bits++) used *= 2;
    return used;
}

static int run_on_part(ek_session *session, struct arguments *given)
{
    ek_state_report report = {0};
    ek_session *part = NULL;
    int exit_status = DONE;
    if (!look(session, given, &report.saved, &exit_status)) return exit_status;
    const int used = ranks_for(ek_session_size(session), report.saved.qubits);
    const bool idle = ek_session_rank(session) >= used;
    const ek_status status = ek_session_split(session, idle, &part);
    if (status != EK_OK) return report_failure(status);
    if (!idle) exit_status = run(part, given, &report);
    ek_session_destroy(&part);
    return idle ? DONE : exit_status;
}

static const char *complain_of(const struct arguments *given)
{
    if (!given->path) return "no state: expected a FILE";
    for (size_t i = 0; i < given->part_count; i++)
        if (given->parts[i].kind == EK_PART_DENSITY &&
            given->parts[i].count > DENSITY_SHOWN_MAX && !is_hdf5_name(given->output))
            return "--density of more than 8 qubits: write it with --output FILE.h5";
    return NULL;
}

int run_state(int argc, char **argv, const struct common *defaults)
{
    static struct arguments given;
    ek_session *session = NULL;
    int exit_status;
    given.common = *defaults;
    if (!parse_options(&argp, "exaket state", argc, argv, &given, &exit_status))
        return exit_status;
    const char *complaint = complain_of(&given);
    if (complaint) return refuse_usage("exaket state", complaint);
    if (given.part_count == 0 && !asks_for_indices(&given.amplitudes) && !given.bloch &&
        !given.other)
        given.amplitudes.top = TOP_DEFAULT;
    if (!begin_session(&given.common, &session, &exit_status)) return exit_status;
    exit_status = run_on_part(session, &given);
    ek_session_destroy(&session);
    return exit_status;
}
