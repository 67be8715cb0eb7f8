/* Build, libraries, machine and job as facts: what `exaket info` shows and results keep. */
#define _GNU_SOURCE
#include "algo/algo.h"
#include "comm/comm.h"
#include "io/journal.h"
#include "io/results.h"
#include "io/spec.h"
#include "kernels/kernels.h"
#include "sweep/sweep.h"

#include <exaket/info.h>

#include <exaket_version.h>

#include <math.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { FACTS_MAX = 40, BUFFERS = 64 << 20 };

const char *ek_version(void)
{
    return EK_VERSION;
}
const char *ek_commit(void)
{
    return EK_COMMIT;
}

/* Facts under construction. */
struct facts {
    ek_fact items[FACTS_MAX];
    size_t count;
};

__attribute__((format(printf, 3, 4))) static void add(struct facts *facts, const char *key,
                                                      const char *format, ...)
{
    ek_fact *fact = &facts->items[facts->count++];
    va_list arguments;
    fact->key = key;
    va_start(arguments, format);
    vsnprintf(fact->value, sizeof fact->value, format, arguments);
    va_end(arguments);
}

/* One of the numbers that the last fact is made of. */
static void add_number(struct facts *facts, const char *key, uint64_t value)
{
    ek_fact *fact = &facts->items[facts->count - 1];
    fact->number[fact->number_count].key = key;
    fact->number[fact->number_count++].value = value;
}

static void add_count(struct facts *facts, const char *key, int count)
{
    add(facts, key, "%d", count);
    add_number(facts, key, (uint64_t)count);
}

/* ---- build and libraries ------------------------------------------------------------------- */

static void add_build(struct facts *facts)
{
    char text[256];
    add(facts, "version", "%s", EK_VERSION);
    add(facts, "commit", "%s", EK_COMMIT);
    add(facts, "compiler", "%s", EK_COMPILER);
    add(facts, "flags", "%s", EK_COMPILER_FLAGS);
    add(facts, "build_type", "%s", EK_BUILD_TYPE);
    add(facts, "mpi", "%s", ek_mpi_version(text));
    add(facts, "hdf5", "%s", ek_hdf5_version(text));
    add(facts, "nlopt", "%s", ek_nlopt_version(text));
    add(facts, "hwloc", "%s", ek_hwloc_version(text));
    add(facts, "jansson", "%s", ek_jansson_version(text));
    add(facts, "libcyaml", "%s", ek_cyaml_version(text));
    add(facts, "libyaml", "%s", ek_yaml_version(text));
#ifdef EXAKET_HAVE_FFTW
    add(facts, "fftw", "yes");
#else
    add(facts, "fftw", "no");
#endif
#ifdef EXAKET_HAVE_GSL
    add(facts, "gsl", "yes");
#else
    add(facts, "gsl", "no");
#endif
}

/* ---- this machine -------------------------------------------------------------------------- */

static void add_large_pages(struct facts *facts)
{
    char alone[32], shared[32];
    const bool granted = ek_large_pages(true, shared);
    ek_large_pages(false, alone);
    add(facts, "large_pages", "%s, between ranks of a node %s%s", alone, shared,
        granted ? "" : " (advise in /sys/kernel/mm/transparent_hugepage/shmem_enabled is faster)");
}

static void add_machine(struct facts *facts)
{
    const struct ek_machine_facts *machine = ek_machine_facts_get();
    char l1[32], l2[32], l3[32], memory[32];
    add(facts, "processor", "%s", machine->processor);
    add(facts, "instruction_set", "%s", ek_kernels_get(EK_DOUBLE)->isa);
    add(facts, "cores", "%d in %d packages, %d NUMA nodes", machine->cores, machine->packages,
        machine->numa_nodes);
    add_number(facts, "cores", (uint64_t)machine->cores);
    add_number(facts, "packages", (uint64_t)machine->packages);
    add_number(facts, "numa_nodes", (uint64_t)machine->numa_nodes);
    add(facts, "caches", "L1 %s, L2 %s, L3 %s", ek_format_bytes((double)machine->l1_bytes, l1),
        ek_format_bytes((double)machine->l2_bytes, l2),
        ek_format_bytes((double)machine->l3_bytes, l3));
    add_number(facts, "l1_cache_bytes", machine->l1_bytes);
    add_number(facts, "l2_cache_bytes", machine->l2_bytes);
    add_number(facts, "l3_cache_bytes", machine->l3_bytes);
    add(facts, "memory_per_node", "%s", ek_format_bytes((double)machine->memory_bytes, memory));
    add_number(facts, "memory_per_node_bytes", machine->memory_bytes);
    add_large_pages(facts);
}

/* ---- where the ranks are ------------------------------------------------------------------- */

