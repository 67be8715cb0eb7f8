#include "plan/plan.h"

enum {
    DEFAULT_EXCHANGE_BYTES = 16 << 20,
    SHORT_MESSAGE_BYTES = 64 << 10, /* shorter ones cost more than the time on their way */
    DEFAULT_L1_BYTES = 32 << 10, /* where hwloc knows of no cache */
    DEFAULT_L2_BYTES = 1 << 20,
    SMALL_L2_BYTES = 512 << 10,
    DEFAULT_LANES = 3,
    ROW_BYTES = 256, /* shortest contiguous stretch that memory delivers at full speed */
    FEWEST_TILE_SLOTS = 12,
    /* Enough tiles for the threads of ranks that share memory, and of each of them; must not
     * depend on the number of threads. */
    TILES_WANTED_LOG2 = 6,
    RANK_TILES_WANTED_LOG2 = 3
};

size_t ek_amplitude_bytes(ek_precision precision) { return precision == EK_SINGLE ? 8 : 16; }

/* Most qubits that any operation needs resident; or any that shares tiles with others. */
static int widest_op(const struct ek_wire_list *list, bool sharing)
{
    int widest = 0;
    for (size_t i = 0; i < list->op_count; i++) {
        if (sharing && ek_op_alone(&list->ops[i].op)) continue;
        const int mixed = ek_popcount(ek_op_resident(&list->ops[i].op));
        if (mixed > widest) widest = mixed;
    }
    return widest;
}

/* A quarter of the second-level cache: what a tile came from has room beside it until it goes back
 * there. More of a small one, where twice the tile saves passes and what is displaced comes back
 * from the next level. */
static size_t tile_bytes(const ek_plan_options *options)
{
    size_t l2 = options->l2_bytes ? options->l2_bytes : ek_machine_facts_get()->l2_bytes;
    if (l2 == 0) l2 = DEFAULT_L2_BYTES;
    if (l2 <= SMALL_L2_BYTES) return l2;
    return l2 / 4 > SMALL_L2_BYTES ? l2 / 4 : SMALL_L2_BYTES;
}

int ek_plan_default_tile(const ek_plan_options *options, int local_slots)
{
    const size_t room = tile_bytes(options) / ek_amplitude_bytes(options->precision);
    const int shared_slots = local_slots + ek_log2((uint64_t)options->shared_ranks);
    int slots = 0;
    while (((size_t)2 << slots) <= room) slots++;
    if (slots > shared_slots - TILES_WANTED_LOG2) slots = shared_slots - TILES_WANTED_LOG2;
    if (slots > local_slots - RANK_TILES_WANTED_LOG2)
        slots = local_slots - RANK_TILES_WANTED_LOG2;
    return slots < FEWEST_TILE_SLOTS ? FEWEST_TILE_SLOTS : slots;
}

int ek_plan_default_block(const ek_plan_options *options)
{
    const size_t l1 = options->l1_bytes ? options->l1_bytes : ek_machine_facts_get()->l1_bytes;
    const size_t room =
        (l1 ? l1 : DEFAULT_L1_BYTES) * 3 / 4 / ek_amplitude_bytes(options->precision);
    int slots = 0;
    while (((size_t)2 << slots) <= room) slots++;
    return slots;
}

struct ek_messages ek_messages_of(size_t exchange_bytes, size_t unit_bytes, int slots)
{
    const size_t each_way = exchange_bytes / 2;
    size_t bytes = each_way / EK_FLIGHTS_MAX;
    if (bytes < SHORT_MESSAGE_BYTES)
        bytes = each_way / 2 < SHORT_MESSAGE_BYTES ? each_way / 2 : SHORT_MESSAGE_BYTES;
    struct ek_messages messages = {1, 2};
    for (int i = 0; i < slots && 2 * messages.units * unit_bytes <= bytes; i++)
        messages.units *= 2;
    const size_t flights = each_way / (messages.units * unit_bytes);
    if (flights > 2) messages.flights = flights < EK_FLIGHTS_MAX ? (int)flights : EK_FLIGHTS_MAX;
    return messages;
}

struct ek_messages ek_plan_messages(const ek_plan *plan)
{
    return ek_messages_of(plan->options.exchange_bytes,
                          ek_amplitude_bytes(plan->options.precision), plan->local_slots);
}

