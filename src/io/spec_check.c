/* What must hold between the values of a spec. */
#include "io/spec_private.h"

#include <string.h>

/* ---- the top level and the algorithm ------------------------------------------------------- */

struct range {
    const char *key;
    double value, lowest, highest;
};

static ek_status check_ranges(const struct ek_spec *spec)
{
    const struct range ranges[] = {
        {"ranks_per_point", spec->ranks_per_point, 0, 1 << 20},
        {"problem.risk_aversion", spec->problem.risk_aversion, 1e-9, 1e6},
        {"problem.budget", spec->problem.budget, -1, EK_QUBITS_MAX},
        {"algorithm.layers", spec->algorithm.layers, 1, EK_SPEC_LAYERS_MAX},
        {"algorithm.starts", spec->algorithm.starts, 1, 1e6},
        {"algorithm.max_evaluations", spec->algorithm.max_evaluations, 0, 1e9},
        {"algorithm.tolerance", spec->algorithm.tolerance, 1e-15, 1},
        {"algorithm.shots", (double)spec->algorithm.shots, 1, 1e9},
        {"sweep.samples", spec->sweep.samples, 0, EK_SPEC_POINTS_MAX},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        const struct range *range = &ranges[i];
        const char *dot = strrchr(range->key, '.');
        if (!ek_spec_has(spec, range->key)) continue; /* of another algorithm */
        if (range->value < range->lowest || range->value > range->highest)
            return ek_spec_fail(spec, range->key, "%s is %g, expected %g to %g",
                                dot ? dot + 1 : range->key, range->value, range->lowest,
                                range->highest);
    }
    if (spec->ranks_per_point != 0 && !ek_is_power_of_two((uint64_t)spec->ranks_per_point))
        return ek_spec_fail(spec, "ranks_per_point",
                            "ranks_per_point is %d, expected a power of two"
                            ", or 0 for as few as the memory allows",
                            spec->ranks_per_point);
    return EK_OK;
}

static ek_status check_name(const struct ek_spec *spec)
{
    if (strlen(spec->name) > 200 || strpbrk(spec->name, "/\n\r"))
        return ek_spec_fail(spec, "name",
                            "name is '%.80s', expected at most 200 characters without '/'",
                            spec->name);
    return EK_OK;
}

static bool is_swept(const struct ek_spec *spec, const char *name)
{
    for (unsigned i = 0; i < spec->sweep.parameters_count; i++)
        if (strcmp(spec->sweep.parameters[i].name, name) == 0) return true;
    return false;
}

static ek_status check_angles(const struct ek_spec *spec)
{
    const struct ek_spec_algorithm *algorithm = &spec->algorithm;
    if (algorithm->gamma_count == 0 && algorithm->beta_count == 0) return EK_OK;
    const bool both = algorithm->gamma_count > 0 && algorithm->beta_count > 0;
    const char *key = algorithm->gamma_count > 0 ? "algorithm.gamma" : "algorithm.beta";
    if (!both) return ek_spec_fail(spec, key, "gamma and beta must be given together");
    if (is_swept(spec, "layers"))
        return ek_spec_fail(spec, key, "gamma and beta have a fixed length, but layers is swept");
    if (algorithm->gamma_count != (unsigned)algorithm->layers)
        return ek_spec_fail(spec, "algorithm.gamma",
                            "gamma has %u entries, expected one for each "
                            "of %d layers",
                            algorithm->gamma_count, algorithm->layers);
    if (algorithm->beta_count != (unsigned)algorithm->layers)
        return ek_spec_fail(spec, "algorithm.beta",
                            "beta has %u entries, expected one for each "
                            "of %d layers",
                            algorithm->beta_count, algorithm->layers);
    return EK_OK;
}

static ek_status check_warm_start(const struct ek_spec *spec)
{
    const char *bits = spec->algorithm.warm_start;
    if (!bits) return EK_OK;
    if (strspn(bits, "01") != strlen(bits))
        return ek_spec_fail(spec, "algorithm.warm_start",
                            "warm_start is '%.80s', expected a bit string such as 0110", bits);
    if (spec->algorithm.mixer != EK_MIXER_X)
        return ek_spec_fail(spec, "algorithm.warm_start", "warm_start works with mixer x only");
    return EK_OK;
}

/* How many letters there must be is known with the problems. */
static ek_status check_initial_state(const struct ek_spec *spec)
{
    const char *state = spec->algorithm.initial_state;
    if (!state) return EK_OK;
    return ek_spec_place(spec, "algorithm.initial_state", ek_ansatz_initial_check(state, 0));
}

