/* Who is alive, by datagrams: MPI itself is what may hang. The threads make no MPI calls. */
#define _DEFAULT_SOURCE /* getaddrinfo */
#include "comm/session_private.h"

#include <exaket/watchdog.h>

#include <errno.h>
#include <math.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WATCHERS = 2, HOST_BYTES = 256 };
static const double BEAT_SECONDS = 0.5;

/* Calls of MPI begun and ended by the main thread: odd inside of one. */
_Atomic uint64_t ek_comm_calls;

struct address {
    char host[HOST_BYTES];
    uint16_t port; /* in network order */
};

struct beat {
    uint64_t key; /* of this job, against strangers */
    uint64_t calls;
    int32_t rank;
    int32_t end; /* the job is over */
};

/* What a watcher knows of a rank. */
struct witness {
    struct sockaddr_in from;
    bool heard;
    double last, moved; /* when it was heard of, and when it last did something */
    uint64_t calls;
    char host[HOST_BYTES];
};

struct ek_watchdog {
    ek_session *session;
    double seconds;
    int exit_status, socket, watchers;
    uint64_t key;
    struct sockaddr_in watcher[WATCHERS];
    struct witness *ranks; /* null: not a watcher */
    bool warned;
    double began;
    atomic_bool ends;
    pthread_t thread;
};

/* ---- the thread ---------------------------------------------------------------------------- */

static void send_beat(const ek_watchdog *dog, const struct sockaddr_in *to, bool end)
{
    const struct beat beat = {.key = dog->key, .calls = ek_comm_calls,
                              .rank = dog->session->rank, .end = end};
    sendto(dog->socket, &beat, sizeof beat, 0, (const struct sockaddr *)to, sizeof *to);
}

/* The other ranks end too, whatever the launcher does about it. */
__attribute__((noreturn)) static void end_job(const ek_watchdog *dog)
{
    for (int r = 0; r < dog->session->size; r++)
        if (dog->ranks[r].heard && r != dog->session->rank)
            send_beat(dog, &dog->ranks[r].from, true);
    _exit(dog->exit_status);
}

static void note(ek_watchdog *dog, const struct beat *beat, const struct sockaddr_in *from)
{
    struct witness *rank = &dog->ranks[beat->rank];
    const double now = ek_clock_seconds();
    if (!rank->heard || rank->calls != beat->calls || beat->calls % 2 == 0) rank->moved = now;
    rank->heard = true;
    rank->from = *from;
    rank->last = now;
    rank->calls = beat->calls;
}

/* Waits for a beat's time, and takes what comes. */
static void listen_for(ek_watchdog *dog, double until)
{
    for (;;) {
        struct beat beat;
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        struct pollfd socket = {.fd = dog->socket, .events = POLLIN};
        const double left = until - ek_clock_seconds();
        if (poll(&socket, 1, left > 0 ? (int)(1000 * left) + 1 : 0) <= 0) return;
        if (recvfrom(dog->socket, &beat, sizeof beat, MSG_DONTWAIT, (struct sockaddr *)&from,
                     &length) != sizeof beat ||
            beat.key != dog->key || beat.rank < 0 || beat.rank >= dog->session->size)
            continue;
        if (beat.end) _exit(dog->exit_status);
        if (dog->ranks) note(dog, &beat, &from);
    }
}

static void warn_of_unheard(ek_watchdog *dog, const struct witness *rank, int number, double now)
{
    if (dog->warned || now - dog->began < dog->seconds) return;
    dog->warned = true;
    fprintf(stderr, "exaket: warning: the watchdog hears nothing of rank %d on host %s: does the "
            "network let UDP through?\n", number, rank->host);
}

/* Ends the job when a rank is silent, or when all wait; now is when it was last forgiven, for the
 * watcher may have been put to sleep since. */
static void judge(ek_watchdog *dog, double now)
{
    bool all_wait = true;
    for (int r = 0; r < dog->session->size; r++) {
        const struct witness *rank = &dog->ranks[r];
        if (!rank->heard) warn_of_unheard(dog, rank, r, now);
        all_wait = all_wait && rank->heard && now - rank->moved > dog->seconds;
        if (!rank->heard || now - rank->last <= dog->seconds) continue;
        fprintf(stderr, "exaket: error: rank %d on host %s has been silent for %.0f s: ending the "
                "job\n", r, rank->host, now - rank->last);
        end_job(dog);
    }
    if (!all_wait) return;
    fprintf(stderr, "exaket: error: all %d ranks have been waiting for each other for %.0f s, as "
            "rank %d on host %s sees it: ending the job\n", dog->session->size, dog->seconds,
            dog->session->rank, dog->ranks[dog->session->rank].host);
    end_job(dog);
}

/* What the watcher itself has slept through, as in a suspended job, is nobody's silence. */
static void forgive(ek_watchdog *dog, double slept, double now)
{
    dog->began = fmin(dog->began + slept, now);
    for (int r = 0; r < dog->session->size; r++) {
        struct witness *rank = &dog->ranks[r];
        rank->last = fmin(rank->last + slept, now);
        rank->moved = fmin(rank->moved + slept, now);
    }
}

