/* Fourier transforms by gates and by FFTW, and permutations, against matrices written down from
 * their definitions; transforms found in circuits of gates. */
#include "comm/comm.h"
#include "plan/plan.h"
#include "support/compare.h"
#include "support/harness.h"
#include "support/random_circuit.h"

#include <exaket/program.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static ek_session *session;
static const struct reference_controls always = {0, 0};

static void test_begin(void) { session = test_session(2, 512); }
static void test_end(void) { ek_session_destroy(&session); }

static int local_qubits(int qubits)
{
    int local = qubits;
    for (int ranks = test_ranks(); ranks > 1; ranks /= 2) local--;
    return local;
}

/* ---- both sides of a comparison ----------------------------------------------------------- */

/* A circuit on the library's side, and what it should do. */
struct pair {
    ek_circuit *circuit;
    struct reference reference;
    ek_initial initial;
};

static void begin_pair(int qubits, uint64_t seed, ek_precision precision, struct pair *pair)
{
    pair->initial = (ek_initial){.kind = EK_INITIAL_RANDOM, .seed = seed};
    CHECK_OK(ek_circuit_create(qubits, &pair->circuit));
    reference_create(&pair->reference, qubits);
    test_reference_prepare(&pair->initial, session, precision, &pair->reference);
}

static void add(struct pair *pair, ek_gate gate, int a, int b)
{
    const int qubits[2] = {a, b};
    CHECK_OK(ek_circuit_gate(pair->circuit, gate, qubits, NULL, NULL));
    reference_gate(&pair->reference, ek_gate_name(gate), qubits, NULL, always);
}

/* Gates that leave relabelled and inverted qubits behind. */
static void stir(struct pair *pair, uint64_t *source)
{
    const int qubits = pair->reference.qubits;
    for (int i = 0; i < 6; i++) {
        int order[16];
        random_qubits(source, qubits, qubits, order);
        add(pair, EK_GATE_SWAP, order[0], order[1]);
        add(pair, EK_GATE_X, order[2], 0);
        add(pair, EK_GATE_CX, order[3], order[4]);
        add(pair, EK_GATE_H, order[1], 0);
    }
}

/* The definition: entry (y, x) is exp(+-2 pi i x y / 2^count) / sqrt(2^count). */
static void transform(struct reference *state, int count, const int *qubits, int flags)
{
    const uint64_t size = UINT64_C(1) << count;
    double complex *matrix = calloc(size * size, sizeof *matrix);
    for (uint64_t y = 0; y < size; y++)
        for (uint64_t x = 0; x < size; x++) {
            const double turn = 2 * acos(-1) * (double)(x * y % size) / (double)size;
            matrix[y * size + x] =
                cexp(I * (flags & EK_QFT_INVERSE ? -turn : turn)) / sqrt((double)size);
        }
    for (int when = 0; when < 2; when++) {
        const int reverse = flags & EK_QFT_NO_SWAPS && (flags & EK_QFT_INVERSE) == !when;
        for (int i = 0; reverse && i < count / 2; i++) {
            const int ends[2] = {qubits[i], qubits[count - 1 - i]};
            reference_gate(state, "swap", ends, NULL, always);
        }
        if (when == 0) reference_matrix(state, count, qubits, matrix, always);
    }
    free(matrix);
}

static void add_transform(struct pair *pair, int count, const int *qubits, int flags)
{
    CHECK_OK(ek_circuit_qft(pair->circuit, count, qubits, flags));
    transform(&pair->reference, count, qubits, flags);
}

static void end_pair(struct pair *pair, const ek_plan_options *options, const char *what)
{
    ek_program *program = NULL;
    ek_state *state = NULL;
    ek_plan_summary summary;
    CHECK_OK(ek_state_create(session, pair->reference.qubits, options->precision, &state));
    if (CHECK_OK(ek_program_create(session, pair->circuit, options, &program))) {
        CHECK_OK(ek_program_run(program, NULL, &pair->initial, state));
        CHECK_STATE(state, &pair->reference, what);
        ek_plan_summarize(ek_program_plan(program), &summary);
        uint64_t sent = ek_state_bytes_sent(state); /* ranks may differ */
        ek_sum_ranks_u64(session, &sent, 1);
        CHECK(sent == summary.bytes_sent_per_rank * (uint64_t)test_ranks());
    }
    ek_program_destroy(&program);
    ek_state_destroy(&state);
    reference_destroy(&pair->reference);
    ek_circuit_destroy(&pair->circuit);
}

