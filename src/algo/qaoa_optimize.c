#include "algo/qaoa_private.h"

#include "algo/evaluate.h"

#include <math.h>
#include <string.h>

/* Layers from which the default start climbs by interpolation, and what a rung must be able to
 * spend per layer: twice its number of angles, as the methods that build a model need. */
enum { CLIMB_FROM = 4, RUNG_EVALUATIONS_PER_LAYER = 4 };

static const double PI = 3.14159265358979323846;

/* One optimisation: all starts and all rungs. */
struct search {
    ek_qaoa *qaoa;
    int layers;       /* of the rung at hand */
    double *best;     /* 2 * options.layers, lower rungs padded with layers that do nothing */
    double best_energy;
    bool has_improved; /* the start at hand found it */
    ek_stop stop;      /* of the rung before */
    ek_stop best_stop; /* of the start that found the best */
    struct ek_history history;
    double *x;        /* angles of the rung at hand */
    double *unit, *lower, *upper;
};

static ek_status allocate(struct search *search)
{
    const int dimension = 2 * search->qaoa->options.layers;
    EK_TRY(EK_NEW(search->best, dimension));
    EK_TRY(EK_NEW(search->x, dimension));
    EK_TRY(EK_NEW(search->unit, dimension));
    EK_TRY(EK_NEW(search->lower, dimension));
    return EK_NEW(search->upper, dimension);
}

static void release(struct search *search)
{
    ek_release(search->best);
    ek_release(search->x);
    ek_release(search->unit);
    ek_release(search->lower);
    ek_release(search->upper);
    ek_release(search->history.values);
}

static bool is_better(const struct search *search, double energy)
{
    if (search->history.count == 1) return true;
    return search->qaoa->maximize ? energy > search->best_energy : energy < search->best_energy;
}

static ek_status on_gradient(void *context, const double *x, double *value, double *gradient)
{
    struct search *search = context;
    EK_TRY(ek_qaoa_observe(search->qaoa, search->layers, x, value, gradient));
    EK_TRY(ek_history_add(search->qaoa->session, &search->history, *value));
    if (is_better(search, *value)) {
        search->best_energy = *value;
        search->has_improved = true;
        ek_qaoa_pad(search->layers, x, search->qaoa->options.layers, search->best);
    }
    return EK_OK;
}

static ek_status on_value(void *context, const double *x, double *value)
{
    return on_gradient(context, x, value, NULL);
}

/* Steps are as large as the problem's natural angles. The box of the global methods is one period
 * of an unweighted MaxCut, and holds the start. */
static void set_units(struct search *search)
{
    const struct qaoa_scale *scale = &search->qaoa->scale;
    for (int i = 0; i < 2 * search->layers; i++) {
        const bool is_gamma = i < search->layers;
        const double half = is_gamma ? PI : PI / 2;
        search->unit[i] = is_gamma ? fabs(scale->gamma) : scale->beta;
        search->lower[i] = fmin(-half * search->unit[i], search->x[i]);
        search->upper[i] = fmax(half * search->unit[i], search->x[i]);
    }
}

/* Optimises the angles in search->x with at most `cap` evaluations. */
static ek_status climb(struct search *search, int layers, int cap, uint64_t seed)
{
    const ek_qaoa_options *chosen = &search->qaoa->options;
    const bool boxed = ek_optimizer_needs_bounds(chosen->optimizer);
    const struct ek_objective objective = {2 * layers, search->qaoa->maximize, on_value,
                                           on_gradient, search};
    struct ek_optimizer *optimizer = NULL;
    double energy;
    search->layers = layers;
    set_units(search);
    const struct ek_optimizer_options options = {
        .name = chosen->optimizer,
        .max_evaluations = cap,
        .tolerance = chosen->tolerance,
        .unit = search->unit,
        .value_unit = search->qaoa->scale.value,
        .lower = boxed ? search->lower : NULL,
        .upper = boxed ? search->upper : NULL,
        .seed = seed,
    };
    ek_status status = ek_optimizer_create(&objective, &options, &optimizer);
    status = ek_session_agree(search->qaoa->session, status);
    if (status == EK_OK) status = ek_optimizer_run(optimizer, search->x, &energy);
    if (status == EK_OK) search->stop = ek_optimizer_stop(optimizer);
    ek_optimizer_destroy(&optimizer);
    return status;
}

/* Share of the rung of `rung` layers when half of the cap goes to the rungs below the last, in
 * proportion to their layers. */
