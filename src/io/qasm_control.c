/* Decisions and loops: carried out at once where everything is known, else as branches and jumps.
 */
#include "io/qasm_resolve.h"

/* ---- conditions ---------------------------------------------------------------------------- */

/* Version 2 has one kind of condition: register == integer. */
static ek_status read_old_condition(struct ek_qasm *qasm, const struct qasm_expr *expr,
                                    struct qasm_value *value)
{
    struct qasm_value left, right;
    struct qasm_operand bits;
    if (expr->kind != QASM_EXPR_BINARY || expr->op != QASM_OP_EQUAL ||
        expr->left->kind != QASM_EXPR_NAME || expr->right->kind != QASM_EXPR_INTEGER)
        return FAIL_AT(qasm, expr->place,
                       "expected a condition of the form 'register == integer'");
    EK_TRY(ek_qasm_bits(qasm, expr->left, &bits));
    EK_TRY(ek_qasm_evaluate(qasm, expr->left, false, NULL, &left));
    right = ek_qasm_constant(QASM_TYPE_UINT, (union ek_value){.u = expr->right->integer});
    return ek_qasm_binary_value(qasm, expr, false, &left, &right, value);
}

static ek_status read_condition(struct ek_qasm *qasm, const struct qasm_expr *expr,
                                struct qasm_value *value)
{
    char name[24];
    if (qasm->lexer.version == 2) return read_old_condition(qasm, expr, value);
    EK_TRY(ek_qasm_evaluate(qasm, expr, false, NULL, value));
    if (value->type == QASM_TYPE_FLOAT || value->type == QASM_TYPE_ANGLE)
        return FAIL_AT(qasm, expr->place, "a condition of type %s, expected bool",
                       ek_qasm_type_name((enum qasm_type_kind)value->type, value->width, name));
    return ek_qasm_cast(qasm, expr->place, QASM_TYPE_BOOL, 0, value);
}

/* What a block does, in a scope of its own. */
static ek_status do_body(struct ek_qasm *qasm, const struct qasm_statement *block,
                         enum qasm_flow *flow)
{
    struct qasm_scope scope;
    ek_qasm_scope_begin(qasm, &scope);
    const ek_status status = ek_qasm_do_list(qasm, block->body, flow);
    ek_qasm_scope_end(qasm);
    return status;
}

/* What a block does where the run decides whether it does: the way it ends is not known. */
static ek_status do_conditional(struct ek_qasm *qasm, const struct qasm_statement *block)
{
    enum qasm_flow flow = QASM_GOES_ON;
    qasm->conditions++;
    const ek_status status = do_body(qasm, block, &flow);
    qasm->conditions--;
    ek_qasm_forget(qasm, block->body);
    return status;
}

/* ---- if ------------------------------------------------------------------------------------ */

/* The branch is closed behind a jump over the other block; an empty one leaves no jump. */
static ek_status do_otherwise(struct ek_qasm *qasm, const struct qasm_statement *what, int branch)
{
    ek_dynamic *program = qasm->program;
    qasm->here = what->place;
    EK_TRY(ek_qasm_instruction(
        qasm, (struct ek_instruction){.kind = EK_DO_JUMP, .target = 0, .expression = -1}));
    const int32_t jump = (int32_t)program->instruction_count - 1;
    EK_TRY(ek_qasm_branch_end(qasm, branch, false));
    EK_TRY(do_conditional(qasm, what->otherwise));
    EK_TRY(ek_qasm_note_gates(qasm));
    if ((int32_t)program->instruction_count > jump + 1) return ek_qasm_aim(qasm, &jump, 1);
    program->instruction_count--;
    return ek_qasm_branch_end(qasm, branch, true);
}

