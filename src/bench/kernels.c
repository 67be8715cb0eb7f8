/* Kernels one by one: on a tile that stays in cache, each thread on its own, and between the tile
 * and the memory. */
#include "bench/bench.h"
#include "exec/exec.h"

#include <math.h>

enum {
    QUBITS_LEAST = 12,
    DENSE_MAX = 4,
    LEVELS = 64,
    SHORT_BATCHES = 16,
    SHORT_CALLS = 8,
    ROW_SLOTS = 4
};
static const double batch_seconds = 2e-3;

/* What one thread works on. */
struct desk {
    const struct ek_kernels *kernels;
    struct ek_tile tile;
    size_t *rows; /* of `levels`, and of a tile in the state */
    uint16_t *levels;
    struct ek_trip trip;
    _Alignas(64) char turns[16 * sizeof(double)]; /* of steps, in the table's precision */
    _Alignas(64) char quartet[48 * sizeof(double)];
    _Alignas(64) char numbers[64]; /* of the peak */
};

static ek_complex phases[LEVELS];
/* Products of one 2x2 unitary: 1 to 4 qubits. */
static ek_complex matrices[DENSE_MAX + 1][256];

static void fill_numbers(void)
{
    static const ek_complex u[2][2] = {{{0.48, 0.64}, {0.168, -0.576}},
                                       {{0, 0.6}, {-0.64, 0.48}}};
    for (int i = 0; i < LEVELS; i++) phases[i] = (ek_complex){cos(i + 1), sin(i + 1)};
    for (int count = 1; count <= DENSE_MAX; count++)
        for (int entry = 0; entry < 1 << 2 * count; entry++) {
            ek_complex product = {1, 0};
            for (int bit = 0; bit < count; bit++) {
                const ek_complex f = u[entry >> (count + bit) & 1][entry >> bit & 1], p = product;
                product = (ek_complex){p.re * f.re - p.im * f.im, p.re * f.im + p.im * f.re};
            }
            matrices[count][entry] = product;
        }
}

/* ---- calls ---------------------------------------------------------------------------------- */

static const struct ek_where everywhere = {0, 0};

static void call_dense(struct desk *desk, int count, int lowest)
{
    uint8_t position[DENSE_MAX];
    for (int i = 0; i < count; i++) position[i] = (uint8_t)(lowest + i);
    desk->kernels->dense(&desk->tile, count, position, matrices[count], everywhere);
}
static void dense1_low(struct desk *desk) { call_dense(desk, 1, 0); }
static void dense1(struct desk *desk) { call_dense(desk, 1, 6); }
static void dense2_low(struct desk *desk) { call_dense(desk, 2, 0); }
static void dense2(struct desk *desk) { call_dense(desk, 2, 6); }
static void dense3(struct desk *desk) { call_dense(desk, 3, 6); }
static void dense4(struct desk *desk) { call_dense(desk, 4, 6); }

/* Steps on the amplitudes of a tile, each of which is in registers once. */
static void call_trips(struct desk *desk, size_t count, const struct ek_trip_step *steps)
{
    const size_t size = (size_t)1 << desk->tile.slots;
    const size_t chunk = EK_GROUPS * desk->trip.tile.group[1];
    for (size_t first = 0; first < size; first += chunk)
        desk->kernels->trip(&desk->tile, first, &desk->trip, count, steps);
}

static void turn_in_registers(struct desk *desk)
{
    struct ek_trip_step steps[3 * EK_REGISTER_SLOTS];
    for (int i = 0; i < 3 * EK_REGISTER_SLOTS; i++)
        steps[i] = (struct ek_trip_step){.kind = EK_STEP_IMAGINARY,
                                         .slot = (uint8_t)(i % EK_REGISTER_SLOTS),
                                         .numbers = desk->turns};
    call_trips(desk, 3 * EK_REGISTER_SLOTS, steps);
}

