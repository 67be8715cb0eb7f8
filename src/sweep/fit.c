/* What a spec asks of its problems, which must have been read for it: looked at before the first
 * point runs. */
#include "algo/algo.h"
#include "sweep/sweep_private.h"

#include <string.h>

static ek_status check_length(const struct ek_spec *spec, const char *key, const char *text,
                              const struct ek_sweep_problem *problem)
{
    const char *dot = strrchr(key, '.');
    const size_t length = strlen(text);
    if (length == (size_t)problem->qubits) return EK_OK;
    return ek_spec_fail(spec, key, "%s '%.80s' is for %zu qubit%s, but %s has %d", dot + 1, text,
                        length, EK_PLURAL(length), problem->name, problem->qubits);
}

static ek_status check_initial_state(const struct ek_spec *spec,
                                     const struct ek_sweep_problem *problem)
{
    static const char key[] = "algorithm.initial_state";
    const char *state = spec->algorithm.initial_state;
    if (!state) return EK_OK;
    if (strcmp(state, "singlets") == 0 && problem->qubits % 2 != 0)
        return ek_spec_fail(spec, key, "initial_state singlets takes an even number of qubits, "
                            "but %s has %d", problem->name, problem->qubits);
    const bool letters = strspn(state, EK_LABEL_LETTERS) == strlen(state);
    return letters ? check_length(spec, key, state, problem) : EK_OK;
}

/* Problems with a weight allow only states of so many ones, which some mixers keep. */
static ek_status check_mixer(const struct ek_spec *spec, const struct ek_sweep_problem *problem)
{
    static const char key[] = "algorithm.mixer";
    const ek_mixer mixer = spec->algorithm.mixer;
    ek_problem_facts facts;
    ek_problem_get(problem->subject.problem, &facts);
    if (mixer == EK_MIXER_X && facts.weight >= 0)
        return ek_spec_fail(spec, key, "mixer x does not keep the number of ones that %s allows: "
                            "give xy-ring, xy-full or grover", problem->name);
    if (mixer != EK_MIXER_X && mixer != EK_MIXER_GROVER && facts.weight < 0)
        return ek_spec_fail(spec, key, "the xy mixers keep the number of ones, but %s has no "
                            "constraint on it: give x or grover", problem->name);
    return EK_OK;
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
    const char *warm_start = spec->algorithm.warm_start;
    if (problem->status != EK_OK) return EK_OK; /* its points fail for that */
    if (spec->algorithm.name == EK_ALGORITHM_VQE) return check_initial_state(spec, problem);
    EK_TRY(check_mixer(spec, problem));
    EK_TRY(check_symmetry(spec, problem));
    return warm_start ? check_length(spec, "algorithm.warm_start", warm_start, problem) : EK_OK;
}

ek_status ek_sweep_check_fit(const struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->points->problem_count; i++)
        EK_TRY(check_problem(sweep->spec, &sweep->points->problems[i]));
    return EK_OK;
}
