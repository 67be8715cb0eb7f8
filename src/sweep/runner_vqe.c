/* A point of VQE. */
#include "algo/optimizer.h"
#include "sweep/sweep.h"

#include <exaket/vqe.h>

static ek_ansatz_options ansatz_of(const struct ek_point_task *task)
{
    const struct ek_spec_algorithm *algorithm = &task->spec->algorithm;
    return (ek_ansatz_options){.kind = algorithm->ansatz,
                               .layers = task->point->layers,
                               .entanglement = algorithm->entanglement,
                               .entangler = algorithm->entangler,
                               .initial = algorithm->initial_state};
}

static ek_vqe_options options_of(const struct ek_point_task *task)
{
    const struct ek_spec_algorithm *algorithm = &task->spec->algorithm;
    const struct ek_point *point = task->point;
    return (ek_vqe_options){.ansatz = ansatz_of(task),
                            .precision = task->spec->precision,
                            .optimizer = algorithm->optimizer,
                            .starts = point->starts,
                            .climb = algorithm->climb,
                            .max_evaluations = point->max_evaluations,
                            .tolerance = point->tolerance,
                            .seed = point->seed,
                            .hooks = task->hooks};
}

/* Moves the arrays over. */
static void take(ek_vqe_result *from, struct ek_point_result *result)
{
    *result = (struct ek_point_result){
        .algorithm = EK_ALGORITHM_VQE,
        .kind = "hamiltonian",
        .qubits = from->qubits,
        .layers = from->layers,
        .evaluations = from->evaluations,
        .stopped = from->stopped,
        .energy = from->energy,
        .exact_energy = from->exact_energy,
        .error = from->error,
        .gradient_norm = from->gradient_norm,
        .stuck = from->stuck,
        .history_count = from->history_count,
        .history = from->history,
        .parameter_count = from->parameter_count,
        .parameters = from->parameters,
    };
    from->history = from->parameters = NULL;
    ek_vqe_result_clear(from);
}

static ek_status run(void *context, ek_session *group, const struct ek_point_task *task,
                     struct ek_point_result *result)
{
    const ek_vqe_options options = options_of(task);
    ek_vqe_result found = {0};
    ek_vqe *vqe = NULL;
    (void)context;
    EK_TRY(ek_vqe_create(group, task->subject.hamiltonian, &options, &vqe));
    const ek_status status = task->spec->algorithm.optimize ? ek_vqe_optimize(vqe, &found)
                                                            : ek_vqe_evaluate(vqe, &found);
    ek_vqe_destroy(&vqe);
    EK_TRY(status);
    take(&found, result);
    return EK_OK;
}

/* From a plain initial state. */
static ek_status plan_point(const struct ek_point_task *task, const ek_plan_options *options,
                            ek_plan **plan, ek_observation *what)
{
    const ek_ansatz_options ansatz = ansatz_of(task);
    const char *optimizer = options_of(task).optimizer;
    ek_hamiltonian_facts facts;
    ek_circuit *circuit = NULL;
    ek_hamiltonian_get(task->subject.hamiltonian, &facts);
    *what = (ek_observation){.term_count = facts.term_count, .terms = facts.terms,
                             .derivatives = task->spec->algorithm.optimize &&
                                            ek_optimizer_needs_derivatives(optimizer ? optimizer
                                                                                     : "lbfgs")};
    EK_TRY(ek_ansatz_create(task->subject.hamiltonian, &ansatz, &circuit));
    const ek_status status = ek_plan_create(circuit, options, plan);
    ek_circuit_destroy(&circuit);
    return status;
}

/* Two states. */
static int vectors(const struct ek_spec *spec)
{
    (void)spec;
    return 4;
}

const struct ek_point_runner ek_runner_vqe = {.run = run, .plan = plan_point, .vectors = vectors};