/* Version 2 has one operation behind a condition. */
static ek_status check_old_body(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    const struct qasm_statement *body = what->body->body;
    if (qasm->lexer.version == 3 || body->kind == QASM_DO_CALL || body->kind == QASM_DO_MEASURE ||
        body->kind == QASM_DO_RESET)
        return EK_OK;
    return FAIL_AT(qasm, body->place,
                   "expected a gate, a measurement or a reset behind 'if'; more "
                   "is of OpenQASM 3");
}

ek_status ek_qasm_do_if(struct ek_qasm *qasm, const struct qasm_statement *what,
                        enum qasm_flow *flow)
{
    struct qasm_value condition;
    int node, branch;
    EK_TRY(check_old_body(qasm, what));
    EK_TRY(read_condition(qasm, what->value, &condition));
    if (condition.constant) {
        const struct qasm_statement *chosen = condition.number.u ? what->body : what->otherwise;
        return chosen ? do_body(qasm, chosen, flow) : EK_OK;
    }
    EK_TRY(ek_qasm_value_node(qasm, &condition, &node));
    if (qasm->copies > 0) EK_TRY(ek_qasm_count_step(qasm, what->place));
    const bool plain = !what->otherwise || !what->otherwise->body;
    qasm->here = what->place;
    EK_TRY(ek_qasm_branch_begin(qasm, node, plain, &branch));
    EK_TRY(do_conditional(qasm, what->body));
    return plain ? ek_qasm_branch_end(qasm, branch, true) : do_otherwise(qasm, what, branch);
}

/* ---- switch -------------------------------------------------------------------------------- */

static void *take(struct ek_qasm *qasm, size_t bytes)
{
    return ek_qasm_arena_take(&qasm->scratch, bytes);
}

/* value == a || value == b ... */
static struct qasm_expr *any_equal(struct ek_qasm *qasm, struct qasm_expr *value,
                                   struct qasm_expr *list)
{
    struct qasm_expr *all = NULL;
    for (struct qasm_expr *one = list; one; one = one->next) {
        struct qasm_expr *equal = take(qasm, sizeof *equal), *either = take(qasm, sizeof *either);
        if (!equal || !either) return NULL;
        *equal = (struct qasm_expr){.kind = QASM_EXPR_BINARY,
                                    .op = QASM_OP_EQUAL,
                                    .place = one->place,
                                    .left = value,
                                    .right = one};
        *either = (struct qasm_expr){.kind = QASM_EXPR_BINARY,
                                     .op = QASM_OP_OR,
                                     .place = one->place,
                                     .left = all,
                                     .right = equal};
        all = all ? either : equal;
    }
    return all;
}

/* The cases from `list` on as an if with all others in its else. */
static ek_status nest_cases(struct ek_qasm *qasm, struct qasm_expr *value,
                            struct qasm_statement *list, struct qasm_statement **nested)
{
    struct qasm_statement *deeper = NULL, *decision = take(qasm, sizeof *decision);
    struct qasm_statement *block = take(qasm, sizeof *block);
    if (!decision || !block) return EK_ERROR_MEMORY;
    if (list->next) EK_TRY(nest_cases(qasm, value, list->next, &deeper));
    if (!list->list && list->next)
        return FAIL_AT(qasm, list->place, "the default of a switch stands last");
    *decision = (struct qasm_statement){.kind = QASM_DO_IF,
                                        .place = list->place,
                                        .value = any_equal(qasm, value, list->list),
                                        .body = list->body,
                                        .otherwise = deeper};
    *block = (struct qasm_statement){.kind = QASM_DO_BLOCK,
                                     .place = list->place,
                                     .body = list->list ? decision : list->body->body};
    *nested = block;
    return list->list && !decision->value ? EK_ERROR_MEMORY : EK_OK;
}

enum { CASES_MAX = 256, LABELS_MAX = 1024 };

/* Of one switch: how many there are, and those that are known. */
struct labels {
    int all, count;
    uint64_t values[LABELS_MAX];
    struct qasm_place places[LABELS_MAX];
};

