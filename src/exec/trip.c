/* Trips: the steps of a call on all chunks of a tile, or of the whole local state. A chunk is what
 * one call of the kernel covers: lanes, registers and groups; the other slots are constants of the
 * chunk. */
#include "exec/exec.h"

#include <string.h>

/* The factors of registers and lanes that a chunk adds to a step. */
struct chunk_factors {
    ek_complex registers[EK_REGISTERS], lanes[EK_LANES];
};

static void multiply_far(const struct ek_far_phase *far, size_t count, uint64_t physical,
                         struct ek_hot_factors *hot)
{
    for (size_t i = 0; i < count; i++)
        if ((physical & far[i].mask) == far[i].mask)
            hot->of[far[i].hot] = ek_times(hot->of[far[i].hot], far[i].phase);
}

/* What all chunks of a call share, `physical` being that of the first one. */
static void set_fixed(const ek_program *program, const struct ek_call *call, uint64_t physical,
                      const struct ek_chunk_steps *chunk)
{
    const struct ek_bound_step *bound = program->binding.steps + call->first_step;
    struct ek_hot_factors *hot = chunk->fixed;
    for (size_t i = 0; i < call->step_count; i++, bound++) {
        if (bound->far_count == 0) continue;
        for (int h = 0; h <= EK_FAR_ALWAYS; h++) hot->of[h] = (ek_complex){1, 0};
        multiply_far(program->binding.far + bound->first_far, bound->fixed_count, physical, hot);
        hot++;
    }
}

static void set_factors(const ek_program *program, const struct ek_bound_step *bound,
                        uint64_t physical, const struct ek_hot_factors *fixed,
                        struct chunk_factors *factors)
{
    struct ek_hot_factors hot = *fixed;
    multiply_far(program->binding.far + bound->first_far + bound->fixed_count,
                 bound->far_count - bound->fixed_count, physical, &hot);
    factors->registers[0] = hot.of[EK_FAR_ALWAYS];
    for (int r = 1; r < EK_REGISTERS; r++)
        factors->registers[r] =
            ek_times(factors->registers[r & (r - 1)], hot.of[ek_lowest_bit((uint64_t)r)]);
    if (bound->step.kind < EK_STEP_LANE_SCALES) return;
    factors->lanes[0] = (ek_complex){1, 0};
    for (int l = 1; l < 1 << program->kernels->lane_slots; l++)
        factors->lanes[l] = ek_times(factors->lanes[l & (l - 1)],
                                     hot.of[EK_FAR_LANE + ek_lowest_bit((uint64_t)l)]);
}

/* The steps that act on this chunk, with their numbers. */
static void resolve(const ek_program *program, const struct ek_call *call, uint64_t physical,
                    struct ek_chunk_steps *chunk)
{
    const struct ek_bound_step *bound = program->binding.steps + call->first_step;
    const size_t real_bytes = ek_amplitude_bytes(program->plan->options.precision) / 2;
    const struct ek_hot_factors *fixed = chunk->fixed;
    char *scratch = chunk->scratch;
    chunk->count = 0;
    for (size_t i = 0; i < call->step_count; i++, bound++) {
        if ((physical & bound->far_mask) != bound->far_value) continue;
        struct ek_trip_step *step = &chunk->steps[chunk->count++];
        struct chunk_factors factors;
        *step = bound->step;
        if (bound->far_count == 0) continue;
        set_factors(program, bound, physical, fixed++, &factors);
        step->numbers = scratch;
        scratch +=
            real_bytes * program->kernels->factors(&bound->step, call->trip.group_count,
                                                   factors.registers, factors.lanes, scratch);
    }
}

/* Before the first chunk of a tile. */
static void begin_call(const ek_program *program, const struct ek_call *call, uint64_t physical,
                       struct ek_chunk_steps *chunk)
{
    if (call->far) set_fixed(program, call, physical, chunk);
    if (!call->per_chunk) resolve(program, call, physical, chunk);
}

/* Where a chunk begins: in the tile, in the state from the tile's first amplitude, and in the tile
 * that this one is a part of. */
struct offsets {
    uint64_t tile, state, whole;
};

