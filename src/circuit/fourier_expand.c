/* Fourier transforms become gates or parts. Old operations keep their angles and values. */
#include "circuit/fourier.h"

struct limits {
    int fewest, widest;
};

ek_status ek_fourier_rewrite(ek_circuit *circuit,
                             ek_status (*rewrite)(ek_circuit *circuit, size_t count,
                                                  const struct ek_op *old, const void *context),
                             const void *context)
{
    struct ek_op *old = circuit->ops;
    const size_t count = circuit->op_count;
    circuit->ops = NULL;
    circuit->op_count = circuit->op_capacity = 0;
    const ek_status status = rewrite(circuit, count, old, context);
    ek_release(old);
    return status;
}

/* The qubits of the block get the contents of order[0], order[1], ... in turn. */
static ek_status relabel(ek_circuit *circuit, int first, int count, const int *order)
{
    int holds[64];
    for (int i = 0; i < count; i++) holds[i] = i;
    for (int i = 0; i < count; i++) {
        int j = i;
        while (holds[j] != order[i]) j++;
        if (j == i) continue;
        const int pair[2] = {first + i, first + j};
        EK_TRY(ek_circuit_gate(circuit, EK_GATE_SWAP, pair, NULL, NULL));
        holds[j] = holds[i];
        holds[i] = order[i];
    }
    return EK_OK;
}

/* The highest `targets` of the `count` qubits from `first` on. */
static ek_status add_part(ek_circuit *circuit, int first, int count, int targets, bool inverse)
{
    struct ek_op op = {.kind = EK_OP_FOURIER, .gate = EK_GATE_COUNT,
                       .target_count = (uint8_t)targets, .first = (uint8_t)first,
                       .count = (uint8_t)count, .inverse = inverse,
                       .z_mask = ek_low_bits(count - targets) << first};
    for (int j = 0; j < targets; j++) op.target[j] = (uint8_t)(first + count - targets + j);
    return ek_circuit_append(circuit, op, NULL, NULL);
}

/* Parts of nearly equal size; the first gives the lowest bits of the result. */
static ek_status add_parts(ek_circuit *circuit, const struct ek_op *op, int widest)
{
    const int parts = (op->count + widest - 1) / widest;
    int order[64], left = op->count, placed = 0;
    for (int part = 0; part < parts; part++) {
        const int targets = (left + parts - part - 1) / (parts - part);
        EK_TRY(add_part(circuit, op->first, left, targets, op->inverse));
        left -= targets;
        for (int j = 0; j < targets; j++) order[placed++] = left + j;
    }
    return relabel(circuit, op->first, op->count, order);
}

static ek_status add_gates(ek_circuit *circuit, const struct ek_op *op)
{
    int qubits[64];
    const size_t n = op->count, phases = n * (n - 1) / 2;
    EK_TRY(ek_circuit_reserve(circuit, phases + n + n / 2, phases));
    for (int i = 0; i < op->count; i++) qubits[i] = op->first + i;
    EK_TRY(ek_fourier_gates(circuit, op->count, qubits, op->inverse ? -1 : 1, false));
    return ek_fourier_reverse(circuit, op->count, qubits);
}

ek_status ek_fourier_keep(ek_circuit *circuit, const struct ek_op *op)
{
    void *ops = circuit->ops;
    EK_TRY(ek_grow(&ops, circuit->op_count, sizeof *op, circuit->op_count + 1,
                   &circuit->op_capacity));
    circuit->ops = ops;
    circuit->ops[circuit->op_count++] = *op;
    return EK_OK;
}

static ek_status expand(ek_circuit *circuit, size_t count, const struct ek_op *old,
                        const void *context)
{
    const struct limits *limits = context;
    for (size_t i = 0; i < count; i++) {
        const struct ek_op *op = &old[i];
        const bool whole = op->kind == EK_OP_FOURIER && op->target_count == 0;
        if (!whole) EK_TRY(ek_fourier_keep(circuit, op));
        else if (op->count < limits->fewest) EK_TRY(add_gates(circuit, op));
        else EK_TRY(add_parts(circuit, op, limits->widest));
    }
    return EK_OK;
}

static bool any_fourier(const ek_circuit *circuit)
{
    for (size_t i = 0; i < circuit->op_count; i++)
        if (circuit->ops[i].kind == EK_OP_FOURIER) return true;
    return false;
}

ek_status ek_fourier_expand(ek_circuit *circuit, int fewest, int widest)
{
    const struct limits limits = {fewest, widest};
    return any_fourier(circuit) ? ek_fourier_rewrite(circuit, expand, &limits) : EK_OK;
}
