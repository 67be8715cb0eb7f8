/* From options to a sweep that is ready to run. */
#include "algo/algo.h"
#include "sweep/sweep_private.h"

#include <string.h>
#include <unistd.h>

/* ---- the spec ------------------------------------------------------------------------------- */

static ek_status check_options(const ek_sweep_options *options)
{
    const int ranks = options->ranks_per_point;
    if (!options->spec_path || !*options->spec_path)
        return EK_FAIL(EK_ERROR_ARGUMENT, "no spec is named");
    if (ranks < 0 || (ranks > 0 && !ek_is_power_of_two((uint64_t)ranks)))
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d ranks per point, expected a power of two or 0",
                       ranks);
    if (options->on_error && strcmp(options->on_error, "continue") != 0 &&
        strcmp(options->on_error, "stop") != 0)
        return EK_FAIL(EK_ERROR_ARGUMENT, "on_error is '%s', expected continue or stop",
                       options->on_error);
    if (options->parts < 0 || options->part < 0 ||
        (options->part >= options->parts && options->part + options->parts > 0))
        return EK_FAIL(EK_ERROR_ARGUMENT, "part %d of %d: parts count from 0", options->part,
                       options->parts);
    if (options->parts > 0 && options->force)
        return EK_FAIL(EK_ERROR_ARGUMENT, "a part cannot start the whole sweep afresh");
    return EK_OK;
}

const char *ek_sweep_origin(const struct sweep *sweep)
{
    return sweep->options->copy_of ? sweep->options->copy_of : sweep->options->spec_path;
}

/* The output folder without slashes at its end. */
static ek_status set_output(struct sweep *sweep)
{
    const char *chosen = sweep->options->output ? sweep->options->output : sweep->spec->output;
    const size_t capacity = sizeof sweep->output;
    if (*chosen == '\0' || strlen(chosen) > capacity - 128)
        return EK_FAIL(EK_ERROR_ARGUMENT, "the name of the output folder is %s",
                       *chosen ? "too long" : "empty");
    snprintf(sweep->output, capacity, "%s", chosen);
    for (size_t i = strlen(sweep->output); i > 1 && sweep->output[i - 1] == '/'; i--)
        sweep->output[i - 1] = '\0';
    return EK_OK;
}

/* What the room io cannot know. */
static ek_status check_spec(const struct ek_spec *spec)
{
    return ek_spec_place(spec, "algorithm.optimizer",
                         ek_optimizer_check(spec->algorithm.optimizer));
}

static ek_status parse(struct sweep *sweep)
{
    const ek_sweep_options *options = sweep->options;
    EK_TRY(ek_spec_parse(&sweep->file, options->override_count, options->overrides, &sweep->spec));
    EK_TRY(check_spec(sweep->spec));
    EK_TRY(set_output(sweep));
    sweep->stop_on_error = options->on_error ? strcmp(options->on_error, "stop") == 0
                                             : sweep->spec->on_error == EK_ON_ERROR_STOP;
    sweep->ranks_per_point =
        options->ranks_per_point ? options->ranks_per_point : sweep->spec->ranks_per_point;
    EK_TRY(ek_points_create(sweep->spec, ek_sweep_origin(sweep), &sweep->points));
    return ek_sweep_take_part(sweep);
}

/* ---- groups --------------------------------------------------------------------------------- */

static void find_qubits(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->points->problem_count; i++) {
        const int qubits = sweep->points->problems[i].qubits;
        if (qubits == 0) continue;
        if (sweep->qubits_min == 0 || qubits < sweep->qubits_min) sweep->qubits_min = qubits;
        if (qubits > sweep->qubits_max) sweep->qubits_max = qubits;
    }
}

/* As few ranks as give the largest point enough memory, or as many as there are. */
static int choose_ranks(const struct sweep *sweep)
{
    const int size = ek_session_size(sweep->world);
    int ranks = 1;
    while (2 * ranks <= size &&
           ek_sweep_needs(sweep->spec, sweep->qubits_max, ranks) > sweep->memory)
        ranks *= 2;
    return ranks;
}

static ek_status make_groups(struct sweep *sweep)
{
    const int size = ek_session_size(sweep->world);
    if (sweep->ranks_per_point == 0) sweep->ranks_per_point = choose_ranks(sweep);
    EK_TRY(ek_sweep_check_ranks(sweep, sweep->ranks_per_point));
    if (sweep->ranks_per_point > size)
        return EK_FAIL(EK_ERROR_RANKS,
                       "%d ranks per point, but there are %d: start with mpirun -n %d or more",
                       sweep->ranks_per_point, size, sweep->ranks_per_point);
    sweep->groups = size / sweep->ranks_per_point;
    sweep->idle_ranks = size % sweep->ranks_per_point;
    return EK_OK;
}

/* ---- all of it ------------------------------------------------------------------------------ */

/* What rank 0 learned from the folder. */
struct found {
    uint64_t done, failed;
    int32_t ranks_per_point;
};

static ek_status inspect(struct sweep *sweep)
{
    const bool first = ek_session_rank(sweep->world) == 0;
    EK_TRY(ek_session_agree(sweep->world, first ? ek_sweep_folder_inspect(sweep) : EK_OK));
    struct found found = {sweep->done_before, sweep->failed_before, sweep->ranks_per_point};
    ek_broadcast(sweep->world, &found, sizeof found, 0);
    sweep->done_before = found.done;
    sweep->failed_before = found.failed;
    sweep->ranks_per_point = found.ranks_per_point;
    return EK_OK;
}

ek_status ek_sweep_read(ek_session *world, const ek_sweep_options *options, struct sweep *sweep)
{
    *sweep = (struct sweep){.world = world, .options = options, .lock = -1};
    EK_TRY(ek_session_agree(world, check_options(options)));
    EK_TRY(ek_file_read(world, options->spec_path, &sweep->file));
    EK_TRY(ek_session_agree(world, parse(sweep)));
    EK_TRY(ek_points_load(world, sweep->points));
    find_qubits(sweep);
    return EK_OK;
}

ek_status ek_sweep_prepare(ek_session *world, const ek_sweep_options *options, struct sweep *sweep)
{
    EK_TRY(ek_sweep_read(world, options, sweep));
    EK_TRY(ek_session_agree(world, ek_sweep_check_fit(sweep)));
    sweep->memory = ek_sweep_memory(world);
    EK_TRY(inspect(sweep));
    return ek_session_agree(world, make_groups(sweep));
}

void ek_sweep_clear(struct sweep *sweep)
{
    if (sweep->lock >= 0) close(sweep->lock);
    ek_journal_record_clear(&sweep->record);
    ek_release(sweep->part_of);
    ek_points_destroy(&sweep->points);
    ek_spec_destroy(&sweep->spec);
    ek_file_clear(&sweep->file);
}
