/* Groups of ranks that share the branches of a run. Where one rank, or a few, can hold the state,
 * the ranks are as many groups as possible. All follow the same way until it branches; then they
 * divide, in proportion to the shots of both sides, until each follows branches of its own. So a
 * branch and its shots are what they are on one rank, and no group waits for another before
 * the end. The tiny state of a long program is every rank's own also where nothing
 * branches. */
#include "observe/shots_run.h"

#include <math.h>
#include <string.h>

static const size_t DEFAULT_MEMORY = (size_t)64 << 20;
enum {
    TINY_QUBITS = 13,   /* a tile of one core */
    MANY_GATES = 1 << 14 /* that do more between ranks than among them */
};

size_t ek_shots_memory(const struct run *run)
{
    return run->options->memory_bytes ? run->options->memory_bytes : DEFAULT_MEMORY;
}

/* So that one can be saved, besides the initial state where one is given. */
static bool fits(const struct run *run, int ranks, int qubits)
{
    const double bytes = ldexp((double)ek_amplitude_bytes(run->options->precision), qubits);
    const size_t states = run->options->initial ? 3 : 2;
    return bytes / ranks <= (double)(ek_shots_memory(run) / states);
}

int ek_shots_groups_choose(struct run *run, int used, int widest, bool branches)
{
    const ek_shots_options *options = run->options;
    const int size = ek_session_size(run->whole), at_most = ek_shots_qubits_on(size, used, widest);
    const bool tiny = at_most <= TINY_QUBITS && fits(run, 1, at_most) &&
                      run->program->circuit->op_count > MANY_GATES;
    int ranks = 1;
    if ((!tiny && (!branches || options->keep_state)) || options->runner ||
        !ek_is_power_of_two((uint64_t)size))
        ranks = size;
    while (ranks < size && !fits(run, ranks, ek_shots_qubits_on(ranks, used, widest))) ranks *= 2;
    run->groups = size / ranks;
    run->followers = run->groups;
    run->group = ek_session_rank(run->whole) / ranks;
    return options->keep_state ? at_most : ek_shots_qubits_on(ranks, used, widest);
}

/* What belongs to other ranks of the group passes through the state, that is still to fill. */
static void copy_initial(struct run *run)
{
    const ek_state *from = run->options->initial;
    const size_t bytes = ek_state_bytes_per_rank(from);
    for (int rank = 0; rank < ek_session_size(run->whole); rank++) {
        const bool mine = rank / run->groups == ek_session_rank(run->part);
        char *to = mine ? (char *)run->copy->amplitudes + (size_t)(rank % run->groups) * bytes
                        : run->state->amplitudes;
        if (rank == ek_session_rank(run->whole)) memcpy(to, from->amplitudes, bytes);
        ek_broadcast(run->whole, to, bytes, rank);
    }
    run->copy->layout = from->layout;
}

ek_status ek_shots_groups_initial(struct run *run, ek_status status)
{
    const ek_state *from = run->initial = run->options->initial;
    if (!run->part || !from) return status;
    if (status == EK_OK)
        status = ek_state_create(run->part, from->qubits, from->precision, &run->copy);
    EK_TRY(ek_session_agree(run->whole, status));
    copy_initial(run);
    run->initial = run->copy;
    run->saved_most--;
    return EK_OK;
}

ek_status ek_shots_groups_begin(struct run *run)
{
    if (run->groups == 1) return EK_OK;
    EK_TRY(ek_session_split(run->whole, run->group, &run->part));
    run->session = run->part;
    return EK_OK;
}

bool ek_shots_groups_divide(struct run *run, double zero_share)
{
    int zeros = (int)lround(zero_share * run->followers);
    if (zeros < 1) zeros = 1;
    if (zeros > run->followers - 1) zeros = run->followers - 1;
    const bool zero = run->group < run->first_follower + zeros;
    if (run->group != run->first_follower) run->repeated++;
    if (!zero) run->first_follower += zeros;
    run->followers = zero ? zeros : run->followers - zeros;
    return zero;
}

/* ---- the end ------------------------------------------------------------------------------- */

static int leader_of(const struct run *run, int group)
{
    return group * (ek_session_size(run->whole) / run->groups);
}

