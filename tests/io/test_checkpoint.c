/* Runs that are stopped after every pass, each time to go on with another number of ranks, end as
 * if nothing had been; and nothing that is damaged is taken for a checkpoint. */
#include "comm/comm.h"
#include "state/state.h"
#include "support/compare.h"
#include "support/folder.h"
#include "support/random_circuit.h"

#include <exaket/checkpoint.h>

#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { QUBITS = 9, STOPS_MOST = 200 };
static const double parameters[3] = {0.3, -1.7, 2.9};

static ek_session *session;
static const char *folder;
static char path[4096], previous[4200];

static void test_begin(void)
{
    session = test_session(1, 0);
    folder = test_folder_create();
    snprintf(path, sizeof path, "%s/run.ckpt", folder);
    snprintf(previous, sizeof previous, "%s.previous", path);
}

static void test_end(void)
{
    test_folder_remove(folder);
    ek_session_destroy(&session);
}

/* What the tests run. */
struct subject {
    struct random_circuit *random;
    ek_circuit *circuit;
    struct reference expected;
};

static void subject_create(struct subject *subject, uint64_t seed)
{
    const struct random_options options = {.qubits = QUBITS, .count = 60, .widest = 3};
    *subject = (struct subject){.random = random_circuit_make(seed, &options)};
    for (int i = 0; i < options.count; i++) /* polynomials only: code cannot be kept */
        subject->random->operations[i].function %= 2;
    CHECK_OK(random_circuit_build(subject->random, &subject->circuit));
    reference_create(&subject->expected, QUBITS);
    random_circuit_apply(subject->random, parameters, &subject->expected);
}

static void subject_destroy(struct subject *subject)
{
    ek_circuit_destroy(&subject->circuit);
    random_circuit_destroy(&subject->random);
    reference_destroy(&subject->expected);
}

static void check_amplitudes(const ek_state *state, const struct reference *expected)
{
    ek_complex *amplitudes = test_amplitudes(state);
    double worst = 0;
    for (size_t i = 0; i < 1 << QUBITS; i++)
        worst = fmax(worst, cabs(amplitudes[i].re + I * amplitudes[i].im -
                                 expected->amplitude[i]));
    CHECK(worst < (ek_state_precision(state) == EK_DOUBLE ? 1e-12 : 1e-5));
    free(amplitudes);
}

/* One run on some of the ranks; the others do nothing. On success the amplitudes are checked. */
static ek_status run_on(int ranks, const struct subject *subject, ek_precision precision,
                        const ek_checkpoint_options *options, ek_checkpoint_summary *summary)
{
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    ek_session *part = NULL;
    ek_state *state = NULL;
    ek_runner *runner = NULL;
    ek_status status = EK_OK;
    ek_checkpoint_options chosen = *options;
    chosen.plan.tile_qubits = 4;
    CHECK_OK(ek_session_split(session, test_rank() < ranks ? 0 : 1, &part));
    if (test_rank() < ranks) {
        CHECK_OK(ek_checkpoints_create(part, &chosen, &runner));
        CHECK_OK(ek_state_create(part, QUBITS, precision, &state));
        status = ek_checkpoints_run(runner, subject->circuit, parameters, &zero, state);
        ek_checkpoints_summarize(runner, summary);
        if (status == EK_OK) check_amplitudes(state, &subject->expected);
    }
    ek_checkpoints_destroy(&runner);
    ek_state_destroy(&state);
    ek_session_destroy(&part);
    int all = (int)status; /* rank 0 runs always */
    ek_broadcast(session, &all, sizeof all, 0);
    return (ek_status)all;
}

static void test_stops(void)
{
    test_begin();
    for (uint64_t seed = 1; seed <= 3; seed++) {
        ek_checkpoint_options options = {.path = path, .max_seconds = 1e-9, .resume = 1,
                                         .check = EK_CHECK_FULL};
        ek_checkpoint_summary summary = {0};
        struct subject subject;
        uint64_t source = seed;
        int stops = 0;
        subject_create(&subject, seed);
        ek_status status = EK_ERROR_INTERRUPTED;
        while (status == EK_ERROR_INTERRUPTED && stops++ < STOPS_MOST) {
            int ranks = 1 << random_below(&source, ek_log2((uint64_t)test_ranks()) + 1);
            status = run_on(ranks, &subject, EK_DOUBLE, &options, &summary);
        }
        CHECK(status == EK_OK);
        CHECK(stops > 3);
        CHECK(test_rank() != 0 || access(previous, F_OK) == 0);
        CHECK(test_folder_entries(folder) == 2);
        CHECK_OK(ek_session_agree(session, EK_OK));
        if (test_rank() == 0) CHECK(unlink(path) == 0 && unlink(previous) == 0);
        subject_destroy(&subject);
    }
    test_end();
}

