#include "circuit/circuit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LEVELS = 1 << 16 };

static int by_mask(const void *a, const void *b)
{
    const uint64_t x = ((const ek_spin_term *)a)->mask, y = ((const ek_spin_term *)b)->mask;
    return (x > y) - (x < y);
}

static size_t merge_terms(ek_spin_term *terms, size_t count)
{
    size_t kept = 0;
    qsort(terms, count, sizeof *terms, by_mask);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && terms[kept - 1].mask == terms[i].mask)
            terms[kept - 1].coefficient += terms[i].coefficient;
        else terms[kept++] = terms[i];
    }
    return kept;
}

/* Greatest common divisor of numbers that carry rounding errors: Euclid until the rest
 * is noise. */
static double common_divisor(double a, double b, double noise)
{
    while (b > noise) {
        const double rest = fmod(a, b);
        a = b;
        b = rest < b - noise ? rest : 0; /* a rest just below b is a rounded zero */
    }
    return a;
}

/* f = constant + sum of c_m (+-1): if all c_m are multiples of g, every value lies on the grid
 * constant - sum|c_m| + 2g * {0, ..., sum|c_m| / g}. */
static void find_grid(ek_diagonal *d)
{
    double constant = 0, sum = 0, largest = 0, divisor = 0;
    for (size_t i = 0; i < d->term_count; i++) {
        const double c = fabs(d->terms[i].coefficient);
        if (d->terms[i].mask == 0) constant = d->terms[i].coefficient;
        else sum += c, largest = c > largest ? c : largest;
    }
    const double noise = 1e-9 * largest;
    for (size_t i = 0; i < d->term_count; i++) {
        const double c = fabs(d->terms[i].coefficient);
        if (d->terms[i].mask == 0 || c <= 0) continue;
        divisor =
            c > divisor ? common_divisor(c, divisor, noise) : common_divisor(divisor, c, noise);
        if (sum / divisor > MOST_LEVELS) return;
    }
    /* The divisor found by Euclid must reproduce every coefficient to full accuracy. */
    for (size_t i = 0; i < d->term_count && divisor > 0; i++) {
        const double ratio = d->terms[i].coefficient / divisor;
        if (d->terms[i].mask != 0 && fabs(ratio - round(ratio)) * divisor > 4e-16 * sum) return;
    }
    const double levels = divisor > 0 ? round(sum / divisor) + 1 : 1;
    if (levels > MOST_LEVELS) return;
    d->grid_offset = constant - sum;
    d->grid_step = divisor > 0 ? 2 * divisor : 1;
    d->levels = (uint32_t)levels;
}

static ek_status check_terms(int qubits, size_t count, const ek_spin_term *terms)
{
    double sum = 0; /* no value of f is larger */
    for (size_t i = 0; i < count; i++) {
        if (terms[i].mask & ~ek_low_bits(qubits))
            return EK_FAIL(EK_ERROR_ARGUMENT, "term %zu: mask 0x%llx exceeds %d qubits", i,
                           (unsigned long long)terms[i].mask, qubits);
        if (!isfinite(terms[i].coefficient))
            return EK_FAIL(EK_ERROR_ARGUMENT, "term %zu: coefficient %g is not finite", i,
                           terms[i].coefficient);
        sum += fabs(terms[i].coefficient);
    }
    if (!isfinite(sum))
        return EK_FAIL(EK_ERROR_ARGUMENT, "the coefficients of %zu terms add up to infinity",
                       count);
    return EK_OK;
}

static ek_status create_empty(int qubits, ek_diagonal **diagonal)
{
    if (qubits < 1 || qubits > EK_QUBITS_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "diagonal function of %d qubits: 1 to %d", qubits,
                       EK_QUBITS_MAX);
    EK_TRY(EK_NEW(*diagonal, 1));
    (*diagonal)->qubits = qubits;
    (*diagonal)->handles = 1;
    return EK_OK;
}

ek_status ek_diagonal_create(int qubits, size_t count, const ek_spin_term *terms,
                             ek_diagonal **diagonal)
{
    ek_diagonal *fresh;
    EK_TRY(create_empty(qubits, &fresh));
    ek_status status = check_terms(qubits, count, terms);
    if (status == EK_OK) status = EK_NEW(fresh->terms, count);
    if (status != EK_OK) {
        ek_diagonal_destroy(&fresh);
        return status;
    }
    if (count > 0) memcpy(fresh->terms, terms, count * sizeof *terms);
    fresh->term_count = merge_terms(fresh->terms, count);
    find_grid(fresh);
    *diagonal = fresh;
    return EK_OK;
}

ek_status ek_diagonal_create_function(int qubits, double (*value)(uint64_t index, void *context),
                                      void *context, ek_diagonal **diagonal)
{
    ek_diagonal *fresh;
    EK_TRY(create_empty(qubits, &fresh));
    fresh->function = value;
    fresh->context = context;
    *diagonal = fresh;
    return EK_OK;
}

ek_diagonal *ek_diagonal_share(const ek_diagonal *diagonal)
{
    ek_diagonal *shared = (ek_diagonal *)diagonal; /* only the count of handles changes */
    shared->handles++;
    return shared;
}

void ek_diagonal_destroy(ek_diagonal **diagonal)
{
    if (!diagonal || !*diagonal) return;
    if (--(*diagonal)->handles == 0) {
        ek_release((*diagonal)->terms);
        ek_release(*diagonal);
    }
    *diagonal = NULL;
}

bool ek_diagonal_is_quadratic(const ek_diagonal *diagonal)
{
    for (size_t i = 0; i < diagonal->term_count; i++)
        if (ek_popcount(diagonal->terms[i].mask) > 2) return false;
    return !diagonal->function;
}

int ek_diagonal_qubits(const ek_diagonal *diagonal) { return diagonal->qubits; }

double ek_diagonal_value(const ek_diagonal *diagonal, uint64_t index)
{
    if (diagonal->function) return diagonal->function(index, diagonal->context);
    double value = 0;
    for (size_t i = 0; i < diagonal->term_count; i++) {
        const double c = diagonal->terms[i].coefficient;
        value += ek_parity(diagonal->terms[i].mask & index) ? -c : c;
    }
    return value;
}