static ek_status refuse_again(struct ek_qasm *qasm, const struct qasm_expr *label,
                              const struct qasm_value *value, struct qasm_place first)
{
    const bool negative = value->type == QASM_TYPE_INT && value->number.i < 0;
    const uint64_t size = negative ? -value->number.u : value->number.u;
    uint32_t line, column;
    EK_TRY(ek_qasm_locate(&qasm->sources, first, &line, &column));
    return FAIL_AT(qasm, label->place, "the label %s%llu again: line %u has it in the same switch",
                   negative ? "-" : "", (unsigned long long)size, line);
}

/* Notes a label, if it is known, and that it is another one than those before. */
static ek_status note_label(struct ek_qasm *qasm, const struct qasm_expr *label,
                            struct labels *labels)
{
    struct qasm_value value;
    if (labels->all++ == LABELS_MAX)
        return FAIL_AT(qasm, label->place, "more than %d labels in one switch", LABELS_MAX);
    EK_TRY(ek_qasm_evaluate(qasm, label, false, NULL, &value));
    if (!value.constant || value.varies || value.type == QASM_TYPE_FLOAT ||
        value.type == QASM_TYPE_ANGLE)
        return EK_OK;
    for (int i = 0; i < labels->count; i++)
        if (labels->values[i] == value.number.u)
            return refuse_again(qasm, label, &value, labels->places[i]);
    labels->values[labels->count] = value.number.u;
    labels->places[labels->count++] = label->place;
    return EK_OK;
}

static ek_status note_cases(struct ek_qasm *qasm, const struct qasm_statement *what,
                            struct labels *labels)
{
    int count = 0;
    for (const struct qasm_statement *one = what->body; one; one = one->next) {
        if (++count > CASES_MAX)
            return FAIL_AT(qasm, what->place, "a switch of more than %d cases", CASES_MAX);
        for (const struct qasm_expr *label = one->list; label; label = label->next)
            EK_TRY(note_label(qasm, label, labels));
    }
    return EK_OK;
}

/* Switches are nested too deep for labels on the stack. */
static ek_status check_cases(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    struct labels *labels = NULL;
    EK_TRY(EK_NEW_RAW(labels, 1));
    labels->all = labels->count = 0;
    const ek_status status = note_cases(qasm, what, labels);
    ek_release(labels);
    return status;
}

ek_status ek_qasm_do_switch(struct ek_qasm *qasm, const struct qasm_statement *what,
                            enum qasm_flow *flow)
{
    struct qasm_statement *nested;
    struct qasm_value value;
    EK_TRY(ek_qasm_evaluate(qasm, what->value, false, NULL, &value));
    if (value.type == QASM_TYPE_FLOAT || value.type == QASM_TYPE_ANGLE)
        return FAIL_AT(qasm, what->value->place, "a switch over a value that is no integer");
    EK_TRY(check_cases(qasm, what));
    if (!what->body) return EK_OK;
    EK_TRY(nest_cases(qasm, what->value, what->body, &nested));
    return do_body(qasm, nested, flow);
}

/* ---- for ----------------------------------------------------------------------------------- */

static ek_status set_flag(struct ek_qasm *qasm, int variable, bool value, struct qasm_place place)
{
    const struct qasm_value flag = ek_qasm_constant(QASM_TYPE_BOOL, (union ek_value){.u = value});
    int node;
    EK_TRY(ek_qasm_value_node(qasm, &flag, &node));
    qasm->here = place;
    return ek_qasm_instruction(
        qasm,
        (struct ek_instruction){.kind = EK_DO_ASSIGN, .target = variable, .expression = node});
}

