/* How many reshuffles plans need: targets at full scale, and an exhaustive search in small. */
#include "plan/plan.h"
#include "support/harness.h"

enum { LOCAL = 28 }; /* amplitudes per rank: 2^28 */

static void gate(ek_circuit *circuit, ek_gate name, int a, int b)
{
    const ek_angle angle = ek_angle_number(0.3);
    CHECK_OK(ek_circuit_gate(circuit, name, (int[]){a, b}, &angle, NULL));
}

static ek_plan *plan_on(const ek_circuit *circuit, int local)
{
    const ek_plan_options options = {.ranks = 1 << (ek_circuit_qubits(circuit) - local),
                                     .tile_qubits = local < 15 ? local : 15};
    ek_plan *plan = NULL;
    CHECK_OK(ek_plan_create(circuit, &options, &plan));
    return plan;
}

static int reshuffles_of(const ek_circuit *circuit, int local)
{
    ek_plan_summary summary = {0};
    ek_plan *plan = plan_on(circuit, local);
    if (plan) ek_plan_summarize(plan, &summary);
    ek_plan_destroy(&plan);
    return summary.reshuffles;
}

/* ---- at full scale -------------------------------------------------------------------------- */

static void qft(ek_circuit *c, int n)
{
    int qubits[64];
    for (int q = 0; q < n; q++) qubits[q] = q;
    CHECK_OK(ek_circuit_qft(c, n, qubits, 0));
}
static void qft_in_gates(ek_circuit *c, int n)
{
    for (int q = n - 1; q >= 0; q--) {
        gate(c, EK_GATE_H, q, 0);
        for (int p = q - 1; p >= 0; p--) gate(c, EK_GATE_CP, p, q);
    }
}
static void ghz(ek_circuit *c, int n)
{
    gate(c, EK_GATE_H, 0, 0);
    for (int q = 1; q < n; q++) gate(c, EK_GATE_CX, q - 1, q);
}
static void w_state(ek_circuit *c, int n)
{
    gate(c, EK_GATE_X, n - 1, 0);
    for (int q = n - 1; q > 0; q--) {
        gate(c, EK_GATE_RY, q - 1, 0);
        gate(c, EK_GATE_CZ, q, q - 1);
        gate(c, EK_GATE_RY, q - 1, 0);
    }
    for (int q = n - 2; q >= 0; q--) gate(c, EK_GATE_CX, q, q + 1);
}
static void graph_state(ek_circuit *c, int n)
{
    for (int q = 0; q < n; q++) gate(c, EK_GATE_H, q, 0);
    for (int q = 0; q < n; q++) gate(c, EK_GATE_CZ, q, (q + 1) % n);
}
static void bernstein_vazirani(ek_circuit *c, int n)
{
    gate(c, EK_GATE_X, n - 1, 0);
    for (int q = 0; q < n; q++) gate(c, EK_GATE_H, q, 0);
    for (int q = 0; q < n - 1; q += 2) gate(c, EK_GATE_CX, q, n - 1);
    for (int q = 0; q < n - 1; q++) gate(c, EK_GATE_H, q, 0);
}
static void ising_step(ek_circuit *c, int n)
{
    for (int q = 0; q < n - 1; q++) gate(c, EK_GATE_RZZ, q, q + 1);
    for (int q = 0; q < n; q++) gate(c, EK_GATE_RX, q, 0);
}

static void test_one_reshuffle(void)
{
    static void (*const makers[])(ek_circuit *, int) = {
        qft, qft_in_gates, ghz, w_state, graph_state, bernstein_vazirani, ising_step};
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
        for (int n = LOCAL + 1; n <= LOCAL + 6; n++) {
            ek_circuit *circuit = NULL;
            CHECK_OK(ek_circuit_create(n, &circuit));
            makers[i](circuit, n);
            CHECK(reshuffles_of(circuit, LOCAL) == 1);
            ek_circuit_destroy(&circuit);
        }
}

static void test_qaoa(void)
{
    for (int layers = 1; layers <= 8; layers++) {
        const int n = LOCAL + 6;
        const ek_spin_term term = {ek_low_bits(n), 1};
        ek_circuit *circuit = NULL;
        ek_diagonal *cost = NULL;
        CHECK_OK(ek_circuit_create(n, &circuit));
        CHECK_OK(ek_diagonal_create(n, 1, &term, &cost));
        for (int l = 0; l < layers; l++) {
            CHECK_OK(ek_circuit_diagonal(circuit, cost, ek_angle_number(0.1)));
            CHECK(reshuffles_of(circuit, LOCAL) == l);
            for (int q = 0; q < n; q++) gate(circuit, EK_GATE_RX, q, 0);
            CHECK(reshuffles_of(circuit, LOCAL) == l + 1);
        }
        ek_diagonal_destroy(&cost);
        ek_circuit_destroy(&circuit);
    }
}