/* Whether this rank speaks for its group. */
static bool leads(const struct run *run)
{
    return ek_session_rank(run->whole) == leader_of(run, run->group);
}

/* counts[g]: rows of group g. */
static ek_status count_rows(struct run *run, size_t mine, uint64_t *counts, struct ek_rows *all)
{
    uint64_t sum = 0;
    for (int g = 0; g < run->groups; g++) counts[g] = g == run->group && leads(run) ? mine : 0;
    ek_sum_ranks_u64(run->whole, counts, (size_t)run->groups);
    for (int g = 0; g < run->groups; g++) sum += counts[g];
    return ek_session_agree(run->whole, ek_rows_reserve(all, sum));
}

/* Every rank gets the rows of all groups, those of the first group first. */
static ek_status gather_rows(struct run *run, struct ek_rows *rows, uint64_t *counts)
{
    const size_t width = rows->words + 1;
    struct ek_rows all = {.words = rows->words};
    const ek_status status = count_rows(run, rows->count, counts, &all);
    if (status != EK_OK) {
        ek_release(all.rows); /* it failed elsewhere */
        return status;
    }
    for (int g = 0; g < run->groups; g++) {
        uint64_t *to = all.rows + all.count * width;
        if (counts[g] == 0) continue;
        if (g == run->group) memcpy(to, rows->rows, counts[g] * width * sizeof *to);
        ek_broadcast(run->whole, to, counts[g] * width * sizeof *to, leader_of(run, g));
        all.count += counts[g];
    }
    ek_release(rows->rows);
    *rows = all;
    return EK_OK;
}

/* What all groups did, and once what all did alike; what took longest; the norm of the last
 * group's last state. */
static void add_numbers(struct run *run)
{
    ek_shots_result *result = run->result;
    double seconds[] = {result->plan_seconds, result->execute_seconds, result->sample_seconds};
    uint64_t sums[] = {result->leaves - 1 - run->repeated, (uint64_t)result->stages,
                       (uint64_t)result->reshuffles, (uint64_t)result->passes,
                       result->bytes_sent};
    uint64_t exact = run->exact;
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        if (!leads(run) || (run->group > 0 && run->result->leaves == 1)) sums[i] = 0;
    ek_sum_ranks_u64(run->whole, sums, sizeof sums / sizeof *sums);
    ek_min_ranks_u64(run->whole, &exact, 1);
    ek_max_ranks(run->whole, seconds, sizeof seconds / sizeof *seconds);
    ek_broadcast(run->whole, &result->norm, sizeof result->norm, leader_of(run, run->groups - 1));
    result->leaves = 1 + sums[0];
    result->stages = (int)sums[1], result->reshuffles = (int)sums[2];
    result->passes = (int)sums[3], result->bytes_sent = sums[4];
    result->plan_seconds = seconds[0], result->execute_seconds = seconds[1];
    result->sample_seconds = seconds[2];
    run->exact = exact;
}

ek_status ek_shots_groups_end(struct run *run, ek_status status)
{
    uint64_t *counts = NULL;
    if (!run->part) return status; /* one group, or none was made anywhere */
    if (status == EK_OK) status = EK_NEW_RAW(counts, run->groups);
    status = ek_session_agree(run->whole, status);
    if (status == EK_OK) status = gather_rows(run, &run->counts, counts);
    if (status == EK_OK) status = gather_rows(run, &run->weights, counts);
    if (status == EK_OK) add_numbers(run);
    ek_release(counts);
    run->session = run->whole;
    return status;
}

ek_status ek_shots_groups_keep(struct run *run, ek_state **kept)
{
    ek_state *state = run->state;
    if (run->part) {
        EK_TRY(ek_state_create(run->whole, state->qubits, state->precision, kept));
        memcpy((*kept)->amplitudes,
               (const char *)state->amplitudes +
                   ek_state_first(*kept) * ek_amplitude_bytes(state->precision),
               ek_state_bytes_per_rank(*kept));
        (*kept)->layout = state->layout;
    } else {
        *kept = state;
        run->state = NULL;
    }
    return EK_OK;
}
