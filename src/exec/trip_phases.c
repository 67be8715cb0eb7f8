/* Runs of diagonal operations -> factors per register, per group of vectors, per lane and per
 * chunk: their product is exp(i (quadratic form of the bits)). */
#include "exec/trip_private.h"

#include <math.h>

static const ek_complex one = {1, 0};

static bool is_one(ek_complex z)
{
    return fabs(z.re - 1) <= 2e-16 && fabs(z.im) <= 2e-16;
}

static ek_complex ratio(ek_complex a, ek_complex b)
{
    const double size = b.re * b.re + b.im * b.im;
    return (ek_complex){(a.re * b.re + a.im * b.im) / size, (a.im * b.re - a.re * b.im) / size};
}

static struct ek_bit_place place_of_slot(int slot)
{
    return (struct ek_bit_place){FAR, 0, ek_bit(slot)};
}

/* ---- runs of diagonal operations ------------------------------------------------------------ */

static void begin_run(struct ek_binder *b)
{
    struct ek_phase_run *run = &b->run;
    run->used = true;
    run->grouped = run->lanes = run->grouped_lanes = run->far_lanes = false;
    run->sign_count = 0;
    run->first_far = b->binding->far_count;
    run->far_count = 0;
    for (int r = 0; r < EK_REGISTERS; r++) {
        run->registers[r] = one;
        for (int l = 0; l < EK_LANES; l++) run->lane[r][l] = one;
    }
    for (int k = 0; k < EK_REGISTER_SLOTS; k++) run->slot[k] = one;
    for (int k = 0; k <= EK_REGISTER_SLOTS; k++)
        for (int g = 0; g < EK_GROUPS; g++) run->group[k][g] = one;
}

static void multiply(ek_complex *z, ek_complex factor)
{
    *z = ek_times(*z, factor);
}

static void add_far(struct ek_binder *b, uint64_t mask, int hot, ek_complex phase)
{
    b->binding->far[b->binding->far_count++] =
        (struct ek_far_phase){.mask = mask, .phase = phase, .hot = (uint8_t)hot};
    b->run.far_count++;
    b->run.far_lanes |= hot >= EK_FAR_LANE && hot < EK_FAR_ALWAYS;
}

/* On the registers whose number has all these bits. */
static void multiply_registers(struct ek_phase_run *run, unsigned bits, ek_complex phase)
{
    for (unsigned r = 0; r < EK_REGISTERS; r++)
        if ((r & bits) == bits) multiply(&run->registers[r], phase);
}

/* Where the group's bit and the lane's are 1. */
static void multiply_group_lanes(struct ek_phase_run *run, int near, int lane, ek_complex phase)
{
    if (!run->grouped_lanes)
        for (int g = 0; g < EK_GROUPS; g++)
            for (int l = 0; l < EK_LANES; l++) run->group_lane[g][l] = one;
    run->grouped_lanes = true;
    for (int g = 0; g < EK_GROUPS; g++)
        for (int l = 0; l < EK_LANES; l++)
            if ((g >> near & 1) && (l >> lane & 1)) multiply(&run->group_lane[g][l], phase);
}

/* A phase as factors where both bits are 1, which may be the same; p.kind <= q.kind. */
static void multiply_factors(struct ek_binder *b, struct ek_bit_place p, struct ek_bit_place q,
                             ek_complex phase)
{
    struct ek_phase_run *run = &b->run;
    const unsigned register_bits = (p.kind == IN_REGISTER ? 1u << p.number : 0) |
                                   (q.kind == IN_REGISTER ? 1u << q.number : 0);
    if (q.kind == FAR) {
        const int hot = p.kind == IN_REGISTER ? p.number
                        : p.kind == IN_LANE   ? EK_FAR_LANE + p.number
                                              : EK_FAR_ALWAYS;
        add_far(b, p.mask | q.mask, hot, phase);
    } else if (q.kind == IN_GROUP && p.kind == IN_LANE) {
        multiply_group_lanes(run, q.number, p.number, phase);
    } else if (q.kind == IN_GROUP) {
        const unsigned group_bits = 1u << q.number | (p.kind == IN_GROUP ? 1u << p.number : 0);
        ek_complex *group = run->group[p.kind == IN_REGISTER ? p.number : EK_REGISTER_SLOTS];
        run->grouped = true;
        for (unsigned g = 0; g < EK_GROUPS; g++)
            if ((g & group_bits) == group_bits) multiply(&group[g], phase);
    } else if (q.kind == IN_LANE) {
        const unsigned lane_bits = 1u << q.number | (p.kind == IN_LANE ? 1u << p.number : 0);
        run->lanes = true;
        for (unsigned r = 0; r < EK_REGISTERS; r++)
            for (unsigned l = 0; l < EK_LANES; l++)
                if ((r & register_bits) == register_bits && (l & lane_bits) == lane_bits)
                    multiply(&run->lane[r][l], phase);
    } else if (p.number == q.number) {
        multiply(&run->slot[p.number], phase);
    } else {
        multiply_registers(run, register_bits, phase);
    }
}

