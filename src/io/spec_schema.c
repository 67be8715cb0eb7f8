/* The keys of a spec, their types and defaults. */
#include "io/spec_private.h"

#include <stddef.h>
#include <string.h>

/* A key whose value is one word of a list. */
#define FIELD_WORD(key, flags, member, list)                                                      \
    CYAML_FIELD_ENUM(key, (flags) | CYAML_FLAG_STRICT, IN, member, list,                          \
                     sizeof(list) / sizeof *(list))
enum { OPTIONAL = CYAML_FLAG_OPTIONAL, LIST = CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER };

static const cyaml_strval_t precisions[] = {{"double", EK_DOUBLE}, {"single", EK_SINGLE}};
static const cyaml_strval_t on_errors[] = {{"continue", EK_ON_ERROR_CONTINUE},
                                           {"stop", EK_ON_ERROR_STOP}};
static const cyaml_strval_t kinds[] = {
    {"maxcut", EK_KIND_MAXCUT},       {"qubo", EK_KIND_QUBO}, {"ising", EK_KIND_ISING},
    {"partition", EK_KIND_PARTITION}, {"labs", EK_KIND_LABS}, {"portfolio", EK_KIND_PORTFOLIO},
    {"hamiltonian", EK_KIND_HAMILTONIAN}};
static const cyaml_strval_t formats[] = {{"auto", EK_GRAPH_AUTO},
                                         {"gset", EK_GRAPH_GSET},
                                         {"edges", EK_GRAPH_EDGES},
                                         {"dimacs", EK_GRAPH_DIMACS}};
static const cyaml_strval_t families[] = {{"regular", EK_FAMILY_REGULAR},
                                          {"erdos-renyi", EK_FAMILY_ERDOS_RENYI},
                                          {"complete", EK_FAMILY_COMPLETE},
                                          {"named", EK_FAMILY_NAMED},
                                          {"labs", EK_FAMILY_LABS},
                                          {"tfim", EK_FAMILY_TFIM},
                                          {"heisenberg", EK_FAMILY_HEISENBERG}};
static const cyaml_strval_t weights[] = {
    {"one", EK_WEIGHTS_ONE}, {"signs", EK_WEIGHTS_SIGNS}, {"gaussian", EK_WEIGHTS_GAUSSIAN}};
static const cyaml_strval_t boundaries[] = {{"open", EK_BOUNDARY_OPEN},
                                            {"periodic", EK_BOUNDARY_PERIODIC}};
static const cyaml_strval_t algorithms[] = {{"qaoa", EK_ALGORITHM_QAOA},
                                            {"vqe", EK_ALGORITHM_VQE}};
static const cyaml_strval_t ansatzes[] = {{"hva-terms", EK_ANSATZ_HVA_TERMS},
                                          {"hva", EK_ANSATZ_HVA},
                                          {"ry", EK_ANSATZ_RY},
                                          {"ry-rz", EK_ANSATZ_RY_RZ}};
static const cyaml_strval_t entanglements[] = {{"linear", EK_ENTANGLE_LINEAR},
                                               {"circular", EK_ENTANGLE_CIRCULAR},
                                               {"full", EK_ENTANGLE_FULL}};
static const cyaml_strval_t entanglers[] = {{"cx", EK_ENTANGLER_CX}, {"cz", EK_ENTANGLER_CZ}};
static const cyaml_strval_t mixers[] = {{"x", EK_MIXER_X},
                                        {"grover", EK_MIXER_GROVER},
                                        {"xy-ring", EK_MIXER_XY_RING},
                                        {"xy-full", EK_MIXER_XY_FULL}};
static const cyaml_strval_t symmetries[] = {{"auto", EK_SYMMETRY_AUTO},
                                            {"off", EK_SYMMETRY_OFF},
                                            {"on", EK_SYMMETRY_ON}};
static const cyaml_strval_t modes[] = {{"grid", EK_SWEEP_GRID},
                                       {"zip", EK_SWEEP_ZIP},
                                       {"random", EK_SWEEP_RANDOM},
                                       {"sobol", EK_SWEEP_SOBOL}};

