#include "io/results.h"

#include <hdf5.h>
#include <math.h>
#include <stddef.h>
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
    if (writer->status == EK_OK && ek_fault_due(EK_FAULT_WRITE)) done = false;
    if (writer->status == EK_OK && !done)
        writer->status = EK_FAIL(EK_ERROR_FILE,
                                 "HDF5 cannot write %s of results.h5: is the disk "
                                 "full?",
                                 what);
    return writer->status == EK_OK;
}

/* Zeroed memory for the next dataset, unless something has failed before. */
#define READY(writer, pointer, count)                                                             \
    ((writer)->status == EK_OK && ((writer)->status = EK_NEW(pointer, count)) == EK_OK)

/* ---- text attributes -------------------------------------------------------------------------
 */

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
    const hid_t group =
        H5Gcreate2(writer->file, "provenance", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (!good(writer, group >= 0, "/provenance")) return;
    for (size_t i = 0; i < writer->results->fact_count; i++)
        write_attribute(writer, group, writer->results->facts[i].key,
                        writer->results->facts[i].value);
    H5Gclose(group);
}

/* ---- plain arrays ------------------------------------------------------------------------------
 */

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

/* points x most layers, padded with NaN */
static void write_angles(struct writer *writer, const char *name, size_t member)
{
    const struct ek_results *results = writer->results;
    const size_t width = (size_t)most_layers(results);
    const hsize_t shape[2] = {results->count, width};
    double *table = NULL;
    if (!READY(writer, table, results->count * width)) return;
    for (size_t i = 0; i < results->count * width; i++) table[i] = NAN;
    for (size_t i = 0; i < results->count; i++) {
        const struct ek_point_result *result = results->rows[i].result;
        if (!result) continue;
        double *const *angles = (double *const *)(const void *)((const char *)result + member);
        memcpy(table + i * width, *angles, (size_t)result->layers * sizeof **angles);
    }
    write_array(writer, name, H5T_NATIVE_DOUBLE, 2, shape, table);
    ek_release(table);
}

/* ---- ragged arrays
 * -------------------------------------------------------------------------------- */

/* One array of each result, all 8 bytes wide, and the member that gives its length. */
struct ragged {
    const char *name;
    size_t member, count_member;
    bool integers;
};

static size_t length_of(const struct ek_point_result *result, const struct ragged *ragged)
{
    return result ? *(const size_t *)(const void *)((const char *)result + ragged->count_member)
                  : 0;
}

static size_t total_length(const struct ek_results *results, const struct ragged *ragged)
{
    size_t total = 0;
    for (size_t i = 0; i < results->count; i++)
        total += length_of(results->rows[i].result, ragged);
    return total;
}

/* All arrays one after the other. */
static void write_values(struct writer *writer, const struct ragged *ragged)
{
    const struct ek_results *results = writer->results;
    const hsize_t total = total_length(results, ragged);
    uint64_t *values = NULL, *at;
    if (!READY(writer, values, total)) return;
    at = values;
    for (size_t i = 0; i < results->count; i++) {
        const struct ek_point_result *result = results->rows[i].result;
        const size_t length = length_of(result, ragged);
        if (length == 0) continue;
        const void *const *from =
            (const void *const *)(const void *)((const char *)result + ragged->member);
        memcpy(at, *from, length * sizeof *at);
        at += length;
    }
    write_array(writer, ragged->name, ragged->integers ? H5T_NATIVE_UINT64 : H5T_NATIVE_DOUBLE, 1,
                &total, values);
    ek_release(values);
}

/* Row i owns offsets[i] .. offsets[i + 1] - 1. */
static void write_offsets(struct writer *writer, const char *name, const struct ragged *ragged)
{
    const struct ek_results *results = writer->results;
    const hsize_t count = results->count + 1;
    uint64_t *offsets = NULL;
    if (!READY(writer, offsets, count)) return;
    for (size_t i = 0; i < results->count; i++)
        offsets[i + 1] = offsets[i] + length_of(results->rows[i].result, ragged);
    write_array(writer, name, H5T_NATIVE_UINT64, 1, &count, offsets);
    ek_release(offsets);
}

#define RESULT(member) offsetof(struct ek_point_result, member)
static const struct ragged history = {"history/values", RESULT(history), RESULT(history_count),
                                      false};
static const struct ragged counts[] = {
    {"counts/outcomes", RESULT(outcomes), RESULT(outcome_count), true},
    {"counts/shots", RESULT(outcome_counts), RESULT(outcome_count), true},
    {"counts/values", RESULT(outcome_values), RESULT(outcome_count), false}};

static void write_arrays(struct writer *writer)
{
    write_angles(writer, "angles/gamma", RESULT(gamma));
    write_angles(writer, "angles/beta", RESULT(beta));
    write_values(writer, &history);
    write_offsets(writer, "history/offsets", &history);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) write_values(writer, &counts[i]);
    write_offsets(writer, "counts/offsets", &counts[0]);
}

