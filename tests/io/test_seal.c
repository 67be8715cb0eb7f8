/* Seals on files: what they notice, and what they say. */
#include "io/seal.h"
#include "support/folder.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH = 3 * EK_SEAL_BYTES, FROM = EK_SEAL_BYTES + 100, COUNT = 1000 };

static const char *folder;
static char path[4096];

static void write_sealed(uint64_t schema)
{
    static char bytes[LENGTH];
    for (int i = EK_SEAL_BYTES; i < LENGTH; i++) bytes[i] = (char)(i * 7);
    CHECK(test_file_write(folder, "file", bytes, LENGTH));
    CHECK_OK(ek_seal_write(path, schema, FROM, COUNT));
}

/* The file with one byte changed, and of another length. */
static void change(size_t at, char mask, size_t length)
{
    size_t was;
    char *bytes = test_file_read(folder, "file", &was);
    bytes[at] ^= mask;
    CHECK(test_file_write(folder, "file", bytes, length));
    free(bytes);
}

static void refused(const char *words)
{
    struct ek_seal seal;
    CHECK_STATUS(ek_seal_check(path, 1, &seal), EK_ERROR_MISMATCH);
    if (!strstr(ek_last_message(), words)) printf("'%s', not '%s'\n", ek_last_message(), words);
    CHECK(strstr(ek_last_message(), words) != NULL);
}

static void test_seals(void)
{
    struct ek_seal seal;
    folder = test_folder_create();
    snprintf(path, sizeof path, "%s/file", folder);
    CHECK_STATUS(ek_seal_check(path, 1, &seal), EK_ERROR_FILE);
    write_sealed(1);
    CHECK_OK(ek_seal_check(path, 1, &seal));
    CHECK(seal.skip_from == FROM && seal.skip_bytes == COUNT && seal.length == LENGTH);
    change(FROM + COUNT / 2, 1, LENGTH); /* has checksums of its own */
    CHECK_OK(ek_seal_check(path, 1, &seal));
    write_sealed(2);
    refused("schema 2");
    const size_t outside[] = {EK_SEAL_BYTES, FROM - 1, FROM + COUNT, LENGTH - 1};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        write_sealed(1);
        change(outside[i], 1, LENGTH);
        refused("is damaged");
    }
    write_sealed(1);
    change(0, 0, LENGTH - 1);
    refused("must have");
    write_sealed(1);
    change(0, 0, 100);
    refused("ends too early");
    write_sealed(1);
    change(0, 1, LENGTH);
    refused("is no checkpoint");
    write_sealed(1);
    change(EK_SEAL_BYTES - 1, 1, LENGTH);
    refused("seal is broken");
    test_folder_remove(folder);
}

/* As a machine of the other byte order would have sealed it. */
static void test_other_byte_order(void)
{
    size_t length;
    folder = test_folder_create();
    snprintf(path, sizeof path, "%s/file", folder);
    write_sealed(1);
    char *bytes = test_file_read(folder, "file", &length);
    for (size_t at = 16; at < sizeof(struct ek_seal); at += 8) {
        uint64_t field;
        memcpy(&field, bytes + at, sizeof field);
        field = __builtin_bswap64(field);
        memcpy(bytes + at, &field, sizeof field);
    }
    CHECK(test_file_write(folder, "file", bytes, length));
    refused("another byte order");
    free(bytes);
    test_folder_remove(folder);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"seals notice what changes", test_seals},
        {"another byte order", test_other_byte_order},
    };
    return test_main(argc, argv, "io/seal", cases, sizeof cases / sizeof *cases);
}
