/* Files that describe a machine to the cost model. */
#include "io/machine_file.h"

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
    if (!json_is_number(found) || !(number >= EK_MACHINE_LEAST && number <= EK_MACHINE_MOST))
        return EK_FAIL(EK_ERROR_PARSE, "%s: %s is no number from %g to %g", path, key,
                       EK_MACHINE_LEAST, EK_MACHINE_MOST);
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

const struct ek_machine_number ek_machine_numbers[EK_MACHINE_NUMBERS] = {
#define NUMBER(name) {#name, offsetof(ek_bench_machine, name)}
    NUMBER(memory_bandwidth_bytes_per_second), NUMBER(tile_bandwidth_bytes_per_second),
    NUMBER(network_bandwidth_bytes_per_second), NUMBER(network_latency_seconds),
    NUMBER(checkpoint_bandwidth_bytes_per_second), NUMBER(gflops_per_thread),
    NUMBER(lookups_per_second_per_thread), NUMBER(vector_bytes), NUMBER(l1_cache_bytes),
    NUMBER(l2_cache_bytes),
#undef NUMBER
};

/* Of files that earlier versions wrote. */
static const char retired_key[] = "vector_registers";

static bool is_known(const char *key)
{
    for (size_t i = 0; i < EK_MACHINE_NUMBERS; i++)
        if (strcmp(key, ek_machine_numbers[i].key) == 0) return true;
    return strcmp(key, "network_distances") == 0;
}

static ek_status refuse_keys(const char *path, const char *why)
{
    struct ek_text text = {0};
    for (size_t i = 0; i < EK_MACHINE_NUMBERS; i++)
        ek_text_printf(&text, "%s, ", ek_machine_numbers[i].key);
    ek_text_printf(&text, "network_distances, and note for words of your own");
    ek_status status = text.status;
    if (status == EK_OK)
        status = EK_FAIL(EK_ERROR_PARSE, "%s: %s; the keys are %s", path, why, text.bytes);
    ek_text_clear(&text);
    return status;
}

/* Nobody would notice that a default stands in for a number whose key is misspelt. */
static ek_status check_keys(const char *path, json_t *object)
{
    bool any = false;
    char why[256];
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        const char *key = json_object_iter_key(at);
        if (strcmp(key, "note") == 0 || strcmp(key, retired_key) == 0) continue;
        snprintf(why, sizeof why, "unknown key \"%.200s\"", key);
        if (!is_known(key)) return refuse_keys(path, why);
        any = true;
    }
    return any ? EK_OK : refuse_keys(path, "holds nothing of a machine");
}

/* Plans are made for kernels that there are. */
static ek_status check_processor(const char *path, const ek_bench_machine *m)
{
    const double bytes = m->vector_bytes;
    if (bytes != 0 && bytes != 16 && bytes != 32 && bytes != 64)
        return EK_FAIL(EK_ERROR_PARSE, "%s: vector_bytes of %g: give 16, 32 or 64", path, bytes);
    if (m->l1_cache_bytes > 0x1p40 || m->l2_cache_bytes > 0x1p40)
        return EK_FAIL(EK_ERROR_PARSE, "%s: a cache of %g bytes: give at most 2^40", path,
                       fmax(m->l1_cache_bytes, m->l2_cache_bytes));
    return EK_OK;
}

static ek_status fill(const char *path, json_t *object, ek_bench_machine *m)
{
    EK_TRY(check_keys(path, object));
    for (size_t i = 0; i < EK_MACHINE_NUMBERS; i++)
        EK_TRY(take(path, object, ek_machine_numbers[i].key,
                    (double *)(void *)((char *)m + ek_machine_numbers[i].offset)));
    EK_TRY(check_processor(path, m));
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
