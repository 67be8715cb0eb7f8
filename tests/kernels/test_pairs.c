/* Kernels that see two tiles, for every table, against sums written index by index: probes and
 * Pauli strings, on tiles shorter and longer than a vector. */
#include "kernels/tables.h"
#include "support/harness.h"

#include <complex.h>
#include <math.h>
#include <string.h>

enum { SLOTS = 9, SIZE = 1 << SLOTS, CASES = 300 };

static uint64_t draws;

static double draw(void) { return 2 * ek_random_uniform(12, EK_STREAM_CIRCUIT, draws++) - 1; }
static uint32_t draw_mask(int slots)
{
    uint64_t bits[4];
    ek_random_bits(13, EK_STREAM_CIRCUIT, draws++, bits);
    return (uint32_t)bits[0] & ((1u << slots) - 1) & (bits[1] & 1 ? (uint32_t)bits[2] : ~0u);
}

/* A tile and its plain copy. */
struct copy {
    _Alignas(64) char re[SIZE * 8], im[SIZE * 8];
    double complex plain[SIZE];
    struct ek_tile tile;
};

static double part(const struct ek_kernels *kernels, const void *memory, size_t i)
{
    return kernels->precision == EK_SINGLE ? ((const float *)memory)[i]
                                           : ((const double *)memory)[i];
}

static void randomise(const struct ek_kernels *kernels, int slots, struct copy *copy)
{
    copy->tile = (struct ek_tile){copy->re, copy->im, slots};
    for (size_t i = 0; i < (size_t)1 << slots; i++) {
        const double re = draw(), im = draw();
        if (kernels->precision == EK_SINGLE)
            ((float *)copy->re)[i] = (float)re, ((float *)copy->im)[i] = (float)im;
        else
            ((double *)copy->re)[i] = re, ((double *)copy->im)[i] = im;
        copy->plain[i] = part(kernels, copy->re, i) + I * part(kernels, copy->im, i);
    }
}

static const double complex power[4] = {1, I, -1, -I};
static struct copy left, right;

/* i^turns (-1)^(at & z) */
static double complex factor(int turns, uint32_t at, uint32_t z)
{
    return __builtin_parity(at & z) ? -power[turns & 3] : power[turns & 3];
}

static void check_probe(const struct ek_kernels *kernels, int slots)
{
    const double tolerance = kernels->precision == EK_SINGLE ? 1e-4 : 1e-12;
    const uint32_t x = draw_mask(slots), z = draw_mask(slots);
    const uint32_t mask = draw_mask(slots) & draw_mask(slots) & ~x;
    const struct ek_where where = {mask, draw_mask(slots) & mask};
    const int turns = (int)draw_mask(3);
    double weight[SIZE], plain_probe = 0, plain_values = 0;
    for (uint32_t i = 0; i < 1u << slots; i++) {
        const double complex both = conj(left.plain[i]) * right.plain[i ^ x];
        weight[i] = draw();
        if ((i & mask) == where.value) plain_probe += cimag(factor(turns, i ^ x, z) * both);
        plain_values += weight[i] * cimag(conj(left.plain[i]) * right.plain[i]);
    }
    CHECK_NEAR(kernels->probe(&left.tile, &right.tile, x, z, turns, where), plain_probe,
               tolerance);
    CHECK_NEAR(kernels->probe_values(&left.tile, &right.tile, weight), plain_values, tolerance);
}

static void draw_strings(int slots, int count, struct ek_string *strings)
{
    for (int k = 0; k < count; k++)
        strings[k] = (struct ek_string){draw_mask(slots), draw_mask(slots), (int)draw_mask(4),
                                        draw()};
}

