#include "io/spec.h"
#include "support/harness.h"

#include <string.h>

static ek_status parse(const char *text, size_t count, const char *const *overrides,
                       struct ek_spec **spec)
{
    const ek_file file = {(char *)"spec.yaml", (char *)text, strlen(text)};
    return ek_spec_parse(&file, count, overrides, spec);
}

#define HEAD "name: t\nproblem:\n  generate:\n    - {family: named, names: [cube]}\n"
#define GENERATE "name: t\nproblem:\n  generate:\n    - "
#define SWEEP HEAD "sweep:\n  parameters:\n    - "
#define VQE                                                                                       \
    "name: t\nproblem:\n  generate:\n    - {family: tfim, spins: [4]}\n"                         \
    "sweep:\n  parameters:\n    - "

/* What is wrong with a spec, and how the message must begin and which words it must contain. */
struct bad {
    const char *text, *place, *words;
};

static const struct bad bad_specs[] = {
    {"", "spec.yaml:1:1: ", "empty"},
    {"# only a comment\n", "spec.yaml:1:1: ", "empty"},
    {"- a\n- b\n", "spec.yaml:1:1: ", "key: value"},
    {"hello\n", "spec.yaml:1:1: ", "key: value"},
    {"name: 'x\n", "spec.yaml:2:1: ", "end of stream"},
    {"name: t\nproblem: [\n", "spec.yaml:3:1: ", "did not find"},
    {"name: t\n\tproblem: 3\n", "spec.yaml:2:1: ", "tab"},
    {"name: \xff\xfe\n", "spec.yaml:1:1: ", "UTF-8"},
    {"name: t\n", "spec.yaml:1:1: ", "'problem' is missing"},
    {"problem:\n  files: [a]\n", "spec.yaml:1:1: ", "'name' is missing"},
    {HEAD "nmae: x\n", "spec.yaml:5:1: ", "unknown key 'nmae', expected one of name, output"},
    {HEAD "name: x\n", "spec.yaml:5:1: ", "given twice"},
    {HEAD "---\nname: x\n", "spec.yaml:6:1: ", "second document"},
    {HEAD "precision: half\n", "spec.yaml:5:12: ", "'half', expected one of double, single"},
    {HEAD "precision:\n", "spec.yaml:5:11: ", "expected one of double, single"},
    {HEAD "ranks_per_point: 3\n", "spec.yaml:5:18: ", "power of two"},
    {HEAD "ranks_per_point: two\n", "spec.yaml:5:18: ", "'two', expected a whole number"},
    {HEAD "on_error: ignore\n", "spec.yaml:5:11: ", "continue, stop"},
    {HEAD "output: {a: 1}\n", "spec.yaml:5:9: ", "output is a mapping, expected text"},
    {"name: a/b\nproblem: {files: x}\n", "spec.yaml:1:7: ", "without '/'"},
    {"name: t\nproblem:\n  kind: maxcut\n", "spec.yaml:3:3: ", "'files' or 'generate'"},
    {"name: t\nproblem:\n  files: []\n", "spec.yaml:3:10: ", "empty list"},
    {"name: t\nproblem:\n  files: [a, {b: 1}]\n", "spec.yaml:3:14: ", "is a mapping"},
    {"name: t\nproblem:\n  kind: tsp\n", "spec.yaml:3:9: ", "'tsp', expected one of maxcut"},
    {"name: t\nproblem: 3\n", "spec.yaml:2:10: ", "is a single value, expected keys"},
    {GENERATE "{vertices: 4}\n", "spec.yaml:4:7: ", "'family' is missing"},
    {GENERATE "{family: tree}\n", "spec.yaml:4:16: ", "'tree'"},
    {GENERATE "{family: regular, vertices: 8}\n", "spec.yaml:4:7: ", "needs the key 'degree'"},
    {GENERATE "{family: regular, vertices: [8, 7], degree: 3}\n", "spec.yaml:4:39: ", "even"},
    {GENERATE "{family: regular, vertices: 4, degree: 4}\n", "spec.yaml:4:35: ", "more vertices"},
    {GENERATE "{family: complete, vertices: 63}\n", "spec.yaml:4:36: ", "1 to 62"},
    {GENERATE "{family: complete, vertices: [3, 4.5]}\n", "spec.yaml:4:40: ", "'4.5'"},
    {GENERATE "{family: complete, vertices: []}\n", "spec.yaml:4:36: ", "empty list"},
    {GENERATE "{family: erdos-renyi, vertices: 6, probability: 1.5}\n",
     "spec.yaml:4:55: ", "0 to 1"},
    {GENERATE "{family: named, names: cube, seeds: 3}\n", "spec.yaml:4:43: ", "no key 'seeds'"},
    {GENERATE "{family: labs, vertices: 6}\n",
     "spec.yaml:4:16: ", "kind labs, but kind is maxcut"},
    {GENERATE "{family: complete, vertices: 6, seeds: -1}\n", "spec.yaml:4:46: ", "0 or more"},
    {GENERATE "{family: complete, vertices: 6, seeds: 99999999999999999999}\n",
     "spec.yaml:4:46: ", "not so large"},
    {HEAD "algorithm: {name: vqf}\n", "spec.yaml:5:19: ", "'vqf', expected one of qaoa, vqe"},
    {HEAD "algorithm: {name: vqe}\n", "spec.yaml:4:16: ", "kind maxcut, but kind is hamiltonian"},
    {"name: t\nproblem: {kind: ising, files: a}\nalgorithm: {name: vqe}\n",
     "spec.yaml:2:17: ", "expected hamiltonian with algorithm vqe"},
    {"name: t\nproblem: {kind: hamiltonian, files: a}\n",
     "spec.yaml:2:17: ", "expected a problem of bits with algorithm qaoa"},
    {VQE "{name: layers, values: [1]}\nalgorithm: {name: vqe, mixer: x}\n",
     "spec.yaml:8:31: ", "mixer belongs to algorithm qaoa"},
    {HEAD "algorithm: {ansatz: hva}\n", "spec.yaml:5:21: ", "ansatz belongs to algorithm vqe"},
    {VQE "{name: shots, values: [1]}\nalgorithm: {name: vqe}\n",
     "spec.yaml:7:14: ", "vqe has no parameter shots"},
    {VQE "{name: layers, values: [1]}\nalgorithm: {name: vqe, ansatz: hva, entanglement: full}\n",
     "spec.yaml:8:51: ", "of ansatz ry and ry-rz only"},
    {VQE "{name: layers, values: [1]}\nalgorithm: {name: vqe, entangler: cz}\n",
     "spec.yaml:8:35: ", "of ansatz ry and ry-rz only"},
    {VQE "{name: layers, values: [1]}\nalgorithm: {name: vqe, optimize: false, climb: true}\n",
     "spec.yaml:8:48: ", "climb is of an optimisation"},
    {HEAD "algorithm: {optimize: false, starts: 3}\n", "spec.yaml:5:38: ",
     "starts is of an optimisation, but optimize is false"},
    {VQE "{name: layers, values: [1]}\nalgorithm: {name: vqe, ansatz: uccsd}\n",
     "spec.yaml:8:32: ", "'uccsd', expected one of hva-terms, hva, ry, ry-rz"},
    {VQE "{name: layers, values: [1]}\nalgorithm: {name: vqe, initial_state: foo}\n",
     "spec.yaml:8:39: ", "'foo': expected zero, plus, minus, neel, singlets, or a letter"},
    {VQE "{name: layers, values: [1]}\nalgorithm: {name: vqe, initial_state: 0102}\n",
     "spec.yaml:8:39: ", "initial state '0102': expected zero"},
    {SWEEP "{name: field, values: [1]}\n", "spec.yaml:7:14: ", "qaoa has no parameter field"},
    {"name: t\nproblem: {files: tfim:4:1:open}\nalgorithm: {name: vqe}\n"
     "sweep: {parameters: [{name: field, values: 1}]}\n",
     "spec.yaml:4:29: ", "problems of family tfim, but there are others"},
    {"name: t\nproblem: {generate: [{family: tfim, spins: [2], boundary: periodic}]}\n"
     "algorithm: {name: vqe}\n", "spec.yaml:2:45: ", "2 spins, expected 3 to 62"},
    {"name: t\nproblem: {generate: [{family: heisenberg, spins: 4, field: 1}]}\n"
     "algorithm: {name: vqe}\n", "spec.yaml:2:60: ", "heisenberg has no key 'field'"},
    {HEAD "algorithm: {layers: 0}\n", "spec.yaml:5:21: ", "layers is 0"},
    {HEAD "algorithm: {layers: 3.5}\n", "spec.yaml:5:21: ", "whole number"},
    {HEAD "algorithm: {layers: 010}\n", "spec.yaml:5:21: ", "whole number"},
    {HEAD "algorithm: {layers: 99999999999}\n", "spec.yaml:5:21: ", "not so large"},
    {HEAD "algorithm: {optimize: maybe}\n", "spec.yaml:5:23: ", "true or false"},
    {HEAD "algorithm: {tolerance: tiny}\n", "spec.yaml:5:24: ", "'tiny', expected a number"},
    {HEAD "algorithm: {tolerance: nan}\n", "spec.yaml:5:24: ", "expected a number"},
    {HEAD "algorithm: {tolerance: 1.5x}\n", "spec.yaml:5:24: ", "expected a number"},
    {HEAD "algorithm: {shots: 0}\n", "spec.yaml:5:20: ", "shots is 0"},
    {HEAD "algorithm: {gamma: [1]}\n", "spec.yaml:5:20: ", "together"},
    {HEAD "algorithm: {layers: 2, gamma: [1, 2], beta: [1]}\n", "spec.yaml:5:45: ", "2 layers"},
    {HEAD "algorithm: {warm_start: 012}\n", "spec.yaml:5:25: ", "bit string"},
    {HEAD "sweep: {mode: list}\n", "spec.yaml:5:15: ", "grid, zip, random, sobol"},
    {HEAD "sweep: {mode: random}\n", "spec.yaml:5:15: ", "needs parameters"},
    {HEAD "sweep: {parameters: []}\n", "spec.yaml:5:21: ", "empty list"},
    {SWEEP "{name: depth, values: [1]}\n", "spec.yaml:7:14: ", "unknown parameter 'depth'"},
    {SWEEP "{name: gamma_0, values: [1]}\n", "spec.yaml:7:14: ", "unknown parameter 'gamma_0'"},
    {SWEEP "{values: [1]}\n", "spec.yaml:7:7: ", "'name' is missing"},
    {SWEEP "{name: layers}\n", "spec.yaml:7:7: ", "needs values"},
    {SWEEP "{name: layers, values: []}\n", "spec.yaml:7:30: ", "empty list"},
    {SWEEP "{name: layers, values: [1, zwei]}\n", "spec.yaml:7:34: ", "'zwei', expected a number"},
    {SWEEP "{name: layers, values: [1, 2.5]}\n", "spec.yaml:7:34: ", "whole numbers"},
    {SWEEP "{name: layers, values: [1, 0]}\n", "spec.yaml:7:34: ", "layers is 0"},
    {SWEEP "{name: layers, start: 1, stop: 4}\n", "spec.yaml:7:29: ", "needs a count"},
    {SWEEP "{name: layers, start: 1, stop: 4, count: 3}\n", "spec.yaml:7:48: ", "whole numbers"},
    {SWEEP "{name: gamma_1, start: 1, stop: 4, count: 1}\n", "spec.yaml:7:49: ", "count is 1"},
    {SWEEP "{name: gamma_1, values: 1, start: 1}\n", "spec.yaml:7:31: ", "not both"},
    {SWEEP "{name: gamma_2, values: [1]}\n", "spec.yaml:7:14: ", "1 layer only"},
    {SWEEP "{name: budget, values: [1]}\n", "spec.yaml:7:14: ", "portfolio"},
    {SWEEP "{name: seed, values: [1]}\n    - {name: seed, values: [2]}\n",
     "spec.yaml:8:14: ", "swept twice"},
    {SWEEP "{name: gamma, values: [1]}\n  mode: sobol\n", "spec.yaml:6:3: ", "samples"},
    {SWEEP "{name: gamma, values: [1]}\n  samples: 7\n", "spec.yaml:8:12: ", "no meaning"},
    {SWEEP "{name: gamma, start: 1, stop: 2, count: 3}\n  mode: random\n  samples: 2\n",
     "spec.yaml:7:47: ", "no meaning"},
    {SWEEP "{name: gamma, values: [1, 2]}\n    - {name: beta, values: [1]}\n  mode: zip\n",
     "spec.yaml:8:28: ", "expected 2"},
    {SWEEP "{name: gamma, start: 0, stop: 1, count: 5000}\n"
           "    - {name: beta, start: 0, stop: 1, count: 5000}\n",
     "spec.yaml:7:5: ", "points"},
};

