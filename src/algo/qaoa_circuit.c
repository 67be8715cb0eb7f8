#include "algo/qaoa_private.h"

#include <math.h>
#include <string.h>

/* exp(-i beta X) on every spin. */
static ek_status add_x(const ek_qaoa *qaoa, ek_circuit *circuit, int beta)
{
    const ek_angle angle = ek_angle_parameter(beta, 2, 0);
    for (int q = 0; q < qaoa->qubits; q++)
        EK_TRY(ek_circuit_gate(circuit, EK_GATE_RX, &q, &angle, NULL));
    if (!qaoa->flips) return EK_OK;
    return ek_circuit_pauli_rotation(circuit, ek_low_bits(qaoa->qubits), 0, angle, NULL);
}

/* exp(-i beta (sin theta X + cos theta Z)) on every qubit: cos(theta/2)|0> + sin(theta/2)|1> is
 * that operator's highest state, as |+> is X's, which it becomes at theta = pi/2. Egger et al.
 * have both signs turned: the lowest state of the negative operator, and -beta. */
static ek_status add_warm(ek_circuit *circuit, const double *theta, int beta)
{
    const ek_angle middle = ek_angle_parameter(beta, 2, 0);
    for (int q = 0; q < ek_circuit_qubits(circuit); q++) {
        const ek_angle there = ek_angle_number(-theta[q]), back = ek_angle_number(theta[q]);
        EK_TRY(ek_circuit_gate(circuit, EK_GATE_RY, &q, &there, NULL));
        EK_TRY(ek_circuit_gate(circuit, EK_GATE_RZ, &q, &middle, NULL));
        EK_TRY(ek_circuit_gate(circuit, EK_GATE_RY, &q, &back, NULL));
    }
    return EK_OK;
}

static ek_status add_pair(ek_circuit *circuit, int a, int b, int beta)
{
    const int pair[2] = {a, b};
    const ek_angle angle = ek_angle_parameter(beta, 2, 0);
    return ek_circuit_gate(circuit, EK_GATE_XY, pair, &angle, NULL);
}

/* Two qubits have one pair, which closes no ring. */
static ek_status add_xy_ring(ek_circuit *circuit, int beta)
{
    const int qubits = ek_circuit_qubits(circuit);
    for (int first = 0; first < 2; first++)
        for (int q = first; q + 1 < qubits; q += 2) EK_TRY(add_pair(circuit, q, q + 1, beta));
    return qubits > 2 ? add_pair(circuit, qubits - 1, 0, beta) : EK_OK;
}

static ek_status add_xy_full(ek_circuit *circuit, int beta)
{
    const int qubits = ek_circuit_qubits(circuit);
    for (int a = 0; a < qubits; a++)
        for (int b = a + 1; b < qubits; b++) EK_TRY(add_pair(circuit, a, b, beta));
    return EK_OK;
}

static ek_status add_mixer(const ek_qaoa *qaoa, ek_circuit *circuit, int beta)
{
    switch (qaoa->options.mixer) {
    case EK_MIXER_GROVER:
        return ek_circuit_grover(circuit, qaoa->weight, ek_angle_parameter(beta, 1, 0));
    case EK_MIXER_XY_RING: return add_xy_ring(circuit, beta);
    case EK_MIXER_XY_FULL: return add_xy_full(circuit, beta);
    default:
        return qaoa->theta ? add_warm(circuit, qaoa->theta, beta) : add_x(qaoa, circuit, beta);
    }
}

static ek_status add_parameters(ek_circuit *circuit, int layers)
{
    char name[32];
    int number;
    for (int i = 0; i < 2 * layers; i++) {
        snprintf(name, sizeof name, "%s_%d", i < layers ? "gamma" : "beta", i % layers + 1);
        EK_TRY(ek_circuit_parameter(circuit, name, &number));
    }
    return EK_OK;
}

static ek_status fill(const ek_qaoa *qaoa, int layers, ek_circuit *circuit)
{
    EK_TRY(add_parameters(circuit, layers));
    for (int l = 0; l < layers; l++) {
        EK_TRY(ek_circuit_diagonal(circuit, qaoa->diagonal, ek_angle_parameter(l, 1, 0)));
        EK_TRY(add_mixer(qaoa, circuit, layers + l));
    }
    return EK_OK;
}

ek_status ek_qaoa_circuit(const ek_qaoa *qaoa, int layers, ek_circuit **circuit)
{
    ek_circuit *fresh = NULL;
    EK_TRY(ek_circuit_create(qaoa->qubits, &fresh));
    const ek_status status = fill(qaoa, layers, fresh);
    if (status == EK_OK) *circuit = fresh;
    else ek_circuit_destroy(&fresh);
    return status;
}

/* The bit string is printed qubit n-1 first; a qubit of bit 1 starts in |1> with probability
 * c = 1 - epsilon = sin^2(theta/2). */
static ek_status set_warm_start(ek_qaoa *qaoa)
{
    const char *bits = qaoa->warm_start;
    const double epsilon = qaoa->options.warm_start_epsilon;
    if (strlen(bits) != (size_t)qaoa->qubits || strspn(bits, "01") != (size_t)qaoa->qubits)
        return EK_FAIL(EK_ERROR_ARGUMENT, "warm start \"%.80s\": give %d characters 0 or 1", bits,
                       qaoa->qubits);
    EK_TRY(EK_NEW(qaoa->theta, qaoa->qubits));
    for (int q = 0; q < qaoa->qubits; q++) {
        const bool one = bits[qaoa->qubits - 1 - q] == '1';
        qaoa->theta[q] = 2 * asin(sqrt(one ? 1 - epsilon : epsilon));
    }
    qaoa->initial = (ek_initial){.kind = EK_INITIAL_PRODUCT, .theta = qaoa->theta};
    return EK_OK;
}

ek_status ek_qaoa_set_initial(ek_qaoa *qaoa)
{
    if (qaoa->warm_start) return set_warm_start(qaoa);
    qaoa->initial.kind = qaoa->weight >= 0 ? EK_INITIAL_DICKE : EK_INITIAL_UNIFORM;
    qaoa->initial.weight = qaoa->weight;
    return EK_OK;
}
