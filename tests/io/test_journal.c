#define _POSIX_C_SOURCE 200809L

#include "io/journal.h"
#include "support/folder.h"
#include "support/harness.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static double gamma_angles[] = {0.1, 1.0 / 3.0}, beta_angles[] = {-0.0, 5e-324};
static double history[] = {1.5, 2.25, 0x1.fffffffffffffp+1023};
static uint64_t outcomes[] = {5, UINT64_C(1) << 61}, counts[] = {1000, 24};
static double outcome_values[] = {3, 2};

static struct ek_point_result sample_result(void)
{
    return (struct ek_point_result){.kind = "maxcut",
                                    .qubits = 62,
                                    .layers = 2,
                                    .evaluations = 3,
                                    .stopped = EK_STOP_STALLED,
                                    .energy = 0.1 + 0.2,
                                    .optimum = NAN,
                                    .approximation_ratio = NAN,
                                    .p_optimal = 0.125,
                                    .best_value = 3,
                                    .seconds = 0.5,
                                    .best_index = UINT64_C(1) << 61,
                                    .gamma = gamma_angles,
                                    .beta = beta_angles,
                                    .history_count = 3,
                                    .history = history,
                                    .outcome_count = 2,
                                    .outcomes = outcomes,
                                    .outcome_counts = counts,
                                    .outcome_values = outcome_values};
}

static void check_result(const struct ek_point_result *result)
{
    CHECK(strcmp(result->kind, "maxcut") == 0 && result->qubits == 62 && result->layers == 2);
    CHECK(result->energy == 0.1 + 0.2 && isnan(result->optimum) && result->seconds == 0.5);
    CHECK(result->best_index == UINT64_C(1) << 61 && result->evaluations == 3);
    CHECK(result->stopped == EK_STOP_STALLED);
    CHECK(memcmp(result->gamma, gamma_angles, sizeof gamma_angles) == 0);
    CHECK(memcmp(result->beta, beta_angles, sizeof beta_angles) == 0);
    CHECK(result->history_count == 3);
    CHECK(memcmp(result->history, history, sizeof history) == 0);
    CHECK(result->outcome_count == 2 && result->outcomes[1] == UINT64_C(1) << 61);
    CHECK(result->outcome_counts[0] == 1000 && result->outcome_values[1] == 2);
}

static struct ek_journal_header sample_header(int run, int group, int groups)
{
    return (struct ek_journal_header){.hash = UINT64_C(0xfedcba9876543210),
                                      .points = 5,
                                      .ranks_per_point = 2,
                                      .run = run,
                                      .group = group,
                                      .groups = groups};
}

static struct ek_journal *create(const char *folder, int run, int group, int groups)
{
    const struct ek_journal_header header = sample_header(run, group, groups);
    struct ek_journal *journal = NULL;
    CHECK_OK(ek_journal_create(folder, &header, &journal));
    return journal;
}

static const char *new_folder(void)
{
    char path[512];
    const char *folder = test_folder_create();
    snprintf(path, sizeof path, "%s/journal", folder);
    CHECK_OK(ek_folder_create(path));
    return folder;
}

static const double angles[] = {0.1, -1.0 / 3.0, 1e-300, -0.0};

/* The second has a gradient. */
static void write_evaluations(struct ek_journal *journal, size_t point, size_t count)
{
    double gradient[] = {-0.7, 1e300, 1.0 / 7.0, 0.0};
    CHECK_OK(ek_journal_start(journal, point, 7 + point));
    for (size_t k = 0; k < count; k++) {
        const ek_evaluation evaluation = {k == 0 ? 2 : 4, angles, 1.0 / (1.0 + (double)k),
                                          k == 1 ? gradient : NULL};
        CHECK_OK(ek_journal_evaluation(journal, point, k, &evaluation));
    }
}

