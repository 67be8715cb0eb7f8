/* Fourier transforms in disguise: runs of H on neighbouring qubits, one after the other up or
 * down, where between the H of every two of them stands their controlled phase of +-pi/2^distance.
 * Phases commute with each other, so that their order in the run does not matter. */
#include "circuit/fourier.h"

#include <math.h>
#include <stdlib.h>

enum { FEWEST = 3 };
static const double ANGLE_TOLERANCE = 1e-14;

struct run {
    int count, first, last; /* qubits that have had their H, in this order */
    int direction;          /* of the H: +1 up, -1 down, 0 after the first */
    int sign;               /* of the angles; 0 until the first */
    uint64_t done;
    uint64_t phases[64];    /* per qubit: those of `done` that it has had a phase with */
    int open;               /* phases with qubits that have not had their H */
};

static bool is_h(const struct ek_op *op)
{
    return op->kind == EK_OP_DENSE && op->gate == EK_GATE_H && op->control_mask == 0;
}

/* A phase on two qubits with a number for an angle. */
static bool is_phase(const ek_circuit *circuit, const struct ek_op *op)
{
    return op->kind == EK_OP_TABLE && (op->gate == EK_GATE_CP || op->gate == EK_GATE_P) &&
           ek_popcount(op->control_mask) == 2 && op->control_value == op->control_mask &&
           circuit->angles[op->angles].parameter < 0;
}

static bool take_h(struct run *run, int q)
{
    const uint64_t bit = ek_bit(q);
    if (run->count == 0) {
        *run = (struct run){.count = 1, .first = q, .last = q, .done = bit};
        return true;
    }
    const int step = q - run->last;
    if (run->direction == 0 ? step * step != 1 : step != run->direction) return false;
    if ((run->done & bit) || run->phases[q] != run->done) return false;
    run->direction = step;
    run->open -= run->count;
    run->done |= bit;
    run->last = q;
    run->count++;
    return true;
}

static bool take_phase(struct run *run, uint64_t pair, double angle)
{
    const uint64_t with = pair & run->done, other = pair & ~run->done;
    if (ek_popcount(with) != 1 || run->count == 0) return false;
    const int q = ek_lowest_bit(other), distance = abs(q - ek_lowest_bit(with));
    const double size = ldexp(acos(-1), -distance);
    const int sign = fabs(angle - size) <= ANGLE_TOLERANCE ? 1
                     : fabs(angle + size) <= ANGLE_TOLERANCE ? -1 : 0;
    if (sign == 0 || (run->sign != 0 && sign != run->sign)) return false;
    if (run->phases[q] & with) return false;
    run->sign = sign;
    run->phases[q] |= with;
    run->open++;
    return true;
}

/* Operations of the longest transform that begins at op[0]; 0 when there is none. */
static size_t measure(const ek_circuit *circuit, size_t count, const struct ek_op *op,
                      struct run *found)
{
    struct run run = {0};
    size_t length = 0;
    if (!is_h(op)) return 0;
    for (size_t i = 0; i < count; i++) {
        if (is_h(&op[i])) {
            if (!take_h(&run, op[i].target[0])) break;
        } else if (!is_phase(circuit, &op[i]) ||
                   !take_phase(&run, op[i].control_mask, circuit->angles[op[i].angles].offset)) {
            break;
        }
        if (run.open == 0 && run.count >= FEWEST && is_h(&op[i])) {
            length = i + 1;
            *found = run;
        }
    }
    return length;
}

/* Down: F, then the reversal. Up: the reversal, then F. */
static ek_status add_found(ek_circuit *circuit, const struct run *run)
{
    int qubits[64];
    const int first = run->direction > 0 ? run->first : run->last;
    for (int i = 0; i < run->count; i++) qubits[i] = first + i;
    if (run->direction > 0) EK_TRY(ek_fourier_reverse(circuit, run->count, qubits));
    EK_TRY(ek_fourier_whole(circuit, first, run->count, run->sign < 0));
    return run->direction < 0 ? ek_fourier_reverse(circuit, run->count, qubits) : EK_OK;
}

static ek_status find(ek_circuit *circuit, size_t count, const struct ek_op *old,
                      const void *context)
{
    (void)context;
    for (size_t i = 0; i < count;) {
        struct run run;
        const size_t length = measure(circuit, count - i, old + i, &run);
        if (length > 0) EK_TRY(add_found(circuit, &run));
        else EK_TRY(ek_fourier_keep(circuit, &old[i]));
        i += length > 0 ? length : 1;
    }
    return EK_OK;
}

static bool any(const ek_circuit *circuit)
{
    struct run run;
    for (size_t i = 0; i < circuit->op_count; i++)
        if (measure(circuit, circuit->op_count - i, circuit->ops + i, &run) > 0) return true;
    return false;
}

ek_status ek_fourier_find(ek_circuit *circuit)
{
    return any(circuit) ? ek_fourier_rewrite(circuit, find, NULL) : EK_OK;
}
