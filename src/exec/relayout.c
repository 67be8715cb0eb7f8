/* Any layout to any other, as transpositions of slots and inversions: for a program that continues
 * on a state which another one left. */
#include "exec/exec.h"

static void swap_amplitudes(ek_state *state, size_t i, size_t j)
{
    const ek_complex kept = ek_state_get(state, i);
    ek_state_put(state, i, ek_state_get(state, j));
    ek_state_put(state, j, kept);
}

/* Local slots a and b: indices that differ in both bits change places. */
static void transpose_local(const ek_program *program, int a, int b, ek_state *state)
{
    const uint64_t free_bits = ek_low_bits(state->local_slots) & ~(ek_bit(a) | ek_bit(b));
    const size_t pairs = ek_state_local_count(state) / 4;
    const int threads = program->threads;
#pragma omp parallel for schedule(static) num_threads(threads) if (pairs > 4096)
    for (size_t k = 0; k < pairs; k++) {
        const size_t base = ek_deposit(k, free_bits);
        swap_amplitudes(state, base | ek_bit(a), base | ek_bit(b));
    }
}

static void invert_local(const ek_program *program, int slot, ek_state *state)
{
    const uint64_t free_bits = ek_low_bits(state->local_slots) & ~ek_bit(slot);
    const size_t pairs = ek_state_local_count(state) / 2;
    const int threads = program->threads;
#pragma omp parallel for schedule(static) num_threads(threads) if (pairs > 4096)
    for (size_t k = 0; k < pairs; k++) {
        const size_t base = ek_deposit(k, free_bits);
        swap_amplitudes(state, base, base | ek_bit(slot));
    }
}

static void exchange_one(ek_program *program, int rank_slot, int local_slot, ek_state *state)
{
    const struct ek_swap swap = {{(uint8_t)rank_slot}, {(uint8_t)local_slot}};
    ek_reshuffle_run(program, 1, &swap, state);
}

/* The labels of two local slots change places. */
static void relabel(struct ek_layout *layout, int a, int b)
{
    const int on_a = ek_layout_qubit_at(layout, (ek_slot){(uint8_t)a});
    const int on_b = ek_layout_qubit_at(layout, (ek_slot){(uint8_t)b});
    const bool differ = (layout->inverted >> a & 1) != (layout->inverted >> b & 1);
    layout->slot[on_a].at = (uint8_t)b;
    layout->slot[on_b].at = (uint8_t)a;
    if (differ) layout->inverted ^= ek_bit(a) | ek_bit(b);
}

static void transpose(ek_program *program, int a, int b, ek_state *state)
{
    const int low = a < b ? a : b, high = a < b ? b : a, top = state->local_slots - 1;
    if (high < state->local_slots) {
        transpose_local(program, low, high, state);
        relabel(&state->layout, low, high);
    } else if (low < state->local_slots) {
        exchange_one(program, high, low, state);
    } else { /* two rank slots, by way of a local one */
        exchange_one(program, low, top, state);
        exchange_one(program, high, top, state);
        exchange_one(program, low, top, state);
    }
}

void ek_relayout_run(ek_program *program, const struct ek_layout *layout, ek_state *state)
{
    for (int q = 0; q < state->qubits; q++)
        if (state->layout.slot[q].at != layout->slot[q].at)
            transpose(program, state->layout.slot[q].at, layout->slot[q].at, state);
    const uint64_t wrong = state->layout.inverted ^ layout->inverted;
    for (uint64_t left = wrong; left; left &= left - 1) {
        const int slot = ek_lowest_bit(left);
        if (slot < state->local_slots) {
            invert_local(program, slot, state);
        } else {
            const int partner =
                ek_session_rank(program->session) ^ (1 << (slot - state->local_slots));
            ek_exchange_all(program, partner, state);
        }
    }
    state->layout.inverted = layout->inverted;
}
