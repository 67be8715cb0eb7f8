#include "support/same_datasets.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bytes of a dataset as they lie in memory, and how many there are. */
static char *read_bytes(hid_t set, size_t *length)
{
    const hid_t type = H5Dget_type(set), space = H5Dget_space(set);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    *length = (size_t)count * H5Tget_size(type);
    char *bytes = calloc(1, *length + 1);
    if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0) {
        free(bytes);
        bytes = NULL;
    }
    H5Sclose(space);
    H5Tclose(type);
    return bytes;
}

static int same_shape(hid_t a, hid_t b)
{
    const hid_t type_a = H5Dget_type(a), type_b = H5Dget_type(b);
    const hid_t space_a = H5Dget_space(a), space_b = H5Dget_space(b);
    const int same = H5Tequal(type_a, type_b) > 0 && H5Sextent_equal(space_a, space_b) > 0;
    H5Tclose(type_a);
    H5Tclose(type_b);
    H5Sclose(space_a);
    H5Sclose(space_b);
    return same;
}

static int same_bytes(hid_t a, hid_t b)
{
    size_t length_a, length_b;
    char *bytes_a = read_bytes(a, &length_a), *bytes_b = read_bytes(b, &length_b);
    const int same =
        bytes_a && bytes_b && length_a == length_b && memcmp(bytes_a, bytes_b, length_a) == 0;
    free(bytes_a);
    free(bytes_b);
    return same;
}

struct visit {
    hid_t other;
    size_t count;
};

static herr_t visit_object(hid_t file, const char *name, const H5O_info_t *info, void *context)
{
    struct visit *visit = context;
    if (info->type != H5O_TYPE_DATASET) return 0;
    visit->count++;
    const hid_t mine = H5Dopen2(file, name, H5P_DEFAULT);
    const hid_t theirs = H5Dopen2(visit->other, name, H5P_DEFAULT);
    int same = 0;
    if (theirs < 0)
        fprintf(stderr, "/%s is in one file only\n", name);
    else if (!same_shape(mine, theirs))
        fprintf(stderr, "/%s differs in type or shape\n", name);
    else if (!same_bytes(mine, theirs))
        fprintf(stderr, "/%s differs in content\n", name);
    else
        same = 1;
    if (theirs >= 0) H5Dclose(theirs);
    H5Dclose(mine);
    return same ? 0 : 1; /* 1 ends the walk */
}

static int is_within(hid_t one, hid_t other, size_t *count)
{
    struct visit visit = {other, 0};
    const herr_t ended = H5Ovisit(one, H5_INDEX_NAME, H5_ITER_INC, visit_object, &visit);
    *count = visit.count;
    return ended == 0;
}

int test_same_datasets(const char *one, const char *other, size_t *count)
{
    size_t back = 0;
    int same = 0;
    const hid_t a = H5Fopen(one, H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t b = H5Fopen(other, H5F_ACC_RDONLY, H5P_DEFAULT);
    *count = 0;
    if (a < 0 || b < 0)
        fprintf(stderr, "cannot open %s\n", a < 0 ? one : other);
    else
        same = is_within(a, b, count) && is_within(b, a, &back) && *count == back;
    if (a >= 0) H5Fclose(a);
    if (b >= 0) H5Fclose(b);
    return same;
}
