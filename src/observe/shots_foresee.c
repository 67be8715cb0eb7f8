/* Outcomes foreseen before any gate runs, so that a run whose state is needed is refused at once
 * where it would branch. The Z of the qubit to be measured goes back through the gates to the
 * start, as a sum of Pauli strings: few where the gates that it meets are few, or Clifford gates,
 * whatever the size of the state. Where they become many, nothing is foreseen. */
#include "observe/shots_run.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

enum {
    STRINGS_MOST = 1 << 13,
    OP_QUBITS_MOST = 5, /* of an operation that is looked into */
    OP_SIZE = 1 << OP_QUBITS_MOST
};
static const double WORK_MOST = 0x1p27; /* multiplications: a fraction of a second */
static const double NEGLIGIBLE = 1e-16; /* of a string */
static const double CLEAR = 1e-9;       /* probability that is neither rounding nor certainty */

/* coefficient i^|x & z| X^x Z^z. */
struct string {
    uint64_t x, z;
    double coefficient;
};

struct foresight {
    size_t count;
    struct string *strings, *next; /* [STRINGS_MOST] */
    double work;                   /* so far, on all outcomes */
};

/* An operation on qubits of its own, the lowest first. */
struct local {
    uint64_t qubits;
    size_t size;
    double complex matrix[OP_SIZE * OP_SIZE];
};

static double complex phase_of(uint64_t x, uint64_t z, uint64_t index)
{
    static const double complex turns[] = {1, I, -1, -I};
    return ek_parity(index & z) ? -turns[ek_popcount(x & z) % 4] : turns[ek_popcount(x & z) % 4];
}

/* False for an operation that is too large. */
static bool make_local(const ek_circuit *circuit, const struct ek_op *op, struct local *local)
{
    ek_complex matrix[OP_SIZE * OP_SIZE];
    int8_t place[64];
    struct ek_op moved = *op;
    const uint64_t qubits = ek_op_touched(op, circuit->qubits);
    if (ek_popcount(qubits) > OP_QUBITS_MOST || op->kind == EK_OP_FOURIER ||
        op->kind == EK_OP_PERMUTE)
        return false;
    for (int q = 0; q < 64; q++) place[q] = (int8_t)ek_popcount(qubits & (ek_bit(q) - 1));
    ek_op_move(place, &moved);
    const ek_circuit alone = {.qubits = ek_popcount(qubits), .op_count = 1, .ops = &moved,
                              .angles = circuit->angles, .values = circuit->values};
    ek_circuit_matrix(&alone, matrix);
    local->qubits = qubits;
    local->size = (size_t)1 << alone.qubits;
    for (size_t i = 0; i < local->size * local->size; i++)
        local->matrix[i] = matrix[i].re + I * matrix[i].im;
    return true;
}

/* U* P U, P the part of a string on the operation's qubits. */
static void conjugate(const struct local *u, uint64_t x, uint64_t z, double complex *image)
{
    for (size_t a = 0; a < u->size; a++)
        for (size_t b = 0; b < u->size; b++) {
            double complex sum = 0;
            for (size_t j = 0; j < u->size; j++)
                sum += conj(u->matrix[(j ^ x) * u->size + a]) * phase_of(x, z, j) *
                       u->matrix[j * u->size + b];
            image[a * u->size + b] = sum;
        }
}

static bool append(struct foresight *f, size_t *count, struct string string)
{
    if (*count == STRINGS_MOST) return false;
    f->next[(*count)++] = string;
    return true;
}

/* Appends the strings that one becomes. */
static bool split(struct foresight *f, const struct local *u, const struct string *from,
                  size_t *count)
{
    double complex image[OP_SIZE * OP_SIZE];
    conjugate(u, ek_extract(from->x, u->qubits), ek_extract(from->z, u->qubits), image);
    for (size_t x = 0; x < u->size; x++)
        for (size_t z = 0; z < u->size; z++) {
            double complex trace = 0;
            for (size_t j = 0; j < u->size; j++)
                trace += phase_of(x, z, j) * image[j * u->size + (j ^ x)];
            const double coefficient = from->coefficient * creal(trace) / (double)u->size;
            const struct string to = {(from->x & ~u->qubits) | ek_deposit(x, u->qubits),
                                      (from->z & ~u->qubits) | ek_deposit(z, u->qubits),
                                      coefficient};
            if (fabs(coefficient) > NEGLIGIBLE && !append(f, count, to)) return false;
        }
    return true;
}

static int by_letters(const void *a, const void *b)
{
    const struct string *s = a, *t = b;
    if (s->x != t->x) return s->x < t->x ? -1 : 1;
    return (s->z > t->z) - (s->z < t->z);
}

