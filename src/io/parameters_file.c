#include "io/json.h"
#include "io/scan.h"

#include <string.h>

struct list {
    size_t count, capacity;
    double *values;
};

static ek_status append(struct list *list, double value)
{
    void *memory = list->values;
    EK_TRY(ek_grow(&memory, list->count, sizeof value, list->count + 1, &list->capacity));
    list->values = memory;
    list->values[list->count++] = value;
    return EK_OK;
}

static ek_status read_text(const ek_file *file, struct list *list)
{
    struct ek_scan scan = {.comment = '#', .commas = true};
    double value = 0;
    EK_TRY(ek_scan_begin(&scan, file));
    while (ek_scan_next_line(&scan)) {
        while (!ek_scan_at_line_end(&scan)) {
            EK_TRY(ek_scan_number(&scan, "a parameter", &value));
            EK_TRY(append(list, value));
            if (ek_token_is(ek_scan_peek(&scan), ",")) ek_scan_token(&scan);
        }
        EK_TRY(ek_scan_end_line(&scan));
    }
    if (list->count > 0) return EK_OK;
    return EK_FAIL_EXPECTED(&scan, ek_scan_peek(&scan), "parameters");
}

static ek_status read_array(const ek_file *file, const json_t *array, struct list *list)
{
    if (json_array_size(array) == 0)
        return EK_FAIL_IN(file, file->bytes, "expected an array \"parameters\" of numbers");
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *value = json_array_get(array, i);
        if (!json_is_number(value))
            return EK_FAIL_IN(file, file->bytes, "entry %zu of \"parameters\" is no number", i);
        EK_TRY(append(list, json_number_value(value)));
    }
    return EK_OK;
}

/* As many numbers may be angles of something else. */
static ek_status check_ansatz(const ek_file *file, const json_t *object, const char *ansatz)
{
    const char *found = json_string_value(json_object_get(object, "ansatz"));
    if (!ansatz || !found || strcmp(found, ansatz) == 0) return EK_OK;
    return EK_FAIL(EK_ERROR_MISMATCH,
                   "%s has parameters of the ansatz %.40s, not of %s: choose that one, or give "
                   "the numbers alone", file->path, found, ansatz);
}

static ek_status read_json(const ek_file *file, const char *ansatz, struct list *list)
{
    json_error_t error;
    json_t *object = json_loadb(file->bytes, file->length, 0, &error);
    if (!object)
        return EK_FAIL(EK_ERROR_PARSE, "%s:%d:%d: %s", file->path, error.line, error.column,
                       error.text);
    ek_status status = check_ansatz(file, object, ansatz);
    if (status == EK_OK) status = read_array(file, json_object_get(object, "parameters"), list);
    json_decref(object);
    return status;
}

ek_status ek_parameters_load(ek_session *session, const char *path, const char *ansatz,
                             size_t *count, double **values)
{
    struct list list = {0};
    ek_file file = {0};
    EK_TRY(ek_file_read(session, path, &file));
    const bool is_json = file.bytes[strspn(file.bytes, " \t\r\n")] == '{';
    const ek_status status = ek_session_agree(
        session, is_json ? read_json(&file, ansatz, &list) : read_text(&file, &list));
    ek_file_clear(&file);
    if (status != EK_OK) {
        ek_release(list.values);
        return status;
    }
    *count = list.count;
    *values = list.values;
    return EK_OK;
}

void ek_parameters_free(double **values)
{
    ek_release(*values);
    *values = NULL;
}
