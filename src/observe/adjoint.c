#include "observe/adjoint_private.h"

#include <string.h>

enum { SEGMENTS = 256 }; /* runs of tiles whose sums are added in order */

/* ---- making --------------------------------------------------------------------------------- */

static bool has_parameter(const ek_circuit *circuit, const struct ek_op *op)
{
    for (int j = 0; j < op->angle_count; j++)
        if (circuit->angles[op->angles + (size_t)j].parameter >= 0) return true;
    return false;
}

/* Nothing before the first operation with a parameter need be undone. */
static ek_status find_first(const ek_circuit *circuit, size_t *first)
{
    struct ek_generator strings[EK_GENERATORS_MAX];
    *first = circuit->op_count;
    for (size_t i = circuit->op_count; i-- > 0;) {
        const struct ek_op *op = &circuit->ops[i];
        if (!has_parameter(circuit, op)) continue;
        if (ek_op_generators(op, strings) == 0)
            return EK_FAIL(EK_ERROR_UNSUPPORTED,
                           "operation %zu, gate \"%s\", has a parameter but no known derivative",
                           i, op->gate < EK_GATE_COUNT ? ek_gate_name(op->gate) : "unnamed");
        *first = i;
    }
    return EK_OK;
}

static struct adjoint_probe probe_of(const struct ek_wire_op *wired, const struct ek_tile_op *op,
                             const struct ek_generator *string)
{
    struct adjoint_probe probe = {0};
    bool negated = op->negated;
    if (op->kind == EK_OP_PARITY || op->kind == EK_OP_PAULI)
        probe = (struct adjoint_probe){op->inner_x, op->inner_z, op->outer_z, 0};
    for (int j = 0; op->kind == EK_OP_DENSE && j < op->target_count; j++) {
        const uint64_t target = ek_bit(wired->op.target[j]);
        if (string->x_mask & target) probe.x |= 1u << op->position[j];
        if (string->z_mask & target) {
            probe.z |= 1u << op->position[j];
            negated ^= op->inverted >> j & 1;
        }
    }
    probe.turns = ek_popcount(probe.x & probe.z) + 2 * negated;
    return probe;
}

static ek_status make_probes(struct ek_adjoint *adjoint)
{
    const ek_plan *plan = adjoint->program->plan;
    size_t count = 0;
    EK_TRY(EK_NEW(adjoint->first_probe, plan->op_count + 1));
    EK_TRY(EK_NEW(adjoint->probes, plan->op_count * EK_GENERATORS_MAX));
    for (size_t i = 0; i < plan->op_count; i++) {
        const struct ek_wire_op *wired = &plan->wires.ops[plan->ops[i].wire_op];
        struct ek_generator strings[EK_GENERATORS_MAX];
        const int own = has_parameter(plan->circuit, &wired->op)
                            ? ek_op_generators(&wired->op, strings) : 0;
        for (int k = 0; k < own; k++)
            adjoint->probes[count++] = probe_of(wired, &plan->ops[i], &strings[k]);
        adjoint->first_probe[i + 1] = count;
    }
    EK_TRY(EK_NEW(adjoint->taken, plan->op_count + 1));
    return EK_NEW(adjoint->sums, count);
}

static size_t probes_of(const struct ek_adjoint *adjoint, const struct ek_pass *pass)
{
    return adjoint->first_probe[pass->first_op + pass->op_count] -
           adjoint->first_probe[pass->first_op];
}

static ek_status make_buffers(struct ek_adjoint *adjoint)
{
    const ek_plan *plan = adjoint->program->plan;
    size_t most = 0;
    EK_TRY(make_probes(adjoint));
    EK_TRY(ek_adjoint_make_acts(adjoint));
    for (size_t p = 0; p < plan->pass_count; p++)
        if (probes_of(adjoint, &plan->passes[p]) > most)
            most = probes_of(adjoint, &plan->passes[p]);
    EK_TRY(EK_NEW(adjoint->partial, SEGMENTS * most));
    EK_TRY(EK_NEW(adjoint->seconds, adjoint->program->threads));
    for (int t = 0; t < adjoint->program->threads; t++) {
        struct ek_workspace *work = &adjoint->seconds[t];
        EK_TRY(ek_tile_create(plan->tile_slots, plan->options.precision, &work->tile));
        EK_TRY(ek_tile_create(plan->block_slots, plan->options.precision, &work->part));
    }
    return EK_OK;
}

