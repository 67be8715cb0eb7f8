/* The cost of values and derivatives: what an evaluation takes beside the circuit. */
#include "observe/adjoint.h"
#include "observe/pauli_sum.h"
#include "plan/cost.h"

#include <exaket/predict.h>

#include <math.h>

/* Floating-point operations per amplitude, counted as those of trips are. */
enum {
    STRING_FLOPS = 15,     /* of a string's mean; where pairs are seen once, half of that */
    STRING_ADD_FLOPS = 10, /* of a string's image */
    BACK_FLOPS = 48,       /* of an operation on both states, with its derivative */
    IMAGE_LOOKUPS = 4      /* of a diagonal function's image, as many times as long as a lookup */
};

struct cost {
    const ek_plan *plan;
    const ek_bench_machine *machine;
    double amplitudes; /* of a rank */
    double stream, tiles; /* seconds for each byte per amplitude that the ranks of a node move */
    double flop, lookup; /* seconds of one for each amplitude */
    ek_prediction *p;
};

static struct cost cost_of(const ek_plan *plan, const ek_bench_machine *machine, ek_prediction *p)
{
    const double amplitudes = ldexp(1, plan->local_slots);
    const double vector = plan->options.precision == EK_SINGLE ? 2 : 1;
    return (struct cost){
        plan, machine, amplitudes,
        amplitudes * p->ranks_per_node / machine->memory_bandwidth_bytes_per_second,
        amplitudes * p->ranks_per_node / machine->tile_bandwidth_bytes_per_second,
        amplitudes / (1e9 * vector * machine->gflops_per_thread * p->threads),
        amplitudes / (machine->lookups_per_second_per_thread * p->threads), p};
}

/* ---- values --------------------------------------------------------------------------------- */

/* Reads the state; an image is written beside. */
static double time_diagonal(const struct cost *c, bool derivatives)
{
    const double bytes = (double)ek_amplitude_bytes(c->plan->options.precision);
    const double moved = c->stream * (derivatives ? 2 : 1) * bytes;
    return fmax(moved, (derivatives ? IMAGE_LOOKUPS : 1) * c->lookup);
}

/* The state is read tile by tile; so is the partner's, or sent, where strings reach there. */
static double time_pauli_pass(const struct cost *c, const struct ek_pauli_passes *passes,
                              const struct ek_pauli_pass *pass, bool derivatives)
{
    const double bytes = (double)ek_amplitude_bytes(c->plan->options.precision);
    const bool near = pass->away < (uint64_t)c->p->ranks_per_node;
    const double moved = derivatives ? 3 : pass->away ? 2 : 1;
    double flops = EK_TRIP_FLOPS / 2.0, sent = 0;
    for (size_t b = pass->first_batch; b < pass->first_batch + pass->batch_count; b++)
        flops += passes->batches[b].count * STRING_FLOPS *
                 (passes->batches[b].pivot < 0 ? 1.0 : 0.5);
    if (derivatives) flops = EK_TRIP_FLOPS + (double)pass->count * STRING_ADD_FLOPS;
    else if (pass->away && near) flops /= 2; /* each of the two takes half of the tiles */
    if (!near)
        sent = bytes * c->amplitudes * c->p->ranks_per_node /
               c->machine->network_bandwidth_bytes_per_second;
    return c->tiles * moved * bytes + c->flop * flops + sent;
}

static ek_status time_pauli_sum(const struct cost *c, const ek_observation *what, double *seconds)
{
    const ek_plan *plan = c->plan;
    const struct ek_pauli_limits limits =
        ek_pauli_limits_of(plan->local_slots, ek_amplitude_bytes(plan->options.precision),
                           plan->options.exchange_bytes);
    struct ek_placed_string *strings = NULL;
    struct ek_pauli_passes passes = {0};
    EK_TRY(ek_pauli_check(plan->qubits, what->term_count, what->terms));
    EK_TRY(EK_NEW(strings, what->term_count));
    for (size_t i = 0; i < what->term_count; i++)
        strings[i] = ek_pauli_place(&plan->exit, &what->terms[i]);
    const ek_status status = ek_pauli_passes_make(&limits, what->term_count, strings, &passes);
    for (size_t p = 0; status == EK_OK && p < passes.pass_count; p++)
        *seconds += time_pauli_pass(c, &passes, &passes.passes[p], what->derivatives);
    ek_pauli_passes_clear(&passes);
    ek_release(strings);
    return status;
}

/* ---- the way back --------------------------------------------------------------------------- */

/* Both states go through each pass and each reshuffle of the inverse. */
static void add_way_back(const struct cost *c, const ek_plan *back, const ek_prediction *way)
{
    ek_prediction *p = c->p;
    p->stages += way->stages;
    p->reshuffles += way->reshuffles;
    p->passes += way->passes;
    p->bytes_sent_per_rank += 2 * way->bytes_sent_per_rank;
    p->bytes_sent_total += 2 * way->bytes_sent_total;
    p->exchange_seconds += 2 * way->exchange_seconds;
    p->total_seconds += 2 * way->exchange_seconds;
    p->observe_seconds += 2 * way->memory_seconds + c->flop * BACK_FLOPS * (double)back->op_count;
}

static ek_status predict_way_back(const struct cost *c, const ek_predict_options *options)
{
    ek_plan_options tiled = c->plan->options;
    ek_circuit *inverse = NULL;
    ek_plan *back = NULL;
    ek_prediction way;
    tiled.tiled = true;
    EK_TRY(ek_adjoint_circuit(c->plan->circuit, &inverse));
    ek_status status = ek_plan_create_from(inverse, &tiled, &c->plan->exit, &back);
    if (status == EK_OK) status = ek_plan_predict(back, options, &way);
    if (status == EK_OK) add_way_back(c, back, &way);
    ek_circuit_destroy(&inverse);
    ek_plan_destroy(&back);
    return status;
}

/* ---- all together --------------------------------------------------------------------------- */

ek_status ek_plan_predict_observed(const ek_plan *plan, const ek_observation *what,
                                   const ek_predict_options *options, ek_prediction *prediction)
{
    ek_predict_options chosen = options ? *options : (ek_predict_options){0};
    ek_bench_machine machine = chosen.machine;
    ek_prediction p;
    if (what->derivatives && chosen.states == 0) chosen.states = 2;
    EK_TRY(ek_plan_predict(plan, &chosen, &p));
    ek_machine_complete(&machine);
    const struct cost cost = cost_of(plan, &machine, &p);
    if (what->diagonal) p.observe_seconds += time_diagonal(&cost, what->derivatives);
    if (what->term_count > 0) EK_TRY(time_pauli_sum(&cost, what, &p.observe_seconds));
    if (what->derivatives) EK_TRY(predict_way_back(&cost, &chosen));
    p.total_seconds += p.observe_seconds;
    *prediction = p;
    return EK_OK;
}