static void turn_once(struct desk *desk)
{
    const struct ek_trip_step step = {.kind = EK_STEP_IMAGINARY, .numbers = desk->turns};
    call_trips(desk, 1, &step);
}

static void turn_lanes(struct desk *desk)
{
    const struct ek_trip_step step = {.kind = EK_STEP_LANE_IMAGINARY, .numbers = desk->turns};
    call_trips(desk, 1, &step);
}

static void quartet(struct desk *desk)
{
    const struct ek_trip_step step = {.kind = EK_STEP_DENSE2, .slot = 2, .numbers = desk->quartet};
    call_trips(desk, 1, &step);
}

static void phase(struct desk *desk)
{
    const struct ek_where both = {1u << 6 | 1u << 7, 1u << 6 | 1u << 7};
    desk->kernels->phase(&desk->tile, phases[0], both);
}

static void parity(struct desk *desk)
{
    desk->kernels->parity(&desk->tile, 1u << 1 | 1u << 6, phases, everywhere);
}

static void table(struct desk *desk)
{
    static const uint8_t position[2] = {1, 6};
    desk->kernels->table(&desk->tile, 2, position, phases, everywhere);
}

static void levels(struct desk *desk)
{
    desk->kernels->levels(&desk->tile, desk->levels, desk->rows, ROW_SLOTS, LEVELS, phases);
}

static void pauli(struct desk *desk)
{
    desk->kernels->pauli(&desk->tile, 1u << 6 | 1u << 7, 1u << 6 | 1u << 1, 1, 0.6, 0.8,
                         everywhere);
}

static void peak(struct desk *desk)
{
    desk->kernels->peak(1 << 16, desk->numbers);
}

/* Operations that are needed per amplitude, and the part of the amplitudes that is touched. */
static const struct tile_case {
    const char *name;
    void (*call)(struct desk *desk);
    double flops, share;
} cases[] = {
    {"trip: RX", turn_once, 4, 1},
    {"trip: RX in the lowest slot", turn_lanes, 4, 1},
    {"trip: 9 RX", turn_in_registers, 36, 1},
    {"trip: dense, 2 qubits", quartet, 30, 1},
    {"dense, 1 qubit, lowest slot", dense1_low, 14, 1},
    {"dense, 1 qubit", dense1, 14, 1},
    {"dense, 2 qubits, lowest slots", dense2_low, 30, 1},
    {"dense, 2 qubits", dense2, 30, 1},
    {"dense, 3 qubits", dense3, 62, 1},
    {"dense, 4 qubits", dense4, 126, 1},
    {"phase under a control (CP)", phase, 6, 0.25},
    {"phase by parity (RZZ)", parity, 6, 1},
    {"phases from a table", table, 6, 1},
    {"phases by 16-bit levels", levels, 6, 1},
    {"Pauli rotation (XYZ)", pauli, 6, 1},
};

/* ---- timing --------------------------------------------------------------------------------- */

struct bench {
    ek_session *session;
    int threads, repeat;
    const struct ek_kernels *kernels;
    ek_state *state;
    struct desk *desks; /* one per thread */
    double *seconds;
};

static double time_calls(const struct bench *bench, void (*call)(struct desk *desk), size_t count)
{
    double start = 0, seconds = 0;
#pragma omp parallel num_threads(bench->threads)
    {
        struct desk *desk = &bench->desks[ek_thread_number()];
#pragma omp barrier
#pragma omp master
        start = ek_clock_seconds();
        for (size_t i = 0; i < count; i++) call(desk);
#pragma omp barrier
#pragma omp master
        seconds = ek_clock_seconds() - start;
    }
    return seconds;
}

/* Median seconds of one call, all threads at once. */
static double time_kernel(struct bench *bench, void (*call)(struct desk *desk))
{
    size_t count = 1;
    while (time_calls(bench, call, count) < batch_seconds) count *= 2;
    for (int i = 0; i < bench->repeat; i++)
        bench->seconds[i] = time_calls(bench, call, count) / (double)count;
    return ek_bench_median(bench->seconds, bench->repeat);
}

