/* What plans must achieve, and their text for small circuits. */
#include "plan/plan.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ek_circuit *qaoa(int qubits, int layers)
{
    ek_circuit *circuit = NULL;
    ek_diagonal *cost = NULL;
    const ek_spin_term term = {3, 0.5};
    CHECK_OK(ek_circuit_create(qubits, &circuit));
    CHECK_OK(ek_diagonal_create(qubits, 1, &term, &cost));
    for (int l = 0; l < layers; l++) {
        const ek_angle angle = ek_angle_number(0.1);
        CHECK_OK(ek_circuit_diagonal(circuit, cost, angle));
        for (int q = 0; q < qubits; q++)
            CHECK_OK(ek_circuit_gate(circuit, EK_GATE_RX, &q, &angle, NULL));
    }
    ek_diagonal_destroy(&cost);
    return circuit;
}

static ek_plan_summary summary_of(const ek_circuit *circuit, const ek_plan_options *options)
{
    ek_plan *plan = NULL;
    ek_plan_summary summary = {0};
    if (CHECK_OK(ek_plan_create(circuit, options, &plan))) ek_plan_summarize(plan, &summary);
    ek_plan_destroy(&plan);
    return summary;
}

static void add_flipped_layer(ek_circuit *circuit, uint64_t spins)
{
    const ek_spin_term term = {3, 1.0};
    const ek_angle angle = ek_angle_number(0.4);
    ek_diagonal *diagonal = NULL;
    CHECK_OK(ek_diagonal_create(23, 1, &term, &diagonal));
    CHECK_OK(ek_circuit_diagonal(circuit, diagonal, angle));
    for (int q = 0; q < 23; q++) CHECK_OK(ek_circuit_gate(circuit, EK_GATE_RX, &q, &angle, NULL));
    CHECK_OK(ek_circuit_pauli_rotation(circuit, spins, 0, angle, NULL));
    ek_diagonal_destroy(&diagonal);
}

static void test_qaoa_layers_cost_one_pass_and_one_reshuffle(void)
{
    for (int p = 1; p <= 6; p++) {
        ek_circuit *circuit = qaoa(24, p);
        ek_plan_options options = {.tile_qubits = 14};
        CHECK(summary_of(circuit, &options).passes == p + 1);
        CHECK(summary_of(circuit, &options).reshuffles == 0);
        options.ranks = 4;
        CHECK(summary_of(circuit, &options).reshuffles == p);
        CHECK(summary_of(circuit, &options).bytes_sent_per_rank ==
              (uint64_t)p * (((uint64_t)16 << 22) * 3 / 4));
        ek_circuit_destroy(&circuit);
    }
}

/* Half of a state that a flip of all spins leaves as it is: in each layer one spin's mixer flips
 * all others. Pairs of tiles take that along; plans for several states at once give it a pass. */
static void test_flips_of_all_spins_cost_no_pass(void)
{
    const uint64_t spins = ek_low_bits(23);
    for (int p = 1; p <= 4; p++) {
        ek_plan_options options = {.tile_qubits = 14};
        ek_circuit *circuit = NULL;
        CHECK_OK(ek_circuit_create(23, &circuit));
        for (int l = 0; l < p; l++) add_flipped_layer(circuit, spins);
        CHECK(summary_of(circuit, &options).passes == p + 1);
        options.tiled = true;
        CHECK(summary_of(circuit, &options).passes == 2 * p + 1);
        for (options.tile_qubits = 1; options.tile_qubits < 5; options.tile_qubits++)
            CHECK(summary_of(circuit, &options).passes > p); /* and there is an end */
        options.tiled = false;
        for (options.tile_qubits = 1; options.tile_qubits < 5; options.tile_qubits++)
            CHECK(summary_of(circuit, &options).passes > p);
        options.tile_qubits = 23;
        CHECK(summary_of(circuit, &options).passes == 1);
        ek_circuit_destroy(&circuit);
    }
}

/* Two passes over 26 slots: short rows close together, and longer rows far apart. In single
 * precision the shortest row has a slot more, with short vectors the longer ones have. */
