/* What is rewritten before passes are planned: ladders of CX, runs on few wires, and two-qubit
 * matrices that give their successors what makes their first column simple. Which ones are, what
 * they look like then, and that the product of all stays. */
#include "plan/plan.h"
#include "support/harness.h"
#include "support/random_circuit.h"
#include "support/reference.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { QUBITS = 6, STEPS = 60, PARAMETERS = 2 };
static const double parameters[PARAMETERS] = {0.3, -1.7};

/* ---- circuits ------------------------------------------------------------------------------- */

static void add_unitary(ek_circuit *circuit, int count, const int *qubits,
                        const double complex *matrix, const ek_controls *controls)
{
    ek_complex entries[16];
    for (int i = 0; i < 1 << 2 * count; i++)
        entries[i] = (ek_complex){creal(matrix[i]), cimag(matrix[i])};
    CHECK_OK(ek_circuit_unitary(circuit, count, qubits, entries, controls));
}

/* Columns whose two-qubit states have equal, one vanishing, or nearly equal Schmidt coefficients,
 * and those of permutations. */
static void special(uint64_t *source, double complex matrix[16])
{
    const double quarter = acos(-1) / 4, angles[] = {quarter, 0, 2 * quarter, quarter + 1e-9};
    const double a = angles[random_below(source, 4)], c = cos(a), s = a == quarter ? c : sin(a);
    static const int orders[][4] = {{0, 1, 2, 3}, {3, 1, 2, 0}, {1, 0, 3, 2}, {2, 3, 0, 1}};
    const int *row = orders[random_below(source, 4)];
    memset(matrix, 0, 16 * sizeof *matrix);
    matrix[4 * row[0]] = matrix[4 * row[3] + 3] = c;
    matrix[4 * row[3]] = I * s;
    matrix[4 * row[0] + 3] = I * s;
    matrix[4 * row[1] + 1] = -1;
    matrix[4 * row[2] + 2] = I;
}

/* A gate on the first of these qubits, with angles that depend on parameters or do not. */
static void add_gate(uint64_t *source, ek_circuit *circuit, const ek_gate *gates, int count,
                     const int *qubits)
{
    const ek_gate gate = gates[random_below(source, count)];
    ek_angle angles[4];
    for (int i = 0; i < 4; i++)
        angles[i] = (ek_angle){random_below(source, PARAMETERS + 1) - 1,
                               random_real(source, -2, 2), random_real(source, -3, 3)};
    CHECK_OK(ek_circuit_gate(circuit, gate, qubits, angles, NULL));
}

static void add_matrix(uint64_t *source, ek_circuit *circuit, const int *q)
{
    double complex matrix[16];
    const int kind = random_below(source, 9);
    const ek_controls control = {1, q + 2, (const int[]){random_below(source, 2)}};
    random_unitary(source, kind == 0 ? 1 : 2, matrix);
    if (kind > 5) special(source, matrix);
    if (kind == 0) add_unitary(circuit, 1, q, matrix, NULL);
    else add_unitary(circuit, 2, q, matrix, kind == 1 ? &control : NULL);
}

/* CX, and back, around phases; sometimes with something in the way. */
static void add_ladder(uint64_t *source, ek_circuit *circuit, const int *q)
{
    static const ek_gate phases[] = {EK_GATE_RZ, EK_GATE_T, EK_GATE_P, EK_GATE_RZZ, EK_GATE_SDG};
    static const ek_gate others[] = {EK_GATE_CZ, EK_GATE_X, EK_GATE_CX, EK_GATE_H};
    const int steps = 1 + random_below(source, 3);
    for (int i = 0; i < steps; i++) {
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CX, q + i, NULL, NULL));
        if (random_below(source, 2)) add_gate(source, circuit, phases, 5, q + i + 1);
        if (random_below(source, 6) == 0)
            add_gate(source, circuit, others, 4, q + random_below(source, 4));
    }
    add_gate(source, circuit, phases, 5, q + steps);
    for (int i = steps; i-- > 0;)
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CX, q + i, NULL, NULL));
}

/* Two-qubit matrices and gates that may become such, on all qubits or mostly on few; with what
 * only renames or inverts. */
