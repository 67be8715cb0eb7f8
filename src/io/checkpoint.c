/* Runs of circuits that can be interrupted: what happens between two passes. All that decides is
 * agreed on in one small message per pass. */
#include "io/checkpoint_file.h"
#include "io/hdf5_file.h"
#include "io/output_file.h"
#include "io/seal.h"

#include <exaket/checkpoint.h>
#include <exaket/observe.h>
#include <exaket/report.h>

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { ROLLBACKS_MOST = 3, DAY = 86400 };
static const double FIRST_GUESS = 1; /* seconds of a write, before one was measured */

struct checkpoints {
    struct ek_runner runner;
    ek_session *session;
    ek_checkpoint_options options;
    char path[EK_PATH_BYTES], previous[EK_PATH_BYTES + 16];
    struct ek_checkpoint_lock lock; /* rank 0's */
    ek_checkpoint_summary summary;
    double began, resumed_seconds; /* when; and of computing before that */
    double next;                   /* when the next one is due */
    uint64_t circuit;              /* digest of what runs */
    uint64_t passes_before;        /* of programs that have ended, and before a checkpoint */
    struct ek_task *task;
    ek_circuit *left; /* of a checkpoint that was loaded; goes before the task's own */
    double norm;      /* that the state must have */
    uint64_t sum;     /* of the amplitudes before a reshuffle */
    bool tripped, behind; /* a check failed; there is a checkpoint of this run */
    bool refused;         /* what is at `path` is damaged: this run goes on from `previous` */
};

static struct checkpoints *of(ek_runner *runner)
{
    return (struct checkpoints *)(void *)runner; /* its first member */
}

/* ---- the interval -------------------------------------------------------------------------- */

double ek_checkpoint_interval(double write_seconds, double mtbf_seconds)
{
    const double half = write_seconds / (2 * mtbf_seconds);
    if (half >= 1) return mtbf_seconds;
    return sqrt(2 * write_seconds * mtbf_seconds) * (1 + sqrt(half) / 3 + half / 9) -
           write_seconds;
}

static void set_interval(struct checkpoints *c, double write_seconds)
{
    const double mtbf = c->options.mtbf_seconds > 0 ? c->options.mtbf_seconds : DAY;
    c->summary.every_seconds = c->options.every_seconds == EK_CHECKPOINT_AUTO
                                   ? ek_checkpoint_interval(write_seconds, mtbf)
                                   : c->options.every_seconds;
    c->next = ek_clock_seconds() + c->summary.every_seconds;
}

static bool is_due(const struct checkpoints *c)
{
    return c->options.path && c->summary.every_seconds > 0 && ek_clock_seconds() >= c->next;
}

/* ---- writing ------------------------------------------------------------------------------- */

static ek_status prepare(struct checkpoints *c, const struct ek_step *step,
                         struct ek_checkpoint *checkpoint)
{
    ek_circuit *left = NULL;
    struct ek_checkpoint_facts *facts = &checkpoint->facts;
    facts->circuit = c->circuit;
    facts->passes = (int64_t)(c->passes_before + step->passes);
    facts->passes_total = (int64_t)(c->passes_before + step->program->plan->pass_count);
    facts->draws = (int64_t)c->task->draws;
    facts->seconds = c->resumed_seconds + ek_clock_seconds() - c->began;
    ek_status status = ek_program_remaining(step->program, step->passes, &left);
    if (status == EK_OK) {
        facts->operations_left = (int64_t)left->op_count; /* relabelling counted */
        status = ek_checkpoint_pack(left, &checkpoint->remaining);
    }
    if (status == EK_OK && c->task->save_walk)
        status = c->task->save_walk(c->task->context, &checkpoint->walk.bytes,
                                    &checkpoint->walk.length);
    ek_circuit_destroy(&left);
    return status;
}

