/* Runs of operations on few wires -> their products, where those are less work: on two wires one
 * matrix; on one wire a rotation by Y between two phases, which commute with controls and are
 * multiplied together with other phases. What depends on no parameter decides; the numbers
 * follow. */
#include "plan/plan.h"

#include <math.h>

/* ---- what it costs -------------------------------------------------------------------------- */

/* In rotations of one wire, as plan/work.c has them, but phases, which share their steps with
 * others, and strings, which are kernels of their own. A matrix on two wires costs less than is
 * said here, but it wants both resident and lets nothing pass; one that is there takes up what
 * stands beside it. */
static const double ROTATION = 1, PHASE = 0.7, GENERAL = 4, CONTROLLED_X = 0.9, CONTROLLED = 2.5,
                    STRING = 5, EULER = 2.4, MATRIX = 8;

/* True for a number times a matrix of real numbers, or with imaginary ones off the diagonal. */
static bool is_rotation(const ek_complex *m)
{
    const ek_complex unit = {m[0].re, -m[0].im};
    const ek_complex a = ek_times(m[1], unit), b = ek_times(m[2], unit), d = ek_times(m[3], unit);
    const double tiny = 1e-15;
    return fabs(d.im) < tiny && ((fabs(a.im) < tiny && fabs(b.im) < tiny) ||
                                 (fabs(a.re) < tiny && fabs(b.re) < tiny));
}

static double cost_of(const ek_circuit *circuit, const struct ek_op *op)
{
    if (op->kind == EK_OP_PAULI) return STRING;
    if (op->kind != EK_OP_DENSE) return PHASE;
    if (op->target_count == 2) return MATRIX;
    if (op->gate == EK_GATE_CX) return CONTROLLED_X;
    if (op->control_mask) return CONTROLLED;
    if (op->gate == EK_GATE_U) return GENERAL;
    return op->gate != EK_GATE_COUNT || is_rotation(ek_op_own_values(circuit, op)) ? ROTATION
                                                                                    : GENERAL;
}

/* The largest entry of U U^H - 1. */
static double find_matrix_off(const ek_complex *m, size_t size)
{
    double most = 0; /* its square */
    for (size_t a = 0; a < size; a++)
        for (size_t b = 0; b <= a; b++) {
            ek_complex sum = {a == b ? -1 : 0, 0};
            for (size_t k = 0; k < size; k++) {
                const ek_complex z = ek_times(m[size * a + k], ek_conjugate(m[size * b + k]));
                sum = (ek_complex){sum.re + z.re, sum.im + z.im};
            }
            most = fmax(most, sum.re * sum.re + sum.im * sum.im);
        }
    return sqrt(most);
}

/* Matrices and phases that somebody gives are as unitary as their digits say: how far from it. */
static double find_off(const ek_circuit *circuit, const struct ek_wire_op *wired)
{
    const struct ek_op *op = &wired->op;
    const bool table = op->kind == EK_OP_TABLE || wired->phase;
    if (op->gate != EK_GATE_COUNT || (op->kind != EK_OP_DENSE && !table)) return 0;
    const ek_complex *m = ek_op_own_values(circuit, op);
    const size_t size = (size_t)1 << op->target_count;
    double off = 0;
    if (!table) return find_matrix_off(m, size);
    for (size_t i = 0; i < size; i++) off = fmax(off, fabs(hypot(m[i].re, m[i].im) - 1));
    return off;
}

/* A rotation between phases is always unitary: nobody's last digits are to be lost in it. The
 * product of many is no better than all together, and must still pass for a unitary matrix, see
 * ek_program_remaining. */
static const double MOST_OFF_OF_ONE = 1e-14, MOST_OFF = 2e-9;

/* ---- runs and blocks ------------------------------------------------------------------------ */

enum { NONE = -1 };

/* Operations that follow each other on one wire, or a block of them on two wires. All that touches
 * these wires between the first and the last of them is among them, so all of them can be done at
 * `last`: where the last one stands, of a block the last one on both wires. */
