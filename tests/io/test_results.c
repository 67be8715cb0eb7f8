#include "io/results.h"
#include "support/folder.h"
#include "support/harness.h"

#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double gamma_one[] = {0.5}, beta_one[] = {0.25}, history_one[] = {1, 2, 3};
static double gamma_two[] = {1, 2}, beta_two[] = {3, 4}, history_two[] = {7};
static uint64_t outcomes[] = {5, 2}, shots[] = {600, 424};
static double values[] = {4, 3};

static const struct ek_point_result first = {.kind = "maxcut",
                                             .qubits = 3,
                                             .layers = 1,
                                             .evaluations = 3,
                                             .stopped = EK_STOP_CONVERGED,
                                             .energy = 3.25,
                                             .optimum = 4,
                                             .approximation_ratio = 0.8125,
                                             .p_optimal = 0.5,
                                             .best_value = 4,
                                             .seconds = 1.5,
                                             .best_index = 5,
                                             .gamma = gamma_one,
                                             .beta = beta_one,
                                             .history_count = 3,
                                             .history = history_one,
                                             .outcome_count = 2,
                                             .outcomes = outcomes,
                                             .outcome_counts = shots,
                                             .outcome_values = values};
static const struct ek_point_result third = {.kind = "maxcut",
                                             .qubits = 4,
                                             .layers = 2,
                                             .evaluations = 1,
                                             .energy = 1.0 / 3.0,
                                             .optimum = NAN,
                                             .approximation_ratio = NAN,
                                             .p_optimal = NAN,
                                             .best_value = 3,
                                             .seconds = 0.25,
                                             .best_index = 2,
                                             .gamma = gamma_two,
                                             .beta = beta_two,
                                             .history_count = 1,
                                             .history = history_two,
                                             .outcome_count = 1,
                                             .outcomes = outcomes + 1,
                                             .outcome_counts = shots + 1,
                                             .outcome_values = values + 1};

static const double parameters[3][2] = {{1, 0.5}, {1, NAN}, {2, 1.0 / 3.0}};
static const struct ek_result_row rows[] = {
    {0, "triangle, \"small\"", &first, "done", "", "maxcut", 3, 1, parameters[0]},
    {1, "b\xc3\xa4r", NULL, "failed", "bear.txt:1:1: no\ngraph", "maxcut", 0, 1, parameters[1]},
    {2, "cube", &third, "done", "", "maxcut", 4, 2, parameters[2]},
};
static const char *const parameter_names[] = {"layers", "gamma_1"};
static const struct ek_result_fact facts[] = {{"version", "0.1.0"}, {"hosts", "node1 node2"}};
static const struct ek_results results = {
    3, rows, 2, parameter_names, "name: test\n", 2, facts, EK_ALGORITHM_QAOA};

/* ---- reading back with HDF5 itself --------------------------------------------------------- */

static hid_t open_results(const char *folder)
{
    char path[512];
    snprintf(path, sizeof path, "%s/results.h5", folder);
    return H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
}

/* Reads one column of /points as `type`, `bytes` each. */
static void read_column(hid_t file, const char *name, hid_t type, size_t bytes, void *out)
{
    const hid_t set = H5Dopen2(file, "points", H5P_DEFAULT);
    const hid_t row = H5Tcreate(H5T_COMPOUND, bytes);
    CHECK(H5Tinsert(row, name, 0, type) >= 0);
    CHECK(H5Dread(set, row, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) >= 0);
    H5Tclose(row);
    H5Dclose(set);
}

static void check_numbers(hid_t file, const char *name, const double expected[3])
{
    double found[3];
    read_column(file, name, H5T_NATIVE_DOUBLE, sizeof(double), found);
    for (int i = 0; i < 3; i++)
        CHECK(found[i] == expected[i] || (isnan(found[i]) && isnan(expected[i])));
}

static void check_texts(hid_t file, const char *name, const char *const expected[3])
{
    char found[3][64];
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 64);
    H5Tset_cset(type, H5T_CSET_UTF8);
    memset(found, 'x', sizeof found);
    read_column(file, name, type, 64, found);
    for (int i = 0; i < 3; i++) CHECK(strcmp(found[i], expected[i]) == 0);
    H5Tclose(type);
}

static void check_array(hid_t file, const char *name, size_t count, const double *expected)
{
    double found[16];
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    const hid_t space = H5Dget_space(set);
    CHECK((size_t)H5Sget_simple_extent_npoints(space) == count);
    CHECK(H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, found) >= 0);
    for (size_t i = 0; i < count; i++)
        CHECK(found[i] == expected[i] || (isnan(found[i]) && isnan(expected[i])));
    H5Sclose(space);
    H5Dclose(set);
}

static void check_attribute(hid_t object, const char *name, const char *expected)
{
    char *found = NULL;
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    const hid_t type = H5Aget_type(attribute);
    CHECK(attribute >= 0 && H5Aread(attribute, type, &found) >= 0);
    CHECK(found && strcmp(found, expected) == 0);
    H5free_memory(found);
    H5Tclose(type);
    H5Aclose(attribute);
}