static void check_sums(const struct ek_kernels *kernels, int slots, int count)
{
    const double tolerance = kernels->precision == EK_SINGLE ? 1e-4 : 1e-12;
    const int pivot = (int)draw_mask(4) % (slots + 1) - 1;
    struct ek_string strings[EK_STRINGS_MAX];
    double sums[EK_STRINGS_MAX];
    draw_strings(slots, count, strings);
    kernels->string_sums(&left.tile, &right.tile, pivot, count, strings, sums);
    for (int k = 0; k < count; k++) {
        double plain = 0;
        for (uint32_t i = 0; i < 1u << slots; i++)
            if (pivot < 0 || !(i >> pivot & 1))
                plain += creal(factor(strings[k].turns, i, strings[k].z) * conj(left.plain[i]) *
                               right.plain[i ^ strings[k].x]);
        CHECK_NEAR(sums[k], plain, tolerance);
    }
}

static void check_add(const struct ek_kernels *kernels, int slots, int count)
{
    const double tolerance = kernels->precision == EK_SINGLE ? 1e-5 : 1e-13;
    struct ek_string strings[EK_STRINGS_MAX];
    double worst = 0;
    draw_strings(slots, count, strings);
    kernels->string_add(&left.tile, &right.tile, count, strings);
    for (uint32_t i = 0; i < 1u << slots; i++) {
        for (int k = 0; k < count; k++)
            left.plain[i] += strings[k].coefficient * factor(strings[k].turns, i, strings[k].z) *
                             right.plain[i ^ strings[k].x];
        const double far = cabs(left.plain[i] - part(kernels, left.re, i) -
                                I * part(kernels, left.im, i));
        if (!(far <= worst)) worst = far;
    }
    CHECK(worst <= tolerance);
}

static void check_signs(const struct ek_kernels *kernels, int slots, int count)
{
    const double tolerance = kernels->precision == EK_SINGLE ? 1e-4 : 1e-12;
    uint32_t z[EK_SIGNS_MAX] = {0};
    double sums[EK_SIGNS_MAX];
    for (int k = 0; k < 2 * count; k++) z[k] = draw_mask(slots);
    kernels->probe_signs(&left.tile, &right.tile, 2 * count, z, sums);
    for (int k = 0; k < 2 * count; k++) {
        double plain = 0;
        for (uint32_t i = 0; i < 1u << slots; i++)
            plain += cimag(factor(0, i, z[k]) * conj(left.plain[i]) * right.plain[i]);
        CHECK_NEAR(sums[k], plain, tolerance);
    }
}

static void turn_plain(struct copy *copy, const struct ek_turn *turn)
{
    const double complex unit = turn->imaginary ? I : 1;
    for (uint32_t i = 0; i < 1u << copy->tile.slots; i++) {
        const uint32_t j = i | 1u << turn->position;
        const double complex a = copy->plain[i], b = copy->plain[j];
        if (i == j) continue;
        copy->plain[i] = turn->matrix[0] * a + unit * turn->matrix[1] * b;
        copy->plain[j] = unit * turn->matrix[2] * a + turn->matrix[3] * b;
    }
}

static void check_tile(const struct ek_kernels *kernels, const struct copy *copy)
{
    double worst = 0;
    for (uint32_t i = 0; i < 1u << copy->tile.slots; i++) {
        const double far =
            cabs(copy->plain[i] - part(kernels, copy->re, i) - I * part(kernels, copy->im, i));
        if (!(far <= worst)) worst = far;
    }
    CHECK_NEAR(worst, 0, kernels->precision == EK_SINGLE ? 1e-5 : 1e-14);
}

static void check_turns(const struct ek_kernels *kernels, int slots, int number)
{
    const double tolerance = kernels->precision == EK_SINGLE ? 1e-4 : 1e-12;
    const int count = slots > 5 && number % 2 ? 2 : 1, low = count == 2 ? 4 : 0;
    struct ek_turn turns[2];
    double sums[2], plain[2] = {0};
    for (int k = 0; k < count; k++) {
        turns[k] = (struct ek_turn){.position = (uint8_t)(low + (int)draw_mask(8) % (slots - low)),
                                    .imaginary = draw_mask(1), .probed = draw() <= 0.8,
                                    .matrix = {draw(), draw(), draw(), draw()}};
        if (number % 3 == 0) turns[k].matrix[0] = turns[k].matrix[3] = 1;
    }
    if (count == 2 && turns[1].position == turns[0].position)
        turns[1].position = (uint8_t)(turns[0].position == 4 ? 5 : 4);
    kernels->pair_turns(&left.tile, &right.tile, count, turns, sums);
    for (int k = 0; k < count; k++) {
        const uint32_t x = 1u << turns[k].position, z = turns[k].imaginary ? 0 : x;
        for (uint32_t i = 0; turns[k].probed && i < 1u << slots; i++)
            plain[k] += cimag(factor(z != 0, i ^ x, z) * conj(left.plain[i]) * right.plain[i ^ x]);
        turn_plain(&left, &turns[k]);
        turn_plain(&right, &turns[k]);
        CHECK_NEAR(sums[k], plain[k], tolerance);
    }
    check_tile(kernels, &left);
    check_tile(kernels, &right);
}

