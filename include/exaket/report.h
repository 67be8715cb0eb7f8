/* Results as JSON: one object each, on one line without a line end, for people's own scripts. A
 * number that is not finite becomes null, as does a text that is not UTF-8. "state_bytes_per_rank"
 * is that of one state everywhere, "all_states_bytes_per_rank" of all "states" held at once. */
#ifndef EXAKET_REPORT_H
#define EXAKET_REPORT_H

#include <exaket/checkpoint.h>
#include <exaket/info.h>
#include <exaket/problem.h>
#include <exaket/qaoa.h>
#include <exaket/sweep.h>
#include <exaket/vqe.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All functions are local and give a text to be freed with ek_text_free, but for the last two.
 * EK_ERROR_MEMORY. */

/* Keys and values of the facts, in their order; those of a fact's numbers in its place. */
ek_status ek_info_json(size_t count, const ek_fact *facts, char **text);

/* What a checkpoint says of itself; `verified`: all of its blocks too have been read. */
ek_status ek_checkpoint_json(const char *path, int verified, const ek_checkpoint_info *info,
                             char **text);

/* A QAOA result and what it is the result of; an options' optimizer of null says that nothing was
 * optimised. "counts" maps bit strings, qubit n-1 first, to shots. */
ek_status ek_qaoa_json(const ek_session *session, const ek_problem *problem,
                       const ek_qaoa_options *options, const ek_qaoa_result *result, char **text);

/* Likewise of VQE. "parameters" is what ek_parameters_load reads again; "parameter_names" are as
 * ek_ansatz_create has them. */
ek_status ek_vqe_json(const ek_session *session, const ek_hamiltonian *hamiltonian,
                      const ek_vqe_options *options, const ek_vqe_result *result, char **text);

/* What a sweep would do, did, or is doing; keys as the members of the structs. */
ek_status ek_sweep_plan_json(const ek_sweep_plan_facts *facts, char **text);
ek_status ek_sweep_outcome_json(const ek_sweep_outcome *outcome, char **text);
ek_status ek_sweep_progress_json(const ek_sweep_progress *progress, char **text);

/* ---- the files that results go into --------------------------------------------------------- */

/* Writes the text and a line end: into the pipe or device of that name, or to a file, which
 * appears whole or not at all. Links are followed. EK_ERROR_FILE. */
ek_status ek_output_write(const char *path, const char *text);

/* Whether that may succeed, so that no work is done in vain; `replaces` for what needs a file of
 * its own, such as HDF5: pipes and devices are refused then. Writes nothing. EK_ERROR_FILE. */
ek_status ek_output_check(const char *path, int replaces);

#ifdef __cplusplus
}
#endif
#endif
