/* Specs of parameter sweeps: YAML to a struct, everything checked, overrides and defaults
 * applied. */
#ifndef EK_IO_SPEC_H
#define EK_IO_SPEC_H

#include "io/results.h"

#include <exaket/files.h>
#include <exaket/qaoa.h>
#include <exaket/vqe.h>

/* Limits that only keep mistakes from growing: more points of one problem list, more layers. */
enum { EK_SPEC_POINTS_MAX = 1000000, EK_SPEC_LAYERS_MAX = 4096 };

enum ek_spec_family {
    EK_FAMILY_REGULAR,
    EK_FAMILY_ERDOS_RENYI,
    EK_FAMILY_COMPLETE,
    EK_FAMILY_NAMED,
    EK_FAMILY_LABS,
    EK_FAMILY_TFIM,
    EK_FAMILY_HEISENBERG
};
enum ek_spec_mode { EK_SWEEP_GRID, EK_SWEEP_ZIP, EK_SWEEP_RANDOM, EK_SWEEP_SOBOL };
enum ek_spec_on_error { EK_ON_ERROR_CONTINUE, EK_ON_ERROR_STOP };
enum ek_spec_kind {
    EK_KIND_MAXCUT,
    EK_KIND_QUBO,
    EK_KIND_ISING,
    EK_KIND_PARTITION,
    EK_KIND_LABS,
    EK_KIND_PORTFOLIO,
    EK_KIND_HAMILTONIAN
};

/* One entry of problem.generate: every combination of its lists is one problem. */
struct ek_spec_generate {
    enum ek_spec_family family;
    unsigned vertices_count, spins_count, seeds_count, names_count;
    int *vertices, *spins;
    uint64_t *seeds;
    char **names;
    int degree;
    double probability, field;
    ek_weights weights;
    ek_boundary boundary;
};

/* What a swept parameter sets. */
enum ek_spec_target {
    EK_TARGET_LAYERS,
    EK_TARGET_STARTS,
    EK_TARGET_MAX_EVALUATIONS,
    EK_TARGET_TOLERANCE,
    EK_TARGET_SHOTS,
    EK_TARGET_SEED,
    EK_TARGET_BUDGET,
    EK_TARGET_RISK_AVERSION,
    EK_TARGET_FIELD,
    EK_TARGET_GAMMAS, /* gamma: of all layers */
    EK_TARGET_BETAS,
    EK_TARGET_GAMMA, /* gamma_3: of one layer */
    EK_TARGET_BETA
};

/* One swept parameter: a list, or a range. */
struct ek_spec_parameter {
    char *name;
    unsigned values_count;
    double *values;
    double start, stop;
    int count;

    /* Not in the file: */
    bool has_range;
    bool integer; /* only whole numbers make sense */
    enum ek_spec_target target;
    int layer; /* of GAMMA and BETA, from 0 */
};

struct ek_spec_problem {
    enum ek_spec_kind kind;
    ek_graph_format format;
    unsigned files_count, generate_count;
    char **files; /* as written: relative to the spec's folder */
    struct ek_spec_generate *generate;
    double risk_aversion;
    int budget; /* 0: half of the assets */
};

struct ek_spec_algorithm {
    enum ek_algorithm name;
    char *optimizer;
    bool optimize;
    int layers; /* VQE: 0 for as many as qubits */
    int starts;
    int max_evaluations; /* 0: the algorithm's default */
    double tolerance;
    uint64_t seed;

    /* QAOA: */
    char *warm_start; /* null: none */
    ek_mixer mixer;
    ek_symmetry symmetry;
    uint64_t shots;
    unsigned gamma_count, beta_count; /* 0: the tree angles */
    double *gamma, *beta;

    /* VQE: */
    ek_ansatz_kind ansatz;
    ek_entanglement entanglement;
    ek_entangler entangler;
    char *initial_state; /* null: the ansatz's */
    bool climb;
};

struct ek_spec_sweep {
    enum ek_spec_mode mode;
    int samples; /* of random and sobol */
    uint64_t seed;
    unsigned parameters_count;
    struct ek_spec_parameter *parameters;
};

struct ek_spec {
    char *name, *output;
    ek_precision precision;
    int ranks_per_point; /* 0: as few as the memory allows */
    enum ek_spec_on_error on_error;
    struct ek_spec_problem problem;
    struct ek_spec_algorithm algorithm;
    struct ek_spec_sweep sweep;

    /* Not in the file: */
    char *resolved; /* the spec as YAML with overrides and defaults */
    uint64_t hash;  /* of all that the results depend on: not output, on_error, ranks_per_point */
    struct ek_yaml *yaml; /* for ek_spec_fail */
};

/* Parses and checks a spec. Local; the caller destroys it. `path` names the file in messages.
 * EK_ERROR_PARSE with "file:line:column: ..."; EK_ERROR_ARGUMENT for a wrong override. */
ek_status ek_spec_parse(const ek_file *file, size_t override_count, const char *const *overrides,
                        struct ek_spec **spec);
void ek_spec_destroy(struct ek_spec **spec);

/* Fails at the place of a key such as "sweep.parameters.0.name", as ek_spec_parse would. Local. */
__attribute__((format(printf, 3, 4))) ek_status
ek_spec_fail(const struct ek_spec *spec, const char *key, const char *format, ...);

/* EK_OK is given back; the failure that a status tells of is told again at the place of a key. */
ek_status ek_spec_place(const struct ek_spec *spec, const char *key, ek_status status);

/* Value i of a parameter's list or range of values. Local. */
double ek_spec_value(const struct ek_spec_parameter *parameter, size_t i);
/* How many values a parameter of a grid or zip has. Local. */
size_t ek_spec_values(const struct ek_spec_parameter *parameter);

/* Whether a parameter that sets this is swept. Local. */
bool ek_spec_sweeps(const struct ek_spec *spec, enum ek_spec_target target);

/* The word of an enumeration as it stands in a spec. Local. */
const char *ek_spec_kind_name(enum ek_spec_kind kind);
const char *ek_spec_mode_name(enum ek_spec_mode mode);

/* "1.3.1" and "0.2.5". `out` has at least 32 bytes. Local. */
const char *ek_cyaml_version(char *out);
const char *ek_yaml_version(char *out);

/* FNV-1a, 64 bits, continued from `hash` (begin with EK_HASH_START). Local. */
#define EK_HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t ek_hash_bytes(uint64_t hash, const void *bytes, size_t count);

#endif
