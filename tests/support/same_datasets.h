/* Are two HDF5 files equal in all their datasets? Attributes may differ. */
#ifndef EK_TEST_SAME_DATASETS_H
#define EK_TEST_SAME_DATASETS_H

#include <stddef.h>

/* True when both files have datasets of the same names, types, shapes and bytes; prints the first
 * difference otherwise. *count becomes their number. Local. */
int test_same_datasets(const char *one, const char *other, size_t *count);

#endif
