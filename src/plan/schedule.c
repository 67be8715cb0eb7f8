#include "plan/plan.h"

#include <string.h>

/* One wire's operations in order; those in [run, run_end) form the first run. */
struct queue {
    uint32_t *ops;
    uint32_t count, run, run_end, run_left;
};

struct ek_schedule {
    const struct ek_wire_list *list;
    size_t count, left;
    uint32_t *chosen;   /* place -> wire operation */
    uint32_t *blocked;  /* place -> wires on which the operation is not in the first run */
    bool *done;
    uint32_t *ready;    /* places */
    size_t ready_count;
    uint32_t *places;   /* storage of all queues */
    struct queue queue[64];
    uint32_t waiting[64]; /* per wire: operations left that need it resident */
    uint32_t *shown;    /* wire operations of the ready places */
    uint32_t *open;     /* wire operations with wires that were left when `seen` were, and room
                         * for as many more */
    size_t open_count, seen;
    size_t first; /* places before it are done */
    uint64_t open_touched;
};

static enum ek_class class_on(const struct ek_op *op, uint64_t bit)
{
    if (op->kind == EK_OP_GROVER) return EK_NEITHER;
    if (op->kind == EK_OP_PAULI) {
        if (!(op->x_mask & bit)) return EK_Z_LIKE;
        return op->z_mask & bit ? EK_NEITHER : EK_X_LIKE;
    }
    if (op->kind == EK_OP_FOURIER || op->kind == EK_OP_PERMUTE)
        return ek_op_targets(op) & bit ? EK_NEITHER : EK_Z_LIKE;
    if (op->kind == EK_OP_DENSE && (ek_op_targets(op) & bit)) {
        if (op->z_like & bit) return EK_Z_LIKE;
        return op->x_like & bit ? EK_X_LIKE : EK_NEITHER;
    }
    return EK_Z_LIKE;
}

struct ek_reach ek_reach_of(const struct ek_op *op, int qubits)
{
    struct ek_reach reach = {.touched = ek_op_touched(op, qubits),
                             .resident = ek_op_resident(op),
                             .alone = ek_op_alone(op),
                             .in_registers = ek_op_in_registers(op)};
    int count = 0;
    for (uint64_t left = reach.touched; left; left &= left - 1) {
        const enum ek_class class = class_on(op, left & -left);
        if (class != EK_Z_LIKE) reach.not_z |= left & -left;
        if (class != EK_X_LIKE) reach.not_x |= left & -left;
        for (int i = count; i < 2; i++) {
            reach.wire[i] = (uint8_t)ek_lowest_bit(left);
            reach.class[i] = (uint8_t)class;
        }
        count++;
    }
    reach.has_others = count > 2;
    return reach;
}

static const struct ek_reach *reach_at(const struct ek_schedule *s, size_t place)
{
    return &s->list->reach[s->chosen[place]];
}

static bool commute(const struct ek_reach *a, const struct ek_reach *b, uint64_t bit)
{
    return !(((a->not_z | b->not_z) & bit) && ((a->not_x | b->not_x) & bit));
}

/* Makes the next run of a wire its first; what it frees on all wires becomes ready. */
static void advance(struct ek_schedule *s, int wire)
{
    struct queue *q = &s->queue[wire];
    q->run = q->run_end;
    if (q->run == q->count) return;
    const struct ek_reach *first = reach_at(s, q->ops[q->run]);
    const uint64_t bit = ek_bit(wire);
    do {
        const uint32_t place = q->ops[q->run_end++];
        if (--s->blocked[place] == 0) s->ready[s->ready_count++] = place;
    } while (q->run_end < q->count && commute(first, reach_at(s, q->ops[q->run_end]), bit));
    q->run_left = q->run_end - q->run;
}

static void fill_queues(struct ek_schedule *s)
{
    for (size_t place = 0; place < s->count; place++) {
        const uint64_t touched = reach_at(s, place)->touched;
        s->blocked[place] = (uint32_t)ek_popcount(touched);
        if (touched == 0) s->ready[s->ready_count++] = (uint32_t)place; /* a global phase */
        for (uint64_t left = touched; left; left &= left - 1) {
            struct queue *q = &s->queue[ek_lowest_bit(left)];
            q->ops[q->count++] = (uint32_t)place;
        }
    }
    for (int wire = 0; wire < s->list->qubits; wire++) advance(s, wire);
}

static ek_status allocate(struct ek_schedule *s)
{
    size_t length[64] = {0}, total = 0;
    EK_TRY(EK_NEW_RAW(s->open, 2 * s->count));
    EK_TRY(EK_NEW_RAW(s->blocked, s->count));
    EK_TRY(EK_NEW(s->done, s->count));
    EK_TRY(EK_NEW_RAW(s->ready, s->count));
    EK_TRY(EK_NEW_RAW(s->shown, s->count));
    for (size_t place = 0; place < s->count; place++) {
        for (uint64_t left = reach_at(s, place)->touched; left; left &= left - 1)
            length[ek_lowest_bit(left)]++, total++;
        for (uint64_t left = reach_at(s, place)->resident; left; left &= left - 1)
            s->waiting[ek_lowest_bit(left)]++;
    }
    EK_TRY(EK_NEW_RAW(s->places, total));
    total = 0;
    for (int wire = 0; wire < s->list->qubits; wire++) {
        s->queue[wire].ops = s->places + total;
        total += length[wire];
    }
    return EK_OK;
}