static ek_circuit *draw(uint64_t seed)
{
    static const ek_gate single[] = {EK_GATE_H,  EK_GATE_T, EK_GATE_SX, EK_GATE_RX, EK_GATE_RY,
                                     EK_GATE_RZ, EK_GATE_U, EK_GATE_Y,  EK_GATE_P};
    static const ek_gate paired[] = {EK_GATE_CX,  EK_GATE_CZ,  EK_GATE_CP,  EK_GATE_CRY,
                                     EK_GATE_CU,  EK_GATE_RXX, EK_GATE_RYY, EK_GATE_RZZ,
                                     EK_GATE_RZX, EK_GATE_CRZ, EK_GATE_ISWAP};
    static const ek_gate naming[] = {EK_GATE_X, EK_GATE_SWAP};
    uint64_t source = seed;
    ek_circuit *circuit = NULL;
    int parameter;
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    for (int i = 0; i < PARAMETERS; i++)
        CHECK_OK(ek_circuit_parameter(circuit, i ? "b" : "a", &parameter));
    for (int i = 0; i < STEPS; i++) {
        int q[QUBITS];
        const int kind = random_below(&source, 10);
        random_qubits(&source, QUBITS, QUBITS, q);
        if (seed % 2 && random_below(&source, 5)) random_qubits(&source, 3, 3, q);
        if (seed % 4 == 0 && random_below(&source, 2)) add_ladder(&source, circuit, q);
        else if (kind < 3) add_gate(&source, circuit, single, 9, q);
        else if (kind < 6) add_gate(&source, circuit, paired, 11, q);
        else if (kind < 7) add_gate(&source, circuit, naming, 2, q);
        else add_matrix(&source, circuit, q);
    }
    return circuit;
}

/* ---- plans with their numbers --------------------------------------------------------------- */

struct bound {
    ek_plan *plan;
    ek_complex *values;
};

static void bind(const ek_circuit *circuit, int tiled, struct bound *b)
{
    const ek_plan_options options = {.tiled = tiled};
    CHECK_OK(ek_plan_create(circuit, &options, &b->plan));
    b->values = calloc(b->plan->wires.value_count, sizeof *b->values);
    ek_plan_bind(b->plan, parameters, b->values);
}

static void release(struct bound *b)
{
    ek_plan_destroy(&b->plan);
    free(b->values);
}

static double complex entry(const struct bound *b, size_t op, int i)
{
    const ek_complex z = b->values[b->plan->wires.ops[op].values + (size_t)i];
    return z.re + I * z.im;
}

static void apply_parity(struct reference *state, uint64_t z, const double complex *values,
                         struct reference_controls controls)
{
    double complex phases[1 << QUBITS];
    int wires[QUBITS], count = 0;
    for (int w = 0; w < QUBITS; w++)
        if (z >> w & 1) wires[count++] = w;
    for (int i = 0; i < 1 << count; i++) phases[i] = values[__builtin_popcount((unsigned)i) % 2];
    reference_phases(state, count, wires, phases, controls);
}

static void apply(const struct bound *b, struct reference *state)
{
    for (size_t i = 0; i < b->plan->wires.op_count; i++) {
        const struct ek_op *op = &b->plan->wires.ops[i].op;
        const struct reference_controls controls = {op->control_mask, op->control_value};
        const int count = op->target_count;
        double complex values[16];
        int wires[QUBITS];
        for (int j = 0; j < count; j++) wires[j] = op->target[j];
        for (size_t k = 0; k < ek_op_value_count(op); k++) values[k] = entry(b, i, (int)k);
        if (op->kind == EK_OP_DENSE) reference_matrix(state, count, wires, values, controls);
        else if (op->kind == EK_OP_TABLE) reference_phases(state, count, wires, values, controls);
        else if (op->kind == EK_OP_PARITY) apply_parity(state, op->z_mask, values, controls);
        else if (CHECK(op->kind == EK_OP_PAULI))
            reference_pauli_rotation(state, op->x_mask, op->z_mask,
                                     2 * atan2(cimag(values[0]), creal(values[0])), controls);
    }
}

/* ---- what is expected ----------------------------------------------------------------------- */

/* What commutes with others on a wire must not take anything from them. */
static bool is_plain(const struct ek_op *op)
{
    return op->kind == EK_OP_DENSE && op->target_count == 2 && op->control_mask == 0 &&
           op->x_like == 0 && op->z_like == 0;
}

static bool touches(const struct ek_op *op, int wire)
{
    for (int j = 0; j < op->target_count; j++)
        if (op->target[j] == wire) return true;
    return (op->control_mask | op->x_mask | op->z_mask) >> wire & 1;
}

