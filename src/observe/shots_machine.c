#include "observe/shots_private.h"

#include <string.h>

/* ---- lifetime ------------------------------------------------------------------------------ */

static size_t words_of(const ek_dynamic *program)
{
    return (size_t)(program->clbits + 63) / 64;
}

static ek_status allocate(const ek_dynamic *program, size_t path, struct ek_machine *machine)
{
    machine->bits = NULL, machine->postponed = NULL;
    machine->variables = NULL, machine->path = NULL;
    machine->path_capacity = path;
    EK_TRY(EK_NEW(machine->bits, words_of(program)));
    EK_TRY(EK_NEW(machine->postponed, program->clbits));
    EK_TRY(EK_NEW(machine->path, path));
    return EK_NEW(machine->variables, program->variable_count);
}

ek_status ek_machine_create(const ek_dynamic *program, int8_t known, struct ek_machine *machine)
{
    struct ek_machine fresh = {.weight = 1};
    ek_status status = allocate(program, 64, &fresh);
    if (status == EK_OK) status = ek_dynamic_start_values(program, fresh.variables);
    if (status != EK_OK) {
        ek_machine_clear(&fresh);
        return status;
    }
    memset(fresh.postponed, -1, (size_t)program->clbits);
    memset(fresh.known, known, sizeof fresh.known);
    *machine = fresh;
    return EK_OK;
}

ek_status ek_machine_copy(const ek_dynamic *program, const struct ek_machine *machine,
                          struct ek_machine *copy)
{
    struct ek_machine fresh = *machine;
    const ek_status status = allocate(program, machine->path_capacity, &fresh);
    if (status != EK_OK) {
        ek_machine_clear(&fresh);
        return status;
    }
    memcpy(fresh.bits, machine->bits, words_of(program) * sizeof *fresh.bits);
    memcpy(fresh.postponed, machine->postponed, (size_t)program->clbits);
    memcpy(fresh.path, machine->path, machine->draws);
    if (program->variable_count > 0)
        memcpy(fresh.variables, machine->variables,
               program->variable_count * sizeof *fresh.variables);
    *copy = fresh;
    return EK_OK;
}

void ek_machine_clear(struct ek_machine *machine)
{
    ek_release(machine->bits);
    ek_release(machine->postponed);
    ek_release(machine->variables);
    ek_release(machine->path);
    *machine = (struct ek_machine){0};
}

/* ---- classical steps ----------------------------------------------------------------------- */

static void set_bit(struct ek_machine *machine, int bit, uint64_t value)
{
    if (bit < 0) return;
    machine->postponed[bit] = -1;
    machine->bits[bit / 64] &= ~ek_bit(bit % 64);
    machine->bits[bit / 64] |= (value & 1) << bit % 64;
}

static ek_status evaluate(const ek_dynamic *program, const struct ek_machine *machine,
                          union ek_value *value)
{
    const size_t at = machine->at;
    const ek_status status =
        ek_expression_evaluate(program, program->instructions[at].expression, machine->bits,
                               machine->variables, value);
    if (status == EK_OK) return EK_OK;
    return EK_FAIL_AT_INSTRUCTION(program, at, status, "%s", ek_last_message());
}

static ek_status count_loop(const ek_dynamic *program, struct ek_machine *machine)
{
    const struct ek_instruction *what = &program->instructions[machine->at];
    if (++machine->variables[what->target].u <= what->limit) return EK_OK;
    return EK_FAIL_AT_INSTRUCTION(program, machine->at, EK_ERROR_NUMERIC,
                                  "the loop has run %llu times, its bound: does it ever end?",
                                  (unsigned long long)what->limit);
}

static ek_status step_classically(const ek_dynamic *program, struct ek_machine *machine)
{
    const struct ek_instruction *what = &program->instructions[machine->at];
    union ek_value value = {0};
    size_t next = machine->at + 1;
    switch (what->kind) {
    case EK_DO_ASSIGN:
        EK_TRY(evaluate(program, machine, &value));
        machine->variables[what->target] = value;
        break;
    case EK_DO_ASSIGN_BITS:
        EK_TRY(evaluate(program, machine, &value));
        for (size_t i = 0; i < what->count; i++)
            set_bit(machine, what->target + (int)i, value.u >> i);
        break;
    case EK_DO_BRANCH:
        EK_TRY(evaluate(program, machine, &value));
        if (!value.u) next = (size_t)what->target;
        break;
    case EK_DO_JUMP: next = (size_t)what->target; break;
    case EK_DO_LOOP: EK_TRY(count_loop(program, machine)); break;
    default: break;
    }
    machine->at = next;
    return EK_OK;
}

/* ---- gates --------------------------------------------------------------------------------- */