/* ---- transforms --------------------------------------------------------------------------- */

static void check_block(int qubits, int first, int count, int flags, ek_plan_options options)
{
    struct pair pair;
    int block[16];
    char what[128];
    uint64_t source = (uint64_t)(qubits * 1000 + first * 100 + count * 10 + flags);
    for (int i = 0; i < count; i++) block[i] = first + i;
    snprintf(what, sizeof what, "QFT of %d qubits from %d of %d, flags %d, method %d", count,
             first, qubits, flags, (int)options.qft);
    begin_pair(qubits, source, options.precision, &pair);
    add_transform(&pair, count, block, flags);
    stir(&pair, &source);
    add_transform(&pair, count, block, flags);
    end_pair(&pair, &options, what);
}

static void test_transforms(void)
{
    for (int method = EK_QFT_AUTO; method <= EK_QFT_FFTW; method++)
        for (int flags = 0; flags < 4; flags++)
            for (int count = 1; count <= 8; count++) {
                const ek_plan_options options = {.qft = (ek_qft_method)method, .tile_qubits = 4,
                                                 .precision = flags == 1 && count % 2 ? EK_SINGLE
                                                                                      : EK_DOUBLE};
                check_block(8, (count * 5) % (9 - count), count, flags, options);
            }
}

/* Parts of a transform by FFTW, and a tile of several columns: all against the gates. */
static void test_large_transform(int qubits)
{
    const ek_initial random = {.kind = EK_INITIAL_RANDOM, .seed = 12};
    ek_state *state[2] = {NULL, NULL};
    int block[20];
    double worst = 0;
    for (int q = 0; q < qubits; q++) block[q] = q;
    for (int method = 0; method < 2; method++) {
        const ek_plan_options options = {.qft = method ? EK_QFT_FFTW : EK_QFT_GATES};
        ek_circuit *circuit = NULL;
        ek_program *program = NULL;
        CHECK_OK(ek_circuit_create(qubits, &circuit));
        CHECK_OK(ek_circuit_qft(circuit, qubits, block, 0));
        CHECK_OK(ek_circuit_qft(circuit, qubits - 2, block + 1, EK_QFT_INVERSE));
        CHECK_OK(ek_program_create(session, circuit, &options, &program));
        CHECK_OK(ek_state_create(session, qubits, EK_DOUBLE, &state[method]));
        CHECK_OK(ek_program_run(program, NULL, &random, state[method]));
        ek_program_destroy(&program);
        ek_circuit_destroy(&circuit);
    }
    ek_complex *a = test_amplitudes(state[0]), *b = test_amplitudes(state[1]);
    for (size_t i = 0; i < (size_t)1 << qubits; i++) {
        const double off = hypot(a[i].re - b[i].re, a[i].im - b[i].im);
        if (!(off <= worst)) worst = off;
    }
    CHECK_NEAR(worst, 0, 1e-12);
    free(a);
    free(b);
    ek_state_destroy(&state[0]);
    ek_state_destroy(&state[1]);
}

static void test_large_transforms(void)
{
    for (int qubits = 13; qubits <= 17; qubits++) test_large_transform(qubits);
}

static void test_scattered_qubits(void)
{
    uint64_t source = 8;
    for (int flags = 0; flags < 4; flags++)
        for (int count = 2; count <= 6; count++) {
            const ek_plan_options options = {.qft = EK_QFT_FFTW};
            struct pair pair;
            int order[16];
            begin_pair(8, random_next(&source), EK_DOUBLE, &pair);
            random_qubits(&source, 8, 8, order);
            add_transform(&pair, count, order, flags);
            end_pair(&pair, &options, "QFT of scattered qubits");
        }
}

/* ---- found in circuits -------------------------------------------------------------------- */

