/* Shor's algorithm (SIAM J. Comput. 26, 1484, 1997): the order r of a modulo N by phase
 * estimation, then the factors gcd(a^(r/2) +- 1, N).
 * Usage: [mpirun -n RANKS] exaket-shor N [SEED]
 * With L the bits of N it takes 2L counting qubits and L for the multiplied number: N up to 255 on
 * 24 qubits, which are 256 MiB. */
#include <exaket/exaket.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BITS_MAX = 10, SHOTS = 16, ROUNDS = 32 };

struct job {
    ek_session *session;
    uint64_t number, seed;
    int bits, counting; /* qubits [0, counting) count, [counting, counting + bits) hold x */
};

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static uint64_t power(uint64_t base, uint64_t exponent, uint64_t modulus)
{
    uint64_t result = 1;
    for (; exponent; exponent >>= 1, base = base * base % modulus)
        if (exponent & 1) result = result * base % modulus;
    return result;
}

/* |x> -> |factor x mod N> where the counting qubit is 1; values from N on stay. */
static ek_status multiply(const struct job *job, int control, uint64_t factor, ek_circuit *circuit)
{
    const ek_controls controls = {1, &control, NULL};
    uint32_t image[1 << BITS_MAX];
    int qubits[BITS_MAX];
    for (int i = 0; i < job->bits; i++) qubits[i] = job->counting + i;
    for (uint64_t x = 0; x < UINT64_C(1) << job->bits; x++)
        image[x] = (uint32_t)(x < job->number ? factor * x % job->number : x);
    return ek_circuit_permutation(circuit, job->bits, qubits, image, &controls);
}

static ek_status build(const struct job *job, uint64_t base, ek_circuit *circuit)
{
    int qubits[2 * BITS_MAX];
    ek_status status = EK_OK;
    for (int j = 0; j < job->counting && status == EK_OK; j++) {
        qubits[j] = j;
        status = multiply(job, j, power(base, UINT64_C(1) << j, job->number), circuit);
    }
    if (status != EK_OK) return status;
    return ek_circuit_qft(circuit, job->counting, qubits, EK_QFT_INVERSE);
}

/* All counting values at once, times x = 1. */
static ek_status run(const struct job *job, const ek_circuit *circuit, ek_state *state,
                     uint64_t *outcomes)
{
    const double half = acos(0), pi = 2 * half;
    double theta[3 * BITS_MAX] = {0};
    ek_program *program = NULL;
    for (int j = 0; j < job->counting; j++) theta[j] = half;
    theta[job->counting] = pi;
    const ek_initial initial = {.kind = EK_INITIAL_PRODUCT, .theta = theta};
    ek_status status = ek_program_create(job->session, circuit, NULL, &program);
    if (status == EK_OK) status = ek_program_run(program, NULL, &initial, state);
    if (status == EK_OK) status = ek_sample(state, SHOTS, job->seed, outcomes);
    ek_program_destroy(&program);
    return status;
}

static ek_status measure(const struct job *job, uint64_t base, uint64_t *outcomes)
{
    const int qubits = job->counting + job->bits;
    ek_circuit *circuit = NULL;
    ek_state *state = NULL;
    ek_status status = ek_circuit_create(qubits, &circuit);
    if (status == EK_OK) status = build(job, base, circuit);
    if (status == EK_OK) status = ek_state_create(job->session, qubits, EK_DOUBLE, &state);
    if (status == EK_OK) status = run(job, circuit, state, outcomes);
    ek_state_destroy(&state);
    ek_circuit_destroy(&circuit);
    return status;
}

/* The order of `base` from a measured value, about s/r 2^counting: among the denominators of the
 * continued fraction; 0 when it is none of them. */
static uint64_t order_from(const struct job *job, uint64_t base, uint64_t measured)
{
    uint64_t a = measured, b = UINT64_C(1) << job->counting, before = 1, denominator = 0;
    while (b != 0) {
        const uint64_t quotient = a / b, rest = a % b, next = quotient * denominator + before;
        before = denominator;
        denominator = next;
        a = b;
        b = rest;
        if (denominator >= job->number) return 0;
        if (denominator > 0 && power(base, denominator, job->number) == 1) return denominator;
    }
    return 0;
}

static uint64_t factor_from(const struct job *job, uint64_t base, uint64_t order)
{
    if (order == 0 || order % 2 == 1) return 1;
    const uint64_t root = power(base, order / 2, job->number);
    const uint64_t factor = gcd(root + 1, job->number);
    return factor == job->number ? 1 : factor;
}

/* A factor of N, or 1. Every round takes another base. */
static ek_status find_factor(struct job *job, uint64_t *factor)
{
    *factor = 1;
    for (int round = 0; round < ROUNDS && *factor == 1; round++) {
        uint64_t outcomes[SHOTS];
        const uint64_t base = 2 + (job->seed++ * 7 + 5) % (job->number - 3);
        if (gcd(base, job->number) > 1) continue; /* a factor without a quantum computer */
        const ek_status status = measure(job, base, outcomes);
        if (status != EK_OK) return status;
        for (int shot = 0; shot < SHOTS && *factor == 1; shot++) {
            const uint64_t measured = outcomes[shot] & ((UINT64_C(1) << job->counting) - 1);
            const uint64_t order = order_from(job, base, measured);
            *factor = factor_from(job, base, order);
            if (*factor > 1 && ek_session_rank(job->session) == 0)
                printf("%llu has order %llu modulo %llu\n", (unsigned long long)base,
                       (unsigned long long)order, (unsigned long long)job->number);
        }
    }
    return EK_OK;
}

static int report(struct job *job)
{
    uint64_t factor = 1;
    const ek_status status = find_factor(job, &factor);
    const int first = ek_session_rank(job->session) == 0;
    if (status != EK_OK && first) fprintf(stderr, "exaket-shor: %s\n", ek_last_message());
    else if (first && factor > 1)
        printf("%llu = %llu * %llu, on %d qubits\n", (unsigned long long)job->number,
               (unsigned long long)factor, (unsigned long long)(job->number / factor),
               job->counting + job->bits);
    else if (first)
        printf("no factor of %llu in %d rounds: is it prime, or a power of a prime?\n",
               (unsigned long long)job->number, ROUNDS);
    return status != EK_OK || factor == 1;
}

int main(int argc, char **argv)
{
    struct job job = {.number = argc > 1 ? strtoull(argv[1], NULL, 10) : 0,
                      .seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1};
    while (job.bits < 63 && job.number >> job.bits) job.bits++;
    job.counting = 2 * job.bits;
    if (job.number < 15 || job.number % 2 == 0 || job.bits > BITS_MAX) {
        fprintf(stderr, "usage: exaket-shor N [SEED], N odd, 15 to %d\n", (1 << BITS_MAX) - 1);
        return 2;
    }
    if (ek_session_create(NULL, &job.session) != EK_OK) {
        fprintf(stderr, "exaket-shor: %s\n", ek_last_message());
        return 1;
    }
    const int failed = report(&job);
    ek_session_destroy(&job.session);
    return failed;
}
