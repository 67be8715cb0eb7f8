/* libFuzzer target: any bytes are read as OpenQASM or refused; what is read can be packed and
 * unpacked, and written and read again. No file is opened, and loops unroll to little, so that a
 * run is short. */
#include "circuit/dynamic.h"
#include "io/qasm_resolve.h"
#include "support/program.h"

#include <exaket/program.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct qasm_options options = {.no_files = true, .operations_max = 2000};

/* What must hold, whatever the input. */
static void require(bool holds)
{
    if (!holds) abort();
}

static void check_packing(const ek_dynamic *program)
{
    ek_dynamic *copy = NULL;
    char *bytes = NULL, *again = NULL;
    size_t length = 0, second = 0;
    require(ek_dynamic_pack(program, &bytes, &length) == EK_OK);
    require(ek_dynamic_unpack(bytes, length, &copy) == EK_OK);
    require(ek_dynamic_pack(copy, &again, &second) == EK_OK);
    require(length == second && memcmp(bytes, again, length) == 0);
    require(ek_dynamic_digest(copy) == ek_dynamic_digest(program));
    ek_dynamic_bytes_free(&bytes);
    ek_dynamic_bytes_free(&again);
    ek_dynamic_destroy(&copy);
}

/* Names that are words of the other version are changed. */
static bool keeps_names(const ek_dynamic *program, int version)
{
    for (int kind = 0; kind < 2; kind++)
        for (size_t i = 0; i < program->register_count[kind]; i++)
            if (ek_qasm_is_word(program->registers[kind][i].name, version)) return false;
    for (size_t i = 0; i < program->variable_count; i++)
        if (ek_qasm_is_word(program->variables[i].name, version)) return false;
    return true;
}

static void check_writing(const ek_dynamic *program, int version)
{
    static const struct qasm_options large = {.no_files = true, .operations_max = 1000000};
    ek_dynamic *copy = NULL;
    char *text = NULL;
    const ek_status status = ek_qasm_write(program, version, &text);
    require(status == EK_OK || (status == EK_ERROR_UNSUPPORTED && version == 2));
    if (status != EK_OK) return;
    require(ek_qasm_parse_with(&large, "again.qasm", text, strlen(text), &copy) == EK_OK);
    if (keeps_names(program, version)) require(test_program_difference(program, copy) == NULL);
    ek_text_free(&text);
    ek_dynamic_destroy(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ek_dynamic *program = NULL;
    const ek_status status =
        ek_qasm_parse_with(&options, "fuzz.qasm", (const char *)data, size, &program);
    require((status == EK_OK) == (program != NULL));
    require(status == EK_OK || strncmp(ek_last_message(), "fuzz.qasm:", 10) == 0);
    if (program) {
        check_packing(program);
        check_writing(program, 2);
        check_writing(program, 3);
    }
    ek_dynamic_destroy(&program);
    return 0;
}
