/* Every step of trips, in every table that this processor runs, against a reference that goes
 * amplitude by amplitude in complex double: slots, lanes, controls, groups and factors; then
 * random sequences in tiles and in the state itself. */
#include "kernels/trip_reference.h"

enum {
    SIZE = 1 << 14, /* amplitudes: lanes, registers, groups and two slots more at most */
    STEPS_MOST = 10
};

static size_t size; /* of the memory that a call sees a part of */

static double tolerance(void) { return kernels->precision == EK_SINGLE ? 2e-5 : 2e-14; }

/* ---- drawing steps -------------------------------------------------------------------------- */

static void draw_numbers(struct case_step *s, int count)
{
    for (int i = 0; i < count; i++) put(s, draw());
}

/* Lanes that are neighbours in the step's slot are chosen together. */
static void draw_lanes(struct case_step *s)
{
    const int pair = s->step.kind == EK_STEP_LANE_X ? 1 << s->step.slot : 0;
    for (int l = 0; l < lanes; l++)
        put(s, l & pair ? number(s, (size_t)(l ^ pair)) : 2 * below(2) - 1);
}

/* B - A and A + B are rounded once, so that the reference can take B from either. */
static void draw_quartet(struct case_step *s)
{
    double a[16], b[16];
    for (int i = 0; i < 16; i++) {
        a[i] = below(2049) / 1024.0 - 1;
        b[i] = below(2049) / 1024.0 - 1;
    }
    for (int i = 0; i < 16; i++) put(s, a[i]);
    for (int i = 0; i < 16; i++) put(s, b[i] - a[i]);
    for (int i = 0; i < 16; i++) put(s, a[i] + b[i]);
}

/* Registers that are not touched have factors 1; those per lane and group touch all. */
static void draw_factors(struct case_step *s, int groups)
{
    const int kind = s->step.kind, count = factor_count(kind);
    const bool turns = is_complex(kind), all = kind >= EK_STEP_GROUP_SCALES;
    const int sets = s->step.stride ? groups : 1;
    for (int g = 0; g < sets; g++)
        for (int part = 0; part <= turns; part++)
            for (int i = 0; i < count; i++)
                put(s, all || s->step.touched >> i * registers / count & 1 ? draw() : part == 0);
}

/* t and u of the kinds whose numbers are given. */
static void put_units(struct case_step *s)
{
    static const double units[EK_STEP_X][2] = {[EK_STEP_TURN_PLUS] = {1, -1},
                                               [EK_STEP_TURN_MINUS] = {-1, 1},
                                               [EK_STEP_REFLECT_PLUS] = {1, 1},
                                               [EK_STEP_IMAGINARY_PLUS] = {1, 1},
                                               [EK_STEP_IMAGINARY_MINUS] = {-1, -1}};
    for (int i = 0; i < 2; i++) put(s, units[s->step.kind][i]);
}

static void fill_step(struct case_step *s, int groups)
{
    const int kind = s->step.kind;
    s->count = 0;
    if (is_factors(kind)) draw_factors(s, groups);
    else if (is_quartet(kind)) draw_quartet(s);
    else if (kind == EK_STEP_LANE_DENSE) draw_numbers(s, 4 * lanes);
    else if (kind == EK_STEP_LANE_REFLECT) draw_numbers(s, 2 * lanes);
    else if (in_lanes(kind)) draw_numbers(s, lanes);
    else if (chooses_lanes(kind)) draw_lanes(s);
    else if (kind == EK_STEP_DENSE) draw_numbers(s, 8);
    else if (on_all_slots(kind)) draw_numbers(s, 2 * EK_REGISTER_SLOTS);
    else if (kind >= EK_STEP_TURN_PLUS && kind < EK_STEP_X) put_units(s);
    else if (kind != EK_STEP_Z && kind != EK_STEP_CZ) draw_numbers(s, 2);
}

static int targets(const struct ek_trip_step *step)
{
    if (step->kind == EK_STEP_LANE_X) return 0;
    if (!has_two_slots(step->kind)) return 1 << step->slot;
    int slots[2];
    quartet_slots(step, slots);
    return 1 << slots[0] | 1 << slots[1];
}

