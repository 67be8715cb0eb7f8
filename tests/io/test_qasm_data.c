/* The programs of QASMBench: all parse or are refused as they must be, and give the distributions
 * that are written beside them, by the library's own engine where nothing follows a measurement,
 * and by the oracle for all. */
#define _POSIX_C_SOURCE 200809L
#include "support/harness.h"
#include "support/program_run.h"

#include <dirent.h>
#include <exaket/observe.h>
#include <exaket/program.h>
#include <exaket/qasm.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 200 };

static char folder[4200], names[NAMES_MAX][256];
static int name_count;

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Names of the programs, sorted; false when there are none. */
static int list_programs(void)
{
    const char *shared = test_shared_data();
    if (!shared) return 0;
    snprintf(folder, sizeof folder, "%s/qasm", shared);
    DIR *directory = opendir(folder);
    name_count = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        const size_t length = strlen(entry->d_name);
        if (length < 6 || strcmp(entry->d_name + length - 5, ".qasm") != 0) continue;
        if (name_count < NAMES_MAX)
            snprintf(names[name_count++], sizeof names[0], "%.*s", (int)length - 5, entry->d_name);
    }
    if (directory) closedir(directory);
    qsort(names, (size_t)name_count, sizeof names[0], compare_names);
    CHECK(name_count > 30);
    return name_count > 0;
}

static int is_broken(const char *name)
{
    return strncmp(name, "vqe_uccsd", 9) == 0;
}

static json_t *load_expected(const char *name)
{
    char path[5000];
    snprintf(path, sizeof path, "%s/%s.expected.json", folder, name);
    json_t *root = json_load_file(path, 0, NULL);
    CHECK(root != NULL);
    return root;
}

static ek_dynamic *load(ek_session *session, const char *name)
{
    char path[5000];
    ek_dynamic *program = NULL;
    snprintf(path, sizeof path, "%s/%s.qasm", folder, name);
    CHECK_OK(ek_qasm_load(session, path, &program));
    return program;
}

/* ---- distributions ------------------------------------------------------------------------- */

/* Largest deviation from the distribution of the file. */
static double deviation(const ek_dynamic *program, const double *distribution, json_t *expected)
{
    json_t *given = json_object_get(expected, "dist");
    double worst = 0, sum = 0;
    char bits[256];
    for (uint64_t i = 0; i < UINT64_C(1) << program->clbits; i++) {
        test_program_bits(program, i, bits);
        const double due = json_number_value(json_object_get(given, bits));
        const double difference =
            distribution[i] > due ? distribution[i] - due : due - distribution[i];
        if (difference > worst) worst = difference;
        sum += due;
    }
    return sum < 0.999 ? 1 : worst; /* names that do not fit are found nowhere */
}

/* bb84_n8 measures into its bits twice. Its file of expectations keeps a 1 that the second outcome
 * has overwritten, as if outcomes were joined by OR; the language stores the last outcome. By
 * hand: bits m0, m1 and m7 are 0, the other five are fair coins. */
static int is_bb84(const char *name, const ek_dynamic *program, const double *distribution)
{
    if (strcmp(name, "bb84_n8") != 0) return 0;
    for (uint64_t i = 0; i < UINT64_C(1) << program->clbits; i++) {
        char bits[256];
        test_program_bits(program, i, bits); /* m7 m5 m4 m2 m1 m3 m0 m6 */
        const int possible = bits[0] == '0' && bits[8] == '0' && bits[12] == '0';
        CHECK_NEAR(distribution[i], possible ? 1.0 / 32 : 0, 1e-12);
    }
    return 1;
}

static void check_distribution(const char *name, const ek_dynamic *program,
                               const double *distribution)
{
    if (is_bb84(name, program, distribution)) return;
    json_t *expected = load_expected(name);
    const double worst = expected ? deviation(program, distribution, expected) : 1;
    if (worst > 1e-10) fprintf(stderr, "%s: off by %g\n", name, worst);
    CHECK(worst <= 1e-10);
    json_decref(expected);
}

static void test_all_programs_by_the_oracle(void)
{
    ek_session *session = test_session(1, 0);
    const int there = list_programs();
    for (int i = 0; there && i < name_count; i++) {
        if (is_broken(names[i])) continue;
        ek_dynamic *program = load(session, names[i]);
        double *distribution =
            program ? calloc((size_t)1 << program->clbits, sizeof(double)) : NULL;
        if (distribution && CHECK(test_program_distribution(program, distribution)))
            check_distribution(names[i], program, distribution);
        free(distribution);
        ek_dynamic_destroy(&program);
    }
    ek_session_destroy(&session);
}