/* By going through all operations that follow. */
static bool goes_on(const struct ek_wire_list *list, size_t from, int wire)
{
    for (size_t i = from + 1; i < list->op_count; i++)
        if (touches(&list->ops[i].op, wire)) return is_plain(&list->ops[i].op);
    return false;
}

/* Gives how many matrices give. */
static int check_columns(const struct bound *b)
{
    const struct ek_wire_list *list = &b->plan->wires;
    int count = 0;
    for (size_t i = 0; i < list->op_count; i++) {
        const struct ek_op *op = &list->ops[i].op;
        const bool expected = is_plain(op) && goes_on(list, i, op->target[0]) &&
                              goes_on(list, i, op->target[1]);
        CHECK(list->ops[i].gives == expected);
        if (!expected) continue;
        const double complex c = entry(b, i, 0), s = entry(b, i, 12);
        CHECK(entry(b, i, 4) == 0 && entry(b, i, 8) == 0);
        CHECK(cimag(c) == 0 && cimag(s) == 0 && creal(s) >= 0 && creal(c) >= creal(s) - 1e-15);
        CHECK_NEAR(creal(c * c + s * s), 1, 1e-14);
        count++;
    }
    return count;
}

static void check_same(const struct bound *a, const struct bound *b)
{
    for (uint64_t start = 0; start < UINT64_C(1) << QUBITS; start += 7) {
        struct reference left, right;
        reference_create(&left, QUBITS);
        reference_create(&right, QUBITS);
        reference_basis(&left, start);
        reference_basis(&right, start);
        apply(a, &left);
        apply(b, &right);
        for (uint64_t i = 0; i < UINT64_C(1) << QUBITS; i++)
            CHECK_NEAR(cabs(left.amplitude[i] - right.amplitude[i]), 0, 1e-13);
        reference_destroy(&left);
        reference_destroy(&right);
    }
}

static void test_products_stay(void)
{
    int count = 0;
    size_t parts = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct bound plain, simple;
        ek_circuit *circuit = draw(seed);
        bind(circuit, 1, &plain);
        bind(circuit, 0, &simple);
        CHECK(plain.plan->wires.part_count == 0);
        parts += simple.plan->wires.part_count;
        count += check_columns(&simple);
        check_same(&plain, &simple);
        release(&plain);
        release(&simple);
        ek_circuit_destroy(&circuit);
    }
    printf("%d matrices, %zu parts\n", count, parts);
    CHECK(count > 300 && parts > 1000);
}

/* ---- which runs become products ------------------------------------------------------------- */

/* A plan says what became of the circuit, if anything did. */
static void check_text(const ek_plan *plan, const ek_circuit *circuit)
{
    const size_t before = circuit->op_count, after = plan->wires.op_count;
    char *text = NULL, line[80];
    snprintf(line, sizeof line, "rewritten: %zu operations of the circuit, %zu to run\n", before,
             after);
    CHECK_OK(ek_plan_describe(plan, &text));
    CHECK((strstr(text, line) != NULL) == (before != after));
    CHECK((strstr(text, "rewritten") != NULL) == (before != after));
    ek_text_free(&text);
}

/* Gates by name, qubits as digits: "u 0, cx 01"; angles are some numbers. Gives what operations
 * are left: a letter for each kind, and how many parts there are. */
static void check_runs(const char *gates, const char *kinds, size_t parts)
{
    static const ek_angle angles[4] = {{-1, 0, 0.3}, {-1, 0, 1.2}, {-1, 0, -0.7}, {-1, 0, 2.1}};
    const ek_plan_options options = {0};
    char name[16], left[64] = "";
    ek_circuit *circuit = NULL;
    ek_plan *plan = NULL;
    CHECK_OK(ek_circuit_create(4, &circuit));
    for (int first, last; sscanf(gates, " %15[a-z] %n%*d%n", name, &first, &last) == 1;) {
        int qubits[4], gate = 0;
        for (int i = first; i < last; i++) qubits[i - first] = gates[i] - '0';
        while (strcmp(ek_gate_name((ek_gate)gate), name) != 0) gate++;
        CHECK_OK(ek_circuit_gate(circuit, (ek_gate)gate, qubits, angles, NULL));
        gates += last + (gates[last] == ',');
    }
    CHECK_OK(ek_plan_create(circuit, &options, &plan));
    for (size_t i = 0; i < plan->wires.op_count; i++)
        left[i] = "DTZP"[plan->wires.ops[i].op.kind];
    CHECK(strcmp(left, kinds) == 0 && plan->wires.part_count == parts);
    if (strcmp(left, kinds) != 0 || plan->wires.part_count != parts)
        fprintf(stderr, "%s for %s, %zu parts\n", left, kinds, plan->wires.part_count);
    check_text(plan, circuit);
    ek_plan_destroy(&plan);
    ek_circuit_destroy(&circuit);
}

