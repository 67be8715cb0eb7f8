/* The scripts that 'exaket sweep submit' writes: for people to read and to change. */
#include "cli/sweep_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void put_word(FILE *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=./:,@%";
    if (*word && word[strspn(word, plain)] == '\0') {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    fputc('\'', out);
}

static void put_setting(FILE *out, const char *name, const char *word)
{
    fprintf(out, "%s=", name);
    put_word(out, word);
    fputc('\n', out);
}

/* The name of a job: without blanks, which #SBATCH would split. */
static void put_name(FILE *out, const struct submission *s, const char *ending)
{
    fputs("#SBATCH --job-name=exaket-", out);
    for (const char *c = s->place.name; *c; c++) fputc(*c > ' ' && *c < 127 ? *c : '_', out);
    fprintf(out, "%s\n", ending);
}

static void put_time(FILE *out, long seconds)
{
    fprintf(out, "#SBATCH --time=%02ld:%02ld:%02ld\n", seconds / 3600, seconds / 60 % 60,
            seconds % 60);
}

/* What both scripts ask for. */
static void put_common(FILE *out, const struct submission *s)
{
    if (s->given->partition) fprintf(out, "#SBATCH --partition=%s\n", s->given->partition);
    for (size_t i = 0; i < s->given->extra_count; i++)
        fprintf(out, "#SBATCH %s\n", s->given->extras[i]);
    fputs("#SBATCH --open-mode=append\n", out);
}

/* sbatch knows quotes, but nothing to take their meaning from them. */
static void put_log(FILE *out, const struct submission *s, const char *name)
{
    const char *quote = strpbrk(s->output, " \"'\\#") ? "\"" : "";
    if (strchr(s->output, '"')) quote = "'";
    fprintf(out, "#SBATCH --output=%s", quote);
    for (const char *c = s->output; *c; c++) {
        if (*c == '%') fputc('%', out); /* else a field of Slurm's */
        fputc(*c, out);
    }
    fprintf(out, "/slurm/%s%s\n", name, quote);
}

static void put_program(FILE *out, const struct submission *s)
{
    put_setting(out, "folder", s->output);
    fputs("exaket=${EXAKET:-", out);
    put_word(out, s->program);
    fputs("}\n", out);
}

/* The spec is the copy in the sweep's folder: the original may have changed when a task begins. */
static void put_words(FILE *out, const struct submission *s, void (*put)(FILE *, const char *))
{
    const ek_sweep_options *options = &s->given->sweep.options;
    char ranks[16], copy[PATH_MAX + 16];
    snprintf(copy, sizeof copy, "%s/spec.yaml", s->output);
    put(out, copy);
    put(out, "--copy-of");
    put(out, s->spec);
    for (size_t i = 0; i < options->override_count; i++) {
        put(out, "--set");
        put(out, options->overrides[i]);
    }
    if (options->on_error) {
        put(out, "--on-error");
        put(out, options->on_error);
    }
    snprintf(ranks, sizeof ranks, "%d", s->ranks_per_point);
    put(out, "--ranks-per-point");
    put(out, ranks);
    put(out, "--output");
    put(out, s->output);
}

static void put_argument(FILE *out, const char *word)
{
    const bool option = word[0] == '-' && word[1] == '-';
    fputs(option ? "\n    " : " ", out);
    put_word(out, word);
}

/* ---- the array ------------------------------------------------------------------------------ */

static void put_head(FILE *out, const struct submission *s)
{
    char memory[32], seconds[32];
    fprintf(
        out,
        "#!/bin/bash\n"
        "# One task of the sweep \"%s\": part $SLURM_ARRAY_TASK_ID of %d of its %zu points.\n"
        "# 'exaket sweep submit' wrote this; change what you like, and submit it again with\n"
        "#   exaket sweep retry-failed FOLDER\n"
        "# Plan: %d to %d qubits, at most %zu energies, %s on each rank; ranks of a point: %d,\n"
        "# points at a time in each task: %d; each task takes about %s at most.\n",
        s->place.name, s->tasks, s->place.points, s->outlook.qubits_min, s->outlook.qubits_max,
        s->outlook.evaluations_max, ek_format_bytes(s->outlook.memory_per_rank_bytes, memory),
        s->ranks_per_point, s->groups, ek_format_seconds(s->task_seconds, seconds));
}

