#define _DEFAULT_SOURCE
#include "sweep/fake_runner.h"

#include "comm/comm.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* Some function of the angles and the point, which no rounding of a journal may change. */
static double energy_of(const struct ek_point *point, int dimension, const double *x)
{
    double energy = (double)point->id / 3 + (double)point->seed / 7;
    for (int i = 0; i < dimension; i++) energy += sin(x[i] * (i + 1) + 1);
    return energy;
}

struct answer {
    bool known;
    double value;
};

static ek_status fail_if_told(const struct fake_runner *fake, ek_session *group,
                              const struct ek_point_task *task, int k)
{
    const bool mine = (long)task->point->id == fake->fail_point && 2 * k >= fake->evaluations &&
                      ek_session_rank(group) == fake->fail_rank % ek_session_size(group);
    return mine ? EK_FAIL(fake->fail_code, "told to fail") : EK_OK;
}

/* As QAOA does it: rank 0's answer counts, failures are agreed on. */
static ek_status evaluate(struct fake_runner *fake, ek_session *group,
                          const struct ek_point_task *task, int dimension, const double *x,
                          double *value)
{
    const ek_evaluation_hooks *hooks = &task->hooks;
    ek_evaluation evaluation = {.dimension = dimension, .x = x};
    struct answer answer = {false, 0};
    EK_TRY(
        ek_session_agree(group, hooks->before(hooks->context, &evaluation, &answer.known)));
    answer.value = evaluation.value;
    ek_broadcast(group, &answer, sizeof answer, 0);
    *value = answer.known ? answer.value : energy_of(task->point, dimension, x);
    fake->known += answer.known;
    if (answer.known) return EK_OK;
    if (fake->sleep_microseconds > 0) usleep((useconds_t)fake->sleep_microseconds);
    fake->computed++;
    if (fake->stop_after > 0 && (long)fake->computed >= fake->stop_after) *fake->stop = 1;
    evaluation.value = *value;
    return ek_session_agree(group, hooks->after(hooks->context, &evaluation));
}

/* The next angles depend on all values before: a wrong value shows in everything after it. */
static ek_status walk(struct fake_runner *fake, ek_session *group,
                      const struct ek_point_task *task, struct ek_point_result *result)
{
    const int dimension = 2 * result->layers;
    double x[16];
    for (int i = 0; i < dimension; i++) x[i] = 0.1 * i;
    for (int k = 0; k < fake->evaluations; k++) {
        EK_TRY(ek_session_agree(group, fail_if_told(fake, group, task, k)));
        EK_TRY(evaluate(fake, group, task, dimension, x, &result->history[k]));
        x[k % dimension] = result->history[k] / 11 - x[k % dimension];
    }
    memcpy(result->gamma, x, (size_t)result->layers * sizeof *x);
    memcpy(result->beta, x + result->layers, (size_t)result->layers * sizeof *x);
    return EK_OK;
}

static ek_status make_result(const struct fake_runner *fake, const struct ek_point_task *task,
                             struct ek_point_result *result)
{
    *result = (struct ek_point_result){.kind = "maxcut",
                                       .qubits = task->point->problem->qubits,
                                       .layers = task->point->layers,
                                       .evaluations = fake->evaluations,
                                       .optimum = NAN,
                                       .approximation_ratio = NAN,
                                       .p_optimal = 0.5,
                                       .best_index = task->point->id,
                                       .history_count = (size_t)fake->evaluations,
                                       .outcome_count = 1};
    EK_TRY(EK_NEW(result->gamma, result->layers));
    EK_TRY(EK_NEW(result->beta, result->layers));
    EK_TRY(EK_NEW(result->history, result->history_count));
    EK_TRY(EK_NEW(result->outcomes, 1));
    EK_TRY(EK_NEW(result->outcome_counts, 1));
    return EK_NEW(result->outcome_values, 1);
}

static ek_status run(void *context, ek_session *group, const struct ek_point_task *task,
                     struct ek_point_result *result)
{
    struct fake_runner *fake = context;
    fake->points++;
    ek_status status = ek_session_agree(group, make_result(fake, task, result));
    if (status == EK_OK) status = walk(fake, group, task, result);
    if (status == EK_OK)
        result->energy = result->history[fake->evaluations - 1];
    else
        ek_point_result_clear(result);
    return status;
}

struct ek_point_runner fake_runner(struct fake_runner *fake)
{
    return (struct ek_point_runner){.run = run, .context = fake};
}
