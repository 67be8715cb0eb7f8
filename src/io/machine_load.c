/* Files that describe a machine to the cost model. */
#include "base/base.h"

#include <exaket/predict.h>

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

static ek_status take(const char *path, const json_t *object, const char *key, double *value)
{
    const json_t *found = json_object_get(object, key);
    if (!found) return EK_OK;
    const double number = json_number_value(found);
    if (!json_is_number(found) || !(number > 0) || !isfinite(number))
        return EK_FAIL(EK_ERROR_PARSE, "%s: %s is no positive number", path, key);
    *value = number;
    return EK_OK;
}

/* One after the other, from node_xor 1 on. */
static ek_status take_distances(const char *path, const json_t *object, ek_bench_machine *m)
{
    const json_t *array = json_object_get(object, "network_distances");
    if (!array) return EK_OK;
    if (!json_is_array(array) || json_array_size(array) > EK_BENCH_DISTANCES_MAX)
        return EK_FAIL(EK_ERROR_PARSE, "%s: network_distances is no array of at most %d", path,
                       EK_BENCH_DISTANCES_MAX);
    m->network_distances = (int)json_array_size(array);
    for (int d = 0; d < m->network_distances; d++) {
        const json_t *entry = json_array_get(array, (size_t)d);
        double *bandwidth = &m->network_distance[d].bandwidth_bytes_per_second;
        double *latency = &m->network_distance[d].latency_seconds;
        *bandwidth = *latency = 0;
        if (json_integer_value(json_object_get(entry, "node_xor")) != (json_int_t)1 << d)
            return EK_FAIL(EK_ERROR_PARSE, "%s: network_distances[%d] has no node_xor of %lld",
                           path, d, 1LL << d);
        EK_TRY(take(path, entry, "bandwidth_bytes_per_second", bandwidth));
        EK_TRY(take(path, entry, "latency_seconds", latency));
        if (*bandwidth == 0 || *latency == 0)
            return EK_FAIL(EK_ERROR_PARSE, "%s: network_distances[%d] lacks bandwidth_bytes_"
                           "per_second or latency_seconds", path, d);
    }
    return EK_OK;
}

static ek_status fill(const char *path, const json_t *object, ek_bench_machine *m)
{
    EK_TRY(take(path, object, "memory_bandwidth_bytes_per_second",
                &m->memory_bandwidth_bytes_per_second));
    EK_TRY(take(path, object, "tile_bandwidth_bytes_per_second",
                &m->tile_bandwidth_bytes_per_second));
    EK_TRY(take(path, object, "network_bandwidth_bytes_per_second",
                &m->network_bandwidth_bytes_per_second));
    EK_TRY(take(path, object, "network_latency_seconds", &m->network_latency_seconds));
    EK_TRY(take(path, object, "checkpoint_bandwidth_bytes_per_second",
                &m->checkpoint_bandwidth_bytes_per_second));
    EK_TRY(take(path, object, "gflops_per_thread", &m->gflops_per_thread));
    EK_TRY(take(path, object, "lookups_per_second_per_thread",
                &m->lookups_per_second_per_thread));
    return take_distances(path, object, m);
}

ek_status ek_bench_machine_load(const char *path, ek_bench_machine *machine)
{
    json_error_t error;
    FILE *file = fopen(path, "r");
    if (!file) return EK_FAIL(EK_ERROR_FILE, "cannot open %s: %s", path, strerror(errno));
    json_t *object = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    fclose(file);
    if (!object)
        return EK_FAIL(EK_ERROR_PARSE, "%s:%d:%d: %s", path, error.line, error.column, error.text);
    ek_bench_machine fresh = *machine;
    const ek_status status = json_is_object(object)
                                 ? fill(path, object, &fresh)
                                 : EK_FAIL(EK_ERROR_PARSE, "%s: expected one JSON object", path);
    json_decref(object);
    if (status == EK_OK) *machine = fresh;
    return status;
}
