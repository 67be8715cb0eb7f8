#include "algo/vqe_private.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { EVALUATIONS_PER_START = 3000 };

static const double DEFAULT_TOLERANCE = 1e-8;

/* ---- options ---- */

static ek_status check_numbers(const ek_vqe_options *options)
{
    if (options->ansatz.layers < 0)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d layers: give 1 or more", options->ansatz.layers);
    if (options->starts < 0)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d starts: give 1 or more", options->starts);
    if (options->max_evaluations < 0)
        return EK_FAIL(EK_ERROR_ARGUMENT, "at most %d evaluations: give 1 or more",
                       options->max_evaluations);
    if (!(options->tolerance >= 0 && options->tolerance < 1))
        return EK_FAIL(EK_ERROR_ARGUMENT, "tolerance %g: give a number in [0, 1)",
                       options->tolerance);
    if (options->precision != EK_DOUBLE && options->precision != EK_SINGLE)
        return EK_FAIL(EK_ERROR_ARGUMENT, "precision %d: give EK_DOUBLE or EK_SINGLE",
                       (int)options->precision);
    for (size_t i = 0; i < options->parameter_count; i++)
        if (!isfinite(options->parameters[i]))
            return EK_FAIL(EK_ERROR_ARGUMENT, "parameter %zu is %g, not a finite number", i + 1,
                           options->parameters[i]);
    return ek_optimizer_check(options->optimizer);
}

void ek_vqe_bounds(const ek_hamiltonian_facts *facts, double *constant, double *magnitude)
{
    *constant = *magnitude = 0;
    for (size_t t = 0; t < facts->term_count; t++) {
        const ek_pauli_term *term = &facts->terms[t];
        if (term->x_mask | term->z_mask) *magnitude += fabs(term->coefficient);
        else *constant = term->coefficient;
    }
}

/* Derivatives go with the square of the coefficients, and must have squares too. */
static const double MAGNITUDE_MIN = 1e-75, MAGNITUDE_MAX = 1e75;

static ek_status check_magnitude(const ek_hamiltonian_facts *facts)
{
    double constant, magnitude;
    ek_vqe_bounds(facts, &constant, &magnitude);
    if (magnitude == 0) return EK_OK;
    if (magnitude >= MAGNITUDE_MIN && magnitude <= MAGNITUDE_MAX) return EK_OK;
    return EK_FAIL(EK_ERROR_NUMERIC, "the coefficients of %s add up to %.3g in magnitude, "
                   "expected %.0e to %.0e: scale them", facts->name, magnitude, MAGNITUDE_MIN,
                   MAGNITUDE_MAX);
}

int ek_vqe_default_evaluations(int starts)
{
    return starts <= INT_MAX / EVALUATIONS_PER_START ? EVALUATIONS_PER_START * starts : INT_MAX;
}

static void fill_defaults(ek_vqe *vqe)
{
    ek_vqe_options *options = &vqe->options;
    if (options->ansatz.layers == 0) options->ansatz.layers = vqe->facts.qubits;
    if (options->starts == 0) options->starts = 1;
    if (options->tolerance == 0) options->tolerance = DEFAULT_TOLERANCE;
    if (options->max_evaluations == 0)
        options->max_evaluations = ek_vqe_default_evaluations(options->starts);
}

static ek_status copy_options(ek_vqe *vqe, const ek_vqe_options *options)
{
    const size_t count = options->parameter_count;
    vqe->options = *options;
    fill_defaults(vqe);
    EK_TRY(ek_copy_string(options->optimizer ? options->optimizer : "lbfgs", &vqe->optimizer));
    vqe->options.optimizer = vqe->optimizer;
    vqe->options.parameters = NULL;
    if (count == 0) return EK_OK;
    EK_TRY(EK_NEW(vqe->given, count));
    memcpy(vqe->given, options->parameters, count * sizeof *vqe->given);
    return EK_OK;
}

static ek_status split_terms(ek_vqe *vqe)
{
    const ek_hamiltonian_facts *facts = &vqe->facts;
    EK_TRY(EK_NEW(vqe->terms, facts->term_count));
    for (size_t t = 0; t < facts->term_count; t++) {
        const ek_pauli_term *term = &facts->terms[t];
        const bool apart = (term->x_mask | term->z_mask) == 0 && facts->term_count > 1;
        if (apart) vqe->constant = term->coefficient;
        else vqe->terms[vqe->term_count++] = *term;
    }
    return EK_OK;
}

/* All that needs no other rank. `vqe` is zeroed but for its session. */
static ek_status fill_local(ek_vqe *vqe, const ek_hamiltonian *hamiltonian,
                            const ek_vqe_options *options)
{
    ek_hamiltonian_facts facts;
    ek_hamiltonian_get(hamiltonian, &facts);
    EK_TRY(check_numbers(options));
    EK_TRY(check_magnitude(&facts));
    EK_TRY(ek_hamiltonian_create(facts.qubits, facts.term_count, facts.terms, &vqe->hamiltonian));
    EK_TRY(ek_hamiltonian_set_name(vqe->hamiltonian, facts.name));
    ek_hamiltonian_get(vqe->hamiltonian, &vqe->facts);
    EK_TRY(split_terms(vqe));
    return copy_options(vqe, options);
}

static ek_status set_initial(ek_vqe *vqe, const char *chosen)
{
    if (!chosen && ek_ansatz_is_hva(vqe->options.ansatz.kind))
        EK_TRY(ek_ansatz_initial(vqe->session, vqe->hamiltonian, vqe->initial));
    else
        snprintf(vqe->initial, sizeof vqe->initial, "%s", chosen ? chosen : "zero");
    vqe->options.ansatz.initial = vqe->initial;
    return EK_OK;
}

