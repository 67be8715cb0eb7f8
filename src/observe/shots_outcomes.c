/* Outcomes: rows of bits with a count or a weight, and how the end of a branch gives them. */
#include "observe/shots_private.h"

#include <string.h>

enum { COUNT_PARTS = 16, SHOTS_TO_SHARE = 4096 }; /* among threads */

/* ---- rows ---------------------------------------------------------------------------------- */

static int compare(const uint64_t *a, const uint64_t *b, size_t words)
{
    for (size_t w = words; w-- > 0;)
        if (a[w] != b[w]) return a[w] < b[w] ? -1 : 1;
    return 0;
}

/* Sorts by one byte of a word, without changing the order of equals. False where all are equal. */
static bool sort_by_byte(const uint64_t *from, uint64_t *to, size_t count, size_t width,
                         size_t word, int shift)
{
    size_t place[256] = {0}, sum = 0;
    for (size_t i = 0; i < count; i++) place[from[i * width + word] >> shift & 0xff]++;
    if (place[from[word] >> shift & 0xff] == count) return false;
    for (int value = 0; value < 256; value++) {
        const size_t here = place[value];
        place[value] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++) {
        const uint64_t *row = from + i * width;
        memcpy(to + place[row[word] >> shift & 0xff]++ * width, row, width * sizeof *to);
    }
    return true;
}

/* Rows of `words` numbers and one more that goes with them, by the words, the last word first;
 * equals keep their order. */
static ek_status sort_rows(uint64_t *rows, size_t count, size_t words)
{
    uint64_t *spare = NULL, *from = rows;
    if (count < 2) return EK_OK;
    EK_TRY(EK_NEW_RAW(spare, count * (words + 1)));
    uint64_t *to = spare;
    for (size_t word = 0; word < words; word++)
        for (int shift = 0; shift < 64; shift += 8) {
            if (!sort_by_byte(from, to, count, words + 1, word, shift)) continue;
            uint64_t *const swapped = from;
            from = to;
            to = swapped;
        }
    if (from != rows) memcpy(rows, from, count * (words + 1) * sizeof *rows);
    ek_release(spare);
    return EK_OK;
}

ek_status ek_rows_reserve(struct ek_rows *rows, size_t more)
{
    const size_t width = rows->words + 1, needed = rows->count + more;
    if (needed <= rows->capacity) return EK_OK;
    const size_t capacity = needed > 2 * rows->capacity ? needed : 2 * rows->capacity;
    uint64_t *bigger; /* not set to zero, which would take as long as to fill it */
    if (capacity > SIZE_MAX / sizeof *bigger / width)
        return EK_FAIL(EK_ERROR_MEMORY, "%zu outcomes of %zu numbers exceed the address space",
                       capacity, width);
    EK_TRY(EK_NEW_RAW(bigger, capacity * width));
    if (rows->count > 0) memcpy(bigger, rows->rows, rows->count * width * sizeof *bigger);
    ek_release(rows->rows);
    rows->rows = bigger;
    rows->capacity = capacity;
    return EK_OK;
}

ek_status ek_rows_add(struct ek_rows *rows, uint64_t **row)
{
    const size_t width = rows->words + 1;
    EK_TRY(ek_rows_reserve(rows, 1));
    *row = rows->rows + rows->count++ * width;
    memset(*row, 0, width * sizeof **row);
    return EK_OK;
}

static void add_count(uint64_t *to, uint64_t more) { *to += more; }

static void add_weight(uint64_t *to, uint64_t more)
{
    double a, b;
    memcpy(&a, to, sizeof a);
    memcpy(&b, &more, sizeof b);
    a += b;
    memcpy(to, &a, sizeof a);
}

static bool is_increasing(const struct ek_rows *rows)
{
    const size_t words = rows->words, width = words + 1;
    for (size_t i = 1; i < rows->count; i++)
        if (compare(rows->rows + (i - 1) * width, rows->rows + i * width, words) >= 0)
            return false;
    return true;
}