static void check_rows_of_tiles(bool single, bool short_vectors)
{
    const ek_plan_options options = {.precision = single ? EK_SINGLE : EK_DOUBLE,
                                     .lane_qubits = 3 + single - short_vectors,
                                     .tile_qubits = 15 + single};
    const uint64_t rows = ek_low_bits(4 + single), all = ek_low_bits(26);
    const uint64_t close = ek_low_bits(11) << (6 + single + short_vectors);
    ek_circuit *circuit = NULL;
    ek_plan *plan = NULL;
    CHECK_OK(ek_circuit_create(26, &circuit));
    for (int q = 0; q < 26; q++) CHECK_OK(ek_circuit_gate(circuit, EK_GATE_H, &q, NULL, NULL));
    CHECK_OK(ek_plan_create(circuit, &options, &plan));
    CHECK(plan->pass_count == 2);
    CHECK(plan->passes[0].active == (rows | close));
    CHECK((plan->passes[1].active & ~close) == (all & ~close));
    ek_plan_destroy(&plan);
    ek_circuit_destroy(&circuit);
}
static void test_rows_of_tiles(void)
{
    for (int i = 0; i < 4; i++) check_rows_of_tiles(i & 1, i >> 1);
}

/* sqrt(X), sqrt(Y) or T on each qubit, and CZ on neighbours, in bricks. */
static ek_circuit *bricks(uint64_t seed, int qubits, int depth)
{
    static const ek_gate kinds[] = {EK_GATE_SX, EK_GATE_RY, EK_GATE_T};
    const ek_angle quarter = ek_angle_number(acos(0));
    ek_circuit *circuit = NULL;
    CHECK_OK(ek_circuit_create(qubits, &circuit));
    for (int layer = 0; layer < depth; layer++) {
        for (int q = 0; q < qubits; q++)
            CHECK_OK(ek_circuit_gate(circuit, kinds[random_below(&seed, 3)], &q, &quarter, NULL));
        for (int q = layer % 2; q + 1 < qubits; q += 2)
            CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CZ, (int[]){q, q + 1}, NULL, NULL));
    }
    return circuit;
}

/* Two-qubit gates on pairs that are drawn anew in each layer, as in quantum volume. */
static ek_circuit *pairs(uint64_t seed, int qubits, int depth)
{
    ek_circuit *circuit = NULL;
    CHECK_OK(ek_circuit_create(qubits, &circuit));
    for (int layer = 0; layer < depth; layer++) {
        int order[26];
        for (int q = 0; q < qubits; q++) {
            const int other = random_below(&seed, q + 1);
            order[q] = order[other];
            order[other] = q;
        }
        for (int q = 0; q + 1 < qubits; q += 2)
            CHECK_OK(ek_circuit_gate(circuit, EK_GATE_ISWAP, order + q, NULL, NULL));
    }
    return circuit;
}

/* Of eight circuits; each has `most`. */
static int count_passes(ek_circuit *(*draw)(uint64_t seed, int qubits, int depth), int qubits,
                        int depth, int most)
{
    const ek_plan_options options = {.tile_qubits = 15};
    int passes = 0;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        ek_circuit *circuit = draw(seed, qubits, depth);
        const int each = summary_of(circuit, &options).passes;
        CHECK(each <= most);
        passes += each;
        ek_circuit_destroy(&circuit);
    }
    printf("%d passes for 8 circuits\n", passes);
    return passes;
}

/* When wires only join a pass, one after the other, the first ones take 46 passes; when exchanges
 * only climb, they take 40 and the others 142; with one try the others take 128. */
static void test_passes_exchange_wires(void)
{
    CHECK(count_passes(bricks, 26, 20, 6) <= 38);
    CHECK(count_passes(pairs, 24, 24, 16) <= 124);
}

static void test_x_and_swap_cost_nothing(void)
{
    ek_circuit *circuit = NULL;
    CHECK_OK(ek_circuit_create(10, &circuit));
    for (int q = 0; q < 9; q++) {
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_X, &q, NULL, NULL));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_SWAP, (int[]){q, q + 1}, NULL, NULL));
    }
    const ek_plan_options options = {.ranks = 8};
    CHECK(summary_of(circuit, &options).passes == 0);
    CHECK(summary_of(circuit, &options).bytes_sent_per_rank == 0);
    ek_circuit_destroy(&circuit);
}

