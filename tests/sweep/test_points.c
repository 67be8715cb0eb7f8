#include "support/harness.h"
#include "sweep/points.h"

#include <math.h>
#include <string.h>

#define PROBLEM "name: t\nproblem: {generate: {family: named, names: [cube, petersen]}}\n"

/* A spec and its points. */
struct fixture {
    struct ek_spec *spec;
    struct ek_points *points;
};

static int set_up(const char *text, struct fixture *fixture)
{
    const ek_file file = {(char *)"spec.yaml", (char *)text, strlen(text)};
    *fixture = (struct fixture){0};
    if (!CHECK_OK(ek_spec_parse(&file, 0, NULL, &fixture->spec))) return 0;
    return CHECK_OK(ek_points_create(fixture->spec, "folder/spec.yaml", &fixture->points));
}

static void tear_down(struct fixture *fixture)
{
    if (fixture->points) ek_points_destroy(&fixture->points);
    ek_spec_destroy(&fixture->spec);
}

static double value(const struct fixture *fixture, size_t id, unsigned i)
{
    struct ek_point point = {0};
    if (!CHECK_OK(ek_points_get(fixture->points, id, &point))) return NAN;
    const double found = point.values[i];
    ek_point_clear(&point);
    return found;
}

static void test_grid(void)
{
    struct fixture fixture;
    if (set_up(PROBLEM "sweep:\n  parameters:\n    - {name: layers, values: [2, 3, 5]}\n"
                       "    - {name: gamma, start: 0, stop: 1, count: 5}\n",
               &fixture)) {
        CHECK(fixture.points->count == 2 * 3 * 5 && fixture.points->combinations == 15);
        for (size_t id = 0; id < 30; id++) {
            static const double layers[] = {2, 3, 5};
            CHECK(value(&fixture, id, 0) == layers[id % 15 / 5]);
            CHECK(value(&fixture, id, 1) == 0.25 * (double)(id % 5));
        }
    }
    tear_down(&fixture);
}

static void test_zip(void)
{
    struct fixture fixture;
    if (set_up(PROBLEM
               "sweep:\n  mode: zip\n  parameters:\n    - {name: layers, values: [1, 2, 3]}\n"
               "    - {name: seed, start: 10, stop: 12, count: 3}\n",
               &fixture)) {
        CHECK(fixture.points->count == 6);
        for (size_t id = 0; id < 6; id++) {
            CHECK(value(&fixture, id, 0) == (double)(1 + id % 3));
            CHECK(value(&fixture, id, 1) == (double)(10 + id % 3));
        }
    }
    tear_down(&fixture);
}

static void test_without_parameters(void)
{
    struct fixture fixture;
    if (set_up(PROBLEM, &fixture)) CHECK(fixture.points->count == 2);
    tear_down(&fixture);
}

/* Each value in its range, the list and the integers evenly hit, problems with the same draws. */
static void check_samples(const char *mode)
{
    char text[1024];
    struct fixture fixture;
    int hits[3] = {0}, integers[4] = {0};
    double mean = 0;
    snprintf(text, sizeof text,
             PROBLEM "sweep:\n  mode: %s\n  samples: 1024\n  seed: 3\n  parameters:\n"
                     "    - {name: gamma, start: -2, stop: 4}\n"
                     "    - {name: beta, values: [10, 20, 30]}\n"
                     "    - {name: seed, start: 5, stop: 8}\n",
             mode);
    if (set_up(text, &fixture)) {
        CHECK(fixture.points->count == 2048);
        for (size_t id = 0; id < 1024; id++) {
            const double gamma = value(&fixture, id, 0), seed = value(&fixture, id, 2);
            CHECK(gamma >= -2 && gamma < 4 && seed >= 5 && seed <= 8 && seed == floor(seed));
            CHECK(gamma == value(&fixture, id + 1024, 0));
            mean += gamma / 1024;
            hits[(int)value(&fixture, id, 1) / 10 - 1]++;
            integers[(int)seed - 5]++;
        }
        CHECK_NEAR(mean, 1, 0.2);
        for (int i = 0; i < 3; i++) CHECK(hits[i] > 280 && hits[i] < 400);
        for (int i = 0; i < 4; i++) CHECK(integers[i] > 200 && integers[i] < 312);
    }
    tear_down(&fixture);
}