ek_status ek_adjoint_circuit(const ek_circuit *circuit, ek_circuit **inverse)
{
    size_t first;
    EK_TRY(find_first(circuit, &first));
    return ek_circuit_inverse(circuit, first, inverse);
}

ek_status ek_adjoint_create(ek_session *session, const ek_circuit *circuit,
                            const ek_plan_options *options, const struct ek_layout *entry,
                            struct ek_adjoint **adjoint)
{
    struct ek_adjoint *fresh = NULL;
    ek_circuit *inverse = NULL;
    ek_plan_options tiled = options ? *options : (ek_plan_options){0};
    tiled.tiled = true;
    ek_status status = EK_NEW(fresh, 1);
    if (status == EK_OK) status = ek_adjoint_circuit(circuit, &inverse);
    status = ek_session_agree(session, status);
    if (status == EK_OK)
        status = ek_program_create_from(session, inverse, &tiled, entry, &fresh->program);
    if (status == EK_OK) status = ek_session_agree(session, make_buffers(fresh));
    ek_circuit_destroy(&inverse);
    if (status == EK_OK) *adjoint = fresh;
    else ek_adjoint_destroy(&fresh);
    return status;
}

void ek_adjoint_destroy(struct ek_adjoint **adjoint)
{
    if (!adjoint || !*adjoint) return;
    struct ek_adjoint *old = *adjoint;
    for (int t = 0; old->seconds && t < old->program->threads; t++) {
        ek_release(old->seconds[t].tile.re);
        ek_release(old->seconds[t].part.re);
    }
    ek_adjoint_clear_acts(old);
    ek_release(old->seconds);
    ek_release(old->first_probe);
    ek_release(old->taken);
    ek_release(old->probes);
    ek_release(old->sums);
    ek_release(old->partial);
    ek_program_destroy(&old->program);
    ek_release(old);
    *adjoint = NULL;
}

/* ---- passes --------------------------------------------------------------------------------- */

/* A tile from the amplitude that has the offset `inside` in it. */
static struct ek_tile shift(const ek_program *program, const struct ek_tile *tile, uint64_t inside)
{
    const size_t bytes = inside * ek_amplitude_bytes(program->plan->options.precision) / 2;
    return (struct ek_tile){(char *)tile->re + bytes, (char *)tile->im + bytes, tile->slots};
}

/* As the executor of one state does it. */
static void run_in_parts(const struct ek_adjoint *adjoint, const struct ek_pass *pass,
                         size_t block, struct ek_workspace *second,
                         const struct adjoint_pair *whole)
{
    const ek_program *program = adjoint->program;
    const ek_plan *plan = program->plan;
    const uint64_t rest = pass->active & ~plan->blocks[block].active;
    const size_t parts = (size_t)1 << (whole->psi.tile->slots - plan->block_slots);
    const size_t rows = (size_t)1 << (plan->block_slots - plan->row_slots);
    const size_t *in_tile = program->part_rows + block * rows;
    const size_t *in_state = program->block_rows + block * rows;
    for (size_t p = 0; p < parts; p++) {
        const uint64_t offset = ek_deposit(p, rest), inside = ek_extract(offset, pass->active);
        const struct ek_tile psi = shift(program, whole->psi.tile, inside);
        const struct ek_tile lambda = shift(program, whole->lambda.tile, inside);
        const struct ek_place place = {&whole->work->part, whole->psi.physical | offset,
                                       whole->psi.local | offset, in_state};
        struct adjoint_pair pair = {place, place, whole->work, whole->sums,
                                    whole->first_probe};
        pair.lambda.tile = &second->part;
        program->kernels->take_part(&psi, in_tile, plan->row_slots, pair.psi.tile);
        program->kernels->take_part(&lambda, in_tile, plan->row_slots, pair.lambda.tile);
        ek_adjoint_run_block(adjoint, block, &pair);
        program->kernels->put_part(&psi, in_tile, plan->row_slots, pair.psi.tile);
        program->kernels->put_part(&lambda, in_tile, plan->row_slots, pair.lambda.tile);
    }
}

