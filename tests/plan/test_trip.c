/* Trips of random circuits: each operation once, in an order that gives the circuit's state; what
 * a trip holds fits its registers; and how many trips an exhaustive search needs. */
#include "plan/plan.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <complex.h>
#include <stdlib.h>
#include <string.h>

enum { QUBITS_MOST = 13, SIZE = 1 << QUBITS_MOST };
static const double parameters[] = {0.3, -1.7, 2.9};

/* ---- operations on amplitudes, the slow way ------------------------------------------------- */

/* A plan with its numbers. */
struct bound {
    ek_plan *plan;
    ek_complex *values;
};

static double complex value(const struct bound *b, size_t op, size_t i)
{
    const ek_complex z = b->values[b->plan->wires.ops[op].values + i];
    return z.re + I * z.im;
}

static size_t index_of_targets(const struct ek_op *op, size_t i)
{
    size_t index = 0;
    for (int j = 0; j < op->target_count; j++) index |= (i >> op->target[j] & 1) << j;
    return index;
}

static double complex dense_amplitude(const struct bound *b, size_t number,
                                      const double complex *in, size_t i)
{
    const struct ek_op *op = &b->plan->wires.ops[number].op;
    const size_t size = (size_t)1 << op->target_count;
    double complex sum = 0;
    for (size_t column = 0; column < size; column++) {
        size_t from = i;
        for (int j = 0; j < op->target_count; j++) {
            from &= ~((size_t)1 << op->target[j]);
            from |= (column >> j & 1) << op->target[j];
        }
        sum += value(b, number, index_of_targets(op, i) * size + column) * in[from];
    }
    return sum;
}

/* cos - i sin P, letter by letter. */
static double complex pauli_amplitude(const struct bound *b, size_t number,
                                      const double complex *in, size_t i)
{
    const struct ek_op *op = &b->plan->wires.ops[number].op;
    const size_t from = i ^ (size_t)op->x_mask;
    const double complex cosine_sine = value(b, number, 0);
    double complex element = 1;
    for (int q = 0; q < b->plan->qubits; q++) {
        const bool x = op->x_mask >> q & 1, z = op->z_mask >> q & 1, bit = from >> q & 1;
        if (x && z) element *= bit ? -I : I;
        else if (z && bit) element = -element;
    }
    return creal(cosine_sine) * in[i] - I * cimag(cosine_sine) * element * in[from];
}

static double complex amplitude_after(const struct bound *b, size_t number,
                                      const double complex *in, size_t i)
{
    const struct ek_op *op = &b->plan->wires.ops[number].op;
    if ((i & op->control_mask) != op->control_value) return in[i];
    switch (op->kind) {
    case EK_OP_DENSE: return dense_amplitude(b, number, in, i);
    case EK_OP_TABLE: return value(b, number, index_of_targets(op, i)) * in[i];
    case EK_OP_PARITY:
        return value(b, number, (size_t)__builtin_parityll(i & op->z_mask)) * in[i];
    case EK_OP_PAULI: return pauli_amplitude(b, number, in, i);
    default: return cexp(I * 1.7 * (double)(i * i % 11)) * in[i]; /* for any function */
    }
}

static void apply(const struct bound *b, size_t number, double complex *state)
{
    static double complex before[SIZE];
    const size_t size = (size_t)1 << b->plan->qubits;
    memcpy(before, state, size * sizeof *state);
    for (size_t i = 0; i < size; i++) state[i] = amplitude_after(b, number, before, i);
}

static void draw_state(uint64_t *source, int qubits, double complex *state)
{
    for (size_t i = 0; i < (size_t)1 << qubits; i++)
        state[i] = random_real(source, -1, 1) + I * random_real(source, -1, 1);
}

static double distance(const double complex *a, const double complex *b, int qubits)
{
    double worst = 0;
    for (size_t i = 0; i < (size_t)1 << qubits; i++) {
        const double far = cabs(a[i] - b[i]);
        if (!(far <= worst)) worst = far;
    }
    return worst;
}

/* ---- plans of random circuits --------------------------------------------------------------- */

static struct bound make_bound(const ek_circuit *circuit, const ek_plan_options *how)
{
    struct bound b = {NULL, NULL};
    CHECK_OK(ek_plan_create(circuit, how, &b.plan));
    if (!b.plan) return b;
    b.values = malloc((b.plan->wires.value_count + 1) * sizeof *b.values);
    ek_plan_bind(b.plan, parameters, b.values);
    return b;
}