/* Point 0 done, 1 failed, 2 cut off, in group 0; 3 done in group 1. */
static void write_sample(const char *folder)
{
    const struct ek_point_result result = sample_result();
    struct ek_journal *first = create(folder, 1, 0, 2), *second = create(folder, 1, 1, 2);
    write_evaluations(first, 0, 3);
    CHECK_OK(ek_journal_done(first, 0, 7, &result));
    write_evaluations(first, 1, 1);
    CHECK_OK(ek_journal_failed(first, 1, EK_ERROR_FILE, "no \"file\"\n\xff here"));
    write_evaluations(first, 2, 3);
    write_evaluations(second, 3, 2);
    CHECK_OK(ek_journal_done(second, 3, 10, &result));
    ek_journal_destroy(&first);
    ek_journal_destroy(&second);
}

static void check_sample(const char *folder)
{
    struct ek_journal_record record = {0};
    if (CHECK_OK(ek_journal_read(folder, NULL, &record))) {
        CHECK(record.runs == 1 && record.header.hash == UINT64_C(0xfedcba9876543210));
        CHECK(record.header.groups == 2 && record.header.points == 5 && !record.ended);
        CHECK(record.last_done == 2 && record.last_seconds == 1.0);
        CHECK(record.quiet_seconds >= 0 && record.quiet_seconds < 60);
        CHECK(record.points[0].state == EK_POINT_DONE && record.points[0].problem_hash == 7);
        check_result(record.points[0].result);
        check_result(record.points[3].result);
        CHECK(record.points[1].state == EK_POINT_FAILED && record.points[1].code == EK_ERROR_FILE);
        CHECK(strcmp(record.points[1].reason, "no \"file\"\n? here") == 0);
        CHECK(record.points[2].state == EK_POINT_STARTED && record.points[2].problem_hash == 9);
        CHECK(record.points[2].replay_count == 5 + 11 + 7 && record.points[0].replay_count == 0);
        const double *second = record.points[2].replay + 5;
        CHECK(second[0] == 4 && second[1] == 4);
        CHECK(memcmp(second + 2, angles, sizeof angles) == 0);
        CHECK(second[6] == 0.5 && second[7] == -0.7 && second[9] == 1.0 / 7.0);
        CHECK(second[11] == 4 && second[12] == 0);
        CHECK(record.points[4].state == EK_POINT_WAITING);
    }
    ek_journal_record_clear(&record);
}

static void test_round_trip(void)
{
    const char *folder = new_folder();
    write_sample(folder);
    check_sample(folder);
    test_folder_remove(folder);
}

/* Read an hour after the last write, and an hour before it by the clock of a file server. */
static void test_clocks(void)
{
    const char *folder = new_folder();
    write_sample(folder);
    for (int hours = -1; hours <= 1; hours++) {
        const time_t stamp = time(NULL) + hours * 3600;
        const struct timespec times[] = {{.tv_sec = stamp}, {.tv_sec = stamp}};
        for (int group = 0; group < 2; group++) {
            char path[512];
            snprintf(path, sizeof path, "%s/journal/run-001-group-%04d.jsonl", folder, group);
            CHECK(utimensat(AT_FDCWD, path, times, 0) == 0);
        }
        struct ek_journal_record record = {0};
        if (CHECK_OK(ek_journal_read(folder, NULL, &record)))
            CHECK(hours < 0 ? fabs(record.quiet_seconds - 3600) < 60
                            : record.quiet_seconds >= 0 && record.quiet_seconds < 60);
        ek_journal_record_clear(&record);
    }
    test_folder_remove(folder);
}

/* One run of a part, or of the whole, that ends or does not. */
static void write_run(const char *folder, int run, size_t point, const char *places, bool ends)
{
    struct ek_journal_header header = sample_header(run, 0, 3);
    struct ek_text path = {0};
    struct ek_journal *journal = NULL;
    ek_text_printf(&path, "%s/journal", folder);
    header.places = places;
    CHECK_OK(ek_folder_create(path.bytes));
    if (CHECK_OK(ek_journal_create(folder, &header, &journal))) {
        CHECK_OK(ek_journal_start(journal, point, 7 + point));
        if (ends) CHECK_OK(ek_journal_end(journal, "interrupted"));
    }
    ek_journal_destroy(&journal);
    ek_text_clear(&path);
}

