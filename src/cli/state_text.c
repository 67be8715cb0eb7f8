#include "cli/cli.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS_MAX = 20, SHOWN_QUBITS_MAX = 2 };

static void print_qubits(FILE *out, const char *what, const ek_state_part *part)
{
    fprintf(out, "\n%s of qubit%s", what, EK_PLURAL(part->count));
    for (int i = 0; i < part->count; i++) fprintf(out, "%s %d", i > 0 ? "," : "", part->qubits[i]);
}

static double square(ek_complex a) { return a.re * a.re + a.im * a.im; }

static void print_amplitudes(FILE *out, const ek_state_report *report)
{
    char bits[EK_QUBITS_MAX + 1];
    double largest = 0;
    if (report->amplitude_count > 0) fprintf(out, "\nAmplitudes and probabilities\n");
    for (size_t i = 0; i < report->amplitude_count; i++)
        largest = fmax(largest, square(report->amplitudes[i]));
    for (size_t i = 0; i < report->amplitude_count; i++) {
        const ek_complex a = report->amplitudes[i];
        ek_format_bits(report->amplitude_indices[i], report->saved.qubits, bits);
        fprintf(out, "  %s  %+.12f %+.12fi  %.12f", bits, a.re, a.im, square(a));
        print_bar(out, largest > 0 ? square(a) / largest : 0);
    }
}

/* Numbers of outcomes, the most likely first; what differs by rounding alone is equal. */
static const double *sorted_by;

static int by_probability(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    const double p = rint(sorted_by[x] * 0x1p40), q = rint(sorted_by[y] * 0x1p40);
    if (p != q) return p > q ? -1 : 1;
    return (x > y) - (x < y);
}

static void print_marginal(FILE *out, const ek_state_part *part)
{
    const size_t size = (size_t)1 << part->count, rows = size < ROWS_MAX ? size : ROWS_MAX;
    size_t *order = malloc(size * sizeof *order);
    char bits[EK_QUBITS_MAX + 1];
    if (!order) return;
    print_qubits(out, "Outcomes", part);
    fprintf(out, ", the last one first\n");
    for (size_t i = 0; i < size; i++) order[i] = i;
    sorted_by = part->probabilities;
    qsort(order, size, sizeof *order, by_probability);
    for (size_t i = 0; i < rows; i++) {
        const double probability = part->probabilities[order[i]];
        fprintf(out, "  %s  %.12f", ek_format_bits(order[i], part->count, bits), probability);
        print_bar(out, probability / part->probabilities[order[0]]);
    }
    if (rows < size) fprintf(out, "  and %zu more\n", size - rows);
    free(order);
}

static void print_density(FILE *out, const ek_state_part *part)
{
    const size_t rows = (size_t)1 << part->count;
    double purity = 0;
    for (size_t i = 0; i < rows * rows; i++) purity += square(part->matrix[i]);
    print_qubits(out, "Density matrix", part);
    fprintf(out, ": purity %.12f\n", purity);
    if (part->count > SHOWN_QUBITS_MAX) {
        fprintf(out, "  %zu x %zu numbers: see them with --format json\n", rows, rows);
        return;
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < rows; j++)
            fprintf(out, "  %+.6f %+.6fi%s", part->matrix[i * rows + j].re,
                    part->matrix[i * rows + j].im, j + 1 < rows ? "" : "\n");
}

static void print_parts(FILE *out, const ek_state_report *report)
{
    for (size_t i = 0; i < report->part_count; i++) {
        const ek_state_part *part = &report->parts[i];
        switch (part->kind) {
        case EK_PART_MARGINAL: print_marginal(out, part); break;
        case EK_PART_DENSITY: print_density(out, part); break;
        case EK_PART_ENTROPY:
            print_qubits(out, "Entanglement entropy", part);
            fprintf(out, ": %.12f bits\n", part->entropy);
            break;
        }
    }
}

static void print_bloch(FILE *out, const ek_state_report *report)
{
    if (report->bloch) fprintf(out, "\nBloch vectors: qubit, x, y, z, length\n");
    for (int q = 0; report->bloch && q < report->saved.qubits; q++) {
        const ek_bloch b = report->bloch[q];
        fprintf(out, "  %2d  %+.12f  %+.12f  %+.12f  %.12f\n", q, b.x, b.y, b.z,
                sqrt(b.x * b.x + b.y * b.y + b.z * b.z));
    }
}

char *describe_state(const char *path, const ek_state_report *report)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    fprintf(out, "%s: %d qubit%s, %s precision, %s\nnorm %.12f\n", path, report->saved.qubits,
            EK_PLURAL(report->saved.qubits), ek_precision_name(report->saved.precision),
            report->saved.has_checksums ? "checksums are right" : "an old file without checksums",
            report->norm);
    print_amplitudes(out, report);
    print_parts(out, report);
    print_bloch(out, report);
    if (report->other)
        fprintf(out, "\nWith %s: inner product %+.12f %+.12fi, fidelity %.12f\n", report->other,
                report->inner_product.re, report->inner_product.im, report->fidelity);
    fclose(out);
    if (length > 0) text[length - 1] = '\0'; /* the line end is written with it */
    return text;
}
