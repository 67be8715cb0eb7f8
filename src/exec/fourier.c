/* Fourier transforms and permutations: passes whose tiles hold all values of the operation's
 * targets. A tile has an element per value and a column per value of some other slots; it is
 * gathered by tables of offsets, so that the targets may stand on any local slots, inverted or
 * not. Tiles are in double precision whatever the state's. */
#include "exec/exec.h"

#include <math.h>

#ifdef EXAKET_HAVE_FFTW
#include <fftw3.h>
#endif

enum { LOW_BITS = 6 }; /* of an element that one of the two tables of phases covers */

/* How a tile lies in its buffer: element e of column c at e * element + c * column. */
struct shape {
    size_t elements, columns;
    size_t element, column;
};

/* One operation seen through the stage's layout. */
struct view {
    const struct ek_op *op;
    struct shape shape;
    struct ek_layout layout;      /* qubit -> slot */
    uint64_t outside;             /* slots beside the tile's */
    uint64_t controls, values;    /* slots of controls, and what they must be */
};

struct ek_fourier {
    int threads;
    size_t *offset;  /* of each element in the state */
    size_t *target;  /* where each element goes */
    size_t *column;  /* offset of each column */
    ek_complex **tile;   /* per thread */
    ek_complex **phases; /* per thread: low table, then high table, of one column */
#ifdef EXAKET_HAVE_FFTW
    fftw_plan *plans; /* per tile operation */
    size_t plan_count;
#endif
};

/* ---- making ------------------------------------------------------------------------------- */

static const struct ek_op *op_of(const ek_plan *plan, const struct ek_pass *pass)
{
    return &plan->wires.ops[plan->ops[pass->first_op].wire_op].op;
}

/* Elements are contiguous where the lowest slot is a target, else columns are. */
static struct shape shape_of(const ek_plan *plan, const struct ek_pass *pass,
                             const struct ek_stage *stage)
{
    const struct ek_op *op = op_of(plan, pass);
    struct shape shape = {.elements = (size_t)1 << op->target_count};
    shape.columns = (size_t)1 << (ek_popcount(pass->active) - op->target_count);
    const bool by_element = stage->layout.slot[op->target[0]].at == 0;
    shape.element = by_element ? 1 : shape.columns;
    shape.column = by_element ? shape.elements : 1;
    return shape;
}

#ifdef EXAKET_HAVE_FFTW
/* FFTW's estimate, not its measurements, which could differ between ranks and runs. */
static ek_status make_plan(struct ek_fourier *fourier, const struct ek_op *op,
                           const struct shape *shape, fftw_plan *plan)
{
    const int size = (int)shape->elements;
    fftw_complex *tile = (fftw_complex *)fourier->tile[0];
    *plan = fftw_plan_many_dft(1, &size, (int)shape->columns, tile, NULL, (int)shape->element,
                               (int)shape->column, tile, NULL, (int)shape->element,
                               (int)shape->column, op->inverse ? FFTW_FORWARD : FFTW_BACKWARD,
                               FFTW_ESTIMATE);
    if (*plan) return EK_OK;
    return EK_FAIL(EK_ERROR_MEMORY, "FFTW has no plan for %zu transforms of %d amplitudes",
                   shape->columns, size);
}

static ek_status make_plans(const ek_plan *plan, struct ek_fourier *fourier)
{
    fourier->plan_count = plan->op_count;
    EK_TRY(EK_NEW(fourier->plans, plan->op_count));
    for (size_t s = 0; s < plan->stage_count; s++)
        for (size_t p = 0; p < plan->stages[s].pass_count; p++) {
            const struct ek_pass *pass = &plan->passes[plan->stages[s].first_pass + p];
            if (!pass->fourier || op_of(plan, pass)->kind != EK_OP_FOURIER) continue;
            const struct shape shape = shape_of(plan, pass, &plan->stages[s]);
            EK_TRY(make_plan(fourier, op_of(plan, pass), &shape, &fourier->plans[pass->first_op]));
        }
    return EK_OK;
}
#endif

static ek_status make_tiles(struct ek_fourier *fourier, size_t tile, size_t elements)
{
    EK_TRY(EK_NEW(fourier->offset, elements));
    EK_TRY(EK_NEW(fourier->target, elements));
    EK_TRY(EK_NEW(fourier->column, tile));
    EK_TRY(EK_NEW(fourier->tile, fourier->threads));
    EK_TRY(EK_NEW(fourier->phases, fourier->threads));
    for (int t = 0; t < fourier->threads; t++) {
        EK_TRY(EK_NEW_RAW(fourier->tile[t], tile));
        EK_TRY(EK_NEW_RAW(fourier->phases[t], elements + ((size_t)1 << LOW_BITS)));
    }
    return EK_OK;
}

