/* The grammar of OpenQASM 2 and 3 in one: version 2 is what is left when the words of version 3 are
 * no keywords. What is allowed where, and in which version, is checked by the statements
 * themselves, whose messages can say more. */
%code requires {
#include "io/qasm_resolve.h"
}
%code provides {
int ek_qasm_grammar_lex(EK_QASM_GRAMMAR_STYPE *value, struct qasm_place *place,
                        struct ek_qasm *qasm);
}
%code {
#include "io/qasm_parse.h"

static void ek_qasm_grammar_error(const struct qasm_place *place, struct ek_qasm *qasm,
                                  const char *message);

/* The stack is not to grow: nesting ends where it does. */
#define YYINITDEPTH 4000
#define YYMAXDEPTH 4000

#define YYLLOC_DEFAULT(current, rhs, count)                                                       \
    ((current) = (count) ? YYRHSLOC(rhs, 1) : YYRHSLOC(rhs, 0))

/* Leaves the parser when there was no memory for a node, or a check has failed. */
#define NEED(pointer)                                                                             \
    do {                                                                                          \
        if (!(pointer)) YYABORT;                                                                  \
    } while (0)
}

%define api.pure full
%define api.prefix {ek_qasm_grammar_}
%define api.token.prefix {QASM_TOKEN_}
%define api.location.type {struct qasm_place}
%define parse.error custom
%locations
%param {struct ek_qasm *qasm}
%expect 0

%union {
    int name;
    int op;
    uint64_t integer;
    double real;
    struct qasm_string string;
    struct qasm_expr *expr;
    struct qasm_exprs exprs;
    struct qasm_statement *statement;
    struct qasm_statements statements;
    struct qasm_modifier *modifier;
    struct qasm_modifiers modifiers;
    struct qasm_type type;
}

%token END_OF_FILE 0 "the end of the file"
%token <name> NAME "a name"
%token <integer> INTEGER "an integer"
%token <real> REAL "a number"
%token <string> STRING "a string"
%token <op> COMPOUND "an assignment"
%token OPENQASM "OPENQASM" VERSION "a version" INCLUDE "include"
%token QREG "qreg" CREG "creg" GATE "gate" OPAQUE "opaque" MEASURE "measure" RESET "reset"
%token BARRIER "barrier" IF "if"
%token ELSE "else" FOR "for" IN "in" WHILE "while" SWITCH "switch" CASE "case" DEFAULT "default"
%token BREAK "break" CONTINUE "continue" END "end"
%token QUBIT "qubit" BIT "bit" BOOL "bool" INT "int" UINT "uint" FLOAT "float" ANGLE "angle"
%token CONST "const" INPUT "input" OUTPUT "output" LET "let" NOP "nop"
%token CTRL "ctrl" NEGCTRL "negctrl" INV "inv" POW "pow"
%token TRUE_WORD "true" FALSE_WORD "false"
%token ARROW "->" EQUAL "==" DIFFERENT "!=" LESS_EQUAL "<=" GREATER_EQUAL ">=" AND "&&" OR "||"
%token JOIN "++" POWER "**" SHIFT_LEFT "<<" SHIFT_RIGHT ">>"

/* Never reach the grammar: the lexer turns them into others or into errors. */
%token WORD HARDWARE_QUBIT PRAGMA ANNOTATION OPEN_COMMENT OPEN_STRING BAD_NUMBER BAD_BYTE
%token <name> UNSUPPORTED "an unsupported word"

%precedence THEN
%precedence ELSE
%left OR
%left AND
%left '|'
%left '^'
%left '&'
%left EQUAL DIFFERENT
%left '<' '>' LESS_EQUAL GREATER_EQUAL
%left SHIFT_LEFT SHIFT_RIGHT
%left '+' '-'
%left '*' '/' '%'
%precedence UNARY
%right POWER

