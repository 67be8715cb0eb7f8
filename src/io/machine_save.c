/* Measured numbers of a machine, as a JSON file that several measurements share. */
#include "io/machine_file.h"
#include "io/output_file.h"

#include <exaket/bench.h>

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

/* What the file holds already: an empty object when there is none. */
static ek_status read_object(const char *path, json_t **object)
{
    json_error_t error;
    if (access(path, F_OK) != 0) {
        *object = json_object();
        return EK_OK;
    }
    *object = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!*object)
        return EK_FAIL(EK_ERROR_PARSE, "%s:%d:%d: %s", path, error.line, error.column, error.text);
    if (json_is_object(*object)) return EK_OK;
    json_decref(*object);
    return EK_FAIL(EK_ERROR_PARSE, "%s:1:1: expected a JSON object", path);
}

/* Whether there was any. */
static bool set_numbers(json_t *object, const ek_bench_machine *machine)
{
    bool any = false;
    for (size_t i = 0; i < EK_MACHINE_NUMBERS; i++) {
        double value;
        memcpy(&value, (const char *)machine + ek_machine_numbers[i].offset, sizeof value);
        if (!(value > 0)) continue;
        json_object_set_new(object, ek_machine_numbers[i].key, json_real(value));
        any = true;
    }
    return any;
}

static void set_distances(json_t *object, const ek_bench_machine *machine)
{
    json_t *array = json_array();
    for (int d = 0; d < machine->network_distances; d++)
        json_array_append_new(
            array, json_pack("{s:I, s:f, s:f}", "node_xor", (json_int_t)1 << d,
                             "bandwidth_bytes_per_second",
                             machine->network_distance[d].bandwidth_bytes_per_second,
                             "latency_seconds", machine->network_distance[d].latency_seconds));
    json_object_set_new(object, "network_distances", array);
}

static ek_status write_object(const json_t *object, const char *path)
{
    struct ek_text partial = {0};
    ek_text_printf(&partial, "%s.part-%ld", path, (long)getpid());
    ek_status status = partial.status;
    if (status == EK_OK && (ek_fault_due(EK_FAULT_WRITE) ||
                            json_dump_file(object, partial.bytes, JSON_INDENT(2)) != 0 ||
                            rename(partial.bytes, path) != 0)) {
        status = EK_FAIL(EK_ERROR_FILE, "cannot write %s: %s", path, strerror(errno));
        unlink(partial.bytes);
    }
    ek_text_clear(&partial);
    return status;
}

ek_status ek_bench_machine_save(ek_session *session, const ek_bench_machine *machine,
                                const char *path)
{
    ek_status status = EK_OK;
    if (ek_session_rank(session) == 0) {
        struct ek_output output;
        json_t *object = NULL;
        status = ek_output_find(path, true, &output);
        if (status == EK_OK) status = read_object(output.path, &object);
        if (status == EK_OK) {
            const bool far = machine->network_distances > 0;
            const bool any = set_numbers(object, machine) || far;
            if (far) set_distances(object, machine);
            if (any) status = write_object(object, output.path);
            json_decref(object);
        }
    }
    return ek_session_agree(session, status);
}
