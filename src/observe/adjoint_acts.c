/* What the adjoint does to a pair of tiles. */
#include "observe/adjoint_private.h"

#include <math.h>

enum { LANE_SLOTS = 4 }; /* slots that may lie within a vector: no two of them turn together */

/* ---- grouping ------------------------------------------------------------------------------- */

static const struct ek_op *op_of(const ek_plan *plan, size_t number)
{
    return &plan->wires.ops[plan->ops[number].wire_op].op;
}

static bool is_turn(const ek_plan *plan, size_t number)
{
    const struct ek_op *op = op_of(plan, number);
    return op->kind == EK_OP_DENSE && op->control_mask == 0 &&
           (op->gate == EK_GATE_RX || op->gate == EK_GATE_RY || op->gate == EK_GATE_H);
}

static bool turn_together(const ek_plan *plan, size_t a, size_t b)
{
    const uint8_t p = plan->ops[a].position[0], q = plan->ops[b].position[0];
    return is_turn(plan, a) && is_turn(plan, b) && p != q && p >= LANE_SLOTS && q >= LANE_SLOTS;
}

static bool is_phase(const ek_plan *plan, size_t number)
{
    const struct ek_tile_op *op = &plan->ops[number];
    return op->kind == EK_OP_PARITY || (op->kind == EK_OP_TABLE && op->target_count == 0);
}

/* The act that begins with an operation; `end` is behind the block. */
static struct adjoint_act act_at(const ek_plan *plan, size_t first, size_t end, int tables)
{
    size_t phases = first;
    while (phases < end && is_phase(plan, phases)) phases++;
    if (phases > first + 1 && tables < ADJOINT_TABLES_MOST)
        return (struct adjoint_act){ADJOINT_PHASES, first, phases - first, tables};
    if (first + 1 < end && turn_together(plan, first, first + 1))
        return (struct adjoint_act){ADJOINT_TURNS, first, 2, 0};
    return (struct adjoint_act){is_turn(plan, first) ? ADJOINT_TURNS : ADJOINT_ONE, first, 1, 0};
}

/* Tables are as large as the largest tile, so that passes share them. */
static ek_status make_tables(struct ek_adjoint *adjoint, int count)
{
    const ek_plan *plan = adjoint->program->plan;
    for (; adjoint->table_count < count; adjoint->table_count++)
        EK_TRY(ek_tile_create(plan->tile_slots, plan->options.precision,
                              &adjoint->tables[adjoint->table_count]));
    return EK_OK;
}

ek_status ek_adjoint_make_acts(struct ek_adjoint *adjoint)
{
    const ek_plan *plan = adjoint->program->plan;
    size_t count = 0;
    EK_TRY(EK_NEW(adjoint->acts, plan->op_count));
    EK_TRY(EK_NEW(adjoint->first_act, plan->block_count + 1));
    for (size_t p = 0; p < plan->pass_count; p++) {
        const struct ek_pass *pass = &plan->passes[p];
        int tables = 0;
        for (size_t b = pass->first_block; b < pass->first_block + pass->block_count; b++) {
            const size_t end = plan->blocks[b].first_op + plan->blocks[b].op_count;
            adjoint->first_act[b] = count;
            for (size_t i = plan->blocks[b].first_op; i < end;) {
                const struct adjoint_act act = act_at(plan, i, end, tables);
                tables += act.kind == ADJOINT_PHASES;
                i += act.count;
                adjoint->acts[count++] = act;
            }
            adjoint->first_act[b + 1] = count;
        }
        EK_TRY(make_tables(adjoint, tables));
    }
    return EK_OK;
}

void ek_adjoint_clear_acts(struct ek_adjoint *adjoint)
{
    for (int k = 0; k < adjoint->table_count; k++) ek_release(adjoint->tables[k].re);
    ek_release(adjoint->acts);
    ek_release(adjoint->first_act);
}

/* ---- phases --------------------------------------------------------------------------------- */

/* The same on every tile. */
static bool is_inner(const struct ek_tile_op *op) { return !op->outer_mask && !op->outer_z; }
/* One number on each tile. */
static bool is_outer(const struct ek_tile_op *op) { return !op->inner_mask && !op->inner_z; }

void ek_adjoint_fill_tables(struct ek_adjoint *adjoint, const struct ek_pass *pass)
{
    const ek_program *program = adjoint->program;
    const ek_plan *plan = program->plan;
    for (size_t b = pass->first_block; b < pass->first_block + pass->block_count; b++)
        for (size_t a = adjoint->first_act[b]; a < adjoint->first_act[b + 1]; a++) {
            const struct adjoint_act *act = &adjoint->acts[a];
            if (act->kind != ADJOINT_PHASES) continue;
            struct ek_tile *table = &adjoint->tables[act->table];
            const struct ek_place place = {.tile = table};
            table->slots = ek_popcount(plan->blocks[b].active);
            program->kernels->fill(table, 1);
            for (size_t i = act->first; i < act->first + act->count; i++)
                if (is_inner(&plan->ops[i]))
                    ek_tile_apply(program, i, &program->workspaces[0], &place);
        }
}