/* What the circuit of a plan is made of once transforms are found. */
static int fourier_parts(const ek_circuit *circuit)
{
    const ek_plan_options options = {.qft = EK_QFT_FFTW};
    ek_plan *plan = NULL;
    int count = 0;
    CHECK_OK(ek_plan_create(circuit, &options, &plan));
    for (size_t i = 0; i < plan->circuit->op_count; i++)
        count += plan->circuit->ops[i].kind == EK_OP_FOURIER;
    ek_plan_destroy(&plan);
    return count;
}

enum miss {
    EXACT, LAST_PHASE_MISSING, ANGLE_OFF, SIGN_TURNED, PHASE_TWICE, GATE_BETWEEN, ORDER_CHANGED,
    CONTROL_ADDED, MISSES
};

struct shape {
    int first, count, up, sign;
    enum miss miss;
};

static void add_phase(struct pair *pair, const struct shape *shape, int a, int b)
{
    const int qubits[2] = {b, a}, third = 7;
    const bool special = a == shape->first && b == shape->first + shape->count - 1;
    double angle = shape->sign * acos(-1) / (double)(1 << abs(a - b));
    const ek_controls extra = {1, &third, NULL};
    struct reference_controls where = {0, 0};
    if (special && shape->miss == LAST_PHASE_MISSING) return;
    if (special && shape->miss == ANGLE_OFF) angle += 1e-9;
    if (special && shape->miss == SIGN_TURNED) angle = -angle;
    const bool controlled = special && shape->miss == CONTROL_ADDED;
    const ek_angle number = ek_angle_number(angle);
    if (controlled) where = (struct reference_controls){1u << third, 1u << third};
    for (int i = 0; i < (special && shape->miss == PHASE_TWICE ? 2 : 1); i++) {
        CHECK_OK(ek_circuit_gate(pair->circuit, EK_GATE_CP, qubits, &number,
                                 controlled ? &extra : NULL));
        reference_gate(&pair->reference, "cp", qubits, &angle, where);
    }
}

/* Phases at random places between the H of their qubits. */
static void add_gates(struct pair *pair, const struct shape *shape, uint64_t *source)
{
    uint64_t pending[16] = {0};
    for (int i = 0; i < shape->count; i++) {
        const int q = shape->up ? shape->first + i : shape->first + shape->count - 1 - i;
        const bool late = shape->miss == ORDER_CHANGED && i == shape->count - 1;
        if (late) add(pair, EK_GATE_H, q, 0);
        for (int other = 0; other < 16; other++)
            if (pending[q] >> other & 1) add_phase(pair, shape, q < other ? q : other,
                                                   q < other ? other : q);
        if (shape->miss == GATE_BETWEEN && i == 1) add(pair, EK_GATE_SX, q, 0);
        if (!late) add(pair, EK_GATE_H, q, 0);
        for (int j = i + 1; j < shape->count; j++) {
            const int later = shape->up ? shape->first + j : shape->first + shape->count - 1 - j;
            if (shape->miss == ORDER_CHANGED || (random_next(source) & 1))
                pending[later] |= UINT64_C(1) << q;
            else add_phase(pair, shape, q < later ? q : later, q < later ? later : q);
        }
    }
}

static void check_found(struct shape shape, uint64_t seed)
{
    const ek_plan_options options = {.qft = EK_QFT_FFTW};
    struct pair pair;
    char what[128];
    snprintf(what, sizeof what, "%d qubits from %d, up %d, sign %d, miss %d", shape.count,
             shape.first, shape.up, shape.sign, (int)shape.miss);
    begin_pair(8, seed, EK_DOUBLE, &pair);
    add(&pair, EK_GATE_CX, 0, 7);
    add_gates(&pair, &shape, &seed);
    add(&pair, EK_GATE_CX, 7, 0);
    const int parts = fourier_parts(pair.circuit);
    if (shape.miss == EXACT) CHECK(parts == 1);
    else CHECK(parts == 0);
    if ((shape.miss == EXACT) != (parts == 1)) fprintf(stderr, "\n%s: %d parts\n", what, parts);
    end_pair(&pair, &options, what);
}

