/* Runs of dynamic programs: a walk over the tree of outcomes in the middle, depth first. Shots are
 * split among the branches; a shot's draw at its m-th one is Philox(seed, shots, m and shot),
 * so that no order of the walk changes it. For the second branch a copy of the state is kept while
 * memory allows, else the way to it is run again. */
#include "observe/shots_run.h"

#include <string.h>

enum { SHOT_BITS = 40, LEAVES_MOST = 1 << 16, OUTCOMES_MOST = 1 << 20, MERGE_LEAST = 4096,
       GATES_PER_PLAN = 1 << 17 };
static const double CERTAIN = 1e-14; /* what rounding leaves of an impossible outcome */
static const double NEGLIGIBLE = 1e-16; /* weight of a branch without shots that is left out */

/* ---- the state ----------------------------------------------------------------------------- */

static void add_plan(struct run *run, const ek_plan *plan)
{
    ek_plan_summary summary;
    ek_plan_summarize(plan, &summary);
    ek_shots_add_summary(run, &summary);
}

/* The first gates may begin in any layout. */
static ek_status run_gates(struct run *run, const ek_circuit *circuit)
{
    const ek_plan_options options = {.precision = run->state->precision,
                                     .qft = run->options->qft};
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    ek_program *program = NULL;
    const double start = ek_clock_seconds();
    EK_TRY(ek_program_create_from(run->session, circuit, &options,
                                  run->begun ? &run->state->layout : NULL, &program));
    const double planned = ek_clock_seconds();
    add_plan(run, ek_program_plan(program));
    const ek_status status = ek_program_run(program, NULL, run->begun ? NULL : &zero, run->state);
    ek_program_destroy(&program);
    run->begun = true;
    run->result->plan_seconds += planned - start;
    run->result->execute_seconds += ek_clock_seconds() - planned;
    return status;
}

/* Runs the gates that wait: very many one plan after the other, since plans take memory. */
static ek_status flush(struct run *run)
{
    ek_circuit *circuit = run->interpreter.pending.circuit;
    ek_status status = EK_OK;
    if (circuit->op_count == 0 && !run->goes_on) return EK_OK;
    if (run->options->runner) return ek_shots_flush_watched(run);
    for (size_t at = 0; status == EK_OK && at < circuit->op_count; at += GATES_PER_PLAN) {
        const size_t left = circuit->op_count - at;
        ek_circuit part = *circuit;
        part.ops += at;
        part.op_count = left < GATES_PER_PLAN ? left : GATES_PER_PLAN;
        status = run_gates(run, &part);
    }
    ek_pending_clear(&run->interpreter.pending);
    return status;
}

static ek_status copy_state(const ek_state *from, ek_state *to)
{
    memcpy(to->amplitudes, from->amplitudes, ek_state_bytes_per_rank(to));
    to->layout = from->layout;
    return EK_OK;
}

/* The state as it is when the program starts. */
static ek_status restart(struct run *run)
{
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    run->begun = run->initial != NULL;
    if (run->begun) return copy_state(run->initial, run->state);
    return ek_state_prepare(run->state, &zero);
}

static ek_status advance(struct run *run, struct ek_machine *machine, enum ek_event *event)
{
    return ek_session_agree(run->session,
                            ek_machine_advance(&run->interpreter, machine, event));
}

/* Takes the outcome of the measurement or reset that the machine stands at. */
static ek_status decide(struct run *run, struct ek_machine *machine, int outcome, double weight)
{
    const struct ek_instruction *what = &run->program->instructions[machine->at];
    const int qubit = run->place[what->first];
    ek_measure_project(run->state, qubit, outcome, weight);
    if (what->kind == EK_DO_RESET && outcome == 1) ek_measure_flip(run->state, qubit);
    run->begun = true;
    return ek_session_agree(run->session, ek_machine_decide(run->program, machine, outcome));
}

static ek_status start_machine(struct run *run, struct ek_machine *machine)
{
    const int8_t known = run->options->initial ? EK_UNKNOWN : 0;
    return ek_session_agree(run->session, ek_machine_create(run->program, known, machine));
}

