/* A folder of its own for each test that writes files. */
#ifndef EK_TEST_FOLDER_H
#define EK_TEST_FOLDER_H

#include <stddef.h>

/* Creates a new folder on rank 0; its path on all ranks. Collective; static storage, valid until
 * the next call. */
const char *test_folder_create(void);
/* Removes it with all that is in it. Collective. */
void test_folder_remove(const char *folder);

/* Reads a whole file, null-terminated, to be freed with free; null when there is none. Local. */
char *test_file_read(const char *folder, const char *name, size_t *length);
/* Writes one; true when that worked. Local. */
int test_file_write(const char *folder, const char *name, const void *bytes, size_t length);
/* Number of entries of a folder but . and .., -1 when it cannot be read. Local. */
int test_folder_entries(const char *folder);

/* Between the two no file grows beyond so many bytes: to write more fails, as on a full disk.
 * Local. */
void test_limit_files(size_t bytes);
void test_unlimit_files(void);

#endif
