#define _XOPEN_SOURCE 700
#include "support/folder.h"

#include "support/harness.h"

#include <dirent.h>
#include <ftw.h>
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

const char *test_folder_create(void)
{
    static char path[256];
    const char *base = getenv("TMPDIR");
    if (test_rank() == 0) {
        snprintf(path, sizeof path, "%.200s/exaket-test-XXXXXX", base ? base : "/tmp");
        if (!mkdtemp(path)) {
            perror(path);
            MPI_Abort(MPI_COMM_WORLD, 1);
        }
    }
    MPI_Bcast(path, sizeof path, MPI_CHAR, 0, MPI_COMM_WORLD);
    return path;
}

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *where)
{
    (void)facts, (void)type, (void)where;
    return remove(path);
}

void test_folder_remove(const char *folder)
{
    MPI_Barrier(MPI_COMM_WORLD);
    if (test_rank() == 0) nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    MPI_Barrier(MPI_COMM_WORLD);
}

static FILE *open_in(const char *folder, const char *name, const char *mode)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return fopen(path, mode);
}

char *test_file_read(const char *folder, const char *name, size_t *length)
{
    FILE *file = open_in(folder, name, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    rewind(file);
    char *bytes = calloc(1, (size_t)size + 1);
    const size_t got = fread(bytes, 1, (size_t)size, file);
    fclose(file);
    if (length) *length = got;
    return bytes;
}

int test_file_write(const char *folder, const char *name, const void *bytes, size_t length)
{
    FILE *file = open_in(folder, name, "wb");
    if (!file) return 0;
    const int whole = fwrite(bytes, 1, length, file) == length;
    return fclose(file) == 0 && whole;
}

int test_folder_entries(const char *folder)
{
    int count = 0;
    DIR *stream = opendir(folder);
    if (!stream) return -1;
    for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) count++;
    closedir(stream);
    return count;
}

static struct rlimit limit_before;

void test_limit_files(size_t bytes)
{
    signal(SIGXFSZ, SIG_IGN);
    CHECK(getrlimit(RLIMIT_FSIZE, &limit_before) == 0);
    const struct rlimit limit = {bytes, limit_before.rlim_max};
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

void test_unlimit_files(void)
{
    CHECK(setrlimit(RLIMIT_FSIZE, &limit_before) == 0);
}