/* From the start, or from where a checkpoint stood. */
static ek_status begin_replay(struct run *run, struct ek_machine *machine)
{
    if (run->stood) {
        *machine = *run->stood;
        *run->stood = (struct ek_machine){0};
        run->stood = NULL;
        return EK_OK;
    }
    ek_pending_clear(&run->interpreter.pending);
    EK_TRY(start_machine(run, machine));
    return restart(run);
}

/* Goes the way of `path` from the start to its end. */
static ek_status replay(struct run *run, const struct ek_machine *path)
{
    struct ek_machine machine = {0};
    enum ek_event event;
    ek_status status = begin_replay(run, &machine);
    run->current = &machine;
    while (status == EK_OK) {
        double weights[2];
        status = advance(run, &machine, &event);
        if (status == EK_OK) status = flush(run);
        if (status != EK_OK || machine.draws == path->draws) break;
        const int outcome = path->path[machine.draws];
        const int qubit = run->place[run->program->instructions[machine.at].first];
        status = ek_measure_weights(run->state, qubit, weights);
        if (status == EK_OK) status = decide(run, &machine, outcome, weights[outcome]);
    }
    ek_machine_clear(&machine);
    return status;
}

/* ---- branching ----------------------------------------------------------------------------- */

/* Puts the shots that draw 0 before those that draw 1; gives how many. */
static size_t split_shots(struct run *run, const struct ek_machine *machine, double p0)
{
    uint64_t *mine = run->order + machine->first_shot;
    size_t zeros = 0, ones = 0;
    for (size_t i = 0; i < machine->shots; i++) {
        const uint64_t number = ((uint64_t)machine->draws << SHOT_BITS) + mine[i];
        const bool one = p0 < CERTAIN || (p0 <= 1 - CERTAIN &&
                                          ek_random_uniform(run->options->seed, EK_STREAM_SHOTS,
                                                            number) >= p0);
        if (one) run->spare[ones++] = mine[i];
        else mine[zeros++] = mine[i];
    }
    memcpy(mine + zeros, run->spare, ones * sizeof *mine);
    return zeros;
}

static bool is_wanted(const struct run *run, size_t shots, double weight, double probability)
{
    const bool asked = run->exact || run->options->needs_state;
    return probability >= CERTAIN && (shots > 0 || (asked && weight > NEGLIGIBLE));
}

/* A copy of the state, if there is room for one; which every rank must have. */
static void save_state(struct run *run, struct waiting *waiting)
{
    const size_t bytes = ek_state_bytes_per_rank(run->state);
    if (run->saved >= run->saved_most) return;
    const ek_status status = ek_allocate_bytes(bytes, &waiting->amplitudes);
    if (ek_session_agree(run->session, status) != EK_OK) {
        if (status == EK_OK) ek_release(waiting->amplitudes);
        waiting->amplitudes = NULL;
        return;
    }
    memcpy(waiting->amplitudes, run->state->amplitudes, bytes);
    waiting->layout = run->state->layout;
    run->saved++;
}

/* Lets outcome 1 wait, with `shots` shots behind the first `zeros`. */
static ek_status push(struct run *run, const struct ek_machine *machine, size_t zeros,
                      const double weights[2])
{
    struct waiting fresh = {.outcome = 1, .weights = {weights[0], weights[1]}};
    ek_status status = ek_shots_reserve_waiting(run);
    if (status == EK_OK) status = ek_machine_copy(run->program, machine, &fresh.machine);
    status = ek_session_agree(run->session, status);
    if (status != EK_OK) {
        ek_machine_clear(&fresh.machine);
        return status;
    }
    fresh.machine.first_shot += zeros;
    fresh.machine.shots -= zeros;
    fresh.machine.weight *= weights[1] / (weights[0] + weights[1]);
    save_state(run, &fresh);
    run->waiting[run->waiting_count++] = fresh;
    return EK_OK;
}

/* Of the work behind outcome 0. */
static double share_of(const struct ek_machine *machine, size_t zeros, double p0)
{
    return machine->shots > 0 ? (double)zeros / (double)machine->shots : p0;
}

