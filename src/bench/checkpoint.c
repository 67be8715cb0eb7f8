/* How fast a checkpoint is written and read, beside as many plain bytes. */
#define _GNU_SOURCE /* posix_fadvise */
#include "bench/bench.h"
#include "io/checkpoint_file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_BYTES = 4 << 20, FOLDER_BYTES = 4000 };

struct desk {
    ek_session *session;
    ek_bench_checkpoint_options options;
    ek_state *state;
    char path[FOLDER_BYTES + 64], plain[FOLDER_BYTES + 96], previous[FOLDER_BYTES + 96];
    double *write, *read, *copy; /* seconds of each repetition */
};

/* ---- plain bytes ---------------------------------------------------------------------------- */

static ek_status fail_at(const char *path)
{
    return EK_FAIL(EK_ERROR_FILE, "cannot write %s: %s", path, strerror(errno));
}

static ek_status write_pieces(int descriptor, const struct desk *desk)
{
    const size_t bytes =
        ek_state_local_count(desk->state) * ek_amplitude_bytes(desk->state->precision);
    for (size_t done = 0; done < bytes;) {
        const size_t left = bytes - done;
        const ssize_t wrote = write(descriptor, (const char *)desk->state->amplitudes + done,
                                    left < PIECE_BYTES ? left : PIECE_BYTES);
        if (wrote < 0 && errno != EINTR) return fail_at(desk->plain);
        if (wrote > 0) done += (size_t)wrote;
    }
    return fsync(descriptor) == 0 ? EK_OK : fail_at(desk->plain);
}

/* What "dd bs=4M conv=fsync" does, on each rank with its own amplitudes. */
static ek_status write_plain(struct desk *desk)
{
    const int descriptor = open(desk->plain, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ek_status status = descriptor < 0 ? fail_at(desk->plain) : write_pieces(descriptor, desk);
    if (descriptor >= 0 && close(descriptor) != 0 && status == EK_OK)
        status = fail_at(desk->plain);
    return ek_session_agree(desk->session, status);
}

/* ---- checkpoints ---------------------------------------------------------------------------- */

static ek_status pack_nothing(const struct desk *desk, struct ek_checkpoint *checkpoint)
{
    ek_circuit *nothing = NULL;
    ek_status status = ek_circuit_create(desk->state->qubits, &nothing);
    if (status == EK_OK) status = ek_checkpoint_pack(nothing, &checkpoint->remaining);
    ek_circuit_destroy(&nothing);
    return status;
}

static ek_status write_checkpoint(struct desk *desk)
{
    struct ek_checkpoint checkpoint = {.facts.norm = 1};
    ek_status status = ek_session_agree(desk->session, pack_nothing(desk, &checkpoint));
    if (status == EK_OK) status = ek_checkpoint_write(desk->state, desk->path, &checkpoint);
    ek_checkpoint_clear(&checkpoint);
    return status;
}

static ek_status read_checkpoint(struct desk *desk)
{
    struct ek_checkpoint checkpoint = {0};
    ek_status status = ek_checkpoint_read(desk->session, desk->path, &checkpoint);
    if (status == EK_OK) status = ek_checkpoint_load(&checkpoint, desk->path, desk->state);
    ek_checkpoint_clear(&checkpoint);
    return status;
}

/* So that the disk is read, not what is left of the file in memory. */
static void forget(const struct desk *desk)
{
    const int descriptor = open(desk->path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    close(descriptor);
}

/* ---- measurement ---------------------------------------------------------------------------- */

static ek_status time_one(struct desk *desk, ek_status (*what)(struct desk *), double *seconds)
{
    ek_barrier(desk->session);
    const double start = ek_clock_seconds();
    EK_TRY(what(desk));
    *seconds = ek_bench_slowest(desk->session, start);
    return EK_OK;
}

static ek_status measure(struct desk *desk)
{
    for (int i = 0; i < desk->options.repeat; i++) {
        EK_TRY(time_one(desk, write_plain, &desk->copy[i]));
        unlink(desk->plain);
        EK_TRY(time_one(desk, write_checkpoint, &desk->write[i]));
        forget(desk);
        EK_TRY(time_one(desk, read_checkpoint, &desk->read[i]));
    }
    return EK_OK;
}

static ek_status open_desk(struct desk *desk)
{
    ek_bench_checkpoint_options *options = &desk->options;
    const char *folder = options->folder ? options->folder : ".";
    if (options->qubits == 0) options->qubits = 20;
    if (options->repeat == 0) options->repeat = 5;
    if (options->repeat < 1 || options->repeat > EK_BENCH_REPEAT_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d repetitions: expected 1 to %d", options->repeat,
                       EK_BENCH_REPEAT_MAX);
    if (strlen(folder) >= FOLDER_BYTES)
        return EK_FAIL(EK_ERROR_ARGUMENT, "the folder's name has %zu characters, at most %d",
                       strlen(folder), FOLDER_BYTES - 1);
    snprintf(desk->path, sizeof desk->path, "%s/exaket-bench-%ld.ckpt", folder, (long)getpid());
    EK_TRY(EK_NEW(desk->write, options->repeat));
    EK_TRY(EK_NEW(desk->read, options->repeat));
    return EK_NEW(desk->copy, options->repeat);
}

/* The name is rank 0's. */
static ek_status agree_on_names(struct desk *desk)
{
    const ek_bench_checkpoint_options *options = &desk->options;
    const int numbers[3] = {options->qubits, (int)options->precision, options->repeat};
    EK_TRY(ek_agree_same(desk->session, numbers, sizeof numbers, "the sizes of checkpoints"));
    ek_broadcast(desk->session, desk->path, sizeof desk->path, 0);
    snprintf(desk->plain, sizeof desk->plain, "%s.plain.%d", desk->path,
             ek_session_rank(desk->session));
    snprintf(desk->previous, sizeof desk->previous, "%s.previous", desk->path);
    return EK_OK;
}

static void close_desk(struct desk *desk)
{
    if (*desk->plain) unlink(desk->plain);
    if (*desk->plain && ek_session_rank(desk->session) == 0) {
        unlink(desk->path);
        unlink(desk->previous);
    }
    ek_state_destroy(&desk->state);
    ek_release(desk->write);
    ek_release(desk->read);
    ek_release(desk->copy);
}

ek_status ek_bench_checkpoint(ek_session *session, const ek_bench_checkpoint_options *options,
                              ek_bench_checkpoint_result *result)
{
    const ek_initial uniform = {.kind = EK_INITIAL_UNIFORM};
    struct desk desk = {.session = session};
    if (options) desk.options = *options;
    ek_status status = ek_session_agree(session, open_desk(&desk));
    if (status == EK_OK) status = agree_on_names(&desk);
    if (status == EK_OK)
        status =
            ek_state_create(session, desk.options.qubits, desk.options.precision, &desk.state);
    if (status == EK_OK) status = ek_state_prepare(desk.state, &uniform);
    if (status == EK_OK) status = measure(&desk);
    if (status == EK_OK)
        *result = (ek_bench_checkpoint_result){
            .qubits = desk.options.qubits,
            .precision = desk.options.precision,
            .bytes = ldexp((double)ek_amplitude_bytes(desk.state->precision), desk.state->qubits),
            .write_seconds = ek_bench_median(desk.write, desk.options.repeat),
            .read_seconds = ek_bench_median(desk.read, desk.options.repeat),
            .plain_write_seconds = ek_bench_median(desk.copy, desk.options.repeat)};
    close_desk(&desk);
    return status;
}
