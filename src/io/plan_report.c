/* What "exaket plan" prints. */
#include "io/json.h"

#include <exaket/predict.h>

/* ---- JSON ----------------------------------------------------------------------------------- */

/* Whole numbers up to 2^63 as such, beyond as reals: 60 qubits on one rank are 2^64 bytes. */
static json_t *bytes(double value)
{
    return value < 0x1p63 ? json_integer((json_int_t)value) : json_real(value);
}

static int own_qubits(const ek_plan_report *report)
{
    return report->qubits > 0 ? report->qubits : report->prediction->qubits;
}

/* By the flip of all spins half of the state stands for all of it. */
static bool has_symmetry(const ek_plan_report *report)
{
    return report->qubits == 0 && report->prediction->state_qubits < report->prediction->qubits;
}

static json_t *parts(const ek_prediction *p)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "passes", p->pass_seconds, "exchange",
                     p->exchange_seconds, "observe", p->observe_seconds, "total",
                     p->total_seconds, "memory_alone", p->memory_seconds, "arithmetic_alone",
                     p->arithmetic_seconds, "checkpoint", p->checkpoint_seconds);
}

static json_t *counts(const ek_plan_report *report)
{
    const ek_prediction *p = report->prediction;
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:s, s:i, s:i, s:i}", "qubits",
                     own_qubits(report), "state_qubits", p->state_qubits, "ranks", p->ranks,
                     "threads_per_rank", p->threads, "nodes", p->nodes, "ranks_per_node",
                     p->ranks_per_node, "precision", ek_precision_name(p->precision), "stages",
                     p->stages, "reshuffles", p->reshuffles, "passes", p->passes);
}

static void set_prediction(json_t *object, const ek_prediction *p)
{
    const double states = p->states * p->state_bytes_per_rank;
    set(object, "state_bytes_per_rank", bytes(p->state_bytes_per_rank));
    set(object, "states", json_integer(p->states));
    set(object, "all_states_bytes_per_rank", bytes(states));
    set(object, "buffer_bytes_per_rank", bytes(p->buffer_bytes_per_rank));
    set(object, "bytes_per_node",
        bytes((states + p->buffer_bytes_per_rank) * p->ranks_per_node));
    set(object, "memory_per_node_bytes", bytes(p->memory_per_node_bytes));
    set(object, "fits", json_boolean(p->fits));
    set(object, "min_ranks", p->min_ranks ? json_integer(p->min_ranks) : json_null());
    set(object, "bytes_sent_per_rank", bytes(p->bytes_sent_per_rank));
    set(object, "bytes_sent_total", bytes(p->bytes_sent_total));
    set(object, "checkpoint_bytes", bytes(p->checkpoint_bytes));
    set(object, "checkpoint_seconds", json_real(p->checkpoint_seconds));
    set(object, "lead_seconds", json_real(p->lead_seconds));
    set(object, "predicted_seconds", json_real(p->total_seconds));
    set(object, "predicted_seconds_by_part", parts(p));
}

static json_t *sweep_object(const ek_sweep_outlook *o)
{
    return json_pack("{s:I, s:I, s:I, s:i, s:i, s:i, s:f}", "points", (json_int_t)o->points,
                     "problems", (json_int_t)o->problems, "evaluations_max",
                     (json_int_t)o->evaluations_max, "qubits_min", o->qubits_min, "qubits_max",
                     o->qubits_max, "layers_max", o->layers_max, "predicted_seconds_max",
                     o->seconds);
}

ek_status ek_plan_json(const ek_plan_report *report, char **text)
{
    json_t *object = counts(report);
    set_prediction(object, report->prediction);
    set(object, "name", json_string(report->name));
    set(object, "symmetry", has_symmetry(report) ? json_string("flip") : json_null());
    set(object, "draws", json_integer((json_int_t)report->draws));
    if (report->outlook) set(object, "sweep", sweep_object(report->outlook));
    if (report->explain) set(object, "explain", json_string(report->explain));
    return print(object, text);
}

/* ---- text ----------------------------------------------------------------------------------- */