ek_status ek_schedule_create(const struct ek_wire_list *list, size_t count, const size_t *chosen,
                             struct ek_schedule **schedule)
{
    struct ek_schedule *s;
    EK_TRY(EK_NEW(s, 1));
    s->list = list;
    s->count = s->left = chosen ? count : list->op_count;
    s->seen = SIZE_MAX;
    ek_status status = EK_NEW_RAW(s->chosen, s->count);
    for (size_t i = 0; status == EK_OK && i < s->count; i++)
        s->chosen[i] = (uint32_t)(chosen ? chosen[i] : i);
    if (status == EK_OK) status = allocate(s);
    if (status != EK_OK) {
        ek_schedule_destroy(&s);
        return status;
    }
    fill_queues(s);
    *schedule = s;
    return EK_OK;
}

void ek_schedule_destroy(struct ek_schedule **schedule)
{
    struct ek_schedule *s = *schedule;
    if (!s) return;
    ek_release(s->chosen);
    ek_release(s->open);
    ek_release(s->blocked);
    ek_release(s->done);
    ek_release(s->ready);
    ek_release(s->shown);
    ek_release(s->places);
    ek_release(s);
    *schedule = NULL;
}

void ek_schedule_copy(const struct ek_schedule *from, struct ek_schedule *to)
{
    memcpy(to->blocked, from->blocked, from->count * sizeof *from->blocked);
    memcpy(to->done, from->done, from->count * sizeof *from->done);
    memcpy(to->ready, from->ready, from->ready_count * sizeof *from->ready);
    to->ready_count = from->ready_count;
    memcpy(to->waiting, from->waiting, sizeof from->waiting);
    to->left = from->left;
    to->first = from->first;
    to->seen = SIZE_MAX;
    for (int wire = 0; wire < from->list->qubits; wire++) {
        const struct queue *q = &from->queue[wire];
        to->queue[wire].run = q->run;
        to->queue[wire].run_end = q->run_end;
        to->queue[wire].run_left = q->run_left;
    }
}

static void finish(struct ek_schedule *s, size_t place)
{
    s->done[place] = true;
    s->left--;
    for (uint64_t left = reach_at(s, place)->resident; left; left &= left - 1)
        s->waiting[ek_lowest_bit(left)]--;
    for (uint64_t left = reach_at(s, place)->touched; left; left &= left - 1) {
        const int wire = ek_lowest_bit(left);
        if (--s->queue[wire].run_left == 0) advance(s, wire);
    }
}

/* Takes ready operation number i of the list; what becomes free is put at the end of the list. */
static void take(struct ek_schedule *s, size_t i, size_t *taken, size_t *count)
{
    const size_t place = s->ready[i];
    s->ready[i] = s->ready[--s->ready_count];
    taken[(*count)++] = s->chosen[place];
    finish(s, place);
}

void ek_schedule_absorb(struct ek_schedule *s, uint64_t resident, bool sharing, size_t *taken,
                        size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < s->ready_count;) {
        const struct ek_reach *reach = reach_at(s, s->ready[i]);
        if ((reach->resident & ~resident) || (sharing && reach->alone)) i++;
        else take(s, i, taken, count);
    }
}

void ek_schedule_take(struct ek_schedule *s, ek_op_filter wanted, const void *context,
                      size_t *taken, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < s->ready_count;) {
        if (wanted(reach_at(s, s->ready[i]), context)) take(s, i, taken, count);
        else i++;
    }
}

void ek_schedule_take_alone(struct ek_schedule *s, size_t *taken, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < s->ready_count && *count == 0; i++)
        if (reach_at(s, s->ready[i])->alone) take(s, i, taken, count);
}

size_t ek_schedule_left(const struct ek_schedule *s) { return s->left; }

size_t ek_schedule_pending(const struct ek_schedule *s, size_t most, size_t *pending)
{
    size_t count = 0;
    for (size_t place = 0; place < s->count && count < most; place++)
        if (!s->done[place]) pending[count++] = s->chosen[place];
    return count;
}

struct ek_open ek_schedule_open(struct ek_schedule *s)
{
    if (s->seen != s->left) {
        s->open_count = 0;
        s->open_touched = 0;
        while (s->first < s->count && s->done[s->first]) s->first++;
        for (size_t place = s->first; place < s->count; place++) {
            const uint64_t touched = s->done[place] ? 0 : reach_at(s, place)->touched;
            s->open[s->open_count] = (uint32_t)s->chosen[place];
            s->open_count += touched != 0;
            s->open_touched |= touched;
        }
        s->seen = s->left;
    }
    return (struct ek_open){s->list->reach, s->open, s->open_count, s->open_touched,
                            s->open + s->count};
}

const uint32_t *ek_schedule_ready(const struct ek_schedule *s, size_t *count)
{
    for (size_t i = 0; i < s->ready_count; i++) s->shown[i] = s->chosen[s->ready[i]];
    *count = s->ready_count;
    return s->shown;
}

uint64_t ek_schedule_waiting(const struct ek_schedule *s)
{
    uint64_t wires = 0;
    for (int wire = 0; wire < s->list->qubits; wire++)
        if (s->waiting[wire] > 0) wires |= ek_bit(wire);
    return wires;
}

void ek_schedule_next_use(const struct ek_schedule *s, size_t *next_use)
{
    for (int wire = 0; wire < s->list->qubits; wire++) {
        const struct queue *q = &s->queue[wire];
        next_use[wire] = SIZE_MAX;
        for (size_t i = q->run; i < q->count && next_use[wire] == SIZE_MAX; i++)
            if (!s->done[q->ops[i]] &&
                (reach_at(s, q->ops[i])->resident & ek_bit(wire)))
                next_use[wire] = q->ops[i];
    }
}
