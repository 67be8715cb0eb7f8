#include "io/results.h"

#include <math.h>
#include <string.h>

void ek_point_result_clear(struct ek_point_result *result)
{
    ek_release(result->gamma);
    ek_release(result->beta);
    ek_release(result->history);
    ek_release(result->outcomes);
    ek_release(result->outcome_counts);
    ek_release(result->outcome_values);
    *result = (struct ek_point_result){0};
}

/* ---- CSV (RFC 4180) --------------------------------------------------------------------------
 */

/* In quotes where a comma, a quote or a line's end needs them. */
static void write_text(struct ek_text *csv, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        ek_text_printf(csv, ",%s", text);
        return;
    }
    ek_text_printf(csv, ",\"");
    for (; *text; text++) ek_text_printf(csv, *text == '"' ? "\"\"" : "%c", *text);
    ek_text_printf(csv, "\"");
}

static void write_number(struct ek_text *csv, double value)
{
    if (isnan(value))
        ek_text_printf(csv, ",nan"); /* without a sign */
    else
        ek_text_printf(csv, ",%.17g", value);
}

static void write_head(const struct ek_results *results, struct ek_text *csv)
{
    ek_text_printf(csv, "id,problem,kind,qubits,layers,status,energy,optimum,approximation_ratio,"
                        "p_optimal,best_value,best_bitstring,evaluations");
    for (size_t i = 0; i < results->parameter_count; i++)
        ek_text_printf(csv, ",param_%s", results->parameter_names[i]);
    ek_text_printf(csv, ",seconds,reason\n");
}

static void write_row(const struct ek_results *results, const struct ek_result_row *row,
                      struct ek_text *csv)
{
    static const struct ek_point_result none = {.energy = NAN,
                                                .optimum = NAN,
                                                .approximation_ratio = NAN,
                                                .p_optimal = NAN,
                                                .best_value = NAN,
                                                .seconds = NAN};
    const struct ek_point_result *result = row->result ? row->result : &none;
    char bits[EK_QUBITS_MAX + 1] = "";
    if (row->result) ek_format_bits(result->best_index, result->qubits, bits);
    ek_text_printf(csv, "%zu", row->id);
    write_text(csv, row->problem);
    write_text(csv, row->kind);
    ek_text_printf(csv, ",%d,%d,%s", row->qubits, row->layers, row->status);
    const double numbers[] = {result->energy, result->optimum, result->approximation_ratio,
                              result->p_optimal, result->best_value};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) write_number(csv, numbers[i]);
    ek_text_printf(csv, ",%s,%d", bits, result->evaluations);
    for (size_t i = 0; i < results->parameter_count; i++) write_number(csv, row->parameters[i]);
    write_number(csv, result->seconds);
    write_text(csv, row->reason);
    ek_text_printf(csv, "\n");
}

ek_status ek_results_write_csv(const struct ek_results *results, const char *folder)
{
    struct ek_text csv = {0};
    write_head(results, &csv);
    for (size_t i = 0; i < results->count; i++) write_row(results, &results->rows[i], &csv);
    ek_status status = csv.status;
    if (status == EK_OK) status = ek_file_write(folder, "results.csv", csv.bytes, csv.length);
    ek_text_clear(&csv);
    return status;
}
