/* Programs as bytes and back; damaged bytes; injected faults. */
#include "circuit/sample_program.h"
#include "support/harness.h"
#include "support/program.h"

#include <stdlib.h>
#include <string.h>

static void test_round_trip(void)
{
    ek_dynamic *program = NULL, *copy = NULL;
    char *bytes = NULL, *again = NULL;
    size_t length = 0, second = 0;
    CHECK_OK(sample_program(&program));
    CHECK_OK(ek_dynamic_set(program, "theta", 0.1));
    CHECK_OK(ek_dynamic_pack(program, &bytes, &length));
    CHECK_OK(ek_dynamic_unpack(bytes, length, &copy));
    const char *difference = test_program_difference(program, copy);
    if (difference) fprintf(stderr, "%s\n", difference);
    CHECK(difference == NULL);
    CHECK_OK(ek_dynamic_pack(copy, &again, &second));
    CHECK(second == length && memcmp(bytes, again, length) == 0);
    ek_dynamic_bytes_free(&bytes);
    ek_dynamic_bytes_free(&again);
    ek_dynamic_destroy(&program);
    ek_dynamic_destroy(&copy);
}

static void test_truncated_bytes_are_refused(void)
{
    ek_dynamic *program = NULL, *copy = NULL;
    char *bytes = NULL;
    size_t length = 0;
    CHECK_OK(sample_program(&program));
    CHECK_OK(ek_dynamic_pack(program, &bytes, &length));
    for (size_t cut = 0; cut < length; cut++) {
        char *part = malloc(cut + 1); /* so that a sanitizer sees every byte too far */
        memcpy(part, bytes, cut);
        CHECK_STATUS(ek_dynamic_unpack(part, cut, &copy), EK_ERROR_MISMATCH);
        free(part);
    }
    ek_dynamic_bytes_free(&bytes);
    ek_dynamic_destroy(&program);
}

/* A changed byte is refused, or gives another program that can be packed. */
static void test_changed_bytes_do_no_harm(void)
{
    ek_dynamic *program = NULL;
    char *bytes = NULL;
    size_t length = 0, accepted = 0;
    CHECK_OK(sample_program(&program));
    CHECK_OK(ek_dynamic_pack(program, &bytes, &length));
    for (size_t i = 0; i < length; i++)
        for (int bit = 0; bit < 8; bit++) {
            ek_dynamic *copy = NULL;
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
            const ek_status status = ek_dynamic_unpack(bytes, length, &copy);
            CHECK((status == EK_ERROR_MISMATCH && !copy) || (status == EK_OK && copy));
            accepted += status == EK_OK;
            ek_dynamic_destroy(&copy);
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
        }
    CHECK(accepted > 0); /* names and angles may be anything */
    ek_dynamic_bytes_free(&bytes);
    ek_dynamic_destroy(&program);
}

static ek_status copy_program(void)
{
    ek_dynamic *program = NULL, *copy = NULL;
    struct ek_segment segment = {0};
    char *bytes = NULL;
    size_t length = 0;
    ek_status status = sample_program(&program);
    if (status == EK_OK) status = ek_dynamic_pack(program, &bytes, &length);
    if (status == EK_OK) status = ek_dynamic_unpack(bytes, length, &copy);
    if (status == EK_OK) status = ek_segment_create(copy, 1, 70, &segment);
    ek_segment_clear(&segment);
    ek_dynamic_bytes_free(&bytes);
    ek_dynamic_destroy(&program);
    ek_dynamic_destroy(&copy);
    return status;
}

static void test_injected_faults_leak_nothing(void)
{
    ek_status status = EK_ERROR_MEMORY;
    long nth = 0;
    while (status == EK_ERROR_MEMORY) {
        ek_fault_set(EK_FAULT_ALLOCATE, ++nth);
        status = copy_program();
    }
    ek_fault_set(EK_FAULT_ALLOCATE, 0);
    CHECK_OK(status);
    CHECK(nth > 30);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"a packed program comes back whole", test_round_trip},
        {"truncated bytes are refused", test_truncated_bytes_are_refused},
        {"changed bytes do no harm", test_changed_bytes_do_no_harm},
        {"injected faults leak nothing", test_injected_faults_leak_nothing},
    };
    return test_main(argc, argv, "circuit: packed programs", cases, sizeof cases / sizeof *cases);
}