static void run_chunk(const ek_program *program, const struct ek_call *call,
                      const struct ek_chunk_steps *chunk, const struct ek_tile *tile,
                      const struct offsets *at, const struct ek_flow *flow)
{
    const struct ek_kernels *kernels = program->kernels;
    const size_t bytes = at->state * ek_amplitude_bytes(program->plan->options.precision);
    const struct ek_trip *trip = &call->trip;
    const struct ek_trip_step *steps = chunk->steps;
    const size_t count = chunk->count;
    void *to = flow->to ? (char *)flow->to + bytes : NULL;
    if (flow->from && flow->to) {
        kernels->flat_trip(to, flow->ahead, trip, count, steps, program->binding.scale);
    } else if (flow->from) {
        kernels->trip_in((const char *)flow->from + bytes, flow->ahead, tile, at->tile, trip,
                         count, steps);
    } else if (flow->to) {
        kernels->trip_out(to, flow->ahead, tile, at->tile, trip, count, steps,
                          program->binding.scale);
    } else if (flow->take || flow->put) {
        const struct ek_tile *other = flow->take ? flow->take : flow->put;
        const struct ek_chunk own = {*tile, at->tile, &trip->tile};
        const struct ek_chunk whole = {*other, at->whole, &trip->whole};
        kernels->trip_between(flow->take ? &whole : &own, flow->put ? &whole : &own, trip, count,
                              steps);
    } else {
        kernels->trip(tile, at->tile, trip, count, steps);
    }
}

/* The next subset of a mask, as a counter whose bits are spread over it. */
static uint64_t next_subset(uint64_t subset, uint64_t mask) { return (subset - mask) & mask; }

void ek_trip_run(const ek_program *program, const struct ek_call *call, struct ek_workspace *work,
                 const struct ek_place *place, const struct ek_flow *flow)
{
    struct ek_flow part = *flow;
    struct offsets at = {0};
    begin_call(program, call, place->physical, &work->chunk);
    do {
        const uint64_t next = next_subset(at.state, call->chunk_slots);
        if (call->per_chunk) resolve(program, call, place->physical | at.state, &work->chunk);
        part.ahead = next ? next - at.state : flow->ahead;
        run_chunk(program, call, &work->chunk, place->tile, &at, &part);
        at = (struct offsets){next_subset(at.tile, call->chunk_positions), next,
                              next_subset(at.whole, call->chunk_wholes)};
    } while (at.tile != 0);
}

/* ---- from one tile to the next -------------------------------------------------------------- */

/* A call on its way through the chunks of a tile: through those first that agree in the slots that
 * it shares with another call. */
struct walk {
    const struct ek_call *call;
    struct ek_chunk_steps *chunk;
    const struct ek_place *place;
    uint64_t positions, slots; /* of the chunks, beyond the shared ones */
    struct offsets at;
};

static struct walk begin_walk(const ek_program *program, uint64_t active, uint64_t shared,
                              const struct ek_call *call, const struct ek_place *place,
                              struct ek_chunk_steps *chunk)
{
    begin_call(program, call, place->physical, chunk);
    return (struct walk){call, chunk, place, call->chunk_positions & ~shared,
                         call->chunk_slots & ~ek_deposit(shared, active), {0}};
}

static void begin_chunk(const ek_program *program, const struct walk *walk)
{
    if (walk->call->per_chunk)
        resolve(program, walk->call, walk->place->physical | walk->at.state, walk->chunk);
}

/* False behind the last chunk that agrees; it is then at the first one again. */
static bool next_chunk(struct walk *walk)
{
    const uint64_t tile = next_subset(walk->at.tile & walk->positions, walk->positions);
    const uint64_t state = next_subset(walk->at.state & walk->slots, walk->slots);
    walk->at.tile = (walk->at.tile & ~walk->positions) | tile;
    walk->at.state = (walk->at.state & ~walk->slots) | state;
    return tile != 0;
}