ek_status ek_shots_split(struct run *run, const struct ek_machine *machine,
                         const double weights[2], struct ek_split *split)
{
    const double total = weights[0] + weights[1];
    for (int b = 0; b < 2; b++) split->probability[b] = weights[b] / total;
    split->zeros = split_shots(run, machine, split->probability[0]);
    for (int b = 0; b < 2; b++)
        split->wanted[b] = is_wanted(run, b == 0 ? split->zeros : machine->shots - split->zeros,
                                     machine->weight * split->probability[b],
                                     split->probability[b]);
    if (!split->wanted[0] || !split->wanted[1] || !run->options->needs_state) return EK_OK;
    return EK_FAIL_AT_INSTRUCTION(run->program, machine->at, EK_ERROR_ARGUMENT,
                                  "no state to look at: it depends on the outcomes of "
                                  "measurements or resets in the middle of the program, and this "
                                  "one can come out either way");
}

/* Draws at the machine's measurement or reset, and goes on with one branch; false when no branch
 * is wanted. */
static ek_status branch(struct run *run, struct ek_machine *machine, bool *goes_on)
{
    double weights[2];
    struct ek_split split;
    const int qubit = run->place[run->program->instructions[machine->at].first];
    const double start = ek_clock_seconds();
    EK_TRY(ek_measure_weights(run->state, qubit, weights));
    run->result->execute_seconds += ek_clock_seconds() - start;
    EK_TRY(ek_shots_split(run, machine, weights, &split));
    bool zero = split.wanted[0];
    *goes_on = zero || split.wanted[1];
    if (zero && split.wanted[1]) {
        run->result->leaves++;
        if (run->result->leaves > LEAVES_MOST) run->exact = false;
        if (run->followers == 1) EK_TRY(push(run, machine, split.zeros, weights));
        else
            zero = ek_shots_groups_divide(
                run, share_of(machine, split.zeros, split.probability[0]));
    }
    if (!*goes_on) return EK_OK;
    if (zero) machine->shots = split.zeros;
    else machine->first_shot += split.zeros, machine->shots -= split.zeros;
    machine->weight *= split.probability[zero ? 0 : 1];
    return decide(run, machine, zero ? 0 : 1, weights[zero ? 0 : 1]);
}

/* ---- the end of a branch ------------------------------------------------------------------- */

/* Adds the drawn outcomes, which are sorted and where the shots' numbers were. */
static ek_status count_shots(struct run *run, const struct ek_machine *machine,
                             const struct ek_leaf *leaf)
{
    EK_TRY(ek_leaf_count(leaf, run->order + machine->first_shot, machine->shots,
                         ek_session_threads(run->session), &run->counts));
    if (run->counts.count < run->merge_at) return EK_OK;
    EK_TRY(ek_rows_merge_counts(&run->counts));
    run->merge_at = 2 * run->counts.count + MERGE_LEAST;
    return EK_OK;
}

/* Rows that hold as many numbers as there are shots; where an outcome is one number, as many as
 * may be needed in the end, so that no others are touched for the first time. */
static size_t work_rows(const struct run *run, size_t shots)
{
    const size_t width = run->counts.words + 1;
    return width == 2 ? shots : (shots + width - 1) / width;
}

/* Gives the state's norm if that is known by the way. */
static ek_status draw_shots(struct run *run, const struct ek_machine *machine,
                            const struct ek_leaf *leaf, double *norm)
{
    const struct ek_draws draws = {.seed = run->options->seed,
                                   .first = (uint64_t)machine->draws << SHOT_BITS};
    uint64_t *mine = run->order + machine->first_shot;
    if (machine->shots == 0) return EK_OK;
    if (leaf->count == 0) memset(mine, 0, machine->shots * sizeof *mine);
    else {
        struct ek_rows *rows = &run->counts;
        EK_TRY(ek_session_agree(run->session,
                                ek_rows_reserve(rows, work_rows(run, machine->shots))));
        uint64_t *work = rows->rows + rows->count * (rows->words + 1);
        EK_TRY(ek_sample_sorted(run->state, machine->shots, &draws, mine, work, norm));
    }
    return ek_session_agree(run->session, count_shots(run, machine, leaf));
}

struct addition {
    struct run *run;
    const struct ek_leaf *leaf;
    double weight;
};