/* What is taken out stays in this range, which single precision has room for. */
static const double LEAST_COSINE = 1e-3, LEAST_TAKEN = 1e-6;

void ek_adjoint_take_cosines(struct ek_adjoint *adjoint, const struct ek_pass *pass)
{
    const ek_program *program = adjoint->program;
    const size_t end = pass->first_op + pass->op_count;
    adjoint->taken[pass->first_op] = 1;
    for (size_t i = pass->first_op; i < end; i++) {
        const ek_complex *m = program->values + program->plan->ops[i].values;
        const double before = adjoint->taken[i];
        adjoint->taken[i + 1] = before;
        if (!is_turn(program->plan, i)) continue;
        const double cosine = m[0].re, after = before * cosine;
        const bool fits = fabs(cosine) > LEAST_COSINE && fabs(after) > LEAST_TAKEN;
        adjoint->taken[i + 1] = fits && m[3].re == cosine ? after : 1;
    }
}

/* Probes of signs, which share the products of amplitudes. */
struct signs {
    int count;
    uint32_t z[EK_SIGNS_MAX];
    struct {
        int which;
        double sign;
        double *sum;
    } uses[4 * EK_SIGNS_MAX];
    int use_count;
};

static void flush_signs(const struct ek_kernels *kernels, const struct adjoint_pair *pair,
                        struct signs *signs)
{
    double sums[EK_SIGNS_MAX];
    if (signs->count == 0) return;
    kernels->probe_signs(pair->lambda.tile, pair->psi.tile, signs->count, signs->z, sums);
    for (int k = 0; k < signs->use_count; k++)
        *signs->uses[k].sum += signs->uses[k].sign * sums[signs->uses[k].which];
    signs->count = signs->use_count = 0;
}

static void add_sign(const struct ek_kernels *kernels, const struct adjoint_pair *pair, uint32_t z,
                     double sign, double *sum, struct signs *signs)
{
    int which = 0;
    if (signs->use_count == 4 * EK_SIGNS_MAX) flush_signs(kernels, pair, signs);
    while (which < signs->count && signs->z[which] != z) which++;
    if (which == EK_SIGNS_MAX) {
        flush_signs(kernels, pair, signs);
        which = 0;
    }
    if (which == signs->count) signs->z[signs->count++] = z;
    signs->uses[signs->use_count].which = which;
    signs->uses[signs->use_count].sign = sign;
    signs->uses[signs->use_count++].sum = sum;
}

/* ---- one operation -------------------------------------------------------------------------- */

/* The values of a diagonal function, into work->values. */
static void fill_values(const ek_program *program, size_t number, const struct adjoint_pair *pair)
{
    const ek_plan *plan = program->plan;
    const struct ek_level_table *table = program->tables[number];
    const struct ek_place *place = &pair->psi;
    const size_t length = (size_t)1 << plan->row_slots, size = (size_t)1 << place->tile->slots;
    double *values = pair->work->values;
    if (!table) {
        ek_diagonal_view_fill(&program->views[number], program->kernels, place->physical,
                              pair->work->levels, values);
        return;
    }
    for (size_t r = 0; r < size / length; r++) {
        const uint16_t *level = (const uint16_t *)table->memory.all + place->local + place->row[r];
        for (size_t i = 0; i < length; i++)
            values[r * length + i] = ek_level_value(table->diagonal, level[i]);
    }
}

static double *sum_of(const struct ek_adjoint *adjoint, size_t number,
                      const struct adjoint_pair *pair)
{
    return pair->sums + (adjoint->first_probe[number] - pair->first_probe);
}

static bool acts_here(const struct ek_tile_op *op, const struct adjoint_pair *pair)
{
    return (pair->psi.physical & op->outer_mask) == op->outer_value;
}

static void probe(const struct ek_adjoint *adjoint, size_t number, const struct adjoint_pair *pair)
{
    const ek_program *program = adjoint->program;
    const struct ek_tile_op *op = &program->plan->ops[number];
    const struct ek_where where = {op->inner_mask, op->inner_value};
    const size_t first = adjoint->first_probe[number], end = adjoint->first_probe[number + 1];
    double *sums = sum_of(adjoint, number, pair);
    if (first == end || !acts_here(op, pair)) return;
    if (op->kind == EK_OP_DIAGONAL) {
        fill_values(program, number, pair);
        *sums += program->kernels->probe_values(pair->lambda.tile, pair->psi.tile,
                                                pair->work->values);
        return;
    }
    for (size_t k = first; k < end; k++) {
        const struct adjoint_probe *p = &adjoint->probes[k];
        *sums++ += program->kernels->probe(
            pair->lambda.tile, pair->psi.tile, p->x, p->z,
            p->turns + 2 * ek_parity(p->outer_z & pair->psi.physical), where);
    }
}

