#include "io/journal_private.h"
#include "io/json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct ek_journal {
    int descriptor;
    char *path;
};

void ek_journal_path(const char *folder, int run, int group, struct ek_text *path)
{
    ek_text_printf(path, "%s/journal/run-%03d-group-%04d.jsonl", folder, run, group);
}

const char *ek_jansson_version(char *out)
{
    snprintf(out, 32, "%s", JANSSON_VERSION);
    return out;
}

/* ---- values -------------------------------------------------------------------------------- */

static json_t *integers(size_t count, const uint64_t *values)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_integer((json_int_t)values[i]));
    return array;
}

/* A file's name or content in a message may be no UTF-8: then it is shown in ASCII. */
static json_t *text_value(const char *text)
{
    char ascii[1024];
    json_t *value = json_string(text);
    if (value) return value;
    snprintf(ascii, sizeof ascii, "%s", text);
    for (char *c = ascii; *c; c++)
        if (*c & 0x80) *c = '?';
    return json_string(ascii);
}

static json_t *hash_value(uint64_t hash)
{
    char text[32];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return json_string(text);
}

static json_t *field_value(const struct ek_point_result *result,
                           const struct ek_result_field *field)
{
    const void *member = ek_result_member(result, field->offset);
    switch (field->type) {
    case EK_FIELD_INTEGER: return json_integer(*(const int *)member);
    case EK_FIELD_INDEX: return whole(*(const uint64_t *)member);
    case EK_FIELD_STOP: return stop_word(*(const ek_stop *)member);
    default: return number(*(const double *)member);
    }
}

static json_t *array_value(const struct ek_point_result *result,
                           const struct ek_result_array *array)
{
    const void *entries = *(void *const *)ek_result_member(result, array->offset);
    const size_t count = ek_result_length(result, array);
    return array->integers ? integers(count, entries) : numbers(count, entries);
}

/* An object to be printed, or null when memory is short. */
static json_t *result_object(const struct ek_point_result *result)
{
    const struct ek_result_layout *layout = ek_result_layout(result->algorithm);
    json_t *object = json_pack("{s:s, s:s, s:i, s:i, s:o}", "algorithm", layout->name, "kind",
                               result->kind, "qubits", result->qubits, "layers", result->layers,
                               "seconds", number(result->seconds));
    for (size_t i = 0; i < layout->field_count; i++)
        json_object_set_new(object, layout->fields[i].key,
                            field_value(result, &layout->fields[i]));
    for (size_t i = 0; i < layout->array_count; i++)
        json_object_set_new(object, layout->arrays[i].key,
                            array_value(result, &layout->arrays[i]));
    return object;
}

/* ---- lines --------------------------------------------------------------------------------- */

static ek_status write_all(const struct ek_journal *journal, const char *bytes, size_t count)
{
    if (ek_fault_due(EK_FAULT_WRITE))
        return EK_FAIL(EK_ERROR_FILE, "cannot write %s: injected fault", journal->path);
    while (count > 0) {
        const ssize_t written = write(journal->descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0)
            return EK_FAIL(EK_ERROR_FILE, "cannot write %s: %s", journal->path, strerror(errno));
        bytes += written;
        count -= (size_t)written;
    }
    return EK_OK;
}

/* The line of an object, which it takes over, with its checksum; to be freed. Null without
 * memory. */
static char *print_line(json_t *object, size_t *length)
{
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(object);
    const size_t inside = text ? strlen(text) - 1 : 0; /* without the last brace */
    char *line = text ? realloc(text, inside + EK_JOURNAL_CHECK_BYTES + 1) : NULL;
    if (!line) {
        free(text);
        return NULL;
    }
    ek_journal_check_text(line, inside, line + inside);
    *length = inside + EK_JOURNAL_CHECK_BYTES + 1;
    line[*length - 1] = '\n'; /* in place of the null */
    return line;
}

/* Appends an object, which it takes over, as one line in one write. */
static ek_status write_line(const struct ek_journal *journal, json_t *object)
{
    size_t length = 0;
    char *line = print_line(object, &length);
    if (!line) return EK_FAIL(EK_ERROR_MEMORY, "no memory for a line of %s", journal->path);
    const ek_status status = write_all(journal, line, length);
    free(line);
    return status;
}

/* What is written to a file that was removed is lost, although nothing fails. */
static ek_status sync_file(const struct ek_journal *journal)
{
    struct stat facts;
    if (fsync(journal->descriptor) != 0 && errno != EINVAL)
        return EK_FAIL(EK_ERROR_FILE, "cannot sync %s: %s", journal->path, strerror(errno));
    if (fstat(journal->descriptor, &facts) == 0 && facts.st_nlink == 0 &&
        access(journal->path, F_OK) != 0)
        return EK_FAIL(EK_ERROR_FILE, "%s was removed while it was written", journal->path);
    return EK_OK;
}