static void test_parts(void)
{
    struct ek_journal_record record = {0};
    struct ek_text part = {0};
    const char *folder = new_folder();
    ek_journal_part_folder(folder, "1-of-2", &part);
    write_run(folder, 1, 0, "n1 cpus 0 (rank 0)", true);
    write_run(part.bytes, 1, 1, "n2 cpus 0 (rank 0)", true);
    write_run(part.bytes, 2, 2, "n1 cpus 0 (rank 0)", false);
    if (CHECK_OK(ek_journal_read(folder, "1-of-2", &record))) {
        CHECK(record.runs == 3 && record.own_runs == 2 && record.parts == 1 && !record.ended);
        CHECK(record.groups == 3 && record.points[2].at_work);
        CHECK(!record.points[0].at_work && !record.points[1].at_work);
        CHECK(record.places.bytes &&
              strcmp(record.places.bytes, "n1 cpus 0 (rank 0); n2 cpus 0 (rank 0)") == 0);
    }
    ek_journal_record_clear(&record);
    if (CHECK_OK(ek_journal_read(folder, NULL, &record))) CHECK(record.own_runs == 1);
    ek_journal_record_clear(&record);
    if (CHECK_OK(ek_journal_read(folder, "0-of-2", &record))) CHECK(record.own_runs == 0);
    ek_journal_record_clear(&record);
    ek_text_clear(&part);
    test_folder_remove(folder);
}

static void test_vqe_results(void)
{
    static double parameters[] = {0.1, -1.0 / 3.0, 1e-300};
    const struct ek_point_result given = {
        .algorithm = EK_ALGORITHM_VQE, .kind = "hamiltonian", .qubits = 8, .layers = 4,
        .evaluations = 3, .energy = -0.3, .exact_energy = NAN, .error = NAN,
        .gradient_norm = 1e-7, .stopped = EK_STOP_CONVERGED, .stuck = 1, .seconds = 2,
        .history_count = 3, .history = history, .parameter_count = 3, .parameters = parameters};
    struct ek_journal_record record = {0};
    const char *folder = new_folder();
    struct ek_journal *journal = create(folder, 1, 0, 1);
    CHECK_OK(ek_journal_start(journal, 4, 7));
    CHECK_OK(ek_journal_done(journal, 4, 7, &given));
    ek_journal_destroy(&journal);
    if (CHECK_OK(ek_journal_read(folder, NULL, &record)) && record.points[4].result) {
        const struct ek_point_result *result = record.points[4].result;
        CHECK(result->algorithm == EK_ALGORITHM_VQE && result->qubits == 8);
        CHECK(result->energy == -0.3 && isnan(result->error) && result->gradient_norm == 1e-7);
        CHECK(result->stopped == EK_STOP_CONVERGED && result->stuck == 1);
        CHECK(result->parameter_count == 3 && result->history_count == 3);
        CHECK(memcmp(result->parameters, parameters, sizeof parameters) == 0);
    } else {
        CHECK(record.points && record.points[4].result);
    }
    ek_journal_record_clear(&record);
    test_folder_remove(folder);
}

