/* A one-qubit matrix on a wire between two two-qubit matrices can belong to either of them. So
 * each one whose wires both go on into other such matrices gives its successors what makes its
 * first column (c, 0, 0, s), c >= s >= 0, the Schmidt form of that two-qubit state: a quarter of
 * the matrix is then next to no work (EK_STEP_SCHMIDT2), and products of all stay as they are. */
#include "plan/plan.h"

#include <math.h>

/* ---- who has successors --------------------------------------------------------------------- */

static bool is_plain(const struct ek_wire_op *wired, const struct ek_reach *reach)
{
    return wired->op.kind == EK_OP_DENSE && wired->op.target_count == 2 &&
           wired->op.control_mask == 0 && !wired->rough && reach->not_z == reach->touched &&
           reach->not_x == reach->touched;
}

void ek_gauge_mark(struct ek_wire_list *list)
{
    uint64_t taking = 0; /* wires whose next operation is such a matrix */
    for (size_t i = list->op_count; i-- > 0;) {
        const uint64_t touched = list->reach[i].touched;
        const bool plain = is_plain(&list->ops[i], &list->reach[i]);
        list->ops[i].gives = plain && (touched & ~taking) == 0;
        if (plain) taking |= touched;
        else taking &= ~touched;
    }
}

/* ---- matrices ------------------------------------------------------------------------------- */

static double norm(ek_complex a, ek_complex b)
{
    return sqrt(a.re * a.re + a.im * a.im + b.re * b.re + b.im * b.im);
}

static ek_complex dot(const ek_complex a[2], const ek_complex b[2])
{
    const ek_complex x = ek_times(a[0], b[0]), y = ek_times(a[1], b[1]);
    return (ek_complex){x.re + y.re, x.im + y.im};
}

/* A unitary matrix, row-major, whose first row is along the conjugate of v. */
static void set_rows(const ek_complex v[2], ek_complex *unitary)
{
    const double length = norm(v[0], v[1]);
    const ek_complex a = {v[0].re / length, v[0].im / length};
    const ek_complex b = {v[1].re / length, v[1].im / length};
    unitary[0] = ek_conjugate(a);
    unitary[1] = ek_conjugate(b);
    unitary[2] = (ek_complex){-b.re, -b.im};
    unitary[3] = a;
}

/* Below, what is next to 1 is nothing, and its square or its direction has lost digits. */
static const double SMALLEST = 1e-100;

/* The direction that a 2x2 matrix makes longest: the eigenvector of v^H v = [[p, h], [h*, r]] that
 * belongs to the larger eigenvalue, by the row that loses no digits. */
static void find_longest(const ek_complex *v, ek_complex direction[2])
{
    const double p = norm(v[0], v[2]) * norm(v[0], v[2]), r = norm(v[1], v[3]) * norm(v[1], v[3]);
    const ek_complex left[2] = {ek_conjugate(v[0]), ek_conjugate(v[2])}, right[2] = {v[1], v[3]};
    const ek_complex h = dot(left, right);
    const double half = (p - r) / 2, root = hypot(half, hypot(h.re, h.im));
    if (root < SMALLEST) {
        direction[0] = (ek_complex){1, 0};
        direction[1] = (ek_complex){0, 0};
        return;
    }
    direction[0] = half >= 0 ? (ek_complex){half + root, 0} : h;
    direction[1] = half >= 0 ? ek_conjugate(h) : (ek_complex){root - half, 0};
}

/* Unitary matrices that bring the state v, whose index bits are theirs, to (c, 0, 0, s). */
static void find_schmidt(const ek_complex *v, ek_complex *low, ek_complex *high)
{
    ek_complex direction[2], longest[2];
    find_longest(v, direction);
    const ek_complex row[2] = {ek_conjugate(direction[0]), ek_conjugate(direction[1])};
    set_rows(row, low);
    longest[0] = dot(v, low);
    longest[1] = dot(v + 2, low);
    set_rows(longest, high);
    const ek_complex rest[2] = {dot(v, low + 2), dot(v + 2, low + 2)};
    const ek_complex s = dot(high + 2, rest);
    const double length = hypot(s.re, s.im);
    if (length < SMALLEST) return;
    const ek_complex turn = {s.re / length, -s.im / length};
    high[2] = ek_times(high[2], turn);
    high[3] = ek_times(high[3], turn);
}

/* matrix = (unitary on index bit `bit`) matrix */
static void multiply_rows(const ek_complex *unitary, int bit, ek_complex *matrix)
{
    for (int r = 0; r < 4; r++) {
        const int other = r | 1 << bit;
        if (r == other) continue;
        for (int c = 0; c < 4; c++) {
            const ek_complex pair[2] = {matrix[4 * r + c], matrix[4 * other + c]};
            matrix[4 * r + c] = dot(unitary, pair);
            matrix[4 * other + c] = dot(unitary + 2, pair);
        }
    }
}

/* matrix = matrix (unitary on index bit `bit`)^H */
static void multiply_columns(const ek_complex *unitary, int bit, ek_complex *matrix)
{
    ek_complex rows[4];
    for (int i = 0; i < 4; i++) rows[i] = ek_conjugate(unitary[i]);
    for (int c = 0; c < 4; c++) {
        const int other = c | 1 << bit;
        if (c == other) continue;
        for (int r = 0; r < 4; r++) {
            const ek_complex pair[2] = {matrix[4 * r + c], matrix[4 * r + other]};
            matrix[4 * r + c] = dot(rows, pair);
            matrix[4 * r + other] = dot(rows + 2, pair);
        }
    }
}

/* ---- numbers -------------------------------------------------------------------------------- */

struct pending {
    uint64_t wires; /* that have one */
    ek_complex unitary[64][4]; /* whose inverse the wire's next matrix takes */
};

static void take(struct pending *pending, const struct ek_op *op, ek_complex *matrix)
{
    for (int j = 0; j < 2; j++)
        if (pending->wires & ek_bit(op->target[j]))
            multiply_columns(pending->unitary[op->target[j]], j, matrix);
    pending->wires &= ~ek_op_targets(op);
}

static void give(struct pending *pending, const struct ek_op *op, ek_complex *matrix)
{
    const ek_complex column[4] = {matrix[0], matrix[4], matrix[8], matrix[12]};
    ek_complex *low = pending->unitary[op->target[0]], *high = pending->unitary[op->target[1]];
    find_schmidt(column, low, high);
    multiply_rows(low, 0, matrix);
    multiply_rows(high, 1, matrix);
    matrix[4] = matrix[8] = (ek_complex){0, 0};
    matrix[0].im = matrix[12].im = 0;
    pending->wires |= ek_op_targets(op);
}

void ek_gauge_fix(const struct ek_wire_list *list, ek_complex *values)
{
    struct pending pending;
    pending.wires = 0;
    for (size_t i = 0; i < list->op_count; i++) {
        const struct ek_wire_op *wired = &list->ops[i];
        ek_complex *mine = values + wired->values;
        if (list->reach[i].touched & pending.wires) take(&pending, &wired->op, mine);
        if (wired->gives) give(&pending, &wired->op, mine);
    }
}
