/* The loop of a group of ranks over its points. */
#include "sweep/sweep_private.h"

#include <string.h>

/* A group at work. */
struct worker {
    const struct sweep *sweep;
    ek_session *group;
    struct ek_journal *journal;    /* the leader's */
    struct dispatcher *dispatcher; /* rank 0's */
    struct request report;         /* the leader's: how the last point went */
    bool asked;                    /* the leader's: an answer is on its way */
    ek_status status;              /* the leader's: why it stops */

    /* The point at hand, for the hooks: */
    size_t point, k;
    double *received;     /* owned; null on rank 0, whose replay is the dispatcher's */
    const double *replay; /* the leader's, see ek_journal_point */
    size_t replay_count, replayed;
    bool journal_failed;
};

static bool leads(const struct worker *worker)
{
    return worker->journal != NULL;
}

static bool is_stopped(const struct worker *worker)
{
    const volatile sig_atomic_t *stop = worker->sweep->options->stop;
    return stop && *stop;
}

/* ---- hooks of evaluations ------------------------------------------------------------------- */

/* The next known evaluation, when it is of this x bit for bit, and has a gradient where one is
 * asked for. */
static bool replay_next(struct worker *worker, ek_evaluation *evaluation)
{
    const double *at = worker->replay + worker->replayed;
    const size_t left = worker->replay_count - worker->replayed;
    const size_t dimension = (size_t)evaluation->dimension, bytes = dimension * sizeof(double);
    const size_t derivatives = evaluation->gradient ? dimension : 0;
    const size_t length = ek_replay_length(dimension, derivatives);
    if (length > left) return false;
    if (at[0] != (double)dimension || at[1] != (double)derivatives ||
        memcmp(at + 2, evaluation->x, bytes) != 0) {
        worker->replayed = worker->replay_count; /* what follows is of another course */
        return false;
    }
    evaluation->value = at[2 + dimension];
    if (evaluation->gradient) memcpy(evaluation->gradient, at + 3 + dimension, bytes);
    worker->replayed += length;
    return true;
}

static ek_status write_evaluation(struct worker *worker, const ek_evaluation *evaluation)
{
    if (!leads(worker)) return EK_OK;
    const ek_status status =
        ek_journal_evaluation(worker->journal, worker->point, worker->k++, evaluation);
    worker->journal_failed = worker->journal_failed || status != EK_OK;
    return status;
}

static ek_status before_evaluation(void *context, ek_evaluation *evaluation, bool *known)
{
    struct worker *worker = context;
    if (worker->dispatcher) ek_dispatcher_serve(worker->dispatcher);
    if (is_stopped(worker)) return EK_FAIL(EK_ERROR_INTERRUPTED, "stopped on request");
    if (!leads(worker) || !replay_next(worker, evaluation)) return EK_OK;
    *known = true;
    return write_evaluation(worker, evaluation);
}

static ek_status after_evaluation(void *context, const ek_evaluation *evaluation)
{
    return write_evaluation(context, evaluation);
}

/* ---- one point ----------------------------------------------------------------------------- */

static ek_status check_problem(const struct ek_sweep_problem *problem)
{
    if (problem->status == EK_OK) return EK_OK;
    return EK_FAIL(problem->status, "%s", problem->reason);
}

static ek_status check_memory(const struct sweep *sweep, const struct ek_point *point)
{
    const double needs =
        ek_sweep_needs(sweep->spec, point->problem->qubits, sweep->ranks_per_point);
    char needed[32], available[32];
    if (needs <= sweep->memory) return EK_OK;
    return EK_FAIL(EK_ERROR_MEMORY,
                   "%d qubits need up to %s on each of %d ranks, %s are available; use more ranks "
                   "per point, or precision: single",
                   point->problem->qubits, ek_format_bytes(needs, needed), sweep->ranks_per_point,
                   ek_format_bytes(sweep->memory, available));
}

static ek_status run_loaded(struct worker *worker, const struct ek_point *point,
                            const struct ek_subject *subject, struct ek_point_result *result)
{
    const struct ek_point_runner *runner = worker->sweep->runner;
    const struct ek_point_task task = {.spec = worker->sweep->spec,
                                       .point = point,
                                       .subject = *subject,
                                       .hooks = {before_evaluation, after_evaluation, worker}};
    return runner->run(runner->context, worker->group, &task, result);
}

static ek_status run_point(struct worker *worker, const struct ek_point *point,
                           struct ek_point_result *result)
{
    struct ek_subject loaded = {0};
    EK_TRY(check_problem(point->problem)); /* the same on all ranks, as is the next */
    EK_TRY(check_memory(worker->sweep, point));
    if (point->reload) EK_TRY(ek_point_load(worker->group, worker->sweep->points, point, &loaded));
    const ek_status status =
        run_loaded(worker, point, point->reload ? &loaded : &point->problem->subject, result);
    ek_subject_clear(&loaded);
    return status;
}