/* A point as the versions before "stopped" and "stuck" wrote it; an end that is not known. */
static void test_ends_of_other_versions(void)
{
    static const char name[] = "journal/run-001-group-0000.jsonl";
    static const char *const ends[] = {"", ",\"stopped\":\"tired\""};
    const char *folder = new_folder();
    for (int i = 0; i < 2; i++) {
        struct ek_journal_record record = {0};
        char text[800];
        snprintf(text, sizeof text,
                 "{\"record\":\"sweep\",\"format\":1,\"hash\":\"0000000000000007\","
                 "\"points\":1,\"ranks_per_point\":1,\"run\":1,\"group\":0,\"groups\":1}\n"
                 "{\"record\":\"done\",\"point\":0,\"problem_hash\":\"0000000000000007\","
                 "\"algorithm\":\"vqe\",\"kind\":\"hamiltonian\",\"qubits\":2,\"layers\":1,"
                 "\"seconds\":0.5,\"energy\":-1.5,\"exact_energy\":null,\"error\":null,"
                 "\"gradient_norm\":0.25,\"evaluations\":1%s,\"parameters\":[0.5],"
                 "\"history\":[-1.5]}\n", ends[i]);
        CHECK(test_file_write(folder, name, text, strlen(text)));
        const ek_status status = ek_journal_read(folder, NULL, &record);
        CHECK_STATUS(status, i == 0 ? EK_OK : EK_ERROR_PARSE);
        if (i == 1) CHECK(strstr(ek_last_message(), "unknown 'stopped' 'tired'") != NULL);
        if (status == EK_OK && CHECK(record.points[0].state == EK_POINT_DONE)) {
            const struct ek_point_result *result = record.points[0].result;
            CHECK(result->energy == -1.5 && result->stopped == EK_STOP_NONE);
            CHECK(isnan(result->stuck));
        }
        ek_journal_record_clear(&record);
    }
    test_folder_remove(folder);
}

static void test_folder_without_journals(void)
{
    struct ek_journal_record record = {0};
    CHECK_OK(ek_journal_read("/nonexistent/folder", NULL, &record));
    CHECK(record.runs == 0 && record.header.run == 0 && !record.points);
    ek_journal_record_clear(&record);
}

/* Whatever byte a kill stops at, the rest is read, and never less than from a shorter file. */
static void test_torn_at_every_byte(void)
{
    static const char name[] = "journal/run-001-group-0000.jsonl";
    const char *folder = new_folder();
    size_t length, most = 0;
    write_sample(folder);
    char *bytes = test_file_read(folder, name, &length);
    for (size_t cut = 0; cut <= length; cut++) {
        struct ek_journal_record record = {0};
        CHECK(test_file_write(folder, name, bytes, cut));
        if (!CHECK_OK(ek_journal_read(folder, NULL, &record))) break;
        CHECK(record.runs == 1);
        size_t seen = 0;
        for (size_t i = 0; record.points && i < 3; i++)
            seen += 100 * (size_t)record.points[i].state + record.points[i].replay_count;
        CHECK(record.points == NULL || seen + 40 >= most);
        if (seen > most) most = seen;
        ek_journal_record_clear(&record);
    }
    CHECK(most >= 100 * (EK_POINT_DONE + EK_POINT_FAILED + EK_POINT_STARTED));
    free(bytes);
    test_folder_remove(folder);
}

static void expect_damage(const char *folder, const char *name, const char *content,
                          const char *place)
{
    struct ek_journal_record record = {0};
    CHECK(test_file_write(folder, name, content, strlen(content)));
    if (CHECK_STATUS(ek_journal_read(folder, NULL, &record), EK_ERROR_PARSE)) {
        const bool placed = strstr(ek_last_message(), place) != NULL;
        if (!placed) fprintf(stderr, "\nexpected %s in: %s\n", place, ek_last_message());
        CHECK(placed);
    }
    ek_journal_record_clear(&record);
}

#define HEADER                                                                                    \
    "{\"record\":\"sweep\",\"format\":1,\"hash\":\"fedcba9876543210\",\"points\":5,"              \
    "\"ranks_per_point\":2,\"run\":1,\"group\":0,\"groups\":1}\n"
#define END "{\"record\":\"end\",\"why\":\"done\"}\n"

