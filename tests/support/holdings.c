#include "support/holdings.h"

#include "support/harness.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { MORE_MAPPINGS = 8, MORE_KIBIBYTES = 4096 };

static int count_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    while (folder && readdir(folder)) count++;
    if (folder) closedir(folder);
    return count;
}

struct holdings test_holdings(void)
{
    struct holdings held = {.files = count_files()};
    char line[4096];
    FILE *file = fopen("/proc/self/maps", "r");
    while (file && fgets(line, sizeof line, file)) held.mappings++;
    if (file) fclose(file);
    file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file)) sscanf(line, "VmRSS: %ld kB", &held.kibibytes);
    if (file) fclose(file);
    return held;
}

void test_check_holdings(int cycles, const struct holdings *before, const struct holdings *after)
{
    if (test_rank() == 0)
        printf("\n%d cycles: %d -> %d files, %d -> %d mappings, %ld -> %ld KiB\n", cycles,
               before->files, after->files, before->mappings, after->mappings,
               before->kibibytes, after->kibibytes);
    CHECK(before->files > 0 && after->files <= before->files);
    CHECK(after->mappings <= before->mappings + MORE_MAPPINGS);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed for a while */
    CHECK(after->kibibytes <= before->kibibytes + MORE_KIBIBYTES);
#endif
}

int test_cycles(int usual)
{
    const char *wanted = getenv("EXAKET_TEST_CYCLES");
    return wanted ? atoi(wanted) : usual;
}