ek_status ek_fourier_create(const ek_plan *plan, int threads, struct ek_fourier **fourier)
{
    size_t tile = 0, elements = 0;
    for (size_t p = 0; p < plan->pass_count; p++) {
        const struct ek_pass *pass = &plan->passes[p];
        if (!pass->fourier) continue;
        const size_t size = (size_t)1 << ek_popcount(pass->active);
        const size_t values = (size_t)1 << op_of(plan, pass)->target_count;
        if (size > tile) tile = size;
        if (values > elements) elements = values;
    }
    if (tile == 0) return EK_OK;
    EK_TRY(EK_NEW(*fourier, 1));
    (*fourier)->threads = threads;
    EK_TRY(make_tiles(*fourier, tile, elements));
#ifdef EXAKET_HAVE_FFTW
    EK_TRY(make_plans(plan, *fourier));
#endif
    return EK_OK;
}

void ek_fourier_destroy(struct ek_fourier **fourier)
{
    struct ek_fourier *old = *fourier;
    if (!old) return;
#ifdef EXAKET_HAVE_FFTW
    for (size_t i = 0; old->plans && i < old->plan_count; i++)
        if (old->plans[i]) fftw_destroy_plan(old->plans[i]);
    ek_release(old->plans);
#endif
    for (int t = 0; t < old->threads; t++) {
        if (old->tile) ek_release(old->tile[t]);
        if (old->phases) ek_release(old->phases[t]);
    }
    ek_release(old->tile);
    ek_release(old->phases);
    ek_release(old->offset);
    ek_release(old->target);
    ek_release(old->column);
    ek_release(old);
    *fourier = NULL;
}

/* ---- tables of one pass ------------------------------------------------------------------- */

/* Offsets of elements and columns; for a permutation also of where the elements go. */
static void set_offsets(ek_program *program, const struct ek_tile_op *tile_op,
                        const struct ek_pass *pass, const struct ek_stage *stage,
                        const struct view *view)
{
    struct ek_fourier *fourier = program->fourier;
    const struct ek_complex *image = program->values + tile_op->values;
    uint64_t targets = 0;
    for (int j = 0; j < view->op->target_count; j++)
        targets |= ek_bit(stage->layout.slot[view->op->target[j]].at);
    for (size_t e = 0; e < view->shape.elements; e++) {
        uint64_t offset = view->layout.inverted & targets;
        for (int j = 0; j < view->op->target_count; j++)
            if (e >> j & 1) offset ^= ek_bit(stage->layout.slot[view->op->target[j]].at);
        fourier->offset[e] = offset;
    }
    for (size_t e = 0; e < view->shape.elements; e++)
        fourier->target[e] = fourier->offset[view->op->kind == EK_OP_PERMUTE ? (size_t)image[e].re
                                                                              : e];
    for (size_t c = 0; c < view->shape.columns; c++)
        fourier->column[c] = ek_deposit(c, pass->active & ~targets);
}

static struct view set_view(ek_program *program, const struct ek_pass *pass,
                            const struct ek_stage *stage)
{
    const ek_plan *plan = program->plan;
    const struct ek_tile_op *tile_op = &plan->ops[pass->first_op];
    const struct ek_wire_op *wired = &plan->wires.ops[tile_op->wire_op];
    struct view view = {.op = &wired->op, .shape = shape_of(plan, pass, stage),
                        .outside = ek_low_bits(plan->reach_slots) & ~pass->active,
                        .controls = ek_layout_mask(&stage->layout, wired->op.control_mask),
                        .values = ek_layout_mask(&stage->layout, wired->op.control_value)};
    ek_layout_compose(&plan->wires.frames[wired->frame], &stage->layout, &view.layout);
    set_offsets(program, tile_op, pass, stage, &view);
    return view;
}

/* ---- moving a tile ------------------------------------------------------------------------ */

static ek_complex get(const ek_state *state, size_t offset)
{
    if (state->precision == EK_DOUBLE) return *(const ek_complex *)ek_amplitudes_at(state, offset);
    const float *a = ek_amplitudes_at(state, offset);
    return (ek_complex){a[0], a[1]};
}

static void put(ek_state *state, size_t offset, ek_complex value)
{
    if (state->precision == EK_DOUBLE) {
        *(ek_complex *)ek_amplitudes_at(state, offset) = value;
    } else {
        float *a = ek_amplitudes_at(state, offset);
        a[0] = (float)value.re;
        a[1] = (float)value.im;
    }
}

static void gather(const struct ek_fourier *fourier, const struct shape *shape,
                   const ek_state *state, size_t base, ek_complex *tile)
{
    const bool by_element = shape->element == 1;
    const size_t outer = by_element ? shape->columns : shape->elements;
    const size_t inner = by_element ? shape->elements : shape->columns;
    const size_t *far = by_element ? fourier->column : fourier->offset;
    const size_t *near = by_element ? fourier->offset : fourier->column;
    for (size_t i = 0; i < outer; i++)
        for (size_t j = 0; j < inner; j++)
            tile[i * inner + j] = get(state, base + far[i] + near[j]);
}