/* ---- signs ---------------------------------------------------------------------------------- */

static struct ek_sign sign_of(struct ek_bit_place p, struct ek_bit_place q)
{
    return (struct ek_sign){
        .registers = (uint8_t)(1u << p.number | (q.kind == IN_REGISTER ? 1u << q.number : 0)),
        .near = (uint8_t)(q.kind == IN_GROUP ? 1u << q.number : 0),
        .far = q.kind == FAR ? q.mask : 0};
}

static void put_sign(struct ek_binder *b, const struct ek_sign *sign)
{
    const int low = ek_lowest_bit(sign->registers), rest = sign->registers & (sign->registers - 1);
    struct ek_bound_step *bound =
        rest ? ek_binder_add_step(b, EK_STEP_CZ, 3 - low - ek_lowest_bit((uint64_t)rest))
             : ek_binder_add_step(b, EK_STEP_Z, low);
    bound->step.near_mask = bound->step.near_value = sign->near;
    ek_binder_set_far(b, bound, sign->far, sign->far);
}

static struct ek_bit_place place_of_bit(enum place_kind kind, unsigned bits)
{
    return (struct ek_bit_place){kind, ek_lowest_bit(bits), 0};
}

static void multiply_sign(struct ek_binder *b, const struct ek_sign *sign)
{
    const struct ek_bit_place p = place_of_bit(IN_REGISTER, sign->registers);
    const unsigned rest = sign->registers & (sign->registers - 1u);
    const struct ek_bit_place q = sign->near  ? place_of_bit(IN_GROUP, sign->near)
                                  : sign->far ? (struct ek_bit_place){FAR, 0, sign->far}
                                              : place_of_bit(IN_REGISTER, rest);
    multiply_factors(b, p, q, (ek_complex){-1, 0});
}

static bool keep_sign(struct ek_phase_run *run, struct ek_bit_place p, struct ek_bit_place q)
{
    const bool itself = q.kind == IN_REGISTER && p.number == q.number; /* may make an eighth */
    if (p.kind != IN_REGISTER || q.kind == IN_LANE || itself) return false;
    if (run->sign_count == EK_SIGNS) return false;
    run->sign[run->sign_count++] = sign_of(p, q);
    return true;
}

/* True where factors are there that signs may as well join. */
static bool has_factors(const struct ek_phase_run *run)
{
    bool any = run->grouped || run->lanes || run->grouped_lanes || run->far_count > 0;
    for (int r = 0; r < EK_REGISTERS; r++) any |= !is_one(run->registers[r]);
    return any;
}

/* True when no factors are left to put. */
static bool put_signs(struct ek_binder *b)
{
    struct ek_phase_run *run = &b->run;
    const bool join = has_factors(run);
    for (int i = 0; i < run->sign_count; i++) {
        if (join) multiply_sign(b, &run->sign[i]);
        else put_sign(b, &run->sign[i]);
    }
    return !join;
}

/* A phase where one bit, or both, are 1; they may be the same. */
static void add_phase(struct ek_binder *b, struct ek_bit_place p, struct ek_bit_place q,
                      ek_complex phase)
{
    const bool minus = fabs(phase.re + 1) <= 2e-16 && fabs(phase.im) <= 2e-16;
    if (is_one(phase)) return;
    if (p.kind > q.kind) {
        const struct ek_bit_place swapped = p;
        p = q;
        q = swapped;
    }
    if (!minus || !keep_sign(&b->run, p, q)) multiply_factors(b, p, q, phase);
}

