/* Every kernel of every table that this processor runs, against a slow reference written index by
 * index, for every slot and control pattern that fits a small tile. */
#include "kernels/tables.h"
#include "support/harness.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 7, SIZE = 1 << SLOTS };

static const struct ek_kernels *kernels;
static uint64_t draws;

static double draw(void)
{
    return 2 * ek_random_uniform(11, EK_STREAM_CIRCUIT, draws++) - 1;
}
static double tolerance(void)
{
    return kernels->precision == EK_SINGLE ? 2e-5 : 2e-14;
}

/* ---- a tile and its plain copy -------------------------------------------------------------- */

static _Alignas(64) char re_memory[SIZE * 8], im_memory[SIZE * 8];
static const struct ek_tile tile = {re_memory, im_memory, SLOTS};
static double complex plain[SIZE];

static double part(const void *memory, size_t i)
{
    return kernels->precision == EK_SINGLE ? ((const float *)memory)[i]
                                           : ((const double *)memory)[i];
}

static void set_part(void *memory, size_t i, double value)
{
    if (kernels->precision == EK_SINGLE)
        ((float *)memory)[i] = (float)value;
    else
        ((double *)memory)[i] = value;
}

static void randomise(void)
{
    for (size_t i = 0; i < SIZE; i++) {
        set_part(re_memory, i, draw());
        set_part(im_memory, i, draw());
        plain[i] = part(re_memory, i) + I * part(im_memory, i);
    }
}

static void compare(const char *what)
{
    double worst = 0;
    for (size_t i = 0; i < SIZE; i++) {
        const double far = cabs(plain[i] - (part(re_memory, i) + I * part(im_memory, i)));
        if (!(far <= worst)) worst = far;
    }
    if (!(worst <= tolerance()))
        fprintf(stderr, "\n%s, %s %s: off by %g\n", what, kernels->isa,
                ek_precision_name(kernels->precision), worst);
    CHECK(worst <= tolerance());
}

/* Runs a test for every table. */
static void for_each_table(void (*test)(void))
{
    for (int p = 0; p < 2; p++)
        for (int i = 0; (kernels = test_table((ek_precision)p, i)); i++) test();
}

/* Every control pattern that leaves out `taken`: none, one bit, two bits, each on 0 or 1. */
static void for_each_where(uint32_t taken, void (*test)(struct ek_where where, void *context),
                           void *context)
{
    for (uint32_t mask = 0; mask < SIZE; mask++) {
        if (mask & taken || __builtin_popcount(mask) > 2) continue;
        for (uint32_t value = mask;; value = (value - 1) & mask) {
            test((struct ek_where){mask, value}, context);
            if (value == 0) break;
        }
    }
}

/* ---- dense ---------------------------------------------------------------------------------- */

struct dense_case {
    int count;
    uint8_t position[6];
    ek_complex matrix[64 * 64];
};

static void reference_dense(const struct dense_case *c, struct ek_where where)
{
    double complex out[SIZE];
    const int size = 1 << c->count;
    memcpy(out, plain, sizeof out);
    for (uint32_t i = 0; i < SIZE; i++) {
        if ((i & where.mask) != where.value) continue;
        int row = 0;
        uint32_t rest = i;
        for (int j = 0; j < c->count; j++) {
            row |= (i >> c->position[j] & 1) << j;
            rest &= ~(1u << c->position[j]);
        }
        out[i] = 0;
        for (int column = 0; column < size; column++) {
            uint32_t from = rest;
            for (int j = 0; j < c->count; j++)
                from |= (uint32_t)(column >> j & 1) << c->position[j];
            const ek_complex m = c->matrix[row * size + column];
            out[i] += (m.re + I * m.im) * plain[from];
        }
    }
    memcpy(plain, out, sizeof out);
}

static void check_dense(struct ek_where where, void *context)
{
    const struct dense_case *c = context;
    randomise();
    reference_dense(c, where);
    kernels->dense(&tile, c->count, c->position, c->matrix, where);
    compare("dense");
}

