#include "cli/cli.h"

#include <string.h>

struct arguments {
    struct common common;
    const char *input, *output;
    int version;
};

enum { KEY_TO = 0x200 };

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct arguments *given = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case ARGP_KEY_ARG:
        if (given->input) return wrong_usage("'%s': one program at a time", argument);
        given->input = argument;
        return 0;
    case 'o':
        given->output = argument;
        return 0;
    case KEY_TO:
        return read_int("--to", argument, 2, 3, &given->version);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"to", KEY_TO, "2|3", 0, "Version of OpenQASM to write (default: 3)", 0},
    {"output", 'o', "FILE", 0, "Write to FILE (default: the standard output)", 0},
    {0}};

static const char documentation[] =
    "Reads an OpenQASM 2 or 3 program and writes it in either version. Definitions are opened and "
    "constant loops unrolled; reading the result gives the same program again, operation for "
    "operation. What version 2 cannot say is refused with its place."
    "\v"
    "Examples:\n"
    "  exaket convert old.qasm -o new.qasm\n"
    "  exaket convert --to 2 new.qasm";

static const struct argp argp = {.options = options,
                                 .parser = parse,
                                 .args_doc = "FILE",
                                 .doc = documentation,
                                 .children = common_children};

/* The leader alone makes the text. */
static int write_program(ek_session *session, const struct arguments *given,
                         const ek_dynamic *program)
{
    char *text = NULL;
    ek_status status = EK_OK;
    if (ek_session_rank(session) == 0) status = ek_qasm_write(program, given->version, &text);
    status = ek_session_agree(session, status);
    if (status != EK_OK) return report_failure(status);
    if (text) text[strlen(text) - 1] = '\0'; /* its line end is written with it */
    const int exit_status = write_output(session, given->output, text ? text : "");
    ek_text_free(&text);
    return exit_status;
}

static int convert(ek_session *session, const struct arguments *given)
{
    ek_dynamic *program = NULL;
    if (!can_write(session, given->output)) return FAILED;
    const ek_status status = ek_qasm_load(session, given->input, &program);
    if (status != EK_OK) return report_failure(status);
    const int exit_status = write_program(session, given, program);
    ek_dynamic_destroy(&program);
    return exit_status;
}

int run_convert(int argc, char **argv, const struct common *defaults)
{
    static struct arguments given;
    ek_session *session = NULL;
    int exit_status;
    given = (struct arguments){.common = *defaults, .version = 3};
    if (!parse_options(&argp, "exaket convert", argc, argv, &given, &exit_status))
        return exit_status;
    if (!given.input) return refuse_usage("exaket convert", "no program: name an OpenQASM file");
    if (given.common.json)
        return refuse_usage("exaket convert", "--format json: convert writes OpenQASM only");
    if (!begin_session(&given.common, &session, &exit_status)) return exit_status;
    exit_status = convert(session, &given);
    ek_session_destroy(&session);
    return exit_status;
}