%type <expr> expression primary optional_expression index index_item operand designator
%type <expr> optional_designator loop_values measured bare_name
%type <exprs> expressions operands optional_operands angles names index_items parameters joined
%type <statement> statement declaration definition call control block body top
%type <statements> statements cases
%type <statement> case
%type <modifier> modifier
%type <modifiers> modifiers
%type <type> type
%type <op> role register_word

%%

program
    : %empty
    | program top { if (!ek_qasm_carry_out(qasm, $top)) YYABORT; }
    ;

top
    : statement
    | OPENQASM VERSION ';' { NEED($$ = ek_qasm_statement(qasm, QASM_DO_NOTHING, @1)); }
    | INCLUDE STRING ';' {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_INCLUDE, @2));
        $$->string = $STRING;
    }
    ;

statements
    : %empty { $$ = (struct qasm_statements){0}; }
    | statements[list] statement {
        $$ = $list;
        if ($$.last) $$.last->next = $statement;
        else $$.first = $statement;
        $$.last = $statement;
    }
    ;

block
    : '{' statements '}' {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_BLOCK, @1));
        $$->body = $statements.first;
        NEED(ek_qasm_deepen(qasm, $$));
    }
    ;

body
    : statement {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_BLOCK, @1));
        $$->body = $statement;
        NEED(ek_qasm_deepen(qasm, $$));
    }
    ;

statement
    : declaration ';'
    | definition
    | call ';'
    | control
    | block
    | MEASURE operand ';' {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_MEASURE, @1));
        $$->operands = $operand;
    }
    | MEASURE operand ARROW operand[target] ';' {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_MEASURE, @1));
        $$->operands = $2;
        $$->target = $target;
    }
    | RESET operand ';' {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_RESET, @1));
        $$->operands = $operand;
    }
    | BARRIER optional_operands ';' {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_BARRIER, @1));
        $$->operands = $optional_operands.first;
    }
    | NOP optional_operands ';' { NEED($$ = ek_qasm_statement(qasm, QASM_DO_NOTHING, @1)); }
    | operand '=' expression ';' {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_ASSIGN, @1));
        $$->target = $operand;
        $$->value = $expression;
    }
    | operand '=' measured ';' {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_ASSIGN, @1));
        $$->target = $operand;
        $$->measured = $measured;
    }
    | operand COMPOUND expression ';' {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_ASSIGN, @1));
        $$->target = $operand;
        $$->op = (uint8_t)$COMPOUND;
        $$->value = $expression;
        $$->name_place = @2;
    }
    | ';' { NEED($$ = ek_qasm_statement(qasm, QASM_DO_NOTHING, @1)); }
    ;

/* ---- declarations ---------------------------------------------------------------------------- */

declaration
    : register_word bare_name optional_designator {
        NEED($$ = ek_qasm_declaration(qasm, $register_word, @1, $bare_name));
        $$->value = $optional_designator;
    }
    | QUBIT optional_designator bare_name {
        NEED($$ = ek_qasm_declaration(qasm, QASM_DO_QUBITS, @1, $bare_name));
        $$->value = $optional_designator;
    }
    | type bare_name {
        NEED($$ = ek_qasm_declaration(qasm, QASM_DO_DECLARE, @1, $bare_name));
        $$->type = $type;
    }
    | type bare_name '=' expression {
        NEED($$ = ek_qasm_declaration(qasm, QASM_DO_DECLARE, @1, $bare_name));
        $$->type = $type;
        $$->value = $expression;
    }
    | type bare_name '=' measured {
        NEED($$ = ek_qasm_declaration(qasm, QASM_DO_DECLARE, @1, $bare_name));
        $$->type = $type;
        $$->measured = $measured;
    }
    | CONST type bare_name '=' expression {
        NEED($$ = ek_qasm_declaration(qasm, QASM_DO_DECLARE, @1, $bare_name));
        $$->type = $type;
        $$->value = $expression;
        $$->role = QASM_CONSTANT;
    }
    | role type bare_name {
        NEED($$ = ek_qasm_declaration(qasm, QASM_DO_DECLARE, @1, $bare_name));
        $$->type = $type;
        $$->role = (uint8_t)$role;
    }
    | LET bare_name '=' joined {
        NEED($$ = ek_qasm_declaration(qasm, QASM_DO_ALIAS, @1, $bare_name));
        $$->list = $joined.first;
    }
    ;