static void put_requests(FILE *out, const struct submission *s)
{
    put_name(out, s, "");
    fprintf(out,
            "#SBATCH --array=0-%d\n"
            "#SBATCH --nodes=%d\n"
            "#SBATCH --ntasks-per-node=%d\n"
            "#SBATCH --cpus-per-task=%d\n"
            "#SBATCH --hint=nomultithread\n"
            "#SBATCH --mem=%.0fM\n",
            s->tasks - 1, s->nodes, s->ranks_per_node, s->threads, s->memory_mib);
    put_time(out, s->time_seconds);
    fprintf(out,
            "# So long before the end, or when the task is to make room, it is asked to stop:\n"
            "#SBATCH --signal=B:USR1@%ld\n"
            "#SBATCH --requeue\n",
            s->lead_seconds);
    put_common(out, s);
    put_log(out, s, "task-%a.log");
}

static void put_launch(FILE *out, const struct submission *s)
{
    static const char threads[] =
        "export OMP_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1}\n"
        "[ \"$OMP_NUM_THREADS\" -eq 1 ] || export OMP_PROC_BIND=close OMP_PLACES=cores\n";
    static const char srun[] =
        "export SLURM_EXIT_ERROR=74 # when srun itself fails\n"
        "launch=(srun --mpi=pmix --kill-on-bad-exit=1 --cpus-per-task=\"$OMP_NUM_THREADS\"\n"
        "    --cpu-bind=cores)\n";
    static const char mpirun[] =
        "# A folder of its own: what jobs on one node share goes with the first that ends.\n"
        "launch=(mpirun --map-by \"slot:PE=$OMP_NUM_THREADS\" --mca oob_tcp_keepalive_time 30\n"
        "    --mca oob_tcp_keepalive_intvl 5 --mca oob_tcp_keepalive_probes 6\n"
        "    --mca orte_top_session_dir \"${TMPDIR:-/tmp}/ompi.$SLURM_JOB_ID\")\n";
    fputs(threads, out);
    fputs(s->given->launcher == LAUNCH_MPIRUN ? mpirun : srun, out);
}

