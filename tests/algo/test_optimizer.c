/* The optimiser layer on functions whose optimum is known. */
#include "algo/algo.h"
#include "support/harness.h"

#include <math.h>
#include <string.h>

enum { MAX_RECORDS = 20000 };

/* A landscape like that of small angles: smooth, periodic, not separable; its only minimum in the
 * box [-1, 1]^n is at x_i = 0.3 + 0.05 i, with value -2 n. */
struct landscape {
    int dimension, calls, gradient_calls;
    int stop_after; /* interrupt before this call, 0 = never */
    double poison;  /* what the 4th call gives, when not 0 */
    double sign;
    const double *replay;
    double seen[MAX_RECORDS];
};

static double depth(const struct landscape *land, const double *x, double *gradient)
{
    double sum = 0;
    for (int i = 0; i < land->dimension; i++) {
        const double a = x[i] - 0.3 - 0.05 * i;
        const int j = (i + 1) % land->dimension;
        const double b = a - (x[j] - 0.3 - 0.05 * j);
        sum -= cos(a) + cos(0.5 * b);
        if (!gradient) continue;
        gradient[i] += sin(a) + 0.5 * sin(0.5 * b);
        gradient[j] -= 0.5 * sin(0.5 * b);
    }
    return sum;
}

static ek_status land_value(void *context, const double *x, double *value)
{
    struct landscape *land = context;
    if (land->stop_after && land->calls == land->stop_after) return EK_ERROR_INTERRUPTED;
    *value = land->sign * depth(land, x, NULL);
    if (land->calls == 3 && land->poison != 0) *value = land->poison;
    if (land->calls < MAX_RECORDS) land->seen[land->calls] = *value;
    land->calls++;
    return EK_OK;
}

static ek_status land_gradient(void *context, const double *x, double *value, double *gradient)
{
    struct landscape *land = context;
    memset(gradient, 0, (size_t)land->dimension * sizeof *gradient);
    land->gradient_calls++;
    land_value(context, x, value);
    depth(land, x, gradient);
    for (int i = 0; i < land->dimension; i++) gradient[i] *= land->sign;
    return EK_OK;
}

/* Creates, runs and destroys. */
static ek_status optimize(const struct ek_objective *objective,
                          const struct ek_optimizer_options *options, double *x, double *value,
                          int *evaluations)
{
    struct ek_optimizer *optimizer = NULL;
    const ek_status status = ek_optimizer_create(objective, options, &optimizer);
    if (status != EK_OK) return status;
    const ek_status end = ek_optimizer_run(optimizer, x, value);
    if (end == EK_OK) *evaluations = ek_optimizer_evaluations(optimizer);
    ek_optimizer_destroy(&optimizer);
    return end;
}

static const double box_low[4] = {-1, -1, -1, -1}, box_high[4] = {1, 1, 1, 1};

static struct landscape fresh_landscape(double sign)
{
    return (struct landscape){.dimension = 4, .sign = sign};
}

static struct ek_objective objective_of(struct landscape *land)
{
    return (struct ek_objective){land->dimension, land->sign < 0, land_value, NULL, land};
}

static struct ek_optimizer_options options_of(const char *name, int cap)
{
    struct ek_optimizer_options options = {.name = name, .max_evaluations = cap, .seed = 5};
    if (ek_optimizer_needs_bounds(name)) {
        options.lower = box_low;
        options.upper = box_high;
    }
    return options;
}

static bool is_stochastic_global(const char *name) { return ek_optimizer_needs_bounds(name); }

static void test_every_name_finds_the_optimum(void)
{
    for (size_t i = 0; ek_optimizer_name(i); i++)
        for (double sign = -1; sign <= 1; sign += 2) {
            struct landscape land = fresh_landscape(sign);
            const struct ek_objective objective = objective_of(&land);
            const struct ek_optimizer_options options = options_of(ek_optimizer_name(i), 5000);
            double x[4] = {0}, value = 0;
            int evaluations = 0;
            CHECK_OK(optimize(&objective, &options, x, &value, &evaluations));
            const double accuracy = is_stochastic_global(options.name) ? 1e-2 : 1e-6;
            if (!CHECK_NEAR(value, -8 * sign, accuracy)) fprintf(stderr, "%s\n", options.name);
            CHECK(evaluations == land.calls && evaluations <= 5000);
            CHECK(value == sign * depth(&land, x, NULL));
        }
}