struct states {
    ek_state *lambda, *psi;
};

static void run_tile(const struct ek_adjoint *adjoint, const struct ek_pass *pass, size_t number,
                     const struct states *states, double *sums)
{
    const ek_program *program = adjoint->program;
    const ek_complex scale = {adjoint->taken[pass->first_op + pass->op_count], 0};
    const ek_plan *plan = program->plan;
    const size_t local = ek_deposit(number, ek_low_bits(plan->reach_slots) & ~pass->active);
    struct ek_workspace *first = &program->workspaces[ek_thread_number()];
    struct ek_workspace *second = &adjoint->seconds[ek_thread_number()];
    const int slots = ek_popcount(pass->active), row_slots = plan->row_slots;
    const struct ek_tile psi = {first->tile.re, first->tile.im, slots};
    const struct ek_tile lambda = {second->tile.re, second->tile.im, slots};
    const uint64_t physical = ek_state_shared_first(states->psi) | local;
    const struct adjoint_pair pair = {{&lambda, physical, local, program->rows},
                              {&psi, physical, local, program->rows}, first, sums,
                                      adjoint->first_probe[pass->first_op]};
    void *const psi_at = ek_amplitudes_at(states->psi, local);
    void *const lambda_at = ek_amplitudes_at(states->lambda, local);
    program->kernels->gather(psi_at, program->rows, row_slots, &psi);
    program->kernels->gather(lambda_at, program->rows, row_slots, &lambda);
    for (size_t b = pass->first_block; b < pass->first_block + pass->block_count; b++) {
        if (plan->blocks[b].active == pass->active) ek_adjoint_run_block(adjoint, b, &pair);
        else run_in_parts(adjoint, pass, b, second, &pair);
    }
    program->kernels->scatter(psi_at, program->rows, row_slots, &psi, scale);
    program->kernels->scatter(lambda_at, program->rows, row_slots, &lambda, scale);
}

/* Adds the probes of a segment, each with what had been taken out of both tiles by then. */
static void add_partial(struct ek_adjoint *adjoint, const struct ek_pass *pass,
                        const double *partial)
{
    const size_t first = adjoint->first_probe[pass->first_op];
    for (size_t i = pass->first_op; i < pass->first_op + pass->op_count; i++)
        for (size_t k = adjoint->first_probe[i]; k < adjoint->first_probe[i + 1]; k++)
            adjoint->sums[k] += adjoint->taken[i] * adjoint->taken[i] * partial[k - first];
}

/* Segments are equal runs of tiles, whatever the threads. */
static void run_tiles(struct ek_adjoint *adjoint, const struct ek_pass *pass,
                      const struct states *states)
{
    const struct ek_tiles tiles = ek_tiles_find(adjoint->program, pass->active);
    const size_t segments = tiles.count < SEGMENTS ? tiles.count : SEGMENTS;
    const size_t length = segments ? tiles.count / segments : 0;
    const size_t width = probes_of(adjoint, pass);
    const int threads = adjoint->program->threads;
    memset(adjoint->partial, 0, segments * width * sizeof *adjoint->partial);
    ek_pass_prepare(adjoint->program, pass);
    ek_adjoint_fill_tables(adjoint, pass);
    ek_adjoint_take_cosines(adjoint, pass);
    ek_pass_meet(adjoint->program, pass);
#pragma omp parallel for schedule(static) num_threads(threads) if (tiles.count > 1)
    for (size_t s = 0; s < segments; s++)
        for (size_t t = s * length; t < (s + 1) * length; t++)
            run_tile(adjoint, pass, tiles.first + t, states, adjoint->partial + s * width);
    ek_pass_meet(adjoint->program, pass);
    for (size_t s = 0; s < segments; s++)
        add_partial(adjoint, pass, adjoint->partial + s * width);
}