/* ---- by the engine ------------------------------------------------------------------------- */

/* The qubit that each bit gets at the end, or false when anything follows a measurement. */
static int find_measured(const ek_dynamic *program, int *measured)
{
    uint64_t done = 0;
    for (int b = 0; b < program->clbits; b++) measured[b] = -1;
    for (size_t i = 0; i < program->instruction_count; i++) {
        const struct ek_instruction *what = &program->instructions[i];
        if (what->kind == EK_DO_MEASURE) {
            measured[what->target] = (int)what->first;
            done |= ek_bit((int)what->first);
        } else if (what->kind == EK_DO_GATES) {
            for (size_t k = 0; k < what->count; k++)
                if (ek_op_touched(&program->circuit->ops[what->first + k], program->qubits) & done)
                    return 0;
        } else if (what->kind != EK_DO_BARRIER) {
            return 0;
        }
    }
    return 1;
}

static void add_up(const ek_state *state, const int *measured, int clbits, double *distribution)
{
    const size_t count = (size_t)1 << ek_state_qubits(state);
    uint64_t *indices = calloc(count, sizeof *indices);
    ek_complex *amplitudes = calloc(count, sizeof *amplitudes);
    for (size_t i = 0; i < count; i++) indices[i] = i;
    CHECK_OK(ek_state_amplitudes(state, count, indices, amplitudes));
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = 0;
        for (int b = 0; b < clbits; b++)
            if (measured[b] >= 0) bits |= (i >> measured[b] & 1) << b;
        distribution[bits] +=
            amplitudes[i].re * amplitudes[i].re + amplitudes[i].im * amplitudes[i].im;
    }
    free(indices);
    free(amplitudes);
}

static void run_by_engine(ek_session *session, const char *name, const ek_dynamic *program,
                          const int *measured)
{
    struct ek_segment segment = {0};
    ek_state *state = NULL;
    double *distribution = calloc((size_t)1 << program->clbits, sizeof *distribution);
    CHECK_OK(ek_segment_create(program, 0, program->circuit->op_count, &segment));
    if (test_all(CHECK_OK(ek_state_create(session, program->qubits, EK_DOUBLE, &state))) &&
        test_all(CHECK_OK(ek_circuit_run(segment.circuit, NULL, state)))) {
        add_up(state, measured, program->clbits, distribution);
        check_distribution(name, program, distribution);
    }
    ek_state_destroy(&state);
    ek_segment_clear(&segment);
    free(distribution);
}

static void test_programs_by_the_engine(void)
{
    ek_session *session = test_session(1, 0);
    const int there = list_programs();
    int run = 0, measured[64];
    for (int i = 0; there && i < name_count; i++) {
        if (is_broken(names[i])) continue;
        ek_dynamic *program = load(session, names[i]);
        const int small = program && program->qubits <= ek_log2((uint64_t)test_ranks());
        if (program && !small && find_measured(program, measured)) {
            run_by_engine(session, names[i], program, measured);
            run++;
        }
        ek_dynamic_destroy(&program);
    }
    CHECK(!there || run > 25);
    ek_session_destroy(&session);
}

/* ---- broken programs ----------------------------------------------------------------------- */

static void test_broken_programs_are_refused(void)
{
    static const struct {
        const char *name, *place;
    } broken[] = {{"vqe_uccsd_n4", "vqe_uccsd_n4.qasm:225:17: "},
                  {"vqe_uccsd_n6", "vqe_uccsd_n6.qasm:2286:17: "},
                  {"vqe_uccsd_n8", "vqe_uccsd_n8.qasm:10813:17: "}};
    ek_session *session = test_session(1, 0);
    const int there = list_programs();
    for (size_t i = 0; there && i < sizeof broken / sizeof *broken; i++) {
        char path[5000];
        ek_dynamic *program = NULL;
        snprintf(path, sizeof path, "%s/%s.qasm", folder, broken[i].name);
        CHECK_STATUS(ek_qasm_load(session, path, &program), EK_ERROR_PARSE);
        CHECK(program == NULL);
        CHECK(strstr(ek_last_message(), broken[i].place) != NULL);
        CHECK(strstr(ek_last_message(), "'c' is not declared") != NULL);
    }
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"all programs by the oracle", test_all_programs_by_the_oracle},
        {"programs with final measurements by the engine", test_programs_by_the_engine},
        {"broken programs are refused with their place", test_broken_programs_are_refused},
    };
    return test_main(argc, argv, "io: OpenQASM programs", cases, sizeof cases / sizeof *cases);
}