static int rung_share(int layers, int rung, int cap)
{
    const int rungs = layers - CLIMB_FROM;
    const double weight = 0.5 * rungs * (CLIMB_FROM + layers - 1);
    return (int)(0.5 * cap * rung / weight);
}

/* The default start above the table: p = 4, then interpolation to p + 1 and so on (Zhou et al.
 * 2020). Without enough evaluations for that, the interpolated table alone. */
static ek_status climb_rungs(struct search *search, int cap)
{
    const int layers = search->qaoa->options.layers;
    const size_t before = search->history.count;
    if (rung_share(layers, CLIMB_FROM, cap) < RUNG_EVALUATIONS_PER_LAYER * CLIMB_FROM)
        return climb(search, layers, cap, search->qaoa->options.seed);
    ek_qaoa_default_angles(&search->qaoa->scale, CLIMB_FROM, search->x);
    for (int rung = CLIMB_FROM; rung < layers; rung++) {
        EK_TRY(climb(search, rung, rung_share(layers, rung, cap), search->qaoa->options.seed));
        memcpy(search->lower, search->x, 2 * (size_t)rung * sizeof *search->x);
        ek_qaoa_interpolate(rung, search->lower, rung + 1, search->x);
    }
    return climb(search, layers, cap - (int)(search->history.count - before),
                 search->qaoa->options.seed);
}

/* Each start may spend an equal part of what is left; where there are more starts than evaluations
 * the last ones are not begun. */
static ek_status search_all(struct search *search)
{
    const ek_qaoa *qaoa = search->qaoa;
    const ek_qaoa_options *options = &qaoa->options;
    const int layers = options->layers, most = options->max_evaluations;
    const int starts = options->starts < most ? options->starts : most;
    for (int start = 0; start < starts; start++) {
        const int left = most - (int)search->history.count;
        const int cap = left / (starts - start);
        search->has_improved = false;
        memcpy(search->x, qaoa->first, 2 * (size_t)layers * sizeof *search->x);
        if (start > 0) ek_qaoa_random_angles(qaoa, start, search->x);
        if (start == 0 && !qaoa->first_is_given && layers > CLIMB_FROM)
            EK_TRY(climb_rungs(search, cap));
        else
            EK_TRY(climb(search, layers, cap, options->seed + (uint64_t)start));
        if (search->has_improved) search->best_stop = search->stop;
    }
    return EK_OK;
}

/* Hands what was found over to a result that ek_qaoa_complete has filled. */
static void hand_over(struct search *search, ek_qaoa_result *result)
{
    result->energy = search->best_energy;
    result->evaluations = (int)search->history.count;
    result->stopped = search->best_stop;
    result->history_count = search->history.count;
    result->history = search->history.values;
    search->history.values = NULL;
}

/* Runs `find`, then completes the result; the search is over in any case. */
static ek_status find_and_complete(ek_qaoa *qaoa, ek_status (*find)(struct search *), int cap,
                                   ek_qaoa_result *result)
{
    const double begin = ek_clock_seconds();
    struct search search = {.qaoa = qaoa, .layers = qaoa->options.layers};
    ek_qaoa_result found = {.prepare_seconds = qaoa->prepare_seconds};
    ek_status status = ek_session_agree(qaoa->session, allocate(&search));
    if (status == EK_OK) status = find(&search);
    if (status == EK_ERROR_INTERRUPTED)
        status = EK_FAIL(EK_ERROR_INTERRUPTED,
                         "stopped on request after %zu evaluations (limit %d)",
                         search.history.count, cap);
    found.optimize_seconds = ek_clock_seconds() - begin;
    if (status == EK_OK) status = ek_qaoa_complete(qaoa, search.best, &found);
    if (status == EK_OK) {
        hand_over(&search, &found);
        found.total_seconds = qaoa->prepare_seconds + ek_clock_seconds() - begin;
        ek_qaoa_rate(qaoa, &found);
        *result = found;
    }
    release(&search);
    return status;
}

ek_status ek_qaoa_optimize(ek_qaoa *qaoa, ek_qaoa_result *result)
{
    return find_and_complete(qaoa, search_all, qaoa->options.max_evaluations, result);
}

static ek_status observe_once(struct search *search)
{
    double energy;
    return on_value(search, search->qaoa->first, &energy);
}

ek_status ek_qaoa_evaluate(ek_qaoa *qaoa, ek_qaoa_result *result)
{
    return find_and_complete(qaoa, observe_once, 1, result);
}
