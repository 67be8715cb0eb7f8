#include "algo/evaluate.h"

#include "algo/algo.h"

#include <math.h>

const char *ek_stop_name(int stop)
{
    static const char *const names[] = {"none", "converged", "evaluations", "stalled"};
    return stop >= 0 && stop <= EK_STOP_STALLED ? names[stop] : NULL;
}

struct answer {
    bool known;
    double value;
};

/* Rank 0's answer is everybody's. */
static ek_status ask(ek_session *session, const ek_evaluation_hooks *hooks,
                     ek_evaluation *evaluation, bool *known)
{
    const size_t bytes = (size_t)evaluation->dimension * sizeof(double);
    struct answer answer = {0};
    *known = false;
    if (!hooks->before) return EK_OK;
    const ek_status status = hooks->before(hooks->context, evaluation, &answer.known);
    EK_TRY(ek_session_agree(session, status));
    answer.value = evaluation->value;
    ek_broadcast(session, &answer, sizeof answer, 0);
    if (answer.known && evaluation->gradient)
        ek_broadcast(session, evaluation->gradient, bytes, 0);
    evaluation->value = answer.value;
    *known = answer.known;
    return EK_OK;
}

static ek_status check(const ek_evaluation *evaluation)
{
    EK_TRY(ek_check_finite(evaluation->value, evaluation->dimension, evaluation->x));
    for (int i = 0; evaluation->gradient && i < evaluation->dimension; i++)
        if (!isfinite(evaluation->gradient[i]))
            return EK_FAIL(EK_ERROR_NUMERIC, "derivative %d of %d is %g, not a finite number",
                           i + 1, evaluation->dimension, evaluation->gradient[i]);
    return EK_OK;
}

ek_status ek_evaluate(ek_session *session, const ek_evaluation_hooks *hooks, ek_measure measure,
                      void *context, ek_evaluation *evaluation)
{
    bool known;
    EK_TRY(ask(session, hooks, evaluation, &known));
    if (known) return check(evaluation);
    EK_TRY(measure(context, evaluation));
    EK_TRY(check(evaluation));
    if (!hooks->after) return EK_OK;
    return ek_session_agree(session, hooks->after(hooks->context, evaluation));
}

/* All ranks run out of room at the same evaluation, so they agree only then. */
ek_status ek_history_add(ek_session *session, struct ek_history *history, double value)
{
    if (history->count == history->capacity)
        EK_TRY(ek_session_agree(session, ek_grow((void **)&history->values, history->count,
                                                 sizeof value, history->count + 1,
                                                 &history->capacity)));
    history->values[history->count++] = value;
    return EK_OK;
}
