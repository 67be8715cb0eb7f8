#include "sweep/sweep_private.h"

#include <exaket/info.h>

#include <stdlib.h>
#include <time.h>

/* ---- planning ------------------------------------------------------------------------------- */

static ek_status count_evaluations(const struct sweep *sweep, size_t *count)
{
    *count = 0;
    for (size_t id = 0; id < sweep->points->count; id++) {
        struct ek_point point;
        EK_TRY(ek_points_get(sweep->points, id, &point));
        *count += sweep->spec->algorithm.optimize ? (size_t)point.max_evaluations : 1;
        ek_point_clear(&point);
    }
    return EK_OK;
}

static ek_status fill_facts(const struct sweep *sweep, ek_sweep_plan_facts *facts)
{
    *facts = (ek_sweep_plan_facts){
        .points = sweep->points->count,
        .problems = sweep->points->problem_count,
        .done = sweep->done_before,
        .failed = sweep->failed_before,
        .qubits_min = sweep->qubits_min,
        .qubits_max = sweep->qubits_max,
        .memory_per_rank_bytes =
            (uint64_t)ek_sweep_needs(sweep->spec, sweep->qubits_max, sweep->ranks_per_point),
        .memory_available_bytes = (uint64_t)sweep->memory,
        .ranks_per_point = sweep->ranks_per_point,
        .groups = sweep->groups,
        .idle_ranks = sweep->idle_ranks,
    };
    return count_evaluations(sweep, &facts->evaluations_max);
}

static void describe_problems(const struct sweep *sweep, struct ek_text *text)
{
    for (size_t i = 0; i < sweep->points->problem_count; i++)
        if (sweep->points->problems[i].status != EK_OK)
            ek_text_printf(text, "cannot be had: %s: %s\n", sweep->points->problems[i].name,
                           sweep->points->problems[i].reason);
}

static void describe(const struct sweep *sweep, const ek_sweep_plan_facts *facts,
                     struct ek_text *text)
{
    char needs[32], available[32];
    ek_text_printf(text, "sweep:      %s, %s\n", sweep->spec->name,
                   ek_precision_name(sweep->spec->precision));
    ek_text_printf(text, "output:     %s\n", sweep->output);
    ek_text_printf(text, "points:     %zu = %zu problem%s x %zu\n", facts->points,
                   facts->problems, EK_PLURAL(facts->problems), sweep->points->combinations);
    if (facts->done + facts->failed > 0)
        ek_text_printf(text, "so far:     %zu done, %zu failed (will be tried again)\n",
                       facts->done, facts->failed);
    ek_text_printf(text, "energies:   %zu at most\n", facts->evaluations_max);
    ek_text_printf(text, "qubits:     %d to %d\n", facts->qubits_min, facts->qubits_max);
    ek_text_printf(text, "memory:     up to %s per rank, %s available\n",
                   ek_format_bytes((double)facts->memory_per_rank_bytes, needs),
                   ek_format_bytes((double)facts->memory_available_bytes, available));
    ek_text_printf(text, "ranks:      %d group%s of %d, %d idle\n", facts->groups,
                   EK_PLURAL(facts->groups), facts->ranks_per_point, facts->idle_ranks);
    describe_problems(sweep, text);
}

static ek_status plan_prepared(const struct sweep *sweep, ek_sweep_plan_facts *facts, char **text)
{
    struct ek_text words = {0};
    ek_sweep_plan_facts fresh;
    ek_status status = fill_facts(sweep, &fresh);
    if (status == EK_OK && text) describe(sweep, &fresh, &words);
    if (status == EK_OK) status = words.status;
    status = ek_session_agree(sweep->world, status);
    if (status != EK_OK) {
        ek_text_clear(&words);
        return status;
    }
    if (facts) *facts = fresh;
    if (text) *text = words.bytes;
    return EK_OK;
}

ek_status ek_sweep_plan(ek_session *session, const ek_sweep_options *options,
                        ek_sweep_plan_facts *facts, char **text)
{
    struct sweep sweep;
    ek_status status = ek_sweep_prepare(session, options, &sweep);
    if (status == EK_OK) status = plan_prepared(&sweep, facts, text);
    ek_sweep_clear(&sweep);
    return status;
}

/* ---- working -------------------------------------------------------------------------------- */