/* `bits` of the leaf's qubits, the lowest first. */
static ek_status add_weight(void *context, uint64_t bits, double probability)
{
    const struct addition *addition = context;
    struct ek_rows *rows = &addition->run->weights;
    const double weight = addition->weight * probability;
    uint64_t *row;
    EK_TRY(ek_rows_add(rows, &row));
    ek_leaf_outcome(addition->leaf, ek_deposit(bits, addition->leaf->mask), row);
    memcpy(row + rows->words, &weight, sizeof weight);
    return EK_OK;
}

static ek_status limit_weights(struct run *run)
{
    if (run->weights.count <= OUTCOMES_MOST) return EK_OK;
    EK_TRY(ek_rows_merge_weights(&run->weights));
    if (run->weights.count > OUTCOMES_MOST) run->exact = false;
    return EK_OK;
}

/* The only end there is: the most likely of all outcomes, however many there are. */
static ek_status add_top(struct run *run, const struct addition *addition)
{
    struct ek_candidate *top = NULL;
    size_t count = run->options->probabilities;
    EK_TRY(ek_marginal_top(run->state, addition->leaf->mask, &count, &top));
    ek_status status = EK_OK;
    for (size_t i = 0; i < count && status == EK_OK; i++)
        status = add_weight((void *)(uintptr_t)addition, top[i].bits, top[i].probability);
    ek_release(top);
    return ek_session_agree(run->session, status);
}

static ek_status add_probabilities(struct run *run, const struct ek_machine *machine,
                                   const struct ek_leaf *leaf)
{
    struct addition addition = {run, leaf, machine->weight};
    if (run->result->leaves == 1) return add_top(run, &addition);
    if (ek_popcount(leaf->mask) > ek_log2(OUTCOMES_MOST)) {
        run->exact = false;
        return EK_OK;
    }
    EK_TRY(ek_marginal_walk(run->state, leaf->mask, add_weight, &addition));
    return ek_session_agree(run->session, limit_weights(run));
}

static ek_status end_branch(struct run *run, const struct ek_machine *machine)
{
    struct ek_leaf leaf = {0};
    double norm = -1;
    EK_TRY(flush(run));
    const double start = ek_clock_seconds();
    ek_status status = ek_session_agree(
        run->session,
        ek_leaf_create(run->program, &run->facts, machine, run->place, &leaf));
    const bool counts = ek_shots_groups_counts(run);
    if (status == EK_OK && counts) status = draw_shots(run, machine, &leaf, &norm);
    if (status == EK_OK && counts && run->exact) status = add_probabilities(run, machine, &leaf);
    ek_leaf_clear(&leaf);
    if (status == EK_OK && norm < 0) status = ek_state_norm(run->state, &norm);
    if (status == EK_OK) run->result->norm = norm;
    run->result->sample_seconds += ek_clock_seconds() - start;
    return status;
}

/* ---- the walk ------------------------------------------------------------------------------ */

/* Follows one branch to its end; what it leaves aside waits. */
static ek_status follow(struct run *run, struct ek_machine *machine)
{
    run->current = machine;
    for (;;) {
        enum ek_event event;
        bool goes_on = true;
        const ek_status status = advance(run, machine, &event);
        if (status == EK_ERROR_NUMERIC && machine->shots == 0 && run->options->shots > 0) {
            run->exact = false; /* nobody has taken this way */
            ek_pending_clear(&run->interpreter.pending);
            return EK_OK;
        }
        EK_TRY(status);
        if (event == EK_AT_END) return end_branch(run, machine);
        EK_TRY(flush(run));
        EK_TRY(branch(run, machine, &goes_on));
        if (!goes_on) return EK_OK;
    }
}

/* Puts the state where the branch left it. */
static ek_status resume(struct run *run, struct waiting *waiting)
{
    if (waiting->amplitudes) {
        memcpy(run->state->amplitudes, waiting->amplitudes, ek_state_bytes_per_rank(run->state));
        ek_release(waiting->amplitudes);
        run->state->layout = waiting->layout;
        waiting->amplitudes = NULL;
        run->saved--;
    } else {
        run->replayed = waiting;
        const ek_status status = replay(run, &waiting->machine);
        run->replayed = NULL;
        EK_TRY(status);
    }
    return decide(run, &waiting->machine, waiting->outcome, waiting->weights[waiting->outcome]);
}

