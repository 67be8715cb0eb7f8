/* Memory, bytes and seconds of a plan on a machine that is known by five numbers. */
#include "plan/cost.h"
#include "plan/plan.h"

#include <exaket/predict.h>

#include <math.h>

static const ek_bench_machine defaults = {.memory_bandwidth_bytes_per_second = 100e9,
                                    .network_bandwidth_bytes_per_second = 12.5e9,
                                    .network_latency_seconds = 2e-6,
                                    .checkpoint_bandwidth_bytes_per_second = 1e9,
                                    .gflops_per_thread = 30,
                                    .lookups_per_second_per_thread = 1e9};

/* Of the lead before a limit: disks and networks are slower than they were measured, and it takes
 * the job a while to hear of it. */
static const double LEAD_MARGIN = 1.5, LEAD_START_SECONDS = 10;

int ek_hardware_cores(void)
{
    const int cores = ek_machine_facts_get()->cores;
    return cores > 0 ? cores : 1;
}

double ek_hardware_memory_bytes(void) { return (double)ek_machine_facts_get()->memory_bytes; }

static void set_default(double *value, double standard)
{
    if (*value == 0) *value = standard;
}

void ek_machine_complete(ek_bench_machine *m)
{
    set_default(&m->memory_bandwidth_bytes_per_second, defaults.memory_bandwidth_bytes_per_second);
    set_default(&m->tile_bandwidth_bytes_per_second, m->memory_bandwidth_bytes_per_second);
    set_default(&m->network_bandwidth_bytes_per_second,
                defaults.network_bandwidth_bytes_per_second);
    set_default(&m->network_latency_seconds, defaults.network_latency_seconds);
    set_default(&m->checkpoint_bandwidth_bytes_per_second,
                defaults.checkpoint_bandwidth_bytes_per_second);
    set_default(&m->gflops_per_thread, defaults.gflops_per_thread);
    set_default(&m->lookups_per_second_per_thread, defaults.lookups_per_second_per_thread);
}

/* A number of bytes; 0 for what is none. */
static size_t whole(double number)
{
    return number >= 1 && number < 0x1p50 ? (size_t)number : 0;
}

void ek_machine_plan_options(const ek_bench_machine *machine, ek_plan_options *options)
{
    const size_t real_bytes = ek_amplitude_bytes(options->precision) / 2;
    const size_t lanes = whole(machine->vector_bytes) / real_bytes;
    if (lanes > 0) options->lane_qubits = ek_log2(lanes);
    if (whole(machine->l1_cache_bytes)) options->l1_bytes = whole(machine->l1_cache_bytes);
    if (whole(machine->l2_cache_bytes)) options->l2_bytes = whole(machine->l2_cache_bytes);
}

static bool is_possible(double value)
{
    return value >= EK_MACHINE_LEAST && value <= EK_MACHINE_MOST;
}

static ek_status check_distances(const ek_bench_machine *m)
{
    if (m->network_distances < 0 || m->network_distances > EK_BENCH_DISTANCES_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d distances in a network: give 0 to %d",
                       m->network_distances, EK_BENCH_DISTANCES_MAX);
    for (int d = 0; d < m->network_distances; d++) {
        const double bandwidth = m->network_distance[d].bandwidth_bytes_per_second;
        const double latency = m->network_distance[d].latency_seconds;
        if (!is_possible(bandwidth) || !is_possible(latency))
            return EK_FAIL(EK_ERROR_ARGUMENT, "bandwidth of %g and latency of %g at distance %d "
                           "in a network: give %g to %g", bandwidth, latency, d, EK_MACHINE_LEAST,
                           EK_MACHINE_MOST);
    }
    return EK_OK;
}

static ek_status check(const ek_predict_options *options)
{
    const ek_bench_machine *m = &options->machine;
    const double numbers[] = {m->memory_bandwidth_bytes_per_second,
                              m->network_bandwidth_bytes_per_second, m->network_latency_seconds,
                              m->checkpoint_bandwidth_bytes_per_second, m->gflops_per_thread,
                              m->lookups_per_second_per_thread,
                              m->tile_bandwidth_bytes_per_second,
                              options->memory_per_node_bytes};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i] != 0 && !is_possible(numbers[i]))
            return EK_FAIL(EK_ERROR_ARGUMENT, "a machine's bandwidth, latency, speed or memory of "
                           "%g: give %g to %g, or 0 for the default", numbers[i],
                           EK_MACHINE_LEAST, EK_MACHINE_MOST);
    if (options->states < 0)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d states at once: give 1 or more", options->states);
    if (options->ranks_per_node < 0 ||
        (options->ranks_per_node > 0 && !ek_is_power_of_two((uint64_t)options->ranks_per_node)))
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d ranks per node: give a power of two",
                       options->ranks_per_node);
    return check_distances(m);
}

