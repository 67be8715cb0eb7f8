/* From a spec to jobs of Slurm. */
#include "cli/sweep_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    KEY_PARTITION = 0x400,
    KEY_TIME,
    KEY_NODES,
    KEY_PER_NODE,
    KEY_ARRAY,
    KEY_LAUNCHER,
    KEY_EXTRA,
    KEY_MACHINE,
    KEY_DRY_RUN
};

static const struct argp_option options[] = {
    {0, 0, NULL, 0, "The jobs:", 2},
    {"array", KEY_ARRAY, "K", 0, "As many tasks, each with a part of the points (default: 1)", 2},
    {"nodes", KEY_NODES, "N", 0, "Of each task (default: as few as the memory allows)", 2},
    {"ranks-per-node", KEY_PER_NODE, "R", 0,
     "A power of two (default: as many as have a core and work)", 2},
    {"time", KEY_TIME, "TIME", 0,
     "Limit of each task: minutes or [DAYS-]HH:MM:SS. It may be shorter than the work: a task "
     "goes "
     "on from where it was (default: twice the predicted time, a day at most)",
     2},
    {"partition", KEY_PARTITION, "NAME", 0, "Of the cluster (default: the cluster's)", 2},
    {"sbatch", KEY_EXTRA, "OPTION", 0,
     "Another option of sbatch, such as --account=physics; "
     "repeatable",
     2},
    {"launcher", KEY_LAUNCHER, "NAME", 0, "srun (default), mpirun", 2},
    {"machine", KEY_MACHINE, "FILE", 0,
     "For the prediction of the time: what 'exaket bench --save-machine' wrote", 2},
    {"dry-run", KEY_DRY_RUN, NULL, 0, "Show the scripts; write and submit nothing", 2},
    {0}};