static void test_damage_in_the_middle(void)
{
    static const char name[] = "journal/run-001-group-0000.jsonl";
    static const char *const cases[][2] = {
        {HEADER "{\"record\":\"sta\n" END, "0000.jsonl:2:"},
        {HEADER "\n" END, "0000.jsonl:2:"},
        {HEADER "[1]\n" END, "0000.jsonl:2:1: "},
        {HEADER "{\"record\":\"jump\"}\n" END, "0000.jsonl:2:1: "},
        {HEADER "{\"record\":\"start\",\"point\":5,\"problem_hash\":\"0000000000000000\"}\n" END,
         "'point' is 5, expected 0 to 4"},
        {HEADER "{\"record\":\"start\",\"point\":0,\"problem_hash\":\"00\"}\n" END, "hexadecimal"},
        {HEADER "{\"record\":\"done\",\"point\":0,\"problem_hash\":\"0000000000000000\"}\n" END,
         "0000.jsonl:2:1: "},
        {END END, "0000.jsonl:1:1: "},
        {"{\"record\":\"sweep\",\"format\":2}\n" END, "'format' is 2"},
    };
    const char *folder = new_folder();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_damage(folder, name, cases[i][0], cases[i][1]);
    test_folder_remove(folder);
}

static size_t line_of(const char *bytes, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++) line += bytes[i] == '\n';
    return line;
}

/* Refused at its line, whatever is changed there; the last line counts as torn, and so do the last
 * two when they have become one. */
static void check_change(const char *folder, const char *name, const char *bytes, size_t length,
                         size_t at)
{
    struct ek_journal_record record = {0};
    char place[64];
    const size_t line = line_of(bytes, at), last = line_of(bytes, length - 1);
    const size_t expected = bytes[at] == '\v' && at < length - 1 ? 5 : 5 + 11;
    snprintf(place, sizeof place, "%s:%zu:", name, line);
    CHECK(test_file_write(folder, name, bytes, length));
    if (line == last) {
        if (CHECK_OK(ek_journal_read(folder, NULL, &record)))
            CHECK(record.points[2].replay_count == expected);
    } else if (CHECK_STATUS(ek_journal_read(folder, NULL, &record), EK_ERROR_PARSE)) {
        const bool placed = strstr(ek_last_message(), place) != NULL;
        if (!placed) fprintf(stderr, "\nexpected %s in: %s\n", place, ek_last_message());
        CHECK(placed);
    }
    ek_journal_record_clear(&record);
}

/* One digit becomes another, or one bit of some byte changes, or two lines become one. */
static void test_any_change_is_seen(void)
{
    static const char name[] = "journal/run-001-group-0000.jsonl";
    const char *folder = new_folder();
    size_t length;
    write_sample(folder);
    char *bytes = test_file_read(folder, name, &length);
    for (size_t at = 0; at < length; at++) {
        const char kept = bytes[at];
        if (kept >= '0' && kept <= '9') {
            bytes[at] = kept == '9' ? '0' : (char)(kept + 1);
            check_change(folder, name, bytes, length, at);
        }
        bytes[at] = kept == '\n' ? '\v' : (char)(kept ^ (1 << at % 7));
        if (bytes[at] != '\n' && (at % 3 == 0 || kept == '\n'))
            check_change(folder, name, bytes, length, at);
        bytes[at] = kept;
    }
    CHECK(test_file_write(folder, name, bytes, length));
    check_sample(folder);
    free(bytes);
    test_folder_remove(folder);
}

/* Does as the message says: takes out the line, or all of the file. */
static void remove_line(const char *folder, const char *name, size_t number)
{
    size_t length, kept = 0, line = 1;
    char *bytes = test_file_read(folder, name, &length);
    for (size_t i = 0; i < length; i++) {
        if (line != number && number != 1) bytes[kept++] = bytes[i];
        line += bytes[i] == '\n';
    }
    CHECK(test_file_write(folder, name, bytes, kept));
    free(bytes);
}