static void announce(const struct sweep *sweep)
{
    char part[64] = "";
    if (sweep->part_of)
        snprintf(part, sizeof part, ", part %d of %d", sweep->options->part,
                 sweep->options->parts);
    ek_log(EK_LOG_INFO, "sweep %s%s: %zu point%s, %zu done already, %d group%s of %d rank%s",
           sweep->spec->name, part, sweep->own_points, EK_PLURAL(sweep->own_points),
           sweep->done_before, sweep->groups, EK_PLURAL(sweep->groups), sweep->ranks_per_point,
           EK_PLURAL(sweep->ranks_per_point));
    if (sweep->idle_ranks > 0)
        ek_log(EK_LOG_WARNING, "%d of %d ranks stay idle: groups have %d ranks each",
               sweep->idle_ranks, ek_session_size(sweep->world), sweep->ranks_per_point);
}

/* The group of this rank; the ranks left over form one that has no work. */
static int my_group(const struct sweep *sweep)
{
    const int group = ek_session_rank(sweep->world) / sweep->ranks_per_point;
    return group < sweep->groups ? group : sweep->groups;
}

static ek_status create_journal(const struct sweep *sweep, int run, const char *places,
                                struct ek_journal **journal)
{
    const struct ek_journal_header header = {
        .hash = sweep->spec->hash,
        .points = sweep->points->count,
        .ranks_per_point = sweep->ranks_per_point,
        .run = run,
        .group = my_group(sweep),
        .groups = sweep->groups,
        .places = places,
    };
    struct ek_text folder = {0};
    ek_journal_part_folder(sweep->output, ek_sweep_part_name(sweep), &folder);
    ek_status status = folder.status;
    if (status == EK_OK) status = ek_journal_create(folder.bytes, &header, journal);
    ek_text_clear(&folder);
    return status;
}

/* Rank 0's journal is there before any other of its run, for the readers. */
static ek_status open_first_journal(const struct sweep *sweep, int run,
                                    struct ek_journal **journal)
{
    const bool first = ek_session_rank(sweep->world) == 0;
    struct ek_text places = {0};
    ek_status status = ek_sweep_places(sweep->world, &places);
    if (status == EK_OK && first) status = create_journal(sweep, run, places.bytes, journal);
    ek_text_clear(&places);
    return ek_session_agree(sweep->world, status);
}

static ek_status open_journals(const struct sweep *sweep, struct ek_journal **journal)
{
    const int rank = ek_session_rank(sweep->world), group = my_group(sweep);
    const bool leader = group < sweep->groups && rank % sweep->ranks_per_point == 0;
    int32_t run = rank == 0 ? sweep->record.own_runs + 1 : 0;
    ek_broadcast(sweep->world, &run, sizeof run, 0);
    EK_TRY(open_first_journal(sweep, run, journal));
    ek_status status = EK_OK;
    if (leader && rank > 0) status = create_journal(sweep, run, NULL, journal);
    return ek_session_agree(sweep->world, status);
}

static const char *ending(ek_status status)
{
    if (status == EK_ERROR_INTERRUPTED) return "interrupted";
    return status == EK_OK ? "finished" : "broken";
}

/* All ranks of all groups; returns this rank's own status. */
static ek_status work(const struct sweep *sweep, ek_session *group, struct ek_journal *journal,
                      struct dispatcher *dispatcher)
{
    const bool first = ek_session_rank(sweep->world) == 0;
    ek_status status = EK_OK;
    if (my_group(sweep) < sweep->groups)
        status = ek_group_work(sweep, group, journal, first ? dispatcher : NULL);
    if (first)
        ek_dispatcher_finish(dispatcher);
    else
        ek_dispatch_await_release(sweep->world);
    return status;
}

static ek_status run_groups(const struct sweep *sweep, ek_session *group,
                            struct dispatcher *dispatcher)
{
    struct ek_journal *journal = NULL;
    ek_status status = open_journals(sweep, &journal);
    if (status == EK_OK) {
        status = ek_session_agree(sweep->world, work(sweep, group, journal, dispatcher));
        ek_status ended = journal ? ek_journal_end(journal, ending(status)) : EK_OK;
        ended = ek_session_agree(sweep->world, ended);
        if (status == EK_OK) status = ended;
    }
    ek_journal_destroy(&journal);
    return status;
}

static ek_status run_points(const struct sweep *sweep)
{
    const bool first = ek_session_rank(sweep->world) == 0;
    struct dispatcher dispatcher = {0};
    ek_session *group = NULL;
    EK_TRY(
        ek_session_agree(sweep->world, first ? ek_dispatcher_create(sweep, &dispatcher) : EK_OK));
    ek_status status = ek_session_split(sweep->world, my_group(sweep), &group);
    if (status == EK_OK) status = run_groups(sweep, group, &dispatcher);
    ek_session_destroy(&group);
    if (first) ek_dispatcher_clear(&dispatcher);
    return status;
}

