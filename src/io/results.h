/* Results of sweeps: as data, as HDF5, as CSV. All functions here are local. */
#ifndef EK_IO_RESULTS_H
#define EK_IO_RESULTS_H

#include "base/base.h"

#include <exaket/evaluation.h>

enum ek_algorithm { EK_ALGORITHM_QAOA, EK_ALGORITHM_VQE };

/* What one point gives. Missing numbers are NaN. */
struct ek_point_result {
    enum ek_algorithm algorithm;
    char kind[16];
    int qubits, layers, evaluations;
    ek_stop stopped; /* NONE also where journals of earlier versions do not say */
    double energy, seconds;
    size_t history_count;
    double *history; /* energy of each evaluation */

    /* QAOA: */
    double optimum, approximation_ratio, p_optimal, best_value;
    uint64_t best_index;
    double *gamma, *beta; /* `layers` entries each */
    size_t outcome_count;
    uint64_t *outcomes, *outcome_counts;
    double *outcome_values;

    /* VQE: */
    double exact_energy, error, gradient_norm;
    double stuck; /* 1 or 0 */
    size_t parameter_count;
    double *parameters;
};

/* ---- what an algorithm's results consist of: read by journals, tables, files and reports ---- */

/* INTEGER: int; NUMBER: double; INDEX: uint64_t, a basis state that tables show as bits; STOP:
 * ek_stop, in tables a word. */
enum ek_field_type { EK_FIELD_INTEGER, EK_FIELD_NUMBER, EK_FIELD_INDEX, EK_FIELD_STOP };

struct ek_result_field {
    enum ek_field_type type;
    size_t offset;
    const char *key;               /* in journals */
    const char *column;            /* in tables */
    const char *heading, *format; /* in reports; null: not shown */
};

/* An array of 8 bytes per entry: one entry per layer, or as many as a size_t says. */
struct ek_result_array {
    bool integers, per_layer;
    size_t offset, count_offset;
    const char *key;              /* in journals */
    const char *dataset, *offsets; /* in HDF5; offsets null: shared with the array before */
};

struct ek_result_layout {
    const char *name; /* "qaoa" */
    size_t field_count, array_count;
    const struct ek_result_field *fields;
    const struct ek_result_array *arrays;
};
const struct ek_result_layout *ek_result_layout(enum ek_algorithm algorithm);

static inline const void *ek_result_member(const struct ek_point_result *result, size_t offset)
{
    return (const char *)result + offset;
}
static inline double ek_result_number(const struct ek_point_result *result, size_t offset)
{
    return *(const double *)ek_result_member(result, offset);
}
/* The word of a STOP; "" for none, or no result. */
const char *ek_result_stop(const struct ek_point_result *result, size_t offset);
/* Entries of an array; 0 for no result. */
size_t ek_result_length(const struct ek_point_result *result,
                        const struct ek_result_array *array);

/* Frees what the result holds, not itself. */
void ek_point_result_clear(struct ek_point_result *result);

/* One row of the table. */
struct ek_result_row {
    size_t id;
    const char *problem;                  /* its name */
    const struct ek_point_result *result; /* null when the point failed or is not done */
    const char *status;                   /* "done", "failed", ... */
    const char *reason;                   /* of a failure, else "" */
    const char *kind;                     /* as far as known without a result */
    int qubits, layers;                   /* likewise; 0 qubits: unknown */
    const double *parameters;             /* one per swept parameter */
};

struct ek_result_fact {
    const char *key, *value;
};

struct ek_results {
    size_t count;
    const struct ek_result_row *rows;
    size_t parameter_count;
    const char *const *parameter_names;
    const char *spec; /* resolved */
    size_t fact_count;
    const struct ek_result_fact *facts; /* provenance */
    enum ek_algorithm algorithm;
};

/* Write FOLDER/results.h5 and FOLDER/results.csv as <exaket/sweep.h> describes them, each under a
 * temporary name first, so that the name never stands for half a file. EK_ERROR_FILE; nothing is
 * left behind then. */
ek_status ek_results_write_hdf5(const struct ek_results *results, const char *folder);
ek_status ek_results_write_csv(const struct ek_results *results, const char *folder);

/* ---- files and folders ---------------------------------------------------------------------- */

/* Creates a folder and all above it that are missing. */
ek_status ek_folder_create(const char *folder);
/* Writes a whole file under a temporary name, syncs it, renames it, syncs the folder. */
ek_status ek_file_write(const char *folder, const char *name, const void *bytes, size_t count);
/* Syncs the temporary file of the folder and gives it its name. */
ek_status ek_file_publish(const char *folder, const char *temporary, const char *name);
/* Makes the names in a folder durable. */
ek_status ek_folder_sync(const char *folder);

/* "1.10.8". `out` has at least 32 bytes. */
const char *ek_hdf5_version(char *out);

#endif