static ek_status walk(struct run *run)
{
    struct ek_machine machine = {0};
    ek_status status = start_machine(run, &machine);
    machine.shots = run->options->shots;
    run->result->leaves = 1;
    if (status == EK_OK && run->options->runner) status = ek_shots_go_on(run, &machine);
    if (status == EK_OK && !run->stood) status = follow(run, &machine);
    while (status == EK_OK && run->waiting_count > 0) {
        struct waiting next = run->waiting[--run->waiting_count];
        if (next.machine.shots > 0 || run->exact) {
            status = resume(run, &next);
            if (status == EK_OK) status = follow(run, &next.machine);
        }
        if (next.amplitudes) run->saved--;
        ek_release(next.amplitudes);
        ek_machine_clear(&next.machine);
    }
    ek_machine_clear(&machine);
    return status;
}

/* ---- the beginning and the end of a run ---------------------------------------------------- */

/* Qubits that some gate acts on: those up to the first draw, and then all that may still come; and
 * whether there is a draw. */
static ek_status find_used(struct run *run, uint64_t *used, bool *branches)
{
    struct ek_machine machine = {0};
    enum ek_event event = EK_AT_END;
    ek_status status =
        ek_machine_create(run->program, run->options->initial ? EK_UNKNOWN : 0, &machine);
    if (status == EK_OK) status = ek_machine_advance(&run->interpreter, &machine, &event);
    *used = run->interpreter.used;
    *branches = event != EK_AT_END;
    if (status == EK_OK && event != EK_AT_END)
        for (size_t at = (size_t)ek_shots_facts_after(&run->facts, machine.at);
             at < run->facts.count; at++)
            *used |= ek_shots_gate_qubits(run->program, at);
    if (run->options->initial || run->options->whole_register)
        *used = ek_low_bits(run->program->qubits);
    ek_machine_clear(&machine);
    return status;
}

/* Gives used qubits their places, and gives their number. */
static int place_qubits(struct run *run, uint64_t used)
{
    int count = 0;
    for (int q = 0; q < run->program->qubits; q++)
        run->place[q] = (int8_t)(used >> q & 1 ? count++ : -1);
    return count;
}

static ek_status check_initial(const struct run *run, int qubits)
{
    const ek_state *initial = run->options->initial;
    if (!initial) return EK_OK;
    if (initial->session != run->session || initial->precision != run->options->precision)
        return EK_FAIL(EK_ERROR_ARGUMENT, "the initial state is of another session or precision");
    if (initial->qubits == run->program->qubits && initial->qubits == qubits) return EK_OK;
    return EK_FAIL(EK_ERROR_ARGUMENT, "an initial state of %d qubits for a program of %d%s",
                   initial->qubits, run->program->qubits,
                   qubits > run->program->qubits ? ": too many ranks for so few qubits" : "");
}

static ek_status make_buffers(struct run *run, int *qubits)
{
    uint64_t used = 0;
    bool branches = false;
    const size_t shots = run->options->shots;
    EK_TRY(ek_shots_facts_find(run->program, run->options->keep_state, &run->facts));
    EK_TRY(find_used(run, &used, &branches));
    *qubits = ek_shots_groups_choose(run, place_qubits(run, used), ek_shots_widest(run->program),
                                     branches);
    EK_TRY(check_initial(run, *qubits));
    EK_TRY(EK_NEW_RAW(run->order, shots));
    EK_TRY(EK_NEW_RAW(run->spare, shots));
    for (size_t i = 0; i < shots; i++) run->order[i] = i;
    run->counts.words = run->weights.words = ek_outcome_words(run->program, &run->facts);
    return ek_circuit_create(*qubits, &run->interpreter.pending.circuit);
}

static ek_status check_options(const ek_shots_options *options)
{
    if (options->shots >> SHOT_BITS == 0) return EK_OK;
    return EK_FAIL(EK_ERROR_ARGUMENT, "%zu shots: give fewer than 2^%d", options->shots,
                   SHOT_BITS);
}