/* ---- provenance ----------------------------------------------------------------------------- */

enum { FACTS_MAX = 48 };

struct provenance {
    ek_fact facts[FACTS_MAX];
    size_t count;
    char more[6][512];
};

static void time_text(time_t when, char *text)
{
    strftime(text, 512, "%Y-%m-%dT%H:%M:%SZ", gmtime(&when));
}

/* Rank 0: the facts of the job, and those of this sweep; the hosts are those of all its runs. */
static ek_status write_with_facts(const struct sweep *sweep, struct provenance *provenance,
                                  const struct ek_journal_record *record, time_t began)
{
    static const char *const keys[] = {"spec_path",       "runs",           "groups",
                                       "ranks_per_point", "last_run_began", "written"};
    enum { MORE = sizeof keys / sizeof *keys };
    struct ek_result_fact facts[FACTS_MAX + MORE + 1];
    char(*more)[512] = provenance->more;
    snprintf(more[0], 512, "%s", ek_sweep_origin(sweep));
    snprintf(more[1], 512, "%d", record->runs);
    snprintf(more[2], 512, "%d", sweep->groups);
    snprintf(more[3], 512, "%d", sweep->ranks_per_point);
    time_text(began, more[4]);
    time_text(time(NULL), more[5]);
    for (size_t i = 0; i < provenance->count; i++)
        facts[i] = (struct ek_result_fact){provenance->facts[i].key, provenance->facts[i].value};
    for (size_t i = 0; i < MORE; i++)
        facts[provenance->count + i] = (struct ek_result_fact){keys[i], more[i]};
    const char *places = record->places.bytes;
    facts[provenance->count + MORE] = (struct ek_result_fact){"hosts", places ? places : ""};
    return ek_sweep_write_results(sweep, record, provenance->count + MORE + 1, facts);
}

/* ---- the end -------------------------------------------------------------------------------- */

static void count_outcome(const struct sweep *sweep, const struct ek_journal_record *record,
                          ek_sweep_outcome *outcome)
{
    outcome->points = sweep->own_points;
    outcome->done_before = sweep->done_before;
    snprintf(outcome->output, sizeof outcome->output, "%s", sweep->output);
    for (size_t id = 0; record->points && id < sweep->points->count; id++) {
        const struct ek_journal_point *point = &record->points[id];
        if (!ek_sweep_owns(sweep, id)) continue;
        outcome->done += point->state == EK_POINT_DONE;
        outcome->failed += point->state == EK_POINT_FAILED;
        if (point->state == EK_POINT_FAILED && outcome->first_failure[0] == '\0')
            snprintf(
                outcome->first_failure, sizeof outcome->first_failure, "point %zu (%s): %.900s",
                id, sweep->points->problems[id / sweep->points->combinations].name, point->reason);
    }
}

/* Rank 0: with on_error "stop", a failed point is the sweep's failure. */
static ek_status judge(const struct sweep *sweep, const struct ek_journal_record *record,
                       const ek_sweep_outcome *outcome)
{
    if (!sweep->stop_on_error || outcome->failed == 0) return EK_OK;
    size_t id = 0;
    while (record->points[id].state != EK_POINT_FAILED || !ek_sweep_owns(sweep, id)) id++;
    return EK_FAIL(record->points[id].code, "%s", outcome->first_failure);
}

/* Rank 0: reads what all groups have written, and writes the results of a whole sweep when every
 * point has been tried. */
static ek_status conclude(const struct sweep *sweep, struct provenance *provenance, time_t began,
                          ek_sweep_outcome *outcome)
{
    struct ek_journal_record record = {0};
    EK_TRY(ek_journal_read(sweep->output, NULL, &record));
    if (record.header.run == 0 && sweep->own_points > 0)
        return EK_FAIL(EK_ERROR_FILE, "the journals in %s have vanished during the sweep",
                       sweep->output);
    count_outcome(sweep, &record, outcome);
    const bool tried = outcome->done + outcome->failed == outcome->points;
    const bool whole = !sweep->part_of;
    const bool news = outcome->done > outcome->done_before || outcome->failed > 0 ||
                      !ek_sweep_folder_has_results(sweep->output);
    ek_status status = EK_OK;
    if (whole && tried && news) status = write_with_facts(sweep, provenance, &record, began);
    if (status == EK_OK) status = judge(sweep, &record, outcome);
    ek_journal_record_clear(&record);
    return status;
}

