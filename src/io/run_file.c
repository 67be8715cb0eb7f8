/* Reports of runs as HDF5, written by rank 0. */
#include "io/hdf5_file.h"

#include <exaket/program.h>
#include <exaket/run.h>

/* A failing call sets `good` to false, and what follows does no harm. */
struct writer {
    hid_t file;
    const ek_run_report *report;
    bool good;
};

static void write_array(struct writer *w, const char *name, hid_t type, hsize_t count,
                        const void *values)
{
    w->good = ek_hdf5_array(w->file, name, type, (hsize_t[2]){count, 0}, values) && w->good;
}

/* Texts of one width, padded with nulls. */
static ek_status write_outcomes(struct writer *w, const char *name, size_t count,
                                const uint64_t *outcomes)
{
    const ek_shots_result *result = w->report->result;
    const size_t width = ek_outcome_bytes(w->report->program, result->over_qubits);
    char *all = NULL;
    EK_TRY(EK_NEW(all, count * width));
    for (size_t i = 0; i < count; i++)
        ek_outcome_text(w->report->program, result->over_qubits, outcomes + i * result->words,
                        all + i * width);
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, width);
    write_array(w, name, type, count, all);
    H5Tclose(type);
    ek_release(all);
    return EK_OK;
}

static void write_amplitudes(struct writer *w)
{
    const ek_run_report *report = w->report;
    const hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(ek_complex));
    H5Tinsert(type, "r", HOFFSET(ek_complex, re), H5T_NATIVE_DOUBLE);
    H5Tinsert(type, "i", HOFFSET(ek_complex, im), H5T_NATIVE_DOUBLE);
    write_array(w, "amplitudes/index", H5T_NATIVE_UINT64, report->amplitude_count,
                report->amplitude_indices);
    write_array(w, "amplitudes/values", type, report->amplitude_count, report->amplitudes);
    H5Tclose(type);
}

static void write_expectations(struct writer *w)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    write_array(w, "expectations/names", type, w->report->expectation_count,
                w->report->expectation_names);
    write_array(w, "expectations/values", H5T_NATIVE_DOUBLE, w->report->expectation_count,
                w->report->expectations);
    H5Tclose(type);
}

static ek_status write_all(struct writer *w, const char *json)
{
    const ek_shots_result *result = w->report->result;
    if (result->outcome_count > 0) {
        EK_TRY(write_outcomes(w, "counts/outcomes", result->outcome_count, result->outcomes));
        write_array(w, "counts/shots", H5T_NATIVE_UINT64, result->outcome_count, result->counts);
    }
    if (result->probable_count > 0) {
        EK_TRY(write_outcomes(w, "probabilities/outcomes", result->probable_count,
                              result->probable));
        write_array(w, "probabilities/values", H5T_NATIVE_DOUBLE, result->probable_count,
                    result->probabilities);
    }
    if (w->report->amplitude_count > 0) write_amplitudes(w);
    if (w->report->expectation_count > 0) write_expectations(w);
    w->good = ek_hdf5_text(w->file, "report", json) && w->good;
    return EK_OK;
}

static ek_status write_file(const ek_run_report *report, const char *path, const char *json)
{
    struct writer w = {.file = ek_hdf5_begin(path), .report = report, .good = true};
    if (w.file < 0) return EK_FAIL(EK_ERROR_MEMORY, "HDF5 cannot begin %s in memory", path);
    ek_status status = write_all(&w, json);
    if (status == EK_OK && !w.good)
        status = EK_FAIL(EK_ERROR_MEMORY, "HDF5 cannot make %s in memory", path);
    return ek_hdf5_end(w.file, path, status);
}

static ek_status save_here(const ek_session *session, const ek_run_report *report,
                           const struct ek_file_place *place)
{
    struct ek_quiet quiet;
    char *json = NULL;
    if (ek_session_rank(session) != 0) return EK_OK;
    ek_status status = ek_run_json(session, report, &json);
    ek_quiet_begin(&quiet);
    if (status == EK_OK) status = write_file(report, place->path, json);
    ek_quiet_end(&quiet);
    ek_text_free(&json);
    return ek_file_place_publish(session, place, status);
}

ek_status ek_run_save(ek_session *session, const ek_run_report *report, const char *path)
{
    struct ek_file_place place;
    ek_status status = ek_file_place_find(path, &place);
    if (status == EK_OK) status = ek_file_place_try(session, &place);
    if (status == EK_OK) status = save_here(session, report, &place);
    return ek_session_agree(session, status);
}
