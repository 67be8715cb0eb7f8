/* Shared by the files of the command sweep only. */
#ifndef EK_CLI_SWEEP_PRIVATE_H
#define EK_CLI_SWEEP_PRIVATE_H

#include "cli/cli.h"

#include <limits.h>

/* ---- sweep_run.c ---------------------------------------------------------------------------- */

enum { OVERRIDES_MAX = 256 };

/* What says which sweep it is. */
struct sweep_arguments {
    struct common common;
    ek_sweep_options options;
    const char *overrides[OVERRIDES_MAX];
};
/* Its parser; the input is such a struct. */
extern const struct argp sweep_argp;
/* The parser and the children of a command that has no options but these and the common ones. */
extern const struct argp_child sweep_children[];
error_t parse_sweep_alone(int key, char *argument, struct argp_state *state);

/* ---- sweep_look.c --------------------------------------------------------------------------- */

/* What the commands on one folder take, and its parser; the input is such a struct. */
struct folder_arguments {
    struct common common;
    const char *folder;
};
error_t parse_sweep_folder(int key, char *argument, struct argp_state *state);

/* Prints the report of a folder and draws its picture; the exit status. */
int show_report(const char *folder);

/* ---- sweep_jobs.c --------------------------------------------------------------------------- */

/* Words by which a command finds the sweep again: its folder if it was submitted, else its spec
 * with all that has been said beside it. */
void put_sweep(FILE *out, const ek_sweep_options *options, const char *output);

/* ---- sweep_submit.c ------------------------------------------------------------------------- */

enum { EXTRAS_MAX = 64, TASKS_MAX = 100000 };
enum launcher { LAUNCH_SRUN, LAUNCH_MPIRUN };

/* A submission as it is asked for. Zero and null mean that the plan decides. */
struct submit_arguments {
    struct sweep_arguments sweep;
    const char *partition, *time, *machine_file;
    const char *extras[EXTRAS_MAX]; /* options of sbatch, as they are */
    size_t extra_count;
    int nodes, ranks_per_node, tasks;
    int launcher;
    bool dry_run;
};
/* Parses the words of a submission. */
bool parse_submission(int argc, char **argv, struct submit_arguments *given, int *exit_status);

/* And as it will be. */
struct submission {
    const struct submit_arguments *given;
    ek_sweep_place place;
    ek_sweep_outlook outlook;
    char program[PATH_MAX], spec[PATH_MAX], output[PATH_MAX]; /* absolute */
    int nodes, ranks_per_node, threads, tasks, ranks_per_point, groups;
    double memory_mib;   /* of a node */
    double task_seconds; /* predicted of each task */
    long time_seconds, lead_seconds;
};

/* ---- slurm.c -------------------------------------------------------------------------------- */

bool has_slurm(void);
/* Runs a program without a shell and takes the first `capacity` - 1 bytes of what it prints, and
 * perhaps of what it complains of. Its exit status; 127 when there is no such program. */
enum complaints { COMPLAINTS_SHOWN, COMPLAINTS_DROPPED, COMPLAINTS_TAKEN };
int capture(const char *const *words, enum complaints complaints, char *out, size_t capacity);

/* Of the partition, or the default one: a node's cores and memory, as its first kind has them, and
 * how many there are in all. False when Slurm does not say. */
struct nodes {
    int count, cores;
    double memory_mib;
};
bool ask_for_nodes(const char *partition, struct nodes *nodes);

/* "90", "30:00", "1-12": minutes, or as sbatch has it. */
error_t read_time(const char *text, long *seconds);

/* What is submitted is kept in OUTPUT/slurm: the words of the submission, the scripts, the numbers
 * of the jobs, the logs. OUTPUT/slurm/NAME: */
void slurm_path(const char *output, const char *name, char path[PATH_MAX]);
/* Whether 'exaket sweep submit' has been there, if only to write the scripts. */
bool has_submission(const char *output);
/* The number of a job that was submitted, "array" or "collect"; false without one. */
bool read_job(const char *output, const char *name, char job[64]);
/* How many tasks of a job there are in each state, in all 0 when it has left the queue; or why
 * that is not known, for Slurm may be too busy to answer. */
struct queued {
    int running, waiting, ending;
    char unknown[256];
};
struct queued ask_queue(const char *job);
bool is_about(const struct queued *queued);

/* Submits the array, or those tasks of it that `tasks` names, and the job that collects behind it;
 * notes their numbers. False after saying what is wrong. */
bool submit_jobs(const char *output, const char *tasks);
/* Makes OUTPUT/slurm, and lets nobody else submit from it while this process lives. Refuses, after
 * saying so, when another does, or when jobs of the sweep are still about, if Slurm is here. */
bool begin_submission(const char *output, bool here);
/* How to do it by hand. `tasks` may be null. */
void explain_submission(const char *output, const char *tasks);

/* ---- sweep_script.c ------------------------------------------------------------------------- */

/* A word for a shell, in quotes where it needs them. */
void put_word(FILE *out, const char *word);

/* The scripts of the array and of the job that collects, to be freed with free(); null when memory
 * is short. */
char *write_task_script(const struct submission *submission);
char *write_collect_script(const struct submission *submission);
/* The words of the submission, one per line, that parse_submission takes again. */
char *write_words(const struct submission *submission);

#endif