static void check_multiply(const struct ek_kernels *kernels, int slots, int count)
{
    static struct copy phases;
    const ek_complex number = {draw(), count * draw()};
    randomise(kernels, slots, &phases);
    kernels->pair_multiply(&left.tile, &right.tile, &phases.tile, number);
    for (uint32_t i = 0; i < 1u << slots; i++) {
        left.plain[i] *= phases.plain[i] * (number.re + I * number.im);
        right.plain[i] *= phases.plain[i] * (number.re + I * number.im);
    }
    check_tile(kernels, &left);
    check_tile(kernels, &right);
}

static void check_add_rows(const struct ek_kernels *kernels, int slots, int count)
{
    static _Alignas(64) char flat[2 * SIZE * 16];
    const double tolerance = kernels->precision == EK_SINGLE ? 1e-6 : 1e-15;
    const int row_slots = slots < count ? slots : count;
    const size_t rows = (size_t)1 << (slots - row_slots), length = (size_t)1 << row_slots;
    size_t row[SIZE];
    double worst = 0;
    memset(flat, 0, sizeof flat);
    for (size_t r = 0; r < rows; r++) row[r] = (2 * rows - 1 - r) * length;
    kernels->scatter(flat, row, row_slots, &left.tile, (ek_complex){1, 0});
    kernels->add_rows(flat, row, row_slots, &right.tile);
    for (size_t i = 0; i < (size_t)1 << slots; i++) {
        const size_t at = row[i >> row_slots] + (i & (length - 1));
        const double re = part(kernels, flat, 2 * at), im = part(kernels, flat, 2 * at + 1);
        worst = fmax(worst, cabs(re + I * im - left.plain[i] - right.plain[i]));
    }
    CHECK(worst <= tolerance);
}

static void for_each_table(void (*check)(const struct ek_kernels *kernels, int slots, int count))
{
    const struct ek_kernels *kernels;
    for (int p = 0; p < 2; p++)
        for (int i = 0; (kernels = test_table((ek_precision)p, i)); i++)
            for (int c = 0; c < CASES; c++) {
                const int slots = 1 + c % SLOTS;
                randomise(kernels, slots, &left);
                randomise(kernels, slots, &right);
                check(kernels, slots, 1 + c / SLOTS % EK_STRINGS_MAX);
            }
}

static void check_probes(const struct ek_kernels *kernels, int slots, int count)
{
    for (int k = 0; k < count; k++) check_probe(kernels, slots);
}

static void test_probes(void) { for_each_table(check_probes); }
static void test_sums(void) { for_each_table(check_sums); }
static void test_add(void) { for_each_table(check_add); }
static void test_signs(void) { for_each_table(check_signs); }
static void test_turns(void) { for_each_table(check_turns); }
static void test_multiply(void) { for_each_table(check_multiply); }
static void test_add_rows(void) { for_each_table(check_add_rows); }

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"probes", test_probes},
        {"probes of signs", test_signs},
        {"turns of two tiles", test_turns},
        {"phases on two tiles", test_multiply},
        {"sums of strings", test_sums},
        {"application of strings", test_add},
        {"addition to rows", test_add_rows},
    };
    return test_main(argc, argv, "kernels: pairs of tiles", cases, sizeof cases / sizeof *cases);
}
