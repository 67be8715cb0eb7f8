#include "observe/shots_private.h"

/* Qubits on which an operation is not diagonal, so that it changes what a measurement gives. */
static uint64_t mixed_by(const struct ek_op *op, int qubits)
{
    if (op->kind == EK_OP_GROVER) return ek_low_bits(qubits);
    if (op->kind == EK_OP_FLIP || op->kind == EK_OP_SWAP) return ek_op_targets(op);
    return ek_op_resident(op);
}

uint64_t ek_shots_gate_qubits(const ek_dynamic *program, size_t at)
{
    const struct ek_instruction *what = &program->instructions[at];
    uint64_t mask = 0;
    if (what->kind != EK_DO_GATES) return 0;
    for (size_t i = what->first; i < what->first + what->count; i++)
        mask |= ek_op_touched(&program->circuit->ops[i], program->qubits);
    return mask;
}

static void raise(int64_t *value, int64_t to)
{
    if (*value < to) *value = to;
}

static void note(uint64_t qubits, int64_t at, int64_t *last)
{
    for (; qubits; qubits &= qubits - 1) last[ek_lowest_bit(qubits)] = at;
}

static void note_qubits(const ek_dynamic *program, size_t at, struct ek_shots_facts *facts)
{
    const struct ek_instruction *what = &program->instructions[at];
    uint64_t mixed = 0;
    if (what->kind == EK_DO_GATES) {
        for (size_t i = what->first; i < what->first + what->count; i++)
            mixed |= mixed_by(&program->circuit->ops[i], program->qubits);
        note(ek_shots_gate_qubits(program, at), (int64_t)at, facts->last_touched);
    } else if (what->kind == EK_DO_RESET) {
        note(ek_bit((int)what->first), (int64_t)at, facts->last_touched);
    } else if (what->kind == EK_DO_MEASURE) {
        note(ek_bit((int)what->first), (int64_t)at, facts->last_touched);
        facts->measures = true;
    }
    note(mixed, (int64_t)at, facts->last_mixed);
}

bool ek_shots_facts_unseen(const struct ek_shots_facts *facts, size_t at, int qubit)
{
    return facts->last_touched[qubit] < ek_shots_facts_after(facts, at) && facts->measures &&
           !facts->keeps_state;
}

/* A reset that is seen changes what a measurement before it may be postponed to. */
static void note_resets(const ek_dynamic *program, struct ek_shots_facts *facts)
{
    for (size_t at = 0; at < facts->count; at++) {
        const struct ek_instruction *what = &program->instructions[at];
        if (what->kind == EK_DO_RESET && !ek_shots_facts_unseen(facts, at, (int)what->first))
            raise(&facts->last_mixed[what->first], (int64_t)at);
    }
}

/* reads[e]: the last instruction that evaluates expression e itself. */
static void note_roots(const ek_dynamic *program, int64_t *reads)
{
    for (size_t at = 0; at < program->instruction_count; at++) {
        const struct ek_instruction *what = &program->instructions[at];
        if (what->kind == EK_DO_ASSIGN || what->kind == EK_DO_ASSIGN_BITS ||
            what->kind == EK_DO_BRANCH)
            reads[what->expression] = (int64_t)at;
        for (size_t i = what->first; what->kind == EK_DO_GATES && i < what->first + what->count;
             i++) {
            const struct ek_op *op = &program->circuit->ops[i];
            for (size_t a = op->angles; a < op->angles + op->angle_count; a++) {
                const int parameter = program->circuit->angles[a].parameter;
                if (parameter >= 0)
                    reads[program->parameter_expressions[parameter]] = (int64_t)at;
            }
        }
    }
}

/* Operands stand before the nodes that use them: one walk down reaches all. */
static ek_status note_reads(const ek_dynamic *program, struct ek_shots_facts *facts)
{
    int64_t *reads = NULL;
    EK_TRY(EK_NEW_RAW(reads, program->expression_count));
    for (size_t e = 0; e < program->expression_count; e++) reads[e] = -1;
    note_roots(program, reads);
    for (size_t e = program->expression_count; e-- > 0;) {
        const struct ek_expression *node = &program->expressions[e];
        if (node->left >= 0) raise(&reads[node->left], reads[e]);
        if (node->right >= 0) raise(&reads[node->right], reads[e]);
        const int width = node->op == EK_EXPR_BIT        ? 1
                          : node->op == EK_EXPR_REGISTER ? node->count
                                                         : 0;
        for (int c = node->first; c < node->first + width; c++)
            raise(&facts->last_read[c], reads[e]);
    }
    ek_release(reads);
    return EK_OK;
}

static void find_targets(const ek_dynamic *program, struct ek_shots_facts *facts)
{
    facts->lowest_target[facts->count] = (int64_t)facts->count;
    for (size_t at = facts->count; at-- > 0;) {
        const struct ek_instruction *what = &program->instructions[at];
        int64_t *lowest = &facts->lowest_target[at];
        *lowest = facts->lowest_target[at + 1];
        if ((what->kind == EK_DO_BRANCH || what->kind == EK_DO_JUMP) && what->target < *lowest)
            *lowest = what->target;
    }
}

ek_status ek_shots_facts_find(const ek_dynamic *program, bool keeps_state,
                              struct ek_shots_facts *facts)
{
    *facts = (struct ek_shots_facts){.count = program->instruction_count,
                                     .keeps_state = keeps_state};
    for (int q = 0; q < 64; q++) facts->last_mixed[q] = facts->last_touched[q] = -1;
    EK_TRY(EK_NEW(facts->lowest_target, facts->count + 1));
    EK_TRY(EK_NEW_RAW(facts->last_read, program->clbits));
    for (int c = 0; c < program->clbits; c++) facts->last_read[c] = -1;
    find_targets(program, facts);
    for (size_t at = 0; at < facts->count; at++) note_qubits(program, at, facts);
    note_resets(program, facts);
    return note_reads(program, facts);
}

void ek_shots_facts_clear(struct ek_shots_facts *facts)
{
    ek_release(facts->lowest_target);
    ek_release(facts->last_read);
    *facts = (struct ek_shots_facts){0};
}

int64_t ek_shots_facts_after(const struct ek_shots_facts *facts, size_t at)
{
    int64_t first = (int64_t)at + 1;
    while (facts->lowest_target[first] < first) first = facts->lowest_target[first];
    return first;
}