static void check_table(hid_t file)
{
    check_numbers(file, "id", (const double[]){0, 1, 2});
    check_numbers(file, "qubits", (const double[]){3, 0, 4});
    check_numbers(file, "layers", (const double[]){1, 1, 2});
    check_numbers(file, "evaluations", (const double[]){3, 0, 1});
    check_numbers(file, "energy", (const double[]){3.25, NAN, 1.0 / 3.0});
    check_numbers(file, "optimum", (const double[]){4, NAN, NAN});
    check_numbers(file, "approximation_ratio", (const double[]){0.8125, NAN, NAN});
    check_numbers(file, "p_optimal", (const double[]){0.5, NAN, NAN});
    check_numbers(file, "best_value", (const double[]){4, NAN, 3});
    check_numbers(file, "param_layers", (const double[]){1, 1, 2});
    check_numbers(file, "param_gamma_1", (const double[]){0.5, NAN, 1.0 / 3.0});
    check_texts(file, "problem", (const char *const[]){rows[0].problem, "b\xc3\xa4r", "cube"});
    check_texts(file, "kind", (const char *const[]){"maxcut", "maxcut", "maxcut"});
    check_texts(file, "status", (const char *const[]){"done", "failed", "done"});
    check_texts(file, "reason", (const char *const[]){"", rows[1].reason, ""});
    check_texts(file, "best_bitstring", (const char *const[]){"101", "", "0010"});
    check_texts(file, "stopped", (const char *const[]){"converged", "", ""});
}

static void test_hdf5(void)
{
    const char *folder = test_folder_create();
    CHECK_OK(ek_results_write_hdf5(&results, folder));
    CHECK(test_folder_entries(folder) == 1);
    const hid_t file = open_results(folder);
    CHECK(file >= 0);
    if (file >= 0) {
        check_table(file);
        check_array(file, "angles/gamma", 6, (const double[]){0.5, NAN, NAN, NAN, 1, 2});
        check_array(file, "angles/beta", 6, (const double[]){0.25, NAN, NAN, NAN, 3, 4});
        check_array(file, "history/values", 4, (const double[]){1, 2, 3, 7});
        check_array(file, "history/offsets", 4, (const double[]){0, 3, 3, 4});
        check_array(file, "counts/outcomes", 3, (const double[]){5, 2, 2});
        check_array(file, "counts/shots", 3, (const double[]){600, 424, 424});
        check_array(file, "counts/values", 3, (const double[]){4, 3, 3});
        check_array(file, "counts/offsets", 4, (const double[]){0, 2, 2, 3});
        const hid_t group = H5Gopen2(file, "provenance", H5P_DEFAULT);
        check_attribute(group, "hosts", "node1 node2");
        check_attribute(file, "spec", "name: test\n");
        H5Gclose(group);
        H5Fclose(file);
    }
    test_folder_remove(folder);
}

/* A sweep in which everything failed still has a file. */
static void test_hdf5_without_any_result(void)
{
    const struct ek_results failed = {1, &rows[1], 0, NULL, "", 0, NULL,
                                      EK_ALGORITHM_QAOA};
    const char *folder = test_folder_create();
    CHECK_OK(ek_results_write_hdf5(&failed, folder));
    const hid_t file = open_results(folder);
    CHECK(file >= 0);
    check_array(file, "history/offsets", 2, (const double[]){0, 0});
    check_array(file, "angles/gamma", 1, (const double[]){NAN});
    H5Fclose(file);
    test_folder_remove(folder);
}

static void test_csv(void)
{
    static const char expected[] =
        "id,problem,kind,qubits,layers,status,energy,optimum,approximation_ratio,p_optimal,"
        "best_value,best_bitstring,evaluations,stopped,param_layers,param_gamma_1,seconds,"
        "reason\n"
        "0,\"triangle, \"\"small\"\"\",maxcut,3,1,done,3.25,4,0.8125,0.5,4,101,3,converged,1,0.5,"
        "1.5,\n"
        "1,b\xc3\xa4r,maxcut,0,1,failed,nan,nan,nan,nan,nan,,0,,1,nan,nan,\"bear.txt:1:1: no\n"
        "graph\"\n"
        "2,cube,maxcut,4,2,done,0.33333333333333331,nan,nan,nan,3,0010,1,,2,0.33333333333333331,"
        "0.25,\n";
    const char *folder = test_folder_create();
    CHECK_OK(ek_results_write_csv(&results, folder));
    char *found = test_file_read(folder, "results.csv", NULL);
    CHECK(found && strcmp(found, expected) == 0);
    if (found && strcmp(found, expected) != 0) fprintf(stderr, "\ngot\n%s", found);
    free(found);
    CHECK(test_folder_entries(folder) == 1);
    test_folder_remove(folder);
}

