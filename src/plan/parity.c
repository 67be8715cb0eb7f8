/* CX, phases of its target's parities with other wires, and the same CX again: the phases alone,
 * each with the control in its parity, which mix nothing and wait for nobody. So ladders of CX
 * around a rotation by Z, as circuits for Pauli strings have them, vanish from the inside out. */
#include "plan/plan.h"

enum {
    NOTHING = -1,
    MOST_PASSED = 1000 /* parities between CXs, per operation: no circuit takes quadratic time */
};

/* What stood last on a wire that is not a parity (`rigid`), and that mixes it (`mixed`). */
struct last {
    int rigid, mixed;
};

struct ladders {
    struct ek_wire_list *list;
    struct last on[64];
    struct last *target, *control; /* of each CX: what stood last on its wires before it */
    size_t *parity, parity_count; /* where they stand */
    size_t passable; /* so many of them may still be between CXs */
    bool *gone;
    size_t gone_count;
};

static bool is_cx(const struct ek_op *op)
{
    return op->kind == EK_OP_DENSE && op->gate == EK_GATE_CX && op->control_mask != 0 &&
           (op->control_mask & (op->control_mask - 1)) == 0 &&
           op->control_value == op->control_mask;
}

/* A factor that depends on the parity of some wires alone; a phase of one wire is one. */
static bool is_parity(const struct ek_op *op)
{
    if (op->kind == EK_OP_PARITY) return op->control_mask == 0;
    return op->kind == EK_OP_TABLE && op->target_count == 0 &&
           ek_popcount(op->control_mask) == 1 && op->control_value == op->control_mask;
}

static uint64_t wires_of(const struct ek_op *op)
{
    return op->kind == EK_OP_PARITY ? op->z_mask : op->control_mask;
}

static struct last before(const struct ladders *l, int wire, int at)
{
    return l->list->ops[at].op.target[0] == wire ? l->target[at] : l->control[at];
}

/* What stood last on a wire, without what is gone, which nobody passes again. */
static struct last look_back(struct ladders *l, int wire)
{
    struct last on = l->on[wire];
    while (on.rigid != NOTHING && l->gone[on.rigid]) on.rigid = before(l, wire, on.rigid).rigid;
    while (on.mixed != NOTHING && l->gone[on.mixed]) on.mixed = before(l, wire, on.mixed).mixed;
    return l->on[wire] = on;
}

static void add_control(struct ek_wire_op *wired, uint64_t control)
{
    struct ek_op *op = &wired->op;
    if (op->kind == EK_OP_TABLE) {
        wired->phase = true;
        op->kind = EK_OP_PARITY;
        op->z_mask = op->control_mask;
        op->control_mask = op->control_value = 0;
    }
    op->z_mask ^= control;
}

/* False where the CX does not undo the last one on its target. */
static bool undo(struct ladders *l, size_t i, int control, int target)
{
    struct ek_wire_op *ops = l->list->ops;
    const int first = look_back(l, target).rigid;
    size_t between = l->parity_count;
    if (first == NOTHING || !is_cx(&ops[first].op)) return false;
    if (ops[first].op.target[0] != target || ops[first].op.control_mask != ek_bit(control))
        return false;
    if (look_back(l, control).mixed > first) return false;
    for (; between > 0 && l->parity[between - 1] > (size_t)first; between--, l->passable--)
        if (l->passable == 0) return false;
    for (size_t k = between; k < l->parity_count; k++)
        if (wires_of(&ops[l->parity[k]].op) & ek_bit(target))
            add_control(&ops[l->parity[k]], ek_bit(control));
    l->gone[first] = l->gone[i] = true;
    l->gone_count += 2;
    return true;
}

static void add(struct ladders *l, size_t i)
{
    const struct ek_op *op = &l->list->ops[i].op;
    const struct ek_reach *reach = &l->list->reach[i];
    if (is_parity(op)) {
        l->parity[l->parity_count++] = i;
        return;
    }
    if (is_cx(op)) {
        const int control = ek_lowest_bit(op->control_mask), target = op->target[0];
        if (undo(l, i, control, target)) return;
        l->target[i] = look_back(l, target);
        l->control[i] = look_back(l, control);
    }
    for (uint64_t left = reach->touched; left; left &= left - 1) {
        struct last *last = &l->on[ek_lowest_bit(left)];
        last->rigid = (int)i;
        if (reach->not_z & left & -left) last->mixed = (int)i;
    }
}

static void pack(const struct ladders *l)
{
    struct ek_wire_list *list = l->list;
    const size_t count = list->op_count;
    list->op_count = list->value_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!l->gone[i]) ek_wire_list_put(list, list->ops[i]);
}

static ek_status find_and_pack(struct ladders *l)
{
    const size_t count = l->list->op_count;
    EK_TRY(EK_NEW_RAW(l->target, count));
    EK_TRY(EK_NEW_RAW(l->control, count));
    EK_TRY(EK_NEW_RAW(l->parity, count));
    EK_TRY(EK_NEW(l->gone, count));
    l->passable = MOST_PASSED * count;
    for (int w = 0; w < 64; w++) l->on[w] = (struct last){NOTHING, NOTHING};
    for (size_t i = 0; i < count; i++) add(l, i);
    if (l->gone_count == 0) return EK_OK;
    pack(l);
    return ek_find_reach(l->list);
}

ek_status ek_undo_ladders(struct ek_wire_list *list)
{
    struct ladders l = {.list = list};
    const ek_status status = find_and_pack(&l);
    ek_release(l.target);
    ek_release(l.control);
    ek_release(l.parity);
    ek_release(l.gone);
    return status;
}