static void test_random(void)
{
    check_samples("random");
}

static void test_sobol(void)
{
#ifdef EXAKET_HAVE_GSL
    struct fixture fixture;
    check_samples("sobol");
    if (set_up(PROBLEM "sweep:\n  mode: sobol\n  samples: 3\n  parameters:\n"
                       "    - {name: gamma, start: 0, stop: 1}\n"
                       "    - {name: beta, start: 0, stop: 1}\n",
               &fixture)) {
        static const double expected[3][2] = {{0.5, 0.5}, {0.75, 0.25}, {0.25, 0.75}};
        for (size_t id = 0; id < 3; id++)
            for (unsigned i = 0; i < 2; i++) CHECK(value(&fixture, id, i) == expected[id][i]);
    }
    tear_down(&fixture);
#else
    double point;
    CHECK_STATUS(ek_sobol_points(1, 1, &point), EK_ERROR_UNSUPPORTED);
#endif
}

static void test_angles(void)
{
    struct fixture fixture;
    struct ek_point point = {0};
    if (set_up(PROBLEM "algorithm: {layers: 2}\nsweep:\n  parameters:\n"
                       "    - {name: gamma, values: [0.1]}\n    - {name: gamma_2, values: [0.2]}\n"
                       "    - {name: beta_1, values: [0.3, 0.4]}\n",
               &fixture) &&
        CHECK_OK(ek_points_get(fixture.points, 1, &point))) {
        CHECK(point.layers == 2 && point.angles[0] == 0.1 && point.angles[1] == 0.2);
        CHECK(point.angles[2] == 0.4 && isnan(point.angles[3]));
    }
    ek_point_clear(&point);
    tear_down(&fixture);
    if (set_up(PROBLEM "algorithm: {layers: 2, gamma: [1, 2], beta: [3, 4]}\n", &fixture) &&
        CHECK_OK(ek_points_get(fixture.points, 0, &point)))
        for (int i = 0; i < 4; i++) CHECK(point.angles[i] == i + 1);
    ek_point_clear(&point);
    tear_down(&fixture);
    if (set_up(PROBLEM, &fixture) && CHECK_OK(ek_points_get(fixture.points, 0, &point)))
        CHECK(point.angles == NULL);
    ek_point_clear(&point);
    tear_down(&fixture);
}

static void test_scalars(void)
{
    struct fixture fixture;
    struct ek_point point = {0};
    if (set_up("name: t\nproblem: {kind: portfolio, files: p.csv}\nsweep:\n  parameters:\n"
               "    - {name: layers, values: 3}\n    - {name: starts, values: 4}\n"
               "    - {name: tolerance, values: 0.5}\n    - {name: shots, values: 6}\n"
               "    - {name: seed, values: 7}\n    - {name: budget, values: 8}\n"
               "    - {name: risk_aversion, values: 9}\n",
               &fixture) &&
        CHECK_OK(ek_points_get(fixture.points, 0, &point))) {
        CHECK(point.layers == 3 && point.starts == 4 && point.tolerance == 0.5);
        CHECK(point.shots == 6 && point.seed == 7 && point.budget == 8);
        CHECK(point.risk_aversion == 9 && point.reload && point.max_evaluations == 600);
    }
    ek_point_clear(&point);
    tear_down(&fixture);
}

static void test_names_of_problems(void)
{
    static const char *const names[] = {"a.txt",
                                        "c.txt",
                                        "named:cube",
                                        "d",
                                        "regular-n8-d3-s1",
                                        "regular-n8-d3-s9",
                                        "regular-n10-d3-s1",
                                        "regular-n10-d3-s9",
                                        "er-n5-p0.25-signs-s1",
                                        "complete-n4-gaussian-s1",
                                        "cube"};
    static const char *const paths[] = {"folder/a.txt", "folder/b/c.txt", "named:cube", "/e/d"};
    struct fixture fixture;
    if (set_up("name: t\nproblem:\n  files: [a.txt, b/c.txt, 'named:cube', /e/d]\n  generate:\n"
               "    - {family: regular, vertices: [8, 10], degree: 3, seeds: [1, 9]}\n"
               "    - {family: erdos-renyi, vertices: 5, probability: 0.25, weights: signs}\n"
               "    - {family: complete, vertices: 4, weights: gaussian}\n"
               "    - {family: named, names: cube}\n",
               &fixture)) {
        CHECK(fixture.points->problem_count == 11);
        for (size_t i = 0; i < 11 && fixture.points->problem_count == 11; i++)
            CHECK(strcmp(fixture.points->problems[i].name, names[i]) == 0);
        for (size_t i = 0; i < 4; i++)
            CHECK(strcmp(fixture.points->problems[i].path, paths[i]) == 0);
    }
    tear_down(&fixture);
}

