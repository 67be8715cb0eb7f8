/* Programs as bytes and back; damaged bytes; injected faults. */
#include "circuit/sample_program.h"
#include "support/harness.h"
#include "support/program.h"

#include <stdlib.h>
#include <string.h>

/* What circuits have beside gates: permutations, functions of the register, Grover mixers. */
static ek_status fill_whole(ek_dynamic *program)
{
    static const ek_spin_term terms[2][3] = {{{3, 0.5}, {5, -1}, {0, 2}}, {{6, 0.25}}};
    const int qubits[2] = {2, 0}, control = 1, value = 0;
    const uint32_t image[4] = {2, 0, 3, 1};
    const ek_controls controls = {1, &control, &value};
    ek_diagonal *diagonal[2] = {NULL, NULL};
    ek_circuit *circuit = program->circuit;
    ek_status status = ek_dynamic_add_register(program, EK_REGISTER_QUBITS, "q", 3);
    if (status == EK_OK) status = ek_dynamic_finish(program, 3, NULL);
    if (status == EK_OK) status = ek_circuit_permutation(circuit, 2, qubits, image, &controls);
    for (int i = 0; i < 4 && status == EK_OK; i++) { /* each twice */
        if (!diagonal[i % 2]) status = ek_diagonal_create(3, 3 - 2 * (size_t)(i % 2),
                                                          terms[i % 2], &diagonal[i % 2]);
        if (status == EK_OK)
            status = ek_circuit_diagonal(circuit, diagonal[i % 2], ek_angle_number(0.1 * i));
        if (status == EK_OK) status = ek_circuit_grover(circuit, i - 1, ek_angle_number(0.3 * i));
    }
    ek_diagonal_destroy(&diagonal[0]);
    ek_diagonal_destroy(&diagonal[1]);
    return status;
}

static ek_status whole_program(ek_dynamic **program)
{
    ek_dynamic *fresh = NULL;
    EK_TRY(ek_dynamic_create(&fresh));
    const ek_status status = fill_whole(fresh);
    if (status == EK_OK) *program = fresh;
    else ek_dynamic_destroy(&fresh);
    return status;
}

typedef ek_status make_program(ek_dynamic **program);
static make_program *const programs[] = {sample_program, whole_program};

static void check_round_trip(make_program *make)
{
    ek_dynamic *program = NULL, *copy = NULL;
    char *bytes = NULL, *again = NULL;
    size_t length = 0, second = 0;
    CHECK_OK(make(&program));
    if (make == sample_program) CHECK_OK(ek_dynamic_set(program, "theta", 0.1));
    CHECK_OK(ek_dynamic_pack(program, &bytes, &length));
    CHECK_OK(ek_dynamic_unpack(bytes, length, &copy));
    const char *difference = test_program_difference(program, copy);
    if (difference) fprintf(stderr, "%s\n", difference);
    CHECK(difference == NULL);
    CHECK_OK(ek_dynamic_pack(copy, &again, &second));
    CHECK(second == length && memcmp(bytes, again, length) == 0);
    CHECK(ek_circuit_digest(copy->circuit) == ek_circuit_digest(program->circuit));
    ek_dynamic_bytes_free(&bytes);
    ek_dynamic_bytes_free(&again);
    ek_dynamic_destroy(&program);
    ek_dynamic_destroy(&copy);
}

static void test_round_trip(void)
{
    for (int i = 0; i < 2; i++) check_round_trip(programs[i]);
}

static void check_truncated_bytes(make_program *make)
{
    ek_dynamic *program = NULL, *copy = NULL;
    char *bytes = NULL;
    size_t length = 0;
    CHECK_OK(make(&program));
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

static void test_truncated_bytes_are_refused(void)
{
    for (int i = 0; i < 2; i++) check_truncated_bytes(programs[i]);
}

/* A changed byte is refused, or gives another program that can be packed. */
static void check_changed_bytes(make_program *make)
{
    ek_dynamic *program = NULL;
    char *bytes = NULL;
    size_t length = 0, accepted = 0;
    CHECK_OK(make(&program));
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

static void test_changed_bytes_do_no_harm(void)
{
    for (int i = 0; i < 2; i++) check_changed_bytes(programs[i]);
}

static ek_status copy_program(make_program *make)
{
    ek_dynamic *program = NULL, *copy = NULL;
    struct ek_segment segment = {0};
    char *bytes = NULL;
    size_t length = 0;
    ek_status status = make(&program);
    if (status == EK_OK) status = ek_dynamic_pack(program, &bytes, &length);
    if (status == EK_OK) status = ek_dynamic_unpack(bytes, length, &copy);
    if (status == EK_OK && make == sample_program)
        status = ek_segment_create(copy, 1, 70, &segment);
    ek_segment_clear(&segment);
    ek_dynamic_bytes_free(&bytes);
    ek_dynamic_destroy(&program);
    ek_dynamic_destroy(&copy);
    return status;
}

static void check_faults(make_program *make)
{
    ek_status status = EK_ERROR_MEMORY;
    long nth = 0;
    while (status == EK_ERROR_MEMORY) {
        ek_fault_set(EK_FAULT_ALLOCATE, ++nth);
        status = copy_program(make);
    }
    ek_fault_set(EK_FAULT_ALLOCATE, 0);
    CHECK_OK(status);
    CHECK(nth > 30);
}

static void test_injected_faults_leak_nothing(void)
{
    for (int i = 0; i < 2; i++) check_faults(programs[i]);
}

static double code(uint64_t index, void *context)
{
    (void)context;
    return (double)index;
}

static void test_code_is_refused(void)
{
    ek_dynamic *program = NULL;
    ek_diagonal *diagonal = NULL;
    char *bytes = NULL;
    size_t length = 0;
    CHECK_OK(ek_dynamic_create(&program));
    CHECK_OK(ek_dynamic_finish(program, 3, NULL));
    CHECK_OK(ek_diagonal_create_function(3, code, NULL, &diagonal));
    CHECK_OK(ek_circuit_diagonal(program->circuit, diagonal, ek_angle_number(1)));
    CHECK_STATUS(ek_dynamic_pack(program, &bytes, &length), EK_ERROR_UNSUPPORTED);
    CHECK(bytes == NULL);
    ek_diagonal_destroy(&diagonal);
    ek_dynamic_destroy(&program);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"a packed program comes back whole", test_round_trip},
        {"truncated bytes are refused", test_truncated_bytes_are_refused},
        {"changed bytes do no harm", test_changed_bytes_do_no_harm},
        {"injected faults leak nothing", test_injected_faults_leak_nothing},
        {"a function that is code is refused", test_code_is_refused},
    };
    return test_main(argc, argv, "circuit: packed programs", cases, sizeof cases / sizeof *cases);
}
