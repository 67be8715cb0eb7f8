#include "exec/exec.h"

#include <math.h>

/* Between the parts of a tile: eight vectors of each part may share a set of the first-level
 * cache, and lines less than this apart would be in their way. */
enum { PADDING_BYTES = 1024 };

ek_status ek_tile_create(int slots, ek_precision precision, struct ek_tile *tile)
{
    const size_t size = (size_t)1 << slots, real_bytes = ek_amplitude_bytes(precision) / 2;
    EK_TRY(ek_allocate_bytes(2 * size * real_bytes + PADDING_BYTES, &tile->re));
    tile->im = (char *)tile->re + size * real_bytes + PADDING_BYTES;
    tile->slots = slots;
    return EK_OK;
}

static ek_status make_workspace(const ek_plan *plan, struct ek_workspace *work)
{
    const int slots = plan->tile_slots < 2 ? 2 : plan->tile_slots; /* two can change places */
    const size_t size = (size_t)1 << plan->tile_slots;
    int widest_table = 0;
    for (size_t i = 0; i < plan->op_count; i++)
        if (plan->ops[i].kind == EK_OP_TABLE && plan->ops[i].target_count > widest_table)
            widest_table = plan->ops[i].target_count;
    EK_TRY(ek_tile_create(slots, plan->options.precision, &work->tile));
    EK_TRY(ek_tile_create(plan->block_slots, plan->options.precision, &work->part));
    if (plan->circuit->diagonal_count > 0) {
        EK_TRY(EK_NEW_RAW(work->values, size));
        EK_TRY(EK_NEW_RAW(work->levels, size));
    }
    if (widest_table > 0) EK_TRY(EK_NEW_RAW(work->table, (size_t)1 << widest_table));
    return EK_OK;
}

/* Gives each diagonal operation the place of its phases; the passes share the same memory. */
static ek_status make_phases(ek_program *program)
{
    const ek_plan *plan = program->plan;
    size_t most = 0;
    EK_TRY(EK_NEW(program->phases_at, plan->op_count));
    for (size_t p = 0; p < plan->pass_count; p++) {
        const struct ek_pass *pass = &plan->passes[p];
        size_t at = 0;
        for (size_t i = pass->first_op; i < pass->first_op + pass->op_count; i++) {
            if (plan->ops[i].kind != EK_OP_DIAGONAL) continue;
            program->phases_at[i] = at;
            at += plan->circuit->diagonals[plan->wires.ops[plan->ops[i].wire_op].op.diagonal]
                      ->levels;
        }
        if (at > most) most = at;
    }
    return EK_NEW(program->phases, most);
}

/* Offsets of the rows of every block's parts, in the tile and in the state. */
static ek_status make_block_rows(ek_program *program)
{
    const ek_plan *plan = program->plan;
    const size_t rows = (size_t)1 << (plan->block_slots - plan->row_slots);
    EK_TRY(EK_NEW(program->part_rows, plan->block_count * rows));
    EK_TRY(EK_NEW(program->block_rows, plan->block_count * rows));
    for (size_t p = 0; p < plan->pass_count; p++) {
        const struct ek_pass *pass = &plan->passes[p];
        for (size_t b = pass->first_block; b < pass->first_block + pass->block_count; b++) {
            const uint64_t high = plan->blocks[b].active & ~ek_low_bits(plan->row_slots);
            if (plan->blocks[b].active == pass->active) continue; /* runs in place */
            for (size_t r = 0; r < rows; r++) {
                program->block_rows[b * rows + r] = ek_deposit(r, high);
                program->part_rows[b * rows + r] = ek_extract(ek_deposit(r, high), pass->active);
            }
        }
    }
    return EK_OK;
}