static void check_message(const struct bad *bad)
{
    const char *message = ek_last_message();
    const bool good = strncmp(message, bad->place, strlen(bad->place)) == 0 &&
                      strstr(message, bad->words) != NULL;
    if (!good)
        fprintf(stderr, "\nfor\n%s\ngot      %s\nexpected %s...%s\n", bad->text, message,
                bad->place, bad->words);
    CHECK(good);
}

static void test_vqe(void)
{
    static const char text[] = VQE "{name: field, values: [0.5, 1]}\n"
                                   "algorithm: {name: vqe, ansatz: ry-rz, entangler: cz}\n";
    struct ek_spec *spec = NULL;
    if (!CHECK_OK(parse(text, 0, NULL, &spec))) return;
    CHECK(spec->algorithm.name == EK_ALGORITHM_VQE && spec->problem.kind == EK_KIND_HAMILTONIAN);
    CHECK(spec->algorithm.ansatz == EK_ANSATZ_RY_RZ && spec->algorithm.layers == 0);
    CHECK(spec->algorithm.entangler == EK_ENTANGLER_CZ && !spec->algorithm.climb);
    CHECK(strcmp(spec->algorithm.optimizer, "lbfgs") == 0 && spec->algorithm.tolerance == 1e-8);
    CHECK(spec->problem.generate[0].field == 1 && spec->problem.generate[0].spins[0] == 4);
    CHECK(ek_spec_sweeps(spec, EK_TARGET_FIELD) && !ek_spec_sweeps(spec, EK_TARGET_SEED));
    CHECK(!strstr(spec->resolved, "mixer") && !strstr(spec->resolved, "shots"));
    ek_spec_destroy(&spec);
}