static struct bound make_plan(uint64_t seed, const struct random_options *options,
                              const ek_plan_options *how)
{
    struct random_circuit *circuit = random_circuit_make(seed, options);
    ek_circuit *built = NULL;
    CHECK_OK(random_circuit_build(circuit, &built));
    const struct bound b = make_bound(built, how);
    ek_circuit_destroy(&built);
    random_circuit_destroy(&circuit);
    return b;
}

static void clear(struct bound *b)
{
    ek_plan_destroy(&b->plan);
    free(b->values);
}

/* `large`: tiles that are taken apart. */
static ek_plan_options draw_options(uint64_t *source, int qubits, bool large)
{
    ek_plan_options how = {.ranks = 1 << random_below(source, 3),
                           .tile_qubits = 2 + random_below(source, qubits - 1),
                           .block_qubits = 1 + random_below(source, qubits),
                           .lane_qubits = 1 + random_below(source, 4),
                           .register_qubits = 1 + random_below(source, EK_PLAN_REGISTERS),
                           .tiled = random_below(source, 2)};
    how.precision = random_below(source, 2) ? EK_SINGLE : EK_DOUBLE;
    if (large) how.ranks = how.block_qubits = 1, how.tile_qubits = qubits;
    return how;
}

/* ---- order, places, registers --------------------------------------------------------------- */

static void check_order(const struct bound *b, uint64_t seed)
{
    static double complex expected[SIZE], got[SIZE];
    const ek_plan *plan = b->plan;
    uint64_t source = seed;
    size_t *times = calloc(plan->wires.op_count + 1, sizeof *times);
    draw_state(&source, plan->qubits, expected);
    memcpy(got, expected, sizeof got);
    CHECK(plan->op_count == plan->wires.op_count);
    for (size_t i = 0; i < plan->op_count; i++) {
        times[plan->ops[i].wire_op]++;
        apply(b, plan->ops[i].wire_op, got);
    }
    for (size_t i = 0; i < plan->wires.op_count; i++) {
        CHECK(times[i] == 1);
        apply(b, i, expected);
    }
    const double far = distance(expected, got, plan->qubits);
    if (!(far < 1e-9)) fprintf(stderr, "\nseed %d: off by %g\n", (int)seed, far);
    CHECK(far < 1e-9);
    free(times);
}

static bool is_hot(const struct ek_plan *plan, const struct ek_plan_trip *trip, int position)
{
    for (int k = 0; k < plan->register_slots; k++)
        if (trip->registers[k] == position) return true;
    return position < plan->lane_slots;
}

/* Targets of a matrix stand in lanes or registers, all hot bits fit the registers. Of two bits
 * with a phase one is in a lane or a register, or both are outside. */
static void check_fits(const struct ek_plan *plan, const struct ek_block *block,
                       const struct ek_plan_trip *trip, const struct ek_tile_op *op)
{
    const int positions = __builtin_popcountll(block->active);
    const uint32_t masks = op->inner_mask | op->inner_z;
    int hot = 0, cold = 0, bits = 0;
    for (int p = 0; p < positions; p++) {
        bool touched = masks >> p & 1, target = false;
        for (int j = 0; j < op->target_count; j++) target |= op->position[j] == p;
        if (!touched && !target) continue;
        const bool warm = is_hot(plan, trip, p);
        hot += warm;
        cold += !warm;
        bits++;
        if (op->kind == EK_OP_DENSE && target) CHECK(warm);
    }
    bits += __builtin_popcountll(op->outer_mask | op->outer_z);
    for (int j = 0; j < op->target_count; j++) bits += op->position[j] >= EK_OUTER_POSITION;
    CHECK(op->kind == EK_OP_DENSE || op->kind == EK_OP_TABLE || op->kind == EK_OP_PARITY);
    if (op->kind == EK_OP_DENSE) CHECK(op->target_count <= 2 && hot <= plan->register_slots);
    else CHECK(bits <= 2 && (bits < 2 || hot > 0 || cold == 0));
}

