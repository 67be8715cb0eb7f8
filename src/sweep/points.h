/* What a sweep consists of: its problems and, crossed with them, its combinations of parameters.
 */
#ifndef EK_SWEEP_POINTS_H
#define EK_SWEEP_POINTS_H

#include "io/spec.h"

#include <exaket/hamiltonian.h>
#include <exaket/problem.h>

/* What a point is about: one of the two. */
struct ek_subject {
    ek_problem *problem;
    ek_hamiltonian *hamiltonian;
};
void ek_subject_clear(struct ek_subject *subject);

/* A problem, or why there is none: a file that cannot be read spoils its own points only. */
struct ek_sweep_problem {
    char *name;
    char *path;                              /* null for generated problems */
    const struct ek_spec_generate *generate; /* null for files */
    int vertices;        /* of a generated problem, or spins, or the length of a sequence */
    uint64_t seed;       /* of a generated problem */
    const char *of_name; /* of the family named */

    struct ek_subject subject; /* empty when it failed */
    ek_status status;
    char *reason;  /* of the failure */
    int qubits;    /* 0 when it failed */
    uint64_t hash; /* of its content */
};

struct ek_points {
    const struct ek_spec *spec; /* borrowed */
    size_t problem_count;
    struct ek_sweep_problem *problems;
    size_t combinations; /* of parameters, for each problem */
    size_t count;        /* problem_count * combinations */
    double *samples;     /* of modes random and sobol: combinations x parameters, in [0, 1) */
};

/* One point: id = problem * combinations + combination, the first parameter varying slowest. */
struct ek_point {
    size_t id;
    const struct ek_sweep_problem *problem;
    int layers; /* 0: as many as qubits, which are not known */
    int starts, max_evaluations, budget;
    double tolerance, risk_aversion, field;
    uint64_t shots, seed;
    bool reload;    /* the problem depends on the parameters */
    double *angles; /* gamma_1.., beta_1..: 2 * layers, NaN for those that are the default
                     * start's; null where all are */
    double *values; /* of the parameters, in the spec's order */
};

/* Lists the problems, without reading any, and lays out the combinations. Local. The spec must
 * outlive the points. EK_ERROR_UNSUPPORTED for Sobol points without GSL. */
ek_status ek_points_create(const struct ek_spec *spec, const char *spec_path,
                           struct ek_points **points);
void ek_points_destroy(struct ek_points **points);

/* Reads or generates all problems, the same on all ranks. Collective. A problem that cannot be had
 * is no failure here. */
ek_status ek_points_load(ek_session *session, struct ek_points *points);

/* Point `id`, to be cleared. Local. */
ek_status ek_points_get(const struct ek_points *points, size_t id, struct ek_point *point);
void ek_point_clear(struct ek_point *point);

/* Reads or makes the problem of a point again, with what the point's parameters say about it.
 * Collective. */
ek_status ek_point_load(ek_session *session, const struct ek_points *points,
                        const struct ek_point *point, struct ek_subject *subject);

/* The problems of a spec: listed and forgotten. Local. */
ek_status ek_problems_list(const struct ek_spec *spec, const char *spec_path,
                           struct ek_sweep_problem **problems, size_t *count);
void ek_problems_clear(size_t count, struct ek_sweep_problem *problems);

/* The first `count` points of the Sobol sequence (Sobol 1967; Antonov and Saleev 1979) in
 * `dimensions` dimensions, without the origin. Local. */
ek_status ek_sobol_points(size_t count, unsigned dimensions, double *points);

#endif