/* {sqrt X, sqrt Y, T} on all qubits and CZs between neighbours, alternating. */
static ek_circuit *random_bricks(int n, int depth, uint64_t seed)
{
    static const ek_complex root_y[4] = {{0.5, 0.5}, {-0.5, -0.5}, {0.5, 0.5}, {0.5, 0.5}};
    ek_circuit *circuit = NULL;
    CHECK_OK(ek_circuit_create(n, &circuit));
    for (int d = 0; d < depth; d++) {
        for (int q = 0; q < n; q++) {
            const uint64_t kind =
                ek_random_below(seed, EK_STREAM_CIRCUIT, (uint64_t)(d * n + q), 3);
            if (kind == 0) gate(circuit, EK_GATE_SX, q, 0);
            if (kind == 1) CHECK_OK(ek_circuit_unitary(circuit, 1, &q, root_y, NULL));
            if (kind == 2) gate(circuit, EK_GATE_T, q, 0);
        }
        for (int q = d % 2; q + 1 < n; q += 2) gate(circuit, EK_GATE_CZ, q, q + 1);
    }
    return circuit;
}

static void test_random_bricks(void)
{
    for (uint64_t seed = 1; seed <= 8; seed++) {
        ek_circuit *circuit = random_bricks(LOCAL + 6, 20, seed);
        CHECK(reshuffles_of(circuit, LOCAL) <= 2);
        ek_circuit_destroy(&circuit);
    }
}

static void test_a_million_ranks(void)
{
    ek_circuit *circuit = random_bricks(60, 20, 1);
    ek_plan_summary summary = {0};
    ek_plan *plan = plan_on(circuit, 40);
    if (plan) ek_plan_summarize(plan, &summary);
    CHECK(summary.ranks == 1 << 20 && summary.reshuffles <= 3);
    CHECK(summary.state_bytes_per_rank == (uint64_t)16 << 40);
    CHECK(summary.bytes_sent_per_rank <= 3 * ((uint64_t)16 << 40));
    ek_plan_destroy(&plan);
    ek_circuit_destroy(&circuit);
}

/* ---- in small: all sequences of sets are tried ---------------------------------------------- */

enum { SMALL = 7, GATES = 40 };

/* H, CX and CZ, told again: qubits that a gate mixes, and those on which it is like Z. */
struct small_gate {
    unsigned mixed, x_like, z_like;
};

static bool commute(const struct small_gate *a, const struct small_gate *b)
{
    const unsigned shared = (a->x_like | a->z_like | a->mixed) &
                            (b->x_like | b->z_like | b->mixed);
    return (shared & ~((a->x_like & b->x_like) | (a->z_like & b->z_like))) == 0;
}

/* Gates that are done when those of `done` were and `local` is at hand. */
static uint64_t after_stage(const struct small_gate *gates, uint64_t done, unsigned local)
{
    for (int i = 0; i < GATES; i++) {
        bool free = !(done >> i & 1) && (gates[i].mixed & ~local) == 0;
        for (int j = 0; j < i && free; j++)
            free = (done >> j & 1) || commute(&gates[i], &gates[j]);
        if (free) done |= (uint64_t)1 << i;
    }
    return done;
}

/* True when `stages` stages of `local` qubits are enough. */
static bool possible(const struct small_gate *gates, uint64_t done, int local, int stages)
{
    if (done == ek_low_bits(GATES)) return true;
    if (stages == 0) return false;
    for (unsigned set = 0; set < 1u << SMALL; set++)
        if (ek_popcount(set) == local &&
            possible(gates, after_stage(gates, done, set), local, stages - 1))
            return true;
    return false;
}

static ek_circuit *small_circuit(uint64_t seed, struct small_gate *gates)
{
    ek_circuit *circuit = NULL;
    CHECK_OK(ek_circuit_create(SMALL, &circuit));
    for (uint64_t i = 0; i < GATES; i++) {
        const int a = (int)ek_random_below(seed, EK_STREAM_CIRCUIT, 3 * i, SMALL);
        const int b =
            (a + 1 + (int)ek_random_below(seed, EK_STREAM_CIRCUIT, 3 * i + 1, SMALL - 1)) % SMALL;
        const unsigned x = 1u << a, y = 1u << b;
        switch (ek_random_below(seed, EK_STREAM_CIRCUIT, 3 * i + 2, 3)) {
        case 0:
            gate(circuit, EK_GATE_H, a, 0);
            gates[i] = (struct small_gate){.mixed = x};
            break;
        case 1:
            gate(circuit, EK_GATE_CX, a, b);
            gates[i] = (struct small_gate){.mixed = y, .x_like = y, .z_like = x};
            break;
        default:
            gate(circuit, EK_GATE_CZ, a, b);
            gates[i] = (struct small_gate){.z_like = x | y};
        }
    }
    return circuit;
}

