/* Memory, bytes and seconds of a plan on a machine that is known by five numbers. */
#include "plan/plan.h"

#include <exaket/predict.h>

#include <math.h>

static const ek_bench_machine defaults = {.memory_bandwidth_bytes_per_second = 100e9,
                                    .network_bandwidth_bytes_per_second = 12.5e9,
                                    .network_latency_seconds = 2e-6,
                                    .checkpoint_bandwidth_bytes_per_second = 1e9,
                                    .gflops_per_thread = 4};

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

static ek_bench_machine complete(ek_bench_machine m)
{
    set_default(&m.memory_bandwidth_bytes_per_second, defaults.memory_bandwidth_bytes_per_second);
    set_default(&m.network_bandwidth_bytes_per_second,
                defaults.network_bandwidth_bytes_per_second);
    set_default(&m.network_latency_seconds, defaults.network_latency_seconds);
    set_default(&m.checkpoint_bandwidth_bytes_per_second,
                defaults.checkpoint_bandwidth_bytes_per_second);
    set_default(&m.gflops_per_thread, defaults.gflops_per_thread);
    return m;
}

static ek_status check(const ek_predict_options *options)
{
    const ek_bench_machine *m = &options->machine;
    const double numbers[] = {m->memory_bandwidth_bytes_per_second,
                              m->network_bandwidth_bytes_per_second, m->network_latency_seconds,
                              m->checkpoint_bandwidth_bytes_per_second, m->gflops_per_thread,
                              options->memory_per_node_bytes};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!(numbers[i] >= 0 && isfinite(numbers[i])))
            return EK_FAIL(EK_ERROR_ARGUMENT, "a machine's bandwidth, latency, speed or memory of "
                           "%g: give a positive number", numbers[i]);
    if (options->ranks_per_node < 0 ||
        (options->ranks_per_node > 0 && !ek_is_power_of_two((uint64_t)options->ranks_per_node)))
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d ranks per node: give a power of two",
                       options->ranks_per_node);
    return EK_OK;
}

/* ---- seconds -------------------------------------------------------------------------------- */

/* Floating-point operations per amplitude. */
static double flops(const struct ek_op *op)
{
    const double share = ldexp(1, -ek_popcount(op->control_mask));
    switch (op->kind) {
    case EK_OP_DENSE: return share * (8.0 * ldexp(1, op->target_count) - 2);
    case EK_OP_PAULI: return share * 8;
    case EK_OP_GROVER: return 4;
    case EK_OP_FOURIER: return 5.0 * op->target_count + 6;
    case EK_OP_PERMUTE: return 0;
    default: return share * 6;
    }
}

static void time_passes(const ek_plan *plan, const ek_bench_machine *machine, ek_prediction *p)
{
    const double amplitudes = ldexp(1, plan->local_slots);
    const double traffic = 2 * p->state_bytes_per_rank * p->ranks_per_node;
    const double memory = traffic / machine->memory_bandwidth_bytes_per_second;
    for (size_t i = 0; i < plan->pass_count; i++) {
        const struct ek_pass *pass = &plan->passes[i];
        double work = 0;
        for (size_t j = pass->first_op; j < pass->first_op + pass->op_count; j++)
            work += flops(&plan->wires.ops[plan->ops[j].wire_op].op);
        const double arithmetic =
            work * amplitudes / (1e9 * machine->gflops_per_thread * p->threads);
        p->memory_seconds += memory;
        p->arithmetic_seconds += arithmetic;
        p->pass_seconds += memory > arithmetic ? memory : arithmetic;
    }
}

/* Of the turns of a reshuffle those that change the low rank slots only stay in the node; all its
 * ranks share its network. Packing reads and writes memory at both ends while messages fly. */
