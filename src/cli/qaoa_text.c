#include "cli/cli.h"

#include <math.h>

enum { ROWS_MAX = 10, BAR_MAX = 30 };

static void print_head(FILE *out, const ek_problem_facts *facts, const ek_qaoa_options *options)
{
    fprintf(out, "%s %s: %s, %d qubit%s, p = %d, mixer %s%s\n\n", facts->kind, facts->name,
            facts->maximize ? "maximise" : "minimise", facts->qubits,
            EK_PLURAL(facts->qubits), options->layers, mixer_names[options->mixer],
            options->warm_start ? ", warm start" : "");
}

static void print_number(FILE *out, const char *label, double value)
{
    if (isfinite(value)) fprintf(out, "  %-21s %.10g\n", label, value);
    else fprintf(out, "  %-21s -\n", label);
}

static void print_angles(FILE *out, const char *label, int count, const double *angles)
{
    fprintf(out, "  %-21s", label);
    for (int i = 0; i < count; i++) fprintf(out, " %.10g", angles[i]);
    fputc('\n', out);
}

static void print_values(FILE *out, const ek_qaoa_options *options, const ek_qaoa_result *result)
{
    char bits[EK_QUBITS_MAX + 1];
    if (result->flips)
        fprintf(out, "  %-21s all spins may flip: half of the state was run\n", "symmetry");
    print_number(out, "energy", result->energy);
    print_number(out, "optimum", result->optimum);
    print_number(out, "approximation ratio", result->approximation_ratio);
    print_number(out, "p(optimum)", result->p_optimal);
    print_number(out, "best sampled value", result->best_value);
    fprintf(out, "  %-21s %s\n", "best sampled bits",
            ek_format_bits(result->best_index, result->qubits, bits));
    print_angles(out, "gamma", result->layers, result->gamma);
    print_angles(out, "beta", result->layers, result->beta);
    fprintf(out, "  %-21s %d (%s)\n", "evaluations", result->evaluations,
            options->optimizer ? options->optimizer : "angles given");
    print_stop(out, result->stopped);
}

static void print_outcomes(FILE *out, const ek_qaoa_result *result)
{
    static const char bar[BAR_MAX + 1] = "##############################";
    const size_t rows = result->outcome_count < ROWS_MAX ? result->outcome_count : ROWS_MAX;
    const int width = result->qubits < 9 ? 9 : result->qubits;
    char bits[EK_QUBITS_MAX + 1];
    fprintf(out, "\n  %-*s  %12s  %8s\n", width, "outcome", "value", "shots");
    for (size_t i = 0; i < rows; i++) {
        const double share =
            (double)result->outcome_counts[i] / (double)result->outcome_counts[0];
        fprintf(out, "  %-*s  %12.6g  %8llu  %.*s\n", width,
                ek_format_bits(result->outcomes[i], result->qubits, bits),
                result->outcome_values[i], (unsigned long long)result->outcome_counts[i],
                (int)ceil(share * BAR_MAX), bar);
    }
    if (rows < result->outcome_count)
        fprintf(out, "  and %zu more\n", result->outcome_count - rows);
}

char *describe_qaoa(const ek_problem *problem, const ek_qaoa_options *options,
                    const ek_qaoa_result *result)
{
    ek_problem_facts facts;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    ek_problem_get(problem, &facts);
    print_head(out, &facts, options);
    print_values(out, options, result);
    print_outcomes(out, result);
    print_run_times(out, result->evaluations, result->prepare_seconds, result->optimize_seconds,
                    result->total_seconds);
    fclose(out);
    return text;
}