static void apply(const ek_program *program, size_t number, const struct adjoint_pair *pair)
{
    ek_tile_apply(program, number, pair->work, &pair->psi);
    ek_tile_apply(program, number, pair->work, &pair->lambda);
}

/* ---- acts ----------------------------------------------------------------------------------- */

static void run_turns(const struct ek_adjoint *adjoint, const struct adjoint_act *act,
                      const struct adjoint_pair *pair)
{
    const ek_program *program = adjoint->program;
    struct ek_turn turns[2];
    double sums[2];
    for (size_t k = 0; k < act->count; k++) {
        const size_t i = act->first + k, first = adjoint->first_probe[i];
        const struct ek_tile_op *op = &program->plan->ops[i];
        const ek_complex *m = program->values + op->values;
        const bool imaginary = op_of(program->plan, i)->gate == EK_GATE_RX;
        const double before = adjoint->taken[i], after = adjoint->taken[i + 1];
        const double scale = before / after;
        const bool unit = after == before * m[0].re && m[3].re == m[0].re;
        turns[k] = (struct ek_turn){
            .position = op->position[0], .imaginary = imaginary,
            .probed = adjoint->first_probe[i + 1] > first,
            .matrix = {unit ? 1 : scale * m[0].re, scale * (imaginary ? m[1].im : m[1].re),
                       scale * (imaginary ? m[2].im : m[2].re), unit ? 1 : scale * m[3].re}};
    }
    program->kernels->pair_turns(pair->lambda.tile, pair->psi.tile, (int)act->count, turns, sums);
    for (size_t k = 0; k < act->count; k++) {
        const size_t i = act->first + k;
        if (!turns[k].probed) continue;
        const bool negative = adjoint->probes[adjoint->first_probe[i]].turns & 2;
        *sum_of(adjoint, i, pair) += negative ? -sums[k] : sums[k];
    }
}

static void probe_phases(const struct ek_adjoint *adjoint, const struct adjoint_act *act,
                         const struct adjoint_pair *pair)
{
    const ek_program *program = adjoint->program;
    struct signs signs = {.count = 0};
    for (size_t i = act->first; i < act->first + act->count; i++) {
        const struct ek_tile_op *op = &program->plan->ops[i];
        const size_t first = adjoint->first_probe[i];
        if (first == adjoint->first_probe[i + 1]) continue;
        if (op->inner_mask) {
            probe(adjoint, i, pair);
        } else if (acts_here(op, pair)) {
            const struct adjoint_probe *p = &adjoint->probes[first];
            const int turns = p->turns + 2 * ek_parity(p->outer_z & pair->psi.physical);
            add_sign(program->kernels, pair, p->z, turns & 2 ? -1 : 1, sum_of(adjoint, i, pair),
                     &signs);
        }
    }
    flush_signs(program->kernels, pair, &signs);
}

static void run_phases(const struct ek_adjoint *adjoint, const struct adjoint_act *act,
                       const struct adjoint_pair *pair)
{
    const ek_program *program = adjoint->program;
    ek_complex factor = {1, 0};
    probe_phases(adjoint, act, pair);
    for (size_t i = act->first; i < act->first + act->count; i++) {
        const struct ek_tile_op *op = &program->plan->ops[i];
        if (is_inner(op)) continue; /* in the table */
        if (!is_outer(op)) {
            apply(program, i, pair);
        } else if (acts_here(op, pair)) {
            const int odd = ek_parity(pair->psi.physical & op->outer_z);
            const ek_complex a = factor, b = program->values[op->values + (size_t)odd];
            factor = (ek_complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
        }
    }
    program->kernels->pair_multiply(pair->lambda.tile, pair->psi.tile,
                                    &adjoint->tables[act->table], factor);
}

void ek_adjoint_run_block(const struct ek_adjoint *adjoint, size_t block,
                          const struct adjoint_pair *pair)
{
    for (size_t a = adjoint->first_act[block]; a < adjoint->first_act[block + 1]; a++) {
        const struct adjoint_act *act = &adjoint->acts[a];
        if (act->kind == ADJOINT_TURNS) {
            run_turns(adjoint, act, pair);
        } else if (act->kind == ADJOINT_PHASES) {
            run_phases(adjoint, act, pair);
        } else {
            probe(adjoint, act->first, pair);
            apply(adjoint->program, act->first, pair);
        }
    }
}
