#include "support/random_circuit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS = 3 };
#define PI 3.14159265358979323846

/* ---- numbers ----------------------------------------------------------------------------- */

uint64_t random_next(uint64_t *source)
{
    uint64_t z = *source += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

double random_real(uint64_t *source, double low, double high)
{
    return low + (high - low) * (double)(random_next(source) >> 11) * 0x1p-53;
}

int random_below(uint64_t *source, int bound)
{
    return (int)(random_next(source) % (uint64_t)bound);
}

void random_qubits(uint64_t *source, int qubits, int count, int *chosen)
{
    int all[64];
    for (int q = 0; q < qubits; q++) all[q] = q;
    for (int j = 0; j < count; j++) {
        const int at = j + random_below(source, qubits - j), taken = all[at];
        all[at] = all[j];
        all[j] = chosen[j] = taken;
    }
}

static double complex gaussian(uint64_t *source)
{
    const double radius = sqrt(-2 * log(1 - random_real(source, 0, 1)));
    return radius * cexp(I * random_real(source, -PI, PI));
}

void random_unitary(uint64_t *source, int count, double complex *matrix)
{
    const int size = 1 << count;
    for (int row = 0; row < size; row++) {
        double complex *mine = matrix + row * size;
        double norm = 0;
        for (int c = 0; c < size; c++) mine[c] = gaussian(source);
        for (int twice = 0; twice < 2; twice++) /* once would leave rounding behind */
            for (int above = 0; above < row; above++) {
                double complex overlap = 0;
                for (int c = 0; c < size; c++) overlap += conj(matrix[above * size + c]) * mine[c];
                for (int c = 0; c < size; c++) mine[c] -= overlap * matrix[above * size + c];
            }
        for (int c = 0; c < size; c++) norm += creal(mine[c] * conj(mine[c]));
        for (int c = 0; c < size; c++) mine[c] /= sqrt(norm);
    }
}

/* ---- functions of the register ----------------------------------------------------------- */

double random_function_value(uint64_t index, void *context)
{
    const struct random_function *function = context;
    double sum = 0;
    if (function->smooth) return sin(0.37 * (double)index) + 0.01 * (double)(index % 11);
    for (int t = 0; t < function->terms; t++) {
        double product = function->term[t].coefficient;
        for (int q = 0; q < function->qubits; q++)
            if (function->term[t].mask >> q & 1) product *= index >> q & 1 ? -1 : 1;
        sum += product;
    }
    return sum;
}

void random_function_make(uint64_t *source, int qubits, int form, struct random_function *function)
{
    const uint64_t all = (UINT64_C(1) << qubits) - 1;
    function->qubits = qubits;
    function->smooth = form == 2;
    function->terms = form == 2 ? 0 : 1 + random_below(source, RANDOM_TERMS_MAX);
    for (int t = 0; t < function->terms; t++) {
        const double integer = random_below(source, 7) - 3, real = random_real(source, -1, 1);
        function->term[t].mask = random_next(source) & random_next(source) & all;
        function->term[t].coefficient = form == 0 ? integer : real;
    }
}

ek_status random_function_diagonal(struct random_function *function, ek_diagonal **diagonal)
{
    if (function->smooth)
        return ek_diagonal_create_function(function->qubits, random_function_value, function,
                                           diagonal);
    return ek_diagonal_create(function->qubits, (size_t)function->terms, function->term, diagonal);
}

/* ---- operations -------------------------------------------------------------------------- */

static ek_angle random_angle(uint64_t *source)
{
    static const double special[] = {0, PI, -PI, PI / 2, 2 * PI, 1e-9};
    if (random_below(source, 8) == 0) return ek_angle_number(special[random_below(source, 6)]);
    if (random_below(source, 2)) return ek_angle_number(random_real(source, -7, 7));
    return ek_angle_parameter(random_below(source, PARAMETERS), random_real(source, -2, 2),
                              random_real(source, -1, 1));
}

/* Qubits with `taken` of them used by the operation itself: the rest may control it. */
static void add_controls(uint64_t *source, int qubits, const int *order, int taken,
                         struct random_operation *op)
{
    static const int often_none[] = {0, 0, 0, 1, 1, 2, 3};
    const int room = qubits - taken, wanted = often_none[random_below(source, 7)];
    op->controls = wanted < room ? wanted : room;
    for (int i = 0; i < op->controls; i++) {
        op->control[i] = order[taken + i];
        op->value[i] = random_below(source, 3) > 0;
    }
}

/* SWAP and X mix nothing, until somebody controls them. */
static int mixed_qubits(const struct random_operation *op)
{
    const int mixed = reference_gate_mixed(ek_gate_name(op->gate));
    if (op->controls > 0 && op->gate == EK_GATE_SWAP) return 2;
    if (op->controls > 0 && op->gate == EK_GATE_X) return 1;
    return mixed;
}

static void make_gate(uint64_t *source, const struct random_options *options,
                      struct random_operation *op)
{
    int order[64];
    do {
        op->gate = (ek_gate)random_below(source, EK_GATE_COUNT);
        op->count = ek_gate_qubits(op->gate);
        if (op->count > options->qubits) continue;
        random_qubits(source, options->qubits, options->qubits, order);
        add_controls(source, options->qubits, order, op->count, op);
    } while (op->count > options->qubits || mixed_qubits(op) > options->widest);
    for (int j = 0; j < op->count; j++) op->qubit[j] = order[j];
    for (int a = 0; a < ek_gate_angles(op->gate); a++) op->angle[a] = random_angle(source);
}

static void make_unitary(uint64_t *source, const struct random_options *options,
                         struct random_operation *op)
{
    int order[64];
    const int most = options->widest < 6 ? options->widest : 6;
    op->count = 1 + random_below(source, most);
    random_qubits(source, options->qubits, options->qubits, order);
    memcpy(op->qubit, order, (size_t)op->count * sizeof *order);
    add_controls(source, options->qubits, order, op->count, op);
    op->entries = calloc(UINT64_C(1) << 2 * op->count, sizeof *op->entries);
    random_unitary(source, op->count, op->entries);
}

static void make_phases(uint64_t *source, const struct random_options *options,
                        struct random_operation *op)
{
    int order[64];
    const int most = options->qubits < 6 ? options->qubits : 6;
    op->count = random_below(source, most + 1);
    random_qubits(source, options->qubits, options->qubits, order);
    memcpy(op->qubit, order, (size_t)op->count * sizeof *order);
    add_controls(source, options->qubits, order, op->count, op);
    op->entries = calloc(UINT64_C(1) << op->count, sizeof *op->entries);
    for (int i = 0; i < 1 << op->count; i++)
        op->entries[i] = cexp(I * random_real(source, -PI, PI));
}

static void make_pauli(uint64_t *source, const struct random_options *options,
                       struct random_operation *op)
{
    int order[64];
    const int weight = random_below(source, options->qubits + 1);
    const int z_only = random_below(source, 3) == 0;
    random_qubits(source, options->qubits, options->qubits, order);
    for (int j = 0; j < weight; j++) {
        const int letter = z_only ? 2 : 1 + random_below(source, 3);
        op->x_mask |= (uint64_t)(letter & 1) << order[j];
        op->z_mask |= (uint64_t)(letter >> 1) << order[j];
    }
    add_controls(source, options->qubits, order, weight, op);
    op->angle[0] = random_angle(source);
}

static void make_operation(uint64_t *source, const struct random_options *options,
                           struct random_operation *op)
{
    const unsigned kinds = options->kinds ? options->kinds : (1u << RANDOM_KINDS) - 1;
    do {
        const int drawn = random_below(source, 20); /* named gates are drawn more often */
        op->kind = drawn < RANDOM_KINDS ? (enum random_kind)drawn : RANDOM_GATE;
        if (op->kind == RANDOM_GROVER && drawn == RANDOM_GROVER && random_below(source, 2))
            op->kind = RANDOM_PAULI;
    } while (!(kinds >> op->kind & 1));
    if (op->kind == RANDOM_GATE) make_gate(source, options, op);
    if (op->kind == RANDOM_UNITARY) make_unitary(source, options, op);
    if (op->kind == RANDOM_PHASES) make_phases(source, options, op);
    if (op->kind == RANDOM_PAULI) make_pauli(source, options, op);
    if (op->kind == RANDOM_DIAGONAL || op->kind == RANDOM_GROVER) {
        op->function = random_below(source, RANDOM_FUNCTIONS);
        op->weight = random_below(source, options->qubits + 2) - 1;
        op->angle[0] = random_angle(source);
    }
}

struct random_circuit *random_circuit_make(uint64_t seed, const struct random_options *options)
{
    uint64_t source = seed;
    struct random_circuit *circuit = calloc(1, sizeof *circuit);
    circuit->qubits = options->qubits;
    circuit->parameters = PARAMETERS;
    circuit->count = options->count;
    circuit->operations = calloc((size_t)options->count + 1, sizeof *circuit->operations);
    for (int f = 0; f < RANDOM_FUNCTIONS; f++)
        random_function_make(&source, options->qubits, f, &circuit->function[f]);
    for (int i = 0; i < options->count; i++)
        make_operation(&source, options, &circuit->operations[i]);
    return circuit;
}

void random_circuit_destroy(struct random_circuit **circuit)
{
    if (!*circuit) return;
    for (int i = 0; i < (*circuit)->count; i++) free((*circuit)->operations[i].entries);
    free((*circuit)->operations);
    free(*circuit);
    *circuit = NULL;
}

/* ---- told to the library ----------------------------------------------------------------- */

static ek_status append_entries(ek_circuit *built, const struct random_operation *op,
                                const ek_controls *controls)
{
    const size_t count = (size_t)1 << (op->kind == RANDOM_UNITARY ? 2 * op->count : op->count);
    ek_complex *entries = calloc(count, sizeof *entries);
    for (size_t i = 0; i < count; i++)
        entries[i] = (ek_complex){creal(op->entries[i]), cimag(op->entries[i])};
    const ek_status status =
        op->kind == RANDOM_UNITARY
            ? ek_circuit_unitary(built, op->count, op->qubit, entries, controls)
            : ek_circuit_phases(built, op->count, op->qubit, entries, controls);
    free(entries);
    return status;
}

static ek_status append(ek_circuit *built, ek_diagonal *const *diagonals,
                        const struct random_operation *op)
{
    const ek_controls given = {op->controls, op->control, op->value};
    const ek_controls *controls = op->controls > 0 ? &given : NULL;
    switch (op->kind) {
    case RANDOM_GATE: return ek_circuit_gate(built, op->gate, op->qubit, op->angle, controls);
    case RANDOM_PAULI:
        return ek_circuit_pauli_rotation(built, op->x_mask, op->z_mask, op->angle[0], controls);
    case RANDOM_DIAGONAL:
        return ek_circuit_diagonal(built, diagonals[op->function], op->angle[0]);
    case RANDOM_GROVER: return ek_circuit_grover(built, op->weight, op->angle[0]);
    default: return append_entries(built, op, controls);
    }
}

ek_status random_circuit_build(struct random_circuit *circuit, ek_circuit **built)
{
    static const char *const names[PARAMETERS] = {"alpha", "beta", "gamma"};
    ek_diagonal *diagonals[RANDOM_FUNCTIONS] = {NULL};
    ek_status status = ek_circuit_create(circuit->qubits, built);
    for (int p = 0, number; p < PARAMETERS && status == EK_OK; p++)
        status = ek_circuit_parameter(*built, names[p], &number);
    for (int f = 0; f < RANDOM_FUNCTIONS && status == EK_OK; f++)
        status = random_function_diagonal(&circuit->function[f], &diagonals[f]);
    for (int i = 0; i < circuit->count && status == EK_OK; i++)
        status = append(*built, diagonals, &circuit->operations[i]);
    for (int f = 0; f < RANDOM_FUNCTIONS; f++) ek_diagonal_destroy(&diagonals[f]);
    return status;
}

/* ---- told to the reference --------------------------------------------------------------- */

static double radians(ek_angle angle, const double *parameters)
{
    return angle.parameter < 0 ? angle.offset
                               : angle.scale * parameters[angle.parameter] + angle.offset;
}

static void apply(struct random_circuit *circuit, const struct random_operation *op,
                  const double *parameters, struct reference *state)
{
    struct reference_controls controls = {0, 0};
    double angles[4];
    for (int a = 0; a < 4; a++) angles[a] = radians(op->angle[a], parameters);
    for (int i = 0; i < op->controls; i++) {
        controls.mask |= UINT64_C(1) << op->control[i];
        controls.value |= (uint64_t)op->value[i] << op->control[i];
    }
    switch (op->kind) {
    case RANDOM_GATE:
        reference_gate(state, ek_gate_name(op->gate), op->qubit, angles, controls);
        break;
    case RANDOM_UNITARY:
        reference_matrix(state, op->count, op->qubit, op->entries, controls);
        break;
    case RANDOM_PHASES:
        reference_phases(state, op->count, op->qubit, op->entries, controls);
        break;
    case RANDOM_PAULI:
        reference_pauli_rotation(state, op->x_mask, op->z_mask, angles[0], controls);
        break;
    case RANDOM_DIAGONAL:
        reference_diagonal(state, random_function_value, &circuit->function[op->function],
                           angles[0]);
        break;
    default: reference_grover(state, op->weight, angles[0]); break;
    }
}

void random_circuit_apply(struct random_circuit *circuit, const double *parameters,
                          struct reference *state)
{
    for (int i = 0; i < circuit->count; i++)
        apply(circuit, &circuit->operations[i], parameters, state);
}