static void check_dense_positions(int count, const uint8_t *position)
{
    static struct dense_case c;
    const size_t entries = (size_t)1 << 2 * count;
    uint32_t taken = 0;
    c.count = count;
    memcpy(c.position, position, (size_t)count);
    for (size_t i = 0; i < entries; i++) c.matrix[i] = (ek_complex){draw(), draw()};
    for (int j = 0; j < count; j++) taken |= 1u << position[j];
    if (count <= 2)
        for_each_where(taken, check_dense, &c);
    else
        check_dense((struct ek_where){0, 0}, &c);
}

static void dense_every_slot(void)
{
    for (uint8_t a = 0; a < SLOTS; a++) {
        check_dense_positions(1, &a);
        for (uint8_t b = 0; b < SLOTS; b++)
            if (b != a) check_dense_positions(2, (uint8_t[]){a, b});
    }
}

static void dense_many_targets(void)
{
    for (int count = 3; count <= 6; count++)
        for (int trial = 0; trial < 20; trial++) {
            uint8_t order[SLOTS];
            for (uint8_t s = 0; s < SLOTS; s++) order[s] = s;
            for (int s = SLOTS - 1; s > 0; s--) {
                const int other =
                    (int)ek_random_below(5, EK_STREAM_CIRCUIT, draws++, (uint64_t)s + 1);
                const uint8_t kept = order[s];
                order[s] = order[other];
                order[other] = kept;
            }
            check_dense_positions(count, order);
        }
}

/* ---- rotations ------------------------------------------------------------------------------ */

/* The form found for a matrix, times its scale, is the matrix; H, RX, RY and SX have one, by large
 * angles with exchanged columns. */
static void find_rotations(void)
{
    for (int trial = 0; trial < 400; trial++) {
        const double a = 3 * draw(), c = cos(a / 2), s = sin(a / 2), h = sqrt(0.5);
        const ek_complex candidates[4][4] = {{{h, 0}, {h, 0}, {h, 0}, {-h, 0}},
                                             {{c, 0}, {0, -s}, {0, -s}, {c, 0}},
                                             {{c, 0}, {-s, 0}, {s, 0}, {c, 0}},
                                             {{0.5, 0.5}, {0.5, -0.5}, {0.5, -0.5}, {0.5, 0.5}}};
        const ek_complex *m = candidates[trial % 4];
        struct ek_rotation r;
        ek_complex scale, form[4];
        CHECK(ek_rotation_find(m, &r, &scale));
        CHECK(r.exchanged == (trial % 4 != 0 && trial % 4 != 3 && c * c < 0.4999));
        ek_rotation_matrix(&r, form);
        for (int i = 0; i < 4; i++)
            CHECK(cabs((scale.re + I * scale.im) * (form[i].re + I * form[i].im) -
                       (m[i].re + I * m[i].im)) < 1e-15);
    }
}

/* ---- diagonals ------------------------------------------------------------------------------ */

static ek_complex unit(double angle)
{
    return (ek_complex){cos(angle), sin(angle)};
}
static double complex as_complex(ek_complex z)
{
    return z.re + I * z.im;
}

static void check_phase(struct ek_where where, void *context)
{
    const ek_complex phase = unit(draw() * 3);
    (void)context;
    randomise();
    for (uint32_t i = 0; i < SIZE; i++)
        if ((i & where.mask) == where.value) plain[i] *= as_complex(phase);
    kernels->phase(&tile, phase, where);
    compare("phase");
}

static void phase_every_control(void)
{
    for_each_where(0, check_phase, NULL);
}

static void check_parity(struct ek_where where, void *context)
{
    const uint32_t z = *(const uint32_t *)context;
    const ek_complex phases[2] = {unit(draw() * 3), unit(draw() * 3)};
    randomise();
    for (uint32_t i = 0; i < SIZE; i++)
        if ((i & where.mask) == where.value)
            plain[i] *= as_complex(phases[__builtin_parity(i & z)]);
    kernels->parity(&tile, z, phases, where);
    compare("parity");
}