static void test_loading(void)
{
    ek_session *session = test_session(1, 0);
    struct fixture fixture;
    if (test_all(set_up("name: t\nproblem:\n  files: [missing.txt]\n  generate:\n"
                        "    - {family: regular, vertices: 8, degree: 3, seeds: [1, 2]}\n"
                        "    - {family: named, names: [cube, nowhere]}\n",
                        &fixture)) &&
        CHECK_OK(ek_points_load(session, fixture.points))) {
        const struct ek_sweep_problem *problems = fixture.points->problems;
        CHECK(!problems[0].subject.problem);
        CHECK(strstr(problems[0].reason, "folder/missing.txt") != NULL);
        CHECK(problems[1].qubits == 8 && problems[2].qubits == 8);
        CHECK(problems[1].hash != problems[2].hash);
        CHECK(problems[3].qubits == 8 && problems[3].hash != problems[2].hash);
        CHECK(!problems[4].subject.problem && problems[4].qubits == 0);
    }
    tear_down(&fixture);
    ek_session_destroy(&session);
}

static void test_too_many_points(void)
{
    static const char text[] = PROBLEM "sweep:\n  parameters:\n    - {name: seed, start: 1, "
                                       "stop: 1000000, count: 1000000}\n";
    const ek_file file = {(char *)"spec.yaml", (char *)text, sizeof text - 1};
    struct ek_spec *spec = NULL;
    struct ek_points *points = NULL;
    if (!CHECK_OK(ek_spec_parse(&file, 0, NULL, &spec))) return;
    CHECK_STATUS(ek_points_create(spec, "spec.yaml", &points), EK_ERROR_PARSE);
    CHECK(strstr(ek_last_message(), "2 problems with 1000000 points each") != NULL);
    ek_spec_destroy(&spec);
}

static void test_out_of_memory(void)
{
    static const char text[] = PROBLEM "sweep:\n  mode: random\n  samples: 2\n  parameters:\n"
                                       "    - {name: gamma, start: 1, stop: 2}\n";
    const ek_file file = {(char *)"spec.yaml", (char *)text, sizeof text - 1};
    struct ek_spec *spec = NULL;
    ek_status status = EK_ERROR_MEMORY;
    if (!CHECK_OK(ek_spec_parse(&file, 0, NULL, &spec))) return;
    for (long nth = 1; status != EK_OK && nth < 100; nth++) {
        struct ek_points *points = NULL;
        struct ek_point point = {0};
        ek_fault_set(EK_FAULT_ALLOCATE, nth);
        status = ek_points_create(spec, "spec.yaml", &points);
        if (status == EK_OK) status = ek_points_get(points, 1, &point);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        ek_point_clear(&point);
        if (points) ek_points_destroy(&points);
        CHECK(status == EK_OK || status == EK_ERROR_MEMORY);
    }
    CHECK(status == EK_OK);
    ek_spec_destroy(&spec);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"a grid varies the last parameter fastest", test_grid},
        {"a zip goes through the lists together", test_zip},
        {"no parameters: one point per problem", test_without_parameters},
        {"random samples", test_random},
        {"Sobol samples", test_sobol},
        {"angles come from the spec, then from parameters", test_angles},
        {"scalar parameters", test_scalars},
        {"names and paths of problems", test_names_of_problems},
        {"a problem that cannot be had spoils no other", test_loading},
        {"too many points are refused", test_too_many_points},
        {"out of memory at any allocation", test_out_of_memory},
    };
    return test_main(argc, argv, "sweep: points", cases, sizeof cases / sizeof *cases);
}
