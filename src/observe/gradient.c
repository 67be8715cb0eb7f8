/* Value and gradient of an observable: forwards with a program, |lambda> = H|psi>, and back with
 * the adjoint. */
#include "observe/adjoint.h"
#include "observe/pauli_sum.h"

#include <exaket/gradient.h>

#include <string.h>

struct ek_gradient {
    ek_session *session;
    double *theta; /* of the initial product state */
    ek_initial initial;
    ek_program *program;
    struct ek_adjoint *adjoint;
    ek_state *own, *psi, *lambda; /* psi is the caller's or our own */
    double *partial;              /* of sums over the state */
    struct ek_pauli_sum *sum;     /* null without terms */
    ek_diagonal *diagonal;        /* null without one */
    struct ek_diagonal_view view;
    struct ek_scratch scratch;
};

/* ---- making --------------------------------------------------------------------------------- */

static ek_status check(ek_session *session, const ek_circuit *circuit,
                       const ek_gradient_options *options)
{
    const ek_state *state = options->state;
    const ek_diagonal *diagonal = options->diagonal;
    if (options->term_count == 0 && !diagonal)
        return EK_FAIL(EK_ERROR_ARGUMENT, "no observable: give a Pauli sum or a diagonal "
                       "function");
    if (diagonal && diagonal->qubits != circuit->qubits)
        return EK_FAIL(EK_ERROR_MISMATCH, "a function of %d qubits cannot be observed after a "
                       "circuit of %d", diagonal->qubits, circuit->qubits);
    if (state && state->session != session)
        return EK_FAIL(EK_ERROR_MISMATCH, "the state belongs to another session");
    if (state && state->qubits != circuit->qubits)
        return EK_FAIL(EK_ERROR_MISMATCH, "a state of %d qubits for a circuit of %d",
                       state->qubits, circuit->qubits);
    if (state && state->precision != options->plan.precision)
        return EK_FAIL(EK_ERROR_MISMATCH, "a state in %s precision for a plan in %s",
                       ek_precision_name(state->precision),
                       ek_precision_name(options->plan.precision));
    if (options->initial) EK_TRY(ek_initial_check(options->initial, circuit->qubits));
    EK_TRY(ek_pauli_check(circuit->qubits, options->term_count, options->terms));
    return ek_states_check(session, circuit->qubits, options->plan.precision, state ? 1 : 2);
}

static ek_status copy_initial(ek_gradient *gradient, int qubits, const ek_initial *initial)
{
    if (!initial) return EK_OK;
    gradient->initial = *initial;
    if (initial->kind != EK_INITIAL_PRODUCT) return EK_OK;
    EK_TRY(EK_NEW(gradient->theta, qubits));
    memcpy(gradient->theta, initial->theta, (size_t)qubits * sizeof *gradient->theta);
    gradient->initial.theta = gradient->theta;
    return EK_OK;
}

static ek_status make_diagonal(ek_gradient *gradient, const ek_diagonal *diagonal)
{
    const struct ek_layout *layout = &gradient->program->plan->exit;
    const int block = ek_log2(EK_BLOCK_AMPLITUDES), local = gradient->psi->local_slots;
    gradient->diagonal = ek_diagonal_share(diagonal);
    EK_TRY(ek_diagonal_view_create(diagonal, layout, ek_low_bits(local < block ? local : block),
                                   &gradient->view));
    return ek_scratch_create(ek_session_threads(gradient->session), &gradient->scratch);
}

/* What needs the program and the states, but no other rank. */
static ek_status make_observable(ek_gradient *gradient, const ek_gradient_options *options)
{
    const struct ek_layout *layout = &gradient->program->plan->exit;
    EK_TRY(EK_NEW_RAW(gradient->partial, 2 * ek_partials(gradient->psi->local_slots)));
    if (options->term_count > 0)
        EK_TRY(ek_pauli_sum_create(gradient->psi, layout, options->term_count, options->terms,
                                   &gradient->sum));
    return options->diagonal ? make_diagonal(gradient, options->diagonal) : EK_OK;
}

static ek_status fill(ek_gradient *gradient, const ek_circuit *circuit,
                      const ek_gradient_options *options)
{
    ek_session *session = gradient->session;
    const ek_precision precision = options->plan.precision;
    gradient->psi = options->state;
    EK_TRY(ek_program_create(session, circuit, &options->plan, &gradient->program));
    if (!gradient->psi) {
        EK_TRY(ek_state_create(session, circuit->qubits, precision, &gradient->own));
        gradient->psi = gradient->own;
    }
    EK_TRY(ek_state_create(session, circuit->qubits, precision, &gradient->lambda));
    EK_TRY(ek_session_agree(session, make_observable(gradient, options)));
    return ek_adjoint_create(session, circuit, &options->plan, &gradient->program->plan->exit,
                             &gradient->adjoint);
}