static void parity_every_mask(void)
{
    for (uint32_t z = 0; z < SIZE; z++) for_each_where(z, check_parity, &z);
}

static void check_table(struct ek_where where, void *context)
{
    const uint8_t *position = context;
    ek_complex phases[8];
    for (int i = 0; i < 8; i++) phases[i] = unit(draw() * 3);
    randomise();
    for (uint32_t i = 0; i < SIZE; i++) {
        if ((i & where.mask) != where.value) continue;
        const uint32_t entry =
            (i >> position[0] & 1) | (i >> position[1] & 1) << 1 | (i >> position[2] & 1) << 2;
        plain[i] *= as_complex(phases[entry]);
    }
    kernels->table(&tile, 3, position, phases, where);
    compare("table");
}

static void table_every_slot(void)
{
    for (uint8_t a = 0; a < SLOTS; a++)
        for (uint8_t b = 0; b < SLOTS; b++)
            for (uint8_t c = 0; c < SLOTS; c++)
                if (a != b && b != c && a != c)
                    for_each_where(1u << a | 1u << b | 1u << c, check_table, (uint8_t[]){a, b, c});
}

static void levels_and_values(void)
{
    uint16_t level[2 * SIZE];
    double value[SIZE];
    static ek_complex phases[1000];
    static const uint32_t counts[] = {1, 5, 16, 17, 64, 65, 256, 257, 1000};
    const size_t row[SIZE / 16] = {16, 0, 48, 32, 80, 64, 96, 240};
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        const double begin = draw(), step = draw();
        for (uint32_t i = 0; i < counts[k]; i++) phases[i] = unit(begin + i * step);
        for (size_t i = 0; i < 2 * SIZE; i++)
            level[i] = (uint16_t)ek_random_below(1, 1, i, counts[k]);
        level[0] = (uint16_t)(counts[k] - 1);
        randomise();
        for (size_t i = 0; i < SIZE; i++)
            plain[i] *= as_complex(phases[level[row[i / 16] + i % 16]]);
        kernels->levels(&tile, level, row, 4, counts[k], phases);
        compare("levels");
    }
    /* Small angles, many turns, and beyond the range of the fast reduction. */
    for (double scale = 1e-3; scale < 1e9; scale *= 10) {
        randomise();
        for (size_t i = 0; i < SIZE; i++) {
            value[i] = i < 3 ? 0.5 * 3.14159265358979323846 * (double)i / 0.7 : scale * draw();
            plain[i] *= cos(0.7 * value[i]) - I * sin(0.7 * value[i]);
        }
        kernels->values(&tile, value, 0.7);
        compare("values");
    }
}

/* ---- Pauli rotations: the matrix element by element ----------------------------------------- */

/* <from ^ x|P|from> */
static double complex element_of(uint32_t x, uint32_t z, uint32_t from, int slots)
{
    double complex element = 1;
    for (int s = 0; s < slots; s++) {
        const bool flips = x >> s & 1, signs = z >> s & 1, bit = from >> s & 1;
        if (flips && signs)
            element *= bit ? -I : I; /* Y|0> = i|1>, Y|1> = -i|0> */
        else if (signs && bit)
            element *= -1;
    }
    return element;
}

struct pauli_case {
    uint32_t x, z;
};

static void check_pauli(struct ek_where where, void *context)
{
    const struct pauli_case *c = context;
    const double angle = 3 * draw();
    double complex out[SIZE];
    randomise();
    memcpy(out, plain, sizeof out);
    for (uint32_t j = 0; j < SIZE; j++) { /* out_j = cos a_j - i sin <j|P|i> a_i, i = j ^ x */
        const uint32_t i = j ^ c->x;
        if ((j & where.mask) == where.value)
            out[j] = cos(angle) * plain[j] -
                     I * sin(angle) * element_of(c->x, c->z, i, SLOTS) * plain[i];
    }
    memcpy(plain, out, sizeof out);
    kernels->pauli(&tile, c->x, c->z, __builtin_popcount(c->x & c->z), cos(angle), sin(angle),
                   where);
    compare("pauli");
}