/* ---- seconds -------------------------------------------------------------------------------- */

/* Runs stop between such steps only. */
static void add_step(double seconds, double *sum, ek_prediction *p)
{
    *sum += seconds;
    if (seconds > p->longest_step_seconds) p->longest_step_seconds = seconds;
}

/* A direct pass works while amplitudes come and go; a tile is worked on between the two. */
static void time_passes(const ek_plan *plan, const ek_bench_machine *machine, ek_prediction *p)
{
    const double amplitudes = ldexp(1, plan->local_slots);
    const double amplitude_bytes = (double)ek_amplitude_bytes(plan->options.precision);
    const double on_node = amplitudes * p->ranks_per_node;
    const double lookup = amplitudes / (machine->lookups_per_second_per_thread * p->threads);
    const double vector = plan->options.precision == EK_SINGLE ? 2 : 1;
    const double speed = 1e9 * vector * machine->gflops_per_thread * p->threads;
    for (size_t i = 0; i < plan->pass_count; i++) {
        const struct ek_pass *pass = &plan->passes[i];
        const double bytes = 2 * amplitude_bytes;
        const double memory = on_node * bytes / (pass->direct
                                                     ? machine->memory_bandwidth_bytes_per_second
                                                     : machine->tile_bandwidth_bytes_per_second);
        const double arithmetic =
            ek_plan_work(plan, pass) * amplitudes / speed + ek_plan_lookups(plan, pass) * lookup;
        const double longer = memory > arithmetic ? memory : arithmetic;
        p->memory_seconds += memory;
        p->arithmetic_seconds += arithmetic;
        add_step(pass->direct ? longer : memory + arithmetic, &p->pass_seconds, p);
    }
}

/* Between nodes whose numbers differ in bit `distance` and in none above it. */
struct link {
    double bandwidth, latency;
};

static struct link link_of(const ek_bench_machine *machine, int distance)
{
    if (distance < machine->network_distances)
        return (struct link){machine->network_distance[distance].bandwidth_bytes_per_second,
                             machine->network_distance[distance].latency_seconds};
    return (struct link){machine->network_bandwidth_bytes_per_second,
                         machine->network_latency_seconds};
}

/* Of one message, while the other ranks of the node send as many on the same link: it waits for
 * the bandwidth, or for the arrival of the first of those that are on their way. */
static double time_message(double bytes, int flights, int ranks_per_node, const struct link *link)
{
    const double sending = bytes * ranks_per_node / link->bandwidth;
    const double arrival = (sending + link->latency) / flights;
    return sending > arrival ? sending : arrival;
}

/* A rank that is to exchange s slots has 2^s - 1 partners; half of them differ from it in the
 * highest slot, half of the others in the next, and so on. The lowest rank slots number the ranks
 * of a node. Packing reads and writes memory at both ends while messages fly, but for the first
 * and the last one. */
static double time_reshuffle(const ek_plan *plan, const struct ek_stage *stage,
                             const ek_bench_machine *machine, const ek_prediction *p)
{
    const int far = plan->local_slots + ek_log2((uint64_t)p->ranks_per_node);
    const double share = ldexp(p->state_bytes_per_rank, -stage->swap_count);
    const struct ek_messages messages = ek_plan_messages(plan);
    const double longest =
        (double)messages.units * (double)ek_amplitude_bytes(plan->options.precision);
    const double message = share < longest ? share : longest;
    const double packing_bandwidth =
        machine->memory_bandwidth_bytes_per_second / (4 * p->ranks_per_node);
    const double packing = (p->state_bytes_per_rank - share) / packing_bandwidth;
    const double ends = message / packing_bandwidth;
    double flight = 0, latency = 0;
    for (int i = 0; i < stage->swap_count; i++) {
        const int slot = stage->swaps[i].rank_slot.at;
        double partners = 1;
        for (int j = 0; j < stage->swap_count; j++)
            if (stage->swaps[j].rank_slot.at < slot) partners *= 2;
        if (slot < far) continue;
        const struct link link = link_of(machine, slot - far);
        flight += partners * share / message *
                  time_message(message, messages.flights, p->ranks_per_node, &link);
        if (link.latency > latency) latency = link.latency;
    }
    return flight > packing ? flight + latency + ends : packing + latency;
}