/* At every cap the count is exact, and the value is the best of all that were seen. */
static void test_the_cap_is_exact_and_the_best_is_kept(void)
{
    static const int caps[] = {1, 2, 3, 5, 9, 10, 17, 30};
    for (size_t i = 0; ek_optimizer_name(i); i++)
        for (size_t c = 0; c < sizeof caps / sizeof *caps; c++) {
            struct landscape land = fresh_landscape(1);
            const struct ek_objective objective = objective_of(&land);
            const struct ek_optimizer_options options = options_of(ek_optimizer_name(i), caps[c]);
            double x[4] = {0.9, -0.4, 0.1, 0.7}, value = 0, best = HUGE_VAL;
            int evaluations = 0;
            CHECK_OK(optimize(&objective, &options, x, &value, &evaluations));
            for (int k = 0; k < land.calls; k++) best = fmin(best, land.seen[k]);
            CHECK(land.calls == caps[c] && evaluations == caps[c]);
            CHECK(value == best && value == depth(&land, x, NULL));
            CHECK(land.seen[0] == depth(&land, (double[]){0.9, -0.4, 0.1, 0.7}, NULL));
        }
}

static void test_the_same_values_give_the_same_sequence(void)
{
    for (size_t i = 0; ek_optimizer_name(i); i++) {
        static struct landscape lands[2];
        for (int k = 0; k < 2; k++) {
            double x[4] = {0.5, 0.5, -0.5, 0}, value;
            int evaluations;
            lands[k] = fresh_landscape(1);
            const struct ek_objective objective = objective_of(&lands[k]);
            const struct ek_optimizer_options options = options_of(ek_optimizer_name(i), 300);
            CHECK_OK(optimize(&objective, &options, x, &value, &evaluations));
        }
        CHECK(memcmp(lands[0].seen, lands[1].seen, sizeof lands[0].seen) == 0);
    }
}

/* A narrow valley in one coordinate is no obstacle when its unit says so. */
struct valley {
    int calls;
    double width;
};

static ek_status valley_value(void *context, const double *x, double *value)
{
    struct valley *valley = context;
    valley->calls++;
    *value = -cos(x[0] / valley->width - 0.3) - cos(x[1] - 0.2);
    return EK_OK;
}

static void test_units_scale_the_steps(void)
{
    for (size_t i = 0; ek_optimizer_name(i); i++) {
        const char *name = ek_optimizer_name(i);
        struct valley valley = {.width = 1e-4};
        const double unit[2] = {1e-4, 1}, low[2] = {-1e-4, -1}, high[2] = {1e-4, 1};
        const struct ek_objective objective = {2, false, valley_value, NULL, &valley};
        const struct ek_optimizer_options options = {
            .name = name, .max_evaluations = 2000, .unit = unit,
            .lower = ek_optimizer_needs_bounds(name) ? low : NULL,
            .upper = ek_optimizer_needs_bounds(name) ? high : NULL};
        double x[2] = {0}, value = 0;
        int evaluations = 0;
        CHECK_OK(optimize(&objective, &options, x, &value, &evaluations));
        if (!CHECK_NEAR(value, -2, is_stochastic_global(name) ? 1e-3 : 1e-8))
            fprintf(stderr, "%s\n", name);
    }
}

/* Values 2^200 times as large, or as small, lead the same way when their unit says so. */
static void test_a_unit_scales_the_values(void)
{
    for (size_t i = 0; ek_optimizer_name(i); i++) {
        static struct landscape lands[3];
        double x[3][4] = {{0}}, value;
        int evaluations[3] = {0};
        for (int k = 0; k < 3; k++) {
            lands[k] = fresh_landscape(ldexp(1, 200 * (k - 1)));
            struct ek_objective objective = objective_of(&lands[k]);
            struct ek_optimizer_options options = options_of(ek_optimizer_name(i), 300);
            objective.gradient = land_gradient;
            options.value_unit = lands[k].sign;
            CHECK_OK(optimize(&objective, &options, x[k], &value, &evaluations[k]));
        }
        for (int k = 0; k < 3; k += 2)
            CHECK(evaluations[k] == evaluations[1] && memcmp(x[k], x[1], sizeof x[k]) == 0);
    }
}