/* Keys that one algorithm alone has. */
static const struct {
    const char *key;
    enum ek_algorithm algorithm;
} own_keys[] = {{"mixer", EK_ALGORITHM_QAOA},      {"gamma", EK_ALGORITHM_QAOA},
                {"beta", EK_ALGORITHM_QAOA},       {"warm_start", EK_ALGORITHM_QAOA},
                {"shots", EK_ALGORITHM_QAOA},      {"symmetry", EK_ALGORITHM_QAOA},
                {"ansatz", EK_ALGORITHM_VQE},
                {"entangler", EK_ALGORITHM_VQE},   {"entanglement", EK_ALGORITHM_VQE},
                {"initial_state", EK_ALGORITHM_VQE}, {"climb", EK_ALGORITHM_VQE}};

static ek_status check_algorithm(const struct ek_spec *spec)
{
    const enum ek_algorithm mine = spec->algorithm.name;
    char key[128];
    for (size_t i = 0; i < sizeof own_keys / sizeof *own_keys; i++) {
        ek_spec_key(key, "algorithm.%s", own_keys[i].key);
        if (own_keys[i].algorithm != mine && ek_spec_has(spec, key))
            return ek_spec_fail(spec, key, "%s belongs to algorithm %s, but the name is %s",
                                own_keys[i].key, ek_result_layout(own_keys[i].algorithm)->name,
                                ek_result_layout(mine)->name);
    }
    const bool quantum = spec->problem.kind == EK_KIND_HAMILTONIAN;
    if (quantum == (mine == EK_ALGORITHM_VQE)) return EK_OK;
    return ek_spec_fail(spec, "problem.kind", "kind is %s, expected %s with algorithm %s",
                        ek_spec_kind_name(spec->problem.kind),
                        quantum ? "a problem of bits" : "hamiltonian",
                        ek_result_layout(mine)->name);
}

static bool has_entanglers(const struct ek_spec_algorithm *algorithm)
{
    return algorithm->ansatz == EK_ANSATZ_RY || algorithm->ansatz == EK_ANSATZ_RY_RZ;
}

/* What would be ignored, and is refused on the command line too. */
static ek_status check_ignored(const struct ek_spec *spec)
{
    const struct ek_spec_algorithm *algorithm = &spec->algorithm;
    const bool entangles = algorithm->entanglement != EK_ENTANGLE_LINEAR ||
                           algorithm->entangler != EK_ENTANGLER_CX;
    if (!algorithm->optimize && (algorithm->starts != 1 || is_swept(spec, "starts")))
        return ek_spec_fail(spec, "algorithm.starts", "starts is of an optimisation, but optimize "
                            "is false: one evaluation has one start");
    if (algorithm->name != EK_ALGORITHM_VQE) return EK_OK;
    if (!algorithm->optimize && algorithm->climb)
        return ek_spec_fail(spec, "algorithm.climb", "climb is of an optimisation, but optimize "
                            "is false: one evaluation has all layers");
    if (entangles && !has_entanglers(algorithm))
        return ek_spec_fail(spec, algorithm->entangler == EK_ENTANGLER_CX
                                      ? "algorithm.entanglement" : "algorithm.entangler",
                            "entanglement and entangler are of ansatz ry and ry-rz only");
    return EK_OK;
}

/* ---- generated problems -------------------------------------------------------------------- */

/* A family, the kind of its problems, and the keys that it needs (+), may have (*) and must not
 * have (-), in the order of generate_keys. */
static const struct {
    const char *name;
    enum ek_spec_kind kind;
    const char *keys;
} families[] = {
    [EK_FAMILY_REGULAR] = {"regular", EK_KIND_MAXCUT, "++-**----"},
    [EK_FAMILY_ERDOS_RENYI] = {"erdos-renyi", EK_KIND_MAXCUT, "+-+**----"},
    [EK_FAMILY_COMPLETE] = {"complete", EK_KIND_MAXCUT, "+--**----"},
    [EK_FAMILY_NAMED] = {"named", EK_KIND_MAXCUT, "-----+---"},
    [EK_FAMILY_LABS] = {"labs", EK_KIND_LABS, "+--------"},
    [EK_FAMILY_TFIM] = {"tfim", EK_KIND_HAMILTONIAN, "------+**"},
    [EK_FAMILY_HEISENBERG] = {"heisenberg", EK_KIND_HAMILTONIAN, "------+-*"},
};
static const char *const generate_keys[] = {"vertices", "degree", "probability",
                                            "weights",  "seeds",  "names",
                                            "spins",    "field",  "boundary"};