static void time_exchanges(const ek_plan *plan, const ek_bench_machine *machine, ek_prediction *p)
{
    for (size_t s = 0; s < plan->stage_count; s++) {
        const struct ek_stage *stage = &plan->stages[s];
        if (stage->swap_count == 0) continue;
        p->bytes_sent_per_rank +=
            p->state_bytes_per_rank - ldexp(p->state_bytes_per_rank, -stage->swap_count);
        add_step(time_reshuffle(plan, stage, machine, p), &p->exchange_seconds, p);
    }
    p->bytes_sent_total = p->bytes_sent_per_rank * p->ranks;
}

/* ---- memory --------------------------------------------------------------------------------- */

/* Of the state that a plan for so many ranks would have. */
static int qubits_on(const ek_plan *plan, int ranks, int per_node)
{
    if (!plan->halved_on_node) return plan->qubits;
    const bool halved = ranks <= per_node && ek_bit(plan->stands_for - 1) > (uint64_t)ranks;
    return plan->stands_for - halved;
}

/* Fewest ranks whose nodes hold them; 0 when an operation needs more than is left. */
static int fewest_ranks(const ek_plan *plan, int states, int per_node, double memory)
{
    int widest = 1;
    for (size_t i = 0; i < plan->wires.op_count; i++) {
        const struct ek_op *op = &plan->wires.ops[i].op;
        const int mixed = ek_op_wide(op) ? 1 : ek_popcount(ek_op_resident(op));
        if (mixed > widest) widest = mixed;
    }
    for (int slots = 0; slots <= 30; slots++) {
        const int ranks = 1 << slots, here = ranks < per_node ? ranks : per_node;
        const int qubits = qubits_on(plan, ranks, per_node);
        if (slots > qubits - widest) continue; /* a larger state may follow */
        const struct ek_memory needs = ek_plan_memory(plan, qubits, ranks);
        if ((states * needs.state + needs.buffers) * here <= memory) return ranks;
    }
    return 0;
}

ek_status ek_plan_predict(const ek_plan *plan, const ek_predict_options *options,
                          ek_prediction *prediction)
{
    const ek_predict_options chosen = options ? *options : (ek_predict_options){0};
    EK_TRY(check(&chosen));
    ek_bench_machine machine = chosen.machine;
    ek_machine_complete(&machine);
    const int per_node = chosen.ranks_per_node ? chosen.ranks_per_node : 1;
    const int states = chosen.states ? chosen.states : 1;
    const double memory = chosen.memory_per_node_bytes ? chosen.memory_per_node_bytes
                                                       : ek_hardware_memory_bytes();
    const struct ek_memory needs = ek_plan_memory(plan, plan->qubits, plan->options.ranks);
    ek_plan_summary sum;
    ek_plan_summarize(plan, &sum);
    ek_prediction p = {.qubits = plan->stands_for, .ranks = sum.ranks,
                       .state_qubits = plan->qubits, .states = states,
                       .threads = plan->options.threads, .precision = plan->options.precision,
                       .stages = sum.stages, .reshuffles = sum.reshuffles, .passes = sum.passes,
                       .state_bytes_per_rank = needs.state,
                       .buffer_bytes_per_rank = needs.buffers, .memory_per_node_bytes = memory};
    p.ranks_per_node = per_node < p.ranks ? per_node : p.ranks;
    p.nodes = p.ranks / p.ranks_per_node;
    p.fits = (states * needs.state + needs.buffers) * p.ranks_per_node <= memory;
    p.min_ranks = fewest_ranks(plan, states, per_node, memory);
    p.checkpoint_bytes = needs.state * p.ranks;
    p.checkpoint_seconds = p.checkpoint_bytes / machine.checkpoint_bandwidth_bytes_per_second;
    time_passes(plan, &machine, &p);
    time_exchanges(plan, &machine, &p);
    p.total_seconds = p.pass_seconds + p.exchange_seconds;
    p.lead_seconds = LEAD_MARGIN * (p.longest_step_seconds + p.checkpoint_seconds) +
                     LEAD_START_SECONDS;
    *prediction = p;
    return EK_OK;
}