/* Seconds of one call in the fastest of many short batches, on the slowest thread: what other work
 * on the processors disturbs least. */
static double time_fastest(const struct bench *bench, void (*call)(struct desk *desk))
{
    double slowest = 0;
#pragma omp parallel num_threads(bench->threads) reduction(max : slowest)
    {
        struct desk *desk = &bench->desks[ek_thread_number()];
        double best = INFINITY;
        for (int batch = 0; batch < SHORT_BATCHES; batch++) {
            const double start = ek_clock_seconds();
            for (int i = 0; i < SHORT_CALLS; i++) call(desk);
            best = fmin(best, (ek_clock_seconds() - start) / SHORT_CALLS);
        }
        slowest = best;
    }
    return slowest;
}

/* All tiles of the state, whose rows lie side by side or, with high slots, as far apart as can be:
 * one after the other to the tile, and back where `back` says so. */
static double time_gather(const struct bench *bench, bool high, bool back)
{
    const struct ek_state *state = bench->state;
    const size_t bytes = ek_amplitude_bytes(state->precision);
    const int tile_slots = bench->desks[0].tile.slots;
    const size_t tiles = (size_t)1 << (state->local_slots - tile_slots);
    const size_t distance = (size_t)1 << (high ? ROW_SLOTS : tile_slots);
    const double start = ek_clock_seconds();
#pragma omp parallel for schedule(static) num_threads(bench->threads)
    for (size_t t = 0; t < tiles; t++) {
        struct desk *desk = &bench->desks[ek_thread_number()];
        char *base = (char *)state->amplitudes + t * distance * bytes;
        bench->kernels->gather(base, desk->rows, ROW_SLOTS, &desk->tile);
        if (back)
            bench->kernels->scatter(base, desk->rows, ROW_SLOTS, &desk->tile, (ek_complex){1, 0});
    }
    return ek_clock_seconds() - start;
}

/* ---- making --------------------------------------------------------------------------------- */

static void set_rows(struct desk *desk, size_t distance)
{
    for (size_t r = 0; r < (size_t)1 << (desk->tile.slots - ROW_SLOTS); r++)
        desk->rows[r] = r * distance;
}

static void put(const struct desk *desk, char *numbers, int i, double value)
{
    if (desk->kernels->precision == EK_SINGLE)
        ((float *)numbers)[i] = (float)value;
    else
        ((double *)numbers)[i] = value;
}

/* Register slots right above the lanes, groups right above them. Turns are so small that the norm
 * stays, however often they are applied. */
static void make_trips(struct desk *desk)
{
    const struct ek_kernels *kernels = desk->kernels;
    const ek_complex *matrix = matrices[2];
    for (int i = 0; i < EK_REGISTER_SLOTS; i++)
        desk->trip.tile.distance[i] = (size_t)1 << (kernels->lane_slots + i);
    desk->trip.group_count = EK_GROUPS;
    for (size_t g = 0; g < EK_GROUPS; g++)
        desk->trip.tile.group[g] = g << (kernels->lane_slots + EK_REGISTER_SLOTS);
    for (int i = 0; i < EK_LANES; i++) put(desk, desk->turns, i, 1e-9);
    for (int i = 0; i < 16; i++) {
        put(desk, desk->quartet, i, matrix[i].re);
        put(desk, desk->quartet, 16 + i, matrix[i].im - matrix[i].re);
        put(desk, desk->quartet, 32 + i, matrix[i].re + matrix[i].im);
    }
}

static ek_status make_desk(const struct bench *bench, int slots, struct desk *desk)
{
    const size_t size = (size_t)1 << slots;
    desk->kernels = bench->kernels;
    EK_TRY(ek_tile_create(slots, bench->kernels->precision, &desk->tile));
    EK_TRY(EK_NEW(desk->rows, size >> ROW_SLOTS));
    set_rows(desk, (size_t)1 << ROW_SLOTS);
    EK_TRY(EK_NEW(desk->levels, size));
    make_trips(desk);
    for (size_t i = 0; i < size; i++) desk->levels[i] = (uint16_t)(i * i / 7 % LEVELS);
    bench->kernels->fill(&desk->tile, 0.01);
    return EK_OK;
}