static void test_ladders(void)
{
    check_runs("cx 01, rz 1, cx 01", "Z", 0);
    check_runs("cx 01, p 1, cx 01", "Z", 0);
    check_runs("cx 01, cx 01", "", 0);
    check_runs("cx 01, cx 12, rz 2, cx 12, cx 01", "Z", 0);
    check_runs("cx 01, t 1, cx 12, rz 2, t 0, cx 12, cx 01", "ZZT", 0);
    check_runs("cx 01, cx 02, rz 1, rz 2, cx 01, cx 02", "ZZ", 0);
    check_runs("cx 01, cx 21, rz 1, cx 21, rz 1, cx 01", "ZZ", 0);
    check_runs("cx 01, rzz 12, h 3, cz 03, cx 01", "ZDT", 0);
    /* what is in the way */
    check_runs("cx 01, rx 1, cx 01", "DDD", 0);
    check_runs("cx 01, rx 0, rz 1, cx 01", "DDZD", 0);
    check_runs("cx 01, cz 12, cx 01", "DTD", 0);
    check_runs("cx 01, cx 12, rz 1, cx 01", "DDZD", 0);
    check_runs("cx 01, rz 1, x 0, cx 01", "DZD", 0);
    check_runs("cx 01, rz 1, cx 21, cx 01", "DZDD", 0);
    check_runs("cx 01, crz 21, cx 01", "DZD", 0);
}

static void test_runs(void)
{
    /* on one qubit: phase, rotation, phase */
    check_runs("u 0", "TDT", 1);
    check_runs("rz 0, sx 0, rz 0, sx 0, rz 0", "TDT", 5);
    check_runs("u 0, x 0, h 0", "TDT", 2);
    check_runs("ry 0, rz 0", "DZ", 0);
    check_runs("rz 0, t 0, p 0, s 0, rz 0", "ZTTTZ", 0); /* nothing there is mixed */
    check_runs("rz 0, sx 0, cz 01, rz 0, sx 0, rz 0", "ZDTZDZ", 0);
    /* on two qubits: a matrix */
    check_runs("u 0, u 1, cx 01, u 0, u 1, cx 10, u 0, u 1, cx 01, u 0, u 1", "D", 11);
    check_runs("rxx 01, ryy 01, rzz 01", "D", 3);
    check_runs("rxx 01, swap 12, ryy 02", "D", 2);
    check_runs("rxx 01, h 3, ryy 01, h 3", "DDD", 2);
    check_runs("u 0, rxx 12, u 1, cx 01, iswap 01", "PTDTD", 4);
    check_runs("rxx 01", "P", 0);
    check_runs("ry 0, rz 0, ry 1, rz 1, cx 01, ry 0, rz 0, cx 12", "DZDZDDZD", 0);
    check_runs("cu 01, cu 01, cu 01, cu 01", "DDDD", 0); /* the control may be anywhere */
    check_runs("cu 01, cu 10, cu 01, cu 10", "D", 4);
    check_runs("rxx 01, cx 12, ryy 01", "PDP", 0); /* not past what is in between */
    check_runs("iswap 01, iswap 01", "D", 2);
    check_runs("h 1, iswap 01, t 0, h 2", "DD", 3);
    check_runs("iswap 01, ccx 012, iswap 01", "DDD", 0);
}

/* Given with eight digits: as it is, not as the rotation that it nearly is. */
static void test_digits_stay(void)
{
    static const double complex rough[4] = {0.70710678, 0.70710678 * I, 0.70710678,
                                            -0.70710678 * I};
    const double root = sqrt(0.5);
    const double complex exact[4] = {root, root * I, root, -root * I};
    const ek_plan_options options = {0};
    const int qubit = 0;
    for (int i = 0; i < 2; i++) {
        ek_circuit *circuit = NULL;
        ek_plan *plan = NULL;
        CHECK_OK(ek_circuit_create(2, &circuit));
        add_unitary(circuit, 1, &qubit, i ? exact : rough, NULL);
        CHECK_OK(ek_plan_create(circuit, &options, &plan));
        CHECK(plan->wires.part_count == (size_t)i);
        ek_plan_destroy(&plan);
        ek_circuit_destroy(&circuit);
    }
}