static ek_status choose_tile(ek_plan *plan)
{
    int widest = widest_op(&plan->wires, false);
    if (widest > plan->reach_slots)
        return EK_FAIL(
            EK_ERROR_RANKS,
            "an operation mixes %d qubits, but %d qubits on %d ranks leave %d per rank: use "
            "at most %llu ranks",
            widest, plan->qubits, plan->options.ranks, plan->reach_slots,
            1ULL << (plan->qubits > widest ? plan->qubits - widest : 0));
    widest = widest_op(&plan->wires, true);
    int slots = plan->options.tile_qubits
                    ? plan->options.tile_qubits
                    : ek_plan_default_tile(&plan->options, plan->local_slots);
    if (slots > plan->local_slots) slots = plan->local_slots; /* each rank has a tile */
    if (slots < widest) slots = widest;
    int rows = ek_log2(ROW_BYTES / ek_amplitude_bytes(plan->options.precision));
    if (rows > slots - widest) rows = slots - widest;
    int block = plan->options.block_qubits ? plan->options.block_qubits
                                           : ek_plan_default_block(&plan->options);
    if (block < widest + rows) block = widest + rows;
    plan->tile_slots = slots;
    plan->block_slots = block < slots ? block : slots;
    plan->row_slots = rows;
    plan->lane_slots = plan->options.lane_qubits ? plan->options.lane_qubits : DEFAULT_LANES;
    plan->register_slots =
        plan->options.register_qubits ? plan->options.register_qubits : EK_PLAN_REGISTERS;
    return EK_OK;
}

/* How Pauli strings run that are wider than matrices, now that tiles are known: like others where
 * tiles hold all their wires; those that only flip in pairs of tiles, which are then half as
 * large, as long as they are all the same; else each in a pass of its own. */
static void place_wide(ek_plan *plan)
{
    const bool in_one_tile = plan->tile_slots == plan->reach_slots;
    const int room = plan->tile_slots - (in_one_tile ? 0 : plan->row_slots);
    for (size_t i = 0; i < plan->wires.op_count; i++) {
        const struct ek_op *op = &plan->wires.ops[i].op;
        uint64_t *mask = &plan->wires.twin_mask;
        if (!ek_op_wide(op)) continue;
        const bool flips = op->z_mask == 0 && (*mask == 0 || *mask == op->x_mask);
        if (flips && room > 0 && !in_one_tile && !plan->options.tiled) {
            *mask = op->x_mask;
            plan->wires.reach[i].resident = EK_TWIN;
            plan->wires.reach[i].alone = false;
        } else if (ek_popcount(op->x_mask) <= room) {
            plan->wires.reach[i].alone = false;
        }
    }
}

static ek_status check_options(const ek_plan_options *options, int qubits)
{
    if (options->ranks < 1 || !ek_is_power_of_two((uint64_t)options->ranks))
        return EK_FAIL(EK_ERROR_RANKS, "%d ranks: one state needs a power of two (1, 2, 4, ...)",
                       options->ranks);
    if (ek_log2((uint64_t)options->ranks) >= qubits)
        return EK_FAIL(EK_ERROR_RANKS,
                       "%d qubits on %d ranks: use at most %llu, so that each rank has a "
                       "qubit of its own",
                       qubits, options->ranks, 1ULL << (qubits - 1));
    if (options->shared_ranks < 1 || options->shared_ranks > options->ranks ||
        !ek_is_power_of_two((uint64_t)options->shared_ranks))
        return EK_FAIL(EK_ERROR_RANKS, "memory shared by %d of %d ranks: give a power of two",
                       options->shared_ranks, options->ranks);
    if (options->threads < 1)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d threads per rank: give 1 or more, or 0 for the "
                       "default", options->threads);
    if (options->precision != EK_DOUBLE && options->precision != EK_SINGLE)
        return EK_FAIL(EK_ERROR_ARGUMENT, "precision %d is unknown", (int)options->precision);
    if (options->block_qubits < 0)
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       "blocks of 2^%d amplitudes: give at least 1, or 0 for the "
                       "default",
                       options->block_qubits);
    if (options->tile_qubits < 0 || options->tile_qubits > 28)
        return EK_FAIL(EK_ERROR_ARGUMENT, "tiles of 2^%d amplitudes: give 1 to 28, or 0 for the "
                       "default", options->tile_qubits);
    if (options->lane_qubits < 0 || options->lane_qubits > 4 || options->register_qubits < 0 ||
        options->register_qubits > EK_PLAN_REGISTERS)
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       "vectors of 2^%d amplitudes, 2^%d at a time: give 1 to 4 and 1 to %d, or 0 "
                       "for the default",
                       options->lane_qubits, options->register_qubits, EK_PLAN_REGISTERS);
    return EK_OK;
}

