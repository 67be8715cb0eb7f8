#include "base/base.h"
#include "support/harness.h"

#include <math.h>
#include <string.h>

static void test_deposit_and_extract(void)
{
    for (uint64_t trial = 0; trial < 500; trial++) {
        uint64_t bits[4];
        ek_random_bits(trial, EK_STREAM_CIRCUIT, 0, bits);
        const uint64_t value = bits[0], mask = bits[1] & (trial % 2 ? bits[2] : UINT64_MAX);
        uint64_t deposited = 0, extracted = 0;
        int at = 0;
        for (int b = 0; b < 64; b++) {
            if (!(mask >> b & 1)) continue;
            deposited |= (value >> at & 1) << b;
            extracted |= (value >> b & 1) << at;
            at++;
        }
        CHECK(ek_deposit(value, mask) == deposited);
        CHECK(ek_extract(value, mask) == extracted);
        CHECK(ek_extract(ek_deposit(value, mask), mask) == (value & ek_low_bits(at)));
    }
    CHECK(ek_deposit(UINT64_MAX, 0) == 0 && ek_extract(UINT64_MAX, 0) == 0);
    CHECK(ek_deposit(UINT64_MAX, UINT64_MAX) == UINT64_MAX);
}

static void test_single_bits(void)
{
    for (int b = 0; b < 64; b++) {
        CHECK(ek_lowest_bit(ek_bit(b)) == b && ek_log2(ek_bit(b)) == b);
        CHECK(ek_popcount(ek_low_bits(b)) == b && ek_parity(ek_low_bits(b)) == b % 2);
        CHECK(ek_is_power_of_two(ek_bit(b)));
    }
    CHECK(ek_low_bits(64) == UINT64_MAX && ek_low_bits(0) == 0);
    CHECK(!ek_is_power_of_two(0) && !ek_is_power_of_two(3) && !ek_is_power_of_two(UINT64_MAX));
}

/* Adding 1 to 2^53 gives 2^53 again, so one running sum loses what pairs keep. */
static void test_sum_is_pairwise(void)
{
    enum { COUNT = 100003 };
    static double values[COUNT];
    double running = 0;
    for (int i = 0; i < COUNT; i++) {
        values[i] = i == 0 ? 0x1p53 : 1;
        running += values[i];
    }
    CHECK(running == 0x1p53);
    CHECK_NEAR(ek_sum_fixed_order(values, COUNT), 0x1p53 + COUNT - 1, 16);
    CHECK(ek_sum_fixed_order(values, 0) == 0);
    for (size_t count = 1; count < 40; count++)
        CHECK(ek_sum_fixed_order(values + 1, count) == (double)count);
}

static void test_text_grows(void)
{
    struct ek_text text = {0};
    for (int i = 0; i < 1000; i++) ek_text_printf(&text, "%d,", i);
    CHECK(text.status == EK_OK && text.length == 10 + 90 * 2 + 900 * 3 + 1000);
    CHECK(text.bytes && strlen(text.bytes) == text.length);
    CHECK(text.bytes && strncmp(text.bytes, "0,1,2,3,", 8) == 0);
    CHECK(text.bytes && strcmp(text.bytes + text.length - 8, "998,999,") == 0);
    ek_text_clear(&text);
    CHECK(text.bytes == NULL && text.length == 0);
}

static void test_text_remembers_its_failure(void)
{
    struct ek_text text = {0};
    ek_text_printf(&text, "kept");
    ek_fault_set(EK_FAULT_ALLOCATE, 1);
    ek_text_printf(&text, "%100d", 1);
    ek_text_printf(&text, "lost");
    CHECK(text.status == EK_ERROR_MEMORY && strcmp(text.bytes, "kept") == 0);
    ek_fault_set(EK_FAULT_ALLOCATE, 0);
    ek_text_clear(&text);
}

static void check_bytes(double bytes, const char *expected)
{
    char out[32];
    if (strcmp(ek_format_bytes(bytes, out), expected) == 0) return;
    CU_FAIL("formatted bytes");
    fprintf(stderr, "\n%.17g bytes: \"%s\", expected \"%s\"\n", bytes, out, expected);
}

static void check_seconds(double seconds, const char *expected)
{
    char out[32];
    if (strcmp(ek_format_seconds(seconds, out), expected) == 0) return;
    CU_FAIL("formatted seconds");
    fprintf(stderr, "\n%.17g seconds: \"%s\", expected \"%s\"\n", seconds, out, expected);
}

static void test_formats(void)
{
    char out[65];
    check_bytes(0, "0 B");
    check_bytes(1023, "1023 B");
    check_bytes(1024, "1 KiB");
    check_bytes(1.5 * 1024, "1.50 KiB");
    check_bytes(16.0 * 1024 * 1024, "16 MiB");
    check_bytes(ldexp(1, 66), "64 EiB");
    check_bytes(ldexp(1, 76), "65536 EiB");
    check_seconds(0, "0 us");
    check_seconds(0.0005, "500 us");
    check_seconds(0.25, "250 ms");
    check_seconds(4.2, "4.2 s");
    check_seconds(190, "3 min 10 s");
    check_seconds(3599.9, "59 min 59 s");
    check_seconds(7500, "2 h 5 min");
    CHECK(strcmp(ek_format_bits(6, 4, out), "0110") == 0);
    CHECK(strcmp(ek_format_bits(1, 1, out), "1") == 0);
    CHECK(strcmp(ek_format_bits(5, 0, out), "") == 0);
    CHECK(strspn(ek_format_bits(UINT64_MAX, 64, out), "1") == 64);
}

/* Values that round up to the next unit must be written in the next unit. */
static void test_formats_at_the_edges(void)
{
    check_bytes(1024.0 * 1024 - 1, "1 MiB");
    check_bytes(1024.0 * 1024 * 1024 - 1, "1 GiB");
    check_seconds(0.0009999, "1 ms");
    check_seconds(0.9999, "1.0 s");
    check_seconds(99.99, "1 min 39 s");
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"deposit and extract", test_deposit_and_extract},
        {"single bits", test_single_bits},
        {"sums are pairwise", test_sum_is_pairwise},
        {"a text grows", test_text_grows},
        {"a text remembers its failure", test_text_remembers_its_failure},
        {"bytes, seconds and bits as text", test_formats},
        {"values just below a unit", test_formats_at_the_edges},
    };
    return test_main(argc, argv, "base: text, bits, sums", cases, sizeof cases / sizeof *cases);
}
