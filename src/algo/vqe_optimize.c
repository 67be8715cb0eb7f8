#include "algo/vqe_private.h"

#include <exaket/observe.h>

#include <float.h>
#include <math.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

/* Of parameters whose angles hardly turn at all: far from what a double holds. */
static const double UNIT_MAX = 1e300;

/* Steps of the annealing schedule, as angles of the largest term. */
static const double ANNEALING_STEP = 0.2;

/* Energies in single precision are good to about 1e-7: the cube root of that, roughly. */
static const double SINGLE_DIFFERENCE_STEP = 3e-3;

/* The rounding of each rotation's sine and cosine changes the norm of the state, and with it the
 * energy, by one FLT_EPSILON or so, at random. */
static const double SINGLE_NOISE = 8 * FLT_EPSILON;

/* One optimisation: all starts and all rungs. */
struct search {
    ek_vqe *vqe;
    struct ek_history history; /* of all starts */
    ek_vqe_start *starts;
    int start;           /* the one at hand */
    bool on_last_rung;   /* it has come to all layers */
    double *x;           /* parameters of the rung at hand */
    double *best;        /* of the last rung alone: the others are not of this ansatz */
    double best_energy;
    bool has_best;
    int best_start;
    double *unit, *lower, *upper, *gradient;
};

static ek_status allocate(struct search *search)
{
    const int dimension = ek_vqe_parameters(search->vqe);
    double **const vectors[] = {&search->x,     &search->best,  &search->unit,
                                &search->lower, &search->upper, &search->gradient};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        EK_TRY(EK_NEW(*vectors[i], dimension));
    return EK_NEW(search->starts, search->vqe->options.starts);
}

static void release(struct search *search)
{
    ek_release(search->x);
    ek_release(search->best);
    ek_release(search->unit);
    ek_release(search->lower);
    ek_release(search->upper);
    ek_release(search->gradient);
    ek_release(search->starts);
    ek_release(search->history.values);
}

/* ---- evaluations ---- */

static void note(struct search *search, const ek_evaluation *evaluation)
{
    ek_vqe_start *start = &search->starts[search->start];
    const double energy = evaluation->value;
    if (start->evaluations++ == 0) start->first_energy = energy;
    if (search->vqe->layers < search->vqe->options.ansatz.layers) return;
    if (!search->on_last_rung || energy < start->energy) start->energy = energy;
    search->on_last_rung = true;
    if (search->has_best && energy >= search->best_energy) return;
    search->has_best = true;
    search->best_energy = energy;
    search->best_start = search->start;
    memcpy(search->best, evaluation->x, (size_t)evaluation->dimension * sizeof *search->best);
}

static ek_status on_gradient(void *context, const double *x, double *value, double *gradient)
{
    struct search *search = context;
    ek_vqe *vqe = search->vqe;
    ek_evaluation evaluation = {ek_vqe_count(vqe, vqe->layers), x, 0, gradient};
    EK_TRY(ek_evaluate(vqe->session, &vqe->options.hooks, ek_vqe_measure, vqe, &evaluation));
    EK_TRY(ek_history_add(vqe->session, &search->history, evaluation.value));
    note(search, &evaluation);
    *value = evaluation.value;
    return EK_OK;
}

static ek_status on_value(void *context, const double *x, double *value)
{
    return on_gradient(context, x, value, NULL);
}

/* ---- one rung ---- */

/* The natural size of a parameter turns its angles by 2: that is 1 for exp(-i theta P). The box of
 * the global methods is one period of such a rotation, and holds the start. */
static void set_units(struct search *search)
{
    const ek_circuit *circuit = search->vqe->circuit;
    const int dimension = ek_circuit_parameters(circuit);
    for (int i = 0; i < dimension; i++) search->unit[i] = 0;
    for (size_t a = 0; a < circuit->angle_count; a++) {
        const ek_angle *angle = &circuit->angles[a];
        if (angle->parameter < 0) continue;
        double *scale = &search->unit[angle->parameter];
        *scale = fmax(*scale, fabs(angle->scale));
    }
    for (int i = 0; i < dimension; i++) {
        search->unit[i] = fmin(2 / search->unit[i], UNIT_MAX);
        search->lower[i] = fmin(-PI / 2 * search->unit[i], search->x[i]);
        search->upper[i] = fmax(PI / 2 * search->unit[i], search->x[i]);
    }
}