static ek_status write_header(const struct ek_journal *journal,
                              const struct ek_journal_header *header)
{
    char when[32];
    const time_t now = time(NULL);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    json_t *line = json_pack("{s:s, s:i, s:o, s:I, s:i, s:i, s:i, s:i, s:s}", "record", "sweep",
                             "format", 1, "hash", hash_value(header->hash), "points",
                             (json_int_t)header->points, "ranks_per_point",
                             header->ranks_per_point, "run", header->run, "group", header->group,
                             "groups", header->groups, "time", when);
    if (header->places) json_object_set_new(line, "places", json_string(header->places));
    EK_TRY(write_line(journal, line));
    return sync_file(journal);
}

/* ---- the file
 * ------------------------------------------------------------------------------------ */

static ek_status open_new(struct ek_journal *journal)
{
    journal->descriptor =
        open(journal->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (journal->descriptor >= 0) return EK_OK;
    return EK_FAIL(errno == EEXIST ? EK_ERROR_BUSY : EK_ERROR_FILE, "cannot create %s: %s",
                   journal->path, strerror(errno));
}

static ek_status create_in(const char *folder, const struct ek_journal_header *header,
                           struct ek_journal *journal)
{
    struct ek_text path = {0};
    ek_journal_path(folder, header->run, header->group, &path);
    journal->path = path.bytes;
    EK_TRY(path.status);
    EK_TRY(open_new(journal));
    EK_TRY(write_header(journal, header));
    struct ek_text parent = {0};
    ek_text_printf(&parent, "%s/journal", folder);
    ek_status status = parent.status;
    if (status == EK_OK) status = ek_folder_sync(parent.bytes);
    ek_text_clear(&parent);
    return status;
}

ek_status ek_journal_create(const char *folder, const struct ek_journal_header *header,
                            struct ek_journal **journal)
{
    struct ek_journal *fresh;
    EK_TRY(EK_NEW(fresh, 1));
    fresh->descriptor = -1;
    const ek_status status = create_in(folder, header, fresh);
    if (status == EK_OK)
        *journal = fresh;
    else
        ek_journal_destroy(&fresh);
    return status;
}

void ek_journal_destroy(struct ek_journal **journal)
{
    if (!*journal) return;
    if ((*journal)->descriptor >= 0) close((*journal)->descriptor);
    ek_release((*journal)->path);
    ek_release(*journal);
    *journal = NULL;
}

/* ---- records
 * --------------------------------------------------------------------------------------- */

ek_status ek_journal_start(struct ek_journal *journal, size_t point, uint64_t problem_hash)
{
    return write_line(journal,
                      json_pack("{s:s, s:I, s:o}", "record", "start", "point", (json_int_t)point,
                                "problem_hash", hash_value(problem_hash)));
}

ek_status ek_journal_evaluation(struct ek_journal *journal, size_t point, size_t k,
                                const ek_evaluation *evaluation)
{
    const size_t dimension = (size_t)evaluation->dimension;
    json_t *line = json_pack("{s:s, s:I, s:I, s:o, s:o}", "record", "evaluation", "point",
                             (json_int_t)point, "k", (json_int_t)k, "x",
                             numbers(dimension, evaluation->x), "value",
                             number(evaluation->value));
    if (evaluation->gradient)
        json_object_set_new(line, "gradient", numbers(dimension, evaluation->gradient));
    return write_line(journal, line);
}

ek_status ek_journal_done(struct ek_journal *journal, size_t point, uint64_t problem_hash,
                          const struct ek_point_result *result)
{
    json_t *object = json_pack("{s:s, s:I, s:o}", "record", "done", "point", (json_int_t)point,
                               "problem_hash", hash_value(problem_hash));
    json_t *rest = result_object(result);
    if (!object || !rest || json_object_update(object, rest) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(rest);
    EK_TRY(write_line(journal, object));
    return sync_file(journal);
}

ek_status ek_journal_failed(struct ek_journal *journal, size_t point, ek_status code,
                            const char *reason)
{
    EK_TRY(write_line(journal, json_pack("{s:s, s:I, s:s, s:o}", "record", "failed", "point",
                                         (json_int_t)point, "code", ek_status_name(code), "reason",
                                         text_value(reason))));
    return sync_file(journal);
}

ek_status ek_journal_end(struct ek_journal *journal, const char *why)
{
    EK_TRY(write_line(journal, json_pack("{s:s, s:s}", "record", "end", "why", why)));
    return sync_file(journal);
}
