#include "io/scan.h"

/* One number and a comma behind it, if there is one. */
static ek_status read_entry(struct ek_scan *scan, int *count, double numbers[EK_QUBITS_MAX])
{
    const struct ek_token token = ek_scan_peek(scan);
    double value;
    EK_TRY(ek_scan_number(scan, "a number", &value));
    if (*count == EK_QUBITS_MAX)
        return EK_FAIL_IN(scan->file, token.text, "expected at most %d numbers, found more",
                          EK_QUBITS_MAX);
    numbers[(*count)++] = value;
    if (ek_token_is(ek_scan_peek(scan), ",")) ek_scan_token(scan);
    return EK_OK;
}

static ek_status read_numbers(const ek_file *file, int *count, double numbers[EK_QUBITS_MAX])
{
    struct ek_scan scan = {.comment = '#', .commas = true};
    EK_TRY(ek_scan_begin(&scan, file));
    while (ek_scan_next_line(&scan)) {
        while (!ek_scan_at_line_end(&scan)) EK_TRY(read_entry(&scan, count, numbers));
        ek_scan_skip_line(&scan);
    }
    return *count > 0 ? EK_OK : EK_FAIL_EXPECTED(&scan, ek_scan_peek(&scan), "a number");
}

ek_status ek_partition_parse(const ek_file *file, ek_problem **problem)
{
    double numbers[EK_QUBITS_MAX];
    int count = 0;
    EK_TRY(read_numbers(file, &count, numbers));
    return ek_scan_blame_file(file, ek_problem_partition(count, numbers, problem));
}