static void test_diagonals_and_controls_never_communicate(void)
{
    ek_circuit *circuit = NULL;
    CHECK_OK(ek_circuit_create(8, &circuit));
    const ek_angle angle = ek_angle_number(0.3);
    for (int q = 1; q < 8; q++) {
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CX, (int[]){q, 0}, NULL, NULL));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CZ, (int[]){q - 1, q}, NULL, NULL));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_RZZ, (int[]){q - 1, q}, &angle, NULL));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_T, &q, NULL, NULL));
    }
    const ek_plan_options options = {.ranks = 128};
    CHECK(summary_of(circuit, &options).reshuffles == 0);
    CHECK(summary_of(circuit, &options).passes == 1);
    ek_circuit_destroy(&circuit);
}

static void check_order(const ek_plan *plan)
{
    const size_t count = plan->wires.op_count;
    size_t *place = malloc(count * sizeof *place);
    CHECK(plan->op_count == count);
    memset(place, 0xff, count * sizeof *place);
    for (size_t i = 0; i < plan->op_count; i++) place[plan->ops[i].wire_op] = i;
    for (size_t i = 0; i < count; i++) {
        CHECK(place[i] < count);
        for (size_t j = i + 1; j < count; j++) {
            const struct ek_op *x = &plan->wires.ops[i].op, *y = &plan->wires.ops[j].op;
            const uint64_t tx = ek_op_targets(x), ty = ek_op_targets(y);
            const bool mixed = x->gate != EK_GATE_CX || y->gate != EK_GATE_CX;
            const bool clash = (tx & y->control_mask) || (ty & x->control_mask) ||
                               ((tx & ty) && mixed);
            if (clash) CHECK(place[i] < place[j]);
        }
    }
    free(place);
}

static void test_every_operation_runs_once_and_in_an_allowed_order(void)
{
    /* H's, CXs and their products on random qubits do not commute in general: two that share a
     * qubit in another way than control-control or target-target must keep their order. */
    ek_circuit *circuit = NULL;
    enum { COUNT = 400 };
    CHECK_OK(ek_circuit_create(12, &circuit));
    for (uint64_t i = 0; i < COUNT; i++) {
        const int a = (int)ek_random_below(3, EK_STREAM_CIRCUIT, 2 * i, 12);
        const int b = (a + 1 + (int)ek_random_below(3, EK_STREAM_CIRCUIT, 2 * i + 1, 11)) % 12;
        if (i % 3 == 0) CHECK_OK(ek_circuit_gate(circuit, EK_GATE_H, &a, NULL, NULL));
        else CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CX, (int[]){a, b}, NULL, NULL));
    }
    for (int tiled = 0; tiled < 2; tiled++) {
        const ek_plan_options options = {.ranks = 8, .tile_qubits = 4, .tiled = tiled};
        ek_plan *plan = NULL;
        CHECK_OK(ek_plan_create(circuit, &options, &plan));
        if (tiled) CHECK(plan->wires.op_count == COUNT); /* none are fused */
        check_order(plan);
        ek_plan_destroy(&plan);
    }
    ek_circuit_destroy(&circuit);
}

/* How many operations that touch a wire are taken with a resident set. */
static size_t taken_with(const struct ek_schedule *from, struct ek_schedule *scratch,
                         const struct ek_wire_list *list, uint64_t set, size_t *taken)
{
    size_t count, touching = 0; /* not global phases */
    ek_schedule_copy(from, scratch);
    ek_schedule_absorb(scratch, set, true, taken, &count);
    for (size_t i = 0; i < count; i++) touching += list->reach[taken[i]].touched != 0;
    return touching;
}

/* Against what is taken: with a set, with each wire more, and each wire less. */
static void check_counts(struct ek_schedule *schedule, struct ek_schedule *scratch,
                         const struct ek_wire_list *list, uint64_t set, size_t *taken)
{
    size_t with[64], without[64];
    const struct ek_open open = ek_schedule_open(schedule);
    ek_count_with(&open, set, 0xff, with);
    const struct ek_open going = ek_schedule_going(schedule, set);
    CHECK(going.count == taken_with(schedule, scratch, list, set, taken));
    ek_count_without(&going, set, without);
    for (int wire = 0; wire < 8; wire++) {
        const uint64_t bit = ek_bit(wire);
        CHECK(with[wire] == taken_with(schedule, scratch, list, set | bit, taken));
        if (set & bit)
            CHECK(without[wire] == taken_with(schedule, scratch, list, set & ~bit, taken));
    }
}