/* Not this flag, and what was asked before. */
static ek_status and_not(struct ek_qasm *qasm, int variable, struct qasm_value *all)
{
    const struct ek_expression negation = {.op = EK_EXPR_NOT, .type = EK_VALUE_BOOL};
    const struct ek_expression both = {.op = EK_EXPR_AND, .type = EK_VALUE_BOOL};
    struct qasm_value flag = {.type = QASM_TYPE_BOOL, .node = -1};
    EK_TRY(ek_qasm_leaf(qasm, EK_EXPR_VARIABLE, EK_VALUE_BOOL, variable, 0, &flag.node));
    EK_TRY(ek_qasm_apply_operator(qasm, qasm->here, negation, &flag, NULL, &flag));
    if (all->node < 0)
        *all = flag;
    else
        EK_TRY(ek_qasm_apply_operator(qasm, qasm->here, both, all, &flag, all));
    return EK_OK;
}

ek_status ek_qasm_guard(struct ek_qasm *qasm, bool *guarded, int *branch)
{
    const struct qasm_loop *loop = qasm->loop;
    struct qasm_value all = {.type = QASM_TYPE_BOOL, .node = -1};
    if (!loop || loop->is_while) return EK_OK;
    if (loop->may_stop) EK_TRY(and_not(qasm, loop->stopped, &all));
    if (loop->may_skip) EK_TRY(and_not(qasm, loop->skipped, &all));
    if (all.node < 0) return EK_OK;
    *guarded = true;
    return ek_qasm_branch_begin(qasm, all.node, true, branch);
}

/* The loop's variable, constant within one iteration, or a bit. */
static ek_status declare_value(struct ek_qasm *qasm, const struct qasm_statement *what,
                               const struct qasm_value *value, int bit)
{
    struct qasm_symbol *symbol;
    const enum qasm_symbol_kind kind = value ? QASM_IS_CONSTANT : QASM_IS_BITS;
    EK_TRY(ek_qasm_declare(qasm, kind, what->name, what->name_place, &symbol));
    if (value) symbol->value = *value;
    symbol->first = bit;
    symbol->count = 1;
    symbol->single = true;
    return EK_OK;
}

static ek_status do_iteration(struct ek_qasm *qasm, const struct qasm_statement *what,
                              const struct qasm_value *value, int bit, enum qasm_flow *flow)
{
    struct qasm_scope scope;
    ek_qasm_scope_begin(qasm, &scope);
    ek_status status = declare_value(qasm, what, value, bit);
    if (status == EK_OK) status = do_body(qasm, what->body, flow);
    ek_qasm_scope_end(qasm);
    return status;
}

/* One iteration, behind a guard where an iteration before may have stopped the loop. */
static ek_status iterate(struct ek_qasm *qasm, const struct qasm_statement *what,
                         const struct qasm_value *value, int bit, enum qasm_flow *flow)
{
    struct qasm_loop *loop = qasm->loop;
    bool guarded = false;
    int branch = -1;
    EK_TRY(ek_qasm_count_step(qasm, what->place));
    EK_TRY(ek_qasm_guard(qasm, &guarded, &branch));
    if (guarded) qasm->conditions++;
    EK_TRY(do_iteration(qasm, what, value, bit, flow));
    if (loop->may_skip) EK_TRY(set_flag(qasm, loop->skipped, false, what->place));
    loop->may_skip = false;
    if (!guarded) return EK_OK;
    qasm->conditions--;
    *flow = QASM_GOES_ON;
    ek_qasm_forget(qasm, what->body->body);
    return ek_qasm_branch_end(qasm, branch, true);
}

/* Statements of a list that take a step each in every iteration. */
static double count_statements(const struct qasm_statement *list)
{
    double count = 0;
    for (; list; list = list->next) count += list->kind == QASM_DO_CALL;
    return count;
}