static error_t add_extra(struct submit_arguments *given, const char *argument)
{
    if (argument[0] != '-' || strpbrk(argument, "\n"))
        return wrong_usage("--sbatch '%s': expected an option, such as --account=physics",
                           argument);
    if (strncmp(argument, "--array", 7) == 0 || strncmp(argument, "-a", 2) == 0)
        return wrong_usage("--sbatch '%s': the tasks are those of --array K", argument);
    if (strncmp(argument, "-t", 2) == 0 ||
        (strncmp(argument, "--time", 6) == 0 && argument[6] != '-'))
        return wrong_usage("--sbatch '%s': the limit is that of --time TIME, before which a task "
                           "is asked to stop",
                           argument);
    if (given->extra_count == EXTRAS_MAX)
        return wrong_usage("--sbatch: more than %d of them", EXTRAS_MAX);
    given->extras[given->extra_count++] = argument;
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const char *const launchers[] = {"srun", "mpirun", NULL};
    struct submit_arguments *given = state->input;
    long seconds;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = state->input;
        return 0;
    case KEY_ARRAY:
        return read_int("--array", argument, 1, TASKS_MAX, &given->tasks);
    case KEY_NODES:
        return read_int("--nodes", argument, 1, 1 << 20, &given->nodes);
    case KEY_PER_NODE:
        return read_power("--ranks-per-node", argument, &given->ranks_per_node);
    case KEY_TIME:
        given->time = argument;
        return read_time(argument, &seconds);
    case KEY_PARTITION:
        if (!*argument || strpbrk(argument, " \t\n"))
            return wrong_usage("--partition '%s': expected a name", argument);
        given->partition = argument;
        return 0;
    case KEY_EXTRA:
        return add_extra(given, argument);
    case KEY_LAUNCHER:
        return read_choice("--launcher", argument, launchers, &given->launcher);
    case KEY_MACHINE:
        given->machine_file = argument;
        return 0;
    case KEY_DRY_RUN:
        given->dry_run = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {
    {&sweep_argp, 0, "The sweep:", 1}, {&common_argp, 0, "Everywhere:", 100}, {0}};

static const char documentation[] =
    "Submits a sweep to Slurm: an array of jobs, each with a part of the points, and a job behind "
    "them that writes the results. The scripts go to the folder slurm in the sweep's own, made "
    "from the plan's memory and time, for you to read and change. The jobs take a copy of the "
    "spec, so that you may edit yours meanwhile. A task whose time runs out, that is preempted,"
    " or whose node or rank dies, is queued again and goes on where it was.\n\n"
    "Without sbatch it writes the scripts and says how to submit them."
    "\v"
    "Examples:\n"
    "  exaket sweep submit jobs/quickstart.yaml --array 4 --time 30 --dry-run\n"
    "  exaket sweep submit spec.yaml --array 16 --nodes 2 --time 8:00:00 --partition long \\\n"
    "    --sbatch=--account=physics\n"
    "  exaket sweep status results/quickstart\n";

static const struct argp argp = {.options = options,
                                 .parser = parse,
                                 .args_doc = "SPEC.yaml",
                                 .doc = documentation,
                                 .children = children};

bool parse_submission(int argc, char **argv, struct submit_arguments *given, int *exit_status)
{
    static const char name[] = "exaket sweep submit";
    given->sweep.options.overrides = given->sweep.overrides;
    if (!parse_options(&argp, name, argc, argv, given, exit_status)) return false;
    if (given->sweep.options.spec_path) return true;
    *exit_status = refuse_usage(name, "no spec: expected a YAML file");
    return false;
}

/* ---- what the plan decides ------------------------------------------------------------------ */

static int power_below(int number)
{
    int power = 1;
    while (2 * power <= number) power *= 2;
    return power;
}

static ek_status predict(struct submission *s, const ek_predict_options *machine)
{
    const ek_plan_options plan_options = {.ranks = s->ranks_per_point, .threads = s->threads};
    ek_plan *plan = NULL;
    const ek_status status =
        ek_sweep_predict(&s->given->sweep.options, &plan_options, machine, &s->outlook, &plan);
    ek_plan_destroy(&plan);
    return status;
}

/* Of a node whose ranks all have work: besides the states, MPI and libraries. */
static double needed_mib(const struct submission *s)
{
    return s->ranks_per_node * (1.1 * s->outlook.memory_per_rank_bytes / (1 << 20) + 256);
}

static bool fits(const struct submission *s, double memory_mib)
{
    return needed_mib(s) <= 0.95 * memory_mib;
}

/* Fewest ranks for a point, on fewest nodes, that have the memory. */
static ek_status choose_ranks(struct submission *s, const ek_predict_options *machine,
                              double memory_mib)
{
    const bool given = s->ranks_per_point > 0;
    if (!given) s->ranks_per_point = 1;
    for (;;) {
        while (s->nodes * s->ranks_per_node < s->ranks_per_point && !s->given->nodes)
            s->nodes *= 2;
        if (s->nodes * s->ranks_per_node < s->ranks_per_point) {
            if (!given) s->ranks_per_point /= 2; /* too much for the nodes that were given */
            return EK_OK;
        }
        const ek_status status = predict(s, machine);
        if (status != EK_OK || given || fits(s, memory_mib)) return status;
        s->ranks_per_point *= 2;
    }
}

/* No more ranks than have work: each task's points at once, at most. */
static void drop_idle_ranks(struct submission *s)
{
    const size_t points = (s->place.points + (size_t)s->tasks - 1) / (size_t)s->tasks;
    while (!s->given->ranks_per_node && s->ranks_per_node > 1 &&
           (size_t)s->nodes * (size_t)s->ranks_per_node / 2 >= points * (size_t)s->ranks_per_point)
        s->ranks_per_node /= 2;
}

static bool check_nodes(const struct submission *s, const struct nodes *nodes)
{
    char needs[32], there[32];
    const int ranks = s->nodes * s->ranks_per_node;
    if (nodes->count > 0 && s->nodes > nodes->count) {
        ek_log(EK_LOG_ERROR,
               "each task would have %d nodes, but the partition has %d: give fewer --nodes or "
               "another --partition",
               s->nodes, nodes->count);
        return false;
    }
    if (ranks < s->ranks_per_point) {
        ek_log(EK_LOG_ERROR,
               "%d ranks for each point, but a task has %d nodes of %d ranks: "
               "give more --nodes or --ranks-per-node",
               s->ranks_per_point, s->nodes, s->ranks_per_node);
        return false;
    }
    if (fits(s, nodes->memory_mib)) return true;
    ek_log(EK_LOG_ERROR,
           "a point of %d qubits needs %s on each of %d nodes, of which each has %s: "
           "give more --nodes or fewer --ranks-per-node",
           s->outlook.qubits_max, ek_format_bytes(needed_mib(s) * (1 << 20), needs), s->nodes,
           ek_format_bytes(nodes->memory_mib * (1 << 20), there));
    return false;
}

/* Twice the predicted time, in steps of ten minutes; the signal early enough for an energy, and
 * for Slurm, which may send it a minute too soon. */
static void choose_time(struct submission *s)
{
    enum { STEP = 600, DAY = 86400 };
    const double share = (double)s->tasks * s->groups;
    const double energy = s->outlook.evaluation.total_seconds;
    s->task_seconds = (s->outlook.seconds + 1e-3 * (double)s->outlook.evaluations_max) / share;
    const double wanted = 2 * s->task_seconds + 3 * energy + 120;
    s->time_seconds = wanted < DAY ? ((long)wanted / STEP + 1) * STEP : DAY;
    if (s->given->time) read_time(s->given->time, &s->time_seconds);
    const double half = (double)s->time_seconds / 2, lead = 90 + 3 * energy;
    s->lead_seconds = (long)(lead < half ? lead : half);
}

/* Where the fewest points are at a time, whether or not it has all points' memory. */
static ek_status decide(struct submission *s, bool *fine)
{
    const struct submit_arguments *given = s->given;
    ek_predict_options machine = {0};
    struct nodes nodes = {.cores = ek_hardware_cores(),
                          .memory_mib = ek_hardware_memory_bytes() / (1 << 20)};
    const char *partition = given->partition ? given->partition : getenv("SBATCH_PARTITION");
    if (!ask_for_nodes(partition, &nodes))
        ek_log(EK_LOG_INFO,
               "sinfo does not say what a node has: taken to be as this one, %d cores "
               "and %.0f MiB",
               nodes.cores, nodes.memory_mib);
    const int threads = given->sweep.common.session.threads;
    s->tasks = given->tasks ? given->tasks : 1;
    if ((size_t)s->tasks > s->place.points) s->tasks = (int)s->place.points;
    s->threads = threads ? threads : 1;
    s->ranks_per_node = given->ranks_per_node;
    if (!s->ranks_per_node) s->ranks_per_node = power_below(nodes.cores / s->threads);
    s->nodes = given->nodes ? given->nodes : 1;
    s->ranks_per_point = s->place.ranks_per_point;
    ek_status status = EK_OK;
    ek_bench_processor(&machine.machine);
    if (given->machine_file) status = ek_bench_machine_load(given->machine_file, &machine.machine);
    machine.ranks_per_node = s->ranks_per_node;
    if (status == EK_OK) status = choose_ranks(s, &machine, nodes.memory_mib);
    if (status != EK_OK) return status;
    *fine = check_nodes(s, &nodes);
    drop_idle_ranks(s);
    s->groups = s->nodes * s->ranks_per_node / s->ranks_per_point;
    s->memory_mib = ceil(needed_mib(s));
    choose_time(s);
    return EK_OK;
}

/* ---- files ---------------------------------------------------------------------------------- */

static bool make_absolute(const char *path, char absolute[PATH_MAX])
{
    char here[PATH_MAX];
    if (path[0] != '/' && !getcwd(here, sizeof here)) return false;
    const int length = path[0] == '/' ? snprintf(absolute, PATH_MAX, "%s", path)
                                      : snprintf(absolute, PATH_MAX, "%s/%s", here, path);
    if (length >= PATH_MAX) errno = ENAMETOOLONG;
    return length < PATH_MAX;
}

static bool find_paths(struct submission *s)
{
    const ek_sweep_options *sweep = &s->given->sweep.options;
    const ssize_t length = readlink("/proc/self/exe", s->program, sizeof s->program - 1);
    if (length > 0) s->program[length] = '\0';
    const bool fine =
        length > 0 && make_absolute(s->place.output, s->output) &&
        make_absolute(sweep->copy_of ? sweep->copy_of : sweep->spec_path, s->spec);
    if (!fine) ek_log(EK_LOG_ERROR, "cannot find the paths of the sweep: %s", strerror(errno));
    bool lines = fine && (strchr(s->output, '\n') || strchr(s->spec, '\n'));
    for (size_t i = 0; i < sweep->override_count; i++)
        lines = lines || strchr(sweep->overrides[i], '\n');
    const bool odd = fine && (strchr(s->output, '\\') ||
                              (strchr(s->output, '"') && strchr(s->output, '\'')));
    if (lines)
        ek_log(EK_LOG_ERROR, "spec, output and --set must not have line ends in them");
    else if (odd)
        ek_log(EK_LOG_ERROR,
               "output %s: sbatch takes no folder with a backslash or both kinds of quotes in it",
               s->output);
    return fine && !lines && !odd;
}

static bool write_file(const struct submission *s, const char *name, const char *text)
{
    char path[PATH_MAX];
    slurm_path(s->output, name, path);
    return text && write_output(NULL, path, text) == DONE;
}

static bool write_scripts(const struct submission *s)
{
    char *const task = write_task_script(s), *const collect = write_collect_script(s);
    char *const words = write_words(s);
    const bool written = write_file(s, "sweep.sbatch", task) &&
                         write_file(s, "collect.sbatch", collect) && write_file(s, "words", words);
    free(task);
    free(collect);
    free(words);
    return written;
}

/* ---- saying --------------------------------------------------------------------------------- */

static int print_scripts(const struct submission *s)
{
    char *const task = write_task_script(s), *const collect = write_collect_script(s);
    const bool fine = task && collect;
    if (fine)
        printf("# ---- %s/slurm/sweep.sbatch\n%s\n# ---- %s/slurm/collect.sbatch\n%s", s->output,
               task, s->output, collect);
    free(task);
    free(collect);
    return fine ? end_output() : FAILED;
}

static void print_summary(const struct submission *s)
{
    char memory[32], seconds[32], limit[32];
    printf("%zu points, %zu done, as %d task%s of %d node%s x %d rank%s x %d thread%s, %d point%s "
           "at a time in each\n",
           s->place.points, s->place.done, s->tasks, EK_PLURAL(s->tasks), s->nodes,
           EK_PLURAL(s->nodes), s->ranks_per_node, EK_PLURAL(s->ranks_per_node), s->threads,
           EK_PLURAL(s->threads), s->groups, EK_PLURAL(s->groups));
    printf("%s of memory on a node; a task takes about %s at most, limit %s%s\n",
           ek_format_bytes(s->memory_mib * (1 << 20), memory),
           ek_format_seconds(s->task_seconds, seconds),
           ek_format_seconds((double)s->time_seconds, limit),
           s->task_seconds > (double)s->time_seconds ? ": it will be queued again until done"
                                                     : "");
    printf("scripts: %s/slurm\n", s->output);
}

static int print_jobs(const struct submission *s, bool submitted)
{
    char array[64], collect[64], *text = NULL;
    read_job(s->output, "array", array);
    read_job(s->output, "collect", collect);
    if (s->given->sweep.common.json) {
        ek_fact facts[4] = {
            {.key = "folder"}, {.key = "submitted"}, {.key = "array_job"}, {.key = "collect_job"}};
        snprintf(facts[0].value, sizeof facts[0].value, "%.511s", s->output);
        snprintf(facts[1].value, sizeof facts[1].value, "%s", submitted ? "yes" : "no");
        snprintf(facts[2].value, sizeof facts[2].value, "%s", submitted ? array : "");
        snprintf(facts[3].value, sizeof facts[3].value, "%s", submitted ? collect : "");
        const ek_status status = ek_info_json(4, facts, &text);
        if (status != EK_OK) return report_failure(status);
        puts(text);
        ek_text_free(&text);
        return end_output();
    }
    print_summary(s);
    if (submitted) {
        printf("submitted: job %s", array);
        if (collect[0]) printf(", and %s, which collects when it has ended", collect);
        fputs("\n  exaket sweep status ", stdout);
        put_word(stdout, s->output);
        putchar('\n');
    } else {
        explain_submission(s->output, NULL);
    }
    return end_output();
}

/* ---- the command ---------------------------------------------------------------------------- */

static int nothing_left(const struct submission *s)
{
    if (s->given->sweep.common.json) return print_jobs(s, false);
    printf("all %zu points are done: nothing to submit\n  exaket sweep collect ",
           s->place.points);
    put_sweep(stdout, &s->given->sweep.options, s->output);
    putchar('\n');
    return end_output();
}

static int write_and_submit(const struct submission *s, bool here)
{
    if (!write_scripts(s)) return FAILED;
    if (!here && s->given->sweep.common.json)
        ek_log(EK_LOG_WARNING, "sbatch is not here: nothing is submitted");
    if (here && !submit_jobs(s->output, NULL)) return FAILED;
    return print_jobs(s, here);
}

/* Another may submit the sweep at the same time: the folder is looked at again when it is locked,
 * and locked again when --force has made another one of it, though never of a new one. */
static int take_folder(struct submission *s)
{
    const bool here = has_slurm();
    ek_sweep_options sweep = s->given->sweep.options;
    sweep.force = sweep.force && access(s->output, F_OK) == 0;
    s->place.look_only = false;
    if (!begin_submission(s->output, here)) return FAILED;
    const ek_status status = ek_sweep_settle(&sweep, 0, &s->place, NULL);
    if (status != EK_OK) return report_failure(status);
    if (sweep.force && !begin_submission(s->output, here)) return FAILED;
    return s->place.done < s->place.points ? write_and_submit(s, here) : nothing_left(s);
}

/* Looks at the folder; it is made ready when all else is known to be right. */
static int submit(const struct submit_arguments *given)
{
    static struct submission s;
    bool fine = false;
    s.given = given;
    s.place.look_only = true;
    ek_status status = ek_sweep_settle(&given->sweep.options, 0, &s.place, NULL);
    if (status != EK_OK) return report_failure(status);
    if (!find_paths(&s)) return FAILED;
    status = decide(&s, &fine);
    if (status != EK_OK) return report_failure(status);
    if (!fine) return FAILED;
    if (given->dry_run) return print_scripts(&s);
    return s.place.done < s.place.points ? take_folder(&s) : nothing_left(&s);
}

int submit_sweep(int argc, char **argv, const struct common *defaults)
{
    static struct submit_arguments given;
    int exit_status;
    given.sweep.common = *defaults;
    if (!parse_submission(argc, argv, &given, &exit_status)) return exit_status;
    if (given.dry_run && given.sweep.common.json)
        return refuse_usage("exaket sweep submit", "--dry-run shows scripts, no JSON");
    if (!is_leader()) return DONE;
    return submit(&given);
}