static void pauli_every_string(void)
{
    for (uint32_t x = 1; x < SIZE; x += 3)
        for (uint32_t z = 0; z < SIZE; z += 5) {
            struct pauli_case c = {x, z};
            check_pauli((struct ek_where){0, 0}, &c);
        }
    for (uint32_t x = 1; x < 8; x++) {
        struct pauli_case c = {x << 2, 5u << 2};
        for_each_where(7u << 2, check_pauli, &c);
    }
}

/* ---- the same between two chunks of the state ----------------------------------------------- */

/* Of a register with twice the slots of a chunk and one more. */
enum { WIDE_SLOTS = 2 * SLOTS + 1 };

static _Alignas(64) char chunk_memory[2][2 * SIZE * sizeof(double)];
static double complex chunk[2][SIZE];

static void randomise_chunks(void)
{
    for (int c = 0; c < 2; c++)
        for (size_t i = 0; i < SIZE; i++) {
            set_part(chunk_memory[c], 2 * i, draw());
            set_part(chunk_memory[c], 2 * i + 1, draw());
            chunk[c][i] = part(chunk_memory[c], 2 * i) + I * part(chunk_memory[c], 2 * i + 1);
        }
}

/* Two chunks whose indices differ above SLOTS: at first, and at first ^ x. */
static void check_wide(uint32_t x, uint32_t z, uint32_t first)
{
    const double angle = 3 * draw();
    const struct ek_wide wide = {x, z, __builtin_popcount(x & z), cos(angle), sin(angle)};
    const uint32_t begin[2] = {first, first ^ (x & ~(SIZE - 1u))};
    double worst = 0, probed = 0;
    randomise_chunks();
    for (uint32_t i = 0; i < SIZE; i++) { /* sum of conj(left_i) <i|P|j> right_j */
        const uint32_t j = i ^ (x & (SIZE - 1));
        probed += cimag(conj(chunk[0][i]) * element_of(x, z, begin[1] | j, WIDE_SLOTS) *
                        chunk[1][j]);
    }
    const double found =
        kernels->wide_probe(chunk_memory[0], chunk_memory[1], SIZE, first, &wide);
    CHECK(fabs(found - probed) <= SIZE * tolerance());
    kernels->wide_turn(chunk_memory[0], chunk_memory[1], SIZE, first, &wide);
    for (int c = 0; c < 2; c++)
        for (uint32_t i = 0; i < SIZE; i++) {
            const uint32_t j = i ^ (x & (SIZE - 1));
            const double complex expected =
                cos(angle) * chunk[c][i] -
                I * sin(angle) * element_of(x, z, begin[1 - c] | j, WIDE_SLOTS) * chunk[1 - c][j];
            const double far = cabs(expected - part(chunk_memory[c], 2 * i) -
                                    I * part(chunk_memory[c], 2 * i + 1));
            if (!(far <= worst)) worst = far;
        }
    CHECK(worst <= tolerance());
}

static void wide_strings(void)
{
    const uint32_t above = 1u << SLOTS;
    for (uint32_t x = 0; x < SIZE; x += 3)
        for (uint32_t z = 0; z < SIZE; z += 5)
            check_wide(above | x, z | z << SLOTS, above * 6);
    for (uint32_t z = 0; z < 1u << WIDE_SLOTS; z += 37)
        check_wide((1u << WIDE_SLOTS) - 1, z, above * (z % SIZE));
}

/* ---- memory and sums ------------------------------------------------------------------------ */

static void gather_and_scatter(void)
{
    static _Alignas(64) char flat[4 * SIZE * 16];
    static const size_t row[8] = {64, 0, 448, 16, 160, 32, 48, 320};
    memset(flat, 0, sizeof flat);
    randomise();
    kernels->scatter(flat, row, 4, &tile, (ek_complex){1, 0});
    for (size_t i = 0; i < SIZE; i++) {
        CHECK(part(flat, 2 * (row[i / 16] + i % 16)) == creal(plain[i]));
        CHECK(part(flat, 2 * (row[i / 16] + i % 16) + 1) == cimag(plain[i]));
    }
    memset(re_memory, 0, sizeof re_memory);
    memset(im_memory, 0, sizeof im_memory);
    kernels->gather(flat, row, 4, &tile);
    compare("gather");
}

