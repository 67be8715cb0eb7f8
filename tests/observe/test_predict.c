/* The cost of values and derivatives: what is read, what is worked, what the way back adds. */
#include "plan/plan.h"
#include "support/harness.h"

#include <exaket/predict.h>

enum { QUBITS = 20 };

/* RY on each qubit, each with a parameter of its own, after the phases of a function. */
static ek_plan *make_plan(int ranks, int shared)
{
    const ek_plan_options options = {.ranks = ranks, .shared_ranks = shared, .tile_qubits = 14};
    const ek_spin_term term = {.mask = 3, .coefficient = 1};
    ek_circuit *circuit = NULL;
    ek_diagonal *diagonal = NULL;
    ek_plan *plan = NULL;
    int number;
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    CHECK_OK(ek_diagonal_create(QUBITS, 1, &term, &diagonal));
    CHECK_OK(ek_circuit_diagonal(circuit, diagonal, ek_angle_number(0.3)));
    for (int q = 0; q < QUBITS; q++) {
        char name[16];
        snprintf(name, sizeof name, "t%d", q);
        CHECK_OK(ek_circuit_parameter(circuit, name, &number));
        const ek_angle angle = ek_angle_parameter(number, 1, 0);
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_RY, &q, &angle, NULL));
    }
    CHECK_OK(ek_plan_create(circuit, &options, &plan));
    ek_diagonal_destroy(&diagonal);
    ek_circuit_destroy(&circuit);
    return plan;
}

/* 2^20 bytes per second, and nothing else counts. */
static const ek_predict_options memory_alone = {
    .machine = {.memory_bandwidth_bytes_per_second = 0x1p20, .gflops_per_thread = 1e30,
                .lookups_per_second_per_thread = 1e30,
                .network_bandwidth_bytes_per_second = 0x1p20}};
static const ek_predict_options lookups_alone = {
    .machine = {.memory_bandwidth_bytes_per_second = 1e30, .gflops_per_thread = 1e30,
                .lookups_per_second_per_thread = 0x1p20}};

static ek_prediction predict(const ek_plan *plan, const ek_observation *what,
                             const ek_predict_options *options)
{
    ek_prediction p = {0};
    CHECK_OK(ek_plan_predict_observed(plan, what, options, &p));
    CHECK_NEAR(p.total_seconds, p.pass_seconds + p.exchange_seconds + p.observe_seconds, 1e-9);
    return p;
}

/* Amplitudes of 16 bytes, read once at the end. */
static void test_diagonal(void)
{
    const ek_observation none = {0}, mean = {.diagonal = true};
    ek_plan *plan = make_plan(1, 1);
    ek_prediction p = predict(plan, &none, &memory_alone);
    CHECK(p.observe_seconds == 0);
    CHECK_NEAR(p.memory_seconds, 32 * p.passes, 1e-9);
    CHECK_NEAR(predict(plan, &mean, &memory_alone).observe_seconds, 16, 1e-9);
    p = predict(plan, &mean, &lookups_alone);
    CHECK_NEAR(p.arithmetic_seconds, 1, 1e-9);
    CHECK_NEAR(p.observe_seconds, 1, 1e-9);
    ek_plan_destroy(&plan);
}

/* Two ranks: X on the qubit of the rank slot meets the partner's amplitudes. */
static void test_pauli_sum(void)
{
    static const ek_pauli_term low[] = {{1, 0, 1}, {2, 5, 1}, {3, 7, 1}};
    const ek_observation one = {.term_count = 3, .terms = low};
    ek_plan *plan = make_plan(1, 1);
    CHECK_NEAR(predict(plan, &one, &memory_alone).observe_seconds, 16, 1e-9);
    ek_plan_destroy(&plan);
    for (int shared = 1; shared <= 2; shared++) {
        ek_predict_options options = memory_alone;
        options.ranks_per_node = shared;
        plan = make_plan(2, shared);
        const uint64_t high = ek_bit(ek_layout_qubit_at(&plan->exit, (ek_slot){QUBITS - 1}));
        const ek_pauli_term term = {.coefficient = 1, .x_mask = high};
        const ek_observation what = {.term_count = 1, .terms = &term};
        const double seconds = predict(plan, &what, &options).observe_seconds;
        CHECK_NEAR(seconds, shared == 2 ? 32 : 16 + 8, 1e-9);
        ek_plan_destroy(&plan);
    }
}

/* Two states go back through the passes of the inverse. */
static void test_derivatives(void)
{
    static const ek_pauli_term term = {.coefficient = 1, .z_mask = 1};
    const ek_observation value = {.term_count = 1, .terms = &term};
    const ek_observation both = {.term_count = 1, .terms = &term, .derivatives = true};
    ek_plan *plan = make_plan(4, 1);
    ek_predict_options fits = memory_alone;
    const ek_prediction p = predict(plan, &value, &fits), q = predict(plan, &both, &fits);
    CHECK(p.states == 1 && q.states == 2 && q.state_bytes_per_rank == p.state_bytes_per_rank);
    CHECK(q.passes > p.passes && q.reshuffles > p.reshuffles);
    CHECK_NEAR(q.bytes_sent_per_rank, 3 * p.bytes_sent_per_rank, 1);
    CHECK_NEAR(q.observe_seconds - 3 * p.observe_seconds, 2 * (q.passes - p.passes) * 8, 1e-6);
    fits.memory_per_node_bytes = 1.5 * p.state_bytes_per_rank + p.buffer_bytes_per_rank;
    CHECK(predict(plan, &value, &fits).fits && !predict(plan, &both, &fits).fits);
    CHECK(predict(plan, &both, &fits).min_ranks == 8);
    ek_plan_destroy(&plan);
}

static void test_refusals(void)
{
    static const ek_pauli_term far = {.coefficient = 1, .z_mask = 1u << QUBITS};
    const ek_observation what = {.term_count = 1, .terms = &far}, none = {0};
    const ek_predict_options negative = {.machine = {.lookups_per_second_per_thread = -1}};
    const ek_predict_options nothing = {.states = -1};
    ek_plan *plan = make_plan(1, 1);
    ek_prediction p;
    CHECK_STATUS(ek_plan_predict_observed(plan, &what, NULL, &p), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_plan_predict_observed(plan, &none, &negative, &p), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_plan_predict_observed(plan, &none, &nothing, &p), EK_ERROR_ARGUMENT);
    ek_plan_destroy(&plan);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"diagonal functions", test_diagonal},
        {"Pauli sums", test_pauli_sum},
        {"derivatives", test_derivatives},
        {"refusals", test_refusals},
    };
    return test_main(argc, argv, "observe: predict", cases, sizeof cases / sizeof *cases);
}
