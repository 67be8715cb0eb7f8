#include "algo/qaoa_private.h"

#include <math.h>
#include <string.h>

enum { TABLE_LAYERS = 4 };

static const double PI = 3.14159265358979323846;

/* gamma_1..gamma_p, beta_1..beta_p, optimal on the infinite tree of degree 3. */
static const double tree_angles[TABLE_LAYERS][2 * TABLE_LAYERS] = {
    {0.6154796086, 0.3926990817},
    {0.4878349208, 0.8978383876, 0.5549038678, 0.2923804434},
    {0.4218616314, 0.7984031758, 0.9369805086, 0.6089507134, 0.4595673092, 0.2356691112},
    {0.4087510384, 0.7805687690, 0.9880360116, 1.1569086572, 0.5995603465, 0.4343422978,
     0.2967580418, 0.1590355332},
};

void ek_qaoa_pad(int layers, const double *x, int more, double *padded)
{
    const size_t bytes = (size_t)layers * sizeof *x;
    memset(padded, 0, 2 * (size_t)more * sizeof *x);
    memcpy(padded, x, bytes);
    memcpy(padded + more, x + layers, bytes);
}

/* Grows one half (gamma or beta) from p layers to `layers`, in place: new angle i = 1..p+1 is made
 * of the old i-1 and i (those of number 0 and p+1 count as 0), so it goes downwards. */
static void grow_half(int from, int layers, double *half)
{
    for (int p = from; p < layers; p++)
        for (int i = p + 1; i >= 1; i--) {
            const double before = i > 1 ? half[i - 2] : 0.0;
            const double same = i <= p ? half[i - 1] : 0.0;
            half[i - 1] = ((i - 1) * before + (p - i + 1) * same) / p;
        }
}

void ek_qaoa_interpolate(int layers, const double *x, int more, double *grown)
{
    ek_qaoa_pad(layers, x, more, grown);
    grow_half(layers, more, grown);
    grow_half(layers, more, grown + more);
}

void ek_qaoa_tree_angles(int layers, double *x)
{
    const int known = layers < TABLE_LAYERS ? layers : TABLE_LAYERS;
    ek_qaoa_interpolate(known, tree_angles[known - 1], layers, x);
}

/* Terms per qubit, over the qubits that have any: the degree of a graph. */
static double mean_degree(const ek_problem_facts *facts)
{
    uint64_t touched = 0;
    double ends = 0;
    for (size_t i = 0; i < facts->term_count; i++)
        if (facts->terms[i].coefficient != 0) {
            touched |= facts->terms[i].mask;
            ends += ek_popcount(facts->terms[i].mask);
        }
    return touched ? ends / ek_popcount(touched) : 0;
}

/* Root-mean-square weight w of the terms, as edge weights of a MaxCut: an edge has -w/2. */
static double rms_weight(const ek_problem_facts *facts)
{
    double squares = 0, largest = 0;
    size_t count = 0;
    for (size_t i = 0; i < facts->term_count; i++)
        if (facts->terms[i].mask != 0) largest = fmax(largest, fabs(facts->terms[i].coefficient));
    for (size_t i = 0; i < facts->term_count && largest > 0; i++) {
        const double part = facts->terms[i].coefficient / largest;
        if (facts->terms[i].mask == 0 || part == 0) continue;
        squares += part * part;
        count++;
    }
    return count ? 2 * largest * sqrt(squares / (double)count) : 1;
}

/* Most spins in a term, at least 2. */
static int largest_order(const ek_problem_facts *facts)
{
    int order = 2;
    for (size_t i = 0; i < facts->term_count; i++) {
        const int spins = ek_popcount(facts->terms[i].mask);
        if (facts->terms[i].coefficient != 0 && spins > order) order = spins;
    }
    return order;
}

/* Angles of a mixer as large as the X mixer's for pairs of spins: that has a gap of 2, the Grover
 * mixer of 1, and XY on all pairs of n, from the Dicke state. For small gamma a term of k spins
 * answers the X mixer with sin(2 k beta). */
static double beta_unit(ek_mixer mixer, const ek_problem_facts *facts)
{
    if (mixer == EK_MIXER_GROVER) return 2;
    if (mixer == EK_MIXER_XY_FULL) return 2.0 / (facts->qubits > 2 ? facts->qubits : 2);
    return mixer == EK_MIXER_X ? 2.0 / largest_order(facts) : 1;
}

/* On a tree of degree d the best gamma at p = 1 is arctan(1/sqrt(d-1)) (Wang et al. 2018), and
 * gamma goes with the inverse of the root-mean-square weight (Sureshbabu et al. 2024). */
struct qaoa_scale ek_qaoa_scale_of(const ek_problem_facts *facts, ek_mixer mixer)
{
    const double degree = fmax(mean_degree(facts), 1);
    const double by_degree = atan2(1, sqrt(degree - 1)) / atan2(1, sqrt(2));
    const double weight = rms_weight(facts);
    struct qaoa_scale scale = {.gamma = by_degree / weight,
                               .beta = beta_unit(mixer, facts),
                               .value = weight};
    if (!facts->maximize) scale.gamma = -scale.gamma;
    for (size_t i = 0; i < facts->term_count; i++)
        if (facts->terms[i].mask != 0) scale.total += fabs(facts->terms[i].coefficient);
    return scale;
}

void ek_qaoa_default_angles(const struct qaoa_scale *scale, int layers, double *x)
{
    ek_qaoa_tree_angles(layers, x);
    for (int l = 0; l < layers; l++) {
        x[l] *= scale->gamma;
        x[layers + l] *= scale->beta;
    }
}

void ek_qaoa_settle_angles(const ek_problem_facts *facts, ek_mixer mixer, int layers, double *x)
{
    const struct qaoa_scale scale = ek_qaoa_scale_of(facts, mixer);
    double standard[2 * layers];
    ek_qaoa_default_angles(&scale, layers, standard);
    for (int i = 0; i < 2 * layers; i++)
        if (isnan(x[i])) x[i] = standard[i];
}

/* gamma up to about four times the best at p = 1 (beyond it the energy of a weighted problem is
 * flat), beta over its period pi; the opposite signs of both give the same energies. */
void ek_qaoa_random_angles(const ek_qaoa *qaoa, int start, double *x)
{
    const int layers = qaoa->options.layers;
    for (int i = 0; i < 2 * layers; i++) {
        const uint64_t draw = (uint64_t)(start - 1) * 2 * (uint64_t)layers + (uint64_t)i;
        const double u = ek_random_uniform(qaoa->options.seed, EK_STREAM_ANGLES, draw);
        x[i] = i < layers ? u * 4 * tree_angles[0][0] * qaoa->scale.gamma
                          : u * PI * qaoa->scale.beta;
    }
}