struct run {
    size_t last, first_part;
    double cost, off; /* together */
    uint64_t wires, resident, not_x, not_z;
    uint32_t count, filled;
    int block; /* of a run on one wire: the one on two wires that holds it */
    bool rough, fused;
};

struct fusion {
    const ek_circuit *circuit;
    int widest;
    struct ek_wire_list *list;
    struct run *runs, *blocks;
    int run_count, block_count;
    int *run_of, *block_of; /* of each operation */
    int open_run[64], open_block[64];
    int partner[64]; /* the other wire of the open block */
};

static bool can_fuse(const struct ek_op *op, uint64_t touched)
{
    const bool plain = op->kind == EK_OP_DENSE || op->kind == EK_OP_TABLE ||
                       op->kind == EK_OP_PARITY || op->kind == EK_OP_PAULI;
    const int count = ek_popcount(touched);
    return plain && count > 0 && count <= 2;
}

static void close_wire(struct fusion *f, int wire)
{
    if (f->open_block[wire] != NONE) {
        const int other = f->partner[wire];
        f->open_block[other] = f->open_run[other] = NONE;
    }
    f->open_block[wire] = f->open_run[wire] = NONE;
}

static void add_to(const struct fusion *f, size_t i, struct run *run)
{
    struct ek_wire_op *wired = &f->list->ops[i];
    const struct ek_reach *reach = &f->list->reach[i];
    const double off = find_off(f->circuit, wired);
    run->last = i;
    run->cost += cost_of(f->circuit, &wired->op);
    run->off += off;
    run->rough |= off > MOST_OFF_OF_ONE;
    wired->rough = off > MOST_OFF;
    run->count++;
    run->wires |= reach->touched;
    run->resident |= reach->resident;
    run->not_x |= reach->not_x;
    run->not_z |= reach->not_z;
}

static void add_single(struct fusion *f, size_t i, int wire)
{
    if (f->open_run[wire] == NONE) {
        f->runs[f->run_count] = (struct run){.block = f->open_block[wire]};
        f->open_run[wire] = f->run_count++;
    }
    struct run *run = &f->runs[f->open_run[wire]];
    add_to(f, i, run);
    f->run_of[i] = f->open_run[wire];
}

static void add_pair(struct fusion *f, size_t i, const int wire[2])
{
    if (f->open_block[wire[0]] == NONE || f->open_block[wire[0]] != f->open_block[wire[1]]) {
        for (int j = 0; j < 2; j++)
            if (f->open_block[wire[j]] != NONE) close_wire(f, wire[j]);
        for (int j = 0; j < 2; j++) {
            f->open_block[wire[j]] = f->block_count;
            f->partner[wire[j]] = wire[1 - j];
            if (f->open_run[wire[j]] != NONE) f->runs[f->open_run[wire[j]]].block = f->block_count;
        }
        f->blocks[f->block_count++] = (struct run){.block = NONE};
    }
    struct run *block = &f->blocks[f->open_block[wire[0]]];
    add_to(f, i, block);
    f->block_of[i] = f->open_block[wire[0]];
    f->open_run[wire[0]] = f->open_run[wire[1]] = NONE;
}

static void find_runs(struct fusion *f)
{
    for (int w = 0; w < 64; w++) f->open_run[w] = f->open_block[w] = NONE;
    for (size_t i = 0; i < f->list->op_count; i++) {
        uint64_t touched = f->list->reach[i].touched;
        f->run_of[i] = f->block_of[i] = NONE;
        if (can_fuse(&f->list->ops[i].op, touched)) {
            const int low = ek_lowest_bit(touched);
            const uint64_t rest = touched & (touched - 1);
            if (rest) add_pair(f, i, (const int[]){low, ek_lowest_bit(rest)});
            else add_single(f, i, low);
        } else {
            for (; touched; touched &= touched - 1) close_wire(f, ek_lowest_bit(touched));
        }
    }
}

/* Blocks with the runs that they hold; then the runs that are left. Gives how many operations
 * become parts, `more` how many take their place. */
