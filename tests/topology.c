/* Writes this machine's topology for tests: hwloc, of which each process of a launch asks for it,
 * reads that in a tenth of the time. Usage: topology FILE */
#include <hwloc.h>

int main(int argc, char **argv)
{
    hwloc_topology_t topology;
    if (argc != 2 || hwloc_topology_init(&topology) != 0) return 1;
    const int failed = hwloc_topology_load(topology) != 0 ||
                       hwloc_topology_export_xml(topology, argv[1], 0) != 0;
    hwloc_topology_destroy(topology);
    return failed;
}
