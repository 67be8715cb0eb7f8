/* The lowest eigenvalue of a small Hamiltonian, by the Lanczos method with full
 * reorthogonalisation on rank 0. */
#include "observe/linear.h"
#include "observe/observe.h"

#include <math.h>

enum { STEPS_MAX = 500, CACHED_ROWS = 256 };

/* Residuals below this part of the Hamiltonian's size end the iteration: the eigenvalue's own
 * error goes with their square. */
static const double SMALL = 1e-10;

/* H = V T V^+ + rest: the basis V by vectors, T tridiagonal. */
struct lanczos {
    const ek_hamiltonian_facts *facts;
    size_t rows;
    int threads, steps;
    ek_complex *basis;                             /* STEPS_MAX + 1 vectors */
    double diagonal[STEPS_MAX], above[STEPS_MAX]; /* above[k]: between k and k + 1 */
};

/* i^turns a */
static ek_complex turn(ek_complex a, int turns)
{
    switch (turns & 3) {
    case 0: return a;
    case 1: return (ek_complex){-a.im, a.re};
    case 2: return (ek_complex){-a.re, -a.im};
    default: return (ek_complex){a.im, -a.re};
    }
}

static bool is_constant(const ek_pauli_term *term) { return (term->x_mask | term->z_mask) == 0; }

/* to = H from, without the constant; P|i> = i^y (-1)^(i & z) |i ^ x>. */
static void apply(const struct lanczos *run, const ek_complex *from, ek_complex *to)
{
    const ek_pauli_term *terms = run->facts->terms;
#pragma omp parallel for schedule(static) num_threads(run->threads)
    for (size_t j = 0; j < run->rows; j++) {
        ek_complex sum = {0, 0};
        for (size_t t = 0; t < run->facts->term_count; t++) {
            if (is_constant(&terms[t])) continue;
            const uint64_t x = terms[t].x_mask, z = terms[t].z_mask, i = j ^ x;
            const ek_complex a = turn(from[i], ek_popcount(x & z) + 2 * ek_parity(i & z));
            sum.re += terms[t].coefficient * a.re;
            sum.im += terms[t].coefficient * a.im;
        }
        to[j] = sum;
    }
}

/* The size is that of what the iteration resolves: a large constant is none of it. */
static void measure(const ek_hamiltonian_facts *facts, double *constant, double *size)
{
    *constant = *size = 0;
    for (size_t t = 0; t < facts->term_count; t++)
        if (is_constant(&facts->terms[t])) *constant = facts->terms[t].coefficient;
        else *size += fabs(facts->terms[t].coefficient);
}

static ek_complex *vector(const struct lanczos *run, int k)
{
    return run->basis + (size_t)k * run->rows;
}

static void scale(const struct lanczos *run, int k, double factor)
{
    ek_complex *v = vector(run, k);
    for (size_t i = 0; i < run->rows; i++) v[i] = (ek_complex){v[i].re * factor, v[i].im * factor};
}

static double norm_of(const struct lanczos *run, int k)
{
    const ek_complex *v = vector(run, k);
    double squares = 0;
    for (size_t i = 0; i < run->rows; i++) squares += v[i].re * v[i].re + v[i].im * v[i].im;
    return sqrt(squares);
}

static void begin(struct lanczos *run)
{
    double normals[2];
    for (size_t i = 0; i < run->rows; i++) {
        ek_random_normals(0, EK_STREAM_STATE, i, normals);
        vector(run, 0)[i] = (ek_complex){normals[0], normals[1]};
    }
    scale(run, 0, 1 / norm_of(run, 0));
}

/* Takes out of vector `count` what it has of those before it: each sum in its own thread, so that
 * none depends on their number. */
static void project_out(const struct lanczos *run, int count, ek_complex *overlaps)
{
    ek_complex *w = vector(run, count);
#pragma omp parallel for schedule(static) num_threads(run->threads)
    for (int k = 0; k < count; k++) {
        const ek_complex *v = vector(run, k);
        ek_complex sum = {0, 0};
        for (size_t i = 0; i < run->rows; i++) {
            sum.re += v[i].re * w[i].re + v[i].im * w[i].im;
            sum.im += v[i].re * w[i].im - v[i].im * w[i].re;
        }
        overlaps[k] = sum;
    }
#pragma omp parallel for schedule(static) num_threads(run->threads)
    for (size_t from = 0; from < run->rows; from += CACHED_ROWS)
        for (int k = 0; k < count; k++) {
            const ek_complex *v = vector(run, k), o = overlaps[k];
            for (size_t i = from; i < from + CACHED_ROWS && i < run->rows; i++) {
                w[i].re -= o.re * v[i].re - o.im * v[i].im;
                w[i].im -= o.re * v[i].im + o.im * v[i].re;
            }
        }
}

/* One more row of T; its lowest eigenvalue, and the residual of its vector in H. */
static ek_status step(struct lanczos *run, double *lowest, double *residual)
{
    const int k = run->steps++;
    ek_complex overlaps[STEPS_MAX];
    double last;
    apply(run, vector(run, k), vector(run, k + 1));
    project_out(run, k + 1, overlaps);
    run->diagonal[k] = overlaps[k].re;
    project_out(run, k + 1, overlaps); /* twice is enough (Kahan and Parlett) */
    run->above[k] = norm_of(run, k + 1);
    EK_TRY(ek_tridiagonal_lowest(run->steps, run->diagonal, run->above, lowest, &last));
    *residual = fabs(run->above[k] * last);
    return EK_OK;
}

static ek_status iterate(struct lanczos *run, double *energy)
{
    double constant, size, lowest, residual = 0;
    measure(run->facts, &constant, &size);
    const double enough = SMALL * size;
    begin(run);
    while (run->steps < STEPS_MAX) {
        EK_TRY(step(run, &lowest, &residual));
        *energy = constant + lowest;
        if (residual <= enough) return EK_OK;
        scale(run, run->steps, 1 / run->above[run->steps - 1]);
    }
    return EK_FAIL(EK_ERROR_NUMERIC, "the ground energy did not converge in %d Lanczos steps: "
                   "residual %g, expected at most %g", STEPS_MAX, residual, enough);
}

static ek_status compute(const ek_hamiltonian_facts *facts, int threads, double *energy)
{
    struct lanczos run = {.facts = facts, .rows = (size_t)ek_bit(facts->qubits),
                          .threads = threads};
    EK_TRY(EK_NEW_RAW(run.basis, (STEPS_MAX + 1) * run.rows));
    const ek_status status = iterate(&run, energy);
    ek_release(run.basis);
    return status;
}

static ek_status check_size(const ek_hamiltonian_facts *facts)
{
    if (facts->qubits <= EK_GROUND_QUBITS_MAX) return EK_OK;
    return EK_FAIL(EK_ERROR_ARGUMENT, "the exact ground energy of %d qubits: at most %d",
                   facts->qubits, EK_GROUND_QUBITS_MAX);
}

ek_status ek_hamiltonian_ground(ek_session *session, const ek_hamiltonian *hamiltonian,
                                double *energy)
{
    ek_hamiltonian_facts facts;
    double found = 0;
    ek_hamiltonian_get(hamiltonian, &facts);
    ek_status status = check_size(&facts);
    if (status == EK_OK && ek_session_rank(session) == 0)
        status = compute(&facts, ek_session_threads(session), &found);
    EK_TRY(ek_session_agree(session, status));
    ek_broadcast(session, &found, sizeof found, 0);
    *energy = found;
    return EK_OK;
}