/* ---- what the leader writes ---------------------------------------------------------------- */

static ek_status record_point(struct worker *worker, const struct ek_point *point,
                              ek_status status, const struct ek_point_result *result)
{
    const uint64_t hash = point->problem->hash;
    if (status == EK_OK) {
        worker->report.finished = POINT_DONE;
        return ek_journal_done(worker->journal, point->id, hash, result);
    }
    if (status == EK_ERROR_INTERRUPTED || worker->journal_failed) return status;
    worker->report.finished = POINT_FAILED;
    ek_log(EK_LOG_WARNING, "point %zu (%s): %s", point->id, point->problem->name,
           ek_last_message());
    return ek_journal_failed(worker->journal, point->id, status, ek_last_message());
}

/* Computes a point and keeps how it went. Only what is wrong beyond the point stops the leader. */
static void work_on(struct worker *worker, const struct ek_point *point)
{
    struct ek_point_result result = {0};
    const double began = ek_clock_seconds();
    ek_status status = EK_OK;
    if (leads(worker)) {
        status = ek_journal_start(worker->journal, point->id, point->problem->hash);
        worker->journal_failed = status != EK_OK;
    }
    status = ek_session_agree(worker->group, status);
    if (status == EK_OK) status = run_point(worker, point, &result);
    result.seconds = ek_clock_seconds() - began;
    if (leads(worker)) worker->status = record_point(worker, point, status, &result);
    if (status == EK_OK) ek_point_result_clear(&result);
}

/* ---- the loop
 * ----------------------------------------------------------------------------------- */

/* Tells rank 0 how the last point went, and asks for another. */
static void ask(struct worker *worker, bool ahead)
{
    worker->report.ahead = ahead;
    ek_dispatch_ask(worker->sweep->world, &worker->report);
    worker->report = (struct request){0};
}

/* Takes what was asked for ahead, unless it comes to nothing or the leader is to stop; then asks
 * in earnest. */
static struct answer await_point(struct worker *worker)
{
    ek_session *world = worker->sweep->world;
    struct answer answer = {LATER, 0};
    if (worker->asked) answer = ek_dispatch_await(world, &worker->received);
    worker->asked = answer.point >= 0 && worker->status == EK_OK;
    if (!worker->asked) {
        ek_release(worker->received);
        ask(worker, false);
        answer = ek_dispatch_await(world, &worker->received);
        worker->asked = answer.point >= 0;
    }
    if (worker->asked) ask(worker, true);
    return answer;
}

static struct answer take_point(struct worker *worker)
{
    const struct request report = worker->report;
    worker->report = (struct request){0};
    ek_dispatcher_serve(worker->dispatcher);
    ek_dispatcher_note(worker->dispatcher, &report);
    return ek_dispatcher_take(worker->dispatcher, &worker->replay);
}

static void get_point(struct worker *worker, struct answer *answer)
{
    worker->received = NULL;
    if (worker->dispatcher) {
        *answer = take_point(worker);
    } else {
        *answer = await_point(worker);
        worker->replay = worker->received;
    }
}

/* The leader asks once more after it was stopped, to say so. */
static void lead_next(struct worker *worker, struct answer *answer)
{
    if (worker->status != EK_OK) worker->report.stop = 1;
    get_point(worker, answer);
    worker->point = (size_t)answer->point;
    worker->replay_count = answer->replay_count;
    worker->replayed = worker->k = 0;
}

/* Whether any rank of the group is to stop: the leader says so to rank 0 with its next request. */
static void notice_stop(struct worker *worker)
{
    double stop = is_stopped(worker);
    ek_max_ranks(worker->group, &stop, 1);
    if (stop != 0 && leads(worker) && worker->status == EK_OK)
        worker->status = EK_FAIL(EK_ERROR_INTERRUPTED, "stopped on request");
}

ek_status ek_group_work(const struct sweep *sweep, ek_session *group, struct ek_journal *journal,
                        struct dispatcher *dispatcher)
{
    struct worker worker = {
        .sweep = sweep, .group = group, .journal = journal, .dispatcher = dispatcher};
    for (;;) {
        struct answer answer = {NO_POINT, 0};
        struct ek_point point = {0};
        notice_stop(&worker);
        if (leads(&worker)) lead_next(&worker, &answer);
        ek_broadcast(group, &answer, sizeof answer, 0);
        if (answer.point < 0) break;
        const ek_status status =
            ek_session_agree(group, ek_points_get(sweep->points, (size_t)answer.point, &point));
        if (status == EK_OK)
            work_on(&worker, &point);
        else if (leads(&worker))
            worker.status = status;
        ek_point_clear(&point);
        ek_release(worker.received);
    }
    return worker.status;
}