static ek_status make_exchange(ek_program *program)
{
    const size_t bytes = ek_amplitude_bytes(program->plan->options.precision);
    const struct ek_messages messages = ek_plan_messages(program->plan);
    size_t amplitudes = messages.units;
    if (program->plan->options.ranks == 1) return EK_OK;
    while (amplitudes > 1 && amplitudes * bytes > ek_message_limit()) amplitudes /= 2;
    program->exchange_amplitudes = amplitudes;
    program->flights = messages.flights;
    const size_t all = (size_t)messages.flights * amplitudes * bytes;
    EK_TRY(ek_allocate_bytes(all, &program->send));
    return ek_allocate_bytes(all, &program->receive);
}

static ek_status make_buffers(ek_program *program)
{
    const ek_plan *plan = program->plan;
    const size_t rows = (size_t)1 << (plan->tile_slots - plan->row_slots);
    EK_TRY(EK_NEW(program->values, plan->wires.value_count));
    EK_TRY(EK_NEW(program->rows, rows));
    EK_TRY(EK_NEW(program->plain_rows, rows));
    for (size_t r = 0; r < rows; r++) program->plain_rows[r] = r << plan->row_slots;
    EK_TRY(make_phases(program));
    EK_TRY(make_block_rows(program));
    EK_TRY(EK_NEW(program->views, plan->op_count));
    EK_TRY(EK_NEW(program->tables, plan->op_count));
    EK_TRY(EK_NEW(program->level_tables, plan->circuit->diagonal_count * EK_TABLES_MOST));
    EK_TRY(EK_NEW(program->partial, 2 * ek_partials(plan->local_slots)));
    EK_TRY(EK_NEW(program->workspaces, program->threads));
    for (int t = 0; t < program->threads; t++)
        EK_TRY(make_workspace(plan, &program->workspaces[t]));
    EK_TRY(ek_binding_create(program));
    EK_TRY(ek_fourier_create(plan, program->threads, &program->fourier));
    return make_exchange(program);
}

/* All ranks must make the same plan, so that rank 0's cache decides on the tiles. */
ek_plan_options ek_program_options(ek_session *session, const ek_circuit *circuit,
                                   const ek_plan_options *options)
{
    ek_plan_options chosen = options ? *options : (ek_plan_options){0};
    chosen.ranks = ek_session_size(session);
    chosen.threads = ek_session_threads(session);
    chosen.exchange_bytes = ek_session_exchange_bytes(session);
    chosen.shared_ranks = ek_session_shared_ranks(session);
    if (chosen.tile_qubits == 0 && ek_is_power_of_two((uint64_t)chosen.ranks))
        chosen.tile_qubits =
            ek_plan_default_tile(&chosen, circuit->qubits - ek_log2((uint64_t)chosen.ranks));
    if (chosen.block_qubits == 0) chosen.block_qubits = ek_plan_default_block(&chosen);
    if (chosen.precision == EK_DOUBLE || chosen.precision == EK_SINGLE) {
        chosen.lane_qubits = ek_kernels_get(chosen.precision)->lane_slots;
        chosen.register_qubits = EK_REGISTER_SLOTS;
    }
    ek_broadcast(session, &chosen.tile_qubits, sizeof chosen.tile_qubits, 0);
    ek_broadcast(session, &chosen.block_qubits, sizeof chosen.block_qubits, 0);
    return chosen;
}

ek_status ek_program_create_from(ek_session *session, const ek_circuit *circuit,
                                 const ek_plan_options *options, const struct ek_layout *entry,
                                 ek_program **program)
{
    ek_program *fresh = NULL;
    const ek_plan_options chosen = ek_program_options(session, circuit, options);
    ek_status status = EK_NEW(fresh, 1);
    if (status == EK_OK) {
        fresh->session = session;
        fresh->threads = ek_session_threads(session);
        status = ek_plan_create_from(circuit, &chosen, entry, &fresh->plan);
    }
    if (status == EK_OK) {
        fresh->kernels = ek_kernels_get(chosen.precision);
        status = make_buffers(fresh);
    }
    const uint64_t ways[] = {(uint64_t)chosen.precision, (uint64_t)chosen.qft,
                             (uint64_t)chosen.tiled};
    status = ek_agree_digest(session, status,
                             ek_digest(ek_circuit_digest(circuit), ways, sizeof ways),
                             "the circuit or how it is to run");
    if (status == EK_OK) status = ek_program_make_tables(fresh);
    if (status != EK_OK)
        ek_program_destroy(&fresh);
    else
        *program = fresh;
    return status;
}

