/* Validation: each rank compares its own amplitudes with what they must be, so that a check tells
 * where it found something wrong; the local ones also tell who did it. */
#include "bench/validate_private.h"

#include <exaket/observe.h>
#include <exaket/query.h>

#include <math.h>

enum {
    TABLE_BITS = 11,
    TABLES_MAX = 6,
    QUBITS_MIN = 4,
    STREAM_PASSES = 5,
    ALL_PAIRS_RANKS = 1024,
    THREAD_BYTES = 512 << 20 /* of the default state */
};

/* Amplitudes times 2^(qubits/2) of a product state: a product over groups of bits. */
struct expected {
    int qubits, tables;
    ek_complex table[TABLES_MAX][1 << TABLE_BITS];
    struct ek_layout_reader reader;
};

struct validation {
    ek_session *session;
    ek_validate_options options;
    ek_state *state;
    struct expected *expected;
    char *send, *receive; /* while messages are checked: later the memory is the programs' */
    size_t message_bytes;
    ek_validate_rank mine;
    ek_validate_result *result;
};

const char *ek_validate_name(ek_validate_check check)
{
    static const char *const names[] = {"messages", "local-turns", "local-mirror", "spins",
                                        "qft",      "qft-inverse", "adder",        "mirror"};
    return check < EK_VALIDATE_CHECKS ? names[check] : NULL;
}

/* ---- messages ------------------------------------------------------------------------------- */

/* Numbers that tell who sends to whom; returns how many of `words` were others before. */
static size_t write_pattern(uint64_t *words, size_t count, int from, int to)
{
    const uint64_t step = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t word = ((uint64_t)from << 32 | (uint64_t)to) * step;
    size_t others = 0;
    for (size_t i = 0; i < count; i++, word += step) {
        others += words[i] != word;
        words[i] = word;
    }
    return others;
}

static ek_status open_messages(struct validation *v)
{
    v->message_bytes = ek_session_exchange_bytes(v->session) / 2 & ~(size_t)7;
    EK_TRY(EK_NEW(v->send, v->message_bytes));
    return EK_NEW(v->receive, v->message_bytes);
}

static void close_messages(struct validation *v)
{
    ek_release(v->send);
    ek_release(v->receive);
    v->send = v->receive = NULL;
}

static void exchange_messages(struct validation *v)
{
    const int ranks = ek_session_size(v->session), rank = ek_session_rank(v->session);
    const size_t words = v->message_bytes / sizeof(uint64_t);
    double seconds = 0, sent = 0;
    for (int k = 1; k < ranks; k = ranks <= ALL_PAIRS_RANKS ? k + 1 : 2 * k) {
        const int partner = rank ^ k;
        write_pattern((uint64_t *)v->send, words, rank, partner);
        if (ek_fault_due(EK_FAULT_BIT)) v->send[0] ^= 1;
        const double start = ek_clock_seconds();
        ek_exchange(v->session, partner, v->send, v->receive, v->message_bytes);
        seconds += ek_clock_seconds() - start;
        sent += (double)v->message_bytes;
        if (write_pattern((uint64_t *)v->receive, words, partner, rank) > 0) {
            v->mine.error[EK_VALIDATE_MESSAGES]++;
            v->mine.partner = partner;
        }
    }
    v->mine.seconds[EK_VALIDATE_MESSAGES] = seconds;
    if (sent > 0) v->mine.message_bytes_per_second = sent / seconds;
}

static ek_status check_messages(struct validation *v)
{
    if (ek_session_size(v->session) == 1) return EK_OK;
    const ek_status status = ek_session_agree(v->session, open_messages(v));
    if (status == EK_OK) exchange_messages(v);
    close_messages(v);
    return status;
}

/* ---- memory --------------------------------------------------------------------------------- */

static void measure_stream(struct validation *v)
{
    const double bytes = 2.0 * (double)ek_state_bytes_per_rank(v->state);
    for (int i = 0; i < STREAM_PASSES; i++) {
        ek_barrier(v->session);
        const double start = ek_clock_seconds();
        ek_stream_pass(v->state);
        v->mine.stream_bytes_per_second =
            fmax(v->mine.stream_bytes_per_second, bytes / (ek_clock_seconds() - start));
    }
}