static uint64_t digest_of(const ek_gradient_options *options)
{
    uint64_t digest = 0;
    for (size_t i = 0; i < options->term_count; i++)
        digest = ek_digest(digest, &options->terms[i], sizeof options->terms[i]);
    return digest;
}

ek_status ek_gradient_create(ek_session *session, const ek_circuit *circuit,
                             const ek_gradient_options *options, ek_gradient **gradient)
{
    ek_gradient *fresh = NULL;
    ek_status status = check(session, circuit, options);
    if (status == EK_OK) status = EK_NEW(fresh, 1);
    if (status == EK_OK) {
        fresh->session = session;
        status = copy_initial(fresh, circuit->qubits, options->initial);
    }
    const uint64_t digest = status == EK_OK ? digest_of(options) : 0;
    status = ek_agree_digest(session, status, digest, "the Pauli sum");
    if (status == EK_OK) status = fill(fresh, circuit, options);
    if (status == EK_OK) *gradient = fresh;
    else ek_gradient_destroy(&fresh);
    return status;
}

void ek_gradient_destroy(ek_gradient **gradient)
{
    if (!gradient || !*gradient) return;
    ek_gradient *old = *gradient;
    ek_adjoint_destroy(&old->adjoint);
    ek_diagonal_view_clear(&old->view);
    ek_scratch_clear(&old->scratch);
    ek_diagonal_destroy(&old->diagonal);
    ek_pauli_sum_destroy(&old->sum);
    ek_program_destroy(&old->program);
    ek_state_destroy(&old->lambda);
    ek_state_destroy(&old->own);
    ek_release(old->partial);
    ek_release(old->theta);
    ek_release(old);
    *gradient = NULL;
}

int ek_gradient_dimension(const ek_gradient *gradient)
{
    return ek_circuit_parameters(gradient->program->plan->circuit);
}

const ek_plan *ek_gradient_plan(const ek_gradient *gradient)
{
    return ek_program_plan(gradient->program);
}

ek_state *ek_gradient_state(ek_gradient *gradient) { return gradient->psi; }

/* ---- |lambda> = H|psi>, and its product with |psi> ------------------------------------------ */

/* f on a block of amplitudes. */
static const double *block_values(ek_gradient *gradient, size_t first)
{
    double *values = ek_scratch_mine(&gradient->scratch);
    ek_diagonal_view_fill(&gradient->view, gradient->psi->kernels,
                          ek_state_first(gradient->psi) | first,
                          ek_scratch_levels(&gradient->scratch), values);
    return values;
}

static void *amplitudes_at(const ek_state *state, size_t first)
{
    return (char *)state->amplitudes + first * ek_amplitude_bytes(state->precision);
}

/* <f> of a block. */
static void block_expect(const ek_state *state, void *context, size_t first, size_t count,
                         double *partial)
{
    *partial = state->kernels->expect_values(amplitudes_at(state, first), count,
                                             block_values(context, first));
}

/* lambda = f psi on a block, or 0; and their product. */
static void block_apply(const ek_state *state, void *context, size_t first, size_t count,
                        double *partial)
{
    ek_gradient *gradient = context;
    ek_state *lambda = gradient->lambda;
    *partial = 0;
    if (!gradient->diagonal) {
        memset(amplitudes_at(lambda, first), 0, count * ek_amplitude_bytes(state->precision));
        return;
    }
    const double *values = block_values(gradient, first);
    for (size_t i = 0; i < count; i++) {
        const ek_complex a = ek_state_get(state, first + i);
        ek_state_put(lambda, first + i, (ek_complex){values[i] * a.re, values[i] * a.im});
    }
    *partial = state->kernels->expect_values(amplitudes_at(state, first), count, values);
}

static void sum_blocks(ek_gradient *gradient, ek_block_sum block, double *sum)
{
    ek_state_sum_into(gradient->psi, 1, block, gradient, gradient->partial, sum);
}

ek_status ek_gradient_evaluate(ek_gradient *gradient, const double *parameters, double *value,
                               double *derivatives)
{
    double sum = 0;
    EK_TRY(ek_program_run(gradient->program, parameters, &gradient->initial, gradient->psi));
    gradient->lambda->layout = gradient->psi->layout;
    if (derivatives) sum_blocks(gradient, block_apply, &sum);
    else if (gradient->diagonal) sum_blocks(gradient, block_expect, &sum);
    if (gradient->sum)
        sum += ek_pauli_sum_expect(gradient->sum, gradient->psi,
                                   derivatives ? gradient->lambda : NULL);
    if (derivatives)
        ek_adjoint_run(gradient->adjoint, parameters, gradient->lambda, gradient->psi,
                       derivatives);
    *value = sum;
    return EK_OK;
}
