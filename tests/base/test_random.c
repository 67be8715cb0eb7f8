#include "base/base.h"
#include "support/harness.h"

#include <math.h>

/* ---- Philox 4x64-10 once more, from the paper (Salmon et al. 2011), without 128-bit integers */

static uint64_t high_product(uint64_t a, uint64_t b)
{
    const uint64_t a0 = a & 0xffffffff, a1 = a >> 32, b0 = b & 0xffffffff, b1 = b >> 32;
    const uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
    const uint64_t other = a0 * b1 + (middle & 0xffffffff);
    return a1 * b1 + (middle >> 32) + (other >> 32);
}

static void philox(const uint64_t counter[4], const uint64_t key[2], uint64_t out[4])
{
    const uint64_t m0 = 0xD2E7470EE14C6C93, m1 = 0xCA5A826395121157;
    const uint64_t w0 = 0x9E3779B97F4A7C15, w1 = 0xBB67AE8584CAA73B;
    for (int i = 0; i < 4; i++) out[i] = counter[i];
    for (uint64_t round = 0; round < 10; round++) {
        const uint64_t x0 = out[0], x1 = out[1], x2 = out[2], x3 = out[3];
        out[0] = high_product(m1, x2) ^ x1 ^ (key[0] + round * w0);
        out[1] = m1 * x2;
        out[2] = high_product(m0, x0) ^ x3 ^ (key[1] + round * w1);
        out[3] = m0 * x0;
    }
}

/* The three vectors that Random123 publishes (its file kat_vectors): counter, key, result. */
static void test_published_vectors(void)
{
    static const uint64_t vectors[3][10] = {
        {0, 0, 0, 0, 0, 0, 0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b,
         0x7e68b68aec7ba23b},
        {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
         0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0},
        {0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89,
         0x452821e638d01377, 0xbe5466cf34e90c6c, 0xa528f45403e61d95, 0x38c72dbd566e9788,
         0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}};
    uint64_t out[4];
    for (int v = 0; v < 3; v++) {
        philox(vectors[v], vectors[v] + 4, out);
        for (int i = 0; i < 4; i++) CHECK(out[i] == vectors[v][6 + i]);
    }
    ek_random_bits(0, (enum ek_stream)0, 0, out);
    for (int i = 0; i < 4; i++) CHECK(out[i] == vectors[0][6 + i]);
}

static void test_counter_and_key(void)
{
    static const uint64_t seeds[] = {0, 1, 42, 0x243f6a8885a308d3, UINT64_MAX};
    for (int s = 0; s < 5; s++)
        for (int stream = EK_STREAM_STATE; stream <= EK_STREAM_SWEEP; stream++)
            for (uint64_t index = 1; index != 0; index <<= 1) {
                uint64_t expected[4], got[4];
                philox((const uint64_t[]){index, 0, 0, 0},
                       (const uint64_t[]){seeds[s], (uint64_t)stream}, expected);
                ek_random_bits(seeds[s], (enum ek_stream)stream, index, got);
                for (int i = 0; i < 4; i++) CHECK(got[i] == expected[i]);
            }
}

static void test_uniform_is_the_top_53_bits(void)
{
    double sum = 0;
    const int draws = 20000;
    for (uint64_t i = 0; i < (uint64_t)draws; i++) {
        uint64_t bits[4];
        const double u = ek_random_uniform(7, EK_STREAM_SHOTS, i);
        ek_random_bits(7, EK_STREAM_SHOTS, i, bits);
        CHECK(u >= 0 && u < 1 && u == ldexp((double)(bits[0] >> 11), -53));
        sum += u;
    }
    CHECK_NEAR(sum / draws, 0.5, 5 * sqrt(1.0 / 12 / draws));
}

static void test_normal_moments(void)
{
    double moment[5] = {0}, product = 0;
    const int draws = 50000;
    for (uint64_t i = 0; i < (uint64_t)draws; i++) {
        double z[2];
        ek_random_normals(3, EK_STREAM_STATE, i, z);
        CHECK(isfinite(z[0]) && isfinite(z[1]));
        product += z[0] * z[1];
        for (int k = 1; k <= 4; k++) moment[k] += pow(z[0], k) + pow(z[1], k);
    }
    const double n = 2.0 * draws; /* five standard errors each: variances 1, 2, 15, 96 */
    CHECK_NEAR(moment[1] / n, 0, 5 * sqrt(1 / n));
    CHECK_NEAR(moment[2] / n, 1, 5 * sqrt(2 / n));
    CHECK_NEAR(moment[3] / n, 0, 5 * sqrt(15 / n));
    CHECK_NEAR(moment[4] / n, 3, 5 * sqrt(96 / n));
    CHECK_NEAR(product / draws, 0, 5 * sqrt(1.0 / draws));
}

static void test_below_is_uniform(void)
{
    const int bound = 7, draws = 14000;
    double chi_squared = 0;
    int count[7] = {0};
    for (uint64_t i = 0; i < (uint64_t)draws; i++) {
        const uint64_t value = ek_random_below(11, EK_STREAM_GRAPH, i, (uint64_t)bound);
        CHECK(value < (uint64_t)bound);
        if (value < (uint64_t)bound) count[value]++;
    }
    for (int v = 0; v < bound; v++) {
        const double expected = (double)draws / bound;
        chi_squared += (count[v] - expected) * (count[v] - expected) / expected;
    }
    CHECK(chi_squared < 27.9); /* 6 degrees of freedom, p = 1e-4 */
    CHECK(ek_random_below(11, EK_STREAM_GRAPH, 5, 1) == 0);
    CHECK(ek_random_below(11, EK_STREAM_GRAPH, 5, UINT64_C(1) << 63) < UINT64_C(1) << 63);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"Random123's published vectors", test_published_vectors},
        {"the index is the counter; seed and stream are the key", test_counter_and_key},
        {"uniform draws are the top 53 bits", test_uniform_is_the_top_53_bits},
        {"normal draws have a normal's moments", test_normal_moments},
        {"integers below a bound are uniform", test_below_is_uniform},
    };
    return test_main(argc, argv, "base: random", cases, sizeof cases / sizeof *cases);
}