static ek_status check_family_keys(const struct ek_spec *spec, unsigned i)
{
    const enum ek_spec_family family = spec->problem.generate[i].family;
    char key[128];
    for (size_t k = 0; k < sizeof generate_keys / sizeof *generate_keys; k++) {
        ek_spec_key(key, "problem.generate.%u.%s", i, generate_keys[k]);
        const char rule = families[family].keys[k];
        const bool given = ek_spec_has(spec, key);
        if (rule == '+' && !given)
            return ek_spec_fail(spec, key, "family %s needs the key '%s'", families[family].name,
                                generate_keys[k]);
        if (rule == '-' && given)
            return ek_spec_fail(spec, key, "family %s has no key '%s'", families[family].name,
                                generate_keys[k]);
    }
    return EK_OK;
}

static ek_status check_vertices(const struct ek_spec *spec, unsigned i, unsigned j)
{
    const struct ek_spec_generate *entry = &spec->problem.generate[i];
    const int vertices = entry->vertices[j];
    char key[128];
    ek_spec_key(key, "problem.generate.%u.vertices.%u", i, j);
    if (vertices < 1 || vertices > EK_QUBITS_MAX)
        return ek_spec_fail(spec, key, "%d vertices, expected 1 to %d", vertices, EK_QUBITS_MAX);
    if (entry->family != EK_FAMILY_REGULAR) return EK_OK;
    if (entry->degree >= vertices)
        return ek_spec_fail(spec, key,
                            "%d vertices of degree %d, expected more vertices than that", vertices,
                            entry->degree);
    if (vertices % 2 != 0 && entry->degree % 2 != 0)
        return ek_spec_fail(spec, key,
                            "%d vertices of degree %d, expected an even number of "
                            "vertices or an even degree",
                            vertices, entry->degree);
    return EK_OK;
}

static ek_status check_spins(const struct ek_spec *spec, unsigned i, unsigned j)
{
    const struct ek_spec_generate *entry = &spec->problem.generate[i];
    const int fewest = entry->boundary == EK_BOUNDARY_PERIODIC ? 3 : 1;
    char key[128];
    if (entry->spins[j] >= fewest && entry->spins[j] <= EK_QUBITS_MAX) return EK_OK;
    return ek_spec_fail(spec, ek_spec_key(key, "problem.generate.%u.spins.%u", i, j),
                        "%d spins, expected %d to %d", entry->spins[j], fewest, EK_QUBITS_MAX);
}

static ek_status check_generate(const struct ek_spec *spec, unsigned i)
{
    const struct ek_spec_generate *entry = &spec->problem.generate[i];
    const enum ek_spec_kind kind = families[entry->family].kind;
    char key[128];
    ek_spec_key(key, "problem.generate.%u.family", i);
    if (kind != spec->problem.kind)
        return ek_spec_fail(spec, key, "family %s makes problems of kind %s, but kind is %s",
                            families[entry->family].name, ek_spec_kind_name(kind),
                            ek_spec_kind_name(spec->problem.kind));
    EK_TRY(check_family_keys(spec, i));
    if (entry->family == EK_FAMILY_REGULAR && entry->degree < 0)
        return ek_spec_fail(spec, ek_spec_key(key, "problem.generate.%u.degree", i),
                            "degree is %d, expected 0 or more", entry->degree);
    if (entry->family == EK_FAMILY_ERDOS_RENYI &&
        !(entry->probability >= 0 && entry->probability <= 1))
        return ek_spec_fail(spec, ek_spec_key(key, "problem.generate.%u.probability", i),
                            "probability is %g, expected 0 to 1", entry->probability);
    for (unsigned j = 0; j < entry->vertices_count; j++) EK_TRY(check_vertices(spec, i, j));
    for (unsigned j = 0; j < entry->spins_count; j++) EK_TRY(check_spins(spec, i, j));
    return EK_OK;
}

static ek_status check_problem(const struct ek_spec *spec)
{
    if (spec->problem.files_count == 0 && spec->problem.generate_count == 0)
        return ek_spec_fail(spec, "problem",
                            "no problem is named, expected 'files' or 'generate'");
    for (unsigned i = 0; i < spec->problem.generate_count; i++) EK_TRY(check_generate(spec, i));
    return EK_OK;
}

ek_status ek_spec_check(struct ek_spec *spec)
{
    EK_TRY(check_name(spec));
    EK_TRY(check_algorithm(spec));
    EK_TRY(check_ignored(spec));
    EK_TRY(check_ranges(spec));
    EK_TRY(check_problem(spec));
    EK_TRY(check_angles(spec));
    EK_TRY(check_warm_start(spec));
    EK_TRY(check_initial_state(spec));
    return ek_spec_check_parameters(spec);
}
