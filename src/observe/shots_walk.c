#include "observe/shots_private.h"

#include <string.h>

static void put(struct ek_walk *walk, const void *memory, size_t count)
{
    void *bytes = walk->bytes;
    walk->status = ek_grow(&bytes, walk->length, 1, walk->length + count, &walk->capacity);
    if (walk->status != EK_OK) return;
    walk->bytes = bytes;
    memcpy(walk->bytes + walk->length, memory, count);
    walk->length += count;
}

static void take(struct ek_walk *walk, void *memory, size_t count)
{
    if (count > walk->length - walk->at) {
        walk->status = EK_FAIL(EK_ERROR_MISMATCH, "a checkpoint's place in the program ends too "
                                                  "early");
        return;
    }
    memcpy(memory, walk->bytes + walk->at, count);
    walk->at += count;
}

void ek_walk_bytes(struct ek_walk *walk, void *memory, size_t count)
{
    if (walk->status != EK_OK || count == 0) return;
    if (walk->loads) take(walk, memory, count);
    else put(walk, memory, count);
}

void ek_walk_rows(struct ek_walk *walk, struct ek_rows *rows)
{
    const size_t width = (rows->words + 1) * sizeof *rows->rows;
    uint64_t count = rows->count;
    void *memory = rows->rows;
    ek_walk_bytes(walk, &count, sizeof count);
    if (walk->loads && walk->status == EK_OK && count > walk->length / width)
        walk->status = EK_FAIL(EK_ERROR_MISMATCH, "a checkpoint counts too many outcomes");
    if (walk->loads && walk->status == EK_OK)
        walk->status = ek_grow(&memory, 0, width, count, &rows->capacity);
    if (walk->status != EK_OK) return;
    rows->rows = memory;
    rows->count = count;
    ek_walk_bytes(walk, rows->rows, count * width);
}

/* Room for what a machine holds besides its plain fields. */
static ek_status make_room(const ek_dynamic *program, const struct ek_machine *fields,
                           struct ek_machine *machine)
{
    struct ek_machine fresh = {.path_capacity = fields->draws};
    EK_TRY(ek_machine_create(program, EK_UNKNOWN, &fresh));
    void *path = fresh.path;
    const ek_status status = ek_grow(&path, 0, 1, fields->draws + 1, &fresh.path_capacity);
    if (status == EK_OK) fresh.path = path;
    ek_machine_clear(machine);
    *machine = fresh;
    return status;
}

void ek_walk_machine(struct ek_walk *walk, const ek_dynamic *program, struct ek_machine *machine)
{
    struct ek_machine fields = *machine;
    ek_walk_bytes(walk, &fields.at, sizeof fields.at);
    ek_walk_bytes(walk, &fields.weight, sizeof fields.weight);
    ek_walk_bytes(walk, &fields.first_shot, sizeof fields.first_shot);
    ek_walk_bytes(walk, &fields.shots, sizeof fields.shots);
    ek_walk_bytes(walk, &fields.draws, sizeof fields.draws);
    ek_walk_bytes(walk, fields.known, sizeof fields.known);
    if (walk->loads && walk->status == EK_OK) {
        if (fields.draws > walk->length || fields.at > program->instruction_count)
            walk->status = EK_FAIL(EK_ERROR_MISMATCH, "a checkpoint is of another program");
        else walk->status = make_room(program, &fields, machine);
    }
    if (walk->status != EK_OK) return;
    machine->at = fields.at, machine->weight = fields.weight, machine->draws = fields.draws;
    machine->first_shot = fields.first_shot, machine->shots = fields.shots;
    memcpy(machine->known, fields.known, sizeof fields.known);
    ek_walk_bytes(walk, machine->bits,
                  ((size_t)program->clbits + 63) / 64 * sizeof *machine->bits);
    ek_walk_bytes(walk, machine->postponed, (size_t)program->clbits);
    ek_walk_bytes(walk, machine->variables,
                  program->variable_count * sizeof *machine->variables);
    ek_walk_bytes(walk, machine->path, machine->draws);
}
