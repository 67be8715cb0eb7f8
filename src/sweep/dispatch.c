/* Points are pulled: the leader of a group asks rank 0 for one, gets it with what is known of it
 * from earlier runs, and asks for the next at once, so that the answer is there when it needs it:
 * rank 0 computes too, and answers between its own evaluations only. The last points are not given
 * ahead: whoever is free first takes them.
 *
 * Requests go to rank 0 only and answers come from it only, so that a rank never waits for two
 * things; rank 0 never waits at all while a group may need it. What is given ahead must fit one
 * small message, which MPI keeps until its receiver has time. */
#define _DEFAULT_SOURCE
#include "sweep/sweep_private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POLL_MICROSECONDS = 200, PART = 512 }; /* numbers sent at a time */

/* ---- the list ------------------------------------------------------------------------------ */

struct cost {
    double cost;
    size_t id;
};

/* The dearest first, so that the last points to finish are short ones. */
static int compare_costs(const void *a, const void *b)
{
    const struct cost *one = a, *two = b;
    if (one->cost != two->cost) return one->cost < two->cost ? 1 : -1;
    return one->id < two->id ? -1 : one->id > two->id;
}

static ek_status estimate_cost(const struct sweep *sweep, size_t id, struct cost *cost)
{
    struct ek_point point;
    EK_TRY(ek_points_get(sweep->points, id, &point));
    double evaluations = sweep->spec->algorithm.optimize ? point.max_evaluations : 1;
    cost->id = id;
    cost->cost = evaluations * point.layers * (double)ek_bit(point.problem->qubits);
    ek_point_clear(&point);
    return EK_OK;
}

static ek_status list_points(const struct sweep *sweep, struct dispatcher *dispatcher,
                             struct cost *costs)
{
    const struct ek_journal_point *known = sweep->record.points;
    for (size_t id = 0; id < sweep->points->count; id++) {
        const enum ek_point_state state = known ? known[id].state : EK_POINT_WAITING;
        if (state == EK_POINT_DONE || !ek_sweep_owns(sweep, id)) continue;
        if (state == EK_POINT_FAILED && sweep->options->keep_failed) continue;
        EK_TRY(estimate_cost(sweep, id, &costs[dispatcher->count++]));
    }
    qsort(costs, dispatcher->count, sizeof *costs, compare_costs);
    for (size_t i = 0; i < dispatcher->count; i++) dispatcher->order[i] = costs[i].id;
    return EK_OK;
}

ek_status ek_dispatcher_create(const struct sweep *sweep, struct dispatcher *dispatcher)
{
    struct cost *costs = NULL;
    *dispatcher = (struct dispatcher){.world = sweep->world,
                                      .record = &sweep->record,
                                      .groups = sweep->groups - 1,
                                      .waiting_groups = sweep->groups - 1,
                                      .stop_on_error = sweep->stop_on_error};
    ek_status status = EK_NEW(costs, sweep->points->count);
    if (status == EK_OK) status = EK_NEW(dispatcher->order, sweep->points->count);
    if (status == EK_OK) status = list_points(sweep, dispatcher, costs);
    if (status == EK_OK && dispatcher->count > 0)
        dispatcher->progress = ek_progress_begin("sweep", "point", (double)dispatcher->count);
    ek_release(costs);
    if (status != EK_OK) ek_dispatcher_clear(dispatcher);
    return status;
}

void ek_dispatcher_clear(struct dispatcher *dispatcher)
{
    ek_progress_end(&dispatcher->progress);
    ek_release(dispatcher->order);
    dispatcher->order = NULL;
}

/* ---- rank 0
 * ------------------------------------------------------------------------------------- */

void ek_dispatcher_note(struct dispatcher *dispatcher, const struct request *request)
{
    char note[64];
    if (request->finished == POINT_DONE) dispatcher->finished++;
    if (request->finished == POINT_FAILED) dispatcher->failed++;
    if (request->stop || (request->finished == POINT_FAILED && dispatcher->stop_on_error))
        dispatcher->stop = true;
    if (request->finished == POINT_NONE) return;
    snprintf(note, sizeof note, "%zu failed", dispatcher->failed);
    ek_progress_update(dispatcher->progress, (double)(dispatcher->finished + dispatcher->failed),
                       dispatcher->failed > 0 ? note : NULL);
}

