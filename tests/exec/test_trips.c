/* Random circuits for every instruction set and both precisions, on the three kinds of passes:
 * in the state itself, on tiles, and on tiles that are taken apart. */
#define _POSIX_C_SOURCE 200809L

#include "exec/exec.h"
#include "support/compare.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <exaket/program.h>

#include <stdio.h>
#include <stdlib.h>

enum { LOCAL = 12 }; /* amplitudes per rank: 2^12, the fewest whose tiles have parts */

/* How many of each kind of work the plans had. */
struct seen {
    int direct, reaching, in_place, parts, outer, twins;
};

static void look_at(const ek_plan *plan, struct seen *seen)
{
    for (size_t p = 0; p < plan->pass_count; p++) {
        const struct ek_pass *pass = &plan->passes[p];
        seen->direct += pass->direct;
        seen->twins += pass->twin != 0;
        seen->reaching += pass->direct && pass->active >> plan->local_slots;
        for (size_t b = 0; b < pass->block_count && !pass->direct; b++)
            if (plan->blocks[pass->first_block + b].active == pass->active) seen->in_place++;
            else seen->parts++;
    }
    for (size_t i = 0; i < plan->op_count; i++)
        seen->outer += plan->ops[i].outer_mask != 0 || plan->ops[i].outer_z != 0;
}

/* In a layout that leaves gates on the slots of other ranks too. Takes the circuit. */
static void check_circuit(ek_session *session, uint64_t seed, struct random_circuit *circuit,
                          const ek_plan_options *how, struct seen *seen)
{
    static const double parameters[] = {0.3, -1.7, 2.9};
    struct ek_layout layout;
    ek_circuit *built = NULL;
    ek_program *program = NULL;
    ek_state *state = NULL;
    struct reference expected;
    double theta[64];
    char name[80];
    const ek_initial initial = test_initial(EK_INITIAL_RANDOM, circuit->qubits, seed, theta);
    snprintf(name, sizeof name, "%s, seed %d", ek_kernels_get(how->precision)->isa, (int)seed);
    setenv("EXAKET_HAND_OVER", seed / 4 % 2 ? "off" : "on", 1);
    reference_create(&expected, circuit->qubits);
    int fine = CHECK_OK(random_circuit_build(circuit, &built));
    ek_layout_identity(circuit->qubits, &layout);
    for (int q = 0; q < circuit->qubits; q++)
        layout.slot[q].at = (uint8_t)((q + (int)seed) % circuit->qubits);
    fine = fine && CHECK_OK(ek_program_create_from(session, built, how, &layout, &program));
    fine = fine && CHECK_OK(ek_state_create(session, circuit->qubits, how->precision, &state));
    if (test_all(fine) && CHECK_OK(ek_program_run(program, parameters, &initial, state))) {
        look_at(ek_program_plan(program), seen);
        test_reference_prepare(&initial, session, how->precision, &expected);
        random_circuit_apply(circuit, parameters, &expected);
        CHECK_STATE(state, &expected, name);
    }
    reference_destroy(&expected);
    ek_state_destroy(&state);
    ek_program_destroy(&program);
    ek_circuit_destroy(&built);
    random_circuit_destroy(&circuit);
}

/* Long circuits on parts, short ones in the state itself, others on small tiles. */
static void check_table(ek_session *session, ek_precision precision, int qubits,
                        struct seen *seen)
{
    for (int i = 0; i < 14; i++) {
        const bool small = i % 4 == 2, brief = i % 2 || i > 6;
        const struct random_options options = {
            qubits, brief ? 1 + i % 3 : 50, 2,
            1u << RANDOM_GATE | (small ? 1u << RANDOM_UNITARY | 1u << RANDOM_PHASES : 0)};
        const ek_plan_options how = {
            .tile_qubits = small ? 8 : LOCAL, .block_qubits = 1, .precision = precision};
        const uint64_t seed = 40 + (uint64_t)i;
        check_circuit(session, seed, random_circuit_make(seed, &options), &how, seen);
    }
}

/* General matrices on the lowest slots and nothing else: most numbers for what a pass holds. */
static void check_lanes(ek_session *session, ek_precision precision, int qubits,
                        struct seen *seen)
{
    const struct random_options options = {qubits, 60, 1, 1u << RANDOM_UNITARY};
    const ek_plan_options how = {.tile_qubits = LOCAL, .precision = precision};
    struct random_circuit *circuit = random_circuit_make(60, &options);
    for (int i = 0; i < circuit->count; i++) {
        circuit->operations[i].qubit[0] = i % 4;
        circuit->operations[i].controls = 0;
    }
    check_circuit(session, 0, circuit, &how, seen);
}

/* Rotations with runs of signs between them, some too many to be steps of their own and some with
 * other phases: in registers, groups, other chunks, other tiles and other ranks. */
