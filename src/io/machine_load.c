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

static ek_status fill(const char *path, const json_t *object, ek_bench_machine *m)
{
    EK_TRY(take(path, object, "memory_bandwidth_bytes_per_second",
                &m->memory_bandwidth_bytes_per_second));
    EK_TRY(take(path, object, "network_bandwidth_bytes_per_second",
                &m->network_bandwidth_bytes_per_second));
    EK_TRY(take(path, object, "network_latency_seconds", &m->network_latency_seconds));
    EK_TRY(take(path, object, "checkpoint_bandwidth_bytes_per_second",
                &m->checkpoint_bandwidth_bytes_per_second));
    return take(path, object, "gflops_per_thread", &m->gflops_per_thread);
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
