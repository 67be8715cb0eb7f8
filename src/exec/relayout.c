/* Any layout to any other: for a program that continues on a state which another one left. Rank
 * slots by exchanges, then local slots and inversions by permutations of tiles. */
#include "exec/exec.h"

#include <string.h>

/* ---- local slots: many at once -------------------------------------------------------------- */

/* A permutation of some slots, tile by tile: the bit of slot s, turned over where `flips` says so,
 * comes from slot from[s]. */
struct move {
    uint64_t active; /* slots of a tile */
    int row_slots;   /* the lowest of them, whose amplitudes lie in a row */
    uint64_t flips;
    uint8_t from[64];
};

/* The same in a tile: source[p] is where the bit on position p comes from. */
struct shuffle {
    size_t source[64], flips;
};

static struct shuffle shuffle_of(const struct move *move)
{
    struct shuffle shuffle = {.flips = 0};
    int position = 0;
    for (uint64_t left = move->active; left; left &= left - 1, position++) {
        const size_t source = ek_extract(ek_bit(move->from[ek_lowest_bit(left)]), move->active);
        shuffle.source[position] = source;
        if (move->flips & (left & -left)) shuffle.flips |= source;
    }
    return shuffle;
}

/* Where amplitude i of the tile comes from, but for the flips. */
static size_t source_of(const struct shuffle *shuffle, size_t i)
{
    size_t source = 0;
    for (; i; i &= i - 1) source |= shuffle->source[ek_lowest_bit(i)];
    return source;
}

/* Slots of a tile, for which the workspaces have room. */
static int most_slots(const ek_program *program)
{
    const int slots = program->workspaces[0].tile.slots;
    return slots < program->plan->local_slots ? slots : program->plan->local_slots;
}

static void copy_amplitudes(char *to, const char *from, const size_t *source, size_t count,
                            size_t bytes)
{
    if (bytes == sizeof(ek_complex))
        for (size_t i = 0; i < count; i++)
            memcpy(to + i * sizeof(ek_complex), from + source[i] * sizeof(ek_complex),
                   sizeof(ek_complex));
    else
        for (size_t i = 0; i < count; i++)
            memcpy(to + i * 2 * sizeof(float), from + source[i] * 2 * sizeof(float),
                   2 * sizeof(float));
}

static void permute_tile(const struct move *move, const struct shuffle *shuffle, size_t bytes,
                         char *amplitudes, char *tile)
{
    enum { ROW_MOST = 64 };
    const uint64_t high = move->active & ~ek_low_bits(move->row_slots);
    const size_t row = (size_t)1 << move->row_slots;
    size_t within[ROW_MOST], source[ROW_MOST], number = 0;
    uint64_t offset = 0;
    for (size_t i = 0; i < row; i++) within[i] = source_of(shuffle, i) ^ shuffle->flips;
    do {
        memcpy(tile + number++ * row * bytes, amplitudes + offset * bytes, row * bytes);
        offset = (offset - high) & high;
    } while (offset);
    number = 0;
    do {
        const size_t base = source_of(shuffle, number++ * row);
        for (size_t i = 0; i < row; i++) source[i] = within[i] ^ base;
        copy_amplitudes(amplitudes + offset * bytes, tile, source, row, bytes);
        offset = (offset - high) & high;
    } while (offset);
}

static void run_move(const ek_program *program, const struct move *move, ek_state *state)
{
    const uint64_t outside = ek_low_bits(state->local_slots) & ~move->active;
    const size_t tiles = (size_t)1 << ek_popcount(outside);
    const size_t bytes = ek_amplitude_bytes(state->precision);
    const struct shuffle shuffle = shuffle_of(move);
    const int threads = program->threads;
#pragma omp parallel for schedule(static) num_threads(threads) if (tiles > 1)
    for (size_t t = 0; t < tiles; t++)
        permute_tile(move, &shuffle, bytes,
                     (char *)state->amplitudes + ek_deposit(t, outside) * bytes,
                     program->workspaces[ek_thread_number()].tile.re);
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

/* Brings as many qubits to their slots as a tile allows, and turns over what is inverted there;
 * false when all is in place. */
static bool next_move(const ek_program *program, const struct ek_layout *goal, ek_state *state,
                      struct move *move)
{
    const int most = most_slots(program), rows = program->plan->row_slots;
    const uint64_t local = ek_low_bits(state->local_slots);
    struct ek_layout *now = &state->layout;
    bool any = false;
    *move = (struct move){.row_slots = rows < most - 2 ? rows : most < 2 ? 0 : most - 2};
    move->active = ek_low_bits(move->row_slots);
    for (int s = 0; s < 64; s++) move->from[s] = (uint8_t)s;
    for (int q = 0; q < state->qubits; q++) {
        const int a = now->slot[q].at, b = goal->slot[q].at;
        const uint64_t grown = move->active | ek_bit(a) | ek_bit(b);
        if (a == b || ek_popcount(grown) > most) continue;
        const uint8_t kept = move->from[a];
        move->from[a] = move->from[b];
        move->from[b] = kept;
        move->active = grown;
        relabel(now, a, b);
        any = true;
    }
    for (uint64_t left = (now->inverted ^ goal->inverted) & local; left; left &= left - 1)
        if (ek_popcount(move->active | (left & -left)) <= most) {
            move->active |= left & -left;
            move->flips |= left & -left;
        }
    now->inverted ^= move->flips;
    return any || move->flips;
}

/* ---- rank slots ----------------------------------------------------------------------------- */

static void exchange_one(ek_program *program, int rank_slot, int local_slot, ek_state *state)
{
    const struct ek_swap swap = {{(uint8_t)rank_slot}, {(uint8_t)local_slot}};
    ek_reshuffle_run(program, 1, &swap, state);
}

/* The qubits on a rank slot and on another slot change places. */
static void transpose(ek_program *program, int a, int b, ek_state *state)
{
    const int low = a < b ? a : b, high = a < b ? b : a, top = state->local_slots - 1;
    if (low < state->local_slots) {
        exchange_one(program, high, low, state);
    } else { /* two rank slots, by way of a local one */
        exchange_one(program, low, top, state);
        exchange_one(program, high, top, state);
        exchange_one(program, low, top, state);
    }
}

void ek_relayout_run(ek_program *program, const struct ek_layout *layout, ek_state *state)
{
    struct move move;
    for (int q = 0; q < state->qubits; q++)
        if (layout->slot[q].at >= state->local_slots &&
            state->layout.slot[q].at != layout->slot[q].at)
            transpose(program, state->layout.slot[q].at, layout->slot[q].at, state);
    while (next_move(program, layout, state, &move)) run_move(program, &move, state);
    for (uint64_t left = state->layout.inverted ^ layout->inverted; left; left &= left - 1) {
        const int slot = ek_lowest_bit(left) - state->local_slots;
        ek_exchange_all(program, ek_session_rank(program->session) ^ (1 << slot), state);
    }
    state->layout.inverted = layout->inverted;
}
