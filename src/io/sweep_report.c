/* Plans, ends and progress of sweeps as JSON. */
#include "io/json.h"

#include <exaket/report.h>

ek_status ek_sweep_plan_json(const ek_sweep_plan_facts *facts, char **text)
{
    return print(json_pack("{s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:o, s:o, s:i, s:i, s:i}",
                           "points", whole(facts->points), "problems", whole(facts->problems),
                           "evaluations_max", whole(facts->evaluations_max), "done",
                           whole(facts->done), "failed", whole(facts->failed), "qubits_min",
                           facts->qubits_min, "qubits_max", facts->qubits_max,
                           "memory_per_rank_bytes", whole(facts->memory_per_rank_bytes),
                           "memory_available_bytes", whole(facts->memory_available_bytes),
                           "ranks_per_point", facts->ranks_per_point, "groups", facts->groups,
                           "idle_ranks", facts->idle_ranks),
                 text);
}

ek_status ek_sweep_outcome_json(const ek_sweep_outcome *outcome, char **text)
{
    json_t *first = outcome->first_failure[0] ? word(outcome->first_failure) : json_null();
    return print(json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "points",
                           whole(outcome->points), "done", whole(outcome->done), "failed",
                           whole(outcome->failed), "done_before", whole(outcome->done_before),
                           "seconds", number(outcome->seconds), "output", word(outcome->output),
                           "first_failure", first),
                 text);
}

ek_status ek_sweep_progress_json(const ek_sweep_progress *progress, char **text)
{
    return print(json_pack("{s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:i, s:b, s:b, s:o, s:o}",
                           "points", whole(progress->points), "done", whole(progress->done),
                           "running", whole(progress->running), "failed", whole(progress->failed),
                           "remaining", whole(progress->remaining), "runs", progress->runs,
                           "parts", progress->parts, "groups", progress->groups, "ended",
                           progress->ended, "complete", progress->complete, "seconds_left",
                           number(progress->seconds_left), "seconds_quiet",
                           number(progress->seconds_quiet)),
                 text);
}