/* What one rotation can change of the energy, roughly; 0 where there is nothing but a constant. */
static double largest_coefficient(const ek_hamiltonian_facts *facts)
{
    double largest = 0;
    for (size_t t = 0; t < facts->term_count; t++)
        if (facts->terms[t].x_mask | facts->terms[t].z_mask)
            largest = fmax(largest, fabs(facts->terms[t].coefficient));
    return largest;
}

/* Error of an energy; 0 where it is too small to matter. */
static double noise_of(const ek_vqe *vqe)
{
    double constant, magnitude;
    if (vqe->options.precision != EK_SINGLE) return 0;
    ek_vqe_bounds(&vqe->facts, &constant, &magnitude);
    return SINGLE_NOISE * sqrt((double)ek_circuit_size(vqe->circuit)) * magnitude;
}

/* Optimises the parameters in search->x, of the rung at hand, with at most `cap` evaluations. */
static ek_status descend(struct search *search, int cap)
{
    ek_vqe *vqe = search->vqe;
    const ek_vqe_options *chosen = &vqe->options;
    const bool boxed = ek_optimizer_needs_bounds(chosen->optimizer);
    const struct ek_objective objective = {ek_vqe_count(vqe, vqe->layers), false, on_value,
                                           on_gradient, search};
    struct ek_optimizer *optimizer = NULL;
    double energy;
    set_units(search);
    const struct ek_optimizer_options options = {
        .name = chosen->optimizer,
        .max_evaluations = cap,
        .tolerance = chosen->tolerance,
        .difference_step = chosen->precision == EK_SINGLE ? SINGLE_DIFFERENCE_STEP : 0,
        .noise = noise_of(vqe),
        .unit = search->unit,
        .value_unit = largest_coefficient(&vqe->facts),
        .lower = boxed ? search->lower : NULL,
        .upper = boxed ? search->upper : NULL,
        .seed = chosen->seed + (uint64_t)search->start,
    };
    ek_status status = ek_optimizer_create(&objective, &options, &optimizer);
    status = ek_session_agree(vqe->session, status);
    if (status == EK_OK) status = ek_optimizer_run(optimizer, search->x, &energy);
    if (status == EK_OK) search->starts[search->start].stopped = ek_optimizer_stop(optimizer);
    ek_optimizer_destroy(&optimizer);
    return status;
}

/* ---- one start ---- */

static double smallest_unit(const struct search *search, int dimension)
{
    double smallest = search->unit[0];
    for (int i = 1; i < dimension; i++) smallest = fmin(smallest, search->unit[i]);
    return smallest;
}

/* From the last group of each layer, of which the initial state is an eigenstate where there is
 * such a group, to all of H. */
static void anneal(struct search *search)
{
    const ek_vqe *vqe = search->vqe;
    const int dimension = ek_vqe_count(vqe, vqe->layers), per_layer = vqe->per_layer;
    set_units(search);
    const double step = ANNEALING_STEP * smallest_unit(search, dimension);
    for (int i = 0; i < dimension; i++) {
        const bool idle = i % per_layer >= per_layer - vqe->idle;
        const double part = (i / per_layer + 1.0) / vqe->layers;
        search->x[i] = step * (idle ? 1 : part);
    }
}

/* HVA: up to twice the angles of the annealing schedule, beyond which there are only more local
 * minima. The others: over a period. */
static void draw(struct search *search)
{
    const ek_vqe *vqe = search->vqe;
    const int dimension = ek_vqe_count(vqe, vqe->layers);
    const bool hva = ek_ansatz_is_hva(vqe->options.ansatz.kind);
    const uint64_t first = (uint64_t)search->start * (uint64_t)ek_vqe_parameters(vqe);
    set_units(search);
    const double step = 2 * ANNEALING_STEP * smallest_unit(search, dimension);
    for (int i = 0; i < dimension; i++) {
        const double u =
            ek_random_uniform(vqe->options.seed, EK_STREAM_ANGLES, first + (uint64_t)i);
        search->x[i] = hva ? u * step : (2 * u - 1) * PI / 2 * search->unit[i];
    }
}

