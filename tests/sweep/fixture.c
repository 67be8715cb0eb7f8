#include "sweep/fixture.h"

#include "support/folder.h"
#include "support/same_datasets.h"

#include <mpi.h>
#include <string.h>

enum { DATASETS = 9 };

void fixture_write_spec(const struct fixture *fixture, const char *text)
{
    if (test_rank() == 0) CHECK(test_file_write(fixture->folder, "spec.yaml", text, strlen(text)));
    MPI_Barrier(MPI_COMM_WORLD);
}

void fixture_begin(struct fixture *fixture, const char *spec_text)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->folder = test_folder_create();
    snprintf(fixture->spec, sizeof fixture->spec, "%s/spec.yaml", fixture->folder);
    snprintf(fixture->output, sizeof fixture->output, "%s/out/deep", fixture->folder);
    fixture->session = test_session(1, 0);
    fixture->options = (ek_sweep_options){
        .spec_path = fixture->spec, .output = fixture->output, .stop = &fixture->stop};
    fixture->fake = (struct fake_runner){
        .evaluations = FIXTURE_EVALUATIONS, .fail_point = -1, .stop = &fixture->stop};
    fixture_write_spec(fixture, spec_text);
}

void fixture_end(struct fixture *fixture)
{
    ek_session_destroy(&fixture->session);
    test_folder_remove(fixture->folder);
}

ek_status fixture_run(struct fixture *fixture)
{
    const struct ek_point_runner runner = fake_runner(&fixture->fake);
    fixture->fake.computed = fixture->fake.known = fixture->fake.points = 0;
    fixture->stop = 0;
    return ek_sweep_run_with(fixture->session, &fixture->options, &runner, &fixture->outcome);
}

void fixture_run_reference(struct fixture *fixture, char path[FIXTURE_PATH])
{
    char output[512];
    const ek_sweep_options options = fixture->options;
    snprintf(output, sizeof output, "%.400s/reference", fixture->folder);
    snprintf(path, FIXTURE_PATH, "%s/results.h5", output);
    fixture->options = (ek_sweep_options){
        .spec_path = fixture->spec, .output = output, .ranks_per_point = options.ranks_per_point};
    CHECK_OK(fixture_run(fixture));
    fixture->options = options;
}

void fixture_check_results(const struct fixture *fixture, const char *reference)
{
    char path[FIXTURE_PATH];
    size_t count;
    snprintf(path, sizeof path, "%s/results.h5", fixture->output);
    if (test_rank() == 0) CHECK(test_same_datasets(reference, path, &count) && count == DATASETS);
    MPI_Barrier(MPI_COMM_WORLD);
}