/* What leaves asks for what comes to its place. */
static void leave_chunks(const ek_program *program, struct walk *out, struct walk *in, char *to,
                         const char *from)
{
    const size_t bytes = ek_amplitude_bytes(program->plan->options.precision);
    do {
        begin_chunk(program, out);
        program->kernels->trip_leave(to + out->at.state * bytes, from + in->at.state * bytes,
                                     &in->call->trip.flat, out->place->tile, out->at.tile,
                                     &out->call->trip, out->chunk->count, out->chunk->steps,
                                     program->binding.scale);
        next_chunk(in);
    } while (next_chunk(out));
}

static void enter_chunks(const ek_program *program, struct walk *in, const char *from)
{
    const size_t bytes = ek_amplitude_bytes(program->plan->options.precision);
    do {
        begin_chunk(program, in);
        program->kernels->trip_in(from + in->at.state * bytes, 0, in->place->tile, in->at.tile,
                                  &in->call->trip, in->chunk->count, in->chunk->steps);
    } while (next_chunk(in));
}

void ek_trip_hand_over(const ek_program *program, uint64_t active, const struct ek_call *out,
                       const struct ek_call *in, struct ek_workspace *work,
                       const struct ek_place *place, const struct ek_place *next, void *to,
                       const void *from)
{
    const uint64_t shared = out->chunk_positions & in->chunk_positions;
    struct walk leave = begin_walk(program, active, shared, out, place, &work->chunk);
    struct walk enter = begin_walk(program, active, shared, in, next, &work->next);
    uint64_t agreed = 0;
    do {
        leave.at.tile = enter.at.tile = agreed;
        leave.at.state = enter.at.state = ek_deposit(agreed, active);
        leave_chunks(program, &leave, &enter, to, from);
        enter_chunks(program, &enter, from);
        agreed = next_subset(agreed, shared);
    } while (agreed != 0);
}

/* ---- without tiles -------------------------------------------------------------------------- */

/* True for vectors that displace each other in the first-level cache whatever its ways are. */
static bool is_alike(const struct ek_trip *trip, int register_slot, size_t amplitude_bytes)
{
    return trip->flat.distance[register_slot] * amplitude_bytes % ek_view_span() == 0;
}

bool ek_call_alike(const ek_program *program, const struct ek_call *call)
{
    const size_t bytes = ek_amplitude_bytes(program->plan->options.precision);
    for (int k = 0; k < EK_REGISTER_SLOTS; k++)
        if (is_alike(&call->trip, k, bytes)) return true;
    return false;
}

/* Vectors whose addresses would be alike go through views of their own. */
static struct ek_trip spread_over_views(const struct ek_trip *trip, const ek_state *state)
{
    const size_t bytes = ek_amplitude_bytes(state->precision);
    struct ek_trip spread = *trip;
    int view = state->memory.view_bytes ? 1 : EK_VIEWS;
    for (int k = 0; k < EK_REGISTER_SLOTS && view < EK_VIEWS; k++) {
        if (!is_alike(trip, k, bytes)) continue;
        spread.flat.distance[k] += (size_t)view * (state->memory.view_bytes / bytes);
        view *= 2;
    }
    return spread;
}

void ek_direct_run(ek_program *program, const struct ek_pass *pass, ek_state *state)
{
    const struct ek_call *call = program->binding.calls;
    const struct ek_tiles chunks = ek_tiles_find(program, pass->active & ~call->chunk_slots);
    const struct ek_trip trip = spread_over_views(&call->trip, state);
    const size_t end = chunks.first + chunks.count;
    const int threads = program->threads;
#pragma omp parallel num_threads(threads) if (chunks.count > 1)
    {
        struct ek_workspace *work = &program->workspaces[ek_thread_number()];
        if (!call->far) resolve(program, call, 0, &work->chunk);
#pragma omp for schedule(static)
        for (size_t c = chunks.first; c < end; c++) {
            const size_t local = ek_deposit(c, chunks.outside);
            const size_t next = ek_deposit(c + 1 < end ? c + 1 : c, chunks.outside);
            if (call->far) {
                const uint64_t physical = ek_state_shared_first(state) | local;
                set_fixed(program, call, physical, &work->chunk);
                resolve(program, call, physical, &work->chunk);
            }
            program->kernels->flat_trip(ek_amplitudes_at(state, local), next - local, &trip,
                                        work->chunk.count, work->chunk.steps,
                                        program->binding.scale);
        }
    }
}