/* During a run the state's wires stand in the layout of the stage. */
static ek_status write_step(struct checkpoints *c, const struct ek_step *step)
{
    struct ek_checkpoint checkpoint = {.replaces = c->refused};
    ek_state *state = step->state;
    const struct ek_layout kept = state->layout;
    ek_status status = EK_OK;
    state->layout = step->stage->layout;
    state->layout.inverted = 0;
    if (ek_session_rank(c->session) == 0) status = prepare(c, step, &checkpoint);
    status = ek_session_agree(c->session, status);
    if (status == EK_OK) status = ek_state_norm(state, &checkpoint.facts.norm);
    if (status == EK_OK) status = ek_checkpoint_write(state, c->path, &checkpoint);
    state->layout = kept;
    ek_checkpoint_clear(&checkpoint);
    return status;
}

static ek_status write_checkpoint(struct checkpoints *c, const struct ek_step *step)
{
    const double start = ek_clock_seconds();
    const ek_status status = write_step(c, step);
    double seconds = ek_clock_seconds() - start;
    ek_broadcast(c->session, &seconds, sizeof seconds, 0);
    if (status == EK_OK) {
        c->behind = true;
        c->refused = false;
        c->summary.written++;
        c->summary.write_seconds = seconds;
        ek_log(EK_LOG_DEBUG, "%s: after %zu of %zu passes, written in %.2f s", c->path,
               step->passes, step->program->plan->pass_count, seconds);
    } else {
        c->summary.failed++;
    }
    set_interval(c, seconds);
    return status;
}

/* ---- checks -------------------------------------------------------------------------------- */

static ek_status trip(struct checkpoints *c, const struct ek_step *step, const char *what)
{
    c->tripped = true;
    return EK_FAIL(EK_ERROR_NUMERIC, "%s after %zu of %zu passes: memory or network at fault?",
                   what, step->passes, step->program->plan->pass_count);
}

static ek_status check_norm(struct checkpoints *c, const struct ek_step *step)
{
    char what[128];
    double norm = 0;
    EK_TRY(ek_state_norm(step->state, &norm));
    if (fabs(norm - c->norm) <= ek_norm_tolerance(step->state->precision) * c->norm) return EK_OK;
    snprintf(what, sizeof what, "the norm is %.12g, no longer %.12g,", norm, c->norm);
    return trip(c, step, what);
}

/* A sum that no order of the amplitudes changes (SplitMix64 of their bits). */
static uint64_t mix(uint64_t bits)
{
    bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
    return bits ^ bits >> 31;
}

static uint64_t sum_amplitudes(const ek_state *state)
{
    const uint64_t *words = state->amplitudes;
    const size_t each = ek_state_bytes_per_rank(state) / ek_state_local_count(state) / 8;
    const size_t count = ek_state_local_count(state);
    const int threads = ek_session_threads(state->session);
    uint64_t sum = 0;
#pragma omp parallel for schedule(static) num_threads(threads) reduction(+ : sum)
    for (size_t i = 0; i < count; i++) {
        const uint64_t first = mix(words[i * each] + 1);
        sum += each == 2 ? mix(first ^ words[2 * i + 1]) : first;
    }
    ek_sum_ranks_u64(state->session, &sum, 1);
    return sum;
}

static ek_status check_reshuffle(struct checkpoints *c, const struct ek_step *step)
{
    if (c->options.check == EK_CHECK_NORM && step->kind == EK_BEFORE_RESHUFFLE)
        return check_norm(c, step);
    if (c->options.check != EK_CHECK_FULL) return EK_OK;
    const uint64_t sum = sum_amplitudes(step->state);
    if (step->kind == EK_BEFORE_RESHUFFLE) c->sum = sum;
    else if (sum != c->sum) return trip(c, step, "amplitudes changed on their way between ranks");
    return EK_OK;
}

/* ---- between two passes -------------------------------------------------------------------- */

