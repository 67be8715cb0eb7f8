/* Runs of programs as JSON. */
#include "io/json.h"

#include <exaket/run.h>

uint64_t ek_session_peak_memory(ek_session *session)
{
    double bytes = (double)ek_peak_own_bytes();
    ek_max_ranks(session, &bytes, 1);
    return (uint64_t)bytes;
}

/* An object of outcomes: value i belongs to outcome i. */
static json_t *outcomes_object(const ek_run_report *report, size_t count, const uint64_t *outcomes,
                               const uint64_t *counts, const double *probabilities)
{
    const ek_shots_result *result = report->result;
    char *text = NULL;
    if (EK_NEW(text, ek_outcome_bytes(report->program, result->over_qubits)) != EK_OK) return NULL;
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++) {
        ek_outcome_text(report->program, result->over_qubits, outcomes + i * result->words, text);
        json_object_set_new_nocheck(object, text,
                                    counts ? whole(counts[i]) : number(probabilities[i]));
    }
    ek_release(text);
    return object;
}

static json_t *probabilities_object(const ek_run_report *report)
{
    const ek_shots_result *result = report->result;
    if (report->options->probabilities > 0 && !result->has_probabilities) return json_null();
    return outcomes_object(report, result->probable_count, result->probable, NULL,
                           result->probabilities);
}

static json_t *expectations_array(const ek_run_report *report)
{
    json_t *array = json_array();
    for (size_t i = 0; i < report->expectation_count; i++)
        json_array_append_new(array, json_pack("{s:o, s:o}", "name",
                                               word(report->expectation_names[i]), "value",
                                               number(report->expectations[i])));
    return array;
}

static void set_facts(json_t *object, const ek_session *session, const ek_run_report *report)
{
    const ek_shots_options *options = report->options;
    set(object, "qubits", json_integer(report->result->qubits));
    set(object, "clbits", json_integer(report->result->clbits));
    set(object, "ranks", json_integer(ek_session_size(session)));
    set(object, "threads_per_rank", json_integer(ek_session_threads(session)));
    set(object, "precision", json_string(ek_precision_name(options->precision)));
    set(object, "seed", whole(options->seed));
    set(object, "shots", whole(options->shots));
}

static void set_costs(json_t *object, const ek_run_report *report)
{
    const ek_shots_result *result = report->result;
    set(object, "branches", whole(result->leaves));
    set(object, "groups", json_integer(result->groups));
    set(object, "seconds",
        json_pack("{s:o, s:o, s:o, s:o}", "parse", number(report->parse_seconds), "plan",
                  number(result->plan_seconds), "execute", number(result->execute_seconds),
                  "sample", number(result->sample_seconds)));
    set(object, "plan",
        json_pack("{s:i, s:i, s:i, s:o}", "stages", result->stages, "reshuffles",
                  result->reshuffles, "passes", result->passes, "bytes_sent",
                  whole(result->bytes_sent)));
    set(object, "memory",
        json_pack("{s:o, s:o}", "state_bytes_per_rank", whole(result->state_bytes_per_rank),
                  "peak_rss_bytes_per_rank", whole(report->peak_rss_bytes_per_rank)));
}

ek_status ek_run_json(const ek_session *session, const ek_run_report *report, char **text)
{
    const ek_shots_result *result = report->result;
    json_t *object = json_object();
    set_facts(object, session, report);
    int failed = json_object_set_new(object, "counts",
                                     outcomes_object(report, result->outcome_count,
                                                     result->outcomes, result->counts, NULL));
    failed |= json_object_set_new(object, "probabilities", probabilities_object(report));
    set(object, "amplitudes",
        amplitudes_array(report->amplitude_count, report->amplitude_indices, report->amplitudes,
                         result->program_qubits));
    set(object, "expectations", expectations_array(report));
    set(object, "norm", result->norm < 0 ? json_null() : number(result->norm));
    set_costs(object, report);
    if (failed) { /* no memory for what may be long */
        json_decref(object);
        object = NULL;
    }
    return print(object, text);
}