ek_status ek_program_create(ek_session *session, const ek_circuit *circuit,
                            const ek_plan_options *options, ek_program **program)
{
    return ek_program_create_from(session, circuit, options, NULL, program);
}

void ek_program_destroy(ek_program **program)
{
    if (!program || !*program) return;
    ek_program *old = *program;
    for (int t = 0; old->workspaces && t < old->threads; t++) {
        ek_release(old->workspaces[t].tile.re);
        ek_release(old->workspaces[t].part.re);
        ek_release(old->workspaces[t].values);
        ek_release(old->workspaces[t].levels);
        ek_release(old->workspaces[t].table);
        ek_chunk_steps_clear(&old->workspaces[t].chunk);
        ek_chunk_steps_clear(&old->workspaces[t].next);
    }
    for (size_t i = 0; old->views && i < old->plan->op_count; i++)
        ek_diagonal_view_clear(&old->views[i]);
    for (size_t i = 0; i < old->table_count; i++) ek_shared_clear(&old->level_tables[i].memory);
    ek_release(old->workspaces);
    ek_release(old->views);
    ek_release(old->tables);
    ek_release(old->level_tables);
    ek_release(old->values);
    ek_release(old->rows);
    ek_release(old->plain_rows);
    ek_release(old->part_rows);
    ek_release(old->block_rows);
    ek_binding_clear(&old->binding);
    ek_release(old->phases);
    ek_release(old->phases_at);
    ek_release(old->partial);
    ek_release(old->send);
    ek_release(old->receive);
    ek_fourier_destroy(&old->fourier);
    ek_plan_destroy(&old->plan);
    ek_release(old);
    *program = NULL;
}

const ek_plan *ek_program_plan(const ek_program *program)
{
    return program->plan;
}

static ek_status check_run(const ek_program *program, const double *parameters,
                           const ek_initial *initial, const ek_state *state)
{
    const ek_plan *plan = program->plan;
    if (state->session != program->session)
        return EK_FAIL(EK_ERROR_MISMATCH, "program and state belong to different sessions");
    if (state->qubits != plan->qubits)
        return EK_FAIL(EK_ERROR_MISMATCH, "a program for %d qubits cannot run on a state of %d",
                       plan->qubits, state->qubits);
    if (state->precision != plan->options.precision)
        return EK_FAIL(EK_ERROR_MISMATCH, "a program in %s precision cannot run on a %s state",
                       ek_precision_name(plan->options.precision),
                       ek_precision_name(state->precision));
    for (int i = 0; i < ek_circuit_parameters(plan->circuit); i++)
        if (!parameters || !isfinite(parameters[i]))
            return EK_FAIL(EK_ERROR_NUMERIC, "parameter %d (%s) is %s", i,
                           ek_circuit_parameter_name(plan->circuit, i),
                           parameters ? "not a finite number" : "missing");
    return initial ? ek_initial_check(initial, plan->qubits) : EK_OK;
}

/* All that must be alike on all ranks. */
static uint64_t run_digest(const ek_program *program, const double *parameters,
                           const ek_initial *initial)
{
    const int count = ek_circuit_parameters(program->plan->circuit);
    const uint64_t digest = ek_digest(0, parameters, (size_t)count * sizeof *parameters);
    return initial ? ek_initial_digest(digest, initial, program->plan->qubits) : digest;
}