/* The run ends; where it stood is in the file, or at least an earlier place. */
static ek_status stop(struct checkpoints *c, const struct ek_step *step, const char *why)
{
    const size_t total = step->program->plan->pass_count;
    const ek_status status = c->options.path ? write_checkpoint(c, step) : EK_ERROR_FILE;
    if (status == EK_OK)
        return EK_FAIL(EK_ERROR_INTERRUPTED, "%s after %zu of %zu passes; %s holds the state", why,
                       step->passes, total, c->path);
    if (!c->options.path)
        return EK_FAIL(EK_ERROR_INTERRUPTED, "%s after %zu of %zu passes, without a checkpoint",
                       why, step->passes, total);
    if (!c->behind) return status;
    ek_log(EK_LOG_WARNING, "%s", ek_last_message());
    return EK_FAIL(EK_ERROR_INTERRUPTED, "%s after %zu of %zu passes; %s holds an earlier state",
                   why, step->passes, total, c->path);
}

static bool is_last(const struct ek_step *step)
{
    return step->passes == step->program->plan->pass_count;
}

/* What leaves memory, as a checkpoint or as the result, is looked at before. */
static ek_status after_pass(struct checkpoints *c, const struct ek_step *step)
{
    const ek_checkpoint_options *options = &c->options;
    const bool leads = ek_session_rank(c->session) == 0;
    const bool late = options->max_seconds > 0 &&
                      ek_clock_seconds() - c->began >= options->max_seconds;
    double now[3] = {options->stop && *options->stop, leads && late, leads && is_due(c)};
    ek_max_ranks(c->session, now, 3);
    const bool leaves = now[0] > 0 || now[1] > 0 || now[2] > 0;
    if (options->check == EK_CHECK_FULL ||
        (options->check == EK_CHECK_NORM && (leaves || is_last(step))))
        EK_TRY(check_norm(c, step));
    if (now[0] > 0) return stop(c, step, "stopped on request");
    if (now[1] > 0) return stop(c, step, "stopped, its time being up,");
    if (now[2] <= 0) return EK_OK;
    const ek_status status = write_checkpoint(c, step);
    if (status == EK_OK || options->required) return status;
    ek_log(EK_LOG_WARNING, "%s; the run goes on%s", ek_last_message(),
           c->behind ? ", and the checkpoint before is still there" : "");
    return EK_OK;
}

static ek_status step_made(void *context, const struct ek_step *step)
{
    struct checkpoints *c = context;
    if (step->kind != EK_BEFORE_RESHUFFLE && ek_fault_due(EK_FAULT_BIT))
        ((unsigned char *)step->state->amplitudes)[7] ^= 0x40; /* an exponent's */
    return step->kind == EK_AFTER_PASS ? after_pass(c, step) : check_reshuffle(c, step);
}

/* ---- loading ------------------------------------------------------------------------------- */

static ek_status check_precision(const struct checkpoints *c, const struct ek_checkpoint *loaded,
                                 const char *path, const ek_state *state)
{
    const ek_precision then = loaded->facts.amplitude_bytes == 8 ? EK_SINGLE : EK_DOUBLE;
    if (then == state->precision || c->options.any_precision) return EK_OK;
    return EK_FAIL(EK_ERROR_MISMATCH, "%s is in %s precision, and this run in %s: ask for a "
                   "precision to change it", path, ek_precision_name(then),
                   ek_precision_name(state->precision));
}

/* One generation. *belongs: it is whole, but of something else. */
static ek_status load_from(struct checkpoints *c, const char *path, ek_state *state,
                           struct ek_checkpoint *loaded, bool *belongs)
{
    ek_status status = ek_checkpoint_read(c->session, path, loaded);
    *belongs = false;
    if (status != EK_OK) return status;
    if (loaded->facts.circuit != c->circuit)
        status = EK_FAIL(EK_ERROR_MISMATCH, "%s is of another circuit, or of other options: this "
                         "run cannot go on from it", path);
    if (status == EK_OK) status = check_precision(c, loaded, path, state);
    *belongs = status != EK_OK;
    if (status == EK_OK) status = ek_checkpoint_load(loaded, path, state);
    if (status == EK_OK)
        status = ek_session_agree(c->session, ek_checkpoint_unpack(&loaded->remaining,
                                                                   state->qubits, &c->left));
    if (status != EK_OK) ek_checkpoint_clear(loaded);
    return status;
}