/* Leaves a checkpoint and the one before it. */
static void leave_two(const struct subject *subject, ek_precision precision)
{
    ek_checkpoint_options options = {.path = path, .max_seconds = 1e-9};
    ek_checkpoint_summary summary = {0};
    CHECK_STATUS(run_on(test_ranks(), subject, precision, &options, &summary),
                 EK_ERROR_INTERRUPTED);
    options.resume = 1;
    CHECK_STATUS(run_on(test_ranks(), subject, precision, &options, &summary),
                 EK_ERROR_INTERRUPTED);
}

static void test_other_precision(void)
{
    struct subject subject;
    ek_checkpoint_summary summary = {0};
    ek_checkpoint_options options = {.path = path, .resume = 1};
    test_begin();
    subject_create(&subject, 4);
    leave_two(&subject, EK_DOUBLE);
    CHECK_STATUS(run_on(test_ranks(), &subject, EK_SINGLE, &options, &summary),
                 EK_ERROR_MISMATCH);
    options.any_precision = 1;
    CHECK_OK(run_on(1, &subject, EK_SINGLE, &options, &summary));
    CHECK(summary.resumed || test_rank() != 0);
    subject_destroy(&subject);
    test_end();
}

static void test_other_circuit(void)
{
    struct subject subject, other;
    ek_checkpoint_summary summary = {0};
    const ek_checkpoint_options options = {.path = path, .resume = 1};
    test_begin();
    subject_create(&subject, 5);
    subject_create(&other, 6);
    leave_two(&subject, EK_DOUBLE);
    CHECK_STATUS(run_on(test_ranks(), &other, EK_DOUBLE, &options, &summary), EK_ERROR_MISMATCH);
    CHECK(test_rank() != 0 || strstr(ek_last_message(), "another circuit") != NULL);
    subject_destroy(&subject);
    subject_destroy(&other);
    test_end();
}

static double code(uint64_t index, void *context)
{
    (void)context;
    return (double)(index % 3);
}

/* A function that no file can keep is refused before anything runs. */
static void test_code(void)
{
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    ek_circuit *circuit = NULL;
    ek_diagonal *diagonal = NULL;
    ek_state *state = NULL;
    ek_runner *runner = NULL;
    test_begin();
    const ek_checkpoint_options options = {.path = path};
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    CHECK_OK(ek_diagonal_create_function(QUBITS, code, NULL, &diagonal));
    CHECK_OK(ek_circuit_diagonal(circuit, diagonal, ek_angle_number(0.3)));
    CHECK_OK(ek_checkpoints_create(session, &options, &runner));
    CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &state));
    CHECK_STATUS(ek_checkpoints_run(runner, circuit, NULL, &zero, state), EK_ERROR_UNSUPPORTED);
    CHECK(strstr(ek_last_message(), "code: give them as polynomials") != NULL);
    ek_checkpoints_destroy(&runner);
    CHECK_OK(ek_session_agree(session, EK_OK)); /* rank 0 has removed the lock */
    CHECK(test_folder_entries(folder) == 0);
    ek_state_destroy(&state);
    ek_diagonal_destroy(&diagonal);
    ek_circuit_destroy(&circuit);
    test_end();
}

/* ---- damage -------------------------------------------------------------------------------- */

struct image {
    char *bytes;
    size_t length;
};

static struct image read_image(void)
{
    struct image image = {0};
    if (test_rank() == 0) image.bytes = test_file_read(folder, "run.ckpt", &image.length);
    return image;
}

