#include "cli/cli.h"

#include <float.h>
#include <string.h>

enum { KEY_PROBLEM = 0x180, KEY_INPUT, KEY_VERTICES, KEY_RISK, KEY_BUDGET };

static const struct argp_option options[] = {
    {0, 0, NULL, 0, "The problem:", 1},
    {"problem", KEY_PROBLEM, "KIND", 0,
     "maxcut (default), qubo, ising, partition, labs, portfolio", 1},
    {"input", KEY_INPUT, "FORMAT", 0, "Format of a graph: auto (default), gset, edges, dimacs", 1},
    {"vertices", KEY_VERTICES, "N", 0, "Vertices of an edge list, isolated ones included", 1},
    {"risk-aversion", KEY_RISK, "R", 0, "Portfolio: weight of the covariance (default: 0.5)", 1},
    {"budget", KEY_BUDGET, "K", 0, "Portfolio: assets to hold (default: half; -1: any number)", 1},
    {0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const char *const kinds[] = {"maxcut",    "qubo", "ising",
                                        "partition", "labs", "portfolio", NULL};
    static const char *const formats[] = {"auto", "gset", "edges", "dimacs", NULL};
    ek_problem_source *source = state->input;
    int choice = 0;
    error_t error = 0;
    switch (key) {
    case KEY_PROBLEM:
        error = read_choice("--problem", argument, kinds, &choice);
        source->kind = kinds[choice];
        return error;
    case KEY_INPUT:
        error = read_choice("--input", argument, formats, &choice);
        source->format = (ek_graph_format)choice;
        return error;
    case KEY_VERTICES:
        return read_int("--vertices", argument, 1, EK_QUBITS_MAX, &source->vertices);
    case KEY_RISK:
        error = read_number("--risk-aversion", argument, &source->risk_aversion);
        /* 0 would ask for the default. */
        if (source->risk_aversion == 0) source->risk_aversion = DBL_MIN;
        return error;
    case KEY_BUDGET:
        error = read_int("--budget", argument, -1, EK_QUBITS_MAX, &source->budget);
        if (!error && source->budget == 0)
            return wrong_usage("--budget '%s': hold at least 1 asset, or -1 for any number",
                               argument);
        return error;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp problem_argp = {.options = options, .parser = parse};

const char *misplaced_problem_option(const ek_problem_source *source)
{
    const char *kind = source->kind ? source->kind : "maxcut";
    const bool portfolio = strcmp(kind, "portfolio") == 0;
    if (source->risk_aversion != 0 && !portfolio)
        return "--risk-aversion is for --problem portfolio";
    if (source->budget != 0 && !portfolio) return "--budget is for --problem portfolio";
    if (source->format != EK_GRAPH_AUTO && strcmp(kind, "maxcut") != 0)
        return "--input is for graphs, of --problem maxcut";
    return NULL;
}
