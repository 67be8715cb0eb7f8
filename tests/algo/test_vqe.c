/* VQE on any number of ranks: values and derivatives against the dense reference, starts, climbs,
 * parameters given, hooks, and what is refused. */
#include "algo/vqe_cases.h"

#include "base/base.h"
#include "support/reference.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { QUBITS = 5, LAYERS = 2, MOST = 64 };

static ek_session *session;
static ek_hamiltonian *chain; /* tfim:5:0.8:open */

static void test_begin(void)
{
    session = test_session(1, 0);
    chain = case_hamiltonian(session, "tfim:5:0.8:open");
}

static void test_end(void)
{
    ek_hamiltonian_destroy(&chain);
    ek_session_destroy(&session);
}

static const ek_vqe_options small = {.ansatz = {.kind = EK_ANSATZ_RY, .layers = LAYERS}};

/* Energy of the ansatz RY with linear CX from |0...0>. */
static double reference_energy(const double *x)
{
    const struct reference_controls none = {0, 0};
    struct reference state;
    double energy = 0;
    reference_create(&state, QUBITS);
    for (int layer = 0; layer <= LAYERS; layer++) {
        for (int q = 0; layer > 0 && q + 1 < QUBITS; q++)
            reference_gate(&state, "cx", (const int[]){q, q + 1}, NULL, none);
        for (int q = 0; q < QUBITS; q++) reference_gate(&state, "ry", &q, x++, none);
    }
    for (int q = 0; q + 1 < QUBITS; q++) energy -= reference_expect_pauli(&state, 0, 3u << q);
    for (int q = 0; q < QUBITS; q++) energy -= 0.8 * reference_expect_pauli(&state, 1u << q, 0);
    reference_destroy(&state);
    return energy;
}

/* The derivative of a rotation is a difference of two energies. */
static double reference_derivative(const double *x, int i)
{
    double shifted[MOST];
    memcpy(shifted, x, sizeof shifted);
    shifted[i] = x[i] + acos(-1) / 2;
    const double above = reference_energy(shifted);
    shifted[i] = x[i] - acos(-1) / 2;
    return (above - reference_energy(shifted)) / 2;
}

static void test_values_and_derivatives(void)
{
    double x[MOST] = {0}, gradient[MOST], energy = 0;
    ek_vqe *vqe = NULL;
    if (!test_all(CHECK_OK(ek_vqe_create(session, chain, &small, &vqe)))) return;
    const int count = ek_vqe_parameters(vqe);
    CHECK(count == QUBITS * (LAYERS + 1));
    CHECK(strcmp(ek_vqe_parameter_name(vqe, 6), "ry_1_1") == 0);
    for (int i = 0; i < count; i++) x[i] = sin(3.1 * i + 1);
    CHECK_OK(ek_vqe_energy(vqe, x, &energy, gradient));
    CHECK_NEAR(energy, reference_energy(x), 1e-12);
    for (int i = 0; i < count; i++) CHECK_NEAR(gradient[i], reference_derivative(x, i), 1e-12);
    CHECK_OK(ek_vqe_energy(vqe, x, &energy, NULL));
    CHECK_NEAR(energy, reference_energy(x), 1e-12);
    x[2] = NAN;
    CHECK_STATUS(ek_vqe_energy(vqe, x, &energy, NULL), EK_ERROR_NUMERIC);
    ek_vqe_destroy(&vqe);
}

/* Random starts are the same on any number of ranks: the first energy was seen on one. */
static void test_starts(void)
{
    static const double seen[] = {0.726554155634457, 1.74709073772077, -0.164953055591203};
    ek_vqe_options options = small;
    ek_vqe_result result = {0};
    options.starts = 3;
    options.seed = 5;
    options.max_evaluations = 30;
    options.skip_exact = 1;
    if (!test_all(CHECK_OK(case_vqe(session, chain, &options, true, &result)))) return;
    CHECK(result.start_count == 3 && result.evaluations <= 30 && isnan(result.exact_energy));
    CHECK(result.history_count == (size_t)result.evaluations);
    CHECK(strcmp(result.initial, "zero") == 0 && result.parameter_count == 15);
    CHECK(strcmp(result.parameter_names[0], "ry_0_0") == 0);
    CHECK(strcmp(result.parameter_names[14], "ry_2_4") == 0);
    double best = INFINITY;
    for (int i = 0, first = 0; i < 3; i++) {
        const ek_vqe_start *start = &result.starts[i];
        CHECK(start->first_energy == result.history[first] && start->evaluations <= 10);
        CHECK(start->energy <= start->first_energy && start->stopped == EK_STOP_EVALUATIONS);
        CHECK_NEAR(start->first_energy, seen[i], 1e-12);
        first += start->evaluations;
        if (start->energy < best) best = result.starts[result.best_start].energy;
    }
    CHECK_NEAR(result.energy, best, 1e-12);
    CHECK_NEAR(reference_energy(result.parameters), result.energy, 1e-12);
    ek_vqe_result_clear(&result);
}