static void test_a_gradient_callback_counts_once(void)
{
    static const char *const names[] = {"lbfgs", "slsqp", "mma", "tnewton", "var2"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct landscape land = fresh_landscape(-1);
        struct ek_objective objective = objective_of(&land);
        objective.gradient = land_gradient;
        const struct ek_optimizer_options options = {.name = names[i], .max_evaluations = 150};
        double x[4] = {0}, value = 0;
        int evaluations = 0;
        CHECK_OK(optimize(&objective, &options, x, &value, &evaluations));
        CHECK_NEAR(value, 8, 1e-6);
        CHECK(evaluations == land.calls && land.gradient_calls > 0);
    }
}

static void test_a_flat_function_ends(void)
{
    for (size_t i = 0; ek_optimizer_name(i); i++) {
        struct landscape land = fresh_landscape(0);
        const struct ek_objective objective = objective_of(&land);
        const struct ek_optimizer_options options = options_of(ek_optimizer_name(i), 500);
        double x[4] = {0.1, 0.2, 0.3, 0.4}, value = 1;
        int evaluations = 0;
        CHECK_OK(optimize(&objective, &options, x, &value, &evaluations));
        CHECK(value == 0 && evaluations <= 500 && x[0] == 0.1 && x[3] == 0.4);
    }
}

static void test_failures_leave_everything_untouched(void)
{
    for (size_t i = 0; ek_optimizer_name(i); i++)
        for (int interrupt = 0; interrupt < 2; interrupt++) {
            struct landscape land = fresh_landscape(1);
            if (interrupt) land.stop_after = 3;
            else land.poison = NAN;
            const struct ek_objective objective = objective_of(&land);
            const struct ek_optimizer_options options = options_of(ek_optimizer_name(i), 500);
            double x[4] = {0.25, 0, 0, 0}, value = 77;
            int evaluations = 66;
            CHECK_STATUS(optimize(&objective, &options, x, &value, &evaluations),
                         interrupt ? EK_ERROR_INTERRUPTED : EK_ERROR_NUMERIC);
            CHECK(interrupt || strstr(ek_last_message(), "angles (") != NULL);
            CHECK(x[0] == 0.25 && value == 77 && evaluations == 66);
            CHECK(land.calls == (interrupt ? 3 : 4));
        }
}

static void test_bad_options_are_refused(void)
{
    struct landscape land = fresh_landscape(1);
    struct ek_objective objective = objective_of(&land);
    const double bad_unit[4] = {1, 0, 1, 1};
    const struct ek_optimizer_options bad[] = {
        {.name = "sgd", .max_evaluations = 5},
        {.max_evaluations = 0},
        {.max_evaluations = 5, .tolerance = -1},
        {.max_evaluations = 5, .step = NAN},
        {.max_evaluations = 5, .unit = bad_unit},
        {.name = "crs2", .max_evaluations = 5},
    };
    double x[4] = {0}, value;
    int evaluations;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_STATUS(optimize(&objective, &bad[i], x, &value, &evaluations), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_optimizer_check("sgd"), EK_ERROR_ARGUMENT);
    CHECK(strstr(ek_last_message(), "bobyqa, cobyla, nelder-mead") != NULL);
    CHECK(strstr(ek_last_message(), "isres") != NULL);
    objective.dimension = 1;
    const struct ek_optimizer_options one = {.max_evaluations = 5};
    CHECK_STATUS(optimize(&objective, &one, x, &value, &evaluations), EK_ERROR_ARGUMENT);
    CHECK(land.calls == 0);
}

static void test_every_failed_allocation_is_reported(void)
{
    for (long nth = 1; nth < 50; nth++) {
        struct landscape land = fresh_landscape(1);
        const struct ek_objective objective = objective_of(&land);
        const struct ek_optimizer_options options = options_of("bobyqa", 20);
        double x[4] = {0}, value;
        int evaluations;
        ek_fault_set(EK_FAULT_ALLOCATE, nth);
        const ek_status status = optimize(&objective, &options, x, &value, &evaluations);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        if (status == EK_OK) {
            CHECK(nth == 9); /* the handle and its seven vectors */
            return;
        }
        CHECK_STATUS(status, EK_ERROR_MEMORY);
    }
    CHECK(false);
}

