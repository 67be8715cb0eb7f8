#include "algo/qaoa_private.h"

#include "algo/evaluate.h"
#include "exec/exec.h"

#include <exaket/predict.h>

#include <limits.h>
#include <math.h>
#include <string.h>

enum { MAX_LAYERS = 4096, EVALUATIONS_PER_LAYER = 200, DEFAULT_SHOTS = 1024 };

static const double DEFAULT_EPSILON = 0.25;

/* ---- options ---- */

static ek_status check_numbers(const ek_qaoa_options *options)
{
    if (options->layers < 0 || options->layers > MAX_LAYERS)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d layers: give 1 to %d", options->layers, MAX_LAYERS);
    if (options->starts < 0)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d starts: give 1 or more", options->starts);
    if (options->max_evaluations < 0)
        return EK_FAIL(EK_ERROR_ARGUMENT, "at most %d evaluations: give 1 or more",
                       options->max_evaluations);
    if (!(options->tolerance >= 0 && options->tolerance < 1))
        return EK_FAIL(EK_ERROR_ARGUMENT, "tolerance %g: give a number in [0, 1)",
                       options->tolerance);
    if (!(options->warm_start_epsilon >= 0 && options->warm_start_epsilon <= 0.5))
        return EK_FAIL(EK_ERROR_ARGUMENT, "warm start epsilon %g: give a number in (0, 0.5]",
                       options->warm_start_epsilon);
    if (options->precision != EK_DOUBLE && options->precision != EK_SINGLE)
        return EK_FAIL(EK_ERROR_ARGUMENT, "precision %d: give EK_DOUBLE or EK_SINGLE",
                       (int)options->precision);
    if (!options->gamma != !options->beta)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%s is given without %s: give both or none",
                       options->gamma ? "gamma" : "beta", options->gamma ? "beta" : "gamma");
    return ek_optimizer_check(options->optimizer);
}

ek_status ek_qaoa_check_mixer(ek_mixer mixer, const char *name, int weight)
{
    if (mixer == EK_MIXER_X && weight >= 0)
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       "%s allows only states with %d one%s, which the x mixer does not keep: use "
                       "xy-ring, xy-full or grover, or drop the constraint", name, weight,
                       EK_PLURAL(weight));
    if (mixer != EK_MIXER_X && mixer != EK_MIXER_GROVER && weight < 0)
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       "the xy mixers keep the number of ones, but %s has no constraint on it: "
                       "use x or grover, or give a budget", name);
    return EK_OK;
}

static ek_status check_mixer(const ek_qaoa_options *options, int weight)
{
    const ek_mixer mixer = options->mixer;
    if ((int)mixer < EK_MIXER_X || (int)mixer > EK_MIXER_XY_FULL)
        return EK_FAIL(EK_ERROR_ARGUMENT, "mixer %d: there are 0 to %d", (int)mixer,
                       EK_MIXER_XY_FULL);
    if (options->warm_start && mixer != EK_MIXER_X)
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       "a warm start has a mixer of its own: use it with mixer x");
    return ek_qaoa_check_mixer(mixer, "the problem", weight);
}

int ek_qaoa_default_evaluations(int layers)
{
    return layers <= INT_MAX / EVALUATIONS_PER_LAYER ? EVALUATIONS_PER_LAYER * layers : INT_MAX;
}

static void fill_defaults(ek_qaoa_options *options)
{
    if (options->layers == 0) options->layers = 1;
    if (options->starts == 0) options->starts = 1;
    if (options->shots == 0) options->shots = DEFAULT_SHOTS;
    if (options->warm_start_epsilon == 0) options->warm_start_epsilon = DEFAULT_EPSILON;
    if (options->max_evaluations == 0)
        options->max_evaluations = ek_qaoa_default_evaluations(options->layers);
}

/* ---- making and freeing ---- */

static ek_status copy_options(ek_qaoa *qaoa, const ek_qaoa_options *options)
{
    qaoa->options = *options;
    fill_defaults(&qaoa->options);
    if (options->optimizer) EK_TRY(ek_copy_string(options->optimizer, &qaoa->optimizer));
    if (options->warm_start) EK_TRY(ek_copy_string(options->warm_start, &qaoa->warm_start));
    qaoa->options.optimizer = qaoa->optimizer;
    qaoa->options.warm_start = qaoa->warm_start;
    qaoa->options.gamma = qaoa->options.beta = NULL;
    return EK_OK;
}

