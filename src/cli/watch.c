/* What an optimisation says while it runs. */
#include "cli/cli.h"

static ek_status watch_signals(void *context, ek_evaluation *evaluation, bool *known)
{
    const struct watch *watch = context;
    (void)evaluation, (void)known;
    return *watch->stop ? EK_ERROR_INTERRUPTED : EK_OK;
}

static ek_status watch_evaluation(void *context, const ek_evaluation *evaluation)
{
    struct watch *watch = context;
    const double value = evaluation->value;
    char note[48];
    const bool better = watch->maximize ? value > watch->best : value < watch->best;
    if (watch->done++ == 0 || better) watch->best = value;
    snprintf(note, sizeof note, "best energy %.6g", watch->best);
    ek_progress_update(watch->progress, watch->done, note);
    return EK_OK;
}

ek_evaluation_hooks watch_hooks(struct watch *watch)
{
    watch->stop = catch_signals();
    return (ek_evaluation_hooks){watch_signals, watch_evaluation, watch};
}

int report_stopped(const struct watch *watch)
{
    char best[48] = "";
    if (watch->done > 0) snprintf(best, sizeof best, ", the best energy being %.12g", watch->best);
    ek_log(EK_LOG_ERROR, "%s%s; nothing is kept: as the point of a sweep ('exaket sweep run') it "
           "would go on from here", ek_last_message(), best);
    return INTERRUPTED;
}

void print_stop(FILE *out, ek_stop stop)
{
    const char *more = stop == EK_STOP_EVALUATIONS ? ": none is left"
                       : stop == EK_STOP_STALLED   ? ": no step gains any more"
                                                   : "";
    if (stop != EK_STOP_NONE)
        fprintf(out, "  %-21s %s%s\n", "stopped", ek_stop_name((int)stop), more);
}

void announce_plan(const ek_session *session, const ek_plan_summary *plan, ek_precision precision)
{
    char state[32], buffers[32], count[32] = "";
    const int ranks = ek_session_size(session), threads = ek_session_threads(session);
    if (plan->states > 1) snprintf(count, sizeof count, "%d x ", plan->states);
    ek_log(EK_LOG_INFO,
           "%d qubit%s, %d rank%s x %d thread%s, %s%s state + %s buffers per rank, %s",
           plan->qubits, EK_PLURAL(plan->qubits), ranks, EK_PLURAL(ranks), threads,
           EK_PLURAL(threads), count,
           ek_format_bytes((double)plan->state_bytes_per_rank, state),
           ek_format_bytes((double)plan->buffer_bytes_per_rank, buffers),
           ek_precision_name(precision));
}
