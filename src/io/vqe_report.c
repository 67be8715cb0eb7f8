/* Results of VQE as JSON. */
#include "io/json.h"

#include <exaket/report.h>

/* What was asked for. */
static void set_request(json_t *object, const ek_session *session,
                        const ek_hamiltonian *hamiltonian, const ek_vqe_options *options)
{
    const ek_ansatz_options *ansatz = &options->ansatz;
    ek_hamiltonian_facts facts;
    ek_hamiltonian_get(hamiltonian, &facts);
    set(object, "hamiltonian", word(facts.name));
    set(object, "qubits", json_integer(facts.qubits));
    set(object, "terms", whole(facts.term_count));
    set(object, "ansatz", word(ek_ansatz_kind_name((int)ansatz->kind)));
    if (ansatz->kind == EK_ANSATZ_RY || ansatz->kind == EK_ANSATZ_RY_RZ) {
        set(object, "entanglement",
            word(ek_entanglement_name((int)ansatz->entanglement)));
        set(object, "entangler", word(ek_entangler_name((int)ansatz->entangler)));
    }
    set(object, "optimizer", word(options->optimizer));
    set(object, "seed", whole(options->seed));
    set(object, "precision", word(ek_precision_name(options->precision)));
    set(object, "ranks", json_integer(ek_session_size(session)));
    set(object, "threads_per_rank", json_integer(ek_session_threads(session)));
}

static json_t *starts_array(const ek_vqe_result *result)
{
    json_t *array = json_array();
    for (size_t i = 0; i < result->start_count; i++) {
        const ek_vqe_start *start = &result->starts[i];
        json_array_append_new(array, json_pack("{s:o, s:o, s:i, s:o}", "first_energy",
                                               number(start->first_energy), "energy",
                                               number(start->energy), "evaluations",
                                               start->evaluations, "stopped",
                                               stop_word(start->stopped)));
    }
    return array;
}

static json_t *names_array(const ek_vqe_result *result)
{
    json_t *names = json_array();
    for (size_t i = 0; i < result->parameter_count; i++)
        json_array_append_new(names, word(result->parameter_names[i]));
    return names;
}

static void set_result(json_t *object, const ek_vqe_result *result)
{
    set(object, "layers", json_integer(result->layers));
    set(object, "initial_state", word(result->initial));
    set(object, "energy", number(result->energy));
    set(object, "gradient_norm", number(result->gradient_norm));
    set(object, "exact_energy", number(result->exact_energy));
    set(object, "error", number(result->error));
    set(object, "parameters", numbers(result->parameter_count, result->parameters));
    set(object, "parameter_names", names_array(result));
    set(object, "evaluations", json_integer(result->evaluations));
    set(object, "stopped", stop_word(result->stopped));
    set(object, "stuck", json_boolean(result->stuck));
    set(object, "starts", starts_array(result));
    set(object, "best_start", json_integer(result->best_start));
    set(object, "history", numbers(result->history_count, result->history));
    set(object, "seconds", seconds_object(result->prepare_seconds, result->optimize_seconds,
                                          result->total_seconds));
    set(object, "plan", plan_object(&result->plan));
    set(object, "memory", memory_object(&result->plan));
}

ek_status ek_vqe_json(const ek_session *session, const ek_hamiltonian *hamiltonian,
                      const ek_vqe_options *options, const ek_vqe_result *result, char **text)
{
    json_t *object = json_object();
    set_request(object, session, hamiltonian, options);
    set_result(object, result);
    return print(object, text);
}
