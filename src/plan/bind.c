/* Operations as tiles see them, and their numbers under given parameters. */
#include "plan/plan.h"

/* Position of a slot inside the tile's index. */
static int position_in(uint64_t active, int slot)
{
    return ek_popcount(active & ek_low_bits(slot));
}

static uint32_t inner(uint64_t slots, uint64_t active)
{
    uint32_t positions = 0;
    for (uint64_t left = slots & active; left; left &= left - 1)
        positions |= 1u << position_in(active, ek_lowest_bit(left));
    return positions;
}

void ek_plan_tile_op(const ek_plan *plan, const struct ek_layout *layout, uint64_t active,
                     size_t wire_op, struct ek_tile_op *out)
{
    const struct ek_wire_op *wired = &plan->wires.ops[wire_op];
    const struct ek_op *op = &wired->op;
    const uint64_t controls = ek_layout_mask(layout, op->control_mask);
    const uint64_t values = ek_layout_mask(layout, op->control_value);
    const uint64_t x = ek_layout_mask(layout, op->x_mask), z = ek_layout_mask(layout, op->z_mask);
    *out = (struct ek_tile_op){
        .wire_op = wire_op, .values = wired->values, .kind = op->kind,
        .target_count = op->target_count, .inverted = wired->inverted, .negated = wired->negated,
        .inner_mask = inner(controls, active), .inner_value = inner(values, active),
        .outer_mask = controls & ~active, .outer_value = values & ~active,
        .inner_x = inner(x, active), .inner_z = inner(z, active),
        .outer_x = x & ~active, .outer_z = z & ~active};
    for (int j = 0; j < op->target_count; j++) {
        const int slot = layout->slot[op->target[j]].at;
        const bool inside = active >> slot & 1;
        out->position[j] =
            (uint8_t)(inside ? position_in(active, slot) : slot + EK_OUTER_POSITION);
    }
}

/* Reorders a matrix or table whose index bits are inverted on some targets. */
static void invert_indices(const struct ek_wire_op *wired, ek_complex *values)
{
    const size_t size = (size_t)1 << wired->op.target_count;
    const bool matrix = wired->op.kind == EK_OP_DENSE;
    const size_t flip = wired->inverted * (matrix ? size + 1 : 1);
    const size_t count = matrix ? size * size : size;
    for (size_t i = 0; i < count; i++) {
        const size_t other = i ^ flip;
        if (other <= i) continue;
        const ek_complex swapped = values[i];
        values[i] = values[other];
        values[other] = swapped;
    }
}

static void bind(const ek_plan *plan, const struct ek_wire_op *wired, const double *parameters,
                 ek_complex *values)
{
    ek_complex *mine = values + wired->values;
    if (wired->phase) {
        struct ek_op phase = wired->op;
        phase.kind = EK_OP_TABLE;
        mine[0] = (ek_complex){1, 0};
        ek_op_values(plan->circuit, &phase, parameters, mine + 1);
        return;
    }
    ek_op_values(plan->circuit, &wired->op, parameters, mine);
    if (wired->inverted && !ek_op_alone(&wired->op)) invert_indices(wired, mine);
    if (wired->negated && wired->op.kind == EK_OP_PARITY) {
        mine[0].im = -mine[0].im;
        mine[1].im = -mine[1].im;
    } else if (wired->negated) {
        mine[0].im = -mine[0].im; /* PAULI: (cos, sin) of the negative angle */
    }
}

void ek_plan_bind(const ek_plan *plan, const double *parameters, ek_complex *values)
{
    const struct ek_wire_list *wires = &plan->wires;
    for (size_t i = 0; i < wires->part_count; i++)
        bind(plan, &wires->parts[i], parameters, values);
    for (size_t i = 0; i < wires->op_count;) {
        const bool product = wires->ops[i].part_count > 0;
        if (!product) bind(plan, &wires->ops[i], parameters, values);
        i += product ? ek_fuse_values(wires, i, values) : 1;
    }
    ek_gauge_fix(wires, values);
}