static void damage(const struct image *image, size_t length, size_t bit)
{
    if (test_rank() == 0) {
        if (bit / 8 < image->length) image->bytes[bit / 8] ^= (char)(1 << bit % 8);
        CHECK(test_file_write(folder, "run.ckpt", image->bytes, length));
        if (bit / 8 < image->length) image->bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    CHECK_OK(ek_session_agree(session, EK_OK));
}

/* The fall back to the generation before, and what happens without one. */
static void test_generations(void)
{
    struct subject subject;
    ek_checkpoint_summary summary = {0};
    const ek_checkpoint_options options = {.path = path, .resume = 1};
    test_begin();
    subject_create(&subject, 7);
    leave_two(&subject, EK_DOUBLE);
    struct image image = read_image();
    damage(&image, image.length, 8 * (image.length / 2));
    CHECK_OK(run_on(test_ranks(), &subject, EK_DOUBLE, &options, &summary));
    CHECK(summary.resumed);
    CHECK_OK(ek_session_agree(session, EK_OK));
    if (test_rank() == 0) CHECK(unlink(path) == 0);
    CHECK_OK(ek_session_agree(session, EK_OK));
    CHECK_OK(run_on(1, &subject, EK_DOUBLE, &options, &summary));
    CHECK(summary.resumed);
    damage(&image, image.length / 2, SIZE_MAX);
    if (test_rank() == 0) CHECK(unlink(previous) == 0);
    CHECK_OK(ek_session_agree(session, EK_OK));
    CHECK_STATUS(run_on(test_ranks(), &subject, EK_DOUBLE, &options, &summary),
                 EK_ERROR_MISMATCH);
    free(image.bytes);
    subject_destroy(&subject);
    test_end();
}

static int same_info(const ek_checkpoint_info *a, const ek_checkpoint_info *b)
{
    return a->qubits == b->qubits && a->norm == b->norm && a->passes == b->passes &&
           a->passes_total == b->passes_total && a->circuit == b->circuit &&
           a->draws == b->draws && a->operations_left == b->operations_left &&
           a->seconds == b->seconds && a->precision == b->precision;
}

/* A damaged file is replaced by the first new one, and only a whole one becomes the generation
 * before: a kill at any moment leaves one to go on from. */
static void test_replaced(void)
{
    struct subject subject;
    ek_checkpoint_summary summary = {0};
    ek_checkpoint_info before, first, kept;
    const ek_checkpoint_options options = {.path = path, .max_seconds = 1e-9, .resume = 1};
    test_begin();
    subject_create(&subject, 7);
    leave_two(&subject, EK_DOUBLE);
    struct image image = read_image();
    if (test_rank() == 0) CHECK_OK(ek_checkpoint_look(previous, 1, &before));
    damage(&image, image.length, 8 * (image.length / 2));
    CHECK_STATUS(run_on(test_ranks(), &subject, EK_DOUBLE, &options, &summary),
                 EK_ERROR_INTERRUPTED);
    if (test_rank() == 0) {
        CHECK_OK(ek_checkpoint_look(path, 1, &first));
        CHECK_OK(ek_checkpoint_look(previous, 1, &kept));
        CHECK(same_info(&before, &kept) && first.passes > kept.passes);
    }
    CHECK_OK(ek_session_agree(session, EK_OK));
    CHECK_STATUS(run_on(test_ranks(), &subject, EK_DOUBLE, &options, &summary),
                 EK_ERROR_INTERRUPTED);
    if (test_rank() == 0) {
        CHECK_OK(ek_checkpoint_look(previous, 1, &kept));
        CHECK(same_info(&first, &kept));
    }
    free(image.bytes);
    subject_destroy(&subject);
    test_end();
}

/* How often damages were noticed, did no harm, and did some, by one way to read the file. */
struct tally {
    const char *by;
    int noticed, harmless, wrong;
};

static void print_tally(const struct tally *tally)
{
    if (test_rank() == 0)
        printf("%d damages by %s: %d noticed, %d harmless, %d not noticed\n",
               tally->noticed + tally->harmless + tally->wrong, tally->by, tally->noticed,
               tally->harmless, tally->wrong);
    CHECK(tally->wrong == 0);
    CHECK(test_rank() != 0 || tally->noticed > tally->harmless);
}

static void verify_damaged(const ek_checkpoint_info *good, struct tally *tally)
{
    ek_checkpoint_info info;
    if (test_rank() != 0) return;
    if (ek_checkpoint_look(path, 1, &info) != EK_OK) tally->noticed++;
    else if (same_info(good, &info)) tally->harmless++;
    else tally->wrong++;
}

/* A run that goes on from it has the right amplitudes at its end, as run_on checks. */
static void resume_damaged(const struct subject *subject, struct tally *tally)
{
    const ek_checkpoint_options options = {.path = path, .resume = 1};
    ek_checkpoint_summary summary = {0};
    const ek_status status = run_on(test_ranks(), subject, EK_DOUBLE, &options, &summary);
    if (status == EK_ERROR_MISMATCH) tally->noticed++;
    else if (status == EK_OK && summary.resumed) tally->harmless++;
    else tally->wrong++;
}

/* Random bit flips and truncations: noticed, or of bytes that nobody uses. */
static void test_damage(void)
{
    const char *many = getenv("EXAKET_TEST_DAMAGES");
    const int count = many ? atoi(many) : 100, resumed_every = many ? 1 : 5;
    struct tally verify = {.by = "verify"}, resume = {.by = "resume"};
    struct subject subject;
    ek_checkpoint_info good;
    uint64_t source = 42;
    test_begin();
    subject_create(&subject, 8);
    leave_two(&subject, EK_DOUBLE);
    struct image image = read_image();
    if (test_rank() == 0) {
        CHECK_OK(ek_checkpoint_look(path, 1, &good));
        CHECK(good.qubits == QUBITS && good.passes == 2 && fabs(good.norm - 1) < 1e-12);
        CHECK(unlink(previous) == 0);
    }
    ek_broadcast(session, &image.length, sizeof image.length, 0);
    for (int i = 0; i < count; i++) {
        const size_t bit = (size_t)random_below(&source, (int)(8 * image.length));
        if (i % 5 == 4) damage(&image, bit / 8, SIZE_MAX);
        else damage(&image, image.length, bit);
        verify_damaged(&good, &verify);
        if (i % resumed_every == i / resumed_every % resumed_every)
            resume_damaged(&subject, &resume);
    }
    print_tally(&verify);
    print_tally(&resume);
    free(image.bytes);
    subject_destroy(&subject);
    test_end();
}

/* ---- writing ------------------------------------------------------------------------------- */

static void test_full_disk(void)
{
    struct subject subject;
    ek_checkpoint_summary summary = {0};
    ek_checkpoint_info before, after;
    ek_checkpoint_options options = {.path = path, .every_seconds = 1e-9};
    test_begin();
    subject_create(&subject, 9);
    leave_two(&subject, EK_DOUBLE);
    if (test_rank() == 0) CHECK_OK(ek_checkpoint_look(path, 1, &before));
    /* The last rank's first write fails once: the run goes on, and all is written later. */
    if (test_rank() == test_ranks() - 1) ek_fault_set(EK_FAULT_WRITE, 1);
    CHECK_OK(run_on(test_ranks(), &subject, EK_DOUBLE, &options, &summary));
    CHECK(summary.failed == 1 && summary.written > 0);
    options.required = 1;
    options.max_seconds = 0;
    if (test_rank() == 0) CHECK_OK(ek_checkpoint_look(path, 1, &before));
    if (test_rank() == test_ranks() - 1) ek_fault_set(EK_FAULT_WRITE, 1);
    CHECK_STATUS(run_on(test_ranks(), &subject, EK_DOUBLE, &options, &summary), EK_ERROR_FILE);
    CHECK(test_rank() != 0 || strstr(ek_last_message(), "No space left") != NULL);
    if (test_rank() == 0) {
        CHECK_OK(ek_checkpoint_look(path, 1, &after));
        CHECK(same_info(&before, &after));
    }
    CHECK(test_folder_entries(folder) == 2); /* nothing half written */
    subject_destroy(&subject);
    test_end();
}

/* A bit that flips after any of the first passes and reshuffles: back to the checkpoint before, or
 * to the beginning, and on. */
static void test_flipped_bits(void)
{
    struct subject subject;
    ek_checkpoint_summary summary = {0};
    test_begin();
    subject_create(&subject, 11);
    for (int way = 0; way < 4; way++)
        for (long nth = 1; nth <= 4; nth += 3) {
            const ek_checkpoint_options options = {
                .path = way % 2 ? path : NULL, .every_seconds = way % 2 ? 1e-9 : 0,
                .check = way / 2 ? EK_CHECK_FULL : EK_CHECK_NORM};
            if (test_rank() == test_ranks() - 1) ek_fault_set(EK_FAULT_BIT, nth);
            CHECK_OK(run_on(test_ranks(), &subject, EK_DOUBLE, &options, &summary));
            CHECK(summary.rollbacks == 1);
            ek_fault_set(EK_FAULT_BIT, 0);
        }
    subject_destroy(&subject);
    test_end();
}

/* Amplitudes that get lost between two ranks, where they travel in messages. */
static void test_lost_parcels(void)
{
    const bool messages = test_ranks() > 1 && getenv("EXAKET_SHARED_RANKS");
    struct subject subject;
    ek_checkpoint_summary summary = {0};
    test_begin();
    subject_create(&subject, 11);
    for (int way = 0; way < 2; way++) {
        const ek_checkpoint_options options = {.check = way ? EK_CHECK_FULL : EK_CHECK_NORM};
        /* Not the first: those hold zeros only. */
        if (test_rank() == test_ranks() - 1) ek_fault_set(EK_FAULT_PARCEL, 6);
        CHECK_OK(run_on(test_ranks(), &subject, EK_DOUBLE, &options, &summary));
        CHECK(summary.rollbacks == messages);
        ek_fault_set(EK_FAULT_PARCEL, 0);
    }
    subject_destroy(&subject);
    test_end();
}

static void test_export(void)
{
    char output[4200];
    struct subject subject;
    ek_checkpoint_summary summary = {0};
    const ek_checkpoint_options options = {.path = path, .every_seconds = 1e-9};
    test_begin();
    snprintf(output, sizeof output, "%s/out.h5", folder);
    subject_create(&subject, 10);
    CHECK_OK(run_on(test_ranks(), &subject, EK_DOUBLE, &options, &summary));
    if (test_rank() == 0) CHECK_OK(ek_checkpoint_export(path, output));
    if (test_rank() == 0) { /* the last checkpoint is behind the last pass */
        static ek_complex found[1 << QUBITS];
        const hid_t file = H5Fopen(output, H5F_ACC_RDONLY, H5P_DEFAULT);
        const hid_t set = H5Dopen2(file, "amplitudes", H5P_DEFAULT), type = H5Dget_type(set);
        CHECK(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, found) >= 0);
        for (size_t i = 0; i < 1 << QUBITS; i++)
            CHECK(cabs(found[i].re + I * found[i].im - subject.expected.amplitude[i]) < 1e-12);
        H5Tclose(type);
        H5Dclose(set);
        H5Fclose(file);
    }
    subject_destroy(&subject);
    test_end();
}