static int count_small_pages(const struct validation *v)
{
    char word[32];
    double count = ek_large_pages(v->state->memory.ranks > 1, word) ? 0 : 1;
    ek_sum_ranks(v->session, &count, 1);
    return (int)count;
}

/* ---- amplitudes ----------------------------------------------------------------------------- */

static ek_complex factor(const struct ek_validate_circuit *what, const ek_state *state, int qubit,
                         int bit)
{
    double theta = ek_validate_theta(qubit), size = 1, phase = 0;
    if (what->turned && qubit < state->local_slots) {
        theta += ek_validate_turn(qubit).y;
        phase = (bit - 0.5) * ek_validate_turn(qubit).z;
    }
    if (!what->phase) size = sqrt(2) * (bit ? sin(theta / 2) : cos(theta / 2));
    else if (bit) phase = what->phase(qubit, state->qubits);
    return (ek_complex){size * cos(phase), size * sin(phase)};
}

static void expect(const struct ek_validate_circuit *what, const ek_state *state,
                   struct expected *expected)
{
    const int n = ek_state_qubits(state);
    expected->qubits = n;
    expected->tables = (n + TABLE_BITS - 1) / TABLE_BITS;
    for (int t = 0; t < expected->tables; t++)
        for (int i = 0; i < 1 << TABLE_BITS; i++) {
            ek_complex value = {1, 0};
            for (int b = 0; b < TABLE_BITS && t * TABLE_BITS + b < n; b++)
                value = ek_times(value, factor(what, state, t * TABLE_BITS + b, i >> b & 1));
            expected->table[t][i] = value;
        }
    ek_layout_reader_set(&state->layout, &expected->reader);
}

static ek_complex expected_at(const struct expected *expected, uint64_t index)
{
    ek_complex value = {1, 0};
    for (int t = 0; t < expected->tables; t++, index >>= TABLE_BITS)
        value = ek_times(value, expected->table[t][index & ek_low_bits(TABLE_BITS)]);
    return value;
}

/* Largest deviation of this rank's amplitudes; infinite where one is no number. */
static double largest_deviation(const struct validation *v, const struct ek_validate_circuit *what)
{
    const ek_state *state = v->state;
    const struct expected *expected = v->expected;
    const uint64_t first = ek_state_first(state);
    const size_t count = ek_state_local_count(state);
    const double scale = exp2(0.5 * expected->qubits);
    const int threads = ek_session_threads(v->session);
    double worst = 0;
#pragma omp parallel for schedule(static) num_threads(threads) reduction(max : worst)
    for (size_t i = 0; i < count; i++) {
        uint64_t index = ek_layout_read(&expected->reader, first + i);
        if (what->origin) index = what->origin(index, expected->qubits);
        const ek_complex is = ek_state_get(state, i), must = expected_at(expected, index);
        const double re = scale * is.re - must.re, im = scale * is.im - must.im;
        const double square = re * re + im * im;
        worst = square <= worst ? worst : isfinite(square) ? square : INFINITY;
    }
    return sqrt(worst);
}

/* ---- a check -------------------------------------------------------------------------------- */

static ek_status prepare(const struct validation *v, const struct ek_validate_circuit *what)
{
    const int n = ek_state_qubits(v->state);
    double theta[EK_QUBITS_MAX];
    for (int q = 0; q < n; q++) theta[q] = ek_validate_theta(q);
    const ek_initial product = {.kind = EK_INITIAL_PRODUCT, .theta = theta};
    const ek_initial basis = {.kind = EK_INITIAL_BASIS, .index = ek_validate_basis(n)};
    return ek_state_prepare(v->state, what->phase ? &basis : &product);
}

