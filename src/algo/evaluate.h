/* Evaluations with the caller's hooks around them, and their record. */
#ifndef EK_EVALUATE_H
#define EK_EVALUATE_H

#include "comm/comm.h"

#include <exaket/evaluation.h>

/* Fills in value and, unless it is null, gradient. Collective. */
typedef ek_status (*ek_measure)(void *context, ek_evaluation *evaluation);

/* Asks the hooks, measures what they do not know, and tells them. Collective. Fails as the hooks
 * and `measure` do, and with EK_ERROR_NUMERIC for a value or derivative that is not finite. */
ek_status ek_evaluate(ek_session *session, const ek_evaluation_hooks *hooks, ek_measure measure,
                      void *context, ek_evaluation *evaluation);

/* Values in the order in which they came; zero-initialise, release `values`. */
struct ek_history {
    size_t count, capacity;
    double *values;
};
/* Collective. EK_ERROR_MEMORY. */
ek_status ek_history_add(ek_session *session, struct ek_history *history, double value);

#endif