static void test_exhaustive_search_finds_nothing_better(void)
{
    for (uint64_t seed = 1; seed <= 30; seed++)
        for (int local = 4; local < SMALL; local++) {
            struct small_gate gates[GATES];
            ek_circuit *circuit = small_circuit(seed, gates);
            const int found = reshuffles_of(circuit, local);
            CHECK(found == 0 || found > 3 || !possible(gates, 0, local, found));
            if (found > 0 && found <= 3 && possible(gates, 0, local, found))
                fprintf(stderr, "seed %d, %d local: %d\n", (int)seed, local, found);
            ek_circuit_destroy(&circuit);
        }
}

static void test_never_more_than_gate_by_gate(void)
{
    for (uint64_t seed = 1; seed <= 40; seed++)
        for (int local = 1; local < SMALL; local++) {
            struct small_gate gates[GATES];
            ek_circuit *circuit = small_circuit(seed, gates);
            int naive = 0;
            for (int i = 0; i < GATES; i++) naive += (gates[i].mixed >> local) != 0;
            CHECK(reshuffles_of(circuit, local) <= naive);
            ek_circuit_destroy(&circuit);
        }
}

/* ---- the layouts of the stages -------------------------------------------------------------- */

static void test_swaps_lead_from_stage_to_stage(void)
{
    ek_circuit *circuit = random_bricks(16, 20, 5);
    ek_plan *plan = plan_on(circuit, 10);
    CHECK(plan->stage_count > 2);
    for (size_t s = 1; s < plan->stage_count; s++) {
        struct ek_layout layout = plan->stages[s - 1].layout;
        for (int i = 0; i < plan->stages[s].swap_count; i++) {
            const struct ek_swap swap = plan->stages[s].swaps[i];
            const int arrives = ek_layout_qubit_at(&layout, swap.rank_slot);
            const int leaves = ek_layout_qubit_at(&layout, swap.local_slot);
            CHECK(swap.rank_slot.at >= 10 && swap.local_slot.at < 10);
            layout.slot[arrives] = swap.local_slot;
            layout.slot[leaves] = swap.rank_slot;
        }
        CHECK(ek_layout_equal(&layout, &plan->stages[s].layout));
    }
    ek_plan_destroy(&plan);
    ek_circuit_destroy(&circuit);
}

/* What leaves first stands highest, so that whole stretches of memory move. */
static void test_the_first_reshuffle_moves_the_highest_slots(void)
{
    ek_circuit *circuit = random_bricks(LOCAL + 6, 20, 2);
    ek_plan *plan = plan_on(circuit, LOCAL);
    const struct ek_stage *second = &plan->stages[1];
    for (int i = 0; i < second->swap_count; i++)
        CHECK(second->swaps[i].local_slot.at >= LOCAL - second->swap_count);
    ek_plan_destroy(&plan);
    ek_circuit_destroy(&circuit);
}

static void test_long_circuits_are_planned_in_windows(void)
{
    ek_circuit *circuit = random_bricks(24, 1200, 3); /* above 40,000 operations */
    const double start = ek_clock_seconds();
    CHECK(reshuffles_of(circuit, 20) > 10);
    CHECK(ek_clock_seconds() - start < 20);
    ek_circuit_destroy(&circuit);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"one reshuffle where one is enough", test_one_reshuffle},
        {"QAOA: one per layer", test_qaoa},
        {"random circuits of depth 20", test_random_bricks},
        {"2^20 ranks and 60 qubits", test_a_million_ranks},
        {"an exhaustive search finds nothing better",
         test_exhaustive_search_finds_nothing_better},
        {"never more than gate by gate", test_never_more_than_gate_by_gate},
        {"swaps lead from stage to stage", test_swaps_lead_from_stage_to_stage},
        {"the first reshuffle moves the highest slots",
         test_the_first_reshuffle_moves_the_highest_slots},
        {"long circuits in windows", test_long_circuits_are_planned_in_windows},
    };
    return test_main(argc, argv, "stage", cases, sizeof cases / sizeof *cases);
}
