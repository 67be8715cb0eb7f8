/* Saved states come back on any number of ranks; wrong files are refused. */
#include "base/base.h"
#include "comm/comm.h"
#include "state/state.h"
#include "support/compare.h"
#include "support/folder.h"
#include "support/random_circuit.h"

#include <exaket/run.h>

#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ek_session *session;
static const char *folder;
static char path[4096];

static void test_begin(void)
{
    session = test_session(1, 0);
    folder = test_folder_create();
    snprintf(path, sizeof path, "%s/state.h5", folder);
}

static void test_end(void)
{
    test_folder_remove(folder);
    ek_session_destroy(&session);
}

enum { QUBITS = 7 };

/* A state in whatever layout a random circuit left it. */
static ek_state *mixed_state(ek_precision precision, struct reference *expected)
{
    const struct random_options options = {.qubits = QUBITS, .count = 40, .widest = 2};
    const double parameters[3] = {0.2, 0.7, -1.1};
    struct random_circuit *circuit = random_circuit_make(5, &options);
    ek_circuit *built = NULL;
    ek_state *state = NULL;
    CHECK_OK(random_circuit_build(circuit, &built));
    CHECK_OK(ek_state_create(session, QUBITS, precision, &state));
    CHECK_OK(ek_circuit_run(built, parameters, state));
    reference_create(expected, QUBITS);
    random_circuit_apply(circuit, parameters, expected);
    ek_circuit_destroy(&built);
    random_circuit_destroy(&circuit);
    return state;
}

static void test_round_trips(void)
{
    for (int saved = EK_DOUBLE; saved <= EK_SINGLE; saved++)
        for (int loaded = EK_DOUBLE; loaded <= EK_SINGLE; loaded++) {
            struct reference expected;
            ek_state *state = mixed_state((ek_precision)saved, &expected), *copy = NULL;
            CHECK_OK(ek_state_save(state, path));
            CHECK_OK(ek_state_load(session, path, (ek_precision)loaded, &copy));
            CHECK(copy && ek_state_precision(copy) == (ek_precision)loaded);
            if (saved == EK_DOUBLE || loaded == EK_SINGLE)
                CHECK_STATE(copy, &expected, "a loaded state");
            reference_destroy(&expected);
            ek_state_destroy(&state);
            ek_state_destroy(&copy);
        }
    CHECK(test_folder_entries(folder) == 1); /* nothing half written */
}

/* What all ranks saved, one rank loads alone, and the other way round. */
static void test_other_numbers_of_ranks(void)
{
    struct reference expected;
    ek_state *state = mixed_state(EK_DOUBLE, &expected), *copy = NULL;
    ek_session *part = NULL;
    CHECK_OK(ek_state_save(state, path));
    CHECK_OK(ek_session_split(session, test_rank() == 0 ? 0 : 1, &part));
    if (test_rank() == 0) {
        CHECK_OK(ek_state_load(part, path, EK_DOUBLE, &copy));
        for (size_t i = 0; copy && i < 1 << QUBITS; i++) {
            const ek_complex a =
                ek_state_get(copy, ek_layout_physical(&copy->layout, i));
            CHECK(cabs(a.re + I * a.im - expected.amplitude[i]) < 1e-12);
        }
        CHECK_OK(ek_state_save(copy, path));
        ek_state_destroy(&copy);
    }
    CHECK_OK(ek_session_agree(session, EK_OK));
    CHECK_OK(ek_state_load(session, path, EK_DOUBLE, &copy));
    CHECK_STATE(copy, &expected, "from one rank to all");
    ek_state_destroy(&copy);
    ek_state_destroy(&state);
    ek_session_destroy(&part);
    reference_destroy(&expected);
}

/* Changes one thing of the saved file, on rank 0. */
static void damage(const char *attribute, int value)
{
    if (test_rank() == 0) {
        const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        const hid_t group = H5Gopen2(file, "state", H5P_DEFAULT);
        if (H5Aexists(group, attribute) <= 0) {
            H5Ldelete(group, attribute, H5P_DEFAULT);
        } else if (strcmp(attribute, "slots") == 0) {
            int slots[QUBITS] = {value, value};
            const hid_t open = H5Aopen(group, attribute, H5P_DEFAULT);
            CHECK(H5Awrite(open, H5T_NATIVE_INT, slots) >= 0);
            H5Aclose(open);
        } else {
            const hid_t open = H5Aopen(group, attribute, H5P_DEFAULT);
            CHECK(H5Awrite(open, H5T_NATIVE_INT, &value) >= 0);
            H5Aclose(open);
        }
        H5Gclose(group);
        H5Fclose(file);
    }
    CHECK_OK(ek_session_agree(session, EK_OK));
}