static void begin_given(struct search *search)
{
    const ek_vqe *vqe = search->vqe;
    memcpy(search->x, vqe->given, vqe->options.parameter_count * sizeof *search->x);
    ek_ansatz_grow(vqe->options.ansatz.kind, vqe->per_layer, vqe->given_layers, vqe->layers,
                   search->x);
}

/* The layers of the first rung. */
static int first_layers(const struct search *search)
{
    const ek_vqe_options *options = &search->vqe->options;
    if (search->start > 0 || !options->climb) return options->ansatz.layers;
    return search->vqe->given ? search->vqe->given_layers : 1;
}

static ek_status begin(struct search *search, int layers)
{
    ek_vqe *vqe = search->vqe;
    EK_TRY(ek_vqe_use_layers(vqe, layers));
    search->on_last_rung = false;
    if (search->start == 0 && vqe->given) begin_given(search);
    else if (search->start == 0 && ek_ansatz_is_hva(vqe->options.ansatz.kind)) anneal(search);
    else draw(search);
    return EK_OK;
}

/* Each rung may spend a part of the cap that goes with its layers; something is left for the last
 * one in any case. */
static ek_status run_start(struct search *search, int cap)
{
    ek_vqe *vqe = search->vqe;
    const int layers = vqe->options.ansatz.layers, first = first_layers(search);
    EK_TRY(begin(search, first));
    for (int l = first; l <= layers; l++) {
        const int spent = search->starts[search->start].evaluations;
        const double weight = 0.5 * (l + layers) * (layers - l + 1);
        const int share = (int)((cap - spent) * (l / weight));
        if (l > first) {
            ek_ansatz_grow(vqe->options.ansatz.kind, vqe->per_layer, l - 1, l, search->x);
            EK_TRY(ek_vqe_use_layers(vqe, l));
        }
        if (share > 0) EK_TRY(descend(search, share));
    }
    return EK_OK;
}

/* ---- all starts ---- */

/* Each start may spend an equal part of what is left; where there are more starts than evaluations
 * the last ones are not begun. */
static ek_status search_all(struct search *search)
{
    const ek_vqe_options *options = &search->vqe->options;
    const int most = options->max_evaluations;
    const int starts = options->starts < most ? options->starts : most;
    for (search->start = 0; search->start < starts; search->start++) {
        const int left = most - (int)search->history.count;
        EK_TRY(run_start(search, left / (starts - search->start)));
    }
    return EK_OK;
}

static ek_status observe_once(struct search *search)
{
    double energy;
    EK_TRY(begin(search, search->vqe->options.ansatz.layers));
    return on_value(search, search->x, &energy);
}

/* ---- results ---- */

/* In a build without LAPACK there is none; nor is it worth what the optimisation has found. */
static ek_status find_exact(ek_vqe *vqe, ek_vqe_result *result)
{
    result->exact_energy = NAN;
    if (vqe->options.skip_exact || vqe->facts.qubits > EK_GROUND_QUBITS_MAX) return EK_OK;
    const ek_status status =
        ek_hamiltonian_ground(vqe->session, vqe->hamiltonian, &result->exact_energy);
    if (status == EK_ERROR_NUMERIC)
        ek_log(EK_LOG_WARNING, "no exact energy: %s", ek_last_message());
    return status == EK_ERROR_UNSUPPORTED || status == EK_ERROR_NUMERIC ? EK_OK : status;
}

/* Euclidean norm of the derivatives by the angles that the parameters turn: by the parameters of
 * HVA themselves they go with the square of the coefficients. */
static double slope_of(struct search *search)
{
    double squares = 0;
    set_units(search);
    for (int i = 0; i < ek_vqe_parameters(search->vqe); i++) {
        const double derivative = search->gradient[i] * search->unit[i];
        squares += derivative * derivative;
    }
    return sqrt(squares);
}

