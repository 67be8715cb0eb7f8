#include "problem/problem.h"

ek_status ek_check_qubits(const char *what, long count)
{
    if (count >= 1 && count <= EK_QUBITS_MAX) return EK_OK;
    return EK_FAIL(EK_ERROR_ARGUMENT, "%ld %s; a problem has 1 to %d, one qubit each", count, what,
                   EK_QUBITS_MAX);
}

static ek_status new_problem(const char *kind, int qubits, ek_problem **problem)
{
    ek_problem *fresh;
    EK_TRY(EK_NEW(fresh, 1));
    fresh->kind = kind;
    fresh->qubits = qubits;
    fresh->weight = -1;
    const ek_status status = ek_copy_string(kind, &fresh->name);
    if (status == EK_OK)
        *problem = fresh;
    else
        ek_release(fresh);
    return status;
}

ek_status ek_problem_from_terms(const char *kind, int qubits, struct ek_terms *terms,
                                ek_problem **problem)
{
    ek_status status = ek_terms_merge(terms);
    if (status == EK_OK) status = new_problem(kind, qubits, problem);
    if (status == EK_OK) {
        (*problem)->terms = *terms;
        *terms = (struct ek_terms){0};
    }
    ek_terms_clear(terms);
    return status;
}

void ek_problem_get(const ek_problem *problem, ek_problem_facts *facts)
{
    *facts = (ek_problem_facts){.kind = problem->kind,
                                .name = problem->name,
                                .qubits = problem->qubits,
                                .maximize = problem->maximize,
                                .weight = problem->weight,
                                .term_count = problem->terms.count,
                                .terms = problem->terms.items,
                                .graph = problem->graph};
}

ek_status ek_problem_set_name(ek_problem *problem, const char *name)
{
    char *copy;
    EK_TRY(ek_copy_string(name, &copy));
    ek_release(problem->name);
    problem->name = copy;
    return EK_OK;
}

void ek_problem_destroy(ek_problem **problem)
{
    if (!problem || !*problem) return;
    ek_terms_clear(&(*problem)->terms);
    ek_graph_destroy(&(*problem)->graph);
    ek_release((*problem)->name);
    ek_release(*problem);
    *problem = NULL;
}
