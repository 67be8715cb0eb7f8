/* Which wires are local in which stage. Absorbing is monotone (a stage takes all that its set
 * allows, and being ahead never hurts), so a state of the search is a schedule, and a step a set
 * of wires. A beam keeps the best few states of each depth. A set is made by sending wires away
 * one by one, each time one whose absence leaves the least behind. */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 1024,     /* operations that a search looks at */
    DEPTH = 24,        /* stages ahead */
    WIDEST_BEAM = 8,
    BEAM_WORK = 2000,  /* width * wires * rank slots that a step may cost */
    LONG_CIRCUIT = 16 * WINDOW /* from here on only the next stage is looked at */
};

/* A state: what is left after the stages of its path. */
struct node {
    struct ek_schedule *schedule;
    uint64_t path[DEPTH]; /* local wires of each stage */
    size_t left;
    double sent; /* in units of a rank's state */
};

/* A set under construction, and what would be left after a stage with it. */
struct choice {
    uint64_t resident;
    size_t left;
    int arrivals;
    size_t next_use; /* of the wire sent away last */
    int node;        /* in the beam */
};

struct search {
    int qubits, local_slots, width, depth;
    struct node beam[WIDEST_BEAM], next[WIDEST_BEAM];
    int beam_count;
    struct ek_schedule *scratch;
    size_t *taken;
    struct choice *choices; /* WIDEST_BEAM * 64 */
};

static int by_least_left(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    if (x->left != y->left) return x->left < y->left ? -1 : 1;
    if (x->arrivals != y->arrivals) return x->arrivals - y->arrivals;
    if (x->next_use != y->next_use) return x->next_use > y->next_use ? -1 : 1;
    if (x->node != y->node) return x->node - y->node;
    return x->resident < y->resident ? -1 : x->resident > y->resident;
}

static size_t left_after(struct search *s, const struct node *from, uint64_t resident)
{
    size_t count;
    ek_schedule_copy(from->schedule, s->scratch);
    ek_schedule_absorb(s->scratch, resident, false, s->taken, &count);
    return ek_schedule_left(s->scratch);
}

static bool among(const struct choice *choices, int count, uint64_t resident)
{
    for (int i = 0; i < count; i++)
        if (choices[i].resident == resident) return true;
    return false;
}

/* The best `width` of the choices come first; gives how many there are of them. */
static int prune(struct search *s, struct choice *choices, int count)
{
    qsort(choices, (size_t)count, sizeof *choices, by_least_left);
    return count < s->width ? count : s->width;
}

/* Sends one more wire away from each of the sets. */
static int narrow(struct search *s, const struct node *from, uint64_t before,
                  const size_t *next_use, struct choice *sets, int set_count)
{
    struct choice *grown = s->choices;
    int count = 0;
    for (int i = 0; i < set_count; i++)
        for (uint64_t left = sets[i].resident; left; left &= left - 1) {
            const int wire = ek_lowest_bit(left);
            const uint64_t resident = sets[i].resident & ~ek_bit(wire);
            if (among(grown, count, resident)) continue;
            grown[count++] = (struct choice){resident, left_after(s, from, resident),
                                             ek_popcount(resident & ~before), next_use[wire], 0};
        }
    count = prune(s, grown, count);
    memcpy(sets, grown, (size_t)count * sizeof *grown);
    return count;
}

/* Wires that nothing needs any more leave first, those before all that are away already. */
static uint64_t without_idle(const struct search *s, uint64_t before, const size_t *next_use)
{
    uint64_t resident = ek_low_bits(s->qubits);
    for (int round = 0; round < 2; round++)
        for (int wire = s->qubits - 1; wire >= 0; wire--) {
            const bool away = !(before & ek_bit(wire));
            if (ek_popcount(resident) > s->local_slots && next_use[wire] == SIZE_MAX &&
                away == (round == 0))
                resident &= ~ek_bit(wire);
        }
    return resident;
}

/* Sets for the stage after a node; `before` are the wires that are local now, all at first. */
static int propose(struct search *s, const struct node *from, uint64_t before,
                   struct choice *sets)
{
    size_t next_use[64];
    int count = 1;
    ek_schedule_next_use(from->schedule, next_use);
    sets[0].resident = without_idle(s, before, next_use);
    if (ek_popcount(sets[0].resident) == s->local_slots) {
        sets[0].left = left_after(s, from, sets[0].resident);
        sets[0].arrivals = ek_popcount(sets[0].resident & ~before);
        sets[0].next_use = SIZE_MAX;
    }
    while (ek_popcount(sets[0].resident) > s->local_slots)
        count = narrow(s, from, before, next_use, sets, count);
    return count;
}

/* The state after a stage; it keeps its own schedule's storage. */
static void step(struct search *s, const struct choice *choice, struct node *node)
{
    const struct node *from = &s->beam[choice->node];
    struct ek_schedule *own = node->schedule;
    size_t taken;
    *node = *from;
    node->schedule = own;
    ek_schedule_copy(from->schedule, own);
    ek_schedule_absorb(own, choice->resident, false, s->taken, &taken);
    node->path[s->depth] = choice->resident;
    node->left = choice->left;
    node->sent += 1 - 1.0 / (double)ek_bit(choice->arrivals);
}

