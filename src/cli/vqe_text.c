#include "cli/cli.h"

#include <math.h>

/* An error that is no matter of digits, as a part of the exact energy. */
static const double FAR = 1e-3;

enum { PARAMETERS_SHOWN = 12, STARTS_SHOWN = 20 };

/* "tfim:8:1.0:open: 8 qubits, 15 terms; hva-terms, 8 layers, 120 parameters, from plus" */
static void print_head(FILE *out, const ek_hamiltonian *hamiltonian,
                       const ek_vqe_options *options, const ek_vqe_result *result)
{
    const ek_ansatz_options *ansatz = &options->ansatz;
    ek_hamiltonian_facts facts;
    ek_hamiltonian_get(hamiltonian, &facts);
    fprintf(out, "%s: %d qubit%s, %zu term%s; %s", facts.name, facts.qubits,
            EK_PLURAL(facts.qubits), facts.term_count, EK_PLURAL(facts.term_count),
            ek_ansatz_kind_name((int)ansatz->kind));
    if (ansatz->kind == EK_ANSATZ_RY || ansatz->kind == EK_ANSATZ_RY_RZ)
        fprintf(out, " %s %s", ek_entanglement_name((int)ansatz->entanglement),
                ek_entangler_name((int)ansatz->entangler));
    fprintf(out, ", %d layer%s, %zu parameter%s, from %s\n\n", result->layers,
            EK_PLURAL(result->layers), result->parameter_count,
            EK_PLURAL(result->parameter_count), result->initial);
}

static void print_number(FILE *out, const char *label, const char *format, double value)
{
    char text[48];
    snprintf(text, sizeof text, format, value);
    fprintf(out, "  %-21s %s\n", label, isfinite(value) ? text : "-");
}

/* An exact energy of 0 is no scale: the terms are one. */
static void print_error(FILE *out, const ek_hamiltonian *hamiltonian, const ek_vqe_result *result)
{
    ek_hamiltonian_facts facts;
    double scale = 0;
    ek_hamiltonian_get(hamiltonian, &facts);
    for (size_t t = 0; t < facts.term_count; t++) scale += fabs(facts.terms[t].coefficient);
    scale = fmax(fabs(result->exact_energy), 1e-6 * scale);
    if (result->error > FAR * scale)
        fprintf(out, "  %-21s %.3g (%.3g%% of the exact energy: not the ground state)\n", "error",
                result->error, 100 * result->error / scale);
    else print_number(out, "error", "%.3g", result->error);
}

static void print_parameters(FILE *out, const ek_vqe_result *result)
{
    fprintf(out, "  %-21s", "parameters");
    for (size_t i = 0; i < result->parameter_count && i < PARAMETERS_SHOWN; i++)
        fprintf(out, " %.8g", result->parameters[i]);
    if (result->parameter_count > PARAMETERS_SHOWN)
        fprintf(out, " ... (all with --format json)");
    fputc('\n', out);
}

static void print_values(FILE *out, const ek_hamiltonian *hamiltonian,
                         const ek_vqe_options *options, const ek_vqe_result *result)
{
    print_number(out, "energy", "%.12g", result->energy);
    print_number(out, "exact energy", "%.12g", result->exact_energy);
    print_error(out, hamiltonian, result);
    print_number(out, "gradient norm", "%.3g", result->gradient_norm);
    print_parameters(out, result);
    fprintf(out, "  %-21s %d (%s)\n", "evaluations", result->evaluations,
            options->optimizer ? options->optimizer : "not optimized");
    print_stop(out, result->stopped);
}

static void print_starts(FILE *out, const ek_vqe_result *result)
{
    const size_t count = result->start_count, rows = count < STARTS_SHOWN ? count : STARTS_SHOWN;
    fprintf(out, "\n  %5s  %16s  %16s  %11s\n", "start", "first energy", "energy", "evaluations");
    for (size_t i = 0; i < rows; i++) {
        const ek_vqe_start *start = &result->starts[i];
        fprintf(out, "  %5zu  %16.12g  %16.12g  %11d%s\n", i, start->first_energy, start->energy,
                start->evaluations, (int)i == result->best_start ? "  best" : "");
    }
    if (rows < count) fprintf(out, "  and %zu more; best is %d\n", count - rows,
                              result->best_start);
}

/* The best energy so far after 1, 2, 5, 10, 20, 50, ... evaluations and at the end. */
static void print_convergence(FILE *out, const ek_vqe_result *result)
{
    static const size_t steps[] = {1, 2, 5};
    const bool exact = isfinite(result->exact_energy);
    size_t mark = 1;
    int step = 0;
    double best = INFINITY, decade = 1;
    fprintf(out, "\n  %11s  %16s%s\n", "evaluations", "best so far", exact ? "       error" : "");
    for (size_t i = 1; i <= result->history_count; i++) {
        best = fmin(best, result->history[i - 1]);
        if (i != mark && i != result->history_count) continue;
        fprintf(out, "  %11zu  %16.12g", i, best);
        if (exact) fprintf(out, "  %10.3g", best - result->exact_energy);
        fputc('\n', out);
        if (i != mark) continue;
        step = (step + 1) % 3;
        if (step == 0) decade *= 10;
        mark = steps[step] * (size_t)decade;
    }
}

char *describe_vqe(const ek_hamiltonian *hamiltonian, const ek_vqe_options *options,
                   const ek_vqe_result *result)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    print_head(out, hamiltonian, options, result);
    print_values(out, hamiltonian, options, result);
    if (result->start_count > 1) print_starts(out, result);
    if (result->history_count > 1) print_convergence(out, result);
    print_run_times(out, result->evaluations, result->prepare_seconds, result->optimize_seconds,
                    result->total_seconds);
    fclose(out);
    return text;
}