void ek_binder_get_bits(const struct ek_binder *b, const struct ek_tile_op *op,
                        struct ek_bit_phases *out, uint64_t *inner, uint64_t *outer)
{
    out->count = 0;
    for (int j = 0; j < op->target_count && op->kind == EK_OP_TABLE; j++)
        out->place[out->count++] = op->position[j] < EK_OUTER_POSITION
                                       ? ek_binder_place(b, op->position[j])
                                       : place_of_slot(op->position[j] - EK_OUTER_POSITION);
    *inner = op->inner_mask | op->inner_z;
    *outer = op->outer_mask | op->outer_z;
    for (uint64_t left = *inner; left; left &= left - 1)
        out->place[out->count++] = ek_binder_place(b, ek_lowest_bit(left));
    for (uint64_t left = *outer; left; left &= left - 1)
        out->place[out->count++] = place_of_slot(ek_lowest_bit(left));
}

static void get_phases(const struct ek_binder *b, const struct ek_tile_op *op,
                       struct ek_bit_phases *out)
{
    const ek_complex *values = b->program->values + op->values;
    uint64_t inner, outer;
    ek_binder_get_bits(b, op, out, &inner, &outer);
    const int targets = op->kind == EK_OP_TABLE ? op->target_count : 0;
    const int inner_count = ek_popcount(inner);
    for (unsigned value = 0; value < 1u << out->count; value++) {
        const uint64_t in = ek_deposit(value >> targets, inner);
        const uint64_t far = ek_deposit(value >> (targets + inner_count), outer);
        const bool acts =
            (in & op->inner_mask) == op->inner_value && (far & op->outer_mask) == op->outer_value;
        const unsigned entry = op->kind == EK_OP_TABLE
                                   ? value & ((1u << targets) - 1)
                                   : (unsigned)ek_parity((in & op->inner_z) ^ (far & op->outer_z));
        out->phase[value] = acts ? values[entry] : one;
    }
}

/* False where the factors of a run cannot say it: see fits in plan/trip.c. */
static bool can_be_factors(const struct ek_bit_phases *p)
{
    if (p->count < 2) return true;
    const enum place_kind a = p->place[0].kind, c = p->place[1].kind;
    return !((a == IN_GROUP && c == FAR) || (a == FAR && c == IN_GROUP));
}

/* phase(p, q) = c a^p d^q e^(pq). */
bool ek_binder_add_diagonal(struct ek_binder *b, const struct ek_tile_op *op)
{
    struct ek_bit_phases p;
    const ek_complex *phase = p.phase;
    get_phases(b, op, &p);
    if (!can_be_factors(&p)) return false;
    if (!b->run.used) begin_run(b);
    b->binding->scale = ek_times(b->binding->scale, phase[0]);
    if (p.count >= 1) add_phase(b, p.place[0], p.place[0], ratio(phase[1], phase[0]));
    if (p.count < 2) return true;
    add_phase(b, p.place[1], p.place[1], ratio(phase[2], phase[0]));
    add_phase(b, p.place[0], p.place[1],
              ratio(ek_times(phase[3], phase[0]), ek_times(phase[1], phase[2])));
    return true;
}

static bool all_real(const ek_complex *z, int count)
{
    for (int i = 0; i < count; i++)
        if (fabs(z[i].im) > 2e-16) return false;
    return true;
}

static bool far_real(const struct ek_binder *b)
{
    for (size_t i = 0; i < b->run.far_count; i++)
        if (fabs(b->binding->far[b->run.first_far + i].phase.im) > 2e-16) return false;
    return true;
}

/* Registers that a chunk may give a factor. */
static unsigned far_touched(const struct ek_binder *b)
{
    unsigned touched = 0;
    for (size_t i = 0; i < b->run.far_count; i++) {
        const int hot = b->binding->far[b->run.first_far + i].hot;
        for (unsigned r = 0; r < EK_REGISTERS; r++)
            if (hot >= EK_FAR_LANE || (r >> hot & 1)) touched |= 1u << r;
    }
    return touched;
}

/* Brings those to the front that no chunk of the call changes, and counts them. */
static size_t sort_far(const struct ek_binder *b, struct ek_far_phase *far, size_t count)
{
    size_t fixed = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ek_far_phase phase = far[i];
        if (phase.mask & b->call->chunk_slots) continue;
        far[i] = far[fixed];
        far[fixed++] = phase;
    }
    return fixed;
}

static void set_far(struct ek_binder *b, struct ek_bound_step *bound)
{
    bound->first_far = b->run.first_far;
    bound->far_count = b->run.far_count;
    bound->fixed_count = sort_far(b, b->binding->far + bound->first_far, bound->far_count);
    if (bound->far_count > 0) b->call->far = true;
    if (bound->far_count > bound->fixed_count) b->call->per_chunk = true;
    bound->step.touched |= (uint8_t)far_touched(b);
}