static bool is_diagonal_on(const struct ek_reach *op, int wire)
{
    return !(op->not_z >> wire & 1);
}

static bool is_like_x_on(const struct ek_reach *op, int wire)
{
    return !(op->not_x >> wire & 1);
}

static bool commute(const struct ek_reach *a, const struct ek_reach *b)
{
    for (int wire = 0; wire < 8; wire++)
        if ((a->touched & b->touched) >> wire & 1 &&
            !(is_diagonal_on(a, wire) && is_diagonal_on(b, wire)) &&
            !(is_like_x_on(a, wire) && is_like_x_on(b, wire)))
            return false;
    return true;
}

static bool rides(const struct ek_reach *op, const struct ek_trip_room *room, uint64_t hot)
{
    if (!op->in_registers) return false;
    if (op->resident == 0) return !(op->touched & room->inside) || (op->touched & hot);
    return !(op->resident & ~hot) && __builtin_popcountll(op->touched & hot) <= room->most_hot;
}

/* What a trip would take, operation by operation, each compared with all that stay behind. */
static size_t worth_of(const struct ek_open *open, const struct ek_trip_room *room,
                       uint64_t registers)
{
    static const size_t kinds[] = {1000, 2000, 12000};
    const uint64_t hot = room->lanes | registers;
    size_t sum = 0, count = 0, *staying = calloc(open->count, sizeof *staying);
    for (size_t i = 0; i < open->count; i++) {
        const struct ek_reach *op = &open->reach[open->op[i]];
        const size_t worth = kinds[op->resident ? 1 + !ek_is_power_of_two(op->resident) : 0];
        bool is_free = true;
        for (size_t j = 0; j < count && is_free; j++)
            is_free = commute(op, &open->reach[staying[j]]);
        if (is_free && rides(op, room, hot)) {
            sum += worth;
            continue;
        }
        if (is_free && op->in_registers && (op->resident & registers)) sum += worth / 200;
        staying[count++] = open->op[i];
    }
    free(staying);
    return sum;
}

/* Wires are compared with each other: what phases outside the block add is the same for all. */
static void check_worth(struct ek_schedule *schedule, uint64_t *source)
{
    const uint64_t lanes = 3, inside = (random_next(source) & 0xff) | lanes;
    const struct ek_trip_room room = {inside, lanes, 1 + random_below(source, 3)};
    const uint64_t registers = random_next(source) & random_next(source) & inside & ~lanes;
    const struct ek_open open = ek_schedule_open(schedule);
    size_t worth[64];
    ek_sum_worth(&open, &room, registers, inside, worth);
    const size_t none = worth_of(&open, &room, registers);
    for (int wire = 0; wire < 8; wire++) {
        if (!(inside >> wire & 1)) continue;
        const uint64_t joined = registers | (ek_bit(wire) & ~lanes);
        CHECK(worth[wire] - worth[0] == worth_of(&open, &room, joined) - none);
    }
}

static void test_what_is_foreseen_is_taken(void)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        const struct random_options options = {.qubits = 8, .count = 60, .widest = 3};
        struct random_circuit *random = random_circuit_make(seed, &options);
        struct ek_wire_list list;
        struct ek_schedule *schedule = NULL, *scratch = NULL;
        ek_circuit *circuit = NULL;
        uint64_t source = seed;
        CHECK_OK(random_circuit_build(random, &circuit));
        CHECK_OK(ek_lower(circuit, 0, 3, &list));
        CHECK_OK(ek_schedule_create(&list, 0, NULL, &schedule));
        CHECK_OK(ek_schedule_create(&list, 0, NULL, &scratch));
        size_t *taken = calloc(list.op_count, sizeof *taken), count, sum = 0;
        for (int round = 0; round < 30; round++) {
            const uint64_t set = random_next(&source) & random_next(&source) & 0xff;
            check_counts(schedule, scratch, &list, set, taken);
            check_worth(schedule, &source);
            ek_schedule_absorb(schedule, set, true, taken, &count);
            sum += count;
            ek_schedule_take_alone(schedule, taken, &count);
        }
        CHECK(sum > 0);
        free(taken);
        ek_schedule_destroy(&schedule);
        ek_schedule_destroy(&scratch);
        ek_wire_list_clear(&list);
        ek_circuit_destroy(&circuit);
        random_circuit_destroy(&random);
    }
}

