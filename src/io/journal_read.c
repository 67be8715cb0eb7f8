#include "io/journal_private.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { GROUPS_MAX = 1 << 20 };

/* The last run of the whole, or of a part. */
struct last_run {
    int run, groups; /* 0: there is none */
    bool ended;
    size_t done;
    double seconds;
};

/* A reader of one file after the other. */
struct reader {
    const char *folder; /* of the whole, or of a part */
    int part;           /* counts them; 0 is the whole */
    struct last_run last;
    struct ek_journal_record *record;
    struct ek_journal_place place;
    int run, group;                  /* of the file being read, by its name */
    struct ek_journal_header header; /* and by its first line */
    bool has_header;
    bool checked; /* the first line has a checksum, and so has each */
    /* The point that this file's writer is at, and its evaluations so far. */
    bool at_point;
    size_t point;
    double *replay;
    size_t replay_count, replay_capacity;
    time_t newest; /* write to a journal */
};

/* ---- the pieces of a line ------------------------------------------------------------------- */

static ek_status get_integer(const struct reader *reader, const json_t *line, const char *key,
                             json_int_t lowest, json_int_t highest, json_int_t *value)
{
    const json_t *found = json_object_get(line, key);
    if (!json_is_integer(found))
        return ek_journal_damaged(&reader->place, 1, "expected a whole number '%s'", key);
    *value = json_integer_value(found);
    if (*value >= lowest && *value <= highest) return EK_OK;
    return ek_journal_damaged(&reader->place, 1, "'%s' is %lld, expected %lld to %lld", key,
                              (long long)*value, (long long)lowest, (long long)highest);
}

static ek_status get_hash(const struct reader *reader, const json_t *line, const char *key,
                          uint64_t *hash)
{
    const char *text = json_string_value(json_object_get(line, key));
    char *end = NULL;
    if (text) *hash = strtoull(text, &end, 16);
    if (text && end == text + 16 && *end == '\0') return EK_OK;
    return ek_journal_damaged(&reader->place, 1, "expected 16 hexadecimal digits '%s'", key);
}

static ek_status get_point(const struct reader *reader, const json_t *line, size_t *point)
{
    json_int_t value = 0;
    const json_int_t last = (json_int_t)reader->header.points - 1;
    EK_TRY(get_integer(reader, line, "point", 0, last, &value));
    *point = (size_t)value;
    return EK_OK;
}

/* ---- points -------------------------------------------------------------------------------- */

static void forget(struct ek_journal_point *point)
{
    if (point->result) ek_point_result_clear(point->result);
    ek_release(point->result);
    ek_release(point->reason);
    ek_release(point->replay);
    *point = (struct ek_journal_point){0};
}

/* The writer leaves its point, by a new line or the end of the file: the longest record of a point
 * that is not done is kept. */
static void leave_point(struct reader *reader)
{
    if (reader->at_point) {
        struct ek_journal_point *point = &reader->record->points[reader->point];
        if (point->state != EK_POINT_DONE && reader->replay_count > point->replay_count) {
            ek_release(point->replay);
            point->replay = reader->replay;
            point->replay_count = reader->replay_count;
            reader->replay = NULL;
            reader->replay_capacity = 0;
        }
    }
    reader->replay_count = 0;
    reader->at_point = false;
}

static ek_status read_start(struct reader *reader, const json_t *line)
{
    uint64_t hash = 0;
    leave_point(reader);
    EK_TRY(get_hash(reader, line, "problem_hash", &hash));
    EK_TRY(get_point(reader, line, &reader->point));
    struct ek_journal_point *point = &reader->record->points[reader->point];
    if (point->state == EK_POINT_DONE) return EK_OK;
    if (point->state != EK_POINT_WAITING && point->problem_hash != hash) forget(point);
    point->state = EK_POINT_STARTED;
    point->part = reader->part;
    point->run = reader->header.run;
    point->problem_hash = hash;
    reader->at_point = true;
    return EK_OK;
}

