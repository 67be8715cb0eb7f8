/* What a spec asks of its problems, which must have been read for it: looked at before the first
 * point runs. */
#include "algo/algo.h"
#include "sweep/sweep_private.h"

#include <string.h>

static ek_status check_warm_start(const struct ek_spec *spec,
                                  const struct ek_sweep_problem *problem)
{
    const char *bits = spec->algorithm.warm_start;
    const size_t length = bits ? strlen(bits) : (size_t)problem->qubits;
    if (length == (size_t)problem->qubits) return EK_OK;
    return ek_spec_fail(spec, "algorithm.warm_start", "warm_start '%.80s' is for %zu qubit%s, but "
                        "%s has %d", bits, length, EK_PLURAL(length), problem->name,
                        problem->qubits);
}

static ek_status check_initial_state(const struct ek_spec *spec,
                                     const struct ek_sweep_problem *problem)
{
    const char *state = spec->algorithm.initial_state;
    if (!state || ek_ansatz_initial_check(state, problem->qubits) == EK_OK) return EK_OK;
    struct ek_failure failure;
    ek_failure_get(&failure);
    return ek_spec_fail(spec, "algorithm.initial_state", "%s: %s", problem->name, failure.message);
}

static ek_status check_mixer(const struct ek_spec *spec, const struct ek_sweep_problem *problem)
{
    ek_problem_facts facts;
    ek_problem_get(problem->subject.problem, &facts);
    return ek_spec_place(spec, "algorithm.mixer",
                         ek_qaoa_check_mixer(spec->algorithm.mixer, problem->name, facts.weight));
}

static ek_status check_symmetry(const struct ek_spec *spec, const struct ek_sweep_problem *problem)
{
    const struct ek_spec_algorithm *algorithm = &spec->algorithm;
    const ek_qaoa_options options = {.mixer = algorithm->mixer,
                                     .warm_start = algorithm->warm_start};
    ek_problem_facts facts;
    if (algorithm->symmetry != EK_SYMMETRY_ON) return EK_OK;
    ek_problem_get(problem->subject.problem, &facts);
    const char *obstacle = ek_qaoa_symmetry_obstacle(&options, &facts);
    if (!obstacle) return EK_OK;
    return ek_spec_fail(spec, "algorithm.symmetry", "symmetry on cannot be used for %s: %s; give "
                        "auto or off", problem->name, obstacle);
}

static ek_status check_problem(const struct ek_spec *spec, const struct ek_sweep_problem *problem)
{
    if (problem->status != EK_OK) return EK_OK; /* its points fail for that */
    if (spec->algorithm.name == EK_ALGORITHM_VQE) return check_initial_state(spec, problem);
    EK_TRY(check_mixer(spec, problem));
    EK_TRY(check_symmetry(spec, problem));
    return check_warm_start(spec, problem);
}

ek_status ek_sweep_check_fit(const struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->points->problem_count; i++)
        EK_TRY(check_problem(sweep->spec, &sweep->points->problems[i]));
    return EK_OK;
}

ek_status ek_sweep_check_ranks(const struct sweep *sweep, int ranks)
{
    const struct ek_spec *spec = sweep->spec;
    const int least = sweep->qubits_min;
    const int qubits = least - (spec->algorithm.symmetry == EK_SYMMETRY_ON); /* half a state */
    const struct ek_sweep_problem *smallest = sweep->points->problems;
    if (least == 0 || ek_bit(qubits) > (uint64_t)ranks) return EK_OK;
    while (smallest->qubits != least) smallest++;
    return ek_spec_fail(spec, spec->ranks_per_point == ranks ? "ranks_per_point" : "problem",
                        "the points of %s run on %d qubit%s, too few for %d ranks per point: give "
                        "at most %d, so that each rank has a qubit of its own%s", smallest->name,
                        qubits, EK_PLURAL(qubits), ranks, 1 << (qubits - 1),
                        sweep->qubits_max > least ? ", or sweep larger problems apart" : "");
}