/* A second run on the same checkpoint is refused; a lock that nobody holds any more is none. */
static void test_locked(void)
{
    ek_runner *runner = NULL, *second = NULL;
    test_begin();
    const ek_checkpoint_options options = {.path = path};
    if (test_rank() == 0) CHECK(test_file_write(folder, ".run.ckpt.lock", "", 0));
    CHECK_OK(ek_checkpoints_create(session, &options, &runner));
    CHECK_STATUS(ek_checkpoints_create(session, &options, &second), EK_ERROR_BUSY);
    CHECK(second == NULL && strstr(ek_last_message(), "another run") != NULL);
    CHECK(strstr(ek_last_message(), path) != NULL && test_folder_entries(folder) == 1);
    CHECK_OK(ek_session_agree(session, EK_OK));
    ek_checkpoints_destroy(&runner);
    CHECK_OK(ek_checkpoints_create(session, &options, &second));
    ek_checkpoints_destroy(&second);
    CHECK(test_rank() != 0 || test_folder_entries(folder) == 0);
    test_end();
}

static void test_interval(void)
{
    const double day = 86400;
    CHECK_NEAR(ek_checkpoint_interval(10, day), sqrt(2 * 10 * day), 15);
    CHECK(ek_checkpoint_interval(3 * day, day) == day);
    CHECK(ek_checkpoint_interval(20, day) > ek_checkpoint_interval(10, day));
}

