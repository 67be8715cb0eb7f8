/* Pauli sums as text: "coefficient letters" per line. */
#include "io/scan.h"

#include <exaket/run.h>

#include <stdlib.h>

struct sum {
    int qubits; /* 0 until the first line, where that says it */
    size_t count, capacity;
    ek_pauli_term *terms;
};

static ek_status read_letters(struct ek_scan *scan, struct sum *sum, ek_pauli_term *term)
{
    const struct ek_token token = ek_scan_token(scan);
    if (token.length == 0) return EK_FAIL_EXPECTED(scan, token, "a string of I, X, Y and Z");
    if (token.length > EK_QUBITS_MAX)
        return EK_FAIL_IN(scan->file, token.text, "expected at most %d letters, found %zu",
                          EK_QUBITS_MAX, token.length);
    for (size_t i = 0; i < token.length; i++) {
        const uint64_t bit = ek_bit((int)(token.length - 1 - i));
        switch (token.text[i]) {
        case 'I': break;
        case 'X': term->x_mask |= bit; break;
        case 'Y': term->x_mask |= bit, term->z_mask |= bit; break;
        case 'Z': term->z_mask |= bit; break;
        default:
            return EK_FAIL_EXPECTED(scan, ((struct ek_token){token.text + i, 1}),
                                    "one of the letters I, X, Y, Z");
        }
    }
    if (sum->qubits == 0) sum->qubits = (int)token.length;
    if (token.length == (size_t)sum->qubits) return EK_OK;
    return EK_FAIL_IN(scan->file, token.text, "expected %d letters, one per qubit, found %zu",
                      sum->qubits, token.length);
}

static ek_status read_line(struct ek_scan *scan, struct sum *sum)
{
    ek_pauli_term term = {0};
    void *memory = sum->terms;
    EK_TRY(ek_scan_number(scan, "a coefficient", &term.coefficient));
    EK_TRY(read_letters(scan, sum, &term));
    EK_TRY(ek_scan_end_line(scan));
    EK_TRY(ek_grow(&memory, sum->count, sizeof term, sum->count + 1, &sum->capacity));
    sum->terms = memory;
    sum->terms[sum->count++] = term;
    return EK_OK;
}

static ek_status read_all(const ek_file *file, struct sum *sum)
{
    struct ek_scan scan = {.comment = '#'};
    EK_TRY(ek_scan_begin(&scan, file));
    while (ek_scan_next_line(&scan)) EK_TRY(read_line(&scan, sum));
    if (sum->count > 0) return EK_OK;
    return EK_FAIL_EXPECTED(&scan, ek_scan_peek(&scan), "a line \"coefficient letters\"");
}

ek_status ek_pauli_parse(const ek_file *file, int qubits, size_t *count, ek_pauli_term **terms)
{
    struct sum sum = {.qubits = qubits};
    const ek_status status = read_all(file, &sum);
    if (status != EK_OK) {
        ek_release(sum.terms);
        return status;
    }
    *count = sum.count;
    *terms = sum.terms;
    return EK_OK;
}

/* A constant has no state to look for; nor has what cancels to one. */
static ek_status check_varies(const ek_file *file, const ek_hamiltonian *hamiltonian)
{
    ek_hamiltonian_facts facts;
    ek_hamiltonian_get(hamiltonian, &facts);
    for (size_t t = 0; t < facts.term_count; t++)
        if (facts.terms[t].x_mask | facts.terms[t].z_mask) return EK_OK;
    return EK_FAIL_IN(file, file->bytes, "expected a Hamiltonian, found one that is a constant: "
                      "no term has a letter X, Y or Z");
}

ek_status ek_hamiltonian_parse(const ek_file *file, ek_hamiltonian **hamiltonian)
{
    struct sum sum = {0};
    ek_hamiltonian *fresh = NULL;
    ek_status status = read_all(file, &sum);
    if (status == EK_OK)
        status = ek_scan_blame_file(
            file, ek_hamiltonian_create(sum.qubits, sum.count, sum.terms, &fresh));
    ek_release(sum.terms);
    if (status == EK_OK) status = check_varies(file, fresh);
    if (status == EK_OK) *hamiltonian = fresh;
    else ek_hamiltonian_destroy(&fresh);
    return status;
}

void ek_pauli_terms_free(ek_pauli_term **terms)
{
    ek_release(*terms);
    *terms = NULL;
}
