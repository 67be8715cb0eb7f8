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
    if (place->line == 1)
        return EK_FAIL(EK_ERROR_PARSE,
                       "%s:1:%d: damaged journal: %s; without its first line a file is worth "
                       "nothing: empty it, and the points that only its run has done are computed "
                       "again, or start afresh with --force",
                       place->path, column, what);
    return EK_FAIL(EK_ERROR_PARSE,
                   "%s:%zu:%d: damaged journal: %s; remove line %zu of the file, and what it said "
                   "is computed again",
                   place->path, place->line, column, what, place->line);
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

/* A journal from before there was a choice does not name the algorithm. */
static ek_status parse_algorithm(const struct ek_journal_place *place, const json_t *line,
                                 struct ek_point_result *result)
{
    const char *name = json_string_value(json_object_get(line, "algorithm"));
    for (int i = EK_ALGORITHM_QAOA; name && i <= EK_ALGORITHM_VQE; i++)
        if (strcmp(name, ek_result_layout((enum ek_algorithm)i)->name) == 0) {
            result->algorithm = (enum ek_algorithm)i;
            return EK_OK;
        }
    if (!name) return EK_OK;
    return ek_journal_damaged(place, 1, "a result of an unknown algorithm '%.40s'", name);
}

static ek_status parse_whole(const struct ek_journal_place *place, const json_t *line,
                             const char *key, uint64_t *value)
{
    const json_t *found = json_object_get(line, key);
    if (!json_is_integer(found) || json_integer_value(found) < 0)
        return ek_journal_damaged(place, 1, "a result without %s", key);
    *value = (uint64_t)json_integer_value(found);
    return EK_OK;
}

static ek_status parse_integer(const struct ek_journal_place *place, const json_t *line,
                               const char *key, int *value)
{
    uint64_t found = 0;
    EK_TRY(parse_whole(place, line, key, &found));
    *value = (int)found;
    return EK_OK;
}

/* Journals of earlier versions do not say. */
static ek_status parse_stop(const struct ek_journal_place *place, const json_t *line,
                            const char *key, ek_stop *stop)
{
    const char *name = json_string_value(json_object_get(line, key));
    *stop = EK_STOP_NONE;
    for (int i = 0; name && ek_stop_name(i); i++)
        if (strcmp(name, ek_stop_name(i)) == 0) {
            *stop = (ek_stop)i;
            return EK_OK;
        }
    if (!name) return EK_OK;
    return ek_journal_damaged(place, 1, "unknown '%s' '%.40s'", key, name);
}

static ek_status parse_field(const struct ek_journal_place *place, const json_t *line,
                             const struct ek_result_field *field, struct ek_point_result *result)
{
    void *member = (char *)result + field->offset;
    if (field->type == EK_FIELD_INTEGER) return parse_integer(place, line, field->key, member);
    if (field->type == EK_FIELD_INDEX) return parse_whole(place, line, field->key, member);
    if (field->type == EK_FIELD_STOP) return parse_stop(place, line, field->key, member);
    *(double *)member = number_of(json_object_get(line, field->key));
    return EK_OK;
}

static ek_status parse_scalars(const struct ek_journal_place *place, const json_t *line,
                               struct ek_point_result *result)
{
    const json_t *kind = json_object_get(line, "kind");
    if (!json_is_string(kind)) return ek_journal_damaged(place, 1, "a result without kind");
    snprintf(result->kind, sizeof result->kind, "%s", json_string_value(kind));
    EK_TRY(parse_algorithm(place, line, result));
    EK_TRY(parse_integer(place, line, "qubits", &result->qubits));
    EK_TRY(parse_integer(place, line, "layers", &result->layers));
    result->seconds = number_of(json_object_get(line, "seconds"));
    const struct ek_result_layout *layout = ek_result_layout(result->algorithm);
    for (size_t i = 0; i < layout->field_count; i++)
        EK_TRY(parse_field(place, line, &layout->fields[i], result));
    return EK_OK;
}

/* The arrays of one count must have the same length: the first of them, which has the offsets,
 * sets it. */
static ek_status parse_array(const struct ek_journal_place *place, const json_t *line,
                             const struct ek_result_array *array, struct ek_point_result *result)
{
    void *member = (char *)result + array->offset;
    size_t layers = (size_t)result->layers;
    size_t *count = array->per_layer ? &layers : (void *)((char *)result + array->count_offset);
    if (array->offsets) *count = SIZE_MAX;
    return array->integers ? parse_integers(place, line, array->key, member, count)
                           : ek_journal_parse_numbers(place, line, array->key, member, count);
}

static ek_status parse_arrays(const struct ek_journal_place *place, const json_t *line,
                              struct ek_point_result *result)
{
    const struct ek_result_layout *layout = ek_result_layout(result->algorithm);
    for (size_t i = 0; i < layout->array_count; i++)
        EK_TRY(parse_array(place, line, &layout->arrays[i], result));
    return EK_OK;
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
