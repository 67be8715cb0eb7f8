#include "problem/problem.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

ek_status ek_terms_add(struct ek_terms *terms, uint64_t mask, double coefficient)
{
    void *items = terms->items;
    EK_TRY(
        ek_grow(&items, terms->count, sizeof *terms->items, terms->count + 1, &terms->capacity));
    terms->items = items;
    terms->items[terms->count++] = (ek_spin_term){mask, coefficient};
    return EK_OK;
}

void ek_terms_clear(struct ek_terms *terms)
{
    ek_release(terms->items);
    *terms = (struct ek_terms){0};
}

/* Points at terms that lie in one array, so their addresses tell which came first. */
static int compare_terms(const void *left, const void *right)
{
    const ek_spin_term *a = *(const ek_spin_term *const *)left;
    const ek_spin_term *b = *(const ek_spin_term *const *)right;
    if (a->mask != b->mask) return a->mask < b->mask ? -1 : 1;
    return a < b ? -1 : a > b;
}

/* Adds up the run of equal masks that begins at `from`; returns the index behind it. */
static size_t add_run(const ek_spin_term **order, size_t from, size_t count, ek_spin_term *sum,
                      double *magnitude)
{
    size_t i = from;
    *sum = (ek_spin_term){order[from]->mask, 0};
    *magnitude = 0;
    for (; i < count && order[i]->mask == sum->mask; i++) {
        sum->coefficient += order[i]->coefficient;
        *magnitude += fabs(order[i]->coefficient);
    }
    return i;
}

/* `merged` has room for all. */
static ek_status merge_ordered(const ek_spin_term **order, size_t count, struct ek_terms *merged)
{
    double total = 0, magnitude;
    ek_spin_term sum;
    for (size_t i = 0; i < count;) {
        i = add_run(order, i, count, &sum, &magnitude);
        total += magnitude;
        if (fabs(sum.coefficient) > DBL_EPSILON * magnitude) merged->items[merged->count++] = sum;
    }
    if (isfinite(total)) return EK_OK;
    return EK_FAIL(EK_ERROR_NUMERIC,
                   "the magnitudes of all terms add up to more than a double holds, expected at "
                   "most %.3g; scale them down",
                   DBL_MAX);
}

ek_status ek_terms_merge(struct ek_terms *terms)
{
    const ek_spin_term **order;
    struct ek_terms merged = {.capacity = terms->count};
    EK_TRY(EK_NEW(order, terms->count));
    ek_status status = EK_NEW(merged.items, terms->count);
    if (status == EK_OK) {
        for (size_t i = 0; i < terms->count; i++) order[i] = &terms->items[i];
        qsort(order, terms->count, sizeof *order, compare_terms);
        status = merge_ordered(order, terms->count, &merged);
    }
    ek_release(order);
    if (status == EK_OK) {
        ek_terms_clear(terms);
        *terms = merged;
    } else {
        ek_terms_clear(&merged);
    }
    return status;
}
