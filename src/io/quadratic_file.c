#include "io/scan.h"

#include <limits.h>

/* The entries of a quadratic form while its file is read. */
struct form {
    ek_quadratic *entries;
    size_t count, capacity;
    long variables;
    double offset;
};

static ek_status add_entry(struct form *form, long i, long j, double value)
{
    void *entries = form->entries;
    EK_TRY(
        ek_grow(&entries, form->count, sizeof *form->entries, form->count + 1, &form->capacity));
    form->entries = entries;
    form->entries[form->count++] = (ek_quadratic){(int)i, (int)j, value};
    return EK_OK;
}

typedef ek_status make_problem(int variables, size_t count, const ek_quadratic *entries,
                               double offset, ek_problem **problem);

static ek_status finish(const ek_file *file, ek_status status, struct form *form,
                        make_problem *make, ek_problem **problem)
{
    if (status == EK_OK)
        status = ek_scan_blame_file(
            file, make((int)form->variables, form->count, form->entries, form->offset, problem));
    ek_release(form->entries);
    return status;
}

/* ---- QUBO in the format of qbsolv ---------------------------------------------------------- */

/* How many lines of each sort the 'p' line announces, and how many there were so far. */
struct sort {
    const char *name;
    long announced, found;
};

bool ek_file_is_qubo(const ek_file *file)
{
    struct ek_scan scan = {.remark = 'c'};
    if (ek_scan_begin(&scan, file) != EK_OK || !ek_scan_next_line(&scan)) return false;
    const struct ek_token first = ek_scan_token(&scan);
    return ek_token_is(first, "p") && ek_token_is(ek_scan_token(&scan), "qubo");
}

static ek_status read_qubo_header(struct ek_scan *scan, struct form *form, struct sort sorts[2])
{
    ek_scan_next_line(scan);
    EK_TRY(ek_scan_word(scan, "p"));
    EK_TRY(ek_scan_word(scan, "qubo"));
    const struct ek_token topology = ek_scan_token(scan);
    if (topology.length == 0) return EK_FAIL_EXPECTED(scan, topology, "a topology, such as 0");
    EK_TRY(ek_scan_integer(scan, "the number of variables", 1, EK_QUBITS_MAX, &form->variables));
    EK_TRY(ek_scan_integer(scan, "the number of node lines", 0, INT_MAX, &sorts[0].announced));
    EK_TRY(ek_scan_integer(scan, "the number of coupler lines", 0, INT_MAX, &sorts[1].announced));
    return ek_scan_end_line(scan);
}

static ek_status read_qubo_line(struct ek_scan *scan, struct form *form, struct sort sorts[2])
{
    const struct ek_token start = ek_scan_peek(scan);
    long i, j;
    double value;
    EK_TRY(ek_scan_integer(scan, "a variable", 0, form->variables - 1, &i));
    EK_TRY(ek_scan_integer(scan, "a variable", 0, form->variables - 1, &j));
    EK_TRY(ek_scan_number(scan, "a value", &value));
    EK_TRY(ek_scan_end_line(scan));
    struct sort *sort = &sorts[i == j ? 0 : 1];
    if (++sort->found > sort->announced)
        return EK_FAIL_IN(scan->file, start.text,
                          "expected %ld %s lines as the 'p' line says, found more",
                          sort->announced, sort->name);
    return add_entry(form, i, j, value);
}

static ek_status read_qubo(const ek_file *file, struct form *form)
{
    struct ek_scan scan = {.remark = 'c'};
    struct sort sorts[2] = {{.name = "node"}, {.name = "coupler"}};
    char expected[96];
    EK_TRY(ek_scan_begin(&scan, file));
    EK_TRY(read_qubo_header(&scan, form, sorts));
    while (ek_scan_next_line(&scan)) EK_TRY(read_qubo_line(&scan, form, sorts));
    for (int k = 0; k < 2; k++) {
        if (sorts[k].found == sorts[k].announced) continue;
        snprintf(expected, sizeof expected, "%s line %ld of %ld", sorts[k].name,
                 sorts[k].found + 1, sorts[k].announced);
        return EK_FAIL_EXPECTED(&scan, ek_scan_peek(&scan), expected);
    }
    return EK_OK;
}

ek_status ek_qubo_parse(const ek_file *file, ek_problem **problem)
{
    struct form form = {0};
    return finish(file, read_qubo(file, &form), &form, ek_problem_qubo, problem);
}

/* ---- Ising --------------------------------------------------------------------------------- */

/* "i h" has one word behind i, "i j J" has two. */
static bool has_second_index(struct ek_scan scan)
{
    ek_scan_token(&scan);
    return !ek_scan_at_line_end(&scan);
}

static ek_status read_ising_line(struct ek_scan *scan, struct form *form)
{
    long i, j;
    double value;
    if (ek_token_is(ek_scan_peek(scan), "offset")) {
        ek_scan_token(scan);
        EK_TRY(ek_scan_number(scan, "an offset", &value));
        form->offset += value;
        return ek_scan_end_line(scan);
    }
    EK_TRY(ek_scan_integer(scan, "a spin, or 'offset'", 0, EK_QUBITS_MAX - 1, &i));
    j = i;
    if (has_second_index(*scan))
        EK_TRY(ek_scan_integer(scan, "a second spin", 0, EK_QUBITS_MAX - 1, &j));
    EK_TRY(ek_scan_number(scan, i == j ? "a field" : "a coupling", &value));
    EK_TRY(ek_scan_end_line(scan));
    if (i >= form->variables) form->variables = i + 1;
    if (j >= form->variables) form->variables = j + 1;
    return add_entry(form, i, j, value);
}

static ek_status read_ising(const ek_file *file, struct form *form)
{
    struct ek_scan scan = {.comment = '#'};
    EK_TRY(ek_scan_begin(&scan, file));
    while (ek_scan_next_line(&scan)) EK_TRY(read_ising_line(&scan, form));
    if (form->variables > 0) return EK_OK;
    return EK_FAIL_EXPECTED(&scan, ek_scan_peek(&scan), "a line \"i h\" or \"i j J\"");
}

ek_status ek_ising_parse(const ek_file *file, ek_problem **problem)
{
    struct form form = {0};
    return finish(file, read_ising(file, &form), &form, ek_problem_ising, problem);
}