static ek_status merge_equal(struct ek_rows *rows, void (*add)(uint64_t *to, uint64_t more))
{
    const size_t words = rows->words, width = words + 1;
    size_t kept = 0;
    if (is_increasing(rows)) return EK_OK;
    EK_TRY(sort_rows(rows->rows, rows->count, words));
    for (size_t i = 0; i < rows->count; i++) {
        const uint64_t *row = rows->rows + i * width;
        uint64_t *last = kept > 0 ? rows->rows + (kept - 1) * width : NULL;
        if (last && compare(last, row, words) == 0)
            add(last + words, row[words]);
        else
            memmove(rows->rows + kept++ * width, row, width * sizeof *row);
    }
    rows->count = kept;
    return EK_OK;
}

ek_status ek_rows_merge_counts(struct ek_rows *rows) { return merge_equal(rows, add_count); }
ek_status ek_rows_merge_weights(struct ek_rows *rows) { return merge_equal(rows, add_weight); }

/* ---- the end of a branch ------------------------------------------------------------------- */

static int outcome_bits(const ek_dynamic *program, const struct ek_shots_facts *facts)
{
    return facts->measures ? program->clbits : program->declared_qubits;
}

size_t ek_outcome_words(const ek_dynamic *program, const struct ek_shots_facts *facts)
{
    const int bits = outcome_bits(program, facts);
    return bits < 1 ? 1 : (size_t)(bits + 63) / 64;
}

static void add_bit(struct ek_leaf *leaf, int bit, int qubit)
{
    struct ek_leaf_run *last = leaf->count > 0 ? &leaf->runs[leaf->count - 1] : NULL;
    leaf->mask |= ek_bit(qubit);
    if (last && bit == (int)last->word * 64 + last->bit + last->length && bit % 64 != 0 &&
        qubit == last->qubit + last->length)
        last->length++;
    else
        leaf->runs[leaf->count++] = (struct ek_leaf_run){(size_t)bit / 64, (uint8_t)(bit % 64),
                                                         (uint8_t)qubit, 1};
}

static void fill_from_bits(const ek_dynamic *program, const struct ek_machine *machine,
                           const int8_t *place, struct ek_leaf *leaf)
{
    memcpy(leaf->fixed, machine->bits, (size_t)(program->clbits + 63) / 64 * sizeof *leaf->fixed);
    for (size_t r = 0; r < program->register_count[EK_REGISTER_BITS]; r++) {
        const ek_register *here = &program->registers[EK_REGISTER_BITS][r];
        for (int c = here->first; c < here->first + here->size; c++) {
            const bool postponed = machine->postponed[c] >= 0;
            if (postponed || here->is_local) leaf->fixed[c / 64] &= ~ek_bit(c % 64);
            if (postponed && !here->is_local) add_bit(leaf, c, place[machine->postponed[c]]);
        }
    }
}

ek_status ek_leaf_create(const ek_dynamic *program, const struct ek_shots_facts *facts,
                         const struct ek_machine *machine, const int8_t *place,
                         struct ek_leaf *leaf)
{
    struct ek_leaf fresh = {.words = ek_outcome_words(program, facts)};
    const size_t most = fresh.words * 64;
    ek_status status = EK_NEW(fresh.fixed, fresh.words);
    if (status == EK_OK) status = EK_NEW(fresh.runs, most);
    if (status != EK_OK) {
        ek_leaf_clear(&fresh);
        return status;
    }
    if (facts->measures) fill_from_bits(program, machine, place, &fresh);
    for (int q = 0; !facts->measures && q < program->qubits; q++)
        if (place[q] >= 0) add_bit(&fresh, program->declared[q], place[q]);
    *leaf = fresh;
    return EK_OK;
}

void ek_leaf_clear(struct ek_leaf *leaf)
{
    ek_release(leaf->fixed);
    ek_release(leaf->runs);
    *leaf = (struct ek_leaf){0};
}

