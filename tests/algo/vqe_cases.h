/* Runs that the tests of VQE share. */
#ifndef EK_TEST_VQE_CASES_H
#define EK_TEST_VQE_CASES_H

#include "support/harness.h"

#include <exaket/files.h>
#include <exaket/vqe.h>

/* A generated Hamiltonian; null after a failed check. */
static inline ek_hamiltonian *case_hamiltonian(ek_session *session, const char *generator)
{
    ek_hamiltonian *hamiltonian = NULL;
    CHECK_OK(ek_hamiltonian_load(session, generator, &hamiltonian));
    return hamiltonian;
}

/* Creates, evaluates once or optimises, destroys. */
static inline ek_status case_vqe(ek_session *session, const ek_hamiltonian *hamiltonian,
                                 const ek_vqe_options *options, bool optimize,
                                 ek_vqe_result *result)
{
    ek_vqe *vqe = NULL;
    const ek_status created = ek_vqe_create(session, hamiltonian, options, &vqe);
    if (created != EK_OK) return created;
    const ek_status status =
        optimize ? ek_vqe_optimize(vqe, result) : ek_vqe_evaluate(vqe, result);
    ek_vqe_destroy(&vqe);
    return status;
}

#endif
