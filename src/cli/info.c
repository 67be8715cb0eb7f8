#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

enum { FACTS_MAX = 64 };

static error_t parse(int key, char *argument, struct argp_state *state)
{
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = state->input; return 0;
    case ARGP_KEY_ARG: return wrong_usage("'%s': info takes no words", argument);
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const char documentation[] =
    "Says what this build, this machine and this job are: version, compiler, libraries, "
    "instruction set, ranks, threads and where they run, caches, memory, and the largest state "
    "that fits."
    "\v"
    "Example:\n"
    "  mpirun -n 2 exaket info --threads 1";

static const struct argp argp = {
    .parser = parse, .doc = documentation, .children = common_children};

char *describe_facts(size_t count, const ek_fact *facts)
{
    char *text = NULL;
    size_t length = 0, widest = 0;
    FILE *memory = open_memstream(&text, &length);
    if (!memory) return NULL;
    for (size_t i = 0; i < count; i++)
        if (strlen(facts[i].key) > widest) widest = strlen(facts[i].key);
    for (size_t i = 0; i < count; i++)
        fprintf(memory, "%s%-*s  %s", i > 0 ? "\n" : "", (int)widest, facts[i].key,
                facts[i].value);
    fclose(memory);
    return text;
}

static int print(ek_session *session, bool json, size_t count, const ek_fact *facts)
{
    char *text = NULL;
    if (!json) {
        text = describe_facts(count, facts);
        const int exit_status = write_output(session, NULL, text ? text : "");
        free(text);
        return exit_status;
    }
    const ek_status status = ek_session_agree(session, ek_info_json(count, facts, &text));
    const int exit_status = status == EK_OK ? write_output(session, NULL, text)
                                            : report_failure(status);
    ek_text_free(&text);
    return exit_status;
}

int run_info(int argc, char **argv, const struct common *defaults)
{
    static ek_fact facts[FACTS_MAX];
    struct common common = *defaults;
    ek_session *session = NULL;
    size_t count = 0;
    int exit_status;
    if (!parse_options(&argp, "exaket info", argc, argv, &common, &exit_status) ||
        !begin_session(&common, &session, &exit_status))
        return exit_status;
    const ek_status status = ek_info(session, FACTS_MAX, facts, &count);
    exit_status = status == EK_OK ? print(session, common.json, count, facts)
                                  : report_failure(status);
    ek_session_destroy(&session);
    return exit_status;
}