static const cyaml_schema_value_t int_entry = {CYAML_VALUE_INT(CYAML_FLAG_DEFAULT, int)};
static const cyaml_schema_value_t seed_entry = {CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, uint64_t)};
static const cyaml_schema_value_t number_entry = {CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double)};
static const cyaml_schema_value_t text_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CYAML_UNLIMITED)};

#define IN struct ek_spec_generate
static const cyaml_schema_field_t generate_fields[] = {
    FIELD_WORD("family", 0, family, families),
    CYAML_FIELD_SEQUENCE("vertices", LIST, IN, vertices, &int_entry, 1, CYAML_UNLIMITED),
    CYAML_FIELD_INT("degree", OPTIONAL, IN, degree),
    CYAML_FIELD_FLOAT("probability", OPTIONAL, IN, probability),
    FIELD_WORD("weights", OPTIONAL, weights, weights),
    CYAML_FIELD_SEQUENCE("seeds", LIST, IN, seeds, &seed_entry, 1, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE("names", LIST, IN, names, &text_entry, 1, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE("spins", LIST, IN, spins, &int_entry, 1, CYAML_UNLIMITED),
    CYAML_FIELD_FLOAT("field", OPTIONAL, IN, field),
    FIELD_WORD("boundary", OPTIONAL, boundary, boundaries),
    CYAML_FIELD_END};
static const cyaml_schema_value_t generate_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, IN, generate_fields)};
#undef IN

#define IN struct ek_spec_parameter
static const cyaml_schema_field_t parameter_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, IN, name, 1, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE("values", LIST, IN, values, &number_entry, 1, CYAML_UNLIMITED),
    CYAML_FIELD_FLOAT("start", OPTIONAL, IN, start),
    CYAML_FIELD_FLOAT("stop", OPTIONAL, IN, stop),
    CYAML_FIELD_INT("count", OPTIONAL, IN, count),
    CYAML_FIELD_END};
static const cyaml_schema_value_t parameter_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, IN, parameter_fields)};
#undef IN

#define IN struct ek_spec_problem
static const cyaml_schema_field_t problem_fields[] = {
    FIELD_WORD("kind", OPTIONAL, kind, kinds),
    FIELD_WORD("format", OPTIONAL, format, formats),
    CYAML_FIELD_SEQUENCE("files", LIST, IN, files, &text_entry, 1, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE("generate", LIST, IN, generate, &generate_entry, 1, CYAML_UNLIMITED),
    CYAML_FIELD_FLOAT("risk_aversion", OPTIONAL, IN, risk_aversion),
    CYAML_FIELD_INT("budget", OPTIONAL, IN, budget),
    CYAML_FIELD_END};
#undef IN

#define IN struct ek_spec_algorithm
static const cyaml_schema_field_t algorithm_fields[] = {
    FIELD_WORD("name", OPTIONAL, name, algorithms),
    FIELD_WORD("mixer", OPTIONAL, mixer, mixers),
    FIELD_WORD("symmetry", OPTIONAL, symmetry, symmetries),
    CYAML_FIELD_INT("layers", OPTIONAL, IN, layers),
    CYAML_FIELD_SEQUENCE("gamma", LIST, IN, gamma, &number_entry, 1, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE("beta", LIST, IN, beta, &number_entry, 1, CYAML_UNLIMITED),
    CYAML_FIELD_BOOL("optimize", OPTIONAL, IN, optimize),
    CYAML_FIELD_STRING_PTR("optimizer", LIST, IN, optimizer, 1, CYAML_UNLIMITED),
    CYAML_FIELD_INT("starts", OPTIONAL, IN, starts),
    CYAML_FIELD_INT("max_evaluations", OPTIONAL, IN, max_evaluations),
    CYAML_FIELD_FLOAT("tolerance", OPTIONAL, IN, tolerance),
    CYAML_FIELD_STRING_PTR("warm_start", LIST, IN, warm_start, 1, CYAML_UNLIMITED),
    CYAML_FIELD_UINT("shots", OPTIONAL, IN, shots),
    CYAML_FIELD_UINT("seed", OPTIONAL, IN, seed),
    FIELD_WORD("ansatz", OPTIONAL, ansatz, ansatzes),
    FIELD_WORD("entanglement", OPTIONAL, entanglement, entanglements),
    FIELD_WORD("entangler", OPTIONAL, entangler, entanglers),
    CYAML_FIELD_STRING_PTR("initial_state", LIST, IN, initial_state, 1, CYAML_UNLIMITED),
    CYAML_FIELD_BOOL("climb", OPTIONAL, IN, climb),
    CYAML_FIELD_END};
#undef IN

#define IN struct ek_spec_sweep
static const cyaml_schema_field_t sweep_fields[] = {
    FIELD_WORD("mode", OPTIONAL, mode, modes), CYAML_FIELD_INT("samples", OPTIONAL, IN, samples),
    CYAML_FIELD_UINT("seed", OPTIONAL, IN, seed),
    CYAML_FIELD_SEQUENCE("parameters", LIST, IN, parameters, &parameter_entry, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END};
#undef IN

#define IN struct ek_spec
static const cyaml_schema_field_t spec_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, IN, name, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("output", LIST, IN, output, 1, CYAML_UNLIMITED),
    FIELD_WORD("precision", OPTIONAL, precision, precisions),
    CYAML_FIELD_INT("ranks_per_point", OPTIONAL, IN, ranks_per_point),
    FIELD_WORD("on_error", OPTIONAL, on_error, on_errors),
    CYAML_FIELD_MAPPING("problem", CYAML_FLAG_DEFAULT, IN, problem, problem_fields),
    CYAML_FIELD_MAPPING("algorithm", CYAML_FLAG_OPTIONAL, IN, algorithm, algorithm_fields),
    CYAML_FIELD_MAPPING("sweep", CYAML_FLAG_OPTIONAL, IN, sweep, sweep_fields),
    CYAML_FIELD_END};
const cyaml_schema_value_t ek_spec_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, IN, spec_fields)};
#undef IN