static void test_default_evaluations(void)
{
    CHECK(ek_vqe_default_evaluations(1) == 3000);
    CHECK(ek_vqe_default_evaluations(715827) == 2147481000);
    CHECK(ek_vqe_default_evaluations(715828) == INT_MAX);
    CHECK(ek_vqe_default_evaluations(INT_MAX) == INT_MAX);
}

/* With fewer evaluations than starts the informed one still runs; the last ones are not begun. */
static void test_more_starts_than_evaluations(void)
{
    ek_vqe_options options = {.ansatz.layers = LAYERS, .starts = 3, .skip_exact = 1};
    ek_vqe_result first = {0};
    if (!test_all(CHECK_OK(case_vqe(session, chain, &options, false, &first)))) return;
    for (int climb = 0; climb < 2; climb++)
        for (options.max_evaluations = 1; options.max_evaluations <= 3;
             options.max_evaluations++) {
            ek_vqe_result result = {0};
            options.climb = climb;
            if (!CHECK_OK(case_vqe(session, chain, &options, true, &result))) continue;
            CHECK(result.evaluations == options.max_evaluations);
            CHECK(result.start_count == (size_t)options.max_evaluations);
            CHECK(result.stopped == EK_STOP_EVALUATIONS);
            for (size_t i = 0; i < result.start_count; i++)
                CHECK(result.starts[i].evaluations == 1 &&
                      result.starts[i].energy == result.history[i]);
            if (!climb) CHECK_NEAR(result.history[0], first.energy, 1e-12);
            CHECK(result.energy <= result.history[0] + 1e-12);
            ek_vqe_result_clear(&result);
        }
    ek_vqe_result_clear(&first);
}

/* Single precision comes as close as its numbers allow. */
static void test_single_precision(void)
{
    const ek_vqe_options options = {.precision = EK_SINGLE};
    ek_hamiltonian *eight = case_hamiltonian(session, "tfim:8:2:open");
    ek_vqe_result result = {0};
    if (CHECK_OK(case_vqe(session, eight, &options, true, &result)))
        CHECK_NEAR(result.energy, -16.8851414932, 1e-5 * 16.8851414932);
    CHECK(result.stopped == EK_STOP_CONVERGED && !result.stuck);
    ek_vqe_result_clear(&result);
    ek_hamiltonian_destroy(&eight);
}

/* Without a gradient at the start: at the bottom all is well, elsewhere it is said. */
static void test_stuck(void)
{
    static const ek_pauli_term terms[] = {{3, 0, 1}, {3, 3, 1}, {6, 0, 1}, {6, 6, 1}};
    static const ek_pauli_term fields[] = {{1, 0, 1}, {2, 0, -0.5}, {4, 4, 2}, {0, 0, 7}};
    for (int bottom = 0; bottom < 2; bottom++)
        for (int skip = 0; skip < 2; skip++) {
            const ek_vqe_options options = {.ansatz.layers = LAYERS, .skip_exact = skip};
            ek_hamiltonian *hamiltonian = NULL;
            ek_vqe_result result = {0};
            CHECK_OK(ek_hamiltonian_create(QUBITS, 4, bottom ? fields : terms, &hamiltonian));
            if (CHECK_OK(case_vqe(session, hamiltonian, &options, true, &result))) {
                CHECK(result.stuck == !bottom && result.gradient_norm < 1e-12);
                CHECK_NEAR(result.energy, bottom ? 3.5 : 0, 1e-12);
            }
            ek_vqe_result_clear(&result);
            ek_hamiltonian_destroy(&hamiltonian);
        }
}

/* Each rung begins from the one before; the last comes close to the ground energy. */
static void test_climb(void)
{
    const ek_ansatz_kind kinds[] = {EK_ANSATZ_HVA, EK_ANSATZ_HVA_TERMS, EK_ANSATZ_RY};
    const double highest[] = {-5.253960, -5.290050, -5.28};
    for (int i = 0; i < 3; i++) {
        const ek_vqe_options options = {.ansatz = {.kind = kinds[i], .layers = 3}, .climb = 1,
                                        .max_evaluations = 300};
        ek_vqe_result result = {0};
        if (!test_all(CHECK_OK(case_vqe(session, chain, &options, true, &result)))) return;
        CHECK(result.energy < highest[i]);
        CHECK(result.starts[0].energy < result.starts[0].first_energy);
        ek_vqe_result_clear(&result);
    }
}

