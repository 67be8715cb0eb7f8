/* A program's gates in one plan, without a state: the way on which all drawn outcomes are 0. */
#include "observe/shots_private.h"
#include "plan/plan.h"

#include <exaket/predict.h>

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

/* The used qubits in order; gives their number, at least 1. */
static int place_qubits(uint64_t used, int8_t *place)
{
    int count = 0;
    for (int q = 0; q < 64; q++) place[q] = (int8_t)(used >> q & 1 ? count++ : -1);
    return count > 0 ? count : 1;
}

static ek_status collect(struct ek_interpreter *interpreter, int8_t *place, size_t *draws)
{
    EK_TRY(follow(interpreter, draws));
    const int qubits = place_qubits(interpreter->used, place);
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
    if (status == EK_OK) status = collect(&interpreter, place, &count);
    if (status == EK_OK) status = ek_plan_create(interpreter.pending.circuit, options, plan);
    ek_circuit_destroy(&interpreter.pending.circuit);
    ek_shots_facts_clear(&facts);
    if (status == EK_OK && draws) *draws = count;
    return status;
}
