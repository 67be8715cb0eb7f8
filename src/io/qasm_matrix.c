/* Powers of small matrices. */
#include "io/qasm_resolve.h"

#include <complex.h>
#include <math.h>

enum { SIZE_MAX_HERE = 1 << EK_DENSE_MAX };

static double complex to_c(ek_complex value)
{
    return value.re + I * value.im;
}

/* A unitary, a Hermitian matrix with the same eigenvectors, these as columns, and their images. */
struct decomposition {
    int size;
    double complex *unitary, *hermitian, *vectors, *images;
};

/* Columns p and q become c p - s e^{-i psi} q and s e^{i psi} p + c q; rows likewise. */
static void rotate(struct decomposition *d, int p, int q)
{
    const int n = d->size;
    double complex *h = d->hermitian;
    const double modulus = cabs(h[p * n + q]);
    if (modulus < 1e-300) return;
    const double complex phase = h[p * n + q] / modulus;
    const double tau = (creal(h[q * n + q]) - creal(h[p * n + p])) / (2 * modulus);
    const double t = (tau >= 0 ? 1 : -1) / (fabs(tau) + sqrt(1 + tau * tau));
    const double c = 1 / sqrt(1 + t * t), s = t * c;
    double complex *const both[] = {h, d->vectors};
    for (int which = 0; which < 2; which++)
        for (int k = 0; k < n; k++) {
            double complex *row = both[which] + k * n;
            const double complex x = row[p], y = row[q];
            row[p] = c * x - s * conj(phase) * y;
            row[q] = s * phase * x + c * y;
        }
    for (int k = 0; k < n; k++) {
        const double complex x = h[p * n + k], y = h[q * n + k];
        h[p * n + k] = c * x - s * phase * y;
        h[q * n + k] = s * conj(phase) * x + c * y;
    }
}

/* Cyclic Jacobi sweeps (Golub and Van Loan, Matrix Computations, 8.5). */
static void diagonalize(struct decomposition *d)
{
    for (int sweep = 0; sweep < 40; sweep++) {
        double off = 0;
        for (int p = 0; p < d->size; p++)
            for (int q = p + 1; q < d->size; q++) {
                off += cabs(d->hermitian[p * d->size + q]);
                rotate(d, p, q);
            }
        if (off < 1e-15 * d->size) return;
    }
}

/* cos(delta) (U + U*)/2 + sin(delta) (U - U*)/2i has the eigenvectors of U, unless two phases lie
 * at the same distance from delta. */
static void begin_decomposition(struct decomposition *d, double delta)
{
    const int n = d->size;
    for (int r = 0; r < n; r++)
        for (int c = 0; c < n; c++) {
            const double complex u = d->unitary[r * n + c], v = conj(d->unitary[c * n + r]);
            d->hermitian[r * n + c] = cos(delta) * (u + v) / 2 + sin(delta) * (u - v) / (2 * I);
            d->vectors[r * n + c] = r == c;
        }
}

static void find_images(struct decomposition *d)
{
    const int n = d->size;
    for (int r = 0; r < n; r++)
        for (int k = 0; k < n; k++) {
            double complex sum = 0;
            for (int c = 0; c < n; c++) sum += d->unitary[r * n + c] * d->vectors[c * n + k];
            d->images[r * n + k] = sum;
        }
}

/* <v_a| U |v_b>. */
static double complex element(const struct decomposition *d, int a, int b)
{
    double complex sum = 0;
    for (int r = 0; r < d->size; r++)
        sum += conj(d->vectors[r * d->size + a]) * d->images[r * d->size + b];
    return sum;
}

static double worst_off_diagonal(const struct decomposition *d)
{
    double worst = 0;
    for (int a = 0; a < d->size; a++)
        for (int b = 0; b < d->size; b++)
            if (a != b) worst = fmax(worst, cabs(element(d, a, b)));
    return worst;
}

/* The sum of e^{i exponent phase} |v><v|, phases in (-pi, pi]. */
static void sum_powers(const struct decomposition *d, double exponent, ek_complex *matrix)
{
    const int n = d->size;
    double complex sum[SIZE_MAX_HERE * SIZE_MAX_HERE] = {0};
    for (int k = 0; k < n; k++) {
        double phase = carg(element(d, k, k));
        if (phase < -3.14159265358979 + 1e-9) phase = -phase;
        const double complex factor = cexp(I * exponent * phase);
        for (int r = 0; r < n; r++)
            for (int c = 0; c < n; c++)
                sum[r * n + c] += factor * d->vectors[r * n + k] * conj(d->vectors[c * n + k]);
    }
    for (int i = 0; i < n * n; i++) matrix[i] = (ek_complex){creal(sum[i]), cimag(sum[i])};
}

static ek_status raise(struct decomposition *d, ek_complex *matrix, double exponent)
{
    static const double deltas[] = {0.7390851332151607, 2.3025850929940457, -1.2020569031595943};
    for (int i = 0; i < d->size * d->size; i++) d->unitary[i] = to_c(matrix[i]);
    for (size_t attempt = 0; attempt < sizeof deltas / sizeof *deltas; attempt++) {
        begin_decomposition(d, deltas[attempt]);
        diagonalize(d);
        find_images(d);
        if (worst_off_diagonal(d) > 1e-10) continue;
        sum_powers(d, exponent, matrix);
        return EK_OK;
    }
    return EK_FAIL(EK_ERROR_NUMERIC, "the eigenvectors of a gate on %d states were not found",
                   d->size);
}

ek_status ek_qasm_matrix_power(int size, ek_complex *matrix, double exponent)
{
    const size_t entries = (size_t)size * (size_t)size;
    double complex *memory = NULL;
    EK_TRY(EK_NEW(memory, 4 * entries));
    struct decomposition d = {size, memory, memory + entries, memory + 2 * entries,
                              memory + 3 * entries};
    const ek_status status = raise(&d, matrix, exponent);
    ek_release(memory);
    return status;
}