static void test_bad_specs(void)
{
    for (size_t i = 0; i < sizeof bad_specs / sizeof *bad_specs; i++) {
        struct ek_spec *spec = NULL;
        if (CHECK_STATUS(parse(bad_specs[i].text, 0, NULL, &spec), EK_ERROR_PARSE))
            check_message(&bad_specs[i]);
        else
            fprintf(stderr, "was accepted:\n%s\n", bad_specs[i].text);
        ek_spec_destroy(&spec);
    }
}

static void test_defaults(void)
{
    struct ek_spec *spec = NULL;
    if (!CHECK_OK(parse("name: t\nproblem: {files: graph.txt}\n", 0, NULL, &spec))) return;
    CHECK(strcmp(spec->output, "results/t") == 0);
    CHECK(spec->precision == EK_DOUBLE && spec->ranks_per_point == 0);
    CHECK(spec->problem.kind == EK_KIND_MAXCUT && spec->problem.files_count == 1);
    CHECK(strcmp(spec->problem.files[0], "graph.txt") == 0);
    CHECK(spec->algorithm.optimize && spec->algorithm.layers == 1);
    CHECK(strcmp(spec->algorithm.optimizer, "bobyqa") == 0 && !spec->algorithm.warm_start);
    CHECK(spec->algorithm.shots == 1024 && spec->algorithm.tolerance == 1e-6);
    CHECK(spec->sweep.mode == EK_SWEEP_GRID && spec->sweep.parameters_count == 0);
    ek_spec_destroy(&spec);
}