static int end_slot(int kind)
{
    if (is_factors(kind) || on_all_slots(kind) || kind == EK_STEP_HOLD) return 1;
    if (in_lanes(kind) || kind == EK_STEP_LANE_X) return kernels->lane_slots;
    return EK_REGISTER_SLOTS;
}

/* Of factors: true where they may differ from group to group. */
static bool has_groups(int kind)
{
    return kind == EK_STEP_SCALES || kind == EK_STEP_PHASES || kind >= EK_STEP_GROUP_SCALES;
}
static uint32_t group_stride(int kind)
{
    return has_groups(kind) ? (uint32_t)(factor_count(kind) << is_complex(kind)) : 0;
}

static void draw_step(struct case_step *s, int groups)
{
    const int kind = below(EK_STEP_GROUP_PHASES + 1);
    struct ek_trip_step *step = &s->step;
    *step = (struct ek_trip_step){.kind = (uint8_t)kind, .touched = (uint8_t)below(256)};
    step->slot = (uint8_t)below(end_slot(kind));
    if (kind == EK_STEP_SWAP) step->lane = (uint8_t)below(kernels->lane_slots);
    if (has_controls(kind)) {
        step->control_mask = (uint8_t)(below(registers) & ~targets(step));
        step->control_value = (uint8_t)(below(registers) & step->control_mask);
    }
    if (!is_factors(kind)) {
        step->near_mask = (uint8_t)(below(groups) & below(groups));
        step->near_value = (uint8_t)(below(groups) & step->near_mask);
    }
    if (below(2)) step->stride = group_stride(kind);
    fill_step(s, groups);
}

/* ---- where the amplitudes of a call lie ----------------------------------------------------- */

struct shape {
    struct ek_trip trip;
    size_t first[2]; /* in the tile, in the state */
};

static struct ek_spread *spread_of(struct shape *shape, bool in_state)
{
    return in_state ? &shape->trip.flat : &shape->trip.tile;
}

/* All slots above the lanes, in random order, become registers, groups and two constants. */
static void draw_spread(struct shape *shape, bool in_state, int near_slots)
{
    struct ek_spread *spread = spread_of(shape, in_state);
    size_t distance[16];
    int slots = 0;
    size = (size_t)(4 * lanes * registers) << near_slots;
    for (size_t d = (size_t)lanes; d < size; d *= 2) distance[slots++] = d;
    for (int k = slots - 1; k > 0; k--) {
        const int other = below(k + 1);
        const size_t kept = distance[k];
        distance[k] = distance[other];
        distance[other] = kept;
    }
    for (int k = 0; k < EK_REGISTER_SLOTS; k++) spread->distance[k] = distance[--slots];
    for (int k = 0; k < near_slots; k++) {
        slots--;
        for (int g = 0; g < 1 << near_slots; g++)
            if (g >> k & 1) spread->group[g] += distance[slots];
    }
    for (; slots > 0; slots--)
        if (below(2)) shape->first[in_state] += distance[slots - 1];
}

/* Distances that are no powers of two. */
static void draw_uneven_spread(struct shape *shape, bool in_state, int near_slots)
{
    struct ek_spread *spread = spread_of(shape, in_state);
    size_t next = (size_t)lanes;
    size = SIZE;
    for (int k = 0; k < EK_REGISTER_SLOTS; k++) {
        spread->distance[k] = next + (size_t)(lanes * below(2));
        next += spread->distance[k];
    }
    for (int g = 1; g < 1 << near_slots; g++)
        spread->group[g] = spread->group[g - 1] + next + (size_t)(lanes * below(3));
    shape->first[in_state] = (size_t)(lanes * below(3));
    CHECK(shape->first[in_state] + spread->group[shape->trip.group_count - 1] + next <= size);
}

static struct shape draw_shape(int near_slots)
{
    struct shape shape = {.trip = {.group_count = 1 << near_slots, .ask_level = 1 + below(2)}};
    for (int place = 0; place < 2; place++) draw_spread(&shape, place, near_slots);
    return shape;
}

static struct shape draw_uneven_shape(int near_slots)
{
    struct shape shape = {.trip.group_count = 1 << near_slots};
    for (int place = 0; place < 2; place++) draw_uneven_spread(&shape, place, near_slots);
    return shape;
}