const char *const ek_spec_defaults[][2] = {{"precision", "double"},
                                           {"ranks_per_point", "0"},
                                           {"on_error", "continue"},
                                           {"algorithm.name", "qaoa"},
                                           {"algorithm.optimize", "true"},
                                           {"algorithm.starts", "1"},
                                           {"algorithm.max_evaluations", "0"},
                                           {"algorithm.seed", "1"},
                                           {"sweep.mode", "grid"},
                                           {"sweep.samples", "0"},
                                           {"sweep.seed", "1"},
                                           {NULL, NULL}};

static const char *const qaoa_defaults[][2] = {{"problem.kind", "maxcut"},
                                               {"problem.format", "auto"},
                                               {"problem.risk_aversion", "0.5"},
                                               {"problem.budget", "0"},
                                               {"algorithm.mixer", "x"},
                                               {"algorithm.symmetry", "auto"},
                                               {"algorithm.layers", "1"},
                                               {"algorithm.optimizer", "bobyqa"},
                                               {"algorithm.tolerance", "1e-6"},
                                               {"algorithm.shots", "1024"},
                                               {NULL, NULL}};
static const char *const vqe_defaults[][2] = {{"problem.kind", "hamiltonian"},
                                              {"algorithm.ansatz", "hva-terms"},
                                              {"algorithm.climb", "false"},
                                              {"algorithm.optimizer", "lbfgs"},
                                              {"algorithm.tolerance", "1e-8"},
                                              {NULL, NULL}};

static const char *const nothing[][2] = {{NULL, NULL}};
static const char *const graph_defaults[][2] = {{"seeds", "1"}, {NULL, NULL}};
static const char *const ising_defaults[][2] = {
    {"field", "1"}, {"boundary", "open"}, {NULL, NULL}};
static const char *const chain_defaults[][2] = {{"boundary", "open"}, {NULL, NULL}};

const char *const (*ek_spec_algorithm_defaults(const char *algorithm))[2]
{
    return strcmp(algorithm, "vqe") == 0 ? vqe_defaults : qaoa_defaults;
}

const char *const (*ek_spec_family_defaults(const char *family))[2]
{
    if (strcmp(family, "tfim") == 0) return ising_defaults;
    if (strcmp(family, "heisenberg") == 0) return chain_defaults;
    return strcmp(family, "named") == 0 || strcmp(family, "labs") == 0 ? nothing : graph_defaults;
}

const char *ek_spec_kind_name(enum ek_spec_kind kind)
{
    return kinds[kind].str;
}
const char *ek_spec_mode_name(enum ek_spec_mode mode)
{
    return modes[mode].str;
}
