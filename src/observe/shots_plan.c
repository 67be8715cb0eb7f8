/* A program's gates in one plan, without a state: the way on which all drawn outcomes are 0. */
#include "observe/shots_private.h"
#include "plan/plan.h"

#include <exaket/predict.h>

int ek_shots_widest(const ek_dynamic *program)
{
    int widest = 1;
    for (size_t i = 0; i < program->circuit->op_count; i++) {
        const struct ek_op *op = &program->circuit->ops[i];
        const int here = op->kind == EK_OP_DENSE ? op->target_count : 1;
        if (here > widest) widest = here;
    }
    return widest;
}

int ek_shots_qubits_on(int ranks, int used, int widest)
{
    const int fewest = (ek_is_power_of_two((uint64_t)ranks) ? ek_log2((uint64_t)ranks) : 0) +
                       widest;
    return used < fewest ? fewest : used;
}

/* Follows the program to its end; gives the draws on the way. */
static ek_status follow(struct ek_interpreter *interpreter, size_t *draws)
{
    struct ek_machine machine = {0};
    enum ek_event event = EK_AT_MEASURE;
    ek_status status = ek_machine_create(interpreter->program, 0, &machine);
    *draws = 0;
    while (status == EK_OK) {
        status = ek_machine_advance(interpreter, &machine, &event);
        if (status != EK_OK || event == EK_AT_END) break;
        interpreter->used |= ek_bit((int)interpreter->program->instructions[machine.at].first);
        status = ek_machine_decide(interpreter->program, &machine, 0);
        ++*draws;
    }
    ek_machine_clear(&machine);
    return status;
}

/* The used qubits in order; gives their number. */
static int place_qubits(uint64_t used, int8_t *place)
{
    int count = 0;
    for (int q = 0; q < 64; q++) place[q] = (int8_t)(used >> q & 1 ? count++ : -1);
    return count;
}

static ek_status collect(struct ek_interpreter *interpreter, int ranks, int8_t *place,
                         size_t *draws)
{
    EK_TRY(follow(interpreter, draws));
    const int used = place_qubits(interpreter->used, place);
    const int qubits = ek_shots_qubits_on(ranks, used, ek_shots_widest(interpreter->program));
    EK_TRY(ek_circuit_create(qubits, &interpreter->pending.circuit));
    return follow(interpreter, draws);
}

ek_status ek_dynamic_plan(const ek_dynamic *program, const ek_plan_options *options,
                          ek_plan **plan, size_t *draws)
{
    struct ek_shots_facts facts = {0};
    int8_t place[64];
    size_t count = 0;
    struct ek_interpreter interpreter = {.program = program, .facts = &facts};
    interpreter.pending.program = program;
    interpreter.pending.place = place;
    ek_status status = ek_shots_facts_find(program, false, &facts);
    const int ranks = options && options->ranks > 0 ? options->ranks : 1;
    if (status == EK_OK) status = collect(&interpreter, ranks, place, &count);
    if (status == EK_OK) status = ek_plan_create(interpreter.pending.circuit, options, plan);
    ek_circuit_destroy(&interpreter.pending.circuit);
    ek_shots_facts_clear(&facts);
    if (status == EK_OK && draws) *draws = count;
    return status;
}