/* Appends an evaluation to the writer's replay. */
static ek_status keep_evaluation(struct reader *reader, const ek_evaluation *evaluation)
{
    const size_t count = reader->replay_count, dimension = (size_t)evaluation->dimension;
    const size_t derivatives = evaluation->gradient ? dimension : 0;
    const size_t needed = count + ek_replay_length(dimension, derivatives);
    void *replay = reader->replay;
    EK_TRY(ek_grow(&replay, count, sizeof(double), needed, &reader->replay_capacity));
    reader->replay = replay;
    double *at = reader->replay + count;
    at[0] = (double)dimension;
    at[1] = (double)derivatives;
    at[2 + dimension] = evaluation->value;
    memcpy(at + 2, evaluation->x, dimension * sizeof *at);
    if (derivatives > 0) memcpy(at + 3 + dimension, evaluation->gradient, dimension * sizeof *at);
    reader->replay_count = needed;
    return EK_OK;
}

static ek_status read_evaluation(struct reader *reader, const json_t *line)
{
    const json_t *value = json_object_get(line, "value");
    size_t point = 0, dimension = SIZE_MAX;
    double *x = NULL, *gradient = NULL;
    EK_TRY(get_point(reader, line, &point));
    if (!reader->at_point || point != reader->point) return EK_OK; /* of a point done already */
    ek_status status = ek_journal_parse_numbers(&reader->place, line, "x", &x, &dimension);
    if (status == EK_OK && json_object_get(line, "gradient"))
        status =
            ek_journal_parse_numbers(&reader->place, line, "gradient", &gradient, &dimension);
    if (status == EK_OK && json_is_number(value)) { /* else it is evaluated again */
        const ek_evaluation evaluation = {(int)dimension, x, json_number_value(value), gradient};
        status = keep_evaluation(reader, &evaluation);
    }
    ek_release(x);
    ek_release(gradient);
    return status;
}

static ek_status read_done(struct reader *reader, const json_t *line)
{
    size_t id = 0;
    uint64_t hash = 0;
    struct ek_point_result *result = NULL;
    reader->replay_count = 0;
    leave_point(reader);
    EK_TRY(get_point(reader, line, &id));
    EK_TRY(get_hash(reader, line, "problem_hash", &hash));
    EK_TRY(ek_journal_parse_result(&reader->place, line, &result));
    struct ek_journal_point *point = &reader->record->points[id];
    forget(point);
    point->state = EK_POINT_DONE;
    point->run = reader->header.run;
    point->problem_hash = hash;
    point->result = result;
    if (result->seconds >= 0) reader->last.seconds += result->seconds;
    reader->last.done++;
    return EK_OK;
}

static ek_status status_of(const char *name)
{
    for (int code = EK_OK; code <= EK_ERROR_INTERRUPTED; code++)
        if (name && strcmp(name, ek_status_name((ek_status)code)) == 0) return (ek_status)code;
    return EK_ERROR_NUMERIC;
}

static ek_status read_failed(struct reader *reader, const json_t *line)
{
    size_t id = 0;
    const char *reason = json_string_value(json_object_get(line, "reason"));
    leave_point(reader);
    EK_TRY(get_point(reader, line, &id));
    if (!reason) return ek_journal_damaged(&reader->place, 1, "a failure without a reason");
    struct ek_journal_point *point = &reader->record->points[id];
    if (point->state == EK_POINT_DONE) return EK_OK;
    ek_release(point->reason);
    point->reason = NULL;
    point->state = EK_POINT_FAILED;
    point->run = reader->header.run;
    point->code = status_of(json_string_value(json_object_get(line, "code")));
    return ek_copy_string(reason, &point->reason);
}

/* ---- headers
 * ------------------------------------------------------------------------------------- */

