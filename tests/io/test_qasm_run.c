#define _XOPEN_SOURCE 700
/* The programs of the shared data, run from their files, against their expected distributions. */
#include "support/harness.h"

#include <exaket/qasm.h>
#include <exaket/shots.h>

#include <dirent.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOTS = 4000, NAMES_MAX = 256 };

static ek_session *session;
static char folder[1024];
static char *names[NAMES_MAX];
static int name_count;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void test_begin(void)
{
    const char *shared = test_shared_data();
    session = test_session(1, 0);
    if (!shared) return;
    snprintf(folder, sizeof folder, "%.1000s/qasm", shared);
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open)) && name_count < NAMES_MAX;) {
        const char *dot = strstr(entry->d_name, ".qasm");
        if (dot) names[name_count++] = strndup(entry->d_name, (size_t)(dot - entry->d_name));
    }
    if (open) closedir(open);
    qsort(names, (size_t)name_count, sizeof *names, by_name);
    CHECK(name_count >= 40);
}

static void test_end(void)
{
    for (int i = 0; i < name_count; i++) free(names[i]);
    ek_session_destroy(&session);
}

static void path_of(const char *name, const char *ending, char path[2048])
{
    snprintf(path, 2048, "%s/%s%s", folder, name, ending);
}

/* bb84_n8 writes bits twice, and its expected file holds the OR of both outcomes (it says 3/4 for
 * a qubit that is measured right behind an H). By hand, from the program: m0, m1 and m7 end as 0,
 * the five others are fair coins of their own. Printed: m7 m5 m4 m2 m1 m3 m0 m6. */
static json_t *bb84_by_hand(void)
{
    json_t *distribution = json_object();
    for (int i = 0; i < 32; i++) {
        char text[32];
        snprintf(text, sizeof text, "0 %d %d %d 0 %d 0 %d", i & 1, i >> 1 & 1, i >> 2 & 1,
                 i >> 3 & 1, i >> 4 & 1);
        json_object_set_new(distribution, text, json_real(1.0 / 32));
    }
    return distribution;
}

/* Null for a program that has none. */
static json_t *expected_of(const char *name)
{
    char path[2048];
    if (strcmp(name, "bb84_n8") == 0) return bb84_by_hand();
    path_of(name, ".expected.json", path);
    json_t *all = json_load_file(path, 0, NULL);
    json_t *distribution = json_incref(json_object_get(all, "dist"));
    json_decref(all);
    return distribution;
}

static double lookup(json_t *distribution, const ek_dynamic *program,
                     const ek_shots_result *result, const uint64_t *outcome)
{
    char text[256];
    CHECK(ek_outcome_bytes(program, result->over_qubits) <= sizeof text);
    ek_outcome_text(program, result->over_qubits, outcome, text);
    const double value = json_number_value(json_object_get(distribution, text));
    return value;
}

static int check_result(json_t *distribution, const ek_dynamic *program,
                        const ek_shots_result *result)
{
    double worst = 0, total = 0, statistic = 0, cells = 0, rest = 0, rest_expected = SHOTS;
    for (size_t i = 0; i < result->probable_count; i++) {
        const double exact =
            lookup(distribution, program, result, result->probable + i * result->words);
        worst = fmax(worst, fabs(result->probabilities[i] - exact));
        total += result->probabilities[i];
    }
    for (size_t i = 0; i < result->outcome_count; i++) {
        const double expected =
            SHOTS * lookup(distribution, program, result, result->outcomes + i * result->words);
        const double count = (double)result->counts[i];
        if (expected < 1e-9) return 0; /* impossible */
        if (expected < 5) {
            rest += count;
            continue;
        }
        statistic += (count - expected) * (count - expected) / expected;
        rest_expected -= expected;
        cells++;
    }
    const int likely = statistic < cells + 6 * sqrt(2 * cells) + 1 &&
                       fabs(rest - rest_expected) < 6 * sqrt(fabs(rest_expected) + 10);
    /* Together with the total, no outcome can be missing. */
    return result->has_probabilities && worst < 1e-10 && fabs(total - 1) < 1e-10 && likely;
}

static int same_counts(const ek_shots_result *a, const ek_shots_result *b)
{
    return a->outcome_count == b->outcome_count && a->words == b->words &&
           memcmp(a->outcomes, b->outcomes, a->outcome_count * a->words * 8) == 0 &&
           memcmp(a->counts, b->counts, a->outcome_count * 8) == 0;
}

/* On all ranks, and on each rank alone: the same counts. */
static void check_program(const char *name, ek_session *alone)
{
    const ek_shots_options options = {.shots = SHOTS, .seed = 11, .probabilities = 1 << 20};
    char path[2048];
    ek_dynamic *program = NULL;
    ek_shots_result result = {0}, single = {0};
    json_t *distribution = expected_of(name);
    path_of(name, ".qasm", path);
    if (!distribution) {
        CHECK_STATUS(ek_qasm_load(session, path, &program), EK_ERROR_PARSE);
        CHECK(strstr(ek_last_message(), ".qasm:") != NULL);
        return;
    }
    if (CHECK_OK(ek_qasm_load(session, path, &program)) &&
        CHECK_OK(ek_dynamic_run(session, program, &options, &result))) {
        const int right = check_result(distribution, program, &result);
        CHECK(right);
        if (!right) fprintf(stderr, "%s: wrong distribution\n", name);
        CHECK_OK(ek_dynamic_run(alone, program, &options, &single));
        CHECK(same_counts(&result, &single));
    }
    ek_shots_result_clear(&result);
    ek_shots_result_clear(&single);
    ek_dynamic_destroy(&program);
    json_decref(distribution);
}

static void test_programs(void)
{
    ek_session *alone = NULL;
    CHECK_OK(ek_session_split(session, test_rank(), &alone));
    for (int i = 0; i < name_count; i++) check_program(names[i], alone);
    ek_session_destroy(&alone);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"session", test_begin},
        {"programs of the shared data", test_programs},
        {"end", test_end},
    };
    return test_main(argc, argv, "io: runs of OpenQASM programs", cases,
                     sizeof cases / sizeof *cases);
}
