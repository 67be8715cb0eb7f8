/* Phase estimation (Cleve, Ekert, Macchiavello, Mosca 1998): the phase of diag(1, e^{2 pi i f}) on
 * |1>, read to COUNTING binary digits.
 * Usage: [mpirun -n RANKS] exaket-phase-estimation [PHASE [COUNTING]]   (default 0.3141592 and 16) */
#include <exaket/exaket.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNTING_MAX = EK_MARGINAL_QUBITS_MAX };

/* Counting qubits 0 to counting - 1, then the one that has the phase. */
static ek_status build(int counting, double phase, ek_circuit *circuit)
{
    int qubits[COUNTING_MAX];
    ek_status status = ek_circuit_gate(circuit, EK_GATE_X, &counting, NULL, NULL);
    for (int j = 0; j < counting && status == EK_OK; j++) {
        const int pair[2] = {j, counting};
        const ek_angle angle = ek_angle_number(2 * acos(-1) * fmod(ldexp(phase, j), 1));
        qubits[j] = j;
        status = ek_circuit_gate(circuit, EK_GATE_H, &j, NULL, NULL);
        if (status == EK_OK) status = ek_circuit_gate(circuit, EK_GATE_CP, pair, &angle, NULL);
    }
    return status == EK_OK ? ek_circuit_qft(circuit, counting, qubits, EK_QFT_INVERSE) : status;
}

static ek_status estimate(ek_session *session, int counting, double phase, double *probabilities)
{
    int qubits[COUNTING_MAX];
    ek_circuit *circuit = NULL;
    ek_state *state = NULL;
    for (int j = 0; j < counting; j++) qubits[j] = j;
    ek_status status = ek_circuit_create(counting + 1, &circuit);
    if (status == EK_OK) status = build(counting, phase, circuit);
    if (status == EK_OK) status = ek_state_create(session, counting + 1, EK_DOUBLE, &state);
    if (status == EK_OK) status = ek_circuit_run(circuit, NULL, state);
    if (status == EK_OK) status = ek_state_marginal(state, counting, qubits, probabilities);
    ek_state_destroy(&state);
    ek_circuit_destroy(&circuit);
    return status;
}

static void print_best(int counting, double phase, const double *probabilities)
{
    size_t best = 0;
    for (size_t i = 1; i < (size_t)1 << counting; i++)
        if (probabilities[i] > probabilities[best]) best = i;
    const double found = ldexp((double)best, -counting);
    printf("phase %.10g: found %.10g with probability %.4f, off by %.2g of the last digit\n", phase,
           found, probabilities[best], ldexp(found - phase, counting));
}

int main(int argc, char **argv)
{
    const double phase = argc > 1 ? strtod(argv[1], NULL) : 0.3141592;
    const int counting = argc > 2 ? atoi(argv[2]) : 16;
    ek_session *session = NULL;
    if (!(phase >= 0 && phase < 1) || counting < 1 || counting > COUNTING_MAX) {
        fprintf(stderr, "usage: exaket-phase-estimation [PHASE [COUNTING]], PHASE from 0 to 1, "
                        "COUNTING 1 to %d\n", COUNTING_MAX);
        return 2;
    }
    double *probabilities = malloc(sizeof *probabilities << counting);
    ek_status status = probabilities ? ek_session_create(NULL, &session) : EK_ERROR_MEMORY;
    if (status == EK_OK) status = estimate(session, counting, phase, probabilities);
    if (status != EK_OK) fprintf(stderr, "exaket-phase-estimation: %s\n", ek_last_message());
    else if (ek_session_rank(session) == 0) print_best(counting, phase, probabilities);
    ek_session_destroy(&session);
    free(probabilities);
    return status != EK_OK;
}