static void *watch(void *context)
{
    ek_watchdog *dog = context;
    double due = ek_clock_seconds();
    while (!dog->ends) {
        for (int w = 0; w < dog->watchers; w++) send_beat(dog, &dog->watcher[w], false);
        due += BEAT_SECONDS;
        listen_for(dog, due);
        const double now = ek_clock_seconds();
        if (dog->ranks) forgive(dog, fmax(now - due, 0), now);
        if (dog->ranks && !dog->ends) judge(dog, now);
        due = now;
    }
    return NULL;
}

/* ---- start and stop ------------------------------------------------------------------------ */

static ek_status open_socket(ek_watchdog *dog, struct address *mine)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    socklen_t length = sizeof place;
    dog->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (dog->socket < 0 || bind(dog->socket, (struct sockaddr *)&place, sizeof place) != 0 ||
        getsockname(dog->socket, (struct sockaddr *)&place, &length) != 0)
        return EK_FAIL(EK_ERROR_UNSUPPORTED, "no socket for the watchdog: %s", strerror(errno));
    ek_host_name(mine->host);
    mine->port = place.sin_port;
    return EK_OK;
}

/* Where a watcher listens, as this rank reaches it. */
static ek_status find_watcher(const struct address *watcher, const char *my_host,
                              struct sockaddr_in *place)
{
    const struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *found = NULL;
    *place = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = watcher->port,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (strcmp(watcher->host, my_host) == 0) return EK_OK;
    const int error = getaddrinfo(watcher->host, NULL, &wanted, &found);
    if (error)
        return EK_FAIL(EK_ERROR_UNSUPPORTED, "the watchdog finds no address of host %s: %s",
                       watcher->host, gai_strerror(error));
    place->sin_addr = ((struct sockaddr_in *)(void *)found->ai_addr)->sin_addr;
    freeaddrinfo(found);
    return EK_OK;
}

/* The first rank and the last, which are seldom on one host. */
static ek_status find_watchers(ek_watchdog *dog, const struct address *all)
{
    const int last = dog->session->size - 1, me = dog->session->rank;
    dog->watchers = last > 0 ? 2 : 1;
    for (int w = 0; w < dog->watchers; w++)
        EK_TRY(find_watcher(&all[w == 0 ? 0 : last], all[me].host, &dog->watcher[w]));
    if (me != 0 && me != last) return EK_OK;
    EK_TRY(EK_NEW(dog->ranks, (size_t)last + 1));
    for (int r = 0; r <= last; r++) memcpy(dog->ranks[r].host, all[r].host, HOST_BYTES);
    return EK_OK;
}

/* Signals are the main thread's. */
static ek_status start_thread(ek_watchdog *dog)
{
    sigset_t all, kept;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &kept);
    const int error = pthread_create(&dog->thread, NULL, watch, dog);
    pthread_sigmask(SIG_SETMASK, &kept, NULL);
    return error ? EK_FAIL(EK_ERROR_UNSUPPORTED, "no thread for the watchdog: %s", strerror(error))
                 : EK_OK;
}

static void release(ek_watchdog *dog)
{
    if (dog && dog->socket >= 0) close(dog->socket);
    if (dog) ek_release(dog->ranks);
    ek_release(dog);
}

static ek_status start(ek_watchdog *dog, struct address *all)
{
    ek_session *session = dog->session;
    struct address mine = {.port = 0};
    EK_TRY(ek_session_agree(session, open_socket(dog, &mine)));
    EK_MPI(MPI_Allgather(&mine, (int)sizeof mine, MPI_BYTE, all, (int)sizeof mine, MPI_BYTE,
                         session->comm));
    dog->key = ((uint64_t)getpid() << 32) ^ (uint64_t)(1e6 * ek_clock_seconds());
    ek_broadcast(session, &dog->key, sizeof dog->key, 0);
    EK_TRY(ek_session_agree(session, find_watchers(dog, all)));
    dog->began = ek_clock_seconds();
    return start_thread(dog);
}

ek_status ek_watchdog_start(ek_session *session, double seconds, int exit_status,
                            ek_watchdog **watchdog)
{
    ek_watchdog *dog = NULL;
    struct address *all = NULL;
    ek_status status = EK_OK;
    if (!(seconds >= 1))
        status = EK_FAIL(EK_ERROR_ARGUMENT, "a watchdog of %g s: give at least 1", seconds);
    if (status == EK_OK) status = EK_NEW(dog, 1);
    if (status == EK_OK) status = EK_NEW(all, (size_t)session->size);
    if (dog) dog->socket = -1, dog->session = session;
    status = ek_session_agree(session, status);
    if (status == EK_OK) {
        dog->seconds = seconds;
        dog->exit_status = exit_status;
        status = start(dog, all);
        const ek_status mine = status;
        status = ek_session_agree(session, status);
        if (status != EK_OK && mine == EK_OK) {
            dog->ends = true;
            pthread_join(dog->thread, NULL);
        }
    }
    ek_release(all);
    if (status == EK_OK) *watchdog = dog;
    else release(dog);
    return status;
}

void ek_watchdog_stop(ek_watchdog **watchdog)
{
    if (!watchdog || !*watchdog) return;
    ek_watchdog *dog = *watchdog;
    ek_barrier(dog->session); /* until here all are alive */
    dog->ends = true;
    pthread_join(dog->thread, NULL);
    release(dog);
    *watchdog = NULL;
}