/* What is known of the qubits, followed through one operation. */
static void follow(const struct ek_op *op, int qubits, int8_t *known)
{
    if (op->kind == EK_OP_FLIP) {
        if (known[op->target[0]] != EK_UNKNOWN) known[op->target[0]] ^= 1;
    } else if (op->kind == EK_OP_SWAP) {
        const int8_t first = known[op->target[0]];
        known[op->target[0]] = known[op->target[1]];
        known[op->target[1]] = first;
    } else {
        uint64_t mixed = op->kind == EK_OP_GROVER ? ek_low_bits(qubits) : ek_op_resident(op);
        for (; mixed; mixed &= mixed - 1) known[ek_lowest_bit(mixed)] = EK_UNKNOWN;
    }
}

static ek_status run_gates(struct ek_interpreter *interpreter, struct ek_machine *machine)
{
    const ek_dynamic *program = interpreter->program;
    const struct ek_instruction *what = &program->instructions[machine->at];
    for (size_t i = what->first; i < what->first + what->count; i++)
        follow(&program->circuit->ops[i], program->qubits, machine->known);
    if (interpreter->pending.circuit)
        EK_TRY(ek_pending_append(&interpreter->pending, machine->at, machine->bits,
                                 machine->variables));
    else interpreter->used |= ek_shots_gate_qubits(program, machine->at);
    machine->at++;
    return EK_OK;
}

/* ---- measurements and resets --------------------------------------------------------------- */

/* Whether the outcome may wait for the end: nothing changes it, and nobody asks before. */
static bool can_wait(const struct ek_shots_facts *facts, size_t at, int qubit, int bit)
{
    const int64_t after = ek_shots_facts_after(facts, at);
    return facts->last_mixed[qubit] < after && (bit < 0 || facts->last_read[bit] < after);
}

/* True when the measurement needs no draw now. */
static bool measure_without_draw(const struct ek_interpreter *interpreter,
                                 struct ek_machine *machine)
{
    const struct ek_instruction *what = &interpreter->program->instructions[machine->at];
    const int qubit = (int)what->first, known = machine->known[qubit];
    if (known != EK_UNKNOWN) set_bit(machine, what->target, (uint64_t)known);
    else if (!can_wait(interpreter->facts, machine->at, qubit, what->target)) return false;
    else if (what->target >= 0) machine->postponed[what->target] = (int8_t)qubit;
    return true;
}

/* Likewise of a reset; one behind which nothing happens to the qubit is left out. */
static ek_status reset_without_draw(struct ek_interpreter *interpreter,
                                    struct ek_machine *machine, bool *done)
{
    const struct ek_instruction *what = &interpreter->program->instructions[machine->at];
    const int qubit = (int)what->first, known = machine->known[qubit];
    *done = known != EK_UNKNOWN ||
            ek_shots_facts_unseen(interpreter->facts, machine->at, qubit);
    if (known == 1) {
        if (interpreter->pending.circuit)
            EK_TRY(ek_pending_flip(&interpreter->pending, qubit));
        machine->known[qubit] = 0;
    }
    return EK_OK;
}

ek_status ek_machine_advance(struct ek_interpreter *interpreter, struct ek_machine *machine,
                             enum ek_event *event)
{
    const ek_dynamic *program = interpreter->program;
    bool done = true;
    while (machine->at < program->instruction_count) {
        switch (program->instructions[machine->at].kind) {
        case EK_DO_GATES: EK_TRY(run_gates(interpreter, machine)); break;
        case EK_DO_MEASURE:
            *event = EK_AT_MEASURE;
            if (!measure_without_draw(interpreter, machine)) return EK_OK;
            machine->at++;
            break;
        case EK_DO_RESET:
            *event = EK_AT_RESET;
            EK_TRY(reset_without_draw(interpreter, machine, &done));
            if (!done) return EK_OK;
            machine->at++;
            break;
        default: EK_TRY(step_classically(program, machine)); break;
        }
    }
    *event = EK_AT_END;
    return EK_OK;
}

ek_status ek_machine_decide(const ek_dynamic *program, struct ek_machine *machine, int outcome)
{
    const struct ek_instruction *what = &program->instructions[machine->at];
    void *path = machine->path;
    EK_TRY(ek_grow(&path, machine->draws, 1, machine->draws + 1, &machine->path_capacity));
    machine->path = path;
    machine->path[machine->draws++] = (uint8_t)outcome;
    if (what->kind == EK_DO_MEASURE) set_bit(machine, what->target, (uint64_t)outcome);
    machine->known[what->first] = what->kind == EK_DO_RESET ? 0 : (int8_t)outcome;
    machine->at++;
    return EK_OK;
}