static ek_status set_first(ek_qaoa *qaoa, const ek_qaoa_options *options)
{
    const int layers = qaoa->options.layers;
    qaoa->first_is_given = options->gamma != NULL;
    EK_TRY(EK_NEW(qaoa->first, 2 * layers));
    if (!qaoa->first_is_given) {
        ek_qaoa_default_angles(&qaoa->scale, layers, qaoa->first);
        return EK_OK;
    }
    for (int l = 0; l < layers; l++) {
        if (!isfinite(options->gamma[l]) || !isfinite(options->beta[l]))
            return EK_FAIL(EK_ERROR_ARGUMENT, "the angles of layer %d, gamma %g and beta %g, are "
                           "not both finite", l + 1, options->gamma[l], options->beta[l]);
        qaoa->first[l] = options->gamma[l];
        qaoa->first[layers + l] = options->beta[l];
    }
    return EK_OK;
}

/* All that needs no other rank. `qaoa` is zeroed but for its session; of `where` ranks and
 * shared_ranks count. */
static ek_status fill_local(ek_qaoa *qaoa, const ek_problem *problem,
                            const ek_qaoa_options *options, const ek_plan_options *where)
{
    ek_problem_facts facts;
    ek_problem_get(problem, &facts);
    EK_TRY(check_numbers(options));
    EK_TRY(check_mixer(options, facts.weight));
    EK_TRY(copy_options(qaoa, options));
    EK_TRY(ek_qaoa_choose_symmetry(qaoa, &facts, where));
    qaoa->weight = facts.weight;
    qaoa->maximize = facts.maximize;
    qaoa->scale = ek_qaoa_scale_of(&facts, options->mixer);
    EK_TRY(set_first(qaoa, options));
    EK_TRY(EK_NEW(qaoa->held, 2 * qaoa->options.layers));
    EK_TRY(ek_qaoa_set_initial(qaoa));
    return ek_qaoa_make_diagonal(qaoa, &facts);
}

static bool is_at_hand(const ek_qaoa *qaoa, const void *handle, int layers)
{
    return handle && qaoa->program_layers == layers;
}

/* Makes the program of `layers` layers, or what gives derivatives too, the one at hand. */
static ek_status use_layers(ek_qaoa *qaoa, int layers, bool derivatives)
{
    const ek_plan_options plan = {.precision = qaoa->options.precision};
    const ek_gradient_options options = {.initial = &qaoa->initial, .diagonal = qaoa->diagonal,
                                         .state = qaoa->state, .plan = plan};
    ek_circuit *circuit = NULL;
    if (is_at_hand(qaoa, derivatives ? (void *)qaoa->gradient : (void *)qaoa->program, layers))
        return EK_OK;
    ek_program_destroy(&qaoa->program);
    ek_gradient_destroy(&qaoa->gradient);
    ek_status status = ek_session_agree(qaoa->session, ek_qaoa_circuit(qaoa, layers, &circuit));
    if (status == EK_OK && derivatives)
        status = ek_gradient_create(qaoa->session, circuit, &options, &qaoa->gradient);
    else if (status == EK_OK)
        status = ek_program_create(qaoa->session, circuit, &plan, &qaoa->program);
    if (status == EK_OK && !derivatives) qaoa->program->plan->stands_for = qaoa->spins;
    ek_circuit_destroy(&circuit);
    qaoa->program_layers = layers;
    return status;
}

/* What is created must fit until the end. */
static ek_status check_states(const ek_qaoa *qaoa)
{
    return ek_states_check(qaoa->session, qaoa->qubits, qaoa->options.precision,
                           ek_qaoa_states(qaoa));
}

ek_status ek_qaoa_create(ek_session *session, const ek_problem *problem,
                         const ek_qaoa_options *options, ek_qaoa **qaoa)
{
    const double begin = ek_clock_seconds();
    const ek_qaoa_options standard = {0};
    const ek_plan_options where = {.ranks = ek_session_size(session),
                                   .shared_ranks = ek_session_shared_ranks(session)};
    ek_qaoa *fresh = NULL;
    ek_status status = EK_NEW(fresh, 1);
    if (status == EK_OK) {
        fresh->session = session;
        status = fill_local(fresh, problem, options ? options : &standard, &where);
    }
    if (status == EK_OK) status = check_states(fresh);
    status = ek_session_agree(session, status);
    if (status == EK_OK)
        status = ek_state_create(session, fresh->qubits, fresh->options.precision, &fresh->state);
    if (status == EK_OK) status = use_layers(fresh, fresh->options.layers, false);
    if (status != EK_OK) {
        ek_qaoa_destroy(&fresh);
        return status;
    }
    fresh->prepare_seconds = ek_clock_seconds() - begin;
    *qaoa = fresh;
    return EK_OK;
}