static ek_status tell(enum ek_step_kind kind, ek_program *program, const struct ek_stage *stage,
                      size_t passes, ek_state *state)
{
    const struct ek_watch *watch = program->watch;
    const struct ek_step step = {kind, program, passes, stage, state};
    if (!watch) return EK_OK;
    state->borrowed = false; /* it is the watch's meanwhile */
    const ek_status status = watch->step(watch->context, &step);
    state->borrowed = true;
    return status;
}

static ek_status reshuffle(ek_program *program, const struct ek_stage *stage, ek_state *state)
{
    if (stage->swap_count == 0) return EK_OK;
    EK_TRY(tell(EK_BEFORE_RESHUFFLE, program, stage, stage->first_pass, state));
    ek_reshuffle_run(program, stage->swap_count, stage->swaps, state);
    return tell(EK_AFTER_RESHUFFLE, program, stage, stage->first_pass, state);
}

static ek_status run_stages(ek_program *program, const double *constant, ek_state *state)
{
    const ek_plan *plan = program->plan;
    for (size_t s = 0; s < plan->stage_count; s++) {
        const struct ek_stage *stage = &plan->stages[s];
        EK_TRY(reshuffle(program, stage, state));
        for (size_t p = stage->first_pass; p < stage->first_pass + stage->pass_count; p++) {
            ek_pass_run(program, &plan->passes[p], stage, p == 0 ? constant : NULL, state);
            EK_TRY(tell(EK_AFTER_PASS, program, stage, p + 1, state));
        }
    }
    state->layout = plan->exit;
    return EK_OK;
}

/* A uniform state need not be written before a first pass over tiles, which can make it itself. */
static bool starts_in_pass(const ek_plan *plan, const ek_initial *initial)
{
    return initial && initial->kind == EK_INITIAL_UNIFORM && plan->stages[0].pass_count > 0 &&
           !ek_pass_alone(&plan->passes[0]) && !plan->passes[0].direct;
}

/* Brings the state to where the stages begin, and runs them. */
static ek_status run_agreed(ek_program *program, const double *parameters,
                            const ek_initial *initial, ek_state *state)
{
    const bool in_pass = starts_in_pass(program->plan, initial);
    const double constant = pow(2, -0.5 * state->qubits);
    if (in_pass)
        state->layout = program->plan->entry;
    else if (initial)
        ek_state_fill(state, initial, &program->plan->entry, program->partial);
    else
        ek_relayout_run(program, &program->plan->entry, state);
    ek_program_bind(program, parameters);
    return run_stages(program, in_pass ? &constant : NULL, state);
}

ek_status ek_program_run(ek_program *program, const double *parameters, const ek_initial *initial,
                         ek_state *state)
{
    void *amplitudes = NULL;
    ek_status status = check_run(program, parameters, initial, state);
    if (status == EK_OK) status = ek_state_borrow(state, &amplitudes);
    const uint64_t digest = status == EK_OK ? run_digest(program, parameters, initial) : 0;
    status = ek_agree_digest(program->session, status, digest,
                             "the parameters or the initial state of a run");
    if (status == EK_OK) status = run_agreed(program, parameters, initial, state);
    if (amplitudes) ek_state_restore(state, &amplitudes);
    return status;
}

ek_status ek_circuit_run(const ek_circuit *circuit, const double *parameters, ek_state *state)
{
    const ek_plan_options options = {.precision = state->precision};
    ek_program *program = NULL;
    ek_status status = EK_OK;
    if (circuit->qubits != state->qubits)
        status = EK_FAIL(EK_ERROR_MISMATCH, "a circuit of %d qubits cannot run on a state of %d",
                         circuit->qubits, state->qubits);
    EK_TRY(ek_session_agree(state->session, status));
    EK_TRY(ek_program_create_from(state->session, circuit, &options, &state->layout, &program));
    status = ek_program_run(program, parameters, NULL, state);
    ek_program_destroy(&program);
    return status;
}
