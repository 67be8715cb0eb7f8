/* One workload: made once, run once to warm up and to compare, then timed. */
#include "bench/bench.h"

#include <exaket/gradient.h>
#include <exaket/predict.h>

#include <math.h>

struct bench {
    ek_session *session;
    ek_bench_options options;
    struct ek_work work;
    ek_state *state;
    ek_program *program; /* null where there is a gradient */
    ek_gradient *gradient;
    ek_bench_machine machine; /* medians of what is measured between the runs */
    double *derivatives;
    double *seconds, *stream_seconds, *value_seconds; /* `repeat` of each */
    double *gflops, *lookups, *tiles;                 /* likewise */
    struct ek_yardstick yardstick;
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

/* Held at once. */
static int count_states(const struct bench *bench)
{
    return bench->options.workload == EK_BENCH_GRADIENT ? 2 : 1;
}

static ek_status make_work(struct bench *bench)
{
    EK_TRY(ek_work_create(&bench->options, &bench->work));
    const struct ek_circuit *circuit = bench->work.circuit;
    EK_TRY(ek_states_check(bench->session, bench->options.qubits, bench->options.precision,
                           count_states(bench)));
    EK_TRY(EK_NEW(bench->derivatives, circuit ? ek_circuit_parameters(circuit) : 0));
    EK_TRY(EK_NEW(bench->seconds, bench->options.repeat));
    EK_TRY(EK_NEW(bench->value_seconds, bench->options.repeat));
    EK_TRY(EK_NEW(bench->gflops, bench->options.repeat));
    EK_TRY(EK_NEW(bench->lookups, bench->options.repeat));
    EK_TRY(EK_NEW(bench->tiles, bench->options.repeat));
    return EK_NEW(bench->stream_seconds, bench->options.repeat);
}

/* Plans as the program will, for the time of the plan alone. */
static ek_status time_plan(const struct bench *bench, const ek_plan_options *options,
                           const struct ek_layout *entry, double *seconds)
{
    const ek_plan_options chosen =
        ek_program_options(bench->session, bench->work.circuit, options);
    ek_plan *plan = NULL;
    const double start = ek_clock_seconds();
    const ek_status status = ek_plan_create_from(bench->work.circuit, &chosen, entry, &plan);
    *seconds = ek_clock_seconds() - start;
    ek_plan_destroy(&plan);
    return ek_session_agree(bench->session, status);
}

static ek_status make_gradient(struct bench *bench, const ek_plan_options *plan)
{
    const ek_gradient_options options = {.term_count = bench->work.term_count,
                                         .terms = bench->work.terms,
                                         .state = bench->state,
                                         .plan = *plan};
    return ek_gradient_create(bench->session, bench->work.circuit, &options, &bench->gradient);
}

/* A gate's slot is that of the layout it meets; other plans begin in the one they like best. */
static ek_status make_program(struct bench *bench, double *plan_seconds)
{
    const ek_plan_options options = {.precision = bench->options.precision,
                                     .qft = bench->options.qft};
    const struct ek_layout *entry =
        bench->options.workload == EK_BENCH_GATE ? &bench->state->layout : NULL;
    if (!bench->work.circuit) return EK_OK;
    EK_TRY(time_plan(bench, &options, entry, plan_seconds));
    if (bench->options.workload == EK_BENCH_GRADIENT) return make_gradient(bench, &options);
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
    if (bench->gradient)
        return ek_gradient_evaluate(bench->gradient, work->parameters, energy, NULL);
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
    if (bench->gradient)
        return ek_gradient_evaluate(bench->gradient, work->parameters, &energy,
                                    bench->derivatives);
    if (work->terms) return observe(bench, &energy);
    if (work->theta) bench->state->layout = bench->program->plan->entry;
    EK_TRY(ek_program_run(bench->program, work->parameters, work->theta ? NULL : &work->initial,
                          bench->state));
    return observe(bench, &energy);
}

static double time_stream(const struct bench *bench)
{
    ek_barrier(bench->session);
    const double start = ek_clock_seconds();
    ek_stream_pass(bench->state);
    return ek_bench_slowest(bench->session, start);
}

static ek_status time_run(const struct bench *bench,
                          ek_status (*run)(const struct bench *bench), double *seconds)
{
    ek_barrier(bench->session);
    const double start = ek_clock_seconds();
    EK_TRY(run(bench));
    *seconds = ek_bench_slowest(bench->session, start);
    return EK_OK;
}

static ek_status run_value(const struct bench *bench)
{
    double energy;
    return ek_gradient_evaluate(bench->gradient, bench->work.parameters, &energy, NULL);
}

/* Read and written by all ranks. */
static double stream_bytes(const struct bench *bench)
{
    return 2.0 * (double)ek_state_bytes_per_rank(bench->state) *
           ek_session_size(bench->session);
}

/* A machine's speed changes from minute to minute: it is measured again before each run. What
 * measures nothing else does it thoroughly. */
static ek_status time_machine(struct bench *bench, int i)
{
    const double least_seconds = bench->options.workload == EK_BENCH_STREAM ? 0.2 : 0;
    ek_bench_machine now = {0};
    bench->stream_seconds[i] = time_stream(bench);
    EK_TRY(ek_bench_arithmetic(bench->session, bench->options.precision, &now));
    now.tile_bandwidth_bytes_per_second =
        stream_bytes(bench) / bench->stream_seconds[i] / ek_bench_nodes(bench->session);
    EK_TRY(ek_yardstick_measure(&bench->yardstick, least_seconds, &now));
    bench->tiles[i] = now.tile_bandwidth_bytes_per_second;
    bench->gflops[i] = now.gflops_per_thread;
    bench->lookups[i] = now.lookups_per_second_per_thread;
    return EK_OK;
}

static ek_status time_runs(struct bench *bench, ek_bench_result *result)
{
    for (int i = 0; i < bench->options.repeat; i++) {
        EK_TRY(time_machine(bench, i));
        if (bench->gradient) EK_TRY(time_run(bench, run_value, &bench->value_seconds[i]));
        const uint64_t sent = ek_state_bytes_sent(bench->state);
        EK_TRY(time_run(bench, run_again, &bench->seconds[i]));
        result->bytes_sent_per_rank = ek_state_bytes_sent(bench->state) - sent;
    }
    return EK_OK;
}

/* ---- the result ----------------------------------------------------------------------------- */

/* All derivatives, which leave the state undefined. */
static ek_status compare_gradient(struct bench *bench, ek_bench_result *result)
{
    double square = 0;
    EK_TRY(run_again(bench));
    for (int i = 0; i < ek_gradient_dimension(bench->gradient); i++)
        square += bench->derivatives[i] * bench->derivatives[i];
    result->gradient_norm = sqrt(square);
    return EK_OK;
}

/* The ends, and two states in the middle. */
static ek_status compare(struct bench *bench, ek_bench_result *result)
{
    const uint64_t last = ek_low_bits(bench->options.qubits);
    const uint64_t indices[EK_BENCH_AMPLITUDES] = {0, last / 3, last / 2 + 1, last};
    for (int i = 0; i < EK_BENCH_AMPLITUDES; i++) result->indices[i] = indices[i];
    EK_TRY(ek_state_norm(bench->state, &result->norm));
    EK_TRY(ek_state_amplitudes(bench->state, EK_BENCH_AMPLITUDES, indices, result->amplitudes));
    return bench->gradient ? compare_gradient(bench, result) : EK_OK;
}

/* A prediction for threads of 1 GFLOP/s counts the operations. */
static void summarize_plan(const struct bench *bench, const ek_plan *plan, ek_bench_result *result)
{
    const ek_predict_options options = {.machine = {.gflops_per_thread = 1},
                                        .ranks_per_node = ek_session_node_ranks(bench->session)};
    ek_prediction prediction = {0};
    ek_plan_summary summary;
    ek_plan_summarize(plan, &summary);
    result->planned_passes = summary.passes;
    result->reshuffles = summary.reshuffles;
    if (ek_plan_predict(plan, &options, &prediction) == EK_OK)
        result->gflops_per_thread = prediction.arithmetic_seconds / result->seconds_median;
}

/* What a run should have taken, from what was measured here. */
static void predict(const struct bench *bench, const ek_plan *plan, ek_bench_result *result)
{
    const struct ek_work *work = &bench->work;
    const ek_observation what = {.diagonal = work->diagonal != NULL,
                                 .term_count = work->term_count,
                                 .terms = work->terms,
                                 .derivatives = bench->gradient != NULL};
    const ek_predict_options options = {.machine = bench->machine,
                                        .ranks_per_node = ek_session_node_ranks(bench->session)};
    ek_prediction prediction = {0};
    if (ek_plan_predict_observed(plan, &what, &options, &prediction) != EK_OK) return;
    /* Of a Pauli sum the value alone is timed, time and again. */
    result->predicted_seconds = bench->options.workload == EK_BENCH_PAULI_SUM
                                    ? prediction.observe_seconds : prediction.total_seconds;
}

static void summarize(struct bench *bench, ek_bench_result *result)
{
    const int repeat = bench->options.repeat;
    result->options = bench->options;
    result->seconds_median = ek_bench_median(bench->seconds, repeat);
    result->seconds_min = bench->seconds[0];
    result->seconds_max = bench->seconds[repeat - 1];
    result->value_seconds = ek_bench_median(bench->value_seconds, repeat);
    result->stream_pass_seconds = ek_bench_median(bench->stream_seconds, repeat);
    result->state_bytes_per_rank = ek_state_bytes_per_rank(bench->state);
    result->states = count_states(bench);
    result->stream_bytes_per_second = stream_bytes(bench) / result->stream_pass_seconds;
    result->nodes = ek_bench_nodes(bench->session);
    bench->machine = (ek_bench_machine){
        .memory_bandwidth_bytes_per_second = result->stream_bytes_per_second / result->nodes,
        .tile_bandwidth_bytes_per_second = ek_bench_median(bench->tiles, repeat),
        .gflops_per_thread = ek_bench_median(bench->gflops, repeat),
        .lookups_per_second_per_thread = ek_bench_median(bench->lookups, repeat)};
    result->peak_rss_bytes_per_rank = ek_session_peak_memory(bench->session);
    result->planned_passes = -1;
    result->tile_bytes_per_second =
        result->nodes * bench->machine.tile_bandwidth_bytes_per_second;
    result->lookups_per_second_per_thread = bench->machine.lookups_per_second_per_thread;
    if (bench->options.workload == EK_BENCH_STREAM)
        result->gflops_per_thread = bench->machine.gflops_per_thread;
    if (bench->program && !bench->work.terms)
        summarize_plan(bench, ek_program_plan(bench->program), result);
    if (bench->program) predict(bench, ek_program_plan(bench->program), result);
    if (bench->gradient) predict(bench, ek_gradient_plan(bench->gradient), result);
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
    EK_TRY(ek_yardstick_create(bench->state, &bench->yardstick));
    EK_TRY(time_runs(bench, result));
    summarize(bench, result);
    return EK_OK;
}

static void clear(struct bench *bench)
{
    ek_gradient_destroy(&bench->gradient);
    ek_yardstick_clear(&bench->yardstick);
    ek_program_destroy(&bench->program);
    ek_state_destroy(&bench->state);
    ek_work_clear(&bench->work);
    ek_release(bench->derivatives);
    ek_release(bench->seconds);
    ek_release(bench->value_seconds);
    ek_release(bench->gflops);
    ek_release(bench->lookups);
    ek_release(bench->tiles);
    ek_release(bench->stream_seconds);
}

ek_status ek_bench_run(ek_session *session, const ek_bench_options *options,
                       ek_bench_result *result)
{
    struct bench bench = {.session = session};
    ek_bench_result found = {.energy = NAN, .gradient_norm = NAN};
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
