/* Instructions as statements: branches and jumps become blocks again. */
#include "io/qasm_write.h"

/* The loop around what is written; head < 0 for none. */
struct surroundings {
    int head, exit;
};

static ek_status write_range(struct qasm_writer *writer, size_t from, size_t to,
                             struct surroundings around);

static void begin_line(struct qasm_writer *writer)
{
    ek_qasm_write_indent(writer);
}
static void end_line(struct qasm_writer *writer)
{
    ek_text_printf(&writer->text, ";\n");
}

static const struct ek_instruction *at(const struct qasm_writer *writer, size_t i)
{
    return &writer->program->instructions[i];
}

/* ---- statements ---------------------------------------------------------------------------- */

/* In version 2 the condition stands before each statement. */
static ek_status begin_statement(struct qasm_writer *writer, int condition)
{
    begin_line(writer);
    if (condition < 0) return EK_OK;
    ek_text_printf(&writer->text, "if(");
    ek_qasm_write_condition(writer, condition);
    ek_text_printf(&writer->text, ") ");
    return EK_OK;
}

static ek_status write_gates(struct qasm_writer *writer, const struct ek_instruction *what,
                             int condition)
{
    for (size_t i = 0; i < what->count; i++) {
        EK_TRY(begin_statement(writer, condition));
        EK_TRY(ek_qasm_write_operation(writer, what->first + i));
        end_line(writer);
    }
    return EK_OK;
}

/* How many measurements from `i` on take a whole register of qubits into a whole one of bits. */
static size_t whole_measurement(const struct qasm_writer *writer, size_t i, size_t to, int *qubits,
                                int *bits)
{
    const ek_dynamic *program = writer->program;
    const struct ek_instruction *first = at(writer, i);
    if (first->target < 0) return 0;
    *bits = writer->bit_register[first->target];
    *qubits = writer->qubit_register[program->declared[first->first]];
    const ek_register *from = &program->registers[EK_REGISTER_QUBITS][*qubits];
    const ek_register *into = &program->registers[EK_REGISTER_BITS][*bits];
    const size_t size = (size_t)into->size;
    if (size < 2 || from->size != into->size || size > to - i || first->target != into->first ||
        program->declared[first->first] != from->first)
        return 0;
    for (size_t k = 0; k < size; k++) {
        const struct ek_instruction *what = at(writer, i + k);
        if (what->kind != EK_DO_MEASURE || what->target != first->target + (int)k ||
            program->declared[what->first] != from->first + (int)k)
            return 0;
    }
    return size;
}

static void write_measurement(struct qasm_writer *writer, int qubits, int bits, int qubit, int bit)
{
    const bool second = writer->version == 2;
    if (second) ek_text_printf(&writer->text, "measure ");
    for (int part = 0; part < 2; part++) {
        const bool is_bit = (part == 0) != second;
        if (part == 1) ek_text_printf(&writer->text, second ? " -> " : " = measure ");
        if (is_bit && bits >= 0)
            ek_qasm_write_name(writer, writer->program->registers[EK_REGISTER_BITS][bits].name);
        else if (is_bit)
            ek_qasm_write_bit(writer, bit);
        else if (qubits >= 0)
            ek_qasm_write_name(writer,
                               writer->program->registers[EK_REGISTER_QUBITS][qubits].name);
        else
            ek_qasm_write_qubit(writer, qubit);
    }
}

static ek_status write_measure(struct qasm_writer *writer, size_t *i, size_t to, int condition)
{
    const struct ek_instruction *what = at(writer, *i);
    int qubits = -1, bits = -1;
    const size_t whole = condition < 0 ? whole_measurement(writer, *i, to, &qubits, &bits) : 0;
    if (whole == 0) qubits = bits = -1;
    EK_TRY(begin_statement(writer, condition));
    if (what->target < 0 && writer->version == 2)
        return FAIL_TO_WRITE(writer, "a measurement into no bit: OpenQASM 2 has none");
    if (what->target < 0) {
        ek_text_printf(&writer->text, "measure ");
        ek_qasm_write_qubit(writer, (int)what->first);
    } else
        write_measurement(writer, qubits, bits, (int)what->first, what->target);
    end_line(writer);
    *i += whole > 0 ? whole - 1 : 0;
    return EK_OK;
}

static ek_status write_barrier(struct qasm_writer *writer, const struct ek_instruction *what)
{
    const char *before = "barrier ";
    begin_line(writer);
    for (int q = 0; q < writer->program->qubits; q++) {
        if (!(what->qubits >> q & 1)) continue;
        ek_text_printf(&writer->text, "%s", before);
        ek_qasm_write_qubit(writer, q);
        before = writer->version == 2 ? "," : ", ";
    }
    end_line(writer);
    return EK_OK;
}

