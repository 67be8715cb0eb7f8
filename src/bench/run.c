/* One workload: made once, run once to warm up and to compare, then timed. */
#include "bench/bench.h"

#include <math.h>

struct bench {
    ek_session *session;
    ek_bench_options options;
    struct ek_work work;
    ek_state *state;
    ek_program *program;
    double *seconds, *stream_seconds; /* `repeat` of each */
};

void ek_stream_pass(ek_state *state)
{
    const size_t local = ek_state_local_count(state);
    const size_t part = local < EK_BLOCK_AMPLITUDES ? local : EK_BLOCK_AMPLITUDES;
    const size_t bytes = ek_amplitude_bytes(state->precision);
    char *amplitudes = state->amplitudes;
    const int threads = ek_session_threads(state->session);
#pragma omp parallel for schedule(static) num_threads(threads) if (local > part)
    for (size_t i = 0; i < local; i += part)
        state->kernels->scale(amplitudes + i * bytes, part, 1.0);
}

/* ---- made once ------------------------------------------------------------------------------ */

static ek_status make_work(struct bench *bench)
{
    EK_TRY(ek_work_create(&bench->options, &bench->work));
    EK_TRY(EK_NEW(bench->seconds, bench->options.repeat));
    return EK_NEW(bench->stream_seconds, bench->options.repeat);
}

/* Plans as the program will, for the time of the plan alone. */
static ek_status time_plan(const struct bench *bench, const struct ek_layout *entry,
                           double *seconds)
{
    const ek_plan_options options = {.ranks = ek_session_size(bench->session),
                                     .threads = ek_session_threads(bench->session),
                                     .exchange_bytes = ek_session_exchange_bytes(bench->session),
                                     .precision = bench->options.precision,
                                     .qft = bench->options.qft};
    ek_plan *plan = NULL;
    const double start = ek_clock_seconds();
    const ek_status status = ek_plan_create_from(bench->work.circuit, &options, entry, &plan);
    *seconds = ek_clock_seconds() - start;
    ek_plan_destroy(&plan);
    return ek_session_agree(bench->session, status);
}

/* A gate's slot is that of the layout it meets; other plans begin in the one they like best. */
static ek_status make_program(struct bench *bench, double *plan_seconds)
{
    const ek_plan_options options = {.precision = bench->options.precision,
                                     .qft = bench->options.qft};
    const struct ek_layout *entry =
        bench->options.workload == EK_BENCH_GATE ? &bench->state->layout : NULL;
    if (!bench->work.circuit) return EK_OK;
    EK_TRY(time_plan(bench, entry, plan_seconds));
    return ek_program_create_from(bench->session, bench->work.circuit, &options, entry,
                                  &bench->program);
}

/* ---- runs ----------------------------------------------------------------------------------- */

static ek_status observe(const struct bench *bench, double *energy)
{
    const struct ek_work *work = &bench->work;
    if (work->diagonal)
        return ek_program_expect_diagonal(bench->program, bench->state, work->diagonal, energy);
    if (work->terms)
        return ek_expect_pauli(bench->state, work->term_count, work->terms, energy);
    return EK_OK;
}

/* The run that is to compare: from the initial state to the energy. */
static ek_status run_first(const struct bench *bench, double *energy)
{
    const struct ek_work *work = &bench->work;
    if (work->theta) EK_TRY(ek_state_prepare(bench->state, &work->initial));
    if (!work->circuit) return EK_OK;
    EK_TRY(ek_program_run(bench->program, work->parameters, work->theta ? NULL : &work->initial,
                          bench->state));
    return observe(bench, energy);
}

/* What is timed. A workload that begins in a product state goes on from the state as it is, which
 * is taken to be in the layout that the plan begins with: another state of the same norm, for
 * which nothing has to move. */
static ek_status run_again(const struct bench *bench)
{
    const struct ek_work *work = &bench->work;
    double energy;
    if (bench->options.workload == EK_BENCH_STREAM) {
        ek_stream_pass(bench->state);
        return EK_OK;
    }
    if (work->terms) return observe(bench, &energy);
    if (work->theta) bench->state->layout = bench->program->plan->entry;
    EK_TRY(ek_program_run(bench->program, work->parameters, work->theta ? NULL : &work->initial,
                          bench->state));
    return observe(bench, &energy);
}