static void test_wrong_files(void)
{
    static const struct {
        const char *attribute;
        int value;
    } damages[] = {{"schema", 3}, {"schema", 0}, {"qubits", 6}, {"qubits", 99}, {"qubits", 0},
                   {"norm", 2}, {"slots", 0}, {"slots", -1}, {"slots", 64},
                   {"inverted", 1 << QUBITS}, {"inverted", 77}, {"checksum", 1},
                   {"amplitudes", 0}, {"checksums", 0}};
    struct reference expected;
    ek_state *state = mixed_state(EK_DOUBLE, &expected), *copy = NULL;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        CHECK_OK(ek_state_save(state, path));
        damage(damages[i].attribute, damages[i].value);
        CHECK_STATUS(ek_state_load(session, path, EK_DOUBLE, &copy), EK_ERROR_MISMATCH);
        CHECK(!copy);
    }
    if (test_rank() == 0) test_file_write(folder, "state.h5", "no HDF5", 7);
    CHECK_STATUS(ek_state_load(session, path, EK_DOUBLE, &copy), EK_ERROR_MISMATCH);
    CHECK_STATUS(ek_state_load(session, "/nowhere/x.h5", EK_DOUBLE, &copy), EK_ERROR_FILE);
    CHECK_OK(ek_state_save(state, path)); /* and one rank's node does not know it */
    const char *known = test_rank() == test_ranks() - 1 ? "/nowhere/x.h5" : path;
    CHECK_STATUS(ek_state_load(session, known, EK_DOUBLE, &copy), EK_ERROR_FILE);
    CHECK_STATUS(ek_state_save(state, "/nowhere/x.h5"), EK_ERROR_FILE);
    CHECK_STATUS(ek_state_save(state, folder), EK_ERROR_FILE);
    if (test_rank() == test_ranks() - 1) ek_fault_set(EK_FAULT_WRITE, 1);
    CHECK_STATUS(ek_state_save(state, path), EK_ERROR_FILE);
    ek_fault_set(EK_FAULT_WRITE, 0);
    test_limit_files(1000);
    CHECK_STATUS(ek_state_save(state, path), EK_ERROR_FILE);
    test_unlimit_files();
    CHECK(test_folder_entries(folder) == 1);
    ek_state_destroy(&state);
    reference_destroy(&expected);
}

/* Where the bytes of a data set begin in the file, and how many there are. Local. */
static size_t find_bytes(const char *name, size_t *count)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    const haddr_t offset = H5Dget_offset(set);
    *count = (size_t)H5Dget_storage_size(set);
    H5Dclose(set);
    H5Fclose(file);
    return (size_t)offset;
}

/* Writes `length` bytes of the file anew, with one bit of byte `flip` turned over. Collective. */
static void rewrite(const char *bytes, size_t length, size_t flip, int bit)
{
    char *copy = malloc(length);
    memcpy(copy, bytes, length);
    if (flip < length) copy[flip] = (char)(copy[flip] ^ 1 << bit);
    if (test_rank() == 0) test_file_write(folder, "state.h5", copy, length);
    free(copy);
    CHECK_OK(ek_session_agree(session, EK_OK));
}