static ek_status write_assignment(struct qasm_writer *writer, const struct ek_instruction *what)
{
    const ek_dynamic *program = writer->program;
    if (writer->version == 2) return FAIL_TO_WRITE(writer, "an assignment: OpenQASM 2 has none");
    if (what->kind == EK_DO_ASSIGN) {
        const char *name = program->variables[what->target].name;
        if (name[0] == '$') return EK_OK; /* of a loop, which has it by itself */
        begin_line(writer);
        ek_qasm_write_name(writer, name);
        ek_text_printf(&writer->text, " = ");
        ek_qasm_write_expression(writer, what->expression);
    } else {
        const int count = (int)what->count;
        begin_line(writer);
        ek_qasm_write_bits(writer, what->target, count);
        ek_text_printf(&writer->text, " = ");
        ek_qasm_write_bit_value(writer, what->expression, count, true);
    }
    end_line(writer);
    return EK_OK;
}

static ek_status write_plain(struct qasm_writer *writer, size_t *i, size_t to, int condition)
{
    const struct ek_instruction *what = at(writer, *i);
    writer->instruction = *i;
    switch (what->kind) {
    case EK_DO_GATES:
        return write_gates(writer, what, condition);
    case EK_DO_MEASURE:
        return write_measure(writer, i, to, condition);
    case EK_DO_RESET:
        EK_TRY(begin_statement(writer, condition));
        ek_text_printf(&writer->text, "reset ");
        ek_qasm_write_qubit(writer, (int)what->first);
        end_line(writer);
        return EK_OK;
    case EK_DO_BARRIER:
        if (what->qubits == 0) return EK_OK;
        if (condition < 0) return write_barrier(writer, what);
        return FAIL_TO_WRITE(writer, "a barrier behind a condition: OpenQASM 2 has none");
    default:
        return write_assignment(writer, what);
    }
}

/* ---- conditions of version 2 --------------------------------------------------------------- */

/* register == integer, the register whole. */
static bool is_old_condition(const struct qasm_writer *writer, int condition)
{
    const ek_dynamic *program = writer->program;
    const struct ek_expression *node = &program->expressions[condition];
    if (node->op != EK_EXPR_EQUAL) return false;
    const struct ek_expression *left = &program->expressions[node->left];
    return left->op == EK_EXPR_REGISTER &&
           program->expressions[node->right].op == EK_EXPR_CONSTANT &&
           ek_qasm_whole_register(writer, EK_REGISTER_BITS, left->first, left->count) >= 0;
}

/* Whether the instruction changes a bit that the condition reads. */
static bool changes(const struct qasm_writer *writer, const struct ek_instruction *what,
                    int condition)
{
    const ek_dynamic *program = writer->program;
    const struct ek_expression *read = &program->expressions[program->expressions[condition].left];
    return what->kind == EK_DO_MEASURE && what->target >= read->first &&
           what->target < read->first + read->count;
}

static ek_status write_old_branch(struct qasm_writer *writer, size_t branch)
{
    const struct ek_instruction *what = at(writer, branch);
    const size_t end = (size_t)what->target;
    writer->instruction = branch;
    if (!is_old_condition(writer, what->expression))
        return FAIL_TO_WRITE(writer,
                             "a condition other than 'register == integer': OpenQASM 2 has "
                             "none");
    for (size_t i = branch + 1; i < end; i++) {
        writer->instruction = i;
        if (at(writer, i)->kind >= EK_DO_ASSIGN)
            return FAIL_TO_WRITE(writer, "more than operations behind a condition: OpenQASM 2 has "
                                         "no blocks");
        if (changes(writer, at(writer, i), what->expression) && i + 1 < end)
            return FAIL_TO_WRITE(writer, "a measurement that changes the condition it stands "
                                         "behind, with more behind it: OpenQASM 2 has no blocks");
        EK_TRY(write_plain(writer, &i, end, what->expression));
    }
    return EK_OK;
}

/* ---- blocks -------------------------------------------------------------------------------- */

static ek_status write_block(struct qasm_writer *writer, size_t from, size_t to,
                             struct surroundings around)
{
    ek_text_printf(&writer->text, " {\n");
    writer->indent++;
    EK_TRY(write_range(writer, from, to, around));
    writer->indent--;
    begin_line(writer);
    ek_text_printf(&writer->text, "}");
    return EK_OK;
}