/* All that must be alike on all ranks, for them to go the same way. */
static uint64_t digest_of(const struct run *run)
{
    const ek_shots_options *options = run->options;
    const uint64_t facts[] = {options->shots, options->seed, options->probabilities,
                              (uint64_t)options->precision, (uint64_t)options->qft,
                              options->memory_bytes, options->initial != NULL,
                              options->keep_state != 0, options->needs_state != 0,
                              options->whole_register != 0, options->runner != NULL};
    return ek_digest(ek_dynamic_digest(run->program), facts, sizeof facts);
}

static ek_status begin(struct run *run)
{
    int qubits = 0;
    ek_status status = check_options(run->options);
    if (status == EK_OK) status = make_buffers(run, &qubits);
    run->exact = run->options->probabilities > 0;
    if (status == EK_OK && run->options->needs_state && !run->options->initial)
        status = ek_shots_foresee(run);
    const uint64_t digest = status == EK_OK ? digest_of(run) : 0;
    EK_TRY(ek_agree_digest(run->session, status, digest, "the program or how it is to run"));
    EK_TRY(ek_shots_groups_begin(run));
    status = ek_state_create(run->session, qubits, run->options->precision, &run->state);
    if (status == EK_OK)
        run->saved_most = ek_shots_memory(run) / ek_state_bytes_per_rank(run->state);
    if (run->groups > 1) run->saved_most--; /* that much more the state itself takes */
    EK_TRY(ek_shots_groups_initial(run, status));
    run->merge_at = MERGE_LEAST;
    return restart(run);
}

static void clear(struct run *run)
{
    for (size_t i = 0; i < run->waiting_count; i++) {
        ek_machine_clear(&run->waiting[i].machine);
        ek_release(run->waiting[i].amplitudes);
    }
    ek_release(run->waiting);
    ek_release(run->order);
    ek_release(run->spare);
    ek_release(run->counts.rows);
    ek_release(run->weights.rows);
    ek_circuit_destroy(&run->interpreter.pending.circuit);
    ek_shots_facts_clear(&run->facts);
    ek_state_destroy(&run->state);
    ek_state_destroy(&run->copy);
    ek_session_destroy(&run->part);
}

/* What one group alone would have found too much for exact probabilities. */
static ek_status check_sums(struct run *run)
{
    if (run->result->leaves > LEAVES_MOST) run->exact = false;
    return ek_session_agree(run->session, limit_weights(run));
}

static ek_status run_once(ek_session *session, const ek_dynamic *program,
                          const ek_shots_options *options, ek_shots_result *result)
{
    static const ek_shots_options defaults = {0};
    ek_shots_result fresh = {.norm = -1};
    struct run run = {.session = session, .whole = session, .groups = 1, .followers = 1,
                      .program = program,
                      .options = options ? options : &defaults, .result = &fresh};
    run.interpreter.program = run.interpreter.pending.program = program;
    run.interpreter.facts = &run.facts;
    run.interpreter.pending.place = run.place;
    ek_status status = begin(&run);
    if (status == EK_OK) status = walk(&run);
    status = ek_shots_groups_end(&run, status);
    if (status == EK_OK && run.part) status = check_sums(&run);
    if (status == EK_OK) {
        const struct ek_shots_end end = {program, &run.facts, &run.counts, &run.weights,
                                         run.place, run.options->probabilities, run.exact};
        fresh.groups = run.groups;
        fresh.state_bytes_per_rank = ek_state_bytes_per_rank(run.state);
        status = ek_session_agree(session, ek_shots_result_fill(&end, &fresh));
    }
    if (status == EK_OK && run.options->keep_state && fresh.leaves == 1)
        status = ek_shots_groups_keep(&run, &fresh.state);
    clear(&run);
    if (status == EK_OK) *result = fresh;
    else ek_shots_result_clear(&fresh);
    return status;
}

ek_status ek_dynamic_run(ek_session *session, const ek_dynamic *program,
                         const ek_shots_options *options, ek_shots_result *result)
{
    struct ek_runner *runner = options ? options->runner : NULL;
    ek_status status;
    do status = run_once(session, program, options, result);
    while (status == EK_ERROR_NUMERIC && runner && runner->go_back(runner));
    return status;
}
