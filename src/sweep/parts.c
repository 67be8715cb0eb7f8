/* A sweep in parts, each for one task of an array of jobs. */
#include "sweep/sweep_private.h"

#include <stdlib.h>

struct share {
    double cost;
    size_t id;
};

/* The dearest first. */
static int compare(const void *a, const void *b)
{
    const struct share *one = a, *two = b;
    if (one->cost != two->cost) return one->cost < two->cost ? 1 : -1;
    return one->id < two->id ? -1 : one->id > two->id;
}

/* Otherwise they are as many as the qubits. */
static bool layers_are_given(const struct ek_spec *spec)
{
    bool given = spec->algorithm.layers > 0;
    for (unsigned i = 0; i < spec->sweep.parameters_count; i++)
        given = given || spec->sweep.parameters[i].target == EK_TARGET_LAYERS;
    return given;
}

/* What the spec alone says about the costs: all tasks must come to the same parts, at any time,
 * whatever has become of the files of the problems. */
static ek_status estimate(const struct ek_points *points, size_t id, struct share *share)
{
    struct ek_point point;
    EK_TRY(ek_points_get(points, id, &point));
    const int evaluations = points->spec->algorithm.optimize ? point.max_evaluations : 1;
    const int layers = layers_are_given(points->spec) ? point.layers : 1;
    share->id = id;
    share->cost = (double)evaluations * layers * (double)ek_bit(point.problem->vertices);
    ek_point_clear(&point);
    return EK_OK;
}

/* As cards are dealt, there and back: 0 1 2 2 1 0 0 1 2. */
static int dealt_to(size_t place, int parts)
{
    const int at = (int)(place % (2 * (size_t)parts));
    return at < parts ? at : 2 * parts - 1 - at;
}

static ek_status deal(const struct ek_points *points, struct share *shares, int parts, int *part)
{
    for (size_t id = 0; id < points->count; id++) EK_TRY(estimate(points, id, &shares[id]));
    qsort(shares, points->count, sizeof *shares, compare);
    for (size_t i = 0; i < points->count; i++) part[shares[i].id] = dealt_to(i, parts);
    return EK_OK;
}

ek_status ek_points_deal(const struct ek_points *points, int parts, int *part)
{
    struct share *shares = NULL;
    EK_TRY(EK_NEW(shares, points->count));
    const ek_status status = deal(points, shares, parts, part);
    ek_release(shares);
    return status;
}

ek_status ek_sweep_take_part(struct sweep *sweep)
{
    const ek_sweep_options *options = sweep->options;
    sweep->own_points = sweep->points->count;
    if (options->parts == 0) return EK_OK;
    snprintf(sweep->part_name, sizeof sweep->part_name, "%d-of-%d", options->part, options->parts);
    EK_TRY(EK_NEW(sweep->part_of, sweep->points->count));
    EK_TRY(ek_points_deal(sweep->points, options->parts, sweep->part_of));
    sweep->own_points = 0;
    for (size_t id = 0; id < sweep->points->count; id++)
        sweep->own_points += ek_sweep_owns(sweep, id);
    return EK_OK;
}

/* ---- before anything is submitted ---------------------------------------------------------- */

/* What each part has left. */
static ek_status count_left(const struct sweep *sweep, int parts, size_t *left)
{
    int *part_of = NULL;
    EK_TRY(EK_NEW(part_of, sweep->points->count));
    const ek_status status = ek_points_deal(sweep->points, parts, part_of);
    for (int part = 0; part < parts; part++) left[part] = 0;
    for (size_t id = 0; status == EK_OK && id < sweep->points->count; id++)
        left[part_of[id]] +=
            !sweep->record.points || sweep->record.points[id].state != EK_POINT_DONE;
    ek_release(part_of);
    return status;
}

static ek_status settle(struct sweep *sweep, int parts, ek_sweep_place *place, size_t *left)
{
    EK_TRY(ek_sweep_folder_inspect(sweep));
    if (!place->look_only) {
        EK_TRY(ek_sweep_folder_open(sweep));
        EK_TRY(ek_sweep_folder_inspect(sweep));
    }
    if (left) EK_TRY(count_left(sweep, parts, left));
    snprintf(place->name, sizeof place->name, "%s", sweep->spec->name);
    snprintf(place->output, sizeof place->output, "%s", sweep->output);
    place->points = sweep->points->count;
    place->done = sweep->done_before;
    place->failed = sweep->failed_before;
    place->ranks_per_point = sweep->ranks_per_point;
    return EK_OK;
}

ek_status ek_sweep_settle(const ek_sweep_options *options, int parts, ek_sweep_place *place,
                          size_t *left)
{
    struct sweep sweep;
    ek_status status = ek_sweep_read(NULL, options, &sweep);
    if (status == EK_OK) status = settle(&sweep, parts, place, left);
    ek_sweep_clear(&sweep);
    return status;
}