/* HVA grows by interpolation. */
static void test_given_angles_of_layers(void)
{
    const double x[] = {0.1, 0.2, 0.5, 0.8};
    const double grown[] = {0.1, 0.2, 0.3, 0.5, 0.5, 0.8};
    const ek_vqe_options options = {.ansatz = {.kind = EK_ANSATZ_HVA, .layers = 3},
                                    .parameters = x, .parameter_count = 4};
    ek_vqe_result result = {0};
    if (!test_all(CHECK_OK(case_vqe(session, chain, &options, false, &result)))) return;
    CHECK(result.parameter_count == 6);
    for (int i = 0; i < 6; i++) CHECK_NEAR(result.parameters[i], grown[i], 1e-15);
    ek_vqe_result_clear(&result);
}

/* Parameters of fewer layers grow; of a hardware-efficient ansatz they give the same state. */
static void test_given_parameters(void)
{
    double x[QUBITS * 2];
    ek_vqe_options options = small;
    ek_vqe_result one = {0}, two = {0};
    for (int i = 0; i < QUBITS * 2; i++) x[i] = cos(1.3 * i);
    options.parameters = x;
    options.parameter_count = QUBITS * 2;
    options.ansatz.layers = 1;
    CHECK_OK(case_vqe(session, chain, &options, false, &one));
    options.ansatz.layers = 2;
    CHECK_OK(case_vqe(session, chain, &options, false, &two));
    CHECK(one.evaluations == 1 && two.evaluations == 1 && one.stopped == EK_STOP_NONE);
    CHECK(one.parameter_count == QUBITS * 2 && two.parameter_count == QUBITS * 3);
    CHECK_NEAR(one.energy, two.energy, 1e-12);
    ek_vqe_result_clear(&one);
    ek_vqe_result_clear(&two);
    options.parameter_count = 7;
    CHECK_STATUS(case_vqe(session, chain, &options, false, &one), EK_ERROR_ARGUMENT);
    CHECK(strstr(ek_last_message(), "7 parameters are given") != NULL);
}

/* ---- hooks ---------------------------------------------------------------------------------- */

enum { RECORDS = 64 };

struct journal {
    int count, known, stop_before, given;
    double x[RECORDS][MOST], value[RECORDS], gradient[RECORDS][MOST];
};

/* Rank 0 alone knows. */
static ek_status before(void *context, ek_evaluation *evaluation, bool *known)
{
    struct journal *journal = context;
    const int i = journal->count;
    const size_t bytes = (size_t)evaluation->dimension * sizeof(double);
    if (i == journal->stop_before) return EK_FAIL(EK_ERROR_INTERRUPTED, "stopped");
    if (i >= journal->known) return EK_OK;
    journal->count++;
    CHECK(memcmp(journal->x[i], evaluation->x, bytes) == 0);
    if (test_rank() != 0) return EK_OK;
    *known = true;
    evaluation->value = journal->value[i];
    if (evaluation->gradient) memcpy(evaluation->gradient, journal->gradient[i], bytes);
    journal->given++;
    return EK_OK;
}

static ek_status after(void *context, const ek_evaluation *evaluation)
{
    struct journal *journal = context;
    const size_t bytes = (size_t)evaluation->dimension * sizeof(double);
    if (journal->count == RECORDS) return EK_FAIL(EK_ERROR_FILE, "the journal is full");
    const int i = journal->count++;
    memcpy(journal->x[i], evaluation->x, bytes);
    journal->value[i] = evaluation->value;
    if (evaluation->gradient) memcpy(journal->gradient[i], evaluation->gradient, bytes);
    return EK_OK;
}

/* Interrupted and begun again with what is known, it ends as it would have. */
static void test_a_replayed_journal_gives_the_same(void)
{
    static struct journal journal;
    static const char *const optimizers[] = {NULL, "bobyqa"};
    for (int i = 0; i < 2; i++) {
        ek_vqe_options options = small;
        ek_vqe_result whole = {0}, again = {0};
        memset(&journal, 0, sizeof journal);
        journal.stop_before = -1;
        options.optimizer = optimizers[i];
        options.max_evaluations = 50;
        options.hooks = (ek_evaluation_hooks){before, after, &journal};
        CHECK_OK(case_vqe(session, chain, &options, true, &whole));
        journal.count = 0;
        journal.known = 20;
        journal.stop_before = 20;
        CHECK_STATUS(case_vqe(session, chain, &options, true, &again), EK_ERROR_INTERRUPTED);
        CHECK(strstr(ek_last_message(), "after 20 evaluations") != NULL);
        journal.count = 0;
        journal.stop_before = -1;
        CHECK_OK(case_vqe(session, chain, &options, true, &again));
        CHECK(whole.energy == again.energy && whole.evaluations == again.evaluations);
        CHECK(memcmp(whole.history, again.history, whole.history_count * sizeof(double)) == 0);
        CHECK(test_rank() != 0 || journal.given == 40);
        ek_vqe_result_clear(&whole);
        ek_vqe_result_clear(&again);
    }
}

