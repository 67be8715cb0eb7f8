#define _POSIX_C_SOURCE 200809L
/* The example specs, and sweeps of the real QAOA against numbers that are known. */
#include "support/folder.h"
#include "support/harness.h"

#include <exaket/sweep.h>

#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- a small reader of results.csv ---------------------------------------------------------- */

enum { CELLS_MAX = 32 };

/* Cuts a line without quotes at its commas, in place. */
static int split(char *line, char **cells)
{
    int count = 0;
    for (char *cell = line; cell && count < CELLS_MAX; count++) {
        cells[count] = cell;
        cell = strchr(cell, ',');
        if (cell) *cell++ = '\0';
    }
    return count;
}

static int column_of(char **head, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(head[i], name) == 0) return i;
    CU_FAIL("no such column");
    return 0;
}

/* Calls `check` with the head and the cells of each row; returns how many rows there were. */
static int for_each_row(const char *output, void (*check)(char **head, int count, char **cells))
{
    char *text = test_file_read(output, "results.csv", NULL), *head[CELLS_MAX], *cells[CELLS_MAX];
    int rows = 0, count = 0;
    for (char *line = text, *end; line && *line; line = end + 1) {
        end = strchr(line, '\n');
        *end = '\0';
        if (count == 0) {
            count = split(line, head);
        } else {
            CHECK(split(line, cells) == count);
            check(head, count, cells);
            rows++;
        }
    }
    free(text);
    return rows;
}

/* ---- running a spec ------------------------------------------------------------------------ */

/* Runs a spec into a new folder and checks each row on rank 0. */
static void run_and_check(const char *spec, int rows,
                          void (*check)(char **head, int count, char **cells))
{
    char output[512];
    const char *folder = test_folder_create();
    ek_session *session = test_session(1, 0);
    ek_sweep_outcome outcome;
    snprintf(output, sizeof output, "%s/out", folder);
    const ek_sweep_options options = {.spec_path = spec, .output = output};
    if (CHECK_OK(ek_sweep_run(session, &options, &outcome))) {
        CHECK(outcome.failed == 0 && (int)outcome.done == rows);
        if (outcome.failed > 0) fprintf(stderr, "%s\n", outcome.first_failure);
        if (test_rank() == 0) CHECK(for_each_row(output, check) == rows);
    }
    ek_session_destroy(&session);
    test_folder_remove(folder);
}

static double number(char **head, int count, char **cells, const char *name)
{
    return atof(cells[column_of(head, count, name)]);
}

/* ---- the specs of jobs/
 * ------------------------------------------------------------------------- */

static void test_all_specs_can_be_planned(void)
{
    static const struct {
        const char *name;
        size_t points;
        int qubits;
    } jobs[] = {{"quickstart", 20, 20},
                {"maxcut-random-regular", 51, 16},
                {"labs", 18, 16},
                {"portfolio", 12, 8},
                {"qaoa-landscape", 525, 10},
                {"vqe-ising", 24, 8}};
    ek_session *session = test_session(1, 0);
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        char path[512];
        ek_sweep_plan_facts facts;
        snprintf(path, sizeof path, "%s/%s.yaml", EXAKET_JOBS, jobs[i].name);
        const ek_sweep_options options = {.spec_path = path, .output = "/nonexistent"};
        if (!CHECK_OK(ek_sweep_plan(session, &options, &facts, NULL))) continue;
        CHECK(facts.points == jobs[i].points && facts.qubits_max == jobs[i].qubits);
        CHECK(facts.qubits_min > 0);
    }
    ek_session_destroy(&session);
}

/* Wang et al. 2018 on the Petersen graph: 15 edges, 3-regular, no triangles. */
static void check_landscape(char **head, int count, char **cells)
{
    const double gamma = number(head, count, cells, "param_gamma_1");
    const double beta = number(head, count, cells, "param_beta_1");
    const double edge = 0.5 + 0.5 * sin(4 * beta) * sin(gamma) * pow(cos(gamma), 2);
    CHECK_NEAR(number(head, count, cells, "energy"), 15 * edge, 1e-8);
    CHECK(number(head, count, cells, "optimum") == 12);
}

static void test_landscape(void)
{
    run_and_check(EXAKET_JOBS "/qaoa-landscape.yaml", 525, check_landscape);
}

#ifdef EXAKET_HAVE_LAPACK
/* The exact energies are those of the table at layers 4; no energy is below. */
static void check_ising(char **head, int count, char **cells)
{
    const double field = number(head, count, cells, "param_field");
    const double error = number(head, count, cells, "error");
    const bool eight = number(head, count, cells, "qubits") == 8;
    CHECK(error > -1e-12 && error < 2);
    if (number(head, count, cells, "layers") == 4) CHECK(error < 1e-4);
    if (eight)
        CHECK_NEAR(number(head, count, cells, "exact_energy"),
                   field == 0.5 ? -7.6405925536 : field == 1 ? -9.8379514475 : -16.8851414932,
                   1e-9);
}