/* Of the lines of group 0, the 1st is the header, the 6th says that point 0 is done. */
static void test_damage_can_be_removed(void)
{
    static const char name[] = "journal/run-001-group-0000.jsonl";
    static const size_t lines[] = {6, 1};
    static const char *const advice[] = {"remove line 6 of the file", "empty it"};
    struct ek_journal_record record = {0};
    const char *folder = new_folder();
    size_t length;
    write_sample(folder);
    for (int i = 0; i < 2; i++) {
        char *bytes = test_file_read(folder, name, &length);
        size_t at = 0;
        while (line_of(bytes, at) < lines[i]) at++;
        bytes[at + 12] ^= 1; /* in the word after "record" */
        CHECK(test_file_write(folder, name, bytes, length));
        free(bytes);
        CHECK_STATUS(ek_journal_read(folder, NULL, &record), EK_ERROR_PARSE);
        CHECK(strstr(ek_last_message(), advice[i]) != NULL);
        remove_line(folder, name, lines[i]);
        if (!CHECK_OK(ek_journal_read(folder, NULL, &record))) continue;
        CHECK(record.runs == 1 && record.header.run == (i == 0 ? 1 : 0));
        if (i == 0)
            CHECK(record.points[0].state == EK_POINT_STARTED &&
                  record.points[0].replay_count == 5 + 11 + 7 &&
                  record.points[1].state == EK_POINT_FAILED);
        ek_journal_record_clear(&record);
    }
    test_folder_remove(folder);
}

/* Takes the checksums from all lines of a file, or from one. */
static void strip_checks(const char *folder, const char *name, size_t only)
{
    size_t length, kept = 0, line = 1;
    char *bytes = test_file_read(folder, name, &length);
    for (size_t i = 0; i < length; i++) {
        if ((only == 0 || only == line) && strncmp(bytes + i, ",\"check\":\"", 10) == 0)
            i += 10 + 16 + 1;
        line += bytes[i] == '\n';
        bytes[kept++] = bytes[i];
    }
    CHECK(kept < length && test_file_write(folder, name, bytes, kept));
    free(bytes);
}

static void test_journals_without_checksums(void)
{
    static const char *const names[] = {"journal/run-001-group-0000.jsonl",
                                        "journal/run-001-group-0001.jsonl"};
    const char *folder = new_folder();
    write_sample(folder);
    strip_checks(folder, names[0], 0);
    check_sample(folder);
    strip_checks(folder, names[1], 0);
    check_sample(folder);
    test_folder_remove(folder);
    for (size_t only = 1; only <= 3; only += 2) {
        struct ek_journal_record record = {0};
        folder = new_folder();
        write_sample(folder);
        strip_checks(folder, names[1], only);
        CHECK_STATUS(ek_journal_read(folder, NULL, &record), EK_ERROR_PARSE);
        CHECK(strstr(ek_last_message(), only == 1 ? "0001.jsonl:1:1: " : "0001.jsonl:3:1: "));
        test_folder_remove(folder);
    }
}

static void test_journals_of_different_sweeps(void)
{
    struct ek_journal_record record = {0};
    struct ek_journal *journal = NULL;
    struct ek_journal_header header = sample_header(2, 0, 1);
    const char *folder = new_folder();
    journal = create(folder, 1, 0, 1);
    ek_journal_destroy(&journal);
    header.hash++;
    CHECK_OK(ek_journal_create(folder, &header, &journal));
    CHECK_STATUS(ek_journal_read(folder, NULL, &record), EK_ERROR_MISMATCH);
    CHECK_STATUS(ek_journal_create(folder, &header, &journal), EK_ERROR_BUSY);
    ek_journal_destroy(&journal);
    test_folder_remove(folder);
}

/* Later runs finish what earlier ones began; the longest record of evaluations counts. */
static void test_runs_add_up(void)
{
    const struct ek_point_result result = sample_result();
    struct ek_journal_record record = {0};
    const char *folder = new_folder();
    write_sample(folder);
    struct ek_journal *journal = create(folder, 2, 0, 1);
    write_evaluations(journal, 2, 1);
    write_evaluations(journal, 4, 1);
    ek_journal_destroy(&journal);
    journal = create(folder, 3, 0, 1);
    write_evaluations(journal, 1, 2);
    CHECK_OK(ek_journal_done(journal, 1, 8, &result));
    CHECK_OK(ek_journal_end(journal, "interrupted"));
    ek_journal_destroy(&journal);
    if (CHECK_OK(ek_journal_read(folder, NULL, &record))) {
        CHECK(record.runs == 3 && record.header.run == 3 && record.ended);
        CHECK(record.last_done == 1 && record.points[1].state == EK_POINT_DONE);
        CHECK(record.points[1].replay_count == 0 && !record.points[1].reason);
        CHECK(record.points[2].replay_count == 23 && record.points[2].run == 2);
        CHECK(record.points[4].replay_count == 5);
    }
    ek_journal_record_clear(&record);
    test_folder_remove(folder);
}