static ek_status parse_header(const struct reader *reader, const json_t *line,
                              struct ek_journal_header *header)
{
    json_int_t format = 0, points = 0, ranks = 0, run = 0, group = 0, groups = 0;
    EK_TRY(get_integer(reader, line, "format", 1, INT32_MAX, &format));
    if (format > 1)
        return EK_FAIL(EK_ERROR_PARSE,
                       "%s:1:1: 'format' is %lld, and this version reads 1: use the one that "
                       "wrote it",
                       reader->place.path, (long long)format);
    EK_TRY(get_integer(reader, line, "points", 1, (json_int_t)1 << 40, &points));
    EK_TRY(get_integer(reader, line, "ranks_per_point", 1, GROUPS_MAX, &ranks));
    EK_TRY(get_integer(reader, line, "run", 1, INT32_MAX, &run));
    EK_TRY(get_integer(reader, line, "group", 0, GROUPS_MAX, &group));
    EK_TRY(get_integer(reader, line, "groups", 1, GROUPS_MAX, &groups));
    EK_TRY(get_hash(reader, line, "hash", &header->hash));
    header->points = (size_t)points;
    header->ranks_per_point = (int)ranks;
    header->run = (int)run;
    header->group = (int)group;
    header->groups = (int)groups;
    return EK_OK;
}

static ek_status add_places(struct ek_text *places, const char *run)
{
    enum { LONGEST = 1 << 16 };
    if (!run || places->length > LONGEST) return EK_OK;
    if (places->bytes && strstr(places->bytes, run)) return EK_OK;
    ek_text_printf(places, "%s%s", places->length > 0 ? "; " : "", run);
    return places->status;
}

static ek_status read_header(struct reader *reader, const json_t *line)
{
    struct ek_journal_record *record = reader->record;
    EK_TRY(parse_header(reader, line, &reader->header));
    if (reader->header.run != reader->run || reader->header.group != reader->group)
        return ek_journal_damaged(&reader->place, 1, "run %d and group %d are not the file's",
                                  reader->header.run, reader->header.group);
    if (record->header.run == 0)
        EK_TRY(EK_NEW(record->points, reader->header.points));
    else if (record->header.hash != reader->header.hash ||
             record->header.points != reader->header.points)
        return EK_FAIL(EK_ERROR_MISMATCH,
                       "%s belongs to another sweep than the journals before "
                       "it",
                       reader->place.path);
    reader->has_header = true;
    if (reader->header.group > 0) return EK_OK;
    record->header = reader->header; /* a new run begins */
    reader->last = (struct last_run){.run = reader->run, .groups = reader->header.groups};
    return add_places(&record->places, json_string_value(json_object_get(line, "places")));
}

static ek_status read_line(struct reader *reader, const json_t *line)
{
    const char *what = json_string_value(json_object_get(line, "record"));
    if (!what) return ek_journal_damaged(&reader->place, 1, "a line without 'record'");
    if (strcmp(what, "sweep") == 0) return read_header(reader, line);
    if (!reader->has_header)
        return ek_journal_damaged(&reader->place, 1, "the first line is no header");
    if (strcmp(what, "start") == 0) return read_start(reader, line);
    if (strcmp(what, "evaluation") == 0) return read_evaluation(reader, line);
    if (strcmp(what, "done") == 0) return read_done(reader, line);
    if (strcmp(what, "failed") == 0) return read_failed(reader, line);
    if (strcmp(what, "end") != 0)
        return ek_journal_damaged(&reader->place, 1, "unknown record '%.40s'", what);
    if (reader->header.group == 0) reader->last.ended = true;
    return EK_OK;
}

/* ---- files
 * ------------------------------------------------------------------------------------------ */

/* Journals of earlier versions have no checksums. A file has one writer: all of its lines have
 * one, or none. The last line of a file was torn by a kill when it is damaged. */
static ek_status check_line(struct reader *reader, const char *bytes, size_t length, bool last,
                            bool *torn)
{
    const enum ek_journal_check check = ek_journal_check_line(bytes, length);
    const bool checked = check != EK_JOURNAL_UNCHECKED;
    if (reader->place.line == 1) reader->checked = checked;
    if (checked && !reader->checked) {
        reader->place.line = 1; /* it is the first one that has lost its own */
        return ek_journal_damaged(&reader->place, 1, "the line has no checksum, others have");
    }
    if (check == EK_JOURNAL_SOUND || !reader->checked) return EK_OK;
    *torn = last;
    if (last) return EK_OK;
    return ek_journal_damaged(&reader->place, 1,
                              checked ? "the line does not match its checksum"
                                      : "the line has no checksum, others have");
}