static void check_trip(const struct ek_plan *plan, const struct ek_block *block,
                       const struct ek_plan_trip *trip)
{
    CHECK(trip->op_count > 0);
    if (!trip->in_registers) return;
    for (int k = 0; k < plan->register_slots; k++) {
        CHECK(trip->registers[k] >= (k ? trip->registers[k - 1] + 1 : plan->lane_slots));
        CHECK(trip->registers[k] < __builtin_popcountll(block->active));
    }
    for (size_t i = 0; i < trip->op_count; i++)
        check_fits(plan, block, trip, &plan->ops[trip->first_op + i]);
}

/* Trips fill their blocks and blocks their passes, without gaps. */
static void check_passes(const struct ek_plan *plan)
{
    size_t op = 0, trip = 0, block = 0;
    for (size_t p = 0; p < plan->pass_count; p++) {
        const struct ek_pass *pass = &plan->passes[p];
        CHECK(pass->first_op == op && pass->first_block == block);
        if (pass->direct) CHECK(pass->block_count == 1 && plan->blocks[block].trip_count == 1);
        for (; block < pass->first_block + pass->block_count; block++) {
            const struct ek_block *b = &plan->blocks[block];
            CHECK(b->first_op == op && b->first_trip == trip);
            CHECK((b->active & ~pass->active) == 0);
            for (; trip < b->first_trip + b->trip_count; trip++) {
                CHECK(plan->trips[trip].first_op == op);
                if (pass->direct) CHECK(plan->trips[trip].in_registers);
                check_trip(plan, b, &plan->trips[trip]);
                op += plan->trips[trip].op_count;
            }
            CHECK(b->first_op + b->op_count == op);
        }
        CHECK(pass->first_op + pass->op_count == op);
    }
    CHECK(op == plan->op_count && trip == plan->trip_count && block == plan->block_count);
}

static void test_order_and_registers(void)
{
    size_t in_registers = 0, others = 0, direct = 0, parts = 0;
    for (uint64_t seed = 1; seed <= 250; seed++) {
        uint64_t source = seed;
        const bool large = seed % 8 == 0;
        const int qubits = large ? QUBITS_MOST : 4 + random_below(&source, 6);
        const ek_plan_options how = draw_options(&source, qubits, large);
        const unsigned mixed = ((1u << RANDOM_KINDS) - 1) & ~(1u << RANDOM_GROVER);
        const struct random_options options = {
            qubits, 1 + random_below(&source, 50), large ? 2 : qubits - 2,
            seed % 2 || large ? 1u << RANDOM_GATE : mixed};
        struct bound b = make_plan(seed, &options, &how);
        if (!b.plan) continue;
        check_order(&b, seed);
        check_passes(b.plan);
        for (size_t t = 0; t < b.plan->trip_count; t++)
            if (b.plan->trips[t].in_registers) in_registers++;
            else others++;
        for (size_t p = 0; p < b.plan->pass_count; p++) {
            const struct ek_pass *pass = &b.plan->passes[p];
            direct += pass->direct;
            for (size_t k = 0; k < pass->block_count; k++)
                parts += b.plan->blocks[pass->first_block + k].active != pass->active;
        }
        clear(&b);
    }
    CHECK(in_registers > 100 && others > 100 && direct > 5 && parts > 10);
}

/* ---- phases with a lane --------------------------------------------------------------------- */

static bool has_lane_phase(const ek_plan *plan, const struct ek_plan_trip *trip)
{
    const uint32_t lanes = (1u << plan->lane_slots) - 1;
    for (size_t i = trip->first_op; i < trip->first_op + trip->op_count; i++) {
        const struct ek_tile_op *op = &plan->ops[i];
        if (op->kind != EK_OP_DENSE && ((op->inner_mask | op->inner_z) & lanes)) return true;
    }
    return false;
}

/* A Fourier transform has phases between all pairs, so that every trip could take some of a lane:
 * one trip of each pass does. */
