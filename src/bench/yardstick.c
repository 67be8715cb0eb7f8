/* What a machine does in real passes: two programs of one pass each over tiles that reach from the
 * lowest slots to the highest. They differ in how much is done on each tile, so that their times
 * tell the memory's share from the arithmetic's. */
#include "bench/bench.h"

#include <exaket/predict.h>

enum { LOW_SLOTS = 4, HIGH_SLOTS = 6, WIDTH = LOW_SLOTS + HIGH_SLOTS, FEW = 1, MANY = 4,
       MOST_RUNS = 50 };

/* Layers of RY, RZ and CX on qubits that are local in this layout. */
static ek_status fill(const ek_state *state, int layers, ek_circuit *circuit)
{
    const ek_angle angle = ek_angle_number(0.1);
    int qubit[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
        const int slot = i < LOW_SLOTS ? i : state->local_slots - WIDTH + i;
        qubit[i] = ek_layout_qubit_at(&state->layout, (ek_slot){(uint8_t)slot});
    }
    for (int layer = 0; layer < layers; layer++) {
        for (int i = 0; i < WIDTH; i++) {
            EK_TRY(ek_circuit_gate(circuit, EK_GATE_RY, &qubit[i], &angle, NULL));
            EK_TRY(ek_circuit_gate(circuit, EK_GATE_RZ, &qubit[i], &angle, NULL));
        }
        for (int i = 0; i + 1 < WIDTH; i++)
            EK_TRY(ek_circuit_gate(circuit, EK_GATE_CX, &qubit[i], NULL, NULL)); /* and the next */
    }
    return EK_OK;
}

static ek_status make_program(ek_state *state, int layers, ek_program **program)
{
    const ek_plan_options options = {.precision = state->precision, .tiled = true};
    ek_circuit *circuit = NULL;
    ek_status status = ek_circuit_create(state->qubits, &circuit);
    if (status == EK_OK) status = fill(state, layers, circuit);
    status = ek_session_agree(state->session, status);
    if (status == EK_OK)
        status = ek_program_create_from(state->session, circuit, &options, &state->layout,
                                        program);
    ek_circuit_destroy(&circuit);
    return status;
}

ek_status ek_yardstick_create(ek_state *state, struct ek_yardstick *yardstick)
{
    *yardstick = (struct ek_yardstick){.state = state};
    if (state->local_slots <= WIDTH) return EK_OK; /* tiles are as large as the state */
    EK_TRY(make_program(state, FEW, &yardstick->few));
    return make_program(state, MANY, &yardstick->many);
}

void ek_yardstick_clear(struct ek_yardstick *yardstick)
{
    ek_program_destroy(&yardstick->few);
    ek_program_destroy(&yardstick->many);
}

/* The state is taken to be in the layout that the program begins with: nothing has to move. */
static ek_status time_program(ek_program *program, ek_state *state, double *seconds)
{
    const struct ek_layout layout = state->layout;
    state->layout = program->plan->entry;
    ek_barrier(state->session);
    const double start = ek_clock_seconds();
    const ek_status status = ek_program_run(program, NULL, NULL, state);
    *seconds = ek_bench_slowest(state->session, start);
    state->layout = layout;
    return status;
}

/* Of one run, the mean of as many as take so long: where ranks share cores, a short one may have a
 * core for itself. */
static ek_status time_runs(ek_program *program, ek_state *state, double least_seconds,
                           double *seconds)
{
    double sum = 0, once;
    int runs = 0;
    do {
        EK_TRY(time_program(program, state, &once));
        sum += once; /* alike on all ranks */
        runs++;
    } while (sum < least_seconds && runs < MOST_RUNS);
    *seconds = sum / runs;
    return EK_OK;
}

/* Operations of a pass, by a machine that does one per nanosecond. */
static double count_flops(const ek_program *program)
{
    const ek_predict_options options = {.machine = {.gflops_per_thread = 1}};
    ek_prediction p = {0};
    if (ek_plan_predict(program->plan, &options, &p) != EK_OK) return 0;
    return p.arithmetic_seconds * 1e9;
}

ek_status ek_yardstick_measure(struct ek_yardstick *y, double least_seconds,
                               ek_bench_machine *machine)
{
    double few, many;
    if (!y->few) return EK_OK;
    EK_TRY(time_runs(y->few, y->state, least_seconds, &few));
    EK_TRY(time_runs(y->many, y->state, least_seconds, &many));
    const double flops_few = count_flops(y->few), flops_many = count_flops(y->many);
    const double flop = (many - few) / (flops_many - flops_few);
    const double memory = few - flop * flops_few;
    const double traffic = 2.0 * (double)ek_state_bytes_per_rank(y->state) *
                           ek_session_node_ranks(y->state->session);
    if (!(flop > 0 && memory > 0)) return EK_OK; /* other work was in the way */
    machine->gflops_per_thread = 1e-9 / flop;
    machine->tile_bandwidth_bytes_per_second = traffic / memory;
    return EK_OK;
}