static size_t known_of(const struct dispatcher *dispatcher, size_t id)
{
    return dispatcher->record->points ? dispatcher->record->points[id].replay_count : 0;
}

struct answer ek_dispatcher_take(struct dispatcher *dispatcher, const double **replay)
{
    struct answer answer = {NO_POINT, 0};
    *replay = NULL;
    if (dispatcher->stop || dispatcher->next == dispatcher->count) return answer;
    const size_t id = dispatcher->order[dispatcher->next++];
    answer.point = (int64_t)id;
    answer.replay_count = known_of(dispatcher, id);
    if (answer.replay_count > 0) *replay = dispatcher->record->points[id].replay;
    return answer;
}

/* Whether the next point may be given to a group that is still busy. */
static bool may_give_ahead(const struct dispatcher *dispatcher)
{
    const size_t left = dispatcher->count - dispatcher->next;
    return !dispatcher->stop && left > (size_t)dispatcher->groups &&
           known_of(dispatcher, dispatcher->order[dispatcher->next]) == 0;
}

static void post_numbers(ek_session *world, int to, const double *numbers, size_t count)
{
    for (size_t done = 0; done < count; done += PART) {
        const size_t part = count - done < PART ? count - done : PART;
        ek_post(world, to, numbers + done, part * sizeof *numbers);
    }
}

static void answer_request(struct dispatcher *dispatcher, const struct request *request, int from)
{
    struct answer answer = {LATER, 0};
    const double *replay = NULL;
    ek_dispatcher_note(dispatcher, request);
    if (!request->ahead || may_give_ahead(dispatcher))
        answer = ek_dispatcher_take(dispatcher, &replay);
    ek_post(dispatcher->world, from, &answer, sizeof answer);
    post_numbers(dispatcher->world, from, replay, answer.replay_count);
    if (answer.point == NO_POINT) dispatcher->waiting_groups--;
}

void ek_dispatcher_serve(struct dispatcher *dispatcher)
{
    struct request request;
    int from;
    while (ek_poll(dispatcher->world, &request, sizeof request, &from))
        answer_request(dispatcher, &request, from);
}

void ek_dispatcher_finish(struct dispatcher *dispatcher)
{
    const struct answer release = {RELEASE, 0};
    for (;;) {
        ek_dispatcher_serve(dispatcher);
        if (dispatcher->waiting_groups == 0) break;
        usleep(POLL_MICROSECONDS);
    }
    for (int rank = 1; rank < ek_session_size(dispatcher->world); rank++)
        ek_post(dispatcher->world, rank, &release, sizeof release);
}

/* ---- the others
 * ----------------------------------------------------------------------------------- */

static void await_answer(ek_session *world, struct answer *answer)
{
    int from;
    while (!ek_poll(world, answer, sizeof *answer, &from)) usleep(POLL_MICROSECONDS);
}

/* Without memory the numbers are taken and dropped: they only save time. */
static double *receive_numbers(ek_session *world, size_t count)
{
    double *numbers = NULL, part[PART];
    int from;
    if (EK_NEW(numbers, count) != EK_OK) numbers = NULL;
    for (size_t done = 0; done < count; done += PART) {
        const size_t here = count - done < PART ? count - done : PART;
        ek_receive(world, part, here * sizeof *part, &from);
        if (numbers) memcpy(numbers + done, part, here * sizeof *part);
    }
    return numbers;
}

void ek_dispatch_ask(ek_session *world, const struct request *request)
{
    ek_post(world, 0, request, sizeof *request);
}

struct answer ek_dispatch_await(ek_session *world, double **replay)
{
    struct answer answer;
    *replay = NULL;
    await_answer(world, &answer);
    if (answer.replay_count > 0) *replay = receive_numbers(world, answer.replay_count);
    if (!*replay) answer.replay_count = 0;
    return answer;
}

void ek_dispatch_await_release(ek_session *world)
{
    struct answer answer;
    await_answer(world, &answer);
}
