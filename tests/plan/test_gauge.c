/* Two-qubit matrices that give their successors what makes their first column simple: which ones
 * do, what they look like then, and that their product stays. */
#include "plan/plan.h"
#include "support/harness.h"
#include "support/random_circuit.h"
#include "support/reference.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { QUBITS = 6, STEPS = 40 };

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

/* Mostly two-qubit matrices; between them what they cannot be given through, and what only renames
 * or inverts. */
static ek_circuit *draw(uint64_t seed)
{
    uint64_t source = seed;
    ek_circuit *circuit = NULL;
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    for (int i = 0; i < STEPS; i++) {
        int q[QUBITS];
        double complex matrix[16];
        const ek_controls control = {1, q + 2, (const int[]){random_below(&source, 2)}};
        random_qubits(&source, QUBITS, QUBITS, q);
        const int kind = random_below(&source, 14);
        random_unitary(&source, kind == 0 ? 1 : 2, matrix);
        if (kind == 0) add_unitary(circuit, 1, q, matrix, NULL);
        else if (kind == 1) add_unitary(circuit, 2, q, matrix, &control);
        else if (kind == 2) CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CZ, q, NULL, NULL));
        else if (kind == 3) CHECK_OK(ek_circuit_gate(circuit, EK_GATE_X, q, NULL, NULL));
        else if (kind == 4) CHECK_OK(ek_circuit_gate(circuit, EK_GATE_SWAP, q, NULL, NULL));
        else if (kind == 5) CHECK_OK(ek_circuit_gate(circuit, EK_GATE_ISWAP, q, NULL, NULL));
        else {
            if (kind < 9) special(&source, matrix);
            add_unitary(circuit, 2, q, matrix, NULL);
        }
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
    ek_plan_bind(b->plan, NULL, b->values);
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

static void apply(const struct bound *b, struct reference *state)
{
    for (size_t i = 0; i < b->plan->wires.op_count; i++) {
        const struct ek_op *op = &b->plan->wires.ops[i].op;
        const struct reference_controls controls = {op->control_mask, op->control_value};
        const int count = op->target_count, square = 1 << 2 * count;
        double complex values[16];
        int wires[2];
        for (int j = 0; j < count; j++) wires[j] = op->target[j];
        CHECK(op->kind == EK_OP_DENSE || op->kind == EK_OP_TABLE);
        for (int k = 0; k < (op->kind == EK_OP_DENSE ? square : 1 << count); k++)
            values[k] = entry(b, i, k);
        if (op->kind == EK_OP_DENSE) reference_matrix(state, count, wires, values, controls);
        else reference_phases(state, count, wires, values, controls);
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
    return op->control_mask >> wire & 1;
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
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct bound plain, simple;
        ek_circuit *circuit = draw(seed);
        bind(circuit, 1, &plain);
        bind(circuit, 0, &simple);
        count += check_columns(&simple);
        check_same(&plain, &simple);
        release(&plain);
        release(&simple);
        ek_circuit_destroy(&circuit);
    }
    printf("%d matrices\n", count);
    CHECK(count > 300);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"products stay", test_products_stay},
    };
    return test_main(argc, argv, "plan: gauge", cases, sizeof cases / sizeof *cases);
}