static void sums(void)
{
    static _Alignas(64) char flat[SIZE * 16];
    const size_t rows[1] = {0};
    double value[SIZE], norm = 0, expected = 0, by_level = 0, out[2], probability[SIZE];
    uint16_t level[SIZE];
    double complex sum = 0;
    randomise();
    kernels->scatter(flat, rows, SLOTS, &tile, (ek_complex){1, 0});
    for (size_t i = 0; i < SIZE; i++) {
        const double p = creal(plain[i] * conj(plain[i]));
        value[i] = draw();
        level[i] = (uint16_t)(i * 7 % SIZE);
        norm += p;
        expected += p * value[i];
        if (__builtin_popcountll((i + 256) ^ 5) == 4) sum += plain[i];
    }
    for (size_t i = 0; i < SIZE; i++)
        by_level += creal(plain[i] * conj(plain[i])) * value[level[i]];
    CHECK_NEAR(kernels->norm(flat, SIZE), norm, 1e-11);
    CHECK_NEAR(kernels->expect_values(flat, SIZE, value), expected, 1e-11);
    CHECK_NEAR(kernels->expect_levels(flat, SIZE, level, value), by_level, 1e-11);
    kernels->probabilities(flat, SIZE, probability);
    CHECK_NEAR(probability[77], creal(plain[77] * conj(plain[77])), 1e-14);
    kernels->sum(flat, SIZE, 256, 5, 4, out);
    CHECK_NEAR(out[0], creal(sum), 1e-11);
    CHECK_NEAR(out[1], cimag(sum), 1e-11);
    kernels->add(flat, SIZE, 256, 5, 4, (ek_complex){0.25, -0.5});
    kernels->scale(flat, SIZE, 2);
    for (size_t i = 0; i < SIZE; i++)
        plain[i] =
            2 * (plain[i] + (__builtin_popcountll((i + 256) ^ 5) == 4 ? 0.25 - 0.5 * I : 0));
    kernels->gather(flat, rows, SLOTS, &tile);
    compare("add, scale");
}

static void walsh(void)
{
    double in[SIZE], out[SIZE];
    for (size_t i = 0; i < SIZE; i++) in[i] = out[i] = draw();
    kernels->walsh(out, SLOTS);
    for (uint32_t x = 0; x < SIZE; x++) {
        double expected = 0;
        for (uint32_t m = 0; m < SIZE; m++) expected += __builtin_parity(x & m) ? -in[m] : in[m];
        CHECK_NEAR(out[x], expected, 1e-12);
    }
}

#define TEST(name)                                                                                \
    static void test_##name(void)                                                                 \
    {                                                                                             \
        for_each_table(name);                                                                     \
    }
TEST(dense_every_slot)
TEST(dense_many_targets)
TEST(phase_every_control)
TEST(parity_every_mask)
TEST(table_every_slot)
TEST(levels_and_values)
TEST(pauli_every_string)
TEST(wide_strings)
TEST(gather_and_scatter)
TEST(sums)
TEST(walsh)

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"dense, 1 and 2 targets, every slot and control", test_dense_every_slot},
        {"dense, 3 to 6 targets", test_dense_many_targets},
        {"finding scaled rotations", find_rotations},
        {"phase under every control", test_phase_every_control},
        {"parity of every mask", test_parity_every_mask},
        {"table on every three slots", test_table_every_slot},
        {"levels and values of diagonal functions", test_levels_and_values},
        {"Pauli rotations", test_pauli_every_string},
        {"Pauli rotations of the state", test_wide_strings},
        {"gather and scatter", test_gather_and_scatter},
        {"sums and changes of flat amplitudes", test_sums},
        {"Walsh-Hadamard transform", test_walsh},
    };
    return test_main(argc, argv, "kernels", cases, sizeof cases / sizeof *cases);
}