static void test_ising(void)
{
    run_and_check(EXAKET_JOBS "/vqe-ising.yaml", 24, check_ising);
}
#endif

static int ones(const char *bits)
{
    int count = 0;
    for (; *bits; bits++) count += *bits == '1';
    return count;
}

/* Every sample keeps the budget, and no energy is below the optimum. */
static void check_portfolio(char **head, int count, char **cells)
{
    const double energy = number(head, count, cells, "energy");
    const double best = number(head, count, cells, "best_value");
    CHECK(energy >= number(head, count, cells, "optimum") - 1e-12 && energy < 1);
    CHECK(best >= number(head, count, cells, "optimum") - 1e-12 && best <= energy);
    CHECK(ones(cells[column_of(head, count, "best_bitstring")]) ==
          (int)number(head, count, cells, "param_budget"));
}

static void test_portfolio(void)
{
    run_and_check(EXAKET_JOBS "/portfolio.yaml", 12, check_portfolio);
}

/* ---- energies at given angles -------------------------------------------------------------- */

static const struct {
    const char *name;
    double energies[4]; /* of 1 to 4 layers */
} graphs[] = {{"k33", {6.2320508076, 7.5144675112, 7.7983143473, 8.1180286677}},
              {"prism", {5.8987175214, 6.5455173637, 6.6610052910, 6.8336214074}},
              {"cube", {8.3094010768, 9.4787636403, 10.0384448035, 10.3060059535}},
              {"petersen", {10.3867513459, 10.9905407565, 11.0268936995, 11.5430941464}},
              {"heawood", {14.5414518843, 15.8740356275, 16.9959138299, 17.4438071047}},
              {"desargues", {20.7735026919, 22.6771937536, 24.0489997302, 24.7797680529}}};
enum { GRAPHS = sizeof graphs / sizeof *graphs };

static const char *const angles[4] = {
    "gamma: [0.6154796086], beta: [0.3926990817]",
    "gamma: [0.4878349208, 0.8978383876], beta: [0.5549038678, 0.2923804434]",
    "gamma: [0.4218616314, 0.7984031758, 0.9369805086], "
    "beta: [0.6089507134, 0.4595673092, 0.2356691112]",
    "gamma: [0.4087510384, 0.7805687690, 0.9880360116, 1.1569086572], "
    "beta: [0.5995603465, 0.4343422978, 0.2967580418, 0.1590355332]"};

static void check_energy(char **head, int count, char **cells)
{
    const char *name = cells[column_of(head, count, "problem")];
    const int layers = (int)number(head, count, cells, "layers");
    int g = 0;
    while (g < GRAPHS && strcmp(graphs[g].name, name) != 0) g++;
    if (g < GRAPHS)
        CHECK_NEAR(number(head, count, cells, "energy"), graphs[g].energies[layers - 1], 1e-8);
    CHECK(g < GRAPHS && number(head, count, cells, "evaluations") == 1);
}

static void run_text(const char *text, int rows,
                     void (*check)(char **head, int count, char **cells))
{
    char spec[64];
    int process = (int)getpid();
    MPI_Bcast(&process, 1, MPI_INT, 0, MPI_COMM_WORLD);
    snprintf(spec, sizeof spec, "exaket-angles-%d.yaml", process);
    if (test_rank() == 0) CHECK(test_file_write(".", spec, text, strlen(text)));
    MPI_Barrier(MPI_COMM_WORLD);
    run_and_check(spec, rows, check);
    if (test_rank() == 0) remove(spec);
}

static void test_given_angles(void)
{
    char text[1024];
    for (int layers = 1; layers <= 4; layers++) {
        snprintf(text, sizeof text,
                 "name: angles\nproblem:\n  generate:\n    family: named\n"
                 "    names: [k33, prism, cube, petersen, heawood, desargues]\n"
                 "algorithm: {layers: %d, optimize: false, %s}\n",
                 layers, angles[layers - 1]);
        run_text(text, GRAPHS, check_energy);
    }
}

/* Gamma is left open: it must be that of degree 5, as in the default start, not of degree 3. */
static void check_left_open(char **head, int count, char **cells)
{
    CHECK_NEAR(number(head, count, cells, "energy"), 8.5008241618, 1e-8);
}

static void test_angles_left_open(void)
{
    run_text("name: open\nproblem:\n  generate: {family: complete, vertices: 6}\n"
             "algorithm: {layers: 2, optimize: false}\n"
             "sweep:\n  parameters: {name: beta_1, values: 0.5549038678}\n", 1, check_left_open);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"all specs of jobs/ can be planned", test_all_specs_can_be_planned},
        {"the landscape of one layer", test_landscape},
#ifdef EXAKET_HAVE_LAPACK
        {"VQE of Ising chains", test_ising},
#endif
        {"portfolios keep their budget", test_portfolio},
        {"energies at given angles", test_given_angles},
        {"angles left open", test_angles_left_open},
    };
    return test_main(argc, argv, "sweep: jobs", cases, sizeof cases / sizeof *cases);
}