static double time_reshuffle(const ek_plan *plan, const struct ek_stage *stage,
                             const ek_bench_machine *machine, const ek_prediction *p)
{
    const int node_slots = ek_log2((uint64_t)p->ranks_per_node);
    int inside = 0;
    for (int i = 0; i < stage->swap_count; i++)
        inside += stage->swaps[i].rank_slot.at < plan->local_slots + node_slots;
    const double share = ldexp(p->state_bytes_per_rank, -stage->swap_count);
    const double turns = ldexp(1, stage->swap_count) - 1, near = ldexp(1, inside) - 1;
    const double packing = 4 * turns * share * p->ranks_per_node /
                           machine->memory_bandwidth_bytes_per_second;
    const double flight = (turns - near) * share * p->ranks_per_node /
                          machine->network_bandwidth_bytes_per_second;
    return turns * machine->network_latency_seconds + (packing > flight ? packing : flight);
}

static void time_exchanges(const ek_plan *plan, const ek_bench_machine *machine, ek_prediction *p)
{
    for (size_t s = 0; s < plan->stage_count; s++) {
        const struct ek_stage *stage = &plan->stages[s];
        if (stage->swap_count == 0) continue;
        p->bytes_sent_per_rank +=
            p->state_bytes_per_rank - ldexp(p->state_bytes_per_rank, -stage->swap_count);
        p->exchange_seconds += time_reshuffle(plan, stage, machine, p);
    }
    p->bytes_sent_total = p->bytes_sent_per_rank * p->ranks;
}

/* ---- memory --------------------------------------------------------------------------------- */

/* Fewest ranks whose nodes hold them; 0 when an operation needs more than is left. */
static int fewest_ranks(const ek_plan *plan, int per_node, double memory)
{
    int widest = 1;
    for (size_t i = 0; i < plan->wires.op_count; i++) {
        const int mixed = ek_popcount(ek_op_resident(&plan->wires.ops[i].op));
        if (mixed > widest) widest = mixed;
    }
    for (int slots = 0; slots <= plan->qubits - widest && slots <= 30; slots++) {
        const int ranks = 1 << slots, here = ranks < per_node ? ranks : per_node;
        const struct ek_memory needs = ek_plan_memory(plan, ranks);
        if ((needs.state + needs.buffers) * here <= memory) return ranks;
    }
    return 0;
}

ek_status ek_plan_predict(const ek_plan *plan, const ek_predict_options *options,
                          ek_prediction *prediction)
{
    const ek_predict_options chosen = options ? *options : (ek_predict_options){0};
    EK_TRY(check(&chosen));
    const ek_bench_machine machine = complete(chosen.machine);
    const int per_node = chosen.ranks_per_node ? chosen.ranks_per_node : 1;
    const double memory = chosen.memory_per_node_bytes ? chosen.memory_per_node_bytes
                                                       : ek_hardware_memory_bytes();
    const struct ek_memory needs = ek_plan_memory(plan, plan->options.ranks);
    ek_plan_summary sum;
    ek_plan_summarize(plan, &sum);
    ek_prediction p = {.qubits = plan->qubits, .ranks = sum.ranks,
                       .threads = plan->options.threads, .precision = plan->options.precision,
                       .stages = sum.stages, .reshuffles = sum.reshuffles, .passes = sum.passes,
                       .state_bytes_per_rank = needs.state,
                       .buffer_bytes_per_rank = needs.buffers, .memory_per_node_bytes = memory};
    p.ranks_per_node = per_node < p.ranks ? per_node : p.ranks;
    p.nodes = p.ranks / p.ranks_per_node;
    p.fits = (needs.state + needs.buffers) * p.ranks_per_node <= memory;
    p.min_ranks = fewest_ranks(plan, per_node, memory);
    p.checkpoint_bytes = needs.state * p.ranks;
    p.checkpoint_seconds = p.checkpoint_bytes / machine.checkpoint_bandwidth_bytes_per_second;
    time_passes(plan, &machine, &p);
    time_exchanges(plan, &machine, &p);
    p.total_seconds = p.pass_seconds + p.exchange_seconds;
    *prediction = p;
    return EK_OK;
}