static ek_status check(const ek_bench_kernels_options *options)
{
    if (options->precision != EK_DOUBLE && options->precision != EK_SINGLE)
        return EK_FAIL(EK_ERROR_ARGUMENT, "precision %d is unknown", (int)options->precision);
    if (options->repeat < 0 || options->repeat > EK_BENCH_REPEAT_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d batches: expected 1 to %d", options->repeat,
                       EK_BENCH_REPEAT_MAX);
    if (options->qubits < QUBITS_LEAST || options->qubits > EK_QUBITS_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d qubits on each rank: kernels take %d to %d",
                       options->qubits, QUBITS_LEAST, EK_QUBITS_MAX);
    return EK_OK;
}

static ek_status make_desks(struct bench *bench, int slots)
{
    fill_numbers();
    EK_TRY(EK_NEW(bench->desks, bench->threads));
    EK_TRY(EK_NEW(bench->seconds, bench->repeat));
    for (int t = 0; t < bench->threads; t++)
        EK_TRY(make_desk(bench, slots, &bench->desks[t]));
    return EK_OK;
}

static void clear(struct bench *bench)
{
    for (int t = 0; bench->desks && t < bench->threads; t++) {
        ek_release(bench->desks[t].tile.re);
        ek_release(bench->desks[t].rows);
        ek_release(bench->desks[t].levels);
    }
    ek_release(bench->desks);
    ek_release(bench->seconds);
    ek_state_destroy(&bench->state);
}

/* ---- the table ------------------------------------------------------------------------------ */

static void add(ek_bench_kernels_result *result, const char *name, double seconds, double flops,
                double bytes)
{
    const int i = result->count++;
    result->kernel[i].name = name;
    result->kernel[i].seconds = seconds;
    result->kernel[i].flops_per_second = flops / seconds;
    result->kernel[i].bytes_per_second = bytes / seconds;
}

static void measure_tiles(struct bench *bench, ek_bench_kernels_result *result)
{
    const size_t bytes = ek_amplitude_bytes(result->precision);
    const double amplitudes = (double)bench->threads * ldexp(1, result->tile_qubits);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double touched = amplitudes * cases[i].share;
        add(result, cases[i].name, time_kernel(bench, cases[i].call), cases[i].flops * touched,
            2 * touched * (double)bytes);
    }
}

static void add_gather(struct bench *bench, const char *name, bool high, bool back,
                       ek_bench_kernels_result *result)
{
    const double bytes = (double)ek_state_bytes_per_rank(bench->state);
    for (int i = 0; i < bench->repeat; i++) bench->seconds[i] = time_gather(bench, high, back);
    result->kernel[result->count].in_memory = true;
    add(result, name, ek_bench_median(bench->seconds, bench->repeat), 0, (1 + back) * bytes);
}

static void measure_memory(struct bench *bench, ek_bench_kernels_result *result)
{
    const size_t rows = (size_t)1 << (result->tile_qubits - ROW_SLOTS);
    for (int i = 0; i < bench->repeat; i++) {
        const double start = ek_clock_seconds();
        ek_stream_pass(bench->state);
        bench->seconds[i] = ek_clock_seconds() - start;
    }
    result->memory_bytes_per_second = 2 * (double)ek_state_bytes_per_rank(bench->state) /
                                      ek_bench_median(bench->seconds, bench->repeat);
    add_gather(bench, "gather, low slots", false, false, result);
    add_gather(bench, "gather and scatter, low slots", false, true, result);
    for (int t = 0; t < bench->threads; t++)
        set_rows(&bench->desks[t], ek_state_local_count(bench->state) / rows);
    add_gather(bench, "gather, highest slots", true, false, result);
    add_gather(bench, "gather and scatter, highest", true, true, result);
}