static size_t choose(struct fusion *f, size_t *more)
{
    size_t parts = 0;
    for (int r = 0; r < f->run_count; r++) {
        const struct run *run = &f->runs[r];
        if (run->block == NONE) continue;
        struct run *block = &f->blocks[run->block];
        block->cost += fmin(run->cost, EULER);
        block->off += run->off;
        block->resident |= run->resident;
        block->not_x |= run->not_x;
        block->not_z |= run->not_z;
        block->count += run->count;
    }
    *more = 0;
    for (int b = 0; b < f->block_count; b++) {
        struct run *block = &f->blocks[b];
        block->fused = block->cost > MATRIX && block->count > 1 && f->widest >= 2 &&
                       ek_popcount(block->resident) == 2 && block->off <= MOST_OFF;
        if (block->fused) parts += block->count, *more += 1;
    }
    for (int r = 0; r < f->run_count; r++) {
        struct run *run = &f->runs[r];
        const bool inside = run->block != NONE && f->blocks[run->block].fused;
        run->fused = !inside && run->cost > EULER && run->resident && !run->rough;
        if (run->fused) parts += run->count, *more += 3;
    }
    return parts;
}

/* ---- the new list --------------------------------------------------------------------------- */

/* The operation on bits of the index of a matrix on these wires. */
static struct ek_wire_op to_part(const struct ek_wire_op *wired, uint64_t wires)
{
    struct ek_wire_op part = *wired;
    struct ek_op *op = &part.op;
    for (int j = 0; j < op->target_count; j++)
        op->target[j] = (uint8_t)ek_popcount(wires & ek_low_bits(op->target[j]));
    op->control_mask = ek_extract(op->control_mask, wires);
    op->control_value = ek_extract(op->control_value, wires);
    op->x_mask = ek_extract(op->x_mask, wires);
    op->z_mask = ek_extract(op->z_mask, wires);
    return part;
}

static struct ek_op phase_on(uint64_t wire)
{
    return (struct ek_op){.kind = EK_OP_TABLE, .gate = EK_GATE_COUNT, .control_mask = wire,
                          .control_value = wire};
}

static struct ek_op matrix_on(uint64_t wires)
{
    struct ek_op op = {.kind = EK_OP_DENSE, .gate = EK_GATE_COUNT};
    for (; wires; wires &= wires - 1)
        op.target[op.target_count++] = (uint8_t)ek_lowest_bit(wires);
    return op;
}

/* What stands for a run or a block. A matrix commutes with X or Z where all its parts do. */
static void append_product(const struct fusion *f, const struct run *run)
{
    struct ek_wire_op product = {.first_part = run->first_part, .part_count = run->count};
    if (run->wires & (run->wires - 1)) {
        product.op = matrix_on(run->wires);
        product.op.x_like = run->wires & ~run->not_x;
        product.op.z_like = run->wires & ~run->not_z;
        ek_wire_list_put(f->list, product);
    } else {
        struct ek_wire_op turn = {.op = matrix_on(run->wires)};
        turn.op.gate = EK_GATE_RY; /* times a phase */
        product.op = phase_on(run->wires);
        ek_wire_list_put(f->list, product);
        ek_wire_list_put(f->list, turn);
        ek_wire_list_put(f->list, (struct ek_wire_op){.op = phase_on(run->wires)});
    }
}

static struct run *fused_run(const struct fusion *f, size_t i)
{
    const int r = f->run_of[i];
    const int b = r == NONE ? f->block_of[i] : f->runs[r].block;
    if (b != NONE && f->blocks[b].fused) return &f->blocks[b];
    return r != NONE && f->runs[r].fused ? &f->runs[r] : NULL;
}

