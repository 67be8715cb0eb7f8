/* Scaled one-qubit rotations: up to GROUP of them on slots above the lanes share one trip, 2^GROUP
 * vectors of each part in registers; rotations within the lanes ride along. */
#include "kernels/declare.h"
#include "kernels/vector.h"

enum { GROUP = VECTOR_BYTES == 64 ? 3 : 2, MOST = 16 };

/* A rotation within a vector: new = keep * old + take * neighbour. */
struct in_lanes {
    int bit, kind;
    vec keep, take;
};

struct group {
    int above_count, lane_count;
    const struct ek_rotation *above[GROUP];
    struct in_lanes lane[MOST];
};

INLINE void turn_lanes(const struct in_lanes *lane, int bit, vec *re, vec *im)
{
    const vec a = swap_lanes(*re, bit), b = swap_lanes(*im, bit);
    if (lane->kind == EK_IMAGINARY) {
        *re += lane->take * b;
        *im -= lane->take * a;
    } else {
        *re = lane->keep * *re + lane->take * a;
        *im = lane->keep * *im + lane->take * b;
    }
}

INLINE void turn_any_lanes(const struct in_lanes *lane, int count, vec *re, vec *im)
{
    switch (lane->bit) {
    case 0:
        for (int i = 0; i < count; i++) turn_lanes(lane, 0, &re[i], &im[i]);
        break;
    case 1:
        for (int i = 0; i < count; i++) turn_lanes(lane, 1, &re[i], &im[i]);
        break;
    case 2:
        for (int i = 0; i < count; i++) turn_lanes(lane, 2, &re[i], &im[i]);
        break;
    default:
        for (int i = 0; i < count; i++) turn_lanes(lane, 3, &re[i], &im[i]);
        break;
    }
}

/* The rotation on bit `bit` of the register index. */
INLINE void turn_registers(const struct ek_rotation *rotation, int bit, int count, vec *re,
                           vec *im)
{
    const vec t = broadcast(rotation->t), u = broadcast(rotation->u);
#pragma GCC unroll 8
    for (int i = 0; i < count; i++) {
        const int j = i | 1 << bit;
        if (i == j) continue;
        const vec a = re[i], b = im[i], c = re[j], d = im[j];
        if (rotation->kind == EK_IMAGINARY) {
            re[i] = a + t * d;
            im[i] = b - t * c;
            re[j] = c + t * b;
            im[j] = d - t * a;
        } else {
            re[i] = a + t * c;
            im[i] = b + t * d;
            re[j] = rotation->kind == EK_TURN ? c + u * a : u * a - c;
            im[j] = rotation->kind == EK_TURN ? d + u * b : u * b - d;
        }
    }
}

INLINE void run_group(struct vectors t, const struct group *g, int above_count)
{
    enum { SIZE = 1 << GROUP };
    const int size = 1 << above_count;
    size_t offset[SIZE] = {0}, fixed = 0;
    for (int j = 0; j < above_count; j++) {
        const size_t bit = (size_t)1 << (g->above[j]->position - LANE_BITS);
        fixed |= bit;
        for (int i = 0; i < size; i++)
            if (i >> j & 1) offset[i] |= bit;
    }
    const size_t run = run_length(fixed, t.count);
    for (size_t base = 0; base < t.count; base = next_run(base, fixed, run))
        for (size_t v = base; v < base + run; v++) {
            vec re[SIZE], im[SIZE];
#pragma GCC unroll 8
            for (int i = 0; i < size; i++) {
                re[i] = t.re[v + offset[i]];
                im[i] = t.im[v + offset[i]];
            }
            for (int l = 0; l < g->lane_count; l++) turn_any_lanes(&g->lane[l], size, re, im);
            if (above_count > 0) turn_registers(g->above[0], 0, size, re, im);
            if (above_count > 1) turn_registers(g->above[1], 1, size, re, im);
            if (above_count > 2) turn_registers(g->above[2], 2, size, re, im);
#pragma GCC unroll 8
            for (int i = 0; i < size; i++) {
                t.re[v + offset[i]] = re[i];
                t.im[v + offset[i]] = im[i];
            }
        }
}

static void set_lane(const struct ek_rotation *rotation, struct in_lanes *lane)
{
    lane->bit = rotation->position;
    lane->kind = rotation->kind;
    for (int l = 0; l < LANES; l++) {
        const int one = l >> rotation->position & 1;
        lane->keep[l] = one && rotation->kind == EK_REFLECT ? -1 : 1;
        lane->take[l] = (real)(one ? rotation->u : rotation->t);
    }
}

static void run_any_group(struct vectors t, const struct group *g)
{
    switch (g->above_count) {
    case 0: run_group(t, g, 0); break;
    case 1: run_group(t, g, 1); break;
    case 2: run_group(t, g, 2); break;
#if defined(__AVX512F__)
    case 3: run_group(t, g, 3); break;
#endif
    default: break;
    }
}

void KERNEL(rotate)(const struct ek_tile *tile, int count, const struct ek_rotation *rotation)
{
    struct group g;
    if (is_short(tile)) {
        KERNEL(scalar_rotate)(tile, count, rotation);
        return;
    }
    for (int first = 0; first < count;) {
        uint64_t taken = 0;
        int next = first;
        g.above_count = g.lane_count = 0;
        for (; next < count; next++) {
            const int position = rotation[next].position;
            if (taken >> position & 1) break; /* the same slot again: a new trip */
            if (position >= LANE_BITS && g.above_count == GROUP) break;
            if (position < LANE_BITS) set_lane(&rotation[next], &g.lane[g.lane_count++]);
            else g.above[g.above_count++] = &rotation[next];
            taken |= ek_bit(position);
        }
        run_any_group(vectors_of(tile), &g);
        first = next;
    }
}