static size_t address(const struct shape *shape, bool in_state, int g, int r, int l)
{
    const struct ek_spread *spread = in_state ? &shape->trip.flat : &shape->trip.tile;
    size_t at = shape->first[in_state] + spread->group[g] + (size_t)l;
    for (int k = 0; k < EK_REGISTER_SLOTS; k++)
        if (r >> k & 1) at += spread->distance[k];
    return at;
}

/* ---- one call against the reference --------------------------------------------------------- */

static _Alignas(64) char re_memory[SIZE * 8], im_memory[SIZE * 8], flat[SIZE * 16];
static double complex plain[2][SIZE]; /* of the tile, of the state */
static struct case_step cases[STEPS_MOST];

static double complex get_amplitude(bool in_state, size_t i)
{
    return in_state ? get(flat, 2 * i) + I * get(flat, 2 * i + 1)
                    : get(re_memory, i) + I * get(im_memory, i);
}

static void randomise(bool in_state)
{
    for (size_t i = 0; i < size; i++) {
        set(in_state ? flat : re_memory, in_state ? 2 * i : i, draw());
        set(in_state ? flat : im_memory, in_state ? 2 * i + 1 : i, draw());
        plain[in_state][i] = get_amplitude(in_state, i);
    }
}

/* The ways of a trip: from the tile or the state into one of them. */
struct way {
    bool from_state, into_state;
};

static void reference_call(const struct shape *shape, struct way way, int count,
                           double complex scale)
{
    static cube x;
    const int groups = shape->trip.group_count;
    for (int g = 0; g < groups; g++)
        for (int r = 0; r < registers; r++)
            for (int l = 0; l < lanes; l++)
                x[g][r][l] = plain[way.from_state][address(shape, way.from_state, g, r, l)];
    for (int i = 0; i < count; i++) reference_step(&cases[i], groups, x);
    for (int g = 0; g < groups; g++)
        for (int r = 0; r < registers; r++)
            for (int l = 0; l < lanes; l++)
                plain[way.into_state][address(shape, way.into_state, g, r, l)] =
                    scale * x[g][r][l];
}

static void report(const struct shape *shape, int count, double worst)
{
    fprintf(stderr, "\n%s %s, %d groups, first %zu: off by %g after", kernels->isa,
            ek_precision_name(kernels->precision), shape->trip.group_count, shape->first[0],
            worst);
    for (int i = 0; i < count; i++) {
        const struct ek_trip_step *s = &cases[i].step;
        fprintf(stderr, " (kind %d slot %d lane %d controls %d=%d near %d=%d touched %d stride"
                " %d)",
                s->kind, s->slot, s->lane, s->control_mask, s->control_value, s->near_mask,
                s->near_value, s->touched, (int)s->stride);
    }
    fprintf(stderr, "\n");
}

/* What lies outside of the call must keep its bits. Errors grow with the amplitudes. */
static void compare(bool in_state, const struct shape *shape, int count)
{
    double worst = 0, largest = 1;
    for (size_t i = 0; i < size; i++) {
        const double complex expected = plain[in_state][i];
        const double far = cabs(expected - get_amplitude(in_state, i));
        if (!(far <= worst)) worst = far;
        if (cabs(expected) > largest) largest = cabs(expected);
    }
    const bool near = worst <= tolerance() * count * largest;
    if (!near) report(shape, count, worst);
    CHECK(near);
}

static void call(const struct shape *shape, struct way way, size_t count, ek_complex scale)
{
    const struct ek_tile tile = {re_memory, im_memory, ek_log2(size)};
    const size_t first = shape->first[0];
    char *base = flat + shape->first[1] * (kernels->precision == EK_SINGLE ? 8 : 16);
    struct ek_trip_step steps[STEPS_MOST];
    for (size_t i = 0; i < count; i++) steps[i] = cases[i].step;
    if (way.from_state && way.into_state)
        kernels->flat_trip(base, 0, &shape->trip, count, steps, scale);
    else if (way.from_state)
        kernels->trip_in(base, 64, &tile, first, &shape->trip, count, steps);
    else if (way.into_state && below(2))
        kernels->trip_leave(base, flat, &shape->trip.flat, &tile, first, &shape->trip, count,
                            steps, scale);
    else if (way.into_state)
        kernels->trip_out(base, 0, &tile, first, &shape->trip, count, steps, scale);
    else
        kernels->trip(&tile, first, &shape->trip, count, steps);
}