/* The reason to stop goes with the end: a tolerance, the last evaluation, or noise. */
static void test_reasons_to_stop(void)
{
    for (size_t i = 0; ek_optimizer_name(i); i++)
        for (int cap = 1; cap <= 5000; cap += 4999) {
            struct landscape land = fresh_landscape(1);
            struct ek_objective objective = objective_of(&land);
            const struct ek_optimizer_options options = options_of(ek_optimizer_name(i), cap);
            struct ek_optimizer *optimizer = NULL;
            double x[4] = {0}, value = 0;
            objective.gradient = land_gradient;
            CHECK_OK(ek_optimizer_create(&objective, &options, &optimizer));
            CHECK(ek_optimizer_stop(optimizer) == EK_STOP_NONE);
            CHECK_OK(ek_optimizer_run(optimizer, x, &value));
            const ek_stop stop = ek_optimizer_stop(optimizer);
            const bool used_up = ek_optimizer_evaluations(optimizer) == cap;
            CHECK((stop == EK_STOP_EVALUATIONS) == used_up && (used_up || cap > 1));
            CHECK(stop != EK_STOP_NONE && ek_stop_name((int)stop) != NULL);
            if (!is_stochastic_global(options.name)) CHECK(cap == 1 || stop == EK_STOP_CONVERGED);
            ek_optimizer_destroy(&optimizer);
        }
    CHECK(!ek_stop_name(-1) && !ek_stop_name(EK_STOP_STALLED + 1));
}

static ek_status uphill(void *context, const double *x, double *value, double *gradient)
{
    land_gradient(context, x, value, gradient);
    for (int i = 0; i < 4; i++) gradient[i] *= -1;
    return EK_OK;
}

/* Where derivatives point uphill no step gains. */
static void test_a_line_search_without_gain_stalls(void)
{
    struct landscape land = fresh_landscape(1);
    struct ek_objective objective = objective_of(&land);
    const struct ek_optimizer_options options = options_of("lbfgs", 1000);
    struct ek_optimizer *optimizer = NULL;
    double x[4] = {0}, value = 0;
    objective.gradient = uphill;
    CHECK_OK(ek_optimizer_create(&objective, &options, &optimizer));
    CHECK_OK(ek_optimizer_run(optimizer, x, &value));
    CHECK(ek_optimizer_stop(optimizer) == EK_STOP_STALLED);
    ek_optimizer_destroy(&optimizer);
}

/* Rosenbrock's valley, with its end at (1, 1); the values are off by a wave of this height. */
static const double WAVE = 1e-3;

static ek_status wavy(void *context, const double *x, double *value, double *gradient)
{
    const double sign = *(const double *)context, a = 1 - x[0], b = x[1] - x[0] * x[0];
    *value = sign * (a * a + 100 * b * b + WAVE * sin(1e6 * (x[0] + x[1])));
    gradient[0] = sign * (-2 * a - 400 * x[0] * b);
    gradient[1] = sign * 200 * b;
    return EK_OK;
}

static ek_status wavy_value(void *context, const double *x, double *value)
{
    double gradient[2];
    return wavy(context, x, value, gradient);
}

/* Where values are noisy the derivatives still show the way. */
static void test_noise(void)
{
    static const char *const names[] = {"lbfgs", "var2"};
    for (int i = 0; i < 2; i++)
        for (double sign = -1; sign <= 1; sign += 2) {
            double x[2] = {-1.2, 1}, value = 0;
            int evaluations = 0;
            const struct ek_objective objective = {2, sign < 0, wavy_value, wavy, &sign};
            struct ek_optimizer_options options = options_of(names[i], 1000);
            options.tolerance = 1e-10;
            options.noise = 4 * WAVE;
            CHECK_OK(optimize(&objective, &options, x, &value, &evaluations));
            CHECK_NEAR(x[0], 1, 2e-3);
            CHECK(evaluations < 1000);
        }
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"every name finds the optimum", test_every_name_finds_the_optimum},
        {"the cap is exact and the best is kept", test_the_cap_is_exact_and_the_best_is_kept},
        {"the same values give the same sequence", test_the_same_values_give_the_same_sequence},
        {"units scale the steps", test_units_scale_the_steps},
        {"a unit scales the values", test_a_unit_scales_the_values},
        {"a gradient callback counts once", test_a_gradient_callback_counts_once},
        {"reasons to stop", test_reasons_to_stop},
        {"a line search without gain stalls", test_a_line_search_without_gain_stalls},
        {"derivatives show the way in noise", test_noise},
        {"a flat function ends", test_a_flat_function_ends},
        {"failures leave everything untouched", test_failures_leave_everything_untouched},
        {"bad options are refused", test_bad_options_are_refused},
        {"every failed allocation is reported", test_every_failed_allocation_is_reported},
    };
    return test_main(argc, argv, "algo: optimizer", cases, sizeof cases / sizeof *cases);
}