static ek_status rebuild(struct fusion *f, size_t parts, size_t more)
{
    struct ek_wire_list *list = f->list, old = *list;
    size_t used = 0;
    list->op_count = list->value_count = 0;
    list->op_capacity = old.op_count - parts + more;
    EK_TRY(EK_NEW(list->parts, parts));
    list->ops = NULL;
    const ek_status status = EK_NEW(list->ops, list->op_capacity);
    for (size_t i = 0; i < old.op_count && status == EK_OK; i++) {
        struct run *run = fused_run(f, i);
        if (!run) {
            ek_wire_list_put(list, old.ops[i]);
            continue;
        }
        if (run->filled == 0) run->first_part = used, used += run->count;
        struct ek_wire_op *part = &list->parts[run->first_part + run->filled++];
        *part = to_part(&old.ops[i], run->wires);
        part->values = list->value_count;
        list->value_count += ek_op_value_count(&part->op);
        if (i == run->last) append_product(f, run);
    }
    list->part_count = parts;
    ek_release(old.ops);
    return status == EK_OK ? ek_find_reach(list) : status;
}

static ek_status find_and_rebuild(struct fusion *f)
{
    const size_t count = f->list->op_count;
    size_t more;
    EK_TRY(EK_NEW_RAW(f->runs, count));
    EK_TRY(EK_NEW_RAW(f->blocks, count));
    EK_TRY(EK_NEW_RAW(f->run_of, count));
    EK_TRY(EK_NEW_RAW(f->block_of, count));
    find_runs(f);
    const size_t parts = choose(f, &more);
    return parts > 0 ? rebuild(f, parts, more) : EK_OK;
}

ek_status ek_fuse(const ek_circuit *circuit, int widest, struct ek_wire_list *list)
{
    struct fusion f = {.circuit = circuit, .widest = widest, .list = list};
    const ek_status status = find_and_rebuild(&f);
    ek_release(f.runs);
    ek_release(f.blocks);
    ek_release(f.run_of);
    ek_release(f.block_of);
    return status;
}

/* ---- numbers -------------------------------------------------------------------------------- */

static void multiply_parts(const struct ek_wire_list *list, const struct ek_wire_op *product,
                           const ek_complex *values, size_t size, ek_complex *matrix)
{
    for (size_t c = 0; c < size; c++) {
        ek_complex column[4] = {{0, 0}};
        column[c].re = 1;
        for (size_t p = 0; p < product->part_count; p++) {
            const struct ek_wire_op *part = &list->parts[product->first_part + p];
            ek_op_multiply(&part->op, values + part->values, size, column);
        }
        for (size_t r = 0; r < size; r++) matrix[size * r + c] = column[r];
    }
}

static const double SMALLEST = 1e-290;

/* z / |z|, or 1 where there is none, or not with all its digits. */
static ek_complex direction(ek_complex z)
{
    const double length = hypot(z.re, z.im);
    return length > SMALLEST ? (ek_complex){z.re / length, z.im / length} : (ek_complex){1, 0};
}

/* A unitary matrix as diag(1, last) unit [[c, -s], [s, c]] diag(1, first): the phase `first`, the
 * matrix and the phase `last`, one after the other. Of the entries, which say some things twice,
 * the larger ones are asked. */
static void split_matrix(const ek_complex *m, ek_complex *values)
{
    const double c = hypot(m[0].re, m[0].im), s = hypot(m[2].re, m[2].im);
    const ek_complex unit = direction(m[0]), low = direction(m[2]);
    const ek_complex minus = {-m[1].re, -m[1].im};
    const ek_complex first = c >= s ? ek_times(direction(m[3]), ek_conjugate(low))
                                    : ek_times(direction(minus), ek_conjugate(unit));
    const ek_complex turned = {unit.re * c, unit.im * c}, aside = {unit.re * s, unit.im * s};
    values[0] = first;
    values[1] = values[4] = turned;
    values[2] = (ek_complex){-aside.re, -aside.im};
    values[3] = aside;
    values[5] = ek_times(low, ek_conjugate(unit));
}

size_t ek_fuse_values(const struct ek_wire_list *list, size_t number, ek_complex *values)
{
    const struct ek_wire_op *product = &list->ops[number];
    ek_complex matrix[4];
    if (product->op.kind == EK_OP_DENSE) {
        multiply_parts(list, product, values, 4, values + product->values);
        return 1;
    }
    multiply_parts(list, product, values, 2, matrix);
    split_matrix(matrix, values + product->values);
    return 3;
}