/* Whether what rank 0 saw at `path` has been replaced meanwhile, by a run that has no lock. */
static bool is_replaced(const struct checkpoints *c, const char *path,
                        struct ek_checkpoint_sight *sight)
{
    double replaced =
        ek_session_rank(c->session) == 0 && ek_checkpoint_is_replaced(path, sight);
    ek_max_ranks(c->session, &replaced, 1);
    return replaced > 0;
}

static ek_status load_steady(struct checkpoints *c, const char *path, ek_state *state,
                             struct ek_checkpoint *loaded, bool *belongs)
{
    struct ek_checkpoint_sight sight = ek_checkpoint_sight_of(path);
    ek_status status;
    do status = load_from(c, path, state, loaded, belongs);
    while (status != EK_OK && !*belongs && is_replaced(c, path, &sight));
    return status;
}

static bool is_there(const struct checkpoints *c, const char *path)
{
    double there = 0;
    if (ek_session_rank(c->session) == 0) {
        struct ek_checkpoint_sight sight = ek_checkpoint_sight_of(path);
        while (!sight.there && ek_checkpoint_is_replaced(path, &sight)) continue;
        there = sight.there;
    }
    ek_max_ranks(c->session, &there, 1);
    return there > 0;
}

/* The newest generation that is whole; *found is false when there is none at all. */
static ek_status load(struct checkpoints *c, ek_state *state, struct ek_checkpoint *loaded,
                      bool *found)
{
    const bool first = is_there(c, c->path), second = is_there(c, c->previous);
    bool foreign = false;
    ek_status status = EK_OK;
    *found = first || second;
    if (first) status = load_steady(c, c->path, state, loaded, &foreign);
    if ((first && (status == EK_OK || foreign)) || !second) return status;
    ek_log(EK_LOG_WARNING, "%s%s; going back to %s",
           first ? ek_last_message() : c->path, first ? "" : " is not there", c->previous);
    c->refused = first;
    return load_steady(c, c->previous, state, loaded, &foreign);
}

/* A checkpoint's precision may have changed on the way into the state, and its norm with it. */
static ek_status check_loaded(struct checkpoints *c, const ek_state *state, double then)
{
    EK_TRY(ek_state_norm(state, &c->norm));
    if (fabs(c->norm - then) <= ek_norm_tolerance(EK_SINGLE) * then) return EK_OK;
    return EK_FAIL(EK_ERROR_MISMATCH, "%s is damaged: its norm is %.9g, but was %.9g", c->path,
                   c->norm, then);
}

static ek_status resume(ek_runner *runner, uint64_t circuit, ek_state *state, char **walk,
                        size_t *length)
{
    struct checkpoints *c = of(runner);
    struct ek_checkpoint loaded = {0};
    bool found = false;
    c->circuit = circuit;
    c->passes_before = 0;
    if (!c->options.resume) return EK_OK;
    EK_TRY(load(c, state, &loaded, &found));
    if (!found) {
        ek_log(EK_LOG_INFO, "%s is not there: this run begins at the beginning", c->path);
        return EK_OK;
    }
    const ek_status status = check_loaded(c, state, loaded.facts.norm);
    c->summary.resumed = 1;
    c->behind = true;
    c->resumed_seconds = loaded.facts.seconds;
    c->passes_before = (uint64_t)loaded.facts.passes;
    ek_log(EK_LOG_INFO, "%s: going on after %lld of %lld passes, %.1f s of computing", c->path,
           (long long)loaded.facts.passes, (long long)loaded.facts.passes_total,
           loaded.facts.seconds);
    *walk = loaded.walk.bytes;
    *length = loaded.walk.length;
    loaded.walk.bytes = NULL;
    ek_checkpoint_clear(&loaded);
    return status;
}

