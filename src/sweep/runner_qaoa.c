/* A point of QAOA. */
#include "algo/algo.h"
#include "sweep/sweep.h"

#include <exaket/predict.h>
#include <exaket/qaoa.h>

static ek_qaoa_options options_of(const struct ek_point_task *task)
{
    const struct ek_spec_algorithm *algorithm = &task->spec->algorithm;
    const struct ek_point *point = task->point;
    ek_problem_facts facts;
    ek_problem_get(task->subject.problem, &facts);
    if (point->angles)
        ek_qaoa_settle_angles(&facts, algorithm->mixer, point->layers, point->angles);
    return (ek_qaoa_options){
        .layers = point->layers,
        .mixer = algorithm->mixer,
        .symmetry = algorithm->symmetry,
        .precision = task->spec->precision,
        .optimizer = algorithm->optimizer,
        .starts = point->starts,
        .max_evaluations = point->max_evaluations,
        .tolerance = point->tolerance,
        .seed = point->seed,
        .gamma = point->angles,
        .beta = point->angles ? point->angles + point->layers : NULL,
        .warm_start = algorithm->warm_start,
        .shots = point->shots,
        .hooks = task->hooks,
    };
}

/* Moves the arrays over. */
static void take(ek_qaoa_result *from, const char *kind, struct ek_point_result *result)
{
    *result = (struct ek_point_result){
        .qubits = from->qubits,
        .layers = from->layers,
        .evaluations = from->evaluations,
        .stopped = from->stopped,
        .energy = from->energy,
        .optimum = from->optimum,
        .approximation_ratio = from->approximation_ratio,
        .p_optimal = from->p_optimal,
        .best_value = from->best_value,
        .best_index = from->best_index,
        .gamma = from->gamma,
        .beta = from->beta,
        .history_count = from->history_count,
        .history = from->history,
        .outcome_count = from->outcome_count,
        .outcomes = from->outcomes,
        .outcome_counts = from->outcome_counts,
        .outcome_values = from->outcome_values,
    };
    snprintf(result->kind, sizeof result->kind, "%s", kind);
    from->gamma = from->beta = from->history = from->outcome_values = NULL;
    from->outcomes = from->outcome_counts = NULL;
    ek_qaoa_result_clear(from);
}

static ek_status run(void *context, ek_session *group, const struct ek_point_task *task,
                     struct ek_point_result *result)
{
    const ek_qaoa_options options = options_of(task);
    ek_qaoa_result found = {0};
    ek_problem_facts facts;
    ek_qaoa *qaoa = NULL;
    (void)context;
    EK_TRY(ek_qaoa_create(group, task->subject.problem, &options, &qaoa));
    const ek_status status = task->spec->algorithm.optimize ? ek_qaoa_optimize(qaoa, &found)
                                                            : ek_qaoa_evaluate(qaoa, &found);
    ek_qaoa_destroy(&qaoa);
    EK_TRY(status);
    ek_problem_get(task->subject.problem, &facts);
    take(&found, facts.kind, result);
    return EK_OK;
}

static ek_status plan_point(const struct ek_point_task *task, const ek_plan_options *options,
                            ek_plan **plan, ek_observation *what)
{
    const ek_qaoa_options qaoa = options_of(task);
    *what = (ek_observation){.diagonal = true,
                             .derivatives = task->spec->algorithm.optimize &&
                                            ek_optimizer_needs_derivatives(qaoa.optimizer)};
    return ek_qaoa_plan(task->subject.problem, &qaoa, options, plan);
}

/* At most 8 bytes of cost, and the amplitudes: those of two states for derivatives. */
static int vectors(const struct ek_spec *spec)
{
    return ek_optimizer_needs_derivatives(spec->algorithm.optimizer) ? 5 : 3;
}

const struct ek_point_runner ek_runner_qaoa = {
    .run = run, .plan = plan_point, .vectors = vectors};
