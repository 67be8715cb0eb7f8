/* The variational quantum eigensolver (Peruzzo et al. 2014): parameterised circuits for the lowest
 * state of a Hamiltonian, and their optimisation. */
#ifndef EXAKET_VQE_H
#define EXAKET_VQE_H

#include <exaket/circuit.h>
#include <exaket/evaluation.h>
#include <exaket/hamiltonian.h>
#include <exaket/program.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- circuits ------------------------------------------------------------------------------- */

/* Hamiltonian-variational (Wecker, Hastings and Troyer 2015): layers of exp(-i theta_g H_g) for
 * each group g of terms that all commute. Terms are taken in order, each into the first group it
 * commutes with; a group of which the initial state is an eigenstate comes last.
 * Hardware-efficient (Kandala et al. 2017): rotations of every qubit, then layers of entanglers
 * and rotations of every qubit. */
typedef enum ek_ansatz_kind {
    EK_ANSATZ_HVA_TERMS = 0, /* as HVA, but each term of a group has an angle of its own */
    EK_ANSATZ_HVA,           /* Hamiltonian-variational, one angle per group */
    EK_ANSATZ_RY,            /* hardware-efficient, with RY */
    EK_ANSATZ_RY_RZ          /* hardware-efficient, with RY and RZ */
} ek_ansatz_kind;

/* Which pairs a hardware-efficient layer entangles, in this order. */
typedef enum ek_entanglement {
    EK_ENTANGLE_LINEAR = 0, /* (0,1) (1,2) ... */
    EK_ENTANGLE_CIRCULAR,   /* the same, and (n-1,0) from three qubits on */
    EK_ENTANGLE_FULL        /* all pairs, in lexicographic order */
} ek_entanglement;

typedef enum ek_entangler { EK_ENTANGLER_CX = 0, EK_ENTANGLER_CZ } ek_entangler;

/* Their words, "hva-terms", "linear", "cx"; null for a number that names none. Local. */
const char *ek_ansatz_kind_name(int kind);
const char *ek_entanglement_name(int entanglement);
const char *ek_entangler_name(int entangler);

/* States of one qubit in the name of a product state: |0>, |1>, and those of X and Y with the
 * eigenvalues +1 and -1, as Qiskit has them. */
#define EK_LABEL_LETTERS "01+-rl"

/* Zero means the default everywhere. */
typedef struct ek_ansatz_options {
    ek_ansatz_kind kind;
    int layers; /* default 1 */
    ek_entanglement entanglement; /* this and the next of hardware-efficient circuits only */
    ek_entangler entangler;
    const char *initial; /* state before the first layer: "zero" (default), "plus", "minus", "neel"
                          * (1 on qubits 0, 2, ...), "singlets" (on qubits 0 and 1, 2 and 3, ...;
                          * an even number), or one of EK_LABEL_LETTERS for each qubit, qubit n-1
                          * first */
} ek_ansatz_options;

/* Refuses names of no initial state, as above, on so many qubits; with 0, on any number of them.
 * Local. EK_ERROR_ARGUMENT. */
ek_status ek_ansatz_initial_check(const char *name, int qubits);

/* The ansatz as a circuit from |0...0>. Its parameters come layer by layer, with these names.
 *
 * Of HVA, in layer L = 1, 2, ...: "theta_L_K", K = 1, 2, ..., group after group; one for a group,
 * or one for each of its terms in their order. The term c P becomes exp(-i theta c P), with its
 * coefficient. Groups 0..G-1 are numbered as their first terms come; where i is the first that the
 * initial state is an eigenstate of, a layer has the groups i+1, ..., G-1, 0, ..., i, and 0..G-1
 * where there is none.
 *
 * Hardware-efficient, in layer L = 0, 1, ..., 0 being the one before the first entanglers:
 * "ry_L_Q" for the qubits Q = 0..n-1, the gates exp(-i theta Y/2), and then of RY_RZ "rz_L_Q" for
 * Q = 0..n-1, the gates exp(-i theta Z/2).
 *
 * Local. The caller destroys it. EK_ERROR_ARGUMENT for options out of range, or a Hamiltonian that
 * leaves HVA nothing to vary. */
ek_status ek_ansatz_create(const ek_hamiltonian *hamiltonian, const ek_ansatz_options *options,
                           ek_circuit **circuit);

/* A good initial state for HVA, of the names above. For Ising models in a transverse field, where
 * all terms that are not diagonal are products of X on some qubits and Y on others, the same in
 * all terms: the product state that has the lowest energy for these terms, each qubit by the sign
 * of its field ("plus" for fields -X, "minus" for +X); likewise without any fields, if there are
 * no diagonal terms or all others have negative coefficients. "singlets" for Heisenberg models.
 * Else the basis state of lowest energy. Above 30 qubits the sign of the fields alone decides.
 * `name` has room for EK_QUBITS_MAX + 1 bytes. Collective. */
