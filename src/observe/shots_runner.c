/* Runs of dynamic programs that a runner looks after: the gates it runs, and where the run stands,
 * so that another one can go on from there. */
#include "observe/shots_run.h"

void ek_shots_add_summary(struct run *run, const ek_plan_summary *summary)
{
    run->result->stages += summary->stages;
    run->result->reshuffles += summary->reshuffles;
    run->result->passes += summary->passes;
    run->result->bytes_sent +=
        summary->bytes_sent_per_rank * (uint64_t)ek_session_size(run->session);
}

ek_status ek_shots_reserve_waiting(struct run *run)
{
    void *memory = run->waiting;
    EK_TRY(ek_grow(&memory, run->waiting_count, sizeof *run->waiting, run->waiting_count + 1,
                   &run->waiting_capacity));
    run->waiting = memory;
    return EK_OK;
}

/* All that a run has found, and has still to do, besides amplitudes. Branches that wait are told
 * by their ways; *replays: `machine` is on the way of the last of them. */
static void transfer_walk(struct run *run, struct ek_walk *walk, struct ek_machine *machine,
                          bool *replays)
{
    ek_shots_result *result = run->result;
    uint64_t count = run->waiting_count + (run->replayed ? 1 : 0);
    ek_walk_bytes(walk, replays, sizeof *replays);
    ek_walk_bytes(walk, &run->exact, sizeof run->exact);
    ek_walk_bytes(walk, &result->leaves, sizeof result->leaves);
    ek_walk_bytes(walk, &result->norm, sizeof result->norm);
    ek_walk_bytes(walk, run->order, run->options->shots * sizeof *run->order);
    ek_walk_rows(walk, &run->counts);
    ek_walk_rows(walk, &run->weights);
    ek_walk_machine(walk, run->program, machine);
    ek_walk_bytes(walk, &count, sizeof count);
    for (uint64_t i = 0; i < count && walk->status == EK_OK; i++) {
        if (walk->loads) walk->status = ek_shots_reserve_waiting(run);
        if (walk->status != EK_OK) break;
        if (walk->loads) run->waiting[run->waiting_count++] = (struct waiting){0};
        struct waiting *waiting =
            i < run->waiting_count ? &run->waiting[i] : run->replayed;
        ek_walk_machine(walk, run->program, &waiting->machine);
        ek_walk_bytes(walk, &waiting->outcome, sizeof waiting->outcome);
        ek_walk_bytes(walk, waiting->weights, sizeof waiting->weights);
    }
}

static ek_status save_walk(void *context, char **bytes, size_t *length)
{
    struct run *run = context;
    struct ek_walk walk = {0};
    bool replays = run->replayed != NULL;
    transfer_walk(run, &walk, run->current, &replays);
    *bytes = walk.bytes;
    *length = walk.length;
    return walk.status;
}

/* Resets that nobody sees are left out, unless somebody looks at the state. */
static bool resets_depend(const struct run *run)
{
    for (size_t i = 0; i < run->program->instruction_count; i++)
        if (run->program->instructions[i].kind == EK_DO_RESET) return true;
    return false;
}

/* Of all that decides about the way of a run. */
static uint64_t digest_run(const struct run *run)
{
    const ek_shots_options *options = run->options;
    const uint64_t facts[] = {options->seed, options->shots, options->initial != NULL,
                              options->keep_state && resets_depend(run)};
    return ek_digest(ek_dynamic_digest(run->program), facts, sizeof facts);
}

ek_status ek_shots_go_on(struct run *run, struct ek_machine *machine)
{
    struct ek_runner *runner = run->options->runner;
    struct ek_walk walk = {.loads = true};
    bool replays = false;
    EK_TRY(runner->resume(runner, digest_run(run), run->state, &walk.bytes, &walk.length));
    if (walk.bytes) {
        transfer_walk(run, &walk, machine, &replays);
        run->begun = run->goes_on = true;
        run->stood = replays ? machine : NULL;
    }
    ek_release(walk.bytes);
    return ek_session_agree(run->session, walk.status);
}

ek_status ek_shots_flush_watched(struct run *run)
{
    static const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    struct ek_runner *runner = run->options->runner;
    struct ek_task task = {.circuit = run->interpreter.pending.circuit,
                           .options = {.precision = run->state->precision,
                                       .qft = run->options->qft},
                           .initial = run->begun ? NULL : &zero,
                           .draws = run->current->draws,
                           .save_walk = save_walk, .context = run};
    const double start = ek_clock_seconds();
    const ek_status status = runner->run(runner, &task, run->state);
    ek_shots_add_summary(run, &task.summary);
    ek_pending_clear(&run->interpreter.pending);
    run->begun = true;
    run->goes_on = false;
    run->result->plan_seconds += task.plan_seconds;
    run->result->execute_seconds += ek_clock_seconds() - start - task.plan_seconds;
    return status;
}
