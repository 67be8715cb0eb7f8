/* Results of sweeps: as data, as HDF5, as CSV. All functions here are local. */
#ifndef EK_IO_RESULTS_H
#define EK_IO_RESULTS_H

#include "base/base.h"

/* What one point gives. Missing numbers are NaN. */
struct ek_point_result {
    char kind[16];
    int qubits, layers, evaluations;
    double energy, optimum, approximation_ratio, p_optimal, best_value, seconds;
    uint64_t best_index;
    double *gamma, *beta; /* `layers` entries each */
    size_t history_count;
    double *history; /* energy of each evaluation */
    size_t outcome_count;
    uint64_t *outcomes, *outcome_counts;
    double *outcome_values;
};

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