/* "0-3,8": the processors that this rank may use. */
static void write_processors(struct ek_text *text)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return;
    const char *separator = "";
    for (int first = 0; first < CPU_SETSIZE; first++) {
        int last = first;
        if (!CPU_ISSET(first, &set)) continue;
        while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, &set)) last++;
        ek_text_printf(text, last > first ? "%s%d-%d" : "%s%d", separator, first, last);
        separator = ",";
        first = last;
    }
}

/* One line per rank on rank 0. */
static ek_status collect_places(ek_session *session, char **lines, size_t *lengths)
{
    char host[256];
    struct ek_text mine = {0};
    ek_text_printf(&mine, "%s cpus ", ek_host_name(host));
    write_processors(&mine);
    ek_status status = ek_session_agree(session, mine.status);
    if (status == EK_OK) status = ek_collect(session, mine.bytes, mine.length, lines, lengths);
    ek_text_clear(&mine);
    return status;
}

/* How many of the ranks from `first` on share its place. */
static int count_same(const char *lines, const size_t *lengths, int ranks, int first)
{
    const size_t length = lengths[first];
    int count = 1;
    while (first + count < ranks && lengths[first + count] == length &&
           memcmp(lines + (size_t)count * length, lines, length) == 0)
        count++;
    return count;
}

/* "node1 cpus 0-1 (ranks 0-3), node2 ...": ranks that share a place in one entry. */
static void write_places(const char *lines, const size_t *lengths, int ranks, struct ek_text *text)
{
    for (int first = 0; first < ranks;) {
        const int count = count_same(lines, lengths, ranks, first);
        ek_text_printf(text, "%s%.*s (rank%s %d", first > 0 ? ", " : "", (int)lengths[first],
                       lines, count > 1 ? "s" : "", first);
        if (count > 1) ek_text_printf(text, "-%d", first + count - 1);
        ek_text_printf(text, ")");
        lines += (size_t)count * lengths[first];
        first += count;
    }
}

ek_status ek_sweep_places(ek_session *session, struct ek_text *places)
{
    char *lines = NULL;
    size_t *lengths = NULL;
    const int ranks = ek_session_size(session);
    ek_status status = ek_session_agree(session, EK_NEW(lengths, ranks));
    if (status == EK_OK) status = collect_places(session, &lines, lengths);
    if (status == EK_OK && lines) write_places(lines, lengths, ranks, places);
    ek_release(lines);
    ek_release(lengths);
    if (status == EK_OK) status = ek_session_agree(session, places->status);
    return status;
}

static ek_status add_places(ek_session *session, struct facts *facts)
{
    char text[sizeof facts->items[0].value] = "";
    struct ek_text places = {0};
    const ek_status status = ek_sweep_places(session, &places);
    if (status == EK_OK) {
        if (places.bytes) snprintf(text, sizeof text, "%s", places.bytes);
        ek_broadcast(session, text, sizeof text, 0);
        add(facts, "pinning", "%s", text);
    }
    ek_text_clear(&places);
    return status;
}

/* ---- the job ------------------------------------------------------------------------------- */

double ek_sweep_memory(ek_session *session)
{
    double bytes = (double)ek_available_memory_bytes() / ek_session_node_ranks(session);
    ek_min_ranks(session, &bytes, 1);
    return bytes;
}

/* The most qubits for which all amplitudes fit next to the buffers. */
static int largest_state(int ranks, double memory_per_rank, double amplitude_bytes)
{
    const double room = memory_per_rank - BUFFERS;
    if (room < amplitude_bytes) return 0;
    return (int)floor(log2(room / amplitude_bytes)) + (int)floor(log2(ranks));
}

static void add_job(ek_session *session, struct facts *facts)
{
    const int ranks = ek_session_size(session);
    const double memory = ek_sweep_memory(session);
    const int in_double = largest_state(ranks, memory, 16);
    const int in_single = largest_state(ranks, memory, 8);
    char text[32];
    add_count(facts, "ranks", ranks);
    add_count(facts, "threads_per_rank", ek_session_threads(session));
    add(facts, "memory_per_rank", "%s available", ek_format_bytes(memory, text));
    add_number(facts, "memory_available_per_rank_bytes", (uint64_t)memory);
    add(facts, "largest_state", "%d qubits in double, %d in single", in_double, in_single);
    add_number(facts, "largest_state_qubits_double", (uint64_t)in_double);
    add_number(facts, "largest_state_qubits_single", (uint64_t)in_single);
}

ek_status ek_info(ek_session *session, size_t capacity, ek_fact *facts, size_t *count)
{
    struct facts *found = NULL;
    ek_status status = ek_session_agree(session, EK_NEW(found, 1));
    if (status == EK_OK) {
        add_build(found);
        add_machine(found);
        add_job(session, found);
        status = add_places(session, found);
    }
    if (status == EK_OK) {
        *count = found->count < capacity ? found->count : capacity;
        if (*count > 0) memcpy(facts, found->items, *count * sizeof *facts);
    }
    ek_release(found);
    return status;
}