/* ---- running ------------------------------------------------------------------------------- */

static ek_status check_functions(const struct checkpoints *c, const ek_circuit *circuit)
{
    for (size_t i = 0; c->options.path && i < circuit->diagonal_count; i++)
        if (circuit->diagonals[i]->function)
            return EK_FAIL(EK_ERROR_UNSUPPORTED, "no checkpoints of circuits with functions of "
                           "the register that are code: give them as polynomials, or run without");
    return EK_OK;
}

static ek_status run_program(struct checkpoints *c, ek_program *program, struct ek_task *task,
                             bool goes_on, ek_state *state)
{
    const struct ek_watch watch = {step_made, c};
    EK_TRY(check_functions(c, ek_program_plan(program)->circuit));
    if (goes_on || task->initial) c->norm = goes_on ? c->norm : 1;
    else if (c->options.check != EK_CHECK_NONE) EK_TRY(ek_state_norm(state, &c->norm));
    program->watch = &watch;
    return ek_program_run(program, goes_on ? NULL : task->parameters,
                          goes_on ? NULL : task->initial, state);
}

static ek_status run(ek_runner *runner, struct ek_task *task, ek_state *state)
{
    struct checkpoints *c = of(runner);
    ek_circuit *left = c->left;
    ek_program *program = NULL;
    const double start = ek_clock_seconds();
    c->left = NULL;
    c->task = task;
    const bool as_is = left || !task->initial;
    ek_status status = ek_program_create_from(
        c->session, left ? left : task->circuit, &task->options,
        as_is ? &state->layout : NULL, &program);
    if (status == EK_OK) {
        ek_plan_summarize(ek_program_plan(program), &task->summary);
        task->plan_seconds = ek_clock_seconds() - start;
        status = run_program(c, program, task, left != NULL, state);
        c->passes_before += ek_program_plan(program)->pass_count;
    }
    ek_program_destroy(&program);
    ek_circuit_destroy(&left);
    return status;
}

static bool go_back(ek_runner *runner)
{
    struct checkpoints *c = of(runner);
    if (!c->tripped || c->summary.rollbacks == ROLLBACKS_MOST) return false;
    c->tripped = false;
    c->summary.rollbacks++;
    c->options.resume = c->behind;
    ek_log(EK_LOG_WARNING, "%s; going back to %s", ek_last_message(),
           c->behind ? "the last checkpoint" : "the beginning");
    return true;
}

ek_status ek_checkpoints_run(ek_runner *runner, const ek_circuit *circuit,
                             const double *parameters, const ek_initial *initial,
                             ek_state *state)
{
    const int count = ek_circuit_parameters(circuit);
    const uint64_t digest = ek_digest(ek_circuit_digest(circuit), parameters,
                                      (size_t)count * sizeof *parameters);
    ek_status status;
    do {
        char *walk = NULL;
        size_t length = 0;
        struct ek_task task = {.circuit = circuit, .parameters = parameters, .initial = initial,
                               .options = of(runner)->options.plan};
        task.options.precision = state->precision;
        status = runner->resume(runner, digest, state, &walk, &length);
        ek_release(walk);
        if (status == EK_OK) status = runner->run(runner, &task, state);
    } while (status == EK_ERROR_NUMERIC && (initial || of(runner)->behind) &&
             runner->go_back(runner));
    return status;
}

/* ---- lifetime ------------------------------------------------------------------------------ */