/* Makes one of equal strings. */
static void merge(struct foresight *f, size_t count)
{
    size_t kept = 0;
    if (count > 1) qsort(f->next, count, sizeof *f->next, by_letters);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && by_letters(&f->next[kept - 1], &f->next[i]) == 0)
            f->next[kept - 1].coefficient += f->next[i].coefficient;
        else f->next[kept++] = f->next[i];
    }
    struct string *const before = f->strings;
    f->strings = f->next;
    f->next = before;
    f->count = kept;
}

/* Takes the strings back through one operation; false where that is too much. */
static bool carry(struct foresight *f, const ek_circuit *circuit, const struct ek_op *op)
{
    static const double per_qubit = 8; /* 2 x 2 x 2 multiplications */
    struct local local;
    size_t count = 0;
    if (!make_local(circuit, op, &local)) return false;
    f->work += (double)f->count * pow(per_qubit, ek_popcount(local.qubits));
    if (f->work > WORK_MOST) return false;
    for (size_t i = 0; i < f->count; i++) {
        const struct string *string = &f->strings[i];
        const bool meets = ((string->x | string->z) & local.qubits) != 0;
        if (!(meets ? split(f, &local, string, &count) : append(f, &count, *string)))
            return false;
    }
    merge(f, count);
    return true;
}

/* <Z> of a qubit behind a circuit that starts in |0...0>. */
static bool expect_z(struct foresight *f, const ek_circuit *circuit, int qubit, double *value)
{
    f->work += (double)circuit->op_count; /* to look through it */
    f->count = 1;
    f->strings[0] = (struct string){0, ek_bit(qubit), 1};
    uint64_t x = 0, z = ek_bit(qubit); /* qubits on which some string has an X, a Z */
    for (size_t i = circuit->op_count; i-- > 0;) {
        const struct ek_op *op = &circuit->ops[i];
        const uint64_t mixed = op->kind == EK_OP_FLIP || op->kind == EK_OP_SWAP
                                   ? ek_op_targets(op)
                                   : ek_op_resident(op);
        const uint64_t touched = ek_op_touched(op, circuit->qubits);
        if (!(mixed & (x | z)) && !(touched & x)) continue; /* it commutes with all of them */
        if (!carry(f, circuit, op)) return false;
        x = z = 0;
        for (size_t s = 0; s < f->count; s++) x |= f->strings[s].x, z |= f->strings[s].z;
    }
    *value = 0;
    for (size_t s = 0; s < f->count; s++)
        if (f->strings[s].x == 0) *value += f->strings[s].coefficient;
    return true;
}

/* Goes from outcome to outcome while they are certain. */
static ek_status look_ahead(struct run *run, struct ek_interpreter *interpreter,
                            struct foresight *f, struct ek_machine *machine)
{
    for (;;) {
        enum ek_event event;
        double z;
        struct ek_split split;
        EK_TRY(ek_machine_advance(interpreter, machine, &event));
        if (event == EK_AT_END) return EK_OK;
        const int qubit = (int)run->program->instructions[machine->at].first;
        if (!expect_z(f, interpreter->pending.circuit, qubit, &z)) return EK_OK;
        const int outcome = z < 0;
        if (fabs(z) < 1 - 2 * CLEAR)
            return ek_shots_split(run, machine, (double[]){(1 + z) / 2, (1 - z) / 2}, &split);
        if (event == EK_AT_RESET && outcome == 1)
            EK_TRY(ek_pending_flip(&interpreter->pending, qubit));
        EK_TRY(ek_machine_decide(run->program, machine, outcome));
    }
}

static ek_status look(struct run *run, struct ek_interpreter *interpreter, struct foresight *f)
{
    struct ek_machine machine = {0};
    EK_TRY(EK_NEW_RAW(f->strings, STRINGS_MOST));
    EK_TRY(EK_NEW_RAW(f->next, STRINGS_MOST));
    EK_TRY(ek_circuit_create(run->program->qubits, &interpreter->pending.circuit));
    EK_TRY(ek_machine_create(run->program, 0, &machine));
    machine.shots = run->options->shots;
    const ek_status status = look_ahead(run, interpreter, f, &machine);
    ek_machine_clear(&machine);
    return status;
}

ek_status ek_shots_foresee(struct run *run)
{
    int8_t place[64];
    struct foresight f = {0};
    struct ek_interpreter interpreter = {.program = run->program, .facts = &run->facts,
                                         .pending = {.program = run->program, .place = place}};
    for (int q = 0; q < 64; q++) place[q] = (int8_t)q;
    const ek_status status = look(run, &interpreter, &f);
    ek_circuit_destroy(&interpreter.pending.circuit);
    ek_release(f.strings);
    ek_release(f.next);
    return status;
}