/* From the state's own layout, so that what need not move does not. */
static ek_status run_circuit(struct validation *v, const ek_circuit *circuit,
                             ek_validate_check check)
{
    const ek_plan_options options = {.precision = v->options.precision};
    ek_program *program = NULL;
    EK_TRY(ek_program_create_from(v->session, circuit, &options, &v->state->layout, &program));
    const double start = ek_clock_seconds();
    const ek_status status = ek_program_run(program, NULL, NULL, v->state);
    v->mine.seconds[check] += ek_clock_seconds() - start;
    ek_program_destroy(&program);
    if (ek_fault_due(EK_FAULT_BIT))
        ek_state_put(v->state, 0, ek_times(ek_state_get(v->state, 0), (ek_complex){0, 1}));
    return status;
}

static ek_status build(const struct validation *v, const struct ek_validate_circuit *what,
                       ek_circuit **circuit, ek_circuit **inverse)
{
    const int n = ek_state_qubits(v->state);
    EK_TRY(ek_circuit_create(n, circuit));
    EK_TRY(what->append(*circuit, what->local ? v->state->local_slots : n));
    return what->mirrored ? ek_circuit_inverse(*circuit, 0, inverse) : EK_OK;
}

static ek_status run_circuits(struct validation *v, ek_validate_check check)
{
    const struct ek_validate_circuit *what = &ek_validate_circuits[check];
    ek_circuit *circuit = NULL, *inverse = NULL;
    ek_status status = ek_session_agree(v->session, build(v, what, &circuit, &inverse));
    if (status == EK_OK) status = prepare(v, what);
    if (status == EK_OK) status = run_circuit(v, circuit, check);
    if (status == EK_OK && inverse) status = run_circuit(v, inverse, check);
    ek_circuit_destroy(&circuit);
    ek_circuit_destroy(&inverse);
    return status;
}

/* Of <X> = 1 or -1 and <Y> = <Z> = 0 from what the state gives. */
static ek_status deviation_of_spins(const ek_state *state, double *deviation)
{
    const int n = ek_state_qubits(state);
    ek_bloch spin[EK_QUBITS_MAX];
    EK_TRY(ek_state_bloch(state, spin));
    for (int q = 0; q < n; q++) {
        const double x = ek_validate_basis(n) >> q & 1 ? -1 : 1;
        *deviation += fabs(spin[q].x - x) + fabs(spin[q].y) + fabs(spin[q].z);
    }
    return EK_OK;
}

static ek_status check_amplitudes(struct validation *v, ek_validate_check check)
{
    double norm = 0, *deviation = &v->result->deviation[check];
    EK_TRY(run_circuits(v, check));
    expect(&ek_validate_circuits[check], v->state, v->expected);
    v->mine.error[check] = largest_deviation(v, &ek_validate_circuits[check]);
    EK_TRY(ek_state_norm(v->state, &norm));
    *deviation = fabs(norm - 1);
    return check == EK_VALIDATE_SPINS ? deviation_of_spins(v->state, deviation) : EK_OK;
}

/* ---- the result ----------------------------------------------------------------------------- */

int ek_validate_is_wrong(const ek_validate_result *result, ek_validate_check check, int rank)
{
    const double error = result->rank[rank].error[check];
    return check == EK_VALIDATE_MESSAGES ? error > 0 : !(error <= result->tolerance);
}

int ek_validate_failed(const ek_validate_result *result, ek_validate_check check)
{
    return result->wrong_ranks[check] > 0 || !(result->deviation[check] <= result->tolerance);
}

int ek_validate_is_slow(const ek_validate_result *result, int rank)
{
    return result->rank[rank].stream_bytes_per_second <
           0.75 * result->median_stream_bytes_per_second;
}

/* Records travel as the doubles that they are made of. */
_Static_assert(sizeof(ek_validate_rank) % sizeof(double) == 0, "records are whole doubles");

