/* The members of results, by algorithm. */
#include "io/results.h"

#include <stddef.h>

#define AT(member) offsetof(struct ek_point_result, member)

/* ---- QAOA ---------------------------------------------------------------------------------- */

static const struct ek_result_field qaoa_fields[] = {
    {EK_FIELD_NUMBER, AT(energy), "energy", "energy", "energy", "%.6f"},
    {EK_FIELD_NUMBER, AT(optimum), "optimum", "optimum", "optimum", "%g"},
    {EK_FIELD_NUMBER, AT(approximation_ratio), "approximation_ratio", "approximation_ratio",
     "ratio", "%.6f"},
    {EK_FIELD_NUMBER, AT(p_optimal), "p_optimal", "p_optimal", "p_optimal", "%.6f"},
    {EK_FIELD_NUMBER, AT(best_value), "best_value", "best_value", "best", "%g"},
    {EK_FIELD_INDEX, AT(best_index), "best_index", "best_bitstring", NULL, NULL},
    {EK_FIELD_INTEGER, AT(evaluations), "evaluations", "evaluations", "evaluations", NULL},
    {EK_FIELD_STOP, AT(stopped), "stopped", "stopped", "stopped", NULL},
};

static const struct ek_result_array qaoa_arrays[] = {
    {false, true, AT(gamma), 0, "gamma", "angles/gamma", NULL},
    {false, true, AT(beta), 0, "beta", "angles/beta", NULL},
    {false, false, AT(history), AT(history_count), "history", "history/values",
     "history/offsets"},
    {true, false, AT(outcomes), AT(outcome_count), "outcomes", "counts/outcomes",
     "counts/offsets"},
    {true, false, AT(outcome_counts), AT(outcome_count), "outcome_counts", "counts/shots", NULL},
    {false, false, AT(outcome_values), AT(outcome_count), "outcome_values", "counts/values", NULL},
};

/* ---- VQE ----------------------------------------------------------------------------------- */

static const struct ek_result_field vqe_fields[] = {
    {EK_FIELD_NUMBER, AT(energy), "energy", "energy", "energy", "%.9f"},
    {EK_FIELD_NUMBER, AT(exact_energy), "exact_energy", "exact_energy", "exact", "%.9f"},
    {EK_FIELD_NUMBER, AT(error), "error", "error", "error", "%.2e"},
    {EK_FIELD_NUMBER, AT(gradient_norm), "gradient_norm", "gradient_norm", "gradient", "%.1e"},
    {EK_FIELD_INTEGER, AT(evaluations), "evaluations", "evaluations", "evaluations", NULL},
    {EK_FIELD_STOP, AT(stopped), "stopped", "stopped", "stopped", NULL},
    {EK_FIELD_NUMBER, AT(stuck), "stuck", "stuck", "stuck", "%.0f"},
};

static const struct ek_result_array vqe_arrays[] = {
    {false, false, AT(parameters), AT(parameter_count), "parameters", "parameters/values",
     "parameters/offsets"},
    {false, false, AT(history), AT(history_count), "history", "history/values",
     "history/offsets"},
};

/* ---- both ---------------------------------------------------------------------------------- */

#define COUNT(list) (sizeof(list) / sizeof *(list))
static const struct ek_result_layout layouts[] = {
    [EK_ALGORITHM_QAOA] = {"qaoa", COUNT(qaoa_fields), COUNT(qaoa_arrays), qaoa_fields,
                           qaoa_arrays},
    [EK_ALGORITHM_VQE] = {"vqe", COUNT(vqe_fields), COUNT(vqe_arrays), vqe_fields, vqe_arrays},
};

const struct ek_result_layout *ek_result_layout(enum ek_algorithm algorithm)
{
    return &layouts[algorithm];
}

const char *ek_result_stop(const struct ek_point_result *result, size_t offset)
{
    const ek_stop stop = result ? *(const ek_stop *)ek_result_member(result, offset)
                                : EK_STOP_NONE;
    return stop == EK_STOP_NONE ? "" : ek_stop_name((int)stop);
}

size_t ek_result_length(const struct ek_point_result *result, const struct ek_result_array *array)
{
    if (!result) return 0;
    if (array->per_layer) return (size_t)result->layers;
    return *(const size_t *)ek_result_member(result, array->count_offset);
}

void ek_point_result_clear(struct ek_point_result *result)
{
    const struct ek_result_layout *layout = &layouts[result->algorithm];
    for (size_t i = 0; i < layout->array_count; i++)
        ek_release(*(void *const *)ek_result_member(result, layout->arrays[i].offset));
    *result = (struct ek_point_result){0};
}
