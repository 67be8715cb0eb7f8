#include "cli/cli.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS_MAX = 20, BAR_MAX = 30 };

static const char bar[BAR_MAX + 1] = "##############################";

/* Numbers of the outcomes by how often they were drawn, most often first. */
struct drawn {
    uint64_t count;
    size_t outcome;
};

static int by_count(const void *a, const void *b)
{
    const struct drawn *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return (x->outcome > y->outcome) - (x->outcome < y->outcome);
}

static void print_head(FILE *out, const char *name, const ek_run_report *report)
{
    const ek_shots_result *result = report->result;
    fprintf(out, "%s: %d qubit%s, %d classical bit%s, %s precision\n", name, result->qubits,
            EK_PLURAL(result->qubits), result->clbits, EK_PLURAL(result->clbits),
            ek_precision_name(report->options->precision));
    if (result->leaves > 1)
        fprintf(out, "%zu branches of measurements in the middle", result->leaves);
    if (result->leaves > 1 && result->groups > 1)
        fprintf(out, ", shared by %d groups of ranks", result->groups);
    if (result->leaves > 1) fprintf(out, "\n");
}

void print_bar(FILE *out, double share)
{
    const int length = share > 0 ? (int)ceil(share * BAR_MAX) : 0;
    fprintf(out, "%s%.*s\n", length > 0 ? "  " : "", length < BAR_MAX ? length : BAR_MAX, bar);
}

/* One line of a table: an outcome, a number, and a bar for its share of the largest. */
static void print_row(FILE *out, const ek_run_report *report, const uint64_t *outcome,
                      const char *value, double share)
{
    const int over_qubits = report->result->over_qubits;
    char *text = malloc(ek_outcome_bytes(report->program, over_qubits));
    if (text) ek_outcome_text(report->program, over_qubits, outcome, text);
    fprintf(out, "  %s  %s", text ? text : "?", value);
    print_bar(out, share);
    free(text);
}

static void print_more(FILE *out, size_t shown, size_t all)
{
    if (shown < all) fprintf(out, "  and %zu more\n", all - shown);
}

static void print_counts(FILE *out, const ek_run_report *report)
{
    const ek_shots_result *result = report->result;
    const size_t shots = report->options->shots;
    const size_t rows = result->outcome_count < ROWS_MAX ? result->outcome_count : ROWS_MAX;
    struct drawn *drawn = calloc(result->outcome_count + 1, sizeof *drawn);
    if (!drawn || shots == 0) {
        free(drawn);
        return;
    }
    for (size_t i = 0; i < result->outcome_count; i++)
        drawn[i] = (struct drawn){result->counts[i], i};
    qsort(drawn, result->outcome_count, sizeof *drawn, by_count);
    fprintf(out, "\nCounts of %zu shot%s, seed %llu\n", shots, EK_PLURAL(shots),
            (unsigned long long)report->options->seed);
    for (size_t i = 0; i < rows; i++) {
        char value[64];
        snprintf(value, sizeof value, "%10llu  %6.2f %%", (unsigned long long)drawn[i].count,
                 100 * (double)drawn[i].count / (double)shots);
        print_row(out, report, result->outcomes + drawn[i].outcome * result->words, value,
                  (double)drawn[i].count / (double)drawn[0].count);
    }
    print_more(out, rows, result->outcome_count);
    free(drawn);
}

static void print_probabilities(FILE *out, const ek_run_report *report)
{
    const ek_shots_result *result = report->result;
    const size_t rows = result->probable_count < ROWS_MAX ? result->probable_count : ROWS_MAX;
    if (report->options->probabilities == 0) return;
    fprintf(out, "\nMost likely outcomes%s\n",
            result->has_probabilities ? "" : ": too many branches to say");
    for (size_t i = 0; i < rows; i++) {
        char value[32];
        snprintf(value, sizeof value, "%.12f", result->probabilities[i]);
        print_row(out, report, result->probable + i * result->words, value,
                  result->probabilities[i] / result->probabilities[0]);
    }
    print_more(out, rows, result->probable_count);
}

static void print_amplitudes(FILE *out, const ek_run_report *report)
{
    const int qubits = report->result->program_qubits;
    char bits[EK_QUBITS_MAX + 1];
    if (report->amplitude_count > 0) fprintf(out, "\nAmplitudes\n");
    for (size_t i = 0; i < report->amplitude_count; i++)
        fprintf(out, "  %s  %+.12f %+.12fi\n",
                ek_format_bits(report->amplitude_indices[i], qubits, bits),
                report->amplitudes[i].re, report->amplitudes[i].im);
}

static void print_expectations(FILE *out, const ek_run_report *report)
{
    if (report->expectation_count > 0) fprintf(out, "\nExpectations\n");
    for (size_t i = 0; i < report->expectation_count; i++)
        fprintf(out, "  %-21s %.12g\n", report->expectation_names[i], report->expectations[i]);
}

static void print_costs(FILE *out, const ek_run_report *report)
{
    const ek_shots_result *result = report->result;
    char parse[32], plan[32], execute[32], sample[32], state[32], peak[32];
    fprintf(out, "\n%d stage%s, %d reshuffle%s, %d pass%s over the memory\n", result->stages,
            EK_PLURAL(result->stages), result->reshuffles,
            EK_PLURAL(result->reshuffles), result->passes,
            result->passes == 1 ? "" : "es");
    fprintf(out, "parsed in %s, planned in %s, executed in %s, sampled in %s\n",
            ek_format_seconds(report->parse_seconds, parse),
            ek_format_seconds(result->plan_seconds, plan),
            ek_format_seconds(result->execute_seconds, execute),
            ek_format_seconds(result->sample_seconds, sample));
    fprintf(out, "%s of state per rank, peak %s per rank",
            ek_format_bytes((double)result->state_bytes_per_rank, state),
            ek_format_bytes((double)report->peak_rss_bytes_per_rank, peak));
}

char *describe_run(const char *name, const ek_run_report *report)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    print_head(out, name, report);
    print_counts(out, report);
    print_probabilities(out, report);
    print_amplitudes(out, report);
    print_expectations(out, report);
    print_costs(out, report);
    fclose(out);
    return text;
}