register_word
    : QREG { $$ = QASM_DO_QUBITS; }
    | CREG { $$ = QASM_DO_BITS; }
    ;

role
    : INPUT { $$ = QASM_INPUT; }
    | OUTPUT { $$ = QASM_OUTPUT; }
    ;

type
    : BIT optional_designator { $$ = (struct qasm_type){QASM_TYPE_BIT, $2, @1}; }
    | INT optional_designator { $$ = (struct qasm_type){QASM_TYPE_INT, $2, @1}; }
    | UINT optional_designator { $$ = (struct qasm_type){QASM_TYPE_UINT, $2, @1}; }
    | FLOAT optional_designator { $$ = (struct qasm_type){QASM_TYPE_FLOAT, $2, @1}; }
    | ANGLE optional_designator { $$ = (struct qasm_type){QASM_TYPE_ANGLE, $2, @1}; }
    | BOOL { $$ = (struct qasm_type){QASM_TYPE_BOOL, NULL, @1}; }
    ;

optional_designator
    : %empty { $$ = NULL; }
    | designator
    ;

designator
    : '[' expression ']' { $$ = $expression; }
    ;

joined
    : operand { $$ = (struct qasm_exprs){$operand, $operand}; }
    | joined[list] JOIN operand { $$ = ek_qasm_append($list, $operand); }
    ;

measured
    : MEASURE operand { $$ = $operand; }
    ;

/* ---- gates ----------------------------------------------------------------------------------- */

definition
    : GATE bare_name parameters names block {
        NEED($$ = ek_qasm_declaration(qasm, QASM_DO_GATE, @1, $bare_name));
        $$->list = $parameters.first;
        $$->operands = $names.first;
        $$->body = $block;
        NEED(ek_qasm_deepen(qasm, $$));
    }
    | OPAQUE bare_name parameters names ';' {
        NEED($$ = ek_qasm_declaration(qasm, QASM_DO_OPAQUE, @1, $bare_name));
        $$->list = $parameters.first;
        $$->operands = $names.first;
    }
    ;

parameters
    : %empty { $$ = (struct qasm_exprs){0}; }
    | '(' ')' { $$ = (struct qasm_exprs){0}; }
    | '(' names ')' { $$ = $names; }
    ;

names
    : bare_name { $$ = (struct qasm_exprs){$1, $1}; }
    | names[list] ',' bare_name { $$ = ek_qasm_append($list, $3); }
    ;

bare_name
    : NAME {
        NEED($$ = ek_qasm_expr(qasm, QASM_EXPR_NAME, @1, NULL, NULL));
        $$->name = $NAME;
    }
    ;

/* The only gate without qubits is gphase, which is a name like any other. */
call
    : modifiers NAME angles optional_operands {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_CALL, @1));
        $$->name = $NAME;
        $$->name_place = @2;
        $$->modifiers = $modifiers;
        $$->list = $angles.first;
        $$->operands = $optional_operands.first;
    }
    | NAME angles optional_operands {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_CALL, @1));
        $$->name = $NAME;
        $$->name_place = @1;
        $$->list = $angles.first;
        $$->operands = $optional_operands.first;
    }
    ;

angles
    : %empty { $$ = (struct qasm_exprs){0}; }
    | '(' ')' { $$ = (struct qasm_exprs){0}; }
    | '(' expressions ')' { $$ = $expressions; }
    ;

