/* What goes into runs of programs and comes out of them as files: states, Pauli sums, reports. */
#ifndef EXAKET_RUN_H
#define EXAKET_RUN_H

#include <exaket/files.h>
#include <exaket/query.h>
#include <exaket/shots.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- states as HDF5 ------------------------------------------------------------------------- */

/* Saves a state: /state/amplitudes is an array of 2^qubits compounds {r, i}, which h5py opens as
 * complex numbers, in physical order; /state/checksums holds XXH3 of equal blocks of it, in its
 * order. Attributes of /state: schema (2), qubits, precision, norm, slots (of each qubit: where
 * its bit stands in an index, 0 the lowest), inverted (mask of slots that hold 1 - bit) and
 * checksum (of the last three). Written under another name, synced and renamed, so that the name
 * never stands for half a file. Collective. EK_ERROR_FILE; nothing is left behind then. */
ek_status ek_state_save(const ek_state *state, const char *path);
/* Loads a state onto any number of ranks, in either precision. Collective. The caller destroys the
 * state. EK_ERROR_FILE when a rank cannot read the file, EK_ERROR_MISMATCH when it is no saved
 * state, one of a later version, or damaged; EK_ERROR_RANKS and EK_ERROR_MEMORY as
 * ek_state_create. */
ek_status ek_state_load(ek_session *session, const char *path, ek_precision precision,
                        ek_state **state);

/* What a saved state says of itself. */
typedef struct ek_saved_state {
    int qubits;
    ek_precision precision;
    double norm;
    int has_checksums; /* files of schema 1 have none */
} ek_saved_state;
/* Reads no amplitudes. Collective. EK_ERROR_FILE and EK_ERROR_MISMATCH as above. */
ek_status ek_state_look(ek_session *session, const char *path, ek_saved_state *facts);

/* Saves the state that a run has kept, which must be of the whole register. Collective. As above;
 * EK_ERROR_ARGUMENT without a state, EK_ERROR_RANKS when the ranks needed more qubits than the
 * program has. */
ek_status ek_shots_save_state(const ek_shots_result *result, const char *path);

/* ---- Pauli sums as text --------------------------------------------------------------------- */

/* "coefficient letters" per line, one letter of IXYZ per qubit, the rightmost for qubit 0; '#'
 * comments. The caller frees the terms with ek_pauli_terms_free. Local. EK_ERROR_PARSE with
 * "file:line:column:". */
ek_status ek_pauli_parse(const ek_file *file, int qubits, size_t *count, ek_pauli_term **terms);
void ek_pauli_terms_free(ek_pauli_term **terms);

/* ---- reports -------------------------------------------------------------------------------- */

/* All that a run has to tell; the caller's own. */
typedef struct ek_run_report {
    const ek_dynamic *program;
    const ek_shots_options *options;
    const ek_shots_result *result;
    size_t amplitude_count;
    const uint64_t *amplitude_indices;
    const ek_complex *amplitudes;
    size_t expectation_count;
    const char *const *expectation_names;
    const double *expectations;
    double parse_seconds;
    uint64_t peak_rss_bytes_per_rank; /* see ek_session_peak_memory */
} ek_run_report;

/* An answer about some of the qubits of a state: the first listed is bit 0 of its indices. */
typedef enum ek_part_kind {
    EK_PART_MARGINAL,
    EK_PART_DENSITY,
    EK_PART_ENTROPY
} ek_part_kind;
typedef struct ek_state_part {
    ek_part_kind kind;
    int count;
    int qubits[EK_QUBITS_MAX];
    double *probabilities; /* MARGINAL: 2^count */
    ek_complex *matrix;    /* DENSITY: 2^count x 2^count, row-major */
    double entropy;        /* ENTROPY: in bits */
} ek_state_part;

/* All that was asked about a saved state; the caller's own. */
typedef struct ek_state_report {
    ek_saved_state saved;
    double norm;
    size_t amplitude_count;
    const uint64_t *amplitude_indices;
    const ek_complex *amplitudes;
    size_t part_count;
    const ek_state_part *parts;
    const ek_bloch *bloch; /* of each qubit, or null */
    const char *other;     /* name of a second state, or null; and what both give */
    ek_complex inner_product;
    double fidelity;
} ek_state_report;

/* The report as one JSON object, to be freed with ek_text_free. Local. EK_ERROR_MEMORY. */
ek_status ek_state_json(const ek_session *session, const ek_state_report *report, char **text);
/* The report as HDF5: arrays /amplitudes/{index,values}, /marginals/N/{qubits,probabilities},
 * /densities/N/{qubits,matrix} in the order of the report, /bloch, each where there is something,
 * and /report, the JSON without those of the parts. Appears whole or not at all. Collective.
 * EK_ERROR_FILE. */
ek_status ek_state_report_save(ek_session *session, const ek_state_report *report,
                               const char *path);

/* Highest resident memory of any rank so far, in bytes; what ranks of a node share counts for its
 * owner alone. Collective. */
uint64_t ek_session_peak_memory(ek_session *session);

/* The report as one JSON object, to be freed with ek_text_free. Local. EK_ERROR_MEMORY. */
ek_status ek_run_json(const ek_session *session, const ek_run_report *report, char **text);
/* The report as HDF5: arrays /counts/{outcomes,shots}, /probabilities/{outcomes,values},
 * /amplitudes/{index,values}, /expectations/{names,values}, each group where there is something,
 * and /report, the JSON. Appears whole or not at all. Collective. EK_ERROR_FILE. */
ek_status ek_run_save(ek_session *session, const ek_run_report *report, const char *path);

#ifdef __cplusplus
}
#endif
#endif
