/* What the actions of the grammar call. Constructors give null when there is no memory or a limit
 * is exceeded; the status is then the reader's. */
#ifndef EK_IO_QASM_PARSE_H
#define EK_IO_QASM_PARSE_H

#include "io/qasm_resolve.h"

struct qasm_expr *ek_qasm_expr(struct ek_qasm *qasm, enum qasm_expr_kind kind,
                               struct qasm_place place, struct qasm_expr *left,
                               struct qasm_expr *right);
struct qasm_expr *ek_qasm_unary(struct ek_qasm *qasm, enum qasm_operator op,
                                struct qasm_place place, struct qasm_expr *operand);
struct qasm_expr *ek_qasm_binary(struct ek_qasm *qasm, enum qasm_operator op,
                                 struct qasm_place place, struct qasm_expr *left,
                                 struct qasm_expr *right);
struct qasm_expr *ek_qasm_call(struct ek_qasm *qasm, int name, struct qasm_place place,
                               struct qasm_expr *arguments);
struct qasm_exprs ek_qasm_append(struct qasm_exprs list, struct qasm_expr *expr);
int ek_qasm_pow_name(const struct ek_qasm *qasm);

struct qasm_statement *ek_qasm_statement(struct ek_qasm *qasm, enum qasm_statement_kind kind,
                                         struct qasm_place place);
struct qasm_statement *ek_qasm_declaration(struct ek_qasm *qasm, int kind, struct qasm_place place,
                                           const struct qasm_expr *name);
/* Notes how deep the statements within a statement are nested; null beyond the limit. */
struct qasm_statement *ek_qasm_deepen(struct ek_qasm *qasm, struct qasm_statement *statement);
struct qasm_modifier *ek_qasm_modifier(struct ek_qasm *qasm, enum qasm_modifier_kind kind,
                                       struct qasm_place place, struct qasm_expr *argument);

void ek_qasm_report_syntax(struct ek_qasm *qasm, struct qasm_place place, const char *found,
                           int count, const char *const *expected);
void ek_qasm_report_nesting(struct ek_qasm *qasm, struct qasm_place place);

#endif