static const char full[] =
    "name: full\noutput: somewhere\nprecision: single\nranks_per_point: 4\non_error: stop\n"
    "problem:\n  kind: maxcut\n  generate:\n"
    "    - {family: regular, vertices: [8, 10], degree: 3, weights: gaussian, seeds: [1, 2]}\n"
    "    - {family: named, names: [cube, petersen]}\n"
    "algorithm:\n  layers: 2\n  gamma: [0.1, 0.2]\n  beta: [0.3, 0.12345678901234567]\n"
    "  optimize: false\n  mixer: xy-ring\n"
    "sweep:\n  parameters:\n    - {name: gamma_2, start: 0, stop: 1, count: 5}\n"
    "    - name: seed\n      values: [7, 8]\n";

static void check_full(const struct ek_spec *spec)
{
    CHECK(spec->precision == EK_SINGLE && spec->ranks_per_point == 4);
    CHECK(spec->on_error == EK_ON_ERROR_STOP && spec->problem.generate_count == 2);
    const struct ek_spec_generate *entry = spec->problem.generate;
    CHECK(entry[0].vertices_count == 2 && entry[0].vertices[1] == 10 && entry[0].degree == 3);
    CHECK(entry[0].weights == EK_WEIGHTS_GAUSSIAN && entry[0].seeds[1] == 2);
    CHECK(entry[1].seeds_count == 0 && strcmp(entry[1].names[1], "petersen") == 0);
    CHECK(spec->algorithm.beta[1] == 0.12345678901234567 && !spec->algorithm.optimize);
    CHECK(spec->algorithm.mixer == EK_MIXER_XY_RING);
    const struct ek_spec_parameter *parameter = spec->sweep.parameters;
    CHECK(parameter[0].target == EK_TARGET_GAMMA && parameter[0].layer == 1);
    CHECK(ek_spec_values(&parameter[0]) == 5 && ek_spec_value(&parameter[0], 3) == 0.75);
    CHECK(parameter[1].integer && ek_spec_value(&parameter[1], 1) == 8);
}