static void run_grover(struct ek_adjoint *adjoint, const struct ek_pass *pass,
                       const struct ek_stage *stage, const struct states *states)
{
    ek_program *program = adjoint->program;
    const struct ek_tile_op *op = &program->plan->ops[pass->first_op];
    const size_t first = adjoint->first_probe[pass->first_op];
    if (probes_of(adjoint, pass) > 0) {
        const double sum = ek_grover_probe(program, op, stage, states->lambda, states->psi);
        if (ek_session_rank(program->session) == 0) adjoint->sums[first] = sum;
    }
    ek_grover_run(program, op, stage, states->psi);
    ek_grover_run(program, op, stage, states->lambda);
}

static void run_wide(struct ek_adjoint *adjoint, const struct ek_pass *pass,
                     const struct ek_stage *stage, const struct states *states)
{
    ek_program *program = adjoint->program;
    if (probes_of(adjoint, pass) > 0) {
        const double sum = ek_wide_probe(program, pass, stage, states->lambda, states->psi);
        if (ek_session_rank(program->session) == 0)
            adjoint->sums[adjoint->first_probe[pass->first_op]] = sum;
    }
    ek_wide_run(program, pass, stage, states->psi);
    ek_wide_run(program, pass, stage, states->lambda);
}

static void run_pass(struct ek_adjoint *adjoint, const struct ek_pass *pass,
                     const struct ek_stage *stage, const struct states *states)
{
    if (pass->grover) {
        run_grover(adjoint, pass, stage, states);
    } else if (pass->wide) {
        run_wide(adjoint, pass, stage, states);
    } else if (pass->fourier) {
        ek_fourier_run(adjoint->program, pass, stage, states->psi);
        ek_fourier_run(adjoint->program, pass, stage, states->lambda);
    } else {
        run_tiles(adjoint, pass, states);
    }
}

/* ---- the whole way -------------------------------------------------------------------------- */

/* The probes of one operation -> derivatives by its parameters. */
static void collect(const struct ek_adjoint *adjoint, size_t number, const double *parameters,
                    double *derivatives)
{
    const ek_plan *plan = adjoint->program->plan;
    const struct ek_op *op = &plan->wires.ops[plan->ops[number].wire_op].op;
    const ek_angle *angles = plan->circuit->angles + op->angles;
    const size_t first = adjoint->first_probe[number];
    double weights[EK_ANGLES_MAX][EK_GENERATORS_MAX], values[EK_ANGLES_MAX];
    if (adjoint->first_probe[number + 1] == first) return;
    for (int j = 0; j < op->angle_count; j++) values[j] = ek_angle_value(&angles[j], parameters);
    ek_op_generator_weights(op, values, weights);
    for (int j = 0; j < op->angle_count; j++) {
        double sum = 0;
        for (size_t k = first; k < adjoint->first_probe[number + 1]; k++)
            sum += weights[j][k - first] * adjoint->sums[k];
        if (angles[j].parameter >= 0)
            derivatives[angles[j].parameter] -= 2 * angles[j].scale * sum;
    }
}

void ek_adjoint_run(struct ek_adjoint *adjoint, const double *parameters, ek_state *lambda,
                    ek_state *psi, double *derivatives)
{
    ek_program *program = adjoint->program;
    const ek_plan *plan = program->plan;
    const struct states states = {lambda, psi};
    const size_t probes = adjoint->first_probe[plan->op_count];
    memset(adjoint->sums, 0, probes * sizeof *adjoint->sums);
    memset(derivatives, 0, plan->circuit->parameter_count * sizeof *derivatives);
    ek_program_bind(program, parameters);
    for (size_t s = 0; s < plan->stage_count; s++) {
        const struct ek_stage *stage = &plan->stages[s];
        if (stage->swap_count > 0) {
            ek_reshuffle_run(program, stage->swap_count, stage->swaps, psi);
            ek_reshuffle_run(program, stage->swap_count, stage->swaps, lambda);
        }
        for (size_t p = stage->first_pass; p < stage->first_pass + stage->pass_count; p++)
            run_pass(adjoint, &plan->passes[p], stage, &states);
    }
    ek_sum_ranks(program->session, adjoint->sums, probes);
    for (size_t i = 0; i < plan->op_count; i++) collect(adjoint, i, parameters, derivatives);
    psi->layout = lambda->layout = plan->exit;
}
