/* cli: the program. Owns options, subcommands, human output and signals. Includes the public
 * headers only, so it is also the proof that they suffice. Every rank runs the same code; only the
 * leader, rank 0, prints. */
#ifndef EK_CLI_H
#define EK_CLI_H

#include <exaket/exaket.h>

#include <argp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Exit statuses. */
enum { DONE = 0, FAILED = 1, WRONG_USAGE = 2, INTERRUPTED = 75 };

/* ---- options.c: the frame around argp ------------------------------------------------------- */

/* Options that all subcommands take. The input of each argp parser is a struct that begins with
 * this one. */
struct common {
    ek_session_options session;
    ek_log_level level;
    bool json, help;
    double watchdog_seconds; /* 0: none */
    bool resumable;          /* what the watchdog ends can go on */
};

/* A parser has it among its children and hands its input down in ARGP_KEY_INIT:
 * state->child_inputs[0] = state->input. */
extern const struct argp common_argp;
/* Another one for the same struct: of commands that take long. */
extern const struct argp watchdog_argp;
extern const struct argp_child common_children[];
/* Both: state->child_inputs[1] = state->input as well. */
extern const struct argp_child watched_children[];
/* Likewise the options that say where a problem comes from: the input is an ek_problem_source. */
extern const struct argp problem_argp;
/* Null, or a sentence on an option that the kind of problem would take no notice of. */
const char *misplaced_problem_option(const ek_problem_source *source);

/* Parses the words behind the name of a subcommand ("exaket qaoa"). True to go on; false when the
 * program must end with *exit_status, because help was printed or the usage was wrong. Takes the
 * log level of the options into use. */
bool parse_options(const struct argp *argp, const char *name, int argc, char **argv, void *input,
                   int *exit_status);

/* For parsers: notes what is wrong and gives the code to return. */
__attribute__((format(printf, 1, 2)))
error_t wrong_usage(const char *format, ...);

/* As above outside of parsers: prints the sentence and gives the exit status. */
int refuse_usage(const char *name, const char *sentence);

/* Values of options; `option` is for the message. They return 0 or what wrong_usage gives. */
error_t read_whole(const char *option, const char *text, long min, long max, long *value);
error_t read_int(const char *option, const char *text, int min, int max, int *value);
/* A power of two from 1 to 2^20. */
error_t read_power(const char *option, const char *text, int *value);
error_t read_number(const char *option, const char *text, double *value);
/* "0.1,0.2": at most `capacity` numbers, which *count counts. */
error_t read_numbers(const char *option, const char *text, int capacity, double *values,
                     int *count);
/* Basis states that were named, or how many of the most likely ones. */
enum { INDICES_MAX = 65536 };
struct chosen_indices {
    size_t count, top;
    uint64_t index[INDICES_MAX];
};
static inline bool asks_for_indices(const struct chosen_indices *chosen)
{
    return chosen->count > 0 || chosen->top > 0;
}
/* "0,5,1" or "top:10". */
error_t read_indices(const char *option, const char *text, struct chosen_indices *chosen);
/* The index of `text` in a list of names that ends with null. */
error_t read_choice(const char *option, const char *text, const char *const *names, int *choice);
/* Values of the options --seed, --precision and --qft. */
error_t read_seed(const char *text, uint64_t *seed);
error_t read_precision(const char *text, ek_precision *precision);
error_t read_qft(const char *text, ek_qft_method *method);

/* ---- output.c: what people and scripts see -------------------------------------------------- */

/* True on the rank that prints, also before there is a session. */
bool is_leader(void);

/* Starts a session, with a watchdog if one is asked for, and quiets all ranks but the leader; true
 * when it stands. */
bool begin_session(const struct common *common, ek_session **session, int *exit_status);
/* Ends both. */
void end_session(ek_session **session);

/* Prints the library's last message and gives the exit status that belongs to the code. */
int report_failure(ek_status status);

/* False, after saying why, when the leader could not write `path` later on; null means the
 * standard output. Collective. */
bool can_write(ek_session *session, const char *path);

/* Likewise of what needs a file of its own, which no pipe or device can be. */
bool can_replace(ek_session *session, const char *path);

/* The file's name without its folders. */
const char *name_of(const char *path);

/* The leader writes the text and a line end, whole or not at all. Collective; exit status. */
int write_output(ek_session *session, const char *path, const char *text);

/* The leader's, of what it has printed without that: says so when it was not all written; exit
 * status. */
int end_output(void);

/* Whether a result goes into such a file by its name; null is no name. */
bool is_hdf5_name(const char *path);

/* Path of an installed file of data, "plot.gp": found from where the program lies, installed or in
 * its build folder. False when it is not there. */