static void check_call(struct way way, const struct shape *shape, int count)
{
    const ek_complex scale = {draw(), draw()};
    for (int place = 0; place < 2; place++) randomise(place);
    reference_call(shape, way, count, way.into_state ? scale.re + I * scale.im : 1);
    call(shape, way, (size_t)count, scale);
    for (int place = 0; place < 2; place++) compare(place, shape, count);
}

/* ---- tests ---------------------------------------------------------------------------------- */

/* Every submask of `bits` with every value. */
static void for_each_control(int bits, void (*test)(int mask, int value))
{
    for (int mask = bits;; mask = (mask - 1) & bits) {
        for (int value = mask;; value = (value - 1) & mask) {
            test(mask, value);
            if (value == 0) break;
        }
        if (mask == 0) break;
    }
}

static void check_one(int near_slots)
{
    const struct shape shape = draw_shape(near_slots);
    fill_step(&cases[0], shape.trip.group_count);
    check_call((struct way){false, false}, &shape, 1);
}

static void check_near(int mask, int value)
{
    cases[0].step.near_mask = (uint8_t)mask;
    cases[0].step.near_value = (uint8_t)value;
    check_one(2);
}

static void check_controls(int mask, int value)
{
    cases[0].step.control_mask = (uint8_t)mask;
    cases[0].step.control_value = (uint8_t)value;
    for_each_control(3, check_near);
}

static void steps_on_every_slot(void)
{
    for (int kind = 0; kind < EK_STEP_SCALES; kind++)
        for (int slot = 0; slot < end_slot(kind); slot++)
            for (int lane = 0; lane < (kind == EK_STEP_SWAP ? kernels->lane_slots : 1); lane++) {
                struct ek_trip_step *step = &cases[0].step;
                *step = (struct ek_trip_step){
                    .kind = (uint8_t)kind, .slot = (uint8_t)slot, .lane = (uint8_t)lane};
                for_each_control(has_controls(kind) ? (registers - 1) & ~targets(step) : 0,
                                 check_controls);
            }
}

static void factors_on_every_register(void)
{
    for (int kind = EK_STEP_SCALES; kind <= EK_STEP_GROUP_PHASES; kind++)
        for (int touched = 0; touched < 1 << registers; touched += 3)
            for (int grouped = 0; grouped <= has_groups(kind); grouped++) {
                cases[0].step =
                    (struct ek_trip_step){.kind = (uint8_t)kind,
                                          .touched = (uint8_t)touched,
                                          .stride = grouped ? group_stride(kind) : 0};
                check_one(2);
            }
}

static void check_sequences(struct way way, struct shape (*draw_any)(int))
{
    for (int trial = 0; trial < 60; trial++) {
        const struct shape shape = draw_any(trial % (EK_NEAR_SLOTS + 1));
        const int count = 1 + below(STEPS_MOST);
        for (int i = 0; i < count; i++) draw_step(&cases[i], shape.trip.group_count);
        check_call(way, &shape, count);
    }
}
static void sequences_on_every_way(void)
{
    for (int way = 0; way < 4; way++) {
        check_sequences((struct way){way & 1, way >> 1 & 1}, draw_shape);
        check_sequences((struct way){way & 1, way >> 1 & 1}, draw_uneven_shape);
    }
}

/* Some pairs have kernels of their own. */
static void rotations_two_by_two(void)
{
    static const uint8_t kinds[] = {EK_STEP_HOLD, EK_STEP_HELD, EK_STEP_HELD_ALL,
                                    EK_STEP_TURN_ALL, EK_STEP_IMAGINARY_ALL};
    enum { KINDS = sizeof kinds / sizeof *kinds };
    for (int near_slots = 0; near_slots <= EK_NEAR_SLOTS; near_slots++)
        for (int pair = 0; pair < KINDS * KINDS; pair++) {
            const struct shape shape = draw_shape(near_slots);
            cases[0].step = (struct ek_trip_step){.kind = kinds[pair % KINDS]};
            cases[1].step = (struct ek_trip_step){.kind = kinds[pair / KINDS]};
            for (int i = 0; i < 2; i++) fill_step(&cases[i], shape.trip.group_count);
            check_call((struct way){false, false}, &shape, 2);
        }
}

