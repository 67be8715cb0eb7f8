/* Memory that ranks of one node share: a file without a name (memfd), which the others open by way
 * of its maker's /proc. Not MPI's windows: those end collectively, cannot be aligned, and stay in
 * /dev/shm when a job is killed. Each rank's part lies next to the other; its pages are placed by
 * whoever touches them first. */
#define _GNU_SOURCE
#include "comm/session_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const size_t ALIGNMENT = (size_t)2 << 20; /* of large pages */
static const char NAME[] = "exaket-shared";

enum { HASHED_SPAN = 1 << 28 };
static size_t view_span; /* 0: the processor's */
/* Of all that is shared now: this rank's parts, and what its mappings of the others' may hold. */
static size_t own_bytes, other_bytes;

size_t ek_view_span(void)
{
    if (view_span) return view_span;
    return ek_machine_facts_get()->l1_hashed ? HASHED_SPAN : SIZE_MAX;
}
void ek_view_span_set(size_t bytes) { view_span = bytes; }

/* ---- pieces --------------------------------------------------------------------------------- */

/* Where the first rank of a group has the file open. */
struct place {
    long process;
    int descriptor; /* -1: it could not be made */
};

static ek_status refuse(size_t bytes, const char *what)
{
    char size[32];
    return EK_FAIL(EK_ERROR_MEMORY, "cannot share %s between ranks of a node: %s: %s; "
                   "EXAKET_SHARED_RANKS=1 does without",
                   ek_format_bytes((double)bytes, size), what, strerror(errno));
}

static ek_status make_piece(size_t bytes, struct place *place)
{
    place->process = (long)getpid();
    place->descriptor = memfd_create(NAME, MFD_CLOEXEC);
    if (place->descriptor < 0) return refuse(bytes, "memfd_create");
    return ftruncate(place->descriptor, (off_t)bytes) == 0 ? EK_OK : refuse(bytes, "ftruncate");
}

static ek_status open_piece(size_t bytes, const struct place *place, int *descriptor)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/fd/%d", place->process, place->descriptor);
    *descriptor = open(path, O_RDWR | O_CLOEXEC);
    return *descriptor < 0 ? refuse(bytes, path) : EK_OK;
}

static ek_status map_view(int descriptor, size_t bytes, char *at)
{
    if (mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor, 0) ==
        MAP_FAILED)
        return refuse(bytes, "mmap");
    madvise(at, bytes, MADV_HUGEPAGE);
    return EK_OK;
}

/* Views lie a large page further apart than they need, so that they are not alike. */
static ek_status map_piece(int descriptor, size_t bytes, struct ek_shared *shared)
{
    const size_t distance = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + ALIGNMENT;
    const int views = bytes > ek_view_span() ? EK_VIEWS : 1;
    const size_t room = (size_t)views * distance + ALIGNMENT;
    char *reserved = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                          0);
    if (reserved == MAP_FAILED) return refuse(bytes, "mmap");
    shared->mapping = reserved;
    shared->mapping_bytes = room;
    shared->view_bytes = views > 1 ? distance : 0;
    shared->all = reserved + (ALIGNMENT - (uintptr_t)reserved % ALIGNMENT) % ALIGNMENT;
    for (int v = 0; v < views; v++)
        EK_TRY(map_view(descriptor, bytes, (char *)shared->all + (size_t)v * distance));
    return EK_OK;
}

static size_t seen_beside_own(const struct ek_shared *shared)
{
    const size_t views = shared->view_bytes ? EK_VIEWS : 1;
    return (views * (size_t)shared->ranks - 1) * shared->own_bytes;
}

/* Collective over the group. */
static ek_status share_in_group(ek_session *session, size_t bytes, struct ek_shared *shared)
{
    const int mine = session->rank % shared->ranks;
    const size_t total = bytes * (size_t)shared->ranks;
    struct place place = {0, -1};
    int descriptor = -1;
    ek_status status = EK_OK;
    if (ek_fault_due(EK_FAULT_ALLOCATE))
        status = EK_FAIL(EK_ERROR_MEMORY, "no %zu bytes of shared memory (injected fault)", total);
    if (mine == 0 && status == EK_OK) status = make_piece(total, &place);
    EK_MPI(MPI_Bcast(&place, (int)sizeof place, MPI_BYTE, 0, session->shared));
    if (mine == 0) descriptor = place.descriptor;
    else if (status == EK_OK && place.descriptor >= 0)
        status = open_piece(total, &place, &descriptor);
    if (status == EK_OK && descriptor >= 0) status = map_piece(descriptor, total, shared);
    status = ek_session_agree(session, status); /* all have it open, or none will use it */
    if (descriptor >= 0) close(descriptor);
    if (status != EK_OK) return status;
    shared->own = (char *)shared->all + (size_t)mine * bytes;
    shared->own_bytes = bytes;
    own_bytes += bytes;
    other_bytes += seen_beside_own(shared);
    return EK_OK;
}

