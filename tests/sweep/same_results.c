/* Compares two results.h5: exit status 0 when all datasets are equal. */
#include "support/same_datasets.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    size_t count;
    if (argc != 3) return 2;
    const int same = test_same_datasets(argv[1], argv[2], &count);
    if (same) printf("%zu datasets are equal\n", count);
    return same && count > 0 ? 0 : 1;
}