static void test_text(void)
{
    ek_circuit *circuit = NULL;
    ek_plan *plan = NULL;
    char *text = NULL;
    CHECK_OK(ek_circuit_create(4, &circuit));
    for (int q = 0; q < 4; q++) CHECK_OK(ek_circuit_gate(circuit, EK_GATE_H, &q, NULL, NULL));
    const ek_plan_options options = {.ranks = 2, .tile_qubits = 2};
    CHECK_OK(ek_plan_create(circuit, &options, &plan));
    CHECK_OK(ek_plan_describe(plan, &text));
    const char *expected = "plan: 4 qubits on 2 ranks: 2 stages, 1 reshuffle, 3 passes, 64 B "
                           "sent per rank; tiles of 2^2 "
                           "amplitudes, rows of 2^1\n"
                           "stage 1: rank slots hold wires 3\n"
                           "  pass 1: slots 0-1, 2 operations: 2 dense\n"
                           "  pass 2: slots 0 2, 1 operation: 1 dense\n"
                           "reshuffle: rank slot <-> local slot 3<->2: each rank sends 64 B\n"
                           "stage 2: rank slots hold wires 2\n"
                           "  pass 3: slots 0 2, 1 operation: 1 dense\n";
    CHECK(strcmp(text, expected) == 0);
    if (strcmp(text, expected) != 0) fprintf(stderr, "\n%s", text);
    ek_text_free(&text);
    ek_plan_destroy(&plan);
    ek_circuit_destroy(&circuit);
}

static void test_refusals(void)
{
    ek_circuit *circuit = NULL;
    ek_plan *plan = NULL;
    CHECK_OK(ek_circuit_create(4, &circuit));
    CHECK_OK(ek_circuit_gate(circuit, EK_GATE_ISWAP, (int[]){0, 1}, NULL, NULL));
    CHECK_STATUS(ek_plan_create(circuit, &(ek_plan_options){.ranks = 8}, &plan), EK_ERROR_RANKS);
    CHECK_STATUS(ek_plan_create(circuit, &(ek_plan_options){.ranks = 3}, &plan), EK_ERROR_RANKS);
    CHECK_STATUS(ek_plan_create(circuit, &(ek_plan_options){.ranks = 16}, &plan), EK_ERROR_RANKS);
    CHECK_STATUS(ek_plan_create(circuit, &(ek_plan_options){.tile_qubits = 99}, &plan),
                 EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_plan_create(circuit, &(ek_plan_options){.threads = -1}, &plan),
                 EK_ERROR_ARGUMENT);
    CHECK(plan == NULL);
    CHECK_OK(ek_plan_create(circuit, &(ek_plan_options){.ranks = 4}, &plan));
    ek_plan_destroy(&plan);
    ek_circuit_destroy(&circuit);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"a QAOA layer costs one pass and one reshuffle",
         test_qaoa_layers_cost_one_pass_and_one_reshuffle},
        {"flips of all spins cost no pass", test_flips_of_all_spins_cost_no_pass},
        {"rows of tiles", test_rows_of_tiles},
        {"passes exchange wires", test_passes_exchange_wires},
        {"X and SWAP cost nothing", test_x_and_swap_cost_nothing},
        {"diagonals and controls never communicate",
         test_diagonals_and_controls_never_communicate},
        {"every operation once, in an allowed order",
         test_every_operation_runs_once_and_in_an_allowed_order},
        {"what is foreseen is taken", test_what_is_foreseen_is_taken},
        {"text of a small plan", test_text},
        {"refusals", test_refusals},
    };
    return test_main(argc, argv, "plan", cases, sizeof cases / sizeof *cases);
}