/* Children of all nodes; the best of them become the beam. */
static void deepen(struct search *s, uint64_t before)
{
    struct choice children[WIDEST_BEAM * WIDEST_BEAM];
    int count = 0;
    for (int n = 0; n < s->beam_count; n++) {
        const uint64_t local = s->depth > 0 ? s->beam[n].path[s->depth - 1] : before;
        struct choice *sets = children + count;
        const int found = propose(s, &s->beam[n], local, sets);
        for (int i = 0; i < found; i++) sets[i].node = n;
        count += found;
    }
    s->beam_count = prune(s, children, count);
    for (int i = 0; i < s->beam_count; i++) step(s, &children[i], &s->next[i]);
    for (int i = 0; i < s->width; i++) {
        const struct node kept = s->beam[i];
        s->beam[i] = s->next[i];
        s->next[i] = kept;
    }
    s->depth++;
}

/* The state that is done for the fewest bytes, or else the one with the least left. */
static const struct node *best(const struct search *s)
{
    const struct node *chosen = &s->beam[0];
    for (int i = 1; i < s->beam_count; i++) {
        const struct node *node = &s->beam[i];
        if (node->left < chosen->left || (node->left == chosen->left && node->sent < chosen->sent))
            chosen = node;
    }
    return chosen;
}

static void close_search(struct search *s)
{
    for (int i = 0; i < WIDEST_BEAM; i++) {
        ek_schedule_destroy(&s->beam[i].schedule);
        ek_schedule_destroy(&s->next[i].schedule);
    }
    ek_schedule_destroy(&s->scratch);
    ek_release(s->taken);
    ek_release(s->choices);
}

static ek_status open_search(struct search *s, const struct ek_wire_list *wires, size_t count,
                             const size_t *pending)
{
    const int work = wires->qubits * (wires->qubits - s->local_slots);
    s->width = BEAM_WORK / (work + 1) < 2 ? 2 : BEAM_WORK / (work + 1);
    if (s->width > WIDEST_BEAM) s->width = WIDEST_BEAM;
    if (wires->op_count >= LONG_CIRCUIT) s->width = 1;
    EK_TRY(EK_NEW(s->taken, count));
    EK_TRY(EK_NEW(s->choices, WIDEST_BEAM * 64));
    EK_TRY(ek_schedule_create(wires, count, pending, &s->scratch));
    for (int i = 0; i < s->width; i++) {
        EK_TRY(ek_schedule_create(wires, count, pending, &s->beam[i].schedule));
        EK_TRY(ek_schedule_create(wires, count, pending, &s->next[i].schedule));
    }
    s->beam_count = 1;
    return EK_OK;
}

struct sets {
    uint64_t *masks;
    size_t count, capacity;
};

static ek_status add_set(struct sets *sets, uint64_t mask)
{
    void *masks = sets->masks;
    EK_TRY(ek_grow(&masks, sets->count, sizeof mask, sets->count + 1, &sets->capacity));
    sets->masks = masks;
    sets->masks[sets->count++] = mask;
    return EK_OK;
}

/* Adds the next stage's set, or all that remain when the window shows the circuit's end. */
static ek_status look_ahead(const struct ek_wire_list *wires, int local_slots,
                            const struct ek_schedule *schedule, size_t *pending, struct sets *sets)
{
    struct search s = {.qubits = wires->qubits, .local_slots = local_slots};
    const size_t count = ek_schedule_pending(schedule, WINDOW, pending);
    const uint64_t before =
        sets->count > 0 ? sets->masks[sets->count - 1] : ek_low_bits(wires->qubits);
    const bool whole = count == ek_schedule_left(schedule);
    const int depth = wires->op_count >= LONG_CIRCUIT ? 1 : whole ? DEPTH : 3;
    ek_status status = open_search(&s, wires, count, pending);
    while (status == EK_OK && s.depth < depth && (s.depth == 0 || best(&s)->left > 0))
        deepen(&s, before);
    if (status == EK_OK) {
        const struct node *found = best(&s);
        const int steps = whole && found->left == 0 ? s.depth : 1;
        for (int i = 0; i < steps && status == EK_OK; i++) status = add_set(sets, found->path[i]);
    }
    close_search(&s);
    return status;
}

/* Stages until nothing is left. */
static ek_status search_stages(const struct ek_wire_list *wires, int local_slots,
                               struct sets *sets)
{
    struct ek_schedule *schedule = NULL;
    size_t *taken = NULL, batch, done = 0;
    ek_status status = EK_NEW(taken, wires->op_count);
    if (status == EK_OK) status = ek_schedule_create(wires, 0, NULL, &schedule);
    while (status == EK_OK) {
        for (; done < sets->count; done++)
            ek_schedule_absorb(schedule, sets->masks[done], false, taken, &batch);
        if (done > 0 && ek_schedule_left(schedule) == 0) break;
        status = look_ahead(wires, local_slots, schedule, taken, sets);
    }
    ek_schedule_destroy(&schedule);
    ek_release(taken);
    return status;
}

ek_status ek_plan_stage_sets(const struct ek_wire_list *wires, int local_slots, uint64_t first,
                             uint64_t **masks, size_t *count)
{
    struct sets sets = {0};
    const bool all_local = local_slots >= wires->qubits;
    if (all_local) first = ek_low_bits(wires->qubits);
    ek_status status = first ? add_set(&sets, first) : EK_OK;
    if (status == EK_OK && !all_local) status = search_stages(wires, local_slots, &sets);
    if (status != EK_OK) {
        ek_release(sets.masks);
        return status;
    }
    *masks = sets.masks;
    *count = sets.count;
    return EK_OK;
}
