#include "io/json.h"

#include <exaket/report.h>

static json_t *bits(uint64_t index, int qubits)
{
    char text[EK_QUBITS_MAX + 1];
    return json_string(ek_format_bits(index, qubits, text));
}

ek_status ek_info_json(size_t count, const ek_fact *facts, char **text)
{
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++) {
        const ek_fact *fact = &facts[i];
        for (int n = 0; n < fact->number_count; n++)
            set(object, fact->number[n].key, whole(fact->number[n].value));
        if (fact->number_count == 0) set(object, fact->key, word(fact->value));
    }
    return print(object, text);
}

ek_status ek_checkpoint_json(const char *path, int verified, const ek_checkpoint_info *info,
                             char **text)
{
    char circuit[17];
    snprintf(circuit, sizeof circuit, "%016llx", (unsigned long long)info->circuit);
    json_t *object = json_pack(
        "{s:o, s:b, s:i, s:i, s:s, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "file",
        word(path), "verified", verified, "schema", info->schema, "qubits", info->qubits,
        "precision", ek_precision_name(info->precision), "bytes", whole(info->bytes), "blocks",
        whole(info->blocks), "ranks", info->ranks, "passes_done", whole(info->passes), "passes",
        whole(info->passes_total), "operations_left", whole(info->operations_left), "draws",
        whole(info->draws), "seconds", number(info->seconds), "norm", number(info->norm),
        "circuit", circuit);
    return print(object, text);
}

static json_t *problem_object(const ek_problem *problem)
{
    ek_problem_facts facts;
    ek_problem_get(problem, &facts);
    json_t *object =
        json_pack("{s:o, s:o, s:b, s:o}", "kind", word(facts.kind), "name", word(facts.name),
                  "maximize", facts.maximize, "terms", whole(facts.term_count));
    set(object, "weight", facts.weight < 0 ? json_null() : json_integer(facts.weight));
    if (facts.graph) set(object, "edges", whole(ek_graph_edges(facts.graph)));
    return object;
}

static json_t *counts_object(const ek_qaoa_result *result)
{
    json_t *object = json_object();
    char text[EK_QUBITS_MAX + 1];
    for (size_t i = 0; i < result->outcome_count; i++)
        set(object, ek_format_bits(result->outcomes[i], result->qubits, text),
            whole(result->outcome_counts[i]));
    return object;
}

static const char *mixer_name(ek_mixer mixer)
{
    static const char *const names[] = {[EK_MIXER_X] = "x", [EK_MIXER_GROVER] = "grover",
                                        [EK_MIXER_XY_RING] = "xy-ring",
                                        [EK_MIXER_XY_FULL] = "xy-full"};
    return names[mixer];
}

/* What was asked for. */
static void set_request(json_t *object, const ek_session *session, const ek_problem *problem,
                        const ek_qaoa_options *options)
{
    set(object, "problem", problem_object(problem));
    set(object, "mixer", word(mixer_name(options->mixer)));
    set(object, "warm_start", word(options->warm_start));
    set(object, "optimizer", word(options->optimizer));
    set(object, "seed", whole(options->seed));
    set(object, "precision", word(ek_precision_name(options->precision)));
    set(object, "ranks", json_integer(ek_session_size(session)));
    set(object, "threads_per_rank", json_integer(ek_session_threads(session)));
}

static void set_result(json_t *object, const ek_qaoa_result *result)
{
    set(object, "qubits", json_integer(result->qubits));
    set(object, "layers", json_integer(result->layers));
    set(object, "symmetry", result->flips ? word("flip") : json_null());
    set(object, "energy", number(result->energy));
    set(object, "optimum", number(result->optimum));
    set(object, "worst", number(result->worst));
    set(object, "approximation_ratio", number(result->approximation_ratio));
    set(object, "p_optimal", number(result->p_optimal));
    set(object, "best_value", number(result->best_value));
    set(object, "best_bitstring", bits(result->best_index, result->qubits));
    set(object, "gamma", numbers((size_t)result->layers, result->gamma));
    set(object, "beta", numbers((size_t)result->layers, result->beta));
    set(object, "evaluations", json_integer(result->evaluations));
    set(object, "stopped", stop_word(result->stopped));
    set(object, "counts", counts_object(result));
    set(object, "seconds", seconds_object(result->prepare_seconds, result->optimize_seconds,
                                          result->total_seconds));
    set(object, "plan", plan_object(&result->plan));
    set(object, "memory", memory_object(&result->plan));
}

ek_status ek_qaoa_json(const ek_session *session, const ek_problem *problem,
                       const ek_qaoa_options *options, const ek_qaoa_result *result, char **text)
{
    json_t *object = json_object();
    set_request(object, session, problem, options);
    set_result(object, result);
    return print(object, text);
}

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
