/* Plans in numbers and in words. */
#include "plan/plan.h"

#include <math.h>

bool ek_plan_wants_table(const ek_plan *plan, const ek_diagonal *diagonal, int local_slots)
{
    return diagonal->levels > 0 && local_slots <= plan->tile_slots;
}

/* Tables of diagonal functions, one per layout, at most two each. */
static double table_bytes(const ek_plan *plan, int ranks, double amplitudes_per_rank)
{
    const int local_slots = ilogb(amplitudes_per_rank);
    const bool one_layout =
        ranks == 1 || (ranks == plan->options.ranks && plan->stage_count == 1);
    double bytes = 0;
    for (size_t d = 0; d < plan->circuit->diagonal_count; d++)
        if (ek_plan_wants_table(plan, plan->circuit->diagonals[d], local_slots))
            bytes += (one_layout ? 1 : EK_TABLES_MOST) * sizeof(uint16_t) * amplitudes_per_rank;
    return bytes;
}

/* Tiles of FOURIER and PERMUTE passes, one per thread, always in double precision. */
static double fourier_bytes(const ek_plan *plan)
{
    double most = 0;
    for (size_t p = 0; p < plan->pass_count; p++) {
        const double bytes = ldexp(sizeof(ek_complex), ek_popcount(plan->passes[p].active));
        if (plan->passes[p].fourier && bytes > most) most = bytes;
    }
    return most * plan->options.threads;
}

struct ek_memory ek_plan_memory(const ek_plan *plan, int qubits, int ranks)
{
    const double amplitudes = ldexp(1, qubits) / ranks;
    const size_t amplitude_bytes = ek_amplitude_bytes(plan->options.precision);
    const double state = amplitudes * (double)amplitude_bytes;
    const double tile = ldexp((double)amplitude_bytes, plan->tile_slots);
    const struct ek_messages messages =
        ek_messages_of(plan->options.exchange_bytes, amplitude_bytes,
                       qubits - ek_log2((uint64_t)ranks));
    const double exchange =
        2.0 * messages.flights * (double)messages.units * (double)amplitude_bytes;
    const double buffers = plan->options.threads * tile +
                           (ranks > 1 ? exchange : 0) +
                           table_bytes(plan, ranks, amplitudes) + fourier_bytes(plan);
    return (struct ek_memory){state, buffers};
}

/* What 64 bits cannot hold becomes the largest number that they can. */
static uint64_t whole(double bytes)
{
    return bytes >= 0x1p64 ? UINT64_MAX : (uint64_t)bytes;
}

void ek_plan_summarize(const ek_plan *plan, ek_plan_summary *summary)
{
    const struct ek_memory memory = ek_plan_memory(plan, plan->qubits, plan->options.ranks);
    double sent = 0;
    int reshuffles = 0;
    for (size_t s = 0; s < plan->stage_count; s++) {
        if (plan->stages[s].swap_count == 0) continue;
        sent += memory.state - ldexp(memory.state, -plan->stages[s].swap_count);
        reshuffles++;
    }
    *summary = (ek_plan_summary){
        .qubits = plan->stands_for, .ranks = plan->options.ranks, .stages = (int)plan->stage_count,
        .reshuffles = reshuffles, .passes = (int)plan->pass_count,
        .states = 1,
        .bytes_sent_per_rank = whole(sent), .state_bytes_per_rank = whole(memory.state),
        .buffer_bytes_per_rank = whole(memory.buffers)};
}

static void print_slots(struct ek_text *text, uint64_t slots)
{
    while (slots) {
        const int first = ek_lowest_bit(slots);
        int last = first;
        while (slots >> last & 1) slots &= ~ek_bit(last++);
        ek_text_printf(text, first == last - 1 ? " %d" : " %d-%d", first, last - 1);
    }
}

static void print_pass(struct ek_text *text, const ek_plan *plan, size_t number)
{
    enum { KINDS = EK_OP_PERMUTE + 1 };
    static const char *const names[KINDS] = {"dense",    "table",  "parity",  "pauli",
                                             "diagonal", "grover", "flip",    "swap",
                                             "fourier",  "permutation"};
    const struct ek_pass *pass = &plan->passes[number];
    size_t counts[KINDS] = {0};
    for (size_t i = 0; i < pass->op_count; i++) counts[plan->ops[pass->first_op + i].kind]++;
    ek_text_printf(text, "  pass %zu: slots", number + 1);
    print_slots(text, pass->active);
    ek_text_printf(text, "%s, %zu operation%s:", pass->twin ? ", pairs of tiles" : "",
                   pass->op_count, EK_PLURAL(pass->op_count));
    for (int kind = 0; kind < KINDS; kind++)
        if (counts[kind]) ek_text_printf(text, " %zu %s", counts[kind], names[kind]);
    ek_text_printf(text, "\n");
}

static void print_stage(struct ek_text *text, const ek_plan *plan, size_t number)
{
    const struct ek_stage *stage = &plan->stages[number];
    const double state = ek_plan_memory(plan, plan->qubits, plan->options.ranks).state;
    char size[32];
    if (stage->swap_count > 0) {
        ek_text_printf(text, "reshuffle: rank slot <-> local slot");
        for (int i = 0; i < stage->swap_count; i++)
            ek_text_printf(text, " %d<->%d", stage->swaps[i].rank_slot.at,
                           stage->swaps[i].local_slot.at);
        ek_text_printf(
            text, ": each rank sends %s\n",
            ek_format_bytes(state - ldexp(state, -stage->swap_count), size));
    }
    ek_text_printf(text, "stage %zu: rank slots hold wires", number + 1);
    for (int slot = plan->local_slots; slot < plan->qubits; slot++)
        ek_text_printf(text, " %d", ek_layout_qubit_at(&stage->layout, (ek_slot){(uint8_t)slot}));
    ek_text_printf(text, plan->local_slots == plan->qubits ? " (none)\n" : "\n");
    for (size_t i = 0; i < stage->pass_count; i++) print_pass(text, plan, stage->first_pass + i);
}

ek_status ek_plan_describe(const ek_plan *plan, char **out)
{
    struct ek_text text = {0};
    ek_plan_summary sum;
    char bytes[32];
    ek_plan_summarize(plan, &sum);
    ek_text_printf(&text,
                   "plan: %d qubit%s on %d rank%s: %d stage%s, %d reshuffle%s, %d pass%s, %s sent "
                   "per rank; tiles of 2^%d amplitudes, rows of 2^%d\n",
                   sum.qubits, EK_PLURAL(sum.qubits), sum.ranks, EK_PLURAL(sum.ranks), sum.stages,
                   EK_PLURAL(sum.stages), sum.reshuffles, EK_PLURAL(sum.reshuffles), sum.passes,
                   sum.passes == 1 ? "" : "es",
                   ek_format_bytes((double)sum.bytes_sent_per_rank, bytes), plan->tile_slots,
                   plan->row_slots);
    if (plan->qubits < plan->stands_for)
        ek_text_printf(&text, "by symmetry %d qubits stand for all\n", plan->qubits);
    if (plan->wires.op_count != plan->circuit->op_count)
        ek_text_printf(&text, "rewritten: %zu operations of the circuit, %zu to run\n",
                       plan->circuit->op_count, plan->wires.op_count);
    for (size_t s = 0; s < plan->stage_count; s++) print_stage(&text, plan, s);
    if (text.status == EK_OK) *out = text.bytes;
    else ek_text_clear(&text);
    return text.status;
}

void ek_text_free(char **text)
{
    ek_release(*text);
    *text = NULL;
}