/* Whether the best start went nowhere, though not because it was at the bottom. */
static bool is_stuck(struct search *search, const ek_vqe_result *result)
{
    const ek_vqe *vqe = search->vqe;
    const ek_vqe_start *start = &search->starts[search->best_start];
    double constant, magnitude;
    ek_vqe_bounds(&vqe->facts, &constant, &magnitude);
    const double lowest =
        isnan(result->exact_energy) ? constant - magnitude : result->exact_energy;
    const double little = magnitude * (vqe->options.precision == EK_SINGLE ? 1e-5 : 1e-9);
    return slope_of(search) <= little && start->first_energy - result->energy <= little &&
           result->energy - lowest > little;
}

static ek_status copy_names(const ek_vqe *vqe, ek_vqe_result *result)
{
    const int count = ek_vqe_parameters(vqe);
    EK_TRY(EK_NEW(result->parameter_names, count));
    result->parameter_count = (size_t)count;
    for (int i = 0; i < count; i++)
        EK_TRY(ek_copy_string(ek_vqe_parameter_name(vqe, i), &result->parameter_names[i]));
    return EK_OK;
}

/* The energy leaves all layers at hand. */
static ek_status complete(struct search *search, ek_vqe_result *result)
{
    ek_vqe *vqe = search->vqe;
    const int dimension = ek_vqe_parameters(vqe);
    double squares = 0, energy;
    EK_TRY(ek_vqe_energy(vqe, search->best, &energy, search->gradient));
    EK_TRY(ek_session_agree(vqe->session, copy_names(vqe, result)));
    for (int i = 0; i < dimension; i++) squares += search->gradient[i] * search->gradient[i];
    ek_vqe_summarize(vqe, &result->plan);
    EK_TRY(find_exact(vqe, result));
    result->qubits = vqe->facts.qubits;
    result->layers = vqe->options.ansatz.layers;
    result->term_count = vqe->facts.term_count;
    snprintf(result->initial, sizeof result->initial, "%s", vqe->initial);
    result->energy = energy;
    result->error = energy - result->exact_energy;
    result->gradient_norm = sqrt(squares);
    result->stuck = is_stuck(search, result);
    return EK_OK;
}

static void hand_over(struct search *search, ek_vqe_result *result)
{
    result->parameters = search->best;
    result->evaluations = (int)search->history.count;
    result->history_count = search->history.count;
    result->history = search->history.values;
    result->starts = search->starts;
    result->best_start = search->best_start;
    result->stopped = search->starts[search->best_start].stopped;
    for (int i = 0; i < search->vqe->options.starts; i++)
        if (search->starts[i].evaluations > 0) result->start_count = (size_t)i + 1;
    search->best = search->history.values = NULL;
    search->starts = NULL;
}

static ek_status find_and_complete(ek_vqe *vqe, ek_status (*find)(struct search *),
                                   ek_vqe_result *result)
{
    const double began = ek_clock_seconds();
    struct search search = {.vqe = vqe};
    ek_vqe_result found = {.prepare_seconds = vqe->prepare_seconds};
    ek_status status = ek_session_agree(vqe->session, allocate(&search));
    if (status == EK_OK) status = find(&search);
    if (status == EK_ERROR_INTERRUPTED)
        status = EK_FAIL(EK_ERROR_INTERRUPTED, "stopped on request after %zu evaluations (limit "
                         "%d)", search.history.count, vqe->options.max_evaluations);
    found.optimize_seconds = ek_clock_seconds() - began;
    if (status == EK_OK) status = complete(&search, &found);
    if (status == EK_OK) {
        hand_over(&search, &found);
        found.total_seconds = vqe->prepare_seconds + ek_clock_seconds() - began;
        *result = found;
    } else {
        ek_vqe_result_clear(&found);
    }
    release(&search);
    return status;
}

ek_status ek_vqe_optimize(ek_vqe *vqe, ek_vqe_result *result)
{
    return find_and_complete(vqe, search_all, result);
}

ek_status ek_vqe_evaluate(ek_vqe *vqe, ek_vqe_result *result)
{
    return find_and_complete(vqe, observe_once, result);
}

void ek_vqe_result_clear(ek_vqe_result *result)
{
    for (size_t i = 0; i < result->parameter_count; i++) ek_release(result->parameter_names[i]);
    ek_release(result->parameter_names);
    ek_release(result->parameters);
    ek_release(result->history);
    ek_release(result->starts);
    *result = (ek_vqe_result){0};
}