/* What does not depend on the sweep. */
static const char task_body[] =
    "crashes_allowed=3    # in a row, with no point finished in between; each is begun again\n"
    "restarts_allowed=1000\n"
    "\n"
    "task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID restarts=${SLURM_RESTART_COUNT:-0}\n"
    "crashes=$folder/slurm/crashes-$SLURM_ARRAY_TASK_ID\n"
    "say() { echo \"$(date '+%F %T') task $task, start $((restarts + 1)): $*\"; }\n"
    "\n"
    "# Points that failed are not tried again by a task that only goes on.\n"
    "if [ \"$restarts\" -gt 0 ]; then arguments+=(--keep-failed); else rm -f \"$crashes\"; fi\n"
    "say \"begins on $SLURM_JOB_NODELIST\"\n"
    "\n"
    "# The signal goes to this shell; the ranks finish the energy at hand and end with status "
    "75.\n"
    "status=75 program= said=$folder/slurm/said-$SLURM_ARRAY_TASK_ID\n"
    "stop() {\n"
    "    asked=1 stopped=1\n"
    "    say \"is asked to stop\"\n"
    "    [ -z \"$program\" ] || kill -USR1 \"$program\"\n"
    "}\n"
    "trap stop USR1\n"
    "trap 'asked=1' TERM\n"
    "launches=0\n"
    "while [ -z \"${stopped-}\" ] && [ \"$launches\" -lt 3 ]; do\n"
    "    \"${launch[@]}\" \"$exaket\" sweep run \"${arguments[@]}\" \\\n"
    "        --part \"$SLURM_ARRAY_TASK_ID/$parts\" --watchdog 300 >\"$said\" &\n"
    "    program=$! asked=1 launches=$((launches + 1))\n"
    "    [ -z \"${stopped-}\" ] || kill -USR1 \"$program\" # it came in between\n"
    "    while [ -n \"$asked\" ]; do\n"
    "        asked=\n"
    "        wait \"$program\"\n"
    "        status=$?\n"
    "    done\n"
    "    program=\n"
    "    cat \"$said\"\n"
    "    # srun may call it a success that it could launch no rank, as on a node that has lost\n"
    "    # its power and kept what the job's last start had made for step 0. The next may do.\n"
    "    [ \"$status\" -ne 0 ] || [ -s \"$said\" ] || status=74\n"
    "    rm -f \"$said\"\n"
    "    [ \"$status\" -eq 74 ] || break\n"
    "done\n"
    "\n"
    "# Ranks that are asked before they can catch the signal (128 + 10) die of it: no crash.\n"
    "[ -z \"${stopped-}\" ] || [ \"$status\" -ne 138 ] || status=75\n"
    "# 1 and 2 are the program's own: the next start would end like this one. Others are deaths.\n"
    "case $status in\n"
    "0) say \"done\"; exit 0 ;;\n"
    "1 | 2) say \"failed, and is not queued again: see above\"; exit \"$status\" ;;\n"
    "75) rm -f \"$crashes\" ;;\n"
    "esac\n"
    "\n"
    "# Cancelled jobs stay so; preempted ones Slurm queues again by itself.\n"
    "case $(scontrol show job --oneliner \"$task\") in\n"
    "*JobState=RUNNING* | *Reason=TimeLimit*) ;;\n"
    "*) say \"ended from outside with status $status\"; exit \"$status\" ;;\n"
    "esac\n"
    "# One line for each crash: how many points this task has finished, well or not.\n"
    "if [ \"$status\" -ne 75 ]; then\n"
    "    finished=$(cat \"$folder/parts/$SLURM_ARRAY_TASK_ID-of-$parts/journal/\"*.jsonl |\n"
    "        grep -cE '\"record\":\"(done|failed)\"')\n"
    "    [ \"$finished\" = \"$(tail -n 1 \"$crashes\")\" ] || rm -f \"$crashes\"\n"
    "    echo \"$finished\" >>\"$crashes\"\n"
    "fi 2>/dev/null\n"
    "if [ -e \"$crashes\" ] && [ \"$(wc -l <\"$crashes\")\" -ge \"$crashes_allowed\" ]; then\n"
    "    say \"gives up: $crashes_allowed crashes in a row at the same points,"
    " the last with status $status\"\n"
    "    exit \"$status\"\n"
    "fi\n"
    "if [ \"$restarts\" -ge \"$restarts_allowed\" ]; then\n"
    "    say \"gives up: $restarts restarts; is the time limit too short for one energy?\"\n"
    "    exit \"$status\"\n"
    "fi\n"
    "say \"ended with status $status and is queued again\"\n"
    "scontrol requeue \"$task\"\n"
    "exit \"$status\"\n";

char *write_task_script(const struct submission *s)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    put_head(out, s);
    put_requests(out, s);
    fputs("trap stopped=1 USR1 # that may come at once, and would end this shell\n", out);
    fputs("set -u\n", out);
    put_program(out, s);
    fprintf(out, "parts=%d\n", s->tasks);
    fputs("arguments=(", out);
    put_words(out, s, put_argument);
    fputs(")\n\n", out);
    put_launch(out, s);
    fputs(task_body, out);
    fclose(out);
    return text;
}

/* ---- the job that collects ------------------------------------------------------------------ */

char *write_collect_script(const struct submission *s)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    fprintf(out,
            "#!/bin/bash\n"
            "# Writes the results of the sweep \"%s\" when its tasks have ended, and their table\n"
            "# to collect.log.\n",
            s->place.name);
    put_name(out, s, "-collect");
    fputs("#SBATCH --nodes=1\n#SBATCH --ntasks=1\n#SBATCH --time=00:30:00\n", out);
    put_common(out, s);
    put_log(out, s, "collect.log");
    put_program(out, s);
    fputs("# Without a launcher: no daemon, and a folder of its own, since what jobs on one node\n"
          "# share goes with the first that ends.\n"
          "export OMPI_MCA_ess_singleton_isolated=1\n"
          "export OMPI_MCA_orte_top_session_dir=${TMPDIR:-/tmp}/ompi.$SLURM_JOB_ID\n"
          "exec \"$exaket\" sweep collect \"$folder\"\n",
          out);
    fclose(out);
    return text;
}

/* ---- the words ------------------------------------------------------------------------------ */

static void put_line(FILE *out, const char *word)
{
    fprintf(out, "%s\n", word);
}

char *write_words(const struct submission *s)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    put_words(out, s, put_line);
    fprintf(out, "--array\n%d", s->tasks);
    fclose(out);
    return text;
}
