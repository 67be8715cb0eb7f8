/* Checkpoints and saved states that are written, read, refused and cut off again and again leave
 * nothing behind: no communicators, files, mappings, or bytes. */
#include "base/base.h"
#include "support/folder.h"
#include "support/harness.h"
#include "support/holdings.h"

#include <exaket/checkpoint.h>
#include <exaket/observe.h>
#include <exaket/run.h>

#include <stdio.h>

enum { CYCLES = 60, WARM_UP = 20, QUBITS = 6, PATH = 4096, KEPT = 3 };

static ek_circuit *make_circuit(double angle)
{
    const ek_angle angles[] = {ek_angle_number(angle)};
    ek_circuit *circuit = NULL;
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    for (int q = 0; q < 2 * QUBITS; q++) {
        const int pair[] = {q % QUBITS, (q + 1) % QUBITS};
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_RX, pair, angles, NULL));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_CX, pair, NULL, NULL));
    }
    return circuit;
}

/* One run under a runner of its own, and its state, saved when it comes to its end. */
static void run_once(ek_session *session, const ek_circuit *circuit,
                     const ek_checkpoint_options *options, const char *saved, ek_status expected)
{
    const ek_initial zero = {.kind = EK_INITIAL_ZERO};
    ek_checkpoint_options chosen = *options;
    ek_runner *runner = NULL;
    ek_state *state = NULL;
    chosen.plan.tile_qubits = 3;
    if (CHECK_OK(ek_checkpoints_create(session, &chosen, &runner)) &&
        CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &state)) &&
        CHECK_STATUS(ek_checkpoints_run(runner, circuit, NULL, &zero, state), expected) && saved)
        CHECK_OK(ek_state_save(state, saved));
    ek_state_destroy(&state);
    ek_checkpoints_destroy(&runner);
}

static void load_saved(ek_session *session, const char *saved)
{
    ek_state *state = NULL;
    double norm = 0;
    if (CHECK_OK(ek_state_load(session, saved, EK_SINGLE, &state)) &&
        CHECK_OK(ek_state_norm(state, &norm)))
        CHECK_NEAR(norm, 1, 1e-5);
    ek_state_destroy(&state);
}

/* Stopped, a write that fails, stopped again, a run of something else, and on to the end. */
static void run_cycle(ek_circuit *const circuits[2], const char *folder)
{
    ek_session *all = test_session(1, 0), *part = NULL;
    char path[PATH], saved[PATH];
    if (CHECK_OK(ek_session_split(all, test_rank() % 2, &part))) {
        snprintf(path, sizeof path, "%s/%d.ckpt", folder, test_rank() % 2);
        snprintf(saved, sizeof saved, "%s/%d.h5", folder, test_rank() % 2);
        ek_checkpoint_options options = {.path = path, .max_seconds = 1e-9,
                                         .check = EK_CHECK_FULL};
        run_once(part, circuits[0], &options, NULL, EK_ERROR_INTERRUPTED);
        options.resume = 1;
        options.required = 1;
        if (ek_session_rank(part) == ek_session_size(part) - 1) ek_fault_set(EK_FAULT_WRITE, 1);
        options.max_seconds = 0;
        options.every_seconds = 1e-9;
        run_once(part, circuits[0], &options, NULL, EK_ERROR_FILE);
        options.max_seconds = 1e-9;
        run_once(part, circuits[0], &options, NULL, EK_ERROR_INTERRUPTED);
        run_once(part, circuits[1], &options, NULL, EK_ERROR_MISMATCH);
        options.max_seconds = 0;
        options.every_seconds = 0;
        run_once(part, circuits[0], &options, saved, EK_OK);
        load_saved(part, saved);
    }
    ek_session_destroy(&part);
    ek_session_destroy(&all);
}

static void test_nothing_stays(void)
{
    struct holdings before = {0}, after;
    const int cycles = test_cycles(CYCLES);
    ek_circuit *circuits[2] = {make_circuit(0.3), make_circuit(0.4)};
    const char *folder = test_folder_create();
    for (int i = 0; i < WARM_UP + cycles; i++) {
        if (i == WARM_UP) before = test_holdings();
        run_cycle(circuits, folder);
    }
    after = test_holdings();
    test_check_holdings(cycles, &before, &after);
    test_all(1); /* the other part may still write */
    CHECK(test_folder_entries(folder) == KEPT * (test_ranks() > 1 ? 2 : 1));
    test_folder_remove(folder);
    for (int i = 0; i < 2; i++) ek_circuit_destroy(&circuits[i]);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {{"nothing stays", test_nothing_stays}};
    return test_main(argc, argv, "io: cycles of checkpoints and saved states", cases,
                     sizeof cases / sizeof *cases);
}