static ek_status collect(struct validation *v, double *speeds)
{
    ek_validate_result *result = v->result;
    ek_gather_doubles(v->session, (const double *)(const void *)&v->mine,
                      sizeof v->mine / sizeof(double), (double *)(void *)result->rank);
    for (int r = 0; r < result->ranks; r++) speeds[r] = result->rank[r].stream_bytes_per_second;
    result->median_stream_bytes_per_second = ek_bench_median(speeds, result->ranks);
    for (int r = 0; r < result->ranks; r++) {
        result->slow_ranks += ek_validate_is_slow(result, r);
        for (int c = 0; c < EK_VALIDATE_CHECKS; c++)
            result->wrong_ranks[c] += ek_validate_is_wrong(result, (ek_validate_check)c, r);
    }
    for (int c = 0; c < EK_VALIDATE_CHECKS; c++)
        result->failures += ek_validate_failed(result, (ek_validate_check)c);
    result->small_page_ranks = count_small_pages(v);
    result->peak_rss_bytes_per_rank = ek_session_peak_memory(v->session);
    return EK_OK;
}

/* ---- all together --------------------------------------------------------------------------- */

/* The most qubits that the rank with the least memory allows for all. */
static int default_qubits(const struct validation *v)
{
    double bytes = fmin((double)ek_available_memory_bytes() / 4 /
                            ek_session_node_ranks(v->session),
                        (double)THREAD_BYTES * ek_session_threads(v->session));
    ek_min_ranks(v->session, &bytes, 1);
    const double amplitudes = bytes * ek_session_size(v->session) /
                              (double)ek_amplitude_bytes(v->options.precision);
    return (int)fmax(QUBITS_MIN, fmin(EK_QUBITS_MAX, floor(log2(amplitudes))));
}

static ek_status complete(struct validation *v)
{
    ek_validate_options *options = &v->options;
    EK_TRY(ek_agree_same(v->session, options, sizeof *options, "the options of a validation"));
    if (options->qubits == 0) options->qubits = default_qubits(v);
    if (options->qubits < QUBITS_MIN || options->qubits > EK_QUBITS_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d qubits: expected %d to %d", options->qubits,
                       QUBITS_MIN, EK_QUBITS_MAX);
    if (options->precision != EK_DOUBLE && options->precision != EK_SINGLE)
        return EK_FAIL(EK_ERROR_ARGUMENT, "precision %d: expected double or single",
                       (int)options->precision);
    return EK_OK;
}

static ek_status allocate(struct validation *v)
{
    EK_TRY(EK_NEW(v->expected, 1));
    return EK_NEW(v->result->rank, ek_session_size(v->session));
}

static ek_status begin(struct validation *v)
{
    ek_validate_result *result = v->result;
    char host[256] = "";
    EK_TRY(complete(v));
    EK_TRY(ek_session_agree(v->session, allocate(v)));
    EK_TRY(ek_state_create(v->session, v->options.qubits, v->options.precision, &v->state));
    snprintf(v->mine.host, sizeof v->mine.host, "%.63s", ek_host_name(host));
    v->mine.partner = -1;
    result->qubits = v->options.qubits;
    result->ranks = ek_session_size(v->session);
    result->precision = v->options.precision;
    result->state_bytes_per_rank = ek_state_bytes_per_rank(v->state);
    result->tolerance = result->precision == EK_SINGLE ? 1e-3 : 1e-9;
    return EK_OK;
}

static ek_status run(struct validation *v)
{
    double *speeds = NULL;
    EK_TRY(begin(v));
    measure_stream(v);
    EK_TRY(check_messages(v));
    for (int c = EK_VALIDATE_LOCAL_TURNS; c < EK_VALIDATE_CHECKS; c++)
        EK_TRY(check_amplitudes(v, (ek_validate_check)c));
    ek_status status = ek_session_agree(v->session, EK_NEW(speeds, v->result->ranks));
    if (status == EK_OK) status = collect(v, speeds);
    ek_release(speeds);
    return status;
}

ek_status ek_validate(ek_session *session, const ek_validate_options *options,
                      ek_validate_result *result)
{
    ek_validate_result found = {0};
    struct validation v = {.session = session, .result = &found};
    if (options) v.options = *options;
    const ek_status status = run(&v);
    ek_state_destroy(&v.state);
    ek_release(v.expected);
    if (status == EK_OK) *result = found;
    else ek_validate_free(&found);
    return status;
}

void ek_validate_free(ek_validate_result *result)
{
    ek_release(result->rank);
    result->rank = NULL;
}
