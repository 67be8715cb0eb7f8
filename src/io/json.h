/* Values of JSON objects: what is not finite or no text becomes null. */
#ifndef EK_IO_JSON_H
#define EK_IO_JSON_H

#include "comm/comm.h"

#include <exaket/evaluation.h>
#include <exaket/program.h>

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

static inline json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static inline json_t *whole(uint64_t value) { return json_integer((json_int_t)value); }

static inline json_t *word(const char *text)
{
    json_t *string = text ? json_string(text) : NULL;
    return string ? string : json_null();
}

static inline json_t *stop_word(ek_stop stop)
{
    return stop == EK_STOP_NONE ? json_null() : word(ek_stop_name((int)stop));
}

static inline void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static inline json_t *numbers(size_t count, const double *values)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(array, number(values[i]));
    return array;
}

/* Amplitude i is that of basis state `indices[i]`. */
static inline json_t *amplitudes_array(size_t count, const uint64_t *indices,
                                       const ek_complex *amplitudes, int qubits)
{
    json_t *array = json_array();
    char bits[EK_QUBITS_MAX + 1];
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            array, json_pack("{s:o, s:s, s:o, s:o}", "index", whole(indices[i]), "bits",
                             ek_format_bits(indices[i], qubits, bits), "re",
                             number(amplitudes[i].re), "im", number(amplitudes[i].im)));
    return array;
}

static inline json_t *plan_object(const ek_plan_summary *plan)
{
    return json_pack("{s:i, s:i, s:i, s:o}", "stages", plan->stages, "reshuffles",
                     plan->reshuffles, "passes", plan->passes, "bytes_sent_per_rank",
                     whole(plan->bytes_sent_per_rank));
}

static inline json_t *memory_object(const ek_plan_summary *plan)
{
    const uint64_t one = plan->state_bytes_per_rank, states = (uint64_t)plan->states;
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "state_bytes_per_rank", whole(one), "states",
                     whole(states), "all_states_bytes_per_rank", whole(states * one),
                     "buffer_bytes_per_rank", whole(plan->buffer_bytes_per_rank),
                     "peak_bytes_of_rank_0", whole(ek_peak_own_bytes()));
}

static inline json_t *seconds_object(double prepare, double optimize, double total)
{
    return json_pack("{s:o, s:o, s:o}", "prepare", number(prepare), "optimize",
                     number(optimize), "total", number(total));
}

/* Writes an object, which it takes over, as a text to be freed with ek_text_free. */
static inline ek_status print(json_t *object, char **text)
{
    char *printed = object ? json_dumps(object, JSON_REAL_PRECISION(17)) : NULL;
    json_decref(object);
    const ek_status status = printed ? ek_copy_string(printed, text)
                                     : EK_FAIL(EK_ERROR_MEMORY, "no memory for a JSON text");
    free(printed);
    return status;
}

#endif