static ek_status do_range(struct ek_qasm *qasm, const struct qasm_statement *what,
                          enum qasm_flow *flow)
{
    const struct qasm_expr *range = what->list;
    const enum qasm_type_kind type = what->type.kind;
    int64_t start, stop, step = 1;
    if (!range->left || !range->right)
        return FAIL_AT(qasm, range->place, "a loop over a range without both ends");
    EK_TRY(ek_qasm_whole(qasm, range->left, "the start", INT64_MIN / 4, INT64_MAX / 4, &start));
    EK_TRY(ek_qasm_whole(qasm, range->right, "the end", INT64_MIN / 4, INT64_MAX / 4, &stop));
    if (range->third)
        EK_TRY(ek_qasm_whole(qasm, range->third, "the step", INT64_MIN / 4, INT64_MAX / 4, &step));
    if (step == 0) return FAIL_AT(qasm, range->third->place, "the step of a range is 0");
    if (type == QASM_TYPE_BIT || type == QASM_TYPE_BOOL)
        return FAIL_AT(qasm, what->type.place, "a loop over integers, expected int or uint");
    EK_TRY(ek_qasm_foresee(qasm, what->place, (double)(stop - start) / (double)step + 1,
                           1 + count_statements(what->body->body)));
    for (int64_t i = start; step > 0 ? i <= stop : i >= stop; i += step) {
        struct qasm_value value = ek_qasm_int(i);
        EK_TRY(ek_qasm_assignable(qasm, range->place, type, 0, &value));
        EK_TRY(iterate(qasm, what, &value, 0, flow));
        if (*flow == QASM_BREAKS || *flow == QASM_ENDS) return EK_OK;
        *flow = QASM_GOES_ON;
    }
    return EK_OK;
}

static ek_status do_set(struct ek_qasm *qasm, const struct qasm_statement *what,
                        enum qasm_flow *flow)
{
    for (const struct qasm_expr *one = what->list->left; one; one = one->next) {
        struct qasm_value value;
        EK_TRY(ek_qasm_evaluate(qasm, one, false, NULL, &value));
        if (!value.constant)
            return FAIL_AT(qasm, one->place, "a loop over a value that is known only at run time");
        EK_TRY(ek_qasm_assignable(qasm, one->place, what->type.kind, 0, &value));
        EK_TRY(iterate(qasm, what, &value, 0, flow));
        if (*flow == QASM_BREAKS || *flow == QASM_ENDS) return EK_OK;
        *flow = QASM_GOES_ON;
    }
    return EK_OK;
}

/* Whether the body of a loop over bits may change any of them, or the loop's variable. */
static bool may_change_bits(const struct ek_qasm *qasm, int variable,
                            const struct qasm_statement *list)
{
    for (; list; list = list->next) {
        if (list->kind == QASM_DO_ALIAS || (list->kind == QASM_DO_MEASURE && list->target))
            return true;
        if (list->kind == QASM_DO_ASSIGN) {
            const struct qasm_symbol *symbol = ek_qasm_find(qasm, list->target->name);
            if (!symbol || symbol->kind != QASM_IS_VARIABLE || list->target->name == variable)
                return true;
        }
        if (may_change_bits(qasm, variable, list->body) ||
            may_change_bits(qasm, variable, list->otherwise))
            return true;
    }
    return false;
}

/* A loop goes over the values that the bits have when it begins. */
static ek_status copy_bits(struct ek_qasm *qasm, struct qasm_statement *what,
                           struct qasm_operand *bits)
{
    struct qasm_operand copy = {
        .count = 1, .single = true, .of_bits = true, .place = bits->place};
    int first;
    EK_TRY(ek_qasm_local_bits(qasm, what, bits->count, &first));
    for (int i = 0; i < bits->count; i++) {
        struct qasm_value value = {.type = QASM_TYPE_BIT, .width = 1, .node = -1};
        EK_TRY(ek_qasm_leaf(qasm, EK_EXPR_BIT, EK_VALUE_UINT, ek_qasm_element(bits, i), 0,
                            &value.node));
        copy.first = first + i;
        EK_TRY(ek_qasm_store_bits(qasm, &copy, &value, bits->place));
    }
    bits->list = NULL;
    bits->first = first;
    return EK_OK;
}

