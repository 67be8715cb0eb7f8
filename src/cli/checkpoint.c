#include "cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { FACTS = 16 };

struct arguments {
    struct common common;
    const char *verb, *file, *output;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct arguments *given = state->input;
    const char **places[] = {&given->verb, &given->file, &given->output};
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = state->input; return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 2) return wrong_usage("'%s': one file too many", argument);
        *places[state->arg_num] = argument;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const char documentation[] =
    "Looks at checkpoints of runs.\n\n"
    "  info FILE           what it says of itself\n"
    "  verify FILE         whether every byte is as it was written\n"
    "  export FILE OUTPUT  its amplitudes, in the order of basis states, as the array\n"
    "                      /amplitudes of an HDF5 file"
    "\v"
    "Examples:\n"
    "  exaket checkpoint info run.ckpt\n"
    "  exaket checkpoint verify run.ckpt && rm run.ckpt.previous\n"
    "  exaket checkpoint export run.ckpt state.h5";

static const struct argp argp = {.parser = parse,
                                 .args_doc = "info|verify|export FILE [OUTPUT]",
                                 .doc = documentation,
                                 .children = common_children};

__attribute__((format(printf, 4, 5))) static void add(ek_fact *facts, size_t *count,
                                                      const char *key, const char *format, ...)
{
    va_list arguments;
    ek_fact *fact = &facts[(*count)++];
    fact->key = key;
    va_start(arguments, format);
    vsnprintf(fact->value, sizeof fact->value, format, arguments);
    va_end(arguments);
}

static char *describe(const struct arguments *given, int verified, const ek_checkpoint_info *info)
{
    ek_fact facts[FACTS];
    size_t count = 0;
    char bytes[32];
    add(facts, &count, "file", "%s", given->file);
    add(facts, &count, "state", "%s", verified ? "verified, whole" : "not verified");
    add(facts, &count, "schema", "%d", info->schema);
    add(facts, &count, "qubits", "%d", info->qubits);
    add(facts, &count, "precision", "%s", ek_precision_name(info->precision));
    add(facts, &count, "amplitudes", "%s", ek_format_bytes((double)info->bytes, bytes));
    add(facts, &count, "blocks", "%llu", (unsigned long long)info->blocks);
    add(facts, &count, "ranks", "%d", info->ranks);
    add(facts, &count, "passes_done", "%llu", (unsigned long long)info->passes);
    add(facts, &count, "passes", "%llu", (unsigned long long)info->passes_total);
    add(facts, &count, "operations_left", "%llu", (unsigned long long)info->operations_left);
    add(facts, &count, "draws", "%llu", (unsigned long long)info->draws);
    add(facts, &count, "seconds", "%.3f", info->seconds);
    add(facts, &count, "norm", "%.15g", info->norm);
    add(facts, &count, "circuit", "%016llx", (unsigned long long)info->circuit);
    return describe_facts(count, facts);
}

static int look(const struct arguments *given)
{
    const int verify = strcmp(given->verb, "verify") == 0;
    ek_checkpoint_info info;
    char *text = NULL;
    ek_status status = ek_checkpoint_look(given->file, verify, &info);
    if (status == EK_OK && given->common.json)
        status = ek_checkpoint_json(given->file, verify, &info, &text);
    if (status != EK_OK) return report_failure(status);
    if (!given->common.json) text = describe(given, verify, &info);
    const int exit_status = write_output(NULL, NULL, text ? text : "");
    ek_text_free(&text);
    return exit_status;
}

int run_checkpoint(int argc, char **argv, const struct common *defaults)
{
    static const char *const verbs[] = {"info", "verify", "export", NULL};
    struct arguments given = {.common = *defaults};
    int exit_status, verb = 0;
    if (!parse_options(&argp, "exaket checkpoint", argc, argv, &given, &exit_status))
        return exit_status;
    while (verbs[verb] && given.verb && strcmp(verbs[verb], given.verb) != 0) verb++;
    if (!given.verb || !verbs[verb])
        return refuse_usage("exaket checkpoint", "expected info, verify or export");
    if (!given.file) return refuse_usage("exaket checkpoint", "no FILE");
    if ((verb == 2) != (given.output != NULL))
        return refuse_usage("exaket checkpoint",
                            verb == 2 ? "export: no OUTPUT" : "one file too many");
    if (!is_leader()) return DONE;
    if (verb < 2) return look(&given);
    const ek_status status = ek_checkpoint_export(given.file, given.output);
    return status == EK_OK ? DONE : report_failure(status);
}