/* A matrix that is as far from unitary as one may be gives nothing: it is to be read again as it
 * is, see ek_program_remaining. */
static void test_rough_matrices_give_nothing(void)
{
    const ek_plan_options options = {0};
    uint64_t source = 5;
    double complex matrix[16];
    random_unitary(&source, 2, matrix);
    for (int rough = 0; rough < 2; rough++) {
        ek_circuit *circuit = NULL;
        ek_plan *plan = NULL;
        if (rough)
            for (int i = 0; i < 16; i++) matrix[i] *= 1 + 3e-9;
        CHECK_OK(ek_circuit_create(3, &circuit));
        add_unitary(circuit, 2, (const int[]){0, 1}, matrix, NULL);
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_ISWAP, (const int[]){0, 2}, NULL, NULL));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_ISWAP, (const int[]){1, 2}, NULL, NULL));
        CHECK_OK(ek_plan_create(circuit, &options, &plan));
        CHECK(plan->wires.op_count == 3 && plan->wires.ops[0].gives == !rough);
        ek_plan_destroy(&plan);
        ek_circuit_destroy(&circuit);
    }
}

/* ---- extremes ------------------------------------------------------------------------------- */

/* Angles whose sines, or their squares, are hardly numbers any more: u, and what begins a matrix
 * with the column (1, tiny, 0, 1) / sqrt(2). */
static void test_tiny_angles(void)
{
    static const double tiny[] = {1e-155, 1e-160, 1e-170, 1e-310, 2e-323};
    static const int pairs[][2] = {{0, 1}, {1, 2}, {0, 1}};
    for (size_t i = 0; i < sizeof tiny / sizeof *tiny; i++) {
        const ek_angle u[] = {{-1, 0, tiny[i]}, {-1, 0, acos(-1) / 4}, {-1, 0, 0.1}};
        const ek_controls unless = {1, (const int[]){1}, (const int[]){0}};
        struct bound plain, simple;
        ek_circuit *circuit = NULL;
        CHECK_OK(ek_circuit_create(QUBITS, &circuit));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_U, (const int[]){3}, u, NULL));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_H, (const int[]){1}, NULL, NULL));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CX, (const int[]){1, 0}, NULL, NULL));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_RY, (const int[]){0}, u, &unless));
        for (int k = 0; k < 3; k++) {
            CHECK_OK(ek_circuit_gate(circuit, EK_GATE_ISWAP, pairs[k], NULL, NULL));
            CHECK_OK(ek_circuit_gate(circuit, EK_GATE_RXX, pairs[k], u + 1, NULL));
        }
        bind(circuit, 1, &plain);
        bind(circuit, 0, &simple);
        CHECK(simple.plan->wires.part_count == 10 && check_columns(&simple) == 1);
        check_same(&plain, &simple);
        release(&plain);
        release(&simple);
        ek_circuit_destroy(&circuit);
    }
}

/* Neither CXs that vanish in pairs nor those around all others take quadratic time: seconds, where
 * it was minutes. */
static void test_many(void)
{
    enum { MANY = 200000, MOST_SECONDS = 10 };
    const ek_plan_options options = {0};
    for (int mirrored = 0; mirrored < 2; mirrored++) {
        ek_circuit *circuit = NULL;
        ek_plan *plan = NULL;
        CHECK_OK(ek_circuit_create(QUBITS, &circuit));
        for (int i = 0; i < MANY; i++) {
            const int k = mirrored && i >= MANY / 2 ? MANY - 1 - i : i;
            const int other = 1 + k % (QUBITS - 1);
            const int qubits[2] = {mirrored ? other : 0, mirrored ? 0 : other};
            CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CX, qubits, NULL, NULL));
        }
        const clock_t start = clock();
        CHECK_OK(ek_plan_create(circuit, &options, &plan));
        CHECK(clock() - start < MOST_SECONDS * CLOCKS_PER_SEC);
        CHECK(plan->wires.op_count == 0);
        ek_plan_destroy(&plan);
        ek_circuit_destroy(&circuit);
    }
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"products stay", test_products_stay},
        {"ladders that become parities", test_ladders},
        {"runs that become products", test_runs},
        {"digits that are given stay", test_digits_stay},
        {"rough matrices give nothing", test_rough_matrices_give_nothing},
        {"tiny angles", test_tiny_angles},
        {"many gates take no quadratic time", test_many},
    };
    return test_main(argc, argv, "plan: rewrites", cases, sizeof cases / sizeof *cases);
}