/* The tables of VQE: one point done, one failed. */
static void test_vqe(void)
{
    static const char expected[] =
        "id,problem,kind,qubits,layers,status,energy,exact_energy,error,gradient_norm,"
        "evaluations,stopped,stuck,seconds,reason\n"
        "0,chain,hamiltonian,2,1,done,-1.25,-1.5,0.25,0.0625,3,evaluations,1,1.5,\n"
        "1,b\xc3\xa4r,maxcut,0,1,failed,nan,nan,nan,nan,0,,nan,nan,\"bear.txt:1:1: no\ngraph\"\n";
    static double angles[] = {0.5, 0.75};
    static const struct ek_point_result result = {
        .algorithm = EK_ALGORITHM_VQE, .kind = "hamiltonian", .qubits = 2, .layers = 1,
        .evaluations = 3, .energy = -1.25, .exact_energy = -1.5, .error = 0.25,
        .gradient_norm = 0.0625, .stopped = EK_STOP_EVALUATIONS, .stuck = 1, .seconds = 1.5,
        .history_count = 3, .history = history_one,
        .parameter_count = 2, .parameters = angles};
    const struct ek_result_row both[] = {
        {0, "chain", &result, "done", "", "hamiltonian", 2, 1, NULL}, rows[1]};
    const struct ek_results vqe = {2, both, 0, NULL, "", 0, NULL, EK_ALGORITHM_VQE};
    const char *folder = test_folder_create();
    CHECK_OK(ek_results_write_csv(&vqe, folder));
    char *found = test_file_read(folder, "results.csv", NULL);
    CHECK(found && strcmp(found, expected) == 0);
    free(found);
    CHECK_OK(ek_results_write_hdf5(&vqe, folder));
    const hid_t file = open_results(folder);
    check_array(file, "parameters/values", 2, angles);
    check_array(file, "parameters/offsets", 3, (const double[]){0, 2, 2});
    check_array(file, "history/values", 3, history_one);
    CHECK(H5Lexists(file, "angles", H5P_DEFAULT) == 0);
    H5Fclose(file);
    test_folder_remove(folder);
}

/* A write or an allocation that fails leaves the old file, and nothing else. */
static void test_failures_leave_no_partial_file(void)
{
    ek_status (*const writers[])(const struct ek_results *, const char *) = {ek_results_write_hdf5,
                                                                             ek_results_write_csv};
    const enum ek_fault faults[] = {EK_FAULT_WRITE, EK_FAULT_ALLOCATE};
    const char *folder = test_folder_create();
    for (int w = 0; w < 2; w++) {
        for (int f = 0; f < 2; f++) {
            ek_status status = EK_ERROR_FILE;
            for (long nth = 1; status != EK_OK && nth < 200; nth++) {
                ek_fault_set(faults[f], nth);
                status = writers[w](&results, folder);
                ek_fault_set(faults[f], 0);
                if (status != EK_OK) CHECK(test_folder_entries(folder) == w + (f > 0));
                CHECK(status == EK_OK || status == (f ? EK_ERROR_MEMORY : EK_ERROR_FILE));
            }
            CHECK(status == EK_OK && test_folder_entries(folder) == w + 1);
        }
    }
    CHECK_STATUS(ek_results_write_hdf5(&results, "/nonexistent"), EK_ERROR_FILE);
    CHECK_STATUS(ek_results_write_csv(&results, "/nonexistent"), EK_ERROR_FILE);
    test_folder_remove(folder);
}

/* A file that may not grow is like a full disk. HDF5 would have ended the process, if not at once
 * then at its end. */
static void test_full_disk(void)
{
    const char *folder = test_folder_create();
    test_limit_files(2000);
    CHECK_STATUS(ek_results_write_hdf5(&results, folder), EK_ERROR_FILE);
    test_unlimit_files();
    CHECK(test_folder_entries(folder) == 0);
    test_folder_remove(folder);
}

static void test_folders(void)
{
    char path[512];
    const char *folder = test_folder_create();
    snprintf(path, sizeof path, "%s/a//b/c", folder);
    CHECK_OK(ek_folder_create(path));
    CHECK_OK(ek_folder_create(path));
    CHECK(test_folder_entries(path) == 0);
    CHECK_OK(ek_file_write(path, "file", "x", 1));
    snprintf(path, sizeof path, "%s/a/b/c/file/d", folder);
    CHECK_STATUS(ek_folder_create(path), EK_ERROR_FILE);
    test_folder_remove(folder);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"HDF5 file read back", test_hdf5},
        {"HDF5 file when everything failed", test_hdf5_without_any_result},
        {"CSV file", test_csv},
        {"results of VQE", test_vqe},
        {"failures leave no partial file", test_failures_leave_no_partial_file},
        {"full disk", test_full_disk},
        {"folders", test_folders},
    };
    return test_main(argc, argv, "io: results", cases, sizeof cases / sizeof *cases);
}
