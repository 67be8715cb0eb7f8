#include "io/hdf5_file.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static const char temporary_name[] = ".results.h5.part";

const char *ek_hdf5_version(char *out)
{
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(out, 32, "%u.%u.%u", major, minor, release);
    return out;
}

/* What is being written. A failing call of HDF5 sets `status`, and what follows does nothing. */
struct writer {
    const struct ek_results *results;
    hid_t file;
    ek_status status;
};

static bool good(struct writer *writer, bool done, const char *what)
{
    if (writer->status == EK_OK && !done)
        writer->status =
            EK_FAIL(EK_ERROR_MEMORY, "HDF5 cannot make %s of results.h5 in memory", what);
    return writer->status == EK_OK;
}

/* Zeroed memory for the next dataset, unless something has failed before. */
#define READY(writer, pointer, count)                                                             \
    ((writer)->status == EK_OK && ((writer)->status = EK_NEW(pointer, count)) == EK_OK)

/* ---- text attributes ----------------------------------------------------------------------- */

static void write_attribute(struct writer *writer, hid_t object, const char *key, const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    const hid_t attribute = H5Acreate2(object, key, type, space, H5P_DEFAULT, H5P_DEFAULT);
    good(writer, attribute >= 0 && H5Awrite(attribute, type, &text) >= 0, key);
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static void write_provenance(struct writer *writer)
{
    if (writer->status != EK_OK) return;
    const hid_t group =
        H5Gcreate2(writer->file, "provenance", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (!good(writer, group >= 0, "/provenance")) return;
    for (size_t i = 0; i < writer->results->fact_count; i++)
        write_attribute(writer, group, writer->results->facts[i].key,
                        writer->results->facts[i].value);
    H5Gclose(group);
}

/* ---- plain arrays -------------------------------------------------------------------------- */

static void write_array(struct writer *writer, const char *name, hid_t type, int rank,
                        const hsize_t *shape, const void *values)
{
    if (writer->status != EK_OK) return;
    const hid_t space = H5Screate_simple(rank, shape, NULL);
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    const hid_t set = H5Dcreate2(writer->file, name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    good(writer, set >= 0 && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
         name);
    if (set >= 0) H5Dclose(set);
    H5Pclose(links);
    H5Sclose(space);
}

static int most_layers(const struct ek_results *results)
{
    int most = 0;
    for (size_t i = 0; i < results->count; i++)
        if (results->rows[i].layers > most) most = results->rows[i].layers;
    return most;
}

static const void *entries_of(const struct ek_point_result *result,
                              const struct ek_result_array *array)
{
    return *(void *const *)ek_result_member(result, array->offset);
}

/* points x most layers, padded with NaN */
static void write_padded(struct writer *writer, const struct ek_result_array *array)
{
    const struct ek_results *results = writer->results;
    const size_t width = (size_t)most_layers(results);
    const hsize_t shape[2] = {results->count, width};
    double *table = NULL;
    if (!READY(writer, table, results->count * width)) return;
    for (size_t i = 0; i < results->count * width; i++) table[i] = NAN;
    for (size_t i = 0; i < results->count; i++) {
        const struct ek_point_result *result = results->rows[i].result;
        const size_t length = ek_result_length(result, array);
        if (length > 0)
            memcpy(table + i * width, entries_of(result, array), length * sizeof *table);
    }
    write_array(writer, array->dataset, H5T_NATIVE_DOUBLE, 2, shape, table);
    ek_release(table);
}

/* ---- ragged arrays ------------------------------------------------------------------------- */

static size_t total_length(const struct ek_results *results, const struct ek_result_array *array)
{
    size_t total = 0;
    for (size_t i = 0; i < results->count; i++)
        total += ek_result_length(results->rows[i].result, array);
    return total;
}

/* All arrays one after the other. */
static void write_values(struct writer *writer, const struct ek_result_array *array)
{
    const struct ek_results *results = writer->results;
    const hsize_t total = total_length(results, array);
    uint64_t *values = NULL, *at;
    if (!READY(writer, values, total)) return;
    at = values;
    for (size_t i = 0; i < results->count; i++) {
        const struct ek_point_result *result = results->rows[i].result;
        const size_t length = ek_result_length(result, array);
        if (length == 0) continue;
        memcpy(at, entries_of(result, array), length * sizeof *at);
        at += length;
    }
    write_array(writer, array->dataset, array->integers ? H5T_NATIVE_UINT64 : H5T_NATIVE_DOUBLE, 1,
                &total, values);
    ek_release(values);
}

/* Row i owns offsets[i] .. offsets[i + 1] - 1. */
static void write_offsets(struct writer *writer, const struct ek_result_array *array)
{
    const struct ek_results *results = writer->results;
    const hsize_t count = results->count + 1;
    uint64_t *offsets = NULL;
    if (!READY(writer, offsets, count)) return;
    for (size_t i = 0; i < results->count; i++)
        offsets[i + 1] = offsets[i] + ek_result_length(results->rows[i].result, array);
    write_array(writer, array->offsets, H5T_NATIVE_UINT64, 1, &count, offsets);
    ek_release(offsets);
}

static void write_arrays(struct writer *writer)
{
    const struct ek_result_layout *layout = ek_result_layout(writer->results->algorithm);
    for (size_t i = 0; i < layout->array_count; i++) {
        const struct ek_result_array *array = &layout->arrays[i];
        if (array->per_layer) write_padded(writer, array);
        else write_values(writer, array);
        if (array->offsets) write_offsets(writer, array);
    }
}

/* ---- the table ----------------------------------------------------------------------------- */

/* A cell as the table stores it. */
struct cell {
    enum { CELL_INTEGER, CELL_NUMBER, CELL_TEXT } type;
    int64_t integer;
    double number;
    const char *text;
    char bits[EK_QUBITS_MAX + 1];
};

/* A column: its place in a row of bytes. */
struct column {
    char name[128];
    int type; /* of its cells */
    size_t offset, bytes;
};

/* Columns before those of the algorithm's fields, and of the swept parameters behind them. */
static const char *const first_columns[] = {"id",     "problem", "kind",  "qubits",
                                            "layers", "status",  "reason"};
enum { FIRST = sizeof first_columns / sizeof *first_columns };

static void fill_first(const struct ek_result_row *row, size_t i, struct cell *cell)
{
    const char *const texts[FIRST] = {[1] = row->problem, [2] = row->kind, [5] = row->status,
                                      [6] = row->reason};
    const int64_t integers[FIRST] = {[0] = (int64_t)row->id, [3] = row->qubits,
                                     [4] = row->layers};
    cell->type = texts[i] ? CELL_TEXT : CELL_INTEGER;
    cell->text = texts[i];
    cell->integer = integers[i];
}

static void fill_field(const struct ek_result_row *row, const struct ek_result_field *field,
                       struct cell *cell)
{
    const struct ek_point_result *result = row->result;
    const void *member = result ? ek_result_member(result, field->offset) : NULL;
    cell->bits[0] = '\0';
    cell->text = cell->bits;
    cell->integer = 0;
    cell->number = NAN;
    switch (field->type) {
    case EK_FIELD_INTEGER:
        cell->type = CELL_INTEGER;
        if (member) cell->integer = *(const int *)member;
        break;
    case EK_FIELD_NUMBER:
        cell->type = CELL_NUMBER;
        if (member) cell->number = *(const double *)member;
        break;
    case EK_FIELD_INDEX:
        cell->type = CELL_TEXT;
        if (member) ek_format_bits(*(const uint64_t *)member, result->qubits, cell->bits);
        break;
    case EK_FIELD_STOP:
        cell->type = CELL_TEXT;
        cell->text = ek_result_stop(result, field->offset);
        break;
    }
}

static void fill_cell(const struct ek_results *results, const struct ek_result_row *row, size_t i,
                      struct cell *cell)
{
    const struct ek_result_layout *layout = ek_result_layout(results->algorithm);
    if (i < FIRST) {
        fill_first(row, i, cell);
    } else if (i < FIRST + layout->field_count) {
        fill_field(row, &layout->fields[i - FIRST], cell);
    } else {
        cell->type = CELL_NUMBER;
        cell->number = row->parameters[i - FIRST - layout->field_count];
    }
}

static size_t count_columns(const struct ek_results *results)
{
    const struct ek_result_layout *layout = ek_result_layout(results->algorithm);
    return FIRST + layout->field_count + results->parameter_count;
}

static void name_column(const struct ek_results *results, size_t i, char *name, size_t capacity)
{
    const struct ek_result_layout *layout = ek_result_layout(results->algorithm);
    const size_t parameters = FIRST + layout->field_count;
    if (i < parameters)
        snprintf(name, capacity, "%s",
                 i < FIRST ? first_columns[i] : layout->fields[i - FIRST].column);
    else
        snprintf(name, capacity, "param_%s", results->parameter_names[i - parameters]);
}

/* Type and bytes of a column: a text is as long as the longest of all rows, at least 1. */
static void measure_column(const struct ek_results *results, size_t i, struct column *column)
{
    column->bytes = 1;
    for (size_t r = 0; r < results->count; r++) {
        struct cell cell;
        fill_cell(results, &results->rows[r], i, &cell);
        const size_t bytes = cell.type == CELL_TEXT ? strlen(cell.text) : 8;
        column->type = (int)cell.type;
        if (bytes > column->bytes) column->bytes = bytes;
    }
}

/* Lays out a row; returns its bytes. */
static size_t lay_out(const struct ek_results *results, struct column *columns)
{
    size_t offset = 0;
    for (size_t i = 0; i < count_columns(results); i++) {
        struct column *column = &columns[i];
        name_column(results, i, column->name, sizeof column->name);
        measure_column(results, i, column);
        column->offset = offset;
        offset += column->bytes;
    }
    return offset;
}

static hid_t column_type(const struct column *column)
{
    if (column->type == CELL_INTEGER) return H5Tcopy(H5T_NATIVE_INT64);
    if (column->type == CELL_NUMBER) return H5Tcopy(H5T_NATIVE_DOUBLE);
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, column->bytes);
    H5Tset_cset(type, H5T_CSET_UTF8);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    return type;
}

static hid_t table_type(const struct column *columns, size_t count, size_t bytes)
{
    const hid_t type = H5Tcreate(H5T_COMPOUND, bytes);
    for (size_t i = 0; i < count; i++) {
        const hid_t cell = column_type(&columns[i]);
        H5Tinsert(type, columns[i].name, columns[i].offset, cell);
        H5Tclose(cell);
    }
    return type;
}

static void fill_row(const struct ek_results *results, const struct ek_result_row *row,
                     const struct column *columns, char *bytes)
{
    for (size_t i = 0; i < count_columns(results); i++) {
        struct cell cell;
        char *to = bytes + columns[i].offset;
        fill_cell(results, row, i, &cell);
        if (cell.type == CELL_INTEGER) memcpy(to, &cell.integer, 8);
        else if (cell.type == CELL_NUMBER) memcpy(to, &cell.number, 8);
        else memcpy(to, cell.text, strlen(cell.text));
    }
}

static void write_table(struct writer *writer)
{
    const struct ek_results *results = writer->results;
    const size_t count = count_columns(results);
    const hsize_t rows = results->count;
    struct column *columns = NULL;
    char *table = NULL;
    if (!READY(writer, columns, count)) return;
    const size_t bytes = lay_out(results, columns);
    if (READY(writer, table, rows * bytes)) {
        for (size_t i = 0; i < rows; i++)
            fill_row(results, &results->rows[i], columns, table + i * bytes);
        const hid_t type = table_type(columns, count, bytes);
        write_array(writer, "points", type, 1, &rows, table);
        H5Tclose(type);
    }
    ek_release(columns);
    ek_release(table);
}

/* ---- the file
 * ------------------------------------------------------------------------------------------ */

static ek_status write_file(const struct ek_results *results, const char *path)
{
    struct writer writer = {.results = results};
    writer.file = ek_hdf5_begin(path);
    if (writer.file < 0) return EK_FAIL(EK_ERROR_MEMORY, "HDF5 cannot begin %s in memory", path);
    write_table(&writer);
    write_arrays(&writer);
    write_provenance(&writer);
    write_attribute(&writer, writer.file, "spec", results->spec);
    return ek_hdf5_end(writer.file, path, writer.status);
}

ek_status ek_results_write_hdf5(const struct ek_results *results, const char *folder)
{
    struct ek_text path = {0};
    H5E_auto2_t print;
    void *print_context;
    ek_text_printf(&path, "%s/%s", folder, temporary_name);
    EK_TRY(path.status);
    H5Eget_auto2(H5E_DEFAULT, &print, &print_context);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* failures are reported here, not printed there */
    ek_status status = write_file(results, path.bytes);
    H5Eset_auto2(H5E_DEFAULT, print, print_context);
    if (status == EK_OK)
        status = ek_file_publish(folder, temporary_name, "results.h5");
    else
        unlink(path.bytes);
    ek_text_clear(&path);
    return status;
}