static void flush_registers(struct ek_binder *b, bool with_far)
{
    struct ek_phase_run *run = &b->run;
    const int registers = EK_REGISTERS, groups = run->grouped ? 1 << b->near_count : 1;
    bool real = !with_far || far_real(b);
    ek_complex factor[EK_GROUPS][EK_REGISTERS];
    struct ek_bound_step *bound = ek_binder_add_step(b, EK_STEP_SCALES, 0);
    bound->step.touched = 0;
    for (int g = 0; g < groups; g++) {
        for (int r = 0; r < registers; r++) {
            factor[g][r] = ek_times(run->registers[r], run->group[EK_REGISTER_SLOTS][g]);
            for (int k = 0; k < EK_REGISTER_SLOTS; k++)
                if (r >> k & 1) multiply(&factor[g][r], run->group[k][g]);
            if (!is_one(factor[g][r])) bound->step.touched |= (uint8_t)(1u << r);
        }
        real &= all_real(factor[g], registers);
    }
    if (!real) bound->step.kind = EK_STEP_PHASES;
    bound->step.stride = groups > 1 ? (uint32_t)(registers << !real) : 0;
    for (int g = 0; g < groups; g++) ek_binder_put_parts(b, factor[g], registers, !real);
    if (with_far) set_far(b, bound);
    if (bound->step.touched == 0) ek_binder_drop_step(b);
}

static void flush_lanes(struct ek_binder *b)
{
    struct ek_phase_run *run = &b->run;
    const int registers = EK_REGISTERS, lanes = 1 << b->lane_slots;
    bool real = far_real(b);
    ek_complex factor[EK_REGISTERS * EK_LANES];
    struct ek_bound_step *bound = ek_binder_add_step(b, EK_STEP_LANE_SCALES, 0);
    bound->step.touched = 0;
    for (int r = 0; r < registers; r++)
        for (int l = 0; l < lanes; l++) {
            ek_complex *f = &factor[r * lanes + l];
            *f = run->lane[r][l];
            if (!run->grouped) multiply(f, run->registers[r]);
            if (!is_one(*f)) bound->step.touched |= (uint8_t)(1u << r);
        }
    real &= all_real(factor, registers * lanes);
    if (!real) bound->step.kind = EK_STEP_LANE_PHASES;
    ek_binder_put_parts(b, factor, registers * lanes, !real);
    set_far(b, bound);
}

static void flush_group_lanes(struct ek_binder *b)
{
    struct ek_phase_run *run = &b->run;
    const int groups = 1 << b->near_count, lanes = 1 << b->lane_slots;
    bool real = true;
    for (int g = 0; g < groups; g++) real &= all_real(run->group_lane[g], lanes);
    struct ek_bound_step *bound =
        ek_binder_add_step(b, real ? EK_STEP_GROUP_SCALES : EK_STEP_GROUP_PHASES, 0);
    bound->step.stride = (uint32_t)(lanes << !real);
    for (int g = 0; g < groups; g++) ek_binder_put_parts(b, run->group_lane[g], lanes, !real);
}

/* Odd multiples of an eighth of a turn cost half of what another phase does, if they come alone:
 * the factors per register are not complex then. */
static void put_eighths(struct ek_binder *b)
{
    struct ek_phase_run *run = &b->run;
    const bool real = all_real(run->registers, EK_REGISTERS) && !run->grouped && far_real(b);
    for (int k = 0; k < EK_REGISTER_SLOTS; k++) {
        const ek_complex z = run->slot[k];
        if (is_one(z)) continue;
        if (!real || fabs(fabs(z.re) - fabs(z.im)) > 2e-16) {
            multiply_registers(run, 1u << k, z);
            continue;
        }
        ek_binder_add_step(b, z.re * z.im > 0 ? EK_STEP_EIGHTH_PLUS : EK_STEP_EIGHTH_MINUS, k);
        ek_binder_put(b, z.re);
    }
}

/* One step for factors per register (and group), one for those per register and lane, one for
 * those per group and lane, as needed. */
void ek_binder_flush(struct ek_binder *b)
{
    const bool lanes = b->run.lanes || b->run.far_lanes;
    if (!b->run.used) return;
    b->run.used = false;
    put_eighths(b);
    if (put_signs(b)) return;
    if (b->run.grouped || !lanes) flush_registers(b, !lanes);
    if (lanes) flush_lanes(b);
    if (b->run.grouped_lanes) flush_group_lanes(b);
}