static void test_lanes_wait(void)
{
    enum { QUBITS = 20 };
    const ek_plan_options how = {.tile_qubits = 13, .lane_qubits = 3, .qft = EK_QFT_GATES};
    int qubits[QUBITS];
    ek_circuit *circuit = NULL;
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    for (int q = 0; q < QUBITS; q++) qubits[q] = q;
    CHECK_OK(ek_circuit_qft(circuit, QUBITS, qubits, 0));
    struct bound b = make_bound(circuit, &how);
    CHECK(b.plan->pass_count > 1);
    for (size_t p = 0; p < b.plan->pass_count; p++) {
        const struct ek_block *block = &b.plan->blocks[b.plan->passes[p].first_block];
        int trips = 0;
        CHECK(b.plan->passes[p].block_count == 1 && block->trip_count > 2);
        for (size_t t = 0; t < block->trip_count; t++)
            trips += has_lane_phase(b.plan, &b.plan->trips[block->first_trip + t]);
        CHECK(trips == 1);
    }
    clear(&b);
    ek_circuit_destroy(&circuit);
}

/* ---- lanes on their own --------------------------------------------------------------------- */

static int count_lane_matrices(const ek_plan *plan, const struct ek_plan_trip *trip)
{
    int count = 0;
    for (size_t i = trip->first_op; i < trip->first_op + trip->op_count; i++)
        count += plan->ops[i].kind == EK_OP_DENSE && plan->ops[i].position[0] < plan->lane_slots;
    return count;
}

/* A gate on each qubit: those on the lanes go with the last trip of their block, and with the
 * first one that can where a CZ then has a lane wait for the others. */
static void test_lanes_rest(void)
{
    enum { QUBITS = 20, LOWEST = 3 };
    const int pair[2] = {0, 6};
    const ek_plan_options how = {.tile_qubits = 13, .lane_qubits = LOWEST};
    for (int entangled = 0; entangled < 2; entangled++) {
        ek_circuit *circuit = NULL;
        CHECK_OK(ek_circuit_create(QUBITS, &circuit));
        for (int q = 0; q < QUBITS; q++)
            CHECK_OK(ek_circuit_gate(circuit, EK_GATE_H, &q, NULL, NULL));
        if (entangled) CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CZ, pair, NULL, NULL));
        struct bound b = make_bound(circuit, &how);
        const struct ek_block *block = &b.plan->blocks[0];
        const struct ek_plan_trip *trips = &b.plan->trips[block->first_trip];
        CHECK(block->trip_count > 2 && (block->active & 0x47) == 0x47);
        const struct ek_plan_trip *all = entangled ? trips : trips + block->trip_count - 1;
        CHECK(count_lane_matrices(b.plan, all) == LOWEST);
        clear(&b);
        ek_circuit_destroy(&circuit);
    }
}

/* ---- an exhaustive search ------------------------------------------------------------------- */

enum { OPS_MOST = 14, LANES = 2, CASES = 200 };

/* A circuit of at most OPS_MOST operations on wires; masks of operations are its states. */
struct small {
    const ek_plan *plan;
    int qubits, registers, count;
    uint64_t lanes;              /* wires */
    unsigned before[OPS_MOST];   /* operations that must be done before this one */
};

static bool commute(const struct bound *b, size_t one, size_t other)
{
    static double complex forth[SIZE], back[SIZE];
    uint64_t source = 77;
    draw_state(&source, b->plan->qubits, forth);
    memcpy(back, forth, sizeof back);
    apply(b, one, forth);
    apply(b, other, forth);
    apply(b, other, back);
    apply(b, one, back);
    return distance(forth, back, b->plan->qubits) < 1e-9;
}

/* The rule of check_fits, on wires; all wires are in the block. */
static bool may_go(const struct small *s, const struct ek_op *op, uint64_t registers)
{
    uint64_t targets = 0;
    for (int j = 0; j < op->target_count; j++) targets |= UINT64_C(1) << op->target[j];
    const uint64_t touched = targets | op->control_mask | op->z_mask, hot = registers | s->lanes;
    if (op->kind == EK_OP_DENSE)
        return (targets & ~hot) == 0 && __builtin_popcountll(touched & hot) <= s->registers;
    return touched == 0 || (touched & hot);
}

/* All that one trip can do; more never hurts. */
static unsigned after_trip(const struct small *s, unsigned done, uint64_t registers)
{
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < s->count; i++)
            if (!(done >> i & 1) && (s->before[i] & ~done) == 0 &&
                may_go(s, &s->plan->wires.ops[i].op, registers)) {
                done |= 1u << i;
                more = true;
            }
    }
    return done;
}

