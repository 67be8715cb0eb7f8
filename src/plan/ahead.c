/* How many operations go with a resident set. Sets are tried by the hundred, and differ in a wire
 * or two: they are counted side by side. */
#include "plan/plan.h"

/* One of each set: its wires, or what has been counted. */
enum { COLUMNS = 2, SETS_PER_COLUMN = 4, SETS = COLUMNS * SETS_PER_COLUMN };
typedef uint64_t column __attribute__((vector_size(SETS_PER_COLUMN * sizeof(uint64_t))));

enum { BETWEEN_LOOKS = 16 }; /* operations */

#define INLINE static inline __attribute__((always_inline))

struct columns {
    column resident, count, to_z, to_x, to_all;
};

INLINE void see(struct columns *c, const struct ek_reach *op)
{
    const uint64_t needed = op->alone ? ~UINT64_C(0) : op->resident;
    const column waits = (needed & ~c->resident) | (op->z_like & c->to_z) |
                         (op->x_like & c->to_x) | (op->neither & c->to_all);
    const column goes = (column)(waits == 0);
    c->count -= goes;
    c->to_z |= (op->x_like | op->neither) & ~goes;
    c->to_x |= (op->z_like | op->neither) & ~goes;
    c->to_all |= op->touched & ~goes;
}

INLINE bool all_closed(const struct columns *columns, uint64_t wires)
{
    uint64_t closed = wires;
    for (int s = 0; s < SETS; s++) {
        const struct columns *c = &columns[s / SETS_PER_COLUMN];
        closed &= c->to_z[s % SETS_PER_COLUMN] & c->to_x[s % SETS_PER_COLUMN];
    }
    return closed == wires;
}

INLINE void count_sets(const struct ek_open *open, uint64_t all, const uint64_t *sets,
                       size_t *counts)
{
    struct columns columns[COLUMNS] = {0};
    for (int s = 0; s < SETS; s++)
        columns[s / SETS_PER_COLUMN].resident[s % SETS_PER_COLUMN] = sets[s];
    for (size_t i = 0; i < open->count && !all_closed(columns, all);) {
        const size_t look = open->count - i < BETWEEN_LOOKS ? open->count : i + BETWEEN_LOOKS;
        for (; i < look; i++)
            for (int c = 0; c < COLUMNS; c++) see(&columns[c], &open->reach[open->op[i]]);
    }
    for (int s = 0; s < SETS; s++)
        counts[s] = columns[s / SETS_PER_COLUMN].count[s % SETS_PER_COLUMN];
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void count_avx2(const struct ek_open *open, uint64_t all,
                                                       const uint64_t *sets, size_t *counts)
{
    count_sets(open, all, sets, counts);
}
#endif

static void count_here(const struct ek_open *open, uint64_t all, const uint64_t *sets,
                       size_t *counts)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        count_avx2(open, all, sets, counts);
        return;
    }
#endif
    count_sets(open, all, sets, counts);
}

void ek_schedule_count(struct ek_schedule *schedule, uint64_t all, int count, const uint64_t *sets,
                       size_t *counts)
{
    const struct ek_open open = ek_schedule_open(schedule);
    for (int first = 0; first < count; first += SETS) {
        uint64_t some[SETS];
        size_t found[SETS];
        const int here = count - first < SETS ? count - first : SETS;
        for (int s = 0; s < SETS; s++) some[s] = sets[first + (s < here ? s : 0)];
        count_here(&open, all, some, found);
        for (int s = 0; s < here; s++) counts[first + s] = found[s];
    }
}