ek_status ek_ansatz_initial(ek_session *session, const ek_hamiltonian *hamiltonian, char *name);

/* ---- optimisation --------------------------------------------------------------------------- */

/* Zero means the default everywhere. The same on all ranks. */
typedef struct ek_vqe_options {
    ek_ansatz_options ansatz; /* layers: default as many as qubits; initial: default as
                               * ek_ansatz_initial for HVA */
    ek_precision precision;
    const char *optimizer;    /* default "lbfgs"; the others as for QAOA. In single precision
                               * lbfgs, var2 and tnewton go on where values are lost in rounding;
                               * others may end off by 1e-4 of the energy */
    int starts;               /* default 1. The first begins with the parameters given, or with an
                               * annealing schedule for HVA; all others draw random ones */
    int climb;                /* the first start optimises 1 layer, then 2, and so on, each grown
                               * from the one before: HVA by interpolation (Zhou et al. 2020), the
                               * others by a layer of zeros at the front */
    int max_evaluations;      /* over all starts; default ek_vqe_default_evaluations */
    double tolerance;         /* relative, on the parameters; default 1e-8 */
    uint64_t seed;
    size_t parameter_count;
    const double *parameters; /* of the first start: as many as the ansatz has, or as it has with
                               * fewer layers, from which they are then grown */
    int skip_exact;           /* do not compute the exact ground energy */
    ek_evaluation_hooks hooks;
} ek_vqe_options;

/* 3000 for each start, and no more than an int holds. Local. */
int ek_vqe_default_evaluations(int starts);

/* How one start ended. */
typedef struct ek_vqe_start {
    double first_energy, energy;
    int evaluations;
    ek_stop stopped; /* why, with all layers */
} ek_vqe_start;

typedef struct ek_vqe_result {
    int qubits, layers;
    size_t term_count;
    double energy;        /* of the best parameters */
    double gradient_norm; /* Euclidean, there */
    double exact_energy;  /* NaN where skipped: by the options, above EK_GROUND_QUBITS_MAX qubits,
                           * in a build without LAPACK, or where it does not converge */
    double error;         /* energy - exact_energy */
    char initial[EK_QUBITS_MAX + 1]; /* the initial state's name */
    size_t parameter_count;
    double *parameters;
    char **parameter_names; /* as ek_ansatz_create has them */
    int evaluations;
    size_t history_count;
    double *history;      /* energy of each evaluation, in order */
    size_t start_count;   /* that were begun */
    ek_vqe_start *starts;
    int best_start;
    ek_stop stopped;      /* why the best start ended */
    bool stuck;           /* it had no gradient where it began and gained nothing, at an energy
                           * that is not the lowest, as far as that is known: the ansatz does not
                           * lead away from its initial state */
    double prepare_seconds, optimize_seconds, total_seconds;
    ek_plan_summary plan;
} ek_vqe_result;

typedef struct ek_vqe ek_vqe;

/* Prepares circuit, plan and state. Collective. Fails as ek_state_create and ek_ansatz_create do,
 * and with EK_ERROR_NUMERIC for coefficients that add up to less than 1e-75 or more than 1e75.
 * Hamiltonian and options are copied; `options` may be null. The caller destroys the handle before
 * the session. */
ek_status ek_vqe_create(ek_session *session, const ek_hamiltonian *hamiltonian,
                        const ek_vqe_options *options, ek_vqe **vqe);
/* Frees and nulls the handle; accepts null. Local. */
void ek_vqe_destroy(ek_vqe **vqe);

/* Parameters of the ansatz. Local. */
int ek_vqe_parameters(const ek_vqe *vqe);
/* Name of one, as ek_ansatz_create has them; lives as long as the handle. Local. */
const char *ek_vqe_parameter_name(const ek_vqe *vqe, int parameter);
/* The plan of one evaluation. Local. */
void ek_vqe_summarize(const ek_vqe *vqe, ek_plan_summary *summary);

/* <H> at the parameters x, and its derivatives unless `gradient` is null (on all ranks or none);
 * without the hooks. Collective. EK_ERROR_NUMERIC when a parameter or the energy is not finite. */
ek_status ek_vqe_energy(ek_vqe *vqe, const double *x, double *energy, double *gradient);

/* One evaluation at the parameters of the first start / the best that the optimiser finds.
 * Collective. The result is cleared by the caller and untouched on failure: what is worth keeping
 * then has been given to the hooks. */
ek_status ek_vqe_evaluate(ek_vqe *vqe, ek_vqe_result *result);
ek_status ek_vqe_optimize(ek_vqe *vqe, ek_vqe_result *result);
/* Frees what the result holds and zeroes it. Local. */
void ek_vqe_result_clear(ek_vqe_result *result);

#ifdef __cplusplus
}
#endif
#endif