ek_status ek_shared_create(ek_session *session, size_t bytes, struct ek_shared *shared)
{
    struct ek_shared fresh = {.ranks = session->shared_ranks};
    ek_status status;
    if (fresh.ranks == 1) {
        status = ek_session_agree(session, ek_allocate_bytes(bytes, &fresh.own));
        fresh.all = fresh.own;
    } else {
        status = share_in_group(session, bytes, &fresh);
    }
    if (status == EK_OK) *shared = fresh;
    else ek_shared_clear(&fresh);
    return status;
}

void ek_shared_clear(struct ek_shared *shared)
{
    if (shared->own_bytes) ek_shared_extra_bytes();
    own_bytes -= shared->own_bytes;
    other_bytes -= seen_beside_own(shared);
    if (shared->mapping) munmap(shared->mapping, shared->mapping_bytes);
    else ek_release(shared->own);
    *shared = (struct ek_shared){0};
}

void ek_shared_barrier(ek_session *session)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (session->shared_ranks > 1) EK_MPI(MPI_Barrier(session->shared));
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* ---- what is counted more than once --------------------------------------------------------- */

/* Of all our mappings of shared memory: pages of other ranks, and those of several views. */
static size_t resident_bytes(void)
{
    char line[512], rights[5];
    size_t kibibytes = 0, one;
    bool shared = false;
    FILE *file = fopen("/proc/self/smaps", "r");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%*x-%*x %4s", rights) == 1) shared = strstr(line, NAME) != NULL;
        else if (shared && sscanf(line, "Rss: %zu kB", &one) == 1) kibibytes += one;
    }
    if (file) fclose(file);
    return kibibytes * 1024;
}

size_t ek_shared_extra_bytes(void)
{
    enum { NEGLIGIBLE = 1 << 20 }; /* to look takes milliseconds */
    static size_t most;
    if (other_bytes <= most + NEGLIGIBLE) return most;
    const size_t resident = resident_bytes();
    if (resident > own_bytes + most) most = resident - own_bytes;
    return most;
}

size_t ek_peak_own_bytes(void)
{
    const size_t extra = ek_shared_extra_bytes(), most = ek_peak_memory_bytes();
    return most > extra ? most - extra : 0;
}

/* ---- who shares ----------------------------------------------------------------------------- */

/* Largest s such that my aligned group of 2^s consecutive ranks lies in `members`, ascending. */
static int group_slots(const ek_session *session, const int *members, int count)
{
    for (int slots = 0;; slots++) {
        const int size = 2 << slots, first = session->rank / size * size;
        int at = 0;
        if (session->size % size != 0) return slots;
        while (at < count && members[at] != first) at++;
        if (at + size > count || members[at + size - 1] != first + size - 1) return slots;
    }
}

static int find_slots(const ek_session *session, MPI_Comm node, int most)
{
    int slots = 0;
    int *members = malloc((size_t)session->node_ranks * sizeof *members);
    if (!members) MPI_Abort(session->comm, 1);
    EK_MPI(MPI_Allgather(&session->rank, 1, MPI_INT, members, 1, MPI_INT, node));
    slots = group_slots(session, members, session->node_ranks);
    free(members);
    while (1 << slots > most) slots--;
    EK_MPI(MPI_Allreduce(MPI_IN_PLACE, &slots, 1, MPI_INT, MPI_MIN, session->comm));
    return slots;
}

/* Ranks of one node may be in different containers. */
static bool can_share(ek_session *session)
{
    struct ek_shared trial = {.ranks = session->shared_ranks};
    if (session->shared_ranks == 1) return true;
    const bool works = share_in_group(session, 1, &trial) == EK_OK;
    ek_shared_clear(&trial);
    return works;
}

void ek_shared_begin(ek_session *session, MPI_Comm node, int most)
{
    const int slots = find_slots(session, node, most);
    session->shared_ranks = 1 << slots;
    EK_MPI(MPI_Comm_split(session->comm, session->rank >> slots, session->rank, &session->shared));
    if (can_share(session)) return;
    session->shared_ranks = 1;
    EK_MPI(MPI_Comm_free(&session->shared));
    EK_MPI(MPI_Comm_split(session->comm, session->rank, 0, &session->shared));
}

int ek_session_shared_ranks(const ek_session *session) { return session->shared_ranks; }