static void check_signs(ek_session *session, ek_precision precision, int qubits, int tile,
                        struct seen *seen)
{
    static const ek_gate gates[] = {EK_GATE_CZ, EK_GATE_CZ,  EK_GATE_CZ, EK_GATE_CZ, EK_GATE_SX,
                                    EK_GATE_T,  EK_GATE_TDG, EK_GATE_RY, EK_GATE_Z,  EK_GATE_CP};
    const struct random_options options = {qubits, 160, 1, 1u << RANDOM_GATE};
    const ek_plan_options how = {.tile_qubits = tile, .precision = precision};
    struct random_circuit *circuit = random_circuit_make(70, &options);
    uint64_t seed = (uint64_t)tile, source = seed;
    for (int i = 0; i < circuit->count; i++) {
        struct random_operation *op = &circuit->operations[i];
        /* the last of the gates are rare */
        op->gate = gates[random_below(&source, i % 8 == 0 ? 10 : 8)];
        op->count = ek_gate_qubits(op->gate);
        op->controls = 0;
        op->angle[0] = ek_angle_number(0.7);
        random_qubits(&source, qubits, op->count, op->qubit);
    }
    check_circuit(session, seed, circuit, &how, seen);
}

/* One string that flips more qubits than a tile holds again and again, now and then another one,
 * between gates, phases and functions of the register. */
static void check_twins(ek_session *session, ek_precision precision, int qubits, int tile,
                        struct seen *seen)
{
    for (uint64_t seed = 90; seed < 96; seed++) {
        const struct random_options options = {
            qubits, 40, 2, 1u << RANDOM_GATE | 1u << RANDOM_PAULI | 1u << RANDOM_DIAGONAL};
        const ek_plan_options how = {.tile_qubits = tile, .precision = precision};
        struct random_circuit *circuit = random_circuit_make(seed, &options);
        uint64_t source = seed;
        for (int i = 0; i < circuit->count; i++) {
            struct random_operation *op = &circuit->operations[i];
            if (op->kind != RANDOM_PAULI) continue;
            op->x_mask = ek_low_bits(qubits - (int)seed % 2);
            op->z_mask = random_below(&source, 6) == 0 ? 5 : 0;
            op->controls = 0;
        }
        check_circuit(session, seed, circuit, &how, seen);
    }
}

/* Tiles of several chunks, several of them for each thread, with and without a first call that
 * reaches into the state. */
static void check_hand_over(ek_session *session, ek_precision precision, int qubits,
                            struct seen *seen)
{
    const ek_plan_options how = {.tile_qubits = LOCAL + 2, .precision = precision};
    for (uint64_t seed = 80; seed < 84; seed++) {
        const struct random_options options = {qubits + 4, 24, 2, 1u << RANDOM_GATE};
        check_circuit(session, seed, random_circuit_make(seed, &options), &how, seen);
    }
}

static void check_tables(ek_precision precision)
{
    struct seen seen = {0};
    int qubits = LOCAL, shared = 1;
    for (int ranks = test_ranks(); ranks > 1; ranks /= 2) qubits++;
    ek_view_span_set(1 << 14); /* distances of the highest slots */
    for (int i = 0; ek_kernels_nth(precision, i); i++) {
        setenv("EXAKET_ISA", ek_kernels_nth(precision, i)->isa, 1);
        ek_session *session = test_session(test_ranks() > 2 ? 1 : 1 + i, 0);
        shared = ek_session_shared_ranks(session);
        check_table(session, precision, qubits, &seen);
        check_lanes(session, precision, qubits, &seen);
        check_signs(session, precision, qubits, LOCAL, &seen);
        check_signs(session, precision, qubits, 8, &seen);
        check_twins(session, precision, qubits, 8, &seen);
        check_twins(session, precision, qubits, 11, &seen);
        if (test_ranks() <= 2) check_hand_over(session, precision, qubits, &seen);
        ek_session_destroy(&session);
    }
    ek_view_span_set(0);
    unsetenv("EXAKET_ISA");
    unsetenv("EXAKET_HAND_OVER");
    CHECK(seen.direct > 0 && seen.in_place > 0 && seen.parts > 0);
    CHECK(test_ranks() == 1 || seen.outer > 0);
    CHECK(shared == 1 || seen.reaching > 0);
    CHECK(shared < test_ranks() || seen.twins > 0);
}

static void test_double(void) { check_tables(EK_DOUBLE); }
static void test_single(void) { check_tables(EK_SINGLE); }

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"double precision, every instruction set", test_double},
        {"single precision, every instruction set", test_single},
    };
    return test_main(argc, argv, "exec: trips", cases, sizeof cases / sizeof *cases);
}