/* Breadth first over sets of done operations. */
static int fewest_trips(const struct small *s)
{
    static unsigned char reached[1 << OPS_MOST];
    const unsigned all = (1u << s->count) - 1;
    memset(reached, 0xff, sizeof reached);
    reached[0] = 0;
    for (int trips = 0; trips < OPS_MOST; trips++) {
        if (reached[all] <= trips) return trips;
        for (unsigned done = 0; done < all; done++) {
            if (reached[done] != trips) continue;
            for (uint64_t set = 0; set < UINT64_C(1) << s->qubits; set++) {
                if ((set & s->lanes) || __builtin_popcountll(set) != s->registers) continue;
                const unsigned next = after_trip(s, done, set);
                if (reached[next] > trips + 1) reached[next] = (unsigned char)(trips + 1);
            }
        }
    }
    return OPS_MOST;
}

/* Gates on one and two qubits that go in registers. */
static ek_circuit *small_circuit(uint64_t *source, int qubits, int count)
{
    static const ek_gate names[] = {EK_GATE_H,  EK_GATE_RX, EK_GATE_RY, EK_GATE_T, EK_GATE_CX,
                                    EK_GATE_CX, EK_GATE_CZ, EK_GATE_CP, EK_GATE_RZZ};
    const ek_angle angle = ek_angle_number(0.3);
    ek_circuit *circuit = NULL;
    CHECK_OK(ek_circuit_create(qubits, &circuit));
    for (int i = 0; i < count; i++) {
        int qubit[2];
        random_qubits(source, qubits, 2, qubit);
        CHECK_OK(ek_circuit_gate(circuit, names[random_below(source, 9)], qubit, &angle, NULL));
    }
    return circuit;
}

static void make_small(const struct bound *b, struct small *s)
{
    const ek_plan *plan = b->plan;
    *s = (struct small){.plan = plan,
                        .qubits = plan->qubits,
                        .registers = plan->register_slots,
                        .count = (int)plan->wires.op_count};
    CHECK(s->count <= OPS_MOST && plan->block_count == 1);
    for (size_t t = 0; t < plan->trip_count; t++) CHECK(plan->trips[t].in_registers);
    for (int wire = 0; wire < plan->qubits; wire++)
        if (plan->stages[0].layout.slot[wire].at < LANES) s->lanes |= UINT64_C(1) << wire;
    for (int i = 0; i < s->count; i++)
        for (int j = 0; j < i; j++)
            if (!commute(b, (size_t)i, (size_t)j)) s->before[i] |= 1u << j;
}

/* Choosing registers is like covering a set: even where every operation stands alone the greedy
 * choice may need ln(operations) times the fewest sets, 2.6 here. Gates on two qubits depend on
 * each other, so that it may be worse, but not usually: hence twice for each circuit, and a
 * tenth more for all of them together. */
static void test_exhaustive_search(void)
{
    int found = 0, fewest = 0, worse = 0;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        uint64_t source = seed;
        const int qubits = 6 + random_below(&source, 3);
        const ek_plan_options how = {.tile_qubits = qubits,
                                     .block_qubits = qubits,
                                     .lane_qubits = LANES,
                                     .register_qubits = 2 + random_below(&source, 2),
                                     .tiled = 1};
        ek_circuit *circuit = small_circuit(&source, qubits, OPS_MOST);
        struct bound b = make_bound(circuit, &how);
        struct small small;
        make_small(&b, &small);
        const int mine = (int)b.plan->trip_count, best = fewest_trips(&small);
        if (mine > 2 * best || mine < best)
            fprintf(stderr, "\nseed %d: %d trips, %d would do\n", (int)seed, mine, best);
        CHECK(mine >= best && mine <= 2 * best);
        found += mine;
        fewest += best;
        worse += mine > best;
        clear(&b);
        ek_circuit_destroy(&circuit);
    }
    printf("%d trips where %d would do; more in %d of %d circuits\n", found, fewest, worse, CASES);
    CHECK(10 * found <= 11 * fewest);
}

int main(int argc, char **argv)
{
    static const struct test_case tests[] = {
        {"each operation once, in order, where it fits", test_order_and_registers},
        {"phases with a lane wait for each other", test_lanes_wait},
        {"lanes that are on their own go last", test_lanes_rest},
        {"few more than an exhaustive search finds", test_exhaustive_search},
    };
    return test_main(argc, argv, "plan: trips", tests, sizeof tests / sizeof *tests);
}
