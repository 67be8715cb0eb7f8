/* Runs of dynamic programs, inside: what the text of a program tells, the machine that interprets
 * it, the gates that wait for a state, and what comes out. Every rank interprets the same. */
#ifndef EK_OBSERVE_SHOTS_PRIVATE_H
#define EK_OBSERVE_SHOTS_PRIVATE_H

#include "circuit/dynamic.h"
#include "observe/measure.h"

/* ---- shots_facts.c: what can be known without a run ----------------------------------------- */

/* Places are numbers of instructions, -1 for nowhere. "After" means any instruction that may still
 * run, whatever the classical values are. */
struct ek_shots_facts {
    size_t count;            /* instructions */
    int64_t *lowest_target;  /* of branches and jumps at or behind an instruction; [count + 1] */
    int64_t last_mixed[64];  /* per qubit: where its measurement would come out differently */
    int64_t last_touched[64];
    int64_t *last_read; /* per classical bit */
    bool measures;
    bool keeps_state; /* somebody looks at the state of the end */
};
ek_status ek_shots_facts_find(const ek_dynamic *program, bool keeps_state,
                              struct ek_shots_facts *facts);
void ek_shots_facts_clear(struct ek_shots_facts *facts);
/* The first instruction that may still run after `at`; all behind it may, too. */
int64_t ek_shots_facts_after(const struct ek_shots_facts *facts, size_t at);
/* Whether nobody can tell if the reset `at` of a qubit happens. */
bool ek_shots_facts_unseen(const struct ek_shots_facts *facts, size_t at, int qubit);
/* Qubits that instruction `at` acts on, measurements and resets not counted. */
uint64_t ek_shots_gate_qubits(const ek_dynamic *program, size_t at);

/* ---- shots_circuit.c: gates that wait ------------------------------------------------------- */

struct ek_pending {
    const ek_dynamic *program;
    const int8_t *place; /* qubit of the program -> qubit of the state */
    ek_circuit *circuit; /* on the qubits of the state, all angles numbers; null: a dry run */
};
/* Moves an operation to other qubits: place[q] instead of q. */
void ek_op_move(const int8_t *place, struct ek_op *op);
/* Appends the gates of instruction `at`. */
ek_status ek_pending_append(struct ek_pending *pending, size_t at, const uint64_t *bits,
                            const union ek_value *variables);
/* Appends an X. */
ek_status ek_pending_flip(struct ek_pending *pending, int qubit);
void ek_pending_clear(struct ek_pending *pending);

/* ---- shots_machine.c: the interpreter ------------------------------------------------------- */

enum { EK_UNKNOWN = 2 };

/* All that a branch of the run has besides its amplitudes. */
struct ek_machine {
    size_t at;                 /* the next instruction */
    uint64_t *bits;            /* classical ones; those that are postponed do not count */
    int8_t *postponed;         /* per classical bit: the qubit whose value at the end it has, -1 */
    union ek_value *variables;
    int8_t known[64];          /* per qubit: 0, 1 or EK_UNKNOWN */
    double weight;             /* probability of this branch */
    size_t first_shot, shots;  /* in the run's order */
    size_t draws, path_capacity;
    uint8_t *path; /* outcomes so far of what was drawn; [draws] */
};

enum ek_event { EK_AT_END, EK_AT_MEASURE, EK_AT_RESET };

struct ek_interpreter {
    const ek_dynamic *program;
    const struct ek_shots_facts *facts;
    struct ek_pending pending;
    uint64_t used;    /* qubits that gates acted on */
};

ek_status ek_machine_create(const ek_dynamic *program, int8_t known, struct ek_machine *machine);
ek_status ek_machine_copy(const ek_dynamic *program, const struct ek_machine *machine,
                          struct ek_machine *copy);
void ek_machine_clear(struct ek_machine *machine);
/* Runs to the end, or to a measurement or reset whose outcome has to be drawn: then `at` is that
 * instruction. */
ek_status ek_machine_advance(struct ek_interpreter *interpreter, struct ek_machine *machine,
                             enum ek_event *event);
/* Goes on behind the measurement or reset with its outcome. The state is the
 * caller's to change. */
ek_status ek_machine_decide(const ek_dynamic *program, struct ek_machine *machine, int outcome);

/* ---- shots_outcomes.c: what comes out ------------------------------------------------------- */

struct ek_rows {
    size_t words, count, capacity;
    uint64_t *rows; /* count x (words + 1) */
};
/* Makes room for `more` rows. */
ek_status ek_rows_reserve(struct ek_rows *rows, size_t more);
/* Appends one row of zeros and gives it. */
ek_status ek_rows_add(struct ek_rows *rows, uint64_t **row);
/* Sorts, and makes one of equal rows: adds what goes with them as numbers or as doubles. */
ek_status ek_rows_merge_counts(struct ek_rows *rows);
ek_status ek_rows_merge_weights(struct ek_rows *rows);

/* Neighbouring bits of a word of an outcome that come from neighbouring qubits of the state. */
struct ek_leaf_run {
    size_t word;
    uint8_t bit, qubit, length;
};

/* A state at the end, and which bits of an outcome come from it. */
struct ek_leaf {
    size_t words;
    uint64_t *fixed;        /* the outcome's bits that are known */
    size_t count;           /* of runs of the others */
    struct ek_leaf_run *runs;
    uint64_t mask;          /* of the qubits that they come from */
};
ek_status ek_leaf_create(const ek_dynamic *program, const struct ek_shots_facts *facts,
                         const struct ek_machine *machine, const int8_t *place,
                         struct ek_leaf *leaf);
void ek_leaf_clear(struct ek_leaf *leaf);
/* The outcome of a basis state of the state. */
void ek_leaf_outcome(const struct ek_leaf *leaf, uint64_t index, uint64_t *outcome);
/* Adds a row for each outcome among `drawn`, which is sorted, with the number of its shots; an
 * outcome has several where qubits above the leaf's tell its states apart. */
ek_status ek_leaf_count(const struct ek_leaf *leaf, const uint64_t *drawn, size_t shots,
                        int threads, struct ek_rows *counts);
/* What a run has found, as a result. */
struct ek_shots_end {
    const ek_dynamic *program;
    const struct ek_shots_facts *facts;
    struct ek_rows *counts, *weights;
    const int8_t *place;
    size_t probabilities; /* wanted */
    bool exact;
};
ek_status ek_shots_result_fill(const struct ek_shots_end *end, ek_shots_result *result);

/* ---- shots_walk.c: where a run stands, as bytes --------------------------------------------- */

/* Bytes that grow, or are used up; a failure sticks. Each thing is named once for both ways. */
struct ek_walk {
    char *bytes;
    size_t length, capacity, at;
    bool loads;
    ek_status status;
};
void ek_walk_bytes(struct ek_walk *walk, void *memory, size_t count);
void ek_walk_rows(struct ek_walk *walk, struct ek_rows *rows);
/* A machine that is loaded is one that was created or copied, or zero; it is the caller's to
 * clear. */
void ek_walk_machine(struct ek_walk *walk, const ek_dynamic *program, struct ek_machine *machine);

/* Words of an outcome. */
size_t ek_outcome_words(const ek_dynamic *program, const struct ek_shots_facts *facts);

/* ---- shots_plan.c --------------------------------------------------------------------------- */

/* The most qubits that one operation needs on the same rank. */
int ek_shots_widest(const ek_dynamic *program);
/* How many qubits the state has on so many ranks: more than a small program uses, so that it runs
 * on any number of them. */
int ek_shots_qubits_on(int ranks, int used, int widest);

#endif