/* The exit layout: the frame at the end (qubit -> wire), then the last stage's (wire -> slot). */
static void set_ends(ek_plan *plan, const struct ek_layout *entry)
{
    const struct ek_layout *frame = &plan->wires.frames[plan->wires.frame_count - 1];
    plan->entry = entry ? *entry : plan->stages[0].layout;
    ek_layout_compose(frame, &plan->stages[plan->stage_count - 1].layout, &plan->exit);
}

/* Not where each operation has derivatives. */
static ek_status rewrite(ek_plan *plan, int widest)
{
    if (plan->options.tiled) return EK_OK;
    EK_TRY(ek_undo_ladders(&plan->wires));
    EK_TRY(ek_fuse(plan->circuit, widest, &plan->wires));
    ek_gauge_mark(&plan->wires);
    return EK_OK;
}

static ek_status fill_plan(ek_plan *plan, const ek_circuit *circuit, const struct ek_layout *entry)
{
    /* Inversions of the entry layout stand on slots; lowering wants them on the qubits' wires. */
    uint64_t inverted = 0;
    for (int q = 0; entry && q < plan->qubits; q++)
        if (entry->inverted & ek_bit(entry->slot[q].at)) inverted |= ek_bit(q);
    const bool whole = plan->reach_slots == plan->qubits;
    const int most = whole ? plan->qubits : EK_DENSE_MAX;
    const int widest = plan->reach_slots < most ? plan->reach_slots : most;
    EK_TRY(ek_circuit_copy(circuit, &plan->circuit));
    EK_TRY(ek_plan_fourier(plan));
    EK_TRY(ek_lower(plan->circuit, inverted, widest, &plan->wires));
    EK_TRY(rewrite(plan, widest));
    EK_TRY(choose_tile(plan));
    place_wide(plan);
    EK_TRY(ek_plan_stages(plan, entry));
    set_ends(plan, entry);
    return EK_OK;
}

ek_status ek_plan_create_from(const ek_circuit *circuit, const ek_plan_options *options,
                              const struct ek_layout *entry, ek_plan **plan)
{
    ek_plan *fresh;
    ek_plan_options chosen = options ? *options : (ek_plan_options){0};
    if (chosen.ranks == 0) chosen.ranks = 1;
    if (chosen.threads == 0) chosen.threads = 1;
    if (chosen.shared_ranks == 0) chosen.shared_ranks = 1;
    if (chosen.exchange_bytes == 0) chosen.exchange_bytes = DEFAULT_EXCHANGE_BYTES;
    EK_TRY(check_options(&chosen, circuit->qubits));
    EK_TRY(EK_NEW(fresh, 1));
    fresh->options = chosen;
    fresh->qubits = fresh->stands_for = circuit->qubits;
    fresh->local_slots = circuit->qubits - ek_log2((uint64_t)chosen.ranks);
    fresh->reach_slots = fresh->local_slots + ek_log2((uint64_t)chosen.shared_ranks);
    const ek_status status = fill_plan(fresh, circuit, entry);
    if (status == EK_OK) *plan = fresh;
    else ek_plan_destroy(&fresh);
    return status;
}

ek_status ek_plan_create(const ek_circuit *circuit, const ek_plan_options *options, ek_plan **plan)
{
    return ek_plan_create_from(circuit, options, NULL, plan);
}

void ek_plan_destroy(ek_plan **plan)
{
    if (!plan || !*plan) return;
    ek_circuit_destroy(&(*plan)->circuit);
    ek_wire_list_clear(&(*plan)->wires);
    ek_release((*plan)->stages);
    ek_release((*plan)->passes);
    ek_release((*plan)->blocks);
    ek_release((*plan)->trips);
    ek_release((*plan)->ops);
    ek_release(*plan);
    *plan = NULL;
}