static void test_all_keys_and_the_resolved_text(void)
{
    struct ek_spec *spec = NULL, *again = NULL;
    if (!CHECK_OK(parse(full, 0, NULL, &spec))) return;
    check_full(spec);
    if (CHECK_OK(parse(spec->resolved, 0, NULL, &again))) {
        check_full(again);
        CHECK(strcmp(spec->resolved, again->resolved) == 0);
        CHECK(spec->hash == again->hash);
    }
    ek_spec_destroy(&spec);
    ek_spec_destroy(&again);
}

static uint64_t hash_of(const char *text, const char *override)
{
    struct ek_spec *spec = NULL;
    uint64_t hash = 0;
    if (CHECK_OK(parse(text, override != NULL, &override, &spec))) hash = spec->hash;
    ek_spec_destroy(&spec);
    return hash;
}

static void test_hash_follows_meaning(void)
{
    const uint64_t hash = hash_of(full, NULL);
    CHECK(hash == hash_of(full, "output=elsewhere"));
    CHECK(hash == hash_of(full, "on_error=continue"));
    CHECK(hash == hash_of(full, "ranks_per_point=2"));
    CHECK(hash == hash_of(full, "algorithm.gamma=[0.10, 2e-1]"));
    CHECK(hash != hash_of(full, "algorithm.gamma=[0.10, 0.20000000000000004]"));
    CHECK(hash != hash_of(full, "algorithm.seed=2"));
    CHECK(hash != hash_of(full, "problem.generate.1.names=[cube]"));
    CHECK(hash_of("name: a\nproblem: {files: b}\n", NULL) ==
          hash_of("problem:\n  files: [\"b\"] # comment\nname: a\n", NULL));
}