modifiers
    : modifier { $$ = (struct qasm_modifiers){$1, $1}; }
    | modifiers[list] modifier {
        $$ = $list;
        $$.last->next = $modifier;
        $$.last = $modifier;
    }
    ;

modifier
    : CTRL '@' { NEED($$ = ek_qasm_modifier(qasm, QASM_CONTROL, @1, NULL)); }
    | CTRL '(' expression ')' '@' {
        NEED($$ = ek_qasm_modifier(qasm, QASM_CONTROL, @1, $expression));
    }
    | NEGCTRL '@' { NEED($$ = ek_qasm_modifier(qasm, QASM_NEGATIVE_CONTROL, @1, NULL)); }
    | NEGCTRL '(' expression ')' '@' {
        NEED($$ = ek_qasm_modifier(qasm, QASM_NEGATIVE_CONTROL, @1, $expression));
    }
    | INV '@' { NEED($$ = ek_qasm_modifier(qasm, QASM_INVERSE, @1, NULL)); }
    | POW '(' expression ')' '@' {
        NEED($$ = ek_qasm_modifier(qasm, QASM_RAISED, @1, $expression));
    }
    ;

/* ---- control --------------------------------------------------------------------------------- */

control
    : IF '(' expression ')' body %prec THEN {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_IF, @1));
        $$->value = $expression;
        $$->body = $body;
        NEED(ek_qasm_deepen(qasm, $$));
    }
    | IF '(' expression ')' body ELSE body[otherwise] {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_IF, @1));
        $$->value = $expression;
        $$->body = $5;
        $$->otherwise = $otherwise;
        $$->name_place = @ELSE;
        NEED(ek_qasm_deepen(qasm, $$));
    }
    | FOR type bare_name IN loop_values body {
        NEED($$ = ek_qasm_declaration(qasm, QASM_DO_FOR, @1, $bare_name));
        $$->type = $type;
        $$->list = $loop_values;
        $$->body = $body;
        NEED(ek_qasm_deepen(qasm, $$));
    }
    | FOR bare_name IN loop_values body {
        NEED($$ = ek_qasm_declaration(qasm, QASM_DO_FOR, @1, $bare_name));
        $$->type = (struct qasm_type){QASM_TYPE_INT, NULL, @1};
        $$->list = $loop_values;
        $$->body = $body;
        NEED(ek_qasm_deepen(qasm, $$));
    }
    | WHILE '(' expression ')' body {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_WHILE, @1));
        $$->value = $expression;
        $$->body = $body;
        NEED(ek_qasm_deepen(qasm, $$));
    }
    | SWITCH '(' expression ')' '{' cases '}' {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_SWITCH, @1));
        $$->value = $expression;
        $$->body = $cases.first;
        NEED(ek_qasm_deepen(qasm, $$));
    }
    | BREAK ';' { NEED($$ = ek_qasm_statement(qasm, QASM_DO_BREAK, @1)); }
    | CONTINUE ';' { NEED($$ = ek_qasm_statement(qasm, QASM_DO_CONTINUE, @1)); }
    | END ';' { NEED($$ = ek_qasm_statement(qasm, QASM_DO_END, @1)); }
    ;

loop_values
    : '[' index_item ']' { $$ = $index_item; }
    | '{' expressions '}' {
        NEED($$ = ek_qasm_expr(qasm, QASM_EXPR_SET, @1, $expressions.first, NULL));
    }
    | operand
    ;

cases
    : %empty { $$ = (struct qasm_statements){0}; }
    | cases[list] case {
        $$ = $list;
        if ($$.last) $$.last->next = $case;
        else $$.first = $case;
        $$.last = $case;
    }
    ;

case
    : CASE expressions block {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_CASE, @1));
        $$->list = $expressions.first;
        $$->body = $block;
        NEED(ek_qasm_deepen(qasm, $$));
    }
    | DEFAULT block {
        NEED($$ = ek_qasm_statement(qasm, QASM_DO_CASE, @1));
        $$->body = $block;
        NEED(ek_qasm_deepen(qasm, $$));
    }
    ;