/* One bit in any byte of the amplitudes or their checksums, also where the norm stays. */
static void test_flipped_bits(void)
{
    static const char *const sets[] = {"/state/amplitudes", "/state/checksums"};
    struct reference expected;
    ek_state *state = mixed_state(EK_DOUBLE, &expected), *copy = NULL;
    ek_file file = {0};
    CHECK_OK(ek_state_save(state, path));
    CHECK_OK(ek_file_read(session, path, &file));
    for (int s = 0; s < 2; s++) {
        size_t facts[2] = {0, 0};
        if (test_rank() == 0) facts[0] = find_bytes(sets[s], &facts[1]);
        ek_broadcast(session, facts, sizeof facts, 0);
        CHECK(facts[1] > 0);
        for (size_t i = 0; i < facts[1]; i += 1 + facts[1] / 16) {
            rewrite(file.bytes, file.length, facts[0] + i, (int)(i % 8));
            CHECK_STATUS(ek_state_load(session, path, EK_SINGLE, &copy), EK_ERROR_MISMATCH);
            CHECK(strstr(ek_last_message(), "do not give their checksum") != NULL);
        }
    }
    for (size_t length = file.length - 1; length > 1; length /= 2) {
        rewrite(file.bytes, length, length, 0);
        CHECK_STATUS(ek_state_load(session, path, EK_DOUBLE, &copy), EK_ERROR_MISMATCH);
    }
    rewrite(file.bytes, file.length, file.length, 0);
    CHECK_OK(ek_state_load(session, path, EK_DOUBLE, &copy));
    CHECK_STATE(copy, &expected, "the untouched file");
    ek_file_clear(&file);
    ek_state_destroy(&copy);
    ek_state_destroy(&state);
    reference_destroy(&expected);
}

/* Files of schema 1 have no checksums. */
static void test_old_files(void)
{
    struct reference expected;
    ek_state *state = mixed_state(EK_SINGLE, &expected), *copy = NULL;
    ek_saved_state facts = {0};
    CHECK_OK(ek_state_save(state, path));
    CHECK_OK(ek_state_look(session, path, &facts));
    CHECK(facts.qubits == QUBITS && facts.precision == EK_SINGLE && facts.has_checksums);
    CHECK(fabs(facts.norm - 1) < 1e-5);
    damage("schema", 1);
    damage("checksums", 0);
    CHECK_OK(ek_state_look(session, path, &facts));
    CHECK(!facts.has_checksums);
    CHECK_OK(ek_state_load(session, path, EK_SINGLE, &copy));
    CHECK_STATE(copy, &expected, "an old file");
    ek_state_destroy(&copy);
    ek_state_destroy(&state);
    reference_destroy(&expected);
}

/* ---- Pauli sums ---------------------------------------------------------------------------- */

static ek_status parse(const char *text, size_t *count, ek_pauli_term **terms)
{
    ek_file file = {.path = (char *)(uintptr_t)"sum.txt", .bytes = (char *)(uintptr_t)text,
                    .length = strlen(text)};
    return ek_pauli_parse(&file, 3, count, terms);
}

static void test_pauli_sums(void)
{
    static const struct {
        const char *text, *message;
    } wrong[] = {{"", "sum.txt:1:1:"}, {"# nothing\n", "sum.txt:2:1:"}, {"1 XY\n", "sum.txt:1:3:"},
                 {"1 XYZ\n2 XQZ\n", "sum.txt:2:4:"}, {"one XYZ\n", "sum.txt:1:1:"},
                 {"1\n", "sum.txt:1:"}, {"1 XYZ 2\n", "sum.txt:1:7:"},
                 {"1 xyz\n", "sum.txt:1:3:"}, {"nan XYZ\n", "sum.txt:1:1:"},
                 {"1 XYZI\n", "expected 3 letters"}};
    ek_pauli_term *terms = NULL;
    size_t count = 0;
    CHECK_OK(parse("# a sum\n0.5 XYZ\n-1e-3\tIII # constant\n", &count, &terms));
    CHECK(count == 2 && terms[0].x_mask == 6 && terms[0].z_mask == 3);
    CHECK(terms[0].coefficient == 0.5 && terms[1].coefficient == -1e-3);
    CHECK(terms[1].x_mask == 0 && terms[1].z_mask == 0);
    ek_pauli_terms_free(&terms);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_STATUS(parse(wrong[i].text, &count, &terms), EK_ERROR_PARSE);
        CHECK(strstr(ek_last_message(), wrong[i].message) != NULL);
        CHECK(!terms);
    }
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"session", test_begin},
        {"saved states come back", test_round_trips},
        {"on other numbers of ranks", test_other_numbers_of_ranks},
        {"wrong files are refused", test_wrong_files},
        {"flipped bits and truncation", test_flipped_bits},
        {"files of before the checksums", test_old_files},
        {"Pauli sums as text", test_pauli_sums},
        {"end", test_end},
    };
    return test_main(argc, argv, "io: saved states", cases, sizeof cases / sizeof *cases);
}