static ek_status check_options(const ek_checkpoint_options *options)
{
    if (options->path && strlen(options->path) >= EK_PATH_BYTES)
        return EK_FAIL(EK_ERROR_ARGUMENT, "a checkpoint's path of over %d bytes", EK_PATH_BYTES);
    if (options->resume && !options->path)
        return EK_FAIL(EK_ERROR_ARGUMENT, "to resume, name a checkpoint");
    if ((int)options->check < 0 || options->check > EK_CHECK_FULL)
        return EK_FAIL(EK_ERROR_ARGUMENT, "check %d: there are 0 (none), 1 (norm), 2 (full)",
                       (int)options->check);
    if (!(options->every_seconds >= 0) && options->every_seconds != EK_CHECKPOINT_AUTO)
        return EK_FAIL(EK_ERROR_ARGUMENT, "checkpoints every %g s: give a positive number",
                       options->every_seconds);
    if (!(options->mtbf_seconds >= 0) || !(options->max_seconds >= 0))
        return EK_FAIL(EK_ERROR_ARGUMENT, "times of %g and %g s: give positive numbers",
                       options->mtbf_seconds, options->max_seconds);
    return EK_OK;
}

/* What stands where the checkpoints of a run from its beginning will be: theirs replace it. */
static ek_status look_at_place(const ek_checkpoint_options *options)
{
    const char *path = options->path;
    if (options->resume || access(path, F_OK) != 0) return EK_OK;
    if (!ek_seal_begins(path))
        return EK_FAIL(EK_ERROR_FILE, "%s is there and is no checkpoint: remove it, or name "
                       "another file", path);
    ek_log(EK_LOG_WARNING, "%s is there, but this run begins at the beginning and will replace it",
           path);
    return EK_OK;
}

static void set_path(struct checkpoints *c, const char *path)
{
    snprintf(c->path, sizeof c->path, "%s", path);
    snprintf(c->previous, sizeof c->previous, "%s.previous", path);
    c->options.path = c->path;
}

static ek_status take_place(struct checkpoints *c)
{
    if (!c->options.path || ek_session_rank(c->session) != 0) return EK_OK;
    EK_TRY(ek_output_check(c->options.path, 1));
    EK_TRY(ek_checkpoint_lock(c->options.path, &c->lock));
    return look_at_place(&c->options);
}

/* All that must be alike on all ranks. */
static uint64_t digest_of(const ek_checkpoint_options *options)
{
    const double seconds[] = {options->every_seconds, options->mtbf_seconds, options->max_seconds};
    const int ways[] = {options->resume != 0, options->any_precision != 0, options->required != 0,
                        (int)options->check};
    uint64_t digest = ek_digest(0, seconds, sizeof seconds);
    if (options->path) digest = ek_digest(digest, options->path, strlen(options->path));
    return ek_digest(digest, ways, sizeof ways);
}

ek_status ek_checkpoints_create(ek_session *session, const ek_checkpoint_options *options,
                                ek_runner **runner)
{
    struct checkpoints *fresh = NULL;
    ek_status status = check_options(options);
    struct ek_output output;
    if (status == EK_OK && options->path) status = ek_output_find(options->path, true, &output);
    if (status == EK_OK) status = EK_NEW(fresh, 1);
    if (status == EK_OK) {
        fresh->runner = (struct ek_runner){resume, run, go_back};
        fresh->session = session;
        fresh->options = *options;
        fresh->lock.descriptor = -1;
        if (options->path) set_path(fresh, output.path);
        status = take_place(fresh);
    }
    ek_runner *made = fresh ? &fresh->runner : NULL;
    status = ek_agree_digest(session, status, digest_of(options), "how checkpoints are made");
    if (status != EK_OK) {
        ek_checkpoints_destroy(&made);
        return status;
    }
    fresh->began = ek_clock_seconds();
    set_interval(fresh, FIRST_GUESS);
    *runner = made;
    return EK_OK;
}

void ek_checkpoints_destroy(ek_runner **runner)
{
    if (!runner || !*runner) return;
    ek_circuit_destroy(&of(*runner)->left);
    ek_checkpoint_unlock(&of(*runner)->lock);
    ek_release(of(*runner));
    *runner = NULL;
}

void ek_checkpoints_summarize(const ek_runner *runner, ek_checkpoint_summary *summary)
{
    *summary = ((const struct checkpoints *)(const void *)runner)->summary;
}