/* *line is null when the line was torn. */
static ek_status parse_line(struct reader *reader, const char *bytes, size_t length, bool last,
                            json_t **line)
{
    json_error_t error;
    bool torn = false;
    *line = json_loadb(bytes, length, 0, &error);
    if (!*line && last) return EK_OK;
    if (!*line)
        return ek_journal_damaged(&reader->place, error.column > 0 ? error.column : 1, "%s",
                                  error.text);
    const ek_status status = check_line(reader, bytes, length, last, &torn);
    if (status == EK_OK && !torn) return EK_OK;
    json_decref(*line);
    *line = NULL;
    return status;
}

/* A line without an end was torn, too. */
static ek_status read_bytes(struct reader *reader, const char *bytes, size_t length)
{
    const char *const end = bytes + length;
    while (bytes < end) {
        const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
        json_t *line;
        if (!stop) return EK_OK;
        reader->place.line++;
        EK_TRY(parse_line(reader, bytes, (size_t)(stop - bytes), stop + 1 == end, &line));
        if (!line) return EK_OK;
        const ek_status status = read_line(reader, line);
        json_decref(line);
        EK_TRY(status);
        bytes = stop + 1;
    }
    return EK_OK;
}

static ek_status read_stream(FILE *file, char **bytes, size_t *length)
{
    size_t capacity = 0, used = 0;
    void *memory = NULL;
    ek_status status = EK_OK;
    for (;;) {
        status = ek_grow(&memory, used, 1, used + (1 << 16), &capacity);
        if (status != EK_OK) break;
        const size_t got = fread((char *)memory + used, 1, capacity - used, file);
        used += got;
        if (got == 0) break;
    }
    *bytes = memory;
    *length = used;
    return status;
}

static void note_time(struct reader *reader, FILE *file)
{
    struct stat facts;
    if (fstat(fileno(file), &facts) == 0 && facts.st_mtime > reader->newest)
        reader->newest = facts.st_mtime;
}

static ek_status read_open_file(struct reader *reader, FILE *file)
{
    char *bytes = NULL;
    size_t length = 0;
    ek_status status = read_stream(file, &bytes, &length);
    if (status == EK_OK && ferror(file))
        status = EK_FAIL(EK_ERROR_FILE, "cannot read %s: %s", reader->place.path, strerror(errno));
    reader->has_header = false;
    reader->place.line = 0;
    if (status == EK_OK) status = read_bytes(reader, bytes, length);
    if (status == EK_OK) leave_point(reader);
    ek_release(bytes);
    return status;
}

/* Reads one file; a missing one is no failure. */
static ek_status read_file(struct reader *reader, int run, int group, bool *found)
{
    struct ek_text path = {0};
    ek_journal_path(reader->folder, run, group, &path);
    reader->run = run;
    reader->group = group;
    EK_TRY(path.status);
    FILE *file = fopen(path.bytes, "rb");
    ek_status status = EK_OK;
    *found = file != NULL;
    if (!file && errno != ENOENT && errno != ENOTDIR)
        status = EK_FAIL(EK_ERROR_FILE, "cannot open %s: %s", path.bytes, strerror(errno));
    if (file) {
        reader->place.path = path.bytes;
        note_time(reader, file);
        status = read_open_file(reader, file);
        fclose(file);
    }
    ek_text_clear(&path);
    return status;
}

/* Reads the files of a run: that of group 0 is written first and says how many there may be. */
static ek_status read_run(struct reader *reader, int run, bool *found)
{
    bool other;
    EK_TRY(read_file(reader, run, 0, found));
    if (!*found || !reader->has_header) return EK_OK; /* killed before any other group began */
    const int groups = reader->header.groups;
    for (int group = 1; group < groups; group++) EK_TRY(read_file(reader, run, group, &other));
    return EK_OK;
}