/* Keeps the status of the work over that of the conclusion; but a stop that came when all was done
 * is none. */
static ek_status finish(const struct sweep *sweep, ek_status status, time_t began,
                        ek_sweep_outcome *outcome)
{
    struct ek_failure failure;
    struct provenance *provenance = NULL;
    ek_failure_get(&failure);
    ek_status ended = ek_session_agree(sweep->world, EK_NEW(provenance, 1));
    if (ended == EK_OK)
        ended = ek_info(sweep->world, FACTS_MAX, provenance->facts, &provenance->count);
    if (ended == EK_OK && ek_session_rank(sweep->world) == 0)
        ended = conclude(sweep, provenance, began, outcome);
    ended = ek_session_agree(sweep->world, ended);
    ek_release(provenance);
    ek_broadcast(sweep->world, outcome, sizeof *outcome, 0);
    if (status == EK_ERROR_INTERRUPTED && outcome->done == outcome->points) status = EK_OK;
    if (status == EK_OK) return ended;
    ek_failure_set(&failure);
    return status;
}

/* ---- running and collecting ----------------------------------------------------------------- */

/* Takes the folder, and looks at it again: a sweep that was just killed may have written until its
 * lock was let go. */
static ek_status take_folder(struct sweep *sweep)
{
    EK_TRY(ek_sweep_folder_open(sweep));
    return ek_sweep_folder_inspect(sweep);
}

static ek_status run_prepared(struct sweep *sweep, ek_sweep_outcome *outcome)
{
    const time_t began = time(NULL);
    const bool first = ek_session_rank(sweep->world) == 0;
    EK_TRY(ek_session_agree(sweep->world, first ? take_folder(sweep) : EK_OK));
    uint64_t done = sweep->done_before;
    ek_broadcast(sweep->world, &done, sizeof done, 0);
    sweep->done_before = done;
    announce(sweep);
    const ek_status status = done < sweep->own_points ? run_points(sweep) : EK_OK;
    return finish(sweep, status, began, outcome);
}

ek_status ek_sweep_run_with(ek_session *session, const ek_sweep_options *options,
                            const struct ek_point_runner *runner, ek_sweep_outcome *outcome)
{
    struct sweep sweep;
    ek_sweep_outcome fresh = {0};
    const double began = ek_clock_seconds();
    ek_status status = ek_sweep_prepare(session, options, &sweep);
    if (status == EK_OK) {
        sweep.runner = runner ? runner : ek_runner(sweep.spec->algorithm.name);
        status = run_prepared(&sweep, &fresh);
    }
    ek_sweep_clear(&sweep);
    fresh.seconds = ek_clock_seconds() - began;
    ek_broadcast(session, &fresh, sizeof fresh, 0);
    if (outcome) *outcome = fresh;
    return status;
}

ek_status ek_sweep_run(ek_session *session, const ek_sweep_options *options,
                       ek_sweep_outcome *outcome)
{
    return ek_sweep_run_with(session, options, NULL, outcome);
}

/* Rank 0. */
static ek_status take_begun(struct sweep *sweep)
{
    EK_TRY(ek_sweep_folder_inspect(sweep));
    if (sweep->record.header.run == 0)
        return EK_FAIL(EK_ERROR_FILE, "nothing to collect: no part of the sweep has run on %s yet",
                       sweep->output);
    return take_folder(sweep);
}

static ek_status collect(struct sweep *sweep, ek_sweep_outcome *outcome)
{
    const bool first = ek_session_rank(sweep->world) == 0;
    EK_TRY(ek_session_agree(sweep->world, first ? take_begun(sweep) : EK_OK));
    sweep->groups = sweep->record.groups;
    return finish(sweep, EK_OK, time(NULL), outcome);
}

ek_status ek_sweep_collect(ek_session *session, const ek_sweep_options *options,
                           ek_sweep_outcome *outcome)
{
    struct sweep sweep;
    ek_sweep_outcome fresh = {0};
    const double began = ek_clock_seconds();
    ek_status status = ek_sweep_read(session, options, &sweep);
    if (status == EK_OK) status = collect(&sweep, &fresh);
    ek_sweep_clear(&sweep);
    fresh.seconds = ek_clock_seconds() - began;
    if (outcome) *outcome = fresh;
    return status;
}
