/* From the journals to the results' files. */
#include "sweep/sweep_private.h"

/* Rows and the points that they borrow from. */
struct rows {
    size_t count;
    struct ek_result_row *rows;
    struct ek_point *points;
};

static void clear_rows(struct rows *rows)
{
    for (size_t i = 0; rows->points && i < rows->count; i++) ek_point_clear(&rows->points[i]);
    ek_release(rows->points);
    ek_release(rows->rows);
}

static struct ek_result_row make_row(const struct sweep *sweep, const struct ek_point *point,
                                     const struct ek_journal_point *known)
{
    static const char *const names[] = {"waiting", "started", "done", "failed"};
    const struct ek_point_result *result = known->result;
    return (struct ek_result_row){
        .id = point->id,
        .problem = point->problem->name,
        .result = result,
        .status = names[known->state],
        .reason = known->state == EK_POINT_FAILED && known->reason ? known->reason : "",
        .kind = result ? result->kind : ek_spec_kind_name(sweep->spec->problem.kind),
        .qubits = result ? result->qubits : point->problem->qubits,
        .layers = result ? result->layers : point->layers,
        .parameters = point->values,
    };
}

static ek_status make_rows(const struct sweep *sweep, const struct ek_journal_record *record,
                           struct rows *rows)
{
    rows->count = sweep->points->count;
    EK_TRY(EK_NEW(rows->points, rows->count));
    EK_TRY(EK_NEW(rows->rows, rows->count));
    for (size_t id = 0; id < rows->count; id++) {
        EK_TRY(ek_points_get(sweep->points, id, &rows->points[id]));
        rows->rows[id] = make_row(sweep, &rows->points[id], &record->points[id]);
    }
    return EK_OK;
}

static ek_status write_files(const struct sweep *sweep, const struct rows *rows,
                             const char *const *names, size_t fact_count,
                             const struct ek_result_fact *facts)
{
    const struct ek_results results = {
        .count = rows->count,
        .rows = rows->rows,
        .parameter_count = sweep->spec->sweep.parameters_count,
        .parameter_names = names,
        .spec = sweep->spec->resolved,
        .fact_count = fact_count,
        .facts = facts,
        .algorithm = sweep->spec->algorithm.name,
    };
    EK_TRY(ek_results_write_csv(&results, sweep->output));
    return ek_results_write_hdf5(&results, sweep->output);
}

ek_status ek_sweep_write_results(const struct sweep *sweep, const struct ek_journal_record *record,
                                 size_t fact_count, const struct ek_result_fact *facts)
{
    const unsigned count = sweep->spec->sweep.parameters_count;
    const char **names = NULL;
    struct rows rows = {0};
    ek_status status = EK_NEW(names, count);
    for (unsigned i = 0; i < count && status == EK_OK; i++)
        names[i] = sweep->spec->sweep.parameters[i].name;
    if (status == EK_OK) status = make_rows(sweep, record, &rows);
    if (status == EK_OK) status = write_files(sweep, &rows, names, fact_count, facts);
    clear_rows(&rows);
    ek_release(names);
    return status;
}