static void test_overrides(void)
{
    static const char *const overrides[] = {"algorithm.starts=3",
                                            "sweep.parameters.0.count=3",
                                            "sweep.parameters.1.values=[1, 2, 3]",
                                            "problem.budget=-1",
                                            "name='x: y'",
                                            "algorithm.starts=4",
                                            "algorithm.optimize=true"};
    struct ek_spec *spec = NULL;
    if (!CHECK_OK(parse(full, 7, overrides, &spec))) return;
    CHECK(spec->algorithm.starts == 4 && spec->sweep.parameters[0].count == 3);
    CHECK(spec->sweep.parameters[1].values_count == 3 && spec->problem.budget == -1);
    CHECK(strcmp(spec->name, "x: y") == 0);
    ek_spec_destroy(&spec);
}

static void test_bad_overrides(void)
{
    static const struct bad cases[] = {
        {"algorithm.starts", "--set algorithm.starts: ", "key=value"},
        {"=3", "--set =3: ", "key=value"},
        {"algorithm.starts=", "--set algorithm.starts=: ", "no value"},
        {"algorithm.starts=many", "--set algorithm.starts=many: ", "whole number"},
        {"algorithm.sarts=3", "--set algorithm.sarts=3: ", "unknown key"},
        {"sweep.parameters.2.count=3", "--set sweep.parameters.2.count=3: ", "no entry '2'"},
        {"name.x=3", "--set name.x=3: ", "has no keys"},
        {"algorithm.layers=0", "--set algorithm.layers=0: ", "layers is 0"},
        {"sweep.parameters.0.name=foo",
         "--set sweep.parameters.0.name=foo: ", "unknown parameter"},
        {"sweep.parameters.1.values=1.5", "--set sweep.parameters.1.values=1.5: ", "whole"},
        {"sweep.parameters.1.values=[", "--set sweep.parameters.1.values=[: ", "did not find"},
        {"a..b=1", "--set a..b=1: ", "unknown key"},
        {"name=&a [*a]", "--set name=&a [*a]: ", "deep"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ek_spec *spec = NULL;
        if (CHECK_STATUS(parse(full, 1, &cases[i].text, &spec), EK_ERROR_ARGUMENT))
            check_message(&cases[i]);
        ek_spec_destroy(&spec);
    }
}

static void test_failing_later_names_the_place(void)
{
    struct ek_spec *spec = NULL;
    if (!CHECK_OK(parse(full, 0, NULL, &spec))) return;
    CHECK_STATUS(ek_spec_fail(spec, "algorithm.gamma.1", "too %s", "odd"), EK_ERROR_PARSE);
    CHECK(strcmp(ek_last_message(), "spec.yaml:13:16: too odd") == 0);
    CHECK_STATUS(ek_spec_fail(spec, "sweep.parameters.7.name", "gone"), EK_ERROR_PARSE);
    CHECK(strncmp(ek_last_message(), "spec.yaml:19:5: ", 16) == 0);
    ek_spec_destroy(&spec);
}

static void test_out_of_memory(void)
{
    for (long nth = 1; nth < 200; nth++) {
        struct ek_spec *spec = NULL;
        static const char *const overrides[] = {"algorithm.shots=3", "output=x"};
        ek_fault_set(EK_FAULT_ALLOCATE, nth);
        const ek_status status = parse(full, 2, overrides, &spec);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        ek_spec_destroy(&spec);
        if (status == EK_OK) return;
        CHECK(status == EK_ERROR_MEMORY);
    }
    CHECK(!"the fault never ran out");
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"bad specs are refused at their place", test_bad_specs},
        {"VQE", test_vqe},
        {"defaults", test_defaults},
        {"all keys, and the resolved text means the same", test_all_keys_and_the_resolved_text},
        {"the hash follows the meaning", test_hash_follows_meaning},
        {"overrides", test_overrides},
        {"bad overrides are refused", test_bad_overrides},
        {"a failure found later names its place", test_failing_later_names_the_place},
        {"out of memory at any allocation", test_out_of_memory},
    };
    return test_main(argc, argv, "io: spec", cases, sizeof cases / sizeof *cases);
}