ek_status ek_qaoa_plan(const ek_problem *problem, const ek_qaoa_options *qaoa,
                       const ek_plan_options *options, ek_plan **plan)
{
    const ek_qaoa_options standard = {0};
    ek_plan_options where = options ? *options : (ek_plan_options){0};
    ek_qaoa *probe = NULL;
    ek_circuit *circuit = NULL;
    if (where.ranks == 0) where.ranks = 1;
    if (where.shared_ranks == 0) where.shared_ranks = 1;
    EK_TRY(EK_NEW(probe, 1));
    ek_status status = fill_local(probe, problem, qaoa ? qaoa : &standard, &where);
    if (status == EK_OK) status = ek_qaoa_circuit(probe, probe->options.layers, &circuit);
    if (status == EK_OK) status = ek_plan_create(circuit, options, plan);
    if (status == EK_OK) {
        (*plan)->stands_for = probe->spins;
        (*plan)->halved_on_node = probe->flips_on_node;
    }
    ek_circuit_destroy(&circuit);
    ek_qaoa_destroy(&probe);
    return status;
}

void ek_qaoa_destroy(ek_qaoa **qaoa)
{
    if (!qaoa || !*qaoa) return;
    ek_program_destroy(&(*qaoa)->program);
    ek_gradient_destroy(&(*qaoa)->gradient);
    ek_state_destroy(&(*qaoa)->state);
    ek_diagonal_destroy(&(*qaoa)->diagonal);
    ek_release((*qaoa)->optimizer);
    ek_release((*qaoa)->warm_start);
    ek_release((*qaoa)->first);
    ek_release((*qaoa)->theta);
    ek_release((*qaoa)->held);
    ek_release(*qaoa);
    *qaoa = NULL;
}

void ek_qaoa_summarize(const ek_qaoa *qaoa, ek_plan_summary *summary)
{
    ek_plan_summarize(ek_program_plan(qaoa->program), summary);
    summary->states = ek_qaoa_states(qaoa);
}

/* ---- evaluations ---- */

int ek_qaoa_states(const ek_qaoa *qaoa)
{
    return ek_optimizer_needs_derivatives(qaoa->options.optimizer) ? 2 : 1;
}

static bool is_held(const ek_qaoa *qaoa, int layers, const double *x)
{
    return qaoa->held_layers == layers &&
           memcmp(qaoa->held, x, 2 * (size_t)layers * sizeof *x) == 0;
}

ek_status ek_qaoa_hold(ek_qaoa *qaoa, int layers, const double *x)
{
    if (qaoa->program && is_held(qaoa, layers, x)) return EK_OK;
    EK_TRY(use_layers(qaoa, layers, false));
    qaoa->held_layers = 0;
    EK_TRY(ek_program_run(qaoa->program, x, &qaoa->initial, qaoa->state));
    memcpy(qaoa->held, x, 2 * (size_t)layers * sizeof *x);
    qaoa->held_layers = layers;
    return EK_OK;
}

static ek_status measure(ek_qaoa *qaoa, int layers, const double *x, double *energy)
{
    double value;
    EK_TRY(ek_qaoa_hold(qaoa, layers, x));
    EK_TRY(ek_program_expect_diagonal(qaoa->program, qaoa->state, qaoa->diagonal, &value));
    EK_TRY(ek_check_finite(value, 2 * layers, x));
    *energy = qaoa->constant + value;
    return EK_OK;
}

ek_status ek_qaoa_energy(ek_qaoa *qaoa, const double *x, double *energy)
{
    return measure(qaoa, qaoa->options.layers, x, energy);
}

/* The angles of a program of `layers` layers. */
struct rung {
    ek_qaoa *qaoa;
    int layers;
};

/* A method that asks for derivatives has its values from the same place, so that they are the same
 * whatever a journal supplies. */
static ek_status measure_rung(void *context, ek_evaluation *evaluation)
{
    const struct rung *rung = context;
    ek_qaoa *qaoa = rung->qaoa;
    if (!ek_optimizer_needs_derivatives(qaoa->options.optimizer))
        return measure(qaoa, rung->layers, evaluation->x, &evaluation->value);
    EK_TRY(use_layers(qaoa, rung->layers, true));
    qaoa->held_layers = 0;
    EK_TRY(ek_gradient_evaluate(qaoa->gradient, evaluation->x, &evaluation->value,
                                evaluation->gradient));
    evaluation->value += qaoa->constant;
    return EK_OK;
}

ek_status ek_qaoa_observe(ek_qaoa *qaoa, int layers, const double *x, double *energy,
                          double *gradient)
{
    struct rung rung = {qaoa, layers};
    ek_evaluation evaluation = {2 * layers, x, 0, gradient};
    EK_TRY(ek_evaluate(qaoa->session, &qaoa->options.hooks, measure_rung, &rung, &evaluation));
    *energy = evaluation.value;
    return EK_OK;
}