static void test_found(void)
{
    uint64_t source = 99;
    for (int miss = EXACT; miss < MISSES; miss++)
        for (int up = 0; up < 2; up++)
            for (int sign = -1; sign <= 1; sign += 2)
                for (int count = 3; count <= (miss == EXACT ? 7 : 3); count++)
                    check_found((struct shape){random_below(&source, 8 - count), count, up, sign,
                                               (enum miss)miss}, random_next(&source));
}

/* What ek_circuit_qft expands to is found as well. */
static void test_found_in_own_gates(void)
{
    const int scattered[5] = {6, 5, 4, 3, 2};
    ek_circuit *circuit = NULL;
    CHECK_OK(ek_circuit_create(8, &circuit));
    CHECK_OK(ek_circuit_qft(circuit, 5, scattered, 0));
    CHECK(fourier_parts(circuit) == 1);
    ek_circuit_destroy(&circuit);
}

/* ---- permutations ------------------------------------------------------------------------- */

static void random_image(uint64_t *source, int count, uint32_t *image)
{
    for (uint32_t x = 0; x < 1u << count; x++) {
        const uint32_t other = (uint32_t)random_below(source, (int)x + 1);
        image[x] = image[other];
        image[other] = x;
    }
}

static void add_permutation(struct pair *pair, int count, const int *order, const uint32_t *image,
                            int controls, const int *value)
{
    const uint64_t size = UINT64_C(1) << count;
    const ek_controls extra = {controls, order + count, value};
    struct reference_controls where = {0, 0};
    double complex *matrix = calloc(size * size, sizeof *matrix);
    for (uint64_t x = 0; x < size; x++) matrix[image[x] * size + x] = 1;
    for (int c = 0; c < controls; c++) {
        where.mask |= UINT64_C(1) << order[count + c];
        where.value |= (uint64_t)value[c] << order[count + c];
    }
    CHECK_OK(ek_circuit_permutation(pair->circuit, count, order, image,
                                    controls ? &extra : NULL));
    reference_matrix(&pair->reference, count, order, matrix, where);
    free(matrix);
}

static void test_permutations(void)
{
    static const int value[3] = {1, 0, 1};
    uint64_t source = 3;
    for (int count = 1; count <= 7 && count <= local_qubits(9); count++)
        for (int controls = 0; controls <= 2; controls++) {
            const ek_plan_options options = {.tile_qubits = 3,
                                             .precision = count == 3 ? EK_SINGLE : EK_DOUBLE};
            struct pair pair;
            uint32_t image[1 << 7];
            int order[16];
            begin_pair(9, random_next(&source), options.precision, &pair);
            for (int i = 0; i < 2; i++) {
                random_qubits(&source, 9, 9, order);
                random_image(&source, count, image);
                add_permutation(&pair, count, order, image, controls, value);
                if (i == 0) stir(&pair, &source);
            }
            end_pair(&pair, &options, "permutation");
        }
}

static void test_large_permutation(void)
{
    enum { QUBITS = 14, BLOCK = 11 };
    const ek_initial basis = {.kind = EK_INITIAL_BASIS, .index = 5 | 1 << 13};
    const int control = 13;
    const uint64_t index = 5 * 7 * 7 * 7 % 2048 | 1 << 13;
    const ek_controls controls = {1, &control, NULL};
    uint32_t image[1 << BLOCK];
    int block[BLOCK];
    ek_circuit *circuit = NULL;
    ek_program *program = NULL;
    ek_state *state = NULL;
    ek_complex amplitude = {0, 0};
    for (uint32_t x = 0; x < 1 << BLOCK; x++) image[x] = 7 * x % 2048;
    for (int q = 0; q < BLOCK; q++) block[q] = q;
    CHECK_OK(ek_circuit_create(QUBITS, &circuit));
    for (int i = 0; i < 3; i++)
        CHECK_OK(ek_circuit_permutation(circuit, BLOCK, block, image, &controls));
    CHECK_OK(ek_program_create(session, circuit, NULL, &program));
    CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &state));
    CHECK_OK(ek_program_run(program, NULL, &basis, state));
    CHECK_OK(ek_state_amplitudes(state, 1, &index, &amplitude));
    CHECK_NEAR(amplitude.re, 1, 1e-15);
    ek_program_destroy(&program);
    ek_state_destroy(&state);
    ek_circuit_destroy(&circuit);
}