static ek_status time_runs(struct bench *bench, ek_bench_result *result)
{
    for (int i = 0; i < bench->options.repeat; i++) {
        ek_barrier(bench->session);
        double start = ek_clock_seconds();
        ek_stream_pass(bench->state);
        bench->stream_seconds[i] = ek_bench_slowest(bench->session, start);
        const uint64_t sent = ek_state_bytes_sent(bench->state);
        ek_barrier(bench->session);
        start = ek_clock_seconds();
        EK_TRY(run_again(bench));
        bench->seconds[i] = ek_bench_slowest(bench->session, start);
        result->bytes_sent_per_rank = ek_state_bytes_sent(bench->state) - sent;
    }
    return EK_OK;
}

/* ---- the result ----------------------------------------------------------------------------- */

/* The ends, and two states in the middle. */
static ek_status compare(const struct bench *bench, ek_bench_result *result)
{
    const uint64_t last = ek_low_bits(bench->options.qubits);
    const uint64_t indices[EK_BENCH_AMPLITUDES] = {0, last / 3, last / 2 + 1, last};
    for (int i = 0; i < EK_BENCH_AMPLITUDES; i++) result->indices[i] = indices[i];
    EK_TRY(ek_state_norm(bench->state, &result->norm));
    return ek_state_amplitudes(bench->state, EK_BENCH_AMPLITUDES, indices, result->amplitudes);
}

static void summarize(struct bench *bench, ek_bench_result *result)
{
    const int repeat = bench->options.repeat;
    ek_plan_summary plan;
    result->options = bench->options;
    result->seconds_median = ek_bench_median(bench->seconds, repeat);
    result->seconds_min = bench->seconds[0];
    result->seconds_max = bench->seconds[repeat - 1];
    result->stream_pass_seconds = ek_bench_median(bench->stream_seconds, repeat);
    result->state_bytes_per_rank = ek_state_bytes_per_rank(bench->state);
    result->stream_bytes_per_second = 2.0 * (double)result->state_bytes_per_rank *
                                      ek_session_size(bench->session) /
                                      result->stream_pass_seconds;
    result->nodes = ek_bench_nodes(bench->session);
    result->peak_rss_bytes_per_rank = ek_session_peak_memory(bench->session);
    result->planned_passes = -1;
    if (!bench->program || bench->work.terms) return;
    ek_plan_summarize(ek_program_plan(bench->program), &plan);
    result->planned_passes = plan.passes;
    result->reshuffles = plan.reshuffles;
}

static ek_status measure(struct bench *bench, ek_bench_result *result)
{
    const ek_bench_options *options = &bench->options;
    const double start = ek_clock_seconds();
    EK_TRY(ek_session_agree(bench->session, make_work(bench)));
    EK_TRY(ek_state_create(bench->session, options->qubits, options->precision, &bench->state));
    EK_TRY(make_program(bench, &result->plan_seconds));
    EK_TRY(run_first(bench, &result->energy));
    result->prepare_seconds = ek_bench_slowest(bench->session, start);
    EK_TRY(compare(bench, result));
    EK_TRY(time_runs(bench, result));
    summarize(bench, result);
    return EK_OK;
}

static void clear(struct bench *bench)
{
    ek_program_destroy(&bench->program);
    ek_state_destroy(&bench->state);
    ek_work_clear(&bench->work);
    ek_release(bench->seconds);
    ek_release(bench->stream_seconds);
}

ek_status ek_bench_run(ek_session *session, const ek_bench_options *options,
                       ek_bench_result *result)
{
    struct bench bench = {.session = session};
    ek_bench_result found = {.energy = NAN};
    ek_status status =
        ek_bench_complete(options, ek_session_size(session), &bench.options);
    status = ek_session_agree(session, status);
    if (status == EK_OK)
        status = ek_agree_same(session, &bench.options, sizeof bench.options,
                               "the options of a benchmark");
    if (status == EK_OK) status = measure(&bench, &found);
    clear(&bench);
    if (status == EK_OK) *result = found;
    return status;
}