static void measure(struct bench *bench, ek_bench_kernels_result *result)
{
    _Alignas(64) char numbers[64] = {0};
    const double operations = bench->kernels->peak(1 << 16, numbers) * bench->threads;
    result->instruction_set = bench->kernels->isa;
    result->threads = bench->threads;
    result->tile_qubits = bench->desks[0].tile.slots;
    result->peak_flops_per_second = operations / time_kernel(bench, peak);
    measure_tiles(bench, result);
    measure_memory(bench, result);
}

static ek_bench_kernels_options complete(const ek_bench_kernels_options *options)
{
    ek_bench_kernels_options chosen = options ? *options : (ek_bench_kernels_options){0};
    if (chosen.qubits == 0) chosen.qubits = chosen.precision == EK_SINGLE ? 27 : 26;
    if (chosen.repeat == 0) chosen.repeat = 5;
    return chosen;
}

ek_status ek_bench_kernels(ek_session *session, const ek_bench_kernels_options *options,
                           ek_bench_kernels_result *result)
{
    const ek_bench_kernels_options chosen = complete(options);
    struct bench bench = {.session = session, .threads = ek_session_threads(session),
                          .repeat = chosen.repeat};
    ek_bench_kernels_result found = {.precision = chosen.precision};
    int qubits = chosen.qubits;
    for (int ranks = ek_session_size(session); ranks > 1; ranks /= 2) qubits++;
    ek_status status = check(&chosen);
    if (status == EK_OK) {
        bench.kernels = ek_kernels_get(chosen.precision);
        const ek_plan_options plan = {.shared_ranks = 1, .precision = chosen.precision};
        status = make_desks(&bench, ek_plan_default_tile(&plan, chosen.qubits));
    }
    status = ek_session_agree(session, status);
    if (status == EK_OK)
        status = ek_state_create(session, qubits, chosen.precision, &bench.state);
    if (status == EK_OK) {
        ek_barrier(session);
        measure(&bench, &found);
        *result = found;
    }
    clear(&bench);
    return status;
}

void ek_bench_processor(ek_bench_machine *machine)
{
    const struct ek_kernels *kernels = ek_kernels_get(EK_DOUBLE);
    const struct ek_machine_facts *facts = ek_machine_facts_get();
    machine->vector_bytes = ldexp(sizeof(double), kernels->lane_slots);
    if (facts->l1_bytes) machine->l1_cache_bytes = (double)facts->l1_bytes;
    if (facts->l2_bytes) machine->l2_cache_bytes = (double)facts->l2_bytes;
}

ek_status ek_bench_arithmetic(ek_session *session, ek_precision precision,
                              ek_bench_machine *machine)
{
    enum { TILE_SLOTS = 14, TURNS = 3 * EK_REGISTER_SLOTS };
    struct bench bench = {.session = session, .threads = ek_session_threads(session),
                          .repeat = 1, .kernels = ek_kernels_get(precision)};
    const double flops = (4 * TURNS + EK_TRIP_FLOPS) * ldexp(1, TILE_SLOTS);
    const double vector = precision == EK_SINGLE ? 2 : 1;
    const double share = 0.85; /* that programs reach: they begin trips, and look factors up */
    const ek_status status = ek_session_agree(session, make_desks(&bench, TILE_SLOTS));
    if (status == EK_OK) {
        ek_barrier(session);
        double speeds[2] = {
            1e-9 * share * flops / vector / time_fastest(&bench, turn_in_registers),
            ldexp(1, TILE_SLOTS) / time_fastest(&bench, levels)};
        ek_min_ranks(session, speeds, 2);
        machine->gflops_per_thread = speeds[0];
        machine->lookups_per_second_per_thread = speeds[1];
    }
    clear(&bench);
    return status;
}
