/* Slurm's programs, run without a shell. */
#include "cli/sweep_private.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- programs ------------------------------------------------------------------------------- */

/* Reads all, keeps what fits. */
static void take_output(int descriptor, char *out, size_t capacity)
{
    char rest[512];
    size_t length = 0;
    for (;;) {
        const size_t left = capacity - 1 - length;
        const ssize_t got =
            read(descriptor, left > 0 ? out + length : rest, left > 0 ? left : sizeof rest);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        if (left > 0) length += (size_t)got;
    }
    out[length] = '\0';
}

static int finish(pid_t child)
{
    int state = 0;
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR) return 1;
    return WIFEXITED(state) ? WEXITSTATUS(state) : 1;
}

int capture(const char *const *words, enum complaints complaints, char *out, size_t capacity)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    int ends[2];
    pid_t child;
    out[0] = '\0';
    if (pipe(ends) != 0) return 1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (complaints == COMPLAINTS_TAKEN)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    if (complaints == COMPLAINTS_DROPPED)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    const int failed =
        posix_spawnp(&child, words[0], &actions, NULL, (char *const *)(uintptr_t)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (!failed) take_output(ends[0], out, capacity);
    close(ends[0]);
    return failed ? 127 : finish(child);
}

bool has_slurm(void)
{
    const char *const words[] = {"sbatch", "--version", NULL};
    char out[64];
    return capture(words, COMPLAINTS_DROPPED, out, sizeof out) == 0;
}

/* ---- questions ------------------------------------------------------------------------------ */

/* "NAME* SOCKETS[+] CORES[+] MEMORY[+] NODES": one kind of nodes of a partition; a star marks the
 * default, a plus "or more". */
static bool read_nodes(const char *line, const char *partition, struct nodes *nodes)
{
    char name[256];
    int sockets = 0, count = 0;
    if (sscanf(line, "%255s %d%*[+ ]%d%*[+ ]%lf%*[+ ]%d", name, &sockets, &count,
               &nodes->memory_mib, &nodes->count) != 5)
        return false;
    char *star = strchr(name, '*');
    if (star) *star = '\0';
    nodes->cores = sockets * count;
    return partition ? strcmp(name, partition) == 0 : star != NULL;
}

bool ask_for_nodes(const char *partition, struct nodes *nodes)
{
    const char *const words[] = {"sinfo", "--noheader", "--format=%P %X %Y %m %D", NULL};
    static char out[1 << 20]; /* a centre may have hundreds of partitions */
    struct nodes kind, found = {0};
    if (capture(words, COMPLAINTS_DROPPED, out, sizeof out) != 0) return false;
    for (char *rest = out, *line; (line = strsep(&rest, "\n"));) {
        if (!read_nodes(line, partition, &kind)) continue;
        if (found.count == 0) found = kind;
        else found.count += kind.count;
    }
    if (found.cores <= 0 || found.memory_mib <= 0) return false;
    *nodes = found;
    return true;
}

struct queued ask_queue(const char *job)
{
    const char *const words[] = {"squeue", "--noheader", "--array", "--format=%T",
                                 "--jobs", job,          NULL};
    struct queued queued = {0};
    static char out[1 << 21]; /* of an array of TASKS_MAX */
    if (!job[0]) return queued;
    const int status = capture(words, COMPLAINTS_TAKEN, out, sizeof out);
    if (status != 0 && !strstr(out, "Invalid job id")) { /* as it calls what ended long ago */
        snprintf(queued.unknown, sizeof queued.unknown, "squeue: status %d%s%.*s", status,
                 out[0] ? ", " : "", (int)strcspn(out, "\n"), out);
        return queued;
    }
    for (char *rest = out, *line; (line = strsep(&rest, "\n"));) {
        if (strcmp(line, "RUNNING") == 0)
            queued.running++;
        else if (strcmp(line, "COMPLETING") == 0)
            queued.ending++;
        else if (strncmp(line, "PENDING", 7) == 0 || strncmp(line, "REQUEUE", 7) == 0 ||
                 strncmp(line, "SUSPEND", 7) == 0 || strncmp(line, "CONFIGURING", 11) == 0)
            queued.waiting++;
    }
    return queued;
}

