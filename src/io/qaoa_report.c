/* Results of QAOA as JSON. */
#include "io/json.h"

#include <exaket/report.h>

static json_t *bits(uint64_t index, int qubits)
{
    char text[EK_QUBITS_MAX + 1];
    return json_string(ek_format_bits(index, qubits, text));
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
