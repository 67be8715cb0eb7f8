#include "exec/exec.h"

#include <math.h>
#include <string.h>

static ek_status fill_terms(const ek_diagonal *diagonal, const struct ek_layout *layout,
                            struct ek_diagonal_view *view)
{
    EK_TRY(EK_NEW(view->coefficient, diagonal->term_count));
    EK_TRY(EK_NEW(view->inner, diagonal->term_count));
    EK_TRY(EK_NEW(view->outer, diagonal->term_count));
    view->term_count = diagonal->term_count;
    for (size_t i = 0; i < diagonal->term_count; i++) {
        const uint64_t slots = ek_layout_mask(layout, diagonal->terms[i].mask);
        const double c = diagonal->terms[i].coefficient;
        view->coefficient[i] = ek_parity(slots & layout->inverted) ? -c : c;
        view->inner[i] = (uint32_t)ek_extract(slots & view->active, view->active);
        view->outer[i] = slots & ~view->active;
    }
    return EK_OK;
}

/* What ek_diagonal_view_levels needs of a polynomial that is not quadratic. */
static ek_status fill_levels_of_terms(struct ek_diagonal_view *view)
{
    const ek_diagonal *diagonal = view->diagonal;
    double sum = 0;
    if (view->couple_levels || !ek_diagonal_has_half_levels(diagonal)) return EK_OK;
    EK_TRY(EK_NEW(view->coefficient_levels, view->term_count));
    for (size_t i = 0; i < view->term_count; i++) {
        if (!view->inner[i] && !view->outer[i]) continue; /* in the grid's offset */
        view->coefficient_levels[i] = ek_half_levels(diagonal, view->coefficient[i]);
        sum += fabs(view->coefficient[i]);
    }
    view->constant_levels = ek_half_levels(diagonal, sum);
    return EK_OK;
}

ek_status ek_diagonal_view_create(const ek_diagonal *diagonal, const struct ek_layout *layout,
                                  uint64_t active, struct ek_diagonal_view *view)
{
    *view = (struct ek_diagonal_view){.diagonal = diagonal, .active = active};
    ek_status status;
    if (diagonal->function) {
        status = EK_NEW(view->reader, 1);
        if (status == EK_OK) ek_layout_reader_set(layout, view->reader);
    } else {
        status = fill_terms(diagonal, layout, view);
        if (status == EK_OK) status = ek_quadratic_prepare(view);
        if (status == EK_OK) status = fill_levels_of_terms(view);
    }
    if (status != EK_OK) ek_diagonal_view_clear(view);
    return status;
}

void ek_diagonal_view_clear(struct ek_diagonal_view *view)
{
    ek_release(view->coefficient);
    ek_release(view->inner);
    ek_release(view->outer);
    ek_release(view->reader);
    ek_release(view->couple);
    ek_release(view->couple_levels);
    ek_release(view->coefficient_levels);
    *view = (struct ek_diagonal_view){0};
}

void ek_diagonal_view_fill(const struct ek_diagonal_view *view, const struct ek_kernels *kernels,
                           uint64_t base, uint16_t *levels, double *values)
{
    const int bits = ek_popcount(view->active);
    const size_t size = (size_t)1 << bits;
    const ek_diagonal *d = view->diagonal;
    if (d->function) {
        for (size_t i = 0; i < size; i++)
            values[i] = d->function(
                ek_layout_read(view->reader, base | ek_deposit(i, view->active)), d->context);
        return;
    }
    if (view->couple) {
        ek_quadratic_values(view, kernels, base, values);
        return;
    }
    if (view->coefficient_levels) {
        ek_diagonal_view_levels(view, kernels, base, levels);
        for (size_t i = 0; i < size; i++) values[i] = ek_level_value(d, levels[i]);
        return;
    }
    memset(values, 0, size * sizeof *values);
    for (size_t i = 0; i < view->term_count; i++) {
        const double c = view->coefficient[i];
        values[view->inner[i]] += ek_parity(view->outer[i] & base) ? -c : c;
    }
    kernels->walsh(values, bits);
}

void ek_diagonal_view_levels(const struct ek_diagonal_view *view,
                             const struct ek_kernels *kernels, uint64_t base, uint16_t *levels)
{
    const int bits = ek_popcount(view->active);
    if (view->couple_levels) {
        ek_quadratic_levels(view, kernels, base, levels);
        return;
    }
    memset(levels, 0, sizeof *levels << bits);
    levels[0] = view->constant_levels;
    for (size_t i = 0; i < view->term_count; i++) {
        const uint16_t c = view->coefficient_levels[i];
        uint16_t *level = &levels[view->inner[i]];
        *level = (uint16_t)(ek_parity(view->outer[i] & base) ? *level - c : *level + c);
    }
    kernels->walsh_levels(levels, bits);
}

