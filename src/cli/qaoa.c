#include "cli/cli.h"

#include <limits.h>
#include <stdlib.h>

enum { LAYERS_MAX = 256 };

enum {
    KEY_GAMMA = 0x200, KEY_BETA, KEY_OPTIMIZER, KEY_STARTS, KEY_EVALUATIONS, KEY_MIXER, KEY_WARM,
    KEY_SHOTS, KEY_SEED, KEY_PRECISION, KEY_NO_OPTIMUM, KEY_SYMMETRY
};

struct arguments {
    struct common common;
    ek_problem_source source;
    ek_qaoa_options options;
    double gamma[LAYERS_MAX], beta[LAYERS_MAX];
    int gamma_count, beta_count; /* 0 when not given */
    const char *output;          /* a file, or null */
};

static const struct argp_option options[] = {
    {0, 0, NULL, 0, "The algorithm:", 2},
    {"layers", 'p', "P", 0, "Layers (default: as many as angles are given, or 1)", 2},
    {"gamma", KEY_GAMMA, "A,B,...", 0, "Angles of the cost, one per layer", 2},
    {"beta", KEY_BETA, "C,D,...", 0, "Angles of the mixer. With --gamma: one evaluation", 2},
    {"mixer", KEY_MIXER, "NAME", 0, "x (default), grover, xy-ring, xy-full", 2},
    {"warm-start", KEY_WARM, "BITS", 0, "Bit string to start around, last qubit first", 2},
    {"optimizer", KEY_OPTIMIZER, "NAME", 0,
     "bobyqa (default), cobyla, sbplx, ...; with gradients lbfgs, slsqp, ccsaq, ...", 2},
    {"starts", KEY_STARTS, "K", 0, "Starting points (default: 1, good angles of trees)", 2},
    {"max-evaluations", KEY_EVALUATIONS, "N", 0, "Over all starts (default: 200 per layer)", 2},
    {"symmetry", KEY_SYMMETRY, "WHEN", 0,
     "Half of the state for problems that a flip of all spins does not change: auto (default: on "
     "one node), on, off", 2},
    {"precision", KEY_PRECISION, "NAME", 0, "double (default), single", 2},
    {0, 0, NULL, 0, "The result:", 3},
    {"shots", KEY_SHOTS, "S", 0, "Samples of the final state (default: 1024)", 3},
    {"seed", KEY_SEED, "S", 0, "Of shots and random starts (default: 0)", 3},
    {"no-optimum", KEY_NO_OPTIMUM, NULL, 0, "Do not search for the optimum by brute force", 3},
    {"output", 'o', "FILE", 0, "Write the result to FILE", 3},
    {0}};

const char *const mixer_names[] = {[EK_MIXER_X] = "x",
                                   [EK_MIXER_GROVER] = "grover",
                                   [EK_MIXER_XY_RING] = "xy-ring",
                                   [EK_MIXER_XY_FULL] = "xy-full",
                                   NULL};
const char *const symmetry_names[] = {[EK_SYMMETRY_AUTO] = "auto",
                                      [EK_SYMMETRY_OFF] = "off",
                                      [EK_SYMMETRY_ON] = "on",
                                      NULL};

static error_t parse_shots(const char *argument, size_t *shots)
{
    long value = 0;
    const error_t error = read_whole("--shots", argument, 1, 1L << 30, &value);
    *shots = (size_t)value;
    return error;
}