static void scatter(const struct ek_fourier *fourier, const struct shape *shape,
                    const ek_complex *tile, size_t base, ek_state *state)
{
    const bool by_element = shape->element == 1;
    const size_t outer = by_element ? shape->columns : shape->elements;
    const size_t inner = by_element ? shape->elements : shape->columns;
    const size_t *far = by_element ? fourier->column : fourier->target;
    const size_t *near = by_element ? fourier->target : fourier->column;
    for (size_t i = 0; i < outer; i++)
        for (size_t j = 0; j < inner; j++)
            put(state, base + far[i] + near[j], tile[i * inner + j]);
}

/* ---- permutations ------------------------------------------------------------------------- */

/* Elements move in the columns whose controls agree. */
static void permute_tile(const struct ek_fourier *fourier, const struct view *view,
                         ek_complex *column, size_t base, ek_state *state)
{
    for (size_t c = 0; c < view->shape.columns; c++) {
        const size_t here = base + fourier->column[c];
        if (((ek_state_shared_first(state) | here) & view->controls) != view->values) continue;
        for (size_t e = 0; e < view->shape.elements; e++)
            column[e] = get(state, here + fourier->offset[e]);
        for (size_t e = 0; e < view->shape.elements; e++)
            put(state, here + fourier->target[e], column[e]);
    }
}

/* ---- Fourier transforms ------------------------------------------------------------------- */

/* power[i] = scale * exp(2 pi i step i / 2^bits) for i < count, a power of two: every doubling
 * takes one sine, so that errors do not add up. */
static void set_powers(uint64_t step, int bits, bool inverse, double scale, size_t count,
                       ek_complex *power)
{
    power[0] = (ek_complex){scale, 0};
    for (size_t done = 1; done < count; done *= 2) {
        const uint64_t turns = (step * done) & ek_low_bits(bits);
        const double angle = 2 * acos(-1) * ldexp((double)turns, -bits);
        const ek_complex factor = {cos(angle), inverse ? -sin(angle) : sin(angle)};
        for (size_t i = 0; i < done; i++) power[done + i] = ek_times(power[i], factor);
    }
}

/* Column x of the tile: its new element y gets exp(+-2 pi i y x / 2^count) / sqrt(elements). */
static void twiddle_column(const struct view *view, uint64_t x, ek_complex *phases,
                           ek_complex *column)
{
    const struct shape *shape = &view->shape;
    const size_t low = shape->elements < (size_t)1 << LOW_BITS ? shape->elements
                                                               : (size_t)1 << LOW_BITS;
    ek_complex *high = phases + ((size_t)1 << LOW_BITS);
    const double scale = 1 / sqrt((double)shape->elements);
    set_powers(x, view->op->count, view->op->inverse, 1, low, phases);
    set_powers(x * low, view->op->count, view->op->inverse, scale, shape->elements / low, high);
    for (size_t h = 0; h < shape->elements / low; h++)
        for (size_t l = 0; l < low; l++) {
            ek_complex *at = &column[(h * low + l) * shape->element];
            *at = ek_times(*at, ek_times(high[h], phases[l]));
        }
}

static void transform_tile(const ek_program *program, const struct ek_pass *pass,
                           const struct view *view, size_t base, ek_state *state)
{
    const struct ek_fourier *fourier = program->fourier;
    const int thread = ek_thread_number(), below = view->op->count - view->op->target_count;
    ek_complex *tile = fourier->tile[thread];
    gather(fourier, &view->shape, state, base, tile);
#ifdef EXAKET_HAVE_FFTW
    fftw_execute_dft(fourier->plans[pass->first_op], (fftw_complex *)tile, (fftw_complex *)tile);
#else
    (void)pass; /* such a build has no plan with FOURIER operations */
#endif
    for (size_t c = 0; c < view->shape.columns; c++) {
        const uint64_t physical = ek_state_shared_first(state) | (base + fourier->column[c]);
        const uint64_t x =
            ek_layout_logical(&view->layout, physical) >> view->op->first & ek_low_bits(below);
        twiddle_column(view, x, fourier->phases[thread], tile + c * view->shape.column);
    }
    scatter(fourier, &view->shape, tile, base, state);
}

void ek_fourier_run(ek_program *program, const struct ek_pass *pass, const struct ek_stage *stage,
                    ek_state *state)
{
    const struct view view = set_view(program, pass, stage);
    const struct ek_tiles tiles = ek_tiles_find(program, pass->active);
    const int threads = program->threads;
    ek_pass_meet(program, pass);
#pragma omp parallel for schedule(static) num_threads(threads) if (tiles.count > 1)
    for (size_t t = tiles.first; t < tiles.first + tiles.count; t++) {
        const size_t base = ek_deposit(t, view.outside);
        if (view.op->kind == EK_OP_FOURIER) transform_tile(program, pass, &view, base, state);
        else permute_tile(program->fourier, &view, program->fourier->tile[ek_thread_number()],
                          base, state);
    }
    ek_pass_meet(program, pass);
}