/* ---- level tables --------------------------------------------------------------------------- */

const struct ek_level_table *ek_program_table(const ek_program *program,
                                              const ek_diagonal *diagonal,
                                              const struct ek_layout *layout)
{
    for (size_t i = 0; i < program->table_count; i++)
        if (program->level_tables[i].diagonal == diagonal &&
            ek_layout_equal(&program->level_tables[i].layout, layout))
            return &program->level_tables[i];
    return NULL;
}

static void fill_levels(ek_program *program, const struct ek_diagonal_view *view, int bits,
                        uint16_t *level)
{
    const int local = program->plan->local_slots, threads = program->threads;
    const uint64_t first = (uint64_t)ek_session_rank(program->session) << local;
    const size_t size = (size_t)1 << bits, blocks = (size_t)1 << (local - bits);
#pragma omp parallel num_threads(threads)
    {
        struct ek_workspace *work = &program->workspaces[ek_thread_number()];
#pragma omp for schedule(static)
        for (size_t b = 0; b < blocks; b++) {
            ek_diagonal_view_fill(view, program->kernels, first | b * size, work->levels,
                                  work->values);
            for (size_t i = 0; i < size; i++)
                level[b * size + i] = ek_level_of(view->diagonal, work->values[i]);
        }
    }
}

static ek_status make_table(ek_program *program, const ek_diagonal *diagonal,
                            const struct ek_layout *layout)
{
    struct ek_level_table *table = &program->level_tables[program->table_count];
    struct ek_diagonal_view view;
    const ek_plan *plan = program->plan;
    const int bits = plan->tile_slots < plan->local_slots ? plan->tile_slots : plan->local_slots;
    ek_status status = ek_diagonal_view_create(diagonal, layout, ek_low_bits(bits), &view);
    status = ek_session_agree(program->session, status);
    if (status == EK_OK)
        status = ek_shared_create(program->session, sizeof *table->level << plan->local_slots,
                                  &table->memory);
    if (status == EK_OK) {
        program->table_count++;
        table->diagonal = diagonal;
        table->layout = *layout;
        table->level = table->memory.own;
        fill_levels(program, &view, bits, table->level);
        ek_shared_barrier(program->session);
    }
    ek_diagonal_view_clear(&view);
    return status;
}

static size_t tables_of(const ek_program *program, const ek_diagonal *diagonal)
{
    size_t count = 0;
    for (size_t i = 0; i < program->table_count; i++)
        count += program->level_tables[i].diagonal == diagonal;
    return count;
}

/* A table where there is one or room for one more; a view that computes the values otherwise. */
static ek_status prepare_op(ek_program *program, const struct ek_block *block,
                            const struct ek_stage *stage, size_t number)
{
    const ek_plan *plan = program->plan;
    const struct ek_wire_op *wired = &plan->wires.ops[plan->ops[number].wire_op];
    const ek_diagonal *diagonal = plan->circuit->diagonals[wired->op.diagonal];
    struct ek_layout layout;
    ek_layout_compose(&plan->wires.frames[wired->frame], &stage->layout, &layout);
    const bool wanted = ek_plan_wants_table(plan, diagonal, plan->local_slots) &&
                        tables_of(program, diagonal) < EK_TABLES_MOST;
    if (wanted && !ek_program_table(program, diagonal, &layout))
        EK_TRY(make_table(program, diagonal, &layout));
    program->tables[number] = ek_program_table(program, diagonal, &layout);
    if (program->tables[number]) return EK_OK;
    return ek_session_agree(
        program->session,
        ek_diagonal_view_create(diagonal, &layout, block->active, &program->views[number]));
}

static ek_status prepare_block(ek_program *program, const struct ek_block *block,
                               const struct ek_stage *stage)
{
    for (size_t i = block->first_op; i < block->first_op + block->op_count; i++)
        if (program->plan->ops[i].kind == EK_OP_DIAGONAL)
            EK_TRY(prepare_op(program, block, stage, i));
    return EK_OK;
}

ek_status ek_program_make_tables(ek_program *program)
{
    const ek_plan *plan = program->plan;
    for (size_t s = 0; s < plan->stage_count; s++) {
        const struct ek_stage *stage = &plan->stages[s];
        for (size_t p = stage->first_pass; p < stage->first_pass + stage->pass_count; p++)
            for (size_t b = 0; b < plan->passes[p].block_count; b++)
                EK_TRY(
                    prepare_block(program, &plan->blocks[plan->passes[p].first_block + b], stage));
    }
    return EK_OK;
}
