/* Scaled one-qubit rotations: up to GROUP of one kind on slots above the lanes share one trip,
 * 2^GROUP vectors of each part in registers; rotations within the lanes ride along. The kind is a
 * constant of the compiled code, or the compiler would not fuse multiplications with additions. */
#include "kernels/declare.h"
#include "kernels/vector.h"

enum { GROUP = VECTOR_BYTES == 64 ? 3 : 2 };

/* A rotation within a vector: new = keep * old + take * neighbour. */
struct in_lanes {
    int bit;
    vec keep, take;
};

struct group {
    int above_count, lane_count;
    const struct ek_rotation *above[GROUP];
    struct in_lanes lane[LANE_BITS];
};

INLINE void turn_lanes(const struct in_lanes *lane, int kind, int bit, vec *re, vec *im)
{
    const vec a = swap_lanes(*re, bit), b = swap_lanes(*im, bit);
    if (kind == EK_IMAGINARY) {
        *re += lane->take * b;
        *im -= lane->take * a;
    } else if (kind == EK_TURN) {
        *re += lane->take * a;
        *im += lane->take * b;
    } else {
        *re = lane->keep * *re + lane->take * a;
        *im = lane->keep * *im + lane->take * b;
    }
}

INLINE void turn_any_lanes(const struct in_lanes *lane, int kind, int count, vec *re, vec *im)
{
    switch (lane->bit) {
    case 0:
        for (int i = 0; i < count; i++) turn_lanes(lane, kind, 0, &re[i], &im[i]);
        break;
    case 1:
        for (int i = 0; i < count; i++) turn_lanes(lane, kind, 1, &re[i], &im[i]);
        break;
    case 2:
        for (int i = 0; i < count; i++) turn_lanes(lane, kind, 2, &re[i], &im[i]);
        break;
    default:
        for (int i = 0; i < count; i++) turn_lanes(lane, kind, 3, &re[i], &im[i]);
        break;
    }
}

/* The rotation on bit `bit` of the register index. */
INLINE void turn_registers(const struct ek_rotation *rotation, int kind, int bit, int count,
                           vec *re, vec *im)
{
    const vec t = broadcast(rotation->t), u = broadcast(rotation->u);
#pragma GCC unroll 8
    for (int i = 0; i < count; i++) {
        const int j = i | 1 << bit;
        if (i == j) continue;
        const vec a = re[i], b = im[i], c = re[j], d = im[j];
        if (kind == EK_IMAGINARY) {
            re[i] = a + t * d;
            im[i] = b - t * c;
            re[j] = c + t * b;
            im[j] = d - t * a;
        } else {
            re[i] = a + t * c;
            im[i] = b + t * d;
            re[j] = kind == EK_TURN ? c + u * a : u * a - c;
            im[j] = kind == EK_TURN ? d + u * b : u * b - d;
        }
    }
}

INLINE void run_group(struct vectors t, const struct group *g, int kind, int above_count)
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
            for (int l = 0; l < g->lane_count; l++)
                turn_any_lanes(&g->lane[l], kind, size, re, im);
            if (above_count > 0) turn_registers(g->above[0], kind, 0, size, re, im);
            if (above_count > 1) turn_registers(g->above[1], kind, 1, size, re, im);
            if (above_count > 2) turn_registers(g->above[2], kind, 2, size, re, im);
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
    for (int l = 0; l < LANES; l++) {
        const int one = l >> rotation->position & 1;
        lane->keep[l] = one && rotation->kind == EK_REFLECT ? -1 : 1;
        lane->take[l] = (real)(one ? rotation->u : rotation->t);
    }
}

INLINE void run_kind(struct vectors t, const struct group *g, int kind)
{
    switch (g->above_count) {
    case 0:
        run_group(t, g, kind, 0);
        break;
    case 1:
        run_group(t, g, kind, 1);
        break;
    case 2:
        run_group(t, g, kind, 2);
        break;
#if defined(__AVX512F__)
    case 3:
        run_group(t, g, kind, 3);
        break;
#endif
    default:
        break;
    }
}

static void run_any_group(struct vectors t, const struct group *g, int kind)
{
    switch (kind) {
    case EK_TURN:
        run_kind(t, g, EK_TURN);
        break;
    case EK_REFLECT:
        run_kind(t, g, EK_REFLECT);
        break;
    default:
        run_kind(t, g, EK_IMAGINARY);
        break;
    }
}

/* Rotations on distinct slots commute: those of one kind, GROUP at a time, the lanes with the
 * first. */
static void rotate_kind(struct vectors t, int count, const struct ek_rotation *rotation, int kind)
{
    struct group g;
    g.above_count = g.lane_count = 0;
    for (int i = 0; i < count; i++)
        if (rotation[i].kind == kind && rotation[i].position < LANE_BITS)
            set_lane(&rotation[i], &g.lane[g.lane_count++]);
    for (int i = 0; i < count; i++) {
        if (rotation[i].kind != kind || rotation[i].position < LANE_BITS) continue;
        g.above[g.above_count++] = &rotation[i];
        if (g.above_count < GROUP) continue;
        run_any_group(t, &g, kind);
        g.above_count = g.lane_count = 0;
    }
    if (g.above_count + g.lane_count > 0) run_any_group(t, &g, kind);
}

void KERNEL(rotate)(const struct ek_tile *tile, int count, const struct ek_rotation *rotation)
{
    if (is_short(tile)) {
        KERNEL(scalar_rotate)(tile, count, rotation);
        return;
    }
    for (int first = 0, next; first < count; first = next) {
        uint64_t taken = 0;
        for (next = first; next < count && !(taken >> rotation[next].position & 1); next++)
            taken |= ek_bit(rotation[next].position);
        for (int kind = EK_TURN; kind <= EK_IMAGINARY; kind++)
            rotate_kind(vectors_of(tile), next - first, rotation + first, kind);
    }
}