static ek_status do_register(struct ek_qasm *qasm, struct qasm_statement *what,
                             enum qasm_flow *flow)
{
    struct qasm_operand bits;
    if (what->list->kind != QASM_EXPR_NAME && what->list->kind != QASM_EXPR_INDEX)
        return FAIL_AT(qasm, what->list->place,
                       "a loop over a value; expected a range [a:b], a "
                       "set {a, b} or a register of bits");
    EK_TRY(ek_qasm_bits(qasm, what->list, &bits));
    if (what->type.kind != QASM_TYPE_BIT)
        return FAIL_AT(qasm, what->type.place, "a loop over bits, expected bit");
    if (may_change_bits(qasm, what->name, what->body->body))
        EK_TRY(copy_bits(qasm, what, &bits));
    for (int i = 0; i < bits.count; i++) {
        EK_TRY(iterate(qasm, what, NULL, ek_qasm_element(&bits, i), flow));
        if (*flow == QASM_BREAKS || *flow == QASM_ENDS) return EK_OK;
        *flow = QASM_GOES_ON;
    }
    return EK_OK;
}

ek_status ek_qasm_do_for(struct ek_qasm *qasm, struct qasm_statement *what,
                         enum qasm_flow *flow)
{
    struct qasm_loop loop = {
        .outer = qasm->loop, .conditions = qasm->conditions, .stopped = -1, .skipped = -1};
    const int guards = qasm->guards;
    qasm->loop = &loop;
    qasm->copies++;
    const ek_status status = what->list->kind == QASM_EXPR_RANGE ? do_range(qasm, what, flow)
                             : what->list->kind == QASM_EXPR_SET ? do_set(qasm, what, flow)
                                                                 : do_register(qasm, what, flow);
    qasm->copies--;
    qasm->loop = loop.outer;
    qasm->guards = guards;
    if (*flow != QASM_ENDS) *flow = QASM_GOES_ON;
    EK_TRY(status);
    return loop.may_stop ? set_flag(qasm, loop.stopped, false, what->place) : EK_OK;
}

/* ---- while --------------------------------------------------------------------------------- */

/* Whether something within the statements leaves the loop around them. */
static bool leaves(const struct qasm_statement *list, bool in_loop)
{
    for (; list; list = list->next) {
        const bool loops = list->kind == QASM_DO_FOR || list->kind == QASM_DO_WHILE;
        if (list->kind == QASM_DO_END || (list->kind == QASM_DO_BREAK && !in_loop)) return true;
        if (leaves(list->body, in_loop || loops) || leaves(list->otherwise, in_loop)) return true;
    }
    return false;
}

/* From the condition to the jump back to it. */
static ek_status do_turn(struct ek_qasm *qasm, const struct qasm_statement *what, int condition,
                         int counter)
{
    const uint64_t bound = what->bound > 0 ? what->bound : QASM_BOUND;
    int branch;
    EK_TRY(ek_qasm_branch_begin(qasm, condition, false, &branch));
    EK_TRY(ek_qasm_instruction(
        qasm, (struct ek_instruction){
                  .kind = EK_DO_LOOP, .target = counter, .limit = bound, .expression = -1}));
    EK_TRY(do_conditional(qasm, what->body));
    qasm->here = what->place;
    EK_TRY(ek_qasm_instruction(qasm, (struct ek_instruction){.kind = EK_DO_JUMP,
                                                             .target = qasm->loop->head,
                                                             .expression = -1}));
    EK_TRY(ek_qasm_branch_end(qasm, branch, false));
    return ek_qasm_aim(qasm, qasm->loop->exits, qasm->loop->exit_count);
}

static ek_status begin_loop(struct ek_qasm *qasm, const struct qasm_statement *what, int *counter)
{
    const struct qasm_value zero = ek_qasm_constant(QASM_TYPE_UINT, (union ek_value){.u = 0});
    int node;
    EK_TRY(ek_qasm_counter(qasm, counter));
    EK_TRY(ek_qasm_value_node(qasm, &zero, &node));
    qasm->here = what->place;
    EK_TRY(ek_qasm_instruction(
        qasm,
        (struct ek_instruction){.kind = EK_DO_ASSIGN, .target = *counter, .expression = node}));
    return ek_qasm_aim(qasm, NULL, 0); /* nothing merges across the head */
}