/* ---- operands and indices -------------------------------------------------------------------- */

optional_operands
    : %empty { $$ = (struct qasm_exprs){0}; }
    | operands
    ;

operands
    : operand { $$ = (struct qasm_exprs){$1, $1}; }
    | operands[list] ',' operand { $$ = ek_qasm_append($list, $3); }
    ;

operand
    : bare_name
    | NAME index {
        NEED($$ = ek_qasm_expr(qasm, QASM_EXPR_INDEX, @1, $index, NULL));
        $$->name = $NAME;
    }
    ;

index
    : '[' index_items ']' { $$ = $index_items.first; }
    | '[' '{' expressions '}' ']' {
        NEED($$ = ek_qasm_expr(qasm, QASM_EXPR_SET, @2, $expressions.first, NULL));
    }
    ;

index_items
    : index_item { $$ = (struct qasm_exprs){$1, $1}; }
    | index_items[list] ',' index_item { $$ = ek_qasm_append($list, $3); }
    ;

index_item
    : expression
    | optional_expression[start] ':' optional_expression[stop] {
        NEED($$ = ek_qasm_expr(qasm, QASM_EXPR_RANGE, @2, $start, $stop));
    }
    | optional_expression[start] ':' optional_expression[step] ':' expression[stop] {
        NEED($$ = ek_qasm_expr(qasm, QASM_EXPR_RANGE, @2, $start, $stop));
        $$->third = $step;
    }
    ;

optional_expression
    : %empty { $$ = NULL; }
    | expression
    ;

/* ---- expressions ----------------------------------------------------------------------------- */

expressions
    : expression { $$ = (struct qasm_exprs){$1, $1}; }
    | expressions[list] ',' expression { $$ = ek_qasm_append($list, $3); }
    ;

expression
    : primary
    | '-' expression %prec UNARY { NEED($$ = ek_qasm_unary(qasm, QASM_OP_NEGATE, @1, $2)); }
    | '!' expression %prec UNARY { NEED($$ = ek_qasm_unary(qasm, QASM_OP_NOT, @1, $2)); }
    | '~' expression %prec UNARY { NEED($$ = ek_qasm_unary(qasm, QASM_OP_INVERT, @1, $2)); }
    | '+' expression %prec UNARY { $$ = $2; }
    | expression POWER expression { NEED($$ = ek_qasm_binary(qasm, QASM_OP_POWER, @2, $1, $3)); }
    | expression '*' expression { NEED($$ = ek_qasm_binary(qasm, QASM_OP_MULTIPLY, @2, $1, $3)); }
    | expression '/' expression { NEED($$ = ek_qasm_binary(qasm, QASM_OP_DIVIDE, @2, $1, $3)); }
    | expression '%' expression { NEED($$ = ek_qasm_binary(qasm, QASM_OP_REMAINDER, @2, $1, $3)); }
    | expression '+' expression { NEED($$ = ek_qasm_binary(qasm, QASM_OP_ADD, @2, $1, $3)); }
    | expression '-' expression { NEED($$ = ek_qasm_binary(qasm, QASM_OP_SUBTRACT, @2, $1, $3)); }
    | expression SHIFT_LEFT expression {
        NEED($$ = ek_qasm_binary(qasm, QASM_OP_SHIFT_LEFT, @2, $1, $3));
    }
    | expression SHIFT_RIGHT expression {
        NEED($$ = ek_qasm_binary(qasm, QASM_OP_SHIFT_RIGHT, @2, $1, $3));
    }
    | expression '<' expression { NEED($$ = ek_qasm_binary(qasm, QASM_OP_LESS, @2, $1, $3)); }
    | expression '>' expression { NEED($$ = ek_qasm_binary(qasm, QASM_OP_GREATER, @2, $1, $3)); }
    | expression LESS_EQUAL expression {
        NEED($$ = ek_qasm_binary(qasm, QASM_OP_LESS_EQUAL, @2, $1, $3));
    }
    | expression GREATER_EQUAL expression {
        NEED($$ = ek_qasm_binary(qasm, QASM_OP_GREATER_EQUAL, @2, $1, $3));
    }
    | expression EQUAL expression { NEED($$ = ek_qasm_binary(qasm, QASM_OP_EQUAL, @2, $1, $3)); }
    | expression DIFFERENT expression {
        NEED($$ = ek_qasm_binary(qasm, QASM_OP_DIFFERENT, @2, $1, $3));
    }
    | expression '&' expression { NEED($$ = ek_qasm_binary(qasm, QASM_OP_BIT_AND, @2, $1, $3)); }
    | expression '^' expression { NEED($$ = ek_qasm_binary(qasm, QASM_OP_BIT_XOR, @2, $1, $3)); }
    | expression '|' expression { NEED($$ = ek_qasm_binary(qasm, QASM_OP_BIT_OR, @2, $1, $3)); }
    | expression AND expression { NEED($$ = ek_qasm_binary(qasm, QASM_OP_AND, @2, $1, $3)); }
    | expression OR expression { NEED($$ = ek_qasm_binary(qasm, QASM_OP_OR, @2, $1, $3)); }
    ;

