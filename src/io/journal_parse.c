/* Values of journal lines. */
#include "io/journal_private.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

ek_status ek_journal_damaged(const struct ek_journal_place *place, int column, const char *format,
                             ...)
{
    char what[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return EK_FAIL(EK_ERROR_PARSE, "%s:%zu:%d: damaged journal: %s", place->path, place->line,
                   column, what);
}

static double number_of(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

/* The array under a key; it must have `count` entries unless that is SIZE_MAX. */
static ek_status find_array(const struct ek_journal_place *place, const json_t *line,
                            const char *key, size_t count, const json_t **array)
{
    *array = json_object_get(line, key);
    if (!json_is_array(*array)) return ek_journal_damaged(place, 1, "expected an array '%s'", key);
    const size_t found = json_array_size(*array);
    if (count != SIZE_MAX && found != count)
        return ek_journal_damaged(place, 1, "'%s' has %zu entries, expected %zu", key, found,
                                  count);
    return EK_OK;
}

ek_status ek_journal_parse_numbers(const struct ek_journal_place *place, const json_t *line,
                                   const char *key, double **numbers, size_t *count)
{
    const json_t *array;
    double *values;
    EK_TRY(find_array(place, line, key, *count, &array));
    const size_t found = json_array_size(array);
    for (size_t i = 0; i < found; i++) {
        const json_t *value = json_array_get(array, i);
        if (!json_is_number(value) && !json_is_null(value))
            return ek_journal_damaged(place, 1, "entry %zu of '%s' is no number", i, key);
    }
    EK_TRY(EK_NEW(values, found));
    for (size_t i = 0; i < found; i++) values[i] = number_of(json_array_get(array, i));
    *numbers = values;
    *count = found;
    return EK_OK;
}

static ek_status parse_integers(const struct ek_journal_place *place, const json_t *line,
                                const char *key, uint64_t **numbers, size_t *count)
{
    const json_t *array;
    uint64_t *values;
    EK_TRY(find_array(place, line, key, *count, &array));
    const size_t found = json_array_size(array);
    for (size_t i = 0; i < found; i++)
        if (!json_is_integer(json_array_get(array, i)))
            return ek_journal_damaged(place, 1, "entry %zu of '%s' is no whole number", i, key);
    EK_TRY(EK_NEW(values, found));
    for (size_t i = 0; i < found; i++)
        values[i] = (uint64_t)json_integer_value(json_array_get(array, i));
    *numbers = values;
    *count = found;
    return EK_OK;
}

static ek_status parse_scalars(const struct ek_journal_place *place, const json_t *line,
                               struct ek_point_result *result)
{
    const json_t *kind = json_object_get(line, "kind");
    const json_t *whole[] = {json_object_get(line, "qubits"), json_object_get(line, "layers"),
                             json_object_get(line, "evaluations"),
                             json_object_get(line, "best_index")};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (!json_is_integer(whole[i]) || json_integer_value(whole[i]) < 0)
            return ek_journal_damaged(place, 1,
                                      "a result without qubits, layers, evaluations or "
                                      "best_index");
    if (!json_is_string(kind)) return ek_journal_damaged(place, 1, "a result without kind");
    snprintf(result->kind, sizeof result->kind, "%s", json_string_value(kind));
    result->qubits = (int)json_integer_value(whole[0]);
    result->layers = (int)json_integer_value(whole[1]);
    result->evaluations = (int)json_integer_value(whole[2]);
    result->best_index = (uint64_t)json_integer_value(whole[3]);
    result->energy = number_of(json_object_get(line, "energy"));
    result->optimum = number_of(json_object_get(line, "optimum"));
    result->approximation_ratio = number_of(json_object_get(line, "approximation_ratio"));
    result->p_optimal = number_of(json_object_get(line, "p_optimal"));
    result->best_value = number_of(json_object_get(line, "best_value"));
    result->seconds = number_of(json_object_get(line, "seconds"));
    return EK_OK;
}

static ek_status parse_arrays(const struct ek_journal_place *place, const json_t *line,
                              struct ek_point_result *result)
{
    size_t layers = (size_t)result->layers;
    result->history_count = result->outcome_count = SIZE_MAX;
    EK_TRY(ek_journal_parse_numbers(place, line, "gamma", &result->gamma, &layers));
    EK_TRY(ek_journal_parse_numbers(place, line, "beta", &result->beta, &layers));
    EK_TRY(ek_journal_parse_numbers(place, line, "history", &result->history,
                                    &result->history_count));
    EK_TRY(parse_integers(place, line, "outcomes", &result->outcomes, &result->outcome_count));
    EK_TRY(parse_integers(place, line, "outcome_counts", &result->outcome_counts,
                          &result->outcome_count));
    return ek_journal_parse_numbers(place, line, "outcome_values", &result->outcome_values,
                                    &result->outcome_count);
}

ek_status ek_journal_parse_result(const struct ek_journal_place *place, const json_t *line,
                                  struct ek_point_result **result)
{
    struct ek_point_result *fresh;
    EK_TRY(EK_NEW(fresh, 1));
    ek_status status = parse_scalars(place, line, fresh);
    if (status == EK_OK) status = parse_arrays(place, line, fresh);
    if (status == EK_OK) {
        *result = fresh;
        return EK_OK;
    }
    ek_point_result_clear(fresh);
    ek_release(fresh);
    return status;
}