static error_t parse_algorithm(int key, char *argument, ek_qaoa_options *chosen)
{
    int choice = 0;
    error_t error = 0;
    switch (key) {
    case 'p': return read_int("--layers", argument, 1, LAYERS_MAX, &chosen->layers);
    case KEY_MIXER:
        error = read_choice("--mixer", argument, mixer_names, &choice);
        chosen->mixer = (ek_mixer)choice;
        return error;
    case KEY_SYMMETRY:
        error = read_choice("--symmetry", argument, symmetry_names, &choice);
        chosen->symmetry = (ek_symmetry)choice;
        return error;
    case KEY_WARM: chosen->warm_start = argument; return 0;
    case KEY_OPTIMIZER: chosen->optimizer = argument; return 0;
    case KEY_STARTS: return read_int("--starts", argument, 1, 1000000, &chosen->starts);
    case KEY_EVALUATIONS:
        return read_int("--max-evaluations", argument, 1, INT_MAX, &chosen->max_evaluations);
    case KEY_PRECISION: return read_precision(argument, &chosen->precision);
    case KEY_SHOTS: return parse_shots(argument, &chosen->shots);
    case KEY_SEED: return read_seed(argument, &chosen->seed);
    case KEY_NO_OPTIMUM: chosen->skip_optimum = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_word(char *argument, ek_problem_source *source)
{
    if (source->path) return wrong_usage("'%s': one problem at a time", argument);
    source->path = argument;
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct arguments *given = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[2] = state->input;
        state->child_inputs[1] = &given->source;
        return 0;
    case ARGP_KEY_ARG: return parse_word(argument, &given->source);
    case KEY_GAMMA:
        return read_numbers("--gamma", argument, LAYERS_MAX, given->gamma, &given->gamma_count);
    case KEY_BETA:
        return read_numbers("--beta", argument, LAYERS_MAX, given->beta, &given->beta_count);
    case 'o': given->output = argument; return 0;
    default: break;
    }
    return parse_algorithm(key, argument, &given->options);
}

static const char documentation[] =
    "Runs the quantum approximate optimisation algorithm on one problem: at the given angles, or "
    "at the best ones that the optimiser finds.\n\n"
    "FILE is a graph (Gset, DIMACS, or one 'u v [weight]' per line), a QUBO, an Ising model, "
    "numbers to partition, or a portfolio's CSV; or one of named:petersen, regular:N:D:SEED, "
    "er:N:P:SEED, complete:N:one|signs|gaussian:SEED, labs:N."
    "\v"
    "Examples:\n"
    "  exaket qaoa named:petersen --layers 2\n"
    "  exaket qaoa graph.txt --gamma 0.61 --beta 0.39 --format json\n"
    "  mpirun -n 4 exaket qaoa regular:22:3:1 -p 3 --optimizer lbfgs -o result.txt";

static const struct argp_child children[] = {{&common_argp, 0, "Everywhere:", 100},
                                             {&problem_argp, 0, NULL, 0},
                                             {&watchdog_argp, 0, NULL, 3},
                                             {0}};

static const struct argp argp = {.options = options,
                                 .parser = parse,
                                 .args_doc = "FILE",
                                 .doc = documentation,
                                 .children = children};

/* What the single options cannot know of each other; null when all is well. */
static const char *contradiction(struct arguments *given)
{
    static char sentence[160];
    if (!given->source.path) return "no problem: expected a FILE";
    if ((given->gamma_count > 0) != (given->beta_count > 0))
        return "--gamma and --beta go together: one list is missing";
    if (given->gamma_count != given->beta_count) {
        snprintf(sentence, sizeof sentence, "--gamma has %d number%s, --beta has %d",
                 given->gamma_count, EK_PLURAL(given->gamma_count), given->beta_count);
        return sentence;
    }
    if (given->gamma_count > 0 && given->options.layers > 0 &&
        given->options.layers != given->gamma_count) {
        snprintf(sentence, sizeof sentence,
                 "--layers is %d, but --gamma and --beta have %d numbers", given->options.layers,
                 given->gamma_count);
        return sentence;
    }
    return misplaced_problem_option(&given->source);
}

static void complete_options(struct arguments *given)
{
    ek_qaoa_options *chosen = &given->options;
    if (given->gamma_count > 0) {
        chosen->layers = given->gamma_count;
        chosen->gamma = given->gamma;
        chosen->beta = given->beta;
        chosen->optimizer = NULL;
    } else if (!chosen->optimizer) {
        chosen->optimizer = "bobyqa";
    }
    if (chosen->layers == 0) chosen->layers = 1;
    if (chosen->max_evaluations == 0)
        chosen->max_evaluations = ek_qaoa_default_evaluations(chosen->layers);
}

static ek_status compute(ek_session *session, const ek_problem *problem, struct arguments *given,
                         struct watch *watch, ek_qaoa_result *result)
{
    ek_problem_facts facts;
    ek_plan_summary plan;
    ek_qaoa *qaoa = NULL;
    ek_problem_get(problem, &facts);
    watch->maximize = facts.maximize;
    if (given->options.optimizer) given->options.hooks = watch_hooks(watch);
    ek_status status = ek_qaoa_create(session, problem, &given->options, &qaoa);
    if (status != EK_OK) return status;
    ek_qaoa_summarize(qaoa, &plan);
    announce_plan(session, &plan, given->options.precision);
    if (given->options.optimizer) {
        watch->progress =
            ek_progress_begin("optimize", "evaluation", given->options.max_evaluations);
        status = ek_qaoa_optimize(qaoa, result);
        ek_progress_end(&watch->progress);
    } else {
        status = ek_qaoa_evaluate(qaoa, result);
    }
    ek_qaoa_destroy(&qaoa);
    return status;
}

static int print(ek_session *session, const ek_problem *problem, const struct arguments *given,
                 const ek_qaoa_result *result)
{
    char *text = NULL;
    if (!given->common.json) {
        text = describe_qaoa(problem, &given->options, result);
        const int exit_status = write_output(session, given->output, text ? text : "");
        free(text);
        return exit_status;
    }
    const ek_status status = ek_session_agree(
        session, ek_qaoa_json(session, problem, &given->options, result, &text));
    const int exit_status = status == EK_OK ? write_output(session, given->output, text)
                                            : report_failure(status);
    ek_text_free(&text);
    return exit_status;
}

static int run(ek_session *session, struct arguments *given)
{
    ek_problem *problem = NULL;
    ek_qaoa_result result = {0};
    struct watch watch = {0};
    if (!can_write(session, given->output)) return FAILED;
    ek_status status = ek_problem_load(session, &given->source, &problem);
    if (status != EK_OK) return report_failure(status);
    status = compute(session, problem, given, &watch, &result);
    const int exit_status = status == EK_OK ? print(session, problem, given, &result)
                            : status == EK_ERROR_INTERRUPTED ? report_stopped(&watch)
                                                             : report_failure(status);
    ek_qaoa_result_clear(&result);
    ek_problem_destroy(&problem);
    return exit_status;
}

int run_qaoa(int argc, char **argv, const struct common *defaults)
{
    static struct arguments given;
    ek_session *session = NULL;
    int exit_status;
    given.common = *defaults;
    if (!parse_options(&argp, "exaket qaoa", argc, argv, &given, &exit_status)) return exit_status;
    const char *wrong = contradiction(&given);
    if (wrong) return refuse_usage("exaket qaoa", wrong);
    complete_options(&given);
    if (!begin_session(&given.common, &session, &exit_status)) return exit_status;
    exit_status = run(session, &given);
    end_session(&session);
    return exit_status;
}