/* ---- parameters ---- */

/* Hardware-efficient circuits have a layer of rotations before the first. */
static int rotation_layers(const ek_vqe *vqe, int layers)
{
    return ek_ansatz_is_hva(vqe->options.ansatz.kind) ? layers : layers + 1;
}

int ek_vqe_count(const ek_vqe *vqe, int layers)
{
    return vqe->per_layer * rotation_layers(vqe, layers);
}

/* How many layers the given parameters are of. */
static ek_status find_given_layers(ek_vqe *vqe)
{
    const size_t count = vqe->options.parameter_count;
    const int layers = vqe->options.ansatz.layers;
    if (count == 0) return EK_OK;
    for (vqe->given_layers = 1; vqe->given_layers <= layers; vqe->given_layers++)
        if ((size_t)ek_vqe_count(vqe, vqe->given_layers) == count) return EK_OK;
    const int fewest = ek_vqe_count(vqe, 1), most = ek_vqe_count(vqe, layers);
    if (layers == 1)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%zu parameters are given: the ansatz has %d with its "
                       "one layer", count, fewest);
    return EK_FAIL(EK_ERROR_ARGUMENT, "%zu parameters are given: the ansatz has %d with 1 layer, "
                   "and %d with all its %d", count, fewest, most, layers);
}

/* ---- making and freeing ---- */

static ek_status make_circuit(ek_vqe *vqe, int layers)
{
    ek_ansatz_options ansatz = vqe->options.ansatz;
    ansatz.layers = layers;
    ek_circuit_destroy(&vqe->circuit);
    return ek_ansatz_build(vqe->hamiltonian, &ansatz, &vqe->circuit, &vqe->idle);
}

ek_status ek_vqe_use_layers(ek_vqe *vqe, int layers)
{
    const ek_gradient_options options = {.term_count = vqe->term_count,
                                         .terms = vqe->terms,
                                         .plan.precision = vqe->options.precision};
    if (vqe->gradient && vqe->layers == layers) return EK_OK;
    ek_gradient_destroy(&vqe->gradient);
    EK_TRY(ek_session_agree(vqe->session, make_circuit(vqe, layers)));
    vqe->layers = layers;
    return ek_gradient_create(vqe->session, vqe->circuit, &options, &vqe->gradient);
}

static ek_status prepare(ek_vqe *vqe, const ek_vqe_options *options)
{
    const int layers = vqe->options.ansatz.layers;
    EK_TRY(set_initial(vqe, options->ansatz.initial));
    EK_TRY(ek_vqe_use_layers(vqe, layers));
    vqe->per_layer = ek_circuit_parameters(vqe->circuit) / rotation_layers(vqe, layers);
    return ek_session_agree(vqe->session, find_given_layers(vqe));
}

ek_status ek_vqe_create(ek_session *session, const ek_hamiltonian *hamiltonian,
                        const ek_vqe_options *options, ek_vqe **vqe)
{
    const double begin = ek_clock_seconds();
    const ek_vqe_options standard = {0};
    ek_vqe *fresh = NULL;
    if (!options) options = &standard;
    ek_status status = EK_NEW(fresh, 1);
    if (status == EK_OK) {
        fresh->session = session;
        status = fill_local(fresh, hamiltonian, options);
    }
    status = ek_session_agree(session, status);
    if (status == EK_OK) status = prepare(fresh, options);
    if (status != EK_OK) {
        ek_vqe_destroy(&fresh);
        return status;
    }
    fresh->prepare_seconds = ek_clock_seconds() - begin;
    *vqe = fresh;
    return EK_OK;
}

void ek_vqe_destroy(ek_vqe **vqe)
{
    if (!vqe || !*vqe) return;
    ek_gradient_destroy(&(*vqe)->gradient);
    ek_circuit_destroy(&(*vqe)->circuit);
    ek_hamiltonian_destroy(&(*vqe)->hamiltonian);
    ek_release((*vqe)->terms);
    ek_release((*vqe)->optimizer);
    ek_release((*vqe)->given);
    ek_release(*vqe);
    *vqe = NULL;
}

int ek_vqe_parameters(const ek_vqe *vqe)
{
    return ek_vqe_count(vqe, vqe->options.ansatz.layers);
}

const char *ek_vqe_parameter_name(const ek_vqe *vqe, int parameter)
{
    return ek_circuit_parameter_name(vqe->circuit, parameter);
}

void ek_vqe_summarize(const ek_vqe *vqe, ek_plan_summary *summary)
{
    ek_plan_summarize(ek_gradient_plan(vqe->gradient), summary);
    summary->states = 2;
}

/* ---- evaluations ---- */

ek_status ek_vqe_measure(void *context, ek_evaluation *evaluation)
{
    ek_vqe *vqe = context;
    EK_TRY(ek_gradient_evaluate(vqe->gradient, evaluation->x, &evaluation->value,
                                evaluation->gradient));
    evaluation->value += vqe->constant;
    return EK_OK;
}

ek_status ek_vqe_energy(ek_vqe *vqe, const double *x, double *energy, double *gradient)
{
    const ek_evaluation_hooks none = {0};
    ek_evaluation evaluation = {ek_vqe_parameters(vqe), x, 0, gradient};
    EK_TRY(ek_vqe_use_layers(vqe, vqe->options.ansatz.layers));
    EK_TRY(ek_evaluate(vqe->session, &none, ek_vqe_measure, vqe, &evaluation));
    *energy = evaluation.value;
    return EK_OK;
}