static void print_machine(struct ek_text *text, const ek_prediction *p)
{
    char state[32], buffers[32], node[32], memory[32], count[32] = "";
    const double all = p->states * p->state_bytes_per_rank + p->buffer_bytes_per_rank;
    ek_text_printf(text, "machine:    %d rank%s x %d thread%s on %d node%s\n", p->ranks,
                   EK_PLURAL(p->ranks), p->threads, EK_PLURAL(p->threads), p->nodes,
                   EK_PLURAL(p->nodes));
    if (p->states > 1) snprintf(count, sizeof count, "%d x ", p->states);
    ek_text_printf(text, "memory:     %s%s state + %s buffers per rank, %s of %s per node: %s",
                   count, ek_format_bytes(p->state_bytes_per_rank, state),
                   ek_format_bytes(p->buffer_bytes_per_rank, buffers),
                   ek_format_bytes(all * p->ranks_per_node, node),
                   ek_format_bytes(p->memory_per_node_bytes, memory),
                   p->fits ? "fits" : "does not fit");
    if (p->min_ranks)
        ek_text_printf(text, " (from %d rank%s on)\n", p->min_ranks, EK_PLURAL(p->min_ranks));
    else ek_text_printf(text, " (on no number of ranks)\n");
}

static void print_time(struct ek_text *text, const ek_prediction *p)
{
    char a[32], b[32], c[32], d[32], e[32];
    ek_text_printf(text, "plan:       %d stage%s, %d reshuffle%s, %d pass%s\n", p->stages,
                   EK_PLURAL(p->stages), p->reshuffles, EK_PLURAL(p->reshuffles), p->passes,
                   p->passes == 1 ? "" : "es");
    ek_text_printf(text, "sent:       %s per rank, %s in all\n",
                   ek_format_bytes(p->bytes_sent_per_rank, a),
                   ek_format_bytes(p->bytes_sent_total, b));
    ek_text_printf(text,
                   "time:       %s: passes %s (memory alone %s), exchanges %s, observation %s\n",
                   ek_format_seconds(p->total_seconds, a), ek_format_seconds(p->pass_seconds, b),
                   ek_format_seconds(p->memory_seconds, c),
                   ek_format_seconds(p->exchange_seconds, d),
                   ek_format_seconds(p->observe_seconds, e));
    ek_text_printf(text, "checkpoint: %s, %s; a job needs its signal %.0f s before its end "
                   "(sbatch --signal=B:USR1@%.0f)\n", ek_format_bytes(p->checkpoint_bytes, a),
                   ek_format_seconds(p->checkpoint_seconds, b), ceil(p->lead_seconds),
                   ceil(p->lead_seconds));
}

static void print_sweep(struct ek_text *text, const ek_sweep_outlook *o)
{
    char seconds[32];
    ek_text_printf(text,
                   "sweep:      %zu point%s of %zu problem%s, %d to %d qubits, %zu energies at "
                   "most: %s one after the other; below, the costliest\n",
                   o->points, EK_PLURAL(o->points), o->problems, EK_PLURAL(o->problems),
                   o->qubits_min, o->qubits_max, o->evaluations_max,
                   ek_format_seconds(o->seconds, seconds));
}

static void print_circuit(struct ek_text *text, const ek_plan_report *report)
{
    const ek_prediction *p = report->prediction;
    const int own = own_qubits(report), held = p->state_qubits;
    ek_text_printf(text, "circuit:    %s, %d qubit%s", report->name, own, EK_PLURAL(own));
    if (has_symmetry(report))
        ek_text_printf(text, ", of which %d stand for all by flip symmetry", held);
    else if (held > own)
        ek_text_printf(text, " in a register of %d, so that each of %d ranks has one of its own",
                       held, p->ranks);
    else if (held < own && report->qubits > 0)
        ek_text_printf(text, " in a register of %d: the others are not used", held);
    ek_text_printf(text, ", %s precision\n", ek_precision_name(p->precision));
}

ek_status ek_plan_text(const ek_plan_report *report, char **out)
{
    struct ek_text text = {0};
    const ek_prediction *p = report->prediction;
    if (report->outlook) print_sweep(&text, report->outlook);
    print_circuit(&text, report);
    if (report->draws)
        ek_text_printf(&text,
                       "            %zu outcomes are drawn on the way: counted is the way of "
                       "zeros, once\n", report->draws);
    print_machine(&text, p);
    print_time(&text, p);
    if (report->explain) ek_text_printf(&text, "\n%s", report->explain);
    const ek_status status = text.status;
    if (status != EK_OK) {
        ek_text_clear(&text);
        return status;
    }
    text.bytes[text.length - 1] = '\0'; /* the last line's end */
    *out = text.bytes;
    return EK_OK;
}