void ek_leaf_outcome(const struct ek_leaf *leaf, uint64_t index, uint64_t *outcome)
{
    memcpy(outcome, leaf->fixed, leaf->words * sizeof *outcome);
    for (size_t i = 0; i < leaf->count; i++) {
        const struct ek_leaf_run *run = &leaf->runs[i];
        outcome[run->word] |= (index >> run->qubit & ek_low_bits(run->length)) << run->bit;
    }
}

/* Whether a shot is the last of its outcome. */
static bool is_last(const struct ek_leaf *leaf, const uint64_t *drawn, size_t shots, size_t i)
{
    return i + 1 == shots || ((drawn[i + 1] ^ drawn[i]) & leaf->mask) != 0;
}

/* Shots of one part of all, and behind which one the last outcome before them ends. */
struct part {
    size_t begin, end, first;
};

/* The rows of outcomes whose last shot is in the part. */
static void fill_rows(const struct ek_leaf *leaf, const uint64_t *drawn, size_t shots,
                      struct part part, uint64_t *row)
{
    for (size_t i = part.begin; i < part.end; i++) {
        if (!is_last(leaf, drawn, shots, i)) continue;
        ek_leaf_outcome(leaf, drawn[i], row);
        row[leaf->words] = i + 1 - part.first;
        row += leaf->words + 1;
        part.first = i + 1;
    }
}

ek_status ek_leaf_count(const struct ek_leaf *leaf, const uint64_t *drawn, size_t shots,
                        int threads, struct ek_rows *counts)
{
    const size_t parts = shots < SHOTS_TO_SHARE ? 1 : COUNT_PARTS, width = leaf->words + 1;
    struct part part[COUNT_PARTS + 1] = {{0}};
    size_t before[COUNT_PARTS + 1] = {0};
#pragma omp parallel for schedule(static) num_threads(threads) if (parts > 1)
    for (size_t p = 0; p < parts; p++) {
        size_t rows = 0, behind = 0;
        part[p].begin = shots * p / parts;
        part[p].end = shots * (p + 1) / parts;
        for (size_t i = part[p].begin; i < part[p].end; i++)
            if (is_last(leaf, drawn, shots, i)) rows++, behind = i + 1;
        before[p + 1] = rows;
        part[p + 1].first = behind;
    }
    for (size_t p = 0; p < parts; p++) {
        before[p + 1] += before[p];
        if (part[p + 1].first == 0) part[p + 1].first = part[p].first;
    }
    EK_TRY(ek_rows_reserve(counts, before[parts]));
#pragma omp parallel for schedule(static) num_threads(threads) if (parts > 1)
    for (size_t p = 0; p < parts; p++)
        fill_rows(leaf, drawn, shots, part[p], counts->rows + (counts->count + before[p]) * width);
    counts->count += before[parts];
    return EK_OK;
}

/* ---- as text ------------------------------------------------------------------------------- */

void ek_outcome_text(const ek_dynamic *program, int over_qubits, const uint64_t *outcome,
                     char *text)
{
    const ek_register_kind kind = over_qubits ? EK_REGISTER_QUBITS : EK_REGISTER_BITS;
    char *at = text;
    for (int r = ek_dynamic_registers(program, kind); r-- > 0;) {
        const ek_register *here = &program->registers[kind][r];
        if (here->is_local) continue;
        if (at > text && !over_qubits) *at++ = ' ';
        for (int i = here->first + here->size; i-- > here->first;)
            *at++ = outcome[i / 64] >> i % 64 & 1 ? '1' : '0';
    }
    *at = '\0';
}

size_t ek_outcome_bytes(const ek_dynamic *program, int over_qubits)
{
    const ek_register_kind kind = over_qubits ? EK_REGISTER_QUBITS : EK_REGISTER_BITS;
    size_t bytes = 1;
    for (int r = ek_dynamic_registers(program, kind); r-- > 0;) {
        const ek_register *here = &program->registers[kind][r];
        if (!here->is_local) bytes += (size_t)here->size + (bytes > 1 && !over_qubits);
    }
    return bytes;
}
