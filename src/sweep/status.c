/* What an output folder says, to whoever looks at it: files only. */
#include "sweep/sweep_private.h"

#include "io/io.h"

#include <math.h>
#include <string.h>

static ek_status read_record(const char *folder, struct ek_journal_record *record)
{
    EK_TRY(ek_journal_read(folder, NULL, record));
    if (record->header.run > 0) return EK_OK;
    ek_journal_record_clear(record);
    return EK_FAIL(EK_ERROR_FILE, "%s is not the output folder of a sweep: it has no journal",
                   folder);
}

/* ---- progress ------------------------------------------------------------------------------- */

static void count_states(const struct ek_journal_record *record, ek_sweep_progress *progress)
{
    for (size_t id = 0; id < progress->points; id++) {
        const struct ek_journal_point *point = &record->points[id];
        progress->done += point->state == EK_POINT_DONE;
        progress->failed += point->state == EK_POINT_FAILED;
        progress->running += point->state == EK_POINT_STARTED && point->at_work;
    }
    progress->remaining = progress->points - progress->done - progress->failed - progress->running;
}

/* All groups at work go on at the mean pace of the points that the last runs finished. */
static double time_left(const struct ek_journal_record *record, const ek_sweep_progress *progress)
{
    const double left = (double)(progress->remaining + progress->running);
    if (left == 0) return 0;
    if (record->last_done == 0) return NAN;
    return left * record->last_seconds / (double)record->last_done / record->groups;
}

ek_status ek_sweep_status(const char *folder, ek_sweep_progress *progress)
{
    struct ek_journal_record record = {0};
    EK_TRY(read_record(folder, &record));
    ek_sweep_progress fresh = {.points = record.header.points,
                               .runs = record.runs,
                               .parts = record.parts,
                               .groups = record.groups,
                               .ended = record.ended,
                               .seconds_quiet = record.quiet_seconds};
    count_states(&record, &fresh);
    fresh.seconds_left = time_left(&record, &fresh);
    fresh.complete =
        fresh.done + fresh.failed == fresh.points && ek_sweep_folder_has_results(folder);
    ek_journal_record_clear(&record);
    *progress = fresh;
    return EK_OK;
}

/* ---- report --------------------------------------------------------------------------------- */

static ek_status read_resolved(const char *folder, struct ek_spec **spec)
{
    struct ek_text path = {0};
    ek_file file = {0};
    ek_text_printf(&path, "%s/resolved.yaml", folder);
    ek_status status = path.status;
    if (status == EK_OK) status = ek_file_read_alone(path.bytes, &file);
    if (status == EK_OK) status = ek_spec_parse(&file, 0, NULL, spec);
    ek_text_clear(&path);
    ek_file_clear(&file);
    return status;
}

static void add_head(const struct ek_spec *spec, struct table *table)
{
    static const char *const left[] = {"id", "problem", "qubits", "layers"};
    const struct ek_result_layout *layout = ek_result_layout(spec->algorithm.name);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) ek_table_add(table, "%s", left[i]);
    for (unsigned i = 0; i < spec->sweep.parameters_count; i++)
        if (spec->sweep.parameters[i].target != EK_TARGET_LAYERS)
            ek_table_add(table, "%s", spec->sweep.parameters[i].name);
    for (size_t i = 0; i < layout->field_count; i++)
        if (layout->fields[i].heading) ek_table_add(table, "%s", layout->fields[i].heading);
    ek_table_add(table, "seconds");
    ek_table_add(table, "status");
    table->columns = table->cells;
}

static void add_number(struct table *table, const char *format, double value)
{
    char cell[64];
    snprintf(cell, sizeof cell, format, value);
    ek_table_add(table, "%s", isnan(value) ? "-" : cell);
}

static void add_word(struct table *table, const char *word)
{
    ek_table_add(table, "%s", *word ? word : "-");
}

static void add_field(struct table *table, const struct ek_result_field *field,
                      const struct ek_point_result *result)
{
    if (!field->heading) return;
    if (field->type == EK_FIELD_INTEGER)
        ek_table_add(table, "%d",
                     result ? *(const int *)ek_result_member(result, field->offset) : 0);
    else if (field->type == EK_FIELD_STOP)
        add_word(table, ek_result_stop(result, field->offset));
    else
        add_number(table, field->format,
                   result ? ek_result_number(result, field->offset) : (double)NAN);
}

static void add_result(const struct ek_spec *spec, const struct ek_point_result *result,
                       struct table *table)
{
    const struct ek_result_layout *layout = ek_result_layout(spec->algorithm.name);
    for (size_t i = 0; i < layout->field_count; i++) add_field(table, &layout->fields[i], result);
    add_number(table, "%.3f", result ? result->seconds : (double)NAN);
}

static void add_status(struct table *table, const struct ek_journal_point *known)
{
    static const char *const words[] = {"waiting", "started", "done", "failed"};
    const char *reason = known->state == EK_POINT_FAILED && known->reason ? known->reason : "";
    ek_table_add(table, "%s%s%.*s", words[known->state], *reason ? ": " : "",
                 (int)strcspn(reason, "\n"), reason);
}

static ek_status add_point(const struct ek_points *points, size_t id,
                           const struct ek_journal_point *known, struct table *table)
{
    const struct ek_spec *spec = points->spec;
    struct ek_point point;
    EK_TRY(ek_points_get(points, id, &point));
    ek_table_add(table, "%zu", id);
    ek_table_add(table, "%s", point.problem->name);
    if (known->result)
        ek_table_add(table, "%d", known->result->qubits);
    else
        ek_table_add(table, "-");
    ek_table_add(table, "%d", known->result ? known->result->layers : point.layers);
    for (unsigned i = 0; i < spec->sweep.parameters_count; i++)
        if (spec->sweep.parameters[i].target != EK_TARGET_LAYERS)
            add_number(table, "%.6g", point.values[i]);
    add_result(spec, known->result, table);
    add_status(table, known);
    ek_point_clear(&point);
    return table->status;
}

static ek_status write_table(const struct ek_points *points,
                             const struct ek_journal_record *record, struct ek_text *text)
{
    struct table table = {0};
    ek_status status = EK_OK;
    add_head(points->spec, &table);
    for (size_t id = 0; id < points->count && status == EK_OK; id++)
        status = add_point(points, id, &record->points[id], &table);
    ek_table_write(&table, text);
    ek_table_clear(&table);
    return status == EK_OK ? text->status : status;
}

static ek_status report_points(const char *folder, const struct ek_spec *spec,
                               const struct ek_journal_record *record, struct ek_text *text)
{
    struct ek_points *points = NULL;
    ek_status status = ek_points_create(spec, "", &points);
    if (status == EK_OK && points->count != record->header.points)
        status = EK_FAIL(EK_ERROR_MISMATCH, "%s/resolved.yaml has %zu points, the journals %zu",
                         folder, points->count, record->header.points);
    if (status == EK_OK) status = write_table(points, record, text);
    ek_points_destroy(&points);
    return status;
}

ek_status ek_sweep_report(const char *folder, char **text)
{
    struct ek_journal_record record = {0};
    struct ek_text fresh = {0};
    struct ek_spec *spec = NULL;
    EK_TRY(read_record(folder, &record));
    ek_status status = read_resolved(folder, &spec);
    if (status == EK_OK) status = report_points(folder, spec, &record, &fresh);
    ek_spec_destroy(&spec);
    ek_journal_record_clear(&record);
    if (status == EK_OK)
        *text = fresh.bytes;
    else
        ek_text_clear(&fresh);
    return status;
}