bool is_about(const struct queued *queued)
{
    return queued->running + queued->waiting + queued->ending > 0;
}

error_t read_time(const char *text, long *seconds)
{
    long days = 0, part[3] = {0}, weight[] = {3600, 60, 1};
    char *end = NULL;
    int count = 0;
    const char *dash = strchr(text, '-'), *at = dash ? dash + 1 : text;
    if (dash) days = strtol(text, &end, 10);
    bool fine = (!dash || (end == dash && end != text)) && days >= 0 && days < 10000;
    while (fine && count < 3) {
        part[count] = strtol(at, &end, 10);
        fine = end != at && part[count] >= 0 && part[count] < 10000000;
        count++;
        if (*end != ':') break;
        at = end + 1;
    }
    fine = fine && *end == '\0';
    if (!dash && count < 3) weight[0] = 60, weight[1] = 1; /* minutes, or minutes:seconds */
    *seconds = days * 86400 + part[0] * weight[0] + part[1] * weight[1] + part[2];
    if (fine && *seconds >= 60) return 0;
    return wrong_usage("--time '%s': expected minutes, or [DAYS-]HH:MM:SS, of at least one minute",
                       text);
}

/* ---- jobs ----------------------------------------------------------------------------------- */

void slurm_path(const char *output, const char *name, char path[PATH_MAX])
{
    if (snprintf(path, PATH_MAX, "%s/slurm/%s", output, name) >= PATH_MAX) path[0] = '\0';
}

bool has_submission(const char *output)
{
    char path[PATH_MAX];
    slurm_path(output, "words", path);
    return access(path, R_OK) == 0;
}

bool read_job(const char *output, const char *name, char job[64])
{
    char path[PATH_MAX];
    slurm_path(output, name, path);
    FILE *file = fopen(path, "r");
    bool found = file && fgets(job, 64, file);
    if (file) fclose(file);
    if (!found) job[0] = '\0';
    job[strcspn(job, ";\n")] = '\0'; /* "123;cluster" of a federation */
    return job[0] != '\0';
}

static bool note_job(const char *output, const char *name, const char *job)
{
    char path[PATH_MAX];
    slurm_path(output, name, path);
    FILE *file = fopen(path, "w");
    bool written = file && fprintf(file, "%s\n", job) > 0;
    if (file) written = fclose(file) == 0 && written;
    if (!written)
        ek_log(EK_LOG_ERROR,
               "cannot write %s: %s%s%s", path, strerror(errno),
               job[0] ? "; 'exaket sweep cancel' will not know of it: scancel " : "", job);
    return written;
}

/* Refuses, after saying so, when jobs of the sweep are still about. */
static bool jobs_are_gone(const char *output)
{
    static const char *const names[] = {"array", "collect"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char job[64];
        if (!read_job(output, names[i], job)) continue;
        const struct queued queued = ask_queue(job);
        if (queued.unknown[0])
            ek_log(EK_LOG_ERROR,
                   "whether job %s of this sweep is still in the queue is not known (%s): again "
                   "when Slurm answers",
                   job, queued.unknown);
        else if (is_about(&queued))
            ek_log(EK_LOG_ERROR,
                   "job %s of this sweep is still in the queue: let it end, or first "
                   "'exaket sweep cancel %s'",
                   job, output);
        else
            continue;
        return false;
    }
    return true;
}

enum { LOCK_TRIES = 100, LOCK_MICROSECONDS = 50000 };

/* 0, EAGAIN while another has it, or why it cannot be had. It is let go with this process. */
static int take_lock(char *path)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat ours, named;
    int why = 0;
    for (char *slash = path; *slash && (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST && !why) why = errno;
        *slash = '/';
    }
    const int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock < 0) return why && errno == ENOENT ? why : errno;
    why = fcntl(lock, F_SETLK, &all) == 0 ? 0 : errno;
    if (why == EACCES) why = EAGAIN;
    if (why && why != EAGAIN) return 0; /* a file system without locks */
    if (!why && (fstat(lock, &ours) != 0 || stat(path, &named) != 0 ||
                 ours.st_dev != named.st_dev || ours.st_ino != named.st_ino))
        why = EAGAIN; /* --force has moved it aside with its folder */
    if (why) close(lock);
    return why;
}

