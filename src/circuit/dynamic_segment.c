/* A range of a program's gates as a circuit of its own. */
#include "circuit/dynamic.h"

#include <stdlib.h>
#include <string.h>

static int compare_numbers(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* The parameters that the angles use, sorted, each once. */
static ek_status list_parameters(const ek_angle *angles, size_t count, int32_t **list,
                                 size_t *length)
{
    int32_t *numbers = NULL;
    size_t used = 0, kept = 0;
    EK_TRY(EK_NEW(numbers, count));
    for (size_t i = 0; i < count; i++)
        if (angles[i].parameter >= 0) numbers[used++] = angles[i].parameter;
    if (used > 0) qsort(numbers, used, sizeof *numbers, compare_numbers);
    for (size_t i = 0; i < used; i++)
        if (i == 0 || numbers[i] != numbers[i - 1]) numbers[kept++] = numbers[i];
    *list = numbers;
    *length = kept;
    return EK_OK;
}

/* Where the angles (or values) of the operations begin, and how many they are: they stand in the
 * order of the operations. */
struct span {
    size_t first, count;
};

static struct span find_angles(const ek_circuit *circuit, size_t first, size_t count)
{
    const struct span none = {0, 0};
    if (count == 0) return none;
    const size_t begin = circuit->ops[first].angles;
    const size_t next = first + count;
    const size_t end = next < circuit->op_count ? circuit->ops[next].angles : circuit->angle_count;
    return (struct span){begin, end - begin};
}

static struct span find_values(const ek_circuit *circuit, size_t first, size_t count)
{
    const struct span none = {0, 0};
    if (count == 0) return none;
    const size_t begin = circuit->ops[first].values;
    const size_t next = first + count;
    const size_t end = next < circuit->op_count ? circuit->ops[next].values : circuit->value_count;
    return (struct span){begin, end - begin};
}

static ek_status copy_span(const void *from, size_t first, size_t count, size_t size, void *to,
                           size_t *used, size_t *capacity)
{
    void **memory = to;
    EK_TRY(ek_allocate_bytes(count * size, memory));
    if (count > 0) memcpy(*memory, (const char *)from + first * size, count * size);
    *used = *capacity = count;
    return EK_OK;
}

static ek_status copy_operations(const ek_circuit *from, size_t first, size_t count,
                                 ek_circuit *to)
{
    const struct span angles = find_angles(from, first, count);
    const struct span values = find_values(from, first, count);
    EK_TRY(copy_span(from->ops, first, count, sizeof *from->ops, &to->ops, &to->op_count,
                     &to->op_capacity));
    EK_TRY(copy_span(from->angles, angles.first, angles.count, sizeof *from->angles, &to->angles,
                     &to->angle_count, &to->angle_capacity));
    EK_TRY(copy_span(from->values, values.first, values.count, sizeof *from->values, &to->values,
                     &to->value_count, &to->value_capacity));
    for (size_t i = 0; i < count; i++) {
        to->ops[i].angles -= angles.first;
        to->ops[i].values -= values.first;
    }
    return EK_OK;
}

static ek_status name_parameters(const ek_circuit *from, const int32_t *list, size_t length,
                                 ek_circuit *to)
{
    EK_TRY(EK_NEW(to->parameters, length));
    to->parameter_capacity = length;
    for (size_t i = 0; i < length; i++) {
        EK_TRY(ek_copy_string(from->parameters[list[i]], &to->parameters[i]));
        to->parameter_count++;
    }
    return EK_OK;
}

/* Renumbers the parameters of the copied angles, and `list` into expressions. */
static ek_status take_parameters(const ek_dynamic *program, ek_circuit *circuit, int32_t **list)
{
    size_t length = 0;
    EK_TRY(list_parameters(circuit->angles, circuit->angle_count, list, &length));
    EK_TRY(name_parameters(program->circuit, *list, length, circuit));
    for (size_t i = 0; i < circuit->angle_count; i++) {
        ek_angle *angle = &circuit->angles[i];
        const int32_t key = angle->parameter;
        if (key < 0) continue;
        const int32_t *found = bsearch(&key, *list, length, sizeof key, compare_numbers);
        angle->parameter = (int)(found - *list);
    }
    for (size_t i = 0; i < length; i++) (*list)[i] = program->parameter_expressions[(*list)[i]];
    return EK_OK;
}

ek_status ek_segment_create(const ek_dynamic *program, size_t first, size_t count,
                            struct ek_segment *segment)
{
    struct ek_segment fresh = {0};
    if (first > program->circuit->op_count || count > program->circuit->op_count - first)
        return EK_FAIL(EK_ERROR_ARGUMENT, "operations %zu and %zu more of %zu", first, count,
                       program->circuit->op_count);
    EK_TRY(ek_circuit_create(program->qubits, &fresh.circuit));
    ek_status status = copy_operations(program->circuit, first, count, fresh.circuit);
    if (status == EK_OK) status = take_parameters(program, fresh.circuit, &fresh.expressions);
    if (status == EK_OK)
        *segment = fresh;
    else
        ek_segment_clear(&fresh);
    return status;
}

void ek_segment_clear(struct ek_segment *segment)
{
    ek_circuit_destroy(&segment->circuit);
    ek_release(segment->expressions);
    segment->expressions = NULL;
}