/* ---- the whole and its parts ---------------------------------------------------------------- */

static void add_last_run(struct reader *reader)
{
    struct ek_journal_record *record = reader->record;
    const struct last_run *last = &reader->last;
    record->last_done += last->done;
    record->last_seconds += last->seconds;
    if (last->ended != record->ended) record->groups = last->ended ? record->groups : last->groups;
    else record->groups += last->groups;
    record->ended = record->ended && last->ended;
    for (size_t id = 0; !last->ended && id < record->header.points; id++) {
        struct ek_journal_point *point = &record->points[id];
        if (point->state == EK_POINT_STARTED && point->part == reader->part)
            point->at_work = point->run == last->run;
    }
}

/* Reads all runs of the folder; *runs counts them. */
static ek_status read_folder(struct reader *reader, int *runs)
{
    bool found = true;
    reader->last = (struct last_run){0};
    for (*runs = 0; found; *runs += found) EK_TRY(read_run(reader, *runs + 1, &found));
    reader->record->runs += *runs;
    if (reader->last.run > 0) add_last_run(reader);
    return EK_OK;
}

void ek_journal_part_folder(const char *folder, const char *part, struct ek_text *path)
{
    ek_text_printf(path, part ? "%s/parts/%s" : "%s", folder, part);
}

static ek_status read_part(struct reader *reader, const char *folder, const char *part, int *runs)
{
    struct ek_text path = {0};
    ek_journal_part_folder(folder, part, &path);
    ek_status status = path.status;
    reader->folder = path.bytes;
    if (status == EK_OK) status = read_folder(reader, runs);
    ek_text_clear(&path);
    return status;
}

static int is_part(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The names of the parts in a fixed order. */
static ek_status list_parts(const char *folder, struct dirent ***parts, int *count)
{
    struct ek_text path = {0};
    ek_text_printf(&path, "%s/parts", folder);
    EK_TRY(path.status);
    ek_status status = EK_OK;
    *count = scandir(path.bytes, parts, is_part, alphasort);
    if (*count < 0 && errno != ENOENT && errno != ENOTDIR)
        status = EK_FAIL(EK_ERROR_FILE, "cannot read %s: %s", path.bytes, strerror(errno));
    ek_text_clear(&path);
    return status;
}

static ek_status read_all(struct reader *reader, const char *folder, const char *own)
{
    struct dirent **parts = NULL;
    int count = 0, runs = 0;
    EK_TRY(read_part(reader, folder, NULL, &runs));
    if (!own) reader->record->own_runs = runs;
    ek_status status = list_parts(folder, &parts, &count);
    for (int i = 0; i < count; i++) {
        reader->part = i + 1;
        if (status == EK_OK) status = read_part(reader, folder, parts[i]->d_name, &runs);
        if (own && strcmp(own, parts[i]->d_name) == 0) reader->record->own_runs = runs;
        if (runs > 0) reader->record->parts++;
        free(parts[i]);
    }
    free(parts);
    return status;
}

/* The clock that stamps files may be ahead of ours: that of a file server, or of a kernel that
 * reads a finer one for files than for time(). */
static double seconds_since(time_t newest)
{
    const double seconds = newest > 0 ? difftime(time(NULL), newest) : 0;
    return seconds > 0 ? seconds : 0;
}

ek_status ek_journal_read(const char *folder, const char *part, struct ek_journal_record *record)
{
    struct ek_journal_record fresh = {.ended = true};
    struct reader reader = {.record = &fresh};
    const ek_status status = read_all(&reader, folder, part);
    ek_release(reader.replay);
    fresh.quiet_seconds = seconds_since(reader.newest);
    if (status == EK_OK)
        *record = fresh;
    else
        ek_journal_record_clear(&fresh);
    return status;
}

void ek_journal_record_clear(struct ek_journal_record *record)
{
    for (size_t i = 0; record->points && i < record->header.points; i++)
        forget(&record->points[i]);
    ek_release(record->points);
    ek_text_clear(&record->places);
    *record = (struct ek_journal_record){0};
}