bool begin_submission(const char *output, bool here)
{
    char path[PATH_MAX];
    slurm_path(output, "lock", path);
    int why = take_lock(path);
    for (int i = 0; why == EAGAIN && i < LOCK_TRIES; i++) {
        usleep(LOCK_MICROSECONDS);
        why = take_lock(path);
    }
    if (why == 0) return !here || jobs_are_gone(output);
    if (why == EAGAIN)
        ek_log(EK_LOG_ERROR,
               "another 'exaket sweep submit' or 'retry-failed' is at work on %s: let it end, and "
               "look at 'exaket sweep status'",
               output);
    else
        ek_log(EK_LOG_ERROR, "cannot create %s: %s", path, strerror(why));
    return false;
}

/* What the script says; sbatch would let its environment, such as a profile's SBATCH_ACCOUNT, win
 * over that. */
static void clear_environment(const char *script)
{
    static const char *const others[][2] = {
        {"-A", "SBATCH_ACCOUNT"},         {"-p", "SBATCH_PARTITION"},
        {"-q", "SBATCH_QOS"},             {"--array", "SBATCH_ARRAY_INX"},
        {"--time", "SBATCH_TIMELIMIT"},   {"-t", "SBATCH_TIMELIMIT"},
        {"--mem", "SBATCH_MEM_PER_NODE"}, {"--mem", "SBATCH_MEM_PER_CPU"},
        {"--mem", "SBATCH_MEM_PER_GPU"},  {"--requeue", "SBATCH_NO_REQUEUE"}};
    char line[PATH_MAX], option[64], name[96];
    FILE *file = fopen(script, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "#SBATCH %63[-A-Za-z]", option) != 1) continue;
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            if (strcmp(option, others[i][0]) == 0) unsetenv(others[i][1]);
        snprintf(name, sizeof name, "SBATCH_%s", option + strspn(option, "-"));
        for (char *c = name; *c; c++) *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
        unsetenv(name);
    }
    if (file) fclose(file);
}

/* sbatch with the options, of a script in the folder; sbatch itself says what it does not like. */
static bool submit(const char *output, const char *script, const char *option, const char *name)
{
    char path[PATH_MAX], job[64];
    slurm_path(output, script, path);
    const char *const words[] = {"sbatch", "--parsable", option ? option : path,
                                 option ? path : NULL, NULL};
    clear_environment(path);
    const int status = capture(words, COMPLAINTS_SHOWN, job, sizeof job);
    job[strcspn(job, ";\n")] = '\0';
    if (status == 0 && job[0]) return note_job(output, name, job);
    ek_log(EK_LOG_ERROR,
           "sbatch refused %s (status %d): change the options, or edit the script and "
           "submit it with 'exaket sweep retry-failed %s'; after a timeout look with squeue "
           "first, the job may be there",
           path, status, output);
    return false;
}

bool submit_jobs(const char *output, const char *tasks)
{
    char option[PATH_MAX], job[64];
    snprintf(option, sizeof option, "--array=%s", tasks ? tasks : "");
    if (!submit(output, "sweep.sbatch", tasks ? option : NULL, "array")) return false;
    if (!note_job(output, "collect", "") || !read_job(output, "array", job)) return false;
    snprintf(option, sizeof option, "--dependency=afterany:%s", job);
    if (!submit(output, "collect.sbatch", option, "collect"))
        ek_log(EK_LOG_WARNING,
               "job %s runs, but no job collects behind it: do it with 'exaket sweep collect %s'",
               job, output);
    return true;
}

static void print_path(const char *before, const char *output, const char *name)
{
    char path[PATH_MAX];
    slurm_path(output, name, path);
    fputs(before, stdout);
    put_word(stdout, path);
}

void explain_submission(const char *output, const char *tasks)
{
    fputs("sbatch is not here. Where it is, submit with\n  sbatch --parsable", stdout);
    if (tasks) printf(" --array=%s", tasks);
    print_path(" ", output, "sweep.sbatch");
    print_path(" | tee ", output, "array");
    print_path("\n  sbatch --parsable --dependency=afterany:\"$(cut -d';' -f1 ", output, "array");
    print_path(")\" ", output, "collect.sbatch");
    print_path(" | tee ", output, "collect");
    putchar('\n');
}
