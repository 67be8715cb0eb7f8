/* Seconds of one Fourier transform of the whole register, by gates and by FFTW.
 * Usage: [mpirun -n RANKS] exaket-benchmark-fourier QUBITS [RUNS] */
#include <exaket/exaket.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RUNS_MAX = 99 };

static double now(void)
{
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Runs on a random state; the layouts of beginning and end are left to the program. */
static ek_status measure(ek_program *program, ek_state *state, int runs, double *seconds)
{
    const ek_initial random = {.kind = EK_INITIAL_RANDOM, .seed = 3};
    ek_status status = EK_OK;
    for (int i = 0; i < runs && status == EK_OK; i++) {
        status = ek_state_prepare(state, &random);
        const double start = now();
        if (status == EK_OK) status = ek_program_run(program, NULL, NULL, state);
        seconds[i] = now() - start;
    }
    qsort(seconds, (size_t)runs, sizeof *seconds, ascending);
    return status;
}

static ek_status compare(ek_session *session, int qubits, int runs, ek_precision precision,
                         ek_qft_method method)
{
    const ek_plan_options options = {.qft = method, .precision = precision};
    double seconds[RUNS_MAX];
    int block[EK_QUBITS_MAX];
    ek_circuit *circuit = NULL;
    ek_program *program = NULL;
    ek_state *state = NULL;
    for (int q = 0; q < qubits; q++) block[q] = q;
    ek_status status = ek_circuit_create(qubits, &circuit);
    if (status == EK_OK) status = ek_circuit_qft(circuit, qubits, block, 0);
    if (status == EK_OK) status = ek_program_create(session, circuit, &options, &program);
    if (status == EK_OK) status = ek_state_create(session, qubits, precision, &state);
    if (status == EK_OK) status = measure(program, state, runs, seconds);
    if (status == EK_OK && ek_session_rank(session) == 0)
        printf("%d qubits, %s, %d ranks, %d threads, %s: median %.4f s, least %.4f s\n", qubits,
               ek_precision_name(precision), ek_session_size(session),
               ek_session_threads(session), method == EK_QFT_FFTW ? "FFTW" : "gates",
               seconds[runs / 2], seconds[0]);
    ek_program_destroy(&program);
    ek_state_destroy(&state);
    ek_circuit_destroy(&circuit);
    return status;
}

int main(int argc, char **argv)
{
    const int qubits = argc > 1 ? atoi(argv[1]) : 0, runs = argc > 2 ? atoi(argv[2]) : 5;
    ek_session *session = NULL;
    if (qubits < 1 || qubits > EK_QUBITS_MAX || runs < 1 || runs > RUNS_MAX) {
        fprintf(stderr, "usage: exaket-benchmark-fourier QUBITS [RUNS]\n");
        return 2;
    }
    ek_status status = ek_session_create(NULL, &session);
    for (int i = 0; i < 4 && status == EK_OK; i++)
        status = compare(session, qubits, runs, i / 2 ? EK_SINGLE : EK_DOUBLE,
                         i % 2 ? EK_QFT_FFTW : EK_QFT_GATES);
    if (status != EK_OK) fprintf(stderr, "exaket-benchmark-fourier: %s\n", ek_last_message());
    ek_session_destroy(&session);
    return status != EK_OK;
}