/* ---- refusals ------------------------------------------------------------------------------- */

static void check_refused(ek_vqe_options options, const char *message)
{
    ek_vqe *vqe = NULL;
    CHECK_STATUS(ek_vqe_create(session, chain, &options, &vqe), EK_ERROR_ARGUMENT);
    CHECK(!vqe && strstr(ek_last_message(), message) != NULL);
}

static void test_refusals(void)
{
    const double endless = INFINITY;
    check_refused((ek_vqe_options){.ansatz.layers = -1}, "-1 layers");
    check_refused((ek_vqe_options){.starts = -1}, "-1 starts");
    check_refused((ek_vqe_options){.max_evaluations = -1}, "-1 evaluations");
    check_refused((ek_vqe_options){.tolerance = 1}, "tolerance 1");
    check_refused((ek_vqe_options){.optimizer = "adam"}, "adam");
    check_refused((ek_vqe_options){.precision = (ek_precision)2}, "precision 2");
    check_refused((ek_vqe_options){.ansatz.initial = "2"}, "initial state '2'");
    check_refused((ek_vqe_options){.parameters = &endless, .parameter_count = 1}, "parameter 1");
}

/* Terms of no matter stay; as a whole the coefficients must have squares, and these too. */
static void test_sizes_of_coefficients(void)
{
    const double sizes[] = {1e-320, 1e-80, 1e80, 1e300};
    const ek_pauli_term tiny[] = {{0, 3, 1}, {1, 0, 0.5}, {2, 0, 1e-320}};
    const ek_vqe_options options = {.ansatz.layers = LAYERS};
    ek_hamiltonian *hamiltonian = NULL;
    ek_vqe_result result = {0};
    for (int i = 0; i < 4; i++) {
        const ek_pauli_term terms[] = {{0, 0, 1}, {0, 3, sizes[i]}, {1, 0, sizes[i]}};
        CHECK_OK(ek_hamiltonian_create(QUBITS, 3, terms, &hamiltonian));
        CHECK_STATUS(case_vqe(session, hamiltonian, NULL, true, &result), EK_ERROR_NUMERIC);
        CHECK(strstr(ek_last_message(), "coefficients of hamiltonian add up to") != NULL);
        ek_hamiltonian_destroy(&hamiltonian);
    }
    CHECK_OK(ek_hamiltonian_create(QUBITS, 3, tiny, &hamiltonian));
    if (CHECK_OK(case_vqe(session, hamiltonian, &options, true, &result)))
        CHECK_NEAR(result.energy, -sqrt(1.25), 1e-9);
    ek_vqe_result_clear(&result);
    ek_hamiltonian_destroy(&hamiltonian);
}

/* The n-th allocation fails on the last rank only: every rank must say so, none may wait. Of many
 * ranks, which are slow to wait for each other, some do. */
static void test_a_failed_allocation_is_everybodys(void)
{
    const ek_vqe_options options = {
        .ansatz = {.kind = EK_ANSATZ_RY, .layers = 1}, .max_evaluations = 2, .skip_exact = 1};
    const int ranks = test_ranks();
    for (long nth = 1; nth < 4000; nth += ranks > 2 ? 4 * ranks : 1) {
        ek_vqe_result result = {0};
        if (test_rank() == test_ranks() - 1) ek_fault_set(EK_FAULT_ALLOCATE, nth);
        const ek_status status = case_vqe(session, chain, &options, true, &result);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        CHECK((status == EK_OK) == (result.parameter_names != NULL));
        ek_vqe_result_clear(&result);
        if (status == EK_OK) {
            CHECK(nth > 100);
            return;
        }
        if (!test_all(CHECK_STATUS(status, EK_ERROR_MEMORY))) return;
    }
    CHECK(false);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"session", test_begin},
        {"values and derivatives", test_values_and_derivatives},
        {"starts", test_starts},
        {"default evaluations", test_default_evaluations},
        {"more starts than evaluations", test_more_starts_than_evaluations},
        {"stuck", test_stuck},
        {"single precision", test_single_precision},
        {"climb", test_climb},
        {"given parameters", test_given_parameters},
        {"given angles of layers", test_given_angles_of_layers},
        {"a replayed journal gives the same", test_a_replayed_journal_gives_the_same},
        {"refusals", test_refusals},
        {"a failed allocation is everybody's", test_a_failed_allocation_is_everybodys},
        {"sizes of coefficients", test_sizes_of_coefficients},
        {"end", test_end},
    };
    return test_main(argc, argv, "algo: VQE", cases, sizeof cases / sizeof *cases);
}
