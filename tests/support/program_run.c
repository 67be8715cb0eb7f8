#include "support/program_run.h"

#include "circuit/call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INSTRUCTIONS_MAX = 1000000 };

/* ---- operations ---------------------------------------------------------------------------- */

static double angle_of(const ek_dynamic *program, const ek_angle *angle, const uint64_t *bits,
                       const union ek_value *variables)
{
    union ek_value value = {.f = 0};
    if (angle->parameter >= 0)
        ek_expression_evaluate(program, program->parameter_expressions[angle->parameter], bits,
                               variables, &value);
    return angle->parameter >= 0 ? angle->scale * value.f + angle->offset : angle->offset;
}

static void copy_values(const ek_complex *from, size_t count, double complex *to)
{
    for (size_t i = 0; i < count; i++) to[i] = from[i].re + I * from[i].im;
}

void test_program_apply(const ek_dynamic *program, size_t operation, const uint64_t *bits,
                        const union ek_value *variables, struct reference *state)
{
    const ek_circuit *circuit = program->circuit;
    const struct ek_op *op = &circuit->ops[operation];
    struct ek_op_call call;
    double angles[EK_ANGLES_MAX] = {0};
    double complex values[1 << 2 * EK_DENSE_MAX];
    ek_op_call_get(op, &call);
    struct reference_controls controls = {0, 0};
    for (int i = 0; i < call.controls; i++) {
        controls.mask |= ek_bit(call.control[i]);
        if (call.value[i]) controls.value |= ek_bit(call.control[i]);
    }
    for (size_t i = 0; i < op->angle_count; i++)
        angles[i] = angle_of(program, &circuit->angles[op->angles + i], bits, variables);
    if (op->gate != EK_GATE_COUNT) {
        reference_gate(state, ek_gate_name((ek_gate)op->gate), call.qubits, angles, controls);
    } else if (op->kind == EK_OP_PARITY || op->kind == EK_OP_PAULI) {
        reference_pauli_rotation(state, op->x_mask, op->z_mask, angles[0], controls);
    } else {
        copy_values(circuit->values + op->values, ek_op_value_count(op), values);
        if (op->kind == EK_OP_DENSE)
            reference_matrix(state, call.count, call.qubits, values, controls);
        else
            reference_phases(state, call.count, call.qubits, values, controls);
    }
}

/* ---- instructions -------------------------------------------------------------------------- */

/* One history of outcomes. */
struct path {
    const ek_dynamic *program;
    struct reference state;
    uint64_t bits[1];
    union ek_value *variables;
    double probability;
    size_t next;
    long steps;
    double *distribution; /* null: the state at the end is what counts */
};

static int follow(struct path *path);

static struct path copy_path(const struct path *path)
{
    struct path copy = *path;
    const size_t amplitudes = (size_t)1 << path->state.qubits;
    const size_t variables = path->program->variable_count;
    reference_create(&copy.state, path->state.qubits);
    memcpy(copy.state.amplitude, path->state.amplitude, amplitudes * sizeof(double complex));
    copy.variables = malloc((variables + 1) * sizeof *copy.variables);
    if (variables > 0) memcpy(copy.variables, path->variables, variables * sizeof(union ek_value));
    return copy;
}

static void clear_path(struct path *path)
{
    reference_destroy(&path->state);
    free(path->variables);
}

static double probability_of_one(const struct reference *state, int qubit)
{
    double sum = 0;
    for (uint64_t i = 0; i < UINT64_C(1) << state->qubits; i++)
        if (i >> qubit & 1) sum += pow(cabs(state->amplitude[i]), 2);
    return sum;
}

static void collapse(struct reference *state, int qubit, int outcome, double probability)
{
    for (uint64_t i = 0; i < UINT64_C(1) << state->qubits; i++)
        state->amplitude[i] =
            (int)(i >> qubit & 1) == outcome ? state->amplitude[i] / sqrt(probability) : 0;
}