/* Another problem under the same point makes its old evaluations worthless. */
static void test_changed_problem_drops_the_replay(void)
{
    struct ek_journal_record record = {0};
    const char *folder = new_folder();
    write_sample(folder);
    struct ek_journal *journal = create(folder, 2, 0, 1);
    CHECK_OK(ek_journal_start(journal, 2, 999));
    ek_journal_destroy(&journal);
    if (CHECK_OK(ek_journal_read(folder, NULL, &record)))
        CHECK(record.points[2].problem_hash == 999 && record.points[2].replay_count == 0);
    ek_journal_record_clear(&record);
    test_folder_remove(folder);
}

static void test_failing_writes_and_allocations(void)
{
    const struct ek_point_result result = sample_result();
    struct ek_journal_record record = {0};
    const char *folder = new_folder();
    struct ek_journal *journal = create(folder, 1, 0, 1);
    ek_fault_set(EK_FAULT_WRITE, 1);
    CHECK_STATUS(ek_journal_start(journal, 0, 1), EK_ERROR_FILE);
    CHECK_OK(ek_journal_start(journal, 0, 1));
    CHECK_OK(ek_journal_done(journal, 0, 1, &result));
    ek_journal_destroy(&journal);
    for (long nth = 1; nth < 100; nth++) {
        ek_fault_set(EK_FAULT_ALLOCATE, nth);
        const ek_status status = ek_journal_read(folder, NULL, &record);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        ek_journal_record_clear(&record);
        if (status == EK_OK) break;
        CHECK(status == EK_ERROR_MEMORY && nth < 99);
    }
    test_folder_remove(folder);
    const struct ek_journal_header header = sample_header(1, 0, 1);
    CHECK_STATUS(ek_journal_create("/nonexistent", &header, &journal), EK_ERROR_FILE);
}

static void test_removed_meanwhile(void)
{
    const struct ek_point_result result = sample_result();
    const char *folder = new_folder();
    struct ek_journal *journal = create(folder, 1, 0, 1);
    CHECK_OK(ek_journal_done(journal, 0, 1, &result));
    test_folder_remove(folder);
    CHECK_STATUS(ek_journal_done(journal, 1, 1, &result), EK_ERROR_FILE);
    CHECK_STATUS(ek_journal_failed(journal, 1, EK_ERROR_FILE, "no file"), EK_ERROR_FILE);
    ek_journal_destroy(&journal);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"parts", test_parts},
        {"what is written is read", test_round_trip},
        {"results of VQE", test_vqe_results},
        {"ends of other versions", test_ends_of_other_versions},
        {"clocks that differ", test_clocks},
        {"a folder without journals", test_folder_without_journals},
        {"a file torn at any byte", test_torn_at_every_byte},
        {"damage in the middle is refused at its place", test_damage_in_the_middle},
        {"any change is seen", test_any_change_is_seen},
        {"damage can be removed", test_damage_can_be_removed},
        {"journals without checksums", test_journals_without_checksums},
        {"journals of different sweeps", test_journals_of_different_sweeps},
        {"runs add up", test_runs_add_up},
        {"a changed problem drops the replay", test_changed_problem_drops_the_replay},
        {"a folder that is removed meanwhile", test_removed_meanwhile},
        {"failing writes and allocations", test_failing_writes_and_allocations},
    };
    return test_main(argc, argv, "io: journal", cases, sizeof cases / sizeof *cases);
}