primary
    : INTEGER {
        NEED($$ = ek_qasm_expr(qasm, QASM_EXPR_INTEGER, @1, NULL, NULL));
        $$->integer = $INTEGER;
    }
    | REAL {
        NEED($$ = ek_qasm_expr(qasm, QASM_EXPR_REAL, @1, NULL, NULL));
        $$->real = $REAL;
    }
    | TRUE_WORD {
        NEED($$ = ek_qasm_expr(qasm, QASM_EXPR_BOOL, @1, NULL, NULL));
        $$->integer = 1;
    }
    | FALSE_WORD { NEED($$ = ek_qasm_expr(qasm, QASM_EXPR_BOOL, @1, NULL, NULL)); }
    | STRING {
        NEED($$ = ek_qasm_expr(qasm, QASM_EXPR_STRING, @1, NULL, NULL));
        $$->string = $STRING;
    }
    | operand
    | '(' expression ')' { $$ = $expression; }
    | NAME '(' ')' {
        NEED($$ = ek_qasm_expr(qasm, QASM_EXPR_CALL, @1, NULL, NULL));
        $$->name = $NAME;
    }
    | NAME '(' expressions ')' {
        NEED($$ = ek_qasm_call(qasm, $NAME, @1, $expressions.first));
    }
    | POW '(' expressions ')' {
        NEED($$ = ek_qasm_call(qasm, ek_qasm_pow_name(qasm), @1, $expressions.first));
    }
    | type '(' expression ')' {
        NEED($$ = ek_qasm_expr(qasm, QASM_EXPR_CAST, @1, $expression, NULL));
        $$->type = $type;
    }
    ;

%%

static int yyreport_syntax_error(const yypcontext_t *context, struct ek_qasm *qasm)
{
    enum { MOST = YYNTOKENS };
    yysymbol_kind_t expected[MOST];
    const char *names[MOST];
    int count = yypcontext_expected_tokens(context, expected, MOST);
    const yysymbol_kind_t found = yypcontext_token(context);
    if (count < 0) count = 0;
    for (int i = 0; i < count; i++) names[i] = yysymbol_name(expected[i]);
    ek_qasm_report_syntax(qasm, *yypcontext_location(context), yysymbol_name(found),
                          count, names);
    return 0;
}

static void ek_qasm_grammar_error(const struct qasm_place *place, struct ek_qasm *qasm,
                                  const char *message)
{
    (void)message; /* the stack is full: all else is reported above */
    ek_qasm_report_nesting(qasm, *place);
}