/* Of these, too, some rows go step by step. */
static void matrices_and_exchanges(void)
{
    for (int trial = 0; trial < 120; trial++) {
        const struct shape shape = draw_shape(trial % (EK_NEAR_SLOTS + 1));
        const int count = 1 + below(STEPS_MOST);
        for (int i = 0; i < count; i++) {
            static const int kinds[] = {EK_STEP_DENSE2, EK_STEP_SCHMIDT2, EK_STEP_SWAP};
            const int kind = kinds[below(3)];
            cases[i].step = (struct ek_trip_step){.kind = (uint8_t)kind,
                                                  .slot = (uint8_t)below(end_slot(kind)),
                                                  .lane = (uint8_t)below(kernels->lane_slots)};
            fill_step(&cases[i], shape.trip.group_count);
        }
        check_call((struct way){false, false}, &shape, count);
    }
}

/* A step's factors times those of a chunk, as many numbers as it says and none behind. */
static void check_factors(int kind, bool grouped)
{
    enum { GROUPS = 8 };
    static char out[(NUMBERS_MOST + 1) * 8];
    ek_complex by_register[EK_REGISTERS], by_lane[EK_LANES];
    const bool turns = is_complex(kind);
    const int width = kind >= EK_STEP_LANE_SCALES ? lanes : 1, all = registers * width;
    const int sets = grouped ? GROUPS : 1;
    struct case_step *s = &cases[0];
    s->step = (struct ek_trip_step){.kind = (uint8_t)kind, .touched = 0xff};
    if (grouped) s->step.stride = group_stride(kind);
    fill_step(s, GROUPS);
    for (int r = 0; r < registers; r++) by_register[r] = (ek_complex){draw(), turns * draw()};
    for (int l = 0; l < lanes; l++) by_lane[l] = (ek_complex){draw(), turns * draw()};
    memset(out, 0x5a, sizeof out);
    const double behind = get(out, s->count);
    const size_t count = kernels->factors(&s->step, GROUPS, by_register, by_lane, out);
    CHECK(count == s->count && get(out, s->count) == behind);
    for (int i = 0; i < sets * all; i++) {
        const size_t at = (size_t)(i % all + i / all * (all << turns));
        const ek_complex r = by_register[i % all / width];
        double complex factor = r.re + I * r.im;
        if (width > 1) factor *= by_lane[i % width].re + I * by_lane[i % width].im;
        const size_t apart = turns ? (size_t)all : 0;
        factor *= number(s, at) + (turns ? I * number(s, at + apart) : 0);
        CHECK_NEAR(get(out, at), creal(factor), tolerance());
        if (turns) CHECK_NEAR(get(out, at + apart), cimag(factor), tolerance());
    }
}

static void factors_of_chunks(void)
{
    for (int kind = EK_STEP_SCALES; kind <= EK_STEP_LANE_PHASES; kind++)
        for (int grouped = 0; grouped <= (kind <= EK_STEP_PHASES); grouped++)
            check_factors(kind, grouped);
}

static void for_each_table(void (*test)(void))
{
    for (int p = 0; p < 2; p++)
        for (int i = 0; (kernels = test_table((ek_precision)p, i)); i++) {
            lanes = 1 << kernels->lane_slots;
            registers = EK_REGISTERS;
            test();
        }
}

#define TEST(name)                                                                                \
    static void test_##name(void)                                                                 \
    {                                                                                             \
        for_each_table(name);                                                                     \
    }
TEST(steps_on_every_slot)
TEST(factors_on_every_register)
TEST(sequences_on_every_way)
TEST(rotations_two_by_two)
TEST(matrices_and_exchanges)
TEST(factors_of_chunks)

int main(int argc, char **argv)
{
    static const struct test_case tests[] = {
        {"each step on every slot, control and group", test_steps_on_every_slot},
        {"factors on every register", test_factors_on_every_register},
        {"random sequences between tile and state", test_sequences_on_every_way},
        {"rotations and what holds imaginary parts, two by two", test_rotations_two_by_two},
        {"matrices of two qubits and exchanges in a row", test_matrices_and_exchanges},
        {"factors of chunks", test_factors_of_chunks},
    };
    return test_main(argc, argv, "kernels: trips", tests, sizeof tests / sizeof *tests);
}
