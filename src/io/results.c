#include "io/results.h"

#include <math.h>
#include <string.h>

/* ---- CSV (RFC 4180) ------------------------------------------------------------------------ */

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
    const struct ek_result_layout *layout = ek_result_layout(results->algorithm);
    ek_text_printf(csv, "id,problem,kind,qubits,layers,status");
    for (size_t i = 0; i < layout->field_count; i++)
        ek_text_printf(csv, ",%s", layout->fields[i].column);
    for (size_t i = 0; i < results->parameter_count; i++)
        ek_text_printf(csv, ",param_%s", results->parameter_names[i]);
    ek_text_printf(csv, ",seconds,reason\n");
}

static void write_field(struct ek_text *csv, const struct ek_result_field *field,
                        const struct ek_point_result *result)
{
    char bits[EK_QUBITS_MAX + 1] = "";
    switch (field->type) {
    case EK_FIELD_INTEGER:
        ek_text_printf(csv, ",%d",
                       result ? *(const int *)ek_result_member(result, field->offset) : 0);
        break;
    case EK_FIELD_INDEX:
        if (result)
            ek_format_bits(*(const uint64_t *)ek_result_member(result, field->offset),
                           result->qubits, bits);
        ek_text_printf(csv, ",%s", bits);
        break;
    case EK_FIELD_STOP:
        ek_text_printf(csv, ",%s", ek_result_stop(result, field->offset));
        break;
    case EK_FIELD_NUMBER:
        write_number(csv, result ? ek_result_number(result, field->offset) : (double)NAN);
        break;
    }
}

static void write_row(const struct ek_results *results, const struct ek_result_row *row,
                      struct ek_text *csv)
{
    const struct ek_result_layout *layout = ek_result_layout(results->algorithm);
    ek_text_printf(csv, "%zu", row->id);
    write_text(csv, row->problem);
    write_text(csv, row->kind);
    ek_text_printf(csv, ",%d,%d,%s", row->qubits, row->layers, row->status);
    for (size_t i = 0; i < layout->field_count; i++)
        write_field(csv, &layout->fields[i], row->result);
    for (size_t i = 0; i < results->parameter_count; i++) write_number(csv, row->parameters[i]);
    write_number(csv, row->result ? row->result->seconds : (double)NAN);
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
