#include "base/base.h"

#include <hwloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static struct ek_machine_facts facts;
static pthread_once_t asked = PTHREAD_ONCE_INIT; /* several threads may plan at once */

static size_t cache_bytes(hwloc_topology_t topology, hwloc_obj_type_t type)
{
    const hwloc_obj_t cache = hwloc_get_obj_by_type(topology, type, 0);
    return cache && cache->attr ? (size_t)cache->attr->cache.size : 0;
}

/* 0 also where a line may lie anywhere in the cache. */
static int cache_ways(hwloc_topology_t topology, hwloc_obj_type_t type)
{
    const hwloc_obj_t cache = hwloc_get_obj_by_type(topology, type, 0);
    const int ways = cache && cache->attr ? cache->attr->cache.associativity : 0;
    return ways > 0 ? ways : 0;
}

/* The first number in a file such as /sys/fs/cgroup/memory.max; 0 when there is none. */
static size_t number_in_file(const char *path)
{
    unsigned long long value = 0;
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    if (fscanf(file, "%llu", &value) != 1) value = 0;
    fclose(file);
    return (size_t)value;
}

static void read_topology(hwloc_topology_t topology)
{
    facts.cores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
    facts.numa_nodes = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE);
    facts.packages = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PACKAGE);
    facts.l1_ways = cache_ways(topology, HWLOC_OBJ_L1CACHE);
    facts.l1_bytes = cache_bytes(topology, HWLOC_OBJ_L1CACHE);
    facts.l2_bytes = cache_bytes(topology, HWLOC_OBJ_L2CACHE);
    facts.l3_bytes = cache_bytes(topology, HWLOC_OBJ_L3CACHE);
    /* hwloc adds up what the NUMA nodes had at start-up: less than there is where memory can be
     * added to a virtual machine. */
    facts.memory_bytes = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    const hwloc_obj_t package = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PACKAGE, 0);
    const char *model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;
    const char *vendor = package ? hwloc_obj_get_info_by_name(package, "CPUVendor") : NULL;
    snprintf(facts.processor, sizeof facts.processor, "%s", model ? model : "unknown processor");
    facts.l1_hashed = vendor && strcmp(vendor, "AuthenticAMD") == 0;
    const size_t group = number_in_file("/sys/fs/cgroup/memory.max");
    if (group > 0 && group < facts.memory_bytes) facts.memory_bytes = group;
}

static void find_facts(void)
{
    hwloc_topology_t topology;
    snprintf(facts.processor, sizeof facts.processor, "unknown processor");
    if (hwloc_topology_init(&topology) != 0) return;
    if (hwloc_topology_load(topology) == 0) read_topology(topology);
    hwloc_topology_destroy(topology);
}

const struct ek_machine_facts *ek_machine_facts_get(void)
{
    pthread_once(&asked, find_facts);
    return &facts;
}

const char *ek_hwloc_version(char *out)
{
    const unsigned version = hwloc_get_api_version();
    snprintf(out, 32, "%u.%u.%u", version >> 16, version >> 8 & 0xff, version & 0xff);
    return out;
}

size_t ek_peak_memory_bytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_maxrss * 1024;
}

static size_t available_most; /* 0: whatever there is */

void ek_available_memory_set(size_t most_bytes) { available_most = most_bytes; }

size_t ek_available_memory_bytes(void)
{
    char line[128];
    unsigned long long kibibytes = 0;
    FILE *file = fopen("/proc/meminfo", "r");
    if (!file) return 0;
    while (kibibytes == 0 && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %llu kB", &kibibytes) != 1) kibibytes = 0;
    fclose(file);
    const size_t bytes = (size_t)kibibytes * 1024;
    return available_most > 0 && available_most < bytes ? available_most : bytes;
}

/* The word in brackets of "always within_size advise [never] deny force". */
bool ek_large_pages(bool shared, char *word)
{
    FILE *file = fopen(shared ? "/sys/kernel/mm/transparent_hugepage/shmem_enabled"
                              : "/sys/kernel/mm/transparent_hugepage/enabled", "r");
    char text[32];
    snprintf(word, 32, "unknown");
    if (!file) return true;
    while (fscanf(file, "%31s", text) == 1)
        if (text[0] == '[') snprintf(word, 32, "%.*s", (int)strlen(text) - 2, text + 1);
    fclose(file);
    return strcmp(word, "never") != 0 && strcmp(word, "deny") != 0;
}