/* ---- refusals ----------------------------------------------------------------------------- */

static void test_refusals(void)
{
    static const int twice[2] = {1, 1}, good[5] = {0, 1, 2, 3, 4}, far[2] = {1, 5};
    static const uint32_t image[4] = {0, 1, 2, 2}, outside[4] = {0, 1, 2, 4};
    static const uint32_t fine[4] = {0, 2, 1, 3};
    const ek_controls clash = {1, good, NULL};
    const ek_plan_options strange = {.qft = (ek_qft_method)7};
    uint32_t wide[32];
    ek_circuit *circuit = NULL;
    ek_plan *plan = NULL;
    CHECK_OK(ek_circuit_create(5, &circuit));
    CHECK_STATUS(ek_circuit_qft(circuit, 0, good, 0), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_circuit_qft(circuit, 6, good, 0), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_circuit_qft(circuit, 2, twice, 0), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_circuit_qft(circuit, 2, far, 0), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_circuit_qft(circuit, 2, good, 4), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_circuit_permutation(circuit, 2, good, image, NULL), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_circuit_permutation(circuit, 2, good, outside, NULL), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_circuit_permutation(circuit, 2, twice, fine, NULL), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_circuit_permutation(circuit, 2, far, fine, NULL), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_circuit_permutation(circuit, 0, good, fine, NULL), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_circuit_permutation(circuit, 17, good, fine, NULL), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_circuit_permutation(circuit, 2, good, fine, &clash), EK_ERROR_ARGUMENT);
    CHECK(ek_circuit_size(circuit) == 0);
    CHECK_STATUS(ek_plan_create(circuit, &strange, &plan), EK_ERROR_ARGUMENT);
    for (uint32_t x = 0; x < 32; x++) wide[x] = 31 - x;
    CHECK_OK(ek_circuit_permutation(circuit, 5, good, wide, NULL));
    const ek_plan_options ranks = {.ranks = 2};
    CHECK_STATUS(ek_plan_create(circuit, &ranks, &plan), EK_ERROR_RANKS);
    ek_circuit_destroy(&circuit);
}

/* The n-th allocation of a program fails on the last rank. */
static void test_faults(void)
{
    static const int block[6] = {0, 1, 2, 3, 4, 5};
    static const uint32_t image[4] = {3, 0, 1, 2};
    const ek_plan_options options = {.qft = EK_QFT_FFTW};
    ek_circuit *circuit = NULL;
    ek_status status = EK_ERROR_MEMORY;
    CHECK_OK(ek_circuit_create(6, &circuit));
    CHECK_OK(ek_circuit_qft(circuit, 6, block, 0));
    CHECK_OK(ek_circuit_permutation(circuit, 2, block, image, NULL));
    for (long nth = 1; status == EK_ERROR_MEMORY && nth < 500; nth++) {
        ek_program *program = NULL;
        if (test_rank() == test_ranks() - 1) ek_fault_set(EK_FAULT_ALLOCATE, nth);
        status = ek_program_create(session, circuit, &options, &program);
        ek_fault_set(EK_FAULT_ALLOCATE, 0);
        CHECK(nth > 1 || status == EK_ERROR_MEMORY);
        ek_program_destroy(&program);
    }
    CHECK_STATUS(status, EK_OK);
    ek_circuit_destroy(&circuit);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"begin", test_begin},
        {"transforms of blocks", test_transforms},
        {"gates and FFTW agree", test_large_transforms},
        {"transforms of scattered qubits", test_scattered_qubits},
        {"transforms found in circuits, and near misses", test_found},
        {"transforms found in the library's own gates", test_found_in_own_gates},
        {"permutations", test_permutations},
        {"a large permutation", test_large_permutation},
        {"refusals", test_refusals},
        {"failing allocations", test_faults},
        {"end", test_end},
    };
    return test_main(argc, argv, "exec: Fourier", cases, sizeof cases / sizeof *cases);
}
