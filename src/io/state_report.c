/* Answers about saved states as JSON and as HDF5. */
#include "io/hdf5_file.h"
#include "io/json.h"
#include "io/state_private.h"

#include <exaket/run.h>

/* ---- JSON ---------------------------------------------------------------------------------- */

static json_t *bloch_array(const ek_state_report *report)
{
    json_t *array = json_array();
    for (int q = 0; report->bloch && q < report->saved.qubits; q++)
        json_array_append_new(array, json_pack("{s:i, s:o, s:o, s:o}", "qubit", q, "x",
                                               number(report->bloch[q].x), "y",
                                               number(report->bloch[q].y), "z",
                                               number(report->bloch[q].z)));
    return array;
}

static json_t *matrix_rows(const ek_state_part *part)
{
    const size_t rows = (size_t)1 << part->count;
    json_t *all = json_array();
    for (size_t i = 0; i < rows; i++) {
        json_t *row = json_array();
        for (size_t j = 0; j < rows; j++) {
            const ek_complex a = part->matrix[i * rows + j];
            json_array_append_new(row, json_pack("[o, o]", number(a.re), number(a.im)));
        }
        json_array_append_new(all, row);
    }
    return all;
}

/* Without the arrays for a file that holds them as such. */
static json_t *part_object(const ek_state_part *part, bool arrays)
{
    json_t *object = json_object(), *qubits = json_array();
    for (int i = 0; i < part->count; i++)
        json_array_append_new(qubits, json_integer(part->qubits[i]));
    set(object, "qubits", qubits);
    if (part->kind == EK_PART_ENTROPY) set(object, "bits", number(part->entropy));
    if (part->kind == EK_PART_DENSITY && arrays) set(object, "matrix", matrix_rows(part));
    if (part->kind == EK_PART_MARGINAL && arrays)
        set(object, "probabilities", numbers((size_t)1 << part->count, part->probabilities));
    return object;
}

static json_t *parts_array(const ek_state_report *report, ek_part_kind kind, bool arrays)
{
    json_t *array = json_array();
    for (size_t i = 0; i < report->part_count; i++)
        if (report->parts[i].kind == kind)
            json_array_append_new(array, part_object(&report->parts[i], arrays));
    return array;
}

static json_t *comparison(const ek_state_report *report)
{
    if (!report->other) return json_null();
    return json_pack("{s:o, s:o, s:o, s:o}", "with", word(report->other), "re",
                     number(report->inner_product.re), "im", number(report->inner_product.im),
                     "fidelity", number(report->fidelity));
}

static ek_status make_json(const ek_session *session, const ek_state_report *report, bool arrays,
                           char **text)
{
    json_t *object = json_pack(
        "{s:i, s:i, s:i, s:s, s:b, s:o}", "qubits", report->saved.qubits, "ranks",
        ek_session_size(session), "threads_per_rank", ek_session_threads(session), "precision",
        ek_precision_name(report->saved.precision), "checksums", report->saved.has_checksums,
        "norm", number(report->norm));
    set(object, "amplitudes",
        amplitudes_array(report->amplitude_count, report->amplitude_indices, report->amplitudes,
                         report->saved.qubits));
    set(object, "marginals", parts_array(report, EK_PART_MARGINAL, arrays));
    set(object, "densities", parts_array(report, EK_PART_DENSITY, arrays));
    set(object, "entropies", parts_array(report, EK_PART_ENTROPY, arrays));
    set(object, "bloch", bloch_array(report));
    set(object, "inner_product", comparison(report));
    return print(object, text);
}

ek_status ek_state_json(const ek_session *session, const ek_state_report *report, char **text)
{
    return make_json(session, report, true, text);
}

/* ---- HDF5 ---------------------------------------------------------------------------------- */

static bool write_part(hid_t file, const ek_state_part *part, size_t number_of_kind, hid_t complex)
{
    const hsize_t count = (hsize_t)part->count, rows = (hsize_t)1 << part->count;
    const bool matrix = part->kind == EK_PART_DENSITY;
    char folder[64], qubits[96], values[96];
    if (part->kind == EK_PART_ENTROPY) return true; /* in the report */
    snprintf(folder, sizeof folder, "%s/%zu", matrix ? "densities" : "marginals", number_of_kind);
    snprintf(qubits, sizeof qubits, "%s/qubits", folder);
    snprintf(values, sizeof values, "%s/%s", folder, matrix ? "matrix" : "probabilities");
    if (!ek_hdf5_array(file, qubits, H5T_NATIVE_INT, (hsize_t[2]){count, 0}, part->qubits))
        return false;
    return matrix
               ? ek_hdf5_array(file, values, complex, (hsize_t[2]){rows, rows}, part->matrix)
               : ek_hdf5_array(file, values, H5T_NATIVE_DOUBLE, (hsize_t[2]){rows, 0},
                               part->probabilities);
}

static bool write_all(hid_t file, const ek_state_report *report, const char *json)
{
    const hid_t complex = ek_amplitude_type(EK_DOUBLE);
    const hsize_t amplitudes = report->amplitude_count;
    size_t numbers[3] = {0, 0, 0};
    bool good = ek_hdf5_text(file, "report", json);
    if (amplitudes > 0) {
        good = ek_hdf5_array(file, "amplitudes/index", H5T_NATIVE_UINT64,
                             (hsize_t[2]){amplitudes, 0}, report->amplitude_indices) &&
               good;
        good = ek_hdf5_array(file, "amplitudes/values", complex, (hsize_t[2]){amplitudes, 0},
                             report->amplitudes) &&
               good;
    }
    for (size_t i = 0; i < report->part_count; i++)
        good = write_part(file, &report->parts[i], numbers[report->parts[i].kind]++, complex) &&
               good;
    if (report->bloch)
        good = ek_hdf5_array(file, "bloch", H5T_NATIVE_DOUBLE,
                             (hsize_t[2]){(hsize_t)report->saved.qubits, 3}, report->bloch) &&
               good;
    H5Tclose(complex);
    return good;
}

static ek_status write_file(const ek_state_report *report, const char *path, const char *json)
{
    const hid_t file = ek_hdf5_begin(path);
    if (file < 0) return EK_FAIL(EK_ERROR_MEMORY, "HDF5 cannot begin %s in memory", path);
    const ek_status status = write_all(file, report, json)
                                 ? EK_OK
                                 : EK_FAIL(EK_ERROR_MEMORY, "HDF5 cannot make %s in memory", path);
    return ek_hdf5_end(file, path, status);
}

static ek_status save_here(const ek_session *session, const ek_state_report *report,
                           const struct ek_file_place *place)
{
    struct ek_quiet quiet;
    char *json = NULL;
    if (ek_session_rank(session) != 0) return EK_OK;
    ek_status status = make_json(session, report, false, &json);
    ek_quiet_begin(&quiet);
    if (status == EK_OK) status = write_file(report, place->path, json);
    ek_quiet_end(&quiet);
    ek_release(json);
    return ek_file_place_publish(session, place, status);
}

ek_status ek_state_report_save(ek_session *session, const ek_state_report *report,
                               const char *path)
{
    struct ek_file_place place;
    ek_status status = ek_file_place_find(path, &place);
    if (status == EK_OK) status = ek_file_place_try(session, &place);
    if (status == EK_OK) status = save_here(session, report, &place);
    return ek_session_agree(session, status);
}