ek_status ek_qasm_do_while(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    struct qasm_loop loop = {.outer = qasm->loop,
                             .is_while = true,
                             .stopped = -1,
                             .skipped = -1,
                             .conditions = qasm->conditions};
    struct qasm_value condition;
    int node, counter;
    ek_qasm_forget(qasm, what->body->body);
    EK_TRY(read_condition(qasm, what->value, &condition));
    if (condition.constant && !condition.number.u) return EK_OK;
    if (condition.constant && !leaves(what->body->body, false))
        return FAIL_AT(qasm, what->place,
                       "an unbounded loop: its condition is always true, and "
                       "nothing breaks it");
    if (qasm->copies > 0) EK_TRY(ek_qasm_count_step(qasm, what->place));
    EK_TRY(ek_qasm_value_node(qasm, &condition, &node));
    EK_TRY(begin_loop(qasm, what, &counter));
    loop.head = (int)qasm->program->instruction_count;
    qasm->loop = &loop;
    const ek_status status = do_turn(qasm, what, node, counter);
    qasm->loop = loop.outer;
    ek_release(loop.exits);
    return status;
}

/* ---- jumps --------------------------------------------------------------------------------- */

static ek_status add_jump(struct ek_qasm *qasm, int target, int32_t **list, size_t *count,
                          size_t *capacity)
{
    void *memory = *list;
    EK_TRY(ek_qasm_instruction(
        qasm, (struct ek_instruction){.kind = EK_DO_JUMP, .target = target, .expression = -1}));
    EK_TRY(ek_grow(&memory, *count, sizeof **list, *count + 1, capacity));
    *list = memory;
    (*list)[(*count)++] = (int32_t)qasm->program->instruction_count - 1;
    return EK_OK;
}

/* In an unrolled loop, where the run decides. */
static ek_status remember(struct ek_qasm *qasm, struct qasm_loop *loop, bool stops,
                          struct qasm_place place)
{
    int *variable = stops ? &loop->stopped : &loop->skipped;
    if (*variable < 0)
        EK_TRY(
            ek_qasm_hidden_variable(qasm, stops ? "__stop" : "__skip", QASM_TYPE_BOOL, variable));
    if (stops)
        loop->may_stop = true;
    else
        loop->may_skip = true;
    qasm->guards++;
    return set_flag(qasm, *variable, true, place);
}

ek_status ek_qasm_do_jump(struct ek_qasm *qasm, const struct qasm_statement *what,
                          enum qasm_flow *flow)
{
    struct qasm_loop *loop = qasm->loop;
    const bool stops = what->kind == QASM_DO_BREAK;
    qasm->here = what->place;
    if (what->kind == QASM_DO_END) {
        *flow = QASM_ENDS;
        if (qasm->conditions == 0) return EK_OK;
        return add_jump(qasm, 0, &qasm->ends, &qasm->end_count, &qasm->end_capacity);
    }
    if (!loop)
        return FAIL_AT(qasm, what->place, "'%s' outside of a loop", stops ? "break" : "continue");
    *flow = stops ? QASM_BREAKS : QASM_CONTINUES;
    if (!loop->is_while && qasm->conditions == loop->conditions && !loop->may_skip) return EK_OK;
    if (!loop->is_while) return remember(qasm, loop, stops, what->place);
    if (stops) return add_jump(qasm, 0, &loop->exits, &loop->exit_count, &loop->exit_capacity);
    return ek_qasm_instruction(
        qasm, (struct ek_instruction){.kind = EK_DO_JUMP, .target = loop->head, .expression = -1});
}