static ek_status write_while(struct qasm_writer *writer, size_t branch)
{
    const struct ek_instruction *what = at(writer, branch);
    const uint64_t limit = at(writer, branch + 1)->limit;
    const struct surroundings inside = {(int)branch, what->target};
    if (limit != QASM_BOUND) {
        begin_line(writer);
        ek_text_printf(&writer->text, "@bound %llu\n", (unsigned long long)limit);
    }
    begin_line(writer);
    ek_text_printf(&writer->text, "while ");
    ek_qasm_write_head(writer, what->expression);
    EK_TRY(write_block(writer, branch + 2, (size_t)what->target - 1, inside));
    ek_text_printf(&writer->text, "\n");
    return EK_OK;
}

/* Whether the jump before a branch's target leads over an else: not out of a loop or the program.
 */
static bool is_else(const struct qasm_writer *writer, size_t branch, size_t to,
                    struct surroundings around)
{
    const size_t end = (size_t)at(writer, branch)->target;
    const struct ek_instruction *last = at(writer, end - 1);
    if (end - 1 <= branch || last->kind != EK_DO_JUMP) return false;
    const int target = last->target;
    return target >= (int)end && target <= (int)to && target != around.exit &&
           target != around.head && target != (int)writer->program->instruction_count;
}

static ek_status write_if(struct qasm_writer *writer, size_t *i, size_t to,
                          struct surroundings around)
{
    const struct ek_instruction *what = at(writer, *i);
    const size_t end = (size_t)what->target;
    const bool has_else = is_else(writer, *i, to, around);
    begin_line(writer);
    ek_text_printf(&writer->text, "if ");
    ek_qasm_write_head(writer, what->expression);
    EK_TRY(write_block(writer, *i + 1, has_else ? end - 1 : end, around));
    *i = end - 1;
    if (has_else) {
        const size_t far_end = (size_t)at(writer, end - 1)->target;
        ek_text_printf(&writer->text, " else");
        EK_TRY(write_block(writer, end, far_end, around));
        *i = far_end - 1;
    }
    ek_text_printf(&writer->text, "\n");
    return EK_OK;
}

static bool is_while(const struct qasm_writer *writer, size_t branch)
{
    const size_t end = (size_t)at(writer, branch)->target;
    return end >= branch + 3 && at(writer, branch + 1)->kind == EK_DO_LOOP &&
           at(writer, end - 1)->kind == EK_DO_JUMP && at(writer, end - 1)->target == (int)branch;
}

static ek_status write_branch(struct qasm_writer *writer, size_t *i, size_t to,
                              struct surroundings around)
{
    const size_t end = (size_t)at(writer, *i)->target;
    if (end <= *i || end > to)
        return FAIL_TO_WRITE(writer, "a branch that leads out of its block");
    if (is_while(writer, *i)) {
        if (writer->version == 2)
            return FAIL_TO_WRITE(writer, "a loop of the run: OpenQASM 2 has none");
        EK_TRY(write_while(writer, *i));
        *i = end - 1;
        return EK_OK;
    }
    if (writer->version == 3) return write_if(writer, i, to, around);
    EK_TRY(write_old_branch(writer, *i));
    *i = end - 1;
    return EK_OK;
}

static ek_status write_jump(struct qasm_writer *writer, const struct ek_instruction *what,
                            struct surroundings around)
{
    if (writer->version == 2) return FAIL_TO_WRITE(writer, "a jump: OpenQASM 2 has none");
    begin_line(writer);
    if (around.head >= 0 && what->target == around.exit)
        ek_text_printf(&writer->text, "break");
    else if (around.head >= 0 && what->target == around.head)
        ek_text_printf(&writer->text, "continue");
    else if (what->target == (int)writer->program->instruction_count)
        ek_text_printf(&writer->text, "end");
    else
        return FAIL_TO_WRITE(writer, "a jump that is no end of a block");
    end_line(writer);
    return EK_OK;
}

static ek_status write_range(struct qasm_writer *writer, size_t from, size_t to,
                             struct surroundings around)
{
    for (size_t i = from; i < to; i++) {
        writer->instruction = i;
        switch (at(writer, i)->kind) {
        case EK_DO_BRANCH:
            EK_TRY(write_branch(writer, &i, to, around));
            break;
        case EK_DO_JUMP:
            EK_TRY(write_jump(writer, at(writer, i), around));
            break;
        case EK_DO_LOOP:
            return FAIL_TO_WRITE(writer, "the bound of no loop");
        default:
            EK_TRY(write_plain(writer, &i, to, -1));
            break;
        }
    }
    return writer->text.status;
}

ek_status ek_qasm_write_program(struct qasm_writer *writer)
{
    const struct surroundings none = {-1, -1};
    return write_range(writer, 0, writer->program->instruction_count, none);
}