bool find_data_file(const char *name, char *path, size_t capacity);

/* How long the parts of a run have taken, as its last line for people. */
void print_run_times(FILE *out, int evaluations, double prepare, double optimize,
                     double total);

/* Facts as lines for people, to be freed with free(); null when memory is short. */
char *describe_facts(size_t count, const ek_fact *facts);

/* ---- signals.c ------------------------------------------------------------------------------ */

/* From now on SIGINT, SIGTERM and SIGUSR1 set the flag that is given; a second one, over a second
 * later, ends this process at once. */
const volatile sig_atomic_t *catch_signals(void);

/* ---- checkpoint_options.c ------------------------------------------------------------------- */

/* A parser whose input is an ek_checkpoint_options. */
extern const struct argp checkpoint_argp;

/* ---- subcommands: each takes its own words, its name first, and gives the exit status ------- */

int run_bench(int argc, char **argv, const struct common *defaults);
int run_checkpoint(int argc, char **argv, const struct common *defaults);
int run_convert(int argc, char **argv, const struct common *defaults);
int run_info(int argc, char **argv, const struct common *defaults);
int run_plan(int argc, char **argv, const struct common *defaults);
int run_qaoa(int argc, char **argv, const struct common *defaults);
int run_qasm(int argc, char **argv, const struct common *defaults);
int run_state(int argc, char **argv, const struct common *defaults);
int run_sweep(int argc, char **argv, const struct common *defaults);
int run_validate(int argc, char **argv, const struct common *defaults);
int run_vqe(int argc, char **argv, const struct common *defaults);

/* "run" and "plan"; "status" and "report"; "submit"; "cancel" and "retry-failed"; "collect". */
int run_sweep_spec(int argc, char **argv, const struct common *defaults);
int look_at_sweep(int argc, char **argv, const struct common *defaults);
int submit_sweep(int argc, char **argv, const struct common *defaults);
int control_sweep(int argc, char **argv, const struct common *defaults);
int collect_sweep(int argc, char **argv, const struct common *defaults);

/* Names of ek_mixer and ek_symmetry, null behind the last. */
extern const char *const mixer_names[], *const symmetry_names[];

/* ---- watch.c -------------------------------------------------------------------------------- */

/* The context of watch_evaluation, which goes into a run's hooks as `after`. */
struct watch {
    ek_progress *progress;
    bool maximize;
    double done, best;
    const volatile sig_atomic_t *stop;
};
/* From now on signals stop an optimisation with these hooks before its next evaluation. */
ek_evaluation_hooks watch_hooks(struct watch *watch);
/* What there was when a signal stopped it, and how to lose nothing next time; exit status. */
int report_stopped(const struct watch *watch);
/* The line of a result that says why the optimisation ended; nothing without one. */
void print_stop(FILE *out, ek_stop stop);
/* "22 qubits, 4 ranks x 1 thread, 16 MiB state + 2 MiB buffers per rank, double"; with
 * two states "2 x 16 MiB state". */
void announce_plan(const ek_session *session, const ek_plan_summary *plan, ek_precision precision);

/* ---- qaoa_text.c ---------------------------------------------------------------------------- */

/* The result for people, to be freed with free(); null when memory is short. */
char *describe_qaoa(const ek_problem *problem, const ek_qaoa_options *options,
                    const ek_qaoa_result *result);

/* ---- vqe_text.c ----------------------------------------------------------------------------- */

/* Likewise. */
char *describe_vqe(const ek_hamiltonian *hamiltonian, const ek_vqe_options *options,
                   const ek_vqe_result *result);

/* ---- run_text.c ----------------------------------------------------------------------------- */

/* Likewise the report of a run of the program `name`. */
char *describe_run(const char *name, const ek_run_report *report);
/* Ends a line of a table: a bar for a share of 1. */
void print_bar(FILE *out, double share);

/* ---- state_text.c --------------------------------------------------------------------------- */

/* Likewise the answers about the state that was saved as `path`. */
char *describe_state(const char *path, const ek_state_report *report);

/* ---- bench_text.c --------------------------------------------------------------------------- */

/* Likewise what a benchmark found: a workload, messages, checkpoints, kernels, and the workloads
 * of a scaling as CSV. */
char *describe_bench(const ek_session *session, const ek_bench_result *result);
char *describe_exchange(const ek_session *session, const ek_bench_exchange_result *result);
char *describe_checkpoint(const ek_session *session, const ek_bench_checkpoint_result *r);
char *describe_kernels(const ek_bench_kernels_result *result);
char *describe_scaling(const ek_session *session, size_t count, const ek_bench_result *results);

#endif