/* ---- the table
 * -------------------------------------------------------------------------------------- */

enum cell { CELL_INTEGER, CELL_NUMBER, CELL_TEXT };

/* A column: its place in a row of bytes. */
struct column {
    char name[128];
    enum cell cell;
    size_t offset, bytes;
};

/* A row's cells in the order of its columns. */
struct cells {
    int64_t integers[8];
    double numbers[8];
    const char *texts[8];
    char bits[EK_QUBITS_MAX + 1];
};

/* Names of the columns before the swept parameters; i, n, t: integer, number, text. */
static const char *const fixed_columns[] = {
    "iid",        "tproblem",    "tkind",           "iqubits",     "ilayers",
    "tstatus",    "treason",     "nenergy",         "noptimum",    "napproximation_ratio",
    "np_optimal", "nbest_value", "tbest_bitstring", "ievaluations"};
enum { FIXED = sizeof fixed_columns / sizeof *fixed_columns };

/* The cells of each type in the order of the columns of that type. */
static void fill_cells(const struct ek_result_row *row, struct cells *cells)
{
    const struct ek_point_result *result = row->result;
    cells->bits[0] = '\0';
    if (result) ek_format_bits(result->best_index, result->qubits, cells->bits);
    const int64_t integers[] = {(int64_t)row->id, row->qubits, row->layers,
                                result ? result->evaluations : 0};
    const double numbers[] = {
        result ? result->energy : (double)NAN, result ? result->optimum : (double)NAN,
        result ? result->approximation_ratio : (double)NAN,
        result ? result->p_optimal : (double)NAN, result ? result->best_value : (double)NAN};
    const char *const texts[] = {row->problem, row->kind, row->status, row->reason, cells->bits};
    memcpy(cells->integers, integers, sizeof integers);
    memcpy(cells->numbers, numbers, sizeof numbers);
    memcpy(cells->texts, texts, sizeof texts);
}

/* Longest text of text column `which` over all rows, at least 1. */
static size_t text_width(const struct ek_results *results, size_t which)
{
    size_t width = 1;
    struct cells cells;
    for (size_t i = 0; i < results->count; i++) {
        fill_cells(&results->rows[i], &cells);
        const size_t length = strlen(cells.texts[which]);
        if (length > width) width = length;
    }
    return width;
}

/* Lays out a row; returns its bytes. */
static size_t lay_out(const struct ek_results *results, struct column *columns)
{
    size_t offset = 0, texts = 0;
    for (size_t i = 0; i < FIXED + results->parameter_count; i++) {
        struct column *column = &columns[i];
        const char *name = i < FIXED ? fixed_columns[i] + 1 : results->parameter_names[i - FIXED];
        const char type = i < FIXED ? fixed_columns[i][0] : 'n';
        snprintf(column->name, sizeof column->name, "%s%s", i < FIXED ? "" : "param_", name);
        column->cell = type == 'i' ? CELL_INTEGER : type == 'n' ? CELL_NUMBER : CELL_TEXT;
        column->bytes = type == 't' ? text_width(results, texts++) : 8;
        column->offset = offset;
        offset += column->bytes;
    }
    return offset;
}

static hid_t column_type(const struct column *column)
{
    if (column->cell == CELL_INTEGER) return H5Tcopy(H5T_NATIVE_INT64);
    if (column->cell == CELL_NUMBER) return H5Tcopy(H5T_NATIVE_DOUBLE);
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
    struct cells cells;
    const int64_t *integer = cells.integers;
    const double *number = cells.numbers;
    const char *const *text = cells.texts;
    fill_cells(row, &cells);
    for (size_t i = 0; i < FIXED; i++) {
        char *cell = bytes + columns[i].offset;
        if (columns[i].cell == CELL_INTEGER)
            memcpy(cell, integer++, 8);
        else if (columns[i].cell == CELL_NUMBER)
            memcpy(cell, number++, 8);
        else
            memcpy(cell, *text, strlen(*text)), text++;
    }
    for (size_t i = 0; i < results->parameter_count; i++)
        memcpy(bytes + columns[FIXED + i].offset, &row->parameters[i], 8);
}

static void write_table(struct writer *writer)
{
    const struct ek_results *results = writer->results;
    const size_t count = FIXED + results->parameter_count;
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
    writer.file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    if (writer.file < 0) return EK_FAIL(EK_ERROR_FILE, "HDF5 cannot create %s", path);
    write_table(&writer);
    write_arrays(&writer);
    write_provenance(&writer);
    write_attribute(&writer, writer.file, "spec", results->spec);
    const bool flushed = H5Fflush(writer.file, H5F_SCOPE_GLOBAL) >= 0;
    const bool closed = H5Fclose(writer.file) >= 0;
    good(&writer, flushed && closed, "the rest");
    return writer.status;
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