static void test_wrong_options(void)
{
    ek_runner *runner = NULL;
    session = test_session(1, 0);
    const ek_checkpoint_options wrong[] = {{.every_seconds = -2}, {.every_seconds = NAN},
                                           {.mtbf_seconds = -1}, {.max_seconds = NAN},
                                           {.resume = 1}, {.check = (ek_check)3}};
    const ek_checkpoint_options nowhere = {.path = "/nowhere/run.ckpt"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_STATUS(ek_checkpoints_create(session, &wrong[i], &runner), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_checkpoints_create(session, &nowhere, &runner), EK_ERROR_FILE);
    const ek_checkpoint_options differ = {.check = (ek_check)(test_rank() == 1)};
    if (test_ranks() > 1)
        CHECK_STATUS(ek_checkpoints_create(session, &differ, &runner), EK_ERROR_MISMATCH);
    CHECK(runner == NULL);
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"stops after each pass, on changing ranks", test_stops},
        {"another precision, when asked for", test_other_precision},
        {"another circuit is refused", test_other_circuit},
        {"a function that is code is refused", test_code},
        {"the generation before takes over", test_generations},
        {"a damaged one is replaced, not kept", test_replaced},
        {"damage is noticed", test_damage},
        {"a full disk harms nothing", test_full_disk},
        {"flipped bits are noticed and undone", test_flipped_bits},
        {"lost parcels are noticed", test_lost_parcels},
        {"amplitudes in logical order", test_export},
        {"one run at a time", test_locked},
        {"Daly's interval", test_interval},
        {"wrong options", test_wrong_options},
    };
    return test_main(argc, argv, "io/checkpoint", cases, sizeof cases / sizeof *cases);
}