/* Goes on with one outcome of the measurement that the path stands at. */
static int follow_outcome(const struct path *path, int outcome, double probability)
{
    const struct ek_instruction *what = &path->program->instructions[path->next];
    const struct reference_controls none = {0, 0};
    const int qubit = (int)what->first;
    if (probability < 1e-13) return 1;
    struct path copy = copy_path(path);
    collapse(&copy.state, qubit, outcome, probability);
    copy.probability *= probability;
    copy.next++;
    if (what->kind == EK_DO_RESET) {
        if (outcome) reference_gate(&copy.state, "x", &qubit, NULL, none);
    } else if (what->target >= 0) {
        copy.bits[0] &= ~ek_bit(what->target);
        copy.bits[0] |= (uint64_t)outcome << what->target;
    }
    const int fine = follow(&copy);
    if (!path->distribution && fine)
        memcpy(path->state.amplitude, copy.state.amplitude,
               sizeof(double complex) << path->state.qubits);
    clear_path(&copy);
    return fine;
}

static int measure(const struct path *path)
{
    const int qubit = (int)path->program->instructions[path->next].first;
    const double one = probability_of_one(&path->state, qubit);
    return follow_outcome(path, 0, 1 - one) && follow_outcome(path, 1, one);
}

static int step_classical(struct path *path, const struct ek_instruction *what)
{
    union ek_value value = {0};
    if (what->expression >= 0 &&
        ek_expression_evaluate(path->program, what->expression, path->bits, path->variables,
                               &value) != EK_OK)
        return 0;
    const uint64_t mask = ek_low_bits((int)what->count);
    switch (what->kind) {
    case EK_DO_ASSIGN:
        path->variables[what->target] = value;
        break;
    case EK_DO_ASSIGN_BITS:
        path->bits[0] &= ~(mask << what->target);
        path->bits[0] |= (value.u & mask) << what->target;
        break;
    case EK_DO_BRANCH:
        if (!value.u) path->next = (size_t)what->target;
        break;
    case EK_DO_JUMP:
        path->next = (size_t)what->target;
        break;
    case EK_DO_LOOP:
        return ++path->variables[what->target].u <= what->limit;
    default:
        break;
    }
    return 1;
}

static int follow(struct path *path)
{
    const ek_dynamic *program = path->program;
    while (path->next < program->instruction_count) {
        const struct ek_instruction *what = &program->instructions[path->next];
        if (path->steps++ > INSTRUCTIONS_MAX) return 0;
        if (what->kind == EK_DO_MEASURE || what->kind == EK_DO_RESET) return measure(path);
        path->next++;
        if (what->kind == EK_DO_GATES) {
            for (size_t i = 0; i < what->count; i++)
                test_program_apply(program, what->first + i, path->bits, path->variables,
                                   &path->state);
        } else if (!step_classical(path, what)) {
            return 0;
        }
    }
    if (path->distribution) path->distribution[path->bits[0]] += path->probability;
    return 1;
}

static int run(const ek_dynamic *program, struct reference *state, double *distribution)
{
    struct path path = {.program = program, .probability = 1, .distribution = distribution};
    path.state = *state;
    path.variables = calloc(program->variable_count + 1, sizeof *path.variables);
    const int fine = ek_dynamic_start_values(program, path.variables) == EK_OK && follow(&path);
    free(path.variables);
    *state = path.state; /* operations may have moved the amplitudes */
    return fine;
}

int test_program_distribution(const ek_dynamic *program, double *distribution)
{
    struct reference state;
    memset(distribution, 0, sizeof *distribution << program->clbits);
    reference_create(&state, program->qubits);
    const int fine = run(program, &state, distribution);
    reference_destroy(&state);
    return fine;
}

int test_program_amplitudes(const ek_dynamic *program, struct reference *state)
{
    return run(program, state, NULL);
}

void test_program_bits(const ek_dynamic *program, uint64_t bits, char *out)
{
    for (int r = ek_dynamic_registers(program, EK_REGISTER_BITS) - 1; r >= 0; r--) {
        ek_register here;
        ek_dynamic_register(program, EK_REGISTER_BITS, r, &here);
        if (here.is_local) continue;
        for (int i = here.size - 1; i >= 0; i--)
            *out++ = (char)('0' + (bits >> (here.first + i) & 1));
        *out++ = ' ';
    }
    out[-1] = '\0';
}
